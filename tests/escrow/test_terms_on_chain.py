"""escrow/terms against TermsCodec.sol, TermsCheck.sol and eth_account, on random terms."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from eth_utils import to_checksum_address

from escrow import errors
from escrow.abi import artifact
from escrow.calls import ask, transact
from escrow.committee import Committee
from escrow.ids import ZERO_ADDRESS, CommitteeId, DocumentHash
from escrow.interface import Interface
from escrow.terms import (
    Basis,
    Domain,
    Step,
    Terms,
    check_terms,
    deal_id_of,
    pack,
    to_json,
    typed_data,
    unpack,
)
from escrow.terms.check import DAY, HOUR
from escrow.terms.model import SOLIDITY_NAMES
from tests import factories
from tests.chain import LocalChain
from tests.escrow import random_terms
from tests.escrow.views import ask_all

TERMS = 1_000
INTERFACE = Interface(artifact("PerformanceEscrow").abi)


@pytest.fixture(scope="module")
def some_terms() -> list[Terms]:
    rng = Random(3)
    return [random_terms.any_terms(rng) for _ in range(TERMS)]


def _ask(chain: LocalChain, name: str, questions: list[tuple[Any, ...]]) -> list[Any]:
    answers = ask_all(chain.rpc, chain.domain.contract, INTERFACE, name, questions)
    return [answer for (answer,) in answers]


def _plain(terms: Terms) -> tuple[Any, ...]:
    """As eth_abi takes the struct."""
    values = {field: getattr(terms, field) for field in SOLIDITY_NAMES}
    values["committee"] = bytes.fromhex(terms.committee[2:])
    values["agreement"] = bytes.fromhex(terms.agreement)
    values["steps"] = [(step.from_, step.flat, step.rate) for step in terms.steps]
    return tuple(values.values())


def _checksummed(plain: tuple[Any, ...]) -> tuple[Any, ...]:
    """eth_abi gives addresses in lower case and lists as tuples."""
    return tuple(
        to_checksum_address(value)
        if isinstance(value, str)
        else [tuple(step) for step in value]
        if isinstance(value, tuple | list)
        else value
        for value in plain
    )


def test_pack__random_terms__equals_the_contracts(chain: LocalChain, some_terms: list[Terms]) -> None:
    packed = _ask(chain, "packedOf", [(_plain(terms),) for terms in some_terms])
    assert [list(words) for words in packed] == [pack(terms) for terms in some_terms]


def test_unpack__random_terms__equals_the_contracts(chain: LocalChain, some_terms: list[Terms]) -> None:
    plain = _ask(chain, "termsOf", [(pack(terms),) for terms in some_terms])
    assert [_checksummed(terms) for terms in plain] == [_plain(terms) for terms in some_terms]
    assert [unpack(pack(terms)) for terms in some_terms] == some_terms


def test_deal_id_of__random_terms__equals_the_contracts(chain: LocalChain, some_terms: list[Terms]) -> None:
    ids = _ask(chain, "dealIdOf", [(pack(terms),) for terms in some_terms])
    assert ["0x" + deal_id.hex() for deal_id in ids] == [deal_id_of(terms, chain.domain) for terms in some_terms]


def test_deal_id_of__random_terms__equals_eth_accounts(some_terms: list[Terms]) -> None:
    domain = factories.domain()
    for terms in some_terms:
        message = encode_typed_data(full_message=typed_data(terms, domain))
        digest = keccak(b"\x19" + message.version + message.header + message.body)
        assert deal_id_of(terms, domain) == "0x" + digest.hex()


# checkTerms


@pytest.fixture(scope="module")
def committees(chain: LocalChain) -> dict[CommitteeId, Committee]:
    """One for ever, and one whose admin can change it after 20 days."""
    members = sorted((factories.person(name) for name in "abcde"), key=lambda member: int(member, 16))
    made = {}
    for admin, delay in ((ZERO_ADDRESS, 0), (factories.person("admin"), 20 * DAY)):
        call = chain.escrow.create_committee_call(
            admin=admin, delay=delay, min_quorum=3, max_quorum=4, members=members, salt=bytes(32)
        )
        committee = chain.escrow.committee_created(transact(chain.rpc, chain.deployer, call))
        made[committee] = chain.escrow.committee(committee)
    return made


Fault = Callable[[Random, Terms, Domain], dict[str, Any]]


def _above(rng: Random, limit: int, most: int) -> int:
    """Out of range, most often just so."""
    return rng.choice((limit + 1, limit + 1, rng.randint(limit + 1, most)))


def _below(rng: Random, limit: int) -> int:
    return rng.choice((limit - 1, limit - 1, rng.randint(0, limit - 1)))


def _money_short(rng: Random, terms: Terms, _: Domain) -> dict[str, Any]:
    least = terms.base_per_period * terms.periods
    return {"budget": rng.choice((0, max(0, least - 1)))}


def _steps_out_of_order(rng: Random, terms: Terms, _: Domain) -> dict[str, Any]:
    first = Step(rng.randint(1, 10**9), 0, 1)
    return {"steps": (first, replace(first, from_=rng.choice((first.from_, _below(rng, first.from_)))))}


def _exactly_at_the_limits(rng: Random, terms: Terms, _: Domain) -> dict[str, Any]:
    life = rng.choice((2 * HOUR, 7 * DAY, 8 * DAY, 5 * 366 * DAY))
    return {
        "base_per_period": rng.choice((0, terms.budget)),
        "period_length": life,
        "periods": 1,
        "open_before": terms.starts_at + min(life, 7 * DAY),
        "report_grace": rng.choice((DAY, 90 * DAY)),
        "notice_period": rng.choice((HOUR, 13 * DAY)),
        "retention_bps": 5_000 if terms.basis == Basis.CUMULATIVE else 0,
        "quorum": rng.choice((3, 4)),
        "steps": tuple(Step(start, 0, 1) for start in range(rng.choice((1, 16)))),
    }


def _challenges(rng: Random, terms: Terms) -> dict[str, Any]:
    """An arbiter with windows in their range, often at its ends."""
    return {
        "arbiter": random_terms.address(rng),
        "challenge_window": rng.choice((DAY, 30 * DAY, rng.randint(DAY, 30 * DAY))),
        "ruling_window": rng.choice((DAY, 30 * DAY, rng.randint(DAY, 30 * DAY))),
        "self_report": terms.basis == Basis.CUMULATIVE and rng.random() < 0.5,
    }


def _no_window(rng: Random) -> int:
    """Out of the range of an arbiter's windows."""
    return rng.choice((_below(rng, DAY), _above(rng, 30 * DAY, 2**32 - 1)))


