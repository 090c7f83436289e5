from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...groups import ORGANISERS
from ..loop.res_partner import CHANNELS

DECISIONS = [
    ("ask", "To decide"),
    ("create", "New"),
    ("update", "Changed"),
    ("unchanged", "Unchanged"),
    ("skip", "Left out"),
    ("refused", "Could not be written"),
]
AT_ONCE = 1_000  # lines that a call reads, writes or takes back by itself; more are a job's


class RelationshipImport(models.Model):
    """One list brought in, and kept: what it was, what became of each of its lines (B1, B2, B4).

    A list is *read* (its columns, and the words that nobody knows), then *previewed* (one line for each
    organisation and each person, with what would become of it), then *applied*, and may be *undone*. Nothing
    of the base is written before it was shown, and what is ambiguous is asked.
    """

    _name = "relationship.import"
    _description = "List Brought In"
    _rec_name = "file_name"
    _order = "id desc"

    # What was given

    file = fields.Binary(attachment=True)
    file_name = fields.Char("List")
    sheet = fields.Char()
    sheet_names = fields.Json("Sheets", readonly=True)
    encoding = fields.Char(help="How the letters of a text file are written; found by itself, to be changed if wrong.")
    register = fields.Selection(
        [("hatvp", "Interest representatives (HATVP)"), ("rna", "Associations (RNA)"), ("sirene", "SIRENE")],
        readonly=True,
    )
    channel = fields.Selection(
        CHANNELS, "Mode of past contacts", default="phone", help="Where the list says when, but not how."
    )

    # What was found

    state = fields.Selection(
        [
            ("draft", "To read"),
            ("read", "Columns and words"),
            ("previewed", "Preview"),
            ("applied", "Brought in"),
            ("undone", "Undone"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    known_as = fields.Char("Recognised as", readonly=True, help="template, odoo, hatvp, rna, helloasso, google_forms.")
    samples = fields.Json("Rows with accents", readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    column_ids = fields.One2many("relationship.import.column", "import_id", "Columns")
    word_ids = fields.One2many("relationship.import.word", "import_id", "Words")
    has_past_contacts = fields.Boolean(compute="_compute_has_past_contacts")
    line_ids = fields.One2many("relationship.import.line", "import_id", "Lines")
    ask_line_ids = fields.One2many(
        "relationship.import.line", "import_id", "To Decide", domain=[("decision", "=", "ask")]
    )
    new_line_ids = fields.One2many("relationship.import.line", "import_id", "New", domain=[("decision", "=", "create")])
    changed_line_ids = fields.One2many(
        "relationship.import.line", "import_id", "Changed", domain=[("decision", "=", "update")]
    )
    unchanged_line_ids = fields.One2many(
        "relationship.import.line", "import_id", "Unchanged", domain=[("decision", "=", "unchanged")]
    )
    left_line_ids = fields.One2many(
        "relationship.import.line", "import_id", "Left Out", domain=[("decision", "in", ["skip", "refused"])]
    )
    kept_line_ids = fields.One2many(
        "relationship.import.line", "import_id", "Not Undone", domain=[("progress", "=", "kept")]
    )

    # Figures

    ask_count = fields.Integer("Lines to decide", compute="_compute_counts")
    new_count = fields.Integer("New lines", compute="_compute_counts")
    changed_count = fields.Integer("Changed lines", compute="_compute_counts")
    unchanged_count = fields.Integer("Unchanged lines", compute="_compute_counts")
    left_count = fields.Integer("Lines left out", compute="_compute_counts")
    refused_count = fields.Integer("Lines that could not be written", compute="_compute_counts")
    organisation_count = fields.Integer("New organisations", compute="_compute_counts")
    person_count = fields.Integer("New persons", compute="_compute_counts")
    contact_count = fields.Integer("Past contacts", compute="_compute_contact_count")

    # What is going on

    job = fields.Selection(
        [("preview", "Being previewed"), ("apply", "Being brought in"), ("undo", "Being undone")],
        "Under way",
        readonly=True,
        copy=False,
    )
    progress = fields.Float(compute="_compute_progress", help="Of what is under way, in percent.")
    message = fields.Char(readonly=True, copy=False, help="Why the job has stopped, if it has.")
    applied_on = fields.Datetime("Brought in on", readonly=True, copy=False)
    undone_on = fields.Datetime(readonly=True, copy=False)

    @api.depends("column_ids.target")
    def _compute_has_past_contacts(self):
        for brought in self:
            targets = set(brought.column_ids.mapped("target"))
            brought.has_past_contacts = "last_contact_date" in targets and "last_contact_channel" not in targets

    @api.depends("line_ids.decision")
    def _compute_counts(self):
        counts = {}
        for brought, kind, decision, count in self.env["relationship.import.line"]._read_group(
            [("import_id", "in", self.ids)], ["import_id", "kind", "decision"], ["__count"]
        ):
            counts.setdefault(brought.id, {})[kind, decision] = count
        for brought in self:
            own = counts.get(brought._origin.id, {})

            def count(decision, own=own):
                return own.get(("organisation", decision), 0) + own.get(("person", decision), 0)

            brought.ask_count = count("ask")
            brought.new_count = count("create")
            brought.changed_count = count("update")
            brought.unchanged_count = count("unchanged")
            brought.refused_count = count("refused")
            brought.left_count = count("skip") + count("refused")
            brought.organisation_count = own.get(("organisation", "create"), 0)
            brought.person_count = own.get(("person", "create"), 0)

    def _compute_contact_count(self):
        counts = dict(
            self.env["relationship.synthesis"]._read_group([("import_id", "in", self.ids)], ["import_id"], ["__count"])
        )
        for brought in self:
            brought.contact_count = counts.get(brought._origin, 0)

    def _compute_progress(self):
        for brought in self:
            lines = brought.line_ids
            done = lines.filtered("progress")
            brought.progress = 100 * len(done) / len(lines) if brought.job and lines else 0

    @api.model
    def _check_organiser(self):
        """Check that organisers alone bring lists in.

        :raise AccessError: the user is no organiser
        """
        if not (self.env.su or self.env.user.has_group(ORGANISERS)):
            raise AccessError(self.env._("Organisers and the pilot bring lists in: ask one of them."))

    def action_read(self):
        """Read the file: its columns, and the words that nobody knows.

        :raise AccessError: the user is no organiser
        :raise UserError: the file cannot be read, and why
        """
        self._check_organiser()

    def action_preview(self):
        """Show what would become of each organisation and each person; nothing of the base is written.

        :raise AccessError: the user is no organiser
        """
        self._check_organiser()

    def action_apply(self):
        """Write what the preview showed and was kept.

        :raise AccessError: the user is no organiser
        """
        self._check_organiser()

    def action_undo(self):
        """Take back what this list brought and nobody has touched since; the rest is listed.

        :raise AccessError: the user is no organiser
        """
        self._check_organiser()
