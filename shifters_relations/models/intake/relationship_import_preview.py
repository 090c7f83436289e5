import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace

from odoo import Command, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import split_every

from ...columns import TARGETS, find_sites, names_day, read_date, read_day, read_value
from ...emails import split_emails
from ...identifiers import read_rna, read_siren
from ...name_guesses import names_no_organisation, names_nobody, objects
from ...sameness import Likeness, group
from ...texts import fold, one_line
from ...tools import format_day
from ..loop.res_partner import BATCH
from ..organisation.res_partner_duplicate import COMPARED
from .lines import Lines
from .reading import (
    COMPANY,
    NO,
    PERSON,
    YES,
    Row,
    Said,
    complete_xmlid,
    is_continued,
    join_lines,
    merge_likenesses,
    put,
    settle_address,
    settle_person,
    split_contacts,
)
from .relationship_import import AT_ONCE
from .vocabulary import LEFT_OUT, SURELY_APART, Vocabulary

JOINED = "joined"  # among what is decided: rows that people said are one organisation's, lists of numbers
LEAST_DIGITS = 3  # of a telephone number
# What no program has worked out.
FORMULA = re.compile(r"=\s*[-+(]?(?:\$?[A-Z]{1,3}\$?\d+\b|[A-Z][A-Z0-9.]*\(|\d|'?[\w ]+'?![$A-Z]).*", re.DOTALL)
MAY_OBJECT = re.compile(
    "contact|sollicit|appel|call|[ée]cri|write|relanc|march|oppos|inscri|abonn|list|diss|existe|cess|radi|liquid|c[ée]d|ferm|inacti|archiv|sommeil",
    re.IGNORECASE,
)


