"""What a person does with the pages: fills the form in, checks, locks the money. Knows labels, not scripts."""

import re
import secrets
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from scripts.stack import Stack
from tests.browser.watched import WatchedPage

FINANCE = {
    "Title": "Customers won by telephone",
    "Unit": "customer",
    "Source account": "bank-telephone",
    "Event": "call",
    "A unit counts when": "customer",
    "Value": "yes",
    "First day": "2008-05-01",
    "Last day": "2008-07-31",
    "Price per unit": "500",
    "Budget": "400 000",
}
LOCK = "Lock 400 000.00 TUSD"


@dataclass
class Journey:
    """One person at one page. Amounts on the page have narrow spaces, which Playwright treats as spaces."""

    watched: WatchedPage
    stack: Stack

    @property
    def page(self) -> Page:
        return self.watched.page

    def fill(self, kind: str = "price", **changes: str) -> None:
        """The form of this kind, filled in and not sent. Names of fields with _ for spaces."""
        self.watched.open(f"/deals/new?kind={kind}")
        values = FINANCE | {"Client": self.stack.keys["client"].address, "Agency": self.stack.keys["agency"].address}
        values |= {name.replace("_", " "): text for name, text in changes.items()}
        for label, text in values.items():
            if text:
                self.field(label).fill(text)

    def field(self, label: str) -> Locator:
        """By its whole label; what may stay empty says so in it."""
        whole = re.compile(rf"^{re.escape(label)}( \(optional\))?$")
        return self.page.locator("form[method=post]").get_by_label(whole)

    def check(self) -> None:
        """Sends the form and is on the check page."""
        self.page.get_by_role("button", name="Check the deal").click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Check the deal")

    def draft(self, **changes: str) -> None:
        """On the check page of a deal that nobody opened yet."""
        self.fill(**({"Title": f"Deal {secrets.token_hex(3)}"} | changes))
        self.check()

    def click(self, button: str) -> None:
        self.page.locator("#fund").get_by_role("button", name=button).click()

    def expect_status(self, words: str) -> None:
        expect(self.page.locator("#status")).to_contain_text(words)

    def expect_deal(self, title: str = "") -> None:
        """The index knows the deal, and the browser went to its page by itself."""
        self.page.wait_for_url("**/deals/0x*")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(title)
