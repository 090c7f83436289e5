from . import relationship_personal_link_mixin  # first: others inherit it

# isort: split
from . import (
    event_event,
    event_event_dates,
    event_event_desk,
    event_event_editions,
    event_event_facts,
    event_event_mailings,
    event_event_seats,
    event_invitation,
    event_registration,
    ir_cron,
    ir_http,
    mail_mail,
    mail_render_mixin,
    mailing_mailing,
    relationship_member,
    relationship_network_answer,
    relationship_network_answer_line,
    relationship_network_call,
    relationship_report,
    relationship_synthesis,
    res_partner,
    res_partner_privacy,
)
