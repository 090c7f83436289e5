from odoo import api, fields, models

from ...groups import MEMBERS
from ...tools import get_phone_link


class ResPartner(models.Model):
    """Whom one tap calls, from the card, the morning's mail and the preparation sheet (P4)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_call_id = fields.Many2one(
        "res.partner", "Whom to call", compute="_compute_relationship_call", groups=MEMBERS
    )
    relationship_call_name = fields.Char(
        "Name of whom to call", compute="_compute_relationship_call", groups=MEMBERS, help="Where it is somebody else."
    )
    relationship_call_link = fields.Char("Call", compute="_compute_relationship_call", groups=MEMBERS)

    @api.depends(
        "phone",
        "parent_id.phone",
        "relationship_no_contact",
        "relationship_person_ids.phone",
        "relationship_person_ids.active",
        "relationship_person_ids.relationship_no_contact",
        "relationship_synthesis_ids.participant_ids",
        "relationship_synthesis_ids.state",
    )
    @api.depends_context("uid")
    def _compute_relationship_call(self):
        met = self._origin._relationship_count_met()
        for partner in self:
            called = next(filter(None, map(get_called, partner._relationship_get_callable(met))), None)
            partner.relationship_call_id, partner.relationship_call_link = called or (False, False)
            partner.relationship_call_name = partner.relationship_call_id != partner._origin and (
                partner.relationship_call_id.name
            )

    def _relationship_count_met(self):
        """Count how often each person was met with each of these organisations, and when last, in one query.

        :return: dictionary by pair of ids, organisation and person, of pairs that sort
        """
        organisations = self.filtered(lambda partner: partner.is_company and partner.relationship_person_ids)
        if not organisations:
            return {}
        rows = self.env["relationship.synthesis"]._read_group(
            [("partner_id", "in", organisations.ids), ("state", "=", "done"), ("participant_ids", "!=", False)],
            ["partner_id", "participant_ids"],
            ["__count", "date:max"],
        )
        return {(partner.id, person.id): (count, last) for partner, person, count, last in rows}

    def _relationship_get_callable(self, met):
        """Return whose numbers may be called to reach this one, the best first.

        Of an organisation, the person usually met, then the organisation, then whoever is known there; of
        a person, herself, then her organisation. Nobody who wants no contact.

        :param dict met: what :meth:`_relationship_count_met` counted
        """
        self.ensure_one()
        if self.relationship_no_contact or self.commercial_partner_id.relationship_no_contact:
            return self.browse()
        if not self.is_company:
            return self | self.parent_id
        persons = self.relationship_person_ids.filtered(lambda person: not person.relationship_no_contact)
        known = persons.filtered(lambda person: (self._origin.id, person._origin.id) in met)
        usual = known.sorted(lambda person: met[self._origin.id, person._origin.id], reverse=True)
        others = (persons - known).sorted(lambda person: not person.relationship_is_decider)
        return usual | self | others


def get_called(partner):
    """Return a partner and the link that calls him, nothing if he has no number."""
    link = get_phone_link(partner.phone)
    return link and (partner, link)
