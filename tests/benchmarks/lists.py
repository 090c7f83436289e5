"""A list brought in, read, previewed, applied, undone; beside stock ``base_import`` with the same file.

Stock is measured in a database without our addons. It knows no past contact and no owner, and matches nothing: it
looks at the file, tries it (its *Test*) and writes the organisations, and then the same with their persons.
"""

import base64
import csv
import io

from odoo import Command

from .federation import create_member
from .measure import measure

SIZES = {"smallest": (20,), "usual": (300, 3_000), "large": (300, 3_000, 20_000)}
HEADERS = ["Nom", "Ville", "Téléphone", "Étape", "Référent", "Nom du contact", "E-mail du contact", "Dernier contact"]
OPTIONS = {"has_headers": True, "quoting": '"', "separator": ";", "encoding": "utf-8"}


READ, PREVIEWED, APPLIED = "a list is read", "it is previewed", "it is applied"


def run(env, sizes):
    """The same rows, an organisation and a person each, as a team's list."""
    organiser = create_member(env, "list_organiser", "organiser")
    create_member(env, "list_owner", "contact")
    env = env(user=organiser, context={**env.context, "lang": "en_US"})
    rows = []
    for size in sizes:
        brought = _open(env, size)
        for what, act in (
            (READ, brought.action_read),
            (PREVIEWED, brought._preview),
            (APPLIED, lambda brought=brought: _apply(brought)),
        ):
            rows.append({"what": what, "size": size, "ours": measure(env, act)})
        again = _open(env, size)
        again.action_read()
        rows.append({"what": "the same list is previewed again", "size": size, "ours": measure(env, again._preview)})
        if again.unchanged_count != 2 * size:
            said = f"{2 * size - again.unchanged_count} lines of the same list are not unchanged"
            rows.append({"what": said, "size": size, "ours": {}, "failure": True})
        rows.append(
            {"what": "it is undone", "size": size, "ours": measure(env, lambda brought=brought: _undo(brought))}
        )
    return rows


def run_stock(env, sizes):
    """The same file with stock: its organisations, then their persons."""
    groups = env.ref("base.group_user") + env.ref("base.group_partner_manager")
    user = env["res.users"].create({"name": "Stock", "login": "bench_stock", "group_ids": [Command.set(groups.ids)]})
    rows = []
    for size in sizes:
        figures = {READ: [], PREVIEWED: [], APPLIED: []}
        for is_company, columns in (
            (True, ["name", "city", "phone", *[False] * 5]),
            (False, ["parent_id", *[False] * 4, "name", "email", False]),
        ):
            mine = env(user=user, context={**env.context, "lang": "en_US", "default_is_company": is_company})
            wizard = mine["base_import.import"].create(
                {
                    "res_model": "res.partner",
                    "file": make_list(size),
                    "file_name": "ligues.csv",
                    "file_type": "text/csv",
                }
            )
            for what, act in (
                (READ, lambda wizard=wizard: wizard.parse_preview(dict(OPTIONS))),
                (PREVIEWED, lambda wizard=wizard, columns=columns: _load(wizard, columns, dryrun=True)),
                (APPLIED, lambda wizard=wizard, columns=columns: _load(wizard, columns)),
            ):
                figures[what].append(measure(mine, act))
        rows += [{"what": what, "size": size, "stock": _add(parts)} for what, parts in figures.items()]
    return rows


def make_list(size):
    """Return a csv file of so many organisations, each with a person on its row."""
    rows = [
        [
            f"Ligue {size} {n}",
            "Lyon",
            f"01 99 00 {n // 100:02} {n % 100:02}",
            "Cible" if n % 2 else "",
            "list_owner",
            f"Ada Byron {size} {n}",
            f"ada{n}@ligue{size}.example",
            "12/01/2026",
        ]
        for n in range(size)
    ]
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([HEADERS, *rows])
    return text.getvalue().encode()


def _open(env, size):
    return env["relationship.import"].create({"file": base64.b64encode(make_list(size)), "file_name": "ligues.csv"})


def _apply(brought):
    brought._make_words()
    while brought._apply_batch():
        pass
    brought._end_apply()


def _undo(brought):
    while brought._undo_batch():
        pass
    brought._end_undo()


def _load(wizard, columns, dryrun=False):
    result = wizard.execute_import(columns, HEADERS, OPTIONS, dryrun=dryrun)
    assert not result["messages"], result["messages"]


def _add(figures):
    """Return what several acts took together."""
    return {name: round(sum(each[name] for each in figures), 3) for name in figures[0]}
