"""The duty desk: who is to be rung, what a call brings, and what stays when it brings nothing."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import duty_tasks, emails, failures, home_calls, second_calls, sweep
from alerts.models import Alert, AlertStep, Clock, DutyTask, Message
from alerts.views import duty_desk
from cases import clock, concerns, contacts, episodes, placements
from cases.models import Contact, EpisodeForce, Means, MissingEpisode, Role
from tests.factories import (
    Watched,
    a_child,
    a_duty_desk,
    a_home,
    a_person,
    a_sighting,
    a_watched_child,
    missing,
    placed,
    seen,
)

pytestmark = pytest.mark.django_db

PAGE = "/duty/"
MINUTE = timedelta(minutes=1)


def silent_until(step: str, *, now: datetime, **details: Any) -> Watched:
    """A child whose silence has climbed to `step` a moment before `now`."""
    watched = a_watched_child(at=now - timedelta(days=3), **details)
    climb(watched, step, now=now)
    return watched


def climb(watched: Watched, step: str, *, now: datetime) -> None:
    """Sweep at each instant owed until the child's silence has climbed `step`; the last such instant is in the past."""
    for _ in range(40):
        if AlertStep.objects.filter(alert__child=watched.child, step=step).exists():
            return
        at = min(c.next_at for c in Clock.objects.filter(child=watched.child) if c.next_at)
        assert at <= now, f"{step} is not owed before {at}"
        sweep.sweep_all(now=at)
    raise AssertionError(f"{step} was never climbed")


@pytest.fixture
def rung(now: datetime) -> Watched:
    """A home that the desk is asked to ring."""
    return silent_until("R1", now=now, given_name="Samir")


@pytest.fixture
def unseen(now: datetime) -> Watched:
    """A child whose desk is asked to ring the police."""
    return silent_until("R3", now=now)


@pytest.fixture
def failed_safe(now: datetime) -> Watched:
    """A child of whom the police are owed word."""
    return silent_until("fail_safe", now=now)


@pytest.fixture
def reported(now: datetime) -> Watched:
    """A child who was reported missing, and the desk and the force are told."""
    watched = a_watched_child(at=now - timedelta(hours=1))
    missing(watched.child, by=watched.worker, at=now - 5 * MINUTE)
    sweep.sweep_all(now=now)
    return watched


@pytest.fixture
def unreached(now: datetime) -> Watched:
    """A child about whom no text was taken, hours ago."""
    watched = silent_until("R2", now=now - timedelta(hours=5))
    failed_texts(watched, now=now - timedelta(hours=4))
    return watched


@pytest.fixture
def duty(client: Client, rung: Watched) -> Client:
    client.force_login(rung.desk.person)
    return client


def page_of(client: Client, path: str = PAGE) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def the_task(watched: Watched, kind: str = DutyTask.Kind.RING_HOME) -> DutyTask:
    return DutyTask.objects.filter(authority=watched.authority, kind=kind).latest("pk")


def said(watched: Watched, **answers: Any) -> dict[str, Any]:
    """What duty types after the home said who saw the child."""
    return {
        "children": watched.child.reference,
        "witness": "M. Reid",
        "witness_role": "placement_staff",
        "seen_at_when": "now",
        "means": "face_to_face",
        "once": str(uuid.uuid4()),
        **answers,
    }


@pytest.mark.by_turns(8)
def test_the_same_call_sent_again_is_one_contact_and_other_words_stay_in_the_form(
    duty: Client, rung: Watched
) -> None:
    address, form = f"/duty/tasks/{the_task(rung).pk}/seen/", said(rung)
    for _ in range(2):
        assert duty.post(address, form).status_code == 302
    refused = duty.post(address, {**form, "note": "He asked for his brother"})
    assert refused.status_code == 422
    assert "He asked for his brother" in refused.content.decode()
    assert "on the page of the child" in refused.content.decode()
    assert Contact.objects.filter(child=rung.child).count() == 1
    another = {**form, "once": str(uuid.uuid4())}
    assert duty.post(address, another).status_code == 302, "somebody else was told as well"
    assert Contact.objects.filter(child=rung.child).count() == 2


