"""Pages of a restricted record: restrict it, see who is named, name one more, take a name off, lift it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import access, clock, mark_ends, restrictions
from cases.access import Permission
from cases.deadlines import end_of
from cases.forms import fields
from cases.forms.restrictions import LiftForm, NameForm, RestrictForm
from cases.models import Child, NamedPerson, Restriction, User
from cases.moves import Overtaken
from cases.states import IllegalMove
from cases.views import second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def restriction(request: HttpRequest, reference: str) -> HttpResponse:
    """Restrict the record at once; of one that is restricted, show who is named."""
    now, by, child = _asked(request, reference)
    standing = restrictions.standing_of(child, now)
    if standing is not None and not request.POST:
        named = standing.named.current(now).select_related("user", "named_by", "seconded_by")
        context = {"standing": standing, "named": named}
        return _shown(request, "cases/restriction.html", child, now, back="child", **context)
    people = [one for one in restrictions.candidates(child, reader=by, at=now) if one.user_id != by.pk]
    form = RestrictForm(request.POST or None, people=people)
    if form.is_valid():
        chosen = set(form.cleaned_data["named"])
        named_people = [one.user for one in people if one.user_id in chosen]
        try:
            restrictions.restrict(
                child, reason=form.cleaned_data["reason"], named=named_people, by=by, at=now
            )
        except IllegalMove as refusal:
            standing = _last(request, reference)
            if standing is not None and _says(standing, form, by):
                # Pressed twice it is one.
                return redirect("restriction", child.reference)
            form.add_error("named", str(refusal))
        else:
            messages.success(
                request, _("The record is restricted. From now on only the people named open it.")
            )
            return redirect("restriction", child.reference)
    return _shown(request, "cases/restrict.html", child, now, form=form, back="child", standing=standing)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def restriction_name(request: HttpRequest, reference: str) -> HttpResponse:
    """Name one person more, with a second person who signs here."""
    now, by, child = _asked(request, reference)
    standing = _sent_to(request, child, now)
    known = set(NamedPerson.objects.current(now).filter(restriction=standing).values_list("user", flat=True))
    people = [one for one in restrictions.candidates(child, reader=by, at=now) if one.user_id not in known]
    form = NameForm(request.POST or None, people=people, stands=_key(standing))
    fields.ask(form, "last_day", lambda day: restrictions.require_ahead(end_of(day), now))
    if form.is_valid():
        given, day = form.cleaned_data, form.cleaned_data["last_day"]
        user = next(one.user for one in people if one.user_id == given["user"])
        try:
            restrictions.name(
                _still(standing),
                user,
                reason=given["reason"],
                until=end_of(day) if day else None,
                seconded_by=_second(request, form, child, now),
                by=by,
                at=now,
            )
        except Overtaken:
            form.overtake(_key(standing := _last(request, reference)))
        except IllegalMove as refusal:
            second_person.refused(form, refusal)
        else:
            messages.success(request, _("Named. They can open the record from now on."))
            return redirect("restriction", child.reference)
    return _shown(
        request, "cases/restriction_name.html", child, now, form=form, back="restriction", standing=standing
    )


@login_required
@require_POST
def restriction_unname(request: HttpRequest, reference: str, named_id: int) -> HttpResponse:
    """Take a name off: that raises the guard, and waits for nobody."""
    now, by, child = _asked(request, reference)
    named = NamedPerson.objects.filter(pk=named_id, restriction=_standing(child, now)).first()
    if named is None:
        raise Http404
    try:
        restrictions.unname(named, by=by, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken off. They cannot open the record any more."))
    # Whoever has taken off their own name opens it no more either.
    still = access.may(by, child, Permission.KEEP_FROM, at=now)
    return redirect("restriction", child.reference) if still else redirect("home")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def restriction_lift(request: HttpRequest, reference: str) -> HttpResponse:
    """Lift the restriction, with a second person who signs here."""
    now, by, child = _asked(request, reference)
    standing = _sent_to(request, child, now)
    form = LiftForm(request.POST or None, stands=_key(standing))
    fields.ask(form, "last_day", lambda day: mark_ends.require(end_of(day), at=now))
    if form.is_valid():
        try:
            row, second = _still(standing), _second(request, form, child, now)
            reason, day = form.cleaned_data["reason"], form.cleaned_data["last_day"]
            until = end_of(day) if day else None
            restrictions.lift(row, reason=reason, until=until, seconded_by=second, by=by, at=now)
        except Overtaken:
            form.overtake(_key(standing := _last(request, reference)))
        except IllegalMove as refusal:
            second_person.refused(form, refusal)
        else:
            messages.success(request, _("The restriction is lifted."))
            return redirect("child", child.reference)
    return _shown(
        request, "cases/restriction_lift.html", child, now, form=form, back="restriction", standing=standing
    )


def _asked(request: HttpRequest, reference: str) -> tuple[datetime, User, Child]:
    now, by = clock.now(), access.person(request)
    return now, by, restrictions.get_child(by, reference, request=request, at=now)


def _standing(child: Child, now: datetime) -> Restriction:
    standing = restrictions.standing_of(child, now)
    if standing is None:
        raise Http404
    return standing


def _sent_to(request: HttpRequest, child: Child, now: datetime) -> Restriction | None:
    """The restriction that stands; none for whoever sends what they typed to one that is lifted since."""
    return restrictions.standing_of(child, now) if request.POST else _standing(child, now)


def _still(standing: Restriction | None) -> Restriction:
    if standing is None:
        raise Overtaken
    return standing


def _last(request: HttpRequest, reference: str) -> Restriction | None:
    """The restriction that stands; also one that was set while this page was being sent, to whom it leaves the record open."""
    _now, _by, child = _asked(request, reference)
    return Restriction.objects.filter(child=child, ends_at=None).first()


def _says(standing: Restriction, form: RestrictForm, by: User) -> bool:
    """Whether this person has set it with the same words, and named the same people."""
    given = form.cleaned_data
    at_first = standing.named.filter(at_first=True).values_list("user", flat=True)
    is_same = standing.set_by == by and standing.reason == given["reason"].strip()
    return is_same and set(at_first) == {by.pk, *given["named"]}


def _key(standing: Restriction | None) -> int:
    return standing.pk if standing is not None else 0


def _second(request: HttpRequest, form: forms.Form, child: Child, now: datetime) -> User:
    """The other manager; one who is not named signs too, for often one manager alone is."""
    second = second_person.signed(request, form, child, Permission.KEEP_FROM, unnamed=True, at=now)
    if second is None:
        raise IllegalMove("This takes two people: the second is somebody other than you.")
    return second


def _shown(
    request: HttpRequest, template: str, child: Child, now: datetime, *, back: str, **more: Any
) -> HttpResponse:
    form = more.get("form")
    # To a senior who is not named the record itself is closed.
    opens = back != "child" or access.may(access.person(request), child, Permission.SEE_STATUS, at=now)
    href = reverse(back, args=[child.reference]) if opens else reverse("home")
    context = {"child": child, "now": now, "back_href": href, **more}
    return render(request, template, context, status=422 if form is not None and form.is_bound else 200)
