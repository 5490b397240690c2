"""The watchdog: outside Celery and without Redis, it tells people of a stall and does the work itself."""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid

import structlog
from django.conf import settings
from django.db import Error, close_old_connections

from alerts import (
    added_forces,
    area_lists,
    assignment_mails,
    channels,
    coming_of_age,
    concern_mails,
    cover_turns,
    delivery,
    force_successions,
    guardian_areas,
    health,
    heartbeats,
    journey_ends,
    journey_mails,
    link_mails,
    list_mails,
    meeting_mails,
    number_mails,
    others_told,
    outages,
    post_gaps,
    proof_mails,
    release_mails,
    search_newcomers,
    sending,
    supervision_mails,
    sweep,
    taken_again,
    untaken_shifts,
)
from alerts.second_sender import SecondSender
from cases import older_looks, turnings
from cases.clock import machine

logger = structlog.get_logger(__name__)

EVERY = timedelta(seconds=5)
# While it does the work of the workers it looks as often as beat would.
WORKING_EVERY = timedelta(seconds=0.5)
# The same trouble is told again so often while it lasts.
TELL_AGAIN = timedelta(hours=1)
# A red check must last so long before people are told: with a stale heartbeat (60 s) they are within two minutes.
TROUBLE_LASTS = timedelta(seconds=30)
# Then it looks again, for what has become of the trouble meanwhile.
WORK_LASTS = timedelta(seconds=10)
# So long of it at most it leaves all sending to the process beside it, which may hang.
SWEEPS_ON = timedelta(seconds=2)
DATABASE_AWAY = "the database does not answer"
LOOK_FAILED = "this look failed: the log says why"


@dataclass
class Watch:
    """What the watchdog remembers between two looks; on the machine's own steady clock, for the database may be away."""

    red_since: float | None = None
    told_at: float | None = None
    # Since when each check is red, and those of which people have heard in this trouble.
    since: dict[str, float] = field(default_factory=dict)
    told: frozenset[str] = frozenset()


@dataclass
class Worked:
    """What was done of the workers' work, and when clocks were last swept; None where each try failed."""

    clocks: int = 0
    accepted: int = 0
    swept_at: datetime | None = None


@dataclass(frozen=True)
class Looked:
    """What one look found and did."""

    trouble: tuple[str, ...]
    swept: int
    accepted: int
    told: bool


def look(
    watch: Watch,
    *,
    clock: Callable[[], datetime],
    steady: Callable[[], float] = time.monotonic,
    beside: SecondSender | None = None,
) -> Looked:
    """Look once: tell people of trouble that lasts, and then do the workers' work where their heartbeat is stale.

    With a second process `beside` this one that work takes two, as the workers are.
    """
    now: datetime | None = None
    worked, stalled = Worked(), list[str]()
    on = False
    try:
        close_old_connections()
        now = clock()
        on, stalled = sending.is_on(), heartbeats.stale(now)
        slow = health.database_answers()
        # To read all the rest takes minutes then: people hear of this first.
        first = not slow.ok and slow.name not in watch.told
        read = [slow] if first else health.read(now)
        trouble = tuple(line for c in read if not c.ok and c.urgent for line in c.lines)
    except Error as error:
        logger.error("watchdog_database", error=type(error).__name__)
        trouble = (DATABASE_AWAY,)
    except Exception:
        # What was read before says whether there is work.
        logger.exception("watchdog_did_not_read")
        trouble = (LOOK_FAILED,)
    # People come first: the work of an outage may take minutes, or fail.
    told = _tell_when_it_lasts(watch, trouble, steady())
    try:
        if on and stalled:
            if beside is not None:
                beside.ask(WORK_LASTS.total_seconds())
            worked = work(
                clock=clock, ends=steady() + WORK_LASTS.total_seconds(), steady=steady, beside=beside
            )
            worked.accepted += beside.accepted() if beside is not None else 0
        # Its beat says that somebody swept then: nobody did where each try failed, nor while this database is out of service.
        swept_at = worked.swept_at if stalled else now
        if on and swept_at is not None:
            heartbeats.beat(heartbeats.WATCHDOG, at=swept_at, swept=worked.clocks, accepted=worked.accepted)
    except Error as error:
        logger.error("watchdog_database", error=type(error).__name__)
    return Looked(trouble, worked.clocks, worked.accepted, told)


def work(
    *,
    clock: Callable[[], datetime],
    ends: float,
    steady: Callable[[], float] = time.monotonic,
    beside: SecondSender | None = None,
) -> Worked:
    """Sweep and drain in turns by the same code that the workers run, until nothing is left or the time is up.

    While one `beside` it sends, it sweeps on in the first seconds of its turn: both have something to do, as workers have.
    """
    done = Worked()
    sends_from = ends - (WORK_LASTS - SWEEPS_ON).total_seconds()
    _tried("outage_not_noticed", outages.notice, clock())
    _owe_what_is_no_clock_s(clock())
    while steady() < ends:
        clocks = _sweep(done, clock())
        if clocks and beside is not None and beside.is_sending() and steady() < sends_from:
            continue
        sent = delivery.deliver(clock=clock)
        done.accepted += sent
        if not (clocks or sent):
            break
    return done


def _owe_area_lists(*, now: datetime) -> None:
    if settings.AREA_LISTS:
        area_lists.owe(now=now)


