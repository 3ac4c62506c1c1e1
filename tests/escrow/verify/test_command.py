"""`python -m escrow`, on files and against a local chain with a server of documents: what it prints, and its exit codes."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from escrow.__main__ import main
from escrow.accords import Amendment, accord_digest
from escrow.agreement import agreement_bytes, parse_agreement
from escrow.calls import transact
from escrow.canonical import hash_of
from escrow.documents import DocumentStore
from escrow.ids import ZERO_ADDRESS, DealId, DocumentHash, Timestamp, Units
from escrow.measure import export_lines, measure, read_bundle
from escrow.report import Report, report_digest
from escrow.signing import sign_digest
from escrow.terms import Terms, deal_id_of
from escrow.verify import EQUAL
from tests import factories
from tests.chain import LocalChain, anvil
from tests.escrow.measure.units import CHECK, CHECKED, CLIENT, DECLINE, contest, decline, sale
from tests.escrow.measured import ENDS_AT, document, event, lost
from tests.factories import DAY, DOLLAR, key, person

CALLS = [event(1, 1), lost(2, 2), event(3, 40), event(4, 80)]
TIMES = (1212278400, 1214870400, ENDS_AT)
MAPPING = {
    "schema": "csv-mapping/1",
    "separator": ",",
    "members": {
        "source_event_id": {"column": "call"},
        "unit_id": {"column": "person"},
        "goal": {"constant": "call"},
        "occurred_at": {"column": "at"},
    },
    "attributes": {"customer": {"column": "customer"}, "duration_seconds": {"column": "seconds", "as": "integer"}},
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def write(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.fixture
def agreement(tmp_path: Path) -> Path:
    return write(tmp_path / "agreement.json", document())


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    return write(tmp_path / "events.jsonl", "".join(json.dumps(each.to_json()) + "\n" for each in CALLS))


@pytest.fixture
def table(tmp_path: Path) -> tuple[Path, Path]:
    rows = ["call,person,at,customer,seconds"]
    for each in CALLS:
        shape = each.to_json()
        cells = (shape["source_event_id"], shape["unit_id"], shape["occurred_at"], shape["attributes"]["customer"])
        rows.append(",".join((*cells, str(shape["attributes"].get("duration_seconds", 261)))))
    return write(tmp_path / "events.csv", "\n".join(rows)), write(tmp_path / "mapping.json", MAPPING)


def test_measure__json_lines__prints_value_and_reasons(agreement: Path, lines: Path) -> None:
    result = run("measure", agreement, lines, "--as-of", "2008-08-01T00:00:00Z")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[:3] == [
        "value           3",
        "counted         3",
        "excluded        1 criteria_not_met",
    ]


def test_measure__with_deal_and_previous__gives_the_evidence_that_is_signed(agreement: Path, lines: Path) -> None:
    deal, previous, bundle = "0x" + "12" * 32, "ab" * 32, agreement.with_name("bundle.json")
    result = run(
        "measure", agreement, lines, "--as-of", "2008-07-01T00:00:00Z", "--deal", deal,
        "--previous", previous, "--evidence", bundle, "--json",
    )  # fmt: skip
    expected = measure(parse_agreement(document()), deal, CALLS, TIMES[1], previous=DocumentHash(previous))  # type: ignore[arg-type]

    assert json.loads(result.stdout)["evidence"] == expected.evidence_hash
    assert bundle.read_bytes() == expected.evidence


def test_measure__csv_by_its_mapping__gives_the_same_value(agreement: Path, table: tuple[Path, Path]) -> None:
    result = run("measure", agreement, table[0], "--mapping", table[1], "--as-of", "2008-07-01T00:00:00Z", "--json")

    assert json.loads(result.stdout)["value"] == "2"


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("agreement.json", document(method="count/2"), "AgreementFaults: agreement can't be used: /method with 'count/2'"),
        ("agreement.json", "{", "AgreementFaults: agreement can't be used: / is not JSON"),
        ("events.jsonl", '{"kind": "conversion"}\n', "EventProblem: event 0: goal with None is missing"),
    ],
)
def test_measure__bad_file__gives_one_line_and_code_2(
    agreement: Path, lines: Path, name: str, content: object, words: str
) -> None:
    write(agreement.with_name(name), content)
    result = run("measure", agreement, lines, "--as-of", "2008-08-01T00:00:00Z")

    assert result.exit_code == 2
    assert result.stderr.startswith(words) and result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_measure__broken_row__names_line_and_column(agreement: Path, table: tuple[Path, Path]) -> None:
    table[0].write_text(table[0].read_text().replace("2008-05-03T00:00:00Z", "3 May"))
    result = run("measure", agreement, table[0], "--mapping", table[1], "--as-of", "2008-08-01T00:00:00Z")

    assert (result.exit_code, result.stderr.split(" with ")[0]) == (2, "RowProblem: line 3: column at")


def test_measure__units_with_states_and_a_check_source__shows_both(agreement: Path, lines: Path) -> None:
    write(agreement, document(sources=CHECKED, decline=DECLINE))
    theirs = [event(number, 1, account=CHECK) for number in range(1, 21)]
    own = [*(event(number, 1) for number in range(1, 21)), event(30, 88), decline(3, 2), contest(3, 3), lost(31, 1)]
    write(lines, "\n".join(json.dumps(each.to_json()) for each in [*own, *theirs, sale(40, 2, 5, account=CLIENT)]))
    shown = run("measure", agreement, lines, "--as-of", "2008-08-01T00:00:00Z").stdout.splitlines()
    told = json.loads(run("measure", agreement, lines, "--as-of", "2008-08-01T00:00:00Z", "--json").stdout)

    assert shown[:2] == ["value           19", "sources         controlling 19, check 19, 0 units differ: within 2%"]
    assert "state           1 disputed" in shown and "excluded        1 decline_window_open" in shown
    assert told["states"] == {"applied": 2, "approved": 19, "disputed": 1, "ignored": 1, "invalid": 1, "pending": 1}
    assert told["check"] == {"controlling": "19", "check": "19", "differing": []}


def test_measure__sources_too_far_apart__shows_that_the_smaller_counts(agreement: Path, lines: Path) -> None:
    write(agreement, document(sources=CHECKED, decline=DECLINE))
    shown = run("measure", agreement, lines, "--as-of", "2008-08-01T00:00:00Z").stdout.splitlines()

    assert shown[:2] == [
        "value           0",
        "sources         controlling 3, check 0, 3 units differ: beyond 10%, so the smaller counts",
    ]


@pytest.mark.parametrize(
    "options, words",
    [
        (["--as-of", "2008-08-01"], "is not RFC 3339"),
        (["--as-of", "2008-08-01T00:00:00Z", "--deal", "0x12"], "is not 0x and 64 lower-case hex digits"),
        (["--as-of", "2008-08-01T00:00:00Z", "--account", "other"], "--account other is none of the agreement's"),
        ([], "Missing option '--as-of'"),
    ],
)
def test_measure__bad_option__says_which(agreement: Path, lines: Path, options: list[str], words: str) -> None:
    result = run("measure", agreement, lines, *options)

    assert result.exit_code == 2
    assert words in result.stderr


# Against a chain


@dataclass
class Settled:
    """A deal that ran to its end, with its documents in a folder and its events by as-of time."""

    chain: LocalChain
    terms: Terms
    store: Path
    exports: dict[str, bytes] = field(default_factory=dict)

    @property
    def deal_id(self) -> DealId:
        return deal_id_of(self.terms, self.chain.domain)

    def verify(self, *options: object) -> Result:
        return run(
            "verify", "--rpc", self.chain.url, "--escrow", self.chain.domain.contract, "--deal", self.deal_id, *options
        )


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    """$500 a customer of $1,000: two earn all of it by July, the third nothing more."""
    with _opened(tmp_path_factory.mktemp("documents")) as deal:
        previous = None
        for as_of in TIMES:
            previous = _settle(deal, as_of, previous)
        yield deal


@contextmanager
def _opened(folder: Path, **changes: Any) -> Iterator[Settled]:
    """On a chain of its own."""
    with anvil() as url, closing(LocalChain(url)) as chain:
        for name in ("client", "agency", "arbiter"):
            chain.enrich(name)
        members = sorted(map(person, ("oracle_a", "oracle_b", "oracle_c")), key=str.lower)
        call = chain.escrow.create_committee_call(
            admin=ZERO_ADDRESS, delay=0, min_quorum=2, max_quorum=3, members=members, salt=bytes(32)
        )
        committee = chain.escrow.committee_created(transact(chain.rpc, chain.deployer, call))
        agreed = agreement_bytes(document())
        terms = factories.terms(
            token=chain.dollar.address, committee=committee, budget=1_000 * DOLLAR, agreement=hash_of(agreed), **changes
        )
        DocumentStore(folder).put(agreed)
        deal = Settled(chain, terms, folder)
        _open(deal)
        yield deal


def _open(deal: Settled) -> None:
    chain, amount = deal.chain, deal.terms.budget
    transact(chain.rpc, key("client"), chain.dollar.mint_call(person("client"), amount))
    transact(chain.rpc, key("client"), chain.dollar.approve_call(chain.domain.contract, amount))
    transact(chain.rpc, key("client"), chain.escrow.open_call(deal.terms, amount))


def _settle(deal: Settled, as_of: int, previous: DocumentHash | None) -> DocumentHash:
    chain, agreed = deal.chain, parse_agreement(document())
    measured = measure(agreed, deal_id_of(deal.terms, chain.domain), CALLS, as_of, previous=previous)
    DocumentStore(deal.store).put(measured.evidence)
    deal.exports[f"/events/{deal.deal_id}/{as_of}"] = b"\n".join(export_lines(agreed, CALLS, as_of))
    report = Report(measured.bundle.deal_id, Timestamp(as_of), measured.value, measured.evidence_hash)
    digest = report_digest(report, chain.domain)
    signatures = [sign_digest(digest, key(name)) for name in ("oracle_a", "oracle_b")]
    chain.move_clock(as_of)
    transact(chain.rpc, key("client"), chain.escrow.settle_call(deal.terms, report, signatures))
    return measured.evidence_hash


@contextmanager
def server(pages: dict[str, bytes]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}"
        finally:
            http.shutdown()
            thread.join()


def test_verify__documents_and_events_from_servers__is_equal_from_the_events(settled: Settled) -> None:
    pages = {f"/documents/{path.name}": path.read_bytes() for path in settled.store.iterdir()} | settled.exports
    with server({}) as empty, server(pages) as full:
        result = settled.verify("--documents", empty, "--documents", full + "/", "--json")

    verdict = json.loads(result.stdout)
    assert (result.exit_code, verdict["verdict"]) == (0, EQUAL)
    assert [(report["value"], report["performance"], report["from_events"]) for report in verdict["reports"]] == [
        ("1", str(500 * DOLLAR), True),
        ("2", str(500 * DOLLAR), True),
        ("3", "0", True),
    ]
    assert (verdict["paid"], verdict["refunded"], verdict["left"]) == (str(1_000 * DOLLAR), "0", "0")


def test_verify__documents_from_a_folder__is_equal_from_the_evidence(settled: Settled) -> None:
    result = settled.verify("--documents", settled.store)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"deal {settled.deal_id}: recomputed, equal",
        "  2008-06-01T00:00:00Z: value 1, paid 500000000: recomputed, equal from the evidence alone",
        "  2008-07-01T00:00:00Z: value 2, paid 500000000: recomputed, equal from the evidence alone",
        "  2008-08-01T00:00:00Z: value 3, paid 0: recomputed, equal from the evidence alone",
        "  funded 1000000000 = paid 1000000000 + refunded 0 + left 0",
    ]


def test_verify__ruled_then_waiting_then_amended__says_what_counts_and_what_moved(tmp_path: Path) -> None:
    windows: dict[str, Any] = {"arbiter": person("arbiter"), "challenge_window": 2 * DAY, "ruling_window": 5 * DAY}
    with _opened(tmp_path, **windows, steps=(factories.step(rate=100 * DOLLAR * factories.RATE_SCALE),)) as deal:
        chain, escrow, terms = deal.chain, deal.chain.escrow, deal.terms
        previous = _settle(deal, TIMES[0], None)
        transact(chain.rpc, key("agency"), escrow.dispute_call(terms, 2))
        chain.move_clock(TIMES[0] + 3 * DAY)
        transact(chain.rpc, key("arbiter"), escrow.rule_call(terms, 2))
        _settle(deal, TIMES[1], previous)
        waiting = deal.verify("--documents", deal.store).stdout.splitlines()
        chain.move_clock(TIMES[1] + 3 * DAY)
        transact(chain.rpc, key("agency"), escrow.finalize_call(terms))
        new = replace(
            terms, starts_at=Timestamp(TIMES[2]), open_before=Timestamp(TIMES[2]), budget=Units(1), period_length=DAY
        )
        ids = deal.deal_id, deal_id_of(new, chain.domain)
        amendment = Amendment(*ids, terms.token, Units(400 * DOLLAR), Timestamp(TIMES[2]))
        signed = [
            bytes.fromhex(sign_digest(accord_digest(amendment, chain.domain), key(name))[2:])
            for name in ("client", "agency")
        ]
        transact(chain.rpc, key("client"), escrow.amend_call(terms, new, amendment, *signed))
        ended = deal.verify("--documents", deal.store).stdout.splitlines()

    assert waiting[1].startswith("  2008-06-01T00:00:00Z: value 1, counts as 2, paid 200000000: recomputed, equal")
    assert waiting[2].startswith("  2008-07-01T00:00:00Z: value 2, not final, paid 0: recomputed, equal")
    assert ended[2].startswith("  2008-07-01T00:00:00Z: value 2, counts as 3, paid 100000000: recomputed, equal")
    assert ended[-1] == "  funded 1000000000 = paid 400000000 + refunded 0 + left 0 + moved to new terms 600000000"


def test_verify__own_events__are_used_in_place_of_an_export(settled: Settled, tmp_path: Path) -> None:
    own = write(tmp_path / "own.jsonl", "".join(json.dumps(each.to_json()) + "\n" for each in CALLS[1:]))
    result = settled.verify("--documents", settled.store, "--events", own)

    assert result.exit_code == 1
    assert "DIFFERENT, report as of 2008-06-01T00:00:00Z: row 0 of the evidence should be" in result.stdout
    assert settled.verify("--documents", settled.store, "--events", lines_of(tmp_path)).exit_code == 0


def lines_of(folder: Path) -> Path:
    """All calls, as the account's intake takes them."""
    return write(folder / "wire.jsonl", "".join(json.dumps(each.to_wire()) + "\n" for each in CALLS))


