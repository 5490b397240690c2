"""Pages of a guardian's concern about the council: what was raised and promised, a box for more, and its end."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock
from cases.access import Permission
from cases.forms import repeats
from cases.models import Child, MissingEpisode
from cases.states import IllegalMove
from guardians import council
from guardians.forms.council import ConcernEndForm, ConcernForm

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def council_concerns(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was raised and promised as far as the reader may read it; a guardian raises a concern here."""
    now = clock.now()
    by = access.person(request)
    wanted = council.permission_for(by, reference, at=now)
    if request.method == "POST":
        wanted = Permission.WRITE_OWN_NOTE
    child = access.get_child(by, reference, wanted, request=request, at=now)
    may_raise = child.closed_at is None and wanted == Permission.WRITE_OWN_NOTE
    form = ConcernForm(request.POST or None, now=now)
    if form.is_valid():
        given = dict(form.cleaned_data)
        key = given.pop("once")
        try:
            concern = council.raise_concern(child, **given, key=key, by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal, field="words")
        else:
            if council.supervisors(concern, at=now):
                messages.success(request, _("Recorded. Whoever supervises your service is told by mail."))
            else:
                messages.warning(
                    request,
                    _("Recorded. Nobody supervises your service who could read it: ring your service."),
                )
            return redirect("council_concerns", child.reference)
    shown = council.readable(by, child, at=now)
    of_council = wanted == Permission.SEE_RECORD and child.closed_at is None
    is_owed = any(one.row.is_open and one.row.due_at is not None for one in shown)
    context = {
        "child": child,
        "form": form if may_raise else None,
        "concerns": shown,
        "stands_in": council.stands_in(child, at=now) if of_council and is_owed else None,
        "now": now,
    }
    status = 422 if form.is_bound else 200
    return render(request, "guardians/council_concerns.html", context, status=status)


@login_required
@require_http_methods(METHODS)
def council_concern_end(request: HttpRequest, reference: str, concern_id: int) -> HttpResponse:
    """Close a concern with words: who raised it or goes on with it, who supervises their service, else a manager."""
    now = clock.now()
    by = access.person(request)
    wanted = council.permission_for(by, reference, at=now)
    child = access.get_child(by, reference, wanted, request=request, at=now)
    theirs = [one for one in council.readable(by, child, at=now) if one.has_answer and one.row.is_open]
    shown = next((one for one in theirs if one.row.pk == concern_id), None)
    if shown is None:
        raise Http404
    form = ConcernEndForm(request.POST or None)
    if form.is_valid():
        try:
            council.end(shown.row, words=form.cleaned_data["words"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, _("The concern is closed."))
            return redirect("council_concerns", child.reference)
    context = {
        "child": child,
        "form": form,
        "one": shown,
        "of_council": wanted == Permission.SEE_RECORD,
        "lives": Child.objects.living().filter(pk=child.pk).exists(),
        "sought": MissingEpisode.objects.sought().filter(child=child).exists(),
        "now": now,
    }
    status = 422 if form.is_bound else 200
    return render(request, "guardians/council_concern_end.html", context, status=status)
