from datetime import timedelta
from functools import cache, partial

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ...names import Name

OPEN_DAY_HORIZON = timedelta(days=3660)
MAX_LENGTH = timedelta(days=550)  # a year and a half
MAX_YEARLY_LENGTH = timedelta(days=363)  # a day at least is left in each year
MAX_EASTER_OFFSET = 366  # days
YEARS = (2000, 2100)


def find_open_day(day, is_closed, step=timedelta(days=1)):
    """Return the day itself, or the next working day: no Saturday, no Sunday, not closed.

    :param is_closed: function from a day to whether it is closed
    :param timedelta step: a day back where what is planned must not come later
    :return: a date; where ten years have no open day, the first that is no weekend
    """
    found = day
    while found.weekday() > 4 or is_closed(found):
        found += step
        if abs(found - day) > OPEN_DAY_HORIZON:
            return find_open_day(day, lambda closed: False, step)
    return found


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

    @api.constrains("date_from", "date_to", "yearly", "follows_easter", "easter_offset")
    def _check_length(self):
        """Check that a mistyped year closes no decades: the whole team would have no day left."""
        for closure in self:
            if closure.follows_easter:
                if abs(closure.easter_offset) > MAX_EASTER_OFFSET:
                    raise ValidationError(
                        self.env._(
                            "%(name)s: give at most %(days)s days before or after Easter.",
                            name=closure.name,
                            days=MAX_EASTER_OFFSET,
                        )
                    )
                continue
            first, last = closure.date_from, closure.date_to
            if not (first and last):
                continue  # the database says it
            if first.year < YEARS[0] or last.year > YEARS[1]:
                raise ValidationError(
                    self.env._(
                        "%(name)s: check the year, from %(first)s to %(last)s.",
                        name=closure.name,
                        first=YEARS[0],
                        last=YEARS[1],
                    )
                )
            if closure.yearly and last - first > MAX_YEARLY_LENGTH:
                raise ValidationError(
                    self.env._("%(name)s: these days, each year again, leave no open one.", name=closure.name)
                )
            if last - first > MAX_LENGTH:
                raise ValidationError(
                    self.env._(
                        "%(name)s: check the last day, these are more than a year and a half.", name=closure.name
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        closures = super().create(vals_list)
        self._forget_days()
        self.env["relationship.member"]._note_calendars(closures.user_id)
        return closures

    def write(self, vals):
        """Extend core: nobody makes her own absence everybody's, or somebody else's."""
        result = super().write(vals)
        if "user_id" in vals:
            self.check_access("write")
        self._forget_days()
        self.env["relationship.member"]._note_calendars(self.user_id)
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_days()
        return result

    @api.model
    def _forget_days(self):
        self.env.registry.clear_cache()
        self.env["mail.activity"].invalidate_model(["relationship_reason"])

    @api.model
    @ormcache("self.env.lang")
    def _get_all_days(self):
        """Return everybody's closures and each member's absences, by user id: a name and a function from day to bool.

        Everybody's are those of False. Dates are proposed and explained one by one, and each asks: a function works
        a day out once.
        """
        closures = self.sudo().search([("active", "=", True)])
        return {
            user.id: tuple((closure.name, cache(closure._get_days())) for closure in theirs)
            for user, theirs in closures.grouped("user_id").items()
        }

    @api.model
    def _get_is_closed(self, users):
        """Return what tells whether a day is without contacts, for each of some users.

        :return: dictionary by user id of functions from a date to a boolean; that of False is everybody's
        """
        return {user_id: partial(self._is_closed, user_id) for user_id in (False, *users.ids)}

    @api.model
    def _is_closed(self, user_id, day):
        return bool(self._find_name(user_id, day))

    @api.model
    def _find_name(self, user_id, day):
        """Return the name of the closure, else of the absence, that a day of a user falls in; False where none does."""
        days = self._get_all_days()
        both = (*days.get(False, ()), *days.get(user_id, ()))
        return next((name for name, contains in both if contains(day)), False)

    @api.model
    def _is_away(self, user, day):
        """Return whether a day is in an absence of the user's own."""
        own = self._get_all_days().get(user.id, ()) if user else ()
        return any(contains(day) for _name, contains in own)

    def _get_days(self):
        """Return a function that tells whether a day is one of this closure's."""
        self.ensure_one()
        if self.follows_easter:
            offset = timedelta(days=self.easter_offset)
            return lambda day: easter((day - offset).year) + offset == day
        first, last = self.date_from, self.date_to
        if not self.yearly:
            return lambda day: first <= day <= last

        def is_in(day, year):
            """Return whether a day is in the period that begins in a year; 29 February may be the 28th."""
            begin = first + relativedelta(year=year)
            return begin <= day <= last + relativedelta(year=year + last.year - first.year)

        return lambda day: is_in(day, day.year - 1) or is_in(day, day.year)