@pytest.mark.by_turns
def test_why_nothing_counts_of_a_whole_home_costs_as_many_questions_as_of_one_child(
    rung: Watched, now: datetime
) -> None:
    others = [a_watched_child(at=now - timedelta(days=3), home=rung.home).child for _ in range(3)]
    sighting = a_sighting(rung.desk.person, at=now, means=Means.MESSAGE)
    asked = []
    for children in ([rung.child], [rung.child, *others]):
        home_calls.record_seen(the_task(rung), children, sighting, by=rung.desk.person, at=now)
        with CaptureQueriesContext(connection) as queries:
            said = home_calls.why_none(children, sighting, at=now)
        asked.append(len(queries))
        assert len(said) == 1, "each reason once"
        assert "anybody who holds the phone can write a message" in said[0]
    assert asked[0] == asked[1]


@pytest.mark.by_turns
def test_a_silent_home_is_one_row_with_its_references_and_its_number_and_reading_it_changes_nothing(
    duty: Client, rung: Watched
) -> None:
    before = (DutyTask.objects.count(), Message.objects.count(), Alert.objects.count())
    page = page_of(duty)
    assert (DutyTask.objects.count(), Message.objects.count(), Alert.objects.count()) == before
    assert rung.home.name in page
    assert rung.child.reference in page
    assert f'href="tel:{rung.home.phone.replace(" ", "")}"' in page
    assert "Nobody has taken this" in page
    assert 'data-count="1"' in page
    # The list stands alone for the refresh.
    part = page_of(duty, "/partials/duty/")
    assert rung.child.reference in part
    assert "<html" not in part
    assert 'hx-trigger="every 15s' in part
    # A task is taken by a press and never by a link.
    assert duty.get(f"/duty/tasks/{the_task(rung).pk}/take/").status_code == 405
    assert the_task(rung).taken_by is None


@pytest.mark.by_turns
def test_an_empty_desk_says_so_with_the_time(client: Client, now: datetime) -> None:
    client.force_login(a_duty_desk().person)
    page = page_of(client)
    assert re.search(r"No home to ring as at \S+", page)
    assert 'data-count="0"' in page


@pytest.mark.by_turns(8)
def test_another_authoritys_duty_sees_none_of_it_and_reaches_no_task_and_managers_read_of_their_own_team(
    client: Client, rung: Watched
) -> None:
    client.force_login(a_duty_desk().person)
    assert rung.child.reference not in page_of(client)
    for path in ("take/", "not-reached/", "done/", "seen/"):
        address = f"/duty/tasks/{the_task(rung).pk}/{path}"
        assert client.post(address, said(rung, answer="x")).status_code == 404
    client.force_login(rung.manager)
    assert rung.child.reference in page_of(client)
    client.force_login(a_person(Role.TEAM_MANAGER, authority=rung.authority))
    assert rung.child.reference not in page_of(client)
    assert DutyTask.objects.get(pk=the_task(rung).pk).taken_by is None
    assert not Contact.objects.filter(child=rung.child).exists()


@pytest.mark.by_turns
def test_who_works_on_no_desk_is_refused_the_page(client: Client, rung: Watched) -> None:
    for who in ("worker", "carer", "guardian", "officer"):
        client.force_login(getattr(rung, who))
        assert client.get(PAGE).status_code == 403, who
        assert client.get("/partials/duty/").status_code == 403, who


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    response = client.get(PAGE)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in/")


@pytest.mark.by_turns
def test_a_duty_worker_kept_from_the_child_reads_nothing_of_it(
    duty: Client, rung: Watched, now: datetime
) -> None:
    concerns.keep_from(rung.child, rung.desk.person, reason="An allegation", by=rung.manager, at=now)
    page = page_of(duty)
    assert rung.child.reference not in page
    assert rung.home.name not in page


