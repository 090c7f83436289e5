from odoo import api, fields, models
from odoo.fields import Domain

from ...names import Name


class RelationshipSector(models.Model):
    """A field of activity; the tree belongs to the team (Q2).

    A sector gives its organisations, where nothing else is said, an owner and a cadence: its
    own, otherwise those of its nearest ancestor that has one (T3).
    """

    _name = "relationship.sector"
    _inherit = ["relationship.choice.mixin"]
    _description = "Sector"
    _parent_store = True
    _rec_name = "complete_name"
    _order = "name, id"
    _kept = ("name", "parent_id", "parent_path")

    name = Name(required=True, translate=True)
    complete_name = fields.Char(
        "Full name", compute="_compute_complete_name", recursive=True, search="_search_complete_name"
    )
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one("relationship.sector", "Part of", index=True, ondelete="restrict")
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("relationship.sector", "parent_id", "Sub-sectors")
    member_id = fields.Many2one(
        "relationship.member",
        "Member in charge",
        index="btree_not_null",
        ondelete="set null",
        help="Becomes the contact owner of the sector's new organisations. Empty: as in the sector above.",
    )
    cadence_id = fields.Many2one(
        "relationship.cadence", "Usual cadence", ondelete="restrict", help="Empty: as in the sector above."
    )

    @api.depends("name", "parent_id.complete_name")
    @api.depends_context("lang")
    def _compute_complete_name(self):
        for sector in self:
            parent = sector.parent_id.complete_name
            sector.complete_name = f"{parent} / {sector.name}" if parent else sector.name

    @api.depends_context("lang")
    def _compute_display_name(self):
        return super()._compute_display_name()

    @api.model
    def name_create(self, name):
        """Take the name typed: the full name is a result."""
        sector = self.create({"name": name})
        return sector.id, sector.display_name

    def _search_complete_name(self, operator, value):
        """Search the sector's own name; where a path is given, the names of those above it too."""
        if operator == "in":
            return Domain.OR(self._search_complete_name("=", each) for each in value)
        if operator not in ("=", "=ilike", "=like", "ilike", "like"):
            return NotImplemented
        above, slash, name = str(value or "").rpartition(" / ")
        own = Domain("name", operator, value)
        return (
            own | Domain("name", operator, name) & Domain("parent_id.complete_name", operator, above) if slash else own
        )

    def _get_member(self):
        """Return the current member in charge: the sector's, else the nearest ancestor's (T3)."""
        return self._get_nearest("member_id", lambda sector: sector.member_id.is_current)

    def _get_cadence(self):
        """Return the usual cadence: the sector's, else the nearest ancestor's."""
        return self._get_nearest("cadence_id", lambda sector: sector.cadence_id)

    def _get_root(self):
        """Return the sector at the top of the tree that this one is part of."""
        return self.browse(int(self.parent_path.split("/")[0])) if self.parent_path else self

    def _get_nearest(self, field_name, condition):
        """Return a field's value on the sector, or on its nearest ancestor that meets a condition."""
        sector = self
        while sector and not condition(sector):
            sector = sector.parent_id
        return sector[field_name]
