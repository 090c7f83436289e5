from . import committee_report, preparation_report
