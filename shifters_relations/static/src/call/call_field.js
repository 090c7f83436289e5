import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** One tap calls: it says whom, if that is somebody else than the record, or the number where the view knows it. */
class RelationshipCallField extends Component {
    static template = "shifters_relations.CallField";
    static props = standardFieldProps;

    get link() {
        return this.props.record.data[this.props.name];
    }

    get label() {
        const { relationship_call_name, phone } = this.props.record.data;
        return relationship_call_name || phone || _t("Call");
    }
}

registry.category("fields").add("relationship_call", {
    component: RelationshipCallField,
    displayName: _t("Call"),
    supportedTypes: ["char"],
    fieldDependencies: [{ name: "relationship_call_name", type: "char", readonly: true }],
});
