"""Our short cut to a copy of an expression: all that Django's own copy has."""

import pytest
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.expressions import BaseExpression, Case, When
from django.db.models.functions import Lower

from cases.models import Contact, User
from config.postgresql import expressions

LAST_SEEN = Contact.objects.filter(child=OuterRef("pk")).order_by("-happened_at").values("happened_at")[:1]
COPIED: tuple[BaseExpression, ...] = (
    F("name").asc(nulls_last=True),
    Lower("name"),
    Value(3, output_field=models.IntegerField()),
    Exists(LAST_SEEN),
    Subquery(LAST_SEEN),
    Case(When(name="A", then=Value(1)), default=Value(2)),
    Count("pk", filter=Q(name="A"), distinct=True),
    User._meta.get_field("name").get_col("cases_user"),
    *User.objects.filter(name="A", pk__in=[1]).query.where.children,  # type: ignore[misc]
)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("one", COPIED, ids=lambda one: type(one).__name__)
def test_a_copy_of_an_expression_has_what_djangos_has(one: BaseExpression) -> None:
    assert BaseExpression.copy is expressions.copy
    # What it has worked out by itself stands in no copy.
    vars(one).setdefault("convert_value", None)
    try:
        ours, theirs = expressions.copy(one), expressions._djangos(one)
    finally:
        del vars(one)["convert_value"]
    assert type(ours) is type(theirs) is type(one)
    assert ours is not one
    assert list(vars(ours)) == list(vars(theirs))
    assert all(vars(ours)[name] is value for name, value in vars(theirs).items())


def test_an_expression_that_says_how_it_is_kept_is_left_to_it() -> None:
    class Own(Value):
        def __getstate__(self) -> dict[str, object]:
            return {"value": "by itself"}

    assert vars(Own(1).copy()) == {"value": "by itself", "_constructor_args": ((), {})}
