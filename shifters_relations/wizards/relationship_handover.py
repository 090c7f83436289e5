from collections import Counter

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import split_every

from ..groups import MEMBERS, ORGANISERS
from ..models.cooperation.relationship_cooperation import CLOSED_STAGES
from ..models.loop.res_partner import BATCH

MAX_NAMES = 5  # organisations named in what has changed meanwhile


class RelationshipHandover(models.TransientModel):
    """A portfolio passes from one member to one or several others, in one step (T5).

    Targets with their renewals, the other open activities on them, their open cooperations, the
    responsibility of sectors. Drafts of syntheses keep their author; the new owner can finish them.
    """

    _name = "relationship.handover"
    _description = "Handover of a Portfolio"

    from_member_id = fields.Many2one("relationship.member", "Given by", required=True)
    to_member_id = fields.Many2one(
        "relationship.member", "Given to", domain="[('is_current', '=', True), ('id', '!=', from_member_id)]"
    )
    sector_line_ids = fields.One2many("relationship.handover.sector", "handover_id", "By sector")
    line_ids = fields.One2many("relationship.handover.line", "handover_id", "Row by row")
    state = fields.Selection([("draft", "To choose"), ("done", "Handed over")], default="draft", readonly=True)
    summary = fields.Html(readonly=True)
    is_return = fields.Boolean("Handed back", readonly=True)
    notice = fields.Char("What has changed meanwhile", readonly=True)
    load = fields.Char("What each will keep", compute="_compute_load")
    committees = fields.Char(compute="_compute_committees")

    @api.depends("is_return")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for handover in self:
            handover.display_name = self.env._("Hand it back") if handover.is_return else self.env._("Hand over")

    @api.depends("line_ids.to_member_id")
    @api.depends_context("lang")
    def _compute_load(self):
        """Compute the targets of each taker, and how many are too many: a warning, never a refusal (T4)."""
        for handover in self:
            targets = handover.line_ids.filtered(lambda line: line.partner_id.relationship_stage == "target")
            words = []
            for taker, lines in targets.filtered("to_member_id").grouped("to_member_id").items():
                count = taker.target_count + len(lines)
                words.append(
                    self.env._("%(name)s: %(count)s targets", name=taker.display_name, count=count)
                    if count > 1
                    else self.env._("%(name)s: 1 target", name=taker.display_name)
                )
                if count > taker.capacity_max:
                    words[-1] += ", " + taker._say_too_many(count - taker.capacity_max)
            handover.load = handover.state == "draft" and " · ".join(words)

    @api.depends("from_member_id", "state")
    @api.depends_context("lang")
    def _compute_committees(self):
        """Say which committees go with the cooperations that are handed over (V1)."""
        for handover in self:
            followed = handover.from_member_id._get_committees()
            handover.committees = followed and self.env._(
                "Committees of the cooperations that %(name)s follows: %(committees)s.",
                name=handover.from_member_id.user_id.name,
                committees=" · ".join(followed.mapped("display_name")),
            )

    @api.model_create_multi
    def create(self, vals_list):
        handovers = super().create(vals_list)
        for handover in handovers:
            if not handover.line_ids and not handover.sector_line_ids:
                handover._create_lines()
        return handovers

    def write(self, vals):
        """Keep the rows as they are sent: what the screen shows is what is done.

        Without rows, as by RPC, they follow the choice for all and by sector.
        """
        if not {"line_ids", "sector_line_ids"} & vals.keys():
            return super().write(vals)
        rows = (self.sector_line_ids, self.line_ids)
        with self.env.protecting([([lines._fields["to_member_id"]], lines) for lines in rows]):
            return super().write(vals)

    def _create_lines(self):
        """Create one line for each sector and each organisation of the member who leaves."""
        self.ensure_one()
        partners = self._get_partners()
        sectors = partners.relationship_sector_id | self.from_member_id.sector_ids
        self.env["relationship.handover.sector"].create(
            [{"handover_id": self.id, "sector_id": sector.id} for sector in sectors]
        )
        self.env["relationship.handover.line"].create(
            [{"handover_id": self.id, "partner_id": partner.id} for partner in partners]
        )

    def _get_partners(self):
        """Return the organisations that the member keeps, whatever their stage."""
        return self.env["res.partner"].search(
            [
                ("relationship_stage", "!=", False),
                ("relationship_owner_id", "=", self.from_member_id.user_id.id),
            ]
        )

    def _check_organiser(self):
        if not (self.env.su or self.env.user.has_group(ORGANISERS)):
            raise AccessError(self.env._("Handing a portfolio over is for organisers and the pilot."))

    def action_apply(self):
        """Hand everything over; where the portfolio has changed since it was shown, show it again and do nothing.

        :raise UserError: a row goes to nobody, or to somebody who is not in the team, or somebody else was first
        """
        self.ensure_one()
        self._check_organiser()
        if self.state == "done":
            return True
        self._check_something_left()
        if self._notice_changes():
            return True
        homeless = self.line_ids.filtered(lambda line: not line.to_member_id)
        if homeless:
            name, count = homeless[0].partner_id.display_name, len(homeless)
            raise UserError(
                self.env._(
                    "%(name)s goes to nobody yet: choose who keeps it (%(count)s organisations have nobody).",
                    name=name,
                    count=count,
                )
                if count > 1
                else self.env._("%(name)s goes to nobody yet: choose who keeps it.", name=name)
            )
        heirs = self.line_ids.to_member_id
        if gone := heirs.filtered(lambda member: not member.is_current):
            raise UserError(self.env._("%(name)s is not in the team today.", name=gone[0].user_id.name))
        is_whole = not self._get_partners() - self.line_ids.partner_id
        handed = self._get_handed()
        for member, partners in handed.items():
            for batch in split_every(BATCH, partners.ids, partners.browse):
                self._hand_over(batch, member.user_id)
        if heirs and is_whole and self.from_member_id not in heirs:
            self._get_open_cooperations([]).user_id = (self.to_member_id or heirs[0]).user_id
        given = self.sector_line_ids.filtered(
            lambda line: line.to_member_id and line.sector_id.member_id == self.from_member_id
        )
        for line in given:
            line.sector_id.member_id = line.to_member_id
        given.is_given = True
        self.write({"state": "done", "summary": self._get_summary(handed), "notice": False})
        self._notify_everybody(handed, is_whole and self.from_member_id not in heirs)
        return True

    def _check_something_left(self):
        """Say that somebody has handed everything over meanwhile.

        :raise UserError: none of the organisations is the giver's any more
        """
        if self.line_ids and not self._get_partners() & self.line_ids.partner_id:
            raise UserError(
                self.env._(
                    "%(name)s keeps none of these organisations any more: somebody has handed them over meanwhile.",
                    name=self.from_member_id.user_id.name,
                )
            )

    def _notice_changes(self):
        """Bring the rows up to date, and say what has changed since they were shown.

        :return: whether anything has
        """
        kept = self._get_partners()
        gone = self.line_ids.filtered(lambda line: line.partner_id not in kept)
        # A handover back is of what was given, whatever else its giver keeps.
        new = self.env["res.partner"] if self.is_return else kept - self.line_ids.partner_id
        words = []
        if gone:
            names = ", ".join(gone[:MAX_NAMES].partner_id.mapped("name"))
            words.append(self.env._("no longer of this portfolio: %(count)s (%(names)s)", count=len(gone), names=names))
        if new:
            names = ", ".join(new[:MAX_NAMES].mapped("name"))
            words.append(self.env._("new in this portfolio: %(count)s (%(names)s)", count=len(new), names=names))
        gone.unlink()
        self.env["relationship.handover.line"].create(
            [{"handover_id": self.id, "partner_id": partner.id} for partner in new]
        )
        self.notice = words and self.env._(
            "Something has changed since this was shown, and nothing was done yet: %(what)s. Look at it again.",
            what=" · ".join(words),
        )
        return bool(words)

    def _get_handed(self):
        """Return what each heir gets: organisations by member."""
        return {member: lines.partner_id for member, lines in self.line_ids.grouped("to_member_id").items()}

    def _hand_over(self, partners, user):
        """Give organisations, with their renewals and what else was to be done on them, to a user."""
        partners.with_context(mail_activity_quick_update=True).write({"relationship_owner_id": user.id})
        others = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "res.partner"),
                    ("res_id", "in", partners.ids),
                    ("user_id", "=", self.from_member_id.user_id.id),
                    ("relationship_partner_id", "=", False),
                ]
            )
        )
        others.with_context(mail_activity_quick_update=True).write({"user_id": user.id})
        self._get_open_cooperations([("role_ids.partner_id", "in", partners.ids)]).user_id = user

    def _get_open_cooperations(self, domain):
        """Return the cooperations that the member who leaves still follows."""
        giver = self.from_member_id.user_id
        return self.env["relationship.cooperation"].search(
            [("user_id", "=", giver.id), ("stage", "not in", CLOSED_STAGES), *domain]
        )

    def _notify_everybody(self, handed, is_farewell):
        """Notify each person concerned once, of everything, after all is done.

        :param dict handed: organisations by heir
        :param bool is_farewell: the giver keeps nothing
        """
        giver = self.from_member_id.user_id
        for member, partners in handed.items():
            if partners:
                self._notify(
                    member.user_id,
                    lambda env, partners=partners: (
                        env._(
                            "%(name)s hands organisations over to you: %(count)s.", name=giver.name, count=len(partners)
                        )
                        if len(partners) > 1
                        else env._("%(name)s hands an organisation over to you.", name=giver.name)
                    ),
                    partners,
                )
        given = self.env["res.partner"].union(*handed.values())
        heirs = ", ".join(member.user_id.name for member, partners in handed.items() if partners)

        def get_subject(env):
            if is_farewell and not self.is_return:
                return env._("Your organisations have been handed over: thank you for all you did.")
            if len(given) == 1:
                return env._("Handed over to %(names)s: one of your organisations.", names=heirs)
            return env._("Handed over to %(names)s: %(count)s of your organisations.", names=heirs, count=len(given))

        if given:
            self._notify(giver, get_subject, given)

    def _notify(self, user, get_subject, partners):
        """Notify a user, with the organisations that the user may read, and a link for who may follow it."""
        if not user.active or user == self.env.user:
            return
        env = self.with_context(lang=user.partner_id._relationship_get_lang()).env
        subject = get_subject(env)
        base_url = env["res.partner"].get_base_url()
        body = env["ir.qweb"]._render(
            "shifters_relations.mail_message",
            {
                "sentences": [subject],
                "organisations": partners._relationship_filter_readable(user).with_env(env),
                "base_url": base_url,
                "url": f"{base_url}/odoo/portfolio" if user.has_group(MEMBERS) else False,
                "action": env._("Open my portfolio"),
            },
            lang=env.lang,
        )
        env["mail.thread"].message_notify(
            model=self.from_member_id._name,
            res_id=self.from_member_id.id,
            partner_ids=user.partner_id.ids,
            subject=subject,
            body=body,
            email_layout_xmlid="shifters_relations.mail_layout",
        )

    def _get_summary(self, handed):
        """Return what each heir got: targets count in a portfolio, candidates and paused ones do not."""

        def say(member, partners):
            name, count = member.user_id.name, len(partners)
            if count == 1:
                given = self.env._("%(name)s: 1 organisation", name=name)
            else:
                given = self.env._("%(name)s: %(count)s organisations", name=name, count=count)
            targets = len(partners.filtered(lambda partner: partner.relationship_stage == "target"))
            if targets == 1:
                return given + ", " + self.env._("1 of them a target")
            return (
                given
                + ", "
                + (self.env._("%(count)s of them targets", count=targets) if targets else self.env._("no target"))
            )

        return Markup("").join(Markup("<p>%s</p>") % say(*each) for each in handed.items())

    def action_reverse(self):
        """Prepare the handover back: the same organisations and sectors, to whom they came from."""
        self.ensure_one()
        self._check_organiser()
        back = self.browse()
        given = self.sector_line_ids.filtered("is_given")
        for member in self.line_ids.to_member_id | given.to_member_id:
            lines = self.line_ids.filtered(lambda line, member=member: line.to_member_id == member)
            sectors = given.filtered(lambda line, member=member: line.to_member_id == member).sector_id
            back |= self.create(
                {
                    "from_member_id": member.id,
                    "to_member_id": self.from_member_id.id,
                    "is_return": True,
                    "line_ids": [fields.Command.create({"partner_id": line.partner_id.id}) for line in lines],
                    "sector_line_ids": [fields.Command.create({"sector_id": sector.id}) for sector in sectors],
                }
            )
        if len(back) == 1:
            return back._get_action()
        return {
            **back._get_action(),
            "res_id": False,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", back.ids)],
        }

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self[:1].display_name,
            "res_model": self._name,
            "res_id": self[:1].id,
            "views": [(False, "form")],
            "target": "current",
        }


