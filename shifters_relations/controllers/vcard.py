from odoo import http
from odoo.addons.web.controllers.vcard import Partner
from odoo.http import request


class TeamPartner(Partner):
    @http.route()
    def download_vcard(self, partner_ids=None, partner=None, **kwargs):
        """Extend core: several cards are an export of contacts, logged, and refused to contact members."""
        ids = {int(each) for each in (partner_ids or "").split(",") if each.isdigit()}
        if len(ids) > 1:
            columns = [["name"], ["email"], ["phone"], ["contact_address"]]
            request.env["relationship.export"]._note(request.env["res.partner"].browse(ids), columns)
        return super().download_vcard(partner_ids=partner_ids, partner=partner, **kwargs)
