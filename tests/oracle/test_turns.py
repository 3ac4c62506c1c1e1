"""Whose turn it is: one order for all members, spread over the reports."""

import hashlib
from collections import Counter

from oracle.turns import turn_of
from tests import factories

MEMBERS = [factories.person(f"oracle-{name}") for name in "abcde"]
DEAL = "0x" + "12" * 32


def test_turns__of_one_report__are_a_permutation_in_whatever_order_members_are_listed() -> None:
    turns = {member: turn_of(member, MEMBERS, DEAL, 1_212_278_400) for member in MEMBERS}
    assert sorted(turns.values()) == [0, 1, 2, 3, 4]
    assert turns == {member: turn_of(member, MEMBERS[::-1], DEAL, 1_212_278_400) for member in MEMBERS}


def test_turns__first_one__follows_from_the_hash_of_deal_and_time() -> None:
    ordered = sorted(MEMBERS, key=lambda member: int(member, 16))
    seed = hashlib.sha256(bytes.fromhex("12" * 32) + (1_212_278_400).to_bytes(8, "big")).digest()
    first = int.from_bytes(seed, "big") % 5
    assert turn_of(ordered[first], MEMBERS, DEAL, 1_212_278_400) == 0
    assert turn_of(ordered[(first + 1) % 5], MEMBERS, DEAL, 1_212_278_400) == 1
    assert turn_of(ordered[first - 1], MEMBERS, DEAL, 1_212_278_400) == 4


def test_turns__over_many_reports__every_member_is_first_about_as_often() -> None:
    firsts = Counter(member for as_of in range(1_000) for member in MEMBERS if turn_of(member, MEMBERS, DEAL, as_of) == 0)
    assert len(firsts) == 5 and min(firsts.values()) > 150
