"""Invitations beside stock: the same mailing on registrations, with a personal link for each."""

from datetime import timedelta

from odoo import fields

from .measure import measure

FIGURES = ("chosen", "invited", "failed", "answered", "coming", "guests", "waiting", "present", "thanked")
BODY = '<p>Hello,</p><p>Please come.</p><p><a href="%s">Answer</a></p>'
SIZES = {"smallest": (3,), "usual": (100, 1_000), "large": (100, 1_000, 10_000)}


def run(env, sizes):
    """Make and prepare the mails of so many invitations; open the edition."""
    env.company.email = "team@example.org"
    env["ir.config_parameter"].set_param("event.event_mail_async", "True")
    rows = []
    for size in sizes:
        event, stock_event = _create_event(env, True), _create_event(env, False)
        people = env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{size}x{n}@example.org"} for n in range(size)]
        )
        env["event.invitation"].create([{"event_id": event.id, "partner_id": person.id} for person in people])
        env["event.registration"].create(
            [
                {"event_id": stock_event.id, "partner_id": person.id, "name": person.name, "email": person.email}
                for person in people
            ]
        )
        ours = _create_mailing(env, event, "event.invitation", BODY % "/partner-event/your-answer", "invitation")
        # What stock offers for a link of one's own: an expression in the address.
        link = "/event/{{ object.event_id.id }}/answer/{{ object.barcode }}"
        stock = _create_mailing(
            env, stock_event, "event.registration", BODY.replace("href", "t-attf-href") % link, False
        )
        rows.append(
            {
                "what": "invitations made and prepared",
                "size": size,
                "ours": measure(env, lambda mailing=ours: _send(env, mailing)),
                "stock": measure(env, lambda mailing=stock: _send(env, mailing)),
            }
        )
        names = [name for name in event._fields if name.endswith("_count") and name.split("_")[0] in FIGURES]
        rows.append(
            {
                "what": "open the edition",
                "size": size,
                "ours": measure(env, lambda event=event, names=names: event.web_read({name: {} for name in names})),
            }
        )
    return rows


def _create_event(env, is_partner_event):
    begin = fields.Datetime.now() + timedelta(days=30)
    return env["event.event"].create(
        {
            "name": "Evening",
            "is_partner_event": is_partner_event,
            "date_begin": begin,
            "date_end": begin + timedelta(hours=2),
        }
    )


def _create_mailing(env, event, model, body, kind):
    return env["mailing.mailing"].create(
        {
            "subject": "Come",
            "mailing_model_id": env["ir.model"]._get_id(model),
            "mailing_domain": repr([("event_id", "=", event.id)]),
            "email_from": "team@example.org",
            "body_html": body,
            "body_arch": body,
            "reply_to_mode": "new",
            "partner_event_id": event.id if kind else False,
            "partner_event_kind": kind,
        }
    )


def _send(env, mailing):
    """All of the sending but the mail server."""
    mailing._action_send_mail()
    for mail in env["mail.mail"].search([("mailing_id", "=", mailing.id)]):
        mail._prepare_outgoing_list()
