"""Pages of the supervision of guardians: who waits to be discussed, one that was held, and what was said of a child."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, clock, drafts, references, supervising
from cases.access import Permission
from cases.forms import repeats
from cases.forms.drafts import put_in
from cases.forms.supervisions import WithdrawForm
from cases.models import Child, Draft, Membership, Role, User
from cases.states import IllegalMove
from cases.views import drafts as draft_pages
from guardians import sittings, supervisions
from guardians.forms.supervisions import GuardianSupervisionForm
from guardians.models import GuardianDiscussion

METHODS = ["GET", "HEAD", "POST"]
PAGE_SIZE = 50


@login_required
@require_safe
def service_supervision(request: HttpRequest) -> HttpResponse:
    """Show whoever leads a guardian service which children wait to be discussed with whom, the longest first."""
    now = clock.now()
    by = access.person(request)
    supervising.guardian_services(by, supervised=True, at=now)
    waits = sittings.queue(by, now=now)
    page = Paginator(waits, PAGE_SIZE).get_page(request.GET.get("page"))
    ids = [wait.child.pk for wait in page]
    access.put_listed_on_record(by, ids, Permission.SEE_STATUS, request=request, at=now)
    late = sum(wait.is_late for wait in waits)
    begun = _begun(by, now)
    context = {"page": page, "late": late, "begun": begun, "now": now, "back_href": reverse("service_home")}
    return render(request, "guardians/service_supervision.html", context)


@login_required
@require_http_methods(METHODS)
def service_supervision_new(request: HttpRequest, service_id: int, person_id: int) -> HttpResponse:
    """Record, as who leads the service, the supervision of one of its guardians; 404 for oneself and for all others."""
    now = clock.now()
    by = access.person(request)
    member = supervising.guardian_led(person_id, service_id, by=by, at=now)
    of: dict[str, Any] = {"person": member.user, "service": member.service}
    if "save_draft" in request.POST:
        draft_pages.keep(request, Draft.Form.GUARDIAN_SUPERVISION, None, **of, at=now)
        return redirect(request.get_full_path())
    draft = drafts.of(by, Draft.Form.GUARDIAN_SUPERVISION, **of, at=now)
    waits = [
        wait
        for wait in sittings.queue(by, now=now)
        if (wait.person.pk, wait.assignment.service_id) == (person_id, service_id)
    ]
    ids = [wait.child.pk for wait in waits]
    access.put_listed_on_record(by, ids, Permission.SEE_STATUS, request=request, at=now)
    form = GuardianSupervisionForm(request.POST or None, waits=waits, now=now)
    put_in(form, draft)
    lost = form.lost() if form.is_bound else _lost(form, draft, by, now)
    if form.is_bound and lost and "seen_lost" not in request.POST:
        form.add_error(None, _("The guardian does not watch over every child any more. See below."))
    elif form.is_valid():
        try:
            supervisions.record(member.user, of["service"], form.held(), by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal, field="held_at")
        else:
            drafts.drop(by, Draft.Form.GUARDIAN_SUPERVISION, **of)
            messages.success(request, _("Recorded. The guardian reads what was said of each child."))
            return redirect("service_supervision")
    context = {"form": form, "member": member, "lost": lost, "draft": draft, "now": now}
    context |= {"of_service": f"?service={service_id}", "back_href": reverse("service_supervision")}
    status = 422 if form.is_bound else 200
    return render(request, "guardians/service_supervision_new.html", context, status=status)


@login_required
@require_safe
def guardian_discussions(request: HttpRequest, reference: str) -> HttpResponse:
    """Show its guardian, or who leads their service, what was said of one child in supervision."""
    now = clock.now()
    by = access.person(request)
    child = _child(request, reference, now)
    led = supervising.supervised_by(by, at=now)
    rows = sittings.readable(by, child, at=now)
    context = {"child": child, "rows": rows, "led": led, "now": now}
    context["back_href"] = reverse("service_supervision") if led else reverse("child", args=[child.reference])
    return render(request, "guardians/guardian_discussions.html", context)


@login_required
@require_http_methods(METHODS)
def guardian_discussion_withdraw(request: HttpRequest, reference: str, discussion_id: int) -> HttpResponse:
    """Strike through, as who leads the service, what was said of one child; 404 for another's."""
    now = clock.now()
    by = access.person(request)
    child = _child(request, reference, now)
    one = _standing(request, child, discussion_id, now)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            supervisions.withdraw(one, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("Withdrawn. The child is due to be discussed as before."))
            return redirect("guardian_discussions", child.reference)
    context = {"form": form, "child": child, "moment": one.supervision.held_at}
    context["back_href"] = reverse("guardian_discussions", args=[child.reference])
    status = 422 if form.is_bound else 200
    return render(request, "guardians/guardian_discussion_withdraw.html", context, status=status)


def _begun(by: User, now: datetime) -> list[tuple[Draft, Membership]]:
    """What they have begun to write down and not sent, each with the role in which the guardian is supervised."""
    kept = drafts.of_guardians(by, at=now)
    led = supervising.supervised_by(by, at=now)
    held = Membership.objects.current(now).filter(
        user__in=[one.person_id for one in kept], service__in=led, role=Role.GUARDIAN
    )
    roles = {(one.user_id, one.service_id): one for one in held.select_related("service").order_by("-pk")}
    posts = [(one, (one.person_id, one.service_id)) for one in kept]
    return [(one, roles[post]) for one, post in posts if post in roles]


def _lost(
    form: GuardianSupervisionForm, draft: Draft | None, by: User, now: datetime
) -> list[tuple[str, str]]:
    """What a draft has of a child who is not the guardian's any more, as long as its writer may see the child."""
    kept = form.lost(draft.data) if draft is not None else []
    seen = access.children(by, Permission.SEE_STATUS, at=now).filter(
        reference__in=[one for one, _text in kept]
    )
    readable = set(seen.values_list("reference", flat=True)) if kept else set()
    return [(one, text) for one, text in kept if one in readable]


def _child(request: HttpRequest, reference: str, now: datetime) -> Child:
    by = access.person(request)
    named = Child.objects.filter(reference=references.parse(reference).child)
    wanted = sittings.permission_for(by, named, at=now)
    return access.get_child(by, reference, wanted, request=request, at=now)


def _standing(request: HttpRequest, child: Child, discussion_id: int, now: datetime) -> GuardianDiscussion:
    by = access.person(request)
    led = supervising.supervised_by(by, at=now)
    for row in sittings.readable(by, child, at=now):
        if row.pk == discussion_id and row.supervision.service_id in led and not row.is_withdrawn:
            return row
    raise Http404
