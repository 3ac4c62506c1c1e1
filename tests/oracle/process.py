"""An oracle as a process of its own. It is forked from one that has imported everything, which takes longer than most of
what is tested. It can be told to kill itself at a point: so it has no time to tidy up, to flush or to answer.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from escrow.documents import DocumentStore
from escrow.rpc import Rpc
from oracle.__main__ import main
from oracle.book import Book
from oracle.dispatch import Dispatch
from oracle.journal import Journal
from oracle.ledger import Ledger
from oracle.outbox import Outbox
from oracle.peers import Peers
from oracle.sender import Sender
from oracle.signer import Signer

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    """Done whole, and then the end."""

    def wrapped(*arguments: Any, **names: Any) -> Any:
        function(*arguments, **names)
        die()

    return wrapped


STEPS: Mapping[str, tuple[type, str]] = {
    "events are committed": (Ledger, "record_all"),
    "blocks and their events are committed": (Book, "add"),
    "evidence is stored": (DocumentStore, "put"),
    "proposal is committed": (Journal, "propose"),
    "something is signed": (Signer, "sign"),
    "peers are asked": (Peers, "ask"),
    "journal is committed": (Journal, "lock"),
    "bundle is whole and goes to be sent": (Dispatch, "send"),
    "signed transaction is committed": (Outbox, "add"),
    "transaction is sent": (Rpc, "call eth_sendRawTransaction"),
    "that it was sent is committed": (Outbox, "mark_sent"),
    "receipt is looked at": (Sender, "_note_mined"),
    "that it is mined is committed": (Outbox, "mark"),
}
"""In the order in which a report passes them: what a method does that a crash could cut off."""

POINTS: Mapping[str, tuple[str, bool]] = {
    f"{side} {words}": (words, side == "before") for words in STEPS for side in ("before", "after")
}


def plant(point: str) -> None:
    """The process dies there, the first time that it comes by."""
    words, is_before = POINTS[point]
    cls, name = STEPS[words]
    method, _, asked = name.partition(" ")
    whole = getattr(cls, method)
    deadly = die if is_before else after(whole)

    def chosen(*arguments: Any, **names: Any) -> Any:
        return (deadly if not asked or asked in arguments else whole)(*arguments, **names)

    setattr(cls, method, chosen)


def start(folder: Path, environment: Mapping[str, str], point: str | None) -> multiprocessing.process.BaseProcess:
    """`python -m oracle run` with these settings, from its own folder, where no developer's `.env` is."""
    process = _CONTEXT.Process(target=_live, args=(folder, dict(environment), point), daemon=True)
    process.start()
    return process


def _live(folder: Path, environment: Mapping[str, str], point: str | None) -> None:
    os.chdir(folder)
    os.environ.update(environment)
    with (folder / "log").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    if point is not None:
        plant(point)
    main(["run"])
