"""The missing report on its screens: what happened, what the police ask, check and send, and what comes next."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import find_me_lines, next_acts, plan_words, police_calls, prefills, reach
from alerts.forms.missing_report import CHANGED, MissingFacts, MissingRisk, report_of
from alerts.forms.police_calls import PoliceCall
from alerts.forms.together import named, say_who_went_along
from alerts.views import report_rows
from alerts.views.together import gone_along, mates_shown
from cases import access, clock, details, drafts, episodes
from cases.access import Permission
from cases.episodes import reports
from cases.episodes.additions import is_lower
from cases.forms.as_read import ReadByVerbForm
from cases.forms.drafts import put_in
from cases.models import Child, Draft, MissingEpisode, MissingReport, PoliceForce, Questions, User
from cases.moves import Overtaken, SentBefore
from cases.states import IllegalMove
from cases.views import drafts as draft_pages

METHODS = ["GET", "HEAD", "POST"]
FACTS, RISK = Draft.Form.MISSING_REPORT, Draft.Form.MISSING_RISK


@dataclass(frozen=True)
class Opened:
    """One reader's report of one child, as far as it is typed."""

    user: User
    child: Child
    now: datetime
    episode: MissingEpisode | None
    facts: Draft | None
    risk: Draft | None
    by_part: bool
    # Whether the reader may read the child's own number.
    phoned: bool
    # Who may have gone along.
    mates: Sequence[Child] = ()

    @property
    def held(self) -> dict[str, dict[str, str]]:
        """The answers that are held of the child already."""
        return prefills.answers(self.child, self.episode, now=self.now)

    @property
    def shown(self) -> Mapping[str, Mapping[str, str]]:
        """Those of them that this reader may read: a home and a guardian are not shown the council's record."""
        return {} if self.by_part else self.held

    @property
    def known_facts(self) -> dict[str, Any]:
        """Screen a as it is filled in for this reader."""
        read = {"by_part": self.by_part, "phoned": self.phoned}
        known = prefills.facts(self.child, self.episode, **read, now=self.now)
        said = prefills.reporter(self.child, self.episode, self.user, by_part=self.by_part, now=self.now)
        return known | said

    @property
    def known_risk(self) -> dict[str, Any]:
        """Screen b as it is filled in for this reader."""
        return prefills.risk(self.child, self.episode, self.shown, by_part=self.by_part)

    @cached_property
    def stands(self) -> int:
        """The key of the report that stands, 0 where nobody has made one."""
        return stands_of(self.episode)


@login_required
@require_http_methods(METHODS)
def missing_report(request: HttpRequest, reference: str) -> HttpResponse:
    """Screen a: ring first; the call, the last sighting, what the child looks like, what was done."""
    one = _opened(request, reference)
    shown = {"stands": one.stands, "initial": one.known_facts}
    form = MissingFacts(request.POST or None, mates=one.mates, now=one.now, **shown)
    say_who_went_along(form, one.mates, gone_along(one.episode, user=one.user, now=one.now))
    put_in(form, one.facts)
    return _screen(request, one, form, FACTS, "missing_report", onward="missing_report_risk", draft=one.facts)


@login_required
@require_http_methods(METHODS)
def missing_report_risk(request: HttpRequest, reference: str) -> HttpResponse:
    """Screen b: why somebody is worried, the call handlers' questions, our view, who will be told and what."""
    one = _opened(request, reference)
    form = MissingRisk(request.POST or None, stands=one.stands, initial=one.known_risk)
    put_in(form, one.risk)
    force = reach.force_of(one.child, now=one.now)
    more = {
        "told": reach.told_when_missing(one.child, by=one.user, now=one.now),
        "shares_details": reach.shares_details(one.child, force, now=one.now),
    }
    return _screen(
        request, one, form, RISK, "missing_report_risk", onward="missing_report_check", draft=one.risk, **more
    )


@login_required
@require_http_methods(METHODS)
def missing_report_check(request: HttpRequest, reference: str) -> HttpResponse:
    """Screen c: every answer with a way to change it, and the button that sends."""
    one = _opened(request, reference)
    sent = _sent(request, one)
    if sent is not None:
        return redirect("missing_report_sent", sent.reference)
    facts, risk = _typed(one)
    if facts is None or not facts.is_valid():
        return redirect("missing_report", one.child.reference)
    if risk is None or not risk.is_valid():
        return redirect("missing_report_risk", one.child.reference)
    error, once = "", facts.cleaned_data["once"]
    check = ReadByVerbForm(request.POST or None, stands=one.stands)
    if request.method == "POST" and check.is_valid():
        try:
            episode = _send(one, facts, risk, read=check.read)
        except (Overtaken, SentBefore) as refusal:
            one = replace(one, episode=_search_of(one.child))
            check.look_again(one.stands)
            if isinstance(refusal, SentBefore):
                error, once = str(refusal), _sent_anew(one)
        except IllegalMove as refusal:
            error = str(refusal)
        else:
            say_changed(request, episode, check.read)
            say_grade_stands(request, episode, risk.cleaned_data["our_grade"])
            return redirect("missing_report_sent", episode.reference)
    stands = _stands_beside(one, facts, risk) if check.is_overtaken or _is_behind(one, facts, risk) else None
    if stands is not None:
        error = error or str(CHANGED)
    rows = report_rows.of(one.child, facts, risk, gone_with=named(facts, one.mates))
    context = {"rows": rows, "stands": stands, "once": once, "check": check}
    context |= {"error": error, "has_errors": bool(error)}
    status = 422 if error and request.method == "POST" else 200
    return _shown(request, one, "missing_report_check", context, status=status)


