"""Whoever is paid calls back: every call that pays, times every call that changes something, by the ABI.

C1 of the list of threats: the books are written before money leaves, so nothing moves but what the outer call moves.
C2: what a view says in the callback is what it says afterwards. Tree: trees/reentrancy.tree.
"""

import pytest
from brownie import web3
from deals import fees_since
from eth_utils import keccak
from paying import AGREED_TOTAL, CHANGING, PAYING, each_of, undone

pytestmark = pytest.mark.parametrize("coin", ["eth"], indirect=True)


def moved_by(deal, do) -> dict:
    """What the escrow and both parties have more afterwards; fees are left out."""
    accounts = {deal.escrow.address, deal.terms.client, deal.terms.agency}
    before, height = {each: deal.coin.balance(each) for each in accounts}, web3.eth.block_number
    do()
    fees = fees_since(height)
    return {each: deal.coin.balance(each) - before[each] + fees.get(each, 0) for each in accounts}


@each_of(PAYING)
def test_reentrancy__whoever_is_paid_calls_back__gets_no_more_than_without(paying_stage, people, moving):
    scene = moving(paying_stage)
    deal, receiver = scene.deal, paying_stage.receiver
    messages = {name: paying_stage.call(name, deal, scene.as_of) for name in CHANGING}
    with undone():
        alone = moved_by(deal, scene.pay)
    for name, message in messages.items():
        with undone():
            receiver.callBack(deal.escrow, message, {"from": people["keeper"]})
            moved = moved_by(deal, scene.pay)
            assert receiver.calledBack(), name
            if name in AGREED_TOTAL and receiver.succeeded():
                # Both parties wanted that; a report that pays meanwhile is within the total.
                assert deal.coin.balance(receiver) == AGREED_TOTAL[name], name
            else:
                assert moved == alone, name


@each_of(PAYING)
def test_reentrancy__whoever_is_paid_looks__sees_what_is_true_afterwards(paying_stage, people, moving):
    scene = moving(paying_stage)
    deal, receiver = scene.deal, paying_stage.receiver
    for name in ("dealOf", "statusOf", "claimOf"):
        with undone():
            message = getattr(deal.escrow, name).encode_input(deal.words)
            receiver.callBack(deal.escrow, message, {"from": people["keeper"]})
            scene.pay()
            assert receiver.succeeded(), name
            after = web3.eth.call({"to": deal.escrow.address, "data": message})
            assert str(receiver.answer()) == "0x" + keccak(bytes(after)).hex(), name
