from . import ir_cron, relationship_charter, relationship_member, res_groups
