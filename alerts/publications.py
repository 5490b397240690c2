"""Putting a new version of a policy on record: two people, never backdated, and no clock looks later than it begins."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from alerts import policies
from alerts.models import Clock, PolicyVersion
from alerts.trials import Tried
from cases import log
from cases.models import Child, MissingEpisode, Responsibility, User
from cases.signals import children_changed
from cases.states import IllegalMove


def wait_for(key: str) -> None:
    """Have one new version of this policy at a time, to the end of the transaction: what is read after this stands.

    Of the first of its versions, for the last is another one once somebody was waited for.
    """
    PolicyVersion.objects.select_for_update(no_key=True).filter(key=key).order_by("version").first()


def publish_figures(
    key: str,
    data: dict[str, Any],
    *,
    reason: str,
    takes_effect_at: datetime,
    seconded_by: User,
    authority_id: int | None = None,
    follows_delivered: bool = False,
    tried: Tried | None = None,
    untried_why: str = "",
    by: User,
    at: datetime,
) -> PolicyVersion:
    """Publish a policy with other figures from an instant to come; raises IllegalMove where both are one person.

    Of one authority it counts for the children for whom that is responsible, in place of what was delivered; one that
    follows what was delivered ends that. Reviews to come are counted anew at once, of the children who are looked for.
    Of the rest nothing is due sooner for it before that instant, at which the sweep reads every clock again, batch by
    batch: to do so here would hold every child for as long as it takes, and a "not here" would wait.
    """
    with transaction.atomic():
        version = _store(
            key,
            data,
            reason=reason,
            takes_effect_at=takes_effect_at,
            seconded_by=seconded_by,
            authority_id=authority_id,
            follows_delivered=follows_delivered,
            tried=tried,
            untried_why=untried_why,
            by=by,
            at=at,
        )
        _look_again(key, _hold(authority_id, at), takes_effect_at=takes_effect_at, at=at)
    return version


def _hold(authority_id: int | None, at: datetime) -> list[int]:
    """Lock each child whose case is open, and return those for whom this authority is responsible, or all.

    A verb at work would write the instant that it read before this version was there. One that passes a child on
    meanwhile has ended before it is asked whose the child is.
    """
    open_cases = Child.objects.locked().filter(pk__in=Child.objects.open(at).values("pk")).order_by("pk")
    ids = list(open_cases.values_list("pk", flat=True))
    return ids if authority_id is None else _last_with(authority_id, ids)


def _look_again(key: str, ids: Collection[int], *, takes_effect_at: datetime, at: datetime) -> None:
    """No clock of these locked children looks later than the figures begin; some look at once."""
    kinds = (Clock.Kind.CONTACT, Clock.Kind.SECOND_EYES)
    later = Clock.objects.filter(child__in=ids, kind__in=kinds, next_at__gt=takes_effect_at)
    later.update(next_at=takes_effect_at)
    if key == policies.PAPER:
        # What it asks for sooner is due sooner: the sweep reads these clocks again now, batch by batch.
        Clock.objects.filter(child__in=ids, kind=Clock.Kind.PAPERWORK).update(next_at=at)
    if key == policies.REVIEW:
        # The reviews to come are few, and one may be told of sooner than its clock would look.
        sought = MissingEpisode.objects.open().filter(child__in=ids).values_list("child", flat=True)
        children_changed.send(sender=None, ids=tuple(sought), at=at)


def _last_with(authority_id: int, ids: Collection[int]) -> list[int]:
    """Those of these children whom the authority got last: a verb that ended meanwhile may have begun after the agreeing."""
    later = Responsibility.objects.filter(child=OuterRef("child"), starts_at__gt=OuterRef("starts_at"))
    own = Responsibility.objects.filter(~Exists(later), authority=authority_id, child__among=ids)
    return list(own.values_list("child", flat=True))


def _store(
    key: str,
    data: dict[str, Any],
    *,
    reason: str,
    takes_effect_at: datetime,
    seconded_by: User,
    authority_id: int | None,
    follows_delivered: bool,
    tried: Tried | None,
    untried_why: str,
    by: User,
    at: datetime,
) -> PolicyVersion:
    if by.pk == seconded_by.pk:
        raise IllegalMove("A policy is changed by two people.")
    if takes_effect_at < at:
        raise IllegalMove("A policy takes effect now or later.")
    wait_for(key)
    last = PolicyVersion.objects.filter(key=key).order_by("-version").first()
    version = PolicyVersion.objects.create(
        key=key,
        version=(last.version if last else 0) + 1,
        data=data,
        authority_id=authority_id,
        follows_delivered=follows_delivered,
        takes_effect_at=takes_effect_at,
        published_at=at,
        published_by=by,
        seconded_by=seconded_by,
        reason=reason,
        tried_first=tried.first if tried is not None else None,
        tried_last=tried.last if tried is not None else None,
        tried_in_part=tried is not None and tried.in_part,
        untried_why="" if tried is not None else untried_why.strip(),
    )
    log.record_configuration(version, "policy_published", data=_written(version, tried), by=by, at=at)
    return version


def _written(version: PolicyVersion, tried: Tried | None) -> dict[str, Any]:
    """What the log says of it: the figures are the version's."""
    written = {
        "key": version.key,
        "version": version.version,
        "takes_effect_at": version.takes_effect_at.isoformat(),
        "seconded_by": version.seconded_by_id,
        "reason": version.reason,
    }
    if version.authority_id is not None:
        written |= {"authority": version.authority_id, "follows_delivered": version.follows_delivered}
    if tried is not None:
        written |= {"tried": [tried.first.isoformat(), tried.last.isoformat()]}
    elif version.untried_why:
        written |= {"untried_why": version.untried_why}
    return written
