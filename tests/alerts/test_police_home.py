"""What an officer with an account reads and tells: the own force's episodes, a number for the area, and words to the council."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import escalations, replies, sweep
from alerts.models import DutyTask, Message, Reply, Verification
from cases import concerns, restrictions
from cases.models import AccessRecord, Event, MissingEpisode, Role, User
from cases.states import IllegalMove
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_home,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    missing,
    placed,
)

NOW = AT + timedelta(hours=3)
pytestmark = [pytest.mark.django_db, pytest.mark.stands_at(NOW)]


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Ferhat", family_name="Wren")


def read(client: Client, user: User, query: str = "") -> str:
    client.force_login(user)
    answer = client.get(reverse("police_home") + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.by_turns(8)
def test_the_list_is_narrowed_to_what_is_still_owed_and_says_when_that_is_nothing(
    watched: Watched, client: Client
) -> None:
    first = missing(watched.child, at=NOW)
    other = a_child(watched.authority, team=watched.team)
    placed(other, watched.home)
    second = missing(other, at=NOW)
    escalations.verify(
        first,
        force=watched.force,
        officer="PC 4821 Penrowe",
        incident_reference="NM-77",
        by=watched.desk.person,
        at=NOW,
    )
    page = read(client, watched.officer)
    assert 'data-count="2"' in page
    assert "(1)" in page
    # The second is as long missing, and no officer has spoken to the council: it stands first.
    assert page.index(second.reference) < page.index(first.reference)
    narrowed = read(client, watched.officer, "?show=not-spoken")
    assert second.reference in narrowed
    assert first.reference not in narrowed
    assert 'data-count="2"' in narrowed, "the title counts all of them"
    assert "?show=not-spoken" in re.findall(r'hx-get="([^"]+)"', narrowed)[0]
    escalations.verify(
        second,
        force=watched.force,
        officer="PC 4821 Penrowe",
        incident_reference="NM-78",
        by=watched.desk.person,
        at=NOW,
    )
    assert "None of these as at" in read(client, watched.officer, "?show=no-reference")
    MissingEpisode.objects.filter(pk=first.pk).update(since=NOW - timedelta(days=40))
    page = read(client, watched.officer)
    assert page.index(second.reference) < page.index(first.reference), (
        "this night's child before a long search"
    )


@pytest.mark.by_turns
def test_the_children_of_the_area_are_a_number_and_no_name(watched: Watched, client: Client) -> None:
    elsewhere = a_watched_child()
    page = read(client, watched.officer)
    assert "1 child whom a council looks after" in page
    for hidden in ("Ferhat", watched.child.reference, elsewhere.child.reference, watched.home.name):
        assert hidden not in page
    assert watched.desk.team.name in page
    assert elsewhere.desk.team.name not in page
    assert "No open episodes as at" in page


@pytest.mark.by_turns
def test_children_whom_councils_elsewhere_placed_in_the_area_stand_there_by_reference_and_the_read_is_on_record(
    watched: Watched, client: Client
) -> None:
    host = an_authority()
    officer, colleague = (a_person(Role.POLICE, force=host.force) for _ in range(2))
    ours = {"team": watched.team, "worker": watched.worker, "given_name": "Ferhat"}
    shown, restricted, kept = (a_child(watched.authority, **ours) for _ in range(3))
    local = a_child(host, team=a_team(host), given_name="Ferhat")
    home = a_home(host)
    for child in (shown, restricted, kept, local):
        placed(child, home)
    restrictions.restrict(
        restricted, reason="A threat", named=[], by=watched.manager, at=AT + timedelta(hours=1)
    )
    concerns.keep_from(
        kept, colleague, reason="Is their uncle", by=watched.manager, at=AT + timedelta(hours=1)
    )
    page = read(client, officer)
    assert "3 children whom councils look after" in page
    listed = page.split('id="placed-list"')[1]
    assert shown.reference in listed
    assert kept.reference in listed
    assert watched.authority.name in listed
    for hidden in (
        "Ferhat",
        restricted.reference,
        local.reference,
        home.name,
        home.address,
        watched.child.reference,
    ):
        assert hidden not in page
    read_of = AccessRecord.objects.filter(user=officer, page="police_home", child__isnull=False)
    assert set(read_of.values_list("child", flat=True)) == {shown.pk, kept.pk}
    assert client.get(reverse("child", args=[shown.reference])).status_code == 404, (
        "a reference opens nothing"
    )
    page = read(client, colleague)
    assert shown.reference in page
    assert kept.reference not in page
    assert 'id="placed-list"' not in read(client, watched.officer), (
        "their own council's children stand in no list"
    )


@pytest.mark.by_turns
def test_reloading_by_itself_without_scripts_is_asked_for(watched: Watched, client: Client) -> None:
    assert 'http-equiv="refresh"' not in read(client, watched.officer)
    assert '<meta http-equiv="refresh" content="30">' in read(client, watched.officer, "?refresh=1")


@pytest.mark.by_turns
def test_what_an_officer_tells_is_on_the_timeline_and_on_the_desk_and_confirms_nothing(
    watched: Watched, client: Client
) -> None:
    episode = missing(watched.child, at=NOW)
    sweep.sweep_all(now=NOW)
    client.force_login(watched.officer)
    assert (
        reverse("episode_tell", args=[episode.reference])
        in client.get(reverse("episode", args=[episode.reference])).content.decode()
    )
    address = reverse("episode_tell", args=[episode.reference])
    answers = {"text": "A girl was seen at the coach station.", "once": str(uuid.uuid4())}
    for _ in range(2):
        assert client.post(address, answers).status_code == 302
    reply = Reply.objects.get(episode=episode)
    assert (reply.force, reply.text) == (watched.force, answers["text"])
    event = Event.objects.get(kind="reply_received")
    assert event.actor == watched.officer
    assert "coach" not in str(event.data)
    assert DutyTask.objects.filter(kind=DutyTask.Kind.READ_REPLY, episode=episode, done_at=None).count() == 1
    assert Message.objects.filter(wording="reply_received", post="duty").exists()
    assert not Verification.objects.exists()
    client.force_login(watched.worker)
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "The police wrote to the council" in page
    assert "coach station" in page
    client.force_login(watched.officer)
    page = client.get(reverse("episode", args=[episode.reference])).content.decode()
    assert "What you told the council" in page
    assert answers["text"] in page


@pytest.mark.by_turns
def test_an_officer_reads_nothing_that_others_wrote(watched: Watched, client: Client) -> None:
    episode = missing(watched.child, at=NOW)
    colleague = a_person(Role.POLICE, force=watched.force)
    replies.tell(episode, "Seen at the quay.", force=watched.force, key=uuid.uuid4(), by=colleague, at=NOW)
    for reader in (watched.officer, watched.guardian, watched.carer):
        client.force_login(reader)
        page = client.get(reverse("episode", args=[episode.reference])).content.decode()
        assert "the quay" not in page
        assert "told the council" not in page


@pytest.mark.by_turns(8)
def test_an_empty_message_is_refused_and_nobody_else_tells_for_the_police(
    watched: Watched, client: Client
) -> None:
    episode = missing(watched.child, at=NOW)
    address = reverse("episode_tell", args=[episode.reference])
    client.force_login(watched.officer)
    assert client.post(address, {"text": " ", "once": str(uuid.uuid4())}).status_code == 422
    stranger = a_watched_child()
    for reader in (watched.worker, watched.desk.person, watched.guardian, stranger.officer):
        client.force_login(reader)
        assert client.get(address).status_code == 404
    with pytest.raises(IllegalMove):
        replies.tell(episode, " ", force=watched.force, key=uuid.uuid4(), by=watched.officer, at=NOW)
    assert not Reply.objects.exists()


@pytest.mark.by_turns
def test_an_officer_verifies_and_closes_for_the_own_force(watched: Watched, client: Client) -> None:
    episode = missing(watched.child, at=NOW)
    client.force_login(watched.officer)
    page = client.get(reverse("episode", args=[episode.reference])).content.decode()
    assert reverse("episode_verify", args=[episode.reference]) in page
    assert reverse("episode_police_closing", args=[episode.reference]) in page
