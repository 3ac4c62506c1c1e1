"""One deal on the gas chain: each step of its life is one transaction, whose gas is returned once it did what it should."""

from dataclasses import replace
from typing import Any

from eth_account import Account

from escrow.contract import Call
from escrow.documents import hash_of
from escrow.ids import ZERO_ADDRESS, DocumentHash, Timestamp, Units
from escrow.report import Report, report_digest
from escrow.schedule import RATE_SCALE
from escrow.signing import sign_digest
from escrow.status import Status
from escrow.terms import Basis, Step, Terms, deal_id_of
from scripts.gas.chain import AMOUNT, COMMITTEES, DAY, DOLLAR, STARTS_AT, GasChain, OutcomeProblem, person, seeded

PERIOD = 30 * DAY
PERIODS = 3
GRACE = 14 * DAY
MOST_ALLOWANCE = 2**256 - 1
WHOLE = 200
"""The value that earns the whole amount, at 5 tokens a unit."""
EVIDENCE = hash_of(seeded("evidence"))


def steps(*begins: int) -> tuple[Step, ...]:
    """Each unit earns the same, in as many steps as are named by where they begin."""
    return tuple(Step(begin, Units(0), 5 * DOLLAR * RATE_SCALE) for begin in begins)


def hold_other_deals(chain: GasChain) -> None:
    """The contract holds a deal in the token, opened by the client's first permit, and one in the chain's coin."""
    GasDeal(chain, "another").open_with_permit()
    GasDeal(chain, "another in coins", token=ZERO_ADDRESS).open()


class GasDeal:
    """1,000 tokens for three periods of 30 days. A step that fails is the contract's named error."""

    def __init__(
        self, chain: GasChain, name: str, *, agency: str = "agency", committee: str = "2 of 3", **changes: Any
    ) -> None:
        self._chain = chain
        self._quorum, self._oracles = COMMITTEES[committee]
        default = Terms(
            client=person("client"),
            agency=person(agency),
            token=chain.dollar.address,
            budget=Units(AMOUNT),
            open_before=STARTS_AT,
            committee=chain.committees[committee],
            quorum=self._quorum,
            arbiter=ZERO_ADDRESS,
            agreement=DocumentHash(seeded(f"{name}: agreement").hex()),
            basis=Basis.CUMULATIVE,
            starts_at=STARTS_AT,
            period_length=PERIOD,
            periods=PERIODS,
            report_grace=GRACE,
            challenge_window=0,
            ruling_window=0,
            self_report=False,
            notice_period=7 * DAY,
            retention_bps=0,
            base_per_period=Units(0),
            cap=Units(0),
            steps=steps(0),
            salt=int.from_bytes(seeded(f"{name}: salt", 27), "big"),
        )
        self.terms = replace(default, **changes)

    # Money in

    def approve(self, amount: int = AMOUNT) -> int:
        escrow, dollar = self._chain.escrow.domain.contract, self._chain.dollar
        receipt = self._chain.send("client", dollar.approve_call(escrow, amount))
        allowance = dollar.allowance(person("client"), escrow)
        if allowance != amount:
            raise OutcomeProblem("the allowance", allowance, amount)
        return int(receipt["gasUsed"], 16)

    def open(self) -> int:
        return self._take(self._chain.escrow.open_call(self.terms, AMOUNT))

    def open_with_permit(self) -> int:
        chain = self._chain
        data = chain.dollar.permit_typed_data(person("client"), chain.escrow.domain.contract, AMOUNT, STARTS_AT)
        permit = Account.sign_typed_data(seeded("client"), full_message=data)
        return self._take(chain.escrow.open_with_permit_call(self.terms, AMOUNT, STARTS_AT, permit.signature))

    def top_up(self) -> int:
        return self._take(self._chain.escrow.top_up_call(self.terms, AMOUNT))

    # Money out

    def settle(self, at: int, value: int, *, pays: int, refunds: int | None = None) -> int:
        """`at` in periods since the start; a report as of the last one `refunds` the rest and closes the deal."""
        self._chain.move_clock(STARTS_AT + at * PERIOD)
        status = Status.RUNNING if refunds is None else Status.CLOSED
        return self._give("keeper", self.settle_call(at, value), pays, refunds or 0, status)

    def decline(self) -> int:
        return self._give("agency", self._chain.escrow.decline_call(self.terms), 0, AMOUNT, Status.CLOSED)

    def refund(self, refunds: int = AMOUNT) -> int:
        """After end and grace."""
        self._chain.move_clock(self.terms.ends_at + GRACE)
        return self._give("keeper", self._chain.escrow.refund_call(self.terms), 0, refunds, Status.CLOSED)

    # Reports

    def report(self, at: int, value: int) -> Report:
        domain = self._chain.escrow.domain
        return Report(deal_id_of(self.terms, domain), Timestamp(STARTS_AT + at * PERIOD), value, EVIDENCE)

    def sign(self, digest: bytes) -> list[str]:
        """By a bare quorum of the deal's committee, in ascending order of signer."""
        signers = sorted(self._oracles[: self._quorum], key=lambda oracle: int(person(oracle), 16))
        return [sign_digest(digest, seeded(oracle)) for oracle in signers]

    def settle_call(self, at: int, value: int) -> Call:
        report = self.report(at, value)
        signatures = self.sign(report_digest(report, self._chain.escrow.domain))
        return self._chain.escrow.settle_call(self.terms, report, signatures)

    def _require_status(self, wanted: Status) -> None:
        status = self._chain.escrow.status(self.terms)
        if status != wanted:
            raise OutcomeProblem("the deal's status", status.name, wanted.name)

    def _take(self, call: Call) -> int:
        contract = self._chain.escrow.domain.contract
        gas, _ = self._chain.measure("client", call, self.terms.token, {contract: AMOUNT})
        self._require_status(Status.SCHEDULED)
        return gas

    def _give(self, sender: str, call: Call, pays: int, refunds: int, status: Status) -> int:
        contract = self._chain.escrow.domain.contract
        moves = {self.terms.agency: pays, self.terms.client: refunds, contract: -pays - refunds}
        gas, _ = self._chain.measure(sender, call, self.terms.token, moves)
        self._require_status(status)
        return gas