FAULTS: dict[str, Fault] = {
    "none, at the limits": _exactly_at_the_limits,
    "none": lambda rng, t, d: {},
    "zero client": lambda rng, t, d: {"client": ZERO_ADDRESS},
    "client is the contract": lambda rng, t, d: {"client": d.contract},
    "client is the token": lambda rng, t, d: {"client": t.token},
    "zero agency": lambda rng, t, d: {"agency": ZERO_ADDRESS},
    "agency is the contract": lambda rng, t, d: {"agency": d.contract},
    "agency is the token": lambda rng, t, d: {"agency": t.token},
    "agency is the client": lambda rng, t, d: {"agency": t.client},
    "token is the contract": lambda rng, t, d: {"token": d.contract},
    "no agreement": lambda rng, t, d: {"agreement": DocumentHash("0" * 64)},
    "none, with an arbiter": lambda rng, t, d: _challenges(rng, t),
    "arbiter is a party": lambda rng, t, d: _challenges(rng, t) | {"arbiter": rng.choice((t.client, t.agency))},
    "arbiter is the contract": lambda rng, t, d: _challenges(rng, t) | {"arbiter": d.contract},
    "arbiter without windows": lambda rng, t, d: {"arbiter": random_terms.address(rng)},
    "windows without an arbiter": lambda rng, t, d: _challenges(rng, t) | {"arbiter": ZERO_ADDRESS},
    "challenge window": lambda rng, t, d: _challenges(rng, t) | {"challenge_window": _no_window(rng)},
    "ruling window": lambda rng, t, d: _challenges(rng, t) | {"ruling_window": _no_window(rng)},
    "self-report without an arbiter": lambda rng, t, d: {"self_report": True},
    "self-report per period": lambda rng, t, d: (
        _challenges(rng, t) | {"basis": Basis.PER_PERIOD, "retention_bps": 0, "self_report": True}
    ),
    "budget": _money_short,
    "retention": lambda rng, t, d: {"basis": Basis.CUMULATIVE, "retention_bps": _above(rng, 5_000, 2**16 - 1)},
    "retention per period": lambda rng, t, d: {
        "basis": Basis.PER_PERIOD,
        "retention_bps": _above(rng, 0, 2**16 - 1),
    },
    "no start": lambda rng, t, d: {"starts_at": 0},
    "start too far": lambda rng, t, d: {"starts_at": factories.STARTS_AT + rng.randint(800, 9_000) * DAY},
    "opening too late": lambda rng, t, d: {"open_before": t.starts_at + _above(rng, 7 * DAY, 99 * DAY)},
    "opening after the end": lambda rng, t, d: {
        "period_length": HOUR,
        "periods": 2,
        "base_per_period": 0,
        "open_before": t.starts_at + _above(rng, 2 * HOUR, DAY),
    },
    "short period": lambda rng, t, d: {"period_length": _below(rng, HOUR)},
    "no periods": lambda rng, t, d: {"periods": 0},
    "long life": lambda rng, t, d: {
        "periods": _above(rng, 5 * 366, 2**16 - 1),
        "period_length": DAY,
        "base_per_period": 0,
    },
    "short grace": lambda rng, t, d: {"report_grace": _below(rng, DAY)},
    "long grace": lambda rng, t, d: {"report_grace": _above(rng, 90 * DAY, 2**32 - 1)},
    "short notice": lambda rng, t, d: {"notice_period": _below(rng, HOUR)},
    "long notice": lambda rng, t, d: {"notice_period": _above(rng, 90 * DAY, 2**32 - 1)},
    "notice beyond the committee's": lambda rng, t, d: {"notice_period": _above(rng, 13 * DAY, 90 * DAY)},
    "no steps": lambda rng, t, d: {"steps": ()},
    "many steps": lambda rng, t, d: {"steps": tuple(Step(n, 0, 1) for n in range(_above(rng, 16, 40)))},
    "steps out of order": _steps_out_of_order,
    "flat for nothing": lambda rng, t, d: {"steps": (Step(0, 1 + random_terms.number(rng, 95), 0),)},
    "unknown committee": lambda rng, t, d: {"committee": f"0x{rng.getrandbits(96):024x}"},
    "low quorum": lambda rng, t, d: {"quorum": _below(rng, 3)},
    "high quorum": lambda rng, t, d: {"quorum": _above(rng, 4, 255)},
}


