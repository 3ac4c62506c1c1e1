"""One deal, its whole life: a client funds it in a browser, three oracles count signed messages and settle, and the audit
page says that every payment was recomputed and is equal. A second deal misses its target and is refunded.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from escrow.clock import format_time, parse_time
from scripts.feeder import Feeder, Message
from scripts.stack import ORACLES, Ports, Source, Stack
from tests.browser.conftest import ACCOUNT, started
from tests.browser.journey import Journey
from tests.browser.wallet import TestWallet
from tests.browser.watched import watch

PORTS = Ports(18586, 18587, (18588, 18589, 18590))
MONTHS = tuple(parse_time(f"2008-0{month}-01T00:00:00Z") for month in (5, 6, 7, 8))
WON = (3, 0, 4)
LOST = 5
DAY = 86_400


@pytest.fixture(scope="module")
def source() -> Source:
    return Source(ACCOUNT)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, source: Source) -> Iterator[Stack]:
    """A chain and three oracles of their own, since this test moves the clock."""
    folder: Path = tmp_path_factory.mktemp("life") / "home"
    with started(folder, PORTS) as stack:
        stack.start_oracles(source)
        yield stack


def calls(month: int) -> list[dict[str, Any]]:
    """The calls of a month: WON customers, LOST that are none, and the first customer once more."""
    outcomes = ["yes"] * WON[month] + ["no"] * LOST
    found = [
        {
            "source_event_id": f"call-{month}-{number}",
            "kind": "conversion",
            "goal": "call",
            "unit_id": f"person-{month}-{number}",
            "occurred_at": format_time(MONTHS[month] + number * DAY),
            "quantity": "1",
            "attributes": {"customer": outcome, "duration_seconds": 100},
        }
        for number, outcome in enumerate(outcomes)
    ]
    if WON[month]:
        found.append(found[0] | {"source_event_id": f"again-{month}", "occurred_at": format_time(MONTHS[month] + 20 * DAY)})
    return found


def wait(done: Callable[[], bool], what: str, seconds: int = 60) -> None:
    give_up_at = monotonic() + seconds
    while not done():
        assert monotonic() < give_up_at, f"{what} did not come within {seconds} s"
        sleep(0.1)


def fund(journey: Journey, **form: str) -> str:
    """The id of a deal that was opened through the pages."""
    journey.fill(**form)
    journey.check()
    journey.click("Connect Test Wallet")
    journey.click("Sign for")
    journey.click("Lock")
    journey.expect_deal(form["Title"])
    return journey.page.url.rsplit("/", 1)[1]


def test_deal__funded_measured_settled__is_recomputed_equal(browser: Browser, life: Stack, source: Source) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(20_000)
    wallet = TestWallet(life.rpc_url, life.keys["client"].address, life.escrow.domain.chain_id)
    wallet.install(context)
    watched = watch(context, life.web_url)
    journey = Journey(watched, life)
    page = watched.page

    won = fund(journey, Title="Customers won by telephone", Second_price_beyond="5", Second_price="300")
    missed = fund(
        journey,
        kind="target",
        Title="Ten customers in May",
        Price_per_unit="",
        Target="10",
        Budget="",
        Amount="90 000",
        Last_day="2008-05-31",
    )

    feeder = Feeder(ACCOUNT, life.oracle_urls, dict(zip(ORACLES, source.secrets, strict=True)))
    try:
        for month in range(3):
            feeder.add(Message(f"month-{month}", calls(month)))
            wait(lambda: not feeder.is_behind(ORACLES), "the intakes")
            life.move_clock(MONTHS[month + 1])
            for deal in [won, missed] if month == 0 else [won]:
                report = f"{life.web_url}/api/v1/deals/{deal}/reports/{MONTHS[month + 1]}"
                wait(lambda url=report: httpx.get(url).status_code == 200, f"report {month}")  # type: ignore[misc]
            if month == 0:
                watched.open(f"/deals/{won}")
                expect(page.locator("main")).to_contain_text("1 500.00 TUSD of 400 000.00 TUSD are paid")
                watched.photograph("deal-running")
                assert watched.axe() == []
    finally:
        feeder.stop()

    watched.open(f"/deals/{won}")
    expect(page.locator(".status").first).to_have_text("Closed")
    watched.photograph("deal-closed")
    assert watched.axe() == []

    page.get_by_role("link", name="Recompute every payment").click()
    expect(page.locator(".heading .status").first).to_have_text("recomputed, equal")
    expect(page.locator(".heading .status")).to_have_count(4)
    expect(page.locator("main")).to_contain_text("7 customers")
    expect(page.locator("main")).to_contain_text("3 100.00 TUSD")
    watched.photograph("audit")
    assert watched.axe() == []

    watched.open(f"/deals/{missed}/audit")
    expect(page.locator("main")).to_contain_text("10 customers not reached")
    expect(page.locator(".heading .status").first).to_have_text("recomputed, equal")
    watched.photograph("audit-target")

    watched.open("/deals")
    watched.photograph("deals-settled")
    assert watched.axe() == []
    audit = httpx.get(f"{life.web_url}/api/v1/deals/{won}/audit").json()
    assert audit["verdict"] == "recomputed, equal"
    assert [report["value"] for report in audit["reports"]] == ["3", "3", "7"]
    assert watched.faults == []
    context.close()
