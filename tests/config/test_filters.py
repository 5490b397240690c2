"""Our short cut to a filter on a model's own field: for every field and look-up there is what Django makes of it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Value
from django.db.models.sql.query import JoinPromoter, Query
from django.test.utils import isolate_apps
from django.utils.functional import SimpleLazyObject

from cases.models import Child, Contact, Event, Membership, User
from config.postgresql import filters

MODELS = [model for model in apps.get_models() if model._meta.managed]
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
NAMED = User.objects.values("name")
# Beside one another, negated, with what is joined, and of what is no plain value.
ASKED: tuple[Callable[[], QuerySet[Any]], ...] = (
    lambda: User.objects.filter(name="A", email="b").filter(is_active=True),
    lambda: User.objects.filter(name=None),
    lambda: User.objects.filter(name__no_such="A"),
    lambda: User.objects.filter(no_such="A"),
    lambda: User.objects.filter(joined_at__gte="A"),
    lambda: User.objects.filter(joined_at__isnull=True).exclude(joined_at=None),
    lambda: User.objects.exclude(name="A", joined_at__gt=SINCE),
    lambda: User.objects.filter(~Q(name="A") | Q(joined_at__isnull=True), ~(Q(name="B") & ~Q(email="c"))),
    lambda: User.objects.filter(Q(memberships__role="x") | Q(name="A")),
    lambda: User.objects.filter(Q(name="A") | Q(memberships__isnull=True)).filter(memberships__role="x"),
    lambda: User.objects.filter(Q(device_home__name="h") | Q(name="A"), Q(device_home__name="i")),
    lambda: User.objects.filter(name="A").exclude(memberships__role="x"),
    lambda: User.objects.filter(pk__in=[1, 2], name__in=("A",)),
    lambda: User.objects.filter(pk__in={3}, name__among={"A"}),
    lambda: User.objects.filter(name__in=(one for one in "AB")),
    lambda: User.objects.filter(name=F("email"), pk__gt=Value(3)),
    lambda: User.objects.filter(name__in=NAMED, email=NAMED[:1]),
    lambda: User.objects.filter(name=SimpleLazyObject(lambda: F("email"))),
    lambda: User.objects.filter(joined_at__year=2026, joined_at__date__gte=date(2026, 1, 1)),
    lambda: User.objects.annotate(named=F("email")).filter(named="A", name="B"),
    lambda: User.objects.annotate(many=Count("memberships")).filter(many__gt=1, name="B"),
    lambda: User.objects.annotate(
        lead=FilteredRelation("memberships", condition=Q(memberships__role="x"))
    ).filter(lead__reach="y", name="A"),
    lambda: User.objects.filter(Exists(Membership.objects.filter(user=OuterRef("pk"), role="x"))),
    lambda: Event.objects.filter(number=OuterRef("number"), kind="a"),
    lambda: Event.objects.filter(child__family_name="A", number=3).filter(child__reference="B"),
    lambda: Child.objects.filter(pk=3).filter(pk__in=Contact.objects.filter(means="x").values("child")),
    lambda: User.objects.filter(name="A") | User.objects.filter(memberships__role="x"),
)


def djangos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Query, "build_filter", filters._djangos)
    monkeypatch.setattr(JoinPromoter, "add_votes", filters._djangos_votes)


def made(ask: Callable[[], QuerySet[Any]]) -> object:
    """The conditions, the joins with their kinds and uses, and what else a filter leaves in a query."""
    try:
        query: Any = ask().query
    except (FieldError, TypeError, ValidationError, ValueError) as refused:
        return type(refused), str(refused)
    joins = [(name, join.join_type) for name, join in query.alias_map.items()]
    return (
        shape(query.where),
        joins,
        query.alias_refcount,
        query.used_aliases,
        vars(query).get("_lookup_joins"),
    )


def shape(node: Any) -> object:
    if hasattr(node, "children"):
        return node.connector, node.negated, [shape(one) for one in node.children]
    if isinstance(node, Query):
        return shape(node.where)  # type: ignore[attr-defined]
    if hasattr(node, "get_source_expressions"):
        return type(node), [shape(one) for one in node.get_source_expressions()], str(vars(node).get("rhs"))
    return node


def of_own_fields() -> Iterator[Callable[[], QuerySet[Any]]]:
    for model in MODELS:
        rows: Any = model._base_manager
        for field in model._meta.concrete_fields:
            for how, value in (("", 3), ("__isnull", True)):
                yield lambda name=field.name + how, value=value, rows=rows: rows.filter(**{name: value})  # type: ignore[misc]
        yield lambda rows=rows: rows.filter(pk=3)  # type: ignore[misc]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("asked", [ASKED, of_own_fields()], ids=["asked", "own"])
def test_a_filter_is_what_django_makes_of_it(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Query.build_filter is filters.build_filter
    asked = [*asked]
    # What was kept of the first serves the second.
    ours = [made(ask) for ask in [*ASKED, *asked]]
    djangos(monkeypatch)
    assert ours == [made(ask) for ask in [*ASKED, *asked]]


def test_of_a_plain_value_nothing_is_left_to_django(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_how: object) -> object:
        raise AssertionError("left to Django")

    monkeypatch.setattr(filters, "_djangos", refuse)
    own: dict[str, Any] = {"name": "A", "joined_at__gt": SINCE, "pk__in": {3}}
    for name, value in own.items():
        Query(User).build_filter((name, value))
    left: tuple[Any, ...] = (
        ("name", ["A"]),
        ("name", F("email")),
        ("memberships__role", "x"),
        ("device_home", 3),
    )
    for one in (*left, Q(name="A"), ("no_such", 3)):
        with pytest.raises(AssertionError, match="left to Django"):
            Query(User).build_filter(one)
    with pytest.raises(AssertionError, match="left to Django"):
        Query(User).build_filter(("name", "A"), current_negated=True)


@isolate_apps("cases")
def test_a_model_that_is_still_being_made_is_left_to_django() -> None:
    class Late(models.Model):
        class Meta:
            app_label = "cases"

    with pytest.raises(FieldError):
        Query(Late).build_filter(("later", "A"))
    models.CharField(max_length=9).contribute_to_class(Late, "later")
    assert Query(Late).build_filter(("later", "A"))
    assert filters._own(Query(Late), "later", "A") is None
