"""The verbs of a permitted absence: go out, go away, come back."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from cases import log
from cases.clock import TOLERANCE
from cases.models import (
    HOME_ROLES,
    Absence,
    Child,
    Contact,
    Journey,
    Means,
    Membership,
    Responsibility,
    Role,
    User,
)
from cases.models.contacts import ContactQuerySet
from cases.models.periods import not_over
from cases.models.placements import OUT_AT_MOST
from cases.moves import SentBefore, require_open, require_read, require_same
from cases.states import EpisodeStatus, IllegalMove

# A late return is reported at the plan's time, and after two hours at the most (default escalation policy).
REPORT_AT_MOST = timedelta(hours=2)
# Whoever saw the child so soon after it left has seen it off [proposal]: its back-by stands, and *Back* ends it.
SEEN_OFF = timedelta(minutes=15)
ENDING = ["ends_at", "ended_recorded_at", "ended_by"]
# Whose word is that of a home: while a child is gone, of those alone who saw it in its own (`witnesses`).
OF_HOME = "home:"


@dataclass(frozen=True, kw_only=True)
class Stay:
    """Where a child is meanwhile, with whom, on which phone, until when, and how soon a late return is reported."""

    until: datetime
    place: str = ""
    with_whom: str = ""
    phone: str = ""
    report_after: timedelta | None = None


def sent_before(
    child: Child, stay: Stay, *, kind: str, key: uuid.UUID | None, by: User, at: datetime
) -> Absence | None:
    """The absence that a form of `by` with this key has recorded, where it said the same and the child is still gone.

    Raises `SentBefore` where the child has come back since, whatever it says: the form of before takes nobody out again.
    """
    made = log.keyed(child, "went_out" if kind == Absence.Kind.OUT else "went_away", key, by=by)
    if made is None:
        return None
    standing = Absence.objects.get(pk=made)
    if standing.ends_at is not None:
        raise SentBefore(
            "You have sent this form before, and the child has come back since."
            " Press again to record that the child is gone again."
        )
    try:
        require_same(standing, vars(stay), sent=(standing.starts_at, at))
    except SentBefore:
        # One child is out once: other words are refused as those of any other form are.
        return None
    return standing


def go_out(child: Child, stay: Stay, *, key: uuid.UUID | None = None, by: User, at: datetime) -> Absence:
    """Record that `child` is out until a time, at most 24 hours; the same `key` with the same words is the same absence.

    Raises `SentBefore` for the same key where the child has come back since.
    """
    if stay.until > at + OUT_AT_MOST:
        raise IllegalMove("Out lasts at most 24 hours. Record a longer absence as away with permission.")
    return _leave(child, stay, kind=Absence.Kind.OUT, agreed_by=None, key=key, by=by, at=at)


def unseen_since(child: Child, *, at: datetime) -> datetime | None:
    """When the first outing before `at` began since whose beginning nobody is on record as having seen the child.

    None where somebody is, or where the child has not been out: face to face, by somebody who knows the face and from
    whom the child is not kept. A search that people ended began anew too.
    """
    seen = _believed(child).filter(knows_child=True, happened_at__lte=at)
    ended = child.episodes.exclude(ended_at=None).exclude(ended_by=None)
    lasts = [
        seen.order_by("-happened_at").values_list("happened_at", flat=True).first(),
        ended.order_by("-ended_at").values_list("ended_at", flat=True).first(),
    ]
    out = Absence.objects.filter(child=child, kind=Absence.Kind.OUT, starts_at__lt=at)
    for last in filter(None, lasts):
        out = out.filter(starts_at__gt=last)
    return out.order_by("starts_at").values_list("starts_at", flat=True).first()


def go_away(
    child: Child, stay: Stay, *, agreed_by: User, key: uuid.UUID | None = None, by: User, at: datetime
) -> Absence:
    """Record that `child` is away with permission until a time: it lowers a guard, so two people say so.

    `agreed_by` is a worker or manager of the responsible authority, never the home. The adult named confirms each
    day, by 22:30, that the child is there (default escalation policy, "Where is the child"). The key is as for out.
    A bed that was kept for a day with the end of a search is kept until then: nobody has to say that the child is back.
    """
    if not stay.place.strip():
        raise IllegalMove("Enter the address where the child stays.")
    if not stay.with_whom.strip():
        raise IllegalMove("Enter the adult there who confirms each day that the child is there.")
    if not stay.phone.strip():
        raise IllegalMove("Enter the phone on which that adult is reached.")
    if agreed_by.pk == by.pk:
        raise IllegalMove("This takes two people: the second is somebody other than you.")
    return _leave(child, stay, kind=Absence.Kind.AWAY, agreed_by=agreed_by, key=key, by=by, at=at)


def require_ahead(until: datetime, at: datetime) -> None:
    """Raise `IllegalMove` for a time to be back that is no time to come."""
    if until <= at:
        raise IllegalMove("The time to be back must be in the future.")


def _leave(
    child: Child,
    stay: Stay,
    *,
    kind: str,
    agreed_by: User | None,
    key: uuid.UUID | None,
    by: User,
    at: datetime,
) -> Absence:
    require_ahead(stay.until, at)
    if stay.report_after is not None and not timedelta(0) <= stay.report_after <= REPORT_AT_MOST:
        raise IllegalMove("A late return must be reported within 2 hours.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        standing = sent_before(child, stay, kind=kind, key=key, by=by, at=at)
        if standing is not None and standing.agreed_by == agreed_by:
            return standing
        if agreed_by is not None:
            require_may_agree(child, agreed_by, at=at)
        kept = kept_bed(child, at=at) if kind == Absence.Kind.AWAY else None
        if kept is not None:
            kept.ends_at, kept.ended_recorded_at, kept.ended_by = at, at, by
            kept.save(update_fields=ENDING)
        if Absence.objects.filter(not_over(at), child=child).exists():
            raise IllegalMove("This child is out already. Record the return first.")
        if child.episodes.exclude(status=EpisodeStatus.ENDED).exists():
            raise IllegalMove("A missing episode is open.")
        absence = Absence.objects.create(
            child=child, kind=kind, **vars(stay), starts_at=at, agreed_by=agreed_by, recorded_by=by
        )
        log.record(
            child,
            "went_out" if kind == Absence.Kind.OUT else "went_away",
            subject=absence,
            data={"until": stay.until.isoformat()}
            | ({"agreed_by": agreed_by.pk} if agreed_by else {})
            | ({"once": str(key)} if key else {}),
            fields={"place": stay.place, "with_whom": stay.with_whom, "phone": stay.phone},
            by=by,
            at=at,
        )
    return absence


def kept_bed(child: Child, *, at: datetime) -> Absence | None:
    """The day for which a bed is kept since the child's search ended, while it is not over.

    Once it is, whoever prolongs it would end what climbs because nobody knows where the child is: somebody sees it first.
    """
    ends = child.episodes.filter(status=EpisodeStatus.ENDED, ended_at__lt=at).values("ended_at")
    out = Absence.objects.current(at).filter(child=child, kind=Absence.Kind.OUT, until__gt=at)
    return out.filter(starts_at__in=ends).first()


def require_may_agree(child: Child, person: User, *, at: datetime) -> None:
    """The child's responsible authority agrees, by a worker or a manager of its own; raises `IllegalMove` for others."""
    responsible = Responsibility.objects.at(at).filter(child=child).values("authority")
    held = Membership.objects.current(at).filter(
        user=person, role__in=(Role.SOCIAL_WORKER, Role.TEAM_MANAGER), team__authority__in=responsible
    )
    if not held.exists():
        raise IllegalMove("A worker or manager of the responsible authority agrees to it, not the home.")


