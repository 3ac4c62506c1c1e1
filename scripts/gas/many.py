"""The rows of many reports in one transaction: a batch with signatures of their own, and one signed root over all.

Measured where the contract has the call. Knows how a root is made and signed, see `settleRooted`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from eth_hash.auto import keccak

from escrow.abi import artifact
from escrow.calls import Call
from escrow.eip712 import digest
from escrow.events import ReportSettled
from escrow.measure.merkle import root_of
from escrow.report import compact, report_digest
from escrow.terms import deal_id_of, pack
from scripts.gas.chain import AMOUNT, GasChain, OutcomeProblem
from scripts.gas.deal import EVIDENCE, MOST_ALLOWANCE, WHOLE, GasDeal

ITEMS = 100
GAS_PER_ITEM = 300_000
"""Most that one report may use, as `settleBatch` advises."""

_ROOT_TYPEHASH = keccak(b"ReportRoot(bytes32 root)")

Deals = Sequence[GasDeal]


def measure_many(chain: GasChain) -> dict[str, int]:
    """Gas of one report of 100, rounded up. LifeProblem where not each of them was paid."""
    rows = {}
    for suffix, agencies in (("", [f"agency {item}" for item in range(ITEMS)]), ("_one_agency", ["agency"] * ITEMS)):
        with chain.undone(f"{ITEMS} deals"):
            deals = _opened(chain, agencies)
            for row, function in functions().items():
                call = chain.call(function, GAS_PER_ITEM, *_ARGUMENTS[row][1](chain, deals))
                with chain.undone(row + suffix):
                    rows[row + suffix] = -(-_settle(chain, deals, call) // ITEMS)
    return rows


def functions() -> dict[str, str]:
    """The contract's functions for these rows, by row."""
    has = {entry["name"] for entry in artifact("PerformanceEscrow").abi if entry["type"] == "function"}
    return {row: function for row, (function, _) in _ARGUMENTS.items() if function in has}


def _opened(chain: GasChain, agencies: Sequence[str]) -> Deals:
    deals = [GasDeal(chain, f"one of many {item}", agency=agency) for item, agency in enumerate(agencies)]
    for agency in sorted(set(agencies)):
        chain.mint(agency, 1)
    deals[0].approve(MOST_ALLOWANCE)
    for deal in deals:
        chain.send("client", chain.escrow.open_call(deal.terms, AMOUNT))
    return deals


def _settle(chain: GasChain, deals: Deals, call: Call) -> int:
    chain.move_clock(deals[0].report(1, WHOLE).as_of)
    moves = {chain.escrow.domain.contract: -ITEMS * AMOUNT}
    for deal in deals:
        moves[deal.terms.agency] = moves.get(deal.terms.agency, 0) + AMOUNT
    gas, receipt = chain.measure("keeper", call, chain.dollar.address, moves)
    settled = [event.deal_id for event in chain.escrow.events_of(receipt) if isinstance(event, ReportSettled)]
    if {*settled} != {deal_id_of(deal.terms, chain.escrow.domain) for deal in deals}:
        raise OutcomeProblem("the number of settled reports", len(settled), ITEMS)
    return gas


def _batch(chain: GasChain, deals: Deals) -> tuple[Any, ...]:
    return ([deal.settle_call(1, WHOLE).data for deal in deals],)


def _rooted(chain: GasChain, deals: Deals) -> tuple[Any, ...]:
    """Root, signatures of one quorum, a leaf of each report in the tree's order, no proof, and how they are joined."""
    domain = chain.escrow.domain
    reports = [(deal, deal.report(1, WHOLE)) for deal in deals]
    hashes = {keccak(keccak(report_digest(report, domain))): (deal, report) for deal, report in reports}
    root = root_of(list(hashes))
    signatures = deals[0].sign(digest(keccak(_ROOT_TYPEHASH + root), domain))
    leaves = [
        (pack(deal.terms), report.as_of, report.value, bytes.fromhex(EVIDENCE))
        for _, (deal, report) in sorted(hashes.items(), key=lambda item: item[0])
    ]
    return root, [compact(signature) for signature in signatures], leaves, [], [True] * (len(leaves) - 1)


_ARGUMENTS: dict[str, tuple[str, Callable[[GasChain, Deals], tuple[Any, ...]]]] = {
    "batch_100_item": ("settleBatch", _batch),
    "rooted_100_item": ("settleRooted", _rooted),
}
"""Of each row: its function, and what that takes after the gas per item."""
