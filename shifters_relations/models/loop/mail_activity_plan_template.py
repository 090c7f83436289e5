from odoo import fields, models

TEAM_RESPONSIBLES = ("relationship_owner", "relationship_organiser")


class MailActivityPlanTemplate(models.Model):
    """Steps of a plan may fall to the organisation's owner, or to the organiser of the pair (C4)."""

    _inherit = "mail.activity.plan.template"

    responsible_type = fields.Selection(
        selection_add=[
            ("relationship_owner", "Contact owner"),
            ("relationship_organiser", "Paired organiser"),
        ],
        ondelete={"relationship_owner": "cascade", "relationship_organiser": "cascade"},
    )

    def _get_date_deadline(self, base_date=False):
        """Extend core: a step of the team is on a working day of its member, where the screen tells who that is."""
        day = super()._get_date_deadline(base_date)
        if self.responsible_type not in TEAM_RESPONSIBLES:
            return day
        is_on_partners = self.env.context.get("active_model") == "res.partner"
        partners = self.env["res.partner"].browse((is_on_partners and self.env.context.get("active_ids")) or [])
        keeper = len(partners) == 1 and self._determine_responsible(False, partners)["responsible"]
        return (keeper or self.env["res.users"])._relationship_get_open_day(day)

    def _determine_responsible(self, on_demand_responsible, applied_on_record):
        if self.responsible_type not in TEAM_RESPONSIBLES:
            return super()._determine_responsible(on_demand_responsible, applied_on_record)
        owner = applied_on_record.sudo().relationship_owner_id if applied_on_record._name == "res.partner" else None
        if not owner:
            error = self.env._("%(name)s has no contact owner.", name=applied_on_record.display_name)
            return {"error": error, "warning": False, "responsible": False}
        organiser = owner.relationship_member_ids.organiser_id.filtered("is_current").user_id
        if self.responsible_type == "relationship_owner" or organiser:
            responsible = owner if self.responsible_type == "relationship_owner" else organiser
            return {"error": False, "warning": False, "responsible": responsible}
        warning = self.env._("%(name)s has no paired organiser: the step falls to the owner.", name=owner.name)
        return {"error": False, "warning": warning, "responsible": owner}
