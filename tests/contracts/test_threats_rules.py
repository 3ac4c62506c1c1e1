"""Threats C14 to C19, C24, C25, C28 and C30: time, sums, rights and what the chain tells. Tree: trees/threats.tree."""

import batch
import clock
import pytest
from brownie import PerformanceEscrow, web3
from code_of import opcodes, rare_calls_of
from deals import CLOSED, EVIDENCE, REASON, both_coins
from refusals import refusal_of, refused, tried
from signing import member
from terms import DAY, HOUR, PER_PERIOD, Domain, Step, deal_id_of, per_unit

LATER = clock.EPOCH + 400 * DAY
LARGEST, LARGEST_AMOUNT = 2**64 - 1, 2**96 - 1


# C14


def a_scheduled_deal(deal):
    return {"client": 100_000}


def a_report_that_waits(deal):
    deal.settle(300, deal.terms.boundary(1))
    return {"agency": 30_000, "client": 70_000}


def a_report_that_the_client_disputes(deal):
    deal.settle(300, deal.terms.boundary(1))
    deal.dispute(100, by=deal.people.client)
    return {"agency": 20_000, "client": 70_000}


def a_report_that_both_dispute(deal):
    deal.settle(300, deal.terms.boundary(1))
    deal.dispute(900, by=deal.people.agency)
    deal.dispute(100, by=deal.people.client)
    return {"agency": 20_000, "client": 70_000}


def a_final_report_that_waits(deal):
    deal.settle(400)
    return {"agency": 40_000, "client": 60_000}


def a_self_report(deal):
    deal.self_report(500)
    return {"agency": 50_000, "client": 50_000}


def a_notice(deal):
    deal.give_notice(at=deal.terms.boundary(1))
    return {"client": 100_000}


STATES = (
    a_scheduled_deal,
    a_report_that_waits,
    a_report_that_the_client_disputes,
    a_report_that_both_dispute,
    a_final_report_that_waits,
    a_self_report,
    a_notice,
)


@both_coins
@pytest.mark.parametrize("reach", STATES, ids=[each.__name__ for each in STATES])
def test_threat__c14_everybody_falls_silent__lets_a_stranger_send_all_the_money_out(open_contested, stranger, reach):
    deal = open_contested(report_grace=2 * DAY)
    leaves = reach(deal)
    with deal.moves(**leaves):
        deal.refund(at=deal.terms.silent_at + 60 * DAY, by=stranger)
    assert deal.status() == CLOSED


# C15, C16


def test_threat__c15_a_final_report_and_a_refund_race__are_never_both_possible(open_deal):
    deal = open_deal()
    silent = deal.terms.silent_at
    allowed = {}
    for at in (silent - 1, silent, silent + 1):
        report, refund = tried(lambda at=at: deal.settle(300, at=at)), tried(lambda at=at: deal.refund(at=at))
        allowed[at - silent] = (report, refund)
    before, after = (None, "TimeProblem"), ("TimeProblem", None)
    assert allowed == {-1: before, 0: after, 1: after}


def opening(make, open_contested):
    deal = make()
    return deal.terms.open_before, lambda at: deal.open(at=at), None


def disputing(make, open_contested):
    deal = open_contested()
    deal.settle(300, deal.terms.boundary(1))
    return deal.window_ends_at, lambda at: deal.dispute(100, by=deal.people.client, at=at), lambda at: deal.finalize(at=at)


def ruling(make, open_contested):
    deal = open_contested()
    deal.settle(300, deal.terms.boundary(1))
    deal.dispute(100, by=deal.people.client)
    limit = deal.window_ends_at + deal.terms.ruling_window
    return limit, lambda at: deal.rule(200, at=at), lambda at: deal.finalize(at=at)


def filing_before_the_arbiter(make, open_contested):
    deal = open_contested()
    deal.settle(300, deal.terms.boundary(1))
    deal.dispute(100, by=deal.people.client)
    return deal.window_ends_at, lambda at: deal.dispute(900, by=deal.people.agency, at=at), lambda at: deal.rule(200, at=at)


