import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A line that could mean several organisations is decided by one tap: one of them, or a new one. */
export class ImportChoiceField extends Component {
    static template = "shifters_relations.ImportChoiceField";
    static props = standardFieldProps;

    get candidates() {
        return this.props.record.data[this.props.name].records.map(({ resId, data }) => ({ id: resId, ...data }));
    }

    get chosen() {
        const { decision, partner_id } = this.props.record.data;
        return decision === "create" ? "new" : decision === "ask" ? false : partner_id?.id;
    }

    async choose(changes) {
        const { record } = this.props;
        await record.update(changes);
        await record.model.root.save();
        await record.model.root.load();
    }

    take({ id, display_name }) {
        return this.choose({ partner_id: { id, display_name } });
    }

    make() {
        return this.choose({ decision: "create" });
    }

    leave() {
        return this.choose({ decision: "skip" });
    }
}

registry.category("fields").add("relationship_import_choice", {
    component: ImportChoiceField,
    supportedTypes: ["many2many"],
    extractProps: (_fieldInfo, dynamicInfo) => ({ readonly: dynamicInfo.readonly }),
    relatedFields: [
        { name: "display_name", type: "char" },
        { name: "city", type: "char" },
    ],
});
