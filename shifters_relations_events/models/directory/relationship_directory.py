import json
import secrets

from markupsafe import Markup
from odoo import api, fields, models
from odoo.addons.shifters_relations.texts import fold

# What would end the block of data, or a line of a script, is written as JSON may write any character.
UNSAFE = {char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


class RelationshipDirectory(models.Model):
    """The public page of who does what (N4): one, closed until the pilot opens it.

    Each opening gives it a new address, and closing kills the one that was. It shows what organisations say of
    themselves, of those alone that were asked and did not refuse: no person, no size, no figure.
    """

    _name = "relationship.directory"
    _description = "Public Directory"

    is_open = fields.Boolean("Open to anyone", help="Whoever has the address sees it. Closing it kills the address.")
    message = fields.Text("Introduction", help="A few words above the organisations.")
    access_token = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    url = fields.Char("Address", compute="_compute_url", compute_sudo=True)
    shown_count = fields.Integer("Organisations on it", compute="_compute_shown_count", compute_sudo=True)

    _one_token = models.UniqueIndex("(access_token)")

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Public directory")

    @api.depends("access_token")
    def _compute_url(self):
        for directory in self:
            token = directory.access_token
            directory.url = token and f"{directory.get_base_url()}/who-does-what/{token}"

    def _compute_shown_count(self):
        cards = self.env["relationship.directory.card"]
        self.shown_count = cards.search_count(cards._get_public_domain())

    def write(self, vals):
        """Extend: opening gives a new address, closing leaves none."""
        result = super().write(vals)
        if "is_open" in vals:
            for directory in self.sudo():
                directory.access_token = vals["is_open"] and secrets.token_urlsafe(24)
        return result

    # What the page shows

    def _get_sections(self):
        """Return what is shown: a list of (anchor, sector, cards), in the order of sectors, then of names."""
        cards = self.env["relationship.directory.card"].sudo()
        shown = cards.search(cards._get_public_domain())
        organisations = shown.organisation_id
        organisations.fetch(["name", "relationship_acronym", "relationship_sector_id", "website", "city"])
        organisations.fetch(["relationship_does", "relationship_offers", "relationship_seeks"])
        by_sector = shown.sorted(lambda card: (fold(card.organisation_id.name), card.id)).grouped(
            lambda card: card.organisation_id.relationship_sector_id
        )
        sectors = sorted(by_sector, key=lambda sector: (not sector, fold(sector.complete_name or "")))
        return [(f"s{sector.id or 0}", sector.complete_name, by_sector[sector]) for sector in sectors]

    def _get_linked_data(self, sections):
        """Return the same as JSON-LD, in the words of schema.org, safe within a page.

        :param list sections: of :meth:`_get_sections`
        """
        items = [card._get_linked_data() for _anchor, _sector, cards in sections for card in cards]
        data = {
            "@context": "https://schema.org",
            "@type": "ItemList",
            "name": self.env._("Who does what"),
            "itemListElement": [
                {"@type": "ListItem", "position": position, "item": item}
                for position, item in enumerate(items, start=1)
            ],
        }
        return Markup("".join(UNSAFE.get(char, char) for char in json.dumps(data, ensure_ascii=False)))
