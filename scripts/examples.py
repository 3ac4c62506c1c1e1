"""The example campaign as the demo plays it: its calls as events, its deals as requests for drafts.

Knows the files of `examples/`; knows neither the chain nor the oracles.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from escrow.agreement import parse_agreement, report_times
from escrow.clock import parse_time
from escrow.ids import ZERO_ADDRESS, Address, CommitteeId, Timestamp
from escrow.measure import Event, parse_mapping, read_csv
from escrow.money import parse_amount
from escrow.schedule import RATE_SCALE
from escrow.terms import Basis, Terms

DECIMALS = {"TUSD": 6, "ETH": 18}


@dataclass(frozen=True)
class Deal:
    """One of `examples/deals`: an agreement, and terms that still lack parties, committee and addresses."""

    name: str
    agreement: dict[str, Any]
    terms: dict[str, Any]

    @property
    def symbol(self) -> str:
        return str(self.terms["token"])

    @property
    def decimals(self) -> int:
        return DECIMALS[self.symbol]

    def draft(self, *, client: Address, agency: Address, committee: CommitteeId, dollar: Address) -> dict[str, Any]:
        """The request for a draft: amounts in base units, the parties and addresses of this chain."""
        given = self.terms
        steps = [
            {
                "from": step["from"],
                "flat": self._units(step["flat"]),
                "rate": str(int(self._units(step["rate"])) * RATE_SCALE),
            }
            for step in given["steps"]
        ]
        terms = {
            **given,
            "client": client,
            "agency": agency,
            "token": ZERO_ADDRESS if self.symbol == "ETH" else dollar,
            "committee": committee,
            "arbiter": ZERO_ADDRESS,
            "agreement": "0x" + parse_agreement(self.agreement).hash,
            "challengeWindow": 0,
            "rulingWindow": 0,
            "selfReport": False,
            "basis": int(Basis[given["basis"].upper()]),
            "openBefore": parse_time(given["openBefore"]),
            "startsAt": parse_time(given["startsAt"]),
            "steps": steps,
            **{name: self._units(given[name]) for name in ("budget", "basePerPeriod", "cap")},
        }
        return {"agreement": self.agreement, "terms": terms, "payer": client, "decimals": self.decimals}

    def report_times(self, terms: Terms) -> tuple[Timestamp, ...]:
        """When the deal's reports are due, the last at its end."""
        return report_times(parse_agreement(self.agreement), terms)

    def _units(self, amount: str) -> str:
        return str(parse_amount(amount, self.decimals))


def load_deals(folder: Path) -> list[Deal]:
    """The deals in the order in which the README tells of them: targets after prices per unit, shares last."""
    order = ("finance-cpa", "qualified-leads", "target-july", "target-august", "base-and-share")
    documents = [json.loads((folder / "deals" / f"{name}.json").read_text()) for name in order]
    return [Deal(document["name"], document["agreement"], document["terms"]) for document in documents]


def load_calls(folder: Path, account: str) -> list[Event]:
    """The campaign's calls in the order in which they were made."""
    mapping = parse_mapping((folder / "calls-mapping.json").read_bytes())
    return read_csv((folder / "calls.csv").read_bytes(), mapping, account, source="api")
