"""A second reckoning of challenges.json, from the words of docs/protocol.md alone: nothing of `escrow` is used.

It keeps what was ever applied, and reckons the agency's total from that each time; the twin keeps a state, and reckons
differences.
"""

from typing import Any

MOST_VALUE, MOST_UNITS = 2**64 - 1, 2**96 - 1


class Reckoning:
    """`paid` to the agency and `returned` to the client so far, after each `play`."""

    def __init__(self, life: dict[str, Any]) -> None:
        terms = life["terms"]
        self._length = int(terms["periodLength"])
        self._is_cumulative = terms["basis"] == 0
        self._kept = 10_000 - int(terms["retentionBps"])
        self._base_fee, self._cap = int(terms["basePerPeriod"]), int(terms["cap"]) or MOST_UNITS
        self._steps = [(int(step["from"]), int(step["flat"]), int(step["rate"])) for step in terms["steps"]]
        self._window, self._ruling = int(terms["challengeWindow"]), int(terms["rulingWindow"])
        self._notice = int(terms["noticePeriod"])
        self._funded, self._end = int(life["funded"]), self._length * int(terms["periods"])
        self._applied: list[tuple[int, int]] = []
        """As-of time and value, in the order in which they counted."""
        self._by_period = self._adjust = 0
        self._waiting: dict[str, Any] | None = None
        self.paid = self.returned = 0
        self.is_closed = False

    def play(self, action: dict[str, Any]) -> None:
        now, value = action["at"], int(action.get("value", 0))
        match action["do"]:
            case "report":
                if self._waiting and not (self._waiting["self"] and now < self._over()):
                    self._silent()
                self._wait(action["asOf"], value, self._adjust, now + self._window)
            case "self_report":
                self._wait(self._end, value, 0, now + 2 * self._window, by_agency_itself=True)
            case "client_disputes":
                self._claim["client"] = value
                self._apply(self._claim["as_of"], value)
            case "agency_disputes":
                self._claim["agency"] = value
            case "rule":
                if self._is_cumulative:
                    self._adjust = value - self._claim["reported"]
                self._resolve(value)
            case "finalize" if now < self._over():
                self._apply(self._claim["as_of"], self._claim["value"])
            case "finalize":
                self._silent()
            case "refund":
                if self._waiting:
                    self._silent()
                if not self.is_closed:
                    self._close(silent=True)
            case "top_up":
                self._funded += int(action["amount"])
            case "notice":
                self._shorten(now + self._notice)
        self._pay()

    @property
    def _claim(self) -> dict[str, Any]:
        assert self._waiting
        return self._waiting

    def _wait(self, as_of: int, reported: int, adjust: int, until: int, by_agency_itself: bool = False) -> None:
        value = max(0, min(reported + adjust, MOST_VALUE))
        self._waiting = {"as_of": as_of, "reported": reported, "value": value, "until": until, "self": by_agency_itself}

    def _over(self) -> int:
        is_disputed = {"client", "agency"} & self._claim.keys()
        return int(self._claim["until"]) + (self._ruling if is_disputed else 0)

    def _silent(self) -> None:
        accepted = self._claim.get("client", self._claim["value"])
        self._resolve(accepted if self._claim["self"] else self._claim["value"])

    def _resolve(self, value: int) -> None:
        as_of = self._claim["as_of"]
        self._apply(as_of, value)
        self._waiting = None
        if as_of == self._end:
            self._close()

    def _apply(self, as_of: int, value: int) -> None:
        if not self._is_cumulative:
            before = [earlier for at, earlier in self._applied if at == as_of]
            more = self._earned(value) - (self._earned(before[-1]) if before else 0)
            self._by_period += min(more, self._funds() - self._by_period)
        self._applied.append((as_of, value))

    def _shorten(self, end: int) -> None:
        if end <= 0:
            self.is_closed, self.returned = True, self._funded
            return
        self._end = end if self._is_cumulative else -(-end // self._length) * self._length

    def _close(self, silent: bool = False) -> None:
        self._pay()
        if silent:
            base = self._base_fee * self._end // self._length
            best = max((self._earned(value) for _, value in self._applied), default=0)
            self.paid = base + (min(best, self._funds()) if self._is_cumulative else self._by_period)
        self.is_closed, self.returned = True, self._funded - self.paid

    def _pay(self) -> None:
        """The agency's total, which never falls."""
        if self.is_closed:
            return
        last = max((at for at, _ in self._applied), default=0)
        base = self._base_fee * last // self._length if last == self._end else self._base_fee * (last // self._length)
        self.paid = base + (self._cumulative() if self._is_cumulative else self._by_period)

    def _cumulative(self) -> int:
        before = [min(self._earned(value), self._funds()) for at, value in self._applied if at < self._end]
        final = [min(self._earned(value), self._funds()) for at, value in self._applied if at == self._end]
        return max([max(before, default=0) * self._kept // 10_000, *final])

    def _funds(self) -> int:
        return self._funded - self._base_fee * self._end // self._length

    def _earned(self, value: int) -> int:
        flats = sum(flat for start, flat, _ in self._steps if value >= start)
        ends = [start for start, _, _ in self._steps[1:]] + [MOST_VALUE + 1]
        scaled = sum(rate * max(0, min(value, end) - start) for (start, _, rate), end in zip(self._steps, ends, strict=True))
        return min(flats + scaled // 10**6, self._cap)
