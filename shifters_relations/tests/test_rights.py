import base64
import json
from contextlib import suppress
from datetime import timedelta
from itertools import product

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import tagged
from odoo.tests.common import HttpCase, new_test_user
from odoo.tools import mute_logger

from .common import TODAY, RelationshipCase
from .rights import ROLES, RightsMixin, Sample

SECRETS = "sesame"
JSON = {"Content-Type": "application/json"}
OUTSIDE = {
    "portal": "base.group_portal",
    "internal": "base.group_user,base.group_partner_manager",
    "settings": "base.group_user,base.group_system",
}


@tagged("post_install", "-at_install")
class TestRights(RightsMixin, RelationshipCase):
    """Who may do what with the relations: ``rights.md`` says, everything is tried (S3, T1, Q9)."""

    addon = "shifters_relations"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target()
        cls.of_marc = cls.create_target("Alliance", owner=cls.marc)
        cls.free = cls.env["res.partner"].create(
            {"name": "Free", "is_company": True, "relationship_stage": "candidate"}
        )
        cls.prepare_users()
        cls.samples = {
            **cls.prepare_organisations(),
            **cls.prepare_syntheses(),
            **cls.prepare_cooperations(),
            **cls.prepare_team(),
            **cls.prepare_lists(),
            **cls.prepare_wizards(),
            **cls.prepare_merges(),
            **cls.prepare_intake(),
        }
        cls.calls = cls.prepare_calls()
        cls.env.flush_all()

    # Records

    @classmethod
    def prepare_organisations(cls):
        Partner = cls.env["res.partner"]
        heard = cls.create_target("Heard")
        cls.write_synthesis(heard, cls.helene, confidential_note="heard").action_validate()
        company = {"name": "Another", "is_company": True}
        todo = cls.env["mail.activity"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id("res.partner"),
                "res_id": cls.partner.id,
                "summary": "Look",
                "user_id": cls.helene.id,
            }
        )
        renewed = cls.renewal_of(cls.create_target("Renewed"))
        meeting = cls.plan_meeting(cls.renewal_of(cls.create_target("Met")), TODAY - timedelta(days=1))
        note = {"summary": "Changed"}
        person = Partner.create({"name": "Ada Byron", "parent_id": cls.partner.id})
        return {
            ("res.partner", "an ordinary contact"): Sample(Partner.create(company), company, {"city": "Lyon"}),
            ("res.partner", "her organisation"): Sample(
                cls.partner,
                {**company, "relationship_stage": "target", "relationship_owner_id": cls.helene.id},
                {"relationship_intention": "To know them"},
            ),
            ("res.partner", "nobody's candidate"): Sample(
                cls.free, {**company, "relationship_stage": "candidate"}, {"relationship_owner_id": cls.helene.id}
            ),
            ("res.partner", "hers, with a confidential part, made the organiser's"): Sample(
                heard,
                {**company, "relationship_owner_id": cls.organiser.id},
                {"relationship_owner_id": cls.organiser.id},
            ),
            ("mail.activity", "the next contact with hers"): Sample(
                renewed,
                {"res_model": "res.partner", "res_id": cls.of_marc.id, "relationship_partner_id": cls.of_marc.id},
                {"date_deadline": "2026-05-05"},
            ),
            ("mail.activity", "something to do with hers"): Sample(
                todo,
                {"res_model_id": todo.res_model_id.id, "res_id": cls.partner.id, "summary": "Look"},
                note,
            ),
            ("calendar.event", "her meeting"): Sample(
                meeting, {"name": "Tea", "start": "2026-04-01", "stop": "2026-04-01"}, {"name": "Coffee"}
            ),
            ("calendar.attendee", "at her meeting"): Sample(
                meeting.attendee_ids,
                {"event_id": meeting.id, "partner_id": cls.partner.id},
                {"state": "tentative"},
            ),
            ("res.partner", "a person of hers"): Sample(
                person, {"name": "Grace", "parent_id": cls.partner.id}, {"function": "Chair"}
            ),
            ("relationship.affiliation", "of hers"): Sample(
                cls.env["relationship.affiliation"].create(
                    {"organisation_id": cls.partner.id, "umbrella_id": cls.of_marc.id}
                ),
                {"organisation_id": cls.partner.id, "umbrella_id": cls.free.id},
                {"kind": "network"},
            ),
            ("relationship.level.change", "of hers"): Sample(
                cls.env["relationship.level.change"].create({"partner_id": cls.partner.id, "level": "1"}),
                {"partner_id": cls.partner.id, "level": "1"},
                {"date": "2026-01-01"},
            ),
        }

    @classmethod
    def prepare_syntheses(cls):
        Synthesis = cls.env["relationship.synthesis"]
        done = cls.meet(cls.partner, summary="<p>Spoken</p>")
        draft = cls.write_synthesis(cls.partner)
        of_organiser = cls.write_synthesis(cls.partner, cls.organiser, confidential_note=f"{SECRETS} organiser")
        of_marc = cls.write_synthesis(
            cls.of_marc, summary=f"<p>{SECRETS} draft</p>", confidential_note=f"{SECRETS} marc"
        )
        cls.secrets = (
            (f"{SECRETS} organiser", ("contact", "organiser", "pilot")),
            (f"{SECRETS} marc", ("other", "pilot")),
            (f"{SECRETS} draft", ("other", "organiser", "pilot")),
        )
        parts = {each: Synthesis.sudo().browse(each.id)._get_confidential_parts() for each in (of_organiser, of_marc)}
        values = {"partner_id": cls.partner.id, "summary": "<p>Hello</p>"}
        changed = {"learned": "That"}
        note = {"note": "Changed"}
        waiting = cls.env["relationship.logged.mail"].create(
            {
                "name": f"{SECRETS} waiting",
                "summary": f"<p>{SECRETS} waiting</p>",
                "correspondents": f"{SECRETS} waiting",
                "user_id": cls.helene.id,
                "date": TODAY,
                "partner_id": cls.partner.id,
            }
        )
        cls.secrets += ((f"{SECRETS} waiting", ("contact",)),)
        return {
            ("relationship.logged.mail", "hers, that waits"): Sample(
                waiting, {"name": "Hello", "date": TODAY}, {"partner_id": cls.partner.id}
            ),
            ("relationship.synthesis", "hers, validated"): Sample(done, {**values, "state": "done"}, changed),
            ("relationship.synthesis", "her draft"): Sample(draft, values, changed),
            ("relationship.synthesis", "a draft of the organiser on her organisation"): Sample(
                of_organiser, {**values, "author_id": cls.organiser.id}, changed
            ),
            ("relationship.synthesis", "another owner's draft"): Sample(
                of_marc, {"partner_id": cls.of_marc.id, "author_id": cls.marc.id}, changed
            ),
            ("relationship.synthesis.confidential", "of the organiser on her organisation"): Sample(
                parts[of_organiser], {"synthesis_id": cls.write_synthesis(cls.partner, cls.organiser).id, **note}, note
            ),
            ("relationship.synthesis.confidential", "another owner's"): Sample(
                parts[of_marc], {"synthesis_id": cls.write_synthesis(cls.of_marc).id, **note}, note
            ),
        }

    @classmethod
    def prepare_cooperations(cls):
        Cooperation = cls.env["relationship.cooperation"]
        kind = cls.env["relationship.cooperation.kind"].search([], limit=1)
        values = {"name": "Talk", "kind_id": kind.id}

        def create(partner, **more):
            role = Command.create({"partner_id": partner.id})
            return Cooperation.create({**values, "role_ids": [role], **more})

        hers = create(cls.free, user_id=cls.helene.id)
        ongoing = create(cls.partner, user_id=cls.organiser.id, stage="ongoing")
        of_marc = create(cls.of_marc, user_id=cls.marc.id)
        changed, conditions = {"description": "More"}, {"conditions": "A room"}
        role = {"partner_id": cls.free.id}
        samples = {
            ("relationship.cooperation", "an idea that she follows"): Sample(
                hers, {**values, "user_id": cls.helene.id}, changed
            ),
            ("relationship.cooperation", "ongoing with her organisation"): Sample(
                ongoing, {**values, "user_id": cls.organiser.id}, changed
            ),
            ("relationship.cooperation", "another owner's"): Sample(
                of_marc, {**values, "user_id": cls.marc.id}, changed
            ),
        }
        for (_model, which), sample in list(samples.items()):
            cooperation = sample.records
            samples["relationship.cooperation.role", which] = Sample(
                cooperation.role_ids, {"cooperation_id": cooperation.id, **role}, conditions
            )
            of_it = {"cooperation_id": cooperation.id}
            samples["relationship.committee", which] = Sample(
                cls.env["relationship.committee"].create(of_it), of_it, {"kind": "follow_up"}
            )
        steered = {"name": "Committee", "start": TODAY, "stop": TODAY, "privacy": "confidential"}
        steered["met_partner_ids"] = [Command.set(cls.partner.ids)]
        steered["relationship_committee_id"] = samples[
            "relationship.committee", "ongoing with her organisation"
        ].records.id
        samples["calendar.event", "of a committee that she may change, its minutes"] = Sample(
            cls.env["calendar.event"].create(steered), steered, {"relationship_minutes": "<p>Said</p>"}
        )
        return samples

    @classmethod
    def prepare_team(cls):
        Closure, Report = cls.env["relationship.closure"], cls.env["relationship.report"]
        day = {"name": "Away", "date_from": "2026-04-01", "date_to": "2026-04-02"}
        charter = cls.env["relationship.charter"].search([("role", "=", "contact")])
        cls.helene_member.action_renew_calendar()
        charter.search([("role", "=", "pilot")]).unlink()
        beginner = cls.create_member("Zoé", "contact")
        newcomer = cls.outsider
        report = {"date_from": "2025-10-01"}
        done = Report.create(report)
        done.action_validate()
        rows = cls.env["relationship.analysis"].search([("partner_id", "=", cls.partner.id)], limit=1)
        trend = cls.env["relationship.coverage.trend"].search([("partner_id", "=", cls.partner.id)], limit=1)
        load = cls.env["relationship.load"].search([("user_id", "=", cls.helene.id)], limit=1)
        return {
            ("res.users", "a user"): Sample(beginner.user_id, {"name": "New", "login": "new"}, {"name": "Changed"}),
            ("relationship.member", "a member"): Sample(
                beginner, {"user_id": newcomer.id, "role": "contact"}, {"area": "Paris"}
            ),
            ("relationship.member", "herself"): Sample(
                cls.helene_member, {"user_id": newcomer.id, "role": "pilot"}, {"role": "pilot"}
            ),
            ("relationship.calendar.told", "of hers"): Sample(
                cls.env["relationship.calendar.told"].search([], limit=1), {"user_id": cls.helene.id}, {"sequence": 9}
            ),
            ("relationship.charter", "a line"): Sample(charter, {"role": "pilot", "expected": 1}, {"expected": 5}),
            ("relationship.export", "a list of the organiser's"): Sample(
                cls.export(), {"model_id": cls.env["ir.model"]._get_id("res.partner")}, {"row_count": 1}
            ),
            ("relationship.closure", "her absence"): Sample(
                Closure.create({**day, "user_id": cls.helene.id}), {**day, "user_id": cls.helene.id}, {"name": "Off"}
            ),
            ("relationship.closure", "everybody's days"): Sample(Closure.create(day), day, {"name": "Off"}),
            ("relationship.report", "a draft"): Sample(Report.create(report), report, {"highlights": "<p>All</p>"}),
            ("relationship.report", "validated"): Sample(done, report, {"recipient_ids": []}),
            ("relationship.analysis", "a row"): Sample(rows, {}, {"date": TODAY}),
            ("relationship.coverage.trend", "a row"): Sample(trend, {}, {"date": TODAY}),
            ("relationship.load", "a row"): Sample(load, {}, {"number": 1}),
        }

    @classmethod
    def export(cls):
        cls.partner.with_user(cls.organiser).export_data(["name"])
        return cls.env["relationship.export"].search([], limit=1)

    @classmethod
    def prepare_lists(cls):
        """What the team configures."""
        names = (
            "relationship.organisation.type",
            "relationship.sector",
            "relationship.topic",
            "relationship.cadence",
            "relationship.job.family",
            "relationship.destination",
            "relationship.cooperation.kind",
        )
        samples = {
            (name, "any"): Sample(cls.env[name].create({"name": "Any"}), {"name": "New"}, {"name": "Changed"})
            for name in names
        }
        news = {"name": "Something new"}
        offer = cls.env["relationship.offer"].search([], limit=1)
        return {
            **samples,
            ("relationship.news", "any"): Sample(cls.env["relationship.news"].create(news), news, {"name": "Old"}),
            ("relationship.privacy", "the page"): Sample(
                cls.env["relationship.privacy"]._get(), {"retention_years": 4}, {"retention_years": 5}
            ),
            ("relationship.sensitive.word", "any"): Sample(
                cls.env["relationship.sensitive.word"].create({"word": "zed"}), {"word": "yod"}, {"word": "xan"}
            ),
            ("relationship.objection", "any"): Sample(
                cls.env["relationship.objection"].create({"key": "a"}), {"key": "b"}, {"key": "c"}
            ),
            ("relationship.offer", "any"): Sample(offer, {"choice": "relationship_level.1"}, {"meaning": "Changed"}),
        }

    @classmethod
    def prepare_wizards(cls):
        Plan = cls.env["relationship.plan"]
        plan = Plan.with_user(cls.helene).create({"member_ids": cls.helene_member.ids})
        line = {"plan_id": plan.id, "activity_id": cls.renewal_of(cls.partner).id}
        line |= {"date_planned": "2026-06-01", "channel": "phone"}
        lines = cls.env["relationship.plan.line"].with_user(cls.helene).create(line)
        team = Plan.with_user(cls.organiser).create({"member_ids": cls.marc_member.ids})
        handing = {"from_member_id": cls.marc_member.id, "to_member_id": cls.helene_member.id}
        handover = cls.env["relationship.handover"].with_user(cls.organiser).create(handing)
        person = cls.env["res.partner"].create({"name": "Rosa Parks", "parent_id": cls.partner.id})
        forgetting = {"person_ids": person.ids, "is_sure": True}
        checks = cls.env["relationship.check"]
        exception = {"sentence": "True", "model": "res.partner", "count": 1, "record_ids": cls.partner.ids}
        choices = {"reminder_rhythm": "weekly", "reminder_hour": 9}
        cls.env["relationship.member"].set_pilot_invites(True)
        newcomer = {"name": "Zora", "email": "zora@example.org", "role": "contact"}
        invite = cls.env["relationship.invite"].with_user(cls.pilot).create(newcomer)
        closure = cls.env["relationship.closure"].create(
            {"name": "Walk", "date_from": TODAY, "date_to": TODAY + timedelta(days=60), "user_id": cls.helene.id}
        )
        opened = closure.with_user(cls.helene).action_move_touched()
        absence = cls.env["relationship.absence"].with_user(cls.helene).browse(opened["res_id"])
        mine = cls.env["relationship.preferences"].with_user(cls.helene).create(choices)
        search = cls.env["privacy.lookup.wizard"].create({"name": person.name, "email": "rosa@example.org"})
        news = cls.env["relationship.news"].create({"name": "Rosa Parks speaks", "text": "<p>Soon</p>"})
        found = {"wizard_id": search.id, "res_id": news.id, "res_model_id": cls.env["ir.model"]._get_id(news._name)}
        return {
            ("relationship.plan", "of her portfolio, opened by her"): Sample(
                plan, {"member_ids": cls.helene_member.ids}, {"member_ids": [Command.set(cls.marc_member.ids)]}
            ),
            ("relationship.plan", "of another portfolio, opened by the organiser"): Sample(
                team, {"member_ids": cls.marc_member.ids}, {"message": "More"}
            ),
            ("relationship.anonymise", "of a person of hers, opened by the pilot"): Sample(
                cls.env["relationship.anonymise"].with_user(cls.pilot).create(forgetting),
                forgetting,
                {"is_sure": False},
            ),
            ("relationship.check", "a line"): Sample(checks.create(exception), exception, {"count": 0}),
            ("privacy.lookup.wizard", "a search"): Sample(search),
            ("privacy.lookup.wizard.line", "of the team's"): Sample(search.line_ids.create(found)),
            ("relationship.plan.line", "of hers"): Sample(lines, line, {"keep": False}),
            ("relationship.handover", "opened by the organiser"): Sample(handover, handing, {"to_member_id": False}),
            ("relationship.handover.line", "opened by the organiser"): Sample(
                handover.line_ids, {"handover_id": handover.id, "partner_id": cls.free.id}, {"to_member_id": False}
            ),
            ("relationship.handover.sector", "opened by the organiser"): Sample(
                cls.env["relationship.handover.sector"]
                .with_user(cls.organiser)
                .create({"handover_id": handover.id, "sector_id": cls.environment.id}),
                {"handover_id": handover.id, "sector_id": cls.environment.id},
                {"to_member_id": False},
            ),
            ("relationship.invite", "of somebody new, opened by the pilot"): Sample(invite, newcomer, {"name": "Zoé"}),
            ("relationship.preferences", "hers"): Sample(mine, choices, {"reminder_hour": 7}),
            ("relationship.absence", "hers"): Sample(
                absence, {"closure_id": absence.closure_id.id}, {"line_ids": [Command.clear()]}
            ),
            ("relationship.absence.line", "of hers"): Sample(
                absence.line_ids[0], {"absence_id": absence.id}, {"keep": False}
            ),
        }

    @classmethod
    def prepare_merges(cls):
        """Two organisations of hers about to become one; with a confidential part of hers in one of them."""
        Merge = cls.env["base.partner.merge.automatic.wizard"]
        told = cls.create_target("Told")
        cls.write_synthesis(told, confidential_note="told").action_validate()
        plain, twin = (cls.create_target(name) for name in ("Plain", "Plane"))

        def sample(first, second):
            partners = {"partner_ids": [Command.set((first | second).ids)], "dst_partner_id": first.id}
            return Sample(Merge.create({"state": "selection", **partners}), partners, {"state": "option"})

        return {
            ("base.partner.merge.automatic.wizard", "two of hers"): sample(plain, twin),
            ("base.partner.merge.automatic.wizard", "hers, one with a confidential part"): sample(plain, told),
        }

    @classmethod
    def prepare_intake(cls):
        """A list of the organiser's, previewed, in which one word is unknown."""
        content = base64.b64encode(b"Nom;Type\nLigue;Guilde\n")
        values = {"file": content, "file_name": "list.csv"}
        brought = cls.env["relationship.import"].with_user(cls.organiser).create(values)
        brought.action_read()
        brought.action_preview()
        word = {"target": "type", "word": "guilde"}
        parent = {"import_id": brought.id}
        return {
            ("relationship.import", "of the organiser"): Sample(brought, values, {"channel": "video"}),
            ("relationship.import.choice", "of it"): Sample(
                cls.env["relationship.import.choice"].create({**parent, "kind": "level", "name": "Local"}),
                {**parent, "kind": "level"},
                {"chosen": True},
            ),
            ("relationship.import.column", "of it"): Sample(brought.column_ids[0], parent, {"target": "acronym"}),
            ("relationship.import.word", "of it"): Sample(brought.word_ids, parent, {"decision": "leave"}),
            ("relationship.import.line", "of it"): Sample(
                brought.line_ids, {**parent, "kind": "organisation"}, {"decision": "skip"}
            ),
            ("relationship.import.synonym", "any"): Sample(
                cls.env["relationship.import.synonym"].create({"target": "type", "word": "club"}), word, word
            ),
        }

    @classmethod
    def prepare_calls(cls):
        return {
            ("relationship.analysis.mixin.action_open_organisation", "any"): {"ids": [1]},
            ("res.partner.default_get", "any"): {"fields": ["type"]},
            ("res.partner.name_create", "any"): {"name": "Zed"},
            ("res.partner.relationship_say_law", "a person of hers"): {"text": "Malade"},
            ("res.partner.load", "any"): {
                "fields": ["name", "is_company", "relationship_intention"],
                "data": [["Free", "1", "Why"]],
            },
            **{
                ("relationship.member.action_name_in_calendar", which): {"names": True}
                for which in ("a member", "herself")
            },
            ("relationship.member.set_pilot_invites", "any"): {"is_allowed": False},
            ("relationship.preferences.default_get", "any"): {"fields": ["reminder_hour"]},
            ("relationship.sector.name_create", "any"): {"name": "Zed"},
            ("relationship.synthesis.default_get", "any"): {"fields": ["date"]},
        }

    # What the table cannot say

    def test_secrets_leave_by_no_door(self):
        """Drafts and confidential parts of others, asked for in every way that core knows (S3)."""
        draft = self.samples["relationship.synthesis", "another owner's draft"].records
        organiser_draft = self.samples["relationship.synthesis", "a draft of the organiser on her organisation"].records
        told = ["summary", "folded_text", "confidential_note"]
        spec = {name: {} for name in told}
        part = "relationship.synthesis.confidential"
        syntheses = draft | organiser_draft
        partners = (self.of_marc | self.partner).ids
        paths = [f"relationship_synthesis_ids/{name}" for name in told]
        calls = [
            ("relationship.synthesis", "search_read", (), [[], told], {}),
            ("relationship.synthesis", "web_search_read", (), [[], spec], {}),
            ("relationship.synthesis", "formatted_read_group", (), [[], ["folded_text"], ["__count"]], {}),
            ("relationship.synthesis", "search_count", (), [[("text", "ilike", SECRETS)]], {}),
            (part, "search_read", (), [[("note", "ilike", SECRETS)], ["note"]], {}),
            (part, "formatted_read_group", (), [[], ["note"], ["__count"]], {}),
            (part, "formatted_read_group", (), [[], ["synthesis_id"], ["note:array_agg"]], {}),
            ("res.partner", "web_read", partners, [{"relationship_synthesis_ids": {"fields": spec}}], {}),
            ("res.partner", "export_data", partners, [paths], {}),
            ("res.partner", "search_count", (), [[("relationship_synthesis_ids.summary", "ilike", SECRETS)]], {}),
            ("mail.message", "search_read", (), [[("model", "=", "relationship.synthesis")], ["body"]], {}),
        ]
        for each in syntheses:
            calls += [
                ("relationship.synthesis", "read", each.ids, [told], {}),
                ("relationship.synthesis", "web_read", each.ids, [spec], {}),
                ("relationship.synthesis", "export_data", each.ids, [told], {}),
                (
                    "relationship.synthesis",
                    "onchange",
                    each.ids,
                    [{"partner_id": self.partner.id}, ["partner_id"], spec],
                    {},
                ),
                ("relationship.synthesis", "web_save", each.ids, [{"learned": "That"}, spec], {}),
                ("relationship.synthesis", "copy_data", each.ids, [], {}),
            ]
        for role, (model, method, ids, arguments, named) in product(ROLES, calls):
            outcome, answer = self.call(role, model, method, ids, *arguments, **named)
            self.assertIn(outcome, ("yes", "-", "told"), (role, model, method, arguments))
            if method == "search_count" and outcome == "yes":
                self.assertEqual(bool(answer), role in ("other", "organiser", "pilot"), (role, model, arguments))

    def test_what_is_one_members_alone_leaves_by_no_door(self):
        """A mail that waits, with its files, and the address of a calendar, asked for in every way that core knows."""
        mail = self.samples["relationship.logged.mail", "hers, that waits"].records
        [file] = self.env["ir.attachment"].create(
            [{"name": f"{SECRETS} waiting", "raw": SECRETS, "res_model": mail._name, "res_id": mail.id}]
        )
        self.helene_member.with_user(self.helene).action_renew_calendar()
        token = self.helene_member.calendar_token
        self.secrets = (*self.secrets, (token, ("contact",)))
        names = ["name", "summary", "correspondents"]
        spec = {name: {} for name in names}
        named, of_mail = [("summary", "ilike", SECRETS)], [("res_model", "=", mail._name), ("res_id", "=", mail.id)]
        attached = {"name": "x", "raw": "x", "res_model": mail._name, "res_id": mail.id}
        calls = [  # (model, method, ids, arguments): only she gets through, or finds anything
            (mail._name, "read", mail.ids, [names]),
            (mail._name, "web_read", mail.ids, [spec]),
            (mail._name, "search_read", (), [[], names]),
            (mail._name, "web_search_read", (), [[], spec]),
            (mail._name, "search_count", (), [named]),
            (mail._name, "search_count", (), [[("id", "=", mail.id)]]),
            (mail._name, "search", (), [[("user_id", "=", self.helene.id)]]),
            (mail._name, "name_search", (), [SECRETS]),
            (mail._name, "formatted_read_group", (), [[], ["name"], ["__count"]]),
            (mail._name, "formatted_read_group", (), [[], ["date:day"], ["name:array_agg"]]),
            (mail._name, "read_group", (), [[], ["name"], ["name"]]),
            (mail._name, "export_data", mail.ids, [names]),
            (mail._name, "web_save", mail.ids, [{"partner_id": self.of_marc.id}, spec]),
            (mail._name, "onchange", mail.ids, [{}, ["partner_id"], spec]),
            (mail._name, "copy_data", mail.ids, []),
            (mail._name, "copy", mail.ids, []),
            (mail._name, "action_choose", mail.ids, []),
            (mail._name, "unlink", mail.ids, []),
            (file._name, "read", file.ids, [["name", "raw"]]),
            (file._name, "search_read", (), [[("id", "=", file.id)], ["name", "datas"]]),
            (file._name, "search_count", (), [of_mail]),
            (file._name, "create", (), [attached]),
            (file._name, "generate_access_token", file.ids, []),
            ("mail.message", "search_count", (), [[("model", "=", mail._name)]]),
            ("mail.message", "search_count", (), [[("attachment_ids", "in", file.ids)]]),
        ]
        for role, (model, method, ids, arguments) in product(ROLES, calls):
            outcome, answer = self.call(role, model, method, ids, *arguments)
            if role != "contact" and outcome == "yes":
                empty = answer.get("length") == 0 if isinstance(answer, dict) else not answer
                self.assertTrue(empty or method == "onchange", (role, model, method, answer))
        for role, user in self.users.items():
            binary = self.env["ir.binary"].with_user(user)
            with self.subTest(role), suppress(AccessError, MissingError):  # /web/content
                found = binary._find_record(res_model=file._name, res_id=file.id)
                self.assertEqual((role, found), ("contact", file))
        member, secret = self.helene_member, "calendar_token"
        guess = [(secret, "=like", f"{token[0]}%")]
        doors = [  # refused to everybody: her own page tells it, and nothing else
            ("relationship.member", "read", member.ids, [[secret]]),
            ("relationship.member", "web_read", member.ids, [{secret: {}}]),
            ("relationship.member", "search", (), [guess]),
            ("relationship.member", "search_count", (), [[(secret, "!=", False)]]),
            ("relationship.member", "web_search_read", (), [[], {secret: {}}]),
            ("relationship.member", "search_read", (), [[], ["id"], 0, None, f"{secret} desc"]),
            ("relationship.member", "formatted_read_group", (), [[], [secret], ["__count"]]),
            ("relationship.member", "formatted_read_group", (), [[], ["role"], [f"{secret}:max"]]),
            ("relationship.member", "name_search", (), ["", guess]),
            ("relationship.member", "export_data", member.ids, [["id", secret]]),
            ("relationship.member", "write", member.ids, [{secret: "a" * 32}]),
            ("relationship.member", "create", (), [{"user_id": self.outsider.id, "role": "contact", secret: "a" * 32}]),
            ("relationship.sector", "search_count", (), [[(f"member_id.{secret}", "=like", "a%")]]),
            ("relationship.sector", "search", (), [[], 0, None, f"member_id.{secret}"]),
            ("relationship.sector", "formatted_read_group", (), [[], [f"member_id.{secret}"], ["__count"]]),
            ("relationship.sector", "export_data", self.environment.ids, [[f"member_id/{secret}"]]),
            ("relationship.sector", "web_search_read", (), [[], {"member_id": {"fields": {secret: {}}}}]),
            ("res.users", "search_count", (), [[(f"relationship_member_ids.{secret}", "!=", False)]]),
            ("relationship.calendar.told", "search_read", (), [[], ["uid", "start"]]),
        ]
        for role, (model, method, ids, arguments) in product(ROLES, doors):
            outcome, answer = self.call(role, model, method, ids, *arguments)
            self.assertNotEqual(outcome, "yes", (role, model, method, arguments, answer))
        for role in ROLES:
            for method, ids, arguments in (
                ("load", (), [[".id", secret], [[member.id, "a" * 32]]]),
                ("copy_data", member.ids, []),
                ("get_my_calendar", (), []),
            ):
                self.call(role, "relationship.member", method, ids, *arguments)
            self.assertEqual(member.calendar_token, token)

    def test_a_draft_deletes_nothing_but_its_own_promises(self):
        """What points to a draft goes with it, as superuser: nobody points the next contact there (S1)."""
        draft = self.write_synthesis(self.of_marc, self.helene)
        with self.assertRefused(UserError, "promised"):
            draft.promise_ids = [Command.link(self.renewal_of(self.of_marc).id)]
        renewal = self.renewal_of(self.partner).with_user(self.helene)
        with self.assertRefused(UserError, "promised"):
            renewal.relationship_synthesis_id = draft

    def test_a_cooperation_comes_from_no_synthesis_that_one_may_not_read(self):
        """Neither by a default of the context, nor under the name of somebody who may."""
        draft = self.samples["relationship.synthesis", "another owner's draft"].records
        kind = self.env["relationship.cooperation.kind"].search([], limit=1)
        values = {"name": "Talk", "kind_id": kind.id, "user_id": self.helene.id}
        Cooperation = self.env["relationship.cooperation"].with_user(self.helene)
        with self.assertRefused(AccessError):
            Cooperation.create({**values, "synthesis_id": draft.id})
        with self.assertRefused(AccessError):
            Cooperation.with_context(default_synthesis_id=draft.id).create(values)

    def test_only_organisers_move_a_validated_synthesis(self):
        """Its author corrects it where it is (S7)."""
        done = self.samples["relationship.synthesis", "hers, validated"].records
        with self.assertRefused(AccessError, "Only organisers move"):
            done.with_user(self.helene).partner_id = self.of_marc
        done.with_user(self.helene).write({"partner_id": self.partner.id, "told": "More"})
        done.with_user(self.organiser).partner_id = self.of_marc

    def test_an_absence_stays_ones_own(self):
        absence = self.samples["relationship.closure", "her absence"].records.with_user(self.helene)
        for user in (self.marc, self.env["res.users"]):
            with self.assertRefused(AccessError):
                absence.user_id = user


