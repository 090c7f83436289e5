from markupsafe import Markup
from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_list, html_sanitize, is_html_empty

from ...groups import MEMBERS
from ...tools import format_day, take_turn

AGENDA_FIELDS = {
    "relationship_agenda",
    "relationship_agenda_is_final",
    "relationship_agenda_text",
    "relationship_expected",
}
COMMITTEE_FIELDS = {*AGENDA_FIELDS, "relationship_committee_id", "relationship_minutes"}


class CalendarEvent(models.Model):
    """A meeting of a committee: its agenda, its minutes, and the drafts of syntheses that come of it (V1).

    The agenda is drafted from facts as long as nobody has written it; what was written stays. It is kept as it is
    when the meeting begins, and does not change any more, even if the meeting is moved. Each meeting of a series has
    its own; of one that is noted after it took place, it is drafted and kept at once.
    """

    _inherit = "calendar.event"  # pylint: disable=consider-merging-classes-inherited

    relationship_committee_id = fields.Many2one(
        "relationship.committee", "Committee", index="btree_not_null", ondelete="set null", copy=False, groups=MEMBERS
    )
    relationship_agenda_text = fields.Html("Agenda as written", copy=False, groups=MEMBERS)
    relationship_agenda_is_final = fields.Boolean("Agenda kept", copy=False, readonly=True, groups=MEMBERS)
    relationship_agenda = fields.Html(
        "Agenda",
        compute="_compute_relationship_agenda",
        inverse="_inverse_relationship_agenda",
        copy=False,
        groups=MEMBERS,
    )
    relationship_expected = fields.Char("Organisations expected", copy=False, readonly=True, groups=MEMBERS)
    relationship_minutes = fields.Html(
        "Minutes",
        copy=False,
        groups=MEMBERS,
        help="What was said and decided: the text of each organisation's draft.",
    )
    relationship_minutes_sentence = fields.Char(
        "What came of the minutes", compute="_compute_relationship_minutes_sentence", groups=MEMBERS
    )
    relationship_minutes_ahead = fields.Text(
        "What will come of the minutes", compute="_compute_relationship_minutes_ahead", groups=MEMBERS
    )
    relationship_synthesis_ids = fields.One2many(
        "relationship.synthesis", "calendar_event_id", "Syntheses", copy=False, groups=MEMBERS
    )

    def copy_data(self, default=None):
        """Extend core: what one of the team copies, as each meeting of a series is, is the committee's, too.

        A field that not everybody may read is not copied by core, which would refuse it to all others.
        """
        vals_list = super().copy_data(default)
        if self.env.su or self.env.user.has_group(MEMBERS):
            for event, vals in zip(self, vals_list, strict=True):
                if vals and event.relationship_committee_id:
                    vals.setdefault("relationship_committee_id", event.relationship_committee_id.id)
        return vals_list

    @api.depends("relationship_agenda_text", "relationship_committee_id", "start")
    @api.depends_context("lang")
    def _compute_relationship_agenda(self):
        for event in self:
            committee = event.relationship_committee_id
            event.relationship_agenda = event.relationship_agenda_text or (
                committee._draft_agenda(event) if committee else False
            )

    def _inverse_relationship_agenda(self):
        for event in self:
            event.relationship_agenda_text = event.relationship_agenda

    @api.depends("relationship_synthesis_ids", "met_partner_ids", "relationship_committee_id")
    @api.depends_context("lang")
    def _compute_relationship_minutes_sentence(self):
        """Compute for whom there are drafts, who was absent, who is archived, in words."""
        for event in self:
            is_of_committee = bool(event.relationship_committee_id)
            event.relationship_minutes_sentence = is_of_committee and event._relationship_say_minutes()

    @api.depends("relationship_minutes", "relationship_synthesis_ids", "met_partner_ids", "relationship_committee_id")
    @api.depends_context("lang")
    def _compute_relationship_minutes_ahead(self):
        """Compute what preparing the drafts will make, in words: what is asked before it is done."""
        for event in self:
            is_of_committee = bool(event.relationship_committee_id)
            event.relationship_minutes_ahead = is_of_committee and event._relationship_say_ahead()

    def _relationship_say_ahead(self):
        """Return how many drafts will be made, for whom and with which text, and where they will be found."""
        found = self._relationship_get_attendance()
        missing = found["missing"]
        if not missing:
            left = self.env._("No draft is left to prepare: each organisation present has its synthesis.")
            return "\n".join([left, self._relationship_say_others(found)])
        names = self._relationship_name_readable(missing)
        words = [
            self.env._("Drafts to prepare: %(count)s, for %(names)s.", count=len(missing), names=names),
            self._relationship_say_others(found),
            self.env._("The minutes are empty: these drafts will have the text of the agenda, to be completed.")
            * is_html_empty(self.relationship_minutes),
            self.env._(
                "Each will be found by who keeps the contact with the organisation, under Memory › Syntheses, "
                "and on this page below the minutes. Nothing is sent, and nothing counts before it is validated."
            ),
        ]
        return "\n".join(filter(None, words))

    def _relationship_say_minutes(self):
        """Return which organisations have a synthesis of the meeting, and why the others have none."""
        if not self._relationship_has_begun():
            return False
        found = self._relationship_get_attendance()
        if not found["prepared"]:
            return self._relationship_say_others({**found, "absent": found["prepared"]})
        names = self._relationship_name_readable(found["prepared"])
        said = [self.env._("Syntheses prepared for %(names)s.", names=names), self._relationship_say_others(found)]
        return " ".join(filter(None, said))

    def _relationship_get_attendance(self):
        """Return, as superuser, what becomes of each organisation of the meeting.

        :return: dictionary of organisations: ``prepared`` (there is a synthesis of the meeting), ``by_hand`` (somebody
            wrote one), ``archived``, ``missing`` (a draft is to make), ``absent``
        """
        present = self._relationship_get_present()
        prepared = self._relationship_get_prepared().partner_id
        by_hand = self.sudo()._relationship_get_written(present) - prepared
        rest = present - prepared - by_hand
        expected = self.sudo().relationship_committee_id.cooperation_id.role_ids.partner_id
        return {
            "prepared": prepared,
            "by_hand": by_hand,
            "archived": rest.filtered(lambda each: not each.active),
            "missing": rest.filtered("active"),
            "absent": expected - present - prepared,
        }

    def _relationship_say_others(self, found):
        """Return who needs no draft, and why, in words."""
        name = self._relationship_name_readable
        sentences = [
            (found["by_hand"], self.env._("Written already: %(names)s.", names=name(found["by_hand"]))),
            (found["absent"], self.env._("Absent: %(names)s.", names=name(found["absent"]))),
            (found["archived"], self.env._("Archived, so without a draft: %(names)s.", names=name(found["archived"]))),
        ]
        return " ".join(sentence for partners, sentence in sentences if partners)

    def _relationship_name_readable(self, partners):
        """Return the names of those that the user may read, and how many others there are."""
        readable = partners.with_env(self.env)._filtered_access("read")
        names = sorted(readable.mapped("name"))
        if hidden := len(partners - readable):
            names.append(self.env._("%(count)s that you may not read", count=hidden))
        return format_list(self.env, names)

    # What is written of it

    def _relationship_check_committee(self, vals):
        """Check that who writes may change the cooperation, and that a meeting that has begun keeps its agenda.

        :raise AccessError: the cooperation is somebody else's
        :raise UserError: the meeting has begun
        """
        if self.env.su:
            return
        if not self:  # of a new one, also what comes without being asked
            defaults = {name: self.env.context.get(f"default_{name}") for name in COMMITTEE_FIELDS}
            vals = {**{name: value for name, value in defaults.items() if value}, **vals}
        if not COMMITTEE_FIELDS & vals.keys():
            return
        chosen = self.env["relationship.committee"].browse(vals.get("relationship_committee_id") or [])
        (self.relationship_committee_id | chosen).check_access("write")
        if not self and self.env.context.get("default_relationship_committee_id"):
            chosen._check_unplanned()
        final = self.filtered(
            lambda each: (
                each.relationship_agenda_is_final or (each.relationship_committee_id and each._relationship_has_begun())
            )
        )
        if final and AGENDA_FIELDS & vals.keys():
            raise UserError(self.env._("This meeting has begun: its agenda stays as it was. Write the minutes."))
        if "relationship_committee_id" in vals and any(each.relationship_committee_id != chosen for each in final):
            raise UserError(self.env._("This meeting has begun: it stays with its committee."))
        if "relationship_agenda_is_final" in vals:
            raise UserError(self.env._("An agenda is kept when its meeting begins."))

    def _relationship_begin_committee(self):
        """Keep the agendas of new meetings that had begun before they were noted, and ring for the others.

        :raise UserError: one of those that had begun comes with an agenda, which nobody had there
        """
        of_committees = self.sudo().filtered("relationship_committee_id")
        begun = of_committees.filtered(lambda each: each._relationship_has_begun())
        if not self.env.su and any(begun.mapped("relationship_agenda_text")):
            raise UserError(self.env._("This meeting has begun: its agenda stays as it was. Write the minutes."))
        begun._relationship_keep_agenda()
        (of_committees - begun)._relationship_ring_committee()

    def _relationship_is_final(self):
        """Return whether the agenda does not change any more."""
        self.ensure_one()
        return self.sudo().relationship_agenda_is_final or self._relationship_has_begun()

    def _relationship_keep_agenda(self):
        """Keep the agenda of those that have begun as it is: safe to call twice."""
        for event in self.sudo():
            committee = event.relationship_committee_id
            if committee and not event.relationship_agenda_is_final and event._relationship_has_begun():
                text = event.relationship_agenda_text or committee._in_its_language()._draft_agenda(event)
                expected = event._relationship_say_expected()
                event.write(
                    {
                        "relationship_agenda_text": text,
                        "relationship_agenda_is_final": True,
                        "relationship_expected": expected,
                    }
                )

    def _relationship_say_expected(self):
        """Return the names of the organisations that are met: those that were expected, once the meeting has begun."""
        if self.relationship_agenda_is_final:
            return self.relationship_expected
        return ", ".join(sorted(self.sudo()._relationship_get_met().mapped("name")))

    def _relationship_ring_committee(self):
        """Let the job that keeps agendas run when these meetings begin."""
        coming = self.sudo().filtered(lambda each: each.relationship_committee_id and not each._relationship_is_final())
        if coming:
            self.env.ref("shifters_relations.cron_repair")._trigger(at=coming.mapped("start"))

    def _relationship_get_shared_drafts(self):
        """Return the drafts that still have the text of the minutes, with the meeting named above it or not yet."""
        drafts = self.sudo().filtered("relationship_committee_id")._relationship_get_prepared()
        return drafts.filtered(
            lambda each: each.state == "draft" and each.calendar_event_id._relationship_is_shared(each)
        )

    def _relationship_is_shared(self, draft):
        return draft.summary in (self._relationship_get_shared(), self._relationship_get_said())

    def _relationship_get_prepared(self):
        """Return, as superuser, all syntheses of these meetings: the field has those that its first reader may read."""
        return self.env["relationship.synthesis"].sudo().search([("calendar_event_id", "in", self.ids)])

    def _relationship_get_shared(self):
        """Return the text that the drafts share: which committee's meeting it was, and what was said."""
        committee = self.relationship_committee_id._in_its_language()
        day = format_day(committee.env, self._relationship_get_held_day(), with_year=True)
        meeting = committee.env._("%(committee)s. Meeting of %(date)s.", committee=committee.display_name, date=day)
        return html_sanitize(Markup("<p><em>%s</em></p>%s") % (meeting, self._relationship_get_said() or ""))

    def _relationship_get_said(self):
        """Return the minutes, else the agenda, to be completed."""
        return self.relationship_agenda_text if is_html_empty(self.relationship_minutes) else self.relationship_minutes

    @api.model
    def _relationship_share(self, drafts):
        """Give the text and the day to drafts that nobody has changed; those of who was not there after all go.

        Of a meeting that is put off nobody has been there yet.
        """
        for event, shared in drafts.grouped("calendar_event_id").items():
            present = event._relationship_has_begun() and event._relationship_get_present().ids
            there = shared.filtered_domain([("partner_id", "in", present or [])])
            there.write({"summary": event._relationship_get_shared(), "date": event._relationship_get_held_day()})
            (shared - there).unlink()

    # What people do

    def _relationship_open_committee_meeting(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.calendar_event_committee_action")
        return {**action, "res_id": self.id}

    def action_relationship_open_committee(self):
        """Open the page of this meeting with its agenda and its minutes."""
        self._relationship_check_of_committee()
        return self._relationship_open_committee_meeting()

    def _relationship_check_of_committee(self):
        self.ensure_one()
        if not self.relationship_committee_id:
            raise UserError(self.env._("This is no meeting of a committee."))

    def action_relationship_draft_agenda(self):
        """Draft the agenda from the facts again, in place of what was written.

        :raise UserError: the meeting has begun
        """
        self._relationship_check_of_committee()
        self.relationship_agenda_text = False

    def action_relationship_print_agenda(self):
        """Print the agenda: as it is kept, once the meeting has begun."""
        self._relationship_check_of_committee()
        return self.env.ref("shifters_relations.committee_agenda_report").report_action(self, config=False)

    def action_relationship_ask_minutes(self):
        """Ask whether the drafts may be made, and say which, before anything is.

        :raise AccessError: the user may not change the cooperation
        :raise UserError: it is no committee's meeting, or still to come, or nobody was there
        """
        self._relationship_check_minutes()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Prepare the drafts"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref("shifters_relations.calendar_event_view_form_minutes").id, "form")],
            "target": "new",
        }

    def _relationship_check_minutes(self):
        self._relationship_check_of_committee()
        self.relationship_committee_id.check_access("write")
        if not self._relationship_has_begun():
            raise UserError(self.env._("This meeting is still to come: its minutes are written after it."))
        if not self._relationship_get_present():
            raise UserError(self.env._("Nobody was there: choose the organisations that were, then write the minutes."))

    def action_relationship_write_minutes(self):
        """Make one draft synthesis for each organisation present, with the text of the minutes; each once.

        :return: the notice that says so, and where they are
        :raise AccessError: the user may not change the cooperation
        :raise UserError: it is no committee's meeting, or still to come, or nobody was there
        """
        self._relationship_check_minutes()
        take_turn(self)
        self._relationship_keep_agenda()
        me, missing = self.sudo(), self._relationship_get_attendance()["missing"]
        me.env["relationship.synthesis"].create([me._relationship_prepare_draft(partner) for partner in missing])
        self.invalidate_recordset(["relationship_synthesis_ids", "relationship_minutes_sentence"])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if missing else "info",
                "message": self._relationship_say_minutes() + " %s",
                "links": [
                    {
                        "label": self.env._("See them"),
                        "url": f"/odoo/committee-meetings/{self.id}/committee-syntheses",
                    }
                ],
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _relationship_get_present(self):
        """Return, as superuser, the organisations that were met, archived ones too; neither ours nor who declined."""
        me = self.sudo().with_context(active_test=False)
        declined = me.attendee_ids.filtered(lambda attendee: attendee.state == "declined").partner_id
        met = me.met_partner_ids | (me.partner_ids.filtered("partner_share") - declined)
        partners = met.commercial_partner_id.filtered("is_company")
        return partners - partners._relationship_filter_own()

    def _relationship_get_written(self, partners):
        """Return those of some organisations that have a synthesis of this meeting, also written by hand."""
        of_meeting = Domain("calendar_event_id", "=", self.id)
        channel = self._relationship_get_held_channel()
        by_hand = Domain("calendar_event_id", "=", False)
        by_hand &= Domain("channel", "in", [channel] if channel else ["in_person", "video", False])
        by_hand &= Domain("date", "=", self._relationship_get_held_day())
        written = Domain("partner_id", "in", partners.ids) & (of_meeting | by_hand)
        return self.env["relationship.synthesis"].search(written).partner_id

    def _relationship_prepare_draft(self, partner):
        """Return the values of the draft of an organisation that was there, for who keeps the contact with it."""
        people = self.with_context(active_test=False).met_partner_ids.filtered(
            lambda person: not person.is_company and person.commercial_partner_id == partner
        )
        renewal = self.activity_ids.filtered(lambda activity: activity.relationship_partner_id == partner)
        writer = partner._relationship_get_writer(self.relationship_committee_id.user_id)
        return {
            "partner_id": partner.id,
            "calendar_event_id": self.id,
            "activity_id": renewal[:1].id,
            "author_id": writer.id,
            "date": self._relationship_get_held_day(),
            "channel": self._relationship_get_held_channel(),
            "participant_ids": [Command.set(people.ids)],
            "summary": self._relationship_get_shared(),
        }

    def _relationship_get_held_day(self):
        """Return the day on which it took place, where its committee is followed."""
        return self._relationship_get_local_day(self.sudo().relationship_committee_id.user_id.tz)

    def _relationship_get_held_channel(self):
        """Return how it was held: by video at an address, in person at a place; where both or none, its author says."""
        is_link = "://" in (self.location or "")
        by_video, in_place = bool(self.videocall_location or is_link), bool(self.location and not is_link)
        return by_video != in_place and ("video" if by_video else "in_person")
