"""Pages of a transfer: the one page that both authorities read, each act on it, and the list of those that wait."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from alerts import ages, transfer_pages
from alerts.transfer_pages import ACTS, Page
from alerts.views import pages
from alerts.views.not_arrived import doubted
from alerts.views.transfer_steps import STEPS, Asked, sender_of
from cases import access, clock, drafts, faces, handovers, journeys, partings, transfers
from cases.access import Permission
from cases.checklists import Line
from cases.deadlines import london_day
from cases.forms import repeats
from cases.forms.drafts import lines, put_in
from cases.forms.transfers import CHANGED
from cases.handovers import Side
from cases.models import TEAM_ROLES, Draft, Event, Photo, Transfer, User
from cases.models.transfers import BEFORE_ARRIVAL
from cases.moves import Overtaken, isolated
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_date, phone
from cases.views import drafts as draft_pages
from cases.views import open_journey, staying

# So many stand on the duty desk; the list has all.
FIRST = 5
# Of which question a refusal speaks; all others stand above.
_FIELDS: Mapping[type[IllegalMove], str] = {
    transfers.NeedsJourney: "expected_at",
    transfers.NotChecked: "is_here",
    partings.NotAsked: "parted",
    journeys.WrongTime: "arrived_at",
    journeys.NotBelieved: "handed_to",
}
# Acts with words of somebody's own, and the event that stands once one was done.
_WRITTEN: Mapping[str, str] = {
    "refer": "transfer_referred",
    "decline": "transfer_declined",
    "day": "transfer_day_agreed",
    "share": "transfer_shared",
    "leave": "transfer_set_out",
    "arrive": "transfer_arrived",
    "withdraw": "transfer_withdrawn",
}
_OVERTAKEN = gettext_lazy(
    "This cannot be done any more: somebody has changed the transfer since you opened this page. What you wrote still"
    " stands below."
)
# What stands in the form of the check, and is no answer.
NO_ANSWER = frozenset({"csrfmiddlewaretoken", "sure", "again", "draft_version"})
REFERRAL = Draft.Form.TRANSFER_REFERRAL


@login_required
@require_safe
def transfer(request: HttpRequest, reference: str) -> HttpResponse:
    """Show where the transfer stands to both authorities; whoever handed the child over has the page of that."""
    now, user = clock.now(), access.person(request)
    child, side = handovers.get_child(user, reference, request=request, at=now)
    if side == Side.SENT:
        return redirect("handed_over", child.reference)
    page = transfer_pages.page(child, side, user, now=now)
    draft = _unsent(page, user, now)
    decided = ages.decisions([child]).get(child.pk) if page.is_open else None
    age = ages.in_words(child, decided, today=london_day(now))
    context = {"page": page, "child": child, "age": age, "draft": draft, "now": now}
    context["may_doubt"] = doubted(user, child, side, now) is not None
    if draft is not None:
        context["unsent"] = list(lines(STEPS["refer"].form(None, Asked(page, user, now)), draft))
    return render(request, "alerts/transfer.html", context)


@login_required
@require_safe
def transfer_list(request: HttpRequest) -> HttpResponse:
    """Show the transfers that wait for somebody, of both directions."""
    now, user = clock.now(), access.person(request)
    if not any(one.role in TEAM_ROLES for one in access.memberships(user, now)):
        raise PermissionDenied
    page = pages.of(request, transfer_pages.rows(user, now=now))
    put_on_record(request, list(page), now)
    return render(request, "alerts/transfer_list.html", {"rows": list(page), "page": page, "now": now})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_act(request: HttpRequest, reference: str, act: str) -> HttpResponse:
    """Ask for what one act needs, and do it; of an act that is not there any more, show what stands now.

    Where somebody else was faster, what was written for it stands there once more.
    """
    now, user = clock.now(), access.person(request)
    child, side = handovers.get_child(user, reference, request=request, at=now)
    if act not in ACTS:
        raise Http404
    if side == Side.SENT:
        # The arrival was confirmed since: that page leads to what is theirs to read.
        return redirect("transfer", child.reference)
    if act == "refer" and "save_draft" in request.POST:
        return _keep_draft(request, reference, now)
    page = transfer_pages.page(child, side, user, now=now)
    asked = Asked(page, user, now, _beside(request, page, act, now))
    step = STEPS.get(act)
    is_there = act in [one.name for one in page.acts] or _is_sent_again(request, act, asked)
    if step is None or not (is_there or _is_overtaken(request, act, asked)):
        return redirect("transfer", child.reference)
    form = step.form(request.POST or None, asked)
    standing = open_journey.of_act(child, act, now=now)
    draft = drafts.of(user, REFERRAL, child, at=now) if act == "refer" else None
    put_in(form, draft)
    if not is_there:
        _say_overtaken(form)
    elif form.is_valid() and (act != "refer" or "sure" in request.POST):
        try:
            step.do(form, asked)
        except Overtaken:
            # Offered anew while this was sent: the next page says what stands.
            form.add_error(None, CHANGED)
        except IllegalMove as refusal:
            at_fields = (field for kind, field in _FIELDS.items() if isinstance(refusal, kind))
            repeats.refuse(form, refusal, field=next(at_fields, None))
        else:
            open_journey.say_done(request, step.done, standing)
            _say_to_ring(request, form, page)
            return redirect("transfer", child.reference)
    is_checked = act == "refer" and form.is_bound and form.is_valid() and "again" not in request.POST
    context = {
        "child": child,
        "form": form,
        "keeps_draft": act == "refer",
        "draft": draft,
        "title": ACTS[act],
        "says": step.says,
        "stands": page.row if form.is_overtaken else None,
        "untold": asked.beside.not_told,
        "journey": act == "leave" and access.may(user, child, Permission.CHANGE_CHILD, at=now),
        **(_of_arrival(form, page, now) if act == "arrive" else {}),
        "standing": standing,
        "is_checked": is_checked,
        "answers": _answers(form) if is_checked else (),
        "sent": [(name, value) for name, value in request.POST.items() if name not in NO_ANSWER],
        "now": now,
    }
    wrong = form.is_bound and bool(form.errors)
    return render(request, "alerts/transfer_act.html", context, status=422 if wrong else 200)


def put_on_record(request: HttpRequest, rows: list[transfer_pages.Row], now: datetime) -> None:
    """Those who are to come are shown with their status alone."""
    for is_receiver, permission in ((False, Permission.SEE_RECORD), (True, Permission.SEE_STATUS)):
        shown = [row.child.pk for row in rows if row.is_receiver == is_receiver]
        access.put_listed_on_record(access.person(request), shown, permission, request=request, at=now)


def _keep_draft(request: HttpRequest, reference: str, now: datetime) -> HttpResponse:
    """Keep what was typed of a referral so far, for whoever may send it; 404 for everybody else."""
    wanted = drafts.NEEDS[REFERRAL]
    child = access.get_child(access.person(request), reference, wanted, request=request, at=now)
    draft_pages.keep(request, REFERRAL, child, at=now)
    return redirect("transfer_act", child.reference, "refer")


def _unsent(page: Page, user: User, now: datetime) -> Draft | None:
    """Their draft of a referral that is not offered: it is shown to be read, as long as they could send it."""
    if page.side != Side.OWN or "refer" in [act.name for act in page.acts]:
        return None
    may_refer = access.may(user, page.child, drafts.NEEDS[REFERRAL], at=now)
    return drafts.of(user, REFERRAL, page.child, at=now) if may_refer else None


def _before_arrival(page: Page) -> Sequence[tuple[Line, str]]:
    """What whoever confirms the arrival is to have read, each with its page."""
    return [row for one in page.checklists for row in one.rows if row[0].item in BEFORE_ARRIVAL and row[1]]


def _of_arrival(form: Any, page: Page, now: datetime) -> dict[str, Any]:
    """What whoever confirms an arrival reads beside its questions."""
    return {
        "to_read": _before_arrival(page),
        "ends_journey": journeys.arriving(page.child, at=now) is not None,
        **_not_left(form, page, now),
    }


def _not_left(form: Any, page: Page, now: datetime) -> dict[str, Any]:
    """Who the child is, beside the question whether it is this one that is here: its photo, where this side reads that."""
    if "is_here" not in form.fields or page.row is None:
        return {}
    child, day = page.child, page.row.transfer.moves_date
    newest = Photo.objects.newest_of([child.pk]).select_related("child") if page.is_open else ()
    return {
        "not_left": page.row.transfer,
        "is_early": day is not None and day > london_day(now),
        "desks": page.desks,
        "faces": {photo.child_id: faces.face(photo) for photo in newest},
    }


def _say_to_ring(request: HttpRequest, form: Any, page: Page) -> None:
    """The sender had not recorded that the child left: whoever looks after it there is to hear that it is here."""
    if "is_here" in form.fields:
        desks = ", ".join(f"{isolated(one.name)} {phone(one.phone)}" for one in page.desks)
        words = gettext("Ring the other authority now, and say that the child is with you. %(desks)s")
        messages.warning(request, words % {"desks": desks})


def _beside(request: HttpRequest, page: Page, act: str, now: datetime) -> staying.Names:
    """Their names, where this act parts the child from them; each is on record as read.

    Those who were asked to the agreed day are asked no more as the child leaves; whom to tell nothing stands there still.
    """
    transfer = page.row.transfer if page.row is not None else None
    if act not in ("day", "leave") or transfer is None or open_journey.is_told(page.child, act, now):
        return staying.Names()
    if page.row is None or page.row.missing is not None:
        return staying.Names()
    is_asked = act == "leave" and transfers.was_asked(transfer)
    return staying.of(request, page.child, now, are_asked=not is_asked)


def _say_overtaken(form: Any) -> None:
    """Of what came in the place of what they read it is said once."""
    form.overtaken = _OVERTAKEN
    if form.is_valid() or not form.is_overtaken:
        form.add_error(None, _OVERTAKEN)


def _is_sent_again(request: HttpRequest, act: str, asked: Asked) -> bool:
    """Whether this is the referral that stands, sent once more: what it says now is not dropped without a word."""
    if act != "refer" or request.method != "POST":
        return False
    form: Any = STEPS[act].form(request.POST, asked)
    form.is_valid()
    mine = Transfer.objects.filter(child=asked.page.child, referred_by=asked.user)
    return mine.filter(key=form.cleaned_data.get("once")).exists()


def _is_overtaken(request: HttpRequest, act: str, asked: Asked) -> bool:
    """Whether words were sent for an act that is not there any more, and not because they themselves have done it."""
    kind = _WRITTEN.get(act)
    if not request.POST or kind is None or asked.page.row is None or not _was_theirs(act, asked):
        return False
    of_transfer = Event.objects.filter(child=asked.page.child, subject_id=asked.transfer.pk)
    # What they did before it was offered once more is no answer to this offer.
    offer = of_transfer.filter(kind="transfer_allocated").order_by("-pk").first()
    done = of_transfer.filter(kind=kind, actor=asked.user, pk__gt=offer.pk if offer is not None else 0)
    return not done.exists()


def _was_theirs(act: str, asked: Asked) -> bool:
    """Whether an earlier page may have offered the act to this reader; what it asks shows nothing that was not theirs then."""
    transfer, child = asked.transfer, asked.page.child
    if act == "arrive" and transfer.has_arrived and sender_of(asked) == transfer.receiver:
        # A colleague confirmed it, and the child is theirs by now.
        return True
    if asked.page.side != Side.RECEIVER:
        is_of_side = act not in ("decline", "arrive")
        return is_of_side and access.may(asked.user, child, Permission.PLACE_CHILD, at=asked.now)
    if act == "decline":
        return handovers.may_answer(asked.user, transfer, at=asked.now)
    return act in ("day", "arrive") and (transfer.may_be_shared or transfer.has_arrived)


def _answers(form: Any) -> list[tuple[str, Any]]:
    """What was answered, to be looked at once more before the other authority reads it."""
    given = form.cleaned_data
    shown = {
        "kind": Transfer.Kind(given["kind"]).label,
        "reason": Transfer.Reason(given["reason"]).label,
        "receiver": given["receiver"] or "",
        "proposed_date": gov_date(given["proposed_date"]),
    }
    return [(str(field.label), shown.get(field.name, given[field.name])) for field in form.visible_fields()]
