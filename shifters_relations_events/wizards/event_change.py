from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [("cancel", "Cancel"), ("move", "Move"), ("restore", "It takes place after all")]


class EventChange(models.TransientModel):
    """Cancel or move a partner event, or take that back: what it means, and who would be told.

    Nothing is sent: telling it is the event's next step, and somebody means it (U7).
    """

    _name = "event.change"
    _description = "Change of a Partner Event"
    _inherit = ["relationship.naming.mixin"]

    event_id = fields.Many2one("event.event", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection(KINDS, required=True, default="move", readonly=True)
    date_begin = fields.Datetime(
        "Date", compute="_compute_from_event", store=True, readonly=False, precompute=True, required=True
    )
    date_end = fields.Datetime(
        "End", compute="_compute_date_end", store=True, readonly=False, precompute=True, required=True
    )
    address_id = fields.Many2one(
        "res.partner", "Place", compute="_compute_from_event", store=True, readonly=False, precompute=True
    )
    answer_until = fields.Datetime(
        "Answers until",
        compute="_compute_answer_until",
        store=True,
        readonly=False,
        precompute=True,
        help="Empty: until the event begins.",
    )
    message = fields.Text("What happens", compute="_compute_message")

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        titles = {
            "cancel": self.env._("Cancel the event"),
            "move": self.env._("Move the event"),
            "restore": self.env._("It takes place after all"),
        }
        for change in self:
            change.display_name = titles[change.kind]

    @api.depends("event_id")
    def _compute_from_event(self):
        for change in self:
            event = change.event_id
            change.update({name: event[name] for name in ("date_begin", "address_id")})

    @api.depends("date_begin")
    def _compute_date_end(self):
        """Compute the end: it follows, as long after, at the same hour; one that is typed later stays."""
        for change in self:
            event = change.event_id
            change.date_end = event and event._relationship_get_moved_end(change.date_begin)

    @api.depends("date_begin")
    def _compute_answer_until(self):
        """Compute the deadline: it follows, as the event's own does."""
        for change in self:
            event = change.event_id
            change.answer_until = event and event._relationship_get_moved_deadline(change.date_begin)

    @api.depends("kind", "event_id")
    @api.depends_context("lang")
    def _compute_message(self):
        for change in self:
            change.message = change.event_id and "\n".join(change._get_sentences())

    def _get_sentences(self):
        """Return what will happen, who is to be notified, and that nothing is sent by itself."""
        counts = self.event_id._relationship_get_known_counts()
        if self.kind == "cancel":
            what = self.env._("Nobody can answer any more. Seats are kept, should it take place after all.")
            count = counts["takes_place"]
        elif self.kind == "move":
            what = self.env._("Answers and seats stay as they are, and everybody may change her answer.")
            count = counts["takes_place"] + counts["cancelled"]
        else:
            what = self.env._("Who had a seat has it again, and answers are taken again.")
            count = counts["cancelled"]
        if not count:
            whom = self.env._("Nothing has to be announced: nobody knows otherwise.")
        elif count == 1:
            whom = self.env._("It would have to be announced to one person. Nothing is sent now: it is the next step.")
        else:
            whom = self.env._(
                "It would have to be announced to %(count)s people. Nothing is sent now: it is the next step.",
                count=count,
            )
        return [what, whom]

    def action_apply(self):
        """Do what was chosen; nothing leaves.

        :raise UserError: the event would end before it begins
        """
        self.ensure_one()
        event = self.event_id
        event._relationship_check_organiser()
        if self.kind == "cancel":
            event.kanban_state = "cancel"
        elif self.kind == "restore":
            event.write({"kanban_state": "normal", "active": True})
        else:
            if self.date_end <= self.date_begin:
                raise UserError(self.env._("The event would end before it begins."))
            event.write({name: self[name] for name in ("date_begin", "date_end", "answer_until")})
            if event.address_id != self.address_id:
                event.address_id = self.address_id
        return {"type": "ir.actions.client", "tag": "soft_reload"}