def _outcome(check: Callable[[], None]) -> tuple[str, dict[str, Any]]:
    try:
        check()
    except errors.EscrowError as error:
        return error.code, error.data
    return "in range", {}


def test_check_terms__one_field_out_of_range__same_error_as_the_contract(
    chain: LocalChain, committees: dict[CommitteeId, Committee]
) -> None:
    rng, outcomes = Random(4), set()
    now = chain.rpc.block("latest").timestamp
    for name, fault in FAULTS.items():
        for _ in range(25):
            sound = replace(
                random_terms.open_terms(rng, now),
                token=rng.choice((ZERO_ADDRESS, chain.dollar.address)),
                committee=rng.choice(tuple(committees)),
                quorum=rng.randint(3, 4),
                notice_period=rng.randint(HOUR, 13 * DAY),
            )
            terms = replace(sound, **fault(rng, sound, chain.domain))
            committee = committees.get(terms.committee)
            ours = _outcome(lambda: check_terms(terms, now=now, committee=committee, domain=chain.domain))  # noqa: B023
            assert ours == _outcome(lambda: chain.escrow.check_terms(terms)), (name, to_json(terms))  # noqa: B023
            outcomes.add(ours[0])
            assert ours[0] == "in range" or not name.startswith("none"), ours

    reached = {cls.__name__ for cls in errors.TermsProblem.__subclasses__()} | {"in range"}
    # A basis of 2 and too few words have no plain form.
    assert outcomes == reached - {"BasisProblem", "TermsLengthProblem"}


def test_check_terms__basis_that_names_nothing__refused_by_the_contract_too(chain: LocalChain) -> None:
    words = pack(factories.terms(token=ZERO_ADDRESS))
    words[6] |= 2 << 224
    with pytest.raises(errors.BasisProblem) as caught:
        ask(chain.rpc, chain.domain.contract, INTERFACE, "checkTerms", words)
    assert (caught.value.given, caught.value.limit) == (2, 1)
    with pytest.raises(errors.TermsFormatProblem):
        unpack(words)
