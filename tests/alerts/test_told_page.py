"""Each outcome of a search through the pages, where nobody here has seen the child: whoever has it is rung."""

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import sweep
from cases import placements
from cases.models import AccessRecord, MissingEpisode
from tests.counts import a_third
from tests.factories import Watched, a_person, a_watched_child, missing

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5))


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=now - 20 * MINUTE)
    sweep.sweep_all(now=now - 20 * MINUTE)
    return found


def path(episode: MissingEpisode, what: str = "") -> str:
    return f"/missing/{episode.reference}/{what}"


def post(client: Client, person: Any, address: str, **answers: Any) -> Any:
    client.force_login(person)
    return client.post(address, answers)


def page_of(client: Client, person: Any, address: str) -> str:
    client.force_login(person)
    page = client.get(address).content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def told(**said: Any) -> dict[str, Any]:
    return {
        "what": "spoke",
        "office": "hospital",
        "name": "Northmere General, ward 4",
        "said_by": "Sister Maud Ferrier",
        "phone": "01632 960188",
        "number_from": "publish",
        "number_where": "Contact page of the hospital",
        "reference": "NG 4471",
        "told_at_when": "now",
        **said,
    }


def end(**said: Any) -> dict[str, Any]:
    return {
        "found_at_when": "now",
        "where_now": "Northmere",
        "condition": "well",
        "interview": "not_yet",
        "bed": "kept",
        **said,
    }


FAMILY = {"office": "family", "number_from": "record", "name": "", "reference": ""}
CUSTODY = {"office": "police", "number_from": "national", "phone": "101", "name": "Northmere custody"}


# Each outcome by the office that tells of it, and of three one in turn in each run: tests/journeys ends each by the forms.
OUTCOMES: list[tuple[Any, Any]] = [
    ({}, {"outcome": "hospital", "with_child": "Key worker"}),
    ({"what": "unspoken", "unspoken": "In theatre"}, {"outcome": "hospital", "with_child": "Nobody yet"}),
    (CUSTODY, {"outcome": "arrested"}),
    (
        {"office": "detained", "name": "A hotel for adults"},
        {"outcome": "treated_as_adult", "decided_by": "Port"},
    ),
    (FAMILY, {"outcome": "with_family", "checked_by": "Dina Sorrel"}),
    ({"office": "abroad", "phone": "+33 1 23 45 67 89"}, {"outcome": "abroad"}),
    ({"office": "council", "number_from": "ours"}, {"outcome": "safe_elsewhere"}),
    ({"office": "council", "number_from": "ours"}, {"outcome": "still_at_risk"}),
    ({"office": "council", "number_from": "ours"}, {"outcome": "returned"}),
    ({"what": "died"}, {"outcome": "died"}),
    ({"what": "died", "office": "coroner"}, {"outcome": "died"}),
]


@pytest.mark.by_turns
@pytest.mark.parametrize(("office", "ending"), a_third(OUTCOMES, "told by an office"))
def test_each_outcome_is_ended_through_the_pages_without_anybody_having_seen_the_child(
    client: Client, watched: Watched, episode: MissingEpisode, office: Any, ending: Any
) -> None:
    duty = watched.desk.person
    if not office:
        assert "ring whoever has the child" in page_of(client, duty, path(episode))
    assert post(client, duty, path(episode, "told/"), **told(**office)).status_code == 302
    closing = {"officer": "PC Shah", "closed_at_when": "now"}
    assert post(client, watched.desk.second, path(episode, "police-closing/"), **closing).status_code == 302
    assert post(client, duty, path(episode, "end/"), **end(**ending)).status_code == 302
    episode.refresh_from_db()
    assert (episode.status, episode.outcome) == ("ended", ending["outcome"])
    page = page_of(client, duty, path(episode))
    assert "Sister Maud Ferrier" in page
    assert "Contact page of the hospital" in page


