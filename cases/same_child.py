"""The verbs of two records that are of one child: say it, confirm it by another person, and undo it; neither is ended."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from cases import access, carried, escorts, links, restrictions
from cases.access import Permission
from cases.links import Claim
from cases.models import Child, ChildLink, Contact, KeepFrom, MissingEpisode, User
from cases.states import IllegalMove

logger = structlog.get_logger(__name__)

SAME, Check = ChildLink.Kind.SAME, ChildLink.Check
# What is withdrawn is withdrawn with the other record by the next tick; a day is for one that failed.
WITHDRAWN_LATELY = timedelta(days=1)


def say(child: Child, other: Child, claim: Claim, *, by: User, at: datetime) -> ChildLink:
    """Say that both records may be of one child: a claim, until another person has confirmed it.

    Raises `IllegalMove` as `links.say` does, for a drill and a child, and where one is said to be a danger to the other.
    """
    if child.is_drill != other.is_drill:
        raise IllegalMove("One of the two is a drill.")
    if claim.may_be_danger:
        raise IllegalMove("One child is no danger to itself: say so of two children.")
    return links.say(child, other, claim, by=by, at=at)


def check(link: ChildLink, *, result: str, how: str, by: User, at: datetime) -> ChildLink:
    """Confirm it as a second person who may read both records, or find that it is not so, as anybody may alone.

    Confirmed, whoever is looked for under one of them is reported seen by what the other says since; found not so, that
    is withdrawn. No search ends by either. Raises `IllegalMove`.
    """
    if result == Check.CONFIRMED and not _may_read_both(link, by, at):
        raise IllegalMove("Whoever confirms this may read both records.")
    return _check(link, result=result, how=how, by=by, at=at)


def agree(child: Child, other: Child, *, said_by: str, asked_by: User, by: User, at: datetime) -> ChildLink:
    """The desk of another council confirms of its own record `other` what `asked_by` said of `child` when asking.

    Each of the two answers for their own record and reads nothing of the other. Raises `IllegalMove`.
    """
    first, second = sorted((child.pk, other.pk))
    with transaction.atomic():
        row = ChildLink.objects.filter(child=first, other=second, kind=SAME).first()
        if row is None:
            row = say(child, other, Claim(kind=SAME, said_by=said_by), by=asked_by, at=at)
        if row.check_result == Check.CONFIRMED:
            return row
        return _check(row, result=Check.CONFIRMED, how="The desk that was asked says so", by=by, at=at)


def follow(*, now: datetime) -> None:
    """Of confirmed pairs report whoever is looked for seen by the other record, and withdraw what that withdrew.

    One that fails is reported and stops no other.
    """
    _tell_apart_again(now)
    pairs = _confirmed().filter(pk__in=_to_follow(now), child__closed_at=None, other__closed_at=None)
    for link in pairs.select_related("child", "other").order_by("pk"):
        try:
            # Each tick asks without a lock first: of most there is nothing new.
            if carried.is_withdrawn(link) or (_may_carry(link, now) and carried.is_seen(link)):
                _follow(link, at=now)
        except Exception:
            logger.exception("same_child_not_followed", link=link.pk)


def _tell_apart_again(now: datetime) -> None:
    """Take back what is confirmed beside a danger: it was so before a danger took the confirmation back, and goes on nowhere."""
    beside = _confirmed().filter(child=OuterRef("child"), other=OuterRef("other"))
    dangers = ChildLink.objects.filter(Exists(beside), may_be_danger=True)
    dangers = dangers.filter(child__closed_at=None, other__closed_at=None)
    for danger in dangers.select_related("child", "other", "recorded_by", "checked_by").order_by("pk"):
        try:
            with transaction.atomic():
                links.lock(danger)
                links.tell_apart(danger, by=danger.checked_by or danger.recorded_by, at=now)
        except Exception:
            logger.exception("same_child_not_told_apart", link=danger.pk)


def _to_follow(now: datetime) -> QuerySet[Any, Any]:
    """The links of whoever is looked for, or had a sighting withdrawn lately: it would stand as the last of the other record.

    Each end for itself, so that it costs what is looked for and not what is linked.
    """
    sought = MissingEpisode.objects.open().values("child")
    gone = Contact.objects.filter(withdrawn_at__gt=now - WITHDRAWN_LATELY).values("child")
    first, *others = (
        ChildLink.objects.filter(**{f"{end}__in": children}).order_by().values("pk")
        for end in ("child", "other")
        for children in (sought, gone)
    )
    return first.union(*others)


def later_ones(earlier: QuerySet[MissingEpisode] | None = None) -> list[QuerySet[ChildLink, Any]]:
    """By child, who is not counted a second time: of each confirmed pair the record that was registered later.

    With `earlier` only where the earlier one has one of these episodes. Two lists, one of each end of a link.
    """
    pairs = _confirmed()
    ahead, behind = F("child__registered_at"), F("other__registered_at")
    first = pairs.filter(child__registered_at__gt=behind)
    second = pairs.filter(other__registered_at__gte=ahead)
    if earlier is not None:
        first = first.filter(other__in=earlier.values("child"))
        second = second.filter(child__in=earlier.values("child"))
    return [first.values("child"), second.values("other")]


def _confirmed() -> QuerySet[ChildLink]:
    return ChildLink.objects.same().filter(check_result=Check.CONFIRMED)


def _follow(link: ChildLink, *, at: datetime) -> None:
    with transaction.atomic():
        links.lock(link)
        rows = _confirmed().select_related("child", "other", "checked_by")
        current = rows.filter(pk=link.pk).first()
        if current is not None:
            carried.withdraw_withdrawn(current, at=at)
            _carry(current, at=at)


def _check(link: ChildLink, *, result: str, how: str, by: User, at: datetime) -> ChildLink:
    with transaction.atomic():
        links.lock(link)
        link = ChildLink.objects.select_related("child", "other").get(pk=link.pk)
        if result == Check.CONFIRMED:
            _require_confirmable(link, by, at)
        elif link.check_result == Check.CONFIRMED:
            carried.withdraw_all(link, by=by, at=at)
        link = links.check(link, result=result, how=how, may_be_danger=False, by=by, at=at)
        if result == Check.CONFIRMED:
            _carry(link, at=at)
    return link


def _carry(link: ChildLink, *, at: datetime) -> None:
    if _may_carry(link, at):
        carried.report_seen(link, at=at)


def _may_carry(link: ChildLink, at: datetime) -> bool:
    """Not beside a danger, be it from before a danger took the link back: who saw the child says where the other one is."""
    return _guarded_alike(link, at) and not links.may_be_danger(link.child_id, link.other_id)


def _require_confirmable(link: ChildLink, by: User, at: datetime) -> None:
    if link.check_result == Check.CONFIRMED:
        raise IllegalMove("This is confirmed already.")
    if link.recorded_by_id == by.pk:
        raise IllegalMove("Another person confirms this than the one who said it.")
    if links.may_be_danger(link.child_id, link.other_id):
        raise IllegalMove("One child is no danger to itself: say so of two children.")
    if not _guarded_alike(link, at):
        raise IllegalMove(
            "The two records are not guarded alike. Have a manager of each compare who may read them, and set that right first."
        )


def _may_read_both(link: ChildLink, by: User, at: datetime) -> bool:
    return all(access.may(by, one, Permission.SEE_RECORD, at=at) for one in (link.child, link.other))


def _guarded_alike(link: ChildLink, at: datetime) -> bool:
    """Whether the same people are kept from both, and both or neither are restricted: else one record tells of the other."""
    shut = restrictions.records(at)
    if (link.child_id in shut) != (link.other_id in shut):
        return False
    return _kept_from(link.child_id, at) == _kept_from(link.other_id, at)


def _kept_from(child_id: int, at: datetime) -> set[object]:
    """Whoever is kept from the child: by account, and by name where they have none, for then each record has its own row."""
    marks = KeepFrom.objects.current(at).filter(child=child_id).select_related("user")
    return {escorts.plain(mark.user.name) if mark.user.outside else mark.user_id for mark in marks}
