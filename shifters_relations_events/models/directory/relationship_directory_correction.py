from odoo import api, fields, models

from .relationship_directory_card import CARD_FIELDS


class RelationshipDirectoryCorrection(models.Model):
    """One thing that an organisation would have otherwise on its card: an organiser accepts or refuses it (N4)."""

    _name = "relationship.directory.correction"
    _description = "Correction of a Directory Card"
    _inherit = ["relationship.about.mixin"]
    _about = ("card_id.organisation_id",)
    _order = "card_id, id"
    _rec_name = "what"

    card_id = fields.Many2one(
        "relationship.directory.card", required=True, readonly=True, index=True, ondelete="cascade"
    )
    what = fields.Selection(
        [(key, label) for key, (label, *_rest) in CARD_FIELDS.items()], required=True, readonly=True
    )
    former = fields.Char("Now", compute="_compute_former")
    value = fields.Char("As it was written", readonly=True)
    sector_id = fields.Many2one("relationship.sector", "Sector chosen", readonly=True, ondelete="cascade")
    said = fields.Char("As corrected", compute="_compute_said", compute_sudo=True)
    state = fields.Selection(
        [("pending", "To read"), ("accepted", "Accepted"), ("refused", "Refused")],
        required=True,
        default="pending",
        readonly=True,
    )

    _one_each = models.UniqueIndex("(card_id, what)")

    @api.depends("what", "card_id.public_email", "card_id.organisation_id")
    @api.depends_context("lang")
    def _compute_former(self):
        for line in self:
            card = line.card_id.sudo()
            line.former = card._say_value(line.what, card._get_written().get(line.what))

    @api.depends("what", "value", "sector_id")
    @api.depends_context("lang")
    def _compute_said(self):
        for line in self:
            line.said = line.card_id._say_value(line.what, line._get_value())

    def _get_value(self):
        """Return what is corrected as a form gives it: a text, or the number of a sector."""
        self.ensure_one()
        return str(self.sector_id.id or "") if self.what == "sector" else self.value or ""

    def action_accept(self):
        """Write what the organisation says of itself, where it is read from.

        :raise AccessError: the user is no organiser
        """
        self.card_id._check_organiser()
        pending = self.filtered(lambda line: line.state == "pending")
        for card, lines in pending.grouped("card_id").items():
            card._take({line.what: line._get_value() for line in lines})
        pending.sudo().state = "accepted"
        pending.card_id._end_review()
        return True

    def action_refuse(self):
        """Leave the card as it is; its page says so.

        :raise AccessError: the user is no organiser
        """
        self.card_id._check_organiser()
        pending = self.filtered(lambda line: line.state == "pending")
        pending.sudo().state = "refused"
        pending.card_id._end_review()
        return True
