"""Several people at one child in the same moment: every verb lands, on one chain, and nobody waits for ever."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import timedelta
from threading import Barrier

import psycopg2
import pytest
from django.db import IntegrityError, connections, transaction
from psycopg2 import errors

from alerts import no_gap
from cases import (
    children,
    closings,
    concerns,
    contacts,
    ended,
    episodes,
    log,
    mergers,
    passing_on,
    people,
    placements,
    responsibilities,
    second_factor,
    split_moves,
    splits,
    transfers,
)
from cases.deadlines import london_day
from cases.models import (
    Child,
    Contact,
    Event,
    Home,
    LiveConcern,
    Membership,
    MissingEpisode,
    Placement,
    Reach,
    Responsibility,
    Role,
)
from cases.states import IllegalMove
from guardians import closings as services
from tests import passing
from tests.counts import counts
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_home,
    a_person,
    a_service,
    a_sighting,
    a_team,
    a_watched_child,
    accepted,
    an_authority,
    arrived,
    missing,
    placed,
    referred,
    silent,
)

HOUR = timedelta(hours=1)
NOW = AT + HOUR
ROUNDS = counts(1, 4)


def _at_once(*verbs: Callable[[], object]) -> list[object]:
    """Run `verbs` at the same instant, each on a connection of its own; return what each gave or refused."""
    gate = Barrier(len(verbs), timeout=20)

    def run(verb: Callable[[], object]) -> object:
        try:
            connections["default"].ensure_connection()
            gate.wait()
            return verb()
        except IllegalMove as refusal:
            return refusal
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


def fill(_own) -> list[Watched]:
    """Two children with all the people around them, which most of these tests begin with."""
    return [a_watched_child(), a_watched_child()]


@pytest.fixture
def ready(filled, lend) -> Iterator[list[Watched]]:
    """A database of this test's own, and those in it that it has not taken yet."""
    name, made = filled
    with lend(name):
        yield deepcopy(made)


def one_of(ready: list[Watched]) -> Watched:
    return ready.pop(0) if ready else a_watched_child()


def test_a_code_that_is_sent_twice_at_once_opens_once(committed):
    person = passing.has_app(a_person(Role.DUTY_DESK), at=AT)
    codes = second_factor.new_codes(person, at=AT)

    def typed(code: str) -> Callable[[], object]:
        def check() -> object:
            try:
                return second_factor.check(person, code, at=NOW)
            except second_factor.WrongCode:
                return "wrong"

        return check

    for code, kind in ((passing.code(at=NOW), "totp"), (codes[0], "recovery_codes")):
        assert sorted(map(str, _at_once(typed(code), typed(code)))) == sorted([kind, "wrong"])


def test_three_verbs_on_one_child_all_land_on_one_chain(ready):
    w = one_of(ready)
    for number in range(1, ROUNDS + 1):
        at = AT + number * HOUR
        before = Event.objects.filter(child=w.child).count()
        _at_once(
            lambda at=at: contacts.record(w.child, a_sighting(w.carer, at=at), by=w.carer, at=at),
            lambda at=at: concerns.mark(w.child, reason="A car waits", by=w.worker, at=at),
            lambda at=at: children.set_risk(w.child, "high", reason="A car", by=w.manager, at=at),
        )
        assert Event.objects.filter(child=w.child).count() == before + 3
    assert Contact.objects.filter(child=w.child).count() == ROUNDS
    assert LiveConcern.objects.filter(child=w.child).count() == ROUNDS
    numbers = Event.objects.filter(child=w.child).order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert log.broken_links([w.child.pk]) == []


def test_two_reports_of_one_child_are_one_episode(ready):
    for _ in range(ROUNDS):
        w = one_of(ready)
        first, second = _at_once(
            lambda w=w: missing(w.child, by=w.carer, at=NOW),
            lambda w=w: contacts.look_failed(w.child, a_sighting(w.worker, at=NOW), by=w.worker, at=NOW),
        )
        assert first == second
        assert MissingEpisode.objects.filter(child=w.child).count() == 1
        assert log.broken_links([w.child.pk]) == []


