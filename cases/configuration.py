"""The verbs of where alerts go: mailboxes, agreements and the rota; each writes what changed and by whom."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from cases import log
from cases.models import (
    Authority,
    ForceAgreement,
    ForcePhone,
    Home,
    Mailbox,
    PoliceForce,
    Shift,
    Team,
    User,
    WorkerLeave,
)
from cases.states import IllegalMove

# Of the weekly list of an area: it goes out again.
LISTED = "area_listed"
# Of a post of a manager who is away.
UNCOVERED, FILLED = "post_uncovered", "post_filled"


def register_mailbox(
    address: str,
    purpose: str,
    *,
    starts_at: datetime | None = None,
    by: User | None,
    at: datetime,
    **owner: Any,
) -> Mailbox:
    """Register an address for one purpose of its `owner`: force, team or authority. It is not proved yet."""
    with transaction.atomic():
        mailbox = Mailbox.objects.create(address=address, purpose=purpose, starts_at=starts_at or at, **owner)
        of = {name: one.pk for name, one in owner.items()}
        data = {"address": address, "purpose": purpose, **of}
        log.record_configuration(mailbox, "mailbox_registered", data=data, by=by, at=at)
    return mailbox


def prove_mailbox(mailbox: Mailbox, *, by: User | None, at: datetime) -> Mailbox:
    """Somebody answered from the mailbox: it is proved from now on, and what it refused before is forgotten."""
    with transaction.atomic():
        mailbox = _standing(mailbox)
        data = {"first": True} if mailbox.verified_at is None else {}
        mailbox.verified_at, mailbox.failed_at = at, None
        mailbox.save(update_fields=["verified_at", "failed_at"])
        log.record_configuration(mailbox, "mailbox_proved", data=data, by=by, at=at)
    return mailbox


def note_unproved(mailbox: Mailbox, *, at: datetime) -> None:
    """Put on record that nobody has answered from the mailbox: whoever may test it hears of it by that."""
    data = {"proved": mailbox.verified_at is not None}
    log.record_configuration(mailbox, "mailbox_unproved", data=data, by=None, at=at)


def note_uncalled(
    team: Team, phones: Sequence[str], on_rota: Sequence[tuple[User, str]] = (), *, at: datetime
) -> None:
    """Put on record that no test call to these of a duty team's numbers was answered: whoever rings them hears by that.

    `on_rota` are those of its rota, each with whoever is rung on it.
    """
    data: dict[str, Any] = {"phones": ", ".join(phones)}
    if on_rota:
        data["rota"] = [{"person": person.pk, "phone": phone} for person, phone in on_rota]
    log.record_configuration(team, "numbers_uncalled", data=data, by=None, at=at)


def note_homes_uncalled(authority: Authority, homes: Sequence[Home], *, at: datetime) -> None:
    """Put on record that nobody has answered a test call to these homes there: whoever rings them hears by that."""
    data = {"homes": [f"{home.name}: {home.phone}" for home in homes]}
    log.record_configuration(authority, "numbers_uncalled", data=data, by=None, at=at)


def note_post(
    leave: WorkerLeave,
    authority: int,
    *,
    posts: Sequence[int],
    told: Sequence[int],
    is_filled: bool = False,
    at: datetime,
) -> None:
    """Put on record that nobody covers these posts there of a manager who is away; with `is_filled` that this is over.

    `told` are the people who hear by that, by key.
    """
    data = {"worker": leave.worker_id, "authority": authority, "posts": [*posts], "told": [*told]}
    log.record_configuration(leave, FILLED if is_filled else UNCOVERED, data=data, by=None, at=at)


def note_unlisted(
    area: Authority | PoliceForce, purpose: str, authorities: Sequence[int], *, at: datetime
) -> None:
    """Put on record that the weekly list of an area goes to nobody: who administers `authorities` hears of it by that."""
    data = {"purpose": str(purpose), "authorities": list(authorities)}
    log.record_configuration(area, "area_unlisted", data=data, by=None, at=at)


def note_listed(area: Authority | PoliceForce, purpose: str, *, at: datetime) -> None:
    """Put on record that it goes out again, or has nobody to name."""
    log.record_configuration(area, LISTED, data={"purpose": str(purpose)}, by=None, at=at)


def mark_refused(mailbox: Mailbox, *, at: datetime) -> None:
    """The mailbox refused a message for good: it counts as not proved until somebody answers from it."""
    Mailbox.objects.filter(pk=mailbox.pk).update(failed_at=at)
    log.record_configuration(mailbox, "mailbox_refused", by=None, at=at)


def end_mailbox(mailbox: Mailbox, *, reason: str, by: User, at: datetime) -> Mailbox:
    """Send nothing more to this mailbox; an address is never changed, another is registered."""
    with transaction.atomic():
        mailbox = _standing(mailbox)
        mailbox.ends_at = at
        mailbox.save(update_fields=["ends_at"])
        log.record_configuration(mailbox, "mailbox_ended", data={"reason": reason}, by=by, at=at)
    return mailbox


def is_last(mailbox: Mailbox, *, at: datetime) -> bool:
    """Whether nobody is mailed for this purpose any more once `mailbox` has ended; each mailbox of a force gets its alerts."""
    owner = {"force": mailbox.force_id, "team": mailbox.team_id, "authority": mailbox.authority_id}
    others = Mailbox.objects.current(at).filter(**owner).exclude(pk=mailbox.pk)
    return not (others if mailbox.force_id is not None else others.filter(purpose=mailbox.purpose)).exists()


class RungEarlier(IllegalMove):
    """A number of a force that was rung before the one whose place it would take."""


def register_force_phone(
    force: PoliceForce, purpose: str, *, phone: str, verified_date: date, by: User | None, at: datetime
) -> ForcePhone:
    """Record a number of a force that was rung on that day; it takes the place of the one that stands for the purpose.

    Raises IllegalMove where nothing of it is otherwise, RungEarlier where the one that stands was rung since.
    """
    with transaction.atomic():
        # Of two who write at once the second finds what the first wrote.
        PoliceForce.objects.select_for_update(no_key=True).get(pk=force.pk)
        # Somebody may be ending it, which locks the number alone.
        standing = ForcePhone.objects.select_for_update(no_key=True).filter(ends_at=None)
        before = standing.filter(force=force, purpose=purpose).first()
        if before is not None:
            if (before.phone, before.verified_date) == (phone, verified_date):
                raise IllegalMove("This number is on record with that day already.")
            if verified_date < before.verified_date:
                raise RungEarlier("The number that stands was rung later. Ring this one, and enter that day.")
            before.ends_at = max(at, before.starts_at)
            before.save(update_fields=["ends_at"])
            log.record_configuration(before, "force_phone_replaced", data={"phone": phone}, by=by, at=at)
        row = ForcePhone.objects.create(
            force=force, purpose=purpose, phone=phone, verified_date=verified_date, starts_at=at
        )
        data = {"force": force.pk, "purpose": str(purpose), "phone": phone, "rung": verified_date.isoformat()}
        log.record_configuration(row, "force_phone_registered", data=data, by=by, at=at)
    return row


def end_force_phone(row: ForcePhone, *, reason: str, by: User, at: datetime) -> ForcePhone:
    """From now on 101 is rung instead; raises IllegalMove where it has ended."""
    with transaction.atomic():
        row = ForcePhone.objects.select_for_update(no_key=True).get(pk=row.pk)
        if row.ends_at is not None:
            raise IllegalMove("This number has ended, or another took its place.")
        row.ends_at = max(at, row.starts_at)
        row.save(update_fields=["ends_at"])
        log.record_configuration(row, "force_phone_ended", data={"reason": reason}, by=by, at=at)
    return row


def sign_agreement(
    force: PoliceForce,
    authority: Authority,
    *,
    signed_date: date,
    expires_date: date,
    by: User | None,
    at: datetime,
) -> ForceAgreement:
    """Record the sharing agreement without which a force's mails name no child.

    Raises IllegalMove where one stands in that time already.
    """
    with transaction.atomic():
        standing = ForceAgreement.objects.filter(force=force, authority=authority)
        if standing.filter(signed_date__lt=expires_date, expires_date__gt=signed_date).exists():
            raise IllegalMove("There is an agreement with this force in that time already.")
        agreement = ForceAgreement.objects.create(
            force=force, authority=authority, signed_date=signed_date, expires_date=expires_date
        )
        data = {"force": force.code, "authority": authority.pk, "expires": expires_date.isoformat()}
        log.record_configuration(agreement, "agreement_signed", data=data, by=by, at=at)
    return agreement


def end_agreement(
    agreement: ForceAgreement, *, expires_date: date, reason: str, by: User, at: datetime
) -> ForceAgreement:
    """Let an agreement expire sooner; a longer one is signed anew."""
    with transaction.atomic():
        agreement = ForceAgreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
        if expires_date >= agreement.expires_date:
            raise IllegalMove(
                "An agreement ends sooner than it would expire. Record a longer one as a new one."
            )
        data = {"expires": expires_date.isoformat(), "before": agreement.expires_date.isoformat()}
        agreement.expires_date = expires_date
        agreement.save(update_fields=["expires_date"])
        log.record_configuration(agreement, "agreement_ended", data=data | {"reason": reason}, by=by, at=at)
    return agreement


def put_on_duty(
    team: Team,
    person: User,
    *,
    phone: str,
    second: User | None = None,
    second_phone: str = "",
    starts_at: datetime,
    ends_at: datetime | None = None,
    taken_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> Shift:
    """Put `person` on duty for a team from a time on, and `second` behind them."""
    if second is not None and second.pk == person.pk:
        raise IllegalMove("The second person is somebody else.")
    with transaction.atomic():
        shift = Shift.objects.create(
            team=team,
            person=person,
            phone=phone,
            second=second,
            second_phone=second_phone,
            starts_at=starts_at,
            ends_at=ends_at,
            taken_at=taken_at,
        )
        data = {"team": team.pk, "person": person.pk, "second": second.pk if second else None}
        log.record_configuration(shift, "put_on_duty", data=data, by=by, at=at)
    return shift


def end_shift(shift: Shift, *, reason: str, by: User | None, at: datetime) -> Shift:
    """End a shift that runs; raises IllegalMove where it has ended."""
    with transaction.atomic():
        shift = Shift.objects.select_for_update(no_key=True, of=("self",)).get(pk=shift.pk)
        if shift.ends_at is not None and shift.ends_at <= at:
            raise IllegalMove("This shift has ended.")
        shift.ends_at = max(at, shift.starts_at)
        shift.save(update_fields=["ends_at"])
        log.record_configuration(shift, "shift_ended", data={"reason": reason}, by=by, at=at)
    return shift


def change_shift(
    shift: Shift,
    person: User,
    *,
    phone: str,
    second: User | None,
    second_phone: str,
    ends_at: datetime | None,
    reason: str,
    by: User,
    at: datetime,
) -> Shift:
    """Write a shift anew from now, or from its start on, as it is to be; the old one ends then, and is kept.

    It stays taken where the person stays. Raises IllegalMove without a reason, where it has ended, where nothing is
    otherwise, and for an end that is over.
    """
    if not reason.strip():
        raise IllegalMove("Enter why the shift is changed.")
    with transaction.atomic():
        shift = Shift.objects.select_for_update(no_key=True, of=("self",)).get(pk=shift.pk)
        since = max(at, shift.starts_at)
        if shift.ends_at is not None and shift.ends_at <= since:
            raise IllegalMove("This shift has ended, or somebody else has it now.")
        if ends_at is not None and ends_at <= since:
            raise IllegalMove("The end must be after the beginning, and ahead.")
        wanted = (person.pk, phone, second.pk if second else None, second_phone, ends_at)
        if wanted == (shift.person_id, shift.phone, shift.second_id, shift.second_phone, shift.ends_at):
            raise IllegalMove("Nothing of this shift is otherwise.")
        shift.ends_at = since
        shift.save(update_fields=["ends_at"])
        log.record_configuration(shift, "shift_changed", data={"reason": reason.strip()}, by=by, at=at)
        return put_on_duty(
            shift.team,
            person,
            phone=phone,
            second=second,
            second_phone=second_phone if second is not None else "",
            starts_at=since,
            ends_at=ends_at,
            taken_at=shift.taken_at if person.pk == shift.person_id else None,
            by=by,
            at=at,
        )


def take_shift(shift: Shift, *, phone: str = "", by: User, at: datetime) -> Shift:
    """Say "I take this shift"; somebody else's is handed over, from now or from its start on, with its second person.

    Returns the shift of whoever takes it. Raises IllegalMove where it has ended, or is taken by them already.
    """
    with transaction.atomic():
        shift = Shift.objects.select_for_update(no_key=True, of=("self",)).get(pk=shift.pk)
        if shift.ends_at is not None and shift.ends_at <= max(at, shift.starts_at):
            raise IllegalMove("This shift has ended, or somebody else has it now.")
        if shift.person_id == by.pk:
            if shift.taken_at is not None:
                raise IllegalMove("You have taken this shift already.")
            shift.taken_at = at
            shift.save(update_fields=["taken_at"])
            log.record_configuration(shift, "shift_taken", by=by, at=at)
            return shift
        if not (phone or by.phone):
            raise IllegalMove("Enter the phone on which you are rung during the shift.")
        until, shift.ends_at = shift.ends_at, max(at, shift.starts_at)
        shift.save(update_fields=["ends_at"])
        log.record_configuration(shift, "shift_handed_over", data={"to": by.pk}, by=by, at=at)
        second = None if shift.second_id == by.pk else shift.second
        return put_on_duty(
            shift.team,
            by,
            phone=phone or by.phone,
            second=second,
            second_phone=shift.second_phone if second is not None else "",
            starts_at=max(at, shift.starts_at),
            ends_at=until,
            taken_at=at,
            by=by,
            at=at,
        )


def _standing(mailbox: Mailbox) -> Mailbox:
    mailbox = Mailbox.objects.select_for_update(no_key=True).get(pk=mailbox.pk)
    if mailbox.ends_at is not None:
        raise IllegalMove("This mailbox has ended. Register it anew.")
    return mailbox
