"""Celery: ticks that wake the sweep and the outbox, and the only list of what beat sends."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, worker_process_init
from kombu import Queue

from config import patience
from config.env import one_line_errors

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

with one_line_errors():
    import django
    from django.conf import settings

    django.setup()

app = Celery("rollcall")
app.conf.update(
    broker_url=settings.REDIS_URL,
    # Sending has a queue of its own, so that workers can be kept free for the sweep while a mail server hangs. A worker
    # that is started without -Q takes both.
    task_queues=[Queue("celery", routing_key="celery"), Queue("sending", routing_key="sending")],
    task_routes={"alerts.tasks.drain_outbox": {"queue": "sending"}},
    # Nobody waits for a tick: what has been done is read from PostgreSQL.
    result_backend=None,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    # A dead broker is waited for, for ever: the watchdog does the work meanwhile.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_connection_timeout=2,
    broker_transport_options={
        # A lost tick changes nothing. Kept until it is begun, it is put back when the broker is lost, by way of that
        # broker: a worker with much to do ended of it, and had to be started again.
        "ack_emulation": False,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 10,
    },
    timezone="UTC",
    enable_utc=True,
    beat_schedule={
        # A sweep that did anything wakes a sender by itself: the second tick is for what waits for its next try.
        "sweep": {"task": "alerts.tasks.sweep", "schedule": 0.25},
        "drain-outbox": {"task": "alerts.tasks.drain_outbox", "schedule": 0.5},
        "seal": {"task": "cases.tasks.seal", "schedule": float(settings.SEAL_SECONDS)},
        # A tick that is lost is made up for by the next: what is owed is looked up, and owed once.
        "owe-area-lists": {"task": "alerts.tasks.owe_area_lists", "schedule": 15.0},
        "tell-of-concerns": {"task": "alerts.tasks.tell_of_concerns", "schedule": 15.0},
        "tell-of-supervision": {"task": "alerts.tasks.tell_of_supervision", "schedule": 300.0},
        "tell-of-links": {"task": "alerts.tasks.tell_of_links", "schedule": 15.0},
        "tell-of-assignments": {"task": "alerts.tasks.tell_of_assignments", "schedule": 15.0},
        "tell-of-meetings": {"task": "alerts.tasks.tell_of_meetings", "schedule": 15.0},
        "tell-of-releases": {"task": "alerts.tasks.tell_of_releases", "schedule": 15.0},
        "tell-of-proofs": {"task": "alerts.tasks.tell_of_proofs", "schedule": 15.0},
        "tell-of-test-calls": {"task": "alerts.tasks.tell_of_test_calls", "schedule": 300.0},
        "pass-on-forces": {"task": "alerts.tasks.pass_on_forces", "schedule": 300.0},
        "tell-new-mailboxes": {"task": "alerts.tasks.tell_new_mailboxes", "schedule": 60.0},
        "tell-of-posts": {"task": "alerts.tasks.tell_of_posts", "schedule": 300.0},
        "follow-covers": {"task": "alerts.tasks.follow_covers", "schedule": 300.0},
        "tell-of-lists": {"task": "alerts.tasks.tell_of_lists", "schedule": 300.0},
        # Whoever writes of an area does not wait for its children; a lack is to climb within a minute all the same.
        "work-out-areas": {"task": "guardians.tasks.work_out_areas", "schedule": 15.0},
        "tell-of-guardian-areas": {"task": "alerts.tasks.tell_of_guardian_areas", "schedule": 300.0},
        "tell-of-gaps": {"task": "alerts.tasks.tell_of_gaps", "schedule": 15.0},
        "tell-of-journeys": {"task": "alerts.tasks.tell_of_journeys", "schedule": 5.0},
        # Three days before the day: no hour of it is waited for.
        "close-others-told": {"task": "alerts.tasks.close_others_told", "schedule": 60.0},
        "enter-turnings": {"task": "alerts.tasks.enter_turnings", "schedule": 600.0},
        # In the hours in which least is sent.
        "empty-old-texts": {
            "task": "alerts.tasks.empty_old_texts",
            "schedule": crontab(hour="3", minute="20"),
        },
        "check-integrity": {
            "task": "alerts.tasks.check_integrity",
            "schedule": crontab(minute="40"),
        },
        # At a time of day: counted in hours from its start, a beat that is often started anew would never come to it.
        "export-audit-head": {
            "task": "cases.tasks.export_audit_head",
            "schedule": crontab(hour="0", minute="30"),
        },
        "end-roles": {"task": "cases.tasks.end_roles", "schedule": 15.0},
        "take-grants": {"task": "cases.tasks.take_grants", "schedule": 600.0},
        "take-grants-of-cover": {"task": "guardians.tasks.take_grants", "schedule": 600.0},
        "remove-destroyed": {"task": "cases.tasks.remove_destroyed", "schedule": 3600.0},
        "forget-drafts": {"task": "cases.tasks.forget_drafts", "schedule": 3600.0},
    },
)
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logs(**_signal: object) -> None:
    """Keep the JSON logs of settings.LOGGING: with a receiver here Celery leaves logging alone."""


@worker_process_init.connect
def wait_in_patience(**_signal: object) -> None:
    """Let no worker wait for ever for a database that hangs."""
    patience.keep()
