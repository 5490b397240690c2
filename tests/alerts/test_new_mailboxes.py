"""A mailbox of a force that is registered in the middle of a search hears of it: the one before it may have been wrong."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from alerts import added_forces, escalations, tasks, watchdog
from alerts.models import Message
from cases import clock, configuration
from cases.models import Mailbox, MissingEpisode
from tests import factories
from tests.alerts.outgoing import Out, catch, send_all, tick
from tests.factories import AT, Watched

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
RIGHT = "right@force.police.example"
# The last mail of the call steps has gone.
LATER = AT + 6 * HOUR


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def search(watched: Watched, out: Out) -> MissingEpisode:
    episode = factories.missing(watched.child, by=watched.worker, at=AT + HOUR)
    for minutes in (0, 15, 30, 60, 120, 300):
        now = AT + HOUR + timedelta(minutes=minutes)
        tick(now)
        send_all(now)
    assert out.to[watched.control_room.address]
    return episode


def corrected(watched: Watched, at: datetime) -> Mailbox:
    for box in (watched.control_room, watched.coordinator):
        configuration.end_mailbox(box, reason="Wrong", by=watched.head, at=at)
    return configuration.register_mailbox(
        RIGHT, Mailbox.Purpose.CONTROL_ROOM, by=watched.head, at=at, force=watched.force
    )


def look(out: Out, now: datetime) -> list[str]:
    """Which mailboxes of the police are mailed by this look."""
    send_all(now)
    out.mails.clear()
    added_forces.tell_new_mailboxes(now=now)
    send_all(now)
    return sorted(address for address in out.to if ".police.example" in address)


@pytest.mark.by_turns(8)
@pytest.mark.usefixtures("search")
def test_the_mailbox_that_came_after_a_wrong_one_is_mailed_of_the_search_once_and_no_other_is(
    watched: Watched, out: Out
) -> None:
    assert not look(out, LATER), "nothing was registered since"
    corrected(watched, LATER)
    assert look(out, LATER + HOUR) == [RIGHT]
    assert not look(out, LATER + 2 * HOUR), "once"


@pytest.mark.by_turns
def test_a_mailbox_hears_the_end_of_what_it_was_mailed_of(
    watched: Watched, out: Out, search: MissingEpisode
) -> None:
    corrected(watched, LATER)
    look(out, LATER)
    out.mails.clear()
    factories.ended(search, at=LATER + HOUR)
    tick(LATER + HOUR)
    send_all(LATER + HOUR)
    assert out.to[RIGHT] == 1


@pytest.mark.by_turns
def test_of_a_search_that_has_ended_or_whose_child_is_confirmed_to_be_back_a_new_mailbox_hears_nothing(
    watched: Watched, out: Out, search: MissingEpisode
) -> None:
    MissingEpisode.objects.filter(pk=search.pk).update(
        child_confirmed_at=LATER, child_confirmed_by=watched.manager, child_confirmed_how="saw"
    )
    corrected(watched, LATER)
    assert not look(out, LATER)


@pytest.mark.by_turns
def test_of_a_search_for_which_duty_has_the_name_of_an_officer_a_new_mailbox_hears_nothing(
    watched: Watched, out: Out, search: MissingEpisode
) -> None:
    escalations.verify(
        search,
        force=watched.force,
        officer="PC 1234 Shah",
        incident_reference="1234",
        by=watched.desk.person,
        at=LATER,
    )
    corrected(watched, LATER)
    assert not look(out, LATER + HOUR)


@pytest.mark.by_turns(8)
@pytest.mark.usefixtures("search")
def test_one_search_that_fails_stops_no_other(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    corrected(watched, LATER)

    def fails(*_args: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(added_forces, "_tell_of_search", fails)
    assert not look(out, LATER)


@pytest.mark.by_turns
@pytest.mark.usefixtures("search")
@pytest.mark.parametrize(
    "by", [tasks.tell_new_mailboxes, lambda: watchdog._owe_what_is_no_clock_s(clock.now())]
)
def test_beat_and_the_watchdog_both_look(
    watched: Watched, by: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    corrected(watched, LATER)
    monkeypatch.setattr(clock, "now", lambda: LATER + HOUR)
    by()
    assert Message.objects.filter(mailbox__address=RIGHT, step__startswith="box:").count() == 1