class RelationshipImport(models.Model):
    """What would become of each organisation and each person of a list, before anything is written (B2, B3)."""

    _inherit = "relationship.import"  # pylint: disable=consider-merging-classes-inherited

    def action_preview(self):
        """Show what would become of each organisation and each person; nothing of the base is written.

        :raise AccessError: the user is no organiser
        :raise UserError: the list was not read, has no column of names, or was brought in already; more of a
            register are left than somebody can choose from
        """
        self.ensure_one()
        self._check_organiser()
        self._check_before_apply()
        if self.state == "draft":
            self.action_read()
        self._lock()
        if self.register:
            self._preview_register()
            return True
        targets = set(self.column_ids.mapped("target"))
        if not targets & {"name", "parent_name", "siren", "rna", "external_id"}:
            raise UserError(self.env._("Say which column holds the name of the organisation."))
        if self.row_count > AT_ONCE:
            return self._begin("preview")
        self._preview()
        return True

    def _preview(self):
        """Make the lines anew."""
        me = self.sudo()
        me.line_ids.unlink()
        organisations, skipped = self._gather(list(self._read_rows()))
        lines = Lines(self, organisations, skipped).prepare()
        self._create_lines(lines)
        me.write({"state": "previewed", "message": False})
        self.invalidate_recordset()
        self._decide_again(self.line_ids)

    def _preview_again(self, lines, kept):
        """Make some lines anew, all as one of them: their rows are one organisation's.

        :param kept: the line that stays
        """
        numbers = (lines | lines.person_line_ids)._get_numbers()
        organisations, _skipped = self._gather([row for row in self._read_rows() if row.number in numbers])
        made = Lines(self, organisations, []).prepare()
        ((values, persons),) = [pair for pair in made if str(min(kept._get_numbers())) in pair[0]["rows"].split(", ")]
        anew = dict.fromkeys(("partner_id", "before", "same_line_id"), False)
        anew |= {"candidate_ids": [Command.clear()], "changes": {}}
        values.pop("same_row")
        kept = kept.sudo()
        lines.sudo().person_line_ids.unlink()
        (lines.sudo() - kept).unlink()
        kept.write({**anew, **values})
        self._create_persons([(kept, persons)])
        self.invalidate_recordset()
        self._decide_again(kept | kept.person_line_ids)

    def _decide_again(self, lines):
        """Take again what was decided of lines in an earlier preview, where that can still be done."""
        decided = self.decided or {}
        for line in lines.with_env(self.env) if decided else ():
            if (identity := line._get_identity()) in decided:
                with suppress(UserError), self.env.cr.savepoint():
                    line._decide(*decided[identity])

    def _create_lines(self, lines):
        """Make lines: pairs of the values of an organisation's line and of those of its persons."""
        Line = self.env["relationship.import.line"].sudo()
        sequence = 0
        of_row, same = {}, {}
        for batch in split_every(BATCH, lines, list):
            values = []
            for organisation, _persons in batch:
                sequence += 1
                same[sequence] = organisation.pop("same_row", False)
                values.append({**organisation, "import_id": self.id, "sequence": sequence})
            made = Line.create(values)
            of_row.update((number, line) for line in made for number in line._get_numbers())
            self._create_persons(zip(made, (persons for _organisation, persons in batch), strict=True))
        for line in {line.id: line for line in of_row.values()}.values():
            if number := same[line.sequence]:
                line.same_line_id = of_row[number]

    def _create_persons(self, pairs):
        """Make the lines of persons: pairs of the line of their organisation and of their values."""
        values = [
            {**person, "import_id": self.id, "sequence": line.sequence, "organisation_line_id": line.id}
            for line, persons in pairs
            for person in persons
        ]
        self.env["relationship.import.line"].sudo().create(values)

    # Rows

    def _read_rows(self):
        """Yield what each row says."""
        sheet = self._read_sheet()
        vocabulary = Vocabulary(self.env, self._get_decided())
        columns = [(column.sequence, column.target, column.header) for column in self.column_ids]
        cache, objections = {}, {}
        for number, cells in zip(sheet.numbers, sheet.rows, strict=True):
            row, said = Row(number, {}, {}, {}, []), {}
            for index, target, header in columns:
                text = cells[index]
                if not text.strip():
                    continue
                row.filled += 1
                if target != "no_contact" and MAY_OBJECT.search(text):
                    if text not in objections:
                        objections[text] = objects(text)
                    row.objection = row.objection or (text if objections[text] else "")
                if not target:
                    continue
                if target == "last_contact_date" and split_contacts(text):
                    put(row, "last_contact_text", text)
                    continue
                if target == "last_contact_date":
                    day, told = read_day(text)
                    if told and day:
                        put(row, "last_contact_text", told)
                    if rough := self._say_rough(header, text):
                        row.remarks.append(rough)
                    text = day or told
                if (target, text) not in cache:
                    cache[target, text] = self._read_cell(vocabulary, target, text, header)
                value, remark = cache[target, text]
                if remark:
                    row.remarks.append(remark)
                if remark and target == "no_contact":
                    row.objection = row.objection or text
                if value is not None:
                    put(row, target, value)
                    said[target] = header, text
                elif target in ("name", "parent_name"):
                    row.is_of_none = True
            row.remarks += [self._say_not_read(*said[target]) for target in settle_person(row) if target in said]
            settle_address(row)
            if row.organisation or row.person or row.contact or row.is_of_none or row.remarks:
                yield row
        if sheet.further:
            told = self.env._("Another table begins here, and is not read: put it on a sheet of its own.")
            yield Row(sheet.further, {}, {}, {}, [told])

    def _say_not_read(self, header, text):
        return self.env._("%(column)s: “%(text)s” was not read.", column=header, text=text)

    def _say_rough(self, header, text):
        """Return what day is taken for a date that says none, None where it does."""
        if not read_date(text) or names_day(text):
            return None
        day = format_day(self.env, read_date(text), with_year=True)
        return self.env._("%(column)s: “%(text)s” is taken for %(day)s.", column=header, text=text, day=day)

    def _read_cell(self, vocabulary, target, text, header):
        """Return (what a cell says as it is kept, None if nothing; a remark where something is left out)."""
        kind = TARGETS[target][0]
        left = self._say_not_read(header, text)
        further = find_sites(text)[1:] if kind == "site" else []
        rough = self._say_rough(header, text) if kind == "date" else None
        if (
            FORMULA.fullmatch(text)
            or (target in ("name", "parent_name") and names_no_organisation(text))
            or (target == "person_name" and names_nobody(text))
        ):
            return None, left
        text = read_value(target, join_lines(text) if target == "person_name" else text)
        if not text:
            return None, left
        if target == "is_company":
            known = fold(text)
            return (False if known in PERSON else True if known in COMPANY | YES else None), None
        if target == "siren":
            return (read_siren(text) or None), (None if read_siren(text) else left)
        if target == "rna":
            return (read_rna(text) or None), (None if read_rna(text) else left)
        if target == "member_of":
            return "\n".join(filter(None, map(one_line, SURELY_APART.split(text)))) or None, None
        if kind == "word":
            value, further, unknown = vocabulary.read(target, text)
            words = [
                vocabulary.get_labels(target).get(each, "") if not isinstance(each, dict) else "" for each in further
            ]
            words = [*filter(None, words), *unknown]
            remark = None
            if words:
                told = {"column": header, "words": ", ".join(words)}
                if kept := isinstance(value, (int, str)) and vocabulary.get_labels(target).get(value):
                    remark = self.env._("%(column)s: %(kept)s is kept; left out: %(words)s.", kept=kept, **told)
                else:
                    remark = self.env._("%(column)s: left out: %(words)s.", **told)
            return (None if value == LEFT_OUT else value), remark
        if kind == "bool":
            known = fold(text).strip(" !.")
            return (True, None) if known in YES else (False, None) if known in NO else (None, left)
        if kind == "email":
            emails = split_emails(text)
            whole = [email for email in emails if "." in email.partition("@")[2]]
            several = self.env._("%(column)s: several addresses, a mail goes to all of them.", column=header)
            remark = several if len(whole) > 1 else None
            return (", ".join(whole) or None), (remark if whole and whole == list(emails) else left)
        if kind == "date":
            return (text, rough) if read_date(text) == text else (None, left)
        if (kind == "site" and ("." not in text or " " in text.strip())) or (
            kind == "phone" and sum(map(str.isdecimal, text)) < LEAST_DIGITS
        ):
            return None, left
        if kind == "site":
            remark = further and self.env._("%(column)s: left out: %(words)s.", column=header, words=", ".join(further))
            return self.env["res.partner"]._clean_website(one_line(text)), remark
        if target in ("notes", "person_notes", "last_contact_text"):
            return text.strip() or None, None
        return one_line(text) or None, None

    # Organisations

    def _gather(self, rows):
        """Return the rows as the organisations that they stand for, and those that stand for none.

        :return: lists of (:class:`Said` of the organisation, its likeness, rows), and of (row, reason)
        """
        skipped, likenesses, by_id, below = [], [], {}, defaultdict(list)
        may_continue = self._has_persons_beside_organisations()
        for place, row in enumerate(rows):
            likeness = replace(self._get_row_likeness(row), id=place)
            if not (likeness.name_key or likeness.identifiers or likeness.external_ids):
                above = rows[place - 1] if place else None
                if may_continue and is_continued(row, above):
                    row.place = above.place
                    below[row.place].append(row)
                else:
                    skipped.append(row)
                continue
            row.place = place
            by_id[place] = row
            likenesses.append(likeness)
        of_row = {likeness.id: likeness for likeness in likenesses}
        gathered = []
        for places in self._join(group(likenesses), by_id):
            own = [by_id[place] for place in sorted(places)]
            said = Said(numbers=[row.number for row in own])
            own += [row for place in sorted(places) for row in below[place]]
            for row in own:
                for target, value in row.organisation.items():
                    said.add(target, value, row.number)
                if not row.is_person or not row.person:
                    said.remarks += [remark for remark in row.remarks if remark not in said.remarks]
            gathered.append((said, merge_likenesses([of_row[place] for place in sorted(places)]), own))
        return gathered, skipped

    def _join(self, groups, rows):
        """Return groups of rows, those as one that people said are.

        :param dict rows: by what names them in the groups
        """
        for numbers in map(set, (self.decided or {}).get(JOINED, ())):
            own = [places for places in groups if not numbers.isdisjoint(rows[place].number for place in places)]
            if len(own) > 1:
                groups = [*(places for places in groups if places not in own), [each for one in own for each in one]]
        return groups

    def _has_persons_beside_organisations(self):
        """Return whether the list is one of organisations with their persons: else no row goes on with another."""
        columns = {column.target: column.sequence for column in self.column_ids}
        persons = [place for target, place in columns.items() if (target or "").startswith("person_")]
        return not self.known_as and bool(persons) and columns.get("name", max(persons)) < min(persons)

    def _get_row_likeness(self, row):
        values = row.organisation
        external = values.get("external_id") or (values.get("name") if "." in values.get("name", "") else None)
        return Likeness(
            id=row.number,
            name=values.get("name", ""),
            acronym=values.get("acronym", ""),
            city=values.get("city", ""),
            zip=values.get("zip", ""),
            sites=(values["website"],) if values.get("website") else (),
            siren=values.get("siren", ""),
            rna=values.get("rna", ""),
            external_ids=(complete_xmlid(external),) if external else (),
        )

    def _get_base(self):
        """Return the organisations of the base that the user may read, archived ones too, as they are compared."""
        partners = self.env["res.partner"].with_context(active_test=False)
        found = partners.search_fetch([("is_company", "=", True)], list(COMPARED), order="id")
        external = self._find_external_ids()
        return [partner._relationship_get_likeness(tuple(external.get(partner.id, ()))) for partner in found]

    def _find_external_ids(self, partners=None):
        """Return the external ids of some contacts, else of all of them, by their id."""
        found = defaultdict(list)
        data = self.env["ir.model.data"].sudo()
        of = Domain("model", "=", "res.partner")
        of &= Domain.TRUE if partners is None else Domain("res_id", "in", partners.ids)
        for each in data.search_fetch(of, ["module", "name", "res_id"]):
            found[each.res_id].append(f"{each.module}.{each.name}")
        return found
