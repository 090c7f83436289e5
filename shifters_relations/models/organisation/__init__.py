from . import (
    relationship_affiliation,
    relationship_job_family,
    relationship_level_change,
    relationship_offer,
    relationship_organisation_type,
    relationship_sector,
    res_partner_affiliation,
    res_partner_defaults,
    res_partner_duplicate,
    res_partner_identifiers,
    res_partner_knowledge,
    res_partner_search,
)
