from contextlib import contextmanager

from markupsafe import Markup
from odoo import models
from odoo.tools import format_date

LOGGED_VALUES = ("partner_id", "date", "channel", "state")
UNLOGGED_FIELDS = {"folded_text", "activity_id", "calendar_event_id", "message_follower_ids", "message_ids"}


class RelationshipSynthesis(models.Model):
    """A mistake is mended with a trace of who and when (S7), in the conversation beside the synthesis.

    What is posted or attached there belongs to the shared part.
    """

    _name = "relationship.synthesis"
    _inherit = ["relationship.synthesis", "mail.thread"]
    _mail_post_access = "read"

    @contextmanager
    def _logging_corrections(self, vals):
        """Log what these values change in validated syntheses, once all that follows from them is done.

        :param dict vals: what is being written
        """
        names = [
            name
            for name in vals
            if name in self._fields
            and self._fields[name].store
            and name not in UNLOGGED_FIELDS
            and not name.startswith("mes")
        ]
        before = {synthesis: {name: synthesis[name] for name in names} for synthesis in self}
        yield
        if names and self:
            self._log_corrections(before)

    def _log_corrections(self, before):
        """Log what was changed in validated syntheses: both values of the facts, the names of the texts.

        :param dict before: for each synthesis, the former values by field name
        """
        bodies = {}
        for synthesis in self:
            changed = [name for name, value in before[synthesis].items() if synthesis[name] != value]
            lines = [synthesis._describe_correction(name, before[synthesis][name]) for name in changed]
            if lines:
                bodies[synthesis.id] = Markup("%s<ul>%s</ul>") % (
                    self.env._("Corrected:"),
                    Markup("").join(Markup("<li>%s</li>") % line for line in lines),
                )
        if bodies:
            self._message_log_batch(bodies)

    def _describe_correction(self, name, former):
        field = self._fields[name]
        label = field._description_string(self.env)
        if name not in LOGGED_VALUES:
            return label

        def words(value):
            if field.type == "date":
                return format_date(self.env, value)
            if field.type == "selection":
                return dict(field._description_selection(self.env))[value]
            return value.display_name

        return Markup("%s: %s → %s") % (label, words(former), words(self[name]))
