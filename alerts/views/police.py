"""The alert page that a force opens from its mail, without an account."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from alerts import added_forces, police_links, police_profiles, renewals
from alerts.emails import about, police
from alerts.forms.police import ForceAcknowledgement, WrongForce
from alerts.models import LinkAcknowledgement, PoliceLink
from cases import clock, episodes, log
from cases.states import IllegalMove
from cases.templatetags.govuk import phone
from cases.views.private import kept_private


@login_not_required
@kept_private
@require_http_methods(["GET", "HEAD", "POST"])
def police_alert(request: HttpRequest, token: str) -> HttpResponse:
    """Show the alert, which changes nothing but the access log; a POST with a name is recorded as given."""
    now = clock.now()
    link = police_links.find(token)
    if link is None:
        return render(request, "alerts/police_unknown.html", {"now": now}, status=404)
    form, wrong = _forms(request, link, now)
    sent = wrong if wrong.is_bound else form
    is_open = police_links.is_live(link, now=now) and not police_links.has_left(link)
    # What is sent to a closed link is recorded nowhere: it is one more opening.
    posted = is_open and request.method == "POST"
    if not police_links.use(link, posted=posted, acknowledges=posted and form.is_valid(), now=now):
        return _too_many(request, link, sent if posted else None, now)
    if not is_open:
        return _closed(request, link, now)
    if wrong.is_bound and _added(link, wrong, now):
        # To the place that says which forces have it: whoever added one sees that it was.
        return HttpResponseRedirect(f"{reverse('police_alert', args=[token])}#wrong-force")
    if form.is_valid():
        police_links.acknowledge(link, **form.cleaned_data, at=now)
        return HttpResponseRedirect(reverse("police_alert", args=[token]))
    _note(request, link, now, allowed=True)
    police_links.mark_opened(link, now=now)
    searched = police_profiles.is_searched(link.episode, at=now)
    context = _shown(link, now) | {
        "profile_href": reverse("police_profile", args=[token]) if searched else "",
        "acknowledgement": form,
        "wrong": wrong,
        "form": sent,
    }
    return render(request, "alerts/police_alert.html", context, status=422 if sent.is_bound else 200)


def _forms(request: HttpRequest, link: PoliceLink, now: datetime) -> tuple[ForceAcknowledgement, WrongForce]:
    """The two forms of the page, of which at most one was sent."""
    is_wrong = "wrong" in request.POST
    wrong = WrongForce(request.POST if is_wrong else None, alerted=episodes.alerted(link.episode, at=now))
    return ForceAcknowledgement(request.POST if request.method == "POST" and not is_wrong else None), wrong


def _closed(request: HttpRequest, link: PoliceLink, now: datetime) -> HttpResponse:
    """Say that the force has left the search; else the same words whatever came of it, to whoever holds an old link.

    The reference is in the subject of the mail that brought the link; of one that was closed because its mail went astray
    the page says nothing.
    """
    _note(request, link, now, allowed=False)
    line = about.duty_line(link.message)
    if police_links.has_left(link):
        return render(request, "alerts/police_handed.html", {"now": now, "desk_line": line}, status=410)
    asked = "renew" in request.POST
    if asked:
        renewals.ask(link, at=now)
    context = {"now": now, "asked": asked, "desk_line": line, "reference": police_links.reference_of(link)}
    return render(request, "alerts/police_expired.html", context, status=410)


def _added(link: PoliceLink, form: WrongForce, now: datetime) -> bool:
    """Whether the right force was named and is alerted now."""
    if not form.is_valid():
        return False
    try:
        added_forces.suggest(link, **form.cleaned_data, at=now)
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _shown(link: PoliceLink, now: datetime) -> dict[str, Any]:
    told = police.told(link.episode, link.force, link.message.mailbox, now=now)
    given = LinkAcknowledgement.objects.filter(link__force=link.force, episode=link.episode).order_by("-at")
    rows = [(row.label, row.value) for row in told.page_rows]
    # The number of the mail that brought the link: the two never say different ones.
    line = about.duty_line(link.message)
    return {
        "now": now,
        "link": link,
        "told": told,
        "rows": rows,
        "given": list(given),
        "summary": told.summary(phone(line)),
        "desk_line": line,
    }


def _note(request: HttpRequest, link: PoliceLink, now: datetime, *, allowed: bool) -> None:
    log.record_access(
        user=None,
        child_id=link.episode.child_id,
        permission="police_alert",
        allowed=allowed,
        # The link's number: its token is a secret and stands in no record.
        place=log.Place(path=f"/a/#{link.pk}", page="police_alert", address=request.META.get("REMOTE_ADDR")),
        label=police_links.LABEL,
        at=now,
    )


def _too_many(
    request: HttpRequest, link: PoliceLink, typed: ForceAcknowledgement | WrongForce | None, now: datetime
) -> HttpResponse:
    """Say that the link has had its fill, and give back what was typed: a link takes so many answers and no more."""
    # One “I have this alert” that lacks something is taken once it is whole.
    again = isinstance(typed, ForceAcknowledgement) and not typed.is_valid()
    context = {"now": now, "desk_line": about.duty_line(link.message), "form": typed, "again": again}
    response = render(request, "alerts/police_busy.html", context, status=429)
    if typed is None:
        response.headers["Retry-After"] = str(int(police_links.WITHIN.total_seconds()))
    return response
