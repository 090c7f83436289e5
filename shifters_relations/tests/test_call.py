from odoo.tests import tagged

from ..tools import get_phone_link
from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestCall(RelationshipCase):
    """One tap calls whom one usually speaks to (P4)."""

    def create_persons(self, organisation, *names, **values):
        return self.env["res.partner"].create(
            [
                {"name": name, "parent_id": organisation.id, "phone": f"06 00 00 00 {number:02}", **values}
                for number, name in enumerate(names)
            ]
        )

    def assertCalls(self, partner, called, link=None):
        partner = partner.with_user(self.helene)
        self.assertEqual(partner.relationship_call_id, called)
        expected = get_phone_link(called.phone) if link is None else link
        self.assertEqual(partner.relationship_call_link or "", expected)

    def test_the_person_usually_met_comes_before_the_organisation(self):
        organisation = self.create_target(phone="+33 (0)1 42 00 00 00")
        self.assertCalls(organisation, organisation, "tel:+33142000000")
        ada, bob, cid = self.create_persons(organisation, "Ada", "Bob", "Cid", relationship_is_decider=True)
        self.assertCalls(organisation, organisation)
        self.meet(organisation, 20, participant_ids=(ada + bob).ids)
        self.meet(organisation, 10, participant_ids=bob.ids)
        self.meet(organisation, 5, participant_ids=ada.ids)
        self.assertCalls(organisation, ada)  # as often as Bob, and last
        self.meet(organisation, 4, participant_ids=bob.ids)
        self.assertCalls(organisation, bob)
        self.write_synthesis(organisation, participant_ids=cid.ids)
        self.write_synthesis(organisation, participant_ids=cid.ids)
        self.assertCalls(organisation, bob)  # drafts tell of no contact

    def test_who_cannot_or_does_not_want_to_be_called_is_not(self):
        organisation = self.create_target(phone="01 42 00 00 00")
        ada, bob = self.create_persons(organisation, "Ada", "Bob")
        for days_ago in (3, 2):
            self.meet(organisation, days_ago, participant_ids=ada.ids)
        self.meet(organisation, 1, participant_ids=bob.ids)
        self.assertCalls(organisation, ada)
        for change in ({"phone": False}, {"relationship_no_contact": True}, {"active": False}, {"parent_id": False}):
            with self.subTest(change), self.cr.savepoint() as savepoint:
                ada.write(change)
                self.assertCalls(organisation, bob)
                savepoint.close(rollback=True)
        bob.phone = ada.phone = "ask the desk"
        self.assertCalls(organisation, organisation)
        organisation.phone = False
        self.assertCalls(organisation, self.env["res.partner"], "")
        decider = self.create_persons(organisation, "Dan", relationship_is_decider=True)
        self.assertCalls(organisation, decider)
        organisation.relationship_no_contact = True
        self.assertCalls(organisation, self.env["res.partner"], "")
        self.assertCalls(decider, self.env["res.partner"], "")

    def test_a_person_is_called_or_her_organisation(self):
        organisation = self.create_target(phone="01 42 00 00 00")
        ada = self.create_persons(organisation, "Ada")
        self.assertCalls(ada, ada)
        ada.phone = False
        self.assertCalls(ada, organisation)
        ada.relationship_no_contact = True
        self.assertCalls(ada, self.env["res.partner"], "")

    def test_a_number_is_called_however_it_is_written(self):
        for written, link in {
            "+33 (0)1 42 00 00 00 / 06 12 34 56 78": "tel:+33142000000",
            "1er étage : 01.42.00.00.00, poste 3": "tel:0142000000",
            "02/123 45 67": "tel:021234567",
            "+33\u00a01\u202f42\u00a000 00 00": "tel:+33142000000",
            "٠١ ٤٢ ٠٠ ٠٠ ٠٠": "tel:0142000000",
            "39 39": "tel:3939",
            "12": "",
            "x": "",
            False: "",
        }.items():
            with self.subTest(written):
                self.assertEqual(get_phone_link(written), link)

    def test_the_mail_of_the_morning_and_the_sheet_call(self):
        organisation = self.create_target()
        ada = self.create_persons(organisation, "Ada")
        self.meet(organisation, 100, participant_ids=ada.ids)
        self.renewal_of(organisation).date_deadline = TODAY
        values = self.helene_member._prepare_reminder_values(
            self.helene_member._get_digests(self.env.cr.now())[self.helene_member]
        )
        mail = str(self.env["ir.qweb"]._render("shifters_relations.reminder_mail", values))
        self.assertIn(f'href="{get_phone_link(ada.phone)}"', mail)
        self.assertIn("Call Ada", mail)
        reports = self.env["ir.actions.report"].with_user(self.helene)
        sheet = reports._render_qweb_html("shifters_relations.preparation_page", organisation.ids)[0].decode()
        self.assertIn(f'href="{get_phone_link(ada.phone)}"', sheet)

    def test_a_portfolio_asks_no_more_queries_the_larger_it_is(self):
        def count(size):
            organisations = self.env["res.partner"].browse()
            for number in range(size):
                organisation = self.create_target(f"Target {size} {number}", phone="01 42 00 00 00")
                self.meet(organisation, 1, participant_ids=self.create_persons(organisation, "Ada", "Bob").ids)
                organisations |= organisation
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            organisations.with_user(self.helene).web_read(
                {"relationship_call_link": {}, "relationship_call_id": {"fields": {"display_name": {}}}}
            )
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(9))
