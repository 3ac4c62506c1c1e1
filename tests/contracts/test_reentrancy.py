"""Whoever is paid calls back: every call that pays, times every call that changes something, by the ABI.

C1 of the list of threats: the books are written before money leaves, so nothing moves but what the outer call moves.
C2: what a view says in the callback is what it says afterwards. Tree: trees/reentrancy.tree.
"""

from contextlib import contextmanager

import clock
import moods
import pytest
from brownie import ZERO_ADDRESS, PerformanceEscrow, history, web3
from deals import EVIDENCE, REASON, fees_since
from eth_utils import keccak
from signing import key_of, member, sign, sign_plainly
from terms import DAY, amendment_digest_of, report_digest_of, root_digest_of, split_digest_of

LATER = 2**40
AGREED_TOTAL = {"agree": 60_000, "amend": 30_000}
CHANGING = sorted(
    entry["name"]
    for entry in PerformanceEscrow.abi
    if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
)
pytestmark = pytest.mark.parametrize("coin", ["eth"], indirect=True)


class Scene:
    """A deal whose agency or client is the receiver, brought to where `pay` pays it."""

    def __init__(self, deal, pay, as_of=1):
        self.deal, self.pay, self.as_of = deal, pay, as_of


def settled(deal, value=300, period=1):
    deal.settle(value, deal.terms.boundary(period))
    return deal


def by_settle(stage):
    deal = stage.open(agency=stage.receiver)
    return Scene(deal, lambda: deal.settle(300, deal.terms.boundary(1)))


def by_the_final_report(stage):
    deal = stage.open(agency=stage.receiver)
    return Scene(deal, lambda: deal.settle(300), 3)


def by_the_rest_of_the_final_report(stage):
    deal = stage.open(client=stage.receiver, by=stage.people["patron"])
    return Scene(deal, lambda: deal.settle(300), 3)


def by_settle_batch(stage):
    deal = stage.open(agency=stage.receiver)
    call = stage.call("settle", deal, 1)
    clock.pass_to(deal.terms.boundary(1))
    return Scene(deal, lambda: deal.escrow.settleBatch(400_000, [call], {"from": stage.people["keeper"]}))


def by_settle_rooted(stage):
    deal = stage.open(agency=stage.receiver)
    arguments = stage.rooted(deal, 1)
    clock.pass_to(deal.terms.boundary(1))
    return Scene(deal, lambda: deal.escrow.settleRooted(*arguments, {"from": stage.people["keeper"]}))


def by_top_up(stage):
    deal = settled(stage.open(agency=stage.receiver), 1_200)
    return Scene(deal, lambda: deal.top_up(50_000))


def by_refund(stage):
    deal = settled(stage.open(agency=stage.receiver, retention_bps=1_000))
    return Scene(deal, deal.refund, 3)


def by_decline(stage):
    deal = stage.open(client=stage.receiver, by=stage.people["patron"])
    return Scene(deal, deal.decline)


def by_dispute(stage):
    deal = settled(stage.contested(agency=stage.receiver))
    return Scene(deal, lambda: deal.dispute(120, by=stage.people["client"]))


def by_rule(stage):
    deal = settled(stage.contested(agency=stage.receiver))
    deal.dispute(120, by=stage.people["client"])
    return Scene(deal, lambda: deal.rule(200))


def by_finalize(stage):
    deal = settled(stage.contested(agency=stage.receiver))
    return Scene(deal, deal.finalize)


def by_settling_the_next_report(stage):
    deal = settled(stage.contested(agency=stage.receiver))
    return Scene(deal, lambda: deal.settle(500, deal.terms.boundary(2)), 2)


def by_give_notice(stage):
    deal = settled(stage.open(agency=stage.receiver, base_per_period=20_000), 500)
    return Scene(deal, deal.give_notice)


def by_notice_before_the_start(stage):
    deal = stage.open(client=stage.receiver, by=stage.people["patron"], starts_at=clock.EPOCH + 2 * DAY)
    return Scene(deal, lambda: deal.give_notice(by=stage.people["agency"]))


def by_withdraw(stage):
    deal = stage.open(agency=stage.receiver)
    stage.receiver.setMood(moods.RECEIVER.index("Reverts"), {"from": stage.people["keeper"]})
    settled(deal)
    stage.receiver.setMood(moods.RECEIVER.index("Accepts"), {"from": stage.people["keeper"]})
    message = deal.escrow.withdraw.encode_input(ZERO_ADDRESS, stage.receiver)
    return Scene(deal, lambda: stage.receiver.act(deal.escrow, 0, message, {"from": stage.people["keeper"]}))


def by_agree(stage):
    deal = stage.open(agency=stage.receiver)
    arguments = stage.split(deal)
    return Scene(deal, lambda: deal.escrow.agree(*arguments, {"from": stage.people["keeper"]}))


def by_amend(stage):
    deal = settled(stage.open(agency=stage.receiver, retention_bps=1_000))
    arguments = stage.amendment(deal)
    return Scene(deal, lambda: deal.escrow.amend(*arguments, {"from": stage.people["keeper"]}))


PAYING = [
    by_settle,
    by_the_final_report,
    by_the_rest_of_the_final_report,
    by_settle_batch,
    by_settle_rooted,
    by_top_up,
    by_refund,
    by_decline,
    by_dispute,
    by_rule,
    by_finalize,
    by_settling_the_next_report,
    by_give_notice,
    by_withdraw,
    by_notice_before_the_start,
    by_agree,
    by_amend,
]
every_paying_call = pytest.mark.parametrize("paying", PAYING, ids=[each.__name__ for each in PAYING])


