"""Celery's ticks for the guardians: the clock and one call each."""

from datetime import timedelta

from celery import shared_task

from cases import clock
from guardians import areas, covers

# Longer than any worker is down: what is asked for again is nothing to do.
LATELY = timedelta(days=7)


@shared_task(name="guardians.tasks.take_grants", ignore_result=True)
def take_grants() -> None:
    """Take the grants of cover that has ended by its date."""
    covers.take_ended(at=clock.now(), since=LATELY)


@shared_task(name="guardians.tasks.work_out_areas", ignore_result=True)
def work_out_areas() -> None:
    """Work out for the children of an area what somebody has written of it."""
    areas.work_out(at=clock.now())
