"""The verbs of a guardian's concern about the council: raise it to who supervises them, and close it; and who reads what."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from cases import access, holidays, log, references, supervising
from cases.access import Permission
from cases.deadlines import Nation, add_working_days, london_day, midday
from cases.deadlines import end_of as day_ends
from cases.models import TEAM_ROLES, Child, GuardianService, Membership, Reach, Role, User
from cases.moves import require_open, require_same
from cases.responsibilities import responsible_authority
from cases.search import folding
from cases.states import IllegalMove
from guardians import owed
from guardians.models import (
    CouncilConcern,
    CouncilConcernEnding,
    GuardianAssignment,
    GuardianCover,
    NoGuardian,
)

# An answer that one person owes another: by the working days of one calendar, whatever the nation of the council.
CALENDAR = Nation.ENGLAND_AND_WALES


@dataclass(frozen=True)
class Shown:
    """One concern as one reader may read it."""

    row: CouncilConcern
    # The guardian's words; and those that closed it, with leave to close it. Of the council's people the first alone,
    # where they are shared, but for who closes a promise, or has closed it, while nobody watches over the child.
    has_words: bool
    has_answer: bool

    @property
    def reply_date(self) -> date | None:
        """By when an answer is awaited of an open concern for which nobody has promised a day."""
        waits = self.has_answer and self.row.is_open and self.row.due_at is None
        return london_day(reply_due(self.row.recorded_at)) if waits else None


def reply_due(recorded_at: datetime) -> datetime:
    """The end of the working day by which a concern of `recorded_at` is to be answered where nobody has promised one.

    As many working days after it as the setting says, ten unless it is changed: a proposal of ours.
    """
    days = settings.CONCERN_REPLY_WORKING_DAYS
    return add_working_days(recorded_at, days, nation=CALENDAR, holidays=holidays.of(CALENDAR))


def unanswered_before(at: datetime) -> datetime:
    """Whatever was raised before this instant is past its reply day at `at`, and nothing that was raised later."""
    day = london_day(at)
    while reply_due(midday(day)) > at:
        day -= timedelta(days=1)
    return day_ends(day)


def services_of(user: User, child: Child, *, at: datetime) -> list[GuardianService]:
    """The services for which `user` watches over the child at `at`, as their guardian or by cover."""
    own = GuardianAssignment.objects.current(at).in_role(at).filter(guardian=user, child=child)
    covered = GuardianCover.objects.current(at).in_role(at).filter(covered_by=user, child=child)
    ids = {*own.values_list("service", flat=True), *covered.values_list("assignment__service", flat=True)}
    return list(GuardianService.objects.filter(pk__in=ids).order_by("pk"))


def raise_concern(
    child: Child,
    *,
    words: str,
    shared: bool,
    promised_by: str = "",
    by_date: date | None = None,
    key: uuid.UUID,
    by: User,
    at: datetime,
) -> CouncilConcern:
    """Put a concern to whoever supervises the guardian; the same form sent twice is one.

    Raises IllegalMove for nobody who watches over the child, a promise without its day or without who made it, and in
    a closed case; `SentBefore` for the same key with other words.
    """
    if not words.strip():
        raise IllegalMove("Enter your concern.")
    if bool(promised_by.strip()) != (by_date is not None):
        raise IllegalMove("Of a promise enter who made it and by when.")
    given = {
        "words": words.strip(),
        "shared": shared,
        "promised_by": promised_by.strip(),
        "due_at": day_ends(by_date) if by_date is not None else None,
    }
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        services = services_of(by, child, at=at)
        if not services:
            raise IllegalMove("You do not watch over this child any more.")
        same = CouncilConcern.objects.filter(key=key).first()
        if same is not None:
            if (same.child_id, same.recorded_by_id) != (child.pk, by.pk):
                raise IllegalMove("This form was sent for another child.")
            require_same(same, given)
            return same
        concern = CouncilConcern.objects.create(
            key=key, child=child, service=services[0], **given, recorded_at=at, recorded_by=by
        )
        _tell(concern, "raised", by, at)
    return concern


def end(concern: CouncilConcern, *, words: str, by: User, at: datetime) -> CouncilConcernEnding:
    """Close a concern with words, in a closed case too."""
    if not words.strip():
        raise IllegalMove("Enter what became of it.")
    with transaction.atomic():
        Child.objects.locked().get(pk=concern.child_id)
        return _end(concern, CouncilConcernEnding.Kind.ANSWERED, words.strip(), by, at)


def end_of(assignment: GuardianAssignment, *, by: User, at: datetime) -> None:
    """Close what stands of a service with whose guardian the last of it left the child; who calls has locked the child.

    What was promised the council owes the child, whoever is its guardian: that stays open. What nobody promised was for
    whoever supervises the guardian, and they read nothing of the child any more.
    """
    standing = GuardianAssignment.objects.standing(at).filter(
        child=assignment.child_id, service=assignment.service_id
    )
    if standing.exists():
        return
    for concern in CouncilConcern.objects.open().filter(
        child=assignment.child_id, service=assignment.service_id, due_at=None
    ):
        _end(concern, CouncilConcernEnding.Kind.LEFT, "", by, at)


def _end(concern: CouncilConcern, kind: str, words: str, by: User, at: datetime) -> CouncilConcernEnding:
    if CouncilConcernEnding.objects.filter(concern=concern).exists():
        raise IllegalMove("This concern is closed already.")
    ending = CouncilConcernEnding.objects.create(
        concern=concern, kind=kind, words=words, recorded_at=at, recorded_by=by
    )
    _tell(concern, "ended", by, at)
    return ending


def _tell(concern: CouncilConcern, what: str, by: User, at: datetime) -> None:
    """A promise, and what is shared, stands on the timeline of the council; a guardian's words to a supervisor do not."""
    known = concern.due_at is not None or concern.shared
    kind = f"council_promise_{what}" if known else f"council_concern_{what}"
    data = {"by_date": concern.by_date.isoformat() if concern.by_date is not None else ""}
    log.record(concern.child, kind, subject=concern, data=data, by=by, at=at)


