"""What a deal does, in plain sentences: who, what is measured, what is paid, when the rest comes back.

Made from the same terms and agreement that the contract and the oracles use; nothing here is typed by anybody.
"""

from dataclasses import dataclass

from api.drafts.measure_words import measure_words
from api.drafts.payoff import payoff_of
from api.wording import THIN, count, days_of, length, listed, moment, money, number, percent, plural, short
from escrow.agreement import Agreement, report_times
from escrow.agreement.model import Role
from escrow.agreement.rule import All, Any, AtLeast, Below, Is, Rule
from escrow.ids import ZERO_ADDRESS
from escrow.money import Token
from escrow.schedule import RATE_SCALE, base_floor
from escrow.terms import Basis, Step, Terms


@dataclass(frozen=True)
class Sentence:
    """`about` is the question that it answers; the page shows it as the heading."""

    about: str
    text: str


def sentences_of(terms: Terms, agreement: Agreement, token: Token, amount: int) -> list[Sentence]:
    """In the order in which a client asks."""
    return [
        Sentence("Who", _who(terms)),
        Sentence("What is measured", _measured(terms, agreement)),
        Sentence("By whom", _by_whom(terms)),
        Sentence("What is paid", _paid(terms, agreement.unit, token)),
        Sentence("The most", _most(terms, token, amount)),
        Sentence("If nothing is achieved", _nothing(terms, agreement.unit, token, amount)),
        Sentence("When", _when(terms, agreement)),
        Sentence("The rest", _rest(terms)),
        Sentence("Leaving", _leaving(terms)),
    ]


def price_text(terms: Terms, unit: str, token: Token) -> str:
    """The schedule in a few words, for lists and headings."""
    parts = [f"{money(terms.base_per_period, token)} per period"] if terms.base_per_period else []
    parts += [f"{money(step.flat, token)} at {count(step.from_, unit)}" for step in terms.steps if step.flat]
    rates = []
    for index, step in enumerate(terms.steps):
        after = terms.steps[index + 1 : index + 2]
        bounds = f" beyond {number(step.from_)}" if step.from_ and not index else ""
        bounds += f" up to {number(after[0].from_)}" if after else ""
        rates.append(f"{_rate(step, token)} per {unit}{bounds}")
    if any(step.rate for step in terms.steps):
        parts.append(", then ".join(rates))
    return listed(parts, "plus") or "nothing"


def _who(terms: Terms) -> str:
    return (
        f"The client {short(terms.client)} locks the money. The agency {short(terms.agency)} is paid from it for results. "
        "What is not earned goes back to the client, whoever paid it in."
    )


def _measured(terms: Terms, agreement: Agreement) -> str:
    accounts = listed([source.account for source in agreement.sources if source.role is Role.CONTROLLING])
    return (
        f"{plural(agreement.unit).capitalize()}: each “{agreement.goal}” event from {accounts} where "
        f"{rule_text(agreement.accept)}, from {days_of(agreement.flight.start, agreement.flight.end)} (UTC). "
        + " ".join(measure_words(agreement))
    )


def rule_text(rule: Rule) -> str:
    """ "customer is “yes” and duration_seconds is at least 180"."""
    match rule:
        case Is(field, wanted):
            return f"{field} is {number(wanted) if isinstance(wanted, int) else f'“{wanted}”'}"
        case AtLeast(field, limit):
            return f"{field} is at least {number(limit)}"
        case Below(field, limit):
            return f"{field} is below {number(limit)}"
        case All(rules):
            return listed([rule_text(part) for part in rules])
        case Any(rules):
            return "(" + listed([rule_text(part) for part in rules], "or") + ")"


def _by_whom(terms: Terms) -> str:
    signers = "one oracle" if terms.quorum == 1 else f"{number(terms.quorum)} oracles"
    return (
        f"The oracles of committee {short(terms.committee)} count, each for itself. "
        f"Nothing is paid for results unless {signers} of it signed the same count."
    )