def test_two_endings_of_one_episode_end_it_once(ready):
    w = one_of(ready)
    episode = silent(w.child, at=NOW)
    episodes.confirm_with_child(episode, how="saw", by=w.desk.person, at=NOW + HOUR)
    results = _at_once(
        *(
            lambda by=by: episodes.end(episode, outcome="returned", by=by, at=NOW + 2 * HOUR)
            for by in (w.desk.person, w.desk.second)
        )
    )
    assert sorted(isinstance(result, IllegalMove) for result in results) == [False, True]
    assert Event.objects.filter(child=w.child, kind="episode_ended").count() == 1


def test_the_same_form_sent_twice_at_once_is_one_contact(ready):
    w = one_of(ready)
    for number in range(ROUNDS):
        at = NOW + number * HOUR
        sighting = a_sighting(w.carer, at=at)
        first, second = _at_once(
            *[lambda at=at, s=sighting: contacts.record(w.child, s, by=w.carer, at=at)] * 2
        )
        assert first == second
    assert Contact.objects.filter(child=w.child).count() == ROUNDS


def test_two_moves_at_once_leave_one_placement_open_and_no_overlap(ready):
    w = one_of(ready)
    homes = [a_home(), a_home()]
    results = _at_once(
        *(
            lambda home=home, at=at: placements.start(
                w.child, where=home, placement_type="K2", starts_at=at, by=w.worker, at=NOW + HOUR
            )
            for home, at in zip(homes, (NOW, NOW + timedelta(minutes=1)), strict=True)
        )
    )
    landed = [result for result in results if isinstance(result, Placement)]
    # Either order is lawful: the later start may come first, and then the earlier one is refused.
    assert len(landed) in (1, 2)
    assert Placement.objects.filter(child=w.child, ends_at=None).count() == 1
    assert Placement.objects.filter(child=w.child).count() == 1 + len(landed)


def test_registrations_at_once_get_references_of_their_own(committed):
    team = a_team()
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    registered = _at_once(*[lambda: a_child(team.authority, by=worker)] * 6)
    assert len({child.reference for child in registered}) == 6
    assert Responsibility.objects.filter(child__in=registered).count() == 6


def test_two_transfers_at_once_leave_one_authority_at_every_instant(committed):
    for _ in range(ROUNDS):
        child = a_child()
        results = _at_once(
            *(
                lambda authority=authority, child=child: responsibilities.start(
                    child, authority=authority, by=child.registered_by, at=NOW
                )
                for authority in (an_authority(), an_authority())
            )
        )
        assert sorted(isinstance(result, IllegalMove) for result in results) == [False, True]
        assert Responsibility.objects.filter(child=child).count() == 2


def test_two_confirmations_of_one_arrival_pass_responsibility_on_once(ready):
    for _ in range(ROUNDS):
        sender, receiver = one_of(ready), one_of(ready)
        going = accepted(referred(sender.child, receiver.authority, at=NOW), receiver.worker, at=NOW)
        results = _at_once(
            *(
                lambda by=by, going=going: arrived(going, by=by, at=NOW + HOUR)
                for by in (receiver.worker, receiver.desk.person)
            )
        )
        assert sorted(isinstance(result, IllegalMove) for result in results) == [False, True]
        begun = Responsibility.objects.filter(child=sender.child).values_list("authority", "starts_at")
        assert list(begun) == [(receiver.authority.pk, NOW + HOUR), (sender.authority.pk, AT)]
        assert log.broken_links([sender.child.pk]) == []


def test_an_arrival_and_a_withdrawal_at_once_leave_the_child_to_one_of_the_two(ready):
    for _ in range(ROUNDS):
        sender, receiver = one_of(ready), one_of(ready)
        going = accepted(referred(sender.child, receiver.authority, at=NOW), receiver.worker, at=NOW)
        results = _at_once(
            lambda going=going: arrived(going, at=NOW + HOUR),
            lambda going=going, by=sender.worker: transfers.withdraw(
                going, reason="Stays", by=by, at=NOW + HOUR
            ),
        )
        assert sorted(isinstance(result, IllegalMove) for result in results) == [False, True]
        going.refresh_from_db()
        held = Responsibility.objects.at(NOW + HOUR).get(child=sender.child).authority
        theirs = {
            "withdrawn": sender.authority,
            "arrived": receiver.authority,
            "completed": receiver.authority,
        }
        assert held == theirs[going.status]


