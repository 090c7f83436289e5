"""What people of the team may do, in any order, and what must be true after each step.

A step is a call with words and numbers alone, so that the walk that hypothesis prints can be pasted as an example.
Who may not do something is refused it, in a sentence of her language; anything else that fails is a fault.
"""

import contextlib
import functools
import re
from datetime import datetime, timedelta

import sentences
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from odoo.fields import Command
from world import INVITEE, LANGUAGES, ORGANISATIONS, PEOPLE, ROLES, SECTORS


def words(text):
    """Finds each of these words, whatever its capitals."""
    return re.compile(rf"\b({'|'.join(text.split())})\b", re.IGNORECASE)


MEMBERS = tuple(ROLES)
CHANNELS = ("in_person", "phone", "video", "event")
STAGES = ("candidate", "target", "paused", "closed", False)
CADENCES = ("quarterly", "twice_a_year", "yearly", None)
PARIS = timedelta(hours=1)  # to tell days, which nothing here is near the end of
WEEK = timedelta(weeks=1)
RENEWAL = "relationship_partner_id = %s AND active"
CURRENT = (
    "SELECT user_id FROM relationship_member m JOIN res_users u ON u.id = m.user_id"
    " WHERE m.active AND u.active AND (date_end IS NULL OR date_end >= %s)"
)
CORE = re.compile("You do not have enough rights to access the field")  # Odoo says it in English alone
ENGLISH = words("the is are of and not you your this that has have or it to for with was may only first its")
FRENCH = words(
    "le la les l est sont de d des et ne n pas vous ce cette que qu un une du au pour avec en dans il sa son"
)

members = st.sampled_from(MEMBERS)
anybody = st.sampled_from((*MEMBERS, "eve"))
organisers = st.sampled_from(("nadia", "camille"))
organisations = st.sampled_from(ORGANISATIONS)
people = st.sampled_from(PEOPLE)
which = st.integers(0, 5)  # the first, the second…, and again from the first


def step(**arguments):
    """A rule of hypothesis; after it everything is looked at, also where the step is called by an example."""

    def decorate(function):
        @functools.wraps(function)
        def walk(self, **values):
            self.walked.append((function.__name__, values))
            Walk.steps += 1
            function(self, **values)
            self.look()

        return rule(**arguments)(walk)

    return decorate


