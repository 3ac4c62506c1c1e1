"""A copy of what forge compiles and runs, to be changed at will."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.prove.forge import ROOT, TESTS

LINKED = ("node_modules", ".tools")
COPIED = ("contracts", str(TESTS))
COMPILED = ("build/forge", "build/forge-cache")


@contextmanager
def copied_tree() -> Iterator[Path]:
    """The folder is gone afterwards. What was compiled comes along, so that a change compiles no more than it must."""
    with tempfile.TemporaryDirectory(prefix="escrow-") as name:
        folder = Path(name)
        for part in COPIED + COMPILED:
            if (ROOT / part).exists():
                shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("fuzz", "invariant"))
        for part in LINKED:
            (folder / part).symlink_to(ROOT / part)
        shutil.copy2(ROOT / "foundry.toml", folder)
        yield folder
