"""From the JSON of windows and caps to their models. Knows their form."""

from typing import Any

from escrow.agreement.windows import Attribution, Caps, Decline, Dedupe, Identity, PeriodCap, Reversal
from escrow.faults import MISSING, MOST_SAFE, NAME, NAME_WORDS, FaultCode, FaultReader

MOST_SECONDS = 10 * 366 * 86_400
MOST_BPS = 10_000


class WindowsReader:
    def __init__(self, reader: FaultReader) -> None:
        self._reader = reader

    def dedupe(self, data: Any) -> Dedupe:
        given = self._some("/dedupe", data, ("repeat_after_seconds", "identity"))
        identity = given["identity"]
        if identity is not MISSING:
            identity = Identity(*self._field_and_window("/dedupe/identity", identity))
        return Dedupe(
            self._optional("/dedupe/repeat_after_seconds", given["repeat_after_seconds"], 1, MOST_SECONDS),
            None if identity is MISSING else identity,
        )

    def attribution(self, data: Any) -> Attribution | None:
        return None if data is MISSING else Attribution(*self._field_and_window("/attribution", data))

    def hold(self, data: Any) -> int:
        return self._optional("/hold_seconds", data, 0, MOST_SECONDS) or 0

    def tail(self, data: Any, attribution: Attribution | None) -> int | None:
        if data is not MISSING and attribution is None:
            words = "needs an attribution: without a touch no unit is under way when notice is given"
            self._reader.note("/tail_seconds", FaultCode.CONTRADICTION, words)
        return self._optional("/tail_seconds", data, 0, MOST_SECONDS)

    def decline(self, data: Any) -> Decline | None:
        if data is MISSING:
            return None
        given = self._reader.members("/decline", data, ("within_seconds",), ("contest_seconds",))
        return Decline(
            self._reader.integer("/decline/within_seconds", given["within_seconds"], 1, MOST_SECONDS),
            self._optional("/decline/contest_seconds", given["contest_seconds"], 0, MOST_SECONDS) or 0,
        )

    def reversal(self, data: Any) -> Reversal:
        given = self._some("/reversal", data, ("within_seconds", "share_bps"))
        return Reversal(
            self._optional("/reversal/within_seconds", given["within_seconds"], 0, MOST_SECONDS),
            self._optional("/reversal/share_bps", given["share_bps"], 0, MOST_BPS),
        )

    def caps(self, data: Any) -> Caps:
        given = self._some("/caps", data, ("per_day", "per_period", "total"))
        period = None
        if given["per_period"] is not MISSING:
            parts = self._reader.members("/caps/per_period", given["per_period"], ("seconds", "most"))
            period = PeriodCap(
                self._reader.integer("/caps/per_period/seconds", parts["seconds"], 1, MOST_SECONDS),
                self._reader.integer("/caps/per_period/most", parts["most"], 0, MOST_SAFE),
            )
        return Caps(
            self._optional("/caps/per_day", given["per_day"], 0, MOST_SAFE),
            period,
            self._optional("/caps/total", given["total"], 0, MOST_SAFE),
        )

    def _some(self, path: str, data: Any, names: tuple[str, ...]) -> dict[str, Any]:
        """At least one of the names, where the whole is there."""
        given = self._reader.members(path, data, (), names)
        if isinstance(data, dict) and not data.keys() & set(names):
            self._reader.note(path, FaultCode.WRONG_FORM, f"has none of {', '.join(names)}")
        return given

    def _field_and_window(self, path: str, data: Any) -> tuple[str, int]:
        given = self._reader.members(path, data, ("field", "within_seconds"))
        return (
            self._reader.text(f"{path}/field", given["field"], NAME, NAME_WORDS),
            self._reader.integer(f"{path}/within_seconds", given["within_seconds"], 1, MOST_SECONDS),
        )

    def _optional(self, path: str, data: Any, least: int, most: int) -> int | None:
        return None if data is MISSING else self._reader.integer(path, data, least, most)