def permission_for(user: User, reference: str, *, at: datetime) -> Permission:
    """By what `user` reads the concerns about this child: as a guardian, as the council's, or as who supervises guardians.

    To whoever is none of these the page is as closed as a guardian's notes are.
    """
    wanted = references.parse(reference).child
    for permission in (Permission.WRITE_OWN_NOTE, Permission.SEE_RECORD):
        if access.children(user, permission, at=at).filter(reference=wanted).exists():
            return permission
    return Permission.SEE_STATUS if supervising.supervised_by(user, at=at) else Permission.WRITE_OWN_NOTE


def supervisors(concern: CouncilConcern, *, at: datetime) -> list[User]:
    """Who supervises the service that hears of it, or heads it where nobody does, and may see the child; not who raised it."""
    return _leading(concern, Reach.SERVICE, at) or heads(concern, at=at)


def heads(concern: CouncilConcern, *, at: datetime) -> list[User]:
    """Who heads the service and may see the child, but for whoever raised it."""
    return _leading(concern, Reach.DIRECTORATE, at)


def _leading(concern: CouncilConcern, reach: str, at: datetime) -> list[User]:
    services = owed.services_of(concern, at=at)
    held = Membership.objects.current(at).filter(service__in=services, role=Role.GUARDIAN, reach=reach)
    people = User.objects.filter(pk__in=held.values("user"), is_active=True).exclude(
        pk=concern.recorded_by_id
    )
    return [
        one
        for one in people.order_by("name", "pk")
        if access.may(one, concern.child, Permission.SEE_STATUS, at=at)
    ]


def promiser(concern: CouncilConcern, *, at: datetime) -> User | None:
    """Whoever of the council made the promise, where the name that the guardian wrote is that of one person there.

    They work for the authority that is responsible, and may read the record; a first name may be an initial.
    """
    said = folding.words(concern.promised_by)
    begins = [word[0].casefold() for word in concern.promised_by.split()]
    held = Membership.objects.current(at).filter(
        role__in=TEAM_ROLES, team__authority=responsible_authority(concern.child, at=at)
    )
    people = User.objects.filter(pk__in=held.values("user"), is_active=True)
    named = [one for one in people.order_by("pk") if _is_named(one.name, said, begins)]
    found = [one for one in named if access.may(one, concern.child, Permission.SEE_RECORD, at=at)]
    return found[0] if len(found) == 1 else None


def _is_named(name: str, said: list[str], begins: list[str]) -> bool:
    parts = folding.words(name)
    if len(parts) < 2 or parts[-1] not in said:
        return False
    return parts[0] in said or name[0].casefold() in begins


