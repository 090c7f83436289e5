from odoo import models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.addons.shifters_relations.texts import fold


def get_name_key(name):
    """Return a name as people take it for the same: without case, accents or needless blanks."""
    return " ".join(fold(name or "").split())


class EventEvent(models.Model):
    """Who comes without having been expected: she has her invitation like everybody, and so is counted and thanked."""

    _inherit = "event.event"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_get_invitation_of(self, seat, organisation):
        """Return the invitation of who was given a seat by hand: her own, or one that is made for her.

        :param seat: her registration
        :param organisation: the one that was chosen, or an empty recordset
        """
        self.ensure_one()
        if seat.partner_id:
            found = self.invitation_ids.filtered(lambda each: each.partner_id == seat.partner_id)
        else:
            found = self._relationship_find_invited(seat.name, seat.email, organisation)
        if found:
            return found
        partner = seat.partner_id or self._relationship_find_or_note_person(seat, organisation)
        known = self.invitation_ids.filtered(lambda each: each.partner_id == partner)
        return known or known.create({"event_id": self.id, "partner_id": partner.id})

    def _relationship_find_invited(self, name, email, organisation):
        """Return the invitation of somebody of this name; of several, by organisation or address."""
        key = get_name_key(name)
        named = self.invitation_ids.filtered(lambda each: key and get_name_key(each.partner_id.name) == key)
        if organisation:
            named = named.filtered(lambda each: each.organisation_id == organisation.commercial_partner_id)
        emails = set(split_emails(email))
        of_address = named.filtered(lambda each: not emails.isdisjoint(split_emails(each.partner_id.email)))
        if of_address:
            return of_address[:1]
        return named if len(named) == 1 else named.browse()

    def _relationship_find_or_note_person(self, seat, organisation):
        """Return the person of this name in the organisation, or of this address; else note her and where she was.

        One who was archived is found as well, after those in use.
        """
        persons = self.env["res.partner"].browse()
        if organisation:
            persons = persons.with_context(active_test=False).search([("parent_id", "=", organisation.id)])
        else:
            persons = persons._relationship_search_emails(split_emails(seat.email))
        key = get_name_key(seat.name)
        found = persons.filtered(lambda each: not each.is_company and get_name_key(each.name) == key)
        found = found.sorted(lambda each: not each.active)[:1]
        return found or persons.create(
            {
                "name": seat.name or seat.email,
                "email": seat.email,
                "phone": seat.phone,
                "is_company": False,
                "parent_id": organisation.id,
                "company_name": False if organisation else seat.company_name,
                "relationship_person_source": self.name,
            }
        )
