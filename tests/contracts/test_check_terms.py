"""checkTerms: every range of every field, at its edge and one beyond. Tree: trees/checkTerms.tree."""

import clock
import pytest
from refusals import refused
from signing import member
from terms import DAY, HOUR, PER_PERIOD, ZERO, Step, Terms, per_unit

YEAR = 365 * DAY
LIFE = 5 * 366 * DAY
WORD96 = 2**96 - 1


@pytest.fixture
def check(escrow, make_deal):
    """Calls checkTerms for the valid terms with these changes."""

    def call(**changes):
        escrow.checkTerms(make_deal(**changes).words)

    return call


@pytest.fixture
def beyond(make_deal, escrow):
    """Holds checkTerms to this error for the valid terms with these changes."""

    def hold(error: str, given, limit, **changes):
        words = make_deal(**changes).words
        # The contract's own id: typed data has no place for a flag that is neither 0 nor 1.
        deal_id = bytes.fromhex(str(escrow.dealIdOf(words))[2:])
        with refused(error, deal_id, given, limit):
            escrow.checkTerms(words)

    return hold


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"budget": 1},
        {"budget": WORD96, "cap": WORD96},
        {"budget": 15_000, "base_per_period": 5_000},
        {"basis": PER_PERIOD},
        {"retention_bps": 5_000},
        {"starts_at": 1, "open_before": 0},
        {"starts_at": clock.EPOCH + 2 * YEAR, "open_before": clock.EPOCH + 2 * YEAR + 7 * DAY},
        {"open_before": 0},
        {"open_before": clock.EPOCH + DAY + 1 * HOUR, "period_length": HOUR, "periods": 1},
        {"period_length": HOUR, "periods": LIFE // HOUR},
        {"period_length": LIFE, "periods": 1},
        {"report_grace": DAY},
        {"report_grace": 90 * DAY},
        {"notice_period": HOUR},
        {"notice_period": 90 * DAY},
        {"quorum": 3},
        {"steps": tuple(per_unit(1, at) for at in range(16))},
        {"steps": (Step(0, 0, WORD96), Step(1, WORD96, 0), Step(2**64 - 1, WORD96, WORD96))},
        {"salt": 0},
        {"arbiter": member("arbiter").address, "challenge_window": DAY, "ruling_window": DAY},
        {"arbiter": member("arbiter").address, "challenge_window": 30 * DAY, "ruling_window": 30 * DAY, "self_report": 1},
    ],
    ids=lambda changes: ",".join(changes) or "as they are",
)
def test_check_terms__terms_at_the_edge_of_every_range__accepts_them(check, changes):
    check(**changes)


def test_check_terms__the_client_is_zero__is_refused_with_client_problem(beyond):
    beyond("ClientProblem", ZERO, ZERO, client=ZERO)


def test_check_terms__the_client_is_the_contract__is_refused_with_client_problem(beyond, escrow):
    beyond("ClientProblem", escrow.address, escrow.address, client=escrow)


def test_check_terms__the_client_is_the_token__is_refused_with_client_problem(beyond, dollar):
    beyond("ClientProblem", dollar.address, dollar.address, client=dollar)


def test_check_terms__the_agency_is_zero__is_refused_with_agency_problem(beyond):
    beyond("AgencyProblem", ZERO, ZERO, agency=ZERO)


def test_check_terms__the_agency_is_the_contract__is_refused_with_agency_problem(beyond, escrow):
    beyond("AgencyProblem", escrow.address, escrow.address, agency=escrow)


def test_check_terms__the_agency_is_the_token__is_refused_with_agency_problem(beyond, dollar):
    beyond("AgencyProblem", dollar.address, dollar.address, agency=dollar)


def test_check_terms__the_agency_is_the_client__is_refused_with_agency_problem(beyond, client):
    beyond("AgencyProblem", client.address, client.address, agency=client)


def test_check_terms__the_token_is_the_contract__is_refused_with_token_problem(beyond, escrow):
    beyond("TokenProblem", escrow.address, 0, token=escrow)


def test_check_terms__the_token_has_no_code__is_refused_with_token_problem(beyond, stranger):
    beyond("TokenProblem", stranger.address, 0, token=stranger)


