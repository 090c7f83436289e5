from odoo import SUPERUSER_ID, api
from odoo.tools.sql import column_exists


def migrate(cr, version):
    """Note where the date of each next contact comes from, and let it stand on a meeting that is to come.

    A date set by hand, and that of an attempt, are known. Of the others, what is not on the day of the rule was put
    there by the plan; a first contact may be a day off, counted where somebody else lives. Before an appointment there
    was a date set by hand, of which the day is not known any more, or that of the rule.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    by_hand = set()
    if column_exists(cr, "calendar_event", "relationship_is_by_hand"):
        cr.execute("SELECT id FROM calendar_event WHERE relationship_is_by_hand")
        by_hand = {event_id for (event_id,) in cr.fetchall()}
    renewals = env["mail.activity"].search(
        [("relationship_partner_id", "!=", False), ("relationship_date_source", "=", False)]
    )
    for source, noted in renewals.grouped(_get_source).items():
        noted.write({"relationship_date_source": source})
    for renewal in renewals.filtered(lambda each: each.relationship_date_source == "meeting"):
        is_by_hand = renewal.calendar_event_id.id in by_hand
        renewal.relationship_before_meeting = {
            "date": str(renewal.date_deadline),
            "pinned": is_by_hand,
            "source": "hand" if is_by_hand else "rule",
            "rule": None,
        }
    renewals.relationship_partner_id._relationship_take_meetings()


def _get_source(renewal):
    if renewal._relationship_get_appointment():
        return "meeting"
    if renewal.relationship_pinned:
        return "hand"
    if renewal.relationship_attempt_count:
        return "attempt"
    partner = renewal.relationship_partner_id
    days = abs((renewal.date_deadline - partner._relationship_get_rule_date(renewal)).days)
    return "rule" if days <= (not partner.relationship_last_contact_date) else "plan"
