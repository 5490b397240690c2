"""Pages of a risk assessment: record one, and agree to the lower grade of one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import access, assessments, clock, drafts
from cases.access import Permission
from cases.forms import as_read, repeats
from cases.forms.assessments import AssessmentForm, ReadingForm
from cases.forms.drafts import put_in
from cases.models import Child, Draft, RiskAssessment
from cases.moves import Overtaken, SentBefore
from cases.states import IllegalMove
from cases.views import drafts as draft_pages
from cases.views import second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Record an assessment: a higher grade counts at once, a lower one with the second person, here or later."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    draft = drafts.of(by, Draft.Form.ASSESSMENT, child, at=now)
    if "save_draft" in request.POST:
        draft_pages.keep(request, Draft.Form.ASSESSMENT, child, at=now)
        return redirect("assessment_new", child.reference)
    last = assessments.latest(child)
    of_child = RiskAssessment.objects.filter(child=child)
    stands = as_read.latest(last, of_child, request.POST.get("once", ""))
    form = AssessmentForm(request.POST or None, now=now, last=last, stands=stands)
    put_in(form, draft)
    if form.is_valid():
        try:
            second = second_person.signed(request, form, child, Permission.CHANGE_CHILD, at=now)
            row = assessments.record(
                child, form.assessment(), stood=form.stands, seconded_by=second, by=by, at=now
            )
        except SentBefore as refusal:
            repeats.send_anew(form, refusal)
        except Overtaken:
            last = assessments.latest(child)
            form.overtake(last.pk if last is not None else 0)
        except IllegalMove as refusal:
            field = "second_email" if form.cleaned_data["second_email"] else "grade"
            second_person.refused(form, refusal, field=field)
        else:
            drafts.drop(by, Draft.Form.ASSESSMENT, child)
            messages.success(request, _said(row, child))
            return redirect("risk_assessments", child.reference)
    context = {
        "child": child,
        "form": form,
        "now": now,
        "draft": draft,
        "last": last,
        "back_href": reverse("child", args=[child.reference]),
    }
    return render(request, "cases/assessment_new.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def assessment_agree(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Agree, as the second person, to the lower grade of an assessment that waits for it."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    row = RiskAssessment.objects.filter(child=child, key=key).first()
    if row is None:
        raise Http404
    try:
        assessments.agree(row, by=by, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The risk is graded. The roll-calls follow it from now on."))
    return redirect("risk_assessments", child.reference)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_read(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """A manager signs an assessment, or sends it back with words; 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.KEEP_FROM, request=request, at=now)
    row = get_object_or_404(RiskAssessment.objects.select_related("assessed_by"), child=child, key=key)
    form = ReadingForm(request.POST or None)
    if form.is_valid():
        signed = form.cleaned_data["signed"] == "yes"
        try:
            assessments.read(row, signed=signed, words=form.cleaned_data["words"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            said = (
                _("The assessment is signed.")
                if signed
                else _("The assessment goes back: another is due in a day.")
            )
            messages.success(request, said)
            return redirect("risk_assessments", child.reference)
    back_href = reverse("risk_assessments", args=[child.reference])
    context = {"child": child, "form": form, "row": row, "now": now, "back_href": back_href}
    return render(request, "cases/assessment_read.html", context, status=422 if form.is_bound else 200)


def _said(row: RiskAssessment, child: Child) -> str:
    child.refresh_from_db(fields=["risk", "risk_since"])
    if assessments.waits(row, child):
        return _("The assessment is saved. The lower grade counts once a second person has agreed to it.")
    return _("The assessment is saved. The roll-calls follow its grade from now on.")
