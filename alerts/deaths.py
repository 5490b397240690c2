"""The desk's task where somebody saw a child, or missed it, after a death that is on record: is the dead child another?"""

from collections.abc import Collection
from datetime import datetime

from alerts import duty_tasks
from alerts.models import Alert, DutyTask
from cases.episodes.after_death import ASKED
from cases.models import Child, MissingEpisode, Responsibility
from cases.signals import children_changed

# As the call to the police: nothing else on the desk may be of a living child whom nobody looks for.
URGENCY = 0


def listen() -> None:
    """Answer the bell that every verb rings, in the commit of what was said."""
    children_changed.connect(_on_children_changed, dispatch_uid="alerts.deaths")


def _on_children_changed(
    sender: object, ids: Collection[int], at: datetime, kind: str = "", **kwargs: object
) -> None:
    if kind != ASKED:
        return
    for child in Child.objects.filter(pk__in=ids):
        episode = MissingEpisode.objects.of_death().filter(child=child).order_by("-ended_at").first()
        if episode is not None:
            _ask(episode, at)


def _ask(episode: MissingEpisode, at: datetime) -> None:
    """One open task; what is said while it stands open is read with it. Where nobody takes it the second is rung."""
    responsible = Responsibility.objects.at(at).filter(child=episode.child_id).first()
    if responsible is None:
        return
    # No alert climbs any more; the last one of the search lends the call its reference.
    alert = Alert.objects.filter(child=episode.child_id).order_by("-opened_at", "-pk").first()
    task, _created = DutyTask.objects.get_or_create(
        kind=DutyTask.Kind.AFTER_DEATH,
        authority_id=responsible.authority_id,
        episode=episode,
        home=None,
        message=None,
        done_at=None,
        defaults={
            "urgency": URGENCY,
            "opened_at": at,
            "next_at": None if alert is None else at + duty_tasks.untaken_after([alert])[alert.pk],
        },
    )
    if alert is not None:
        task.items.get_or_create(alert=alert)
