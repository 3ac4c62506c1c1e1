"""An auditor's recomputation: sound lives are equal to the unit, and of damaged ones the first difference is named."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from escrow.clock import parse_time
from escrow.events import Closing, DealClosed, DealOpened, DealToppedUp, ReportSettled
from escrow.measure import Bundle, Counts, leaf_of, read_lines
from escrow.measure.merkle import root_of
from escrow.schedule import paid_so_far
from escrow.terms import Basis
from escrow.verify import EQUAL, Difference
from tests.escrow.measured import ENDS_AT, day, document, event, lost
from tests.escrow.verify.life import CALLS, Life
from tests.factories import DAY, DOLLAR, person

JUNE, JULY = parse_time("2008-06-01T00:00:00Z"), parse_time("2008-07-01T00:00:00Z")
PER_PERIOD = {"basis": Basis.PER_PERIOD, "period_length": 46 * DAY, "periods": 2}
EVERY = document(reports={"every": "period"})


def whole(**options: object) -> Life:
    """Three reports, the last one closes: 30, 60 and 79 customers at $500, of $400,000."""
    return Life(**options).open().report(JUNE).report(JULY).report(ENDS_AT)  # type: ignore[arg-type]


def first(life: Life) -> Difference:
    difference = life.verdict().difference
    assert difference is not None
    return difference


def test_verify_deal__sound_life__is_equal_and_adds_up() -> None:
    verdict = whole().verdict()

    assert (verdict.is_equal, verdict.text, verdict.closed) == (True, EQUAL, True)
    assert [(report.as_of, report.value, report.text, report.from_events) for report in verdict.reports] == [
        (JUNE, 30, EQUAL, True),
        (JULY, 60, EQUAL, True),
        (ENDS_AT, 79, EQUAL, True),
    ]
    assert (verdict.funded, verdict.paid, verdict.refunded, verdict.left) == (
        400_000 * DOLLAR,
        39_500 * DOLLAR,
        360_500 * DOLLAR,
        0,
    )


def test_verify_deal__chain_events_in_any_order_among_others__is_equal() -> None:
    life = whole()
    stranger = replace(life.chain[1], deal_id="0x" + "00" * 32)
    life.chain.append(stranger)
    Random(7).shuffle(life.chain)

    assert life.verdict().is_equal


def test_verify_deal__running_with_retention_base_and_top_up__leaves_what_is_not_paid() -> None:
    life = Life(retention_bps=1_000, base_per_period=100 * DOLLAR, agreement=EVERY, period_length=23 * DAY, periods=4)
    verdict = life.open().report(day(23)).top_up(1_000 * DOLLAR).report(day(46)).verdict()

    assert verdict.is_equal and not verdict.closed
    assert verdict.paid == paid_so_far(life.terms, life.deal) == 200 * DOLLAR + 45 * 450 * DOLLAR
    assert verdict.left == verdict.funded - verdict.paid


def test_verify_deal__top_up_that_pays_at_once__is_recomputed() -> None:
    life = Life(budget=10_000 * DOLLAR).open().report(JUNE).top_up(1_000 * DOLLAR)

    assert life.chain[-1].performance == 1_000 * DOLLAR
    assert life.verdict().is_equal


def test_verify_deal__per_period__counts_each_period_alone() -> None:
    life = Life(agreement=EVERY, **PER_PERIOD).open().report(day(46)).report(ENDS_AT)

    assert life.verdict().is_equal
    assert sum(report.value for report in life.verdict().reports) == 79


def test_verify_deal__silence_after_a_report__pays_what_was_retained() -> None:
    life = Life(retention_bps=1_000).open().report(JUNE).silence()

    assert life.verdict().is_equal
    assert life.verdict().paid == 30 * 500 * DOLLAR


def test_verify_deal__declined__returns_all() -> None:
    life = Life().open()

    verdict = life.close(Closing.DECLINED, refunded=life.terms.budget).verdict()

    assert (verdict.is_equal, verdict.refunded, verdict.reports) == (True, life.terms.budget, ())


def test_verify_deal__no_events_at_hand__is_equal_by_the_rows_and_says_so() -> None:
    life = whole()
    life.calls_at_hand = None

    assert life.verdict().is_equal
    assert [report.from_events for report in life.verdict().reports] == [False] * 3


# What the chain says


JUNE_REPORT, LAST_REPORT = "report as of 2008-06-01T00:00:00Z", "report as of 2008-08-01T00:00:00Z"
PAY = "performance pay"
CHAIN: dict[str, tuple[Callable[[], Life], tuple[str, str]]] = {
    "never opened": (lambda: Life(), ("sum", "deal")),
    "less than the budget": (lambda: Life().open(1), ("opening", "amount")),
    "opened twice": (lambda: Life().open().open(), ("opening", "deal")),
    "other terms": (lambda: whole().falsify(DealOpened, terms=(1, 2)), ("opening", "terms")),
    "other client": (lambda: whole().falsify(DealOpened, client=person("x")), ("opening", "client")),
    "top-up pays": (lambda: Life().open().top_up(5).falsify(DealToppedUp, performance=1), ("top-up in block 100", PAY)),
    "one signer": (lambda: whole().falsify(ReportSettled, signers=0b10), (LAST_REPORT, "number of signers")),
    "base fee": (lambda: whole().falsify(ReportSettled, base=1), (LAST_REPORT, "base fee")),
    "performance": (lambda: whole().falsify(ReportSettled, performance=1), (LAST_REPORT, PAY)),
    "unscheduled": (lambda: Life().open().report(JUNE - 1), ("report as of 2008-05-31T23:59:59Z", "as-of time")),
    "report twice": (lambda: Life().open().report(JUNE).report(JUNE), (JUNE_REPORT, "as-of time")),
    "report after closing": (lambda: Life().open().silence().report(JUNE), (JUNE_REPORT, "deal")),
    "report before opening": (lambda: Life().report(JUNE), (JUNE_REPORT, "deal")),
    "refund": (lambda: whole().falsify(DealClosed, refunded=1), ("closing", "refund")),
    "closing pays": (lambda: whole().falsify(DealClosed, performance=1), ("closing", PAY)),
    "silence after all reports": (lambda: whole().falsify(DealClosed, cause=Closing.SILENCE), ("closing", "cause")),
    "declined late": (lambda: Life().open().report(JUNE).close(Closing.DECLINED), ("closing", "cause")),
    "final without report": (lambda: Life().open().close(Closing.FINAL_REPORT), ("closing", "cause")),
    "closed twice": (lambda: whole().close(Closing.FINAL_REPORT), ("closing", "deal")),
    "closed before opening": (lambda: Life().close(Closing.DECLINED), ("closing", "deal")),
}


@pytest.mark.parametrize("make, where", CHAIN.values(), ids=CHAIN)
def test_verify_deal__chain_that_differs_from_the_schedule__names_the_first(
    make: Callable[[], Life], where: tuple[str, str]
) -> None:
    difference = first(make())

    assert (difference.place, difference.what) == where


def test_verify_deal__final_report_without_a_closing__is_named() -> None:
    life = whole()
    del life.chain[-1]

    assert first(life).place == "sum"
    assert first(life).expected == f"with the final report, returning {360_500 * DOLLAR}"


def test_difference__message__says_what_was_expected_and_what_is_there() -> None:
    life = whole().falsify(ReportSettled, performance=9_499 * DOLLAR)

    assert str(first(life)) == ("report as of 2008-08-01T00:00:00Z: performance pay should be 9500000000, but is 9499000000")
    assert [report.text == EQUAL for report in life.verdict().reports] == [True, True, False]


# Documents


def test_verify_deal__agreement_that_nobody_has__leaves_no_report_equal() -> None:
    life = whole()
    life.agreement = None

    assert (first(life).place, first(life).expected, first(life).found) == (
        "agreement", life.terms.agreement, "nowhere to be found",
    )  # fmt: skip
    assert all(report.difference is not None for report in life.verdict().reports)


def test_verify_deal__agreement_with_other_bytes__is_named_by_hash() -> None:
    life = whole()
    assert life.agreement is not None
    life.agreement += b"\n"

    assert (first(life).place, first(life).expected) == ("agreement", life.terms.agreement)


def test_verify_deal__agreement_of_another_flight__is_named() -> None:
    life = Life(period_length=91 * DAY).open()

    assert "has the end 2008-08-01T00:00:00Z" in first(life).found


def test_verify_deal__evidence_that_nobody_has__is_named() -> None:
    life = whole()
    del life.bundles[life.chain[2].evidence]

    assert first(life).found == "nowhere to be found"
    assert [report.text == EQUAL for report in life.verdict().reports] == [True, False, True]


def test_verify_deal__evidence_with_other_bytes__is_named_by_hash() -> None:
    life = whole()
    life.bundles[life.chain[1].evidence] = life.bundles[life.chain[2].evidence]

    assert (first(life).expected, first(life).found) == (life.chain[1].evidence, life.chain[2].evidence)


def without_root(change: Callable[[Bundle], Bundle]) -> Callable[[Bundle], Bundle]:
    """Applies the change and makes counts and root fit again, as a careful forger would."""

    def forge(bundle: Bundle) -> Bundle:
        changed = change(bundle)
        rows = tuple(sorted(changed.rows))
        counted = sum(row.is_counted for row in rows)
        counts = Counts(counted, {"criteria_not_met": len(rows) - counted} if len(rows) > counted else {})
        value = sum(row.quantity for row in rows if row.is_counted)
        return replace(changed, rows=rows, counts=counts, value=value, units_root=root_of(map(leaf_of, rows)))

    return forge


def with_row(bundle: Bundle, **changes: object) -> Bundle:
    """A counted row says something else."""
    at = next(index for index, row in enumerate(bundle.rows) if row.is_counted)
    rows = list(bundle.rows)
    rows[at] = rows[at]._replace(**changes)
    return replace(bundle, rows=tuple(rows))


BUNDLES: dict[str, tuple[Callable[[Bundle], Bundle], str]] = {
    "other deal": (lambda bundle: replace(bundle, deal_id="0x" + "00" * 32), "deal of the evidence"),
    "other agreement": (lambda bundle: replace(bundle, agreement="00" * 32), "agreement of the evidence"),
    "other time": (lambda bundle: replace(bundle, as_of=JUNE), "as-of time of the evidence"),
    "no previous": (lambda bundle: replace(bundle, previous=None), "evidence before this"),
    "value one higher": (lambda bundle: replace(bundle, value=bundle.value + 1), "value of the rows"),
    "counts": (lambda bundle: replace(bundle, counts=Counts(0, {})), "counts"),
    "root": (lambda bundle: replace(bundle, units_root=bytes(32)), "units root"),
    "row after the as-of time": (without_root(lambda bundle: with_row(bundle, occurred_at=JULY)), "time of row "),
    "row before the flight": (without_root(lambda bundle: with_row(bundle, occurred_at=day(-1))), "time of row "),
    "unit twice": (
        without_root(lambda bundle: replace(bundle, rows=(*bundle.rows, bundle.rows[0]._replace(event_hash=b"\xff" * 32)))),
        "row ",
    ),
}


@pytest.mark.parametrize("change, what", BUNDLES.values(), ids=BUNDLES)
def test_verify_deal__forged_evidence__is_found_without_any_events(change: Callable[[Bundle], Bundle], what: str) -> None:
    life = Life(CALLS[:79]).open().report(JUNE).report(JULY, change)
    life.calls_at_hand = None
    difference = first(life)

    assert difference.place == "report as of 2008-07-01T00:00:00Z"
    assert difference.what.startswith(what)


def test_verify_deal__report_with_another_value_than_its_evidence__is_named() -> None:
    life = Life().open().report(JUNE, value=31)

    assert (first(life).what, first(life).expected, first(life).found) == ("value", "30", "31")


# Events


def test_verify_deal__forger_who_makes_all_fit__is_found_by_the_events() -> None:
    forge = without_root(lambda bundle: with_row(bundle, state="excluded", reason="criteria_not_met"))
    life = Life().open().report(JUNE, forge)
    difference = first(life)

    assert difference.what.startswith("row ") and difference.what.endswith(" of the evidence")
    assert " counted, quantity 1" in difference.expected
    assert " excluded, criteria_not_met, quantity 1" in difference.found
    life.calls_at_hand = None
    assert life.verdict().is_equal


@pytest.mark.parametrize(
    "calls, words",
    [(CALLS[1:], "found"), ([*CALLS, event(999)], "expected"), ([lost(1), *CALLS[1:]], "found")],
    ids=["one missing", "one more", "one other"],
)
def test_verify_deal__events_that_differ__name_the_first_row(calls: list, words: str) -> None:  # type: ignore[type-arg]
    life = Life().open().report(JUNE)
    life.calls_at_hand = calls

    assert "counted, quantity 1" in getattr(first(life), words)


def test_verify_deal__events_that_contradict_themselves__are_named() -> None:
    life = Life().open().report(JUNE)
    life.calls_at_hand = [*CALLS, lost(1)]

    assert first(life).found == "event call-00001 of account bank-telephone has two contents"


def test_verify_deal__events_worth_more_than_a_report_can_say__are_named() -> None:
    life = Life().open().report(JUNE)
    life.calls_at_hand = [*CALLS, *(event(number, quantity=str(2**63 - 1)) for number in (901, 902, 903))]

    assert (first(life).what, first(life).expected) == ("events", "measurable")
    assert "value of the report" in first(life).found and "above the most, 18446744073709551615" in first(life).found


def test_verify_deal__events_that_can_not_be_read__are_named() -> None:
    life = Life().open().report(JUNE)
    life.calls_at_hand = read_lines([b'{"kind": "conversion"}'])  # type: ignore[assignment]

    assert first(life).found == "event 0: goal with None is missing"


def test_verdict__to_json__has_strings_for_amounts_and_the_difference() -> None:
    data = whole().falsify(ReportSettled, base=1).verdict().to_json()

    assert data["funded"] == str(400_000 * DOLLAR)
    assert data["difference"] == {
        "place": "report as of 2008-08-01T00:00:00Z", "what": "base fee", "expected": "0", "found": "1",
    }  # fmt: skip
    assert data["verdict"] == data["reports"][2]["verdict"] != data["reports"][1]["verdict"] == EQUAL
