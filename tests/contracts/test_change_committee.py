"""Members come and go: slowly by an admin, at once by themselves or by what they signed. Trees of the functions' names."""

import clock
import pytest
from brownie import ZERO_ADDRESS
from eth_utils import keccak
from refusals import refusal_of, refused
from signing import ascending, key_of, member, sign
from terms import DAY, ZERO, report_digest_of, root_digest_of

DELAY = 8 * DAY
NEVER = 2**40 - 1


@pytest.fixture
def newcomer():
    return member("newcomer")


@pytest.fixture
def guarded(create_committee, oracles, keeper):
    """Two of three must sign; the keeper is the admin, with the least delay."""
    return create_committee(oracles, 2, 2, admin=keeper, delay=DELAY, salt=5)


def size(escrow, committee) -> int:
    return escrow.committeeOf(committee)[4]


def leaves_at(escrow, committee, one) -> int:
    return escrow.memberOf(committee, one.address)[2]


# addMember


@pytest.fixture
def vacant(create_committee, oracles, keeper):
    """Of two members, with a place for a third."""
    return create_committee(oracles[:2], 2, 2, admin=keeper, delay=DELAY, salt=6)


def test_add_member__the_admin_adds_one__is_active_after_the_delay(escrow, vacant, newcomer, keeper):
    tx = escrow.addMember(vacant, newcomer.address, {"from": keeper})
    at = clock.now() + DELAY
    assert escrow.memberOf(vacant, newcomer.address) == (2, at, NEVER)
    assert tx.events["MemberAdded"] == {
        "committee": "0x" + vacant.hex(),
        "member": newcomer.address,
        "index": 2,
        "activeAt": at,
    }
    assert escrow.committeeOf(vacant)[2:] == (2, 2, 3, 3)


def test_add_member__its_report_is_as_of_its_first_second__signs_nothing(
    open_deal, escrow, vacant, newcomer, keeper, oracles
):
    deal = open_deal(committee=vacant, notice_period=DAY)
    escrow.addMember(vacant, newcomer.address, {"from": keeper})
    active_at = clock.now() + DELAY
    signers = ascending([oracles[0], newcomer])
    with deal.moves_nothing(), refused("SignerProblem", deal.id, newcomer.address, vacant):
        deal.settle(100, active_at, signers=signers)
    with deal.moves(agency=10_000):
        deal.settle(100, active_at + 1, signers=signers)


@pytest.mark.parametrize("name", ["client", "agency", "stranger"])
def test_add_member__somebody_else_adds_one__is_refused(escrow, vacant, newcomer, people, keeper, name):
    with refused("AdminProblem", vacant, people[name].address, keeper.address):
        escrow.addMember(vacant, newcomer.address, {"from": people[name]})


def test_add_member__the_committee_has_no_admin__is_refused(escrow, committee, newcomer, keeper):
    with refused("AdminProblem", committee, keeper.address, ZERO):
        escrow.addMember(committee, newcomer.address, {"from": keeper})


def test_add_member__the_committee_is_unknown__is_refused(escrow, newcomer, keeper):
    with refused("AdminProblem", bytes(12), keeper.address, ZERO):
        escrow.addMember(bytes(12), newcomer.address, {"from": keeper})


def test_add_member__the_quorum_would_be_no_majority__is_refused(escrow, guarded, newcomer, keeper):
    with refused("SizeProblem", guarded, 4, 3):
        escrow.addMember(guarded, newcomer.address, {"from": keeper})


def test_add_member__it_is_a_member__is_refused(escrow, vacant, oracles, keeper):
    with refused("MemberProblem", vacant, oracles[0].address):
        escrow.addMember(vacant, oracles[0].address, {"from": keeper})


def test_add_member__it_was_a_member__is_refused(escrow, guarded, oracles, keeper):
    escrow.removeMember(guarded, oracles[0].address, {"from": keeper})
    clock.pass_to(clock.now() + DELAY)
    with refused("MemberProblem", guarded, oracles[0].address):
        escrow.addMember(guarded, oracles[0].address, {"from": keeper})


def test_add_member__it_is_zero__is_refused(escrow, vacant, keeper):
    with refused("MemberProblem", vacant, ZERO):
        escrow.addMember(vacant, ZERO_ADDRESS, {"from": keeper})


