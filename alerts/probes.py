"""Probes: the canary that travels the whole way every few minutes, the test of a mailbox, and the test call."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts.models import Channel, Message, MessageKind, Probe, TestCall
from cases import configuration, mailbox_proofs, organisations
from cases.models import Home, Mailbox, Shift, Team, User
from cases.models.periods import overlaps
from cases.states import IllegalMove

# What a probe is sent after: everything about a child.
URGENCY = 90
# The link of a test opens its page for so long.
TEST_LASTS = timedelta(days=14)
# A duty number is rung so often to see that it is answered [ux.md 1].
CALL_AGAIN = timedelta(days=7)


def send_canary(*, now: datetime) -> Probe | None:
    """Owe the canary of this stretch of time, once, however many sweeps ask; None when it is owed or canaries are off."""
    every = settings.CANARY_SECONDS
    if not (every and settings.SENDING):
        return None
    slot = datetime.fromtimestamp(now.timestamp() // every * every, UTC)
    if Probe.objects.filter(slot=slot).exists():
        return None
    with transaction.atomic():
        probe, created = Probe.objects.get_or_create(
            slot=slot, defaults={"kind": Probe.Kind.CANARY, "asked_at": now}
        )
        if created:
            _owe(probe, recipient="mail/canary", at=now)
    return probe if created else None


def test_mailbox(mailbox: Mailbox, *, by: User, at: datetime) -> Probe:
    """Owe a test message to one mailbox; nothing about any child is in it."""
    if mailbox.ends_at is not None and mailbox.ends_at <= at:
        raise IllegalMove("This mailbox is not used any more.")
    with transaction.atomic():
        Mailbox.objects.select_for_update(of=("self",)).get(pk=mailbox.pk)
        recent = Probe.objects.filter(mailbox=mailbox, asked_at__gt=at - timedelta(minutes=1))
        if recent.exists():
            raise IllegalMove("A test message was sent less than a minute ago.")
        probe = Probe.objects.create(kind=Probe.Kind.MAILBOX, mailbox=mailbox, asked_at=at, asked_by=by)
        _owe(probe, recipient=f"mail/mailbox:{mailbox.pk}", mailbox=mailbox, at=at)
    return probe


def come_back(probe: Probe, *, way: str, at: datetime) -> bool:
    """Mark that it came back; a mailbox is proved by it where the test counts. False when that is known already."""
    with transaction.atomic():
        probe = Probe.objects.select_for_update(of=("self",)).get(pk=probe.pk)
        if probe.came_back_at is not None:
            return False
        probe.came_back_at, probe.came_back_by = at, way
        probe.save(update_fields=["came_back_at", "came_back_by"])
        mailbox = probe.mailbox
        is_used = mailbox is not None and (mailbox.ends_at is None or mailbox.ends_at > at)
        if mailbox is not None and is_used and mailbox_proofs.counts(mailbox, probe.asked_by, at=at):
            configuration.prove_mailbox(mailbox, by=None, at=at)
    return True


def is_in_time(probe: Probe, *, at: datetime) -> bool:
    return at - probe.asked_at <= timedelta(seconds=settings.CANARY_LATE_SECONDS)


def is_open(probe: Probe, *, at: datetime) -> bool:
    """Whether the link of a test still opens its page."""
    return probe.kind == Probe.Kind.MAILBOX and probe.asked_at > at - TEST_LASTS


def canary(now: datetime) -> tuple[bool, str]:
    """Whether the last canaries came back in time, and what there is to say of them."""
    if not settings.CANARY_SECONDS:
        return True, "off"
    late = timedelta(seconds=settings.CANARY_LATE_SECONDS)
    recent = now - late - 3 * timedelta(seconds=settings.CANARY_SECONDS)
    sent = list(
        Probe.objects.filter(kind=Probe.Kind.CANARY, asked_at__gt=recent, asked_at__lte=now).order_by(
            "-asked_at"
        )
    )
    if not sent:
        ever = Probe.objects.filter(kind=Probe.Kind.CANARY).exists()
        return not ever, "none was sent" if ever else "the first is to be sent"
    waiting: Probe | None = None
    took = timedelta()
    for probe in sent:
        if probe.came_back_at is not None:
            took = probe.came_back_at - probe.asked_at
            break
        waiting = probe
    if waiting is None:
        return True, f"came back after {took.total_seconds():.0f} seconds"
    away = now - waiting.asked_at
    return away <= late, f"away for {away.total_seconds():.0f} seconds"


def was_whole(now: datetime, *, over: timedelta) -> bool:
    """Whether what comes back was read all the time from `over` ago until now; True where no canary is sent.

    Each canary of that time has come back, late too, or still may; the first of them went as it began, and most went.
    """
    if not settings.CANARY_SECONDS:
        return True
    late = timedelta(seconds=settings.CANARY_LATE_SECONDS)
    began = now - over
    went = Probe.objects.filter(kind=Probe.Kind.CANARY, asked_at__lte=now)
    of_the_time = went.filter(asked_at__gt=began - late - 3 * timedelta(seconds=settings.CANARY_SECONDS))
    is_out = of_the_time.filter(came_back_at=None, asked_at__lte=now - late)
    has_run = 2 * of_the_time.count() * settings.CANARY_SECONDS > over.total_seconds()
    return has_run and of_the_time.filter(asked_at__lte=began).exists() and not is_out.exists()


@dataclass(frozen=True)
class Number:
    """A number on which a duty team is rung, and the last test call that it had."""

    team: Team
    phone: str
    # As its page is addressed.
    which: str
    last: TestCall | None
    answered_at: datetime | None
    # The first call to it that nobody answered and that no answered one followed.
    silent_since: datetime | None = None
    # Who is on the rota with it, where it is none of the desk's own.
    shift: Shift | None = None

    @property
    def person(self) -> User | None:
        """Who is rung on it, where it stands on the rota."""
        if self.shift is None:
            return None
        return self.shift.person if self.phone == self.shift.phone else self.shift.second

    @property
    def is_proved(self) -> bool:
        """Whether somebody answered, and the last call too."""
        return self.answered_at is not None and self.silent_since is None

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be rung: the desk's own each week, that of the rota once, and each that fell silent."""
        if self.answered_at is None or (self.silent_since is not None and self.silent_since <= now):
            return True
        return self.shift is None and self.answered_at <= now - CALL_AGAIN


