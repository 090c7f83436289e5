import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ENCODINGS = [
    ["utf_8", _t("UTF-8, the usual one")],
    ["cp1252", _t("Windows, Western Europe")],
    ["iso8859_15", _t("ISO-8859-15, Western Europe")],
    ["mac_roman", _t("Mac, old")],
    ["cp850", _t("DOS, Western Europe")],
    ["utf_16", _t("UTF-16")],
];

/** How a file is read, which sheet and which letters; when it is changed, the file is read anew. */
export class ImportReadWithField extends Component {
    static template = "shifters_relations.ImportReadWithField";
    static props = { ...standardFieldProps, choices: { type: String, optional: true } };

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get choices() {
        const { choices, record } = this.props;
        const all = choices ? (record.data[choices] || []).map((name) => [name, name]) : ENCODINGS;
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