def test_add_member__256_were_members_before__is_refused(escrow, create_committee, keeper):
    crowd = ascending([member(f"crowd {number}") for number in range(254)])
    committee = create_committee(crowd, 129, 253, admin=keeper, delay=DELAY, salt=7)
    for number in (254, 255):
        escrow.addMember(committee, member(f"crowd {number}").address, {"from": keeper})
    escrow.removeMember(committee, crowd[0].address, {"from": keeper})
    with refused("SizeProblem", committee, 257, 256):
        escrow.addMember(committee, member("crowd 256").address, {"from": keeper})


def test_add_member__another_left__gets_an_index_of_its_own(escrow, guarded, oracles, newcomer, keeper):
    escrow.removeMember(guarded, oracles[0].address, {"from": keeper})
    escrow.addMember(guarded, newcomer.address, {"from": keeper})
    assert escrow.memberOf(guarded, newcomer.address)[0] == 3


# removeMember


def test_remove_member__the_admin_removes_one__leaves_after_the_delay(escrow, guarded, oracles, keeper):
    tx = escrow.removeMember(guarded, oracles[0].address, {"from": keeper})
    at = clock.now() + DELAY
    assert leaves_at(escrow, guarded, oracles[0]) == at
    assert size(escrow, guarded) == 2
    assert tx.events["MemberRemoved"] == {
        "committee": "0x" + guarded.hex(),
        "member": oracles[0].address,
        "leavesAt": at,
    }


def test_remove_member__the_delay_is_not_over__still_signs(open_deal, escrow, guarded, oracles, keeper):
    deal = open_deal(committee=guarded, notice_period=DAY)
    escrow.removeMember(guarded, oracles[0].address, {"from": keeper})
    leaves = clock.now() + DELAY
    with deal.moves(agency=10_000):
        deal.settle(100, deal.terms.starts_at + DAY, at=leaves - 1, signers=oracles[:2])
    with deal.moves_nothing(), refused("SignerProblem", deal.id, oracles[0].address, guarded):
        deal.settle(200, deal.terms.starts_at + 2 * DAY, at=leaves, signers=oracles[:2])


def test_remove_member__fewer_than_the_largest_quorum_would_stay__is_refused(escrow, guarded, oracles, keeper):
    escrow.removeMember(guarded, oracles[0].address, {"from": keeper})
    with refused("SizeProblem", guarded, 1, 2):
        escrow.removeMember(guarded, oracles[1].address, {"from": keeper})


@pytest.mark.parametrize("name", ["client", "agency", "stranger"])
def test_remove_member__somebody_else_removes_one__is_refused(escrow, guarded, oracles, people, keeper, name):
    with refused("AdminProblem", guarded, people[name].address, keeper.address):
        escrow.removeMember(guarded, oracles[0].address, {"from": people[name]})


def test_remove_member__it_is_no_member__is_refused(escrow, guarded, newcomer, keeper):
    with refused("MemberProblem", guarded, newcomer.address):
        escrow.removeMember(guarded, newcomer.address, {"from": keeper})


def test_remove_member__it_is_leaving_already__is_refused(escrow, create_committee, oracles, keeper):
    committee = create_committee(oracles, 2, 2, admin=keeper, delay=DELAY, salt=8)
    escrow.removeMember(committee, oracles[0].address, {"from": keeper})
    with refused("MemberProblem", committee, oracles[0].address):
        escrow.removeMember(committee, oracles[0].address, {"from": keeper})


# leaveCommittee


@pytest.fixture
def with_stranger(create_committee, oracles, stranger, keeper):
    """The stranger is a member, and so can send transactions as one."""

    return create_committee(ascending([*oracles[:2], key_of(stranger)]), 2, 2, admin=keeper, delay=DELAY, salt=9)


def test_leave_committee__a_member_leaves__is_gone_at_once(open_deal, escrow, with_stranger, oracles, stranger):

    deal = open_deal(committee=with_stranger, notice_period=DAY)
    tx = escrow.leaveCommittee(with_stranger, {"from": stranger})
    assert tx.events["MemberRemoved"]["leavesAt"] == clock.now()
    assert size(escrow, with_stranger) == 2
    with deal.moves_nothing(), refused("SignerProblem", deal.id, stranger.address, with_stranger):
        deal.settle(100, deal.terms.boundary(1), signers=ascending([oracles[0], key_of(stranger)]))


def test_leave_committee__its_removal_is_queued__is_gone_at_once_and_counted_once(escrow, with_stranger, stranger, keeper):
    escrow.removeMember(with_stranger, stranger, {"from": keeper})
    escrow.leaveCommittee(with_stranger, {"from": stranger})
    assert escrow.memberOf(with_stranger, stranger)[2] == clock.now()
    assert size(escrow, with_stranger) == 2


