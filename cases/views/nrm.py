"""Pages that record a referral to the National Referral Mechanism, and what came of it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, details, drafts, first_responders, nrm
from cases.access import Permission
from cases.forms import repeats
from cases.forms.drafts import prefilled, put_in
from cases.forms.nrm import ASKED, ReferralForm, StepForm
from cases.models import Child, Draft, NrmReferral, Responsibility, User
from cases.moves import SentBefore
from cases.states import IllegalMove
from cases.views import drafts as draft_pages
from cases.views import second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def nrm_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Record that the child was referred."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    draft = drafts.of(by, Draft.Form.NRM_REFERRAL, child, at=now)
    if "save_draft" in request.POST:
        draft_pages.keep(request, Draft.Form.NRM_REFERRAL, child, at=now)
        return redirect("nrm_new", child.reference)
    initial = {"reference": child.nrm_reference, "version": details.version_of(child, "references")}
    own = Responsibility.objects.at(now).filter(child=child).select_related("authority").first()
    named = first_responders.of(own.authority if own is not None else None, at=now)
    referrers = [one.person.name for one in named]
    form = ReferralForm(request.POST or None, referrers=referrers, now=now, initial=dict(initial))
    put_in(form, draft)
    if draft is not None and "reference" not in draft.data:
        # Nobody typed one: what stands now is before the writer, and nothing of it has changed since.
        form.initial["version"] = initial["version"]
    if form.is_valid():
        try:
            nrm.refer(child, form.referral(), by=by, at=now)
        except SentBefore as refusal:
            repeats.send_anew(form, refusal)
        except IllegalMove as refusal:
            _refuse(form, refusal, child)
        else:
            drafts.drop(by, Draft.Form.NRM_REFERRAL, child)
            messages.success(
                request, _("It is recorded. The child is watched more closely until there is a decision.")
            )
            return redirect("nrm", child.reference)
    kept = {"draft": draft, "prefilled": prefilled({"reference": child.nrm_reference})}
    return _shown(request, "cases/nrm_new.html", child, form, now=now, **kept)


def _refuse(form: ReferralForm, refusal: IllegalMove, child: Child) -> None:
    """Say why; who has read what the reference is by now may save theirs, also out of a draft of before."""
    if isinstance(refusal.__cause__, details.ChangedSince):
        data: Any = form.data.copy()  # type: ignore[attr-defined]
        data[form.add_prefix("version")] = str(details.version_of(child, "references"))
        form.data = data
    form.add_error(None, str(refusal))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def nrm_step(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Record a decision, another turn, or that the decision was asked for; 404 for another child's referral."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    referral = get_object_or_404(NrmReferral, child=child, key=key)
    form = StepForm(request.POST or None, now=now, **_offered(request, referral))
    if form.is_valid():
        try:
            second = second_person.signed(request, form, child, Permission.CHANGE_CHILD, at=now)
            _record(referral, form.cleaned_data, second, by, now)
        except SentBefore as refusal:
            repeats.send_anew(form, refusal)
        except IllegalMove as refusal:
            field = "second_email" if form.cleaned_data["second_email"] else None
            second_person.refused(form, refusal, field=field)
        else:
            messages.success(request, _recorded(form.cleaned_data["what"]))
            return redirect("nrm", child.reference)
    return _shown(request, "cases/nrm_step.html", child, form, referral=referral, now=now)


def _offered(request: HttpRequest, referral: NrmReferral) -> dict[str, Any]:
    """What can follow; of a form that was pressed twice what could when it was opened."""
    offered, waits = nrm.moves(referral), referral.is_open
    once = request.POST.get("once", "")
    for step in referral.steps.all():
        if once and str(step.key) == once:
            return {"offered": offered | {step.status}, "waits": waits or step.is_asking}
    return {"offered": offered, "waits": waits}


def _record(
    referral: NrmReferral, given: dict[str, Any], second: User | None, by: User, now: datetime
) -> None:
    once, day, note = given["once"], given["happened_date"], given["note"]
    if given["what"] == ASKED:
        nrm.ask(referral, asked_date=day, answer=note, key=once, by=by, at=now)
        return
    nrm.move(
        referral, given["what"], happened_date=day, note=note, key=once, seconded_by=second, by=by, at=now
    )


def _recorded(what: str) -> str:
    """Only a decision or another turn asks for another look at the risk."""
    if what == ASKED:
        return _("It is recorded. The decision is awaited as before, and asked for again.")
    return _("It is recorded. The risk is to be assessed again within a day.")


def _shown(request: HttpRequest, template: str, child: Child, form: forms.Form, **more: Any) -> HttpResponse:
    context = {"child": child, "form": form, "back_href": reverse("nrm", args=[child.reference]), **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
