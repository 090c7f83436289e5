from . import (
    event_event,
    event_invitation,
    event_registration,
    mail_mail,
    mail_render_mixin,
    mailing_mailing,
    mailing_trace,
    relationship_synthesis,
)
