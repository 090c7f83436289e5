from odoo.tools.sql import table_exists


def migrate(cr, _version):
    """Drop the surveys that asked nobody and say no word of their own, beside another of the same year and audience.

    They are what opening a new one and leaving it made. Where two that hold something are left, both stay: the
    database takes its rule of one a year once there are no two any more.
    """
    if not table_exists(cr, "relationship_survey"):
        return
    cr.execute(
        """
        DELETE FROM relationship_survey AS empty
         USING relationship_survey AS kept
         WHERE (kept.year, kept.audience) = (empty.year, empty.audience)
           AND (kept.question_help, kept.question_time, kept.question_word)
               = (empty.question_help, empty.question_time, empty.question_word)
           AND empty.state = 'draft'
           AND (kept.state != 'draft', -kept.id) > (false, -empty.id)
           AND NOT EXISTS (SELECT FROM relationship_survey_answer AS answer WHERE answer.survey_id = empty.id)
        """
    )
