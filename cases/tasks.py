"""Celery's ticks for the facts: the clock and one call each."""

from celery import shared_task
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from cases import clock, destructions, drafts, grants, kept_forms, leavers, relations
from cases.audit import heads, seals


@shared_task(name="cases.tasks.forget_drafts", ignore_result=True)
def forget_drafts() -> None:
    """Forget the drafts and the kept forms that nobody came back to, and the sessions whose rows are of no use."""
    now = clock.now()
    drafts.forget_old(at=now)
    kept_forms.forget_old(at=now)
    SessionStore.clear_expired()


@shared_task(name="cases.tasks.remove_destroyed", ignore_result=True)
def remove_destroyed() -> None:
    """Remove the files of destroyed documents that a crash left behind."""
    destructions.remove_left()


@shared_task(name="cases.tasks.end_roles", ignore_result=True)
def end_roles() -> None:
    """Sign out whoever's role has ended by its date."""
    leavers.end_by_date(at=clock.now())


@shared_task(name="cases.tasks.take_grants", ignore_result=True)
def take_grants() -> None:
    """Take the grants of forces that have not searched for a child for longer than they may read of it."""
    grants.take_from_forces(at=clock.now(), after=relations.FORCE_READS_AFTER)


@shared_task(name="cases.tasks.seal", ignore_result=True)
def seal() -> None:
    """Seal what is new in the record."""
    seals.seal(at=clock.now())


@shared_task(name="cases.tasks.export_audit_head", ignore_result=True)
def export_audit_head() -> None:
    """Write the signed head of the record where it is kept apart; nothing in a demo that was given no key."""
    if settings.AUDIT_HEAD_KEY:
        heads.export(settings.AUDIT_HEAD_FOLDER, settings.AUDIT_HEAD_KEY, at=clock.now())
