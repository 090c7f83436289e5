def migrate(cr, version):
    """Note since when each organisation takes part, by SQL: Odoo would fill the new column with today."""
    cr.execute("ALTER TABLE relationship_cooperation_role ADD COLUMN since date")
    cr.execute("UPDATE relationship_cooperation_role SET since = create_date::date")
