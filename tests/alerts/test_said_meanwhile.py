"""What is typed of a child stays with whoever typed it, whatever somebody else has done meanwhile."""

import html
import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.models import DutyTask
from cases import clock, concerns, doubted_arrivals, drafts, mergers, transfers
from cases.models import Child, Contact, Draft, MissingEpisode, Role, Transfer, User
from guardians import assignments
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_home,
    a_person,
    a_watched_child,
    agreed,
    arrived,
    case_closed,
    missing,
    not_here,
    placed,
    seen,
)

pytestmark = pytest.mark.django_db
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
RUNG = AT.replace(hour=18, minute=30)
NOTE = "He was in the shower, she says"


@pytest.fixture
def home_to_ring() -> Watched:
    """A home that the desk is asked to ring, and whose form stands open there."""
    watched = a_watched_child(given_name="Samir")
    seen(watched.child, by=watched.carer, at=RUNG - 5 * HOUR)
    sweep.sweep_all(now=RUNG)
    return watched


def call_of(watched: Watched) -> DutyTask:
    return DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME, home=watched.home, authority=watched.authority)


def heard(*children: Child, **more: Any) -> dict[str, Any]:
    said = {
        "children": [one.reference for one in children],
        "witness": "Marguerite Reid",
        "witness_role": "placement_staff",
        "seen_at_when": "now",
        "means": "face_to_face",
        "knows_child": "on",
        "note": NOTE,
        "once": str(uuid.uuid4()),
    }
    return said | more


def sent(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    who: User,
    address: str,
    form: dict[str, Any],
    at: datetime,
) -> Any:
    monkeypatch.setattr(clock, "now", lambda: at)
    client.force_login(User.objects.get(pk=who.pk))
    return client.post(address, form)


