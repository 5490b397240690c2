"""The 18th birthday of a child who is missing comes near: its step is planned, for no verb rings for a birthday."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from alerts import duty_steps, following, policies, policy_shelf
from alerts.duties import NEAR_18, Duty
from alerts.models import DutyStep
from cases import attempts, birthdays
from cases.deadlines import add_months, london_day
from cases.models import Child, MissingEpisode
from cases.signals import children_changed
from cases.states import AgeStatus

# Of a month or a year alone another day stands for the birth date than is kept: looked at a little wider.
_WIDER = timedelta(days=31)


def ask(*, now: datetime) -> int:
    """Plan the step of each search whose child is soon 18, once; return how many. Each in a commit of its own."""
    return attempts.each(list(_due(now)), lambda episode: _ask(episode, now=now), fault="birthday_not_asked")


def _ask(episode: MissingEpisode, *, now: datetime) -> int:
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        if child.closed_at is not None:
            return 0
        duty_steps.follow_facts([MissingEpisode.objects.get(pk=episode.pk)], at=now)
        asked = DutyStep.objects.filter(episode=episode, kind=Duty.TURNED_18).exists()
        if asked:
            children_changed.send(sender=None, ids=(child.pk,), at=now)
    return int(asked)


def _due(now: datetime) -> Iterator[MissingEpisode]:
    """The searches of which it is to be asked and is not yet; none whose child had turned 18 before it was asked at all."""
    soon = london_day(add_months(now, NEAR_18 - 12 * birthdays.EIGHTEEN))
    past = london_day(add_months(now, -12 * birthdays.EIGHTEEN))
    sought = MissingEpisode.objects.open().filter(police_owed_at__isnull=False)
    of_age = sought.filter(child__birth_date__gte=past - _WIDER, child__birth_date__lte=soon + _WIDER)
    watched = of_age.filter(child__closed_at=None, child__is_drill=False)
    watched = watched.exclude(child__age_status=AgeStatus.ASSESSED_ADULT)
    unasked = watched.exclude(duty_steps__kind=Duty.TURNED_18).select_related("child")
    if not unasked:
        return
    ids = {episode.child_id for episode in unasked}
    shelf, turns = policy_shelf.for_children(ids, policies.DUTY)
    for episode in unasked:
        moment = following.turns_18_at(episode, episode.child, now)
        versions = shelf.duties(turns.get(episode.child_id, ()))
        if moment is not None and _is_asked_for(versions, moment):
            yield episode


def _is_asked_for(versions: list[policies.Duties], moment: datetime) -> bool:
    version = policies.duties_at(versions, moment)
    return version is not None and any(rule.duty == Duty.TURNED_18 for rule in version.rules)
