import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** One tap calls: whom, if it is somebody else than the record, or the number where the view knows it. */
class RelationshipCallField extends Component {
    static template = "shifters_relations.CallField";
    static props = standardFieldProps;

    get link() {
        return this.props.record.data[this.props.name];
    }

    get label() {
        const { resId, data } = this.props.record;
        const called = data.relationship_call_id;
        return called && called.id !== resId ? called.display_name : data.phone || _t("Call");
    }
}

registry.category("fields").add("relationship_call", {
    component: RelationshipCallField,
    displayName: _t("Call"),
    supportedTypes: ["char"],
    fieldDependencies: [{ name: "relationship_call_id", type: "many2one", readonly: true }],
});
