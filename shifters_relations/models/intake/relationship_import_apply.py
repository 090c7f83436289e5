import logging
from collections import defaultdict

import psycopg2
from markupsafe import Markup
from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ...sameness import ASK, SAME, Likeness
from ..loop.res_partner import BATCH
from ..memory.relationship_synthesis import TEXT_FIELDS
from .lines import CONTACTS, UMBRELLAS, Matching, get_raw
from .reading import FIELD_OF, Row, person_key
from .relationship_import import AT_ONCE
from .res_partner_import import QUIET
from .vocabulary import RECORDS

_logger = logging.getLogger(__name__)

# What follows from others, or is no value: what stands there when a list is undone says nothing of who touched it.
FOLLOWING = {
    *models.MAGIC_COLUMNS,
    "commercial_company_name",
    "commercial_partner_id",
    "complete_name",
    "email_normalized",
    "message_bounce",
    "partner_share",
    "phone_sanitized",
    "relationship_attempt_count",
    "relationship_last_channel",
    "relationship_last_contact_date",
    "relationship_next_channel",
    "relationship_next_contact_date",
    "relationship_synthesis_count",
    "relationship_target_periods",
    "relationship_words",
}
# What the loop follows when it is written; for many at once where it is the same.
LOOP = ("relationship_stage", "relationship_owner_id", "relationship_sector_id", "relationship_cadence_id")
LOOP += ("relationship_no_contact",)
# What writing a stage or a sector changes besides.
BESIDE = ("relationship_owner_id", "relationship_cadence_id", "relationship_target_periods", "relationship_no_contact")


