from odoo import fields, models

KINDS = [
    ("invitation", "Invitation"),
    ("reminder", "Reminder"),
    ("practical", "Practical information"),
    ("change", "The event has moved, or is cancelled"),
    ("thanks", "Thanks"),
    ("absent", "A word to the absent"),
]


class MailingMailing(models.Model):
    """The mails of a partner event are Odoo's own mailings, to the invitations that each kind reaches."""

    _inherit = "mailing.mailing"

    partner_event_id = fields.Many2one("event.event", "Partner event", index="btree_not_null", ondelete="cascade")
    partner_event_kind = fields.Selection(KINDS, "What it is")
    partner_event_lang = fields.Selection(lambda self: self.env["res.lang"].get_installed(), "Language of the invitees")

    def _get_recipients_domain(self):
        domain = super()._get_recipients_domain()
        if not self.partner_event_kind:
            return domain
        return domain & self.partner_event_id._get_kind_domain(self.partner_event_kind, self.partner_event_lang)
