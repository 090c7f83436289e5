"""Labels whose English an update changes: Odoo keeps their translations, which are then those of another text."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

LABELS = (
    ("ir.model", "name"),
    ("ir.model.fields", "field_description"),
    ("ir.model.fields", "help"),
    ("ir.model.fields.selection", "name"),
    ("ir.ui.menu", "name"),
    ("ir.actions.act_window", "name"),
    ("ir.actions.server", "name"),
)


def note_labels(cr, module):
    """Note what a module's labels say, before it is updated."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute("CREATE TEMPORARY TABLE relationship_label (model varchar, field varchar, id integer, label varchar)")
    for model, field in LABELS:
        env.execute_query(
            SQL(
                """
                INSERT INTO relationship_label
                     SELECT data.model, %(field)s, record.id, record.%(column)s->>'en_US'
                       FROM %(table)s AS record
                       JOIN ir_model_data AS data ON data.model = %(model)s AND data.res_id = record.id
                      WHERE data.module = %(module)s AND NOT data.noupdate
                  RETURNING id
                """,
                field=field,
                column=SQL.identifier(field),
                table=SQL.identifier(env[model]._table),
                model=model,
                module=module,
            )
        )


def drop_stale_translations(cr):
    """Leave the labels that say something else now without translations: the module's own are loaded after that."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.flush_all()
    for model, field in LABELS:
        column = SQL.identifier(field)
        cr.execute(
            SQL(
                """
                UPDATE %(table)s AS record
                   SET %(column)s = jsonb_build_object('en_US', record.%(column)s->'en_US')
                  FROM relationship_label AS noted
                 WHERE noted.model = %(model)s AND noted.field = %(field)s AND noted.id = record.id
                   AND record.%(column)s->>'en_US' IS DISTINCT FROM noted.label
                """,
                table=SQL.identifier(env[model]._table),
                column=column,
                model=model,
                field=field,
            )
        )
    cr.execute("DROP TABLE relationship_label")
    env.invalidate_all()
