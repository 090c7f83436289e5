import hmac
from hashlib import sha256

from odoo import api, fields, models

from ...emails import split_emails

NO_CONTACT_WISH = "relationship.objection"
SECRET = "shifters_relations.objection_secret"  # Odoo gives another one of its own to what it restores as a copy


class RelationshipObjection(models.Model):
    """An address not to be written to, of somebody who is in the base no more (G4).

    After a person was anonymised or deleted, her wish is all that is kept: a one-way key of her
    address, made with a secret of the database, which tells nobody the address and yet recognises it
    when it is imported again. A narrower wish, as to be asked by no network call, has keys of its own.
    """

    _name = "relationship.objection"
    _description = "Address Not to Be Written To"
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True, exportable=False)

    _one_each = models.UniqueIndex("(key)")

    @api.model
    def _get_keys(self, emails, wish=NO_CONTACT_WISH):
        """Return the keys of addresses: the addresses as they are compared, by key.

        :param emails: texts, each with one address or several
        :param str wish: what is not wanted
        """
        parameters = self.env["ir.config_parameter"].sudo()
        secret = parameters.get_param(SECRET) or parameters.get_param("database.secret")  # until this is updated

        def get_key(email):
            return hmac.new(secret.encode(), repr((wish, email)).encode(), sha256).hexdigest()

        return {get_key(email): email for text in emails for email in split_emails(text)}

    @api.model
    def _remember(self, emails, wish=NO_CONTACT_WISH):
        """Keep the wish of these addresses; known ones are left alone."""
        keys = self._get_keys(emails, wish).keys()
        known = set(self.sudo().search([("key", "in", list(keys))]).mapped("key"))
        self.sudo().create([{"key": key} for key in sorted(keys - known)])

    @api.model
    def _forget(self, emails, wish=NO_CONTACT_WISH):
        """Forget the wishes of these addresses: they may be written to again, as somebody said."""
        self.sudo().search([("key", "in", list(self._get_keys(emails, wish)))]).unlink()

    @api.model
    def _get_remembered(self, emails, wish=NO_CONTACT_WISH):
        """Return which of these addresses have a wish that is remembered: a set, in one query."""
        keys = self._get_keys(emails, wish)
        known = self.sudo().search_fetch([("key", "in", list(keys))], ["key"])
        return {keys[objection.key] for objection in known}

    @api.model
    def _get_objecting(self, emails):
        """Return which addresses want no contact, whoever bears them, wherever they are in a field: three queries.

        An objection is a person's, so it is of all her addresses.

        :param emails: texts, each with one address or several
        :return: set of addresses, as :func:`split_emails` gives them
        """
        emails = {email for text in emails for email in split_emails(text)}
        if not emails:
            return set()
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        domain = [("relationship_no_contact", "=", True), ("relationship_anonymised_on", "=", False)]
        objecting = emails & partners.search_fetch(domain, ["email"])._relationship_get_all_emails()
        return objecting | self._get_remembered(emails - objecting)