class Walk(RuleBasedStateMachine):
    """A walk through the days of a team.

    ``world`` is set by who runs it.
    """

    world = None
    steps = done = refused = 0  # of all walks: steps, and what people did in them, or might not do

    def __init__(self):
        super().__init__()
        self.world.begin()
        self.ids = self.world.ids
        self.seen_mails = 0
        self.walked = []
        self.chosen = {}  # the days that somebody chose for a renewal, by its id
        self.kept = set()  # renewals to which nothing has happened since somebody chose their day
        self.tried = {}  # the days of the attempts and of the next ones, by id of the renewal
        self.planned = False
        self.held = 0  # seats
        self.followed = {}  # the day since when each organisation is to be contacted, by id
        self.began = {}  # the day on which each became a target for the first time, by id
        self.look()

    # How a step is made

    def do(self, login, function):
        """Somebody does something, or is refused it in her language.

        :return: whether it was done; whose account is closed does nothing
        """
        closed = "SELECT count(*) FROM res_users WHERE login = %s AND NOT active"
        if self.world.look(closed, login) != [(0,)]:
            return False
        before = len(self.world.mails.came)
        refusal = self.world.try_to(login, function)
        Walk.done += refusal is None
        Walk.refused += refusal is not None
        if refusal is not None:
            assert len(self.world.mails.came) == before, f"refused, and a mail has left: {refusal}"
            if CORE.search(refusal):
                return False
            is_english = len(ENGLISH.findall(refusal)) > len(FRENCH.findall(refusal))
            assert is_english == (LANGUAGES.get(login) == "en_US"), f"not in the language of {login}: {refusal}"
        return refusal is None

    def browse(self, env, model, *names):
        return env[model].browse([self.ids[name] for name in names])

    def exists(self, *names):
        """Whether these partners are still there: who was merged, or deleted, is not."""
        ids = [self.ids[name] for name in names]
        [[count]] = self.world.look("SELECT count(*) FROM res_partner WHERE id IN %s", tuple(ids))
        return count == len(set(ids))

    def pick(self, number, statement, *values):
        """The id that a query gives as the n-th, again from the first after the last; None where there is none."""
        ids = [row[0] for row in self.world.look(f"{statement} ORDER BY id", *values)]
        return ids[number % len(ids)] if ids else None

    def partner(self, who, name, function):
        """Somebody does something with an organisation or a person, as long as it is there.

        :return: whether it was done
        """
        return self.exists(name) and self.do(who, lambda env: function(self.browse(env, "res.partner", name)))

    def get_renewal(self, organisation):
        """The id of the open renewal of an organisation, None where there is none.

        :param organisation: its name, or its id
        """
        organisation = self.ids.get(organisation, organisation)
        return self.pick(0, f"SELECT id FROM mail_activity WHERE {RENEWAL}", organisation)

    def renewal(self, who, organisation, function):
        """Somebody does something with the open renewal of an organisation.

        :return: whether it was done
        """
        found = self.get_renewal(organisation)
        return found and self.do(who, lambda env: function(env["mail.activity"].browse(found)))

    def get_reader(self):
        """Who looks now: somebody of the team, in turn; the pilot cannot leave as long as there is no other."""
        current = {user for (user,) in self.world.look(CURRENT, self.world.today)}
        turn = len(self.walked) % len(MEMBERS)
        return next(each for each in (*MEMBERS[turn:], *MEMBERS[:turn]) if self.ids[each] in current)

    # Organisations

    @step(who=members, organisation=organisations)
    def make_target(self, who, organisation):
        self.partner(who, organisation, lambda partner: partner.action_relationship_make_target())

    @step(who=members, organisation=organisations)
    def take(self, who, organisation):
        self.partner(who, organisation, lambda partner: partner.action_relationship_take())

    @step(who=members, organisation=organisations, stage=st.sampled_from(STAGES))
    def set_stage(self, who, organisation, stage):
        self.partner(who, organisation, lambda partner: partner.write({"relationship_stage": stage}))

    @step(who=anybody, name=st.sampled_from((*ORGANISATIONS, *PEOPLE)))
    def archive(self, who, name):
        self.partner(who, name, lambda partner: partner.action_archive())

    @step(who=anybody, name=st.sampled_from((*ORGANISATIONS, *PEOPLE)))
    def restore(self, who, name):
        self.partner(who, name, lambda partner: partner.action_unarchive())

    @step(who=anybody, name=st.sampled_from((*ORGANISATIONS, *PEOPLE)))
    def delete(self, who, name):
        self.partner(who, name, lambda partner: partner.unlink())

    @step(who=anybody, into=organisations, other=organisations)
    def merge(self, who, into, other):
        self._merge(who, into, other)

    @step(who=anybody, into=people, other=people)
    def merge_people(self, who, into, other):
        self._merge(who, into, other)

    def _merge(self, who, into, other):
        if into == other or not self.exists(into, other):
            return

        def merge(env):
            partners = self.browse(env, "res.partner", into, other)
            wizards = env["base.partner.merge.automatic.wizard"].with_context(
                active_model="res.partner", active_ids=partners.ids
            )
            wizard = wizards.create({})
            wizard.write({"dst_partner_id": self.ids[into], "partner_ids": [Command.set(partners.ids)]})
            wizard.action_merge()

        days = [self.chosen.get(self.get_renewal(name), set()) for name in (into, other)]
        if self.do(who, merge):
            self.chosen.setdefault(self.get_renewal(into), set()).update(*days)
            if began := self.began.get(self.ids[other]):
                self.began.setdefault(self.ids[into], began)

    @step(who=anybody, person=people, organisation=st.sampled_from((*ORGANISATIONS, None)))
    def move_person(self, who, person, organisation):
        if organisation is None or self.exists(organisation):
            parent_id = organisation and self.ids[organisation]
            self.partner(who, person, lambda partner: partner.write({"parent_id": parent_id}))

    @step(who=anybody, organisation=organisations, parent=st.sampled_from((*ORGANISATIONS, None)))
    def put_below(self, who, organisation, parent):
        """An organisation becomes part of another one."""
        if parent is None or self.exists(parent):
            parent_id = parent and self.ids[parent]
            self.partner(who, organisation, lambda partner: partner.write({"parent_id": parent_id}))

    @step(who=anybody, name=st.sampled_from((*ORGANISATIONS, *PEOPLE)))
    def change_kind(self, who, name):
        """What was an organisation is a person, or the other way round."""
        self.partner(who, name, lambda partner: partner.write({"is_company": not partner.is_company}))

    @step(who=members, organisation=organisations, cadence=st.sampled_from(CADENCES))
    def change_cadence(self, who, organisation, cadence):
        value = cadence and self.ids[cadence]
        self.partner(who, organisation, lambda partner: partner.write({"relationship_cadence_id": value}))

    @step(who=members, organisation=organisations, sector=st.sampled_from((*SECTORS, None)))
    def change_sector(self, who, organisation, sector):
        value = sector and self.ids[sector]
        self.partner(who, organisation, lambda partner: partner.write({"relationship_sector_id": value}))

    @step(who=members, organisation=organisations, owner=st.sampled_from((*MEMBERS, "eve", None)))
    def change_owner(self, who, organisation, owner):
        value = owner and self.ids[owner]
        self.partner(who, organisation, lambda partner: partner.write({"relationship_owner_id": value}))

    @step(who=members, sector=st.sampled_from(tuple(SECTORS)), member=st.sampled_from((*MEMBERS, None)))
    def give_sector(self, who, sector, member):
        member_id = member and self.ids[f"member {member}"]
        self.do(who, lambda env: self.browse(env, "relationship.sector", sector).write({"member_id": member_id}))

    @step(who=members, name=st.sampled_from((*ORGANISATIONS, *PEOPLE)), silent=st.booleans())
    def do_not_contact(self, who, name, silent):
        self.partner(who, name, lambda partner: partner.write({"relationship_no_contact": silent}))

    # What comes

    @step(who=members, organisation=organisations, days=st.integers(-20, 200))
    def move_date(self, who, organisation, days):
        day, renewal = self.world.today + timedelta(days=days), self.get_renewal(organisation)
        known = self.world.look("SELECT date_deadline FROM mail_activity WHERE id = %s", renewal)
        if known != [(day,)] and self.renewal(who, organisation, lambda each: each.write({"date_deadline": day})):
            self.chosen.setdefault(renewal, set()).add(day)
            self.kept.add(renewal)

    @step(who=members, organisation=organisations)
    def unpin(self, who, organisation):
        if self.partner(who, organisation, lambda partner: partner.action_relationship_unpin()):
            self.kept.discard(self.get_renewal(organisation))

    @step(who=members, organisation=organisations, times=st.integers(1, 2))
    def attempt(self, who, organisation, times):
        """Nobody answers; the second tap of a day does not count."""
        for _time in range(times):
            with self.noting_attempt(self.ids[organisation]) as note:
                note(self.partner(who, organisation, lambda partner: partner.action_relationship_no_answer()))

    @contextlib.contextmanager
    def noting_attempt(self, organisation):
        """Remember an attempt that was noted, once a day: the day, and a week after it was due, or after that day.

        :param int organisation: its id
        """
        renewal, today = self.get_renewal(organisation), self.world.today
        [due] = self.world.look("SELECT date_deadline FROM mail_activity WHERE id = %s", renewal) or [(today,)]

        def note(is_done):
            tried = self.tried.setdefault(renewal, [])
            if is_done and (not tried or tried[-1][0] != today):
                tried.append((today, max(due[0], today) + WEEK))
                self.kept.discard(renewal)

        yield note

    @step(who=members, organisation=organisations)
    def take_back_attempt(self, who, organisation):
        if self.partner(who, organisation, lambda partner: partner.action_relationship_take_back_attempt()):
            self.kept.discard(self.get_renewal(organisation))
            if tried := self.tried.get(self.get_renewal(organisation)):
                tried.pop()

    @step(who=members, organisation=organisations, channel=st.sampled_from(("in_person", "phone")))
    def choose_way(self, who, organisation, channel):
        def choose(renewal):
            kind = renewal.env.ref(f"shifters_relations.activity_type_{channel}")
            renewal.write({"activity_type_id": kind.id})

        self.renewal(who, organisation, choose)

    @step(who=anybody, organisation=organisations, way=st.sampled_from(("done", "archive", "cancel", "delete")))
    def close_without_synthesis(self, who, organisation, way):
        ways = {
            "done": lambda renewal: renewal.action_done(),
            "archive": lambda renewal: renewal.action_archive(),
            "cancel": lambda renewal: renewal.action_cancel(),
            "delete": lambda renewal: renewal.unlink(),
        }
        self.renewal(who, organisation, ways[way])

    @step(who=members, organisation=organisations, days=st.integers(-5, 90), hour=st.integers(6, 18))
    def meet(self, who, organisation, days, hour):
        """An appointment is made from the renewal."""
        start = datetime.combine(self.world.today, datetime.min.time()) + timedelta(days=days, hours=hour)

        def make(renewal):
            action = renewal.with_context(
                default_res_model="res.partner", default_res_id=renewal.res_id
            ).action_create_calendar_event()
            self._make_meeting(renewal.env, action["context"], start)

        self.renewal(who, organisation, make)

    @step(who=members, organisation=organisations, days=st.integers(-5, 90), hour=st.integers(6, 18))
    def meet_from_organisation(self, who, organisation, days, hour):
        """An appointment is made from the organisation's *Meetings*."""
        start = datetime.combine(self.world.today, datetime.min.time()) + timedelta(days=days, hours=hour)

        def make(partner):
            action = partner.with_context(relationship_view=True).schedule_meeting()
            self._make_meeting(partner.env, action["context"], start)

        self.partner(who, organisation, make)

    def _make_meeting(self, env, context, start):
        self.kept.clear()
        context = {key: value for key, value in context.items() if key != "initial_date"}
        env["calendar.event"].with_context(**context).create(
            {"name": "Lunch", "start": start, "stop": start + timedelta(hours=1)}
        )

    def meeting(self, who, number, function):
        if found := self.pick(number, "SELECT id FROM calendar_event"):
            self.kept.clear()
            self.do(who, lambda env: function(env["calendar.event"].browse(found)))

    @step(who=members, number=which, days=st.integers(-30, 60))
    def move_meeting(self, who, number, days):
        def move(event):
            delta = timedelta(days=days)
            event.write({"start": event.start + delta, "stop": event.stop + delta})

        self.meeting(who, number, move)

    @step(who=members, number=which, way=st.sampled_from(("archive", "delete", "decline", "restore", "accept")))
    def cancel_meeting(self, who, number, way):
        def answer(event, state):
            event.attendee_ids.filtered(lambda each: each.partner_id == event.env.user.partner_id).write(
                {"state": state}
            )

        ways = {
            "archive": lambda event: event.action_archive(),
            "delete": lambda event: event.unlink(),
            "restore": lambda event: event.action_unarchive(),
            "decline": lambda event: answer(event, "declined"),
            "accept": lambda event: answer(event, "accepted"),
        }
        self.meeting(who, number, ways[way])

    @step(who=members, number=which)
    def invite_to_meeting(self, who, number):
        self.meeting(who, number, lambda event: event.action_relationship_invite())

    @step(who=members, number=which)
    def write_synthesis_of_meeting(self, who, number):
        self.meeting(who, number, lambda event: event.action_relationship_write_synthesis())

    # What was

    @step(
        who=members,
        name=st.sampled_from((*ORGANISATIONS, *PEOPLE)),
        days_ago=st.integers(0, 400),
        channel=st.sampled_from(CHANNELS),
        validate=st.booleans(),
    )
    def write(self, who, name, days_ago, channel, validate):
        """A synthesis is written, and perhaps validated, from the organisation or the person.

        Of a person who is of no organisation the form asks for one, and nothing is written here.
        """
        day = self.world.today - timedelta(days=days_ago)

        def write(partner):
            action = partner.action_relationship_write_synthesis()
            syntheses = partner.env["relationship.synthesis"].with_context(**action["context"])
            values = {"date": day, "channel": channel, "summary": "<p>Dit</p>", "promised": "Envoyer la note"}
            synthesis = syntheses.browse(action["res_id"])
            if synthesis:
                synthesis.write(values)
            elif syntheses.default_get(["partner_id"]).get("partner_id"):
                synthesis = syntheses.create(values)
            if validate:
                synthesis.action_validate()

        self.partner(who, name, write)

    @step(who=members, organisation=organisations, days_ago=st.integers(0, 60), validate=st.booleans())
    def write_of_renewal(self, who, organisation, days_ago, validate):
        """The synthesis of the renewal, as *Mark done* opens it."""
        day = self.world.today - timedelta(days=days_ago)

        def write(renewal):
            action = renewal.action_write_synthesis()
            syntheses = renewal.env["relationship.synthesis"].with_context(**action["context"])
            synthesis = syntheses.browse(action["res_id"]) or syntheses.create({})
            synthesis.write({"date": day, "summary": "<p>Dit</p>"})
            if validate:
                synthesis.action_validate()

        self.renewal(who, organisation, write)

    def synthesis(self, who, number, function):
        if found := self.pick(number, "SELECT id FROM relationship_synthesis"):
            return self.do(who, lambda env: function(env["relationship.synthesis"].browse(found)))
        return False

    @step(who=members, number=which)
    def validate(self, who, number):
        self.synthesis(who, number, lambda synthesis: synthesis.action_validate())

    @step(who=members, number=which, days_ago=st.integers(0, 400))
    def correct_date(self, who, number, days_ago):
        day = self.world.today - timedelta(days=days_ago)
        self.synthesis(who, number, lambda synthesis: synthesis.write({"date": day}))

    @step(who=members, number=which, channel=st.sampled_from(CHANNELS))
    def correct_channel(self, who, number, channel):
        self.synthesis(who, number, lambda synthesis: synthesis.write({"channel": channel}))

    @step(who=members, number=which)
    def reopen(self, who, number):
        self.synthesis(who, number, lambda synthesis: synthesis.action_reopen())

    @step(who=members, number=which, organisation=organisations)
    def move_synthesis(self, who, number, organisation):
        if self.exists(organisation):
            target = self.ids[organisation]
            self.synthesis(who, number, lambda synthesis: synthesis.write({"partner_id": target}))

    @step(who=members, number=which)
    def delete_synthesis(self, who, number):
        self.synthesis(who, number, lambda synthesis: synthesis.unlink())

    @step(who=members, number=which)
    def no_answer_from_synthesis(self, who, number):
        found = self.pick(number, "SELECT id FROM relationship_synthesis")
        [(organisation,)] = self.world.look("SELECT max(partner_id) FROM relationship_synthesis WHERE id = %s", found)
        with self.noting_attempt(organisation) as note:
            note(self.synthesis(who, number, lambda synthesis: synthesis.action_no_answer()))

    # What comes out of it

    @step(who=members, organisation=organisations, stage=st.sampled_from(("idea", "introduced", "ongoing")))
    def cooperate(self, who, organisation, stage):
        """Something is begun with an organisation, and perhaps somebody is told of it."""
        values = {"name": "Ensemble", "kind_id": self.ids["joint"], "stage": stage}
        if stage == "introduced":
            values["destination_id"] = self.ids["group"]

        def create(partner):
            roles = [Command.create({"partner_id": partner.id})]
            partner.env["relationship.cooperation"].create({**values, "role_ids": roles})

        self.partner(who, organisation, create)

    @step(
        who=members,
        number=which,
        stage=st.sampled_from(("idea", "introduced", "ongoing", "done", "dropped")),
        outcome=st.sampled_from(("Rien encore", False)),
    )
    def change_cooperation(self, who, number, stage, outcome):
        values = {"stage": stage, "outcome": outcome, "destination_id": self.ids["group"]}
        if found := self.pick(number, "SELECT id FROM relationship_cooperation"):
            self.do(who, lambda env: env["relationship.cooperation"].browse(found).write(values))

    # The team

    @step(who=members, member=members, begins=st.integers(-3, 40), length=st.integers(1, 30))
    def be_absent(self, who, member, begins, length):
        first = self.world.today + timedelta(days=begins)
        last = first + timedelta(days=length - 1)
        values = {"name": "Congés", "date_from": first, "date_to": last, "user_id": self.ids[member]}
        self.do(who, lambda env: env["relationship.closure"].create(values))

    @step(who=members, number=which)
    def come_back(self, who, number):
        if found := self.pick(number, "SELECT id FROM relationship_closure WHERE user_id IS NOT NULL"):
            self.do(who, lambda env: env["relationship.closure"].browse(found).unlink())

    @step(who=members, number=which)
    def move_what_an_absence_touches(self, who, number):
        def move(env):
            action = env["relationship.closure"].browse(found).action_move_touched()
            env[action["res_model"]].browse(action["res_id"]).action_move()

        if found := self.pick(number, "SELECT id FROM relationship_closure WHERE user_id IS NOT NULL"):
            self.kept.clear()
            self.do(who, move)

    @step(who=organisers, giver=members, taker=members)
    def hand_over(self, who, giver, taker):
        def apply(env):
            action = self.browse(env, "relationship.member", f"member {giver}").action_hand_over()
            handover = env["relationship.handover"].browse(action["res_id"])
            handover.write({"to_member_id": self.ids[f"member {taker}"]})
            handover.action_apply()

        self.do(who, apply)

    @step(who=organisers, number=which)
    def hand_back(self, who, number):
        done = "SELECT id FROM relationship_handover WHERE state = 'done'"
        if found := self.pick(number, done):

            def apply(env):
                action = env["relationship.handover"].browse(found).action_reverse()
                back = env["relationship.handover"]
                back = back.browse(action["res_id"]) if action["res_id"] else back.search(action["domain"])
                for each in back:
                    each.action_apply()

            self.do(who, apply)

    @step(who=members, member=members, days=st.sampled_from((-1, 0, 5, 60, None)))
    def end_engagement(self, who, member, days):
        """The engagement ends on a day, or is open again."""
        day = days is not None and self.world.today + timedelta(days=days)
        values = {"date_end": day}
        self.do(who, lambda env: self.browse(env, "relationship.member", f"member {member}").write(values))

    @step(who=members, member=members, role=st.sampled_from(("contact", "organiser", "pilot")))
    def change_role(self, who, member, role):
        self.do(who, lambda env: self.browse(env, "relationship.member", f"member {member}").write({"role": role}))

    @step(member=members, opened=st.booleans())
    def close_account(self, member, opened):
        """The administrator closes an account, or opens it again."""
        users = "action_unarchive" if opened else "action_archive"
        self.do("admin", lambda env: getattr(self.browse(env, "res.users", member), users)())

    @step(who=members, everybody=st.booleans())
    def plan(self, who, everybody):
        def apply(env):
            plans = env["relationship.plan"]
            action = plans.action_open_all() if everybody else plans.action_open_mine()
            plans.browse(action["res_id"]).action_apply()

        self.planned = self.do(who, apply) or self.planned

    @step(days=st.sampled_from((1, 2, 7, 15, 31, 100)))
    def days_go_by(self, days):
        self.world.pass_days(days)

    # The event

    @step(who=members, name=st.sampled_from((*ORGANISATIONS, *PEOPLE)))
    def propose(self, who, name):
        values = {"event_id": self.ids["event"]}
        self.partner(
            who, name, lambda partner: partner.env["event.invitation"].create({**values, "partner_id": partner.id})
        )

    @step(who=members, kind=st.sampled_from(("usual", "decider")))
    def choose_audience(self, who, kind):
        def apply(env):
            audience = env["event.audience"].create({"event_id": self.ids["event"], "who": kind})
            audience.action_preview()
            audience.action_apply()

        self.do(who, apply)

    @step(who=members, kind=st.sampled_from(("invitation", "reminder", "practical", "change", "thanks", "absent")))
    def send(self, who, kind):
        def launch(env):
            action = self.browse(env, "event.event", "event").action_relationship_prepare_mailing(kind)
            mailings = env["mailing.mailing"]
            mailings = mailings.browse(action["res_id"]) if action.get("res_id") else mailings.search(action["domain"])
            for mailing in mailings:
                mailing.action_launch()

        if self.do(who, launch):
            self.world.run_jobs()

    def invitation(self, who, number, function):
        if found := self.pick(number, "SELECT id FROM event_invitation"):
            self.do(who, lambda env: function(env["event.invitation"].browse(found)))

    @step(number=which, answer=st.sampled_from(("yes", "maybe", "no")), guests=st.integers(0, 1))
    def answer(self, number, answer, guests):
        """The invitee answers on her page."""
        self.invitation(INVITEE, number, lambda invitation: invitation._answer(answer, guests))

    @step(number=which, again=st.booleans())
    def object(self, number, again):
        """The invitee wants no contact any more, or did not mean it."""
        self.invitation(
            INVITEE,
            number,
            lambda invitation: invitation._take_objection_back() if again else invitation._object(),
        )

    @step(who=members, number=which)
    def withdraw(self, who, number):
        self.invitation(who, number, lambda invitation: invitation.action_cancel())

    @step(who=members, number=which, person=people)
    def replace_invitee(self, who, number, person):
        if self.exists(person):
            self.invitation(who, number, lambda invitation: invitation.write({"partner_id": self.ids[person]}))

    @step(who=members, kind=st.sampled_from(("cancel", "move", "restore")), days=st.integers(1, 40))
    def change_event(self, who, kind, days):
        def change(env):
            event = self.browse(env, "event.event", "event")
            values = {"event_id": event.id, "kind": kind}
            if kind == "move":
                values["date_begin"] = event.date_begin + timedelta(days=days)
            env["event.change"].create(values).action_apply()

        self.do(who, change)

    @step(who=members, seats=st.integers(1, 5))
    def change_seats(self, who, seats):
        self.do(who, lambda env: self.browse(env, "event.event", "event").write({"seats_max": seats}))

    @step(who=members, number=which, state=st.sampled_from(("open", "done", "cancel")))
    def at_the_desk(self, who, number, state):
        actions = {"open": "action_confirm", "done": "action_set_done", "cancel": "action_cancel"}
        if found := self.pick(number, "SELECT id FROM event_registration"):
            self.do(who, lambda env: getattr(env["event.registration"].browse(found), actions[state])())

    # What must be true

    def look(self):
        """Look whether everything is as it must be."""
        self.nothing_was_said_as_an_error()
        self.each_target_has_one_renewal()
        self.the_check_is_empty()
        self.nobody_who_objects_or_is_archived_gets_a_mail()
        self.each_renewal_is_its_owners()
        self.each_promise_is_made_once()
        self.no_seat_is_given_twice()
        self.seats_are_given_in_order()
        self.every_date_is_explained_truly()
        self.everybody_can_look()

    def nothing_was_said_as_an_error(self):
        assert not self.world.errors.said, self.world.errors.said[0]

    def each_target_has_one_renewal(self):
        rows = self.world.look(
            """
            SELECT partner.id, partner.name, active AND relationship_stage = 'target',
                   active AND relationship_stage = 'target' AND relationship_no_contact IS NOT TRUE,
                   (SELECT count(*) FROM mail_activity AS renewal
                     WHERE renewal.relationship_partner_id = partner.id AND renewal.active)
              FROM res_partner AS partner
            """
        )
        for partner, name, is_kept, is_target, count in rows:
            if is_kept:
                self.began.setdefault(partner, self.world.today)
            assert count == bool(is_target), f"{name} has {count} open renewals"
            if is_target:
                self.followed.setdefault(partner, self.world.today)
            else:
                self.followed.pop(partner, None)

    def the_check_is_empty(self):
        today = self.world.today
        homeless = {
            row[0]
            for row in self.world.look(
                f"""
                SELECT id FROM res_partner
                 WHERE active AND relationship_stage = 'target' AND relationship_no_contact IS NOT TRUE
                   AND relationship_owner_id NOT IN ({CURRENT})
                """,
                today,
            )
        }
        led = self.world.look(f"{CURRENT} AND role = 'pilot'", today)

        def look(env):
            return [(each.sentence, each.model, ids) for each, ids in env["relationship.check"]._find() if ids]

        for sentence, model, ids in self.world.act(None, look):
            if sentence.startswith("The owner of each target") and set(ids) == homeless:
                continue  # a person decides
            if sentence.startswith("Somebody leads the team") and not led:
                continue
            raise AssertionError(f"{sentence} Not so for {model} {ids}")

    def nobody_who_objects_or_is_archived_gets_a_mail(self):
        came = self.world.mails.came[self.seen_mails :]
        self.seen_mails = len(self.world.mails.came)
        if not came:
            return
        silent = {
            email.lower()
            for (email,) in self.world.look(
                """
                SELECT lower(partner.email)
                  FROM res_partner AS partner
                  LEFT JOIN res_partner AS organisation ON organisation.id = partner.commercial_partner_id
                  LEFT JOIN res_users AS account ON account.partner_id = partner.id
                 WHERE partner.email IS NOT NULL
              GROUP BY lower(partner.email)
                HAVING bool_or(partner.relationship_no_contact OR organisation.relationship_no_contact)
                    OR bool_and(NOT partner.active OR organisation.active IS FALSE OR account.active IS FALSE)
                """
            )
        }
        outside = {f"{name}@walk.example" for name in (*ORGANISATIONS, *PEOPLE)}
        meant = self.world.look(
            """
            SELECT email FROM res_partner
             WHERE id IN (SELECT partner_id FROM event_invitation WHERE state <> 'draft')
                OR id IN (SELECT told_referent_id FROM relationship_cooperation)
                OR id IN (SELECT partner_id FROM calendar_attendee)
            """
        )
        for address, text in came:
            assert address not in silent, f"a mail went to {address}:\n{text[:600]}"
            assert address not in outside or (address,) in meant, f"nobody meant a mail to {address}:\n{text[:600]}"

    def every_date_is_explained_truly(self):
        """Each word of the sentence of each renewal is true, as :mod:`sentences` counts."""
        told = self.world.act(
            self.get_reader(),
            lambda env: {
                renewal.id: renewal.with_context(lang="en_US").relationship_reason
                for renewal in env["mail.activity"].search([("relationship_partner_id", "!=", False)])
            },
        )
        for renewal, partner, keeper, date in self.world.look(
            """
            SELECT id, relationship_partner_id, user_id, date_deadline
              FROM mail_activity WHERE relationship_partner_id IS NOT NULL AND active
            """
        ):
            facts = {
                "today": self.world.today,
                "date": date,
                "followed": self.followed[partner],
                "is_back": self.followed[partner] > self.began[partner],
                "closures": self._get_closures(keeper),
                "meetings": self._get_meetings(partner, keeper),
                "by_hand": self.chosen.get(renewal, set()),
                "is_by_hand": renewal in self.kept,
                "attempts": [each for day, again in self.tried.get(renewal, []) for each in (day + WEEK, again)],
                "planned": self.planned,
                **self._get_contacts(partner),
            }
            try:
                sentences.check(told[renewal], facts)
            except AssertionError as untrue:
                raise AssertionError(f"{told[renewal]!r} on {date} is not true: {untrue}.") from None

    def _get_contacts(self, partner):
        """The cadence of an organisation, and its last contact."""
        [cadence] = self.world.look(
            """
            SELECT interval_count, interval_unit FROM relationship_cadence
             WHERE id = coalesce((SELECT relationship_cadence_id FROM res_partner WHERE id = %s), %s)
            """,
            partner,
            self.ids["twice_a_year"],
        )
        last = self.world.look(
            """
            SELECT date, channel FROM relationship_synthesis
             WHERE partner_id = %s AND state = 'done' ORDER BY date DESC, id DESC LIMIT 1
            """,
            partner,
        )
        return {"cadence": cadence, "last": last[0] if last else None}

    def _get_closures(self, keeper):
        """The days without contacts of everybody and of who keeps the contact."""
        names = ("name", "date_from", "date_to", "yearly", "follows_easter", "easter_offset", "user_id")
        rows = self.world.look(
            """
            SELECT name ->> 'en_US', date_from, date_to, yearly, follows_easter, easter_offset, user_id
              FROM relationship_closure WHERE active AND (user_id IS NULL OR user_id = %s)
            """,
            keeper,
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _get_meetings(self, partner, keeper):
        """The days of the meetings to come with an organisation that nobody has declined who has to be there."""
        rows = self.world.look(
            """
            SELECT event.id, event.start
              FROM calendar_event AS event
             WHERE event.active AND event.start > %s AND EXISTS (
                   SELECT FROM res_partner AS met
                    WHERE met.commercial_partner_id = %s AND (
                          event.res_model = 'res.partner' AND event.res_id = met.id
                          OR (event.id, met.id) IN (SELECT event_id, partner_id FROM relationship_meeting_partner_rel)
                          OR (event.id, met.id) IN (SELECT event_id, partner_id FROM calendar_attendee)
                          )
                   )
            """,
            datetime.now(),
            partner,
        )
        stand = []
        for event, start in rows:
            attendees = self.world.look(
                """
                SELECT state, partner_share, attendee.partner_id = (SELECT partner_id FROM res_users WHERE id = %s)
                  FROM calendar_attendee AS attendee JOIN res_partner AS partner ON partner.id = attendee.partner_id
                 WHERE event_id = %s
                """,
                keeper,
                event,
            )
            groups = (
                [state for state, _outside, is_keeper in attendees if is_keeper],
                [state for state, outside, _is_keeper in attendees if outside],
                [state for state, outside, _is_keeper in attendees if not outside],
            )
            if not any(group and set(group) == {"declined"} for group in groups):
                stand.append((start + PARIS).date())
        return stand

    def each_renewal_is_its_owners(self):
        rows = self.world.look(
            """
            SELECT partner.name, account.login, charged.login
              FROM mail_activity AS renewal
              JOIN res_partner AS partner ON partner.id = renewal.relationship_partner_id
              LEFT JOIN res_users AS account ON account.id = partner.relationship_owner_id AND account.active
              LEFT JOIN res_users AS charged ON charged.id = renewal.user_id
             WHERE renewal.active
            """
        )
        for name, owner, charged in rows:
            assert owner == charged, f"{name} is {owner}'s, and its next contact is {charged}'s"

    def each_promise_is_made_once(self):
        twice = self.world.look(
            """
            SELECT relationship_synthesis_id, summary FROM mail_activity
             WHERE relationship_synthesis_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
            """
        )
        assert not twice, f"promised twice: {twice}"

    def seats_are_given_in_order(self):
        """Nobody gets a seat over capacity, but at the desk, and nobody waits before a free one."""
        [[limit, end, is_cancelled]] = self.world.look(
            "SELECT seats_max, date_end, kanban_state = 'cancel' OR NOT active FROM event_event WHERE id = %s",
            self.ids["event"],
        )
        [[held]] = self.world.look("SELECT count(*) FROM event_registration WHERE state IN ('open', 'done')")
        at_desk = self.walked and self.walked[-1][0] == "at_the_desk"
        assert held <= max(limit, self.held) or at_desk, f"{held} of {limit} seats are given"
        self.held = held
        waiting = self.world.look(
            """
            SELECT partner.name, 1 + coalesce(guest_count, 0)
              FROM event_invitation AS invitation
              JOIN res_partner AS partner ON partner.id = partner_id
              JOIN res_partner AS organisation ON organisation.id = organisation_id
             WHERE state = 'waiting' AND partner.active AND partner.relationship_no_contact IS NOT TRUE
               AND organisation.active AND organisation.relationship_no_contact IS NOT TRUE
               AND partner.email NOT IN (SELECT email FROM res_partner WHERE relationship_no_contact AND email <> '')
          ORDER BY answer_number
            """
        )
        if waiting and not is_cancelled and end > datetime.now():
            [name, asked] = waiting[0]
            assert asked > limit - held, f"{name} waits for {asked}, and {limit - held} are free"

    def no_seat_is_given_twice(self):
        rows = self.world.look(
            """
            SELECT partner.name, invitation.state, invitation.answer, coalesce(guest_count, 0),
                   (SELECT count(*) FROM event_registration AS seat
                     WHERE seat.invitation_id = invitation.id AND seat.state IN ('open', 'done'))
              FROM event_invitation AS invitation JOIN res_partner AS partner ON partner.id = partner_id
            """
        )
        for name, state, answer, guests, held in rows:
            assert (state == "accepted") == bool(held), f"{name} is {state} and holds {held} seats"
            if state == "accepted":
                assert answer == "yes" and held == guests + 1, f"{name} holds {held} seats for {guests} guests"

    def everybody_can_look(self):
        """Lists and cards open, and the due states are the same in words and in groups."""

        def look(env):
            partners = env["res.partner"].search([("relationship_stage", "!=", False)])
            partners.mapped("relationship_sentence")
            partners.relationship_renewal_ids.mapped("relationship_reason")
            env["relationship.synthesis"].search([]).mapped("display_name")
            groups = env["res.partner"]._read_group(
                [("relationship_stage", "=", "target")], ["relationship_due_state"], ["id:recordset"]
            )
            for state, found in groups:
                for partner in found:
                    assert partner.relationship_due_state == state, f"{partner.name}: {state}"

        self.world.act(self.get_reader(), look)
