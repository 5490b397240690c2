"""Celery's ticks: the clock and one call each; a lost or repeated tick changes nothing."""

import time

import structlog
from celery import shared_task
from celery.exceptions import OperationalError
from celery.signals import task_failure, task_success
from django.conf import settings

from alerts import (
    added_forces,
    area_lists,
    assignment_mails,
    coming_of_age,
    concern_mails,
    cover_turns,
    delivery,
    force_successions,
    guardian_areas,
    heartbeats,
    integrity,
    journey_ends,
    journey_mails,
    lasting,
    link_mails,
    list_mails,
    meeting_mails,
    nightly,
    number_mails,
    old_texts,
    others_told,
    outages,
    overdue,
    post_gaps,
    proof_mails,
    release_mails,
    search_newcomers,
    sending,
    supervision_mails,
    taken_again,
    untaken_shifts,
)
from alerts import sweep as sweeping
from cases import clock, older_looks, turnings

logger = structlog.get_logger(__name__)

# A tick goes on while work is left, but hands back now and then so that the other kind gets its turn.
BATCHES = 20
# Seconds after which a drain hands back even so: a slow mail server must not keep every worker from the sweep.
LASTS = 10


@shared_task(name="alerts.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Handle what is due, batch after batch; nothing and no beat while this database is out of service."""
    if not sending.is_on():
        return
    did = 0
    for _ in range(BATCHES):
        now = clock.now()
        outages.notice(now=now)
        swept = sweeping.sweep(now=now)
        heartbeats.beat(heartbeats.SWEEP, at=now, clocks=swept.clocks, failed=swept.failures)
        did += swept.clocks
        if not swept.more:
            break
    if did:
        # Last: a broker that hangs must not stand between one batch and the next.
        _wake_a_sender()


def _wake_a_sender() -> None:
    """Send what is owed now, not at the next tick; a broker that takes no word costs that tick alone."""
    try:
        drain_outbox.apply_async(retry=False)
    except broker_errors() as error:
        logger.warning("sender_not_woken", error=str(error))


def broker_errors() -> tuple[type[Exception], ...]:
    """What a broker raises that refuses, breaks off or never answers."""
    return OperationalError, *drain_outbox.app.connection_for_write().connection_errors


@shared_task(name="alerts.tasks.drain_outbox", ignore_result=True)
def drain_outbox() -> None:
    """Send what is owed, batch after batch; nothing and no beat while this database is out of service."""
    if not sending.is_on():
        return
    ends = time.monotonic() + LASTS
    for _ in range(BATCHES):
        accepted = delivery.deliver(clock=clock.ticking())
        heartbeats.beat(heartbeats.DRAIN, at=clock.now(), accepted=accepted)
        if not accepted or time.monotonic() > ends:
            break


@shared_task(name="alerts.tasks.owe_area_lists", ignore_result=True)
def owe_area_lists() -> None:
    """Owe the weekly lists of the areas, once each; nothing while this database is out of service."""
    if settings.AREA_LISTS and sending.is_on():
        area_lists.owe(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_concerns", ignore_result=True)
def tell_of_concerns() -> None:
    """Owe word of guardians' concerns and of promises whose day has passed; nothing while this database is out of service."""
    if sending.is_on():
        concern_mails.tell(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_supervision", ignore_result=True)
def tell_of_supervision() -> None:
    """Owe word of children to be discussed with their guardians; nothing while this database is out of service."""
    if sending.is_on():
        supervision_mails.tell(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_links", ignore_result=True)
def tell_of_links() -> None:
    """Owe word of what was asked for siblings and companions; nothing while this database is out of service."""
    if sending.is_on():
        link_mails.tell(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_assignments", ignore_result=True)
def tell_of_assignments() -> None:
    """Owe word of children's new guardians; nothing while this database is out of service."""
    if sending.is_on():
        assignment_mails.tell(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_meetings", ignore_result=True)
def tell_of_meetings() -> None:
    """Owe guardians word of meetings that are booked or called off; nothing while this database is out of service."""
    if sending.is_on():
        meeting_mails.tell(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_releases", ignore_result=True)
def tell_of_releases() -> None:
    """Owe word of lines that were released to a force, or are not read there; nothing while this database is out of service."""
    if sending.is_on():
        release_mails.tell(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_proofs", ignore_result=True)
def tell_of_proofs() -> None:
    """Owe word of mailboxes from which nobody answers; nothing while this database is out of service."""
    if sending.is_on():
        proof_mails.tell(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_test_calls", ignore_result=True)
def tell_of_test_calls() -> None:
    """Owe word of duty numbers that nobody has rung; nothing while this database is out of service."""
    if sending.is_on():
        number_mails.tell(now=clock.now())


@shared_task(name="alerts.tasks.pass_on_forces", ignore_result=True)
def pass_on_forces() -> None:
    """Give what names a police force that has ended to its successor; nothing while this database is out of service."""
    if sending.is_on():
        force_successions.pass_on(now=clock.now())


@shared_task(name="alerts.tasks.tell_new_mailboxes", ignore_result=True)
def tell_new_mailboxes() -> None:
    """Owe open searches to mailboxes of forces that were registered since; nothing while this database is out of service."""
    if sending.is_on():
        added_forces.tell_new_mailboxes(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_posts", ignore_result=True)
def tell_of_posts() -> None:
    """Owe word of managers' posts that nobody covers; nothing while this database is out of service."""
    if sending.is_on():
        post_gaps.tell(now=clock.now())


@shared_task(name="alerts.tasks.follow_covers", ignore_result=True)
def follow_covers() -> None:
    """Tell whoever covers by now of searches, and count their promises anew; nothing while this database is out of service."""
    if sending.is_on():
        now = clock.now()
        search_newcomers.tell_covers(now=now)
        cover_turns.recount(now=now)


@shared_task(name="alerts.tasks.tell_of_lists", ignore_result=True)
def tell_of_lists() -> None:
    """Owe word of areas whose weekly list goes to nobody; nothing while this database is out of service."""
    if sending.is_on():
        list_mails.tell(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_guardian_areas", ignore_result=True)
def tell_of_guardian_areas() -> None:
    """Owe word of areas without a guardian service; nothing while this database is out of service."""
    if sending.is_on():
        guardian_areas.tell(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_gaps", ignore_result=True)
def tell_of_gaps() -> None:
    """Owe word of gaps in the rotas; nothing while this database is out of service."""
    if sending.is_on():
        untaken_shifts.tell_of_gaps(now=clock.now())


@shared_task(name="alerts.tasks.tell_of_journeys", ignore_result=True)
def tell_of_journeys() -> None:
    """Owe word of journeys with an escort whom the child is kept from; nothing while this database is out of service."""
    if sending.is_on():
        journey_mails.tell(now=clock.now())
        journey_ends.tell(now=clock.now())


@shared_task(name="alerts.tasks.enter_turnings", ignore_result=True)
def enter_turnings() -> None:
    """Enter what only time brings: ages, and days that were written down; nothing while this database is out of service."""
    if sending.is_on():
        now = clock.now()
        turnings.enter(now=now)
        coming_of_age.ask(now=now)
        older_looks.ask(now=now)
        taken_again.look(now=now)
        taken_again.check(now=now)


@shared_task(name="alerts.tasks.close_others_told", ignore_result=True)
def close_others_told() -> None:
    """Ask about those who went along while they are looked for, and no longer; nothing while this database is out of service."""
    if sending.is_on():
        now = clock.now()
        others_told.close(now=now)
        others_told.ask_again(now=now)


@shared_task(name="alerts.tasks.empty_old_texts", ignore_result=True)
def empty_old_texts() -> None:
    """Empty what was sent longer ago than is kept of its text; nothing while this database is out of service."""
    if sending.is_on():
        old_texts.empty(before=old_texts.kept_since(clock.now()))


@shared_task(name="alerts.tasks.check_integrity", ignore_result=True)
def check_integrity() -> None:
    """Ask the whole record whether the promise holds, once a night and again while it does not."""
    now = clock.now()
    if not sending.is_on() or not nightly.is_owed(now):
        return
    late = overdue.look(now)
    # What the engine has not done yet would be told for a day: of that the monitor hears by itself.
    if not (late.stale or late.due_since or late.unsent_since):
        nightly.keep(integrity.check(now), at=now)


# These have heartbeats, and come many times in a second.
OFTEN = ("alerts.tasks.sweep", "alerts.tasks.drain_outbox")


@task_failure.connect
def _tick_failed(sender: object = None, **_signal: object) -> None:
    """A tick of beat that raises has no heartbeat of its own."""
    if _name(sender) in OFTEN:
        return
    try:
        lasting.note([_name(sender)], at=clock.now(), over_after=lasting.TICK_OVER_AFTER)
    except Exception:
        # Whatever kept the tick from its work may keep this from being written: the log has both.
        logger.exception("tick_not_noted", tick=_name(sender))


@task_success.connect
def _tick_done(sender: object = None, **_signal: object) -> None:
    if _name(sender) in OFTEN:
        return
    try:
        lasting.well(_name(sender))
    except Exception:
        logger.exception("tick_not_noted", tick=_name(sender))


def _name(sender: object) -> str:
    return str(getattr(sender, "name", sender))
