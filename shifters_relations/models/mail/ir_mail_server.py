from odoo import api, models

from ...mail_parts import WholeHeaders, get_plain_text
from ...names import fold_header


class IrMailServer(models.Model):
    """Mails are read as they were written, by whatever reads them.

    A name with a line break, from before or from elsewhere, keeps no mail from leaving and adds no header to it.
    The end of a line changes no header; the text part says what the HTML shows as it leaves.
    """

    _inherit = "ir.mail_server"

    @api.model
    def _build_email__(
        self,
        email_from,
        email_to,
        subject,
        body,
        email_cc=None,
        email_bcc=None,
        reply_to=False,
        attachments=None,
        message_id=None,
        references=None,
        object_id=False,
        subtype="plain",
        headers=None,
        body_alternative=None,
        subtype_alternative="plain",
    ):
        if subtype == "html" and body_alternative:
            body_alternative = get_plain_text(body) or body_alternative
        message = super()._build_email__(
            fold_header(email_from),
            fold_header(email_to),
            fold_header(subject),
            body,
            email_cc=fold_header(email_cc),
            email_bcc=fold_header(email_bcc),
            reply_to=fold_header(reply_to),
            attachments=attachments,
            message_id=message_id,
            references=references,
            object_id=object_id,
            subtype=subtype,
            headers=headers,
            body_alternative=body_alternative,
            subtype_alternative=subtype_alternative,
        )
        message.policy = WholeHeaders(linesep=message.policy.linesep)
        return message
