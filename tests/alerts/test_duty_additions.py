"""A release that lets somebody hear of a duty step: in the policy that is delivered, and in an authority's own."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from alerts import duty_additions, policies, sweep
from alerts.duties import Duty
from alerts.models import AlertStep, PolicyVersion
from cases import clock
from cases.models import MissingEpisode
from tests.factories import AT, Watched, a_watched_child, missing

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIGRATION = "alerts.migrations.0052_evidence_is_heard_of"
REASON = "Who hears that no evidence is kept"


def by_duty(version: PolicyVersion) -> dict[str, Any]:
    return {rule["duty"]: rule for rule in version.data["steps"]}


@pytest.fixture
def delivered() -> PolicyVersion:
    """As it is delivered, in force since long ago."""
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - 100 * DAY)
    return PolicyVersion.objects.filter(key=policies.DUTY).latest("version")


@pytest.fixture
def silent(delivered: PolicyVersion) -> list[dict[str, Any]]:
    """The same steps as before the release: nobody hears of what is kept."""
    return [
        {**rule, "escalates": []} if rule["duty"] == Duty.KEEP_EVIDENCE else rule
        for rule in delivered.data["steps"]
    ]


def own(of: Watched, steps: list[dict[str, Any]], number: int) -> PolicyVersion:
    """What the council of `of` has agreed for itself."""
    agreed = {"authority": of.authority, "published_by": of.director, "seconded_by": of.head}
    begun = {"takes_effect_at": AT, "published_at": AT, "reason": "As the board decided"}
    return PolicyVersion.objects.create(
        key=policies.DUTY, version=number, data={"steps": steps}, **begun, **agreed
    )


def release() -> None:
    """What the migration does to what stands."""
    (operation,) = import_module(MIGRATION).Migration.operations
    with connection.schema_editor() as editor:
        operation.code(apps, editor)


def heard(episode: MissingEpisode) -> list[str]:
    rows = AlertStep.objects.filter(alert__clock__episode=episode, alert__clock__duty=Duty.KEEP_EVIDENCE)
    return [row.step for row in rows.order_by("pk")]


def test_what_is_kept_is_heard_of_by_policies_that_let_nobody_hear_of_it_and_by_no_others(
    delivered: PolicyVersion, silent: list[dict[str, Any]]
) -> None:
    before = by_duty(delivered)
    assert before[Duty.KEEP_EVIDENCE]["escalates"]
    PolicyVersion.objects.filter(pk=delivered.pk).update(data={"steps": silent})
    at = AT + 50 * DAY
    duty_additions.climb(apps, (Duty.KEEP_EVIDENCE,), reason="It is heard of", at=at)
    newest = PolicyVersion.objects.filter(key=policies.DUTY).latest("version")
    assert (newest.reason, newest.takes_effect_at) == ("It is heard of", at)
    assert by_duty(newest) == before
    duty_additions.climb(apps, (Duty.KEEP_EVIDENCE,), reason="Twice", at=at)
    assert not PolicyVersion.objects.filter(reason="Twice").exists()


@pytest.mark.by_turns
def test_an_authority_whose_own_policy_lets_nobody_hear_has_it_too_and_one_that_says_who_keeps_that(
    delivered: PolicyVersion, silent: list[dict[str, Any]]
) -> None:
    of, other = a_watched_child(at=AT), a_watched_child(at=AT)
    number = delivered.version
    mine = own(of, silent, number + 1)
    theirs = [
        {**rule, "escalates": rule["escalates"][:1]} if rule["duty"] == Duty.KEEP_EVIDENCE else rule
        for rule in delivered.data["steps"]
    ]
    own(other, theirs, number + 2)
    release()
    (added,) = PolicyVersion.objects.filter(key=policies.DUTY, version__gt=number + 2)
    assert (added.authority, added.reason) == (of.authority, REASON)
    assert (added.published_by, added.seconded_by) == (mine.published_by, mine.seconded_by)
    assert by_duty(added) == by_duty(delivered)


@pytest.mark.by_turns(8)
def test_it_holds_for_searches_that_begin_from_then_on_and_not_for_one_that_goes_on(
    delivered: PolicyVersion, silent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    of, later = a_watched_child(at=AT), a_watched_child(at=AT)
    own(of, silent, delivered.version + 1)
    PolicyVersion.objects.filter(pk=delivered.pk).update(data={"steps": silent})
    at = AT + 50 * DAY
    searched = missing(of.child, by=of.worker, at=at)
    sweep.sweep_all(now=at)
    monkeypatch.setattr(clock, "now", lambda: at + HOUR / 2)
    release()
    begun = missing(later.child, by=later.worker, at=at + HOUR)
    sweep.sweep_all(now=at + HOUR)
    sweep.sweep_all(now=at + 3 * HOUR)
    assert (heard(searched), heard(begun)) == ([], ["R2"])
