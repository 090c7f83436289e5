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
        // pilotInvites: nothing for those who do not decide it
        this.state = useState({ sentences: [], steps: [], pilotInvites: undefined });
        this.action = useService("action");
        this.orm = useService("orm");
        onWillStart(async () => {
            [this.state.sentences, this.state.steps, this.state.pilotInvites] = await Promise.all([
                this.orm.call("relationship.member", "get_charter", []),
                this.orm.call("relationship.member", "get_first_steps", []),
                this.orm.call("relationship.member", "get_pilot_invites", []),
            ]);
        });
    }

    async letPilotInvite(ev) {
        const isAllowed = ev.target.checked;
        await this.orm.call("relationship.member", "set_pilot_invites", [isAllowed]);
        this.state.pilotInvites = isAllowed;
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
