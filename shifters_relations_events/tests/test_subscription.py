from ast import literal_eval
from datetime import datetime, timedelta
from unittest.mock import patch

import icalendar
from freezegun import freeze_time
from odoo import Command, fields
from odoo.addons.mail.tests.common import MailCase
from odoo.addons.shifters_relations.tests.common import RelationshipCase
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import HttpCase

from ..controllers.partners_agenda import PartnersAgendaFile
from ..models.agenda.relationship_calendar_subscription import read_email

WHERE = "/partners-agenda"
MONDAY = "2026-03-16"  # the first after the day of the tests


@tagged("post_install", "-at_install")
class TestSubscription(HttpCase, MailCase, RelationshipCase):
    """What a subscription gives of the partners' agenda (N2): a page, a file, a mail; and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.email = "team@example.org"
        cls.env.company.partner_id.write({"lang": "en_US", "tz": "Europe/Paris"})
        Sector, Type = cls.env["relationship.sector"], cls.env["relationship.organisation.type"]
        cls.energy = Sector.create({"name": "Energy"})
        cls.wind = Sector.create({"name": "Wind", "parent_id": cls.energy.id})
        cls.farming = Sector.create({"name": "Farming"})
        cls.union, cls.company = Type.create([{"name": "A union"}, {"name": "A firm"}])
        cls.mill = cls.create_target(
            "Mill", relationship_sector_id=cls.wind.id, relationship_type_id=cls.union.id, website="https://mill.test"
        )
        cls.farm = cls.create_target("Farm", relationship_sector_id=cls.farming.id, relationship_type_id=cls.company.id)
        cls.club = cls.create_target("Club", owner=cls.marc)
        feeds = cls.env["relationship.calendar.feed"].create(
            [
                {"partner_id": partner.id, "file": "QQ==", "file_name": "agenda.ics"}
                for partner in (cls.mill, cls.farm, cls.club)
            ]
        )
        cls.feeds = dict(zip((cls.mill, cls.farm, cls.club), feeds, strict=True))
        cls.congress = cls.add(
            cls.mill, "Congrès de l'Énergie", "2026-03-17", "Halle, 69007 Lyon", url="https://c.test/1"
        )
        cls.fair = cls.add(cls.farm, "Foire aux vélos", "2026-03-20", "Saint-Étienne (42)")
        cls.day = cls.add(cls.club, "VÉLO : réunion", "2026-04-30", "Sainte-Foy-lès-Lyon", all_day=True)
        cls.online = cls.add(cls.mill, "Webinaire", "2026-06-02", "")

    @classmethod
    def add(cls, partner, name, day, place="", **values):
        start = datetime.fromisoformat(f"{day}T{'12:00' if values.get('all_day') else '09:00'}:00")
        stop = start if values.get("all_day") else start + timedelta(hours=2)
        values = {"uid": f"{name}{day}", "name": name, "start": start, "stop": stop, "place": place, **values}
        return cls.env["relationship.calendar.entry"].create({"feed_id": cls.feeds[partner].id, **values})

    def subscribe(self, user=None, **values):
        model = self.env["relationship.calendar.subscription"].with_user(user or self.organiser)
        return model.create({"name": "Ours", **values})

    def ask(self, subscription, end="", method="get", **more):
        self.env.flush_all()
        token = subscription if isinstance(subscription, str) else subscription.sudo().token
        return getattr(self.opener, method)(
            f"{self.base_url()}{WHERE}/{token}{end}", timeout=30, allow_redirects=False, **more
        )

    def held(self, subscription):
        """The titles that its file tells, then those that its page does: they must agree."""
        answer = self.ask(subscription, ".ics")
        self.assertEqual(answer.status_code, 200)
        told = [str(event["SUMMARY"]) for event in icalendar.Calendar.from_ical(answer.content).walk("VEVENT")]
        page = self.ask(subscription)
        self.assertEqual(page.status_code, 200)
        names = {*self.env["relationship.calendar.entry"].search([]).mapped("name")}
        shown = {name for name in names if name.replace("'", "&#39;") in page.text}
        self.assertEqual({*told}, shown)
        return told

    def test_the_agenda_of_a_committee_tells_what_its_partners_do_until_the_meeting_after(self):
        cooperation = self.env["relationship.cooperation"].create(
            {
                "name": "A guide",
                "kind_id": self.env.ref("shifters_relations.kind_project").id,
                "user_id": self.helene.id,
                "role_ids": [Command.create({"partner_id": each.id}) for each in self.mill | self.club],
            }
        )
        meeting = self.env["calendar.event"].create(
            {
                "name": "Committee",
                "start": "2026-03-18 09:00:00",
                "stop": "2026-03-18 10:00:00",
                "relationship_committee_id": self.env["relationship.committee"]
                .create({"cooperation_id": cooperation.id})
                .id,
            }
        )
        told = "Mill: Congrès de l'Énergie (Tue 17 March, 10:00–12:00, Halle, 69007 Lyon)."
        self.assertIn(told, meeting.relationship_agenda)
        for other in (self.fair, self.day, self.online):
            self.assertNotIn(other.name, meeting.relationship_agenda)
        meeting.start = "2026-04-01 09:00:00"
        self.assertIn(self.day.name, meeting.relationship_agenda)
        self.congress.state = "hidden"
        meeting.invalidate_recordset()
        self.assertNotIn("Congrès", meeting.relationship_agenda)

    # Chosen

    def test_a_filter_holds_what_it_says_and_nothing_else(self):
        congress, fair, day, online = (self.congress + self.fair + self.day + self.online).mapped("name")
        chosen = {
            "all": ({}, [congress, fair, day, online]),
            "a sector, with those below": ({"sector_ids": self.energy}, [congress, online]),
            "a sector within": ({"sector_ids": self.wind}, [congress, online]),
            "two sectors": ({"sector_ids": self.wind | self.farming}, [congress, fair, online]),
            "a type": ({"type_ids": self.company}, [fair]),
            "sector and type": ({"sector_ids": self.energy, "type_ids": self.company}, []),
            "town": ({"place": "lyon"}, [congress]),
            "town, in capitals, without accent": ({"place": "SAINT ETIENNE"}, [fair]),
            "department by number": ({"place": "69"}, [congress]),
            "department by name": ({"place": "Rhône"}, [congress]),
            "two places": ({"place": "Loire, Lyon"}, [congress, fair]),
            "a word, whole": ({"words": "velo"}, [day]),
            "a word with its accent": ({"words": "Énergie"}, [congress]),
            "several words": ({"words": "aux vélos; webinaire"}, [fair, online]),
            "a part of a word": ({"words": "congr"}, []),
            "a word not to have": ({"unwanted_words": "RÉUNION, webinaire"}, [congress, fair]),
            "to have, not to have": ({"words": "vélo, vélos", "unwanted_words": "réunion"}, [fair]),
            "all at once": (
                {"sector_ids": self.energy, "type_ids": self.union, "place": "Lyon", "words": "congrès"},
                [congress],
            ),
        }
        for what, (values, expected) in chosen.items():
            with self.subTest(what):
                subscription = self.subscribe(
                    **{
                        name: value if isinstance(value, str) else [Command.set(value.ids)]
                        for name, value in values.items()
                    }
                )
                self.assertEqual(self.held(subscription), expected)
                self.assertEqual(subscription.event_count, len(expected))
        for values in ({"words": "…"}, {"place": "-"}, {"unwanted_words": ",;"}):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.subscribe(**values)

    def test_what_nobody_may_see_is_nowhere(self):
        subscription = self.subscribe()
        self.congress.with_user(self.organiser).action_hide()
        self.farm.active = False
        self.feeds[self.club].active = False
        self.assertEqual(self.held(subscription), ["Webinaire"])
        for state in ("proposed", "refused"):
            self.online._write({"state": state})
            self.env.invalidate_all()
            self.assertEqual(self.held(subscription), [])

    def test_what_two_tell_is_one_line_from_both_found_by_either(self):
        twin = self.add(self.farm, "Congrès de l'Energie", "2026-03-17", "Halle, 69007 Lyon", url="https://f.test/2")
        (self.congress | twin)._find_same()
        self.assertEqual(twin.same_id, self.congress)
        of_farm = self.subscribe(sector_ids=[Command.set(self.farming.ids)])
        self.assertEqual(self.held(of_farm), ["Congrès de l'Énergie", "Foire aux vélos"])
        page = self.ask(of_farm).text
        for link in ('href="https://c.test/1">Mill</a>', 'href="https://f.test/2">Farm</a>'):
            self.assertIn(link, page)
        [event, _fair] = icalendar.Calendar.from_ical(self.ask(of_farm, ".ics").content).walk("VEVENT")
        self.assertEqual(event["DESCRIPTION"], "Mill: https://c.test/1\nFarm: https://f.test/2")
        self.assertEqual(event["URL"], "https://c.test/1")
        self.mill.active = False
        self.assertEqual(self.held(of_farm), ["Congrès de l'Energie", "Foire aux vélos"])

    def test_a_title_leads_to_the_events_own_page_and_a_name_to_an_organisations(self):
        page = " ".join(self.ask(self.subscribe()).text.split())
        self.assertIn('href="https://c.test/1">Congrès', page)
        self.assertIn("<strong>Webinaire</strong>", page, "it has no page of its own")
        self.assertIn('href="https://mill.test">Mill</a>', page)
        online = icalendar.Calendar.from_ical(self.ask(self.subscribe(), ".ics").content).walk("VEVENT")[-1]
        self.assertEqual((online.get("URL"), online["DESCRIPTION"]), (None, "Mill: https://mill.test"))

    def test_what_was_proposed_and_accepted_is_told_in_its_proposers_words(self):
        proposal = self.env["relationship.calendar.proposal"].create(
            {"organisation": "Les Amis du lac", "email": "ada@example.org"}
        )
        self.env["relationship.calendar.entry"].create(
            {
                "proposal_id": proposal.id,
                "uid": "proposal",
                "name": "Fête du lac",
                "start": "2026-03-20 12:00:00",
                "stop": "2026-03-20 13:00:00",
                "state": "shown",
            }
        )
        subscription = self.subscribe(words="fête")
        self.assertEqual(self.held(subscription), ["Fête du lac"])
        self.assertIn("As told by Les Amis du lac", " ".join(self.ask(subscription).text.split()))
        self.assertNotIn("ada@", self.ask(subscription).text)

    def test_a_reader_chooses_further_within_the_page(self):
        subscription = self.subscribe(sector_ids=[Command.set(self.energy.ids)])
        for asked, expected in (
            (f"?sector={self.farming.id}", set()),
            (f"?sector={self.wind.id}&place=69", {"Congrès"}),
            ("?words=WEBINAIRE", {"Webinaire"}),
            (f"?type={self.union.id}&type=x&sector=-1", {"Congrès", "Webinaire"}),
            ("?page=99999&place=%00&words=%E2%80%A6", {"Congrès", "Webinaire"}),
        ):
            page = self.ask(subscription, asked)
            self.assertEqual(page.status_code, 200)
            self.assertEqual({word for word in ("Congrès", "Webinaire", "Foire") if word in page.text}, expected, asked)
        self.assertNotIn("Farming", page.text, "what is not within is not offered")

    # The file

    def test_the_file_is_what_calendars_take(self):
        subscription = self.subscribe()
        answer = self.ask(subscription, ".ics")
        calendar = icalendar.Calendar.from_ical(answer.content)
        congress, _fair, day, _online = calendar.walk("VEVENT")
        self.assertEqual(
            (congress["DTSTART"].dt.isoformat(), congress["LOCATION"]),
            ("2026-03-17T09:00:00+00:00", "Halle, 69007 Lyon"),
        )
        self.assertEqual((day["DTSTART"].dt.isoformat(), day["DTEND"].dt.isoformat()), ("2026-04-30", "2026-05-01"))
        self.assertEqual(
            {str(day[name]) for name in ("TRANSP", "CLASS", "STATUS")}, {"TRANSPARENT", "PUBLIC", "CONFIRMED"}
        )
        for word in ("METHOD", "ATTENDEE", "ORGANIZER"):
            self.assertNotIn(word, answer.text)
        self.assertIn("REFRESH-INTERVAL;VALUE=DURATION:PT4H", answer.text)
        self.assertEqual(answer.headers["Cache-Control"], "private, no-cache")
        tag, uid = answer.headers["ETag"], str(congress["UID"])
        again = self.ask(subscription, ".ics", headers={"If-None-Match": tag})
        self.assertEqual((again.status_code, again.content), (304, b""))
        head = self.ask(subscription, ".ics", "head")
        self.assertEqual((head.status_code, head.content, head.headers["ETag"]), (200, b"", tag))
        self.congress.write({"start": "2026-03-18 09:00:00", "stop": "2026-03-18 11:00:00"})
        self.fair.unlink()
        moved = icalendar.Calendar.from_ical(self.ask(subscription, ".ics", headers={"If-None-Match": tag}).content)
        self.assertEqual(
            [str(event["UID"]) for event in moved.walk("VEVENT") if event["SUMMARY"] == "Congrès de l'Énergie"], [uid]
        )
        self.assertNotIn("Foire", self.ask(subscription, ".ics").text)
        with patch.object(PartnersAgendaFile.limit, "most", 2):
            PartnersAgendaFile.limit.counts.clear()
            self.assertEqual([self.ask(subscription, ".ics").status_code for _n in range(3)], [200, 200, 429])

    def test_wrong_former_closed_and_unconfirmed_addresses_get_one_answer(self):
        subscription = self.subscribe()
        former = subscription.sudo().token
        self.assertEqual(self.ask(former).status_code, 200)
        subscription.action_renew_link()
        closed = self.subscribe(active=False)
        waiting = self.subscribe(email="ada@example.org")
        tokens = (
            "x" * 32,
            former,
            closed.sudo().token,
            waiting.sudo().token,
            str(subscription.id),
            subscription.sudo().access_token,
        )
        for end in ("", ".ics"):
            answers = {(answer.status_code, answer.text) for answer in (self.ask(token, end) for token in tokens)}
            self.assertEqual([status for status, _text in answers], [404], end)
        for end in ("", "/stop"):
            self.assertEqual(self.ask(f"mail/{subscription.sudo().token}", end).status_code, 404)

    def test_two_thousand_events_cost_the_queries_of_two(self):
        subscription = self.subscribe(place="Brest", sector_ids=[Command.set(self.energy.ids)])
        model = self.env(user=None, su=True)["relationship.calendar.subscription"]
        token = subscription.sudo().token
        model._read_calendar(token)
        for count in (2, 2000):
            self.env["relationship.calendar.entry"].create(
                [
                    {
                        "feed_id": self.feeds[self.mill].id,
                        "uid": f"{count}-{number}",
                        "name": f"Event {number}",
                        "place": "Brest",
                        "start": f"2026-05-{number % 28 + 1:02} 08:00:00",
                        "stop": f"2026-05-{number % 28 + 1:02} 09:00:00",
                    }
                    for number in range(count)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(1):
                _name, entries = model._read_calendar(token)
            self.assertGreaterEqual(len(entries), count)
        page = self.ask(subscription)
        self.assertEqual(page.text.count('class="line"'), 60)
        self.assertIn("page=2", page.text)
        self.assertEqual(self.ask(subscription, "?page=34").text.count('class="line"'), 22)

    # Whose it is

    def test_the_pilot_alone_opens_anything_to_the_public(self):
        for values in ({"is_open": True}, {"takes_proposals": True}, {"embed_hosts": "example.org"}):
            with self.assertRaises(AccessError):
                self.subscribe(**values)
            with self.assertRaises(AccessError):
                self.subscribe().write(values)
            with self.assertRaises(AccessError):
                self.env["relationship.calendar.subscription"].with_user(self.organiser).with_context(
                    **{f"default_{name}": value for name, value in values.items()}
                ).create({"name": "Ours"})
        subscription = self.subscribe(self.pilot)
        self.assertFalse(subscription._is_proposing_open())
        self.assertNotIn("My e-mail address", self.ask(subscription).text)
        self.assertEqual(
            self.ask(subscription, "/subscribe", "post", data={"email": "ada@example.org"}).status_code, 404
        )
        subscription.write({"is_open": True, "takes_proposals": True})
        self.assertTrue(subscription._is_proposing_open())
        self.assertIn("My e-mail address", self.ask(subscription).text)

    def test_only_the_sites_that_the_pilot_names_may_show_it(self):
        subscription = self.subscribe(self.pilot)
        page = self.ask(subscription, "?embed=1")
        self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"])
        self.assertEqual(page.headers["X-Frame-Options"], "DENY")
        subscription.embed_hosts = "https://Www.Example.org/agenda, *.collectif.fr; énergie.fr"
        page = self.ask(subscription, "?embed=1")
        policy = page.headers["Content-Security-Policy"]
        self.assertTrue(
            policy.endswith("frame-ancestors https://www.example.org https://*.collectif.fr https://xn--nergie-9ua.fr"),
            policy,
        )
        self.assertNotIn("X-Frame-Options", page.headers)
        self.assertNotIn("<form", page.text)
        for wrong in ("example", "*", "https://*", "a.org 'self'", "javascript:alert(1)"):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                subscription.embed_hosts = wrong

    def test_what_an_archived_organisation_told_first_is_told_once_by_the_others(self):
        feeds = self.env["relationship.calendar.feed"].create(
            {"partner_id": self.club.id, "file": "QQ==", "file_name": "second.ics"}
        )
        twins = self.add(self.farm, "Congrès de l'Energie", "2026-03-17", "Halle, 69007 Lyon")
        twins |= self.add(self.club, "Congrès de l'Energie", "2026-03-17", "Halle, 69007 Lyon", feed_id=feeds.id)
        (self.congress | twins)._find_same()
        lines = self.env["relationship.calendar.entry"]

        def find_broken():
            return [
                found for found in self.env["relationship.check"]._find() if found[0].model == lines._name and found[1]
            ]

        for active, told in ((False, twins[0]), (True, self.congress)):
            self.mill.with_user(self.organiser).active = active
            self.env.invalidate_all()
            near = [("start", ">=", "2026-03-17"), ("start", "<", "2026-03-18"), ("is_line", "=", True)]
            self.assertEqual(lines.search(near), told)
            self.assertFalse(find_broken())
        self.env.cr.execute("UPDATE res_partner SET active = false WHERE id = %s", [self.mill.id])
        self.env.invalidate_all()
        [(invariant, ids)] = find_broken()
        self.assertEqual(sorted(ids), sorted(twins.ids))
        getattr(lines.browse(ids), invariant.mend)()
        self.assertEqual(lines.search(near), twins[0])

    def test_who_hides_is_told_and_finds_the_way_back(self):
        answer = self.congress.with_user(self.organiser).action_hide()
        self.assertEqual(self.congress.state, "hidden")
        self.assertIn(str(self.congress.id), answer["params"]["links"][0]["url"])
        offered = self.env["relationship.calendar.entry"].with_user(self.organiser).fields_get()
        self.assertIn("town", offered)
        self.assertFalse({"uid", "same_key", "recurrence_id", "words", "places"} & offered.keys(), "no use to anybody")

    # Made on the page

    def sent(self, act):
        """The mails that leave while something is done."""
        with self.mock_mail_gateway(), patch.object(self.env.cr, "commit"):
            act()
            self.env["mail.mail"].process_email_queue()
        return self._mails

    def post(self, subscription, end="/subscribe", **form):
        answer = self.ask(subscription, end, "post", data=form)
        self.env.invalidate_all()
        return answer

    def test_anybody_makes_her_own_within_what_is_opened_once_she_confirms(self):
        opened = self.subscribe(self.pilot, is_open=True, sector_ids=[Command.set(self.energy.ids)])
        ours = self.env["relationship.calendar.subscription"].with_context(active_test=False)
        with self.mock_mail_gateway():
            answer = self.post(
                opened, email=" Ada@Example.org ", weekly="1", place="Lyon", sector=[self.wind.id, self.farming.id]
            )
        self.assertEqual((answer.status_code, answer.headers["Location"].partition("?")[2]), (303, "asked=1"))
        hers = ours.search([("origin_id", "=", opened.id)])
        self.assertEqual(
            (hers.email, hers.place, hers.sector_ids, hers.is_weekly), ("ada@example.org", "Lyon", self.wind, True)
        )
        [mail] = self.sent(lambda: None)
        page = f"{WHERE}/mail/{hers.access_token}"
        self.assertIn(page, mail["body"])
        self.assertNotIn(hers.token, mail["body"])
        self.assertEqual(self.ask(hers).status_code, 404)
        for _time in range(2):  # a scanner opens links
            self.assertIn("Confirm: I want this agenda", self.ask(f"mail/{hers.access_token}").text)
        self.assertFalse(hers.confirmed_on)
        self.assertEqual(self.post(f"mail/{hers.access_token}", "", wish="confirm").status_code, 303)
        self.assertTrue(hers.confirmed_on)
        self.assertEqual(self.held(hers), ["Congrès de l'Énergie"])
        hers.write({"place": False, "sector_ids": [Command.clear()]})
        self.assertEqual(self.held(hers), ["Congrès de l'Énergie", "Webinaire"], "never more than what was opened")
        self.assertIn(hers.token, self.ask(f"mail/{hers.access_token}").text)
        opened.active = False
        self.assertEqual(self.ask(hers).status_code, 404)
        opened.active = True
        forgotten = self.post(f"mail/{hers.access_token}", "", wish="forget")
        self.assertIn("Your address is deleted", forgotten.text)
        self.assertFalse(hers.exists())

    def test_what_is_not_confirmed_is_forgotten_and_nobody_learns_who_is_known(self):
        opened = self.subscribe(self.pilot, is_open=True)
        model = self.env["relationship.calendar.subscription"]
        self.env["relationship.objection"]._remember(["eve@example.org"])
        answers, mails = set(), []
        with self.mock_mail_gateway():
            for form in (
                {"email": "ada@example.org"},
                {"email": "ada@example.org"},
                {"email": "eve@example.org"},
                {"email": "bot@example.org", "website": "https://spam.test"},
                *[{"email": "ada@example.org"}] * 3,
            ):
                answer = self.post(opened, **form)
                answers.add((answer.status_code, answer.headers["Location"]))
        self.assertEqual(len(answers), 1)
        mails = self.sent(lambda: None)
        self.assertEqual(
            [mail["email_to"] for mail in mails], [["ada@example.org"]] * 3, "not to who objects; not without end"
        )
        self.assertFalse(model.search([("email", "=", "bot@example.org")]))
        for wrong in (
            "",
            "ada",
            "ada@example.org, eve@example.org",
            "<ada@example.org>",
            "ada@example.org\r\nBcc: x@y.fr",
        ):
            refused = self.post(opened, email=wrong, words="vélo")
            self.assertEqual(refused.status_code, 422, wrong)
            self.assertIn('value="vélo"', refused.text, "nothing typed is lost")
        stopped = model.search([("email", "=", "ada@example.org")], limit=1)
        token = stopped.access_token
        self.assertIn("Your address is deleted", self.post(f"mail/{token}", "/stop").text)
        self.assertFalse(stopped.exists(), "what nobody has confirmed leaves nothing behind")
        self.assertEqual(self.ask(f"mail/{token}").status_code, 404)
        hers = model.search([("email", "=", "ada@example.org")], limit=1)
        with self.later(days=2, minutes=1):
            self.assertEqual(self.ask(f"mail/{hers.access_token}").status_code, 404)
            model._gc_unconfirmed()
        self.assertFalse(model.search([("email", "!=", False)]))

    def test_whatever_a_stranger_sends_is_answered_and_goes_to_nobody(self):
        opened = self.subscribe(self.pilot, is_open=True)
        model = self.env["relationship.calendar.subscription"]
        spam = "Win at http://spam.test"
        sent = self.sent(lambda: self.post(opened, email="ada@example.org", weekly="1", words=spam, place=spam))
        self.assertEqual([mail["email_to"] for mail in sent], [["ada@example.org"]])
        self.assertNotIn("spam", f"{sent[0]['subject']} {sent[0]['body']}", "what a stranger types is mailed to nobody")
        texts = (" Ada@Example.org ", "a\0b@example.org", "a\nb@example.org", "a@b", "a@example.org,")
        self.assertEqual([read_email(text) for text in texts], ["ada@example.org", "ab@example.org", *[False] * 3])
        known = model.search_count([])
        forms = {
            "nothing": {},
            "bytes that are no text": {"data": b"email=%ff%fe\xff@x.fr&place=\xed\xa0\x80&sector=\xff"},
            "NUL": {"data": {"email": "a\0\n@example.org\0", "words": "a\0b", "place": "\0"}},
            "a line break": {"data": {"email": "ada@example.org\nBcc: eve@example.org"}},
            "an encoded line break": {"data": b"email=ada%0d%0aBcc%3a@example.org"},
            "long": {"data": {"email": f"{'a' * 10_000}@example.org", "words": "x" * 10_000, "place": "y," * 5_000}},
            "markup": {"data": {"email": "</script><script>alert(1)</script>", "words": "<img src=x>"}},
            "files": {"files": dict.fromkeys(("email", "weekly", "sector", "place", "website"), ("a.txt", b"x"))},
            "lists": {"data": {"email[]": "a@b.fr", "sector": ["1e9", "-1", "9" * 40, "٣"], "type": ["[]"]}},
            "no form": {"data": "{}", "headers": {"Content-Type": "text/plain"}},
            "a form that is cut": {"data": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=y"}},
            "nothing that is offered": {"data": {"email": "ada@example.org", "sector": "999999999"}},
            "no type that is offered": {"data": {"email": "ada@example.org", "type": "999999999"}},
            "no place": {"data": {"email": "ada@example.org", "place": "…"}},
            "no word": {"data": {"email": "ada@example.org", "words": "?!"}},
            "right to left": {"data": {"email": "\u202egro.elpmaxe@ada", "words": "\u202e"}},
        }
        for what, form in forms.items():
            with self.subTest(what):
                answer = self.ask(opened, "/subscribe", "post", **form)
                self.assertIn(answer.status_code, (400, 422))
                self.assertNotIn("<script>alert", answer.text)
                self.assertNotIn("<img", answer.text)
        self.assertEqual(model.search_count([]), known)
        token = opened.sudo().token
        for end, method, status in (
            ("?page=-1&page=2&sector=99999999999&type=%FF&words=%ED%A0%80&place=%00%0A&embed=%0d%0ax", "get", 200),
            ("?token=x&self=1&subscription=2", "get", 200),
            (".ics?token=x&self=1&cls=2", "get", 200),
            (f"?words={'(a+)%2B' * 900}&place={'.*|' * 900}&{'sector=1&' * 900}", "get", 200),
            ("", "head", 200),
            ("", "put", 405),
            ("", "options", 405),
            (".ics", "post", 405),
            (".ics", "options", 405),
            ("/subscribe", "get", 405),
            (".ICS", "get", 404),
            ("%0A", "get", 404),
            ("%00", "get", 404),
            ("%0A.ics", "get", 404),
            (".ics%0A", "get", 404),
            ("/subscribe%0A", "post", 404),
        ):
            with self.subTest(end[:40], method=method):
                answer = self.ask(token, end, method)
                self.assertEqual(answer.status_code, status)
                self.assertNotIn("Traceback", answer.text)
        self.assertEqual(self.ask(token.swapcase()).status_code, 404)

    def test_an_organiser_confirms_for_nobody_and_who_got_it_before_reaches_it_no_more(self):
        for name, value in (
            ("confirmed_on", "2026-01-01 08:00:00"),
            ("asked_on", False),
            ("mailed_on", "2026-01-01"),
            ("origin_id", self.subscribe().id),
            ("lang", "x"),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                self.subscribe(email="ada@example.org").write({name: value})
            with self.subTest(name), self.assertRaises(AccessError):
                self.subscribe(email="ada@example.org", **{name: value})
        hers = self.subscribe(email="ada@example.org", is_weekly=True)
        waiting = hers.sudo()._get_mails()
        for values in (
            {"email": "eve@example.org"},
            {"email": False, "partner_id": self.club.id},
            {"partner_id": self.mill.id},
        ):
            with self.subTest(values):
                former = hers.sudo().access_token
                hers.write(values)
                self.assertFalse(waiting.exists(), "what was written for who got it before leaves no more")
                waiting = hers.sudo()._get_mails()
                for end in ("", "/stop"):
                    self.assertEqual(self.ask(f"mail/{former}", end, "post").status_code, 404)
                self.assertTrue(hers.is_weekly)
        token = hers.sudo().access_token
        hers.write({"partner_id": self.mill.id, "name": "Theirs"})
        self.assertEqual(hers.sudo().access_token, token, "the same reader keeps her address")

    def test_a_member_learns_no_address_and_no_secret_link(self):
        hers = self.subscribe(email="ada@example.org")
        hers.sudo()._confirm()
        model = self.env["relationship.calendar.subscription"].with_user(self.marc)
        mine = model.browse(hers.id)
        for name in ("email", "token", "access_token"):
            for what, act in {
                "read": lambda name=name: mine.read([name]),
                "search": lambda name=name: model.search([(name, "=like", "a%")]),
                "path": lambda name=name: model.search([(f"origin_id.{name}", "!=", False)]),
                "order": lambda name=name: model.search([], order=name),
                "group": lambda name=name: model.formatted_read_group([], [name], ["__count"]),
                "aggregate": lambda name=name: model.formatted_read_group([], [], [f"{name}:count_distinct"]),
                "export": lambda name=name: mine.export_data([name]),
                "export path": lambda name=name: mine.export_data([f"origin_id/{name}"]),
            }.items():
                with self.subTest(f"{what} {name}"), self.assertRaises(UserError):
                    self.env.invalidate_all()
                    act()
        self.assertNotIn("ada@", str(mine.read()) + str(model.name_search("ada@")) + mine.for_whom)
        with self.assertRaises(AccessError):
            self.env["relationship.page.request"].with_user(self.pilot).search([])
        self.assertNotEqual(*(hers | hers.copy()).sudo().mapped("access_token"))
        self.assertNotEqual(*(hers | hers.copy()).sudo().mapped("token"))

    def later(self, **period):
        moment = fields.Datetime.now() + timedelta(**period)
        return patch.object(fields.Datetime, "now", lambda *_arguments: moment)

    # The week's mail

    def run_job(self, day):
        """What leaves by the job on a day."""
        with patch.object(fields.Date, "context_today", lambda *_arguments: fields.Date.to_date(day)):
            return self.sent(self.env["relationship.calendar.subscription"]._cron_mail)

    def test_the_weeks_events_come_once_a_week_and_stop_in_one_click(self):
        Destination = self.env["relationship.destination"]
        ruth = self.env["res.partner"].create({"name": "Ruth", "email": "ruth@example.org", "lang": "en_US"})
        group = Destination.create({"name": "Lyon group", "referent_id": ruth.id})
        self.club.write({"email": "club@example.org", "lang": "en_US"})
        mine = self.subscribe(is_weekly=True, destination_id=group.id)
        theirs = self.subscribe(is_weekly=True, partner_id=self.club.id, words="vélos")
        nothing = self.subscribe(is_weekly=True, partner_id=self.mill.id, words="nowhere")
        hers = self.subscribe(is_weekly=True, email="ada@example.org")
        self.sent(lambda: None)
        mails = {mail["email_to"][0]: mail for mail in self.run_job(MONDAY)}
        self.assertEqual(
            {*mails}, {'"Ruth" <ruth@example.org>', '"Club" <club@example.org>'}, "who has not confirmed gets none"
        )
        for held in ("Tue 17 March, 10:00–12:00", "https://c.test/1", "Halle, 69007 Lyon", "Foire", "As told by Mill"):
            self.assertIn(held, mails['"Ruth" <ruth@example.org>']["body"])
        self.assertNotIn("VÉLO", mails['"Ruth" <ruth@example.org>']["body"], "it is later than this week")
        self.assertNotIn("Congrès", mails['"Club" <club@example.org>']["body"])
        headers = mails['"Club" <club@example.org>']["headers"]
        stop = f"{WHERE}/mail/{theirs.sudo().access_token}/stop"
        self.assertEqual(headers["List-Unsubscribe"], f"<{theirs.get_base_url()}{stop}>")
        self.assertEqual(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertFalse(self.run_job("2026-03-17"), "once a week")
        self.assertEqual(nothing.sudo().mailed_on, fields.Date.to_date(MONDAY))
        hers.sudo()._confirm()
        self.assertEqual(self.ask(f"mail/{theirs.sudo().access_token}", "/stop").status_code, 303)
        self.assertTrue(theirs.is_weekly, "opening a link stops nothing")
        with patch.object(fields.Date, "context_today", lambda *_arguments: fields.Date.to_date(MONDAY)):
            stopped = self.post(f"mail/{theirs.sudo().access_token}", "/stop", **{"List-Unsubscribe": "One-Click"})
        self.assertIn("you get this mail no more", stopped.text)
        self.assertFalse(theirs.is_weekly)
        self.fair.write({"start": "2026-03-24 09:00:00", "stop": "2026-03-24 10:00:00"})
        mails = self.run_job("2026-03-23")
        self.assertEqual({mail["email_to"][0] for mail in mails}, {'"Ruth" <ruth@example.org>', "ada@example.org"})
        ruth.relationship_no_contact = True
        self.post(f"mail/{hers.sudo().access_token}", "/stop")
        self.assertEqual((hers.is_weekly, hers.email), (False, False), "her address is deleted")
        self.assertEqual(self.ask(hers).status_code, 200)
        self.day.write({"start": "2026-03-31 12:00:00", "stop": "2026-03-31 12:00:00"})
        self.assertFalse(self.run_job("2026-03-30"), "who objects gets none")
        self.assertTrue(mine.is_weekly)

    def test_where_nobody_reads_the_mail_stops_until_the_address_is_another(self):
        ruth = self.env["res.partner"].create({"name": "Ruth", "email": "ruth@example.org", "lang": "en_US"})
        group = self.env["relationship.destination"].create({"name": "Lyon group", "referent_id": ruth.id})
        mine = self.subscribe(is_weekly=True, destination_id=group.id).sudo()
        hers = self.subscribe(is_weekly=True, email="ada@example.org").sudo()
        hers._confirm()
        hers.mailed_on = False
        self.sent(lambda: None)
        gateway = self.env["mail.thread"]
        for week in range(6):
            day = fields.Date.to_date(MONDAY) + timedelta(weeks=week)
            self.add(self.club, f"Meeting {week}", str(day + timedelta(days=1)))
            mails = self.run_job(str(day))
            self.assertEqual(len(mails), 2 if week < 4 else 0, day)
            if week == 0:
                continue  # it arrives
            for trace in self.env["mailing.trace"].search([("model", "=", mine._name), ("trace_status", "=", "sent")]):
                gateway._routing_handle_bounce(None, self.bounce(trace.message_id))
        self.assertIn("came back several times", mine.with_user(self.organiser).mail_note)
        self.assertFalse(hers._get_traces().filtered("email"), "no other table holds her address")
        ruth.email = "ruth@example.net"
        hers.write({"email": "bob@example.org"})
        hers._confirm()
        hers.mailed_on = False
        self.sent(lambda: None)
        self.env.invalidate_all()
        self.add(self.club, "Another meeting", "2026-05-05")
        self.assertEqual(len(self.run_job("2026-05-04")), 2)
        hers._stop_mail()
        self.assertFalse(hers._get_traces())

    def bounce(self, message_id):
        """What Odoo reads in a mail that came back."""
        return {
            **dict.fromkeys(("bounced_email", "email_from", "to", "message_id"), ""),
            "bounced_partner": self.env["res.partner"],
            "bounced_message": self.env["mail.message"],
            "bounced_msg_ids": [message_id],
            "body": "No such mailbox",
        }

    def test_whom_the_mail_goes_to_is_said_and_a_former_referent_stops_nothing(self):
        ruth, rose = self.env["res.partner"].create(
            [{"name": name, "email": f"{name}@example.org", "lang": "en_US"} for name in ("ruth", "rose")]
        )
        group = self.env["relationship.destination"].create({"name": "Lyon group"})
        mine = self.subscribe(is_weekly=True, destination_id=group.id)
        self.assertIn("no referent", mine.mail_note)
        group.referent_id = ruth
        self.assertEqual(mine.mail_note, "On Mondays, when the week holds something, to ruth (ruth@example.org).")
        [mail] = self.run_job(MONDAY)
        self.assertIn(f"{self.organiser.name} has subscribed “Lyon group” to it: Everything.", mail["body"])
        former = mine.sudo().access_token
        mine.sudo().mailed_on = False
        mine.sudo()._send("week")
        group.with_user(self.organiser).referent_id = rose
        self.env.invalidate_all()
        self.assertFalse(mine.sudo()._get_mails(), "what was written for her leaves no more")
        self.assertEqual(self.ask(f"mail/{former}", "/stop", "post").status_code, 404)
        self.assertIn("rose@example.org", mine.mail_note)
        rose._message_receive_bounce(rose.email, rose)  # as Odoo counts what comes back
        self.env.invalidate_all()
        self.assertIn("Mails to this address came back: 1.", mine.mail_note)
        blacklisted = self.env["mail.blacklist"]._add(rose.email)
        self.assertFalse(mine._filter_writable(), "she wants no mailing, and has not asked for this one herself")
        blacklisted.active = False
        rose.relationship_no_contact = True
        self.env.invalidate_all()
        self.assertEqual(mine.mail_note, "rose wants no mail: none goes.")
        theirs = self.subscribe(is_weekly=True, partner_id=self.farm.id)
        self.assertIn("No address is noted of Farm", theirs.mail_note)
        hers = self.subscribe(is_weekly=True, email="ada@example.org")
        self.assertIn("before it has confirmed", hers.mail_note)
        hers.sudo()._confirm()
        self.assertIn("to ada@example.org.", hers.mail_note)
        self.assertNotIn("ada@", hers.with_user(self.marc).mail_note)

    def test_who_asks_twice_for_the_same_gets_one_mail(self):
        opened = self.subscribe(self.pilot, is_open=True).sudo()
        chosen = {"sector_ids": [Command.set(self.energy.ids)], "place": "Lyon"}
        for words in ("", "", "congrès"):
            opened._subscribe({**chosen, "words": words}, "ada@example.org", True, "en_US", "192.0.2.1")
        for hers in self.env["relationship.calendar.subscription"].search([("origin_id", "=", opened.id)], order="id"):
            hers._confirm()
            hers.mailed_on = "2026-03-01"
        self.sent(lambda: None)
        mails = self.run_job(MONDAY)
        self.assertEqual([mail["email_to"] for mail in mails], [["ada@example.org"]] * 2, "what differs is another")

    def test_a_long_page_begins_with_its_months(self):
        subscription = self.subscribe(self.pilot, is_open=True, takes_proposals=True)
        page = self.ask(subscription).text
        self.assertNotIn('href="#m1"', page)
        self.assertLess(page.index("/partners-agenda/propose"), page.index('class="line"'), "also before the events")
        for day in range(1, 13):
            self.add(self.farm, f"Fair {day}", f"2026-05-{day:02}")
        page = self.ask(subscription).text
        for number in range(4):
            self.assertEqual((page.count(f'href="#m{number}"'), page.count(f'id="m{number}"')), (1, 1))

    def test_a_week_is_the_associations(self):
        self.club.write({"email": "club@example.org", "lang": "en_US"})
        subscription = self.subscribe(is_weekly=True, partner_id=self.club.id).sudo()
        self.congress.write({"start": "2026-03-15 23:15:00", "stop": "2026-03-16 00:15:00"})  # Monday in Paris
        with freeze_time("2026-03-09 10:00:00"):
            self.assertNotIn(self.congress.id, [line.id for line in subscription._get_week()])
        with freeze_time("2026-03-15 23:05:00"):
            self.assertIn(self.congress.id, [line.id for line in subscription._get_week()])
            self.sent(self.env["relationship.calendar.subscription"]._cron_mail)
        self.assertEqual(str(subscription.mailed_on), MONDAY)

    def test_a_mail_that_is_killed_or_written_by_two_servers_is_one(self):
        self.club.write({"email": "club@example.org", "lang": "en_US"})
        subscription = self.subscribe(is_weekly=True, partner_id=self.club.id)
        monday = fields.Date.to_date(MONDAY)
        with patch.object(fields.Date, "context_today", lambda *_arguments: monday):
            with self.cr.savepoint() as savepoint:  # killed before its transaction ends
                subscription.sudo()._mail_in_job(monday)
                savepoint.rollback()
            self.env.invalidate_all()
            self.assertFalse(subscription.sudo().mailed_on)
            with patch.object(type(subscription), "try_lock_for_update", lambda *_arguments, **_named: False):
                self.assertIs(subscription.sudo()._mail_in_job(monday), False)
            for _server in range(2):
                self.assertTrue(subscription.sudo()._mail_in_job(monday))
        self.assertEqual(len(subscription.sudo()._get_mails()), 1)
        self.assertEqual(
            literal_eval(subscription.sudo()._get_mails().headers)["List-Unsubscribe-Post"],
            "List-Unsubscribe=One-Click",
        )
        subscription.sudo().unlink()
        self.assertFalse(self.env["mail.mail"].search([("model", "=", subscription._name)]))
