from markupsafe import Markup, escape
from odoo import api, fields, models

CRITERIA = ("relationship_position", "relationship_level", "relationship_posture", "relationship_need")


class RelationshipOffer(models.Model):
    """For each way to know an organisation, what it means and what it suggests to offer (Q3-Q5).

    A small table of sentences, which the team edits.
    """

    _name = "relationship.offer"
    _description = "What to Offer"
    _order = "id"
    _rec_name = "choice"

    choice = fields.Selection(lambda self: self._get_choices(), required=True, readonly=True)
    meaning = fields.Char("What it means", translate=True)
    offer = fields.Text("What to offer", translate=True)

    _choice_unique = models.UniqueIndex("(choice)", "This choice already has its sentence.")

    @api.model
    def _get_choices(self):
        """Every value of the criteria: ``relationship_level.2`` and its words."""
        described = self.env["res.partner"].sudo().fields_get(CRITERIA, ["string", "selection"])
        return [
            (f"{name}.{key}", f"{described[name]['string']} · {label}")
            for name in CRITERIA
            for key, label in described[name]["selection"]
        ]

    def _get_sentence(self):
        """The choice, what it means and what to offer, as a paragraph."""
        self.ensure_one()
        label = dict(self._fields["choice"]._description_selection(self.env))[self.choice]
        words = [Markup("<strong>%s</strong>") % label, escape(self.meaning or "")]
        if self.offer:
            words.append(Markup("→ %s") % self.offer)
        return Markup("<p>%s</p>") % Markup(" ").join(word for word in words if word)
