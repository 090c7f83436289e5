import re

import polib
from odoo.tests import tagged
from odoo.tests.common import TransactionCase
from odoo.tools.misc import file_path
from odoo.tools.translate import TranslationModuleReader


@tagged("post_install", "-at_install")
class TestTranslation(TransactionCase):
    """Every source string of the addon has its French."""

    addon = "shifters_relations"

    def test_french_is_complete(self):
        translated = {
            entry.msgid
            for entry in polib.pofile(file_path(f"{self.addon}/i18n/fr.po"))
            if entry.msgstr and not entry.fuzzy and not entry.obsolete
        }
        sources = {source for _module, _type, _name, _id, source, *_rest in self.read_sources()}
        self.assertGreater(len(sources), 150)
        self.assertFalse(sorted(sources - translated))

    def read_sources(self):
        with self.env.registry.cursor() as cr:
            yield from TranslationModuleReader(cr, [self.addon])

    def test_what_is_counted_is_in_the_singular_or_the_plural(self):
        for entry in polib.pofile(file_path(f"{self.addon}/i18n/fr.po")):
            for text in (entry.msgid, entry.msgstr):
                self.assertNotRegex(text, r"\w\((?:s|e|es|ent|x)\)")

    def test_french_has_a_no_break_space_before_signs_of_two_parts(self):
        markup = re.compile(r"<[^>]*>|&\w+;|{{.*?}}")
        for entry in polib.pofile(file_path(f"{self.addon}/i18n/fr.po")):
            written = markup.sub("", entry.msgstr)
            self.assertNotRegex(written, r"[^\u00a0][:;?!»](?=\W|$)(?!//)|«[^\u00a0]", entry.msgid)

    def test_french_keeps_the_placeholders(self):
        placeholder = re.compile(r"%\(\w+\)s|<[^>]+>")
        for entry in polib.pofile(file_path(f"{self.addon}/i18n/fr.po")):
            self.assertEqual(
                sorted(placeholder.findall(entry.msgid)), sorted(placeholder.findall(entry.msgstr)), entry.msgid
            )
