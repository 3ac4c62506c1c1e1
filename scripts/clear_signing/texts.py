"""The words: an intent, a sentence and labels for every call that people send and every message that they sign.

An intent is one imperative sentence of at most 30 characters, a label has at most 20: what the smallest devices show.
The sentence says more; `{path}` in it is the value of a shown field, `{terms.agency}` that of a field of packed terms.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from escrow.terms.model import Basis


@dataclass(frozen=True)
class Format:
    """How the standard writes a value."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)


RAW = Format("raw")
ADDRESS = Format("addressName", {"types": ["wallet", "eoa", "contract"]})
TOKEN = Format("tokenTicker")
UNITS = Format("tokenAmount")
"""Of the token of the terms beside it."""
DATE = Format("date", {"encoding": "timestamp"})
DURATION = Format("duration")
PERCENT = Format("unit", {"base": "%", "decimals": 2})
RATE = Format("unit", {"base": "token base units", "decimals": 6})
UNITS_OF_RESULT = Format("unit", {"base": "units"})
PERIODS = Format("unit", {"base": "periods"})
ORACLES = Format("unit", {"base": "oracles"})
"""Numbers that are slices of packed terms have a unit, or a wallet may take them for bytes."""
BASIS = Format("enum", {"$ref": "$.metadata.enums.basis"})
YES_NO = Format("enum", {"$ref": "$.metadata.enums.yesNo"})
"""Of a byte; a bool is shown as it is."""
CALL = Format("calldata", {"calleePath": "@.to"})

ENUMS = {
    "basis": {str(int(basis)): basis.name.replace("_", " ").capitalize() for basis in Basis},
    "yesNo": {"0": "No", "1": "Yes"},
}


@dataclass(frozen=True)
class Shown:
    label: str
    format: Format = RAW


Terms = tuple[str, ...]
HIDDEN = None
"""Nothing that a person can judge: signatures, proofs, salts."""


@dataclass(frozen=True)
class Text:
    """`fields` by their paths, in the order of the screen. Packed terms name those of their fields that are shown."""

    intent: str
    sentence: str
    fields: Mapping[str, Shown | Terms | None]


TERMS = {
    "client": Shown("Client", ADDRESS),
    "agency": Shown("Agency", ADDRESS),
    "token": Shown("Token", TOKEN),
    "budget": Shown("Budget", UNITS),
    "agreement": Shown("Agreement (SHA-256)"),
    "basis": Shown("Counted", BASIS),
    "startsAt": Shown("Starts", DATE),
    "periodLength": Shown("Period", DURATION),
    "periods": Shown("Periods", PERIODS),
    "basePerPeriod": Shown("Base fee per period", UNITS),
    "cap": Shown("Cap (0: the funds)", UNITS),
    "retentionBps": Shown("Held until the end", PERCENT),
    "committee": Shown("Oracle committee"),
    "quorum": Shown("Oracles that agree", ORACLES),
    "reportGrace": Shown("Grace for reports", DURATION),
    "arbiter": Shown("Arbiter (0x0: none)", ADDRESS),
    "challengeWindow": Shown("Time to dispute", DURATION),
    "rulingWindow": Shown("Time to rule", DURATION),
    "selfReport": Shown("Agency may report", YES_NO),
    "noticePeriod": Shown("Notice period", DURATION),
    "openBefore": Shown("To be opened before", DATE),
    "salt": HIDDEN,
}
STEPS = {
    "from": Shown("Step from", UNITS_OF_RESULT),
    "flat": Shown("Step pays once", UNITS),
    "rate": Shown("Step pays per unit", RATE),
}
FIRST_AND_LAST_STEP = {
    "first step from": Shown("First step from", UNITS_OF_RESULT),
    "first step flat": Shown("First step once", UNITS),
    "first step rate": Shown("First step per unit", RATE),
    "last step from": Shown("Last step from", UNITS_OF_RESULT),
    "last step flat": Shown("Last step once", UNITS),
    "last step rate": Shown("Last step per unit", RATE),
}
"""Of packed terms, where no path of the standard leads into the words of a list of any length. There is always a first."""

PACKED: Mapping[str, Shown] = {name: shown for name, shown in TERMS.items() if shown} | FIRST_AND_LAST_STEP
WHOLE: Terms = tuple(PACKED)
DEAL: Terms = ("client", "agency", "token", "agreement")
"""By these a person knows which deal it is; its id is not in the calldata."""

