from functools import partial

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ...groups import PILOTS
from ..memory.relationship_synthesis import TEXT_FIELDS
from .held import UNLINK, Kind, get_records, get_sections, say, written_on

# Derived, or of no meaning to the person.
NOT_EXPORTED = {
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

    Each kind is declared once, in :meth:`_relationship_get_kinds`, to which another addon adds its own.
    The file is the pilot's to make, who alone reads every confidential part: it says which rows are
    confidential, and a human reads it over before it is sent, since a note may also speak of somebody else.
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
        """Check that the pilot asks, who alone reads all that is confidential: she answers a person or forgets her.

        :raise AccessError: the user is no pilot
        """
        if not (self.env.su or self.env.user.has_group(PILOTS)):
            raise AccessError(
                self.env._(
                    "What is held on a person is confidential in parts: ask the pilot, who alone reads all of it."
                )
            )

    def _relationship_check_persons(self):
        """Check that these are persons: organisations have no personal data.

        :raise UserError: there is one
        """
        for partner in self.filtered("is_company"):
            raise UserError(self.env._("%(name)s is an organisation: it has no personal data.", name=partner.name))

    def _relationship_check_outsiders(self):
        """Check that nobody works in this database: private messages there are no pilot's to read.

        :raise UserError: one is an organisation, or has an internal account
        """
        self._relationship_check_persons()
        for partner in self.sudo().with_context(active_test=False):
            if not all(partner.user_ids.mapped("share")):
                raise UserError(
                    self.env._("%(name)s works in this database: its administrator answers.", name=partner.name)
                )

    def _relationship_get_personal_data(self):
        """Return everything held on this person, for the pilot.

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
        everywhere = everywhere.sudo()
        held = everywhere._relationship_get_held()
        sections = [(title, columns, rows), *get_sections(held), everywhere._relationship_get_mention_section(held)]
        return [(title, columns, rows) for title, columns, rows in sections if rows]

    def _relationship_get_held(self, bearers=None):
        """Return the kinds of what is held on these persons, found by the addresses that are theirs alone.

        :param bearers: as in :meth:`_relationship_get_own_emails`
        """
        return self._relationship_get_kinds(self._relationship_get_own_emails(bearers))

    def _relationship_get_kinds(self, emails):
        """Return, as superuser, the declarations of what is held on these persons: a hook.

        :param list emails: the addresses by which they are found
        :return: list of :class:`Kind`, in the order in which they are exported and forgotten
        """
        ids, kind = self.ids, partial(Kind, self.env, emails)
        page = Domain("model", "=", self._name) & Domain("res_id", "in", ids)
        attached = Domain("res_model", "=", self._name) & Domain("res_id", "in", ids)
        hers, written, met = (Domain(name, "in", ids) for name in ("partner_id", "author_id", "met_partner_ids"))
        received = Domain("partner_ids", "in", ids) | Domain("notified_partner_ids", "in", ids)
        phones = [phone for phone in self.mapped("phone_sanitized") if phone]
        history = "it is the organisation's history"
        part = ("synthesis_id.date", "synthesis_id.partner_id.name", "synthesis_id.author_partner_id.name", "note")
        of_part = (self.env._("Date"), self.env._("Organisation"), self.env._("Written by"), self.env._("Note"))

        def correspond(*exported):
            return tuple(
                zip(
                    exported,
                    (self.env._("Date"), self.env._("Sender"), self.env._("Subject"), self.env._("Text")),
                    strict=True,
                )
            )

        def play(role, get_record=lambda record: record):
            return (
                (lambda _each: role, ""),
                (lambda each: self.env["ir.model"]._get(get_record(each)._name).name, self.env._("Type")),
                (lambda each: get_record(each).display_name, self.env._("Name")),
            )

        def get_followed(follower):
            return self.env[follower.res_model].browse(follower.res_id).exists()

        def get_others_followed():
            there = Domain("res_model", "in", [*self.env.registry])
            return self.env["mail.followers"].search(hers & there & ~attached)

        def get_files():
            own = self.env["ir.attachment"].search(attached & Domain("res_field", "=", False))
            return own | self.env["mail.message"].search(written).attachment_ids

        messages = kind(
            "mail.message",
            page | written | received,
            "it is what the team said",
            correspond("date", lambda each: each.author_id.name or each.email_from or "", "subject", "body"),
            self.env._("Messages"),
            is_whole=True,
        )
        mails = kind(
            "mail.mail",
            [("recipient_ids", "in", ids)],
            "others may get it too",
            correspond("date", "email_from", "subject", "body_html"),
            self.env._("Mails"),
            addressed="email_to",
            is_whole=True,
        )
        to_others = kind(
            "mail.mail",
            lambda: mails.records._relationship_filter_to_others(self, emails),
            lambda records: records._relationship_leave_out(self, emails),
        )
        on_page = kind("mail.message", page, UNLINK)
        lines = kind(
            "relationship.import.line",
            Domain("partner_id", "in", ids) | Domain("candidate_ids", "in", ids),
            UNLINK,
            ("import_id.create_date", "import_id.file_name", "name", "detail"),
            self.env._("Lists brought in"),
            addressed="detail",
            is_sought=True,
        )
        lists = kind(
            "relationship.import",
            lambda: lines.records.import_id | self._relationship_find_lists(),
            {"file": False, "samples": False},
        )
        refusals = kind("mail.blacklist", [("email", "in", emails)], UNLINK, is_whole=True)
        return [
            kind(
                "relationship.synthesis",
                [("participant_ids", "in", ids)],
                history,
                ("date", "partner_id.name", "channel", "author_partner_id.name", "summary", *TEXT_FIELDS),
                self.env._("Contacts"),
                is_sought=True,
            ),
            kind(
                "relationship.synthesis.confidential",
                [("synthesis_id.participant_ids", "in", ids)],
                history,
                ((lambda _part: self.env._("Confidential"), ""), *zip(part, of_part, strict=True)),
                self.env._("Confidential notes"),
                is_sought=True,
            ),
            kind(
                "relationship.logged.mail",
                Domain("participant_ids", "in", ids),
                UNLINK,
                ("date", "user_id.name", (lambda mail: mail._say_whose(), self.env._("Text"))),
                self.env._("Mails to file"),
                addressed="correspondents",
                is_whole=True,
                is_sought=True,
            ),
            kind("relationship.cooperation.role", hers, history, is_sought=True),
            kind(
                "calendar.event",
                met | Domain("partner_ids", "in", ids),
                history,
                (
                    *("start", "name", "location", "description", "notes"),
                    *("relationship_agenda_text", "relationship_minutes"),
                ),
                self.env._("Meetings"),
            ),
            kind("calendar.event", met, history, is_sought=True),
            kind("calendar.attendee", hers, history, is_sought=True),
            kind(
                "mail.activity",
                attached,
                UNLINK,
                ("date_deadline", "activity_type_id.name", "summary", "note"),
                self.env._("To do"),
            ),
            messages,
            mails,
            to_others,
            kind("mail.mail", lambda: mails.records - to_others.records, UNLINK),
            kind("ir.attachment", get_files, UNLINK, ("create_date", "name"), self.env._("Files (to be joined)")),
            kind("ir.attachment", lambda: on_page.records.attachment_ids, UNLINK),
            on_page,
            # That she wrote is history, what she wrote is hers.
            kind("mail.message", written & ~page, dict.fromkeys(("body", "email_from", "reply_to"), False)),
            *(
                kind(
                    model,
                    [("referent_id", "in", ids)],
                    "it needs another one",
                    play(self.env._("Referent")),
                    self.env._("Roles"),
                )
                for model in ("relationship.destination", "relationship.cooperation")
            ),
            kind(
                "mail.followers",
                get_others_followed,
                UNLINK,
                play(self.env._("Follower"), get_followed),
                self.env._("Roles"),
            ),
            kind("mail.followers", hers, UNLINK),
            kind(
                "relationship.report",
                [("recipient_ids", "in", ids)],
                "who got a report is history",
                play(self.env._("Recipient")),
                self.env._("Roles"),
            ),
            kind("mail.message", lambda: written_on(refusals), UNLINK),
            refusals,
            kind("mail.notification", [("res_partner_id", "in", ids)], UNLINK),
            kind("ir.model.data", page, UNLINK),
            lines,
            lists,
            kind("relationship.import.column", lambda: lists.records.column_ids, {"example": False}),
            kind("res.partner.bank", hers, UNLINK),
            # Another addon's, usually there.
            *(kind(model, [("number", "in", phones)], UNLINK) for model in ("phone.blacklist",) if model in self.env),
        ]

    def _relationship_find_lists(self):
        """Return the lists brought in whose kept file names one of these persons, though no line of them is hers."""
        files = self.env["ir.attachment"].sudo()
        kept = files.search([("res_model", "=", "relationship.import"), ("res_field", "=", "file")])
        naming = kept and self._relationship_get_naming()
        ids = [each.res_id for each in kept if naming and self.env["relationship.import"]._is_naming(each, naming)]
        return self.env["relationship.import"].browse(ids)

    def _relationship_get_identity(self):
        """Return whatever field of the person is filled, as the pilot may read it."""
        rows = [[self.env._("Organisation"), self.parent_id.display_name]] if self.parent_id else []
        for name, field in sorted(self._fields.items()):
            if name in NOT_EXPORTED or not field.store or field.company_dependent or name == "parent_id":
                continue
            if field.type == "one2many" or not self._has_field_access(field, "read") or not self[name]:
                continue
            rows.append([field._description_string(self.env), say(self, name)])
        rows += [[self.env._("Bank account"), bank.acc_number] for bank in self.sudo().bank_ids]
        if self.env["mail.blacklist"].sudo().search_count([("email", "in", self._relationship_get_own_emails())]):
            rows.append([self.env._("Black list"), self.env._("wants no mailing")])
        rows.append([self.env._("Known since"), format_date(self.env, self.create_date)])
        return self.env._("Identity"), [self.env._("What"), self.env._("What we hold")], rows

    def _relationship_get_mention_section(self, held):
        """Return texts that name her, anywhere: to be looked at, as somebody else may bear the name."""
        whole = {self._name: self} | get_records([kind for kind in held if kind.is_whole])
        naming = self._relationship_get_naming()
        rows = []
        for (model, name), ids in self._relationship_find_texts(naming).items():
            records = self.env[model].browse(ids) - whole.get(model, self.env[model])
            if self.env[model]._transient:
                continue
            if model == "relationship.logged.mail":
                rows += [["", self.env._("Mails to file"), mail.user_id.name, mail._say_whose()] for mail in records]
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
