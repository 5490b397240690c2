"""Joining and leaving: the verbs of a membership."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from cases import bulk, confirming, first_links, log, mail_refusals, off_duty, role_places
from cases.deadlines import london_day, next_at_wall
from cases.groups import force_group, group_named, home_group, host_group, person_group
from cases.models import (
    HOME_ROLES,
    TEAM_ROLES,
    Allocation,
    Authority,
    Child,
    ChildGroupPermission,
    ConfigurationChange,
    Membership,
    PlanAction,
    ReviewingOfficer,
    Role,
    Team,
    Told,
    ToldBy,
    User,
    WorkerCover,
)
from cases.models.periods import current
from cases.signals import children_changed
from cases.states import IllegalMove
from cases.worded import worded

# In these roles somebody may have children of their own, who are looked at again when the role begins or ends.
_WATCHING = (Role.GUARDIAN, Role.REVIEWING_OFFICER, *TEAM_ROLES, *HOME_ROLES)


def join(
    user: User,
    role: str,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    by: User | None = None,
    at: datetime,
    **organisation: Any,
) -> Membership:
    """Give `user` a role from `starts_at` on, else from now.

    `organisation` names one of team, home, service, force, authority, and `reach`. Raises IllegalMove where that
    home or service has closed, and where `by` is `user`: whoever gives roles would read every child by one form.
    """
    role_places.require_another(user, by)
    with transaction.atomic():
        watched = (
            _watched_by(user, getattr(organisation.get("home"), "pk", None)) if role in _WATCHING else ()
        )
        role_places.require_its_home(user, role, organisation)
        role_places.require_open(at=at, **organisation)
        if role == Role.DUTY_DESK and organisation.get("team") is not None:
            # Whoever merges its authority waits, or has: the desk stands for what that of the team hosts.
            organisation["team"] = Team.objects.select_for_update(no_key=True).get(pk=organisation["team"].pk)
        membership = Membership.objects.create(
            user=user, role=role, starts_at=starts_at or at, ends_at=ends_at, **organisation
        )
        name = _group_of(membership)
        if name:
            bulk.insert(User.groups.through, ("user", "group"), [(user.pk, group_named(name).pk)], known=True)
        of = {key: getattr(value, "pk", value) for key, value in organisation.items()}
        data = {"user": user.pk, "role": str(role), **of}
        confirming.begin(membership, by=by, at=at)
        first_links.at_beginning(user, by=by)
        log.record_configuration(membership, "role_given", data=data, by=by, at=at)
        _ring(watched, at)
    return membership


class AddressRefused(IllegalMove):
    """The address is that of somebody who is on the list already."""


def enrol(
    email: str,
    role: str,
    *,
    name: str,
    phone: str = "",
    known: User | None = None,
    reopens: bool = False,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    by: User | None,
    at: datetime,
    **organisation: Any,
) -> Membership:
    """Give a role to whoever has this address, who is put on the list first where nobody has it.

    Name and phone of somebody who is on the list stay as they are. Raises AddressRefused where that is not who is `known`
    to `by` to have the address: a mistyped one would open the children to somebody else. The same for an account that
    is closed, unless `by` `reopens` it and theirs is the authority that closed it: another may have done so on a danger
    that is told to nobody else. Raises IllegalMove for oneself, in a place that is not for `by` to fill, and where the
    role is held already. Whoever types at the machine itself (`by` none) is asked nothing.
    """
    with transaction.atomic():
        there = User.objects.filter(email=email.strip().lower())
        if role in _WATCHING and (known_as := there.first()) is not None:
            # Children first: whoever gives them one has the child, and waits for the person.
            _watched_by(known_as, getattr(organisation.get("home"), "pk", None))
        user = there.select_for_update(no_key=True).first()
        role_places.require_another(user, by)
        if by is not None:
            role_places.require_theirs(**organisation, by=by, at=at)
        if user is None:
            user = User.objects.create_user(email.strip(), name=name, phone=phone, joined_at=at)
        elif not user.is_active:
            _reopen(user, reopens=reopens, by=by, at=at)
        elif by is not None and known != user:
            raise AddressRefused("This address is in use already.")
        elif Membership.objects.current(at).filter(user=user, role=role, **organisation).exists():
            raise IllegalMove("This person has this role there already.")
        return join(user, role, starts_at=starts_at, ends_at=ends_at, by=by, at=at, **organisation)


def _reopen(user: User, *, reopens: bool, by: User | None, at: datetime) -> None:
    """Open a closed account again, for whoever says that this is what they do."""
    if by is not None and not _may_reopen(user, by, at):
        raise AddressRefused("Another council closed this account. Ask them to open it again.")
    if by is not None and not reopens:
        raise AddressRefused(
            "The account with this address is closed. Open the person’s page and give a role there: that opens the account again."
        )
    user.is_active = True
    user.save(update_fields=["is_active"])
    log.record_configuration(user, "account_reopened", by=by, at=at)


def _may_reopen(user: User, by: User, at: datetime) -> bool:
    """Whether `by` administers the authority of whoever closed this account last, or what has taken its place.

    It counts what they administered when they closed it, and nothing since.
    """
    closed = ConfigurationChange.objects.filter(
        subject_type="user", subject_id=user.pk, kind="account_closed"
    )
    last = closed.order_by("-at", "-pk").first()
    if last is None:
        return True
    administers = Membership.objects.filter(role=Role.ADMINISTRATOR)
    own = list(administers.current(at).filter(user=by).values_list("authority", flat=True))
    answered = Authority.objects.answered_by([pk for pk in own if pk is not None], day=london_day(at))
    return administers.filter(
        current(last.at), user=last.actor_id, authority__in=answered.values("pk")
    ).exists()


def correct(user: User, *, name: str, phone: str, by: User, at: datetime) -> User:
    """Correct how a person is called and rung; the address that they sign in with stays theirs.

    The number of before stays on record: a return is confirmed on what was held when the search began (ADR 213).
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        changed = [key for key, value in (("name", name), ("phone", phone)) if getattr(user, key) != value]
        if changed:
            data = {"fields": changed, **({"phone": [user.phone, phone]} if "phone" in changed else {})}
            user.name, user.phone = name, phone
            if not phone:
                # Nothing is texted to nobody: what went there comes by mail again.
                user.told_by = ToldBy.MAIL
            user.save(update_fields=["name", "phone", "told_by"])
            log.record_configuration(user, "person_corrected", data=data, by=by, at=at)
    return user


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What somebody chooses for themselves; what asks them to act reaches them whatever stands here."""

    language: str
    told: str
    told_by: str
    has_digest: bool
    # In London wall time.
    digest_time: time


def wishes_of(user: User) -> Wishes:
    """What stands now."""
    return Wishes(**{field.name: getattr(user, field.name) for field in fields(Wishes)})


def choose(user: User, wishes: Wishes, *, at: datetime) -> User:
    """Keep what somebody chose for themselves, with what stood before on record.

    Raises IllegalMove for a text to somebody without a phone, and for word in a daily list that is off or no mail.
    """
    with transaction.atomic():
        if wishes.told_by == ToldBy.TEXT:
            # What is told to them by text arrives, whatever becomes of their mail: the children are locked first.
            mail_refusals.end_of(user, by=user, at=at)
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if wishes.told_by == ToldBy.TEXT and not user.phone:
            raise IllegalMove("There is no phone on record for you. Your administrator enters it.")
        if wishes.told == Told.DIGEST and not (wishes.has_digest and wishes.told_by == ToldBy.MAIL):
            raise IllegalMove("What is to stand in the daily list alone needs the list, which is an email.")
        before, after = asdict(wishes_of(user)), asdict(wishes)
        changed = {key: [str(before[key]), str(after[key])] for key in after if before[key] != after[key]}
        if not changed:
            return user
        for key in changed:
            setattr(user, key, after[key])
        # From the next time that comes: today's may have gone already, and none is made up for.
        user.digest_next_at = next_at_wall(at + timedelta(microseconds=1), user.digest_time)
        user.save(update_fields=[*changed, "digest_next_at"])
        log.record_configuration(user, "account_changed", data={"changed": changed}, by=user, at=at)
    return user


def leave(membership: Membership, *, by: User | None = None, at: datetime) -> None:
    """End a role at `at`: from that instant it opens nothing, and the person is signed out everywhere.

    Raises IllegalMove where it has ended, or where somebody would end their own as administrator.
    """
    with transaction.atomic():
        # Children are locked first: whom a guardian leaves behind is known in this commit.
        watched = _watched_by(membership.user, membership.home_id) if membership.role in _WATCHING else ()
        standing = Membership.objects.select_for_update(no_key=True, of=("self",)).get(pk=membership.pk)
        if standing.ends_at is not None and standing.ends_at <= at:
            raise IllegalMove("This role has ended already.")
        if by is not None and by.pk == standing.user_id and standing.role == Role.ADMINISTRATOR:
            raise IllegalMove("Another administrator ends your own role as administrator.")
        if standing.starts_at >= at:
            raise IllegalMove("This role has not begun yet. Call it off instead.")
        membership.ends_at = standing.ends_at = at
        standing.save(update_fields=["ends_at"])
        _settle(membership, watched, by=by, at=at)


def end_by_date(membership: Membership, *, at: datetime) -> bool:
    """Do what leaving does for a role whose last day has passed; false where that is done.

    It opened nothing from that instant on; what its person was signed in with is over now.
    """
    with transaction.atomic():
        watched = _watched_by(membership.user, membership.home_id) if membership.role in _WATCHING else ()
        standing = Membership.objects.ended_untold(at).select_for_update(no_key=True, of=("self",))
        if not standing.filter(pk=membership.pk).exists():
            return False
        _settle(membership, watched, by=None, at=at)
    return True


def _settle(membership: Membership, watched: tuple[int, ...], *, by: User | None, at: datetime) -> None:
    _leave_group(membership, at)
    User.objects.filter(pk=membership.user_id).update(sessions_ended=F("sessions_ended") + 1)
    first_links.at_end(membership.user_id, at=at)
    off_duty.leave_shifts(membership, by=by, at=at)
    data = {"user": membership.user_id, "role": membership.role}
    log.record_configuration(membership, "role_ended", data=data, by=by, at=at)
    _ring(watched, at)


def sign_out(user: User) -> None:
    """End every session of a person, on every device, as they wished."""
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)


def change_password(user: User, password: str, *, at: datetime) -> User:
    """Keep another password of somebody's choice: what they are signed in with elsewhere opens nothing any more."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        user.set_password(password)
        user.save(update_fields=["password"])
        log.record_configuration(user, "password_changed", by=user, at=at)
    return user


