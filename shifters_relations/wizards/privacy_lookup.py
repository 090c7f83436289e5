from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..emails import split_emails
from ..texts import Naming


class PrivacyLookupWizard(models.TransientModel):
    """Odoo's own search for a person finds what is linked to her by our models too, and texts that name her (G5)."""

    _inherit = "privacy.lookup.wizard"

    def _get_query(self):
        """What core finds, what our models link to her, and the team's texts that name her."""
        found = [self._relationship_select(*place) for place in self._relationship_get_places().items()]
        found += [
            self._relationship_select(model, SQL("id = ANY(%s)", ids))
            for model, ids in self._relationship_find_ids().items()
        ]
        return SQL(" UNION ALL ").join([super()._get_query(), *found])

    def _relationship_select(self, model, condition):
        """The records of a model, as core's query has them."""
        records = self.env[model]
        return SQL(
            "SELECT %s AS res_model_id, id AS res_id, %s AS is_active FROM %s WHERE %s",
            self.env["ir.model"]._get_id(model),
            SQL.identifier("active") if "active" in records._fields else SQL("TRUE"),
            SQL.identifier(records._table),
            condition,
        )

    def _relationship_get_places(self):
        """Conditions that find what our models link: SQL by model; ``indirect_references`` are her contacts."""
        took_part = SQL(
            "SELECT synthesis_id FROM relationship_synthesis_participant_rel"
            " WHERE partner_id IN (SELECT id FROM indirect_references)"
        )
        hers = SQL("partner_id IN (SELECT id FROM indirect_references)")
        return {
            "relationship.synthesis": SQL("id IN (%s)", took_part),
            "relationship.synthesis.confidential": SQL("synthesis_id IN (%s)", took_part),
            "relationship.cooperation.role": hers,
            "calendar.attendee": hers,
            "calendar.event": SQL("id IN (SELECT event_id FROM relationship_meeting_partner_rel WHERE %s)", hers),
        }

    def _relationship_find_ids(self):
        """The texts of the team that name her: ids by model.

        Confidential notes are searched for somebody in the base alone, or any words could be looked for in them (S3).
        """
        partners = self.env["res.partner"].sudo()
        emails = split_emails(self.email)
        of_address = partners._relationship_search_emails(emails)
        known = Domain("name", "=ilike", self.name) | Domain("id", "in", of_address.ids)
        is_known = partners.with_context(active_test=False).search_count(known, limit=1)
        unread = set() if is_known else {"relationship.synthesis.confidential"}
        naming = Naming(names=[self.name], emails=[*emails, self.email])
        found = {}
        for (model, name), ids in partners._relationship_find_texts(naming).items():
            if model in unread or self.env[model]._transient:
                continue
            if partners._relationship_is_rewritten(model, name):
                found.setdefault(model, set()).update(ids)
        return {model: sorted(ids) for model, ids in found.items()}

    def action_lookup(self):
        """Core's, where a record that is found in several ways stands once."""
        action = super().action_lookup()
        same = self.line_ids.grouped(lambda line: (line.res_model_id, line.res_id))
        self.env["privacy.lookup.wizard.line"].union(*(lines[1:] for lines in same.values())).sudo().unlink()
        return action


class PrivacyLookupWizardLine(models.TransientModel):
    """The team's memory is found there, and is no administrator's to delete."""

    _inherit = "privacy.lookup.wizard.line"

    def _relationship_is_kept(self):
        """Whether this is the team's: what is said of a person there goes when the pilot anonymises her."""
        self.ensure_one()
        if self.res_model == "res.partner":
            return self.env["res.partner"].browse(self.res_id).exists()._relationship_has_memory()
        if self.res_model == "mail.activity":
            return bool(self.env["mail.activity"].sudo().browse(self.res_id).exists().relationship_partner_id)
        return (self.res_model or "").startswith("relationship.")

    def _relationship_filter_others(self):
        """The lines that are not the team's.

        :raise UserError: there is none
        """
        others = self.filtered(lambda line: not line._relationship_is_kept())
        if self and not others:
            raise UserError(
                self.env._(
                    "%(name)s belongs to the Relations team: its pilot anonymises the person.", name=self[0].res_name
                )
            )
        return others

    @api.onchange("is_active")
    def _onchange_is_active(self):
        return super(PrivacyLookupWizardLine, self._relationship_filter_others())._onchange_is_active()

    def action_unlink(self):
        """Core's, also where the record went with another one that was just deleted."""
        if self.res_model in self.env and not self.env[self.res_model].sudo().browse(self.res_id).exists():
            self.is_unlinked = True
            return None
        return super(PrivacyLookupWizardLine, self._relationship_filter_others()).action_unlink()

    def action_archive_all(self):
        return super(PrivacyLookupWizardLine, self._relationship_filter_others()).action_archive_all()

    def action_unlink_all(self):
        return super(PrivacyLookupWizardLine, self._relationship_filter_others()).action_unlink_all()
