"""Compares the trees with the tests: every leaf has its test, every test its leaf, every function its tree.

A leaf gives the name of its test: the function, the innermost given or when, and what follows "it". Every invariant of
INVARIANTS.md has its check in the same way. Reads files only: `python tests/contracts/compare_trees.py`.
"""

import re
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
INTERFACES = HERE.parents[1] / "contracts" / "interfaces"
BRANCH = re.compile(r"^((?:│   |    )*)(?:├── |└── )(given|when|it) (.+)$")


def slug(text: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.replace("'", ""))
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def leaves(tree: str) -> list[str]:
    """The names of the tests that a file of trees asks for."""
    names: list[str] = []
    function = ""
    conditions: list[str] = []
    for line in filter(None, tree.splitlines()):
        branch = BRANCH.match(line)
        if not branch:
            if not re.fullmatch(r"\w+", line):
                raise SystemExit(f"not a line of a tree: {line!r}")
            function, conditions = line, []
            continue
        depth, kind, text = len(branch[1]) // 4, branch[2], branch[3]
        if kind == "it":
            names.append(f"test_{slug(function)}__{slug(conditions[depth - 1])}__{slug(text)}")
        else:
            conditions[depth:] = [text]
    return names


def roots(tree: str) -> set[str]:
    return set(re.findall(r"^(\w+)$", tree, re.M))


def faults() -> list[str]:
    trees = [path.read_text() for path in sorted((HERE / "trees").glob("*.tree"))]
    asked = [name for tree in trees for name in leaves(tree)]
    found = [
        name
        for path in sorted(HERE.glob("test_*.py"))
        for name in re.findall(r"^def (test_\w+__\w+)\(", path.read_text(), re.M)
    ]
    functions = {
        name for path in INTERFACES.glob("*.sol") for name in re.findall(r"^    function (\w+)\(", path.read_text(), re.M)
    }
    planted = {root for tree in trees for root in roots(tree)}
    promised = re.findall(r"^- `(\w+)`", (HERE / "INVARIANTS.md").read_text(), re.M)
    checked = re.findall(r"^    def invariant_(\w+)\(", (HERE / "test_model.py").read_text(), re.M)
    return [
        *(f"leaf without test: {name}" for name in sorted(set(asked) - set(found))),
        *(f"test without leaf: {name}" for name in sorted(set(found) - set(asked))),
        *(f"twice in the trees: {name}" for name, times in Counter(asked).items() if times > 1),
        *(f"twice in the tests: {name}" for name, times in Counter(found).items() if times > 1),
        *(f"function without tree: {name}" for name in sorted(functions - planted)),
        *(f"invariant without check: {name}" for name in sorted(set(promised) - set(checked))),
        *(f"check without invariant: {name}" for name in sorted(set(checked) - set(promised))),
    ]


if __name__ == "__main__":
    print("\n".join(faults()) or "trees and tests agree")
    sys.exit(bool(faults()))
