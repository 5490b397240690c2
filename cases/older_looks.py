"""Days to look again at a return interview that were written before such a day had a clock: each is asked for, once."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from cases import access, attempts, return_interviews
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import Allocation, Child, MissingEpisode, PlanAction, ReturnInterview, User


def ask(*, now: datetime) -> int:
    """Make an action of each such day that is to come, in the name of whoever wrote it; return how many.

    Of a day that has passed nobody is asked: nobody said that it would be. One that nobody can be asked for now, because
    the child has no worker and the writer has left, is tried again later.
    """
    asked = PlanAction.objects.filter(interview_of=OuterRef("episode"), looks_again=True)
    rows = ReturnInterview.objects.standing().filter(~Exists(asked), review_date__gte=london_day(now))
    of_episodes = rows.filter(episode__child__closed_at=None).order_by("episode").distinct("episode")
    pks = list(of_episodes.values_list("episode", flat=True))
    return attempts.each(pks, lambda pk: _ask(pk, now), fault="older_look_not_asked")


def _ask(episode_id: int, now: datetime) -> int:
    with transaction.atomic():
        child = Child.objects.locked().get(episodes=episode_id)
        episode = MissingEpisode.objects.get(pk=episode_id)
        episode.child = child
        row = return_interviews.latest(episode)
        is_asked = return_interviews.promises(episode).filter(looks_again=True).exists()
        if row is None or row.review_date is None or is_asked or row.review_date < london_day(now):
            return 0
        if child.closed_at is not None or not _somebody(child, row.recorded_by, now):
            return 0
        return_interviews.look_again(episode, row.review_date, by=row.recorded_by, at=now)
    return 1


def _somebody(child: Child, writer: User, now: datetime) -> bool:
    workers = Allocation.objects.current(now).filter(child=child, worker__isnull=False)
    people = [writer, *(one.worker for one in workers.select_related("worker") if one.worker is not None)]
    return any(access.may(person, child, Permission.CHANGE_CHILD, at=now) for person in people)
