from odoo import models

MOST_LINES = 5


class RelationshipMember(models.Model):
    """The morning's mail says at which events her organisations may be met (N5)."""

    _inherit = "relationship.member"  # pylint: disable=consider-merging-classes-inherited

    def _get_more_lines(self, base_url):
        """Extend: the next events near a next contact of hers; they alone make no mail."""
        partners = self.env["res.partner"].with_user(self.user_id)
        hers = [("relationship_owner_id", "=", self.user_id.id), ("relationship_stage", "=", "target")]
        near = partners.search(hers).with_context(lang=self.env.lang)
        near = near.filtered("relationship_meeting_entry_id")
        lines = [
            {
                "name": f"{partner.name}: {partner.relationship_meeting_sentence}",
                "open": f"{base_url}/odoo/organisations/{partner.id}",
            }
            for partner in near.sorted(lambda each: each.relationship_meeting_entry_id.start)[:MOST_LINES]
        ]
        return [*super()._get_more_lines(base_url), (self.env._("To meet at an event of theirs"), lines)]