def words(response: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def told_by_phone(
    client: Client, monkeypatch: pytest.MonkeyPatch, watched: Watched, form: dict[str, Any]
) -> Any:
    """Nine minutes after the call was opened duty sends what it was told."""
    address = reverse("home_seen", args=[call_of(watched).pk])
    return sent(client, monkeypatch, watched.desk.person, address, form, RUNG + 9 * MINUTE)


@pytest.mark.by_turns
@pytest.mark.parametrize("verb", ["missing", "not_here"])
def test_who_was_seen_is_reported_seen_though_somebody_has_reported_the_child_meanwhile(
    client: Client, monkeypatch: pytest.MonkeyPatch, home_to_ring: Watched, verb: str
) -> None:
    child = home_to_ring.child
    if verb == "missing":
        missing(child, by=home_to_ring.worker, at=RUNG + 8 * MINUTE)
    else:
        not_here(child, by=home_to_ring.carer, at=RUNG + 8 * MINUTE)
    got = told_by_phone(client, monkeypatch, home_to_ring, heard(child))
    assert got.status_code == 302
    kept = Contact.objects.get(child=child, witness="Marguerite Reid")
    assert (kept.note, kept.happened_at) == (NOTE, RUNG + 9 * MINUTE)
    assert MissingEpisode.objects.get(child=child).reported_seen_at == RUNG + 9 * MINUTE
    page = words(client.get(got.url))
    assert f"The police are looking for Samir {child.reference}. It is reported seen now" in page
    assert "accounted for" not in page


@pytest.mark.by_turns
def test_a_second_word_of_a_child_whom_somebody_has_seen_meanwhile_is_on_record_too(
    client: Client, monkeypatch: pytest.MonkeyPatch, home_to_ring: Watched
) -> None:
    seen(home_to_ring.child, by=home_to_ring.carer, at=RUNG + 8 * MINUTE)
    assert told_by_phone(client, monkeypatch, home_to_ring, heard(home_to_ring.child)).status_code == 302
    assert Contact.objects.filter(child=home_to_ring.child, note=NOTE).exists()


def test_what_was_told_of_a_child_who_is_another_authoritys_by_now_is_kept_with_whom_to_ring(
    client: Client, monkeypatch: pytest.MonkeyPatch, home_to_ring: Watched
) -> None:
    there = a_watched_child(risk="low")
    going = agreed(home_to_ring, there, moves_at=RUNG + HOUR, at=RUNG + MINUTE)
    arrived(going, stays_placed=True, at=RUNG + 8 * MINUTE)
    got = told_by_phone(client, monkeypatch, home_to_ring, heard(home_to_ring.child))
    assert got.status_code == 409
    assert NOTE in words(got)
    assert "Marguerite Reid" in words(got)
    assert there.authority.said_name in words(got)
    assert there.desk.team.phone.replace(" ", "") in words(got).replace(" ", "")
    assert not Contact.objects.filter(note=NOTE).exists()


@pytest.mark.by_turns
def test_a_form_that_was_open_when_two_authorities_were_merged_is_taken(
    client: Client, monkeypatch: pytest.MonkeyPatch, home_to_ring: Watched
) -> None:
    call = call_of(home_to_ring)
    mergers.move(home_to_ring.authority, a_watched_child(risk="low").authority, by=None, at=RUNG + 5 * MINUTE)
    address = reverse("home_seen", args=[call.pk])
    form = heard(home_to_ring.child)
    got = sent(client, monkeypatch, home_to_ring.desk.person, address, form, RUNG + 9 * MINUTE)
    assert got.status_code == 302
    assert (
        Contact.objects.get(child=home_to_ring.child, note=NOTE).organisation
        == f"home:{home_to_ring.home.pk}"
    )


def test_the_word_of_a_home_that_the_child_has_left_is_asked_for_its_time_and_the_home_of_now_named(
    client: Client, monkeypatch: pytest.MonkeyPatch, home_to_ring: Watched
) -> None:
    child, there = home_to_ring.child, a_home(home_to_ring.authority, name="Quay House")
    other = a_child(home_to_ring.authority, team=home_to_ring.team, worker=home_to_ring.worker)
    placed(other, home_to_ring.home)
    sweep.sweep_all(now=RUNG + MINUTE)
    placed(child, there, starts_at=RUNG + 5 * MINUTE, at=RUNG + 8 * MINUTE)
    form = heard(child, other)
    got = told_by_phone(client, monkeypatch, home_to_ring, form)
    assert got.status_code == 422
    assert NOTE in got.content.decode()
    assert "Quay House" in words(got)
    assert there.phone.replace(" ", "") in words(got).replace(" ", "")
    assert not Contact.objects.filter(note=NOTE).exists()
    before = {
        "seen_at_when": "earlier",
        "seen_at_time": "6:34pm",
        "seen_at_day": "2",
        "seen_at_month": "3",
        "seen_at_year": "2026",
    }
    assert told_by_phone(client, monkeypatch, home_to_ring, form | before).status_code == 302
    kept = Contact.objects.filter(note=NOTE)
    assert {one.child_id for one in kept} == {child.pk, other.pk}
    assert {one.organisation for one in kept} == {f"home:{home_to_ring.home.pk}"}


def test_a_call_takes_no_word_of_a_child_that_it_never_was_about(
    client: Client, monkeypatch: pytest.MonkeyPatch, home_to_ring: Watched
) -> None:
    stranger = a_child(home_to_ring.authority, team=home_to_ring.team, worker=home_to_ring.worker)
    placed(stranger, a_home(home_to_ring.authority))
    got = told_by_phone(client, monkeypatch, home_to_ring, heard(stranger))
    assert got.status_code == 422
    assert not Contact.objects.filter(note=NOTE).exists()


TOLD = "She says her uncle fetches her tonight at nine from the new place"


@pytest.fixture
def handed_over() -> tuple[Watched, Watched]:
    """A child who has gone to another authority, and to another house, six minutes before noon."""
    sender, receiver = a_watched_child(at=AT - 40 * DAY), a_watched_child(at=AT - 30 * DAY)
    going = agreed(sender, receiver, moves_at=AT + 3 * HOUR, at=AT + MINUTE)
    arrived(going, stays_placed=False, at=AT + 174 * MINUTE)
    return sender, receiver


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("who", "page", "form"),
    [
        ("worker", "note_new", {"text": TOLD, "happened_at_when": "now"}),
        ("worker", "visit_new", {"note": TOLD}),
        ("carer", "contact_new", {"note": TOLD, "outcome": "seen"}),
        ("carer", "not_here", {"note": TOLD}),
        ("carer", "missing_report_quick", {"why": TOLD}),
        ("guardian", "contact_new", {"note": TOLD, "outcome": "seen"}),
    ],
)
def test_whoever_had_the_child_until_now_keeps_what_they_typed_and_reads_whom_to_ring(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    handed_over: tuple[Watched, Watched],
    who: str,
    page: str,
    form: dict[str, str],
) -> None:
    sender, receiver = handed_over
    if who == "guardian":
        left = {"reason": "Another guardian", "by": sender.manager}
        assignments.end(sender.assignment, **left, at=AT + 174 * MINUTE)
    address = reverse(page, args=[sender.child.reference])
    got = sent(client, monkeypatch, getattr(sender, who), address, form, AT + 3 * HOUR)
    assert got.status_code == 409
    read = words(got)
    assert TOLD in read
    assert "since 11:54am" in read
    # Staff who handed it over read who has it; to a home and a guardian that is news of the child.
    theirs, others = (receiver, sender) if who == "worker" else (sender, receiver)
    assert theirs.authority.said_name in read
    assert theirs.desk.team.phone.replace(" ", "") in read.replace(" ", "")
    assert others.authority.said_name not in read
    assert sender.child.given_name not in read
    assert client.get(address).status_code == 404