def call_off(membership: Membership, *, by: User, at: datetime) -> None:
    """Call a role off that has not begun: it ends as it would begin, and opens nothing.

    Raises IllegalMove where it has begun or is called off already, or where somebody would do so with their own as
    administrator.
    """
    with transaction.atomic():
        watched = _watched_by(membership.user, membership.home_id) if membership.role in _WATCHING else ()
        coming = Membership.objects.select_for_update(no_key=True, of=("self",)).get(pk=membership.pk)
        if coming.called_off_at is not None:
            raise IllegalMove("This role is called off already.")
        if coming.starts_at <= at:
            raise IllegalMove("This role has begun. End it instead.")
        if by.pk == coming.user_id and coming.role == Role.ADMINISTRATOR:
            raise IllegalMove("Another administrator calls off your own role as administrator.")
        membership.ends_at = coming.ends_at = coming.starts_at
        membership.called_off_at = coming.called_off_at = at
        coming.save(update_fields=["ends_at", "called_off_at"])
        _leave_group(membership, at)
        data = {"user": membership.user_id, "role": membership.role}
        log.record_configuration(membership, "role_called_off", data=data, by=by, at=at)
        _ring(watched, at)


def _leave_group(membership: Membership, at: datetime) -> None:
    """Take the person out of the group of this role, unless another that holds or is to come needs it."""
    name = _group_of(membership)
    still = {_group_of(other) for other in Membership.objects.standing(at).filter(user=membership.user_id)}
    if name and name not in still:
        membership.user.groups.remove(group_named(name))


