from odoo.addons.shifters_relations.tests import test_translation
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestTranslation(test_translation.TestTranslation):
    """The same, of this addon."""

    addon = "shifters_relations_events"
    allow_inherited_tests_method = True