def test_leave_committee__it_has_left__is_refused(escrow, with_stranger, stranger):
    escrow.leaveCommittee(with_stranger, {"from": stranger})
    with refused("MemberProblem", with_stranger, stranger.address):
        escrow.leaveCommittee(with_stranger, {"from": stranger})


def test_leave_committee__it_is_no_member__is_refused(escrow, guarded, stranger):
    with refused("MemberProblem", guarded, stranger.address):
        escrow.leaveCommittee(guarded, {"from": stranger})


# proveEquivocation


@pytest.fixture
def signed(make_deal):
    """A report that one oracle signed, for a deal that need not even be open."""
    deal = make_deal()

    def make(signer, value=100, *, as_of=1, evidence=None, of=deal, leaves=None):
        report = of.report(value, of.terms.boundary(as_of), *([evidence] if evidence else []))
        digest = report_digest_of(report, of.domain)
        proof = []
        if leaves is not None:
            leaf = keccak(keccak(digest))
            proof = leaves
            root = leaf
            for sibling in leaves:
                root = keccak(b"".join(sorted((root, sibling))))
            digest = root_digest_of(root, of.domain)
        plain = (report.deal_id, report.as_of, report.value, report.evidence)
        return plain, leaves is not None, proof, sign(digest, signer)

    return make


@pytest.mark.parametrize("other", [{"value": 101}, {"evidence": bytes(31) + b"\7"}], ids=["value", "evidence"])
def test_prove_equivocation__two_reports_differ__removes_the_member_at_once(
    escrow, committee, oracles, signed, stranger, other
):
    tx = escrow.proveEquivocation(committee, signed(oracles[0]), signed(oracles[0], **other), {"from": stranger})
    assert leaves_at(escrow, committee, oracles[0]) == clock.now()
    assert size(escrow, committee) == 2
    assert tx.events["EquivocationProved"]["member"] == oracles[0].address
    assert tx.events["MemberRemoved"]["leavesAt"] == clock.now()


def test_prove_equivocation__two_reports_differ__lets_its_signature_die(
    open_deal, escrow, committee, oracles, signed, keeper
):
    deal = open_deal()
    escrow.proveEquivocation(committee, signed(oracles[0]), signed(oracles[0], 101), {"from": keeper})
    with deal.moves_nothing(), refused("SignerProblem", deal.id, oracles[0].address, committee):
        deal.settle(100, deal.terms.boundary(1), signers=oracles[:2])
    with deal.moves(agency=10_000):
        deal.settle(100, deal.terms.boundary(1), signers=oracles[1:])


@pytest.mark.parametrize("which", ["one", "both"])
def test_prove_equivocation__m8_it_signed_under_a_root__removes_the_member_at_once(
    escrow, committee, oracles, signed, keeper, which
):
    siblings = [bytes(31) + b"\1", bytes(31) + b"\2"]
    first = signed(oracles[0], leaves=siblings if which == "both" else None)
    second = signed(oracles[0], 101, leaves=[])
    escrow.proveEquivocation(committee, first, second, {"from": keeper})
    assert leaves_at(escrow, committee, oracles[0]) == clock.now()


def test_prove_equivocation__its_removal_is_queued__removes_the_member_at_once(escrow, guarded, oracles, signed, keeper):
    escrow.removeMember(guarded, oracles[0].address, {"from": keeper})
    escrow.proveEquivocation(guarded, signed(oracles[0]), signed(oracles[0], 101), {"from": keeper})
    assert leaves_at(escrow, guarded, oracles[0]) == clock.now()
    assert size(escrow, guarded) == 2


def equivocation_digests(deal, *values) -> list[bytes]:
    return [report_digest_of(deal.report(value, deal.terms.boundary(1)), deal.domain) for value in values]


def test_prove_equivocation__it_is_the_same_report__is_refused(escrow, committee, oracles, signed, keeper, make_deal):
    digests = equivocation_digests(make_deal(), 100, 100)
    with refused("EquivocationProblem", committee, *digests):
        escrow.proveEquivocation(committee, signed(oracles[0]), signed(oracles[0]), {"from": keeper})


def test_prove_equivocation__the_same_report_is_under_a_root_too__is_refused(
    escrow, committee, oracles, signed, keeper, make_deal
):
    digests = equivocation_digests(make_deal(), 100, 100)
    with refused("EquivocationProblem", committee, *digests):
        escrow.proveEquivocation(committee, signed(oracles[0]), signed(oracles[0], leaves=[]), {"from": keeper})


