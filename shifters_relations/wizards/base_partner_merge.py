from odoo import models
from odoo.exceptions import AccessError

from ..groups import ORGANISERS


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Keep one organisation with one renewal and everything known of both.

        Core moves rows in SQL and copies only what the merging user may read: the sources
        leave the loop before, and what the target lacks is filled in, and derived again, after.
        """
        partners = self.env["res.partner"].browse(partner_ids).exists()
        partners.sudo()._relationship_check_one()
        if not partners._relationship_has_memory():
            destination = (dst_partner or self._get_ordered_partner(partners.ids)[-1]).sudo()
            values = self._get_relationship_values(partners.sudo() - destination, destination)
            self.env["relationship.affiliation"]._merge_ends(partners.sudo() - destination, destination)
            result = super()._merge(partner_ids, dst_partner, extra_checks)
            if values:  # what is known of persons, also when the merging user may not read it
                destination.write(values)
            return result
        if not (self.env.su or self.env.user.has_group(ORGANISERS)):
            raise AccessError(
                self.env._(
                    "Merging organisations that the Relations team follows is its organisers' work: ask one of them."
                )
            )
        partners._relationship_check_confidential(
            self.env._("One of these organisations has confidential parts: only the pilot merges it.")
        )
        destination = (dst_partner or self._get_ordered_partner(partners.ids)[-1]).sudo()
        sources = partners.sudo() - destination
        values = self._get_relationship_values(sources, destination)
        pinned = sources.relationship_renewal_ids.filtered(
            lambda each: each._relationship_get_source() == "hand"
        ).sorted("date_deadline")[:1]
        pinned_date, own = pinned.date_deadline, destination._relationship_get_renewal()
        if pinned and not (
            own and own._relationship_is_pinned()
        ):  # it goes on with the destination: no log calls it cancelled
            pinned.write(
                {"date_deadline": pinned_date, "relationship_pinned": False, "relationship_date_source": "plan"}
            )
        sources.write({"relationship_stage": False})
        sources.relationship_target_periods = False
        self.env["relationship.affiliation"]._merge_ends(sources, destination)
        result = super()._merge(partner_ids, destination.with_env(self.env), extra_checks)
        destination.invalidate_recordset()
        destination.write(values)
        self._relationship_merge_roles(destination)
        self._relationship_merge_levels(destination)
        for name in ("relationship_synthesis_count", "relationship_last_contact_date", "relationship_last_channel"):
            self.env.add_to_compute(destination._fields[name], destination)
        destination._relationship_sync_renewals()
        destination._relationship_move_renewals()
        renewal = destination._relationship_get_renewal()
        if pinned_date and renewal and not renewal._relationship_is_pinned():
            renewal.write({"date_deadline": pinned_date})
        destination._relationship_take_meetings()
        return result

    def _relationship_merge_roles(self, destination):
        """Merge the lines where both organisations had the same role in the same cooperation."""
        roles = self.env["relationship.cooperation.role"].sudo().search([("partner_id", "=", destination.id)])
        for same in roles.grouped(lambda role: (role.cooperation_id, role.role)).values():
            if len(same) > 1:
                conditions = dict.fromkeys(filter(None, same.mapped("conditions")))
                same[0].conditions = ", ".join(conditions)
                same[0].since = min(filter(None, same.mapped("since")), default=False)
                same[1:].unlink()

    def _relationship_merge_levels(self, destination):
        """Undo the change of level that taking it over noted: its history came along with the source."""
        newest = destination.relationship_level_change_ids.sorted("id", reverse=True)[:2]
        if len(newest) == 2 and newest[0].level == newest[1].level:
            newest[0].unlink()

    def _get_relationship_values(self, sources, destination):
        """Return what the destination lacks and a source knows; the stage that is furthest in the loop."""
        values = {}
        for name, field in destination._fields.items():
            if not name.startswith("relationship_") or field.type in ("one2many", "many2many"):
                continue
            if (field.compute and field.readonly) or destination[name]:
                continue
            known = next((source[name] for source in sources if source[name]), False)
            if known:
                values[name] = field.convert_to_write(known, destination)
        stages = [partner.relationship_stage for partner in destination | sources]
        stage = next(stage for stage in ("target", "paused", "candidate", "closed", False) if stage in stages)
        return {**values, "relationship_stage": stage} if stage else values

    def _log_merge_operation(self, src_partners, dst_partner):
        """Extend: whoever forgets the person whom they became forgets them too, also in a backup from before."""
        src_partners._relationship_list_merged(dst_partner)
        return super()._log_merge_operation(src_partners, dst_partner)
