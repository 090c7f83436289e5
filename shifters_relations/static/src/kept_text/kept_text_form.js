import { onMounted, onWillUnmount, toRaw, useEffect, useExternalListener, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDate, deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, rpcBus } from "@web/core/network/rpc";
import { x2ManyCommands } from "@web/core/orm_service";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { uuid } from "@web/core/utils/strings";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { KeptTextDialog, allOf } from "./kept_text_dialog";
import { KeptTextModel } from "./kept_text_model";
import { forget, isConfidential, isOver, keep, markOpen, withoutPictures } from "./kept_text_store";
import { fingerprint, plainText } from "./plain_text";
import { readTyped } from "./typed";

const EVERY = 2_000; // milliseconds between two looks at what is typed
const SAVE_AFTER = 4_000; // milliseconds between two drafts on the server

/**
 * What is typed in a form is safe within ten seconds (P3).
 *
 * * On this device, always, as long as it is not saved: except for the confidential part, which stays on no device.
 *   It is offered again where it was typed, after whatever has become of the tab, the network or the server.
 * * On the server too, as a draft, where the form has drafts (`state`) and the network is there.
 */
export class KeptTextFormController extends FormController {
    static template = "shifters_relations.KeptTextFormView";
    /** Whether a draft of this form may be saved while it is typed. */
    static savesDrafts = false;

    setup() {
        super.setup();
        this.keptText = useService("relationship_kept_text");
        this.keeping = useState({ offers: [], isAway: !navigator.onLine, refusal: "", kept: "", hasTyped: false });
        this.form = uuid();
        this.textIds = [];
        this.sent = { fields: "", undo: {}, at: 0, isSending: false };
        useBus(rpcBus, "RPC:RESPONSE", ({ detail }) => {
            const error = detail.error;
            if (!error) {
                this.keeping.isAway = false;
            } else if (error instanceof ConnectionLostError) {
                this.keeping.isAway = true;
            }
        });
        useExternalListener(window, "offline", () => (this.keeping.isAway = true));
        useExternalListener(window, "online", () => (this.keeping.isAway = false));
        useExternalListener(window, "pagehide", () => this.keepNow());
        let isOpen = true;
        onMounted(() => {
            this.close = markOpen(this.form);
            this.timer = browser.setInterval(() => this.look(), EVERY);
        });
        onWillUnmount(() => {
            browser.clearInterval(this.timer);
            this.keepNow();
            isOpen = false;
            this.close();
        });
        useEffect(
            () => this.startText(),
            () => [this.model.root.id]
        );
        useEffect(
            () => {
                this.findOffers().then((offers) => {
                    if (isOpen) {
                        this.keeping.offers = offers;
                    }
                });
            },
            () => [this.model.root.id, this.model.root.resId]
        );
    }

    get record() {
        return toRaw(this.model.root);
    }

    /** What is written for somebody who types while the network is away, or whose text is refused. */
    get warning() {
        if (!this.keeping.hasTyped || !(this.keeping.isAway || this.keeping.refusal)) {
            return "";
        }
        const words = [
            this.keeping.refusal
                ? _t("Not saved yet: %(reason)s", { reason: this.keeping.refusal })
                : _t("The network is away."),
        ];
        if (this.keeping.kept === "refused") {
            words.push(_t("This browser cannot keep what you type: leave this page open."));
        } else {
            words.push(_t("What you type is kept on this device."));
            if (this.keeping.kept === "without_pictures") {
                words.push(_t("There is no room for the pictures."));
            }
            if (this.hasConfidential) {
                words.push(_t("Not the confidential part: leave this page open."));
            }
        }
        return words.join(" ");
    }

    get hasConfidential() {
        const record = this.record;
        return Object.keys(record.activeFields).some(
            (name) => isConfidential(name) && record.fields[name].type === "text" && !record._isReadonly(name)
        );
    }

    // Keeping on this device

    startText() {
        this.textId = uuid();
        this.textIds.push(this.textId);
        this.since = Date.now();
        this.lastKept = "";
    }

    /** What was typed in this form is saved, or given up. */
    forgetTyped() {
        this.textIds.forEach(forget);
        this.textIds = [];
        this.startText();
        this.keeping.hasTyped = false;
        this.keeping.refusal = "";
    }

    readTyped() {
        return readTyped(this.rootRef.el, this.record);
    }

    /** Keep on this device what is typed and not saved, at once. */
    keepNow(typed = this.readTyped()) {
        if (!this.rootRef.el) {
            return typed;
        }
        if (!typed.hasText) {
            if (this.lastKept) {
                forget(this.textId);
                this.lastKept = "";
            }
            this.keeping.hasTyped = typed.hasConfidential;
            return typed;
        }
        this.keeping.hasTyped = true;
        const content = JSON.stringify([typed.fields, typed.lines, typed.loose]);
        if (content === this.lastKept) {
            return typed;
        }
        const { resModel, resId, data } = this.record;
        const { partner_id: about, state } = data;
        this.keeping.kept = keep({
            id: this.textId,
            form: this.form,
            since: this.since,
            at: Date.now(),
            resModel,
            resId: resId || this.model.draftId,
            name: this.displayName(),
            about: about ? { id: about.id, display_name: about.display_name } : false,
            state: state || false,
            fields: typed.fields,
            lines: typed.lines,
            loose: typed.loose,
            pictures: typed.pictures,
        });
        if (this.keeping.kept !== "refused") {
            this.lastKept = content;
        }
        return typed;
    }

