"""Terms and reports as docs/protocol.md writes them: the packed form, the typed data and its hash.

Written apart from escrow/, so that the contract is held to the page and not to the product's own code. Knows no chain.
"""

from dataclasses import astuple, dataclass, replace

from eth_account.messages import encode_typed_data
from eth_utils import keccak

ZERO = "0x" + 40 * "0"
HOUR = 3_600
DAY = 24 * HOUR
CUMULATIVE, PER_PERIOD = 0, 1
RATE_SCALE = 10**6

STEP_FIELDS = [("from", "uint64"), ("flat", "uint96"), ("rate", "uint96")]
TERMS_FIELDS = [
    ("client", "address"),
    ("agency", "address"),
    ("token", "address"),
    ("budget", "uint96"),
    ("openBefore", "uint40"),
    ("committee", "bytes12"),
    ("quorum", "uint8"),
    ("arbiter", "address"),
    ("agreement", "bytes32"),
    ("basis", "uint8"),
    ("startsAt", "uint40"),
    ("periodLength", "uint32"),
    ("periods", "uint16"),
    ("reportGrace", "uint32"),
    ("challengeWindow", "uint32"),
    ("rulingWindow", "uint32"),
    ("selfReport", "bool"),
    ("noticePeriod", "uint32"),
    ("retentionBps", "uint16"),
    ("basePerPeriod", "uint96"),
    ("cap", "uint96"),
    ("steps", "Step[]"),
    ("salt", "uint216"),
]
DOMAIN_FIELDS = [
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
]
PERMIT_FIELDS = [
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
]
SPLIT_FIELDS = [("dealId", "bytes32"), ("token", "address"), ("agencyTotal", "uint256"), ("deadline", "uint256")]
AMENDMENT_FIELDS = [
    ("dealId", "bytes32"),
    ("newDealId", "bytes32"),
    ("token", "address"),
    ("agencyTotal", "uint256"),
    ("deadline", "uint256"),
]
ROOT_FIELDS = [("root", "bytes32")]
AUTHORIZATION_FIELDS = [
    ("from", "address"),
    ("to", "address"),
    ("value", "uint256"),
    ("validAfter", "uint256"),
    ("validBefore", "uint256"),
    ("nonce", "bytes32"),
]
REPORT_FIELDS = [("dealId", "bytes32"), ("asOf", "uint256"), ("value", "uint256"), ("evidence", "bytes32")]


@dataclass(frozen=True)
class Step:
    at: int
    flat: int
    rate: int


def per_unit(units: int, at: int = 0) -> Step:
    """A step that pays whole token units for each metric unit."""
    return Step(at, 0, units * RATE_SCALE)


@dataclass(frozen=True)
class Terms:
    """Fields in the order of the typed data."""

    FIXED_WORDS = 7

    client: str
    agency: str
    token: str
    budget: int
    open_before: int
    committee: bytes
    quorum: int
    arbiter: str
    agreement: bytes
    basis: int
    starts_at: int
    period_length: int
    periods: int
    report_grace: int
    challenge_window: int
    ruling_window: int
    self_report: int
    notice_period: int
    retention_bps: int
    base_per_period: int
    cap: int
    steps: tuple[Step, ...]
    salt: int

    def but(self, **changes) -> "Terms":
        return replace(self, **changes)

    @property
    def ends_at(self) -> int:
        return self.starts_at + self.period_length * self.periods

    @property
    def silent_at(self) -> int:
        return self.ends_at + self.report_grace

    def boundary(self, period: int) -> int:
        """The end of this period, counted from 1."""
        return self.starts_at + self.period_length * period

    def pack(self) -> list[int]:
        number = {name: int(getattr(self, name), 16) for name in ("client", "agency", "token", "arbiter")}
        committee = int.from_bytes(self.committee, "big")
        clock = _joined(
            (self.open_before, 40),
            (self.starts_at, 40),
            (self.period_length, 32),
            (self.periods, 16),
            (self.report_grace, 32),
            (self.challenge_window, 32),
            (self.ruling_window, 32),
            (self.notice_period, 32),
        )
        rules = _joined(
            (self.quorum, 8),
            (self.retention_bps, 16),
            (self.basis, 8),
            (self.self_report, 8),
            (self.salt, 216),
        )
        return [
            _joined((committee, 96), (number["client"], 160)),
            _joined((self.budget, 96), (number["agency"], 160)),
            _joined((self.cap, 96), (number["token"], 160)),
            _joined((self.base_per_period, 96), (number["arbiter"], 160)),
            int.from_bytes(self.agreement, "big"),
            clock,
            rules,
            *(_joined((step.at, 64), (step.flat, 96), (step.rate, 96)) for step in self.steps),
        ]

    def plain(self) -> tuple:
        """As the contract's ABI takes and gives it."""
        return astuple(self)

    def message(self) -> dict:
        names = [name for name, _ in TERMS_FIELDS]
        values = dict(zip(names, (getattr(self, name) for name in self.__dataclass_fields__), strict=True))
        values["steps"] = [{"from": step.at, "flat": step.flat, "rate": step.rate} for step in self.steps]
        values["selfReport"] = bool(self.self_report)
        return values


