from odoo import models
from odoo.tools import ormcache


class RelationshipChoiceMixin(models.AbstractModel):
    """A model of few rows that change seldom and that every page names: each server keeps them in its memory.

    A search, and whoever opens such a row itself, asks the database.
    """

    _name = "relationship.choice.mixin"
    _inherit = ["relationship.cached.mixin"]
    _description = "Choices"
    _kept = ("name",)

    def _fetch_field(self, field):
        """Extend core: a value that is kept costs no query."""
        if field.name in self._kept and not self.env.context.get("prefetch_langs"):
            self.check_access("read")
            rows = self._get_kept_rows()
            known = self.filtered(lambda record: record.id in rows)
            for rank, name in enumerate(self._kept):
                self._fields[name]._insert_cache(known, [rows[record.id][rank] for record in known])
            if known == self:
                return
        super()._fetch_field(field)

    @ormcache("self.env.lang")
    def _get_kept_rows(self):
        """Return the kept values of all rows, as caches hold them: dictionary of tuples by id."""
        everything = self.sudo().with_context(active_test=False).search_fetch([], self._kept)
        return {
            record.id: tuple(
                record._fields[name].convert_to_cache(record[name], record, validate=False) for name in self._kept
            )
            for record in everything
        }
