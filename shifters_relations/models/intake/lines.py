"""What would become of the organisations and persons of a list: the values of its lines."""

import re
from collections import Counter, defaultdict
from functools import cached_property

from markupsafe import Markup
from odoo import fields
from odoo.fields import Domain
from odoo.tools import html2plaintext, plaintext2html
from odoo.tools.mail import html_to_inner_content

from ...columns import TARGETS, find_day, read_day
from ...emails import split_emails
from ...name_guesses import OF_ORGANISATIONS, is_place_or_heading, may_be_address, may_be_person, may_be_several
from ...sameness import ASK, LONGEST_CAPITALS, SAME, Index, Likeness
from ...texts import fold, key_of, one_line, words_of
from ...tools import format_day
from .base_index import BaseIndex
from .reading import (
    FIELD_OF,
    MORE_THAN_A_NAME,
    SEVERAL_PERSONS,
    Said,
    compared,
    complete_xmlid,
    divide_person,
    drop_title,
    person_key,
    split_contacts,
)
from .vocabulary import MAYBE_APART, Vocabulary

COMING = ("create", "update", "unchanged")
CONTACTS = "relationship_synthesis_ids"
UMBRELLAS = "relationship_affiliation_ids"
STAGE, OWNER = "relationship_stage", "relationship_owner_id"
TARGET_OF = {"organisation": {}, "person": {}}
for _target, _name in FIELD_OF.items():
    TARGET_OF[TARGETS[_target][1]][_name] = _target
USUAL_CHANNEL = "phone"  # of a past contact, where neither the list nor anybody says how it was made
EARLIEST = "1970-01-01"  # of a past contact: what workbooks and typing slips make of a day is older
# What stands below a list: totals, legends, where it comes from.
NOTE = re.compile(
    r"(?:sous-?)?total\b|(?:moyenne|somme)\b|soit \d|(?:nombre|nb) (?:total )?d[e']|legende\b|(?:source|nb|ps|note) ?:"
    r"|mise? a jour|maj\b|\*|(?:page|p\.) ?\d|doublon\b|voir\b|cf\b|document\b|(?:imprime|edite|exporte|extrait)e? le\b"
)
TITLED = ("type", "sector", "scope")  # of which a word alone in its row divides a list
FEW, SELDOM, FULL = 4, 2, 2.5  # rows that say more: at least, for each that may be a title, and what each says
# What tells that a row is an organisation's.
OF_ORGANISATION = {
    "relationship_type_id",
    "relationship_acronym",
    "relationship_siren",
    "relationship_rna",
    "website",
    "id",
}
SURELY_SEVERAL = re.compile(r"\s+\+\s+")  # between the organisations that one is a member of
SHOWN = 120  # characters of a text of a past contact


def get_raw(partner, name):
    """Return the value of a field as lines keep it."""
    value, described = partner[name], partner._fields[name]
    if described.type == "many2one":
        return value.id
    if described.type in ("date", "datetime"):
        return value and value.isoformat()
    return str(value) if described.type == "html" and value else value


def is_same(kind, name, old, new):
    """Return whether a value says what is known already, however it is written.

    :param str kind: of whom: ``organisation`` or ``person``
    :param str name: the field
    """
    if old == new:
        return True
    if not old or isinstance(new, dict):
        return False
    if name == "name":
        if kind == "person":
            return person_key(old) == person_key(new)
        return Likeness(name=old).name_key == Likeness(name=new).name_key
    if name == "city" and "cedex" in fold(new):
        return Likeness(city=old).town[0] == Likeness(city=new).town[0]
    if name == "comment":
        return read_notes(new) in read_notes(old)
    if name == "email":
        return set(split_emails(new)) <= set(split_emails(old))
    return compared(TARGET_OF[kind].get(name, ""), old) == compared(TARGET_OF[kind].get(name, ""), new)


def read_notes(html):
    """Return notes as they are compared: what Odoo exports has its tags, and links are kept in another way."""
    return fold(html_to_inner_content(html_to_inner_content(html)))


def say(record, name, value, words=None):
    """Return a value in the reader's words.

    :param record: a partner, for its field
    :param words: the words that make new records, by id
    """
    described, env = record._fields[name], record.env
    if value in (False, None, ""):
        return ""
    if isinstance(value, dict):
        return env._("%(word)s (new)", word=words.get(value["word"], ""))
    match described.type:
        case "many2one":
            return env[described.comodel_name].sudo().browse(value).display_name
        case "selection":
            return dict(described._description_selection(env)).get(value, value)
        case "boolean":
            return env._("yes")
        case "date":
            return format_day(env, value, with_year=True)
        case "html":
            return html2plaintext(value)
    return str(value)


