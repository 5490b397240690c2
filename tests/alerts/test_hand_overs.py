"""A child who was handed over lives where it came from no more: nobody rings that home, and where it lives is asked."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import reach, sweep
from alerts.models import Clock, DutyTask, Message
from cases import clock, contacts, placements
from cases.journey_plans import Plan
from cases.models import Absence, EpisodeForce, Journey, Placement, Transfer
from tests.alerts import papers
from tests.cases.expectations import refused
from tests.factories import (
    AT,
    Watched,
    a_force,
    a_home,
    a_watched_child,
    accepted,
    confirmed,
    missing,
    placed,
    planned,
    referred,
    seen,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Two in the afternoon of the second day, between two roll-calls.
DEPARTS = AT + 29 * HOUR
ARRIVED = DEPARTS + HOUR


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    found = a_watched_child()
    seen(found.child, by=found.carer, at=DEPARTS - MINUTE)
    return found


def handed_over(
    watched: Watched, *, kind: str = Journey.Kind.MOVE, at: datetime = ARRIVED, **said
) -> Journey:
    made = planned(
        watched.child, by=watched.worker, departs_at=DEPARTS, stops=0, kind=kind, at=DEPARTS - MINUTE, **said
    )
    confirmed(made, 0, by=watched.worker, at=DEPARTS)
    # By their own link: nobody is signed in whom a page could ask.
    confirmed(made, 1, by=None, at=at, happened_at=ARRIVED, as_given=True)
    return made


def old(watched: Watched) -> Placement:
    return Placement.objects.get(pk=watched.placement.pk)


def contact_clock(watched: Watched) -> Clock:
    return Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)


def test_from_the_hand_over_on_it_is_asked_where_the_child_lives_until_a_placement_says_so(watched):
    handed_over(watched)
    assert old(watched).ends_at == ARRIVED
    due = papers.clock_of(watched.child, "nowhere")
    moments = [datetime.fromisoformat(due.steps[rung]) for rung in ("R1", "R2", "R4", "R5")]
    first = ARRIVED + HOUR
    assert moments == [first, first + 4 * HOUR, first + DAY, first + 2 * DAY]
    sweep.sweep_all(now=first)
    assert papers.steps(watched.child, "nowhere") == ["R1"]
    told = Message.objects.filter(items__alert__clock__duty="nowhere")
    assert {row.user or row.mailbox for row in told} == {watched.worker, watched.desk.mailbox}
    at = first + 10 * MINUTE
    placed(watched.child, starts_at=ARRIVED, at=at)
    sweep.sweep_all(now=at)
    assert not papers.is_open(watched.child, "nowhere")
    begins = [row for row in contact_clock(watched).rows if row == "first_72_hours"]
    assert begins, "the closer watch of a new placement counts from the hand-over"
    assert "R0" in contact_clock(watched).steps


def test_meanwhile_the_roll_calls_go_on_and_duty_is_rung_and_never_the_home_that_was_left(watched):
    handed_over(watched)
    standing = contact_clock(watched)
    assert standing.due_at is not None
    assert standing.due_at - ARRIVED < 12 * HOUR, "the contact clock has no gap"
    assert "R0" not in standing.steps
    sweep.sweep_all(now=datetime.fromisoformat(standing.steps["R1"]))
    task = DutyTask.objects.get(items__alert__clock__kind="contact")
    assert (task.kind, task.home) == (DutyTask.Kind.FIND_PLACEMENT, None)
    phones = set(Message.objects.filter(channel="text").values_list("phone", flat=True))
    assert watched.home.phone not in phones


def test_the_force_of_the_hand_over_hears_first_of_a_child_who_is_missing_from_there(watched):
    there = a_force()
    handed_over(watched, forces=[watched.force, there])
    assert reach.force_of(watched.child, now=ARRIVED + MINUTE) == there
    missing(watched.child, by=watched.worker, at=ARRIVED + MINUTE)
    rows = EpisodeForce.objects.filter(episode__child=watched.child).order_by("pk")
    assert [row.force for row in rows] == [there, watched.force]


def test_where_a_placement_began_since_its_force_hears_and_not_that_of_the_hand_over(watched):
    there, other = a_force(), a_force()
    handed_over(watched, forces=[watched.force, there])
    placed(watched.child, a_home(watched.authority, force=other), starts_at=ARRIVED, at=ARRIVED + MINUTE)
    missing(watched.child, by=watched.worker, at=ARRIVED + 2 * MINUTE)
    assert [row.force for row in EpisodeForce.objects.filter(episode__child=watched.child)] == [other]


def test_after_another_journey_the_home_is_asked_as_ever_and_nothing_alarms(watched):
    handed_over(watched, kind=Journey.Kind.OTHER)
    assert old(watched).ends_at is None
    assert "R0" in contact_clock(watched).steps
    assert not Clock.objects.filter(child=watched.child, duty="nowhere", next_at__isnull=False).exists()


def test_a_placement_that_was_recorded_before_the_late_word_of_the_hand_over_stays(watched):
    made = planned(watched.child, by=watched.worker, departs_at=DEPARTS, stops=0, at=DEPARTS - MINUTE)
    confirmed(made, 0, by=watched.worker, at=DEPARTS)
    there = placed(watched.child, starts_at=ARRIVED - 10 * MINUTE, at=ARRIVED + MINUTE)
    confirmed(made, 1, by=None, at=ARRIVED + 20 * MINUTE, happened_at=ARRIVED, as_given=True)
    there.refresh_from_db()
    assert there.ends_at is None
    assert not Clock.objects.filter(child=watched.child, duty="nowhere", next_at__isnull=False).exists()


def test_a_hand_over_that_is_withdrawn_brings_back_no_home_and_the_clock_of_contact_counts_from_before(
    watched,
):
    made = handed_over(watched)
    last = made.stops.get(position=1).confirmations.get().contact
    contacts.withdraw(last, reason="Another child", by=watched.worker, at=ARRIVED + MINUTE)
    assert old(watched).ends_at == ARRIVED
    assert papers.clock_of(watched.child, "nowhere").due_at == ARRIVED + HOUR


def test_an_absence_from_the_home_ends_with_the_hand_over(watched):
    handed_over(watched)
    assert not Absence.objects.filter(child=watched.child, ends_at=None).exists()
    with refused(watched.child, "This placement has ended already."):
        placements.end(old(watched), ends_at=ARRIVED, reason="Other", by=watched.worker, at=ARRIVED + HOUR)


def test_on_the_way_to_another_authority_the_arrival_says_it(watched):
    coming = a_watched_child(risk="low")
    at = DEPARTS - 2 * MINUTE
    transfer = accepted(referred(watched.child, coming.authority, at=at), coming.worker, at=at)
    Transfer.objects.filter(pk=transfer.pk).update(
        status="in_transit", moves_date=DEPARTS.date(), left_at=DEPARTS, expected_at=ARRIVED
    )
    handed_over(watched, kind=Journey.Kind.TRANSFER)
    assert old(watched).ends_at is None
    assert not Clock.objects.filter(child=watched.child, duty="nowhere", next_at__isnull=False).exists()


def test_the_pages_say_to_whom_and_the_form_begins_at_the_hand_over_to_the_second(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = timedelta(seconds=27)
    made = planned(watched.child, by=watched.worker, departs_at=DEPARTS, stops=0, at=DEPARTS - MINUTE)
    confirmed(made, 0, by=watched.worker, at=DEPARTS)
    confirmed(made, 1, by=None, at=ARRIVED + seconds, as_given=True)
    monkeypatch.setattr(clock, "now", lambda: ARRIVED + HOUR)
    client.force_login(watched.worker)
    shown = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert f"Handed over to {made.hand_to} on" in shown
    address = reverse("placement_new", args=[watched.child.reference])
    page = client.get(address)
    assert f"Handed over to <bdi>{made.hand_to}</bdi>" in page.content.decode()
    boxes = page.context["form"]["starts_at"].subwidgets[0].data["boxes"]
    answers = {f"starts_at_{part}": boxes[part] for part in ("when", "day", "month", "year", "time")}
    home = a_home(watched.authority)
    sent = client.post(address, {"where": home.pk, "placement_type": "K2", **answers})
    assert sent.status_code == 302, sent.context["form"].errors
    standing = Placement.objects.get(child=watched.child, ends_at=None)
    assert standing.starts_at == ARRIVED + seconds


def test_the_form_of_a_journey_says_after_which_the_home_is_asked_no_more(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DEPARTS - MINUTE)
    client.force_login(watched.worker)
    page = client.get(reverse("journey_new", args=[watched.child.reference])).content.decode()
    assert "the home that the child left is asked no more" in page
    assert Plan.kind == Journey.Kind.MOVE
