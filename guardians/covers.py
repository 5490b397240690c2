"""The verbs of cover: ask a colleague of the service, accept or decline, end it sooner; access follows its dates."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from cases import attempts, grants, log, mail_refusals
from cases.asking import Asked, Refused
from cases.groups import person_group
from cases.models import Child, Membership, Role, User
from cases.moves import isolated, require_open
from cases.states import IllegalMove
from cases.worded import Question
from guardians import within_reach
from guardians.models import GuardianAssignment, GuardianCover, GuardianLeave


def ask(
    assignments: Sequence[GuardianAssignment],
    colleague: User,
    *,
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    at: datetime,
) -> Asked[GuardianCover]:
    """Ask `colleague` to watch over the children of these assignments from `starts_at` until `ends_at`; now at the earliest.

    Of whoever is no guardian of a child's service, is away or unchecked in that time, gets no mail, or covers or was asked
    already, that child is refused, as it is in a closed case, and the others are asked for. Raises NobodyAsked where that
    leaves none, and IllegalMove for whoever asks themself: whether they can is for another person to say.
    """
    starts_at = max(starts_at, at)
    if ends_at <= starts_at:
        raise IllegalMove("Cover ends after it begins.")
    if colleague.pk == by.pk:
        raise IllegalMove("You cannot ask yourself: the guardian or another supervisor asks you.")
    asked = Asked[GuardianCover]()
    with transaction.atomic():
        children = _locked(one.child_id for one in assignments)
        rows = GuardianAssignment.objects.current(at).filter(pk__in=[one.pk for one in assignments])
        standing = rows.select_related("service").in_bulk()
        for one in sorted(assignments, key=lambda row: row.child_id):
            child = children[one.child_id]
            try:
                require_open(child.closed_at)
                if one.pk not in standing:
                    raise IllegalMove("This assignment has ended already.")
                _require_there(standing[one.pk], colleague, starts_at, ends_at, at)
                _require_unasked(child, colleague, starts_at, ends_at, at)
            except IllegalMove as why:
                asked.refused.append(Refused(child, why))
                continue
            cover = GuardianCover(child=child, assignment=one, starts_at=starts_at, ends_at=ends_at)
            cover.covered_by, cover.asked_at, cover.asked_by = colleague, at, by
            cover.save(force_insert=True)
            data = {"colleague": colleague.pk, "from": starts_at.isoformat(), "until": ends_at.isoformat()}
            log.record(child, "guardian_cover_asked", subject=cover, data=data, by=by, at=at)
            asked.covers.append(cover)
        asked.require_somebody()
    return asked


def answer(
    asked: Sequence[GuardianCover], *, accepted: bool, reason: str = "", by: User, at: datetime
) -> list[GuardianCover]:
    """Accept, or decline with a reason: only the colleague who was asked may, and only what waits for an answer.

    Raises IllegalMove otherwise, in a closed case, and where whoever accepts was the one who asked. What was accepted
    opens the children from the day on that it begins.
    """
    if not accepted and not reason.strip():
        raise IllegalMove("Enter why you cannot cover.")
    with transaction.atomic():
        children = _locked(one.child_id for one in asked)
        rows = GuardianCover.objects.waiting(at).filter(pk__in=[one.pk for one in asked], covered_by=by)
        covers = list(rows.select_related("assignment__service").order_by("child"))
        if len(covers) != len(asked) or not covers:
            raise IllegalMove("This cover waits for no answer of yours.")
        for cover in covers:
            require_open(children[cover.child_id].closed_at)
            if accepted and cover.asked_by_id == by.pk:
                raise IllegalMove("You asked for this cover yourself: another person has to accept.")
            if accepted:
                _require_there(cover.assignment, by, max(cover.starts_at, at), cover.ends_at, at)
                cover.starts_at = max(cover.starts_at, at)
            cover.accepted, cover.answered_at, cover.reason = accepted, at, reason.strip()
            cover.save(update_fields=["accepted", "answered_at", "reason", "starts_at"])
            child = children[cover.child_id]
            if accepted:
                grants.give(child, grants.WATCH_OVER, person_group(by.pk))
            data = {"colleague": by.pk, "accepted": accepted, "reason": cover.reason}
            log.record(child, "guardian_cover_answered", subject=cover, data=data, by=by, at=at)
    return covers


def end(cover: GuardianCover, *, reason: str, by: User, at: datetime) -> GuardianCover:
    """End cover sooner, or take back one that waits or has not begun: from now on it opens and closes nothing."""
    with transaction.atomic():
        child = _locked([cover.child_id])[cover.child_id]
        cover = GuardianCover.objects.select_related("covered_by").get(pk=cover.pk)
        if cover.called_off_at is not None or cover.ends_at <= at or cover.accepted is False:
            raise IllegalMove("This cover has ended already.")
        _end(child, cover, reason=reason, by=by, at=at)
    return cover


def end_of(assignment: GuardianAssignment, child: Child, *, reason: str, by: User, at: datetime) -> None:
    """End whatever covers for an assignment that ends; the child is locked."""
    rows = GuardianCover.objects.filter(assignment=assignment, called_off_at=None, ends_at__gt=at)
    for cover in rows.exclude(accepted=False).select_related("covered_by"):
        _end(child, cover, reason=reason, by=by, at=at)


def _end(child: Child, cover: GuardianCover, *, reason: str, by: User, at: datetime) -> None:
    if cover.accepted and cover.starts_at < at:
        cover.ends_at = at
    else:
        cover.called_off_at = at
    cover.save(update_fields=["ends_at", "called_off_at"])
    settle(child, cover.covered_by_id, at=at)
    data = {"colleague": cover.covered_by_id, "reason": reason}
    log.record(child, "guardian_cover_ended", subject=cover, data=data, by=by, at=at)


def settle(child: Child, person_id: int, *, at: datetime) -> None:
    """Take the grant of whoever neither is the child's guardian nor covers or will cover for one; the child is locked."""
    if not Child.objects.filter(watched_by(person_id, at, coming=True), pk=child.pk).exists():
        grants.take(child, grants.WATCH_OVER, person_group(person_id))


