"""What was recorded by mistake is struck through by whoever may record it, stays readable, and is owed again."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from alerts.models import Clock
from cases import care, clock, find_me, held_papers, meetings, mistakes, placements
from cases.deadlines import add_months, at_london
from cases.models import Event, HeldPaper, HostNotice, Meeting, Mistake, Placement
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import AT, Watched, a_child, a_home, a_watched_child, an_authority, case_closed, placed

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = AT + 6 * HOUR


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(birth_date=date(2009, 5, 15))


def due(one: Watched, paper: str) -> datetime | None:
    return Clock.objects.get(child=one.child, kind="paperwork", duty=paper).due_at


def held(one: Watched, kind: str, day: date | None = None, **more: object) -> HeldPaper:
    said = {"held_date": day or AT.date(), "led_by": "Elis Arnott", "by": one.worker, "at": AT + HOUR, **more}
    return held_papers.record(one.child, kind, **said)


def withdrawn(one: Watched, row: mistakes.Row, *, at: datetime = LATER) -> Mistake:
    return mistakes.withdraw(row, reason="Of another child", by=one.worker, at=at)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "kind", ["placement_plan", "care_plan", "care_review", "health", "education", "pathway"]
)
def test_what_was_never_held_is_due_as_it_was_and_can_be_recorded_anew_for_that_day(
    watched: Watched, kind: str
) -> None:
    before = due(watched, kind)
    row = held(watched, kind)
    assert due(watched, kind) != before
    withdrawn(watched, row)
    assert due(watched, kind) == before
    again = held(watched, kind, at=LATER + HOUR)
    assert again.pk != row.pk
    assert due(watched, kind) != before


@pytest.mark.by_turns
def test_a_review_that_was_none_makes_the_next_no_second_one(watched: Watched) -> None:
    first = held(watched, "care_review")
    withdrawn(watched, held(watched, "care_review", AT.date() - 3 * DAY))
    assert due(watched, "care_review") == add_months(first.held_at, 3)


@pytest.mark.by_turns
def test_a_review_that_was_none_is_no_review_before_care_ends(watched: Watched) -> None:
    row = held(watched, "care_review")
    assert care._is_reviewed(watched.child, AT.date())
    withdrawn(watched, row)
    assert not care._is_reviewed(watched.child, AT.date())


def test_the_authority_of_the_area_is_told_still_where_that_was_a_mistake(watched: Watched) -> None:
    far = a_home(an_authority())
    row = placed(watched.child, far, starts_at=AT + HOUR, at=AT + HOUR)
    owed = due(watched, "host_notice")
    assert owed is not None
    notice = placements.tell_host(row, whom="Their duty", told_at=AT + 2 * HOUR, by=watched.worker, at=LATER)
    assert due(watched, "host_notice") is None
    withdrawn(watched, notice, at=LATER + HOUR)
    assert due(watched, "host_notice") == owed
    # Told in truth, an older mistake takes nothing of it back.
    second = placements.tell_host(row, whom="Ida", told_at=AT + 2 * HOUR, by=watched.worker, at=LATER + HOUR)
    assert Placement.objects.get(pk=row.pk).host_notified
    assert HostNotice.objects.standing().get() == second
    withdrawn(watched, notice, at=LATER + 2 * HOUR)
    assert due(watched, "host_notice") is None


@pytest.mark.by_turns
def test_a_profile_that_nobody_went_through_is_to_be_gone_through(watched: Watched) -> None:
    for section in find_me.unasked({}):
        find_me.write(
            watched.child, section.key, answers={}, state="asked", version=0, by=watched.worker, at=AT + HOUR
        )
    row = find_me.review(watched.child, by=watched.worker, at=AT + 2 * HOUR)
    assert find_me.last_review(watched.child) == row
    withdrawn(watched, row)
    assert find_me.last_review(watched.child) is None
    assert due(watched, "first_profile") == AT + DAY
    # As it stood then somebody had said so.
    assert find_me.last_review(watched.child, at=AT + 3 * HOUR) == row
    assert find_me.last_review(watched.child, at=LATER) is None


@pytest.mark.by_turns
def test_only_a_plan_of_the_half_year_before_it_is_one_for_the_18th_birthday(watched: Watched) -> None:
    asked = due(watched, "turning_18")
    assert asked == at_london(date(2027, 2, 15), time())
    held(watched, "turning_18")
    assert due(watched, "turning_18") == asked, "held at sixteen"
    half = date(2026, 11, 15)
    row = held(watched, "turning_18", half, at=at_london(half, time(15)))
    assert due(watched, "turning_18") is None
    withdrawn(watched, row, at=at_london(half, time(16)))
    assert due(watched, "turning_18") == asked


def test_a_reason_is_asked_and_it_is_done_once_and_in_no_closed_case(watched: Watched) -> None:
    row, other = held(watched, "health"), held(watched, "education")
    with pytest.raises(IllegalMove, match="why it was"):
        mistakes.withdraw(row, reason=" ", by=watched.worker, at=LATER)
    mistake = withdrawn(watched, row)
    assert withdrawn(watched, row, at=LATER + HOUR) == mistake, "sent twice"
    with pytest.raises(IllegalMove, match="withdrawn already"):
        mistakes.withdraw(row, reason="Once more", by=watched.worker, at=LATER)
    with pytest.raises(IllegalMove, match="struck through"):
        held(watched, "health", key=row.key)
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=LATER)
    with pytest.raises(IllegalMove, match="closed"):
        withdrawn(watched, other, at=LATER + HOUR)
    for change in ({"reason": "Else"}, {"held": other}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Mistake.objects.filter(pk=mistake.pk).update(**change)


@pytest.mark.by_turns(8)
def test_the_page_and_the_story_say_who_struck_it_through_and_why(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = held(watched, "health", led_by="Dr Sorrel")
    meeting = meetings.record(
        watched.child,
        meetings.Held(
            kind="strategy",
            held_at=AT,
            led_by="Bo Quill",
            attendees="Bo Quill",
            guardian="none",
            decisions="To ring the college",
        ),
        by=watched.worker,
        at=AT + HOUR,
    )
    monkeypatch.setattr(clock, "now", lambda: LATER)
    client.force_login(watched.worker)
    reference = watched.child.reference
    address = reverse("mistake_new", args=[reference, "held", row.pk])
    assert address in client.get(reverse("child_due", args=[reference])).content.decode()
    refused = client.post(address, {"reason": ""})
    assert refused.status_code == 422
    assert "Enter why it was recorded by mistake" in refused.content.decode()
    done = client.post(address, {"reason": "Of his brother"}, follow=True)
    assert "It is struck through" in done.content.decode()
    assert "Dr Sorrel" not in done.content.decode()
    about = reverse("mistake_new", args=[reference, "meeting", meeting.pk])
    assert about in client.get(reverse("meeting_list", args=[reference])).content.decode()
    listed = client.post(about, {"reason": "Of another child"}, follow=True).content.decode()
    assert "<s>Strategy meeting" in listed
    assert about not in listed
    assert Meeting.objects.standing().count() == 0
    story = client.get(reverse("child_timeline", args=[reference])).content.decode()
    assert "Of his brother" in story
    assert Event.objects.filter(child=watched.child, kind="recorded_by_mistake").count() == 2
    twice = client.post(address, {"reason": "Again"})
    assert twice.status_code == 422


@pytest.mark.by_turns(8)
def test_nobody_strikes_through_what_they_may_not_record_or_what_is_another_childs(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = held(watched, "health")
    monkeypatch.setattr(clock, "now", lambda: LATER)
    address = reverse("mistake_new", args=[watched.child.reference, "held", row.pk])
    for stranger in (watched.carer, watched.guardian, watched.officer):
        client.force_login(stranger)
        assert client.post(address, {"reason": "x"}).status_code == 404
    client.force_login(watched.worker)
    other = a_child(watched.authority, team=watched.team, worker=watched.worker)
    for args in ((other.reference, "held", row.pk), (watched.child.reference, "else", row.pk)):
        assert client.post(reverse("mistake_new", args=args), {"reason": "x"}).status_code == 404
    assert not Mistake.objects.exists()
