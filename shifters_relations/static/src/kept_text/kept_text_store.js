import { user } from "@web/core/user";
import { session } from "@web/session";

const PREFIX = "shifters_relations.kept_text";

/**
 * The texts that could not be saved, on this device alone: for each database and user, in the
 * browser's local storage, which outlives a closed tab, a battery and a server.
 *
 * @typedef {{
 *  id: string;
 *  form: string;            the form, open or not, where it was typed
 *  since: number;           when typing began, milliseconds
 *  at: number;              when it was typed last, milliseconds
 *  resModel: string;
 *  resId: number | false;   false while it was never saved
 *  name: string;            what the form was called
 *  about: { id: number, display_name: string } | false;  the organisation of what was never saved
 *  state: string | false;
 *  fields: Record<string, { type: string, value: any, base?: number }>;
 *  lines: Record<string, object[]>;
 *  loose: string[];         typed where it cannot be put back by itself
 *  pictures: boolean;       whether it has pictures
 * }} KeptText
 */

/** What the organisation must not read is left on no device. */
export function isConfidential(fieldName) {
    return fieldName.startsWith("confidential_");
}

/** A text without its pictures that are not on the server yet: they are what fills a device. */
export function withoutPictures(html) {
    return html.replace(/<img[^>]*\ssrc=["']data:[^>]*>/gi, "");
}

function storage() {
    // Not the browser object of the web client: where storing is forbidden, that one forgets in silence.
    return window.localStorage;
}

function keysOf(prefix) {
    try {
        return Object.keys(storage()).filter((key) => key.startsWith(prefix));
    } catch {
        return [];
    }
}

const ofDatabase = () => `${PREFIX}/${session.db}/`;
const ofUser = () => `${ofDatabase()}${user.userId}/`;
const userKey = () => `${PREFIX}.user/${session.db}`;

/** Whether this page's user has logged out, or another has logged in, in another tab. */
export function isOver() {
    try {
        return ![null, String(user.userId)].includes(storage().getItem(userKey()));
    } catch {
        return false;
    }
}

/**
 * Keep a text on this device.
 *
 * @param {KeptText} text
 * @returns {"kept" | "without_pictures" | "refused"}
 */
export function keep(text) {
    if (isOver()) {
        return "refused";
    }
    const key = `${ofUser()}${text.id}`;
    const fields = Object.fromEntries(Object.entries(text.fields).filter(([name]) => !isConfidential(name)));
    try {
        storage().setItem(key, JSON.stringify({ ...text, fields }));
        return "kept";
    } catch {
        if (!text.pictures) {
            return "refused";
        }
    }
    for (const [name, field] of Object.entries(fields)) {
        if (field.type === "html") {
            fields[name] = { ...field, value: withoutPictures(field.value) };
        }
    }
    try {
        storage().setItem(key, JSON.stringify({ ...text, fields }));
        return "without_pictures";
    } catch {
        return "refused";
    }
}

/** @returns {KeptText[]} this user's texts, the newest first */
export function keptTexts() {
    const texts = [];
    for (const key of keysOf(ofUser())) {
        try {
            const text = JSON.parse(storage().getItem(key));
            if (text.fields && text.lines && text.loose) {
                texts.push(text);
            }
        } catch {
            continue; // not one of ours
        }
    }
    return texts.sort((one, other) => other.at - one.at);
}

export function forget(id) {
    try {
        storage().removeItem(`${ofUser()}${id}`);
    } catch {
        // what cannot be stored was not
    }
}

/** Forget this user's texts: she logs out. Her other tabs keep nothing more. */
export function forgetAll() {
    handOver(keysOf(ofUser()), "");
}

/** Forget the texts of others: it is this user's device now. */
export function forgetOthers() {
    const others = keysOf(ofDatabase()).filter((key) => !key.startsWith(ofUser()));
    handOver(others, String(user.userId));
}

function handOver(keys, userId) {
    try {
        for (const key of keys) {
            storage().removeItem(key);
        }
        storage().setItem(userKey(), userId);
    } catch {
        // where nothing can be stored, nothing was
    }
}

const lockName = (form) => `${PREFIX}/${form}`;

/**
 * Say that a form is open: what is typed there is not offered in another tab. The browser takes this
 * back by itself when the tab goes, in whatever way.
 *
 * @returns {() => void} to say that it is closed
 */
export function markOpen(form) {
    let close;
    const closed = new Promise((resolve) => {
        close = resolve;
    });
    navigator.locks?.request(lockName(form), () => closed).catch(() => {});
    return close;
}

/** @returns {Promise<KeptText[]>} this user's texts that no open form holds */
export async function lostTexts() {
    const texts = keptTexts();
    if (!texts.length || !navigator.locks) {
        return texts; // without locks (no https), better offered twice than not
    }
    const { held } = await navigator.locks.query();
    const open = new Set(held.map((lock) => lock.name));
    return texts.filter((text) => !open.has(lockName(text.form)));
}
