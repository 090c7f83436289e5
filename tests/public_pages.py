"""Every page that an outsider can reach, in each of its states and in both languages, for tests that look at all."""

# Each is asked for by a person of its own, whose name and address stand on no other person's page.
SURNAME = "Vasseur"
PREPARE = f"""
import itertools, json
from datetime import timedelta

Event, Partner, Survey = env["event.event"], env["res.partner"], env["relationship.survey"]
env.company.email = "bonjour@example.org"
env["res.lang"]._activate_lang("en_US")
now, day = Event._fields["date_begin"].now(), timedelta(days=1)
numbers, pages = itertools.count(1000), []
# What a page answers with, by a word of its name; with 200 otherwise.
STATUSES = {{"refused": 422, "no address": 422, "wrong code": 422, "nothing said": 422, "too often": 429,
    "unknown": 404, "not to be opened": 405, "too large": 413}}


def meet(lang):
    number = next(numbers)
    organisation = Partner.create({{
        "name": f"Atelier {{number}} & <Filles>", "is_company": True, "lang": lang, "relationship_stage": "candidate",
        "relationship_sector_id": env.ref("shifters_relations.sector_environment").id, "city": "Lyon",
        "relationship_does": "Réparer plutôt que jeter", "website": "https://atelier.example.org",
    }})
    return Partner.create({{
        "name": f"{SURNAME}{{number}}", "email": f"{SURNAME.lower()}{{number}}@example.org",
        "parent_id": organisation.id, "lang": lang,
    }})


def keep(name, path, lang, whose=None, form=None, status=None):
    if status is None:
        [status] = [status for word, status in STATUSES.items() if word in name] or [200]
    pages.append({{
        "name": name, "path": path, "lang": lang[:2], "whose": whose, "form": form, "status": status,
    }})


def keep_record(name, record, lang, end="", form=None):
    keep(name, f"{{record._page}}/{{record.sudo().access_token}}{{end}}", lang, record.partner_id.name, form)


def limit(record):
    record.write({{"post_count": 20, "post_since": now}})


def hold(begin, **values):
    hall = Partner.create({{"name": "Salle des fêtes", "street": "12 quai du Lac", "zip": "74000", "city": "Annecy"}})
    return Event.create({{
        "name": "Soirée des partenaires", "is_partner_event": True, "date_begin": begin,
        "date_end": begin + timedelta(hours=3), "seats_limited": True, "seats_max": 99, "guest_max": 3,
        "address_id": hall.id, **values,
    }})


def invite(event, lang, name, form=None, **values):
    invitation = env["event.invitation"].create({{
        "event_id": event.id, "partner_id": meet(lang).id, "state": "sent",
    }})
    invitation.write(values)
    keep_record(f"invitation, {{name}}", invitation, lang, form=form)
    return invitation


def show_invitations(lang):
    soon = hold(now + 30 * day)
    invite(soon, lang, "sent")
    invite(soon, lang, "accepted", state="accepted", answer="yes", guest_count=2, comment="Avec plaisir")
    invite(soon, lang, "being checked", answer="yes")
    invite(soon, lang, "waiting", state="waiting", answer="yes")
    invite(soon, lang, "maybe", state="maybe", answer="maybe")
    invite(soon, lang, "declined", state="declined", answer="no")
    invite(soon, lang, "withdrawn", state="cancelled")
    invite(soon, lang, "refused", {{"answer": "yes", "word": "x" * 1500}})
    limit(invite(soon, lang, "too often", {{"answer": "yes", "word": "Bien"}}))
    invite(soon, lang, "objecting")._object()
    taken_back = invite(soon, lang, "objected")
    pages[-1]["path"] += "?again=1"
    closed = hold(now + 30 * day, answer_until=now - day)
    invite(closed, lang, "closed", state="accepted", answer="yes", guest_count=1)
    invite(hold(now - 30 * day), lang, "over", state="accepted", answer="yes")
    cancelled = hold(now + 30 * day, kanban_state="cancel")
    invite(cancelled, lang, "cancelled", state="accepted", answer="yes")


def show_network_calls(lang):
    about = meet(lang).parent_id | meet(lang).parent_id
    helene = env["res.users"].search([("login", "=", "helene")])
    open_, closed = env["relationship.network.call"].create([
        {{"organisation_ids": about.ids, "message": "Deux lignes\\nde nous", "user_id": helene.id}} for _each in "ab"
    ])

    def ask(call, name, form=None):
        whom = meet(lang)
        answer = env["relationship.network.answer"].create({{
            "call_id": call.id, "partner_id": whom.id, "name": whom.name, "email": whom.email,
        }})
        keep_record(f"network call, {{name}}", answer, lang, form=form)
        return answer

    given = {{about[0].id: ("well", True), about[1].id: ("no", False)}}
    ask(open_, "asked")
    ask(open_, "answered")._answer(given)
    ask(open_, "refused", {{}})
    limit(ask(open_, "too often", {{}}))
    ask(open_, "objecting")._object()
    last = ask(closed, "closed")
    last._answer(given)
    ask(closed, "closed before")
    closed.closed_on = now


def show_surveys(lang):
    said = {{"need": "willing", "help_line": "Un exposé", "time": "saved", "word": "Bien"}}
    years = (2098, 2099) if lang == "fr_FR" else (2096, 2097)  # a year has one survey
    open_, closed = Survey.create([{{"audience": "partners", "year": year}} for year in years])

    def ask(survey, name, form=None):
        whom = meet(lang)
        survey._ask(whom)
        survey.state = "open"
        answer = survey.answer_ids.filtered(lambda each: each.partner_id == whom)
        keep_record(f"survey, {{name}}", answer, lang, form=form)
        return answer

    ask(open_, "asked")
    ask(open_, "answered")._answer(said)
    ask(open_, "refused", {{**said, "help_line": "x" * 900}})
    limit(ask(open_, "too often", said))
    ask(open_, "objecting")._object()
    ask(closed, "closed")
    closed.state = "closed"


def show_team_surveys():
    team = Survey.create({{"audience": "team", "year": 2099}})
    members = env["relationship.survey.answer"]._get_members()[:6]
    team._ask(members)
    team.state = "open"
    answers = list(team.answer_ids)
    for number, (name, form) in enumerate([
        ("asked", None), ("noted", {{"time": "saved", "word": "Bien"}}), ("answered", None),
        ("wrong code", {{"do": "show", "code": "AAAA-BBBB"}}), ("nothing said", {{}}),
    ]):
        answer, lang = answers[number], ("fr_FR", "en_US")[number % 2]
        answer.partner_id.lang = lang
        if name in ("answered", "wrong code"):
            answer._answer_unnamed({{"need": "", "help_line": "", "time": "saved", "word": "Bien"}})
        keep_record(f"team's survey, {{name}}", answer, lang, form=form)


def show_cards(lang):
    def ask(name, form=None):
        whom = meet(lang)
        card = env["relationship.directory.card"].create({{
            "organisation_id": whom.parent_id.id, "partner_id": whom.id, "asked_on": "2020-01-01",
            "shown_from": "2020-01-15",
        }})
        keep_record(f"card, {{name}}", card, lang, form=form)
        return card

    def correct(card):
        card._answer({{**card._get_proposed(), "do": "correct", "offers": "Des outils"}})

    ask("asked")
    empty = ask("empty")
    empty.organisation_id.write({{"relationship_does": False, "website": False}})
    ask("confirmed")._answer({{"do": "confirm"}})
    correct(ask("corrected"))
    kept = ask("kept")
    correct(kept)
    kept.line_ids.action_refuse()
    ask("out of the directory")._answer({{"do": "refuse"}})
    ask("objecting")._object()
    ask("refused", {{"do": "correct", "name": ""}})
    limit(ask("too often", {{"do": "confirm"}}))


def show_directory():
    directory = env.ref("shifters_relations_events.directory")
    directory.write({{"is_open": True, "message": "Deux lignes\\nde nous"}})
    for lang in ("fr_FR", "en_US"):
        keep("directory", f"/who-does-what/{{directory.access_token}}", lang)


def show_agendas(lang):
    subscription = env.ref("shifters_relations_events.subscription_all")
    subscription.write({{"is_open": True, "takes_proposals": True}})
    page = f"/partners-agenda/{{subscription.token}}"
    keep("agenda", page, lang)
    keep("agenda, narrowed", f"{{page}}?place=Lyon&sector=1", lang)
    keep("agenda, nothing found", f"{{page}}?words=zzzzzz", lang)
    keep("agenda, in another site", f"{{page}}?embed=1", lang)
    keep("agenda, asked for", f"{{page}}?asked=1", lang)
    keep("agenda, no address", f"{{page}}/subscribe", lang, form={{"email": "ada", "place": "Lyon"}})

    def subscribe(name, end="", form=None, **values):
        mail = env["relationship.calendar.subscription"].sudo().create({{
            "name": subscription.name, "origin_id": subscription.id, "lang": lang, "is_weekly": True,
            "email": f"{SURNAME.lower()}{{next(numbers)}}@example.org", **values,
        }})
        if name != "unconfirmed":
            mail.write({{"confirmed_on": now}})
        page = f"/partners-agenda/mail/{{mail.access_token}}{{end}}"
        keep(f"agenda's mail, {{name}}", page, lang, mail.email.partition("@")[0], form)
        return mail

    subscribe("unconfirmed")
    subscribe("weekly")
    subscribe("none", is_weekly=False)
    subscribe("stopped", "/stop", {{}})
    subscribe("forgotten", form={{"wish": "forget"}})
    limit(subscribe("too often", form={{"wish": "stop"}}))


def show_proposals(lang):
    keep("proposal", "/partners-agenda/propose", lang)
    keep("proposal, sent", "/partners-agenda/propose?sent=1", lang)
    typed = {{"name": "Bal", "place": "Annecy", "audience": "", "organisation": "", "url": "quai du lac",
        "email": "ada", "start_day": "12/13/2025", "start_hour": "20:30", "stop_day": "", "stop_hour": ""}}
    keep("proposal, refused", "/partners-agenda/propose", lang, form=typed)

    def propose(name, end="", form=None, answer=False, is_confirmed=True, **entry):
        number = next(numbers)
        values, wrong = env["relationship.calendar.proposal"]._read_typed({{
            **typed, "organisation": f"Amis {{number}}", "url": "https://bal.example.org", "audience": "Tous",
            "email": f"{SURNAME.lower()}{{number}}@example.org", "start_day": (now + 9 * day).date().isoformat(),
        }})
        assert not wrong, wrong
        proposal = env["relationship.calendar.proposal"].sudo().create({{
            "email": values["email"], "lang": lang, **env["relationship.calendar.proposal"]._prepare_typed(values),
        }})
        if is_confirmed:
            proposal._confirm()
        proposal.entry_ids.write(entry)
        proposal.answer = answer
        page = f"/partners-agenda/confirm/{{proposal.access_token}}{{end}}"
        keep(f"proposal, {{name}}", page, lang, proposal.email.partition("@")[0], form)
        return proposal

    propose("unconfirmed", is_confirmed=False)
    propose("waiting")
    propose("asked", answer="Quelle salle ?")
    propose("accepted", state="shown")
    propose("turned down", answer="Trop loin", state="refused")
    propose("changed again", partner_id=meet(lang).parent_id.id)
    propose("being changed", "/change")
    propose("change refused", "/change", typed)
    limit(propose("too often", "/change", typed))
    propose("withdrawn", "/withdraw", {{}})


def show_errors(lang):
    keep("unknown", "/partner-event/" + "x" * 32, lang)
    keep("unknown, with a word", "/relations-survey/" + "x" * 32, lang, form={{"word": "Deux lignes\\nde moi"}})
    keep("not to be opened", "/partner-event/" + "x" * 32 + "/object", lang)
    keep("too large", "/partner-event/" + "x" * 32, lang, form={{"word": "x" * 2**21}})


for lang in ("fr_FR", "en_US"):
    for show in (
        show_invitations, show_network_calls, show_surveys, show_cards, show_agendas, show_proposals, show_errors,
    ):
        show(lang)
show_team_surveys()
show_directory()
member = env["relationship.member"].sudo().search([], limit=1)
member.calendar_token = "calendar" * 4
env.cr.commit()
soon = (now + 9 * day).date().isoformat()
print("RESULT " + json.dumps({{"pages": pages, "calendar": member.calendar_token, "soon": soon}}))
"""