def come_back(
    child: Child, *, back_at: datetime, stood: int | None = None, by: User, at: datetime
) -> Absence | None:
    """Record the return of a child who is out or away; nothing to do when nobody is.

    A time up to five minutes ahead is read as now; later, or before the child went, raises `IllegalMove`; `Overtaken`
    where the child is out by another than the one that was read, by its key `stood`, 0 for none.
    """
    if back_at > at + TOLERANCE:
        raise IllegalMove("The time of the return must be now or in the past.")
    back_at = min(back_at, at)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        current = Absence.objects.filter(child=child, ends_at=None).first()
        if current is not None:
            require_read(stood, current.pk)
        absence = end_current(child, back_at=back_at, by=by, at=at)
        if absence is None and current is not None:
            raise IllegalMove("The return must be after the child went.")
        if absence is not None:
            log.record(child, "came_back", subject=absence, happened_at=back_at, by=by, at=at)
    return absence


def end_current(
    child: Child, *, back_at: datetime, seen: Contact | None = None, by: User | None, at: datetime
) -> Absence | None:
    """End the locked child's absence at `back_at` where it had begun by then; `at` is when that is written.

    A sighting by which it would end is not to be of the departure itself nor, by name, the word of somebody from whom
    the child is kept.
    """
    begun = {"starts_at__lt": back_at} if seen is None else {"starts_at__lte": back_at - SEEN_OFF}
    absence = Absence.objects.current(at).filter(child=child, **begun).first()
    if absence is not None and seen is not None and _is_disbelieved(child, seen):
        return None
    if absence is not None:
        absence.ends_at, absence.ended_recorded_at, absence.ended_by = back_at, at, by
        absence.save(update_fields=ENDING)
    return absence


