from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date, is_html_empty

from ...groups import ORGANISERS
from ...tools import format_day, take_defaults, without_defaults
from ..loop.res_partner import CHANNELS

# What is written beside the summary, each in a field of its own.
TEXT_FIELDS = ("needs", "interests", "synergies", "misunderstandings", "common_ground", "told", "learned", "promised")


class RelationshipSynthesis(models.Model):
    """What was said in one contact with an organisation (S1, S2).

    The validated synthesis is the only truth about past contacts. Validating one closes the
    renewal that it answers and so plans the next contact:

    * the renewal it names, otherwise the open one of its organisation;
    * except where the open one has been set by somebody, or has an appointment, for a day after
      this contact: then that one stays.
    """

    _name = "relationship.synthesis"
    _description = "Synthesis of a Contact"
    _inherit = ["relationship.about.mixin"]
    _about = ("partner_id",)
    _order = "date desc, id desc"

    partner_id = fields.Many2one(
        "res.partner",
        "Organisation",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_company", "=", True)],
    )
    participant_ids = fields.Many2many(
        "res.partner",
        "relationship_synthesis_participant_rel",
        "synthesis_id",
        "partner_id",
        "With whom",
        context={"active_test": False},  # who has left, or was anonymised, took part all the same
        domain="[('is_company', '=', False), ('parent_id', 'child_of', partner_id)]",
    )
    author_id = fields.Many2one(
        "res.users",
        "Account of the author",
        default=lambda self: self.env.user,
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    author_partner_id = fields.Many2one(
        "res.partner",
        "Author",
        compute="_compute_author_partner_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Who wrote it, whatever becomes of the account.",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    channel = fields.Selection(CHANNELS, default="phone", help="Needed to validate, not to save.")
    summary = fields.Html("What was said", help="Needed to validate, not to save.")
    needs = fields.Text("Their needs")
    interests = fields.Text("Their interests")
    synergies = fields.Text("Possible synergies")
    misunderstandings = fields.Text("Misunderstandings to lift")
    common_ground = fields.Text("Common ground")
    told = fields.Text("What we told them")
    learned = fields.Text("What they told us")
    topic_ids = fields.Many2many("relationship.topic", string="Topics")
    shareable_inside = fields.Boolean("May be shared inside", help="May be quoted in the association's internal news.")
    activity_id = fields.Many2one(
        "mail.activity", "Renewal", index="btree_not_null", ondelete="set null", readonly=True, copy=False
    )
    calendar_event_id = fields.Many2one(
        "calendar.event", "Meeting", index="btree_not_null", ondelete="set null", readonly=True, copy=False
    )
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Validated")], required=True, default="draft", readonly=True, copy=False
    )
    cooperation_ids = fields.One2many("relationship.cooperation", "synthesis_id", "Cooperations", copy=False)
    sector_id = fields.Many2one(related="partner_id.relationship_sector_id")
    type_id = fields.Many2one(related="partner_id.relationship_type_id")
    no_contact_sentence = fields.Char(related="partner_id.relationship_no_contact_sentence")
    later_renewal_sentence = fields.Char(compute="_compute_later_renewal_sentence")
    next_contact_sentence = fields.Char(compute="_compute_next_contact_sentence")
    has_renewal = fields.Boolean(compute="_compute_later_renewal_sentence")

    _by_contact = models.Index("(partner_id, date DESC, id DESC) WHERE state = 'done'")
    _newest_first = models.Index("(date DESC, id DESC)")

    @api.depends("author_id")
    def _compute_author_partner_id(self):
        """Compute the author as a person, who outlives the account."""
        for synthesis in self:
            synthesis.author_partner_id = synthesis.author_id.partner_id or synthesis.author_partner_id

    @api.depends("partner_id", "date", "channel")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for synthesis in self:
            name = synthesis.partner_id.name or self.env._("New synthesis")
            if synthesis.partner_id and synthesis.date:
                name = f"{name} · {format_day(self.env, synthesis.date)}"
            synthesis.display_name = name

    @api.depends("partner_id.relationship_renewal_ids.date_deadline", "date", "state")
    @api.depends_context("lang")
    def _compute_later_renewal_sentence(self):
        """Compute the sentence that an appointment stands after this contact, and stays."""
        for synthesis in self:
            synthesis.later_renewal_sentence = False
            renewal = synthesis.partner_id._relationship_get_renewal()
            synthesis.has_renewal = bool(renewal)
            if synthesis.state == "draft" and renewal and synthesis._is_before_pinned(renewal):
                synthesis.later_renewal_sentence = self.env._(
                    "The next contact stays on %(date)s, a day that was chosen.",
                    date=format_day(self.env, renewal.date_deadline),
                )

    @api.depends("state", "partner_id.relationship_next_contact_date", "partner_id.relationship_next_channel")
    @api.depends_context("lang")
    def _compute_next_contact_sentence(self):
        """Compute the sentence that thanks, and says what comes next."""
        for synthesis in self:
            partner = synthesis.partner_id
            synthesis.next_contact_sentence = False
            if synthesis.state == "done" and partner.relationship_next_contact_date:
                channels = dict(self._fields["channel"]._description_selection(self.env))
                synthesis.next_contact_sentence = self.env._(
                    "Next contact: %(channel)s, around %(date)s.",
                    channel=channels[partner.relationship_next_channel].lower(),
                    date=format_day(self.env, partner.relationship_next_contact_date),
                )

    def _say_day(self):
        """Return the day of the contact, in the reader's language."""
        self.ensure_one()
        return format_day(self.env, self.date, with_year=True)

    @api.constrains("date", "channel", "summary", "state")
    def _check_validated(self):
        """Check that what is validated has taken place, in some way, and that something was said."""
        today = fields.Date.context_today(self)
        for synthesis in self.filtered(lambda synthesis: synthesis.state == "done"):
            if is_html_empty(synthesis.summary):
                raise ValidationError(
                    self.env._(
                        "Write in a sentence what was said with %(name)s, then validate.",
                        name=synthesis.partner_id.display_name,
                    )
                )
            if not synthesis.channel:
                raise ValidationError(
                    self.env._(
                        "Choose how the contact with %(name)s took place, then validate.",
                        name=synthesis.partner_id.display_name,
                    )
                )
            if synthesis.date > today:
                raise ValidationError(
                    self.env._(
                        "The contact with %(name)s is dated %(date)s: validate it once it has taken place.",
                        name=synthesis.partner_id.display_name,
                        date=format_date(self.env, synthesis.date),
                    )
                )

    @api.constrains("partner_id", "activity_id")
    def _check_activity_id(self):
        for synthesis in self.filtered("activity_id").sudo():
            if synthesis.activity_id.relationship_partner_id != synthesis.partner_id:
                raise ValidationError(self.env._("A synthesis answers a renewal of its own organisation only."))

    @api.constrains("partner_id")
    def _check_partner_id(self):
        for synthesis in self:
            if not synthesis.partner_id.is_company:
                raise ValidationError(
                    self.env._(
                        "%(name)s is a person: choose the organisation, and add the person to the participants.",
                        name=synthesis.partner_id.display_name,
                    )
                )

    def _search(self, domain, *args, **kwargs):
        return self._find_best_first(super()._search, domain, *args, **kwargs)

    # Writing

    @api.model
    def default_get(self, fields):
        """Extend core: on a person, the organisation is proposed; the channel is the planned one, unless given (C2)."""
        values = super().default_get(fields)
        partner = self.env["res.partner"].browse(values.get("partner_id"))
        if partner and not partner.is_company:
            values["partner_id"] = (
                partner.commercial_partner_id.id if partner.commercial_partner_id != partner else False
            )
            if "participant_ids" in fields:
                values["participant_ids"] = [Command.set(partner.ids)]
        if partner and "channel" in fields and "default_channel" not in self.env.context:
            organisation = partner.commercial_partner_id._filtered_access("read").sudo()
            planned = organisation._relationship_get_renewal().activity_type_id.relationship_channel
            values["channel"] = planned or values["channel"]
        return values

    @api.model_create_multi
    def create(self, vals_list):
        quiet = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        model, vals_list = take_defaults(quiet, vals_list)
        syntheses = super(RelationshipSynthesis, model).create(vals_list)
        is_organiser = self.env.su or self.env.user.has_group(ORGANISERS)
        if not is_organiser and any(synthesis.author_id != self.env.user for synthesis in syntheses):
            raise AccessError(self.env._("A synthesis is signed by the person who writes it."))
        syntheses.filtered(lambda synthesis: synthesis.state == "done")._follow_validated()
        return syntheses.with_env(self.env)

    def write(self, vals):
        former = {
            synthesis: synthesis.partner_id
            for synthesis in self
            if synthesis.partner_id.id != vals.get("partner_id", synthesis.partner_id.id)
        }
        moved = self.browse().union(*former)
        moved._check_confidential_stays()
        if former:
            vals = {**vals, "activity_id": False}
        counted = self.filtered(lambda synthesis: synthesis.state == "done")
        self._check_correction(vals, counted, moved)
        partners = counted.partner_id
        with counted._logging_corrections(vals):
            result = super(RelationshipSynthesis, without_defaults(self)).write(vals)
            for synthesis, partner in former.items():
                synthesis._move_what_came_out(partner)
            planned = self.env["res.partner"]
            if vals.get("state") == "done":
                planned = (self - counted)._follow_validated()
            counts = counted or vals.get("state") == "done"
            if counts and {"date", "channel", "partner_id", "state"} & vals.keys():
                (partners | (self.partner_id - planned))._relationship_move_renewals()
            if "promised" in vals:
                self.filtered(lambda synthesis: synthesis.state == "done")._plan_promises()
        return result

    def _check_correction(self, vals, counted, moved):
        """Check that an organiser corrects what is validated, and neither its author nor what it answered (S7).

        :param dict vals: what is being written
        :param counted: those of these syntheses that are validated
        :param moved: those that go to another organisation
        :raise AccessError: the user is no organiser
        :raise UserError: it is changed for nobody
        """
        signed = {"author_id", "author_partner_id"} & vals.keys()
        if any(synthesis[name].id != vals[name] for synthesis in self for name in signed):
            raise UserError(self.env._("The author of a synthesis never changes."))
        may_correct = not counted or self.env.su or self.env.user.has_group(ORGANISERS)
        if counted & moved and not may_correct:
            raise AccessError(self.env._("Only organisers move a validated synthesis to another organisation."))
        if counted and vals.get("activity_id") and not self.env.su:
            raise UserError(
                self.env._("A contact that has taken place answers no other renewal: write its own synthesis.")
            )
        if vals.get("state") == "draft" and not may_correct:
            raise AccessError(self.env._("Only organisers reopen a validated synthesis."))

    def _move_what_came_out(self, former):
        """Let what came out of the contact follow a synthesis that is moved to another organisation (S7)."""
        self.sudo().promise_ids.write({"res_id": self.partner_id.id})
        roles = self.sudo().cooperation_ids.role_ids.filtered(lambda role: role.partner_id == former)
        roles.partner_id = self.partner_id
        self.filtered(lambda synthesis: synthesis.state == "done")._notify_owners()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_validated(self):
        if not self.env.su and "done" in self.mapped("state"):
            raise UserError(self.env._("A validated synthesis is the team's memory: an organiser reopens it first."))

    def action_validate(self):
        """Validate: the contact has taken place, the renewal closes, the next one is planned (S1).

        :raise ValidationError: nothing was said, or the contact lies in the future
        """
        return self.filtered(lambda synthesis: synthesis.state == "draft").write({"state": "done"})

    def _follow_validated(self):
        """Do what these contacts, which are validated now, make necessary: for the loop, for promises, for owners.

        :return: the organisations whose next contact was planned by that
        """
        planned = self._close_renewals()
        self._plan_promises()
        self._notify_owners()
        return planned

    def _close_renewals(self):
        """Close the renewals that these validated contacts answer, all in one write.

        :return: the organisations whose next contact was planned by that, from this contact on
        """
        by_partner = self.partner_id._relationship_search_renewals().grouped("relationship_partner_id")
        answered = {}
        for synthesis in self.sudo():
            renewal = by_partner.get(synthesis.partner_id)
            named = synthesis.activity_id
            if renewal and (named == renewal or (not named and not synthesis._is_before_pinned(renewal))):
                answered[synthesis] = renewal
        if not answered:
            return self.env["res.partner"]
        for synthesis, renewal in answered.items():
            if synthesis.activity_id != renewal:
                synthesis.write({"activity_id": renewal.id})
        renewals = self.env["mail.activity"].sudo().union(*answered.values())
        renewals.write({"active": False})
        return renewals.relationship_partner_id

    def _is_before_pinned(self, renewal):
        """Return whether a renewal is on a day after this contact because somebody chose that day."""
        stands = renewal != self.activity_id and renewal._relationship_is_pinned()
        return bool(stands and self.date and renewal.date_deadline > self.date)

    def action_reopen(self):
        """Make a validated synthesis a draft again (S7): its contact no longer counts.

        :raise AccessError: the user is no organiser
        """
        return self.write({"state": "draft"})

    def action_no_answer(self):
        """Count an attempt without answer, and drop the draft if nothing was written in it (C7)."""
        self.ensure_one()
        partner = self.partner_id
        partner.action_relationship_no_answer()
        if self.state == "draft" and self.author_id == self.env.user and self._is_blank():
            self.unlink()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": partner.id,
            "views": [(self.env.ref("shifters_relations.res_partner_view_form").id, "form")],
        }

    def _is_blank(self):
        """Return whether nothing was written in it, in whatever field."""
        self.ensure_one()
        written = any(self[name] for name in (*TEXT_FIELDS, "topic_ids", "cooperation_ids"))
        return is_html_empty(self.summary) and not written and not self.sudo()._get_confidential_parts()

    def action_change_next_date(self):
        """Choose the date of the next contact by hand."""
        return self.partner_id.action_relationship_set_date()

    @api.model
    def _get_last(self, partners, count=1):
        """Return the last validated syntheses of each of some organisations, the newest first, in one query."""
        if not partners:
            return self
        self.flush_model(["partner_id", "date", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT synthesis.id
                  FROM unnest(%s) AS organisation (id),
                       LATERAL (
                           SELECT id, date
                             FROM relationship_synthesis
                            WHERE state = 'done' AND partner_id = organisation.id
                         ORDER BY date DESC, id DESC
                            LIMIT %s
                       ) AS synthesis
              ORDER BY synthesis.date DESC, synthesis.id DESC
                """,
                partners.ids,
                count,
            )
        )
        return self.browse([synthesis_id for (synthesis_id,) in rows])

    @api.model
    def _get_last_contacts(self, partners):
        """Return the last validated contact of organisations, in one query whatever their number.

        :return: dictionary by id of (date, channel, number of contacts)
        """
        if not partners:
            return {}
        self.flush_model(["partner_id", "date", "channel", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (partner_id)
                       partner_id, date, channel, count(*) OVER (PARTITION BY partner_id)
                  FROM relationship_synthesis
                 WHERE state = 'done' AND partner_id IN %s
              ORDER BY partner_id, date DESC, id DESC
                """,
                tuple(partners.ids),
            )
        )
        return {partner_id: tuple(values) for partner_id, *values in rows}