# What is owed by no clock: each tick of config/celery.py that owes people something.
_NO_CLOCKS: tuple[tuple[str, Callable[..., object]], ...] = (
    ("gaps_not_told", untaken_shifts.tell_of_gaps),
    ("concerns_not_told", concern_mails.tell),
    ("supervision_not_told", supervision_mails.tell),
    ("assignments_not_told", assignment_mails.tell),
    ("meetings_not_told", meeting_mails.tell),
    ("links_not_told", link_mails.tell),
    ("releases_not_told", release_mails.tell),
    ("turnings_not_entered", turnings.enter),
    ("birthdays_not_asked", coming_of_age.ask),
    ("older_looks_not_asked", older_looks.ask),
    ("mail_taken_not_looked_for", taken_again.look),
    ("mailboxes_not_checked", taken_again.check),
    ("others_told_not_closed", others_told.close),
    ("others_told_not_asked_again", others_told.ask_again),
    ("journeys_not_told", journey_mails.tell),
    ("ends_of_journeys_not_told", journey_ends.tell),
    ("proofs_not_asked_for", proof_mails.tell),
    ("test_calls_not_asked_for", number_mails.tell),
    ("forces_not_passed_on", force_successions.pass_on),
    ("new_mailboxes_not_told", added_forces.tell_new_mailboxes),
    ("gaps_of_posts_not_told", post_gaps.tell),
    ("covers_not_told_of_searches", search_newcomers.tell_covers),
    ("turns_of_cover_not_followed", cover_turns.recount),
    ("lists_not_told", list_mails.tell),
    ("guardian_areas_not_told", guardian_areas.tell),
    ("area_lists_not_owed", _owe_area_lists),
)


def _owe_what_is_no_clock_s(now: datetime) -> None:
    for fault, owe in _NO_CLOCKS:
        _tried(fault, owe, now)


def _tried(fault: str, owe: Callable[..., object], now: datetime) -> None:
    """What fails here is tried again with the next look, and keeps nothing else from being done."""
    try:
        owe(now=now)
    except Exception:
        logger.exception(fault)


def _sweep(done: Worked, now: datetime) -> int:
    """Sweep one batch and return its clocks; where sweeping fails, what is owed already goes out all the same."""
    try:
        clocks = sweep.sweep(now=now).clocks
    except Exception:
        logger.exception("not_swept")
        return 0
    done.clocks, done.swept_at = done.clocks + clocks, now
    return clocks


def run(
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
    say: Callable[[Looked], None] | None = None,
) -> None:
    """Look for ever, and `say` what each look found; a fault of one is reported and does not end the watch."""
    watch, beside = Watch(), SecondSender(clock=clock)
    beside.start()
    while True:
        working = False
        try:
            looked = look(watch, clock=clock, beside=beside)
            working = bool(looked.swept or looked.accepted or looked.trouble)
        except Exception:
            logger.exception("watchdog_look_failed")
            told = _tell_when_it_lasts(watch, (LOOK_FAILED,), time.monotonic())
            looked = Looked((LOOK_FAILED,), 0, 0, told)
        # Who read it may be gone.
        with suppress(OSError):
            if say is not None:
                say(looked)
        sleep((WORKING_EVERY if working else EVERY).total_seconds())


def tell(trouble: tuple[str, ...]) -> bool:
    """Tell the people behind the service directly, by SMTP and by text; true when one way was accepted."""
    text = (
        "Rollcall is late. "
        + "; ".join(trouble)
        + ". The watchdog is doing what it can. Look at the service now."
    )
    told = [_mail(text), _text(text)]
    if not any(told):
        logger.critical("watchdog_told_nobody", trouble=list(trouble))
    return any(told)


def _tell_when_it_lasts(watch: Watch, trouble: tuple[str, ...], moment: float) -> bool:
    if not trouble:
        if watch.told_at is not None:
            logger.info("watchdog_trouble_over")
        watch.red_since = watch.told_at = None
        watch.since, watch.told = {}, frozenset()
        return False
    watch.red_since = moment if watch.red_since is None else watch.red_since
    names = {line.partition(":")[0] for line in trouble}
    watch.since = {name: watch.since.get(name, moment) for name in names}
    lasts = TROUBLE_LASTS.total_seconds()
    lasted = moment - watch.red_since >= lasts
    again = watch.told_at is None or moment - watch.told_at >= TELL_AGAIN.total_seconds()
    # Another check that turns red while people know of the first is told too: it may be the worse one.
    another = any(moment - since >= lasts for name, since in watch.since.items() if name not in watch.told)
    if not (another or (lasted and again)):
        return False
    logger.error("watchdog_trouble", trouble=list(trouble))
    told = tell(trouble)
    if told:
        watch.told_at, watch.told = moment, watch.told | names
    return told


def _mail(text: str) -> bool:
    if not settings.WATCHDOG_CONTACT_EMAIL:
        return False
    try:
        email = EmailMessage()
        email["Subject"] = "Rollcall is late - action needed"
        email["From"], email["To"] = settings.ALERT_FROM_EMAIL, settings.WATCHDOG_CONTACT_EMAIL
        email["Message-ID"] = make_msgid(domain="watchdog.rollcall")
        email["Auto-Submitted"] = "auto-generated"
        email.set_content(text + "\n")
        with channels.MailChannel() as mail:
            mail.send(email)
    except Exception:
        # Whatever it is, the text goes out and the work is done.
        logger.exception("watchdog_mail_failed")
        return False
    return True


def _text(text: str) -> bool:
    if not (settings.WATCHDOG_CONTACT_PHONE and settings.ALERT_WEBHOOK_URL):
        return False
    payload = {
        "id": f"watchdog-{uuid.uuid4()}",
        "channel": "text",
        "phone": settings.WATCHDOG_CONTACT_PHONE,
        "reference": "",
        "rung": "watchdog",
        "text": text[:300],
    }
    try:
        channels.post_webhook(payload, at=machine())
    except Exception:
        logger.exception("watchdog_text_failed")
        return False
    return True
