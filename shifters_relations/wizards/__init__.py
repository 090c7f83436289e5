from . import base_partner_merge, relationship_anonymise, relationship_handover, relationship_plan, relationship_preferences