@pytest.mark.parametrize("other", ["time", "deal"])
def test_prove_equivocation__the_reports_are_of_two_times_or_deals__is_refused(
    escrow, committee, oracles, signed, keeper, make_deal, other
):
    second = signed(oracles[0], 101, as_of=2) if other == "time" else signed(oracles[0], 101, of=make_deal(salt=9))
    assert refusal(escrow, committee, signed(oracles[0]), second, keeper) == "EquivocationProblem"


def test_prove_equivocation__two_members_signed__is_refused(escrow, committee, oracles, signed, keeper):
    found = refusal(escrow, committee, signed(oracles[0]), signed(oracles[1], 101), keeper)
    assert found == "EquivocationProblem"


def test_prove_equivocation__a_stranger_signed__is_refused(escrow, committee, newcomer, signed, keeper):
    with refused("MemberProblem", committee, newcomer.address):
        escrow.proveEquivocation(committee, signed(newcomer), signed(newcomer, 101), {"from": keeper})


def test_prove_equivocation__nobody_signed__is_refused(escrow, committee, oracles, signed, keeper):
    empty = (bytes(32), bytes(32))
    first, second = ((*signed(oracles[0], value)[:3], empty) for value in (100, 101))
    with refused("MemberProblem", committee, ZERO):
        escrow.proveEquivocation(committee, first, second, {"from": keeper})


def test_prove_equivocation__it_was_proved_before__is_refused(escrow, committee, oracles, signed, keeper):
    escrow.proveEquivocation(committee, signed(oracles[0]), signed(oracles[0], 101), {"from": keeper})
    with refused("MemberProblem", committee, oracles[0].address):
        escrow.proveEquivocation(committee, signed(oracles[0]), signed(oracles[0], 101), {"from": keeper})


def refusal(escrow, committee, first, second, by) -> str | None:

    return refusal_of(lambda: escrow.proveEquivocation(committee, first, second, {"from": by}))


# The admin


def test_offer_admin__the_admin_offers_its_place__changes_nothing_yet(escrow, guarded, keeper, stranger):
    tx = escrow.offerAdmin(guarded, stranger, {"from": keeper})
    assert tx.events["AdminOffered"] == {"committee": "0x" + guarded.hex(), "nextAdmin": stranger}
    assert escrow.committeeOf(guarded)[0] == keeper


def test_offer_admin__somebody_else_offers_it__is_refused(escrow, guarded, keeper, stranger):
    with refused("AdminProblem", guarded, stranger.address, keeper.address):
        escrow.offerAdmin(guarded, stranger, {"from": stranger})


def test_offer_admin__it_is_taken_back__can_not_be_accepted(escrow, guarded, keeper, stranger):
    escrow.offerAdmin(guarded, stranger, {"from": keeper})
    escrow.offerAdmin(guarded, ZERO_ADDRESS, {"from": keeper})
    with refused("AdminProblem", guarded, stranger.address, ZERO):
        escrow.acceptAdmin(guarded, {"from": stranger})


def test_accept_admin__it_was_offered__is_the_admin_alone(escrow, vacant, newcomer, keeper, stranger):
    escrow.offerAdmin(vacant, stranger, {"from": keeper})
    tx = escrow.acceptAdmin(vacant, {"from": stranger})
    assert tx.events["AdminChanged"] == {"committee": "0x" + vacant.hex(), "admin": stranger}
    with refused("AdminProblem", vacant, keeper.address, stranger.address):
        escrow.addMember(vacant, newcomer.address, {"from": keeper})
    escrow.addMember(vacant, newcomer.address, {"from": stranger})


def test_accept_admin__it_was_offered_to_somebody_else__is_refused(escrow, guarded, keeper, stranger, agency):
    escrow.offerAdmin(guarded, stranger, {"from": keeper})
    with refused("AdminProblem", guarded, agency.address, stranger.address):
        escrow.acceptAdmin(guarded, {"from": agency})


def test_accept_admin__it_was_accepted_already__is_refused(escrow, guarded, keeper, stranger):
    escrow.offerAdmin(guarded, stranger, {"from": keeper})
    escrow.acceptAdmin(guarded, {"from": stranger})
    with refused("AdminProblem", guarded, stranger.address, ZERO):
        escrow.acceptAdmin(guarded, {"from": stranger})
