"""What a climb changes on clocks, written in one statement."""

import json
from collections.abc import Sequence

from django.db import connection

from alerts.models import Clock

_STORE = """
    UPDATE alerts_clock c
       SET next_at = v.next_at, urgency = v.urgency, rung = v.rung, steps = v.steps,
           faults = 0, fault = '', set_aside_until = NULL
      FROM unnest(%s::bigint[], %s::timestamptz[], %s::smallint[], %s::text[], %s::jsonb[])
           AS v (id, next_at, urgency, rung, steps)
     WHERE c.id = v.id
"""


def store(changed: Sequence[Clock]) -> None:
    """Write what a climb changed on these clocks, in one statement."""
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE,
            [
                [clock.pk for clock in changed],
                [clock.next_at for clock in changed],
                [clock.urgency for clock in changed],
                [clock.rung for clock in changed],
                [json.dumps(clock.steps) for clock in changed],
            ],
        )
