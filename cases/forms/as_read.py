"""What somebody sends was typed to what stood on their page: what came in its place since is looked at first."""

import uuid
from typing import Any

from django import forms
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Placement


class AsReadForm(forms.Form):
    """Sent after something else came in its place it says so: the page shows that by then, and the next press is about it."""

    # The key of what stood there. A page from before this was asked names none, and is believed.
    stood = forms.IntegerField(widget=forms.HiddenInput(attrs={"id": False}), required=False)
    overtaken: Promise
    is_overtaken = False

    def __init__(self, *args: Any, stands: int | None = None, **options: Any) -> None:
        """`stands` is the key of what stands now, 0 where nothing does; None where the form is about nothing that does."""
        super().__init__(*args, **options)
        self.stands = stands
        if stands is None:
            del self.fields["stood"]
        else:
            self.fields["stood"].initial = stands

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        stood = given.pop("stood", None)
        if stood is not None and stood != self.stands:
            self._read_again()
            raise forms.ValidationError(str(self.overtaken))
        return given

    def overtake(self, stands: int) -> None:
        """Say so of what came while this was sent: its verb looked again when nobody else was writing."""
        self.look_again(stands)
        self.add_error(None, str(self.overtaken))

    def look_again(self, stands: int) -> None:
        """The page shows what stands by now, and the next press is about that."""
        self.stands, self.fields["stood"] = stands, self.base_fields["stood"]
        self._read_again()

    def _read_again(self) -> None:
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data[self.add_prefix("stood")] = str(self.stands)
        self.data, self.is_overtaken = data, True


class ReadByVerbForm(AsReadForm):
    """The same where its verb alone looks: it knows what the same writer sent before, and takes that for one."""

    # The key of what was read; None where the page named none.
    read: int | None = None

    def clean(self) -> dict[str, Any]:
        given = super(AsReadForm, self).clean() or self.cleaned_data
        self.read = given.pop("stood", None)
        return given


MOVED = _(
    "Where the child lives has changed since you opened this page. Look at what is recorded now, then press again."
)


class OfPlacementForm(AsReadForm):
    """What is said of the placement where the child lives: of none that began since the page was opened."""

    overtaken = MOVED

    def __init__(self, *args: Any, standing: Placement | None = None, **options: Any) -> None:
        """`standing` is where the child lives; None where what is said is of no placement that has begun."""
        super().__init__(*args, stands=standing.pk if standing is not None else None, **options)


def latest(last: models.Model | None, rows: models.QuerySet[Any], once: str) -> int | None:
    """The key of the last version of these `rows`, 0 where there is none, for a form that writes the next.

    None for a form whose key `once` has a row already: it came before, and its verb says whether it says the same.
    """
    try:
        came_before = rows.filter(key=uuid.UUID(once)).exists()
    except ValueError:
        came_before = False
    return None if came_before else last.pk if last is not None else 0