def test_a_child_with_no_placement_and_no_number_at_all_is_ended_too(client: Client, now: datetime) -> None:
    watched = a_watched_child(at=now - timedelta(hours=5))
    left = {"by": watched.worker, "at": now - timedelta(hours=1)}
    placements.end(watched.placement, ends_at=left["at"], reason="Moved out", where="", **left)
    episode = missing(watched.child, by=watched.worker, at=now - 20 * MINUTE)
    duty = watched.desk.person
    assert post(client, duty, path(episode, "told/"), **told(**CUSTODY)).status_code == 302
    episode.refresh_from_db()
    assert (episode.child_confirmed_how, episode.child_confirmed_phone) == ("office", "101")


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("what", ["died", "unspoken"])
def test_the_police_word_alone_needs_a_second_person_or_the_officer_signed_in(
    client: Client, watched: Watched, episode: MissingEpisode, what: str
) -> None:
    answers = told(**CUSTODY, what=what, unspoken="The sergeant let nobody")
    assert post(client, watched.desk.person, path(episode, "told/"), **answers).status_code == 302
    closing = {"officer": "PC Shah", "closed_at_when": "now"}
    refused = post(client, watched.desk.person, path(episode, "police-closing/"), **closing)
    assert refused.status_code == 422
    assert "nobody has spoken to the child" in refused.content.decode()
    assert post(client, watched.officer, path(episode, "police-closing/"), **closing).status_code == 302


LEFT_OUT: list[tuple[Any, str]] = [
    ({"what": ""}, "Select what you were told"),
    ({"what": "unspoken"}, "Enter why nobody could speak to the child"),
    ({"office": ""}, "Select who told you"),
    ({"name": ""}, "Enter which office told you"),
    ({"said_by": ""}, "Enter who told you"),
    ({"phone": ""}, "Enter the number you rang"),
    ({"phone": "ring me"}, "Enter a phone number, like"),
    ({"number_from": ""}, "Select where you took the number from"),
    ({"number_from": "caller"}, "not on the list any more"),
    ({"number_from": "national"}, "Select another number: only the police are rung on 101"),
    ({**CUSTODY, "phone": "01632 960188"}, "Enter 101: put through by the force, it is the number you rang"),
    ({"phone": "101"}, "You rang 101: select that the force put you through"),
    ({"number_where": ""}, "Enter where exactly you found the number"),
    ({"reference": ""}, "Enter their reference"),
    ({"told_at_when": ""}, "Select when you spoke"),
    ({"office": "family"}, "of a family only a number counts that was in it before the search"),
    ({**FAMILY, "what": "unspoken", "unspoken": "Asleep"}, "speak to the child itself"),
    (
        {"what": "died", "office": "council"},
        "Select who may tell of a death: an officer, a hospital or a coroner",
    ),
    ({"office": "coroner"}, "Select another office: a coroner has no child who is alive"),
]


@pytest.mark.by_turns(8)
def test_what_is_left_out_is_asked_for_at_its_field_and_everything_typed_stands(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.desk.person)
    for said, words in LEFT_OUT:
        answer = client.post(path(episode, "told/"), told(**said))
        page = html.unescape(answer.content.decode())
        assert answer.status_code == 422, words
        assert words in page
        assert "Contact page of the hospital" in page or "number_where" in said, words
    episode.refresh_from_db()
    assert episode.child_confirmed_at is None


@pytest.mark.by_turns
def test_nobody_but_the_desk_and_the_manager_is_told_by_an_office(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    for who in ("worker", "carer", "guardian", "officer"):
        client.force_login(getattr(watched, who))
        for send in (client.get, client.post):
            assert send(path(episode, "told/")).status_code in (403, 404), who
    client.force_login(a_person("duty_desk"))
    assert client.get(path(episode, "told/")).status_code == 404
    assert AccessRecord.objects.exists()


@pytest.mark.by_turns(8)
def test_a_death_is_refused_at_its_field_until_an_office_has_told_of_it(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    duty = watched.desk.person
    post(client, watched.desk.second, path(episode, "return/"), how="saw")
    post(client, duty, path(episode, "police-closing/"), officer="PC Shah", closed_at_when="now")
    answer = post(client, duty, path(episode, "end/"), outcome="died", found_at_when="now")
    assert "First record which office told you that the child has died" in answer.content.decode()
    post(client, duty, path(episode, "told/"), **told(what="died"))
    assert "Told of the death:" in page_of(client, duty, path(episode))
    answer = post(client, duty, path(episode, "end/"), **end(outcome="returned"))
    assert "If that was wrong, confirm it with the child first" in answer.content.decode()
    answer = post(client, duty, path(episode, "end/"), outcome="died", found_at_when="now")
    assert answer.status_code == 422
    assert "Somebody else on duty must end it" in answer.content.decode()
    other = watched.desk.second
    assert post(client, other, path(episode, "end/"), outcome="died", found_at_when="now").status_code == 302
