"""The page on which an authority that is abolished or merged passes everything on to the one that takes its place."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, administration, clock, ended, mergers, passing_on
from cases.forms.mergers import MergeForm, SuccessorForm, show_anew
from cases.models import Authority, User
from cases.moves import isolated
from cases.states import IllegalMove
from cases.views import second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def authority_merge(request: HttpRequest) -> HttpResponse:
    """Choose the successor, read side by side what passes and what stays, and pass it on with somebody of the successor.

    Who administers the authority that ends begins it; an administrator or a director of the successor signs, for every
    child becomes theirs to answer for. What has changed since it was shown is to be read again.
    """
    now = clock.now()
    by = access.person(request)
    own = administration.authorities(by, at=now)
    choice = SuccessorForm(request.GET if "successor" in request.GET else None, authorities=own, now=now)
    context: dict[str, Any] = {"choice": choice, "now": now}
    status = 422 if choice.is_bound else 200
    if choice.is_valid():
        ends, successor = choice.cleaned_data["authority"], choice.cleaned_data["successor"]
        plan = mergers.plan(ends, successor, at=now)
        form = MergeForm(request.POST or None, initial={"shown": plan.shown})
        if form.is_valid():
            try:
                mergers.require_shown(plan.shown, form.cleaned_data["shown"])
                second = _second(request, form, successor, by)
                reason = form.cleaned_data["reason"]
                # As late as this: signing takes a moment, in which a colleague registers somebody.
                mergers.move(
                    ends,
                    successor,
                    shown=form.cleaned_data["shown"],
                    reason=reason,
                    seconded_by=second,
                    by=by,
                    at=clock.now(),
                )
            except passing_on.ShownOtherwise as refusal:
                form.add_error(None, str(refusal))
                plan = mergers.plan(ends, successor, at=clock.now())
                show_anew(form, plan.shown)
            except ended.EndedAlready as refusal:
                form.add_error(None, str(refusal))
            except IllegalMove as refusal:
                second_person.refused(form, refusal)
            else:
                said = {"ends": isolated(ends.said_name), "successor": isolated(successor.said_name)}
                messages.success(
                    request, _("%(successor)s answers for every child of %(ends)s from this moment.") % said
                )
                return redirect("admin_home")
        context |= {"form": form, "plan": plan, "ends": ends, "successor": successor}
        status = 422 if form.is_bound else 200
    return render(request, "cases/authority_merge.html", context, status=status)


def _second(request: HttpRequest, form: MergeForm, successor: Authority, by: User) -> User:
    """Who signs for the successor."""
    second = second_person.signed_for(request, form, [successor.pk], at=clock.now())
    if second is None or second.pk == by.pk:
        raise IllegalMove("This takes two people: the second is somebody other than you.")
    return second
