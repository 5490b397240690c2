"""Pages on which a contact is recorded, and by when the child must be seen again."""

import uuid
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import check_ins
from cases import absences, access, clock, contact_triggers, contacts, episodes
from cases.access import Permission
from cases.forms import repeats
from cases.forms.contact import CheckInForm, MessageForm, Press, PressForm
from cases.models import Child, Contact, Means, MissingEpisode, Trigger
from cases.moves import SentBefore
from cases.states import EpisodeStatus, IllegalMove
from cases.templatetags.govuk import by_when
from cases.views import next_page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def contact_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Record a contact: by one of the buttons, which say all, or by the form."""
    now = clock.now()
    child = access.get_child(
        access.person(request), reference, Permission.RECORD_CONTACT, request=request, at=now
    )
    if request.method == "POST" and request.POST.get("outcome") in Press.values:
        return _press(request, child, now)
    # From the page of an episode: the message is about to be written down, and is none of a place.
    is_message = request.GET.get("means") == Means.MESSAGE
    made = MessageForm if is_message else CheckInForm
    left_at = None if is_message else absences.left_at(child, at=now)
    form = made(request.POST or None, now=now, left_at=left_at, initial={"once": uuid.uuid4()})
    if form.is_valid():
        try:
            contact = contacts.record(
                child,
                form.sighting(child, by=access.person(request), at=now),
                by=access.person(request),
                at=now,
            )
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            _tell_recorded(request, contact, now)
            if contact.someone_new:
                return redirect(_who_is_new(request, contact))
            return redirect(next_page.after(request, child, at=now))
    context = {
        "child": child,
        "form": form,
        "is_message": is_message,
        "next_due_at": check_ins.if_seen_at(child, now),
        "now": now,
        "back_href": next_page.after(request, child, at=now),
    }
    return render(request, "alerts/contact_new.html", context, status=422 if form.is_bound else 200)


def _tell_of_force(request: HttpRequest, contact: Contact) -> None:
    """Say of a child who is back that the force which knows it as away hears nothing by itself."""
    found = MissingEpisode.objects.open().filter(child=contact.child, status=EpisodeStatus.AWAY).first()
    if found is not None and absences.is_return(contact) and episodes.away_reference(found) is not None:
        messages.warning(
            request,
            _(
                "A force was told that the child is away, and hears nothing by itself. Duty ends the episode: its page says"
                " which force to ring, and with which reference."
            ),
        )


def _tell_recorded(request: HttpRequest, contact: Contact, now: datetime) -> None:
    """Say what was recorded, by when the child must be seen again, and the way to take it back.

    The child is not named, for a session is kept.
    """
    href = reverse("contact_undo", args=[contact.child.reference, contact.key])
    if episodes.death_before(contact.child, contact.happened_at) is not None:
        messages.warning(
            request,
            _(
                "It is on record that this child has died. The duty desk is asked now: ring it, in danger 999."
            ),
        )
    _tell_of_force(request, contact)
    due_at = check_ins.next_due(contact.child)
    recorded = _("Recorded.")
    if due_at is not None:
        recorded = _("Recorded. Next check-in %(by)s.") % {"by": by_when(due_at, now)}
    told = Trigger.objects.filter(contact=contact).values_list("kind", flat=True).first()
    why = "" if told == Trigger.Kind.MESSAGE else check_ins.why_none(contact, at=now)
    if why:
        messages.warning(request, why)
    if told == Trigger.Kind.MESSAGE:
        rung = _(
            "Duty and the social worker hear now that there is word from the child, and duty rings the police with it. "
            "It ends nothing."
        )
        judged = _(
            "Duty and the social worker hear now that there is a message. No force is told by it. "
            "If the child is not where it should be, press “Not here” now."
        )
        searches = MissingEpisode.objects.open().filter(child=contact.child, police_owed_at__isnull=False)
        messages.warning(request, rung if searches.exists() else judged)
    elif told == Trigger.Kind.CONCERN:
        messages.warning(
            request,
            _(
                "Duty and the social worker are being told of the serious concern. The closer watch begins now."
            ),
        )
    elif told == Trigger.Kind.NEW_CONTACT:
        messages.warning(request, _("Somebody is new around the child: the closer watch begins now."))
    messages.success(
        request,
        format_html('{} <a href="{}">{}</a> {}', recorded, href, _("Undo"), _("(for the next 10 minutes)")),
    )


def _press(request: HttpRequest, child: Child, now: datetime) -> HttpResponse:
    press = PressForm(request.POST)
    if not press.is_valid():
        # A page that was made by hand or cut off: the form asks what the button would have said.
        return redirect("contact_new", child.reference)
    by = access.person(request)
    try:
        contact = contacts.record(child, press.sighting(child, by=by, at=now), by=by, at=now)
    except SentBefore as refusal:
        # Taken back since: the form asks what the button would have said.
        messages.error(request, str(refusal))
        return redirect("contact_new", child.reference)
    _tell_recorded(request, contact, now)
    return redirect(next_page.after(request, child, at=now))


def _who_is_new(request: HttpRequest, contact: Contact) -> str:
    """Where it is said who is new around the child: the closer watch has begun; the way back goes along."""
    asked = {"kind": Trigger.Kind.NEW_CONTACT.value}
    if contact_triggers.begun_by(contact.child, contact.key) is not None:
        asked["contact"] = str(contact.key)
    if back := next_page.wanted(request):
        asked["next"] = back
    return f"{reverse('trigger_new', args=[contact.child.reference])}?{urlencode(asked)}"
