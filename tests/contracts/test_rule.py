"""The arbiter decides. Tree: trees/rule.tree."""

import pytest
from deals import BY_FINAL_REPORT, CLOSED, RULED, both_coins
from refusals import refused
from terms import DAY, PER_PERIOD


@pytest.fixture
def disputed(open_contested, people):
    """A report of 300 as of the first boundary, for which the client files 100 and the agency 400."""

    def make(*, client=100, agency=400, as_of=1, **changes):
        deal = open_contested(**changes)
        deal.settle(300, deal.terms.boundary(as_of))
        if client is not None:
            deal.dispute(client, by=people["client"])
        if agency is not None:
            deal.dispute(agency, by=people["agency"])
        return deal

    return make


@both_coins
@pytest.mark.parametrize(("ruled", "more"), [(100, 0), (250, 15_000), (300, 20_000), (400, 30_000)])
def test_rule__any_number_between_those_filed__pays_the_difference(disputed, ruled, more):
    deal = disputed()
    with deal.moves(agency=more):
        deal.rule(ruled)
    assert deal.claim()["as_of"] == 0


def test_rule__any_number_between_those_filed__emits_report_resolved(disputed):
    deal = disputed()
    assert deal.rule(250).events["ReportResolved"] == {
        "dealId": "0x" + deal.id.hex(),
        "asOf": deal.terms.boundary(1),
        "value": 250,
        "outcome": RULED,
        "adjust": -50,
        "base": 0,
        "performance": 15_000,
    }


def test_rule__the_agency_alone_disputed__pays_all_of_the_ruling_at_once(disputed):
    deal = disputed(client=None, base_per_period=1_000)
    with deal.moves(agency=36_000):
        deal.rule(350)


def test_rule__the_agency_alone_disputed_and_the_agreed_part_is_paid__pays_the_difference(disputed):
    deal = disputed(client=None)
    with deal.moves(agency=30_000):
        deal.finalize()
    with deal.moves(agency=5_000):
        deal.rule(350)


def test_rule__the_report_was_final__closes_the_deal_and_returns_the_rest(disputed):
    deal = disputed(as_of=3, retention_bps=1_000)
    with deal.moves(agency=15_000, client=75_000):
        closed = deal.rule(250).events["DealClosed"]
    assert (closed["cause"], closed["refunded"]) == (BY_FINAL_REPORT, 75_000)
    assert deal.status() == CLOSED


def test_rule__the_funds_do_not_suffice__pays_what_is_there(disputed):
    deal = disputed(agency=2_000)
    with deal.moves(agency=90_000):
        deal.rule(2_000)


def test_rule__per_period__adds_nothing_to_later_values(disputed):
    deal = disputed(basis=PER_PERIOD)
    deal.rule(150)
    assert deal.adjust == 0
    deal.settle(300, deal.terms.boundary(2))
    with deal.moves(agency=30_000):
        deal.finalize()


def test_rule__in_the_last_second_of_the_ruling_window__is_accepted(disputed):
    deal = disputed()
    deal.rule(200, at=deal.window_ends_at + deal.terms.ruling_window - 1)


def test_rule__the_ruling_window_is_over__is_refused(disputed):
    deal = disputed()
    end = deal.window_ends_at + deal.terms.ruling_window
    with deal.moves_nothing(), refused("TimeProblem", deal.id, end, end):
        deal.rule(200, at=end)


def test_rule__the_parties_may_still_file__is_refused(disputed):
    deal = disputed(agency=None)
    end = deal.window_ends_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, end - 1, end):
        deal.rule(200, at=end - 1)


def test_rule__nobody_disputed__is_refused(disputed):
    deal = disputed(client=None, agency=None)
    end = deal.window_ends_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, end, end):
        deal.rule(300, at=end)


@pytest.mark.parametrize(
    ("filed", "value", "limit"),
    [
        ({}, 99, 100),
        ({}, 401, 400),
        ({"client": None}, 299, 300),
        ({"agency": None}, 301, 300),
    ],
)
def test_rule__the_number_is_beyond_those_filed__is_refused(disputed, filed, value, limit):
    deal = disputed(**filed)
    with deal.moves_nothing(), refused("ValueProblem", deal.id, value, limit):
        deal.rule(value)


@pytest.mark.parametrize("name", ["client", "agency", "stranger"])
def test_rule__somebody_else_rules__is_refused(disputed, people, name):
    deal = disputed()
    with deal.moves_nothing(), refused("CallerProblem", deal.id, people[name].address, people["arbiter"].address):
        deal.rule(200, by=people[name])


def test_rule__nothing_waits__is_refused(open_contested, arbiter):
    deal = open_contested()
    with refused("WaitingProblem", deal.id, 0, 1):
        deal.rule(200, at=deal.terms.starts_at)


def test_rule__it_ruled_already__is_refused(disputed):
    deal = disputed()
    deal.rule(200)
    with deal.moves_nothing(), refused("WaitingProblem", deal.id, 0, 1):
        deal.rule(250, at=deal.terms.boundary(1) + 4 * DAY)
