def migrate(cr, version):
    """Make the daily job call the check itself: a job keeps the call that it was made with."""
    cr.execute(
        """
        UPDATE ir_act_server AS action
           SET model_id = model.id, code = 'model._mend()'
          FROM ir_cron AS job, ir_model_data AS data, ir_model AS model
         WHERE (data.module, data.name, data.model) = ('shifters_relations', 'cron_repair', 'ir.cron')
           AND job.id = data.res_id
           AND action.id = job.ir_actions_server_id
           AND model.model = 'relationship.check'
        """
    )
