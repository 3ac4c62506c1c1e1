"""A report that waits, a notice and a closing in plain words: who said what, until when, and what follows. Pure."""

from dataclasses import dataclass

from api.deals.history import Challenge, Closed, Dispute, Notice
from api.deals.state import Deal
from api.wording import count, moment, money, short
from escrow.claims import Outcome, resolvable_at, resolve_unruled
from escrow.events import Closing
from escrow.ids import Address, Timestamp
from escrow.money import Token
from escrow.terms import Terms

_OUTCOMES = {
    Outcome.ACCEPTED: "Nobody disputed it, so it counts as reported",
    Outcome.RULED: "The arbiter ruled",
    Outcome.UNRULED: "The arbiter did not rule in time, so what the oracles reported counts",
}
_UNRULED_SELF_REPORT = "The arbiter did not rule in time, so what the client accepted counts"


@dataclass(frozen=True)
class Next:
    """What comes next: at a time or, where that is None, now; and what happens if it does not."""

    what: str
    at: Timestamp | None
    otherwise: str


def next_of_waiting(deal: Deal, challenge: Challenge, now: int) -> Next:
    """For the report that waits."""
    claim = deal.kept.claim
    assert claim is not None
    as_of = moment(claim.as_of)
    _, due = resolve_unruled(deal.terms, deal.kept)
    rest = f"{'a further ' if claim.agreed_paid else ''}{money(due.base + due.performance, deal.token)}"
    if now < claim.window_ends_at:
        silence = f"If nobody disputes it, it pays {rest}."
        if claim.is_disputed:
            silence = "Then the arbiter decides."
        return Next(f"The report as of {as_of} waits. It can be disputed until", claim.window_ends_at, silence)
    if now < (until := resolvable_at(deal.terms, claim)):
        word = "the number that the client accepted" if claim.is_self_report else "the number of the oracles"
        return Next(
            f"The report as of {as_of} is disputed. The arbiter can decide until",
            until,
            f"Without a ruling {word} stands, which pays {rest}.",
        )
    return Next(f"The report as of {as_of} waits for nobody any longer: anybody can have it paid now, {rest}.", None, "")


def challenge_sentences(deal: Deal, challenge: Challenge, unit: str) -> list[str]:
    """What happened to one report that had to wait, in the order in which it happened."""
    waiting, terms = challenge.waiting, deal.terms
    who = "The agency" if waiting.is_self_report else "The oracles"
    said = [
        f"{who} reported {count(waiting.value, unit)} as of {moment(waiting.as_of)}{_adjusted(challenge, unit)}. "
        f"Time for disputes: until {moment(waiting.window_ends_at)}."
    ]
    said += [_dispute(deal, each, unit) for each in challenge.disputes]
    if challenge.agreed:
        said.append(
            f"The client said nothing, so {count(challenge.agreed.value, unit)} were undisputed, "
            f"and {money(challenge.agreed.paid, deal.token)} were paid."
        )
    resolution = challenge.resolution
    if resolution:
        outcome = _OUTCOMES[resolution.outcome]
        if resolution.outcome is Outcome.UNRULED and waiting.is_self_report:
            outcome = _UNRULED_SELF_REPORT
        paid = money(resolution.paid, deal.token)
        more = "more " if challenge.disputes or challenge.agreed else ""
        said.append(f"{outcome}: {count(resolution.value, unit)}, and {paid} {more}were paid.")
        if resolution.adjust != waiting.adjust and waiting.as_of < deal.state.ends_at:
            said.append(f"From then on {_changed(resolution.adjust, unit)} what the oracles report.")
    elif challenge is not deal.waiting:
        said.append(f"Nothing came of it: {_why_dropped(deal, challenge)}.")
    elif challenge.disputes:
        until = waiting.window_ends_at + terms.ruling_window
        said.append(f"The arbiter {short(terms.arbiter)} can rule from {moment(waiting.window_ends_at)} to {moment(until)}.")
    return said


def notice_sentence(terms: Terms, notice: Notice, token: Token) -> str:
    said = f"{_party(terms, notice.party)} gave notice on {moment(notice.moment.at)}"
    if notice.ends_at <= terms.starts_at:
        return f"{said}, which ran out before the start."
    paid = ""
    if notice.performance:
        paid = f" {money(notice.performance, token)} were paid at once: earned before, and kept back for the base fee."
    return f"{said}: the deal ends on {moment(notice.ends_at)}.{paid}"


def closing_sentence(deal: Deal, closed: Closed) -> str:
    """Why it is closed, and where the money went that the reports had not paid."""
    paid, back = money(closed.base + closed.performance, deal.token), money(closed.refunded, deal.token)
    match closed.cause:
        case Closing.FINAL_REPORT:
            return f"Closed by the report as of its end; {back} went back to the client."
        case Closing.SILENCE:
            return f"Closed after silence of the oracles: {paid} went to the agency, {back} back to the client."
        case Closing.DECLINED:
            return f"Turned down by the agency; {back} went back to the client."
        case Closing.NOTICE:
            return f"Closed by a notice that ran out before the start; {back} went back to the client."
        case Closing.AGREED:
            return f"Closed by both parties’ signatures: {paid} went to the agency, {back} back to the client."
        case Closing.AMENDED:
            moved = money(deal.money.moved, deal.token)
            return f"Closed by both parties’ signatures: {paid} went to the agency, {moved} opened a deal on new terms."


def _dispute(deal: Deal, dispute: Dispute, unit: str) -> str:
    words = f"{_party(deal.terms, dispute.party)} said {count(dispute.value, unit)} on {moment(dispute.moment.at)}"
    if dispute.party == deal.terms.client:
        words += f"; both accept that much, and {money(dispute.paid, deal.token)} were paid"
    return words + "."


def _adjusted(challenge: Challenge, unit: str) -> str:
    waiting = challenge.waiting
    if not waiting.adjust:
        return ""
    return f", which count as {count(waiting.adjusted, unit)} by earlier rulings"


def _changed(adjust: int, unit: str) -> str:
    if not adjust:
        return "nothing is added to"
    return f"{count(abs(adjust), unit)} are {'taken off' if adjust < 0 else 'added to'}"


def _party(terms: Terms, party: Address) -> str:
    return "The client" if party == terms.client else "The agency"


def _why_dropped(deal: Deal, challenge: Challenge) -> str:
    is_last = challenge is deal.challenges[-1]
    return "the parties closed the deal first" if is_last else "a report by the oracles took its place"
