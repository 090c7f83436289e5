from odoo import models
from odoo.tools import SQL

from ..models.personal_text import email_pattern, name_pattern


class PrivacyLookupWizard(models.TransientModel):
    """Odoo's own search for a person finds what is linked to her by our models too, and texts that name her (G5)."""

    _inherit = "privacy.lookup.wizard"

    def _get_query(self):
        query = super()._get_query()
        model_id = self.env["ir.model"]._get_id
        found = [
            SQL(
                "SELECT %s AS res_model_id, id AS res_id, TRUE AS is_active FROM %s WHERE %s",
                model_id(model),
                SQL.identifier(self.env[model]._table),
                condition,
            )
            for model, condition in self._relationship_get_places().items()
        ]
        return SQL(" UNION ALL ").join([query, *found])

    def _relationship_get_places(self):
        """Conditions that find what our models hold: SQL by model; ``indirect_references`` are her contacts."""
        took_part = SQL(
            "SELECT synthesis_id FROM relationship_synthesis_participant_rel"
            " WHERE partner_id IN (SELECT id FROM indirect_references)"
        )
        return {
            "relationship.synthesis": SQL(
                "id IN (%s) OR %s", took_part, self._relationship_names("folded_text", "summary")
            ),
            "relationship.synthesis.confidential": SQL(
                "synthesis_id IN (%s) OR %s", took_part, self._relationship_names("note")
            ),
            "relationship.cooperation.role": SQL(
                "partner_id IN (SELECT id FROM indirect_references) OR %s", self._relationship_names("conditions")
            ),
            "relationship.news": self._relationship_names("name", "text"),
            "calendar.attendee": SQL("partner_id IN (SELECT id FROM indirect_references)"),
            "mail.activity": self._relationship_names("summary", "note"),
        }

    def _relationship_names(self, *columns):
        """A condition: one of these texts names her."""
        either = "|".join(filter(None, (name_pattern(self.name), email_pattern(self.email.strip()))))
        return SQL(" OR ").join(SQL("%s::text ~ %s", SQL.identifier(column), either) for column in columns)
