from markupsafe import Markup
from odoo import api, models

from ...groups import MEMBERS


class ResPartner(models.Model):
    """Who asked not to be contacted stays so, whatever list her address comes in with (G4)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def load(self, fields, data):
        """Extend core: what it has imported bears the wishes of the addresses in it; their pages say so."""
        result = super().load(fields, data)
        if result["ids"] and self.env.user.has_group(MEMBERS):
            self.browse(result["ids"])._relationship_keep_objections()
        return result

    def _load_records_write(self, values):
        if not values.get("relationship_no_contact", True):
            del values["relationship_no_contact"]  # a file never says that somebody may be contacted again
        return super()._load_records_write(values)

    def _relationship_keep_objections(self):
        """Keep the wish of who asked not to be contacted, and log it on those that bear her address (G4)."""
        partners = self.sudo().filtered(lambda each: each.email and not each.relationship_no_contact)
        if not partners:
            return
        emails = partners._relationship_get_emails()
        objecting = self.env["relationship.objection"]._get_objecting(partners._relationship_get_all_emails())
        found = partners.filtered(lambda partner: not objecting.isdisjoint(emails[partner]))
        if found:
            found.relationship_no_contact = True
            said = self.env._("Do not contact: somebody with this address asked for it before this import.")
            found._message_log_batch({partner.id: Markup("<p>%s</p>") % said for partner in found})
