"""Tokens that do what real ones have done: every mood of one, times every call that moves money, by the ABI.

A call pays to the unit, credits to the unit or is refused by name, and the deals beside it, in the same token, in an
honest one and in the chain's coin, are settled to the unit afterwards. Tree: trees/hostileTokens.tree.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import batch
import clock
import moods
import pytest
from brownie import web3
from brownie._config import CONFIG
from deals import CLOSED, Coin, Deal
from paying import (
    ADDED,
    AGREED_TOTAL,
    CHANGING,
    LATER,
    MOVES_NOTHING,
    PAYING,
    PAYING_TOKENS,
    SIGNED,
    TAKING,
    by_amend,
    by_open_with_permit,
    by_withdraw,
    each_of,
    undone,
)
from refusals import refusal_of, refused
from signing import member
from terms import DAY, RATE_SCALE, Step

GAS_PER_ITEM = 400_000
MOST_GAS = 3_000_000
PUSH_AND_CREDIT = 100_000 + 35_000
SELLER, BUYER = member("seller").address, member("buyer").address
"""Parties of the deals beside; they send nothing, so they pay no fees."""
EARNED, RETURNED = 30_000, 70_000
"""What their final reports pay them."""


# What a token makes of a payment out of a balance: what arrives, what is left, and what has to be credited.


def delivers(balance: int, amount: int) -> tuple[int, int, int]:
    return (amount, balance - amount, 0) if balance >= amount else refuses(balance, amount)


def refuses(balance: int, amount: int) -> tuple[int, int, int]:
    return 0, balance, amount


def keeps_a_fee(balance: int, amount: int) -> tuple[int, int, int]:
    return amount - amount // 100, balance - amount, 0


def adds_one(balance: int, amount: int) -> tuple[int, int, int]:
    return amount + 1, balance - amount, 0


def lies(balance: int, amount: int) -> tuple[int, int, int]:
    """It pays, and does not say so."""
    return amount, balance - amount, amount


def halves(balance: int, amount: int) -> tuple[int, int, int]:
    left = balance - balance // 2
    return delivers(left, amount) if left >= amount else refuses(balance, amount)


def doubles(balance: int, amount: int) -> tuple[int, int, int]:
    return delivers(2 * balance, amount)


# Paused, Gone and Wiped are what happened to the token before; the others are moods of its `transfer`.
PAYS = {
    "Honest": delivers,
    "Fee": keeps_a_fee,
    "Bonus": adds_one,
    "ReturnsFalse": refuses,
    "ReturnsNothing": delivers,
    "ReturnsTwo": lies,
    "ReturnsOneByte": lies,
    "Reverts": refuses,
    "RevertsWithBomb": refuses,
    "ReturnsBomb": delivers,
    "BurnsGas": refuses,
    "Halves": halves,
    "Doubles": doubles,
    "Paused": refuses,
    "Blocked": refuses,
    "Gone": refuses,
    "Wiped": delivers,
}
KEEPS_ITS_WORD = set(PAYS) - {"ReturnsTwo", "ReturnsOneByte", "Halves", "Doubles", "Wiped"}
"""It moves what it says and nothing else, so all that is owed in it is there."""
UNNAMED = "unnamed"
"""Refused with what the token reverts with, or with nothing."""
TAKES = {
    # By transferFrom, and by an authorization, whose answer nobody asks for. None: the money is taken.
    "Honest": (None, None),
    "Fee": ("ReceivedProblem", "ReceivedProblem"),
    "Bonus": ("ReceivedProblem", "ReceivedProblem"),
    "ReturnsFalse": ("SafeERC20FailedOperation", "ReceivedProblem"),
    "ReturnsNothing": (None, None),
    "ReturnsTwo": ("SafeERC20FailedOperation", None),
    "ReturnsOneByte": ("SafeERC20FailedOperation", None),
    "Reverts": (UNNAMED, UNNAMED),
    "RevertsWithBomb": (UNNAMED, UNNAMED),
    "ReturnsBomb": (None, None),
    "BurnsGas": (UNNAMED, UNNAMED),
    "Halves": ("ReceivedProblem", "ReceivedProblem"),
    "Doubles": ("ReceivedProblem", "ReceivedProblem"),
    "Paused": (UNNAMED, UNNAMED),
    "Gone": ("TokenProblem", "TokenProblem"),
}
# A top-up is less than what a token takes that halves, so the balance falls; and it does not look for code again.
TAKES_MORE = TAKES | {"Halves": ("Integer overflow", "Integer overflow"), "Gone": (UNNAMED, UNNAMED)}


@pytest.fixture
def coin(moody):
    """What the scenes are paid in."""
    return Coin(moody)


@dataclass(frozen=True)
class World:
    """Who has what of the token, and what waits for them; and what the parties beside have of all coins."""

    balances: dict[str, int]
    credits: dict[str, int]
    beside: dict[tuple[str, str], int]


class Beside:
    """Three deals beside the scene's: in its token, in an honest dollar and in the chain's coin."""

    def __init__(self, escrow, people, make_deal, coins):
        self.escrow, self.people, self.coins = escrow, people, coins
        self.deals: list[Deal] = []
        for salt, each in enumerate(coins):
            parties = {"client": BUYER, "agency": SELLER, "report_grace": 40 * DAY, "salt": 50 + salt}
            deal = make_deal(token=each.token, **parties)
            deal.coin, deal.terms = each, deal.terms.but(token=each.address)
            deal.open(by=people["patron"])
            self.deals.append(deal)

    def settle(self) -> None:
        """All of them, by their final reports, in one transaction."""
        calls = []
        for deal in self.deals:
            report = deal.report(300)
            signed = deal.signatures(report)
            calls.append(self.escrow.settle.encode_input(deal.words, report.as_of, 300, report.evidence, signed))
        clock.next_transaction_at(max(self.deals[0].terms.ends_at, clock.now() + 1))
        tx = self.escrow.settleBatch(GAS_PER_ITEM, calls, {"from": self.people["keeper"]})
        assert "ItemSkipped" not in tx.events

    def look(self, accounts: list[str]) -> World:
        token = self.coins[0]
        holders = [*dict.fromkeys(accounts), SELLER, BUYER]
        others = [(each, coin) for each in (SELLER, BUYER, self.escrow.address) for coin in self.coins[1:]]
        found = batch.read(
            [
                *(token.balance_read(each) for each in [*holders, self.escrow.address]),
                *(batch.call(self.escrow.creditOf, token.address, each) for each in holders),
                *(coin.balance_read(each) for each, coin in others),
            ]
        )
        balances = dict(zip([*holders, self.escrow.address], found, strict=False))
        credits = dict(zip(holders, found[len(balances) :], strict=False))
        beside = found[len(balances) + len(credits) :]
        return World(balances, credits, dict(zip([(each, coin.address) for each, coin in others], beside, strict=True)))


@pytest.fixture
def beside(escrow, people, make_deal, moody, dollar):
    return Beside(escrow, people, make_deal, [Coin(moody), Coin(dollar), Coin(None)])


@pytest.fixture
def become(moody, keeper, set_mood, set_code, escrow):
    """What the token is from now on; where it is gone, it is back afterwards, so that it can be asked."""

    @contextmanager
    def change(mood: str, accounts=(), *, taking=False):
        code = web3.eth.get_code(moody.address).hex()
        if mood == "Paused":
            moody.setPaused(True, {"from": keeper})
        elif mood == "Wiped":
            moody.wipe(escrow, {"from": keeper})
        elif mood == "Gone":
            set_code(moody.address, "0x")
        elif mood == "Blocked":
            for account in accounts:
                moody.setBlocked(account, True, {"from": keeper})
        elif taking:
            moody.setTakingMood(moods.TOKEN.index(mood), {"from": keeper})
        else:
            moody.setPayingMood(moods.TOKEN.index(mood), {"from": keeper})
        settings = CONFIG.active_network["settings"]
        before, settings["gas_limit"] = settings["gas_limit"], MOST_GAS
        yield
        settings["gas_limit"] = before
        if mood == "Gone":
            set_code(moody.address, code if code.startswith("0x") else "0x" + code)

    return change


def test_hostile_tokens__the_abi__has_no_other_call_that_moves_money():
    moving = {*PAYING, *PAYING_TOKENS, *TAKING}
    assert not moving & MOVES_NOTHING
    assert sorted(moving | MOVES_NOTHING) == CHANGING
    assert set(PAYS) - {"Paused", "Blocked", "Gone", "Wiped"} == set(moods.TOKEN)
    assert set(TAKES) - {"Paused", "Gone"} == set(moods.TOKEN)


@each_of(PAYING, PAYING_TOKENS)
def test_hostile_tokens__a_call_that_pays__pays_or_credits_to_the_unit(paying_stage, people, beside, become, moving):
    scene = moving(paying_stage)
    parties = [scene.deal.terms.agency, scene.deal.terms.client]
    start = beside.look(parties)
    with undone():
        honest_gas = scene.pay().gas_used
        honest = beside.look(parties)
    moved = {each: honest.balances[each] - start.balances[each] for each in parties}
    due = [(each, moved[each]) for each in parties if moved[each] > 0]
    taken = [(each, -moved[each]) for each in parties if moved[each] < 0]
    assert due, "nobody is paid"
    for mood in PAYS:
        with undone():
            refused = _refused(moving, mood, start.balances[beside.escrow.address], due, taken)
            with become(mood, [each for each, _ in due]):
                if refused:
                    assert _problem_of(scene.pay, beside.escrow) == refused, mood
                else:
                    assert scene.pay().gas_used <= honest_gas + len(due) * PUSH_AND_CREDIT, mood
                beside.settle()
            seen = beside.look(parties)
            moves = ([], []) if refused else (taken, due)
            expected = _expected(start, beside.escrow.address, mood, *moves, moving is by_withdraw)
            assert (seen.balances, seen.credits) == expected, mood
            _beside_to_the_unit(start, seen, beside, mood)
            if mood in KEEPS_ITS_WORD:
                owed = sum(seen.credits.values())
                left = start if refused else honest
                stays = left.balances[beside.escrow.address] - EARNED - RETURNED - sum(left.credits.values())
                assert seen.balances[beside.escrow.address] - owed == stays, mood


def _refused(moving, mood: str, balance: int, due, taken) -> str | None:
    """The error of a call that takes money too, that opens a deal or that only withdraws, where it can't be done."""
    if moving is by_amend and mood == "Gone":
        return "TokenProblem"
    if taken and mood in ("Paused", "Gone"):
        return UNNAMED
    if moving is by_withdraw and PAYS[mood](0 if mood == "Wiped" else balance, due[0][1])[2]:
        return "CreditProblem"
    return None


