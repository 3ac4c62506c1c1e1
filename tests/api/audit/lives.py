"""A deal on the chain in memory, with documents and events at oracles: sound by default, to be damaged by tests."""

from escrow.agreement import parse_agreement
from escrow.events import ReportSettled, ReportWaits
from escrow.measure import export_lines
from tests.api.events import committee_events
from tests.api.fake_oracle import FakeOracle
from tests.api.served import Served
from tests.escrow.verify.life import Life


def mine(served: Served, life: Life) -> None:
    """The committee and all that happened to the deal, a transaction each."""
    served.mine_all([committee_events(), *([event] for event in life.chain)])


def publish(oracle: FakeOracle, life: Life) -> None:
    """All that an honest oracle has of the deal."""
    assert life.agreement is not None
    for document in (life.agreement, *life.bundles.values()):
        oracle.put(document)
    publish_events(oracle, life)


def publish_events(oracle: FakeOracle, life: Life) -> None:
    """Those of the calls at hand, for each report."""
    agreement = parse_agreement(life.document)
    for report in life.chain:
        if isinstance(report, ReportSettled | ReportWaits):
            lines = export_lines(agreement, life.calls_at_hand or (), report.as_of)
            oracle.answers[f"/events/{life.deal_id}/{report.as_of}"] = b"\n".join(lines)
