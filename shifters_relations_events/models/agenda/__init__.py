from . import (
    relationship_calendar_entry,
    relationship_calendar_feed,
    relationship_calendar_proposal,
    relationship_calendar_subscription,
    relationship_calendar_subscription_agenda,
    res_partner,
)
