"""An authority that is abolished: every child passes to its successor at one instant, and nobody's work ends."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alerts import no_stranger, recipients
from alerts.models import Channel
from alerts.recipients import Post
from alerts.record_questions import untold_changes
from cases import (
    access,
    ended,
    facts,
    grants,
    log,
    mergers,
    organisations,
    passing_on,
    people,
    placements,
    responsibilities,
    split_moves,
    splits,
    transfers,
    visits,
)
from cases.access import Permission
from cases.groups import host_group
from cases.models import (
    Allocation,
    Authority,
    Child,
    ConfigurationChange,
    Event,
    GuardianService,
    Home,
    Placement,
    Responsibility,
    Role,
    SplitShare,
    User,
)
from cases.states import IllegalMove, TransferStatus
from guardians import areas, served
from guardians.models import ServiceArea
from tests.alerts.outgoing import named_by
from tests.counts import counts
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_home,
    a_person,
    a_service,
    a_team,
    a_watched_child,
    accepted,
    agreed,
    an_authority,
    an_authority_mailbox,
    arrived,
    case_closed,
    missing,
    placed,
    referred,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + timedelta(days=1)


@pytest.fixture
def old() -> Watched:
    return a_watched_child()


@pytest.fixture
def new() -> Watched:
    return a_watched_child(risk="low")


@pytest.mark.by_turns
def test_every_child_passes_at_one_instant_with_its_team_its_worker_and_its_search(old, new):
    sought, closed = old.child, a_child(old.authority, team=old.team, worker=old.worker)
    nobodys = a_child(old.authority, by=old.worker)
    case_closed(closed, reason="Reunited", by=old.manager, at=NOW - HOUR)
    missing(sought, by=old.carer, at=NOW - HOUR)
    plan = mergers.plan(old.authority, new.authority, at=NOW)
    assert (plan.children, plan.closed, plan.teams) == (3, 1, 2)
    assert not Responsibility.objects.filter(authority=new.authority, child=sought).exists(), "a dry run"
    assert mergers.move(old.authority, new.authority, by=new.director, at=NOW) == plan
    for child in (sought, closed, nobodys):
        before = NOW - timedelta(microseconds=1)
        assert responsibilities.responsible_authority(child, at=before) == old.authority
        assert responsibilities.responsible_authority(child, at=NOW) == new.authority
    assert log.broken_links([sought.pk, closed.pk, nobodys.pk]) == []
    assert Allocation.objects.get(child=sought, ends_at=None).worker == old.worker
    for reader in (old.worker, old.desk.person, new.desk.person, new.head):
        assert access.may(reader, sought, Permission.SEE_RECORD, at=NOW)
    gone = Authority.objects.get(pk=old.authority.pk)
    assert (gone.valid_to, list(gone.successors.all())) == (NOW.date(), [new.authority])
    told = ConfigurationChange.objects.get(kind="authority_merged")
    assert (told.actor, told.data["children"]) == (new.director, 3)


@pytest.mark.by_turns
def test_the_own_area_stays_the_own_one(old, new):
    third = an_authority()
    mergers.move(old.authority, new.authority, by=new.director, at=NOW)
    assert visits.host_to_tell(old.child, at=NOW) is None
    mergers.move(new.authority, third, by=new.director, at=NOW + DAY)
    assert visits.host_to_tell(old.child, at=NOW + DAY) is None, "nor of one that was merged before"
    assert set(old.authority.successors.all()) == {new.authority, third}


@pytest.mark.by_turns
def test_the_duty_desk_of_the_old_area_is_no_host_of_the_successor_s_own_children(old, new):
    elsewhere = an_authority()
    an_authority_mailbox(old.authority)
    host = an_authority_mailbox(elsewhere)
    away = a_child(old.authority, team=old.team, worker=old.worker)
    placed(away, a_home(elsewhere))
    mergers.move(old.authority, new.authority, by=new.director, at=NOW)
    found = facts.load([old.child.pk, away.pk])
    directory = recipients.directory(list(found.values()), at=NOW)
    told = {
        child_id: [to.mailbox_id for to in directory.resolve(Post.HOST_DUTY, one, [Channel.MAIL])]
        for child_id, one in found.items()
    }
    assert told == {old.child.pk: [], away.pk: [host.pk]}


@pytest.mark.by_turns
def test_the_duty_of_the_old_area_keeps_the_children_whom_a_third_council_placed_there(old, new):
    third = a_watched_child(risk="medium")
    moved = placed(third.child, old.home, starts_at=NOW - HOUR, at=NOW - HOUR)
    stranger = a_person(Role.DUTY_DESK, authority=an_authority())
    host = an_authority_mailbox(new.authority)
    plan = mergers.plan(old.authority, new.authority, at=NOW)
    assert (plan.hosted, plan.homes) == (2, 1)
    mergers.move(old.authority, new.authority, by=new.director, at=NOW)
    assert list(no_stranger.grants_adrift(NOW)) == []
    for desk in (old.desk.person, new.desk.person):
        assert access.may(desk, third.child, Permission.SEE_STATUS, at=NOW)
    assert not access.may(stranger, third.child, Permission.SEE_STATUS, at=NOW)
    assert _host_mailboxes(third.child, at=NOW) == [host.pk]
    # And of the authority that takes the successor's place in its turn.
    last = an_authority()
    desk, later = a_person(Role.DUTY_DESK, authority=last), an_authority_mailbox(last)
    mergers.move(new.authority, last, by=new.director, at=NOW + DAY)
    assert access.may(desk, third.child, Permission.SEE_STATUS, at=NOW + DAY)
    assert _host_mailboxes(third.child, at=NOW + DAY) == [host.pk, later.pk]
    assert list(no_stranger.grants_adrift(NOW + DAY)) == []
    # Once the child has left the area nobody there reads anything.
    moved.refresh_from_db()
    placements.end(moved, ends_at=NOW + DAY, reason="Moved", by=third.worker, at=NOW + DAY)
    assert not access.may(desk, third.child, Permission.SEE_STATUS, at=NOW + DAY)
    assert list(no_stranger.grants_adrift(NOW + DAY)) == []


def _host_mailboxes(child: Child, *, at: datetime) -> list[int | None]:
    one = facts.load([child.pk])[child.pk]
    found = recipients.directory([one], at=at).resolve(Post.HOST_DUTY, one, [Channel.MAIL])
    return [to.mailbox_id for to in found]


@pytest.mark.by_turns
def test_homes_are_the_successor_s_and_who_is_placed_there_next_lives_in_its_area(old, new):
    third = a_watched_child(risk="medium")
    # As it stood on a page that was open at that moment.
    home = Home.objects.select_related("authority").get(pk=old.home.pk)
    mergers.move(old.authority, new.authority, by=new.director, at=NOW)
    after = placed(third.child, home, starts_at=NOW + HOUR, at=NOW + HOUR)
    assert Home.objects.get(pk=home.pk).authority == new.authority
    assert after.host_authority == new.authority
    assert access.may(old.desk.person, third.child, Permission.SEE_STATUS, at=NOW + HOUR)
    assert list(no_stranger.grants_adrift(NOW + HOUR)) == []


@pytest.mark.by_turns
def test_open_transfers_have_the_successor_in_their_place_and_one_between_the_two_is_withdrawn(old, new):
    third = a_watched_child(risk="medium")
    team = a_team(third.authority)
    elsewhere = a_person(Role.SOCIAL_WORKER, team=team)
    sibling = a_child(old.authority, team=old.team, worker=old.worker)
    going = accepted(referred(old.child, third.authority, at=NOW - HOUR), elsewhere, at=NOW - HOUR)
    coming = accepted(referred(third.child, old.authority, at=NOW - HOUR), old.worker, at=NOW - HOUR)
    there = referred(sibling, new.authority, at=NOW - HOUR)
    back = referred(new.child, old.authority, at=NOW - HOUR)
    plan = mergers.move(old.authority, new.authority, by=new.director, at=NOW)
    assert (plan.sent, plan.coming, plan.between) == (2, 2, 2)
    for transfer in (going, coming, there, back):
        transfer.refresh_from_db()
    assert (going.sender, going.receiver, going.status) == (new.authority, third.authority, "accepted")
    assert (coming.sender, coming.receiver) == (third.authority, new.authority)
    assert there.status == back.status == TransferStatus.WITHDRAWN
    names = {one.pk: one.name for one in Authority.objects.all()}
    assert there.withdraw_reason.startswith(f"{names[there.sender_id]} → "), "people read it, and no code"
    assert Event.objects.filter(kind="transfer_withdrawn").count() == 2
    assert Event.objects.get(kind="transfer_passed_on").child == third.child
    assert list(untold_changes(NOW)) == []
    assert responsibilities.responsible_authority(new.child, at=NOW) == new.authority
    old.team.refresh_from_db()
    arrived = transfers.confirm_arrival(
        coming,
        arrived_at=NOW,
        handed_to="Ola Brightwell",
        team=old.team,
        worker=old.worker,
        read=["risks", "episodes"],
        stays_placed=True,
        is_here=True,
        by=old.worker,
        at=NOW + HOUR,
    )
    assert arrived.status == TransferStatus.ARRIVED


@pytest.mark.by_turns(8)
def test_a_merger_that_would_lead_nowhere_is_refused_and_changes_nothing(old, new):
    a_team(old.authority, name="North")
    a_team(new.authority, name="North")
    before = Responsibility.objects.count()
    for successor, words in (
        (old.authority, "not its own successor"),
        (an_authority(valid_to=NOW.date()), "does not exist any more"),
        (new.authority, "a team called North"),
    ):
        with pytest.raises(IllegalMove, match=words):
            mergers.move(old.authority, successor, by=new.director, at=NOW)
    assert Responsibility.objects.count() == before


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("way", ["there", "back", "split"])
def test_a_child_on_the_way_between_the_two_is_there_first_or_looked_for(old, new, way):
    """Withdrawn, nobody could confirm the arrival: whoever has the child reads 404, and the police are mailed."""
    goes, to = (new, old) if way == "back" else (old, new)
    going = agreed(goes, to, moves_at=NOW, at=NOW - 2 * HOUR)
    going = transfers.set_out(
        going, left_at=NOW - HOUR, expected_at=NOW + HOUR, by=goes.worker, at=NOW - HOUR / 2
    )

    def end(at: datetime) -> None:
        if way == "split":
            admin = a_person(Role.ADMINISTRATOR, authority=old.authority)
            split_between(old.authority, new.authority, by=admin, signs=new.director, at=at)
        else:
            mergers.move(old.authority, new.authority, by=None, at=at)

    if way != "split":
        assert mergers.plan(old.authority, new.authority, at=NOW).on_the_way == [goes.child.reference]
    with (
        pytest.raises(IllegalMove, match=f"On the way between the two: {goes.child.reference}"),
        transaction.atomic(),
    ):
        end(NOW)
    going.refresh_from_db()
    assert going.status == TransferStatus.IN_TRANSIT
    missing(goes.child, by=goes.worker, at=NOW + 2 * HOUR)
    end(NOW + 3 * HOUR)
    going.refresh_from_db()
    assert going.status == TransferStatus.WITHDRAWN


def split_between(ends: Authority, takes: Authority, *, by: User, signs: User, at: datetime) -> None:
    other = an_authority()
    split = splits.begin(ends, [takes, other], by=by, at=at)
    splits.keep(split, takes, by=by, at=at)
    for kind in SplitShare.Kind:
        rows = {one.pk: takes for one in splits.unsaid(split, kind, at=at)}
        splits.say(split, kind, rows, by=by, at=at)
    signed = {takes.pk: signs, other.pk: a_person(Role.TEAM_MANAGER, authority=other, reach="directorate")}
    split_moves.move(split, signed=signed, by=by, at=at)


@pytest.mark.by_turns
def test_what_was_merged_is_not_merged_again_and_what_the_list_ends_passes_where_it_says(old, new):
    elsewhere, listed = an_authority(), a_watched_child(risk="medium")
    mergers.move(old.authority, new.authority, by=new.director, at=NOW)
    for successor in (elsewhere, new.authority):
        with pytest.raises(IllegalMove, match="has ended already"):
            mergers.move(old.authority, successor, by=new.director, at=NOW + DAY)
    assert list(old.authority.successors.all()) == [new.authority]
    listed.authority.valid_to = NOW.date()
    listed.authority.save()
    listed.authority.successors.add(new.authority)
    with pytest.raises(IllegalMove, match="has ended already"):
        mergers.move(listed.authority, elsewhere, by=None, at=NOW + DAY)
    mergers.move(listed.authority, new.authority, by=None, at=NOW + DAY)
    assert responsibilities.responsible_authority(listed.child, at=NOW + DAY) == new.authority


def test_the_command_changes_nothing_without_do_and_asks_who_decided(old, new, capsys, monkeypatch):
    monkeypatch.setattr("cases.clock.now", lambda: NOW)
    codes = (old.authority.code, new.authority.code)
    call_command("merge_authority", *codes)
    said = capsys.readouterr().out
    assert "1 children (0 of closed cases), 2 teams" in said
    assert "Nothing was changed." in said
    with pytest.raises(CommandError, match="Say with --by who decided it"):
        call_command("merge_authority", *codes, do=True)
    with pytest.raises(CommandError, match="no authority with the code X1"):
        call_command("merge_authority", "X1", new.authority.code)
    assert responsibilities.responsible_authority(old.child, at=NOW) == old.authority
    call_command("merge_authority", *codes, do=True, by=new.director.email)
    assert responsibilities.responsible_authority(old.child, at=NOW) == new.authority


def test_what_a_merger_left_behind_is_passed_on_to_whoever_stands_in_its_place_now(
    old, new, capsys, monkeypatch
):
    last, third = a_watched_child(risk="low"), a_watched_child(risk="medium")
    placed(third.child, a_home(old.authority), starts_at=AT + HOUR, at=AT + HOUR)
    with monkeypatch.context() as before:
        # As it was before a merger looked again.
        before.setattr(passing_on, "pass_all", lambda *_, **__: None)
        before.setattr(passing_on, "require_nothing_left", lambda *_, **__: None)
        mergers.move(old.authority, new.authority, by=None, at=NOW)
    mergers.move(new.authority, last.authority, by=None, at=NOW + HOUR)
    named = named_by("children of an authority that does not exist any more", NOW + DAY)
    assert named == (old.child.reference,)
    monkeypatch.setattr("cases.clock.now", lambda: NOW + DAY)
    codes = (old.authority.code, last.authority.code)
    with pytest.raises(CommandError, match="stands in its place now"):
        call_command("merge_authority", old.authority.code, new.authority.code, left=True)
    call_command("merge_authority", *codes, left=True)
    assert "Left behind: 1 children, 0 homes, 0 teams.\nNothing was changed." in capsys.readouterr().out
    with pytest.raises(CommandError, match="Say with --by who decided it"):
        call_command("merge_authority", *codes, left=True, do=True)
    call_command("merge_authority", *codes, left=True, do=True, by=last.director.email)
    assert responsibilities.responsible_authority(old.child, at=NOW + DAY) == last.authority
    assert responsibilities.responsible_authority(third.child, at=NOW + DAY) == third.authority
    assert third.child.pk in grants.seen_from(host_group(last.authority.pk))
    assert Event.objects.filter(child=old.child, kind="responsibility_started", actor=last.director).exists()
    told = ConfigurationChange.objects.get(kind="authority_left_passed_on")
    assert (told.subject_id, told.actor) == (old.authority.pk, last.director)
    assert named_by("children of an authority that does not exist any more", NOW + DAY) == ()
    with pytest.raises(CommandError, match="was left behind"):
        call_command("merge_authority", *codes, left=True, do=True, by=last.director.email)
    with pytest.raises(CommandError, match="was not merged"):
        call_command("merge_authority", last.authority.code, new.authority.code, left=True)


def many(authority: Authority, count: int) -> Collection[int]:
    """So many registered children, by set."""
    first = Child.objects.count() * 10
    made = Child.objects.bulk_create(
        Child(
            reference=f"MC26-{first + number:06d}",
            given_name="Samir",
            arrived_at=AT,
            registered_at=AT,
            risk_since=AT,
        )
        for number in range(count)
    )
    Responsibility.objects.bulk_create(
        Responsibility(child=child, authority=authority, starts_at=AT) for child in made
    )
    return [child.pk for child in made]


@pytest.mark.by_turns
def test_however_many_pass_it_is_with_as_many_statements_for_each_round(monkeypatch):
    """A round of ten children and one of forty, at full counts of as many as are shipped, ask equally often."""
    counted = []
    for count, batch in ((20, 10), counts((160, 40), (2000, passing_on.BATCH))):
        authority, successor = an_authority(), an_authority()
        ids = many(authority, count)
        monkeypatch.setattr(passing_on, "BATCH", batch)
        with CaptureQueriesContext(connection) as asked:
            mergers.move(authority, successor, by=None, at=NOW)
        counted.append((len(asked), count // batch))
        held = Responsibility.objects.at(NOW).filter(child__in=ids)
        assert set(held.values_list("authority", flat=True)) == {successor.pk}
        assert set(held.values_list("starts_at", flat=True)) == {NOW}
    (few, rounds), (asked_of_many, more) = counted
    # What is asked once, and what each round asks.
    each = (asked_of_many - few) / (more - rounds)
    assert each <= 40, counted
    assert each == int(each), counted


def _area(authority: Authority, *, service: GuardianService | None = None, **more: Any) -> ServiceArea:
    by = a_person(Role.ADMINISTRATOR, authority=authority)
    if service is None:
        said = {"reason": "No scheme is paid for", "review_date": AT.date() + 90 * DAY}
        return areas.say_none(authority, **said, by=by, at=AT)
    way = areas.Way(phone="01632 960410")
    return areas.cover(authority, service, way, starts_date=AT.date(), **more, by=by, at=AT)


def _here(child: Child) -> areas.Here:
    return areas.here(child, at=NOW)


@pytest.mark.by_turns
def test_what_was_said_of_the_guardians_of_an_area_holds_in_a_new_authority(old):
    """That there is none, as well: nothing on record would let a child wait for a service that takes nobody."""
    begins, none = an_authority(), _area(old.authority)
    before = served.of([old.authority.pk], at=NOW)[old.authority.pk]
    mergers.move(old.authority, begins, by=None, at=NOW)
    held = _here(old.child)
    assert (held.authority, held.services, held.without.reason) == (begins, [], none.reason)
    assert served.of([begins.pk], at=NOW)[begins.pk] == before, "since when there is none begins not anew"
    other, service = a_watched_child(), a_service()
    _area(other.authority, service=service, ends_date=AT.date() + 60 * DAY)
    mergers.move(other.authority, an_authority(), by=None, at=NOW)
    assert [row.service for row in _here(other.child).services] == [service]


@pytest.mark.by_turns(8)
def test_where_two_have_said_different_things_somebody_of_the_successor_says_first_what_holds(old, new):
    begins, service = an_authority(), a_service()
    same, third = a_watched_child(), a_watched_child()
    for authority in (old.authority, same.authority):
        _area(authority, service=service)
    _area(third.authority)
    mergers.move(old.authority, begins, by=None, at=NOW)
    mergers.move(same.authority, begins, by=None, at=NOW)
    for child in (old.child, same.child):
        assert [row.service for row in _here(child).services] == [service], "both have said it"
    areas.turn(at=NOW)
    assert (
        ConfigurationChange.objects.filter(
            subject_id=_here(old.child).services[0].pk, kind="area_begun"
        ).count()
        == 1
    )
    for authority in (third.authority, new.authority):
        (carried,) = mergers.plan(authority, begins, at=NOW).carried
        assert carried.blocks, "nothing is another thing than a service, too"
        with pytest.raises(IllegalMove, match="says first, under its guardian services"):
            mergers.move(authority, begins, by=None, at=NOW)
    assert responsibilities.responsible_authority(third.child, at=NOW) == third.authority
    # The same word of an administrator of the successor is theirs.
    shown = mergers.plan(third.authority, begins, at=NOW).shown
    (row,), by = _here(old.child).services, a_person(Role.ADMINISTRATOR, authority=begins)
    said = {"ends_date": None, "children_stay": False, "why": "It takes the children of all three"}
    areas.change(row, areas.Way(phone="01632 960410"), **said, by=by, at=NOW)
    with pytest.raises(passing_on.ShownOtherwise):
        mergers.move(third.authority, begins, shown=shown, by=None, at=NOW)
    mergers.move(third.authority, begins, by=None, at=NOW)
    assert [row.service for row in _here(third.child).services] == [service]


@pytest.mark.by_turns
def test_an_authority_that_stands_goes_by_its_own_words_and_takes_no_yes_of_another(old, new):
    theirs, service = _area(new.authority), a_service()
    _area(old.authority, service=service)
    (carried,) = mergers.plan(old.authority, new.authority, at=NOW).carried
    assert carried.key.startswith("own.")
    assert service.name in carried.there
    assert "No guardian service" in carried.becomes, "both are read before it is signed"
    mergers.move(old.authority, new.authority, by=None, at=NOW)
    assert (_here(old.child).services, _here(old.child).without) == ([], theirs)
    silent, other = a_watched_child(), a_watched_child()
    _area(other.authority, service=service)
    assert mergers.plan(other.authority, silent.authority, at=NOW).carried[0].key.startswith("silent.")
    mergers.move(other.authority, silent.authority, by=None, at=NOW)
    assert (_here(other.child).services, _here(other.child).without) == ([], None)


@pytest.mark.by_turns
@pytest.mark.parametrize("what", ["registered", "arrived", "left"])
def test_a_child_who_came_or_left_after_the_clock_was_read_is_read_again_and_not_left_behind(old, new, what):
    """Somebody signs for a moment: what began then is later than the instant at which all passes."""
    late = NOW + timedelta(seconds=1)
    if what == "registered":
        child = a_child(old.authority, team=old.team, worker=old.worker, at=late)
    else:
        third = a_watched_child(risk="medium")
        going, comes = (third, old) if what == "arrived" else (old, third)
        child = going.child
        arrived(accepted(referred(child, comes.authority, at=AT), comes.worker, at=AT), at=late)
    before = responsibilities.responsible_authority(child, at=late)
    with pytest.raises(passing_on.ShownOtherwise), transaction.atomic():
        mergers.move(old.authority, new.authority, by=new.director, at=NOW)
    assert responsibilities.responsible_authority(child, at=late) == before
    assert not ConfigurationChange.objects.filter(kind="authority_merged").exists()
    mergers.move(old.authority, new.authority, by=new.director, at=late + HOUR)
    whose = before if what == "left" else new.authority
    assert responsibilities.responsible_authority(child, at=late + HOUR) == whose


@pytest.mark.by_turns
def test_a_child_who_only_lives_there_and_became_a_fourth_councils_since_keeps_nobody_from_merging(old, new):
    third, fourth = a_watched_child(risk="medium"), a_watched_child(risk="medium")
    placed(third.child, a_home(old.authority), starts_at=AT + HOUR, at=AT + HOUR)
    arrived(accepted(referred(third.child, fourth.authority, at=AT), fourth.worker, at=AT), at=NOW + HOUR)
    mergers.move(old.authority, new.authority, by=new.director, at=NOW)
    whose = responsibilities.responsible_authority(third.child, at=NOW + 2 * HOUR)
    assert whose == fourth.authority
    assert third.child.pk in grants.seen_from(host_group(new.authority.pk))


@pytest.mark.by_turns
def test_who_moved_away_after_the_clock_was_read_is_opened_to_no_desk_of_the_successor(old, new):
    third = a_watched_child(risk="medium")
    placed(third.child, a_home(old.authority), starts_at=AT + HOUR, at=AT + HOUR)
    placed(third.child, a_home(third.authority), starts_at=NOW + HOUR, at=NOW + HOUR)
    mergers.move(old.authority, new.authority, by=new.director, at=NOW)
    assert third.child.pk not in grants.seen_from(host_group(new.authority.pk))


@pytest.mark.by_turns
@pytest.mark.parametrize("what", ["a child", "a place", "a home"])
def test_what_begins_there_while_all_passes_is_not_left_behind(old, new, what, monkeypatch):
    third, rounds = a_watched_child(risk="medium"), passing_on.batches

    def batches(who):
        yield from rounds(who)
        # Somebody else's, of the same moment.
        if what == "a child":
            a_child(old.authority, at=NOW)
        elif what == "a place":
            Placement.objects.filter(child=third.child).update(host_authority=old.authority)
        else:
            placed(third.child, a_home(old.authority), starts_at=NOW, at=NOW)

    monkeypatch.setattr(passing_on, "batches", batches)
    with pytest.raises(passing_on.ShownOtherwise):
        mergers.move(old.authority, new.authority, by=new.director, at=NOW)


@pytest.mark.by_turns(8)
def test_where_an_authority_was_merged_nothing_is_set_up_any_more_and_a_sentence_says_so(old, new):
    by = a_person(Role.ADMINISTRATOR, authority=old.authority)
    stood = Authority.objects.get(pk=old.authority.pk)
    mergers.move(old.authority, new.authority, by=new.director, at=NOW)
    given = {"name": "North", "phone": "01632 960410", "by": by, "at": NOW}
    address = {"address": "1 High Street", "postcode": "ZZ1 1ZZ", "provider": "", "ofsted_urn": ""}
    for begin in (
        lambda: organisations.open_team(stood, kind="duty", second_phone="", **given),
        lambda: organisations.open_home(stood, force=stood.force, **address, **given),
        lambda: _area(stood),
    ):
        with pytest.raises(ended.EndedAlready, match="has ended already"):
            begin()
    with pytest.raises(ended.EndedAlready, match="has ended meanwhile"):
        _commit_a_child_of(stood)
    desk = a_person(Role.SOCIAL_WORKER, team=old.team)
    people.join(desk, Role.DUTY_DESK, team=old.team, at=NOW + HOUR)
    assert desk.groups.filter(name=host_group(new.authority.pk)).exists(), "the team as it stands by now"


def _commit_a_child_of(authority: Authority) -> None:
    """As from a page that was open at that moment."""
    with ended.in_words(), transaction.atomic():
        a_child(authority, at=NOW + HOUR)
        connection.check_constraints()
