"""Pages that hold every component at once: addresses for the tests of the frame, and no part of the product."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import RequestContext, Template
from django.urls import path

from cases.forms import fields
from cases.models import Child
from cases.states import IllegalMove
from cases.templatetags.govuk import STATUSES
from config.urls import urlpatterns as product

NOW = datetime(2026, 11, 24, 21, 28, tzinfo=UTC)
TEXTS = Path(__file__).parent / "pages"


class Answers(forms.Form):
    """Every kind of answer."""

    given_name = forms.CharField(label="Given name as heard", help_text="As the child says it")
    born = fields.PartialDateField(label="Birth date as stated", name="Birth date", past=True)
    seen_at = fields.MomentField(label="When was the child last seen?", name="Time last seen")
    back_by = fields.MomentField(label="Back by", quick=False, past=False, required=False)
    means = forms.ChoiceField(
        label="How", choices=[("face", "Face to face"), ("phone", "Phone")], widget=forms.RadioSelect
    )
    languages = forms.MultipleChoiceField(
        label="Languages",
        choices=[("ar", "Arabic"), ("ti", "Tigrinya")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    nationality = fields.ListedField(
        choices=[("", ""), ("AF", "Afghanistan"), ("ER", "Eritrea"), ("VN", "Vietnam")],
    )
    phone = fields.PhoneField(label="24-hour phone")
    reference = fields.ReferenceField(required=False)
    note = fields.NoteField(label="Note", limit=30, required=False)
    told = forms.BooleanField(label="Duty knows", required=False)
    secret = forms.CharField(
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        required=False,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, NOW)


def draw(request: HttpRequest, name: str, status: int = 200, **context: Any) -> HttpResponse:
    """Answer with a page of this folder, which the product's templates do not know."""
    text = (TEXTS / name).read_text(encoding="utf-8")
    return HttpResponse(Template(text).render(RequestContext(request, context)), status=status)


def fragment(request: HttpRequest) -> HttpResponse:
    """One more home than before, each time."""
    request.session["count"] = request.session.get("count", 2) + 1
    return draw(request, "fragment.html", count=request.session["count"], now=NOW)


def parts(request: HttpRequest) -> HttpResponse:
    """Every component at once."""
    request.session["count"] = 2
    messages.success(request, "Seen recorded for Linh T.")
    return draw(
        request,
        "parts.html",
        count=2,
        child=Child(given_name="Yusuf", family_name="Al-Khatib"),
        now=NOW,
        past=NOW - timedelta(hours=26),
        soon=NOW + timedelta(minutes=42),
        items=[("Duty", "/gallery/")],
        facts=[("Language", "Arabic"), ("Guardian", "S. Adeyemi")],
        lines=["Duty rings 101 again at 9:55pm (in 27 minutes)."],
        rows=[("Last seen", "23 November 2026 at 9:10pm"), ("Wearing", "", "/gallery/", "clothing")],
        statuses=list(STATUSES),
        engine_banner="The last check was 4 minutes ago.",
    )


def form(request: HttpRequest) -> HttpResponse:
    """Every kind of answer, empty or with its errors."""
    answers = Answers(request.POST or None)
    return draw(request, "form.html", status=422 if answers.errors else 200, form=answers, now=NOW)


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404


def moved(request: HttpRequest) -> HttpResponse:
    raise IllegalMove("The episode has ended.")


def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "500.html", status=500)


urlpatterns = [
    path("gallery/", parts),
    path("gallery/form/", form),
    path("gallery/fragment/", fragment),
    path("gallery/404/", missing),
    path("gallery/409/", moved),
    path("gallery/500/", broken),
    *product,
]
