"""Reads what was typed into the form: a deal's wishes, or every fault with the name of its field. Knows no chain."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from api.drafts.fields import Field, Kind, fields_of
from api.wording import DAY, days_of, number
from escrow.errors import AddressProblem, AmountProblem, CommitteeIdProblem
from escrow.faults import NAME, NAME_WORDS
from escrow.ids import Address, CommitteeId, Timestamp, Units, address, committee_id
from escrow.money import Token, parse_amount
from escrow.terms import Step

RATE_SCALE = 10**6
MOST_UNITS = 2**64 - 1
MOST_AMOUNT = 2**96 - 1
LATE_OPENING = 7 * DAY
_WHOLE = re.compile(r"\d{1,20}", re.ASCII)


@dataclass(frozen=True)
class FormFault:
    """What is wrong with one field, in a sentence that says what to do."""

    field: str
    text: str


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
    return _Reader(kind, typed, tokens).read()


class _Reader:
    """One pass over a form. A method gives the value, or notes the fault and gives a stand-in of the same type."""

    def __init__(self, kind: Kind, typed: Mapping[str, str], tokens: list[Token]) -> None:
        self._kind = kind
        self._typed = typed
        self._fields = fields_of(kind)
        self._tokens = tokens
        self._faults: dict[str, str] = {}

    def read(self) -> Wishes | list[FormFault]:
        token = self._token()
        starts_at, ends_at = self._day("first_day"), self._day("last_day", after=DAY)
        periods = self._whole("periods", 1, 65_535)
        if not self._faults.keys() & {"first_day", "last_day", "periods"}:
            self._require_flight(starts_at, ends_at, periods)
        budget = self._amount("budget", token, least=1)
        wishes = Wishes(
            title=self._text("title", 120),
            unit=self._text("unit", 40),
            account=self._name("account"),
            goal=self._name("goal"),
            test=self._test(),
            starts_at=starts_at,
            ends_at=ends_at,
            periods=periods,
            reports=self._choice("reports"),
            token=token,
            steps=self._steps(token, budget),
            base=self._amount("base", token, least=1) if self._kind == "base" else Units(0),
            budget=budget,
            cap=self._amount("cap", token, least=1),
            retention_bps=self._percent("retention"),
            basis=int(self._choice("basis") or 0),
            client=self._address("client"),
            agency=self._address("agency"),
            committee=self._committee(),
            quorum=self._whole("quorum", 1, 255),
            open_before=self._fund_by(starts_at, ends_at),
            grace=self._whole("grace", 1, 90) * DAY,
            notice=self._whole("notice", 1, 90) * DAY,
            key=self._key(),
        )
        if not self._faults:
            self._require_fit(wishes)
        if self._faults:
            order = [*self._fields, "key"]
            return [FormFault(name, self._faults[name]) for name in order if name in self._faults]
        return wishes

    def _fault(self, name: str, text: str) -> None:
        self._faults.setdefault(name, text)

    def _raw(self, name: str) -> tuple[Field | None, str]:
        """The field, None where this kind of deal has none or it may stay empty and did, and what was typed."""
        field = self._fields.get(name)
        text = self._typed.get(name, "").strip() if field else ""
        if field and not text:
            if field.optional:
                return None, ""
            self._fault(name, f"Enter {_lower(field.label)}.")
            return None, ""
        return field, text

    def _text(self, name: str, most: int) -> str:
        field, text = self._raw(name)
        if field and len(text) > most:
            self._fault(name, f"{field.label} has {len(text)} signs; at most {most} fit.")
        if field and not text.isprintable():
            self._fault(name, f"{field.label} has a sign that can’t be printed.")
        return text

    def _name(self, name: str) -> str:
        field, text = self._raw(name)
        if field and not NAME.fullmatch(text):
            self._fault(name, f"{field.label} takes {NAME_WORDS}, like bank-telephone.")
        return text

    def _choice(self, name: str) -> str:
        field, text = self._raw(name)
        if field and text not in dict(field.options):
            self._fault(name, f"{field.label}: choose one from the list.")
        return text if field and name not in self._faults else ""

    def _whole(self, name: str, least: int, most: int) -> int:
        field, text = self._raw(name)
        if field is None:
            return least
        bare = re.sub(r"[\s\u202f\u00a0']", "", text)
        if bare.startswith("-"):
            self._fault(name, f"{field.label} must not be negative.")
        elif not _WHOLE.fullmatch(bare):
            self._fault(name, f"{field.label} must be a whole number, like {number(max(least, 5))}.")
        elif not least <= int(bare) <= most:
            self._fault(name, f"{field.label} must be {number(least)} to {number(most)}.")
        return least if name in self._faults else int(bare)

    def _amount(self, name: str, token: Token, least: int = 0) -> Units:
        field, text = self._raw(name)
        if field is None:
            return Units(0)
        try:
            units = parse_amount(text, token.decimals)
        except AmountProblem as problem:
            self._fault(name, f"{field.label} {problem.why}.")
            return Units(0)
        if units < least:
            self._fault(name, f"{field.label} must be more than 0.")
        elif units > MOST_AMOUNT:
            self._fault(name, f"{field.label} is more than the contract can hold.")
        return units

    def _percent(self, name: str) -> int:
        field, text = self._raw(name)
        if field is None:
            return 0
        try:
            bps = parse_amount(text.removesuffix("%"), 2)
        except AmountProblem as problem:
            self._fault(name, f"{field.label} {problem.why.replace('the token', 'a percentage')}.")
            return 0
        if bps > 5_000:
            self._fault(name, f"{field.label} must be 0 to 50%.")
        return bps

    def _day(self, name: str, after: int = 0) -> Timestamp:
        """00:00 UTC of the day, plus `after` seconds."""
        field, text = self._raw(name)
        if field is None:
            return Timestamp(0)
        try:
            date = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            self._fault(name, f"{field.label} must be a date, like 2008-05-01.")
            return Timestamp(0)
        if not 1970 < date.year < 2200:
            self._fault(name, f"{field.label} must lie in the years 1971 to 2199.")
        return Timestamp(int(date.timestamp()) + after)

    def _address(self, name: str) -> Address:
        field, text = self._raw(name)
        if field is not None:
            try:
                return address(text)
            except AddressProblem as problem:
                self._fault(name, f"{field.label}’s address {problem.why}.")
        return Address("")

    def _committee(self) -> CommitteeId:
        other, text = self._raw("committee_id")
        name = "committee_id" if other else "committee"
        if not other:
            text = self._raw("committee")[1]
        if text:
            try:
                return committee_id(text.lower())
            except CommitteeIdProblem as problem:
                self._fault(name, f"The committee’s id {problem.why}.")
        return CommitteeId("")

    def _token(self) -> Token:
        """The option carries the decimals that the person saw; the draft compares them with the chain's."""
        text = self._raw("token")[1]
        chosen, _, decimals = text.partition(":")
        for token in self._tokens:
            if token.address.lower() == chosen.lower():
                shown = int(decimals) if _WHOLE.fullmatch(decimals) else token.decimals
                return Token(token.address, token.symbol, min(shown, 36))
        if text:
            self._fault("token", "Paid in: choose one from the list.")
        return Token(Address(""), "", 18)

    def _test(self) -> EventTest:
        operator = self._choice("test_operator")
        field, value = self._raw("test_value")
        is_whole = re.fullmatch(r"-?\d{1,15}", value, re.ASCII)
        if field and operator in ("at_least", "below") and not is_whole:
            self._fault("test_value", "Value must be a whole number for this test, like 180.")
        return EventTest(self._name("test_field"), operator, int(value) if is_whole else value)

    def _steps(self, token: Token, budget: Units) -> tuple[Step, ...]:
        if self._kind == "target":
            return (Step(self._whole("target", 1, MOST_UNITS), budget, 0),)
        first = Step(0, Units(0), self._rate("price", token))
        beyond = self._typed.get("second_from", "").strip()
        second = self._typed.get("second_price", "").strip()
        if not beyond and not second:
            return (first,)
        if not beyond:
            self._fault("second_from", "Enter the volume beyond which the second price applies, or empty the price.")
        if not second:
            self._fault("second_price", "Enter the second price, or empty the volume.")
        return first, Step(self._whole("second_from", 1, MOST_UNITS), Units(0), self._rate("second_price", token))

    def _rate(self, name: str, token: Token) -> int:
        price = self._amount(name, token, least=1 if name == "price" else 0)
        if price * RATE_SCALE > MOST_AMOUNT:
            self._fault(name, f"{self._fields[name].label} is more than the contract can hold.")
        return price * RATE_SCALE

    def _fund_by(self, starts_at: int, ends_at: int) -> Timestamp:
        latest = min(starts_at + LATE_OPENING, ends_at)
        if not self._typed.get("fund_by", "").strip():
            return Timestamp(latest)
        at = self._day("fund_by", after=DAY)
        if "fund_by" not in self._faults and at > latest:
            self._fault(
                "fund_by",
                "Lock the money by: at most 7 days after the first day, and not after the last day.",
            )
        return at

    def _key(self) -> str:
        key = self._typed.get("key", "")
        if not re.fullmatch(r"[0-9a-f]{64}", key):
            self._fault("key", "The form’s hidden key is missing. Load the form again.")
        return key

    def _require_flight(self, starts_at: int, ends_at: int, periods: int) -> None:
        if ends_at <= starts_at:
            self._fault("last_day", "Last day must not be before the first day.")
        elif (ends_at - starts_at) // DAY % periods:
            days = (ends_at - starts_at) // DAY
            self._fault(
                "periods",
                f"{days_of(starts_at, ends_at)} is {days} days, which is not {periods} equal periods. "
                f"{days - days % periods or periods} or {days - days % periods + periods} days are.",
            )

    def _require_fit(self, wishes: Wishes) -> None:
        """Rules between fields that no single field can tell."""
        if wishes.agency == wishes.client:
            self._fault("agency", "Agency must not be the client: nobody pays themselves here.")
        if wishes.base * wishes.periods > wishes.budget:
            self._fault("budget", f"Budget does not cover the base of {number(wishes.periods)} periods.")
        if wishes.basis and wishes.reports != "periods":
            self._fault("reports", "Reports that count their own period come at the end of each period: choose that.")
        if wishes.basis and wishes.retention_bps:
            self._fault("retention", "Held until the end must be 0% where each report counts its own period.")


def _lower(label: str) -> str:
    return label[0].lower() + label[1:]
