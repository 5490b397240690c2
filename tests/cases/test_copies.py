"""What a test begins with is the same whether its fixtures made it or a copy puts it back."""

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from alerts import policies
from alerts.models import PolicyVersion
from cases import clock
from cases.models import Event
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(now: datetime) -> Watched:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now - timedelta(days=9))
    return factories.a_watched_child(at=now - timedelta(days=2))


@pytest.fixture
def ended(watched: Watched, now: datetime) -> Watched:
    """A row that came and went, and one that was changed after it was written."""
    factories.seen(watched.child, by=watched.carer, at=now - timedelta(hours=1))
    return watched


@pytest.fixture
def signed_in(watched: Watched) -> Client:
    client = Client()
    client.force_login(watched.worker)
    return client


# The first two make it, from the third on it is copied: each must find the same.
@pytest.mark.parametrize("use", range(4))
def test_each_use_begins_with_the_same(ended: Watched, signed_in: Client, now: datetime, use: int) -> None:
    assert PolicyVersion.objects.filter(key=policies.DUTY).get().takes_effect_at == now - timedelta(days=9)
    assert ended.child.contacts.latest("happened_at").happened_at == now - timedelta(hours=1)
    assert Event.objects.filter(child=ended.child, happened_at__gt=now - timedelta(hours=2)).exists()
    assert clock.now() > Event.objects.latest("pk").recorded_at
    assert Session.objects.exists()
    assert signed_in.get(f"/children/{ended.child.reference}/").status_code == 200
    another = factories.a_watched_child()
    assert another.child.reference != ended.child.reference
    assert another.worker.pk != ended.worker.pk
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
