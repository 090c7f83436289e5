from markupsafe import Markup
from odoo import api, fields, models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.addons.shifters_relations.groups import ORGANISERS
from odoo.addons.shifters_relations.names import Name
from odoo.addons.shifters_relations.tools import notify, search_shown_name
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, formataddr

from .relationship_network_answer import NO_CALL_WISH

MAX_NAMES = 3  # organisations named in a title
STATES = [("draft", "To send"), ("sent", "Sent"), ("closed", "Closed")]


class RelationshipNetworkCall(models.Model):
    """A question to people close to the team (R3): who knows someone at these organisations?

    Each one gets one mail with a personal link, and says there, organisation by organisation, how
    well. An address is asked once in a call, however often it is sent: sending again reaches who
    was added since, and whose mail could not leave. Who objected is not asked.
    """

    _name = "relationship.network.call"
    _description = "Network Call"
    _inherit = ["relationship.naming.mixin"]
    _order = "sent_on desc nulls first, id desc"
    _rec_names_search = ["name", "organisation_ids"]

    name = Name("Subject", help="Empty: who knows someone at these organisations?")
    user_id = fields.Many2one(
        "res.users",
        "Asked by",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        ondelete="restrict",
        domain=[("relationship_member_ids.is_current", "=", True)],
        help="The mail comes under this name, and answers by mail go there.",
    )
    organisation_ids = fields.Many2many("res.partner", string="Organisations", required=True)
    take = fields.Selection(
        [("heads", "The heads of networks"), ("members", "The members of those chosen")],
        "Add",
        store=False,
        help="Adds them to the organisations, where you may ask about them.",
    )
    message = fields.Text(help="A few words of yours, above the question.")
    user_ids = fields.Many2many("res.users", "relationship_network_call_asked_rel", string="People to ask")
    mailing_list_id = fields.Many2one("mailing.list", ondelete="set null", groups=ORGANISERS)
    sent_on = fields.Datetime("Sent on", readonly=True, copy=False)
    closed_on = fields.Datetime("Closed on", readonly=True, copy=False)
    state = fields.Selection(STATES, compute="_compute_state", store=True, precompute=True)
    answer_ids = fields.One2many("relationship.network.answer", "call_id", "People asked", readonly=True)
    known_ids = fields.One2many(
        "relationship.network.answer.line",
        "call_id",
        "Who knows whom",
        domain=[("acquaintance", "!=", "no")],
        readonly=True,
    )
    asked_count = fields.Integer("Number asked", compute="_compute_counts")
    answered_count = fields.Integer("Answered", compute="_compute_counts")
    known_count = fields.Integer("Acquaintances", compute="_compute_counts")

    @api.depends("name", "organisation_ids")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        hidden = self._say_hidden_in("organisation_ids")
        for call in self:
            call.display_name = call._get_question(call.organisation_ids.filtered(lambda each: each.id not in hidden))

    def _search_display_name(self, operator, value):
        """Search the question, as it is shown, and every organisation, though the question names only some."""
        shown = search_shown_name(self, operator, value)
        return shown if shown is NotImplemented else shown | Domain(super()._search_display_name(operator, value))

    @api.depends("sent_on", "closed_on")
    def _compute_state(self):
        for call in self:
            call.state = "closed" if call.closed_on else "sent" if call.sent_on else "draft"

    def _compute_counts(self):
        asked = self.env["relationship.network.answer"]._read_group(
            [("call_id", "in", self.ids)], ["call_id"], ["__count", "answered_on:count"]
        )
        known = self.env["relationship.network.answer.line"]._read_group(
            [("call_id", "in", self.ids), ("acquaintance", "!=", "no")], ["call_id"], ["__count"]
        )
        asked = {call.id: counts for call, *counts in asked}
        known = {call.id: count for call, count in known}
        for call in self:
            call.asked_count, call.answered_count = asked.get(call.id, (0, 0))
            call.known_count = known.get(call.id, 0)

    def _get_asked_organisations(self):
        """Return the organisations asked about now: one that has objected since is named to nobody (G4)."""
        self.ensure_one()
        return self.sudo().organisation_ids._relationship_filter_writable()

    def _get_question(self, organisations=None):
        """Return the subject, else the question, in the language of the environment.

        :param organisations: those to name, where not all of them may be
        """
        self.ensure_one()
        names = (self.organisation_ids if organisations is None else organisations).mapped("name")
        if self.name or not names:
            return self.name or self.env._("New network call")
        listed = ", ".join(name or "" for name in names[:MAX_NAMES]) + "…" * (len(names) > MAX_NAMES)
        return self.env._("Who knows someone at %(organisations)s?", organisations=listed)

    @api.onchange("take")
    def _onchange_take(self):
        """Add the heads of networks, or the members of the organisations that are there."""
        partners, chosen = self.env["res.partner"], self.organisation_ids._origin
        if self.take == "heads":
            found = partners.search(partners._relationship_get_head_domain())
        else:
            found = chosen._relationship_get_below()
        askable = [("is_company", "=", True), ("relationship_stage", "!=", False)]
        if not self.env.user.has_group(ORGANISERS):
            askable.append(("relationship_owner_id", "=", self.env.uid))
        found = found.filtered_domain(askable)
        self.organisation_ids |= found & found._relationship_filter_writable()
        self.take = False

    def write(self, vals):
        """Extend core: nobody hands a call to somebody else, or adds organisations, beyond what she may create."""
        result = super().write(vals)
        if {"organisation_ids", "user_id"} & vals.keys():
            self.check_access("write")
        return result

    # Actions

    def action_send(self):
        """Ask those who were not asked yet, and try again where the mail could not leave.

        :raise UserError: nobody is left to ask, or an organisation wants no contact
        """
        self.ensure_one()
        self.check_access("write")
        call = self.sudo()
        if call.closed_on:
            raise UserError(self.env._("This call is closed: open it again first."))
        if silent := call.organisation_ids - call._get_asked_organisations():
            reason = silent[0]._relationship_say_why()
            raise UserError(self.env._("Take %(name)s out of the call: %(reason)s", name=silent[0].name, reason=reason))
        people, left_out = call._get_people()
        known = set(call.answer_ids.mapped("email"))
        answers = self.env["relationship.network.answer"].sudo()
        answers = answers.create([values for email, values in people.items() if email not in known])
        failed = call.answer_ids.filtered(lambda answer: answer.email in people)._get_failed_mails()
        if not answers and not failed:
            raise UserError(self.env._("Nobody is left to ask: add people, or a mailing list."))
        call.sent_on = call.sent_on or fields.Datetime.now()
        failed.mark_outgoing()
        answers._send()
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        count = len(answers) + len(failed)
        message = (
            self.env._("%(count)s people are asked.", count=count) if count > 1 else self.env._("1 person is asked.")
        )
        if left_out == 1:
            message += " " + self.env._("1 is left out: no address, or an objection.")
        elif left_out:
            message += " " + self.env._("%(count)s are left out: no address, or they objected.", count=left_out)
        return notify(message)

    def action_close(self):
        """Take no more answers."""
        return self.write({"closed_on": fields.Datetime.now()})

    def action_reopen(self):
        """Take answers again."""
        return self.write({"closed_on": False})

    # Whom to ask

    def _get_people(self):
        """Return whom to ask, once for each address, without those who objected.

        :return: dictionary by address of the values of an answer, and how many are left out
        """
        contacts = [*self.user_ids, *self._get_subscriptions().contact_id]
        written = {contact: split_emails(contact.email) for contact in contacts}
        persons = self._get_persons(set().union(*written.values()))
        persons |= {email: user.partner_id for user in self.user_ids for email in written[user]}
        further = self.env["res.partner"].union(*persons.values())._relationship_get_emails()
        emails = {
            contact: {*own, *(each for email in own if email in persons for each in further[persons[email]])}
            for contact, own in written.items()
        }
        objecting = self._get_objecting(set().union(*emails.values()))
        known = set(self.answer_ids.mapped("email"))
        asked, taken, left_out = {}, set(), 0
        for contact, own in written.items():
            if not own or not objecting.isdisjoint(emails[contact]):
                left_out += 1
            elif taken.isdisjoint(own):
                taken.update(own)
                email = next((email for email in own if email in known), own[0])
                person = next((persons[each] for each in own if each in persons), self.env["res.partner"])
                asked[email] = {"call_id": self.id, "email": email, "partner_id": person.id, "name": contact.name}
        return asked, left_out

    @api.model
    def _get_persons(self, emails):
        """Return who has these addresses, the oldest contact of each: persons by address."""
        found = self.env["res.partner"]._relationship_search_emails(emails)
        persons = found.filtered(lambda each: each.active and not each.is_company).sorted("id", reverse=True)
        return {email: person for person in persons for email in split_emails(person.email)}

    def _get_subscriptions(self):
        """Return who is on the mailing list that is asked, if there is one."""
        domain = [("list_id", "in", self.mailing_list_id.ids)]
        return self.env["mailing.subscription"].search(domain, order="id")

    def _get_objecting(self, emails):
        """Return which of these addresses want no contact, no mailing, or no such call (G4)."""
        refused = self.env["mail.blacklist"].search([("email", "in", list(emails))])
        objection = self.env["relationship.objection"]
        objecting = objection._get_objecting(emails) | objection._get_remembered(emails, NO_CALL_WISH)
        opted_out = self._get_subscriptions().filtered("opt_out").contact_id
        return objecting.union(*map(split_emails, [*refused.mapped("email"), *opted_out.mapped("email")]))

    def _get_asker(self):
        """Return who asks; nobody where she has left the team: the association does then."""
        return self.sudo().user_id._relationship_filter_current()

    def _get_sender(self):
        """Return the name of who asks, on the address that the association sends from.

        :return: the sender, and the address for answers by mail
        :raise UserError: neither has an address
        """
        company, asker = self.env.company, self._get_asker()
        address = email_normalize(company.email) or asker.email_normalized
        if not address:
            raise UserError(self.env._("Note an e-mail address on the company, or on who asks."))
        return formataddr(((asker or company).name, address)), asker.email_formatted or company.email_formatted

    def _get_paragraphs(self):
        """Return the lines of the message, as markup."""
        return Markup("<br/>").join((self.message or "").splitlines())
