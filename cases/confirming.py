"""A role in what several councils share, a police force or a guardian service: whoever is made one by one council's
administrator reads the children of another once somebody there has confirmed the account.

An officer reads and answers for the councils that have, of those of the force; of a child of none of these, who lives in
the area of the force, once another than whoever made them has. Who supervises guardians opens nothing before one other has.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
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
    Role,
    User,
)
from cases.relations import confirmed_for
from cases.states import IllegalMove

CONFIRMED, REFUSED = "role_confirmed", "role_refused"
# Said by an app above: the authorities that share a guardian service, and the services of some authorities.
_CONCERNED: list[Callable[[Collection[int], datetime], dict[int, set[int]]]] = []
_SERVICES: list[Callable[[Collection[int], datetime], QuerySet[GuardianService]]] = []


def find_shared(
    concerned: Callable[[Collection[int], datetime], dict[int, set[int]]],
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
    own = shared if by is None else shared & administered(by, at)
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
        asked |= Membership.objects.of_heads() & Q(service=role.service_id)
    standing = Membership.objects.current(at).filter(asked).exclude(user__in=[role.user_id, by and by.pk])
    return standing.exists()


def sharing(role: Membership, *, at: datetime) -> set[int]:
    """The authorities whose children a role in what is shared may come to open."""
    return _Asking([role], at).sharing(role)


def open_for(role: Membership, *, at: datetime) -> set[int]:
    """The authorities of which nobody has confirmed this role, and whose word is still asked for."""
    return _Asking([role], at).open_for(role)


@dataclass(frozen=True)
class _Reader:
    """Whoever would confirm: the authorities that they administer, and the services that they head."""

    user: User
    own: set[int]
    headed: set[int]

    @classmethod
    def of(cls, user: User, at: datetime) -> "_Reader":
        held = access.memberships(user, at)
        return cls(user, administered(user, at), {m.service_id for m in held if m.heads and m.service_id})


class _Asking:
    """Of these roles whose word is asked for: as many queries for many as for one."""

    def __init__(self, roles: Collection[Membership], at: datetime) -> None:
        """Read what decides it, of all of them."""
        officers = [one for one in roles if one.role == Role.POLICE]
        leading = [one for one in roles if one.supervises and one.service_id is not None]
        self._forces: dict[int | None, set[int]] = defaultdict(set)
        rows = Authority.objects.on(london_day(at)).filter(force__in={one.force_id for one in officers})
        for force_id, pk in rows.values_list("force", "pk") if officers else ():
            self._forces[force_id].add(pk)
        self._said: dict[int, set[int]] = defaultdict(set)
        said = OfficerConfirmation.objects.filter(membership__in=officers) if officers else ()
        for one in said:
            self._said[one.membership_id].add(one.authority_id)
        services = {one.service_id for one in leading if one.service_id is not None}
        self._concerned: dict[int, set[int]] = defaultdict(set)
        for find in _CONCERNED if services else ():
            for service_id, found in find(services, at).items():
                self._concerned[service_id] |= found
        # Of a role in nothing that is shared nothing is asked: each that is given comes by here.
        self._given = _given([one.pk for one in (*officers, *leading)]) if officers or leading else {}
        self._from = _given_from([one for one in self._given.values() if one.actor_id is not None])

    def sharing(self, role: Membership) -> set[int]:
        if role.role == Role.POLICE:
            return self._forces[role.force_id]
        if role.supervises and role.service_id is not None:
            return self._concerned[role.service_id]
        return set()

    def open_for(self, role: Membership) -> set[int]:
        if role.role == Role.POLICE:
            return self.sharing(role) - self._said[role.pk]
        # Nobody else where it was given is the second of two.
        return self.sharing(role) - self._from.get(role.pk, set()) if role.awaits else set()

    def may(self, role: Membership, reader: _Reader) -> bool:
        """Whether `reader` is one whose word is asked for: not of their own doing."""
        first = self._given.get(role.pk)
        if role.user_id == reader.user.pk or (first is not None and first.actor_id == reader.user.pk):
            return False
        if self.open_for(role) & reader.own:
            return True
        return role.awaits and role.service_id in reader.headed


def waiting(user: User, *, at: datetime) -> list[Membership]:
    """The roles that `user` may confirm now; a fixed number of queries, whatever waits."""
    reader = _Reader.of(user, at)
    if not reader.own and not reader.headed:
        return []
    said = OfficerConfirmation.objects.filter(membership=OuterRef(OuterRef("pk")))
    unsaid = Authority.objects.filter(pk__in=reader.own, force=OuterRef("force")).exclude(
        pk__in=said.values("authority")
    )
    asked = Q(awaits=True) | (Q(role=Role.POLICE) & Exists(unsaid))
    rows = Membership.objects.standing(at).filter(asked, user__is_active=True)
    rows = rows.exclude(user=user).select_related("user", "force", "service").order_by("pk")
    found = list(rows)
    asking = _Asking(found, at)
    return [one for one in found if asking.may(one, reader)]


def get(user: User, membership_id: int, *, at: datetime) -> Membership:
    """Return a role that `user` may confirm, or 404."""
    role = Membership.objects.standing(at).select_related("user", "force", "service").filter(pk=membership_id)
    found = role.filter(user__is_active=True).first()
    if not access.memberships(user, at) or found is None:
        raise Http404
    if not _Asking([found], at).may(found, _Reader.of(user, at)):
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


def is_said(membership_id: int, kind: str, *, by: User) -> bool:
    """Whether `by` has confirmed or refused this role already: the same form comes again."""
    said = ConfigurationChange.objects.filter(kind=kind, actor=by)
    return said.filter(subject_type="membership", subject_id=membership_id).exists()


def given(role: Membership) -> ConfigurationChange | None:
    """Who gave this role, and when."""
    return _given([role.pk]).get(role.pk)


def _given(role_ids: Sequence[int]) -> dict[int, ConfigurationChange]:
    rows = ConfigurationChange.objects.filter(
        subject_type="membership", subject_id__in=role_ids, kind="role_given"
    )
    found: dict[int, ConfigurationChange] = {}
    for row in rows.select_related("actor").order_by("pk"):
        if row.subject_id is not None:
            found.setdefault(row.subject_id, row)
    return found


def _given_from(changes: Sequence[ConfigurationChange]) -> dict[int, set[int]]:
    """By role what whoever gave it administered then; their account may be closed since."""
    held = Membership.objects.filter(user__in={one.actor_id for one in changes}, role=Role.ADMINISTRATOR)
    rows = list(held) if changes else []
    return {
        one.subject_id or 0: {
            row.authority_id
            for row in rows
            if row.user_id == one.actor_id and row.authority_id is not None and _held(row, one.at)
        }
        for one in changes
    }


def _held(row: Membership, at: datetime) -> bool:
    return row.starts_at <= at and (row.ends_at is None or row.ends_at > at)


def heads_of(service_id: int, *, at: datetime) -> list[User]:
    """Whoever heads this guardian service: they are told that a role waits, and they alone there confirm it."""
    rows = _heading(service_id, at).select_related("user")
    return list(dict.fromkeys(one.user for one in rows.order_by("pk")))


def _heading(service_id: int, at: datetime) -> QuerySet[Membership]:
    return Membership.objects.current(at).filter(Membership.objects.of_heads(), service=service_id)


def confirm(role: Membership, *, how: str, by: User, at: datetime) -> None:
    """Say that the holder of this role is who they are said to be, and how that is known: for the councils of `by`.

    Raises IllegalMove where that is not for `by` to say, or is said, and without how it is known.
    """
    if not how.strip():
        raise IllegalMove("Enter how you know.")
    with transaction.atomic():
        held = Membership.objects.select_for_update(no_key=True, of=("self",)).get(pk=role.pk)
        if (held.ends_at, held.called_off_at) != (role.ends_at, role.called_off_at):
            # Refused by somebody else while this one waited: the instant of that may lie after `at`.
            raise IllegalMove("This role has ended already.")
        role, own = held, require(held, by=by, at=at)
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
        data = {**data_of(role), "how": how.strip()}
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


def require(role: Membership, *, by: User, at: datetime) -> set[int]:
    """Raise IllegalMove where it is not for `by` to answer for this role; return the authorities for which they do."""
    reader = _Reader.of(by, at)
    if not _Asking([role], at).may(role, reader):
        raise IllegalMove("This role is confirmed already, or somebody else confirms it.")
    return reader.own


def data_of(role: Membership) -> dict[str, object]:
    """What the log says of a role that somebody answers."""
    first = given(role)
    by = first.actor_id if first is not None else None
    return {"user": role.user_id, "role": role.role, "given_by": by}


def administered(user: User, at: datetime) -> set[int]:
    """The authorities that `user` administers at `at`."""
    held = access.memberships(user, at)
    return {m.authority_id for m in held if m.role == Role.ADMINISTRATOR and m.authority_id is not None}
