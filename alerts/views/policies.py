"""The policies as pages: what each asks for and who changed it when, and a new version that two people put in force."""

from datetime import datetime, time, timedelta
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts import policy_words, replay_lines, replays, revisions
from alerts.forms.policies import AgreeForm, PolicyDraftForm
from alerts.models import PolicyVersion
from alerts.replays import Period
from alerts.revisions import Draft
from cases import access, administration, clock
from cases.deadlines import at_london, london_day
from cases.forms.marks import SECOND
from cases.models import Authority, User
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_time
from cases.views import second_person

# What stands in the form of the second page, and is no answer of the draft.
NO_ANSWER = frozenset({"csrfmiddlewaretoken", *SECOND, "agree", "again", "try"})
# So long a past a draft is tried on, up to the last midnight.
TRIED_ON = timedelta(days=28)


@login_required
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """Show every policy in force, in words, with its versions."""
    now = clock.now()
    administration.authorities(access.person(request), at=now)
    found = [(policy, revisions.can_change(policy.key)) for policy in policy_words.all_of(now)]
    context = {"policies": [policy for policy, _can in found], "found": found, "now": now}
    return render(request, "alerts/policies.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def policy_new(request: HttpRequest, key: str) -> HttpResponse:
    """Draft other figures, show both versions in words, and put the new one in force when a second person signs."""
    now = clock.now()
    by = access.person(request)
    administration.authorities(by, at=now)
    if not revisions.can_change(key):
        raise Http404
    last = revisions.last_of(key)
    form = PolicyDraftForm(
        request.POST or None,
        figures=revisions.figures_of(last),
        now=now,
        initial={"replaces": last.version},
    )
    if form.is_valid() and _is_sound(form, last, now) and "again" not in request.POST:
        return _agreed(request, form, last, by=by, now=now)
    fixed = [figure for figure in revisions.figures_of(last) if figure.is_fixed]
    context = {
        "form": form,
        "fixed": fixed,
        "title": policy_words.TITLES[key],
        "last": last,
        "is_coming": last.takes_effect_at > now,
        "now": now,
    }
    wrong = form.is_bound and bool(form.errors)
    return render(request, "alerts/policy_new.html", context, status=422 if wrong else 200)


def _is_sound(form: PolicyDraftForm, last: PolicyVersion, now: datetime) -> bool:
    """Say what breaks a rule at the figure that it is about."""
    draft = form.draft(last.key)
    if draft.replaces != last.version:
        form.add_error(None, _("Somebody else has changed this policy since. Look at what stands now."))
    for fault in revisions.faults(draft, last, at=now):
        if fault.figure == "takes_effect_at":
            # The words name the time themselves.
            form.add_error(fault.figure, fault.words)
        elif fault.figure in form.fields:
            named = {"figure": form.fields[fault.figure].label, "fault": fault.words}
            form.add_error(fault.figure, _("%(figure)s: %(fault)s") % named)
        else:
            form.add_error(None, fault.words)
    return not form.errors


def _agreed(
    request: HttpRequest, form: PolicyDraftForm, last: PolicyVersion, *, by: User, now: datetime
) -> HttpResponse:
    """Ask for the second person beside both versions; once they have signed, the policy is stored."""
    draft = form.draft(last.key)
    agree = AgreeForm(request.POST if "agree" in request.POST else None)
    if agree.is_valid():
        authorities = administration.authorities(by, at=now)
        try:
            second = second_person.signed_for(request, agree, authorities, at=now)
            if second is None or second.pk == by.pk:
                raise IllegalMove("A policy is changed by two people.")
            revisions.put_in_force(draft, seconded_by=second, by=by, at=now)
        except IllegalMove as refusal:
            second_person.refused(agree, refusal)
        else:
            when = gov_time(draft.takes_effect_at)
            messages.success(
                request, _("The new version is agreed. It counts from %(when)s.") % {"when": when}
            )
            return redirect("policies")
    context = {
        "form": agree,
        "answers": [(name, answer) for name, answer in request.POST.items() if name not in NO_ANSWER],
        "can_try": replays.can_replay(last.key),
        "tried": _tried(last, draft, by=by, now=now) if "try" in request.POST else None,
        "lines": _side_by_side(last, PolicyVersion(key=last.key, data=revisions.data_of(draft, last))),
        "draft": draft,
        "title": policy_words.TITLES[last.key],
        "last": last,
        "now": now,
    }
    return render(request, "alerts/policy_check.html", context, status=422 if agree.is_bound else 200)


def _tried(last: PolicyVersion, draft: Draft, *, by: User, now: datetime) -> dict[str, Any] | None:
    """The draft on the last whole days, beside the policy in force: of the administrator's own authorities, as counts."""
    if not replays.can_replay(last.key):
        return None
    authorities = Authority.objects.in_bulk(administration.authorities(by, at=now))
    proposal = replays.proposal_of(last.key, revisions.data_of(draft, last))
    ends_at = at_london(london_day(now), time())
    period = Period(at_london(london_day(now) - TRIED_ON, time()), ends_at)
    found = replays.compare(proposal, period, authorities, most=settings.REPLAY_CHILDREN)
    names = {key: authority.name for key, authority in authorities.items()}
    lines = [] if replay_lines.are_too_few(found) else replay_lines.lines(found, names)
    return {"found": found, "lines": lines}


def _side_by_side(last: PolicyVersion, new: PolicyVersion) -> list[tuple[str, str, str]]:
    """Each line of both versions: what it is about, as it stands, as it would be."""
    before, after = policy_words.in_words(last), policy_words.in_words(new)
    return [(title, was, would) for (title, was), (_title, would) in zip_longest(before, after)]