_AMOUNT = Shown("Amount", UNITS)
_VALUE = Shown("Reported value")
_AS_OF = Shown("Counted until", DATE)
_EVIDENCE = Shown("Evidence (SHA-256)")
_COMMITTEE = Shown("Oracle committee")
_MEMBER = Shown("Oracle", ADDRESS)
_DEAL_ID = Shown("Deal id")
_TOTAL = Shown("Agency gets in all", UNITS)
_TOKEN = Shown("Token", ADDRESS)
_SIGN_BY = Shown("Valid before", DATE)
_GAS = Shown("Gas per report")
_AUTHORIZATION = {
    "authorization.validAfter": Shown("Authorized from", DATE),
    "authorization.validBefore": Shown("Authorized until", DATE),
    "authorization.signature": HIDDEN,
}
_SIGNATURES = {"clientSignature": HIDDEN, "agencySignature": HIDDEN}

NOT_SENT_BY_PEOPLE = {"settleItem": "only the contract itself may call it"}

CALLS = {
    "open": Text(
        "Open a deal and lock its money",
        "Lock {amount} in a deal that pays {terms.agency} for results",
        {"amount": _AMOUNT, "terms": WHOLE},
    ),
    "openWithPermit": Text(
        "Open a deal with a permit",
        "Lock {amount} by permit in a deal that pays {terms.agency} for results",
        {"amount": _AMOUNT, "deadline": Shown("Permit valid until", DATE), "terms": WHOLE, "signature": HIDDEN},
    ),
    "openWithAuthorization": Text(
        "Open a deal for its client",
        "Lock {amount} that {terms.client} authorized in a deal that pays {terms.agency} for results",
        {"amount": _AMOUNT, **_AUTHORIZATION, "terms": WHOLE},
    ),
    "topUp": Text(
        "Add money to a deal",
        "Add {amount} to the deal of {terms.client} with {terms.agency}",
        {"amount": _AMOUNT, "terms": DEAL},
    ),
    "topUpWithAuthorization": Text(
        "Add a client's money to a deal",
        "Add {amount} that {terms.client} authorized to the deal with {terms.agency}",
        {"amount": _AMOUNT, **_AUTHORIZATION, "terms": DEAL},
    ),
    "settle": Text(
        "Settle a report of a deal",
        "Pay {terms.agency} what a value of {value}, counted until {asOf}, has earned",
        {"value": _VALUE, "asOf": _AS_OF, "terms": DEAL, "evidence": _EVIDENCE, "signatures": HIDDEN},
    ),
    "settleBatch": Text(
        "Settle reports of many deals",
        "Settle many reports, each by itself, with {gasPerItem} gas each",
        {"calls.[]": Shown("Report", CALL), "gasPerItem": _GAS},
    ),
    "settleRooted": Text(
        "Settle reports under one root",
        "Settle many reports that were signed together as {root}",
        {
            "root": Shown("Root of the reports"),
            "leaves.[].value": _VALUE,
            "leaves.[].asOf": _AS_OF,
            "leaves.[].terms": ("client", "agency"),
            "leaves.[].evidence": _EVIDENCE,
            "gasPerItem": _GAS,
            "signatures": HIDDEN,
            "proof": HIDDEN,
            "flags": HIDDEN,
        },
    ),
    "decline": Text(
        "Decline a deal",
        "Decline the deal and send all its money back to {terms.client}",
        {"terms": DEAL},
    ),
    "refund": Text(
        "Refund a deal without a report",
        "Close the deal that got no final report and send what {terms.agency} did not earn to {terms.client}",
        {"terms": DEAL},
    ),
    "withdraw": Text(
        "Withdraw your credit",
        "Send all your credit in {token} to {to}",
        {"token": Shown("Token", TOKEN), "to": Shown("To", ADDRESS)},
    ),
    "dispute": Text(
        "Dispute a report",
        "Say that the value is {value}, not what was reported",
        {"value": Shown("Value you claim"), "terms": DEAL, "reason": Shown("Reason (SHA-256)")},
    ),
    "rule": Text(
        "Rule on a disputed report",
        "Decide as the arbiter that the value is {value}",
        {"value": Shown("Value that counts"), "terms": DEAL},
    ),
    "finalize": Text(
        "Apply a report that waited",
        "Apply the report of {terms.agency}'s deal that waited for its windows to end",
        {"terms": DEAL},
    ),
    "selfReport": Text(
        "Report your own final value",
        "Report {value} as the final value, since the oracles are silent",
        {"value": Shown("Value you report"), "terms": DEAL, "evidence": _EVIDENCE},
    ),
    "giveNotice": Text(
        "Give notice to end a deal",
        "End the deal of {terms.client} with {terms.agency} early, {terms.noticePeriod} from now or later",
        {"terms": (*DEAL, "noticePeriod")},
    ),
    "agree": Text(
        "Close a deal as both agreed",
        "Close the deal: {terms.agency} gets {agencyTotal} in all, {terms.client} the rest",
        {"agencyTotal": _TOTAL, "terms": DEAL, "deadline": _SIGN_BY, **_SIGNATURES},
    ),
    "amend": Text(
        "Move a deal to new terms",
        "Close the deal with {agencyTotal} in all for {terms.agency} and open the new terms with the rest",
        {"agencyTotal": _TOTAL, "terms": DEAL, "newTerms": WHOLE, "deadline": _SIGN_BY, **_SIGNATURES},
    ),
    "createCommittee": Text(
        "Create a committee of oracles",
        "Create a committee whose members can be changed by {admin} with a delay of {delay}",
        {
            "members.[]": _MEMBER,
            "minQuorum": Shown("Least quorum"),
            "maxQuorum": Shown("Largest quorum"),
            "admin": Shown("Admin (0x0: nobody)", ADDRESS),
            "delay": Shown("Delay of changes", DURATION),
            "salt": HIDDEN,
        },
    ),
    "addMember": Text(
        "Add an oracle to a committee",
        "Add {member} to the committee {committee} after its delay",
        {"member": _MEMBER, "committee": _COMMITTEE},
    ),
    "removeMember": Text(
        "Remove an oracle",
        "Remove {member} from the committee {committee} after its delay",
        {"member": _MEMBER, "committee": _COMMITTEE},
    ),
    "leaveCommittee": Text(
        "Leave a committee for ever",
        "Leave the committee {committee} at once and for ever",
        {"committee": _COMMITTEE},
    ),
    "proveEquivocation": Text(
        "Prove that an oracle lied",
        "Remove an oracle that signed both {first.report.value} and {second.report.value} for one time",
        {
            "committee": _COMMITTEE,
            "first.report.dealId": _DEAL_ID,
            "first.report.asOf": _AS_OF,
            "first.report.value": Shown("First value"),
            "first.report.evidence": Shown("First evidence"),
            "second.report.dealId": HIDDEN,
            "second.report.asOf": HIDDEN,
            "second.report.value": Shown("Second value"),
            "second.report.evidence": Shown("Second evidence"),
            "first.isRooted": HIDDEN,
            "first.proof": HIDDEN,
            "first.signature": HIDDEN,
            "second.isRooted": HIDDEN,
            "second.proof": HIDDEN,
            "second.signature": HIDDEN,
        },
    ),
    "offerAdmin": Text(
        "Offer your place as admin",
        "Offer the administration of the committee {committee} to {nextAdmin}",
        {"nextAdmin": Shown("Offered to", ADDRESS), "committee": _COMMITTEE},
    ),
    "acceptAdmin": Text(
        "Become a committee's admin",
        "Become the admin of the committee {committee}",
        {"committee": _COMMITTEE},
    ),
}

