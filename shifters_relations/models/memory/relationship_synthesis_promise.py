from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...groups import MEMBERS

PROMISE_PERIOD = timedelta(days=14)


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _relationship_get_promise_type(self):
        """Return the activity type of what was promised to an organisation."""
        type_id = self.env["ir.model.data"]._xmlid_to_res_id("shifters_relations.activity_type_promise")
        return self.browse(type_id or None)


class MailActivity(models.Model):
    _inherit = "mail.activity"  # pylint: disable=consider-merging-classes-inherited

    relationship_synthesis_id = fields.Many2one(
        "relationship.synthesis",
        "Promised in",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        readonly=True,
        groups=MEMBERS,
    )

    @api.model
    def _relationship_check_promise(self, vals):
        """Check that only validation, as superuser, points an activity to a synthesis, with which it goes and moves.

        :raise UserError: the values make a promise of something else
        """
        if vals.get("relationship_synthesis_id") and not self.env.su:
            raise UserError(self.env._("What was promised in a contact is written in its synthesis, a promise a line."))

    @api.ondelete(at_uninstall=False)
    def _unlink_log_promise(self):
        """Log on the organisation that a promise was dropped; one that is done is archived, not deleted."""
        if self.env.su:
            return
        promise_type_id = self.env["ir.model.data"]._xmlid_to_res_id("shifters_relations.activity_type_promise")
        dropped = self.filtered(
            lambda each: (
                each.activity_type_id.id == promise_type_id
                and each.active
                and each.summary
                and each.res_model == "res.partner"
            )
        )
        if not dropped:
            return
        bodies = {
            partner_id: self.env._("Promised, and dropped: %(promises)s", promises=", ".join(each.mapped("summary")))
            for partner_id, each in dropped.grouped("res_id").items()
        }
        self.env["res.partner"].browse(bodies)._message_log_batch(bodies)

    @api.model
    def _relationship_search_promises(self, domain):
        """Return what was promised to organisations and is not done, the most urgent first."""
        types = self.env["mail.activity.type"]._relationship_get_promise_type()
        promises = [("activity_type_id", "in", types.ids), ("res_model", "=", "res.partner")]
        return self.search(Domain(promises) & Domain(domain), order="date_deadline, id")


class RelationshipSynthesis(models.Model):
    """What was promised in a contact becomes, at its validation, something to do on the organisation.

    Each line is an ordinary activity of Odoo, which anybody marks done, moves or hands over as
    usual; as long as it is open, it shows wherever the next contact is prepared (S5).
    """

    _inherit = "relationship.synthesis"  # pylint: disable=consider-merging-classes-inherited

    promised = fields.Text("What we promised", help="One promise a line: each becomes something to do.")

    promise_ids = fields.One2many("mail.activity", "relationship_synthesis_id", "Promises", copy=False)

    def unlink(self):
        """Extend core: what was promised in a contact that never was is not to be done."""
        self.sudo().promise_ids.unlink()
        return super().unlink()

    def _get_promised_lines(self):
        """Return what was promised, a list of texts."""
        self.ensure_one()
        return [line for line in map(str.strip, (self.promised or "").splitlines()) if line]

    def _get_keeper(self):
        """Return who keeps the promises: the contact owner, else the author, else who validates it."""
        known = (self.partner_id.relationship_owner_id, self.author_id)
        return next((user for user in known if user.active), self.env.user)

    def _get_promised_day(self):
        """Return a day within two weeks on which who keeps the promise works."""
        keeper = self._get_keeper()
        return keeper._relationship_get_open_day(keeper._relationship_get_day() + PROMISE_PERIOD)

    def _plan_promises(self):
        """Plan what was promised and is not planned yet, for the contact owner, within two weeks."""
        promising = self.sudo().filtered("promised")
        promise_type = promising and self.env["mail.activity.type"]._relationship_get_promise_type()
        if not promise_type:
            return
        activities = self.env["mail.activity"].sudo().with_context(active_test=False, mail_activity_quick_update=True)
        planned = {
            (activity.relationship_synthesis_id, activity.summary)
            for activity in activities.search([("relationship_synthesis_id", "in", promising.ids)])
        }
        activities.create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": synthesis.partner_id.id,
                    "activity_type_id": promise_type.id,
                    "relationship_synthesis_id": synthesis.id,
                    "summary": line,
                    "user_id": synthesis._get_keeper().id,
                    "date_deadline": synthesis._get_promised_day(),
                }
                for synthesis in promising
                for line in synthesis._get_promised_lines()
                if (synthesis, line) not in planned
            ]
        )


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_promise_ids = fields.Many2many(
        "mail.activity", string="Promised, not done yet", compute="_compute_relationship_promise_ids", groups=MEMBERS
    )

    @api.depends("activity_ids.activity_type_id", "activity_ids.active")
    def _compute_relationship_promise_ids(self):
        promises = self._relationship_get_promises().grouped("res_id")
        for partner in self:
            partner.relationship_promise_ids = promises.get(partner._origin.id, self.env["mail.activity"])

    def _relationship_get_promises(self):
        """Return what was promised to these organisations and is not done, the most urgent first."""
        return self.env["mail.activity"]._relationship_search_promises([("res_id", "in", self._origin.ids)])
