"""Whose test of a mailbox proves it: of a force that councils share not that of whoever entered the address alone."""

from collections.abc import Collection
from datetime import datetime

from cases.deadlines import london_day
from cases.models import ConfigurationChange, ForceAgreement, Mailbox, Membership, Role, User


def counts(mailbox: Mailbox, asked_by: User | None, *, at: datetime) -> bool:
    """Whether a test that `asked_by` sent, and somebody answered, proves it.

    Whoever enters an address for a force may read it too, and answers their own test (docs/adr/0214): where another
    council of the force has an administrator, one of those has to send the test. One that was proved before goes on.
    """
    if mailbox.force_id is None or mailbox.verified_at is not None or asked_by is None:
        return True
    others = _administered_beside(mailbox, _of_force(mailbox), at)
    if not others:
        return True
    held = Membership.objects.current(at).filter(user=asked_by, role=Role.ADMINISTRATOR)
    is_another = asked_by.pk != _entered(mailbox)[0]
    return is_another and held.filter(authority__in=others).exists()


def concerned(mailbox: Mailbox, *, at: datetime) -> set[int]:
    """The authorities that hear that somebody entered it for their force, and of its first proof.

    None where nobody but whoever entered it, and their council, has an administrator to look at it.
    """
    if mailbox.force is None:
        return set()
    # Who has an agreement with the force has it read of their children too.
    agreed = ForceAgreement.objects.filter(force=mailbox.force, expires_date__gt=london_day(at))
    found = {*_of_force(mailbox), *agreed.values_list("authority", flat=True)}
    return found if _administered_beside(mailbox, found, at) else set()


def _administered_beside(mailbox: Mailbox, authority_ids: Collection[int], at: datetime) -> set[int]:
    """Those of these authorities that somebody else administers; none where nobody is on record as having entered it.

    A colleague of whoever entered it is nobody else, though that account is closed since.
    """
    person, entered_at = _entered(mailbox)
    if person is None or entered_at is None:
        return set()
    own = Membership.objects.administered_by(person, entered_at)
    theirs = Membership.objects.current(at).filter(role=Role.ADMINISTRATOR, authority__in=authority_ids)
    theirs = theirs.exclude(user=person).exclude(authority__in=own.values("authority"))
    return {pk for pk in theirs.values_list("authority", flat=True) if pk is not None}


def _of_force(mailbox: Mailbox) -> list[int]:
    return [] if mailbox.force is None else list(mailbox.force.authorities.values_list("pk", flat=True))


def _entered(mailbox: Mailbox) -> tuple[int | None, datetime | None]:
    """By whom it was entered, and when."""
    changes = ConfigurationChange.objects.filter(
        subject_type="mailbox", subject_id=mailbox.pk, kind="mailbox_registered"
    )
    return changes.values_list("actor", "at").first() or (None, None)
