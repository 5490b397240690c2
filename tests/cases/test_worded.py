"""A question that is worded once answers as the one that Django words each time, on any connection, and with no other's rows."""

import gc
from datetime import timedelta
from threading import Thread
from typing import Any
from weakref import ref

import pytest
from django.db import connection, connections, transaction
from django.db.models import F, Model, QuerySet
from django.db.models.functions import Length
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from cases.models import Authority, Child, Event, Placement
from cases.worded import Question, worded
from tests.database import Clone
from tests.factories import AT, a_brother, a_watched_child
from tests.wording import bare

SPAN = timedelta(days=2)


@worded
def placed(ids: object, at: object) -> QuerySet[Placement]:
    rows = Placement.objects.filter(child__among=ids, starts_at__gt=at - SPAN, starts_at__lte=at)
    return rows.select_related("home").order_by("pk")


@worded
def named(nation: object, ids: object) -> QuerySet[Authority, tuple[int, str]]:
    rows = Authority.objects.filter(nation=nation, pk__among=ids)
    return rows.order_by("name").values_list("pk", "name")


@pytest.mark.by_turns
@pytest.mark.django_db
def test_it_returns_the_rows_that_django_returns_with_what_is_beside_them() -> None:
    watched = a_watched_child(at=AT)
    second = a_brother(watched)
    both, later = {watched.child.pk, second.pk}, AT + timedelta(days=1)
    for ids, at in ((both, later), ({second.pk}, later), (both, AT + 2 * SPAN), ((), later)):
        with CaptureQueriesContext(connection) as seen:
            found = placed(ids, at)
            homes = [row.home for row in found]
        assert len(seen) == 1
        assert found == list(placed.plainly(ids=ids, at=at))
        assert homes == [row.home for row in placed.plainly(ids=ids, at=at)]
    assert len(placed(both, later)) == 2


@pytest.mark.django_db
def test_values_stand_where_they_belong_whatever_their_order() -> None:
    rows = list(Authority.objects.filter(nation="Wales").order_by("name").values_list("pk", "name")[:2])
    ids = [pk for pk, _name in rows]
    assert named("Wales", ids) == rows
    assert named(ids=ids, nation="Wales") == rows
    assert named("Scotland", ids) == []
    with pytest.raises(KeyError, match="ids"):
        named("Wales")


@pytest.mark.django_db
def test_no_value_is_another_question() -> None:
    with pytest.raises(ValueError, match="nation: no value"):
        named(None, {1})


@pytest.mark.django_db
def test_it_says_to_the_letter_what_django_says() -> None:
    kept, given = placed._worded(), {"ids": [3, 5], "at": AT}
    plain, plainly = placed.plainly(**given).query.sql_with_params()
    assert bare(kept.statement) == plain
    assert placed._filled(kept, given) == plainly == ([3, 5], AT - SPAN, AT)


@pytest.mark.django_db
def test_it_makes_of_the_rows_what_django_makes() -> None:
    first = a_watched_child(at=AT)
    both = {first.child.pk, a_brother(first).pk}
    asked = {
        "values that are no words": lambda ids: Event.objects.filter(child__among=ids).order_by(
            "child", "number"
        ),
        "objects with what is reckoned": lambda ids: (
            Placement.objects.filter(child__among=ids)
            .annotate(moved=F("starts_at") + SPAN, told=Length("child__reference"))
            .select_related("home__provider", "host_authority")
            .order_by("pk")
        ),
        "not all of an object": lambda ids: (
            Child.objects.filter(pk__among=ids).only("reference").order_by("pk")
        ),
        "what is ordered by more than is asked for": lambda ids: (
            Child.objects.filter(pk__among=ids)
            .distinct()
            .order_by("-registered_at", "pk")
            .values_list("reference")
        ),
        "one value": lambda ids: (
            Event.objects.filter(child__among=ids).order_by("pk").values_list("data", flat=True)
        ),
    }
    for what, word in asked.items():
        question: Question[Any] = Question(word)
        found, plainly = question(both), list(word(both))
        assert [_told(one) for one in found] == [_told(one) for one in plainly], what
        assert found, what
        assert question(()) == [], what
    kept: Question[Any] = Question(
        lambda ids: Child.objects.filter(pk__among=ids).prefetch_related("placements")
    )
    with CaptureQueriesContext(connection) as seen:
        found = kept(both)
        own = [_told(placement) for child in found for placement in child.placements.all()]
    assert len(seen) == 2
    plainly = [_told(placement) for child in kept.plainly(ids=both) for placement in child.placements.all()]
    assert own == plainly != []
    assert [child.placements.filter(pk=0).exists() for child in found] == [False, False]
    assert found[0].placements.count() == 1


def _told(one: Any) -> Any:
    """All that an object has, with what it leads to; a value as it is."""
    if not isinstance(one, Model):
        return type(one), one
    state = one._state
    related = {name: _told(value) for name, value in state.fields_cache.items()}
    own = {name: value for name, value in vars(one).items() if name != "_prefetched_objects_cache"}
    return type(one), {**own, "_state": (state.adding, state.db)}, related


@pytest.mark.by_turns
def test_it_keeps_no_connection_of_a_thread_that_has_ended(committed: Clone) -> None:
    its_own, left = Question(lambda nation: Authority.objects.filter(nation=nation)), []

    def ask() -> None:
        its_own("Wales")
        left.append(ref(connections["default"]))
        connection.close()

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    gc.collect()
    assert left[0]() is None


@pytest.mark.by_turns
def test_what_is_locked_is_asked_for_in_a_transaction(committed: Clone) -> None:
    held = Question(lambda ids: Child.objects.filter(pk__among=ids).unheld().values_list("pk", flat=True))
    with transaction.atomic():
        assert held({1}) == []
    with pytest.raises(TransactionManagementError):
        held({1})


@pytest.mark.by_turns
def test_each_thread_asks_on_its_own_connection(committed: Clone) -> None:
    mine = Question(lambda nation: Authority.objects.filter(nation=nation).order_by("pk"))
    here, there = [], []

    def ask() -> None:
        try:
            there.extend(mine("Wales"))
        finally:
            connection.close()

    with transaction.atomic():
        Authority.objects.filter(nation="Wales").update(name="Renamed")
        here = mine("Wales")
        thread = Thread(target=ask)
        thread.start()
        thread.join()
        transaction.set_rollback(True)
    assert {row.name for row in here} == {"Renamed"}
    assert [row.pk for row in there] == [row.pk for row in here]
    assert "Renamed" not in {row.name for row in there}


@pytest.mark.by_turns
@pytest.mark.django_db
def test_inside_another_it_finds_what_django_finds() -> None:
    watched = a_watched_child(at=AT)
    brother = a_brother(watched)
    living = Question(lambda home, at: Placement.objects.filter(home=home, starts_at__lte=at).values("child"))
    both = Child.objects.filter(pk__in=living.within(watched.home.pk, AT + SPAN))
    assert set(both) == {watched.child, brother}
    assert list(both.exclude(pk=brother.pk)) == [watched.child]
    assert list(both.exclude(pk__in=living.within(watched.home.pk, AT + SPAN))) == []
    assert not Child.objects.filter(pk__in=living.within(watched.home.pk, AT - SPAN)).exists()
    assert both.count() == 2
    either = both.filter(pk=brother.pk).values("pk").union(both.filter(pk=watched.child.pk).values("pk"))
    assert {row["pk"] for row in either} == {watched.child.pk, brother.pk}
    assert "ORDER BY" not in str(Child.objects.order_by().filter(pk__in=living.within(1, AT)).query)
