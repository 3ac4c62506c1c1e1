"""What both parties of a deal sign, for tests that send it by themselves; `Deal.agree` and `Deal.amend` sign and send."""

from deals import Deal
from signing import key_of, sign_plainly
from terms import amendment_digest_of, split_digest_of


def split_digest(deal: Deal, total: int, deadline: int) -> bytes:
    return split_digest_of(deal.id, deal.terms.token, total, deadline, deal.domain)


def amendment_digest(deal: Deal, new: Deal, total: int, deadline: int) -> bytes:
    return amendment_digest_of(deal.id, new.id, deal.terms.token, total, deadline, deal.domain)


def signed(digest: bytes, account) -> bytes:
    """By one of the test's own accounts."""
    return sign_plainly(digest, key_of(account))
