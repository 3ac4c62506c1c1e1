"""What a hostile party may call while it is being paid: each entry of the contract, as right as it can be."""

NAMES = ("open", "topUp", "decline", "settle again", "settle next", "refund", "withdraw")


def message(name: str, deal, party, next_as_of: int | None = None) -> str:
    """Calldata for the deal. `settle again` repeats a report of 500 as of the end of the first period or, where
    another time is given, a report as of then that a quorum signed too."""
    escrow, words = deal.escrow, deal.words
    if name == "withdraw":
        return escrow.withdraw.encode_input(deal.coin.address, party)
    if name in ("open", "topUp"):
        return getattr(escrow, name).encode_input(words, deal.terms.budget)
    if name in ("decline", "refund"):
        return getattr(escrow, name).encode_input(words)
    if name == "settle again":
        report = deal.report(500, deal.terms.boundary(1))
    else:
        report = deal.report(900, next_as_of or deal.terms.boundary(1) + 1)
    signatures = deal.signatures(report)
    return escrow.settle.encode_input(words, report.as_of, report.value, report.evidence, signatures)
