from odoo import api, models


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    @api.model
    def _shorten_links(self, html, link_tracker_vals, blacklist=None, base_url=None):
        """Extend core: the link to answer is tracked nowhere."""
        untracked = [*(blacklist or []), self.env["event.invitation"]._placeholder]
        return super()._shorten_links(html, link_tracker_vals, untracked, base_url)