def watched_by(person_id: int, at: datetime, *, coming: bool = False) -> Q:
    """Children whom this person watches over at `at`, as guardian or by cover; with cover that is `coming`."""
    assigned = GuardianAssignment.objects.current(at).filter(guardian=person_id)
    covered = GuardianCover.objects.accepted().filter(covered_by=person_id, ends_at__gt=at)
    if not coming:
        covered = covered.filter(starts_at__lte=at)
    return Q(pk__in=assigned.order_by().values("child").union(covered.order_by().values("child")))


def _there(model: Any, who: str) -> Question[Any]:
    return Question(
        lambda ids, at: (
            model.objects.current(at).in_role(at).filter(child__among=ids).select_related(who).order_by("pk")
        )
    )


_TURNS = {
    "guardian": _there(GuardianAssignment, "guardian"),
    "covered_by": _there(GuardianCover, "covered_by"),
}


def watching(child_ids: Collection[int], at: datetime) -> list[tuple[int, User]]:
    """Who watches over each of these children at `at`: the guardians, and then whoever covers for one."""
    found: dict[tuple[int, int], User] = {}
    for who, rows in _TURNS.items():
        for row in rows(child_ids, at):
            found.setdefault((row.child_id, getattr(row, f"{who}_id")), getattr(row, who))
    return [(child_id, person) for (child_id, _), person in found.items()]


def covered_by(user: User, at: datetime) -> list[tuple[int, int]]:
    """For which guardians of which children, by key, `user` covers at `at`."""
    rows = GuardianCover.objects.current(at).in_role(at).filter(covered_by=user)
    return list(rows.values_list("child", "assignment__guardian").order_by("pk"))


def take_ended(*, at: datetime, since: timedelta) -> int:
    """Take the grants of cover that ended by its date in the time `since`; what opens a page is the fact, whenever this runs."""
    ended = GuardianCover.objects.accepted().filter(ends_at__lte=at, ends_at__gt=at - since)

    def take(one: tuple[int, int]) -> int:
        child_id, person_id = one
        with transaction.atomic():
            settle(_locked([child_id])[child_id], person_id, at=at)
        return 1

    return attempts.each(sorted(set(ended.values_list("child", "covered_by"))), take, fault="cover_not_taken")


def _require_unasked(child: Child, colleague: User, since: datetime, until: datetime, at: datetime) -> None:
    # From today on one asking begins some hours later than the one before: whatever lies within another adds nothing.
    waits = GuardianCover.objects.waiting(at).filter(child=child, covered_by=colleague)
    if waits.filter(starts_at__lte=since, ends_at__gte=until).exists():
        raise IllegalMove(
            "%(name)s is asked to cover for this child in that time already.", name=isolated(colleague.name)
        )


def _require_there(
    assignment: GuardianAssignment, colleague: User, since: datetime, until: datetime, at: datetime
) -> None:
    service, names = assignment.service, {"name": isolated(colleague.name)}
    held = Membership.objects.current(at).filter(user=colleague, role=Role.GUARDIAN, service=service)
    if colleague.pk == assignment.guardian_id or not held.exists():
        raise IllegalMove("%(name)s is no other guardian of this service.", **names)
    own = (colleague.pk, service.pk)
    leaves = within_reach.leaves_of([colleague.pk])[own]
    if any(one.child_id is None and one.starts_at < until and _ends(one) > since for one in leaves):
        raise IllegalMove("%(name)s is away in that time.", **names)
    lapse_at = within_reach.checked_until([colleague.pk]).get(own)
    if lapse_at is not None and lapse_at < until:
        raise IllegalMove("The checks of %(name)s lapse before the cover ends.", **names)
    mail_refusals.require_arrives(colleague)
    again = GuardianCover.objects.exclude(accepted=False).filter(
        called_off_at=None, child=assignment.child_id, covered_by=colleague
    )
    if again.filter(starts_at__lt=until, ends_at__gt=since, accepted=True).exists():
        raise IllegalMove("%(name)s covers for this child already in that time.", **names)


def _ends(leave: GuardianLeave) -> datetime:
    return leave.ends_at or datetime.max.replace(tzinfo=UTC)


def _locked(child_ids: Iterable[int]) -> dict[int, Child]:
    """Lock these children in the order in which everybody locks them."""
    return {child.pk: child for child in Child.objects.locked().filter(pk__in=set(child_ids)).order_by("pk")}
