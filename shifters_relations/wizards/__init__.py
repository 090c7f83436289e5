from . import (
    base_partner_merge,
    privacy_lookup,
    relationship_absence,
    relationship_anonymise,
    relationship_handover,
    relationship_invite,
    relationship_plan,
    relationship_preferences,
)
