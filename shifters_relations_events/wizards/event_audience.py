from collections import Counter

from markupsafe import Markup
from odoo import api, fields, models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.addons.shifters_relations.models.res_partner_due_state import DUE_STATES
from odoo.exceptions import UserError
from odoo.fields import Domain

REASONS = [
    ("nobody", "Nobody to invite is noted"),
    ("no_address", "No e-mail address"),
    ("no_contact", "Do not contact"),
    ("opted_out", "Wants no mailing"),
    ("invited", "Invited already"),
    ("duplicate", "Same address as somebody else"),
]


class EventAudience(models.TransientModel):
    """Whom to invite to a partner event, and who is left out and why (E1)."""

    _name = "event.audience"
    _description = "Audience of a Partner Event"

    event_id = fields.Many2one("event.event", required=True, readonly=True)
    sector_ids = fields.Many2many("relationship.sector", string="Sectors")
    type_ids = fields.Many2many("relationship.organisation.type", string="Types")
    owner_ids = fields.Many2many("res.users", string="Contact owners")
    scope = fields.Selection(lambda self: self._get_selection("relationship_scope"))
    position = fields.Selection(lambda self: self._get_selection("relationship_position"))
    level = fields.Selection(lambda self: self._get_selection("relationship_level"))
    due_state = fields.Selection(DUE_STATES, "Due")
    past_event_id = fields.Many2one(
        "event.event",
        "Past edition",
        domain=[("is_partner_event", "=", True)],
        help="Of those invited to that edition.",
    )
    past_attendance = fields.Selection(
        [("invited", "All who were invited"), ("came", "Who came"), ("absent", "Who did not come")],
        "Of that edition",
        required=True,
        default="invited",
    )
    who = fields.Selection(
        [("usual", "The usual contact"), ("decider", "Who decides"), ("job_family", "People of a trade")],
        "Who in each organisation",
        required=True,
        default="usual",
    )
    job_family_id = fields.Many2one("relationship.job.family")
    wave = fields.Integer(default=1)
    message = fields.Html(readonly=True)
    line_ids = fields.One2many("event.audience.line", "audience_id", readonly=True)

    def _compute_display_name(self):
        self.display_name = self.env._("Choose the audience")

    @api.model
    def _get_selection(self, name):
        return self.env["res.partner"].sudo()._fields[name]._description_selection(self.env)

    def _get_organisations(self):
        """The organisations that fit what was chosen."""
        domain = Domain("relationship_stage", "in", ["target", "candidate", "paused"]) & Domain("is_company", "=", True)
        filters = (
            ("relationship_sector_id", "child_of", self.sector_ids.ids),
            ("relationship_type_id", "in", self.type_ids.ids),
            ("relationship_owner_id", "in", self.owner_ids.ids),
            ("relationship_scope", "=", self.scope),
            ("relationship_position", "=", self.position),
            ("relationship_level", "=", self.level),
            ("relationship_due_state", "in", [self.due_state] if self.due_state else False),
        )
        for name, operator, value in filters:
            if value:
                domain &= Domain(name, operator, value)
        if self.past_event_id:
            domain &= Domain("id", "in", self._get_past_organisations().ids)
        return self.env["res.partner"].search(domain)

    def _get_past_organisations(self):
        """The organisations invited to the past edition, those of which somebody came, or the others."""
        invited = self.past_event_id.invitation_ids.filtered(lambda each: each.state != "cancelled")
        came = invited.filtered("present_count").organisation_id
        everybody = invited.organisation_id
        return {"invited": everybody, "came": came, "absent": everybody - came}[self.past_attendance]

    def _get_people(self, organisations):
        """Who is invited in each organisation; the organisation itself where it alone has an address.

        :return: dictionary of persons by organisation
        """
        persons = self.env["res.partner"].search(
            [("parent_id", "in", organisations.ids), ("is_company", "=", False), ("type", "=", "contact")], order="id"
        )
        last = self.env["relationship.synthesis"]._get_last(organisations)
        met = {synthesis.partner_id.id: synthesis.participant_ids for synthesis in last}
        of_organisation = persons.grouped("parent_id")
        people = {}
        for organisation in organisations:
            known = of_organisation.get(organisation, persons.browse())
            if self.who == "decider":
                chosen = known.filtered("relationship_is_decider")
            elif self.who == "job_family":
                chosen = known.filtered(lambda person: person.relationship_job_family_id == self.job_family_id)
            else:
                chosen = (met.get(organisation.id, known) & known or known)[:1]
            people[organisation] = chosen or (organisation if self.who == "usual" and organisation.email else chosen)
        return people

    def action_preview(self):
        """Show who would be invited, and who is left out, each with the reason."""
        self.ensure_one()
        if self.who == "job_family" and not self.job_family_id:
            raise UserError(self.env._("Choose the trade of the people to invite."))
        self.line_ids.unlink()
        organisations = self._get_organisations()
        standing = self.event_id.invitation_ids.filtered(lambda each: each.state != "cancelled").partner_id
        chosen = self._get_people(organisations)
        persons = self.env["res.partner"].union(*chosen.values())
        emails = persons._relationship_get_emails()
        known = {
            "emails": emails,
            "no_contact": self.env["relationship.objection"]._get_objecting(persons._relationship_get_all_emails()),
            "invited": set(standing.ids),
            "opted_out": set(self.env["mail.blacklist"].sudo().search([("active", "=", True)]).mapped("email")),
            "duplicate": standing._relationship_get_all_emails(),
        }
        values = []
        for organisation, people in chosen.items():
            for person in people or [self.env["res.partner"]]:
                reason = self._get_reason(organisation, person, known)
                if not reason:
                    known["duplicate"].update(emails[person])
                values.append(
                    {
                        "audience_id": self.id,
                        "organisation_id": organisation.id,
                        "partner_id": person.id,
                        "reason": reason,
                    }
                )
        self.env["event.audience.line"].create(values)
        self.message = self._get_message(values)
        return self._get_action()

    @api.model
    def _get_reason(self, organisation, person, known):
        """Why a person is left out, the first reason that holds; False for who is to be invited.

        :param dict known: the addresses, or for ``invited`` the ids, that a reason holds for; ``emails`` are all
            the addresses of each person
        """
        emails = known["emails"].get(person, ())
        objecting = organisation.relationship_no_contact or person.relationship_no_contact
        if objecting or not known["no_contact"].isdisjoint(emails):
            return "no_contact"
        if not person:
            return "nobody"
        if person.id in known["invited"]:
            return "invited"
        if not split_emails(person.email):
            return "no_address"
        return next((reason for reason in ("opted_out", "duplicate") if not known[reason].isdisjoint(emails)), False)

    def _get_message(self, values):
        """How many, and how many are left out for each reason."""
        reasons = Counter(line["reason"] for line in values)
        chosen = reasons.pop(False, 0)
        parts = [self.env._("To invite: %(count)s", count=chosen)]
        labels = dict(self.env["event.audience.line"]._fields["reason"]._description_selection(self.env))
        parts += [
            self.env._("%(reason)s: %(count)s", reason=labels[reason], count=count)
            for reason, count in reasons.most_common()
        ]
        return Markup(" · ").join(parts)

    def action_apply(self):
        """Make the invitations of the people kept; nothing is sent."""
        self.ensure_one()
        if not self.line_ids:
            self.action_preview()
        kept = self.line_ids.filtered(lambda line: not line.reason)
        if not kept:
            raise UserError(self.env._("Nobody is left to invite: widen the choice."))
        former = self.event_id.invitation_ids
        again = former.filtered(lambda each: each.state == "cancelled" and each.partner_id in kept.partner_id)
        again.write({"state": "draft", "wave": self.wave, "guest_count": 0, "last_mailed_on": False})
        self.env["event.invitation"].create(
            [
                {"event_id": self.event_id.id, "partner_id": partner.id, "wave": self.wave}
                for partner in kept.partner_id - former.partner_id
            ]
        )
        return {"type": "ir.actions.act_window_close"}

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choose the audience"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }


class EventAudienceLine(models.TransientModel):
    """One person, to invite or left out."""

    _name = "event.audience.line"
    _description = "Person of an Audience"
    _order = "reason desc, id"

    audience_id = fields.Many2one("event.audience", required=True, index=True, ondelete="cascade")
    organisation_id = fields.Many2one("res.partner", ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Invitee", ondelete="cascade")
    reason = fields.Selection(REASONS, "Left out because")
