"""Our short cut from a row to an object: for every model the very object that Django makes itself."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.models.signals import ModelSignal, post_init, pre_init

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


@pytest.mark.by_turns(8)
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


def test_every_model_has_the_short_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[type[models.Model]] = []
    monkeypatch.setattr(rows, "_djangos", lambda model, *_: taken.append(model))
    for model in MODELS:
        names = [field.attname for field in model._meta.concrete_fields]
        model.from_db("default", names, [None] * len(names))
    assert taken == []


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("signal", "listens_to", "told"),
    [
        (post_init, User, lambda made: [made]),
        (post_init, None, lambda made: [made]),
        (post_init, Child, lambda made: []),
        (pre_init, User, lambda made: [None]),
    ],
    ids=["after", "to all", "to others", "before"],
)
def test_whoever_listens_is_told_as_ever_and_from_then_on(
    signal: ModelSignal, listens_to: type[models.Model] | None, told: Callable[[models.Model], list[object]]
) -> None:
    heard: list[object] = []

    def hear(instance: models.Model | None = None, **_: object) -> None:
        heard.append(instance)

    def read() -> models.Model:
        return User.from_db("default", names, [None] * len(names))

    names = [field.attname for field in User._meta.concrete_fields]
    read()
    signal.connect(hear, sender=listens_to)
    try:
        made = read()
    finally:
        signal.disconnect(hear, sender=listens_to)
    read()
    assert heard == told(made)


def test_a_model_that_makes_its_objects_itself_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[object, ...]] = []

    def own(self: User, *values: object) -> None:
        made.append(values)
        models.Model.__init__(self, *values)

    names = [field.attname for field in User._meta.concrete_fields]
    with monkeypatch.context() as patched:
        patched.setattr(User, "__init__", own)
        User.from_db("default", names, [None] * len(names))
    User.from_db("default", names, [None] * len(names))
    assert len(made) == 1