@dataclass(frozen=True)
class Report:
    deal_id: bytes
    as_of: int
    value: int
    evidence: bytes

    def message(self) -> dict:
        return dict(zip([name for name, _ in REPORT_FIELDS], astuple(self), strict=True))


@dataclass(frozen=True)
class Domain:
    chain_id: int
    contract: str


def deal_id_of(terms: Terms, domain: Domain) -> bytes:
    fields = {"Terms": TERMS_FIELDS, "Step": STEP_FIELDS}
    return typed_hash("PerformanceEscrow", domain, fields, terms.message())


def report_digest_of(report: Report, domain: Domain) -> bytes:
    return typed_hash("PerformanceEscrow", domain, {"Report": REPORT_FIELDS}, report.message())


def split_digest_of(deal_id: bytes, token: str, total: int, deadline: int, domain: Domain) -> bytes:
    values = dict(zip([name for name, _ in SPLIT_FIELDS], (deal_id, token, total, deadline), strict=True))
    return typed_hash("PerformanceEscrow", domain, {"Split": SPLIT_FIELDS}, values)


def amendment_digest_of(deal_id: bytes, new_deal_id: bytes, token: str, total: int, deadline: int, domain: Domain) -> bytes:
    values = (deal_id, new_deal_id, token, total, deadline)
    values = dict(zip([name for name, _ in AMENDMENT_FIELDS], values, strict=True))
    return typed_hash("PerformanceEscrow", domain, {"Amendment": AMENDMENT_FIELDS}, values)


def root_digest_of(root: bytes, domain: Domain) -> bytes:
    return typed_hash("PerformanceEscrow", domain, {"ReportRoot": ROOT_FIELDS}, {"root": root})


def authorization_digest_of(token_name: str, domain: Domain, message: dict) -> bytes:
    return typed_hash(token_name, domain, {"ReceiveWithAuthorization": AUTHORIZATION_FIELDS}, message)


def permit_digest_of(token_name: str, domain: Domain, message: dict) -> bytes:
    return typed_hash(token_name, domain, {"Permit": PERMIT_FIELDS}, message)


def typed_hash(name: str, domain: Domain, types: dict, message: dict) -> bytes:
    """EIP-712, of the first of the types."""
    signable = encode_typed_data(
        full_message={
            "domain": {
                "name": name,
                "version": "1",
                "chainId": domain.chain_id,
                "verifyingContract": domain.contract,
            },
            "primaryType": next(iter(types)),
            "types": {
                kind: [{"name": field, "type": type_} for field, type_ in fields]
                for kind, fields in {"EIP712Domain": DOMAIN_FIELDS, **types}.items()
            },
            "message": message,
        }
    )
    return keccak(b"\x19\x01" + signable.header + signable.body)


def comparable(value):
    """Terms in the ABI's form as nested lists of what compares: numbers, and hexadecimal text in lower case."""
    if isinstance(value, (list, tuple)):
        return [comparable(each) for each in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return int(value) if isinstance(value, int) else str(value).lower()


def _joined(*parts: tuple[int, int]) -> int:
    word = 0
    for number, bits in parts:
        assert 0 <= number < 1 << bits, f"{number} does not fit {bits} bits"
        word = word << bits | number
    return word
