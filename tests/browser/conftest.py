"""One chain with the web side for all browser tests, one browser, and a fresh context for each test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from escrow.clock import parse_time
from scripts.stack import ROOT, Ports, Stack
from tests.browser.wallet import TestWallet
from tests.browser.watched import WatchedPage, watch

CHAIN_STARTS = parse_time("2008-04-21T00:00:00Z")
PORTS = Ports(18580, 18581, (18582, 18583, 18584))
DOLLARS = 2_000_000
ACCOUNT = "bank-telephone"


@contextmanager
def started(folder: Path, ports: Ports) -> Iterator[Stack]:
    """Chain, contract, test dollars for the client, index and pages; oracles are for the test that needs them."""
    stack = Stack(folder, ports)
    try:
        stack.start_chain(CHAIN_STARTS)
        stack.mint("client", DOLLARS * 10**6)
        stack.start_web()
        yield stack
        stack.rpc.close()
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("stack") / "home"
    with started(folder, PORTS) as stack:
        yield stack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ROOT / "tools" / "bin" / "chromium")
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def client_wallet(stack: Stack) -> TestWallet:
    return TestWallet(stack.rpc_url, stack.keys["client"].address, stack.escrow.domain.chain_id)


@pytest.fixture
def watched(context: BrowserContext, stack: Stack) -> Iterator[WatchedPage]:
    """A page without a wallet; the test fails when a script failed or the policy was violated."""
    page = watch(context, stack.web_url)
    yield page
    assert page.faults == []


@pytest.fixture
def with_wallet(context: BrowserContext, client_wallet: TestWallet, watched: WatchedPage) -> Callable[[], WatchedPage]:
    """The same page once the client's wallet is installed."""

    def install() -> WatchedPage:
        client_wallet.install(context)
        return watched

    return install
