from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...groups import PILOTS


class NeverExported(fields.Text):
    """A text that no exported file holds, whoever exports, by whatever column that leads to it."""

    exportable = False

    def convert_to_export(self, value, record):
        return ""


class RelationshipSynthesisConfidential(models.Model):
    """The part of a synthesis that only its author, the contact owner and the pilot read (S3).

    A model of its own, because a field's groups are per user and never per record. Plain text,
    without attachment, without chatter: nothing else holds a copy.
    """

    _name = "relationship.synthesis.confidential"
    _description = "Confidential Part of a Synthesis"
    _inherit = ["relationship.about.mixin"]
    _about = ("synthesis_id.partner_id",)
    _rec_name = "synthesis_id"

    synthesis_id = fields.Many2one("relationship.synthesis", required=True, index=True, ondelete="cascade")
    note = NeverExported("Confidential part", required=True)

    _one_for_each = models.UniqueIndex("(synthesis_id)", "This synthesis already has its confidential part.")

    @api.depends_context("lang")
    def _compute_display_name(self):
        return super()._compute_display_name()

    def write(self, vals):
        if "synthesis_id" in vals:
            raise UserError(self.env._("A confidential part never passes to another synthesis."))
        return super().write(vals)


class RelationshipSynthesis(models.Model):
    """A synthesis with the confidential part that its reader may see, and who those readers are."""

    _inherit = "relationship.synthesis"  # pylint: disable=consider-merging-classes-inherited

    confidential_note = NeverExported(
        "Confidential part", compute="_compute_confidential_note", inverse="_inverse_confidential_note"
    )
    confidential_readers = fields.Char("Who can read it", compute="_compute_confidential_readers")
    confidential_may_write = fields.Boolean(compute="_compute_confidential_note")

    @api.depends("author_id", "partner_id.relationship_owner_id")
    @api.depends_context("uid", "su")
    def _compute_confidential_note(self):
        """Read with the reader's own rights: who may not read finds nothing, as if there were nothing."""
        parts = self.env["relationship.synthesis.confidential"]
        if parts.has_access("read"):
            parts = parts.search([("synthesis_id", "in", self._origin.ids)])
        notes = {part.synthesis_id.id: part.note for part in parts}
        for synthesis in self:
            synthesis.confidential_note = notes.get(synthesis._origin.id, False)
            synthesis.confidential_may_write = synthesis.author_id == self.env.user

    @api.depends("author_id", "partner_id.relationship_owner_id")
    @api.depends_context("uid", "lang")
    def _compute_confidential_readers(self):
        pilots = self.env["relationship.member"].sudo().search([("role", "=", "pilot"), ("is_current", "=", True)])
        for synthesis in self:
            readers = synthesis.author_id | synthesis.partner_id.relationship_owner_id | pilots.user_id
            names = [self.env._("you") if user == self.env.user else user.sudo().name for user in readers]
            synthesis.confidential_readers = self.env._("Read by %(names)s only.", names=", ".join(names))

    def _inverse_confidential_note(self):
        """Write what the author typed; an emptied text leaves no row.

        :raise AccessError: somebody else writes
        """
        if any(synthesis.author_id != self.env.user for synthesis in self) and not self.env.su:
            raise AccessError(self.env._("Only the author writes the confidential part of a synthesis."))
        parts = self.env["relationship.synthesis.confidential"].search([("synthesis_id", "in", self.ids)])
        of_synthesis = parts.grouped("synthesis_id")
        for synthesis in self:
            part = of_synthesis.get(synthesis, parts.browse())
            note = (synthesis.confidential_note or "").strip()
            if note and part:
                part.note = note
            elif note:
                parts.create({"synthesis_id": synthesis.id, "note": note})
            else:
                part.unlink()

    def _check_confidential_stays(self):
        """Refuse that these are moved to another organisation if something confidential would go with them.

        :raise UserError: one of them has a confidential part
        """
        if self and self.sudo()._get_confidential_parts():
            raise UserError(
                self.env._(
                    "This synthesis has a confidential part: it stays with its organisation, whose owner may read it."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confidential(self):
        if self.env.su or self.env.user.has_group(PILOTS):
            return
        foreign = (
            self.sudo()._get_confidential_parts().filtered(lambda part: part.synthesis_id.author_id != self.env.user)
        )
        if foreign:
            raise AccessError(
                self.env._("Only the pilot deletes a synthesis that has a confidential part of somebody else.")
            )

    def _get_confidential_parts(self):
        return self.env["relationship.synthesis.confidential"].search([("synthesis_id", "in", self.ids)])


class ResPartner(models.Model):
    """Nobody becomes a reader of others' confidential parts by taking, merging or deleting."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_check_confidential(self, message):
        """Let only the pilot do this to organisations that have confidential parts of other people.

        :param str message: what to say otherwise
        :raise AccessError: there are some and the user is no pilot
        """
        if not self or self.env.su or self.env.user.has_group(PILOTS):
            return
        foreign = (
            self.env["relationship.synthesis.confidential"]
            .sudo()
            .search_count(
                [("synthesis_id.partner_id", "in", self.ids), ("synthesis_id.author_id", "!=", self.env.uid)], limit=1
            )
        )
        if foreign:
            raise AccessError(message)

    def _relationship_check_readers(self, before):
        """Let only the pilot give herself organisations that have confidential parts of other people.

        :param dict before: the owners that the organisations had
        :raise AccessError: there are some and the user is no pilot
        """
        gained = self.sudo().filtered(
            lambda partner: partner.relationship_owner_id == self.env.user != before.get(partner)
        )
        gained.with_env(self.env)._relationship_check_confidential(
            self.env._("This organisation has confidential parts that you may not read: the pilot gives it to you.")
        )
