"""A federation of any size, made by the database itself from rows that the ORM has made.

One organisation, its synthesis, its renewal, its owner, its calendar and what it belongs to are created as people would
create them; the others are copies of these rows, in one ``INSERT … SELECT`` a table, with the columns
that differ. :func:`check` lets the ORM compute a sample again and compares.
"""

import base64
from datetime import datetime, timedelta

from odoo.tools import SQL

SYNTHESES = 10  # an organisation
BRANCH = 25  # organisations of one owner, of which one in five is a candidate
CADENCE = 182  # days
WORDS = ["climat", "énergie", "formation", "syndicat", "forêt", "transport", "budget", "réunion", "élus", "chiffres"]
# What was said in contact number n: words of all and words of few; one in a thousand speaks of the Fédération.
FREQUENCIES = (2, 3, 5, 7, 11, 13, 17, 23, 37, 53, 71, 97, 131, 197, 293, 401, 599, 997, 1999, 3989)
SAID = SQL(
    "'Échange ' || n || ' ' || (%(words)s)[1 + n %% 10] || ' ' || (%(words)s)[1 + n / 10 %% 10] || ' propos divers'"
    " || %(others)s || CASE WHEN n %% 1000 = 7 THEN ' Fédération' ELSE '' END",
    words=WORDS,
    others=SQL(" || ").join(SQL("%s || n %% %s", f" mot{one}x", one) for one in FREQUENCIES),
)
FOLDED = SQL("translate(lower(%s), 'Ééèêà', 'eeeea')", SAID)
FULL_TEXT = "relationship_synthesis_full_text"
HEAD = 1  # the number of the organisation that one in twenty belongs to
SPREAD = 20
NETWORK = 50  # members of any other head, which are heads themselves: networks of networks
CALENDARS = 10  # one organisation in so many has a calendar, of as many events
LISTS = 1_000  # organisations for which one list of half as many lines was brought in


