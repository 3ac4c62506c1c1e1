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
    "F1": Row("node can't be reached", "pauses that grow, the second node, and no change"),
    "F2": Row("time-out before the node has a transaction", "sent again, mined once"),
    "F3": Row("time-out after the node has a transaction", "looked up by its hash; never a second one at another nonce"),
    "F4": Row(
        "node is busy: 429, 5xx, too many blocks in one question",
        "left alone as long as it asks, smaller questions, the second node",
        also=("tests/oracle/test_follow.py::test_advance__node_bears_fewer_blocks__asks_for_less_until_it_answers",),
    ),
    "F5": Row("answer is nonsense, cut short, null, or to another question", "a named error; never read as: no events"),
    "F6": Row(
        "node is on another chain, at the start or later",
        "no start; nothing is sent",
        also=("tests/oracle/test_daemon.py::test_run__node_of_another_chain__ends_with_one_line",),
    ),
    "F7": Row("node is behind", "the second node; or the cycle decides nothing"),
    "F8": Row("node lacks history or tags", "nothing is signed on a guess; depth is a setting, tags are not used"),
    "F9": Row("fork around funding or settlement, 1 to 64 blocks deep", "read anew; the same report is sent again"),
    "F10": Row("fork deeper than the window", "the process ends and says what to do"),
    "F11": Row(
        "fork while the process is down",
        "found at the start",
        also=("tests/oracle/test_follow.py::test_advance__fork_while_it_was_down__is_noticed_at_the_start",),
    ),
    "F12": Row("node restarts and forgets what waits", "the same bytes again"),
    "F13": Row("fee too low", "replaced at the same nonce for at least a tenth more on both caps, up to the ceiling"),
    "F14": Row(
        "node refuses in its own words",
        "understood by meaning; unknown words mean: look at the chain",
        also=(
            "tests/oracle/test_wordings.py::test_meaning_of__words_of_a_node__is",
            "tests/oracle/test_wordings.py::test_meaning_of__what_real_nodes_say__is_what_was_done",
        ),
    ),
    "F15": Row("first attempt mined while it is replaced", "whichever is mined counts"),
    "F16": Row(
        "an earlier nonce is missing",
        "its own bytes again, or else what does nothing",
        also=(
            "tests/oracle/test_sender.py::test_tend__nonce_is_missing_that_nobody_knows__is_used_up_by_what_does_nothing",
        ),
    ),
    "F17": Row("somebody else uses the gas key", "the key sends nothing more, and it is said"),
    "F18": Row(
        "two processes with one key",
        "on one database the second one ends",
        not_yet="two processes on two databases with the same signing key",
    ),
    "F19": Row("members send the same in one block", "one counts, the others revert, no alarm"),
    "F20": Row("receipt says reverted", "the reason is decoded; settled by another counts as settled"),
    "F21": Row("gas too little, or not to be estimated", "left alone after three, others go on"),
    "F22": Row("base fee ten times as high; no fees told", "pays more as the deadline nears, up to the ceiling"),
    "F23": Row("kill -9 before and after each step", "the same end, nothing twice"),
    "F27": Row("clock is wrong or jumps; edges of months", "decided by blocks; too far apart: signs nothing"),
    "F28": Row(
        "source sends broken, partial, late or impossible data",
        "refused whole, late events in the next report",
        also=(
            "tests/oracle/test_intake.py::test_refuse__one_bad_event_of_three__names_its_place_and_takes_none",
            "tests/oracle/test_pull.py::test_pull__broken_page__is_named_changes_nothing_and_is_asked_for_again",
            "tests/oracle/test_pull.py::test_pull__server_asks_to_be_left_alone__is_for_as_long_as_it_says",
        ),
    ),
    "F29": Row(
        "two sources disagree",
        "up to 10% the controlling one counts, beyond it the smaller one, and every difference is named",
        also=(
            "tests/escrow/measure/test_sides.py::"
            "test_measure__check_source_lower_by_half__the_smaller_counts_and_the_units_are_named",
        ),
    ),
    "F30": Row(
        "peers report different values",
        "the quorum's value, or nobody signs and the way back opens",
        also=(
            "tests/oracle/test_network.py::test_settle__all_count_differently__nobody_signs_until_the_missing_events_come",
        ),
    ),
    "F31": Row(
        "members are offline",
        "settles while a quorum is there; else waits, and the way back opens",
        also=("tests/oracle/test_network.py::test_settle__two_members_down__waits_and_settles_when_one_is_back",),
    ),
    "F32": Row(
        "member leaves or joins in between",
        "who counts follows from the times on the chain",
        also=("tests/oracle/test_cycle.py::test_cycle__joined_after_the_time_of_the_report__is_no_member_for_it",),
    ),
    "F33": Row("key missing, damaged, readable by others, of no member", "no start, and the file is named"),
    "F34": Row(
        "remote signer slow, down, or wrong",
        "time-out; each signature is recovered first",
        not_yet="there is no remote signer",
    ),
    "F35": Row(
        "events twice, out of order, before the deal, after it",
        "each counts once",
        also=("tests/oracle/test_recorder.py::test_take__flood__is_429_with_retry_after_and_is_not_kept_as_a_refusal",),
    ),
    "F36": Row(
        "stopped, and goes on or ends",
        "nothing is paid twice; SIGTERM ends with code 0",
        also=(
            "tests/oracle/test_daemon.py::"
            "test_run__node_is_down__serves_and_waits_and_goes_on_when_it_is_back_and_ends_with_0",
        ),
    ),
    "F37": Row(
        "much is due after an outage",
        "all of it is settled",
        not_yet="a million events held back by one oracle; `make bench` measures them alone",
    ),
    "F38": Row("contract is another version, or gone", "no start; the process ends and sends nothing"),
}

THREATS = {
    "O1": Row(
        "source lies to one member",
        "that member is alone and signs nothing",
        also=(
            "tests/escrow/measure/test_sides.py::test_measure__check_source_silent__nothing_counts_and_every_unit_is_named",
        ),
    ),
    "O2": Row("signing what a fork takes away", "decided at a block that is deep enough, and read at that block"),
    "O3": Row(
        "one bug makes all members wrong",
        "the payout is computed twice, in Python and in Solidity, and the inputs are in the evidence",
        also=(
            "tests/escrow/test_payout_on_chain.py::test_payout__ten_thousand_random_deals__equals_the_contracts_to_the_unit",
        ),
    ),
    "O4": Row(
        "member signs two values",
        "one locked row for each report, written first",
        also=("tests/oracle/test_journal.py::test_journal__changed_by_sql__is_refused_by_the_database",),
        not_yet="a database restored from before a lock that is not settled yet: no guard yet",
    ),
    "O5": Row(
        "key file is stolen or shown",
        "encrypted, mode 0600, in no log, answer or database",
        also=("tests/oracle/test_signer.py::test_read_key__file_that_others_can_read__is_refused",),
    ),
    "O6": Row("remote signer signs anything", "its own rules", not_yet="there is no remote signer"),
    "O7": Row("gas account is empty", "another member, or anybody, brings the signed report"),
    "O8": Row("wrong network", "looked at before each send; halts"),
    "O9": Row("node lies", "a receipt counts if the chain's block has it; the second node must see the same"),
    "O10": Row("peer sends garbage", "nothing crashes, nothing is counted"),
    "O11": Row("the one whose turn it is keeps quiet", "the next ones send in their turns"),
    "O12": Row("a package is exchanged", "locked by hashes, no install scripts"),
}
