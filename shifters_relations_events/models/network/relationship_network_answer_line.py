from markupsafe import Markup
from odoo import fields, models

ACQUAINTANCES = [("no", "No"), ("little", "A little"), ("well", "Well")]


class RelationshipNetworkAnswerLine(models.Model):
    """How well one person knows somebody at one organisation: a lead for its contact owner.

    Whom she knows is asked by no form (G): the owner calls her, and she decides whether to tell.
    """

    _name = "relationship.network.answer.line"
    _description = "Acquaintance at an Organisation"
    _inherit = ["relationship.naming.mixin"]
    _order = "acquaintance desc, id desc"
    _rec_name = "organisation_id"

    answer_id = fields.Many2one(
        "relationship.network.answer", "Who", required=True, index=True, readonly=True, ondelete="cascade"
    )
    call_id = fields.Many2one(related="answer_id.call_id", store=True, precompute=True, index=True, ondelete="cascade")
    organisation_id = fields.Many2one("res.partner", required=True, index=True, readonly=True, ondelete="cascade")
    acquaintance = fields.Selection(ACQUAINTANCES, "Knows someone there", required=True, readonly=True)
    may_mention = fields.Boolean("May be mentioned", readonly=True)
    email = fields.Char(related="answer_id.email")
    answered_on = fields.Datetime(related="answer_id.answered_on")
    is_told = fields.Boolean("The owner knows", readonly=True)

    _one_each = models.UniqueIndex("(answer_id, organisation_id)")

    def _notify_owners(self):
        """Notify each owner once of somebody who knows someone at her organisation.

        Every user of the database reads an organisation's messages: who it is stays on the list
        that members alone see.
        """
        new = self.filtered(lambda line: line.acquaintance != "no" and not line.is_told)
        new.is_told = True
        author = self.env.ref("base.partner_root")
        for line in new:
            owner = line.organisation_id.relationship_owner_id
            if owner and not owner._relationship_filter_current():
                owner = self.env["ir.cron"].sudo()._relationship_get_reader()
            language = owner.partner_id._relationship_get_lang()
            organisation = line.organisation_id.with_context(lang=language)
            said = organisation.env._(
                "Network call: somebody knows a person at %(name)s. See who under “Relation”.", name=organisation.name
            )
            body = Markup("<p>%s</p>") % said
            organisation._message_log(body=body, author_id=author.id)
            if owner and organisation._relationship_filter_readable(owner):
                body = organisation.env["ir.qweb"]._render(
                    "shifters_relations.mail_message",
                    {
                        "sentences": [said],
                        "url": f"{organisation.get_base_url()}/odoo/organisations/{organisation.id}",
                        "action": organisation.env._("Open the organisation"),
                    },
                    lang=language,
                )
                organisation.message_notify(
                    partner_ids=owner.partner_id.ids,
                    subject=organisation.env._("Somebody knows a person at %(name)s", name=organisation.name),
                    body=body,
                    author_id=author.id,
                    email_from=organisation.env.company.email_formatted or None,
                    email_layout_xmlid="shifters_relations.mail_layout",
                    force_send=False,
                )
