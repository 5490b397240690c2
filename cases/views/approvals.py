"""The page of the approval of a distant placement: whoever has the work asks, and a director decides."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, approvals, clock, host_notices, planned_placements
from cases.access import Permission
from cases.forms.approvals import AskForm, DecideForm
from cases.models import Child, Placement, PlacementApproval, PlannedStep, User
from cases.states import IllegalMove
from cases.views import sent_late

Kind = PlacementApproval.Kind
# Which of the page's two forms was sent.
SENT = "form"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def placement_approval(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask the director about a placement outside the area, or decide as one; 404 in the area, and where it is approved.

    What was typed of one that was settled, or has ended, meanwhile comes back below what stands by then.
    """
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.PLACE_CHILD, request=request, at=now)
    placement = approvals.to_ask(child, at=now)
    if placement is None and request.POST:
        placement = sent_late.placement(request, child, now)
    if placement is None:
        if planned_placements.open_of(child) is None:
            raise Http404
        # What the director is asked of a placement that has not begun.
        return redirect("planned_placement", child.reference)
    last = approvals.counting(placement, at=now)
    if (
        request.method in access.SAFE
        and "now" not in request.GET
        and _asked_ahead(child, last, by=by, now=now)
    ):
        return redirect("planned_placement", child.reference)
    form = _form(request, placement, last, by=by, now=now)
    if form is not None and form.is_valid():
        try:
            said = _save(placement, form, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("child_placements", child.reference)
    context = {
        "child": child,
        "form": form,
        "sent": "decide" if isinstance(form, DecideForm) else "ask",
        "placement": placement,
        "hosted": host_notices.is_hosted(child, placement.host_authority, at=now),
        "last": approvals.last_of(placement),
        "now": now,
        "back_href": reverse("child_placements", args=[child.reference]),
    }
    is_wrong = form is not None and form.is_bound
    return render(request, "cases/placement_approval.html", context, status=422 if is_wrong else 200)


def _asked_ahead(child: Child, last: PlacementApproval | None, *, by: User, now: datetime) -> bool:
    """Whether a director is asked of the placement that is planned, and of the one that stands nothing."""
    if (last is not None and last.kind == Kind.ASKED) or not approvals.may_decide(by, child, at=now):
        return False
    planned = planned_placements.open_of(child)
    if planned is None or not host_notices.is_hosted(child, planned.authority, at=now):
        return False
    step = planned_placements.counting(planned, at=now)
    return step is not None and step.kind == PlannedStep.Kind.ASKED


def _form(
    request: HttpRequest, placement: Placement, last: PlacementApproval | None, *, by: User, now: datetime
) -> AskForm | DecideForm | None:
    """What this person is asked, nothing while the director is; or what they sent, whatever is asked by now."""
    sent = request.POST.get(SENT, "")
    if sent == "decide" or (sent != "ask" and last is not None and last.kind == Kind.ASKED):
        decides = sent == "decide" or approvals.may_decide(by, placement.child, at=now)
        return DecideForm(request.POST or None, standing=placement, now=now) if decides else None
    is_said = last is not None and last.kind == Kind.ADJOINS
    # Who was asked it on their page has typed it, and reads in words that a director alone says it by now.
    adjoins = "said_by" in request.POST or (
        not is_said and approvals.may_say_adjoining(by, placement, at=now)
    )
    return AskForm(request.POST or None, standing=placement, may_adjoin=adjoins, now=now)


def _save(placement: Placement, form: AskForm | DecideForm, *, by: User, at: datetime) -> str:
    sent_late.require_hosted(placement.child, placement, at=at)
    if isinstance(form, AskForm):
        return _ask(placement, form, by=by, at=at)
    row = approvals.decide(placement, **form.decision(), by=by, at=at)
    if row.kind == Kind.REFUSED:
        return _("The refusal is recorded. Another placement is asked for until the child lives elsewhere.")
    return _("The approval is recorded.")


def _ask(placement: Placement, form: AskForm, *, by: User, at: datetime) -> str:
    if form.is_asked:
        approvals.ask(placement, form.asked(), by=by, at=at)
        return _("The director is asked, and is told at once.")
    given = form.cleaned_data
    approvals.say_adjoining(placement, said_by=given["said_by"], reason=given["reason"], by=by, at=at)
    return _("It is recorded that the areas adjoin: nobody has to approve.")
