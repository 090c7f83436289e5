"""The table of rights beside a test: what it says is tried through the door that RPC takes, role by role.

A table is a text that people read, ``rights.md`` beside the tests of its addon. Three parts, a line
a subject, a column a role:

* *Records*: of one kind, who may ``r`` read, ``c`` create, ``w`` write, ``u`` delete; a letter in
  brackets is the role's right, which this record's state refuses to everybody.
* *Methods*: who gets through; ``told`` is refused by a sentence which is not about the role, ``nothing``
  gets an empty answer, ``screen`` the address of a screen and none of what is in it.
* *Fields* that the addon adds to others' models, or keeps from some roles of its own: who sees them.
"""

from collections import namedtuple
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import product
from pathlib import Path

import psycopg2
from odoo import api
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tests.common import new_test_user

ROLES = ("public", "portal", "internal", "contact", "other", "organiser", "pilot", "settings")
OPERATIONS = {"r": "read", "c": "create", "w": "write", "u": "unlink"}
CRUD = {"create", "write", "unlink"}  # tried by the lines of records
DOORS = {"web_read"}  # core's, which name less where we extend them: tried by the lines of records too

# Records of one kind, with the values that make another one and those that change them.
Sample = namedtuple("Sample", "records create write", defaults=(None, None))


CRASHES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, psycopg2.Error)


class Undo(Exception):
    """Everything that a call did is taken back."""


class Table:
    """A ``rights.md``, read: for each part its lines, by subject and by which records."""

    def __init__(self, path):
        self.records, self.methods, self.fields = {}, {}, {}
        part = None
        for line in path.read_text().splitlines():
            if line.startswith("## "):
                part = getattr(self, line[3:].strip().lower())
            elif line.startswith("|") and not line.startswith(("|--", "| what |")):
                what, which, *cells = (cell.strip() for cell in line.strip().strip("|").split("|"))
                assert (what, which) not in part and len(cells) == len(ROLES), line
                part[what.strip("`"), which] = dict(zip(ROLES, cells, strict=True))


def get_classes(model, addon):
    """The classes of an addon that a model of the registry is made of."""
    return [cls for cls in type(model).__mro__ if cls.__module__.startswith(f"odoo.addons.{addon}.")]


def is_new(model, addon):
    """Whether an addon makes the model, rather than extending another's."""
    return getattr(type(model), "_original_module", None) == addon


def get_public_methods(model, addon):
    """The methods that an addon gives to a model and that RPC may call."""
    names = {name for cls in get_classes(model, addon) for name in vars(cls) if not name.startswith("_")}
    return {
        name
        for name in names
        if callable(getattr(type(model), name, None))
        and not any(getattr(getattr(cls, name, None), "_api_private", False) for cls in type(model).__mro__)
    }


def get_added_fields(model, addon):
    """The fields that an addon adds to another's model, or that its own model keeps from some people."""
    for name, field in model._fields.items():
        if field.base_field._modules[:1] == (addon,) and (field.groups or not is_new(model, addon)):
            yield name


