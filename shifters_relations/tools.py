"""Words that several models say, and days as they are where people live."""

from datetime import datetime, time, timedelta

import pytz
from odoo import fields
from odoo.tools import format_date
from odoo.tools.misc import get_lang


def format_day(env, date, with_year=None):
    """A day in the reader's language: "12 March", "12 March 2025".

    In French the first of a month is "1er mars", which no date pattern can say.

    :param date: a date, or its ISO text
    :param bool with_year: by default, where it is not this year
    """
    date = fields.Date.to_date(date)
    if with_year is None:
        with_year = date.year != fields.Date.context_today(env.user).year
    words = format_date(env, date, date_format=env._("d MMMM y") if with_year else env._("d MMMM"))
    is_french = get_lang(env).code.startswith("fr")
    return words.replace("1 ", "1er ", 1) if is_french and date.day == 1 else words


def format_moment(env, moment, tz, with_weekday=True, with_year=True):
    """A day and an hour in the reader's language, where it takes place: "Tuesday 12 March 2025, 18:00".

    :param datetime moment: in UTC
    :param str tz: time zone of the place
    """
    local = fields.Datetime.context_timestamp(env.user.with_context(tz=tz), moment)
    weekday = format_date(env, local.date(), date_format="EEEE") + " " if with_weekday else ""
    return f"{weekday}{format_day(env, local.date(), with_year)}, {local:%H:%M}"


def shift_days(moment, days, tz):
    """A moment some days later, at the same hour where it takes place, whatever summer time does.

    :param datetime moment: in UTC
    :param int days: how many days later
    :param str tz: time zone of the place
    :return: in UTC
    """
    zone = pytz.timezone(tz or "UTC")
    local = pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    return zone.localize(local).astimezone(pytz.utc).replace(tzinfo=None)


def begin_of_day(day, tz):
    """The moment, in UTC, at which a day begins in a time zone."""
    zone = pytz.timezone(tz or "UTC")
    return zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
