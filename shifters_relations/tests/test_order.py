from collections import Counter, defaultdict

from odoo.exceptions import AccessError, UserError
from odoo.models import is_model_definition
from odoo.tests import BaseCase, tagged

from .common import TODAY, RelationshipCase

OURS = "shifters_relations"  # what the names of our addons begin with
PERIODS = [{"from": "2020-01-01"}]


def get_own_classes(model_class):
    """The classes of our addons that extend a model, by addon, the last imported first."""
    own = defaultdict(list)
    for each in model_class.__bases__:
        if is_model_definition(each) and each._module.startswith(OURS):
            own[each._module].append(each)
    return own


def is_test(item):
    """Say whether a member of a class is a test."""
    name, value = item
    return name.startswith("test_") and callable(value)


@tagged("post_install", "-at_install")
class TestOrder(RelationshipCase):
    """Odoo stacks the classes of a model in the order of their import: nothing here depends on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target(owner=cls.marc)
        cls.synthesis = cls.write_synthesis(cls.partner, user=cls.helene, confidential_note="secret")
        cls.synthesis.action_validate()

    def reverse_order(self):
        """Stack the classes of each addon the other way round; who defines a model stays below them all."""
        for model_class in self.registry.values():
            former = model_class.__bases__
            reversed_order = {}
            for classes in get_own_classes(model_class).values():
                extending = [each for each in classes if model_class._name in each._inherit]
                reversed_order |= dict(zip(extending, reversed(extending), strict=True))
            if any(each is not other for each, other in reversed_order.items()):
                model_class.__bases__ = tuple(reversed_order.get(each, each) for each in former)
                self.addCleanup(setattr, model_class, "__bases__", former)

    def test_every_test_runs_once_all_is_installed(self):
        classes = [BaseCase]
        for each in classes:
            classes += each.__subclasses__()
        ours = {each for each in classes if OURS in each.__module__ and any(map(is_test, vars(each).items()))}
        self.assertGreater(len(ours), 50)
        self.assertFalse([each.__name__ for each in ours if "post_install" not in each.test_tags])

    def test_no_two_classes_of_an_addon_override_the_same(self):
        for name, model_class in self.registry.items():
            for addon, classes in get_own_classes(model_class).items():
                named = Counter(
                    key
                    for each in classes
                    for key, value in vars(each).items()
                    if callable(value) or hasattr(value, "__get__")
                    if not key.startswith("__")
                )
                twice = sorted(key for key, count in named.items() if count > 1)
                self.assertFalse(twice, f"{addon}, {name}: call them by name from one place")

    def test_what_makes_odoo_check_still_does(self):
        """Odoo heeds the decorator of the last method alone: who overrides a check names all that it named."""
        overridden = 0
        for name, model_class in self.registry.items():
            own = [each for classes in get_own_classes(model_class).values() for each in classes]
            for kind in ("_constrains", "_onchange"):
                for each in own:
                    above = model_class.__mro__[model_class.__mro__.index(each) + 1 :]
                    for key, method in vars(each).items():
                        former = next((vars(other)[key] for other in above if key in vars(other)), None)
                        names = getattr(former, kind, ())
                        if names and not callable(names):
                            overridden += 1
                            missing = set(names) - set(getattr(method, kind, ()))
                            self.assertFalse(missing, f"{name}.{key}, {kind[1:]}")
        self.assertTrue(overridden, "an addon overrides a check")

    def test_each_check_refuses(self):
        self.assert_each_check_refuses()

    def test_each_check_refuses_with_the_classes_in_another_order(self):
        before = type(self.partner).__mro__
        self.reverse_order()
        self.assertNotEqual(type(self.partner).__mro__, before)
        self.assert_each_check_refuses()

    def assert_each_check_refuses(self):
        partner, synthesis = self.partner, self.synthesis
        partners, activities = self.env["res.partner"], self.env["mail.activity"]
        person = partners.create({"name": "Ada", "parent_id": partner.id})
        other = self.create_target("Another one", owner=self.helene)
        draft = self.write_synthesis(partner, user=self.helene, confidential_note="secret")
        on_partner = {"res_model_id": self.env["ir.model"]._get_id("res.partner"), "res_id": partner.id}
        of_helene, of_organiser = partner.with_user(self.helene), partner.with_user(self.organiser)
        new = partners.with_user(self.organiser)
        said = new.with_context(default_is_company=True, default_relationship_target_periods=PERIODS)
        activity = activities.with_user(self.organiser)
        renewal = self.renewal_of(partner).with_user(self.organiser)
        by_helene = synthesis.with_user(self.helene)
        named = {"name": "New", "is_company": True, "relationship_target_periods": PERIODS}
        for sentence, error, change, *args in (
            ("You may take", AccessError, of_helene.write, {"relationship_owner_id": self.helene.id}),
            ("confidential", AccessError, of_organiser.write, {"relationship_owner_id": self.organiser.id}),
            ("only an organiser", AccessError, of_helene.write, {"relationship_stage": "closed"}),
            ("follows from", AccessError, of_organiser.write, {"relationship_next_contact_date": TODAY}),
            ("follows from", AccessError, new.create, named),
            ("follows from", AccessError, said.create, {"name": "New"}),
            ("a target", UserError, activity.create, {**on_partner, "relationship_partner_id": partner.id}),
            ("a promise a line", UserError, activity.create, {**on_partner, "relationship_synthesis_id": synthesis.id}),
            ("a promise a line", UserError, renewal.write, {"relationship_synthesis_id": synthesis.id}),
            ("stays with", UserError, draft.with_user(self.helene).write, {"partner_id": other.id}),
            ("Only organisers", AccessError, by_helene.action_reopen),
            ("never changes", UserError, by_helene.write, {"author_id": self.marc.id}),
        ):
            with self.subTest(sentence), self.assertRefused(error, sentence):
                change(*args)
        # What the screen says of a new organisation is said of no person.
        screen = {"default_is_company": True, "default_relationship_stage": "candidate"}
        added = partners.with_context(**screen).create({"name": "Bob", "parent_id": partner.id})
        person.with_context(**screen).write({"child_ids": [(0, 0, {"name": "Eve"})]})
        self.assertEqual((added | person.child_ids).mapped("relationship_stage"), [False, False])
        # What follows is done once.
        level_changes = partner.sudo().relationship_level_change_ids
        of_organiser.relationship_level = "2"
        self.assertEqual(len(partner.sudo().relationship_level_change_ids - level_changes), 1)
