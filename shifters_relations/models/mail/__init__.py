from . import ir_mail_server, res_lang, res_partner_emails
