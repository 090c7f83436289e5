"""The team's memory at size: full-text search beside ``ilike``, validation, opening an organisation."""

from datetime import date

from odoo.tools import SQL

from .federation import FOLDED, SAID
from .measure import measure

INDEX = "relationship_synthesis_full_text"
SIZES = {"smallest": (1_000,), "usual": (1_000, 10_000), "large": (1_000, 10_000, 100_000)}


def run(env, sizes):
    """Search in so many syntheses; validate and open with 5 and 500."""
    helene = env["res.users"].create({"name": "Helene", "login": "bench_helene", "email": "h@example.org"})
    env["relationship.member"].create({"user_id": helene.id, "role": "contact"})
    partners = env["res.partner"].create(
        [
            {
                "name": f"Organisation {number}",
                "is_company": True,
                "relationship_stage": "target",
                "relationship_owner_id": helene.id,
            }
            for number in range(100)
        ]
    )
    rows, loaded = [], 0
    for size in sizes:
        _load(env, partners, loaded, size)
        loaded = size
        rows += _search(env(user=helene), size)
    _with_history(env, helene, 4)  # fills the caches that the others find full
    for count in (5, 500):
        rows += _with_history(env, helene, count)
    return rows


def _load(env, partners, first, last):
    """Validated syntheses made by the database itself; one in a thousand speaks of the Fédération."""
    env.flush_all()
    env.cr.execute(
        SQL(
            """
            INSERT INTO relationship_synthesis (partner_id, date, channel, state, author_id, summary, folded_text)
            SELECT (%(partners)s)[1 + n %% 100], DATE '2026-03-11' - n %% 700, 'phone', 'done', %(author)s,
                   '<p>' || %(said)s || '</p>', %(folded)s
              FROM generate_series(%(first)s + 1, %(last)s) AS n
            """,
            partners=partners.ids,
            author=env.uid,
            first=first,
            last=last,
            said=SAID,
            folded=FOLDED,
        )
    )
    env.cr.execute("ANALYZE relationship_synthesis")
    env.invalidate_all()


def _search(env, size):
    """The same word through the index, and with ``ilike`` on the rich text as stock would."""
    syntheses = env["relationship.synthesis"]
    found = syntheses.search([("text", "ilike", "federation")])
    if len(found) != size // 1000:
        raise AssertionError(f"{len(found)} syntheses found among {size}")
    query = syntheses._search([("text", "ilike", "federation")], limit=80)
    env.cr.execute("EXPLAIN " + env.cr.mogrify(query.select()).decode())
    plan = "\n".join(line for (line,) in env.cr.fetchall())
    if size >= 10_000 and INDEX not in plan:
        raise AssertionError(f"The search does not use its index:\n{plan}")
    rare = {
        "what": "search a word",
        "size": size,
        "ours": measure(env, lambda: syntheses.search([("text", "ilike", "federation")], limit=80).mapped("date")),
        "stock": measure(env, lambda: syntheses.search([("summary", "ilike", "Fédération")], limit=80).mapped("date")),
        "plan": plan,
    }
    frequent = {
        "what": "search a word that all have",
        "size": size,
        "ours": measure(env, lambda: syntheses.search([("text", "ilike", "propos")], limit=80).mapped("date")),
        "stock": measure(env, lambda: syntheses.search([("summary", "ilike", "propos")], limit=80).mapped("date")),
    }
    return [rare, frequent]


def _with_history(env, helene, count):
    """One more contact with, and the form of, an organisation that has this many already."""
    partner = env["res.partner"].create(
        {"name": f"Met {count}", "is_company": True, "relationship_stage": "target", "relationship_owner_id": helene.id}
    )
    _load(env, partner.concat(*[partner] * 99), 0, count)
    env.add_to_compute(partner._fields["relationship_synthesis_count"], partner)
    env.flush_all()
    mine = env(user=helene)
    synthesis = mine["relationship.synthesis"].create(
        {"partner_id": partner.id, "date": date.today(), "summary": "<p>Said</p>"}
    )
    arch = mine["res.partner"].get_view(env.ref("shifters_relations.res_partner_view_form").id, "form")["arch"]
    names = [name for name in mine["res.partner"]._fields if f'name="{name}"' in arch]
    opened = measure(mine, lambda: mine["res.partner"].browse(partner.id).web_read({name: {} for name in names}))
    return [
        {"what": "open an organisation", "size": count, "ours": opened},
        {"what": "validate a synthesis", "size": count, "ours": measure(mine, synthesis.action_validate)},
    ]
