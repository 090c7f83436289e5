"""The coverage map, the analyses and the portfolio's numbers, each with the statement that somebody writes by hand."""

from dateutil.relativedelta import relativedelta
from odoo import fields
from odoo.tools import date_utils

MAP = """
    SELECT sector.id, sector.parent_id, sector.name->>'en_US', kind.id, kind.name->>'en_US',
           CASE WHEN partner.relationship_stage = 'candidate' THEN 'candidate'
                WHEN partner.relationship_last_contact_date IS NULL THEN 'never'
                WHEN partner.relationship_last_contact_date
                     + (cadence.interval_count || ' ' || cadence.interval_unit)::interval >= CURRENT_DATE THEN 'covered'
                ELSE 'late' END,
           count(*)
      FROM res_partner AS partner
 LEFT JOIN relationship_sector AS sector ON sector.id = partner.relationship_sector_id
 LEFT JOIN relationship_organisation_type AS kind ON kind.id = partner.relationship_type_id
 LEFT JOIN relationship_cadence AS cadence ON cadence.id = partner.relationship_cadence_id
     WHERE partner.active AND partner.is_company AND partner.relationship_stage IN ('candidate', 'target')
  GROUP BY 1, 2, 3, 4, 5, 6
"""
CONTACTS = """
    SELECT date_trunc('month', contact.date), contact.kind, count(*)
      FROM (
               SELECT date, 'done' AS kind FROM relationship_synthesis WHERE state = 'done'
            UNION ALL
               SELECT date_deadline, 'planned' FROM mail_activity WHERE active AND relationship_partner_id IS NOT NULL
           ) AS contact
  GROUP BY 1, 2
  ORDER BY 1, 2
"""
TREND = """
    SELECT month.day, CASE WHEN contact.date IS NULL THEN 'never'
                           WHEN contact.date + interval '6 months' >= month.day THEN 'covered' ELSE 'late' END, count(*)
      FROM res_partner AS partner
CROSS JOIN (
               SELECT least(
                          CURRENT_DATE,
                          (date_trunc('month', CURRENT_DATE) - make_interval(months => n - 1) - interval '1 day')::date
                      ) AS day
                 FROM generate_series(0, 11) AS n
           ) AS month
 LEFT JOIN LATERAL (
               SELECT date
                 FROM relationship_synthesis AS synthesis
                WHERE synthesis.partner_id = partner.id AND synthesis.state = 'done' AND synthesis.date <= month.day
             ORDER BY date DESC
                LIMIT 1
           ) AS contact ON TRUE
     WHERE partner.active AND partner.is_company AND partner.relationship_stage = 'target'
  GROUP BY 1, 2
  ORDER BY 1, 2
"""
PORTFOLIO = """
    SELECT count(*) FILTER (WHERE relationship_next_contact_date < CURRENT_DATE),
           count(*) FILTER (WHERE relationship_next_contact_date BETWEEN CURRENT_DATE AND CURRENT_DATE + 30),
           count(*) FILTER (WHERE relationship_last_contact_date IS NULL),
           (SELECT count(*) FROM relationship_synthesis WHERE author_id = %(user)s AND state = 'draft'),
           (SELECT count(*)
              FROM relationship_synthesis AS synthesis
              JOIN res_partner AS organisation ON organisation.id = synthesis.partner_id
             WHERE synthesis.state = 'done' AND synthesis.date >= date_trunc('month', CURRENT_DATE)
               AND organisation.relationship_owner_id = %(user)s)
      FROM res_partner
     WHERE active AND relationship_owner_id = %(user)s AND relationship_stage = 'target'
"""
# All that the report's figures are made of, for a period and the one before, in one statement.
REPORT = """
    WITH done AS (SELECT partner_id, date, channel FROM relationship_synthesis WHERE state = 'done'),
         known AS (
               SELECT partner_id, min(date) AS first, max(date) FILTER (WHERE date <= %(last)s) AS last,
                      max(date) FILTER (WHERE date < %(first)s) AS former
                 FROM done
             GROUP BY partner_id
         )
    SELECT 'contacts', json_build_array(done.date >= %(first)s, partner.id, partner.name, sector.name->>'en_US',
                                        kind.name->>'en_US', done.channel, count(*))
      FROM done
      JOIN res_partner AS partner ON partner.id = done.partner_id
 LEFT JOIN relationship_sector AS sector ON sector.id = partner.relationship_sector_id
 LEFT JOIN relationship_organisation_type AS kind ON kind.id = partner.relationship_type_id
     WHERE done.date BETWEEN %(before)s AND %(last)s
  GROUP BY done.date >= %(first)s, partner.id, sector.id, kind.id, done.channel
 UNION ALL
    SELECT 'new', json_build_array(known.first >= %(first)s, partner.name)
      FROM known
      JOIN res_partner AS partner ON partner.id = known.partner_id
     WHERE known.first BETWEEN %(before)s AND %(last)s
 UNION ALL
    SELECT 'coverage', json_build_array(
               count(*),
               count(*) FILTER (WHERE known.last + delay.interval >= %(last)s),
               count(*) FILTER (WHERE known.last IS NULL),
               count(*) FILTER (WHERE known.former + delay.interval >= %(first)s),
               count(*) FILTER (WHERE known.former IS NULL)
           )
      FROM res_partner AS partner
 LEFT JOIN known ON known.partner_id = partner.id
 LEFT JOIN (
               SELECT id, (interval_count || ' ' || interval_unit)::interval AS interval FROM relationship_cadence
           ) AS delay ON delay.id = partner.relationship_cadence_id
     WHERE partner.active AND partner.is_company AND partner.relationship_stage = 'target'
 UNION ALL
    SELECT 'cooperations', json_build_array(stage, count(*))
      FROM relationship_cooperation
     WHERE date_introduced BETWEEN %(before)s AND %(last)s OR date_closed BETWEEN %(before)s AND %(last)s
        OR create_date BETWEEN %(before)s AND %(last)s
  GROUP BY stage
"""


def get_pictures(env):
    """Return each picture as an organiser opens it: its name, a function that draws it, and its statement."""
    analysis, trend = env["relationship.analysis"], env["relationship.coverage.trend"]
    first = date_utils.start_of(fields.Date.today(), "quarter") - relativedelta(months=3)
    report = env["relationship.report"].create({"date_from": first})
    period = {"first": first, "last": report.date_to, "before": first - relativedelta(months=3)}
    return (
        ("coverage map", env["res.partner"].relationship_get_coverage, by_hand(env, MAP)),
        (
            "contacts per month",
            lambda: analysis.formatted_read_group([], ["date:month", "kind"], ["__count"]),
            by_hand(env, CONTACTS),
        ),
        (
            "coverage over a year",
            lambda: trend.formatted_read_group([], ["date:month", "coverage"], ["__count"]),
            by_hand(env, TREND),
        ),
        ("activity report", report._get_figures, by_hand(env, REPORT, **period)),
    )


def by_hand(env, statement, **values):
    """Return a function that runs a statement as somebody would write it."""

    def run():
        env.cr.execute(statement, {"user": env.uid, **values})
        return env.cr.fetchall()

    return run
