from odoo import api, fields, models

from ...tools import search_shown_name


class RelationshipCharter(models.Model):
    """How many members of each role the team wants (T1); the team page says who is missing."""

    _name = "relationship.charter"
    _description = "Team Charter"
    _order = "id"

    role = fields.Selection(
        [("pilot", "Pilots"), ("organiser", "Organisers"), ("contact", "Contact members")], required=True
    )
    expected = fields.Integer("Wanted", required=True)

    _role_unique = models.UniqueIndex("(role)", "The charter already says how many.")
    _check_expected = models.Constraint("CHECK(expected >= 0)", "A number of people cannot be negative.")

    @api.depends("role")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["role"]._description_selection(self.env))
        for charter in self:
            charter.display_name = labels.get(charter.role)

    def _search_display_name(self, operator, value):
        return search_shown_name(self, operator, value)

    @api.model
    def _get_sentences(self):
        """Return what the team is beside its charter, a sentence for each role."""
        current = dict(self.env["relationship.member"]._read_group([("is_current", "=", True)], ["role"], ["__count"]))
        sentences = []
        for charter in self.search([("role", "!=", False)]):
            count = current.get(charter.role, 0)
            values = {"role": charter.display_name, "count": count, "expected": charter.expected}
            missing = charter.expected - count
            if missing > 0:
                sentences.append(
                    self.env._("%(role)s: %(count)s of %(expected)s, %(missing)s missing", missing=missing, **values)
                )
            else:
                sentences.append(self.env._("%(role)s: %(count)s of %(expected)s", **values))
        return sentences
