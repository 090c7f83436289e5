"""Three questions on a phone: a partner, and a team whose answers nothing in the database ties to anybody (Y1, Y2)."""

import json
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from conftest import MAIL_SERVER, PHONE, WIDE, on_each_screen
from playwright.sync_api import expect
from test_partner_event import wait_for_link
from test_personal_pages import ATTACK, ask

from devtools.places import cache

PREPARE = f"""
import json
team, partners = env["relationship.survey"].create(
    [{{"audience": "team", "year": 2031}}, {{"year": 2031, "question_word": {ATTACK!r}}}]
)
members = env["relationship.survey.answer"]._get_members()[:5]
team._ask(members)
organisation = env["res.partner"].create({{"name": "Organisation " + {ATTACK!r}, "is_company": True,
    "relationship_stage": "candidate"}})
ada = env["res.partner"].create({{"name": "Ada", "email": "ada.survey@example.org", "parent_id": organisation.id,
    "lang": "fr_FR"}})
partners._ask(ada)
(team | partners).state = "open"
env.cr.commit()
rows = (team.answer_ids.sorted("id") | partners.answer_ids).mapped("access_token")
print("RESULT " + json.dumps([team.id, partners.id, organisation.id, *rows]))
"""
COLUMNS = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SAID = ("Zéro", "Bleu", "Acier", "Tilleul", "Marée")  # in the order in which they are said


def read_everything(odoo, database):
    """Every row of every table, with what PostgreSQL itself notes of it: by table, by row."""
    tables = sorted(name for (name,) in odoo.sql(COLUMNS, database))
    return {
        name: {
            row: (transaction, place)
            for row, transaction, place in odoo.sql(
                f'SELECT to_jsonb(t)::text, xmin::text, ctid::text FROM "{name}" AS t', database
            )
        }
        for name in tables
    }


def test_nothing_in_the_database_tells_who_said_what(odoo, demo_database, serve):
    """An attacker reads every table before the first answer and after the last one, and the server's log."""
    team, _partners, _organisation, *tokens, _ada = odoo.run_in_shell(demo_database, PREPARE)
    address = serve(demo_database)
    log = cache() / "logs" / f"server-{urllib.parse.urlsplit(address).port}.log"
    begun = log.stat().st_size
    numbers = "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"
    order = (3, 0, 4, 1, 2)
    for token in tokens:
        assert ask(address, "GET", f"/relations-survey/{token}").status == 200
    before, counted = read_everything(odoo, demo_database), odoo.sql(numbers, demo_database)
    codes = []
    for place, word in zip(order, SAID, strict=True):
        page = ask(address, "POST", f"/relations-survey/{tokens[place]}", f"time=saved&word={word}".encode(), **FORM)
        assert page.status == 200 and word in page.text
        codes.append(page.text.partition('class="code"')[2].partition(">")[2].partition("<")[0])
    changing = f"code={codes[1]}&word=Blanc".encode()
    assert "Blanc" in ask(address, "POST", f"/relations-survey/{tokens[order[1]]}", changing, **FORM).text
    after = read_everything(odoo, demo_database)

    changed = {name for name in after if after[name].keys() != before[name].keys()}
    assert changed == {"relationship_survey", "relationship_survey_answer"}
    rows = [
        json.loads(row) for row in after["relationship_survey_answer"].keys() - before["relationship_survey_answer"]
    ]
    assert len(rows) == 5 and all(row["is_answered"] for row in rows)
    former = {json.loads(row)["id"]: json.loads(row) for row in before["relationship_survey_answer"]}
    for row in rows:
        assert {key for key in row if row[key] != former[row["id"]][key]} == {"is_answered"}
        assert not any(word in json.dumps(row, ensure_ascii=False) for word in (*SAID, "Blanc"))
    own = {json.loads(row)["id"]: noted for row, noted in after["relationship_survey_answer"].items()}
    own = {key: own[key] for key in sorted(row["id"] for row in rows)}
    assert len({transaction for transaction, _place in own.values()}) == 1, "one transaction wrote all the rows"
    places = [tuple(map(int, place.strip("()").split(","))) for _transaction, place in own.values()]
    assert places == sorted(places), "where rows lie follows their numbers, not the order of answers"

    [row] = [json.loads(row) for row in after["relationship_survey"] if json.loads(row)["id"] == team]
    [former] = [json.loads(row) for row in before["relationship_survey"] if json.loads(row)["id"] == team]
    assert {key for key in row if row[key] != former[key]} == {"said", "change_count"}
    said = [{key: value for key, value in each.items() if key != "key"} for each in row["said"]]
    assert said == sorted(said, key=lambda each: json.dumps(dict(sorted(each.items())))), "sorted by what is said"
    assert {each["word"] for each in said} == {*SAID, "Blanc"} - {"Bleu"}
    everything = json.dumps(after, ensure_ascii=False)
    codes += [code.replace("-", "") for code in codes]
    assert not any(code in everything for code in codes), "a code is kept nowhere"
    assert odoo.sql(numbers, demo_database) == counted, "no number was taken"
    text = log.read_text(errors="replace")[begun:]
    assert f"POST /relations-survey/{tokens[0]}" in text, "the log is this server's"
    assert not any(each in text for each in (*SAID, "Blanc", *codes))


def test_who_answer_at_once_are_all_heard_once_however_often_they_tap(odoo, demo_database, serve):
    team, *_others = given = odoo.run_in_shell(demo_database, PREPARE)
    address = serve(demo_database)

    def answer(sent):
        token, code = sent
        body = f"word=Ensemble&code={code}".encode()
        return ask(address, "POST", f"/relations-survey/{token}", body, **FORM).status

    taps = [(token, f"{place}" * 16) for place, token in enumerate(given[3:6], start=2)] * 2
    with ThreadPoolExecutor(6) as people:
        assert list(people.map(answer, taps)) == [200] * 6
    statement = f"SELECT jsonb_array_length(said) FROM relationship_survey WHERE id = {team}"
    assert odoo.sql(statement, demo_database) == [[3]]


