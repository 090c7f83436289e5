from odoo import api, models
from odoo.tools import SQL, email_normalize_all

from ...emails import split_emails

# What stands before each @ of a field, without what nobody sees: as much as SQL can say of an address.
UNSEEN = "[\u00ad\u200b-\u200f\u2060\ufeff]"
LOCAL_PART = """([^][:space:],;:/|<>()"“”‘’«»[]+)@"""


class ResPartner(models.Model):
    """All the addresses of somebody: a field may hold several, and further addresses are contacts of their own."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_get_emails(self):
        """Return the e-mail addresses of each, the contact's own first, then her other contacts': one query.

        A person and her further addresses are one person, whichever of these contacts is asked, archived
        ones too; an organisation has its own addresses for invoices and the like, not its persons'.

        :return: dictionary of tuples of addresses by partner, as :func:`split_emails` gives them
        """
        emails = {partner: split_emails(partner.email) for partner in self}
        further = {}
        for partner_id, email in self._origin._relationship_query_further_emails():
            further.setdefault(partner_id, []).extend(split_emails(email))
        return {
            partner: tuple(dict.fromkeys((*own, *further.get(partner._origin.id, ()))))
            for partner, own in emails.items()
        }

    def _relationship_query_further_emails(self):
        """Return rows of id and e-mail field of the other contacts that are the same person as each."""
        if not self:
            return []
        self.flush_model(["email", "parent_id", "is_company", "type"])
        return self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE part AS NOT MATERIALIZED (
                    -- contacts that are no other person than their parent
                    SELECT partner.id, partner.parent_id
                      FROM res_partner AS partner
                      JOIN res_partner AS parent ON parent.id = partner.parent_id
                     WHERE partner.is_company IS NOT TRUE
                       AND (parent.is_company IS NOT TRUE OR partner.type <> 'contact')
                       AND NOT EXISTS (SELECT FROM res_users WHERE res_users.partner_id = partner.id)
                ), up AS (
                    SELECT id AS origin, id FROM res_partner WHERE id = ANY(%s)
                     UNION
                    SELECT up.origin, part.parent_id FROM up JOIN part ON part.id = up.id
                ), same AS (
                    SELECT origin, id FROM up
                     UNION
                    SELECT same.origin, part.id FROM same JOIN part ON part.parent_id = same.id
                )
                SELECT same.origin, partner.email
                  FROM same
                  JOIN res_partner AS partner ON partner.id = same.id
                 WHERE partner.email IS NOT NULL AND partner.id <> same.origin
              ORDER BY partner.id
                """,
                self.ids,
            )
        )

    def _relationship_has_other_address(self, email):
        """Return whether there is an address to write to other than the one that was written to.

        :param str email: as Odoo keeps it where it says what became of a mail, or False
        """
        own = split_emails(self.email)
        return bool(own) and (email or "") not in {*own, *email_normalize_all(self.email), self.email}

    def _relationship_get_all_emails(self):
        """Return the addresses of all of them together: a set."""
        return set().union(*self._relationship_get_emails().values())

    @api.model
    def _relationship_search_emails(self, emails):
        """Return the contacts, archived ones too, whose own field has one of these addresses: one query.

        :param emails: addresses as :func:`split_emails` gives them
        """
        emails = set(emails)
        if not emails:
            return self.browse()
        self.flush_model(["email"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, email
                  FROM res_partner
                 WHERE position('@' IN email) > 0
                   AND EXISTS (
                       SELECT FROM regexp_matches(regexp_replace(lower(email), %s, '', 'g'), %s, 'g') AS written
                        WHERE ltrim(written[1], '''.') = ANY(%s)
                       )
                """,
                UNSEEN,
                LOCAL_PART,
                sorted({email.rpartition("@")[0] for email in emails}),
            )
        )
        return self.browse(sorted(partner_id for partner_id, email in rows if emails & set(split_emails(email))))
