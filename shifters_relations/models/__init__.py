from . import (
    calendar_event,
    mail_activity,
    mail_activity_type,
    relationship_cadence,
    relationship_member,
    relationship_organisation_type,
    relationship_sector,
    relationship_synthesis,
    relationship_topic,
    res_partner,
    res_partner_import,
    res_users,
)
