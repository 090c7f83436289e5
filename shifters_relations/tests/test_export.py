import json
import re

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import HttpCase
from odoo.tools import mute_logger

from .common import RelationshipCase

SECRET = "sesame"


@tagged("post_install", "-at_install")
class TestExport(HttpCase, RelationshipCase):
    """Organisers and the pilot export lists, and each time it is noted; contact members do not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target()
        cls.synthesis = cls.meet(cls.partner, confidential_note=SECRET)
        cls.exports = cls.env["relationship.export"]

    def get_file(self, user, model, records, *names):
        """What the button *Export* answers."""
        self.authenticate(user.login, user.login)
        csrf = re.search(r'csrf_token: "([^"]+)"', self.url_open("/odoo").text)[1]
        data = {
            "model": model,
            "fields": [{"name": name, "label": name, "type": "char"} for name in names],
            "ids": records.ids,
            "domain": [],
            "groupby": [],
            "import_compat": False,
            "context": {},
        }
        return self.url_open("/web/export/csv", data={"data": json.dumps(data), "csrf_token": csrf, "token": "x"})

    def test_an_organiser_exports_and_it_is_noted(self):
        answer = self.get_file(self.organiser, "res.partner", self.partner, "name", "relationship_owner_id/name")
        self.assertEqual(answer.status_code, 200)
        self.assertIn(self.partner.name, answer.content.decode())
        noted = self.exports.with_user(self.pilot).search([])
        self.assertEqual(noted.create_uid, self.organiser)
        self.assertEqual((noted.model_id.model, noted.row_count), ("res.partner", 1))
        self.assertEqual(noted.columns, "Name, Contact owner / Name")
        with self.assertRefused(AccessError):
            self.exports.with_user(self.organiser).search([])

    @mute_logger("odoo.http", "odoo.addons.web.controllers.export")
    def test_a_contact_member_does_not_even_by_hand(self):
        self.assertFalse(self.helene.has_group("base.group_allow_export"))
        with self.assertRefused(UserError):
            self.partner.with_user(self.helene).export_data(["name"])
        self.helene.group_ids += self.env.ref("base.group_allow_export")
        for records in (self.partner, self.synthesis, self.synthesis.activity_id):
            with self.assertRefused(AccessError, "ask Camille, Nadia"):
                records.with_user(self.helene).export_data(["display_name", "relationship_partner_id/name"])
        answer = self.get_file(self.helene, "res.partner", self.partner, "name")
        self.assertEqual(answer.status_code, 500)
        self.assertFalse(self.exports.search([]))

    def test_who_is_no_organiser_any_more_exports_no_more(self):
        member = self.organiser.relationship_member_ids
        self.assertTrue(self.organiser.has_group("base.group_allow_export"))
        member.role = "contact"
        self.assertFalse(self.organiser.has_group("base.group_allow_export"))

    def test_no_column_leads_to_the_confidential_part(self):
        for user in self.organiser | self.pilot:
            described = self.synthesis.with_user(user).fields_get(["confidential_note"], ["exportable"])
            self.assertFalse(described["confidential_note"]["exportable"])
            for records, column in (
                (self.synthesis, "confidential_note"),
                (self.partner, "relationship_synthesis_ids/confidential_note"),
                (self.synthesis._get_confidential_parts().with_user(self.pilot), "note"),
            ):
                exported = records.with_user(self.pilot).export_data([column])
                self.assertNotIn(SECRET, json.dumps(exported))

    def test_what_is_not_the_teams_is_left_alone(self):
        stranger = self.outsider
        stranger.group_ids += self.env.ref("base.group_allow_export")
        self.partner.with_user(stranger).export_data(["name", "city"])
        self.helene.group_ids += self.env.ref("base.group_allow_export")
        self.env.company.partner_id.country_id.with_user(self.helene).export_data(["name"])
        self.assertFalse(self.exports.search([]))
        event = self.env["calendar.event"].create({"name": "Team", "partner_ids": self.helene.partner_id.ids})
        event.with_user(self.helene).export_data(["name", "partner_ids/name"])
        tag = self.env["res.partner.category"].create({"name": "T", "partner_ids": self.partner.ids})
        tag.with_user(self.helene).export_data(["name", "color"])
        self.assertFalse(self.exports.search([]))

    def get_told(self):
        """Records of Odoo's models that tell of whom the team follows, each with columns of Odoo's."""
        person = self.env["res.partner"].create({"name": "Ada", "parent_id": self.partner.id})
        tag = self.env["res.partner.category"].create({"name": "T", "partner_ids": person.ids})
        meeting = self.env["calendar.event"].create({"name": "With Ada", "partner_ids": person.ids})
        met = self.env["calendar.event"].create({"name": "With Ada", "met_partner_ids": self.partner.ids})
        promise = self.partner.activity_schedule("shifters_relations.activity_type_promise", summary="A file")
        return [
            (tag, ["name", "partner_ids/name"]),
            (tag, ["partner_ids/email"]),
            (tag, ["partner_ids/.id"]),
            (self.synthesis.activity_id, ["res_name", "date_deadline", "user_id/name"]),
            (self.partner.relationship_renewal_ids, ["res_name", "date_deadline"]),
            (promise, ["summary", "res_name"]),
            (meeting, ["name", "start"]),
            (met, ["name"]),
            (met.attendee_ids | meeting.attendee_ids, ["common_name", "email"]),
        ]

    def test_what_leads_to_whom_the_team_follows_is_the_teams(self):
        self.helene.group_ids += self.env.ref("base.group_allow_export")
        for records, columns in self.get_told():
            with self.subTest(model=records._name, columns=columns):
                self.assertTrue(records)
                with self.assertRefused(AccessError, "ask Camille, Nadia"):
                    records.with_user(self.helene).export_data(columns)
                before = self.exports.search_count([])
                records.with_user(self.organiser).export_data(columns)
                self.assertEqual(self.exports.search_count([]), before + 1)

    def test_what_concerns_nobody_costs_no_query(self):
        countries = self.env["res.country"].search([], limit=3).with_user(self.organiser)
        columns = [countries._fields["name"]], [countries._fields["state_ids"]]
        self.organiser.has_group("shifters_relations.group_contact")
        self.env.invalidate_all()
        with self.assertQueryCount(0):
            self.assertFalse(self.exports.with_user(self.organiser)._is_of_team(countries, columns))

    @mute_logger("odoo.http")
    def test_several_cards_at_once_are_an_export(self):
        person = self.env["res.partner"].create({"name": "Ada", "parent_id": self.partner.id})
        several = f"/web/partner/vcard?partner_ids={self.partner.id},{person.id}"
        self.authenticate(self.helene.login, self.helene.login)
        self.assertEqual(self.url_open(several).status_code, 403)
        one = self.url_open(f"/web/partner/vcard?partner_ids={person.id}")
        self.assertEqual((one.status_code, one.headers["Content-Type"]), (200, "text/vcard"))
        self.assertFalse(self.exports.search([]))
        self.authenticate(self.organiser.login, self.organiser.login)
        self.assertEqual(self.url_open(several).headers["Content-Type"], "application/zip")
        self.assertEqual(self.exports.search([]).row_count, 2)

    @mute_logger("odoo.http")
    def test_a_table_in_a_file_and_a_list_as_json_are_exports(self):
        self.env["ir.config_parameter"].set_param("web.json.enabled", "1")
        self.helene.group_ids += self.env.ref("base.group_allow_export")
        navigates = {
            f"Sec-Fetch-{key}": value
            for key, value in zip(("Dest", "Mode", "Site", "User"), ("document", "navigate", "none", "?1"), strict=True)
        }
        table = {
            "model": "relationship.analysis",
            "title": "Contacts",
            "col_group_headers": [],
            "measure_headers": [],
            "measure_count": 1,
            "rows": [{"title": self.partner.name, "indent": 0, "values": []}],
        }

        def get_table():
            csrf = re.search(r'csrf_token: "([^"]+)"', self.url_open("/odoo").text)[1]
            return self.url_open("/web/pivot/export_xlsx", data={"data": json.dumps(table), "csrf_token": csrf})

        def get_json():
            return self.url_open("/json/1/organisations?view_type=list", headers=navigates)

        self.authenticate(self.helene.login, self.helene.login)
        self.assertEqual(get_json().status_code, 403)
        self.assertNotEqual(get_table().status_code, 200)
        self.assertFalse(self.exports.search([]))
        self.authenticate(self.organiser.login, self.organiser.login)
        self.assertIn(self.partner.name, get_json().text)
        self.assertEqual(get_table().status_code, 200)
        table_noted, list_noted = self.exports.search([])
        self.assertEqual((list_noted.model_id.model, list_noted.create_uid), ("res.partner", self.organiser))
        self.assertGreaterEqual(list_noted.row_count, 1)
        self.assertEqual((table_noted.model_id.model, table_noted.row_count), ("relationship.analysis", 1))
        table["model"] = "res.country"
        self.assertEqual(get_table().status_code, 200)
        self.assertEqual(len(self.exports.search([])), 2, "what is not the team's is left alone")
