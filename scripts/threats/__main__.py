"""Writes docs/threats.md from the tests and rows.toml, or checks that.

python -m scripts.threats            writes
python -m scripts.threats --check    compares, and fails when a row is not covered or the page is not current
"""

import sys
from pathlib import Path

import click

from scripts.named_tests import CONTRACT, ROOT, NameProblem, named_tests
from scripts.threats import rows
from scripts.threats.page import page, problems


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when the committed page is not current.")
@click.option("--root", type=click.Path(path_type=Path), default=ROOT, help="Where tests/ and docs/ are.")
@click.option("--file", type=click.Path(path_type=Path), default=rows.FILE, help="The rows.")
def main(check: bool, root: Path, file: Path) -> None:
    """Build the page of threats."""
    path = root / "docs" / "threats.md"
    try:
        known, tests = rows.read(file), named_tests(CONTRACT, root)
    except (rows.RowProblem, NameProblem) as problem:
        raise click.ClickException(str(problem)) from problem
    if found := problems(known, tests):
        raise click.ClickException("\n".join(found))
    text = page(known, tests)
    if not check:
        path.write_text(text, "utf-8")
        click.echo(f"{path.name}: {len(known)} rows, {sum(map(len, tests.values()))} tests")
    elif not path.exists() or path.read_text("utf-8") != text:
        click.echo(f"{path} differs from what the tests say; run: make threats", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
