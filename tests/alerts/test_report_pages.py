"""Not here, away, missing: told at once, completed afterwards, and never naming whoever is kept from the child."""

import html
import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import sweep
from alerts.models import Message, Verification
from cases import clock, concerns, episodes
from cases.forms.typed import london
from cases.models import Contact, EpisodeForce, Event, MissingEpisode, Role
from tests.factories import (
    Watched,
    a_child,
    a_duty_desk,
    a_home,
    a_person,
    a_watched_child,
    away,
    ended,
    missing,
    not_here,
    placed,
    seen,
    silent,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5), given_name="Samir", phone="07700 900111")


def path(watched: Watched, what: str) -> str:
    return f"/children/{watched.child.reference}/{what}"


def page_of(client: Client, person: Any, address: str) -> str:
    client.force_login(person)
    response = client.get(address)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def report(**answers: Any) -> dict[str, Any]:
    """Everything that must be answered, and no more."""
    return {
        "police_rung": "no",
        "last_seen_at_when": "quarter",
        "last_seen_place": "The kitchen",
        "last_seen_by": "M. Reid",
        "why_worried": "Never goes out alone",
        **answers,
    }


# --- Not here


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["carer", "guardian", "worker"])
def test_not_here_tells_duty_and_police_at_its_save(client: Client, watched: Watched, who: str) -> None:
    person = getattr(watched, who)
    client.force_login(person)
    response = client.post(path(watched, "not-here/"), {"once": str(uuid.uuid4())})
    assert response.status_code == 302
    assert response.headers["Location"] == path(watched, "missing/new/")
    episode = MissingEpisode.objects.get(child=watched.child)
    assert (episode.status, episode.started_by, episode.opened_by) == ("missing", "not_here", person)
    sweep.sweep_all(now=clock.now())
    told = set(Message.objects.values_list("wording", flat=True))
    assert {"police_alert", "duty_not_here", "duty_call"} <= told
    look = Contact.objects.get(child=watched.child)
    assert (look.outcome, look.witness_user) == ("not_here", person)


@pytest.mark.by_turns
def test_a_look_at_the_page_tells_nobody(client: Client, watched: Watched) -> None:
    page_of(client, watched.carer, path(watched, "not-here/"))
    assert not MissingEpisode.objects.exists()


