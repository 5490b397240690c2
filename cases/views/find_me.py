"""Pages of the find-me profile: write one section, and say that all of it is right."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import access, clock, details, find_me
from cases.access import Permission
from cases.details import LABELS
from cases.find_me import SECTIONS, Section
from cases.forms.find_me import ReviewForm, SectionForm
from cases.models import Child, FindMeSection
from cases.moves import Overtaken, isolated
from cases.states import IllegalMove
from cases.templatetags.details import fact


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def find_me_section(request: HttpRequest, reference: str, section: str) -> HttpResponse:
    """Write one section; what the record holds of it already stands above, with the way to where it is written."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    if section not in SECTIONS:
        raise Http404
    one = SECTIONS[section]
    row = find_me.standing(child).get(section)
    permissions = access.permissions_for(by, child, at=now)
    form = SectionForm(request.POST or None, section=one, row=row, closed=find_me.closed(one, permissions))
    if form.is_valid():
        try:
            find_me.write(child, section, **form.said(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("state", str(refusal))
            # Where somebody was quicker, whoever has read what stands by then may save over it.
            form.read_by_now(find_me.standing(child).get(section))
        else:
            messages.success(request, _("The section is saved."))
            return redirect("child_profile", child.reference)
    context = {
        "child": child,
        "form": form,
        "title": one.title,
        **_on_record(child, one, row, permissions),
        "row": row,
        "now": now,
        "back_href": reverse("child_profile", args=[child.reference]),
    }
    return render(request, "cases/find_me_section.html", context, status=422 if form.is_bound else 200)


def _on_record(
    child: Child, one: Section, row: FindMeSection | None, permissions: Collection[Permission]
) -> dict[str, Any]:
    """What the record holds of a section, and where that is written; to others who may read it, and no way there."""
    held = [(LABELS[name], isolated(fact(child, name))) for name in one.held if find_me.is_held(child, name)]
    home = reverse(one.home[0], args=[child.reference, *one.home[1:]]) if one.home else ""
    if find_me.is_open(one, permissions):
        return {"held": held, "home": home}
    is_there = held or find_me.is_answered(row, find_me.closed(one, permissions))
    return {"held": [(one.title, details.FOR_FEW)] if is_there else [], "home": ""}


@login_required
@require_POST
def find_me_review(request: HttpRequest, reference: str) -> HttpResponse:
    """Record that the reader went through all of the profile and that it is right; else say on its page why not."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = ReviewForm(request.POST, stands=0)
    form.is_valid()
    try:
        find_me.review(child, stood=form.read, by=by, at=now)
    except Overtaken:
        messages.error(request, str(form.overtaken))
    except IllegalMove as refusal:
        # The page that follows has the button where it can be pressed, and the list of what is not begun.
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The profile is recorded as reviewed."))
    return redirect("child_profile", child.reference)
