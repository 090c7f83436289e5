from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...groups import MEMBERS

DUE_STATES = [
    ("overdue", "Overdue"),
    ("never", "Never met"),
    ("unplanned", "Not planned"),
    ("due", "To renew within 30 days"),
    ("planned", "Planned"),
]
DUE_PERIOD = timedelta(days=30)


class ResPartner(models.Model):
    """How urgent the next contact of a target is: computed when asked, in Python for records and in SQL for groups.

    Both are the same ladder, of which the first step that holds counts.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_due_state = fields.Selection(
        DUE_STATES,
        "Due",
        compute="_compute_relationship_due_state",
        search="_search_relationship_due_state",
        groups=MEMBERS,
    )

    @api.depends("relationship_stage", "relationship_last_contact_date", "relationship_next_contact_date")
    def _compute_relationship_due_state(self):
        today = fields.Date.context_today(self)
        for partner in self:
            planned = partner.relationship_next_contact_date
            if partner.relationship_stage != "target":
                partner.relationship_due_state = False
            elif planned and planned < today:
                partner.relationship_due_state = "overdue"
            elif not partner.relationship_last_contact_date:
                partner.relationship_due_state = "never"
            elif not planned:
                partner.relationship_due_state = "unplanned"
            else:
                partner.relationship_due_state = "due" if planned <= today + DUE_PERIOD else "planned"

    def _relationship_due_state_to_sql(self, alias, query):
        """Return the due state as SQL, the same ladder as the compute: the first that applies."""
        today = fields.Date.context_today(self)
        stage, last, planned = (
            self._field_to_sql(alias, name, query)
            for name in ("relationship_stage", "relationship_last_contact_date", "relationship_next_contact_date")
        )
        return SQL(
            "CASE WHEN %(stage)s IS DISTINCT FROM 'target' THEN NULL WHEN %(planned)s < %(today)s THEN 'overdue'"
            " WHEN %(last)s IS NULL THEN 'never' WHEN %(planned)s IS NULL THEN 'unplanned'"
            " WHEN %(planned)s <= %(soon)s THEN 'due' ELSE 'planned' END",
            stage=stage,
            last=last,
            planned=planned,
            today=today,
            soon=today + DUE_PERIOD,
        )

    def _search_relationship_due_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._relationship_get_state_domain("relationship_due_state", value, ("target",))

    @api.model
    def _relationship_get_state_domain(self, name, states, stages):
        """Return the domain of organisations in states that SQL computes when asked.

        :param str name: the field; ``_<name>_to_sql(alias, query)`` gives its SQL
        :param states: its values, False among them for none
        :param tuple stages: the stages outside which the field is empty
        """
        some = tuple(state for state in states if state)

        def to_sql(model, alias, query):
            state = getattr(model, f"_{name}_to_sql")(alias, query)
            terms = [SQL("%s IN %s", state, some)] if some else []
            if False in states:
                terms.append(SQL("%s IS NULL", state))
            return SQL("(%s)", SQL(" OR ").join(terms))

        followed = Domain("relationship_stage", "in", stages) if False not in states else Domain.TRUE
        return followed & Domain.custom(to_sql=to_sql, predicate=lambda partner: partner[name] in states)

    def _read_group_groupby(self, alias, groupby_spec, query):
        if groupby_spec != "relationship_due_state":
            return super()._read_group_groupby(alias, groupby_spec, query)
        return self._relationship_due_state_to_sql(alias, query)

    def _read_group_orderby(self, order, groupby_terms, query):
        """Extend core: order groups too by urgency, the most urgent first."""
        state = groupby_terms.get("relationship_due_state")
        if state is None:
            return super()._read_group_orderby(order, groupby_terms, query)
        ranked = {**groupby_terms, "relationship_due_state": self._relationship_due_rank_to_sql(state)}
        result = super()._read_group_orderby(order, ranked, query)
        groupby_terms.update({**ranked, "relationship_due_state": state})
        return result

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name != "relationship_due_state":
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        rank = self._relationship_due_rank_to_sql(self._relationship_due_state_to_sql(alias, query))
        return SQL("%s %s %s", rank, direction, nulls)

    @api.model
    def _relationship_due_rank_to_sql(self, state):
        """Return, as SQL, the place of a due state in the order of urgency."""
        return SQL(
            "array_position(ARRAY[%s], (%s)::text)", SQL(",").join(SQL("%s", key) for key, _label in DUE_STATES), state
        )
