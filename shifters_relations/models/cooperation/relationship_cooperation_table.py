from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_list

from ...tools import format_day
from .relationship_cooperation import CLOSED_STAGES

ABSENCE = relativedelta(years=1)
# Of all the lines of a cooperation.
LACKS_ROLE = SQL("count(*) > 1 AND NOT (bool_or(role = 'pilot') AND bool_or(role = 'funder'))")
IS_WIDENED = SQL("min(since) < max(since)")
# Of the lines of one organisation in it.
IS_BOTH = SQL("bool_or(role = 'pilot') AND bool_or(role = 'funder')")


class RelationshipCooperation(models.Model):
    """What the table of a partnership shows when one looks at it: gaps, and who is not there (V2, V3).

    Of a cooperation that has ended nothing is to be done, and nothing is said.
    """

    _inherit = "relationship.cooperation"  # pylint: disable=consider-merging-classes-inherited

    attention = fields.Text("To watch", compute="_compute_attention")
    later_sentence = fields.Char("Who joined later", compute="_compute_attention")
    lacks_role = fields.Boolean("A role is missing", compute="_compute_attention", search="_search_lacks_role")
    has_one_for_all = fields.Boolean(
        "One is pilot and funder", compute="_compute_attention", search="_search_has_one_for_all"
    )
    has_absent = fields.Boolean(
        "No contact with a partner for a year", compute="_compute_attention", search="_search_has_absent"
    )
    has_left_funder = fields.Boolean(
        "A funder without next contact", compute="_compute_attention", search="_search_has_left_funder"
    )
    is_widened = fields.Boolean("Widened later", compute="_compute_attention", search="_search_is_widened")

    @api.depends(
        "stage", "missing_roles", "role_ids.partner_id", "role_ids.role", "role_ids.since", "role_ids.partner_id.active"
    )
    @api.depends_context("lang", "uid")
    def _compute_attention(self):
        readable = self.role_ids.partner_id._filtered_access("read")
        willing = readable._relationship_filter_willing()
        for cooperation in self:
            both, absent, left, later = cooperation._find_watched(readable)
            cooperation.lacks_role = cooperation.stage not in CLOSED_STAGES and bool(cooperation.missing_roles)
            cooperation.has_one_for_all = bool(both)
            cooperation.has_absent = bool(absent)
            cooperation.has_left_funder = bool(left)
            cooperation.is_widened = bool(later)
            cooperation.later_sentence = bool(later) and self._say_later(later)
            cooperation.attention = "\n".join(cooperation._say_watched(readable, willing))

    def _find_watched(self, partners):
        """Return the lines of these organisations that are to be watched: of both roles, absent, left, later."""
        self.ensure_one()
        lines = self.role_ids.filtered(lambda line: line.partner_id in partners)
        if self.stage in CLOSED_STAGES:
            return [lines.browse()] * 4
        return self._find_both(lines), self._find_absent(lines), self._find_left(lines), self._find_later(lines)

    def _say_watched(self, partners, willing):
        """Return what is to be watched, in words that name none but these organisations.

        :param willing: those of them that did not ask for silence
        """
        both, absent, left, _later = self._find_watched(partners)
        return [
            *([self.missing_roles] if self.stage not in CLOSED_STAGES and self.missing_roles else []),
            *(self._say_both(partner) for partner in both.partner_id),
            *(self._say_absent(partner, willing) for partner in absent.partner_id),
            *(self._say_left(partner) for partner in left.partner_id),
        ]

    # Who

    @api.model
    def _find_both(self, lines):
        """Return the lines of organisations that are pilot and funder."""
        by_partner = lines.grouped("partner_id").values()
        return lines.browse().union(*(of for of in by_partner if {"pilot", "funder"} <= {*of.mapped("role")}))

    @api.model
    def _find_absent(self, lines):
        """Return the lines of organisations that nobody has met for a year, or ever."""
        before = fields.Date.context_today(self) - ABSENCE
        return lines.filtered(lambda line: (line.partner_id.relationship_last_contact_date or before) <= before)

    @api.model
    def _find_left(self, lines):
        """Return the lines of funders that are no targets, or have no next contact (V2)."""
        funders = lines.filtered(lambda line: line.role == "funder")
        return funders.filtered(
            lambda line: (
                line.partner_id.relationship_stage != "target" or not line.partner_id.relationship_next_contact_date
            )
        )

    @api.model
    def _find_later(self, lines):
        """Return the lines of those who came after the first group."""
        return lines.filtered(lambda line: line.wave > 1)

    # In words

    @api.model
    def _say_both(self, partner):
        return self.env._("%(name)s is pilot and funder: who else could carry a part?", name=partner.name)

    @api.model
    def _say_absent(self, partner, willing):
        last = partner.relationship_last_contact_date
        if not partner.active:
            return self.env._("%(name)s is archived: does it still take part?", name=partner.name)
        if partner not in willing:
            return self.env._("%(name)s asked not to be contacted: does it still take part?", name=partner.name)
        if not last:
            return self.env._("No contact with %(name)s is noted.", name=partner.name)
        return self.env._(
            "No contact with %(name)s for a year: the last one was on %(date)s.",
            name=partner.name,
            date=format_day(self.env, last, with_year=True),
        )

    @api.model
    def _say_left(self, partner):
        if partner.relationship_stage != "target":
            return self.env._("%(name)s funds it and is in nobody's portfolio.", name=partner.name)
        return self.env._("%(name)s funds it and has no next contact.", name=partner.name)

    @api.model
    def _say_later(self, lines):
        names = [
            self.env._("%(name)s (since %(date)s)", name=line.partner_id.name, date=format_day(self.env, line.since))
            for line in lines
        ]
        return self.env._("Joined later: %(names)s.", names=format_list(self.env, [*dict.fromkeys(names)]))

    # Found

    def _search_lacks_role(self, operator, value):
        return self._search_watched(operator, value, self._get_grouped_domain(SQL("cooperation_id"), LACKS_ROLE))

    def _search_has_one_for_all(self, operator, value):
        return self._search_watched(
            operator, value, self._get_grouped_domain(SQL("cooperation_id, partner_id"), IS_BOTH)
        )

    def _search_has_absent(self, operator, value):
        before = fields.Date.context_today(self) - ABSENCE
        unmet = Domain("relationship_last_contact_date", "=", False)
        unmet |= Domain("relationship_last_contact_date", "<=", before)
        return self._search_watched(operator, value, Domain("role_ids.partner_id", "any", unmet))

    def _search_has_left_funder(self, operator, value):
        left = Domain("relationship_stage", "!=", "target") | Domain("relationship_next_contact_date", "=", False)
        funders = Domain("role", "=", "funder") & Domain("partner_id", "any", left)
        return self._search_watched(operator, value, Domain("role_ids", "any", funders))

    def _search_is_widened(self, operator, value):
        return self._search_watched(operator, value, self._get_grouped_domain(SQL("cooperation_id"), IS_WIDENED))

    @api.model
    def _get_grouped_domain(self, by, condition):
        """Return the domain of cooperations by what their lines are together.

        :param SQL by: by what lines are grouped, their cooperation and maybe more
        :param SQL condition: on the lines of a group
        """
        self.env["relationship.cooperation.role"].flush_model(["cooperation_id", "partner_id", "role", "since"])
        found = SQL("SELECT cooperation_id FROM relationship_cooperation_role GROUP BY %s HAVING %s", by, condition)
        return Domain.custom(to_sql=lambda model, alias, query: SQL("%s IN (%s)", SQL.identifier(alias, "id"), found))

    @api.model
    def _search_watched(self, operator, value, found):
        if operator != "in":
            return NotImplemented
        watched = Domain("stage", "not in", CLOSED_STAGES) & found
        return Domain.OR([watched if wanted else ~watched for wanted in value])
