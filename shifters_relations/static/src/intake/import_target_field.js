import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { selectionField, SelectionField } from "@web/views/fields/selection/selection_field";

const GROUPS = [
    ["person_", _t("The person")],
    ["last_contact_", _t("The last contact")],
    ["", _t("The organisation")],
];

/** What a column holds: a plain choice in each row, by what it speaks of; nothing is a choice too. */
export class ImportTargetField extends SelectionField {
    static template = "shifters_relations.ImportTargetField";

    get notRead() {
        return _t("Not read");
    }

    get groups() {
        const groups = GROUPS.map(([prefix, label]) => ({ prefix, label, choices: [] }));
        for (const choice of this.choices) {
            groups.find(({ prefix }) => choice.value.startsWith(prefix)).choices.push(choice);
        }
        return [groups[2], groups[0], groups[1]].map(({ label, choices }) => ({ label, choices }));
    }

    get nothing() {
        return [{ value: false, label: this.notRead }];
    }

    get string() {
        return super.string || this.notRead;
    }
}

registry.category("fields").add("relationship_import_target", {
    ...selectionField,
    component: ImportTargetField,
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...selectionField.extractProps(fieldInfo, dynamicInfo),
        readonly: dynamicInfo.readonly,
    }),
});
