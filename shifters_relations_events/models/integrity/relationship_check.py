from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.shifters_relations.models.integrity.relationship_check import Invariant
from odoo.tools import SQL

from ..event.event_invitation import TAKEN_STATES

SEATING_PERIOD = timedelta(minutes=15)
TAKES_PLACE = SQL("event.is_partner_event AND event.active AND event.kanban_state IS DISTINCT FROM 'cancel'")
TAKEN_SEATS = SQL(
    "(SELECT count(*) FROM event_registration AS seat WHERE seat.invitation_id = invitation.id AND seat.state IN %s)",
    TAKEN_STATES,
)


class RelationshipCheck(models.TransientModel):
    """What must be true of partner events: seats, answers, and what was made of them (E4, E6)."""

    _inherit = "relationship.check"

    @api.model
    def _get_invariants(self):
        return [
            *super()._get_invariants(),
            *self._get_event_invariants(),
            *self._get_public_invariants(),
            self._get_survey_invariant(),
        ]

    @api.model
    def _get_survey_invariant(self):
        """Return what must be true of what the team says, which nothing ties to the members who said it (Y2)."""
        return Invariant(
            self.env._("A survey of the team holds an answer for each member who has answered."),
            "relationship.survey",
            SQL(
                """
                SELECT survey.id
                  FROM relationship_survey AS survey
                 WHERE survey.audience = 'team' AND COALESCE(jsonb_array_length(survey.said), 0) < (
                       SELECT count(*) FROM relationship_survey_answer AS answer
                        WHERE answer.survey_id = survey.id AND answer.is_answered
                       )
                """
            ),
        )

    @api.model
    def _get_public_invariants(self):
        """Return what must be true of what partners tell, and of what anybody may see of them (N1, N4)."""
        return [
            Invariant(
                self.env._("What several calendars tell is one event, told first by one that is still shown."),
                "relationship.calendar.entry",
                SQL(
                    """
                    SELECT entry.id
                      FROM relationship_calendar_entry AS entry
                      JOIN relationship_calendar_entry AS line ON line.id = entry.same_id
                 LEFT JOIN relationship_calendar_feed AS own_feed ON own_feed.id = entry.feed_id
                 LEFT JOIN relationship_calendar_feed AS feed ON feed.id = line.feed_id
                 LEFT JOIN res_partner AS own_organisation ON own_organisation.id = entry.partner_id
                 LEFT JOIN res_partner AS organisation ON organisation.id = line.partner_id
                     WHERE entry.active AND own_feed.active IS NOT FALSE AND own_organisation.active IS NOT FALSE
                       AND (line.same_id IS NOT NULL OR NOT line.active
                            OR feed.active IS FALSE OR organisation.active IS FALSE)
                    """
                ),
                "_find_same",
            ),
            Invariant(
                self.env._("A correction of the directory waits as long as there is something to read in it."),
                "relationship.directory.card",
                SQL(
                    """
                    SELECT card.id
                      FROM relationship_directory_card AS card
                     WHERE (card.corrected_on IS NOT NULL) <> EXISTS (
                           SELECT FROM relationship_directory_correction AS line
                            WHERE line.card_id = card.id AND line.state = 'pending'
                           )
                    """
                ),
                "_mend_review",
            ),
        ]

    @api.model
    def _get_event_invariants(self):
        """Return what must be true of seats and answers; a job gives seats within five minutes."""
        return [
            Invariant(
                self.env._("A partner event has no more seats taken than there are."),
                "event.event",
                SQL(
                    """
                    SELECT event.id
                      FROM event_event AS event
                      JOIN event_registration AS seat ON seat.event_id = event.id AND seat.state IN %s
                     WHERE %s AND event.seats_limited AND event.seats_max > 0
                  GROUP BY event.id
                    HAVING count(*) > event.seats_max
                    """,
                    TAKEN_STATES,
                    TAKES_PLACE,
                ),
            ),
            Invariant(
                self.env._("Who comes has taken a seat, and one for each guest."),
                "event.invitation",
                SQL(
                    """
                    SELECT invitation.id
                      FROM event_invitation AS invitation
                      JOIN event_event AS event ON event.id = invitation.event_id
                     WHERE %s AND invitation.state = 'accepted' AND %s <> 1 + coalesce(invitation.guest_count, 0)
                    """,
                    TAKES_PLACE,
                    TAKEN_SEATS,
                ),
            ),
            Invariant(
                self.env._("Who does not come, or waits, keeps no seat from anybody."),
                "event.invitation",
                SQL(
                    """
                    SELECT DISTINCT invitation.id
                      FROM event_invitation AS invitation
                      JOIN event_registration AS seat ON seat.invitation_id = invitation.id AND seat.state = 'open'
                     WHERE invitation.state <> 'accepted'
                    """
                ),
            ),
            Invariant(
                self.env._("A yes has a seat or a place in the queue within minutes."),
                "event.invitation",
                SQL(
                    """
                    SELECT invitation.id
                      FROM event_invitation AS invitation
                      JOIN event_event AS event ON event.id = invitation.event_id
                     WHERE %s
                       AND invitation.answer = 'yes'
                       AND invitation.state NOT IN ('accepted', 'waiting', 'cancelled')
                       AND invitation.answered_on < %s
                    """,
                    TAKES_PLACE,
                    fields.Datetime.now() - SEATING_PERIOD,
                ),
            ),
            Invariant(
                self.env._("An invitation tells how many were there, as the desk noted it."),
                "event.invitation",
                SQL(
                    """
                    SELECT invitation.id
                      FROM event_invitation AS invitation
                     WHERE coalesce(present_count, 0) <> (
                           SELECT count(*) FROM event_registration AS seat
                            WHERE seat.invitation_id = invitation.id AND seat.state = 'done'
                           )
                    """
                ),
                "_derive_present_count",
            ),
            Invariant(
                self.env._("An organisation that came has one synthesis of the event to finish, not two."),
                "relationship.synthesis",
                SQL(
                    """
                    SELECT synthesis.id
                      FROM relationship_synthesis AS synthesis
                     WHERE state = 'draft' AND EXISTS (
                           SELECT FROM relationship_synthesis AS first
                            WHERE (first.event_id, first.partner_id) = (synthesis.event_id, synthesis.partner_id)
                              AND first.id < synthesis.id
                           )
                    """
                ),
            ),
        ]
