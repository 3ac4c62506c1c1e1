"""Trying again: what can be helped by waiting, and nothing else; and never longer than asked."""

from threading import Event
from time import monotonic

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from api.indexer.patience import Patience
from escrow.errors import ChainProblem, ForkWhileReading, RpcUnreachable


class Flaky:
    """Fails a number of times, then gives 7."""

    def __init__(self, times: int, error: Exception) -> None:
        self.times, self.error, self.calls = times, error, 0

    def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return 7


@pytest.mark.parametrize(
    "error", [RpcUnreachable("http://node", "gone"), ForkWhileReading(3), OperationalError("locked", {}, Exception())]
)
def test_insist__what_waiting_helps__is_tried_until_it_works(error: Exception) -> None:
    flaky = Flaky(3, error)
    assert Patience(Event(), 0.001).insist(flaky) == 7
    assert flaky.calls == 4


@pytest.mark.parametrize("error", [ChainProblem(1, 2), IntegrityError("twice", {}, Exception()), ZeroDivisionError()])
def test_insist__what_waiting_can_not_help__is_raised_at_once(error: Exception) -> None:
    flaky = Flaky(1, error)
    with pytest.raises(type(error)):
        Patience(Event(), 0.001).insist(flaky)
    assert flaky.calls == 1


def test_insist__stopped_while_waiting__ends_without_a_result() -> None:
    stopping = Event()

    def do() -> int:
        stopping.set()
        raise RpcUnreachable("http://node", "gone")

    began = monotonic()
    assert Patience(stopping, 60).insist(do) is None
    assert monotonic() - began < 5


def test_insist__stopped_before__does_nothing() -> None:
    stopping = Event()
    stopping.set()
    flaky = Flaky(0, ValueError())
    assert Patience(stopping, 0.001).insist(flaky) is None
    assert flaky.calls == 0
