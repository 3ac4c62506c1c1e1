"""What the state machine draws: small deals of every kind, and steps, with numbers that meet each other's edges."""

from dataclasses import dataclass

from hypothesis import strategies as st
from terms import CUMULATIVE, DAY, HOUR, PER_PERIOD, RATE_SCALE, Step, Terms, per_unit

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
    retention_bps: int
    base_per_period: int
    cap: int
    schedule: int
    spare: int

    def terms(self, like: Terms, now: int, **parties) -> Terms:
        """Can be opened at `now` and for some time after."""
        return like.but(
            budget=BUDGET,
            open_before=now + self.starts_in + 12 * HOUR,
            quorum=self.quorum,
            basis=self.basis,
            starts_at=now + self.starts_in,
            period_length=DAY,
            periods=self.periods,
            report_grace=2 * DAY,
            retention_bps=self.retention_bps if self.basis == CUMULATIVE else 0,
            base_per_period=self.base_per_period,
            cap=self.cap,
            steps=SCHEDULES[self.schedule],
            **parties,
        )


def step(name: str, /, **arguments):
    """One of the methods of Lives, and what it is called with."""
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


plan = st.builds(
    Plan,
    coin=st.sampled_from(("eth", "dollar", "moody")),
    client=st.sampled_from(("client", "client contract")),
    agency=st.sampled_from(("agency", "agency contract")),
    basis=st.sampled_from((CUMULATIVE, PER_PERIOD)),
    quorum=st.sampled_from((2, 3)),
    periods=st.sampled_from((1, 3, 4, 5)),
    starts_in=st.sampled_from((0, HOUR, DAY)),
    retention_bps=st.sampled_from((0, 1_000, 3_333)),
    base_per_period=st.sampled_from((0, 77, 250)),
    cap=st.sampled_from((0, 0, 450)),
    schedule=st.integers(0, len(SCHEDULES) - 1),
    spare=st.sampled_from((0, 1, 500)),
)
value = st.sampled_from((0, 29, 30, 40, 50, 51, 60, 99, 125, 126, 180, 500, 2**64 - 1))
# Three that differ. Lives of the smallest possible values, with which Hypothesis would begin, are none, then.
plans = st.lists(plan, min_size=3, max_size=3, unique=True)
index = st.integers(0, MOST_DEALS - 1)
party = st.sampled_from(("client", "agency", "client contract", "agency contract"))
right_time = st.sampled_from(("boundary", "boundary", "second", "second", "end"))
any_time = st.sampled_from(("second", "now", "boundary", "last", "end", "after the end"))
ranks = st.sampled_from(((), (0,), (0, 0), (1, 0), (0, 1, 1), (0, 1, 3), (3, 1, 2), (1, 2), (0, 1, 2)))
# How often, of all steps.
OFTEN = (
    (8, step("report", index=index, kind=right_time, value=value)),
    (4, step("report", index=index, kind=right_time, value=value, ranks=ranks)),
    (3, step("report_at_once", index=index, kind=any_time, value=value)),
    (4, step("top_up", index=index, amount=st.sampled_from((0, 1, 300, 5_000)))),
    (1, step("open", plan=plan, with_permit=st.booleans())),
    (1, step("open_again", index=index)),
    (1, step("decline", index=index, by_agency=st.booleans())),
    (2, step("refund", index=index, patient=st.sampled_from((False, False, True)), early=st.integers(0, 1))),
    (3, step("refuse", name=party, on=st.booleans())),
    (2, step("withdraw", name=party, index=index, to=st.sampled_from(("client", "agency contract", "stranger")))),
    (1, step("wait", index=index, moment=st.sampled_from(("starts_at", "ends_at", "silent_at")), less=st.integers(1, 3))),
)
# One strategy for all steps: as rules of their own, half of them would be left out of each life, by Hypothesis' choice.
steps = st.sampled_from([each for times, each in OFTEN for _ in range(times)]).flatmap(lambda each: each)
