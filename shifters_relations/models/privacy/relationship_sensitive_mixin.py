from odoo import api, fields, models

from ...groups import MEMBERS
from ...sensitive import find_said
from ..memory.relationship_synthesis import TEXT_FIELDS

SHORTEST_ACRONYM = 3  # a shorter one may be a word of any text


class RelationshipSensitiveMixin(models.AbstractModel):
    """Free texts about organisations, beside which stands what the law says where they tell too much of a person (G1).

    Only a sentence on the screen: nothing is refused, kept, logged or sent.
    """

    _name = "relationship.sensitive.mixin"
    _description = "Free Texts about Organisations"
    _sensitive_texts = ()  # paths of the fields in which one writes freely
    _sensitive_about = ()  # paths of those that say about whom

    relationship_sensitive_sentence = fields.Char(
        "What the law says of it", compute="_compute_relationship_sensitive_sentence", groups=MEMBERS
    )
    relationship_is_guarded = fields.Boolean(
        "Is about an organisation", compute="_compute_relationship_is_guarded", groups=MEMBERS
    )

    @api.depends(lambda self: [path.partition(".")[0] for path in (*self._sensitive_texts, *self._sensitive_about)])
    @api.depends_context("uid", "lang")
    def _compute_relationship_sensitive_sentence(self):
        sentences = self._relationship_find_sentences({each: each._relationship_get_free_texts() for each in self})
        for each in self:
            each.relationship_sensitive_sentence = sentences.get(each, False)

    @api.model
    def _relationship_find_sentences(self, texts):
        """Return what the law says of lists of texts by record: dictionary of sentences, where it says something."""
        words = self.env["relationship.sensitive.word"]._get_words()
        worth = [each for each, its in texts.items() if any(map(words.may_be_in, its))]
        organisations = {each: each._relationship_get_sensitive_organisations() for each in worth}
        people = self.env["res.partner"].with_context(active_test=False)
        theirs = people.union(*organisations.values()).ids
        if not theirs:
            return {}
        persons = people.search_fetch(
            [("commercial_partner_id", "in", theirs), ("is_company", "=", False)], ["name", "commercial_partner_id"]
        )
        sentences = {}
        for each in worth:
            named = persons.filtered(lambda person, its=organisations[each]: person.commercial_partner_id in its)
            found = find_said(
                texts[each],
                [name for name in named.mapped("name") if name],
                words,
                organisations=organisations[each]._relationship_get_own_names(),
                about=each._relationship_get_sensitive_person(),
            )
            if found:
                sentences[each] = self._relationship_say_law(*found)
        return sentences

    @api.depends(lambda self: [path.partition(".")[0] for path in self._sensitive_about])
    def _compute_relationship_is_guarded(self):
        """Compute whether the team follows whom the texts are about: elsewhere nothing is looked at while one types."""
        for each in self:
            about = each._relationship_get_sensitive_partners().commercial_partner_id.sudo()
            each.relationship_is_guarded = any(about.mapped("relationship_stage"))

    def _relationship_get_free_texts(self):
        return [text for path in self._sensitive_texts for text in self.mapped(path) if text]

    def _relationship_get_sensitive_organisations(self):
        """Return the organisations that the texts are about, those alone that the user may read."""
        return self._relationship_get_sensitive_partners()._origin._filtered_access("read").commercial_partner_id

    def _relationship_get_sensitive_partners(self):
        """Return those that the texts are about: organisations, or persons of theirs."""
        return self.env["res.partner"].union(*(self.mapped(path) for path in self._sensitive_about))

    def _relationship_get_sensitive_person(self):
        """Return the name of the person on whose own page the texts are, if any."""
        return ""

    @api.model
    def _relationship_say_law(self, name, word):
        return self.env._(
            "“%(name)s… %(word)s”: without her explicit agreement, the law forbids keeping this (GDPR, article 9).",
            name=name,
            word=word,
        )


class RelationshipSynthesis(models.Model):
    _name = "relationship.synthesis"
    _inherit = ["relationship.synthesis", "relationship.sensitive.mixin"]
    _sensitive_texts = ("summary", *TEXT_FIELDS)
    _sensitive_about = ("partner_id", "participant_ids")


class RelationshipCooperation(models.Model):
    _name = "relationship.cooperation"
    _inherit = ["relationship.cooperation", "relationship.sensitive.mixin"]
    _sensitive_texts = ("name", "description", "outcome", "role_ids.conditions")
    _sensitive_about = ("role_ids.partner_id",)


class CalendarEvent(models.Model):
    """What is written of a meeting, and the agenda and the minutes of a committee."""

    _name = "calendar.event"
    _inherit = ["calendar.event", "relationship.sensitive.mixin"]
    _sensitive_texts = ("description", "notes", "relationship_agenda", "relationship_minutes")
    _sensitive_about = (
        "met_partner_ids",
        "relationship_partner_id",
        "relationship_committee_id.cooperation_id.role_ids.partner_id",
    )


class MailActivity(models.Model):
    """The notes of an activity beside an organisation, or beside a person."""

    _name = "mail.activity"
    _inherit = ["mail.activity", "relationship.sensitive.mixin"]
    _sensitive_texts = ("summary", "note")
    _sensitive_about = ("res_model", "res_id")

    def _relationship_get_sensitive_partners(self):
        return self.env["res.partner"].browse(
            self.filtered(lambda each: each.res_model == "res.partner").mapped("res_id")
        )

    def _relationship_get_sensitive_person(self):
        return self._relationship_get_sensitive_partners()._relationship_get_sensitive_person()


class MailActivitySchedule(models.TransientModel):
    """The same, while the activity is being planned."""

    _name = "mail.activity.schedule"
    _inherit = ["mail.activity.schedule", "relationship.sensitive.mixin"]
    _sensitive_texts = ("summary", "note")
    _sensitive_about = ("res_model", "res_ids")

    def _relationship_get_sensitive_partners(self):
        partners = self.env["res.partner"]
        return self._get_applied_on_records() if self.res_model == partners._name else partners

    def _relationship_get_sensitive_person(self):
        about = self._relationship_get_sensitive_partners()
        return about._relationship_get_sensitive_person() if len(about) == 1 else ""


class ResPartner(models.Model):
    """The notes on an organisation, and on a person, whom they are about though they do not name her."""

    _name = "res.partner"
    _inherit = ["res.partner", "relationship.sensitive.mixin"]
    _sensitive_texts = ("comment", "relationship_intention")
    _sensitive_about = ("parent_id",)

    def relationship_say_law(self, text):
        """Return what the law says of a text about this organisation or person that is kept nowhere yet, if anything.

        :raise AccessError: who asks is not of the team, or may not read who it is about
        """
        self.ensure_one()
        self._check_field_access(self._fields["relationship_sensitive_sentence"], "read")
        self.check_access("read")
        return self._relationship_find_sentences({self: [text]}).get(self, False)

    def _relationship_get_sensitive_partners(self):
        return self.parent_id or self

    def _relationship_get_sensitive_person(self):
        return "" if self.is_company else self.name or ""

    def _relationship_get_own_names(self):
        """Return how these organisations are called, whatever is in their names."""
        acronyms = [each for each in self.mapped("relationship_acronym") if each and len(each) >= SHORTEST_ACRONYM]
        return [*filter(None, self.mapped("name")), *acronyms]
