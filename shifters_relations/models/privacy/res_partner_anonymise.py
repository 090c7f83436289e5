import json
from collections import namedtuple

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from ...emails import split_emails
from ...forgotten import Person
from ...texts import map_texts
from ..loop.res_partner import BATCH
from .held import get_emptied, get_gone, get_records
from .res_partner_mention import ADDRESSES

# Where a name is taken out of texts; in other apps (invoices, contracts…) it is only told that it is there.
REWRITTEN = ("relationship.", "mail.", "calendar.", "discuss.", "bus.", "ir.attachment", "ir.filters", "ir.logging")
REWRITTEN += ("base.partner.merge", "base_import.", "privacy.", "sms.", "snailmail.")
# What a file says inside stays there: somebody has to look at it.
NOT_REWRITTEN = {("ir.attachment", "index_content")}
CLEARED_TYPES = ("char", "text", "html", "image", "binary", "date", "float")
KEPT = {"name", "relationship_anonymised_on"}

# How texts name some persons, what is held on them, the texts that will change and all that name them (ids by
# model and field), and the persons, with their further addresses.
Plan = namedtuple("Plan", "naming held texts found persons")


class ResPartner(models.Model):
    """Forgetting a person, and keeping the organisation's history (G5).

    The rows that are about her alone go; those that are the organisation's history stay, with
    *Anonymised person* in her place; and wherever else a text of ours names her, these words
    stand instead. What cannot be undone is the pilot's to do.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def action_relationship_anonymise(self):
        """Show what will be forgotten, and ask.

        :raise AccessError: the user is no pilot
        :raise UserError: one is an organisation, or has an account
        """
        self._relationship_check_pilot()
        self._relationship_check_anonymise()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Anonymise"),
            "res_model": "relationship.anonymise",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_person_ids": self.ids},
        }

    def _relationship_anonymise(self, never_again=False, in_texts=True, plan=None):
        """Forget these persons, for good.

        :param bool never_again: refuse their addresses from now on, as those who want no contact always are
        :param bool in_texts: take them out of the team's texts too
        :param Plan plan: what was found just now
        :return: (texts changed, texts that still name them), both dictionaries of ids by (model, field)
        :raise UserError: one is an organisation, or has an account
        """
        self._relationship_check_pilot()
        self._relationship_check_anonymise()
        naming, held, texts, found, persons = plan or self._relationship_plan_forgetting(in_texts)
        objecting = persons if never_again else persons.filtered("relationship_no_contact")
        refused = get_gone(held)["mail.blacklist"].filtered("active")
        emails = [*objecting._relationship_get_all_emails(), *refused.mapped("email")]
        self.env["relationship.objection"]._remember(emails)
        refusing = persons.filtered(lambda person: {*split_emails(person.email)} & {*emails}) | objecting
        refusing._relationship_list(is_refused=True, in_texts=in_texts)
        (persons - refusing)._relationship_list(in_texts=in_texts)
        persons._relationship_forget(held)
        self.sudo()._relationship_replace_texts(naming, texts)
        left = self.sudo()._relationship_find_texts(naming, {model for model, _name in found})
        said = Markup("<p>%s</p>") % self.env._("Anonymised by %(name)s.", name=self.env.user.name)
        persons._message_log_batch(dict.fromkeys(persons.ids, said))
        return texts, {place: ids for place, ids in left.items() if not self.env[place[0]]._transient}

    def _relationship_list(self, **options):
        """Note on the list outside the database that these persons are anonymised.

        :param options: how, as a :class:`forgotten.Entry` has it
        """
        privacy = self.env["relationship.privacy"]
        privacy._add_to_list([{"person": person._relationship_get_row(), **options} for person in self])

    def _relationship_list_merged(self, destination):
        """Note on that list that these persons were merged into another one: who forgets her forgets them."""
        into = destination._relationship_get_row()
        persons = self.filtered(lambda partner: not partner.is_company)
        privacy = self.env["relationship.privacy"]
        privacy._add_to_list([{"person": person._relationship_get_row(), "into": into} for person in persons])

    def _relationship_get_row(self):
        """Return how the list tells this person."""
        return Person(self.id, self.create_date.isoformat() if self.create_date else "")

    def _relationship_forget_again(self):
        """Forget, as they were before, persons whom a backup has brought back.

        :raise UserError: one has an account again
        """
        listed = self.env["relationship.privacy"]._get_list()
        lang = self.env["res.lang"]._relationship_choose()
        entries = {person: listed[row] for person in self if (row := person._relationship_get_row()) in listed}
        known = self.filtered(entries.get)
        # Together: a name that two of them bear is no name of somebody else.
        ways = known.grouped(lambda person: (entries[person].is_refused, entries[person].in_texts))
        for (is_refused, in_texts), persons in ways.items():
            persons.with_context(lang=lang)._relationship_anonymise(is_refused, in_texts)

    def _relationship_plan_forgetting(self, in_texts=True):
        """Find all that forgetting these persons concerns, once: what is shown is what is done.

        :rtype: Plan
        """
        persons = self.sudo().with_context(active_test=False, tracking_disable=True)._relationship_with_addresses()
        naming, held = persons._relationship_get_naming(), persons._relationship_get_held()
        found = persons._relationship_find_texts(naming)
        texts = persons._relationship_keep_rewritten(found, held) if in_texts else {}
        return Plan(naming, held, texts, found, persons)

    def _relationship_check_anonymise(self):
        """Check that these are persons without an account.

        :raise UserError: there is somebody else
        """
        self._relationship_check_persons()
        for partner in self.sudo().with_context(active_test=False):
            if partner.user_ids:
                raise UserError(
                    self.env._("%(name)s has an account here: the administrator deletes it first.", name=partner.name)
                )

    def _relationship_with_addresses(self):
        """Return these persons with their further addresses, archived ones too, and the addresses of these."""
        children = self.with_context(active_test=False).search([("parent_id", "in", self.ids)])
        children = children.filtered(lambda child: not child.is_company and not child.user_ids).with_env(self.env)
        return self | children._relationship_with_addresses() if children else self

    def _relationship_forget(self, held):
        """Delete or empty, as superuser, the rows that are about these persons.

        :param list held: the kinds, as :meth:`_relationship_get_kinds` declares them
        """
        changing = [kind for kind in held if not kind.stays]
        get_records(changing)  # some are found through others that go
        for kind in changing:
            kind.apply()
        self._relationship_empty()

    def _relationship_empty(self):
        """Leave of the persons themselves that they were there."""
        values = dict.fromkeys(self._relationship_get_cleared_fields(), False)
        values |= {
            "name": self._relationship_get_nobody(),
            "active": False,
            "relationship_is_decider": False,
            "relationship_job_family_id": False,
            "relationship_no_contact": True,
            "relationship_anonymised_on": fields.Date.context_today(self),
        }
        self.write(values)

    @api.model
    def _relationship_get_nobody(self):
        """Return what stands instead of a name."""
        return self.env._("Anonymised person")

    def _relationship_get_cleared_fields(self):
        """Return the fields of a person that may say who she is: those in which something can be typed."""
        return [
            name
            for name, field in self._fields.items()
            if field.type in CLEARED_TYPES
            and field.store
            and name not in KEPT
            and not (field.readonly or field.required or field.company_dependent)
        ] + ["barcode", "category_id", "country_id", "state_id"]

    # Texts

    @api.model
    def _relationship_is_rewritten(self, model, name):
        """Return whether names are taken out of a text: only where the team writes. Addons add their models.

        What is computed follows its sources.
        """
        field = self.env[model]._fields[name]
        if field.compute and field.readonly:
            return False
        if model == self._name:
            return name == "comment" or name.startswith("relationship_")
        return model.startswith(REWRITTEN) and (model, name) not in NOT_REWRITTEN

    def _relationship_keep_rewritten(self, found, held):
        """Return the texts in which *Anonymised person* will stand, without those that go or are emptied.

        :param dict found: as :meth:`_relationship_find_texts` gives it
        :param list held: the kinds of what is held on them
        :return: the same as ``found``, fewer
        """
        kept = {}
        gone, emptied = get_gone(held), get_emptied(held)
        going = {model: set(records.ids) for model, records in gone.items()} | {self._name: set(self.ids)}
        sent = gone["mail.mail"].filtered(lambda mail: not mail.is_notification)
        going["mail.message"] = going["mail.message"] | set(sent.mail_message_id.ids)
        for (model, name), ids in found.items():
            if not self._relationship_is_rewritten(model, name):
                continue
            records = self.env[model].browse(ids) - emptied.get((model, name), self.env[model])
            records = records.filtered(lambda record: not self._relationship_is_going(record, going))
            if records:
                kept[model, name] = records.ids
        return kept

    @api.model
    def _relationship_is_going(self, record, going):
        """Return whether a record is deleted, or goes with one that is.

        :param dict going: sets of ids by model
        """
        return record.id in going.get(record._name, ()) or any(
            field.type == "many2one" and field.store and field.ondelete == "cascade" and record[name].id in going[model]
            for name, field in record._fields.items()
            if (model := field.comodel_name) in going and model != self._name
        )

    @api.model
    def _relationship_replace_texts(self, naming, texts):
        """Put *Anonymised person* wherever these texts name somebody; two queries for each column.

        In SQL: a correction of the team's memory is no new version of it, and goes through no rule.
        What is derived from the texts follows.

        :param Naming naming: how texts name them
        :param dict texts: ids by (model, field)
        """
        changed = {}
        for (model, name), ids in texts.items():
            self._relationship_rewrite(model, name, ids, naming)
            changed.setdefault(model, {})[name] = ids
        for model, names in changed.items():
            records = self.env[model].browse(sorted(set().union(*names.values())))
            records.invalidate_recordset(flush=False)
            for batch in split_every(BATCH, records.ids, records.browse):
                batch.modified(list(names))

    @api.model
    def _relationship_rewrite(self, model, name, ids, naming):
        """Replace in one column what names somebody."""
        table, column = SQL.identifier(self.env[model]._table), SQL.identifier(name)
        column_type, nobody = self.env[model]._fields[name].column_type[0], self._relationship_get_nobody()
        rows = self.env.execute_query(SQL("SELECT id, %s FROM %s WHERE id = ANY(%s)", column, table, ids))

        def change(text):
            return naming.replace(text, nobody, only_emails=name in ADDRESSES)

        values = [map_texts(change, value) for _id, value in rows]
        self.env.execute_query(
            SQL(
                "UPDATE %(table)s SET %(column)s = changed.text::%(type)s"
                " FROM unnest(%(ids)s, %(texts)s) AS changed (id, text)"
                " WHERE %(table)s.id = changed.id RETURNING %(table)s.id",
                table=table,
                column=column,
                type=SQL.identifier(column_type),
                ids=[row_id for row_id, _value in rows],
                texts=[value if isinstance(value, str) else json.dumps(value) for value in values],
            )
        )
