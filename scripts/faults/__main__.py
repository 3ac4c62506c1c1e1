"""What can go wrong with an oracle, and the test that shows what happens then: writes `docs/faults.md` from the tests.

python -m scripts.faults            writes
python -m scripts.faults --check    compares; fails for a row with neither a test nor a reason, and for tests of no row
"""

import sys
from pathlib import Path

import click

from scripts.faults.table import faults_of, page
from scripts.named_tests import ORACLE, ROOT, NameProblem, named_tests

PAGE = ROOT / "docs" / "faults.md"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when the page is not current or a row is bare.")
@click.option("--page", "path", type=click.Path(path_type=Path), default=PAGE, help="Where the page is.")
def main(check: bool, path: Path) -> None:
    """Make docs/faults.md from the names of the tests."""
    try:
        found = named_tests(ORACLE)
    except NameProblem as problem:
        raise click.ClickException(str(problem)) from problem
    wrong = faults_of(found)
    text = page(found)
    if check and (not path.exists() or path.read_text("utf-8") != text):
        wrong.append(f"{path.name} is not what the tests say; run: make faults")
    for words in wrong:
        click.echo(words, err=True)
    if wrong:
        sys.exit(1)
    if not check:
        path.write_text(text, "utf-8")
        click.echo(f"{path.name}: {len(found)} rows with {sum(map(len, found.values()))} tests of their own")


if __name__ == "__main__":
    main()
