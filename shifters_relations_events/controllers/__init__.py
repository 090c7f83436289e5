from . import network_call, partner_event
