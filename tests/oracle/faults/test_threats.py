"""Somebody means harm: a node that lies, a network that is not the one meant, a key file that others read, a package
that was exchanged."""

import json
import re
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest

from escrow.errors import ChainProblem, JournalConflict, NodesDiffer
from escrow.ids import DocumentHash
from oracle.db.connection import Database
from oracle.journal import Entry, Journal
from tests import factories
from tests.oracle.faults.committee import MAY, Committee
from tests.oracle.made import JUNE
from tests.oracle.proxy import Drop, Rewrite

ROOT = Path(__file__).resolve().parents[3]


def test_threat__o4_two_threads_would_sign_two_values_at_once__one_is_locked_and_the_other_refused(
    database: Database,
) -> None:
    """Again and again, with a journal each, as two parts of one process could."""
    for as_of in range(20):
        outcomes: list[object] = []

        def lock(value: int, at: int = as_of, found: list[object] = outcomes) -> None:
            report = factories.report(as_of=at, value=value, evidence=DocumentHash(f"{value:064x}"))
            try:
                found.append(Journal(database).lock(Entry(report, 1), {}, 1).report.value)
            except JournalConflict:
                found.append("refused")

        threads = [Thread(target=lock, args=(value,)) for value in Random(as_of).sample(range(9), 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes.count("refused") == 2


def test_threat__o5_keys_and_passwords__are_in_no_database_no_answer_and_no_error(committee: Committee) -> None:
    """The logs are looked through after each case."""
    _, terms = committee.open()
    committee.feed(MAY)
    committee.settle(terms, JUNE)
    a = committee["a"]
    planted = [factories.key("oracle-a").hex(), factories.key("gas-a").hex(), "correct horse"]
    a.oracle.database.close()  # type: ignore[union-attr]
    kept = b"".join(path.read_bytes() for path in a.folder.glob("oracle.sqlite*"))
    shown = "".join(a.http.get(path).text for path in ("/status", "/livez", "/readyz", "/openapi.json"))
    for secret in planted:
        assert secret not in shown and secret.encode() not in kept
        if re.fullmatch("[0-9a-f]+", secret):
            assert bytes.fromhex(secret) not in kept
    assert secret not in repr(a.settings)


def test_threat__o8_chain_is_exchanged_between_reading_and_sending__halts_and_sends_nothing(committee: Committee) -> None:
    """The node says the right chain when the cycle begins, and another one once the deal was read."""
    _, terms = committee.open()
    committee.feed(MAY)
    committee.only_pays("a")
    a = committee["a"]
    read: list[Any] = []
    a.proxy.spoil("eth_call", Rewrite(lambda result, params: (read.append(params), result)[1]))
    a.proxy.spoil("eth_chainId", Rewrite(lambda result, _: "0x1" if read else result))
    committee.chain.move_clock(JUNE)
    committee.chain.rpc.call("evm_mine")
    for _ in range(3):
        for name in "bc":
            committee[name].cycle()
    with pytest.raises(ChainProblem):
        for _ in range(5):
            a.cycle()
    assert read and a.proxy.count("eth_sendRawTransaction") == 0 and a.submissions() == []
    a.proxy.mend()
    committee.settle(terms, JUNE)


def test_threat__o9_node_shows_a_receipt_for_what_it_never_sent_on__stays_pending_and_is_sent_again(
    committee: Committee,
) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.only_pays("a")
    a = committee["a"]
    head = committee.chain.rpc.call("eth_getBlockByNumber", ["latest", False])

    def fake(result: Any, params: Any) -> Any:
        return {"transactionHash": params[0], "blockNumber": head["number"], "blockHash": head["hash"], "status": "0x1"}

    a.proxy.spoil("eth_sendRawTransaction", Drop())
    a.proxy.spoil("eth_getTransactionReceipt", Rewrite(fake))
    committee.chain.move_clock(JUNE)
    committee.rounds(6)
    assert [row.state for row in a.submissions()] == ["pending"] and not committee.is_settled(terms, JUNE)
    a.proxy.mend()
    committee.settle(terms, JUNE)
    assert len(committee.reports(deal_id)) == 1


def test_threat__o9_node_hides_a_fork__the_second_node_differs_and_nothing_is_signed(committee: Committee) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    a = committee["a"]
    committee.restart("a", rpc_backup_url=committee.chain.url)

    def other(block: Any, params: Any) -> Any:
        return {**block, "hash": "0x" + "ab" * 32} if block and params[0] != "latest" else block

    a.proxy.spoil("eth_getBlockByNumber", Rewrite(other))
    committee.settle(terms, JUNE)
    assert isinstance(a.error, NodesDiffer) and a.journal() == {}


def test_threat__o12_every_package__is_locked_by_the_hash_of_its_files() -> None:
    """And npm runs no script of a package."""
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert len(locks) >= 4
    for lock in locks:
        entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text())
        pinned = [entry for entry in entries if re.match(r"[A-Za-z0-9._\[\]-]+==", entry)]
        assert pinned and all("--hash=sha256:" in entry for entry in pinned), lock.name
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    outside = {name: entry for name, entry in packages.items() if name and not entry.get("link")}
    assert [name for name, entry in outside.items() if not entry.get("integrity") and not entry.get("inBundle")] == []
    assert "ignore-scripts=true" in (ROOT / ".npmrc").read_text().replace(" ", "")
