"""Where alerts go: an administrator registers and ends mailboxes, and records sharing agreements with the police."""

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, administration, clock, configuration
from cases.forms import typed
from cases.forms.contact_points import AgreementForm, EndForm, ForcePhoneForm, MailboxForm
from cases.moves import isolated
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_date, phone


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_new(request: HttpRequest) -> HttpResponse:
    """Register an address that alerts go to."""
    now = clock.now()
    by = access.person(request)
    form = MailboxForm(request.POST or None, authorities=administration.authorities(by, at=now))
    if form.is_valid():
        configuration.register_mailbox(**form.given(), by=by, at=now)
        messages.success(request, _("Registered. It is not proved yet: send it a test message."))
        return redirect("mailboxes")
    lead = _(
        "Alerts go there from now on. An address is never changed: end the wrong one, and register the right one."
    )
    return _form(request, form, _("Add a mailbox"), now, lead=lead)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_end(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Ask why, and send nothing more to a mailbox."""
    now = clock.now()
    by = access.person(request)
    mailbox = administration.get_mailbox(by, mailbox_id, at=now)
    form = EndForm(request.POST or None)
    if form.is_valid():
        try:
            configuration.end_mailbox(mailbox, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The mailbox has ended: nothing more is sent to it."))
            return redirect("mailboxes")
    context = {
        "mailbox": mailbox,
        "is_last": configuration.is_last(mailbox, at=now),
        "form": form,
        "now": now,
    }
    return render(request, "cases/mailbox_end.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def force_phone_new(request: HttpRequest) -> HttpResponse:
    """Record a number of a police force."""
    now = clock.now()
    by = access.person(request)
    authorities = administration.authorities(by, at=now)
    form = ForcePhoneForm(request.POST or None, authorities=authorities, now=now)
    if form.is_valid():
        try:
            configuration.register_force_phone(**form.given(), by=by, at=now)
        except configuration.RungEarlier as refusal:
            form.add_error("verified_date", str(refusal))
        except IllegalMove as refusal:
            form.add_error("phone", str(refusal))
        else:
            messages.success(request, _("The number is on record: duty reads it from now on."))
            return redirect("mailboxes")
    lead = _(
        "Ring it first. It takes the place of the number that stands there for the same; with none 101 is rung."
    )
    return _form(request, form, _("Add a number of the police"), now, lead=lead)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def force_phone_end(request: HttpRequest, phone_id: int) -> HttpResponse:
    """Ask why, and let 101 be rung instead of a number."""
    now = clock.now()
    by = access.person(request)
    row = administration.get_force_phone(by, phone_id, at=now)
    form = EndForm(request.POST or None)
    if form.is_valid():
        try:
            configuration.end_force_phone(row, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The number has ended: 101 is rung instead."))
            return redirect("mailboxes")
    lead = _("%(purpose)s, %(force)s: %(number)s, checked on %(day)s. With none 101 is rung.") % {
        "purpose": row.get_purpose_display(),
        "force": isolated(row.force.name),
        "number": phone(row.phone),
        "day": gov_date(row.verified_date),
    }
    action = _("End this number")
    return _form(request, form, _("End a number of the police"), now, lead=lead, action=action)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_new(request: HttpRequest) -> HttpResponse:
    """Record the sharing agreement with a force."""
    now = clock.now()
    by = access.person(request)
    form = AgreementForm(request.POST or None, authorities=administration.authorities(by, at=now), now=now)
    if form.is_valid():
        try:
            configuration.sign_agreement(**form.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("force", str(refusal))
        else:
            messages.success(request, _("The agreement is recorded."))
            return redirect("mailboxes")
    lead = _("With an agreement in force, mails to proved mailboxes of this force may name the child.")
    return _form(request, form, _("Record a sharing agreement"), now, lead=lead)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_end(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """Ask why, and let an agreement end today: from then on no mail to this force names a child."""
    now = clock.now()
    by = access.person(request)
    today = typed.london(now).date()
    agreement = administration.get_agreement(by, agreement_id, on=today, at=now)
    # One that was signed today holds until tonight.
    ends = max(today, agreement.signed_date + timedelta(days=1))
    form = EndForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            configuration.end_agreement(agreement, expires_date=ends, reason=reason, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The agreement has ended."))
            return redirect("mailboxes")
    context = {"agreement": agreement, "form": form, "now": now}
    return render(request, "cases/agreement_end.html", context, status=422 if form.is_bound else 200)


def _form(
    request: HttpRequest, form: forms.Form, title: str, now: datetime, *, lead: str, action: str = ""
) -> HttpResponse:
    context = {"form": form, "title": title, "back_href": reverse("mailboxes"), "now": now}
    context |= {"lead": lead, "action": action}
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)
