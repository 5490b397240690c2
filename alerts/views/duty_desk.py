"""The duty desk: what asks for a person now, the list that refreshes itself, and what a call brought."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts import (
    death_steps,
    desk,
    duty_tasks,
    escalations,
    home_calls,
    ladder,
    mate_lines,
    police_rung,
    transfer_pages,
    untold_texts,
)
from alerts.desk_rows import Silent
from alerts.forms.duty_tasks import SeenByPhone, TaskDone
from alerts.models import Alert, DutyTask
from alerts.views import pages, transfers
from cases import access, clock, doubted_arrivals, references, rota
from cases.access import Permission
from cases.contacts import Sighting
from cases.forms import repeats
from cases.models import Child, MissingEpisode, User
from cases.moves import SentBefore, isolated
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_clock

# Seconds: a new home to ring is on the screen of whoever watches it before the text has been read.
POLL_EVERY = 15
# Of each list of the desk; a row is a card with all that a call needs.
ROWS = 25
_SENT_BEFORE = gettext_lazy(
    "You have sent this form before, with other words, and those are on record."
    " Record what is new as a contact, on the page of the child."
)


@login_required
@require_safe
def duty_desk(request: HttpRequest) -> HttpResponse:
    """Show the whole desk of the authorities whose duty the person works."""
    left = death_steps.of(access.person(request), now=clock.now())
    return render(request, "alerts/duty_desk.html", _shown(request) | {"death_count": len(left)})


@access.part_of("duty_desk")
@login_required
@require_safe
def duty_desk_list(request: HttpRequest) -> HttpResponse:
    """Show the part that refreshes itself."""
    return render(request, "alerts/duty_list.html", _shown(request))


@login_required
@require_POST
def task_take(request: HttpRequest, task_id: int) -> HttpResponse:
    """ "I am ringing": nobody else is asked to."""
    now = clock.now()
    user = access.person(request)
    task = desk.get_task(user, task_id, at=now)
    home_calls.take_all(desk.same_person(user, task, at=now), by=user, at=now)
    messages.success(request, _("You are ringing. Say here what came of it."))
    return redirect("duty_desk")


@login_required
@require_POST
def task_not_reached(request: HttpRequest, task_id: int) -> HttpResponse:
    """ "Could not reach" is kept and ends nothing: the home stays on the desk and the alert climbs on."""
    now = clock.now()
    user = access.person(request)
    duty_tasks.could_not_reach(desk.get_task(user, task_id, at=now), by=user, at=now)
    messages.info(request, _("Recorded: could not reach. It stays on the desk, and the alert goes on."))
    return redirect("duty_desk")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def task_done(request: HttpRequest, task_id: int) -> HttpResponse:
    """Say what came of a task; it ends no alert."""
    now = clock.now()
    user = access.person(request)
    task = desk.get_task(user, task_id, at=now)
    children = desk.seen_of(user, task, at=now)
    untold = untold_texts.told_to(user, task, at=now)
    about = sorted({*(child.pk for child in children), *(pk for one in untold for pk in one.child_ids)})
    access.put_listed_on_record(user, about, Permission.SEE_RECORD, request=request, at=now)
    form = TaskDone(
        request.POST or None, of_police=police_rung.is_asked(task), of_own_desk=task.is_of_own_desk
    )
    if form.is_valid():
        try:
            tasks = desk.same_person(user, task, at=now)
            home_calls.finish_all(tasks, answer=form.cleaned_data["answer"], by=user, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            goes_on = _("Recorded. The alert itself goes on until it is answered.")
            messages.success(request, _("Recorded.") if task.is_of_end else goes_on)
            return redirect("duty_desk")
    context = {"task": task, "children": children, "untold": untold, "form": form, "now": now}
    return render(request, "alerts/task_done.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home_seen(request: HttpRequest, task_id: int) -> HttpResponse:
    """Record who was seen, as the home said on the phone."""
    now = clock.now()
    user = access.person(request)
    task = desk.get_task(user, task_id, at=now)
    named = request.POST.getlist("children")
    silent = _asked_about(task, user, named, now)
    if not silent and request.method == "POST":
        raise IllegalMove("Nobody is left to ask about here.")
    if not silent:
        messages.info(request, _("Nobody is left to ask about here."))
        return redirect("duty_desk")
    shown = [line.child for line in silent]
    read = [child.pk for child in shown]
    access.put_listed_on_record(user, read, Permission.SEE_RECORD, request=request, at=now)
    moved, others = home_calls.moved(task, shown, at=now), home_calls.not_theirs(user, named, at=now)
    form = SeenByPhone(request.POST or None, silent=silent, moved=moved, not_theirs=others, now=now)
    if form.is_valid():
        try:
            sighting = form.sighting(at=now)
            left = home_calls.record_seen(task, form.seen_children, sighting, by=user, at=now)
            _tell_recorded(request, left, form.seen_children, sighting, now)
        except SentBefore:
            # The task is answered: what is new about a child has its place on the page of that child.
            form.add_error(None, _SENT_BEFORE)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            return redirect("duty_desk")
    context = {
        "task": task,
        "silent": silent,
        "form": form,
        "now": now,
        "phone": task.home.phone if task.home else _phone(silent),
    }
    return render(request, "alerts/home_seen.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def on_it(request: HttpRequest, alert_id: int) -> HttpResponse:
    """ "I am on this" holds the fail-safe of one alert, once."""
    now = clock.now()
    user = access.person(request)
    alert = Alert.objects.select_related("child").filter(pk=alert_id).first()
    # Of no alert as much is asked and written as of another desk's: nobody can tell the two apart.
    reference = alert.child.reference if alert is not None else references.NOBODYS
    access.get_child(user, reference, Permission.VERIFY_POLICE, request=request, at=now)
    if alert is None:
        raise Http404
    escalations.on_it(alert, by=user, at=now)
    words = _("You are on this. The police alert is held until %(time)s, once. Ring the police now.")
    messages.success(request, words % {"time": gov_clock(now + ladder.ON_IT_HOLD)})
    return redirect("duty_desk")


def _shown(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    user = access.person(request)
    found = desk.read(user, now=now)
    page = pages.of(request, range(found.longest), ROWS)
    part = found.part(page.start_index(), page.end_index())
    desk.say_nobody_there(part.homes, now=now)
    access.put_listed_on_record(user, part.shown, Permission.SEE_RECORD, request=request, at=now)
    lines = mate_lines.of(part.mates, reader=user, at=now) if part.mates else {}
    shown = [one.child_id for one in lines.values()]
    access.put_listed_on_record(user, shown, Permission.SEE_EPISODE, request=request, at=now)
    untaken = rota.untaken(access.duty_authorities(user, at=now), at=now)
    ending = rota.ending_in_gap(access.duty_authorities(user, at=now), at=now)
    going = transfer_pages.rows(user, now=now)
    transfers.put_on_record(request, going[: transfers.FIRST], now)
    open_now = [shift for shift in untaken if shift.starts_at <= now]
    in_gap = [shift for shift in ending if shift.ends_at is not None and shift.ends_at <= now]
    doubted = list(doubted_arrivals.at_desk(user, at=now))
    listed = [one.child_id for one in doubted if one.child_id is not None]
    access.put_listed_on_record(user, listed, Permission.SEE_STATUS, request=request, at=now)
    return {
        "desk": found,
        "doubted": doubted,
        "part": part,
        "mates": [(one, lines.get(one.pk)) for one in part.mates],
        "page": page,
        "untaken": untaken,
        "ending": ending,
        "transfers": going[: transfers.FIRST],
        "transfer_count": len(going),
        "now": now,
        "poll_id": "duty",
        "poll_url": pages.again(reverse("duty_desk_list"), page),
        "poll_every": POLL_EVERY,
        "poll_count": found.to_do + len(open_now) + len(in_gap) + len(doubted),
        "poll_marks": " ".join(
            [
                *found.marks,
                *(f"s{shift.pk}" for shift in (*open_now, *in_gap)),
                *(f"d{one.pk}" for one in doubted),
            ]
        ),
        "page_url": reverse("duty_desk"),
    }


def _asked_about(task: DutyTask, user: User, named: Sequence[str], now: datetime) -> list[Silent]:
    """Whom this call is about still, and of whom `user` names somebody who was seen: that stands, whoever was faster."""
    silent = home_calls.silent_children(task, user, at=now)
    told = home_calls.said_of(task, user, named, at=now)
    silent += [line for line in told if line.child not in [other.child for other in silent]]
    return desk.with_nobody_there(silent, now=now)


def _tell_recorded(
    request: HttpRequest, left: int, children: Collection[Child], sighting: Sighting, now: datetime
) -> None:
    """Say of how many nothing is known still, why what was said of others moved no clock, and who is looked for."""
    searched = home_calls.searched(children, at=now)
    messages.success(request, _("Recorded.") if searched and not left else _recorded(left))
    for why in home_calls.why_none(children, sighting, at=now):
        messages.warning(request, why)
    for episode in searched:
        messages.warning(request, _looked_for(episode))


def _looked_for(episode: MissingEpisode) -> str:
    said = _(
        "The police are looking for %(child)s. What you were told is on record, and is no return: ring the home again."
    )
    if episode.reported_seen_at is not None and not episode.seen_contradicted:
        said = _(
            "The police are looking for %(child)s. It is reported seen now: the search goes on until somebody confirms it."
        )
    child = episode.child
    return said % {"child": f"{isolated(child.given_name)} {child.reference}"}


def _recorded(left: int) -> str:
    if not left:
        return _("Recorded. Everybody you were asked about is accounted for.")
    return ngettext(
        "Recorded. %(left)d child of this call is still without a record that counts.",
        "Recorded. %(left)d children of this call are still without a record that counts.",
        left,
    ) % {"left": left}


def _phone(silent: list[Silent]) -> str:
    return next((line.placement.phone for line in silent if line.placement is not None), "")
