from odoo import api, fields, models
from odoo.tools import email_normalize, hmac


class RelationshipObjection(models.Model):
    """An address not to be written to, of somebody who is in the base no more (G4).

    After a person was anonymised or deleted, her wish is all that is kept: a one-way key of her
    address, made with the database's secret, which tells nobody the address and yet recognises it
    when it is imported again.
    """

    _name = "relationship.objection"
    _description = "Address Not to Be Written To"
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True, exportable=False)

    _one_each = models.UniqueIndex("(key)")

    @api.model
    def _get_key(self, email):
        """The key of a normalised address."""
        return hmac(self.sudo().env, "relationship.objection", email)

    @api.model
    def _remember(self, emails):
        """Keep the wish of these addresses; known ones are left alone."""
        keys = {self._get_key(email) for email in map(email_normalize, filter(None, emails)) if email}
        known = set(self.sudo().search([("key", "in", list(keys))]).mapped("key"))
        self.sudo().create([{"key": key} for key in sorted(keys - known)])

    @api.model
    def _forget(self, emails):
        """These addresses may be written to again: somebody said so."""
        keys = [self._get_key(email) for email in map(email_normalize, filter(None, emails)) if email]
        self.sudo().search([("key", "in", keys)]).unlink()

    @api.model
    def _get_objecting(self, emails):
        """Which of these addresses want no contact, whoever bears them: two queries.

        :param emails: normalised addresses
        :rtype: set
        """
        emails = {email for email in emails if email}
        if not emails:
            return set()
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        domain = [("email_normalized", "in", list(emails)), ("relationship_no_contact", "=", True)]
        objecting = set(partners.search_fetch(domain, ["email_normalized"]).mapped("email_normalized"))
        keys = {self._get_key(email): email for email in emails - objecting}
        known = self.sudo().search_fetch([("key", "in", list(keys))], ["key"])
        return objecting | {keys[objection.key] for objection in known}
