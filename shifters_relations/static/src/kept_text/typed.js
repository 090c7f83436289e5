import { isConfidential, withoutPictures } from "./kept_text_store";
import { fingerprint, plainText } from "./plain_text";

const TEXTS = ["char", "text", "html"];
const INPUTS = ".o_field_widget :is(input[type=text], textarea):not([readonly])";

/**
 * @param {Iterable<HTMLInputElement>} inputs
 * @returns {Record<string, string>} by field name, what is in inputs of a record and not committed yet
 */
function readInputs(inputs, record) {
    const texts = {};
    for (const input of inputs) {
        const name = input.closest(".o_field_widget").getAttribute("name");
        const isText = name in record.activeFields && ["char", "text"].includes(record.fields[name].type);
        if (isText && input.value !== (record.data[name] || "")) {
            texts[name] = input.value;
        }
    }
    return texts;
}

/** Whether an input is of the form itself: those in a list are of its lines. */
function isOwn(input) {
    return !input.closest(".o_field_widget").parentElement.closest(".o_field_widget");
}

function readLine(record, typed = {}) {
    const values = {};
    for (const name of Object.keys(record.activeFields)) {
        const { type } = record.fields[name];
        const value = name in typed ? typed[name] : record.data[name];
        if (value && ["char", "text", "html", "selection"].includes(type)) {
            values[name] = String(value);
        } else if (value && type === "many2one") {
            values[name] = { id: value.id, display_name: value.display_name };
        }
    }
    return values;
}

/** The lines that were added and are not saved, and what was typed in those that are. */
function readLines(root, record, name) {
    const list = record.data[name];
    const added = [];
    const loose = [];
    for (const line of list.records) {
        const row = `.o_field_widget[name="${name}"] .o_selected_row ${INPUTS}`;
        const typed = line.isInEdition ? readInputs(root.querySelectorAll(row), line) : {};
        if (line.isNew) {
            const values = readLine(line, typed);
            if (Object.keys(values).some((each) => TEXTS.includes(line.fields[each].type))) {
                added.push(values);
            }
        } else {
            const texts = { ...line._changes, ...typed };
            loose.push(...looseTexts(texts, line));
        }
    }
    return { added, loose };
}

function looseTexts(texts, record) {
    return Object.entries(texts)
        .filter(([name, text]) => text && TEXTS.includes(record.fields[name]?.type) && !isConfidential(name))
        .map(([name, text]) => `${record.fields[name].string}: ${text}`);
}

/** What is typed in the dialogs that the form has opened, such as a new line on a phone. */
function readDialogs(root) {
    const loose = [];
    for (const input of document.querySelectorAll(`.o_dialog ${INPUTS}`)) {
        const widget = input.closest(".o_field_char, .o_field_text");
        if (widget && input.value && !root.contains(input) && !isConfidential(widget.getAttribute("name"))) {
            const label = input.id && document.querySelector(`label[for="${CSS.escape(input.id)}"]`);
            loose.push(label ? `${label.textContent}: ${input.value}` : input.value);
        }
    }
    return loose;
}

/**
 * Read what is typed in a form and not saved, without committing it: no cursor moves, no onchange leaves.
 *
 * @param {HTMLElement} root of the form
 * @param {import("@web/model/relational_model/record").Record} record of the form
 */
export function readTyped(root, record) {
    const typed = { fields: {}, lines: {}, loose: [], hasText: false, hasConfidential: false, pictures: false };
    if (!root || !record.isInEdition) {
        return typed;
    }
    const texts = readInputs([...root.querySelectorAll(INPUTS)].filter(isOwn), record);
    record.model.bus.trigger("KEPT_TEXT:READ", { record, texts });
    for (const [name, value] of Object.entries({ ...record._changes, ...texts })) {
        if (!(name in record.activeFields) || record._isReadonly(name)) {
            continue;
        }
        const { type } = record.fields[name];
        if (type === "one2many") {
            const { added, loose } = readLines(root, record, name);
            typed.loose.push(...loose);
            if (added.length) {
                typed.lines[name] = added;
            }
        } else if (type === "many2many") {
            typed.fields[name] = { type, value: value.currentIds.filter((id) => typeof id === "number") };
        } else if (type === "many2one") {
            typed.fields[name] = { type, value: value && { id: value.id, display_name: value.display_name } };
        } else if (TEXTS.includes(type)) {
            const text = value ? String(value) : "";
            const base = plainText(record._values[name], type);
            if (plainText(text, type) !== base || withoutPictures(text) !== text) {
                typed.fields[name] = { type, value: text, base: fingerprint(base) };
                typed[isConfidential(name) ? "hasConfidential" : "hasText"] = true;
                typed.pictures ||= type === "html" && withoutPictures(text) !== text;
            }
        } else if (type !== "binary") {
            typed.fields[name] = { type, value: record._formatServerValue(type, value) };
        }
    }
    for (const name of Object.keys(record.activeFields)) {
        const isList = record.fields[name].type === "one2many" && !(name in record._changes);
        if (isList && record.data[name]?.editedRecord) {
            const { added, loose } = readLines(root, record, name);
            typed.loose.push(...loose);
            if (added.length) {
                typed.lines[name] = added;
            }
        }
    }
    typed.loose.push(...readDialogs(root));
    typed.hasText ||= Boolean(typed.loose.length || Object.keys(typed.lines).length);
    return typed;
}
