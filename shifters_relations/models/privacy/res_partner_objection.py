from contextlib import contextmanager

from markupsafe import Markup
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...groups import MEMBERS
from ...texts import key_of
from ...tools import format_day
from ..organisation.res_partner_affiliation import SAY_HEADS

# In the context of a field where somebody is about to be chosen: the name says who asked for silence.
SAY_NO_CONTACT = "relationship_say_no_contact"


class ResPartner(models.Model):
    """Who wants no contact is not written to again when her address comes back, until she says otherwise (G4)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_no_contact_sentence = fields.Char(
        "Why not to contact", compute="_compute_relationship_no_contact_sentence", groups=MEMBERS
    )

    @api.depends("is_company", "relationship_no_contact", "commercial_partner_id.relationship_no_contact")
    @api.depends_context("lang")
    def _compute_relationship_no_contact_sentence(self):
        """Compute who asked for silence, as a person or an organisation, for whoever is about to write."""
        for partner in self:
            organisation = partner.commercial_partner_id.sudo()
            if partner.relationship_no_contact and partner.is_company:
                sentence = self.env._("They asked for it: nothing is planned, no invitation leaves.")
            elif partner.relationship_no_contact:
                sentence = self.env._("This person asked for it.")
            elif organisation.relationship_no_contact:
                sentence = self.env._("%(name)s asked for it, for all who work there.", name=organisation.name)
            else:
                sentence = False
            partner.relationship_no_contact_sentence = sentence

    relationship_no_contact_note = fields.Char(
        "Since when not to contact", compute="_compute_relationship_no_contact_note", groups=MEMBERS
    )

    @api.depends("relationship_no_contact", "commercial_partner_id.relationship_no_contact")
    @api.depends_context("lang", "tz")
    def _compute_relationship_no_contact_note(self):
        """Compute who noted it and when, as the logged line says; others cost no query."""
        silent = {
            partner: partner if partner.relationship_no_contact else partner.commercial_partner_id
            for partner in self.filtered("relationship_no_contact_sentence")
        }
        noted = self._origin.union(*silent.values())._relationship_get_silence_lines() if silent else {}
        for partner in self:
            line = noted.get(silent[partner]._origin.id) if partner in silent else None
            partner.relationship_no_contact_note = line and self.env._(
                "Noted on %(date)s by %(name)s.",
                date=format_day(self.env, fields.Datetime.context_timestamp(self, line.date).date(), with_year=True),
                name=line.author_id.name,
            )

    def _relationship_get_silence_lines(self):
        """Return the last logged line by which each began to want no contact: messages by id."""
        langs = [code for code, _name in self.env["res.lang"].get_installed()]
        labels = {self.with_context(lang=code).env._("Do not contact") for code in langs}
        messages = self.env["mail.message"].sudo()
        messages = messages.search(
            Domain("model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain.OR(Domain("body", "ilike", f"{label}: - →") for label in labels),
            order="id",
        )
        return {message.res_id: message for message in messages}

    @api.depends("relationship_no_contact", "commercial_partner_id.relationship_no_contact")
    @api.depends_context(SAY_NO_CONTACT, SAY_HEADS, "uid")
    def _compute_display_name(self):
        """Extend core: where the screen asks for it, a name says to the team what to know of it before it is chosen."""
        super()._compute_display_name()
        self._relationship_mark_heads()
        if not (self.env.context.get(SAY_NO_CONTACT) and self.env.user.has_group(MEMBERS)):
            return
        for partner in self.filtered("relationship_no_contact_sentence"):
            partner.display_name = self.env._("%(name)s (do not contact)", name=partner.display_name)

    @contextmanager
    def _relationship_forgetting_objections(self, vals):
        """Forget the addresses of who may be contacted again, once these values are written."""
        former = self.browse()
        if not vals.get("relationship_no_contact", True):
            former = self.sudo().filtered("relationship_no_contact")
        yield
        if former:
            self.env["relationship.objection"]._forget(former._relationship_get_all_emails())

    @api.model
    def _relationship_get_own_domain(self):
        """Return the domain of our organisation, its branches, and all below them, archived or not."""
        self.env["res.company"].flush_model(["partner_id"])
        self.flush_model(["parent_id"])
        own = SQL(
            """
            WITH RECURSIVE own AS (
                SELECT partner_id AS id FROM res_company
                 UNION
                SELECT below.id FROM res_partner AS below JOIN own ON below.parent_id = own.id
            )
            SELECT id FROM own
            """
        )
        return Domain("id", "in", own)

    def _relationship_filter_own(self):
        """Return those that are our own organisation, a branch of it, or somebody who works there."""
        partners = self.sudo().with_context(active_test=False)
        own = partners.search(Domain("id", "in", self.ids) & self._relationship_get_own_domain())
        return self.filtered(lambda each: each.id in own._ids)

    def _relationship_filter_own_names(self):
        """Return those that bear the name of one of our companies, archived or not, however written."""
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        names = {key_of(name) for (name,) in companies._read_group([("id", "!=", False)], ["name"])} - {""}
        return self.filtered(lambda each: key_of(each.name) in names)

    @api.model
    def _relationship_get_willing_domain(self):
        """Return the domain of who asked for no silence, and may be named in a text as well (G4)."""
        willing = Domain("relationship_no_contact", "!=", True)
        return willing & Domain("commercial_partner_id", "any!", willing)

    @api.model
    def _relationship_get_writable_domain(self):
        """Return the domain of whom we may write to: every list that leaves the team begins with it (G4).

        They are in use, they and their organisation; neither asked not to be contacted; they are not
        ours. Addresses are not in it: see :meth:`_relationship_filter_writable`.
        """
        in_use = Domain("active", "=", True) & Domain("commercial_partner_id", "any!", [("active", "=", True)])
        return in_use & self._relationship_get_willing_domain() & ~self._relationship_get_own_domain()

    def _relationship_filter_writable(self):
        """Return those who may be written to now, and whose address nobody asked to leave alone."""
        return self._relationship_filter_reachable(self._relationship_get_writable_domain())

    def _relationship_filter_objecting(self):
        """Return those who asked for silence, as a person, an organisation or by an address; ours as well."""
        return self - self._relationship_filter_reachable(self._relationship_get_willing_domain())

    def _relationship_filter_reachable(self, domain):
        """Return those in a domain whose address nobody asked to leave alone, in a few queries."""
        partners = self.sudo().with_context(active_test=False)
        found = partners.search(Domain("id", "in", self.ids) & domain)
        emails = found._relationship_get_emails()
        objecting = self.env["relationship.objection"]._get_objecting(set().union(*emails.values()))
        reachable = found.filtered(lambda each: objecting.isdisjoint(emails[each]))
        return self.filtered(lambda each: each.id in reachable._ids)

    def _relationship_filter_willing(self):
        """Return those who did not ask for silence: what leaves the team may name them."""
        partners = self.sudo().with_context(active_test=False)
        willing = partners.search(Domain("id", "in", self.ids) & self._relationship_get_willing_domain())
        return self.filtered(lambda each: each.id in willing._ids)

    def _relationship_say_why(self):
        """Return why somebody may not be written to, in a sentence."""
        self.ensure_one()
        me = self.sudo()
        if me._relationship_filter_own():
            return self.env._("our own organisation.")
        if not (me.active and me.commercial_partner_id.active):
            return self.env._("archived.")
        return self.env._("asked not to be contacted.")

    def _relationship_tell_objection(self):
        """Tell the owner of her organisation and the pilots that somebody wants no contact, as she said herself (G4).

        The log of her organisation says so too, where she is not the organisation itself.
        """
        self.ensure_one()
        person, organisation = self.sudo(), self.sudo().commercial_partner_id
        if organisation != person and organisation.relationship_stage:
            body = person.env._("%(name)s wants no contact any more, as they said on their page.", name=person.name)
            organisation._message_log(body=body, author_id=person.id)
        told = organisation.relationship_owner_id | self.env["relationship.member"]._get_heirs()
        for user in told & self._relationship_get_current_members():
            if not organisation._relationship_filter_readable(user):
                continue
            env = person.with_context(lang=user.partner_id._relationship_get_lang()).env
            said = env._(
                "%(name)s (%(organisation)s) wants no contact any more, as they said on their page.",
                name=person.name,
                organisation=organisation.name,
            )
            link = Markup('<p><a href="%s/odoo/organisations/%s">%s</a></p>')
            env["mail.thread"].message_notify(
                partner_ids=user.partner_id.ids,
                subject=said,
                body=Markup("<p>%s</p>") % said + link % (person.get_base_url(), organisation.id, organisation.name),
                author_id=organisation.env.company.partner_id.id,
                email_layout_xmlid="shifters_relations.mail_layout",
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_remember_objections(self):
        """Remember the wishes before the rows go; here they are read already, unlike in ``unlink``."""
        objecting = self.sudo().filtered("relationship_no_contact")
        if objecting:
            self.env["relationship.objection"]._remember(objecting._relationship_get_all_emails())
