from odoo import api, models

from ..tools import format_moment


class CommitteeReport(models.AbstractModel):
    """The agenda of a committee's meeting on paper, as it is kept once the meeting has begun (V1)."""

    _name = "report.shifters_relations.committee_agenda_page"
    _description = "Agenda of a Committee"

    @api.model
    def _get_report_values(self, docids, data=None):
        meetings = self.env["calendar.event"].browse(docids)
        meetings.check_access("read")
        for meeting in meetings:
            meeting._relationship_check_of_committee()
        meetings._relationship_keep_agenda()
        return {"doc_ids": docids, "doc_model": meetings._name, "docs": meetings, "say_when": self._say_when}

    @api.model
    def _say_when(self, meeting):
        """Return the day and the hour where the committee is followed, whose time zone is named if it is not ours."""
        ours = self.env.company.partner_id.tz or "Europe/Paris"
        tz = meeting.relationship_committee_id.user_id.tz or ours
        moment = format_moment(self.env, meeting.start, tz)
        return moment if tz == ours else f"{moment} ({tz})"
