from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import is_html_empty

NOTICE_PERIOD = relativedelta(days=30)  # GDPR article 14 (3): within a month


class RelationshipPrivacy(models.Model):
    """What the team promises to the persons it knows: what they are told, and how long they are kept (G3, G6).

    One row for the database; the pilot changes it.
    """

    _name = "relationship.privacy"
    _description = "Personal Data"

    notice = fields.Html(
        "What persons are informed of",
        translate=True,
        help="Goes at the end of the first mail to each person who was not informed yet, with where we have her from.",
    )
    retention_years = fields.Integer(
        "Years without contact",
        required=True,
        default=3,
        help="Persons whom nobody met, invited or heard for so long are proposed each month: keep, or anonymise.",
    )

    _one_only = models.UniqueIndex("((true))", "There is one such page, which is to be changed.")
    _check_retention = models.Constraint("CHECK(retention_years > 0)", "Persons are kept for a year at least.")

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Personal data")

    @api.model
    def _get(self):
        """Return the row, whoever asks, without one more query for each mail."""
        return self.sudo().browse(self.env["ir.model.data"]._xmlid_to_res_id("shifters_relations.relationship_privacy"))

    @api.model
    def _get_retention_years(self):
        return self._get().retention_years or 3

    @api.model
    def _get_retention_date(self):
        """Return the day since which nobody has met those who are proposed for deletion."""
        return fields.Date.context_today(self) - relativedelta(years=self._get_retention_years())

    @api.model
    def _has_notice(self):
        return not is_html_empty(self._get().notice)

    @api.model
    def _get_notice(self, person):
        """Return the notice to this person, in her language, with where we have her from (article 14).

        :return: markup, empty where the pilot emptied the text
        """
        me = self._get().with_context(lang=person._relationship_get_lang())
        if not me._has_notice():
            return ""
        return me.env["ir.qweb"]._render(
            "shifters_relations.privacy_notice",
            {
                "company": me.env.company.name,
                "notice": me.notice,
                "years": me.retention_years,
                "source": person.sudo().relationship_person_source,
            },
            lang=me.env.lang,
        )

    # The job

    @api.model
    def _cron_propose(self):
        """Mail the pilot each month whom nobody met for years, and whom nobody informed. A human decides (G3, G6)."""
        people = self.env["res.partner"].with_context(active_test=False)  # who has left is a person too
        dormant = people.search_count([("relationship_is_dormant", "=", True)])
        untold = people.search_count([("relationship_is_untold", "=", True)])
        if not (dormant or untold):
            return
        members = self.env["relationship.member"].search([("is_current", "=", True), ("role", "=", "pilot")])
        for lang, users in members.user_id.grouped(lambda user: user.partner_id._relationship_get_lang()).items():
            me = self.with_context(lang=lang)
            subject = (
                me.env._("Personal data: %(count)s persons to decide on", count=dormant + untold)
                if dormant + untold > 1
                else me.env._("Personal data: 1 person to decide on")
            )
            body = me.env["ir.qweb"]._render(
                "shifters_relations.privacy_mail",
                {
                    "dormant": dormant,
                    "untold": untold,
                    "years": me._get_retention_years(),
                    "url": f"{self.get_base_url()}/odoo/relations-retention",
                    "untold_url": f"{self.get_base_url()}/odoo/relations-untold",
                },
                lang=lang,
            )
            self.env["mail.thread"].message_notify(
                model=self._name,
                res_id=me._get().id,
                partner_ids=users.partner_id.ids,
                subject=subject,
                body=body,
                author_id=self.env.ref("base.partner_root").id,
                email_from=self.env.company.email_formatted or None,
                email_layout_xmlid="shifters_relations.mail_layout",
            )
