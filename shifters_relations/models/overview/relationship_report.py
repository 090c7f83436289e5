from collections import Counter
from datetime import timedelta
from math import ceil
from operator import itemgetter

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, date_utils, html2plaintext

from ...tools import begin_of_day, format_day, in_some_language, search_shown_name

PERIODS = {
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "half": relativedelta(months=6),
    "year": relativedelta(years=1),
}
PAGE_LINES = 34  # of a table on a printed page
FROZEN_FIELDS = ("date_from", "date_to", "figures", "highlights", "lang", "period")


class RelationshipReport(models.Model):
    """What the team tells about a period, to the Shift Project above all (R1).

    The figures are read while it is a draft and kept as they were once it is validated. They come
    from the shared parts alone: this model never looks at what is confidential. The report leaves the
    team: an organisation that asked not to be contacted counts, and is not named (G4).
    """

    _name = "relationship.report"
    _description = "Activity Report"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"

    period = fields.Selection(
        [("month", "A month"), ("quarter", "A quarter"), ("half", "Half a year"), ("year", "A year"), ("free", "Free")],
        required=True,
        default="quarter",
    )
    date_from = fields.Date("From", required=True, default=lambda self: self._get_last_quarter())
    date_to = fields.Date("To", compute="_compute_date_to", store=True, readonly=False, precompute=True, required=True)
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        "Language",
        required=True,
        default=lambda self: self.env["res.lang"]._relationship_choose(self.env.lang, self.env.user.lang),
    )
    highlights = fields.Html(help="What the figures do not say: what changed, what worked, what you need.")
    figures = fields.Json(readonly=True, copy=False)
    body = fields.Html("Report", compute="_compute_body", sanitize=False)
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Final")], required=True, default="draft", readonly=True, copy=False
    )
    recipient_ids = fields.Many2many("res.partner", string="Send to", domain=[("email", "!=", False)])
    same_period = fields.Char("Same period", compute="_compute_same_period")

    _check_dates = models.Constraint("CHECK(date_from <= date_to)", "The period must end after it begins.")

    @api.model
    def _get_last_quarter(self):
        """Return the first day of the last quarter that is over."""
        return date_utils.start_of(fields.Date.context_today(self), "quarter") - PERIODS["quarter"]

    @api.depends("period", "date_from")
    def _compute_date_to(self):
        for report in self:
            if report.date_from and report.period in PERIODS:
                report.date_to = report.date_from + PERIODS[report.period] - timedelta(days=1)
            else:
                report.date_to = report.date_to or report.date_from

    @api.depends("date_from", "date_to")
    @api.depends_context("lang")
    def _compute_same_period(self):
        """Say that a period has a report already, so that nobody begins a second one unawares."""
        for report in self:
            period = [("date_from", "=", report.date_from), ("date_to", "=", report.date_to)]
            has_other = bool(self.search_count([*period, ("id", "!=", report._origin.id)], limit=1))
            report.same_period = has_other and self.env._("This period has a report already: see the list of reports.")

    @api.depends("date_from", "date_to", "lang")
    def _compute_display_name(self):
        for report in self:
            me = report._in_its_language()
            first, last = (
                format_day(me.env, date, with_year=True) if date else "" for date in (report.date_from, report.date_to)
            )
            report.display_name = me.env._("Activity report, %(first)s to %(last)s", first=first, last=last)

    def _search_display_name(self, operator, value):
        return search_shown_name(self, operator, value)

    @api.depends("figures", "highlights", "lang", "date_from", "date_to")
    def _compute_body(self):
        for report in self:
            report.body = report.figures and self.env["ir.qweb"]._render(
                "shifters_relations.activity_report_body",
                {"o": report._in_its_language(), "figures": report.figures},
                lang=report._in_its_language().env.lang,
            )

    @api.model
    def _get_pages(self, rows, columns):
        """Return the rows of a table on as few pages as they need, about as many on each.

        What prints PDF files does not always repeat the header of a table, nor keep a row from standing alone.

        :param list rows: dictionaries
        :param list columns: for each, how many letters are a line, by the keys of what stands there one below the other
        """

        def count_lines(row, column):
            return sum(ceil(len(str(row[key])) / width) for key, width in column.items() if row[key])

        heights = [max([1, *(count_lines(row, column) for column in columns)]) for row in rows]
        most = sum(heights) / (ceil(sum(heights) / PAGE_LINES) or 1)
        pages, height = [[]], 0
        for row, lines in zip(rows, heights, strict=True):
            if height >= most or (pages[-1] and height + lines > PAGE_LINES):
                pages, height = [*pages, []], 0
            pages[-1].append(row)
            height += lines
        return pages

    # What the report says in sentences, in its own language

    def _in_its_language(self):
        """Return this report in the language that it was written in, as long as that is installed."""
        return self.with_context(lang=self.env["res.lang"]._relationship_choose(self.lang))

    def _get_period_sentence(self):
        """Return from when to when, in words."""
        first, last = (format_day(self.env, date, with_year=True) for date in (self.date_from, self.date_to))
        return self.env._("From %(first)s to %(last)s, beside the period before.", first=first, last=last)

    def _get_coverage_sentence(self, coverage):
        """Return how well the targets were covered, in words.

        :param dict coverage: as :meth:`_get_coverage` counts it
        """
        sentences = [self.env._("Targets: %(targets)s. Met within their cadence: %(covered)s.", **coverage)]
        if coverage["late"] or coverage["never"]:
            sentences.append(self.env._("Late: %(late)s. Never met: %(never)s.", **coverage))
        if not self._knows_coverage(0):
            sentences.append(self.env._("Who was a target then was not noted yet: today's targets are counted."))
        return " ".join(sentences)

    def _knows_coverage(self, index):
        """Return whether the counted targets are those of then: of this period (0), of the one before (1)."""
        return (self.figures or {}).get("coverage_known", [True, True])[index]

    def _get_coverage_pair(self):
        """Return how many of how many were met within their cadence, and the same of the period before, in words."""
        coverage = self.figures["coverage"]
        now, then = (f"{each['covered']}/{each['targets']}" for each in coverage)
        return [now, then if self._knows_coverage(1) else self.env._("not known")]

    def _get_event_sentence(self, event):
        """Return what came of a partner event, in words.

        :param dict event: as :meth:`_get_events` counts it
        """
        day = format_day(self.env, event["date"], with_year=True)
        return self.env._(
            "%(name)s, %(day)s: %(invited)s invited, %(answered)s answers, %(came)s present.", **{**event, "day": day}
        )

    @api.model_create_multi
    def create(self, vals_list):
        reports = super().create(vals_list)
        reports.action_compute()
        return reports

    def write(self, vals):
        if any(report.state == "done" for report in self) and any(name in vals for name in FROZEN_FIELDS):
            raise UserError(self.env._("This report is validated: its figures and its words stay as they are."))
        result = super().write(vals)
        if {"date_from", "date_to", "lang", "period"} & vals.keys() and "figures" not in vals:
            self.action_compute()
        return result

    # What people do

    def _creation_message(self):
        return in_some_language(self).env._("Report begun")

    def action_compute(self):
        """Read the figures again."""
        for report in self.filtered(lambda report: report.state == "draft"):
            report.figures = report._in_its_language()._get_figures()

    def action_validate(self):
        """Keep the figures as they are, for good."""
        self.action_compute()
        self.state = "done"

    def action_reopen(self):
        """Make it a draft again; its figures are read anew when it is validated."""
        self.check_access("write")
        self.state = "draft"

    def action_send(self):
        """Write the mail that takes the report to the chosen people; nothing leaves by itself.

        :raise UserError: it is a draft
        """
        self.ensure_one()
        if self.state != "done":
            raise UserError(self.env._("Validate the report first: what is sent does not change any more."))
        if objecting := self.recipient_ids - self.recipient_ids._relationship_filter_willing():
            raise UserError(
                self.env._("%(name)s asked not to be contacted: send the report to others.", name=objecting[0].name)
            )
        self._check_named()
        template = self.env.ref("shifters_relations.mail_template_report")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send the report"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": template.id,
                "default_composition_mode": "comment",
                "default_partner_ids": self.recipient_ids.ids,
                "default_email_layout_xmlid": "shifters_relations.mail_layout",
            },
        }

    def _check_named(self):
        """Check that the report names nobody who has asked for silence since it was validated (G4).

        :raise UserError: it names such an organisation
        """
        text = html2plaintext(self.body or "")
        objecting = self.env["res.partner"].sudo().with_context(active_test=False)
        objecting = objecting.search([("is_company", "=", True), ("relationship_no_contact", "=", True)])
        if named := objecting.filtered(lambda each: each.name and each.name in text):
            raise UserError(
                self.env._(
                    "%(name)s asked not to be contacted after this report was validated: reopen it, and validate it"
                    " again; what you wrote yourself is yours to correct.",
                    name=named[0].name,
                )
            )

    def action_print(self):
        """Return the action that prints the report as a PDF file."""
        return self.env.ref("shifters_relations.relationship_report_pdf").report_action(self, config=False)

    @api.model
    def _cron_propose(self):
        """Create, on the first day of each quarter, the report of the quarter before."""
        first = self._get_last_quarter()
        if self.search_count([("period", "=", "quarter"), ("date_from", "=", first)], limit=1):
            return
        writers = self.env["relationship.member"].search([("is_current", "=", True), ("role", "!=", "contact")])
        pilots = writers.filtered(lambda member: member.role == "pilot").user_id
        language = pilots[:1].partner_id._relationship_get_lang()
        report = self.create({"date_from": first, "lang": language})
        for lang, users in writers.user_id.grouped(lambda user: user.partner_id._relationship_get_lang()).items():
            me = report.with_context(lang=lang)
            body = me.env["ir.qweb"]._render(
                "shifters_relations.mail_message",
                {
                    "sentences": [
                        me.env._("%(report)s: it is begun.", report=me._in_its_language().display_name),
                        me.env._("Its figures are there: add the highlights, validate, send."),
                    ],
                    "url": f"{me.get_base_url()}/odoo/relations-reports/{me.id}",
                    "action": me.env._("Open the report"),
                },
                lang=lang,
            )
            me.message_notify(
                partner_ids=users.partner_id.ids,
                subject=me.env._("The report of the quarter is begun"),
                body=body,
                author_id=self.env.ref("base.partner_root").id,
                email_from=self.env.company.email_formatted or None,
                email_layout_xmlid="shifters_relations.mail_layout",
            )

    # Figures

    def _get_previous_period(self):
        """Return the period of the same length before this one.

        :rtype: tuple of two dates
        """
        self.ensure_one()
        last = self.date_from - timedelta(days=1)
        if self.period in PERIODS:
            return self.date_from - PERIODS[self.period], last
        return last - (self.date_to - self.date_from), last

    def _get_figures(self):
        """Return everything that the report shows, beside the period before, in a constant number of queries."""
        self.ensure_one()
        period, before = (self.date_from, self.date_to), self._get_previous_period()
        standing, silent = self._query_standing(before), self._get_silent()
        is_known = [self._is_coverage_known(standing, day) for day in (self.date_to, before[1])]
        return {
            **self._get_contacts(self._query_contacts(before[0]), silent),
            "new": self._get_new(standing, silent),
            "coverage": [self._get_coverage(standing, part, known) for part, known in enumerate(is_known)],
            "coverage_known": is_known,
            "cooperations": self._pair(self._get_cooperations(*period), self._get_cooperations(*before)),
            "together": self._pair_in_order(self._get_together(*period), self._get_together(*before)),
            "introductions": self._get_introductions(*period),
            "events": self._get_events(*period),
            "surveys": self._get_surveys(*period),
        }

    @api.model
    def _pair(self, now, then):
        """Return counts by name of two periods, the largest first: lists of name, count, count before."""
        names = sorted({*now, *then}, key=lambda name: (-now.get(name, 0), -then.get(name, 0), name))
        return [[name, now.get(name, 0), then.get(name, 0)] for name in names]

    @api.model
    def _get_silent(self):
        """Return the ids of those that asked not to be contacted: they count, and are not named (G4)."""
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        return set(partners._search(~partners._relationship_get_willing_domain()))

    @api.model
    def _get_nameless(self):
        """Return what stands for the name of an organisation that asked not to be contacted."""
        return self.env._("An organisation that is not named")

    def _query_contacts(self, first):
        """Count the validated contacts that the user may read, since the first day of the period before, in one query.

        :return: for each organisation its id, name, sector id and type id, and how many contacts of the period, then
            of the one before, in each of :meth:`_get_channels`
        """
        Synthesis, Partner = self.env["relationship.synthesis"], self.env["res.partner"]
        query = Synthesis._search([("state", "=", "done"), ("date", ">=", first), ("date", "<=", self.date_to)])
        partner = query.left_join(query.table, "partner_id", "res_partner", "id", "partner_id")
        date, channel = (Synthesis._field_to_sql(query.table, name, query) for name in ("date", "channel"))
        names = ("id", "name", "relationship_sector_id", "relationship_type_id")
        terms = [Partner._field_to_sql(partner, name, query) for name in names]
        terms += [
            SQL("count(*) FILTER (WHERE %s = %s AND %s %s %s)", channel, value, date, sign, self.date_from)
            for sign in (SQL(">="), SQL("<"))
            for value in self._get_channels()
        ]
        query.groupby = SQL.identifier(partner, "id")
        return self.env.execute_query(query.select(*terms))

    @api.model
    def _get_channels(self):
        """Return the names of the channels, by their values."""
        return dict(self.env["relationship.synthesis"]._fields["channel"]._description_selection(self.env))

    def _get_contacts(self, rows, silent):
        """Return the contacts of both periods by channel, sector and type, and the organisations met.

        :param rows: those of :meth:`_query_contacts`
        :param silent: ids of the organisations that are not named
        """
        labels, nameless = [*self._get_channels().values()], self._get_nameless()
        sectors = self.env["relationship.sector"].browse({row[2] for row in rows if row[2]})
        roots = {sector.id: sector._get_root().name for sector in sectors}
        kinds = self.env["relationship.organisation.type"].browse({row[3] for row in rows if row[3]})
        types = {kind.id: kind.name for kind in kinds}
        no_sector, no_type = self.env._("No sector"), self.env._("No type")
        by_sector, by_type, met = (Counter(), Counter()), (Counter(), Counter()), ([], [])
        for partner_id, name, sector_id, type_id, *counts in rows:
            for part, own in enumerate((counts[: len(labels)], counts[len(labels) :])):
                if count := sum(own):
                    by_sector[part][roots.get(sector_id) or no_sector] += count
                    by_type[part][types.get(type_id) or no_type] += count
                    met[part].append((partner_id, name, sector_id, own, count))
        by_channel = [map(sum, zip(*(own for *_line, own, _count in part), strict=True)) for part in met]
        by_channel = [
            {label: count for label, count in zip(labels, part, strict=False) if count} for part in by_channel
        ]
        lines = [
            {
                "name": nameless if partner_id in silent else name or "",
                "sector": roots.get(sector_id, ""),
                "count": count,
                "channels": [label for label, times in zip(labels, own, strict=True) if times],
            }
            for partner_id, name, sector_id, own, count in met[0]
        ]
        return {
            "total": [part.total() for part in by_sector],
            "met": [len(part) for part in met],
            "channels": self._pair(*by_channel),
            "sectors": self._pair(*by_sector),
            "types": self._pair(*by_type),
            "organisations": sorted(lines, key=itemgetter("name")),
        }

    def _query_standing(self, before):
        """Count the organisations that the user may read by how they stood when each period ended, in one query.

        :param before: first and last day of the period before
        :return: dictionaries of ``count``, how many; ``is_target``, whether they are targets today; ``was``, whether
            they were when the period ended, and how they were covered then, and the same of the period before;
            ``noted``, since when they are noted as targets, as text; ``new``, ids and names of those first met in the
            period; ``new_before``, how many were in the one before
        """
        partners = self.env["res.partner"].with_context(active_test=False)
        query = partners._search([])
        columns = ("id", "name", "active", "is_company", "relationship_stage", "relationship_target_periods")
        partner_id, name, active, is_company, stage, periods = (
            partners._field_to_sql(query.table, column, query) for column in columns
        )
        cadence = query.left_join(query.table, "relationship_cadence_id", "relationship_cadence", "id", "own_cadence")
        contacts = SQL(
            """(
            SELECT partner_id, min(date) AS first, max(date) FILTER (WHERE date <= %s) AS last_0,
                   max(date) FILTER (WHERE date <= %s) AS last_1
              FROM relationship_synthesis
             WHERE state = 'done'
          GROUP BY partner_id
            )""",
            self.date_to,
            before[1],
            to_flush=[
                partners._fields["relationship_cadence_id"],
                *(self.env["relationship.synthesis"]._fields[name] for name in ("date", "partner_id", "state")),
            ],
        )
        query.add_join("LEFT JOIN", "contact", contacts, SQL("contact.partner_id = %s", partner_id))
        first = SQL("contact.first BETWEEN %s AND %s", before[0], self.date_to)
        # No more are looked at than those that may be counted: targets of some day, and who was first met.
        query.add_where(SQL("(%s AND (%s IS NOT NULL OR %s = 'target') OR %s)", is_company, periods, stage, first))
        terms = [SQL("%s AND %s AND %s = 'target'", is_company, active, stage)]
        for part, day in enumerate((self.date_to, before[1])):
            last = SQL.identifier("contact", f"last_{part}")
            terms.append(SQL("%s AND %s", is_company, self._get_target_sql(periods, day)))
            terms.append(partners._relationship_target_coverage_to_sql(cadence, last, SQL("%s::date", day)))
        query.groupby = SQL("1, 2, 3, 4, 5")
        is_new = SQL("contact.first BETWEEN %s AND %s", self.date_from, self.date_to)
        rows = self.env.execute_query(
            query.select(
                *terms,
                SQL("min(%s #>> '{0,0}') FILTER (WHERE %s)", periods, is_company),
                SQL("count(*)"),
                SQL("array_agg(%s) FILTER (WHERE %s)", partner_id, is_new),
                SQL("array_agg(%s) FILTER (WHERE %s)", name, is_new),
                SQL("count(*) FILTER (WHERE contact.first BETWEEN %s AND %s)", *before),
            )
        )

        return [
            {
                "count": count,
                "is_target": is_target,
                "was": (was[:2], was[2:]),
                "noted": noted,
                "new": [*zip(ids or (), names or (), strict=True)],
                "new_before": new_before,
            }
            for is_target, *was, noted, count, ids, names, new_before in rows
        ]

    @api.model
    def _get_target_sql(self, periods, day):
        """Return, as SQL, whether something was a target at the end of a day.

        :param SQL periods: since when, and until when, it was one
        """
        return SQL(
            """EXISTS (
                SELECT FROM jsonb_array_elements(%(periods)s) AS period
                 WHERE period ->> 0 <= %(day)s AND COALESCE(NULLIF(period ->> 1, 'false') > %(day)s, TRUE)
            )""",
            periods=periods,
            day=fields.Date.to_string(day),
        )

    @api.model
    def _is_coverage_known(self, standing, day):
        """Return whether targets were noted already on a day; who was one before that is not known.

        :param standing: rows of :meth:`_query_standing`
        """
        last = fields.Date.to_string(day)
        return any(row["noted"] and row["noted"] <= last for row in standing)

    @api.model
    def _get_coverage(self, standing, part, is_known):
        """Return how well the targets of a day were covered then: within their cadence, late, never met.

        :param standing: rows of :meth:`_query_standing`
        :param part: 0 for the report's period, 1 for the one before
        :param is_known: whether its targets are known; otherwise today's stand for them, as the report says
        """
        counts = Counter()
        for row in standing:
            was_target, coverage = row["was"][part]
            if was_target if is_known else row["is_target"]:
                counts[coverage] += row["count"]
        return {"targets": counts.total(), **{state: counts[state] for state in ("covered", "late", "never")}}

    @api.model
    def _get_new(self, standing, silent):
        """Return the names of those first met in the period, in order, and how many were in the one before.

        :param standing: rows of :meth:`_query_standing`
        :param silent: ids of the organisations that are not named
        """
        new = [each for row in standing for each in row["new"]]
        names = sorted(name or "" for partner_id, name in new if partner_id not in silent)
        names += [self._get_nameless()] * (len(new) - len(names))
        return [names, sum(row["new_before"] for row in standing)]

    def _get_cooperations(self, first, last):
        """Return the cooperations that began or ended in a period, by stage."""
        tz = str(self.env.tz)
        began = Domain("create_date", ">=", begin_of_day(first, tz))
        began &= Domain("create_date", "<", begin_of_day(last + timedelta(days=1), tz))
        introduced = Domain("date_introduced", ">=", first) & Domain("date_introduced", "<=", last)
        closed = Domain("date_closed", ">=", first) & Domain("date_closed", "<=", last)
        groups = self.env["relationship.cooperation"]._read_group(began | introduced | closed, ["stage"], ["__count"])
        stages = dict(self.env["relationship.cooperation"]._fields["stage"]._description_selection(self.env))
        return {stages[stage]: count for stage, count in groups}

    def _get_together(self, first, last):
        """Return how many partnerships there were in a period, funders met, committees held (V1, V2)."""
        Role, Synthesis = self.env["relationship.cooperation.role"], self.env["relationship.synthesis"]
        then = Domain("since", "<=", last)
        going = Domain("cooperation_id.date_closed", "=", False) | Domain("cooperation_id.date_closed", ">=", first)
        several = Role._read_group(then & going, ["cooperation_id"], having=[("partner_id:count_distinct", ">", 1)])
        funders = Role._search(then & Domain("role", "=", "funder"))
        met = Domain("state", "=", "done") & Domain("date", ">=", first) & Domain("date", "<=", last)
        met &= Domain("partner_id", "in", funders.subselect("partner_id"))
        [(funder_count,)] = Synthesis._read_group(met, [], ["partner_id:count_distinct"])
        tz = str(self.env.tz)
        held = Domain("start", ">=", begin_of_day(first, tz)) & Domain("relationship_committee_id", "!=", False)
        held &= Domain("start", "<", min(begin_of_day(last + timedelta(days=1), tz), fields.Datetime.now()))
        return {
            self.env._("cooperations of several organisations"): len(several),
            self.env._("funders met"): funder_count,
            self.env._("committees held"): self.env["calendar.event"].search_count(held),
        }

    @api.model
    def _pair_in_order(self, now, then):
        """Return counts by name of two periods, as they are named: none where there is nothing in either."""
        lines = [[name, count, then[name]] for name, count in now.items()]
        return lines if any(count or before for _name, count, before in lines) else []

    def _get_introductions(self, first, last):
        """Return who was introduced to whom in a period, and what came of it."""
        introductions = self.env["relationship.cooperation"].search(
            [("date_introduced", ">=", first), ("date_introduced", "<=", last), ("destination_id", "!=", False)],
            order="date_introduced, id",
        )
        stages = dict(introductions._fields["stage"]._description_selection(self.env))
        willing = introductions.partner_ids._relationship_filter_willing()
        introductions = introductions.filtered(lambda each: each.partner_ids <= willing)
        return [
            {
                "name": each.name,
                "organisations": ", ".join(each.partner_ids.mapped("name")),
                "destination": each.destination_id.name,
                "stage": stages[each.stage],
                "outcome": each.outcome or "",
            }
            for each in introductions
        ]

    def _get_events(self, first, last):
        """Return the partner events of a period; the addon of events extends it.

        :return: list of dictionaries ``name``, ``date``, ``invited``, ``answered``, ``came``
        """
        return []

    def _get_surveys(self, first, last):
        """Return the surveys closed in a period; the addon of events extends it.

        :return: list of dictionaries, as its page of results is given
        """
        return []
