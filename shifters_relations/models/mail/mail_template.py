from odoo import models


class MailTemplate(models.Model):
    """Mails that an association words as it likes; how they leave is not theirs to change."""

    _inherit = "mail.template"

    def _relationship_write(self, records, company):
        """Return subject and whole body of one mail for each record, in the language that the template chooses.

        :param company: whose name stands at the end
        :return: dictionary by id of dictionaries ``subject``, ``body_html``
        """
        self.ensure_one()
        written = self._generate_template(records.ids, ("subject", "body_html"))
        mails = {}
        for record_id, lang in self._render_lang(records.ids).items():
            body = self.with_context(lang=lang)._render_encapsulate(
                self.email_layout_xmlid, written[record_id]["body_html"], {"company": company, "lang": lang}
            )
            mails[record_id] = {"subject": written[record_id]["subject"], "body_html": body}
        return mails
