"""A database with a small team in it, a clock that is set by hand and a real mail server, in this process.

Every act is one request: a transaction of its own, with the rights of who acts, that is committed or taken back.
The database begins anew, from a template, for each walk.
"""

import logging
import socket
from datetime import datetime, timedelta

import freezegun
import odoo.init  # noqa: F401  (what `odoo` itself has)
import psycopg2
from aiosmtpd.controller import Controller
from odoo import api, sql_db
from odoo.exceptions import RedirectWarning, UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config

BEGIN = datetime(2026, 3, 11, 8)  # a Wednesday, nine in Paris
ROLES = {"camille": "pilot", "nadia": "organiser", "helene": "contact", "marc": "contact", "lea": "contact"}
ORGANISATIONS = ("alpha", "beta", "gamma", "delta")
PEOPLE = ("ada", "boris", "chloe", "denis", "ida")  # the last is ours, and receives introductions
SECTORS = {"climate": "helene", "work": "marc", "free": None}
# Core lets people merge only those who have the same address.
EMAILS = {"gamma": "alpha", "delta": "beta", "chloe": "ada", "denis": "boris"}
LANGUAGES = {"marc": "en_US"}  # the others work in French
INVITEE = "the invitee"
JOBS = (
    "shifters_relations.cron_repair",
    "shifters_relations.cron_remind",
    "shifters_relations.cron_apply_plan",
    "shifters_relations.cron_ask_outcome",
    "shifters_relations_events.cron_seat",
    "shifters_relations_events.cron_prepare_syntheses",
    "mass_mailing.ir_cron_mass_mailing_queue",
    "mail.ir_cron_mail_scheduler_action",
)
_logger = logging.getLogger("walk")


def free_port():
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mails:
    """A mail server that keeps to whom each mail went, and what it said."""

    def __init__(self):
        self.came = []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _server, _session, envelope):
        self.came += [(address.lower(), envelope.content.decode()) for address in envelope.rcpt_tos]
        return "250 OK"

    def start(self):
        """Listen.

        :return: the port
        """
        self.controller.start()
        return self.controller.port


class Errors(logging.Handler):
    """What a server would have said as an error or worse: a traceback, though nobody saw it.

    A query that the database refuses is told by what becomes of it: a sentence, or a traceback.
    """

    def __init__(self):
        super().__init__(logging.ERROR)
        self.said = []

    def emit(self, record):
        if record.name != "odoo.sql_db":
            self.said.append(self.format(record))


