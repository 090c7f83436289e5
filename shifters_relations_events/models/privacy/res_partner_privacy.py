from odoo import api, fields, models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_datetime

REWRITTEN = ("event.", "mailing.", "link.tracker", "utm.")
PEOPLE = {"event.registration", "mailing.contact"}


class ResPartner(models.Model):
    """What events, mailings and network calls hold on a person, and how they forget her (G5)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_get_personal_sections(self):
        return [
            *super()._relationship_get_personal_sections(),
            self._relationship_get_invitation_section(),
            self._relationship_get_seat_section(),
            self._relationship_get_trace_section(),
            self._relationship_get_subscription_section(),
            self._relationship_get_answer_section(),
        ]

    # What is hers: by a link, or by her address where no other contact has it

    def _relationship_get_invitations(self):
        return self.env["event.invitation"].search([("partner_id", "in", self.ids)])

    def _relationship_get_seats(self):
        """Her seats: what she booked for somebody else is that person's."""
        seats = self.env["event.registration"].with_context(active_test=False)
        emails = set(self._relationship_get_own_emails())
        booked = seats.search(
            Domain("partner_id", "in", self.ids) | Domain.OR([[("email", "ilike", email)] for email in emails])
        )
        hers = booked.filtered(
            lambda seat: emails & set(split_emails(seat.email)) or (seat.partner_id in self and not seat.email)
        )
        guests = seats.search([("invitation_id.partner_id", "in", self.ids)])
        return hers | guests.filtered(lambda seat: not seat.email or emails & set(split_emails(seat.email)))

    def _relationship_get_traces(self):
        hers = Domain("email", "in", self._relationship_get_own_emails())
        for model, records in (
            ("event.invitation", self._relationship_get_invitations()),
            ("res.partner", self),
            ("event.registration", self._relationship_get_seats()),
            ("mailing.contact", self._relationship_get_subscribers()),
        ):
            hers |= Domain("model", "=", model) & Domain("res_id", "in", records.ids)
        return self.env["mailing.trace"].search(hers)

    def _relationship_get_subscribers(self):
        emails = set(self._relationship_get_own_emails())
        found = self.env["mailing.contact"].search(Domain.OR([[("email", "ilike", email)] for email in emails]))
        return found.filtered(lambda contact: emails & set(split_emails(contact.email)))

    def _relationship_get_answers(self):
        """What she was asked by network calls, and answered."""
        domain = Domain("partner_id", "in", self.ids) | Domain("email", "in", self._relationship_get_own_emails())
        return self.env["relationship.network.answer"].search(domain)

    # Told

    def _relationship_get_invitation_section(self):
        invitations = self._relationship_get_invitations()
        names = ("state", "answer", "answered_on", "guest_count", "comment", "last_mailed_on", "objected_on")
        columns = [self.env._("Event"), *(invitations._fields[name]._description_string(self.env) for name in names)]
        rows = [
            [
                each.event_id.name,
                dict(each._fields["state"]._description_selection(self.env))[each.state],
                dict(each._fields["answer"]._description_selection(self.env)).get(each.answer, ""),
                each.answered_on and format_datetime(self.env, each.answered_on),
                each.guest_count,
                each.comment,
                each.last_mailed_on and format_date(self.env, each.last_mailed_on),
                each.objected_on and format_datetime(self.env, each.objected_on),
            ]
            for each in invitations
        ]
        return self.env._("Invitations"), columns, rows

    def _relationship_get_seat_section(self):
        states = dict(self.env["event.registration"]._fields["state"]._description_selection(self.env))
        rows = [
            [
                each.event_id.name,
                each.name,
                each.email,
                each.phone,
                states.get(each.state, ""),
                "\n".join(
                    f"{answer.question_id.title}: {answer.value_answer_id.name or answer.value_text_box or ''}"
                    for answer in each.registration_answer_ids
                ),
            ]
            for each in self._relationship_get_seats()
        ]
        columns = [
            self.env._("Event"),
            self.env._("Name"),
            self.env._("E-mail"),
            self.env._("Phone"),
            self.env._("State"),
            self.env._("Answers"),
        ]
        return self.env._("Seats"), columns, rows

    def _relationship_get_trace_section(self):
        states = dict(self.env["mailing.trace"]._fields["trace_status"]._description_selection(self.env))
        rows = [
            [
                each.mass_mailing_id.subject,
                each.email,
                each.sent_datetime and format_datetime(self.env, each.sent_datetime),
                each.open_datetime and format_datetime(self.env, each.open_datetime),
                states.get(each.trace_status, ""),
            ]
            for each in self._relationship_get_traces()
        ]
        columns = [self.env._("Mailing"), self.env._("E-mail"), self.env._("Sent on"), self.env._("Opened on")]
        return self.env._("Mailings"), [*columns, self.env._("State")], rows

    def _relationship_get_subscription_section(self):
        rows = [
            [each.name, each.email, ", ".join(each.list_ids.mapped("name"))]
            for each in self._relationship_get_subscribers()
        ]
        columns = [self.env._("Name"), self.env._("E-mail"), self.env._("Mailing lists")]
        return self.env._("Subscriptions"), columns, rows

    def _relationship_get_answer_section(self):
        rows = []
        for answer in self._relationship_get_answers():
            lines = [
                f"{line.organisation_id.name}: "
                + dict(line._fields["acquaintance"]._description_selection(self.env))[line.acquaintance]
                for line in answer.line_ids
            ]
            answered = answer.answered_on and format_datetime(self.env, answer.answered_on)
            rows.append([answer.call_id.display_name, answer.name, answer.email, answered, "\n".join(lines)])
        columns = [self.env._("Network call"), self.env._("Name"), self.env._("E-mail"), self.env._("Answered on")]
        return self.env._("Network calls"), [*columns, self.env._("Answer")], rows

    def _relationship_get_told(self):
        own = (
            self._relationship_get_invitations(),
            self._relationship_get_seats(),
            self._relationship_get_traces(),
            self._relationship_get_subscribers(),
            self._relationship_get_answers(),
        )
        return {**super()._relationship_get_told(), **{records._name: records for records in own}}

    # Kept

    @api.model
    def _relationship_get_known_domain(self):
        self.env["event.invitation"].flush_model(["partner_id"])
        invited = SQL("SELECT partner_id FROM event_invitation")
        return super()._relationship_get_known_domain() | Domain("id", "in", invited)

    @api.model
    def _relationship_get_seen(self, since):
        for name in ("event.invitation", "event.registration", "event.event", "relationship.network.answer"):
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
        ]

    # Forgotten

    def _relationship_get_gone(self):
        """With what was written to her as an invitee, a guest, a subscriber or one who is asked."""
        gone = super()._relationship_get_gone()
        answers, subscribers = self._relationship_get_answers(), self._relationship_get_subscribers()
        for records in (self._relationship_get_invitations(), self._relationship_get_seats(), answers, subscribers):
            of_records = [("model", "=", records._name), ("res_id", "in", records.ids)]
            gone["mail.mail"] |= self.env["mail.mail"].search(of_records)
            gone["mail.message"] |= self.env["mail.message"].search(of_records)
        return gone | {answers._name: answers, subscribers._name: subscribers}

    def _relationship_get_emptied(self):
        traces, invitations = self._relationship_get_traces(), self._relationship_get_invitations()
        answers = self._relationship_get_seats().registration_answer_ids
        return {
            **super()._relationship_get_emptied(),
            ("mailing.trace", "email"): traces,
            ("mailing.trace", "failure_reason"): traces,
            ("event.invitation", "comment"): invitations,
            ("event.registration.answer", "value_text_box"): answers,
        }

    def _relationship_forget(self, gone):
        """The figures of the editions stay: an invitation, a seat and a trace remain, of nobody."""
        nobody = self._relationship_get_nobody()
        seats, traces = self._relationship_get_seats(), self._relationship_get_traces()
        invitations = self._relationship_get_invitations()
        result = super()._relationship_forget(gone)
        seats.write({"name": nobody, "email": False, "phone": False, "company_name": False})
        seats.registration_answer_ids.filtered("value_text_box").write({"value_text_box": nobody})
        traces.write({"email": False, "failure_reason": False})
        invitations.write({"comment": False})
        invitations.action_renew_link()
        coming = invitations.filtered(lambda each: each.event_id.date_end > fields.Datetime.now())
        coming.action_cancel()
        return result

    @api.model
    def _relationship_is_rewritten(self, model, name):
        """A seat or a subscriber of the same name and another address is somebody else."""
        if model in PEOPLE:
            return False
        return model.startswith(REWRITTEN) or super()._relationship_is_rewritten(model, name)
