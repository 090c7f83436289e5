from contextlib import contextmanager

from markupsafe import Markup
from odoo import api, fields, models

from ...groups import MEMBERS
from .relationship_offer import CRITERIA


class ResPartner(models.Model):
    """Knowing the organisation (Q3-Q7), and the persons met there (C6).

    What is thought of somebody's position is only ever held about organisations: a constraint of
    the database keeps it off persons (G1, G2, Q9).
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_position = fields.Selection(
        [
            ("ally", "Ally"),
            ("potential_ally", "Potential ally"),
            ("project_partner", "Project partner"),
            ("neutral", "Neutral"),
            ("distant", "Distant"),
        ],
        "Position",
        copy=False,
        groups=MEMBERS,
        help="Where the organisation stands toward the association.",
    )
    relationship_level = fields.Selection(
        [
            ("1", "1 · We know each other"),
            ("2", "2 · We know each other's work"),
            ("3", "3 · Projects together"),
        ],
        "Level of cooperation",
        copy=False,
        groups=MEMBERS,
    )
    relationship_posture = fields.Selection(
        [("against", "Against"), ("with", "With"), ("beside", "Beside")],
        "Posture",
        copy=False,
        groups=MEMBERS,
        help="How it acts in civil society: against, with or beside the public authorities.",
    )
    relationship_need = fields.Selection(
        [
            ("none", "No cooperation planned"),
            ("willing", "Willing, does not know how"),
            ("started", "Already started"),
        ],
        "Need",
        copy=False,
        groups=MEMBERS,
    )
    relationship_advice = fields.Html("What to offer", compute="_compute_relationship_advice", groups=MEMBERS)
    relationship_level_change_ids = fields.One2many(
        "relationship.level.change", "partner_id", "History of the level", copy=False, groups=MEMBERS
    )

    # The persons met there

    relationship_person_ids = fields.One2many(
        "res.partner",
        "parent_id",
        "Persons",
        domain=[("is_company", "=", False), ("type", "=", "contact")],
        copy=False,
        groups=MEMBERS,
    )
    relationship_job_family_id = fields.Many2one(
        "relationship.job.family", "Job family", index="btree_not_null", ondelete="set null", copy=False, groups=MEMBERS
    )
    relationship_is_decider = fields.Boolean(
        "Decides", copy=False, groups=MEMBERS, help="Can commit the organisation, in this function."
    )
    relationship_person_source = fields.Char(
        "Where we have it from",
        copy=False,
        groups=MEMBERS,
        help="How we came to know this person and the address. The first mail tells it to the person, word for word.",
    )
    relationship_informed_on = fields.Date(
        "Informed on", copy=False, groups=MEMBERS, help="When the person was informed that we hold these data."
    )

    _relationship_no_opinion_on_persons = models.Constraint(
        """CHECK(is_company IS TRUE OR (
            relationship_position IS NULL AND relationship_level IS NULL AND relationship_posture IS NULL
            AND relationship_need IS NULL AND relationship_priority IS NULL AND relationship_intention IS NULL
        ))""",
        "Position, level, posture, need, priority and intention are noted about organisations, never about a person.",
    )

    @api.depends(*CRITERIA)
    @api.depends_context("lang")
    def _compute_relationship_advice(self):
        """Compute what the team's table says about each choice made for this organisation."""
        chosen = {f"{name}.{partner[name]}" for partner in self for name in CRITERIA if partner[name]}
        offers = self.env["relationship.offer"].search([("choice", "in", list(chosen))]) if chosen else []
        by_choice = {offer.choice: offer for offer in offers}
        for partner in self:
            found = [by_choice.get(f"{name}.{partner[name]}") for name in CRITERIA if partner[name]]
            partner.relationship_advice = Markup("").join(offer._get_sentence() for offer in found if offer) or False

    # The level has a history

    @contextmanager
    def _relationship_dating_levels(self, vals):
        """Note a level that these values change, once they are written; a person has none to note."""
        levels = None
        turned = self.filtered("is_company") if "is_company" in vals and not vals["is_company"] else self.browse()
        if "relationship_level" in vals:
            levels = {partner: partner.relationship_level for partner in self.sudo()}
        yield
        if levels is not None:
            self._relationship_date_level(levels)
        turned.sudo().relationship_level_change_ids.unlink()
        (turned.sudo().relationship_affiliation_ids | turned.sudo().relationship_affiliated_ids).unlink()

    def _relationship_date_level(self, before):
        """Note when the level changed, and by whom.

        :param dict before: the levels that the organisations had
        """
        changed = self.sudo().filtered(
            lambda partner: (partner.relationship_level or False) != (before.get(partner) or False)
        )
        self.env["relationship.level.change"].sudo().create(
            [
                {"partner_id": partner.id, "level": partner.relationship_level, "user_id": self.env.uid}
                for partner in changed
            ]
        )
