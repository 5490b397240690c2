"""What stands in the way of the first real child, and the word of an administrator that nothing does."""

import io
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, SystemCheckError
from django.db import transaction

from alerts import health, probes, unlisted_areas
from alerts.population import sowing
from cases import going_live, second_factor
from cases.models import Authority, ConfigurationChange, Home, Mailbox, Membership, Role, User
from cases.states import IllegalMove

# Settings without which nobody hears and nothing says so, or a page that the law asks for has no contact.
NEEDED = {
    "WATCHDOG_CONTACT_EMAIL": "the watchdog can mail nobody that the service is late: set an address that is read at night",
    "WATCHDOG_CONTACT_PHONE": "the watchdog can text nobody that the service is late: set a number that is answered at night",
    "SUPPORT_EMAIL": "the accessibility statement names nobody to write to: set an address that is read on working days",
    "ALERT_WEBHOOK_URL": "no text goes out, and a home is told by nothing else: set the address of your gateway",
}


def in_the_way(now: datetime) -> Iterator[tuple[str, str]]:
    """Each thing, by its kind and in words; nothing where the service may go live."""
    if settings.DEMO:
        yield "demo", "this is the demo, which is never given a real child"
    yield from of_settings()
    for name, what in NEEDED.items():
        if not getattr(settings, name):
            yield "settings", f"{name} is not set, and {what}"
    if sowing.standing() is not None:
        yield "invented", "what seed_demo invented is here, mailboxes too: begin with an empty database"
    for address in health.unproved(now):
        yield "mailbox", f"{address} was not proved by a test: Mailboxes, Test"
    yield from _of_authorities(now)
    for one in unlisted_areas.find(now=now):
        yield (
            "area",
            f"{one.code} hosts children and has no proved mailbox for its weekly list: {one.purpose}",
        )
    for check in health.read(now):
        if not check.ok and check.urgent:
            yield check.name, check.detail


def go_live(person: User, *, at: datetime) -> ConfigurationChange:
    """Record the word of an administrator. IllegalMove for anybody else, and while something stands in the way."""
    role = Membership.objects.current(at).filter(user=person, role=Role.ADMINISTRATOR).order_by("pk").first()
    if role is None or role.authority is None:
        raise IllegalMove("Only an administrator of an authority lets this service go live.")
    if not going_live.is_live() and any(in_the_way(at)):
        raise IllegalMove("Something stands in the way. manage.py ready names it.")
    with transaction.atomic():
        return going_live.go_live(role.authority, by=person, at=at)


def _of_authorities(now: datetime) -> Iterator[tuple[str, str]]:
    """Where nobody could hear, or nobody who hears could sign in."""
    held = Membership.objects.current(now)
    administered = set(held.filter(role=Role.ADMINISTRATOR).values_list("authority", flat=True))
    if not administered:
        yield "authority", "none has an administrator"
    boxes = Mailbox.objects.current(now).filter(purpose=Mailbox.Purpose.DUTY)
    desks = set(boxes.values_list("team__authority", flat=True))
    for authority in Authority.objects.filter(pk__in=administered).order_by("code"):
        if authority.pk not in desks:
            yield "authority", f"{authority.code} has no mailbox of a duty desk"
        on_desk = held.filter(role=Role.DUTY_DESK, team__authority=authority).select_related("user")
        if second_factor.is_asked() and not any(second_factor.has_one(one.user) for one in on_desk):
            yield "authority", f"{authority.code} has nobody of its duty desk who has set up a second step"
    for number in probes.numbers(sorted(administered), at=now):
        if not number.is_proved:
            said = f"{number.phone}, {number.team.name} of {number.team.authority.code}"
            yield "number", f"{said}, was not answered in a test call: Mailboxes, Record a test call"
    for home in Home.objects.open().filter(authority__in=administered, phone_verified_at=None):
        said = f"{home.phone}, {home.name}"
        yield "number", f"{said}, was not answered in a test call: Homes, the home, Record a test call"


def of_settings() -> Iterator[tuple[str, str]]:
    """What Django itself warns of in a live service."""
    said = io.StringIO()
    try:
        call_command("check", "--deploy", "--fail-level", "WARNING", stdout=said, stderr=said)
    except (CommandError, SystemCheckError) as error:
        for line in str(error).splitlines():
            if line.startswith("?:"):
                yield "settings", line.removeprefix("?:").strip()
