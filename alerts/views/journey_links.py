"""The links of a journey's escorts: what was sent to each, and one press that sends another by mail or text."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import journey_mails
from alerts.models import Channel, Message
from alerts.states import MessageStatus
from cases import access, clock, journey_pages
from cases.access import Permission
from cases.escorts import Escort
from cases.forms.journeys import OfJourneyForm
from cases.models import Journey
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_when


class SendForm(OfJourneyForm):
    """Which escort is sent a link, and how; the buttons of the page say both."""

    escort = forms.TypedChoiceField(choices=[(1, "1"), (2, "2")], coerce=int)
    channel = forms.ChoiceField(choices=[(Channel.MAIL, "mail"), (Channel.TEXT, "text")])
    once = forms.UUIDField()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.errors:
            # Nobody types any of it: what is wrong is no field's.
            self.errors.clear()
            raise forms.ValidationError(_("Press one of the buttons of this page"))
        return given


@dataclass(frozen=True)
class Line:
    """One escort, and what became of the link that was sent last."""

    number: int
    escort: Escort
    message: Message | None
    now: datetime

    @property
    def has_failed(self) -> bool:
        return self.message is not None and self.message.status == MessageStatus.FAILED

    @property
    def state(self) -> str:
        message = self.message
        if message is None:
            return _("No link was sent.")
        how = {"how": message.get_channel_display(), "when": gov_when(message.created_at, self.now)}
        if message.status == MessageStatus.SENT:
            return _("%(how)s, asked for at %(when)s: accepted by the server.") % how
        if message.status == MessageStatus.FAILED:
            return _("%(how)s, asked for at %(when)s: could not be delivered. Ring them.") % how
        if message.status == MessageStatus.CANCELLED:
            return _("%(how)s, asked for at %(when)s: not sent, for another took its place.") % how
        if message.last_error:
            return _("%(how)s, asked for at %(when)s: not accepted yet, and tried again.") % how
        return _("%(how)s, asked for at %(when)s: on its way.") % how


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def journey_links(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was sent to each escort; a POST sends one a link, and the one before opens nothing any more."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    found = journey_pages.read(child, addressed=False, now=now)
    if found is None or found.journey.ended_at is not None:
        return redirect("journey", child.reference)
    form = SendForm(request.POST or None, journey=found.journey)
    may_send = journey_pages.may_send(found.journey, by, at=now)
    if form.is_valid():
        given = form.cleaned_data
        try:
            if not may_send:
                raise IllegalMove(
                    "Whoever planned this may not read where the child lives. The social worker, duty or manager looks at"
                    " who the escorts are, and sends the links."
                )
            journey_mails.send_link(
                found.journey, given["escort"], given["channel"], key=given["once"], by=by, at=now
            )
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The link is on its way. One made before opens nothing any more."))
            return redirect("journey_links", child.reference)
    context = {
        "child": child,
        "now": now,
        "lines": _lines(found.journey, now),
        "form": form,
        "may_send": may_send,
        "keys": [uuid.uuid4() for _number in range(4)],
    }
    return render(request, "alerts/journey_links.html", context, status=422 if form.is_bound else 200)


def _lines(journey: Journey, now: datetime) -> list[Line]:
    sent = journey_mails.latest(journey)
    return [
        Line(number, escort, sent.get(number), now) for number, escort in enumerate(journey.escorts, start=1)
    ]
