from datetime import date, datetime

from odoo.tests import tagged

from ..tools import begin_of_day, shift_days
from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestLocalDays(RelationshipCase):
    """A day is the day where people live, not that of the database's clock."""

    def test_days_later_is_the_same_hour_whatever_summer_time_does(self):
        evening = datetime(2026, 3, 28, 17, 0)  # 18:00 in Paris, the day before the clocks change
        self.assertEqual(shift_days(evening, 1, "Europe/Paris"), datetime(2026, 3, 29, 16, 0))
        self.assertEqual(shift_days(evening, 0, "Europe/Paris"), evening)
        self.assertEqual(begin_of_day(date(2026, 7, 1), "Europe/Paris"), datetime(2026, 6, 30, 22, 0))

    def test_what_was_made_after_midnight_is_of_that_day(self):
        partner = self.create_target()
        cooperation = self.env["relationship.cooperation"].create(
            {"name": "A talk", "kind_id": self.env.ref("shifters_relations.kind_project").id}
        )
        renewal = self.renewal_of(partner)
        self.env.flush_all()
        for record in (cooperation, renewal):
            self.env.cr.execute(
                f"UPDATE {record._table} SET create_date = '2026-06-30 22:30:00' WHERE id = %s", [record.id]
            )
        self.env.invalidate_all()
        self.organiser.tz = "Europe/Paris"
        report = self.env["relationship.report"].with_user(self.organiser).with_context(tz="Europe/Paris")
        self.assertTrue(report._get_cooperations(date(2026, 7, 1), date(2026, 7, 31)))
        self.assertFalse(report._get_cooperations(date(2026, 6, 1), date(2026, 6, 30)))
        due = partner.with_context(tz="Europe/Paris")._relationship_get_rule_date(renewal)
        self.assertEqual(due, date(2026, 7, 15), "two weeks after the first of July")
