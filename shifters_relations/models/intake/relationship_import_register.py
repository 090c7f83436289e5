import io
from contextlib import contextmanager
from pathlib import Path

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...identifiers import read_rna, read_siren
from ...registers import Filter, count_words, find_register, read_places, read_register
from ...sheets import Unreadable
from ...texts import fold, key_of
from .lines import UMBRELLAS, Lines
from .reading import Row, put
from .vocabulary import LEFT_OUT, Vocabulary

MOST = 2_000  # organisations that a preview of a register shows: more are nobody's to choose from
MOST_GONE = 200  # of which it is said that they have left
# What a register may add to an organisation of the base, where nothing stands; all else is the team's.
FILLED = ("relationship_siren", "relationship_rna", "relationship_acronym", "website", "zip", "city")


class RelationshipImport(models.Model):
    """A public register: a list with a filter in front, from which people choose (B5).

    Its organisations that the base has are recognised; the others begin as left out, those first of whose type
    and sector nobody is followed yet. Who is chosen becomes a candidate. No person of it is read.
    """

    _inherit = "relationship.import"  # pylint: disable=consider-merging-classes-inherited

    choice_ids = fields.One2many("relationship.import.choice", "import_id", "Choices")
    category_choice_ids = fields.One2many(
        "relationship.import.choice", "import_id", "Categories", domain=[("kind", "=", "category")]
    )
    level_choice_ids = fields.One2many(
        "relationship.import.choice", "import_id", "Levels", domain=[("kind", "=", "level")]
    )
    sector_choice_ids = fields.One2many(
        "relationship.import.choice", "import_id", "Sectors", domain=[("kind", "=", "sector")]
    )
    places = fields.Char(help="Departments, the beginning of zip codes, or towns, with commas between: 01, 69, Lille.")
    still_registered = fields.Boolean("Still registered only", default=True)
    register_figures = fields.Json(readonly=True, copy=False)
    waiting_count = fields.Integer("To choose from", compute="_compute_waiting_count")
    register_summary = fields.Char(compute="_compute_register_summary")

    @api.depends("register_figures")
    @api.depends_context("lang")
    def _compute_register_summary(self):
        for brought in self:
            figures = brought.register_figures or {}
            sentences = [
                (figures.get("read"), self.env._("Entries in the register: %s.", figures.get("read"))),
                (figures.get("gone"), self.env._("Left since: %s.", figures.get("gone"))),
                (
                    figures.get("person"),
                    self.env._("Persons (independent consultants, lawyers), not read: %s.", figures.get("person")),
                ),
            ]
            brought.register_summary = " ".join(said for count, said in sentences if count) or False

    # Reading

    def _recognise_register(self):
        """Note which register the file is, if it is one.

        :return: whether it is
        """
        me = self.sudo()
        me.choice_ids.unlink()
        me.register = self._find_register()
        return bool(me.register)

    def _read_register(self):
        """Read what there is to choose by in a register.

        :raise UserError: the file cannot be read, and why
        """
        me = self.sudo()
        with self._open_register() as entries:
            counts, figures = count_words(entries)
        me.line_ids.unlink()
        me.column_ids.unlink()
        me.write(
            {
                "state": "read",
                "known_as": me.register,
                "sheet_names": [],
                "samples": False,
                "encoding": False,
                "row_count": figures["read"],
                "register_figures": dict(figures),
                "message": False,
                "choice_ids": [
                    Command.create({"kind": kind, "name": word, "row_count": count})
                    for kind, words in counts.items()
                    for word, count in words.most_common()
                ],
            }
        )

    def _find_register(self):
        with self._open_file() as file:
            return find_register(file) or False

    @contextmanager
    def _open_file(self):
        """Open the file where it is kept: a register may be long."""
        attachment = self.sudo()._get_file_attachment()
        path = attachment.store_fname and Path(attachment._full_path(attachment.store_fname))
        with path.open("rb") if path and path.exists() else io.BytesIO(attachment.raw or b"") as file:
            yield file

    @contextmanager
    def _open_register(self):
        """Give the entries of the register, as a stream.

        :raise UserError: it cannot be read, and why
        """
        try:
            with self._open_file() as file:
                yield read_register(file)[1]
        except Unreadable as error:
            raise UserError(self._say_unreadable(error)) from error

    # Previewing

    def action_view_waiting(self):
        """Open the organisations of the register that the base does not have, to choose from them.

        :raise AccessError: the user is no organiser
        """
        self.ensure_one()
        self._check_organiser()
        window = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.relationship_import_waiting_action")
        context = {"relationship_import_id": self.id}
        return {**window, "domain": [("import_id", "=", self.id), *WAITING], "context": context}

    def _compute_waiting_count(self):
        for brought in self:
            brought.waiting_count = self.env["relationship.import.line"].search_count(
                [("import_id", "=", brought.id), *WAITING]
            )

    def _preview_register(self):
        """Make the lines anew: few enough to be shown at once, without a job.

        :raise UserError: more are left than somebody can choose from
        """
        me = self.sudo()
        me.line_ids.unlink()
        base = _Base(self._get_base())
        wanted, gone = self._filter_register(base)
        vocabulary = Vocabulary(self.env, self.env["relationship.import.synonym"]._get_decided())
        organisations, skipped = self._gather([self._read_entry(entry, vocabulary, base) for entry in wanted])
        pairs = [
            self._settle_registered(line, persons) for line, persons in Lines(self, organisations, skipped).prepare()
        ]
        self._create_lines(self._put_missing_first(pairs) + [(self._say_gone(*each), []) for each in gone])
        me.write({"state": "previewed", "message": False})
        self.invalidate_recordset()
        self._decide_again(self.line_ids)

    def _get_filter(self):
        """Return what was chosen of the register."""
        words = {
            kind: frozenset(fold(choice.name) for choice in choices)
            for kind, choices in self.choice_ids.filtered("chosen").grouped("kind").items()
        }
        return Filter(
            categories=words.get("category", frozenset()),
            levels=words.get("level", frozenset()),
            sectors=words.get("sector", frozenset()),
            places=read_places(self.places or ""),
            registered=self.still_registered,
        )

    def _filter_register(self, base):
        """Return the entries that are wanted, and those that have left: (entry, id of the base or None).

        :raise UserError: more are wanted than somebody can choose from
        """
        chosen, wanted, gone = self._get_filter(), [], []
        with self._open_register() as entries:
            for entry in entries:
                reason = chosen.get_reason(entry)
                if not reason:
                    wanted.append(entry)
                    if len(wanted) > MOST:
                        raise UserError(
                            self.env._(
                                "More than %s organisations are left to choose from: choose a category, a sector or"
                                " a place first.",
                                MOST,
                            )
                        )
                elif reason == "gone" and (known := base.find(entry)):
                    gone.insert(0, (entry, known))
                elif reason == "gone" and len(gone) < MOST_GONE:
                    gone.append((entry, None))
        return wanted, gone[:MOST_GONE]

    def _read_entry(self, entry, vocabulary, base):
        """Return what a register says of an organisation, as the row of a list says it."""
        row = Row(entry.number, {}, {}, {}, [])
        values = {
            "name": entry.name,
            "acronym": entry.acronym,
            "siren": read_siren(entry.siren),
            "rna": read_rna(entry.rna),
            "type": _find(vocabulary, "type", [entry.category]),
            "sector": _find(vocabulary, "sector", entry.sectors),
            "scope": entry.scope,
            "street": entry.street,
            "zip": entry.zip,
            "city": entry.city,
            "country": _find(vocabulary, "country", [entry.country]),
            "website": entry.website and self.env["res.partner"]._clean_website(entry.website),
            "source": "research",
        }
        for target, value in values.items():
            if value:
                put(row, target, value)
        for name, number in entry.umbrellas:
            if known := base.find_name(name, number):
                put(row, "member_of", known)
        return row

    def _settle_registered(self, line, persons):
        """Return the line of an organisation: a new one waits to be chosen, one of the base is only filled."""
        if line["decision"] == "create":
            return {**line, "decision": "skip", "reason": self.env._("Not in the base yet.")}, persons
        if line["decision"] == "update":
            changes = {
                name: change
                for name, change in line["changes"].items()
                if name == UMBRELLAS or (name in FILLED and not line["before"].get(name))
            }
            before = {name: value for name, value in line["before"].items() if name in changes}
            decision = "update" if changes else "unchanged"
            return {**line, "changes": changes, "before": before, "decision": decision}, persons
        # What is left out for another reason cannot be chosen.
        return ({**line, "values": False} if line["decision"] == "skip" else line), persons

    def _put_missing_first(self, pairs):
        """Return the pairs with those first of whose type and sector nobody is followed: where the map is empty."""
        followed = self.env["res.partner"]._read_group(
            Domain("relationship_stage", "in", ["candidate", "target"]),
            ["relationship_type_id", "relationship_sector_id"],
        )
        known = {(kind.id, sector.id) for kind, sector in followed}

        def is_missing(line):
            values = line["values"] or {}
            cell = values.get("relationship_type_id"), values.get("relationship_sector_id")
            return line["decision"] == "skip" and not line.get("partner_id") and all(cell) and cell not in known

        missing = [pair for pair in pairs if is_missing(pair[0])]
        for line, _persons in missing:
            line["reason"] = self.env._("Not in the base yet, nor anybody of this type in this sector.")
        return missing + [pair for pair in pairs if not is_missing(pair[0])]

    def _say_gone(self, entry, partner_id):
        """Return the line of an organisation that has left the register."""
        return {
            "kind": "organisation",
            "name": entry.name,
            "rows": str(entry.number),
            "detail": entry.city or entry.zip or False,
            "decision": "skip",
            "partner_id": partner_id or False,
            "reason": self.env._("It has left the register, or is dissolved."),
            "values": False,
            "contacts": [],
            "changes": {},
        }


