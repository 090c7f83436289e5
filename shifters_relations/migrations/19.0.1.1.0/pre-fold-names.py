"""The names of organisations are folded in Python, for all letters of Unicode, and kept beside them."""

from odoo.addons.shifters_relations.texts import key_of
from odoo.tools import SQL, split_every
from odoo.tools.sql import column_exists, create_column

BATCH = 1_000


def migrate(cr, version):
    """Fill the columns before the ORM would, for organisations alone and without a lock on each contact."""
    for column in ("relationship_name_key", "relationship_acronym_key"):
        if not column_exists(cr, "res_partner", column):
            create_column(cr, "res_partner", column, "varchar")
    cr.execute("SELECT id, name, relationship_acronym FROM res_partner WHERE is_company ORDER BY id")
    for rows in split_every(BATCH, cr.fetchall()):
        cr.execute(
            SQL(
                "UPDATE res_partner SET relationship_name_key = NULLIF(known.name, ''),"
                " relationship_acronym_key = NULLIF(known.acronym, '')"
                " FROM unnest(%s, %s, %s) AS known (id, name, acronym) WHERE res_partner.id = known.id",
                [partner_id for partner_id, _name, _acronym in rows],
                [key_of(name) for _id, name, _acronym in rows],
                [key_of(acronym) for _id, _name, acronym in rows],
            )
        )
