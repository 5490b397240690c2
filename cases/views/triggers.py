"""Pages of a trigger: enter one for a child or the whole house, and say what was done about it."""

import uuid
from datetime import datetime
from typing import Any

import structlog
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, contact_triggers, documents, sign_keys, triggers
from cases.access import Permission
from cases.forms import repeats
from cases.forms.documents import left_out_of
from cases.forms.triggers import AnswerForm, CameForm, TriggerForm
from cases.models import Child, Placement, Trigger, User
from cases.models.triggers import AROUND
from cases.scans import Scan
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_when
from cases.views import next_page
from cases.views.photos import is_dropped

logger = structlog.get_logger(__name__)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def trigger_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Enter what may make the child go: the closer watch begins at its save."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.RECORD_CONTACT, request=request, at=now)
    asked = request.GET.get("kind")
    kind = asked if asked in Trigger.Kind.values else Trigger.Kind.APPROACH
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = TriggerForm(*sent, now=now, dropped=is_dropped(request), initial=_asked(request, child, kind))
    if form.is_valid():
        given = form.cleaned_data
        concerned = _house(by, child, now) if given["whole_house"] else [child]
        said = {name: given[name] for name in ("kind", "note", "happens_at")}
        try:
            triggers.record(
                concerned,
                **said,
                stranger=form.stranger,
                photo=_photo(given["photo"], by),
                key=given["once"],
                by=by,
                at=now,
            )
        except IllegalMove as refusal:
            repeats.refuse(form, refusal, field="happens_at")
            form.say_again()
        except OSError:
            logger.exception("photo_of_stranger_not_kept", child=child.pk)
            form.add_error(
                "photo", _("The file could not be kept. Press again without it, and send it later.")
            )
        else:
            begins = given["happens_at"] - AROUND
            said_of = _("Recorded. The closer watch begins now.")
            if begins > now:
                said_of = _("Recorded. The closer watch begins at %(when)s.") % {
                    "when": gov_when(begins, now)
                }
            if given["kind"] == Trigger.Kind.APPROACH:
                said_of = _(
                    "Recorded. Duty and the social worker are being told. The closer watch begins now."
                )
                if given["happens_at"] + AROUND <= now:
                    said_of = _(
                        "Recorded. Duty and the social worker are being told. It is long ago: no closer watch begins."
                    )
            messages.success(request, " ".join([said_of, *left_out_of(given["photo"])]))
            return redirect(next_page.after(request, child, at=now))
    return _shown(request, "cases/trigger_new.html", child, form, now)


def _asked(request: HttpRequest, child: Child, kind: str) -> dict[str, Any]:
    """What the form begins with: where a contact said that somebody is new, its key, by which the answer is the same entry."""
    try:
        key = uuid.UUID(request.GET.get("contact", ""))
    except ValueError:
        return {"kind": kind}
    begun = contact_triggers.begun_by(child, key)
    return {"kind": kind} | ({"once": begun.key} if begun is not None else {})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def trigger_answer(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Say what was done about somebody who came."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    rows = triggers.known_to(Trigger.objects.filter(child=child, key=key), by, at=now)
    trigger = rows.select_related("recorded_by", "photo").first()
    if trigger is None:
        raise Http404
    came = trigger.kind == Trigger.Kind.APPROACH
    house = _same_entry(trigger, by, now)
    form = (CameForm if came else AnswerForm)(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        of_police = {}
        if came:
            told = given["police"] == "yes"
            of_police = {"police_told": told, "police_reference": given["police_reference"]}
        try:
            triggers.answer(trigger, answer=given["answer"], **of_police, also=house, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("answer", str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect("child", child.reference)
    shown = {"trigger": trigger, "house": house, "sought": _sought(trigger, by, now)}
    return _shown(request, "cases/trigger_answer.html", child, form, now, **shown)


def _same_entry(trigger: Trigger, user: User, now: datetime) -> list[Trigger]:
    """The same entry for those other children of the house for whom this person may answer as well."""
    theirs = access.children(user, Permission.CHANGE_CHILD, at=now).open(now)
    found = triggers.same_entry(trigger).filter(child__in=theirs).select_related("child")
    return list(found.order_by("child__given_name", "child_id"))


def _sought(trigger: Trigger, user: User, now: datetime) -> list[str]:
    """The plate and the number that whoever works on a desk may look for in every home and council."""
    if not any(m.role in access.FUNCTIONS[Permission.WORK_DUTY_DESK] for m in access.memberships(user, now)):
        return []
    keyed = (
        (trigger.plate, trigger.plate_key, sign_keys.LEAST_OF_PLATE),
        (trigger.phone, trigger.phone_key, sign_keys.LEAST_OF_PHONE),
    )
    return [said for said, key, least in keyed if len(key) >= least]


def _photo(scan: Scan | None, by: User) -> documents.Given | None:
    """The photo as a document of the child, where whoever reads the record finds it: it goes in no mail."""
    if scan is None:
        return None
    title = _("Photo: somebody came near the child")
    return documents.Given(scan=scan, kind="police", title=title, received_from=by.name)


def _house(user: User, child: Child, now: datetime) -> list[Child]:
    """The children of the same house that this person may record for, the child among them."""
    homes = Placement.objects.current(now).filter(child=child, home__isnull=False).values("home")
    here = Placement.objects.current(now).filter(home__in=homes).values("child")
    found = access.children(user, Permission.RECORD_CONTACT, at=now).open(now).filter(pk__in=here)
    return [child, *found.exclude(pk=child.pk)]


def _shown(
    request: HttpRequest, template: str, child: Child, form: forms.Form, now: datetime, **more: Any
) -> HttpResponse:
    back = next_page.after(request, child, at=now)
    context = {"child": child, "form": form, "now": now, "back_href": back, **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
