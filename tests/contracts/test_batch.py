"""settleBatch, settleRooted, settleItem: many reports at once, each by itself. Trees of the same names."""

import clock
import pytest
from brownie import web3
from eth_utils import keccak
from merkle import Tree
from refusals import name_of, refused
from signing import ascending, member, sign
from terms import Domain, report_digest_of, root_digest_of

GAS = 300_000


@pytest.fixture
def deals(open_deal):
    return [open_deal(salt=salt) for salt in (1, 2, 3)]


def settled(tx) -> list[str]:
    return [str(event["dealId"]) for event in tx.events["ReportSettled"]] if "ReportSettled" in tx.events else []


def skipped(tx, escrow) -> list[tuple[int, str]]:
    found = tx.events["ItemSkipped"] if "ItemSkipped" in tx.events else []
    return [(event["item"], reason(event["reason"], escrow)) for event in found]


def reason(selector, escrow) -> str:
    return "" if int(str(selector), 16) == 0 else name_of(selector, escrow)


@pytest.fixture
def call_of(escrow):
    """The calldata of settle for a deal's report as of the first boundary."""

    def encode(deal, value=100, **signers):
        report = deal.report(value, deal.terms.boundary(1))
        return escrow.settle.encode_input(
            deal.words, report.as_of, value, report.evidence, deal.signatures(report, **signers)
        )

    return encode


def test_settle_batch__all_are_good__settles_each(deals, call_of, escrow, keeper, agency, dollar):
    calls = [call_of(deal, value) for deal, value in zip(deals, (100, 200, 300), strict=True)]
    clock.pass_to(deals[0].terms.boundary(1))
    before = dollar.balanceOf(agency)
    tx = escrow.settleBatch(GAS, calls, {"from": keeper})
    assert settled(tx) == ["0x" + deal.id.hex() for deal in deals]
    assert dollar.balanceOf(agency) - before == 60_000


def test_settle_batch__one_is_bad__skips_it_and_settles_the_others(deals, call_of, escrow, keeper, oracles):
    calls = [call_of(deals[0]), call_of(deals[1], signers=oracles[:1]), call_of(deals[2])]
    clock.pass_to(deals[0].terms.boundary(1))
    with deals[1].moves(agency=20_000):
        tx = escrow.settleBatch(GAS, calls, {"from": keeper})
    assert skipped(tx, escrow) == [(1, "QuorumProblem")]
    assert deals[1].state()["last_as_of"] == deals[1].terms.starts_at


def test_settle_batch__one_comes_twice__pays_it_once(deals, call_of, escrow, keeper):
    calls = [call_of(deals[0]), call_of(deals[0])]
    clock.pass_to(deals[0].terms.boundary(1))
    with deals[0].moves(agency=10_000):
        tx = escrow.settleBatch(GAS, calls, {"from": keeper})
    assert skipped(tx, escrow) == [(1, "AsOfProblem")]


def test_settle_batch__one_has_too_little_gas__skips_it(deals, call_of, escrow, keeper):
    clock.pass_to(deals[0].terms.boundary(1))
    with deals[0].moves_nothing():
        tx = escrow.settleBatch(100_000, [call_of(deals[0])], {"from": keeper})
    assert skipped(tx, escrow) == [(0, "GasProblem")]


def test_settle_batch__one_can_not_even_begin__skips_it_without_a_reason(deals, call_of, escrow, keeper):
    clock.pass_to(deals[0].terms.boundary(1))
    with deals[0].moves_nothing():
        tx = escrow.settleBatch(1_000, [call_of(deals[0])], {"from": keeper})
    assert skipped(tx, escrow) == [(0, "")]


def test_settle_batch__the_caller_brings_less_gas_than_it_promises__is_refused(deals, call_of, escrow, keeper):
    clock.pass_to(deals[0].terms.boundary(1))
    with deals[0].moves_nothing(), refused("GasProblem", bytes(32), ..., GAS):
        escrow.settleBatch(GAS, [call_of(deals[0])], {"from": keeper, "gas_limit": 250_000})


@pytest.mark.parametrize("function", ["decline", "giveNotice", "refund", "open", "withdraw"])
def test_settle_batch__an_item_is_another_call__skips_it(deals, escrow, keeper, function):
    deal = deals[0]
    arguments = {"open": (deal.words, 1), "withdraw": (deal.terms.token, keeper)}.get(function, (deal.words,))
    with deal.moves_nothing():
        tx = escrow.settleBatch(GAS, [getattr(escrow, function).encode_input(*arguments)], {"from": keeper})
    assert skipped(tx, escrow) == [(0, "")]


