from . import (
    calendar_event_meeting,
    event_event,
    relationship_calendar_entry,
    relationship_calendar_feed,
    relationship_calendar_proposal,
    relationship_calendar_subscription,
    relationship_calendar_subscription_agenda,
    relationship_committee,
    relationship_destination,
    relationship_member,
    res_partner,
    res_partner_meeting,
)
