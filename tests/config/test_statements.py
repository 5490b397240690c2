"""Our short cuts in the writing of statements: to the letter what Django writes, for every model and order there is."""

import pytest
from django.apps import apps
from django.db import connections, models
from django.db.backends.postgresql.compiler import SQLCompiler, SQLInsertCompiler
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Lower
from django.db.models.sql import InsertQuery
from django.test.utils import isolate_apps

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

# Whole rows and not whole ones, of one table and of several, and where an alias is called as a column is.
SELECTED = (
    Child.objects.annotate(seen=Exists(LAST_SEEN)),
    Child.objects.filter(Exists(Contact.objects.filter(child=OuterRef("pk")))),
    Child.objects.defer("family_name"),
    Event.objects.select_related("child__registered_by", "actor").defer("child__family_name"),
    Event.objects.select_related("child").only("number", "child__risk"),
    Event.objects.select_related("child__registered_by").exclude(child__registered_by__name="A"),
    User.objects.distinct().order_by("memberships__starts_at"),
    User.objects.filter(pk__in=User.objects.order_by("pk")[:3]),
    User.objects.values_list("name", "email"),
    User.objects.dates("joined_at", "year"),
)


def called_as_a_column() -> QuerySet[models.Model]:
    rows = User.objects.filter(name="A").order_by("name")
    rows.query.change_aliases({User._meta.db_table: "name"})
    return rows


def written(rows: QuerySet[models.Model], by: type[SQLCompiler]) -> tuple[object, ...]:
    query = rows.query.clone()
    query.elide_empty = False
    return by(query, connections["default"], "default", False).as_sql()


def everything(model: type[models.Model]) -> QuerySet[models.Model]:
    """Each row of a model, with all that it points at, in the model's own order."""
    return model._default_manager.select_related()


@pytest.mark.by_turns(8)
@pytest.mark.filterwarnings("ignore:Model .* ordering")
def test_each_statement_is_what_django_writes_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connections["default"].ops.compiler("SQLCompiler") is compiler.SQLCompiler
    asked = [*everywhere(), *ORDERED, *SELECTED, called_as_a_column()]
    assert written(called_as_a_column(), SQLCompiler)[0].count(" name.name,") == 1  # type: ignore[attr-defined]
    ours = [written(rows, compiler.SQLCompiler) for rows in asked]
    # What lies within a statement, and is asked of the connection, is then Django's too.
    monkeypatch.setattr(connections["default"].ops, "_cache", SQLCompilers)
    assert ours == [written(rows, SQLCompiler) for rows in asked]


def everywhere() -> list[QuerySet[models.Model]]:
    return [everything(model) for model in apps.get_models() if model._meta.managed]


def orders(model: type[models.Model]) -> list[QuerySet[models.Model]]:
    """The rows of a model in the order of its fields, one way and the other, and of a relation among them."""
    rows = model._default_manager
    own = [field.name for field in model._meta.concrete_fields if not field.is_relation]
    last = [f"-{name}" for name in reversed(own)]
    related = [field.name for field in model._meta.concrete_fields if field.is_relation][:1]
    return [
        rows.order_by(*own, *last, "pk"),
        rows.order_by(*last, "-pk").reverse(),
        rows.order_by("pk", *related),
    ]


# What an order by a model's own columns may be confused with.
NAMED_ALIKE = (
    User.objects.annotate(shown=F("email")).order_by("shown", "name"),
    User.objects.values("email").annotate(many=Count("pk")).order_by("email"),
    User.objects.values_list("email", "pk").order_by("name", "-email"),
    User.objects.values_list("email").order_by("name").distinct(),
    Event.objects.values("kind").annotate(many=Count("pk")),
    User.objects.filter(memberships__role="x").order_by("name").distinct(),
    User.objects.extra(select={"name": "email"}).order_by("name"),
    User.objects.order_by(F("name"), "email"),
    Event.objects.reverse(),
    Event.objects.distinct(),
    User.objects.filter(pk__in=User.objects.filter(name="A").order_by("-name")[:2].values("pk")),
)


@pytest.mark.by_turns(8)
@pytest.mark.filterwarnings("ignore:Model .* ordering")
def test_each_order_is_what_django_writes_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [rows for model in apps.get_models() if model._meta.managed for rows in orders(model)]
    asked += NAMED_ALIKE
    ours = [written(rows, compiler.SQLCompiler) for rows in asked]
    monkeypatch.setattr(connections["default"].ops, "_cache", SQLCompilers)
    assert ours == [written(rows, SQLCompiler) for rows in asked]


