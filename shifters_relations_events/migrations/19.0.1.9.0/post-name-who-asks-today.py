def migrate(cr, _version):
    """Let the mail of a network call, which an update leaves alone, name nobody who has left the team."""
    cr.execute(
        r"""
        UPDATE mail_template AS template
           SET body_html = regexp_replace(
                   template.body_html::text,
                   'object\.call_id\.user_id(\.filtered\(''active''\))?\.name',
                   'object.call_id._get_asker().name',
                   'g'
               )::jsonb
          FROM ir_model_data AS data
         WHERE data.module = 'shifters_relations_events'
           AND data.name = 'mail_template_network_call'
           AND data.res_id = template.id
        """
    )
