import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { badgeField, BadgeField } from "@web/views/fields/badge/badge_field";

/** When a contact is due; of who wants none, that. */
export class RelationshipDueBadgeField extends BadgeField {
    static template = "shifters_relations.DueBadgeField";

    get isSilent() {
        return this.props.record.data.relationship_no_contact;
    }

    get formattedValue() {
        return this.isSilent ? _t("Do not contact") : super.formattedValue;
    }

    get badgeClass() {
        return this.isSilent ? "text-bg-danger" : super.badgeClass;
    }
}

registry.category("fields").add("relationship_due_badge", {
    ...badgeField,
    component: RelationshipDueBadgeField,
    fieldDependencies: [{ name: "relationship_no_contact", type: "boolean" }],
});
