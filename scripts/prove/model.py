"""Long lives of deals beside the Python model: tests/contracts/test_model.py, by Brownie, on both chains."""

import os
import re
import subprocess

import click

from scripts.prove.forge import ROOT
from scripts.prove.results import Results

TEST = ROOT / "tests" / "contracts" / "test_model.py"
BROWNIE = ROOT / ".venv-brownie" / "bin" / "brownie"
NETWORKS = ("development", "ganache-cli")
STEPS_OF_EACH_CHAIN = 10_000


def model(deep: bool) -> Results:
    """The contract answered each step as the model did, on Anvil and on Ganache."""
    steps_of_a_life = int(_found(r"^STEPS = (\d+)$"))
    lives = -(-STEPS_OF_EACH_CHAIN // steps_of_a_life)
    environment = os.environ | {"HOME": str(ROOT / ".tools" / "home"), "MODEL_LIVES": str(lives)}
    for network in NETWORKS:
        command = [str(BROWNIE), "test", str(TEST.relative_to(ROOT)), "--network", network]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
        if done.returncode != 0:
            raise click.ClickException(f"the contract and the model differ on {network}")
        click.echo(f"  ok     {lives} lives of {steps_of_a_life} steps on {network}")
    return {"model_steps": lives * steps_of_a_life * len(NETWORKS)}


def _found(pattern: str) -> str:
    found = re.search(pattern, TEST.read_text("utf-8"), re.M)
    if not found:
        raise click.ClickException(f"{TEST.name} says nothing like {pattern}")
    return found[1]
