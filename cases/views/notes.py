"""Pages of a case note: write one, correct one."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, drafts, notes
from cases.access import Permission
from cases.forms import repeats
from cases.forms.drafts import put_in
from cases.forms.notes import CorrectForm, NoteForm
from cases.models import Child, Draft, Note, User
from cases.states import IllegalMove
from cases.views import drafts as draft_pages


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def note_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Write a case note on one screen."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.WRITE_NOTE, request=request, at=now)
    draft = drafts.of(by, Draft.Form.NOTE, child, at=now)
    if "save_draft" in request.POST:
        draft_pages.keep(request, Draft.Form.NOTE, child, at=now)
        return redirect("note_new", child.reference)
    form = NoteForm(request.POST or None, now=now)
    put_in(form, draft)
    if form.is_valid():
        given = form.cleaned_data
        written = {"text": given["text"], "happened_at": given["happened_at"], "key": given["once"]}
        try:
            notes.write(child, kind=Note.Kind.CASE, **written, by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal, field="text")
        else:
            drafts.drop(by, Draft.Form.NOTE, child)
            messages.success(request, _("The note is saved."))
            return redirect("child", child.reference)
    return _shown(request, "cases/note_new.html", child, form, now, draft=draft)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def note_correct(request: HttpRequest, reference: str, key: uuid.UUID) -> HttpResponse:
    """Correct a case note: what it said stays readable, struck through, with the reason."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.WRITE_NOTE, request=request, at=now)
    note = Note.objects.filter(child=child, key=key, kind=Note.Kind.CASE).first()
    if note is None:
        raise Http404
    form = CorrectForm(request.POST or None, initial={"text": note.text})
    if form.is_valid():
        try:
            _correct(note, form.cleaned_data, by=by, now=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The note is corrected. What it said before stays readable."))
            return redirect("child", child.reference)
    return _shown(request, "cases/note_correct.html", child, form, now, note=note)


def _correct(note: Note, given: dict[str, Any], *, by: User, now: datetime) -> None:
    if given["text"].strip():
        notes.correct(note, text=given["text"], reason=given["reason"], key=given["once"], by=by, at=now)
    else:
        notes.withdraw(note, reason=given["reason"], by=by, at=now)


def _shown(
    request: HttpRequest, template: str, child: Child, form: forms.Form, now: datetime, **more: Any
) -> HttpResponse:
    back_href = reverse("child", args=[child.reference])
    context = {"child": child, "form": form, "now": now, "back_href": back_href, **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