def numbers(authority_ids: Collection[int], *, at: datetime) -> list[Number]:
    """Every duty number of these authorities, the desk's own and its rota's of a week, with its last test calls.

    A number of the rota is proved by a call to it as any desk's of the authority, on whatever shift.
    """
    teams = list(
        Team.objects.filter(authority__in=authority_ids)
        .exclude(kind=Team.Kind.SOCIAL_WORK)
        .select_related("authority")
        .order_by("name", "pk")
    )
    calls = TestCall.objects.filter(team__in=teams).select_related("by", "team")
    newest = calls.order_by("team_id", "phone", "-at").distinct("team_id", "phone")
    last = _by_number(newest)
    answered = _by_number(newest.filter(answered=True))
    silent = _by_number(_unanswered(calls), first=True)
    found = []
    for team, phone, which, shift in _of_teams(teams, at):
        key = ("desk", team.pk, phone) if shift is None else ("authority", team.authority_id, phone)
        heard, call = answered.get(key), silent.get(key)
        since = call.at if call and (heard is None or heard.at < call.at) else None
        found.append(Number(team, phone, which, last.get(key), heard.at if heard else None, since, shift))
    return found


def _unanswered(calls: QuerySet[TestCall]) -> QuerySet[TestCall]:
    """The first call to each number that nobody answered since somebody last did, at any desk of its authority."""
    later = TestCall.objects.filter(
        team__authority=OuterRef("team__authority"), phone=OuterRef("phone"), at__gte=OuterRef("at")
    )
    silent = calls.filter(~Exists(later.filter(answered=True)), answered=False)
    return silent.order_by("team_id", "phone", "at").distinct("team_id", "phone")


