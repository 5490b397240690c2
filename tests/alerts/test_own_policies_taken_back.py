"""The release that let councils have policies of their own, taken back: what one had agreed becomes nobody else's.

In each run what the migration does to the rows as it is taken back; in ./run faults it and all since, and forth again.
"""

import os
import sys
from pathlib import Path

from django.conf import settings

from alerts.models import Clock, PolicyVersion
from cases import clock
from tests.alerts.test_own_policies import DAY, HOUR, NOON, agreed, contact_of
from tests.counts import counts
from tests.database import Clone
from tests.factories import a_watched_child
from tests.faults.kit.stage import Process

ALL_SINCE = """
from django.core.management import call_command
call_command("migrate", "alerts", "0041_bed_kept", verbosity=0)
{say}
call_command("migrate", verbosity=0)
"""
ITS_ROWS = """
from importlib import import_module
from django.apps import apps
with connection.schema_editor() as editor:
    import_module("alerts.migrations.0042_policies_of_authorities").remove(apps, editor)
{say}
"""
SAY = """
with connection.cursor() as cursor:
    cursor.execute("SELECT version FROM alerts_policyversion WHERE key = 'first_72_hours' ORDER BY version")
    print([version for (version,) in cursor.fetchall()])
"""
BACK = f"""
import django
django.setup()
from django.db import connection
{counts(ITS_ROWS, ALL_SINCE).format(say=SAY)}
"""


def test_what_one_council_had_agreed_holds_for_nobody_once_it_is_taken_back(
    committed: Clone, tmp_path: Path
) -> None:
    of = a_watched_child()
    agreed(of, begins=NOON)
    agreed(of, begins=NOON + 3 * HOUR, at=NOON, ends=True)
    stood = PolicyVersion.objects.filter(authority=None).count()
    # As it looks by what the council had agreed.
    Clock.objects.filter(pk=contact_of(of).pk).update(next_at=clock.now() + DAY)
    script = tmp_path / "back.py"
    script.write_text(BACK)
    env = os.environ | {"DATABASE_URL": committed.owner_url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    env |= {"PYTHONPATH": str(settings.BASE_DIR)}
    back = Process("back", [sys.executable, str(script)], log=tmp_path / "back.log", env=env)
    back.start()
    assert back.process is not None
    assert back.process.wait(300) == 0, back.said()
    assert back.said().strip() == "[1]"
    assert PolicyVersion.objects.count() == stood
    assert (contact_of(of).next_at or clock.now() + DAY) <= clock.now(), "the next sweep reads it again"