def test_a_merger_and_an_arrival_at_once_leave_one_authority(ready):
    for number in range(ROUNDS):
        sender, receiver, successor = one_of(ready), one_of(ready), an_authority()
        going = accepted(referred(sender.child, receiver.authority, at=NOW), receiver.worker, at=NOW)
        at = NOW + HOUR + number * timedelta(seconds=1)
        _at_once(
            lambda going=going, at=at: arrived(going, at=at),
            lambda old=sender.authority, new=successor, at=at: mergers.move(old, new, by=None, at=at),
        )
        held = Responsibility.objects.at(at).get(child=sender.child).authority
        assert held in (successor, receiver.authority)
        going.refresh_from_db()
        assert going.sender in (sender.authority, successor)


@pytest.mark.parametrize("first", ["the child", "the merger"])
def test_a_child_who_is_registered_in_the_moment_of_a_merger_is_caught_or_refused(ready, first):
    """Whoever commits second waits for the other: a child comes to the authority that ends, or it has ended."""
    old, successor, at = one_of(ready), an_authority(), NOW + HOUR

    def merge() -> object:
        try:
            return mergers.move(old.authority, successor, by=None, at=at)
        except IllegalMove as refusal:
            return refusal
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(1) as pool:
        caught = None
        try:
            with ended.in_words(), transaction.atomic():
                a_child(old.authority, team=old.team, worker=old.worker, at=at - timedelta(seconds=1))
                if first == "the child":
                    connections["default"].check_constraints()
                merged = pool.submit(merge)
                if first == "the child":
                    _until_somebody_waits_for_a_lock()
                else:
                    assert isinstance(merged.result(timeout=20), mergers.Plan)
        except ended.EndedAlready as refusal:
            caught = refusal
        outcome = merged.result(timeout=20)
    left = Responsibility.objects.at(at + HOUR).filter(authority=old.authority).count()
    if first == "the child":
        assert isinstance(outcome, passing_on.ShownOtherwise)
        assert (caught, left) == (None, 2)
    else:
        assert "has ended meanwhile" in str(caught)
        assert left == 0
        assert Child.objects.count() == Responsibility.objects.at(at + HOUR).count()


def a_split_of(old, *, by):
    """Everything of the authority said to go to one of two, but what was offered to the other; and who signs for each."""
    halves = [an_authority() for _ in range(2)]
    split = splits.keep(splits.begin(old, halves, by=by, at=NOW), halves[0], by=by, at=NOW)
    for kind in splits.Kind:
        to = halves[1] if kind == splits.Kind.TRANSFER else halves[0]
        rows = {one.pk: to for one in splits.unsaid(split, kind, at=NOW)}
        splits.say(split, kind, rows, by=by, at=NOW)
    signed = {one.pk: a_person(Role.TEAM_MANAGER, authority=one, reach=Reach.DIRECTORATE) for one in halves}
    return split, halves[0], signed


