"""A return that somebody wrote down after the child was to be back: it is nobody's sight of the child, and is said as such."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from alerts.models import Clock
from alerts.schedule import Step
from cases.models import Child, Contact, Event, MissingEpisode
from cases.moves import isolated
from cases.states import EpisodeStatus
from cases.templatetags.govuk import gov_when


def goes_on(child: Child, *, at: datetime) -> str:
    """What goes on until somebody has seen the child, who was late or is looked for; empty where nothing does."""
    clock = Clock.objects.filter(child=child, kind=Clock.Kind.CONTACT).first()
    if clock is None:
        return ""
    if clock.resting:
        searched = MissingEpisode.objects.open().filter(child=child, police_owed_at__isnull=False).first()
        if searched is None or searched.back_since is not None:
            return ""
        return _("The search goes on until somebody says that they saw the child.")
    if clock.due_at is None or clock.due_at > at:
        return ""
    police_at = clock.steps.get(Step.FAIL_SAFE)
    if police_at is None:
        return _("Duty goes on asking until somebody says that they saw the child.")
    words = _(
        "Duty goes on asking until somebody says that they saw the child, and the police are mailed at %(when)s."
    )
    return words % {"when": gov_when(datetime.fromisoformat(police_at), at)}


def words(since: Mapping[int, datetime], *, now: datetime) -> dict[int, str]:
    """By child, of those whose return was written down since then and whom nobody says to have seen from then on."""
    rows = Event.objects.filter(
        child__in=since, kind="came_back", recorded_at__gte=min(since.values(), default=now)
    )
    last = {row.child_id: row for row in rows.select_related("actor").order_by("pk")}
    written = {pk: row for pk, row in last.items() if pk is not None and row.recorded_at >= since[pk]}
    if not written:
        return {}
    seen = Contact.objects.seen().filter(child__in=written).values_list("child", "happened_at")
    known = {pk for pk, happened_at in seen if happened_at >= written[pk].happened_at}
    sentence = _("Back at %(when)s, written by %(who)s; nobody has said that they saw the child.")
    return {
        pk: sentence
        % {
            "when": gov_when(row.happened_at, now),
            "who": isolated(row.actor.name if row.actor is not None else row.actor_label),
        }
        for pk, row in written.items()
        if pk not in known
    }


def of_episode(episode: MissingEpisode, *, now: datetime) -> str:
    """The same of a child who is looked for, while nobody says that it is back."""
    if episode.status == EpisodeStatus.ENDED or episode.back_since is not None:
        return ""
    return words({episode.child_id: episode.since}, now=now).get(episode.child_id, "")
