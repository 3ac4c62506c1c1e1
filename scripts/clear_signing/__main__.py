"""Writes what a wallet shows of our calls and messages (ERC-7730) to `escrow/clear_signing`, or checks that.

python -m scripts.clear_signing            writes
python -m scripts.clear_signing --check    compares, and fails with the file that differs
"""

import sys
from pathlib import Path

import click

from scripts.clear_signing.descriptors import descriptors
from scripts.clear_signing.signed import ROOT


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when a committed file is not current.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=ROOT / "escrow" / "clear_signing", help="Where the files are."
)
def main(check: bool, folder: Path) -> None:
    """Build the clear-signing descriptors."""
    texts = descriptors()
    outdated = [path for path in folder.glob("*.json") if path.name not in texts]
    outdated += [path for path in (folder / name for name in texts) if _text(path) != texts[path.name]]
    if check:
        for path in outdated:
            click.echo(f"{path} differs from a fresh build; run: make abi", err=True)
        sys.exit(1 if outdated else 0)
    folder.mkdir(parents=True, exist_ok=True)
    for path in outdated:
        if path.name in texts:
            path.write_text(texts[path.name], "utf-8")
        else:
            path.unlink()
        click.echo(f"{path.name}: {'written' if path.exists() else 'removed'}")


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    main()
