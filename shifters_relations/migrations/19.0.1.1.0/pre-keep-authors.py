def migrate(cr, version):
    """Note the person who wrote each synthesis, by SQL: Odoo would fill the new column beside those who write."""
    cr.execute("ALTER TABLE relationship_synthesis ADD COLUMN author_partner_id integer")
    cr.execute(
        """
        UPDATE relationship_synthesis AS synthesis
           SET author_partner_id = author.partner_id
          FROM res_users AS author
         WHERE author.id = synthesis.author_id
        """
    )
