import { registry } from "@web/core/registry";
import { badgeSelectionField, BadgeSelectionField } from "@web/views/fields/badge_selection/badge_selection_field";

/** Which lines are shown, each kind with its number; kinds that have none are not offered. */
export class ImportFiguresField extends BadgeSelectionField {
    static template = "shifters_relations.ImportFiguresField";
    static props = { ...BadgeSelectionField.props, counts: Object };

    get tabs() {
        const { data } = this.props.record;
        return this.options
            .map(([value, label]) => ({ value, label, count: data[this.props.counts[value]] }))
            .filter(({ value, count }) => count || value === this.value);
    }

    show(value) {
        return this.props.record.update({ [this.props.name]: value }, { save: true });
    }
}

registry.category("fields").add("relationship_import_figures", {
    ...badgeSelectionField,
    component: ImportFiguresField,
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...badgeSelectionField.extractProps(fieldInfo, dynamicInfo),
        counts: fieldInfo.options.counts,
    }),
});
