from . import base_partner_merge, event_audience
