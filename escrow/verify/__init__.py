"""An auditor's recomputation of a deal: chain + documents + events → the same payments, or the first difference."""

from escrow.verify.replay import verify_deal
from escrow.verify.verdict import EQUAL, Difference, ReportVerdict, Verdict

__all__ = ["EQUAL", "Difference", "ReportVerdict", "Verdict", "verify_deal"]
