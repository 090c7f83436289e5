import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ENCODINGS = [
    ["utf-8", _t("UTF-8, the usual one")],
    ["cp1252", _t("Windows, Western Europe")],
    ["iso8859_15", _t("ISO-8859-15, Western Europe")],
    ["mac_roman", _t("Mac, old")],
    ["cp850", _t("DOS, Western Europe")],
    ["utf-16", _t("UTF-16")],
];

/** One encoding has several names: utf-8, utf_8, UTF8. */
function simplify(encoding) {
    return encoding.toLowerCase().replace(/[-_]/g, "");
}

/** A sheet, or those that are read together, by the first of them. */
function showSheet(names) {
    return Array.isArray(names) ? [`*${names[0]}`, names.join(" + ")] : [names, names];
}

/** How a file is read, which sheet and which letters; when it is changed, the file is read anew. */
export class ImportReadWithField extends Component {
    static template = "shifters_relations.ImportReadWithField";
    static props = { ...standardFieldProps, choices: { type: String, optional: true } };

    get value() {
        const value = this.props.record.data[this.props.name] || "";
        const known = ENCODINGS.find(([name]) => !this.props.choices && simplify(name) === simplify(value));
        return known ? known[0] : value;
    }

    get choices() {
        const { choices, record } = this.props;
        const all = choices ? (record.data[choices] || []).map(showSheet) : ENCODINGS;
        const isKnown = all.some(([value]) => value === this.value);
        return isKnown ? all : [[this.value, this.value], ...all];
    }

    async change(ev) {
        const { name, record } = this.props;
        await record.update({ [name]: ev.target.value });
        if (await record.save()) {
            await record.model.orm.call(record.resModel, "action_read", [[record.resId]]);
            await record.load();
        }
    }
}

registry.category("fields").add("relationship_import_read_with", {
    component: ImportReadWithField,
    supportedTypes: ["char"],
    extractProps: ({ options }) => ({ choices: options.choices }),
});
