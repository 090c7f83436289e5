from odoo import api, models
from odoo.tools import ormcache


class RelationshipChoiceMixin(models.AbstractModel):
    """A model of few rows that change seldom and that every page names: each server keeps them in its memory.

    A search, and whoever opens such a row itself, asks the database.
    """

    _name = "relationship.choice.mixin"
    _description = "Choices"
    _kept = ("name",)  # stored fields that nothing but the ORM changes

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

    # Forgotten as the database changes: until then, what was written is in the transaction's own cache.

    def _create(self, data_list):
        records = super()._create(data_list)
        self.env.registry.clear_cache()
        return records

    def _write_multi(self, vals_list):
        result = super()._write_multi(vals_list)
        if any(vals.keys() & self._kept for vals in vals_list):
            self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_forget(self):
        self.env.registry.clear_cache()

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        result = super()._update_field_translations(field_name, translations, digest=digest, source_lang=source_lang)
        if field_name in self._kept:
            self.env.registry.clear_cache()
        return result
