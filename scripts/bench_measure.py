"""How long a measurement of many events takes, and how much memory: the auditor's command on a file of its own making.

    python -m scripts.bench_measure [--events 1000000]

Times and units are all different, so no cache helps. Processor time is counted, which does not hang on who else is at work.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from escrow.clock import format_time, parse_time

TARGET_SECONDS, TARGET_MIB = 20, 1_024
START, END = "2008-05-01T00:00:00Z", "2008-08-01T00:00:00Z"
AGREEMENT: dict[str, Any] = {
    "schema": "agreement/1",
    "title": "As many as there are",
    "method": "count/1",
    "unit": "customer",
    "salt": "ab" * 32,
    "flight": {"from": START, "to": END},
    "sources": [{"account": "bench", "adapter": "signed_api", "role": "controlling", "grade": "B"}],
    "goal": "call",
    "accept": {"field": "customer", "is": "yes", "else": "criteria_not_met"},
    "maturity_seconds": 0,
    "reports": {"at": [END]},
}


def lines(count: int) -> Iterator[str]:
    start = parse_time(START)
    span = parse_time(END) - start
    for number in range(count):
        event = {
            "source_event_id": f"call-{number:09}",
            "goal": "call",
            "unit_id": f"person-{number * 7_919 % count:09}",
            "occurred_at": format_time(start + number * 104_729 % span),
            "attributes": {"customer": "no" if number % 9 else "yes", "duration_seconds": number % 3_600},
        }
        yield json.dumps(event) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    count = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        agreement, events = Path(folder) / "agreement.json", Path(folder) / "events.jsonl"
        agreement.write_text(json.dumps(AGREEMENT))
        with events.open("w") as file:
            file.writelines(lines(count))
        command = [
            sys.executable,
            "-m",
            "escrow",
            "measure",
            str(agreement),
            str(events),
            "--as-of",
            END,
            "--account",
            "bench",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(done.stdout.splitlines()[0])
    print(f"{count:,} events: {used.ru_utime:.1f} s of processor time (target {TARGET_SECONDS}), "
          f"{used.ru_maxrss // 1_024:,} MiB (target {TARGET_MIB:,})")  # fmt: skip


if __name__ == "__main__":
    main()
