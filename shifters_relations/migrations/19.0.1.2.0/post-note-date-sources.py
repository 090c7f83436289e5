from odoo import SUPERUSER_ID, api
from odoo.tools import split_every
from odoo.tools.sql import column_exists

BATCH = 1_000
# Organisations whose next contact is on a meeting, or may be on one that is to come.
MET = """
    SELECT relationship_partner_id FROM mail_activity WHERE active AND calendar_event_id IS NOT NULL
     UNION
    SELECT partner.commercial_partner_id
      FROM calendar_event AS event
      JOIN (
               SELECT calendar_event_id AS event_id, res_partner_id AS partner_id FROM calendar_event_res_partner_rel
            UNION ALL
               SELECT event_id, partner_id FROM relationship_meeting_partner_rel
           ) AS met ON met.event_id = event.id
      JOIN res_partner AS partner ON partner.id = met.partner_id
     WHERE event.active AND event.stop >= CURRENT_DATE
     UNION
    SELECT res_id FROM calendar_event WHERE active AND stop >= CURRENT_DATE AND res_model = 'res.partner'
"""


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
    activities = env["mail.activity"]
    domain = [("relationship_partner_id", "!=", False), ("relationship_date_source", "=", False)]
    ids = activities.search(domain).ids
    for renewals in split_every(BATCH, ids, activities.browse):
        _note_sources(renewals, by_hand)
        env.flush_all()
        env.invalidate_all()
    cr.execute(f"SELECT relationship_partner_id FROM mail_activity WHERE id = ANY(%s) INTERSECT ({MET})", (ids,))
    met = [partner_id for (partner_id,) in cr.fetchall()]
    for partners in split_every(10 * BATCH, met, env["res.partner"].browse):  # each looks at all meetings to come
        partners._relationship_take_meetings()
        env.flush_all()
        env.invalidate_all()


def _note_sources(renewals, by_hand):
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
