"""A browser page that is watched: policy violations, script errors and requests to other hosts are collected.

Screenshots go to build/screenshots, at the two widths that the design is judged at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Route

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (1280, 390)


@dataclass
class WatchedPage:
    """`faults` must be empty at the end of each test."""

    page: Page
    base_url: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.base_url}{path}")
        return self.page

    def photograph(self, name: str) -> None:
        """The whole page at each width; no width may scroll sideways."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
            wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} scrolls {wide} pixels sideways at {width}"

    def axe(self) -> Sequence[str]:
        """Accessibility faults by axe-core, run through the browser's protocol, so that the policy stays on."""
        self.page.evaluate(AXE.read_text())
        result: dict[str, Any] = self.page.evaluate("axe.run({ resultTypes: ['violations'] })")
        return [
            f"{fault['id']}: {node['html'][:200]} {node['failureSummary']}"
            for fault in result["violations"]
            for node in fault["nodes"]
        ]


def watch(context: BrowserContext, base_url: str) -> WatchedPage:
    """A new page of the context. Requests to other hosts are stopped and noted."""
    page = context.new_page()
    watched = WatchedPage(page, base_url)
    own = urlsplit(base_url).netloc

    def guard(route: Route) -> None:
        if urlsplit(route.request.url).netloc in (own, ""):
            return route.continue_()
        watched.faults.append(f"request to {route.request.url}")
        route.abort()

    page.route("**/*", guard)
    page.on("pageerror", lambda error: watched.faults.append(f"script error: {error}"))
    page.on(
        "console",
        lambda message: (
            watched.faults.append(f"console: {message.text}")
            if message.type == "error" and "Content Security Policy" in message.text
            else None
        ),
    )
    return watched