class Matching:
    """What the base holds of the organisations and persons of a list, read in a few queries, however long it is.

    :param brought: the list, with the user who brings it in
    """

    def __init__(self, brought):
        self.brought, self.env = brought, brought.env
        companies = self.env["res.company"].sudo().with_context(active_test=False).search([("id", "!=", False)])
        self.own_names = {key_of(company.name) for company in companies}
        self.members = self.env["res.partner"]._relationship_get_current_members()
        self.words = {word.id: word.word for word in brought.word_ids}

    @cached_property
    def index(self):
        return BaseIndex(self.brought)

    @cached_property
    def external_ids(self):
        return self.brought._find_external_ids()

    @cached_property
    def own(self):
        partners = self.env["res.partner"].with_context(active_test=False)
        return partners.search(partners._relationship_get_own_domain())

    def read_persons(self, organisations):
        """Read the persons of some organisations: lists by id of their organisation."""
        persons = self.env["res.partner"].with_context(active_test=False)
        persons = persons.search(
            [("commercial_partner_id", "in", organisations.ids), ("is_company", "=", False)], order="id"
        )
        self.persons = defaultdict(list)
        for person in persons:
            self.persons[person.commercial_partner_id.id].append(person)
        return persons

    def read_addressed(self, emails):
        """Read the persons of the base who have one of some addresses."""
        self.addressed = defaultdict(list)
        persons = self.env["res.partner"].with_context(active_test=False)
        domain = Domain("is_company", "=", False) & Domain("email_normalized", "in", list(emails))
        for person in persons.search(domain & Domain("parent_id", "!=", False), order="id") if emails else ():
            self.addressed[person.email_normalized].append(person)

    def find_addressed(self, emails):
        """Return the persons of the base, of whatever organisation, who have one of these addresses."""
        return [person for email in sorted(emails) for person in self.addressed.get(email, ())]

    def read_contacts(self, organisations):
        """Read the past contacts of some organisations: lists of (day, folded text, from an import) by id."""
        self.contacts = defaultdict(list)
        syntheses = self.env["relationship.synthesis"].sudo()
        for each in syntheses.search([("partner_id", "in", organisations.ids), ("state", "=", "done")]):
            text = fold(html2plaintext(each.summary or ""))
            self.contacts[each.partner_id.id].append((str(each.date), text, bool(each.import_id)))

    @cached_property
    def listed(self):
        """Return the names of the organisations of the list that come in, as they are compared; no namesakes'."""
        lines = self.env["relationship.import.line"]
        coming = Domain("kind", "=", "organisation") & Domain("decision", "in", COMING)
        lines = lines.search_fetch(Domain("import_id", "=", self.brought.id) & coming, ["name"])
        counted = Counter(Likeness(name=line.name).name_key for line in lines)
        return {key for key, count in counted.items() if count == 1}

    def read_umbrellas(self, organisations):
        """Read what some organisations are members of: sets of ids by id."""
        self.umbrellas = defaultdict(set)
        affiliations = self.env["relationship.affiliation"].search([("organisation_id", "in", organisations.ids)])
        for affiliation in affiliations:
            self.umbrellas[affiliation.organisation_id.id].add(affiliation.umbrella_id.id)

    def find_umbrellas(self, partner, names):
        """Return those of some names that an organisation is not yet noted as a member of, and those nobody knows."""
        new, unknown = [], []
        for name in names:
            likeness = Likeness(name=name)
            verdict, ids = self.index.find(likeness)
            if verdict == SAME:
                new += [name] if ids[0] not in self.umbrellas.get(partner.id, ()) else []
            elif likeness.name_key in self.listed:
                new.append(name)
            else:
                unknown.append(name)
        return new, unknown

    def knows(self, name):
        """Return whether the base or the list has one organisation, or several, of a name."""
        return self.index.find(Likeness(name=name))[0] in (SAME, ASK) or Likeness(name=name).name_key in self.listed

    def filter_new_contacts(self, partner, contacts):
        """Return the past contacts that are not in the base yet."""
        return [
            contact
            for contact in contacts
            if not any(
                day == contact["date"] and (is_imported or not contact["text"] or fold(contact["text"]) == text)
                for day, text, is_imported in self.contacts.get(partner.id, ())
            )
        ]

    def compare(self, kind, partner, values):
        """Return what values change of a partner: (what stands there now, by field; changes in words)."""
        before, changes = {}, {}
        for name, value in values.items():
            old = get_raw(partner, name)
            if is_same(kind, name, old, value):
                continue
            before[name] = old
            changes[name] = [say(partner, name, old, self.words), say(partner, name, value, self.words)]
            if name == "comment" and old:  # notes are added to notes
                changes[name][1] = f"{changes[name][0].strip()}\n{changes[name][1].strip()}"
        return before, changes

    def get_future_owner(self, partner, values):
        """Return who would keep an organisation: whom the list says, who does, or who has its sector; a user."""
        users = self.env["res.users"].sudo()
        if owner := values.get(OWNER):
            return users.browse(owner)
        if partner.relationship_owner_id:
            return partner.relationship_owner_id
        sector = values.get("relationship_sector_id") or partner.relationship_sector_id.id
        sector = self.env["relationship.sector"].sudo().browse(sector if isinstance(sector, int) else False)
        return sector._get_member().user_id

    def settle_stage(self, partner, values):
        """Make candidates of those that nobody follows yet, and of targets that would have no owner.

        :return: the values as they are written, and a sentence where a target stays a candidate, else None
        """
        values = dict(values)
        if values.get(STAGE) == "target" and partner.relationship_stage != "target":
            if self.get_future_owner(partner, values) not in self.members:
                values[STAGE] = partner.relationship_stage or "candidate"
                return values, self.env._("Stays a candidate, since nobody of the team is its contact owner.")
        elif not values.get(STAGE) and not partner.relationship_stage:
            values[STAGE] = "candidate"
        return values, None


