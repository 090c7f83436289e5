from . import base_partner_merge, relationship_check, relationship_handover, relationship_plan, relationship_preferences
