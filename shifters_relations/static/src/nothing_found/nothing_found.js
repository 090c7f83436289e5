import { onWillStart, useState } from "@odoo/owl";
import { Domain } from "@web/core/domain";
import { useBus, useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { ActionHelper } from "@web/views/action_helper";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";

/**
 * The help of an action says what to do where there is nothing yet. In ours, what a search does not
 * find is said to be not found, as long as there is something without the search.
 */
function isOurs(env) {
    return (env.config?.actionXmlId || "").startsWith("shifters_relations");
}

function getSearchFacets(searchModel) {
    return searchModel.facets.filter((facet) => facet.domain && facet.domain !== "[]");
}

/** Core keeps silent about cards by a many2one of which none is found: there a column could be added, in ours not. */
patch(KanbanRenderer.prototype, {
    get showNoContentHelper() {
        const { isGrouped, groups } = this.props.list;
        const isEmpty = isOurs(this.env) && isGrouped && !groups.length && !this.canCreateGroup();
        return super.showNoContentHelper || isEmpty;
    },
});

patch(ActionHelper.prototype, {
    setup() {
        super.setup(...arguments);
        this.relationship = useState({ isNotFound: false });
        const searchModel = this.env.searchModel;
        if (!searchModel || !isOurs(this.env)) {
            return;
        }
        const orm = useService("orm");
        const look = async () => {
            const isSearched = getSearchFacets(searchModel).length > 0;
            this.relationship.isNotFound = isSearched && (await isSomethingThere());
        };
        const isSomethingThere = () => {
            const domain = new Domain(searchModel.globalDomain).toList(searchModel.domainEvalContext);
            const kwargs = { context: searchModel.globalContext, limit: 1 };
            return orm.searchCount(searchModel.resModel, domain, kwargs).then(Boolean);
        };
        onWillStart(look);
        useBus(searchModel, "update", look);
    },

    forgetSearch() {
        for (const facet of getSearchFacets(this.env.searchModel)) {
            this.env.searchModel.deactivateGroup(facet.groupId);
        }
    },
});
