from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError


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
    is_sure = fields.Boolean("I know that this cannot be undone")

    def _compute_display_name(self):
        self.display_name = self.env._("Anonymise")

    @api.depends("person_ids")
    def _compute_preview(self):
        """How much is held on each, and what another contact bears too, which texts therefore keep."""
        for wizard in self:
            wizard.person_ids._relationship_check_pilot()
            persons = wizard.person_ids._origin.sudo()
            texts = persons._relationship_find_texts(persons._relationship_get_pattern())
            wizard.preview = Markup("").join(wizard._describe(person) for person in persons) + Markup("<p>%s</p>") % (
                self.env._("Texts that name them: %(count)s", count=sum(map(len, texts.values())))
            )

    def _describe(self, person):
        sections = person._relationship_get_personal_sections()
        counted = Markup(" · ").join(f"{title}: {len(rows)}" for title, _columns, rows in sections if rows)
        text = Markup("<p><strong>%s</strong><br/>%s</p>") % (person.display_name, counted or "-")
        if not person._relationship_get_patterns(self.person_ids._origin).get("name"):
            text += Markup("<p class='text-warning-emphasis'>%s</p>") % self.env._(
                "This name is a single word, or another contact bears it too: texts keep it, and you read them over."
            )
        return text

    def action_apply(self):
        """Anonymise, and say where they are still named.

        :raise AccessError: the user is no pilot
        :raise UserError: the box is not ticked, or somebody cannot be anonymised
        """
        self.ensure_one()
        if not self.is_sure:
            raise UserError(self.env._("Tick the box first: this cannot be undone."))
        left = self.person_ids._relationship_anonymise(self.never_again)
        count = len(self.person_ids)
        self.sudo().unlink()
        message = self.env._("%(count)s persons are anonymised.", count=count)
        if left:
            places = {f"{self.env[model]._description} ({len(ids)})" for (model, _name), ids in left.items()}
            message += " " + self.env._("Still named in: %(places)s. Look at them.", places=", ".join(sorted(places)))
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