@pytest.mark.parametrize("call", [b"", b"\1", b"\0" * 4], ids=["empty", "one byte", "no function"])
def test_settle_batch__an_item_is_no_call__skips_it(escrow, keeper, call):
    tx = escrow.settleBatch(GAS, [call], {"from": keeper})
    assert skipped(tx, escrow) == [(0, "")]


def test_settle_batch__there_is_no_item__does_nothing(escrow, keeper):
    assert len(escrow.settleBatch(GAS, [], {"from": keeper}).events) == 0


def test_settle_batch__a_deal_has_an_arbiter__lets_its_report_wait(open_contested, call_of, escrow, keeper):
    deal = open_contested()
    clock.pass_to(deal.terms.boundary(1))
    with deal.moves_nothing():
        escrow.settleBatch(GAS, [call_of(deal)], {"from": keeper})
    assert deal.claim()["value"] == 100


# One signature for all


@pytest.fixture
def rooted(escrow, keeper, oracles):
    """Settles reports as of the first boundary, given as (deal, value), by one signed root; or the `chosen` of them."""

    def settle(reports: list, chosen: list | None = None, *, signers=None, signed_root=None, domain=None, gas=GAS, **tx):
        entries = {}
        for deal, value in reports:
            report = deal.report(value, deal.terms.boundary(1))
            leaf = keccak(keccak(report_digest_of(report, deal.domain)))
            entries[leaf] = (deal.words, report.as_of, report.value, report.evidence)
        leaves = list(entries)
        tree = Tree(leaves)
        ordered, proof, flags = tree.proof(leaves if chosen is None else [leaves[index] for index in chosen])
        root = tree.nodes[0]
        signed = root_digest_of(signed_root or root, domain or Domain(web3.eth.chain_id, escrow.address))
        signatures = [sign(signed, each) for each in signers or oracles[:2]]
        items = [entries[leaf] for leaf in ordered]
        clock.pass_to(max(clock.now() + 1, reports[0][0].terms.boundary(1)))
        return escrow.settleRooted(gas, root, signatures, items, proof, flags, {"from": keeper, **tx})

    return settle


def test_settle_rooted__a_quorum_signed_the_root__settles_each_leaf(deals, rooted, agency, dollar):
    before = dollar.balanceOf(agency)
    tx = rooted([(deals[0], 100), (deals[1], 200), (deals[2], 300)])
    assert {*settled(tx)} == {"0x" + deal.id.hex() for deal in deals}
    assert dollar.balanceOf(agency) - before == 60_000
    assert [event["signers"] for event in tx.events["ReportSettled"]] == [0b11] * 3


@pytest.mark.parametrize("chosen", [[0], [1, 2], [0, 2]], ids=str)
def test_settle_rooted__only_some_leaves_come__settles_those(deals, rooted, chosen):
    tx = rooted([(deal, 100) for deal in deals], chosen)
    assert {*settled(tx)} == {"0x" + deals[index].id.hex() for index in chosen}


def test_settle_rooted__there_is_one_leaf__settles_it(deals, rooted):
    with deals[0].moves(agency=10_000):
        rooted([(deals[0], 100)])


def test_settle_rooted__m7_one_deal_is_closed__skips_it_and_settles_the_others(deals, rooted, escrow):
    deals[1].decline()
    tx = rooted([(deal, 100) for deal in deals])
    assert {*settled(tx)} == {"0x" + deals[index].id.hex() for index in (0, 2)}
    assert [problem for _, problem in skipped(tx, escrow)] == ["StatusProblem"]


def test_settle_rooted__a_deal_has_another_committee__skips_it(deals, open_deal, create_committee, rooted, escrow):
    other = open_deal(salt=9, committee=create_committee(ascending([member("x"), member("y")]), 2))
    tx = rooted([(deals[0], 100), (other, 100)])
    assert settled(tx) == ["0x" + deals[0].id.hex()]
    assert [problem for _, problem in skipped(tx, escrow)] == ["SignerProblem"]


def test_settle_rooted__a_deal_asks_for_a_larger_quorum__skips_it(deals, open_deal, rooted, escrow):
    strict = open_deal(salt=9, quorum=3)
    tx = rooted([(deals[0], 100), (strict, 100)])
    assert settled(tx) == ["0x" + deals[0].id.hex()]
    assert [problem for _, problem in skipped(tx, escrow)] == ["QuorumProblem"]


