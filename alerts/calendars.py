"""Everything that is due by when for some children, from all clocks of paper and of what people owe: overdue first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Case, DateTimeField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Greatest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts import paper_words
from alerts.after import DEFAULT_RULES as AFTER_RULES
from alerts.duties import DEFAULT_RULES, WRITTEN_WITHIN, Duty
from alerts.models import Clock, DutyStep
from alerts.paper_rules import LIMITED
from alerts.paperwork import HELD, Paper
from alerts.profiles import name_of
from alerts.schedule import Step
from alerts.transfer_ladder import Owed
from cases import holidays, reads, review_dates
from cases.deadlines import london_day
from cases.models import (
    Child,
    ManagerCover,
    MissingReview,
    Nation,
    PlanAction,
    Responsibility,
    User,
    WorkerCover,
)
from cases.moves import isolated
from guardians import owed
from guardians.models import CouncilConcern

# So many stand on a first page; the calendar has all.
FIRST = 5
# Of an episode what is owed in days, or by one: what is owed in hours stands on its page, and people are rung of it.
_IN_DAYS = {
    rule.duty
    for rule in (*DEFAULT_RULES, *AFTER_RULES)
    if rule.working_days is not None or rule.after >= timedelta(days=1)
}
_BY_A_DAY = {Duty.BED_KEPT, Duty.TURNED_18}
# The risk is assessed anew after a return by a paper of its own, which is due no later.
OF_EPISODE = tuple(sorted(duty.value for duty in (_IN_DAYS | _BY_A_DAY) - {Duty.RISK_AGAIN}))
# Where each paper is recorded.
PAPERS: Mapping[str, str] = {
    Paper.FIRST_ASSESSMENT: "assessment_new",
    Paper.ASSESSMENT: "assessment_new",
    Paper.CHECKLIST: "child_due",
    Paper.FIRST_PROFILE: "child_profile",
    Paper.PROFILE: "child_profile",
    Paper.VISIT: "visit_new",
    Paper.HOST_NOTICE: "host_notice_new",
    **dict.fromkeys((Paper.NOTICE_AHEAD, Paper.APPROVAL_AHEAD, Paper.PLANNED_PLACE), "planned_placement"),
    Paper.HANDOVER: "transfer",
    Paper.APPROVAL: "placement_approval",
    Paper.DECISION: "placement_approval",
    Paper.REFUSED: "placement_new",
    Paper.ROOM: "room_review",
    Paper.SIGN_OFF: "risk_assessments",
    Paper.NRM_REFERRAL: "nrm",
    Paper.NRM_GROUNDS: "nrm",
    Paper.NRM_CONCLUSIVE: "nrm",
    Paper.COVER: "child_people",
    Paper.AWAY: "child_people",
    Paper.NOWHERE: "placement_new",
    Paper.TOO_YOUNG: "placement_new",
    Paper.UNKEPT: "placement_staffing",
    Paper.SUPERVISION: "child_supervisions",
    Paper.GUARDIAN_CHECK: "child_people",
    Paper.GUARDIAN_STAYS: "guardian_look",
    Paper.NEXT_PLACE: "placement_next",
    **dict.fromkeys(LIMITED, "legal"),
    Paper.ADVISER: "leaving_care",
    Paper.REVIEWING_OFFICER: "child_people",
    Paper.VISIT_ASKED: "visit_new",
    Paper.MEETING: "meeting_list",
    Paper.PLAN: "plan",
    Paper.ACTION: "plan",
    Paper.SHORTFALL: "plan",
    Paper.UNOWNED: "plan",
    Paper.SAID_DONE: "plan",
}
GUARDIAN: Mapping[str, Promise] = {
    "left": _("Assign another guardian"),
    "cover": _("Find cover for the guardian"),
    "referral": _("Refer for a guardian, or assign one"),
    "answer": _("Answer of the guardian service"),
    "assigned": _("Assign a guardian"),
    "declined": _("Name who stands in for a guardian, or refer to another service"),
    "fallback": _("Name who stands in for a guardian"),
    "review": _("Look again why there is no guardian"),
}
# A child who is looked for stands with the search.
TRANSFER: Mapping[str, Promise] = {
    Owed.PENDING: _("End of the transfer to another authority"),
    Owed.REPLY: _("Answer of the other authority to the offer"),
    Owed.DECLINED: _("Transfer was declined: ask another authority"),
    Owed.SHARED: _("What is known of the child to be with the other authority, before the move"),
    Owed.DEPARTURE: _("Day of the move: say that the child has left, or agree on another"),
    Owed.ARRIVAL: _("Arrival at the other authority to be confirmed"),
}
_PAGES: Mapping[str, str] = {
    Clock.Kind.GUARDIAN: "child_people",
    Clock.Kind.NO_WORKER: "child_people",
    Clock.Kind.TRANSFER: "transfer",
    Clock.Kind.CONTACT: "visit_new",
}
# The others are answered, each in its way, from the list of steps on the page of the episode.
_STEPS: Mapping[str, str] = {Duty.RETURN_INTERVIEW: "return_interview"}
# Of which a child has one at a time.
_ALONE: Mapping[str, Promise] = {
    Clock.Kind.CONTACT: _("Visit to the child, treated as an adult elsewhere"),
    Clock.Kind.NO_WORKER: _("Social worker to be assigned"),
}
# The window of a child who is treated as an adult elsewhere: a visit in one working day, and then each week.
ELSEWHERE = "elsewhere"
# What is due by a day is due by its end, which is the next day's first instant.
BEFORE_ITS_END = timedelta(seconds=1)


@dataclass(frozen=True)
class Entry:
    """One thing that is due: of which child, what it is, by when, and where it is recorded."""

    child: Child
    what: str
    due_at: datetime
    # The last working day on which it can still be done in time.
    day: date
    href: str
    mark: tuple[datetime, int]
    # "by" an instant, or "at" it: what comes whether or not anybody does something; "" of what is held at it.
    kind: str = "by"
    # Of what is held then: from when its record is late.
    late_from: datetime | None = None
    # Of a child who is to come by transfer: whoever reads it may not open the child's page yet.
    is_awaited: bool = False

    @property
    def name(self) -> str:
        return name_of(self.child)

    def is_late(self, now: datetime) -> bool:
        return (self.late_from or self.due_at) <= now


@dataclass(frozen=True)
class Group:
    """What is overdue, or to be done by the end of one working day."""

    day: date | None
    entries: Sequence[Entry]


# A review is named by its kind and its London day.
_DAY = "to_timestamp(split_part(%(expressions)s, ':', 2), 'YYMMDD')"


def rows_of(child_ids: Any) -> QuerySet[Clock]:
    """The clocks of these children on which something is due, by when it is; a review by its day, not by its reminder.

    A step that is booked by its booking, and an answer to an offer by its last day, not by the day of the offer.
    """
    step = DutyStep.objects.filter(episode=OuterRef("episode"), kind=OuterRef("duty"))
    owed_at = step.annotate(owed=Greatest("due_at", "booked_for")).values("owed")[:1]
    answer_by = Cast(KeyTextTransform(Step.R1.value, "steps"), DateTimeField())
    falls_at = Case(
        When(kind=Clock.Kind.REVIEW, then=Func(F("duty"), template=_DAY)),
        When(kind=Clock.Kind.DUTY, then=Coalesce(Subquery(owed_at), F("due_at"))),
        When(kind=Clock.Kind.TRANSFER, duty=Owed.REPLY, then=Coalesce(answer_by, F("due_at"))),
        default=F("due_at"),
        output_field=DateTimeField(),
    )
    papers = Clock.objects.filter(kind__in=(Clock.Kind.PAPERWORK, Clock.Kind.GUARDIAN, Clock.Kind.REVIEW))
    steps = Clock.objects.filter(kind=Clock.Kind.DUTY, duty__in=OF_EPISODE)
    transfers = Clock.objects.filter(kind=Clock.Kind.TRANSFER, duty__in=list(TRANSFER))
    # Of contact this alone is a day in somebody's diary: roll-calls stand on Today.
    visits = Clock.objects.filter(kind=Clock.Kind.CONTACT, window=ELSEWHERE)
    papers |= transfers | visits | Clock.objects.filter(kind=Clock.Kind.NO_WORKER)
    rows = (papers | steps).filter(child__in=child_ids, due_at__isnull=False, child__closed_at=None)
    return (
        rows.annotate(falls_at=falls_at, booked_for=Subquery(step.values("booked_for")[:1]))
        .select_related("child", "episode__child")
        .order_by("falls_at", "pk")
    )


def promised_by(user: User, children: QuerySet[Child], *, at: datetime) -> QuerySet[Clock]:
    """The clocks of what `user` promised to do in the plans of these children, whoever works with them.

    And of what somebody promised who is away, while `user` covers for them: with this child, or in a manager's post.
    """
    worked = WorkerCover.objects.holding(at).filter(covered_by=user, leave__worker=OuterRef("owner"))
    here = Responsibility.objects.at(at).filter(child=OuterRef(OuterRef("child"))).values("authority")
    posts = ManagerCover.objects.holding(at).filter(covered_by=user, membership__user=OuterRef("owner"))
    theirs = Q(owner=user) | Q(Exists(worked.filter(child=OuterRef("child"))))
    theirs |= Q(Exists(posts.filter(membership__team__authority__in=here)))
    own = PlanAction.objects.open().filter(theirs, child__in=children.values("pk"))
    papers = {True: Paper.ACTION.value, False: Paper.SHORTFALL.value}
    names = [f"{papers[held is None]}:{pk}" for pk, held in own.values_list("pk", "placement")]
    return Clock.objects.filter(kind=Clock.Kind.PAPERWORK, duty__in=names)


def promises(children: Any, *, after: str = "", until: datetime | None = None) -> list[Entry]:
    """What the council promised the guardians of these children and nobody has closed, between two marks of the clocks.

    Each stands once, on the page of the calendar in whose span its day falls; `until` None for the last page.
    """
    rows = CouncilConcern.objects.promised().filter(child__in=children, child__closed_at=None)
    if after:
        rows = rows.filter(due_at__gt=reads.read_mark(after)[0])
    if until is not None:
        rows = rows.filter(due_at__lte=until)
    return _promises(rows)


def owed_to(user: User, child_ids: Collection[int], *, now: datetime) -> list[Entry]:
    """What the council promised of these children to `user`, or to whoever was their guardian before, soonest first."""
    return _promises(owed.owed_to(user, child_ids, at=now)) if child_ids else []


def _promises(rows: QuerySet[CouncilConcern]) -> list[Entry]:
    found = list(rows.select_related("child").order_by("due_at", "pk"))
    nations = _nations({row.child_id for row in found}) if found else {}
    return [_promise(row, nations) for row in found]


def _promise(row: CouncilConcern, nations: Mapping[int, str]) -> Entry:
    due_at = row.due_at or row.recorded_at
    day = last_working_day(due_at, _days_off(row.child_id, nations))
    what = gettext("Promised to the guardian by %(name)s") % {"name": isolated(row.promised_by)}
    href = reverse("council_concerns", args=[row.child.reference])
    return Entry(row.child, what, due_at, day, href, mark=(due_at, row.pk))


def _days_off(child_id: int, nations: Mapping[int, str]) -> Collection[date]:
    return holidays.of(holidays.calendar_of(nations.get(child_id, Nation.ENGLAND)))


def page(rows: QuerySet[Clock], *, after: str = "", size: int) -> tuple[list[Entry], str]:
    """One page of entries behind the mark `after`, and the mark from which later ones go on; in three questions.

    `ValueError` for a mark that is none of ours.
    """
    if after:
        moment, key = reads.read_mark(after)
        rows = rows.filter(Q(falls_at__gt=moment) | Q(falls_at=moment, pk__gt=key))
    found = list(rows[: size + 1])
    shown = entries(found[:size])
    return shown, reads.mark_of(*shown[-1].mark) if len(found) > size else ""


def papers_by(child_ids: Collection[int], *, until: datetime) -> list[Entry]:
    """The first papers of these children that are due by `until`; the other lists have the rest of the calendar."""
    rows = rows_of(child_ids).filter(Q(falls_at__lte=until), kind=Clock.Kind.PAPERWORK)
    return entries(list(rows[:FIRST])) if child_ids else []


def checks_of(child_ids: Collection[int]) -> list[Entry]:
    """By when a guardian is to check on each of these children, soonest first, as whoever watches over them reads it."""
    rows = rows_of(child_ids).filter(kind=Clock.Kind.PAPERWORK, duty=Paper.GUARDIAN_CHECK)
    found = entries(list(rows)) if child_ids else []
    return [replace(one, href=reverse("child", args=[one.child.reference])) for one in found]


def entries(clocks: Sequence[Clock]) -> list[Entry]:
    """These clocks as entries, in their order; one question for the nations of the children, one for what was promised."""
    nations = _nations({clock.child_id for clock in clocks})
    promised = _promised(clocks)
    found = []
    for clock in clocks:
        falls_at: datetime = clock.falls_at  # type: ignore[attr-defined]
        due_at = _reviewed_by(clock) or falls_at
        day = last_working_day(due_at, _days_off(clock.child_id, nations))
        entry = Entry(
            clock.child, _what(clock, promised), due_at, day, _href(clock), mark=(falls_at, clock.pk)
        )
        booked_for: datetime | None = clock.booked_for  # type: ignore[attr-defined]
        if clock.kind == Clock.Kind.PAPERWORK and paper_words.paper_of(clock.duty) == Paper.MEETING:
            booked_for = falls_at
        if booked_for is not None:
            # Nobody writes during a meeting.
            entry = replace(entry, kind="", late_from=max(falls_at, booked_for + WRITTEN_WITHIN))
        found.append(entry)
    return found


def paper_due(child: Child, *papers: Paper) -> datetime | None:
    """By when the first of these papers is due for the child; None where none is."""
    rows = Clock.objects.filter(child=child, kind=Clock.Kind.PAPERWORK, duty__in=papers, due_at__isnull=False)
    return rows.order_by("due_at").values_list("due_at", flat=True).first()


def groups(found: Iterable[Entry], now: datetime) -> list[Group]:
    """What is overdue as one group, then one for each working day; within each as it was given."""
    found = list(found)
    late = [entry for entry in found if entry.is_late(now)]
    ordered = sorted((entry for entry in found if not entry.is_late(now)), key=lambda entry: entry.day)
    grouped = [Group(None, late)] if late else []
    return grouped + [Group(day, list(own)) for day, own in groupby(ordered, key=lambda entry: entry.day)]


def last_working_day(due_at: datetime, days_off: Collection[date]) -> date:
    """The London day that has `due_at` in it or ends with it, or the last working day before where nobody works then."""
    day = london_day(due_at - BEFORE_ITS_END)
    while day.weekday() >= 5 or day in days_off:
        day -= timedelta(days=1)
    return day


def _nations(child_ids: Collection[int]) -> dict[int, str]:
    rows = (
        Responsibility.objects.filter(child__in=child_ids).order_by("child", "-starts_at").distinct("child")
    )
    return dict(rows.values_list("child", "authority__nation"))


def _reviewed_by(clock: Clock) -> datetime | None:
    """The very instant of a review, of which its name knows the day."""
    episode = clock.episode
    if clock.kind != Clock.Kind.REVIEW or episode is None or episode.counts_from is None:
        return None
    coming = review_dates.coming(episode.counts_from)
    return next(one.due_at for one in coming if one.key == clock.duty)


def _promised(clocks: Sequence[Clock]) -> dict[str, str]:
    """What is to be done of each promise among these clocks, by the clock's name."""
    papers = [clock.duty for clock in clocks if clock.kind == Clock.Kind.PAPERWORK and ":" in clock.duty]
    keys = {duty: duty.partition(":")[2] for duty in papers}
    rows = PlanAction.objects.filter(pk__in=keys.values()) if keys else PlanAction.objects.none()
    found = {str(pk): what for pk, what in rows.values_list("pk", "what")}
    return {duty: found[key] for duty, key in keys.items() if key in found}