class Federation:
    """Organisations with their syntheses, renewals and owners; it grows.

    :param env: an environment of superuser
    :param owners: users who keep the organisations, 25 each, again and again
    :param sectors: where the organisations are, in turn
    :param types: what they are, in turn
    """

    def __init__(self, env, owners, sectors, types):
        self.env, self.owners, self.sectors, self.types = env, owners, sectors, types
        self.size = 0
        self.pattern = env["res.partner"].create(
            {"name": "Benched 0", "is_company": True, "relationship_stage": "target"}
            | {"relationship_owner_id": owners[0].id}
        )
        self.synthesis = env["relationship.synthesis"].create(
            {"partner_id": self.pattern.id, "author_id": owners[0].id, "summary": "<p>Said</p>", "state": "done"}
        )
        self.todo = self.pattern.activity_schedule("mail.mail_activity_data_todo", user_id=owners[0].id)
        other = env["res.partner"].create({"name": "Benched head", "is_company": True})
        self.affiliation = env["relationship.affiliation"].create(
            {"organisation_id": self.pattern.id, "umbrella_id": other.id}
        )
        self.feed = env["relationship.calendar.feed"].create(
            {"partner_id": self.pattern.id, "url": "https://calendar.example.org/0.ics"}
        )
        begin = datetime.combine(datetime.now() + timedelta(days=1), datetime.min.time().replace(hour=16))
        self.entry = env["relationship.calendar.entry"].create(
            {"feed_id": self.feed.id, "uid": "0", "name": "Congrès", "place": "Lyon", "start": begin, "stop": begin}
        )
        self.list = env["relationship.import"].create(
            {"file": base64.b64encode(b"Nom\nBenched 0"), "file_name": "0.csv", "state": "applied"}
        )
        self.line = env["relationship.import.line"].create(
            {"import_id": self.list.id, "kind": "organisation", "name": "Benched 0", "decision": "create"}
            | {"partner_id": self.pattern.id, "progress": "applied", "rows": "2", "values": {"name": "Benched 0"}}
        )
        self.ids = None  # the organisation number n has the id ids + n

    def grow(self, size):
        """Have this many organisations, ten times as many syntheses, and as many open activities."""
        first, self.size = self.size, size
        self.env.flush_all()
        kind = SQL("(n %% 5 = 0)")
        day = SQL("(CURRENT_DATE - (n * 7) %% 400)")
        due = SQL("(%s + %s)", day, CADENCE)
        owner = SQL("(%s)[1 + ((n - 1) / %s) %% %s]", self.owners.ids, BRANCH, len(self.owners))
        name = SQL("'Benched ' || n")
        ids = clone(
            self.pattern,
            first,
            size,
            name=name,
            complete_name=name,
            relationship_name_key=SQL("'benched' || n"),
            relationship_rough_key=SQL("'bbn ' || n"),
            relationship_words=SQL("'benched ' || n || ' benched' || n"),
            commercial_company_name=name,
            commercial_partner_id=SQL("base + n"),
            relationship_stage=SQL("CASE WHEN %s THEN 'candidate' ELSE 'target' END", kind),
            relationship_owner_id=owner,
            relationship_sector_id=SQL("(%s)[1 + n %% %s]", self.sectors.ids, len(self.sectors)),
            relationship_type_id=SQL("(%s)[1 + n %% %s]", self.types.ids, len(self.types)),
            relationship_synthesis_count=SQL("%s", SYNTHESES),
            relationship_last_contact_date=day,
            relationship_last_channel=SQL("'in_person'"),
            relationship_next_contact_date=SQL("CASE WHEN NOT %s THEN %s END", kind, due),
            relationship_next_channel=SQL("CASE WHEN NOT %s THEN 'phone' END", kind),
        )
        self.ids = ids
        by_phone = self.env.ref("shifters_relations.activity_type_phone")
        activity = {"res_id": SQL("%s + n", ids), "res_name": name, "user_id": owner, "date_deadline": due}
        renewal = self.pattern.relationship_renewal_ids
        partner = SQL("%s + n", ids)
        clone(
            renewal,
            first,
            size,
            SQL("NOT %s", kind),
            activity_type_id=SQL("%s", by_phone.id),
            relationship_partner_id=partner,
            **activity,
        )
        clone(self.todo, first, size, kind, **activity)
        self._write_syntheses(first, size)
        self._write_affiliations(first, size)
        self._write_agenda(first, size)
        self._write_lists(first, size)
        self.env.cr.execute("ANALYZE")
        self.env.invalidate_all()

    def _write_syntheses(self, first, size):
        """Ten validated syntheses an organisation, two months apart, the last one on its last day."""
        definition = self.env.execute_query(SQL("SELECT pg_get_indexdef(%s::regclass)", FULL_TEXT))[0][0]
        self.env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(FULL_TEXT)))  # quicker to build than to fill
        organisation = SQL("(1 + (n - 1) / %s)", SYNTHESES)
        keeper = SQL("1 + ((%s - 1) / %s) %% %s", organisation, BRANCH, len(self.owners))
        clone(
            self.synthesis,
            first * SYNTHESES,
            size * SYNTHESES,
            partner_id=SQL("%s + %s", self.ids, organisation),
            author_id=SQL("(%s)[%s]", self.owners.ids, keeper),
            author_partner_id=SQL("(%s)[%s]", self.owners.partner_id.ids, keeper),
            date=SQL("CURRENT_DATE - (%s * 7) %% 400 - 60 * ((n - 1) %% %s)", organisation, SYNTHESES),
            channel=SQL("CASE WHEN n %% 2 = 1 THEN 'in_person' ELSE 'phone' END"),
            activity_id=SQL("NULL"),
            summary=SQL("'<p>' || %s || '</p>'", SAID),
            folded_text=FOLDED,
        )
        self.env.cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
        self.env.cr.execute(definition)

    def _write_affiliations(self, first, size):
        """Each belongs to a head, which belongs to one; one in twenty to the same."""
        member = SQL("%s + n", self.ids)
        above = SQL("%s + %s + (n - %s) / %s", self.ids, HEAD + 1, HEAD + 2, NETWORK)
        belongs = SQL("n > %s", HEAD + 1)
        clone(self.affiliation, first, size, belongs, organisation_id=member, umbrella_id=above)
        belongs = SQL("n > %s AND n %% %s = 0", HEAD + 1 + NETWORK, SPREAD)
        clone(self.affiliation, first, size, belongs, organisation_id=member, umbrella_id=SQL("%s", self.ids + HEAD))

    def _write_agenda(self, first, size):
        """Calendars of ten events, a fortnight apart, the first of them over."""
        partner = SQL("%s + n * %s", self.ids, CALENDARS)
        feeds = clone(
            self.feed,
            first // CALENDARS,
            size // CALENDARS,
            partner_id=partner,
            url=SQL("'https://calendar.example.org/' || n || '.ics'"),
            last_read=SQL("now() AT TIME ZONE 'UTC'"),
        )
        number = SQL("(1 + (n - 1) / %s)", CALENDARS)
        day = SQL("make_interval(days => 14 * ((n - 1) %% %s - 2) + %s %% 14)", CALENDARS, number)
        start = SQL("%s + %s", self.entry.start, day)
        clone(
            self.entry,
            first // CALENDARS * CALENDARS,
            size // CALENDARS * CALENDARS,
            feed_id=SQL("%s + %s", feeds, number),
            partner_id=SQL("%s + %s * %s", self.ids, number, CALENDARS),
            uid=SQL("n::text"),
            name=SQL("'Congrès ' || n"),
            words=SQL("' congres ' || n || ' lyon '"),
            start=start,
            stop=SQL("%s + interval '2 hours'", start),
            same_key=SQL("to_char(%s, 'YYYY-MM-DD ') || md5(n::text)", start),
        )

    def _write_lists(self, first, size):
        """Lists that were brought in, of a line for every second organisation."""
        if size < LISTS:
            return
        lists = clone(self.list, first // LISTS, size // LISTS, file_name=SQL("n || '.csv'"))
        name = SQL("'Benched ' || n * 2")
        clone(
            self.line,
            first // 2,
            size // 2,
            import_id=SQL("%s + 1 + (n - 1) / %s", lists, LISTS // 2),
            sequence=SQL("1 + (n - 1) %% %s", LISTS // 2),
            name=name,
            rows=SQL("(2 + (n - 1) %% %s)::text", LISTS // 2),
            partner_id=SQL("%s + n * 2", self.ids),
            values=SQL("jsonb_build_object('name', %s)", name),
        )

    def check_search(self, syntheses):
        """Search the rare word without its accents.

        :raise AssertionError: it is not found in each that it was said in
        """
        found = syntheses.search_count([("text", "ilike", "federation")])
        said = len(range(7, self.size * SYNTHESES + 1, 1000))
        if found != said:
            raise AssertionError(f"{found} syntheses found of {said}")

    def organisations(self, numbers):
        """The organisations of these numbers."""
        return self.env["res.partner"].browse([self.ids + number for number in numbers])

    def check(self, sample=40):
        """Let the ORM compute the stored fields of a sample again.

        :raise AssertionError: it finds something else than what is stored
        """
        step = max(1, self.size // sample)
        partners = self.organisations(range(1, self.size + 1, step))
        activities = self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "in", partners.ids)]
        )
        affiliations = self.env["relationship.affiliation"].search([("organisation_id", "in", partners.ids)])
        entries = self.env["relationship.calendar.entry"].search([("partner_id", "in", partners.ids)])
        for records in (partners, partners.relationship_synthesis_ids, activities, affiliations, entries):
            fields = [field for field in records._fields.values() if field.store and field.compute]
            fields = [field for field in fields if field.name != "same_key"]  # a hash that the database does not know
            names = [field.name for field in fields]
            stored = records.read(names, load=None)
            for field in fields:
                self.env.add_to_compute(field, records)
            computed = records.read(names, load=None)
            different = [
                (records._name, one["id"], name, one[name], other[name])
                for one, other in zip(stored, computed, strict=True)
                for name in names
                if one[name] != other[name]
            ]
            if different:
                raise AssertionError(f"The ORM computes something else: {different[:5]}")


def clone(record, first, last, condition=None, **columns):
    """Copy a row for each number n from ``first`` + 1 to ``last``, with other values in some columns.

    :param columns: SQL of ``n``, and of ``base``: a copy has the id ``base + n``
    :param condition: SQL of ``n``: not all numbers
    :return: base
    """
    cr, table = record.env.cr, SQL.identifier(record._table)
    cr.execute(SQL("SELECT max(id) FROM %s", table))
    base = cr.fetchone()[0] - first
    cr.execute(
        SQL(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
            record._table,
        )
    )
    names = [name for (name,) in cr.fetchall()]
    # Foreign keys are checked by plans made when the tables were small: they would read all of it for each row.
    cr.execute("DISCARD PLANS")
    values = {"id": SQL("base + n"), **columns}
    cr.execute(
        SQL(
            "INSERT INTO %(table)s (%(names)s) SELECT %(values)s FROM %(table)s AS pattern,"
            " generate_series(%(first)s, %(last)s) AS n, (SELECT %(base)s AS base) AS it"
            " WHERE pattern.id = %(pattern)s AND %(condition)s",
            table=table,
            names=SQL(", ").join(map(SQL.identifier, names)),
            values=SQL(", ").join(values.get(name, SQL.identifier("pattern", name)) for name in names),
            first=first + 1,
            last=last,
            base=base,
            pattern=record.id,
            condition=condition or SQL("TRUE"),
        )
    )
    cr.execute(SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM %s))", record._table, table))
    return base


def create_places(env):
    """Two hundred sectors, most of them below another one, and twelve types."""
    sectors = env["relationship.sector"].create([{"name": f"Sector {number}"} for number in range(20)])
    sectors |= env["relationship.sector"].create(
        [{"name": f"Branch {number}", "parent_id": sectors[number % 20].id} for number in range(180)]
    )
    return sectors, env["relationship.organisation.type"].create([{"name": f"Type {number}"} for number in range(12)])


def create_member(env, login, role):
    """Somebody of the team."""
    user = env["res.users"].create(
        {"name": login.capitalize(), "login": f"bench_{login}", "email": f"{login}@example.org"}
    )
    env["relationship.member"].create({"user_id": user.id, "role": role})
    return user


def clone_member(user, count):
    """As many more members as that, each with a person, an account, its groups and its place in the team.

    :return: the users, with the first one
    """
    env = user.env
    env.flush_all()
    login = SQL("%s || n", user.login)
    people = clone(
        user.partner_id,
        0,
        count,
        name=login,
        complete_name=login,
        email=SQL("NULL"),
        email_normalized=SQL("NULL"),
        commercial_partner_id=SQL("base + n"),
    )
    users = clone(user, 0, count, login=login, partner_id=SQL("%s + n", people))
    for table, column in (("res_groups_users_rel", "uid"), ("res_company_users_rel", "user_id")):
        env.cr.execute(
            SQL(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name != %s",
                table,
                column,
            )
        )
        other = SQL.identifier(env.cr.fetchone()[0])
        env.cr.execute(
            SQL(
                "INSERT INTO %(table)s (%(column)s, %(other)s) SELECT %(users)s + n, %(other)s"
                " FROM %(table)s, generate_series(1, %(count)s) AS n WHERE %(column)s = %(pattern)s",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                other=other,
                users=users,
                count=count,
                pattern=user.id,
            )
        )
    clone(user.relationship_member_ids, 0, count, user_id=SQL("%s + n", users))
    env.invalidate_all()
    env.registry.clear_cache()
    return user | env["res.users"].browse(range(users + 1, users + count + 1))
