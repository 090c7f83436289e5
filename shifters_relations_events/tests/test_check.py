from odoo.tests import tagged

from .common import PartnerEventCase


@tagged("post_install", "-at_install")
class TestEventCheck(PartnerEventCase):
    """What is always true of seats and answers."""

    def broken(self):
        """The ids that break an invariant, by its sentence."""
        self.env.flush_all()
        self.env.invalidate_all()
        return {invariant.sentence: ids for invariant, ids in self.env["relationship.check"]._find() if ids}

    def test_answers_of_all_kinds_break_nothing(self):
        coming, waiting, leaving, perhaps, _silent = self.invite("A", "B", "C", "D", "E", state="sent")
        self.answer(coming, guests=1)
        self.answer(leaving)
        self.answer(waiting, guests=2)
        self.answer(perhaps, "maybe")
        self.answer(leaving, "no")
        self.assertEqual(waiting.state, "waiting")
        coming.registration_ids[0].action_set_done()
        self.assertFalse(self.broken())

    def test_each_damage_is_seen(self):
        coming, silent = self.invite("A", "B", state="sent")
        self.answer(coming, guests=1)
        drafts = self.env["relationship.synthesis"].create(
            [{"partner_id": self.partner.id, "event_id": self.event.id, "author_id": self.env.uid}] * 2
        )
        drafts[1].event_id = False
        self.assertFalse(self.broken())
        for words, record, statement in (
            ("than there are", self.event, "UPDATE event_event SET seats_max = 1 WHERE id = %s"),
            ("for each guest", coming, "UPDATE event_invitation SET guest_count = 0 WHERE id = %s"),
            ("from anybody", coming, "UPDATE event_invitation SET state = 'declined' WHERE id = %s"),
            (
                "within minutes",
                silent,
                "UPDATE event_invitation SET answer = 'yes', answered_on = '2020-01-01' WHERE id = %s",
            ),
            ("the desk noted", silent, "UPDATE event_invitation SET present_count = 1 WHERE id = %s"),
            (
                "not two",
                drafts[1],
                f"UPDATE relationship_synthesis SET event_id = {self.event.id} WHERE id = %s",
            ),
        ):
            with self.subTest(words), self.cr.savepoint() as savepoint:
                self.env.cr.execute(statement, [record.id])
                [(sentence, ids)] = self.broken().items()
                self.assertIn(words, sentence)
                self.assertEqual(ids, record.ids)
                savepoint.rollback()
                self.env.invalidate_all()
