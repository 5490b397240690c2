"""What is read of the policies, and kept: of whoever is asked about, and no more for every other council's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models.signals import post_init

from alerts import duty_steps, duty_tasks, policies, policy_shelf, sweep, watching
from alerts.models import Alert, PolicyVersion
from alerts.schedule import Row
from cases import responsibilities
from cases.models import MissingEpisode
from tests import factories
from tests.alerts.everything import keep_no_policy
from tests.factories import Watched

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KEYS = (policies.DUTY, policies.AFTER, policies.REVIEW, policies.CALL, policies.PAPER, "high")


def own(of: Watched, *keys: str) -> None:
    """The council of `of` has agreed on each of these, as delivered."""
    for key in keys:
        delivered = PolicyVersion.objects.filter(key=key, authority=None).latest("version")
        PolicyVersion.objects.create(
            key=key,
            version=PolicyVersion.objects.filter(key=key).latest("version").version + 1,
            data=delivered.data,
            authority=of.authority,
            takes_effect_at=NOON - HOUR,
            published_at=NOON - HOUR,
            published_by=of.head,
            seconded_by=of.director,
            reason="As the board decided",
        )


@contextmanager
def read() -> Iterator[list[PolicyVersion]]:
    """Every version that is decoded meanwhile."""
    found: list[PolicyVersion] = []

    def keep(instance: PolicyVersion, **kwargs: Any) -> None:
        found.append(instance)

    post_init.connect(keep, sender=PolicyVersion)
    try:
        yield found
    finally:
        post_init.disconnect(keep, sender=PolicyVersion)


def _watch(of: Watched) -> None:
    keep_no_policy()
    watching.watch([of.child.pk], papers=True, at=NOON + HOUR)


def _follow(of: Watched) -> None:
    duty_steps.follow_facts(list(MissingEpisode.objects.filter(child=of.child)), at=NOON + HOUR)


def _calls(of: Watched) -> None:
    policy_shelf.calls_of(of.child.pk, at=NOON + HOUR)


def _after(of: Watched) -> None:
    policy_shelf.duties_of_child(of.child.pk, key=policies.AFTER)


def _untaken(of: Watched) -> None:
    assert duty_tasks.untaken_after(list(Alert.objects.filter(child=of.child)))


@pytest.mark.by_turns
@pytest.mark.parametrize("ask", [_watch, _follow, _calls, _after, _untaken])
def test_of_a_missing_child_no_other_council_s_own_is_read(ask: Callable[[Watched], None]) -> None:
    watched, other = factories.a_watched_child(), factories.a_watched_child()
    factories.not_here(watched.child, by=watched.carer, at=NOON)
    sweep.sweep_all(now=NOON)
    with read() as before:
        ask(watched)
    own(other, *KEYS, *KEYS)
    with read() as after:
        ask(watched)
    assert len(before) > 0
    assert [(one.key, one.version) for one in after] == [(one.key, one.version) for one in before]
    own(watched, *KEYS)
    with read() as theirs:
        ask(watched)
    assert {one.authority_id for one in theirs} == {None, watched.authority.pk}


@pytest.mark.by_turns
def test_of_a_child_who_has_moved_both_councils_own_is_read() -> None:
    watched, other = factories.a_watched_child(), factories.a_watched_child()
    own(watched, policies.CALL)
    own(other, policies.CALL)
    responsibilities.start(watched.child, authority=other.authority, by=watched.manager, at=NOON)
    with read() as found:
        policy_shelf.calls_of(watched.child.pk, at=NOON + HOUR)
    assert {one.authority_id for one in found} == {None, watched.authority.pk, other.authority.pk}


def test_a_council_s_own_is_made_once_for_all_its_children_whenever_each_came() -> None:
    of = factories.a_watched_child()
    own(of, "high")
    shelf = policy_shelf.of_contact([of.authority.pk])
    first = shelf.rows(((NOON, of.authority.pk),))
    for number in range(9):
        came = NOON + number * MINUTE
        again = ((came, of.authority.pk), (came + DAY, of.authority.pk))
        assert all(one is other for one, other in zip(shelf.rows(again), first, strict=True))


def test_of_a_child_who_moves_nothing_is_made_but_from_when_it_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    row_of = policies.row_of

    def keep(version: PolicyVersion) -> Row:
        made.append(str(version))
        return row_of(version)

    of, other = factories.a_watched_child(), factories.a_watched_child()
    own(of, "high")
    monkeypatch.setattr(policies, "row_of", keep)
    shelf = policy_shelf.of_contact([of.authority.pk, other.authority.pk])
    for number in range(20):
        moved = NOON + number * MINUTE
        rows = shelf.rows(((NOON - DAY, other.authority.pk), (moved, of.authority.pk)))
        high = [(one.takes_effect_at, one.row.version) for one in rows if one.row.key == "high"]
        assert high[1] == (moved, 2)
    assert len(made) == len(set(made))


@pytest.mark.by_turns(8)
def test_what_is_kept_does_not_grow_with_every_child_that_was_asked_about() -> None:
    of, other = factories.a_watched_child(), factories.a_watched_child()
    own(of, "high")
    shelf = policy_shelf.of_contact([of.authority.pk, other.authority.pk])
    for number in range(2 * policy_shelf.KEPT):
        shelf.rows(((NOON - DAY, other.authority.pk), (NOON + number * MINUTE, of.authority.pk)))
    assert shelf.kept <= policy_shelf.KEPT
