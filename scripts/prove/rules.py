"""What slither's rules find in the contracts, less what tests/slither.toml explains. A finding that is not explained fails,
and so does an explanation of something that is no longer found."""

import json
import os
import subprocess
import tomllib
from typing import Any

import click

from scripts.prove.forge import ROOT
from scripts.prove.inputs import PROVE
from scripts.prove.results import Results
from scripts.prove.tree import copied_tree

EXPLAINED = ROOT / "tests" / "slither.toml"
GRAVE = ("High", "Medium")


def slither(deep: bool) -> Results:
    """Every grave finding is explained, and nothing else is."""
    found = {_name(finding) for finding in _findings() if finding["impact"] in GRAVE}
    explained = _explained()
    for name in sorted(found - explained):
        click.echo(f"  NEW      {name}")
    for name in sorted(explained - found):
        click.echo(f"  OUTDATED {name}")
    if found != explained:
        raise click.ClickException(f"{EXPLAINED.name} does not say what slither finds")
    click.echo(f"  ok     {len(found)} findings, each explained in {EXPLAINED.name}")
    return {}


def _explained() -> set[str]:
    rules = tomllib.loads(EXPLAINED.read_text("utf-8"))
    return {f"{rule} {place}" for rule, content in rules.items() for place in content["places"]}


def _findings() -> list[dict[str, Any]]:
    """In a copy, since slither compiles in its own way and would leave its artifacts among forge's."""
    with copied_tree() as folder:
        answer = folder / "slither.json"
        command = [
            str(PROVE / "slither"),
            ".",
            "--filter-paths",
            "node_modules|contracts/mocks|tests",
            "--json",
            str(answer),
        ]
        path = f"{ROOT / 'tools' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
        )
        if not answer.exists():
            raise click.ClickException(f"slither answered nothing:\n{done.stderr[-3_000:]}")
        read = json.loads(answer.read_text("utf-8"))
    if not read["success"]:
        raise click.ClickException(f"slither failed: {read['error']}")
    findings: list[dict[str, Any]] = read["results"]["detectors"]
    return findings


def _name(finding: dict[str, Any]) -> str:
    """The rule and the place, without line numbers, which change with every edit."""
    element = finding["elements"][0]
    names = [element["name"]]
    while "type_specific_fields" in element and "parent" in element["type_specific_fields"]:
        element = element["type_specific_fields"]["parent"]
        if element["type"] in ("function", "contract"):
            names.insert(0, element["name"])
    return f"{finding['check']} {'.'.join(names)}"
