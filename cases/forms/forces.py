"""The answer which police force: one that there is."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases import clock, force_ends
from cases.deadlines import london_day
from cases.forms import fields
from cases.forms.widgets import TypedSelect
from cases.models import PoliceForce
from cases.moves import isolated


class ForceField(forms.ModelChoiceField):
    """A police force of those that there are today; of one that has ended it says which took over."""

    def __init__(self, **options: Any) -> None:
        super().__init__(PoliceForce.objects.none(), **options)

    def __deepcopy__(self, memo: dict[int, Any]) -> "ForceField":
        # The form of a page knows the day, the class does not.
        result: ForceField = super().__deepcopy__(memo)
        result.queryset = PoliceForce.objects.offered(day=london_day(clock.now()))
        return result

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except ValidationError:
            self._refuse_ended(value)
            raise

    def _refuse_ended(self, value: Any) -> None:
        typed_words = TypedSelect.unlisted(value)
        rows = PoliceForce.objects.filter(valid_to__lte=london_day(clock.now()))
        if typed_words:
            rows = rows.filter(name__iexact=typed_words.strip())
        else:
            rows = rows.filter(pk=value) if str(value).isdecimal() else rows.none()
        force = rows.first()
        if force is not None:
            words = _("%(force)s has ended, and %(successor)s took over: choose that one")
            heir = force_ends.standing(force, day=london_day(clock.now()))
            said = {"force": isolated(force.name), "successor": isolated(heir.name)}
            raise ValidationError(words, code="ended", params=said)


class ListedForceField(ForceField, fields.ListedRowField):
    """The same, that is typed as well."""