@pytest.mark.by_turns(8)
def test_i_am_ringing_is_shown_to_the_others_and_refused_to_them(
    duty: Client, rung: Watched, client: Client
) -> None:
    task = the_task(rung)
    assert duty.post(f"/duty/tasks/{task.pk}/take/").status_code == 302
    task.refresh_from_db()
    assert task.taken_by == rung.desk.person
    assert task.next_at is None
    other = Client()
    other.force_login(rung.desk.second)
    page = page_of(other)
    assert f"<bdi>{rung.desk.person.name}</bdi> has this" in page
    assert "I am ringing" not in page
    assert other.post(f"/duty/tasks/{task.pk}/take/").status_code == 409


def test_could_not_reach_is_kept_and_the_home_stays_on_the_desk(duty: Client, rung: Watched) -> None:
    task = the_task(rung)
    duty.post(f"/duty/tasks/{task.pk}/not-reached/")
    task.refresh_from_db()
    assert task.answer == "Could not reach."
    page = page_of(duty)
    assert rung.home.name in page
    assert "Could not reach." in page
    assert "Nobody is ringing now" in page
    assert Alert.objects.get(child=rung.child, clock__kind=Clock.Kind.CONTACT).status == "open"
    # Ringing once more is a call of its own.
    duty.post(f"/duty/tasks/{task.pk}/take/")
    again = the_task(rung)
    assert again.pk != task.pk
    assert (again.taken_by, again.done_at) == (rung.desk.person, None)
    assert page_of(duty).count("Seen by…") == 1


@pytest.mark.by_turns
def test_seen_by_a_named_witness_told_on_the_phone_is_proof_and_clears_the_row(
    duty: Client, rung: Watched
) -> None:
    task = the_task(rung)
    response = duty.post(f"/duty/tasks/{task.pk}/seen/", said(rung))
    assert response.status_code == 302
    contact = Contact.objects.get(child=rung.child)
    assert (contact.witness, contact.witness_user, contact.told_by) == ("M. Reid", None, "M. Reid")
    assert (contact.means, contact.witness_role) == (Means.FACE_TO_FACE, "placement_staff")
    assert contact.organisation == f"home:{rung.home.pk}"
    assert contact.recorded_by == rung.desk.person
    task.refresh_from_db()
    assert (task.done_by, task.answer) == (rung.desk.person, "Seen by M. Reid")
    assert "No home to ring" in page_of(duty)


@pytest.mark.by_turns
def test_two_silent_children_of_a_house_are_one_row_and_one_that_was_not_ticked_stays(
    client: Client, now: datetime
) -> None:
    first = a_watched_child(at=now - timedelta(days=3))
    other = a_child(first.authority, team=first.team, worker=first.worker, at=now - timedelta(days=3))
    placed(other, first.home)
    climb(first, "R1", now=now)
    client.force_login(first.desk.person)
    page = page_of(client)
    assert page.count("Seen by…") == 1
    assert first.child.reference in page
    assert other.reference in page
    task = the_task(first)
    form = page_of(client, f"/duty/tasks/{task.pk}/seen/")
    assert not re.search(r'value="MC[0-9-]+"[^>]*checked', form)
    client.post(f"/duty/tasks/{task.pk}/seen/", said(first))
    task.refresh_from_db()
    assert task.done_at is None
    page = page_of(client)
    assert other.reference in page
    assert first.child.reference not in page


@pytest.mark.by_turns
def test_a_spoken_word_that_the_policy_does_not_accept_leaves_the_child_on_the_desk(
    duty: Client, rung: Watched
) -> None:
    duty.post(f"/duty/tasks/{the_task(rung).pk}/seen/", said(rung, means="phone"))
    assert Contact.objects.get(child=rung.child).means == Means.PHONE
    assert rung.child.reference in page_of(duty)


