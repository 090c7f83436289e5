"""Words that several models say."""

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
