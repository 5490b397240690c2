"""The release that let councils have policies of their own, taken back: what one had agreed becomes nobody else's."""

import os
import subprocess
import sys

from django.conf import settings

from alerts.models import Clock, PolicyVersion
from cases import clock
from tests.alerts.test_own_policies import DAY, HOUR, NOON, agreed, contact_of
from tests.database import Clone
from tests.factories import a_watched_child

BACK = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", "alerts", "0041_bed_kept", verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("SELECT version FROM alerts_policyversion WHERE key = 'first_72_hours' ORDER BY version")
    print([version for (version,) in cursor.fetchall()])
call_command("migrate", verbosity=0)
"""


def test_what_one_council_had_agreed_holds_for_nobody_once_it_is_taken_back(committed: Clone) -> None:
    of = a_watched_child()
    agreed(of, begins=NOON)
    agreed(of, begins=NOON + 3 * HOUR, at=NOON, ends=True)
    stood = PolicyVersion.objects.filter(authority=None).count()
    # As it looks by what the council had agreed.
    Clock.objects.filter(pk=contact_of(of).pk).update(next_at=clock.now() + DAY)
    done = subprocess.run(
        [sys.executable, "-c", BACK],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"DATABASE_URL": committed.owner_url, "DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == "[1]"
    assert PolicyVersion.objects.count() == stood
    assert (contact_of(of).next_at or clock.now() + DAY) <= clock.now(), "the next sweep reads it again"
