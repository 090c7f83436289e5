from odoo import api, models


class RelationshipNamingMixin(models.AbstractModel):
    """What points to a partner: it names it to nobody who may not read that partner.

    Core names what a record points to whoever reads the record, in whichever way it is read or grouped.
    """

    _name = "relationship.naming.mixin"
    _description = "Naming Partners"

    @api.depends(lambda self: (self._rec_name,) if self._rec_name else ())
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        """Extend core, which asks as superuser for what bears a partner's name."""
        result = super()._compute_display_name()
        if self._get_naming([self._rec_name]):
            hidden = self._say_hidden_in(self._rec_name)
            for record, whole in zip(self, self.sudo(), strict=True):
                record.display_name = hidden.get(whole[self._rec_name].id, record.display_name)
        return result

    def _read_format(self, fnames, load="_classic_read"):
        values_list = super()._read_format(fnames, load)
        for name in self._get_naming(fnames) if load == "_classic_read" else ():
            self._rename_pairs(values_list, name)
        return values_list

    @api.readonly
    def web_read(self, specification):
        """Extend core."""
        values_list = super().web_read(specification)
        for name in self._get_naming(specification):
            if "display_name" in specification[name].get("fields", ()):
                told = [values[name] for values in values_list if values[name]]
                hidden = self._say_hidden(each["id"] for each in told)
                for each in told:
                    each["display_name"] = hidden.get(each["id"], each["display_name"])
        return values_list

    @api.model
    def _read_group_format_result(self, rows_dict, lazy_groupby):
        result = super()._read_group_format_result(rows_dict, lazy_groupby)
        for name in self._get_naming(lazy_groupby):
            self._rename_pairs(rows_dict, name)
        return result

    def _web_read_group_groupby_formatter(self, groupby_spec, values):
        formatter = super()._web_read_group_groupby_formatter(groupby_spec, values)
        if not self._get_naming([groupby_spec]):
            return formatter
        hidden = self._say_hidden(value.id for value in values if value)

        def formatter_naming(value):
            told, domain = formatter(value)
            return told and (told[0], hidden.get(told[0], told[1])), domain

        return formatter_naming

    @api.model
    def _get_naming(self, fnames):
        """Return those among the names of fields that name one partner."""
        fields = ((name, self._fields.get(name)) for name in fnames)
        return [
            name for name, field in fields if field and field.type == "many2one" and field.comodel_name == "res.partner"
        ]

    @api.model
    def _say_hidden(self, ids):
        """Return what is said in the place of each partner that the reader may not read, by its id."""
        partners = self.env["res.partner"].browse({each for each in ids if isinstance(each, int) and each})
        organisation, person = (
            self.env._("an organisation that you may not read"),
            self.env._("somebody whom you may not read"),
        )
        hidden = partners - partners._filtered_access("read")
        return {each.id: organisation if each.is_company else person for each in hidden.sudo()}

    def _say_hidden_in(self, name):
        """Return the same for the partners of a field, where a name is made of theirs; pages of who is no user say all.

        :param str name: of the field
        """
        if not self.env.user._is_internal():
            return {}
        return self.sudo(False)._say_hidden(self.sudo()[name]._ids)

    @api.model
    def _rename_pairs(self, values_list, name):
        """Say what is said in the place of hidden partners, in the pairs of an id and a name that core has read."""
        hidden = self._say_hidden(values[name][0] for values in values_list if values[name])
        for values in values_list:
            if values[name] and values[name][0] in hidden:
                values[name] = (values[name][0], hidden[values[name][0]])
