"""At size: what members open, search and do every day, beside stock or hand-written SQL on the same data.

With the plan of every slow query.

A page that a member opens daily may read no large table one row after the other, further than the web
client counts: such a plan fails the benchmark.
"""

import base64
import re
import threading
from contextlib import contextmanager

from lxml import etree
from odoo import Command, fields
from odoo.tools import SQL

from devtools.places import cache

from .federation import BRANCH, FOLDED, HEAD, SAID, Federation, clone, clone_member, create_member, create_places
from .measure import best, measure
from .pictures import PORTFOLIO, by_hand, get_pictures

SLOW = 0.020  # seconds
PAGE = 80
LISTED = 500  # rows of a list that is brought in
MEMBER = "a member"
COUNTED = 10_001  # rows; the web client counts no further
SIZES = {"smallest": (50,), "usual": (1_000, 10_000), "large": (1_000, 10_000, 100_000)}


def run(env, sizes):
    """So many organisations, one size after the other, with ten syntheses and an activity each.

    Each belongs to a network of networks, one in ten has a calendar, and every second came in with a list.
    """
    nadia, helene = create_member(env, "nadia", "organiser"), create_member(env, "helene", "contact")
    groups = env.ref("base.group_user") + env.ref("base.group_partner_manager")
    stock = env["res.users"].create({"name": "Stock", "login": "bench_stock", "group_ids": [Command.set(groups.ids)]})
    federation = Federation(env, clone_member(helene, sizes[-1] // BRANCH - 1), *create_places(env))
    watch, rows = Watch(env), []
    for size in sizes:
        built = measure(env, lambda size=size: federation.grow(size))
        federation.check()
        rows.append({"what": "build it", "size": size, "ours": built})
        for who, user in ((MEMBER, helene), ("an organiser", nadia)):
            bench = Bench(env(user=user), env(user=stock), federation, watch, who)
            for what, daily, ours, theirs in bench.pages():
                rows.append({"what": f"{what} ({who})", "size": size} | bench.compare(what, daily, ours, theirs))
        rows += _act(env, helene, stock, federation, watch)
        rows += _bring_in(env, nadia, federation, watch)
        rows += _subscribe(env, nadia, federation, watch)
    _meet(env, helene, federation, 4)  # fills the caches that the others find full
    for count in (5, 500):
        rows += _meet(env, helene, federation, count)
    file = cache() / "bench_plans.txt"
    file.write_text(watch.report())
    rows.append({"what": f"slow queries, plans in {file}", "size": len(watch.slow), "ours": {}})
    return rows + [{"what": sentence, "size": size, "ours": {}, "failure": True} for sentence in watch.failures()]


def _bring_in(env, nadia, federation, watch):
    """Preview a list, half of whose rows are known, and bring it in."""
    size = federation.size
    half = min(LISTED, size) // 2
    known = [f"Benched {1 + n * size // half}" for n in range(half)]
    names = [*known, *(f"Syndicat numéro {n} des essais {size}" for n in range(half))]
    content = "\n".join(["Nom;Ville", *(f"{name};Lyon" for name in names)]).encode()
    mine = env(user=nadia)
    brought = mine["relationship.import"].create({"file": base64.b64encode(content), "file_name": "essais.csv"})
    brought.action_read()
    with watch.watching("preview a list", daily=False):
        figures = measure(mine, brought._preview)
    found = brought.changed_count, brought.new_count
    assert found == (half, half), found
    return [{"what": f"preview a list of {LISTED} rows", "size": size, "ours": figures}]


def _subscribe(env, nadia, federation, watch):
    """Open the page of who has chosen a sector, and fetch its calendar file."""
    from odoo.addons.shifters_relations.calendar_file import get_tag, write_calendar

    mine = env(user=nadia)
    sector = federation.sectors[-1]
    subscription = mine["relationship.calendar.subscription"].create(
        {"name": f"A sector {federation.size}", "sector_ids": [Command.set(sector.ids)]}
    )
    subscriptions, token = env["relationship.calendar.subscription"], subscription.sudo().token

    def fetch():
        calendar = subscriptions._read_calendar(token)
        get_tag(*calendar)
        write_calendar(*calendar)

    rows = []
    for what, act in (
        ("the page of a subscription", lambda: subscriptions._read_page(token)),
        ("the calendar file of a subscription", fetch),
    ):
        act()
        with watch.watching(what, daily=False):
            rows.append({"what": what, "size": federation.size, "ours": best(env, act)})
    return rows


def _meet(env, helene, federation, count):
    """Open an organisation that was met so many times, and validate one more synthesis."""
    partner = env["res.partner"].create(
        {"name": f"Met {count}", "is_company": True, "relationship_stage": "target", "relationship_owner_id": helene.id}
    )
    env.flush_all()
    clone(
        federation.synthesis,
        0,
        count,
        partner_id=SQL("%s", partner.id),
        date=SQL("CURRENT_DATE - n %% 700"),
        activity_id=SQL("NULL"),
        summary=SQL("'<p>' || %s || '</p>'", SAID),
        folded_text=FOLDED,
    )
    env.cr.execute("ANALYZE relationship_synthesis")
    env.invalidate_all()
    env.add_to_compute(partner._fields["relationship_synthesis_count"], partner)
    mine = env(user=helene)
    synthesis = mine["relationship.synthesis"].create(
        {"partner_id": partner.id, "date": fields.Date.today(), "summary": "<p>Said</p>"}
    )
    form = _get_specification(mine, "res.partner", "shifters_relations.res_partner_view_form", "form")
    opened = measure(mine, lambda: partner.with_env(mine).web_read(form))
    return [
        {"what": "open an organisation met so often", "size": count, "ours": opened},
        {"what": "validate one more synthesis", "size": count, "ours": measure(mine, synthesis.action_validate)},
    ]


def _act(env, helene, stock, federation, watch):
    """Write and validate a synthesis, beside marking done and scheduling the next activity."""
    env.flush_all()
    mine, theirs = env(user=helene), env(user=stock)
    partners = (
        env["res.partner"]
        .search([("relationship_owner_id", "=", helene.id), ("relationship_stage", "=", "target")], limit=8)
        .with_env(mine)
    )
    activities = (
        env["mail.activity"]
        .search([("relationship_partner_id", "=", False), ("res_model", "=", "res.partner")], limit=8)
        .with_env(theirs)
    )
    syntheses = mine["relationship.synthesis"].create(
        [{"partner_id": partner.id, "summary": "<p>Said</p>"} for partner in partners[:4]]
    )
    specification = _get_specification(mine, "relationship.synthesis", False, "form")
    ours, stocks = iter(syntheses), iter(activities)
    new = iter(partners[4:])

    def write():
        values = {"partner_id": next(new).id, "date": fields.Date.today(), "summary": "<p>Said</p>"}
        mine["relationship.synthesis"].web_save(values, specification)

    def schedule():
        record = theirs["res.partner"].browse(partners[0].id)
        record.activity_schedule("mail.mail_activity_data_todo", user_id=stock.id)

    def done():
        activity = next(stocks)
        record = theirs["res.partner"].browse(activity.res_id)
        activity.action_feedback(feedback="Said")
        record.activity_schedule("mail.mail_activity_data_todo", user_id=stock.id)

    acts = (
        ("write a synthesis", write, schedule),
        ("mark done: validate, the next is planned", lambda: next(ours).action_validate(), done),
    )
    rows = []
    for what, act, other in acts:
        act(), other()  # fills the caches of both
        with watch.watching(what, daily=True):
            figures = measure(mine, act)
        rows.append({"what": what, "size": federation.size, "ours": figures, "stock": measure(theirs, other)})
    return rows


class Bench:
    """The calls of the web client, of somebody of the team and of a stock user."""

    def __init__(self, mine, theirs, federation, watch, who):
        self.mine, self.theirs, self.federation, self.watch, self.who = mine, theirs, federation, watch, who

    def compare(self, what, daily, ours, theirs):
        """Figures of both; our queries are watched."""
        ours()  # fills the caches
        with self.watch.watching(f"{what} ({self.who})", daily):
            figures = best(self.mine, ours)
        if not theirs:
            return {"ours": figures}
        theirs()
        return {"ours": figures, "stock": best(self.theirs, theirs)}

    def pages(self):
        """Each page: its name, whether a member opens it daily, our calls, stock's calls."""
        mine, theirs = self.mine, self.theirs
        partners, contacts = mine["res.partner"], theirs["res.partner"]
        syntheses = mine["relationship.synthesis"]
        portfolio = [("relationship_owner_id", "=", mine.uid), ("relationship_stage", "=", "target")]
        followed = [("relationship_stage", "!=", False)]
        card = self.specify("res.partner", "shifters_relations.res_partner_portfolio_view_kanban", "kanban")
        line = self.specify("res.partner", "shifters_relations.res_partner_view_list", "list")
        form = self.specify("res.partner", "shifters_relations.res_partner_view_form", "form")
        report = self.specify("relationship.synthesis", False, "list")
        sheet = self.specify("relationship.synthesis", False, "form")
        stock_card = _get_specification(theirs, "res.partner", "base.res_partner_kanban_view", "kanban")
        stock_line = _get_specification(theirs, "res.partner", "base.view_partner_tree", "list")
        stock_form = _get_specification(theirs, "res.partner", "base.view_partner_form", "form")
        number = self.federation.size // 2
        [one] = self.federation.organisations([number + 1 if number % 5 == 0 else number])
        name = one.name
        by_name = ["|", "|", ("name", "ilike", name), ("relationship_acronym", "ilike", name), ("email", "ilike", name)]

        def read(records, domain, specification, **more):
            return lambda: records.web_search_read(
                domain, specification, **{"limit": PAGE, "count_limit": COUNTED, **more}
            )

        def activities(env, domain):
            return lambda: env["mail.activity"].get_activity_data("res.partner", domain, limit=100)

        if self.who != MEMBER:
            yield from self._organiser_pages(partners, followed)
            return
        yield (
            "portfolio",
            True,
            lambda: partners.web_read_group(
                portfolio,
                ["relationship_due_state"],
                ["__count"],
                auto_unfold=True,
                unfold_read_specification=card,
                unfold_read_default_limit=PAGE,
            ),
            read(contacts, [], stock_card),
        )
        yield "portfolio as a list", True, read(partners, portfolio, line), read(contacts, [], stock_line)
        yield "portfolio's five numbers", True, partners.relationship_get_portfolio, by_hand(mine, PORTFOLIO)
        yield "all organisations", True, read(partners, followed, line), read(contacts, [], stock_line)
        yield (
            "find an organisation in the list",
            False,
            read(partners, followed + by_name, line),
            read(contacts, [("complete_name", "ilike", name)], stock_line),
        )
        yield (
            "find an organisation by its name",
            False,
            lambda: partners.name_search(name, limit=8),
            lambda: contacts.name_search(name, limit=8),
        )
        yield (
            "open an organisation",
            True,
            lambda: one.with_env(mine).web_read(form),
            lambda: one.with_env(theirs).web_read(stock_form),
        )
        [head] = self.federation.organisations([HEAD])
        yield (
            "open an organisation of so many members",
            True,
            lambda: head.with_env(mine).web_read(form),
            lambda: head.with_env(theirs).web_read(stock_form),
        )
        entries = mine["relationship.calendar.entry"]
        event = self.specify("relationship.calendar.entry", False, "list")
        coming = [("is_line", "=", True), ("state", "=", "shown"), ("stop", ">=", fields.Date.today())]
        # Whose organisation is archived, or hidden from the reader, is sought among all of them.
        yield "partners' agenda", False, read(entries, coming, event), None
        yield "agenda, near my contacts", True, read(entries, [*coming, ("is_near_contact", "=", True)], event), None
        yield "activity view of the portfolio", True, activities(mine, portfolio), activities(theirs, [])
        yield "activity view of all organisations", False, activities(mine, followed), activities(theirs, [])
        yield "my renewals", True, *self.renewals()
        yield "what is due, in the top bar", True, mine.user._get_activity_groups, theirs.user._get_activity_groups
        count = {"count_limit": int(_get_arch(mine, "relationship.synthesis", False, "list").get("count_limit")) + 1}
        for what, domain in (("syntheses", []), ("my syntheses", [("author_id", "=", mine.uid)])):
            yield what, True, read(syntheses, domain, report, **count), None
        for what, word in (
            ("a rare word", "Fédération"),
            ("a word of one in ten", "climat"),
            ("a word of all", "propos"),
        ):
            found = read(syntheses, [("text", "ilike", word)], report, **count)
            yield f"syntheses with {what}", True, found, read(syntheses, [("summary", "ilike", word)], report, **count)
        self.federation.check_search(syntheses)
        last = syntheses.search([("partner_id", "=", one.id)], limit=1)
        yield "open a synthesis", True, lambda: last.web_read(sheet), None
        context = {"default_partner_id": one.id}
        yield "new synthesis", True, lambda: syntheses.with_context(**context).onchange({}, [], sheet), None
        yield "prepare the contact", True, lambda: self.prepare(one), None

    def _organiser_pages(self, partners, followed):
        """What an organiser opens besides: all of the base."""
        domain = [*followed, ("relationship_stage", "=", "target")]
        contacts = self.theirs["res.partner"]
        for what, ours, statement in get_pictures(self.mine):
            yield what, False, ours, statement
        yield (
            "organisations by due state",
            False,
            lambda: partners.web_read_group(domain, ["relationship_due_state"], ["__count"], limit=PAGE),
            lambda: contacts.web_read_group([], ["user_id"], ["__count"], limit=PAGE),
        )
        yield (
            "organisations by owner",
            False,
            lambda: partners.web_read_group(domain, ["relationship_owner_id"], ["__count"], limit=PAGE),
            lambda: contacts.web_read_group([], ["commercial_partner_id"], ["__count"], limit=PAGE),
        )
        yield (
            "overdue organisations",
            False,
            lambda: partners.web_search_read(
                [*followed, ("relationship_due_state", "=", "overdue")],
                self.specify("res.partner", "shifters_relations.res_partner_view_list", "list"),
                limit=PAGE,
                count_limit=COUNTED,
            ),
            None,
        )
        yield "the daily repair finds nothing", False, self.repair, None

    def repair(self):
        """Run the daily job.

        :raise AssertionError: it mends something: the federation was not whole
        """
        activities = self.mine["mail.activity"].sudo()
        before = activities.search_count([])
        self.mine["relationship.check"].sudo()._mend()
        if activities.search_count([]) != before:
            raise AssertionError("The daily job has found something to mend.")

    def specify(self, model, view, kind):
        """What the web client asks for, for one of our views."""
        return _get_specification(self.mine, model, view, kind)

    def renewals(self):
        """The list of one's own renewals, and of all one's own activities as stock opens it."""
        action = self.mine["ir.actions.act_window"]._for_xml_id("shifters_relations.mail_activity_renewal_action")
        domain = [("relationship_partner_id", "!=", False), ("user_id", "=", self.mine.uid)]
        assert "relationship_partner_id" in str(action["domain"]), action["domain"]
        names = {name: {} for name in ("date_deadline", "res_name", "summary", "activity_type_id", "user_id", "state")}
        activities = self.mine["mail.activity"]
        own = [("user_id", "=", self.mine.uid)]
        return (
            lambda: activities.web_search_read(domain, names, limit=PAGE, count_limit=COUNTED),
            lambda: activities.web_search_read(own, names, limit=PAGE, count_limit=COUNTED),
        )

    def prepare(self, partner):
        """The preparation sheet as a page."""
        self.mine["ir.actions.report"]._render_qweb_html("shifters_relations.preparation_page", partner.ids)


def _get_specification(env, model, view, kind):
    """The specification that the web client makes of a view: its fields, and those of the lists in it."""
    return _specify(env[model], _get_arch(env, model, view, kind))


def _get_arch(env, model, view, kind):
    view_id = env.ref(view).id if view else False
    return etree.fromstring(env[model].get_view(view_id, kind)["arch"])


def _specify(model, node):
    specification = {}
    for element in node.iter("field"):
        inside = next((each for each in element.iterancestors("field") if each is not node), None)
        name = element.get("name")
        if (inside is not None and node in inside.iterancestors()) or element.get("optional") == "hide":
            continue
        field = model._fields.get(name)
        if field is None:
            continue
        if field.relational:
            comodel = model.env[field.comodel_name]
            inner = next((each for each in element if each.tag in ("list", "kanban", "form")), None)
            is_tags = "tags" in (element.get("widget") or "")
            if field.type == "many2one" or is_tags:
                specification[name] = {"fields": {"display_name": {}}}
            else:
                specification[name] = {"fields": _specify(comodel, inner), "limit": 40} if inner is not None else {}
        else:
            specification[name] = {}
    return specification


class Watch:
    """Keeps the queries of what is measured, and asks for their plans."""

    def __init__(self, env):
        self.env = env
        self.slow = {}  # by its shape: the slowest, with its plan
        self.scans = {}

    @contextmanager
    def watching(self, what, daily):
        """Within it, remember what is asked; after it, explain."""
        asked = {}

        def remember(cr, query, params, start, delay):
            text = cr._obj.query.decode()
            shape = re.sub(r"\d+", "#", text)
            if delay > asked.get(shape, (-1,))[0]:
                asked[shape] = (delay, text)

        thread = threading.current_thread()
        thread.query_hooks = [remember]
        try:
            yield
        finally:
            thread.query_hooks = []
        for shape, (delay, text) in asked.items():
            self._explain(what, daily, shape, delay, text)

    def _explain(self, what, daily, shape, delay, text):
        words = text.split(None, 1)
        if not words or words[0].upper() not in ("SELECT", "WITH", "UPDATE", "DELETE", "INSERT"):
            return
        runs = words[0].upper() == "SELECT"
        if daily and runs and (tables := self._find_scans(text)):
            self.scans[shape] = (what, tables, text)
        if delay > SLOW and delay > self.slow.get(shape, (0,))[0]:
            self.slow[shape] = (delay, what, text, self._plan(text, "ANALYZE, BUFFERS" if runs else "COSTS"))

    def _plan(self, text, options):
        with self.env.cr.savepoint(flush=False):
            self.env.cr._obj.execute(f"EXPLAIN ({options}) {text}".encode())
            return [line for (line,) in self.env.cr._obj.fetchall()]

    def _find_scans(self, text):
        """The tables of which a query reads more rows one after the other than the web client counts."""
        [plan] = self._plan(text, "ANALYZE, FORMAT JSON")
        nodes, found = [plan[0]["Plan"]], set()
        while nodes:
            node = nodes.pop()
            nodes += node.get("Plans", ())
            read = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            if node["Node Type"] == "Seq Scan" and read > 2 * COUNTED:
                found.add(node["Relation Name"])
        return sorted(found)

    def failures(self):
        """A sentence for each large table read from end to end by what is done daily."""
        return sorted(
            {
                f"{what}: reads {table} from end to end"
                for what, tables, _text in self.scans.values()
                for table in tables
            }
        )

    def report(self):
        """The slow queries, the slowest first, each summed up in one line above its plan."""
        parts = []
        for delay, what, text, plan in sorted(self.slow.values(), key=lambda each: -each[0]):
            nodes = re.findall(
                r"((?:Parallel )?(?:Seq|Index Only|Index|Bitmap Heap|Bitmap Index) Scan)(?: using \w+)? on (\w+)",
                "\n".join(plan),
            )
            summary = ", ".join(dict.fromkeys(f"{node} {table}" for node, table in nodes))
            parts.append(f"{delay * 1000:.0f} ms · {what} · {summary}\n{text}\n" + "\n".join(plan))
        for what, tables, text in self.scans.values():
            plan = "\n".join(self._plan(text, "COSTS"))
            parts.append(f"DAILY, READS {', '.join(tables)} FROM END TO END · {what}\n{text}\n{plan}")
        return "\n\n".join(parts) + "\n"
