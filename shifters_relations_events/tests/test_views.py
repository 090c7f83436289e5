from odoo.addons.shifters_relations.tests import test_views
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestViews(test_views.TestViews):
    """The same, of this addon."""

    addon = "shifters_relations_events"
    allow_inherited_tests_method = True
