"""What an evidence row can say of its event. Knows no rule that leads there."""

COUNTED = "counted"
EXCLUDED = "excluded"
"""These two in evidence/1, the others in evidence/2."""

APPROVED = "approved"
LOCKED = "locked"
"""Approved, and nothing can take it back any more."""
ADJUSTED = "adjusted"
"""A change of a counted unit's amount."""
ON_HOLD = "on_hold"
PENDING = "pending"
REJECTED = "rejected"
DISPUTED = "disputed"
"""Declined and contested: this unit's money waits."""
RETURNED = "returned"
OVERCAP = "overcap"
INVALID = "invalid"
"""A unit that failed the agreement's rules."""
IGNORED = "ignored"
"""No unit of its own, such as a duplicate, or a message that changed nothing."""
APPLIED = "applied"
"""A message that changed the unit it is about."""

STATES = frozenset({APPROVED, LOCKED, ADJUSTED, ON_HOLD, PENDING, REJECTED, DISPUTED, RETURNED, OVERCAP, INVALID, IGNORED,
                    APPLIED})  # fmt: skip
COUNTING = frozenset({COUNTED, APPROVED, LOCKED, ADJUSTED})
WITHOUT_REASON = frozenset({COUNTED, APPROVED, LOCKED})
ACCEPTED = frozenset({APPROVED, LOCKED})
DECIDED = ACCEPTED | {REJECTED, DISPUTED, RETURNED}
"""Units that were accepted by the rules, and of which it is known what became of them."""
PLACED = ACCEPTED | {ON_HOLD, PENDING, DISPUTED}
"""Units that take a place under a cap: they count or still may."""
