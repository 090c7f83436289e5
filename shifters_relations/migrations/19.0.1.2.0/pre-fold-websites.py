"""What organisations are recognised by is kept beside them: whose page the website is, numbers that stand apart."""

from odoo.addons.shifters_relations.texts import key_of
from odoo.addons.shifters_relations.websites import site_of
from odoo.tools import SQL, split_every
from odoo.tools.sql import column_exists, create_column

BATCH = 1_000


def migrate(cr, version):
    """Fill the columns before the ORM would, for organisations alone and without a lock on each contact."""
    if not column_exists(cr, "res_partner", "relationship_site_key"):
        create_column(cr, "res_partner", "relationship_site_key", "varchar")
    cr.execute("SELECT id, name, relationship_acronym, website FROM res_partner WHERE is_company ORDER BY id")
    for rows in split_every(BATCH, cr.fetchall()):
        ids, names, acronyms, websites = zip(*rows, strict=True)
        cr.execute(
            SQL(
                """
                UPDATE res_partner
                   SET relationship_name_key = NULLIF(known.name, ''),
                       relationship_acronym_key = NULLIF(known.acronym, ''),
                       relationship_site_key = NULLIF(known.site, '')
                  FROM unnest(%s, %s, %s, %s) AS known (id, name, acronym, site)
                 WHERE res_partner.id = known.id
                """,
                list(ids),
                list(map(key_of, names)),
                list(map(key_of, acronyms)),
                list(map(site_of, websites)),
            )
        )
