from . import (
    relationship_report,
    relationship_survey,
    relationship_survey_answer,
    relationship_survey_results,
    report_preparation_page,
    res_partner,
)
