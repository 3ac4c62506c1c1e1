"""How many signed messages one oracle takes a second: from many connections, each answered when it is on the disk.

    python -m scripts.bench_intake [--seconds 10] [--connections 32] [--flood 1000]

The server is a process of its own, as in production; the sender signs beforehand. Then a flood of connections at once: those
that get 429 are counted, and every message that was answered with 202 must be in the database.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import secrets
import socket
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from standardwebhooks.webhooks import Webhook

from oracle import problems
from oracle.app import NO_TELEMETRY, add_intake
from oracle.assembly import machine_clock
from oracle.daemon import listen, server_config, settle_memory
from oracle.db import schema
from oracle.db.connection import Database
from oracle.intake import Intake
from oracle.ledger import Ledger
from oracle.recorder import Recorder
from oracle.refusals import Refusals
from oracle.sources.signed_api import SignedApi

ACCOUNT = "bench"
TARGET_RATE, TARGET_P99_MS = 1_500, 50
MOST_BYTES = 4 * 2**20


def serve(database: Path, key: bytes, listener: socket.socket) -> None:
    opened = Database(str(database))
    schema.upgrade(opened)
    ledger = Ledger(opened)
    sources = {ACCOUNT: SignedApi(ACCOUNT, (Webhook(key),))}
    intake = Intake(sources, ledger, Recorder(ledger), Refusals(opened), most_bytes=MOST_BYTES, clock=machine_clock)
    app = FastAPI(telemetry=NO_TELEMETRY)
    problems.install(app)
    add_intake(app, intake)
    settle_memory()
    uvicorn.Server(server_config(app)).run([listener])


def signed(key: bytes, number: int) -> bytes:
    """A whole HTTP request with one event."""
    event = {
        "source_event_id": f"call-{number:09}", "goal": "call", "unit_id": f"person-{number:09}",
        "occurred_at": "2008-05-05T00:00:00Z", "attributes": {"customer": "yes", "duration_seconds": 261},
    }  # fmt: skip
    body = json.dumps({"events": [event]})
    now = datetime.now(UTC)
    headers = {
        "host": "oracle", "content-type": "application/json", "content-length": str(len(body)),
        "webhook-id": f"m-{number}", "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(key).sign(f"m-{number}", now.replace(microsecond=0), body),
    }  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /intake/{ACCOUNT} HTTP/1.1\r\n{head}\r\n{body}".encode()


@dataclass
class Tally:
    statuses: Counter[int] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    without_retry_after: int = 0


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, tally: Tally) -> None:
    began = time.perf_counter()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
    await reader.readexactly(length)
    tally.milliseconds.append((time.perf_counter() - began) * 1_000)
    status = int(head[9:12])
    tally.statuses[status] += 1
    if status == 429 and not any(line.startswith(b"retry-after:") for line in lines):
        tally.without_retry_after += 1


async def send(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Tally:
    """As many at once as there are connections, until the time or the requests are over."""
    tally, waiting = Tally(), iter(requests)
    until = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            await ask(reader, writer, request, tally)
            if time.perf_counter() > until:
                break
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return tally


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def cpu_seconds(pid: int) -> float:
    """That a process has used so far, by Linux's account of it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rows(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM delivery").fetchone()[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--flood", type=int, default=1_000)
    given = parser.parse_args()
    key = secrets.token_bytes(32)
    build = Path("build")
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as folder, listen("127.0.0.1", 0) as listener:
        database, port = Path(folder) / "bench.sqlite", listener.getsockname()[1]
        server = multiprocessing.get_context("fork").Process(target=serve, args=(database, key, listener), daemon=True)
        server.start()
        try:
            return measure(given, database, port, key, server.pid or 0)
        finally:
            server.terminate()
            server.join()


def measure(given: argparse.Namespace, database: Path, port: int, key: bytes, pid: int) -> int:
    asyncio.run(send(port, [signed(key, number) for number in range(200)], 8, 60))
    # Else the sender's own pauses would be measured.
    gc.disable()
    requests = [signed(key, 1_000_000 + number) for number in range(int(given.seconds * 4_000))]
    began, cpu = time.perf_counter(), cpu_seconds(pid)
    steady = asyncio.run(send(port, requests, given.connections, given.seconds))
    took = time.perf_counter() - began
    each_ms = (cpu_seconds(pid) - cpu) * 1_000 / len(steady.milliseconds)
    rate, p99 = len(steady.milliseconds) / took, percentile(steady.milliseconds, 0.99)
    print(f"{given.connections} connections: {rate:,.0f} messages/s, all on the disk; statuses {dict(steady.statuses)}")
    print(
        f"  p50 {percentile(steady.milliseconds, 0.5):.1f} ms, p99 {p99:.1f} ms, longest {max(steady.milliseconds):.1f} ms"
    )
    is_met = rate >= TARGET_RATE and p99 < TARGET_P99_MS and steady.statuses.keys() == {202}
    print(f"  {each_ms:.2f} ms of CPU a message: with a core of its own up to {1_000 / each_ms:,.0f} messages/s")
    before = rows(database)
    flood = asyncio.run(send(port, [signed(key, 9_000_000 + number) for number in range(5 * given.flood)], given.flood, 5))
    kept, taken = rows(database) - before, flood.statuses[202]
    p99 = percentile(flood.milliseconds, 0.99)
    print(f"{given.flood} connections at once: statuses {dict(flood.statuses)}, p99 {p99:.0f} ms")
    print(f"  answered with 202: {taken}, in the database: {kept}; 429 without Retry-After: {flood.without_retry_after}")
    print(f"target of {TARGET_RATE:,}/s and p99 < {TARGET_P99_MS} ms: {'met' if is_met else 'not met'}")
    return 0 if is_met and kept == taken and not flood.without_retry_after else 1


if __name__ == "__main__":
    raise SystemExit(main())
