from odoo.addons.shifters_relations.labels import note_labels


def migrate(cr, version):
    note_labels(cr, "shifters_relations")
