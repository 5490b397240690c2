"""Policies are kept in the process, and what is kept is what stands on record."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alerts import kept_policies, policies, watching
from alerts.models import PolicyVersion
from tests.alerts.everything import watched_from_every_table
from tests.factories import AT, Watched, a_watched_child

HOUR = timedelta(hours=1)


@pytest.fixture
def w(db: None) -> Watched:
    return a_watched_child()


def _asked(w: Watched) -> int:
    """How often the versions were read for one look at the child."""
    with CaptureQueriesContext(connection) as queries:
        found = watching.watch([w.child.pk], papers=True, at=AT + HOUR)
    assert found == watched_from_every_table([w.child.pk], at=AT + HOUR)
    return sum('FROM "alerts_policyversion"' in query["sql"] for query in queries)


def _later(w: Watched) -> None:
    PolicyVersion.objects.filter(key="first_72_hours").update(takes_effect_at=AT - timedelta(days=3))


def _longer(w: Watched) -> None:
    version = PolicyVersion.objects.get(key=policies.CALL)
    version.data = version.data | {"untaken_after": 1}
    version.save()


def _of_the_authority(w: Watched) -> None:
    own = PolicyVersion.objects.get(key=policies.CALL)
    own.pk, own.version, own.authority = None, 2, w.authority
    own.published_by, own.seconded_by = w.head, w.director
    own.save()


@pytest.mark.by_turns
@pytest.mark.parametrize("write", [_later, _longer, _of_the_authority])
def test_whatever_is_written_to_a_version_is_read_at_once_and_kept_again(
    w: Watched, write: Callable[[Watched], None]
) -> None:
    _asked(w)
    assert _asked(w) == 0
    with transaction.atomic():
        write(w)
        assert _asked(w) == 1
        assert _asked(w) == 0
        transaction.set_rollback(True)
    assert _asked(w) == 0, "it is as it was, and that is kept still"


@pytest.mark.by_turns
def test_two_writings_in_one_transaction_are_told_apart(w: Watched) -> None:
    for hours in (1, 2, 3):
        PolicyVersion.objects.filter(key=policies.CALL).update(takes_effect_at=AT - hours * HOUR)
        assert _asked(w) == 1
        kept = kept_policies.of([w.child.pk], watching.asked([w.child.pk], papers=False, at=AT))
        assert kept.contact().calls()[0].takes_effect_at == AT - hours * HOUR


@pytest.mark.by_turns
def test_another_authoritys_own_version_is_nobody_elses(w: Watched) -> None:
    _asked(w)
    _of_the_authority(a_watched_child())
    assert _asked(w) == 0


@pytest.mark.by_turns
def test_no_more_sets_are_kept_than_so_many(w: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_policies, "KEPT", 2)
    for hours in range(4):
        PolicyVersion.objects.filter(key=policies.CALL).update(takes_effect_at=AT - hours * HOUR)
        _asked(w)
    assert len(kept_policies._kept.sets) == 2
    assert _asked(w) == 0


def test_a_draft_is_supposed_and_not_kept(w: Watched) -> None:
    draft = PolicyVersion.objects.get(key=policies.CALL)
    draft.pk, draft.version, draft.takes_effect_at = None, 2, AT - HOUR
    draft.data = draft.data | {"untaken_after": 60}
    watch = watching.watch([w.child.pk], draft=draft, at=AT)
    assert watch[w.child.pk].times
    kept = kept_policies.of([w.child.pk], watching.asked([w.child.pk], papers=False, at=AT))
    assert [calls.takes_effect_at for calls in kept.contact(draft).calls()][-1] == AT - HOUR
    assert len(kept.contact().calls()) == len(kept.contact(draft).calls()) - 1
