"""python -m escrow: measures a campaign from files, and verifies a deal from the chain. Holds no key, changes nothing.

Exit code 0: done, and equal; 1: a difference was found; 2: it could not be done, and one line says why.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import wraps
from pathlib import Path
from typing import Any

import click

from escrow.agreement import Agreement, parse_agreement
from escrow.agreement.model import SOURCE_NAMES, Source
from escrow.clock import format_time, parse_time
from escrow.eip712 import Domain
from escrow.errors import EscrowError
from escrow.ids import NO_DEAL, DealId, DocumentHash, Timestamp, address, deal_id, document_hash
from escrow.measure import Event, KeyedEvent, Measurement, measure, parse_mapping, read_csv, read_lines
from escrow.measure.evidence import PLAIN_SCHEMA
from escrow.measure.reconcile import nearness
from escrow.rpc import Rpc
from escrow.verify import ReportVerdict, Verdict, verify_deal
from escrow.verify.gather import Library, deal_events, opened_terms

DIFFERENT = 1
IMPOSSIBLE = 2
Events = list[Event | KeyedEvent]


class _Given(click.ParamType[Any]):
    """An option's text, read by a function of the protocol."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        try:
            return self._read(value)
        except EscrowError as problem:
            self.fail(str(problem), param, context)


TIME = _Given("time", parse_time)
DEAL = _Given("deal id", deal_id)
HASH = _Given("hash", document_hash)
ADDRESS = _Given("address", address)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _one_line(command: Callable[..., None]) -> Callable[..., None]:
    """An error that the project raises on purpose becomes one line and exit code 2."""

    @wraps(command)
    def run(**options: Any) -> None:
        try:
            command(**options)
        except (EscrowError, OSError) as problem:
            click.echo(f"{type(problem).__name__}: {problem}", err=True)
            raise SystemExit(IMPOSSIBLE) from None

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Check it without us: the value from agreement and events, the payment from chain, evidence and events."""


@main.command("measure")
@click.argument("agreement", type=FILE)
@click.argument("events", type=FILE)
@click.option("--as-of", type=TIME, required=True, help="Events before this time count, as 2008-06-01T00:00:00Z.")
@click.option("--mapping", type=FILE, help="EVENTS is CSV, and this says what its columns are.")
@click.option("--account", help="Of the agreement's sources, whose events these are, where they do not say it.")
@click.option("--period-start", type=TIME, help="Of a per-period deal: from when on the value counts.")
@click.option("--ends-at", type=TIME, help="The deal's end, where a notice moved it.")
@click.option("--deal", type=DEAL, default=NO_DEAL, help="Whose evidence it is; without it the evidence is nobody's.")
@click.option("--previous", type=HASH, help="Evidence hash of the quorum's report before this one.")
@click.option("--evidence", "evidence_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the bundle here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_one_line
def measure_command(
    agreement: Path,
    events: Path,
    as_of: Timestamp,
    mapping: Path | None,
    account: str | None,
    period_start: Timestamp | None,
    ends_at: Timestamp | None,
    deal: DealId,
    previous: DocumentHash | None,
    evidence_file: Path | None,
    as_json: bool,
) -> None:
    """The value of EVENTS by AGREEMENT: JSON lines with unit ids, an oracle's export of them, or CSV."""
    parsed = parse_agreement(agreement.read_bytes())
    given = _read_events(parsed, events, mapping, account)
    measured = measure(parsed, deal, given, as_of, period_start, previous, ends_at)
    if evidence_file is not None:
        evidence_file.write_bytes(measured.evidence)
    if as_json:
        click.echo(json.dumps(_measurement_json(measured), indent=2))
        return
    for label, text in _measurement_lines(measured):
        click.echo(f"{label:<16}{text}")


