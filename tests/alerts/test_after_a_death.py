"""A child who has died is on no roll-call and on no guardian's page, and no press there tells the police again."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import Alert, DutyTask
from cases import contacts, episodes, homecomings, incidents, placements
from cases.episodes import Report
from cases.models import Child, MissingEpisode, Placement
from cases.states import IllegalMove
from tests.factories import Watched, a_child, a_sighting, a_watched_child, ended, missing, placed, told_by

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOBODY = "It is on record that this child has died, so nobody would be told. Ring the duty desk now, in danger 999."


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=2))


def died(watched: Watched, *, at: datetime, found_at: datetime | None = None) -> MissingEpisode:
    """As the page ends it: told by a hospital, closed by the police."""
    episode = missing(watched.child, by=watched.worker, at=at - 5 * HOUR)
    duty = watched.desk.person
    episodes.hear_from_office(episode, told_by("hospital", has_died=True, at=at), by=duty, at=at)
    second = watched.desk.second
    episodes.record_police_closing(episode, officer="PC Shah", closed_at=at, by=second, at=at)
    return homecomings.end(
        episode, outcome="died", ending=episodes.Ending(), found_at=found_at, by=duty, at=at
    )


@pytest.mark.by_turns(8)
def test_the_bed_ends_when_the_child_was_found_dead(watched: Watched, now: datetime) -> None:
    died(watched, at=now - HOUR, found_at=now - 2 * HOUR)
    placement = Placement.objects.get(child=watched.child)
    assert placement.ends_at == now - 2 * HOUR
    event = watched.child.events.get(kind="placement_ended")
    assert event.data["reason"] == "Died"


@pytest.mark.by_turns
def test_a_placement_that_began_after_the_child_was_found_ends_with_the_ending(
    watched: Watched, now: datetime
) -> None:
    episode = missing(watched.child, by=watched.worker, at=now - 9 * HOUR)
    duty = watched.desk.person
    placements.end(watched.placement, ends_at=now - 6 * HOUR, reason="Moved", by=duty, at=now - 6 * HOUR)
    placed(watched.child, watched.home, at=now - 3 * HOUR)
    word = told_by("coroner", has_died=True, at=now - HOUR)
    episodes.hear_from_office(episode, word, by=duty, at=now - HOUR)
    second = watched.desk.second
    episodes.record_police_closing(episode, officer="PC Shah", closed_at=now - HOUR, by=second, at=now - HOUR)
    said = {"ending": episodes.Ending(), "found_at": now - 7 * HOUR}
    homecomings.end(episode, outcome="died", **said, by=duty, at=now - HOUR)
    assert not Placement.objects.current(now).filter(child=watched.child).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("placement_stands", [True, False])
def test_a_child_who_has_died_is_on_no_roll_call_and_no_guardians_page(
    client: Client, watched: Watched, now: datetime, placement_stands: bool
) -> None:
    if placement_stands:
        # As of a death recorded before the placement ended with it.
        ended(missing(watched.child, by=watched.worker, at=now - 2 * HOUR), outcome="died", at=now - HOUR)
        assert Placement.objects.current(now).filter(child=watched.child).exists()
    else:
        died(watched, at=now - HOUR)
    other = a_child(watched.authority, team=watched.team, by=watched.worker, at=now - 5 * HOUR)
    placed(other, watched.home, at=now - 5 * HOUR)
    client.force_login(watched.carer)
    page = client.get(reverse("roll_call", args=[watched.home.pk])).content.decode()
    assert other.reference in page
    assert watched.child.reference not in page
    client.force_login(watched.guardian)
    assert watched.child.reference not in client.get(reverse("guardian_home")).content.decode()
    press = {"outcome": "not_here"}
    answer = client.post(reverse("guardian_record", args=[watched.child.reference]), press)
    assert answer.status_code == 404


@pytest.mark.by_turns
def test_no_look_and_no_report_of_a_child_who_has_died_is_taken(watched: Watched, now: datetime) -> None:
    died(watched, at=now - HOUR)
    mate = missing(a_watched_child(home=watched.home, at=now - 9 * HOUR).child, at=now - HOUR)
    sighting = a_sighting(watched.guardian, at=now)
    given = {"by": watched.worker, "at": now}
    tries = [
        lambda: contacts.look_failed(watched.child, sighting, **given),
        lambda: episodes.report_missing(watched.child, Report(), **given),
        lambda: episodes.report_away(watched.child, whereabouts="Lowmoor", reason="", **given),
        lambda: incidents._locked_others(mate, [watched.child]),
    ]
    for attempt in tries:
        with pytest.raises(IllegalMove) as refusal:
            attempt()
        assert str(refusal.value) == NOBODY
    assert MissingEpisode.objects.filter(child=watched.child).count() == 1
    sweep.sweep_all(now=now)
    assert not Alert.objects.open().filter(child=watched.child).exists()


@pytest.mark.by_turns
def test_what_was_seen_before_the_death_may_be_written_late(watched: Watched, now: datetime) -> None:
    died(watched, at=now - HOUR)
    late = a_sighting(watched.guardian, at=now - 3 * HOUR)
    assert contacts.record(watched.child, late, by=watched.worker, at=now).pk


@pytest.mark.by_turns
def test_the_pages_say_whom_to_ring_and_offer_no_alarm(
    client: Client, watched: Watched, now: datetime
) -> None:
    died(watched, at=now - HOUR)
    client.force_login(watched.worker)
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    for name in ("not_here", "missing_report", "absence_new", "placement_new"):
        assert reverse(name, args=[watched.child.reference]) not in page
    assert reverse("note_new", args=[watched.child.reference]) in page
    answer = client.post(reverse("not_here", args=[watched.child.reference]), {"once": str(uuid.uuid4())})
    assert answer.status_code == 422
    assert "Ring the duty desk now" in answer.content.decode()
    assert not MissingEpisode.objects.open().filter(child=watched.child).exists()
    # The press was refused, and is on the desk of duty all the same.
    assert DutyTask.objects.open().filter(kind="after_death", episode__child=watched.child).exists()


@pytest.mark.by_turns
def test_of_other_ends_the_bed_and_the_buttons_stay(client: Client, watched: Watched, now: datetime) -> None:
    ended(missing(watched.child, by=watched.worker, at=now - 2 * HOUR), at=now - HOUR)
    assert Child.objects.living().filter(pk=watched.child.pk).exists()
    client.force_login(watched.carer)
    page = client.get(reverse("roll_call", args=[watched.home.pk])).content.decode()
    assert watched.child.reference in page


@pytest.mark.by_turns
def test_nobody_is_asked_for_a_return_interview_with_a_child_who_has_died(
    client: Client, watched: Watched, now: datetime
) -> None:
    back = a_watched_child(at=now - 9 * HOUR)
    search = missing(back.child, by=back.worker, at=now - 2 * HOUR)
    for reader, episode, offered in (
        (watched.worker, died(watched, at=now - HOUR), False),
        (back.worker, ended(search, outcome="returned", at=now - HOUR), True),
    ):
        client.force_login(reader)
        page = client.get(reverse("episode", args=[episode.reference])).content.decode()
        link = reverse("return_interview", args=[episode.reference])
        assert (link in page) == offered, episode.outcome
