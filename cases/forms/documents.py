"""Answers about a document: the file, what it is, from whom, the day that it bears, and why it is withdrawn."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import documents, scans
from cases.forms import fields
from cases.models import Document
from cases.pdfs.refusals import Refusal

WRONG = _("The file must be a PDF, JPG or PNG and smaller than 10MB")
AGAIN = _("Choose the file again: a browser does not keep it. Everything else you typed is still here.")
REFUSED = {
    Refusal.LOCKED: _(
        "The PDF is locked (encrypted), so it cannot be looked through. Save it without the lock, print it to a new PDF, or "
        "photograph its pages"
    ),
    Refusal.DAMAGED: _(
        "The PDF is damaged or not whole. Get it again, print it to a new PDF, or photograph its pages"
    ),
    Refusal.UNSAFE: _(
        "The PDF cannot be looked through: that takes too long, or it unpacks into too much. Print it to a new PDF, or "
        "photograph its pages"
    ),
    Refusal.LONG: _("The PDF has more than 500 pages. Send it in parts"),
    Refusal.FOLDER: _("The PDF is a cover around other files. Open it, and send those one by one"),
    Refusal.FORM: _(
        "The PDF is a form that only Adobe’s program shows. Open it there and print it to a new PDF, or photograph its pages"
    ),
    Refusal.BUSY: _("Other files are being looked through right now. Send it again in a minute"),
}
LEFT_OUT = {
    "attachments": _("Files that were attached inside it are left out: send each by itself."),
    "media": _("Sound, film or models in it are left out."),
    "signature": _("Its digital signature is left out: keep the original where it counts."),
}


def left_out_of(scan: scans.Scan | None) -> list[str]:
    """What whoever sent a file has to know of it: what of it is not kept."""
    if scan is None:
        return []
    return [str(words) for what, words in LEFT_OUT.items() if what in scan.left_out]


class ScanField(forms.Field):
    """A file; cleans to scans.Scan, or None where none was chosen."""

    default_error_messages = {"required": _("Choose a file"), "wrong": WRONG}

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget", forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"})
        )
        super().__init__(**options)

    def to_python(self, value: Any) -> scans.Scan | None:
        if not value:
            return None
        try:
            return scans.accept(value.read() if value.size < scans.MOST_BYTES else b"")
        except scans.NotADocument as error:
            words = self.error_messages["wrong"] if error.why is None else REFUSED[error.why]
            raise forms.ValidationError(words, code="wrong") from error


class DocumentForm(forms.Form):
    """One more document of a child."""

    file = ScanField(
        label=_("File"),
        help_text=_(
            "PDF, JPG or PNG, smaller than 10MB. It is written anew without scripts, attachments and hidden data; a digital "
            "signature in it is lost."
        ),
    )
    title = forms.CharField(
        label=_("What is it?"),
        help_text=_("For example: birth certificate. What it says belongs in the file."),
        max_length=Document._meta.get_field("title").max_length,
        error_messages={"required": _("Enter what the document is")},
    )
    kind = forms.ChoiceField(
        label=_("What is it about?"),
        choices=Document.Kind,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
        error_messages={"required": _("Select what the document is about")},
    )
    dated = fields.DateField(
        label=_("Which day does it bear?"),
        name=_("The day of the document"),
        help_text=_("Leave it empty where it bears none."),
        past=True,
        required=False,
    )
    received_from = forms.CharField(
        label=_("From whom?"),
        max_length=Document._meta.get_field("received_from").max_length,
        error_messages={"required": _("Enter whom the document is from")},
    )

    def __init__(self, *args: Any, now: Any, dropped: bool = False, **options: Any) -> None:
        """`dropped`: more was sent than any form may hold, and the file in it was left on the way."""
        super().__init__(*args, **options)
        self.dropped = dropped
        fields.set_now(self, now)

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound:
            return
        if self.dropped:
            self.errors.pop("file", None)
            self.add_error("file", WRONG)
        if self.errors and (self.dropped or self.files.get("file")):
            self["file"].help_text = str(AGAIN)

    def refuse(self, words: str) -> None:
        """Say what is wrong with the file, which the browser has not kept."""
        self.add_error("file", words)
        self["file"].help_text = str(AGAIN)

    def given(self) -> documents.Given:
        said = self.cleaned_data
        return documents.Given(
            scan=said["file"],
            kind=said["kind"],
            title=said["title"],
            received_from=said["received_from"],
            dated=said["dated"],
        )


class DocumentWithdrawForm(forms.Form):
    """Why a document is shown to nobody any more."""

    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        help_text=_("For example: it is about another child."),
        max_length=Document._meta.get_field("withdrawn_reason").max_length,
        error_messages={"required": _("Enter why the document is withdrawn")},
    )
