import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { SelectMenu } from "@web/core/select_menu/select_menu";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What a word stands for: one of what there is, of which the nearest is proposed; or something new; or nothing. */
export class ImportWordField extends Component {
    static template = "shifters_relations.ImportWordField";
    static components = { SelectMenu };
    static props = standardFieldProps;

    get decision() {
        return this.props.record.data[this.props.name];
    }

    get choices() {
        return (this.props.record.data.choices || []).map(([value, label]) => ({ value, label }));
    }

    /** The key of what it stands for. */
    get chosen() {
        const { model, record_ref, value } = this.props.record.data;
        return this.decision === "use" ? (model ? record_ref?.resId : value) : undefined;
    }

    use(key) {
        const { label } = this.choices.find(({ value }) => value === key);
        const { model } = this.props.record.data;
        const stands = model ? { record_ref: { resModel: model, resId: key, displayName: label } } : { value: key };
        return this.props.record.update({ ...stands, [this.props.name]: "use" });
    }

    decide(decision) {
        return this.props.record.update({ [this.props.name]: decision });
    }
}

registry.category("fields").add("relationship_import_word", {
    component: ImportWordField,
    supportedTypes: ["selection"],
    extractProps: (_fieldInfo, dynamicInfo) => ({ readonly: dynamicInfo.readonly }),
});
