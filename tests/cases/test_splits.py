"""An authority that is split: each child passes to the one successor that somebody said, all at one instant, and none is left."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alerts import no_stranger
from alerts.record_questions import untold_changes
from cases import (
    access,
    ended,
    grants,
    log,
    mergers,
    passing_on,
    planned_placements,
    responsibilities,
    signs,
    split_moves,
    split_rows,
    splits,
    transfers,
    visits,
)
from cases.access import Permission
from cases.forms.mergers import SuccessorForm
from cases.models import (
    Allocation,
    Authority,
    Child,
    ConfigurationChange,
    Event,
    MissingEpisode,
    Placement,
    Responsibility,
    Role,
    Split,
    SplitShare,
    Team,
    User,
)
from cases.splits import Kind, NotSaid
from cases.states import IllegalMove, TransferStatus
from tests.counts import counts
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_home,
    a_person,
    a_team,
    a_watched_child,
    accepted,
    an_authority,
    case_closed,
    missing,
    placed,
    referred,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + DAY
BEFORE = NOW - timedelta(microseconds=1)


class Half(NamedTuple):
    """One successor, with who signs for it."""

    authority: Authority
    director: User


@pytest.fixture
def old() -> Watched:
    return a_watched_child()


@pytest.fixture
def admin(old: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=old.authority)


def a_half() -> Half:
    authority = an_authority()
    return Half(authority, a_person(Role.TEAM_MANAGER, authority=authority, reach="directorate"))


@pytest.fixture
def halves() -> tuple[Half, Half]:
    return a_half(), a_half()


@pytest.fixture
def split(old: Watched, halves: tuple[Half, Half], admin: User) -> Split:
    row = splits.begin(old.authority, [one.authority for one in halves], by=admin, at=NOW - HOUR)
    return splits.keep(row, halves[0].authority, by=admin, at=NOW - HOUR)


def say(split: Split, kind: str, successor: Authority, *things) -> None:
    rows = {one.pk: successor for one in things}
    splits.say(split, kind, rows, by=split.begun_by, at=NOW - HOUR)


def say_rest(split: Split, successor: Authority) -> None:
    """All that nobody has said yet goes to this one."""
    for kind in Kind:
        say(split, kind, successor, *splits.unsaid(split, kind, at=NOW))


def done(split: Split, halves: Iterable[Half], *, at=NOW, **said) -> splits.Plan:
    signed = {one.authority.pk: one.director for one in halves}
    return split_moves.move(split, signed=signed, by=split.begun_by, at=at, **said)


def whose(child: Child, at=NOW) -> Authority:
    return responsibilities.responsible_authority(child, at=at)


@pytest.mark.by_turns
def test_each_child_passes_to_its_own_successor_at_one_instant_with_team_worker_and_search(
    old, halves, split
):
    north, south = halves
    team = a_team(old.authority, name="South")
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    second = a_child(old.authority, team=team, worker=worker)
    nobodys, closed = a_child(old.authority, by=old.worker), a_child(old.authority, by=old.worker)
    case_closed(closed, reason="Reunited", by=old.manager, at=NOW - 2 * HOUR)
    episode = missing(second, by=old.desk.person, at=NOW - 2 * HOUR)
    say(split, Kind.TEAM, south.authority, team)
    say(split, Kind.CHILD, south.authority, second, closed)
    say_rest(split, north.authority)
    plan = splits.plan(split, at=NOW)
    assert plan.is_whole
    assert {one.successor: one.counts[Kind.CHILD] for one in plan.takes} == {
        north.authority: 2,
        south.authority: 2,
    }
    assert whose(second) == old.authority, "a plan moves nothing"
    done(split, halves, shown=plan.shown, reason="Order 2026/9")
    for child, half in ((old.child, north), (nobodys, north), (second, south), (closed, south)):
        assert whose(child, BEFORE) == old.authority
        assert whose(child) == half.authority
    assert log.broken_links([old.child.pk, second.pk, nobodys.pk, closed.pk]) == []
    assert Allocation.objects.get(child=second, ends_at=None).worker == worker
    assert MissingEpisode.objects.get(child=second, ended_at=None).pk == episode.pk, "the search goes on"
    assert list(untold_changes(NOW)) == []
    assert list(no_stranger.grants_adrift(NOW)) == []
    assert access.may(worker, second, Permission.SEE_RECORD, at=NOW)
    assert access.may(north.director, old.child, Permission.SEE_RECORD, at=NOW)
    for reader, child in ((worker, old.child), (old.worker, second), (north.director, second)):
        assert not access.may(reader, child, Permission.SEE_RECORD, at=NOW), "of the other successor"
    gone = Authority.objects.get(pk=old.authority.pk)
    assert (gone.valid_to, gone.keeper) == (NOW.date(), north.authority)
    assert set(gone.successors.all()) == {north.authority, south.authority}
    told = ConfigurationChange.objects.get(kind="authority_split")
    assert told.data["seconds"] == {one.authority.code: one.director.pk for one in halves}
    assert (told.data["reason"], told.data["keeper"]) == ("Order 2026/9", north.authority.code)


@pytest.mark.by_turns
def test_it_is_refused_with_what_nobody_has_said_and_nothing_has_moved(old, halves, split):
    third = a_watched_child(risk="low")
    coming = referred(third.child, old.authority, at=NOW - HOUR)
    placed(third.child, a_home(old.authority, name="Fell House"), starts_at=NOW - HOUR, at=NOW - HOUR)
    plan = splits.plan(split, at=NOW)
    assert not plan.is_whole
    assert plan.unsaid == {Kind.TEAM: 2, Kind.HOME: 2, Kind.CHILD: 1, Kind.AREA: 0, Kind.TRANSFER: 1}
    with pytest.raises(NotSaid) as refused:
        done(split, halves)
    for name in (old.team.name, "Fell House", old.child.reference, third.child.reference):
        assert name in str(refused.value)
    assert whose(old.child) == old.authority
    coming.refresh_from_db()
    assert coming.receiver == old.authority


@pytest.mark.by_turns(8)
def test_who_keeps_the_rest_is_said_too(old, halves, admin):
    split = splits.begin(old.authority, [one.authority for one in halves], by=admin, at=NOW - HOUR)
    say_rest(split, halves[0].authority)
    with pytest.raises(NotSaid, match="stays in the old authority"):
        done(split, halves)
    with pytest.raises(IllegalMove, match="one of the authorities"):
        splits.keep(split, an_authority(), by=admin, at=NOW)


@pytest.mark.by_turns
def test_a_child_who_came_since_is_caught_and_one_who_left_stays_where_it_is(old, halves, split):
    north, _south = halves
    third = a_watched_child(risk="medium")
    leaving = a_child(old.authority, team=old.team, worker=old.worker)
    say_rest(split, north.authority)
    shown = splits.plan(split, at=NOW).shown
    responsibilities.start(leaving, authority=third.authority, by=old.worker, at=NOW - HOUR)
    with pytest.raises(passing_on.ShownOtherwise):
        done(split, halves, shown=shown)
    came = a_child(old.authority, team=old.team, worker=old.worker)
    with pytest.raises(NotSaid, match=came.reference):
        done(split, halves)
    say_rest(split, north.authority)
    done(split, halves, shown=splits.plan(split, at=NOW).shown)
    assert whose(leaving) == third.authority
    assert whose(came) == whose(old.child) == north.authority


@pytest.mark.by_turns(8)
def test_a_child_whose_team_goes_elsewhere_is_named_and_so_is_a_team_of_a_name_that_stands(
    old, halves, split
):
    north, south = halves
    a_team(north.authority, name=old.team.name)
    say(split, Kind.CHILD, south.authority, old.child)
    say_rest(split, north.authority)
    plan = splits.plan(split, at=NOW)
    assert plan.clashes == [old.team.name, f"{old.child.reference} ({old.team.name})"]
    with pytest.raises(IllegalMove, match="This does not fit"):
        done(split, halves)
    assert whose(old.child) == old.authority


@pytest.mark.by_turns
def test_a_closed_case_goes_where_somebody_says_and_stands_with_no_team_where_its_own_goes_elsewhere(
    old, halves, split
):
    north, south = halves
    apart, together = (a_child(old.authority, team=old.team, worker=old.worker) for _ in range(2))
    for child in (apart, together):
        case_closed(child, reason="An adult", by=old.manager, at=NOW - 2 * HOUR)
        child.refresh_from_db()
    say(split, Kind.CHILD, south.authority, apart)
    say_rest(split, north.authority)
    assert splits.plan(split, at=NOW).clashes == []
    (row,) = split_rows.rows(split, Kind.CHILD, [apart], at=NOW)
    assert row.about.endswith("closed case")
    (row,) = split_rows.rows(split, Kind.CHILD, [old.child], at=NOW)
    assert "closed" not in row.about
    done(split, halves)
    assert (whose(apart), whose(together)) == (south.authority, north.authority)
    held = {one.child_id: one.ends_at for one in Allocation.objects.filter(child__in=[apart, together])}
    assert held == {apart.pk: NOW, together.pk: None}
    assert not access.may(old.worker, apart, Permission.SEE_RECORD, at=NOW), "it went to the other"
    assert not access.may(north.director, apart, Permission.SEE_RECORD, at=NOW)
    assert access.may(south.director, apart, Permission.SEE_RECORD, at=NOW)
    assert access.may(north.director, together, Permission.SEE_RECORD, at=NOW)
    assert list(untold_changes(NOW)) == []
    assert list(no_stranger.grants_adrift(NOW)) == []


@pytest.mark.by_turns
def test_the_area_is_each_successors_own_and_the_other_s_desk_reads_nobody_there(old, halves, split):
    north, south = halves
    home = a_home(old.authority)
    hosted, elsewhere = a_watched_child(risk="low"), a_watched_child(risk="medium")
    placed(hosted.child, home, starts_at=NOW - HOUR, at=NOW - HOUR)
    placed(elsewhere.child, old.home, starts_at=NOW - HOUR, at=NOW - HOUR)
    say(split, Kind.HOME, south.authority, home)
    say(split, Kind.TEAM, south.authority, old.desk.team)
    say_rest(split, north.authority)
    desk = a_person(Role.DUTY_DESK, authority=north.authority)
    done(split, halves)
    for child, half in ((hosted.child, south), (elsewhere.child, north)):
        assert Placement.objects.current(NOW).get(child=child).host_authority == half.authority
        event = Event.objects.get(child=child, kind="placement_area_passed_on")
        assert event.data == {"from": old.authority.code, "to": half.authority.code}
    assert access.may(old.desk.person, hosted.child, Permission.SEE_STATUS, at=NOW)
    assert access.may(desk, elsewhere.child, Permission.SEE_STATUS, at=NOW)
    assert not access.may(desk, hosted.child, Permission.SEE_STATUS, at=NOW)
    assert not access.may(old.desk.person, elsewhere.child, Permission.SEE_STATUS, at=NOW)
    assert list(no_stranger.grants_adrift(NOW)) == []
    assert whose(hosted.child) == hosted.authority, "whose child it is stays"
    assert visits.host_to_tell(old.child, at=NOW) is None, "its own area"


@pytest.mark.by_turns(8)
def test_of_children_at_addresses_others_are_said_and_own_ones_live_with_their_successor(old, halves, split):
    north, south = halves
    theirs = a_watched_child(risk="low")
    for child in (theirs.child, old.child):
        Placement.objects.filter(child=child).update(
            home=None, address="4 Quay Street", host_authority=old.authority
        )
        grants.take_host(child)
        grants.give_host(child, old.authority.pk, at=NOW - HOUR)
    assert list(splits.things(split, Kind.AREA, at=NOW)) == [theirs.child]
    say(split, Kind.AREA, south.authority, theirs.child)
    say_rest(split, north.authority)
    done(split, halves)
    host = {one.child_id: one.host_authority for one in Placement.objects.current(NOW)}
    assert host[theirs.child.pk] == south.authority
    assert host[old.child.pk] == north.authority
    assert not [one for one in no_stranger.grants_adrift(NOW) if grants.HOST in one]


@pytest.mark.by_turns(8)
def test_what_is_planned_in_the_area_is_planned_in_that_of_one_successor(old, halves, split):
    north, south = halves
    home, theirs = a_home(old.authority), a_watched_child(risk="low")
    move = planned_placements.Planned(
        planned_date=NOW.date() + DAY, reason="School", home=home, authority=old.authority
    )
    row = planned_placements.plan(theirs.child, move, by=theirs.worker, at=NOW - HOUR)
    say(split, Kind.HOME, south.authority, home)
    say_rest(split, north.authority)
    done(split, halves)
    row.refresh_from_db()
    assert row.authority == south.authority
    assert list(untold_changes(NOW)) == []


@pytest.mark.by_turns
@pytest.mark.parametrize("is_planned", [True, False])
def test_a_place_in_the_area_that_is_given_while_it_passes_is_not_left_in_what_has_ended(
    old, halves, split, is_planned, monkeypatch
):
    elsewhere = a_watched_child()
    coming = planned_placements.Planned(
        planned_date=NOW.date() + DAY, reason="School", home=a_home(an_authority()), authority=old.authority
    )
    say_rest(split, halves[0].authority)
    rounds = passing_on.batches

    def batches(who):
        yield from rounds(who)
        # Somebody else's, of the same moment.
        if is_planned:
            planned_placements.plan(elsewhere.child, coming, by=elsewhere.worker, at=NOW)
        else:
            Placement.objects.filter(child=elsewhere.child).update(host_authority=old.authority)

    monkeypatch.setattr(passing_on, "batches", batches)
    with pytest.raises(passing_on.ShownOtherwise):
        done(split, halves)


@pytest.mark.by_turns(8)
def test_transfers_go_on_with_the_successor_and_one_between_one_and_the_same_is_withdrawn(old, halves, split):
    north, south = halves
    third = a_watched_child(risk="medium")
    sibling, cousin = (a_child(old.authority, team=old.team, worker=old.worker) for _ in range(2))
    out = referred(old.child, third.authority, at=NOW - HOUR)
    to_own = referred(sibling, north.authority, at=NOW - HOUR)
    to_other = referred(cousin, south.authority, at=NOW - HOUR)
    taken = accepted(referred(third.child, old.authority, at=NOW - HOUR), old.worker, at=NOW - HOUR)
    fourth = a_watched_child(risk="low")
    offered = referred(fourth.child, old.authority, at=NOW - HOUR)
    assert list(splits.things(split, Kind.TRANSFER, at=NOW)) == [offered], "the other goes with its team"
    say(split, Kind.TRANSFER, south.authority, offered)
    say_rest(split, north.authority)
    done(split, halves)
    for one in (out, to_own, to_other, taken, offered):
        one.refresh_from_db()
    assert (out.sender, out.receiver, out.status) == (north.authority, third.authority, "allocated")
    assert (to_own.status, to_other.status) == (TransferStatus.WITHDRAWN, "allocated")
    assert (to_other.sender, to_other.receiver) == (north.authority, south.authority)
    assert (taken.receiver, taken.team.authority) == (north.authority, north.authority)
    assert offered.receiver == south.authority
    transfers.decline(offered, reason="No room", by=south.director, at=NOW + HOUR)
    assert list(untold_changes(NOW + HOUR)) == []


@pytest.mark.by_turns(8)
def test_every_successor_signs_and_nobody_for_themselves(old, halves, split, admin):
    north, south = halves
    say_rest(split, north.authority)
    for signed in (
        {},
        {north.authority.pk: north.director},
        {north.authority.pk: north.director, south.authority.pk: north.director},
        {north.authority.pk: admin, south.authority.pk: south.director},
    ):
        with pytest.raises(IllegalMove, match="different person signs"):
            split_moves.move(split, signed=signed, by=admin, at=NOW)
    assert whose(old.child) == old.authority


@pytest.mark.by_turns(8)
def test_what_was_split_is_split_or_merged_no_more_and_is_said_of_no_more(old, halves, split, admin):
    north, south = halves
    say_rest(split, north.authority)
    done(split, halves)
    with pytest.raises(IllegalMove, match="is over"):
        done(split, halves)
    with pytest.raises(IllegalMove, match="is over"):
        splits.call_off(split, by=admin, at=NOW)
    with pytest.raises(ended.EndedAlready):
        mergers.move(old.authority, north.authority, by=None, at=NOW + DAY)
    with pytest.raises(ended.EndedAlready):
        splits.begin(old.authority, [north.authority, south.authority], by=admin, at=NOW + DAY)
    share = SplitShare.objects.filter(split=split).first()
    with pytest.raises(IntegrityError, match="is over"), transaction.atomic():
        SplitShare.objects.filter(pk=share.pk).update(successor=south.authority)


@pytest.mark.by_turns(8)
def test_while_a_split_is_open_it_is_not_merged(old, halves, split, admin):
    with pytest.raises(IllegalMove, match="split of this authority has begun"):
        mergers.move(old.authority, halves[0].authority, by=admin, at=NOW)
    form = SuccessorForm(
        {"authority": old.authority.pk, "successor": halves[0].authority.pk},
        authorities=[old.authority.pk],
        now=NOW,
    )
    assert "A split of this authority has begun" in str(form.errors)
    splits.call_off(split, by=admin, at=NOW)
    mergers.move(old.authority, halves[0].authority, by=admin, at=NOW)
    assert whose(old.child) == halves[0].authority


@pytest.mark.by_turns(8)
def test_a_split_that_would_lead_nowhere_does_not_begin(old, halves, admin):
    north, _south = halves
    for successors, words in (
        ([north.authority], "two authorities or more"),
        ([north.authority, old.authority], "not its own successor"),
        ([north.authority, an_authority(valid_to=NOW.date())], "does not exist any more"),
    ):
        with pytest.raises(IllegalMove, match=words):
            splits.begin(old.authority, successors, by=admin, at=NOW)
    first = splits.begin(old.authority, [one.authority for one in halves], by=admin, at=NOW)
    with pytest.raises(IllegalMove, match="has begun already"):
        splits.begin(old.authority, [one.authority for one in halves], by=admin, at=NOW)
    splits.call_off(first, by=admin, at=NOW)
    again = splits.begin(old.authority, [one.authority for one in halves], by=admin, at=NOW)
    assert again.pk != first.pk


@pytest.mark.by_turns
def test_of_what_the_list_ends_it_goes_to_those_that_it_names(old, halves, admin):
    old.authority.valid_to = NOW.date()
    old.authority.save()
    old.authority.successors.set([one.authority for one in halves])
    with pytest.raises(ended.EndedAlready):
        splits.begin(old.authority, [halves[0].authority, an_authority()], by=admin, at=NOW)
    split = splits.begin(old.authority, [one.authority for one in halves], by=admin, at=NOW)
    splits.keep(split, halves[1].authority, by=admin, at=NOW)
    say_rest(split, halves[1].authority)
    done(split, halves, at=NOW + HOUR)
    assert whose(old.child, NOW + HOUR) == halves[1].authority


@pytest.mark.by_turns
def test_what_names_it_for_ever_is_answered_by_the_one_that_keeps_it_and_its_heir(old, halves, split):
    north, south = halves
    told = signs.Told(kind="plate", text="AB12 CDE", why="Seen twice", source="Carer", for_force=False)
    desk = a_person(Role.DUTY_DESK, team=a_team(north.authority, kind=Team.Kind.DUTY))
    other = a_person(Role.DUTY_DESK, team=a_team(south.authority, kind=Team.Kind.DUTY))
    signs.note(old.authority, told, key=uuid.uuid4(), by=old.desk.person, at=NOW - HOUR)
    say_rest(split, south.authority)
    done(split, halves)
    day = NOW.date()
    assert set(Authority.objects.answering_for(old.authority.pk, day=day)) == {old.authority, north.authority}
    assert old.authority in Authority.objects.answered_by([north.authority.pk], day=day)
    assert old.authority not in Authority.objects.answered_by([south.authority.pk], day=day)
    assert signs.of_desk(desk, at=NOW).exists()
    assert not signs.of_desk(other, at=NOW).exists()
    heir = an_authority()
    mergers.move(north.authority, heir, by=None, at=NOW + DAY)
    later = (NOW + DAY).date()
    assert set(Authority.objects.answering_for(old.authority.pk, day=later)) == {old.authority, heir}


@pytest.mark.by_turns
def test_what_names_one_that_was_merged_into_it_before_is_answered_by_the_keeper_alone(old, halves, split):
    north, south = halves
    earlier, listed, other = an_authority(), an_authority(), an_authority()
    mergers.move(earlier, old.authority, by=None, at=NOW - HOUR)
    # The reference list has ended it, and gives it to another as well.
    Authority.objects.filter(pk=listed.pk).update(valid_to=NOW.date())
    listed.successors.set([old.authority, other])
    say_rest(split, south.authority)
    done(split, halves)
    day = NOW.date()
    answers = Authority.objects.answering_for(earlier.pk, day=day)
    assert set(answers) == {earlier, north.authority}
    assert earlier not in Authority.objects.answered_by([south.authority.pk], day=day)
    assert set(Authority.objects.answering_for(listed.pk, day=day)) == {
        listed,
        old.authority,
        other,
        north.authority,
        south.authority,
    }


@pytest.mark.by_turns(8)
def test_said_again_it_is_what_was_said_last_and_of_others_nothing_is_said(old, halves, split, admin):
    north, south = halves
    say(split, Kind.TEAM, north.authority, old.team)
    assert splits.say(split, Kind.TEAM, {old.team.pk: north.authority}, by=admin, at=NOW) == 0
    assert splits.say(split, Kind.TEAM, {old.team.pk: south.authority}, by=admin, at=NOW) == 1
    assert SplitShare.objects.get(split=split, kind=Kind.TEAM).successor == south.authority
    for kind, thing in ((Kind.TEAM, a_team()), (Kind.CHILD, a_child()), (Kind.HOME, a_home())):
        with pytest.raises(IllegalMove, match="has changed since"):
            splits.say(split, kind, {thing.pk: north.authority}, by=admin, at=NOW)
    with pytest.raises(IllegalMove, match="one of the authorities"):
        splits.say(split, Kind.TEAM, {old.team.pk: an_authority()}, by=admin, at=NOW)


@pytest.mark.by_turns(8)
def test_the_database_refuses_a_share_of_a_stranger_and_a_child_of_what_was_split(old, halves, split):
    with pytest.raises(IntegrityError, match="takes nothing of split"), transaction.atomic():
        SplitShare.objects.create(
            split=split,
            kind=Kind.TEAM,
            subject_id=old.team.pk,
            successor=an_authority(),
            said_at=NOW,
            said_by=split.begun_by,
        )
    say_rest(split, halves[0].authority)
    done(split, halves)
    for successor, at, words in (
        (old.authority, NOW + HOUR, "is responsible for nobody"),
        (halves[1].authority, NOW, "never backdated"),
    ):
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            start_by_hand(old.child, successor, at)


def start_by_hand(child: Child, authority: Authority, at) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_responsibility (child_id, authority_id, starts_at) VALUES (%s, %s, %s)",
            [child.pk, authority.pk, at],
        )
        cursor.execute("SET CONSTRAINTS responsibility_of_one_that_stands IMMEDIATE")


@settings(max_examples=counts(2, 12), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    shares=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans()), min_size=1, max_size=6),
    late=st.integers(0, 2),
)
@example(shares=[(0, 1, True), (1, 2, False), (2, 0, True), (1, 1, True)], late=1)
def test_of_any_population_none_is_lost_and_none_is_doubled(shares, late):
    """Children of three teams that go to three successors, some hosted, some coming while it is written."""
    with transaction.atomic():
        authority = an_authority()
        halves = [a_half() for _ in range(3)]
        teams = [a_team(authority) for _ in range(3)]
        workers = [a_person(Role.SOCIAL_WORKER, team=team) for team in teams]
        homes = [a_home(authority) for _ in range(3)]
        own, strangers = {}, {}
        for number, (team, home, is_own) in enumerate(shares):
            kept = {"team": teams[team], "worker": workers[team]} if is_own else {}
            child = a_child(authority if is_own else None, at=AT, **kept)
            placed(child, homes[home], starts_at=AT, at=AT)
            own.update({child.pk: halves[team].authority} if is_own else {})
            strangers.update({} if is_own else {child.pk: whose(child)})
            assert number < len(shares)
        by = a_person(Role.ADMINISTRATOR, authority=authority)
        split = splits.begin(authority, [one.authority for one in halves], by=by, at=NOW - HOUR)
        splits.keep(split, halves[late].authority, by=by, at=NOW - HOUR)
        for number, half in enumerate(halves):
            say(split, Kind.TEAM, half.authority, teams[number])
            say(split, Kind.HOME, half.authority, homes[number])
            say(
                split,
                Kind.CHILD,
                half.authority,
                *Child.objects.filter(pk__in=[pk for pk, to in own.items() if to == half.authority]),
            )
        came = a_child(authority, team=teams[late], worker=workers[late], at=NOW - HOUR)
        with pytest.raises(NotSaid), transaction.atomic():
            done(split, halves)
        say(split, Kind.CHILD, halves[late].authority, came)
        own[came.pk] = halves[late].authority
        done(split, halves)
        held = Responsibility.objects.at(NOW).filter(child__in=[*own, *strangers])
        assert {row.child_id: row.authority for row in held} == {**own, **strangers}
        assert held.count() == len(own) + len(strangers)
        assert not Responsibility.objects.at(NOW).filter(authority=authority).exists()
        hosts = Placement.objects.current(NOW).filter(child__in=[*own, *strangers], home__isnull=False)
        assert all(row.host_authority_id == row.home.authority_id for row in hosts.select_related("home"))
        assert list(no_stranger.grants_adrift(NOW)) == []
        assert list(untold_changes(NOW)) == []
        transaction.set_rollback(True)
