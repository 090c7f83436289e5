from markupsafe import Markup
from odoo import api, models

from ...groups import MEMBERS

QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "tracking_disable": True,
}


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

    @api.model
    def _relationship_create_apart(self, vals_list):
        """Create contacts that have no persons yet, at a number of queries that does not depend on theirs.

        Core writes a new person once more, by herself, with the address of her organisation: here it is given at once.
        """
        partners = self.with_context(**QUIET)
        if self._company_dependent_commercial_fields():
            return partners.create(vals_list)
        parents = partners.browse({vals["parent_id"] for vals in vals_list if vals.get("parent_id")}).sudo()
        hers = {parent.id: {**parent._get_commercial_values(), **parent._get_address_values()} for parent in parents}
        vals_list = [{**vals, **hers.get(vals.get("parent_id"), {})} for vals in vals_list]
        made = partners.with_context(_partners_skip_fields_sync=True).create(vals_list)
        return made.with_env(partners.env)

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
