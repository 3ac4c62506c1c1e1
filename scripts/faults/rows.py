"""Each fault and each threat in a few words, what is to happen, which other tests show it, and what is not shown yet."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`also`: tests that are not named after the row, as `path::name`. `not_yet`: what of it no test shows, and why."""

    words: str
    expected: str
    also: tuple[str, ...] = ()
    not_yet: str = ""


FAULTS = {
    "f1": Row("node can't be reached", "pauses that grow, the second node, and no change"),
    "f2": Row("time-out before the node has a transaction", "sent again, mined once"),
    "f3": Row("time-out after the node has a transaction", "looked up by its hash; never a second one at another nonce"),
    "f4": Row(
        "node is busy: 429, 5xx, too many blocks in one question",
        "left alone as long as it asks, smaller questions, the second node",
        also=("tests/oracle/test_follow.py::test_advance__node_bears_fewer_blocks__asks_for_less_until_it_answers",),
    ),
    "f5": Row("answer is nonsense, cut short, null, or to another question", "a named error; never read as: no events"),
    "f6": Row(
        "node is on another chain, at the start or later",
        "no start; nothing is sent",
        also=("tests/oracle/test_daemon.py::test_run__node_of_another_chain__ends_with_one_line",),
    ),
    "f7": Row("node is behind", "the second node; or the cycle decides nothing"),
    "f8": Row("node lacks history or tags", "nothing is signed on a guess; depth is a setting, tags are not used"),
    "f9": Row("fork around funding or settlement, 1 to 64 blocks deep", "read anew; the same report is sent again"),
    "f10": Row("fork deeper than the window", "the process ends and says what to do"),
    "f11": Row(
        "fork while the process is down",
        "found at the start",
        also=("tests/oracle/test_follow.py::test_advance__fork_while_it_was_down__is_noticed_at_the_start",),
    ),
    "f12": Row("node restarts and forgets what waits", "the same bytes again"),
    "f13": Row("fee too low", "replaced at the same nonce for at least a tenth more on both caps, up to the ceiling"),
    "f14": Row(
        "node refuses in its own words",
        "understood by meaning; unknown words mean: look at the chain",
        also=(
            "tests/oracle/test_wordings.py::test_meaning_of__words_of_a_node__is",
            "tests/oracle/test_wordings.py::test_meaning_of__what_real_nodes_say__is_what_was_done",
        ),
    ),
    "f15": Row("first attempt mined while it is replaced", "whichever is mined counts"),
    "f16": Row(
        "an earlier nonce is missing",
        "its own bytes again, or else what does nothing",
        also=(
            "tests/oracle/test_sender.py::test_tend__nonce_is_missing_that_nobody_knows__is_used_up_by_what_does_nothing",
        ),
    ),
    "f17": Row("somebody else uses the gas key", "the key sends nothing more, and it is said"),
    "f18": Row(
        "two processes with one key",
        "on one database the second one ends",
        not_yet="two processes on two databases with the same signing key: the lease with fencing is being built",
    ),
    "f19": Row("members send the same in one block", "one counts, the others revert, no alarm"),
    "f20": Row("receipt says reverted", "the reason is decoded; settled by another counts as settled"),
    "f21": Row("gas too little, or not to be estimated", "left alone after three, others go on"),
    "f22": Row("base fee ten times as high; no fees told", "pays more as the deadline nears, up to the ceiling"),
    "f23": Row("kill -9 before and after each step", "the same end, nothing twice"),
    "f27": Row("clock is wrong or jumps; edges of months", "decided by blocks; too far apart: signs nothing"),
    "f28": Row(
        "source sends broken, partial, late or impossible data",
        "refused whole, late events in the next report",
        also=("tests/oracle/test_intake.py::test_refuse__one_bad_event_of_three__names_its_place_and_takes_none",),
        not_yet="sources that are asked (pull) and their 500s and pages: that adapter is being built",
    ),
    "f29": Row(
        "two sources disagree",
        "a rule inside the tolerance, no signature outside",
        not_yet="the check source is being built",
    ),
    "f30": Row(
        "peers report different values",
        "the quorum's value, or nobody signs and the way back opens",
        also=(
            "tests/oracle/test_network.py::test_settle__all_count_differently__nobody_signs_until_the_missing_events_come",
        ),
    ),
    "f31": Row(
        "members are offline",
        "settles while a quorum is there; else waits, and the way back opens",
        also=("tests/oracle/test_network.py::test_settle__two_members_down__waits_and_settles_when_one_is_back",),
    ),
    "f32": Row(
        "member leaves or joins in between",
        "who counts follows from the times on the chain",
        also=("tests/oracle/test_cycle.py::test_cycle__joined_after_the_time_of_the_report__is_no_member_for_it",),
    ),
    "f33": Row("key missing, damaged, readable by others, of no member", "no start, and the file is named"),
    "f34": Row(
        "remote signer slow, down, or wrong",
        "time-out; each signature is recovered first",
        not_yet="the remote signer is being built",
    ),
    "f35": Row(
        "events twice, out of order, before the deal, after it",
        "each counts once",
        not_yet="a flood answered with 429: that intake is being built",
    ),
    "f36": Row(
        "stopped, and goes on or ends",
        "nothing is paid twice; SIGTERM ends with code 0",
        also=(
            "tests/oracle/test_daemon.py::"
            "test_run__node_is_down__serves_and_waits_and_goes_on_when_it_is_back_and_ends_with_0",
        ),
    ),
    "f37": Row(
        "much is due after an outage",
        "all of it is settled",
        not_yet="a million events held back, with bounded memory: measured with the measurement itself",
    ),
    "f38": Row("contract is another version, or gone", "no start; the process ends and sends nothing"),
}

THREATS = {
    "o1": Row(
        "source lies to one member",
        "that member is alone and signs nothing",
        not_yet="a source that lies to all members alike: the check source is being built",
    ),
    "o2": Row("signing what a fork takes away", "decided at a block that is deep enough, and read at that block"),
    "o3": Row(
        "one bug makes all members wrong",
        "the payout is computed twice, in Python and in Solidity, and the inputs are in the evidence",
        also=(
            "tests/escrow/test_payout_on_chain.py::test_payout__ten_thousand_random_deals__equals_the_contracts_to_the_unit",
        ),
    ),
    "o4": Row(
        "member signs two values",
        "one locked row for each report, written first",
        also=("tests/oracle/test_journal.py::test_journal__changed_by_sql__is_refused_by_the_database",),
        not_yet="a database restored from before a lock that is not settled yet: the guard is being built",
    ),
    "o5": Row(
        "key file is stolen or shown",
        "encrypted, mode 0600, in no log, answer or database",
        also=("tests/oracle/test_signer.py::test_read_key__file_that_others_can_read__is_refused",),
    ),
    "o6": Row("remote signer signs anything", "its own rules", not_yet="the remote signer is being built"),
    "o7": Row("gas account is empty", "another member, or anybody, brings the signed report"),
    "o8": Row("wrong network", "looked at before each send; halts"),
    "o9": Row("node lies", "a receipt counts if the chain's block has it; the second node must see the same"),
    "o10": Row("peer sends garbage", "nothing crashes, nothing is counted"),
    "o11": Row("the one whose turn it is keeps quiet", "the next ones send in their turns"),
    "o12": Row("a package is exchanged", "locked by hashes, no install scripts"),
}
