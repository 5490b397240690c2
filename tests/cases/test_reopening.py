"""A closed case is opened again by one person, and from then on the child is watched as a new one."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from alerts.models import Clock
from cases import care, children, facts, log, reopening
from cases import ended as ended_authorities
from cases.deadlines import london_day
from cases.models import CareEnd, Child, Draft, MissingEpisode, Responsibility
from cases.states import EpisodeOutcome
from tests.alerts import papers
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    case_closed,
    ended,
    missing,
    somebody,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + timedelta(days=20)
WHY = "At the door of the police station"


@pytest.fixture
def closed() -> Watched:
    found = a_watched_child()
    case_closed(found.child, reason="With an aunt in Lisbon", by=found.manager, at=AT + 2 * HOUR)
    return found


def due(child: Child) -> datetime | None:
    return Clock.objects.get(child=child, kind=Clock.Kind.CONTACT).due_at


@pytest.mark.by_turns
def test_the_child_is_watched_from_then_on_and_the_record_says_what_was_closed(closed: Watched) -> None:
    assert due(closed.child) is None
    with events(closed.child, "reopened") as written:
        child = reopening.reopen(closed.child, reason=WHY, by=closed.worker, at=NOW)
    assert (child.closed_at, child.close_reason, child.reopened_at) == (None, "", NOW)
    assert written[0].data["was_closed_for"] == "With an aunt in Lisbon"
    [read] = facts.load([child.pk]).values()
    assert read.watched_again_from == NOW
    first = due(child)
    assert first is not None
    assert NOW < first <= NOW + timedelta(days=1)
    assert Responsibility.objects.get(child=child).authority == closed.authority


@pytest.mark.by_turns(8)
def test_the_same_words_sent_twice_are_one_and_an_open_case_is_refused(closed: Watched) -> None:
    with events(closed.child, "reopened"):
        reopening.reopen(closed.child, reason=WHY, by=closed.worker, at=NOW)
        reopening.reopen(closed.child, reason=WHY, by=closed.worker, at=NOW)
    with refused(closed.child, "This case is open already."):
        reopening.reopen(closed.child, reason="Another", by=closed.worker, at=NOW)
    again = NOW + HOUR
    children.close(closed.child, reason="An adult", seconded_by=somebody(), by=closed.manager, at=again)
    closed.child.refresh_from_db()
    assert closed.child.closed_at == again


@pytest.mark.by_turns(8)
def test_nobody_opens_a_case_without_saying_why(closed: Watched) -> None:
    with refused(closed.child, "Enter why the case is opened again."):
        reopening.reopen(closed.child, reason=" ", by=closed.worker, at=NOW)


def test_no_case_opens_without_saying_from_when_the_child_is_watched(closed: Watched) -> None:
    rows = Child.objects.filter(pk=closed.child.pk)
    with pytest.raises(IntegrityError, match="opens again"), transaction.atomic():
        rows.update(closed_at=None)
    with pytest.raises(IntegrityError, match="child_reopened_before_closed"), transaction.atomic():
        rows.update(reopened_at=NOW)


def test_this_is_the_same_child_on_a_closed_record_leads_to_opening_it(
    closed: Watched, client: Client
) -> None:
    colleague = a_person("social_worker", team=a_team(closed.authority))
    client.force_login(colleague)
    for address in (reverse("child_new"), reverse("arrival_new")):
        typed = {"same": closed.child.reference, "given_name": "Amanuel"}
        answer = client.post(address, typed, follow=True)
        path = reverse("case_reopen", args=[closed.child.reference])
        assert answer.redirect_chain[-1][0] == path
        assert "With an aunt in Lisbon" in answer.content.decode()
        assert "ring the duty desk, and whoever was the social worker" in answer.content.decode()
    assert Draft.objects.filter(user=colleague).count() == 1
    assert client.post(path, {"reason": " "}).status_code == 422
    assert client.post(path, {"reason": WHY}).status_code == 302
    closed.child.refresh_from_db()
    assert closed.child.closed_at is None
    client.force_login(closed.carer)
    assert client.get(path).status_code == 404


def test_the_page_of_a_closed_child_offers_it_and_leads_to_the_placement(
    closed: Watched, client: Client
) -> None:
    client.force_login(closed.worker)
    path = reverse("case_reopen", args=[closed.child.reference])
    assert path in client.get(reverse("child", args=[closed.child.reference])).content.decode()
    answer = client.post(path, {"reason": WHY})
    assert answer["Location"] == reverse("placement_new", args=[closed.child.reference])
    assert MissingEpisode.objects.filter(child=closed.child).count() == 0


@pytest.mark.by_turns
def test_whoever_waited_while_it_was_closed_opens_it_from_the_closing_on(closed: Watched) -> None:
    before = AT + HOUR
    child = reopening.reopen(closed.child, reason=WHY, by=closed.worker, at=before)
    assert child.reopened_at == AT + 2 * HOUR
    children.close(child, reason="An adult", seconded_by=somebody(), by=closed.manager, at=before)
    child.refresh_from_db()
    assert child.closed_at == AT + 2 * HOUR


@pytest.mark.by_turns
def test_no_paper_is_late_by_the_time_in_which_the_case_was_closed(closed: Watched) -> None:
    papers.asked_for()
    at = AT + timedelta(days=400)
    reopening.reopen(closed.child, reason=WHY, by=closed.worker, at=at)
    found = Clock.objects.filter(child=closed.child, kind=Clock.Kind.PAPERWORK).exclude(due_at=None)
    assert found.exists()
    assert not found.filter(due_at__lt=at).exists()


@pytest.mark.by_turns
def test_of_a_child_held_for_an_adult_the_page_says_that_nobody_watches_yet(
    client: Client, closed: Watched
) -> None:
    Child.objects.filter(pk=closed.child.pk).update(age_status="assessed_adult")
    client.force_login(closed.worker)
    page = client.get(reverse("case_reopen", args=[closed.child.reference])).content.decode()
    assert "held for an adult" in page
    assert "is watched as one who has just come" not in page


@pytest.mark.by_turns(8)
def test_a_case_stays_closed_where_a_search_ended_with_the_childs_death(client: Client) -> None:
    found = a_watched_child()
    episode = missing(found.child, by=found.worker, at=AT + HOUR)
    ended(episode, outcome=EpisodeOutcome.DIED, at=AT + 2 * HOUR)
    case_closed(found.child, reason="She has died", by=found.manager, at=AT + 3 * HOUR)
    with refused(
        found.child,
        "It is on record that this child has died. Ring the duty desk: that is corrected before the case is opened.",
    ):
        reopening.reopen(found.child, reason=WHY, by=found.worker, at=NOW)
    client.force_login(found.worker)
    answer = client.post(reverse("case_reopen", args=[found.child.reference]), {"reason": WHY})
    assert answer.status_code == 422
    assert "has died" in answer.content.decode()
    assert WHY in answer.content.decode(), "what was typed is there still"


@pytest.mark.by_turns(8)
def test_a_case_stays_closed_while_care_ended_by_death_and_whoever_corrects_that_opens_it(
    client: Client,
) -> None:
    found = a_watched_child()
    said = {"ended_date": london_day(AT), "reason": "The hospital rang", "starts_at": AT + HOUR}
    row = CareEnd.objects.create(
        child=found.child, code="E2", **said, ended_by=found.worker, seconded_by=found.manager
    )
    case_closed(found.child, reason="She has died", by=found.manager, at=AT + 3 * HOUR)
    words = (
        "Care ended because this child has died, as the record says. If that is wrong, say first that the child is looked"
        " after again, under Looked-after status."
    )
    with refused(found.child, words):
        reopening.reopen(found.child, reason=WHY, by=found.worker, at=NOW)
    client.force_login(found.worker)
    page = client.get(reverse("child_details", args=[found.child.reference])).content.decode()
    path = reverse("care_again", args=[found.child.reference])
    assert path in page
    assert client.post(path, {"reason": "It was another child"}).status_code == 302
    row.refresh_from_db()
    assert row.again_by == found.worker
    assert row.ends_at is not None
    assert reopening.reopen(found.child, reason=WHY, by=found.worker, at=row.ends_at).closed_at is None


@pytest.mark.by_turns
def test_of_a_closed_case_care_that_ended_by_anything_else_is_not_taken_up_again(closed: Watched) -> None:
    said = {"ended_date": london_day(AT), "reason": "To an aunt", "starts_at": AT + HOUR}
    CareEnd.objects.create(
        child=closed.child, code="E4A", **said, ended_by=closed.worker, seconded_by=closed.manager
    )
    with refused(closed.child, "This case is closed: nothing more can be recorded in it."):
        care.begin_again(closed.child, reason="A mistake", by=closed.worker, at=NOW)


@pytest.mark.by_turns(8)
def test_nobody_is_watched_in_a_drill_that_is_over(closed: Watched) -> None:
    Child.objects.filter(pk=closed.child.pk).update(is_drill=True)
    with refused(closed.child, "This was a drill: nobody is watched in it."):
        reopening.reopen(closed.child, reason=WHY, by=closed.worker, at=NOW)


def test_a_case_of_an_authority_that_has_ended_is_opened_by_its_successor_alone(closed: Watched) -> None:
    successor = an_authority(name="Fenland")
    closed.authority.successors.add(successor)
    log.record_configuration(closed.authority, ended_authorities.MERGED, data={}, by=None, at=NOW)
    words = f"{closed.authority.said_name} has ended already. Its children passed to {successor.said_name}."
    with refused(closed.child, words, ended_authorities.EndedAlready):
        reopening.reopen(closed.child, reason=WHY, by=closed.worker, at=NOW)
