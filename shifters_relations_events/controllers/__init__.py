from . import network_call, partner_event, who_does_what
