"""A return interview and the police's words are the council's own, until somebody releases a line to guardian or home."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts import releases, replies
from alerts.models import Release
from cases import clock, return_interviews
from cases.models import Event, MissingEpisode, ReturnInterview
from cases.states import IllegalMove
from tests.factories import Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db
WHY, NAMES, SEEN = "Because of the quarrel", "A man with a blue van", "Seen at the quay"
HOUR = timedelta(hours=1)


@pytest.fixture
def watched(now) -> Watched:
    return a_watched_child(at=now - 5 * HOUR)


@pytest.fixture
def episode(watched: Watched, now) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, at=now - 3 * HOUR)
    replies.tell(episode, SEEN, force=watched.force, key=uuid.uuid4(), by=watched.officer, at=now - 2 * HOUR)
    ended(episode, at=now - HOUR)
    interview(episode, watched, version=0, why_left=WHY, intelligence=NAMES)
    return MissingEpisode.objects.get(pk=episode.pk)


def interview(episode: MissingEpisode, w: Watched, *, version: int, **said: str) -> ReturnInterview:
    at = clock.now()
    told = return_interviews.Told(
        offered_at=at - HOUR,
        outcome="held",
        held_at=at - HOUR,
        interviewer="Petra Lorne",
        independence="independent",
        interpreter="not_needed",
        sharing="part",
        **said,
    )
    return return_interviews.write(episode, told, version=version, by=w.worker, at=at)


def keys(episode: MissingEpisode) -> dict[str, str]:
    return {line.text: line.key for line in releases.lines(episode)}


def read(client: Client, by, episode: MissingEpisode) -> str:
    client.force_login(by)
    answer = client.get(reverse("episode", args=[episode.reference]))
    assert answer.status_code == 200
    return answer.content.decode()


def press(client: Client, by, episode: MissingEpisode, **ticked: list[str]) -> int:
    client.force_login(by)
    known = keys(episode)
    answers = {known[text]: sides for text, sides in ticked.items()}
    answers["shown"] = [releases.mark(releases.standing(episode))]
    return client.post(reverse("episode_release", args=[episode.reference]), answers).status_code


def test_nothing_is_read_outside_the_council_before_a_line_is_released(client, watched, episode):
    assert set(keys(episode)) == {WHY, NAMES, SEEN}
    for reader in (watched.guardian, watched.carer, watched.officer):
        page = read(client, reader, episode)
        assert not [text for text in (WHY, NAMES) if text in page]
        assert "released to you" not in page
    for reader in (watched.guardian, watched.carer):
        assert SEEN not in read(client, reader, episode)


@pytest.mark.by_turns(8)
def test_a_line_is_read_by_the_side_it_is_released_to_and_by_no_other(client, watched, episode):
    page = client.get(reverse("episode_release", args=[episode.reference]))
    client.force_login(watched.worker)
    page = client.get(reverse("episode_release", args=[episode.reference])).content.decode()
    assert "the child said: Some of it" in page
    assert press(client, watched.worker, episode, **{WHY: ["guardian"], SEEN: ["guardian", "home"]}) == 302
    guardian, home = read(client, watched.guardian, episode), read(client, watched.carer, episode)
    assert [text in guardian for text in (WHY, SEEN, NAMES)] == [True, True, False]
    assert [text in home for text in (WHY, SEEN, NAMES)] == [False, True, False]
    assert "What the council released to you" in home
    told = list(Event.objects.filter(child=watched.child, kind="line_released").values_list("actor", "data"))
    assert len(told) == 3
    assert {actor for actor, _ in told} == {watched.worker.pk}
    assert WHY not in str(told)


@pytest.mark.by_turns(8)
def test_a_line_taken_back_is_gone_at_once_and_what_was_chosen_stands_ticked(client, watched, episode):
    press(client, watched.manager, episode, **{WHY: ["guardian"], NAMES: ["home"]})
    client.force_login(watched.manager)
    form = client.get(reverse("episode_release", args=[episode.reference])).context["form"]
    assert {name: form[name].value() for name in form.fields if name != "shown" and form[name].value()} == {
        keys(episode)[WHY]: ["guardian"],
        keys(episode)[NAMES]: ["home"],
    }
    press(client, watched.manager, episode, **{NAMES: ["home"]})
    assert WHY not in read(client, watched.guardian, episode)
    assert NAMES in read(client, watched.carer, episode)
    assert Release.objects.filter(ends_at=None).count() == 1
    assert Event.objects.filter(kind="line_taken_back").count() == 1
    client.force_login(watched.worker)
    story = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "A released line taken back" in story
    assert "The home: For the police" in story


@pytest.mark.by_turns(8)
def test_nothing_of_a_correction_is_released_and_an_old_page_releases_nothing(client, watched, episode):
    old = keys(episode)
    press(client, watched.worker, episode, **{WHY: ["guardian"]})
    interview(episode, watched, version=1, why_left="Because of a call")
    page = read(client, watched.guardian, episode)
    assert WHY not in page
    assert "Because of a call" not in page
    client.force_login(watched.worker)
    late = client.post(reverse("episode_release", args=[episode.reference]), {old[WHY]: ["home"]})
    assert late.status_code == 409
    assert "What was written has changed since" in late.content.decode()
    with pytest.raises(IllegalMove):
        releases.choose(episode, [(old[WHY], "home")], shown="", by=watched.worker, at=clock.now())
    with pytest.raises(IllegalMove):
        releases.choose(
            episode, [(keys(episode)[SEEN], "police")], shown="", by=watched.worker, at=clock.now()
        )
    assert not Release.objects.filter(side="home").exists()


@pytest.mark.by_turns
def test_a_correction_says_that_the_lines_are_taken_back_until_somebody_has_chosen_anew(
    client, watched, episode
):
    address = reverse("return_interview", args=[episode.reference])
    press(client, watched.worker, episode, **{WHY: ["guardian", "police"], NAMES: ["police"]})
    assert "taken-back" not in client.get(address).content.decode()
    interview(episode, watched, version=1, why_left=f"{WHY}.", intelligence=NAMES)
    page = client.get(address).content.decode()
    assert "2 lines were released from an earlier version" in page
    assert f'href="{reverse("episode_release", args=[episode.reference])}"' in page
    press(client, watched.worker, episode, **{f"{WHY}.": ["guardian"]})
    assert "taken-back" not in client.get(address).content.decode()


def test_the_save_of_a_correction_says_so_at_once(client, watched, episode):
    press(client, watched.worker, episode, **{NAMES: ["police"]})
    said = {
        "offered_at_when": "now",
        "outcome": "held",
        "held_at_when": "now",
        "interviewer": "Petra Lorne",
        "independence": "independent",
        "interpreter": "not_needed",
        "sharing": "part",
        "intelligence": NAMES,
        "once": str(uuid.uuid4()),
        "read": "1",
    }
    page = client.post(
        reverse("return_interview", args=[episode.reference]), said, follow=True
    ).content.decode()
    assert "Released lines are taken back: release them again." in page


def test_a_page_left_open_releases_nothing_that_was_taken_back(client, watched, episode):
    press(client, watched.worker, episode, **{WHY: ["guardian"]})
    client.force_login(watched.worker)
    shown = client.get(reverse("episode_release", args=[episode.reference])).context["form"]["shown"].value()
    press(client, watched.manager, episode)
    client.force_login(watched.worker)
    known = keys(episode)
    stale = {known[WHY]: ["guardian"], known[SEEN]: ["home"], "shown": shown}
    answer = client.post(reverse("episode_release", args=[episode.reference]), stale)
    assert answer.status_code == 409
    assert "Somebody else has changed what is released" in answer.content.decode()
    assert not Release.objects.filter(ends_at=None).exists()


@pytest.mark.by_turns
def test_a_withdrawn_interview_is_read_by_nobody(client, watched, episode):
    press(client, watched.worker, episode, **{WHY: ["guardian"]})
    return_interviews.withdraw(
        episode, version=1, reason="Of another child", by=watched.worker, at=clock.now()
    )
    assert WHY not in read(client, watched.guardian, episode)


@pytest.mark.by_turns
def test_nobody_but_the_team_releases(client, watched, episode, now):
    address = reverse("episode_release", args=[episode.reference])
    stranger = a_watched_child(at=now - HOUR)
    for reader in (watched.desk.person, watched.guardian, watched.carer, watched.officer, stranger.worker):
        client.force_login(reader)
        assert client.get(address).status_code == 404
        assert client.post(address, {keys(episode)[WHY]: ["guardian"]}).status_code == 404
    assert not Release.objects.exists()


@pytest.mark.by_turns(8)
def test_an_end_that_is_written_stays_and_nothing_else_can_be_written(watched, episode, now):
    releases.choose(episode, [(keys(episode)[SEEN], "home")], shown="", by=watched.worker, at=now)
    shown = releases.mark(releases.standing(episode))
    releases.choose(episode, [], shown=shown, by=watched.worker, at=now + HOUR)
    for statement, error in (
        ("UPDATE alerts_release SET side = 'guardian'", ProgrammingError),
        ("DELETE FROM alerts_release", ProgrammingError),
        ("UPDATE alerts_release SET ends_at = ends_at + interval '1 day'", IntegrityError),
    ):
        with pytest.raises(error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
