"""Pages of a child's age: what was said and decided, a new birth date, a new decision."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, ages, birth_dates, clock, details, repeated
from cases.access import Permission
from cases.forms.ages import BirthDateForm, DecisionForm
from cases.models import AgeDecision, Child, MissingEpisode, User
from cases.moves import Overtaken
from cases.states import AgeStatus, IllegalMove
from cases.views import next_page, open_journey, second_person


@login_required
@require_safe
def age(request: HttpRequest, reference: str) -> HttpResponse:
    """Every birth date that was given and every decision about the age, newest first."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.SEE_RECORD, request=request, at=now)
    context = {
        "child": child,
        "decisions": AgeDecision.objects.filter(child=child)
        .select_related("recorded_by", "seconded_by")
        .order_by("-recorded_at", "-pk"),
        "claims": birth_dates.of(child),
        "may_change": access.may(by, child, Permission.CHANGE_CHILD, at=now),
        # Where somebody is held or housed is an address like any other.
        "may_see_place": access.may(by, child, Permission.SEE_ADDRESS, at=now),
        "now": now,
        "back_href": reverse("child_details", args=[child.reference]) + "#age",
    }
    return render(request, "cases/age.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def age_decision(request: HttpRequest, reference: str) -> HttpResponse:
    """Record a decision; an adult, assessed or treated as one, needs a second person here."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = DecisionForm(request.POST or None, child=child, stands=ages.read_of(child), now=now)
    # What was said of the age when the child was registered.
    form.initial["age_status"] = request.GET.get("decided", "")
    journey = open_journey.of(child, now=now)
    if form.is_valid():
        try:
            second = second_person.signed(request, form, child, Permission.CHANGE_CHILD, at=now)
            ages.decide(child, form.decision(), stood=form.stands, seconded_by=second, by=by, at=now)
        except Overtaken:
            child.refresh_from_db(fields=["age_status"])
            form.overtake(ages.read_of(child))
        except IllegalMove as refusal:
            second_person.refused(form, refusal, field="second_email" if form.needs_second else None)
        else:
            is_over = form.decision().age_status == AgeStatus.ASSESSED_ADULT
            return _decided(request, child, journey if is_over else None)
    if form.is_overtaken and _is_own(form, child, by, now):
        return _decided(request, child)
    context = {"child": child, "form": form, "now": now, "back_href": reverse("age", args=[child.reference])}
    # A search keeps its journey, whatever is decided.
    is_sought = MissingEpisode.objects.open().filter(child=child).exists()
    context |= {"journey": None if is_sought else journey, "next": next_page.wanted(request)}
    return render(request, "cases/age_decision.html", context, status=422 if form.is_bound else 200)


def _decided(request: HttpRequest, child: Child, over: open_journey.Standing | None = None) -> HttpResponse:
    open_journey.say_done(request, _("The decision is recorded. The contacts that are due follow it."), over)
    return redirect(next_page.wanted(request) or reverse("age", args=[child.reference]))


def _is_own(form: DecisionForm, child: Child, by: User, now: datetime) -> bool:
    """Whether the decision that came before this one is this one, pressed twice."""
    last = AgeDecision.objects.filter(child=child).order_by("recorded_at", "pk").last()
    said = {name: form.cleaned_data.get(name) for name in ("decided_date", "decided_by", "grounds")}
    said["age_status"] = form["age_status"].data
    return last is not None and repeated.is_same(last, said, recorded_at=last.recorded_at, by=by, at=now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def birth_date(request: HttpRequest, reference: str) -> HttpResponse:
    """Record a birth date that somebody gives; the others stay on record."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = BirthDateForm(request.POST or None, version=details.version_of(child, "age"), now=now)
    if form.is_valid():
        try:
            ages.claim(child, **form.values(), by=by, at=now)
        except details.ChangedSince:
            form = _again(request, child, now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The birth date is recorded."))
            return redirect("age", child.reference)
    context = {"child": child, "form": form, "now": now, "back_href": reverse("age", args=[child.reference])}
    return render(request, "cases/birth_date.html", context, status=422 if form.is_bound else 200)


def _again(request: HttpRequest, child: Child, now: datetime) -> BirthDateForm:
    """The same answers, to be saved over what somebody changed meanwhile once the writer has looked at it."""
    sent, version = request.POST.copy(), details.version_of(child, "age")
    sent["version"] = str(version)
    form = BirthDateForm(sent, version=version, now=now)
    form.add_error(None, _("Somebody changed the age meanwhile. Look at it, then save again."))
    return form
