from . import relationship_calendar_entry, relationship_calendar_feed, res_partner
