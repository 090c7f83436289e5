from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...groups import MEMBERS

COVERAGES = [
    ("covered", "Within its cadence"),
    ("late", "Late"),
    ("never", "Never met"),
    ("candidate", "Candidate"),
]
STATES = [state for state, _label in COVERAGES]
REACHED = "reached"  # counted besides the states
UNMET = ("late", "never", "candidate")
MAP_STAGES = ("candidate", "target")


def _get_lineage(sector):
    """Return the ids of a sector's ancestors and of itself."""
    return [int(sector_id) for sector_id in sector.parent_path.split("/") if sector_id]


class ResPartner(models.Model):
    """How well the team covers the field: sectors beside types of organisation (Q8).

    An organisation is on the map while it is a candidate or a target. A target is *covered* when
    its last contact is not older than its cadence, *late* when it is, *never met* before the
    first one. What is not covered itself is *reached* while something that it belongs to is (B6): that is counted
    apart. Nothing of it is stored.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_coverage = fields.Selection(
        COVERAGES,
        "Coverage",
        compute="_compute_relationship_coverage",
        search="_search_relationship_coverage",
        groups=MEMBERS,
    )
    relationship_is_reached = fields.Boolean(
        "Reached through its network",
        compute="_compute_relationship_is_reached",
        search="_search_relationship_is_reached",
        groups=MEMBERS,
        help="It is not covered itself, but what it belongs to is.",
    )

    @api.depends("relationship_stage", "relationship_last_contact_date", "relationship_cadence_id")
    def _compute_relationship_coverage(self):
        today = fields.Date.context_today(self)
        for partner in self:
            if partner.relationship_stage != "target":
                partner.relationship_coverage = partner.relationship_stage == "candidate" and "candidate"
            elif not partner.relationship_last_contact_date:
                partner.relationship_coverage = "never"
            else:
                is_covered = partner._relationship_get_ideal_date() >= today
                partner.relationship_coverage = "covered" if is_covered else "late"

    def _search_relationship_coverage(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._relationship_get_state_domain("relationship_coverage", value, MAP_STAGES)

    @api.depends("relationship_coverage", "relationship_affiliation_ids.umbrella_id.relationship_coverage")
    def _compute_relationship_is_reached(self):
        reached = self._origin.with_context(active_test=False).search(
            Domain("id", "in", self._origin.ids) & self._relationship_get_reached_domain()
        )
        for partner in self:
            partner.relationship_is_reached = partner._origin in reached

    def _search_relationship_is_reached(self, operator, value):
        if operator != "in":
            return NotImplemented
        reached = self._relationship_get_reached_domain()
        return reached if True in value else ~reached

    @api.model
    def _relationship_get_reached_domain(self):
        """Return the domain of what is not covered itself, while something that it belongs to is."""

        def to_sql(model, alias, query):
            return SQL("%s IN %s", SQL.identifier(alias, "id"), self._relationship_reached_to_sql())

        return Domain("relationship_coverage", "in", UNMET) & Domain.custom(to_sql=to_sql)

    @api.model
    def _relationship_reached_to_sql(self):
        """Return, as a table, the ids of all that belong to an organisation which is covered."""
        covered = self._search(Domain("is_company", "=", True) & Domain("relationship_coverage", "=", "covered"))
        return self._relationship_below_to_sql(covered.select())

    def _relationship_coverage_to_sql(self, alias, query):
        """Return the coverage as SQL, the same ladder as the compute."""
        stage = self._field_to_sql(alias, "relationship_stage", query)
        last = self._field_to_sql(alias, "relationship_last_contact_date", query)
        cadence = query.left_join(
            alias, "relationship_cadence_id", "relationship_cadence", "id", "relationship_coverage"
        )
        return SQL(
            "CASE WHEN %(stage)s = 'candidate' THEN 'candidate' WHEN %(stage)s = 'target' THEN %(coverage)s END",
            stage=stage,
            coverage=self._relationship_target_coverage_to_sql(
                cadence, last, SQL("%s::date", fields.Date.context_today(self))
            ),
            to_flush=self._fields["relationship_cadence_id"],
        )

    @api.model
    def _relationship_target_coverage_to_sql(self, cadence, last, day):
        """Return, as SQL, how a target stood on a day: ``never``, ``covered`` or ``late``.

        :param str cadence: alias of its cadence, joined from the left; the usual one where it is missing
        :param SQL last: date of its last contact until that day
        :param SQL day: the day
        """
        cadences = self.env["relationship.cadence"]
        usual = cadences.sudo()._get_default()
        count, unit = (SQL.identifier(cadence, name) for name in ("interval_count", "interval_unit"))
        return SQL(
            "CASE WHEN %(last)s IS NULL THEN 'never' WHEN %(last)s + COALESCE(%(count)s, %(usual_count)s)"
            " * CASE COALESCE(%(unit)s, %(usual_unit)s) WHEN 'weeks' THEN interval '1 week'"
            " WHEN 'years' THEN interval '1 year' ELSE interval '1 month' END >= %(day)s THEN 'covered'"
            " ELSE 'late' END",
            last=last,
            count=count,
            usual_count=usual.interval_count or 6,
            unit=unit,
            usual_unit=usual.interval_unit or "months",
            day=day,
            to_flush=(cadences._fields["interval_count"], cadences._fields["interval_unit"]),
        )

    @api.model
    @api.readonly
    def relationship_get_coverage(self):
        """Return the coverage map, in a constant number of queries.

        A cell is a dictionary of numbers by state; there is none where there is no organisation. Those that are
        ``reached`` are counted in their state too.
        Rows come in the order of the tree, and each counts its whole branch.

        :return: dictionary of ``states`` (dictionaries of ``state`` and ``label``), ``types`` (of ``id`` and
            ``name``), ``rows`` (of ``id``, ``parent_id``, ``depth``, ``name``, ``cells`` by id of type, ``total``),
            ``cells`` and ``total``
        :raise AccessError: the user is no member
        """
        everything = self.with_context(active_test=False).env
        sectors = everything["relationship.sector"].search_fetch([], ["name", "parent_id", "parent_path", "active"])
        kinds = everything["relationship.organisation.type"].search_fetch([], ["name", "active"])
        branches = self._relationship_sum_coverage(sectors)
        used = branches.get(None, {})
        types = [{"id": kind.id, "name": kind.name} for kind in kinds if kind.active or kind.id in used]
        if False in used:
            types.append({"id": False, "name": self.env._("Without a type")})

        def prepare_values(branch_id):
            cells = dict(branches.get(branch_id, {}))
            return {"total": cells.pop(None, None), "cells": cells}

        shown = sectors.filtered(lambda sector: sector.active or sector.id in branches)
        shown_ids = {sector_id for sector in shown for sector_id in _get_lineage(sector)}
        children = (sectors & sectors.browse(shown_ids)).grouped("parent_id")
        rows = [
            {
                "id": sector.id,
                "parent_id": sector.parent_id.id,
                "depth": depth,
                "name": sector.name,
                **prepare_values(sector.id),
            }
            for sector, depth in self._relationship_walk_sectors(children, sectors.browse())
        ]
        if False in branches:
            name = self.env._("Without a sector")
            rows.append({"id": False, "parent_id": False, "depth": 0, "name": name, **prepare_values(False)})
        labels = [
            *self._fields["relationship_coverage"]._description_selection(self.env),
            (REACHED, self.env._("Reached through their network")),
        ]
        states = [{"state": state, "label": label} for state, label in labels]
        return {"states": states, "types": types, "rows": rows, **prepare_values(None)}

    @api.model
    def _relationship_walk_sectors(self, children, parent, depth=0):
        """Yield each sector below another one with its depth, in the order of the tree."""
        for sector in children.get(parent, ()):
            yield sector, depth
            yield from self._relationship_walk_sectors(children, sector, depth + 1)

    @api.model
    def _relationship_sum_coverage(self, sectors):
        """Return the numbers of each sector's branch, by sector id and type id.

        ``False`` stands for without a sector or a type, ``None`` for all of them together.
        """
        lineages = {sector.id: (None, *_get_lineage(sector)) for sector in sectors}
        branches = defaultdict(lambda: defaultdict(lambda: dict.fromkeys([*STATES, REACHED], 0)))
        for sector_id, type_id, state, is_below, count in self._relationship_count_coverage():
            reached = count if is_below and state in UNMET else 0
            for branch_id in lineages.get(sector_id, (None, False)):
                for numbers in (branches[branch_id][type_id], branches[branch_id][None]):
                    numbers[state] += count
                    numbers[REACHED] += reached
        return branches

    @api.model
    def _relationship_count_coverage(self):
        """Count the organisations that the reader may read, in one query.

        :return: list of (sector id, type id, coverage, whether they belong to one that is covered, number)
        """
        query = self._search(Domain("is_company", "=", True) & Domain("relationship_stage", "in", MAP_STAGES))
        # Joined, they are looked up by a hash; of an IN beside the columns, PostgreSQL would read all of them for each.
        belongs = SQL("below.id = %s", SQL.identifier(query.table, "id"))
        query.add_join("LEFT JOIN", "below", self._relationship_reached_to_sql(), belongs)
        terms = [
            self._field_to_sql(query.table, "relationship_sector_id", query),
            self._field_to_sql(query.table, "relationship_type_id", query),
            self._relationship_coverage_to_sql(query.table, query),
            SQL("below.id IS NOT NULL"),
        ]
        query.groupby = SQL("1, 2, 3, 4")
        rows = self.env.execute_query(query.select(*terms, SQL("count(*)")))
        return [(sector_id or False, type_id or False, *values) for sector_id, type_id, *values in rows]
