"""Calls of the escrow that move money, each brought to where it does, and every call that changes anything.

Knows whom each pays and nothing of how much; `Stage.call` knows the whole ABI.
"""

from contextlib import contextmanager

import clock
import moods
import pytest
from brownie import ZERO_ADDRESS, PerformanceEscrow, history, web3
from deals import EVIDENCE, REASON
from eth_utils import keccak
from signing import key_of, member, sign, sign_plainly
from terms import DAY, amendment_digest_of, report_digest_of, root_digest_of, split_digest_of

LATER = 2**40
SIGNED = bytes(65)
ADDED = 5_000
AGREED_TOTAL = {"agree": 60_000, "amend": 30_000}
CHANGING = sorted(
    entry["name"]
    for entry in PerformanceEscrow.abi
    if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
)


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
    stage.refuse(deal.coin, True)
    settled(deal)
    stage.refuse(deal.coin, False)
    return Scene(deal, lambda: stage.act("withdraw", deal.terms.token, stage.receiver))


def by_agree(stage):
    deal = stage.open(agency=stage.receiver)
    arguments = stage.split(deal)
    return Scene(deal, lambda: deal.escrow.agree(*arguments, {"from": stage.people["keeper"]}))


def by_amend(stage):
    deal = settled(stage.open(agency=stage.receiver, retention_bps=1_000))
    arguments = stage.amendment(deal)
    return Scene(deal, lambda: deal.escrow.amend(*arguments, {"from": stage.people["keeper"]}))


def by_open(stage):
    deal = stage.make_deal(client=stage.receiver)
    return Scene(deal, lambda: stage.act("open", deal.words, deal.terms.budget))


def by_open_with_permit(stage):
    deal = stage.make_deal(client=stage.receiver)
    return Scene(deal, lambda: stage.act("openWithPermit", deal.words, deal.terms.budget, LATER, SIGNED))


def by_open_with_authorization(stage):
    deal = stage.make_deal(client=stage.receiver)
    return Scene(deal, lambda: stage.act("openWithAuthorization", deal.words, deal.terms.budget, (0, LATER, SIGNED)))


def by_adding_money(stage):
    deal = stage.open(client=stage.receiver, by=stage.people["patron"])
    return Scene(deal, lambda: stage.act("topUp", deal.words, ADDED))


def by_adding_money_with_authorization(stage):
    deal = stage.open(client=stage.receiver, by=stage.people["patron"])
    return Scene(deal, lambda: stage.act("topUpWithAuthorization", deal.words, ADDED, (0, LATER, SIGNED)))


def by_top_up_with_authorization(stage):
    deal = settled(stage.open(agency=stage.receiver), 1_200)
    keeper = {"from": stage.people["keeper"]}
    return Scene(deal, lambda: deal.escrow.topUpWithAuthorization(deal.words, 50_000, (0, LATER, SIGNED), keeper))


# By the function of the ABI. The scenes of two calls need a token that believes every signature.
PAYING = {
    "settle": [by_settle, by_the_final_report, by_the_rest_of_the_final_report, by_settling_the_next_report],
    "settleBatch": [by_settle_batch],
    "settleRooted": [by_settle_rooted],
    "topUp": [by_top_up],
    "refund": [by_refund],
    "decline": [by_decline],
    "dispute": [by_dispute],
    "rule": [by_rule],
    "finalize": [by_finalize],
    "giveNotice": [by_give_notice, by_notice_before_the_start],
    "withdraw": [by_withdraw],
    "agree": [by_agree],
    "amend": [by_amend],
}
PAYING_TOKENS = {"topUpWithAuthorization": [by_top_up_with_authorization]}
TAKING = {
    "open": [by_open],
    "openWithPermit": [by_open_with_permit],
    "openWithAuthorization": [by_open_with_authorization],
    "topUp": [by_adding_money],
    "topUpWithAuthorization": [by_adding_money_with_authorization],
}
MOVES_NOTHING = {
    "settleItem",  # by the escrow alone: settleRooted
    "selfReport",  # it waits
    "createCommittee",
    "addMember",
    "removeMember",
    "leaveCommittee",
    "proveEquivocation",
    "offerAdmin",
    "acceptAdmin",
}


def each_of(*tables):
    """Every scene of these tables, as the parameter `moving` of a test."""
    scenes = [scene for table in tables for found in table.values() for scene in found]
    return pytest.mark.parametrize("moving", scenes, ids=[each.__name__ for each in scenes])


class Stage:
    def __init__(self, escrow, receiver, people, open_deal, open_contested, make_deal, oracles, committee):
        self.escrow, self.receiver, self.people = escrow, receiver, people
        self.open, self.contested, self.make_deal = open_deal, open_contested, make_deal
        self.oracles, self.committee = oracles, committee

    def refuse(self, coin, on: bool) -> None:
        """The receiver takes no more money, or takes it again."""
        keeper = {"from": self.people["keeper"]}
        if coin.token:
            coin.token.setBlocked(self.receiver, on, keeper)
        else:
            self.receiver.setMood(moods.RECEIVER.index("Reverts" if on else "Accepts"), keeper)

    def act(self, name: str, *arguments):
        """The receiver calls the escrow."""
        message = getattr(self.escrow, name).encode_input(*arguments)
        return self.receiver.act(self.escrow, 0, message, {"from": self.people["keeper"]})

    def split(self, deal) -> tuple:
        digest = split_digest_of(deal.id, deal.terms.token, AGREED_TOTAL["agree"], LATER, deal.domain)
        return deal.words, AGREED_TOTAL["agree"], LATER, *self.signatures(deal, digest)

    def amended(self, deal):
        """The deal that `amend` opens."""
        start = deal.terms.boundary(1)
        changes = {"budget": 1, "salt": 99, "starts_at": start, "open_before": start + 7 * DAY}
        return self.make_deal(client=deal.terms.client, agency=deal.terms.agency, **changes)

    def amendment(self, deal) -> tuple:
        new = self.amended(deal)
        digest = amendment_digest_of(deal.id, new.id, deal.terms.token, AGREED_TOTAL["amend"], LATER, deal.domain)
        return deal.words, new.words, AGREED_TOTAL["amend"], LATER, *self.signatures(deal, digest)

    def signatures(self, deal, digest: bytes) -> list[bytes]:
        """Of the client and the agency; the receiver takes any for its own."""
        keys = {self.people[name].address: key_of(self.people[name]) for name in ("client", "agency")}
        parties = (deal.terms.client, deal.terms.agency)
        return [sign_plainly(digest, keys[party]) if party in keys else b"" for party in parties]

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
            "withdraw": (deal.terms.token, receiver),
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


@contextmanager
def undone():
    before = web3.provider.make_request("evm_snapshot", [])["result"]
    yield
    web3.provider.make_request("evm_revert", [before])
    history.clear()
