from markupsafe import Markup
from odoo import api, models
from odoo.exceptions import AccessError

from ...groups import MEMBERS, ORGANISERS
from ...tools import format_day


class ResPartner(models.Model):
    """What takes a target out of the loop: an organiser does it, knowing what goes with it, and its owner is told.

    Archiving it, another stage, and *do not contact* cancel its next contact. The last one is noted
    by any member, for who asks for silence is heard at once.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_filter_targets(self):
        """Return those that only an organiser takes out: targets, also those that want no contact for now."""
        return self.sudo().filtered(lambda partner: partner.active and partner.relationship_stage == "target")

    def _relationship_get_kept(self):
        """Return those of these that are in the loop, and who keeps them: users by organisation."""
        return {
            partner: partner.relationship_owner_id
            for partner in self._relationship_filter_targets()
            if not partner.relationship_no_contact
        }

    def _relationship_take_out(self, targets, kept):
        """Check who takes organisations out of the loop, and notify those who keep them.

        What the server does by itself, as forgetting somebody, is told by who asked for it.

        :param targets: those that were targets, silent or not
        :param dict kept: the owners of those that were in the loop
        :raise AccessError: a contact member does what an organiser decides
        """
        if self.env.su:
            return
        is_organiser = self.env.user.has_group(ORGANISERS)
        decided = targets - targets._relationship_filter_targets()
        decided.with_env(self.env)._relationship_check_may_take_out()
        still = self._relationship_get_kept()
        left = self.browse().union(*(partner for partner in kept if partner not in still)).with_env(self.env)
        if not left:
            return
        owners = {partner: kept[partner.sudo()] for partner in left}
        pilots = self.env["res.users"] if is_organiser else self.env["relationship.member"]._get_heirs()
        left._relationship_notify_left(owners, pilots)

    def _relationship_check_may_take_out(self):
        """Refuse an organiser's decision to others.

        :raise AccessError: names the first of these and whom to ask
        """
        if self and not self.env.user.has_group(ORGANISERS):
            raise AccessError(
                self.env._(
                    "%(name)s is a target: only an organiser takes it out of the loop. Ask %(names)s.",
                    name=self[0].display_name,
                    names=self.env["relationship.member"]._get_organiser_names(),
                )
            )

    def _relationship_notify_left(self, owners, others):
        """Notify each person whose organisations left the loop, and others of all of them, in one message each.

        :param dict owners: who kept each
        :param others: users
        """
        members = self._relationship_get_current_members()
        concerned = dict.fromkeys(others.sudo(), self)
        for partner, owner in owners.items():
            concerned.setdefault(owner, self.browse())
            concerned[owner] |= partner
        for user, theirs in concerned.items():
            if user not in members or user == self.env.user:
                continue
            partners = theirs._relationship_filter_readable(user)
            if not partners:
                continue
            env = self.with_context(lang=user.partner_id._relationship_get_lang()).env
            said = env._(
                "%(who)s took organisations out of the loop, no next contact is planned: %(count)s.",
                who=self.env.user.name,
                count=len(partners),
            )
            items = Markup("").join(
                Markup('<li><a href="%s/odoo/organisations/%s">%s</a></li>')
                % (self.browse().get_base_url(), partner.id, partner.sudo().name)
                for partner in partners
            )
            env["mail.thread"].sudo().message_notify(
                partner_ids=user.partner_id.ids,
                subject=said,
                body=Markup("<p>%s</p><ul>%s</ul>") % (said, items),
                author_id=self.env.user.partner_id.id,
                email_layout_xmlid="shifters_relations.mail_layout",
            )

    # Before it is done

    @api.onchange("relationship_stage", "relationship_no_contact")
    def _onchange_relationship_leaving(self):
        """Say what goes with a target that leaves the loop, while nothing is saved."""
        stays = self.relationship_stage == "target" and not self.relationship_no_contact
        if stays or not self._origin._relationship_get_kept():
            return None
        back = (
            self.env._("Nothing is saved yet: untick “Do not contact” to go back.")
            if self.relationship_stage == "target"
            else self.env._("Nothing is saved yet: choose the stage “Target” again to go back.")
        )
        return {
            "warning": {
                "title": self.env._("When you save"),
                "message": f"{self._origin._relationship_say_leaving()} {back}",
            }
        }

    @api.readonly
    def relationship_get_leaving_sentence(self):
        """Return what is said before these are archived; False outside the loop, or to strangers.

        :raise AccessError: a contact member hears at once that an organiser decides it
        """
        if not self.env.user.has_group(MEMBERS):
            return False
        self.check_access("read")
        kept = self.browse().union(*self._relationship_get_kept()).with_env(self.env)
        self._relationship_filter_targets().with_env(self.env)._relationship_check_may_take_out()
        return kept._relationship_say_leaving() if kept else False

    def _relationship_say_leaving(self):
        """Return what is cancelled, what stays to be done, and who is notified, when these leave the loop."""
        owners = self.sudo().relationship_owner_id - self.env.user
        if len(self) == 1:
            date = self.relationship_next_contact_date
            sentences = [
                self.env._(
                    "%(name)s is a target: its next contact of %(date)s will be cancelled, and no other planned.",
                    name=self.display_name,
                    date=format_day(self.env, date),
                )
                if date
                else self.env._("%(name)s is a target: no contact will be planned any more.", name=self.display_name)
            ]
        else:
            sentences = [
                self.env._(
                    "%(count)s targets: their next contacts will be cancelled, and no other planned.",
                    count=len(self),
                )
            ]
        promises = len(self._relationship_get_promises())
        cooperations = self.env["relationship.cooperation"].search_count(
            [("partner_ids", "in", self.ids), ("stage", "not in", ("done", "dropped"))]
        )
        if promises:
            sentences.append(self.env._("Promised and not done yet: %(count)s.", count=promises))
        if cooperations:
            sentences.append(self.env._("Open cooperations: %(count)s.", count=cooperations))
        if owners:
            sentences.append(self.env._("Notified: %(names)s.", names=", ".join(owners.mapped("name"))))
        return " ".join(sentences)

    @api.ondelete(at_uninstall=False)
    def _unlink_notify_owners(self):
        """Notify who keeps an organisation that is deleted."""
        if self.env.su:
            return
        kept = self._relationship_filter_known()._relationship_get_kept()
        if kept:
            left = self.browse().union(*kept).with_env(self.env)
            left._relationship_notify_left({partner: kept[partner.sudo()] for partner in left}, self.env["res.users"])
