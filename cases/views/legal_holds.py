"""Pages of the legal hold: on a child's record for its manager, and by reference for the data protection officer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, audits, clock, legal_holds, log
from cases.access import Permission
from cases.forms.legal_holds import HoldByReferenceForm, HoldForm, LiftHoldForm
from cases.reads import PAGE_SIZE
from cases.states import IllegalMove
from cases.views import second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def legal_hold(request: HttpRequest, reference: str) -> HttpResponse:
    """Let a manager of the child have the record kept; lifting that needs a second person here."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.KEEP_FROM, request=request, at=now)
    standing = legal_holds.standing_of(child)
    form = LiftHoldForm(request.POST or None) if standing else HoldForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            if standing is None:
                legal_holds.hold(child, reason=reason, by=by, at=now)
            else:
                second = second_person.signed_by_either(request, form, child, Permission.KEEP_FROM, at=now)
                legal_holds.lift(standing, reason=reason, seconded_by=second, by=by, at=now)
        except IllegalMove as refusal:
            second_person.refused(form, refusal, field="second_email" if standing else None)
        else:
            messages.success(
                request, _("The legal hold is lifted.") if standing else _("The record is kept.")
            )
            return redirect("child_details", child.reference)
    context = {
        "child": child,
        "standing": standing,
        "kept": legal_holds.kept(child, at=now),
        "form": form,
        "now": now,
        "back_href": reverse("child_details", args=[child.reference]),
    }
    return render(request, "cases/legal_hold.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def legal_hold_list(request: HttpRequest) -> HttpResponse:
    """Show the data protection officer which records are held, and hold one by its reference."""
    now = clock.now()
    by = access.person(request)
    own = audits.authorities(by, Permission.PROTECT_DATA, at=now)
    form = HoldByReferenceForm(request.POST or None)
    child = None
    if form.is_valid():
        child = audits.child_of(own, str(form.cleaned_data["reference"].child), by=by, at=now)
        if child is None:
            # The same words for a child of somebody else's and for none at all.
            form.add_error("reference", _("No child of your authority has this reference"))
    place = log.Place(path=request.path, page="legal_hold_list", address=request.META.get("REMOTE_ADDR"))
    log.record_access(
        user=by,
        child_id=child.pk if child else None,
        permission=Permission.PROTECT_DATA,
        allowed=True,
        place=place,
        at=now,
    )
    if child is not None:
        try:
            legal_holds.hold(child, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("reference", str(refusal))
        else:
            messages.success(request, _("The record is kept."))
            return redirect("legal_hold_list")
    rows = legal_holds.without_names(legal_holds.of_authorities(own, by=by, at=now)[:PAGE_SIZE])
    access.put_listed_on_record(
        by, [row.child_id for row in rows], Permission.PROTECT_DATA, request=request, at=now
    )
    context = {"rows": rows, "form": form, "now": now}
    return render(request, "cases/legal_hold_list.html", context, status=422 if form.is_bound else 200)