def test_verify__no_documents__says_that_the_agreement_is_missing(settled: Settled, tmp_path: Path) -> None:
    result = settled.verify("--documents", tmp_path)

    assert result.exit_code == 1
    assert "agreement: document should be " in result.stdout and "nowhere to be found" in result.stdout


def test_verify__forged_evidence_on_a_server__is_not_taken(settled: Settled) -> None:
    pages = {f"/documents/{path.name}": path.read_bytes() for path in settled.store.iterdir()}
    forged = next(page for page, data in pages.items() if b'"evidence/1"' in data and read_bundle(data).value == 2)
    pages[forged] = pages[forged].replace(b'"value":"2"', b'"value":"9"')
    with server(pages) as url:
        result = settled.verify("--documents", url)

    assert result.exit_code == 1
    assert f"evidence should be {forged.removeprefix('/documents/')}, but is nowhere to be found" in result.stdout


def test_verify__unknown_deal_or_no_node__gives_one_line_and_code_2(settled: Settled) -> None:
    escrow = settled.chain.domain.contract
    unknown = run("verify", "--rpc", settled.chain.url, "--escrow", escrow, "--deal", "0x" + "12" * 32)
    silent = run("verify", "--rpc", "http://127.0.0.1:1", "--escrow", escrow, "--deal", settled.deal_id)

    assert (unknown.exit_code, silent.exit_code) == (2, 2)
    assert unknown.stderr == f"DealMissing: deal 0x12121212… was never opened at {escrow}\n"
    assert silent.stderr.startswith("RpcUnreachable: node http://127.0.0.1:1 can't be reached")