class Lines:
    """The lines of a list, as values: pairs of an organisation's and of those of its persons."""

    def __init__(self, brought, organisations, skipped):
        self.brought, self.env = brought, brought.env
        self.organisations, self.skipped = organisations, skipped
        self.matching = Matching(brought)
        self.nobody = self.env["res.partner"]

    def prepare(self):
        """Return the pairs, in the order of the rows."""
        matching = self.matching
        matching.index.fetch([*(likeness for _said, likeness, _rows in self.organisations), *self.list_umbrellas()])
        found = [matching.index.find(likeness) for _said, likeness, _rows in self.organisations]
        unclear = self.find_unclear()
        self.titles = self.find_titles()
        hits = defaultdict(int)
        for verdict, ids in found:
            if verdict == SAME:
                hits[ids[0]] += 1
        known = self.nobody.browse({ids[0] for verdict, ids in found if verdict == SAME})
        persons = matching.read_persons(known)
        matching.read_contacts(known)
        matching.read_umbrellas(known)
        matching.listed = {likeness.name_key for _said, likeness, _rows in self.organisations}
        self.read_strangers()
        self.read_earlier()
        self.read_towns()
        emails = {email for person in persons | known for email in [person.email] if email}
        emails |= {
            text
            for said, _likeness, rows in self.organisations
            for text in [said.get("email"), *(row.person.get("person_email") for row in rows)]
            if text
        }
        matching.read_addressed({each for text in emails for each in split_emails(text)})
        self.objecting = self.env["relationship.objection"]._get_objecting(emails)
        pairs = []
        for (said, likeness, rows), (verdict, ids), others in zip(self.organisations, found, unclear, strict=True):
            line = self.prepare_organisation(said, likeness, rows, verdict, ids, others, hits)
            if any(row.objection and not row.person for row in rows) or all(row.objection for row in rows):
                self.mind_objection(line, max(row.objection for row in rows))
            pairs.append((line, self.prepare_persons(line, said, rows)))
        self.ask_of_doubles([line for organisation, persons in pairs for line in (organisation, *persons)])
        self.break_circles([line for line, _persons in pairs])
        self.put_off_umbrellas([line for line, _persons in pairs])
        pairs += [(self.prepare_skipped(row), []) for row in self.skipped]
        return sorted(pairs, key=lambda pair: [int(number) for number in pair[0]["rows"].split(", ")])

    def find_unclear(self):
        """Return, for each organisation of the list, the rows of a richer one that it may be too; empty if none.

        Those of one name in different towns are several.
        """
        index = Index([likeness for _said, likeness, _rows in self.organisations])
        said_of = {likeness.id: said for said, likeness, _rows in self.organisations}
        of = {likeness.id: likeness for _said, likeness, _rows in self.organisations}
        result = []
        for _said, likeness, _rows in self.organisations:
            verdict, ids = index.find(likeness)
            rivals = [of[each] for each in ids] if verdict in (SAME, ASK) else []
            rivals = [each for each in rivals if not are_apart(likeness, each) and weigh(each) > weigh(likeness)]
            result.append([said_of[each.id].numbers[0] for each in rivals])
        return result

    def find_titles(self):
        """Return the rows that divide a list, alone among fuller ones: a place or a kind (False), a guess (True)."""
        alone, others, said_more = [], [], 0
        for _said, likeness, rows in self.organisations:
            is_alone = len(rows) == 1 and rows[0].filled == 1
            (alone if is_alone else others).append((likeness.name, rows[0].number))
            said_more += sum(len(row.organisation) + len(row.person) for row in rows) if not is_alone else 0
        if len(others) < len(alone) or not alone:
            return {}
        vocabulary = Vocabulary(self.env)
        are_capitals = sum(name.isupper() for name, _number in others) > len(others) / 5
        nameless = [name for name, _number in alone if not set(words_of(name)[:1]) & OF_ORGANISATIONS]
        are_seldom = len(others) >= max(FEW, SELDOM * len(nameless)) and said_more >= FULL * len(others)
        titles = {}
        for name, number in alone:
            written = fold(name).strip(" :")
            words = {written, written.removesuffix("s"), f"{written}s"}
            known = any(vocabulary.find(target, word) is not None for target in TITLED for word in words)
            if known or is_place_or_heading(name):
                titles[number] = False
        may_be_titles = bool(titles) or not are_capitals  # where others divide the list, what stands as they do may too
        for name, number in alone:
            in_capitals = len(name) > LONGEST_CAPITALS and name.isupper() and may_be_titles
            if number not in titles and (in_capitals or (are_seldom and name in nameless)):
                titles[number] = True
        return titles

    def ask_of_doubles(self, lines):
        """Ask about lines that say different things of one person of the base: the order of rows decides nothing."""
        of_person = defaultdict(list)
        for line in lines:
            if line["kind"] == "person" and line.get("partner_id") and line["decision"] in ("update", "unchanged"):
                of_person[line["partner_id"]].append(line)
        for partner_id, own in of_person.items():
            said = defaultdict(set)
            for line in own:
                for name, value in line["values"].items():
                    said[name].add(compared(TARGET_OF["person"].get(name, ""), value))
            if len(own) < 2 or all(len(values) == 1 for values in said.values()):
                continue
            asked = self.env._("Several lines of this list may be about this person: choose her for one of them.")
            for line in own:
                line |= {"candidate_ids": [fields.Command.set([partner_id])], "partner_id": False, "before": {}}
                line |= {"decision": "ask", "reason": " ".join(filter(None, [asked, line["reason"]]))}

    def break_circles(self, lines):
        """Leave out of lines whom they would belong to in a circle, and say so, in any order of the lines (B6)."""
        planned = []
        for line in lines:
            own = line.get("partner_id") or Likeness(name=line["name"]).name_key
            for name in line["values"].get("member_of", ()):
                verdict, ids = self.matching.index.find(Likeness(name=name))
                planned.append((str(own), own, ids[0] if verdict == SAME else Likeness(name=name).name_key, name, line))
        above = self.read_above({end for _key, *ends, _name, _line in planned for end in ends if isinstance(end, int)})
        for _key, own, umbrella, name, line in sorted(planned, key=lambda each: (each[0], str(each[2]))):
            if UMBRELLAS not in line["changes"]:
                continue
            if own not in get_all_above(above, umbrella):
                above[own].add(umbrella)
                continue
            line["values"]["member_of"] = [each for each in line["values"]["member_of"] if each != name]
            said = self.env._("Member of %(name)s: left out, since they would go round in a circle.", name=name)
            line["remarks"].append(said)
            self.drop_umbrella(line, name, said)

    def read_above(self, ids):
        """Return what some organisations, and all those above them, are members of: sets of ids by id.

        It takes a query for each level.
        """
        above, wanted = defaultdict(set), ids
        while wanted:
            for each in self.env["relationship.affiliation"].search([("organisation_id", "in", [*wanted])]):
                above[each.organisation_id.id].add(each.umbrella_id.id)
            wanted = {head for each in wanted for head in above[each]} - above.keys()
        return above

    def put_off_umbrellas(self, lines):
        """Say of whom a line cannot be noted as a member, or not yet: whether, or which, comes in is to decide (B6)."""
        coming = Counter(Likeness(name=line["name"]).name_key for line in lines if line["decision"] in COMING)
        for line in lines:
            for name in line["values"].get("member_of", ()) if UMBRELLAS in line["changes"] else ():
                likeness = Likeness(name=name)
                if coming[likeness.name_key] != 1 and self.matching.index.find(likeness)[0] != SAME:
                    later = self.env._("Member of %(name)s: noted once it is decided that it comes in.", name=name)
                    several = self.env._("Member of: not in the base, or several: %(names)s.", names=name)
                    self.drop_umbrella(line, name, several if coming[likeness.name_key] else later)

    def drop_umbrella(self, line, name, said):
        """Take out of what a line changes whom it belongs to, and say why."""
        line["reason"] = " ".join(filter(None, [line["reason"], said]))
        names = line["changes"].pop(UMBRELLAS, ["", ""])[1].split(", ")
        if left := [each for each in names if each not in ("", name)]:
            line["changes"][UMBRELLAS] = ["", ", ".join(left)]
        elif line["decision"] == "update" and not line["changes"]:
            line["decision"] = "unchanged"

    def read_strangers(self):
        """Read who of the base bears, as a person, the name of an organisation of the list."""
        names = {person_key(likeness.name) for _said, likeness, _rows in self.organisations} - {""}
        self.strangers = defaultdict(list)
        if not names:
            return
        partners = self.nobody.with_context(active_test=False)
        domain = Domain("is_company", "=", False) & Domain("type", "=", "contact")
        for person in partners.search_fetch(domain, ["name", "email", "phone", "function", "active"], order="id"):
            if (key := person_key(person.name)) in names:
                self.strangers[key].append(person)

    def read_earlier(self):
        """Read which organisations earlier lists called otherwise than they are called now: ids by name."""
        lines = self.env["relationship.import.line"].sudo()
        names = {likeness.name for _said, likeness, _rows in self.organisations}
        domain = Domain("kind", "=", "organisation") & Domain("import_id.state", "=", "applied")
        domain &= Domain("decision", "in", ["create", "update", "unchanged"])
        domain &= Domain("name", "in", list(names)) & Domain("partner_id.active", "=", True)
        self.earlier = defaultdict(list)
        for line in lines.search_fetch(domain, ["name", "partner_id"], order="id"):
            of_name = self.earlier[Likeness(name=line.name).name_key]
            if line.partner_id.id not in of_name:
                of_name.append(line.partner_id.id)

    def read_towns(self):
        """Read how towns are written, by what their ways to be written have in common: as the base does, else best."""
        written = defaultdict(Counter)
        for said, _likeness, _rows in self.organisations:
            for town, _number in said.values.get("city", {}).values():
                written[town_key(town)][town] += 1
        self.towns = {
            key: max(towns, key=lambda town: (rank_town(town), towns[town], len(town), town))
            for key, towns in written.items()
        }
        domain = Domain("relationship_stage", "!=", False) & Domain("city", "!=", False)
        for town, _count in (
            self.nobody._read_group(domain, ["city"], ["__count"], order="__count, city") if written else ()
        ):
            if (key := town_key(town)) in written and rank_town(town):
                self.towns[key] = town

    # Organisations

    def begin(self, kind, name, said, detail=""):
        return {
            "kind": kind,
            "name": name,
            "rows": ", ".join(map(str, sorted(set(said.numbers)))),
            "detail": detail or False,
            "reason": False,
        }

    def prepare_organisation(self, said, likeness, rows, verdict, ids, others, hits):
        """Return the values of the line of an organisation."""
        values, remarks = self.get_values("organisation", said, likeness.name)
        contacts, of_contacts = self.get_contacts(rows)
        remarks = [*said.remarks, *remarks, *of_contacts]
        for name, number in said.values.get("name", {}).values():
            if key_of(name) != key_of(likeness.name):
                remarks.append(self.env._("Row %(row)s calls it “%(name)s”.", row=number, name=name))
        line = self.begin("organisation", likeness.name, said, likeness.city or likeness.zip)
        line |= {"values": values, "contacts": contacts, "remarks": list(remarks)}
        line["same_row"] = others[0] if others else False
        partners = self.nobody.browse(ids)
        if verdict == SAME and hits[ids[0]] > 1:
            verdict = ASK
        if verdict == SAME:
            return self.settle_known(line, partners, remarks)
        if key_of(likeness.name) in self.matching.own_names:
            return self.leave(line, self.env._("It is our own organisation."))
        if verdict == ASK:
            several = len(ids) > 1
            told = self.env._("It may be this one: choose it, or new.")
            remarks.insert(0, self.env._("Several could be meant: choose one, or new.") if several else told)
            partners -= self.matching.own
            say_new(self.matching, line, remarks)
            return self.finish(line, "ask", remarks, candidates=partners)
        if (strangers := self.strangers.get(person_key(likeness.name))) and not rows[0].person:
            return self.settle_stranger(line, strangers, said, remarks)
        if others:
            rows_said = ", ".join(map(str, others))
            remarks.insert(
                0, self.env._("It may be the organisation of row %(rows)s: the same, new, or left out?", rows=rows_said)
            )
            say_new(self.matching, line, remarks)
            return self.finish(line, "ask", remarks)
        if not likeness.name_key:
            return self.leave(line, self.env._("It has no name."))
        if (is_unsure := self.titles.get(rows[0].number)) is not None:
            if not is_unsure:
                return self.leave(line, self.env._("It stands alone in its row, as a title between others does."))
            remarks.insert(0, self.env._("It stands alone in its row, as a title does: new, or left out?"))
            say_new(self.matching, line, remarks)
            return self.finish(line, "ask", remarks)
        if earlier := self.earlier.get(likeness.name_key):
            remarks.insert(0, self.env._("An earlier list called one of these so: choose it, or a new one."))
            say_new(self.matching, line, remarks)
            return self.finish(line, "ask", remarks, candidates=self.nobody.browse(earlier))
        says_little = not (rows[0].person or set(values) - {"name", "city"})
        if says_little and may_be_address(likeness.name):
            remarks.insert(0, self.env._("It looks like a line of an address: new, or left out?"))
            say_new(self.matching, line, remarks)
            return self.finish(line, "ask", remarks)
        if may_be_several(likeness.name):
            remarks.insert(0, self.env._("These seem to be several organisations: one new one, or left out?"))
            say_new(self.matching, line, remarks)
            return self.finish(line, "ask", remarks)
        if says_little and NOTE.match(fold(likeness.name)):
            remarks.insert(0, self.env._("It looks like a note or a total: new, or left out?"))
            say_new(self.matching, line, remarks)
            return self.finish(line, "ask", remarks)
        email = values.get("email")
        if email and self.objecting & set(split_emails(email)):
            return self.leave(line, self.env._("Somebody with this address asked not to be contacted."))
        if not rows[0].person:
            known = self.nobody.union(*self.matching.find_addressed(split_emails(email)))
            may_be_hers = not OF_ORGANISATION & set(values) and may_be_person(likeness.name, email)
            if known or may_be_hers or drop_title(likeness.name) != likeness.name:
                choose = self.env._("It may be a person: choose her, or a new organisation.")
                unknown = self.env._("It may be a person: a new organisation all the same, or left out?")
                remarks.insert(0, choose if known else unknown)
                say_new(self.matching, line, remarks)
                return self.finish(line, "ask", remarks, candidates=known)
        say_new(self.matching, line, remarks)
        return self.finish(line, "create", remarks)

    def mind_objection(self, line, said):
        """Ask about a line of which a row says, in whatever column, that one is not to be contacted (G4)."""
        if line["decision"] not in ("create", "update") or line["values"].get("relationship_no_contact"):
            return
        asked = self.env._("Its row says “%(text)s”: bring it in all the same, or leave it out?", text=shorten(said))
        line |= {"decision": "ask", "reason": " ".join(filter(None, [asked, line["reason"]]))}
        if line.get("partner_id"):
            line |= {"candidate_ids": [fields.Command.set([line["partner_id"]])], "partner_id": False, "before": {}}

    def settle_known(self, line, partner, remarks):
        """Return the line of an organisation of the base: what changes, or why it is left out."""
        line["partner_id"] = partner.id
        if partner in self.matching.own:
            return self.leave(line, self.env._("It is our own organisation."))
        if not partner.active:
            return self.leave(line, self.env._("It is archived: take it back first, if it is to be followed again."))
        if partner.relationship_no_contact:
            return self.leave(line, self.env._("It asked not to be contacted."))
        compare_line(self.matching, line, partner, remarks)
        return self.finish(line, line["decision"], remarks)

    def settle_stranger(self, line, persons, said, remarks):
        """Return the line of a row whose name a person of the base bears: she is no organisation."""
        emails = set(split_emails(said.get("email") or ""))
        hers = [each for each in persons if emails & set(split_emails(each.email or ""))]
        key = person_key(line["name"])
        others = [likeness for _said, likeness, _rows in self.organisations if person_key(likeness.name) == key]
        if len(others) > 1 or (not hers and (len(persons) > 1 or (emails and persons[0].email))):
            remarks.insert(0, self.env._("A person of the base bears this name: choose her, or a new organisation."))
            say_new(self.matching, line, remarks)
            return self.finish(line, "ask", remarks, candidates=self.nobody.union(*persons))
        person = (hers or persons)[0]
        names = {"email": "email", "phone": "phone"}
        line |= {"kind": "person", "partner_id": person.id, "contacts": []}
        line["values"] = {name: line["values"][name] for name in names if name in line["values"]}
        if not person.active:
            return self.leave(line, self.env._("This person is archived."))
        if person.relationship_no_contact or person.commercial_partner_id.relationship_no_contact:
            return self.leave(line, self.env._("This person asked not to be contacted."))
        remarks.insert(0, self.env._("It is a person of the base, no organisation."))
        compare_line(self.matching, line, person, remarks)
        return self.finish(line, line["decision"], remarks)

    def prepare_skipped(self, row):
        """Return the line of a row that names no organisation."""
        name = row.person.get("person_name", "")
        told = [value for said in (row.organisation, row.person, row.contact) for value in said.values()]
        told = " · ".join(dict.fromkeys(one_line(value) for value in told if isinstance(value, str) and value != name))
        line = self.begin("person" if name else "organisation", name, Said(numbers=[row.number]), shorten(told))
        line |= {"values": {}, "contacts": []}
        if name:
            said = [self.env._("No organisation is named for this person.")]
        else:
            said = [] if row.remarks else [self.env._("It has no name.")]
        return self.leave(line, " ".join([*said, *row.remarks]))

    # Persons

    def prepare_persons(self, organisation, said, rows):
        """Return the values of the lines of the persons of one organisation."""
        lines = []
        for hers, name in self.gather_persons(rows):
            values, remarks = self.get_values("person", hers, name)
            line = self.begin("person", name, hers, hers.get("person_email"))
            line |= {"values": values, "contacts": [], "remarks": [*hers.remarks, *remarks]}
            line = self.settle_person(line, organisation, [*hers.remarks, *remarks])
            if hers.is_below and line["decision"] == "create":
                asked = self.env._("Her row names no organisation: is she of the one above it?")
                line |= {"decision": "ask", "reason": " ".join(filter(None, [asked, line["reason"]]))}
            if organisation["decision"] == "ask" and line["decision"] == "create":
                waits = self.env._("She comes in once it is decided what her organisation is.")
                line["reason"] = " ".join(filter(None, [line["reason"], waits]))
            if hers.objection:
                self.mind_objection(line, hers.objection)
            if SEVERAL_PERSONS.search(name) and line["decision"] == "create":
                asked = self.env._("These seem to be several persons: one new person, or left out?")
                if divide_person(name):
                    asked = self.env._("These seem to be several persons: one for each, one alone, or left out?")
                line |= {"decision": "ask", "reason": " ".join(filter(None, [asked, line["reason"]]))}
            elif MORE_THAN_A_NAME.search(name) and line["decision"] == "create":
                asked = self.env._("This says more than a name: a new person who is called so, or left out?")
                line |= {"decision": "ask", "reason": " ".join(filter(None, [asked, line["reason"]]))}
            lines.append(line)
        return lines

    def gather_persons(self, rows):
        """Yield the persons of some rows, each once: pairs of what is said of her and her name.

        Two of one name are told apart by their addresses.
        """
        of_name = defaultdict(list)
        for row in rows:
            if name := row.person.get("person_name"):
                of_name[person_key(name)].append(row)
        for same in of_name.values():
            addresses = {split_emails(row.person.get("person_email", ""))[:1] for row in same} - {()}
            of_address = defaultdict(list)
            for row in same:
                address = split_emails(row.person.get("person_email", ""))[:1]
                if not address and len(addresses) == 1:
                    [address] = addresses
                of_address[address].append(row)
            for own in of_address.values():
                said = Said(numbers=[row.number for row in own], is_below=all(row.is_below for row in own))
                said.objection = max(row.objection for row in own)
                names = []
                for row in own:
                    names.append(row.person["person_name"])
                    for target, value in row.person.items():
                        if target != "person_name":
                            said.add(target, value, row.number)
                    if row.is_person:
                        said.remarks += [remark for remark in row.remarks if remark not in said.remarks]
                said.is_vague = len(addresses) > 1 and not split_emails(said.get("person_email") or "")
                yield said, max(names, key=lambda name: (not name.isupper(), name))

    def settle_person(self, line, organisation, remarks):
        """Return the line of a person: who she is among those of her organisation, and what changes."""
        if organisation["decision"] == "skip":
            return self.leave(line, self.env._("Her organisation is left out."))
        if self.objecting & set(split_emails(line["values"].get("email"))):
            return self.leave(line, self.env._("Somebody with this address asked not to be contacted."))
        partner = self.nobody.browse(organisation.get("partner_id") or [])
        return match_person(self.matching, line, partner, remarks)

    # What is said

    @cached_property
    def labels(self):
        """Return what columns are called on the page, by target."""
        return dict(self.env["relationship.import.column"]._fields["target"]._description_selection(self.env))

    def get_values(self, kind, said, name):
        """Return what the rows say of one, by field, and what they contradict each other in."""
        values, remarks = {"name": name} if name else {}, []
        for target, known in said.values.items():
            field_name = FIELD_OF.get(target)
            if not field_name or TARGETS[target][1] != kind or target == "name":
                continue
            found = list(known.values())
            if target == "city":
                found = [(self.towns.get(town_key(town), town), number) for town, number in found]
            if field_name == "comment":
                values["comment"] = str(Markup("").join(plaintext2html(value) for value, _number in found))
            elif len(found) == 1:
                values[field_name] = found[0][0]
            else:
                told = ", ".join(
                    self.env._(
                        "%(value)s (row %(row)s)",
                        value=say(self.nobody, field_name, value, self.matching.words),
                        row=number,
                    )
                    for value, number in found
                )
                remarks.append(
                    self.env._(
                        "%(field)s: left as it is, since the rows do not agree: %(told)s.",
                        field=self.labels[target],
                        told=told,
                    )
                )
        if values.get("relationship_no_contact") is False:
            del values["relationship_no_contact"]  # a list never says that somebody may be contacted again
        if external := said.get("external_id"):
            values["id"] = complete_xmlid(external)
        if umbrellas := said.values.get("member_of"):
            names = [name for value, _number in umbrellas.values() for name in value.split("\n")]
            values["member_of"] = list(dict.fromkeys(part for name in names for part in self.divide_umbrellas(name)))
        return values, remarks

    def list_umbrellas(self):
        """Return what the list says that others are members of, whole and divided, as it is looked up."""
        cells = [
            value for said, *_others in self.organisations for value, _n in said.values.get("member_of", {}).values()
        ]
        names = {name for cell in cells for name in cell.split("\n")}
        names |= {part for name in names for between in (SURELY_SEVERAL, MAYBE_APART) for part in between.split(name)}
        return [Likeness(name=name.strip()) for name in sorted(names)]

    def divide_umbrellas(self, name):
        """Return the organisations that a cell names: one that is known so is one, as is what may be a name.

        What stands between two plus signs is several; what a comma or an "and" divides is, where each is known.
        """
        if self.matching.knows(name):
            return [name]
        for between, is_sure in ((SURELY_SEVERAL, True), (MAYBE_APART, False)):
            parts = list(filter(None, map(str.strip, between.split(name))))
            if len(parts) > 1 and (is_sure or all(map(self.matching.knows, parts))):
                return [part for each in parts for part in self.divide_umbrellas(each)]
        return [name]

    def get_contacts(self, rows):
        """Return the past contacts that rows tell, and what is wrong with others."""
        today = fields.Date.to_string(fields.Date.context_today(self.brought))
        contacts, remarks, told_of = [], [], []
        for row in rows:
            day, text = row.contact.get("last_contact_date"), row.contact.get("last_contact_text", "")
            told = [[day, text]] if day else split_contacts(text) or [read_day(text)]
            if not told[0][0]:
                told = [[find_day(text), text]]
            told_of += [(row, day, text) for day, text in told]
        for row, day, text in told_of:
            if not day:
                if text:
                    remarks.append(
                        self.env._("A past contact without its date was left out: %(text)s", text=shorten(text))
                    )
                continue
            told = say_contact(self.env, day, text)
            if day < EARLIEST:
                remarks.append(self.env._("A contact so long ago was left out: %(date)s.", date=told))
                continue
            if day > today:
                remarks.append(self.env._("A contact in the future was left out: %(date)s.", date=told))
                continue
            channel = row.contact.get("last_contact_channel")
            contact = {"date": day, "text": text, "channel": channel or self.brought.channel or USUAL_CHANNEL}
            if author := row.contact.get("last_contact_author"):
                contact["author"] = author
            if not any(each["date"] == day and fold(each["text"]) == fold(text) for each in contacts):
                contacts.append(contact)
        return sorted(contacts, key=lambda each: (each["date"], each["text"])), remarks

    def leave(self, line, reason):
        return line | {"decision": "skip", "reason": reason, "changes": {}}

    def finish(self, line, decision, remarks, candidates=None):
        line |= {"decision": decision, "reason": " ".join(dict.fromkeys(remarks)) or False}
        if candidates:
            line["candidate_ids"] = [fields.Command.set(candidates.ids)]
        return line