class World:
    """The team's database and everything around it.

    :param str template: name of a database with both addons and French, which stays as it is
    """

    def __init__(self, template):
        self.mails, self.errors = Mails(), Errors()
        arguments = ["--no-http", "--workers=0", "--log-level=error", "--db_maxconn=16"]
        config.parse_config([*arguments, "--smtp=127.0.0.1", f"--smtp-port={self.mails.start()}"], setup_logging=True)
        logging.getLogger().addHandler(self.errors)
        for talker in ("mail.log", "py.warnings", "odoo.sql_db"):
            logging.getLogger(talker).setLevel(logging.CRITICAL)
        self.seed, self.name = f"{template}_walk", f"{template}_walking"
        self._copy(template, self.seed)
        self.clock = freezegun.freeze_time(BEGIN, ignore=["asyncio", "aiosmtpd", "hypothesis"]).start()
        sql_db.Cursor.now = lambda _cursor: datetime.utcnow()  # the database's clock is the walk's too
        self._copy(self.seed, self.name)
        self.registry = Registry(self.name)
        self.ids = self.act(None, self._prepare)
        self._close()
        self._copy(self.name, self.seed)

    # The database

    @staticmethod
    def _copy(source, name):
        connection = psycopg2.connect(dbname="postgres")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
                if source:
                    cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')
        finally:
            connection.close()

    def _close(self):
        sql_db.close_db(self.name)

    def begin(self):
        """Everything as it was at the beginning."""
        self._close()
        self._copy(self.seed, self.name)
        self.registry.clear_all_caches()
        self.clock.move_to(BEGIN)
        self.mails.came.clear()
        self.errors.said.clear()

    def end(self):
        """Remove the databases."""
        self._close()
        for name in (self.seed, self.name):
            self._copy(None, name)

    # Who acts, and when

    @property
    def today(self):
        return datetime.now().date()

    def act(self, login, function):
        """Do something as somebody's request does it.

        :param login: of who acts; ``INVITEE`` for who has a personal link; nobody for the server itself
        :param function: it gets the environment
        :return: what it returned
        :raise UserError: it was refused, and nothing was changed
        """
        with self.registry.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            if login == INVITEE:
                env = api.Environment(cr, api.SUPERUSER_ID, {"lang": "fr_FR", "tz": "Europe/Paris"})
            elif login:
                user = env["res.users"].browse(self.ids[login])
                env = api.Environment(cr, user.id, {"lang": user.lang, "tz": user.tz})
            try:
                result = retrying(lambda: function(env), env)
                cr.commit()
            except BaseException:
                cr.rollback()
                raise
            return result

    def try_to(self, login, function):
        """Do something as somebody, who may be refused it.

        :return: the sentence that refuses, nothing where it was done
        """
        try:
            self.act(login, function)
        except (UserError, RedirectWarning) as refusal:
            return str(refusal.args[0]) or "refused without a word"
        return None

    def pass_days(self, days):
        """Let days go by; on the last one, in the morning, the jobs run."""
        self.clock.move_to(datetime.now() + timedelta(days=days))
        self.run_jobs()

    def run_jobs(self):
        """Run the jobs that the servers would."""
        for job in JOBS:
            self.act(None, lambda env, job=job: env.ref(job).method_direct_trigger())

    def look(self, statement, *values):
        """The rows of a query."""
        with self.registry.cursor() as cr:
            cr.execute(statement, values)
            return cr.fetchall()

    # The team

    def _prepare(self, env):
        """Two contact members with a sector each, a third, an organiser and a pilot; who is outside is there too."""
        ids = {}
        env["res.lang"]._activate_lang("en_US")
        env.company.write({"name": "Les Marcheurs", "email": "team@walk.example"})
        users = env["res.users"].with_context(no_reset_password=True)
        for login in (*ROLES, "eve", "admin"):
            if login == "admin":
                ids[login] = env.ref("base.user_admin").id
                continue
            values = {"name": login.title(), "login": login, "email": f"{login}@walk.example", "tz": "Europe/Paris"}
            values |= {"lang": LANGUAGES.get(login, "fr_FR"), "notification_type": "email"}
            groups = [env.ref("base.group_user").id, env.ref("base.group_partner_manager").id]
            user = users.create({**values, "group_ids": [(6, 0, groups if login == "eve" else groups[:1])]})
            ids[login] = user.id
        for login, role in ROLES.items():
            member = env["relationship.member"].create(
                {"user_id": ids[login], "role": role, "date_start": "2025-01-06", "monthly_max": 2}
            )
            ids[f"member {login}"] = member.id
        for name, login in SECTORS.items():
            member_id = login and ids[f"member {login}"]
            ids[name] = env["relationship.sector"].create({"name": name.title(), "member_id": member_id}).id
        for name, owner in zip(ORGANISATIONS, ("helene", "helene", "marc", None), strict=True):
            organisation = env["res.partner"].create(
                {
                    "name": name.title(),
                    "is_company": True,
                    "email": f"{EMAILS.get(name, name)}@walk.example",
                    "relationship_stage": "target" if owner else "candidate",
                    "relationship_owner_id": owner and ids[owner],
                }
            )
            ids[name] = organisation.id
        for name, organisation in zip(PEOPLE, ("alpha", "alpha", "beta", "gamma", None), strict=True):
            person = {
                "name": name.title(),
                "email": f"{EMAILS.get(name, name)}@walk.example",
                "parent_id": ids.get(organisation),
            }
            ids[name] = env["res.partner"].create({**person, "lang": "fr_FR"}).id
        for name in ("quarterly", "twice_a_year", "yearly"):
            if cadence := env.ref(f"shifters_relations.cadence_{name}", raise_if_not_found=False):
                ids[name] = cadence.id
        group = {"name": "Accueil", "referent_id": ids["ida"]}
        ids["group"] = env["relationship.destination"].create(group).id
        ids["joint"] = env["relationship.cooperation.kind"].search([], limit=1).id
        begin = datetime.now() + timedelta(days=40)
        event = env["event.event"].create(
            {
                "name": "Soirée",
                "is_partner_event": True,
                "date_begin": begin,
                "date_end": begin + timedelta(hours=3),
                "date_tz": "Europe/Paris",
                "seats_limited": True,
                "seats_max": 3,
                "guest_max": 1,
            }
        )
        ids["event"] = event.id
        return ids
