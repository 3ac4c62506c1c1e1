"""createCommittee: who may measure, fixed for ever under one id. Tree: trees/createCommittee.tree."""

import clock
import pytest
from brownie import ZERO_ADDRESS
from eth_abi import encode
from eth_utils import keccak
from refusals import refused
from signing import Member, ascending, member
from terms import DAY, ZERO

NEVER = 2**40 - 1
SALT = bytes(31) + b"\x07"


@pytest.fixture
def create(escrow, keeper):
    """The bare call; by default two of three must sign, and there is no admin."""

    def call(members, least=2, most=3, *, admin=ZERO_ADDRESS, delay=0, salt=SALT, by=keeper):
        addresses = [each.address for each in members]
        return escrow.createCommittee(admin, delay, least, most, addresses, salt, {"from": by})

    return call


def id_of(members, least=2, most=3, *, admin=ZERO_ADDRESS, delay=0, salt=SALT, by) -> bytes:
    """As an outsider computes it."""
    types = ["address", "address", "uint32", "uint8", "uint8", "address[]", "bytes32"]
    values = [by.address, str(admin), delay, least, most, [each.address for each in members], salt]
    return keccak(encode(types, values))[:12]


def test_create_committee__there_is_no_admin__stores_the_bounds(create, escrow, oracles, keeper):
    create(oracles)
    assert escrow.committeeOf(id_of(oracles, by=keeper)) == (ZERO_ADDRESS, 0, 2, 3, 3, 3)


def test_create_committee__there_is_no_admin__stores_each_member_with_its_index_and_time(create, escrow, oracles, keeper):
    clock.next_transaction_at(clock.EPOCH + 77)
    create(oracles)
    committee = id_of(oracles, by=keeper)
    stored = [escrow.memberOf(committee, each.address) for each in oracles]
    assert stored == [(index, clock.EPOCH + 77, NEVER) for index in range(3)]


def test_create_committee__there_is_no_admin__emits_committee_created_and_member_added(create, oracles, keeper):
    clock.next_transaction_at(clock.EPOCH + 77)
    events = create(oracles).events
    committee = "0x" + id_of(oracles, by=keeper).hex()
    assert events["CommitteeCreated"] == {
        "committee": committee,
        "admin": ZERO_ADDRESS,
        "creator": keeper,
        "delay": 0,
        "minQuorum": 2,
        "maxQuorum": 3,
        "size": 3,
    }
    assert [dict(each) for each in events["MemberAdded"]] == [
        {"committee": committee, "member": each.address, "index": index, "activeAt": clock.EPOCH + 77}
        for index, each in enumerate(oracles)
    ]


@pytest.mark.parametrize("delay", [8 * DAY, 180 * DAY])
def test_create_committee__there_is_an_admin__stores_the_admin_and_the_delay(
    create, escrow, oracles, keeper, stranger, delay
):
    create(oracles, admin=stranger, delay=delay)
    committee = id_of(oracles, admin=stranger, delay=delay, by=keeper)
    assert escrow.committeeOf(committee) == (stranger, delay, 2, 3, 3, 3)


def test_create_committee__there_is_one_member__stores_a_quorum_of_one(create, escrow, oracles, keeper):
    create(oracles[:1], 1, 1)
    assert escrow.committeeOf(id_of(oracles[:1], 1, 1, by=keeper)) == (ZERO_ADDRESS, 0, 1, 1, 1, 1)


def test_create_committee__there_are_256_members__stores_the_last_index(create, escrow, keeper):
    crowd = numbered(256)
    create(crowd, 129, 255)
    committee = id_of(crowd, 129, 255, by=keeper)
    assert escrow.committeeOf(committee) == (ZERO_ADDRESS, 0, 129, 255, 256, 256)
    assert escrow.memberOf(committee, crowd[-1].address)[0] == 255


def test_create_committee__another_creator_takes_the_same_parameters__is_another_committee(
    create, escrow, oracles, keeper, stranger
):
    create(oracles, by=stranger)
    assert escrow.committeeOf(id_of(oracles, by=keeper))[4] == 0
    create(oracles, by=keeper)
    assert escrow.committeeOf(id_of(oracles, by=keeper))[4] == 3