@login_required
@require_http_methods(METHODS)
def missing_report_sent(request: HttpRequest, reference: str) -> HttpResponse:
    """The reference, what happens next by the clock, and a box for what the police said on the phone."""
    now, user = clock.now(), access.person(request)
    found = access.get_episode(user, reference, Permission.REPORT_MISSING, request=request, at=now)
    if is_found(found) and request.method in access.SAFE:
        say_nobody_is_told(request, found.child)
        return redirect("episode", found.reference)
    # Of the force it is recorded with: what another one gave is not offered as this one's.
    lead = episodes.lead_of(found, at=now)
    held = lead.row if lead is not None and lead.row.incident_reference else None
    said = {"incident_reference": held.incident_reference, "officer": held.officer} if held else {}
    form = PoliceCall(request.POST or None, initial=said)
    if form.is_valid():
        try:
            force = police_calls.record(found, **form.cleaned_data, by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            _say_recorded(request, force)
            return redirect("episode", found.reference)
    acts = next_acts.of_episodes([found.pk], [found.child_id]).get(found.child_id, [])
    context = {
        "child": found.child,
        "episode": found,
        "form": form,
        "acts": acts,
        "force": lead.start.force if lead is not None else reach.force_of(found.child, now=now),
        "held": held,
        "away_reference": episodes.away_reference(found),
        "plan_says": plan_words.if_missing_for(found.child, user, at=now),
        "now": now,
    }
    status = 422 if form.is_bound else 200
    return render(request, "alerts/missing_report_sent.html", context, status=status)


def is_found(episode: MissingEpisode) -> bool:
    """Whether the child was found, by a part of the ending at the least: a report of before is no new one."""
    return any((episode.ended_at, episode.child_confirmed_at, episode.police_closed_at))


def _say_recorded(request: HttpRequest, force: PoliceForce | None) -> None:
    if force is not None:
        messages.success(request, _("The police reference is recorded."))
    else:
        text = _(
            "Kept as an update: no police force is on this episode. Ask which force the reference is from."
        )
        messages.warning(request, text)


def say_grade_stands(request: HttpRequest, episode: MissingEpisode, said: str) -> None:
    """Whoever thinks the risk is lower than it stands reads that one report does not lower it."""
    if said and is_lower(said, episode.our_grade):
        text = _(
            "Our view of the risk stays “%(grade)s”: two people of the council lower it, on the page of the episode."
            " What you think stands in the report."
        )
        messages.warning(request, text % {"grade": episode.get_our_grade_display()})


def say_changed(request: HttpRequest, episode: MissingEpisode, read: int | None) -> None:
    """Whoever raises an alarm by a report made from an older one is not stopped, and reads that both are on record."""
    before = episode.reports.order_by("-version").values_list("pk", flat=True)[1:2]
    if read is not None and before and before[0] != read:
        text = _(
            "The report was changed since you opened it. What you sent stands now, and both are on record."
        )
        messages.warning(request, text)


def stands_of(episode: MissingEpisode | None) -> int:
    """The key of the report that stands, 0 where nobody has made one."""
    report = reports.latest(episode) if episode is not None else None
    return report.pk if report is not None else 0


def say_nobody_is_told(request: HttpRequest, child: Child) -> None:
    """Nobody believes that a report of before has told anybody, where the child it was about was found since."""
    text = _(
        "You sent this report before, and the child was found since, or the search has ended."
        " Nobody is told anew. If the child is missing now, {}."
    )
    href = reverse("missing_report_quick", args=[child.reference])
    link = format_html('<a class="govuk-link" href="{}">{}</a>', href, _("report it again"))
    messages.error(request, format_html(text, link))


def _opened(request: HttpRequest, reference: str) -> Opened:
    now, user = clock.now(), access.person(request)
    child = access.get_child(user, reference, Permission.REPORT_MISSING, request=request, at=now)
    return Opened(
        user=user,
        child=child,
        now=now,
        episode=_search_of(child),
        facts=drafts.of(user, FACTS, child, at=now),
        risk=drafts.of(user, RISK, child, at=now),
        by_part=not access.may(user, child, Permission.SEE_RECORD, at=now),
        phoned=access.may(user, child, Permission.SEE_ADDRESS, at=now),
        mates=mates_shown(request, child, user=user, now=now),
    )


def _search_of(child: Child) -> MissingEpisode | None:
    return MissingEpisode.objects.open().filter(child=child).first()


def _screen(
    request: HttpRequest,
    one: Opened,
    form: forms.Form,
    kept: str,
    name: str,
    *,
    onward: str,
    draft: Draft | None,
    **more: Any,
) -> HttpResponse:
    """Keep what was typed and go on, stay with a kept draft, or show the screen with what is still needed."""
    saving = "save_draft" in request.POST
    if saving or form.is_valid():
        draft_pages.keep(request, kept, one.child, quiet=not saving, at=one.now)
        return redirect(name if saving else onward, one.child.reference)
    context = {"form": form, "draft": draft, **more}
    return _shown(request, one, name, context, status=422 if form.is_bound else 200)


def _typed(one: Opened) -> tuple[MissingFacts | None, MissingRisk | None]:
    """Both screens as they were typed, to be checked once more before anything is sent."""
    facts, risk = (MultiValueDict(draft.data) if draft else None for draft in (one.facts, one.risk))
    stands = one.stands
    return (
        MissingFacts(facts, mates=one.mates, now=one.now, stands=stands) if facts is not None else None,
        MissingRisk(risk, stands=stands) if risk is not None else None,
    )


def _sent(request: HttpRequest, one: Opened) -> MissingEpisode | None:
    """The episode, where this very report was sent before: by a second press, or from another window."""
    if request.method != "POST" and one.facts is not None:
        return None
    mine = MissingReport.objects.filter(episode__child=one.child, reported_by=one.user)
    if request.method == "POST":
        key = _key_of(request.POST.get("once", ""))
        if key is not None and one.facts is not None and str(key) in one.facts.data.get("once", ()):
            # Typed again since: the verb says if it is still the same report.
            return None
        mine = mine.filter(key=key) if key is not None else mine.none()
    else:
        mine = mine.filter(episode=one.episode) if one.episode is not None else mine.none()
    report = mine.select_related("episode__child").last()
    return report.episode if report is not None else None


def _key_of(text: str) -> uuid.UUID | None:
    """The key of a form as a page of ours wrote it; None for anything else."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _sent_anew(one: Opened) -> uuid.UUID:
    """Give what stands in the draft a key of its own: the next press sends it as a later version of the report."""
    key = uuid.uuid4()
    if one.facts is not None:
        data = {**one.facts.data, "once": [str(key)]}
        drafts.save(one.user, FACTS, one.child, data=data, version=one.facts.version, at=one.now)
    return key


def _is_behind(one: Opened, facts: MissingFacts, risk: MissingRisk) -> bool:
    """Whether another report stands than when the answers were typed."""
    return bool(one.stands) and any(form.read not in (None, one.stands) for form in (facts, risk))


def _stands_beside(one: Opened, facts: MissingFacts, risk: MissingRisk) -> list[tuple[str, str]]:
    typed = {**facts.cleaned_data, **risk.cleaned_data}
    return report_rows.stands(typed, {**one.known_facts, **one.known_risk})


def _send(one: Opened, facts: MissingFacts, risk: MissingRisk, *, read: int | None) -> MissingEpisode:
    """The report, what the police said, signs of trafficking that it names first, and the end of its drafts: one commit."""
    seen_by = prefills.last_seen_by(
        one.child, one.episode, facts.cleaned_data["last_seen_by"], by_part=one.by_part, now=one.now
    )
    unseen = one.held if one.by_part else {}
    tell_also = prefills.tell_also(one.episode, risk.cleaned_data["tell_also"], by_part=one.by_part)
    kept = {"last_seen_by": seen_by, "tell_also": tell_also}
    kept |= prefills.unshown(one.episode, facts.cleaned_data, by_part=one.by_part, phoned=one.phoned)
    kept |= prefills.unshown_reporter(
        one.child, one.episode, one.user, facts.cleaned_data, by_part=one.by_part, now=one.now
    )
    report = report_of(facts, risk, held=unseen, kept=kept)
    given = {name: facts.cleaned_data[name] for name in ("incident_reference", "officer")}
    signs = risk.answers().get(Questions.EXPLOITATION)
    suspects = signs is not None and prefills.names_signs(one.child, one.episode, signs)
    with transaction.atomic():
        episode, is_again = police_calls.report(
            one.child, report, **given, read=read, gone_with=named(facts, one.mates), by=one.user, at=one.now
        )
        if suspects and not is_again:
            details.say_signs(one.child, by=one.user, at=one.now)
        drafts.drop(one.user, FACTS, one.child)
    return episode


def _find_me(one: Opened) -> find_me_lines.Profile:
    may = access.permissions_for(one.user, one.child, at=one.now)
    return find_me_lines.of(one.child, permissions=may, now=one.now)


def _shown(
    request: HttpRequest, one: Opened, name: str, context: dict[str, Any], *, status: int
) -> HttpResponse:
    page = {
        "child": one.child,
        "episode": one.episode,
        "force": reach.force_of(one.child, now=one.now),
        "phone": reach.placement(one.child, now=one.now),
        "found": None if one.by_part else _find_me(one),
        "away_reference": episodes.away_reference(one.episode) if one.episode is not None else None,
        "check_href": reverse("missing_report_check", args=[one.child.reference]),
        "now": one.now,
        **context,
    }
    return render(request, f"alerts/{name}.html", page, status=status)
