import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";
import { KeptTextList } from "../kept_text/kept_text_list";

/** The portfolio at a glance: five numbers, each of which shows what it counts. */
export class RelationshipPortfolioHeader extends Component {
    static template = "shifters_relations.PortfolioHeader";
    static components = { KeptTextList };
    static props = { list: Object };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ figures: {} });
        onWillStart(() => this.load());
        onWillUpdateProps(() => this.load());
    }

    async load() {
        this.state.figures = await this.orm.call("res.partner", "relationship_get_portfolio", []);
    }

    isActive(name) {
        return this.env.searchModel.getSearchItems((item) => item.name === name)[0]?.isActive;
    }

    /** Show what a number counts, or everything again. */
    filter(name) {
        const names = this.isActive(name) ? ["group_by_due_state"] : [name];
        const items = this.env.searchModel.getSearchItems((item) => names.includes(item.name));
        this.env.searchModel.query = [];
        for (const item of items) {
            this.env.searchModel.toggleSearchItem(item.id);
        }
    }

    openSyntheses(context) {
        this.action.doAction("shifters_relations.relationship_synthesis_action", { additionalContext: context });
    }
}

class PortfolioListRenderer extends ListRenderer {
    static template = "shifters_relations.PortfolioListRenderer";
    static components = { ...ListRenderer.components, RelationshipPortfolioHeader };
}

class PortfolioKanbanRenderer extends KanbanRenderer {
    static template = "shifters_relations.PortfolioKanbanRenderer";
    static components = { ...KanbanRenderer.components, RelationshipPortfolioHeader };
}

registry
    .category("views")
    .add("relationship_portfolio_list", { ...listView, Renderer: PortfolioListRenderer })
    .add("relationship_portfolio_kanban", { ...kanbanView, Renderer: PortfolioKanbanRenderer });
