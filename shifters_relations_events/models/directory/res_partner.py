from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.addons.shifters_relations.groups import MEMBERS
from odoo.addons.shifters_relations.names import Name
from odoo.fields import Domain

from .relationship_directory_card import STAGES, STATES

KNOWN_FOR = relativedelta(years=1)  # after a contact


class ResPartner(models.Model):
    """Who does what (N4): what organisations say of themselves, in a line each."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_does = Name("What they do", copy=False, groups=MEMBERS)
    relationship_offers = Name("What they offer", copy=False, groups=MEMBERS)
    relationship_seeks = Name("What they look for", copy=False, groups=MEMBERS)
    relationship_card_ids = fields.One2many(
        "relationship.directory.card", "organisation_id", "Directory card", readonly=True, copy=False, groups=MEMBERS
    )
    relationship_card_state = fields.Selection(
        STATES, "Directory", compute="_compute_relationship_card", groups=MEMBERS
    )
    relationship_card_confirmed_on = fields.Date(
        "Confirmed on", compute="_compute_relationship_card", groups=MEMBERS, help="By the organisation itself."
    )
    relationship_known_by_ids = fields.Many2many(
        "res.users",
        string="Who knows them",
        compute="_compute_relationship_known_by_ids",
        groups=MEMBERS,
        help="The contact owner, and who of the team has had a contact with them within a year.",
    )

    _relationship_no_activity_of_persons = models.Constraint(
        """CHECK(is_company IS TRUE OR (
            relationship_does IS NULL AND relationship_offers IS NULL AND relationship_seeks IS NULL
        ))""",
        "What somebody does, offers and looks for is noted about organisations, never about a person.",
    )

    @api.depends("relationship_card_ids.state", "relationship_card_ids.confirmed_on")
    def _compute_relationship_card(self):
        cards = {card.organisation_id.id: card for card in self.relationship_card_ids}
        for partner in self:
            card = cards.get(partner._origin.id)
            partner.relationship_card_state = card and card.state
            partner.relationship_card_confirmed_on = card and card.state == "confirmed" and card.confirmed_on

    @api.depends("relationship_owner_id", "relationship_synthesis_ids.state")
    def _compute_relationship_known_by_ids(self):
        """Compute who knows them: the owner first, then who of the team has written a synthesis of theirs lately."""
        since = fields.Date.context_today(self) - KNOWN_FOR
        written = self.env["relationship.synthesis"]._read_group(
            [("partner_id", "in", self.ids), ("state", "=", "done"), ("date", ">=", since)],
            ["partner_id"],
            ["author_id:recordset"],
        )
        authors = {partner.id: users for partner, users in written}
        members = self.env["relationship.member"]
        if authors:
            there = [("user_id", "in", [user.id for users in authors.values() for user in users])]
            members = members.search_fetch([*there, ("is_current", "=", True)], ["user_id"])
        for partner in self:
            lately = authors.get(partner._origin.id, members.user_id.browse()) & members.user_id
            partner.relationship_known_by_ids = partner.relationship_owner_id | lately

    def action_relationship_ask_cards(self):
        """Prepare the mails that ask these organisations to look at their cards; nothing is sent.

        :raise AccessError: the user is no organiser
        :raise UserError: nobody can be asked
        """
        return self.env["relationship.directory.card"]._ask(self)

    def action_relationship_open_card(self):
        """Open the card of an organisation that has one."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "relationship.directory.card",
            "res_id": self.relationship_card_ids[:1].id,
            "views": [(False, "form")],
        }

    def action_relationship_directory_file(self):
        """Download the directory, as a file of comma-separated values."""
        return {"type": "ir.actions.act_url", "url": "/relations/directory.csv", "target": "download"}

    def action_relationship_public_directory(self):
        """Open the settings of the public page."""
        directory = self.env.ref("shifters_relations_events.directory")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Public page"),
            "res_model": directory._name,
            "res_id": directory.id,
            "views": [(False, "form")],
        }

    @api.model
    def _relationship_get_directory_domain(self):
        """Return the domain of the organisations that the directory lists to members."""
        return Domain("is_company", "=", True) & Domain("relationship_stage", "in", STAGES)
