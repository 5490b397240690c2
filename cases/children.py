"""The verbs of a child: register, grade the risk, allocate, close."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from cases import birth_dates, ended, episodes, going_live, log, references, risk_ends, worker_leaves
from cases.models import (
    Allocation,
    ArrivalGroup,
    Authority,
    BirthDatePrecision,
    Child,
    Journey,
    KeepFrom,
    Membership,
    ReferenceSerial,
    Responsibility,
    Risk,
    RiskGrade,
    Role,
    Team,
    Trafficking,
    Transfer,
    User,
)
from cases.moves import other_words, require_open
from cases.responsibilities import end_work, standing_authority
from cases.search import keys
from cases.signals import children_changed
from cases.states import AgeStatus, EpisodeStatus, IllegalMove
from cases.worded import Question


@dataclass(frozen=True, kw_only=True)
class Details:
    """What is known of a child at registration; everything but the name as heard may be unknown."""

    given_name: str
    arrived_at: datetime
    family_name: str = ""
    script_name: str = ""
    script_language: str = ""
    known_as: str = ""
    said_as: str = ""
    name_order: str = ""
    spellings: list[str] = field(default_factory=list)
    sex: str = "U"
    birth_date: date | None = None
    age_given: int | None = None
    birth_date_precision: str = "day"
    birth_date_basis: str = "stated"
    age_status: str = "none"
    nationality: str = ""
    languages: list[str] = field(default_factory=list)
    interpreter_needed: bool | None = None
    literacy: str = ""
    phone: str = ""
    phone_seen_by: str = ""
    safe_phone: str = ""
    arrival_place: str = ""
    arrival_route: str = ""
    arrival_group: ArrivalGroup | None = None
    found_by: str = ""
    home_office_reference: str = ""
    port_reference: str = ""
    nrm_reference: str = ""
    uucr_reference: str = ""
    authority_reference: str = ""
    police_reference: str = ""
    nhs_number: str = ""
    needs: list[str] = field(default_factory=list)
    needs_note: str = ""
    trafficking: str = "not_asked"
    trafficking_note: str = ""
    risk: str = Risk.UNKNOWN


def register(
    details: Details,
    *,
    authority: Authority,
    team: Team | None = None,
    worker: User | None = None,
    birth_date_source: str = "",
    key: uuid.UUID | None = None,
    for_drill: bool = False,
    by: User,
    at: datetime,
) -> Child:
    """Register a child, with `authority` responsible from this instant; the reference is the next free one.

    Where `birth_date_source` says who or what gives the birth date, that is the first of the child's birth-date claims.
    `key` is the form's own: the same person sending the same form again gets the child that stands. Raises
    `IllegalMove` where the arrival is in the future, the team is another authority's, the key is somebody else's, or
    the age is an adult's, be it assessed or treated as one elsewhere, which takes two people; where the authority has
    ended meanwhile; and while the service is not live: a drill, whose child is nobody, comes before that. The same key
    with other words is `SentBefore`.
    """
    if not for_drill:
        going_live.require()
    if details.arrived_at > at:
        raise IllegalMove("The arrival date must be today or in the past.")
    if details.age_status == AgeStatus.ASSESSED_ADULT:
        raise IllegalMove("An assessed adult is not registered: record the decision of a child that is.")
    if details.age_status == AgeStatus.ADULT_ELSEWHERE:
        raise IllegalMove(
            "Register the age as disputed. That somebody else treats the child as an adult is a decision of two people."
        )
    _own_team(team, authority)
    said = vars(details) | ({"birth_date_source": birth_date_source} if birth_date_source else {})
    with ended.in_words(), transaction.atomic():
        # Registrations wait for each other here, so a form sent twice at once finds its own child.
        serial = _locked_serial(at)
        if key is not None and (standing := Child.objects.filter(key=key).first()):
            return _same_form(standing, said, (team, worker if team else None), by, at)
        child = Child.objects.create(
            key=key or uuid.uuid4(),
            reference=_next_reference(serial),
            risk_since=at,
            registered_at=at,
            registered_by=by,
            **vars(details),
        )
        keys.write_first(child)
        Responsibility.objects.create(child=child, authority=authority, starts_at=at, recorded_by=by)
        RiskGrade.objects.create(child=child, risk=child.risk, since=at, graded_by=by)
        _give_first(child, team, worker, at)
        data: dict[str, Any] = {"authority": authority.code, "team": team.name if team else None}
        data |= {"arrival_group": child.arrival_group_id} if child.arrival_group_id else {}
        log.record(child, "registered", subject=child, data=data, fields=said, by=by, at=at)
        if birth_date_source and child.birth_date is not None:
            birth_dates.put_on_record(child, source=birth_date_source, by=by, at=at)
    return child


def _give_first(child: Child, team: Team | None, worker: User | None, at: datetime) -> None:
    if team is not None:
        worker_leaves.wait_for(worker)
        Allocation.objects.create(child=child, team=team, worker=worker, starts_at=at)


def fill_in(child: Child, answers: Mapping[str, Any], *, by: User, at: datetime) -> Child:
    """Write down what was not asked on arrival; nothing that somebody has answered meanwhile is written over.

    Raises `IllegalMove` where one of `answers` is known already, or there is none.
    """
    if not answers:
        raise IllegalMove("Enter at least one answer.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        if any(not _is_open(child, name) for name in answers):
            raise IllegalMove("Somebody has filled this in meanwhile. Look at the child’s page.")
        for name, value in answers.items():
            setattr(child, name, value)
        child.save(update_fields=list(answers))
        log.record(
            child,
            "details_filled_in",
            subject=child,
            data={"fields": sorted(answers)},
            fields=answers,
            by=by,
            at=at,
        )
    return child


def _is_open(child: Child, name: str) -> bool:
    """Whether nobody has answered this yet; an age in years is no birth date."""
    estimated = child.birth_date_precision == BirthDatePrecision.ESTIMATED
    return {
        "birth_date": child.birth_date is None or estimated,
        "birth_date_precision": child.birth_date is None or estimated,
        "languages": not child.languages,
        "interpreter_needed": child.interpreter_needed is None,
        "needs": not child.needs,
        "trafficking": child.trafficking == Trafficking.NOT_ASKED,
    }.get(name, False)


def set_risk(
    child: Child,
    risk: str,
    *,
    reason: str,
    until: datetime | None = None,
    seconded_by: User | None = None,
    by: User,
    at: datetime,
) -> Child:
    """Grade the risk by hand: once it was assessed it is only raised so, which never waits; the latest assessment lowers it.

    Before that as `grade` says.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        if risk_ends.is_lower(risk, child) and child.assessments.exists():
            raise IllegalMove("The risk was assessed. Only another assessment lowers it.")
        return grade(child, risk, reason=reason, until=until, seconded_by=seconded_by, by=by, at=at)


