"""Delivers signed messages to the oracles' intakes, as the client's own system would: to each in order, again and again
until it is taken.

Knows the intake's HTTP and signature; knows nothing of deals or the chain.
"""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook

RETRY_SECONDS = 0.5


@dataclass(frozen=True)
class Message:
    """One delivery: its id, the same at every try, and its events in wire form."""

    id: str
    events: Sequence[Mapping[str, object]]


class MessageRefused(Exception):
    """An intake refused a message for good."""

    def __init__(self, oracle: str, message: Message, answer: str) -> None:
        super().__init__(f"oracle {oracle} refused message {message.id}: {answer}")


class _Line(threading.Thread):
    """The deliveries to one oracle."""

    def __init__(self, oracle: str, url: str, secret: str) -> None:
        super().__init__(name=f"feeder-{oracle}", daemon=True)
        self.oracle = oracle
        self.refusal: MessageRefused | None = None
        self.delivered = 0
        self._url = url
        self._webhook = Webhook(secret)
        self._queue: list[Message] = []
        self._changed = threading.Condition()
        self._stopping = False

    def add(self, message: Message) -> None:
        with self._changed:
            self._queue.append(message)
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def run(self) -> None:
        with httpx.Client(timeout=30) as http:
            while (message := self._next()) is not None and self.refusal is None:
                if self._deliver(http, message):
                    self.delivered += 1
                else:
                    time.sleep(RETRY_SECONDS)

    def _next(self) -> Message | None:
        with self._changed:
            while not self._stopping and self.delivered == len(self._queue):
                self._changed.wait()
            return None if self._stopping else self._queue[self.delivered]

    def _deliver(self, http: httpx.Client, message: Message) -> bool:
        body = json.dumps({"events": list(message.events)}, separators=(",", ":"))
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(message.id, now, body),
        }
        try:
            answer = http.post(self._url, content=body, headers=headers)
        except httpx.TransportError:
            return False
        if answer.status_code == 429 or answer.status_code >= 500:
            return False
        if answer.status_code != 202:
            self.refusal = MessageRefused(self.oracle, message, answer.text)
            return False
        return True


class Feeder:
    """Messages in, one line of deliveries per oracle."""

    def __init__(self, account: str, urls: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._lines = {oracle: _Line(oracle, f"{url}/intake/{account}", secrets[oracle]) for oracle, url in urls.items()}
        self._added = 0
        for line in self._lines.values():
            line.start()

    def add(self, message: Message) -> None:
        """The message will be delivered to every oracle, after those added before it."""
        self._added += 1
        for line in self._lines.values():
            line.add(message)

    def is_behind(self, oracles: Sequence[str]) -> bool:
        """Whether any of these oracles has not taken every message yet; MessageRefused when one never will."""
        for line in self._lines.values():
            if line.refusal is not None:
                raise line.refusal
        return any(self._lines[oracle].delivered < self._added for oracle in oracles)

    def stop(self) -> None:
        """No further delivery begins."""
        for line in self._lines.values():
            line.stop()
