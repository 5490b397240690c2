"""What a decision about the age does to the watch: it ends, it begins anew without an alarm, it becomes a visit."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import default_policies as policies
from alerts.expected import contact
from alerts.models import Alert, AlertStep, Clock, Message
from alerts.schedule import Step
from cases import ages, contacts, people, placements, visits, witnesses
from cases.deadlines import london_day
from cases.models import Membership, Role
from cases.states import IllegalMove
from cases.strengths import Strength
from guardians import assignments
from tests.alerts import papers
from tests.alerts.strategies import facts, london, sighting
from tests.alerts.test_silence_scenarios import contact_clock, nothing_is_broken, steps, tick
from tests.factories import AT, Watched, a_child, a_person, a_watched_child, ended, missing

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Friday 28 August 2026; the Monday after it is a bank holiday in England.
FRIDAY = london(2026, 8, 28, 10, 0)


def decide(w: Watched, status: str, at: datetime, place: str = "") -> None:
    decision = ages.Decision(
        age_status=status, decided_date=london_day(at), decided_by="Kent", grounds="x", place=place
    )
    ages.decide(w.child, decision, seconded_by=w.manager, by=w.worker, at=at)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_an_assessed_adult_is_left_in_peace_and_one_who_challenges_it_is_watched_without_a_false_alarm() -> (
    None
):
    w = a_watched_child()
    decide(w, "disputed", AT)
    decide(w, "assessed_adult", AT + timedelta(minutes=5))
    tick(AT + 40 * DAY)
    assert not Message.objects.exists()
    challenged_at = AT + 40 * DAY
    decide(w, "under_challenge", challenged_at)
    tick(challenged_at + timedelta(minutes=1))
    # Nobody was asked for forty days; none of their windows is owed now.
    assert not Message.objects.exists()
    clock = contact_clock(w)
    assert clock.due_at is not None
    assert challenged_at < clock.due_at < challenged_at + DAY
    tick(clock.due_at + 2 * DAY)
    assert Message.objects.filter(wording="duty_no_record").exists()
    nothing_is_broken(clock.due_at + 2 * DAY)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_challenge_after_half_a_year_makes_no_paper_late_that_nobody_was_asked_for() -> None:
    papers.asked_for()
    w = a_watched_child(trafficking="yes")
    decide(w, "disputed", AT)
    decide(w, "assessed_adult", AT + timedelta(minutes=5))
    # The worker leaves and the guardian goes meanwhile: nobody has to follow them.
    role = Membership.objects.get(user=w.worker, role=Role.SOCIAL_WORKER)
    people.leave(role, by=a_person(Role.ADMINISTRATOR, authority=w.authority), at=AT + DAY)
    assignments.end(w.assignment, reason="x", by=w.manager, at=AT + DAY)
    back = AT + 180 * DAY
    tick(back - DAY)
    assert not Message.objects.exists()
    decide(replace(w, worker=w.manager), "under_challenge", back)
    owed = Clock.objects.filter(child=w.child, kind__in=("paperwork", "guardian", "no_worker"))
    assert {one.due_at for one in owed.filter(kind="no_worker")} == {back}, "from then on, at once"
    assert owed.filter(kind="guardian").get().due_at > back
    assert {one.duty for one in owed if one.due_at is not None and one.due_at < back} == set()
    tick(back + timedelta(minutes=1))
    assert set(AlertStep.objects.values_list("step", flat=True)) == {"R1"}, "and nobody above"
    nothing_is_broken(back + timedelta(minutes=1))
    # Nor is anybody left out: what nobody does after that climbs.
    tick(back + 60 * DAY)
    late = AlertStep.objects.filter(step="R5").values_list("alert__clock__kind", "alert__clock__duty")
    assert {("no_worker", ""), ("guardian", ""), ("paperwork", "visit")} <= set(late)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_challenge_in_a_search_takes_back_no_alert_that_went_on_meanwhile() -> None:
    papers.asked_for()
    w = a_watched_child()
    decide(w, "disputed", AT)
    missing(w.child, by=w.worker, at=AT + timedelta(minutes=1))
    decide(w, "assessed_adult", AT + timedelta(minutes=5))
    role = Membership.objects.get(user=w.worker, role=Role.SOCIAL_WORKER)
    people.leave(role, by=a_person(Role.ADMINISTRATOR, authority=w.authority), at=AT + DAY)
    tick(AT + 30 * DAY)
    clock = Clock.objects.get(child=w.child, kind="no_worker")
    assert (clock.due_at, clock.alerts.get().status) == (AT + DAY, "open")
    assert AlertStep.objects.filter(alert__clock=clock, step="R5").exists()
    decide(replace(w, worker=w.manager), "under_challenge", AT + 31 * DAY)
    tick(AT + 31 * DAY + timedelta(minutes=1))
    clock.refresh_from_db()
    assert (clock.due_at, clock.alerts.get().status) == (AT + DAY, "open")


@pytest.mark.by_turns
@pytest.mark.django_db
def test_whoever_is_treated_as_an_adult_elsewhere_is_visited_and_no_home_and_no_police_are_asked() -> None:
    w = a_watched_child()
    decide(w, "disputed", AT)
    decide(w, "treated_as_adult_elsewhere", AT + timedelta(hours=1), place="HMP Alder")
    # In a home of ours the home is asked as ever.
    assert contact_clock(w).window != "elsewhere"
    placements.end(
        w.placement,
        ends_at=AT + timedelta(hours=2),
        reason="Taken away",
        by=w.worker,
        at=AT + timedelta(hours=2),
    )
    assert contact_clock(w).window == "elsewhere"
    assert set(contact_clock(w).steps) == {"R1", "R2", "R4", "R5"}


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_nobody_alone_registers_a_child_whom_hardly_anybody_asks_for() -> None:
    with pytest.raises(IllegalMove, match="a decision of two people"):
        a_child(age_status="treated_as_adult_elsewhere")
    child = a_child(age_status="disputed")
    assert child.clocks.get(kind="contact").window != "elsewhere"


def test_the_visit_is_due_in_one_working_day_and_then_each_week() -> None:
    # The next working day after the Friday is the Tuesday.
    due = (FRIDAY, london(2026, 9, 1, 23, 59) + timedelta(seconds=59))
    expected = contact(facts(policies.ORDINARY, watch_from=FRIDAY, elsewhere=due, has_home=False))
    assert expected is not None
    assert dict(expected.steps) == {
        Step.R1: london(2026, 9, 2, 8, 0),
        Step.R2: london(2026, 9, 2, 12, 0),
        Step.R4: due[1] + timedelta(hours=36),
        Step.R5: due[1] + timedelta(hours=84),
    }
    visited = london(2026, 8, 31, 15, 0)
    again = contact(
        facts(
            policies.ORDINARY,
            watch_from=FRIDAY,
            elsewhere=due,
            has_home=False,
            sightings=(sighting(visited, organisation="team:1"),),
        )
    )
    assert again is not None
    assert again.due_at == visited + 7 * DAY
    # Who was seen before it came to that has not been visited there.
    early = contact(
        facts(
            policies.ORDINARY,
            watch_from=FRIDAY - 9 * DAY,
            elsewhere=due,
            has_home=False,
            sightings=(sighting(FRIDAY - HOUR, organisation="team:1"),),
        )
    )
    assert early is not None
    assert early.due_at == due[1]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "said",
    [
        {"organisation": "other:manager of the hotel"},
        {"organisation": "home:1"},
        {"organisation": "service:1"},
        {"organisation": None},
        {"organisation": "team:1", "strength": Strength.LIVE_VIDEO},
        {"organisation": "team:1", "strength": Strength.PHONE},
    ],
)
def test_only_somebody_of_the_responsible_authority_who_stood_before_the_child_has_visited(
    said: dict[str, Any],
) -> None:
    due = (FRIDAY, london(2026, 9, 1, 23, 59))
    owed = {"watch_from": FRIDAY, "elsewhere": due, "has_home": False}
    word = sighting(FRIDAY + 3 * DAY, **said)
    told = contact(facts(policies.ORDINARY, **owed, sightings=(word,)))
    assert told is not None
    assert told.due_at == due[1]
    # Nor is the week after a visit put off by it.
    visit = sighting(FRIDAY + DAY, organisation="team:1")
    told = contact(facts(policies.ORDINARY, **owed, sightings=(visit, word)))
    assert told is not None
    assert told.due_at == FRIDAY + 8 * DAY


def test_a_search_is_no_visit_and_what_fell_due_in_it_is_due_a_day_after_the_return() -> None:
    due_at = london(2026, 9, 1, 23, 59)
    owed = {"watch_from": FRIDAY, "elsewhere": (FRIDAY, due_at), "has_home": False}
    back = due_at + 3 * DAY
    found = sighting(back, organisation="home:1")
    for began, wanted in ((due_at - DAY, back + DAY), (due_at + DAY, due_at)):
        told = contact(facts(policies.ORDINARY, **owed, rests=((began, back),), sightings=(found,)))
        assert told is not None
        assert told.due_at == wanted


def housed_as_an_adult() -> tuple[Watched, datetime]:
    """A child in a hotel for adults, placed nowhere, and by when it is to be visited there: the end of the Tuesday."""
    w = a_watched_child()
    decide(w, "treated_as_adult_elsewhere", AT, place="Hotel Alder")
    placements.end(w.placement, ends_at=AT + HOUR, reason="x", by=w.worker, at=AT + HOUR)
    return w, london(2026, 3, 3, 23, 59) + timedelta(seconds=59)


def open_alerts(w: Watched) -> list[Alert]:
    return list(Alert.objects.open().filter(child=w.child, clock__kind="contact"))


@pytest.mark.by_turns
@pytest.mark.django_db
def test_whoever_goes_missing_from_there_is_looked_for_by_the_police_and_visited_a_day_after_the_return() -> (
    None
):
    w, visit_by = housed_as_an_adult()
    assert contact_clock(w).due_at == visit_by
    gone = AT + 5 * HOUR
    episode = missing(w.child, last_seen_place="Hotel Alder", by=w.worker, at=gone)
    assert (episode.status, episode.placement, episode.police_owed_at) == ("missing", None, gone)
    # Of its last home, where no placement says another.
    assert [row.force for row in episode.forces.all()] == [w.force]
    clock = contact_clock(w)
    assert (clock.window, clock.resting, set(clock.steps)) == ("episode", True, {"R4", "R5"})
    tick(gone)
    assert Message.objects.filter(wording="police_alert", force=w.force).exists()
    assert {"reference", "call_0"} & set(steps(w, "call")), "the police are told at once"
    # Nobody is asked to visit who is not there; the search climbs to the head and the director by itself.
    for hours in (0, 1, 9, 13, 48):
        tick(visit_by + hours * HOUR)
    assert set(steps(w)) == {"R4", "R5"}
    back = visit_by + 50 * HOUR
    ended(episode, by=w.desk.second, at=back)
    tick(back)
    assert not open_alerts(w)
    clock = contact_clock(w)
    assert (clock.window, clock.resting, clock.due_at) == ("elsewhere", False, back + DAY)
    assert set(clock.steps) == {"R1", "R2", "R4", "R5"}
    before = len(steps(w))
    tick(back + DAY - timedelta(seconds=1))
    assert len(steps(w)) == before
    tick(back + 2 * DAY)
    assert steps(w)[before:] == ["R1", "R2"]
    nothing_is_broken(back + 2 * DAY)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_visit_that_was_late_before_the_search_is_late_after_it_and_waits_for_no_day() -> None:
    w, visit_by = housed_as_an_adult()
    tick(visit_by + 9 * HOUR)
    assert steps(w) == ["R1"]
    gone = visit_by + 10 * HOUR
    episode = missing(w.child, by=w.worker, at=gone)
    tick(gone)
    # What was told of the visit is over with the report: nobody goes on climbing for it beside the search.
    tick(gone + 3 * HOUR)
    assert "R2" not in steps(w)
    back = gone + 4 * HOUR
    ended(episode, by=w.desk.second, at=back)
    tick(back)
    assert contact_clock(w).due_at == visit_by
    (alert,) = open_alerts(w)
    assert alert.due_at == visit_by
    assert "R2" in steps(w)
    visits.record(
        w.child,
        visits.Visited(seen=True, seen_alone=True, place="Hotel Alder", visited_at=back + HOUR),
        by=w.worker,
        at=back + HOUR,
    )
    tick(back + HOUR)
    assert (open_alerts(w), contact_clock(w).due_at) == ([], back + HOUR + 7 * DAY)
    nothing_is_broken(back + HOUR)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_word_that_duty_notes_of_the_hotel_ends_no_visit_and_the_visit_itself_does() -> None:
    w = a_watched_child()
    decide(w, "treated_as_adult_elsewhere", AT, place="Hotel Alder")
    placements.end(w.placement, ends_at=AT + DAY / 24, reason="x", by=w.worker, at=AT + DAY / 24)
    first = contact_clock(w).due_at
    at = AT + DAY / 4
    word = witnesses.word_of_other("Orla Finch", "other", w.child, seen_at=at, at=at)
    told = contacts.Sighting(**word, means="face_to_face", knows_child=True, happened_at=at)
    contacts.record(w.child, told, by=w.manager, at=at)
    assert contact_clock(w).due_at == first
    visits.record(
        w.child,
        visits.Visited(seen=True, seen_alone=True, place="Hotel Alder", visited_at=at + DAY / 24),
        by=w.worker,
        at=at + DAY / 24,
    )
    assert contact_clock(w).due_at == at + DAY / 24 + 7 * DAY


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_the_childs_page_says_so_and_where_to_those_who_may_see_an_address(client: Client) -> None:
    w = a_watched_child()
    decide(w, "treated_as_adult_elsewhere", AT, place="HMP Alder")
    placements.end(w.placement, ends_at=AT + timedelta(hours=2), reason="x", by=w.worker, at=AT + DAY)
    for reader, may_read in ((w.worker, True), (a_person("social_worker", team=w.team), False)):
        client.force_login(reader)
        shown = client.get(f"/children/{w.child.reference}/").content.decode()
        assert "Visit in one working day" in shown
        assert ("HMP Alder" in shown) is may_read
