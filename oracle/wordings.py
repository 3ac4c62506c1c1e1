"""What nodes mean when they do not take a transaction: each words it in its own way, and their codes say nothing. Pure.

The table is from what geth, Anvil and Ganache say (and some others where they differ); the tests ask the last two. What
is not in it means UNKNOWN, and with most meanings it is the same anyway: what counts is what the chain shows.
"""

from enum import StrEnum


class Meaning(StrEnum):
    KNOWN = "known"
    """The node has this very transaction."""
    NONCE_USED = "nonce used"
    """Something with this nonce is mined: this, an earlier attempt, or another's."""
    NONCE_AHEAD = "nonce ahead"
    """A lower nonce is missing, and this node does not queue."""
    TOO_CHEAP = "too cheap"
    """For a replacement, for the pool, or for the block's base fee."""
    NO_FUNDS = "no funds"
    GAS_LIMIT = "gas limit"
    """Too low to begin with, or too high for a block: more fee does not help."""
    OTHER_CHAIN = "other chain"
    POOL_FULL = "pool full"
    BUSY = "busy"
    UNKNOWN = "unknown"


WORDINGS: tuple[tuple[str, Meaning], ...] = (
    ("already known", Meaning.KNOWN),
    ("known transaction", Meaning.KNOWN),
    ("already imported", Meaning.KNOWN),
    ("alreadyknown", Meaning.KNOWN),
    ("already exists", Meaning.KNOWN),
    ("nonce too low", Meaning.NONCE_USED),
    ("nonce is too low", Meaning.NONCE_USED),
    ("doesn't have the correct nonce", Meaning.NONCE_USED),
    ("oldnonce", Meaning.NONCE_USED),
    ("nonce too high", Meaning.NONCE_AHEAD),
    ("gapped-nonce", Meaning.NONCE_AHEAD),
    ("nonce gap", Meaning.NONCE_AHEAD),
    ("invalid chain id", Meaning.OTHER_CHAIN),
    ("invalid sender", Meaning.OTHER_CHAIN),
    ("underpriced", Meaning.TOO_CHEAP),
    ("future transaction tries to replace pending", Meaning.TOO_CHEAP),
    ("less than block base fee", Meaning.TOO_CHEAP),
    ("less than the block's basefeepergas", Meaning.TOO_CHEAP),
    ("gas price below minimum", Meaning.TOO_CHEAP),
    ("replacement fee too low", Meaning.TOO_CHEAP),
    ("could not replace existing", Meaning.TOO_CHEAP),
    ("feetoolow", Meaning.TOO_CHEAP),
    ("insufficient funds", Meaning.NO_FUNDS),
    ("doesn't have enough funds", Meaning.NO_FUNDS),
    ("insufficientfunds", Meaning.NO_FUNDS),
    ("intrinsic gas too low", Meaning.GAS_LIMIT),
    ("intrinsic gas too high", Meaning.GAS_LIMIT),
    ("floor data gas", Meaning.GAS_LIMIT),
    ("exceeds block gas limit", Meaning.GAS_LIMIT),
    ("exceeds the block gas limit", Meaning.GAS_LIMIT),
    ("gas limit too high", Meaning.GAS_LIMIT),
    ("txpool is full", Meaning.POOL_FULL),
    ("account limit exceeded", Meaning.POOL_FULL),
    ("in-flight transaction limit reached", Meaning.POOL_FULL),
    ("rate limit", Meaning.BUSY),
    ("too many requests", Meaning.BUSY),
    ("timed out", Meaning.BUSY),
    ("timeout", Meaning.BUSY),
)
"""In lower case, and the first that is found decides."""


def meaning_of(message: object) -> Meaning:
    words = str(message).lower()
    return next((meaning for wording, meaning in WORDINGS if wording in words), Meaning.UNKNOWN)
