from . import (
    base_partner_merge,
    privacy_lookup,
    relationship_anonymise,
    relationship_check,
    relationship_handover,
    relationship_plan,
    relationship_preferences,
)
