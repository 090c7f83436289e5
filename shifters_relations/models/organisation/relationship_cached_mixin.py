from odoo import api, models


class RelationshipCachedMixin(models.AbstractModel):
    """A model of which each server keeps something in its memory, and forgets it as the database changes.

    Until then, what was written is in the transaction's own cache.
    """

    _name = "relationship.cached.mixin"
    _description = "Kept in Memory"
    _kept = ()  # stored fields that what is kept comes from, and that nothing but the ORM changes

    def _create(self, data_list):
        records = super()._create(data_list)
        self.env.registry.clear_cache()
        return records

    def _write_multi(self, vals_list):
        result = super()._write_multi(vals_list)
        if any(not vals.keys().isdisjoint(self._kept) for vals in vals_list):
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
