"""The pages of a return interview: who may open them, the form with its draft, and the part for the police."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import policies, sweep
from alerts.models import DutyStep, PolicyVersion
from cases import episodes
from cases.models import AccessRecord, Draft, MissingEpisode, ReturnInterview, Role
from tests.factories import Watched, a_person, a_watched_child, ended, missing, seen

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
HELD = {
    "offered_at_when": "quarter",
    "outcome": "held",
    "interviewer": "Dina Sorrel",
    "independence": "independent",
    "interpreter": "not_needed",
    "held_at_when": "now",
    "with_whom": "A man with a grey van",
    "intelligence": "Grey van, plate begins NM",
    "sharing": "yes",
    "once": "7d1c1f0e-0d3b-4c41-93ad-0a1f5f4e3c11",
}


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=60))


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - timedelta(days=90))
    found = missing(watched.child, by=watched.worker, at=now - 30 * HOUR)
    sweep.sweep_all(now=now - 30 * HOUR)
    found = ended(found, at=now - 26 * HOUR)
    seen(watched.child, by=watched.carer, at=now - HOUR)
    return found


def path(episode: MissingEpisode, more: str = "") -> str:
    return f"/missing/{episode.reference}/return-interview/{more}"


@pytest.mark.by_turns
def test_the_childs_team_writes_it_and_home_guardian_police_and_strangers_find_nothing(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    for person in (watched.worker, colleague, watched.manager):
        client.force_login(person)
        assert "Save the interview" in client.get(path(episode)).content.decode()
    stranger = a_watched_child(at=now - timedelta(days=60)).worker
    for person in (watched.carer, watched.guardian, watched.officer, stranger):
        client.force_login(person)
        assert client.get(path(episode)).status_code == 404, person
        assert client.post(path(episode), HELD).status_code == 404, person
        assert client.get(path(episode, "police/")).status_code == 404, person
        assert client.get(f"/children/{watched.child.reference}/return-interview/").status_code == 404, person
    assert not ReturnInterview.objects.exists()


@pytest.mark.by_turns
def test_the_duty_desk_reads_it_and_writes_nothing(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.worker)
    client.post(path(episode), HELD)
    client.force_login(watched.desk.person)
    page = client.get(path(episode)).content.decode()
    assert "A man with a grey van" in page
    assert "Save the interview" not in page
    assert client.post(path(episode), HELD).status_code == 404


@pytest.mark.by_turns
def test_saving_it_closes_its_clock_and_the_part_for_the_police_is_apart_and_on_record(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.worker)
    assert client.post(path(episode), HELD).status_code == 302
    assert DutyStep.objects.get(episode=episode, kind="return_interview").done_at is not None
    page = client.get(path(episode)).content.decode()
    assert "plate begins NM" not in page.split("<form method", 1)[0]
    text = client.get(path(episode, "police/")).content.decode()
    assert "plate begins NM" in text
    assert "A man with a grey van" not in text
    assert AccessRecord.objects.filter(user=watched.worker, page="return_interview_police").exists()


@pytest.mark.by_turns
def test_a_correction_shows_what_stood_before(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.worker)
    client.post(path(episode), HELD)
    better = {**HELD, "with_whom": "A woman", "read": "1", "once": "7d1c1f0e-0d3b-4c41-93ad-0a1f5f4e3c12"}
    assert client.post(path(episode), better).status_code == 302
    page = client.get(path(episode)).content.decode()
    assert "What stood before" in page
    assert "A man with a grey van" in page


@pytest.mark.by_turns(8)
def test_what_is_missing_is_said_at_the_field_and_everything_typed_is_kept(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.worker)
    shown = client.post(path(episode), {**HELD, "interviewer": "", "sharing": ""})
    page = shown.content.decode()
    assert shown.status_code == 422
    assert page.count("Enter who held the interview") == 2
    assert page.count("Select what the child said about sharing it") == 2
    assert "A man with a grey van" in page
    without = client.post(
        path(episode), {"offered_at_when": "now", "outcome": "did_not_want", "once": HELD["once"]}
    )
    assert without.content.decode().count("Enter in words why the child did not want to talk") == 2


@pytest.mark.by_turns(8)
def test_that_nobody_independent_could_be_had_is_written_with_the_reason(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.worker)
    nobody = {**HELD, "independence": "nobody_else"}
    refused = client.post(path(episode), nobody).content.decode()
    assert refused.count("Enter why nobody independent could be had, and who was asked") == 2
    why = {"not_independent_why": "Both services had nobody who speaks Tigrinya"}
    refused = client.post(path(episode), {**HELD, **why}).content.decode()
    assert refused.count("Select that nobody else could be had, or clear the reason") == 2
    assert client.post(path(episode), nobody | why).status_code == 302
    page = client.get(path(episode)).content.decode().split("<form method", 1)[0]
    assert "Not independent: nobody else could be had" in page
    assert why["not_independent_why"] in page


@pytest.mark.by_turns(8)
def test_who_wrote_with_the_end_that_it_had_been_offered_stands_by_the_offer_until_it_is_written(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    client.force_login(watched.worker)
    assert 'id="offered"' not in client.get(path(episode)).content.decode(), "not yet, said the end"
    again, by = missing(watched.child, by=watched.worker, at=now - 5 * HOUR), watched.desk.person
    sweep.sweep_all(now=now - 5 * HOUR)
    back = now - 3 * HOUR
    episodes.confirm_with_child(again, how="saw", by=by, at=back)
    episodes.record_police_closing(again, officer="PC Shah", closed_at=back, by=watched.desk.second, at=back)
    ending = episodes.Ending(where_now="Lowmoor", interview_offered=True)
    again = episodes.end(again, outcome="returned", ending=ending, by=by, at=back)
    page = client.get(path(again)).content.decode()
    assert "It had been offered already" in page
    assert by.name in page
    assert client.post(path(again), HELD).status_code == 302
    assert 'id="offered"' not in client.get(path(again)).content.decode()


def test_a_draft_is_kept_and_offered_back_to_its_writer(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.worker)
    assert client.post(path(episode), {**HELD, "about": "1", "save_draft": "1"}).status_code == 302
    assert Draft.objects.get().form == "return-interview"
    assert "A man with a grey van" in client.get(path(episode)).content.decode()
    today = client.get("/today/").content.decode()
    assert f"/children/{watched.child.reference}/return-interview/" in today
    led = client.get(f"/children/{watched.child.reference}/return-interview/")
    assert led.headers["Location"] == path(episode)
    client.force_login(watched.manager)
    assert "A man with a grey van" not in client.get(path(episode)).content.decode()


@pytest.mark.by_turns
def test_a_draft_about_another_episode_is_neither_shown_nor_dropped(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.worker)
    client.post(path(episode), {**HELD, "about": "7", "save_draft": "1"})
    assert "A man with a grey van" not in client.get(path(episode)).content.decode()
    assert client.post(path(episode), HELD).status_code == 302
    assert Draft.objects.filter(form="return-interview").exists()


@pytest.mark.by_turns
def test_today_leads_to_the_interview_until_it_is_written(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.worker)
    assert path(episode) in client.get("/today/").content.decode()
    client.post(path(episode), HELD)
    assert path(episode) not in client.get("/today/").content.decode()


@pytest.mark.by_turns(8)
def test_there_is_no_page_for_an_episode_that_runs(client: Client, watched: Watched, now: datetime) -> None:
    running = missing(watched.child, by=watched.worker, at=now - HOUR)
    client.force_login(watched.worker)
    assert client.get(path(running)).status_code == 404


@pytest.mark.by_turns
def test_the_policies_page_says_what_an_ending_opens_and_when_each_rung_hears(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(a_person(Role.ADMINISTRATOR, authority=watched.authority))
    page = client.get("/admin/policies/").content.decode()
    assert "What an ending opens" in page
    assert "Have a solicitor for the child before any interview" in page
    assert "within 1 working day of the return" in page


def test_an_interview_marked_by_mistake_is_withdrawn_by_the_childs_team_and_stays_struck_through(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.worker)
    address = path(episode, "withdraw/")
    client.post(path(episode), HELD)
    assert address in client.get(path(episode)).content.decode()
    empty = client.post(address, {"reason": ""})
    assert empty.status_code == 422
    assert "Enter why this interview is withdrawn" in empty.content.decode()
    unread = client.post(address, {"reason": "Of another child", "read": 0})
    assert unread.status_code == 422
    assert '<input type="hidden" name="read" value="1">' in unread.content.decode()
    assert client.post(address, {"reason": "Of another child", "read": 1}).status_code == 302
    page = client.get(path(episode)).content.decode()
    assert "Of another child" in page
    assert "<s>The child talked" in page
    assert address not in page
    assert "To be offered, held and written down" in page
    assert path(episode) in client.get("/today/").content.decode()
    assert client.get(path(episode, "police/")).status_code == 404
    assert client.post(address, {"reason": "Again"}).status_code == 422
    timeline = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "Return interview withdrawn" in timeline
    for person in (watched.carer, watched.guardian, watched.officer, watched.desk.person):
        client.force_login(person)
        assert client.get(address).status_code == 404
