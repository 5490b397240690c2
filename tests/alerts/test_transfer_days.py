"""The command that agrees on the days of an authority's transfers, beside what it has agreed on its pages."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from alerts import policies, policy_shelf, revisions, transfer_policies
from alerts.models import PolicyVersion
from alerts.revisions import Draft
from cases.models import Authority
from tests.alerts.test_own_policies import DAY, NOON
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


def drafted(of: Watched, begins: timedelta, **figures: int) -> PolicyVersion:
    """What two of its people agree on its page."""
    number = revisions.number_of(policies.TRANSFER, of.authority.pk)
    draft = Draft(policies.TRANSFER, number, figures, NOON + begins, "As the board decided", of.authority.pk)
    return revisions.put_in_force(draft, seconded_by=of.head, by=of.director, at=NOON)


def test_two_authorities_that_agree_at_once_both_have_their_days(committed: Clone) -> None:
    begun()
    first, other = a_watched_child(), a_watched_child()
    before_it_stands(lambda: days(first, 5), lambda: days(other, 7))
    assert (held(first.authority), held(other.authority)) == (5, 7)
    assert PolicyVersion.objects.filter(key=policies.TRANSFER).count() == 3


def test_days_that_are_agreed_beside_a_draft_of_another_authority_wait_for_it(committed: Clone) -> None:
    begun()
    first, other = a_watched_child(), a_watched_child()
    before_it_stands(lambda: drafted(first, DAY, pending=8), lambda: days(other, 7))
    assert (held(first.authority, 2 * DAY), held(other.authority)) == (8, 7)
