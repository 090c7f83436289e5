from markupsafe import Markup
from odoo import models

from ...tools import format_day


class RelationshipSynthesis(models.Model):
    """Who keeps an organisation learns, once, what somebody else has validated about it.

    A message with a link and no word of the synthesis, as it may leave by mail. Nothing is said to who
    wrote or validated it, nor to who has left; what the server files by itself tells nobody.
    """

    _inherit = "relationship.synthesis"  # pylint: disable=consider-merging-classes-inherited

    def _notify_owners(self):
        """Send each owner one message about all of these that others wrote and that were not notified yet."""
        if self.env.su:
            return
        others = self.sudo().filtered(
            lambda each: each.partner_id.relationship_owner_id not in (each.author_id | self.env.user)
        )
        others = others.filtered("partner_id.relationship_owner_id")
        if not others:
            return
        members = self.env["res.partner"]._relationship_get_current_members()
        notified = others._get_notified_owners()
        for owner, syntheses in others.grouped(lambda each: each.partner_id.relationship_owner_id).items():
            if owner not in members:
                continue
            readable = syntheses.partner_id._relationship_filter_readable(owner)
            unnotified = syntheses.filtered(
                lambda each, owner=owner, readable=readable: (
                    each.partner_id in readable and (each.id, owner.partner_id.id) not in notified
                )
            )
            if unnotified:
                unnotified._notify_owner(owner)

    def _get_notified_owners(self):
        """Return who has been notified of which: set of (synthesis, partner) ids, read from the messages themselves."""
        messages = self.env["mail.message"].sudo()
        messages = messages.search_fetch(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", self.partner_id.relationship_owner_id.partner_id.ids),
            ],
            ["res_id", "partner_ids"],
        )
        return {(message.res_id, partner.id) for message in messages for partner in message.partner_ids}

    def _notify_owner(self, owner):
        """Notify an owner in her language; about one synthesis, with a message of that synthesis."""
        me = self.with_context(lang=owner.partner_id._relationship_get_lang())
        channels = dict(me._fields["channel"]._description_selection(me.env))
        subject = (
            me.env._(
                "%(author)s wrote the synthesis of a contact with %(organisation)s",
                author=me.author_partner_id.name,
                organisation=me.partner_id.name,
            )
            if len(me) == 1
            else me.env._("Syntheses of contacts with your organisations: %(count)s", count=len(me))
        )
        items = Markup("").join(
            Markup('<li><a href="%s/odoo/syntheses/%s">%s</a></li>')
            % (
                self.browse().get_base_url(),
                each.id,
                f"{each.partner_id.name} · {channels[each.channel].lower()} · {format_day(me.env, each.date)}"
                f" · {each.author_partner_id.name}",
            )
            for each in me
        )
        thread, record = me.env["mail.thread"], {}
        if len(me) == 1:
            thread, record = me, {"model": me._name, "res_id": me.id}
        thread.message_notify(
            **record,
            partner_ids=owner.partner_id.ids,
            subject=subject,
            body=Markup("<p>%s</p><ul>%s</ul>") % (subject, items),
            author_id=self.env.user.partner_id.id,
            email_layout_xmlid="shifters_relations.mail_layout",
        )
