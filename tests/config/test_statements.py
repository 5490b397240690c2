"""Our short cuts in the writing of statements: to the letter what Django writes, for every model and order there is."""

import pytest
from django.apps import apps
from django.db import connections, models
from django.db.backends.postgresql.compiler import SQLCompiler
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Lower

from cases.models import Child, Contact, Event, MissingEpisode, User
from config.postgresql import compiler

pytestmark = pytest.mark.django_db

LAST_SEEN = Contact.objects.filter(child=OuterRef("pk")).order_by("-happened_at").values("happened_at")[:1]
ORDERED = (
    Child.objects.annotate(seen=Subquery(LAST_SEEN)).order_by("-seen", "pk"),
    Child.objects.annotate(seen=Subquery(LAST_SEEN)).order_by("family_name"),
    Child.objects.annotate(seen=Subquery(LAST_SEEN)).order_by(F("seen").desc(nulls_last=True)),
    Child.objects.order_by(F("risk").asc(nulls_first=True), "-pk"),
    Child.objects.order_by(Lower("family_name")),
    Child.objects.order_by("risk").values("risk").annotate(many=Count("pk")).order_by("-many"),
    Child.objects.values_list("pk", Lower("family_name")).order_by(Lower("family_name")),
    Child.objects.order_by(Value("a"), "?"),
    Child.objects.order_by("-family_name").reverse(),
    Child.objects.order_by("family_name").distinct("family_name"),
    Event.objects.select_related("child", "actor").order_by("child__family_name", "-number"),
    MissingEpisode.objects.filter(child__in=Child.objects.order_by("pk")[:3]).order_by("child"),
    User.objects.values("pk", shown=F("name")).order_by("shown"),
    User.objects.order_by("pk").union(User.objects.order_by("name")[:2]).order_by("name"),
    User.objects.extra(select={"long": "length(name)"}).order_by("long"),
    User.objects.extra(order_by=["cases_user.name"]),
    User.objects.none().order_by("name"),
    User.objects.only("name").order_by("email"),
)


def written(rows: QuerySet[models.Model], by: type[SQLCompiler]) -> tuple[object, ...]:
    query = rows.query.clone()
    query.elide_empty = False
    return by(query, connections["default"], "default", False).as_sql()


def everything(model: type[models.Model]) -> QuerySet[models.Model]:
    """Each row of a model, with all that it points at, in the model's own order."""
    return model._default_manager.select_related()


@pytest.mark.filterwarnings("ignore:Model .* ordering")
def test_each_statement_is_what_django_writes_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connections["default"].ops.compiler("SQLCompiler") is compiler.SQLCompiler
    asked = [everything(model) for model in apps.get_models() if model._meta.managed] + list(ORDERED)
    ours = [written(rows, compiler.SQLCompiler) for rows in asked]
    # What lies within a statement, and is asked of the connection, is then Django's too.
    monkeypatch.setattr(connections["default"].ops, "_cache", SQLCompilers)
    assert ours == [written(rows, SQLCompiler) for rows in asked]


class SQLCompilers:
    """Django's own, where the connection looks for ours."""

    SQLCompiler = SQLCompiler


def test_no_key_is_made_of_a_column_that_an_order_by_names_cannot_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(self: object) -> int:
        raise AssertionError("a key was made of a column")

    monkeypatch.setattr("django.db.models.expressions.Expression.__hash__", refuse)
    asked = Event.objects.select_related("child", "actor").order_by("child__family_name", "-number")
    assert written(asked, compiler.SQLCompiler)
    with pytest.raises(AssertionError, match="a key was made"):
        written(asked, SQLCompiler)
