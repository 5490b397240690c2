"""The page on which either authority says of a child who is recorded as arrived where it is: one person takes that back."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import arrivals_back, transfer_pages
from alerts.forms.not_arrived import ReceiverForm, SenderForm
from alerts.views import report
from cases import access, clock, contacts, doubted_arrivals, transfers
from cases.access import Permission
from cases.forms import repeats
from cases.handovers import Side
from cases.models import Child, Transfer, User
from cases.moves import Overtaken
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_when

# Of which question a refusal speaks; all others stand above.
_FIELDS: Mapping[type[IllegalMove], str] = {contacts.InTheFuture: "seen_at"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def not_arrived(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask where the child is, and take its arrival back; of whom nothing can be said, lead to what is theirs to read."""
    now, user = clock.now(), access.person(request)
    child, side = doubted_arrivals.get_child(user, reference, request=request, at=now)
    transfer = doubted(user, child, side, now)
    if transfer is None:
        return _too_late(request, child, side, user, now)
    form = (SenderForm if side == Side.SENT else ReceiverForm)(request.POST or None, now=now)
    if form.is_valid():
        try:
            _say(form, transfer, by=user, at=now)
        except IllegalMove as refusal:
            at_fields = (field for kind, field in _FIELDS.items() if isinstance(refusal, kind))
            repeats.refuse(form, refusal, field=next(at_fields, None))
        else:
            _tell(request, form, side)
            return redirect(_after(form, user, child, now))
    context = {
        "child": child,
        "form": form,
        "transfer": transfer,
        "is_sender": side == Side.SENT,
        "reads_record": side == Side.OWN or _reads_what_was(user, child, now),
        "is_asked": doubted_arrivals.standing(child) is not None,
        "desks": transfer_pages.other_desks(transfer, Side.RECEIVER if side == Side.OWN else side, now),
        "now": now,
    }
    return render(request, "alerts/not_arrived.html", context, status=422 if form.is_bound else 200)


def _too_late(request: HttpRequest, child: Child, side: Side, user: User, now: datetime) -> HttpResponse:
    """Lead to what is theirs to read; what is sent after somebody else has answered is given back, or raises the guard.

    The other side says that the child has not arrived: that it is not here either is no answer to be looked at later.
    """
    form = (ReceiverForm if side == Side.RECEIVER else SenderForm)(request.POST or None, now=now)
    key = form.cleaned_data["once"] if form.is_valid() else None
    if request.method != "POST" or (key is not None and doubted_arrivals.is_said(child, key)):
        return redirect("child" if side == Side.OWN else "transfer", child.reference)
    if side == Side.OWN and form.is_valid() and form.says_nowhere and _may_look(user, child, now):
        arrivals_back.look_failed(
            child, form.cleaned_data["text"], key=form.cleaned_data["once"], by=user, at=now
        )
        messages.warning(request, report.told_now(request))
        return redirect(_after(form, user, child, now))
    raise _said_meanwhile(child, side, now)


def _may_look(user: User, child: Child, now: datetime) -> bool:
    return child.closed_at is None and access.may(user, child, Permission.RECORD_CONTACT, at=now)


def _said_meanwhile(child: Child, side: Side, now: datetime) -> Overtaken:
    """What somebody else has said of the arrival, and what to press where it was taken back to this side."""
    back_at = doubted_arrivals.taken_back_at(child)
    if back_at is None:
        return Overtaken("Nobody asks about this arrival any more.")
    when = gov_when(back_at, now)
    if side != Side.OWN:
        return Overtaken("The arrival was taken back at %(when)s. Ring the other authority.", when=when)
    return Overtaken(
        "The arrival was taken back at %(when)s: the child counts as with you, and maybe nobody has it. If it is not"
        " with you, press Not here on its page now; if somebody has it in sight, record that there.",
        when=when,
    )


def doubted(user: User, child: Child, side: Side, now: datetime) -> Transfer | None:
    """The transfer of whose arrival `user` may say that the child is not there, from this side; None where none is."""
    asked = _asked(child, side)
    found = [one for one in (transfers.arrival_of(child, at=now), asked) if one is not None]
    if side == Side.SENT:
        # Of a later arrival its own sender is asked.
        found = [one for one in found if doubted_arrivals.is_asked_of(user, one, at=now)]
    # Of a case that was closed since the sender says that the child has left: nobody else is asked where it is.
    is_shut = child.closed_at is not None and asked is None
    if not found or is_shut or side == Side.RECEIVER:
        return None
    found[0].child = child
    may = side == Side.SENT or access.may(user, child, Permission.PLACE_CHILD, at=now)
    return found[0] if may else None


def _after(form: ReceiverForm, user: User, child: Child, now: datetime) -> str:
    """Where whoever has answered is led: the child's page, what they handed over, or their first page.

    Of a child whom nobody has to the report that has begun.
    """
    if form.says_nowhere and access.may(user, child, Permission.REPORT_MISSING, at=now):
        return reverse("missing_report", args=[child.reference])
    if access.may(user, child, Permission.SEE_RECORD, at=now):
        return reverse("child", args=[child.reference])
    if _reads_what_was(user, child, now):
        return reverse("transfer", args=[child.reference])
    # Whoever works no desk has their own first page.
    return reverse("home")


def _reads_what_was(user: User, child: Child, now: datetime) -> bool:
    """Whether they read the record until the child was handed over."""
    return any(found.filter(pk=child.pk).exists() for found in access.handed_over_children(user, at=now))


def _asked(child: Child, side: Side) -> Transfer | None:
    """What the sender has not answered is answered here, however long ago it was."""
    matter = doubted_arrivals.standing(child) if side == Side.SENT else None
    if matter is None:
        return None
    rows = Transfer.objects.filter(child=child, confirmed_at=matter.since)
    return rows.select_related("sender", "receiver").first()


def _say(form: ReceiverForm, transfer: Transfer, *, by: User, at: datetime) -> None:
    text, key = form.cleaned_data["text"], form.cleaned_data["once"]
    if form.says_left:
        doubted_arrivals.say_left(transfer.child, text=text, key=key, by=by, at=at)
    else:
        seen, is_nowhere = form.seen, form.says_nowhere
        arrivals_back.take_back(
            transfer, reason=text, seen=seen, is_nowhere=is_nowhere, key=key, by=by, at=at
        )


def _tell(request: HttpRequest, form: ReceiverForm, side: Side) -> None:
    if form.says_nowhere:
        messages.warning(request, _("You are responsible again. The other authority has been told."))
        messages.warning(request, report.told_now(request))
    else:
        messages.success(request, _said(form, side))


def _said(form: ReceiverForm, side: Side) -> str:
    if form.says_left:
        return _("Recorded: the child has left you. Nothing more is asked of you.")
    if side == Side.SENT:
        return _("The arrival is taken back: you are responsible, and the other authority has been told.")
    return _("The arrival is taken back: the other authority is responsible, and has been told.")