def _paid(terms: Terms, unit: str, token: Token) -> str:
    words = []
    if terms.base_per_period:
        every = length(terms.period_length)
        words.append(f"{money(terms.base_per_period, token)} for each period of {every}, whatever the results.")
    for index, step in enumerate(terms.steps):
        upper = terms.steps[index + 1].from_ if index + 1 < len(terms.steps) else None
        words += _step_words(step, upper, unit, token)
    if terms.basis == Basis.PER_PERIOD:
        words.append("Each period counts by itself.")
    if terms.cap:
        scope = " in a period" if terms.basis == Basis.PER_PERIOD else ""
        words.append(f"Results earn at most {money(terms.cap, token)}{scope}.")
    if terms.retention_bps:
        words.append(f"{percent(terms.retention_bps)} of the pay for results is held until the end.")
    return " ".join(words)


def _step_words(step: Step, upper: int | None, unit: str, token: Token) -> list[str]:
    words = []
    if step.flat:
        words.append(f"{money(step.flat, token)} once, when {count(step.from_, unit)} are reached.")
    if step.rate:
        price = _rate(step, token)
        if step.from_ and upper is not None:
            words.append(f"{price} for each from number {number(step.from_ + 1)} to {number(upper)}.")
        elif step.from_:
            words.append(f"{price} for each one beyond {number(step.from_)}.")
        elif upper is not None:
            words.append(f"{price} for each of the first {count(upper, unit)}.")
        else:
            words.append(f"{price} for each {unit}.")
    return words


def _rate(step: Step, token: Token) -> str:
    """The price of one unit; a rate that is no whole base unit is told for a million of them."""
    if step.rate % RATE_SCALE == 0:
        return money(step.rate // RATE_SCALE, token)
    return f"{money(step.rate, token)} per 1{THIN}000{THIN}000, so a fraction"


def _most(terms: Terms, token: Token, amount: int) -> str:
    most = payoff_of(terms, amount).most
    return (
        f"The agency can never get more than {money(most, token)} of the {money(amount, token)} that are locked, "
        "and can never take it by itself. The contract has no owner, no pause and no fee."
    )


def _nothing(terms: Terms, unit: str, token: Token, amount: int) -> str:
    base = base_floor(terms, terms.ends_at, terms.ends_at)
    kept = f"The agency keeps the base of {money(base, token)}; " if base else ""
    back = f"{money(amount - base, token)} {'go' if base else 'come'} back to the client"
    return f"{kept}{back}." if base else f"With no {plural(unit)} nothing is paid, and {back}."


def _when(terms: Terms, agreement: Agreement) -> str:
    times = report_times(agreement, terms)
    if len(times) == 1:
        return f"There is one report, as of {moment(times[0])}. What it earns is paid {_paid_when(terms)}."
    shown = (
        listed([moment(at) for at in times])
        if len(times) <= 4
        else (f"the first as of {moment(times[0])}, the last as of {moment(times[-1])}")
    )
    return (
        f"{number(len(times))} reports{':' if len(times) > 4 else ' as of'} {shown}. "
        f"What each one earns is paid {_paid_when(terms)}."
    )


def _paid_when(terms: Terms) -> str:
    if terms.arbiter == ZERO_ADDRESS:
        return "in the same transaction"
    return (
        f"after {length(terms.challenge_window)}, in which either side can dispute it. Of a disputed report what both "
        f"accept is paid at once; on the rest the arbiter {short(terms.arbiter)} decides within "
        f"{length(terms.ruling_window)} after that, or the number of the oracles stands"
    )


def _rest(terms: Terms) -> str:
    return (
        f"The report as of {moment(terms.ends_at)} returns the rest to the client {_returned_when(terms)}. "
        f"If the oracles are silent, anybody can send it back from {moment(terms.ends_at + terms.report_grace)} on; "
        "then the agency keeps what earlier reports earned."
    )


def _returned_when(terms: Terms) -> str:
    return "in the same transaction" if terms.arbiter == ZERO_ADDRESS else "when it is paid"


def _leaving(terms: Terms) -> str:
    return (
        "Until the first report is settled the agency can turn the deal down, and everything goes back to the client. "
        f"At any time either side can give notice of {length(terms.notice_period)}: the deal then ends that much later"
        f"{_rounded(terms)}, and what is done until then still counts. Together the two can close it with any split, or "
        "move the rest to new terms."
    )


def _rounded(terms: Terms) -> str:
    return ", at the end of the period" if terms.basis == Basis.PER_PERIOD else ""
