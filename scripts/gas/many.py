"""The rows of many reports in one transaction: a batch with signatures of their own, and one signed root over all.

Knows neither trees nor calldata: those are escrow's.
"""

from collections.abc import Callable, Sequence

from escrow.calls import Call
from escrow.events import ReportSettled
from escrow.report_tree import ReportTree
from escrow.terms import deal_id_of
from scripts.gas.chain import AMOUNT, GasChain, OutcomeProblem
from scripts.gas.deal import MOST_ALLOWANCE, WHOLE, GasDeal

ITEMS = 100
GAS_PER_ITEM = 300_000
"""Most that one report may use, as `settleBatch` advises."""

Deals = Sequence[GasDeal]


def measure_many(chain: GasChain) -> dict[str, int]:
    """Gas of one report of 100, rounded up. LifeProblem where not each of them was paid."""
    rows = {}
    for suffix, agencies in (("", [f"agency {item}" for item in range(ITEMS)]), ("_one_agency", ["agency"] * ITEMS)):
        with chain.undone(f"{ITEMS} deals"):
            deals = _opened(chain, agencies)
            for row, call in CALLS.items():
                with chain.undone(row + suffix):
                    rows[row + suffix] = -(-_settle(chain, deals, call(chain, deals)) // ITEMS)
    return rows


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


def _batch(chain: GasChain, deals: Deals) -> Call:
    return chain.escrow.settle_batch_call(GAS_PER_ITEM, [deal.settle_call(1, WHOLE) for deal in deals])


def _rooted(chain: GasChain, deals: Deals) -> Call:
    terms = {deal.report(1, WHOLE): deal.terms for deal in deals}
    tree = ReportTree(terms, chain.escrow.domain)
    return chain.escrow.settle_rooted_call(GAS_PER_ITEM, tree, deals[0].sign(tree.digest), terms)


CALLS: dict[str, Callable[[GasChain, Deals], Call]] = {"batch_100_item": _batch, "rooted_100_item": _rooted}
"""Of each row: one transaction that settles all deals."""
