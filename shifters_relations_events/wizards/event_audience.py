from collections import Counter

from markupsafe import Markup
from odoo import api, fields, models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.addons.shifters_relations.models.loop.res_partner_due_state import DUE_STATES
from odoo.exceptions import UserError
from odoo.fields import Domain

REASONS = [
    ("nobody", "Nobody is noted there"),
    ("no_address", "No e-mail address"),
    ("no_contact", "Do not contact"),
    ("opted_out", "Wants no mailing"),
    ("invited", "Chosen already"),
    ("duplicate", "Same address as somebody else"),
    ("archived", "Archived"),
    ("bounced", "The last mail came back"),
    ("own", "Our own organisation"),
]
# Somebody else of the organisation is proposed for who is left out for these.
REPLACEABLE_REASONS = {"no_address", "no_contact", "opted_out", "archived", "bounced"}


class EventAudience(models.TransientModel):
    """Whom to invite to a partner event, or to ask in a survey, and who is left out and why (E1, Y1)."""

    _name = "event.audience"
    _description = "Audience of a Partner Event"

    event_id = fields.Many2one("event.event", readonly=True)
    survey_id = fields.Many2one("relationship.survey", readonly=True, help="Asked instead of invited.")
    sector_ids = fields.Many2many("relationship.sector", string="Sectors")
    type_ids = fields.Many2many("relationship.organisation.type", string="Types")
    owner_ids = fields.Many2many("res.users", string="Contact owners")
    scope = fields.Selection(lambda self: self._get_selection("relationship_scope"))
    position = fields.Selection(lambda self: self._get_selection("relationship_position"))
    level = fields.Selection(lambda self: self._get_selection("relationship_level"))
    due_state = fields.Selection(DUE_STATES, "Due")
    network = fields.Selection(
        [("heads", "The heads of networks"), ("members", "A head and its members")],
        "Networks",
        help="The heads are the confederations, federations and networks that others are members of.",
    )
    umbrella_ids = fields.Many2many(
        "res.partner",
        string="Heads",
        domain=lambda self: self.env["res.partner"]._relationship_get_head_domain(),
    )
    past_event_id = fields.Many2one(
        "event.event",
        "Invited to",
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
    shown = fields.Char("Key of what was shown", readonly=True)
    is_stale = fields.Boolean("Changed meanwhile", readonly=True)

    @api.depends("survey_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for audience in self:
            audience.display_name = audience._get_title()

    @api.model
    def _get_selection(self, name):
        return self.env["res.partner"].sudo()._fields[name]._description_selection(self.env)

    def _get_organisations(self):
        """Return the organisations that fit what was chosen."""
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
        if self.network == "heads":
            domain &= self.env["res.partner"]._relationship_get_head_domain()
        elif self.network == "members":
            domain &= Domain("id", "in", (self.umbrella_ids | self.umbrella_ids._relationship_get_below()).ids)
        if self.past_event_id:
            domain &= Domain("id", "in", self._get_past_organisations().ids)
        return self.env["res.partner"].search(domain)

    def _get_past_organisations(self):
        """Return the organisations invited to the past edition, those of which somebody came, or the others."""
        invited = self.past_event_id.invitation_ids.filtered(lambda each: each.state != "cancelled")
        came = invited.filtered("present_count").organisation_id
        everybody = invited.organisation_id
        return {"invited": everybody, "came": came, "absent": everybody - came}[self.past_attendance]

    def _get_people(self, organisations):
        """Return who is invited in each organisation, and who could be in their place.

        Deciders come before those whom we know best, and the organisation's own address after all its people.

        :return: dictionary by organisation of (persons to invite, persons to try where none of them can be)
        """
        partners = self.env["res.partner"].with_context(active_test=False)
        persons = partners.search(
            [("parent_id", "in", organisations.ids), ("is_company", "=", False), ("type", "=", "contact")], order="id"
        )
        last = self.env["relationship.synthesis"]._get_last(organisations).with_context(active_test=False)
        met = {synthesis.partner_id.id: synthesis.participant_ids for synthesis in last}
        of_organisation = persons.grouped("parent_id")
        people = {}
        for organisation in organisations:
            everybody = of_organisation.get(organisation, partners)
            known = everybody.filtered("active")
            usual = (met.get(organisation.id, partners) & everybody) | known
            deciders = everybody.filtered("relationship_is_decider")
            others = (deciders & known) | (usual & known) | organisation.filtered("email")
            if self.who == "decider":
                chosen = (deciders & known) or deciders
            elif self.who == "job_family":
                chosen = known.filtered(lambda person: person.relationship_job_family_id == self.job_family_id)
                others = partners  # somebody of another trade is not whom one looks for
            else:
                chosen = usual[:1] or organisation.filtered("email")
            people[organisation] = chosen, others - chosen if chosen else partners
        return people

    def _get_key(self):
        """Return what tells whether another choice was made since people were shown; the wave may change freely."""
        choice = [self.event_id.id, self.survey_id.id, self.scope, self.position, self.level, self.due_state, self.who]
        choice += [sorted(self[name].ids) for name in ("sector_ids", "type_ids", "owner_ids")]
        choice += [self.network, self.network == "members" and sorted(self.umbrella_ids.ids)]
        choice += [self.who == "job_family" and self.job_family_id.id]
        choice += [self.past_event_id.id, bool(self.past_event_id) and self.past_attendance]
        return repr(choice)

    def action_preview(self):
        """Show who would be invited, and who is left out, each with the reason; others are proposed in their place."""
        self.ensure_one()
        if self.who == "job_family" and not self.job_family_id:
            raise UserError(self.env._("Choose the trade of the people."))
        if self.network == "members" and not self.umbrella_ids:
            raise UserError(self.env._("Choose the head whose members are meant."))
        self.line_ids.unlink()
        organisations = self._get_organisations()
        people = self._get_people(organisations)
        known = self._get_known(organisations.union(*(chosen | others for chosen, others in people.values())))
        labels = dict(self.env["event.audience.line"]._fields["reason"]._description_selection(self.env))
        values = []
        for organisation, (chosen, others) in people.items():
            reasons = {}
            for person in chosen or [self.env["res.partner"]]:
                reasons[person] = self._get_reason(organisation, person, known)
                if not reasons[person]:
                    known["duplicate"].update(known["emails"][person])
            values += [self._prepare_line(organisation, person, reason) for person, reason in reasons.items()]
            if not set(reasons.values()) <= REPLACEABLE_REASONS or organisation in known["covered"]:
                continue
            person = next((each for each in others if not self._get_reason(organisation, each, known)), None)
            if person:
                known["duplicate"].update(known["emails"][person])
                former, reason = next(iter(reasons.items()))
                note = self.env._("Instead of %(name)s: %(reason)s", name=former.name, reason=labels[reason])
                values.append(self._prepare_line(organisation, person, False, note))
        self.env["event.audience.line"].create(values)
        self.write({"message": self._get_message(values), "shown": self._get_key(), "is_stale": False})
        return self._get_action()

    def _prepare_line(self, organisation, person, reason, note=False):
        return {
            "audience_id": self.id,
            "organisation_id": organisation.id,
            "partner_id": person.id,
            "reason": reason,
            "note": note,
        }

    def _get_known(self, partners):
        """Return what decides on leaving somebody out, in a number of queries that does not grow.

        :param partners: all who may be invited, and their organisations
        """
        standing = self.survey_id.answer_ids or self.event_id.invitation_ids.filtered(
            lambda each: each.state != "cancelled"
        )
        emails = partners._relationship_get_emails()
        return {
            "emails": emails,
            "writable": partners._relationship_filter_writable(),
            "own": partners._relationship_filter_own(),
            "invited": standing.partner_id,
            "covered": standing.organisation_id,
            "opted_out": set(self.env["mail.blacklist"].sudo().search([("active", "=", True)]).mapped("email")),
            "bounced": self._get_bounced(set().union(*emails.values())),
            "duplicate": standing.partner_id._relationship_get_all_emails(),
        }

    @api.model
    def _get_bounced(self, emails):
        """Return the addresses from which the last mail of a mailing came back."""
        groups = (
            self.env["mailing.trace"]
            .sudo()
            ._read_group(
                [("email", "in", list(emails)), ("trace_status", "in", ["sent", "open", "reply", "bounce"])],
                ["email", "trace_status"],
                ["id:max"],
            )
        )
        last = {}
        for email, status, trace_id in groups:
            last[email] = max(last.get(email, (0, "")), (trace_id, status))
        return {email for email, (_trace_id, status) in last.items() if status == "bounce"}

    @api.model
    def _get_reason(self, organisation, person, known):
        """Return why a person is left out, the first reason that applies; False for who is to be invited.

        :param dict known: what :meth:`_get_known` gave
        """
        if organisation in known["own"]:
            return "own"
        if organisation.relationship_no_contact:
            return "no_contact"
        if not person:
            return "nobody"
        if not person.active:
            return "archived"
        if person not in known["writable"]:
            return "no_contact"
        if person in known["invited"]:
            return "invited"
        if not split_emails(person.email):
            return "no_address"
        reasons = ("opted_out", "bounced", "duplicate")
        emails = known["emails"][person]
        return next((reason for reason in reasons if not known[reason].isdisjoint(emails)), False)

    def _get_message(self, values):
        """Return how many are invited, and how many are left out for each reason, in words."""
        reasons = Counter(line["reason"] for line in values)
        chosen = reasons.pop(False, 0)
        parts = [
            self.env._("To ask: %(count)s", count=chosen)
            if self.survey_id
            else self.env._("To invite: %(count)s", count=chosen)
        ]
        labels = dict(self.env["event.audience.line"]._fields["reason"]._description_selection(self.env))
        parts += [
            self.env._("%(reason)s: %(count)s", reason=labels[reason], count=count)
            for reason, count in reasons.most_common()
        ]
        return Markup(" · ").join(parts)

    def action_apply(self):
        """Make the invitations of the people kept, or note them as to be asked; nothing is sent.

        Where another choice has been made since they were shown, its people are shown and nothing is done.
        """
        self.ensure_one()
        if not self.shown:
            self.action_preview()
        elif self.shown != self._get_key():
            action = self.action_preview()
            self.is_stale = True
            return action
        kept = self.line_ids.filtered(lambda line: not line.reason)
        writable = kept.partner_id._relationship_filter_writable()  # who objects meanwhile is not invited
        kept = kept.filtered(lambda line: line.partner_id in writable)
        if not kept:
            raise UserError(self.env._("Nobody is left: widen the choice."))
        if self.survey_id:
            self.survey_id._ask(kept.partner_id)
            return {"type": "ir.actions.act_window_close"}
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

    def _get_title(self):
        return self.env._("Choose whom to ask") if self.survey_id else self.env._("Choose the audience")

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self._get_title(),
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
    _inherit = ["relationship.naming.mixin"]
    _order = "reason desc, id"

    audience_id = fields.Many2one("event.audience", required=True, index=True, ondelete="cascade")
    organisation_id = fields.Many2one("res.partner", ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Person", ondelete="cascade")
    reason = fields.Selection(REASONS, "Left out because")
    note = fields.Char("Why this person")
