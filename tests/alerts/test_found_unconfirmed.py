"""A found child may be the one of a search that silence opened alone: its council is asked, and no force hears of it."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts.models import Alert, Message
from cases import clock, episodes, found
from cases.models import FoundChild, FoundMatch, MissingEpisode
from cases.references import parse
from cases.search import found as searching
from cases.states import EpisodeStatus
from tests.alerts.replays import Punctual, agrees_beside, policies_began_long_ago
from tests.cases.expectations import refused
from tests.factories import (
    AT,
    DutyDesk,
    Watched,
    a_duty_desk,
    a_force_mailbox,
    a_watched_child,
    an_authority,
    missing,
    seen,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DAYS = timedelta(days=60)
# Silence has opened the search by then, and the police are not owed word for hours yet.
NOW = AT + 34 * HOUR


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def _in_force(db: None) -> None:
    policies_began_long_ago()


@pytest.fixture
def watched(_in_force: None) -> Watched:
    w = a_watched_child(at=AT - DAYS, given_name="Selam", family_name="Tesfay", sex="F")
    seen(w.child, by=w.carer, at=AT - 24 * HOUR)
    seen(w.child, by=w.worker, at=AT - 23 * HOUR)
    a_force_mailbox(w.force)
    return w


@pytest.fixture
def engine(watched: Watched) -> Punctual:
    engine = Punctual(AT)
    engine.sweep()
    engine.go_to(NOW)
    engine.sweep()
    return engine


@pytest.fixture
def episode(watched: Watched, engine: Punctual) -> MissingEpisode:
    episode = MissingEpisode.objects.get(child=watched.child)
    assert (episode.status, episode.police_owed_at) == (EpisodeStatus.NOT_CONFIRMED, None)
    return episode


@pytest.fixture
def desk() -> DutyDesk:
    """Of another council, where the child was found."""
    return a_duty_desk(an_authority("Harrowfen County"))


def a_found(desk: DutyDesk, *, at: datetime = NOW) -> FoundChild:
    said = {"found_at": at - HOUR, "place": "Southmere station", "found_by": "A guard", "sex": "F"}
    described = found.Described(**said, names=("Sellam Tesfai",))
    return found.write_down(described, authority=desk.team.authority, key=uuid.uuid4(), by=desk.person, at=at)


def told(*, since: datetime = NOW) -> set[tuple[str, str]]:
    rows = Message.objects.filter(
        created_at__gte=since, wording__in=("duty_found", "told_found", "police_found")
    )
    return set(rows.values_list("wording", "post"))


def is_asked() -> bool:
    return Alert.objects.open().filter(clock__duty="found_answer").exists()


@pytest.mark.by_turns(8)
def test_it_is_compared_and_found_by_its_reference(
    client: Client, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    assert [one.episode for one in searching.candidates(row, desk.person, at=NOW).rows] == [episode]
    by_reference = searching.by_reference(parse(episode.reference), desk.person, at=NOW)
    assert by_reference is not None
    assert by_reference.episode == episode
    assert [one for one, _match in searching.found_for(episode, at=NOW)] == [row]
    client.force_login(desk.person)
    page = client.get(f"/found/{row.matter_id}/").content.decode()
    assert episode.reference in page
    assert "The police are not told of this search yet." in page
    asked = client.post(f"/found/{row.matter_id}/ask/{episode.pk}/", follow=True).content.decode()
    assert f"Told: the desk of {watched.authority.name} and the social worker." in asked
    client.force_login(watched.desk.person)
    assert row.reference in client.get(f"/missing/{episode.reference}/").content.decode()


@pytest.mark.by_turns
def test_its_council_is_asked_upwards_and_no_force_hears_before_it_is_told_of_the_search(
    engine: Punctual, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    found.propose(a_found(desk), episode, by=desk.person, at=NOW)
    engine.sweep()
    assert told() == {("duty_found", "duty"), ("told_found", "worker")}
    engine.go_to(NOW + 30 * MINUTE)
    engine.sweep()
    assert ("duty_found", "manager") in told()
    assert not Message.objects.filter(post="force").exists()
    assert not Message.objects.filter(wording="duty_phone_them").exists()


@pytest.mark.by_turns
def test_of_another_found_child_the_force_hears_once_the_police_are_owed_word(
    engine: Punctual, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    found.propose(a_found(desk), episode, by=desk.person, at=NOW)
    engine.sweep()
    episodes.confirm(episode, by=watched.desk.person, at=NOW + MINUTE)
    engine.go_to(NOW + 2 * MINUTE)
    engine.sweep()
    assert Message.objects.filter(post="force", wording="police_alert").exists()
    assert ("police_found", "force") not in told()
    found.propose(a_found(desk, at=engine.now), episode, by=desk.person, at=engine.now)
    engine.sweep()
    assert ("police_found", "force") in told()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("owed", [False, True])
def test_a_child_who_is_away_where_it_is_known_is_compared_only_once_the_police_are_owed_word(
    episode: MissingEpisode, watched: Watched, desk: DutyDesk, owed: bool
) -> None:
    row = a_found(desk)
    match = found.propose(row, episode, by=desk.person, at=NOW)
    found.answer(match, answer="cannot_say", note="Nobody picks up", by=watched.desk.person, at=NOW + MINUTE)
    after = NOW + 2 * MINUTE
    where = {"whereabouts": "With a friend in Lowmoor", "reason": "The friend rang"}
    episodes.report_away(watched.child, **where, by=watched.worker, at=after)
    if owed:
        MissingEpisode.objects.update(police_owed_at=after)
    episode.refresh_from_db()
    assert episode.status == EpisodeStatus.AWAY
    other = a_found(desk, at=after)
    compared = [one.episode for one in searching.candidates(other, desk.person, at=after).rows]
    assert compared == ([episode] if owed else [])
    by_reference = searching.by_reference(parse(episode.reference), desk.person, at=after)
    assert (by_reference is not None) is owed
    assert bool(searching.found_for(episode, at=after)) is owed
    asked = FoundMatch.objects.filter(found=row)
    found.add(row, found.Added(clothing="A red coat"), key=uuid.uuid4(), by=desk.person, at=after)
    assert asked.count() == (2 if owed else 1), "asked again only where somebody looks"
    if owed:
        assert found.propose(other, episode, by=desk.person, at=after).episode == episode
    else:
        with refused(watched.child, "Nobody is looking for this child any more."):
            found.propose(other, episode, by=desk.person, at=after)


def is_away(watched: Watched, *, at: datetime) -> None:
    where = {"whereabouts": "With a friend in Lowmoor", "reason": "The friend rang"}
    episodes.report_away(watched.child, **where, by=watched.worker, at=at)


@pytest.mark.by_turns
def test_about_a_child_who_is_away_where_it_is_known_nobody_is_asked_on(
    client: Client, engine: Punctual, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    found.propose(row, episode, by=desk.person, at=NOW)
    engine.sweep()
    engine.go_to(NOW + 10 * MINUTE)
    is_away(watched, at=engine.now)
    engine.sweep()
    assert not is_asked()
    engine.go_to(NOW + 6 * HOUR)
    engine.sweep()
    assert told() == {("duty_found", "duty"), ("told_found", "worker")}, "neither manager nor head"
    client.force_login(desk.person)
    page = client.get(f"/found/{row.matter_id}/").content.decode()
    assert "not answered: nobody is looking for this child now" in page
    assert "no answer yet" not in page
    # Their word is taken all the same.
    match = FoundMatch.objects.get(found=row)
    found.answer(match, answer="it_is", note="She is here", by=watched.desk.person, at=engine.now)


@pytest.mark.by_turns(8)
def test_about_one_who_is_looked_for_after_all_it_is_asked_anew_from_then_on(
    client: Client, engine: Punctual, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    found.propose(row, episode, by=desk.person, at=NOW)
    engine.sweep()
    is_away(watched, at=NOW + MINUTE)
    missing_at = NOW + 6 * HOUR
    engine.go_to(missing_at)
    engine.sweep()
    missing(watched.child, by=watched.worker, at=missing_at)
    engine.sweep()
    assert is_asked()
    assert ("duty_found", "duty") in told(since=missing_at)
    engine.go_to(missing_at + 29 * MINUTE)
    engine.sweep()
    assert not {("duty_found", "manager"), ("duty_found", "head")} & told(since=missing_at)
    engine.go_to(missing_at + 30 * MINUTE)
    engine.sweep()
    assert ("duty_found", "manager") in told(since=missing_at)
    assert ("duty_found", "head") not in told()
    client.force_login(desk.person)
    assert "no answer yet" in client.get(f"/found/{row.matter_id}/").content.decode()
    assert agrees_beside([watched.child.pk], AT, engine.now)["duty"]


@pytest.mark.by_turns
def test_whoever_could_not_say_is_asked_again_once_more_is_known(
    engine: Punctual, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    match = found.propose(row, episode, by=desk.person, at=NOW)
    engine.sweep()
    found.answer(
        match, answer="cannot_say", note="A photo is needed", by=watched.desk.person, at=NOW + MINUTE
    )
    engine.go_to(NOW + 2 * MINUTE)
    engine.sweep()
    assert not is_asked()
    found.add(row, found.Added(said="Zula"), key=uuid.uuid4(), by=desk.person, at=engine.now)
    engine.sweep()
    assert is_asked()
    assert FoundMatch.objects.standing().get(found=row).answer == ""


@pytest.mark.by_turns
def test_nobody_is_asked_on_once_the_child_is_recorded_after_all(
    engine: Punctual, episode: MissingEpisode, watched: Watched, desk: DutyDesk
) -> None:
    row = a_found(desk)
    found.propose(row, episode, by=desk.person, at=NOW)
    engine.sweep()
    assert is_asked()
    later = NOW + 10 * MINUTE
    engine.go_to(later)
    seen(watched.child, by=watched.carer, at=later)
    engine.sweep()
    episode.refresh_from_db()
    assert episode.outcome == "recording_late"
    assert not is_asked()
    assert searching.found_for(episode, at=later) == []
    assert not searching.candidates(row, desk.person, at=later).rows
    with refused(watched.child, "Nobody is looking for this child any more."):
        found.propose(a_found(desk, at=later), episode, by=desk.person, at=later)


@pytest.mark.by_turns
@pytest.mark.parametrize("ends", ["recorded", "confirmed"])
def test_a_replay_tells_of_it_as_the_engine_did(
    engine: Punctual, episode: MissingEpisode, watched: Watched, desk: DutyDesk, ends: str
) -> None:
    found.propose(a_found(desk), episode, by=desk.person, at=NOW)
    engine.sweep()
    engine.go_to(NOW + HOUR)
    if ends == "recorded":
        seen(watched.child, by=watched.carer, at=engine.now)
    else:
        episodes.confirm(episode, by=watched.desk.person, at=engine.now)
    engine.sweep()
    engine.go_to(NOW + 6 * HOUR)
    for start in (AT, NOW + 10 * MINUTE):
        assert agrees_beside([watched.child.pk], start, engine.now)["duty"]
