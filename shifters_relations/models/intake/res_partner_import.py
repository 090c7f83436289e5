from collections import defaultdict

from markupsafe import Markup
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...groups import MEMBERS
from ...texts import fold

# What is noted about persons; it does not make an organisation of a row.
PERSON_FIELDS = {
    "relationship_job_family_id",
    "relationship_is_decider",
    "relationship_person_source",
    "relationship_informed_on",
    "relationship_no_contact",
    "relationship_kept_until",
    "relationship_anonymised_on",
}


class ResPartner(models.Model):
    """A spreadsheet of organisations, through Odoo's own import.

    Only a file that maps a ``relationship_`` column is concerned. Its values may be in any
    installed language, or English. A row stands for the organisation of the same external id,
    otherwise of the same name; its empty cells leave what is known alone.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def get_import_templates(self):
        templates = super().get_import_templates()
        if not self.env.user.has_group(MEMBERS):
            return templates
        ours = {
            "label": self.env._("Import Template for Organisations"),
            "template": "/shifters_relations/static/xls/organisations.xlsx",
        }
        return [ours, *templates] if self.env.context.get("relationship_view") else [*templates, ours]

    @api.model
    def load(self, fields, data):
        if not any(name.startswith("relationship_") for name in fields):
            result = super().load(fields, data)
            if self.env.user.has_group(MEMBERS):
                result["messages"] += self._relationship_keep_objections(result["ids"])
            return result
        self.check_access("write")  # before external ids are taught
        fields, rows, messages = self._relationship_convert_import(list(fields), [list(row) for row in data])
        if any(message["type"] == "error" for message in messages):
            return {"ids": False, "messages": messages, "nextrow": 0}
        result = super().load(fields, rows)
        result["messages"] = messages + result["messages"] + self._relationship_keep_objections(result["ids"])
        return result

    @api.model
    def _relationship_keep_objections(self, ids):
        """Keep the wish of who asked not to be contacted, whatever a file says, or bears her address (G4).

        :param ids: what was imported, False if nothing was
        :return: a warning for each, for the import's result
        """
        partners = self.browse(ids or []).sudo().filtered(lambda each: not each.relationship_no_contact)
        emails = partners._relationship_get_emails()
        objecting = self.env["relationship.objection"]._get_objecting(partners._relationship_get_all_emails())
        found = partners.filtered(lambda partner: not objecting.isdisjoint(emails[partner]))
        if not found:
            return []
        found.relationship_no_contact = True
        said = self.env._("Do not contact: somebody with this address asked for it before this import.")
        found._message_log_batch({partner.id: Markup("<p>%s</p>") % said for partner in found})
        numbers = {partner_id: number for number, partner_id in enumerate(ids)}
        return [
            {
                "type": "warning",
                "record": numbers[partner.id],
                "rows": {"from": numbers[partner.id], "to": numbers[partner.id]},
                "field": "relationship_no_contact",
                "message": self.env._(
                    "Row %(row)s: %(name)s comes in as “Do not contact”: somebody with this address asked for it.",
                    row=numbers[partner.id] + 1,
                    name=partner.name,
                ),
            }
            for partner in found
        ]

    def _load_records_create(self, vals_list):
        for vals in vals_list:
            if self._relationship_is_import(vals):
                self._relationship_drop_empty(vals)
                if vals.setdefault("is_company", not vals.get("parent_id")):
                    vals.setdefault("relationship_stage", "candidate")
        return super()._load_records_create(vals_list)

    def _load_records_write(self, values):
        if not values.get("relationship_no_contact", True):
            del values["relationship_no_contact"]  # a file never says that somebody may be contacted again
        if self._relationship_is_import(values):
            self._relationship_drop_empty(values)
            if self.is_company and values.get("is_company", True) and not self.relationship_stage:
                values.setdefault("relationship_stage", "candidate")
        return super()._load_records_write(values)

    @api.model
    def _relationship_is_import(self, values):
        """Return whether a row says something of an organisation; what is known of persons makes none."""
        return any(name.startswith("relationship_") and name not in PERSON_FIELDS for name in values)

    @api.model
    def _relationship_drop_empty(self, values):
        empty = [name for name, value in values.items() if value is False or value == ""]
        for name in empty:
            if name != "is_company":
                del values[name]

    @api.model
    def _relationship_convert_import(self, fields, rows):
        """Turn words into records and find the organisations that exist.

        :param list fields: columns, as for :meth:`load`
        :param list rows: lists of texts
        :return: (columns, rows, messages) for the ORM's own ``load``
        """
        messages = []
        self._relationship_mark_persons(fields, rows)
        for index, name in enumerate(fields):
            field = self._fields.get(name)
            if field is None or not name.startswith("relationship_"):
                continue
            if field.type == "many2one":
                known = self._relationship_get_import_records(field.comodel_name)
                fields[index] = f"{name}/.id"
            elif field.type == "selection":
                known = self._relationship_get_import_keys(field)
            else:
                continue
            self._relationship_convert_column(name, index, rows, known, messages)
        fields, rows = self._relationship_match_existing(fields, rows)
        messages += self._relationship_keep_candidates(fields, rows)
        return fields, rows, messages

    @api.model
    def _relationship_mark_persons(self, fields, rows):
        """Fill the column that tells persons from organisations: a row without a parent is an organisation."""
        if "is_company" not in fields and "company_type" not in fields:
            return
        if "is_company" not in fields:
            fields.append("is_company")
            for row in rows:
                row.append("")
        column = fields.index("is_company")
        for row in rows:
            if not fold(row[column]):
                row[column] = "0" if self._relationship_is_person_row(fields, row) else "1"

    @api.model
    def _relationship_is_person_row(self, fields, row):
        """Return whether a row says that it is about a person: its kind, or the organisation it belongs to."""
        words = {fold(row[index]) for index, name in enumerate(fields) if name == "company_type"}
        kinds = self._relationship_get_import_keys(self._fields["company_type"])
        if kinds.get(next(iter(words), "")) == "person":
            return True
        parent = self._relationship_get_parent_column(fields)
        return parent is not None and bool(row[parent])

    @api.model
    def _relationship_get_parent_column(self, fields):
        return next((index for index, name in enumerate(fields) if name.split("/")[0] == "parent_id"), None)

    def _relationship_convert_column(self, name, index, rows, known, messages):
        """Replace the words of one column, or say which row has one that nobody knows."""
        label = self._fields[name]._description_string(self.env)
        for number, row in enumerate(rows):
            if not fold(row[index]):
                row[index] = ""
            elif fold(row[index]) in known:
                row[index] = str(known[fold(row[index])])
            else:
                messages.append(
                    {
                        "type": "error",
                        "record": number,
                        "rows": {"from": number, "to": number},
                        "field": name,
                        "field_name": label,
                        "field_path": [name],
                        "value": row[index],
                        "message": self.env._(
                            "Row %(row)s: “%(value)s” is no %(field)s that we know. Correct it, or add it in the "
                            "configuration first.",
                            row=number + 1,
                            value=row[index],
                            field=label.lower(),
                        ),
                    }
                )

    @api.model
    def _relationship_get_import_keys(self, field):
        """Return the keys of a selection by every label they have, in any installed language."""
        known = {}
        for code, _name in [("en_US", ""), *self.env["res.lang"].get_installed()]:
            for key, label in field._description_selection(self.with_context(lang=code).env):
                known[fold(label)] = key
        return known | {fold(key): key for key in known.values()}

    @api.model
    def _relationship_get_import_records(self, model_name):
        """Return ids by every name that records have, in any language; users by login and address too."""
        records = self.env[model_name].search([])  # pylint: disable=no-search-all
        if model_name == "res.users":
            members = records.sudo() & self._relationship_get_current_members()
            known = defaultdict(set)
            for user in members:
                for word in (user.name, user.login, user.email):
                    if word:
                        known[fold(word)].add(user.id)
            return {word: ids.pop() for word, ids in known.items() if len(ids) == 1}
        known = {}
        for code, _name in [("en_US", ""), *self.env["res.lang"].get_installed()]:
            for record in records.with_context(lang=code):
                known.setdefault(fold(record.name), record.id)
                known[fold(record.display_name)] = record.id
        return known

    def _relationship_match_existing(self, fields, rows):
        """Point each row to the organisation it stands for: by external id, then by name.

        A row that gives an external id nobody has, but the name of a known organisation, teaches
        that organisation its external id.
        """
        if ".id" in fields or "name" not in fields:
            return fields, rows
        names = [row[fields.index("name")] for row in rows]
        known = self._relationship_get_ids_by_name(names)
        parent = self._relationship_get_parent_column(fields)
        parents = [row[parent] for row in rows] if parent is not None else []
        persons = self._relationship_get_persons(names, parents)
        found, new = [], []
        for name, row in zip(names, rows, strict=True):
            partner_id = known.get(fold(name))
            if self._relationship_is_person_row(fields, row):
                partner_id = persons.get((fold(name), fold(row[parent]) if parent is not None else ""))
            xmlid = row[fields.index("id")] if "id" in fields else ""
            if xmlid and partner_id and not self._relationship_get_by_xmlid(xmlid):
                new.append({"xml_id": self._relationship_complete_xmlid(xmlid), "record": self.browse(partner_id)})
            found.append("" if xmlid else str(partner_id or ""))
        self.env["ir.model.data"].sudo()._update_xmlids(new)
        return [".id", *fields], [[partner_id, *row] for partner_id, row in zip(found, rows, strict=True)]

    @api.model
    def _relationship_complete_xmlid(self, xmlid):
        """Return an external id with its module, as ``load`` reads it."""
        return xmlid if "." in xmlid else f"{self.env.context.get('module', '__import__')}.{xmlid}"

    @api.model
    def _relationship_get_by_xmlid(self, xmlid):
        """Return the organisation of an external id, an empty recordset if nobody has it."""
        return self.env.ref(self._relationship_complete_xmlid(xmlid), raise_if_not_found=False) or self.browse()

    @api.model
    def _relationship_get_ids_by_name(self, names):
        """Return ids of the organisations of these names, by folded name; the oldest of several."""
        wanted = {fold(name) for name in names} - {""}
        known = {}
        query = self.with_context(active_test=False)._search([("is_company", "=", True)], order="id")
        for partner_id, name in self.env.execute_query(
            query.select(SQL.identifier("res_partner", "id"), SQL.identifier("res_partner", "name"))
        ):
            if fold(name) in wanted:
                known.setdefault(fold(name), partner_id)
        return known

    def _relationship_get_persons(self, names, parents):
        """Return ids of persons by their folded name and their organisation's; the oldest of several.

        A person of one of these organisations is known however her name is written, another one to the letter.
        """
        organisations = list(self._relationship_get_ids_by_name(parents).values()) if parents else []
        known = Domain("parent_id", "in", organisations) | Domain("name", "in", [name for name in names if name])
        persons = self.search(Domain("is_company", "=", False) & known, order="id desc")
        return {(fold(person.name), fold(person.parent_id.name)): person.id for person in persons}

    def _relationship_keep_candidates(self, fields, rows):
        """Leave as candidates the targets that would have no owner in the team, and say so."""
        if "relationship_stage" not in fields:
            return []
        columns = {name: index for index, name in enumerate(fields)}
        members = self._relationship_get_current_members()
        messages = []
        for number, row in enumerate(rows):
            if row[columns["relationship_stage"]] != "target":
                continue
            if self._relationship_get_import_owner(columns, row) not in members:
                row[columns["relationship_stage"]] = "candidate"
                messages.append(
                    {
                        "type": "warning",
                        "record": number,
                        "rows": {"from": number, "to": number},
                        "field": "relationship_stage",
                        "message": self.env._(
                            "Row %(row)s: %(name)s stays a candidate, since nobody of the team is its contact owner.",
                            row=number + 1,
                            name=row[columns["name"]] if "name" in columns else "",
                        ),
                    }
                )
        return messages

    def _relationship_get_import_owner(self, columns, row):
        """Return the contact owner that a row would give its organisation."""

        def record(column, model_name):
            value = row[columns[column]] if column in columns else ""
            return self.env[model_name].browse(int(value) if value else False)

        owner = record("relationship_owner_id/.id", "res.users")
        known = record(".id", "res.partner")
        if not known and "id" in columns and row[columns["id"]]:
            known = self._relationship_get_by_xmlid(row[columns["id"]])
        sector = record("relationship_sector_id/.id", "relationship.sector") or known.relationship_sector_id
        return owner or known.relationship_owner_id or sector.sudo()._get_member().user_id
