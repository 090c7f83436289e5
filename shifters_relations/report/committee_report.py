from odoo import api, models

from ..tools import format_moment, get_reader_tz


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
        """Return the day and the hour where the reader is; the time zone is named if others there have another hour."""
        if meeting.allday:
            return format_moment(self.env, meeting.start, "UTC", with_hour=False)
        ours = self.env.company.partner_id.tz or "Europe/Paris"
        tz = get_reader_tz(self.env, ours)
        theirs = {ours, *filter(None, meeting.sudo().partner_ids.mapped("tz"))}
        moment = format_moment(self.env, meeting.start, tz)
        is_same = all(format_moment(self.env, meeting.start, each) == moment for each in theirs)
        return moment if is_same else f"{moment} ({tz})"
