from . import partner_event
