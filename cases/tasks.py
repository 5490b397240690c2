"""Celery's ticks for the facts: the clock and one call each."""

from celery import shared_task

from cases import clock, drafts


@shared_task(name="cases.tasks.forget_drafts", ignore_result=True)
def forget_drafts() -> None:
    """Forget the drafts that nobody came back to."""
    drafts.forget_old(at=clock.now())
