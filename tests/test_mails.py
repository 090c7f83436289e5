"""Every mail that the addons send, as a real mail server receives it: whole subjects, readable text, one look."""

import email
import email.policy
import os
import re
from email.header import decode_header, make_header
from pathlib import Path

import lxml.html
import pytest

PROVOKE = """
import json
from datetime import timedelta
from odoo import Command, fields
env.company.email = "bonjour@example.org"
env["ir.mail_server"].create({"name": "test", "smtp_host": "127.0.0.1", "smtp_port": PORT, "smtp_encryption": "none"})
env["ir.config_parameter"].set_param("web.base.url", "https://relations.example.org")
env.cr.commit()
fr = env["res.lang"]._activate_lang("fr_FR")
env = env(context={**env.context, "lang": "fr_FR"})
today = fields.Date.context_today(env.user)
user = {login: env["res.users"].search([("login", "=", login)]) for login in ("pilote", "nadia", "helene", "marc")}
member = {login: user[login].relationship_member_ids for login in user}

# An introduction of two organisations to somebody without an account, and the question what came of it
first, second = env["res.partner"].create([
    {"name": name, "is_company": True, "city": "Lyon", "phone": phone, "relationship_stage": "target",
     "relationship_owner_id": user["helene"].id, "child_ids": [Command.create({
        "name": person, "function": "Déléguée générale", "phone": direct, "email": address, "lang": "fr_FR",
     })]}
    for name, phone, person, direct, address in (
        ("Fédération des collectivités en transition énergétique et écologique", "+33 4 72 00 00 01",
         "Zoé Lefèvre", "+33 6 12 00 00 01", "zoe@example.org"),
        ("Réseau des écoles d'architecture", "+33 4 72 00 00 02",
         "Maïa Ndiaye", "+33 6 12 00 00 02", "maia@example.org"),
    )
])
zoe, maia = first.child_ids, second.child_ids
referent = env["res.partner"].create({"name": "Gaëlle Référente", "email": "gaelle@example.org", "lang": "fr_FR"})
cooperation = env["relationship.cooperation"].with_user(user["helene"]).create({
    "name": "Former les élus à l'énergie", "kind_id": env["relationship.cooperation.kind"].search([], limit=1).id,
    "description": "Deux journées.\\nEn mai.", "referent_id": referent.id,
    "destination_id": env["relationship.destination"].search([], limit=1).id,
    "role_ids": [Command.create({"partner_id": first.id, "role": "funder"}),
                 Command.create({"partner_id": second.id, "role": "operator"})],
})
cooperation.action_introduce()
cooperation._send_to_referent("outcome")
# A first message to a person, with the notice
zoe.with_user(user["helene"]).message_post(
    body="Bonjour, merci de votre accueil.", subject="Merci", message_type="comment",
    subtype_xmlid="mail.mt_comment", partner_ids=zoe.ids,
)
# What a colleague did on one's organisations
said = env["relationship.synthesis"].with_user(user["nadia"]).create(
    {"partner_id": second.id, "date": today, "channel": "phone", "summary": "<p>Appelés</p>"})
said.action_validate()
second.with_user(user["nadia"]).relationship_stage = "paused"
# The morning's reminders
draft = env["relationship.synthesis"].with_user(user["helene"]).create(
    {"partner_id": first.id, "date": today, "summary": "<p>Reçus par la déléguée</p>"})
env.cr.execute("UPDATE res_partner SET create_date = now() - interval '60 days' WHERE id = %s", [maia.id])
env.cr.commit()
env.invalidate_all()
morning = fields.Datetime.now().replace(hour=12)
while morning.weekday() > 4 or env["relationship.closure"]._get_is_closed(user["helene"])[user["helene"].id](
        morning.date()):
    morning += timedelta(days=1)
env["relationship.member"]._cron_remind(morning)
# To the pilot and the organisers
env["relationship.privacy"]._cron_propose()
env["relationship.report"].search([("period", "=", "quarter")]).unlink()
env["relationship.report"]._cron_propose()
report = env["relationship.report"].search([], limit=1).with_user(user["pilote"])
report.recipient_ids = referent
report.action_validate()
env["mail.compose.message"].with_user(user["pilote"]).with_context(
    **report.action_send()["context"]).create({})._action_send_mail()
# A call to the network, and that somebody knows someone
call = env["relationship.network.call"].with_user(user["helene"]).create(
    {"organisation_ids": (first | second).ids, "user_ids": user["marc"].ids, "message": "Bonjour à tous"})
call.action_send()
env["mail.mail"].sudo().search([("state", "=", "outgoing")], order="id").send()
call.sudo().answer_ids[0]._answer({first.id: ("well", True), second.id: ("no", False)})
# An event: all that is written to invitees
begin = fields.Datetime.now() + timedelta(days=30)
event = env["event.event"].create({"name": "Rencontre des partenaires à l'hôtel de ville", "is_partner_event": True,
                                   "date_begin": begin, "date_end": begin + timedelta(hours=3)})
invitation = env["event.invitation"].create({"event_id": event.id, "partner_id": maia.id, "state": "sent"})
for kind, news in (("invitation", False), ("reminder", False), ("practical", False), ("change", "moved"),
                   ("change", "cancelled"), ("change", "back"), ("thanks", False), ("absent", False)):
    mailing = env["mailing.mailing"].create(event._relationship_prepare_mailing(kind, "fr_FR", news))
    mailing.preview = "Un aperçu"
    mailing.action_send_mail(res_ids=invitation.ids)
invitation._write_promotion()
# The internal news
env["relationship.news"].create({"name": "Un nouveau guide", "date": today, "text": "<p>Il est paru.</p>"})
readers = env["mailing.list"].create({"name": "Dedans", "contact_ids": [
    Command.create({"name": "Lise", "email": "lise@example.org"})]})
news = env["relationship.internal.news"].with_user(user["nadia"]).create(
    {"mailing_list_id": readers.id, "date_from": today, "date_to": today}).action_draft()
env["mailing.mailing"].with_user(user["nadia"]).browse(news["res_id"]).action_send_mail()
# A portfolio is handed over, an account is closed
env["relationship.handover"].with_user(user["nadia"]).create(
    {"from_member_id": member["helene"].id, "to_member_id": member["marc"].id}).action_apply()
user["marc"].with_user(env.ref("base.user_admin")).action_archive()
env["mail.mail"].sudo().search([("state", "=", "outgoing")], order="id").send()
env.cr.commit()
print("RESULT " + json.dumps([[m.subject, m.state, m.failure_reason] for m in env["mail.mail"].sudo().search([])]))
"""
# What says that a mail is there: words of its subject, and what its text must say
EXPECTED = {
    "Mise en relation": ("Fédération des collectivités", "Financeur", "Zoé Lefèvre", "+33 6 12 00 00 01", "Déléguée"),
    "Qu'est-il advenu": ("Réseau des écoles", "Opérateur", "Maïa Ndiaye", "+33 6 12 00 00 02", "mailto:|Écrire"),
    "a écrit la synthèse": ("/odoo/syntheses/", "Réseau des écoles"),
    "de la boucle": ("/odoo/organisations/",),
    "Merci": ("merci de votre accueil", "par intérêt légitime|intérêt légitime"),
    "synthèse": ("https://relations.example.org/odoo/",),
    "Données personnelles": ("/odoo/relations-",),
    "Le rapport du trimestre": ("/odoo/relations-reports/",),
    "Rapport d'activité": ("joint",),
    "Qui connaît quelqu'un": ("/network-call/",),
    "Quelqu'un connaît une personne": ("/odoo/organisations/",),
    "Invitation\u00a0: Rencontre": ("/partner-event/", "Rencontre des partenaires"),
    "Merci de votre venue": ("Rencontre des partenaires",),
    "Une place": ("/partner-event/",),
    "Des nouvelles de nos relations": ("Un nouveau guide",),
    "vous confie": ("/odoo/portfolio",),
    "Compte fermé": ("/odoo/relations-team",),
}


