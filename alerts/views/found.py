"""Found children who do not say who they are: the desk's list, one written down, its likely searches, and its end."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts import found_lines
from alerts.forms.found import AddFound, AskAbout, Cared, CloseFound, FoundAnswer, NewFound
from cases import access, clock, found, found_photos, log
from cases.access import Permission
from cases.deadlines import london_day
from cases.forms import repeats
from cases.models import Authority, Child, FoundChild, FoundMatch, User
from cases.search import found as searching
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_when

METHODS = ["GET", "HEAD", "POST"]
# Of those that are closed.
LATELY = 20


@login_required
@require_safe
def found_list(request: HttpRequest) -> HttpResponse:
    """List the found children of the desks that somebody works on: those that nobody has named yet, and the last closed."""
    now = clock.now()
    own = _desks(access.person(request), now)
    rows = FoundChild.objects.filter(authority__in=own).select_related("matter", "force")
    context = {"open": rows.open(), "closed": rows.exclude(closed_at=None)[:LATELY], "now": now}
    return render(request, "alerts/found_list.html", context)


@login_required
@require_http_methods(METHODS)
def found_new(request: HttpRequest) -> HttpResponse:
    """Write down a found child."""
    now = clock.now()
    user = access.person(request)
    own = access.duty_authorities(user, at=now)
    form = NewFound(request.POST or None, authorities=Authority.objects.filter(pk__in=own), now=now)
    if form.is_valid():
        try:
            row = found.write_down(
                form.described(), authority=form.desk, key=form.cleaned_data["once"], by=user, at=now
            )
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(
                request, _("Written down. Look now whether it may be a child who is looked for.")
            )
            return redirect("found_child", row.matter_id)
    context = {"form": form, "now": now}
    return render(request, "alerts/found_new.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(METHODS)
def found_child(request: HttpRequest, matter_id: int) -> HttpResponse:
    """Show a found child, the searches that may be meant and those asked about; each line is a read of its child, on record."""
    now, user, row = opened(request, matter_id)
    form = Cared(request.POST or None, initial={"cared_for": row.cared_for})
    if form.is_valid():
        found.say_who_cares(row, **form.cleaned_data, by=user, at=now)
        messages.success(request, _("Recorded."))
        return redirect("found_child", matter_id)
    likely = searching.candidates(row, user, at=now) if row.closed_at is None else searching.Candidates()
    asked = searching.asked(row, user, at=now)
    searching.put_on_record(user, [*likely.rows, *asked], request=request, at=now)
    is_told = row.episode_id is None or row.episode_id in {one.episode.pk for one in asked}
    context = {
        "found": row,
        "form": form,
        "is_told": is_told,
        "facts": found_lines.facts(row, now, is_told=is_told),
        "likely": likely,
        "photos": found_lines.photos(row, found_photos.visible(user, at=now)),
        "lines": [
            (
                one,
                found_lines.in_words(one.match.agree, one.match),
                found_lines.in_words(one.match.against, one.match),
            )
            for one in likely.rows
        ],
        "asked": asked,
        "asked_of": {one.episode.pk for one in asked if one.stands and not one.match.more_is_known},
        "now": now,
    }
    return render(request, "alerts/found_child.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def found_propose(request: HttpRequest, matter_id: int, episode_id: int) -> HttpResponse:
    """“This may be the child”: it opens nothing of the child, and its owners are told now. Only of a search that is shown."""
    now, user, row = opened(request, matter_id)
    likely = searching.candidates(row, user, at=now) if row.closed_at is None else searching.Candidates()
    chosen = next((one for one in likely.rows if one.episode.pk == episode_id), None)
    if chosen is None:
        raise Http404
    searching.put_on_record(user, [chosen], request=request, at=now)
    _ask(request, row, chosen, by=user, at=now)
    return redirect("found_child", matter_id)


@login_required
@require_http_methods(METHODS)
def found_add(request: HttpRequest, matter_id: int) -> HttpResponse:
    """Write down what else is known of a found child."""
    now, user, row = opened(request, matter_id)
    form = AddFound(request.POST or None)
    if row.closed_at is not None and not form.is_bound:
        raise Http404
    if form.is_valid():
        try:
            found.add(row, form.added(), key=form.cleaned_data["once"], by=user, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("Written down. Look again which searches may be meant."))
            return redirect("found_child", matter_id)
    context = {"found": row, "form": form, "now": now}
    return render(request, "alerts/found_add.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(METHODS)
def found_ask(request: HttpRequest, matter_id: int) -> HttpResponse:
    """Ask about a search by its reference, of whoever rang about it; one that the reader is not told of is as none."""
    now, user, row = opened(request, matter_id)
    form = AskAbout(request.POST or None)
    if row.closed_at is not None:
        raise Http404
    if form.is_valid():
        chosen = searching.by_reference(form.cleaned_data["reference"], user, at=now)
        if chosen is not None:
            searching.put_on_record(user, [chosen], request=request, at=now)
            _ask(request, row, chosen, by=user, at=now)
            return redirect("found_child", matter_id)
        child = Child.objects.filter(reference=form.cleaned_data["reference"].child).first()
        _put_on_record(request, user, now, page="found_ask", allowed=False, child=child)
        form.add_error("reference", _("There is no open search of this reference that you can ask about"))
    context = {"found": row, "form": form, "now": now}
    return render(request, "alerts/found_ask.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(METHODS)
def found_close(request: HttpRequest, matter_id: int) -> HttpResponse:
    """Close a found child: who it is, or who has the child now."""
    now, user, row = opened(request, matter_id)
    if row.closed_at is not None:
        raise Http404
    asked = searching.asked(row, user, at=now)
    said = [one.match for one in asked if one.stands and one.match.answer == FoundMatch.Answer.IT_IS]
    searching.put_on_record(user, [one for one in asked if one.match in said], request=request, at=now)
    form = CloseFound(request.POST or None, said=said)
    if form.is_valid():
        try:
            found.close(row, **form.given(), by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Closed."))
            return redirect("found_child", matter_id)
    context = {"found": row, "form": form, "now": now}
    return render(request, "alerts/found_close.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(METHODS)
def episode_found(request: HttpRequest, reference: str, match_id: int) -> HttpResponse:
    """Let the owners of a search read of the found child who may be meant, and say whether it is."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.CONFIRM_EPISODE, request=request, at=now)
    asked = get_object_or_404(FoundMatch, pk=match_id, episode=episode)
    match, earlier = found_lines.asked_about(episode, asked.found_id)
    form = FoundAnswer(request.POST or None, initial={"read": found.what_stands(match)})
    if form.is_valid():
        try:
            match = found.answer(match, **form.given(), by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
            match, earlier = found_lines.asked_about(episode, asked.found_id)
            form.read_anew(found.what_stands(match))
        else:
            said = _(
                "Recorded. The search goes on until it is ended as any other: see the child, or ring back."
            )
            messages.success(request, said if match.answer == FoundMatch.Answer.IT_IS else _("Recorded."))
            return redirect("episode", episode.reference)
    context = {
        "episode": episode,
        "child": episode.child,
        "match": match,
        "earlier": [*earlier, match] if match.answer else earlier,
        "found": match.found,
        "photos": found_lines.photos(match.found, found_photos.visible(user, at=now)),
        "facts": found_lines.facts(match.found, now),
        "phone": searching.desk_phones([match.found], at=now)[match.found_id],
        "form": form,
        "now": now,
    }
    return render(request, "alerts/episode_found.html", context, status=422 if form.is_bound else 200)


def _ask(
    request: HttpRequest,
    row: FoundChild,
    chosen: searching.Candidate | searching.Told,
    *,
    by: User,
    at: datetime,
) -> None:
    """Tell the owners of this search, or say that they were told before and what they answered."""
    before = found.standing(row, chosen.episode)
    match = found.propose(row, chosen.episode, by=by, at=at)
    facts = {"authority": chosen.authority.name, "phone": chosen.phone or "–"}
    if before != match:
        said = _(
            "Told: the desk of %(authority)s, the social worker and the police force. Ring them too: %(phone)s."
        )
        if chosen.episode.police_owed_at is None:
            said = _("Told: the desk of %(authority)s and the social worker. Ring them too: %(phone)s.")
        messages.success(request, said % facts)
    elif match.answered_at is None:
        said = _(
            "Asked already, %(when)s, and nobody has answered yet. Ring the desk of %(authority)s: %(phone)s."
        )
        messages.warning(request, said % (facts | {"when": gov_when(match.proposed_at, at)}))
    else:
        said = _(
            "Asked already, answered %(when)s: %(answer)s. Once you have written down more of the child they can be"
            " asked again. Desk of %(authority)s: %(phone)s."
        )
        answered = {"when": gov_when(match.answered_at, at), "answer": match.get_answer_display()}
        messages.warning(request, said % (facts | answered))


def _desks(user: User, now: datetime) -> QuerySet[Authority]:
    """The authorities whose desk somebody works on, and those whose place one of them has taken."""
    return Authority.objects.answered_by(access.duty_authorities(user, at=now), day=london_day(now))


def opened(request: HttpRequest, matter_id: int) -> tuple[datetime, User, FoundChild]:
    """A found child of a desk that the reader works on, or 404; either is on record."""
    now = clock.now()
    user = access.person(request)
    own = _desks(user, now)
    rows = FoundChild.objects.select_related("matter", "authority", "force", "episode__child", "closed_by")
    row = rows.filter(matter=matter_id, authority__in=own).prefetch_related("additions").first()
    _put_on_record(request, user, now, page="found_child", allowed=row is not None)
    if row is None:
        raise Http404
    return now, user, row


def _put_on_record(
    request: HttpRequest, user: User, at: datetime, *, page: str, allowed: bool, child: Child | None = None
) -> None:
    log.record_access(
        user=user,
        child_id=child.pk if child is not None else None,
        permission=Permission.WORK_DUTY_DESK,
        allowed=allowed,
        place=log.Place(path=request.path, page=page, address=request.META.get("REMOTE_ADDR")),
        at=at,
    )