class Stage:
    def __init__(self, receiver, people, open_deal, open_contested, make_deal, oracles, committee):
        self.receiver, self.people = receiver, people
        self.open, self.contested, self.make_deal = open_deal, open_contested, make_deal
        self.oracles, self.committee = oracles, committee

    def split(self, deal) -> tuple:
        digest = split_digest_of(deal.id, deal.terms.token, 60_000, LATER, deal.domain)
        return deal.words, 60_000, LATER, sign_plainly(digest, key_of(self.people["client"])), b""

    def amendment(self, deal) -> tuple:
        start = deal.terms.boundary(1)
        changes = {"budget": 1, "salt": 99, "starts_at": start, "open_before": start + 7 * DAY}
        new = self.make_deal(client=deal.terms.client, agency=deal.terms.agency, **changes)
        digest = amendment_digest_of(deal.id, new.id, deal.terms.token, 30_000, LATER, deal.domain)
        return deal.words, new.words, 30_000, LATER, sign_plainly(digest, key_of(self.people["client"])), b""

    def rooted(self, deal, period: int) -> tuple:
        report = deal.report(300, deal.terms.boundary(period))
        root = keccak(keccak(report_digest_of(report, deal.domain)))
        signatures = [sign(root_digest_of(root, deal.domain), each) for each in self.oracles[:2]]
        leaf = (deal.words, report.as_of, report.value, report.evidence)
        return 200_000, root, signatures, [leaf], [], []

    def call(self, name: str, deal, period: int) -> str:
        """Calldata, as right as it can be, of a call that changes something."""
        words, receiver = deal.words, self.receiver
        report = deal.report(300, deal.terms.boundary(period))
        settle = (words, report.as_of, report.value, report.evidence, deal.signatures(report))
        signed = ((report.deal_id, report.as_of, report.value, report.evidence), False, [], settle[4][0])
        empty = (0, LATER, b"")
        arguments = {
            "open": (words, deal.terms.budget),
            "openWithPermit": (words, deal.terms.budget, LATER, b""),
            "openWithAuthorization": (words, deal.terms.budget, empty),
            "topUp": (words, 1),
            "topUpWithAuthorization": (words, 1, empty),
            "settle": settle,
            "settleBatch": (200_000, [deal.escrow.settle.encode_input(*settle)]),
            "settleRooted": self.rooted(deal, period),
            "settleItem": (deal.id, *settle[1:4], [each.address for each in self.oracles[:2]], words),
            "decline": (words,),
            "refund": (words,),
            "finalize": (words,),
            "giveNotice": (words,),
            "withdraw": (ZERO_ADDRESS, receiver),
            "dispute": (words, 400, REASON),
            "rule": (words, 400),
            "selfReport": (words, 1_000, EVIDENCE),
            "agree": self.split(deal),
            "amend": self.amendment(deal),
            "createCommittee": (ZERO_ADDRESS, 0, 1, 1, [member("x").address], bytes(32)),
            "addMember": (self.committee, member("x").address),
            "removeMember": (self.committee, self.oracles[0].address),
            "leaveCommittee": (self.committee,),
            "proveEquivocation": (self.committee, signed, signed),
            "offerAdmin": (self.committee, receiver),
            "acceptAdmin": (self.committee,),
        }
        return getattr(deal.escrow, name).encode_input(*arguments[name])


@pytest.fixture
def stage(moody_receiver, people, open_deal, open_contested, make_deal, oracles, committee):
    return Stage(moody_receiver(), people, open_deal, open_contested, make_deal, oracles, committee)


def moved_by(deal, receiver, do) -> dict:
    """What the escrow and both parties have more afterwards; fees are left out."""
    accounts = {deal.escrow.address, deal.terms.client, deal.terms.agency}
    before, height = {each: deal.coin.balance(each) for each in accounts}, web3.eth.block_number
    do()
    fees = fees_since(height)
    return {each: deal.coin.balance(each) - before[each] + fees.get(each, 0) for each in accounts}


@contextmanager
def undone():
    before = web3.provider.make_request("evm_snapshot", [])["result"]
    yield
    web3.provider.make_request("evm_revert", [before])
    history.clear()


@every_paying_call
def test_reentrancy__whoever_is_paid_calls_back__gets_no_more_than_without(stage, people, paying):
    scene = paying(stage)
    deal, receiver = scene.deal, stage.receiver
    messages = {name: stage.call(name, deal, scene.as_of) for name in CHANGING}
    with undone():
        alone = moved_by(deal, receiver, scene.pay)
    for name, message in messages.items():
        with undone():
            receiver.callBack(deal.escrow, message, {"from": people["keeper"]})
            moved = moved_by(deal, receiver, scene.pay)
            assert receiver.calledBack(), name
            if name in AGREED_TOTAL and receiver.succeeded():
                # Both parties wanted that; a report that pays meanwhile is within the total.
                assert deal.coin.balance(receiver) == AGREED_TOTAL[name], name
            else:
                assert moved == alone, name


@every_paying_call
def test_reentrancy__whoever_is_paid_looks__sees_what_is_true_afterwards(stage, people, paying):
    scene = paying(stage)
    deal, receiver = scene.deal, stage.receiver
    for name in ("dealOf", "statusOf", "claimOf"):
        with undone():
            message = getattr(deal.escrow, name).encode_input(deal.words)
            receiver.callBack(deal.escrow, message, {"from": people["keeper"]})
            scene.pay()
            assert receiver.succeeded(), name
            after = web3.eth.call({"to": deal.escrow.address, "data": message})
            assert str(receiver.answer()) == "0x" + keccak(bytes(after)).hex(), name