@main.command("verify")
@click.option("--rpc", required=True, help="URL of a node of the deal's chain.")
@click.option("--escrow", type=ADDRESS, required=True, help="Address of the contract.")
@click.option("--deal", type=DEAL, required=True)
@click.option("--documents", multiple=True, help="Base URL of an oracle or the web side, or a folder; may be repeated.")
@click.option("--events", type=FILE, help="Your own events; without it an oracle's export is used.")
@click.option("--mapping", type=FILE, help="EVENTS is CSV, and this says what its columns are.")
@click.option("--account", help="Of the agreement's sources, whose events these are, where they do not say it.")
@click.option("--from-block", type=click.IntRange(min=0), default=0, help="Where the deal's chain is read from.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_one_line
def verify_command(
    rpc: str,
    escrow: Any,
    deal: DealId,
    documents: tuple[str, ...],
    events: Path | None,
    mapping: Path | None,
    account: str | None,
    from_block: int,
    as_json: bool,
) -> None:
    """Recompute every payment of a deal, or name the first difference."""
    with closing(Rpc(rpc)) as node:
        domain = Domain(node.chain_id(), escrow)
        on_chain = deal_events(node, domain, deal, from_block)
    terms = opened_terms(on_chain, domain, deal)
    library = Library(documents)
    agreement = library.document(terms.agreement)
    own: Events | None = None
    if events is not None and agreement is not None:
        own = list(_read_events(parse_agreement(agreement), events, mapping, account))

    def events_of(as_of: Timestamp) -> Iterable[Event | KeyedEvent] | None:
        return own if own is not None else library.events(deal, as_of)

    verdict = verify_deal(terms, domain, on_chain, agreement, library.document, events_of)
    click.echo(json.dumps(verdict.to_json(), indent=2) if as_json else "\n".join(_verdict_lines(verdict)))
    if not verdict.is_equal:
        raise SystemExit(DIFFERENT)


def _read_events(
    agreement: Agreement, events: Path, mapping: Path | None, account: str | None
) -> Iterator[Event | KeyedEvent]:
    """One after the other, so that a million need little memory."""
    source = _source(agreement, account)
    if mapping is None:
        with events.open("rb") as lines:
            yield from read_lines(lines, source.account, source=SOURCE_NAMES[source.adapter])
        return
    columns = parse_mapping(mapping.read_bytes())
    yield from read_csv(events.read_bytes(), columns, source.account, source=SOURCE_NAMES[source.adapter])


def _source(agreement: Agreement, account: str | None) -> Source:
    """The agreement's source with this account, or its first one."""
    for source in agreement.sources:
        if account in (source.account, None):
            return source
    raise click.UsageError(f"--account {account} is none of the agreement's: {', '.join(sorted(agreement.accounts))}")


def _measurement_json(measured: Measurement) -> dict[str, Any]:
    """`states` and `check` where units have states; `differing` are unit keys with what each side counts of them."""
    bundle = measured.bundle
    shown: dict[str, Any] = {
        "value": str(bundle.value),
        "as_of": format_time(bundle.as_of),
        "agreement": bundle.agreement,
        "deal_id": bundle.deal_id,
        "counts": {"counted": bundle.counts.counted, "excluded": dict(bundle.counts.excluded)},
        "units_root": "0x" + bundle.units_root.hex(),
        "evidence": measured.evidence_hash,
    }
    if bundle.schema == PLAIN_SCHEMA:
        return shown
    check = bundle.check
    return shown | {
        "states": dict(sorted(Counter(row.state for row in bundle.rows).items())),
        "check": None
        if check is None
        else {
            "controlling": str(check.controlling),
            "check": str(check.value),
            "differing": [[one.unit_key.hex(), str(one.controlling), str(one.check)] for one in check.differing],
        },
    }


def _measurement_lines(measured: Measurement) -> Iterable[tuple[str, str]]:
    bundle = measured.bundle
    yield "value", str(measured.value)
    if bundle.check is not None:
        check = bundle.check
        compared = f"controlling {check.controlling}, check {check.value}, {len(check.differing)} units differ"
        yield "sources", f"{compared}: {nearness(check.controlling, check.value)}"
    if bundle.schema != PLAIN_SCHEMA:
        for state, number in sorted(Counter(row.state for row in bundle.rows).items()):
            yield "state", f"{number} {state}"
    yield "counted", str(bundle.counts.counted)
    for reason, number in bundle.counts.excluded.items():
        yield "excluded", f"{number} {reason}"
    yield "agreement", bundle.agreement
    if bundle.deal_id != NO_DEAL:
        yield "evidence", measured.evidence_hash


def _verdict_lines(verdict: Verdict) -> Iterable[str]:
    """Amounts in the token's base units."""
    yield f"deal {verdict.deal_id}: {verdict.text}"
    for report in verdict.reports:
        depth = "from the events" if report.from_events else "from the evidence alone"
        text = f"{report.text} {depth}" if report.difference is None else f"DIFFERENT, {report.text}"
        value = f"value {report.value}{_counting(report)}"
        yield f"  {format_time(report.as_of)}: {value}, paid {report.base + report.performance}: {text}"
    moved = f" + moved to new terms {verdict.moved}" if verdict.moved else ""
    yield f"  funded {verdict.funded} = paid {verdict.paid} + refunded {verdict.refunded} + left {verdict.left}{moved}"


def _counting(report: ReportVerdict) -> str:
    """Where the report does not count as it was reported."""
    if report.counts_as is None:
        return ", not final"
    return "" if report.counts_as == report.value else f", counts as {report.counts_as}"


if __name__ == "__main__":
    main(prog_name="python -m escrow")