@pytest.mark.by_turns
def test_an_answer_left_out_is_asked_for_and_nothing_typed_is_lost_and_a_time_to_come_is_refused(
    duty: Client, rung: Watched, now: datetime
) -> None:
    for left_out, words in (
        ({"witness": ""}, "Enter the name of the person who saw the child"),
        ({"seen_at_when": ""}, "Select when the child was seen"),
        ({"means": ""}, "Select how the child was seen"),
        ({"children": []}, "Select who was seen"),
    ):
        answers = said(rung, note="Was in the kitchen") | left_out
        response = duty.post(f"/duty/tasks/{the_task(rung).pk}/seen/", answers)
        page = response.content.decode()
        assert response.status_code == 422, words
        assert words in page
        assert "Was in the kitchen" in page, words
        assert "<title>Error: " in page, words
    ahead = now + timedelta(days=1)
    answers = said(
        rung,
        seen_at_when="earlier",
        seen_at_time="12:00",
        seen_at_day=ahead.day,
        seen_at_month=ahead.month,
        seen_at_year=ahead.year,
    )
    assert duty.post(f"/duty/tasks/{the_task(rung).pk}/seen/", answers).status_code == 422
    assert not Contact.objects.filter(child=rung.child).exists()


@pytest.mark.by_turns
def test_a_child_seen_meanwhile_leaves_the_desk_before_the_next_sweep(
    duty: Client, rung: Watched, now: datetime
) -> None:
    seen(rung.child, by=rung.carer, at=now)
    assert Alert.objects.filter(child=rung.child, status="open").exists()
    assert "No home to ring" in page_of(duty)
    sweep.sweep_all(now=clock.now())
    response = duty.post(f"/duty/tasks/{the_task(rung).pk}/seen/", said(rung))
    assert response.status_code == 302, "what duty was told meanwhile is on record all the same"
    assert Contact.objects.filter(child=rung.child, witness="M. Reid").count() == 1
    assert Contact.objects.filter(child=rung.child).count() == 2


@pytest.mark.by_turns(8)
def test_once_the_child_is_reported_seen_no_page_says_that_nobody_has(
    client: Client, failed_safe: Watched, now: datetime
) -> None:
    watched = failed_safe
    client.force_login(watched.desk.person)
    reference = MissingEpisode.objects.get(child=watched.child).reference
    unseen = "nobody has recorded seeing this child"
    texts = [PAGE, *(f"/missing/{reference}/{page}" for page in ("", "text/", "briefing/"))]
    assert all(unseen in client.get(path).content.decode() for path in texts)
    seen(watched.child, by=watched.carer, at=now)
    shown = {path: client.get(path).content.decode() for path in texts}
    assert not [path for path, page in shown.items() if unseen in page]
    assert "No home to ring" in shown[PAGE]
    assert all("Back, to be confirmed" in page for page in shown.values())
    sweep.sweep_all(now=now)
    assert the_task(watched).done_at == now, "nobody is rung about a call that is owed no longer"
    unphoned = "Nobody has recorded phoning them yet"
    assert unphoned in page_of(client)
    episode = MissingEpisode.objects.get(child=watched.child)
    episodes.record_police_closing(
        episode, officer="PC 4821 Penrowe", closed_at=now, by=watched.desk.person, at=now
    )
    assert unphoned not in page_of(client)
    assert "no officer has spoken to us" not in page_of(client, f"/missing/{reference}/")


@pytest.mark.by_turns(8)
def test_when_what_was_seen_is_withdrawn_the_home_is_to_be_rung_again(
    failed_safe: Watched, now: datetime
) -> None:
    watched = failed_safe
    for minutes in (0, 4):
        said = now + minutes * MINUTE
        seen(watched.child, by=watched.carer, at=said)
        sweep.sweep_all(now=said)
        assert the_task(watched).done_at == said
        wrong = Contact.objects.latest("pk")
        contacts.withdraw(wrong, reason="The other boy", by=watched.worker, at=said + MINUTE)
        sweep.sweep_all(now=said + 2 * MINUTE)
        again = the_task(watched)
        assert (again.done_at, again.opened_at) == (None, said + 2 * MINUTE)
        assert again.next_at == said + 17 * MINUTE
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.RING_HOME).count() == 1


