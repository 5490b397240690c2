"""A death that was recorded and was that of another child: two people take it back, and the child is looked for again."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import policies, searches, sweep
from alerts.duties import Duty
from alerts.models import Alert, Clock, DutyStep, DutyTask, Message, PolicyVersion
from cases import contacts, episodes, facts, homecomings
from cases.models import Child, EpisodeEnding, MissingEpisode, MissingReport
from cases.moves import HasDied
from tests.cases.expectations import events, refused
from tests.factories import Watched, a_person, a_sighting, a_watched_child, case_closed, missing, told_by

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=60))


@pytest.fixture
def death(watched: Watched, now: datetime) -> MissingEpisode:
    """Told nine hours ago, written down six hours ago: the director has been rung."""
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - timedelta(days=100))
    start = now - 12 * HOUR
    episode = missing(
        watched.child, by=watched.worker, at=start, last_seen_at=start - HOUR, wearing="A red coat"
    )
    sweep.sweep_all(now=start)
    word = told_by("hospital", has_died=True, at=now - 9 * HOUR)
    duty, second = watched.desk.person, watched.desk.second
    episodes.hear_from_office(episode, word, by=duty, at=now - 9 * HOUR)
    closed_at = now - 8 * HOUR
    episodes.record_police_closing(episode, officer="PC Shah", closed_at=closed_at, by=second, at=closed_at)
    ended = homecomings.end(episode, outcome="died", ending=episodes.Ending(), by=second, at=now - 6 * HOUR)
    sweep.sweep_all(now=now - 6 * HOUR)
    Message.objects.filter(step="died").update(status="sent", sent_at=now - 6 * HOUR)
    return ended


def taken_back(death: MissingEpisode, watched: Watched, *, at: datetime) -> MissingEpisode:
    said = {"told_by": "Sgt Vale, Northmere", "reason": "The prints are those of another"}
    by = {"seconded_by": watched.manager, "by": watched.desk.person}
    return episodes.was_another(death, **said, **by, at=at)


@pytest.mark.by_turns
def test_the_child_is_looked_for_again_at_once_with_what_was_known_of_it(death, watched, now) -> None:
    with events(watched.child, "death_was_another", "reported_missing"):
        anew = taken_back(death, watched, at=now)
    assert (anew.number, anew.status, anew.police_owed_at) == (death.number + 1, "missing", now)
    assert (anew.since, anew.wearing) == (death.last_seen_at, "A red coat")
    assert MissingReport.objects.filter(episode=anew).count() == 1
    sweep.sweep_all(now=now)
    call = Alert.objects.get(clock__kind=Clock.Kind.CALL, episode=anew)
    assert Message.objects.filter(items__alert=call, wording="police_alert").exists()


@pytest.mark.by_turns
def test_nothing_is_deleted_and_it_counts_for_no_death_any_more(death, watched, now) -> None:
    taken_back(death, watched, at=now)
    stands = MissingEpisode.objects.get(pk=death.pk)
    assert (stands.status, stands.outcome, stands.ended_at) == ("ended", "another_child", death.ended_at)
    assert EpisodeEnding.objects.get(episode=death).outcome == "died"
    (child,) = facts.load([watched.child.pk]).values()
    assert (child.has_died, child.watched_until, child.is_sought) == (False, None, True)
    assert Child.objects.living().filter(pk=watched.child.pk).exists()
    assert list(searches.returns(child)) == [], "nobody was back"
    counted = MissingEpisode.objects.counted().filter(child=watched.child)
    assert [one.number for one in counted] == [death.number + 1], "one search, and one in every figure"


@pytest.mark.by_turns
def test_whoever_was_rung_of_the_death_is_rung_again(death, watched, now) -> None:
    rung = set(Message.objects.filter(step="died").values_list("post", flat=True))
    taken_back(death, watched, at=now)
    again = Message.objects.filter(step="unsaid")
    assert set(again.values_list("post", flat=True)) == rung == {"director"}
    assert {message.wording for message in again} == {"death_unsaid"}


@pytest.mark.by_turns
def test_where_the_director_had_not_heard_yet_it_is_not_said_at_all(death, watched, now) -> None:
    Message.objects.filter(step="died").update(status="queued", sent_at=None)
    taken_back(death, watched, at=now)
    assert set(Message.objects.filter(step="died").values_list("status", flat=True)) == {"cancelled"}
    assert not Message.objects.filter(step="unsaid").exists()


@pytest.mark.by_turns
def test_what_the_death_opened_is_owed_no_more_and_people_are_to_be_told(death, watched, now) -> None:
    taken_back(death, watched, at=now)
    steps = {step.kind: step for step in DutyStep.objects.filter(episode=death)}
    for kind in (Duty.CORONER, Duty.FRIENDS_TOLD, Duty.PANEL_NOTIFIED):
        assert (steps[kind].answer, steps[kind].done_by) == ("not_needed", None)
    assert (steps[Duty.DEATH_UNSAID].done_at, steps[Duty.DEATH_UNSAID].due_at) == (None, now + 4 * HOUR)
    sweep.sweep_all(now=now + 4 * HOUR)
    climbed = Alert.objects.open().filter(clock__duty=Duty.DEATH_UNSAID)
    assert climbed.count() == 1, "it is asked though the child is looked for"


@pytest.mark.by_turns
def test_of_a_child_who_was_seen_since_nobody_is_told_that_it_is_missing(death, watched, now) -> None:
    contacts.record(watched.child, a_sighting(watched.carer, at=now - HOUR), by=watched.carer, at=now - HOUR)
    assert DutyTask.objects.open().filter(kind="after_death").exists()
    assert taken_back(death, watched, at=now).pk == death.pk
    assert not MissingEpisode.objects.open().filter(child=watched.child).exists()
    assert not DutyTask.objects.open().filter(kind="after_death").exists()
    (child,) = facts.load([watched.child.pk]).values()
    assert child.watched_until is None
    clock = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)
    assert clock.next_at is not None, "the next sighting is owed"


def alarm(watched: Watched, how: str, *, at: datetime) -> None:
    given = {"by": watched.worker, "at": at}
    look = a_sighting(watched.worker, at=at)
    alarms = {
        "missing": lambda: episodes.report_missing(watched.child, episodes.Report(), **given),
        "not_here": lambda: contacts.look_failed(watched.child, look, **given),
        "away": lambda: episodes.report_away(watched.child, whereabouts="Lowmoor", reason="", **given),
    }
    with pytest.raises(HasDied):
        alarms[how]()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("how", ["missing", "not_here", "away"])
def test_a_child_who_was_seen_and_is_said_to_be_gone_since_is_looked_for(death, watched, now, how) -> None:
    seen_at = now - 3 * HOUR
    contacts.record(watched.child, a_sighting(watched.carer, at=seen_at), by=watched.carer, at=seen_at)
    alarm(watched, how, at=now - HOUR)
    anew = taken_back(death, watched, at=now)
    assert (anew.number, anew.status, anew.police_owed_at) == (death.number + 1, "missing", now)
    assert (anew.last_seen_at, anew.wearing) == (seen_at, ""), "what it wore when it was seen is not known"
    assert not DutyTask.objects.open().filter(kind="after_death").exists()


@pytest.mark.by_turns
def test_a_child_who_was_seen_after_it_was_said_to_be_gone_is_not_looked_for(death, watched, now) -> None:
    alarm(watched, "missing", at=now - 3 * HOUR)
    seen_at = now - HOUR
    contacts.record(watched.child, a_sighting(watched.carer, at=seen_at), by=watched.carer, at=seen_at)
    assert taken_back(death, watched, at=now).pk == death.pk


@pytest.mark.by_turns
def test_a_look_that_failed_before_the_death_was_written_down_counts_as_well(watched, now) -> None:
    episode = missing(watched.child, by=watched.worker, at=now - 12 * HOUR)
    duty, second = watched.desk.person, watched.desk.second
    word = told_by("hospital", has_died=True, at=now - 9 * HOUR)
    episodes.hear_from_office(episode, word, by=duty, at=now - 9 * HOUR)
    look = a_sighting(watched.carer, at=now - 8 * HOUR)
    contacts.look_failed(watched.child, look, by=watched.carer, at=now - 8 * HOUR)
    closed = {"officer": "PC Shah", "closed_at": now - 7 * HOUR}
    episodes.record_police_closing(episode, **closed, by=second, at=now - 7 * HOUR)
    homecomings.end(episode, outcome="died", ending=episodes.Ending(), by=second, at=now - 6 * HOUR)
    assert taken_back(episode, watched, at=now).number == episode.number + 1


def test_the_same_press_again_shows_the_search_that_it_began(client: Client, death, watched, now) -> None:
    anew = taken_back(death, watched, at=now)
    assert taken_back(death, watched, at=now + HOUR).pk == anew.pk
    assert MissingEpisode.objects.filter(child=watched.child).count() == 2
    client.force_login(watched.desk.person)
    page = f"/missing/{death.reference}/another/"
    said = {"told_by": "Sgt Vale, Northmere", "reason": "The prints are those of another"}
    who = {"second_email": watched.manager.email, "second_password": "not asked for again"}
    shown = client.post(page, said | who)
    assert (shown.status_code, shown["Location"]) == (302, f"/missing/{anew.reference}/")
    shown = client.post(page, said | who | {"reason": "Another reason"})
    assert shown.status_code == 422
    words = shown.content.decode()
    assert "Somebody has recorded already that the death was of another child." in words
    assert "second_email" not in shown.context["form"].errors
    assert "Another reason" in words


@pytest.mark.by_turns
def test_a_case_that_was_closed_for_the_death_is_open_again(death, watched, now) -> None:
    case_closed(watched.child, reason="Died", by=watched.manager, at=now - HOUR)
    taken_back(death, watched, at=now)
    assert Child.objects.get(pk=watched.child.pk).closed_at is None


@pytest.mark.by_turns(8)
def test_it_takes_two_people_and_a_death(death, watched, now) -> None:
    said = {"told_by": "Sgt Vale", "reason": "Another", "at": now}
    with refused(watched.child, "This takes two people: the second is somebody other than you."):
        episodes.was_another(death, **said, seconded_by=watched.manager, by=watched.manager)
    with refused(watched.child, "Enter who told you, and why it is another child."):
        episodes.was_another(
            death, told_by="", reason="Another", seconded_by=watched.head, by=watched.manager, at=now
        )
    anew = taken_back(death, watched, at=now)
    with refused(watched.child, "This episode did not end with a death."):
        taken_back(anew, watched, at=now + HOUR)
    with refused(watched.child, "Somebody has recorded already that the death was of another child."):
        episodes.was_another(death, **said, seconded_by=watched.manager, by=watched.head)
    assert MissingEpisode.objects.filter(child=watched.child).count() == 2


@pytest.mark.by_turns
def test_no_form_ends_a_search_so(client: Client, watched, now) -> None:
    episode = missing(watched.child, by=watched.worker, at=now - HOUR)
    client.force_login(watched.desk.person)
    # Nothing is chosen, so all that can be is shown, whatever the ending lacks yet.
    page = client.post(f"/missing/{episode.reference}/end/", {"outcome": ""}).content.decode()
    assert 'value="died"' in page
    assert 'value="another_child"' not in page
    with refused(watched.child, "Select how the episode ended."):
        episodes.end(episode, outcome="another_child", by=watched.desk.person, at=now)


@pytest.mark.by_turns
def test_the_second_person_signs_on_the_page_and_the_search_is_shown(
    client: Client, death, watched, now
) -> None:
    client.force_login(watched.desk.person)
    old = f"/missing/{death.reference}/"
    assert f"{old}another/" in client.get(old).content.decode()
    said = {"told_by": "Sgt Vale", "reason": "The prints are those of another"}
    shown = client.post(f"{old}another/", said)
    assert shown.status_code == 422
    assert "Sgt Vale" in shown.content.decode(), "everything typed is still there"
    taken_back(death, watched, at=now)
    shown = client.get(old).content.decode()
    assert "The prints are those of another" in shown
    assert f"{old}another/" not in shown
    assert 'id="return-interview"' not in shown, "nobody is back to be asked"
    stranger = a_person("social_worker")
    client.force_login(stranger)
    assert client.get(f"{old}another/").status_code == 404
