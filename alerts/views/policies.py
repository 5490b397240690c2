"""The policies as pages: what each asks for and who changed it when, and a new version that two people put in force."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts import (
    policy_words,
    previews,
    replay_groups,
    replay_lines,
    replay_words,
    replays,
    revisions,
    trials,
)
from alerts.forms.foresight import Question
from alerts.forms.policies import TRIED_DAYS, AgreeForm, PolicyDraftForm, TrialForm
from alerts.models import DemoWatch, PolicyVersion
from alerts.previews import Preview
from alerts.revisions import Draft
from alerts.trials import Tried
from alerts.views.foresight import NO_CHILD, sunday_at_three
from cases import access, administration, clock, ended, mergers
from cases.forms.marks import SECOND
from cases.models import Authority, User
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_time
from cases.views import second_person

# What stands in the form of the second page, and is no answer of the draft.
NO_ANSWER = frozenset(
    {"csrfmiddlewaretoken", *SECOND, "agree", "again", "try", "preview", "untried_why", "trial_mark"}
)
# What goes on through the page of the figures: the trial, if they stay, and the reason that was typed.
CARRIED = ("trial_mark", "untried_why")
# The names of the boxes in which a child and an hour are asked for beside the draft.
ASKED = "told"
# The same of the past days and the children on whom it is tried.
TRIED = "tried"


@dataclass(frozen=True)
class _Asked:
    """Whose policy somebody drafts, which, and what a draft of it is drawn from."""

    authority: Authority
    last: PolicyVersion
    number: int
    by: User
    now: datetime
    # The draft ends the authority's own.
    ends: bool = False

    @property
    def key(self) -> str:
        return self.last.key

    @property
    def has_roll_calls(self) -> bool:
        return bool(self.last.data.get("windows"))

    def draft(self, form: PolicyDraftForm) -> Draft:
        return form.draft(self.key, self.authority.pk, follows_delivered=self.ends)

    @property
    def context(self) -> dict[str, Any]:
        return {
            "authority": self.authority,
            "title": policy_words.TITLES[self.key],
            "last": self.last,
            "now": self.now,
        }


@login_required
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """Show every policy that the administrator's authority goes by: of whoever has several, that of the first."""
    now = clock.now()
    by = access.person(request)
    first = Authority.objects.filter(pk__in=administration.authorities(by, at=now)).order_by("name").first()
    return _shown(request, first, by=by, now=now)


@login_required
@require_safe
def policies_of(request: HttpRequest, code: str) -> HttpResponse:
    """The same of one of the authorities that they administer."""
    now = clock.now()
    by = access.person(request)
    return _shown(request, administration.get_authority(by, code, at=now), by=by, now=now)


def _shown(request: HttpRequest, authority: Authority | None, *, by: User, now: datetime) -> HttpResponse:
    if authority is None:
        raise Http404
    all_of = Authority.objects.filter(pk__in=administration.authorities(by, at=now)).order_by("name")
    found = policy_words.all_of(now, authority.pk)
    context = {
        "policies": found,
        "ended": _ended(authority),
        "authority": authority,
        "others": [one for one in all_of if one.pk != authority.pk],
        "now": now,
    }
    return render(request, "alerts/policies.html", context)


