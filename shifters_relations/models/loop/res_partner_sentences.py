from odoo import api, fields, models

from ...groups import MEMBERS
from ...tools import format_day


class ResPartner(models.Model):
    """What the reader is told of an organisation's contacts, in words and in her language (C3)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_pinned = fields.Boolean(compute="_compute_relationship_sentences", groups=MEMBERS)
    relationship_last_contact_sentence = fields.Char(compute="_compute_relationship_sentences", groups=MEMBERS)
    relationship_next_contact_sentence = fields.Char(compute="_compute_relationship_sentences", groups=MEMBERS)
    relationship_sentence = fields.Char(compute="_compute_relationship_sentence", groups=MEMBERS)

    # What the reader reads, in the reader's language

    @api.depends(
        "relationship_due_state",
        "relationship_no_contact",
        "relationship_next_channel",
        "relationship_last_channel",
        "relationship_renewal_ids.relationship_reason",
    )
    @api.depends_context("lang", "uid")
    def _compute_relationship_sentences(self):
        renewals = self._relationship_get_open_renewals()
        for partner in self:
            renewal = renewals.get(partner._origin.sudo(), self.env["mail.activity"])
            by_hand = bool(renewal) and renewal.relationship_pinned
            partner.relationship_pinned = by_hand and not renewal._relationship_get_appointment()
            partner.relationship_last_contact_sentence = partner._relationship_get_last_contact_sentence()
            partner.relationship_next_contact_sentence = partner._relationship_get_next_contact_sentence(renewal)

    @api.depends(
        "relationship_next_contact_sentence",
        "relationship_owner_id",
        "relationship_stage",
        "relationship_cadence_id",
        "relationship_affiliation_ids.umbrella_id.relationship_last_contact_date",
    )
    @api.depends_context("lang", "uid")
    def _compute_relationship_sentence(self):
        renewals = self._relationship_get_open_renewals()
        belonging = self._origin.filtered("relationship_affiliation_ids")
        umbrellas = belonging._relationship_get_umbrella_sentences()
        for partner in self:
            renewal = renewals.get(partner._origin.sudo(), self.env["mail.activity"])
            parts = [partner._relationship_get_sentence(renewal), *umbrellas.get(partner._origin.id, ())]
            partner.relationship_sentence = " · ".join(filter(None, parts))

    def _relationship_get_open_renewals(self):
        """Return the open renewals by organisation, as superuser."""
        return self._origin.sudo().relationship_renewal_id.grouped("relationship_partner_id")

    def _relationship_get_umbrella_sentences(self):
        """Return what is said of the heads that organisations belong to: when somebody met them, and who (B6).

        :return: dictionary by id of lists of sentences, the nearest head first
        """
        known = self._relationship_get_umbrellas()
        heads = self.union(*(head for found in known.values() for head, _kind in found)) if known else self.browse()
        last = self.env["relationship.synthesis"].sudo()._get_last(heads).grouped("partner_id") if known else {}
        return {
            partner_id: [self._relationship_say_head(head, kind, last.get(head.sudo())) for head, kind in found]
            for partner_id, found in known.items()
        }

    @api.model
    def _relationship_say_head(self, head, kind, synthesis):
        """Return what is said of one head: "Its confederation CGT: seen on 12 May by Hélène"."""
        values = {"name": head.relationship_acronym or head.name}
        if not synthesis:
            return {
                "confederation": self.env._("Its confederation %(name)s: never met yet", **values),
                "federation": self.env._("Its federation %(name)s: never met yet", **values),
                "network": self.env._("Its network %(name)s: never met yet", **values),
                "other": self.env._("Member of %(name)s: never met yet", **values),
            }[kind]
        values |= {"date": format_day(self.env, synthesis.date), "person": synthesis.author_partner_id.name}
        return {
            "confederation": self.env._("Its confederation %(name)s: seen on %(date)s by %(person)s", **values),
            "federation": self.env._("Its federation %(name)s: seen on %(date)s by %(person)s", **values),
            "network": self.env._("Its network %(name)s: seen on %(date)s by %(person)s", **values),
            "other": self.env._("Member of %(name)s: seen on %(date)s by %(person)s", **values),
        }[kind]

    def _relationship_get_last_contact_words(self):
        """Return the last contact as part of a sentence: "the call of 12 March"."""
        self.ensure_one()
        date = format_day(self.env, self.relationship_last_contact_date)
        return {
            "in_person": self.env._("the meeting of %(date)s", date=date),
            "phone": self.env._("the call of %(date)s", date=date),
            "video": self.env._("the video call of %(date)s", date=date),
            "event": self.env._("the event of %(date)s", date=date),
        }[self.relationship_last_channel]

    def _relationship_get_last_contact_sentence(self):
        """Return when and how we last met: "Seen on 12 March, in person"."""
        self.ensure_one()
        if not self.relationship_last_contact_date:
            return self.env._("Never met yet")
        date = format_day(self.env, self.relationship_last_contact_date)
        return {
            "in_person": self.env._("Met on %(date)s", date=date),
            "phone": self.env._("Called on %(date)s", date=date),
            "video": self.env._("Seen by video on %(date)s", date=date),
            "event": self.env._("Seen at an event on %(date)s", date=date),
        }[self.relationship_last_channel]

    def _relationship_get_next_contact_sentence(self, renewal):
        """Return what to do, in words: "Call around 14 September"."""
        self.ensure_one()
        if self.relationship_no_contact:
            return self.env._("Do not contact")
        if not self.relationship_next_contact_date:
            return self.env._("Nothing is planned")
        date = format_day(self.env, self.relationship_next_contact_date)
        overdue = self.relationship_due_state == "overdue"
        if renewal.relationship_date_source == "meeting" or (renewal and renewal._relationship_get_appointment()):
            return (
                self.env._("Appointment of %(date)s: its synthesis is to be written", date=date)
                if overdue
                else self.env._("Appointment on %(date)s", date=date)
            )
        if self.relationship_next_channel == "in_person":
            return (
                self.env._("To meet since %(date)s", date=date)
                if overdue
                else self.env._("Meet around %(date)s", date=date)
            )
        return (
            self.env._("To call since %(date)s", date=date)
            if overdue
            else self.env._("Call around %(date)s", date=date)
        )

    def _relationship_get_sentence(self, renewal):
        """Return who keeps the contact, how often, what is next and why: the first line of the tab."""
        self.ensure_one()
        owner = self.relationship_owner_id
        parts = []
        if owner == self.env.user:
            parts.append(self.env._("Owner: you"))
        elif owner:
            parts.append(self.env._("Owner: %(name)s", name=owner.sudo().name))
        elif self.relationship_stage:
            parts.append(self.env._("No owner yet"))
        if self.relationship_stage == "target":
            parts.append(self.relationship_cadence_id.name or "")
            parts.append(self._relationship_get_next_contact_sentence(renewal))
        if renewal:
            parts.append(renewal.relationship_reason)
        return " · ".join(part.rstrip(".") for part in parts if part)
