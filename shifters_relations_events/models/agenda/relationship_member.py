from odoo import models

MOST_LINES = 5


class RelationshipMember(models.Model):
    """The morning's mail says what is proposed (N3), and at which events her organisations may be met (N5)."""

    _inherit = "relationship.member"  # pylint: disable=consider-merging-classes-inherited

    def _get_more_lines(self, base_url):
        """Extend: what waits for her answer, the next events near a next contact of hers; they alone make no mail."""
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
        return [
            *super()._get_more_lines(base_url),
            (self.env._("Proposed events that wait for your answer"), self._get_waiting_lines(base_url)),
            (self.env._("To meet at an event of theirs"), lines),
        ]

    def _get_waiting_lines(self, base_url):
        entries = self.env["relationship.calendar.entry"].with_user(self.user_id).with_context(lang=self.env.lang)
        waiting = entries._search_waiting()
        lines = [
            {
                "name": f"{entry.when} · {entry.name} ({entry.proposed_by})",
                "open": f"{base_url}/odoo/partners-agenda/{entry.id}",
            }
            for entry in waiting[:MOST_LINES]
        ]
        if len(waiting) > MOST_LINES:
            more = self.env._("And %(count)s more", count=len(waiting) - MOST_LINES)
            lines.append({"name": more, "open": f"{base_url}/odoo/proposed-events"})
        return lines
