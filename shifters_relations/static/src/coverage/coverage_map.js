import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const ORGANISATIONS = "shifters_relations.res_partner_organisation_action";
const ICONS = {
    covered: "fa-check",
    late: "fa-clock-o",
    never: "fa-exclamation",
    candidate: "fa-search",
    reached: "fa-sitemap",
    empty: "fa-plus",
};

/** Offers what can be done where the team knows nobody. */
export class CoverageEmptyDialog extends Component {
    static template = "shifters_relations.CoverageEmptyDialog";
    static components = { Dialog };
    static props = { title: String, onCreate: Function, onImport: { type: Function, optional: true }, close: Function };

    act(callback) {
        this.props.close();
        callback();
    }
}

/** The coverage map (Q8): sectors beside types of organisation; a cell opens its organisations. */
export class CoverageMap extends Component {
    static template = "shifters_relations.CoverageMap";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.map = {};
        this.state = useState({ unfolded: new Set(this.props.state?.unfolded) });
        useSetupAction({ getLocalState: () => ({ unfolded: [...this.state.unfolded] }) });
        onWillStart(async () => {
            this.map = await this.orm.call("res.partner", "relationship_get_coverage", []);
            this.parents = new Set(this.map.rows.map((row) => row.parent_id).filter(Boolean));
        });
    }

    // What is shown

    /** The rows whose ancestors are all unfolded, in the order of the tree. */
    get rows() {
        const shown = new Set([false]);
        return this.map.rows.filter((row) => {
            const isShown = shown.has(row.parent_id);
            if (isShown && this.state.unfolded.has(row.id)) {
                shown.add(row.id);
            }
            return isShown;
        });
    }

    get legend() {
        return this.map.states.map(({ state, label }) => ({
            state,
            label,
            icon: ICONS[state],
            count: this.map.total?.[state] || 0,
        }));
    }

    /** How well a cell is covered: what most needs somebody's attention among what it holds. */
    getState(numbers) {
        return ["late", "never", "covered", "candidate"].find((state) => numbers?.[state]) || "empty";
    }

    getCell(numbers) {
        const state = this.getState(numbers);
        const { covered = 0, late = 0, never = 0, candidate = 0, reached = 0 } = numbers || {};
        const targets = covered + late + never;
        return {
            state,
            icon: ICONS[state],
            figure: targets ? `${covered}/${targets}` : candidate || "",
            more: targets && candidate ? `+${candidate}` : "",
            reached,
            parts: targets ? { covered, late, never } : {},
            words: this.getWords(numbers),
        };
    }

    /** A cell in words, for those who do not see it and for whoever hovers over it. */
    getWords(numbers) {
        if (!numbers) {
            return _t("No organisation");
        }
        return this.map.states
            .filter(({ state }) => numbers[state])
            .map(({ state, label }) => _t("%(what)s: %(words)s", { what: label, words: numbers[state] }))
            .join(", ");
    }

    // Sub-sectors

    isParent(row) {
        return this.parents.has(row.id);
    }

    toggle(row) {
        const { unfolded } = this.state;
        if (!unfolded.delete(row.id)) {
            unfolded.add(row.id);
        }
    }

    toggleAll() {
        const unfolded = this.state.unfolded.size ? [] : this.parents;
        this.state.unfolded = new Set(unfolded);
    }

    // Where a click leads

    getTitle(row, type) {
        return [row?.name, type?.name].filter(Boolean).join(" · ") || _t("Organisations");
    }

    getLabel(row, type, words) {
        return _t("%(what)s: %(words)s", { what: this.getTitle(row, type), words });
    }

    onClick(row, type, numbers) {
        return numbers ? this.open(this.getTitle(row, type), this.getDomain(row, type)) : this.propose(row, type);
    }

    openState(state, label) {
        const condition =
            state === "reached" ? ["relationship_is_reached", "=", true] : ["relationship_coverage", "=", state];
        return this.open(label, [...this.getDomain(), condition]);
    }

    getDomain(row, type) {
        const domain = [
            ["is_company", "=", true],
            ["relationship_stage", "in", ["candidate", "target"]],
        ];
        if (row) {
            domain.push(["relationship_sector_id", row.id ? "child_of" : "=", row.id]);
        }
        if (type) {
            domain.push(["relationship_type_id", "=", type.id]);
        }
        return domain;
    }

    async open(name, domain) {
        const { views, search_view_id, context } = await this.action.loadAction(ORGANISATIONS);
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            name,
            views,
            search_view_id,
            context,
            domain,
        });
    }

    async propose(row, type) {
        const context = {
            default_is_company: true,
            default_relationship_stage: "candidate",
            default_relationship_sector_id: row?.id || false,
            default_relationship_type_id: type?.id || false,
            relationship_view: true,
        };
        this.dialog.add(CoverageEmptyDialog, {
            title: this.getTitle(row, type),
            onCreate: () => this.create(context),
            onImport: (await user.hasGroup("shifters_relations.group_organiser")) ? () => this.import() : undefined,
        });
    }

    async create(context) {
        const { views } = await this.action.loadAction(ORGANISATIONS);
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            name: _t("New candidate"),
            views: views.filter(([, mode]) => mode === "form"),
            context,
        });
    }

    import() {
        return this.action.doAction("shifters_relations.relationship_import_action", { viewType: "form" });
    }
}

registry.category("actions").add("shifters_relations.coverage", CoverageMap);