def _watched_by(user: User, home_id: int | None) -> tuple[int, ...]:
    """The children granted to this person alone, as a guardian's are, whose work they have or cover, whose care they review,
    whose doubted search is their desk's, or of whose plan they, or this home of theirs, promised something: locked."""
    if home_id is None and not _roles_ever(user.pk):
        # Nothing is given to whoever has never had a role, and most who join are new.
        return ()
    group = person_group(user.pk)
    alone = home_id is None
    return tuple(_watched_alone(user.pk, group) if alone else _watched_in_a_home(user.pk, group, home_id))


def children_of(memberships: Iterable[Membership]) -> QuerySet[Child]:
    """Whom these roles watch over: whoever ends more than one locks all of them first, and before the home."""
    theirs = Q(pk__in=())
    for one in memberships:
        if one.role in _WATCHING:
            theirs |= _given_to(one.user_id, person_group(one.user_id))
        if one.role in _WATCHING and one.home_id is not None:
            theirs |= _promised_in(one.home_id)
    return Child.objects.filter(theirs)


@worded
def _roles_ever(user: Any) -> QuerySet[Membership, int]:
    return Membership.objects.filter(user=user).order_by().values_list("pk", flat=True)[:1]


@worded
def _watched_alone(user: Any, group: Any) -> QuerySet[Child, int]:
    return Child.objects.locked().filter(_given_to(user, group)).order_by("pk").values_list("pk", flat=True)


