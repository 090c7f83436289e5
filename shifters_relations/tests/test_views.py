import re

from lxml import etree
from odoo import Command
from odoo.tests import tagged
from odoo.tests.common import new_test_user
from odoo.tools.safe_eval import safe_eval
from odoo.tools.view_validation import get_domain_value_names, get_expression_field_names

from .common import RelationshipCase

READ_IN_TEMPLATE = re.compile(r"\brecord(?:\.|\[['\"])(\w+)")
EXPRESSIONS = {"invisible", "readonly", "required", "column_invisible", "context"}
ALWAYS_KNOWN = {"id", "parent", "active_id", "active_ids", "active_model"}

TYPED = [
    "",
    " ",
    "Énergie",
    "L'Œuvre d'Été",
    "« 100 % »",
    "%",
    "_",
    "\\",
    "'; --",
    '"quoted"',
    "a & b | !c:* (d)",
    "12/03/2026",
    "1er mars",
    "²⑤፩",
    "0",
    "99999999999999999999",
    "🌍",
    "الحركة النقابية",
    "Профсоюз",
    "労働組合",
    "e\u0301te\u0301",
    "long " * 300,
]
TEXTUAL = {"char", "html", "many2many", "many2one", "one2many", "text"}


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

    def test_odoo_has_nothing_to_say_of_our_views(self):
        ours = self.env["ir.model.data"].search(
            [("module", "=like", "shifters_relations%"), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(ours.mapped("res_id"))
        self.assertGreater(len(views), 100)
        with self.assertNoLogs("odoo.addons.base.models.ir_ui_view", "WARNING"):
            views._check_xml()

    def test_no_view_reads_a_field_that_it_does_not_declare(self):
        archs = list(self.read_archs())
        self.assertGreater(len(archs), 20)
        for where, arch in archs:
            self.check_arch(etree.fromstring(arch), set(), where)

    def test_every_list_has_a_search_view_that_finds_words(self):
        models = self.get_searched_models()
        self.assertGreater(len(models), 1)
        for model in models:
            with self.subTest(model=model):
                views = self.env["ir.ui.view"].search([("model", "=", model), ("type", "=", "search")])
                self.assertTrue(views, "the box would search whatever Odoo guesses")
                arch = self.env[model].get_view(views[0].id, "search")["arch"]
                self.assertTrue(list(self.read_searches(arch, model, "word")))

    def test_any_word_may_be_typed_in_every_search_box(self):
        count = 0
        for view in self.get_views().filtered(lambda view: view.type == "search"):
            for user in (self.helene, self.pilot):
                Model = self.env[view.model].with_user(user)
                if not Model.has_access("read"):
                    continue
                arch = Model.get_view(view.id, "search")["arch"]
                for typed in TYPED:
                    for field, domain in self.read_searches(arch, view.model, typed):
                        with self.subTest(view=view.xml_id, field=field, typed=typed[:20], user=user.name):
                            Model.search(domain, limit=1)
                            count += 1
        self.assertGreater(count, 100)

    def test_what_people_read_is_what_they_search_by(self):
        self.prepare_names()
        names = 0
        for model in self.get_searched_models():
            Model = self.env[model].with_user(self.pilot)
            for typed in TYPED:
                with self.subTest(model=model, typed=typed[:20]):
                    Model.name_search(typed, limit=8)
            self.assertFalse(Model.name_search("Zzyxwq Ñandú"), f"{model}: what nobody is called")
            for record in Model.search([], limit=20):
                with self.subTest(model=model, name=record.display_name):
                    longest = max(re.split(r"[\s']+", record.display_name.rpartition(" / ")[2]), key=len)
                    for typed in (record.display_name, longest):
                        self.assertIn(record.id, dict(Model.name_search(typed, limit=None)), typed)
                    self.assertIn(record.id, dict(Model.name_search(record.display_name, operator="=", limit=None)))
                    names += 1
        self.assertGreater(names, 1)

    def prepare_names(self):
        """Make a record of what the addon's data has none of.

        :return: an organisation
        """
        partner = self.create_target("Fédération « L'Été » 🌍")
        self.meet(partner, days_ago=10, summary="<p>Spoken of zebras</p>")
        self.env["relationship.report"].create({"period": "month", "date_from": "2025-11-01"})
        self.env["relationship.topic"].create({"name": "Énergie"})
        self.env["relationship.sector"].create({"name": "Rivers", "parent_id": self.environment.id})
        self.env["relationship.cooperation"].create(
            {
                "name": "Un guide à deux",
                "kind_id": self.env.ref("shifters_relations.kind_project").id,
                "role_ids": [Command.create({"partner_id": partner.id})],
            }
        )
        return partner

    def get_searched_models(self):
        """The addon's own models that have a list in some menu, or that some view's field points to."""
        kept = {
            name
            for name, Model in self.env.items()
            if Model._original_module == self.addon and not Model._abstract and not Model._transient
        }
        actions = self.env["ir.actions.act_window"].search([("res_model", "in", list(kept))])
        listed = actions.filtered(lambda action: action.view_mode != "form").mapped("res_model")
        pointed_to = {
            field.comodel_name
            for view in self.get_views()
            for node in etree.fromstring(view.get_combined_arch()).iter("field")
            if (field := self.env[view.model]._fields.get(node.get("name"))) and field.type in ("many2many", "many2one")
        }
        return sorted(kept & {*listed, *pointed_to})

    def read_searches(self, arch, model, typed):
        """What the web client asks for each field of a search view in which words can be typed: (name, domain)."""
        for node in etree.fromstring(arch).iter("field"):
            name, own = node.get("name"), node.get("filter_domain")
            if own:
                yield name, safe_eval(own, {"self": typed, "uid": self.env.uid})
            elif self.env[model]._fields[name].type in TEXTUAL:
                yield name, [(name, node.get("operator") or "ilike", typed)]

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
