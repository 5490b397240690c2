"""The daily list of each person: owed once a day at the time they chose, and written when it is sent."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts import standings, tiers
from alerts.emails import Digest, Section
from alerts.models import Channel, Clock, Message, MessageKind
from alerts.standings import LOOKED_FOR, Standing
from alerts.states import MessageStatus
from cases import access, drafts, restrictions, supervising
from cases.access import Permission
from cases.deadlines import at_london, london_day
from cases.models import Allocation, Membership, MissingEpisode, Role, Shift, User, worked_by
from cases.models.children import ChildQuerySet
from guardians import assignments

# What somebody may have to do with such a list: the others have none.
READERS = (Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.GUARDIAN)
POST = "digest"
# Behind everything else.
URGENCY = 90
# People whose time has come, handled in one commit.
BATCH = 200
SHIFTS_WITHIN = timedelta(hours=24)


def waiting(now: datetime) -> QuerySet[User]:
    """The people whose time for a daily list has come, or was never worked out."""
    return User.objects.filter(Q(digest_next_at=None) | Q(digest_next_at__lte=now), has_digest=True)


def owe(*, now: datetime) -> int:
    """Owe today's list to everybody whose time has come, once; return the lists owed.

    A day that has passed without one is not made up for, and nobody without a role of `READERS` is owed one.
    """
    with transaction.atomic():
        due = waiting(now).order_by("digest_next_at", "pk")
        people = list(due.select_for_update(skip_locked=True, no_key=True)[:BATCH])
        if not people:
            return 0
        held = Membership.objects.current(now).filter(user__in=people, role__in=READERS)
        readers = set(held.values_list("user", flat=True))
        owed = [
            _message(user, owed_at, now)
            for user in people
            if user.pk in readers
            and not user.drill_mail_to
            and user.digest_next_at is not None
            and (owed_at := tiers.digest_owed(user.digest_time, next_at=user.digest_next_at, now=now))
        ]
        # Whoever moved the time on to later today has had today's.
        Message.objects.bulk_create(owed, ignore_conflicts=True)
        for user in people:
            user.digest_next_at = tiers.next_digest(user.digest_time, since=now)
        User.objects.bulk_update(people, ["digest_next_at"])
    return len(owed)


def _message(user: User, owed_at: datetime, now: datetime) -> Message:
    return Message(
        kind=MessageKind.ALERT,
        wording="digest",
        step="digest",
        channel=Channel.MAIL,
        post=POST,
        recipient=f"{Channel.MAIL}/user:{user.pk}",
        user=user,
        digest_date=london_day(owed_at),
        urgency=URGENCY,
        owed_at=owed_at,
        created_at=now,
        joins_from=now,
        next_try_at=now,
    )


def came_back(user_ids: Collection[int], *, now: datetime) -> list[User]:
    """Those of these people whose latest daily list of the last week was refused or came back, by name, in one query."""
    latest = (
        Message.objects.filter(user=OuterRef("pk"), digest_date__gt=london_day(now) - timedelta(days=7))
        .exclude(status=MessageStatus.CANCELLED)
        .order_by("-digest_date")
    )
    people = User.objects.filter(pk__in=user_ids).annotate(latest=Subquery(latest.values("status")[:1]))
    return list(people.filter(latest=MessageStatus.FAILED).order_by("name", "pk"))


def read(user: User, *, now: datetime) -> Digest:
    """Read what is due for this person in each of their roles, as references; no section without anything in it."""
    roles = {membership.role for membership in access.memberships(user, now)}
    sections: list[Section] = []
    if Role.TEAM_MANAGER in roles:
        sections += _manager(user, now)
    if Role.SOCIAL_WORKER in roles:
        sections += _worker(user, now)
    if Role.GUARDIAN in roles:
        sections += _guardian(user, now)
    return Digest(london_day(now), [section for section in sections if section.count])


def _manager(user: User, now: datetime) -> Iterable[Section]:
    """Of a manager's children those in some trouble, and those whom nobody has; and the shifts nobody has taken."""
    children = _listed(user, Permission.SEE_RECORD, now)
    episode = MissingEpisode.objects.open().filter(child=OuterRef("pk"))
    late = Clock.objects.filter(child=OuterRef("pk"), kind=Clock.Kind.CONTACT, due_at__lte=now)
    found = _standings(children.filter(Exists(episode) | Exists(late)), now)
    worked = Allocation.objects.held(now).filter(child=OuterRef("pk"))
    without = _listed(user, Permission.ALLOCATE, now).exclude(Exists(worked))
    yield _section(
        _("Your team’s children: no officer has spoken to us, or is to be asked again"),
        [one for one in found if one.needs_police_word],
    )
    yield _section(_("Your team’s children: no record now"), [one for one in found if one.tag == "no_record"])
    yield _section(
        _("Your team’s children: reviews of their search late or due soon"),
        [one for one in found if one.owes_review(now)],
    )
    yield _named(_("Children without a social worker"), without)
    shifts = [str(shift.reference) for shift in _untaken(user, now)]
    yield Section(_("Shifts of the next 24 hours that nobody has taken"), shifts, len(shifts))


