"""Nothing is owed by a closed home: its clock stops in the commit that closes it, and no rung is told there."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import home_clocks, integrity, recipients, sweep
from alerts.models import HomeAlert, HomeClock, Message
from alerts.recipients import Post
from cases import closings, facts, placements
from cases.models import Placement, Role
from tests import factories

pytestmark = pytest.mark.django_db

# A child who came on Monday at 09:00: the first check of the building is owed on Tuesday, 1am to 2am.
CLOSES = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.by_turns(8)
def test_a_house_that_closes_owes_no_check_and_is_told_of_no_rung() -> None:
    w = factories.a_watched_child(placement_type=Placement.Type.CHILDRENS_HOME, arrived_at=factories.AT)
    sweep.sweep_all(now=CLOSES + 31 * MINUTE)
    assert HomeAlert.objects.open().filter(home=w.home).exists()
    at = CLOSES + 40 * MINUTE
    other = factories.a_home(w.authority)
    placements.start(w.child, where=other, placement_type=w.placement.type, starts_at=at, by=w.worker, at=at)
    admin = factories.a_person(Role.ADMINISTRATOR, authority=w.authority)
    closings.close_home(w.home, last_day=at.date(), reason="Flooded", by=admin, at=at)
    clock = HomeClock.objects.get(home=w.home)
    assert (clock.due_at, clock.steps, clock.next_at) == (None, {}, at), (
        "there is an alert to end, and nothing else"
    )
    sweep.sweep_all(now=at)
    assert not HomeAlert.objects.open().filter(home=w.home).exists()
    clock.refresh_from_db()
    assert clock.next_at is None
    before = set(Message.objects.values_list("pk", flat=True))
    later = at + timedelta(hours=6)
    sweep.sweep_all(now=later)
    new = Message.objects.exclude(pk__in=before)
    assert new.exists(), "the child is watched in the new home"
    assert not new.filter(phone=w.home.phone).exists()
    (child,) = facts.load([w.child.pk]).values()
    (told,) = recipients.directory([child], at=later).resolve(Post.HOME, child, ["text"])
    assert told.phone == other.phone
    home_clocks.recompute([w.home.pk], at=later)
    clock.refresh_from_db()
    assert clock.next_at is None
    asked = {one.question for one in integrity.check(later) if one.references}
    assert asked <= {"messages ready to go that no sender has taken"}, "nothing is sent in this test"
