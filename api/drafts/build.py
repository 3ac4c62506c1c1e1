"""Wishes from the form as the two documents that a deal consists of: the agreement, and the terms that carry its hash.

Pure; whether the contract takes them is for `check`.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from api.drafts.form import EventTest, Wishes
from escrow.clock import format_time
from escrow.ids import ZERO_ADDRESS, DocumentHash
from escrow.terms import Basis, Terms


def build_agreement(wishes: Wishes) -> dict[str, Any]:
    """As JSON, in the form of agreement/1."""
    return {
        "schema": "agreement/1",
        "title": wishes.title,
        "method": "count/1",
        "unit": wishes.unit,
        "salt": wishes.key,
        "flight": {"from": format_time(wishes.starts_at), "to": format_time(wishes.ends_at)},
        "sources": [{"account": wishes.account, "adapter": "signed_api", "role": "controlling", "grade": "B"}],
        "goal": wishes.goal,
        "accept": {"all": [_rule(wishes.test)]},
        "maturity_seconds": 0,
        "reports": _reports(wishes),
    }


def build_terms(wishes: Wishes, agreement: DocumentHash) -> Terms:
    return Terms(
        client=wishes.client,
        agency=wishes.agency,
        token=wishes.token.address,
        budget=wishes.budget,
        open_before=wishes.open_before,
        committee=wishes.committee,
        quorum=wishes.quorum,
        arbiter=ZERO_ADDRESS,
        agreement=agreement,
        basis=Basis(wishes.basis),
        starts_at=wishes.starts_at,
        period_length=(wishes.ends_at - wishes.starts_at) // wishes.periods,
        periods=wishes.periods,
        report_grace=wishes.grace,
        challenge_window=0,
        ruling_window=0,
        self_report=False,
        notice_period=wishes.notice,
        retention_bps=wishes.retention_bps,
        base_per_period=wishes.base,
        cap=wishes.cap,
        steps=wishes.steps,
        salt=_salt(wishes.key),
    )


def _rule(test: EventTest) -> dict[str, Any]:
    return {"field": test.field, test.operator: test.value, "else": "criteria_not_met"}


def _reports(wishes: Wishes) -> dict[str, Any]:
    if wishes.reports == "periods":
        return {"every": "period"}
    times = [*_month_ends(wishes), wishes.ends_at] if wishes.reports == "months" else [wishes.ends_at]
    return {"at": [format_time(at) for at in times]}


def _month_ends(wishes: Wishes) -> list[int]:
    """The first instant of each month inside the flight: what came before it is the month that ended."""
    found: list[int] = []
    start = datetime.fromtimestamp(wishes.starts_at, UTC)
    year, month = start.year, start.month
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        at = int(datetime(year, month, 1, tzinfo=UTC).timestamp())
        if at >= wishes.ends_at:
            return found
        found.append(at)


def _salt(key: str) -> int:
    """216 bits that follow from the form's key, so that one form sent twice is one deal."""
    return int.from_bytes(hashlib.sha256(b"terms" + bytes.fromhex(key)).digest()[:27])