def _untaken(user: User, now: datetime) -> Iterable[Shift]:
    authorities = [
        m.team.authority_id
        for m in access.memberships(user, now)
        if m.role == Role.TEAM_MANAGER and m.team is not None
    ]
    coming = Shift.objects.untaken(since=now, until=now + SHIFTS_WITHIN)
    return coming.filter(team__authority__in=authorities).order_by("starts_at", "pk")


def _worker(user: User, now: datetime) -> Iterable[Section]:
    children = _listed(user, Permission.SEE_RECORD, now).filter(pk__in=worked_by(user.pk, now))
    found = _standings(children, now)
    yield _section(_("Missing, not here or away"), [one for one in found if one.tag in LOOKED_FOR | {"away"}])
    yield from _due(found, now)
    yield _section(
        _("Return interviews to offer"),
        [one for one in found if one.interview_by is not None and not _is_open(one)],
    )
    yield _section(
        _("Missing: reviews of the search late or due soon"), [one for one in found if one.owes_review(now)]
    )
    yield _papers(children, now)
    closed = restrictions.records(now)
    workers = supervising.supervisees(user, at=now)
    kept = [
        draft for draft in drafts.standing(user, supervised=workers, at=now) if draft.child_id not in closed
    ]
    named = [draft.child.reference for draft in kept if draft.child is not None]
    yield Section(_("Drafts of yours that are not sent"), named, len(kept))


def _listed(user: User, permission: Permission, now: datetime) -> ChildQuerySet:
    """Those who may stand in a mail that is read over shoulders and forwarded: no restricted record, not even for its named."""
    return access.children(user, permission, at=now).open(now).exclude(pk__in=restrictions.records(now))


def _papers(children: ChildQuerySet, now: datetime) -> Section:
    """The children of whom paper is overdue, or due before the day is over."""
    day_ends = at_london(london_day(now) + timedelta(days=1), time(0))
    late = Clock.objects.filter(child=OuterRef("pk"), kind=Clock.Kind.PAPERWORK, due_at__lt=day_ends)
    return _named(_("Paper overdue or due today"), children.filter(Exists(late)))


def _guardian(user: User, now: datetime) -> Iterable[Section]:
    mine = _listed(user, Permission.RECORD_CONTACT, now).filter(assignments.assigned(user, now))
    yield from _due(_standings(mine, now), now)


def _due(found: Sequence[Standing], now: datetime) -> Iterable[Section]:
    day_ends = at_london(london_day(now) + timedelta(days=1), time(0))
    yield _section(_("No record now"), [one for one in found if one.tag == "no_record"])
    soon = [one for one in found if one.tag not in LOOKED_FOR | {"no_record", "away", "ended"}]
    yield _section(
        _("To be seen today"), [one for one in soon if one.due_at is not None and one.due_at < day_ends]
    )


def _standings(children: ChildQuerySet, now: datetime) -> list[Standing]:
    ids = list(children.filter(is_drill=False).values_list("pk", flat=True))
    return standings.in_order(standings.of(ids, now=now).values())


def _section(title: str | Promise, found: Sequence[Standing]) -> Section:
    references = [one.child.reference for one in found]
    return Section(title, references, len(references))


def _named(title: str | Promise, children: ChildQuerySet) -> Section:
    references = list(children.order_by("registered_at", "pk").values_list("reference", flat=True))
    return Section(title, references, len(references))


def _is_open(one: Standing) -> bool:
    return one.episode is not None and one.episode.ended_at is None