def standing(user: User, *, at: datetime) -> list[CouncilConcern]:
    """The open concerns of the services that `user` supervises, of children whom they may see, the oldest first."""
    led = supervising.supervised_by(user, at=at)
    children = access.children(user, Permission.SEE_STATUS, at=at)
    theirs = Q(service__in=led) | Q(pk__in=owed.taken_over(led, at=at).values("pk"))
    rows = CouncilConcern.objects.open().filter(theirs, child__in=children.values("pk"))
    return list(rows.select_related("child", "recorded_by").order_by("recorded_at", "pk"))


def readable(user: User, child: Child, *, at: datetime) -> list[Shown]:
    """The concerns about this child that `user` may read, the latest first, each as far as they may."""
    rows = CouncilConcern.objects.filter(child=child).select_related(
        "child", "service", "recorded_by", "ending__recorded_by"
    )
    reader = _reader(user, child, at)
    found = [_shown(row, reader) for row in rows]
    return [one for one in found if one is not None]


@dataclass(frozen=True)
class _Reader:
    """What there is to know of one reader of the concerns about one child."""

    user: User
    rights: Collection[Permission]
    # The services that they supervise.
    led: Collection[int]
    # What they go on with for whoever raised it.
    goes_on: Collection[int]
    # The promises that they may close as the council's people, while nobody watches over the child.
    closes: Collection[int]


def _reader(user: User, child: Child, at: datetime) -> _Reader:
    rights = access.permissions_for(user, child, at=at)
    led, own, goes_on = set[int](), set[int](), set[int]()
    if Permission.SEE_STATUS in rights:
        led = supervising.supervised_by(user, at=at)
    if Permission.WRITE_OWN_NOTE in rights:
        own = {service.pk for service in services_of(user, child, at=at)}
        goes_on = set(owed.inherited(user, at=at).filter(child=child).values_list("pk", flat=True))
    if led:
        goes_on |= set(owed.taken_over(led, at=at).filter(child=child).values_list("pk", flat=True))
    if own or (led and led & owed.watching(child, at=at)):
        goes_on |= set(owed.closed_by_council(child).values_list("pk", flat=True))
    return _Reader(user, rights, led, goes_on, _closes(user, child, rights, at))


def _closes(user: User, child: Child, rights: Collection[Permission], at: datetime) -> set[int]:
    """The promises that a manager closes: only while there is no guardian to say if they were kept."""
    if Permission.KEEP_FROM not in rights or owed.watching(child, at=at):
        return set()
    rows = CouncilConcern.objects.open().filter(child=child, due_at__isnull=False).select_related("child")
    leads = Membership.objects.current(at).filter(
        user=user, role=Role.TEAM_MANAGER, team__authority=responsible_authority(child, at=at)
    )
    is_above = leads.exclude(reach=Reach.TEAM).exists()
    return {row.pk for row in rows if _may_close(row, user, is_above=is_above, at=at)}


def _may_close(row: CouncilConcern, user: User, *, is_above: bool, at: datetime) -> bool:
    """Never their own promise, nor one that may be by its name; where nobody knows whose it is, somebody above the team."""
    parts = folding.words(user.name)
    if set(parts[1:] or parts) & set(folding.words(row.promised_by)):
        return False
    made_by = promiser(row, at=at)
    return is_above if made_by is None else made_by != user


def _shown(row: CouncilConcern, reader: _Reader) -> Shown | None:
    raised = Permission.WRITE_OWN_NOTE in reader.rights and row.recorded_by_id == reader.user.pk
    goes_on = row.pk in reader.goes_on
    if raised or row.service_id in reader.led:
        return Shown(row, has_words=True, has_answer=True)
    if goes_on:
        return Shown(row, has_words=row.shared, has_answer=True)
    if Permission.SEE_RECORD in reader.rights and (row.due_at is not None or row.shared):
        closed = not row.is_open and row.ending.recorded_by_id == reader.user.pk
        has_answer = row.pk in reader.closes or (closed and row.due_at is not None)
        return Shown(row, has_words=row.shared, has_answer=has_answer)
    return None


def stands_in(child: Child, *, at: datetime) -> NoGuardian | None:
    """Who stands in for a guardian while nobody watches over the living child; None where nobody is named."""
    if owed.watching(child, at=at) or not Child.objects.living().filter(pk=child.pk).exists():
        return None
    return NoGuardian.objects.current(at).filter(child=child).exclude(fallback_name="").first()
