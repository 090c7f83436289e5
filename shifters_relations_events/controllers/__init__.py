from . import network_call, partner_event, partners_agenda, proposal, relations_survey, who_does_what
