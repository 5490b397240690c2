"""People and their roles, as an administrator keeps them, and the page of somebody's first sign-in."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import (
    access,
    administration,
    clock,
    confirming,
    invitations,
    leavers,
    mail_refusals,
    people,
    promotions,
    role_refusals,
    second_factor,
)
from cases.forms.people import (
    CloseForm,
    ConfirmationForm,
    CorrectionForm,
    FirstPasswordForm,
    MailTakenForm,
    PersonForm,
    RefusalForm,
    ReopeningForm,
    RoleForm,
)
from cases.forms.second_factor import ResetForm
from cases.models import Membership, User
from cases.moves import isolated
from cases.states import IllegalMove
from cases.views.private import kept_private


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_new(request: HttpRequest) -> HttpResponse:
    """Put somebody on the list with their first role."""
    now = clock.now()
    by = access.person(request)
    authorities = administration.authorities(by, at=now)
    form = PersonForm(request.POST or None, by=by, authorities=authorities, now=now)
    if form.is_valid():
        try:
            membership = people.enrol(**form.given(), by=by, at=now)
        except people.AddressRefused as refusal:
            form.add_error("email", str(refusal))
        except IllegalMove as refusal:
            form.add_error("role", str(refusal))
        else:
            messages.success(request, _("The role is given."))
            return redirect("person", membership.user_id)
    return _form(request, form, _("Add a person"), reverse("admin_home"), now)


@login_required
@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show one person: every role here, past and to come, and whether they can sign in."""
    now = clock.now()
    by = access.person(request)
    found = administration.get_person(by, person_id, at=now)
    return _person(request, by, found, now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def role_new(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give a further role to somebody on the list."""
    now = clock.now()
    by = access.person(request)
    found = administration.get_person(by, person_id, at=now)
    authorities = administration.authorities(by, at=now)
    # Nobody opens a closed account by giving a role alone.
    reopens = not found.is_active
    asked = ReopeningForm if reopens else RoleForm
    form = asked(request.POST or None, authorities=authorities, now=now)
    if form.is_valid():
        given = {**form.given(), "known": found, "reopens": reopens}
        try:
            people.enrol(found.email, name=found.name, **given, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("role", str(refusal))
        else:
            messages.success(request, _("The role is given."))
            return redirect("person", found.pk)
    title = _("Give a role to %(name)s") % {"name": isolated(found.name)}
    return _form(request, form, title, reverse("person", args=[found.pk]), now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_change(request: HttpRequest, person_id: int) -> HttpResponse:
    """Correct a name or a phone, of somebody whose every role is looked after here."""
    now = clock.now()
    by = access.person(request)
    found = administration.get_person(by, person_id, at=now)
    form = CorrectionForm(request.POST or None, initial={"name": found.name, "phone": found.phone})
    if form.is_valid():
        if administration.is_only_ours(found, administration.authorities(by, at=now), at=now):
            people.correct(found, **form.cleaned_data, by=by, at=now)
            messages.success(request, _("The correction is kept."))
            return redirect("person", found.pk)
        form.add_error(
            None, _("This person has a role elsewhere too: their own administrators correct this.")
        )
    title = _("Name and phone of %(name)s") % {"name": isolated(found.name)}
    return _form(request, form, title, reverse("person", args=[found.pk]), now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_mail(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask how it is known, and say that somebody's mailbox takes mail again."""
    now = clock.now()
    by = access.person(request)
    found = administration.get_person(by, person_id, at=now)
    form = MailTakenForm(request.POST or None)
    elsewhere = _("This person has a role elsewhere too: their own administrators correct this.")
    if _is_done(form, found, mail_refusals.say_taken, elsewhere=elsewhere, by=by, now=now):
        messages.success(request, _("Their mailbox counts as taking mail again: that is on record."))
        return redirect("person", found.pk)
    title = _("The mailbox of %(name)s takes mail again") % {"name": isolated(found.name)}
    return _form(request, form, title, reverse("person", args=[found.pk]), now)


@login_required
@require_POST
def person_mail_check(request: HttpRequest, person_id: int) -> HttpResponse:
    """Send somebody whose mail comes back a mail now that looks whether it arrives again."""
    now = clock.now()
    by = access.person(request)
    found = administration.get_person(by, person_id, at=now)
    if not administration.is_only_ours(found, administration.authorities(by, at=now), at=now):
        messages.error(request, _("This person has a role elsewhere too: their own administrators send it."))
        return redirect("person", found.pk)
    try:
        mail_refusals.send_check(found, by=by, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        said = _(
            "A test mail goes to them now. If it stays there for a day, their mailbox counts as taking mail again."
        )
        messages.success(request, said)
    return redirect("person", found.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def role_end(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Ask, and end a role at once: it opens nothing from that instant on."""
    said = _("The role has ended, and the person is signed out everywhere.")
    return _asked_first(request, membership_id, promotions.end_role, "cases/role_end.html", said)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def role_call_off(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Ask, and call off a role that has not begun: it never opens anything."""
    said = _("The role is called off.")
    return _asked_first(request, membership_id, people.call_off, "cases/role_call_off.html", said)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def role_confirm(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Show whom another council has put into what is shared, and ask how they are known to be who they are said to be."""
    told = _("The account is confirmed: that is on record.")
    form = ConfirmationForm(request.POST if request.method == "POST" else None)

    def say(role: Membership, by: User, at: datetime) -> None:
        confirming.confirm(role, how=form.cleaned_data["how"], by=by, at=at)

    asks = {"kind": confirming.CONFIRMED, "template": "cases/role_confirm.html"}
    return _answered(request, membership_id, form, say=say, told=told, **asks)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def role_refuse(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Ask why, and end a role that waits for the word of whoever says it: nobody knows the person there."""
    told = _("The role has ended, and whoever gave it is told why.")
    form = RefusalForm(request.POST if request.method == "POST" else None)

    def say(role: Membership, by: User, at: datetime) -> None:
        role_refusals.refuse(role, reason=form.cleaned_data["reason"], by=by, at=at)

    asks = {"kind": confirming.REFUSED, "template": "cases/role_refuse.html"}
    return _answered(request, membership_id, form, say=say, told=told, **asks)


def _answered(
    request: HttpRequest,
    membership_id: int,
    form: forms.Form,
    *,
    say: Callable[[Membership, User, datetime], None],
    told: str,
    kind: str,
    template: str,
) -> HttpResponse:
    """The page that asks about a role which waits; a second press finds none, and reads what stands."""
    now = clock.now()
    by = access.person(request)
    if request.method == "POST" and confirming.is_said(membership_id, kind, by=by):
        messages.success(request, told)
        return redirect("home")
    role = confirming.get(by, membership_id, at=now)
    if form.is_valid():
        try:
            say(role, by, now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, told)
            return redirect("home")
    context = {"role": role, "given": confirming.given(role), "form": form, "now": now}
    return render(request, template, context, status=422 if form.is_bound else 200)


def _asked_first(
    request: HttpRequest, membership_id: int, verb: Callable[..., Any], template: str, said: str
) -> HttpResponse:
    """The page that asks before it does this to a role, and says why where it is refused."""
    now = clock.now()
    by = access.person(request)
    membership = administration.get_membership(by, membership_id, at=now)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            verb(membership, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("person", membership.user_id)
    context = {"membership": membership, "form": form, "now": now}
    return render(request, template, context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def person_link(request: HttpRequest, person_id: int) -> HttpResponse:
    """Make a link for the first sign-in and show it this once; a password from before opens nothing any more."""
    now = clock.now()
    by = access.person(request)
    found = administration.get_person(by, person_id, at=now)
    if not administration.is_only_ours(found, administration.authorities(by, at=now), at=now):
        messages.error(request, _("This person has a role elsewhere too: their own administrators make it."))
        return redirect("person", found.pk)
    try:
        parts = invitations.make(found, by=by, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect("person", found.pk)
    found.refresh_from_db()
    return _person(request, by, found, now, link=request.build_absolute_uri(reverse("welcome", args=parts)))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_reset(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask why, and take the second factors of somebody who has lost them."""
    now = clock.now()
    by = access.person(request)
    found = administration.get_person(by, person_id, at=now)
    form = ResetForm(request.POST or None)
    elsewhere = _("This person has a role elsewhere too: their own administrators reset it.")
    if _is_done(form, found, second_factor.reset, elsewhere=elsewhere, by=by, now=now):
        messages.success(request, _("The second step is reset, and the person is signed out everywhere."))
        return redirect("person", found.pk)
    context = {"form": form, "person": found, "now": now}
    return render(request, "cases/person_reset.html", context, status=422 if form.is_bound else 200)


@login_not_required
@kept_private
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """Let somebody with an unused link choose their password; whatever else is tried reads the same."""
    now = clock.now()
    found = invitations.read(key, token, at=now)
    if found is None:
        return render(request, "cases/welcome_expired.html", {"now": now}, status=404)
    form = FirstPasswordForm(request.POST or None, person=found)
    if form.is_valid():
        invitations.accept(found, form.cleaned_data["password"], at=now)
        messages.success(request, _("Your password is kept. Sign in with it."))
        return redirect("account_login")
    return _form(request, form, _("Choose your password"), "", now, person=found)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_close(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask why, say who would be without anybody, and close an account at once."""
    now = clock.now()
    by = access.person(request)
    found = administration.get_person(by, person_id, at=now)
    form = CloseForm(request.POST or None)
    elsewhere = _(
        "This person has a role elsewhere too. End their roles here; their own administrators close it."
    )
    if _is_done(form, found, leavers.close, elsewhere=elsewhere, by=by, now=now):
        messages.success(request, _("The account is closed: nothing of theirs opens anything any more."))
        return redirect("person", found.pk)
    context = {"form": form, "person": found, "alone": leavers.left_alone(found, at=now), "now": now}
    return render(request, "cases/person_close.html", context, status=422 if form.is_bound else 200)


def _is_done(
    form: forms.Form, found: User, verb: Callable[..., Any], *, elsewhere: str, by: User, now: datetime
) -> bool:
    """Do this to somebody whose every role is looked after here, for the reason in the form; else it says why not."""
    if not form.is_valid():
        return False
    if not administration.is_only_ours(found, administration.authorities(by, at=now), at=now):
        form.add_error(None, elsewhere)
        return False
    try:
        verb(found, reason=form.cleaned_data["reason"], by=by, at=now)
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _person(request: HttpRequest, by: User, found: User, now: datetime, link: str = "") -> HttpResponse:
    authorities = administration.authorities(by, at=now)
    held = (
        administration.memberships(authorities, at=now)
        .filter(user=found)
        .select_related("team", "home", "service", "force", "authority")
        .order_by("-starts_at", "-pk")
    )
    context = {
        "person": found,
        "held": held,
        "ours": administration.is_only_ours(found, authorities, at=now),
        "can_sign_in": found.has_usable_password(),
        "has_second_step": second_factor.has_one(found),
        "is_self": found.pk == by.pk,
        "mail_refused_at": mail_refusals.standing([found.pk]).get(found.pk),
        "mail_checked_at": mail_refusals.checked_at(found),
        "link": link,
        "now": now,
    }
    response = render(request, "cases/person.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _form(
    request: HttpRequest, form: forms.Form, title: str, back: str, now: datetime, **more: object
) -> HttpResponse:
    context = {"form": form, "title": title, "back_href": back, "now": now, **more}
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)
