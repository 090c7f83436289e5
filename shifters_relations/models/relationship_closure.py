from datetime import timedelta
from functools import lru_cache

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta
from odoo import api, fields, models

from ..names import Name


class RelationshipClosure(models.Model):
    """Days on which nobody is contacted: everybody's, or one member's absence (C1).

    They are given by dates, each year again if *yearly*, or by their distance from Easter.
    """

    _name = "relationship.closure"
    _description = "Days Without Contacts"
    _order = "user_id desc, date_from, id"

    name = Name(required=True, translate=True)
    active = fields.Boolean(default=True)
    date_from = fields.Date("From")
    date_to = fields.Date("To", help="Included.")
    yearly = fields.Boolean(
        "Every year", help="The same days each year; in a year without 29 February, the 28 stands for it."
    )
    follows_easter = fields.Boolean()
    easter_offset = fields.Integer("Days after Easter", help="Days after Easter Sunday, for instance 1 for the Monday.")
    user_id = fields.Many2one(
        "res.users", "Member", index="btree_not_null", ondelete="cascade", help="Empty: everybody."
    )

    _check_dates = models.Constraint(
        "CHECK(follows_easter OR (date_from IS NOT NULL AND date_from <= date_to))",
        "Give the first and the last day, in this order.",
    )

    def write(self, vals):
        """Nobody makes her own absence everybody's, or somebody else's."""
        result = super().write(vals)
        if "user_id" in vals:
            self.check_access("write")
        return result

    @api.model
    def _get_is_closed(self, users):
        """What tells whether a day is without contacts, for each of some users.

        :return: dictionary by user id of functions from a date to a boolean
        """
        closures = self.sudo().search_fetch([("user_id", "in", [False, *users.ids])])
        of_everybody = [closure._get_days() for closure in closures if not closure.user_id]
        is_closed_to_all = lru_cache(None)(lambda day: any(contains(day) for contains in of_everybody))
        own = closures.filtered("user_id").grouped("user_id")

        def get_is_closed(user):
            absences = [closure._get_days() for closure in own.get(user, ())]
            if not absences:
                return is_closed_to_all
            return lambda day: is_closed_to_all(day) or any(contains(day) for contains in absences)

        return {user.id: get_is_closed(user) for user in users}

    def _get_days(self):
        """A function that says whether a day is one of this closure's."""
        self.ensure_one()
        if self.follows_easter:
            offset = timedelta(days=self.easter_offset)
            return lambda day: easter((day - offset).year) + offset == day
        first, last = self.date_from, self.date_to
        if not self.yearly:
            return lambda day: first <= day <= last

        def is_in(day, year):
            """Whether a day is in the period that begins in a year; the 29th of February is the 28th without one."""
            begin = first + relativedelta(year=year)
            return begin <= day <= last + relativedelta(year=year + last.year - first.year)

        return lambda day: is_in(day, day.year - 1) or is_in(day, day.year)
