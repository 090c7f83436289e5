from markupsafe import Markup
from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from .res_partner import BATCH

# Where a name is taken out of texts; in other apps (invoices, contracts…) it is only told that it is there.
REWRITTEN = ("relationship.", "mail.", "calendar.", "discuss.", "bus.", "ir.attachment", "ir.filters", "ir.logging")
REWRITTEN += ("base.partner.merge", "base_import.", "privacy.", "sms.", "snailmail.")
# What a file says inside stays in the file: somebody has to look at it.
NOT_REWRITTEN = {("ir.attachment", "index_content")}
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

    def _relationship_anonymise(self, never_again=False):
        """Forget these persons, for good.

        :param bool never_again: refuse their addresses from now on, as those who want no contact always are
        :return: where they are still named: dictionary of ids by (model, field)
        :raise UserError: one is an organisation, or has an account
        """
        self._relationship_check_pilot()
        self._relationship_check_anonymise()
        persons = self.sudo().with_context(active_test=False, tracking_disable=True, mail_notrack=True)
        persons |= persons._relationship_get_addresses()
        pattern = persons._relationship_get_pattern()
        objecting = persons if never_again else persons.filtered("relationship_no_contact")
        self.env["relationship.objection"]._remember(
            [*objecting.mapped("email"), *persons._relationship_get_refused_emails()]
        )
        persons._relationship_forget()
        left = persons._relationship_replace_texts(pattern)
        for person in persons:
            person._message_log(
                body=Markup("<p>%s</p>") % self.env._("Anonymised by %(name)s.", name=self.env.user.name)
            )
        return left

    def _relationship_get_pattern(self):
        """How texts name any of these persons, empty if no text can be told to mean one of them."""
        return "|".join(each for person in self for each in person._relationship_get_patterns(self).values())

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

    def _relationship_get_addresses(self):
        """The further addresses of these persons, and theirs."""
        children = self.child_ids.filtered(lambda child: not child.is_company and not child.user_ids)
        return children | children._relationship_get_addresses() if children else children

    def _relationship_get_refused_emails(self):
        """Addresses of these persons that were refused elsewhere, in what will be forgotten: a hook."""
        return []

    def _relationship_forget(self):
        """As superuser, delete or empty the rows that are about these persons: a hook.

        The persons themselves are emptied last, so that what is linked by an address is found.
        """
        mails = self._relationship_get_mails()
        messages = self.env["mail.message"].search([("model", "=", self._name), ("res_id", "in", self.ids)])
        written = self.env["mail.message"].search([("author_id", "in", self.ids)]) - messages
        (messages.attachment_ids | self._relationship_get_attachments()).unlink()
        to_others = mails.filtered(lambda mail: mail.recipient_ids - self)
        to_others.write({"recipient_ids": [Command.unlink(person_id) for person_id in self.ids]})
        (mails - to_others).unlink()
        messages.exists().unlink()
        written.exists().write({"body": False, "email_from": False, "reply_to": False})
        for name, column in (("mail.notification", "res_partner_id"), ("mail.followers", "partner_id")):
            self.env[name].search([(column, "in", self.ids)]).unlink()
        self.env["mail.activity"].search([("res_model", "=", self._name), ("res_id", "in", self.ids)]).unlink()
        self.env["ir.model.data"].search([("model", "=", self._name), ("res_id", "in", self.ids)]).unlink()
        self.bank_ids.unlink()
        if "phone.blacklist" in self.env:  # another addon's, usually there
            numbers = [phone for phone in self.mapped("phone_sanitized") if phone]
            refused = self.env["phone.blacklist"].with_context(active_test=False).search([("number", "in", numbers)])
            refused.unlink()
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
            return name == "comment"
        return model.startswith(REWRITTEN) and (model, name) not in NOT_REWRITTEN

    @api.model
    def _relationship_replace_texts(self, pattern):
        """Put *Anonymised person* wherever one of our texts names somebody; one query for each table with a hit.

        In SQL: a correction of the team's memory is no new version of it, and goes through no rule.
        What is derived from the texts follows.

        :return: the texts of others that name somebody: dictionary of ids by (model, field)
        """
        nobody = self._relationship_get_nobody()
        by_model, left = {}, {}
        for (model, name), ids in self._relationship_find_texts(pattern).items():
            if self._relationship_is_rewritten(model, name):
                by_model.setdefault(model, {})[name] = ids
            elif not self.env[model]._transient:
                left[model, name] = ids
        for model, names in by_model.items():
            records = self.env[model].browse(sorted(set().union(*names.values())))
            sets = [
                SQL(
                    "%(column)s = regexp_replace(%(column)s::text, %(pattern)s, %(nobody)s, 'g')::%(type)s",
                    column=SQL.identifier(name),
                    pattern=pattern,
                    nobody=nobody,
                    type=SQL.identifier(records._fields[name].column_type[0]),
                )
                for name in names
            ]
            self.env.execute_query(
                SQL(
                    "UPDATE %s SET %s WHERE id = ANY(%s) RETURNING id",
                    SQL.identifier(records._table),
                    SQL(", ").join(sets),
                    records.ids,
                )
            )
            records.invalidate_recordset(flush=False)
            for batch in split_every(BATCH, records.ids, records.browse):
                batch.modified(list(names))
        self.env.flush_all()
        return left

    # A wish outlives the person's page

    def unlink(self):
        """Who wanted no contact is not written to again when her address comes back (G4)."""
        objecting = self.sudo().filtered("relationship_no_contact")
        if objecting:
            self.env["relationship.objection"]._remember(objecting.mapped("email"))
        return super().unlink()
