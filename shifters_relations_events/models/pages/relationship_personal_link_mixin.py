import secrets

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize_all

POSTS_AN_HOUR = 20
ON_THEIR_WAY = ("outgoing", "process", "pending")


class RelationshipPersonalLinkMixin(models.AbstractModel):
    """A record that one person answers from a link of her own: its token, and how often it may be used.

    Where its page lets her object, the model has a field ``objected_on``, and ``partner_id`` is who objects; where its
    mail comes in somebody's name, ``owner_id`` is who keeps the contact.
    """

    _name = "relationship.personal.link.mixin"
    _description = "Answer from a Personal Link"

    _page = None  # where its page is: the token completes the address

    access_token = fields.Char(
        default=lambda self: secrets.token_urlsafe(24), copy=False, readonly=True, groups=fields.NO_ACCESS
    )
    post_count = fields.Integer("Answers within the hour", readonly=True, copy=False)
    post_since = fields.Datetime("Answers counted since", readonly=True, copy=False)

    _one_token = models.UniqueIndex("(access_token)")

    @property
    def _placeholder(self):
        """Return what stands for the personal address in the body of a mail, until the mail leaves."""
        return f"{self._page}/your-answer"

    def _get_url(self):
        """Return the personal address, for this person alone."""
        self.ensure_one()
        return f"{self.get_base_url()}{self._page}/{self.sudo().access_token}"

    def _get_reader(self):
        """Return whose link it is: a person, and an address besides hers."""
        self.ensure_one()
        person = self.partner_id if "partner_id" in self._fields else self.env["res.partner"]
        return person, self.email if "email" in self._fields else ""

    def _get_inviter(self):
        """Return the contact owner, in whose name its mail comes; nobody where she has left: the association then."""
        self.ensure_one()
        return self.sudo().owner_id._relationship_filter_current()

    def _count_post(self):
        """Count answers through one link; False when there are too many within the hour."""
        self.ensure_one()
        now = fields.Datetime.now()
        fresh = self.post_since and (now - self.post_since).total_seconds() < 3600
        if fresh and self.post_count >= POSTS_AN_HOUR:
            return False
        self.write({"post_count": self.post_count + 1 if fresh else 1, "post_since": self.post_since if fresh else now})
        return True

    # Objections

    def _object(self):
        """Note that its reader wants no contact any more, and tell who keeps her organisation (G4)."""
        self.ensure_one()
        if self.partner_id and not self._is_objecting():
            self.objected_on = fields.Datetime.now()
            self.partner_id.relationship_no_contact = True
            if self._count_post():  # noting is never refused; who changes her mind all the time is told of no more
                self.partner_id._relationship_tell_objection()

    def _is_objecting(self):
        """Return whether she objected on this page, and nobody has noted since that she may be contacted."""
        self.ensure_one()
        return bool(self.objected_on and self.partner_id.relationship_no_contact)

    def _take_objection_back(self):
        """Note that she may be contacted again; what the team has noted otherwise, of her or her organisation, stays.

        :return: whether she did object
        """
        self.ensure_one()
        is_objecting = self._is_objecting()
        if is_objecting:
            self.partner_id.relationship_no_contact = False
            self.objected_on = False
        return is_objecting

    def _mailing_get_opt_out_list(self, mailing):
        """Return the addresses that no mailing writes to, under whatever name they come (G4): core asks."""
        records = self.sudo().search(mailing._get_recipients_domain())
        unwritable = (records - records._filter_writable()).partner_id
        # Odoo keeps the first address of each in a form of its own.
        odd = [email_normalize_all(person.email) for person in unwritable]
        return unwritable._relationship_get_all_emails().union(*odd)

    @api.model
    def _get_mailed(self):
        """Return the records for which a mail is leaving."""
        leaving = [("model", "=", self._name), ("trace_status", "in", ON_THEIR_WAY)]
        return self.browse(self.env["mailing.trace"].sudo().search(leaving).mapped("res_id"))

    @api.model
    def _get_bounced(self):
        """Return the query of the records whose last mail came back: nobody was asked."""
        self.env["mailing.trace"].flush_model()
        return SQL(
            """(
            SELECT trace.res_id
              FROM mailing_trace AS trace
             WHERE trace.model = %(model)s AND trace.trace_status = 'bounce' AND NOT EXISTS (
                   SELECT FROM mailing_trace AS later
                    WHERE (later.model, later.res_id) = (trace.model, trace.res_id) AND later.id > trace.id
                      AND later.trace_status IN ('sent', 'open', 'reply')
                   )
            )""",
            model=self._name,
        )

    def _filter_bounced(self):
        return self.sudo().search(Domain("id", "in", self.ids) & Domain("id", "in", self._get_bounced()))

    def action_renew_link(self):
        """Revoke the personal link: the former one answers nothing any more.

        :raise AccessError: the user may not change this record
        """
        self.check_access("write")
        for record in self.sudo():
            record.access_token = secrets.token_urlsafe(24)
        return True
