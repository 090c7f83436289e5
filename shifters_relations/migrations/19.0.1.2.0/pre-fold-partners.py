"""What partners are found and recognised by is kept beside them: words, whose page a website is, numbers kept apart."""

from odoo.addons.shifters_relations.texts import key_of, search_words_of
from odoo.addons.shifters_relations.websites import site_of
from odoo.tools import SQL, split_every
from odoo.tools.sql import column_exists, create_column

BATCH = 1_000
KEYS = ("relationship_name_key", "relationship_acronym_key", "relationship_site_key", "relationship_words")


def migrate(cr, version):
    """Fill the columns before the ORM would, a batch at a time and without a lock on each contact."""
    for column in KEYS[2:]:
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
    words = search_words_of(name, acronym, is_company and city, email, function)
    return (key_of(name), key_of(acronym), site_of(website), words) if is_company else ("", "", "", words)
