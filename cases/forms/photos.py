"""Answers about a photo: the picture, the day it was taken, where it comes from, and on what ground it is held."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import images, photos
from cases.forms import fields, typed
from cases.models import Photo, PhotoBasis, PhotoSource

WRONG = _("Photo must be JPG or PNG and smaller than 10MB")
AGAIN = _("Choose the photo again: a browser does not keep it. Everything else you typed is still here.")


class PhotoField(forms.Field):
    """A picture by camera or from a file; cleans to images.Developed, or None where none was chosen."""

    default_error_messages = {"required": _("Choose a photo"), "wrong": WRONG}

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget", forms.FileInput(attrs={"accept": "image/jpeg,image/png", "capture": "environment"})
        )
        super().__init__(**options)

    def to_python(self, value: Any) -> images.Developed | None:
        if not value:
            return None
        try:
            return images.develop(value.read() if value.size < images.MOST_BYTES else b"")
        except images.NotAPhoto as error:
            raise forms.ValidationError(self.error_messages["wrong"], code="wrong") from error


def ask_again(form: forms.Form, *, dropped: bool) -> None:
    """After cleaning: call a picture too large that was dropped on the way, and ask anew for one that is lost.

    `dropped` says that more was sent than any form may hold.
    """
    if dropped:
        form.errors.pop("photo", None)
        form.add_error("photo", WRONG)
    if form.errors and (dropped or form.files.get("photo")):
        form["photo"].help_text = str(AGAIN)


class GroundForm(forms.Form):
    """Why a photo may be held; where somebody agreed, who and when."""

    basis = forms.ChoiceField(
        label=_("Why may it be held?"),
        choices=[(one.value, one.label) for one in (PhotoBasis.AGREED, PhotoBasis.SAFETY)],
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
        error_messages={"required": _("Select why the photo may be held")},
    )
    agreed_by = forms.CharField(
        label=_("If somebody agreed: who?"),
        help_text=_("The child, or whoever may agree for them; who asked, and in which language."),
        max_length=Photo._meta.get_field("agreed_by").max_length,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    agreed_date = fields.DateField(
        label=_("If somebody agreed: when?"),
        name=_("The day on which somebody agreed"),
        past=True,
        required=False,
    )

    def __init__(self, *args: Any, now: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        """Who agreed and when belong to a photo to which somebody did, and to no other."""
        given = super().clean() or self.cleaned_data
        agreed = given.get("basis") == PhotoBasis.AGREED
        for name, words in _AGREED.items():
            if agreed and not given.get(name) and name not in self.errors:
                self.add_error(name, words)
            elif given.get("basis") and not agreed and given.get(name):
                self.add_error(
                    name, _("You chose a reason by which nobody agreed: leave this empty, or choose another")
                )
        return given

    def ground(self) -> photos.Ground:
        given = self.cleaned_data
        return photos.Ground(**{name: given[name] for name in ("basis", *_AGREED)})


_AGREED = {"agreed_by": _("Enter who agreed"), "agreed_date": _("Enter when they agreed")}


class PhotoForm(GroundForm):
    """One more photo of a child; whoever cannot ask the child yet says so."""

    photo = PhotoField(
        label=_("Photo"), help_text=_("JPG or PNG, smaller than 10MB. The face, from the front.")
    )
    taken_date = fields.DateField(
        label=_("When was it taken?"),
        name=_("The day it was taken"),
        past=True,
        error_messages={"required": _("Enter when the photo was taken")},
    )
    source = forms.ChoiceField(
        label=_("Where does it come from?"),
        choices=PhotoSource,
        initial=PhotoSource.TAKEN,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
        error_messages={"required": _("Select where the photo comes from")},
    )
    # As on the page, so that the summary of what is wrong follows it.
    field_order = ("photo", "taken_date", "source")

    def __init__(
        self, *args: Any, now: Any, camera: bool = True, dropped: bool = False, **options: Any
    ) -> None:
        """`camera`: a phone opens its camera at once; without it, it offers the pictures it holds."""
        super().__init__(*args, now=now, **options)
        basis = cast(forms.ChoiceField, self.fields["basis"])
        basis.choices = [choice for choice in PhotoBasis.choices if choice[0]]
        self.dropped = dropped
        if not camera:
            self.fields["photo"].widget.attrs.pop("capture")
        self.fields["taken_date"].initial = typed.london(now).date()

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound:
            ask_again(self, dropped=self.dropped)

    def refuse(self, words: str) -> None:
        """Say what is wrong with the photo, which the browser has not kept."""
        self.add_error("photo", words)
        self["photo"].help_text = str(AGAIN)

    def shot(self) -> photos.Shot:
        given = self.cleaned_data
        return photos.Shot(
            picture=given["photo"],
            taken_date=given["taken_date"],
            source=given["source"],
            ground=self.ground(),
        )


class WithdrawForm(forms.Form):
    """Why a photo is shown to nobody any more."""

    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        help_text=_("For example: it shows another child."),
        max_length=Photo._meta.get_field("withdrawn_reason").max_length,
        error_messages={"required": _("Enter why the photo is withdrawn")},
    )
