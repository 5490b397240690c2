"""A role in what several councils share, a police force or a guardian service: whoever is made one by one council's
administrator reads the children of another once somebody there has confirmed the account.

An officer reads and answers for the councils that have, of those of the force; of a child of none of these, who lives in
the area of the force, once another than whoever made them has. Who supervises guardians opens nothing before one other has.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from cases import access, log
from cases.deadlines import london_day
from cases.models import (
    Authority,
    Child,
    ConfigurationChange,
    GuardianService,
    Membership,
    OfficerConfirmation,
    Reach,
    Role,
    User,
)
from cases.relations import confirmed_for
from cases.states import IllegalMove

CONFIRMED = "role_confirmed"
# Said by an app above: the authorities that share a guardian service, and the services of some authorities.
_CONCERNED: list[Callable[[int, datetime], set[int]]] = []
_SERVICES: list[Callable[[Collection[int], datetime], QuerySet[GuardianService]]] = []


def find_shared(
    concerned: Callable[[int, datetime], set[int]],
    services: Callable[[Collection[int], datetime], QuerySet[GuardianService]],
) -> None:
    """Let an app above say which authorities have to do with a guardian service, and which services with authorities."""
    _CONCERNED[:], _SERVICES[:] = [concerned], [services]


def services_of(authority_ids: Collection[int], *, at: datetime) -> QuerySet[GuardianService]:
    """The guardian services that still run and have to do with these authorities, or with none yet."""
    own = Q(pk__in=())
    for find in _SERVICES:
        own |= Q(pk__in=find(authority_ids, at).values("pk"))
    return GuardianService.objects.on(london_day(at)).filter(own).order_by("name")


def begin(role: Membership, *, by: User | None, at: datetime) -> None:
    """Say of a role that was given now whom it is confirmed for already, or that it waits.

    Whoever sets the service up, by a command, asks nobody.
    """
    shared = sharing(role, at=at)
    own = shared if by is None else shared & _administered(by, at)
    is_asked = _somebody_is_asked(role, shared - own, by=by, at=at)
    if role.role == Role.POLICE:
        OfficerConfirmation.objects.bulk_create(
            OfficerConfirmation(membership=role, authority_id=pk, confirmed_at=at, second=not is_asked)
            for pk in sorted(own)
        )
    elif role.supervises and is_asked:
        role.awaits = True
        role.save(update_fields=["awaits"])


def _somebody_is_asked(role: Membership, others: set[int], *, by: User | None, at: datetime) -> bool:
    """Whether anybody but the giver and the holder can confirm this role: what nobody could would be shut for ever.

    Of the authorities that share it many may have nobody on the service yet.
    """
    asked = Q(role=Role.ADMINISTRATOR, authority__in=others)
    if role.supervises and role.service_id is not None and others:
        asked |= Q(service=role.service_id, role=Role.GUARDIAN, reach=Reach.DIRECTORATE)
    standing = Membership.objects.current(at).filter(asked).exclude(user__in=[role.user_id, by and by.pk])
    return standing.exists()


def sharing(role: Membership, *, at: datetime) -> set[int]:
    """The authorities whose children a role in what is shared may come to open."""
    if role.role == Role.POLICE:
        rows = Authority.objects.on(london_day(at)).filter(force=role.force_id)
        return set(rows.values_list("pk", flat=True))
    if role.supervises and role.service_id is not None:
        return {pk for find in _CONCERNED for pk in find(role.service_id, at)}
    return set()


def open_for(role: Membership, *, at: datetime) -> set[int]:
    """The authorities of which nobody has confirmed this role, and whose word is still asked for."""
    shared = sharing(role, at=at)
    if role.role == Role.POLICE:
        return shared - set(role.confirmations.values_list("authority", flat=True))
    return shared - _given_from(role) if role.awaits else set()


def waiting(user: User, *, at: datetime) -> list[Membership]:
    """The roles that `user` may confirm now."""
    own = _administered(user, at)
    if not own and not _heads(user, None, at):
        return []
    said = OfficerConfirmation.objects.filter(membership=OuterRef(OuterRef("pk")))
    unsaid = Authority.objects.filter(pk__in=own, force=OuterRef("force")).exclude(
        pk__in=said.values("authority")
    )
    asked = Q(awaits=True) | (Q(role=Role.POLICE) & Exists(unsaid))
    rows = Membership.objects.standing(at).filter(asked, user__is_active=True)
    rows = rows.exclude(user=user).select_related("user", "force", "service").order_by("pk")
    return [one for one in rows if _may(one, user, own, at)]


def get(user: User, membership_id: int, *, at: datetime) -> Membership:
    """Return a role that `user` may confirm, or 404."""
    role = Membership.objects.standing(at).select_related("user", "force", "service").filter(pk=membership_id)
    found = role.filter(user__is_active=True).first()
    if not access.memberships(user, at) or found is None:
        raise Http404
    if not _may(found, user, _administered(user, at), at):
        raise Http404
    return found


def unconfirmed(user: User, *, at: datetime) -> set[int]:
    """The children of the searches and the area of a force of `user` whose council has not confirmed this officer."""
    found: set[int] = set()
    for role, force in access.officer_roles(user, at=at):
        said = list(role.confirmations.values_list("authority", "second"))
        if any(second for _pk, second in said) and not open_for(role, at=at):
            # Of most officers all councils have said it: of them no child is looked at.
            continue
        theirs = Q(episodes__forces__force=force) | Q(placements__force=force)
        children = Child.objects.filter(theirs).exclude(confirmed_for(force.pk, role.pk, at, child="pk"))
        found.update(children.values_list("pk", flat=True))
    return found


def given(role: Membership) -> ConfigurationChange | None:
    """Who gave this role, and when."""
    rows = ConfigurationChange.objects.filter(
        subject_type="membership", subject_id=role.pk, kind="role_given"
    )
    return rows.order_by("pk").first()


def confirm(role: Membership, *, how: str, by: User, at: datetime) -> None:
    """Say that the holder of this role is who they are said to be, and how that is known: for the councils of `by`.

    Raises IllegalMove where that is not for `by` to say, or is said, and without how it is known.
    """
    if not how.strip():
        raise IllegalMove("Enter how you know.")
    with transaction.atomic():
        role = Membership.objects.select_for_update(no_key=True, of=("self",)).get(pk=role.pk)
        own = _administered(by, at)
        if not _may(role, by, own, at):
            raise IllegalMove("This role is confirmed already, or somebody else confirms it.")
        first = given(role)
        if role.role == Role.POLICE:
            OfficerConfirmation.objects.bulk_create(
                OfficerConfirmation(
                    membership=role, authority_id=pk, confirmed_by=by, confirmed_at=at, second=True
                )
                for pk in sorted(open_for(role, at=at) & own)
            )
        else:
            role.awaits = False
            role.save(update_fields=["awaits"])
        data = {
            "user": role.user_id,
            "role": role.role,
            "given_by": first.actor_id if first is not None else None,
            "how": how.strip(),
        }
        log.record_configuration(role, CONFIRMED, data=data, by=by, at=at)


def pass_on(authority: Authority, successors: Sequence[Authority], *, at: datetime) -> None:
    """What an authority has confirmed of officers stands for these too, which take its place."""
    said = list(OfficerConfirmation.objects.filter(authority=authority))
    OfficerConfirmation.objects.bulk_create(
        (
            OfficerConfirmation(
                membership_id=one.membership_id,
                authority=successor,
                confirmed_by_id=one.confirmed_by_id,
                confirmed_at=at,
                second=one.second,
            )
            for one in said
            for successor in successors
        ),
        ignore_conflicts=True,
    )


def _may(role: Membership, user: User, own: set[int], at: datetime) -> bool:
    """Whether `user`, who administers these authorities, is one whose word is asked for: not of their own doing."""
    if role.user_id == user.pk:
        return False
    first = given(role)
    if first is not None and first.actor_id == user.pk:
        return False
    if open_for(role, at=at) & own:
        return True
    return role.awaits and _heads(user, role.service_id, at)


def _given_from(role: Membership) -> set[int]:
    """What whoever gave this role administered then: nobody else there is the second of two."""
    first = given(role)
    if first is None or first.actor is None:
        return set()
    # Their account may be closed since: a colleague of theirs is no second one for that.
    held = Membership.objects.administered_by(first.actor_id, first.at)
    return {pk for pk in held.values_list("authority", flat=True) if pk is not None}


def _administered(user: User, at: datetime) -> set[int]:
    held = access.memberships(user, at)
    return {m.authority_id for m in held if m.role == Role.ADMINISTRATOR and m.authority_id is not None}


def _heads(user: User, service_id: int | None, at: datetime) -> bool:
    """Whether `user` heads this guardian service, or any where none is named."""
    held = [m for m in access.memberships(user, at) if m.supervises and m.reach == Reach.DIRECTORATE]
    return any(service_id in (None, m.service_id) for m in held)
