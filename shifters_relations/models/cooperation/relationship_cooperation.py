from datetime import timedelta

from markupsafe import Markup
from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_list

from ...groups import MEMBERS
from ...names import Name
from ...tools import take_defaults, without_defaults

STAGES = [
    ("idea", "Idea"),
    ("introduced", "Introduced"),
    ("ongoing", "Ongoing"),
    ("done", "Completed"),
    ("dropped", "Dropped"),
]
CLOSED_STAGES = ("done", "dropped")
MAX_PERSONS = 3  # persons of an organisation in a mail, at most
OUTCOME_AFTER = timedelta(days=30)
EXPECTED_ROLES = ("pilot", "funder")


class RelationshipCooperation(models.Model):
    """What comes out of contacts: something that organisations and the association do together (K1-K3).

    An *introduction* hands it to a group inside: it has a destination, a date and, as soon as the
    group has one, a referent, who gets one message when somebody introduces it, and one after thirty
    days that asks what came of it. Choosing the group or the referent sends nothing: people are still
    typing. A cooperation is not closed without its outcome in words.
    """

    _name = "relationship.cooperation"
    _description = "Cooperation"
    _inherit = ["mail.thread"]
    _order = "date_introduced desc, id desc"

    name = Name("What", required=True)
    kind_id = fields.Many2one("relationship.cooperation.kind", required=True, ondelete="restrict")
    stage = fields.Selection(
        STAGES, required=True, default="idea", index=True, copy=False, group_expand=True, tracking=True
    )
    user_id = fields.Many2one(
        "res.users",
        "Who follows it",
        default=lambda self: self.env.user,
        index="btree_not_null",
        ondelete="set null",
        domain=[("relationship_member_ids.is_current", "=", True)],
        copy=False,
    )
    description = fields.Text("What it is about")
    role_ids = fields.One2many("relationship.cooperation.role", "cooperation_id", "Organisations", copy=True)
    committee_ids = fields.One2many("relationship.committee", "cooperation_id", "Committees")
    partner_ids = fields.Many2many(
        "res.partner", string="Partner organisations", compute="_compute_partner_ids", search="_search_partner_ids"
    )
    missing_roles = fields.Char("What is missing", compute="_compute_missing_roles")
    destination_id = fields.Many2one("relationship.destination", "Introduced to", index="btree_not_null", copy=False)
    referent_id = fields.Many2one(
        "res.partner",
        compute="_compute_referent_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        domain=[("is_company", "=", False)],
        copy=False,
    )
    told_referent_id = fields.Many2one("res.partner", "Who has been notified", readonly=True, copy=False)
    date_introduced = fields.Date(
        "Introduced on", compute="_compute_dates", store=True, readonly=False, precompute=True, copy=False
    )
    date_outcome_asked = fields.Date("Outcome asked on", readonly=True, copy=False)
    is_outcome_due = fields.Boolean("Outcome awaited", compute="_compute_is_outcome_due", search="_search_outcome_due")
    outcome = fields.Text(copy=False, help="What came of it, in words: needed to close.")
    date_closed = fields.Date("Closed on", compute="_compute_dates", store=True, precompute=True, copy=False)
    synthesis_id = fields.Many2one(
        "relationship.synthesis", "From the synthesis", index="btree_not_null", ondelete="set null", copy=False
    )
    shareable_inside = fields.Boolean("May be shared inside", help="May be quoted in the association's internal news.")

    @api.depends("role_ids.partner_id")
    @api.depends_context("uid")
    def _compute_partner_ids(self):
        """Compute the organisations that the reader may read."""
        readable = self.role_ids.partner_id._filtered_access("read")
        for cooperation in self:
            cooperation.partner_ids = cooperation.role_ids.partner_id & readable

    def _search_partner_ids(self, operator, value):
        if operator not in ("in", "any", "ilike"):
            return NotImplemented
        if operator == "in" and False in value:
            return Domain("role_ids", "=", False) | Domain("role_ids.partner_id", "in", set(value) - {False})
        return Domain("role_ids.partner_id", operator, value)

    @api.depends("role_ids.role")
    @api.depends_context("lang")
    def _compute_missing_roles(self):
        """Compute which expected role nobody has, where several organisations do something together."""
        labels = dict(self.env["relationship.cooperation.role"]._fields["role"]._description_selection(self.env))
        for cooperation in self:
            given = cooperation.role_ids.mapped("role")
            missing = [labels[role].lower() for role in EXPECTED_ROLES if role not in given]
            cooperation.missing_roles = len(cooperation.role_ids) > 1 and self.env._(
                "Nobody has this role yet: %(roles)s.", roles=", ".join(missing)
            ) * bool(missing)

    @api.depends("destination_id")
    def _compute_referent_id(self):
        """Compute the referent: the destination's, unless somebody else was chosen by hand."""
        destinations = self.env["relationship.destination"].sudo().with_context(active_test=False)
        usual = destinations.search([("referent_id", "!=", False)]).referent_id
        for cooperation in self:
            chosen = cooperation.referent_id - usual
            if cooperation.destination_id and not chosen:
                cooperation.referent_id = cooperation.destination_id.referent_id

    @api.depends("stage")
    def _compute_dates(self):
        """Date an introduction and a closing on the day on which they are made."""
        today = fields.Date.context_today(self)
        for cooperation in self:
            introduced = cooperation.date_introduced or (cooperation.stage == "introduced" and today)
            cooperation.date_introduced = cooperation.stage != "idea" and introduced
            cooperation.date_closed = cooperation.stage in CLOSED_STAGES and (cooperation.date_closed or today)

    @api.depends("stage", "date_introduced", "role_ids.partner_id.active")
    def _compute_is_outcome_due(self):
        """Compute whether the outcome is awaited: not where all organisations are archived."""
        before = fields.Date.context_today(self) - OUTCOME_AFTER
        for cooperation in self:
            introduced = cooperation.stage == "introduced" and cooperation.date_introduced
            partners = cooperation.sudo().role_ids.partner_id
            in_use = not partners or any(partners.mapped("active"))
            cooperation.is_outcome_due = bool(introduced and introduced <= before and in_use)

    def _search_outcome_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        before = fields.Date.context_today(self) - OUTCOME_AFTER
        in_use = Domain("role_ids", "=", False) | Domain("role_ids.partner_id.active", "=", True)
        awaited = Domain("stage", "=", "introduced") & Domain("date_introduced", "<=", before) & in_use
        return Domain.OR([awaited if wanted else ~awaited for wanted in value])

    @api.constrains("stage", "outcome")
    def _check_outcome(self):
        for cooperation in self:
            if cooperation.stage in CLOSED_STAGES and not (cooperation.outcome or "").strip():
                raise ValidationError(
                    self.env._(
                        "Before “%(name)s” is closed, say in a few words what came of it.", name=cooperation.name
                    )
                )

    @api.constrains("stage", "destination_id", "date_introduced", "referent_id", "role_ids")
    def _check_destination(self):
        for cooperation in self:
            if cooperation.stage == "introduced":
                asked = (cooperation.sudo().role_ids.partner_id | cooperation.referent_id).sudo()
                if objecting := asked._relationship_filter_objecting():
                    raise ValidationError(
                        self.env._(
                            "%(name)s asked not to be contacted: no introduction is made.", name=objecting[0].name
                        )
                    )
            if cooperation.stage == "introduced" and not (cooperation.destination_id and cooperation.date_introduced):
                raise ValidationError(
                    self.env._("To introduce “%(name)s”, choose the group that takes it over.", name=cooperation.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        model, vals_list = take_defaults(self, vals_list)
        for vals in vals_list:
            synthesis = self.env["relationship.synthesis"].browse(vals.get("synthesis_id"))
            synthesis.check_access("read")
            if synthesis and not vals.get("role_ids"):
                vals["role_ids"] = [Command.create({"partner_id": synthesis.partner_id.id})]
        cooperations = super(RelationshipCooperation, model.with_context(mail_create_nolog=True)).create(vals_list)
        return cooperations.with_env(self.env)

    def write(self, vals):
        self.env["relationship.synthesis"].browse(vals.get("synthesis_id")).check_access("read")
        if vals.get("stage") == "idea":  # of what is an idea again, nobody was notified
            vals = {**vals, "told_referent_id": False, "date_outcome_asked": False}
        introduced = self.browse()
        if vals.get("stage") == "introduced":  # said again, by a file or a form, it is no news
            introduced = self.filtered(lambda each: each.stage != "introduced")
        result = super(RelationshipCooperation, without_defaults(self)).write(vals)
        introduced._notify_referents()
        return result

    def action_introduce(self):
        """Hand these over to their groups: the referents who do not know yet are notified.

        :raise ValidationError: one of them has no group, or its referent cannot be notified
        """
        result = self.write({"stage": "introduced"})
        self._notify_referents()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_with_committees(self):
        """Delete its committees, which keep the agendas of their meetings: the database would not ask them."""
        self.sudo().committee_ids.unlink()

    # The referent

    def _notify_referents(self):
        """Send each referent of an introduction one message, unless notified already.

        :raise ValidationError: no message can reach one of them
        """
        for cooperation in self.sudo().filtered(lambda each: each.stage == "introduced" and each.referent_id):
            former, referent = cooperation.told_referent_id, cooperation.referent_id
            if former == referent:
                continue
            if why := cooperation._say_why_not_notified():
                raise ValidationError(why)
            values = {"told_referent_id": referent.id}
            if former:  # who comes second has a month too
                values |= {"date_introduced": fields.Date.context_today(self), "date_outcome_asked": False}
            cooperation.write(values)
            cooperation._send_to_referent("introduction")

    def _say_why_not_notified(self):
        """Return why no message can reach the referent, in a sentence; False where one can."""
        self.ensure_one()
        referent = self.referent_id
        if not (referent.active and referent.commercial_partner_id.active):
            return self.env._("%(name)s is archived: choose another referent.", name=referent.name)
        if referent._relationship_filter_objecting():
            return self.env._("%(name)s asked not to be contacted: no introduction is made.", name=referent.name)
        reads_here = any(user.notification_type == "inbox" for user in referent.user_ids)
        if not (referent.email_normalized or reads_here):
            return self.env._("%(name)s: no e-mail address is known. Note one, then introduce.", name=referent.name)
        return False

    def _send_to_referent(self, purpose):
        """Send a message in the referent's language, whose answer comes back to who follows the cooperation.

        Who follows it and is the referent herself knows already: nothing is sent to her.

        :param str purpose: ``introduction`` or ``outcome``, chooses the template
        """
        self.ensure_one()
        referent, sender = self.referent_id, self._get_sender()
        if referent == sender.partner_id:
            return
        template = self.env.ref(f"shifters_relations.mail_template_{purpose}").sudo()
        written = template._generate_template(self.ids, ("subject", "body_html"))[self.id]
        me = self.with_context(lang=referent._relationship_get_lang())
        me.env["mail.thread"].message_notify(
            model=self._name,
            res_id=self.id,
            partner_ids=referent.ids,
            subject=written["subject"],
            body=written["body_html"],
            reply_to=sender.email_formatted,
            author_id=sender.partner_id.id,
            email_layout_xmlid=template.email_layout_xmlid,
        )
        env = me.with_context(lang=sender.partner_id._relationship_get_lang()).env
        logged = {
            "introduction": env._("A message to %(name)s is on its way.", name=referent.name),
            "outcome": env._("A message that asks %(name)s what came of it is on its way.", name=referent.name),
        }[purpose]
        self._message_log(body=Markup("<p>%s</p>") % logged)

    def _get_beginning(self):
        """Return the day since when it is a project: the first that is noted of its organisations or of itself."""
        noted = [*self.role_ids.mapped("since"), self.date_introduced, self.create_date and self.create_date.date()]
        return min(filter(None, noted), default=fields.Date.context_today(self))

    def _get_sender(self):
        """Return who puts in touch: who follows it, else who acts, else the pilot; nobody who has left the team."""
        users = (self.user_id, self.env.user)
        current = next(filter(None, (user._relationship_filter_current() for user in users)), None)
        return current or self.env["ir.cron"].sudo()._relationship_get_reader().with_env(self.env)

    def _get_organisation_names(self):
        """Return whom it is about, in words."""
        return format_list(self.env, self.role_ids.partner_id.mapped("name")) or self.name

    def _get_referent_url(self):
        """Return where the referent opens it, False where she has no access."""
        is_member = any(user.has_group(MEMBERS) for user in self.referent_id.user_ids)
        return is_member and f"{self.get_base_url()}/odoo/cooperations/{self.id}"

    def _get_parties(self):
        """Return each organisation once, with its roles in words and whom to call there.

        Those are who was met when it began, else those who decide, else those who are known. Nobody who
        wants no contact. Who puts in touch says no more than she may read.

        :return: list of dictionaries ``organisation``, ``roles``, ``people``
        """
        self.ensure_one()
        roles = dict(self.env["relationship.cooperation.role"]._fields["role"]._description_selection(self.env))
        met = self.synthesis_id.with_user(self._get_sender())._filtered_access("read").sudo().participant_ids
        organisations = self.role_ids.partner_id
        known = (met | organisations.relationship_person_ids)._relationship_filter_writable()
        parties = []
        for organisation, lines in self.role_ids.grouped("partner_id").items():
            theirs = known.filtered(lambda each, its=organisation: each.commercial_partner_id == its)
            people = theirs & met or theirs.filtered("relationship_is_decider") or theirs
            names = format_list(self.env, [roles[line.role] for line in lines])
            parties.append({"organisation": organisation, "roles": names, "people": people[:MAX_PERSONS]})
        elsewhere = (known & met).filtered(lambda person: person.commercial_partner_id not in organisations)
        for organisation, people in elsewhere.grouped("commercial_partner_id").items():
            parties.append({"organisation": organisation, "roles": "", "people": people - organisation})
        return parties

    @api.model
    def _cron_ask_outcome(self):
        """Ask what became of introductions, once, the first open day from thirty days after; one transaction each."""
        awaited = self.search(
            [
                ("is_outcome_due", "=", True),
                ("date_outcome_asked", "=", False),
                ("referent_id.active", "=", True),
            ]
        )
        awaited = awaited.filtered(lambda each: each.told_referent_id == each.referent_id)
        nobody = self.env["res.users"]
        today = fields.Date.context_today(self)
        awaited = awaited.filtered(
            lambda each: nobody._relationship_get_open_day(each.date_introduced + OUTCOME_AFTER) <= today
        ).filtered(lambda each: not each._say_why_not_notified())
        self.env["ir.cron"]._relationship_for_each(awaited, lambda each: each._ask_outcome_once())

    def _ask_outcome_once(self):
        """Mark, then send: whoever comes second finds the mark, or the lock."""
        self.ensure_one()
        if not self.try_lock_for_update():
            return
        self.invalidate_recordset(["date_outcome_asked"])
        if self.date_outcome_asked:
            return
        self.date_outcome_asked = fields.Date.context_today(self)
        self.env.flush_all()
        self._send_to_referent("outcome")


class ResPartner(models.Model):
    """What is done together with an organisation."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_cooperation_count = fields.Integer(
        "Cooperations", compute="_compute_relationship_cooperation_count", groups=MEMBERS
    )

    def _compute_relationship_cooperation_count(self):
        counts = dict(
            self.env["relationship.cooperation.role"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["cooperation_id:count_distinct"]
            )
        )
        for partner in self:
            partner.relationship_cooperation_count = counts.get(partner._origin, 0)

    def action_relationship_view_cooperations(self):
        """Open what is done together with this organisation."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.relationship_cooperation_action")
        role = {"partner_id": self.id}
        return {
            **action,
            "domain": [("partner_ids", "in", self.ids)],
            "context": {"default_role_ids": [Command.create(role)]},
        }