def topping_up(make, open_contested):
    deal = open_contested()
    return deal.terms.ends_at, lambda at: deal.top_up(1, at=at), lambda at: deal.settle(300, at=at)


def splitting(make, open_contested):
    deal = open_contested()
    limit = deal.terms.boundary(1)
    return limit, lambda at: deal.agree(1, limit, at=at), None


def waiting_for_the_quorum(make, open_contested):
    deal = open_contested()
    limit = deal.terms.silent_at - deal.terms.report_grace // 2
    return limit, None, lambda at: deal.self_report(500, at=at)


def reporting_oneself(make, open_contested):
    deal = open_contested()
    return deal.terms.silent_at, lambda at: deal.self_report(500, at=at), lambda at: deal.refund(at=at)


DEADLINES = (
    opening,
    disputing,
    ruling,
    filing_before_the_arbiter,
    topping_up,
    splitting,
    waiting_for_the_quorum,
    reporting_oneself,
)


@pytest.mark.parametrize("scene", DEADLINES, ids=[each.__name__ for each in DEADLINES])
def test_threat__c16_the_clock_is_a_second_off_at_a_deadline__is_on_one_side_of_it(make_deal, open_contested, scene):
    limit, earlier, later = scene(make_deal, open_contested)
    for at in (limit - 1, limit, limit + 1):
        if earlier:
            assert (tried(lambda at=at: earlier(at)) is None) == (at < limit)
        if later:
            assert (tried(lambda at=at: later(at)) is None) == (at >= limit)


# C17 to C19


@both_coins
def test_threat__c17_every_amount_has_a_fraction__pays_out_exactly_what_came_in(open_deal):
    deal = open_deal(budget=1_000, retention_bps=3_333, base_per_period=77, steps=(Step(0, 0, 333_333),))
    # 33.3 of which 66.67% are 22.0; 66.6 of which they are 44.0; 100 whole.
    with deal.moves(agency=77 + 22):
        deal.settle(100, deal.terms.boundary(1))
    with deal.moves(agency=77 + 22):
        deal.settle(200, deal.terms.boundary(2))
    with deal.moves(agency=77 + 56, client=1_000 - 99 - 99 - 133):
        deal.settle(303)
    assert deal.coin.balance(deal.escrow) == 0


