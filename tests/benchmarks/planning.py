"""Levelled plans, reminders and handovers at size, beside stock's loop and an automation rule."""

import random
from datetime import date, datetime, timedelta

from odoo import fields
from odoo.addons.shifters_relations import levelled_plan

from .measure import measure

NEEDS = ["base_automation"]
TARGETS_A_MEMBER = 20
TODAY = date(2026, 3, 11)
# Stock's way costs queries for each record, so a few hundred of them show the ratio.
SIZES = {
    "smallest": {"pure": (20,), "plans": (20,), "beside stock": 2},
    "usual": {"pure": (1_000, 10_000), "plans": (1_000,), "beside stock": 200},
    "large": {"pure": (1_000, 10_000, 100_000), "plans": (1_000, 10_000), "beside stock": 1_000},
}


def run(env, sizes):
    """Plans of so many targets; reminders, a handover and an automation rule beside stock's way."""
    rows = [_pure(size) for size in sizes["pure"]]
    beside_stock = sizes["beside stock"]
    for size in sizes["plans"]:
        members = _create_portfolios(env, size)
        computed = measure(env, lambda members=members: _plan(env, members))
        rows.append({"what": "plan read and computed", "size": size, "ours": computed})
    rows.append(
        {"what": "plan previewed and applied", "size": size, "ours": measure(env, lambda: _apply(env, members))}
    )
    rows.append(_remind(env, _create_portfolios(env, beside_stock, members=beside_stock)))
    rows.append(_hand_over(env, beside_stock))
    rows.append(_automate(env, beside_stock))
    return rows


def _pure(size):
    """The pure function alone, member by member."""
    dice = random.Random(size)
    portfolios = [
        [
            levelled_plan.Target(
                key=number,
                ideal=TODAY + timedelta(days=dice.randrange(-30, 180)),
                earliest=TODAY,
                never=dice.random() < 0.2,
                priority=dice.randrange(4),
                city=dice.choice(["Paris", "Lyon", ""]),
            )
            for number in range(TARGETS_A_MEMBER)
        ]
        for _member in range(size // TARGETS_A_MEMBER)
    ]
    started = datetime.now()
    for targets in portfolios:
        levelled_plan.plan(targets, monthly_min=2, monthly_max=4, today=TODAY)
    return {
        "what": "plan, the pure function",
        "size": size,
        "ours": {"seconds": round((datetime.now() - started).total_seconds(), 3)},
    }


def _create_portfolios(env, size, members=None):
    """Members with their targets, met at some day of the last half year."""
    count = members or size // TARGETS_A_MEMBER
    users = env["res.users"].create(
        [
            {"name": f"m{size} {n}", "login": f"m{size}x{members}x{n}", "email": f"m{size}x{n}@example.org"}
            for n in range(count)
        ]
    )
    found = env["relationship.member"].create([{"user_id": user.id, "role": "contact"} for user in users])
    partners = env["res.partner"].create(
        [
            {
                "name": f"T{size} {number}",
                "is_company": True,
                "relationship_stage": "target",
                "relationship_owner_id": users[number % count].id,
            }
            for number in range(size)
        ]
    )
    today = fields.Date.today()
    env["relationship.synthesis"].create(
        [
            {
                "partner_id": p.id,
                "date": today - timedelta(days=(p.id * 7) % 180),
                "summary": "<p>Said</p>",
                "state": "done",
            }
            for p in partners
        ]
    )
    env.flush_all()
    return found


def _plan(env, members):
    list(env["relationship.plan"].create({"member_ids": members.ids})._compute_plans())


def _apply(env, members):
    """Apply a plan batch by batch, as the job does; a batch takes its lines away, so there is one a line at most."""
    wizard = env["relationship.plan"].create({"member_ids": members.ids})
    wizard.action_preview()
    for _line in wizard.line_ids:
        lines, _moved = wizard._apply_batch()
        env.cr.commit()
        if not lines:
            break


def _remind(env, members):
    """Reminders of members who each have something due, built and queued; the mail server is not the measure."""
    now = datetime.utcnow()
    env["mail.activity"].search([("user_id", "in", members.user_id.ids)]).write({"date_deadline": now.date()})
    env["relationship.closure"].search([]).active = False
    members.write({"reminder_hour": 0})
    env.cr.commit()

    def remind():
        digests = members._get_digests(now)
        for member in members:
            values = member._prepare_reminder_values(digests[member])
            env["ir.qweb"]._render("shifters_relations.reminder_mail", values)

    def one_by_one():
        for member in members:
            env["mail.activity"].search_count([("user_id", "=", member.user_id.id), ("date_deadline", "<=", now)])
            member.user_id.partner_id.message_notify(
                partner_ids=member.user_id.partner_id.ids, subject="Reminder", body="Due", notify_author=True
            )

    return {
        "what": "reminders made",
        "size": len(members),
        "ours": measure(env, remind),
        "stock": measure(env, one_by_one),
    }


def _hand_over(env, size):
    owner, heir = _create_portfolios(env, size, members=1), _create_portfolios(env, 1, members=1)
    wizard = env["relationship.handover"].create({"from_member_id": owner.id, "to_member_id": heir.id})
    partners = wizard.line_ids.partner_id
    ours = measure(env, wizard.action_apply)

    def loop():
        for partner in partners:
            partner.user_id = owner.user_id
            partner.activity_ids.write({"user_id": owner.user_id.id})

    return {"what": "handover", "size": size, "ours": ours, "stock": measure(env, loop)}


def _automate(env, size):
    """Organisations that become targets, beside an automation rule that schedules their activity."""
    owner = _create_portfolios(env, 1, members=1) if not env["relationship.member"].search([], limit=1) else None
    owner = owner or env["relationship.member"].search([], limit=1)
    partners = env["res.partner"].create(
        [
            {
                "name": f"A{n}",
                "is_company": True,
                "relationship_stage": "candidate",
                "relationship_owner_id": owner.user_id.id,
            }
            for n in range(size)
        ]
    )
    ours = measure(env, partners.action_relationship_make_target)
    others = env["res.partner"].create([{"name": f"B{n}", "is_company": True} for n in range(size)])
    rule = env["base.automation"].create(
        {
            "name": "Bench",
            "model_id": env["ir.model"]._get_id("res.partner"),
            "trigger": "on_create_or_write",
            "trigger_field_ids": [(6, 0, env["ir.model.fields"]._get("res.partner", "ref").ids)],
            "filter_domain": "[('ref', '=', 'target')]",
        }
    )
    env["ir.actions.server"].create(
        {
            "name": "Schedule",
            "model_id": env["ir.model"]._get_id("res.partner"),
            "base_automation_id": rule.id,
            "state": "next_activity",
            "activity_type_id": env.ref("mail.mail_activity_data_call").id,
            "activity_summary": "Call",
            "activity_user_type": "specific",
            "activity_user_id": owner.user_id.id,
        }
    )
    env.flush_all()
    stock = measure(env, lambda: others.write({"ref": "target"}))
    return {"what": "targets, beside an automation rule", "size": size, "ours": ours, "stock": stock}