def _expected(start: World, escrow: str, mood: str, taken, due, withdraws: bool) -> tuple[dict, dict]:
    """Balances and credits after what is due to the parties, and then to those beside."""
    balances, credits = dict(start.balances), dict(start.credits)
    if mood == "Wiped":
        balances[escrow] = 0
    for account, amount in taken:
        balances[account] -= amount
        balances[escrow] += amount
    if withdraws and due:
        credits[due[0][0]] = 0
    for place, (account, amount) in enumerate([*due, (SELLER, EARNED), (BUYER, RETURNED)]):
        pays = delivers if mood == "Blocked" and place >= len(due) else PAYS[mood]
        gets, balances[escrow], credited = pays(balances[escrow], amount)
        balances[account] += gets
        credits[account] += credited
    return balances, credits


def _beside_to_the_unit(start: World, seen: World, beside: Beside, mood: str) -> None:
    for coin in beside.coins[1:]:
        moves = {SELLER: EARNED, BUYER: RETURNED, beside.escrow.address: -EARNED - RETURNED}
        for account, amount in moves.items():
            key = (account, coin.address)
            assert seen.beside[key] - start.beside[key] == amount, mood


@pytest.fixture
def payer(paying_stage, moody, keeper, escrow):
    """The receiver, with money of the token for the escrow."""
    receiver = paying_stage.receiver
    moody.mint(receiver, 10**6, {"from": keeper})
    receiver.act(moody, 0, moody.approve.encode_input(escrow, 10**6), {"from": keeper})
    return receiver


