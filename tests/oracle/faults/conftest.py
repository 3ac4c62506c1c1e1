"""One chain for the cases of a module, put back after each; and the common checks, which end each case."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.chain import LocalChain, anvil
from tests.oracle.faults.committee import Committee, Ground, as_it_was, lay_ground, secrets


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Anvil forgets old states after some hundred blocks, also of those that it put back: then a deep fork finds nothing."""
    with anvil() as url, closing(LocalChain(url)) as chain:
        yield lay_ground(chain, tmp_path_factory.mktemp("ground") / "files")


@pytest.fixture
def committee(ground: Ground, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Committee]:
    """All is well with it. Afterwards everything is mended and goes on to its end, and the common checks hold."""
    with as_it_was(ground.chain), closing(Committee(ground, tmp_path / "members")) as made:
        yield made
        made.finish()
        made.check()
    said = "".join(capfd.readouterr())
    assert not [secret for secret in secrets() if secret in said], "no secret is logged"
