from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools import format_day

WAITING_PERIOD = timedelta(days=90)  # what nobody has filed by then, nobody will
CHOSEN = {"partner_id", "participant_ids"}


class RelationshipLoggedMail(models.Model):
    """A mail that a member logged, whose organisation she has still to choose (P2).

    No draft yet: nobody but her reads it, neither an organiser nor the pilot, since nobody knows whom it
    concerns. Choosing makes the draft, and nothing stays here. What waits for too long goes.
    """

    _name = "relationship.logged.mail"
    _description = "Mail without Organisation"
    _inherit = ["relationship.naming.mixin"]
    _order = "date desc, id desc"

    name = fields.Char("Subject", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        "Member",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
        default=lambda self: self.env.user,
    )
    mail_key = fields.Char(
        readonly=True, index=True, exportable=False, help="What the mail is known by when it comes again."
    )
    date = fields.Date(required=True, readonly=True)
    summary = fields.Html("What was said", readonly=True)
    correspondents = fields.Char(readonly=True, help="The addresses that the mail names, without the team's.")
    candidate_ids = fields.Many2many(
        "res.partner",
        "relationship_logged_mail_candidate_rel",
        "mail_id",
        "partner_id",
        "Found",
        readonly=True,
        context={"active_test": False},
    )
    participant_ids = fields.Many2many(
        "res.partner",
        "relationship_logged_mail_participant_rel",
        "mail_id",
        "partner_id",
        "With whom",
        readonly=True,
        context={"active_test": False},
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Organisation",
        index="btree_not_null",
        ondelete="set null",
        domain=lambda self: self._get_choice_domain(),
    )
    sentence = fields.Char(compute="_compute_sentence")
    until = fields.Date("Deleted on", compute="_compute_until")
    until_sentence = fields.Char(compute="_compute_until")

    _key_unique = models.UniqueIndex("(user_id, mail_key)", "This mail waits already.")

    @api.model
    def _get_choice_domain(self):
        """Return which organisations a mail may be about: any but the association itself."""
        house = self.env["res.company"].sudo().search(Domain.TRUE).partner_id
        return [("is_company", "=", True), ("id", "not in", house.ids)]

    @api.depends("candidate_ids", "correspondents")
    @api.depends_context("lang")
    def _compute_sentence(self):
        """Compute what was understood of whom the mail is about."""
        for mail in self:
            names = ", ".join(mail.sudo().candidate_ids.mapped("name"))
            if len(mail.sudo().candidate_ids) > 1:
                mail.sentence = self.env._(
                    "This mail may be about: %(names)s. It makes one draft, of the one that you choose.", names=names
                )
            elif names:
                mail.sentence = self.env._("This mail may be about: %(names)s.", names=names)
            elif mail.correspondents:
                mail.sentence = self.env._(
                    "No organisation is known by these addresses: %(emails)s.", emails=mail.correspondents
                )
            else:
                mail.sentence = self.env._(
                    "This mail names nobody outside the team: choose the organisation, or discard it."
                )

    @api.depends("create_date")
    @api.depends_context("lang")
    def _compute_until(self):
        """Compute until when it waits, and a sentence that says so and who reads it."""
        for mail in self:
            mail.until = (mail.create_date or fields.Datetime.now()).date() + WAITING_PERIOD
            mail.until_sentence = self.env._(
                "Only you read this mail. It is deleted on %(date)s unless its organisation is chosen.",
                date=format_day(self.env, mail.until),
            )

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        """Show those who took part as the draft will have them: of the organisation that is chosen."""
        persons = self._origin.participant_ids
        chosen = self.partner_id
        self.participant_ids = persons.filtered(lambda person: not chosen or person.commercial_partner_id == chosen)

    def write(self, vals):
        """Extend core: her organisation is the member's to choose; the mail is as it came."""
        if not (self.env.su or vals.keys() <= CHOSEN):
            raise UserError(self.env._("A mail stays as it came: choose its organisation."))
        return super().write(vals)

    def action_choose(self):
        """Make the draft of the organisation that was chosen, and open it.

        :raise UserError: none was chosen
        """
        self.ensure_one()
        self.check_access("write")
        if not self.partner_id:
            raise UserError(self.env._("Choose the organisation that this mail is about."))
        draft = self._make_draft()
        return {
            "type": "ir.actions.act_window",
            "res_model": draft._name,
            "res_id": draft.id,
            "views": [(False, "form")],
        }

    def action_discard(self):
        """Delete a mail that is no contact, and show those that wait still."""
        self.check_access("unlink")
        self.unlink()
        return self.env["ir.actions.actions"]._for_xml_id("shifters_relations.relationship_logged_mail_action") | {
            "target": "main"
        }

    def _make_draft(self):
        """Return the draft that this mail becomes, with its files; the mail itself goes."""
        draft = self.env["relationship.synthesis"].create(
            {
                "partner_id": self.partner_id.id,
                "participant_ids": [
                    Command.set(
                        self.participant_ids.filtered(
                            lambda person: person.commercial_partner_id == self.partner_id
                        ).ids
                    )
                ],
                "date": self.date,
                "channel": False,  # hers to say
                "summary": self.summary,
                "mail_key": self.mail_key,
            }
        )
        files = self.env["ir.attachment"].sudo()
        files = files.search([("res_model", "=", self._name), ("res_id", "=", self.id)])
        files.write({"res_model": draft._name, "res_id": draft.id})
        self.sudo().unlink()
        return draft

    def _say_whose(self):
        """Return what a file says in place of the text: it is nobody's to read but its member's, not the pilot's."""
        self.ensure_one()
        return self.env._("Only %(name)s reads this mail until its organisation is chosen.", name=self.user_id.name)

    def _say_waiting(self):
        """Return a line that says what waits, and until when."""
        self.ensure_one()
        return self.env._(
            "Choose the organisation: %(subject)s (deleted on %(date)s otherwise)",
            subject=self.name,
            date=format_day(self.env, self.until),
        )

    @api.autovacuum
    def _gc_waiting(self):
        """Delete what nobody has chosen an organisation for; each morning's mail has said when."""
        self.search([("create_date", "<", fields.Datetime.now() - WAITING_PERIOD)], limit=500).unlink()
