"""The pages of a social worker's absence: who records it, who asks, who accepts, and what a stranger finds."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import sweep
from cases import clock, worker_covers, worker_leaves
from cases.deadlines import at_london, london_day
from cases.models import AccessRecord, Allocation, Role, User, WorkerCover, WorkerLeave
from cases.templatetags.govuk import gov_date
from tests.alerts import papers
from tests.counts import counts
from tests.factories import AT, Watched, a_child, a_person, a_team, a_watched_child
from tests.guardians.spans import boxes

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def watched() -> Watched:
    papers.asked_for(clock.now() - 60 * DAY)
    return a_watched_child(given_name="Tarekiel", at=clock.now() - 3 * DAY)


@pytest.fixture
def colleague(watched: Watched) -> User:
    return a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority), name="Ilse Varnholt")


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def absent(watched: Watched, **given) -> WorkerLeave:
    now = clock.now()
    said = {"kind": "sickness", "starts_at": now, "ends_at": None, "by": watched.manager, "at": now, **given}
    return worker_leaves.announce(watched.worker, **said)


def asked(watched: Watched, colleague: User, leave: WorkerLeave) -> WorkerCover:
    held = Allocation.objects.get(child=watched.child, ends_at=None)
    return worker_covers.ask(leave, [held], colleague, by=watched.manager, at=clock.now()).covers[0]


def path(name: str, *args: int) -> str:
    return reverse(name, args=args)


@pytest.mark.by_turns(8)
def test_a_worker_announces_leave_asks_a_colleague_who_accepts_and_each_page_says_so(
    watched: Watched, colleague: User
) -> None:
    now, worker = clock.now(), signed_in(watched.worker)
    leave_page = path("worker_leave", watched.worker.pk)
    assert leave_page in worker.get(reverse("today")).content.decode()
    sent = worker.post(leave_page, {"kind": "leave", **boxes(first_day=now, last_day=now + 4 * DAY)})
    assert (sent.status_code, sent.headers["Location"]) == (302, leave_page)
    leave = WorkerLeave.objects.get()
    assert leave.ends_at == at_london(london_day(now + 5 * DAY), datetime.min.time())
    shown = worker.get(leave_page).content.decode()
    assert f"On leave: {gov_date(leave.starts_at)} to {gov_date(now + 4 * DAY)}" in shown
    assert "midnight" not in shown, "it was entered in days"
    assert "Nobody is asked." in shown
    assert "Tarekiel" in shown
    held = Allocation.objects.get(child=watched.child, ends_at=None)
    answers = {"leave": leave.pk, "colleague": colleague.pk, "children": [held.pk]}
    assert worker.post(path("worker_cover", watched.worker.pk), answers).status_code == 302
    waits = worker.get(leave_page).content.decode()
    assert "is asked and has not answered." in waits
    assert "Take back the request" in waits
    assert "End the cover" not in waits

    there = signed_in(colleague)
    assert there.get(reverse("child_details", args=[watched.child.reference])).status_code == 404
    assert "You are asked to cover for 1 child" in there.get(reverse("today")).content.decode()
    page = there.get(reverse("worker_cover_answer"))
    assert watched.child.reference in page.content.decode()
    assert "Tarekiel" not in page.content.decode()
    key = page.context["form"]["asking"].value()
    assert there.post(reverse("worker_cover_answer"), {"asking": key, "answer": "no"}).status_code == 422
    assert there.post(reverse("worker_cover_answer"), {"asking": key, "answer": "yes"}).status_code == 302
    assert "Tarekiel" in there.get(reverse("today")).content.decode()
    assert there.get(reverse("child_details", args=[watched.child.reference])).status_code == 200
    record = signed_in(watched.manager).get(reverse("child", args=[watched.child.reference])).content.decode()
    assert f"{watched.worker.name} is away until" in record
    assert "Ilse Varnholt covers since" in record
    around = reverse("child_people", args=[watched.child.reference])
    assert "Covers for the social worker" in signed_in(watched.manager).get(around).content.decode()
    end = path("worker_cover_end", WorkerCover.objects.get().pk)
    assert "End the cover" in worker.get(leave_page).content.decode()
    assert "End the cover" in there.get(reverse("worker_cover_answer")).content.decode()
    assert there.post(end, {"reason": ""}).status_code == 422
    assert there.post(end, {"reason": "Taken ill"}).status_code == 302
    assert there.get(reverse("child_details", args=[watched.child.reference])).status_code == 404


@pytest.mark.by_turns(8)
def test_a_manager_records_sickness_from_today_without_an_end_and_asks_again(watched: Watched) -> None:
    now, manager = clock.now(), signed_in(watched.manager)
    leave_page = path("worker_leave", watched.worker.pk)
    caseload = reverse("manager_worker", args=[watched.worker.pk])
    assert leave_page in manager.get(caseload).content.decode()
    assert manager.post(leave_page, {"kind": "leave", **boxes(first_day=now)}).status_code == 422
    assert manager.post(leave_page, {"kind": "sickness", **boxes(first_day=now - DAY)}).status_code == 422
    assert manager.post(leave_page, {"kind": "sickness", **boxes(first_day=now)}).status_code == 302
    again = manager.post(leave_page, {"kind": "sickness", **boxes(first_day=now)})
    assert again.status_code == 422
    assert "for a part of this time already" in again.content.decode()
    assert "Away, no end known" in manager.get(reverse("manager_home")).content.decode()
    record = manager.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "Nobody covers." in record
    assert "sick" not in record.lower()
    assert f"{watched.worker.name} is away, no end is known" in record
    leave = WorkerLeave.objects.get()
    look = path("worker_leave_look", leave.pk)
    assert manager.post(look, boxes(last_day=now - 2 * DAY)).status_code == 422
    assert manager.post(look, {}).status_code == 302
    leave.refresh_from_db()
    assert leave.looked_by == watched.manager
    assert manager.post(path("worker_leave_end", leave.pk)).status_code == 302
    assert manager.post(look, {}).status_code == 404
    assert "is away" not in manager.get(reverse("child", args=[watched.child.reference])).content.decode()


@pytest.mark.by_turns
def test_that_an_absence_has_no_end_is_read_by_those_who_decide_about_the_work_and_by_nobody_else(
    watched: Watched, colleague: User
) -> None:
    """Sickness alone has none: whoever reads that there is none reads that the worker is ill."""
    leave = absent(watched, kind="sickness", starts_at=clock.now(), ends_at=None)
    cover = asked(watched, colleague, leave)
    asks = signed_in(colleague).get(reverse("worker_cover_answer")).content.decode()
    assert watched.worker.name in asks
    worker_covers.answer([cover], accepted=True, by=colleague, at=clock.now())
    pages = [reverse(name, args=[watched.child.reference]) for name in ("child", "child_people", "child_due")]
    readers = {watched.desk.person: False, colleague: False}
    readers |= dict.fromkeys(counts((watched.manager,), (watched.manager, watched.head)), True)
    told = ("no end", "unknown", "without an end", "nobody knows", "until when", "sick", "ill.", "comes back")
    for reader, knows in readers.items():
        client = signed_in(reader)
        # What is due is looked at where nothing of it may be read.
        record, around, *due = (client.get(page).content.decode() for page in pages[: 2 if knows else 3])
        assert f"{watched.worker.name} is away" in record, reader
        assert "Ilse Varnholt covers since" in record
        assert "Social worker, away" in around
        for page in (record, around):
            assert ("away, no end is known" in page) is knows, reader
        if not knows:
            main = [
                page.partition("<main")[2].partition("</main")[0].lower() for page in (record, around, *due)
            ]
            assert not [words for words in told for page in main if words in page], reader
    asks = asks.partition("<main")[2].lower()
    assert not [words for words in ("nobody knows", "sick", "ill.", "comes back") if words in asks]


@pytest.mark.by_turns(8)
def test_a_manager_of_another_team_a_colleague_and_a_stranger_find_nothing_and_a_head_does(
    watched: Watched, colleague: User
) -> None:
    leave = absent(watched)
    cover = asked(watched, colleague, leave)
    strangers = (
        a_person(Role.TEAM_MANAGER, team=a_team(watched.authority)),
        a_person(Role.TEAM_MANAGER),
        a_person(Role.SOCIAL_WORKER, team=watched.team),
        watched.desk.person,
    )
    for person in strangers:
        client = signed_in(person)
        for name, key in (("worker_leave", watched.worker.pk), ("worker_cover", watched.worker.pk)):
            assert client.get(path(name, key)).status_code == 404, (person, name)
            assert client.post(path(name, key), {}).status_code == 404, (person, name)
        assert client.post(path("worker_leave_end", leave.pk)).status_code == 404
        assert client.get(path("worker_leave_look", leave.pk)).status_code == 404
        assert client.get(path("worker_cover_end", cover.pk)).status_code == 404
        assert client.post(path("worker_cover_end", cover.pk), {"reason": "Mine"}).status_code == 404
    for name, key in (("worker_leave", watched.worker.pk), ("worker_cover_end", cover.pk)):
        assert signed_in(watched.guardian).get(path(name, key)).status_code == 403
    assert signed_in(watched.head).get(path("worker_leave", watched.worker.pk)).status_code == 200
    # Whether they come back is not for themselves to say.
    assert signed_in(watched.worker).get(path("worker_leave_look", leave.pk)).status_code == 404
    leave.refresh_from_db()
    cover.refresh_from_db()
    assert (leave.ends_at, leave.looked_at, cover.called_off_at) == (None, None, None)


@pytest.mark.by_turns
def test_nobody_answers_for_another_and_what_was_read_is_what_is_answered(
    watched: Watched, colleague: User
) -> None:
    leave = absent(watched)
    cover = asked(watched, colleague, leave)
    other = signed_in(a_person(Role.SOCIAL_WORKER, team=watched.team))
    assert watched.child.reference not in other.get(reverse("worker_cover_answer")).content.decode()
    other.post(reverse("worker_cover_answer"), {"asking": str(cover.pk), "answer": "yes"})
    cover.refresh_from_db()
    assert cover.accepted is None
    worker_covers.end(cover, reason="Taken back", by=watched.manager, at=clock.now())
    gone = signed_in(colleague).post(
        reverse("worker_cover_answer"), {"asking": str(cover.pk), "answer": "yes"}, follow=True
    )
    assert "answered or taken back in the meantime" in gone.content.decode()
    assert signed_in(watched.guardian).get(reverse("worker_cover_answer")).status_code == 403


def test_a_child_that_clashes_is_named_and_the_others_are_asked_for(
    watched: Watched, colleague: User
) -> None:
    leave = absent(watched)
    asked(watched, colleague, leave)
    twin = a_child(team=watched.team, worker=watched.worker, by=watched.worker, at=AT)
    held = Allocation.objects.filter(worker=watched.worker, ends_at=None)
    answers = {"leave": leave.pk, "colleague": colleague.pk, "children": [row.pk for row in held]}
    manager = signed_in(watched.manager)
    sent = manager.post(path("worker_cover", watched.worker.pk), answers, follow=True).content.decode()
    assert f"{watched.child.reference}: Ilse Varnholt is asked" in sent
    assert set(WorkerCover.objects.values_list("child", flat=True)) == {watched.child.pk, twin.pk}
    again = manager.post(path("worker_cover", watched.worker.pk), answers)
    assert again.status_code == 422
    for child in (watched.child, twin):
        assert f"{child.reference}: Ilse Varnholt is asked" in again.content.decode()


@pytest.mark.by_turns
def test_who_is_shown_is_on_record_and_a_restricted_child_is_shown_to_whom_it_is_open(
    watched: Watched,
) -> None:
    absent(watched)
    manager = signed_in(watched.manager)
    manager.get(path("worker_leave", watched.worker.pk))
    reads = AccessRecord.objects.filter(user=watched.manager, child=watched.child, page="worker_leave")
    assert reads.exists()


@pytest.mark.by_turns
def test_more_children_ask_no_more_questions(watched: Watched, colleague: User) -> None:
    leave = absent(watched)
    client, pages = signed_in(watched.manager), ("worker_leave", "worker_cover")

    def questions(page: str) -> int:
        client.get(path(page, watched.worker.pk))
        with CaptureQueriesContext(connection) as asked_for:
            client.get(path(page, watched.worker.pk))
        return len(asked_for)

    asked(watched, colleague, leave)
    few = {page: questions(page) for page in pages}
    for _ in range(5):
        child = a_child(team=watched.team, worker=watched.worker, by=watched.worker, at=AT)
        held = Allocation.objects.get(child=child, ends_at=None)
        worker_covers.ask(leave, [held], colleague, by=watched.manager, at=clock.now())
    assert {page: questions(page) for page in pages} == few


@pytest.mark.by_turns
def test_the_manager_finds_it_in_the_calendar_with_the_way_to_the_people_of_the_child(
    watched: Watched,
) -> None:
    absent(watched)
    sweep.sweep_all(now=clock.now())
    page = signed_in(watched.manager).get(reverse("calendar"), {"whose": "team"}).content.decode()
    assert "Social worker away: cover that somebody has accepted" in page
    assert reverse("child_people", args=[watched.child.reference]) in page


def test_leave_that_has_not_begun_is_called_off_and_nobody_is_said_to_be_back_from_it(
    watched: Watched,
) -> None:
    now = clock.now()
    absent(watched, kind="leave", starts_at=now + 2 * DAY, ends_at=now + 5 * DAY)
    page = path("worker_leave", watched.worker.pk)
    own, theirs = (signed_in(one).get(page).content.decode() for one in (watched.worker, watched.manager))
    assert "You are not going: call it off" in own
    assert "They are not going: call it off" in theirs
    assert "back: end it now" not in own + theirs
