from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Add what the categories and sectors of public registers stand for: a new database has it from its data."""
    api.Environment(cr, SUPERUSER_ID, {})["relationship.import.synonym"]._add_register_words()