class RelationshipImport(models.Model):
    """Writing what the preview showed, a batch at a time, each line once (B2)."""

    _inherit = "relationship.import"  # pylint: disable=consider-merging-classes-inherited

    def action_apply(self):
        """Write what the preview showed and was kept.

        :raise AccessError: the user is no organiser
        :raise UserError: nothing was previewed, or it was brought in already
        """
        self.ensure_one()
        self._check_organiser()
        self._check_before_apply()
        if self.state != "previewed":
            raise UserError(self.env._("Look at the preview first: nothing is written before it was seen."))
        self._lock()
        self._make_words()
        if self.env["relationship.import.line"].search_count(self._get_waiting_domain()) > AT_ONCE:
            return self._begin("apply")
        while self._apply_batch():
            pass
        self._end_apply()
        return True

    def _get_waiting_domain(self):
        """Return the domain of the lines that are still to be written."""
        return (
            Domain("import_id", "=", self.id)
            & Domain("progress", "=", False)
            & Domain("decision", "in", ["create", "update"])
        )

    def _make_words(self):
        """Make the records that words are to become, and remember what was decided of words."""
        for target, words in self.word_ids.grouped("target").items():
            new = words.filtered(lambda word: word.decision == "create" and not word.is_made)
            if not new:
                continue
            records = self.env[RECORDS[target]].create([{"name": word.word} for word in new])
            for word, record in zip(new.sudo(), records, strict=True):
                word.write({"record_ref": f"{record._name},{record.id}", "is_made": True})
        self.env["relationship.import.synonym"]._remember(self.word_ids)

    def _apply_batch(self):
        """Write some lines; where one cannot be, the others are.

        :return: how many lines were dealt with
        """
        lines = self.env["relationship.import.line"].search(self._get_waiting_domain(), limit=BATCH)
        if not lines:
            return 0
        matching = Matching(self)
        try:
            with self.env.cr.savepoint():
                self._write_lines(matching, lines)
        except (UserError, ValueError, psycopg2.Error) as error:
            if isinstance(error, psycopg2.OperationalError):
                raise
            self.env.invalidate_all()
            for line in lines:
                self._write_line(line)
        return len(lines)

    def _write_line(self, line):
        """Write one line by itself, or note why it cannot be."""
        try:
            with self.env.cr.savepoint():
                self._write_lines(Matching(self), line)
        except (UserError, ValueError, psycopg2.Error) as error:
            if isinstance(error, psycopg2.OperationalError):
                raise
            self.env.invalidate_all()
            if not isinstance(error, UserError):
                _logger.warning("The line %s of the import %s could not be written.", line.id, self.id, exc_info=True)
            said = str(error) if isinstance(error, UserError) else self.env._("The base does not take these values.")
            line.sudo().write({"decision": "refused", "reason": said, "progress": "applied"})

    def _write_lines(self, matching, lines):
        """Write some lines: organisations first, then persons."""
        organisations = lines.filtered(lambda line: line.kind == "organisation")
        matching.read_contacts(organisations.partner_id)
        self._create_partners(matching, organisations)
        self._update_partners(matching, organisations)
        persons = lines - organisations
        orphans = persons.filtered(
            lambda line: line.decision == "create" and not line.organisation_line_id.partner_id.active
        )
        self._refuse(orphans, self.env._("Her organisation was not brought in."))
        matching.read_persons(persons.organisation_line_id.partner_id)
        self._create_partners(matching, persons - orphans)
        self._update_partners(matching, persons - orphans)
        self.env.flush_all()

    def _refuse(self, lines, reason):
        lines.sudo().write({"decision": "refused", "reason": reason, "progress": "applied"})

    # New contacts

    def _create_partners(self, matching, lines):
        """Make the new contacts of some lines, all at once, with their past contacts."""
        new = lines.filtered(lambda line: line.decision == "create")
        new -= self._refuse_known(matching, new)
        if not new:
            return
        partners = self.env["res.partner"]._relationship_create_apart(
            [self._prepare_new_values(matching, line) for line in new]
        )
        self._name_records(zip(new, partners, strict=True))
        partners._relationship_keep_objections()
        told = self.env._("Brought in from the list %(name)s.", name=self._say_name())
        self._log(partners.filtered("is_company"), told)
        self.env.flush_all()
        snapshots = self._snapshot(partners)
        for line, partner in zip(new.sudo(), partners, strict=True):
            line.write(
                {
                    "partner_id": partner.id,
                    "progress": "applied",
                    "written": {
                        "made": snapshots[partner.id],
                        "syntheses": get_fingerprints(partner.sudo().relationship_synthesis_ids),
                    },
                }
            )

    def _refuse_known(self, matching, lines):
        """Refuse new contacts that the base has meanwhile; those that were shown are decided of already.

        :return: the lines refused
        """
        refused = lines.browse()
        own = []
        if any(line.kind == "organisation" for line in lines):
            applied = [("import_id", "=", self.id), ("kind", "=", "organisation"), ("progress", "=", "applied")]
            own = self.env["relationship.import.line"].search_fetch(applied, ["partner_id"])
        made = {line.partner_id.id for line in own}
        matching.index.fetch(self._get_line_likeness(line) for line in lines if line.kind == "organisation")
        for line in lines:
            if line.kind == "person":
                known = matching.persons.get(line.organisation_line_id.partner_id.id, [])
                decided = {*line.candidate_ids.ids, *self._get_made_persons(line)}
                found = [each for each in known if person_key(each.name) == person_key(line.name)]
                found = [each for each in found if each.id not in decided]
            else:
                verdict, ids = matching.index.find(self._get_line_likeness(line))
                found = [each for each in ids if each not in made and each not in line.candidate_ids.ids]
                found = found if verdict in (SAME, ASK) else []
            if found:
                refused |= line
        self._refuse(refused, self.env._("It has come into the base since the preview: bring the list in again."))
        return refused

    def _get_made_persons(self, line):
        return line.organisation_line_id.person_line_ids.filtered("written").partner_id.ids

    def _get_line_likeness(self, line):
        values = {target: (line.values or {}).get(name) or "" for target, name in FIELD_OF.items()}
        values |= {"name": line.name, "external_id": (line.values or {}).get("id") or ""}
        return self._get_row_likeness(Row(None, values, {}, {}, []))

    def _prepare_new_values(self, matching, line):
        nobody = self.env["res.partner"]
        values = dict(line.values)
        if line.kind == "organisation":
            values, _said = matching.settle_stage(nobody, values)
        vals = self._resolve(values) | {"is_company": line.kind == "organisation"}
        if line.kind == "person":
            vals["parent_id"] = line.organisation_line_id.partner_id.id
            vals["type"] = "contact"
        elif line.contacts:
            owner = matching.get_future_owner(nobody, vals)
            told = self._prepare_contacts(matching, owner, line.contacts)
            vals[CONTACTS] = [Command.create(contact) for contact in told]
        return vals

    def _resolve(self, values):
        """Return values of fields, with the records that words have become."""
        made = {word.id: word.record_ref.id for word in self.word_ids if word.is_made and word.record_ref}
        return {
            name: made.get(value["word"], False) if isinstance(value, dict) else value
            for name, value in values.items()
            if name in self.env["res.partner"]._fields and name != "id"
        }

    def _prepare_contacts(self, matching, owner, contacts):
        """Return the values of validated syntheses of past contacts: of whom the list says, the owner, who imports."""
        authors = [owner, self.env.user]
        unsaid = self.env._("From a list: nothing was noted of this contact.")
        return [
            {
                "author_id": next(
                    each.id
                    for each in [matching.members.browse(contact.get("author")), *authors]
                    if each in (matching.members | self.env.user)
                ),
                "date": contact["date"],
                "channel": contact["channel"],
                "summary": plaintext2html(contact["text"] or unsaid),
                "state": "done",
                "import_id": self.id,
            }
            for contact in contacts
        ]

    def _name_records(self, pairs):
        """Give contacts the external ids that the list has for them."""
        data = [
            {"xml_id": line.values["id"], "record": partner} for line, partner in pairs if (line.values or {}).get("id")
        ]
        known = self.env["ir.model.data"].sudo()
        if data:
            taken = known.search_fetch(
                [("name", "in", [each["xml_id"].split(".", 1)[1] for each in data])], ["module", "name"]
            )
            taken = {f"{each.module}.{each.name}" for each in taken}
            known._update_xmlids([each for each in data if each["xml_id"] not in taken])

    # Known contacts

    def _update_partners(self, matching, lines):
        """Write what changes of known contacts, where it still is as the preview showed it."""
        changed = lines.filtered(lambda line: line.decision == "update")
        if not changed:
            return
        stale = self._find_stale(changed)
        self._refuse(stale, self.env._("It has been changed since the preview: bring the list in again."))
        changed -= stale
        beside = {line: {name: get_raw(line.partner_id.sudo(), name) for name in BESIDE} for line in changed}
        self._write_changed(matching, changed)
        partners = changed.partner_id
        self._name_records((line, line.partner_id) for line in changed)
        partners._relationship_keep_objections()
        told = self.env._("Changed by the list %(name)s.", name=self._say_name())
        logged = {message.res_id: message.id for message in self._log(partners, told)}
        self.env.flush_all()
        imported = self.env["relationship.synthesis"].search(
            [("import_id", "=", self.id), ("partner_id", "in", partners.ids)]
        )
        syntheses = imported.grouped("partner_id")
        for line in changed.sudo():
            partner = line.partner_id
            names = [name for name in line.changes if name in partner._fields and name not in (CONTACTS, UMBRELLAS)]
            after = {name: get_raw(partner, name) for name in [*names, *BESIDE]}
            before = {**{name: (line.before or {}).get(name) for name in names}, **beside[line.with_env(changed.env)]}
            line.write(
                {
                    "progress": "applied",
                    "written": {
                        "changed": {name: [before[name], after[name]] for name in after if before[name] != after[name]},
                        "syntheses": get_fingerprints(syntheses.get(partner.with_env(imported.env), imported.browse())),
                        "logged": logged[partner.id],
                    },
                }
            )

    def _write_changed(self, matching, lines):
        """Write known contacts: each what is its own, then past contacts, then together what the loop follows."""
        partners = self.env["res.partner"].with_context(**QUIET).browse(lines.partner_id.ids)
        of_id = {partner.id: partner for partner in partners}
        together, syntheses = defaultdict(list), []
        for line in lines:
            partner = of_id[line.partner_id.id]
            vals = self._prepare_changed_values(matching, line, partner)
            told = matching.filter_new_contacts(partner, line.contacts or [])
            owner = matching.get_future_owner(partner, vals)
            syntheses += [{**each, "partner_id": partner.id} for each in self._prepare_contacts(matching, owner, told)]
            if shared := tuple((name, vals.pop(name)) for name in LOOP if name in vals):
                together[shared].append(partner.id)
            if vals:
                partner.write(vals)
        self.env["relationship.synthesis"].create(syntheses)
        for shared, ids in together.items():
            partners.browse(ids).write(dict(shared))

    def _find_stale(self, lines):
        """Return the lines whose contact is no more as the preview showed it."""
        partners = self.env["res.partner"].browse(lines.partner_id.ids).exists().filtered("active")
        there = {partner.id: partner for partner in partners}
        return lines.filtered(
            lambda line: (
                line.partner_id.id not in there
                or any(
                    get_raw(there[line.partner_id.id], name) != (old or False)
                    for name, old in (line.before or {}).items()
                )
            )
        )

    def _prepare_changed_values(self, matching, line, partner):
        values = dict(line.values)
        if line.kind == "organisation":
            values, _said = matching.settle_stage(partner, values)
        vals = self._resolve({name: value for name, value in values.items() if name in line.changes})
        if vals.get("comment") and partner.comment:
            vals["comment"] = partner.comment + Markup(vals["comment"])
        return vals

    # Afterwards

    def _log(self, partners, said):
        """Log one line on each organisation or person, and return the lines."""
        body = Markup("<p>%s</p>") % said
        bodies = {partner.id: body for partner in partners}
        return partners._message_log_batch(bodies) if partners else self.env["mail.message"]

    def _snapshot(self, partners):
        """Return what stands in new contacts, by id: what somebody writes later is seen by it."""
        names = [
            name
            for name, described in partners._fields.items()
            if described.store
            and described.column_type
            and described.type != "binary"
            and name not in FOLLOWING
            and not (described.compute and described.readonly)
        ]
        rows = partners.sudo().with_context(active_test=False)
        return {partner.id: {name: value for name in names if (value := get_raw(partner, name))} for partner in rows}

    def _affiliate(self):
        """Note who belongs to whom, now that all organisations of the list are there (B6)."""
        lines = self.env["relationship.import.line"].search(
            [("import_id", "=", self.id), ("kind", "=", "organisation"), ("progress", "=", "applied")]
        )
        lines = lines.filtered(lambda line: line.partner_id and (line.values or {}).get("member_of"))
        if not lines:
            return
        matching = Matching(self)
        matching.read_umbrellas(lines.partner_id)
        matching.index.fetch(Likeness(name=name) for line in lines for name in line.values["member_of"])
        for line in lines:
            made = []
            for name in matching.find_umbrellas(line.partner_id, line.values["member_of"])[0]:
                verdict, ids = matching.index.find(Likeness(name=name))
                if verdict == SAME and (affiliation := self._create_affiliation(line, ids[0])):
                    made.append(affiliation.id)
            line.sudo().written = {**line.written, "affiliations": made}

    def _create_affiliation(self, line, umbrella_id):
        """Note that an organisation belongs to another one, unless that would be a circle, which is said."""
        values = {"organisation_id": line.partner_id.id, "umbrella_id": umbrella_id}
        try:
            with self.env.cr.savepoint():
                return self.env["relationship.affiliation"].create(values)
        except UserError as error:
            line.sudo().reason = " ".join(filter(None, [line.reason, str(error)]))
            return None

    def _end_apply(self):
        """Note that the list was brought in; a register's file goes, since it names who leads, and is public."""
        self._affiliate()
        gone = {"file": False} if self.register else {}
        self.sudo().write({"state": "applied", "applied_on": fields.Datetime.now(), "job": False, **gone})


def get_fingerprints(syntheses):
    """Return what past contacts say, by id as a text: what somebody writes in one later is seen by it."""
    return {str(synthesis.id): get_fingerprint(synthesis) for synthesis in syntheses}


def get_fingerprint(synthesis):
    """Return what a past contact says, as texts."""
    texts = [synthesis[name] or "" for name in TEXT_FIELDS]
    who = [*synthesis.participant_ids.ids, *synthesis.topic_ids.ids]
    return [str(synthesis.date), synthesis.channel, synthesis.state, str(synthesis.summary), *texts, *map(str, who)]