_REPORT = {"dealId": _DEAL_ID, "value": _VALUE, "asOf": _AS_OF, "evidence": _EVIDENCE}

MESSAGES = {
    "Terms": Text(
        "Sign the terms of a deal",
        "Agree to a deal in which {client} locks {budget} and {agency} is paid for results",
        {**TERMS, **{f"steps.[].{name}": shown for name, shown in STEPS.items()}},
    ),
    "Split": Text(
        "Agree to close a deal",
        "Close the deal {dealId}: the agency gets {agencyTotal} in all, the client the rest",
        {"dealId": _DEAL_ID, "agencyTotal": _TOTAL, "deadline": _SIGN_BY, "token": _TOKEN},
    ),
    "Amendment": Text(
        "Agree to new terms for a deal",
        "Close the deal {dealId} with {agencyTotal} in all for the agency and open {newDealId}",
        {
            "dealId": _DEAL_ID,
            "newDealId": Shown("New deal id"),
            "agencyTotal": _TOTAL,
            "deadline": _SIGN_BY,
            "token": _TOKEN,
        },
    ),
    "Report": Text(
        "Report a value as an oracle",
        "Report that the value of the deal {dealId} is {value}, counted until {asOf}",
        _REPORT,
    ),
    "ReportRoot": Text(
        "Sign many reports as an oracle",
        "Sign all the reports under {root}",
        {"root": Shown("Root of the reports")},
    ),
}
