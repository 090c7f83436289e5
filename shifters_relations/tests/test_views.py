import re

from lxml import etree
from odoo.tests import tagged
from odoo.tests.common import new_test_user
from odoo.tools.view_validation import get_domain_value_names, get_expression_field_names

from .common import RelationshipCase

READ_IN_TEMPLATE = re.compile(r"\brecord(?:\.|\[['\"])(\w+)")
EXPRESSIONS = {"invisible", "readonly", "required", "column_invisible", "context"}
ALWAYS_KNOWN = {"id", "parent", "active_id", "active_ids", "active_model"}


def read_by_template(node):
    """Fields that the templates of a node read: the browser knows only those that the same arch declares."""
    for name, value in node.attrib.items():
        if name.startswith("t-"):
            yield from READ_IN_TEMPLATE.findall(value)


def read_by_expressions(node):
    """Fields whose values the browser needs for a node's modifiers, decorations, context and domain."""
    for name, value in node.attrib.items():
        if name in EXPRESSIONS or name.startswith("decoration-"):
            yield from get_expression_field_names(value)
        elif name == "domain" and node.tag == "field":
            yield from get_domain_value_names(value)[1]


@tagged("post_install", "-at_install")
class TestViews(RelationshipCase):
    """What a view shows is what it declares, for each role, as views of all addons together make it."""

    addon = "shifters_relations"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settings = new_test_user(cls.env, "settings", groups="base.group_user,base.group_system")

    def test_no_view_reads_a_field_that_it_does_not_declare(self):
        archs = list(self.read_archs())
        self.assertGreater(len(archs), 20)
        for where, arch in archs:
            self.check_arch(etree.fromstring(arch), set(), where)

    def read_archs(self):
        """What browsers get of the views that the addon makes or extends: (where, arch) for each role."""
        for user in (self.outsider, self.settings, self.helene, self.organiser, self.pilot):
            for view in self.get_views():
                Model = self.env[view.model].with_user(user)
                if view.type != "search" and Model.has_access("read") and self.is_offered(view, user):
                    yield f"{view.xml_id} of {user.name}", Model.get_view(view.id, view.type)["arch"]

    def is_offered(self, view, user):
        """Our own views of somebody else's model stand behind menus that only the team has."""
        stock = not (view.xml_id or "").startswith("shifters_relations") or view.model.startswith("relationship.")
        return stock or user.has_group("shifters_relations.group_contact")

    def get_views(self):
        """The addon's views of its own, those that it extends, and what others derive from these."""
        View = self.env["ir.ui.view"]
        ours = self.env["ir.model.data"].search([("module", "=", self.addon), ("model", "=", "ir.ui.view")])
        views = View.browse(ours.mapped("res_id")).exists().filtered("model")
        while more := views.filtered(lambda view: view.mode == "extension").inherit_id - views:
            views |= more
        while more := View.search([("inherit_id", "in", views.ids), ("id", "not in", views.ids)]):
            views |= more
        return views.filtered(lambda view: view.mode == "primary" and view.model in self.env)

    def check_arch(self, arch, outside, where):
        """Look at one view and at those inside its fields.

        :param set outside: fields that the view around this one declares
        """
        declared, read, inside = set(), set(), []
        nodes = [arch]
        while nodes:
            node = nodes.pop()
            if not isinstance(node.tag, str):
                continue
            read |= {*read_by_template(node), *read_by_expressions(node)}
            if node is not arch and node.tag == "field":
                declared.add(node.get("name"))
                inside.extend(node)
            else:
                nodes.extend(node)
        around = {name.partition(".")[2].partition(".")[0] for name in read if name.startswith("parent.")}
        own = {name for name in read if not name.startswith("parent.")}
        with self.subTest(view=where, part=arch.tag):
            self.assertFalse(own - declared - ALWAYS_KNOWN)
            self.assertFalse(around - outside - ALWAYS_KNOWN)
        for each in inside:
            if isinstance(each.tag, str):
                self.check_arch(each, declared, f"{where} › {each.getparent().get('name')}")
