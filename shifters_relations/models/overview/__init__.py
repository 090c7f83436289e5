from . import (
    relationship_analysis,
    relationship_analysis_mixin,
    relationship_coverage_trend,
    relationship_load,
    relationship_member_steps,
    relationship_report,
    res_partner_coverage,
    res_partner_portfolio,
)
