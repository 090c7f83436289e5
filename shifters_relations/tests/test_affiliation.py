from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestAffiliation(RelationshipCase):
    """Who belongs to whom (B6)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls.create_target("Confédération du rail", relationship_acronym="CDR")
        cls.federation = cls.create_target("Fédération des gares", owner=cls.marc)
        cls.union = cls.create_target("Gares de Lyon", relationship_sector_id=cls.environment.id)
        cls.member = cls.join(cls.union, cls.federation)
        cls.join(cls.federation, cls.head)

    @classmethod
    def join(cls, organisation, umbrella, **values):
        values = {"organisation_id": organisation.id, "umbrella_id": umbrella.id, **values}
        return cls.env["relationship.affiliation"].create(values)

    def merge(self, source, kept):
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.organiser)
        wizard._merge((source | kept).ids, kept.with_env(wizard.env))
        self.env.flush_all()
        self.env.invalidate_all()

    def test_it_is_entered_from_either_side(self):
        new = self.create_target("Gares de Brest")
        view = "shifters_relations.res_partner_view_form"
        with Form(new.with_user(self.helene), view) as form, form.relationship_affiliation_ids.new() as line:
            line.umbrella_id = self.federation
        with Form(self.head.with_user(self.helene), view) as form, form.relationship_affiliated_ids.new() as line:
            line.organisation_id = new
            line.kind = "network"
        self.assertEqual(
            [(each.umbrella_id, each.kind) for each in new.relationship_affiliation_ids.sorted("id")],
            [(self.federation, "federation"), (self.head, "network")],
        )

    def test_what_may_be_chosen_is_found(self):
        fields = (
            self.env["relationship.affiliation"].with_user(self.helene).fields_get(["organisation_id", "umbrella_id"])
        )
        for name, described in fields.items():
            with self.subTest(field=name):
                found = self.env["res.partner"].with_user(self.helene).search(described["domain"])
                self.assertIn(self.union, found)
                self.assertNotIn(self.env.company.partner_id, found)

    def test_the_chooser_marks_of_whom_others_are_members(self):
        """Among those that it proposes; elsewhere a name is a name."""
        partners = self.env["res.partner"].with_user(self.helene)

        def propose(**context):
            found = partners.with_context(**context).web_name_search(self.federation.name, {"display_name": {}})
            return [each["__formatted_display_name"] for each in found if each["id"] == self.federation.id]

        self.assertEqual(propose(), [self.federation.name])
        self.assertEqual(propose(relationship_say_heads=True), [f"{self.federation.name} \t --head of a network--"])
        self.assertEqual(self.federation.with_context(relationship_say_heads=True).display_name, self.federation.name)

    def test_the_kind_is_what_the_umbrella_is_called(self):
        for name, kind in (
            ("CONFEDERATION PAYSANNE", "confederation"),
            ("Union syndicale", "federation"),
            ("Réseau Action", "network"),
            ("Alliance des terres", "network"),
            ("Mouvement associatif", "other"),
        ):
            with self.subTest(name=name):
                self.assertEqual(self.join(self.union, self.create_target(name)).kind, kind)

    def test_no_pair_twice_no_circle_and_no_person(self):
        with mute_logger("odoo.sql_db"), self.assertRefused(IntegrityError):
            self.join(self.union, self.federation)
        for one, other, sentence in (
            (self.head, self.union, "Confédération du rail cannot be a member of Gares de Lyon, which belongs to it"),
            (self.head, self.federation, "in a circle"),
            (self.union, self.union, "cannot be a member of itself"),
            (self.env["res.partner"].create({"name": "Ada"}), self.head, "Ada is a person"),
            (self.union, self.env["res.partner"].create({"name": "Bob"}), "Bob is a person"),
        ):
            with self.subTest(sentence=sentence), self.assertRefused(ValidationError, sentence):
                self.join(one, other)
        with self.assertRefused(ValidationError, "in a circle"):
            self.federation.relationship_affiliation_ids.with_user(self.helene).umbrella_id = self.union
        self.join(self.union, self.head)  # a shorter way is no circle

    def test_the_first_sentence_and_the_preparation_sheet_say_who_met_the_heads(self):
        self.meet(self.head, days_ago=30)
        partner = self.union.with_user(self.helene)
        self.assertIn(
            "Its federation Fédération des gares: never met yet · Its confederation CDR: seen on 9 February by Hélène",
            partner.relationship_sentence.replace("\u00a0", " "),
        )
        sheet = (
            self.env["ir.actions.report"]
            .with_user(self.helene)
            ._render_qweb_html("shifters_relations.preparation_page", partner.ids)[0]
        )
        self.assertIn("Its confederation CDR", sheet.decode())
        self.assertIn("Sa confédération CDR\u00a0: vue le", partner.with_context(lang="fr_FR").relationship_sentence)
        self.head.active = False
        self.env.invalidate_all()
        self.assertNotIn("CDR", partner.relationship_sentence)
        self.assertNotIn("Its", self.head.with_user(self.helene).relationship_sentence)

    def get_numbers(self, user=None):
        coverage = self.env["res.partner"].with_user(user or self.helene).relationship_get_coverage()
        row = next(row for row in coverage["rows"] if row["id"] == self.environment.id)
        return {state: count for state, count in row["total"].items() if count}

    def test_the_map_counts_what_is_reached_apart_from_what_is_met(self):
        candidate = self.create_target(
            "Amis", relationship_stage="candidate", relationship_sector_id=self.environment.id
        )
        self.assertEqual(self.get_numbers(), {"never": 1, "candidate": 1})
        self.meet(self.head, days_ago=30)
        self.join(candidate, self.union)
        self.assertEqual(self.get_numbers(), {"never": 1, "candidate": 1, "reached": 2})
        partners = self.env["res.partner"].with_user(self.helene)
        reached = self.federation | self.union | candidate
        self.assertEqual(partners.search([("relationship_is_reached", "=", True)]) & (reached | self.head), reached)
        self.assertEqual((reached | self.head).with_user(self.helene).filtered("relationship_is_reached"), reached)
        self.assertIn(self.head, partners.search([("relationship_is_reached", "=", False)]))
        self.meet(self.union)
        self.assertEqual(self.get_numbers(), {"covered": 1, "candidate": 1, "reached": 1})
        self.federation.active = False
        self.head.relationship_stage = "closed"
        self.assertEqual(self.get_numbers(), {"covered": 1, "candidate": 1, "reached": 1})
        self.union.active = False
        self.assertEqual(self.get_numbers(), {"candidate": 1})
        labels = {state["state"]: state["label"] for state in partners.relationship_get_coverage()["states"]}
        self.assertEqual(labels["reached"], "Reached through their network")

    def test_a_late_head_reaches_nobody(self):
        self.meet(self.head, days_ago=400)
        self.assertEqual(self.get_numbers(), {"never": 1})

    def test_everybody_below_a_head_is_found_and_heads_are(self):
        below = self.head.with_user(self.helene)._relationship_get_below()
        self.assertEqual(below, self.federation | self.union)
        partners = self.env["res.partner"].with_user(self.helene)
        heads = partners.search(partners._relationship_get_head_domain())
        self.assertEqual(heads & (below | self.head), self.head | self.federation)
        self.union.active = False
        self.assertEqual(self.head._relationship_get_below(), self.federation)
        self.assertNotIn(self.federation, partners.search(partners._relationship_get_head_domain()))

    def test_merging_keeps_each_pair_once_and_makes_no_circle(self):
        twin = self.create_target("Fédération des gares (bis)")
        other = self.create_target("Autre réseau")
        self.join(twin, self.head, kind="network")
        self.join(self.union, twin)
        self.join(twin, other)
        self.merge(twin, self.federation)
        self.assertEqual(self.federation.relationship_affiliation_ids.umbrella_id, self.head | other)
        self.assertEqual(set(self.federation.relationship_affiliation_ids.mapped("kind")), {"confederation", "network"})
        self.assertEqual(self.federation.relationship_affiliated_ids.organisation_id, self.union)
        self.merge(self.federation, self.head)
        self.assertEqual(self.head.relationship_affiliated_ids.organisation_id, self.union)
        self.assertEqual(self.head.relationship_affiliation_ids.umbrella_id, other)
        below = self.create_target("Section")
        self.join(below, self.union)
        self.merge(below, self.head)
        self.assertFalse(self.env["relationship.affiliation"]._find_circles())
        self.assertEqual(self.head.relationship_affiliated_ids.organisation_id, self.union)

    def test_ordinary_contacts_keep_theirs_when_they_are_merged(self):
        kept, source = self.env["res.partner"].create([{"name": name, "is_company": True} for name in ("One", "Two")])
        self.join(source, self.head)
        self.join(kept, self.head)
        self.merge(source, kept)
        self.assertEqual(kept.relationship_affiliation_ids.umbrella_id, self.head)

    def test_who_becomes_a_person_or_is_deleted_belongs_to_nobody(self):
        self.env["res.partner"].create({"name": "Club", "is_company": True}).write({"is_company": False})
        club = self.env["res.partner"].create({"name": "Club", "is_company": True})
        self.join(club, self.head)
        club.is_company = False
        self.assertFalse(club.relationship_affiliation_ids)
        self.federation.relationship_stage = False
        self.federation.with_user(self.pilot).unlink()
        self.assertFalse(self.member.exists())

    def test_members_of_the_team_alone_read_it_and_only_of_what_they_may_read(self):
        self.assertEqual(self.member.with_user(self.helene).display_name, "Gares de Lyon → Fédération des gares")
        with self.assertRefused(AccessError):
            self.member.with_user(self.outsider).read(["kind"])
        company = self.env["res.company"].create({"name": "Another company"})
        self.marc.company_ids = [Command.link(company.id)]
        self.federation.company_id = company
        affiliations = self.env["relationship.affiliation"].with_user(self.helene)
        self.assertFalse(affiliations.search([("organisation_id", "=", self.union.id)]))
        with self.assertRefused(AccessError):
            self.member.with_user(self.helene).read(["kind"])
        self.assertNotIn("gares:", self.union.with_user(self.helene).relationship_sentence)
        with self.assertRefused((AccessError, UserError)):
            self.member.with_user(self.helene).kind = "network"

    def test_sentences_cost_the_same_for_2_and_40(self):
        def count_queries(partners):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            partners.mapped("relationship_sentence")
            return self.env.cr.sql_log_count - before

        partners = self.env["res.partner"]
        for number in range(40):
            partners |= self.create_target(f"Gare {number}")
            self.join(partners[number], self.create_target(f"Réseau {number % 7}"))
            if number % 2:
                self.meet(partners[number].relationship_affiliation_ids.umbrella_id, days_ago=number)
        partners = partners.with_user(self.helene)
        count_queries(partners)
        self.assertEqual(count_queries(partners), count_queries(partners[:2]))
