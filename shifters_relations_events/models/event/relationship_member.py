from datetime import datetime

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class RelationshipMember(models.Model):
    _inherit = "relationship.member"

    @api.model
    def _get_tasks_domain(self):
        """Extend: what is to be done for partner events is the team's work too."""
        events = Domain("res_model", "=", "event.event") & Domain("relationship_partner_id", "=", False)
        return super()._get_tasks_domain() | events

    @api.model
    def _get_calendar_sources(self, since):
        """Extend: the team's partner events are in its calendars (P1)."""
        query = SQL(
            """
            SELECT event.id, event.name, event.date_begin AS start, event.date_end AS stop, place.city,
                   GREATEST(event.write_date, place.write_date) AS changed
              FROM event_event AS event
         LEFT JOIN res_partner AS place ON place.id = event.address_id
             WHERE event.is_partner_event
               AND event.active
               AND event.kanban_state != 'cancel'
               AND event.date_end >= %s
            """,
            since,
        )
        return {**super()._get_calendar_sources(since), "events": query}

    def _make_events_entries(self, found, row):
        """Return the entry of a partner event, which everybody may know of."""
        return self._make_entry(
            ("event", row["id"]),
            *(datetime.fromisoformat(row[name]) for name in ("start", "stop")),
            row["name"].get(self.env.lang) or row["name"]["en_US"],
            row["changed"],
            place=row["city"] or "",
            url=f"partner-events/{row['id']}",
        )