def grade(
    child: Child,
    risk: str,
    *,
    reason: str,
    until: datetime | None = None,
    seconded_by: User | None = None,
    by: User,
    at: datetime,
) -> Child:
    """Grade the risk; raising never waits, lowering needs a reason, a second person and an end.

    A lower grade holds until `until`, else as long as such a grade may (`risk_ends`); then the one before counts again.
    Our view of a search that runs is raised with it, never lowered.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        if not reason.strip():
            raise IllegalMove("Enter why you chose this grade.")
        lowered = risk_ends.is_lower(risk, child)
        if lowered and (seconded_by is None or seconded_by.pk == by.pk):
            raise IllegalMove("Lowering the risk needs a second person.")
        ends_at = risk_ends.until(risk, until, at=at) if lowered else risk_ends.kept(risk, child)
        before = child.risk
        child.risk, child.risk_since, child.risk_until = risk, at, ends_at
        child.save(update_fields=["risk", "risk_since", "risk_until"])
        signed = {"graded_by": by, "seconded_by": seconded_by}
        RiskGrade.objects.create(child=child, risk=risk, since=at, until=ends_at, reason=reason, **signed)
        log.record(
            child,
            "risk_graded",
            subject=child,
            data={"from": before, "to": risk, "seconded_by": seconded_by.pk if seconded_by else None},
            fields={"risk": risk, "reason": reason, "until": ends_at},
            by=by,
            at=at,
        )
        if not lowered and risk != before:
            episodes.raise_our_view(child, reason=reason, by=by, at=at)
    return child


def allocate(child: Child, *, team: Team, worker: User | None, by: User, at: datetime) -> Allocation:
    """Give the child's work to a team and, where there is one, a social worker."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        _own_team(team, standing_authority(child, at=at))
        worker_leaves.wait_for(worker)
        end_work([child], at=at)
        allocation = Allocation.objects.create(child=child, team=team, worker=worker, starts_at=at)
        data: dict[str, Any] = {"team": team.name, "worker": worker.pk if worker else None}
        log.record(child, "allocated", subject=allocation, data=data, by=by, at=at)
    return allocation


def reassign(
    children: Collection[Child], *, team: Team, worker: User, by: User, at: datetime
) -> list[Allocation]:
    """Give the work of all these children to one social worker of `team`, in one commit; an event for each.

    A child whose work the worker has already is left as it is. Raises `IllegalMove`, and gives none, where the worker
    is no social worker of the team at `at` or is kept from one of the children, where a case is closed, or where
    another authority is responsible.
    """
    with transaction.atomic():
        locked = list(Child.objects.locked().filter(pk__in=[child.pk for child in children]).order_by("pk"))
        worker_leaves.wait_for(worker)
        require_social_worker(worker, team, at)
        for child in locked:
            require_open(child.closed_at)
            _own_team(team, standing_authority(child, at=at))
        require_not_kept_from(worker, locked, at)
        held = Allocation.objects.current(at).filter(child__in=locked)
        theirs = set(held.filter(team=team, worker=worker).values_list("child", flat=True))
        moving = [child for child in locked if child.pk not in theirs]
        end_work(moving, at=at)
        given = Allocation.objects.bulk_create(
            [Allocation(child=child, team=team, worker=worker, starts_at=at) for child in moving]
        )
        data = {"team": team.name, "worker": worker.pk}
        entries = [
            log.Entry(child_id=one.child_id, kind="allocated", subject=one, data=data) for one in given
        ]
        log.record_many(entries, by=by, at=at)
        children_changed.send(sender=None, ids=tuple(child.pk for child in moving), at=at)
    return given


