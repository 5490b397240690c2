"""Which tests are to take turns: all that reach nothing but what others that are taken sooner reach too, or little for long.

    rm -rf var/reach; ./run test tests -n 3 -p tests.reach
    .venv/bin/python -m tests.choosing var/reach

The first, with Python 3.12 or newer, is a run of all in which nothing may fail: it notes what each test reaches
(`tests/reach.py`). The second marks them, and takes marks away; `ruff check --fix` and `ruff format` then put the imports of
what it wrote in order.
"""

import argparse
import ast
import heapq
import math
import pickle
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.turns import MARK, SOON

ROOT = Path(__file__).resolve().parent.parent
# Whose tests are always taken: those of the promise itself (the clocks, the ladder, what is sent, who is responsible, who gets in
# and from whom a child is kept, what stays on record), with people in a browser and processes that are killed, and those
# that look at the tests and the code as a whole.
ALWAYS = (
    "tests/alerts/test_barred_escort_mails.py",
    "tests/alerts/test_barred_escorts.py",
    "tests/alerts/test_break_glass.py",
    "tests/alerts/test_bundles.py::test_two_senders_at_once",
    "tests/alerts/test_call_ladder.py",
    "tests/alerts/test_canaries.py",
    "tests/alerts/test_concurrency.py",
    "tests/alerts/test_date_rules.py::test_no_date_rule_is_outside",
    "tests/alerts/test_delivery.py",
    "tests/alerts/test_device_of_a_kept_home.py",
    "tests/alerts/test_expected.py",
    "tests/alerts/test_incoming.py::test_with_the_database_away",
    "tests/alerts/test_integrity.py",
    "tests/alerts/test_keep_from_people.py",
    "tests/alerts/test_kept_from_by_name.py",
    "tests/alerts/test_kept_from_every_page.py::test_whoever_a_child_is_kept_from_reads_of_it_nowhere",
    "tests/alerts/test_kept_from_in_mid_ladder.py",
    "tests/alerts/test_kept_from_on_shift.py",
    "tests/alerts/test_kept_from_outside.py",
    "tests/alerts/test_kept_from_paper.py",
    "tests/alerts/test_kept_from_posts.py",
    "tests/alerts/test_ladder.py",
    "tests/alerts/test_messages_that_kill.py",
    "tests/alerts/test_moved_in_mid_ladder.py",
    "tests/alerts/test_nobody_behind.py",
    "tests/alerts/test_not_arrived_at_once.py",
    "tests/alerts/test_order_of_locks.py",
    "tests/alerts/test_own_policies_at_once.py",
    "tests/alerts/test_own_policies_taken_back.py",
    "tests/alerts/test_police_page.py",
    "tests/alerts/test_promise_machine.py",
    "tests/alerts/test_restricted_children.py",
    "tests/alerts/test_second_sender.py",
    "tests/alerts/test_second_signs.py::test_every_decision_of_two",
    "tests/alerts/test_sent_while_seen.py",
    "tests/alerts/test_silence.py",
    "tests/alerts/test_silence_scenarios.py",
    "tests/alerts/test_stages.py",
    "tests/alerts/test_states.py",
    "tests/alerts/test_stranger_machine.py",
    "tests/alerts/test_strangers.py",
    "tests/alerts/test_timeline.py::test_every_kind_of_event",
    "tests/alerts/test_unconfirmed_officer.py",
    "tests/alerts/test_watchdog.py",
    "tests/alerts/test_watchdog_faults.py",
    "tests/architecture/",
    "tests/browser/test_screens.py",
    "tests/cases/test_access.py",
    "tests/cases/test_access_property.py",
    "tests/cases/test_append_only.py",
    "tests/cases/test_as_read_at_once.py",
    "tests/cases/test_changes_pages.py::test_every_table_with_a_history",
    "tests/cases/test_concurrency.py",
    "tests/cases/test_configuration.py",
    "tests/cases/test_copies.py",
    "tests/cases/test_corrections.py::test_the_application_and_the_owner_destroy_nothing",
    "tests/cases/test_documents.py::test_a_stranger",
    "tests/cases/test_documents_destroyed_at_once.py",
    "tests/cases/test_first_responders_at_once.py",
    "tests/cases/test_force_phones_at_once.py",
    "tests/cases/test_languages.py::test_every_word_of_the_product",
    "tests/cases/test_mail_domains.py::test_every_column",
    "tests/cases/test_manager_posts.py",
    "tests/cases/test_pdfs.py::test_one_that_burns_the_processor",
    "tests/cases/test_pdfs.py::test_the_process_holds_no_secret",
    "tests/cases/test_permission_words.py",
    "tests/cases/test_responsibilities.py",
    "tests/cases/test_restrictions.py",
    "tests/cases/test_restrictions_as_read.py",
    "tests/cases/test_row_history.py",
    "tests/cases/test_second_factor.py",
    "tests/cases/test_tampering.py",
    "tests/cases/test_transfers.py::test_every_verb_moves_a_transfer",
    "tests/cases/test_worker_leaves_at_once.py",
    "tests/faults/test_mail_away.py::test_a_refusing_server_that_comes_back",
    "tests/faults/test_mail_servers.py::test_a_connection_lost_after_the_data",
    "tests/faults/test_redis.py",
    "tests/faults/test_senders.py::test_a_sender_frozen",
    "tests/faults/test_senders.py::test_a_sender_killed_between_any_two_statements",
    "tests/faults/test_senders.py::test_senders_killed_in_mid_send",
    "tests/faults/test_sweepers.py::test_a_sweeper_killed_at_the_fail_safe",
    "tests/faults/test_sweepers.py::test_a_sweeper_killed_between_any_two_statements",
    "tests/faults/test_sweepers.py::test_two_beats",
    "tests/faults/test_watchdog.py::test_with_redis_beat_and_workers_dead",
    "tests/guardians/test_out_of_reach_at_once.py",
    "tests/guardians/test_supervision_drafts.py::test_a_draft_of_before_is_put_in_a_service",
    "tests/journeys/test_days.py",
    "tests/journeys/test_story.py",
    "tests/launcher/",
    "tests/scripts/",
)
# Whose tests are taken soon again: they look once more at all there is of a kind, at processes of their own, at people in a
# browser or at what no line tells.
OFTEN = (
    "tests/alerts/test_a_year_of_a_search.py",
    "tests/alerts/test_addresses_kept.py",
    "tests/alerts/test_demo_states.py",
    "tests/alerts/test_lists_at_scale.py",
    "tests/alerts/test_promise_walks.py",
    "tests/browser/test_inspection.py",
    "tests/browser/test_mails.py",
    "tests/browser/test_roll_call.py",
    "tests/browser/test_sessions.py",
    "tests/browser/test_shell.py",
    "tests/cases/test_seals.py",
    "tests/config/",
    "tests/faults/",
    "tests/journeys/test_efforts.py",
    "tests/journeys/test_search.py",
)
# Seconds under which a test is always taken: a third of them take as long as one of the longest.
SHORT = 0.05
# Seconds that any test costs, however short.
LEAST = 0.01
# How many things that none taken before it reaches a test has to reach for each second that it takes, to be always taken.
WORTH = 25
MARKED = re.compile(rf"@pytest\.mark\.{MARK}(?:\(\d+\))?\n")