def test_settle_rooted__a_deal_has_an_arbiter__lets_its_report_wait(open_contested, rooted):
    deal = open_contested()
    with deal.moves_nothing():
        rooted([(deal, 100)])
    assert deal.claim()["value"] == 100


def test_settle_rooted__another_root_was_signed__settles_nothing(deals, rooted, escrow):
    with deals[0].moves_nothing():
        tx = rooted([(deals[0], 100)], signed_root=bytes(31) + b"\1")
    assert skipped(tx, escrow) == [(0, "SignerProblem")]


def test_settle_rooted__it_was_signed_for_another_contract__settles_nothing(deals, rooted, escrow, dollar):
    with deals[0].moves_nothing():
        tx = rooted([(deals[0], 100)], domain=Domain(web3.eth.chain_id, dollar.address))
    assert skipped(tx, escrow) == [(0, "SignerProblem")]


def test_settle_rooted__the_leaves_lead_to_another_root__is_refused(deals, escrow, keeper, oracles):
    report = deals[0].report(100, deals[0].terms.boundary(1))
    leaf = keccak(keccak(report_digest_of(report, deals[0].domain)))
    root = bytes(31) + b"\1"
    signatures = [sign(root_digest_of(root, deals[0].domain), each) for each in oracles[:2]]
    items = [(deals[0].words, report.as_of, report.value, report.evidence)]
    with deals[0].moves_nothing(), refused("ProofProblem", leaf, root):
        escrow.settleRooted(GAS, root, signatures, items, [], [], {"from": keeper})


def test_settle_rooted__a_report_was_signed_in_place_of_the_root__settles_nothing(deals, escrow, keeper):
    # The digest of a report can't pass for a root: the signed types differ.
    report = deals[0].report(100, deals[0].terms.boundary(1))
    leaf = keccak(keccak(report_digest_of(report, deals[0].domain)))
    items = [(deals[0].words, report.as_of, report.value, report.evidence)]
    clock.pass_to(report.as_of)
    with deals[0].moves_nothing():
        tx = escrow.settleRooted(GAS, leaf, deals[0].signatures(report), items, [], [], {"from": keeper})
    assert skipped(tx, escrow) == [(0, "SignerProblem")]


def test_settle_rooted__the_signers_descend__settles_nothing(deals, rooted, escrow, oracles):
    first, second = oracles[:2]
    with deals[0].moves_nothing():
        tx = rooted([(deals[0], 100)], signers=[second, first])
    assert skipped(tx, escrow) == [(0, "SignerOrderProblem")]


def test_settle_rooted__a_signature_is_all_zero__is_refused(deals, escrow, keeper):
    report = deals[0].report(100, deals[0].terms.boundary(1))
    leaf = keccak(keccak(report_digest_of(report, deals[0].domain)))
    items = [(deals[0].words, report.as_of, report.value, report.evidence)]
    with deals[0].moves_nothing(), refused("SignatureProblem", bytes(32), 0):
        escrow.settleRooted(GAS, leaf, [(bytes(32), bytes(32))], items, [], [], {"from": keeper})


def test_settle_rooted__the_caller_brings_less_gas_than_it_promises__is_refused(deals, rooted):
    with deals[0].moves_nothing(), refused("GasProblem", bytes(32), ..., GAS):
        rooted([(deals[0], 100)], gas_limit=280_000)


def test_settle_item__somebody_else_calls_it__is_refused(deals, escrow, keeper, oracles):
    deal = deals[0]
    report = deal.report(100, deal.terms.boundary(1))
    signers = [each.address for each in oracles]
    clock.pass_to(report.as_of)
    with deal.moves_nothing(), refused("CallerProblem", deal.id, keeper.address, escrow.address):
        escrow.settleItem(deal.id, report.as_of, report.value, report.evidence, signers, deal.words, {"from": keeper})


def test_settle_item__the_deal_has_an_arbiter_and_somebody_else_calls_it__is_refused(
    open_contested, escrow, keeper, oracles
):
    deal = open_contested()
    report = deal.report(100, deal.terms.boundary(1))
    signers = [each.address for each in oracles]
    with deal.moves_nothing(), refused("CallerProblem", deal.id, keeper.address, escrow.address):
        escrow.settleItem(deal.id, report.as_of, report.value, report.evidence, signers, deal.words, {"from": keeper})