def _ended(authority: Authority) -> str:
    """Why nothing is drafted for it any more, where that is so."""
    try:
        mergers.require_standing(authority)
    except ended.EndedAlready as refusal:
        return str(refusal)
    return ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def policy_new(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Draft other figures, show both versions in words, and put the new one in force when a second person signs."""
    asked = _asked(request, code, key)
    figures = revisions.figures_of(asked.last)
    form = PolicyDraftForm(
        request.POST or None,
        figures=figures,
        now=asked.now,
        roll_calls=asked.has_roll_calls,
        initial={"replaces": asked.number},
    )
    if form.is_valid() and _is_sound(form, asked) and "again" not in request.POST:
        return _agreed(request, form, asked)
    context = {
        **asked.context,
        "form": form,
        "fixed": [figure for figure in figures if figure.is_fixed],
        "is_coming": asked.last.takes_effect_at > asked.now,
        "carried": _carried(request),
    }
    wrong = form.is_bound and bool(form.errors)
    return render(request, "alerts/policy_new.html", context, status=422 if wrong else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def policy_end(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Go by what is delivered again from an instant to come, when a second person signs; what was agreed stays on record."""
    asked = _asked(request, code, key, ends=True)
    form = PolicyDraftForm(
        request.POST or None,
        figures=(),
        now=asked.now,
        roll_calls=asked.has_roll_calls,
        initial={"replaces": asked.number},
    )
    if form.is_valid() and _is_sound(form, asked) and "again" not in request.POST:
        return _agreed(request, form, asked)
    wrong = form.is_bound and bool(form.errors)
    context = {**asked.context, "form": form, "carried": _carried(request)}
    return render(request, "alerts/policy_end.html", context, status=422 if wrong else 200)


def _asked(request: HttpRequest, code: str, key: str, *, ends: bool = False) -> _Asked:
    """404 for an authority that is another's to look after, for what is no policy, and where there is nothing to end.

    Whoever sends the form finds nothing to end where it was agreed meanwhile, by themselves too: they are told so.
    Raises `EndedAlready` for one whose children are another's.
    """
    now = clock.now()
    by = access.person(request)
    authority = administration.get_authority(by, code, at=now)
    mergers.require_standing(authority)
    has_nothing = ends and not revisions.has_own(key, authority.pk)
    if not revisions.can_change(key) or (has_nothing and request.method != "POST"):
        raise Http404
    last = revisions.last_of(key, authority.pk)
    return _Asked(authority, last, revisions.number_of(key, authority.pk), by, now, ends)


def _is_sound(form: PolicyDraftForm, asked: _Asked) -> bool:
    """Say what breaks a rule at the figure that it is about."""
    draft = asked.draft(form)
    if draft.replaces != asked.number:
        form.add_error(None, _("Somebody else has changed this policy since. Look at what stands now."))
    labels = {figure.name: figure.label for figure in revisions.figures_of(asked.last)}
    for fault in revisions.faults(draft, asked.last, at=asked.now):
        if fault.figure == "takes_effect_at":
            # The words name the time themselves.
            form.add_error(fault.figure, fault.words)
        elif fault.figure in labels:
            named = {"figure": labels[fault.figure], "fault": fault.words}
            field = fault.figure if fault.figure in form.fields else None
            form.add_error(field, _("%(figure)s: %(fault)s") % named)
        else:
            form.add_error(None, fault.words)
    return not form.errors


def _agreed(request: HttpRequest, form: PolicyDraftForm, asked: _Asked) -> HttpResponse:
    """Ask for the second person beside both versions; once they have signed, the policy is stored."""
    draft = asked.draft(form)
    new = PolicyVersion(key=asked.key, data=revisions.data_of(draft, asked.last))
    tries = _trial(request, new, asked)
    mark, tried = _mark(request, draft, new, tries)
    asks_why = revisions.is_tried_first(asked.key) and tried is None
    why = request.POST.get("untried_why", "")
    agree = AgreeForm(
        request.POST if "agree" in request.POST else None,
        asks_why=asks_why,
        initial={"untried_why": why},
    )
    if agree.is_valid():
        draft = replace(draft, tried=tried, untried_why=agree.cleaned_data.get("untried_why", ""))
        try:
            second = second_person.signed_for(request, agree, [asked.authority.pk], at=asked.now)
            if second is None or second.pk == asked.by.pk:
                raise IllegalMove("A policy is changed by two people.")
            revisions.put_in_force(draft, seconded_by=second, by=asked.by, at=asked.now)
        except IllegalMove as refusal:
            second_person.refused(agree, refusal)
        else:
            when = gov_time(draft.takes_effect_at)
            messages.success(
                request, _("The new version is agreed. It counts from %(when)s.") % {"when": when}
            )
            return redirect("policies_of", asked.authority.code)
    context = {
        **asked.context,
        "form": agree,
        # The mark of a trial of exactly this draft goes on with whatever is asked next.
        "answers": [*_answers(request), *([("trial_mark", mark)] if mark else [])],
        # What was typed goes on with each of the other questions too, and where a trial has made it needless for now.
        "untried_why": why,
        "marked": tried,
        **_preview(request, new, asked),
        **tries,
        "lines": _side_by_side(asked.last, new),
        "draft": draft,
        "moves_ended": revisions.moves_ended(draft, asked.last, at=asked.now),
    }
    wrong = agree.is_bound or bool(context["question"].errors) or bool(context["trial"].errors)
    context["form_before"] = context["trial"] if context["trial"].errors else context["question"]
    return render(request, "alerts/policy_check.html", context, status=422 if wrong else 200)


def _answers(request: HttpRequest) -> list[tuple[str, Any]]:
    """What was typed for the draft, to go on with whatever is asked about it."""
    return [
        (name, answer)
        for name, answer in request.POST.items()
        if name not in NO_ANSWER and not name.startswith((f"{ASKED}-", f"{TRIED}-"))
    ]


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, request.POST[name]) for name in CARRIED if request.POST.get(name)]


