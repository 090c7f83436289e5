from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL


class ResPartner(models.Model):
    """What a page lists of organisations: most lists of most organisations are empty, and all come in one query."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _fetch_query(self, query, fields):
        """Extend core: where several lists are asked for, and one of ours is, they are read together."""
        lists = [field for field in fields if self._relationship_is_list(field)]
        if len(lists) < 2 or not any(field.name.startswith("relationship_") for field in lists):
            return super()._fetch_query(query, fields)
        fetched = super()._fetch_query(query, [field for field in fields if field not in lists])
        if fetched:
            fetched._relationship_read_lists(lists)
        return fetched

    def _relationship_is_list(self, field):
        """Return whether core reads a field as the lines that point to these partners, and nothing besides."""
        if type(field).read is not fields.One2many.read:
            return False
        return self.env[field.comodel_name]._fields[field.inverse_name].type == "many2one"

    def _relationship_read_lists(self, lists):
        """Read some lists, each with the rights on its lines and in its order, in one query.

        :param lists: one2many fields
        """
        arrays = []
        for field in lists:
            lines = self.env[field.comodel_name].with_context(**{"active_test": False, **field.context})
            domain = field.get_comodel_domain(self) & fields.Domain(field.inverse_name, "in", self.ids)
            query = lines._search(domain, order=lines._order)
            pair = SQL(
                "ARRAY[%s, %s]",
                lines._field_to_sql(query.table, field.inverse_name, query),
                SQL.identifier(query.table, "id"),
            )
            arrays.append(SQL("ARRAY(%s)", query.select(pair)))
        [row] = self.env.execute_query(SQL("SELECT %s", SQL(", ").join(arrays)))
        for field, pairs in zip(lists, row, strict=True):
            line_ids = defaultdict(tuple)
            for partner_id, line_id in pairs:
                line_ids[partner_id] += (line_id,)
            field._insert_cache(self, [line_ids[partner_id] for partner_id in self._ids])
