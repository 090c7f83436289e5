from odoo import Command
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import RelationshipCase

PORTFOLIO = "shifters_relations.res_partner_portfolio_action"
SCREENS = (
    PORTFOLIO,
    "shifters_relations.res_partner_organisation_action",
    "shifters_relations.res_partner_candidate_action",
)
ORGANISATION_FORM = "shifters_relations.res_partner_view_form"


@tagged("post_install", "-at_install")
class TestDefaults(RelationshipCase):
    """What a screen says of the record that it opens reaches no other record."""

    def get_context(self, xmlid, user=None):
        """The context of a window action, as the web client evaluates it for a user."""
        names = {"uid": (user or self.organiser).id, "active_id": self.env.user.partner_id.id}
        return safe_eval(self.env.ref(xmlid).context, names)

    def on_screen(self, xmlid, user=None):
        user = user or self.organiser
        return self.env["res.partner"].with_user(user).with_context(**self.get_context(xmlid, user))

    def assertOrdinaryPerson(self, person):
        self.assertFalse(person.is_company)
        for name in ("relationship_stage", "relationship_owner_id", "relationship_type_id", "relationship_cadence_id"):
            self.assertFalse(person.sudo()[name], name)

    def prepare(self, model):
        """A record of a model that one of our screens opens, with what can be created in it.

        :return: values of the record, values of what is created with it by name of its field
        """
        organisation = self.create_target("Confédération", owner=self.organiser)
        kind = self.env["relationship.cooperation.kind"].search([], limit=1)
        prepared = {
            "res.partner": ({"name": "Fédération"}, {"child_ids": {"name": "Ada"}}),
            "relationship.synthesis": (
                {"partner_id": organisation.id},
                {
                    "cooperation_ids": {"name": "A debate", "kind_id": kind.id},
                    "participant_ids": {"name": "Ada", "parent_id": organisation.id},
                },
            ),
            "relationship.closure": ({"name": "Bridge", "date_from": "2026-05-15", "date_to": "2026-05-15"}, {}),
            "event.event": ({"name": "Soirée"}, {"event_ticket_ids": {"name": "A seat"}}),
        }
        return prepared[model]

    def test_every_screen_keeps_what_it_says_for_its_record(self):
        actions = self.env["ir.actions.act_window"].search([("context", "like", "'default_")])
        lasting = actions.filtered(lambda action: not self.env[action.res_model]._transient)
        ours = {
            action: xmlid
            for action, xmlid in lasting.get_external_id().items()
            if xmlid.startswith("shifters_relations")
        }
        self.assertGreaterEqual(len(ours), 4)
        for action_id, xmlid in ours.items():
            with self.subTest(xmlid):
                action = actions.browse(action_id)
                context = self.get_context(xmlid)
                said = [key.removeprefix("default_") for key in context if key.startswith("default_")]
                values, lines = self.prepare(action.res_model)
                model = self.env[action.res_model].with_user(self.pilot)
                commands = {name: [Command.create(line)] for name, line in lines.items()}
                told = model.with_context(**context).create({**values, **commands})
                written = model.with_context(**context).create(values)
                written.write(commands)
                plain = model.create({**values, **commands})
                for name in lines:
                    for line in (told[name], written[name]):
                        twin = plain[name]
                        self.assertEqual(len(line), 1)
                        for field in set(said) & line._fields.keys() - {"partner_id"}:
                            self.assertEqual(line.sudo()[field], twin.sudo()[field], (name, field))

    def test_a_person_is_added_to_an_organisation_from_every_screen(self):
        for xmlid in SCREENS:
            for user in (self.helene, self.organiser, self.pilot):
                with self.subTest(screen=xmlid, user=user.login):
                    form = Form(self.on_screen(xmlid, user), ORGANISATION_FORM)
                    form.name = "Fédération"
                    with form.child_ids.new() as line:
                        line.name = "Ada"
                    organisation = form.save()
                    self.assertTrue(organisation.is_company)
                    self.assertEqual(organisation.relationship_stage, "target" if xmlid == PORTFOLIO else "candidate")
                    with Form(organisation, ORGANISATION_FORM) as form, form.child_ids.new() as line:
                        line.name = "Bob"
                    organisation.write({"child_ids": [Command.create({"name": "Dan"})]})
                    self.assertEqual(organisation.child_ids.mapped("name"), ["Ada", "Bob", "Dan"])
                    for person in organisation.child_ids:
                        self.assertOrdinaryPerson(person)

    def test_who_is_created_beside_an_organisation_takes_nothing_from_the_screen(self):
        Partner = self.on_screen(PORTFOLIO)
        named = Partner.browse(Partner.name_create("Fédération")[0])
        self.assertTrue(named.is_company, "the organisation of a person, typed in its field")
        self.assertFalse(named.relationship_stage)
        self.assertOrdinaryPerson(
            Partner.with_context(default_is_company=False).browse(
                Partner.with_context(default_parent_id=named.id, default_is_company=False).name_create("Ada")[0]
            )
        )
        self.assertOrdinaryPerson(Partner.create({"name": "Dan", "parent_id": named.id}))
        self.assertOrdinaryPerson(Partner._find_or_create_from_emails(["Fay <fay@example.org>"])[0])
        context = self.get_context(PORTFOLIO)
        user = self.env["res.users"].with_context(**context).create({"name": "Gus", "login": "gus"})
        self.assertOrdinaryPerson(user.partner_id)
        company = self.env["res.company"].with_context(**context).create({"name": "Ours"})
        self.assertFalse(company.partner_id.relationship_stage)

    def test_members_and_organisers_write_from_the_screens_of_an_organisation(self):
        kind = self.env["relationship.cooperation.kind"].search([], limit=1)
        for user in (self.helene, self.organiser):
            organisation = self.create_target(owner=user)
            person = self.env["res.partner"].create({"name": "Ada", "parent_id": organisation.id})
            syntheses = self.env["relationship.synthesis"].with_user(user)
            synthesis = syntheses.with_context(default_partner_id=person.id).create({})
            self.assertEqual(synthesis.partner_id, organisation, "what the screen's default implies is taken too")
            self.assertEqual((synthesis.participant_ids, synthesis.author_id), (person, user))
            cooperations = self.env["relationship.cooperation"].with_user(user)
            on_page = cooperations.with_context(default_synthesis_id=synthesis.id)
            [saved] = on_page.web_save({"name": "A debate", "kind_id": kind.id}, {"synthesis_id": {}})
            self.assertEqual(saved["synthesis_id"], synthesis.id)

    def test_a_duplicate_takes_nothing_from_the_screen(self):
        target = self.create_target(child_ids=[Command.create({"name": "Ada"})])
        for record in (target, target.child_ids):
            copied = record.with_user(self.organiser).with_context(**self.get_context(PORTFOLIO)).copy()
            self.assertEqual(copied.is_company, record.is_company)
            self.assertFalse(copied.relationship_stage)
            self.assertFalse(copied.relationship_owner_id)

    def test_rows_of_persons_come_in_from_every_screen(self):
        for xmlid in SCREENS:
            with self.subTest(xmlid):
                name = f"Union {xmlid}"
                result = (
                    self.on_screen(xmlid)
                    .with_context(import_file=True)
                    .load(["name", "child_ids/name"], [[name, "Ada"], ["", "Bob"]])
                )
                self.assertFalse([message for message in result["messages"] if message["type"] == "error"])
                organisation = self.env["res.partner"].browse(result["ids"][0])
                self.assertTrue(organisation.is_company)
                self.assertTrue(organisation.relationship_stage)
                result = (
                    self.on_screen(xmlid)
                    .with_context(import_file=True)
                    .load(["name", "parent_id"], [["Dan", name], ["Eve", name]])
                )
                self.assertFalse([message for message in result["messages"] if message["type"] == "error"])
                self.assertEqual(len(organisation.child_ids), 4)
                for person in organisation.child_ids:
                    self.assertOrdinaryPerson(person)