    look() {
        const typed = this.keepNow();
        if (typed.hasText || typed.hasConfidential) {
            this.saveDraft(typed);
        }
    }

    // Offering again

    /** What was typed in this record; in a new one, what was typed about the same organisation. */
    findOffers() {
        const { resModel, resId, data } = this.record;
        const about = data.partner_id?.id;
        const isAboutTheSame = (text) => !about || !text.about || text.about.id === about;
        return this.keptText.find(
            (text) =>
                text.resModel === resModel &&
                text.form !== this.form &&
                (resId ? text.resId === resId : isAboutTheSame(text) && (!text.resId || text.about))
        );
    }

    sayOffer(text) {
        const when = this.keptText.sayWhen(text);
        if (text.isGone) {
            return _t("A text of %(when)s could not be saved: what it was typed in has been deleted since.", { when });
        }
        if (this.isHere(text) && !this.canResume(text)) {
            return _t("A text of %(when)s could not be saved: this has been validated since.", { when });
        }
        return _t("A text of %(when)s could not be saved.", { when });
    }

    /** Whether a text was typed in the record that is shown. */
    isHere(text) {
        return (text.resId || false) === (this.record.resId || false);
    }

    /** A text goes back where it was typed, unless that was deleted, closed or validated since. */
    canResume(text) {
        const { data } = this.record;
        return this.isHere(text) && this.canEdit && (!text.resId || (data.state || false) === text.state);
    }

    drop(text) {
        this.keeping.offers = this.keeping.offers.filter((offer) => offer.id !== text.id);
    }

    forgetOffer(text) {
        this.keptText.forget(text.id);
        this.drop(text);
    }

    openOffer(text) {
        this.keptText.open(text);
    }

    showOffer(text) {
        this.showText(text, allOf(text, this.record.fields));
    }

    showText(text, content, reason) {
        this.dialogService.add(KeptTextDialog, {
            title: _t("Text of %(when)s", { when: this.keptText.sayWhen(text) }),
            reason,
            content,
        });
    }

    /** Put a kept text back into the form, beside what stands there by now. */
    async resume(text) {
        await this.model._askChanges();
        const record = this.model.root;
        const rest = { fields: {}, lines: {}, loose: text.loose };
        const changes = {};
        for (const [name, field] of Object.entries(text.fields)) {
            if (!(name in record.activeFields) || record._isReadonly(name)) {
                rest.fields[name] = field;
            } else {
                Object.assign(changes, this.resumeField(record, name, field));
            }
        }
        await record.update(changes);
        for (const [name, lines] of Object.entries(text.lines)) {
            rest.lines[name] = await this.resumeLines(record, name, lines);
        }
        for (const name of [...Object.keys(changes), ...Object.keys(text.lines)]) {
            const widget = this.rootRef.el.querySelector(`.o_field_widget[name="${name}"]`);
            widget?.closest("details")?.setAttribute("open", "");
        }
        const left = allOf(rest, record.fields);
        if (left) {
            this.showText(text, left, _t("This could not be put back by itself."));
        }
        this.drop(text);
        if (this.keepNow().hasText && this.keeping.kept !== "refused") {
            this.keptText.forget(text.id);
        }
    }

    resumeField(record, name, { type, value, base }) {
        const current = record.data[name];
        if (type === "date") {
            return { [name]: value && deserializeDate(value) };
        }
        if (type === "datetime") {
            return { [name]: value && deserializeDateTime(value) };
        }
        if (type === "many2many") {
            return { [name]: [x2ManyCommands.set(value)] };
        }
        if (!["char", "text", "html"].includes(type)) {
            return { [name]: value };
        }
        const here = plainText(current, type);
        const kept = plainText(value, type);
        if (here === kept && withoutPictures(value) === value) {
            return {};
        }
        const isNewer = !here || fingerprint(here) === base || kept.includes(here);
        if (isNewer || type === "char") {
            return { [name]: value };
        }
        return { [name]: type === "html" ? `${current}${value}` : `${current}\n${value}` };
    }

    /** @returns {Promise<object[]>} the lines that could not be put back */
    async resumeLines(record, name, lines) {
        const left = [];
        for (const values of lines) {
            try {
                const list = record.data[name];
                const line = await list.addNewRecord({ position: "bottom", mode: "edit" });
                await line.update(values);
                await list.leaveEditMode();
            } catch {
                left.push(values);
            }
        }
        return left;
    }

    // Saving a draft on the server

