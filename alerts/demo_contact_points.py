"""Where the story's people are reached: invented mailboxes, numbers and a rota, each proved on the day of its start."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from alerts import probes
from cases import configuration
from cases.deadlines import london_day
from cases.models import Authority, ForcePhone, Home, Mailbox, PoliceForce, Shift, Team, User

FORCE_NUMBERS = {
    ForcePhone.Purpose.CONTROL_ROOM: "01632 960711",
    ForcePhone.Purpose.INSPECTOR: "01632 960712",
    ForcePhone.Purpose.CHIEF_OFFICER: "01632 960713",
}


def give(
    authority: Authority, force: PoliceForce, desk: Team, cast: Mapping[str, User], *, at: datetime
) -> None:
    """Register what is not there yet, prove all of it, and put somebody on duty."""
    _mailboxes(authority, force, desk, at)
    held = set(ForcePhone.objects.filter(force=force, ends_at=None).values_list("purpose", flat=True))
    for of, number in FORCE_NUMBERS.items():
        if of not in held:
            day = london_day(at)
            configuration.register_force_phone(force, of, phone=number, verified_date=day, by=None, at=at)
    if not Shift.objects.current(at).filter(team=desk).exists():
        duty, second = cast["duty"], cast["second"]
        configuration.put_on_duty(
            desk,
            duty,
            phone=duty.phone,
            second=second,
            second_phone=second.phone,
            starts_at=at - timedelta(days=1),
            taken_at=at,
            by=None,
            at=at,
        )
    _ring_all(authority, by=cast["duty"], at=at)


def _mailboxes(authority: Authority, force: PoliceForce, desk: Team, at: datetime) -> None:
    boxes = (
        (Mailbox.Purpose.CONTROL_ROOM, "control-room@northmere-police.example", {"force": force}),
        (Mailbox.Purpose.COORDINATOR, "missing@northmere-police.example", {"force": force}),
        (Mailbox.Purpose.DUTY, "duty-desk@northmere.example", {"team": desk}),
        (Mailbox.Purpose.REVIEWING, "reviewing@northmere.example", {"authority": authority}),
    )
    for purpose, address, owner in boxes:
        standing = Mailbox.objects.current(at).filter(purpose=purpose, address=address, **owner).first()
        mailbox = standing or configuration.register_mailbox(
            address, purpose, starts_at=at - timedelta(days=1), by=None, at=at, **owner
        )
        configuration.prove_mailbox(mailbox, by=None, at=at)


def _ring_all(authority: Authority, *, by: User, at: datetime) -> None:
    """Every number was answered in a test call: nobody is mailed of one but by the story."""
    for number in probes.numbers([authority.pk], at=at):
        if number.is_due(at):
            probes.record_call(number.team, number.phone, answered=True, by=by, at=at)
    for home in Home.objects.open().filter(authority=authority, phone_verified_at=None):
        probes.record_home_call(home, home.phone, answered=True, by=by, at=at)
