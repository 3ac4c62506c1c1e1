"""From an agreement's JSON to its model, or every fault with its place. `schema.json` says the same to others.

Knows the document's form; whether it fits a deal's terms is `fit`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from escrow.agreement.metric import Method
from escrow.agreement.metric_parse import MetricReader
from escrow.agreement.model import (
    BEST_GRADES,
    SCHEMA,
    SETTLING_ALONE,
    Adapter,
    Agreement,
    Flight,
    Grade,
    ReportsAt,
    ReportsEveryPeriod,
    Role,
    Source,
)
from escrow.agreement.rule_parse import RuleReader
from escrow.agreement.windows import Decline
from escrow.agreement.windows_parse import WindowsReader
from escrow.canonical import canonical, hash_of
from escrow.errors import AgreementFaults
from escrow.faults import MISSING, MOST_SAFE, NAME, NAME_WORDS, FaultCode, FaultReader, line
from escrow.ids import DocumentHash, Timestamp

MOST_BYTES = 64 * 1024
MOST_SOURCES = 16
MOST_REPORTS = 400
_TITLE, _UNIT = line(120), line(40)
_SALT = re.compile(r"[0-9a-f]{64}")
_EVERY_PERIOD = "period"
_REQUIRED = (
    "schema",
    "title",
    "method",
    "unit",
    "salt",
    "flight",
    "sources",
    "goal",
    "accept",
    "maturity_seconds",
    "reports",
)
_OPTIONAL = ("metric", "dedupe", "attribution", "hold_seconds", "decline", "reversal", "caps", "tail_seconds")


def parse_agreement(data: bytes | str | Mapping[str, Any]) -> Agreement:
    """AgreementFaults with every fault at once. The hash is of the canonical form, however the text is laid out."""
    reader = _AgreementReader()
    document = reader.document(data, MOST_BYTES)
    agreement = reader.agreement(document)
    if reader.faults:
        raise AgreementFaults(tuple(reader.faults))
    return agreement


def agreement_bytes(data: bytes | str | Mapping[str, Any]) -> bytes:
    """The canonical form of a sound agreement, which is what is stored and hashed; AgreementFaults."""
    parse_agreement(data)
    return canonical(dict(data) if isinstance(data, Mapping) else json.loads(data))


def agreement_hash(data: bytes | str | Mapping[str, Any]) -> DocumentHash:
    """What the terms carry; AgreementFaults."""
    return hash_of(agreement_bytes(data))


class _AgreementReader(FaultReader):
    def agreement(self, document: Any) -> Agreement:
        given = self.members("", document, _REQUIRED, _OPTIONAL)
        self.choice("/schema", given["schema"], (SCHEMA,))
        flight, windows = self._flight(given["flight"]), WindowsReader(self)
        attribution = windows.attribution(given["attribution"])
        agreement = Agreement(
            hash=DocumentHash(""),
            title=self.text("/title", given["title"], _TITLE, "one line of 1 to 120 characters"),
            method=self._method(given["method"]),
            unit=self.text("/unit", given["unit"], _UNIT, "one line of 1 to 40 characters"),
            salt=self._salt(given["salt"]),
            flight=flight,
            sources=self._sources(given["sources"]),
            goal=self.text("/goal", given["goal"], NAME, NAME_WORDS),
            accept=RuleReader(self).rule("/accept", given["accept"]),
            maturity_seconds=self.integer("/maturity_seconds", given["maturity_seconds"], 0, MOST_SAFE),
            reports=self._reports(given["reports"], flight),
            metric=MetricReader(self).metric(given["method"], given["metric"]),
            dedupe=windows.dedupe(given["dedupe"]),
            attribution=attribution,
            hold_seconds=windows.hold(given["hold_seconds"]),
            decline=windows.decline(given["decline"]),
            reversal=windows.reversal(given["reversal"]),
            caps=windows.caps(given["caps"]),
            tail_seconds=windows.tail(given["tail_seconds"], attribution),
        )
        self._require_time(agreement)
        self._require_parties(agreement.sources, agreement.decline)
        if self.faults:
            return agreement
        return replace(agreement, hash=hash_of(canonical(dict(document))))

    def _method(self, data: Any) -> Method:
        method = Method(self.choice("/method", data, list(Method)))
        if method is Method.UPLIFT:
            self.note("/method", FaultCode.NOT_YET, f"is {method}, which comes later")
        return method

    def _salt(self, data: Any) -> bytes:
        text = self.text("/salt", data, _SALT, "64 lower-case hex digits")
        return bytes.fromhex(text) if _SALT.fullmatch(text) else b""

    def _flight(self, data: Any) -> Flight:
        given = self.members("/flight", data, ("from", "to"))
        flight = Flight(self.time("/flight/from", given["from"]), self.time("/flight/to", given["to"]))
        if flight.start and flight.end and flight.end <= flight.start:
            self.note("/flight/to", FaultCode.CONTRADICTION, "is not after the start")
        return flight

    def _sources(self, data: Any) -> tuple[Source, ...]:
        sources: list[Source] = []
        for path, item in self.items("/sources", data, MOST_SOURCES):
            given = self.members(path, item, ("account", "adapter", "role", "grade"), ("accept",))
            accept = None if given["accept"] is MISSING else RuleReader(self).rule(f"{path}/accept", given["accept"])
            source = Source(
                account=self.text(f"{path}/account", given["account"], NAME, NAME_WORDS),
                adapter=Adapter(self.choice(f"{path}/adapter", given["adapter"], list(Adapter))),
                role=Role(self.choice(f"{path}/role", given["role"], list(Role))),
                grade=Grade(self.choice(f"{path}/grade", given["grade"], list(Grade))),
                accept=accept,
            )
            if source.account in [other.account for other in sources]:
                self.note(f"{path}/account", FaultCode.CONTRADICTION, f"{source.account!r} stands twice")
            is_sound = given["adapter"] in list(Adapter) and given["grade"] in list(Grade)
            if is_sound and source.grade < (best := BEST_GRADES[source.adapter]):
                words = f"with {source.grade} is better than {source.adapter} can have, {best}"
                self.note(f"{path}/grade", FaultCode.CONTRADICTION, words)
            if accept is not None and source.role is not Role.CHECK:
                self.note(f"{path}/accept", FaultCode.CONTRADICTION, "is a check source's alone")
            sources.append(source)
        self._require_trust(sources)
        return tuple(sources)

    def _require_trust(self, sources: list[Source]) -> None:
        """Grades A and B settle alone; C and D need a second source."""
        roles = {source.role for source in sources}
        if sources and Role.CONTROLLING not in roles:
            self.note("/sources", FaultCode.CONTRADICTION, "has no controlling one")
        for index, source in enumerate(sources):
            if source.role is Role.CONTROLLING and source.grade not in SETTLING_ALONE and Role.CHECK not in roles:
                words = f"is {source.grade}, which settles only beside a check source"
                self.note(f"/sources/{index}/grade", FaultCode.CONTRADICTION, words)

    def _require_parties(self, sources: tuple[Source, ...], decline: Decline | None) -> None:
        """Who may speak has a way to be heard."""
        roles = {source.role for source in sources}
        if sources and decline is not None and Role.CLIENT not in roles:
            self.note("/decline", FaultCode.CONTRADICTION, "has no source of the client's to come from")
        if sources and decline is not None and decline.contest_seconds and Role.AGENCY not in roles:
            words = "has no source of the agency's to come from"
            self.note("/decline/contest_seconds", FaultCode.CONTRADICTION, words)

    def _require_time(self, agreement: Agreement) -> None:
        """A unit's windows run out within the flight, or nothing could count."""
        flight, decline = agreement.flight, agreement.decline
        length = flight.end - flight.start
        if not (flight.start and length > 0):
            return
        for path, seconds in (
            ("/maturity_seconds", agreement.maturity_seconds),
            ("/hold_seconds", agreement.hold_seconds),
            ("/decline/within_seconds", decline.within_seconds if decline else 0),
        ):
            if seconds >= length:
                self.note(path, FaultCode.CONTRADICTION, "is as long as the flight: nothing could count")

    def _reports(self, data: Any, flight: Flight) -> ReportsAt | ReportsEveryPeriod:
        if not isinstance(data, Mapping) or ("at" in data) == ("every" in data):
            if data is not MISSING:
                self.note("/reports", FaultCode.WRONG_FORM, "is neither a list of times at nor every period")
            return ReportsEveryPeriod()
        if "every" in data:
            given = self.members("/reports", data, ("every",))
            self.choice("/reports/every", given["every"], (_EVERY_PERIOD,))
            return ReportsEveryPeriod()
        given = self.members("/reports", data, ("at",))
        items = self.items("/reports/at", given["at"], MOST_REPORTS)
        times = [(path, self.time(path, item)) for path, item in items]
        self._require_order(times, flight)
        return ReportsAt(tuple(at for _, at in times))

    def _require_order(self, times: list[tuple[str, Timestamp]], flight: Flight) -> None:
        previous = flight.start
        for path, at in times:
            if at and at <= previous:
                words = "the start" if previous == flight.start else "the one before it"
                self.note(path, FaultCode.CONTRADICTION, f"is not after {words}")
            previous = at
        if times and times[-1][1] and flight.end and times[-1][1] != flight.end:
            self.note(times[-1][0], FaultCode.CONTRADICTION, "is the last report, but not as of the flight's end")
