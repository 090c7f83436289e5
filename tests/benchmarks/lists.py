"""A list brought in, read, previewed, applied, undone; beside stock ``base_import`` with the same file.

Stock knows no past contact and no owner, matches nothing and previews ten rows: it writes the organisations, and in
a second file their persons.
"""

import base64
import csv
import io

from .federation import create_member
from .measure import measure

SIZES = {"smallest": (20,), "usual": (300, 3_000), "large": (300, 3_000, 20_000)}
HEADERS = ["Nom", "Ville", "Téléphone", "Étape", "Référent", "Nom du contact", "E-mail du contact", "Dernier contact"]
OPTIONS = {"has_headers": True, "quoting": '"', "separator": ";", "encoding": "utf-8"}


def run(env, sizes):
    """The same rows, an organisation and a person each, as a team's list and as two of stock's."""
    organiser = create_member(env, "list_organiser", "organiser")
    create_member(env, "list_owner", "contact")
    env = env(user=organiser, context={**env.context, "lang": "en_US"})
    rows = []
    for size in sizes:
        listed = [
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
        brought = _open(env, [HEADERS, *listed])
        for what, act in (
            ("a list is read", brought.action_read),
            ("it is previewed", brought._preview),
            ("it is applied", lambda brought=brought: _apply(brought)),
        ):
            rows.append({"what": what, "size": size, "ours": measure(env, act)})
        rows[-1]["stock"] = measure(env, lambda size=size, listed=listed: _load(env, size, listed))
        again = _open(env, [HEADERS, *listed])
        again.action_read()
        rows.append({"what": "the same list is previewed again", "size": size, "ours": measure(env, again._preview)})
        if again.unchanged_count != 2 * size:
            said = f"{2 * size - again.unchanged_count} lines of the same list are not unchanged"
            rows.append({"what": said, "size": size, "ours": {}, "failure": True})
        rows.append(
            {"what": "it is undone", "size": size, "ours": measure(env, lambda brought=brought: _undo(brought))}
        )
    return rows


def _write(rows):
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode()


def _open(env, rows):
    return env["relationship.import"].create({"file": base64.b64encode(_write(rows)), "file_name": "ligues.csv"})


def _apply(brought):
    brought._make_words()
    while brought._apply_batch():
        pass
    brought._end_apply()


def _undo(brought):
    while brought._undo_batch():
        pass
    brought._end_undo()


def _load(env, size, listed):
    """Bring the same in with stock: organisations, then persons."""
    files = (
        (["name", "city", "phone", "is_company"], [[f"Stock {row[0]}", row[1], row[2], "True"] for row in listed]),
        (["name", "email", "parent_id"], [[row[5], row[6], f"Stock {row[0]}"] for row in listed]),
    )
    for columns, rows in files:
        wizard = env["base_import.import"].create(
            {
                "res_model": "res.partner",
                "file": _write([columns, *rows]),
                "file_name": f"stock{size}.csv",
                "file_type": "text/csv",
            }
        )
        result = wizard.execute_import(columns, columns, OPTIONS)
        assert result["ids"], result["messages"]