def say_new(matching, line, remarks):
    """Note on a line what a new contact will have, in words."""
    partners, values = matching.env["res.partner"], line["values"]
    if line["kind"] == "organisation":
        values, said = matching.settle_stage(partners, values)
        remarks += filter(None, [said])
    line["changes"] = {
        name: ["", say(partners, name, value, matching.words)]
        for name, value in values.items()
        if name in partners._fields and name not in ("name", "id") and value is not False
    }
    show_contacts(matching.env, line)
    show_umbrellas(matching, line, partners, remarks)
    show_owner(matching, line, partners, values)


def show_owner(matching, line, partner, values):
    """Add to the changes of a line who becomes its owner without being said: the member who has its sector."""
    is_given = "relationship_sector_id" in line["changes"] and line["kind"] == "organisation"
    is_given = is_given and not values.get(OWNER) and not partner.relationship_owner_id
    if is_given and (owner := matching.get_future_owner(partner, values)):
        line["changes"][OWNER] = ["", matching.env._("%(name)s, by the sector", name=owner.name)]


def show_umbrellas(matching, line, partner, remarks):
    """Add to the changes of a line what the organisation becomes a member of (B6)."""
    new, unknown = matching.find_umbrellas(partner, line["values"].get("member_of", ()))
    if new:
        line["changes"][UMBRELLAS] = ["", ", ".join(new)]
    if unknown:
        remarks.append(matching.env._("Member of: not in the base, or several: %(names)s.", names=", ".join(unknown)))


