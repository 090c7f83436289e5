from . import network_call, partner_event, partners_agenda, who_does_what
