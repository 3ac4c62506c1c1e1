"""The contract's calls as a person makes them with any tool: contract, call, arguments. This site is not needed."""

from dataclasses import dataclass

from api.site import Site
from api.wording import length, money
from escrow.contract import Call, TokenContract
from escrow.ids import ZERO_ADDRESS, Address
from escrow.money import Token
from escrow.status import Status
from escrow.terms import Terms, pack


@dataclass(frozen=True)
class HandCall:
    sentence: str
    call: str
    arguments: tuple[tuple[str, str], ...]
    made: Call


def opening_calls(site: Site, terms: Terms, amount: int, token: Token) -> list[HandCall]:
    """In order: the allowance where the deal is in a token, and the opening."""
    contract = site.contract.domain.contract
    calls = []
    if token.address != ZERO_ADDRESS:
        calls.append(
            HandCall(
                f"Allow the contract to take {money(amount, token)}.",
                "approve(address spender, uint256 amount)",
                (("spender", contract), ("amount", str(amount))),
                TokenContract(site.rpc, token.address).approve_call(contract, amount),
            )
        )
    opening = site.contract.open_call(terms, amount)
    arguments = (_terms(terms), ("amount", str(amount)))
    calls.append(HandCall("Open the deal.", "open(uint256[] terms, uint256 amount)", arguments, opening))
    return calls


def later_calls(site: Site, terms: Terms, status: Status, agency: Address, *, waits: bool) -> list[HandCall]:
    """What the parties and everybody else can do with an open deal without an oracle. `waits`: whether a report does."""
    if status is Status.CLOSED:
        return []
    finalize = HandCall(
        "Have the report that waits paid, as anybody, once nobody is awaited who could dispute it or rule.",
        "finalize(uint256[] terms)",
        (_terms(terms),),
        site.contract.finalize_call(terms),
    )
    return [
        *([finalize] if waits else []),
        HandCall(
            f"Give notice of {length(terms.notice_period)}, as the client or the agency. "
            "What is done until the new end still counts.",
            "giveNotice(uint256[] terms)",
            (_terms(terms),),
            site.contract.give_notice_call(terms),
        ),
        HandCall(
            f"Turn the deal down, as the agency {agency}, before the first report is settled. "
            "Everything goes back to the client.",
            "decline(uint256[] terms)",
            (_terms(terms),),
            site.contract.decline_call(terms),
        ),
        HandCall(
            "Send the rest back to the client, as anybody, once end and grace are over without a final report.",
            "refund(uint256[] terms)",
            (_terms(terms),),
            site.contract.refund_call(terms),
        ),
    ]


def _terms(terms: Terms) -> tuple[str, str]:
    return "terms", "[" + ", ".join(hex(word) for word in pack(terms)) + "]"