def _what(clock: Clock, promised: Mapping[str, str]) -> str:
    if clock.kind == Clock.Kind.PAPERWORK:
        title = str(paper_words.TITLES[paper_words.paper_of(clock.duty)])
        what = promised.get(clock.duty)
        return gettext("%(paper)s: %(what)s") % {"paper": title, "what": isolated(what)} if what else title
    if clock.kind == Clock.Kind.REVIEW:
        return str(MissingReview.Kind(review_dates.parsed(clock.duty)[0]).label)
    if clock.kind == Clock.Kind.GUARDIAN:
        return str(GUARDIAN[clock.window])
    if clock.kind == Clock.Kind.TRANSFER:
        return str(TRANSFER[clock.duty])
    if clock.kind in _ALONE:
        return str(_ALONE[clock.kind])
    return str(DutyStep.Kind(clock.duty).label)


def _href(clock: Clock) -> str:
    """Where it is recorded."""
    if clock.episode is not None:
        name = "episode_review" if clock.kind == Clock.Kind.REVIEW else _STEPS.get(clock.duty, "episode")
        return reverse(name, args=[clock.episode.reference]) + ("#steps" if name == "episode" else "")
    if clock.duty in HELD:
        return reverse("held_new", args=[clock.child.reference, clock.duty])
    name = _PAGES.get(clock.kind) or PAPERS[paper_words.paper_of(clock.duty)]
    return reverse(name, args=[clock.child.reference])
