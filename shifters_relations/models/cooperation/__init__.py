from . import (
    relationship_cooperation,
    relationship_cooperation_kind,
    relationship_cooperation_role,
    relationship_destination,
)