def test_check_terms__the_agreement_is_zero__is_refused_with_agreement_problem(beyond):
    beyond("AgreementProblem", bytes(32), 1, agreement=bytes(32))


DISPUTES = {"arbiter": member("arbiter").address, "challenge_window": DAY, "ruling_window": DAY}


@pytest.mark.parametrize("name", ["client", "agency"])
def test_check_terms__the_arbiter_is_a_party__is_refused_with_arbiter_problem(beyond, people, name):
    party = people[name]
    beyond("ArbiterProblem", party.address, party.address, **{**DISPUTES, "arbiter": party})


def test_check_terms__the_arbiter_is_the_contract__is_refused_with_arbiter_problem(beyond, escrow):
    beyond("ArbiterProblem", escrow.address, escrow.address, **{**DISPUTES, "arbiter": escrow})


@pytest.mark.parametrize(
    ("window", "limit"), [(0, DAY), (DAY - 1, DAY), (30 * DAY + 1, 30 * DAY)], ids=["none", "short", "long"]
)
def test_check_terms__the_challenge_window_is_out_of_range__is_refused_with_challenge_window_problem(beyond, window, limit):
    beyond("ChallengeWindowProblem", window, limit, **{**DISPUTES, "challenge_window": window})


@pytest.mark.parametrize(
    ("window", "limit"), [(0, DAY), (DAY - 1, DAY), (30 * DAY + 1, 30 * DAY)], ids=["none", "short", "long"]
)
def test_check_terms__the_ruling_window_is_out_of_range__is_refused_with_ruling_window_problem(beyond, window, limit):
    beyond("RulingWindowProblem", window, limit, **{**DISPUTES, "ruling_window": window})


def test_check_terms__there_is_a_challenge_window_without_an_arbiter__is_refused_with_challenge_window_problem(beyond):
    beyond("ChallengeWindowProblem", DAY, 0, challenge_window=DAY)


def test_check_terms__there_is_a_ruling_window_without_an_arbiter__is_refused_with_ruling_window_problem(beyond):
    beyond("RulingWindowProblem", DAY, 0, ruling_window=DAY)


@pytest.mark.parametrize("flag", [1, 2, 255])
def test_check_terms__the_agency_may_report_itself_without_an_arbiter__is_refused_with_self_report_problem(beyond, flag):
    beyond("SelfReportProblem", flag, 0, self_report=flag)


def test_check_terms__the_agency_may_report_itself_per_period__is_refused_with_self_report_problem(beyond):
    beyond("SelfReportProblem", 1, 0, **DISPUTES, self_report=1, basis=PER_PERIOD)


@pytest.mark.parametrize("flag", [2, 255])
def test_check_terms__the_flag_of_self_reports_is_neither_0_nor_1__is_refused_with_self_report_problem(beyond, flag):
    beyond("SelfReportProblem", flag, 1, **DISPUTES, self_report=flag)


def test_check_terms__the_budget_is_zero__is_refused_with_budget_problem(beyond):
    beyond("BudgetProblem", 0, 1, budget=0)


def test_check_terms__the_budget_does_not_cover_the_base_fee__is_refused_with_budget_problem(beyond):
    beyond("BudgetProblem", 14_999, 15_000, budget=14_999, base_per_period=5_000)


@pytest.mark.parametrize("basis", [2, 255])
def test_check_terms__the_basis_is_unknown__is_refused_with_basis_problem(beyond, basis):
    beyond("BasisProblem", basis, 1, basis=basis)


def test_check_terms__the_retention_is_above_a_half__is_refused_with_retention_problem(beyond):
    beyond("RetentionProblem", 5_001, 5_000, retention_bps=5_001)


def test_check_terms__there_is_retention_per_period__is_refused_with_retention_problem(beyond):
    beyond("RetentionProblem", 1, 0, retention_bps=1, basis=PER_PERIOD)


def test_check_terms__the_start_is_zero__is_refused_with_start_problem(beyond):
    beyond("StartProblem", 0, 1, starts_at=0)


def test_check_terms__the_start_is_too_far_ahead__is_refused_with_start_problem(beyond):
    limit = clock.now() + 2 * YEAR
    beyond("StartProblem", limit + 1, limit, starts_at=limit + 1)


