from odoo.tests import tagged

from ..emails import split_emails
from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestEmails(RelationshipCase):
    """All the addresses of somebody count, in whatever place and however they are written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target()

    def create_person(self, name="Ada", **values):
        return self.env["res.partner"].create({"name": name, "parent_id": self.partner.id, **values})

    def create_objecting(self, **values):
        return self.create_person("Bob", relationship_no_contact=True, **values)

    def get_objecting(self, *texts):
        return self.env["relationship.objection"]._get_objecting(texts)

    def test_a_field_may_hold_several_addresses(self):
        for text in (
            "a@x.org; b@x.org",
            "A@X.org,b@x.org",
            "a@x.org b@x.org",
            "Ada <a@x.org>; Ada at work <b@x.org>",
            "a@x.org\nb@x.org",
            "a@x.org ; b@x.org ; a@x.org",
            "\u200ba@x.org.;\u00a0b@x.org\ufeff",
            "a@x.org；b＠x.org",
            "'a@x.org' / «b@x.org»",
        ):
            self.assertEqual(split_emails(text), ("a@x.org", "b@x.org"), repr(text))
        self.assertEqual(split_emails("Élise@Exämple.org"), split_emails("élise@xn--exmple-cua.org"))
        for text in (False, "", "nobody", "@x.org", "a@"):
            self.assertEqual(split_emails(text), ())

    def test_a_person_and_her_further_addresses_are_one(self):
        ada = self.create_person(email="A@x.org; b@x.org")
        home = self.create_person("Ada, at home", parent_id=ada.id, type="other", email="c@x.org", active=False)
        boat = self.create_person("On the boat", parent_id=home.id, type="other", email="d@x.org, a@x.org")
        bob = self.create_person("Bob", email="bob@x.org")
        bills = self.create_person("Bills", type="invoice", email="bills@x.org")
        self.partner.email = "hello@x.org"
        draft = self.env["res.partner"].new({"name": "New", "email": "new@x.org"})
        people = ada | home | boat | bob | bills | self.partner | draft
        with self.assertQueryCount(1):
            emails = people._relationship_get_emails()
        self.assertEqual(emails[ada], ("a@x.org", "b@x.org", "c@x.org", "d@x.org"))
        self.assertEqual(emails[boat][:2], ("d@x.org", "a@x.org"), "her own come first")
        self.assertEqual(set(emails[boat]), set(emails[ada]))
        self.assertEqual(set(emails[home]), set(emails[ada]))
        self.assertEqual(emails[bob], ("bob@x.org",))
        self.assertEqual(emails[self.partner], ("hello@x.org", "bills@x.org"))
        self.assertEqual(set(emails[bills]), {"hello@x.org", "bills@x.org"})
        self.assertEqual(emails[draft], ("new@x.org",))

    def test_who_has_an_address_is_found_however_it_is_written(self):
        ada = self.create_person(email="first@x.org; \u200bADA@x.org.")
        hidden = self.create_person("Hidden", email="Ada <a\u200bda@x.org>", active=False)
        self.create_person("Other", email="x.ada@x.org; ada@y.org")
        found = self.env["res.partner"]._relationship_search_emails(["ada@x.org"])
        self.assertEqual(found, ada | hidden)

    def test_an_objection_knows_every_address_of_who_objects(self):
        bob = self.create_objecting(email="b1@x.org; B2@x.org")
        self.create_person("Bob, at home", parent_id=bob.id, type="other", email="b3@x.org")
        asked = ("b1@x.org", "Somebody <free@x.org>, b2@x.org", "b3@x.org")
        self.assertEqual(self.get_objecting(*asked), {"b1@x.org", "b2@x.org", "b3@x.org"})
        bob.unlink()
        self.assertEqual(self.get_objecting(*asked), {"b1@x.org", "b2@x.org", "b3@x.org"}, "remembered")
        again = self.create_person("Bob", email="b3@x.org, b2@x.org, b1@x.org", relationship_no_contact=True)
        again.relationship_no_contact = False
        self.assertFalse(self.get_objecting(*asked), "she said so")

    def test_an_objection_on_a_further_address_is_the_person_s(self):
        ada = self.create_person(email="a@x.org")
        home = {"parent_id": ada.id, "type": "other", "email": "c@x.org", "relationship_no_contact": True}
        self.create_person("Ada, at home", **home)
        self.assertEqual(self.get_objecting("a@x.org"), {"a@x.org"})

    def test_a_file_with_somebody_s_second_address_keeps_her_objection(self):
        self.create_objecting(email="b1@x.org; b2@x.org")
        result = (
            self.env["res.partner"]
            .with_user(self.organiser)
            .load(["name", "email", "relationship_person_source"], [["New", "new@x.org; b2@x.org", "A list"]])
        )
        self.assertTrue(self.env["res.partner"].browse(result["ids"]).relationship_no_contact)

    def test_texts_with_a_second_address_are_found_and_forgotten(self):
        ada = self.create_person("Ada", email="a@x.org; second@x.org; shared@x.org")
        self.create_person("Carla", email="Carla <shared@x.org>")
        written = self.create_person("Eve", comment="<p>Write to second@x.org, or shared@x.org</p>")
        ada.with_user(self.pilot)._relationship_anonymise(never_again=True)
        self.env.invalidate_all()
        self.assertNotIn("second@x.org", written.comment)
        self.assertIn("shared@x.org", written.comment, "it is somebody else's too")
        self.assertEqual(self.get_objecting("a@x.org", "second@x.org"), {"a@x.org", "second@x.org"})
