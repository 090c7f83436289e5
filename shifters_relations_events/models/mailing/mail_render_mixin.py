from odoo import api, models

from .mail_mail import MAILED


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    @api.model
    def _shorten_links(self, html, link_tracker_vals, blacklist=None, base_url=None):
        """Extend core: a personal link is tracked nowhere."""
        untracked = [*(blacklist or []), *(self.env[model]._placeholder for model in MAILED)]
        return super()._shorten_links(html, link_tracker_vals, untracked, base_url)
