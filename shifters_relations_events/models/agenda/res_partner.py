from contextlib import contextmanager

from odoo import fields, models
from odoo.addons.shifters_relations.groups import MEMBERS


class ResPartner(models.Model):
    """An organisation's own calendars (N1)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_source = fields.Selection(
        selection_add=[("agenda", "The partners' agenda")], ondelete={"agenda": "set null"}
    )
    relationship_feed_ids = fields.One2many(
        "relationship.calendar.feed", "partner_id", "Its calendars", groups=MEMBERS, copy=False
    )

    @contextmanager
    def _relationship_following_loop(self, vals):
        """Extend: what an organisation told first is told by others once it is archived, and by it once it is back."""
        in_or_out = {"active"} & vals.keys()
        concerned = self.sudo().filtered(
            lambda partner: any(partner[name] != vals[name] for name in in_or_out) and partner.relationship_stage
        )
        with super()._relationship_following_loop(vals):
            yield
        if concerned:
            entries = self.env["relationship.calendar.entry"].sudo().search([("partner_id", "in", concerned.ids)])
            if entries:
                entries._find_same()
