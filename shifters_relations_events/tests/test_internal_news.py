from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import PartnerEventCase

MARKER = "secretmarker"


@tagged("post_install", "-at_install")
class TestInternalNews(PartnerEventCase):
    """A mailing drafted from what may be told inside, and from nothing else (R2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.readers = cls.env["mailing.list"].create({"name": "Members"})

    def draft(self, user=None, **values):
        user = user or self.organiser
        wizard = self.env["relationship.internal.news"].with_user(user).with_context(lang=user.lang)
        values = {"date_from": "2026-02-01", "date_to": "2026-02-28", "mailing_list_id": self.readers.id, **values}
        return self.env["mailing.mailing"].browse(wizard.create(values).action_draft()["res_id"])

    def create_cooperation(self, name, **values):
        return self.env["relationship.cooperation"].create(
            {
                "name": name,
                "kind_id": self.env["relationship.cooperation.kind"].search([], limit=1).id,
                "destination_id": self.env["relationship.destination"].search([], limit=1).id,
                "stage": "ongoing",
                "date_introduced": "2026-02-10",
                "outcome": f"{name} went well",
                "role_ids": [(0, 0, {"partner_id": self.partner.id})],
                **values,
            }
        )

    def test_the_draft_tells_what_may_be_told_and_is_not_sent(self):
        self.env["relationship.news"].create({"name": "A new study", "date": "2026-02-03", "text": "<p>On rail</p>"})
        self.env["relationship.news"].create({"name": "Too late", "date": "2026-03-03"})
        self.meet(self.partner, 20, summary="<p>They want a talk</p>", shareable_inside=True)
        self.create_cooperation("Talk for the board", shareable_inside=True)
        self.create_cooperation("Unripe plan")
        self.invite("Ada", state="sent")
        mailing = self.draft()
        body = mailing.body_html
        for told in ("A new study", "On rail", "Réseau Climat", "They want a talk", "Talk for the board went well"):
            self.assertIn(told, body)
        self.assertIn("Partners' evening", body)
        for hidden in ("Too late", "Unripe"):
            self.assertNotIn(hidden, body)
        self.assertEqual((mailing.state, mailing.mailing_model_real), ("draft", "mailing.contact"))
        self.assertEqual(mailing.contact_list_ids, self.readers)
        self.assertIn("1 February to 28 February", mailing.subject)
        self.assertIn("o_layout", mailing.body_arch)
        self.assertFalse(self.env["mailing.trace"].search([("mass_mailing_id", "=", mailing.id)]))

    def test_nothing_confidential_is_told(self):
        shared = self.meet(self.partner, 20, summary="<p>Good</p>", shareable_inside=True, needs=MARKER, told=MARKER)
        self.env["relationship.synthesis.confidential"].with_user(self.helene).create(
            {"synthesis_id": shared.id, "note": MARKER}
        )
        self.meet(self.partner, 18, summary=f"<p>{MARKER}</p>")
        self.write_synthesis(self.partner, date="2026-02-20", summary=f"<p>{MARKER}</p>", shareable_inside=True)
        self.create_cooperation("Quiet", outcome=MARKER)
        for user in (self.organiser, self.pilot):
            mailing = self.draft(user=user)
            self.assertIn("Good", mailing.body_html)
            for text in (mailing.subject, mailing.body_html, mailing.body_arch, mailing.preview or ""):
                self.assertNotIn(MARKER, text)

    def test_a_relation_is_new_once(self):
        former, closed = self.create_target("Known for long"), self.create_target("Wants none")
        self.meet(former, 100)
        self.meet(former, 20)
        self.meet(closed, 20)
        closed.relationship_no_contact = True
        self.meet(self.partner, 20)
        body = self.draft().body_html
        self.assertIn("Met for the first time", body)
        self.assertIn("Réseau Climat", body)
        self.assertNotIn("Known for long", body)
        self.assertNotIn("Wants none", body)

    def test_who_wants_no_contact_is_not_named_nor_what_was_done_together(self):
        silent = self.create_target("Silent & co")
        self.meet(silent, 20, summary="<p>They were frank</p>", shareable_inside=True)
        roles = [(0, 0, {"partner_id": partner.id}) for partner in self.partner | silent]
        self.create_cooperation("Joint talk", shareable_inside=True, role_ids=roles)
        told = ("Silent &amp; co", "They were frank", "Joint talk")
        body = self.draft().body_html
        for words in told:
            self.assertIn(words, body)
        silent.relationship_no_contact = True
        self.meet(self.partner, 20)
        body = self.draft().body_html
        for words in told:
            self.assertNotIn(words, body)

    def test_an_objection_that_comes_while_the_news_waits_holds_it_back(self):
        silent = self.create_target("Silent & co")
        self.meet(silent, 20, shareable_inside=True)
        self.readers.contact_ids = [(0, 0, {"name": "Reader", "email": "reader@example.org"})]
        drafted, queued = self.draft(), self.draft()
        queued.action_put_in_queue()
        silent.relationship_no_contact = True
        with self.assertRefused(ValidationError, "Silent & co asked not to be contacted"):
            drafted.action_put_in_queue()
        with patch.object(self.env.cr, "commit"):
            self.env["mailing.mailing"]._process_mass_mailing_queue()
        self.assertEqual(queued.state, "draft")
        self.assertIn("Silent & co", queued.activity_ids.summary)
        self.assertFalse(self.env["mailing.trace"].search([("mass_mailing_id", "=", queued.id)]))
        drafted.body_html = "<p>Nothing of them</p>"
        drafted.action_put_in_queue()
        self.assertEqual(drafted.state, "in_queue")

    def test_an_edition_is_announced_once_somebody_is_invited(self):
        self.meet(self.partner, 20)
        [ada] = self.invite("Ada")
        self.assertNotIn("Partners' evening", self.draft().body_html)
        ada.state = "sent"
        self.assertIn("Partners' evening", self.draft().body_html)
        self.event.active = False
        self.assertNotIn("Partners' evening", self.draft().body_html)

    def test_long_words_are_shortened_and_markup_is_plain(self):
        text = "<p>{{ 7 * 7 }} &lt;t t-out='7*7'/&gt; " + "word " * 200 + "end</p>"
        self.meet(self.partner, 20, summary=text, shareable_inside=True)
        body = self.draft().body_html
        self.assertIn("{ { 7 * 7 }} &lt;t", body)
        self.assertIn("…", body)
        self.assertNotIn("end</", body)

    def test_a_text_without_blanks_is_quoted_too(self):
        shorten = self.env["relationship.internal.news"]._shorten
        self.assertEqual(shorten(f"<p>{'气' * 300}</p>"), "气" * 240 + "…")
        self.assertEqual(shorten("<p>Short\n text</p>"), "Short text")

    def test_the_period_is_last_month_and_must_not_end_before_it_begins(self):
        with Form(self.env["relationship.internal.news"].with_user(self.organiser)) as form:
            self.assertEqual((form.date_from, form.date_to), (date(2026, 2, 1), date(2026, 2, 28)))
            form.mailing_list_id = self.readers
        with self.assertRefused(ValidationError, "before it begins"):
            self.draft(date_from=date(2026, 3, 1))

    def test_nothing_to_tell_is_said(self):
        self.env["event.event"].search([("is_partner_event", "=", True)]).write({"kanban_state": "cancel"})
        with self.assertRefused(UserError, "Nothing may be shared"):
            self.draft(date_from="2001-01-01", date_to="2001-01-31")

    def test_it_is_the_organisers_work(self):
        self.meet(self.partner, 20)
        self.assertTrue(self.draft(user=self.pilot))
        for user in (self.helene, self.outsider, self.env.ref("base.public_user")):
            with self.assertRefused(AccessError):
                self.draft(user=user)
        menu = self.env.ref("shifters_relations_events.relationship_internal_news_menu")
        self.assertIn(menu.id, self.env["ir.ui.menu"].with_user(self.organiser)._visible_menu_ids())
        self.assertNotIn(menu.id, self.env["ir.ui.menu"].with_user(self.helene)._visible_menu_ids())

    def test_it_is_drafted_in_the_language_of_who_drafts(self):
        self.organiser.lang = "fr_FR"
        self.meet(self.partner, 20)
        self.assertIn("Première rencontre", self.draft().body_html)
