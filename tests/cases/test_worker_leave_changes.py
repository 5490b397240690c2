"""Leave that is moved, called off or cut into by sickness: nobody is silent about who has the child meanwhile."""

import pytest

from cases import worker_absences, worker_covers, worker_leaves
from cases.models import Role, User, WorkerCover, WorkerLeave
from cases.states import IllegalMove
from tests.cases.test_worker_leaves import BACK, DAY, GOES, HOUR, NOW, asks, gap, goes, says_yes, sees
from tests.factories import Watched, a_person, a_team, a_watched_child

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel", family_name="Penrowe")


@pytest.fixture
def colleague(watched: Watched) -> User:
    return a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority))


def moved(watched: Watched, colleague: User) -> WorkerCover:
    """Cover of leave that was called off before it began, and was recorded anew two days later."""
    first = goes(watched)
    cover = says_yes(asks(watched, first, colleague))
    worker_leaves.end(first, by=watched.worker, at=NOW + HOUR)
    goes(watched, starts_at=GOES + 2 * DAY, ends_at=BACK + 2 * DAY, at=NOW + 2 * HOUR)
    return cover


@pytest.mark.by_turns
def test_cover_of_leave_that_was_called_off_covers_no_other_leave(watched: Watched, colleague: User) -> None:
    cover = moved(watched, colleague)
    assert not sees(colleague, watched, GOES + 3 * DAY)
    assert gap(watched, NOW + 2 * HOUR) == (GOES + 2 * DAY, BACK + 2 * DAY)
    cover.refresh_from_db()
    assert cover.called_off_at == NOW + HOUR


@pytest.mark.by_turns
def test_cover_whose_leave_was_called_off_without_its_cover_covers_nothing(
    watched: Watched, colleague: User
) -> None:
    cover = moved(watched, colleague)
    # As rows stood that were written before the leave took its cover along.
    WorkerCover.objects.filter(pk=cover.pk).update(called_off_at=None)
    assert gap(watched, NOW + 2 * HOUR) == (GOES + 2 * DAY, BACK + 2 * DAY)


@pytest.mark.by_turns
def test_what_was_asked_and_declined_for_leave_that_is_called_off_keeps_its_answer(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched)
    declined = asks(watched, leave, colleague)
    worker_covers.answer([declined], accepted=False, reason="Away too", by=colleague, at=NOW)
    waiting = asks(watched, leave, colleague)
    worker_leaves.end(leave, by=watched.worker, at=NOW + HOUR)
    declined.refresh_from_db()
    waiting.refresh_from_db()
    assert (declined.called_off_at, waiting.called_off_at) == (None, NOW + HOUR)
    with pytest.raises(IllegalMove, match="waits for no answer"):
        says_yes(waiting, NOW + 2 * HOUR)


def ill(watched: Watched, **given) -> WorkerLeave:
    """From now on, without an end."""
    said = {"kind": "sickness", "starts_at": NOW, "ends_at": None, "by": watched.manager, **given}
    return goes(watched, **said)


@pytest.mark.by_turns
def test_whoever_falls_ill_while_leave_is_booked_is_recorded_as_ill_and_the_gap_goes_on(
    watched: Watched, colleague: User
) -> None:
    holiday = goes(watched)
    sick = ill(watched)
    assert set(WorkerLeave.objects.current(GOES)) == {holiday, sick}
    assert gap(watched, NOW) == (NOW, None)
    # Cover that was accepted for the holiday is cover for as long as the holiday, and the gap opens again after it.
    says_yes(asks(watched, holiday, colleague))
    assert gap(watched, NOW) == (NOW, GOES)
    assert gap(watched, GOES) == (BACK, None)
    says_yes(asks(watched, sick, a_person(Role.SOCIAL_WORKER, team=watched.team)))
    assert gap(watched, NOW) is None


@pytest.mark.by_turns
def test_leave_that_ends_does_not_end_the_sickness_beside_it(watched: Watched) -> None:
    holiday = goes(watched)
    sick = ill(watched)
    assert worker_absences.workers_away([watched.worker], GOES + DAY)[watched.worker.pk] == sick
    worker_leaves.end(holiday, by=watched.worker, at=GOES + DAY)
    assert gap(watched, GOES + DAY) == (NOW, None)
    worker_leaves.end(sick, by=watched.worker, at=GOES + 2 * DAY)
    assert gap(watched, GOES + 2 * DAY) is None


@pytest.mark.by_turns(8)
def test_a_manager_goes_on_being_asked_when_somebody_comes_back_who_fell_ill_before_their_leave(
    watched: Watched,
) -> None:
    goes(watched)
    sick = ill(watched)

    def absence(at):
        return worker_absences.of([watched.child.pk], at)[watched.child.pk]

    assert (absence(NOW).looked_at, absence(GOES + DAY).looked_at) == (NOW, NOW)
    assert absence(GOES + DAY).leave == sick
    # Leave that lasts longer than what is known of the sickness is no reason not to say until when that is.
    worker_leaves.look_again(sick, ends_at=GOES + DAY, by=watched.manager, at=NOW + DAY)
    assert absence(NOW + DAY).looked_at is None
    assert gap(watched, NOW + DAY) == (NOW, BACK)


@pytest.mark.by_turns
def test_nobody_is_ill_twice_at_once_or_books_leave_while_they_are(watched: Watched) -> None:
    goes(watched)
    ill(watched)
    for kind in WorkerLeave.Kind:
        with pytest.raises(IllegalMove, match="for a part of this time"):
            goes(watched, kind=kind, starts_at=BACK + DAY, ends_at=BACK + 2 * DAY)


@pytest.mark.by_turns
def test_nothing_is_asked_for_leave_that_was_called_off_while_the_page_stood_open(
    watched: Watched, colleague: User
) -> None:
    leave = goes(watched)
    worker_leaves.end(WorkerLeave.objects.get(pk=leave.pk), by=watched.worker, at=NOW + HOUR)
    assert leave.called_off_at is None
    with pytest.raises(IllegalMove, match="leave is over"):
        asks(watched, leave, colleague, at=NOW + 2 * HOUR)
    assert not WorkerCover.objects.exists()
