"""The page that records what was held for a child on a day."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, held_papers, reviewing_officers
from cases.access import Permission
from cases.forms import repeats
from cases.forms.held_papers import HeldForm
from cases.models import HeldPaper
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def held_new(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """Record that a review, an assessment or a plan was held; 404 for what is none of these."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    if kind not in HeldPaper.Kind.values:
        raise Http404
    is_review = kind == HeldPaper.Kind.CARE_REVIEW
    officer = reviewing_officers.serving(child, at=now) if is_review else None
    leads = {"led_by": officer.said_name} if officer is not None else {}
    form = HeldForm(request.POST or None, kind=kind, now=now, initial=leads)
    if form.is_valid():
        given = form.cleaned_data
        said = {"held_date": given["held_date"], "led_by": given["led_by"], "note": given["note"]}
        said["handed_to"] = given.get("handed_to", "")
        try:
            held_papers.record(child, kind, **said, key=given["once"], by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("It is recorded."))
            return redirect("child_due", child.reference)
    context = {
        "child": child,
        "form": form,
        "title": HeldPaper.Kind(kind).label,
        "reviewed": is_review,
        "officer": officer,
        "now": now,
        "back_href": reverse("child", args=[child.reference]),
    }
    return render(request, "cases/held_new.html", context, status=422 if form.is_bound else 200)