def test_create_committee__any_parameter_differs__is_another_committee(oracles, keeper, stranger, create, escrow):
    variants = [
        {},
        {"salt": bytes(31) + b"\x08"},
        {"least": 3},
        {"most": 2},
        {"admin": stranger, "delay": 8 * DAY},
        {"admin": keeper, "delay": 8 * DAY},
        {"admin": keeper, "delay": 9 * DAY},
        {"members": oracles[:2], "most": 2},
    ]
    ids = set()
    for variant in variants:
        create(**{"members": oracles, **variant})
        ids.add(id_of(**{"members": oracles, **variant}, by=keeper))
    assert len(ids) == len(variants)
    assert all(escrow.committeeOf(each)[4] for each in ids)


def test_create_committee__the_committee_exists__is_refused(create, oracles, keeper):
    create(oracles)
    with refused("CommitteeProblem", id_of(oracles, by=keeper), 1, 0):
        create(oracles)


def test_create_committee__there_is_no_member__is_refused(create, keeper):
    with refused("SizeProblem", id_of([], by=keeper), 0, 1):
        create([])


def test_create_committee__there_are_257_members__is_refused(create, keeper):
    crowd = numbered(257)
    with refused("SizeProblem", id_of(crowd, 129, 255, by=keeper), 257, 256):
        create(crowd, 129, 255)


def test_create_committee__a_member_is_zero__is_refused(create, oracles, keeper):
    members = [Member(ZERO, b""), *oracles[:2]]
    with refused("MemberOrderProblem", id_of(members, by=keeper), ZERO, ZERO):
        create(members)


def test_create_committee__a_member_is_repeated__is_refused(create, oracles, keeper):
    members = [oracles[0], oracles[1], oracles[1]]
    with refused("MemberOrderProblem", id_of(members, by=keeper), oracles[1].address, oracles[1].address):
        create(members)


def test_create_committee__members_descend__is_refused(create, oracles, keeper):
    members = [oracles[0], oracles[2], oracles[1]]
    with refused("MemberOrderProblem", id_of(members, by=keeper), oracles[1].address, oracles[2].address):
        create(members)


@pytest.mark.parametrize(("size", "least", "needed"), [(2, 1, 2), (3, 1, 2), (4, 2, 3)])
def test_create_committee__the_least_quorum_is_half_of_the_members__is_refused(create, keeper, size, least, needed):
    members = ascending([member(f"member {number}") for number in range(size)])
    with refused("QuorumBoundProblem", id_of(members, least, size, by=keeper), least, needed):
        create(members, least, size)


def test_create_committee__the_least_quorum_is_zero__is_refused(create, oracles, keeper):
    with refused("QuorumBoundProblem", id_of(oracles[:1], 0, 1, by=keeper), 0, 1):
        create(oracles[:1], 0, 1)


def test_create_committee__the_most_is_below_the_least__is_refused(create, oracles, keeper):
    with refused("QuorumBoundProblem", id_of(oracles, 3, 2, by=keeper), 2, 3):
        create(oracles, 3, 2)


def test_create_committee__the_most_is_above_the_members__is_refused(create, oracles, keeper):
    with refused("QuorumBoundProblem", id_of(oracles, 2, 4, by=keeper), 4, 3):
        create(oracles, 2, 4)


def test_create_committee__there_is_a_delay_without_an_admin__is_refused(create, oracles, keeper):
    with refused("DelayProblem", id_of(oracles, delay=8 * DAY, by=keeper), 8 * DAY, 0):
        create(oracles, delay=8 * DAY)


def test_create_committee__the_delay_is_too_short_for_an_admin__is_refused(create, oracles, keeper, stranger):
    committee = id_of(oracles, admin=stranger, delay=8 * DAY - 1, by=keeper)
    with refused("DelayProblem", committee, 8 * DAY - 1, 8 * DAY):
        create(oracles, admin=stranger, delay=8 * DAY - 1)


def test_create_committee__the_delay_is_too_long_for_an_admin__is_refused(create, oracles, keeper, stranger):
    committee = id_of(oracles, admin=stranger, delay=180 * DAY + 1, by=keeper)
    with refused("DelayProblem", committee, 180 * DAY + 1, 180 * DAY):
        create(oracles, admin=stranger, delay=180 * DAY + 1)


def numbered(size: int) -> list[Member]:
    """Members without keys, whose addresses are 1, 2, 3…"""
    return [Member(f"0x{number:040x}", b"") for number in range(1, size + 1)]