@pytest.fixture
def mails(odoo, demo_database, postbox):
    left = odoo.run_in_shell(demo_database, PROVOKE.replace("PORT", str(postbox.port)))
    assert not left, left
    if folder := os.environ.get("SHIFTERS_MAILS"):  # to look at them
        for number, text in enumerate(postbox.texts):
            Path(folder, f"{number}.eml").write_text(text)
    return [Mail(text) for text in postbox.texts]


class Mail:
    def __init__(self, text):
        raw = email.message_from_string(text)
        self.subject = str(make_header(decode_header(re.sub(r"\r?\n", "", raw["Subject"]))))
        self.headers = email.message_from_string(text, policy=email.policy.default)
        self.sender = self.headers["From"].addresses[0]
        parts = {part.get_content_type(): part for part in raw.walk()}
        self.text, self.html = (
            parts[kind].get_payload(decode=True).decode().strip() for kind in ("text/plain", "text/html")
        )


def assert_the_notice_stands_in_the_column_of_its_mail(mails):
    noticed = [mail for mail in mails if "intérêt légitime" in mail.html]
    assert len(noticed) >= 2, "a message of a member, and an invitation"
    for mail in noticed:
        page = lxml.html.document_fromstring(mail.html)
        [notice] = page.xpath("//p[contains(., 'intérêt légitime')]/..")
        [said] = page.xpath("//p[contains(., 'merci de votre accueil') or contains(., 'Nous serions heureux')]")
        columns = [each for each in said.iterancestors() if "width" in (each.get("style") or "")]
        assert columns and columns[0] in notice.iterancestors(), f"{mail.subject}: it stands beside the text"


