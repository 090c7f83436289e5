import logging

import psycopg2
from odoo import api, fields, models
from odoo.addons.shifters_relations.groups import ORGANISERS
from odoo.addons.shifters_relations.tools import in_some_language, take_defaults, without_defaults
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

STATES = [
    ("draft", "To invite"),
    ("sent", "Invitation sent"),
    ("accepted", "Is coming"),
    ("waiting", "Waiting for a seat"),
    ("maybe", "Maybe"),
    ("declined", "Is not coming"),
    ("cancelled", "Cancelled"),
]
ANSWERS = [("yes", "I am coming"), ("maybe", "Maybe"), ("no", "I cannot come")]
# Which of two answers is kept when two partners become one.
STATE_ORDER = ("accepted", "waiting", "declined", "maybe", "sent", "draft", "cancelled")
TAKEN_STATES = ("open", "done")
PROPOSAL_FIELDS = ("event_id", "partner_id", "wave")
ANSWER_FIELDS = ("answer", "answered_on", "objected_on", "comment", "last_mailed_on", "known_facts")
COMMENT_MAX_LENGTH = 1000  # as browsers count
FAILURES = {
    "mail_email_missing": "no_address",
    "mail_email_invalid": "bad_address",
    "mail_dup": "duplicate",
    "mail_bl": "opted_out",
    "mail_optout": "opted_out",
    "mail_bounce": "bounced",
    "mail_from_missing": "no_sender",
    "mail_from_invalid": "no_sender",
}
# Whom the last mail did not reach, for a reason that is hers.
UNDELIVERED_STATES = {"no_address", "bad_address", "bounced"}
FAILED_STATUSES = ("bounce", "error", "cancel")  # of a mail's trace
AFTER_FAILURE = {*FAILURES.values(), "failed", "corrected"}  # no delivery is one of these without such a trace
# Mails to who has answered, who has not, who came…: which invitations each kind of mailing reaches.
KIND_DOMAINS = {
    "invitation": ["|", ("state", "=", "draft"), "&", ("state", "=", "sent"), ("delivery", "=", "corrected")],
    "reminder": [("state", "=", "sent"), ("reminder_count", "<", 2), ("last_mailed_on", "<=", "-7d")],
    "practical": [("state", "=", "accepted")],
    "thanks": [("state", "=", "accepted"), ("present_count", ">", 0)],
    "absent": [("state", "=", "accepted"), ("present_count", "=", 0)],
}


