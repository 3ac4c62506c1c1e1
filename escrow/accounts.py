"""eth-account, without what it does to the interpreter. Keystores and signed transactions are made through this `Account`.

One of its dependencies raises the recursion limit to 100,000. At that, JSON from outside that is nested deep enough ends
the process, where it should be refused with a RecursionError.
"""

import sys

from eth_account import Account

__all__ = ["Account"]

RECURSION_LIMIT = 1_000

sys.setrecursionlimit(RECURSION_LIMIT)
