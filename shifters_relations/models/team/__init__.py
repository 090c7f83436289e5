from . import ir_cron, ir_http, relationship_charter, relationship_member, relationship_member_calendar, res_groups
