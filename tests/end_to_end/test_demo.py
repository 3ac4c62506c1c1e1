"""The demo as its user runs it, once whole and with one oracle killed on the way; payments against a count of the CSV
that shares no code with the product."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DOLLAR = 10**6
ETHER = 10**18
PORTS = {"DEMO_CHAIN_PORT": "18650", "DEMO_WEB_PORT": "18651", "DEMO_ORACLE_PORT": "18652"}


def calls() -> Iterator[tuple[datetime, int, bool]]:
    """(day, seconds, became a customer) of each row."""
    path = next((ROOT / "examples").glob("*.csv"))
    year, last = 2008, 0
    with path.open(newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            month = MONTHS.index(row["month"]) + 1
            year += month < last
            last = month
            yield datetime(year, month, int(row["day"]), tzinfo=UTC), int(row["duration"]), row["y"] == "yes"


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def customers(start: datetime, end: datetime) -> int:
    return sum(won for at, _, won in calls() if start <= at < end)


def expected() -> dict[str, tuple[int, int, list[int]]]:
    """Per deal what the agency and the client get, in base units, and the reported values."""
    may, june, july, august, september = (day(f"2008-{month:02}-01") for month in (5, 6, 7, 8, 9))
    won = [customers(may, end) for end in (june, july, august)]
    leads = [sum(seconds >= 180 for at, seconds, _ in calls() if may <= at < end) for end in (june, july, august)]
    periods = [customers(may, may + timedelta(days=30 * n)) for n in (1, 2, 3)]
    cpa = min(won[-1] * 500, 400_000) * DOLLAR
    qualified = (min(leads[-1], 5_000) * 20 + max(leads[-1] - 5_000, 0) * 12) * DOLLAR
    in_july, in_august = customers(july, august), customers(august, september)
    share = 15 * ETHER + periods[-1] * ETHER // 20
    return {
        "finance-cpa": (cpa, 400_000 * DOLLAR - cpa, won),
        "qualified-leads": (qualified, 160_000 * DOLLAR - qualified, leads),
        "target-july": (90_000 * DOLLAR * (in_july >= 300), 90_000 * DOLLAR * (in_july < 300), [in_july]),
        "target-august": (
            90_000 * DOLLAR * (in_august >= 300),
            90_000 * DOLLAR * (in_august < 300),
            [in_august],
        ),
        "base-and-share": (share, 80 * ETHER - share, periods),
    }


@contextmanager
def demo(**environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A running demo with its output; ended, if the test did not see to that."""
    running = subprocess.Popen(
        [sys.executable, "-m", "scripts.demo"],
        cwd=ROOT,
        env={**os.environ, **PORTS, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with running:
        try:
            yield running
        finally:
            if running.poll() is None:
                running.send_signal(signal.SIGINT)


def lines_of(running: "subprocess.Popen[str]", when: str, do: Callable[[], object]) -> list[str]:
    """All that it says; `do` is done at the first line that begins with `when`."""
    assert running.stdout is not None
    lines: list[str] = []
    done = False
    for line in running.stdout:
        lines.append(line)
        if not done and line.startswith(when):
            done = True
            do()
    return lines


def pid_of(name: str) -> int:
    """The process of this name that the running demo started."""
    return int((ROOT / "build/demo/logs" / f"{name}.pid").read_text())


def require_paid_as_counted(result: dict[str, Any]) -> None:
    deals = {deal["name"]: deal for deal in result["deals"]}
    assert deals.keys() == expected().keys()
    for name, (paid, refunded, values) in expected().items():
        deal = deals[name]
        assert (int(deal["paid"]), int(deal["refunded"])) == (paid, refunded), name
        assert int(deal["funded"]) == paid + refunded, name
        assert [int(report["value"]) for report in deal["reports"]] == values, name
        assert all(len(report["signers"]) >= 2 for report in deal["reports"]), name
        assert deal["verdict"] == "recomputed, equal", name


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    for port in (18650, 18651, 18652, 18653, 18654):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, f"something still listens on {port}"


def test_demo__one_oracle_killed_on_the_way__pays_what_the_csv_counts() -> None:
    with demo(DEMO_EXIT="1") as running:
        lines = lines_of(running, "2008-06-01", lambda: os.kill(pid_of("oracle-b"), signal.SIGKILL))
        assert running.wait(timeout=60) == 0, "".join(lines)
    assert any("oracle b has died" in line for line in lines)
    require_paid_as_counted(json.loads((ROOT / "build/demo.json").read_text()))


def test_demo__interrupted__ends_every_process() -> None:
    with demo() as running:
        lines_of(running, "opened: finance-cpa", lambda: running.send_signal(signal.SIGINT))
        assert running.wait(timeout=30) == 130


def test_demo__chain_dies__says_so_in_one_line_and_fails() -> None:
    with demo() as running:
        lines = lines_of(running, "opened: finance-cpa", lambda: os.kill(pid_of("chain"), signal.SIGKILL))
        assert running.wait(timeout=60) == 1
    problems = [line for line in lines if line.startswith("demo: ")]
    assert len(problems) == 1, lines
    assert problems[0].startswith("demo: chain has died"), problems


def test_demo__two_oracles_die__says_that_the_quorum_is_gone_and_fails() -> None:
    def kill_two() -> None:
        os.kill(pid_of("oracle-a"), signal.SIGKILL)
        os.kill(pid_of("oracle-c"), signal.SIGKILL)

    with demo() as running:
        lines = lines_of(running, "opened: base-and-share", kill_two)
        assert running.wait(timeout=60) == 1
    assert lines[-1].startswith("demo: oracle "), lines
    assert "2 must sign" in lines[-1]


def test_demo__port_in_use__names_the_port_and_the_way_out() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 18650))
        other.listen()
        with demo(DEMO_EXIT="1") as running:
            output, _ = running.communicate(timeout=30)
    assert running.returncode == 1
    assert output.strip() == (
        "demo: port 18650 (local chain) is used by another program: end it, or choose another with DEMO_CHAIN_PORT"
    )
