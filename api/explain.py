"""A named error in plain words for a page: what it means to the reader's money, with amounts of the deal's token.

The JSON side carries the same error by its name and data.
"""

from api.wording import moment, money
from escrow.errors import (
    AgreementFaults,
    BalanceProblem,
    DecimalsProblem,
    ERC20InsufficientAllowance,
    ERC20InsufficientBalance,
    EscrowError,
    FundingProblem,
    PermitProblem,
    RpcRefused,
    RpcUnreachable,
    StatusProblem,
    TimeProblem,
)
from escrow.money import Token
from escrow.status import Status


def explain(error: EscrowError, token: Token | None = None) -> str:
    """One or two sentences. Money has not moved where this is shown; the page says that itself."""
    match error:
        case BalanceProblem(given=given, limit=limit) if token:
            return f"This account has {money(given, token)}; the deal locks {money(limit, token)}."
        case FundingProblem(given=given, limit=limit) if token and given < limit:
            return f"The amount is {money(given, token)}; the terms want at least {money(limit, token)}."
        case StatusProblem(given=Status.CLOSED):
            return "This deal was open and is closed. The same terms can’t be opened twice."
        case StatusProblem():
            return "This deal is open already: its money is locked."
        case TimeProblem(limit=limit):
            return f"The time to lock the money ended on {moment(limit)}."
        case DecimalsProblem(given=given, wanted=wanted):
            return (
                f"The token counts with {given} decimals, and the amounts here were made for {wanted}: "
                "each would be wrong by a power of ten."
            )
        case ERC20InsufficientBalance() | ERC20InsufficientAllowance() if token:
            return f"The token refuses the payment: the account has or allows less than the deal’s {token.symbol}."
        case PermitProblem(why=why):
            return f"The signature {why}. Sign again with the account that pays."
        case RpcUnreachable():
            return "The chain’s node does not answer, so nothing can be checked now. Try again in a minute."
        case RpcRefused(message=message):
            return f"The chain’s node says: {str(message)[:200]}."
        case AgreementFaults(faults=faults):
            return " ".join(f"Agreement {fault.path or 'document'} {fault.text}." for fault in faults)
    return _sentence(str(error))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


FIELDS = {
    "ClientProblem": "client",
    "AgencyProblem": "agency",
    "TokenProblem": "token",
    "DecimalsProblem": "token",
    "BudgetProblem": "budget",
    "OpenBeforeProblem": "fund_by",
    "TimeProblem": "fund_by",
    "CommitteeUnknownProblem": "committee",
    "QuorumProblem": "quorum",
    "StartProblem": "first_day",
    "PeriodLengthProblem": "periods",
    "PeriodsProblem": "last_day",
    "GraceProblem": "grace",
    "NoticeProblem": "notice",
    "RetentionProblem": "retention",
    "StepOrderProblem": "second_from",
    "TermsFormatProblem": "budget",
    "AgreementMismatch": "last_day",
    "StatusProblem": "title",
}
"""The field of the form that an error of the chain or the terms is about."""

AGREEMENT_FIELDS = {
    "/title": "title",
    "/unit": "unit",
    "/goal": "goal",
    "/sources": "account",
    "/flight": "last_day",
    "/reports": "reports",
    "/accept": "test_value",
    "/salt": "key",
}
