from functools import partial

from dateutil.relativedelta import relativedelta
from odoo import Command, api, fields, models
from odoo.addons.shifters_relations.tools import format_day
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import html2plaintext

QUOTE_MAX_LENGTH = 240  # characters quoted of a text


class RelationshipInternalNews(models.TransientModel):
    """A draft of the internal news (R2): what the team did in a period, of what may be shared inside.

    News, first contacts, contacts and cooperations that their authors marked, and the coming
    partner event. The confidential part of a synthesis is not even read. Nothing is sent: an
    organiser edits the mailing and sends it.
    """

    _name = "relationship.internal.news"
    _description = "Draft of the Internal News"

    date_from = fields.Date("From", required=True, default=lambda self: self._get_last_month()[0])
    date_to = fields.Date("To", required=True, default=lambda self: self._get_last_month()[1])
    mailing_list_id = fields.Many2one("mailing.list", "Readers", required=True, ondelete="cascade")

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Internal news")

    @api.model
    def _get_last_month(self):
        first = fields.Date.context_today(self).replace(day=1)
        return first - relativedelta(months=1), first - relativedelta(days=1)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for news in self:
            if news.date_from > news.date_to:
                raise ValidationError(self.env._("The period ends before it begins."))

    def action_draft(self):
        """Draft the mailing, and open it.

        :raise UserError: there is nothing to share
        """
        self.ensure_one()
        facts = self._get_facts()
        if not any(facts.values()):
            raise UserError(
                self.env._(
                    "Nothing may be shared of this period. Write news, or tick “May be shared inside” "
                    "on syntheses and cooperations."
                )
            )
        mailing = self.env["mailing.mailing"].create(self._prepare_mailing(facts))
        return {
            "type": "ir.actions.act_window",
            "res_model": "mailing.mailing",
            "res_id": mailing.id,
            "views": [(False, "form")],
        }

    def _prepare_mailing(self, facts):
        """Return the values of the mailing, in the language of who drafts it."""
        first, last = (format_day(self.env, date) for date in (self.date_from, self.date_to))
        values = {
            "period": self.env._("From %(first)s to %(last)s.", first=first, last=last),
            "shorten": self._shorten,
            "format_day": partial(format_day, self.env),
            **facts,
        }
        body = self.env["ir.qweb"]._render("shifters_relations_events.internal_news_body", values, lang=self.env.lang)
        # Odoo would take double braces, wherever they are, for an expression, and refuse it.
        body = body.replace("{{", "{ {")
        return {
            "subject": self.env._("News of our relations, %(first)s to %(last)s", first=first, last=last),
            "mailing_type": "mail",
            "is_relationship_news": True,
            "relationship_quoted_ids": [Command.set(self._get_quoted(facts).ids)],
            "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
            "contact_list_ids": [Command.set(self.mailing_list_id.ids)],
            "body_arch": body,
            "body_html": body,
        }

    @api.model
    def _shorten(self, html):
        """Return the first words of a text, plain; a script without blanks is cut between two letters."""
        text = " ".join(html2plaintext(html or "", include_references=False).split())
        return text if len(text) <= QUOTE_MAX_LENGTH else text[:QUOTE_MAX_LENGTH].rsplit(" ", 1)[0] + "…"

    @api.model
    def _get_quoted(self, facts):
        """Return the organisations that the facts name."""
        return facts["relations"] | facts["contacts"].partner_id | facts["results"].partner_ids

    # What may be shared

    def _get_period(self, field):
        return Domain(field, ">=", self.date_from) & Domain(field, "<=", self.date_to)

    def _get_facts(self):
        """Return what may be quoted, each in a few queries, as who drafts may read it."""
        return {
            "stories": self.env["relationship.news"].search(self._get_period("date"), order="date, id"),
            "relations": self._get_new_relations(),
            "contacts": self._get_contacts(),
            "results": self._get_results(),
            "event": self._get_coming_event(),
        }

    def _get_new_relations(self):
        """Return organisations whose first contact was in the period."""
        newly_met = self.env["relationship.analysis"]._get_newly_met(self.date_from, self.date_to)
        organisations = self.env["res.partner"].union(*newly_met)
        return organisations._relationship_filter_writable().sorted("name")

    def _get_contacts(self):
        """Return contacts that may be quoted inside, the oldest first."""
        domain = Domain("state", "=", "done") & Domain("shareable_inside", "=", True)
        contacts = self.env["relationship.synthesis"].search(domain & self._get_period("date"), order="date, id")
        writable = contacts.partner_id._relationship_filter_writable()
        return contacts.filtered(lambda each: each.partner_id in writable)

    def _get_results(self):
        """Return cooperations and introductions that may be quoted inside, and what came of them."""
        closed = self._get_period("date_closed")
        ongoing = Domain("date_closed", "=", False) & self._get_period("date_introduced")
        shared = Domain("shareable_inside", "=", True) & Domain("outcome", "not in", [False, ""])
        results = self.env["relationship.cooperation"].search(shared & (closed | ongoing), order="date_introduced, id")
        willing = results.partner_ids._relationship_filter_willing()
        return results.filtered(lambda each: each.partner_ids <= willing)

    def _get_coming_event(self):
        """Return the next partner event to which somebody is invited, unless it is cancelled."""
        domain = [
            ("is_partner_event", "=", True),
            ("date_begin", ">=", fields.Datetime.now()),
            ("kanban_state", "!=", "cancel"),
            ("invitation_ids", "any", [("state", "not in", ["draft", "cancelled"])]),
        ]
        return self.env["event.event"].search(domain, order="date_begin, id", limit=1)
