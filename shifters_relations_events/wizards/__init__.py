from . import (
    base_partner_merge,
    event_audience,
    event_change,
    mail_compose_message,
    privacy_lookup,
    relationship_calendar_answer,
    relationship_calendar_preview,
    relationship_internal_news,
)