class RelationshipImportLine(models.Model):
    """An organisation of a register, which waits to be chosen; who has left it does not come in from it."""

    _inherit = "relationship.import.line"  # pylint: disable=consider-merging-classes-inherited

    in_short = fields.Char("What the register says", compute="_compute_in_short")

    @api.depends("changes")
    def _compute_in_short(self):
        for line in self:
            told = [line.changes[name][1] for name in TOLD if name in (line.changes or {})]
            line.in_short = " · ".join(filter(None, told)) or False

    def action_done_choosing(self):
        """Go back to the page of the register, where who was chosen is brought in.

        :raise AccessError: the user is no organiser
        """
        self.env["relationship.import"]._check_organiser()
        return {
            "type": "ir.actions.act_window",
            "res_model": "relationship.import",
            "res_id": self.env.context.get("relationship_import_id") or self.import_id[:1].id,
            "views": [(False, "form")],
        }


TOLD = ("relationship_acronym", "relationship_type_id", "relationship_sector_id", "relationship_scope", "website")
# The lines of organisations that nobody has chosen yet; of one that has left, nothing is kept.
WAITING = [("decision", "=", "skip"), ("partner_id", "=", False), ("values", "!=", False)]


def _find(vocabulary, target, words):
    """Return what the first of some words stands for that is known."""
    found = (vocabulary.find(target, word) for word in words if word)
    return next((value for value in found if value is not None and value != LEFT_OUT), None)


class _Base:
    """The organisations of the base, by their identifiers and names."""

    def __init__(self, likenesses):
        self.by_number, self.by_name, self.names = {}, {}, {}
        for likeness in likenesses:
            self.names[likeness.id] = likeness.name
            self.by_name.setdefault(key_of(likeness.name), []).append(likeness.id)
            for number in likeness.identifiers.values():
                self.by_number[number] = likeness.id

    def find(self, entry):
        """Return the id of the organisation that an entry identifies, or None."""
        return self.by_number.get(read_siren(entry.siren)) or self.by_number.get(read_rna(entry.rna))

    def find_name(self, name, number):
        """Return the name of the one organisation that a register names, or None."""
        found = self.by_number.get(read_siren(number) or read_rna(number))
        named = self.by_name.get(key_of(name), [])
        return self.names.get(found or (named[0] if len(named) == 1 else None))