def close(child: Child, *, reason: str, seconded_by: User, by: User, at: datetime) -> Child:
    """Close the case: nobody watches the child any more, so it takes two people.

    Refused while an episode is open, for nothing ends a search by ending the file.
    """
    if seconded_by.pk == by.pk:
        raise IllegalMove("This takes two people: the second is somebody other than you.")
    if not reason.strip():
        raise IllegalMove("Enter why the case is closed.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        if child.episodes.exclude(status=EpisodeStatus.ENDED).exists():
            raise IllegalMove("A case cannot be closed while a missing episode is open.")
        if child.closed_at is not None:
            raise IllegalMove("This case is closed already.")
        if Transfer.objects.open().filter(child=child).exists():
            raise IllegalMove("A transfer of this child is open. Withdraw it first.")
        if Journey.objects.open().filter(child=child).exists():
            raise IllegalMove(
                "A journey of this child is open. Record the hand-over, or break it off, first."
            )
        # Whoever waited for the lock comes with an earlier time than an opening.
        at = max(at, child.reopened_at or at)
        child.closed_at, child.close_reason = at, reason
        child.save(update_fields=["closed_at", "close_reason"])
        data = {"reason": reason, "seconded_by": seconded_by.pk, "second": seconded_by.name}
        log.record(child, "closed", subject=child, data=data, by=by, at=at)
    return child


def _own_team(team: Team | None, authority: Authority) -> None:
    """A team of another authority could not open the child's page: its work would be nobody's."""
    if team is not None and team.authority_id != authority.pk:
        raise IllegalMove(
            "The team must be one of %(authority)s, which is responsible.", authority=authority.said_name
        )


def require_social_worker(worker: User, team: Team, at: datetime) -> None:
    """Raise `IllegalMove` unless `worker` is a social worker of `team`.

    Whoever is not in the team could not open the child's page, and would look after nobody.
    """
    roles = Membership.objects.current(at).filter(user=worker, team=team, role=Role.SOCIAL_WORKER)
    if not roles.exists():
        raise IllegalMove(
            "%(worker)s is no social worker of %(team)s now. Choose somebody else.",
            worker=worker.name,
            team=team.name,
        )


def require_not_kept_from(worker: User, children: Collection[Child], at: datetime) -> None:
    """Raise `IllegalMove` where `worker` is kept from one of these children; the words say nothing of why.

    Who marks somebody as not to be told knows of it, and one senior: a colleague who allocates does not.
    """
    kept = KeepFrom.objects.current(at).filter(user=worker, child__in=children)
    named = sorted(kept.values_list("child__reference", flat=True))
    if named:
        raise IllegalMove(
            "%(worker)s cannot be given %(references)s. Choose somebody else, or ask your head of service.",
            worker=worker.name,
            references=", ".join(named),
        )


def _same_form(
    standing: Child, said: Mapping[str, Any], post: tuple[Team | None, User | None], by: User, at: datetime
) -> Child:
    """The child of this form, if it says what it said: a sister registered on the form of her brother is another."""
    if standing.registered_by_id != by.pk:
        raise IllegalMove("This form was sent by somebody else. Open it anew.")
    rows = Allocation.objects.filter(child=standing).select_related("team", "worker")
    first = rows.order_by("starts_at", "pk").first()
    if said["arrived_at"] == at:
        # A day alone was said, and it is today: the arrival was by now, both times.
        said = {**said, "arrived_at": standing.registered_at}
    same_post = ((first.team, first.worker) if first else (None, None)) == post
    if not (same_post and log.said(standing, "registered", said)):
        raise other_words()
    return standing


def _locked_serial(at: datetime) -> ReferenceSerial:
    if not (known := _SERIAL(at.year)):
        ReferenceSerial.objects.get_or_create(year=at.year)
        known = _SERIAL(at.year)
    return known[0]


_SERIAL = Question(lambda year: ReferenceSerial.objects.select_for_update().filter(year=year))


def _next_reference(serial: ReferenceSerial) -> str:
    """The next reference of the year, in order, skipping serials whose check digit would be ten."""
    reference = None
    while reference is None:
        serial.last += 1
        reference = references.child_reference(serial.year, serial.last)
    serial.save(update_fields=["last"])
    return reference
