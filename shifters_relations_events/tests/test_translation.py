from odoo.addons.shifters_relations.tests import test_translation
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestTranslation(test_translation.TestTranslation):
    addon = "shifters_relations_events"
