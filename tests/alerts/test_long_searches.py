"""The long-term lists, who goes missing again and again, and what the police are released: for whom, and for how long."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import force_offers, long_searches, releases, sweep
from alerts.models import Release
from cases import contacts, episodes, find_me, restrictions, return_interviews
from cases.models import EpisodeForce, MissingEpisode, Role, User
from tests.cases.expectations import events, refused
from tests.factories import (
    Watched,
    a_force,
    a_person,
    a_watched_child,
    ended,
    missing,
    photographed,
    seen,
    silent,
)

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONG, REPEATS, INBOX = "/force/long/", "/force/repeat/", "/force/interviews/"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 200 * DAY)


@pytest.fixture
def long(watched: Watched, now: datetime) -> MissingEpisode:
    """A search of forty days."""
    return gone(watched, at=now - 40 * DAY)


@pytest.fixture
def twice(watched: Watched, now: datetime) -> None:
    """Looked for, and found after a day, sixty days ago and fifty."""
    gone_twice(watched, now)


@pytest.fixture
def interviewed(watched: Watched, now: datetime) -> MissingEpisode:
    """Back since two days ago, and interviewed yesterday."""
    at = now - DAY
    episode = gone(watched, at=at - 2 * DAY)
    ended(episode, at=at - DAY)
    told = return_interviews.Told(
        offered_at=at - HOUR,
        outcome="held",
        held_at=at - HOUR,
        interviewer="Elis Arnott",
        independence="independent",
        interpreter="not_needed",
        before="A quarrel at home",
        intelligence="A grey van waits there",
    )
    return_interviews.write(episode, told, version=0, by=watched.worker, at=at)
    return episode


def gone_twice(watched: Watched, now: datetime) -> None:
    for days in (60, 50):
        ended(gone(watched, at=now - days * DAY), at=now - (days - 1) * DAY)


def gone(watched: Watched, *, at: datetime) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, at=at)
    sweep.sweep_all(now=at)
    return episode


@pytest.mark.by_turns
def test_a_search_of_28_days_is_on_the_lists_of_manager_and_force_and_a_shorter_one_on_none(
    client: Client, watched: Watched, long: MissingEpisode, now: datetime
) -> None:
    young = a_watched_child(at=now - 60 * DAY)
    seen(young.child, by=young.carer, at=now - 27 * DAY - HOUR)
    short = gone(young, at=now - 27 * DAY)
    assert [one.episode for one in long_searches.of_manager(watched.manager, now=now)] == [long]
    assert [one.episode for one in long_searches.of_officer(watched.officer, now=now)] == [long]
    assert long_searches.of_manager(young.manager, now=now) == []
    assert long_searches.of_officer(young.officer, now=now) == []
    for person, address in ((watched.manager, reverse("manager_long")), (watched.officer, LONG)):
        client.force_login(person)
        page = client.get(address).content.decode()
        assert long.reference in page
        assert short.reference not in page
        assert ("Not recorded, owed" in page) == (person == watched.manager), "a late review is no next one"


@pytest.mark.by_turns
def test_what_is_held_is_marked_and_the_police_read_neither_photo_nor_who_holds_it(
    client: Client, watched: Watched, long: MissingEpisode, now: datetime
) -> None:
    photo = photographed(watched.child, at=now - 50 * DAY)
    given = {"state": "complete", "version": 0, "by": watched.worker, "at": now - 50 * DAY}
    find_me.write(watched.child, "traces", answers={"dental": "Kestrel Dental"}, **given)
    client.force_login(watched.manager)
    page = client.get(reverse("manager_long")).content.decode()
    assert "Kestrel Dental" in page
    client.force_login(watched.officer)
    page = client.get(LONG).content.decode()
    assert "Kestrel Dental" not in page
    assert photo.token not in page
    assert page.count("See the profile") == 1
    assert page.count("Not recorded") == 1


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("answers", "of_manager", "of_officer"),
    [
        # A profile of before dental and DNA were asked for by themselves, or fingerprints alone: reading it tells.
        ({"traces": "DNA and dental: Kestrel"}, ["See the profile"] * 2, ["See the profile"] * 2),
        (
            {"traces": "Thumb: Kestrel", "dna": "None held"},
            ["Not recorded", "None held"],
            ["Not recorded", "See the profile"],
        ),
        ({"publicity": "No photo"}, ["Not recorded"] * 2, ["Not recorded"] * 2),
    ],
)
def test_dental_and_dna_say_no_more_than_the_profile_does(
    answers: dict[str, str],
    of_manager: list[str],
    of_officer: list[str],
    client: Client,
    watched: Watched,
    long: MissingEpisode,
    now: datetime,
) -> None:
    given = {"state": "complete", "version": 0, "by": watched.worker, "at": now - 50 * DAY}
    find_me.write(watched.child, "traces", answers=answers, **given)
    for person, address, wanted in (
        (watched.manager, reverse("manager_long"), of_manager),
        (watched.officer, LONG, of_officer),
    ):
        client.force_login(person)
        page = client.get(address).content.decode()
        assert re.findall(r'data-label="(?:Dental|DNA)">(?:<bdi>)?([^<]*)', page) == wanted
        assert "Kestrel" not in page


@pytest.mark.by_turns
def test_a_search_that_nobody_confirmed_and_the_police_were_told_of_is_on_both_lists(
    client: Client, watched: Watched, now: datetime
) -> None:
    began = now - 40 * DAY
    episode = silent(watched.child, since=began - DAY, at=began)
    assert long_searches.of_manager(watched.manager, now=now) == [], "nobody has looked, and nobody was told"
    MissingEpisode.objects.filter(pk=episode.pk).update(police_owed_at=began + HOUR, fail_safe=True)
    episode.refresh_from_db()
    assert episode.status == "not_confirmed"
    for person, address in ((watched.manager, reverse("manager_long")), (watched.officer, LONG)):
        client.force_login(person)
        page = client.get(address).content.decode()
        assert episode.reference in page
        assert "Not confirmed" in page
    assert [one.episode for one in long_searches.of_manager(watched.manager, now=now)] == [episode]
    assert [one.episode for one in long_searches.of_officer(watched.officer, now=now)] == [episode]


@pytest.mark.by_turns(8)
def test_the_last_news_is_the_latest_of_what_was_heard_and_no_intelligence(
    watched: Watched, long: MissingEpisode, now: datetime
) -> None:
    episode = long
    (one,) = long_searches.of_manager(watched.manager, now=now)
    assert one.news_at is None
    told = {"source": "police", "told_by": "PC Shah", "text": "Seen", "by": watched.worker}
    episodes.find_out(episode, heard_at=now - 9 * DAY, **told, at=now - 9 * DAY)
    episodes.find_out(episode, heard_at=now - 8 * DAY, is_intelligence=True, **told, at=now - 8 * DAY)
    (one,) = long_searches.of_manager(watched.manager, now=now)
    assert one.news_at == now - 9 * DAY
    rung = {"direction": "out", "party": "The aunt", "number": "", "by": watched.worker}
    at = now - 7 * DAY
    episodes.log_call(episode, answered_by="", said="", rung_at=at, **rung, at=at)
    (one,) = long_searches.of_manager(watched.manager, now=now)
    assert one.news_at == now - 9 * DAY, "nobody answered"
    episodes.log_call(episode, answered_by="The aunt", said="Heard from her", rung_at=at, **rung, at=at)
    (one,) = long_searches.of_manager(watched.manager, now=now)
    assert one.news_at == at
    seen(
        watched.child,
        by=watched.guardian,
        means="message",
        note="Before",
        happened_at=now - 41 * DAY,
        at=now - 6 * DAY,
    )
    (one,) = long_searches.of_manager(watched.manager, now=now)
    assert one.news_at == at, "it came before the search"
    wrote = seen(watched.child, by=watched.guardian, means="message", note="In a house", at=now - 5 * DAY)
    for read, person in (
        (long_searches.of_manager, watched.manager),
        (long_searches.of_officer, watched.officer),
    ):
        (one,) = read(person, now=now)
        assert one.news_at == now - 5 * DAY
    contacts.withdraw(wrote, reason="Of another child", by=watched.guardian, at=now - 4 * DAY)
    (one,) = long_searches.of_manager(watched.manager, now=now)
    assert one.news_at == at


@pytest.mark.by_turns
def test_the_lists_cost_a_fixed_number_of_queries(
    watched: Watched, long: MissingEpisode, now: datetime
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            for read in (long_searches.of_officer, long_searches.repeated, long_searches.released):
                read(watched.officer, now=now)
        return len(counted)

    # What a process reads once is read by then.
    queries()
    few = queries()
    for _number in range(2):
        gone(a_watched_child(home=watched.home, at=now - 200 * DAY), at=now - 40 * DAY)
    assert len(long_searches.of_officer(watched.officer, now=now)) == 3
    assert queries() == few


@pytest.mark.by_turns(8)
def test_three_episodes_in_90_days_stand_with_the_force_for_30_days_after_the_last_end(
    client: Client, watched: Watched, twice: None, now: datetime
) -> None:
    assert long_searches.repeated(watched.officer, now=now - 45 * DAY) == []
    last = gone(watched, at=now - 40 * DAY)
    ended(last, at=now - 29 * DAY)
    (one,) = long_searches.repeated(watched.officer, now=now)
    assert (one.episode, one.times) == (last, 3)
    client.force_login(watched.officer)
    assert last.reference in client.get(REPEATS).content.decode()
    assert long_searches.repeated(watched.officer, now=now + 2 * DAY) == [], "the grant is over"
    elsewhere = a_person(Role.POLICE, force=a_watched_child(at=now - 60 * DAY).force)
    assert long_searches.repeated(elsewhere, now=now) == []


@pytest.mark.by_turns
def test_a_search_that_was_handed_on_is_none_of_the_force_that_goes_on_its_list(
    watched: Watched, twice: None, now: datetime
) -> None:
    last, desk = gone(watched, at=now - 2 * DAY), watched.desk.person
    (one,) = long_searches.repeated(watched.officer, now=now)
    assert one.episode == last
    said = {"said_by": "DS Harrow", "reason": "Seen there", "by": desk, "at": now - DAY}
    given = force_offers.offer(last, to=a_force("Southmere Police"), **said)
    taken = {"officer": "DC Ward", "reference": "SM/77", "signed_in": False, "by": desk}
    force_offers.accept(given, **taken, at=now - HOUR)
    assert long_searches.repeated(watched.officer, now=now) == []


@pytest.mark.by_turns
def test_the_police_read_the_lines_that_were_released_to_them_and_no_other(
    client: Client, watched: Watched, interviewed: MissingEpisode, now: datetime
) -> None:
    episode = interviewed
    client.force_login(watched.officer)
    assert episode.reference not in client.get(INBOX).content.decode()
    line = next(one for one in releases.lines(episode) if one.field == "intelligence")
    mark = releases.mark(releases.standing(episode))
    with events(watched.child, "line_released"):
        releases.choose(
            episode, [(line.key, Release.Side.POLICE)], shown=mark, by=watched.worker, at=now - HOUR
        )
    assert episode.reference in client.get(INBOX).content.decode()
    page = client.get(f"/missing/{episode.reference}/").content.decode()
    assert "A grey van waits there" in page
    assert "A quarrel at home" not in page
    for person in (watched.carer, watched.guardian):
        client.force_login(person)
        assert "A grey van waits there" not in client.get(f"/missing/{episode.reference}/").content.decode()
    releases.choose(episode, [], shown=releases.mark(releases.standing(episode)), by=watched.worker, at=now)
    client.force_login(watched.officer)
    assert episode.reference not in client.get(INBOX).content.decode()


@pytest.mark.by_turns
def test_the_inbox_counts_no_line_of_a_version_that_was_corrected_or_withdrawn(
    client: Client, watched: Watched, interviewed: MissingEpisode, now: datetime
) -> None:
    episode = interviewed
    police = Release.Side.POLICE

    def release_all(at: datetime) -> int:
        lines = releases.lines(episode)
        mark = releases.mark(releases.standing(episode))
        releases.choose(episode, [(one.key, police) for one in lines], shown=mark, by=watched.worker, at=at)
        return len(lines)

    count = release_all(now - 6 * HOUR)
    assert [one.lines for one in long_searches.released(watched.officer, now=now)] == [count]
    told = return_interviews.Told(
        offered_at=now - DAY - HOUR, outcome="did_not_want", reason="Too tired to talk"
    )
    return_interviews.write(episode, told, version=1, by=watched.worker, at=now - 5 * HOUR)
    assert releases.read_by(episode, [police]) == []
    assert long_searches.released(watched.officer, now=now) == []
    client.force_login(watched.officer)
    assert episode.reference not in client.get(INBOX).content.decode()
    count = release_all(now - 4 * HOUR)
    (one,) = long_searches.released(watched.officer, now=now)
    assert (one.lines, one.last_at) == (count, now - 4 * HOUR)
    given = {"reason": "Another child", "by": watched.worker}
    return_interviews.withdraw(episode, version=2, **given, at=now - 3 * HOUR)
    assert long_searches.released(watched.officer, now=now) == []


@pytest.mark.by_turns
def test_what_was_released_is_read_for_30_days_after_the_end(
    watched: Watched, interviewed: MissingEpisode, now: datetime
) -> None:
    episode = interviewed
    line = releases.lines(episode)[0]
    given = {"shown": "", "by": watched.worker, "at": now - HOUR}
    releases.choose(episode, [(line.key, Release.Side.POLICE)], **given)
    assert [one.episode for one in long_searches.released(watched.officer, now=now)] == [episode]
    assert long_searches.released(watched.officer, now=now + 30 * DAY) == []


def test_a_number_of_compact_is_kept_by_the_force_itself_or_by_duty_and_stands_in_the_lists(
    client: Client, watched: Watched, long: MissingEpisode, now: datetime
) -> None:
    episode = long
    address = f"/missing/{episode.reference}/compact/"
    for person in (watched.carer, watched.guardian, watched.worker):
        client.force_login(person)
        assert client.post(address, {"force": watched.force.pk, "number": "C1"}).status_code == 404
    client.force_login(watched.officer)
    shown = client.post(address, {"force": watched.force.pk, "number": ""})
    assert shown.status_code == 422
    assert "Enter the number" in shown.content.decode()
    with events(watched.child, "compact_recorded"):
        client.post(address, {"force": watched.force.pk, "number": "C-4471"})
        client.post(address, {"force": watched.force.pk, "number": "C-4471"})
    assert "COMPACT C-4471" in client.get(LONG).content.decode()
    assert EpisodeForce.objects.get(episode=episode).incident_reference == "", "it answers no step"
    other = a_watched_child(at=now - 60 * DAY)
    with refused(watched.child, "This force is not searching for the child."):
        episodes.record_compact(episode, force=other.force, number="C2", by=watched.manager, at=now)


@pytest.mark.by_turns
def test_the_compact_number_stands_on_the_open_list_and_on_the_repeat_list_for_its_own_force_alone(
    client: Client, watched: Watched, now: datetime
) -> None:
    earlier = gone(watched, at=now - 60 * DAY)
    compact = {"force": watched.force, "by": watched.officer}
    episodes.record_compact(earlier, number="C-old", **compact, at=now - 60 * DAY)
    ended(earlier, at=now - 59 * DAY)
    ended(gone(watched, at=now - 50 * DAY), at=now - 49 * DAY)
    last = gone(watched, at=now - 3 * DAY)
    other = a_watched_child(at=now - 60 * DAY)
    episodes.add_force(last, force=other.force, by=watched.desk.person, at=now - 2 * DAY)
    pages = (reverse("police_home"), reverse("police_list"), REPEATS)

    def shown(officer: User, address: str) -> list[str]:
        client.force_login(officer)
        return re.findall(r"COMPACT (?:<bdi>)?([\w-]+)", client.get(address).content.decode())

    assert [shown(watched.officer, page) for page in pages] == [[], [], []], "of the last episode alone"
    episodes.record_compact(last, number="C-4471", **compact, at=now - DAY)
    assert [shown(watched.officer, page) for page in pages] == [["C-4471"]] * 3
    episodes.record_compact(last, number="K-9", force=other.force, by=other.officer, at=now - DAY)
    assert [shown(watched.officer, page) for page in pages] == [["C-4471"]] * 3
    assert [shown(other.officer, page) for page in pages] == [["K-9"], ["K-9"], []], "told of it once"


@pytest.mark.by_turns
def test_the_repeat_list_asks_as_much_for_two_children_as_for_one(
    watched: Watched, twice: None, now: datetime
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            long_searches.repeated(watched.officer, now=now)
        return len(counted)

    gone(watched, at=now - 3 * DAY)
    queries()
    few = queries()
    other = a_watched_child(home=watched.home, at=now - 200 * DAY)
    gone_twice(other, now)
    gone(other, at=now - 3 * DAY)
    assert len(long_searches.repeated(watched.officer, now=now)) == 2
    assert queries() == few


@pytest.mark.by_turns
def test_a_restricted_record_stands_for_whoever_may_open_it_and_for_nobody_else(
    client: Client, watched: Watched, long: MissingEpisode, now: datetime
) -> None:
    episode = long
    restrictions.restrict(watched.child, reason="Danger", named=[], by=watched.manager, at=now - DAY)
    for user in (watched.manager, watched.head, watched.officer):
        client.force_login(user)
        opens = client.get(f"/missing/{episode.reference}/").status_code == 200
        read = long_searches.of_officer if user == watched.officer else long_searches.of_manager
        assert (read(user, now=now) != []) == opens


@pytest.mark.by_turns(8)
def test_nobody_but_an_officer_and_a_manager_opens_the_lists(client: Client, watched: Watched) -> None:
    for person in (watched.worker, watched.carer, watched.guardian, watched.desk.person, watched.manager):
        client.force_login(person)
        for address in (LONG, REPEATS, INBOX):
            assert client.get(address).status_code == 403
    client.force_login(watched.officer)
    assert client.get(reverse("manager_long")).status_code == 403
