"""settle: which reports are taken, and from whom. Tree: trees/settle.tree."""

import clock
import pytest
from deals import CLOSED, EVIDENCE, UNKNOWN
from refusals import refused
from signing import CURVE_ORDER, ascending, member, sign, signer_of
from terms import DAY, HOUR, REPORT_FIELDS, Domain, Report, deal_id_of, report_digest_of, typed_hash

LARGEST = 2**64 - 1


# Deals that are not open


def test_settle__it_was_never_opened__is_refused(make_deal):
    deal = make_deal()
    with deal.moves_nothing(), refused("StatusProblem", deal.id, UNKNOWN):
        deal.settle(100, deal.terms.boundary(1))


def test_settle__it_is_closed__is_refused(open_deal):
    deal = open_deal()
    deal.settle(100)
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        deal.settle(200)


def test_settle__words_are_missing__is_refused(escrow, keeper):
    with refused("TermsLengthProblem", bytes(32), 6, 7):
        escrow.settle([0] * 6, 1, 1, EVIDENCE, [], {"from": keeper})


# The clock


def test_settle__it_is_the_last_second_of_the_grace__settles(open_deal):
    deal = open_deal()
    with deal.moves(agency=10_000, client=90_000):
        deal.settle(100, at=deal.terms.silent_at - 1)


@pytest.mark.parametrize("late", [0, 1])
def test_settle__end_and_grace_are_over__is_refused(open_deal, late):
    deal = open_deal()
    now = deal.terms.silent_at + late
    with deal.moves_nothing(), refused("TimeProblem", deal.id, now, deal.terms.silent_at):
        deal.settle(100, at=now)


def test_settle__as_of_is_now__settles(open_deal):
    deal = open_deal()
    as_of = deal.terms.starts_at + 12_345
    with deal.moves(agency=10_000):
        deal.settle(100, as_of, at=as_of)


@pytest.mark.parametrize("final", [False, True])
def test_settle__as_of_is_one_second_ahead__is_refused(open_deal, final):
    deal = open_deal()
    as_of = deal.terms.ends_at if final else deal.terms.boundary(1)
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, as_of, as_of - 1):
        deal.settle(100, as_of, at=as_of - 1)


def test_settle__as_of_is_one_second_after_the_start__settles(open_deal):
    deal = open_deal()
    with deal.moves(agency=10_000):
        deal.settle(100, deal.terms.starts_at + 1)


def test_settle__as_of_is_the_start__is_refused(open_deal):
    deal = open_deal()
    start = deal.terms.starts_at
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, start, start):
        deal.settle(100, start)


def test_settle__as_of_is_one_second_after_the_last_report__settles(open_deal):
    deal = open_deal()
    deal.settle(100, deal.terms.boundary(1))
    with deal.moves(agency=5_000):
        deal.settle(150, deal.terms.boundary(1) + 1)


def test_settle__as_of_is_that_of_the_last_report__is_refused(open_deal):
    deal = open_deal()
    as_of = deal.terms.boundary(1)
    deal.settle(100, as_of)
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, as_of, as_of):
        deal.settle(150, as_of)


def test_settle__as_of_is_before_the_last_report__is_refused(open_deal):
    deal = open_deal()
    as_of = deal.terms.boundary(1)
    deal.settle(100, as_of)
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, as_of - 1, as_of):
        deal.settle(150, as_of - 1)


def test_settle__as_of_is_after_the_end__is_refused(open_deal):
    deal = open_deal()
    end = deal.terms.ends_at
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, end + 1, end):
        deal.settle(100, end + 1)


def test_settle__the_last_second_before_the_end_is_reported_in_it__settles(open_deal):
    deal = open_deal()
    with deal.moves(agency=10_000):
        deal.settle(100, deal.terms.ends_at - 1, at=deal.terms.ends_at - 1)


@pytest.mark.parametrize("late", [0, 1])
def test_settle__the_end_has_come_and_the_report_is_not_the_final_one__is_refused(open_deal, late):
    deal = open_deal()
    end = deal.terms.ends_at
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, end - 1, end):
        deal.settle(100, end - 1, at=end + late)


# Values


def test_settle__the_value_is_the_largest__settles(open_deal):
    deal = open_deal(cap=50_000)
    with deal.moves(agency=50_000):
        deal.settle(LARGEST, deal.terms.boundary(1))


@pytest.mark.parametrize("value", [LARGEST + 1, 2**256 - 1])
def test_settle__the_value_is_beyond_64_bits__is_refused(open_deal, value):
    deal = open_deal()
    with deal.moves_nothing(), refused("ValueProblem", deal.id, value, LARGEST):
        deal.settle(value, deal.terms.boundary(1))


