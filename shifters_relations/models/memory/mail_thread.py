import logging
import re

from odoo import api, models

from ...emails import base_of, split_emails
from ...mail_reading import find_unreadable, get_all, is_refused, mend_charsets, why_not

_logger = logging.getLogger(__name__)

MODEL = "relationship.synthesis"
RECIPIENTS = ("To", "Cc", "Delivered-To", "Resent-To", "Resent-Cc")
# Where mail servers write whom a mail was really for; Odoo reads none of these.
ENVELOPE = ("X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "X-Forwarded-To")
RECEIVED_FOR = re.compile(r"\bfor\s+(<[^<>\s]+>)", re.IGNORECASE)  # the same, by servers that write no more than that


class MailThread(models.AbstractModel):
    """What comes in by mail at an address of the syntheses makes drafts, and never a message (P2).

    Nothing is posted, nobody follows, nobody is answered but the member herself. What is not from a member of
    today, or not sent by a person, is left where it is: noted in the server's log, and not answered.
    """

    _inherit = "mail.thread"

    @api.model
    @api.private
    def message_parse(self, message, save_original=False):
        """Extend core: what a member logs is not lost for the name of a charset that nobody knows."""
        unreadable = find_unreadable(message)
        addressed = _find_emails(message, RECIPIENTS) | _find_envelope(message) if unreadable else ()
        if addressed and self._relationship_get_logging_aliases(addressed):
            mend_charsets(unreadable)
        return super().message_parse(message, save_original)

    @api.model
    @api.private
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Extend core: in blind copy the envelope alone names the address; in copy of an answer, it counts too."""
        known = set(split_emails(message_dict.get("recipients")))
        addressed = known | _find_envelope(message)
        further = {*addressed, *map(base_of, addressed)} - known
        hidden = further and set(self._relationship_get_logging_aliases(further).mapped("alias_full_name")) - known
        if hidden:
            message_dict["recipients"] = ",".join(filter(None, (message_dict.get("recipients"), *hidden)))
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        if not any(route[0] == MODEL for route in routes) and any(route[1] and not route[4] for route in routes):
            alias = self._relationship_get_logging_aliases(addressed)[:1]
            route = alias and self._routing_check_route(message, message_dict, (MODEL, 0, None, self.env.uid, alias))
            routes = [*routes, route] if route else routes
        return routes

    def _routing_check_route(self, message, message_dict, route, raise_exception=True):
        """Extend core: only what a member sends herself goes to the syntheses; anything else goes nowhere, silently."""
        is_logging = route[0] == MODEL and (route[4] or not route[1])
        if not is_logging:
            return super()._routing_check_route(message, message_dict, route, raise_exception)
        member, reason = self._relationship_find_logger(message, message_dict)
        if reason:
            _logger.info(
                "Mail %s from %s makes no draft: %s", message_dict["message_id"], message_dict["email_from"], reason
            )
            return ()
        return (MODEL, 0, route[2], member.user_id.id, route[4])

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Extend core: what is logged is no message."""
        logged = [route for route in routes or () if route[0] == MODEL and not route[1]]
        if not logged:
            return super()._message_route_process(message, message_dict, routes)
        others = [route for route in routes if route not in logged]
        thread_id = super()._message_route_process(message, dict(message_dict), others) if others else False
        syntheses = self.env[MODEL].with_user(logged[0][3]).sudo()
        made = syntheses.message_new({**message_dict, "relationship_message": message})
        return thread_id or made.id

    @api.model
    def _relationship_find_logger(self, message, message_dict):
        """Return the member who sent a mail to be logged, or why it is none.

        :return: (member, reason), one of them empty
        """
        reason = why_not(message)
        if reason:
            return None, reason
        trusted = self.env["ir.config_parameter"].sudo().get_param("shifters_relations.mail_authserv_id", "")
        if is_refused(message, trusted.strip()):
            return None, "its sender is forged, as the mail server found"
        member = self.env["relationship.member"]._find_by_email(message_dict["email_from"])
        if not member:
            return None, "not from one current member"
        if member._is_flooded():
            return None, "its sender has logged too many today"
        user = self.env.user
        if not (self.env.su or user == member.user_id or user.has_group("base.group_system")):
            return None, "brought by an account that may not"
        return member, ""

    @api.model
    def _relationship_get_logging_aliases(self, emails):
        """Return those of the addresses of the syntheses that are among these, with "+tag" or without."""
        named = ("alias_full_name", "in", sorted({*emails, *map(base_of, emails)}))
        return self.env["mail.alias"].sudo().search([("alias_model_id.model", "=", MODEL), named])


def _find_envelope(message):
    """Return whom servers wrote that a mail was really for."""
    received = [address for value in get_all(message, "Received") for address in RECEIVED_FOR.findall(value)]
    return _find_emails(message, ENVELOPE) | {email for address in received for email in split_emails(address)}


def _find_emails(message, names):
    return {email for name in names for value in get_all(message, name) for email in split_emails(value)}