@pytest.mark.by_turns(8)
def test_a_draft_of_a_child_who_is_another_authoritys_by_now_is_read_by_its_writer(
    client: Client, monkeypatch: pytest.MonkeyPatch, handed_over: tuple[Watched, Watched]
) -> None:
    sender, _receiver = handed_over
    drafts.save(sender.worker, Draft.Form.NOTE, sender.child, data={"text": [TOLD]}, at=AT + 2 * HOUR)
    address = reverse("note_new", args=[sender.child.reference])
    monkeypatch.setattr(clock, "now", lambda: AT + 3 * HOUR)
    client.force_login(sender.worker)
    got = client.get(address)
    assert got.status_code == 409
    assert TOLD in words(got)


@pytest.mark.by_turns
def test_who_never_had_the_child_or_is_kept_from_it_or_had_it_long_ago_finds_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch, handed_over: tuple[Watched, Watched]
) -> None:
    sender, receiver = handed_over
    address, form = reverse("note_new", args=[sender.child.reference]), {"text": TOLD}
    newcomer = a_person(Role.SOCIAL_WORKER, team=sender.team, since=AT + 175 * MINUTE)
    for stranger in (receiver.carer, a_watched_child(at=AT).worker, newcomer):
        assert sent(client, monkeypatch, stranger, address, form, AT + 3 * HOUR).status_code == 404
    assert sent(client, monkeypatch, sender.worker, address, form, AT + 80 * HOUR).status_code == 404
    kept = {"reason": "Named by the child", "by": receiver.manager}
    concerns.keep_from(sender.child, sender.worker, **kept, at=AT + 3 * HOUR)
    assert sent(client, monkeypatch, sender.worker, address, form, AT + 4 * HOUR).status_code == 404


SAW = "Nadia Fenwick saw it get into the grey car at nine"


@pytest.fixture
def asked(handed_over: tuple[Watched, Watched]) -> tuple[Watched, Watched]:
    """Of a child who was recorded as arrived the receiver says that it was the brother, while the sender answers."""
    sender, receiver = handed_over
    going = Transfer.objects.get(child=sender.child)
    said = {"reason": "It was the brother", "key": uuid.uuid4()}
    transfers.take_back(going, **said, by=receiver.worker, at=AT + 3 * HOUR)
    return sender, receiver


