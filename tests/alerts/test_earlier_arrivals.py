"""An arrival that was earlier than was written ends the closer watch from then on, and nothing that is late."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import sweep
from alerts.models import Alert, Clock
from cases import clock, details
from cases.models import DetailsChange
from tests.factories import AT, Watched, a_watched_child, seen

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# On the twentieth day somebody has seen the child in the morning and nobody in the evening: the desk is to ring.
MISSED = AT + 20 * DAY + timedelta(hours=12, minutes=40)


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child(arrived_at=AT)
    for day in range(21):
        seen(found.child, by=(found.carer, found.guardian)[day % 2], at=AT + day * DAY + 2 * HOUR)
    sweep.sweep_all(now=MISSED)
    return found


def late(watched: Watched) -> bool:
    return Alert.objects.open().filter(child=watched.child, clock__kind=Clock.Kind.CONTACT).exists()


def correct(
    watched: Watched, arrived_at: datetime, *, at: datetime, version: int = 0
) -> DetailsChange | None:
    said = {"topic": "arrival", "version": version, "seconded_by": watched.manager, "by": watched.worker}
    return details.change(watched.child, {"arrived_at": arrived_at}, **said, at=at)


@pytest.mark.by_turns
def test_two_people_who_write_an_earlier_arrival_end_no_roll_call_that_is_late(watched: Watched) -> None:
    assert late(watched)
    with pytest.raises(details.StillLate, match="Somebody is to see this child first"):
        correct(watched, AT - 60 * DAY, at=MISSED)
    sweep.sweep_all(now=MISSED + timedelta(minutes=1))
    assert late(watched)
    seen(watched.child, by=watched.carer, at=MISSED + HOUR / 4)
    assert correct(watched, AT - 60 * DAY, at=MISSED + HOUR / 2) is not None


@pytest.mark.by_turns(8)
def test_the_page_says_so_at_the_day_and_keeps_it(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: MISSED)
    client.force_login(watched.worker)
    sent = {"arrived_date_day": "1", "arrived_date_month": "1", "arrived_date_year": "2026", "version": "0"}
    answer = client.post(f"/children/{watched.child.reference}/details/arrival/", sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Somebody is to see this child first" in page
    assert 'value="2026"' in page
    assert not DetailsChange.objects.exists()
