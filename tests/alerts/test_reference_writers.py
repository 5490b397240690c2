"""Who wrote the reference of a force down, of rows from before it stood with them."""

from contextlib import closing
from datetime import timedelta
from importlib import import_module

import psycopg2
from django.db import transaction
from django.db.migrations import RunSQL

from alerts import areas, force_offers
from cases import episodes
from cases.deadlines import london_day
from cases.models import PoliceForce, RowChange
from tests.database import Clone
from tests.factories import AT, a_force, a_force_mailbox, a_watched_child, missing

HOUR = timedelta(hours=1)
NOW = AT + 3 * HOUR


def test_the_events_of_before_say_who_wrote_each_reference(committed: Clone) -> None:
    """And the history of the rows says nothing of it: of no child anything has changed."""
    first, second, w = a_force("Southmere Police"), a_force("Eastmere Police"), a_watched_child()
    a_force_mailbox(first)
    episode = missing(w.child, by=w.worker, at=NOW)
    for by in (w.carer, w.desk.person):
        said = {"force": w.force, "reference": f"A/{by.pk}", "officer": ""}
        episodes.record_police_reference(episode, **said, by=by, at=NOW)
    offer = {"to": first, "said_by": "DS Harrow", "reason": "Seen there"}
    row = force_offers.offer(episode, **offer, by=w.desk.person, at=NOW)
    answer = {"officer": "DC Ward", "reference": "SM/77", "signed_in": False}
    force_offers.accept(row, **answer, by=w.desk.second, at=NOW + HOUR)
    areas.alert_too(episode, second, by=None, at=NOW + HOUR)
    PoliceForce.objects.filter(pk=first.pk).update(valid_to=london_day(NOW), successor=second)
    with transaction.atomic():
        episodes.succeed(episode.forces.get(force=first), second, at=NOW + 2 * HOUR)
    given = dict(episode.forces.values_list("force", "reference_by"))
    assert given == {w.force.pk: w.desk.person.pk, first.pk: w.desk.second.pk, second.pk: w.desk.second.pk}
    episode.forces.update(reference_by=None)
    changes = RowChange.objects.count()
    migration = import_module("cases.migrations.0120_who_wrote_a_reference").Migration
    with closing(psycopg2.connect(committed.owner_dsn)) as owner, owner, owner.cursor() as cursor:
        for operation in migration.operations:
            if isinstance(operation, RunSQL):
                cursor.execute(operation.sql)
    assert dict(episode.forces.values_list("force", "reference_by")) == given
    assert RowChange.objects.count() == changes
    episode.forces.filter(force=second).update(reference_by=None)
    assert RowChange.objects.count() == changes + 1, "the history goes on"
