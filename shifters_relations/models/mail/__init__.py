from . import ir_mail_server, mail_template, res_lang, res_partner_emails
