"""What people do in stock Odoo, to be counted with and without the addons: nothing here knows of them."""

from collections import Counter
from datetime import timedelta

from odoo import Command, fields

from tests.benchmarks.measure import measure

TODO = "mail.mail_activity_data_todo"


class Counted:
    """The SQL queries of each act, by its name.

    :param env: an environment of somebody who may do everything in stock
    :param int port: of a mail server that receives
    """

    def __init__(self, env, port):
        self.env = env
        self.queries = {}
        self.numbers = Counter()
        env["ir.mail_server"].create(
            {"name": "test", "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none"}
        )
        env["ir.config_parameter"].set_param("event.event_mail_async", "True")
        env["ir.cron"].search([]).active = False
        env.cr.commit()

    def count(self, name, act, prepare=None):
        """Do something twice, each time to what is prepared for it: the second time, caches are warm."""
        for _time in range(2):
            given = prepare() if prepare else None
            self.queries[name] = measure(self.env, lambda given=given: act(given))["queries"]

    def partners(self, number=1, **values):
        """Some new contacts."""
        self.numbers["partner"] += number
        last = self.numbers["partner"]
        return self.env["res.partner"].create(
            [{"name": f"Contact {n}", "email": f"contact{n}@example.org", **values} for n in range(last - number, last)]
        )

    def activities(self, number=1):
        """Some new activities of one user on as many contacts."""
        return self.partners(number).activity_schedule(TODO, user_id=self.env.uid)

    def user(self):
        """A new colleague."""
        self.numbers["user"] += 1
        return self.env["res.users"].create({"name": "Colleague", "login": f"colleague{self.numbers['user']}"})

    def meeting(self, **values):
        """A meeting to come."""
        begin = fields.Datetime.now() + timedelta(days=30)
        values = {"name": "Meeting", "start": begin, "stop": begin + timedelta(hours=1), **values}
        return self.env["calendar.event"].create(values)

    def event(self):
        """An event to come, with the mails that go with it."""
        begin = fields.Datetime.now() + timedelta(days=30)
        return self.env["event.event"].create(
            {"name": "Evening", "date_begin": begin, "date_end": begin + timedelta(hours=2)}
        )

    def registration(self, event=None):
        """Somebody comes."""
        partner = self.partners()
        event = event or self.event()
        return self.env["event.registration"].create({"event_id": event.id, "partner_id": partner.id})

    def mailing(self):
        """A mailing to twenty contacts."""
        partners = self.partners(20)
        return self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([("id", "in", partners.ids)]),
                "email_from": "team@example.org",
                "body_html": "<p>News, and <a href='https://example.org'>a link</a></p>",
            }
        )

    def mail(self):
        """A mail that is ready to leave."""
        return self.env["mail.mail"].create(
            {"subject": "Hello", "body_html": "<p>Hello</p>", "recipient_ids": [Command.set(self.partners().ids)]}
        )

    def merge(self, partners):
        """As *Merge contacts* does."""
        self.env["base.partner.merge.automatic.wizard"]._merge(partners.ids, partners[0])


def run(env, port):
    """Count the queries of stock's operations.

    :return: number of queries by operation
    """
    counted = Counted(env(user=env.ref("base.user_admin"), context={"lang": "fr_FR"}), port)
    for part in (_contacts, _reading, _users, _activities, _messages, _meetings, _mailings, _events):
        part(counted)
    return counted.queries


def _contacts(counted):
    partners, count = counted.partners, counted.count
    count("create a contact", lambda _none: partners())
    count("create a company", lambda _none: partners(is_company=True))
    count("create ten contacts", lambda _none: partners(10))
    count("write a contact", lambda one: one.write({"city": "Lyon"}), partners)
    count("write ten contacts", lambda ten: ten.write({"city": "Lyon"}), lambda: partners(10))
    count("put a contact into a company", lambda two: two[0].write({"parent_id": two[1].id}), lambda: partners(2))
    count("archive a contact", lambda one: one.write({"active": False}), partners)
    count("unarchive a contact", lambda one: one.write({"active": True}), lambda: partners(active=False))
    count("copy a contact", lambda one: one.copy(), partners)
    count("delete a contact", lambda one: one.unlink(), partners)
    count("merge three contacts", counted.merge, lambda: partners(3))