class RightsMixin:
    """Tries a table; the test that inherits it prepares the records and the arguments.

    ``addon`` is its name; :meth:`prepare` gives ``samples`` by (model, which) and ``calls``: the
    arguments of methods that need some, by (model.method, which).
    """

    addon = None
    samples = calls = {}
    secrets = ()  # (word, roles that may read it)
    allow_inherited_tests_method = True

    @classmethod
    def prepare_users(cls):
        """One user for each role; the portal user is a person of the organisation itself."""
        portal = new_test_user(cls.env, "portal", groups="base.group_portal", name="Portal")
        portal.partner_id.parent_id = cls.partner
        cls.users = {
            "public": cls.env.ref("base.public_user"),
            "portal": portal,
            "internal": cls.outsider,
            "contact": cls.helene,
            "other": cls.marc,
            "organiser": cls.organiser,
            "pilot": cls.pilot,
            "settings": new_test_user(cls.env, "settings", groups="base.group_user,base.group_system"),
        }

    @cached_property
    def table(self):
        addon = Path(__file__).parents[2] / self.addon
        return Table(addon / "tests" / "rights.md")

    # Calls

    @contextmanager
    def undone(self):
        """Whatever happens in the block is taken back, and nothing of it stays in a cache."""
        try:
            with suppress(Undo), self.cr.savepoint():
                yield
                self.cr.flush()
                raise Undo
        finally:
            self.env.invalidate_all()
            if self.registry.cache_invalidated:  # a role may have changed within the block
                self.registry.clear_cache(*self.registry.cache_invalidated)
                self.registry.cache_invalidated.clear()

    def call(self, role, model, method, ids=(), *args, **kwargs):
        """Call a method as RPC does, take it back, and say what came of it.

        :return: ``yes``, ``-`` (no right), ``told`` (a sentence refuses) or ``wrong`` (the data are), and the answer
        """
        env = api.Environment(self.cr, self.users[role].id, {"lang": "en_US", "tz": "Europe/Paris"})
        is_on_model = getattr(getattr(env.registry[model], method), "_api_model", False)
        result = None
        try:
            with self.undone():
                result = call_kw(env[model], method, [*([] if is_on_model else [list(ids)]), *args], kwargs)
        except AccessError as refused:
            return "-", str(refused)
        except ValidationError as refused:
            return "wrong", str(refused)
        except CRASHES as crash:
            return f"{type(crash).__name__}: {crash}", None
        except (UserError, RedirectWarning) as refused:
            return "told", str(refused)
        for word, readers in self.secrets:
            self.assertTrue(
                role in readers or word not in repr(result), f"{role} gets “{word}” from {model}.{method}{args}{kwargs}"
            )
        return "yes", result

    def assertTable(self, lines, found):
        """The lines are what was found; otherwise say each that differs, as it is."""
        wrong = [
            f"| {what} | {which} | {' | '.join(found[what, which].values())} |   ({', '.join(differences)})"
            for (what, which), cells in lines.items()
            if (
                differences := [
                    f"{role}: {cell or 'nothing'} said, {found[what, which][role]} found"
                    for role, cell in cells.items()
                    if cell != found[what, which][role]
                ]
            )
        ]
        if wrong:
            self.fail("The table of rights is not what is:\n" + "\n".join(wrong))

    # The table is complete

    def test_the_table_names_every_model_method_and_field(self):
        missing = []
        for name in sorted(self.env.registry.models):
            model = self.env[name]
            methods = get_public_methods(model, self.addon) if get_classes(model, self.addon) else set()
            has_records = name in {what for what, _which in self.table.records}
            if ((is_new(model, self.addon) and not model._abstract) or CRUD & methods) and not has_records:
                missing.append(f"the records of {name}")
            missing += [
                f"the method {name}.{method}"
                for method in sorted(methods - CRUD - DOORS)
                if f"{name}.{method}" not in {what for what, _which in self.table.methods}
            ]
            missing += [
                f"the field {name}.{field}"
                for field in get_added_fields(model, self.addon)
                if not any(fnmatchcase(f"{name}.{field}", what) for what, _which in self.table.fields)
            ]
        if missing:
            self.fail(f"{self.addon}/tests/rights.md does not say who may use: {', '.join(missing)}")

    def test_the_table_names_nothing_else(self):
        gone = [f"{what} ({which})" for what, which in self.table.records if (what, which) not in self.samples]
        for what, _which in self.table.methods:
            model, _dot, method = what.rpartition(".")
            if model not in self.env or not hasattr(self.env[model], method):
                gone.append(what)
        for pattern, _which in self.table.fields:
            if not any(
                fnmatchcase(f"{name}.{field}", pattern)
                for name in self.env.registry.models
                for field in get_added_fields(self.env[name], self.addon)
            ):
                gone.append(pattern)
        if gone:
            self.fail(f"{self.addon}/tests/rights.md names what is not, or is not prepared: {', '.join(gone)}")

    # The table is true

    def test_records(self):
        found = {line: {role: self.try_records(role, *line) for role in ROLES} for line in self.table.records}
        self.assertTable(self.table.records, found)

    def try_records(self, role, model, which):
        """What a role may do with some records, as the table writes it."""
        sample = self.samples[model, which]
        calls = {
            "r": ("read", sample.records.ids, self.get_texts(role, model)),
            "c": ("create", (), sample.create or {}),
            "w": ("write", sample.records.ids, sample.write or {}),
            "u": ("unlink", sample.records.ids),
        }
        outcomes = {letter: self.call(role, model, *arguments)[0] for letter, arguments in calls.items()}
        words = {letter: {"yes": letter, "told": f"({letter})", "-": ""} for letter in calls}
        return "".join(words[letter].get(outcomes[letter], outcomes[letter]) for letter in calls) or "-"

    def get_texts(self, role, model):
        """The fields to read: of the addon's own models, everything that the role sees and that is no link."""
        if not is_new(self.env[model], self.addon):
            return ["display_name"]
        fields = self.env[model].with_user(self.users[role]).fields_get(attributes=["type"])
        return [name for name, field in fields.items() if field["type"] not in ("many2many", "one2many")]

    def test_who_may_not_read_records_finds_them_by_no_other_door(self):
        wrong = []
        for (model, which), cells in self.table.records.items():
            for door, (arguments, named) in self.get_doors(self.samples[model, which].records).items():
                for role, cell in cells.items():
                    outcome, answer = self.call(role, model, door, *arguments, **named)
                    if (outcome == "yes" and bool(self.get_found(door, answer))) != ("r" in cell):
                        wrong.append(f"{role}: {model} ({which}) by {door}: {outcome}, {answer}")
        if wrong:
            self.fail("Core shows other records than the table:\n" + "\n".join(wrong))

    def get_doors(self, records):
        """Core's ways to read records besides ``read``: positional and named arguments by method."""
        domain = [("id", "in", records.ids)]
        name = {"display_name": {}}
        return {
            "web_search_read": (((), domain, name), {}),
            "web_read": ((records.ids, name), {}),
            "name_search": (((), "", domain), {}),
            "formatted_read_group": (((), domain, [], ["__count"]), {}),
        }

    def get_found(self, door, answer):
        """What an answer holds of the records asked for; empty if nothing."""
        if door == "web_search_read":
            return answer["length"]
        if door == "formatted_read_group":
            return sum(group["__count"] for group in answer)
        return answer

    def test_records_of_others_do_not_pass_among_ones_own(self):
        of_model = {}
        for (model, which), cells in self.table.records.items():
            of_model.setdefault(model, []).append((self.samples[model, which], cells))
        for model, lines in of_model.items():
            together = self.env[model].union(*(sample.records for sample, _cells in lines))
            for sample, cells in lines:
                for role, letter in product(ROLES, "rwu"):
                    if letter in cells[role]:
                        continue
                    arguments = {"r": [self.get_texts(role, model)], "w": [sample.write or {}], "u": []}[letter]
                    outcome, answer = self.call(role, model, OPERATIONS[letter], together.ids, *arguments)
                    self.assertNotEqual(outcome, "yes", (model, role, OPERATIONS[letter], answer))

    def test_a_partner_that_a_rule_hides_is_named_by_no_door(self):
        """Whatever points to it, of the addon's own models: read, listed, grouped, or named as core names it."""
        records = {}
        for (model, _which), sample in self.samples.items():
            if is_new(self.env[model], self.addon):
                records[model] = records.get(model, self.env[model]) | sample.records
        links = {model: self.get_links_to_partners(model) for model in records}
        partners = self.env["res.partner"].with_context(active_test=False)
        named = partners.union(*(each[name] for model, each in records.items() for name in links[model]))
        own = self.env["res.users"].with_context(active_test=False).search([("share", "=", False)]).partner_id
        hidden = partners.search([("id", "child_of", named.ids), ("id", "not in", own.ids)])
        self.assertTrue(hidden)
        for partner in hidden:
            partner.name = f"Secret {partner.id}"
        rule = {"model_id": self.env["ir.model"]._get_id("res.partner"), "domain_force": [("id", "not in", hidden.ids)]}
        self.env["ir.rule"].create({**rule, "name": "Hidden"})
        self.env.flush_all()
        told = [
            f"{role}: {model}.{door}{arguments}"
            for model, role in product(records, ("contact", "organiser", "pilot"))
            for door, *arguments in self.get_naming_doors(role, records[model], links[model])
            if "Secret" in repr(self.call(role, model, door, *arguments))
        ]
        self.assertFalse(told, "\n".join(["A hidden partner is named:", *told]))

    def get_links_to_partners(self, model):
        """The fields of a model that name one partner."""
        fields = self.env[model]._fields.items()
        return [name for name, field in fields if field.type == "many2one" and field.comodel_name == "res.partner"]

    def get_naming_doors(self, role, records, links):
        """Core's ways to name what records point to: a method, its records and its arguments."""
        model = records.with_user(self.users[role])
        links = [name for name in links if model._has_field_access(model._fields[name], "read")]
        domain, name = [("id", "in", records.ids)], {"fields": {"display_name": {}}}
        ids = model._filtered_access("read").ids
        yield "read", ids, [*links, "display_name"]
        yield "web_read", ids, dict.fromkeys(links, name) | {"display_name": {}}
        yield "name_search", (), "", domain
        yield "export_data", ids, [*links, "display_name"]
        for each in ["id", *(link for link in links if model._fields[link].store)]:
            yield "formatted_read_group", (), domain, [each], ["__count"]
            yield "web_read_group", (), domain, [each], ["__count"]
            yield "read_group", (), domain, [], [each]

    def test_methods(self):
        found = {line: {role: self.try_method(role, *line) for role in ROLES} for line in self.table.methods}
        self.assertTable(self.table.methods, found)

    def try_method(self, role, what, which):
        """Whether a role gets through to a method, as the table writes it."""
        model, _dot, method = what.rpartition(".")
        sample = self.samples.get((model, which))
        arguments = self.calls.get((what, which), {})
        ids = sample.records.ids if sample else ()
        outcome, answer = self.call(role, model, method, **{"ids": ids, **arguments})
        if outcome == "yes" and answer in ([], {}):
            return "nothing"
        if method == "load" and outcome == "yes" and not answer["ids"]:
            return "-"  # said in its answer
        if isinstance(answer, dict) and not self.may_open(role, model, which, answer):
            return "screen"
        return "told" if outcome == "wrong" else outcome

    def may_open(self, role, model, which, answer):
        """Whether a role may read what a method was called on, and what the screen that it answers shows."""
        cells = self.table.records.get((model, which))
        shown = self.env[answer["res_model"]] if answer.get("res_model") else self.env["base"]
        return (not cells or "r" in cells[role]) and (
            shown._name == "base" or shown.with_user(self.users[role]).has_access("read")
        )

    def test_fields(self):
        found = {line: {role: self.try_fields(role, *line) for role in ROLES} for line in self.table.fields}
        self.assertTable(self.table.fields, found)

    def try_fields(self, role, pattern, _which):
        """Whether a role sees the fields of a pattern: all (``r``) or none of them (``-``)."""
        visible, named = set(), {line[0] for line in self.table.fields} - {pattern}
        for name in self.env.registry.models:
            names = [
                field
                for field in get_added_fields(self.env[name], self.addon)
                if fnmatchcase(f"{name}.{field}", pattern) and f"{name}.{field}" not in named
            ]
            if names:
                model = self.env[name].with_user(self.users[role])
                described = model.fields_get() if model._abstract or model.has_access("read") else ()
                visible |= {field in described for field in names}
        return "some" if len(visible) > 1 else "r" if True in visible else "-"
