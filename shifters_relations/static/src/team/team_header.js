import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";

/** The team against its charter, and the first steps until they are done, above the members. */
export class RelationshipTeamHeader extends Component {
    static template = "shifters_relations.TeamHeader";
    static props = {};

    setup() {
        this.state = useState({ sentences: [], steps: [] });
        this.action = useService("action");
        const orm = useService("orm");
        onWillStart(async () => {
            [this.state.sentences, this.state.steps] = await Promise.all([
                orm.call("relationship.member", "get_charter", []),
                orm.call("relationship.member", "get_first_steps", []),
            ]);
        });
    }

    take(step) {
        const newMember = { type: "ir.actions.act_window", res_model: "relationship.member", views: [[false, "form"]] };
        this.action.doAction(step.action === "new_member" ? newMember : step.action);
    }
}

class TeamListRenderer extends ListRenderer {
    static template = "shifters_relations.TeamListRenderer";
    static components = { ...ListRenderer.components, RelationshipTeamHeader };
}

class TeamKanbanRenderer extends KanbanRenderer {
    static template = "shifters_relations.TeamKanbanRenderer";
    static components = { ...KanbanRenderer.components, RelationshipTeamHeader };
}

registry
    .category("views")
    .add("relationship_team_list", { ...listView, Renderer: TeamListRenderer })
    .add("relationship_team_kanban", { ...kanbanView, Renderer: TeamKanbanRenderer });
