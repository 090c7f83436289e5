import re

from markupsafe import Markup
from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every
from odoo.tools.mail import email_split_and_format

from ..emails import split_emails
from .res_partner import BATCH

# Where a name is taken out of texts; in other apps (invoices, contracts…) it is only told that it is there.
REWRITTEN = ("relationship.", "mail.", "calendar.", "discuss.", "bus.", "ir.attachment", "ir.filters", "ir.logging")
REWRITTEN += ("base.partner.merge", "base_import.", "privacy.", "sms.", "snailmail.")
# What a file says inside stays there: somebody has to look at it. The text that is searched follows its sources.
NOT_REWRITTEN = {("ir.attachment", "index_content"), ("relationship.synthesis", "folded_text")}
TAG = re.compile("<[^<>]*>")
CLEARED_TYPES = ("char", "text", "html", "image", "binary", "date", "float")
KEPT = {"name", "relationship_anonymised_on"}


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

    def _relationship_anonymise(self, never_again=False, in_texts=True):
        """Forget these persons, for good.

        :param bool never_again: refuse their addresses from now on, as those who want no contact always are
        :param bool in_texts: take them out of the team's texts too
        :return: where they are still named: dictionary of ids by (model, field)
        :raise UserError: one is an organisation, or has an account
        """
        self._relationship_check_pilot()
        self._relationship_check_anonymise()
        persons = self.sudo().with_context(active_test=False, tracking_disable=True)
        persons = persons._relationship_with_addresses()
        patterns = persons._relationship_get_patterns()
        objecting = persons if never_again else persons.filtered("relationship_no_contact")
        refused = persons._relationship_get_refusals().filtered("active")
        emails = [*objecting._relationship_get_all_emails(), *refused.mapped("email")]
        self.env["relationship.objection"]._remember(emails)
        persons._relationship_forget()
        left = self.sudo()._relationship_replace_texts(patterns, in_texts)
        for person in persons:
            person._message_log(
                body=Markup("<p>%s</p>") % self.env._("Anonymised by %(name)s.", name=self.env.user.name)
            )
        return left

    def _relationship_check_anonymise(self):
        """Persons without an account only.

        :raise UserError: there is somebody else
        """
        self._relationship_check_persons()
        for partner in self.sudo().with_context(active_test=False):
            if partner.user_ids:
                raise UserError(
                    self.env._("%(name)s has an account here: the administrator deletes it first.", name=partner.name)
                )

    def _relationship_with_addresses(self):
        """These persons with their further addresses, archived ones too, and the addresses of these."""
        children = self.with_context(active_test=False).child_ids
        children = children.filtered(lambda child: not child.is_company and not child.user_ids).with_env(self.env)
        return self | children._relationship_with_addresses() if children else self

    def _relationship_forget(self):
        """As superuser, delete or empty the rows that are about these persons: a hook.

        The persons themselves are emptied last, so that what is linked by an address is found.
        """
        mails = self._relationship_get_mails()
        messages = self.env["mail.message"].search([("model", "=", self._name), ("res_id", "in", self.ids)])
        written = self.env["mail.message"].search([("author_id", "in", self.ids)]) - messages
        (messages.attachment_ids | self._relationship_get_attachments()).unlink()
        emails = set(self._relationship_get_own_emails())
        to_others = mails.filtered(lambda mail: mail.recipient_ids - self or set(split_emails(mail.email_to)) - emails)
        to_others.write({"recipient_ids": [Command.unlink(person_id) for person_id in self.ids]})
        for mail in to_others.filtered("email_to"):
            kept = [each for each in email_split_and_format(mail.email_to) if emails.isdisjoint(split_emails(each))]
            mail.email_to = ", ".join(kept)
        (mails - to_others).unlink()
        self._relationship_forget_refusals()
        messages.exists().unlink()
        written.exists().write({"body": False, "email_from": False, "reply_to": False})
        for name, column in (("mail.notification", "res_partner_id"), ("mail.followers", "partner_id")):
            self.env[name].search([(column, "in", self.ids)]).unlink()
        self.env["mail.activity"].search([("res_model", "=", self._name), ("res_id", "in", self.ids)]).unlink()
        self.env["ir.model.data"].search([("model", "=", self._name), ("res_id", "in", self.ids)]).unlink()
        self.bank_ids.unlink()
        self._relationship_empty()

    def _relationship_forget_refusals(self):
        """The addresses go from the black lists; their wish is remembered by a key."""
        refusals = self._relationship_get_refusals()
        self.env["mail.message"].search([("model", "=", refusals._name), ("res_id", "in", refusals.ids)]).unlink()
        refusals.unlink()
        if "phone.blacklist" in self.env:  # another addon's, usually there
            numbers = [phone for phone in self.mapped("phone_sanitized") if phone]
            self.env["phone.blacklist"].with_context(active_test=False).search([("number", "in", numbers)]).unlink()

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
        self.env["ir.attachment"].search([("res_model", "=", self._name), ("res_id", "in", self.ids)]).unlink()

    @api.model
    def _relationship_get_nobody(self):
        """What stands instead of a name."""
        return self.env._("Anonymised person")

    def _relationship_get_cleared_fields(self):
        """The fields of a person that may say who she is: those in which something can be typed."""
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
        """Whether names are taken out of a text: only where the team writes. Other addons add their own models."""
        if model == self._name:
            return name == "comment" or name.startswith("relationship_")
        return model.startswith(REWRITTEN) and (model, name) not in NOT_REWRITTEN

    @api.model
    def _relationship_replace_texts(self, patterns, in_texts=True):
        """Put *Anonymised person* wherever one of our texts names somebody; two queries for each column with a hit.

        In SQL: a correction of the team's memory is no new version of it, and goes through no rule.
        What is derived from the texts follows.

        :param dict patterns: as :meth:`_relationship_get_patterns` gives them
        :param bool in_texts: False leaves all of them as they are
        :return: the texts that still name somebody: dictionary of ids by (model, field)
        """
        found, changed = self._relationship_find_texts(patterns), {}
        for (model, name), ids in found.items():
            if in_texts and self._relationship_is_rewritten(model, name):
                self._relationship_rewrite(model, name, ids, patterns)
                changed.setdefault(model, {})[name] = ids
        for model, names in changed.items():
            records = self.env[model].browse(sorted(set().union(*names.values())))
            records.invalidate_recordset(flush=False)
            for batch in split_every(BATCH, records.ids, records.browse):
                batch.modified(list(names))
        left = self._relationship_find_texts(patterns, {model for model, _name in found})
        return {place: ids for place, ids in left.items() if not self.env[place[0]]._transient}

    @api.model
    def _relationship_rewrite(self, model, name, ids, patterns):
        """Replace in one column what the patterns find; tags between the words of a name stay where they are."""
        table, column = SQL.identifier(self.env[model]._table), SQL.identifier(name)
        pattern, nobody = re.compile("|".join(patterns.values())), self._relationship_get_nobody()
        rows = self.env.execute_query(SQL("SELECT id, %s::text FROM %s WHERE id = ANY(%s)", column, table, ids))
        texts = [pattern.sub(lambda found: nobody + "".join(TAG.findall(found[0])), text) for _id, text in rows]
        self.env.execute_query(
            SQL(
                "UPDATE %(table)s SET %(column)s = changed.text::%(type)s"
                " FROM unnest(%(ids)s, %(texts)s) AS changed (id, text)"
                " WHERE %(table)s.id = changed.id RETURNING %(table)s.id",
                table=table,
                column=column,
                type=SQL.identifier(self.env[model]._fields[name].column_type[0]),
                ids=[row_id for row_id, _text in rows],
                texts=texts,
            )
        )
