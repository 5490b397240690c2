"""Whom a report of one child reaches, as posts and organisations, and the numbers held of those around the child."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from alerts import call_ladder, policy_shelf, recipients, tellings, unmailed_forces, watching
from alerts.escalations import actors
from alerts.ladder_table import POSTS
from alerts.models import Channel, Clock
from alerts.posts import FORCE_PURPOSES
from alerts.recipients import Directory, Post, Recipient
from alerts.schedule import Step, step_instants
from alerts.step_plans import StepPlan
from alerts.watching import Watched
from cases import episodes, escorts
from cases.facts import ChildFacts
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
    User,
)
from cases.states import EpisodeStatus

NO_TIME = timedelta()


@dataclass(frozen=True)
class Told:
    """One post that hears of it: by which channels, how long after the report, and whether a verified officer stops it."""

    post: str
    channels: str
    after: timedelta | None = None
    unless_verified: bool = False


@dataclass(frozen=True)
class _Rung:
    """A step that a report owes: of which ladder, how long after it, and whether a verified officer stops it."""

    kind: str
    step: str
    after: timedelta = NO_TIME
    unless_verified: bool = False

    @property
    def plan(self) -> StepPlan:
        return tellings.plan(self.kind, self.step)


def told_when_missing(child: Child, *, by: User | None = None, now: datetime) -> list[Told]:
    """Return which posts will be told of a report now by the plans that owe the messages; nobody is named.

    Whoever is kept from the child stands here as anybody of their post: a post that was left out would tell every
    reader of the mark; a reviewing officer has the post no longer, as on every page (docs/adr/0168). A rung that is
    emptied by one climbs when it comes. `by` reports, and is not mailed their own word.
    """
    watched = watching.watch([child.pk], at=now)[child.pk]
    one = watched.child
    forces = _forces_told(one, now=now)
    directory = recipients.directory([one], supposed={child.pk: forces}, at=now)
    directory.kept.clear()
    rungs, actor = _rungs(watched, now), _actor(one.open_episode, by)
    certain = {(t.post, rung.after) for rung in rungs if not rung.unless_verified for t in rung.plan.tellings}
    named = PoliceForce.objects.in_bulk(forces)
    heard: dict[Post, set[str]] = defaultdict(set)
    unmailed = unmailed_forces.of(forces, directory.resolve(Post.FORCE, one, (Channel.MAIL,)))
    found = [_rung_by_you(named[pk]) for pk in forces if pk in unmailed]
    for rung in rungs:
        for post, ways in _reached(rung, one, directory, actor).items():
            channels = {way.channel for way in ways}
            # What only says again what was said is no news, nor a rung to whom a call step tells.
            if not channels - heard[post] or (rung.kind == Clock.Kind.CONTACT and heard[post]):
                continue
            heard[post] |= channels
            if post == Post.FORCE:
                found += _mailed(ways, named, directory)
                continue
            unless = rung.unless_verified and (post, rung.after) not in certain
            found.append(Told(str(POSTS[post]), _in_words(channels), rung.after or None, unless))
    return found


def _rungs(watched: Watched, now: datetime) -> list[_Rung]:
    """What a report now owes, by time: the call steps, R1 and R2 of a look, and the rungs of *not here* above them.

    By the policy that this child's alert follows; a rung is climbed whoever has verified, but that of an open silence
    keeps the silence's own time.
    """
    episode = watched.child.open_episode
    owed_at = episode.police_owed_at if episode is not None else None
    times = policy_shelf.calls_of(watched.child.child.pk, at=owed_at or now)
    spacing = zip(call_ladder.CALL_STEPS, times.steps, strict=True)
    found = [
        _Rung(Clock.Kind.CALL, step, after, step != call_ladder.CALL_STEPS[0]) for step, after in spacing
    ]
    if episode is not None and episode.not_here_at is not None:
        found += [_Rung(Clock.Kind.NOT_HERE, step) for step in tellings.NOT_HERE]
    in_silence = episode is not None and episode.started_by == MissingEpisode.StartedBy.SILENCE
    if not in_silence:
        above = step_instants(watched.not_here.steps, now)
        for step in (Step.R4, Step.R5):
            if step in above:
                found.append(_Rung(Clock.Kind.CONTACT, step, above[step] - now))
    # Where both come at once the call step tells, for it alone comes with a phone call.
    return sorted(found, key=lambda rung: (rung.after, rung.kind == Clock.Kind.CONTACT))


def _actor(episode: MissingEpisode | None, by: User | None) -> int | None:
    """Whose word the search begins with: of one that goes on already whoever began it."""
    if episode is not None and episode.status == EpisodeStatus.MISSING:
        return actors.opener(episode)
    return by.pk if by is not None else None


def _ways(rung: _Rung, one: ChildFacts, directory: Directory) -> list[Recipient]:
    return [
        recipient
        for telling in rung.plan.tellings
        for recipient in directory.resolve(Post(telling.post), one, telling.channels)
    ]


def _reached(
    rung: _Rung, one: ChildFacts, directory: Directory, actor: int | None
) -> Mapping[Post, list[Recipient]]:
    """Whom this step tells, by post: as it climbs, and less whoever has reported."""
    ways = _ways(rung, one, directory)
    own = actors.known_to(actor, ways) if rung.step in actors.FIRST else set()
    asked = unmailed_forces.posts_asked(rung.plan, directory.forces[one.child.pk], ways)
    told = [way for way in ways if way not in own]
    told += unmailed_forces.who_is_asked(asked, one, directory) if asked else []
    found: dict[Post, list[Recipient]] = {}
    for way in told:
        found.setdefault(way.post, []).append(way)
    return found


def _forces_told(one: ChildFacts, *, now: datetime) -> list[int]:
    """Every force that a report now is told to, the one that leads first."""
    episode = one.open_episode
    if episode is None:
        return supposed_forces(one.child, now=now)
    alerted = episodes.alerted_of([episode.pk], at=now).get(episode.pk, ())
    if not episodes.follows_home(episode, at=now):
        return [row.force_id for row in alerted]
    # Of where the child lives by now, and those that people have added.
    added = [row.force_id for row in alerted if row.added_at > episode.opened_at]
    return list(dict.fromkeys([*supposed_forces(one.child, now=now), *added]))


def _mailed(
    ways: Iterable[Recipient], forces: Mapping[int, PoliceForce], directory: Directory
) -> Iterator[Told]:
    """The mailboxes of each force."""
    boxes = {box.pk: box for box in directory.mailboxes}
    for way in ways:
        purpose = boxes[way.mailbox_id].get_purpose_display().lower()
        yield Told(f"{forces[way.force_id or 0].name}, {purpose}", _in_words({way.channel}))


def _rung_by_you(force: PoliceForce) -> Told:
    return Told(_("%s: no mailbox is proved. Ring them") % force.name, _("by you, on 999 or 101"))


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
    """Whoever the child is out or away with, by permission, and the number that is answered there.

    Somebody from whom the child is kept is left out, by that number or by name.
    """
    gone = list(Absence.objects.current(now).filter(child=child).exclude(phone=""))
    barred = escorts.barred(child, [(one.with_whom, one.phone, "") for one in gone]) if gone else []
    return [
        (absence.with_whom or absence.place or _("Where the child is"), absence.phone)
        for number, absence in enumerate(gone, start=1)
        if number not in barred
    ]


def staying_with(child_ids: Collection[int], *, now: datetime) -> dict[int, tuple[str, str]]:
    """By child who is away with permission the adult who confirms it each day, and their number; as `hosts`, of many."""
    away = Absence.objects.current(now).filter(child__in=child_ids, kind=Absence.Kind.AWAY)
    found = {one.child_id: (one.with_whom, one.phone) for one in away}
    barred = (
        escorts.barred_hosts({pk: (name, phone, "") for pk, (name, phone) in found.items()}) if found else ()
    )
    return {child_id: who for child_id, who in found.items() if child_id not in barred}


def _in_words(channels: set[str]) -> str:
    words = {Channel.VOICE: _("phone call"), Channel.TEXT: _("text message"), Channel.MAIL: _("mail")}
    return _(" and ").join(text for channel, text in words.items() if channel in channels)
