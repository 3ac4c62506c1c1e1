"""The packed form of terms, the words that calldata and `DealOpened` carry. Twin of TermsCodec.sol."""

from collections.abc import Sequence

from escrow.errors import TermsFormatProblem, TermsLengthProblem
from escrow.ids import NO_DEAL, Address, CommitteeId, DocumentHash, Timestamp, Units, checksummed
from escrow.terms.model import SOLIDITY_NAMES, STEP_NAMES, Basis, Step, Terms, bits_of

FIXED_WORDS = 7

_LAYOUT: tuple[tuple[tuple[str, int], ...], ...] = (
    (("committee", 96), ("client", 160)),
    (("budget", 96), ("agency", 160)),
    (("cap", 96), ("token", 160)),
    (("base_per_period", 96), ("arbiter", 160)),
    (("agreement", 256),),
    (
        ("open_before", 40),
        ("starts_at", 40),
        ("period_length", 32),
        ("periods", 16),
        ("report_grace", 32),
        ("challenge_window", 32),
        ("ruling_window", 32),
        ("notice_period", 32),
    ),
    (("quorum", 8), ("retention_bps", 16), ("basis", 8), ("self_report", 8), ("salt", 216)),
)
"""Fields from the highest bit down, which fill every word, so that each packed form has one plain form."""

_STEP_LAYOUT = (("from_", 64), ("flat", 96), ("rate", 96))


def pack(terms: Terms) -> list[int]:
    """TermsFormatProblem for a number that does not fit its field."""
    numbers = _numbers(terms)
    fixed = [_join(layout, numbers) for layout in _LAYOUT]
    return fixed + [_join(_STEP_LAYOUT, vars(step)) for step in terms.steps]


def unpack(words: Sequence[int]) -> Terms:
    """TermsLengthProblem for too few words, TermsFormatProblem where basis or self-report name nothing."""
    if len(words) < FIXED_WORDS:
        raise TermsLengthProblem(NO_DEAL, len(words), FIXED_WORDS)
    n: dict[str, int] = {}
    for layout, word in zip(_LAYOUT, words, strict=False):
        n.update(_split(layout, word))
    if n["basis"] > max(Basis):
        raise TermsFormatProblem(n["basis"], "names no basis", "basis")
    if n["self_report"] > 1:
        raise TermsFormatProblem(n["self_report"], "is neither 0 nor 1", "selfReport")
    return Terms(
        client=_address(n["client"]),
        agency=_address(n["agency"]),
        token=_address(n["token"]),
        budget=Units(n["budget"]),
        open_before=Timestamp(n["open_before"]),
        committee=CommitteeId(f"0x{n['committee']:024x}"),
        quorum=n["quorum"],
        arbiter=_address(n["arbiter"]),
        agreement=DocumentHash(f"{n['agreement']:064x}"),
        basis=Basis(n["basis"]),
        starts_at=Timestamp(n["starts_at"]),
        period_length=n["period_length"],
        periods=n["periods"],
        report_grace=n["report_grace"],
        challenge_window=n["challenge_window"],
        ruling_window=n["ruling_window"],
        self_report=n["self_report"] == 1,
        notice_period=n["notice_period"],
        retention_bps=n["retention_bps"],
        base_per_period=Units(n["base_per_period"]),
        cap=Units(n["cap"]),
        steps=tuple(_step(word) for word in words[FIXED_WORDS:]),
        salt=n["salt"],
    )


def require_fit(terms: Terms) -> None:
    """TermsFormatProblem for the first number that does not fit its field."""
    for owner, names in ((terms, SOLIDITY_NAMES), *((step, STEP_NAMES) for step in terms.steps)):
        for field, (name, kind) in names.items():
            if kind.startswith("uint") and not 0 <= getattr(owner, field) < 1 << bits_of(kind):
                raise TermsFormatProblem(getattr(owner, field), f"does not fit {kind}", name)


def _numbers(terms: Terms) -> dict[str, int]:
    require_fit(terms)
    return vars(terms) | {
        "client": int(terms.client, 16),
        "agency": int(terms.agency, 16),
        "token": int(terms.token, 16),
        "committee": int(terms.committee, 16),
        "arbiter": int(terms.arbiter, 16),
        "agreement": int(terms.agreement, 16),
    }


def _join(layout: Sequence[tuple[str, int]], numbers: dict[str, int]) -> int:
    word = 0
    for name, bits in layout:
        word = word << bits | numbers[name]
    return word


def _split(layout: Sequence[tuple[str, int]], word: int) -> dict[str, int]:
    numbers = {}
    for name, bits in reversed(layout):
        numbers[name] = word & ((1 << bits) - 1)
        word >>= bits
    return numbers


def _step(word: int) -> Step:
    n = _split(_STEP_LAYOUT, word)
    return Step(n["from_"], Units(n["flat"]), n["rate"])


def _address(number: int) -> Address:
    return checksummed(f"{number:040x}")
