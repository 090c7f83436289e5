from . import ir_cron, relationship_charter, relationship_member, relationship_member_calendar, res_groups
