import inspect
import re
from datetime import datetime
from unittest.mock import patch

from odoo.addons.mail.tests.common import MailCase
from odoo.tests import tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestLanguage(RelationshipCase, MailCase):
    """A language that was deactivated, or none, keeps nobody from being written to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.partner_id.lang = "fr_FR"
        cls.env["res.lang"]._activate_lang("ar_001")

    def deactivate(self, partners):
        """Odoo does not look at archived contacts, nor do imports and other programs ask."""
        partners.flush_recordset()
        self.env.cr.execute("UPDATE res_partner SET lang = 'sq_AL' WHERE id IN %s", [tuple(partners.ids)])
        partners.invalidate_recordset()

    def test_the_company_s_language_stands_for_one_that_is_not_installed(self):
        ada = self.env["res.partner"].create({"name": "Ada", "lang": "ar_001"})
        self.assertEqual(ada._relationship_get_lang(), "ar_001")
        self.deactivate(ada)
        self.assertEqual(ada._relationship_get_lang(), "fr_FR")
        self.assertEqual(ada._relationship_get_lang("en_US"), "en_US")
        ada.lang = False
        self.assertEqual(ada._relationship_get_lang(), "fr_FR")
        self.deactivate(self.env.company.partner_id)
        self.assertIn(ada._relationship_get_lang(), dict(self.env["res.lang"].get_installed()))

    def test_the_morning_s_mail_leaves_all_the_same(self):
        target = self.create_target()
        self.renewal_of(target).date_deadline = "2026-03-11"
        self.deactivate(self.helene.partner_id)
        with self.mock_mail_gateway(mail_unlink_sent=True), patch.object(self.env.cr, "commit"):
            self.helene_member._remind_once(datetime(2026, 3, 11, 9))
        [mail] = [mail for mail in self._mails if self.helene.email in mail["email_to"][0]]
        self.assertIn("contact à faire", mail["subject"])
        self.assertIn('dir="ltr"', mail["body"])

    def test_a_referent_is_told_all_the_same(self):
        referent = self.env["res.partner"].create({"name": "Ada", "email": "ada@example.org"})
        self.deactivate(referent | self.helene.partner_id)
        destination = self.env["relationship.destination"].create({"name": "Group", "referent_id": referent.id})
        with self.mock_mail_gateway():
            cooperation = self.env["relationship.cooperation"].create(
                {
                    "name": "A talk",
                    "kind_id": self.env["relationship.cooperation.kind"].search([], limit=1).id,
                    "destination_id": destination.id,
                    "referent_id": referent.id,
                    "user_id": self.helene.id,
                    "role_ids": [(0, 0, {"partner_id": self.create_target().id})],
                }
            )
            cooperation.action_introduce()
        self.assertTrue(self._new_mails.filtered(lambda mail: referent in mail.recipient_ids))

    def test_a_report_of_a_former_language_is_read(self):
        report = self.env["relationship.report"].create({"date_from": "2026-01-01", "lang": "fr_FR"})
        report.flush_recordset()
        self.env.cr.execute("UPDATE relationship_report SET lang = 'sq_AL' WHERE id = %s", [report.id])
        report.invalidate_recordset()
        self.assertIn("Rapport d'activité", report.display_name)
        self.assertIn("Rapport d'activité", report.body)

    def test_the_notice_goes_from_right_to_left(self):
        ada = self.env["res.partner"].create({"name": "Ada", "lang": "ar_001"})
        notice = self.env["relationship.privacy"]._get_notice(ada)
        self.assertIn('dir="rtl"', notice)


@tagged("post_install", "-at_install")
class TestLanguageOfNames(RelationshipCase):
    """What is read in one language is not kept for a reader of another one."""

    # What makes the words of a computed text depend on who reads it.
    TRANSLATED = re.compile(r"\bself\.env\._\(|format_\w+\(\s*self\.env|_description_selection\(self\.env\)")

    def get_functions(self, model, name, seen):
        """What a method runs, itself and those of the same model that it calls."""
        functions = [each for each in (vars(cls).get(name) for cls in type(model).mro()) if each]
        for function in functions:
            if "shifters" in function.__module__ and function not in seen:
                seen.add(function)
                for called in re.findall(r"\.(_\w+)\(", inspect.getsource(function)):
                    if callable(getattr(type(model), called, None)):
                        self.get_functions(model, called, seen)
        return seen

    def is_translated(self, model, field):
        depends = self.env.registry.field_depends[field]
        for path in depends:
            at, last = model, None
            for name in path.split("."):
                last = at._fields[name]
                at = self.env.get(last.comodel_name, at)
            named = last.relational and field.name == "display_name" and at._name.startswith("relationship.")
            asked = at._fields["display_name"] if named else last
            if getattr(asked, "translate", False) or "lang" in self.env.registry.field_depends_context.get(asked, ()):
                return True
        functions = self.get_functions(model, field.compute, set()) if isinstance(field.compute, str) else ()
        return any(self.TRANSLATED.search(inspect.getsource(function)) for function in functions)

    def test_every_computed_text_says_that_it_depends_on_the_language(self):
        checked, wrong = 0, []
        for model in self.env.values():
            for field in model._fields.values():
                is_ours = "shifters" in f"{field._module} {model._original_module}"
                is_computed = field.compute and not field.related and not field.store
                is_text = field.type in ("char", "text", "html")
                if is_ours and is_computed and is_text and self.is_translated(model, field):
                    checked += 1
                    if "lang" not in self.env.registry.field_depends_context.get(field, ()):
                        wrong.append(str(field))
        self.assertGreater(checked, 30)
        self.assertFalse(wrong)
