import re
from contextlib import suppress

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, ormcache

from ...texts import fold

KINDS = [("confederation", "Confederation"), ("federation", "Federation"), ("network", "Network"), ("other", "Other")]
# What the name of an umbrella says of its kind, folded; the first that it has.
KINDS_BY_NAME = (
    ("confederation", re.compile(r"\bconfed")),
    ("federation", re.compile(r"\b(?:fed|union)")),
    ("network", re.compile(r"\b(?:reseau|network|collectif|coalition|alliance|coordination)\b")),
)


class RelationshipAffiliation(models.Model):
    """Who belongs to whom (B6): an organisation is a member of a confederation, a federation, a network.

    It may belong to several, and they to others: meeting the head reaches all of them. Nobody belongs to itself,
    however far the way round is.
    """

    _name = "relationship.affiliation"
    _description = "Member of"
    _inherit = ["relationship.about.mixin"]
    _about = ("organisation_id", "umbrella_id")
    _order = "umbrella_id, organisation_id"
    _rec_name = "umbrella_id"

    organisation_id = fields.Many2one(
        "res.partner",
        "Member",
        required=True,
        index=True,
        ondelete="cascade",
        domain=lambda self: self._get_choice(),
    )
    umbrella_id = fields.Many2one(
        "res.partner",
        "Confederation, federation or network",
        required=True,
        index=True,
        ondelete="cascade",
        domain=lambda self: self._get_choice(),
    )
    kind = fields.Selection(KINDS, compute="_compute_kind", store=True, readonly=False, precompute=True, required=True)

    _pair_unique = models.UniqueIndex(
        "(organisation_id, umbrella_id)", "This organisation is noted as a member of that one already."
    )

    @api.model
    def _get_choice(self):
        """Return the domain of what may be an end of it: an organisation, and not our own."""
        return [("is_company", "=", True), ("id", "!=", self._get_own_id())]

    @api.model
    @ormcache("self.env.company.id")
    def _get_own_id(self):
        """Return the id of our own organisation; remembered, as each opening of a contact's form asks for it."""
        return self.env.company.sudo().partner_id.id

    @api.depends("umbrella_id")
    def _compute_kind(self):
        """Compute what the umbrella's name says; a person may say better."""
        for affiliation in self:
            name = fold(affiliation.umbrella_id.name)
            found = (kind for kind, pattern in KINDS_BY_NAME if pattern.search(name))
            affiliation.kind = next(found, "other")

    @api.depends("organisation_id", "umbrella_id")
    def _compute_display_name(self):
        for affiliation in self:
            names = (affiliation.organisation_id.name, affiliation.umbrella_id.name)
            affiliation.display_name = " → ".join(name or "" for name in names)

    @api.constrains("organisation_id", "umbrella_id")
    def _check_ends(self):
        """Refuse persons, and circles."""
        for partner in (self.organisation_id | self.umbrella_id).sudo():
            if not partner.is_company:
                raise ValidationError(
                    self.env._("%(name)s is a person: organisations alone are members of others.", name=partner.name)
                )
        circles = self._find_circles()
        for affiliation in self.sudo():
            one, other = affiliation.organisation_id, affiliation.umbrella_id
            if one == other:
                raise ValidationError(self.env._("%(name)s cannot be a member of itself.", name=one.name))
            if one.id in circles:
                raise ValidationError(
                    self.env._(
                        "%(name)s cannot be a member of %(umbrella)s, which belongs to it already: they would go round "
                        "in a circle.",
                        name=one.name,
                        umbrella=other.name,
                    )
                )

    def _find_circles(self):
        """Return the ids of the organisations of these that belong to themselves, however far the way round."""
        self.flush_model(["organisation_id", "umbrella_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE above (id, umbrella_id) AS (
                    SELECT organisation_id, umbrella_id FROM relationship_affiliation WHERE organisation_id = ANY(%s)
                     UNION
                    SELECT above.id, further.umbrella_id
                      FROM above
                      JOIN relationship_affiliation AS further ON further.organisation_id = above.umbrella_id
                )
                SELECT id FROM above WHERE id = umbrella_id
                """,
                self.organisation_id.ids,
            )
        )
        return {organisation_id for (organisation_id,) in rows}

    @api.model
    def _merge_ends(self, sources, destination):
        """Give the sources' places to the destination, before core moves what is left: pairs once, and no circle."""
        ends = sources | destination
        rows = self.sudo().search(["|", ("organisation_id", "in", ends.ids), ("umbrella_id", "in", ends.ids)])
        for row in rows.sorted(lambda each: (not {each.organisation_id, each.umbrella_id} & {destination}, each.id)):
            one, other = (destination if end in ends else end for end in (row.organisation_id, row.umbrella_id))
            same = self.sudo().search_count(
                [("organisation_id", "=", one.id), ("umbrella_id", "=", other.id), ("id", "!=", row.id)], limit=1
            )
            if one == other or same:
                row.unlink()
            elif (one, other) != (row.organisation_id, row.umbrella_id):
                values = {"organisation_id": one.id, "umbrella_id": other.id, "kind": row.kind}
                row.unlink()
                with suppress(ValidationError), self.env.cr.savepoint():
                    self.sudo().create(values)
