from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...texts import fold
from ...tools import notify

MOST_NAMED = 5  # words in a sentence
# Where each state leads, from the first to the last.
STEPS = {"draft": "file", "read": "columns", "previewed": "preview", "applied": "result", "undone": "result"}


class RelationshipImport(models.Model):
    """What the page of a list shows: one step at a time, and of the preview one kind of lines at a time.

    Each step can be gone back to; what was decided stays where it was decided.
    """

    _inherit = "relationship.import"  # pylint: disable=consider-merging-classes-inherited

    step = fields.Selection(
        [
            ("file", "File"),
            ("columns", "Columns"),
            ("search", "Search"),
            ("words", "Words"),
            ("preview", "Preview"),
            ("result", "Result"),
        ],
        compute="_compute_step",
        inverse="_inverse_step",
    )
    readers = fields.Json(
        readonly=True,
        copy=False,
        help="Where each reader went, by her id: the state in which she found the list, and the step.",
    )
    samples_html = fields.Html("Rows of the file", compute="_compute_samples_html", sanitize=False)
    unowned_count = fields.Integer("Without a contact owner", compute="_compute_unowned_count")

    @api.depends("state", "readers", "register")
    @api.depends_context("uid")
    def _compute_step(self):
        """Compute where the reader is: where she went, or where the list has moved on to since."""
        order = list(STEPS)
        for brought in self:
            state, step = (brought.readers or {}).get(str(self.env.uid)) or ("draft", False)
            if not step or order.index(brought.state) > order.index(state):
                step = STEPS[brought.state]
            brought.step = "search" if step == "columns" and brought.register else step

    def _inverse_step(self):
        for brought in self:
            place = {str(self.env.uid): [brought.state, brought.step]}
            brought.sudo().readers = {**(brought.readers or {}), **place}

    @api.depends("samples")
    @api.depends_context("lang")
    def _compute_samples_html(self):
        """Compute the sample as lines of text: what a person recognises, or sees to be wrong."""
        for brought in self:
            rows = [" · ".join(brought._show_cell(str(cell)) for cell in row if cell) for row in brought.samples or []]
            brought.samples_html = Markup("").join(Markup("<div>%s</div>") % row for row in rows) or False

    def _compute_unowned_count(self):
        for brought in self:
            brought.unowned_count = self.env["res.partner"].search_count(brought._get_unowned_domain())

    def _get_unowned_domain(self):
        """Return which organisations of this list wait for somebody who keeps the contact."""
        return [
            *self._get_brought_domain("organisation"),
            ("relationship_stage", "=", "candidate"),
            ("relationship_owner_id", "=", False),
        ]

    def _get_brought_domain(self, kind):
        """Return which partners of a kind this list has brought in or changed."""
        lines = self.env["relationship.import.line"]._search(
            [("import_id", "=", self.id), ("kind", "=", kind), ("progress", "=", "applied")]
        )
        return [("id", "in", lines.subselect("partner_id"))]

    def action_continue(self):
        """Go on to the next step; past the words, where all are known.

        :raise AccessError: the user is no organiser
        """
        self.ensure_one()
        self._check_organiser()
        if self.step == "file":
            self.step = "search" if self.register else "columns"
            return True
        self._check_step()
        if self.step == "columns" and self._has_words_to_see():
            self.step = "words"
        else:
            self.step = "preview"
            if self.state != "previewed":
                return self.action_preview()
        return True

    def _has_words_to_see(self):
        """Return whether some word is still to be answered, or was only guessed."""
        known = self.env["relationship.import.synonym"]._get_decided()
        return any(known.get((word.target, fold(word.word)), False) != word._get_value() for word in self.word_ids)

    def _check_step(self):
        """Check that nothing is left to be said at this step.

        :raise UserError: words without an answer, past contacts that nobody says how they were made, or nothing is
            sought in a register
        """
        if self.step == "search" and self.choice_ids and not (self.places or self.choice_ids.filtered("chosen")):
            raise UserError(self.env._("Say whom you are looking for: a place, a category, a level or a sector."))
        is_dated = "last_contact_date" in self.column_ids.mapped("target")
        if self.step == "columns" and self.has_past_contacts and is_dated and not self.channel:
            raise UserError(self.env._("Say how the past contacts of this list were made, below its columns."))
        if self.step == "words" and (undecided := self.word_ids.filtered(lambda word: not word.decision)):
            raise UserError(
                self.env._(
                    "Say what these words stand for, or leave them out: %(words)s.",
                    words=", ".join(self.env._("“%(word)s”", word=word.word) for word in undecided[:MOST_NAMED]),
                )
            )

    def action_view_organisations(self):
        """Open the organisations that this list brought in or changed.

        :raise AccessError: the user is no organiser
        """
        return self._view("shifters_relations.res_partner_organisation_action", "organisation")

    def action_view_persons(self):
        """Open the persons that this list brought in or changed.

        :raise AccessError: the user is no organiser
        """
        return self._view("shifters_relations.res_partner_person_action", "person")

    def action_view_unowned(self):
        """Open the candidates of this list that wait for a contact owner, by sector.

        :raise AccessError: the user is no organiser
        """
        searched = {"search_default_nobody": 1, "search_default_group_by_sector": 1}
        return self._view("shifters_relations.res_partner_candidate_action", "organisation", searched)

    def _view(self, action, kind, searched=()):
        """Return one of our windows with the partners of a kind that this list brought."""
        self.ensure_one()
        self._check_organiser()
        partners = self.env["res.partner"].search(self._get_brought_domain(kind))
        window = self.env["ir.actions.act_window"]._for_xml_id(action)
        return {
            **window,
            "name": self.file_name,
            "domain": [("id", "in", partners.ids)],
            "context": {"relationship_view": True, **dict(searched)},
        }


class RelationshipImportLine(models.Model):
    """A line is left out, and taken in after all, by one tap."""

    _inherit = "relationship.import.line"  # pylint: disable=consider-merging-classes-inherited

    def action_leave_out(self):
        """Leave lines out: nothing is written of them.

        :raise UserError: the list was brought in already
        """
        self.write({"decision": "skip"})
        return True

    def action_take_in(self):
        """Take a line in after all: as what it was found to be, else it is decided again.

        :raise UserError: it cannot come in, and why
        """
        for line in self:
            if line.partner_id:
                line.write({"partner_id": line.partner_id.id})
            else:
                line.write({"decision": False if line.candidate_ids else "create"})
        register = self.import_id.filtered("register")
        if len(register) != 1:
            return True
        message = self.env._(
            "Chosen: %(count)s. Press “Done choosing”, then “Bring in”: they become candidates.",
            count=register.new_count,
        )
        return notify(message)
