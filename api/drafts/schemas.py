"""What the JSON side of drafts takes and gives. Amounts are strings of base units. Knows no rule."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.drafts.funding import Funding, Transaction, Way
from api.explain import explain
from api.wording import money
from escrow.money import Token

AddressText = Field(min_length=42, max_length=42, examples=["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"])


class DraftRequest(BaseModel):
    """`terms` in plain form with the names of the EIP-712 struct; `decimals`: what its amounts were made for."""

    model_config = ConfigDict(extra="forbid")

    agreement: dict[str, Any]
    terms: dict[str, Any]
    payer: str | None = Field(default=None, min_length=42, max_length=42)
    amount: str | None = Field(default=None, pattern=r"^\d{1,29}$")
    decimals: int | None = Field(default=None, ge=0, le=255)


class PermitRequest(BaseModel):
    """The payer's signature of the typed data that `funding` gave."""

    model_config = ConfigDict(extra="forbid")

    payer: str = AddressText
    deadline: str = Field(pattern=r"^\d{1,12}$")
    signature: str = Field(pattern=r"^0x[0-9a-fA-F]{130}$")


class TransactionAnswer(BaseModel):
    """Unsigned. `value`: the chain's coins to send along, base units."""

    to: str
    data: str
    value: str
    sentence: str

    @classmethod
    def of(cls, transaction: Transaction) -> Self:
        call = transaction.call
        return cls(to=call.to, data=call.data, value=str(call.value), sentence=transaction.sentence)


class SignatureAnswer(BaseModel):
    """What the wallet is asked to sign, what that means, and what the transaction after it does."""

    typed_data: dict[str, Any]
    sentence: str
    then: str


class WayAnswer(BaseModel):
    name: str
    label: str
    prompts: int
    signature: SignatureAnswer | None
    transactions: list[TransactionAnswer]

    @classmethod
    def of(cls, way: Way) -> Self:
        signature = None
        if way.typed_data:
            signature = SignatureAnswer(typed_data=way.typed_data, sentence=way.signature_sentence, then=way.then_sentence)
        return cls(
            name=way.name,
            label=way.label,
            prompts=way.prompts,
            signature=signature,
            transactions=[TransactionAnswer.of(transaction) for transaction in way.transactions],
        )


class ProblemAnswer(BaseModel):
    """`code`: the contract error's own name."""

    code: str
    text: str


class FundingAnswer(BaseModel):
    payer: str
    balance: str
    balance_text: str
    problem: ProblemAnswer | None
    warnings: list[str]
    ways: list[WayAnswer]

    @classmethod
    def of(cls, funding: Funding, token: Token) -> Self:
        problem = funding.problem
        return cls(
            payer=funding.payer,
            balance=str(funding.balance),
            balance_text=money(funding.balance, token),
            problem=ProblemAnswer(code=problem.code, text=explain(problem, token)) if problem else None,
            warnings=list(funding.warnings),
            ways=[WayAnswer.of(way) for way in funding.ways],
        )


class SentenceAnswer(BaseModel):
    about: str
    text: str


class TokenAnswer(BaseModel):
    address: str
    symbol: str
    decimals: int


class DraftAnswer(BaseModel):
    """`transactions` open the deal when the payer's wallet sends them in order, each after the one before is mined.
    `permit`, where there is one, replaces the first of them by a signature."""

    draft_id: str
    page: str
    deal_id: str
    contract: str
    chain_id: str
    amount: str
    token: TokenAnswer
    agreement_hash: str
    terms: dict[str, Any]
    packed_terms: list[str]
    sentences: list[SentenceAnswer]
    transactions: list[TransactionAnswer]
    permit: dict[str, Any] | None
    problem: ProblemAnswer | None
    warnings: list[str]