@dataclass
class Test:
    """A test with all its cases: the seconds it takes, and what it reaches."""

    seconds: float = 0
    reached: array[int] = field(default_factory=lambda: array("I"))


def read(folder: Path) -> dict[str, Test]:
    """Return what was noted of a run, by the names of the tests."""
    found: dict[str, Test] = defaultdict(Test)
    for path in sorted(folder.glob("*.pickle")):
        for name, seconds, reached in _notes(path):
            test = found[name.partition("[")[0]]
            test.seconds += seconds
            test.reached = array("I", {*test.reached, *reached})
    return found


def _notes(path: Path) -> Iterator[tuple[str, float, array[int]]]:
    with path.open("rb") as file:
        while file.peek(1):
            yield pickle.load(file)


def chosen(
    tests: Mapping[str, Test], *, always: Collection[str], worth: float = 0
) -> tuple[set[str], set[str]]:
    """Return those to be taken always and those to be taken soon: together they, and `always`, reach whatever is reached at all.

    One that reaches much of what nobody reached before in little time comes first; those that reach less than `worth` in a
    second are to be taken soon.
    """
    found = {True: set(always), False: set[str]()}
    times = Counter(one for name in always for one in tests[name].reached)
    waiting = [(-math.inf, name) for name in sorted(tests.keys() - found[True])]
    while waiting:
        _, name = heapq.heappop(waiting)
        new = sum(not times[one] for one in tests[name].reached)
        now = new / max(tests[name].seconds, LEAST)
        # What was taken since may have made it worth less than the next.
        if waiting and now < -waiting[0][0]:
            heapq.heappush(waiting, (-now, name))
        elif new:
            found[now >= worth].add(name)
            times.update(tests[name].reached)
    # Later ones may reach all that an earlier one did; the longest are looked at first. What is always taken rests on no other.
    for is_always, beside in ((True, found[True]), (False, found[True] | found[False])):
        times = Counter(one for name in beside for one in tests[name].reached)
        for name in sorted(found[is_always] - set(always), key=lambda name: (-tests[name].seconds, name)):
            if all(times[one] > 1 for one in tests[name].reached):
                found[is_always].remove(name)
                times.subtract(tests[name].reached)
    return found[True], found[False]