# Signatures


@pytest.mark.parametrize(("indexes", "signers"), [((0, 1), 0b011), ((0, 2), 0b101), ((1, 2), 0b110)])
def test_settle__the_quorum_signs__emits_report_settled_with_the_signers_by_their_index(
    open_deal, oracles, indexes, signers
):
    deal = open_deal(base_per_period=5_000)
    as_of = deal.terms.boundary(1)
    tx = deal.settle(100, as_of, signers=[oracles[index] for index in indexes])
    assert tx.events["ReportSettled"] == {
        "dealId": "0x" + deal.id.hex(),
        "asOf": as_of,
        "value": 100,
        "evidence": "0x" + EVIDENCE.hex(),
        "signers": signers,
        "base": 5_000,
        "performance": 10_000,
    }


def test_settle__the_quorum_signs__is_open_to_anyone_to_submit(open_deal, stranger):
    deal = open_deal()
    with deal.moves(agency=10_000):
        deal.settle(100, deal.terms.boundary(1), by=stranger)


def test_settle__more_than_the_quorum_sign__names_all_of_them(open_deal, oracles):
    deal = open_deal()
    tx = deal.settle(100, deal.terms.boundary(1), signers=oracles)
    assert tx.events["ReportSettled"]["signers"] == 0b111


def test_settle__the_quorum_is_all_of_them_and_all_sign__settles(open_deal, oracles):
    deal = open_deal(quorum=3)
    with deal.moves(agency=10_000):
        deal.settle(100, deal.terms.boundary(1), signers=oracles)


@pytest.mark.parametrize("quorum", [2, 3])
def test_settle__fewer_than_the_quorum_sign__moves_nothing(open_deal, oracles, quorum):
    deal = open_deal(quorum=quorum)
    with deal.moves_nothing(), refused("QuorumProblem", deal.id, quorum - 1, quorum):
        deal.settle(100, deal.terms.boundary(1), signers=oracles[: quorum - 1])


def test_settle__nobody_signs__moves_nothing(open_deal):
    deal = open_deal()
    with deal.moves_nothing(), refused("QuorumProblem", deal.id, 0, 2):
        deal.settle(100, deal.terms.boundary(1), signatures=[])


@pytest.mark.parametrize("beside", [1, 2])
def test_settle__a_stranger_signs__moves_nothing(open_deal, oracles, beside):
    # Beside a quorum, too: no signature is left unread.
    deal = open_deal()
    outsider = member("an outsider")
    with deal.moves_nothing(), refused("SignerProblem", deal.id, outsider.address, deal.terms.committee):
        deal.settle(100, deal.terms.boundary(1), signers=ascending([outsider, *oracles[:beside]]))


def test_settle__a_member_of_another_committee_signs__moves_nothing(open_deal, oracles, create_committee):
    elsewhere = member("a member of another committee")
    create_committee(ascending([elsewhere, oracles[0], oracles[1]]), 2)
    deal = open_deal()
    with deal.moves_nothing(), refused("SignerProblem", deal.id, elsewhere.address, deal.terms.committee):
        deal.settle(100, deal.terms.boundary(1), signers=ascending([elsewhere, oracles[0]]))


def test_settle__signers_descend__moves_nothing(open_deal, oracles):
    deal = open_deal()
    high, low = oracles[2].address, oracles[0].address
    with deal.moves_nothing(), refused("SignerOrderProblem", deal.id, low, high):
        deal.settle(100, deal.terms.boundary(1), signers=[oracles[2], oracles[0]])


def test_settle__one_member_signs_twice__moves_nothing(open_deal, oracles):
    deal = open_deal()
    twice = oracles[1].address
    with deal.moves_nothing(), refused("SignerOrderProblem", deal.id, twice, twice):
        deal.settle(100, deal.terms.boundary(1), signers=[oracles[1], oracles[1]])


