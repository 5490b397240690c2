"""A row that is got by its key is the one that Django gets, in the same words; whatever says more is Django's own."""

from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from cases import by_key
from cases.models import Child, Home, MissingEpisode, Placement, User
from tests.database import Clone
from tests.factories import AT, a_watched_child
from tests.wording import bare


def _asked(get: Any) -> tuple[list[str], Any]:
    """What is asked, and what is found."""
    with CaptureQueriesContext(connection) as seen:
        found = get()
    return [bare(one["sql"]).replace("(", "").replace(")", "") for one in seen], found


@pytest.mark.by_turns
@pytest.mark.django_db
def test_it_is_the_row_that_django_gets_in_the_same_words() -> None:
    watched = a_watched_child(at=AT)
    pk, home, placement = watched.child.pk, watched.home.pk, Placement.objects.get().pk
    ways: dict[str, Any] = {
        "by key": lambda: Child.objects.get(pk=pk),
        "by the name of the key": lambda: Child.objects.get(id=pk),
        "locked": lambda: Child.objects.locked().get(pk=pk),
        "locked otherwise": lambda: Home.objects.select_for_update(no_key=True).get(pk=home),
        "what is not locked by another": lambda: Child.objects.unheld().get(pk=pk),
        "what it leads to": lambda: Placement.objects.get(pk=placement).home,
        "by no manager": lambda: User._base_manager.get(pk=watched.worker.pk),
    }
    for what, get in ways.items():
        with patch.object(by_key, "_djangos", side_effect=AssertionError(what)):
            asked, found = _asked(get)
        with patch.object(QuerySet, "get", by_key._djangos):
            plainly, same = _asked(get)
        assert found == same, what
        assert vars(found).keys() == vars(same).keys(), what
        assert asked == plainly, what


@pytest.mark.by_turns
@pytest.mark.django_db
def test_what_says_more_is_asked_as_django_asks_it() -> None:
    watched = a_watched_child(at=AT)
    pk = watched.child.pk
    others: dict[str, Any] = {
        "of some": lambda: Child.objects.filter(given_name="").get(pk=pk),
        "closed": lambda: MissingEpisode.objects.open().get(pk=pk),
        "with what is reckoned": lambda: Child.objects.with_signs_of_trafficking().get(pk=pk),
        "two things": lambda: Child.objects.get(pk=pk, given_name=""),
        "no number": lambda: Child.objects.get(pk="none"),
        "too large": lambda: Child.objects.get(pk=2**70),
        "of what it is related to": lambda: watched.child.placements.get(pk=pk + 1),
    }
    for what, get in others.items():
        with (
            patch.object(by_key, "_by_key", side_effect=AssertionError(what)),
            pytest.raises(
                (Child.DoesNotExist, MissingEpisode.DoesNotExist, Placement.DoesNotExist, ValueError)
            ),
        ):
            get()
    with patch.object(by_key, "_by_key", side_effect=AssertionError):
        assert Child.objects.get(pk=str(pk)) == watched.child
        assert Child.objects.only("reference").get(pk=pk).get_deferred_fields()
        assert Child.objects.values("reference").get(pk=pk) == {"reference": watched.child.reference}
        assert "home" in Placement.objects.select_related("home").get(child=pk)._state.fields_cache
        placement = Placement.objects.get(child=pk)
        assert "home" in Placement.objects.select_related("home").get(pk=placement.pk)._state.fields_cache
        assert (
            Placement.objects.prefetch_related("host_notices").get(pk=placement.pk)._prefetched_objects_cache
        )


@pytest.mark.django_db
def test_no_such_row_is_said_as_django_says_it() -> None:
    with pytest.raises(Child.DoesNotExist, match=r"^Child matching query does not exist\.$"):
        Child.objects.locked().get(pk=7)


@pytest.mark.by_turns(8)
def test_what_is_locked_is_got_in_a_transaction(committed: Clone) -> None:
    with transaction.atomic(), pytest.raises(Child.DoesNotExist):
        Child.objects.locked().get(pk=7)
    with pytest.raises(TransactionManagementError):
        Child.objects.locked().get(pk=7)
