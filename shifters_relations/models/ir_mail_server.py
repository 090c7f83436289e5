from odoo import api, models

from ..names import fold_header


class IrMailServer(models.Model):
    """A name with a line break, from before or from elsewhere, keeps no mail from leaving and adds no header to it."""

    _inherit = "ir.mail_server"

    @api.model
    def _build_email__(  # pylint: disable=bad-dunder-name
        self, email_from, email_to, subject, body, email_cc=None, email_bcc=None, reply_to=False, **kwargs
    ):
        return super()._build_email__(
            fold_header(email_from),
            fold_header(email_to),
            fold_header(subject),
            body,
            email_cc=fold_header(email_cc),
            email_bcc=fold_header(email_bcc),
            reply_to=fold_header(reply_to),
            **kwargs,
        )
