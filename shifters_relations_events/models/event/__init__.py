from . import (
    event_event,
    event_event_dates,
    event_event_desk,
    event_event_editions,
    event_event_facts,
    event_event_seats,
    event_invitation,
    event_registration,
    relationship_member,
    relationship_report,
    relationship_synthesis,
    res_partner,
)
