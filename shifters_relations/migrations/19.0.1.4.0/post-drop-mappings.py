def migrate(cr, version):
    """Drop the headers that Odoo's own import was taught: lists of organisations have an import of their own."""
    cr.execute(
        """
        DELETE FROM base_import_mapping
              WHERE id IN (
                    SELECT res_id FROM ir_model_data
                     WHERE (module, model) = ('shifters_relations', 'base_import.mapping')
              )
        """
    )
    cr.execute("DELETE FROM ir_model_data WHERE (module, model) = ('shifters_relations', 'base_import.mapping')")