def test_check_terms__open_before_is_too_long_after_the_start__is_refused_with_open_before_problem(beyond, terms):
    limit = terms.starts_at + 7 * DAY
    beyond("OpenBeforeProblem", limit + 1, limit, open_before=limit + 1)


def test_check_terms__open_before_is_after_the_end__is_refused_with_open_before_problem(beyond, terms):
    end = terms.starts_at + 2 * HOUR
    beyond("OpenBeforeProblem", end + 1, end, open_before=end + 1, period_length=HOUR, periods=2)


def test_check_terms__the_period_is_too_short__is_refused_with_period_length_problem(beyond):
    beyond("PeriodLengthProblem", HOUR - 1, HOUR, period_length=HOUR - 1)


def test_check_terms__there_is_no_period__is_refused_with_periods_problem(beyond):
    beyond("PeriodsProblem", 0, 1, periods=0)


def test_check_terms__the_deal_is_too_long__is_refused_with_periods_problem(beyond):
    most = LIFE // HOUR
    beyond("PeriodsProblem", most + 1, most, periods=most + 1, period_length=HOUR)


def test_check_terms__the_grace_is_too_short__is_refused_with_grace_problem(beyond):
    beyond("GraceProblem", DAY - 1, DAY, report_grace=DAY - 1)


def test_check_terms__the_grace_is_too_long__is_refused_with_grace_problem(beyond):
    beyond("GraceProblem", 90 * DAY + 1, 90 * DAY, report_grace=90 * DAY + 1)


def test_check_terms__the_notice_is_too_short__is_refused_with_notice_problem(beyond):
    beyond("NoticeProblem", HOUR - 1, HOUR, notice_period=HOUR - 1)


def test_check_terms__the_notice_is_too_long__is_refused_with_notice_problem(beyond):
    beyond("NoticeProblem", 90 * DAY + 1, 90 * DAY, notice_period=90 * DAY + 1)


def test_check_terms__the_notice_is_longer_than_the_committees_delay_allows__is_refused_with_notice_problem(
    beyond, check, create_committee, oracles, stranger
):
    committee = create_committee(oracles, 2, admin=stranger, delay=10 * DAY)
    check(committee=committee, notice_period=3 * DAY)
    beyond("NoticeProblem", 3 * DAY + 1, 3 * DAY, committee=committee, notice_period=3 * DAY + 1)


def test_check_terms__there_is_no_step__is_refused_with_step_count_problem(beyond):
    beyond("StepCountProblem", 0, 1, steps=())


def test_check_terms__there_are_too_many_steps__is_refused_with_step_count_problem(beyond):
    beyond("StepCountProblem", 17, 16, steps=tuple(per_unit(1, at) for at in range(17)))


def test_check_terms__two_steps_begin_at_the_same_value__is_refused_with_step_order_problem(beyond):
    beyond("StepOrderProblem", 5, 5, steps=(per_unit(1, 0), per_unit(2, 5), per_unit(3, 5)))


def test_check_terms__steps_descend__is_refused_with_step_order_problem(beyond):
    beyond("StepOrderProblem", 4, 5, steps=(per_unit(1, 5), per_unit(2, 4)))


def test_check_terms__a_flat_amount_is_earned_at_zero__is_refused_with_step_flat_problem(beyond):
    beyond("StepFlatProblem", 1, 0, steps=(Step(0, 1, 0),))


def test_check_terms__the_committee_is_unknown__is_refused_with_committee_unknown_problem(beyond):
    beyond("CommitteeUnknownProblem", bytes(12), 1, committee=bytes(12))


def test_check_terms__the_quorum_is_below_the_committees_least__is_refused_with_quorum_problem(beyond):
    beyond("QuorumProblem", 1, 2, quorum=1)


def test_check_terms__the_quorum_is_above_the_committees_most__is_refused_with_quorum_problem(
    beyond, create_committee, oracles
):
    beyond("QuorumProblem", 3, 2, quorum=3, committee=create_committee(oracles, 2, 2))


@pytest.mark.parametrize("count", [0, 6])
def test_check_terms__words_are_missing__is_refused_with_terms_length_problem(escrow, count):
    with refused("TermsLengthProblem", bytes(32), count, Terms.FIXED_WORDS):
        escrow.checkTerms([1] * count)
