"""The ranges that terms must keep to be opened. Twin of TermsCheck.sol: the same order, errors and limits.

Cannot see the chain: whether the token is a contract is for `EscrowContract.check_terms`.
"""

from escrow import errors
from escrow.committee import Committee
from escrow.eip712 import Domain
from escrow.ids import NO_DEAL, ZERO_ADDRESS, DealId, Timestamp, Units
from escrow.terms.model import Basis, Terms
from escrow.terms.typed import deal_id_of

HOUR = 3_600
DAY = 24 * HOUR

MAX_STEPS = 16
MAX_LATE_OPENING = 7 * DAY
MAX_START_AHEAD = 2 * 365 * DAY
MIN_PERIOD = HOUR
MAX_LIFE = 5 * 366 * DAY
MIN_GRACE = DAY
MAX_GRACE = 90 * DAY
MIN_NOTICE = HOUR
MAX_NOTICE = 90 * DAY
NOTICE_MARGIN = 7 * DAY
"""A party that gives notice is out at least this long before a member that was added meanwhile can sign."""
MIN_WINDOW = DAY
MAX_WINDOW = 30 * DAY
MAX_RETENTION = 5_000


def check_terms(terms: Terms, *, now: int, committee: Committee | None, domain: Domain | None = None) -> None:
    """Raises the named error of the first field that is out of range.

    `committee` is the one that the terms name, None where nobody created it. Without a domain the errors name
    no deal, and a party that is the contract itself goes unseen.
    """
    deal_id = deal_id_of(terms, domain) if domain else NO_DEAL
    _require_parties(deal_id, terms, domain)
    _require_money(deal_id, terms)
    _require_disputes(deal_id, terms, domain)
    _require_clock(deal_id, terms, now)
    _require_steps(deal_id, terms)
    _require_committee(deal_id, terms, committee)


def _require_parties(deal_id: DealId, terms: Terms, domain: Domain | None) -> None:
    contract = domain.contract if domain else None
    client, agency, token = terms.client, terms.agency, terms.token
    if client in (ZERO_ADDRESS, contract, token):
        raise errors.ClientProblem(deal_id, client, client)
    if agency in (ZERO_ADDRESS, contract, token, client):
        raise errors.AgencyProblem(deal_id, agency, agency)
    if token == contract:
        raise errors.TokenProblem(deal_id, token, 0)
    if not int(terms.agreement, 16):
        raise errors.AgreementProblem(deal_id, terms.agreement, 1)


def _require_money(deal_id: DealId, terms: Terms) -> None:
    base = Units(terms.base_per_period * terms.periods)
    if terms.budget == 0:
        raise errors.BudgetProblem(deal_id, terms.budget, Units(1))
    if terms.budget < base:
        raise errors.BudgetProblem(deal_id, terms.budget, base)
    most_retention = MAX_RETENTION if terms.basis == Basis.CUMULATIVE else 0
    if terms.retention_bps > most_retention:
        raise errors.RetentionProblem(deal_id, terms.retention_bps, most_retention)


def _require_disputes(deal_id: DealId, terms: Terms, domain: Domain | None) -> None:
    """An arbiter comes with both windows, and without one there is neither."""
    arbiter, has_arbiter = terms.arbiter, terms.arbiter != ZERO_ADDRESS
    least, most = (MIN_WINDOW, MAX_WINDOW) if has_arbiter else (0, 0)
    if has_arbiter and arbiter in (terms.client, terms.agency, domain.contract if domain else None):
        raise errors.ArbiterProblem(deal_id, arbiter, arbiter)
    if not least <= terms.challenge_window <= most:
        bound = least if terms.challenge_window < least else most
        raise errors.ChallengeWindowProblem(deal_id, terms.challenge_window, bound)
    if not least <= terms.ruling_window <= most:
        bound = least if terms.ruling_window < least else most
        raise errors.RulingWindowProblem(deal_id, terms.ruling_window, bound)
    if terms.self_report and not (has_arbiter and terms.basis == Basis.CUMULATIVE):
        raise errors.SelfReportProblem(deal_id, 1, 0)


def _require_clock(deal_id: DealId, terms: Terms, now: int) -> None:
    start, length = terms.starts_at, terms.period_length
    life = length * terms.periods
    if start == 0:
        raise errors.StartProblem(deal_id, start, Timestamp(1))
    if start > now + MAX_START_AHEAD:
        raise errors.StartProblem(deal_id, start, Timestamp(now + MAX_START_AHEAD))
    if terms.open_before > start + MAX_LATE_OPENING:
        raise errors.OpenBeforeProblem(deal_id, terms.open_before, Timestamp(start + MAX_LATE_OPENING))
    if length < MIN_PERIOD:
        raise errors.PeriodLengthProblem(deal_id, length, MIN_PERIOD)
    if terms.periods == 0:
        raise errors.PeriodsProblem(deal_id, 0, 1)
    if life > MAX_LIFE:
        raise errors.PeriodsProblem(deal_id, terms.periods, MAX_LIFE // length)
    if terms.open_before > start + life:
        raise errors.OpenBeforeProblem(deal_id, terms.open_before, Timestamp(start + life))
    if terms.report_grace < MIN_GRACE:
        raise errors.GraceProblem(deal_id, terms.report_grace, MIN_GRACE)
    if terms.report_grace > MAX_GRACE:
        raise errors.GraceProblem(deal_id, terms.report_grace, MAX_GRACE)
    if terms.notice_period < MIN_NOTICE:
        raise errors.NoticeProblem(deal_id, terms.notice_period, MIN_NOTICE)
    if terms.notice_period > MAX_NOTICE:
        raise errors.NoticeProblem(deal_id, terms.notice_period, MAX_NOTICE)


def _require_steps(deal_id: DealId, terms: Terms) -> None:
    count = len(terms.steps)
    if count == 0:
        raise errors.StepCountProblem(deal_id, 0, 1)
    if count > MAX_STEPS:
        raise errors.StepCountProblem(deal_id, count, MAX_STEPS)
    previous = -1
    for step in terms.steps:
        if step.from_ <= previous:
            raise errors.StepOrderProblem(deal_id, step.from_, previous)
        if step.from_ == 0 and step.flat:
            raise errors.StepFlatProblem(deal_id, step.flat, Units(0))
        previous = step.from_


def _require_committee(deal_id: DealId, terms: Terms, committee: Committee | None) -> None:
    if committee is None or committee.size == 0:
        raise errors.CommitteeUnknownProblem(deal_id, terms.committee, 1)
    if terms.quorum < committee.min_quorum:
        raise errors.QuorumProblem(deal_id, terms.quorum, committee.min_quorum)
    if terms.quorum > committee.max_quorum:
        raise errors.QuorumProblem(deal_id, terms.quorum, committee.max_quorum)
    if committee.admin != ZERO_ADDRESS and terms.notice_period + NOTICE_MARGIN > committee.delay:
        raise errors.NoticeProblem(deal_id, terms.notice_period, committee.delay - NOTICE_MARGIN)
