from odoo import fields, models
from odoo.addons.shifters_relations.groups import MEMBERS


class ResPartner(models.Model):
    """What an organisation answered to the yearly surveys (Y1)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_survey_answer_ids = fields.One2many(
        "relationship.survey.answer",
        "organisation_id",
        "Answers to surveys",
        domain=[("is_answered", "=", True)],
        groups=MEMBERS,
        readonly=True,
        copy=False,
    )
