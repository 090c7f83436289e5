from odoo import api, models

# What stands in the body of a mailing for the personal link of each invitee.
PLACEHOLDER = "/partner-event/your-answer"


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    @api.model
    def _shorten_links(self, html, link_tracker_vals, blacklist=None, base_url=None):
        """The link to answer is tracked nowhere."""
        return super()._shorten_links(html, link_tracker_vals, [*(blacklist or []), PLACEHOLDER], base_url)