@tagged("post_install", "-at_install")
class TestRightsOverHttp(RelationshipCase, HttpCase):
    """The same from outside: what needs no table, because nobody gets anything."""

    def setUp(self):
        super().setUp()
        self.partner = self.create_target()
        self.draft = self.write_synthesis(self.partner, summary=f"<p>{SECRETS}</p>", confidential_note=SECRETS)
        self.users = {role: new_test_user(self.env, role, groups=group) for role, group in OUTSIDE.items()}
        self.users |= {"other": self.marc, "contact": self.helene, "pilot": self.pilot}

    def test_without_a_login_no_door_opens(self):
        call = {"model": "relationship.synthesis", "method": "search_read", "args": [[]], "kwargs": {}}
        answer = self.url_open(
            "/web/dataset/call_kw",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": call}),
            headers=JSON,
        )
        self.assertIn("error", answer.json())
        answer = self.url_open("/json/2/relationship.synthesis/search_read", data="{}", headers=JSON)
        self.assertEqual(answer.status_code, 401)
        for path in ("/report/html/shifters_relations.synthesis_page", "/report/pdf/shifters_relations.synthesis_page"):
            self.assertNotIn(SECRETS, self.url_open(f"{path}/{self.draft.id}").text)

    def test_nothing_is_printed_for_who_may_not_read_it(self):
        report = self.env["relationship.report"].create({"date_from": "2025-10-01"})
        cooperation = self.env["relationship.cooperation"].create(
            {"name": "Talk", "kind_id": self.env["relationship.cooperation.kind"].search([], limit=1).id}
        )
        committee = self.env["relationship.committee"].create({"cooperation_id": cooperation.id})
        meeting = self.env["calendar.event"].create(
            {"name": "Committee", "start": TODAY, "stop": TODAY, "relationship_committee_id": committee.id}
        )
        readers = {
            f"synthesis_page/{self.draft.id}": ("contact", "pilot"),
            f"activity_report_page/{report.id}": ("pilot",),
            f"cooperation_page/{cooperation.id}": ("other", "contact", "pilot"),
            f"committee_agenda_page/{meeting.id}": ("other", "contact", "pilot"),
            f"preparation_page/{self.partner.id}": ("other", "contact", "pilot"),
        }
        for role, user in self.users.items():
            self.authenticate(user.login, user.login)
            for page, allowed in readers.items():
                with self.subTest(role=role, page=page), mute_logger("odoo.http"):
                    answer = self.url_open(f"/report/html/shifters_relations.{page}")
                    self.assertEqual(answer.status_code == 200, role in allowed, answer.text[:200])
                    if not (page.startswith("synthesis") and role in allowed):
                        self.assertNotIn(SECRETS, answer.text)

    def test_an_attachment_of_a_draft_is_read_by_who_reads_the_draft(self):
        attached = self.env["ir.attachment"].create(
            {"name": "notes.txt", "raw": SECRETS, "res_model": "relationship.synthesis", "res_id": self.draft.id}
        )
        for role, user in self.users.items():
            self.authenticate(user.login, user.login)
            with self.subTest(role=role), mute_logger("odoo.http"):
                answer = self.url_open(f"/web/content/{attached.id}")
                self.assertEqual(SECRETS in answer.text, role in ("contact", "pilot"), answer.status_code)
