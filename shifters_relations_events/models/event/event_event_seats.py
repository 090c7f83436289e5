import logging
import random
import threading
import time
from collections import defaultdict
from functools import partial

import psycopg2
import psycopg2.pool
from odoo import SUPERUSER_ID, api, fields, models
from odoo.modules.registry import Registry
from odoo.tools import SQL

from .event_invitation import TAKEN_STATES

_logger = logging.getLogger(__name__)

# Events of this process whose seats are being given, and those that have more to be given.
_locks = defaultdict(threading.Lock)
_pending = set()

MAX_TRIES = 8


class EventEvent(models.Model):
    """Seats, given in the order of the answers and never over capacity, whoever answers at once (E4).

    An answer is stored on the invitee's own row and committed; seats are given after it, by one
    function, in a transaction of its own that takes and writes the event's row.
    """

    _inherit = "event.event"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_seat_soon(self):
        """Give seats once this transaction is committed; a job does, should the server end before."""
        for event in self.filtered("is_partner_event"):
            self.env.cr.postcommit.add(
                partial(self._relationship_seat_in_own_transaction, self.env.cr.dbname, event.id)
            )

    @staticmethod
    def _relationship_seat_in_own_transaction(database, event_id):
        """Give seats in a transaction of its own, one at a time in this process.

        Who finds another at it leaves word that there is more to seat, and goes: a hundred answers
        at once hold one connection more, not a hundred. Calling the job for each answer would open one each,
        to wake the scheduler up, and pages would fail where the pool has none left.
        """
        key = (database, event_id)
        lock = _locks[key]
        _pending.add(key)
        while key in _pending and lock.acquire(blocking=False):
            try:
                while key in _pending:
                    _pending.discard(key)
                    EventEvent._relationship_seat_with_patience(database, event_id)
            finally:
                lock.release()

    @staticmethod
    def _relationship_seat_with_patience(database, event_id):
        """Try until the event's row is free; a new transaction for each try, since a snapshot grows old."""
        for attempt in range(MAX_TRIES):
            try:
                with Registry(database).cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    if env["event.event"].browse(event_id)._relationship_try_seat():
                        return
            except (psycopg2.OperationalError, psycopg2.pool.PoolError) as busy:
                _logger.info("Event %s is busy, its seats are given in a moment: %s", event_id, busy)
            time.sleep(random.uniform(0.02, 0.08) * (attempt + 1))
        _logger.warning("The seats of event %s are left to the job that gives them.", event_id)

    def _relationship_try_seat(self):
        """Lock this event, write it so that older snapshots fail, and give seats.

        :return: whether it was free to be locked
        """
        self.ensure_one()
        if not self.try_lock_for_update():
            return not self.exists()
        if self._relationship_is_over_or_cancelled():
            return True
        self._relationship_take_turn()
        self._relationship_seat_invitations()
        return True

    @api.model
    def _cron_seat(self):
        """Seat those whom nobody seated: a server was killed, or too many people answered at once."""
        answered = self.env["event.invitation"]._read_group(
            [("answer", "=", "yes"), ("state", "!=", "cancelled"), ("event_id.date_end", ">=", fields.Datetime.now())],
            ["event_id"],
        )
        events = self.union(*(event for (event,) in answered if event._relationship_has_to_seat()))
        self.env["ir.cron"]._relationship_for_each(events, lambda event: event._relationship_try_seat())

    def _relationship_get_queue(self):
        """Return who answered yes and has not exactly the seats asked for.

        First those who give seats back, then those who wait, in the order of answers; who sits and
        wants one more seat comes after them. Who waits and may not be written to is passed over, and
        keeps her place.
        """
        self.ensure_one()
        self.env["event.invitation"].flush_model(["event_id", "answer", "state", "guest_count", "answer_number"])
        self.env["event.registration"].flush_model(["state", "invitation_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT invitation.id
                  FROM event_invitation AS invitation
            CROSS JOIN LATERAL (
                       SELECT count(*) AS taken
                         FROM event_registration AS seat
                        WHERE seat.invitation_id = invitation.id AND seat.state IN %s
                       ) AS seats
                 WHERE event_id = %s AND answer = 'yes' AND state <> 'cancelled'
                   AND (state <> 'accepted' OR coalesce(guest_count, 0) + 1 <> taken)
              ORDER BY state = 'accepted' AND taken > coalesce(guest_count, 0) + 1 DESC,
                       state = 'accepted',
                       answer_number
                """,
                TAKEN_STATES,
                self.id,
            )
        )
        queue = self.env["event.invitation"].browse(invitation_id for (invitation_id,) in rows)
        waiting = queue.filtered(lambda invitation: invitation.state == "waiting")
        return queue - (waiting - waiting._filter_writable())

    def _relationship_has_to_seat(self):
        """Return whether giving seats would change anything."""
        if self._relationship_is_over_or_cancelled():
            return False
        queue = self._relationship_get_queue()
        waiting = queue.filtered(lambda invitation: invitation.state == "waiting")
        free = self._relationship_get_free_seats()
        return queue != waiting or any(free is None or 1 + first.guest_count <= free for first in waiting[:1])

    def _relationship_get_free_seats(self):
        """Return how many seats are free, counted in the database; None without a limit."""
        self.ensure_one()
        if not self.seats_limited or not self.seats_max:
            return None
        taken = self.env["event.registration"].search_count([("event_id", "=", self.id), ("state", "in", TAKEN_STATES)])
        return max(self.seats_max - taken, 0)

    def _relationship_seat_invitations(self):
        """Give seats in the order of answers: who does not fit waits whole, and nobody overtakes (E4)."""
        self.ensure_one()
        queue = self._relationship_get_queue()
        if not queue:
            return
        queue = queue.with_context(lang=self._relationship_get_default_language())
        # Who changes her mind at this moment begins again, and gives back what she gets here.
        self.env.cr.execute("SELECT id FROM event_invitation WHERE id IN %s FOR UPDATE", [tuple(queue.ids)])
        free = self._relationship_get_free_seats()
        is_full, seats, promoted = False, [], self.env["event.invitation"]
        for invitation in queue:
            taken = invitation._count_taken()
            missing = 1 + invitation.guest_count - taken
            if taken and missing < 0:
                spare = invitation.registration_ids.filtered(lambda seat: seat.state == "open").sorted("id")[missing:]
                spare.action_cancel()
                free = None if free is None else free + len(spare)
            elif missing and not is_full and (free is None or missing <= free):
                seats += invitation._prepare_seats(missing)
                promoted |= invitation.filtered(lambda each: each.state == "waiting")
                free = None if free is None else free - missing
            elif taken:
                invitation.guest_count = taken - 1  # no room for more guests: the seats taken stay taken
            else:
                is_full = True
            state = "waiting" if missing > 0 and not taken and is_full else "accepted"
            if invitation.state != state:
                invitation.state = state
        # What a log would say of a seat that nobody makes is said by the answer, and by the day of both.
        self.env["event.registration"].with_context(mail_create_nolog=True, mail_notrack=True).create(seats)
        promoted._send_promotion()
