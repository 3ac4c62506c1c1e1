"""Rules that a unit has to pass, and which reason it gets when it fails. Knows attributes, no event."""

from collections.abc import Mapping
from dataclasses import dataclass

from escrow.agreement.reason import Reason

Attributes = Mapping[str, str | int]


@dataclass(frozen=True)
class Is:
    field: str
    wanted: str | int
    reason: Reason

    def fails(self, attributes: Attributes) -> Reason | None:
        return None if attributes.get(self.field) == self.wanted else self.reason


@dataclass(frozen=True)
class AtLeast:
    field: str
    limit: int
    reason: Reason

    def fails(self, attributes: Attributes) -> Reason | None:
        given = attributes.get(self.field)
        return None if isinstance(given, int) and given >= self.limit else self.reason


@dataclass(frozen=True)
class Below:
    field: str
    limit: int
    reason: Reason

    def fails(self, attributes: Attributes) -> Reason | None:
        given = attributes.get(self.field)
        return None if isinstance(given, int) and given < self.limit else self.reason


@dataclass(frozen=True)
class All:
    rules: tuple["Rule", ...]

    def fails(self, attributes: Attributes) -> Reason | None:
        """The first failing rule's reason."""
        for rule in self.rules:
            if reason := rule.fails(attributes):
                return reason
        return None


@dataclass(frozen=True)
class Any:
    rules: tuple["Rule", ...]

    def fails(self, attributes: Attributes) -> Reason | None:
        """The last rule's reason, when all fail."""
        reason = None
        for rule in self.rules:
            reason = rule.fails(attributes)
            if reason is None:
                return None
        return reason


Rule = Is | AtLeast | Below | All | Any
