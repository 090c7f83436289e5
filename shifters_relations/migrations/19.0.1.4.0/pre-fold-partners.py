"""What partners are found and recognised by is kept beside them: words, names, whose page a website is."""

from odoo.addons.shifters_relations.models.organisation.res_partner_search import get_words
from odoo.addons.shifters_relations.sameness import Likeness
from odoo.tools import SQL, split_every
from odoo.tools.sql import column_exists, create_column

BATCH = 1_000
KEYS = (
    "relationship_name_key",
    "relationship_acronym_key",
    "relationship_rough_key",
    "relationship_site_key",
    "relationship_words",
)


def migrate(cr, version):
    """Fill the columns before the ORM would, a batch at a time and without a lock on each contact."""
    for column in KEYS:
        if not column_exists(cr, "res_partner", column):
            create_column(cr, "res_partner", column, "varchar")
    cr.execute(
        "SELECT id, is_company IS TRUE, name, relationship_acronym, website, city, email, function FROM res_partner"
    )
    for rows in split_every(BATCH, cr.fetchall()):
        known = [(partner_id, *_get_keys(*row)) for partner_id, *row in rows]
        cr.execute(
            SQL(
                "UPDATE res_partner SET (%s) = ROW(%s) FROM unnest(%s) AS known (id, %s)"
                " WHERE res_partner.id = known.id",
                SQL(", ").join(map(SQL.identifier, KEYS)),
                SQL(", ").join(SQL("NULLIF(known.%s, '')", SQL.identifier(key)) for key in KEYS),
                SQL(", ").join(SQL("%s", list(column)) for column in zip(*known, strict=True)),
                SQL(", ").join(map(SQL.identifier, KEYS)),
            )
        )


def _get_keys(is_company, name, acronym, website, city, email, function):
    if not is_company:
        return "", "", "", "", get_words((name, email, function), "")
    likeness = Likeness(name=name, acronym=acronym, sites=(website,))
    words = get_words((name, email, function, acronym, city), likeness.name_key)
    site = next(iter(likeness.own_sites), "")
    return likeness.name_key, likeness.acronym_key, likeness.rough_key, site, words
