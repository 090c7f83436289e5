from . import (
    calendar_event,
    relationship_committee,
    relationship_committee_agenda,
    relationship_cooperation,
    relationship_cooperation_kind,
    relationship_cooperation_role,
    relationship_cooperation_table,
    relationship_destination,
)
