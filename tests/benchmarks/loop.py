"""The loop beside stock Odoo: the same work as an ``activity_schedule`` for each organisation."""

from datetime import timedelta

from odoo import fields

from .measure import measure

SIZES = {"smallest": (3,), "usual": (10, 1_000), "large": (10, 1_000, 10_000)}


def run(env, sizes):
    """Targets planned, handed over and met, and the portfolio opened, at each size."""
    owner, heir = _create_members(env)
    rows = []
    for size in sizes:
        partners = _create_candidates(env, size, owner)
        _create_stock_partners(env, size)
        rows.append(
            {
                "what": "candidates become targets",
                "size": size,
                "ours": measure(env, partners.action_relationship_make_target),
                "stock": measure(env, lambda size=size: _schedule_in_a_loop(env, size, owner)),
            }
        )
        rows.append(
            {
                "what": "the owner changes",
                "size": size,
                "ours": measure(env, lambda partners=partners: partners.write({"relationship_owner_id": heir.id})),
                "stock": measure(env, lambda size=size: _hand_over_in_a_loop(env, size, heir)),
            }
        )
        syntheses = _create_syntheses(env, partners)
        rows.append(
            {
                "what": "contacts done, the next planned",
                "size": size,
                "ours": measure(env, syntheses.action_validate),
                "stock": measure(env, lambda size=size: _done_in_a_loop(env, size)),
            }
        )
        rows.append(
            {
                "what": "opening 80 rows",
                "size": size,
                "ours": measure(env, lambda: _open_portfolio(env, heir)),
                "stock": measure(env, lambda: _open_contacts(env, heir)),
            }
        )
    return rows


def _create_members(env):
    users = env["res.users"].create(
        [{"name": name, "login": name, "email": f"{name}@example.org"} for name in ("bench_owner", "bench_heir")]
    )
    env["relationship.member"].create([{"user_id": user.id, "role": "contact"} for user in users])
    return users


def _create_candidates(env, size, owner):
    return env["res.partner"].create(
        [
            {
                "name": f"Bench {size} {number}",
                "is_company": True,
                "relationship_stage": "candidate",
                "relationship_owner_id": owner.id,
            }
            for number in range(size)
        ]
    )


def _create_syntheses(env, partners):
    today = fields.Date.today()
    return env["relationship.synthesis"].create(
        [
            {"partner_id": partner.id, "date": today - timedelta(days=number % 90), "summary": "<p>Said</p>"}
            for number, partner in enumerate(partners)
        ]
    )


def _create_stock_partners(env, size):
    env["res.partner"].create([{"name": f"Stock {n}", "ref": f"stock{size}", "is_company": True} for n in range(size)])


def _stock_partners(env, size):
    return env["res.partner"].search([("ref", "=", f"stock{size}")])


def _schedule_in_a_loop(env, size, user):
    for partner in _stock_partners(env, size):
        partner.activity_schedule("mail.mail_activity_data_call", user_id=user.id)


def _hand_over_in_a_loop(env, size, user):
    for partner in _stock_partners(env, size):
        partner.activity_ids.write({"user_id": user.id})


def _done_in_a_loop(env, size):
    for partner in _stock_partners(env, size):
        partner.activity_ids.action_feedback(feedback="Said")
        partner.activity_schedule("mail.mail_activity_data_meeting")


def _open_portfolio(env, user):
    names = ["name", "city", "relationship_sector_id", "relationship_due_state", "relationship_sentence"]
    names += ["relationship_last_contact_sentence", "relationship_next_contact_sentence"]
    env["res.partner"].with_user(user).web_search_read(
        [("relationship_owner_id", "=", user.id), ("relationship_stage", "=", "target")],
        {name: {} for name in names},
        limit=80,
        order="relationship_due_state, relationship_next_contact_date",
    )


def _open_contacts(env, user):
    names = ["name", "city", "activity_ids", "activity_state", "activity_date_deadline", "activity_summary"]
    env["res.partner"].with_user(user).web_search_read(
        [("ref", "like", "stock")], {name: {} for name in names}, limit=80
    )
