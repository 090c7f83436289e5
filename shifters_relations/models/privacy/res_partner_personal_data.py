from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime, html2plaintext

from ...emails import split_emails
from ...groups import PILOTS
from ..memory.relationship_synthesis import TEXT_FIELDS

# Derived, or of no meaning to the person.
NOT_TOLD = {
    *models.MAGIC_COLUMNS,
    "active",
    "avatar_1920",
    "calendar_last_notif_ack",
    "color",
    "commercial_partner_id",
    "complete_name",
    "email_normalized",
    "image_1024",
    "image_128",
    "image_256",
    "image_512",
    "is_company",
    "partner_share",
    "phone_sanitized",
    "relationship_synthesis_count",
    "relationship_words",
    "type",
}


class ResPartner(models.Model):
    """What we hold on a person (G5).

    A list of sections, (title, columns, rows); another addon adds its own in
    :meth:`_relationship_get_personal_sections`. It is the pilot's to make, who alone reads every
    confidential part: the file says which rows are confidential, and a human reads it over before
    it is sent, since a note may also speak of somebody else.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def action_relationship_personal_data(self):
        """Download what is held on this person (G5).

        :raise AccessError: the user is no pilot
        :raise UserError: it is an organisation, or somebody of the house
        """
        self.ensure_one()
        self._relationship_check_pilot()
        self._relationship_check_outsiders()
        return {"type": "ir.actions.act_url", "url": f"/relations/personal-data/{self.id}", "target": "download"}

    def _relationship_check_pilot(self):
        """Only the pilot reads all that is confidential, so only the pilot answers a person or forgets her.

        :raise AccessError: the user is no pilot
        """
        if not (self.env.su or self.env.user.has_group(PILOTS)):
            raise AccessError(
                self.env._(
                    "What is held on a person is confidential in parts: ask the pilot, who alone reads all of it."
                )
            )

    def _relationship_check_persons(self):
        """Organisations have no personal data.

        :raise UserError: there is one
        """
        for partner in self.filtered("is_company"):
            raise UserError(self.env._("%(name)s is an organisation: it has no personal data.", name=partner.name))

    def _relationship_check_outsiders(self):
        """Whoever works in this database has private messages there, which are no pilot's to read.

        :raise UserError: one is an organisation, or has an internal account
        """
        self._relationship_check_persons()
        for partner in self.sudo().with_context(active_test=False):
            if not all(partner.user_ids.mapped("share")):
                raise UserError(
                    self.env._("%(name)s works in this database: its administrator answers.", name=partner.name)
                )

    def _relationship_get_personal_data(self):
        """Everything held on this person, for the pilot.

        :return: list of (title, columns, rows), without the empty ones
        :raise AccessError: the user is no pilot
        :raise UserError: it is an organisation, or somebody of the house
        """
        self.ensure_one()
        self._relationship_check_pilot()
        self._relationship_check_outsiders()
        everywhere = self._relationship_with_addresses()
        title, columns, rows = self._relationship_get_identity()
        for address in everywhere - self:
            further = self.env._("Further address")
            rows += [[f"{further} · {what}", words] for what, words in address._relationship_get_identity()[2]]
        held = everywhere.sudo()._relationship_get_personal_sections()
        sections = [(title, columns, rows), *held, everywhere.sudo()._relationship_get_mention_section()]
        return [(title, columns, rows) for title, columns, rows in sections if rows]

    def _relationship_get_personal_sections(self):
        """As superuser, the sections between the identity and the texts that name her: a hook."""
        return [
            *self._relationship_get_synthesis_sections(),
            self._relationship_get_meeting_section(),
            self._relationship_get_activity_section(),
            self._relationship_get_message_section(),
            self._relationship_get_mail_section(),
            self._relationship_get_attachment_section(),
            self._relationship_get_link_section(),
        ]

    def _relationship_get_identity(self):
        """Whatever field of the person is filled, as the pilot may read it."""
        rows = [[self.env._("Organisation"), self.parent_id.display_name]] if self.parent_id else []
        for name, field in sorted(self._fields.items()):
            if name in NOT_TOLD or not field.store or field.company_dependent or name == "parent_id":
                continue
            if field.type == "one2many" or not self._has_field_access(field, "read") or not self[name]:
                continue
            rows.append([field._description_string(self.env), self._relationship_get_words(name)])
        rows += [[self.env._("Bank account"), bank.acc_number] for bank in self.sudo().bank_ids]
        if self.sudo()._relationship_get_refusals().filtered("active"):
            rows.append([self.env._("Black list"), self.env._("wants no mailing")])
        rows.append([self.env._("Known since"), format_date(self.env, self.create_date)])
        return self.env._("Identity"), [self.env._("What"), self.env._("What we hold")], rows

    def _relationship_get_words(self, name):
        """The value of a field, in words."""
        field, value = self._fields[name], self[name]
        if field.type in ("many2one", "many2many"):
            return ", ".join(value.mapped("display_name"))
        if field.type == "boolean":
            return self.env._("yes")
        if field.type in ("image", "binary"):
            return self.env._("a picture or file")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "html":
            return html2plaintext(value, include_references=False)
        return format_date(self.env, value) if field.type == "date" else str(value)

    def _relationship_get_synthesis_sections(self):
        """The contacts she took part in, and what was noted there in confidence."""
        syntheses = self.env["relationship.synthesis"].search([("participant_ids", "in", self.ids)])
        names = ["summary", *TEXT_FIELDS]
        labels = [syntheses._fields[name]._description_string(self.env) for name in names]
        channels = dict(syntheses._fields["channel"]._description_selection(self.env))
        told = [
            [
                format_date(self.env, each.date),
                each.partner_id.name,
                channels[each.channel],
                each.author_partner_id.name or "",
                html2plaintext(each.summary or "", include_references=False),
                *(each[name] or "" for name in TEXT_FIELDS),
            ]
            for each in syntheses
        ]
        date, organisation = self.env._("Date"), self.env._("Organisation")
        columns = [date, organisation, self.env._("Channel"), self.env._("Written by"), *labels]
        notes = [
            [
                self.env._("Confidential"),
                format_date(self.env, part.synthesis_id.date),
                part.synthesis_id.partner_id.name,
                part.synthesis_id.author_partner_id.name or "",
                part.note,
            ]
            for part in syntheses._get_confidential_parts()
        ]
        return [
            (self.env._("Contacts"), columns, told),
            (
                self.env._("Confidential notes"),
                ["", date, organisation, self.env._("Written by"), self.env._("Note")],
                notes,
            ),
        ]

    def _relationship_get_meeting_section(self):
        hers = Domain("partner_ids", "in", self.ids) | Domain("met_partner_ids", "in", self.ids)
        events = self.env["calendar.event"].with_context(active_test=False).search(hers)
        rows = [
            [
                format_datetime(self.env, event.start),
                event.name,
                event.location or "",
                html2plaintext(event.description or "", include_references=False),
                html2plaintext(event.notes or "", include_references=False),
            ]
            for event in events
        ]
        columns = [self.env._("Date"), self.env._("Subject"), self.env._("Place"), self.env._("Description")]
        return self.env._("Meetings"), [*columns, self.env._("Notes")], rows

    def _relationship_get_activity_section(self):
        activities = self.env["mail.activity"].with_context(active_test=False)
        found = activities.search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        rows = [
            [
                format_date(self.env, each.date_deadline),
                each.activity_type_id.name or "",
                each.summary or "",
                html2plaintext(each.note or "", include_references=False),
            ]
            for each in found
        ]
        columns = [self.env._("Date"), self.env._("Type"), self.env._("Subject"), self.env._("Note")]
        return self.env._("To do"), columns, rows

    def _relationship_get_messages(self):
        """Messages on her page, from her and to her."""
        own = Domain("model", "=", self._name) & Domain("res_id", "in", self.ids)
        hers = Domain.OR([[(name, "in", self.ids)] for name in ("author_id", "partner_ids", "notified_partner_ids")])
        return self.env["mail.message"].search(own | hers)

    def _relationship_get_message_section(self):
        rows = [
            [
                format_datetime(self.env, each.date),
                each.author_id.name or each.email_from or "",
                each.subject or "",
                html2plaintext(each.body or "", include_references=False),
            ]
            for each in self._relationship_get_messages()
        ]
        return self.env._("Messages"), self._relationship_get_message_columns(), rows

    def _relationship_get_message_columns(self):
        return [self.env._("Date"), self.env._("Sender"), self.env._("Subject"), self.env._("Text")]

    def _relationship_get_mails(self):
        """Mails to her that are still in the database."""
        emails = set(self._relationship_get_own_emails())
        mails = self.env["mail.mail"]
        written = mails.search(Domain.OR([[("email_to", "ilike", email)] for email in emails]))
        written = written.filtered(lambda mail: emails & set(split_emails(mail.email_to)))
        return mails.search([("recipient_ids", "in", self.ids)]) | written

    def _relationship_get_refusals(self):
        """Her addresses in Odoo's own black list."""
        blacklist = self.env["mail.blacklist"].with_context(active_test=False)
        return blacklist.search([("email", "in", self._relationship_get_own_emails())])

    def _relationship_get_mail_section(self):
        rows = [
            [
                format_datetime(self.env, each.date),
                each.email_from or "",
                each.subject or "",
                html2plaintext(each.body_html or "", include_references=False),
            ]
            for each in self._relationship_get_mails()
        ]
        return self.env._("Mails"), self._relationship_get_message_columns(), rows

    def _relationship_get_attachments(self):
        """Files on her page, her picture among them, and those that she sent."""
        own = Domain("res_model", "=", self._name) & Domain("res_id", "in", self.ids)
        sent = self.env["mail.message"].search([("author_id", "in", self.ids)]).attachment_ids
        return self.env["ir.attachment"].search(own & Domain("res_field", "=", False)) | sent

    def _relationship_get_attachment_section(self):
        rows = [[format_date(self.env, each.create_date), each.name] for each in self._relationship_get_attachments()]
        return self.env._("Files (to be joined)"), [self.env._("Date"), self.env._("Name")], rows

    def _relationship_get_link_section(self):
        """What she answers for, and what she is told of."""
        links = {
            self.env._("Referent"): [
                *self.env["relationship.destination"].search([("referent_id", "in", self.ids)]),
                *self.env["relationship.cooperation"].search([("referent_id", "in", self.ids)]),
            ],
            self.env._("Follower"): [
                self.env[each.res_model].browse(each.res_id).exists()
                for each in self.env["mail.followers"].search([("partner_id", "in", self.ids)])
                if each.res_model in self.env and (each.res_model != self._name or each.res_id not in self.ids)
            ],
        }
        rows = [
            [label, self.env["ir.model"]._get(record._name).name, record.display_name]
            for label, records in links.items()
            for record in records
        ]
        return self.env._("Roles"), ["", self.env._("Type"), self.env._("Name")], rows

    def _relationship_get_told(self):
        """What other sections tell, as records by model: a hook."""
        return {
            self._name: self,
            "mail.message": self._relationship_get_messages(),
            "mail.mail": self._relationship_get_mails(),
            "mail.blacklist": self._relationship_get_refusals(),
        }

    def _relationship_get_mention_section(self):
        """Texts that name her, anywhere: to be looked at, since somebody else may bear the name."""
        told = self._relationship_get_told()
        naming = self._relationship_get_naming()
        rows = []
        for (model, name), ids in self._relationship_find_texts(naming).items():
            records = self.env[model].browse(ids) - told.get(model, self.env[model])
            if self.env[model]._transient:
                continue
            if model == "mail.message":  # what others say among themselves is private
                records = records.filtered(lambda message: message.model != "discuss.channel")
            confidential = self.env._("Confidential") if model == "relationship.synthesis.confidential" else ""
            kind = self.env["ir.model"]._get(model).name
            label = f"{kind} · {records._fields[name]._description_string(self.env)}"
            rows += [
                [confidential, label, record.display_name, self._relationship_quote(record[name], naming)]
                for record in records
            ]
        columns = ["", self.env._("Where"), self.env._("Record"), self.env._("Around the name")]
        return self.env._("Mentions to look at"), columns, rows
