"""What an administrator looks after: the people, teams and homes of their authority, and no child."""

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest

from cases import access, confirming, force_ends, log, references
from cases.deadlines import london_day
from cases.models import (
    Authority,
    Child,
    ConfigurationChange,
    ForceAgreement,
    ForcePhone,
    GuardianService,
    Home,
    Mailbox,
    Membership,
    PoliceForce,
    Reach,
    Role,
    Split,
    Team,
    User,
)
from cases.models.contact_points import MailboxQuerySet
from cases.models.people import MembershipQuerySet
from cases.models.periods import current

# What an administrator reads of a child: whom its alerts reach, and who that is.
SEE_LADDER = "see_ladder"


def authorities(user: User, *, at: datetime) -> list[int]:
    """The authorities that `user` administers; PermissionDenied when there are none."""
    found = [
        m.authority_id
        for m in access.memberships(user, at)
        if m.role == Role.ADMINISTRATOR and m.authority_id is not None
    ]
    if not found:
        raise PermissionDenied
    return found


def get_authority(user: User, code: str, *, at: datetime) -> Authority:
    """Return an authority that `user` administers, by its code, or 404."""
    authority = Authority.objects.filter(pk__in=authorities(user, at=at), code=code).first()
    if authority is None:
        raise Http404
    return authority


def get_split(user: User, split_id: int, *, at: datetime) -> Split:
    """Return a split of an authority that `user` administers, open or over, or 404."""
    rows = Split.objects.filter(authority__in=authorities(user, at=at)).select_related("authority", "keeper")
    split = rows.filter(pk=split_id).first()
    if split is None:
        raise Http404
    return split


def may_agree(person: User, authority_ids: Sequence[int], *, at: datetime) -> bool:
    """Whether `person` may be the second of two about what is everybody's: an administrator or a director there.

    Not whoever covers for one: to sign for everybody is the director's own.
    """
    return any(
        (m.role == Role.ADMINISTRATOR and m.authority_id in authority_ids)
        or (m.reach == Reach.DIRECTORATE and m.team is not None and m.team.authority_id in authority_ids)
        for m in access.memberships(person, at)
        if m.user_id == person.pk
    )


def memberships(authority_ids: Sequence[int], *, at: datetime) -> MembershipQuerySet:
    """The roles in these authorities, and those with others that an administrator of theirs gave while they were one.

    Who administers another council by now has taken nobody along. What passed on are those of an authority whose place
    one of these has taken: nobody else would look after them.
    """
    theirs = Authority.objects.answered_by(authority_ids, day=london_day(at))
    administered = Membership.objects.filter(
        current(OuterRef("at")),
        user=OuterRef("actor"),
        role=Role.ADMINISTRATOR,
        authority__in=theirs.values("pk"),
    )
    changes = ConfigurationChange.objects.filter(subject_type="membership", kind="role_given")
    given = changes.filter(Exists(administered)).values("subject_id")
    own = (
        Q(team__authority__in=authority_ids)
        | Q(home__authority__in=authority_ids)
        | Q(authority__in=authority_ids)
    )
    return Membership.objects.filter(own | Q(pk__in=given, role__in=(Role.GUARDIAN, Role.POLICE)))


def get_person(user: User, person_id: int, *, at: datetime) -> User:
    """Return somebody who has or had a role that `user` looks after, or 404."""
    held = memberships(authorities(user, at=at), at=at).filter(user=person_id)
    person = User.objects.filter(pk=person_id, pk__in=held.values("user")).first()
    if person is None:
        raise Http404
    return person


def may_read(person: User, authority_ids: Sequence[int], *, at: datetime) -> bool:
    """Whether administrators of these authorities read who `person` is, as on the page of `get_person`."""
    return memberships(authority_ids, at=at).filter(user=person).exists()


def get_membership(user: User, membership_id: int, *, at: datetime) -> Membership:
    """Return a role that `user` may end, or 404."""
    held = memberships(authorities(user, at=at), at=at).select_related("user", "team", "home", "authority")
    membership = held.filter(pk=membership_id).first()
    if membership is None:
        raise Http404
    return membership


def get_team(user: User, team_id: int, *, at: datetime) -> Team:
    """Return a team of an authority that `user` administers, or 404."""
    team = Team.objects.filter(pk=team_id, authority__in=authorities(user, at=at)).first()
    if team is None:
        raise Http404
    return team


def get_home(user: User, home_id: int, *, at: datetime) -> Home:
    """Return a home in the area of an authority that `user` administers, or 404."""
    homes = Home.objects.select_related("authority", "force", "provider")
    home = homes.filter(pk=home_id, authority__in=authorities(user, at=at)).first()
    if home is None:
        raise Http404
    return home


def get_service(user: User, service_id: int, *, at: datetime) -> GuardianService:
    """Return a guardian service, open or closed, to whoever administers an authority: the list is one for all; else 404."""
    authorities(user, at=at)
    service = GuardianService.objects.filter(pk=service_id).first()
    if service is None:
        raise Http404
    return service


def mailboxes(authority_ids: Sequence[int], *, at: datetime) -> MailboxQuerySet:
    """The mailboxes of these authorities that are used at `at`, and those of their police force and of one before it."""
    own = (
        Q(team__authority__in=authority_ids) | Q(authority__in=authority_ids) | _of_forces(authority_ids, at)
    )
    rows = Mailbox.objects.current(at).filter(own).select_related("team", "authority", "force__successor")
    return rows.distinct().order_by("purpose", "address")


