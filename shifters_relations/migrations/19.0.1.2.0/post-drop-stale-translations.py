from odoo.addons.shifters_relations.labels import drop_stale_translations


def migrate(cr, version):
    drop_stale_translations(cr)
