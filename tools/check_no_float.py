"""Refuses `float` near money: the name, a literal such as 0.5, and a Decimal made from one.

A line that has nothing to do with money or metrics (a time-out, say) says so with the comment `# not money`.
"""

import ast
import sys
from pathlib import Path


def float_lines(source: str) -> set[int]:
    """The lines of a module that name `float` or hold a float literal."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        named = isinstance(node, ast.Name) and node.id == "float"
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        if named or literal:
            found.add(node.lineno)
    return found


def main(folders: list[str]) -> int:
    problems = 0
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.py")):
            source = path.read_text()
            lines = source.splitlines()
            for number in sorted(float_lines(source)):
                if "# not money" not in lines[number - 1]:
                    print(f"{path}:{number}: float near money; use integers in base units or Decimal")
                    problems += 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
