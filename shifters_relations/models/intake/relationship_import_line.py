from odoo import fields, models

from ...names import Name
from .relationship_import import DECISIONS


class RelationshipImportLine(models.Model):
    """One organisation or person of a list, and what becomes of it (B2, B3).

    ``values`` is what the list says, as it is written; ``changes`` is what of it changes the base, in words:
    ``{field: [old, new]}``. ``written`` is what was written and what stood there, by which undoing compares.
    """

    _name = "relationship.import.line"
    _description = "Line of a List"
    _order = "import_id, sequence, id"

    import_id = fields.Many2one("relationship.import", "List", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(readonly=True)
    kind = fields.Selection([("organisation", "Organisation"), ("person", "Person")], required=True, readonly=True)
    name = Name(readonly=True)
    rows = fields.Char(readonly=True, help="Where it stands in the file, as people count its rows.")
    detail = fields.Char(readonly=True, help="What tells it from another one: its town, or its address.")
    organisation_line_id = fields.Many2one(
        "relationship.import.line", "Of the organisation", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    person_line_ids = fields.One2many("relationship.import.line", "organisation_line_id", "Persons")
    decision = fields.Selection(DECISIONS, required=True, default="ask")
    partner_id = fields.Many2one("res.partner", "In the base", index="btree_not_null", ondelete="set null")
    candidate_ids = fields.Many2many(
        "res.partner",
        "relationship_import_line_candidate_rel",
        "line_id",
        "partner_id",
        "Could be",
        context={"active_test": False},
        readonly=True,
    )
    changes = fields.Json(readonly=True)
    changes_html = fields.Html("What changes", compute="_compute_changes_html", sanitize=False)
    reason = fields.Char("Why", readonly=True)
    values = fields.Json(readonly=True)
    contacts = fields.Json("Past contacts", readonly=True)
    written = fields.Json(readonly=True)
    progress = fields.Selection(
        [("applied", "Written"), ("undone", "Taken back"), ("kept", "Not taken back")], "Done", readonly=True
    )

    def _compute_changes_html(self):
        for line in self:
            line.changes_html = False
