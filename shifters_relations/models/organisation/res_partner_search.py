from odoo import api, fields, models
from odoo.fields import Domain

from ...groups import MEMBERS
from ...sameness import Reading
from ...texts import search_words_of, words_of


def get_words(texts, name_key):
    """Return what a partner is found by.

    :param str name_key: of an organisation, what all ways to write its name have in common
    """
    words = search_words_of(*texts)
    return words if not name_key or name_key in words else f"{words} {name_key}".strip()


class ResPartner(models.Model):
    """An organisation is found by its name, acronym, city, numbers and people, in any script and however accented.

    A name that is the same finds it too: "St" for "Saint", "et" for "&".

    Members find it so wherever a partner is looked for; to everybody else Odoo's own search stays as it is.
    What is searched is folded in Python, so that no extension of PostgreSQL is needed.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_words = fields.Char(
        "Words, folded",
        compute="_compute_relationship_words",
        store=True,
        copy=False,
        exportable=False,
        index="trigram",
        groups=MEMBERS,
    )

    @api.depends(
        "name",
        "relationship_acronym",
        "relationship_name_key",
        "relationship_siren",
        "relationship_rna",
        "city",
        "email",
        "function",
        "is_company",
    )
    def _compute_relationship_words(self):
        for partner in self:
            texts, key = [partner.name, partner.email, partner.function], False
            if partner.is_company:  # a person has her organisation's
                numbers = [partner.relationship_siren, partner.relationship_rna]
                texts += [partner.relationship_acronym, partner.city, *numbers]
                key = partner.relationship_name_key
            partner.relationship_words = get_words(texts, key) or False

    @api.model
    def _search_display_name(self, operator, value):
        """Extend core: each word must be of the partner itself, or of one of its people; or its name is the same."""
        found = Domain(super()._search_display_name(operator, value))
        if not (isinstance(value, str) and operator in ("ilike", "not ilike") and self.env.user.has_group(MEMBERS)):
            return found
        words = words_of(value)
        if not words:
            return found
        known = Domain.AND(
            Domain("relationship_words", "ilike", word)
            | Domain("child_ids", "any", [("relationship_words", "ilike", word)])
            for word in words
        )
        known |= Domain("relationship_words", "ilike", Reading(value).key)
        return found | known if operator == "ilike" else found & ~known

    @api.model
    @api.readonly
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Extend core: what bears the name comes before what is found by its city or its people."""
        domain = Domain(domain or Domain.TRUE)
        if not (name and operator == "ilike" and self.env.user.has_group(MEMBERS)):
            return super().name_search(name, domain, operator, limit)
        by_name = domain & Domain(super()._search_display_name(operator, name))  # pylint: disable=super-method-mismatch
        named = self.search_fetch(by_name, ["display_name"], limit=limit)
        pairs = [(partner.id, partner.display_name) for partner in named.sudo()]
        if limit and len(pairs) >= limit:
            return pairs
        rest = domain & Domain("id", "not in", named.ids)
        return pairs + super().name_search(name, rest, operator, limit and limit - len(pairs))
