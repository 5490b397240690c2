"""Which of the two agreed forms a mailbox of a force reads, and whom of those who went together it reads of."""

from collections.abc import Sequence
from datetime import datetime

from cases import incidents
from cases.forms.typed import london
from cases.models import (
    ForceAgreement,
    KeepFrom,
    Mailbox,
    Membership,
    MissingEpisode,
    PoliceForce,
    Responsibility,
    Restriction,
    Role,
)


def is_signed(episode: MissingEpisode, force: PoliceForce, mailbox: Mailbox | None, *, now: datetime) -> bool:
    """Whether an agreement between the responsible authority and the force is in force, and the mailbox is its own and proved."""
    if mailbox is None or mailbox.force_id != force.pk or not mailbox.is_proved(now):
        return False
    responsible = Responsibility.objects.filter(child=episode.child_id, starts_at__lte=now).first()
    if responsible is None:
        return False
    if Restriction.objects.current(now).filter(child=episode.child_id).exists():
        # Only people by name read of this child: the officer hears it from whoever answers the duty line.
        return False
    today = london(now).date()
    return ForceAgreement.objects.filter(
        force=force, authority=responsible.authority_id, signed_date__lte=today, expires_date__gt=today
    ).exists()


def together(
    episode: MissingEpisode, force: PoliceForce, mailbox: Mailbox | None, *, now: datetime
) -> Sequence[str]:
    """Who is looked for by the same force because they went together, as far as this mailbox may read of each.

    Of one who is kept from somebody of that force nothing.
    """
    rows = incidents.others(episode).filter(
        ended_at=None,
        police_owed_at__lte=now,
        forces__force=force,
        forces__left_at=None,
        child_confirmed_at=None,
    )
    officers = Membership.objects.current(now).filter(role=Role.POLICE, force=force).values("user")
    kept = KeepFrom.objects.current(now).filter(user__in=officers).values("child")
    rows = rows.exclude(child__in=kept).select_related("child").order_by("pk")
    return [one.reference for one in rows if is_signed(one, force, mailbox, now=now)]
