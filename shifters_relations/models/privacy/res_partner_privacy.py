import psycopg2
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ...groups import MEMBERS, ORGANISERS
from .relationship_privacy import NOTICE_PERIOD


class ResPartner(models.Model):
    """Whom we have to tell that we know them, and whom we have not met for years (G3, G6)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_kept_until = fields.Date(
        "Kept until", copy=False, groups=ORGANISERS, help="Decided by the team: not proposed before that day."
    )
    relationship_anonymised_on = fields.Date("Anonymised on", copy=False, readonly=True, groups=MEMBERS)
    relationship_is_dormant = fields.Boolean(
        "Not met for years",
        compute="_compute_relationship_is_dormant",
        search="_search_relationship_is_dormant",
        groups=ORGANISERS,
    )
    relationship_is_untold = fields.Boolean(
        "To be informed",
        compute="_compute_relationship_is_untold",
        search="_search_relationship_is_untold",
        groups=MEMBERS,
        help="Known for more than 30 days and not informed yet that we hold these data.",
    )

    # Whom to inform, whom to keep

    @api.model
    def _relationship_get_persons_domain(self):
        """Return the domain of persons outside the team who are not forgotten yet."""
        return (
            Domain("is_company", "=", False)
            & Domain("type", "=", "contact")
            & Domain("user_ids", "=", False)
            & Domain("relationship_anonymised_on", "=", False)
        )

    @api.model
    def _relationship_get_known_domain(self):
        """Return the domain of whom the base has: persons of a followed organisation, and all who took part. A hook."""
        self.env["relationship.synthesis"].flush_model(["participant_ids"])
        took_part = SQL("SELECT partner_id FROM relationship_synthesis_participant_rel")
        return Domain("commercial_partner_id.relationship_stage", "!=", False) | Domain("id", "in", took_part)

    def _compute_relationship_is_dormant(self):
        dormant = self.with_context(active_test=False).search(
            [("id", "in", self.ids), ("relationship_is_dormant", "=", True)]
        )
        for partner in self:
            partner.relationship_is_dormant = partner._origin in dormant

    def _search_relationship_is_dormant(self, operator, value):
        """Search persons whom no contact, invitation or message reached for as long as the pilot said (G6)."""
        if operator != "in" or True not in value:
            return NotImplemented
        since = self.env["relationship.privacy"]._get_retention_date()
        domain = self._relationship_get_persons_domain() & self._relationship_get_known_domain()
        domain &= Domain("create_date", "<", since)
        domain &= Domain("relationship_kept_until", "=", False) | Domain("relationship_kept_until", "<", "today")
        for seen in self._relationship_get_seen(since):
            domain &= Domain("id", "not in", seen)
        return domain

    @api.model
    def _relationship_get_seen(self, since):
        """Return who was met or heard since a day: SQL queries of ids, without NULL. Other addons add theirs."""
        for name in ("relationship.synthesis", "calendar.event", "calendar.attendee", "mail.message"):
            self.env[name].flush_model()
        return [
            SQL(
                "SELECT participant.partner_id FROM relationship_synthesis_participant_rel participant"
                " JOIN relationship_synthesis synthesis ON synthesis.id = participant.synthesis_id"
                " WHERE synthesis.date >= %s",
                since,
            ),
            SQL(
                "SELECT attendee.partner_id FROM calendar_attendee attendee"
                " JOIN calendar_event event ON event.id = attendee.event_id"
                " WHERE event.stop >= %s AND attendee.partner_id IS NOT NULL",
                since,
            ),
            SQL(
                "SELECT met.partner_id FROM relationship_meeting_partner_rel met"
                " JOIN calendar_event event ON event.id = met.event_id"
                " WHERE event.stop >= %s",
                since,
            ),
            SQL("SELECT author_id FROM mail_message WHERE date >= %s AND author_id IS NOT NULL", since),
        ]

    @api.depends("relationship_informed_on", "relationship_no_contact")
    def _compute_relationship_is_untold(self):
        untold = self.with_context(active_test=False).search(
            [("id", "in", self.ids), ("relationship_is_untold", "=", True)]
        )
        for partner in self:
            partner.relationship_is_untold = partner._origin in untold

    def _search_relationship_is_untold(self, operator, value):
        """Search persons who should have been informed by now (G3)."""
        if operator != "in" or True not in value:
            return NotImplemented
        before = fields.Datetime.now() - NOTICE_PERIOD
        untold = Domain("relationship_informed_on", "=", False) & Domain("create_date", "<", before)
        followed = Domain("commercial_partner_id.relationship_stage", "!=", False)
        # Who objected knows, and is written to no more.
        willing = self._relationship_get_willing_domain()
        return self._relationship_get_persons_domain() & followed & untold & willing

    def _relationship_is_to_inform(self):
        """Return whether a mail to this person informs her: she is of an organisation that we follow."""
        # What is read anyway comes first: a stranger costs no query more.
        if not self or self.is_company or not self.parent_id or self.relationship_informed_on:
            return False
        return bool(self.commercial_partner_id.relationship_stage)

    def _relationship_try_to_lock(self):
        """Lock the rows of these persons against changes.

        :return: those whom nobody else is changing; none of them where somebody has just changed one
        """
        if not self:
            return self
        try:
            with self.env.cr.savepoint(flush=False):
                return self.try_lock_for_update(allow_referencing=True)
        except psycopg2.errors.SerializationFailure:
            return self.browse()

    def action_relationship_keep(self):
        """Keep these persons for as many years again: somebody decided so (G6).

        :raise AccessError: the user is no organiser
        """
        if not (self.env.su or self.env.user.has_group(ORGANISERS)):
            raise AccessError(self.env._("How long persons are kept is for organisers and the pilot to decide."))
        years = self.env["relationship.privacy"]._get_retention_years()
        day = fields.Date.add(fields.Date.context_today(self), years=years)
        return self.write({"relationship_kept_until": day})

    def action_relationship_informed(self):
        """Note that these persons were informed today, by word of mouth or otherwise (G3)."""
        return self.write({"relationship_informed_on": fields.Date.context_today(self)})
