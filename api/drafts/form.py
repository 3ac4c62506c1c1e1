"""Reads what was typed into the form: a deal's wishes, or every fault with the name of its field. Knows no chain."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api.drafts.fields import Kind, fields_of
from api.drafts.reader import MOST_AMOUNT, WHOLE, FieldReader, FormFault
from api.wording import DAY, days_of, number
from escrow.errors import CommitteeIdProblem
from escrow.ids import Address, CommitteeId, Timestamp, Units, committee_id
from escrow.money import Token
from escrow.terms import Step

RATE_SCALE = 10**6
MOST_UNITS = 2**64 - 1
LATE_OPENING = 7 * DAY


@dataclass(frozen=True)
class EventTest:
    field: str
    operator: str
    value: str | int


@dataclass(frozen=True)
class Wishes:
    """A form without faults of its own; whether the contract takes it is not known yet."""

    title: str
    unit: str
    account: str
    goal: str
    test: EventTest
    starts_at: Timestamp
    ends_at: Timestamp
    periods: int
    reports: str
    token: Token
    steps: tuple[Step, ...]
    base: Units
    budget: Units
    cap: Units
    retention_bps: int
    basis: int
    client: Address
    agency: Address
    committee: CommitteeId
    quorum: int
    open_before: Timestamp
    grace: int
    notice: int
    key: str


def read_form(kind: Kind, typed: Mapping[str, str], tokens: list[Token]) -> Wishes | list[FormFault]:
    """All faults at once, in the order of the fields."""
    return _Form(kind, typed, tokens).read()


class _Form(FieldReader):
    def __init__(self, kind: Kind, typed: Mapping[str, str], tokens: list[Token]) -> None:
        super().__init__(fields_of(kind), typed)
        self._kind = kind
        self._tokens = tokens

    def read(self) -> Wishes | list[FormFault]:
        token = self._token()
        starts_at, ends_at = self.day("first_day"), self.day("last_day", after=DAY)
        periods = self.whole("periods", 1, 65_535)
        if not self.faults.keys() & {"first_day", "last_day", "periods"}:
            self._require_flight(starts_at, ends_at, periods)
        budget = self.amount("budget", token, least=1)
        wishes = Wishes(
            title=self.text("title", 120),
            unit=self.text("unit", 40),
            account=self.name("account"),
            goal=self.name("goal"),
            test=self._test(),
            starts_at=starts_at,
            ends_at=ends_at,
            periods=periods,
            reports=self.choice("reports"),
            token=token,
            steps=self._steps(token, budget),
            base=self.amount("base", token, least=1) if self._kind == "base" else Units(0),
            budget=budget,
            cap=self.amount("cap", token, least=1),
            retention_bps=self.percent("retention"),
            basis=int(self.choice("basis") or 0),
            client=self.address("client"),
            agency=self.address("agency"),
            committee=self._committee(),
            quorum=self.whole("quorum", 1, 255),
            open_before=self._fund_by(starts_at, ends_at),
            grace=self.whole("grace", 1, 90) * DAY,
            notice=self.whole("notice", 1, 90) * DAY,
            key=self._key(),
        )
        if not self.faults:
            self._require_fit(wishes)
        if self.faults:
            order = [*self.fields, "key"]
            return [FormFault(name, self.faults[name]) for name in order if name in self.faults]
        return wishes

    def _committee(self) -> CommitteeId:
        other, text = self.raw("committee_id")
        name = "committee_id" if other else "committee"
        if not other:
            text = self.raw("committee")[1]
        if text:
            try:
                return committee_id(text.lower())
            except CommitteeIdProblem as problem:
                self.fault(name, f"The committee’s id {problem.why}.")
        return CommitteeId("")

    def _token(self) -> Token:
        """The option carries the decimals that the person saw; the draft compares them with the chain's."""
        text = self.raw("token")[1]
        chosen, _, decimals = text.partition(":")
        for token in self._tokens:
            if token.address.lower() == chosen.lower():
                shown = int(decimals) if WHOLE.fullmatch(decimals) else token.decimals
                return Token(token.address, token.symbol, min(shown, 36))
        if text:
            self.fault("token", "Paid in: choose one from the list.")
        return Token(Address(""), "", 18)

    def _test(self) -> EventTest:
        operator = self.choice("test_operator")
        field, value = self.raw("test_value")
        is_whole = re.fullmatch(r"-?\d{1,15}", value, re.ASCII)
        if field and operator in ("at_least", "below") and not is_whole:
            self.fault("test_value", "Value must be a whole number for this test, like 180.")
        return EventTest(self.name("test_field"), operator, int(value) if is_whole else value)

    def _steps(self, token: Token, budget: Units) -> tuple[Step, ...]:
        if self._kind == "target":
            return (Step(self.whole("target", 1, MOST_UNITS), budget, 0),)
        first = Step(0, Units(0), self._rate("price", token))
        beyond = self.typed.get("second_from", "").strip()
        second = self.typed.get("second_price", "").strip()
        if not beyond and not second:
            return (first,)
        if not beyond:
            self.fault("second_from", "Enter the volume beyond which the second price applies, or empty the price.")
        if not second:
            self.fault("second_price", "Enter the second price, or empty the volume.")
        return first, Step(self.whole("second_from", 1, MOST_UNITS), Units(0), self._rate("second_price", token))

    def _rate(self, name: str, token: Token) -> int:
        price = self.amount(name, token, least=1 if name == "price" else 0)
        if price * RATE_SCALE > MOST_AMOUNT:
            self.fault(name, f"{self.fields[name].label} is more than the contract can hold.")
        return price * RATE_SCALE

    def _fund_by(self, starts_at: int, ends_at: int) -> Timestamp:
        latest = min(starts_at + LATE_OPENING, ends_at)
        if not self.typed.get("fund_by", "").strip():
            return Timestamp(latest)
        at = self.day("fund_by", after=DAY)
        if "fund_by" not in self.faults and at > latest:
            self.fault(
                "fund_by",
                "Lock the money by: at most 7 days after the first day, and not after the last day.",
            )
        return at

    def _key(self) -> str:
        key = self.typed.get("key", "")
        if not re.fullmatch(r"[0-9a-f]{64}", key):
            self.fault("key", "The form’s hidden key is missing. Load the form again.")
        return key

    def _require_flight(self, starts_at: int, ends_at: int, periods: int) -> None:
        if ends_at <= starts_at:
            self.fault("last_day", "Last day must not be before the first day.")
        elif (ends_at - starts_at) // DAY % periods:
            days = (ends_at - starts_at) // DAY
            self.fault(
                "periods",
                f"{days_of(starts_at, ends_at)} is {days} days, which is not {periods} equal periods. "
                f"{days - days % periods or periods} or {days - days % periods + periods} days are.",
            )

    def _require_fit(self, wishes: Wishes) -> None:
        """Rules between fields that no single field can tell."""
        if wishes.agency == wishes.client:
            self.fault("agency", "Agency must not be the client: nobody pays themselves here.")
        if wishes.base * wishes.periods > wishes.budget:
            self.fault("budget", f"Budget does not cover the base of {number(wishes.periods)} periods.")
        if wishes.basis and wishes.reports != "periods":
            self.fault("reports", "Reports that count their own period come at the end of each period: choose that.")
        if wishes.basis and wishes.retention_bps:
            self.fault("retention", "Held until the end must be 0% where each report counts its own period.")