def show_contacts(env, line):
    """Add to the changes of a line the past contacts that it brings."""
    channels = dict(env["relationship.synthesis"]._fields["channel"]._description_selection(env))
    told = []
    for contact in line["contacts"]:
        how = [channels[contact["channel"]], env["res.users"].sudo().browse(contact.get("author")).name]
        told.append(say_contact(env, contact["date"], contact["text"], ", ".join(filter(None, how))))
    if told:
        line["changes"][CONTACTS] = ["", " · ".join(told)]


def say_contact(env, day, text, how=""):
    """Return a past contact in a line: its day, how and by whom it was made, how its text begins."""
    day = format_day(env, day, with_year=True)
    day = f"{day} ({how})" if how else day
    return env._("%(day)s: %(text)s", day=day, text=shorten(text)) if text else day


def shorten(text):
    """Return the beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"


def town_key(town):
    """Return what two ways to write a town have in common; a district, and what the post adds to it, stay.

    >>> town_key("NANTES") == town_key("nantes"), town_key("St Herblain") == town_key("Saint-Herblain")
    (True, True)
    >>> town_key("Nantes cedex") == town_key("Nantes"), town_key("Lyon 3e") == town_key("Lyon")
    (False, False)
    """
    is_more = "cedex" in fold(town) or any(map(str.isdecimal, town))
    return key_of(town) if is_more else Likeness(city=town).town[0]


def rank_town(town):
    """Return whether a town is written as a name is, and not in one size of letters.

    >>> rank_town("Nantes"), rank_town("NANTES"), rank_town("nantes")
    (True, False, False)
    """
    return not (town.isupper() or town.islower())


def get_all_above(above, umbrella):
    """Return an umbrella with all that it belongs to, however far.

    >>> sorted(get_all_above({1: {2}, 2: {3, 1}}, 1))
    [1, 2, 3]
    """
    found, waiting = set(), [umbrella]
    while waiting:
        if (head := waiting.pop()) not in found:
            found.add(head)
            waiting += above.get(head, ())
    return found


def weigh(likeness):
    """Return how much a likeness says: the order in which those of a list are taken for the other."""
    said = (likeness.siren, likeness.rna, likeness.city or likeness.zip, likeness.acronym, likeness.sites)
    return sum(map(bool, said)), len(likeness.name), likeness.name, -likeness.id


def are_apart(one, two):
    """Return whether two of one name are in different towns: a list that says both means two."""
    towns = one.town[0], two.town[0]
    codes = one.town[2], two.town[2]
    return one.name_key == two.name_key and (
        (all(towns) and towns[0] != towns[1]) or (all(codes) and codes[0] != codes[1])
    )


def compare_line(matching, line, partner, remarks):
    """Note on a line what changes of its partner, and whether anything does."""
    values = line["values"]
    if line["kind"] == "organisation":
        values, said = matching.settle_stage(partner, values)
        remarks += filter(None, [said])
    own = {name: value for name, value in values.items() if name in partner._fields and name != "id"}
    if not values.get("id") or values["id"] not in matching.external_ids.get(partner.id, ()):
        own.pop("name", None)  # how a list writes a name says nothing against how the team does
    line["before"], line["changes"] = matching.compare(line["kind"], partner, own)
    told = matching.filter_new_contacts(partner, line["contacts"])
    show_contacts(matching.env, {**line, "contacts": told})
    show_umbrellas(matching, line, partner, remarks)
    show_owner(matching, line, partner, values)
    line["partner_id"] = partner.id
    line["decision"] = "update" if line["changes"] else "unchanged"


def match_person(matching, line, organisation, remarks):
    """Note on the line of a person who of her organisation she is, or that she is new, or that it is asked."""
    known = matching.persons.get(organisation.id, []) if organisation else []
    emails = set(split_emails(line["values"].get("email")))
    key = person_key(line["name"])
    named = [each for each in known if person_key(each.name) == key]
    addressed = [each for each in known if emails & set(split_emails(each.email))]
    sure = [each for each in named if each in addressed]
    if not sure:
        sure = [each for each in named if not (emails and split_emails(each.email))]
        sure = sure if len(named) == 1 else []
    if len(sure) == 1:
        [person] = sure
        line["partner_id"] = person.id
        if not person.active:
            return line | {"decision": "skip", "changes": {}, "reason": matching.env._("This person is archived.")}
        if person.relationship_no_contact:
            return line | {
                "decision": "skip",
                "changes": {},
                "reason": matching.env._("This person asked not to be contacted."),
            }
        compare_line(matching, line, person, remarks)
        return line | {"reason": " ".join(dict.fromkeys(remarks)) or False}
    say_new(matching, line, remarks)
    elsewhere = [each for each in matching.find_addressed(emails) if not organisation or each not in known]
    if elsewhere and not (named or addressed):
        where = ", ".join(dict.fromkeys(each.commercial_partner_id.display_name or each.name for each in elsewhere))
        said = matching.env._(
            "This address is known at %(organisation)s: new here too, or left out?", organisation=where
        )
        return line | {"decision": "ask", "reason": " ".join(dict.fromkeys([said, *remarks]))}
    if candidates := list(dict.fromkeys([*named, *addressed])):
        remarks.insert(0, matching.env._("Somebody of this name, or with this address, is known: choose, or new."))
        line["candidate_ids"] = [fields.Command.set([each.id for each in candidates])]
        line["decision"] = "ask"
    else:
        line["decision"] = "create"
    return line | {"reason": " ".join(dict.fromkeys(remarks)) or False}
