import doctest
from datetime import timedelta
from urllib.parse import urlsplit

import lxml.html
from odoo import fields
from odoo.addons.shifters_relations.tests.common import RelationshipCase
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import HttpCase
from odoo.tools import mute_logger

from .. import typed as typed_module
from ..models.agenda.relationship_calendar_proposal import MOST_FOR, MOST_FROM

PROPOSE = "/partners-agenda/propose"


@tagged("post_install", "-at_install")
class TestProposal(RelationshipCase, HttpCase):
    """Anybody proposes an event, without account, and an organiser accepts it (N3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.email = "team@example.org"
        cls.env.company.partner_id.write({"lang": "en_US", "tz": "Europe/Paris"})
        cls.partner = cls.create_target("Fédération des lacs")
        cls.subscription = cls.env["relationship.calendar.subscription"].create(
            {"name": "All", "is_open": True, "takes_proposals": True}
        )
        today = fields.Date.context_today(cls.env.user)
        cls.day = today + timedelta(days=60)
        cls.typed = {
            "name": "Fête du lac",
            "start_day": f"{cls.day:%d/%m/%Y}",
            "start_hour": "14h30",
            "stop_day": "",
            "stop_hour": "18:00",
            "place": "12 quai du Lac, 74000 Annecy",
            "audience": "Tout le monde",
            "url": "example.org/fete",
            "organisation": "Les Amis du lac",
            "email": "ada@example.org",
        }

    def post(self, path=PROPOSE, **values):
        """Send a form as a browser that refuses cookies does."""
        self.opener.cookies.clear()
        answer = self.url_open(path, data={**self.typed, **values}, allow_redirects=False)
        self.env.invalidate_all()
        return answer

    def get_mails(self, email="ada@example.org"):
        return self.env["mail.mail"].search([("email_to", "=", email)], order="id")

    def propose(self, **values):
        """Propose an event; return what is kept of it."""
        answer = self.post(**values)
        self.assertEqual((answer.status_code, urlsplit(answer.headers["Location"]).query), (303, "sent=1"))
        return self.env["relationship.calendar.proposal"].search([], order="id desc", limit=1)

    def confirm(self, proposal):
        self.assertEqual(self.post(self.path(proposal)).status_code, 303)
        return proposal.entry_ids

    def path(self, proposal, more=""):
        return f"/partners-agenda/confirm/{proposal.sudo().access_token}{more}"

    def text(self, path):
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200)
        return lxml.html.fromstring(answer.text).text_content()

    def test_days_and_hours_are_read_as_people_type_them(self):
        failed, tried = doctest.testmod(typed_module)
        self.assertTrue(tried and not failed)

    def test_nothing_may_be_proposed_unless_the_pilot_opened_it(self):
        self.subscription.takes_proposals = False
        closed = [self.url_open(PROPOSE), self.post(), self.url_open("/partners-agenda/confirm/" + "x" * 32)]
        self.assertEqual([answer.status_code for answer in closed], [404, 404, 404])
        self.assertEqual(len({answer.text for answer in closed}), 1, "one page for all that is not there")
        self.subscription.write({"takes_proposals": True, "is_open": False})
        self.assertEqual(self.url_open(PROPOSE).status_code, 404)

    def test_from_the_form_to_the_agenda(self):
        self.assertIn("Propose an event", self.text(PROPOSE))
        proposal = self.propose()
        self.assertFalse(proposal.entry_ids, "nobody sees what is not confirmed")
        (mail,) = self.get_mails()
        self.assertNotIn("Fête", mail.subject + mail.body_html, "what a stranger types is mailed to nobody")
        self.assertNotIn(proposal.access_token, mail.body_html)
        sent = mail._prepare_outgoing_list()[0]
        self.assertIn(self.path(proposal), sent["body"])
        for _time in range(2):
            self.assertIn("please confirm", self.text(self.path(proposal)))
        self.assertFalse(proposal.confirmed_on, "a scanner that opens links confirms nothing")
        entry = self.confirm(proposal)
        self.confirm(proposal)
        self.assertEqual((len(proposal.entry_ids), entry.state, entry.town), (1, "proposed", "Annecy"))
        self.assertEqual(entry.with_context(tz="Europe/Paris").when.rpartition(", ")[2], "14:30–18:00")
        self.assertEqual((entry.url, entry.audience), ("https://example.org/fete", "Tout le monde"))
        self.assertIn("Somebody of the team looks at it", self.text(self.path(proposal)))
        Entry = self.env["relationship.calendar.entry"]
        self.assertNotIn(entry, Entry.search(Entry._get_shown_domain()))

        entry.with_user(self.organiser).action_accept()
        self.assertIn(entry, Entry.search(Entry._get_shown_domain()))
        small = entry.partner_id
        self.assertEqual(
            (small.name, small.relationship_stage, small.relationship_source, small.email),
            ("Les Amis du lac", "candidate", "agenda", False),
        )
        self.assertIn("In our agenda: Fête du lac", self.get_mails().mapped("subject"))
        self.assertIn("It is in the agenda", self.text(self.path(proposal)))
        self.assertNotIn("ada@example.org", self.url_open(self.path(proposal)).text, "no address is shown")

        changed = {"name": "Fête du grand lac", "start_hour": "15:00"}
        self.assertEqual(self.post(self.path(proposal, "/change"), **changed).status_code, 303)
        self.assertEqual((entry.state, entry.name, entry.partner_id), ("proposed", "Fête du grand lac", small))
        self.assertIn("shown again once", self.text(self.path(proposal)))
        answer = self.env[entry.with_user(self.organiser).action_answer()["res_model"]].search(
            [("entry_id", "=", entry.id)]
        )
        self.assertTrue(answer.was_accepted)
        answer.with_user(self.organiser).action_accept()
        self.assertEqual((entry.state, entry.partner_id), ("shown", small), "no second candidate")

        self.assertIn("deleted", self.post(self.path(proposal, "/withdraw")).text)
        self.assertFalse(proposal.exists() or entry.exists() or self.get_mails())
        self.assertTrue(small.exists())

    def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(self):
        cases = {
            "name": ["", " \n ", "x" * 10000, "\u200b"],
            "start_day": ["", "soon", "31/02/2027", "12/05/1900", "12/05/2200", "0", "²"],
            "start_hour": ["25:00", "evening"],
            "stop_day": [f"{self.day - timedelta(days=1):%Y-%m-%d}", "x"],
            "stop_hour": ["13:00", "99"],
            "url": ["javascript:alert(1)", "https://", "data:text/html,x", "http://a:b@example.org", "https://x y"],
            "organisation": ["", "x" * 500],
            "email": [
                *(
                    "",
                    "ada",
                    "ada@",
                    "a@example.org, b@example.org",
                    "a@example.org;b@example.org",
                    "Ada <a@example.org>",
                ),
                *("a@example.org\r\nBcc: b@example.org", "a@example.org b@example.org", "x" * 300 + "@example.org"),
            ],
        }
        for name, texts in cases.items():
            for text in texts:
                answer = self.post(**{name: text})
                self.assertEqual(answer.status_code, 422, (name, text))
                page = lxml.html.fromstring(answer.text)
                self.assertTrue(page.get_element_by_id(f"wrong_{name}").text_content(), (name, text))
                for other, value in {**self.typed, name: text}.items():
                    self.assertEqual(
                        page.get_element_by_id(other).get("value").split(), value.split(), f"{other} is lost"
                    )
        self.assertFalse(self.env["relationship.calendar.proposal"].search_count([]))
        self.assertFalse(self.get_mails())

    def test_what_is_typed_is_text_and_one_line(self):
        for number, name in enumerate(
            (
                "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}${7*7}",
                "Title\r\nBcc: victim@example.org\r\n\r\nBody",
                "الحركة النقابية \u202etxt.exe",
                "労働組合 🌍 Профсоюз",
                "'; DROP TABLE res_partner; --",
            )
        ):
            proposal = self.propose(name=name, email=f"x{number}@example.org")
            entry = self.confirm(proposal)
            self.assertEqual(len(entry.name.splitlines()), 1)
            self.assertNotIn("\u202e", entry.name)
            entry.with_user(self.organiser).action_accept()
            page = self.url_open(self.path(proposal)).text
            self.assertNotIn("<script>alert", page)
            self.assertNotIn("49", lxml.html.fromstring(page).find(".//h1").text_content())
            for mail in self.get_mails(f"x{number}@example.org"):
                self.assertNotIn("\n", mail.subject)
                self.assertNotIn("<script>", mail.body_html)

        self.assertEqual(self.propose(name="a\0b", email="n\0ul@example.org").email, "nul@example.org")
        self.assertEqual(self.post(email="n\0\n@example.org").status_code, 422)

    def test_a_form_is_taken_so_often_and_machines_are_not(self):
        before = self.env["relationship.calendar.proposal"].search_count([])
        trapped = self.post(homepage="https://spam.example.org")
        self.assertEqual(trapped.status_code, 303, "a machine gets the same answer")
        self.assertEqual(self.env["relationship.calendar.proposal"].search_count([]), before)
        most = MOST_FOR[0][0]
        codes = [self.post(name=f"Fête {number}").status_code for number in range(most + 1)]
        self.assertEqual(codes, [303] * most + [429])
        refused = self.post(name="One more")
        page = lxml.html.fromstring(refused.text)
        self.assertEqual(page.get_element_by_id("name").get("value"), "One more")
        self.assertEqual(len(self.get_mails()), most)
        codes = [self.post(email=f"b{number}@example.org").status_code for number in range(MOST_FROM[0][0])]
        self.assertEqual(codes[-1], 429, "nor from one place with many addresses")

    def test_whoever_asks_gets_the_same_answer(self):
        self.env["res.partner"].create(
            {"name": "Bob", "email": "bob@example.org", "parent_id": self.partner.id, "relationship_no_contact": True}
        )
        answers = {self.post(email=email).headers["Location"] for email in ("ada@example.org", "bob@example.org")}
        self.assertEqual(len(answers), 1)
        self.assertFalse(self.get_mails("bob@example.org"), "who wants no mail gets none (G4)")

    def test_what_is_proposed_twice_is_one(self):
        first = self.propose()
        self.assertEqual(self.propose(name="FETE DU LAC"), first, "the same person, twice")
        line = self.confirm(first)
        self.assertEqual(self.propose(), first)
        self.assertEqual(len(self.env["relationship.calendar.proposal"].search([])), 1)
        other = self.propose(email="bob@example.org", organisation="AMIS DU LAC (Les)")
        third = self.propose(email="eve@example.org", organisation="Fédération des lacs")
        twins = self.confirm(other) | self.confirm(third)
        self.assertEqual(twins.same_id, line)
        waiting = self.env["relationship.calendar.entry"].search([("state", "=", "proposed"), ("is_line", "=", True)])
        self.assertEqual(waiting, line)
        self.assertIn("Fédération des lacs", line.with_user(self.organiser).proposed_by)
        line.with_user(self.organiser).action_accept()
        self.assertEqual({*(line | twins).mapped("state")}, {"shown"})
        self.assertEqual(line.origin_ids, line.partner_id | self.partner, "one line with its origins")
        for email in ("ada@example.org", "bob@example.org", "eve@example.org"):
            self.assertIn("In our agenda", self.get_mails(email)[-1].subject)

    def test_what_nobody_has_looked_at_is_not_shown_with_what_was_accepted(self):
        line = self.confirm(self.propose(url=""))
        twin = self.confirm(self.propose(email="bob@example.org", url="https://phishing.example.org"))
        self.assertEqual(twin.same_id, line)
        line.with_user(self.organiser).action_accept()
        self.assertEqual((line.state, twin.state, twin.is_line), ("shown", "proposed", True))
        page = self.url_open(f"/partners-agenda/{self.subscription.sudo().token}").text
        self.assertIn("Fête du lac", page)
        self.assertNotIn("phishing", page)

    def test_what_a_calendar_tells_too_is_one_line(self):
        feed = self.env["relationship.calendar.feed"].create(
            {"partner_id": self.partner.id, "url": "https://example.org/a.ics"}
        )
        proposal = self.propose()
        entry = self.confirm(proposal)
        told = self.env["relationship.calendar.entry"].create(
            {"feed_id": feed.id, "uid": "1", **{name: entry[name] for name in ("name", "place", "start", "stop")}}
        )
        told._find_same()
        self.assertFalse(entry.same_id | told.same_id, "what is not accepted is no origin")
        answer = self.env["relationship.calendar.answer"].with_user(self.organiser).create({"entry_id": entry.id})
        self.assertEqual(answer.known_id, told)
        answer.action_accept()
        Entry = self.env["relationship.calendar.entry"]
        self.assertEqual(Entry.search(Entry._get_shown_domain()).origin_ids, self.partner | entry.partner_id)
        self.assertEqual(len(Entry.search(Entry._get_shown_domain())), 1)
        proposal.unlink()
        self.assertEqual(Entry.search(Entry._get_shown_domain()), told)

    def test_an_organiser_ties_it_asks_or_refuses(self):
        entry = self.confirm(self.propose(organisation="FEDERATION DES LACS"))
        answer = self.env["relationship.calendar.answer"].with_user(self.organiser).create({"entry_id": entry.id})
        self.assertEqual(answer.partner_id, self.partner, "it is known, however it is written")
        with self.assertRaises(UserError):
            answer.action_ask()
        answer.sentence = "Where exactly?\nThank you"
        answer.action_ask()
        proposal = entry.proposal_id
        self.assertIn("Where exactly?", self.get_mails()[-1].body_html)
        self.assertIn("Where exactly?", self.text(self.path(proposal)))
        self.assertEqual(
            self.post(self.path(proposal, "/change"), organisation="FEDERATION DES LACS", place="Lyon").status_code, 303
        )
        self.assertFalse(proposal.answer)
        self.assertEqual((entry.state, entry.place), ("proposed", "Lyon"))
        answer.sentence = "It is a private party."
        answer.action_refuse()
        self.assertEqual(entry.state, "refused")
        self.assertIn("private party", self.text(self.path(proposal)))
        with self.assertRaises(UserError):
            answer.action_accept()

    def test_several_that_may_be_meant_are_asked_about(self):
        self.create_target("Secours", city="Lyon")
        self.create_target("Secours", city="Brest")
        entry = self.confirm(self.propose(organisation="Le Secours"))
        with self.assertRaisesRegex(UserError, "Several organisations"):
            entry.with_user(self.organiser).action_accept()
        answer = self.env["relationship.calendar.answer"].with_user(self.organiser).create({"entry_id": entry.id})
        self.assertFalse(answer.partner_id)
        self.assertEqual(answer.alike_ids.mapped("city"), ["Lyon", "Brest"])
        answer.partner_id = self.env["res.partner"].create({"name": "Ada", "parent_id": answer.alike_ids[1].id})
        with self.assertRaisesRegex(UserError, "names no person"):
            answer.action_accept()
        answer.partner_id = answer.alike_ids[1]
        answer.action_accept()
        self.assertEqual(entry.partner_id.city, "Brest")
        own = self.confirm(self.propose(name="Other", organisation=self.env.company.name))
        with self.assertRaises(ValidationError):
            own.with_user(self.organiser).action_accept()

    def test_what_waits_is_said_where_it_is_answered_and_in_the_morning(self):
        def sentences(user):
            self.env.invalidate_all()
            return [each["sentence"] for each in self.env["relationship.calendar.entry"].with_user(user).get_notices()]

        def lines(user):
            member = self.env["relationship.member"].search([("user_id", "=", user.id)])
            return dict(member._get_more_lines("https://example.org"))["Proposed events that wait for your answer"]

        self.assertEqual((sentences(self.pilot), lines(self.pilot)), ([], []))
        entry = self.confirm(self.propose())
        for user in (self.pilot, self.organiser):
            self.assertEqual(sentences(user), ["1 proposed event waits for your answer."])
            (line,) = lines(user)
            self.assertIn("Fête du lac (Les Amis du lac)", line["name"])
            self.assertEqual(line["open"], f"https://example.org/odoo/partners-agenda/{entry.id}")
        self.assertEqual((sentences(self.helene), lines(self.helene)), ([], []), "who may not answer is not asked")
        self.confirm(self.propose(email="bob@example.org"))
        self.assertEqual(sentences(self.pilot), ["1 proposed event waits for your answer."], "what is the same is one")
        others = [self.confirm(self.propose(name=f"Fair {number}")) for number in range(6)]
        self.assertEqual(sentences(self.pilot), ["7 proposed events wait for your answer."])
        self.assertEqual([lines(self.pilot)[-1]["name"], len(lines(self.pilot))], ["And 2 more", 6])
        others[0].with_user(self.organiser)._ask("Where?")
        others[1].with_user(self.organiser)._refuse("No")
        self.assertEqual(sentences(self.pilot), ["5 proposed events wait for your answer."], "another's turn")
        self.assertEqual(others[0].with_user(self.pilot).answer, "Where?")
        with self.assertRaises(AccessError):
            others[0].with_user(self.helene).read(["answer"])

    def test_an_archived_organisation_of_the_name_is_said(self):
        self.partner.active = False
        entry = self.confirm(self.propose(organisation="La FEDERATION des lacs"))
        with self.assertRaisesRegex(UserError, "Fédération des lacs is archived"):
            entry.with_user(self.organiser).action_accept()
        answer = self.env["relationship.calendar.answer"].with_user(self.organiser).create({"entry_id": entry.id})
        self.assertEqual((answer.archived_ids, answer.partner_id.id), (self.partner, False))
        answer.partner_id = self.partner
        with self.assertRaisesRegex(UserError, "take it back first"):
            answer.action_accept()
        self.partner.active = True
        answer.action_accept()
        self.assertEqual(entry.partner_id, self.partner)
        self.partner.active = False
        path = self.path(entry.proposal_id, "/change")
        self.assertEqual(self.post(path, organisation="La FEDERATION des lacs", place="Lyon").status_code, 303)
        waiting = self.env["relationship.calendar.entry"].with_user(self.organiser)._search_waiting()
        self.assertEqual(waiting, entry, "what is changed once its organisation is archived is seen")

    def test_members_see_what_is_accepted_and_organisers_answer(self):
        entry = self.confirm(self.propose())
        with self.assertRaises(AccessError):
            entry.with_user(self.helene).read(["name"])
        with self.assertRaises(AccessError):
            entry.with_user(self.helene).action_accept()
        with self.assertRaises(UserError):
            entry.with_user(self.organiser).write({"state": "shown"})
        entry.with_user(self.organiser).action_accept()
        with self.assertRaises(UserError):
            entry.with_user(self.organiser).write({"state": "proposed"})
        self.assertEqual(entry.with_user(self.helene).name, "Fête du lac")
        with self.assertRaises(AccessError):
            entry.proposal_id.with_user(self.helene).read(["email"])
        entry.with_user(self.organiser).action_hide()
        self.assertEqual(entry.state, "hidden")

    def test_who_proposed_what_has_gone_is_forgotten(self):
        proposal = self.propose()
        entry, path = self.confirm(proposal), self.path(proposal)
        entry.with_user(self.organiser).action_accept()
        entry.partner_id.unlink()
        self.env.invalidate_all()
        self.assertFalse(entry.exists())
        for more in ("", "/change"):
            self.assertEqual(self.url_open(path + more).status_code, 404)
        self.run_job()
        self.assertFalse(proposal.exists())

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("shifters_relations_events.cron_forget_proposals").method_direct_trigger()
        self.env.invalidate_all()

    def test_what_is_not_confirmed_is_forgotten_and_addresses_are_after_the_event(self):
        late, kept = self.propose(), self.propose(name="Kept")
        accepted = self.confirm(self.propose(name="Accepted"))
        accepted.with_user(self.organiser).action_accept()
        waiting = self.confirm(self.propose(name="Waiting"))
        self.env.cr.execute(
            "UPDATE relationship_calendar_proposal SET create_date = create_date - INTERVAL '49 hours' WHERE id = %s",
            (late.id,),
        )
        self.env.invalidate_all()
        self.assertEqual(self.url_open(self.path(late)).status_code, 404, "too late, whenever the job runs")
        self.assertEqual(self.post(self.path(late)).status_code, 404)
        self.run_job()
        self.assertFalse(late.exists())
        self.assertTrue(kept.exists())
        proposal, path = accepted.proposal_id, self.path(accepted.proposal_id)
        yesterday = fields.Datetime.now() - timedelta(days=2)
        (accepted | waiting).write({"start": yesterday, "stop": yesterday})
        self.run_job()
        self.assertEqual((proposal.email, accepted.state), (False, "shown"))
        self.assertFalse(waiting.exists())
        self.assertEqual(self.url_open(path).status_code, 404)
        before = fields.Datetime.now() - timedelta(days=40)
        accepted.write({"start": before, "stop": before})
        self.run_job()
        self.assertFalse(proposal.exists() or accepted.exists())

    def test_a_flood_of_changes_is_refused(self):
        proposal = self.propose()
        self.confirm(proposal)
        proposal.write({"post_count": 20, "post_since": fields.Datetime.now()})
        with mute_logger("odoo.http"):
            answer = self.post(self.path(proposal, "/change"), name="Again")
        self.assertEqual(answer.status_code, 429)
        self.assertIn("Again", answer.text)
