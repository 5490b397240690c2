"""A guardian's own notes of a child: what they wrote, newest first, and a box for the next."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, notes
from cases.access import Permission
from cases.forms import repeats
from cases.forms.notes import NoteForm
from cases.models import Note
from cases.states import IllegalMove

# A guardian who wants to read further back asks the child's team, who keep them all.
SHOWN = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def guardian_notes(request: HttpRequest, reference: str) -> HttpResponse:
    """Write a note that the child's own staff read too; the staff's case notes are not here."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.WRITE_OWN_NOTE, request=request, at=now)
    form = NoteForm(request.POST or None, now=now)
    if form.is_valid():
        given = form.cleaned_data
        written = {"text": given["text"], "happened_at": given["happened_at"], "key": given["once"]}
        try:
            notes.write(child, kind=Note.Kind.GUARDIAN, **written, by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal, field="text")
        else:
            messages.success(request, _("Your note is saved. The child’s team can read it."))
            return redirect("guardian_notes", child.reference)
    own = Note.objects.filter(child=child, kind=Note.Kind.GUARDIAN, written_by=by)[:SHOWN]
    context = {"child": child, "form": form, "notes": own, "now": now}
    return render(request, "guardians/guardian_notes.html", context, status=422 if form.is_bound else 200)