def is_return(contact: Contact) -> bool:
    """Whether somebody of the child's own home stood before it there: what a host says where the child stays ends nothing."""
    at_home = contact.witness_role in HOME_ROLES and contact.organisation.startswith(OF_HOME)
    return at_home and contact.means == Means.FACE_TO_FACE


def is_gone(child: Child, *, at: datetime) -> bool:
    """Whether `child` is out or away, so that whoever saw it may have done so elsewhere than at home."""
    return left_at(child, at=at) is not None


def left_at(child: Child, *, at: datetime) -> datetime | None:
    """Since when `child` is out or away; None where it is not."""
    return gone_since([child.pk], at=at).get(child.pk)


def gone_since(child_ids: Collection[int], *, at: datetime) -> dict[int, datetime]:
    """The same of each of these children who is gone, in one question."""
    gone = Absence.objects.current(at).filter(child__in=child_ids)
    return dict(gone.values_list("child_id", "starts_at"))


def end_way(child: Child, *, until: datetime | None, by: User | None, at: datetime) -> None:
    """End the absence by which the locked child is on its way to another authority and expected there at `until`.

    Also where that was written after the sighting, or the arrival, by which it is over.
    """
    way = Absence.objects.current(at).filter(child=child, until=until) if until is not None else None
    if way is not None and way.exists():
        end_current(child, back_at=at, by=by, at=at)


def resume_way(child: Child, *, until: datetime | None) -> bool:
    """Whether the locked child is on its way again, or still, and was expected at `until`: the arrival was not its own.

    What has been seen of it at home, or from then on, ends the way as after a withdrawal.
    """
    if until is None:
        return False
    out = Absence.objects.filter(child=child, kind=Absence.Kind.OUT, until=until)
    way = out.order_by("-starts_at").first()
    if way is None:
        return False
    if way.ends_at is not None and _go_on(child, way, way.ends_at) is None:
        return False
    return way.ends_at is None


def reopen(child: Child, *, ended_at: datetime) -> Absence | None:
    """After a withdrawal in the locked child's record: an absence that this sighting had ended goes on.

    It ends with the next sighting at home that stands, or by an escort whom the child goes with, or with any face to face
    from its back-by on, where there is one, and with the first search since that people ended; an absence that another
    followed stays as it was.
    """
    absence = Absence.objects.filter(child=child, ends_at=ended_at, starts_at__lt=ended_at).first()
    return None if absence is None else _go_on(child, absence, ended_at)


def disbelieve(child: Child, person: User) -> Absence | None:
    """After a mark that keeps the locked child from `person`: the latest absence that ended on their word goes on."""
    absence = Absence.objects.filter(child=child).order_by("-starts_at").first()
    if absence is None or absence.ends_at is None:
        return None
    seen = Contact.objects.seen().filter(child=child, happened_at=absence.ends_at)
    by_name = Q(pk__in=Contact.objects.disbelieved(child))
    of_theirs = seen.filter(Q(witness_user=person) | Q(recorded_by=person) | by_name)
    if absence.ended_by_id != person.pk and not of_theirs.exists():
        return None
    return _go_on(child, absence, absence.ends_at)


def _go_on(child: Child, absence: Absence, ended_at: datetime) -> Absence | None:
    if Absence.objects.filter(child=child, starts_at__gte=ended_at).exists():
        return None
    seen = _believed(child).filter(happened_at__gte=ended_at)
    at_home = Q(witness_role__in=HOME_ROLES, organisation__startswith=OF_HOME)
    at_home &= Q(happened_at__gte=absence.starts_at + SEEN_OFF)
    at_home |= Q(happened_at__gte=absence.until)
    goes = Q(confirmation__isnull=False) & ~Q(confirmation__stop__journey__kind=Journey.Kind.OTHER)
    following = seen.filter(at_home | goes).order_by("happened_at").first()
    ends = [(following.happened_at, following.recorded_at, following.recorded_by)] if following else []
    # Whoever was looked for since is out with nobody's leave: as with the end of a search in the first place.
    searches = child.episodes.filter(ended_at__gte=ended_at).exclude(ended_by=None)
    search = searches.select_related("ended_by").order_by("ended_at").first()
    if search is not None and search.ended_at is not None:
        ends.append((search.ended_at, search.ended_at, search.ended_by))
    absence.ends_at, absence.ended_recorded_at, absence.ended_by = min(
        ends, key=lambda end: end[0], default=(None, None, None)
    )
    absence.save(update_fields=ENDING)
    return absence


def _believed(child: Child) -> ContactQuerySet:
    """The sights of the child face to face that stand and are the word of nobody from whom the child is kept."""
    return Contact.objects.seen().believed([child.pk]).filter(means=Means.FACE_TO_FACE)


def _is_disbelieved(child: Child, seen: Contact) -> bool:
    return Contact.objects.disbelieved(child).filter(pk=seen.pk).exists()