    /** Save what is typed as a draft, in silence: no field is committed, no cursor moves, no dialog opens. */
    async saveDraft(typed) {
        const record = this.record;
        const content = JSON.stringify(typed.fields);
        if (
            !this.constructor.savesDrafts ||
            this.env.inDialog ||
            this.sent.isSending ||
            content === this.sent.fields ||
            Date.now() < this.sent.at + SAVE_AFTER ||
            record.data.state !== "draft" ||
            this.isMissingSomething(record) ||
            !navigator.onLine ||
            isOver()
        ) {
            return;
        }
        this.sent.isSending = true;
        this.sent.at = Date.now();
        try {
            await this.model.mutex.exec(() => this.sendDraft(record, typed));
            this.sent.fields = content;
            this.keeping.refusal = "";
            this.forgetSaved(typed);
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                this.sent.fields = content; // refused: asked again when something else is typed
                this.keeping.refusal = error.data?.message || error.message;
            }
        } finally {
            this.sent.isSending = false;
        }
    }

    isMissingSomething(record) {
        return Object.keys(record.activeFields).some(
            (name) =>
                !["one2many", "many2many"].includes(record.fields[name].type) &&
                record._isRequired(name) &&
                !record.data[name]
        );
    }

    async sendDraft(record, typed) {
        if (record !== this.record) {
            return; // another one was opened meanwhile
        }
        const values = this.getDraftValues(record, typed);
        const { orm, draftId } = this.model;
        if (record.isNew && !draftId) {
            const [id] = await orm.silent.create(record.resModel, [values], { context: record.context });
            if (record === this.record && record.isNew) {
                this.model.draftId = id;
                this.model.known = values;
            }
            return;
        }
        if (Object.keys(await this.model.findOthers(record, values)).length) {
            throw new Error(_t("the text has changed elsewhere meanwhile. Save it, and both texts stand here."));
        }
        for (const name of Object.keys(values)) {
            if (!(name in this.sent.undo)) {
                this.sent.undo[name] = record._formatServerValue(record.fields[name].type, record._values[name]);
            }
        }
        await orm.silent.write(record.resModel, [record.resId || draftId], values, { context: record.context });
        Object.assign(this.model.known, values);
    }

    /** The values of a draft: its lines and its new pictures come with the save itself. */
    getDraftValues(record, typed) {
        const changes = record._getChanges();
        const values = {};
        for (const [name, value] of Object.entries(changes)) {
            if (!["one2many", "many2many", "binary"].includes(record.fields[name].type)) {
                values[name] = value;
            }
        }
        for (const [name, { type, value }] of Object.entries(typed.fields)) {
            if (["char", "text", "html"].includes(type)) {
                values[name] = (type === "html" ? withoutPictures(value) : value) || false;
            }
        }
        return values;
    }

    /** The server has all that was typed: nothing needs to stay on this device. */
    forgetSaved(typed) {
        const hasMore =
            typed.pictures ||
            typed.loose.length ||
            Object.keys(typed.lines).length ||
            Object.values(typed.fields).some(({ type }) => type === "many2many");
        if (!hasMore) {
            forget(this.textId);
        }
    }

    /** Give up what was saved in silence, too, but nothing that was written elsewhere since. */
    async undoDraft() {
        const { draftId, orm, known } = this.model;
        const record = this.record;
        const { undo } = this.sent;
        let others = [];
        try {
            others = Object.keys(await this.model.findOthers(record, draftId ? known : undo));
        } finally {
            this.sent = { fields: "", undo: {}, at: Date.now(), isSending: false };
            this.model.draftId = false;
            this.model.known = {};
        }
        const own = Object.fromEntries(Object.entries(undo).filter(([name]) => !others.includes(name)));
        if (draftId && !others.length) {
            await orm.unlink(record.resModel, [draftId]);
        } else if (record.resId && Object.keys(own).length) {
            await orm.write(record.resModel, [record.resId], own);
        }
    }

    // What becomes of the form

    onWillLoadRoot() {
        super.onWillLoadRoot(...arguments);
        if (this.model) {
            this.model.draftId = false;
            this.model.known = {};
            this.sent = { fields: "", undo: {}, at: 0, isSending: false };
        }
    }

    async onRecordSaved() {
        await super.onRecordSaved(...arguments);
        this.model.known = {};
        this.sent = { fields: "", undo: {}, at: 0, isSending: false };
        this.forgetTyped();
    }

    async discard() {
        try {
            await this.model.mutex.exec(() => this.undoDraft());
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
        }
        this.forgetTyped();
        return super.discard(...arguments);
    }

    async beforeVisibilityChange() {
        if (document.visibilityState === "hidden") {
            this.keepNow();
        }
        return super.beforeVisibilityChange();
    }

    async beforeLeave({ forceLeave } = {}) {
        this.keepNow();
        if (!forceLeave) {
            await this.model.root.isDirty();
        }
        return super.beforeLeave(...arguments);
    }

    /** A closed tab sends what was typed, and nobody hears whether it arrived: what is kept here stays, until it has. */
    async beforeUnload(ev) {
        this.keepNow();
        const leaving = super.beforeUnload(ev);
        if (!Object.keys(this.record._changes).length) {
            this.startText(); // it was sent
        }
        return leaving;
    }
}

export const keptTextFormView = { ...formView, Controller: KeptTextFormController, Model: KeptTextModel };

registry.category("views").add("relationship_kept_text_form", keptTextFormView);
