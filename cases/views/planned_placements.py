"""The page of a placement that is planned: where and when, what was said to it, and that it is called off."""

from collections.abc import Sequence
from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, approvals, clock, host_notices, partings, planned_placements
from cases.access import Permission
from cases.forms import repeats
from cases.forms.approvals import DecideForm
from cases.forms.planned_placements import AheadForm, PlanEndForm, PlanForm
from cases.forms.visits import HostNoticeForm
from cases.host_notices import HostTold
from cases.models import Child, PlannedPlacement, PlannedStep, User
from cases.states import IllegalMove
from cases.views.placements import beside_it
from cases.views.staying import Names

# Which of the page's forms was sent, and about which plan.
SENT, OF = "form", "planned"
# At which field a refusal stands.
_FIELDS = {planned_placements.WrongDay: "planned_date", partings.NotAsked: "parted"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planned_placement(request: HttpRequest, reference: str) -> HttpResponse:
    """Plan where the child is to live, or keep what was said to the plan that stands.

    A form that somebody else has answered meanwhile comes back with its words, below what stands now.
    """
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.PLACE_CHILD, request=request, at=now)
    planned = planned_placements.open_of(child)
    plans = planned is None or request.POST.get(SENT) == "plan"
    beside = beside_it(request, child, now) if plans and not partings.is_sought(child) else Names()
    offered = _forms(child, planned, by=by, beside=beside.asked, now=now)
    decides = approvals.may_decide(by, child, at=now)
    sent, asked = _sent(request, child, offered, planned, decides=decides, beside=beside.asked, now=now)
    if sent is not None and sent.is_valid():
        try:
            said = _save(child, asked, sent, by=by, at=now)
        except IllegalMove as refusal:
            fields = (name for kind, name in _FIELDS.items() if isinstance(refusal, kind))
            repeats.refuse(sent, refusal, field=next(fields, None))
        else:
            messages.success(request, said)
            return redirect("planned_placement", child.reference)
    context = {
        "child": child,
        "planned": planned,
        "untold": beside.not_told,
        "addressed": access.may(by, child, Permission.SEE_ADDRESS, at=now),
        "forms": offered,
        "form": sent,
        "late": sent if sent is not None and sent not in offered.values() else None,
        "hosted": planned is not None and host_notices.is_hosted(child, planned.authority, at=now),
        "own": planned is not None and planned_placements.is_own(planned, at=now),
        "told": planned_placements.told_of(planned) if planned is not None else None,
        "last": planned_placements.counting(planned, at=now) if planned is not None else None,
        "present": approvals.to_ask(child, at=now),
        "now": now,
        "back_href": reverse("child_placements", args=[child.reference]),
    }
    status = 422 if sent is not None else 200
    return render(request, "cases/planned_placement.html", context, status=status)


def _made(
    name: str, now: datetime, child: Child, data: QueryDict | None = None, *, beside: Sequence[str] = ()
) -> forms.Form:
    match name:
        case "plan":
            return PlanForm(data, child=child, beside=beside, now=now)
        case "told":
            return HostNoticeForm(data, now=now)
        case "ahead":
            return AheadForm(data, now=now)
        case "decide":
            return DecideForm(data, now=now)
        case _:
            return PlanEndForm(data)


def _forms(
    child: Child, planned: PlannedPlacement | None, *, by: User, beside: Sequence[str], now: datetime
) -> dict[str, forms.Form]:
    """What this person can say now."""
    if planned is None:
        return {"plan": _made("plan", now, child, beside=beside)}
    names = ["off"]
    own = planned_placements.is_own(planned, at=now)
    if own and host_notices.is_hosted(planned.child, planned.authority, at=now):
        if planned_placements.told_of(planned) is None:
            names.append("told")
        last = planned_placements.counting(planned, at=now)
        if last is None or last.kind in (PlannedStep.Kind.REFUSED, PlannedStep.Kind.ADJOINS):
            names.append("ahead")
        elif last.kind == PlannedStep.Kind.ASKED and approvals.may_decide(by, planned.child, at=now):
            names.append("decide")
    return {name: _made(name, now, child) for name in names}


def _sent(
    request: HttpRequest,
    child: Child,
    offered: dict[str, forms.Form],
    planned: PlannedPlacement | None,
    *,
    decides: bool,
    beside: Sequence[str],
    now: datetime,
) -> tuple[forms.Form | None, PlannedPlacement | None]:
    """The form that was sent and the plan that it was about, which puts it in its place where it is offered still."""
    name = request.POST.get(SENT, "")
    known = ("plan", "off", "told", "ahead", *(("decide",) if decides else ()))
    if request.method != "POST" or name not in known:
        return None, planned
    form = _made(name, now, child, request.POST, beside=beside)
    about = request.POST.get(OF, "") or (str(planned.pk) if planned is not None else "")
    is_of_this = planned is not None and str(planned.pk) == about
    if name in offered and (is_of_this or name == "plan"):
        offered[name] = form
    else:
        form.auto_id = "late_%s"
    return form, planned if is_of_this else None


def _save(child: Child, planned: PlannedPlacement | None, form: forms.Form, *, by: User, at: datetime) -> str:
    if isinstance(form, PlanForm):
        parted = form.cleaned_data.get("parted", "")
        partings.plan(child, form.planned(), parted=parted, by=by, at=at)
        return _("The placement is planned. It is recorded as begun when the child is there.")
    if planned is None:
        raise IllegalMove("This planned placement has begun already, or was called off.")
    return _say(planned, form, by=by, at=at)


def _say(planned: PlannedPlacement, form: forms.Form, *, by: User, at: datetime) -> str:
    if isinstance(form, HostNoticeForm):
        given = form.cleaned_data
        told = HostTold(whom=given["told_whom"], told_at=given["told_at"])
        planned_placements.tell(planned, told, by=by, at=at)
        return _("It is on record that the authority of the area was told.")
    if isinstance(form, DecideForm):
        row = planned_placements.decide(planned, **form.decision(), by=by, at=at)
        if row.kind == PlannedStep.Kind.REFUSED:
            return _("The refusal is recorded. Another placement is to be found: call this one off.")
        return _("The approval is recorded.")
    if isinstance(form, AheadForm):
        return _ask(planned, form, by=by, at=at)
    partings.call_off(planned, why=form.cleaned_data["why"], by=by, at=at)
    return _("The planned placement is called off. Nobody is asked about it any more.")


def _ask(planned: PlannedPlacement, form: AheadForm, *, by: User, at: datetime) -> str:
    if form.is_asked:
        planned_placements.ask(planned, form.asked(), by=by, at=at)
        return _("The director is asked, and is told at once.")
    given = form.cleaned_data
    said = {"said_by": given["said_by"], "reason": given["reason"]}
    planned_placements.say_adjoining(planned, **said, by=by, at=at)
    return _("It is recorded that the areas adjoin: nobody has to approve.")
