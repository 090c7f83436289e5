import hmac
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network

from odoo import api, fields, models

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class RelationshipPageRequest(models.Model):
    """What was asked for on public forms within the last day: rows, so that all workers count the same.

    Who asked, and for which address, is kept as a fingerprint that only this database can make, for a day.
    """

    _name = "relationship.page.request"
    _description = "Request on a Public Page"
    _log_access = False

    key = fields.Char(required=True)
    asked_on = fields.Datetime(required=True, default=lambda self: fields.Datetime.now())

    _found = models.Index("(key, asked_on)")

    @api.model
    def _count(self, page, who):
        """Count one request, unless there were too many.

        :param str page: which form
        :param dict who: by address, of the internet or of mail, pairs of a number and of the time in which it is
            the most
        :return: whether it may be answered
        """
        now, keys = fields.Datetime.now(), {each: self._make_key(page, each) for each in who}
        rows = self.sudo().search_fetch([("key", "in", [*keys.values()]), ("asked_on", ">", now - DAY)], ["key"])
        for each, limits in who.items():
            of_key = rows.filtered(lambda row, key=keys[each]: row.key == key)
            for most, within in limits:
                if len(of_key.filtered(lambda row, since=now - within: row.asked_on > since)) >= most:
                    return False
        self.sudo().create([{"key": key} for key in keys.values()])
        return True

    @api.model
    def _make_key(self, page, who):
        """Return the fingerprint of an address, of mail or of the internet: of the sixth version, of its network."""
        with suppress(ValueError):  # it is one of mail
            address = ip_address(who)
            who = str(ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return hmac.new(secret.encode(), f"{page}|{who}".encode(), sha256).hexdigest()

    @api.autovacuum
    def _gc_requests(self):
        self.search([("asked_on", "<=", fields.Datetime.now() - DAY)]).unlink()