def test_an_order_by_own_columns_is_no_way_to_django(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> object:
        raise AssertionError("left to Django")

    monkeypatch.setattr(SQLCompiler, "find_ordering_name", refuse)
    assert written(User.objects.order_by("-name", "pk"), compiler.SQLCompiler)
    with pytest.raises(AssertionError, match="left to Django"):
        written(User.objects.order_by("device_home"), compiler.SQLCompiler)


def selected(rows: QuerySet[models.Model], by: type[SQLCompiler]) -> tuple[object, ...]:
    """What becomes of a row of the answer: each column, where the columns of each object stand, and what converts them."""
    query = rows.query.clone()
    found = by(query, connections["default"], "default", False)
    found.as_sql()
    columns = [one for one, _written, _alias in found.select]
    stand: list[object] = []

    def visit(info: dict[str, object] | None) -> None:
        if info is not None:
            stand.append((info["model"], info["select_fields"], info.get("field"), info.get("from_parent")))
            for one in info.get("related_klass_infos", ()):  # type: ignore[attr-defined]
                visit(one)

    visit(found.klass_info)
    converted = {at: (by_what, of) for at, (by_what, of) in found.get_converters(columns).items()}
    return found.select, stand, found.annotation_col_map, converted, found.has_composite_fields(columns)


@pytest.mark.by_turns(8)
@pytest.mark.filterwarnings("ignore:Model .* ordering")
def test_each_row_is_taken_apart_as_django_takes_it_apart() -> None:
    asked = [*everywhere(), *SELECTED, called_as_a_column()]
    # What was kept of a first statement serves the second.
    ours = [selected(rows, compiler.SQLCompiler) for _ in range(2) for rows in asked]
    assert ours == [selected(rows, SQLCompiler) for rows in asked] * 2
    assert any(converted for _, _, _, converted, _ in ours)


@isolate_apps("cases")
def test_a_row_that_stands_in_two_tables_is_left_to_django() -> None:
    class Parent(models.Model):
        name = models.CharField(max_length=9)

        class Meta:
            app_label = "cases"

    class Kind(Parent):
        other = models.ForeignKey(Parent, models.CASCADE, related_name="+")

        class Meta:
            app_label = "cases"

    class Seen(Parent):
        class Meta:
            app_label = "cases"
            proxy = True

    asked = [
        Kind._default_manager.select_related("other", "parent_ptr"),
        Parent._default_manager.select_related("kind"),
        Seen._default_manager.all(),
    ]
    for rows in asked:
        assert written(rows, compiler.SQLCompiler) == written(rows, SQLCompiler)
        assert selected(rows, compiler.SQLCompiler) == selected(rows, SQLCompiler)


@isolate_apps("cases")
def test_a_field_that_comes_later_is_selected_too() -> None:
    class Late(models.Model):
        class Meta:
            app_label = "cases"

    rows = Late._default_manager.all()
    assert "later" not in written(rows, compiler.SQLCompiler)[0]  # type: ignore[operator]
    models.CharField(max_length=9).contribute_to_class(Late, "later")
    assert '"later"' in written(rows, compiler.SQLCompiler)[0]  # type: ignore[operator]


@isolate_apps("cases")
def test_two_fields_of_two_types_are_compared_as_one_each_time() -> None:
    class Number(models.Model):
        number = models.CharField(max_length=9)
        child = models.ForeignObject(
            Child, models.CASCADE, from_fields=["number"], to_fields=["id"], related_name="+"
        )

        class Meta:
            app_label = "cases"

    rows = Number._default_manager.filter(child__family_name="A")
    for _ in range(2):
        assert "::" in written(rows, compiler.SQLCompiler)[0]  # type: ignore[operator]
        assert written(rows, compiler.SQLCompiler) == written(rows, SQLCompiler)


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


def inserted(row: models.Model, by: type[SQLInsertCompiler], *, returning: bool) -> object:
    query = InsertQuery(type(row))
    fields = [field for field in row._meta.local_concrete_fields if field is not row._meta.auto_field]
    query.insert_values(fields, [row])
    writes = by(query, connections["default"], "default")
    writes.returning_fields = row._meta.db_returning_fields if returning else None
    [(statement, values)] = writes.as_sql()
    return statement, [getattr(value, "adapted", value) for value in values], writes.returning_params


@pytest.mark.by_turns(8)
def test_a_row_is_inserted_in_djangos_words_whatever_is_in_it() -> None:
    kinds = [kind for kind in apps.get_models() if kind._meta.managed]
    assert len(kinds) > 100
    for kind in kinds:
        first, second, reckoned = kind(), kind(), kind()
        for number, field in enumerate(kind._meta.local_concrete_fields):
            if isinstance(field, models.CharField | models.TextField) and not field.choices:
                setattr(second, field.attname, f"word {number}")
            if isinstance(field, models.IntegerField):
                setattr(second, field.attname, number)
                setattr(reckoned, field.attname, Value(number) + Value(1))
        for row in (first, second, first, reckoned, second):
            for returning in (True, False):
                found = inserted(row, compiler.SQLInsertCompiler, returning=returning)
                assert found == inserted(row, SQLInsertCompiler, returning=returning), kind