def count_as_browser(text):
    """Count the length of a text as the field of a browser does: in units of UTF-16, two for an emoji.

    >>> count_as_browser("ok 👍")
    5
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class EventInvitation(models.Model):
    """One person invited to a partner event, and what she answered (E2-E4).

    The answer is stored at once, on this row; seats are given in the order of answers by
    :meth:`event.event._relationship_seat_invitations`, which alone creates registrations. In between, the
    answer is received. The state is what people read: it follows from the answer, the seats and
    the delivery of the invitation.
    """

    _name = "event.invitation"
    _description = "Invitation to a Partner Event"
    _inherit = ["relationship.naming.mixin", "relationship.personal.link.mixin", "mail.thread"]
    _page = "/partner-event"
    _order = "event_id, organisation_id, id"
    _rec_name = "partner_id"
    _mailing_enabled = True

    event_id = fields.Many2one("event.event", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Invitee", required=True, index=True, ondelete="cascade")
    organisation_id = fields.Many2one(
        "res.partner",
        compute="_compute_organisation_id",
        store=True,
        precompute=True,
        index=True,
        ondelete="cascade",
    )
    owner_id = fields.Many2one(related="organisation_id.relationship_owner_id", string="Contact owner")
    sector_id = fields.Many2one(related="organisation_id.relationship_sector_id")
    type_id = fields.Many2one(related="organisation_id.relationship_type_id")
    wave = fields.Integer(default=1)
    state = fields.Selection(STATES, required=True, default="draft", readonly=True, copy=False, index=True)
    answer = fields.Selection(ANSWERS, readonly=True, copy=False)
    answer_number = fields.Integer("Order of arrival", readonly=True, copy=False)
    answered_on = fields.Datetime("Answered on", readonly=True, copy=False)
    objected_on = fields.Datetime("Objected on", readonly=True, copy=False)
    guest_count = fields.Integer("Guests", readonly=True, copy=False)
    comment = fields.Text("A word", readonly=True, copy=False)
    registration_ids = fields.One2many("event.registration", "invitation_id", "Seats", copy=False)
    present_count = fields.Integer("Present", compute="_compute_present_count", store=True, copy=False)
    is_synthesis_prepared = fields.Boolean("A synthesis was prepared", readonly=True, copy=False)
    reminder_count = fields.Integer("Reminders", readonly=True, copy=False)
    last_mailed_on = fields.Date("Last mail", readonly=True, copy=False)
    known_facts = fields.Char("When and where, as announced", readonly=True, copy=False)
    delivery = fields.Selection(
        [
            ("waiting", "To be sent"),
            ("delivered", "Delivered"),
            ("no_address", "No address: note one on the person"),
            ("bad_address", "The address is wrong: correct it on the person"),
            ("duplicate", "Somebody else has the same address: note another one, or call"),
            ("opted_out", "Wants no mailing: call instead"),
            ("bounced", "Came back: correct the address, or call"),
            ("no_sender", "No address to send from: note one on the company"),
            ("failed", "Could not be sent yet: it is tried again for three days"),
            ("corrected", "The address was corrected: invite again"),
            ("unwritable", "Archived, or asked not to be contacted: nothing is sent"),
        ],
        compute="_compute_delivery",
        search="_search_delivery",
    )

    _one_each = models.UniqueIndex("(event_id, partner_id)", "This person is invited to this event already.")
    _queue = models.Index("(event_id, answer_number) WHERE answer = 'yes'")

    @api.depends("partner_id")  # the organisation at the time of the invitation
    def _compute_organisation_id(self):
        for invitation in self:
            invitation.organisation_id = invitation.partner_id.commercial_partner_id

    @api.depends("registration_ids.state")
    def _compute_present_count(self):
        for invitation in self:
            invitation.present_count = len(invitation.registration_ids.filtered(lambda seat: seat.state == "done"))

    def _derive_present_count(self):
        """Count again who was there, whatever was stored."""
        self.env.add_to_compute(self._fields["present_count"], self)

    def _compute_delivery(self):
        """Compute what became of the last mail, from the mailings' own traces.

        What failed for a former address is over once there is another one, and who stands here since
        in the place of somebody else was not written to.
        """
        last = {}
        traces = (
            self.env["mailing.trace"]
            .sudo()
            .search([("model", "=", self._name), ("res_id", "in", self.ids)], order="id")
        )
        for trace in traces:
            last[trace.res_id] = trace
        unwritable = self._origin - self._origin._filter_writable()
        for invitation in self:
            trace = last.get(invitation.id)
            failed = trace and trace.trace_status in FAILED_STATUSES
            if failed and not invitation.partner_id.sudo()._relationship_has_other_address(trace.email):
                invitation.delivery = FAILURES.get(trace.failure_type, "failed")
            elif invitation._origin in unwritable and not invitation._is_past():
                invitation.delivery = "unwritable"
            elif failed:
                invitation.delivery = "corrected"
            elif trace and trace.trace_status in ("sent", "open", "reply"):
                invitation.delivery = invitation.state != "draft" and "delivered"
            else:
                invitation.delivery = trace and "waiting"

    def _search_delivery(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("event_id.is_partner_event", "=", True)
        if AFTER_FAILURE.issuperset(value):
            traces = self.env["mailing.trace"].sudo()
            failed = traces._search([("model", "=", self._name), ("trace_status", "in", FAILED_STATUSES)])
            domain &= Domain("id", "in", failed.subselect(SQL.identifier(failed.table, "res_id")))
        invitations = self.search(domain)
        return [("id", "in", invitations.filtered(lambda each: each.delivery in value).ids)]

    @api.constrains("event_id")
    def _check_partner_event(self):
        for invitation in self:
            if not invitation.event_id.is_partner_event:
                raise ValidationError(self.env._("%(event)s is no partner event.", event=invitation.event_id.name))

    def _check_proposal(self, vals):
        """Check that a contact member proposes people of her organisations, and writes no answer and no seat.

        :raise AccessError: the values hold something else
        """
        if self.env.su or self.env.user.has_group(ORGANISERS):
            return
        if any(name not in PROPOSAL_FIELDS and not name.startswith(("message_", "website_")) for name in vals):
            raise AccessError(self.env._("You may propose people of your own organisations, and strike them out."))

    @api.model_create_multi
    def create(self, vals_list):
        defaults = {name[8:] for name in self.env.context if name.startswith("default_")}
        for vals in (defaults & self._fields.keys(), *vals_list):
            self._check_proposal(vals)
        model, vals_list = take_defaults(self, vals_list)
        invitations = super(EventInvitation, model).create(vals_list).with_env(self.env)
        if not self.env.su:
            invitations._check_writable()
        written = invitations.filtered(lambda each: each.state not in ("draft", "cancelled") or each.answer)
        for event, own in written.filtered(lambda each: not each.known_facts).grouped("event_id").items():
            own.sudo().known_facts = event._relationship_get_facts()
        return invitations

    def write(self, vals):
        self._check_proposal(vals)
        replaced = self.filtered(lambda each: vals.get("partner_id", each.partner_id.id) != each.partner_id.id)
        result = super(EventInvitation, without_defaults(self)).write(vals)
        if replaced:
            replaced.sudo()._begin_anew()
        if "partner_id" in vals and not self.env.su:
            self._check_writable()
        if {"event_id", "partner_id"} & vals.keys():
            self.check_access("write")  # what it has become is the user's too
        return result

    # Who may be written to

    @api.model
    def _get_writable_domain(self):
        """Return the domain of whom we may write to now (G4): the person, and the invited organisation."""
        partners = self.env["res.partner"].sudo()
        writable = partners._search(partners._relationship_get_writable_domain())
        return Domain("partner_id", "in", writable) & Domain("organisation_id", "in", writable)

    def _filter_writable(self):
        """Return those whose invitee may be written to now, and whose address nobody asked to leave alone."""
        invitations = self.sudo()
        found = invitations.search(Domain("id", "in", self.ids) & self._get_writable_domain())
        people = found.partner_id._relationship_filter_writable()
        found = found.filtered(lambda each: each.partner_id in people)
        return self.filtered(lambda each: each.id in found._ids)

    def _check_writable(self):
        """Check that those who are invited can be written to, and are not our own people.

        :raise ValidationError: somebody is archived, is ours, or asked not to be contacted
        """
        people = self.sudo().filtered(lambda each: each.state == "draft" and not each._is_past()).partner_id
        if unwritable := people - people._relationship_filter_writable():
            person, reason = unwritable[0], unwritable[0]._relationship_say_why()
            raise ValidationError(self.env._("%(name)s is not invited: %(reason)s", name=person.name, reason=reason))

    def _is_past(self):
        """Return whether it is withdrawn, or of an event that is over: whether mails arrive matters no more."""
        self.ensure_one()
        return self.state == "cancelled" or self.event_id.date_end < fields.Datetime.now()

    def _begin_anew(self):
        """Begin anew for somebody else who stands here: with a link of her own, and nothing answered."""
        self.registration_ids.filtered(lambda seat: seat.state == "open").action_cancel()
        self.filtered(lambda each: each.state != "cancelled").state = "draft"
        self.write({**dict.fromkeys(ANSWER_FIELDS, False), "guest_count": 0, "reminder_count": 0})
        self.action_renew_link()
        self.event_id._relationship_seat_soon()

    # Mailings

    def _mailing_get_default_domain(self, mailing):
        return [("state", "=", "draft")]

    def _mark_mailed(self, kind, facts=None):
        """Note that a mail has left: the mailing says which, the invitation follows.

        :param str facts: the date and place that the mail announced, else those of today
        """
        today = fields.Date.context_today(self)
        for invitation in self:
            values = {"last_mailed_on": today, "known_facts": facts or invitation.event_id._relationship_get_facts()}
            if invitation.state == "draft":
                values["state"] = "sent"
            if kind == "reminder":
                values["reminder_count"] = invitation.reminder_count + 1
            invitation.write(values)

    def _get_choices(self):
        """Return what may still be answered: answers, with how many guests at most.

        A limit closes taking, never giving back: after the deadline, and until the event is over,
        who comes may still say that she does not, or that fewer come with her; who has more guests
        than are allowed now keeps them. Who has been welcomed is there.
        """
        self.ensure_one()
        event = self.event_id
        if self.state == "cancelled" or self.present_count or event._relationship_get_over_reason():
            return {}
        own = self.guest_count if self.answer == "yes" else 0
        if not event._relationship_get_closed_reason():
            return {"yes": max(event.guest_max, own), "maybe": 0, "no": 0}
        return {"yes": own, "no": 0} if self.answer == "yes" else {"no": 0}

    def _answer(self, answer, guests=0, word=""):
        """Store what the invitee answered. Seats are given after this transaction, in order of arrival.

        :param str answer: ``yes``, ``maybe`` or ``no``
        :param int guests: how many come along
        :param str word: what the invitee wants to say
        :raise UserError: the answer is not possible any more, or too many guests
        """
        self.ensure_one()
        event = self.event_id
        if answer not in dict(ANSWERS):
            raise UserError(self.env._("Choose one of the answers."))
        if self.state == "cancelled":
            raise UserError(self.env._("This invitation was withdrawn."))
        choices = self._get_choices()
        if answer not in choices:
            raise UserError(event._relationship_get_closed_reason() or self.env._("You are noted as present."))
        if answer == "yes" and not 0 <= guests <= choices["yes"]:
            raise UserError(self.env._("Choose how many come with you: at most %(count)s.", count=choices["yes"]))
        # A form sends two characters for the end of a line, which its field counts as one.
        word = (word or "").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
        if (length := count_as_browser(word)) > COMMENT_MAX_LENGTH:
            raise UserError(
                self.env._(
                    "Your word has %(length)s characters: please shorten it to %(longest)s.",
                    length=length,
                    longest=COMMENT_MAX_LENGTH,
                )
            )
        values = {
            "answer": answer,
            "answered_on": fields.Datetime.now(),
            "comment": word,
            "guest_count": guests if answer == "yes" else 0,
            "known_facts": event._relationship_get_facts(),
        }
        was_coming = self.answer == "yes"
        if answer == "yes" and not was_coming:
            values["answer_number"] = self._get_next_number()
        if answer != "yes":
            values["state"] = {"no": "declined", "maybe": "maybe"}[answer]
        self.write(values)
        if was_coming:
            self._give_back_seats()
        if was_coming or answer == "yes":  # who held no seat, waited for none and wants none changes nobody's
            event._relationship_seat_soon()

    def _give_back_seats(self):
        """Give the seats back that are asked for no more, now: once the event has begun, nobody else would."""
        asked = 1 + self.guest_count if self.answer == "yes" else 0
        spare = self._count_taken() - asked
        if spare > 0:
            self.registration_ids.filtered(lambda seat: seat.state == "open").sorted("id")[-spare:].action_cancel()

    def _get_next_number(self):
        """Return the place in the queue: a sequence of the database, so that no answer waits for another."""
        [[number]] = self.env.execute_query(SQL("SELECT nextval('event_invitation_answer_seq')"))
        return number

    def init(self):
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS event_invitation_answer_seq")

    def _take_objection_back(self):
        """Extend: she answers this invitation anew; her seat may be gone."""
        is_objecting = super()._take_objection_back()
        if is_objecting and self.state == "cancelled":
            self.state = "sent"
        return is_objecting

    # Actions

    def action_cancel(self):
        """Withdraw invitations; their seats are free for the next. Who was there, was there.

        :raise AccessError: the user may not change them
        """
        self.check_access("write")
        for invitation in self.sudo():
            invitation.registration_ids.filtered(lambda seat: seat.state == "open").action_cancel()
            invitation.write({"state": "cancelled", "answer": False})
        self.event_id._relationship_seat_soon()
        return True

    def _get_language(self):
        """Return the language of the invitee, else of the event, in mails and on the page alike."""
        return self.partner_id._relationship_get_lang(self.event_id._relationship_get_default_language())

    def _send_promotion(self):
        """Notify people of the waiting list that a seat is theirs."""
        for invitation in self._filter_writable():
            invitation._try_to_promote()
        if self:
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _try_to_promote(self):
        """Write the mail to one person; where it cannot be written it is seen, and the others get theirs."""
        try:
            with self.env.cr.savepoint():
                self._write_promotion()
        except psycopg2.OperationalError:  # somebody works on the same rows: seats are given again
            raise
        except Exception:
            _logger.exception("Invitation %s has a seat, and cannot be notified.", self.id)
            failed = {"trace_status": "error", "failure_type": "unknown"}
            self.env["mailing.trace"].sudo().create(self._prepare_trace() | failed)

    def _write_promotion(self):
        """Create the mail that says so, with a trace of what becomes of it, as mailings have."""
        owner, event = self._get_inviter(), self.event_id
        senders = (event.organizer_id, event.company_id, owner)
        template = self.env.ref("shifters_relations_events.mail_template_promotion").sudo()
        mail = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    **template._relationship_write(self, event.organizer_id or event.company_id)[self.id],
                    "email_from": next((sender.email_formatted for sender in senders if sender.email), False),
                    "reply_to": owner.email_formatted or False,
                    "recipient_ids": [fields.Command.link(self.partner_id.id)],
                    "model": self._name,
                    "res_id": self.id,
                    "auto_delete": True,
                    "mailing_trace_ids": [fields.Command.create(self._prepare_trace())],
                }
            )
        )
        mail.mailing_trace_ids.message_id = mail.message_id

    def _prepare_trace(self):
        """Return the trace of a mail outside mailings, to say whether it left and arrived."""
        email = self.partner_id.email_normalized or self.partner_id.email
        return {"model": self._name, "res_id": self.id, "email": email}

    # Seats

    def _count_taken(self):
        """Return how many seats this invitation has taken."""
        return len(self.registration_ids.filtered(lambda seat: seat.state in TAKEN_STATES))

    def _note_seats(self):
        """Note as coming who has a seat, whoever gave it: whatever she had answered, or not answered."""
        for invitation in self:
            taken = invitation._count_taken()
            if taken:
                invitation.write(
                    {
                        "state": "accepted",
                        "answer": "yes",
                        "answered_on": invitation.answered_on or fields.Datetime.now(),
                        "answer_number": invitation.answer_number or invitation._get_next_number(),
                        "guest_count": max(invitation.guest_count, taken - 1),
                        "known_facts": invitation.known_facts or invitation.event_id._relationship_get_facts(),
                    }
                )

    def _creation_message(self):
        return in_some_language(self).env._("Invitation prepared")

    def _prepare_seats(self, count):
        """Return values of one registration for the invitee and one for each guest.

        :param int count: how many are missing
        """
        taken = self._count_taken()
        partner = self.partner_id
        return [
            {
                "event_id": self.event_id.id,
                "invitation_id": self.id,
                "partner_id": partner.id,
                "name": partner.name if not number else self.env._("Guest of %(name)s", name=partner.name),
                "email": partner.email if not number else False,
                "phone": partner.phone if not number else False,
                "company_name": self.organisation_id.name,
                "state": "open",
            }
            for number in range(taken, taken + count)
        ]