@each_of(TAKING)
def test_hostile_tokens__a_call_that_takes__takes_to_the_unit_or_is_refused(paying_stage, payer, beside, become, moving):
    scene = moving(paying_stage)
    escrow, start = beside.escrow, beside.look([payer.address])
    opens, way = "open" in moving.__name__, "authorization" in moving.__name__
    amount = scene.deal.terms.budget if opens else ADDED
    for mood, problems in (TAKES if opens else TAKES_MORE).items():
        with undone():
            state = scene.deal.state()
            with become(mood, taking=True):
                assert _problem_of(scene.pay, escrow) == problems[way], mood
            moved = 0 if problems[way] else amount
            assert scene.deal.state() == {**state, **_opened(scene.deal, state["funded"] + moved)}, mood
            if mood not in ("Paused", "Gone"):
                beside.settle()
                seen = beside.look([payer.address])
                expected = start.balances | {payer.address: start.balances[payer.address] - moved}
                expected |= {SELLER: EARNED, BUYER: RETURNED}
                expected[escrow.address] += moved - EARNED - RETURNED
                assert seen.balances == expected, mood
                assert not any(seen.credits.values()), mood
                _beside_to_the_unit(start, seen, beside, mood)


def _opened(deal, funded: int) -> dict:
    terms = deal.terms
    return {"funded": funded} | ({"last_as_of": terms.starts_at, "ends_at": terms.ends_at} if funded else {})


def _problem_of(call, escrow) -> str | None:
    """What refused it: an error of the escrow or of SafeERC20 by name, or UNNAMED."""
    problem = refusal_of(call)
    names = {entry["name"] for entry in escrow.abi if entry["type"] == "error"} | {"Integer overflow"}
    return problem if problem is None or problem in names else UNNAMED


