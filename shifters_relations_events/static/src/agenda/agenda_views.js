import { Component, onWillStart, useState } from "@odoo/owl";
import { deserializeDateTime, serializeDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { CalendarController } from "@web/views/calendar/calendar_controller";
import { CalendarModel } from "@web/views/calendar/calendar_model";
import { calendarView } from "@web/views/calendar/calendar_view";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";

const { DateTime } = luxon;

/** What waits for an organiser, and which calendars could not be read lately, above what partners do. */
export class RelationshipAgendaHeader extends Component {
    static template = "shifters_relations_events.AgendaHeader";
    static props = { context: Object };

    setup() {
        this.state = useState({ notices: [] });
        this.action = useService("action");
        this.orm = useService("orm");
        onWillStart(async () => {
            this.state.notices = await this.orm.call("relationship.calendar.entry", "get_notices", [], {
                context: this.props.context,
            });
        });
    }
}

class AgendaListRenderer extends ListRenderer {
    static template = "shifters_relations_events.AgendaListRenderer";
    static components = { ...ListRenderer.components, RelationshipAgendaHeader };
}

class AgendaKanbanRenderer extends KanbanRenderer {
    static template = "shifters_relations_events.AgendaKanbanRenderer";
    static components = { ...KanbanRenderer.components, RelationshipAgendaHeader };
}

class AgendaCalendarModel extends CalendarModel {
    /** The page opens where the next event is, not on a month of which nothing is left to come. */
    async load(params = {}) {
        const { date, domain, context } = { ...this.meta, ...params };
        if (!date) {
            const now = DateTime.local();
            const coming = [...domain, ["stop", ">=", serializeDateTime(now)]];
            const [next] = await this.orm.searchRead(this.resModel, coming, ["start"], {
                context,
                limit: 1,
                order: "start, id",
            });
            this.meta.date = DateTime.max(now, next ? deserializeDateTime(next.start) : now).startOf("day");
        }
        return super.load(params);
    }
}

class AgendaCalendarController extends CalendarController {
    static template = "shifters_relations_events.AgendaCalendarController";
    static components = { ...CalendarController.components, RelationshipAgendaHeader };

    openSubscriptions() {
        this.action.doAction("shifters_relations_events.relationship_calendar_subscription_action");
    }
}

registry
    .category("views")
    .add("relationship_agenda_list", { ...listView, Renderer: AgendaListRenderer })
    .add("relationship_agenda_kanban", { ...kanbanView, Renderer: AgendaKanbanRenderer })
    .add("relationship_agenda_calendar", {
        ...calendarView,
        Controller: AgendaCalendarController,
        Model: AgendaCalendarModel,
        buttonTemplate: "shifters_relations_events.AgendaCalendarButtons",
        props: (...args) => {
            const props = calendarView.props(...args);
            return { ...props, className: `${props.className} o_relationship_month` };
        },
    });
