"""What organisations are found by, now that a name which is mistyped finds the one that is meant."""

from odoo.addons.shifters_relations.models.organisation.res_partner_search import get_words
from odoo.addons.shifters_relations.sameness import Likeness
from odoo.tools import SQL, split_every
from odoo.tools.sql import column_exists

BATCH = 1_000
KEYS = ("relationship_name_key", "relationship_acronym_key", "relationship_rough_key", "relationship_words")


def migrate(cr, version):
    """Fold the names of organisations anew, a batch at a time; what stays as it is is not written.

    What comes from a version before 19.0.1.4.0 has no such numbers yet: the script of that one has just folded it.
    """
    if not column_exists(cr, "res_partner", "relationship_siren"):
        return
    cr.execute(
        """
        SELECT id, name, relationship_acronym, city, email, function, relationship_siren, relationship_rna
          FROM res_partner WHERE is_company
        """
    )
    for rows in split_every(BATCH, cr.fetchall()):
        known = [(partner_id, *_get_keys(*row)) for partner_id, *row in rows]
        cr.execute(
            SQL(
                "UPDATE res_partner SET (%(keys)s) = ROW(%(new)s) FROM unnest(%(columns)s) AS known (id, %(keys)s)"
                " WHERE res_partner.id = known.id AND (%(old)s) IS DISTINCT FROM (%(new)s)",
                keys=SQL(", ").join(map(SQL.identifier, KEYS)),
                new=SQL(", ").join(SQL("NULLIF(known.%s, '')", SQL.identifier(key)) for key in KEYS),
                old=SQL(", ").join(SQL.identifier("res_partner", key) for key in KEYS),
                columns=SQL(", ").join(SQL("%s", list(column)) for column in zip(*known, strict=True)),
            )
        )


def _get_keys(name, acronym, city, email, function, siren, rna):
    likeness = Likeness(name=name, acronym=acronym)
    words = get_words((name, email, function, acronym, city, siren, rna), likeness.name_key)
    return likeness.name_key, likeness.acronym_key, likeness.rough_key, words
