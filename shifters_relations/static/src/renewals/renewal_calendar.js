import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { CalendarCommonPopover } from "@web/views/calendar/calendar_common/calendar_common_popover";
import { CalendarCommonRenderer } from "@web/views/calendar/calendar_common/calendar_common_renderer";
import { CalendarRenderer } from "@web/views/calendar/calendar_renderer";
import { CalendarYearRenderer } from "@web/views/calendar/calendar_year/calendar_year_renderer";
import { calendarView } from "@web/views/calendar/calendar_view";

/** A renewal leads to its organisation and to its synthesis. */
class RenewalPopover extends CalendarCommonPopover {
    static subTemplates = {
        ...CalendarCommonPopover.subTemplates,
        footer: "shifters_relations.RenewalPopover.footer",
    };

    setup() {
        super.setup();
        this.action = useService("action");
        this.orm = useService("orm");
    }

    openOrganisation() {
        const [partnerId] = this.props.record.rawRecord.relationship_partner_id;
        this.props.close();
        return this.action.doAction("shifters_relations.res_partner_organisation_action", {
            props: { resId: partnerId },
            viewType: "form",
        });
    }

    async writeSynthesis() {
        const ids = [this.props.record.id];
        const synthesis = await this.orm.call("mail.activity", "action_write_synthesis", [ids]);
        this.props.close();
        return this.action.doAction(synthesis);
    }
}

/** What is late is red, whatever the scale. */
const marksLate = (Renderer) =>
    class extends Renderer {
        eventClassNames({ event }) {
            const record = this.props.model.records[event.id];
            const isLate = record && record.start < luxon.DateTime.local().startOf("day");
            return [
                ...super.eventClassNames(...arguments),
                ...(isLate ? ["o_relationship_late"] : []),
            ];
        }
    };

class RenewalCommonRenderer extends marksLate(CalendarCommonRenderer) {
    static components = { ...CalendarCommonRenderer.components, Popover: RenewalPopover };
}

class RenewalRenderer extends CalendarRenderer {
    static components = {
        ...CalendarRenderer.components,
        day: RenewalCommonRenderer,
        week: RenewalCommonRenderer,
        month: RenewalCommonRenderer,
        year: marksLate(CalendarYearRenderer),
    };
}

registry
    .category("views")
    .add("relationship_renewal_calendar", { ...calendarView, Renderer: RenewalRenderer });
