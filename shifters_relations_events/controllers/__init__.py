from . import network_call, partner_event, partners_agenda, proposal, who_does_what
