"""Somebody from whom a child is kept is mailed about no paper of it, supervision first, and finds it on no list of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import sittings, sweep
from alerts.models import Clock, Message, MessageItem
from cases import clock, concerns, plans, supervisions
from cases.deadlines import add_days, london_day
from cases.models import Child, Role, User
from cases.supervisions import Held, Talk
from tests.alerts import outgoing, papers
from tests.factories import AT, Watched, a_child, a_person, a_watched_child, placed

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE = add_days(AT, 28)
MARKED = AT + 2 * HOUR
# By then each rung of all that is asked for from the first day on has heard.
LATE = AT + 150 * DAY
# What every child is owed, or was promised here.
OWED = {
    "action",
    "checklist",
    "care_review",
    "education",
    "first_assessment",
    "first_profile",
    "health",
    "plan",
    "supervision",
    "visit",
}
PEOPLE = ("worker", "manager", "head", "director")


@pytest.fixture
def watched(db: None) -> Watched:
    papers.asked_for()
    return a_watched_child(given_name="Tarekiel", at=AT)


@pytest.fixture
def other(watched: Watched) -> Child:
    """Another child of the same people, of whom they are to hear."""
    child = a_child(watched.authority, team=watched.team, worker=watched.worker, at=AT, given_name="Zebulon")
    placed(child, watched.home)
    return child


def kept_from(watched: Watched, person: User, at: object = MARKED) -> None:
    setter = a_person(Role.TEAM_MANAGER, team=watched.team, name="Sela Ruane")
    concerns.keep_from(watched.child, person, reason="Named by the child", by=setter, at=at)


def told(person: User, child: Child) -> set[str]:
    """The paper of this child that somebody has been mailed about."""
    items = MessageItem.objects.filter(alert__child=child, message__user=person)
    return set(items.filter(message__wording="paper_due").values_list("alert__clock__duty", flat=True))


def promised(child: Child, watched: Watched) -> None:
    day = london_day(AT + 3 * DAY)
    plans.ask(child, "Ring the school", owner=watched.worker, by_date=day, by=watched.head, at=AT)


def discussed(watched: Watched, children: list[Child], at: object) -> None:
    talks = tuple(Talk(child=one, discussed=f"{one.given_name} settles in") for one in children)
    held = Held(held_at=at, next_date=london_day(at) + 21 * DAY, talks=talks)
    supervisions.record(watched.worker, held, by=watched.manager, at=at)


@pytest.mark.parametrize("posts", [("worker", "head"), ("manager", "director")])
def test_no_paper_of_a_child_goes_to_whom_it_is_kept_from_on_any_rung(
    watched: Watched, other: Child, posts: tuple[str, ...]
) -> None:
    for one in (watched.child, other):
        promised(one, watched)
    for post in posts:
        kept_from(watched, getattr(watched, post))
    sweep.sweep_all(now=LATE)
    paper = Clock.objects.filter(child=watched.child, kind=Clock.Kind.PAPERWORK)
    assert {one.partition(":")[0] for one in paper.values_list("duty", flat=True)} >= OWED
    for post in posts:
        person = getattr(watched, post)
        of_other = {one.partition(":")[0] for one in told(person, other)}
        wanted = OWED - {"checklist", "first_profile"} if post == "director" else OWED
        assert of_other >= wanted, f"the {post} hears of the other child, so this test can fail"
        assert told(person, watched.child) == set(), post
        assert not MessageItem.objects.filter(alert__child=watched.child, message__user=person).exists(), post
    others = {getattr(watched, one) for one in PEOPLE if one not in posts}
    assert all(told(one, watched.child) for one in others), "and nobody else hears less for it"


def test_a_mail_about_supervision_that_waits_when_the_mark_is_set_is_not_sent(
    watched: Watched, other: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught = outgoing.catch(monkeypatch)
    people = (watched.worker, watched.manager)
    sweep.sweep_all(now=DUE)
    for person in people:
        waits = Message.objects.unsent().filter(user=person, items__alert__clock__duty="supervision")
        assert waits.filter(items__alert__child=watched.child).exists(), person
        kept_from(watched, person, DUE)
    sweep.sweep_all(now=DUE + timedelta(minutes=20))
    outgoing.send_all(DUE + timedelta(minutes=20))
    for person in people:
        mails = [str(mail) for mail in caught.mails if str(mail["To"]) == person.email]
        assert any(other.reference in mail for mail in mails), person
        assert not any(watched.child.reference in mail for mail in mails), person


def test_a_manager_from_whom_a_child_is_kept_finds_it_in_no_queue_of_supervision(
    watched: Watched, other: Child, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = DUE + HOUR
    monkeypatch.setattr(clock, "now", lambda: late)
    assert sittings.late_count(watched.manager, now=late) == 2
    kept_from(watched, watched.manager)
    manager = User.objects.get(pk=watched.manager.pk)
    assert sittings.late_count(manager, now=late) == 1
    (row,) = sittings.queue(manager, now=late)
    assert [wait.child for wait in row.waits] == [other]
    client.force_login(manager)
    for address in (
        reverse("supervision_queue"),
        reverse("supervision_worker", args=[watched.worker.pk]),
    ):
        shown = client.get(address).content.decode()
        assert "Zebulon" in shown
        assert "Tarekiel" not in shown
        assert watched.child.reference not in shown
    asked = {"children": [watched.child.reference, other.reference]}
    form = client.get(reverse("supervision_new", args=[watched.worker.pk]), asked).content.decode()
    assert "Zebulon" in form
    assert "Tarekiel" not in form


@pytest.mark.parametrize("post", ["worker", "manager"])
def test_what_was_said_of_a_child_in_supervision_is_shown_to_nobody_it_is_kept_from_since(
    watched: Watched, other: Child, client: Client, monkeypatch: pytest.MonkeyPatch, post: str
) -> None:
    discussed(watched, [watched.child, other], AT + DAY)
    monkeypatch.setattr(clock, "now", lambda: AT + 3 * DAY)
    person = getattr(watched, post)
    client.force_login(person)
    held = reverse("supervision_list", args=[watched.worker.pk])
    of_child = reverse("child_supervisions", args=[watched.child.reference])
    assert "Tarekiel settles in" in client.get(held).content.decode()
    assert client.get(of_child).status_code == 200
    kept_from(watched, person, AT + 2 * DAY)
    client.force_login(User.objects.get(pk=person.pk))
    shown = client.get(held).content.decode()
    assert "Zebulon settles in" in shown
    assert "Tarekiel" not in shown
    assert watched.child.reference not in shown
    assert client.get(of_child).status_code == 404
