import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_datetime, html2plaintext

from .personal_text import email_pattern, name_pattern, phone_pattern, rough_pattern
from .relationship_privacy import INFORMED_WITHIN
from .relationship_synthesis_search import TEXTS
from .res_partner import MEMBERS

ORGANISERS, PILOTS = "shifters_relations.group_organiser", "shifters_relations.group_pilot"
AROUND = 80  # characters told on each side of a name
TEXT_TYPES = ("char", "text", "html", "json", "properties")
# Texts of the machinery, where nobody writes of persons; the others of "ir" may hold a name.
MACHINERY, PERSONAL = ("ir.", "res.lang", "res.country", "res.currency"), ("ir.attachment", "ir.filters", "ir.logging")
# Derived, or of no meaning to the person.
NOT_TOLD = {
    *models.MAGIC_COLUMNS,
    "avatar_1920",
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
    "type",
}


class ResPartner(models.Model):
    """What we hold on a person, and since when we have not met her (G).

    *What we hold* is a list of sections, (title, columns, rows); another addon adds its own in
    :meth:`_relationship_get_personal_sections`. It is the pilot's to make, who alone reads every
    confidential part: the file says which rows are confidential, and a human reads it over before
    it is sent, since a note may also speak of somebody else.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_kept_until = fields.Date(
        "Kept until", copy=False, groups=MEMBERS, help="Decided by the team: not proposed before that day."
    )
    relationship_anonymised_on = fields.Date("Anonymised on", copy=False, readonly=True, groups=MEMBERS)
    relationship_is_dormant = fields.Boolean(
        "Not met for years",
        compute="_compute_relationship_is_dormant",
        search="_search_relationship_is_dormant",
        groups=MEMBERS,
    )
    relationship_is_untold = fields.Boolean(
        "To be informed",
        compute="_compute_relationship_is_untold",
        search="_search_relationship_is_untold",
        groups=MEMBERS,
        help="Known for more than 30 days and not told yet that we hold these data.",
    )

    # Whom to tell, whom to keep

    @api.model
    def _relationship_get_persons_domain(self):
        """The persons of the organisations that are followed."""
        return (
            Domain("is_company", "=", False)
            & Domain("type", "=", "contact")
            & Domain("parent_id.relationship_stage", "!=", False)
            & Domain("relationship_anonymised_on", "=", False)
        )

    def _compute_relationship_is_dormant(self):
        dormant = self.search([("id", "in", self.ids), ("relationship_is_dormant", "=", True)])
        for partner in self:
            partner.relationship_is_dormant = partner._origin in dormant

    def _search_relationship_is_dormant(self, operator, value):
        """Persons whom no contact, invitation or message reached for as long as the pilot said (G6)."""
        if operator != "in" or True not in value:
            return NotImplemented
        since = self.env["relationship.privacy"]._get_retention_date()
        domain = self._relationship_get_persons_domain() & Domain("create_date", "<", since)
        domain &= Domain("relationship_kept_until", "=", False) | Domain("relationship_kept_until", "<", "today")
        for seen in self._relationship_get_seen(since):
            domain &= Domain("id", "not in", seen)
        return domain

    @api.model
    def _relationship_get_seen(self, since):
        """Who was met or heard since a day: SQL queries of ids, without NULL. Other addons add theirs."""
        for name in ("relationship.synthesis", "calendar.event", "calendar.attendee", "mail.message"):
            self.env[name].flush_model()
        return [
            SQL(
                "SELECT participant.partner_id FROM relationship_synthesis_participant_rel participant"
                " JOIN relationship_synthesis synthesis ON synthesis.id = participant.synthesis_id"
                " WHERE synthesis.date >= %s",
                since,
            ),
            SQL(
                "SELECT attendee.partner_id FROM calendar_attendee attendee"
                " JOIN calendar_event event ON event.id = attendee.event_id"
                " WHERE event.stop >= %s AND attendee.partner_id IS NOT NULL",
                since,
            ),
            SQL("SELECT author_id FROM mail_message WHERE date >= %s AND author_id IS NOT NULL", since),
        ]

    @api.depends("relationship_informed_on", "relationship_no_contact")
    def _compute_relationship_is_untold(self):
        untold = self.search([("id", "in", self.ids), ("relationship_is_untold", "=", True)])
        for partner in self:
            partner.relationship_is_untold = partner._origin in untold

    def _search_relationship_is_untold(self, operator, value):
        """Persons who should have been told by now (G3)."""
        if operator != "in" or True not in value:
            return NotImplemented
        before = fields.Datetime.now() - INFORMED_WITHIN
        untold = Domain("relationship_informed_on", "=", False) & Domain("create_date", "<", before)
        # Who objected knows, and is written to no more.
        return self._relationship_get_persons_domain() & untold & Domain("relationship_no_contact", "=", False)

    def action_relationship_keep(self):
        """Keep these persons for as many years again: somebody decided so (G6).

        :raise AccessError: the user is no organiser
        """
        if not (self.env.su or self.env.user.has_group(ORGANISERS)):
            raise AccessError(self.env._("How long persons are kept is for organisers and the pilot to decide."))
        years = self.env["relationship.privacy"]._get_retention_years()
        day = fields.Date.add(fields.Date.context_today(self), years=years)
        return self.write({"relationship_kept_until": day})

    def action_relationship_told(self):
        """Note that these persons were told today, by word of mouth or otherwise (G3)."""
        return self.write({"relationship_informed_on": fields.Date.context_today(self)})

    # What we hold

    def action_relationship_personal_data(self):
        """Download what is held on this person (G5).

        :raise AccessError: the user is no pilot
        :raise UserError: it is an organisation
        """
        self.ensure_one()
        self._relationship_check_pilot()
        self._relationship_check_persons()
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

    def _relationship_get_personal_data(self):
        """Everything held on this person, for the pilot.

        :return: list of (title, columns, rows), without the empty ones
        :raise AccessError: the user is no pilot
        """
        self.ensure_one()
        self._relationship_check_pilot()
        held = self.sudo()._relationship_get_personal_sections()
        sections = [self._relationship_get_identity(), *held, self.sudo()._relationship_get_mention_section()]
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
        names = ["summary", *TEXTS]
        labels = [syntheses._fields[name]._description_string(self.env) for name in names]
        channels = dict(syntheses._fields["channel"]._description_selection(self.env))
        told = [
            [
                format_date(self.env, each.date),
                each.partner_id.name,
                channels[each.channel],
                each.author_id.name or "",
                html2plaintext(each.summary or "", include_references=False),
                *(each[name] or "" for name in TEXTS),
            ]
            for each in syntheses
        ]
        date, organisation = self.env._("Date"), self.env._("Organisation")
        columns = [date, organisation, self.env._("Mode"), self.env._("Written by"), *labels]
        notes = [
            [
                self.env._("Confidential"),
                format_date(self.env, part.synthesis_id.date),
                part.synthesis_id.partner_id.name,
                part.synthesis_id.author_id.name or "",
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
        events = self.env["calendar.event"].with_context(active_test=False).search([("partner_ids", "in", self.ids)])
        rows = [[format_datetime(self.env, event.start), event.name, event.location or ""] for event in events]
        return self.env._("Meetings"), [self.env._("Date"), self.env._("Subject"), self.env._("Place")], rows

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
        domain = Domain("recipient_ids", "in", self.ids)
        for email in set(self.mapped("email_normalized")) - {False}:
            domain |= Domain("email_to", "ilike", email)
        return self.env["mail.mail"].search(domain)

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

    def _relationship_get_mention_section(self):
        """Texts that name her, anywhere: to be looked at, since somebody else may bear the name."""
        told = {
            self._name: self,
            "mail.message": self._relationship_get_messages(),
            "mail.mail": self._relationship_get_mails(),
        }
        pattern = "|".join(self._relationship_get_patterns().values())
        rows = []
        for (model, name), ids in self._relationship_find_texts(pattern).items():
            records = self.env[model].browse(ids) - told.get(model, self.env[model])
            if self.env[model]._transient:
                continue
            confidential = self.env._("Confidential") if model == "relationship.synthesis.confidential" else ""
            label = f"{records._description} · {records._fields[name]._description_string(self.env)}"
            rows += [
                [confidential, label, record.display_name, self._relationship_quote(record[name], pattern)]
                for record in records
            ]
        columns = ["", self.env._("Where"), self.env._("Record"), self.env._("Around the name")]
        return self.env._("Mentions to look at"), columns, rows

    @api.model
    def _relationship_quote(self, text, pattern):
        """The words around the first place where a text names her."""
        text = html2plaintext(str(text or ""), include_references=False)
        found = re.search(pattern, text)
        return text[max(0, found.start() - AROUND) : found.end() + AROUND] if found else text[: 2 * AROUND]

    # Where texts name her

    def _relationship_get_patterns(self, together=None):
        """How texts name this person and nobody else: what another contact bears too is left out.

        :param together: persons who do not count as others
        :return: dictionary of regular expressions by what they stand for
        """
        self.ensure_one()
        patterns = {
            "name": name_pattern(self.name),
            "email": email_pattern(self.email_normalized),
            "phone": phone_pattern(self.phone),
        }
        patterns = {name: pattern for name, pattern in patterns.items() if pattern}
        self.flush_recordset()
        if not patterns:
            return patterns
        whole = {**patterns, "name": f"^[[:space:]]*(?:{patterns.get('name')})[[:space:]]*$"}
        columns = [SQL("bool_or(%s ~ %s)", SQL.identifier(name), whole[name]) for name in patterns]
        mine = (self | (together or self)).ids
        [shared] = self.env.execute_query(
            SQL("SELECT %s FROM res_partner WHERE id != ALL(%s)", SQL(", ").join(columns), mine)
        )
        return {name: each for (name, each), also in zip(patterns.items(), shared, strict=True) if not also}

    @api.model
    def _relationship_get_text_columns(self):
        """The columns of the database in which somebody may have written of a person.

        :return: dictionary of field names by model
        """
        columns = {}
        for model in self.env.registry.values():
            technical = model._name.startswith(MACHINERY) and model._name not in PERSONAL
            if model._abstract or not model._auto or technical:
                continue
            names = [
                name
                for name, field in model._fields.items()
                if field.type in TEXT_TYPES and field.store and field.column_type and not field.inherited
            ]
            if names:
                columns[model._name] = names
        return columns

    @api.model
    def _relationship_find_texts(self, pattern):
        """Where a pattern is found, one query for each table.

        :return: dictionary of ids by (model, field)
        """
        found = {}
        if not pattern:
            return found
        self.env.flush_all()
        for model, names in self._relationship_get_text_columns().items():
            tests = [SQL("COALESCE(%s::text ~ %s, FALSE)", SQL.identifier(name), pattern) for name in names]
            rows = self.env.execute_query(
                SQL(
                    "SELECT id, %s FROM %s WHERE concat_ws(E'\\n', %s) ~ %s",
                    SQL(", ").join(tests),
                    SQL.identifier(self.env[model]._table),
                    SQL(", ").join(map(SQL.identifier, names)),
                    rough_pattern(pattern),
                )
            )
            for row_id, *hits in rows:
                for name, hit in zip(names, hits, strict=True):
                    if hit:
                        found.setdefault((model, name), []).append(row_id)
        return found
