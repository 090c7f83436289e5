from contextlib import contextmanager
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import split_every

from ...groups import MEMBERS, ORGANISERS, PILOTS
from ...levelled_plan import Target, place
from ...names import Name
from ...tools import notify
from .mail_activity import FIRST_CONTACT_AFTER

CHANNELS = [("in_person", "In person"), ("phone", "By phone"), ("video", "By video"), ("event", "At an event")]
BATCH = 500
MONTHLY_MAX = 4  # where the owner is no member any more
MAX_NAMES = 5  # organisations named in a message
DERIVED_FIELDS = (
    "relationship_last_contact_date",
    "relationship_last_channel",
    "relationship_synthesis_count",
    "relationship_next_contact_date",
    "relationship_next_channel",
    "relationship_attempt_count",
)


class ResPartner(models.Model):
    """An organisation that the team keeps in contact with, and the loop that keeps it.

    A *candidate* is identified; a *target* is in somebody's portfolio and always has one open
    renewal, its next contact. The two truths are the open renewal (``mail.activity``) for what
    comes and the validated syntheses (``relationship.synthesis``) for what was; the dates here
    are derived from them. Becoming a target plans the first contact; validating a synthesis
    closes the renewal and plans the next one, a cadence later, by the other channel than last time.
    """

    _inherit = "res.partner"

    @property
    def _rec_names_search(self):
        """Return the fields searched by name: for members the acronym too, which nobody else may search."""
        names = super()._rec_names_search
        is_member = self.env.su or self.env.user.has_group(MEMBERS)
        return [*names, "relationship_acronym"] if is_member else names

    name = Name()

    # The organisation in the team's eyes

    relationship_stage = fields.Selection(
        [("candidate", "Candidate"), ("target", "Target"), ("paused", "Paused"), ("closed", "Closed")],
        "Stage",
        index="btree_not_null",
        copy=False,
        groups=MEMBERS,
        help="Candidate: identified, nobody calls yet. Target: contacted regularly by its owner.",
    )
    relationship_target_periods = fields.Json(
        "Periods as a target",
        readonly=True,
        copy=False,
        groups=MEMBERS,
        help="From which day to which: pairs of dates, the last one open for what is a target now.",
    )
    relationship_acronym = Name("Acronym", copy=False, groups=MEMBERS)
    relationship_type_id = fields.Many2one(
        "relationship.organisation.type",
        "Organisation type",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        groups=MEMBERS,
    )
    relationship_sector_id = fields.Many2one(
        "relationship.sector", "Sector", index="btree_not_null", ondelete="restrict", copy=False, groups=MEMBERS
    )
    relationship_scope = fields.Selection(
        [("national", "National"), ("regional", "Regional"), ("departmental", "Departmental"), ("local", "Local")],
        "Scope",
        copy=False,
        groups=MEMBERS,
    )
    relationship_owner_id = fields.Many2one(
        "res.users",
        "Contact owner",
        compute="_compute_relationship_owner_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="set null",
        domain=[("relationship_member_ids.is_current", "=", True)],
        copy=False,
        groups=MEMBERS,
        help="The member who keeps the contact. By default, the one in charge of the sector.",
    )
    relationship_cadence_id = fields.Many2one(
        "relationship.cadence",
        "Cadence",
        compute="_compute_relationship_cadence_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        copy=False,
        groups=MEMBERS,
        help="How often the contact is renewed.",
    )
    relationship_priority = fields.Selection(
        [("0", "Normal"), ("1", "Useful"), ("2", "Important"), ("3", "Key")], "Priority", copy=False, groups=MEMBERS
    )
    relationship_intention = fields.Char(
        "Intention", copy=False, groups=MEMBERS, help="In one line, why we talk to them."
    )
    relationship_source = fields.Selection(
        [
            ("advice", "A partner's advice"),
            ("direct", "Direct contact"),
            ("call", "Call for applications"),
            ("network", "A member's network"),
            ("research", "Research"),
        ],
        "Known through",
        copy=False,
        groups=MEMBERS,
    )
    relationship_no_contact = fields.Boolean(
        "Do not contact",
        copy=False,
        groups=MEMBERS,
        help="They asked not to be contacted: nothing is planned any more.",
    )

    # What was: derived from the validated syntheses

    relationship_synthesis_ids = fields.One2many(
        "relationship.synthesis", "partner_id", "Syntheses", copy=False, groups=MEMBERS
    )
    relationship_synthesis_count = fields.Integer(
        "Contacts", compute="_compute_relationship_contacts", store=True, precompute=True, groups=MEMBERS
    )
    relationship_participation_count = fields.Integer(
        "Participations", compute="_compute_relationship_participation_count", groups=MEMBERS
    )
    relationship_last_contact_date = fields.Date(
        "Last contact",
        compute="_compute_relationship_contacts",
        store=True,
        precompute=True,
        groups=MEMBERS,
    )
    relationship_last_channel = fields.Selection(
        CHANNELS,
        "Last channel",
        compute="_compute_relationship_contacts",
        store=True,
        precompute=True,
        groups=MEMBERS,
    )

    # What comes: derived from the open renewal

    relationship_renewal_ids = fields.One2many(
        "mail.activity", "relationship_partner_id", "Open renewal", copy=False, groups=MEMBERS
    )
    relationship_renewal_id = fields.Many2one(
        "mail.activity", "Renewal", compute="_compute_relationship_renewal_id", groups=MEMBERS
    )
    relationship_next_contact_date = fields.Date(
        "Next contact",
        compute="_compute_relationship_next_contact",
        store=True,
        precompute=True,
        index="btree_not_null",
        groups=MEMBERS,
    )
    relationship_next_channel = fields.Selection(
        CHANNELS,
        "Next channel",
        compute="_compute_relationship_next_contact",
        store=True,
        precompute=True,
        groups=MEMBERS,
    )
    relationship_attempt_count = fields.Integer(
        "Attempts without answer",
        compute="_compute_relationship_next_contact",
        store=True,
        precompute=True,
        groups=MEMBERS,
    )
    # Defaults from the sector

    @api.depends("relationship_sector_id")
    def _compute_relationship_owner_id(self):
        for partner in self:
            if partner.relationship_sector_id and not partner.relationship_owner_id:
                partner.relationship_owner_id = partner.relationship_sector_id.sudo()._get_member().user_id

    @api.depends("relationship_sector_id", "relationship_stage")
    def _compute_relationship_cadence_id(self):
        cadences, usual = self.env["relationship.cadence"].sudo(), None
        for partner in self:
            if partner.relationship_stage and not partner.relationship_cadence_id:
                cadence = partner.relationship_sector_id.sudo()._get_cadence()
                if not cadence:
                    cadence = usual = cadences._get_default() if usual is None else usual
                partner.relationship_cadence_id = cadence

    # Derived dates

    @api.depends(
        "relationship_synthesis_ids.state", "relationship_synthesis_ids.date", "relationship_synthesis_ids.channel"
    )
    def _compute_relationship_contacts(self):
        last_contacts = self.env["relationship.synthesis"]._get_last_contacts(self._origin)
        for partner in self:
            date, channel, count = last_contacts.get(partner._origin.id, (False, False, 0))
            partner.relationship_last_contact_date = date
            partner.relationship_last_channel = channel
            partner.relationship_synthesis_count = count

    def _compute_relationship_participation_count(self):
        persons, counts = self.filtered(lambda partner: not partner.is_company), {}
        if persons:
            counts = dict(
                self.env["relationship.synthesis"]._read_group(
                    [("participant_ids", "in", persons.ids), ("state", "=", "done")], ["participant_ids"], ["__count"]
                )
            )
        for partner in self:
            partner.relationship_participation_count = counts.get(partner._origin, 0)

    @api.depends("relationship_renewal_ids.active")
    def _compute_relationship_renewal_id(self):
        """Compute what :meth:`_relationship_get_renewal` returns, of all at once, past renewals left alone."""
        renewals = self._origin._relationship_search_renewals().grouped("relationship_partner_id")
        for partner in self:
            partner.relationship_renewal_id = renewals.get(partner._origin.sudo(), False)

    @api.depends(
        "relationship_renewal_ids.active",
        "relationship_renewal_ids.date_deadline",
        "relationship_renewal_ids.calendar_event_id",
        "relationship_renewal_ids.activity_type_id.relationship_channel",
        "relationship_renewal_ids.relationship_attempt_count",
    )
    def _compute_relationship_next_contact(self):
        for partner in self:
            renewal = partner.relationship_renewal_ids.filtered("active")[:1]
            partner.relationship_next_contact_date = renewal.date_deadline
            partner.relationship_next_channel = renewal._relationship_get_channel()
            partner.relationship_attempt_count = renewal.relationship_attempt_count

    # Checks

    @api.constrains("relationship_stage", "relationship_owner_id", "is_company", "name", "company_id")
    def _check_relationship_target(self):
        """Check that a target is an organisation, not ours, whose owner is in the team and may read it."""
        followed = self.sudo().filtered("relationship_stage")
        for partner in followed:
            if not partner.is_company:
                raise ValidationError(
                    self.env._("%(name)s is a person: only organisations are followed.", name=partner.display_name)
                )
        if own := followed and (followed._relationship_filter_own() or followed._relationship_filter_own_names()):
            raise ValidationError(
                self.env._("%(name)s is our own organisation: only others are followed.", name=own[0].display_name)
            )
        targets = followed.filtered(lambda partner: partner.relationship_stage == "target")
        if not targets:
            return
        members = self._relationship_get_current_members()
        for partner in targets:
            if not partner.relationship_owner_id:
                raise ValidationError(
                    self.env._(
                        "%(name)s has no contact owner: choose one, or leave it a candidate.", name=partner.display_name
                    )
                )
            if partner.relationship_owner_id not in members:
                raise ValidationError(
                    self.env._(
                        "%(owner)s is not in the team today: choose another contact owner for %(name)s.",
                        owner=partner.relationship_owner_id.name,
                        name=partner.display_name,
                    )
                )
        for owner, kept in targets.filtered("company_id").grouped("relationship_owner_id").items():
            if unreadable := kept - kept._relationship_filter_readable(owner):
                raise ValidationError(
                    self.env._(
                        "%(name)s belongs to %(company)s, where %(owner)s has no access: choose another contact owner.",
                        name=unreadable[0].display_name,
                        company=unreadable[0].company_id.name,
                        owner=owner.name,
                    )
                )

    def _relationship_filter_readable(self, user):
        """Return those of these that a user may read, in whichever company: nobody hears of others."""
        theirs = self.with_user(user).with_context(allowed_company_ids=None)
        return self & theirs._filtered_access("read")

    def _relationship_filter_readable_by_all(self, users):
        """Return those of these that each of some members may read, in one query however many members there are."""
        rules = self.env["ir.rule"].with_context(allowed_company_ids=None)
        readable = Domain.AND(rules.with_user(user)._compute_domain("res.partner", "read") for user in users)
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        return self & partners.search(Domain("id", "in", self.ids) & readable).with_env(self.env)

    @api.model
    def _relationship_get_current_members(self):
        """Return the users who are in the team today."""
        return self.env["relationship.member"].sudo().search([("is_current", "=", True)]).user_id

    def _relationship_get_writer(self, other):
        """Return who writes of a contact with this organisation: its owner, else another user, else who asks.

        Somebody of the team of today comes first, then somebody whose account is open.
        """
        users = self.sudo().relationship_owner_id | other.sudo()
        members = users & self._relationship_get_current_members()
        return (members or users.filtered("active"))[:1].with_env(self.env) or self.env.user

    @api.model
    def _relationship_check_derived(self, vals):
        """Check that nobody types the date of a contact: it comes from a synthesis, or from the renewal.

        :raise AccessError: the values hold a derived field
        """
        typed = next((name for name in DERIVED_FIELDS if name in vals), None)
        noted = vals.get("relationship_target_periods")
        # Merging writes again what is there.
        if noted and (not self or any(partner.relationship_target_periods != noted for partner in self.sudo())):
            typed = "relationship_target_periods"
        if typed and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(field)s follows from the contacts: write a synthesis, or move the next contact.",
                    field=self._fields[typed]._description_string(self.env),
                )
            )

    def _relationship_check_owners(self, before):
        """Check who keeps these organisations now: whoever gave them may, and reads nothing more by it than she may.

        :param dict before: the owners that the organisations had
        :raise AccessError: the user may not do what has been done
        """
        self._relationship_check_readers(before)
        self._relationship_check_assignment(before)

    def _relationship_check_assignment(self, before):
        """Check that only organisers give organisations to people.

        A contact member may take a free one, and a sector gives its organisations to the member
        in charge, whoever chooses the sector.

        :param dict before: the owners that the organisations had
        :raise AccessError: the user may not do what has been done
        """
        if self.env.su or self.env.user.has_group(ORGANISERS):
            return
        nobody = self.env["res.users"].sudo()
        for partner in self.sudo():
            owner, former = partner.relationship_owner_id, before.get(partner, nobody)
            if owner == former:
                continue
            free_to = self.env.user.sudo() | partner.relationship_sector_id._get_member().user_id
            if former or owner not in free_to:
                raise AccessError(
                    self.env._(
                        "You may take an organisation that nobody keeps; an organiser gives and takes the others."
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_followed(self):
        """Refuse to delete an organisation, and its syntheses with it, unless the pilot does it."""
        may_forget = self.env.su or self.env.user.has_group(PILOTS)
        if not may_forget and self._relationship_has_memory():
            raise AccessError(
                self.env._(
                    "%(name)s is followed by the Relations team: only its pilot can delete it.",
                    name=self[0].display_name,
                )
            )
        if known := self._relationship_filter_known():
            self.env["relationship.synthesis"].sudo().search([("partner_id", "in", known.ids)]).unlink()

    def _relationship_has_memory(self):
        """Return whether one of these is followed, or has syntheses, whatever its stage was made to be."""
        known = self._relationship_filter_known()
        if any(partner.relationship_stage for partner in known):
            return True
        syntheses = self.env["relationship.synthesis"].sudo()
        return bool(known and syntheses.search_count([("partner_id", "in", known.ids)], limit=1))

    def _relationship_filter_known(self):
        """Return those that have ever been in the loop: ordinary contacts cost no query more."""
        traces = ("stage", "synthesis_count", "cadence_id", "owner_id", "type_id", "sector_id")
        return self.sudo().filtered(lambda partner: any(partner[f"relationship_{trace}"] for trace in traces))

    # The loop

    def _add_precomputed_values(self, vals_list):
        """Extend core: people outside the team create contacts too, though they may not read these fields."""
        return super(ResPartner, self.sudo())._add_precomputed_values(vals_list)

    @api.model
    def _relationship_check_new(self, vals_list):
        """Check that nobody types, of a new organisation, what follows from its contacts.

        :raise AccessError: the values hold since when it is a target
        """
        for vals in vals_list:
            noted = vals.get("relationship_target_periods")
            self.browse()._relationship_check_derived({"relationship_target_periods": noted})

    def _relationship_begin_loop(self):
        """Check who keeps these new organisations, and plan the first contact with those that are targets."""
        self.sudo().filtered("relationship_owner_id").with_env(self.env)._relationship_check_owners({})
        self.sudo().filtered(lambda partner: partner.relationship_stage == "target")._relationship_sync_renewals()

    @contextmanager
    def _relationship_following_loop(self, vals):
        """Check and do what values change in the loop, once they are written: who may, who is told, what is planned."""
        self._relationship_check_derived(vals)
        moved = {"relationship_stage", "relationship_owner_id"} & vals.keys()
        owning = {"relationship_owner_id", "relationship_sector_id"} & vals.keys()
        logged_names = moved | owning | ({"relationship_no_contact"} & vals.keys())
        owners = {partner: partner.relationship_owner_id for partner in self.sudo()} if owning else {}
        concerned = self
        if not moved:
            in_or_out = {"active", "relationship_no_contact"} & vals.keys()
            concerned = self.sudo().filtered(
                lambda partner: any(partner[name] != vals[name] for name in in_or_out) and partner.relationship_stage
            )
        logged = self if logged_names else concerned if "active" in vals else self.browse()
        before = {partner: partner._relationship_get_state() for partner in logged.sudo()}
        leaving = {*moved, "active", "relationship_no_contact"} & vals.keys()
        targets = concerned._relationship_filter_targets() if leaving else self.browse()
        kept = targets._relationship_get_kept()
        former = self.sudo().commercial_partner_id if "parent_id" in vals else self.browse()
        yield
        if owning:
            self._relationship_check_owners(owners)
        if before:
            logged._relationship_log_changes(before)
        if targets:
            self._relationship_take_out(targets, kept)
        concerned._relationship_sync_renewals()
        if "relationship_cadence_id" in vals:
            self._relationship_move_renewals()
        if "tz" in vals:
            self._relationship_read_days_again()
        if {"name", "city"} & vals.keys() and self.env["relationship.member"]._get_calendar_user_ids():
            self.env["relationship.member"]._note_calendars(self.sudo().relationship_owner_id)
        met = former and former | self.sudo().commercial_partner_id
        if visited := met and met.filtered(lambda partner: partner.relationship_stage == "target"):
            visited._relationship_take_meetings()

    def _relationship_get_state(self):
        """Return what is decided on an organisation or a person, in words."""
        self.ensure_one()
        stages = dict(self._fields["relationship_stage"]._description_selection(self.env))
        return {
            self.env._("Stage"): stages.get(self.relationship_stage, ""),
            self.env._("Contact owner"): self.relationship_owner_id.name or "",
            self.env._("Do not contact"): self.env._("yes") if self.relationship_no_contact else "",
            self.env._("Archived"): "" if self.active else self.env._("yes"),
        }

    def _relationship_log_changes(self, before):
        """Log one line on each partner whose stage or owner has changed, or who wants no contact, or does again.

        :param dict before: for each partner, what :meth:`_relationship_get_state` said
        """
        bodies = {}
        for partner in self.sudo():
            old, new = before[partner], partner._relationship_get_state()
            changes = [(label, old[label], new[label]) for label in new if old[label] != new[label]]
            if changes:
                bodies[partner.id] = Markup(" · ").join(
                    Markup("%s: %s → %s") % (label, old_value or "-", new_value or "-")
                    for label, old_value, new_value in changes
                )
        if self.env.user._is_public():  # on a page without an account, who speaks of herself is the author
            for partner in self.sudo().browse(bodies):
                partner._message_log(body=bodies[partner.id], author_id=partner.id)
        elif bodies:
            self.browse(bodies)._message_log_batch(bodies)

    def _relationship_get_renewal(self):
        """Return the open renewal, an empty recordset if there is none."""
        return self.relationship_renewal_id

    def _relationship_search_renewals(self):
        """Return the open renewals of all these, in one query, as superuser."""
        return self.env["mail.activity"].sudo().search_fetch([("relationship_partner_id", "in", self.ids)])

    def _relationship_sync_renewals(self):
        """Give each target its one open renewal, with its owner, and close those of the others.

        Safe to call at any time and on any partners: what is right already is left alone.
        """
        for partners in split_every(BATCH, self.sudo().ids, self.sudo().browse):
            partners._relationship_note_targets()
            renewals = partners._relationship_search_renewals()
            targets = partners.filtered(
                lambda partner: (
                    partner.active and partner.relationship_stage == "target" and not partner.relationship_no_contact
                )
            )
            left = renewals.filtered(lambda renewal, targets=targets: renewal.relationship_partner_id not in targets)
            left._relationship_log_cancelled()
            left.unlink()
            kept = renewals.exists()
            kept._relationship_assign_to_owner()
            (targets - kept.relationship_partner_id)._relationship_create_renewals()

    def _relationship_note_targets(self):
        """Note since when, and until when, these are targets: a report of the past asks who was one then."""
        today = fields.Date.to_string(fields.Date.context_today(self))
        for partner in self:
            periods = partner.relationship_target_periods or []
            first, last = periods[-1] if periods else (False, today)
            is_target = partner.active and partner.relationship_stage == "target"
            if is_target == (not last):
                continue
            if not is_target:
                now = [*periods[:-1], [first, today]]
            elif last == today and first:  # out and in on one day
                now = [*periods[:-1], [first, False]]
            else:
                now = [*periods, [today, False]]
            partner.relationship_target_periods = now

    def _relationship_create_renewals(self):
        """Plan the next contact of targets that have none, by the rule, in one batch."""
        if not self:
            return
        types = self.env["mail.activity.type"]._relationship_get_types()
        model_id = self.env["ir.model"]._get_id("res.partner")
        self.mapped("display_name")  # read at once, for the name that each activity keeps
        planned = self._relationship_prepare_rule_dates()
        renewals = (
            self.env["mail.activity"]
            .sudo()
            .with_context(mail_activity_quick_update=True)
            .create(
                [
                    {
                        "res_model_id": model_id,
                        "res_id": partner.id,
                        "relationship_partner_id": partner.id,
                        "activity_type_id": types[partner._relationship_get_next_channel()].id,
                        "user_id": partner.relationship_owner_id.filtered("active").id,
                        "automated": True,
                        **planned[partner],
                    }
                    for partner in self
                ]
            )
        )
        renewals.with_env(self.sudo().env)._relationship_take_meetings()
        self.env["relationship.member"]._note_calendars(self.relationship_owner_id)

    def _relationship_move_renewals(self):
        """Bring open renewals back to the date and the channel of the rule, unless somebody set them."""
        types = self.env["mail.activity.type"]._relationship_get_types()
        for partners in split_every(BATCH, self.sudo().ids, self.sudo().browse):
            targets = partners.filtered(lambda partner: partner.relationship_stage == "target")
            renewals = targets._relationship_search_renewals().filtered(
                lambda renewal: not renewal._relationship_is_pinned() and not renewal.relationship_attempt_count
            )
            planned = renewals.relationship_partner_id._relationship_prepare_rule_dates(renewals)
            for renewal in renewals:
                partner = renewal.relationship_partner_id
                activity_type = types[partner._relationship_get_next_channel()]
                found = (renewal.date_deadline, renewal.relationship_date_source, renewal.activity_type_id)
                vals = planned[partner]
                if found != (vals["date_deadline"], vals["relationship_date_source"], activity_type):
                    renewal.write({**vals, "activity_type_id": activity_type.id})

    def _relationship_take_meetings(self, without=()):
        """Put the next contact with these organisations on the next meeting with each, wherever it was made.

        :param without: meetings that are being deleted
        """
        if self:
            self._relationship_search_renewals()._relationship_take_meetings(without)

    def _relationship_read_days_again(self):
        """Read the days of appointments again, as the time zone of who keeps the contact has changed."""
        users = self.sudo().with_context(active_test=False).user_ids
        renewals = self.env["mail.activity"].sudo()
        if users:
            renewals = renewals.search(
                [
                    ("user_id", "in", users.ids),
                    ("relationship_partner_id", "!=", False),
                    ("calendar_event_id", "!=", False),
                ]
            )
        renewals.relationship_partner_id._relationship_take_meetings()

    # The rule

    def _relationship_get_ideal_date(self):
        """Return the last contact plus the cadence, open day or not; False before the first contact (C1, C3)."""
        self.ensure_one()
        last = self.relationship_last_contact_date
        return last and last + self._relationship_get_cadence()._get_delta()

    def _relationship_get_earliest_date(self):
        """Return the first day to meet again: half a cadence after the last contact, else today (C1)."""
        self.ensure_one()
        last = self.relationship_last_contact_date
        if not last:
            return self.relationship_owner_id._relationship_get_day()
        return last + (self._relationship_get_ideal_date() - last) / 2

    def _relationship_get_cadence(self):
        """Return the cadence, or the usual one where somebody emptied it."""
        self.ensure_one()
        return self.relationship_cadence_id or self.env["relationship.cadence"].sudo()._get_default()

    def _relationship_get_usual_day(self, renewal=None):
        """Return the day of the rule, open or not, in the time zone of who keeps the contact.

        :param renewal: the open renewal, if there is one
        :rtype: datetime.date
        """
        if ideal := self._relationship_get_ideal_date():
            return ideal
        keeper = (renewal and renewal.user_id) or self.relationship_owner_id
        since = self._relationship_get_first_renewal(renewal).create_date if renewal else None
        return keeper._relationship_get_day(since) + FIRST_CONTACT_AFTER

    def _relationship_get_first_renewal(self, renewal):
        """Return the renewal since which a first contact is awaited: its synthesis no longer counts (S7).

        Each renewal was planned as the one before it was closed.

        :param renewal: the open one, which it is where there was none before
        """
        first = renewal.sudo()
        former = self.sudo().with_context(active_test=False).relationship_renewal_ids - renewal
        for each in former.sorted("create_date", reverse=True):
            if not each.date_done or each.date_done < first.create_date.date():
                break
            first = min(first, each, key=lambda renewal: renewal.create_date)
        return first

    def _relationship_is_followed_again(self, renewal):
        """Return whether waiting for a first contact began later than the day on which this became a target.

        It has left the loop in between: paused, archived, or not to be contacted. That first day was noted as who
        did it lived it; what an update has noted is in UTC.

        :param renewal: the open one
        """
        periods = self.sudo().relationship_target_periods
        if not periods:
            return False
        first = self._relationship_get_first_renewal(renewal)
        day = min(first.create_date.date(), first.create_uid._relationship_get_day(first.create_date))
        return fields.Date.to_date(periods[0][0]) < day

    def _relationship_get_rule_date(self, renewal=None):
        """Return the open day on which the next contact is due when nobody decides otherwise.

        :param renewal: the open renewal, if there is one
        :rtype: datetime.date
        """
        self.ensure_one()
        keeper = (renewal and renewal.user_id) or self.relationship_owner_id
        return keeper._relationship_get_open_day(self._relationship_get_usual_day(renewal))

    def _relationship_prepare_rule_dates(self, renewals=None):
        """Return the values of the dates that the rule and the plan give to the next contacts of these.

        :param renewals: their open renewals, which are being moved
        :return: dictionary by organisation
        """
        rules, dates = self._relationship_get_rule_dates(renewals), self._relationship_get_next_dates(renewals)
        return {
            partner: {
                "date_deadline": dates[partner],
                "relationship_pinned": False,
                "relationship_date_source": "rule" if dates[partner] == rules[partner] else "plan",
            }
            for partner in self
        }

    def _relationship_get_rule_dates(self, renewals=None):
        of_partner = renewals.grouped("relationship_partner_id") if renewals else {}
        return {partner: partner._relationship_get_rule_date(of_partner.get(partner)) for partner in self}

    def _relationship_get_next_dates(self, renewals=None):
        """Return where the next contacts go in their owners' levelled plans, moving no others (C1).

        A first contact is due soon, and what is late is late: only the coming ones are levelled,
        by at most half a cadence, on a day that is not closed, about one a week.

        :param renewals: the open renewals of these organisations, which are being moved
        :return: dictionary of dates by organisation
        """
        rules = self._relationship_get_rule_dates(renewals)
        coming = self.filtered(lambda partner: rules[partner] > partner.relationship_owner_id._relationship_get_day())
        if not coming:
            return rules
        owners = coming.relationship_owner_id
        is_closed = self.env["relationship.closure"]._get_is_closed(owners)
        busy = owners._relationship_get_busy_days(renewals)
        members = self.env["relationship.member"].search_fetch([("user_id", "in", owners.ids)])
        limits = {member.user_id: member.monthly_max for member in members}
        for partner in coming.sorted(lambda partner: (rules[partner], partner.id)):
            owner, earliest = partner.relationship_owner_id, partner._relationship_get_earliest_date()
            date = place(
                Target(key=partner.id, ideal=rules[partner], earliest=earliest),
                busy=busy[owner.id] if partner.relationship_last_contact_date else {},
                monthly_max=limits.get(owner, MONTHLY_MAX),
                today=owner._relationship_get_day(),
                latest=rules[partner] + max(rules[partner] - earliest, timedelta(weeks=5)),
                is_closed=is_closed[owner.id],
            )
            busy[owner.id][date] += 1
            rules[partner] = date
        return rules

    def _relationship_get_next_channel(self):
        """Return the channel of the next contact: the other one than last time, else by phone (C2)."""
        self.ensure_one()
        return self._relationship_get_cadence()._get_next_channel(self.relationship_last_channel)

    def _relationship_derive(self):
        """Read again from the syntheses and the renewal what is derived from them, whatever was stored."""
        for name in DERIVED_FIELDS:
            self.env.add_to_compute(self._fields[name], self)

    # Actions

    def _relationship_get_synthesis_action(self, renewal=None):
        """Open the draft that the user has begun for this organisation, or a new one.

        :param renewal: the renewal that the synthesis is about, which gives the channel
        """
        self.ensure_one()
        organisation = self if self.is_company else self.commercial_partner_id
        renewal = renewal or organisation._relationship_get_renewal()
        draft = self.env["relationship.synthesis"].search(
            [
                ("partner_id", "=", organisation.id),
                ("author_id", "=", self.env.uid),
                ("state", "=", "draft"),
                ("activity_id", "in", [False, *renewal.ids]),
            ],
            limit=1,
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Synthesis"),
            "res_model": "relationship.synthesis",
            "res_id": draft.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_partner_id": organisation.id,
                "default_channel": renewal.activity_type_id.relationship_channel or "phone",
                "default_participant_ids": [] if self.is_company else self.ids,
            },
        }

    def get_formview_id(self, access_uid=None):
        """Extend core: on our own screens, an organisation opens with the relation first."""
        if self.env.context.get("relationship_view"):
            return self.env.ref("shifters_relations.res_partner_view_form").id
        return super().get_formview_id(access_uid=access_uid)

    def action_relationship_write_synthesis(self):
        """Write down a contact with this organisation, planned or not."""
        return self._relationship_get_synthesis_action()

    def action_relationship_no_answer(self):
        """Count an attempt to which nobody answered (C7)."""
        return self.relationship_renewal_ids.action_no_answer()

    def action_relationship_take_back_attempt(self):
        """Take back the last attempt, which somebody noted by mistake."""
        return self.relationship_renewal_ids.action_take_back_attempt()

    def action_relationship_set_date(self):
        """Choose the date of the next contact by hand."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Next contact with %(name)s", name=self.display_name),
            "res_model": "mail.activity",
            "res_id": self._relationship_get_renewal().id,
            "views": [(self.env.ref("shifters_relations.mail_activity_renewal_view_form").id, "form")],
            "target": "new",
        }

    def action_relationship_unpin(self):
        """Give the date of the next contact back to the rule."""
        return self._relationship_get_renewal().action_unpin()

    def action_relationship_take(self):
        """Take organisations that nobody keeps into one's own portfolio."""
        return self.write({"relationship_owner_id": self.env.uid, "relationship_stage": "target"})

    def action_relationship_make_target(self):
        """Begin to follow organisations, each with the owner it has; those that nobody can keep are named and stay.

        :raise ValidationError: none of them has an owner who is in the team
        """
        members = self._relationship_get_current_members()
        ready = self.filtered(lambda partner: partner.relationship_owner_id in members)
        left = self - ready
        (ready or self).write({"relationship_stage": "target"})
        if not left:
            return True
        names = ", ".join(left[:MAX_NAMES].mapped("name")) + "…" * (len(left) > MAX_NAMES)
        message = self.env._(
            "%(count)s are targets now. Without an owner of the team: %(names)s.", count=len(ready), names=names
        )
        return notify(message, "warning")

    def action_relationship_first_contact(self):
        """Offer the checklist of a first contact, an activity plan (C4)."""
        plan = self.env.ref("shifters_relations.plan_first_contact", raise_if_not_found=False)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("First contact"),
            "res_model": "mail.activity.schedule",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "active_model": self._name,
                "active_ids": self.ids,
                "plan_mode": True,
                "default_plan_id": plan.id if plan else False,
            },
        }

    def action_relationship_prepare(self):
        """Open the preparation sheet, to read before a contact and to print (S5)."""
        return self.env.ref("shifters_relations.preparation_report").report_action(self, config=False)

    def action_relationship_view_syntheses(self):
        """Open the syntheses of this organisation, or those that this person took part in."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.relationship_synthesis_action")
        field_name = "partner_id" if self.is_company else "participant_ids"
        return {**action, "domain": [(field_name, "=", self.id)], "context": {"default_partner_id": self.id}}
