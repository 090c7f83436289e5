from functools import partial

from odoo import api, fields, models
from odoo.addons.shifters_relations.models.privacy.held import UNLINK, Kind, say, written_on
from odoo.fields import Domain
from odoo.tools import SQL

REWRITTEN = ("event.", "mailing.", "link.tracker", "utm.")
PEOPLE = {"event.registration", "mailing.contact"}


class ResPartner(models.Model):
    """What events, mailings and network calls hold on a person, and how they forget her (G5)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_get_kinds(self, emails):
        ids, kind = self.ids, partial(Kind, self.env, emails)
        hers, as_guest = Domain("partner_id", "in", ids), Domain("invitation_id.partner_id", "in", ids)
        nobody = self._relationship_get_nobody()

        def get_answers(seat):
            return "\n".join(
                f"{answer.question_id.title}: {answer.value_answer_id.name or answer.value_text_box or ''}"
                for answer in seat.registration_answer_ids
            )

        def get_acquaintances(answer):
            return "\n".join(f"{line.organisation_id.name}: {say(line, 'acquaintance')}" for line in answer.line_ids)

        answered = ("state", "answer", "answered_on", "guest_count", "comment", "last_mailed_on", "objected_on")
        invitations = kind(
            "event.invitation",
            hers,
            {"comment": False},
            ("event_id.name", *answered),
            self.env._("Invitations"),
            is_whole=True,
            is_sought=True,
        )
        seats = kind(
            "event.registration",
            Domain("email", "=", False) & (hers | as_guest),  # what she booked for somebody else is that person's
            {"name": nobody, "email": False, "phone": False, "company_name": False},
            ("event_id.name", "name", "email", "phone", "state", (get_answers, self.env._("Answers"))),
            self.env._("Seats"),
            addressed="email",
            is_whole=True,
        )
        subscribers = kind(
            "mailing.contact",
            Domain.FALSE,
            UNLINK,
            ("name", "email", "list_ids"),
            self.env._("Subscriptions"),
            addressed="email",
            is_whole=True,
        )
        calls = kind(
            "relationship.network.answer",
            hers,
            UNLINK,
            ("call_id", "name", "email", "answered_on", (get_acquaintances, self.env._("Answer"))),
            self.env._("Network calls"),
            addressed="email",
            is_whole=True,
            is_sought=True,
        )

        def get_proposed(proposal):
            return proposal._get_told().name

        cards = kind(
            "relationship.directory.card",
            hers,
            lambda records: records.write({"partner_id": False}),
            ("organisation_id.name", "asked_on", "confirmed_on", "refused_on", "objected_on", "public_email"),
            self.env._("Directory cards"),
            is_sought=True,
        )
        shown = kind(
            "relationship.directory.card",
            Domain.FALSE,
            {"public_email": False},
            cards.columns,
            self.env._("Directory cards"),
            addressed="public_email",
        )
        corrections = kind(
            "relationship.directory.correction",
            Domain.FALSE,
            UNLINK,
            ("card_id.organisation_id.name", "what", "value", "state"),
            self.env._("Directory corrections"),
            addressed="value",
        )
        agendas = kind(
            "relationship.calendar.subscription",
            Domain.FALSE,
            UNLINK,
            ("name", "summary", "email", "asked_on", "confirmed_on", "is_weekly"),
            self.env._("Partners' agenda"),
            addressed="email",
            is_whole=True,
        )
        proposals = kind(
            "relationship.calendar.proposal",
            Domain.FALSE,
            lambda records: records._forget_proposer(),
            (
                "organisation",
                "email",
                (get_proposed, self.env._("Event")),
                "confirmed_on",
                "answer",
            ),
            self.env._("Proposed events"),
            addressed="email",
            is_whole=True,
        )
        surveys = kind(
            "relationship.survey.answer",
            hers,
            {"help_line": False, "word": False},
            ("survey_id", "asked_on", "answered_on", "is_answered", "need", "help_line", "time", "word", "objected_on"),
            self.env._("Surveys"),
            is_whole=True,
            is_sought=True,
        )
        people = kind("res.partner", lambda: self, "")
        traces = kind(
            "mailing.trace",
            lambda: Domain("email", "in", emails) | written_on(invitations, people, seats, subscribers, cards, surveys),
            {"email": False, "failure_reason": False},
            ("mass_mailing_id.subject", "email", "sent_datetime", "open_datetime", "trace_status"),
            self.env._("Mailings"),
            is_whole=True,
        )
        questions = kind(
            "event.registration.answer",
            lambda: seats.records.registration_answer_ids.filtered("value_text_box"),
            {"value_text_box": nobody},
        )
        mails, messages = (
            kind(
                model,
                lambda: written_on(invitations, seats, calls, subscribers, cards, agendas, proposals, surveys),
                UNLINK,
            )
            for model in ("mail.mail", "mail.message")
        )
        return [
            *super()._relationship_get_kinds(emails),
            *(invitations, seats, traces, subscribers, calls, agendas, proposals, mails, messages, questions),
            *(cards, shown, corrections, surveys),
            kind("relationship.survey.answer", hers, lambda records: records.action_renew_link()),
            kind("event.registration", as_guest, "it is her guest's", is_sought=True),
            kind("relationship.network.answer.line", lambda: calls.records.line_ids, "it goes too", is_sought=True),
            kind("event.invitation", hers, self._relationship_withdraw),
        ]

    @api.model
    def _relationship_withdraw(self, invitations):
        """Revoke the personal links, and give back the seats of what is to come."""
        invitations.action_renew_link()
        coming = invitations.filtered(lambda each: each.event_id.date_end > fields.Datetime.now())
        coming.action_cancel()

    # Kept

    @api.model
    def _relationship_get_known_domain(self):
        self.env["event.invitation"].flush_model(["partner_id"])
        self.env["relationship.survey.answer"].flush_model(["partner_id"])
        invited = SQL("SELECT partner_id FROM event_invitation UNION SELECT partner_id FROM relationship_survey_answer")
        return super()._relationship_get_known_domain() | Domain("id", "in", invited)

    @api.model
    def _relationship_get_seen(self, since):
        for name in (
            "event.invitation",
            "event.registration",
            "event.event",
            "relationship.network.answer",
            "relationship.survey.answer",
        ):
            self.env[name].flush_model()
        return [
            *super()._relationship_get_seen(since),
            SQL(
                "SELECT invitation.partner_id FROM event_invitation invitation"
                " JOIN event_event event ON event.id = invitation.event_id"
                " WHERE GREATEST(invitation.create_date, event.date_end) >= %s",
                since,
            ),
            SQL(
                "SELECT registration.partner_id FROM event_registration registration"
                " JOIN event_event event ON event.id = registration.event_id"
                " WHERE event.date_end >= %s AND registration.partner_id IS NOT NULL",
                since,
            ),
            SQL(
                "SELECT partner_id FROM relationship_network_answer WHERE answered_on >= %s AND partner_id IS NOT NULL",
                since,
            ),
            SQL("SELECT partner_id FROM relationship_survey_answer WHERE answered_on >= %s", since),
        ]

    # Forgotten

    @api.model
    def _relationship_is_rewritten(self, model, name):
        """Extend: a seat or a subscriber of the same name and another address is somebody else."""
        if model in PEOPLE:
            return False
        return model.startswith(REWRITTEN) or super()._relationship_is_rewritten(model, name)
