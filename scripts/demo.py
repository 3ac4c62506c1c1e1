"""Plays a real telephone campaign on a local system: five deals, three oracles, 24,038 calls, every settlement audited.

Knows the order of play. What runs is `stack.py`; how messages arrive is `feeder.py`; the deals are `examples/`.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx

from escrow.clock import format_time, parse_time
from escrow.contract import Call, transact
from escrow.measure.event import Event
from escrow.money import format_amount
from escrow.status import Status
from escrow.terms import Terms, from_json
from scripts.examples import Deal, load_calls, load_deals
from scripts.feeder import Feeder, Message
from scripts.processes import StackProblem
from scripts.session import run_stack, say
from scripts.stack import ORACLES, ROOT, Source, Stack

ACCOUNT = "bank-telephone"
CAMPAIGN_STARTS = parse_time("2008-05-05T00:00:00Z")
DAY = 86_400
EVENTS_A_MESSAGE = 500
SETTLE_SECONDS = 90
CLIENT_DOLLARS = 1_000_000


@dataclass(frozen=True)
class OpenDeal:
    """A deal of the demo with its money locked."""

    name: str
    deal_id: str
    terms: Terms
    report_times: tuple[int, ...]
    symbol: str
    decimals: int


class Demo:
    """One run of the main job."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.deals: list[OpenDeal] = []
        self._http = httpx.Client(base_url=stack.web_url, timeout=60)

    def play(self) -> None:
        """Every deal is settled and `build/demo.json` is written."""
        source = Source(ACCOUNT)
        say("set-up: local chain, contract, test dollar, committee of three")
        self.stack.start_chain(CAMPAIGN_STARTS)
        self.stack.mint("client", CLIENT_DOLLARS * 10**6)
        say("set-up: three oracles, indexer, pages")
        self.stack.start_web()
        self.stack.start_oracles(source)
        say(f"pages:  {self.stack.web_url}/deals")
        for deal in load_deals(ROOT / "examples"):
            self.deals.append(self._open(deal))
        feeder = Feeder(ACCOUNT, self.stack.oracle_urls, dict(zip(ORACLES, source.secrets, strict=True)))
        try:
            self._play_campaign(feeder)
        finally:
            feeder.stop()
        self._write_result(ROOT / "build" / "demo.json")

    def _open(self, deal: Deal) -> OpenDeal:
        """The client funds the deal by the same draft that the pages use."""
        client = self.stack.keys["client"]
        request = deal.draft(
            client=client.address,
            agency=self.stack.keys["agency"].address,
            committee=self.stack.committee,
            dollar=self.stack.dollar.address,
        )
        answer = self._http.post("/api/v1/drafts", json=request)
        if answer.status_code >= 300:
            raise StackProblem(f"the draft of {deal.name} was refused: {answer.text}")
        draft = answer.json()
        for step in draft["transactions"]:
            call = Call(to=step["to"], data=step["data"], value=int(step["value"]))
            transact(self.stack.rpc, client.secret, call)
        terms = from_json(draft["terms"])
        amount = format_amount(terms.budget, deal.decimals, group=",")
        say(f"opened: {deal.name}, {amount} {deal.symbol} locked, {self.stack.web_url}/deals/{draft['deal_id']}")
        times = tuple(deal.report_times(terms))
        return OpenDeal(deal.name, draft["deal_id"], terms, times, deal.symbol, deal.decimals)

    def _play_campaign(self, feeder: Feeder) -> None:
        calls = load_calls(ROOT / "examples", ACCOUNT)
        by_day = {day: list(events) for day, events in groupby(calls, key=lambda event: event.occurred_at // DAY * DAY)}
        reports = {at for deal in self.deals for at in deal.report_times}
        fed = 0
        for now in sorted(reports | {day + DAY for day in by_day}):
            today = by_day.get(now - DAY, [])
            for message in _messages(now - DAY, today):
                feeder.add(message)
            fed += len(today)
            self._wait(lambda: not feeder.is_behind(self.stack.oracles_up), "the intakes")
            self.stack.move_clock(now)
            if now in reports:
                say(f"{format_time(now)[:10]}: {fed:,} of {len(calls):,} calls taken in")
                for deal in self.deals:
                    if now in deal.report_times:
                        self._wait_settled(deal, now)

    def _wait_settled(self, deal: OpenDeal, as_of: int) -> None:
        def settled() -> bool:
            state = self.stack.escrow.deal(deal.terms)
            return state.last_as_of >= as_of or state.closed

        self._wait(settled, f"the report of {deal.name} as of {format_time(as_of)}")
        report = self._get(f"/api/v1/deals/{deal.deal_id}/reports/{as_of}")
        paid = format_amount(int(report["base"]) + int(report["performance"]), deal.decimals, group=",")
        say(
            f"  report {deal.name}: {int(report['value']):,} counted, signed by {len(report['signers'])}, "
            f"paid {paid} {deal.symbol}"
        )

    def _get(self, path: str) -> Any:
        """What the index says, once it knows."""
        found: list[Any] = []

        def known() -> bool:
            answer = self._http.get(path)
            if answer.status_code == 200:
                found.append(answer.json())
            return bool(found)

        self._wait(known, f"the index ({path})")
        return found[0]

    def _wait(self, done: Any, what: str) -> None:
        give_up_at = time.monotonic() + SETTLE_SECONDS
        while not done():
            self.stack.require_alive(say)
            if time.monotonic() > give_up_at:
                raise StackProblem(f"{what} did not come within {SETTLE_SECONDS} s (logs in {self.stack.folder}/logs)")
            time.sleep(0.1)

    def _write_result(self, path: Path) -> None:
        result = [self._result(deal) for deal in self.deals]
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"deals": result}, indent=2) + "\n")
        for deal in result:
            say(f"audit:  {deal['name']}: {deal['verdict']}")
        say(f"result: {path.relative_to(ROOT)}")
        if any(deal["verdict"] != "recomputed, equal" for deal in result):
            raise StackProblem("an audit found a difference")

    def _result(self, deal: OpenDeal) -> dict[str, Any]:
        self._wait(
            lambda: self._get(f"/api/v1/deals/{deal.deal_id}")["status"] == Status.CLOSED.name.lower(),
            deal.name,
        )
        row = self._get(f"/api/v1/deals/{deal.deal_id}")
        audit = self._get(f"/api/v1/deals/{deal.deal_id}/audit")
        return {
            "name": deal.name,
            "id": deal.deal_id,
            "terms": row["terms"],
            "token": {"symbol": deal.symbol, "decimals": deal.decimals},
            **{amount: row[amount] for amount in ("funded", "earned", "paid", "refunded")},
            "reports": audit["reports"],
            "verdict": audit["verdict"],
        }


def _messages(day: int, events: Sequence[Event]) -> Iterator[Message]:
    for start in range(0, len(events), EVENTS_A_MESSAGE):
        part = events[start : start + EVENTS_A_MESSAGE]
        yield Message(f"{format_time(day)[:10]}-{start}", [event.to_wire() for event in part])


def main() -> int:
    """Runs the demo; the exit code is 0 when every deal settled and every audit was equal."""

    def play(stack: Stack) -> bool:
        Demo(stack).play()
        stays = os.environ.get("DEMO_EXIT") != "1"
        if stays:
            say(f"all deals are settled; look at {stack.web_url}/deals; Ctrl-C ends everything")
        return stays

    return run_stack("demo", play)


if __name__ == "__main__":
    sys.exit(main())
