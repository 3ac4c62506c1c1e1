"""Every page in a real browser: at both widths, by axe, without scripts, with faults, by keyboard."""

import pytest
from playwright.sync_api import Browser, expect

from scripts.stack import Stack
from tests.browser.journey import Journey
from tests.browser.watched import WatchedPage, watch

PAGES = {
    "home": "/",
    "deals": "/deals",
    "new-price": "/deals/new",
    "new-target": "/deals/new?kind=target",
    "new-base": "/deals/new?kind=base",
    "not-found": "/deals/0x" + "0" * 64,
    "bad-id": "/deals/lead",
    "search-nothing": "/search?q=lead",
}


@pytest.mark.parametrize(("name", "path"), PAGES.items(), ids=PAGES.keys())
def test_page__each__fits_and_has_no_fault(watched: WatchedPage, name: str, path: str) -> None:
    watched.open(path)
    watched.photograph(name)
    assert watched.axe() == []


def test_form__with_faults__lists_them_and_keeps_what_was_typed(watched: WatchedPage, stack: Stack) -> None:
    journey = Journey(watched, stack)
    journey.fill(Budget="-5", Agency="0x12", Price_per_unit="")
    watched.page.get_by_role("button", name="Check the deal").click()
    summary = watched.page.locator("#fault-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Nothing was sent and nothing was stored.")
    expect(summary.get_by_role("listitem")).to_have_count(3)
    expect(journey.field("Title")).to_have_value("Customers won by telephone")
    watched.photograph("new-faults")
    assert watched.axe() == []
    summary.get_by_role("link", name="Budget is negative.").click()
    expect(journey.field("Budget")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_check_page__light_and_dark__has_no_fault(browser: Browser, stack: Stack, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})  # type: ignore[arg-type]
    watched = watch(context, stack.web_url)
    Journey(watched, stack).draft()
    watched.photograph(f"check-{scheme}")
    assert watched.axe() == []
    watched.page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    watched.photograph(f"check-{scheme}-open")
    assert watched.axe() == []
    assert watched.faults == []
    context.close()


def test_pages__without_scripts__lead_to_the_calls_by_hand(browser: Browser, stack: Stack) -> None:
    context = browser.new_context(java_script_enabled=False)
    watched = watch(context, stack.web_url)
    journey = Journey(watched, stack)
    journey.draft()
    expect(watched.page.locator("noscript p")).to_contain_text("A wallet needs scripts.")
    watched.page.get_by_text("Do it yourself", exact=True).click()
    expect(watched.page.get_by_text("open(uint256[] terms, uint256 amount)")).to_be_visible()
    context.close()


def test_keyboard__from_the_top__reaches_the_content(watched: WatchedPage) -> None:
    page = watched.open("/deals")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
