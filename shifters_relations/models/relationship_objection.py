from odoo import api, fields, models
from odoo.tools import email_normalize, hmac

NO_CONTACT = "relationship.objection"


class RelationshipObjection(models.Model):
    """An address not to be written to, of somebody who is in the base no more (G4).

    After a person was anonymised or deleted, her wish is all that is kept: a one-way key of her
    address, made with the database's secret, which tells nobody the address and yet recognises it
    when it is imported again. A narrower wish, as to be asked by no network call, has keys of its own.
    """

    _name = "relationship.objection"
    _description = "Address Not to Be Written To"
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True, exportable=False)

    _one_each = models.UniqueIndex("(key)")

    @api.model
    def _get_keys(self, emails, wish=NO_CONTACT):
        """The keys of addresses: dictionary of normalised addresses by key.

        :param str wish: what is not wanted
        """
        normalised = {email_normalize(email) for email in emails if email} - {False}
        return {hmac(self.sudo().env, wish, email): email for email in normalised}

    @api.model
    def _remember(self, emails, wish=NO_CONTACT):
        """Keep the wish of these addresses; known ones are left alone."""
        keys = self._get_keys(emails, wish).keys()
        known = set(self.sudo().search([("key", "in", list(keys))]).mapped("key"))
        self.sudo().create([{"key": key} for key in sorted(keys - known)])

    @api.model
    def _forget(self, emails):
        """These addresses may be written to again: somebody said so."""
        self.sudo().search([("key", "in", list(self._get_keys(emails)))]).unlink()

    @api.model
    def _get_remembered(self, emails, wish=NO_CONTACT):
        """Which of these addresses are remembered to have a wish: a set, in one query."""
        keys = self._get_keys(emails, wish)
        known = self.sudo().search_fetch([("key", "in", list(keys))], ["key"])
        return {keys[objection.key] for objection in known}

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
        return objecting | self._get_remembered(emails - objecting)
