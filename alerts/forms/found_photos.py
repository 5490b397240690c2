"""A photo of a found child, and why one is shown to nobody any more."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.photos import AGAIN, PhotoField, ask_again


class FoundPhotoForm(forms.Form):
    """The picture alone: who the child is nobody knows yet."""

    photo = PhotoField(
        label=_("Photo"),
        help_text=_(
            "JPG or PNG, smaller than 10MB. The face, from the front; no picture of an injury. It is kept sealed,"
            " without where and when it was taken."
        ),
    )

    def __init__(self, *args: Any, camera: bool = True, dropped: bool = False, **options: Any) -> None:
        """`camera`: a phone opens its camera at once; without it, it offers the pictures it holds."""
        super().__init__(*args, **options)
        self.dropped = dropped
        if not camera:
            self.fields["photo"].widget.attrs.pop("capture")

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound:
            ask_again(self, dropped=self.dropped)

    def refuse(self, words: str) -> None:
        """Say what is wrong with the photo, which the browser has not kept."""
        self.add_error("photo", words)
        self["photo"].help_text = str(AGAIN)