def _preview(request: HttpRequest, new: PolicyVersion, asked: _Asked) -> dict[str, Any]:
    """Who would be told about one of the authority's own children, by the draft and by the policy in force."""
    form = Question(
        request.POST if "preview" in request.POST else None,
        prefix=ASKED,
        now=asked.now,
        initial={"at": sunday_at_three(asked.now)},
    )
    can_preview = previews.can_preview(new.key)
    found = _foreseen(request, form, new, asked) if can_preview and form.is_valid() else None
    return {
        "question": form,
        "can_preview": can_preview,
        "preview": found,
        "of_search": new.key in previews.OF_SEARCH,
        "of_others": new.key in previews.OF_OTHERS,
        "of_return": new.key in previews.OF_RETURN,
        "of_paper": new.key in previews.OF_PAPER,
        "of_guardian": new.key in previews.OF_GUARDIAN,
        "of_transfer": new.key in previews.OF_TRANSFER,
    }


def _foreseen(request: HttpRequest, form: Question, new: PolicyVersion, asked: _Asked) -> Preview | None:
    said, authority_id = form.cleaned_data, asked.authority.pk
    reference = str(said["reference"].child)
    try:
        child = administration.get_child(
            asked.by, reference, authority_id=authority_id, request=request, at=asked.now
        )
    except Http404:
        form.add_error("reference", NO_CHILD)
        return None
    if DemoWatch.objects.filter(child=child).exists():
        form.add_error("reference", _("This child is watched for show, by times that no draft changes"))
        return None
    return previews.of(child, new.key, new.data, authority_id=authority_id, about=said["at"], now=asked.now)


def _trial(request: HttpRequest, new: PolicyVersion, asked: _Asked) -> dict[str, Any]:
    """The draft on past days, beside the policy in force: of the authority's own children, as counts."""
    can_try = replays.can_replay(new.key)
    form = TrialForm(
        request.POST if can_try and "try" in request.POST else None,
        prefix=TRIED,
        authority=asked.authority,
        now=asked.now,
    )
    tried = _tried(form, new, asked) if form.is_valid() else None
    return {
        "can_try": can_try,
        "trial": form,
        "tried": tried,
        "covered": replay_words.covers(new.key),
        "left_out": replay_words.left_out(new.key),
    }


def _mark(
    request: HttpRequest, draft: Draft, new: PolicyVersion, tries: Mapping[str, Any]
) -> tuple[str, Tried | None]:
    """The signed mark that exactly this draft was tried, now or before, and on which days; nothing where it was not."""
    of: dict[str, Any] = {
        "key": draft.key,
        "authority_id": draft.authority_id,
        "replaces": draft.replaces,
        "data": new.data,
    }
    mark = request.POST.get("trial_mark", "")
    # Of so few children that nothing is shown nobody has read anything.
    if tries["tried"] and tries["tried"]["lines"] and revisions.is_tried_first(draft.key):
        mark = trials.mark(tries["trial"].tried, **of)
    tried = trials.read(mark, **of) if mark else None
    return (mark, tried) if tried is not None else ("", None)


def _tried(form: TrialForm, new: PolicyVersion, asked: _Asked) -> dict[str, Any]:
    """Of so many children that nobody waits longer for many days than for four weeks of the fewest."""
    authority, period = asked.authority, form.period
    most = int(settings.REPLAY_CHILDREN * TRIED_DAYS / period.days)
    found = replays.compare(
        replays.proposal_of(new.key, new.data, authority_id=authority.pk),
        period,
        [authority.pk],
        among=replay_groups.of(form.cleaned_data["children"], period, by=asked.by, at=asked.now),
        most=max(replay_lines.LEAST_SHOWN, most),
    )
    names = {authority.pk: authority.name}
    lines = [] if replay_lines.are_too_few(found) else replay_lines.lines(found, names, asked.key)
    return {"found": found, "lines": lines}


def _side_by_side(last: PolicyVersion, new: PolicyVersion) -> list[tuple[str, str, str]]:
    """Each line of both versions: what it is about, as it stands, as it would be."""
    before, after = policy_words.in_words(last), policy_words.in_words(new)
    return [(title, was, would) for (title, was), (_title, would) in zip_longest(before, after)]