def test_each_mail_is_read_as_it_is_meant(mails):
    subjects = "\n".join(mail.subject for mail in mails)
    for words, said in EXPECTED.items():
        of_kind = [mail for mail in mails if words in mail.subject]
        assert of_kind, f"no mail “{words}” among:\n{subjects}"
        for sentence in said:
            alternatives = sentence.split("|")
            assert any(each in mail.text for mail in of_kind for each in alternatives), (
                words,
                sentence,
                of_kind[0].text,
            )
    [invitation] = [mail for mail in mails if "Invitation\u00a0: Rencontre" in mail.subject]
    names = {name: str(invitation.headers[name].addresses[0]) for name in ("From", "Reply-To")}
    assert names == {
        "From": "Hélène Martin <bonjour@example.org>",
        "Reply-To": "Hélène Martin <helene@example.org>",
    }, "in the name of who keeps the contact, whom the answer reaches"
    for mail in mails:
        told = f"{mail.subject}\n{mail.text}"
        assert not re.search(r"\d[a-zà-ÿ]{4}|=\?|  ", mail.subject), mail.subject
        assert re.match(r"[\w«“\"]", mail.text), f"it begins with words: {told[:200]!r}"
        assert not re.search("[\u200b\u034f\ufeff]", mail.text), f"nothing invisible: {told[:200]!r}"
        assert not re.search(r"[{}]|display:|font-|^\*|\*$|\bNone\b|\bFalse\b", mail.text, re.MULTILINE), told
        assert not re.search(r"\b1 (?:sont|personnes|organisations|cibles|synthèses|contacts|invités)\b", told), told
        assert mail.sender.display_name and "@example.org" in mail.sender.addr_spec, mail.sender
        fonts = set(re.findall(r"font-family:\s*([^;\"]+)", mail.html))
        assert len({font.replace("&quot;", "'").split(",")[0].strip() for font in fonts}) <= 1, (mail.subject, fonts)
    assert_the_notice_stands_in_the_column_of_its_mail(mails)