@pytest.mark.parametrize("basis", [0, PER_PERIOD], ids=["cumulative", "per period"])
def test_threat__c18_rates_and_values_are_extreme__pays_more_for_more_and_never_beyond_the_funds(open_deal, basis):
    steps = tuple(Step(at, LARGEST_AMOUNT if at else 0, LARGEST_AMOUNT) for at in (0, 1, 2**32, LARGEST - 1))
    small = (Step(0, 0, 1),)
    values = [0, 1, 2, 999_999, 10**6, 2**32, 2**63, LARGEST - 1, LARGEST]
    for salt, schedule in enumerate((steps, small)):
        deal = open_deal(salt=salt, basis=basis, steps=schedule, base_per_period=1_000)
        end = deal.terms.boundary(1)
        reads = [batch.call(deal.escrow.dueFor, deal.words, value, end) for value in values]
        paid = [base + performance for base, performance, _ in batch.read(reads)]
        assert paid == sorted(paid)
        assert paid[0] == 1_000
        assert paid[-1] == (98_000 if schedule is steps else min(98_000, 1_000 + LARGEST // 10**6))


def test_threat__c19_the_amount_and_the_value_are_the_largest__are_kept_whole(make_deal, dollar, client):
    dollar.mint(client, LARGEST_AMOUNT, {"from": client})
    deal = make_deal(cap=LARGEST_AMOUNT - 1, steps=(Step(0, 0, LARGEST_AMOUNT),))
    deal.open(LARGEST_AMOUNT)
    with deal.moves_nothing(), refused("FundingProblem", deal.id, 1, 0):
        deal.top_up(1)
    with deal.moves_nothing(), refused("ValueProblem", deal.id, LARGEST + 1, LARGEST):
        deal.settle(LARGEST + 1, deal.terms.boundary(1))
    with deal.moves(agency=LARGEST_AMOUNT - 1):
        deal.settle(LARGEST, deal.terms.boundary(1))
    assert deal.state()["funded"] == LARGEST_AMOUNT
    with deal.moves(client=1):
        deal.settle(LARGEST)


def test_threat__c19_a_claim_is_packed_at_its_edges__is_kept_whole(open_contested, client, agency):
    deal = open_contested(
        period_length=366 * DAY, periods=5, challenge_window=30 * DAY, ruling_window=30 * DAY, notice_period=90 * DAY
    )
    deal.settle(LARGEST - 1)
    window_ends_at = clock.now() + 30 * DAY
    deal.dispute(LARGEST, by=agency)
    deal.dispute(LARGEST - 2, by=client)
    claim = deal.claim()
    numbers = (claim["client_value"], claim["value"], claim["agency_value"])
    assert numbers == (LARGEST - 2, LARGEST - 1, LARGEST)
    assert (claim["as_of"], claim["window_ends_at"]) == (deal.terms.ends_at, window_ends_at)


# C24, C25

FOR_ALL = {
    "open",
    "openWithPermit",
    "openWithAuthorization",
    "topUp",
    "topUpWithAuthorization",
    "settle",
    "settleBatch",
    "settleRooted",
    "finalize",
    "refund",
    "agree",
    "amend",
    "createCommittee",
    "proveEquivocation",
}
"""Whoever calls pays himself, or brings what others signed, or changes nothing for anybody."""
OWN_CALLS_ONLY = {"settleItem"}
"""See test_batch.py."""


@pytest.fixture
def forbidden(open_contested, committee, oracles, stranger):
    """Everything that a stranger may not do, as right as it can be, and the error of each; a report waits."""
    deal = open_contested()
    deal.settle(300)
    escrow, words, by = deal.escrow, deal.words, {"from": stranger}
    newcomer = member("newcomer").address
    calls = {
        "decline": (lambda: escrow.decline(words, by), "CallerProblem"),
        "dispute": (lambda: escrow.dispute(words, 1, REASON, by), "CallerProblem"),
        "rule": (lambda: escrow.rule(words, 1, by), "CallerProblem"),
        "selfReport": (lambda: escrow.selfReport(words, 900, EVIDENCE, by), "CallerProblem"),
        "giveNotice": (lambda: escrow.giveNotice(words, by), "CallerProblem"),
        "withdraw": (lambda: escrow.withdraw(deal.terms.token, stranger, by), "CreditProblem"),
        "addMember": (lambda: escrow.addMember(committee, newcomer, by), "AdminProblem"),
        "removeMember": (lambda: escrow.removeMember(committee, oracles[0].address, by), "AdminProblem"),
        "offerAdmin": (lambda: escrow.offerAdmin(committee, stranger, by), "AdminProblem"),
        "acceptAdmin": (lambda: escrow.acceptAdmin(committee, by), "AdminProblem"),
        "leaveCommittee": (lambda: escrow.leaveCommittee(committee, by), "MemberProblem"),
    }
    return deal, calls


def changing() -> set[str]:
    functions = [entry for entry in PerformanceEscrow.abi if entry["type"] == "function"]
    return {entry["name"] for entry in functions if entry["stateMutability"] not in ("view", "pure")}


def test_threat__c24_a_stranger_calls_everything_that_is_not_for_all__is_refused_each_time(forbidden):
    deal, calls = forbidden
    with deal.moves_nothing():
        found = {name: refusal_of(call) for name, (call, _) in calls.items()}
    assert found == {name: error for name, (_, error) in calls.items()}


def test_threat__c24_somebody_looks_for_a_function_of_an_owner__finds_none(forbidden):
    assert changing() == FOR_ALL | OWN_CALLS_ONLY | set(forbidden[1])


def test_threat__c24_the_deployer_tries_the_rights_of_others__has_none(open_deal, escrow, keeper):
    deal = open_deal()
    with deal.moves_nothing(), refused("CallerProblem", deal.id, keeper.address, deal.terms.agency):
        deal.decline(by=keeper)
    with deal.moves_nothing(), refused("CallerProblem", deal.id, keeper.address, deal.terms.agency):
        deal.give_notice(by=keeper)
    with deal.moves_nothing(), refused("CreditProblem", keeper.address, deal.terms.token, 0):
        escrow.withdraw(deal.terms.token, keeper, {"from": keeper})


def test_threat__c25_somebody_would_change_the_code__can_not(escrow):
    own, second = opcodes(escrow.address), opcodes(rare_calls_of(escrow.address))
    assert own.count("DELEGATECALL") == 1
    assert {"SELFDESTRUCT", "CALLCODE", "CREATE", "CREATE2"}.isdisjoint([*own, *second])
    assert "DELEGATECALL" not in second


def test_threat__c25_the_second_half_of_the_code_is_called_by_itself__knows_no_deal(open_deal, agency, RareCalls):
    deal = open_deal()
    alone = RareCalls.at(rare_calls_of(deal.escrow.address))
    unknown = deal_id_of(deal.terms, Domain(web3.eth.chain_id, alone.address))
    with deal.moves_nothing(), refused("StatusProblem", unknown, 0):
        alone.giveNotice(deal.words, {"from": agency})


# C28


def test_threat__c28_an_auditor_reads_the_events_alone__has_the_state_and_every_payment(
    open_contested, client, agency, arbiter
):
    deal = open_contested(retention_bps=1_000, base_per_period=1_000)
    sent = [
        lambda: deal.top_up(50_000),
        lambda: deal.settle(300, deal.terms.boundary(1)),
        lambda: deal.dispute(100, by=client),
        lambda: deal.rule(200),
        lambda: deal.give_notice(at=deal.terms.boundary(2) + 100),
        lambda: deal.settle(500, deal.terms.boundary(2) + 100 + HOUR),
        lambda: deal.finalize(),
    ]
    funded, paid, refunded, last, ends_at = 100_000, 0, 0, deal.terms.starts_at, deal.terms.ends_at
    for send in sent:
        before = [deal.coin.balance(each) for each in (agency, client, deal.escrow)]
        earlier = (funded, paid, refunded)
        for event in send().events:
            if "dealId" not in event:
                continue
            paid += sum(event[part] for part in ("base", "performance") if part in event)
            if event.name == "DealToppedUp":
                funded += event["amount"]
            if event.name == "ReportDisputed":
                last = deal.terms.boundary(1)
            if event.name == "ReportResolved":
                last = event["asOf"]
            if event.name == "NoticeGiven":
                ends_at = event["endsAt"]
            if event.name == "DealClosed":
                refunded += event["refunded"]
        added, earned, returned = (now - then for now, then in zip((funded, paid, refunded), earlier, strict=True))
        after = [deal.coin.balance(each) for each in (agency, client, deal.escrow)]
        moved = [now - then for now, then in zip(after, before, strict=True)]
        assert moved == [earned, returned - added, added - earned - returned]
        state = deal.state()
        assert (state["funded"], state["last_as_of"], state["ends_at"]) == (funded, last, ends_at)
    assert funded == paid + refunded
    assert deal.status() == CLOSED


# C30


@pytest.mark.parametrize("value", [0, 1, 199, 200, 201, 10**9, LARGEST])
def test_threat__c30_the_metric_is_inflated__pays_no_more_than_the_cap_and_the_funds(open_deal, value):
    deal = open_deal(cap=20_000, steps=(per_unit(100),))
    earned = min(20_000, value * 100)
    with deal.moves(agency=earned, client=100_000 - earned):
        deal.settle(value)


def test_threat__c30_money_is_lent_for_one_transaction__earns_the_lender_nothing(open_deal, patron):
    deal = open_deal()
    deal.settle(300, deal.terms.boundary(1))
    before = deal.coin.balance(patron)
    with deal.moves(escrow=10**9):
        deal.top_up(10**9, by=patron)
    assert deal.coin.balance(patron) == before - 10**9
    with deal.moves(agency=0, client=10**9 + 70_000):
        deal.settle(300)
