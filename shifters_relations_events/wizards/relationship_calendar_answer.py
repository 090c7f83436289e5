from odoo import api, fields, models
from odoo.addons.shifters_relations.tools import notify
from odoo.exceptions import UserError


class RelationshipCalendarAnswer(models.TransientModel):
    """An organiser's answer to a proposed event (N3): accepted, to be changed, or refused, with a sentence.

    It is tied to the organisation that it names. Who is unknown becomes a candidate: that is the door by which small
    ones come in.
    """

    _name = "relationship.calendar.answer"
    _inherit = ["relationship.naming.mixin"]
    _description = "Answer to a Proposed Event"
    _rec_name = "entry_id"

    entry_id = fields.Many2one("relationship.calendar.entry", "Event", required=True, readonly=True, ondelete="cascade")
    when = fields.Char(related="entry_id.when")
    place = fields.Char(related="entry_id.place")
    audience = fields.Char(related="entry_id.audience")
    link = fields.Char(related="entry_id.url")
    proposed_by = fields.Char("Organisation, in its words", related="entry_id.proposed_by")
    was_accepted = fields.Boolean(compute="_compute_was_accepted")
    alike_ids = fields.Many2many("res.partner", string="It may be", compute="_compute_alike_ids")
    archived_ids = fields.Many2many(
        "res.partner", string="Archived, of this name", compute="_compute_archived_ids", context={"active_test": False}
    )
    known_id = fields.Many2one("relationship.calendar.entry", "Told already", compute="_compute_known_id")
    partner_id = fields.Many2one(
        "res.partner",
        "Organisation",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        ondelete="cascade",
        domain=[("is_company", "=", True)],
        help="Empty: a new candidate with the name that is written.",
    )
    wants_no_contact = fields.Boolean(compute="_compute_wants_no_contact")
    sentence = fields.Text("In a sentence", help="What should be changed, or why it is refused: its proposer reads it.")

    @api.depends("entry_id")
    def _compute_was_accepted(self):
        for answer in self:
            answer.was_accepted = bool(answer.entry_id.partner_id)

    @api.depends("entry_id")
    def _compute_alike_ids(self):
        for answer in self:
            answer.alike_ids = answer.entry_id.sudo().proposal_id.with_env(self.env)._find_organisation()[1]

    @api.depends("entry_id")
    def _compute_partner_id(self):
        for answer in self:
            named = answer.entry_id.sudo().proposal_id.with_env(self.env)
            answer.partner_id = answer.entry_id.partner_id or named._find_organisation()[0]

    @api.depends("partner_id")
    def _compute_wants_no_contact(self):
        for answer in self:
            answer.wants_no_contact = answer.partner_id.sudo().relationship_no_contact

    @api.depends("entry_id")
    def _compute_archived_ids(self):
        for answer in self:
            answer.archived_ids = answer.entry_id.sudo().proposal_id.with_env(self.env)._find_archived()

    @api.depends("entry_id")
    def _compute_known_id(self):
        for answer in self:
            answer.known_id = answer.entry_id._find_shown_already()

    def action_accept(self):
        """Show the event in the agenda, and tell its proposer.

        :raise UserError: it is answered already
        """
        self.ensure_one()
        self.check_access("write")
        self.entry_id._accept(self.partner_id)
        return notify(self.env._("It is in the agenda; its proposer is told."))

    def action_ask(self):
        """Ask its proposer for a change.

        :raise UserError: it does not say which, or it is answered already
        """
        self.ensure_one()
        self.check_access("write")
        self.entry_id._ask(self._get_sentence(self.env._("Say in a sentence what should be changed.")))
        return notify(self.env._("Its proposer is asked for the change."))

    def action_refuse(self):
        """Refuse the event, and tell its proposer why.

        :raise UserError: it does not say why, or it is answered already
        """
        self.ensure_one()
        self.check_access("write")
        self.entry_id._refuse(self._get_sentence(self.env._("Say in a sentence why it is refused.")))
        return notify(self.env._("It is refused; its proposer is told why."))

    def _get_sentence(self, missing):
        sentence = (self.sentence or "").strip()
        if not sentence:
            raise UserError(missing)
        return sentence
