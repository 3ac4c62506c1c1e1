"""The agreement on what is measured: its document, its model, and whether it fits a deal's terms."""

from escrow.agreement.fit import check_against_terms, check_dates, period_start, report_times
from escrow.agreement.metric import Method
from escrow.agreement.model import Agreement, Flight, ReportsAt, ReportsEveryPeriod, Role, Source
from escrow.agreement.parse import agreement_bytes, agreement_hash, parse_agreement
from escrow.agreement.reason import Reason
from escrow.agreement.schema import schema

__all__ = [
    "Agreement",
    "Flight",
    "Method",
    "Reason",
    "ReportsAt",
    "ReportsEveryPeriod",
    "Role",
    "Source",
    "agreement_bytes",
    "agreement_hash",
    "check_against_terms",
    "check_dates",
    "parse_agreement",
    "period_start",
    "report_times",
    "schema",
]
