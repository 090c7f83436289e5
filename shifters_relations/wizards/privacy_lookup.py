from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..emails import split_emails
from ..models.privacy.held import get_records
from ..texts import Naming


class PrivacyLookupWizard(models.TransientModel):
    """Odoo's own search for a person finds what is linked to her by our models too, and texts that name her (G5)."""

    _inherit = "privacy.lookup.wizard"

    def _get_query(self):
        """Extend core: what else is held on her, and the team's texts that name her, are found too."""
        found = [
            SQL(
                "SELECT %s AS res_model_id, id AS res_id, %s AS is_active FROM %s WHERE id = ANY(%s)",
                self.env["ir.model"]._get_id(model),
                SQL.identifier("active") if "active" in self.env[model]._fields else SQL("TRUE"),
                SQL.identifier(self.env[model]._table),
                sorted(ids),
            )
            for model, ids in self._relationship_find().items()
        ]
        return SQL(" UNION ALL ").join([super()._get_query(), *found])

    def _relationship_find(self):
        """Find what names her or is held on her, and core's search misses: sets of ids by model.

        Confidential notes, and mails that a member alone reads, are searched for somebody in the base alone, or any
        words could be looked for in them (S3, P2).
        """
        emails = split_emails(self.email)
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        of_address = Domain("id", "in", partners._relationship_search_emails(emails).ids)
        known = partners.search(of_address | Domain("name", "=ilike", self.name.strip()))
        kinds = [kind for kind in known._relationship_get_kinds(list(emails)) if kind.is_sought]
        found = {model: set(records.ids) for model, records in get_records(kinds).items()}
        unread = set() if known else {"relationship.synthesis.confidential", "relationship.logged.mail"}
        naming = Naming(names=[self.name], emails=[*emails, self.email])
        for (model, name), ids in partners._relationship_find_texts(naming).items():
            if model in unread or self.env[model]._transient:
                continue
            if partners._relationship_is_rewritten(model, name):
                found.setdefault(model, set()).update(ids)
        return found

    def action_lookup(self):
        """Extend core: a record that is found several times is listed once."""
        action = super().action_lookup()
        same = self.line_ids.grouped(lambda line: (line.res_model_id, line.res_id))
        self.env["privacy.lookup.wizard.line"].union(*(lines[1:] for lines in same.values())).sudo().unlink()
        return action


class PrivacyLookupWizardLine(models.TransientModel):
    """The team's memory is found there, and is no administrator's to delete."""

    _inherit = "privacy.lookup.wizard.line"

    @api.depends("res_model", "res_id")
    def _compute_res_name(self):
        """Extend core, which names a record whoever asks: the subject of a mail that waits is its member's alone."""
        result = super()._compute_res_name()
        for line in self.filtered(lambda line: line.res_model == "relationship.logged.mail"):
            line.res_name = f"{line.res_model_id.name}/{line.res_id}"
        return result

    def _relationship_is_kept(self):
        """Return whether this is the team's: what it says of a person goes when the pilot anonymises her."""
        self.ensure_one()
        if self.res_model == "res.partner":
            return self.env["res.partner"].browse(self.res_id).exists()._relationship_has_memory()
        if self.res_model == "mail.activity":
            return bool(self.env["mail.activity"].sudo().browse(self.res_id).exists().relationship_partner_id)
        return (self.res_model or "").startswith("relationship.")

    def _relationship_filter_others(self):
        """Return the lines that are not the team's.

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
        """Extend core: skip a record that went with another one that was just deleted."""
        if self.res_model in self.env and not self.env[self.res_model].sudo().browse(self.res_id).exists():
            self.is_unlinked = True
            return None
        return super(PrivacyLookupWizardLine, self._relationship_filter_others()).action_unlink()

    def action_archive_all(self):
        return super(PrivacyLookupWizardLine, self._relationship_filter_others()).action_archive_all()

    def action_unlink_all(self):
        return super(PrivacyLookupWizardLine, self._relationship_filter_others()).action_unlink_all()
