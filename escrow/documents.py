"""Documents named by the SHA-256 of their bytes: a folder of them, and copies from elsewhere.

Knows bytes and hashes; knows neither agreements nor evidence.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from time import monotonic

import httpx

from escrow.canonical import canonical, hash_of
from escrow.errors import DocumentCorrupt, DocumentMissing
from escrow.ids import DocumentHash

__all__ = ["DocumentStore", "canonical", "download", "fetch", "hash_of"]

MOST_BYTES = 64 * 2**20
"""More is refused from elsewhere: the evidence of 200,000 units has less."""
MOST_SECONDS = 60
"""For the whole of a document or an export; a server's timeout is for each piece, which it could send for ever."""


class DocumentStore:
    """A folder of files, each named by its hash. Made when the first document is put."""

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)

    def put(self, data: bytes) -> DocumentHash:
        """Whole or not at all, also when the process dies meanwhile."""
        name = hash_of(data)
        path = self._folder / name
        if self._is_sound(path, name):
            return name
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".put-", delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, path)
        return name

    @staticmethod
    def _is_sound(path: Path, name: DocumentHash) -> bool:
        """Whether the file is there with the bytes that its name says: a damaged one is to be replaced."""
        try:
            return hash_of(path.read_bytes()) == name
        except FileNotFoundError:
            return False

    def get(self, document: DocumentHash) -> bytes | None:
        """DocumentCorrupt where the file has other bytes than its name says."""
        try:
            data = (self._folder / document).read_bytes()
        except FileNotFoundError:
            return None
        if hash_of(data) != document:
            raise DocumentCorrupt(document, hash_of(data))
        return data


def fetch(
    document: DocumentHash,
    urls: Iterable[str],
    timeout: float,  # not money
    *,
    transport: httpx.BaseTransport | None = None,
) -> bytes:
    """The document from the first server that has it; its hash is checked. DocumentMissing."""
    asked = tuple(urls)
    with httpx.Client(timeout=timeout, transport=transport) as client:
        for url in asked:
            data = download(client, f"{url.rstrip('/')}/documents/{document}")
            if data is not None and hash_of(data) == document:
                return data
    raise DocumentMissing(document, asked)


def download(client: httpx.Client, url: str, most_bytes: int = MOST_BYTES) -> bytes | None:
    """None where the server can't be reached, has none, or sends too much or too slowly."""
    give_up_at = monotonic() + MOST_SECONDS
    try:
        with client.stream("GET", url) as response:
            if response.status_code != httpx.codes.OK:
                return None
            data = bytearray()
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > most_bytes or monotonic() > give_up_at:
                    return None
            return bytes(data)
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
