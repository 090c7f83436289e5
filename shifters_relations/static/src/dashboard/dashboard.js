import { Component, onWillStart } from "@odoo/owl";
import { makeContext } from "@web/core/context";
import { Domain } from "@web/core/domain";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { View } from "@web/views/view";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const MODULE = "shifters_relations";

/** Five pictures of the team's work (R4): each is the graph of an action, which its button opens. */
export class RelationshipDashboard extends Component {
    static template = "shifters_relations.Dashboard";
    static components = { Layout, View };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        onWillStart(async () => {
            this.cards = await Promise.all(this.pictures.map((picture) => this.prepareCard(picture)));
        });
    }

    get pictures() {
        return [
            {
                key: "contacts",
                action: `${MODULE}.relationship_analysis_action`,
                words: _t("What took place, beside what is late and what is planned."),
            },
            {
                key: "trend",
                action: `${MODULE}.relationship_coverage_trend_action`,
                words: _t("Of today's targets, how many were within their cadence at the end of each month."),
            },
            {
                key: "load",
                action: `${MODULE}.relationship_load_action`,
                opens: `${MODULE}.relationship_member_action`,
                words: _t("What each member carries, beside what was agreed; usually 10 to 25 targets."),
            },
            {
                key: "cooperations",
                action: `${MODULE}.relationship_cooperation_stage_action`,
                words: _t("What came out of contacts, from the idea to its outcome."),
            },
            {
                key: "never",
                action: `${MODULE}.res_partner_never_action`,
                words: _t("Targets whose first contact is still to be made."),
            },
        ];
    }

    async prepareCard({ key, action: xmlId, opens, words }) {
        const action = await this.action.loadAction(xmlId);
        const context = makeContext([user.context, action.context || {}]);
        const search = action.search_view_id ? action.search_view_id[0] : false;
        return {
            key,
            words,
            title: action.name,
            opens: opens || xmlId,
            view: {
                resModel: action.res_model,
                type: "graph",
                views: [...action.views.filter(([, mode]) => mode !== "search"), [search, "search"]],
                domain: new Domain(action.domain || []).toList(context),
                context,
                display: { controlPanel: false },
                noContentHelp: _t("Nothing to show yet."),
            },
        };
    }

    open(card) {
        return this.action.doAction(card.opens);
    }
}

registry.category("actions").add("shifters_relations.dashboard", RelationshipDashboard);
