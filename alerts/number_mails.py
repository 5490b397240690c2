"""Word of numbers that no test call was answered on: to whoever administers them, each week until one is."""

from collections.abc import Collection, Iterator
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
    late = [one for one in _known(_asked(now), now) if one.is_due(now - ASKED_FIRST)]
    said = ConfigurationChange.objects.filter(subject_type=Team._meta.model_name, kind="numbers_uncalled")
    lately = set(said.filter(at__gt=now - AGAIN).values_list("subject_id", flat=True)) if late else set()
    yield from {one.team.pk: one.team for one in late if one.team.pk not in lately}.values()


def _known(authority_ids: Collection[int], now: datetime) -> list[Number]:
    """The numbers to ring that were on the page a day ago: one that was written, or came on it, since is rung first."""
    due = [one for one in probes.numbers(authority_ids, at=now) if one.is_due(now)]
    if not due:
        return []
    written, stood = _written_of_desks(now), _stood_on_rotas({one.team.pk for one in due}, now)
    return [
        one
        for one in due
        if (one.team.pk, one.phone) in stood
        or (one.shift is None and (one.team.pk, one.phone) not in written)
    ]


def _written_of_desks(now: datetime) -> set[tuple[int | None, str]]:
    """The desks’ own numbers that were written less than a day ago, each with its team."""
    changes = ConfigurationChange.objects.filter(
        subject_type=Team._meta.model_name,
        kind__in=("team_opened", "team_corrected"),
        at__gt=now - ASKED_FIRST,
    )
    found: set[tuple[int | None, str]] = set()
    for change in changes:
        data = change.data
        changed = data.get("changed", {})
        found |= {(change.subject_id, data.get(key, "")) for key in ("phone", "second")}
        found |= {(change.subject_id, changed.get(key, ("", ""))[1]) for key in ("phone", "second_phone")}
    return found


def _stood_on_rotas(team_ids: Collection[int], now: datetime) -> set[tuple[int, str]]:
    """The numbers of these teams’ rotas that were on the page a day ago, on whichever shift: each change writes a row."""
    written = ConfigurationChange.objects.filter(
        subject_type=Shift._meta.model_name, kind="put_on_duty", at__gt=now - ASKED_FIRST
    )
    rows = Shift.objects.filter(team__in=team_ids, starts_at__lt=now + probes.CALL_AGAIN - ASKED_FIRST)
    rows = rows.exclude(ends_at__lte=now - probes.CALL_AGAIN).exclude(pk__in=written.values("subject_id"))
    of_both = rows.values_list("team", "phone", "second_phone")
    return {(team, phone) for team, *phones in of_both for phone in phones}


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


def _note(team: Team, now: datetime) -> bool:
    with transaction.atomic():
        # Of two that look at once one waits for the other, and finds it said.
        team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        if team.pk not in {one.pk for one in waiting(now)}:
            return False
        due = [one for one in _known([team.authority_id], now) if one.team == team]
        own = [one.phone for one in due if one.shift is None]
        on_rota = [(one.person, one.phone) for one in due if one.person is not None]
        configuration.note_uncalled(team, own, on_rota, at=now)
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
