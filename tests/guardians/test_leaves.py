"""A guardian who is not there: each child is named before the gap, only accepted cover closes it, and access keeps its dates."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts import no_stranger, sweep, timeline
from alerts.models import Alert, Clock
from alerts.timeline import Entry
from cases import access, clock
from cases.access import MATRIX, Permission
from cases.groups import person_group
from cases.models import AccessRecord, ChildGroupPermission, Role, User
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_date
from guardians import affected, assignments, covers, leaves
from guardians.models import GuardianAssignment, GuardianCover, GuardianLeave, GuardianTerms
from tests.alerts.outgoing import named_by
from tests.factories import AT, Watched, a_child, a_person, a_watched_child, guarded, placed

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
GOES, BACK = NOW + 10 * DAY, NOW + 17 * DAY


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel", family_name="Penrowe", trafficking="yes")


@pytest.fixture
def colleague(watched: Watched) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service)


@pytest.fixture
def supervisor(watched: Watched) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service, reach="service")


def goes(watched: Watched, **given) -> GuardianLeave:
    told = {"kind": "leave", "starts_at": GOES, "ends_at": BACK, "by": watched.guardian, "at": NOW, **given}
    return leaves.announce(watched.guardian, watched.assignment.service, **told)


def asks(watched: Watched, colleague: User, **given) -> GuardianCover:
    told = {"starts_at": GOES, "ends_at": BACK, "by": watched.guardian, "at": NOW, **given}
    return covers.ask([watched.assignment], colleague, **told).covers[0]


def says_yes(cover: GuardianCover, at: datetime = NOW) -> GuardianCover:
    return covers.answer([cover], accepted=True, by=cover.covered_by, at=at)[0]


def due(watched: Watched) -> datetime | None:
    return Clock.objects.get(child=watched.child, kind="guardian").due_at


def is_open(watched: Watched) -> bool:
    return Alert.objects.open().filter(child=watched.child, clock__kind="guardian").exists()


def sees(person: User, watched: Watched, at: datetime) -> bool:
    return access.may(User.objects.get(pk=person.pk), watched.child, Permission.RECORD_CONTACT, at=at)


@pytest.mark.by_turns
def test_leave_names_the_child_before_it_begins_rings_when_it_does_and_is_over_when_somebody_is_back(
    watched: Watched,
) -> None:
    goes(watched)
    assert due(watched) == GOES
    (one,) = affected.of([watched.assignment], now=NOW)
    assert (one.child, one.starts_at, one.ends_at) == (watched.child, GOES, BACK)
    sweep.sweep_all(now=GOES - HOUR)
    assert not is_open(watched)
    sweep.sweep_all(now=GOES)
    assert is_open(watched)
    # Nobody records that the guardian is back: the clock knows it.
    sweep.sweep_all(now=BACK)
    assert not is_open(watched)
    assert due(watched) is None


@pytest.mark.by_turns(8)
def test_only_accepted_cover_closes_the_gap_and_one_that_is_asked_or_declined_does_not(
    watched: Watched, colleague: User
) -> None:
    goes(watched)
    cover = asks(watched, colleague)
    assert due(watched) == GOES
    with pytest.raises(IllegalMove, match="why you cannot"):
        covers.answer([cover], accepted=False, reason=" ", by=colleague, at=NOW)
    covers.answer([cover], accepted=False, reason="I am away too", by=colleague, at=NOW)
    assert due(watched) == GOES
    with pytest.raises(IllegalMove, match="waits for no answer"):
        says_yes(cover)
    again = asks(watched, colleague)
    with pytest.raises(IllegalMove, match="waits for no answer"):
        covers.answer([again], accepted=True, by=watched.guardian, at=NOW)
    says_yes(again)
    assert due(watched) is None
    sweep.sweep_all(now=GOES + HOUR)
    assert not is_open(watched)


@pytest.mark.by_turns
def test_cover_that_is_shorter_than_the_leave_leaves_the_rest_of_it_open(
    watched: Watched, colleague: User
) -> None:
    goes(watched)
    says_yes(asks(watched, colleague, ends_at=BACK - DAY))
    sweep.sweep_all(now=GOES + HOUR)
    assert (is_open(watched), due(watched)) == (False, BACK - DAY)
    sweep.sweep_all(now=BACK - DAY)
    assert is_open(watched)


@pytest.mark.by_turns
def test_access_opens_and_ends_with_the_cover_to_the_instant_and_the_task_takes_the_grant(
    watched: Watched, colleague: User
) -> None:
    goes(watched)
    cover = asks(watched, colleague)
    assert not list(no_stranger.grants_adrift(NOW))
    says_yes(cover)
    tick = timedelta(microseconds=1)
    moments = (NOW, GOES - tick, GOES, BACK - tick, BACK)
    assert [sees(colleague, watched, at) for at in moments] == [False, False, True, True, False]
    for at in (NOW, GOES, BACK, BACK + HOUR):
        assert not list(no_stranger.grants_adrift(at))
    assert list(no_stranger.grants_adrift(BACK + 2 * DAY))
    assert covers.take_ended(at=BACK + HOUR, since=7 * DAY) == 1
    assert not ChildGroupPermission.objects.filter(group__name=person_group(colleague.pk)).exists()
    assert not list(no_stranger.grants_adrift(BACK + 2 * DAY))


@pytest.mark.by_turns(8)
def test_cover_that_is_given_back_shuts_the_child_and_opens_the_gap_at_once(
    watched: Watched, colleague: User
) -> None:
    goes(watched)
    cover = says_yes(asks(watched, colleague))
    covers.end(cover, reason="Taken ill", by=colleague, at=GOES + HOUR)
    assert not sees(colleague, watched, GOES + HOUR)
    assert due(watched) == GOES + HOUR
    with pytest.raises(IllegalMove, match="ended already"):
        covers.end(cover, reason="Again", by=colleague, at=GOES + 2 * HOUR)
    # One that has not begun holds at no instant.
    later = says_yes(asks(watched, colleague, starts_at=GOES + DAY, at=GOES + 2 * HOUR), GOES + 2 * HOUR)
    covers.end(later, reason="No", by=colleague, at=GOES + 3 * HOUR)
    assert not sees(colleague, watched, GOES + 2 * DAY)
    assert not list(no_stranger.grants_adrift(GOES + 3 * HOUR))


@pytest.mark.by_turns
def test_cover_ends_with_the_assignment_and_a_second_grant_is_not_taken_with_it(
    watched: Watched, colleague: User
) -> None:
    goes(watched)
    cover = says_yes(asks(watched, colleague))
    second = guarded(watched.child, colleague, lead=False, at=NOW + HOUR)
    assignments.end(watched.assignment, reason="Moved", by=watched.manager, at=GOES + HOUR)
    cover.refresh_from_db()
    assert (cover.ends_at, sees(colleague, watched, GOES + HOUR)) == (GOES + HOUR, True)
    assignments.end(second, reason="Moved", by=watched.manager, at=GOES + 2 * HOUR)
    assert not sees(colleague, watched, GOES + 2 * HOUR)


def test_who_is_away_unchecked_of_another_service_or_the_guardian_themselves_cannot_cover(
    watched: Watched, colleague: User
) -> None:
    service = watched.assignment.service
    goes(watched)
    for person, words in (
        (watched.guardian, "no other guardian"),
        (a_person("guardian"), "no other guardian"),
    ):
        with pytest.raises(IllegalMove, match=words):
            asks(watched, person, by=watched.manager)
    away = {"kind": "sickness", "starts_at": GOES + DAY, "ends_at": GOES + 2 * DAY, "by": colleague}
    sick = leaves.announce(colleague, service, **away, at=NOW)
    with pytest.raises(IllegalMove, match="away in that time"):
        asks(watched, colleague)
    leaves.end(sick, by=colleague, at=NOW + HOUR)
    terms = {"capacity": None, "by": watched.manager, "at": NOW + HOUR}
    leaves.set_terms(colleague, service, checks_until=GOES.date(), **terms)
    with pytest.raises(IllegalMove, match="lapse before"):
        asks(watched, colleague, at=NOW + HOUR)
    with pytest.raises(IllegalMove, match="ends after it begins"):
        asks(watched, colleague, ends_at=NOW)


@pytest.mark.by_turns
def test_a_colleague_who_falls_ill_while_covering_covers_no_more(watched: Watched, colleague: User) -> None:
    goes(watched)
    says_yes(asks(watched, colleague))
    ill = {"kind": "sickness", "starts_at": GOES + HOUR, "ends_at": BACK, "by": colleague, "at": GOES + HOUR}
    leaves.announce(colleague, watched.assignment.service, **ill)
    assert due(watched) == GOES + HOUR


@pytest.mark.by_turns(8)
def test_leave_ends_sooner_or_is_called_off_and_is_announced_once_for_one_time(watched: Watched) -> None:
    first = goes(watched)
    with pytest.raises(IllegalMove, match="announced for a part"):
        goes(watched, starts_at=GOES + DAY)
    with pytest.raises(IllegalMove, match="must not be before"):
        goes(watched, ends_at=NOW - DAY)
    leaves.end(first, by=watched.guardian, at=NOW + HOUR)
    assert due(watched) is None
    second = goes(watched)
    leaves.end(second, by=watched.guardian, at=GOES + DAY)
    assert due(watched) is None
    with pytest.raises(IllegalMove, match="over already"):
        leaves.end(second, by=watched.guardian, at=GOES + 2 * DAY)


@pytest.mark.by_turns(8)
def test_checks_that_lapse_open_the_gap_at_the_end_of_their_day_and_new_ones_close_it(
    watched: Watched, supervisor: User
) -> None:
    told = {"capacity": None, "by": supervisor}
    last_day, service = date(2026, 3, 20), watched.assignment.service
    leaves.set_terms(watched.guardian, service, checks_until=last_day, **told, at=NOW)
    lapse_at = datetime.fromisoformat("2026-03-21T00:00:00+00:00")
    assert due(watched) == lapse_at
    sweep.sweep_all(now=lapse_at)
    assert is_open(watched)
    with pytest.raises(IllegalMove, match="have lapsed"):
        guarded(a_child(), watched.guardian, at=lapse_at)
    renewed = {"checks_until": date(2027, 3, 20), "at": lapse_at + HOUR, **told}
    leaves.set_terms(watched.guardian, service, **renewed)
    sweep.sweep_all(now=lapse_at + HOUR)
    assert not is_open(watched)


@pytest.mark.by_turns
def test_checks_that_had_lapsed_before_the_child_was_given_to_a_guardian_leave_the_gap_open(
    watched: Watched, supervisor: User
) -> None:
    goes(watched, starts_at=NOW)
    sweep.sweep_all(now=NOW)
    assert is_open(watched)
    told = {"capacity": None, "checks_until": (AT - DAY).date(), "by": supervisor, "at": NOW + HOUR}
    leaves.set_terms(watched.guardian, watched.assignment.service, **told)
    sweep.sweep_all(now=NOW + HOUR)
    assert is_open(watched), "it is no better than leave, and no referral is waited for"
    clock = Clock.objects.get(child=watched.child, kind="guardian")
    assert (clock.window, clock.due_at) == ("left", watched.assignment.starts_at)


@pytest.mark.by_turns
def test_what_is_written_of_the_checks_of_whoever_had_the_child_before_changes_nothing_of_what_is_owed(
    watched: Watched, colleague: User, supervisor: User
) -> None:
    service, later = watched.assignment.service, NOW + timedelta(minutes=30)
    assignments.end(watched.assignment, reason="Moves", by=watched.manager, at=NOW)
    away = {"kind": "leave", "starts_at": NOW, "ends_at": NOW + DAY, "by": colleague, "at": NOW}
    leaves.announce(colleague, service, **away)
    assignments.assign(watched.child, colleague, service=service, by=watched.manager, at=later)
    sweep.sweep_all(now=later)
    told = {"capacity": None, "checks_until": (AT - DAY).date(), "by": supervisor, "at": NOW + HOUR}
    leaves.set_terms(watched.guardian, service, **told)
    sweep.sweep_all(now=NOW + HOUR)
    assert (is_open(watched), due(watched)) == (True, NOW)
    assert named_by("clocks that are not what the facts say", NOW + HOUR) == ()


def test_who_has_more_children_than_they_carry_says_which_and_from_when_and_takes_no_more(
    watched: Watched, supervisor: User
) -> None:
    other = guarded(a_child(), watched.guardian)
    told = {"checks_until": None, "by": supervisor, "at": NOW}
    service = watched.assignment.service
    with pytest.raises(IllegalMove, match="can no longer carry"):
        leaves.set_terms(watched.guardian, service, capacity=1, **told)
    released = {"released": [watched.child.pk], "starts_at": GOES}
    leaves.set_terms(watched.guardian, service, capacity=1, **released, **told)
    assert due(watched) == GOES
    assert affected.of([other], now=NOW) == []
    with pytest.raises(IllegalMove, match="as many children as they can carry"):
        guarded(a_child(), watched.guardian, at=NOW + HOUR)
    assignments.end(watched.assignment, reason="Handed over", by=watched.manager, at=GOES + HOUR)
    assert GuardianLeave.objects.get(kind="capacity").ends_at == GOES + HOUR
    leaves.set_terms(watched.guardian, service, capacity=2, **{**told, "at": GOES + 2 * HOUR})
    guarded(a_child(), watched.guardian, at=GOES + 3 * HOUR)


@pytest.mark.by_turns
def test_a_supervisor_sees_name_and_status_of_the_services_children_and_nothing_else(
    watched: Watched, supervisor: User
) -> None:
    reached = {p for p in MATRIX if access.may(supervisor, watched.child, p, at=NOW)}
    assert reached == {Permission.SEE_STATUS}
    assert not access.may(supervisor, a_watched_child().child, Permission.SEE_STATUS, at=NOW)
    assignments.end(watched.assignment, reason="Moved", by=watched.manager, at=NOW)
    again = User.objects.get(pk=supervisor.pk)
    assert not access.may(again, watched.child, Permission.SEE_STATUS, at=NOW)


def test_the_database_keeps_what_was_said_of_checks_and_lets_no_cover_be_half_answered(
    watched: Watched, colleague: User
) -> None:
    terms = {"capacity": 3, "checks_until": None, "by": colleague, "at": NOW}
    leaves.set_terms(watched.guardian, watched.assignment.service, **terms)
    cover = asks(watched, colleague)
    for statement in (
        "UPDATE guardians_guardianterms SET capacity = 9",
        "DELETE FROM guardians_guardianterms",
        f"UPDATE guardians_guardiancover SET accepted = true WHERE id = {cover.pk}",
        f"UPDATE guardians_guardiancover SET ends_at = starts_at WHERE id = {cover.pk}",
        (
            "INSERT INTO guardians_guardianleave (guardian_id, service_id, kind, starts_at, recorded_at, recorded_by_id)"
            f" VALUES ({colleague.pk}, {watched.assignment.service_id}, 'leave', now(), now(), {colleague.pk})"
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert GuardianTerms.objects.get().capacity == 3


@pytest.mark.by_turns(8)
def test_leave_is_announced_a_child_is_named_and_a_colleague_accepts_on_a_page_each(
    client: Client, monkeypatch: pytest.MonkeyPatch, watched: Watched, colleague: User, supervisor: User
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    placed(guarded(a_child(given_name="Dawit"), colleague).child, watched.home)

    def days(first: datetime, last: datetime) -> dict[str, str]:
        boxes = {"first_day": first, "last_day": last}
        return {
            f"{name}_{part}": str(getattr(day, part))
            for name, day in boxes.items()
            for part in ("day", "month", "year")
        }

    client.force_login(watched.guardian)
    leave = reverse("guardian_leave", args=[watched.guardian.pk])
    assert client.post(leave, {"kind": "leave"}).status_code == 422
    answer = client.post(leave, {"kind": "leave", **days(GOES, BACK)}, follow=True)
    page = answer.content.decode()
    assert "Tarekiel" in page
    # It was entered in days, and has not begun: nobody is back from it.
    assert f"On leave: {gov_date(GOES)} to {gov_date(BACK)}" in page
    assert "You are not going: call it off" in page
    assert "You are back" not in page
    assert client.get(reverse("guardian_leave", args=[colleague.pk])).status_code == 404
    cover = reverse("guardian_cover", args=[watched.guardian.pk])
    asked = {"colleague": colleague.pk, "children": watched.assignment.pk, **days(GOES, BACK)}
    assert client.post(cover, {**asked, "colleague": supervisor.pk + 99}).status_code == 422
    assert client.post(cover, asked).status_code == 302
    client.force_login(watched.worker)
    assert "Guardian will not be there" in client.get(reverse("today")).content.decode()
    client.force_login(watched.manager)
    assert watched.child.reference in client.get(reverse("manager_guardians")).content.decode()
    client.force_login(supervisor)
    shown = client.get(reverse("service_home")).content.decode()
    assert ("Tarekiel" in shown, "Dawit" in shown, "has not answered" in shown) == (True, False, True)
    client.force_login(colleague)
    page = client.get(reverse("cover_answer")).content.decode()
    assert (watched.child.reference in page, "Tarekiel" in page) == (True, False)
    asking = {"asking": GuardianCover.objects.get().pk}
    assert client.post(reverse("cover_answer"), {"answer": "no", **asking}).status_code == 422
    assert client.post(reverse("cover_answer"), {"answer": "yes", **asking}).status_code == 302
    assert due(watched) is None
    home = client.get(reverse("home"), follow=True).content.decode()
    assert f'href="{reverse("cover_answer")}">Whom you cover for' in home, (
        "it begins later, and can be called off"
    )
    client.force_login(supervisor)
    assert "Every child has somebody" in client.get(reverse("service_home")).content.decode()
    end = reverse("cover_end", args=[GuardianCover.objects.get().pk])
    assert client.post(end, {"reason": "Back sooner"}).status_code == 302
    assert due(watched) is not None
    assert client.post(reverse("leave_end", args=[GuardianLeave.objects.get().pk])).status_code == 302
    assert due(watched) is None
    for person in (colleague, watched.worker):
        client.force_login(person)
        assert client.get(reverse("service_home")).status_code == 403
    assert GuardianAssignment.objects.current(NOW).filter(child=watched.child).count() == 1


def test_cover_that_waits_is_taken_back_what_is_to_come_is_called_off_and_what_runs_is_ended(
    client: Client, monkeypatch: pytest.MonkeyPatch, watched: Watched, colleague: User
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(watched.guardian)
    page = reverse("guardian_cover", args=[watched.guardian.pk])
    steps = {
        "Take back the request": ("has not answered", "The request is taken back."),
        "Call off the cover": ("From the moment you save nobody will", "The cover is called off."),
        "End the cover": ("From the moment you save nobody does", "The cover has ended."),
    }
    for step, (words, said) in steps.items():
        cover = asks(watched, colleague, starts_at=NOW if step == "End the cover" else GOES)
        if step != "Take back the request":
            says_yes(cover)
        assert [one for one in steps if one in client.get(page).content.decode()] == [step]
        end = reverse("cover_end", args=[cover.pk])
        shown = client.get(end).content.decode()
        assert [one for one in steps if one in shown] == [step]
        assert words in shown
        monkeypatch.setattr(clock, "now", lambda: NOW + HOUR / 6)
        assert said in client.post(end, {"reason": "Not needed"}, follow=True).content.decode()
        monkeypatch.setattr(clock, "now", lambda: NOW)
    rows = timeline.of(watched.child, permissions=frozenset(MATRIX), reader=watched.manager).rows
    titles = [row.title for row in rows if isinstance(row, Entry)]
    for title in ("Request for cover taken back", "Cover called off", "Cover ended"):
        assert titles.count(title) == 1, title


@pytest.mark.by_turns(8)
def test_many_children_and_guardians_come_in_pages_and_who_is_not_shown_is_not_on_record(
    client: Client, monkeypatch: pytest.MonkeyPatch, watched: Watched, colleague: User, supervisor: User
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("guardians.views.leaves.PAGE_SIZE", 1)
    second = guarded(a_child(given_name="Dawit"), watched.guardian).child
    placed(second, watched.home)
    goes(watched)
    client.force_login(supervisor)
    before = AccessRecord.objects.count()
    pages = [client.get(f"{reverse('service_home')}?page={number}") for number in (1, 2)]
    shown = [{name for name in ("Tarekiel", "Dawit") if name in page.content.decode()} for page in pages]
    assert sorted(map(sorted, shown)) == [["Dawit"], ["Tarekiel"]]
    assert "within reach (2)" in pages[0].content.decode()
    read = AccessRecord.objects.filter(page="service_home").order_by("pk")
    assert AccessRecord.objects.count() == before + 2
    assert {one.child_id for one in read} == {watched.child.pk, second.pk}
    people = pages[0].context["people"].paginator.count
    assert people == 3
    named = [client.get(f"{reverse('service_home')}?guardians={number}") for number in (1, 2, 3)]
    assert {page.context["people"][0]["member"].user for page in named} == {
        watched.guardian,
        colleague,
        supervisor,
    }
    assert "?guardians=2" in named[0].content.decode()