def answer(kind: str, **more: str) -> dict[str, str]:
    return {"answer": kind, "text": SAW, "once": str(uuid.uuid4())} | more


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "form",
    [
        answer("left"),
        answer("here", witness="Marguerite Reid", role="placement_staff", seen_at_when="now"),
    ],
)
def test_what_the_sender_says_of_an_arrival_that_was_taken_back_meanwhile_is_given_back_with_what_to_press(
    client: Client, monkeypatch: pytest.MonkeyPatch, asked: tuple[Watched, Watched], form: dict[str, str]
) -> None:
    sender, _receiver = asked
    address = reverse("not_arrived", args=[sender.child.reference])
    got = sent(client, monkeypatch, sender.desk.person, address, form, AT + 181 * MINUTE)
    assert got.status_code == 409
    assert SAW in words(got)
    assert "taken back at midday" in words(got)
    assert "Not here" in words(got)


def test_not_here_either_after_the_other_side_has_taken_it_back_is_not_here_in_that_minute(
    client: Client, monkeypatch: pytest.MonkeyPatch, asked: tuple[Watched, Watched]
) -> None:
    sender, _receiver = asked
    address, form = reverse("not_arrived", args=[sender.child.reference]), answer("nowhere")
    for _ in range(2):
        got = sent(client, monkeypatch, sender.desk.person, address, form, AT + 181 * MINUTE)
        assert got.status_code == 302
    episode = MissingEpisode.objects.get(child=sender.child)
    assert episode.police_owed_at == AT + 181 * MINUTE
    assert Contact.objects.get(child=sender.child, outcome="not_here").note == SAW


@pytest.mark.by_turns(8)
def test_the_receiver_who_answers_after_the_sender_has_taken_it_back_keeps_what_they_typed(
    client: Client, monkeypatch: pytest.MonkeyPatch, handed_over: tuple[Watched, Watched]
) -> None:
    sender, receiver = handed_over
    going = Transfer.objects.get(child=sender.child)
    said = {"reason": "She is in her bed", "key": uuid.uuid4()}
    transfers.take_back(going, **said, by=sender.worker, at=AT + 3 * HOUR)
    address, form = reverse("not_arrived", args=[sender.child.reference]), answer("")
    got = sent(client, monkeypatch, receiver.worker, address, form, AT + 181 * MINUTE)
    assert got.status_code == 409
    assert SAW in words(got)
    assert "taken back at midday" in words(got)


@pytest.mark.by_turns
def test_the_form_that_took_an_arrival_back_is_answered_alike_when_it_comes_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, handed_over: tuple[Watched, Watched]
) -> None:
    sender, _receiver = handed_over
    address = reverse("not_arrived", args=[sender.child.reference])
    form = answer("here", witness="Marguerite Reid", role="placement_staff", seen_at_when="now")
    for _ in range(2):
        got = sent(client, monkeypatch, sender.worker, address, form, AT + 3 * HOUR)
        assert got.status_code == 302


def test_of_a_case_that_was_closed_while_the_sender_was_asked_it_is_answered_that_the_child_has_left(
    client: Client, monkeypatch: pytest.MonkeyPatch, handed_over: tuple[Watched, Watched]
) -> None:
    sender, receiver = handed_over
    case_closed(sender.child, reason="Went to family", by=receiver.worker, at=AT + 3 * HOUR)
    address = reverse("not_arrived", args=[sender.child.reference])
    here = answer("here", witness="Marguerite Reid", role="placement_staff", seen_at_when="now")
    refused = sent(client, monkeypatch, sender.desk.person, address, here, AT + 181 * MINUTE)
    assert refused.status_code == 422
    assert SAW in words(refused)
    got = sent(client, monkeypatch, sender.desk.person, address, answer("left"), AT + 182 * MINUTE)
    assert got.status_code == 302
    assert not doubted_arrivals.at_desk(sender.desk.person, at=AT + 183 * MINUTE).exists()
