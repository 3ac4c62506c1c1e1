"""What the state machine draws: small deals of every kind, and steps, with numbers that meet each other's edges."""

from dataclasses import dataclass

from hypothesis import strategies as st
from terms import CUMULATIVE, DAY, HOUR, PER_PERIOD, RATE_SCALE, ZERO, Step, Terms, per_unit

BUDGET = 1_250
MOST_DEALS = 5
SCHEDULES = (
    (per_unit(10),),
    (per_unit(10), per_unit(3, at=40)),
    (Step(50, 1_400, 0),),
    (Step(0, 0, 7_333_333), Step(30, 111, 1), Step(60, 222, 9 * RATE_SCALE)),
)


@dataclass(frozen=True)
class Plan:
    coin: str
    client: str
    agency: str
    basis: int
    quorum: int
    periods: int
    starts_in: int
    grace: int
    windows: tuple[int, int]
    self_report: int
    notice: int
    retention_bps: int
    base_per_period: int
    cap: int
    schedule: int
    spare: int

    def terms(self, like: Terms, now: int, arbiter: str, **changes) -> Terms:
        """Can be opened at `now` and for some time after."""
        challenge_window, ruling_window = self.windows
        cumulative, contested = self.basis == CUMULATIVE, challenge_window > 0
        terms = like.but(
            budget=BUDGET,
            open_before=now + self.starts_in + 12 * HOUR,
            quorum=self.quorum,
            arbiter=arbiter if contested else ZERO,
            basis=self.basis,
            starts_at=now + self.starts_in,
            period_length=DAY,
            periods=self.periods,
            report_grace=self.grace,
            challenge_window=challenge_window,
            ruling_window=ruling_window,
            self_report=self.self_report if contested and cumulative else 0,
            notice_period=self.notice,
            retention_bps=self.retention_bps if cumulative else 0,
            base_per_period=self.base_per_period,
            cap=self.cap,
            steps=SCHEDULES[self.schedule],
        )
        return terms.but(**changes)


def step(name: str, /, **arguments):
    """One of the methods of Lives, and what it is called with."""
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


plan = st.builds(
    Plan,
    coin=st.sampled_from(("eth", "dollar", "moody")),
    client=st.sampled_from(("client", "client contract")),
    agency=st.sampled_from(("agency", "agency contract")),
    basis=st.sampled_from((CUMULATIVE, CUMULATIVE, CUMULATIVE, PER_PERIOD)),
    quorum=st.sampled_from((2, 3)),
    periods=st.sampled_from((1, 4, 10, 10)),
    starts_in=st.sampled_from((0, HOUR, DAY)),
    grace=st.sampled_from((DAY, 2 * DAY)),
    windows=st.sampled_from(((0, 0), (DAY, DAY), (DAY, 3 * DAY), (2 * DAY, 3 * DAY))),
    self_report=st.sampled_from((0, 1, 1, 1)),
    notice=st.sampled_from((HOUR, DAY, 30 * HOUR)),
    retention_bps=st.sampled_from((0, 1_000, 3_333)),
    base_per_period=st.sampled_from((0, 77, 125)),
    cap=st.sampled_from((0, 0, 450)),
    schedule=st.integers(0, len(SCHEDULES) - 1),
    spare=st.sampled_from((0, 1, 500)),
)
value = st.sampled_from((0, 29, 30, 40, 50, 51, 60, 99, 125, 126, 180, 500, 2**64 - 1))
# Three that differ. Lives of the smallest possible values, with which Hypothesis would begin, are none, then.
plans = st.lists(plan, min_size=3, max_size=3, unique=True)
index = st.integers(0, MOST_DEALS - 1)
party = st.sampled_from(("client", "agency", "client contract", "agency contract"))
role = st.sampled_from(("client", "client", "client", "agency", "agency", "agency", "stranger"))
mostly_agency = st.sampled_from(("agency", "agency", "agency", "agency", "client"))
arbiter = st.sampled_from(("arbiter", "arbiter", "arbiter", "arbiter", "client", "stranger"))
right_time = st.sampled_from(("boundary", "boundary", "second", "second", "end"))
any_time = st.sampled_from(("second", "now", "boundary", "last", "end", "after the end"))
ranks = st.sampled_from(((), (0,), (0, 0), (1, 0), (0, 1, 1), (0, 1, 3), (3, 1, 2), (1, 2), (0, 1, 2)))
# What a party or the arbiter says, from the number that it is about.
another = st.sampled_from(("near", "far", "far", "far", "furthest", "furthest", "no", "wrong", "beyond"))
ruling = st.sampled_from(("one below", "least", "between", "between", "reported", "most", "one above"))
# What both parties sign for the agency, in all.
total = st.sampled_from(("one below", "paid", "between", "between", "funded", "one above"))


def times(**moments: int):
    """Moments of a deal, so often each; one that begins with `before` is the second before it."""
    return st.sampled_from([name for name, often in moments.items() for _ in range(often)])


yes_or_no = st.booleans()
rarely = st.sampled_from((False,) * 6 + (True,))
window = times(now=1, window=7, before_window=1, before_resolvable=1, resolvable=1)
resolvable = times(now=2, window=4, before_window=1, resolvable=2, before_resolvable=1)
half_grace = times(half_grace=4, before_half_grace=1, before_silent=1, silent=1)
soon = times(now=8, before_window=1, window=1)
# How often, of all steps.
OFTEN = (
    (8, step("report", index=index, kind=right_time, value=value)),
    (3, step("report", index=index, kind=right_time, value=value, ranks=ranks)),
    (3, step("report_at_once", index=index, kind=any_time, value=value)),
    (2, step("report_both", indexes=st.tuples(index, index), kinds=st.tuples(right_time, any_time), value=value)),
    (10, step("dispute", index=index, by=role, number=another, value=value, when=soon, blunt=rarely)),
    (10, step("arbitrate", index=index, by=arbiter, number=ruling, when=window, blunt=rarely)),
    (5, step("finalize", index=index, value=value, when=resolvable, blunt=rarely)),
    (5, step("self_report", index=index, by=mostly_agency, value=value, when=half_grace, blunt=rarely)),
    (3, step("top_up", index=index, amount=st.sampled_from((0, 1, 300, 5_000)))),
    (3, step("give_notice", index=index, by=role)),
    (2, step("agree", index=index, total=total, late=rarely, forged=rarely)),
    (4, step("amend", index=index, plan=plan, total=total, too_soon=rarely, late=rarely, forged=rarely)),
    (3, step("open", plan=plan, with_permit=yes_or_no)),
    (1, step("open_again", index=index)),
    (2, step("decline", index=index, by=role)),
    (3, step("refund", index=index, when=times(now=4, silent=1, before_silent=1))),
    (3, step("refuse", name=party, on=yes_or_no)),
    (2, step("withdraw", name=party, index=index, to=st.sampled_from(("client", "agency contract", "stranger")))),
    (1, step("wait", index=index, moment=times(start=1, end=1, silent=1), less=st.integers(1, 3))),
)
# One strategy for all steps: as rules of their own, half of them would be left out of each life, by Hypothesis' choice.
steps = st.sampled_from([each for often, each in OFTEN for _ in range(often)]).flatmap(lambda each: each)
