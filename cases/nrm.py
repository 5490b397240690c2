"""The verbs of the National Referral Mechanism: refer a child, record a decision, ask for the one that is awaited."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from cases import birthdays, details, log
from cases.deadlines import london_day, midday
from cases.models import Child, FirstResponder, NrmReferral, NrmStep, User
from cases.models.children import Trafficking
from cases.models.nrm import CompetentAuthority
from cases.moves import require_open, require_same
from cases.states import NRM_MOVES, NRM_OPEN, IllegalMove, NrmStatus

# A local panel decides only where the child is further from 18 than this [Home Office, devolved decision-making].
PANEL_BEFORE_18 = timedelta(days=100)
# Who decides about a child; the third is for adults in the hands of immigration enforcement.
OF_CHILDREN = (CompetentAuthority.SCA, CompetentAuthority.PANEL)


@dataclass(frozen=True, kw_only=True)
class Referral:
    """Who referred the child, when, and who is to decide; a reference that is not known yet is empty."""

    first_responder: FirstResponder
    made_by: str
    referred_date: date
    competent_authority: str = CompetentAuthority.SCA
    reference: str = ""
    # Of the child's references as they were when somebody read them; none where nothing was read before.
    version: int | None = None
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def refer(child: Child, referral: Referral, *, by: User, at: datetime) -> NrmReferral:
    """Record that a child was referred: signs of trafficking stand from now on, and the child is watched more closely.

    The same form sent again returns what stands. Raises `IllegalMove` for a day to come, where another referral is open,
    for a panel where the child is within 100 days of 18, for an authority that decides about adults alone, and where
    somebody corrected the reference since it was read.
    """
    _require(child, referral, at)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        reference = referral.reference.strip()
        said = {
            "first_responder": referral.first_responder,
            "made_by": referral.made_by.strip(),
            "competent_authority": referral.competent_authority,
        }
        standing = NrmReferral.objects.filter(key=referral.key).first()
        if standing is not None:
            _require_own(standing, child, by)
            require_same(standing, {**said, "day": referral.referred_date})
            require_same(child, {"nrm_reference": reference} if reference else {})
            return standing
        require_open(child.closed_at)
        if NrmReferral.objects.filter(child=child, status__in=NRM_OPEN).exists():
            raise IllegalMove("A referral is open already. Record what was decided.")
        row = NrmReferral.objects.create(
            key=referral.key,
            child=child,
            referred_at=midday(referral.referred_date, at=at),
            starts_at=at,
            recorded_at=at,
            recorded_by=by,
            **said,
        )
        log.record(
            child,
            "nrm_referred",
            subject=row,
            happened_at=row.referred_at,
            fields={"made_by": row.made_by, "first_responder": row.first_responder.code},
            by=by,
            at=at,
        )
        _say(child, "trafficking", {"trafficking": Trafficking.YES}, by, at)
        if reference and reference != child.nrm_reference:
            _say(child, "references", {"nrm_reference": reference}, by, at, version=referral.version)
    return row


def move(
    referral: NrmReferral,
    status: str,
    *,
    happened_date: date,
    note: str = "",
    key: uuid.UUID | None = None,
    seconded_by: User | None = None,
    by: User,
    at: datetime,
) -> NrmStep:
    """Record a decision or another turn; one that ends the referral ends the closer watch, which takes a second person.

    Raises `IllegalMove` where it cannot follow from what stands, and for a day to come.
    """
    return _step(
        referral, status, day=happened_date, note=note, key=key, seconded_by=seconded_by, by=by, at=at
    )


def ask(
    referral: NrmReferral,
    *,
    asked_date: date,
    answer: str,
    key: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> NrmStep:
    """Record that somebody asked for the decision that is awaited, and what the answer was; it is asked for again later."""
    if not answer.strip():
        raise IllegalMove("Enter whom you asked, and what they answered.")
    return _step(referral, None, day=asked_date, note=answer, key=key, by=by, at=at)


def is_referred(child: Child) -> bool:
    """Whether the child was referred, and nobody has withdrawn it; a reference on record says so too."""
    standing = NrmReferral.objects.filter(child=child).exclude(status=NrmStatus.WITHDRAWN)
    return child.nrm_reference != "" or standing.exists()


def moves(referral: NrmReferral) -> frozenset[str]:
    """What can follow now; of one that is suspended what could follow where it stood, and that itself."""
    lawful = NRM_MOVES[referral.status]
    if referral.status != NrmStatus.SUSPENDED:
        return lawful
    last = referral.steps.filter(status=NrmStatus.SUSPENDED).exclude(before=NrmStatus.SUSPENDED).first()
    stood = last.before if last is not None else NrmStatus.REFERRED
    return lawful & (NRM_MOVES[stood] | {stood})


def _step(
    referral: NrmReferral,
    status: str | None,
    *,
    day: date,
    note: str,
    key: uuid.UUID | None,
    seconded_by: User | None = None,
    by: User,
    at: datetime,
) -> NrmStep:
    """Write a step; without a `status` the one that stands stays."""
    if day > london_day(at):
        raise IllegalMove("The day must be today or in the past.")
    key = key or uuid.uuid4()
    with transaction.atomic():
        child = Child.objects.locked().get(pk=referral.child_id)
        referral = NrmReferral.objects.get(pk=referral.pk)
        standing = NrmStep.objects.filter(key=key).first()
        if standing is not None:
            _require_own(standing, child, by)
            said = {"referral": referral, "note": note.strip(), "day": day, "is_asking": status is None}
            require_same(standing, said | ({} if status is None else {"status": status}))
            return standing
        require_open(child.closed_at)
        _require_follows(referral, status, day)
        wanted = status or referral.status
        if status is not None and wanted not in NRM_OPEN and seconded_by in (None, by):
            raise IllegalMove("This ends the closer watch of an open referral: that needs a second person.")
        row = NrmStep.objects.create(
            key=key,
            referral=referral,
            child=child,
            before=referral.status,
            status=wanted,
            happened_at=midday(day, at=at),
            note=note.strip(),
            recorded_at=at,
            recorded_by=by,
            seconded_by=seconded_by if wanted not in NRM_OPEN else None,
        )
        _turn(referral, wanted, at)
        log.record(
            child,
            "nrm_asked" if status is None else "nrm_decided",
            subject=row,
            data={"from": row.before, "to": row.status},
            happened_at=row.happened_at,
            fields={"note": row.note},
            by=by,
            at=at,
        )
    return row


def _turn(referral: NrmReferral, wanted: str, at: datetime) -> None:
    """Bring the referral to `wanted`; one that is taken up again is open from now on, and not as if it always had been."""
    was_open = referral.is_open
    referral.status = wanted
    if was_open and not referral.is_open:
        referral.ends_at = at
    elif referral.is_open and not was_open:
        referral.starts_at, referral.ends_at = at, None
    referral.save(update_fields=["status", "starts_at", "ends_at"])


def _require(child: Child, referral: Referral, at: datetime) -> None:
    if referral.referred_date > london_day(at):
        raise IllegalMove("The day must be today or in the past.")
    if not referral.made_by.strip():
        raise IllegalMove("Enter who made the referral.")
    if not FirstResponder.objects.on(referral.referred_date).filter(pk=referral.first_responder.pk).exists():
        raise IllegalMove("This organisation could not refer on that day. Select another.")
    if referral.competent_authority not in OF_CHILDREN:
        raise IllegalMove("About a child the Single Competent Authority decides, or a local panel.")
    if referral.competent_authority != CompetentAuthority.PANEL or child.birth_date is None:
        return
    first, _last = birthdays.eighteenth(child.birth_date, child.birth_date_precision)
    if first - referral.referred_date <= PANEL_BEFORE_18:
        raise IllegalMove("A local panel decides only where the child is more than 100 days from 18.")


def _require_follows(referral: NrmReferral, status: str | None, day: date) -> None:
    # A letter may have crossed our asking: only what was decided comes before what is decided next.
    decided = NrmStep.objects.filter(referral=referral).exclude(status=F("before"))
    last = decided.order_by("-happened_at").first() if status is not None else None
    if day < london_day(referral.referred_at if last is None else last.happened_at):
        raise IllegalMove("The day is before the last step that is on record.")
    if status is None:
        if not referral.is_open:
            raise IllegalMove("No decision is awaited any more.")
    elif status not in moves(referral):
        raise IllegalMove(
            "The referral cannot go from “%(current)s” to “%(wanted)s”.",
            current=str(NrmStatus(referral.status).label),
            wanted=str(NrmStatus(status).label),
        )
    others = NrmReferral.objects.filter(child=referral.child_id, status__in=NRM_OPEN).exclude(pk=referral.pk)
    if status in NRM_OPEN and others.exists():
        raise IllegalMove("Another referral is open already. Record there what was decided.")


def _require_own(standing: NrmReferral | NrmStep, child: Child, by: User) -> None:
    if standing.child_id != child.pk or standing.recorded_by_id != by.pk:
        raise IllegalMove("This form was sent for another child.")


def _say(
    child: Child, topic: str, values: dict[str, Any], by: User, at: datetime, *, version: int | None = None
) -> None:
    version = details.version_of(child, topic) if version is None else version
    try:
        details.change(child, values, topic=topic, version=version, by=by, at=at)
    except details.ChangedSince as changed:
        raise IllegalMove(
            "Somebody has changed the references since you opened this page: the NRM reference is now “%(now)s”."
            " Enter the one that is right.",
            now=changed.child.nrm_reference,
        ) from changed
