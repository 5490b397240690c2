"""The page that corrects one topic of a child's own facts."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, arrivals, clock, details
from cases.access import Permission
from cases.details import GUARDED, LABELS, TOPICS, ChangedSince, StillLate, Topic
from cases.forms.details import DetailsForm
from cases.models import Child
from cases.states import IllegalMove
from cases.templatetags.details import fact
from cases.views import next_page, same_references, second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def details_change(request: HttpRequest, reference: str, topic: str) -> HttpResponse:
    """Correct the facts of one topic; when somebody was quicker, both versions are shown and nothing is saved.

    404 for a topic that the reader does not read: they would write over what they were not shown.
    """
    now = clock.now()
    child = access.get_child(
        access.person(request), reference, Permission.CHANGE_CHILD, request=request, at=now
    )
    if topic not in TOPICS:
        raise Http404
    if topic in GUARDED:
        access.get_child(access.person(request), reference, Permission.SEE_ADDRESS, request=request, at=now)
    subject = TOPICS[topic]
    version = details.version_of(child, topic)
    form = DetailsForm(request.POST or None, topic=subject, child=child, version=version, now=now)
    back = next_page.wanted(request) or f"{reverse('child_details', args=[child.reference])}#{topic}"
    if form.is_valid():
        try:
            _save(request, form, child, now=now)
        except ChangedSince as slower:
            return _both(request, form, slower.child, subject, back)
        except StillLate as refusal:
            form.add_error("arrived_date", str(refusal))
        except IllegalMove as refusal:
            second_person.refused(
                form, refusal, field="second_email" if "second_email" in form.fields else None
            )
        else:
            return redirect(back)
    context = {"form": form, "child": child, "topic": subject, "now": now, "back_href": back}
    return render(request, "cases/details_change.html", context, status=422 if form.is_bound else 200)


def _save(request: HttpRequest, form: DetailsForm, child: Child, *, now: Any) -> None:
    second = second_person.signed(request, form, child, Permission.CHANGE_CHILD, at=now)
    by, values = access.person(request), form.values(child)
    # A restricted child may be known by a language or a nationality.
    with arrivals.telling_of_signs(child, values, by=by, at=now):
        row = details.change(
            child,
            values,
            topic=form.topic.key,
            version=form.cleaned_data["version"],
            reason=form.cleaned_data.get("reason", ""),
            seconded_by=second,
            by=by,
            at=now,
        )
    if row is None:
        messages.info(request, _("Nothing was different, so nothing was changed."))
    else:
        messages.success(request, _("Changed. What stood there before stays on the timeline."))
        same_references.tell(request, row, at=now)


def _both(request: HttpRequest, form: DetailsForm, now_is: Child, subject: Topic, back: str) -> HttpResponse:
    """The version that stands and the one that was sent, side by side."""
    sent = Child(**{name: getattr(now_is, name) for name in subject.fields})
    for name, value in form.values(now_is).items():
        setattr(sent, name, value)
    context = {
        "current": [(LABELS[name], fact(now_is, name)) for name in subject.fields],
        "yours": [(LABELS[name], fact(sent, name)) for name in subject.fields],
        "is_changed": True,
        "back_href": back,
    }
    return render(request, "409.html", context, status=409)
