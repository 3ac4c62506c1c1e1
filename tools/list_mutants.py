"""Prints, as JSON, every change that slither-mutate's operators make to the contracts of the current folder: its file, the
bytes that are replaced, and what replaces them. Runs in .venv-prove; tests none of them, see scripts/prove/mutants.py.
"""

import json
import sys
from pathlib import Path

from slither import Slither
from slither.tools.mutator.mutators import all_mutators
from slither.tools.mutator.mutators.abstract_mutator import AbstractMutator

SKIPPED = {"mocks", "interfaces", "types"}


def operators() -> list[type[AbstractMutator]]:
    found = [getattr(all_mutators, name) for name in dir(all_mutators)]
    return [m for m in found if isinstance(m, type) and issubclass(m, AbstractMutator) and m is not AbstractMutator]


def _patches(operator: AbstractMutator) -> dict[str, list[dict[str, str]]]:
    """Empty where the operator fails on the contract, as some do; slither-mutate skips those as well."""
    try:
        return operator._mutate().get("patches", {})
    except IndexError as problem:
        print(f"{operator.NAME} fails on {operator.contract.name}: {problem}", file=sys.stderr)
        return {}


def main() -> None:
    root = Path.cwd()
    mutants = {}
    slither = Slither(".", ignore_compile=False)
    for unit in slither.compilation_units:
        for contract in unit.contracts:
            path = Path(contract.source_mapping.filename.absolute)
            if root / "contracts" not in path.parents or SKIPPED & set(path.parts):
                continue
            for operator in operators():
                for file, patches in _patches(operator(unit, 0, "", "", contract, None, False, root, [])).items():
                    for patch in patches:
                        mutant = {
                            "file": Path(file).relative_to(root).as_posix(),
                            "operator": operator.NAME,
                            "line": patch["line_number"],
                            "start": patch["start"],
                            "end": patch["end"],
                            "old": patch["old_string"],
                            "new": patch["new_string"],
                        }
                        mutants[mutant["file"], mutant["start"], mutant["end"], mutant["new"]] = mutant
    json.dump(sorted(mutants.values(), key=lambda m: (m["file"], m["start"], m["new"])), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
