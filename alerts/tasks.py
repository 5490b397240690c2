"""Celery's ticks: the clock and one call each; a lost or repeated tick changes nothing."""

from celery import shared_task

from alerts import delivery
from alerts import sweep as sweeping
from cases import clock

# A tick goes on while work is left, but hands back now and then so that the other kind gets its turn.
BATCHES = 20


@shared_task(name="alerts.tasks.sweep", ignore_result=True)
def sweep() -> None:
    for _ in range(BATCHES):
        if not sweeping.sweep(now=clock.now()).more:
            break


@shared_task(name="alerts.tasks.drain_outbox", ignore_result=True)
def drain_outbox() -> None:
    for _ in range(BATCHES):
        if not delivery.drain(clock=clock.now):
            break
