from markupsafe import Markup, escape
from odoo import api, fields, models

from ...tools import search_shown_name

CRITERIA = ("relationship_position", "relationship_level", "relationship_posture", "relationship_need")


class RelationshipOffer(models.Model):
    """For each way to know an organisation, what it means and what it suggests to offer (Q3-Q5).

    A small table of sentences, which the team edits.
    """

    _name = "relationship.offer"
    _description = "What to Offer"
    _order = "id"

    choice = fields.Selection(lambda self: self._get_choices(), required=True, readonly=True)
    meaning = fields.Char("What it means", translate=True)
    offer = fields.Text("What to offer", translate=True)

    _choice_unique = models.UniqueIndex("(choice)", "This choice already has its sentence.")

    @api.model
    def _get_choices(self):
        """Return every value of the criteria: ``relationship_level.2`` and its words."""
        described = self.env["res.partner"].sudo().fields_get(CRITERIA, ["string", "selection"])
        return [
            (f"{name}.{key}", f"{described[name]['string']} · {label}")
            for name in CRITERIA
            for key, label in described[name]["selection"]
        ]

    @api.depends("choice")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["choice"]._description_selection(self.env))
        for offer in self:
            offer.display_name = labels.get(offer.choice)

    def _search_display_name(self, operator, value):
        return search_shown_name(self, operator, value)

    def _get_sentence(self):
        """Return the choice, what it means and what to offer, as a paragraph."""
        self.ensure_one()
        words = [Markup("<strong>%s</strong>") % self.display_name, escape(self.meaning or "")]
        if self.offer:
            words.append(Markup("→ %s") % self.offer)
        return Markup("<p>%s</p>") % Markup(" ").join(word for word in words if word)
