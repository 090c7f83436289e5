from odoo import api, fields, models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.addons.shifters_relations.names import Name
from odoo.exceptions import UserError
from odoo.tools import formataddr

from .relationship_network_answer_line import ACQUAINTANCES

ACQUAINTANCE_ORDER = [key for key, _name in ACQUAINTANCES]  # from the least to the most
NO_CALL_WISH = "relationship.network.call"  # the wish to be asked no more
STATES = [
    ("asked", "Asked"),
    ("failed", "The mail could not be sent"),
    ("answered", "Answered"),
    ("objected", "Wants to be asked no more"),
]


class RelationshipNetworkAnswer(models.Model):
    """One person whom a network call asks, and her answer, organisation by organisation (R3).

    She may change it until the call is closed, and take it back for ever. When she knows somebody,
    the contact owner of the organisation is notified, once.
    """

    _name = "relationship.network.answer"
    _description = "Answer to a Network Call"
    _inherit = ["relationship.personal.link.mixin"]
    _page = "/network-call"
    _order = "answered_on desc nulls last, name, id"
    _rec_names_search = ["name", "email"]

    call_id = fields.Many2one("relationship.network.call", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Person", index="btree_not_null", ondelete="cascade")
    name = Name()
    email = fields.Char("E-mail", required=True)
    answered_on = fields.Datetime("Answered on", readonly=True)
    objected_on = fields.Datetime("Objected on", readonly=True)
    line_ids = fields.One2many("relationship.network.answer.line", "answer_id", "Organisations", readonly=True)
    known_count = fields.Integer("Acquaintances", compute="_compute_known_count")
    state = fields.Selection(STATES, compute="_compute_state")

    _one_each = models.UniqueIndex("(call_id, email)", "This address is asked already.")

    @api.depends("name", "email")
    def _compute_display_name(self):
        for answer in self:
            answer.display_name = answer.name or answer.email

    @api.depends("line_ids.acquaintance")
    def _compute_known_count(self):
        for answer in self:
            answer.known_count = len(answer.line_ids.filtered(lambda line: line.acquaintance != "no"))

    @api.depends("answered_on", "objected_on")
    def _compute_state(self):
        failed = set(self._get_failed_mails().mapped("res_id"))
        for answer in self:
            if answer.objected_on:
                answer.state = "objected"
            elif answer.answered_on:
                answer.state = "answered"
            else:
                answer.state = "failed" if answer.id in failed else "asked"

    # Asking

    def _get_failed_mails(self):
        """Return the mails that could not leave; those that left are deleted."""
        domain = [("model", "=", self._name), ("res_id", "in", self.ids), ("state", "=", "exception")]
        return self.env["mail.mail"].sudo().search(domain)

    def _send(self):
        """Ask each one in her language; the link is put in as the mail leaves."""
        template = self.env.ref("shifters_relations_events.mail_template_network_call").sudo()
        written = template._relationship_write(self, self.env.company)
        values = []
        for answer in self:
            sender, reply_to = answer.call_id._get_sender()
            values.append(
                {
                    **written[answer.id],
                    "email_from": sender,
                    "reply_to": reply_to,
                    "email_to": formataddr((answer.name, answer.email)),
                    "model": self._name,
                    "res_id": answer.id,
                    "auto_delete": True,
                }
            )
        self.env["mail.mail"].sudo().create(values)

    def _filter_writable(self):
        """Return those who may be asked now: nobody has objected, or was archived, since the mail was written."""
        answers = self.sudo()
        further = answers.partner_id._relationship_get_emails()
        emails = {each: {*split_emails(each.email), *further.get(each.partner_id, ())} for each in answers}
        gone = answers.filtered(lambda each: each.objected_on or (each.partner_id and not each.partner_id.active))
        for call, of_call in answers.grouped("call_id").items():
            objecting = call._get_objecting(set().union(*(emails[each] for each in of_call)))
            gone |= of_call.filtered(lambda each, objecting=objecting: not objecting.isdisjoint(emails[each]))
        return self.filtered(lambda each: each.id not in gone._ids)

    def _get_language(self):
        """Return the language of who is asked, else the company's, in mails and on the page alike."""
        return self.partner_id._relationship_get_lang()

    # Answering

    def _get_closed_reason(self):
        """Return why nothing can be answered any more, in a sentence; False while it can."""
        self.ensure_one()
        if self.objected_on:
            return self.env._("Noted: you are asked no more, and your answers are deleted.")
        if self.call_id.closed_on:
            return self.env._("This call is closed: thank you all the same.")
        return False

    def _get_choices(self):
        """Return what may still be said: (how well at most, whether she may be mentioned) by organisation id.

        A closed call takes nothing more; what was said may be taken back all the same.
        """
        self.ensure_one()
        if self.objected_on:
            return {}
        if not self.call_id.closed_on:
            return {organisation.id: ("well", True) for organisation in self.call_id.organisation_ids}
        return {key: most for key, most in self._get_given().items() if most != ("no", False)}

    def _get_given(self):
        """Return what was answered: (how well, may be mentioned) by organisation id."""
        return {line.organisation_id.id: (line.acquaintance, line.may_mention) for line in self.line_ids}

    def _read_form(self, typed):
        """Read what a form says of the organisations of the call; anything else in it is left unread.

        :param dict typed: the form's values by name
        """
        given = {}
        for organisation in self.call_id._get_asked_organisations():
            choice = typed.get(f"know_{organisation.id}")
            may_mention = typed.get(f"mention_{organisation.id}") == "1"
            if choice or may_mention:
                given[organisation.id] = (choice if choice in ACQUAINTANCE_ORDER else False, may_mention)
        return given

    def _answer(self, given):
        """Store an answer, and notify the owners of the organisations where somebody is known.

        :param dict given: (how well, may be mentioned) by organisation id
        :raise UserError: the answer is empty, or not possible any more
        """
        self.ensure_one()
        for organisation in self.call_id.organisation_ids.filtered(lambda each: each.id in given):
            if not given[organisation.id][0]:
                raise UserError(self.env._("Say how well you know someone at %(name)s.", name=organisation.name))
        choices = self._get_choices()
        if (closed := self._get_closed_reason()) and not all(
            key in choices
            and ACQUAINTANCE_ORDER.index(acquaintance) <= ACQUAINTANCE_ORDER.index(choices[key][0])
            and may_mention <= choices[key][1]
            for key, (acquaintance, may_mention) in given.items()
        ):
            raise UserError(closed)
        if not given:
            raise UserError(closed or self.env._("Choose an answer for one organisation at least."))
        lines = {line.organisation_id.id: line for line in self.line_ids}
        for organisation in self.call_id.organisation_ids.filtered(lambda each: each.id in given):
            acquaintance, may_mention = given[organisation.id]
            values = {"acquaintance": acquaintance, "may_mention": may_mention and acquaintance != "no"}
            if organisation.id in lines:
                lines[organisation.id].write(values)
            else:
                self.env["relationship.network.answer.line"].create(
                    {"answer_id": self.id, "organisation_id": organisation.id, **values}
                )
        self.answered_on = fields.Datetime.now()
        self.line_ids._notify_owners()

    def _take_objection_back(self):
        """Note that calls may ask her again; what she had answered is deleted."""
        self.ensure_one()
        if self.objected_on:
            emails = {self.email, *self.partner_id._relationship_get_all_emails()}
            self.env["relationship.objection"]._forget(emails, NO_CALL_WISH)
            self.objected_on = False

    def _object(self):
        """Note that who is asked wants to be asked no more, by any call (G4): what was answered goes.

        The wish outlives this answer, its call, and the person.
        """
        self.ensure_one()
        emails = {self.email, *self.partner_id._relationship_get_all_emails()}
        self.env["relationship.objection"]._remember(emails, NO_CALL_WISH)
        self.line_ids.unlink()
        self.write({"objected_on": fields.Datetime.now(), "answered_on": False})
