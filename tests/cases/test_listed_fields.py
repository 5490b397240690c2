"""Whatever is typed for one of a long list and stands for none of it is refused in words, on every form that has one."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django import forms
from django.core.exceptions import ValidationError

from cases.forms import fields
from cases.forms.widgets import TypedSelect
from cases.models import PoliceForce
from tests.database import ROOT
from tests.factories import a_force


def every_form() -> Iterator[type[forms.BaseForm]]:
    for path in sorted(ROOT.glob("*/forms/*.py")):
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, forms.Form) and one.__module__ == module.__name__:
                yield one


LISTED = [
    pytest.param(field, id=f"{form.__module__}.{form.__name__}.{name}")
    for form in every_form()
    for name, field in form.base_fields.items()  # type: ignore[attr-defined]
    if isinstance(field.widget, TypedSelect)
]


def test_every_form_with_a_typed_choice_is_found() -> None:
    assert {
        "alerts.forms.episodes.Verify.other_force",
        "alerts.forms.workloads.AllocateForm.worker",
        "cases.forms.placement.PlacementForm.where",
        "guardians.forms.guardians.AssignForm.guardian",
    } <= {parameters.id for parameters in LISTED}


@pytest.mark.by_turns
@pytest.mark.django_db
@pytest.mark.parametrize("field", LISTED)
@pytest.mark.parametrize("required", [True, False])
def test_what_is_typed_and_not_on_the_list_is_refused_and_named(field: forms.Field, required: bool) -> None:
    was, field.required = field.required, required
    try:
        with pytest.raises(ValidationError) as refused:
            field.clean("typed:Nowhere at all")
    finally:
        field.required = was

    ending = "" if required else " or leave it empty"
    assert refused.value.messages == [f"We do not know “Nowhere at all”. Choose one from the list{ending}"]


@pytest.mark.by_turns
def test_no_list_is_typed_for_in_another_way() -> None:
    """A select that a script turns into a box of its own would drop what it does not know."""
    sources = [*ROOT.glob("*/forms/*.py"), *ROOT.glob("*/views/*.py"), *ROOT.glob("templates/**/*.html")]
    told = {"cases/forms/widgets.py", "templates/components/autocomplete.html"}
    found = {str(path.relative_to(ROOT)) for path in sources if "data-autocomplete" in path.read_text()}

    assert found - told == set()


class Where(forms.Form):
    home = fields.ListedField(choices=[("", "Choose"), ("3", "Cedar House")], required=False)
    force = fields.ListedRowField(PoliceForce.objects.all(), required=False, empty_label="Choose")


@pytest.mark.django_db
def test_what_was_typed_stands_in_the_list_again_chosen_and_is_refused_again() -> None:
    form = Where({"home": "typed:Cedar <House", "force": "typed:Norf"})

    assert not form.is_valid()
    assert '<option value="typed:Cedar &lt;House" selected>Cedar &lt;House</option>' in str(form["home"])
    assert '<option value="typed:Norf" selected>Norf</option>' in str(form["force"])
    assert set(form.errors) == {"home", "force"}


@pytest.mark.django_db
def test_a_number_that_is_typed_is_never_read_as_the_key_of_a_choice() -> None:
    force = a_force()

    assert not Where({"home": "typed:3", "force": f"typed:{force.pk}"}).is_valid()
    assert Where({"home": "3", "force": str(force.pk)}).is_valid()
    assert Where({"home": "", "force": ""}).is_valid()


@pytest.mark.django_db
def test_a_choice_that_left_the_list_meanwhile_is_said_in_words() -> None:
    form = Where({"home": "4", "force": "1000000"})

    words = ["What you chose is no longer on the list. Choose one from the list"]
    assert form.errors == {"home": words, "force": words}
