"""The page that opens a closed case again: it shows when and why it was closed, and takes one person."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, reopening
from cases.access import Permission
from cases.forms.marks import ReopenForm
from cases.models import Child
from cases.states import AgeStatus, IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def case_reopen(request: HttpRequest, reference: str) -> HttpResponse:
    """Open the case again: from then on the child is asked for as a new one, so the bed is asked for next."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.REOPEN_CASE, request=request, at=now)
    form = ReopenForm(request.POST or None)
    if form.is_valid():
        try:
            reopening.reopen(child, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            if child.age_status == AgeStatus.ASSESSED_ADULT:
                messages.warning(
                    request,
                    _(
                        "The case is open, and nobody watches yet: this child is held for an adult. Record the challenge"
                        " or the decision now."
                    ),
                )
                return redirect("child", child.reference)
            messages.success(
                request,
                _("The case is open again, and the child is watched from now on. Record where they live."),
            )
            places = access.may(by, child, Permission.PLACE_CHILD, at=now)
            return redirect("placement_new" if places else "child", child.reference)
    context = {
        "child": child,
        "form": form,
        "now": now,
        "is_held_for_adult": child.age_status == AgeStatus.ASSESSED_ADULT,
        "back_href": reverse("child", args=[child.reference]),
    }
    return render(request, "cases/case_reopen.html", context, status=422 if form.is_bound else 200)


def instead(request: HttpRequest, child: Child) -> HttpResponse | None:
    """Where whoever found this child on record goes on: a closed case watches nobody. None where the case is open."""
    if child.closed_at is None:
        return None
    if access.may(access.person(request), child, Permission.REOPEN_CASE, at=clock.now()):
        messages.warning(
            request, _("This case is closed, so nobody watches the child yet: open it again here.")
        )
        return redirect("case_reopen", child.reference)
    messages.error(
        request,
        _(
            "This case is closed, so nobody watches the child. Ring the duty desk of the council that had the child:"
            " they open it again. Until then register the child anew as a different child, so that somebody watches."
        ),
    )
    return redirect("child", child.reference)