def test_a_split_and_an_acceptance_or_an_arrival_at_once_leave_one_authority_and_lose_nobody(ready):
    """The receiver is split while it accepts, and while the child arrives; whoever is second reads it anew."""
    # By turns.
    for number in range(2 * ROUNDS):
        sender, receiver = one_of(ready), one_of(ready)
        going, at = referred(sender.child, receiver.authority, at=NOW), NOW + HOUR
        arrives = bool(number % 2)
        if arrives:
            going = accepted(going, receiver.worker, at=NOW)
        split, first, signed = a_split_of(receiver.authority, by=receiver.director)
        outcomes = _at_once(
            lambda going=going, at=at, arrives=arrives, worker=receiver.worker: (
                arrived(going, at=at) if arrives else accepted(going, worker, at=at)
            ),
            lambda split=split, signed=signed, by=receiver.director, at=at: split_moves.move(
                split, signed=signed, by=by, at=at
            ),
        )
        is_split = not isinstance(outcomes[1], IllegalMove)
        later = at + HOUR
        if not is_split:
            # The child has come: somebody says where it goes, and it is signed anew.
            for kind in splits.Kind:
                rows = {one.pk: first for one in splits.unsaid(split, kind, at=later)}
                splits.say(split, kind, rows, by=receiver.director, at=later)
            split_moves.move(split, signed=signed, by=receiver.director, at=later)
        going.refresh_from_db()
        held = Responsibility.objects.at(later).get(child=sender.child).authority
        assert held == (first if going.confirmed_at is not None else sender.authority)
        assert not Responsibility.objects.at(later).filter(authority=receiver.authority).exists()
        if going.team is not None and going.confirmed_at is None:
            assert going.team.authority == going.receiver == first, "it goes with the team that took it"
        assert list(no_gap.left_by_a_split(later)) == []
        assert log.broken_links([sender.child.pk, receiver.child.pk]) == []


def test_a_child_is_registered_while_the_authority_is_split_and_is_refused_or_caught(ready):
    for _ in range(ROUNDS):
        old, at = one_of(ready), NOW + HOUR
        split, first, signed = a_split_of(old.authority, by=old.director)

        def register(old=old, at=at) -> object:
            try:
                return a_child(old.authority, team=old.team, worker=old.worker, at=at)
            except IntegrityError as refused:
                return refused

        _at_once(
            register,
            lambda split=split, signed=signed, by=old.director, at=at: split_moves.move(
                split, signed=signed, by=by, at=at
            ),
        )
        split.refresh_from_db()
        left = Responsibility.objects.at(at + HOUR).filter(authority=old.authority).count()
        assert left == (0 if split.done_at else 2)
        held = Responsibility.objects.at(at + HOUR).get(child=old.child).authority
        assert held == (first if split.done_at else old.authority)


def test_a_transfer_and_a_start_by_raw_sql_wait_for_each_other_and_what_disagrees_is_refused(two_sessions):
    first, second = two_sessions
    child, stranger = a_child(), an_authority()
    sender = Responsibility.objects.get(child=child).authority
    with first.cursor() as cursor:
        cursor.execute(START, [child.pk, stranger.pk, NOW])

    def refer() -> Exception | None:
        with second.cursor() as cursor:
            try:
                cursor.execute(REFERRED, [child.pk, sender.pk, child.registered_by_id])
                second.commit()
            except errors.IntegrityConstraintViolation as refused:
                return refused
        return None

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(refer)
        _until_somebody_waits_for_a_lock()
        first.commit()
        refused = waiting.result(timeout=20)
    assert "not what its responsibilities say" in str(refused)


REFERRED = """
    INSERT INTO cases_transfer (key, child_id, sender_id, kind, status, needs, wishes, wishes_language,
        proposed_date, referred_at, referred_by_id, decline_reason, handed_to, withdraw_reason)
    VALUES (gen_random_uuid(), %s, %s, 'nts', 'referred', 'x', 'y', 'z', '2026-03-09', now(), %s, '', '', '')
"""


@pytest.fixture
def two_sessions(committed) -> Iterator[tuple[object, object]]:
    sessions = [psycopg2.connect(committed.dsn) for _ in range(2)]
    yield tuple(sessions)
    for session in sessions:
        session.close()


