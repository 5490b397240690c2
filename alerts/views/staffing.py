"""The page of who is at the child's placement when, what cannot be kept there, and who looks instead."""

from collections.abc import Mapping
from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import staffing_words
from alerts.roll_call_times import WORDS, label_of
from cases import access, clock, staffing
from cases.access import Permission
from cases.forms.staffing import StaffingForm, WayForm
from cases.models import Placement, User
from cases.states import IllegalMove
from cases.views import next_page, sent_late


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def placement_staffing(request: HttpRequest, reference: str) -> HttpResponse:
    """Say when somebody is there, or who looks instead; 404 where the child has nowhere recorded.

    What was typed about a placement where the child lives no more, or about roll-calls that can be kept by now, comes
    back with its words.
    """
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.PLACE_CHILD, request=request, at=now)
    placement = sent_late.placement(request, child, now)
    if placement is None:
        raise Http404
    # What somebody else looks at already is arranged again before that is over.
    asks = staffing_words.nobody_there(child, at=now)
    sends_way = request.POST.get("form") == "way"
    # Read before what is shown: what comes between the two is then refused, and never passed over.
    stand, last = staffing.stand_of(placement), staffing.last_of(placement)
    said = {name: getattr(last, name) for name in StaffingForm.base_fields} if last is not None else {}
    form = StaffingForm(None if sends_way else request.POST or None, initial=said)
    typed = request.POST if sends_way else None
    way = WayForm(typed, roll_calls=asks or _typed(request), now=now) if asks or sends_way else None
    asked: forms.Form = way if sends_way and way is not None else form
    if asked.is_bound:
        _require_as_it_was(request, asked, placement, asks)
    if asked.is_valid():
        try:
            words = _save(placement, asked, read=request.POST.get("stand") or None, by=by, at=now)
        except staffing.SaidMeanwhile:
            stand, last = staffing.stand_of(placement), staffing.last_of(placement)
            asked.add_error(
                None,
                _(
                    "Somebody has changed what stands here meanwhile. See what is recorded now, then save again."
                ),
            )
        except IllegalMove as refusal:
            asked.add_error("until_date" if asked is way else None, str(refusal))
        else:
            messages.success(request, words)
            return redirect(request.get_full_path())
    context = {
        "child": child,
        "placement": placement,
        "form": form,
        "way": way,
        "asked": asked,
        "last": last,
        "stand": stand,
        "lacks": staffing_words.lacking(child, at=now),
        "ways": staffing_words.ways(placement, asks),
        "now": now,
        "back_href": next_page.wanted(request) or reverse("child_placements", args=[child.reference]),
    }
    status = 422 if asked.is_bound else 200
    return render(request, "alerts/placement_staffing.html", context, status=status)


def _typed(request: HttpRequest) -> dict[str, str]:
    """The roll-calls that somebody chose, which can be kept by now."""
    return {name: label_of(name) for name in request.POST.getlist("windows") if name in WORDS}


def _require_as_it_was(
    request: HttpRequest, form: forms.Form, placement: Placement, asks: Mapping[str, str]
) -> None:
    """Give the form back where what it was about is another by now: it says what has changed."""
    about = request.POST.get("placement", "")
    if about and about != str(placement.pk):
        form.add_error(
            None, _("The child lives elsewhere by now: see if it is so there too, then save again.")
        )
    elif isinstance(form, WayForm) and not asks:
        form.add_error(
            None,
            _("Somebody has said meanwhile that every roll-call can be called there: see what stands below."),
        )


def _save(placement: Placement, form: forms.Form, *, read: str | None, by: User, at: datetime) -> str:
    if isinstance(form, StaffingForm):
        staffing.say(placement, form.staffed(), read=read, by=by, at=at)
        return _("It is recorded when somebody is there.")
    staffing.arrange(placement, **form.cleaned_data, read=read, by=by, at=at)
    return _("It is recorded who looks instead. The roll-calls are asked for all the same.")