# While the permit is taken, and while the money is


@pytest.mark.parametrize("mood", ["Reverts", "RevertsWithBomb", "ReturnsBomb"])
def test_hostile_tokens__a_permit_that_fails__leaves_it_to_the_allowance(paying_stage, payer, moody, keeper, mood):
    deal = by_open_with_permit(paying_stage).deal
    moody.setPermitMood(moods.TOKEN.index(mood), {"from": keeper})
    with deal.moves(client=-deal.terms.budget, escrow=deal.terms.budget):
        tx = paying_stage.act("openWithPermit", deal.words, deal.terms.budget, LATER, SIGNED)
    # The token itself pays 2.2 million for its megabyte.
    assert tx.gas_used < 2_700_000
    payer.act(moody, 0, moody.approve.encode_input(deal.escrow, 0), {"from": keeper})
    another = paying_stage.make_deal(client=payer, salt=2)
    if mood != "ReturnsBomb":
        with another.moves_nothing(), refused("ERC20InsufficientAllowance", deal.escrow.address, 0, another.terms.budget):
            paying_stage.act("openWithPermit", another.words, another.terms.budget, LATER, SIGNED)


@each_of(TAKING)
def test_hostile_tokens__a_token_that_tells_the_payer__holds_what_is_owed_whatever_the_payer_calls(
    paying_stage, payer, beside, moody, keeper, moving
):
    scene = moving(paying_stage)
    deal, escrow, another = scene.deal, beside.escrow, paying_stage.make_deal(client=payer, salt=77)
    messages = {name: paying_stage.call(name, deal, 1) for name in CHANGING}
    messages["open another"] = escrow.open.encode_input(another.words, deal.terms.budget)
    opened = [deal, another, paying_stage.amended(deal)]
    parties = [payer.address, deal.terms.agency]
    moody.setHooked(payer, True, {"from": keeper})
    start, problems = beside.look(parties), {}
    for name, message in messages.items():
        with undone():
            payer.callBack(escrow, message, {"from": keeper})
            problems[name] = _problem_of(scene.pay, escrow)
            assert problems[name] or payer.calledBack(), name
            owed = sum(each.state()["funded"] for each in opened if each.status() != CLOSED)
            beside.settle()
            seen = beside.look(parties)
            assert seen.balances[escrow.address] == owed + sum(seen.credits.values()), name
            assert (seen.balances[SELLER], seen.balances[BUYER]) == (EARNED, RETURNED), name
            _beside_to_the_unit(start, seen, beside, name)
    # Each of these would have paid out what had not come in yet.
    assert all(problems[name] for name in ("agree", "amend", "giveNotice")), problems
    assert not all(problems.values())


@each_of(PAYING, PAYING_TOKENS)
def test_hostile_tokens__a_token_that_tells_the_payee__pays_no_more_than_without(
    paying_stage, people, beside, moody, keeper, moving
):
    scene = moving(paying_stage)
    deal, receiver = scene.deal, paying_stage.receiver
    parties = [deal.terms.agency, deal.terms.client]
    # A push leaves gas for little; a withdrawal, all that its sender brings.
    names = CHANGING if moving is by_withdraw else ("agree", "settle", "withdraw")
    messages = {name: paying_stage.call(name, deal, scene.as_of) for name in names}
    moody.setHooked(receiver, True, {"from": keeper})
    with undone():
        scene.pay()
        alone = beside.look(parties)
    for name, message in messages.items():
        with undone():
            receiver.callBack(deal.escrow, message, {"from": keeper})
            scene.pay()
            assert receiver.calledBack(), name
            if name in AGREED_TOTAL and receiver.succeeded():
                assert moody.balanceOf(receiver) == AGREED_TOTAL[name], name
            else:
                assert beside.look(parties) == alone, name


# Decimals


@pytest.mark.parametrize("decimals", [0, 6, 18, 24])
def test_hostile_tokens__any_decimals__pays_to_the_unit(open_deal, moody, people, keeper, decimals):
    whole = 10**decimals
    moody.setDecimals(decimals, {"from": keeper})
    moody.mint(people["client"], 1_000 * whole, {"from": keeper})
    # A 75th of four tokens for each counted one.
    step = Step(0, 0, whole * RATE_SCALE * 4 // 75)
    deal = open_deal(budget=1_000 * whole, base_per_period=7 * whole, retention_bps=1_000, steps=(step,))
    first, last = (step.rate * value // RATE_SCALE for value in (3_100, 5_000))
    with deal.moves(agency=7 * whole + first * 9 // 10):
        deal.settle(3_100, deal.terms.boundary(1))
    with deal.moves(agency=14 * whole + last - first * 9 // 10, client=979 * whole - last):
        deal.settle(5_000)
