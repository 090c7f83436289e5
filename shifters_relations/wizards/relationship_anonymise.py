import hashlib
from collections import Counter

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.privacy.held import get_gone
from ..tools import notify

QUOTED, NAMED = 20, 5  # texts shown before, records named after
PRIVATE = {"mail.message", "mail.mail", "relationship.logged.mail"}  # counted, and not shown: they may be others'


class RelationshipAnonymise(models.TransientModel):
    """What anonymising these persons will do, and the question whether to do it (G5)."""

    _name = "relationship.anonymise"
    _description = "Anonymise Persons"

    person_ids = fields.Many2many("res.partner", string="Persons", required=True, context={"active_test": False})
    preview = fields.Html("What we hold", compute="_compute_preview")
    never_again = fields.Boolean(
        "Never contact these addresses again",
        help="Only an unreadable key of each address is kept, which recognises it when it is imported again.",
    )
    in_texts = fields.Boolean(
        "Take the names out of the team's texts too",
        default=True,
        help="Untick it where a name is not this person's: a function, a school, a street.",
    )
    shown = fields.Char("Key of what was shown", compute="_compute_shown", store=True, readonly=False)
    is_stale = fields.Boolean("Changed meanwhile", readonly=True)
    is_sure = fields.Boolean("I know that this cannot be undone")

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Anonymise")

    def _get_forgotten(self):
        """Return what will be done, as doing it finds it.

        :rtype: Plan
        :raise AccessError: the user is no pilot
        """
        self.person_ids._relationship_check_pilot()
        return self.person_ids._origin._relationship_plan_forgetting(self.in_texts)

    @api.depends("person_ids", "in_texts")
    @api.depends_context("lang")
    def _compute_preview(self):
        """Compute how much is held on each, what goes, which texts change, and the names that texts keep."""
        for wizard in self:
            naming, held, texts, _found, everywhere = wizard._get_forgotten()
            bearers = everywhere._relationship_search_emails(everywhere._relationship_get_all_emails())
            described = [wizard._describe(person, naming, bearers) for person in wizard.person_ids._origin.sudo()]
            wizard.preview = (
                Markup("").join(described) + wizard._describe_gone(held) + wizard._describe_texts(naming, texts)
            )

    @api.depends("person_ids", "in_texts")
    def _compute_shown(self):
        for wizard in self:
            wizard.shown = wizard._get_key(wizard._get_forgotten())

    def _get_key(self, plan):
        """Return what tells whether something has changed since it was shown."""
        shown = [
            [sorted(known) for known in (plan.naming.names, plan.naming.emails, plan.naming.phones)],
            sorted((model, sorted(records.ids)) for model, records in get_gone(plan.held).items()),
            sorted((place, sorted(ids)) for place, ids in plan.texts.items()),
        ]
        return hashlib.sha256(repr(shown).encode()).hexdigest()

    def _describe(self, person, naming, bearers):
        """Return how much is held on a person, and whether texts will go on naming her."""
        counts = Counter()
        for kind in person._relationship_with_addresses()._relationship_get_held(bearers):
            counts[kind.title] += len(kind.records) if kind.title else 0
        text = Markup("<p><strong>%s</strong><br/>%s</p>") % (
            person.display_name,
            self._describe_counts(counts.items()),
        )
        if not naming.knows(person.name):
            text += Markup("<p class='text-warning-emphasis'>%s</p>") % self.env._(
                "This name is a single word, or another contact bears it too: texts keep it, and you read them over."
            )
        return text

    def _describe_gone(self, held):
        counts = [(self.env["ir.model"]._get(model).name, len(records)) for model, records in get_gone(held).items()]
        return Markup("<p>%s</p>") % self.env._("Deleted: %(counts)s", counts=self._describe_counts(sorted(counts)))

    def _describe_counts(self, counts):
        """Return numbers of things, in words.

        :param counts: pairs of a name and a number
        """
        described = [self.env._("%(what)s: %(count)s", what=what, count=count) for what, count in counts if count]
        return " · ".join(described) or "-"

    def _count_texts(self, texts):
        """Count the texts of each kind, by the name of their model."""
        counts = Counter()
        for (model, _name), ids in texts.items():
            counts[self.env["ir.model"]._get(model).name] += len(ids)
        return counts

    def _describe_texts(self, naming, texts):
        """Return how many texts change, and what the first ones say: only a human sees whether it is she."""
        shown = [
            (model, name, record_id)
            for (model, name), ids in texts.items()
            if model not in PRIVATE
            for record_id in ids
        ]
        quotes = [
            (
                self.env["ir.model"]._get(model).name,
                self.env["res.partner"]._relationship_quote(self.env[model].sudo().browse(record_id)[name], naming),
            )
            for model, name, record_id in shown[:QUOTED]
        ]
        lines = Markup("").join(Markup("<li>%s · %s</li>") % quote for quote in quotes)
        counts = self._count_texts(texts)
        title = self.env._("Texts that name them, and will not: %(count)s", count=counts.total())
        counted = self._describe_counts(sorted(counts.items())) if counts else ""
        return Markup("<p>%s<br/>%s</p><ul class='text-muted'>%s</ul>") % (title, counted, lines)

    def action_apply(self):
        """Anonymise, and say where they are still named.

        Where something has changed since it was shown, it is shown again and nothing is done.

        :raise AccessError: the user is no pilot
        :raise UserError: the box is not ticked, or somebody cannot be anonymised
        """
        self.ensure_one()
        if not self.is_sure:
            raise UserError(self.env._("Tick the box first: this cannot be undone."))
        plan = self._get_forgotten()
        if self.shown != (now := self._get_key(plan)):
            self.write({"shown": now, "is_stale": True, "is_sure": False})
            return self._get_action()
        texts, left = self.person_ids._relationship_anonymise(self.never_again, self.in_texts, plan)
        is_lost = self.env["relationship.privacy"]._find_list_trouble()
        count, changed = len(self.person_ids), self._count_texts(texts).total()
        self.sudo().unlink()
        message = self.env._("Anonymised persons: %(count)s. Texts changed: %(texts)s.", count=count, texts=changed)
        if left:
            places = ", ".join(sorted({self._name_place(model, ids) for (model, _name), ids in left.items()}))
            message += " " + self.env._("Still named in: %(places)s. Look at them.", places=places)
        if is_lost:
            message += " " + self.env._(
                "The list of who was anonymised cannot be written: tell the administrator, before a backup is restored."
            )
        return notify(message, "warning" if left or is_lost else "success", sticky=bool(left or is_lost))

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Anonymise"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _name_place(self, model, ids):
        """Return where a name is left: the records, as far as the user may read them."""
        records = self.env[model].browse(ids)._filtered_access("read")
        names = [name or "" for name in records[:NAMED].mapped("display_name")]
        return f"{records._description} ({len(ids)}{': ' if names else ''}{', '.join(names)})"
