import logging
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import config

from ..forgotten import Person, read
from .test_privacy import EMAIL, NAME, TRACES, PersonalDataCase

LIST_LOGGER = "odoo.addons.shifters_relations.models.privacy.relationship_privacy_list"


@tagged("post_install", "-at_install")
class TestAnonymisedList(PersonalDataCase):
    """Who was anonymised after a backup is so after it was restored (G5)."""

    def setUp(self):
        super().setUp()
        self.env.company.email = "team@example.org"
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.list = folder / "new" / "list.jsonl"
        self.keep_list_at(self.list)
        self.env["relationship.privacy"]._note_database()

    def keep_list_at(self, path):
        self.enterContext(patch.dict(config.options, {"relationship_anonymised_list": str(path)}))

    def commit(self):
        """Do what follows the end of the transaction."""
        self.env.flush_all()
        self.env.cr.postcommit.run()

    def anonymise_and_restore(self, persons, **values):
        """Anonymise, and go back to a backup from before."""
        with self.cr.savepoint() as savepoint:
            self.anonymise(persons, **values)
            self.commit()
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertNotIn(False, persons.mapped("active"))

    def broken(self):
        """The ids that break what must be true of who was anonymised, in the order of the invariants."""
        self.env.flush_all()
        checks = self.env["relationship.check"]
        return [
            [each for [each] in self.env.execute_query(invariant.broken)]
            for invariant in checks._get_privacy_invariants()
        ]

    def run_the_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("shifters_relations.cron_repair").method_direct_trigger()
        self.env.invalidate_all()

    def test_a_restored_person_is_forgotten_again_as_before(self):
        self.seed()
        self.anonymise_and_restore(self.person, never_again=True)
        written = self.list.read_text().lower()
        self.assertFalse([trace for trace in TRACES if trace in written])
        self.assertTrue(self.find_traces())
        her = {self.person.id, *self.person.child_ids.ids}
        self.assertEqual({entry.person.id for entry in read(self.list)[0]}, her, "once each, her addresses too")
        [again, unlisted, trouble] = self.broken()
        self.assertEqual((set(again), unlisted, trouble), (her, [], []))
        self.run_the_job()
        self.commit()
        self.assertFalse(self.find_traces())
        self.assertTrue(self.person.relationship_anonymised_on)
        self.assertFalse(self.person.active)
        self.assertEqual(self.env["relationship.objection"]._get_objecting([EMAIL]), {EMAIL})
        self.assertEqual(self.broken(), [[], [], []])
        self.assertEqual(self.list.read_text().lower(), written)

    def test_what_restoring_as_a_copy_renews_keeps_wishes_and_the_list(self):
        self.person.relationship_no_contact = True
        self.env["relationship.objection"]._remember([EMAIL])
        self.anonymise_and_restore(self.person)
        self.env["ir.config_parameter"].init(force=True)  # as `odoo db load` does
        self.assertEqual(self.broken(), [self.person.ids, [], []])
        self.assertEqual(self.env["relationship.objection"]._get_remembered([EMAIL]), {EMAIL})
        self.run_the_job()
        self.assertEqual(self.broken(), [[], [], []])

    def test_a_trial_in_a_copy_forgets_nobody_in_the_original(self):
        with self.cr.savepoint() as savepoint:
            self.env["ir.config_parameter"].init(force=True)
            self.anonymise(self.person)
            self.commit()
            savepoint.rollback()
        self.env.invalidate_all()
        self.registry.clear_all_caches()
        self.assertEqual(len(read(self.list)[0]), 1)
        self.assertEqual(self.broken(), [[], [], []])

    def test_a_number_given_again_is_somebody_else(self):
        self.anonymise_and_restore(self.person)
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = create_date + interval '1 second' WHERE id = %s", [self.person.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.broken(), [[], [], []])
        self.run_the_job()
        self.assertEqual(self.person.name, NAME)

    def test_texts_that_were_kept_are_kept_again(self):
        synthesis = self.meet(self.partner, summary=f"<p>{NAME} said</p>", participant_ids=self.person.ids)
        self.anonymise_and_restore(self.person, in_texts=False)
        self.run_the_job()
        self.assertTrue(self.person.relationship_anonymised_on)
        self.assertIn(NAME, synthesis.summary)

    def test_whom_she_was_merged_from_goes_with_her(self):
        twin = self.create_person(NAME, email="zq.other@example.net")
        self.seed()
        with self.cr.savepoint() as savepoint:
            wizard = self.env["base.partner.merge.automatic.wizard"].create({})
            wizard._merge((self.person + twin).ids, self.person)
            self.anonymise(self.person)
            self.commit()
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertIn(twin.id, self.broken()[0])
        self.run_the_job()
        self.assertTrue(twin.relationship_anonymised_on)
        self.assertFalse(self.find_traces())

    def test_a_list_that_cannot_be_written_is_told_and_made_good(self):
        self.keep_list_at("/dev/full")
        with self.assertLogs(LIST_LOGGER, logging.ERROR) as told:
            self.anonymise(self.person)
            self.commit()
        self.assertIn(f"res.partner [{self.person.id}] are not on the list", told.output[-1])
        self.assertTrue(self.person.relationship_anonymised_on)
        self.keep_list_at(self.list.parent.parent)
        with self.assertLogs(LIST_LOGGER, logging.WARNING):
            self.assertEqual(self.broken(), [[], self.person.ids, self.env.company.ids])
            answer = self.anonymise(self.create_person("Bob Martin"))
            self.commit()
        self.assertIn("cannot be written: tell the administrator", answer["params"]["message"])
        self.keep_list_at(self.list)
        for invariant, ids in self.env["relationship.check"]._find():
            if ids:  # what the job does, whose commits write nothing here
                getattr(self.env[invariant.model].browse(ids), invariant.mend)()
        self.commit()
        self.assertEqual(self.broken(), [[], [], []])
        created = self.person.create_date.isoformat()
        self.assertIn(Person(self.person.id, created), [entry.person for entry in read(self.list)[0]])

    def test_a_line_that_cannot_be_read_is_told(self):
        self.anonymise_and_restore(self.person)
        self.list.write_bytes(b"\xef\xbb\xbf" + self.list.read_bytes().replace(b"\n", b"\r\n") + b'{"database"')
        with self.assertLogs(LIST_LOGGER, logging.WARNING) as told:
            self.assertEqual(self.broken(), [self.person.ids, [], self.env.company.ids])
        self.assertIn("lines [2] cannot be read", told.output[-1])

    def test_who_has_an_account_again_is_told_and_keeps_no_other_from_it(self):
        bob = self.create_person("Bob Martin")
        self.anonymise_and_restore(self.person + bob)
        self.env["res.users"].create({"login": "zq", "partner_id": self.person.id, "group_ids": False})
        with self.assertLogs(level=logging.WARNING):
            self.run_the_job()
        self.assertEqual(self.broken()[0], self.person.ids)
        self.assertTrue(bob.relationship_anonymised_on)
