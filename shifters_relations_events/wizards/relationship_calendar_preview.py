from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

SHOWN = 10


class RelationshipCalendarPreview(models.TransientModel):
    """A calendar as it would be read (N1): how many events, the next ones, what is not understood. Then it is kept.

    What is kept is what was shown: it is not asked for again.
    """

    _name = "relationship.calendar.preview"
    _description = "Preview of a Calendar"
    _inherit = ["relationship.naming.mixin"]
    _rec_name = "url"

    partner_id = fields.Many2one(
        "res.partner", "Organisation", required=True, ondelete="cascade", domain=[("is_company", "=", True)]
    )
    url = fields.Char("Address", help="Of a calendar (ics), or of the page that shows it.")
    file = fields.Binary("Or a file")
    file_name = fields.Char()
    result = fields.Json(readonly=True, groups=fields.NO_ACCESS)  # what is kept is what was read, nobody's own words
    source = fields.Char(readonly=True, groups=fields.NO_ACCESS, help="Of what the result was read.")
    is_read = fields.Boolean(compute="_compute_result", compute_sudo=True)
    error = fields.Char(compute="_compute_result", compute_sudo=True)
    event_count = fields.Integer("Events found", compute="_compute_result", compute_sudo=True)
    next_events = fields.Html("The next ones", compute="_compute_result", compute_sudo=True, sanitize=False)
    skipped = fields.Text("Not understood, or left out", compute="_compute_result", compute_sudo=True)

    @api.depends("result", "url", "file")
    @api.depends_context("lang", "tz")
    def _compute_result(self):
        feeds, entries = self.env["relationship.calendar.feed"], self.env["relationship.calendar.entry"]
        today = fields.Date.to_string(fields.Date.context_today(self))
        for preview in self:
            result = (preview.source == preview._get_source() and preview.result) or {}
            found = result.get("entries", ())
            coming = [entry for entry in found if entry["stop"] >= today][:SHOWN]
            preview.is_read = "entries" in result
            preview.error = "failure" in result and feeds._say_failure(result["failure"])
            preview.event_count = len(found)
            preview.next_events = Markup("").join(
                Markup("<div>%s</div>") % " · ".join(filter(None, (entry.when, entry.name, entry.place)))
                for entry in (entries.new(entries._prepare_values(each)) for each in coming)
            )
            preview.skipped = feeds._say_skipped(result.get("skipped"))

    def _get_source(self):
        """Return what is looked at, to be known again."""
        self.ensure_one()
        return f"{self.url or ''} {self.file_name or ''} {len(self.with_context(bin_size=False).file or '')}"

    @api.onchange("url")
    def _onchange_url(self):
        if self.url:
            self.file = self.file_name = False

    @api.onchange("file")
    def _onchange_file(self):
        if self.file:
            self.url = False

    def action_preview(self):
        """Read the calendar, and show what comes of it; nothing is kept.

        :raise UserError: there is nothing to read
        """
        self.ensure_one()
        self.check_access("write")
        if not self.url and not self.file:
            raise UserError(self.env._("Give the calendar's address, or a file."))
        file = self.with_context(bin_size=False).file
        url = (self.url or "").strip()
        result = self.env["relationship.calendar.feed"]._ask(url, not url and file)
        self.sudo().write({"result": result, "source": self._get_source()})
        return self._reopen()

    def action_keep(self):
        """Keep the calendar with what was shown, and open it.

        :raise ValidationError: it was not shown, or could not be read
        """
        self.ensure_one()
        self.check_access("write")
        if not self.is_read:
            raise ValidationError(self.env._("Look at what it holds first."))
        values = {"partner_id": self.partner_id.id, "url": self.url}
        if not self.url:
            values |= {"file": self.with_context(bin_size=False).file, "file_name": self.file_name}
        feed = self.env["relationship.calendar.feed"].create(values)
        feed.sudo()._keep(self.sudo().result)
        return feed.action_view_entries()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add a calendar"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
