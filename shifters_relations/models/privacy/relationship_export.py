from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...groups import MEMBERS, ORGANISERS

ADDON_PREFIX = "shifters_relations"  # what the names of our addons begin with
TEAM_LISTS = {"res.partner"}  # lists that are the team's, though another addon made them
# Models of other addons that are the team's where the partners on these paths, or the record they are about, are
PARTNER_PATHS = {
    "res.partner": ["commercial_partner_id"],
    "mail.activity": ["relationship_partner_id"],
    "calendar.event": ["met_partner_ids", "partner_ids", "activity_ids.relationship_partner_id"],
    "calendar.attendee": ["partner_id"],
}


class RelationshipExport(models.Model):
    """A list that somebody took out in a file: who, what, how many rows, when, for those who answer for the data.

    Organisers and the pilot export with Odoo's own feature, contact members do not: what leaves the
    base is no longer kept in order by anybody. Noted in the transaction that reads the rows.
    """

    _name = "relationship.export"
    _description = "Export of a List"
    _rec_name = "model_id"
    _order = "id desc"

    model_id = fields.Many2one("ir.model", "List", required=True, readonly=True, ondelete="cascade")
    row_count = fields.Integer("Rows", readonly=True)
    columns = fields.Text(readonly=True)

    @api.model
    def _note(self, records, paths):
        """Note that records are exported, if they are the team's or tell what is the team's.

        :param list paths: for each column, the names of the fields that lead to it
        :raise AccessError: the user is a contact member
        """
        columns = [self._follow(records, path) for path in paths]
        if self._is_of_team(records, columns):
            labels = (" / ".join(field._description_string(self.env) for field in column) for column in columns)
            self._log(records._name, len(records), ", ".join(filter(None, labels)))

    @api.model
    def _note_view(self, name, count):
        """Note that what a view shows leaves as a file or as JSON, if its model is the team's or may tell what is.

        :param str name: of the model
        :param int count: rows
        :raise AccessError: the user is a contact member
        """
        if self._is_of_team(self.env[name], []) or (name in PARTNER_PATHS and self.env.user.has_group(MEMBERS)):
            self._log(name, count)

    @api.model
    def _log(self, name, count, columns=False):
        """Write down an export of the team's.

        :raise AccessError: the user is a contact member
        """
        user = self.env.user
        if user.has_group(MEMBERS) and not user.has_group(ORGANISERS):
            raise AccessError(
                self.env._(
                    "Organisers and the pilot export the team's lists: ask %(names)s.",
                    names=self.env["relationship.member"]._get_organiser_names(),
                )
            )
        self.sudo().create({"model_id": self.env["ir.model"]._get_id(name), "row_count": count, "columns": columns})

    @api.model
    def _is_of_team(self, records, columns):
        """Return whether an export concerns the team.

        It does where a model or a field is of ours; and, by a member, where it lists contacts, or
        leads to whom the team follows: their names, their renewals, promises and meetings.
        """
        made_by = [type(records)._original_module]
        made_by += [next(iter(field.base_field._modules), None) for column in columns for field in column]
        if any((module or "").startswith(ADDON_PREFIX) for module in made_by):
            return True
        if not self.env.user.has_group(MEMBERS):
            return False
        return records._name in TEAM_LISTS or any(map(self._is_about_followed, self._reach(records, columns)))

    @api.model
    def _reach(self, records, columns):
        """Yield the records of an export that may be about whom the team follows: its own, and its columns'."""
        if records._name in PARTNER_PATHS:
            yield records
        for column in columns:
            reached = records
            last = max((i for i, field in enumerate(column, 1) if field.comodel_name in PARTNER_PATHS), default=0)
            for field in column[:last]:
                reached = reached[field.name]
                if field.comodel_name in PARTNER_PATHS:
                    yield reached

    @api.model
    def _is_about_followed(self, records):
        """Return whether some records are of whom the team follows, or about them."""
        records = records.sudo()
        partners = (
            self.env["res.partner"].sudo().union(*(records.mapped(path) for path in PARTNER_PATHS[records._name]))
        )
        if "res_model" in records._fields:
            about = records.filtered(lambda each: each.res_model == "res.partner" and each.res_id)
            partners |= partners.browse(about.mapped("res_id")).exists()
        return any(partners.commercial_partner_id.mapped("relationship_stage"))

    @api.model
    def _follow(self, records, path):
        """Return the fields that the path of a column leads through, without those that are none (``.id``)."""
        model, found = records, []
        for name in path:
            field = model._fields.get(name.partition(".")[0])
            if field is None:
                break
            found.append(field)
            if not field.comodel_name:
                break
            model = self.env[field.comodel_name]
        return found


class Base(models.AbstractModel):
    _inherit = "base"

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        if _is_toplevel_call and not self.env.su:
            self.env["relationship.export"]._note(self, fields)
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
