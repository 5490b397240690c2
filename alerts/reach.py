"""Whom a report of one child reaches, as posts and organisations, and the numbers held of those around the child."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from alerts import call_ladder, policy_shelf, recipients, tellings, watching
from alerts.ladder_table import POSTS
from alerts.models import Channel, Clock
from alerts.posts import FORCE_PURPOSES
from alerts.recipients import Post
from alerts.schedule import Step, step_instants
from alerts.watching import Watched
from cases import episodes
from cases.forms.typed import london
from cases.models import (
    Absence,
    Child,
    ForceAgreement,
    ForceInCharge,
    KeepFrom,
    Mailbox,
    Membership,
    MissingEpisode,
    Placement,
    PoliceForce,
    Responsibility,
    Restriction,
    Role,
)
from cases.models.contact_points import reached

# The council posts that are told later: by the step of the call ladder, or by the rung of *not here* where it is no later.
LATER: tuple[tuple[Post, str, Step | None], ...] = (
    (Post.MANAGER, "call_30", None),
    (Post.HEAD, "call_60", Step.R4),
    (Post.DIRECTOR, "call_120", Step.R5),
)


@dataclass(frozen=True)
class Told:
    """One post that hears of it: by which channels, how long after the report, and whether a verified officer stops it."""

    post: str
    channels: str
    after: timedelta | None = None
    unless_verified: bool = False


def told_when_missing(child: Child, *, now: datetime) -> list[Told]:
    """Return which posts will be told of a report now; nobody is named.

    Whoever is kept from the child stands here as anybody of their post: a post that was left out would tell every
    reader of the mark. A rung that is emptied by one climbs when it comes.
    """
    watched = watching.watch([child.pk], at=now)[child.pk]
    one = watched.child
    directory = recipients.directory([one], at=now)
    directory.kept.clear()
    found: list[Told] = list(_police(child, now))
    for post in (Post.DUTY, Post.WORKER, Post.GUARDIAN):
        channels = _channels(Clock.Kind.CALL, "call_0", post)
        reached = {r.channel for r in directory.resolve(post, one, channels)}
        if reached:
            found.append(Told(str(POSTS[post]), _in_words(reached)))
    for post, channels, after, unless in _later(watched, now):
        reached = {r.channel for r in directory.resolve(post, one, channels)}
        if reached:
            found.append(Told(str(POSTS[post]), _in_words(reached), after, unless))
    return found


def _later(watched: Watched, now: datetime) -> Iterator[tuple[Post, tuple[str, ...], timedelta, bool]]:
    """Each post that is told later: how, how long after the report, and whether a verified officer stops that.

    By the policy that this child's alert follows; a rung is climbed whoever has verified, but that of an open silence
    keeps the silence's own time.
    """
    episode = watched.child.open_episode
    owed_at = episode.police_owed_at if episode is not None else None
    times = policy_shelf.calls_of(watched.child.child.pk, at=owed_at or now)
    spacing = dict(zip(call_ladder.CALL_STEPS, times.steps, strict=True))
    in_silence = episode is not None and episode.started_by == MissingEpisode.StartedBy.SILENCE
    rungs = {} if in_silence else step_instants(watched.not_here.steps, now)
    for post, step, rung in LATER:
        after, rung_at = spacing[step], rungs.get(rung) if rung is not None else None
        if rung is None or rung_at is None or rung_at - now > after:
            yield post, _channels(Clock.Kind.CALL, step, post), after, True
        elif rung_at - now < after:
            yield post, _channels(Clock.Kind.CONTACT, rung, post), rung_at - now, False
        else:
            # Both at once: whoever has verified, it is told; only the call step comes with a phone call.
            yield post, _channels(Clock.Kind.CALL, step, post), after, False


def force_of(child: Child, *, now: datetime) -> PoliceForce | None:
    """The force a report goes to: that in charge of the open episode, else the first that one opened now would tell.

    Of a child who lives elsewhere by now it is that of there, as long as the police are not owed word.
    """
    starts = ForceInCharge.objects.at(now).filter(episode__child=child, episode__ended_at=None)
    start = starts.select_related("force", "episode").first()
    if start is not None and not episodes.follows_home(start.episode, at=now):
        return start.force
    supposed = supposed_forces(child, now=now)
    return PoliceForce.objects.get(pk=supposed[0]) if supposed else None


def supposed_forces(child: Child, *, now: datetime) -> list[int]:
    """The forces that an episode opened now would tell, the first first."""
    standing = placement(child, now=now)
    placed = {} if standing is None else {child.pk: standing}
    return episodes.forces_to_tell([child.pk], placed, at=now).get(child.pk, [])


def shares_details(child: Child, force: PoliceForce | None, *, now: datetime) -> bool:
    """Whether a proved mailbox of the force may be mailed the signed form: an agreement with it is in force."""
    if force is None or Restriction.objects.current(now).filter(child=child).exists():
        return False
    boxes = Mailbox.objects.current(now).filter(force=force, purpose__in=FORCE_PURPOSES)
    responsible = Responsibility.objects.at(now).filter(child=child).first()
    today = london(now).date()
    agreed = responsible is not None and ForceAgreement.objects.filter(
        force=force, authority=responsible.authority_id, signed_date__lte=today, expires_date__gt=today
    )
    return bool(agreed) and any(box.is_proved(now) for box in boxes)


def placement(child: Child, *, now: datetime) -> Placement | None:
    """Where the child lives now."""
    return Placement.objects.current(now).filter(child=child).select_related("home", "force").first()


def carers(child: Child, *, now: datetime) -> list[tuple[str, str]]:
    """Name and number of the foster carers the child lives with; those kept from the child are left out."""
    kept = KeepFrom.objects.current(now).filter(child=child).values("user")
    rows = (
        Membership.objects.current(now)
        .filter(
            role=Role.FOSTER_CARER, home__in=Placement.objects.current(now).filter(child=child).values("home")
        )
        .exclude(user__in=kept)
        .select_related("user")
        .order_by("pk")
    )
    return [(row.user.name, row.user.phone) for row in rows if row.user.phone]


def hosts(child: Child, *, now: datetime) -> list[tuple[str, str]]:
    """Whoever the child is out or away with, by permission, and the number that is answered there."""
    gone = Absence.objects.current(now).filter(child=child).exclude(phone="")
    return [
        (absence.with_whom or absence.place or _("Where the child is"), absence.phone) for absence in gone
    ]


def phones_held(child: Child, *, now: datetime) -> list[tuple[str, str]]:
    """Number and whose it is, of all that we held before: only these confirm that a child is back."""
    found: dict[str, str] = {}
    standing = placement(child, now=now)
    if standing is not None:
        found[standing.phone] = standing.home.name if standing.home else _("Placement")
        if standing.home is not None:
            found.setdefault(standing.home.phone, standing.home.name)
    for name, phone in carers(child, now=now):
        found.setdefault(phone, _("Foster carer, %s") % name)
    for name, phone in hosts(child, now=now):
        found.setdefault(phone, name)
    return [(phone, f"{who}, {phone}") for phone, who in found.items()]


def _police(child: Child, now: datetime) -> Iterator[Told]:
    force = force_of(child, now=now)
    if force is None:
        return
    boxes = Mailbox.objects.current(now).filter(force=force, purpose__in=FORCE_PURPOSES).order_by("pk")
    for box in reached(boxes):
        yield Told(f"{force.name}, {box.get_purpose_display().lower()}", _in_words({Channel.MAIL}))
    if not boxes:
        yield Told(_("%s: no mailbox is proved. Ring them") % force.name, _("by you, on 999 or 101"))


def _channels(kind: str, step: str, post: Post) -> tuple[str, ...]:
    plan = tellings.plan(kind, step)
    return next(telling.channels for telling in plan.tellings if telling.post == post)


def _in_words(channels: set[str]) -> str:
    words = {Channel.VOICE: _("phone call"), Channel.TEXT: _("text message"), Channel.MAIL: _("mail")}
    return _(" and ").join(text for channel, text in words.items() if channel in channels)