@pytest.mark.parametrize("position", [0, 1])
def test_settle__a_signature_has_a_high_s__moves_nothing(open_deal, position):
    # The compact form has room for a sliver of the upper half only; the least of it still recovers to somebody.
    deal = open_deal()
    report = deal.report(100, deal.terms.boundary(1))
    signatures = deal.signatures(report)
    signatures[position] = (signatures[position][0], (CURVE_ORDER // 2 + 1).to_bytes(32, "big"))
    with deal.moves_nothing(), refused("SignatureProblem", deal.id, position):
        deal.settle(100, report.as_of, signatures=signatures)


def test_settle__a_signature_is_all_zero__moves_nothing(open_deal):
    deal = open_deal()
    signatures = [(bytes(32), bytes(32)), *deal.signatures(deal.report(100, deal.terms.boundary(1)))]
    with deal.moves_nothing(), refused("SignatureProblem", deal.id, 0):
        deal.settle(100, deal.terms.boundary(1), signatures=signatures)


@pytest.fixture
def settle_with():
    """Submits the report of 100 as of the first boundary with signatures that were made over another digest, and
    holds the contract to naming the stranger that the first of them recovers to."""

    def submit(deal, digest: bytes):
        signers = ascending(deal.committee)[:2]
        signatures = [sign(digest, each) for each in signers]
        report = deal.report(100, deal.terms.boundary(1))
        assert digest != report_digest_of(report, deal.domain)
        stranger = signer_of(report_digest_of(report, deal.domain), signatures[0])
        with deal.moves_nothing(), refused("SignerProblem", deal.id, stranger, deal.terms.committee):
            deal.settle(report.value, report.as_of, signatures=signatures)

    return submit


def test_settle__they_are_for_another_deal__moves_nothing(open_deal, settle_with):
    deal, other = open_deal(), open_deal(salt=2)
    settle_with(deal, report_digest_of(other.report(100, other.terms.boundary(1)), other.domain))


def test_settle__they_are_for_another_time__moves_nothing(open_deal, settle_with):
    deal = open_deal()
    settle_with(deal, report_digest_of(deal.report(100, deal.terms.boundary(1) - 1), deal.domain))


def test_settle__they_are_for_another_value__moves_nothing(open_deal, settle_with):
    deal = open_deal()
    settle_with(deal, report_digest_of(deal.report(101, deal.terms.boundary(1)), deal.domain))


def test_settle__they_are_for_other_evidence__moves_nothing(open_deal, settle_with):
    deal = open_deal()
    settle_with(deal, report_digest_of(deal.report(100, deal.terms.boundary(1), bytes(32)), deal.domain))


def test_settle__they_are_for_another_chain__moves_nothing(open_deal, settle_with):
    deal = open_deal()
    elsewhere = Domain(deal.domain.chain_id + 1, deal.escrow.address)
    as_of = deal.terms.boundary(1)
    # Once as the same report under the other domain, once as the other chain's own deal.
    settle_with(deal, report_digest_of(deal.report(100, as_of), elsewhere))
    twin = Report(deal_id_of(deal.terms, elsewhere), as_of, 100, EVIDENCE)
    settle_with(deal, report_digest_of(twin, elsewhere))


def test_settle__they_are_for_another_contract__moves_nothing(open_deal, settle_with, stranger):
    deal = open_deal()
    elsewhere = Domain(deal.domain.chain_id, stranger.address)
    settle_with(deal, report_digest_of(deal.report(100, deal.terms.boundary(1)), elsewhere))


def test_settle__they_are_over_a_proposal__moves_nothing(open_deal, settle_with):
    deal = open_deal()
    report = deal.report(100, deal.terms.boundary(1))
    for name in ("PerformanceOracle", "PerformanceEscrow"):
        settle_with(deal, typed_hash(name, deal.domain, {"Proposal": REPORT_FIELDS}, report.message()))


@pytest.fixture
def late_deal(open_deal, create_committee, oracles):
    """Started a day before its committee was created."""
    start = clock.now() + HOUR
    active_at = start + DAY
    committee = create_committee(oracles, 2, salt=9, at=active_at)
    deal = open_deal(committee=committee, starts_at=start, open_before=start + 7 * DAY)
    return deal, active_at


def test_settle__a_member_became_active_before_as_of__settles(late_deal):
    deal, active_at = late_deal
    with deal.moves(agency=10_000):
        deal.settle(100, active_at + 1)


def test_settle__a_member_became_active_at_as_of__moves_nothing(late_deal, oracles):
    deal, active_at = late_deal
    for as_of in (active_at - 1, active_at):
        with deal.moves_nothing(), refused("SignerProblem", deal.id, oracles[0].address, deal.terms.committee):
            deal.settle(100, as_of)


def test_settle__the_member_with_the_last_index_signs__sets_the_highest_bit(open_deal, create_committee):
    crowd = ascending([member(f"one of 256, {number}") for number in range(256)])
    deal = open_deal(committee=create_committee(crowd, 129, 255), quorum=129)
    tx = deal.settle(100, deal.terms.boundary(1), signers=[*crowd[:128], crowd[255]])
    assert tx.events["ReportSettled"]["signers"] == (1 << 255) + (1 << 128) - 1
