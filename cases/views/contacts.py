"""Pages of a contact that stands: undo, withdraw."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, contacts
from cases.access import Permission
from cases.forms.contact import WithdrawForm
from cases.models import Child, Contact, Trigger
from cases.states import IllegalMove
from cases.views import dated_anew, next_page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def contact_undo(request: HttpRequest, reference: str, key: uuid.UUID) -> HttpResponse:
    """Take back one's own press within ten minutes; the link in a message leads here, the button does it."""
    now = clock.now()
    child, contact = _contact(request, reference, key, now)
    if request.method == "POST":
        contacts.undo(contact, by=access.person(request), at=now)
        undone = _("Undone. Nothing was recorded for this child.")
        told = Trigger.objects.filter(contact=contact).first()
        if told is not None and told.kind == Trigger.Kind.NEW_CONTACT:
            undone = _("Undone. The closer watch goes on for 72 hours.")
        elif told is not None:
            undone = _(
                "Undone. Nobody is asked about the concern any more; the closer watch goes on for 72 hours."
            )
        messages.success(request, undone)
        dated_anew.tell(request, child, now)
        return redirect(next_page.after(request, child, at=now))
    watched = Trigger.objects.filter(contact=contact).exists()
    return _shown(request, "cases/contact_undo.html", child, None, now, contact=contact, watched=watched)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def contact_withdraw(request: HttpRequest, reference: str, key: uuid.UUID) -> HttpResponse:
    """Withdraw a contact with a reason: it stays on the record, struck through, and the clock goes back."""
    now = clock.now()
    child, contact = _contact(request, reference, key, now)
    form = WithdrawForm(request.POST or None)
    if form.is_valid():
        try:
            contacts.withdraw(contact, reason=form.cleaned_data["reason"], by=access.person(request), at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("The contact is withdrawn. The clock is back where it was before it.")
            )
            dated_anew.tell(request, child, now)
            return redirect(next_page.after(request, child, at=now))
    return _shown(request, "cases/contact_withdraw.html", child, form, now, contact=contact)


def _contact(request: HttpRequest, reference: str, key: uuid.UUID, now: datetime) -> tuple[Child, Contact]:
    child = access.get_child(
        access.person(request), reference, Permission.RECORD_CONTACT, request=request, at=now
    )
    user = access.person(request)
    contact = Contact.objects.filter(child=child, key=key).first()
    # Homes and guardians take back what they wrote themselves; the record of others is the council's.
    if contact is None or (
        contact.recorded_by_id != user.pk and not access.may(user, child, Permission.SEE_RECORD, at=now)
    ):
        raise Http404
    return child, contact


def _shown(
    request: HttpRequest, template: str, child: Child, form: forms.Form | None, now: datetime, **more: Any
) -> HttpResponse:
    context = {
        "child": child,
        "form": form,
        "now": now,
        "back_href": next_page.after(request, child, at=now),
        **more,
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, template, context, status=status)