@pytest.mark.by_turns
def test_a_child_without_a_placement_is_asked_about(client: Client, now: datetime) -> None:
    watched = a_watched_child(at=now - timedelta(days=4))
    seen(watched.child, by=watched.carer, at=now - timedelta(days=3, hours=12))
    placements.end(
        watched.placement,
        at=now - timedelta(days=3),
        ends_at=now - timedelta(days=3),
        by=watched.worker,
        reason="Left",
    )
    climb(watched, "R1", now=now)
    client.force_login(watched.desk.person)
    page = page_of(client)
    assert "Where is" in page
    assert watched.child.reference in page


@pytest.mark.by_turns(8)
def test_the_r3_task_can_be_held_once_and_says_when_the_police_are_told(
    client: Client, unseen: Watched, now: datetime
) -> None:
    watched = unseen
    client.force_login(watched.desk.person)
    page = page_of(client)
    episode = MissingEpisode.objects.get(child=watched.child)
    assert episode.reference in page
    assert "Unless somebody sees the child first, the police alert goes by itself at" in page
    task = the_task(watched, DutyTask.Kind.RING_POLICE)
    # One button takes the call and holds the alert; a second that only takes it would let the alert go.
    assert f'id="on-it-{task.pk}"' in page
    assert f'id="take-{task.pk}"' not in page
    alert = Alert.objects.get(child=watched.child, clock__kind=Clock.Kind.CONTACT)
    assert client.post(f"/duty/alerts/{alert.pk}/on-it/").status_code == 302
    alert.refresh_from_db()
    assert alert.on_it_by == watched.desk.person
    page = page_of(client)
    assert f"<bdi>{watched.desk.person.name}</bdi> is on this." in page
    task.refresh_from_db()
    assert (task.taken_by, task.next_at) == (watched.desk.person, None), "nobody else is rung about it"
    assert client.post(f"/duty/alerts/{alert.pk}/on-it/").status_code == 409


@pytest.mark.by_turns
def test_only_duty_and_managers_hold_the_fail_safe(client: Client, unseen: Watched) -> None:
    watched = unseen
    alert = Alert.objects.get(child=watched.child, clock__kind=Clock.Kind.CONTACT)
    for who in ("worker", "carer", "guardian", "officer"):
        client.force_login(getattr(watched, who))
        assert client.post(f"/duty/alerts/{alert.pk}/on-it/").status_code == 404, who
    alert.refresh_from_db()
    assert alert.on_it_at is None


@pytest.mark.by_turns
def test_an_open_police_alert_shows_the_next_act_with_its_time(client: Client, reported: Watched) -> None:
    watched, episode = reported, MissingEpisode.objects.get(child=reported.child)
    client.force_login(watched.desk.person)
    page = page_of(client)
    assert episode.reference in page
    assert "Next: duty rings 101 again" in page
    assert "Not verified: no officer has spoken to us" in page
    # Not here was seen by a person: there is nothing to confirm.
    assert "Ring the police<" in page


@pytest.mark.by_turns
def test_the_desk_and_the_child_page_say_that_the_police_alert_went_by_itself_and_nobody_phoned(
    client: Client, failed_safe: Watched, now: datetime
) -> None:
    watched = failed_safe
    climb(watched, "call_0", now=now)
    episode = MissingEpisode.objects.get(child=watched.child)
    control_room = f"{watched.force.name}, force control room"
    client.force_login(watched.desk.person)
    paths = (PAGE, f"/children/{watched.child.reference}/")
    for path in paths:
        page = page_of(client, path)
        assert f"The mail to {control_room}, owed at" in page
        assert "has not been accepted yet. Nobody has recorded phoning them yet." in page
    Message.objects.filter(force__isnull=False).update(status="sent", sent_at=now)
    for path in paths:
        assert f"The police alert was mailed by itself to {control_room} at" in page_of(client, path)
    EpisodeForce.objects.filter(episode=episode).update(incident_reference="NM-77")
    for path in paths:
        assert "The police alert was mailed" not in page_of(client, path)