@worded
def _watched_in_a_home(user: Any, group: Any, home: Any) -> QuerySet[Child, int]:
    theirs = _given_to(user, group) | _promised_in(home)
    return Child.objects.locked().filter(theirs).order_by("pk").values_list("pk", flat=True)


def _promised_in(home: Any) -> Q:
    return Q(pk__in=PlanAction.objects.open().filter(owner_placement__home=home).values("child"))


def _given_to(user: Any, group: Any) -> Q:
    granted = ChildGroupPermission.objects.filter(group__name=group).values("content_object")
    covered = WorkerCover.objects.accepted().filter(covered_by=user).values("child")
    allocated = Allocation.objects.filter(worker=user, ends_at=None).values("child")
    promised = PlanAction.objects.open().filter(owner=user).values("child")
    reviewed = ReviewingOfficer.objects.standing().filter(user=user).values("child")
    theirs = Q(pk__in=granted) | Q(pk__in=covered) | Q(pk__in=allocated) | Q(pk__in=promised)
    return theirs | Q(pk__in=reviewed) | off_duty.doubted(user)


def _ring(child_ids: tuple[int, ...], at: datetime) -> None:
    if child_ids:
        children_changed.send(sender=None, ids=child_ids, at=at)


def _group_of(membership: Membership) -> str | None:
    if membership.role in HOME_ROLES and membership.home_id:
        return home_group(membership.home_id)
    if membership.role == Role.GUARDIAN:
        return person_group(membership.user_id)
    if membership.role == Role.POLICE and membership.force_id:
        return force_group(membership.force_id)
    if membership.role == Role.DUTY_DESK and membership.team is not None:
        return host_group(membership.team.authority_id)
    return None
