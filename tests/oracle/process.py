"""An oracle as a process of its own. It is forked from one that has imported everything, which takes longer than most of
what is tested. It can be told to kill itself at a point: so it has no time to tidy up, to flush or to answer.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from oracle.__main__ import main
from oracle.journal import Journal
from oracle.outbox import Outbox
from oracle.sender import Sender

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def before(_: Callable[..., Any]) -> Callable[..., Any]:
    return die


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    """Done whole, and then the end."""

    def wrapped(*arguments: Any, **names: Any) -> Any:
        function(*arguments, **names)
        die()

    return wrapped


POINTS: Mapping[str, tuple[type, str, Callable[..., Any]]] = {
    "agreed, journal not written": (Journal, "lock", before),
    "journal committed, nothing signed": (Journal, "lock", after),
    "outbox committed, nothing sent": (Sender, "_send", before),
    "sent, not noted": (Outbox, "mark_sent", before),
    "mined, not noted": (Sender, "_note_mined", before),
}
"""In the order in which a report passes them."""


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
        cls, name, change = POINTS[point]
        setattr(cls, name, change(getattr(cls, name)))
    main(["run"])
