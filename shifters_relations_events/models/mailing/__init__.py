from . import event_event_mailings, ir_cron, mail_mail, mail_render_mixin, mailing_mailing
