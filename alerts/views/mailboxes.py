"""Where alerts go and whether they arrive: the administrator's page of mailboxes and duty numbers, and all tests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts import probes
from alerts.forms.test_calls import TestCallAnswer
from alerts.models import Message, Probe, TestCall
from alerts.states import MessageStatus
from cases import access, administration, clock
from cases.forms import typed
from cases.models import Authority, Mailbox, Team
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_when


@dataclass(frozen=True)
class Box:
    """One mailbox with what became of its last test message."""

    mailbox: Mailbox
    state: str
    failed: bool
    proved: bool
    # Answered by now, and it counts when an administrator of another council of the force has tested it too.
    waits: bool


@login_required
@require_safe
def mailboxes(request: HttpRequest) -> HttpResponse:
    """Show every mailbox with its proof and last test, and the duty numbers that are to be rung."""
    now = clock.now()
    authorities = administered(request, now)
    numbers = probes.numbers(authorities, at=now)
    context = {
        "authorities": Authority.objects.filter(pk__in=authorities),
        "boxes": _boxes(authorities, now),
        "agreements": administration.agreements(authorities, on=typed.london(now).date()),
        "police": administration.force_phones(authorities, at=now),
        "numbers": [(number, number.is_due(now)) for number in numbers],
        "due": sum(number.is_due(now) for number in numbers),
        "now": now,
    }
    return render(request, "alerts/mailboxes.html", context)


@login_required
@require_POST
def mailbox_test(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Send a test message to one mailbox."""
    now = clock.now()
    mailbox = administration.get_mailbox(access.person(request), mailbox_id, at=now)
    try:
        probes.test_mailbox(mailbox, by=access.person(request), at=now)
    except IllegalMove as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The test message is on its way. Ask somebody there to confirm it."))
    return redirect("mailboxes")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def test_call(request: HttpRequest, team_id: int, which: str) -> HttpResponse:
    """Record that a number of a duty desk or of its rota was rung to see whether it is answered."""
    now = clock.now()
    teams = Team.objects.filter(authority__in=administered(request, now)).exclude(kind=Team.Kind.SOCIAL_WORK)
    team = teams.filter(pk=team_id).first()
    phone = probes.number_at(team, which) if team else ""
    if team is None or not phone:
        raise Http404
    back = reverse("mailboxes")
    return _ring(request, partial(probes.record_call, team), phone, whose=team.name, back=back, now=now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home_call(request: HttpRequest, home_id: int) -> HttpResponse:
    """Record that a home was rung to see whether its number is answered."""
    now = clock.now()
    home = administration.get_home(access.person(request), home_id, at=now)
    back = reverse("home_history", args=[home.pk])
    record = partial(probes.record_home_call, home)
    return _ring(request, record, home.phone, whose=home.name, back=back, now=now)


def _ring(
    request: HttpRequest, record: Callable[..., TestCall], phone: str, *, whose: str, back: str, now: datetime
) -> HttpResponse:
    """The form of a test call to `phone`, which `record` keeps."""
    form = TestCallAnswer(request.POST or None, phone=phone)
    if request.method == "POST" and form.is_valid():
        try:
            record(form.given["phone"], **form.answer, by=access.person(request), at=now)
        except IllegalMove as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Recorded."))
            return redirect(back)
    status = 422 if form.is_bound else 200
    context = {"form": form, "whose": whose, "phone": phone, "back_href": back, "now": now}
    return render(request, "alerts/test_call.html", context, status=status)


def administered(request: HttpRequest, now: datetime) -> list[int]:
    """The authorities that the reader administers; PermissionDenied when there are none."""
    return administration.authorities(access.person(request), at=now)


def _boxes(authorities: list[int], now: datetime) -> list[Box]:
    found = list(administration.mailboxes(authorities, at=now))
    last = (
        Probe.objects.filter(mailbox__in=found)
        .select_related("message")
        .order_by("mailbox_id", "-asked_at")
        .distinct("mailbox_id")
    )
    probe_of = {probe.mailbox_id: probe for probe in last}
    boxes = []
    for mailbox in found:
        probe = probe_of.get(mailbox.pk)
        failed = probe is not None and probe.message.status == MessageStatus.FAILED
        state = _state(probe, probe.message, now) if probe else ""
        # Nobody is told to test anew what counts by another's test alone.
        waits = probe is not None and probe.came_back_at is not None and mailbox.verified_at is None
        boxes.append(Box(mailbox, state, failed, mailbox.is_proved(now), waits))
    return boxes


def _state(probe: Probe, message: Message, now: datetime) -> str:
    """What became of a test message."""
    if probe.came_back_at is not None:
        return _("Test %(way)s, %(when)s") % {
            "way": probe.get_came_back_by_display(),
            "when": gov_when(probe.came_back_at, now),
        }
    if message.bounced_at is not None:
        return _("Test bounced, %(when)s: %(error)s") % {
            "when": gov_when(message.bounced_at, now),
            "error": message.last_error.removeprefix("Bounced: "),
        }
    if message.status == MessageStatus.FAILED:
        return _("Test refused: %(error)s") % {"error": message.last_error}
    if message.sent_at is not None:
        return _("Test accepted by the mail server, %(when)s. Not confirmed yet") % {
            "when": gov_when(message.sent_at, now)
        }
    if message.attempts:
        return _("Test not accepted yet, trying again")
    return _("Test queued")