def test_from_the_questions_to_the_results(odoo, demo_database, serve, visitor, chromium, postbox):
    """An organiser asks, a partner answers on a phone, the owner sees it; a member answers, changes, and is nobody."""
    odoo.run_in_shell(demo_database, MAIL_SERVER.replace("PORT", str(postbox.port)))
    _team, partners, organisation, *tokens, ada = odoo.run_in_shell(demo_database, PREPARE)
    address = serve(demo_database, "--max-cron-threads=1")
    nadia = visitor(address, WIDE)
    page = nadia.page
    nadia.log_in("nadia", "demo")
    nadia.open(f"/odoo/relations-surveys/{partners}")
    page.get_by_role("button", name="Écrire les e-mails").click()
    expect(page.frame_locator("iframe").get_by_text("Répondre en trois minutes")).to_be_visible()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    page.locator(".modal button.btn-primary").click()
    assert postbox.something_came.wait(90), "the mailing leaves"
    link = wait_for_link(postbox, "ada.survey@example.org", "/relations-survey")
    assert link == f"/relations-survey/{ada}"

    phone = chromium.new_context(java_script_enabled=False, locale="fr-FR", **PHONE)
    reader = phone.new_page()
    reader.goto(address + link)
    send = reader.get_by_role("button", name="Envoyer ma réponse")
    reader.get_by_text("Nous en avons envie, sans savoir comment faire").tap()
    expect(send).to_be_in_viewport(ratio=1)
    reader.get_by_label("En une ligne (facultatif)").fill("Un exposé")
    reader.locator("textarea").fill("x" * 990 + ATTACK)
    send.tap()
    expect(reader.get_by_role("status")).to_contain_text("votre réponse est notée")
    expect(reader.get_by_label("En une ligne (facultatif)")).to_have_value("Un exposé")
    assert reader.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        "nothing is wider than the phone"
    )

    reader.goto(f"{address}/relations-survey/{tokens[0]}")
    reader.get_by_text("Un peu de temps gagné").tap()
    send.tap()
    expect(reader.get_by_role("status")).to_contain_text("rien ne la rattache à vous")
    code = reader.locator(".code").inner_text()
    assert reader.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    reader.goto(f"{address}/relations-survey/{tokens[0]}")
    expect(reader.get_by_text("Un peu de temps gagné")).to_have_count(0)
    reader.get_by_label("Mon code").fill(code.lower())
    reader.get_by_role("button", name="Afficher ma réponse").tap()
    expect(reader.get_by_label("Un peu de temps gagné")).to_be_checked()
    expect(reader.locator(".pending")).to_be_hidden()
    reader.get_by_text("Un peu de temps perdu").tap()
    reader.get_by_role("button", name="Envoyer ma modification").tap()
    expect(reader.get_by_role("status")).to_contain_text("Votre modification est notée")
    expect(reader.get_by_label("Un peu de temps perdu")).to_be_checked()
    assert phone.cookies() == []
    phone.close()

    nadia.open(f"/odoo/organisations/{organisation}")
    page.get_by_role("button", name="Reprendre comme situation de besoin").click()
    expect(page.locator(".o_notification")).to_contain_text("le besoin noté est maintenant")
    expect(page.get_by_text("Situation de besoin reprise de l'enquête")).to_be_visible()
    nadia.open(f"/odoo/relations-surveys/{partners}")
    page.get_by_role("tab", name="Résultats").click()  # Odoo opens a page again where she has left it
    expect(page.locator("div[name=results]")).to_contain_text("Un exposé")
    assert page.evaluate("window.attacked") is None
    assert not nadia.errors


@on_each_screen(first=PHONE)
def test_results_come_first_and_an_organisation_stands_once_in_a_row(odoo, demo_database, come, screen):
    names = ("survey_partners_now", "survey_team_now")
    program = f"print('RESULT', [env.ref('shifters_relations_events.' + name).id for name in {names}])"
    partners, team = odoo.run_in_shell(demo_database, program)
    someone = come("nadia", screen)
    page = someone.page
    someone.open(f"/odoo/relations-surveys/{partners}")
    expect(page.locator(".o_notebook .nav-link.active")).to_have_text("Résultats")
    results = page.locator("div[name=results]")
    expect(results.get_by_text("Nous en avons envie, sans savoir comment faire")).to_be_visible()
    sizes = results.evaluate(
        "page => [page.querySelector('h3'), document.querySelector('.o_form_sheet h1')]"
        ".map(text => parseFloat(getComputedStyle(text).fontSize))"
    )
    assert sizes[0] < sizes[1], "no question is larger than the title"
    page.get_by_role("tab", name="Personnes interrogées").click()
    row = page.locator("[name=answer_ids]").get_by_text("Anne-Sophie d'Haudricourt-L'Œuvre", exact=True)
    expect(row).to_be_visible()
    expect(page.locator("[name=answer_ids]").get_by_text("Fédération des maisons de la transition")).to_have_count(1)
    someone.open(f"/odoo/relations-surveys/{team}")
    page.get_by_role("tab", name="Personnes interrogées").click()
    expect(page.locator("[name=answer_ids]").get_by_text("Nadia").first).to_be_visible()
    expect(page.locator("[name=answer_ids]").get_by_text("Organisation", exact=True)).to_have_count(0)
