import logging
from collections import Counter
from datetime import timedelta

import psycopg2
from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from ...columns import TARGETS, propose, read_date, recognise
from ...groups import ORGANISERS
from ...sheets import TOGETHER, Unreadable, find_alike, read_sheet, sheet_names
from ...texts import fold
from ...tools import format_day, notify
from ..loop.res_partner import CHANNELS
from .reading import COMPANY, FIELD_OF, SOMEBODY
from .vocabulary import LEFT_OUT, OF_MEMBERS, RECORDS, Vocabulary

_logger = logging.getLogger(__name__)

DECISIONS = [
    ("ask", "To decide"),
    ("create", "New"),
    ("update", "Changed"),
    ("unchanged", "Unchanged"),
    ("skip", "Left out"),
    ("refused", "Could not be written"),
]
AT_ONCE = 1_000  # rows that a call previews, writes or takes back by itself; more are a job's
MOST_STILL = timedelta(hours=1)  # that a job may take for a batch
MOST_WORDS = 500  # of a column: one with more holds no words but texts
EXAMPLES = 3
# What people give; all else is noted by what is done.
GIVEN = {"file", "file_name", "sheet", "encoding", "channel", "step", "column_ids", "word_ids", "line_ids"}
GIVEN |= {"synonym_ids", "category_choice_ids", "level_choice_ids", "sector_choice_ids", "places", "still_registered"}
GIVEN.add("filled_column_ids")
GIVEN |= {f"{name}_line_ids" for name in ("ask", "new", "changed", "unchanged", "left", "kept")}
READ_AGAIN = {"file", "file_name", "sheet", "encoding"}
# What another preview comes of: how past contacts were made, and what is looked for in a register.
SHOW_AGAIN = {
    *("channel", "category_choice_ids", "level_choice_ids", "sector_choice_ids", "places", "still_registered"),
}


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
    sheet_names = fields.Json(
        "Sheets", readonly=True, help="Of the workbook; a list of names is those that may be read together."
    )
    alike_sheets = fields.Char("Sheets of the same columns, not read", compute="_compute_alike_sheets")
    is_together = fields.Boolean(compute="_compute_alike_sheets", help="Several sheets are read as one.")
    encoding = fields.Char(help="How the letters of a text file are written; found by itself, to be changed if wrong.")
    register = fields.Selection(
        [("hatvp", "Interest representatives (HATVP)"), ("rna", "Associations (RNA)"), ("sirene", "SIRENE")],
        readonly=True,
    )
    channel = fields.Selection(
        CHANNELS, "Mode of past contacts", help="Where the list says when, but not how; by phone, if nobody says it."
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
    known_as = fields.Char(
        "Recognised as", readonly=True, help="template, odoo, hatvp, rna, helloasso, google_contacts, google_forms."
    )
    samples = fields.Json("Rows with accents", readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    column_ids = fields.One2many("relationship.import.column", "import_id", "Columns")
    filled_column_ids = fields.One2many(
        "relationship.import.column", "import_id", "Columns that hold something", domain=[("example", "!=", False)]
    )
    empty_columns = fields.Char(compute="_compute_empty_columns")
    word_ids = fields.One2many("relationship.import.word", "import_id", "Words")
    synonym_ids = fields.Many2many(
        "relationship.import.synonym", string="Answered Before", help="Words of the list that earlier lists had too."
    )
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
    decided = fields.Json(
        "Decided lines",
        readonly=True,
        copy=False,
        help="What people decided of lines, for when the preview is made anew.",
    )
    job_user_id = fields.Many2one("res.users", "Begun by", readonly=True, copy=False, ondelete="set null")
    is_stuck = fields.Boolean(compute="_compute_is_stuck", help="Nothing has come of the work under way for an hour.")
    progress = fields.Float(compute="_compute_progress", help="Of what is under way, in percent.")
    message = fields.Char(readonly=True, copy=False, help="Why the job has stopped, if it has.")
    applied_on = fields.Datetime("Brought in on", readonly=True, copy=False)
    undone_on = fields.Datetime(readonly=True, copy=False)

    @api.depends("sheet", "sheet_names")
    def _compute_alike_sheets(self):
        for brought in self:
            together = next((each for each in brought.sheet_names or [] if isinstance(each, list)), [])
            brought.is_together = (brought.sheet or "").startswith(TOGETHER)
            others = [] if brought.is_together else [name for name in together if name != brought.sheet]
            brought.alike_sheets = ", ".join(others)

    @api.depends("column_ids.example")
    def _compute_empty_columns(self):
        for brought in self:
            empty = brought.column_ids.filtered(lambda column: not column.example)
            brought.empty_columns = ", ".join(filter(None, empty.mapped("header")))

    @api.depends("column_ids.target")
    def _compute_has_past_contacts(self):
        for brought in self:
            targets = set(brought.column_ids.mapped("target"))
            dated = {"last_contact_date", "last_contact_text"}
            brought.has_past_contacts = bool(dated & targets) and "last_contact_channel" not in targets

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
        """Compute how many of its lines a job has dealt with; that of a preview makes them all at its end."""
        under_way = self.filtered("job")
        counts = {}
        for brought, progress, count in self.env["relationship.import.line"]._read_group(
            [("import_id", "in", under_way.ids)], ["import_id", "progress"], ["__count"]
        ):
            counts.setdefault(brought.id, {})[progress] = count
        for brought in self:
            own = counts.get(brought.id, {})
            done = own.get("applied", 0) if brought.job == "apply" else own.get("undone", 0) + own.get("kept", 0)
            brought.progress = 100 * done / sum(own.values()) if own else 0

    def _compute_is_stuck(self):
        under_way = self.filtered("job")
        stuck = {row[0] for row in self.env.execute_query(self._get_stuck_query())} if under_way else ()
        for brought in self:
            brought.is_stuck = brought.id in stuck

    @api.model
    def _get_stuck_query(self):
        """Return the query of the ids of the lists whose job has done nothing for an hour: it does not run."""
        self.flush_model(["job"])
        self.env["relationship.import.line"].flush_model(["progress"])
        return SQL(
            """
            SELECT list.id
              FROM relationship_import AS list
             WHERE list.job IS NOT NULL AND list.write_date < %(before)s
               AND NOT EXISTS (
                   SELECT FROM relationship_import_line AS line
                    WHERE line.import_id = list.id AND line.write_date >= %(before)s
                   )
            """,
            before=fields.Datetime.now() - MOST_STILL,
        )

    def _go_on_again(self):
        """Have the job go on with lists that wait for it."""
        self.env.ref("shifters_relations.cron_import").sudo()._trigger()

    @api.model_create_multi
    def create(self, vals_list):
        self._check_organiser()
        for vals in vals_list:
            self._check_given(vals)
        return super().create(vals_list)

    def write(self, vals):
        """Extend core: another file, sheet or encoding is read anew; what was done cannot be told otherwise."""
        self._check_given(vals)
        result = super().write(vals)
        if not self.env.su and (given := READ_AGAIN & vals.keys()):
            self._check_before_apply()
            emptied = {
                "state": "draft",
                "decided": False,
                "message": False,
                "readers": False,
                "column_ids": [Command.clear()],
                "line_ids": [Command.clear()],
            }
            if {"file", "file_name"} & given and "sheet" not in vals:
                emptied["sheet"] = False
            if {"file", "file_name"} & given and "encoding" not in vals:
                emptied["encoding"] = False
            self.sudo().write(emptied)
        if not self.env.su and SHOW_AGAIN & vals.keys():
            self._check_before_apply()
            self._go_back_to_read()
        return result

    @api.model
    def _check_given(self, vals):
        """Check that people give what is theirs to give: undoing trusts what is noted of an import.

        :raise AccessError: something else is given
        """
        if not self.env.su and (further := vals.keys() - GIVEN):
            raise AccessError(
                self.env._("What became of a list is noted by itself: %(names)s.", names=", ".join(sorted(further)))
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        if not self.env.su and any(brought.state == "applied" or brought.job for brought in self):
            raise UserError(self.env._("A list that was brought in is kept: undo it first."))

    @api.model
    def _check_organiser(self):
        """Check that organisers alone bring lists in.

        :raise AccessError: the user is no organiser
        """
        if not (self.env.su or self.env.user.has_group(ORGANISERS)):
            raise self._make_refusal()

    def _make_refusal(self):
        return AccessError(self.env._("Organisers and the pilot bring lists in: ask one of them."))

    def _check_access(self, operation):
        """Extend core: who follows a link and may not bring lists in is told so, and no model's name."""
        result = super()._check_access(operation)
        if result and not self.env.user.has_group(ORGANISERS):
            return result[0], self._make_refusal
        return result

    def _check_before_apply(self):
        """Check that nothing of these lists was written, or is about to be.

        :raise UserError: it was brought in, undone, or a job is at it
        """
        for brought in self:
            if brought.job:
                raise UserError(self.env._("This list is being worked on: wait until it is done."))
            if brought.state in ("applied", "undone"):
                raise UserError(self.env._("This list was brought in already: begin a new import for another file."))

    def _go_back_to_read(self):
        """Drop what the preview showed: it was made from something else."""
        stale = self.sudo().filtered(lambda brought: brought.state == "previewed")
        stale.line_ids.unlink()
        stale.state = "read"

    # Reading

    def action_read(self):
        """Read the file: its columns, and the words that nobody knows.

        :raise AccessError: the user is no organiser
        :raise UserError: the file cannot be read, and why
        """
        self.ensure_one()
        self._check_organiser()
        self._check_before_apply()
        if self._recognise_register():
            self._read_register()
        else:
            self._read_list()
        return True

    def _read_list(self):
        """Read a list of somebody's: its columns, and the words that nobody knows.

        :raise UserError: the file cannot be read, and why
        """
        names, sheet = self._choose_sheet()
        targets = propose(sheet.headers, sheet.rows, self._get_labels())
        me = self.sudo()
        me.line_ids.unlink()
        me.column_ids.unlink()
        me.write(
            {
                "state": "read",
                "sheet_names": names,
                "encoding": sheet.encoding or False,
                "samples": sheet.samples,
                "row_count": len(sheet.rows),
                "known_as": recognise(sheet.headers) or False,
                "message": False,
                "column_ids": [
                    Command.create(self._prepare_column_values(sheet, index, target))
                    for index, target in enumerate(targets)
                ],
            }
        )
        self._find_words(self.column_ids, sheet)

    def _get_content(self):
        if not self.file and self.file_name:
            raise UserError(self.env._("There is nothing in this file."))
        if not self.file:
            raise UserError(self.env._("Choose a file first: a csv, an Excel or a LibreOffice sheet."))
        return self.with_context(bin_size=False).sudo()._get_file_attachment().raw

    def _say_name(self):
        if self.file_name:
            return self.env._("“%(name)s”", name=self.file_name)
        return self.env._("of %(date)s", date=format_day(self.env, self.create_date.date()))

    def _get_file_attachment(self):
        return self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_field", "=", "file"), ("res_id", "=", self.id)], limit=1
        )

    def _choose_sheet(self):
        """Return the names of the file's sheets, and the one that was chosen, else the first that holds a list.

        :raise UserError: the file cannot be read, and why
        """
        content = self._get_content()
        try:
            names = [name for name in sheet_names(content, self.file_name or "") if name]
            if self.sheet and (chosen := self.sheet.removeprefix(TOGETHER)) in names and len(names) > 1:
                return [*names, *self._get_together(content, chosen)], self._read_sheet()
        except Unreadable as error:
            raise UserError(self._say_unreadable(error)) from error
        if len(names) < 2:
            return names, self._read_sheet()
        failure = None
        for name in names:
            try:
                sheet = read_sheet(content, self.file_name or "", name, "")
            except Unreadable as error:
                failure = failure if failure and error.reason == "empty" else error
                continue
            self.sudo().sheet = name
            return [*names, *self._get_together(content, name)], sheet
        raise UserError(self._say_unreadable(failure)) from failure

    @api.model
    def _get_together(self, content, name):
        """Return in a list the names of the sheets that may be read together with one, itself first; none if alone."""
        alike = find_alike(content, name)
        return [alike] if len(alike) > 1 else []

    def action_read_together(self):
        """Read the sheets of the same columns as one list.

        :raise AccessError: the user is no organiser
        :raise UserError: they cannot be read, and why
        """
        self.ensure_one()
        self._check_organiser()
        if self.sheet and not self.sheet.startswith(TOGETHER):
            self.sheet = f"{TOGETHER}{self.sheet}"
        return self.action_read()

    def _read_sheet(self):
        """Return what the file holds.

        :raise UserError: it cannot be read, and why
        """
        content = self._get_content()
        try:
            return read_sheet(content, self.file_name or "", self.sheet or "", self.encoding or "")
        except Unreadable as error:
            raise UserError(self._say_unreadable(error)) from error

    @api.model
    def _is_naming(self, attachment, naming):
        """Return whether a kept file names somebody; one that cannot be read may.

        :param Naming naming: how texts name her
        """
        try:
            names = sheet_names(attachment.raw or b"", attachment.name or "")
            sheets = [read_sheet(attachment.raw, "", name) for name in names]
        except Unreadable as error:
            return error.reason not in ("empty", "no_header", "no_rows")
        return any(naming.find("\n".join([*sheet.headers, *row])) for sheet in sheets for row in sheet.rows)

    def _say_unreadable(self, error):
        """Return why a file cannot be read, in a sentence."""
        sentences = {
            "empty": self.env._("There is nothing in this file."),
            "no_header": self.env._("No line of headers was found: write above each column what it holds."),
            "not_a_sheet": self.env._(
                "This is no table: save it as csv, xlsx or ods with the program that made it, and try again."
            ),
            "password": self.env._("This file is protected by a password: save it without one, and try again."),
            "too_large": self.env._("This file is larger than 20 MB: divide it, and bring in the parts."),
            "too_wide": self.env._("This sheet has too many columns: keep those that are needed, and try again."),
            "too_long": self.env._("This sheet has more than 50,000 rows: divide it, and bring in the parts."),
            "bomb": self.env._("Unpacked, this file is too large to be read: save it anew, and try again."),
            "needs_calamine": self.env._(
                "This server reads csv files only: save it as csv, or have its administrator run"
                " “pip install python-calamine”."
            ),
            "needs_ijson": self.env._(
                "This server cannot read this register: take its csv view, or have its administrator run"
                " “pip install ijson”."
            ),
            "no_rows": self.env._("There is nothing below the headers."),
            "no_sheet": self.env._("This file has no such sheet: choose another one."),
            "broken": self.env._("This file is damaged: save it anew with the program that made it."),
            "encoding": self.env._("The letters of this file cannot be read so: choose another encoding."),
        }
        return sentences.get(error.reason) or sentences["not_a_sheet"]

    @api.model
    def _get_labels(self):
        """Return the targets by folded labels of fields, in any installed language, and by their technical names."""
        described = {target: self.env["res.partner"]._fields.get(name) for target, name in FIELD_OF.items()}
        labels = {}
        languages = ["en_US", *(code for code, _name in self.env["res.lang"].get_installed() if code != "en_US")]
        fields_of = {target: field for target, field in described.items() if field and target != "person_name"}
        partner = self.env["res.partner"]._fields
        fields_of |= {"is_company": partner["is_company"], "parent_name": partner["parent_id"]}
        for target, field in fields_of.items():
            names = [field._description_string(self.with_context(lang=code).env) for code in languages]
            technical = [field.name, f"{field.name}/id"] if field.type == "many2one" else [field.name]
            for name in [*names, *technical]:
                labels.setdefault(fold(name), target)
        company_type = partner["company_type"]
        for code in languages:
            labels.setdefault(fold(company_type._description_string(self.with_context(lang=code).env)), "is_company")
        labels |= {"company_type": "is_company", "id": "external_id"}
        for code in languages:
            labels.setdefault(fold(self.with_context(lang=code).env._("External ID")), "external_id")
        return labels

    def _prepare_column_values(self, sheet, index, target):
        words = {fold(row[index]) for row in sheet.rows} - {""}
        if target == "type" and words & SOMEBODY and words <= SOMEBODY | COMPANY:
            target = "is_company"
        if target == "person_name" and all(row[index].isdecimal() or not row[index] for row in sheet.rows):
            target = ""  # how many contacts there were, as Odoo exports it
        examples = []
        for row in sheet.rows:
            text = self._show_cell(" ".join(row[index].split()))
            if text and text not in examples:
                examples.append(text)
            if len(examples) == EXAMPLES:
                break
        return {
            "sequence": index,
            "header": sheet.headers[index],
            "example": " · ".join(examples),
            "target": target or False,
        }

    def _show_cell(self, text):
        """Return a cell as its reader writes it: a day was read as year, month, day."""
        return format_date(self.env, text) if read_date(text) == text else text

    # Words

    def _get_decided(self):
        """Return what was decided of words, in this list and in those before: values by (target, folded word)."""
        decided = self.env["relationship.import.synonym"]._get_decided()
        for word in self.word_ids:
            value = word._get_value()
            if value is not None:
                decided[word.target, fold(word.word)] = value
            else:
                decided.pop((word.target, fold(word.word)), None)
        return decided

    def _find_words(self, columns, sheet=None):
        """Note the words of some columns that nobody knows, each once, and guess what they stand for."""
        me = self.sudo()
        me.word_ids.filtered(lambda word: word.column_id in columns).unlink()
        columns = columns.filtered(lambda column: TARGETS.get(column.target, ("",))[0] == "word")
        columns = columns.filtered(lambda column: column.target != "member_of")
        if not columns:
            return
        sheet = sheet or self._read_sheet()
        synonyms = self.env["relationship.import.synonym"]._get_decided()
        vocabulary = Vocabulary(self.env, synonyms)
        values = []
        for column in columns:
            cells = Counter(row[column.sequence] for row in sheet.rows)
            unknown, written = Counter(), {}
            for text, count in cells.items():
                if not fold(text):
                    continue
                words = vocabulary.read(column.target, text)[2]
                words += [part for part in [text] if synonyms.get((column.target, fold(part))) == LEFT_OUT]
                for word in words:
                    unknown[fold(word)] += count
                    written.setdefault(fold(word), " ".join(word.split()))
            values += [
                self._prepare_word_values(column, vocabulary, written[word], count)
                for word, count in unknown.most_common(MOST_WORDS)
            ]
        self.env["relationship.import.word"].sudo().create(values)
        self._note_synonyms(columns, vocabulary)

    def _note_synonyms(self, columns, vocabulary):
        """Note which words of some columns are known by an earlier answer alone, so that it can be mended."""
        answered = {
            (target, word)
            for target, word in vocabulary.used
            if vocabulary.get_words(target).get(word) != {vocabulary.decided[target, word]}
            and vocabulary.decided[target, word] != LEFT_OUT
        }
        others = (self.column_ids - columns).mapped("target")
        synonyms = self.env["relationship.import.synonym"].search(
            [("word", "in", [word for _target, word in answered])]
        )
        synonyms = synonyms.filtered(lambda each: (each.target, each.word) in answered)
        self.sudo().synonym_ids = self.synonym_ids.filtered(lambda each: each.target in others) | synonyms

    def _prepare_word_values(self, column, vocabulary, word, count):
        """Return the values of a word, with the nearest that is known as a proposal."""
        target = column.target
        is_left = vocabulary.decided.get((target, fold(word))) == LEFT_OUT
        guessed = None if is_left else vocabulary.guess(target, word)
        reason = False
        if vocabulary.is_ambiguous(target, word):
            reason = self.env._("Several bear this name: choose one.")
        elif vocabulary.is_archived(target, word):
            reason = self.env._("It is archived.")
        elif target in OF_MEMBERS and guessed is None:
            reason = self.env._("Nobody of the team today bears this name.")
        values = {
            "import_id": self.id,
            "column_id": column.id,
            "word": word,
            "row_count": count,
            "reason": reason,
            "decision": "leave" if is_left else "use" if guessed is not None else False,
        }
        if guessed is not None:
            values |= {"record_ref": f"{RECORDS[target]},{guessed}"} if target in RECORDS else {"value": guessed}
        return values

    # What takes long

    def _lock(self):
        """Take this list for this transaction: two servers, or two clicks, do not write it twice.

        :raise UserError: somebody else has it
        """
        if not self.sudo().try_lock_for_update(allow_referencing=True):
            raise UserError(self.env._("This list is being worked on: wait until it is done."))

    def _begin(self, job):
        """Hand a long work over to the job, and say so."""
        self.sudo().write({"job": job, "job_user_id": self.env.uid, "message": False})
        self.env.ref("shifters_relations.cron_import").sudo()._trigger()
        return notify(self.env._("This list is long: it goes on by itself, and takes some minutes."), "info")

    @api.model
    def _cron_go_on(self):
        """Go on with the lists that are being worked on, with the rights of who began, a batch a transaction."""
        progress = self.env["ir.cron"]._commit_progress
        waiting = self.search([("job", "!=", False)], order="id")
        progress(remaining=len(waiting))
        for found in waiting:
            if not found.try_lock_for_update(allow_referencing=True) or not found.job:
                continue
            user = found.job_user_id or found.create_uid
            brought = found.with_user(user).with_context(lang=user.lang, tz=user.tz)
            try:
                while not brought._go_on():
                    if not progress():
                        return
                    if not found.try_lock_for_update(allow_referencing=True):
                        break
            except psycopg2.OperationalError:  # another server was quicker, or the database was away: go on later
                self.env.cr.rollback()
                self.env.ref("shifters_relations.cron_import")._trigger()
            except Exception as error:
                self.env.cr.rollback()
                self.env["ir.cron"]._relationship_note_failure(error, found)
                said = str(error) if isinstance(error, UserError) else self.env._("It stopped unexpectedly: try again.")
                found.write({"job": False, "message": said})
            progress(1)

    def _go_on(self):
        """Do one batch of what is under way.

        :return: whether that was the last one
        """
        self._check_organiser()
        if self.job == "preview":
            self._preview()
            is_done = True
        elif self.job == "apply":
            is_done = not self._apply_batch()
            if is_done:
                self._end_apply()
        else:
            is_done = not self._undo_batch()
            if is_done:
                self._end_undo()
        if is_done:
            self.sudo().job = False
        return is_done
