from odoo import fields, models
from odoo.tools import SQL


class RelationshipLoad(models.Model):
    """What each member of the team carries, beside what was agreed (T4): three numbers a member.

    It helps to share the work; it ranks nobody (U5).
    """

    _name = "relationship.load"
    _description = "Load of the Members"
    _auto = False
    _order = "user_id, kind"
    _rec_name = "user_id"
    _depends = {
        "relationship.member": ["active", "capacity_max", "capacity_min", "date_end", "role", "user_id"],
        "res.partner": ["active", "is_company", "relationship_owner_id", "relationship_stage"],
        "res.users": ["active"],
    }

    user_id = fields.Many2one("res.users", "Member", readonly=True)
    kind = fields.Selection(
        [("carries", "Targets now"), ("least", "At least"), ("most", "At most")], "Number", readonly=True
    )
    number = fields.Integer("Organisations", readonly=True)

    @property
    def _table_query(self):
        targets = [
            ("active", "=", True),
            ("is_company", "=", True),
            ("relationship_stage", "=", "target"),
            ("relationship_owner_id", "!=", False),
        ]
        return SQL(
            """
            SELECT user_id * 3 + figure.rank AS id, user_id, figure.kind, figure.number
              FROM (
                       SELECT partner.relationship_owner_id AS user_id, count(*) AS number
                         FROM (%(partners)s) AS partner
                     GROUP BY partner.relationship_owner_id
                   ) AS carried
         FULL JOIN (%(members)s) AS member USING (user_id)
CROSS JOIN LATERAL (
                       VALUES (0, 'carries', COALESCE(carried.number, 0)),
                              (1, 'least', member.capacity_min),
                              (2, 'most', member.capacity_max)
                   ) AS figure (rank, kind, number)
             WHERE figure.number IS NOT NULL AND (carried.number IS NOT NULL OR member.role = 'contact')
            """,
            partners=self.env["relationship.analysis.mixin"]._get_partners(targets),
            members=self.env["relationship.member"]._get_current_query(
                "user_id", "role", "capacity_min", "capacity_max"
            ),
        )