@pytest.mark.by_turns
def test_an_alert_has_one_main_call_and_the_earlier_ones_as_links_in_order(
    client: Client, now: datetime
) -> None:
    watched = a_watched_child(at=now - timedelta(hours=6))
    missing(watched.child, by=watched.worker, at=now - timedelta(hours=3))
    for minutes in (180, 120, 0):
        sweep.sweep_all(now=now - timedelta(minutes=minutes))
    client.force_login(watched.desk.person)
    page = page_of(client)
    assert page.count("Record police reference") == 1
    kinds = ("Ring the force duty inspector", "Asked before and still open", "Ring the police<")
    places = [page.index(words) for words in (*kinds, "Ring 101 again")]
    assert places == sorted(places)


@pytest.mark.by_turns
def test_what_came_of_a_task_is_kept_and_closes_it(client: Client, reported: Watched) -> None:
    watched = reported
    client.force_login(watched.desk.person)
    task = the_task(watched, DutyTask.Kind.RING_POLICE)
    assert client.post(f"/duty/tasks/{task.pk}/done/", {"answer": ""}).status_code == 422
    client.post(
        f"/duty/tasks/{task.pk}/done/", {"answer": "Rang 101, held for ten minutes", "reached": "yes"}
    )
    task.refresh_from_db()
    assert (task.done_by, task.answer) == (watched.desk.person, "Rang 101, held for ten minutes")
    assert "Ring the police<" not in page_of(client)


@pytest.mark.by_turns
def test_a_failed_send_is_a_person_to_ring(client: Client, reported: Watched, now: datetime) -> None:
    watched = reported
    message = Message.objects.get(wording="police_alert", mailbox=watched.control_room)
    Message.objects.filter(pk=message.pk).update(status="failed", last_error="550 no such mailbox")
    message.refresh_from_db()
    failures.reach_a_person(message, at=now)
    client.force_login(watched.desk.person)
    page = page_of(client)
    assert f"Phone them now: {watched.force.name}" in page
    assert "550 no such mailbox" in page


def failed_texts(watched: Watched, *, now: datetime) -> list[Message]:
    """Every text about the child fails for good, as where the gateway is down."""
    texts = list(Message.objects.filter(channel="text", items__alert__child=watched.child).distinct())
    for text in texts:
        Message.objects.filter(pk=text.pk).update(status="failed", last_error="503 gateway down")
        failures.reach_a_person(text, at=now)
    return texts


@pytest.mark.by_turns
def test_a_failed_text_names_whom_it_was_for_and_one_call_is_for_all_of_theirs(
    client: Client, unreached: Watched
) -> None:
    watched = unreached
    client.force_login(watched.desk.person)
    page = page_of(client)
    second, manager = watched.desk.second, watched.manager
    assert page.count(f"Phone them now: {second.name}") == 1
    assert f"Phone them now: {manager.name}, Team manager" in page
    assert page.count(f"Phone them now: <bdi>{watched.placement.home.name}</bdi>") == 1
    of_second = DutyTask.objects.open().filter(kind="phone_them", message__user=second)
    assert Message.objects.filter(user=second, status="failed").count() > 1
    assert of_second.count() == 1
    client.post(f"/duty/tasks/{of_second[0].pk}/take/")
    assert not of_second.filter(taken_at=None).exists()
    client.post(f"/duty/tasks/{of_second[0].pk}/done/", {"answer": "Told on the landline"})
    assert not of_second.exists()
    assert f"Phone them now: {manager.name}" in page_of(client)


@pytest.mark.by_turns
def test_the_second_person_gets_one_text_that_says_how_many_calls_nobody_has_taken(
    unreached: Watched, now: datetime
) -> None:
    steps = [f"second:{pk}" for pk in DutyTask.objects.filter(kind="phone_them").values_list("pk", flat=True)]
    assert len(steps) > 1
    assert second_calls.ring_second(now=now) >= len(steps)
    (text,) = Message.objects.filter(items__step__in=steps).distinct()
    said = emails.compose_text(text, now=now)
    # All that nobody has taken by then, but for the calls to homes.
    told = set(text.items.values_list("step", flat=True))
    assert told > set(steps)
    assert f"{len(told)} duty tasks are not taken, and you are second" in said
    assert second_calls.ring_second(now=now) == 0


