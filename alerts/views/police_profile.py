"""Photo and details for a force: on its link by a code from duty, by an officer's account, and duty's page for a code."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required, login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts import approaches, briefings, desk_phones, find_me_lines, heard, police_links, police_profiles
from alerts.emails import about, agreed, force_numbers
from alerts.forms.police import CodeForm, GiveCode
from alerts.models import PoliceLink
from alerts.police_profiles import Picture
from cases import access, clock, episodes, incidents, log
from cases.access import Permission
from cases.episodes import reports
from cases.models import MissingEpisode
from cases.states import IllegalMove
from cases.views.private import kept_private


@login_not_required
@kept_private
@require_http_methods(["GET", "HEAD", "POST"])
def police_profile(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a code, and show photo and details in answer to a right one; nothing is kept in the browser."""
    now = clock.now()
    link = police_links.find(token)
    if link is None:
        return render(request, "alerts/police_unknown.html", {"now": now}, status=404)
    # The number of the mail that brought the link: page and mail never say different ones.
    context: dict[str, Any] = {"now": now, "desk_line": about.duty_line(link.message)}
    if not police_links.use(link, posted=request.method == "POST", of_profile=True, now=now):
        typed = (
            {"form": CodeForm(request.POST), "again": True, "wait": True} if request.method == "POST" else {}
        )
        return render(request, "alerts/police_busy.html", context | typed, status=429)
    if not (police_links.is_live(link, now=now) and police_profiles.is_searched(link.episode, at=now)):
        return render(
            request,
            "alerts/police_expired.html",
            context | {"asked": True, "reference": police_links.reference_of(link)},
            status=410,
        )
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _opens(link, form, now):
        _note(request, link, now, allowed=True)
        return render(request, "alerts/police_profile.html", _of_link(link, now) | context)
    _note(request, link, now, allowed=False)
    link.refresh_from_db(fields=["profile_closed_until"])
    until = police_profiles.closed_until(link, now=now)
    context |= {"form": form, "link": link, "token": token, "until": until, "episode": link.episode}
    status = 429 if until else 422 if form.is_bound else 200
    return render(request, "alerts/police_code.html", context, status=status)


@login_required
@require_safe
def episode_profile(request: HttpRequest, reference: str) -> HttpResponse:
    """Show photo and details to an officer who is signed in, while their force searches; each view is on the timeline."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.ANSWER_FOR_POLICE, request=request, at=now)
    if not police_profiles.is_searched(episode, at=now):
        raise Http404
    own = [force.pk for force in access.answers_for(user, episode.child, at=now)]
    forces = episodes.alerted(episode, force_ids=own, at=now)
    if not forces:
        raise Http404
    police_profiles.seen(episode, forces[0], by=user, at=now)
    others = incidents.others_for(episode, reader=user, at=now)
    listed = [one.child_id for one in others]
    access.put_listed_on_record(user, listed, Permission.SEE_EPISODE, request=request, at=now)
    together = [one.reference for one in others]
    line = desk_phones.of_child(episode.child_id, at=now)
    return render(request, "alerts/police_profile.html", _shown(episode, together, now) | {"desk_line": line})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_code(request: HttpRequest, reference: str) -> HttpResponse:
    """Let duty make a code for an officer whom they have rung back, and show it this once."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.VERIFY_POLICE, request=request, at=now)
    forces = episodes.alerted(episode, at=now)
    numbers = force_numbers.of(forces)
    form = GiveCode(request.POST or None, forces=forces, numbers=numbers)
    context = {"episode": episode, "child": episode.child, "form": form, "numbers": numbers, "now": now}
    context["shared"] = reports.shares_profile(episode)
    if form.is_valid():
        told = form.cleaned_data
        try:
            context["code"] = police_profiles.give(
                episode,
                told["force"],
                officer=told["officer"],
                collar_number=told["collar_number"],
                by=user,
                at=now,
            )
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            context |= {"officer": told["officer"], "until": now + police_profiles.LASTS}
            return render(request, "alerts/episode_code.html", context)
    return render(request, "alerts/episode_code.html", context, status=422 if form.is_bound else 200)


def _opens(link: PoliceLink, form: CodeForm, now: datetime) -> bool:
    """Whether the code that was typed is right; what is wrong stands at its field."""
    try:
        if police_profiles.enter(link, form.cleaned_data["code"], at=now) is not None:
            return True
        form.add_error("code", _("This code is not right, or it has run out. Ask the duty line for another"))
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
    return False


def _of_link(link: PoliceLink, now: datetime) -> dict[str, Any]:
    """What stands there by a code: of those who went along whoever stands in the mail with the link."""
    together = agreed.together(link.episode, link.force, link.message.mailbox, now=now)
    return _shown(link.episode, together, now) | {"link": link}


def _shown(episode: MissingEpisode, together: Sequence[str], now: datetime) -> dict[str, Any]:
    shared = reports.shares_profile(episode)
    found = briefings.of(
        episode,
        by_part=True,
        asked=True,
        on_journey=True,
        # Whoever reads it by a code reads what an officer with an account does.
        decided=True,
        together=together,
        heard=heard.briefed(episode, worded=False),
        now=now,
    )
    picture = police_profiles.picture(episode) if shared else None
    return {
        "episode": episode,
        "now": now,
        "facts": found.rows,
        "picture": picture,
        "came": police_profiles.came(approaches.photographed(episode, now=now)) if shared else [],
        "shared": shared,
        "found": (profile := find_me_lines.of(episode.child, permissions=find_me_lines.WHOLE, now=now)),
        "reviewed": profile.reviewed(now),
        **(_then(episode, picture, now) if shared else {}),
    }


def _then(episode: MissingEpisode, beside: Picture | None, now: datetime) -> dict[str, Any]:
    """The profile and the photo as they stood when the police were first owed word."""
    at = episode.profile_stood_at
    stood = find_me_lines.of(episode.child, permissions=find_me_lines.WHOLE, at=at, now=now)
    return {
        "stood": stood,
        "stood_at": at,
        "stood_picture": police_profiles.picture_then(stood.photo, beside=beside),
    }


def _note(request: HttpRequest, link: PoliceLink, now: datetime, *, allowed: bool) -> None:
    log.record_access(
        user=None,
        child_id=link.episode.child_id,
        permission="police_profile",
        allowed=allowed,
        # The link's number: its token is a secret and stands in no record.
        place=log.Place(
            path=f"/a/#{link.pk}/profile/", page="police_profile", address=request.META.get("REMOTE_ADDR")
        ),
        label=police_links.LABEL,
        at=now,
    )
