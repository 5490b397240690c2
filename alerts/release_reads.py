"""Whether a force has read what was released to the police: kept once it has, and said to the council where it has not."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from alerts import releases
from alerts.models import Release, ReleaseRead
from alerts.releases import Line
from cases import holidays
from cases.deadlines import add_working_days
from cases.models import (
    Authority,
    Child,
    EpisodeForce,
    ForceInCharge,
    MissingEpisode,
    PoliceForce,
    Restriction,
    User,
)
from cases.relations import FORCE_READS_AFTER


@dataclass(frozen=True)
class Read:
    """What one force has read of the lines that one episode has for it, and what it has not.

    What it wrote itself is none of them. `read_at` is when it last read any of them for the first time.
    """

    force: PoliceForce
    lines: int
    unread: int
    # Since when the oldest line that it has not read has been there for it; of a force that nobody waits for nothing.
    since: datetime | None
    read_at: datetime | None

    @property
    def read(self) -> int:
        return self.lines - self.unread


def note(
    episode: MissingEpisode, shown: Iterable[Line], *, forces: Collection[int], by: User, at: datetime
) -> int:
    """Keep that an officer of these forces had these lines before them, each line once; return how many were new to one.

    The first to open them is who read them for the force. A page that reads itself anew is not opened by anybody.
    """
    rows = releases.of_lines(episode, shown, Release.Side.POLICE)
    if not rows:
        return 0
    told = EpisodeForce.objects.filter(episode=episode, force__in=forces).values_list("force", flat=True)
    known = set(
        ReleaseRead.objects.filter(release__in=rows, force__in=forces).values_list("release", "force")
    )
    new = [
        ReleaseRead(release=row, force_id=force, read_by=by, read_at=at)
        for force in told
        for row in rows
        if (row.pk, force) not in known
    ]
    # Two officers may open the page at once.
    ReleaseRead.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def unread(forces: Collection[int]) -> QuerySet[Release]:
    """What is released to the police and nobody of these forces has read; what they wrote themselves is no news to them."""
    read = ReleaseRead.objects.filter(release=OuterRef("pk"), force__in=forces)
    own = Q(reply__isnull=False, reply__force__in=forces)
    return releases.current().filter(~Exists(read), side=Release.Side.POLICE, is_followed=True).exclude(own)


def of_leads(now: datetime, *, force: int | None = None) -> QuerySet[Release]:
    """What stands released to the police, each with `lead` and `lead_since`: the force in charge, and since when it is.

    Of an episode that the force may still open, and no line that it wrote itself; with `force` of those it leads alone.
    """
    starts = ForceInCharge.objects.at(now).filter(episode=OuterRef("episode"))
    opens = Q(episode__ended_at=None) | Q(episode__ended_at__gt=now - FORCE_READS_AFTER)
    rows = releases.current().filter(opens, side=Release.Side.POLICE, is_followed=True)
    rows = rows.filter(episode__police_owed_at__lte=now)
    rows = rows.annotate(
        lead=Subquery(starts.values("force")[:1]), lead_since=Subquery(starts.values("starts_at")[:1])
    )
    rows = rows.filter(lead__isnull=False) if force is None else rows.filter(lead=force)
    return rows.exclude(reply__isnull=False, reply__force=F("lead"))


def unread_by_leads(now: datetime, *, force: int | None = None) -> QuerySet[Release]:
    """Those that no officer of the force in charge has read, the oldest first; of no drill, and of no child who has died."""
    read = ReleaseRead.objects.filter(release=OuterRef("pk"), force=OuterRef("lead"))
    living = Child.objects.living().filter(is_drill=False)
    rows = of_leads(now, force=force).filter(~Exists(read), episode__child__in=living)
    return rows.select_related("episode__child").order_by("starts_at", "pk")


def open_to_all(rows: QuerySet[Release], now: datetime) -> QuerySet[Release]:
    """Less those of restricted records, which stand in no mail."""
    return rows.exclude(episode__child__in=Restriction.objects.current(now).values("child"))


def there_since(row: Release) -> datetime:
    """Since when a line of `of_leads` has been there for the force in charge: a later one finds what was released before."""
    return max(row.starts_at, row.lead_since)  # type: ignore[attr-defined]


def silent_from(since: datetime, authority: Authority) -> datetime:
    """When the council is told that a force has not read what has been there for it `since`."""
    calendar = holidays.calendar_of(authority.nation)
    days = settings.RELEASE_UNREAD_DAYS
    return add_working_days(since, days, nation=calendar, holidays=holidays.of(calendar))


def of_episode(episode: MissingEpisode, *, now: datetime) -> list[Read]:
    """Who has read what is released of one episode: the force in charge first, then every other that has read any of it.

    Nobody waits for the others: one that has read some of the lines has `since` of none. What a force wrote itself it
    need not read. Nothing where nothing stands released, or it is no longer open to the police.
    """
    rows = list(of_leads(now).filter(episode=episode).select_related("reply"))
    if not rows:
        return []
    lead = rows[0].lead  # type: ignore[attr-defined]
    reads = ReleaseRead.objects.filter(release__in=rows).select_related("force").order_by("read_at", "pk")
    of_force: dict[PoliceForce, dict[int, datetime]] = defaultdict(dict)
    for one in reads:
        of_force[one.force][one.release_id] = one.read_at
    force = PoliceForce.objects.get(pk=lead)
    found = [_read(one, rows, of_force[one], lead) for one in dict.fromkeys([force, *of_force])]
    return [one for one in found if one.force.pk == lead or one.read_at is not None]


def _read(force: PoliceForce, rows: Sequence[Release], read_at: Mapping[int, datetime], lead: int) -> Read:
    others = [row for row in rows if not _wrote(force, row)]
    new = [row for row in others if row.pk not in read_at]
    since = min(map(there_since, new), default=None) if force.pk == lead else None
    # Where it wrote all that there is, when it last read that.
    moments = [read_at[row.pk] for row in others or rows if row.pk in read_at]
    return Read(force, len(others), len(new), since, max(moments, default=None))


def _wrote(force: PoliceForce, row: Release) -> bool:
    return row.reply is not None and row.reply.force_id == force.pk
