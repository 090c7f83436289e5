from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError

QUOTED, NAMED = 20, 5  # texts shown before, records named after
PRIVATE = {"mail.message", "mail.mail"}  # counted, and not shown: they may be others'


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
    is_sure = fields.Boolean("I know that this cannot be undone")

    def _compute_display_name(self):
        self.display_name = self.env._("Anonymise")

    @api.depends("person_ids")
    def _compute_preview(self):
        """How much is held on each, what texts will be changed, and the names that texts keep."""
        for wizard in self:
            wizard.person_ids._relationship_check_pilot()
            persons = wizard.person_ids._origin.sudo()
            everywhere = persons._relationship_with_addresses()
            described = [wizard._describe(person, everywhere) for person in persons]
            wizard.preview = Markup("").join(described) + wizard._describe_texts(everywhere)

    def _describe(self, person, together):
        """How much is held on a person, and whether texts will go on naming her.

        :param together: the persons who are anonymised, with their further addresses
        """
        sections = person._relationship_with_addresses()._relationship_get_personal_sections()
        counted = Markup(" · ").join(
            self.env._("%(what)s: %(count)s", what=title, count=len(rows)) for title, _columns, rows in sections if rows
        )
        text = Markup("<p><strong>%s</strong><br/>%s</p>") % (person.display_name, counted or "-")
        if "name" not in person._relationship_get_own_patterns(together):
            text += Markup("<p class='text-warning-emphasis'>%s</p>") % self.env._(
                "This name is a single word, or another contact bears it too: texts keep it, and you read them over."
            )
        return text

    def _describe_texts(self, persons):
        """How many texts will be changed, and what the first ones say: only a human sees whether it is she."""
        patterns = persons._relationship_get_patterns()
        found = [
            (model, name, record_id)
            for (model, name), ids in persons._relationship_find_texts(patterns).items()
            if persons._relationship_is_rewritten(model, name) and model != persons._name
            for record_id in ids
        ]
        shown = [place for place in found if place[0] not in PRIVATE]
        quotes = [
            (
                self.env["ir.model"]._get(model).name,
                persons._relationship_quote(self.env[model].sudo().browse(record_id)[name], patterns),
            )
            for model, name, record_id in shown[:QUOTED]
        ]
        lines = Markup("").join(Markup("<li>%s · %s</li>") % quote for quote in quotes)
        title = self.env._("Texts that name them: %(count)s", count=len(found))
        return Markup("<p>%s</p><ul class='text-muted'>%s</ul>") % (title, lines)

    def action_apply(self):
        """Anonymise, and say where they are still named.

        :raise AccessError: the user is no pilot
        :raise UserError: the box is not ticked, or somebody cannot be anonymised
        """
        self.ensure_one()
        if not self.is_sure:
            raise UserError(self.env._("Tick the box first: this cannot be undone."))
        left = self.person_ids._relationship_anonymise(self.never_again, self.in_texts)
        count = len(self.person_ids)
        self.sudo().unlink()
        message = self.env._("Anonymised persons: %(count)s.", count=count)
        if left:
            places = ", ".join(sorted({self._name_place(model, ids) for (model, _name), ids in left.items()}))
            message += " " + self.env._("Still named in: %(places)s. Look at them.", places=places)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": message,
                "sticky": bool(left),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _name_place(self, model, ids):
        """Where a name is left: the records, as far as the user may read them."""
        records = self.env[model].browse(ids)._filtered_access("read")
        names = [name or "" for name in records[:NAMED].mapped("display_name")]
        return f"{records._description} ({len(ids)}{': ' if names else ''}{', '.join(names)})"