def one_of_each_file(tests: Mapping[str, Test], taken: Collection[str]) -> set[str]:
    """Return of each file of which none is taken the test that reaches most in its time: no subject waits for long."""
    files = {name.partition("::")[0] for name in taken}
    most: dict[str, str] = {}
    for name in sorted(
        tests, key=lambda name: (len(tests[name].reached) / max(tests[name].seconds, LEAST), name)
    ):
        most[name.partition("::")[0]] = name
    return {name for path, name in most.items() if path not in files}


def properties(path: Path) -> set[str]:
    """Return the tests of a file that try examples: what they say holds for more than the lines that they reach."""
    return {
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
        and any(
            one.func.id == "given"
            for one in node.decorator_list
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
        )
    }


def marked(source: str, marks: Mapping[str, str]) -> str:
    """Return the source of a file of tests with these marks at the tests that they name, and at no others."""
    lines = MARKED.sub("", source).splitlines(keepends=True)
    tests = [
        node
        for node in ast.parse("".join(lines)).body
        if isinstance(node, ast.FunctionDef) and node.name in marks
    ]
    for test in reversed(tests):
        first = min([test.lineno, *(one.lineno for one in test.decorator_list)])
        lines.insert(first - 1, f"@pytest.mark.{marks[test.name]}\n")
    if tests and "import pytest\n" not in lines:
        words = ast.parse(source).body[0]
        lines.insert(words.end_lineno or 0, "\nimport pytest\n")
    return "".join(lines)


def main() -> None:
    """Mark those that may wait, and say how many they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="what tests/reach.py noted in a run of all tests")
    words = parser.parse_args()
    tests = read(words.folder)
    paths = sorted((ROOT / "tests").rglob("test_*.py"))
    examples = {f"{path.relative_to(ROOT)}::{name}" for path in paths for name in properties(path)}
    named = {
        name
        for name, test in tests.items()
        # No mark is written into a class.
        if name.startswith(ALWAYS) or name in examples or test.seconds < SHORT or name.count("::") > 1
    }
    always, soon = chosen(tests, always=named, worth=WORTH)
    soon |= {name for name in tests if name.startswith(OFTEN)} - always
    soon |= one_of_each_file(tests, always | soon)
    marks = defaultdict[str, dict[str, str]](dict)
    for name in tests.keys() - always:
        path, _, function = name.partition("::")
        marks[path][function] = f"{MARK}({SOON})" if name in soon else MARK
    for path in paths:
        before = path.read_text()
        if (after := marked(before, marks[str(path.relative_to(ROOT))])) != before:
            path.write_text(after)
    for said, names in (("always", always), ("soon", soon), ("at some time", tests.keys())):
        print(
            f"{len(names)} of {len(tests)} tests are taken {said}: {sum(tests[name].seconds for name in names):.0f} s."
        )


if __name__ == "__main__":
    main()
