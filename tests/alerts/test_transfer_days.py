"""The command that agrees on the days of an authority's transfers, beside what it has agreed on its pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from alerts import policies, policy_shelf, revisions, transfer_policies
from alerts.models import PolicyVersion
from alerts.revisions import Draft
from cases.models import Authority
from tests.alerts.test_own_policies import DAY, HOUR, NOON
from tests.cases.test_worker_leaves_at_once import before_it_stands
from tests.database import Clone
from tests.factories import Watched, a_person, a_watched_child


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cases.clock.now", lambda: NOON)


def begun() -> None:
    """What is delivered with a release has begun with it, which was long before noon."""
    PolicyVersion.objects.filter(key=policies.TRANSFER).update(takes_effect_at=NOON - 30 * DAY)


def days(of: Watched, number: int) -> None:
    admin = a_person("administrator", authority=of.authority)
    two = {"by": of.director.email, "seconded_by": admin.email}
    call_command("transfer_days", of.authority.code, str(number), reason="As the board decided", **two)


def held(of: Authority, at: timedelta = timedelta(0)) -> int:
    """In how many working days a transfer is to be over that this authority refers so long after noon."""
    stored = policy_shelf.transfers_from(of.pk)
    return transfer_policies.kept(stored, NOON + at, sender=of.code).pending


def drafted(of: Watched, begins: timedelta, *, ends: bool = False, **figures: int) -> PolicyVersion:
    """What two of its people agreed on its page the day before noon; it begins so long after noon."""
    number = revisions.number_of(policies.TRANSFER, of.authority.pk)
    draft = Draft(policies.TRANSFER, number, figures, NOON + begins, "So decided", of.authority.pk, ends)
    return revisions.put_in_force(draft, seconded_by=of.head, by=of.director, at=NOON - DAY)


@pytest.mark.by_turns
def test_two_authorities_that_agree_at_once_both_have_their_days(committed: Clone) -> None:
    begun()
    first, other = a_watched_child(), a_watched_child()
    before_it_stands(lambda: days(first, 5), lambda: days(other, 7))
    assert (held(first.authority), held(other.authority)) == (5, 7)
    assert PolicyVersion.objects.filter(key=policies.TRANSFER).count() == 3


@pytest.mark.by_turns
def test_days_that_are_agreed_beside_a_draft_of_another_authority_wait_for_it(committed: Clone) -> None:
    begun()
    first, other = a_watched_child(), a_watched_child()
    before_it_stands(lambda: drafted(first, DAY, pending=8), lambda: days(other, 7))
    assert (held(first.authority, 2 * DAY), held(other.authority)) == (8, 7)


@pytest.mark.by_turns
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("agreed", "by_then"),
    [
        # By its own until it follows what is delivered again, or until another of its own; and its first is to come.
        ([{"begins": -HOUR, "pending": 8}, {"begins": 10 * DAY, "ends": True}], (8, 10)),
        ([{"begins": -HOUR, "pending": 8}, {"begins": 10 * DAY, "pending": 6}], (8, 6)),
        ([{"begins": 10 * DAY, "pending": 6}], (10, 6)),
    ],
)
def test_days_are_refused_while_limits_that_were_agreed_are_to_begin(
    agreed: list[dict[str, Any]], by_then: tuple[int, int]
) -> None:
    begun()
    of = a_watched_child()
    for one in agreed:
        drafted(of, **one)
    with pytest.raises(CommandError, match="begin on 12 March 2026 at midday"):
        days(of, 20)
    assert (held(of.authority), held(of.authority, 11 * DAY)) == by_then


@pytest.mark.by_turns
@pytest.mark.django_db
def test_days_are_agreed_once_what_was_to_come_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    begun()
    of, other = a_watched_child(), a_watched_child()
    drafted(of, 10 * DAY, pending=6)
    days(other, 7)
    monkeypatch.setattr("cases.clock.now", lambda: NOON + 11 * DAY)
    days(of, 20)
    assert (held(of.authority, 10 * DAY), held(of.authority, 11 * DAY)) == (6, 20)
    assert held(other.authority, 11 * DAY) == 7


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_days_for_all_are_refused_while_a_delivered_version_is_to_begin() -> None:
    begun()
    of = a_watched_child()
    first = PolicyVersion.objects.get(key=policies.TRANSFER)
    PolicyVersion.objects.create(
        key=policies.TRANSFER,
        version=2,
        data=first.data | {"pending": 9},
        takes_effect_at=NOON + DAY,
        published_at=NOON - DAY,
        reason="With the next release",
    )
    with pytest.raises(CommandError, match="begin on 3 March 2026 at midday"):
        days(of, 20)
    drafted(of, -HOUR, pending=8)
    days(of, 20)
    assert held(of.authority, 2 * DAY) == 20


@pytest.mark.by_turns
@pytest.mark.django_db
def test_days_of_an_authority_with_limits_of_its_own_are_the_figure_that_its_page_changes() -> None:
    begun()
    of = a_watched_child()
    drafted(of, -HOUR, pending=8)
    days(of, 20)
    assert held(of.authority) == 20
    last = revisions.last_of(policies.TRANSFER, of.authority.pk)
    assert {one.name: one.stands for one in revisions.figures_of(last)}["pending"] == 20
    drafted(of, 12 * DAY, pending=5)
    assert (held(of.authority, 11 * DAY), held(of.authority, 13 * DAY)) == (20, 5)


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_days_that_the_page_would_refuse_are_refused() -> None:
    begun()
    of = a_watched_child()
    drafted(of, -HOUR, pending=8)
    with pytest.raises(CommandError, match="no sooner than an offer is to be answered"):
        days(of, 1)
    assert held(of.authority) == 8