@pytest.mark.by_turns
def test_the_same_press_twice_is_one_look(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    answers = {"once": str(uuid.uuid4())}
    for _ in range(2):
        assert client.post(path(watched, "not-here/"), answers).status_code == 302
    assert Contact.objects.filter(child=watched.child).count() == 1


@pytest.mark.by_turns
def test_duty_writes_who_looked(client: Client, watched: Watched) -> None:
    client.force_login(watched.desk.person)
    client.post(path(watched, "not-here/"), {"once": str(uuid.uuid4()), "witness": "M. Reid"})
    look = Contact.objects.get(child=watched.child)
    assert (look.witness, look.told_by, look.witness_user) == ("M. Reid", "M. Reid", None)
    assert "Who looked?" not in page_of(client, watched.carer, path(watched, "not-here/"))


@pytest.mark.by_turns
def test_the_childs_number_is_for_those_who_may_hold_it(client: Client, watched: Watched) -> None:
    for who in (watched.carer, watched.worker, watched.desk.person):
        assert 'href="tel:07700900111"' in page_of(client, who, path(watched, "not-here/"))
    page = page_of(client, watched.guardian, path(watched, "not-here/"))
    assert "07700900111" not in page
    assert f'href="tel:{watched.placement.phone.replace(" ", "")}"' in page


@pytest.mark.by_turns
def test_whoever_the_child_is_away_with_is_tried_before_the_placement(
    client: Client, watched: Watched, now: datetime
) -> None:
    away(watched.child, by=watched.worker, until=now + timedelta(days=2), at=now)
    page = page_of(client, watched.worker, path(watched, "not-here/"))
    host, placement = (f'href="tel:{n.replace(" ", "")}"' for n in ("01632 960777", watched.placement.phone))
    assert "Sela Maddern" in page
    assert page.index(host) < page.index(placement)
    assert "01632960777" not in page_of(client, watched.guardian, path(watched, "not-here/"))


@pytest.mark.by_turns
def test_nobody_is_told_to_ring_the_house_they_stand_in(client: Client, watched: Watched) -> None:
    to_house = f'href="tel:{watched.placement.phone.replace(" ", "")}"'
    assert to_house in page_of(client, watched.guardian, path(watched, "not-here/"))
    assert to_house not in page_of(client, watched.carer, path(watched, "not-here/"))


@pytest.mark.by_turns(8)
def test_a_foster_carer_is_tried_first_unless_kept_from_the_child(client: Client, now: datetime) -> None:
    home = a_home()
    watched = a_watched_child(at=now - timedelta(hours=5), home=home)
    fosterer = a_person(Role.FOSTER_CARER, home=home, name="Fergus Tamsin")
    assert "Foster carer, Fergus Tamsin" in page_of(client, watched.guardian, path(watched, "not-here/"))
    concerns.keep_from(watched.child, fosterer, reason="An allegation", by=watched.manager, at=now)
    assert "Fergus Tamsin" not in page_of(client, watched.guardian, path(watched, "not-here/"))


@pytest.mark.by_turns
@pytest.mark.parametrize("what", ["missing/new/", "missing/quick/"])
def test_a_time_still_to_come_asks_for_the_day_before(client: Client, watched: Watched, what: str) -> None:
    client.force_login(watched.worker)
    later = london(clock.now() + timedelta(minutes=30))
    seen_at = {"last_seen_at_when": "earlier", "last_seen_at_time": f"{later:%H:%M}"}
    seen_at |= {f"last_seen_at_{part}": str(getattr(later, part)) for part in ("day", "month", "year")}
    page = client.post(path(watched, what), report(**seen_at)).content.decode()
    assert "The time last seen must be in the past. If it was the day before, change the date" in page


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("what", ["not-here/", "missing/quick/", "away/"])
def test_strangers_and_officers_are_refused(client: Client, watched: Watched, what: str) -> None:
    for person in (a_duty_desk().person, a_person(Role.GUARDIAN), watched.officer):
        client.force_login(person)
        assert client.get(path(watched, what)).status_code == 404
        assert client.post(path(watched, what), report(once=str(uuid.uuid4()))).status_code == 404
    client.logout()
    assert client.get(path(watched, what)).headers["Location"].startswith("/sign-in/")
    assert not MissingEpisode.objects.exists()


# --- Away


@pytest.mark.by_turns
def test_known_where_is_away_and_tells_no_police(client: Client, now: datetime) -> None:
    # Placed a minute ago: no roll-call of theirs has lapsed yet.
    watched = a_watched_child(at=now - MINUTE)
    client.force_login(watched.carer)
    answers = {"whereabouts": "With a friend in Lowmoor", "reason": "The friend's mother rang"}
    response = client.post(path(watched, "away/"), answers)
    episode = MissingEpisode.objects.get(child=watched.child)
    assert response.headers["Location"] == f"/missing/{episode.reference}/"
    assert (episode.status, episode.police_owed_at) == ("away", None)
    sweep.sweep_all(now=clock.now())
    assert set(Message.objects.values_list("wording", flat=True)) == {"duty_away"}


@pytest.mark.by_turns(8)
def test_away_sent_twice_is_one_report_and_other_words_are_refused_with_all_that_was_typed(
    client: Client, watched: Watched
) -> None:
    page = page_of(client, watched.carer, path(watched, "away/"))
    once = page.split('name="once" value="')[1].partition('"')[0]
    said = {"whereabouts": "At an uncle's", "reason": "The uncle rang", "once": once}
    answers = [client.post(path(watched, "away/"), said) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert MissingEpisode.objects.get().whereabouts == "At an uncle's"
    assert Event.objects.filter(kind="away_reported").count() == 1
    refused = client.post(path(watched, "away/"), {**said, "whereabouts": "In the park"})
    assert refused.status_code == 422
    assert "An episode is open already" in refused.content.decode()
    assert 'value="In the park"' in refused.content.decode()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("words", ["At an uncle's", "In the park"])
def test_a_page_of_before_reports_nobody_away_anew_after_the_ending(
    client: Client, watched: Watched, words: str
) -> None:
    client.force_login(watched.carer)
    said = {"whereabouts": "At an uncle's", "reason": "The uncle rang", "once": str(uuid.uuid4())}
    client.post(path(watched, "away/"), said)
    episode = MissingEpisode.objects.get()
    ended(episode, at=episode.opened_at + MINUTE)
    refused = client.post(path(watched, "away/"), said | {"whereabouts": words})
    page = html.unescape(refused.content.decode())
    assert refused.status_code == 422
    assert "has ended since" in page
    assert not MissingEpisode.objects.open().exists()
    once = page.split('name="once" value="')[1].partition('"')[0]
    assert once != said["once"]


def test_a_page_of_before_says_nothing_of_a_child_who_is_missing_since(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.carer)
    said = {"whereabouts": "At an uncle's", "reason": "The uncle rang", "once": str(uuid.uuid4())}
    client.post(path(watched, "away/"), said)
    episode = MissingEpisode.objects.get()
    episodes.become_missing(episode, reason="Not there", by=watched.worker, at=episode.opened_at + MINUTE)
    refused = client.post(path(watched, "away/"), said)
    assert refused.status_code == 422
    assert "The police are told" in refused.content.decode()


def test_without_a_place_it_is_not_away(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    response = client.post(path(watched, "away/"), {"whereabouts": " ", "reason": "x"})
    assert response.status_code == 422
    assert "Enter where the child is" in response.content.decode()
    assert not MissingEpisode.objects.exists()


@pytest.mark.by_turns
def test_away_while_an_episode_is_open_is_said_in_the_form(
    client: Client, watched: Watched, now: datetime
) -> None:
    missing(watched.child, by=watched.worker, at=now)
    client.force_login(watched.carer)
    response = client.post(path(watched, "away/"), {"whereabouts": "Lowmoor", "reason": "Rang"})
    assert response.status_code == 422
    assert "The police are told, and this calls nothing off." in response.content.decode()
    assert MissingEpisode.objects.get().status == "missing"


# --- The report


@pytest.mark.by_turns
def test_a_report_with_what_must_be_known_opens_an_episode(client: Client, watched: Watched) -> None:
    client.force_login(watched.guardian)
    response = client.post(path(watched, "missing/quick/"), report())
    episode = MissingEpisode.objects.get(child=watched.child)
    assert response.headers["Location"] == f"/missing/{episode.reference}/"
    assert (episode.status, episode.last_seen_place, episode.last_seen_by) == (
        "missing",
        "The kitchen",
        "M. Reid",
    )
    assert (episode.police_rung, episode.wearing) == (False, "")
    page = html.unescape(client.get(response.headers["Location"]).content.decode())
    assert "What happens next" in page


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("police_rung", "Select if you have phoned the police"),
        ("last_seen_at_when", "Enter when the child was last seen"),
        ("last_seen_place", "Enter where the child was last seen"),
        ("last_seen_by", "Enter the name of the person who saw the child, or select Not known"),
        ("why_worried", "Enter why you are worried"),
    ],
)
def test_what_police_ask_first_must_be_answered(
    client: Client, watched: Watched, left_out: str, words: str
) -> None:
    client.force_login(watched.carer)
    response = client.post(path(watched, "missing/quick/"), report(wearing="Black jacket") | {left_out: ""})
    page = html.unescape(response.content.decode())
    assert response.status_code == 422
    assert page.count(words) >= 2
    assert "Black jacket" in page
    assert not MissingEpisode.objects.exists()


@pytest.mark.by_turns(8)
def test_nobody_has_to_make_up_when_where_or_by_whom_a_child_was_last_seen(
    client: Client, watched: Watched, now: datetime
) -> None:
    client.force_login(watched.carer)
    unknown = {"last_seen_at_when": "", "last_seen_place": "", "last_seen_by": ""}
    answers = report(**unknown, not_known=["when", "where", "by_whom"])
    client.post(path(watched, "missing/quick/"), answers)
    episode = MissingEpisode.objects.get(child=watched.child)
    assert (episode.last_seen_at, episode.last_seen_place, episode.last_seen_by) == (None, "", "")
    assert episode.status == "missing"


@pytest.mark.by_turns(8)
def test_a_first_call_that_brings_reference_and_officer_is_verified_by_duty(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.desk.person)
    answers = report(police_rung="yes", incident_reference="0417/25", officer="PC Shah")
    client.post(path(watched, "missing/quick/"), answers)
    verification = Verification.objects.get(episode__child=watched.child)
    assert (verification.officer, verification.incident_reference) == ("PC Shah", "0417/25")


@pytest.mark.by_turns
def test_a_carers_reference_is_kept_and_verifies_nothing(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    answers = report(police_rung="yes", incident_reference="0417/25", officer="PC Shah")
    client.post(path(watched, "missing/quick/"), answers)
    assert not Verification.objects.exists()
    row = EpisodeForce.objects.get(episode__child=watched.child)
    assert (row.incident_reference, row.officer) == ("0417/25", "PC Shah")


@pytest.mark.by_turns(8)
def test_an_officer_without_a_reference_is_kept_in_words_and_blocks_nothing(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.desk.person)
    client.post(path(watched, "missing/quick/"), report(police_rung="yes", officer="PC Shah"))
    episode = MissingEpisode.objects.get(child=watched.child)
    assert "Spoke to PC Shah of the police, no reference yet." in episode.why_worried
    assert not Verification.objects.exists()


@pytest.mark.by_turns
def test_the_report_completes_what_not_here_began(client: Client, watched: Watched, now: datetime) -> None:
    began = not_here(watched.child, by=watched.carer, at=now - MINUTE)
    page = page_of(client, watched.carer, path(watched, "missing/quick/"))
    assert "Complete the report" in page
    assert began.reference in page
    client.post(path(watched, "missing/quick/"), report(last_seen_at_when="quarter", wearing="Black jacket"))
    episode = MissingEpisode.objects.get(child=watched.child)
    assert (episode.pk, episode.wearing, episode.opened_at) == (began.pk, "Black jacket", began.opened_at)


@pytest.mark.by_turns
def test_a_report_confirms_what_silence_opened(client: Client, watched: Watched, now: datetime) -> None:
    opened = silent(watched.child, at=now - MINUTE)
    client.force_login(watched.carer)
    client.post(path(watched, "missing/quick/"), report())
    opened.refresh_from_db()
    assert (opened.status, opened.police_owed_at is not None) == ("missing", True)


@pytest.mark.by_turns
def test_what_is_held_is_not_asked_again(client: Client, watched: Watched, now: datetime) -> None:
    seen(watched.child, by=watched.carer, at=now - timedelta(hours=1))
    page = page_of(client, watched.guardian, path(watched, "missing/quick/"))
    assert f'value="{watched.carer.name}"' in page
    assert re.search(r'name="last_seen_at_when" value="earlier" checked', page)


@pytest.mark.by_turns
def test_who_will_be_told_is_listed_by_post_and_never_by_name(client: Client, watched: Watched) -> None:
    page = page_of(client, watched.carer, path(watched, "missing/quick/"))
    for line in (
        f"{watched.force.name}, force control room: mail",
        "Duty desk: text message and mail",
        "Social worker: mail",
        "Guardian: mail",
        "Team manager: phone call and mail, after 30 minutes unless an officer is verified",
        "Director: phone call and mail, after 2 hours unless an officer is verified",
    ):
        assert line in page
    for person in (watched.worker, watched.guardian, watched.manager, watched.desk.person):
        assert person.name not in page


@pytest.mark.by_turns
def test_who_is_told_says_nothing_of_whom_the_child_is_kept_from(
    client: Client, watched: Watched, now: datetime
) -> None:
    concerns.keep_from(watched.child, watched.guardian, reason="An allegation", by=watched.manager, at=now)
    page = page_of(client, watched.carer, path(watched, "missing/quick/"))
    assert "Guardian: mail" in page
    assert watched.guardian.name not in page


@pytest.mark.by_turns
def test_a_child_without_a_placement_can_be_reported(client: Client, now: datetime) -> None:
    watched = a_watched_child(at=now - timedelta(hours=5))
    homeless = a_child(
        watched.authority, team=watched.team, worker=watched.worker, at=now - timedelta(hours=5)
    )
    client.force_login(watched.desk.person)
    assert client.get(f"/children/{homeless.reference}/missing/quick/").status_code == 200
    assert client.post(f"/children/{homeless.reference}/missing/quick/", report()).status_code == 302
    assert MissingEpisode.objects.get(child=homeless).placement is None


@pytest.mark.by_turns
def test_999_and_101_stand_before_the_form(client: Client, watched: Watched) -> None:
    page = page_of(client, watched.carer, path(watched, "missing/quick/"))
    assert page.index("In danger now: 999") < page.index("Have you phoned the police?")
    assert 'href="tel:999"' in page
    assert 'href="tel:101"' in page


@pytest.mark.by_turns
def test_another_home_may_not_report_the_child(client: Client, watched: Watched) -> None:
    other = a_person(Role.PLACEMENT_STAFF)
    placed(a_child(), a_home())
    client.force_login(other)
    assert client.post(path(watched, "missing/quick/"), report()).status_code == 404
