"""The whole system on this machine with nothing played on it: make a deal in the pages, feed its events yourself.

Knows what a person needs to begin; what runs is `stack.py`.
"""

import sys

from scripts.session import run_stack, say
from scripts.stack import Source, Stack

DOLLARS = 1_000_000 * 10**6


def main() -> int:
    """Starts everything and stays up until Ctrl-C."""

    def play(stack: Stack) -> bool:
        source = Source("bank-telephone")
        stack.start_chain()
        stack.mint("client", DOLLARS)
        stack.start_web()
        stack.start_oracles(source)
        say(f"pages:      {stack.web_url}")
        say(f"chain:      {stack.rpc_url}, contract {stack.escrow.domain.contract}")
        say(f"token:      {stack.dollar.address}, six decimals, anyone may mint")
        say(f"committee:  {stack.committee}, two of three")
        say(f"client:     {stack.keys['client'].address}, with a million test dollars")
        say(f"agency:     {stack.keys['agency'].address}")
        for (name, url), secret in zip(stack.oracle_urls.items(), source.secrets, strict=True):
            say(f"oracle {name}:   {url}/intake/{source.account}, messages signed with {secret}")
        say("Ctrl-C ends everything")
        return True

    return run_stack("dev", play)


if __name__ == "__main__":
    sys.exit(main())
