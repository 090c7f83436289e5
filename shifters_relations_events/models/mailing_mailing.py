from odoo import fields, models
from odoo.fields import Domain

from .event_invitation import KIND_DOMAINS

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

    def _get_recipients_domain(self):
        domain = super()._get_recipients_domain()
        if not self.partner_event_kind:
            return domain
        domain &= Domain("event_id", "=", self.partner_event_id.id)
        if self.partner_event_kind == "change":
            return domain & self.partner_event_id._get_untold_domain()
        return domain & Domain(KIND_DOMAINS[self.partner_event_kind])