START = "INSERT INTO cases_responsibility (child_id, authority_id, starts_at) VALUES (%s, %s, %s)"


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=1)])
def test_two_starts_by_raw_sql_wait_for_each_other_and_the_backdated_one_is_refused(two_sessions, later):
    first, second = two_sessions
    child = a_child()
    receivers = [an_authority().pk, an_authority().pk]
    with first.cursor() as cursor:
        cursor.execute(START, [child.pk, receivers[0], NOW + later])

    def second_start() -> Exception | None:
        with second.cursor() as cursor:
            try:
                cursor.execute(START, [child.pk, receivers[1], NOW])
                second.commit()
            except errors.IntegrityConstraintViolation as refused:
                return refused
        return None

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second_start)
        _until_somebody_waits_for_a_lock()
        assert not waiting.done()
        first.commit()
        refused = waiting.result(timeout=20)
    assert refused is not None
    assert "never backdated" in str(refused)
    assert list(Responsibility.objects.filter(child=child).values_list("starts_at", flat=True)) == [
        NOW + later,
        AT,
    ]


def _until_somebody_waits_for_a_lock() -> None:
    with connections["default"].cursor() as cursor:
        for _ in range(500):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
            # In a transaction it would be read once.
            cursor.execute("SELECT pg_sleep(0.02), pg_stat_clear_snapshot()")
    raise AssertionError("nobody waits")


def test_readers_and_foreign_keys_do_not_wait_for_a_locked_child(committed):
    w = a_watched_child()
    holder = psycopg2.connect(committed.dsn)
    with holder.cursor() as cursor:
        cursor.execute("SELECT 1 FROM cases_child WHERE id = %s FOR NO KEY UPDATE", [w.child.pk])
        with connections["default"].cursor() as other:
            other.execute("SET lock_timeout = '1s'")
        assert Child.objects.get(pk=w.child.pk) == w.child
        log.record_access(user=w.worker, child_id=w.child.pk, permission="see_record", allowed=True, at=NOW)
    holder.close()


def test_a_home_that_closes_while_somebody_is_placed_or_given_a_role_there_takes_them_or_closes(committed):
    admin = a_person(Role.ADMINISTRATOR)
    for number in range(ROUNDS):
        home, child, joins = a_home(), a_child(), a_person(Role.TEAM_MANAGER)
        at = NOW + number * HOUR
        answers = _at_once(
            lambda home=home, at=at: closings.close_home(
                home, last_day=london_day(at), reason="Sold", by=admin, at=at
            ),
            lambda home=home, child=child, at=at: placements.start(
                child, where=home, placement_type="K2", starts_at=at, by=child.registered_by, at=at
            ),
            lambda home=home, joins=joins, at=at: people.join(
                joins, Role.PLACEMENT_STAFF, home=home, by=admin, at=at - HOUR
            ),
        )
        home.refresh_from_db()
        lives = Placement.objects.filter(home=home, ends_at=None).count()
        works = home.memberships.filter(ends_at=None).count()
        assert all(isinstance(one, Placement | Membership | Home | IllegalMove) for one in answers)
        assert (home.closed_at is None) == (lives == 1), "one of the two was refused"
        assert home.closed_at is None or not works


def test_a_service_that_closes_while_somebody_becomes_its_guardian_takes_them_or_closes(committed):
    admin, at = a_person(Role.ADMINISTRATOR), NOW
    for _ in range(ROUNDS):
        service, person = a_service(), a_person(Role.TEAM_MANAGER)
        answers = _at_once(
            lambda service=service: services.close(
                service, last_day=london_day(at), reason="Over", by=admin, at=at
            ),
            lambda service=service, person=person: people.join(
                person, Role.GUARDIAN, service=service, by=admin, at=at
            ),
        )
        service.refresh_from_db()
        assert (service.ends_date is None) == service.memberships.exists(), answers


def test_children_who_change_homes_at_once_wait_for_one_another_and_nobody_for_ever(committed):
    homes = a_home(), a_home()
    movers = a_child(), a_child()
    for child, home in zip(movers, homes, strict=True):
        placed(child, home, placement_type="K2")
    for number in range(1, ROUNDS + 1):
        at, to = AT + number * HOUR, homes[::-1] if number % 2 else homes
        answers = _at_once(
            *(
                lambda child=child, home=home, at=at: placed(
                    child, home, placement_type="K2", starts_at=at, at=at
                )
                for child, home in zip(movers, to, strict=True)
            )
        )
        assert all(isinstance(answer, Placement) for answer in answers)