class RelationshipHandoverSector(models.TransientModel):
    """Who takes the organisations of a sector, and the sector itself."""

    _name = "relationship.handover.sector"
    _description = "Sector Handed Over"
    _order = "id"

    handover_id = fields.Many2one("relationship.handover", required=True, index=True, ondelete="cascade")
    sector_id = fields.Many2one("relationship.sector", required=True, ondelete="cascade")
    organisation_count = fields.Integer("Organisations", compute="_compute_organisation_count")
    is_given = fields.Boolean("Handed over", readonly=True, help="The sector itself went with its organisations.")
    to_member_id = fields.Many2one(
        "relationship.member",
        "Given to",
        compute="_compute_to_member_id",
        store=True,
        readonly=False,
        domain=[("is_current", "=", True)],
    )

    @api.depends("handover_id.line_ids.sector_id")
    def _compute_organisation_count(self):
        for handover, lines in self.grouped("handover_id").items():
            counts = Counter(line.sector_id for line in handover.line_ids)
            for line in lines:
                line.organisation_count = counts[line.sector_id]

    @api.depends("handover_id.to_member_id")
    def _compute_to_member_id(self):
        for line in self:
            line.to_member_id = line.handover_id.to_member_id or line.to_member_id


class RelationshipHandoverLine(models.TransientModel):
    """Who takes one organisation."""

    _name = "relationship.handover.line"
    _description = "Organisation Handed Over"
    _inherit = ["relationship.naming.mixin"]
    _order = "sector_id, id"

    handover_id = fields.Many2one("relationship.handover", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Organisation", required=True, ondelete="cascade")
    sector_id = fields.Many2one(related="partner_id.relationship_sector_id", store=True)
    to_member_id = fields.Many2one(
        "relationship.member",
        "Given to",
        compute="_compute_to_member_id",
        store=True,
        readonly=False,
        domain=[("is_current", "=", True)],
    )

    @api.depends("handover_id.to_member_id", "handover_id.sector_line_ids.to_member_id")
    def _compute_to_member_id(self):
        for handover, lines in self.grouped("handover_id").items():
            by_sector = {line.sector_id: line.to_member_id for line in handover.sector_line_ids}
            for line in lines:
                line.to_member_id = by_sector.get(line.sector_id) or handover.to_member_id or line.to_member_id