def _reading(counted):
    Partner, count = counted.env["res.partner"], counted.count
    names = {"name": {}, "email": {}, "activity_ids": {}, "activity_state": {}, "category_id": {}}
    count("name search", lambda _none: Partner.name_search("Contact"))
    count("search by name", lambda _none: Partner.search([("name", "ilike", "Contact")], limit=80))
    count("open the list of contacts", lambda _none: Partner.web_search_read([], names, limit=80))
    count("group contacts by company", lambda _none: Partner.formatted_read_group([], ["parent_id"], ["__count"]))
    count("open a contact", lambda one: one.web_read(names), counted.partners)
    count("load the views of contacts", lambda _none: Partner.get_views([(False, "form"), (False, "list")]))


def _users(counted):
    count = counted.count
    count("create a user", lambda _none: counted.user())
    count("write a user", lambda user: user.write({"signature": "<p>Yours</p>"}), counted.user)
    count("archive a user", lambda user: user.write({"active": False}), counted.user)


def _activities(counted):
    activities, count = counted.activities, counted.count
    count("create an activity", lambda one: one.activity_schedule(TODO, user_id=counted.env.uid), counted.partners)
    count(
        "create ten activities",
        lambda ten: ten.activity_schedule(TODO, user_id=counted.env.uid),
        lambda: counted.partners(10),
    )
    count("move an activity", lambda one: one.write({"date_deadline": "2030-01-01"}), activities)
    other = counted.user()
    count("hand over an activity", lambda one: one.write({"user_id": other.id}), activities)
    count("format an activity", lambda one: one.activity_format(), activities)
    activity = counted.env["mail.activity"]
    count("open the activity view", lambda _none: activity.get_activity_data("res.partner", [], limit=100))
    count("cancel an activity", lambda one: one.action_cancel(), activities)
    count("mark an activity done", lambda one: one.action_feedback(feedback="Done"), activities)
    count("mark ten activities done", lambda ten: ten.action_feedback(feedback="Done"), lambda: activities(10))
    count("delete an activity", lambda one: one.unlink(), activities)


def _messages(counted):
    def followed():
        partner = counted.partners()
        partner.message_subscribe(counted.partners(2).ids)
        return partner

    count = counted.count
    count("log a note", lambda one: one.message_post(body="Hello"), counted.partners)
    count(
        "post a message, two followers notified",
        lambda one: one.message_post(body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment"),
        followed,
    )
    count("send a mail", lambda mail: mail.send(), counted.mail)


def _meetings(counted):
    def with_activity():
        return counted.meeting(activity_ids=[Command.set(counted.activities().ids)])

    count = counted.count
    count("create a meeting", lambda _none: counted.meeting())
    count(
        "create the meeting of an activity",
        lambda activity: counted.meeting(activity_ids=[Command.set(activity.ids)]),
        counted.activities,
    )
    later = fields.Datetime.now() + timedelta(days=60)
    count("move a meeting", lambda one: one.write({"start": later, "stop": later}), counted.meeting)
    count("move the meeting of an activity", lambda one: one.write({"start": later, "stop": later}), with_activity)
    count("delete a meeting", lambda one: one.unlink(), counted.meeting)
    count("delete the meeting of an activity", lambda one: one.unlink(), with_activity)


def _mailings(counted):
    def launched():
        mailing = counted.mailing()
        mailing.action_launch()
        return mailing

    def send(mailing):
        mailing.env["mailing.mailing"]._process_mass_mailing_queue()

    counted.count("create a mailing", lambda _none: counted.mailing())
    counted.count("send a mailing to twenty contacts", send, launched)


def _events(counted):
    registration, count = counted.registration, counted.count
    count("create an event", lambda _none: counted.event())
    count("move an event", lambda event: event.write({"date_end": event.date_end + timedelta(days=1)}), counted.event)
    count("open an event", lambda event: event.web_read({"name": {}, "seats_taken": {}}), counted.event)
    count("create a registration", registration, counted.event)
    draft = {"state": "draft"}
    count("confirm a registration", lambda one: one.action_confirm(), lambda: _with(registration(), draft))
    count("cancel a registration", lambda one: one.action_cancel(), registration)
    count("check somebody in", lambda one: one.action_set_done(), registration)
    count("write an attendee's name", lambda one: one.write({"name": "Somebody"}), registration)
    count("delete a registration", lambda one: one.unlink(), registration)
    count("delete an event", lambda one: one.unlink(), counted.event)


def _with(record, values):
    record.write(values)
    return record
