"""Our short cut from a name in a filter to its field: for every field of every model what Django finds."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import models
from django.db.models import F, FilteredRelation
from django.db.models.sql.datastructures import MultiJoin
from django.db.models.sql.query import Query
from django.test.utils import isolate_apps

from cases.models import Child, Event, User
from config.postgresql import paths

MODELS = [model for model in apps.get_models() if model._meta.managed]
HOW = [(True, False), (True, True), (False, True)]


def names(model: type[models.Model]) -> Iterator[list[str]]:
    """Each field of it, each field of what it leads to, and after each something that is none."""
    for field in model._meta.get_fields():
        yield [field.name]
        yield [field.name, "gte"]
        if field.is_relation and field.related_model:
            beyond: Any = field.related_model
            yield from ([field.name, one.name] for one in beyond._meta.fields)
    yield ["pk"]
    yield ["no such name"]


def answered(ask: Any, model: type[models.Model], name: list[str], how: tuple[bool, bool]) -> object:
    try:
        return ask(Query(model), name, model._meta, *how)
    except (FieldError, MultiJoin) as refused:
        return type(refused), str(refused), vars(refused)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model._meta.label))
def test_a_name_leads_where_django_finds_that_it_leads(model: type[models.Model]) -> None:
    assert Query.names_to_path is paths.names_to_path
    asked = [(name, how) for name in names(model) for how in HOW]
    for name, how in asked:
        theirs = answered(paths._djangos, model, name, how)
        # The first finds it, the second has it.
        assert answered(paths.names_to_path, model, name, how) == theirs
        assert answered(paths.names_to_path, model, name, how) == theirs


def test_whoever_changes_what_was_found_changes_nobody_elses() -> None:
    first = paths.names_to_path(Query(Event), ["child", "family_name"], Event._meta)
    first[0].clear()
    first[3].append("more")
    assert paths.names_to_path(Query(Event), ["child", "family_name"], Event._meta) == paths._djangos(
        Query(Event), ["child", "family_name"], Event._meta
    )


def test_a_name_that_the_statement_gives_itself_is_left_to_django() -> None:
    for _ in range(2):
        assert paths.names_to_path(Query(Event), ["child", "named"], Event._meta)[3] == ["named"]
        with_name = Event.objects.annotate(named=F("child__family_name")).query
        found = paths.names_to_path(with_name, ["named"], Event._meta)
        assert found[1] == Child._meta.get_field("family_name")
        some = User.objects.annotate(role=FilteredRelation("memberships")).query
        assert paths.names_to_path(some, ["role", "role"], User._meta)[0]


@isolate_apps("cases")
def test_a_model_that_is_still_being_made_is_looked_at_each_time() -> None:
    class Late(models.Model):
        class Meta:
            app_label = "cases"

    with pytest.raises(FieldError):
        paths.names_to_path(Query(Late), ["later"], Late._meta, True, True)
    field = models.CharField(max_length=9)
    field.contribute_to_class(Late, "later")
    assert paths.names_to_path(Query(Late), ["later"], Late._meta, True, True)[1] is field
    models.CharField(max_length=8).contribute_to_class(Late, "later")
    assert paths.names_to_path(Query(Late), ["later"], Late._meta, True, True)[1] is not field
