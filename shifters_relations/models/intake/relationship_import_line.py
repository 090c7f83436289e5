import hashlib

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...emails import split_emails
from ...names import Name
from ...texts import key_of
from .lines import CONTACTS, Matching, compare_line, match_person, say_new
from .reading import divide_person, read_person
from .relationship_import import DECISIONS
from .relationship_import_preview import JOINED

DIVIDE = "divide"  # among what is decided: a line is about several persons
DECIDED_BY_PEOPLE = {"decision", "partner_id", "same_line_id"}


class RelationshipImportLine(models.Model):
    """One organisation or person of a list, and what becomes of it (B2, B3).

    ``values`` is what the list says, as it is written; ``changes`` is what of it changes the base, in words:
    ``{field: [old, new]}``, and ``before`` what stood there. ``written`` is what was written and what stood
    there then, by which undoing compares.
    """

    _name = "relationship.import.line"
    _description = "Line of a List"
    _order = "import_id, sequence, id"

    import_id = fields.Many2one("relationship.import", "List", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(readonly=True)
    kind = fields.Selection([("organisation", "Organisation"), ("person", "Person")], required=True, readonly=True)
    name = Name(readonly=True)
    rows = fields.Char(readonly=True, help="Where it stands in the file, as people count its rows.")
    detail = fields.Char(readonly=True, help="What tells it from another one: its town, or its address.")
    organisation_line_id = fields.Many2one(
        "relationship.import.line", "Of the organisation", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    person_line_ids = fields.One2many("relationship.import.line", "organisation_line_id", "Persons")
    decision = fields.Selection(DECISIONS, required=True, default="ask")
    partner_id = fields.Many2one("res.partner", "In the base", index="btree_not_null", ondelete="set null")
    candidate_ids = fields.Many2many(
        "res.partner",
        "relationship_import_line_candidate_rel",
        "line_id",
        "partner_id",
        "Could be",
        context={"active_test": False},
        readonly=True,
    )
    same_line_id = fields.Many2one(
        "relationship.import.line",
        "Same as",
        index="btree_not_null",
        ondelete="set null",
        domain="[('import_id', '=', import_id), ('kind', '=', 'organisation'), ('id', '!=', id)]",
        help="The line of this list that may be about the same organisation; who chooses it makes them one line.",
    )
    may_divide = fields.Boolean(compute="_compute_may_divide")
    changes = fields.Json(readonly=True)
    changes_html = fields.Html("What changes", compute="_compute_changes_html", sanitize=False)
    reason = fields.Char("Why", readonly=True)
    values = fields.Json(readonly=True)
    before = fields.Json(readonly=True)
    contacts = fields.Json("Past contacts", readonly=True)
    remarks = fields.Json(readonly=True, help="What of its rows was not read, or is told otherwise by another one.")
    written = fields.Json(readonly=True)
    progress = fields.Selection(
        [("applied", "Written"), ("undone", "Taken back"), ("kept", "Not taken back")], "Done", readonly=True
    )

    @api.depends("changes")
    @api.depends_context("lang")
    def _compute_changes_html(self):
        """Compute the changes as people read them: a field a line, old → new."""
        partners = self.env["res.partner"]
        for line in self:
            told = []
            for name, (old, new) in (line.changes or {}).items():
                label = self.env._("Past contact") if name == CONTACTS else ""
                label = label or partners._fields[name]._description_string(self.env)
                arrow = Markup("<s>%s</s> → ") % old if old else ""
                told.append(Markup("<div><b>%s</b> %s%s</div>") % (label, arrow, new))
            line.changes_html = Markup("").join(told) or False

    @api.depends("kind", "name", "decision")
    def _compute_may_divide(self):
        """Compute whether a line that is to be decided names several persons, each by her name."""
        for line in self:
            line.may_divide = line.kind == "person" and line.decision == "ask" and bool(divide_person(line.name))

    def write(self, vals):
        """Extend core: people decide, and see at once what comes of it."""
        if self.env.su:
            return super().write(vals)
        if further := vals.keys() - DECIDED_BY_PEOPLE:
            raise AccessError(
                self.env._("Of a line, its decision alone can be changed, not %(names)s.", names=", ".join(further))
            )
        self._check_decidable()
        for line in self:
            if vals.get("same_line_id"):
                line._join(self.browse(vals["same_line_id"]))
                continue
            line._decide(vals.get("decision"), vals.get("partner_id"))
            line._remember(line._get_identity(), [vals.get("decision"), vals.get("partner_id")])
        return True

    def _check_decidable(self):
        """Check that the user may decide what becomes of these lines, and still can.

        :raise AccessError: the user is no organiser
        :raise UserError: the list was brought in already
        """
        self.check_access("write")
        self.import_id._check_organiser()
        self.import_id._check_before_apply()

    def _remember(self, identity, said):
        """Keep what was decided of this line, for when the preview is made anew."""
        brought = self.import_id.sudo()
        brought.decided = {**(brought.decided or {}), identity: said}

    def action_divide(self):
        """Let a line that names several persons be one for each of them.

        :raise AccessError: the user is no organiser
        :raise UserError: it names one, or not clearly who, or the list was brought in already
        """
        self._check_decidable()
        for line in self:
            identity = line._get_identity()
            line._decide(DIVIDE, False)
            line._remember(identity, [DIVIDE, False])
        return True

    def _get_identity(self):
        """Return what this line is known by when the preview is made anew; it names nobody."""
        name = hashlib.sha256(key_of(self.name or "").encode()).hexdigest()
        return f"{self.kind} {self.rows} {name[:12]}"

    def _decide(self, decision, partner_id):
        """Take a decision on this line, and work out what changes.

        :raise UserError: it cannot be done, and why
        """
        matching = Matching(self.import_id)
        if partner_id:
            partner = self.env["res.partner"].browse(partner_id).exists()
            partner.check_access("read")
            if self.kind == "organisation" and partner & self.candidate_ids and not partner.is_company:
                self._become_person()
            self._check_partner(partner)
            self._take(matching, partner)
        elif decision == "create":
            if self.partner_id and not self.partner_id.active:
                self._check_partner(self.partner_id)
            if self._is_own(matching):
                raise UserError(self.env._("%(name)s is our own organisation.", name=self.name or ""))
            if not self.name or (self.kind == "person" and not self.organisation_line_id):
                raise UserError(self.env._("This line names no organisation: it can only be left out."))
            if self.import_id.register and not self.values:
                raise UserError(self.env._("%(name)s: %(reason)s", name=self.name, reason=self.reason))
            self._make_new(matching)
        elif decision == DIVIDE:
            self._divide(matching)
        elif decision == "skip":
            self.sudo().decision = "skip"
            for person in self.person_line_ids.filtered(lambda each: each.decision == "create" and not self.partner_id):
                person.sudo().write({"decision": "skip", "reason": self.env._("Her organisation is left out.")})
        elif decision == "update" and self.partner_id:
            self._check_partner(self.partner_id)
            self._take(matching, self.partner_id)
        elif decision:
            raise UserError(
                self.env._("%(name)s: choose the one of the base, or new, or leave it out.", name=self.name or "")
            )
        else:
            self.sudo().write({"decision": "ask", "partner_id": False, "changes": {}})

    def _divide(self, matching):
        """Let this line be of the first person whom it names, and make one for each other: what is hers goes with her.

        Where there are as many addresses as persons, or as many numbers, each has hers; else the first has them all.

        :raise UserError: it names one, or not clearly who
        """
        names = divide_person(self.name) if self.kind == "person" else []
        if not names:
            raise UserError(self.env._("%(name)s: these cannot be told apart.", name=self.name or ""))
        told = dict(self.values or {})
        parts = {"email": list(split_emails(told.get("email"))), "phone": (told.get("phone") or "").split(" / ")}
        made = []
        for place, (name, function, _email, _phone) in enumerate(map(read_person, names)):
            values = {key: value for key, value in told.items() if not place or key not in parts}
            values |= {"name": name, **({"function": function} if function else {})}
            values |= {key: each[place] for key, each in parts.items() if len(each) == len(names)}
            made.append({"name": name, "values": values, "detail": values.get("email", False), "decision": "create"})
        lines = self.concat(self, *(self.sudo().copy(own).with_env(self.env) for own in made[1:]))
        self.sudo().write(made[0])
        organisation = self.organisation_line_id.partner_id
        matching.read_persons(organisation)
        matching.read_addressed({email for line in lines for email in split_emails(line.values.get("email"))})
        matching.read_umbrellas(organisation)
        for line in lines:
            line._note(match_person, matching, organisation)
        self.import_id._decide_again(lines)

    def _join(self, other):
        """Let this line and another one of its list be one: they are about the same organisation (B3).

        :raise UserError: they cannot be
        """
        brought = self.import_id
        if other.exists().import_id != brought or other == self or {self.kind, other.kind} != {"organisation"}:
            raise UserError(self.env._("%(name)s: choose another organisation of this list.", name=self.name or ""))
        if brought.register:
            raise UserError(self.env._("Two lines of a register are two organisations."))
        lines = self | other
        joined = [*(brought.decided or {}).get(JOINED, []), sorted(lines._get_numbers())]
        brought.sudo().decided = {**(brought.decided or {}), JOINED: joined}
        brought._preview_again(lines, other)

    def _get_numbers(self):
        """Return the numbers of the rows of these lines."""
        return {int(number) for line in self for number in line.rows.split(", ")}

    def _become_person(self):
        """Let this line be of the person whom the base knows, and not of an organisation: her address and telephone."""
        values = {name: value for name, value in (self.values or {}).items() if name in ("email", "phone")}
        self.sudo().write({"kind": "person", "values": values, "contacts": []})

    def _is_own(self, matching):
        return self.kind == "organisation" and key_of(self.name) in matching.own_names

    def _check_partner(self, partner):
        """Check that the line can stand for a contact of the base.

        :raise UserError: it is of another kind, archived, ours, or of another organisation
        """
        if not partner or partner.is_company != (self.kind == "organisation"):
            raise UserError(self.env._("%(name)s: choose one of the same kind.", name=self.name or ""))
        if not partner.active:
            raise UserError(
                self.env._(
                    "%(name)s is archived: take it back first, if it is to be followed again.", name=partner.name
                )
            )
        if partner._relationship_filter_own():
            raise UserError(self.env._("%(name)s is our own organisation.", name=partner.name))
        organisation = self.organisation_line_id.partner_id
        if self.kind == "person" and organisation and partner.commercial_partner_id != organisation:
            raise UserError(
                self.env._(
                    "%(name)s is of another organisation than %(organisation)s.",
                    name=partner.name,
                    organisation=organisation.name,
                )
            )

    def _take(self, matching, partner):
        """Let this line change a contact of the base, and its persons be sought among those who work there."""
        organisation = partner.commercial_partner_id
        matching.read_persons(organisation)
        matching.read_contacts(organisation)
        matching.read_addressed(self._get_addresses())
        matching.read_umbrellas(organisation)
        self._note(compare_line, matching, partner)
        for person in self.person_line_ids:
            person._note(match_person, matching, partner)

    def _make_new(self, matching):
        """Let this line make a new contact, and its persons be new too."""
        matching.read_persons(self.organisation_line_id.partner_id)
        matching.read_addressed(self._get_addresses())
        matching.read_umbrellas(self.env["res.partner"])
        line, remarks = self._get_line(), list(self.remarks or [])
        say_new(matching, line, remarks)
        reason = " ".join(dict.fromkeys(remarks)) or False
        made = {"partner_id": False, "decision": "create", "before": {}, "reason": reason}
        if self.partner_id:  # another one than this, which was shown
            made["candidate_ids"] = [fields.Command.link(self.partner_id.id)]
        self.sudo().write({**line, **made})
        for person in self.person_line_ids:
            person._note(match_person, matching, self.env["res.partner"])

    def _get_addresses(self):
        return {email for person in self.person_line_ids for email in split_emails((person.values or {}).get("email"))}

    def _get_line(self):
        return {
            "kind": self.kind,
            "name": self.name,
            "values": dict(self.values or {}),
            "contacts": list(self.contacts or []),
        }

    def _note(self, settle, matching, partner):
        line, remarks = (
            self._get_line() | {"partner_id": False, "before": {}, "candidate_ids": []},
            list(self.remarks or []),
        )
        settle(matching, line, partner, remarks)
        line["reason"] = line.get("reason") or " ".join(dict.fromkeys(remarks)) or False
        self.sudo().write(line)
