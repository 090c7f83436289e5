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

    /** The line is written at once, whatever of the page was being saved when it was touched. */
    async choose(changes) {
        const { model, resModel, resId } = this.props.record;
        if (await model.root.save()) {
            await model.orm.write(resModel, [resId], changes);
            await model.root.load();
        }
    }

    take({ id }) {
        return this.choose({ partner_id: id });
    }

    /** The other line of this list that may be about the same organisation. */
    get same() {
        return this.props.record.data.same_line_id;
    }

    join() {
        return this.choose({ same_line_id: this.same.id });
    }

    async divide() {
        const { model, resModel, resId } = this.props.record;
        if (await model.root.save()) {
            await model.orm.call(resModel, "action_divide", [[resId]]);
            await model.root.load();
        }
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
    // With its name, though no column shows it.
    fieldDependencies: [
        { name: "same_line_id", type: "many2one" },
        { name: "may_divide", type: "boolean" },
    ],
    relatedFields: [
        { name: "display_name", type: "char" },
        { name: "city", type: "char" },
    ],
});
