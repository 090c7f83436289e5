from . import preparation_report