def _by_number(calls: Iterable[TestCall], *, first: bool = False) -> dict[tuple[str, int, str], TestCall]:
    """The newest, or first, of these calls to each number, as one of its desk and as one of its authority."""
    found = {}
    for call in sorted(calls, key=lambda one: (one.at, one.pk), reverse=first):
        if call.team is not None:
            found["desk", call.team.pk, call.phone] = call
            found["authority", call.team.authority_id, call.phone] = call
    return found


def _of_teams(teams: Sequence[Team], at: datetime) -> Iterator[tuple[Team, str, str, Shift | None]]:
    """Each number of each team once, its own before those of the shifts that run or begin within a week."""
    rows = Shift.objects.standing().filter(overlaps(at, at + CALL_AGAIN), team__in=teams)
    shifts: dict[int, list[Shift]] = defaultdict(list)
    for row in rows.select_related("person", "second").order_by("starts_at", "pk"):
        shifts[row.team_id].append(row)
    for team in teams:
        known = {""}
        for shift in (None, *shifts[team.pk]):
            of: Team | Shift = shift or team
            prefix = f"{shift.pk}-" if shift else ""
            for which, phone in (("first", of.phone), ("second", of.second_phone)):
                if phone not in known:
                    known.add(phone)
                    yield team, phone, prefix + which, shift


def number_at(team: Team, which: str) -> str:
    """The number that `which` names: the team's first or second, or that of one of its shifts; "" where there is none."""
    shift_id, is_of_shift, nth = which.rpartition("-")
    of: Team | Shift | None = team
    if is_of_shift:
        of = Shift.objects.filter(team=team, pk=shift_id).first() if shift_id.isdecimal() else None
    return {"first": of.phone, "second": of.second_phone}.get(nth, "") if of is not None else ""


def _is_theirs(team: Team, phone: str, at: datetime) -> bool:
    """Whether the team is rung on `phone`, or somebody on its rota is or was in the last week."""
    if phone in (team.phone, team.second_phone):
        return bool(phone)
    shifts = Shift.objects.filter(Q(phone=phone) | Q(second_phone=phone), team=team)
    return bool(phone) and shifts.exclude(ends_at__lte=at - CALL_AGAIN).exists()


def record_call(
    team: Team, phone: str, *, answered: bool, note: str = "", by: User, at: datetime
) -> TestCall:
    """Keep a test call to a team or somebody on its rota; answered on the team's first phone, it proves that."""
    if not _is_theirs(team, phone, at):
        raise IllegalMove("This number is not the team’s any more.")
    with transaction.atomic():
        call = TestCall.objects.create(team=team, phone=phone, answered=answered, note=note, by=by, at=at)
        if answered and phone == team.phone:
            organisations.prove_phone(team, by=by, at=at)
    return call


def record_home_call(
    home: Home, phone: str, *, answered: bool, note: str = "", by: User, at: datetime
) -> TestCall:
    """Keep a test call to a home; answered, it proves the home's phone until another is written, or one rings out."""
    with transaction.atomic():
        home = Home.objects.select_for_update(no_key=True, of=("self",)).get(pk=home.pk)
        if home.closed_at is not None:
            raise IllegalMove("This home has closed. Reopen it first.")
        if phone != home.phone:
            raise IllegalMove("This number is not the home’s any more.")
        call = TestCall.objects.create(home=home, phone=phone, answered=answered, note=note, by=by, at=at)
        kept = organisations.prove_phone if answered else organisations.doubt_phone
        kept(home, note=note, by=by, at=at)
    return call


def _owe(probe: Probe, *, recipient: str, mailbox: Mailbox | None = None, at: datetime) -> None:
    Message.objects.create(
        kind=MessageKind.ALERT,
        wording="canary" if mailbox is None else "mailbox_test",
        step="probe",
        channel=Channel.MAIL,
        post="probe",
        recipient=recipient,
        mailbox=mailbox,
        probe=probe,
        urgency=URGENCY,
        owed_at=at,
        created_at=at,
        next_try_at=at,
    )
