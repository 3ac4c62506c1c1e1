"""The rows of single deals: each lives its whole life alone, beside the deals that the contract holds anyway."""

from collections.abc import Callable

from escrow.ids import ZERO_ADDRESS
from scripts.gas.chain import AMOUNT, GasChain
from scripts.gas.deal import MOST_ALLOWANCE, PERIODS, WHOLE, GasDeal, steps

Rows = dict[str, int]
"""Gas by the row's name."""

HALF = WHOLE // 2


def measure_lives(chain: GasChain) -> Rows:
    """LifeProblem where a transaction does not do what its row is about."""
    rows: Rows = {}
    for live in LIVES:
        with chain.undone(live.__name__.strip("_").replace("_", " ")):
            rows |= live(chain)
    return rows


def _settled(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "settled")
    approve, opened, settle = deal.approve(), deal.open(), deal.settle(1, WHOLE, pays=AMOUNT)
    return {
        "approve": approve,
        "open": opened,
        "settle_2of3_warm": settle,
        "lifecycle_2of3_warm": approve + opened + settle,
    }


def _settled_to_newcomer(chain: GasChain) -> Rows:
    """The agency has no tokens before."""
    deal = GasDeal(chain, "settled to a newcomer", agency="newcomer")
    before = deal.approve() + deal.open()
    settle = deal.settle(1, WHOLE, pays=AMOUNT)
    return {"settle_2of3_cold": settle, "lifecycle_2of3_cold": before + settle}


def _opened_by_permit(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "opened by permit")
    opened, settle = deal.open_with_permit(), deal.settle(1, WHOLE, pays=AMOUNT)
    return {"open_with_permit": opened, "lifecycle_permit_2of3_warm": opened + settle}


def _refunded(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "refunded")
    before, refund = deal.approve() + deal.open(), deal.refund()
    return {"refund": refund, "lifecycle_refund": before + refund}


def _partly_refunded(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "partly refunded")
    before = deal.approve() + deal.open() + deal.settle(1, HALF, pays=AMOUNT // 2)
    return {"lifecycle_part_and_refund": before + deal.refund(AMOUNT // 2)}


def _settled_by_three(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "settled by three", committee="3 of 5")
    deal.approve()
    deal.open()
    return {"settle_3of5_warm": deal.settle(1, WHOLE, pays=AMOUNT)}


def _in_four_steps(chain: GasChain) -> Rows:
    """The value passes all of them."""
    deal = GasDeal(chain, "in four steps", steps=steps(0, 50, 100, 150))
    deal.approve()
    return {"open_4_steps": deal.open(), "settle_2of3_4_steps": deal.settle(1, WHOLE, pays=AMOUNT)}


def _settled_twice(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "settled twice")
    deal.approve(MOST_ALLOWANCE)
    opened = deal.open()
    deal.settle(1, HALF, pays=AMOUNT // 2)
    return {"open_infinite_allowance": opened, "settle_2of3_second": deal.settle(2, WHOLE, pays=AMOUNT // 2)}


def _settled_to_its_end(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "settled to its end")
    deal.approve()
    deal.open()
    return {"settle_2of3_final": deal.settle(PERIODS, WHOLE, pays=AMOUNT, refunds=0)}


def _settled_with_refund(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "settled with refund")
    deal.approve()
    deal.open()
    return {"settle_2of3_final_refund": deal.settle(PERIODS, HALF, pays=AMOUNT // 2, refunds=AMOUNT // 2)}


def _topped_up(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "topped up")
    deal.approve(2 * AMOUNT)
    deal.open()
    return {"top_up": deal.top_up()}


def _declined(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "declined")
    deal.approve()
    deal.open()
    return {"decline": deal.decline()}


def _in_coins(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "in coins", token=ZERO_ADDRESS)
    return {"open_eth": deal.open(), "settle_2of3_eth": deal.settle(1, WHOLE, pays=AMOUNT)}


def _refunded_in_coins(chain: GasChain) -> Rows:
    deal = GasDeal(chain, "refunded in coins", token=ZERO_ADDRESS)
    deal.open()
    return {"refund_eth": deal.refund()}


LIVES: tuple[Callable[[GasChain], Rows], ...] = (
    _settled,
    _settled_to_newcomer,
    _opened_by_permit,
    _refunded,
    _partly_refunded,
    _settled_by_three,
    _in_four_steps,
    _settled_twice,
    _settled_to_its_end,
    _settled_with_refund,
    _topped_up,
    _declined,
    _in_coins,
    _refunded_in_coins,
)
