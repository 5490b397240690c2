"""The page that strikes through what was recorded by mistake."""

from collections.abc import Mapping

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, mistakes
from cases.forms.mistakes import MistakeForm
from cases.states import IllegalMove

# Where it stands.
PAGES: Mapping[str, str] = {
    "held": "child_due",
    "notice": "child_placements",
    "review": "child_profile",
    "meeting": "meeting_list",
    "request": "visit_ask",
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mistake_new(request: HttpRequest, reference: str, what: str, number: int) -> HttpResponse:
    """Strike through what was recorded by mistake, by whoever may record it; 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    if what not in mistakes.KINDS:
        raise Http404
    permission = mistakes.KINDS[what][1]
    child = access.get_child(by, reference, permission, request=request, at=now)
    row = mistakes.of(child, what, number)
    if row is None:
        raise Http404
    form = MistakeForm(request.POST or None)
    if form.is_valid():
        try:
            mistakes.withdraw(row, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is struck through. What it answered is owed again."))
            return redirect(PAGES[what], child.reference)
    said, said_at = mistakes.about(row)
    context = {
        "child": child,
        "form": form,
        "said": said,
        "said_at": said_at,
        "back_href": reverse(PAGES[what], args=[child.reference]),
    }
    return render(request, "cases/mistake_new.html", context, status=422 if form.is_bound else 200)
