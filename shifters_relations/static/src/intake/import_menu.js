import { Component } from "@odoo/owl";
import { importRecordsItem } from "@base_import/import_records/import_records";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { STATIC_ACTIONS_GROUP_NUMBER } from "@web/search/action_menus/action_menus";

/** The gear of our lists of organisations and persons leads to our page; Odoo's own import stays everywhere else. */
function isOurs({ config, searchModel }) {
    const isOurAction = (config.actionXmlId || "").startsWith("shifters_relations");
    return isOurAction && searchModel?.resModel === "res.partner";
}

class BringInList extends Component {
    static template = "shifters_relations.BringInList";
    static components = { DropdownItem };
    static props = {};

    setup() {
        this.action = useService("action");
    }

    open() {
        return this.action.doAction("shifters_relations.relationship_import_action", { viewType: "form" });
    }
}

registry.category("cogMenu").add(
    "relationship-import-menu",
    {
        Component: BringInList,
        groupNumber: STATIC_ACTIONS_GROUP_NUMBER,
        isDisplayed: (env) =>
            isOurs(env) &&
            ["kanban", "list"].includes(env.config.viewType) &&
            user.hasGroup("shifters_relations.group_organiser"),
    },
    { sequence: 1 }
);

patch(importRecordsItem, {
    isDisplayed(env) {
        return !isOurs(env) && super.isDisplayed(env);
    },
});
