from odoo import api, models
from odoo.tools import SQL

from ..integrity.relationship_check import Invariant


class RelationshipCheck(models.TransientModel):
    _inherit = "relationship.check"

    @api.model
    def _get_privacy_invariants(self):
        """Return what must be true of who was anonymised, also after a backup was restored (G5)."""
        privacy = self.env["relationship.privacy"]
        persons = list(privacy._get_list())
        listed = SQL(
            "SELECT * FROM unnest(%s::int[], %s::timestamp[]) AS listed (id, created)",
            [person.id for person in persons],
            [person.created or None for person in persons],
        )
        same = SQL("listed.id = partner.id AND listed.created IS NOT DISTINCT FROM partner.create_date")
        return [
            Invariant(
                self.env._(
                    "Who was anonymised stays so, also once a backup is restored: otherwise, delete her account first."
                ),
                "res.partner",
                SQL(
                    """
                    SELECT partner.id
                      FROM res_partner AS partner
                      JOIN (%s) AS listed ON %s
                     WHERE partner.relationship_anonymised_on IS NULL
                    """,
                    listed,
                    same,
                ),
                "_relationship_forget_again",
            ),
            Invariant(
                self.env._("Who was anonymised stands on the list that is kept outside the database."),
                "res.partner",
                SQL(
                    """
                    SELECT partner.id
                      FROM res_partner AS partner
                      LEFT JOIN (%s) AS listed ON %s
                     WHERE partner.relationship_anonymised_on IS NOT NULL AND listed.id IS NULL
                    """,
                    listed,
                    same,
                ),
                "_relationship_list",
            ),
            Invariant(
                self.env._("The list of who was anonymised can be read and written: otherwise, see the server's log."),
                "res.company",
                SQL("SELECT unnest(%s::int[])", self.env.company.ids if privacy._find_list_trouble() else []),
            ),
        ]
