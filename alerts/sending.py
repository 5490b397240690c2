"""Whether this database is in service: one restored from a dump neither sweeps nor sends until a person says so."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from alerts.models import Sending

# True in the cluster and the table in which sending was switched on, and in no copy that a dump has made of it.
IS_ON = """
    EXISTS (SELECT FROM alerts_sending here, pg_control_system() cluster
             WHERE here.is_on AND here.cluster = cluster.system_identifier AND here."table" = here.tableoid::bigint)
"""
_SWITCH = """
    INSERT INTO alerts_sending (id, is_on, cluster, "table", changed_at)
    SELECT 1, %(on)s, system_identifier, 'alerts_sending'::regclass::bigint, %(at)s FROM pg_control_system()
    ON CONFLICT (id) DO UPDATE SET is_on = EXCLUDED.is_on, cluster = EXCLUDED.cluster,
           "table" = EXCLUDED."table", changed_at = EXCLUDED.changed_at
"""


@dataclass(frozen=True)
class State:
    """Whether messages go out, and why not."""

    on: bool
    why: str


def is_on() -> bool:
    """Whether this database is in service; False where it was restored, or switched off."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {IS_ON}")
        return bool(cursor.fetchone()[0])


def state() -> State:
    """The same in words, with the setting that holds messages alone."""
    if Sending.objects.filter(is_on=False).exists():
        return State(on=False, why="switched off: nothing is swept or sent")
    if not is_on():
        return State(
            on=False, why="restored from a backup: nothing is swept or sent until manage.py sending on"
        )
    return State(on=True, why="on") if settings.SENDING else State(on=False, why="off")


def switch(*, on: bool, at: datetime) -> None:
    """Write that this database, here, is in service or not."""
    with connection.cursor() as cursor:
        cursor.execute(_SWITCH, {"on": on, "at": at})
