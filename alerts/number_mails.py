"""Word of numbers that no test call was answered on: to whoever administers them, each week until one is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from alerts import probes
from alerts.probes import Number
from cases import configuration, going_live
from cases.models import Authority, ConfigurationChange, Home, Membership, Role, Shift, Team

logger = structlog.get_logger(__name__)

# Whoever rings on the same day of each week is an hour late at times: the page asks first, the mail comes a day later.
ASKED_FIRST = timedelta(days=1)
AGAIN = timedelta(days=7)


def tell(*, now: datetime) -> int:
    """Owe word of each duty team whose numbers wait for a test call, and each authority whose homes' do; return of how many.

    One that fails stops no other. Before the service is live `manage.py ready` says what stands in the way.
    """
    if not going_live.is_live():
        return 0
    told = 0
    owed = [partial(_note, team) for team in waiting(now)]
    owed += [partial(_note_homes, authority) for authority in _with_homes(now)]
    for note in owed:
        try:
            told += note(now)
        except Exception:
            logger.exception("test_call_not_asked_for", of=repr(note.args[0]))
    return told


def waiting(now: datetime) -> Iterator[Team]:
    """The duty teams of which nobody has heard this week that a number of theirs waits for its test call."""
    asked = _asked(now)
    late = [one for one in probes.numbers(asked, at=now) if _is_late(one, now)]
    if not late:
        return
    said = ConfigurationChange.objects.filter(subject_type=Team._meta.model_name)
    lately = said.filter(kind="numbers_uncalled", at__gt=now - AGAIN)
    # A number that was written today is rung first.
    new = said.filter(kind__in=("team_opened", "team_corrected"), at__gt=now - ASKED_FIRST)
    known = set((lately | new).values_list("subject_id", flat=True))
    written = ConfigurationChange.objects.filter(subject_type=Shift._meta.model_name, kind="put_on_duty")
    shifts = set(written.filter(at__gt=now - ASKED_FIRST).values_list("subject_id", flat=True))
    late = [one for one in late if one.shift is None or one.shift.pk not in shifts]
    yield from {one.team.pk: one.team for one in late if one.team.pk not in known}.values()


def _with_homes(now: datetime) -> list[Authority]:
    """The authorities of which nobody has heard this week that the number of a home there waits for its test call."""
    said = ConfigurationChange.objects.filter(
        kind="numbers_uncalled", subject_type=Authority._meta.model_name, at__gt=now - AGAIN
    )
    late = _untested_homes(now).filter(authority__in=_asked(now)).values("authority")
    return list(
        Authority.objects.filter(pk__in=late).exclude(pk__in=said.values("subject_id")).order_by("pk")
    )


def _untested_homes(now: datetime) -> QuerySet[Home]:
    """The open homes on whose number nobody has answered, but for those where it was written, or fell silent, today."""
    said = ConfigurationChange.objects.filter(subject_type=Home._meta.model_name, at__gt=now - ASKED_FIRST)
    new = said.filter(
        Q(kind__in=("home_opened", "home_corrected", "home_reopened"))
        # Of many calls the first: whoever rings each day would keep the mail away.
        | Q(kind="phone_unanswered", data__proved=True)
    )
    return Home.objects.open().filter(phone_verified_at=None).exclude(pk__in=new.values("subject_id"))


def _asked(now: datetime) -> list[int]:
    """The authorities that somebody administers: without one nobody could write the call, or would hear of it."""
    rings = Membership.objects.current(now).filter(role=Role.ADMINISTRATOR, authority__isnull=False)
    return list(rings.values_list("authority", flat=True).distinct())


def _is_late(number: Number, now: datetime) -> bool:
    return number.is_due(now - ASKED_FIRST)


def _note(team: Team, now: datetime) -> bool:
    with transaction.atomic():
        # Of two that look at once one waits for the other, and finds it said.
        team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        if team.pk not in {one.pk for one in waiting(now)}:
            return False
        found = probes.numbers([team.authority_id], at=now)
        due = [one.phone for one in found if one.team == team and one.is_due(now)]
        configuration.note_uncalled(team, due, at=now)
    return True


def _note_homes(authority: Authority, now: datetime) -> bool:
    with transaction.atomic():
        # As of a team.
        authority = Authority.objects.select_for_update(no_key=True).get(pk=authority.pk)
        if authority not in _with_homes(now):
            return False
        homes = _untested_homes(now).filter(authority=authority).order_by("name", "pk")
        configuration.note_homes_uncalled(authority, list(homes), at=now)
    return True
