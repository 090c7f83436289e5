def migrate(cr, version):
    """Note since when each target is one: its first renewal says it, done or not; who left was one until the last."""
    cr.execute(
        """
        WITH known AS (
             SELECT relationship_partner_id AS id,
                    min(create_date)::date AS first,
                    max(COALESCE(date_done, create_date::date)) AS last
               FROM mail_activity
              WHERE relationship_partner_id IS NOT NULL
           GROUP BY relationship_partner_id
        )
        UPDATE res_partner AS partner
           SET relationship_target_periods = jsonb_build_array(jsonb_build_array(
                   to_char(known.first, 'YYYY-MM-DD'),
                   CASE WHEN partner.active AND partner.relationship_stage = 'target' THEN to_jsonb(false)
                        ELSE to_jsonb(to_char(known.last, 'YYYY-MM-DD')) END
               ))
          FROM known
         WHERE known.id = partner.id AND partner.relationship_target_periods IS NULL
        """
    )
