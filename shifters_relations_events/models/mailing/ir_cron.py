from odoo import api, models


class IrCron(models.Model):
    """The jobs of events and mailings that our invitations leave by."""

    _inherit = "ir.cron"

    @api.model
    def _relationship_get_reported_jobs(self):
        ours = {"event.event_mail_scheduler", "mass_mailing.ir_cron_mass_mailing_queue"}
        return super()._relationship_get_reported_jobs() | ours
