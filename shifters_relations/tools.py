"""Words that several models say, how people search for them, and days as they are where people live."""

import re
from datetime import datetime, time, timedelta

import pytz
from babel.dates import get_month_names
from odoo import fields
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import SQL, format_date
from odoo.tools.misc import babel_locale_parse, clean_context, get_lang

from .texts import fold

NUMBER = re.compile(r"(\d{1,4})(?:er|st|nd|rd|th)?", re.IGNORECASE)
LEAST_OF_MONTH = 3  # letters by which a month is named
# Digits, between them what they are spaced with; a slash between blanks begins another number.
PHONE = re.compile(r"([+＋])?\(?\d(?:(?:[^\w,;:/+\n]|(?<!\s)/(?!\s))*\d)*")
SHORTEST_NUMBER = 3
RELOAD = {"type": "ir.actions.client", "tag": "soft_reload"}


def notify(message, kind="success", then=RELOAD, **params):
    """Return the action that says a sentence above the screen.

    :param str message: the sentence
    :param str kind: ``success``, ``info`` or ``warning``
    :param dict then: the action that follows, by default the screen read anew; none where it stays as it is
    :param params: of Odoo's ``display_notification`` besides: ``sticky``, ``links``
    """
    params |= {"message": message, "type": kind, **({"next": dict(then)} if then else {})}
    return {"type": "ir.actions.client", "tag": "display_notification", "params": params}


def address_of(records, path):
    """Return the address of a page of this server, also where its own ends in a slash.

    :param records: any
    :param str path: without a slash before it
    """
    return f"{records.get_base_url().rstrip('/')}/{path}"


def today_of(records):
    """Return the day of who works, else of the association: neither a public page nor a job has a time zone.

    :param records: any
    """
    env = records.env
    tz = env.context.get("tz") or env.user.tz or env.company.sudo().partner_id.tz or "Europe/Paris"
    return fields.Date.context_today(records.with_context(tz=tz))


def format_day(env, date, with_year=None):
    """Return a day in the reader's language: "12 March", "12 March 2025".

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


def format_moment(env, moment, tz, with_weekday=True, with_year=True, with_hour=True):
    """Return a day and an hour in the reader's language, as its place has it: "Tuesday 12 March 2025, 18:00".

    :param datetime moment: in UTC
    :param str tz: time zone of the place
    """
    local = fields.Datetime.context_timestamp(env.user.with_context(tz=tz), moment)
    weekday = format_date(env, local.date(), date_format="EEEE") + " " if with_weekday else ""
    day = f"{weekday}{format_day(env, local.date(), with_year)}"
    return f"{day}, {local:%H:%M}" if with_hour else day


def get_reader_tz(env, otherwise):
    """Return the time zone of who reads: as she has chosen it, else as her browser tells it.

    :param str otherwise: where neither is known
    """
    told = request.cookies.get("tz") if request else None
    known = (tz for tz in (env.context.get("tz"), env.user.tz, told) if tz in pytz.all_timezones_set)
    return next(known, otherwise)


def shift_days(moment, days, tz):
    """Return a moment some days later, at the same hour where it takes place, whatever summer time does.

    :param datetime moment: in UTC
    :param int days: how many days later
    :param str tz: time zone of the place
    :return: in UTC
    """
    zone = pytz.timezone(tz or "UTC")
    local = pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    return zone.localize(local).astimezone(pytz.utc).replace(tzinfo=None)


def to_local_day(moment, tz):
    """Return the date of a moment, given in UTC, in a time zone."""
    return pytz.utc.localize(moment).astimezone(pytz.timezone(tz)).date()


def begin_of_day(day, tz):
    """Return the moment, in UTC, at which a day begins in a time zone."""
    zone = pytz.timezone(tz or "UTC")
    return zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)


def get_day_domain(env, name, word):
    """Return the domain of records whose day a word names: "12", "1er", "March", "2025".

    :param str name: the date field
    :param str word: in the reader's language; more words for a day are one such domain each
    :rtype: Domain
    """
    if number := NUMBER.fullmatch(word):
        parts = ("day_of_month", "month_number", "year_number")
        return Domain.OR(Domain(f"{name}.{part}", "=", int(number[1])) for part in parts)
    begun = fold(word)
    names = get_month_names("wide", locale=babel_locale_parse(get_lang(env).code))
    months = [month for month, name in names.items() if fold(name).startswith(begun)]
    return Domain(f"{name}.month_number", "in", months) if len(begun) >= LEAST_OF_MONTH else Domain.FALSE


def search_shown_name(records, operator, value):
    """Search ``display_name`` of a model of few rows whose names are computed, by what people read.

    Every word typed must stand in the name, whatever its case and accents.

    :return: a domain; NotImplemented for what Odoo turns round by itself
    """
    if operator == "in":

        def is_found(name):
            return name in value
    elif operator in ("ilike", "like"):
        words = fold(value).split()

        def is_found(name):
            return all(word in fold(name) for word in words)
    else:
        return NotImplemented
    everything = records.with_context(active_test=False).search([])
    return Domain("id", "in", everything.filtered(lambda record: is_found(record.display_name)).ids)


def take_turn(records):
    """Write the rows of these records, so that whoever works on them at the same moment begins again after it."""
    records.env.cr.execute(
        SQL(
            "UPDATE %s SET write_date = clock_timestamp() AT TIME ZONE 'UTC' WHERE id IN %s",
            SQL.identifier(records._table),
            tuple(records.ids),
        )
    )


def in_some_language(records):
    """Return these records in the language of the context, else the company's: what is kept is said in one."""
    return records.with_context(lang=get_lang(records.env).code)


def without_defaults(records):
    """Return these records, without what the screen says of the one that it opens.

    Odoo passes the ``default_…`` of a window action on to whatever is created with its record:
    lines, persons, activities, records of other models that have a field of the same name.
    """
    return records.with_env(records.env(context=clean_context(records.env.context)))


def take_defaults(model, vals_list):
    """Let the records that are created take what the screen says of them, and nothing that is created with them.

    A default that the user may not write herself is left to Odoo, which needs no right for it; one that the
    context names is refused as a value is.

    :return: the model without these defaults, and the values with them
    """
    named = {key.removeprefix("default_") for key in model.env.context if key.startswith("default_")}
    if not named:
        return model, vals_list

    def is_taken(name, vals):
        return name in vals or name in named or model._has_field_access(model._fields[name], "write")

    filled = (model._add_missing_default_values(vals) for vals in vals_list)
    taken = [
        {name: value for name, value in values.items() if is_taken(name, vals)}
        for values, vals in zip(filled, vals_list, strict=True)
    ]
    return without_defaults(model), taken


def get_phone_link(text):
    """Return what calls the first telephone number of a text when it is tapped; empty if there is none.

    >>> get_phone_link("+33 (0)1 42 00 00 00 / 06 12 34 56 78"), get_phone_link("1er étage : 01.42.00.00.00, poste 3")
    ('tel:+33142000000', 'tel:0142000000')
    """
    for number in PHONE.finditer(text or ""):
        is_abroad = number[1] or number[0].startswith("00")
        written = number[0].replace("(0)", "") if is_abroad else number[0]
        digits = "".join(str(int(sign)) for sign in written if sign.isdecimal())
        if len(digits) >= SHORTEST_NUMBER:
            return f"tel:{'+' if number[1] else ''}{digits}"
    return ""