@pytest.mark.by_turns
def test_a_dead_gateway_does_not_breed_tasks_about_its_own_tasks(unreached: Watched, now: datetime) -> None:
    watched = unreached
    for hours in (3, 2):
        second_calls.ring_second(now=now - timedelta(hours=hours))
        failed_texts(watched, now=now - timedelta(hours=hours))
    before = DutyTask.objects.filter(kind="phone_them").count()
    second_calls.ring_second(now=now)
    failed_texts(watched, now=now)
    assert DutyTask.objects.filter(kind="phone_them").count() == before


@pytest.mark.by_turns
def test_the_desk_leads_from_the_child_to_the_police_to_the_end(client: Client, now: datetime) -> None:
    watched = a_watched_child(at=now - timedelta(hours=1))
    episode = missing(watched.child, by=watched.worker, at=now - 5 * MINUTE)
    sweep.sweep_all(now=now - MINUTE)
    seen(watched.child, by=watched.carer, at=now)
    sweep.sweep_all(now=now)
    client.force_login(watched.desk.person)
    task = the_task(watched, DutyTask.Kind.CONFIRM_RETURN)
    address = f"/missing/{episode.reference}/"
    assert f'href="{address}return/" id="main-{task.pk}"' in page_of(client)
    client.post(f"{address}return/", {"how": "saw"})
    page = page_of(client)
    assert f'href="{address}police-closing/" id="main-{task.pk}"' in page
    assert "You have this since" in page
    client.post(f"{address}police-closing/", {"officer": "PC Shah", "closed_at_when": "now"})
    assert f'href="{address}end/" id="main-{task.pk}"' in page_of(client)


@pytest.mark.by_turns
def test_the_desk_costs_the_same_queries_for_one_home_and_for_a_street(
    client: Client, rung: Watched, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty_desk, "ROWS", 2)
    single = rung
    street = a_watched_child(at=now - timedelta(days=3))
    for _ in range(2):
        child = a_child(street.authority, team=street.team, worker=street.worker, at=now - timedelta(days=3))
        placed(child, a_home(street.authority))
    climb(street, "R1", now=now)
    costs = {}
    for watched, homes in ((single, 1), (street, 3)):
        client.force_login(watched.desk.person)
        client.get(PAGE)
        with CaptureQueriesContext(connection) as spent:
            page = page_of(client)
        assert page.count("Seen by…") == min(homes, duty_desk.ROWS)
        costs[homes] = len(spent)
    assert costs[3] == costs[1]


def test_a_task_done_elsewhere_is_a_conflict_in_the_form(duty: Client, rung: Watched, now: datetime) -> None:
    task = the_task(rung)
    duty_tasks.finish(task, answer="Rang", by=rung.desk.second, at=now)
    response = duty.post(f"/duty/tasks/{task.pk}/done/", {"answer": "Rang too"})
    assert response.status_code == 422
    assert "This task is done already." in response.content.decode()


@pytest.mark.by_turns
def test_a_home_stays_to_be_rung_after_the_fail_safe_until_somebody_confirms(
    client: Client, failed_safe: Watched, now: datetime
) -> None:
    watched = failed_safe
    climb(watched, "call_0", now=now)
    client.force_login(watched.desk.person)
    assert watched.home.name in client.get(PAGE).content.decode()
    missing(watched.child, by=watched.manager, at=now)
    sweep.sweep_all(now=now)
    assert watched.home.name not in client.get(PAGE).content.decode()


@pytest.mark.by_turns(8)
def test_a_silence_that_became_away_leads_to_its_episode_and_not_to_a_form_that_refuses(
    client: Client, unseen: Watched, now: datetime
) -> None:
    watched = unseen
    client.force_login(watched.desk.person)
    episode = MissingEpisode.objects.get(child=watched.child)
    assert f"/missing/{episode.reference}/police/" in page_of(client)
    episodes.report_away(watched.child, whereabouts="With a cousin", reason="Rang", by=watched.carer, at=now)
    page = page_of(client)
    assert f"/missing/{episode.reference}/police/" not in page
    assert "Open the episode" in page
