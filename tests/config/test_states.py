"""A migration that renders less has the columns that Django's own would have."""

from collections.abc import Callable

import pytest
from django.db import connection, models
from django.db.migrations import operations
from django.db.migrations.state import ModelState, ProjectState

from config.postgresql import states

NULL = {"null": True, "on_delete": models.CASCADE}


def before() -> ProjectState:
    """A house with a code, a child that leads to it by each of its two keys, and a pet of the child."""
    state = ProjectState()
    for name, fields in (
        ("House", {"id": models.AutoField(primary_key=True), "code": models.CharField(max_length=9, unique=True)}),
        ("Child", {
            "id": models.BigAutoField(primary_key=True),
            "house": models.ForeignKey("cases.House", models.CASCADE),
            "by_code": models.ForeignKey("cases.House", models.CASCADE, to_field="code", related_name="+"),
        }),
        ("Pet", {"id": models.BigAutoField(primary_key=True), "child": models.ForeignKey("cases.Child", models.CASCADE)}),
    ):  # fmt: skip
        state.add_model(ModelState("cases", name, list(fields.items())))
    return state


CHANGES = {
    "a key is added": operations.AddField("Pet", "house", models.ForeignKey("cases.House", **NULL)),
    "a key is altered": operations.AlterField("Pet", "child", models.ForeignKey("cases.Child", **NULL)),
    "a key is taken away": operations.RemoveField("Child", "house"),
    "what keys lead to has another type": operations.AlterField(
        "House", "id", models.BigAutoField(primary_key=True)
    ),
    "what a key leads to by its code is longer": operations.AlterField(
        "House", "code", models.CharField(max_length=90, unique=True)
    ),
    "what a key leads to by its code has another name": operations.RenameField("House", "code", "short"),
    "what a key leads to is another table": operations.RenameModel("House", "Home"),
}


def columns(
    change: operations.base.Operation, render: Callable[..., object], patch: pytest.MonkeyPatch
) -> dict[str, object]:
    """Every column after the change, and what a key leads to by which name."""
    patch.setattr(ProjectState, "_find_reload_model", render)
    state = before()
    assert len(state.apps.get_models()) == 3
    change.state_forwards("cases", state)
    return {
        f"{model._meta.db_table}.{field.column}": (
            field.db_type(connection),
            field.related_model
            and (
                field.related_model._meta.db_table,
                field.target_field.column,
                field.target_field.db_type(connection),
            ),
        )
        for model in state.apps.get_models()
        for field in model._meta.local_fields
    }


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_change_leaves_the_columns_that_django_would(
    change: operations.base.Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = columns(change, states.to_render, monkeypatch)
    assert own == columns(change, states._djangos, monkeypatch)


def test_a_key_that_is_added_renders_no_more_than_the_model_that_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ProjectState, "_find_reload_model", states.to_render)
    state = before()
    untouched = state.apps.get_model("cases", "Child")
    CHANGES["a key is added"].state_forwards("cases", state)
    assert state.apps.get_model("cases", "Child") is untouched
