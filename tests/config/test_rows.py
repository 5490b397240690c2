"""Our short cut from a row to an object: for every model the very object that Django makes itself."""

from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.models.signals import post_init

from cases.models import Child, User
from config.postgresql import rows

MODELS = [model for model in apps.get_models() if model._meta.managed]


def by_django(model: type[models.Model], names: list[str], values: list[Any]) -> models.Model:
    made: models.Model = rows._djangos(model, "default", names, values)
    return made


def kept(made: models.Model) -> tuple[object, ...]:
    """All that an object has, and what it knows of its row."""
    own = {name: value for name, value in vars(made).items() if name != "_state"}
    state = made._state
    return type(made), list(own.items()), state.adding, state.db, state.fields_cache


def test_the_connection_has_taken_it_up() -> None:
    assert models.Model.from_db.__func__ is rows.from_db  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model._meta.label))
def test_a_row_becomes_what_django_makes_of_it(model: type[models.Model]) -> None:
    names = [field.attname for field in model._meta.concrete_fields]
    values: list[Any] = [f"{name}'s" for name in names]
    whole = kept(model.from_db("default", names, values))
    assert whole == kept(by_django(model, names, values))
    # And where only a part was read.
    part = kept(model.from_db("default", names[:1], values[:1]))
    assert part == kept(by_django(model, names[:1], values[:1]))
    assert (whole == part) == (len(names) == 1)


def test_every_model_has_the_short_cut() -> None:
    assert rows._plain(Child) is not None
    assert {model._meta.label for model in MODELS if rows._plain(model) is None} == set()


def test_whoever_listens_is_told_as_ever() -> None:
    heard: list[object] = []

    def hear(instance: models.Model, **_: object) -> None:
        heard.append(instance)

    names = [field.attname for field in User._meta.concrete_fields]
    rows._plain.cache_clear()
    post_init.connect(hear, sender=User)
    try:
        made = User.from_db("default", names, [None] * len(names))
    finally:
        post_init.disconnect(hear, sender=User)
        rows._plain.cache_clear()
    assert heard == [made]


def test_a_model_that_makes_its_objects_itself_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[object, ...]] = []

    def own(self: User, *values: object) -> None:
        made.append(values)
        models.Model.__init__(self, *values)

    names = [field.attname for field in User._meta.concrete_fields]
    rows._plain.cache_clear()
    monkeypatch.setattr(User, "__init__", own)
    User.from_db("default", names, [None] * len(names))
    monkeypatch.undo()
    rows._plain.cache_clear()
    assert len(made) == 1