def get_mailbox(user: User, mailbox_id: int, *, at: datetime) -> Mailbox:
    """Return a mailbox that `user` looks after, or 404."""
    mailbox = mailboxes(authorities(user, at=at), at=at).filter(pk=mailbox_id).first()
    if mailbox is None:
        raise Http404
    return mailbox


def force_phones(authority_ids: Sequence[int], *, at: datetime) -> QuerySet[ForcePhone]:
    """The numbers that stand of the forces of these authorities, and of those that they took over from."""
    rows = ForcePhone.objects.filter(_of_forces(authority_ids, at), ends_at=None)
    return rows.select_related("force__successor").distinct().order_by("force__name", "purpose")


def _of_forces(authority_ids: Sequence[int], at: datetime) -> Q:
    """Of a row of a force: whether it is that of one of these authorities, or one that has ended in whose place that is."""
    own = set(PoliceForce.objects.filter(authorities__in=authority_ids).values_list("pk", flat=True))
    return Q(force__in=own | force_ends.before(own, day=london_day(at)))


def ended_forces(authority_ids: Sequence[int], *, at: datetime) -> list[tuple[PoliceForce, PoliceForce]]:
    """The forces that have ended, each with the one in its place, whose mailboxes, numbers or agreements are to be registered.

    Until what stands of the one before has been ended, and as long as the one in its place has no mailbox.
    """
    day = london_day(at)
    boxes = mailboxes(authority_ids, at=at).filter(force__valid_to__lte=day).order_by().values("force")
    phones = force_phones(authority_ids, at=at).filter(force__valid_to__lte=day).order_by().values("force")
    signed = agreements(authority_ids, on=day).filter(force__valid_to__lte=day).order_by().values("force")
    own = PoliceForce.objects.filter(authorities__in=authority_ids)
    reached = Mailbox.objects.current(at).filter(force__isnull=False).values("force")
    unreached = set(own.exclude(pk__in=reached).values_list("pk", flat=True))
    named = Q(pk__in=boxes) | Q(pk__in=phones) | Q(pk__in=signed)
    named |= Q(pk__in=force_ends.before(unreached, day=day))
    gone = PoliceForce.objects.filter(named).order_by("name")
    return [(force, force_ends.standing(force, day=day)) for force in gone]


def get_force_phone(user: User, phone_id: int, *, at: datetime) -> ForcePhone:
    """Return a number of a force that `user` looks after, or 404."""
    row = force_phones(authorities(user, at=at), at=at).filter(pk=phone_id).first()
    if row is None:
        raise Http404
    return row


def services(*, on: date) -> QuerySet[GuardianService]:
    """The guardian services that have not ended: the list is one for every authority."""
    return GuardianService.objects.on(on).order_by("name")


def services_to_fill(authority_ids: Sequence[int], *, at: datetime) -> QuerySet[GuardianService]:
    """Those in which these authorities may give a role: who else is a guardian elsewhere is no business of theirs."""
    return confirming.services_of(authority_ids, at=at)


def agreements(authority_ids: Sequence[int], *, on: date) -> QuerySet[ForceAgreement]:
    """The sharing agreements of these authorities that have not expired."""
    rows = ForceAgreement.objects.filter(authority__in=authority_ids, expires_date__gt=on)
    return rows.select_related("force__successor", "authority").order_by("force__name", "signed_date")


def get_agreement(user: User, agreement_id: int, *, on: date, at: datetime) -> ForceAgreement:
    """Return an agreement that `user` may end, or 404."""
    agreement = agreements(authorities(user, at=at), on=on).filter(pk=agreement_id).first()
    if agreement is None:
        raise Http404
    return agreement


def is_only_ours(person: User, authority_ids: Sequence[int], *, at: datetime) -> bool:
    """Whether every role that `person` holds, or is to hold, is looked after by these authorities.

    Then they correct name and phone, and may close the account, which ends a role that has yet to begin too.
    """
    held = Membership.objects.standing(at).filter(user=person)
    return not held.exclude(pk__in=memberships(authority_ids, at=at).values("pk")).exists()


def get_child(
    user: User, reference: str, *, authority_id: int | None = None, request: HttpRequest, at: datetime
) -> Child:
    """Return a child of an authority that `user` administers, for whom its alerts reach and nothing else; else 404.

    With `authority_id` of that one of theirs alone. It is on record as every read is, and so is a refusal.
    """
    own = [pk for pk in authorities(user, at=at) if authority_id in (None, pk)]
    wanted = references.parse(reference).child
    known = Child.objects.filter(reference=wanted).first()
    ours = Child.objects.filter(access.responsible(own, at), reference=wanted)
    child = ours.exclude(access.shut(user, at)).first()
    place = log.Place(path=request.path, page="foresight", address=request.META.get("REMOTE_ADDR"))
    log.record_access(
        user=user,
        child_id=known.pk if known is not None else None,
        permission=SEE_LADDER,
        allowed=child is not None,
        place=place,
        at=at,
    )
    if child is None:
        raise Http404
    return child
