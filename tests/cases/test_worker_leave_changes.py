"""Leave that is moved, called off or cut into by sickness: nobody is silent about who has the child meanwhile."""

import pytest

from cases import worker_covers, worker_leaves
from cases.models import Role, User, WorkerCover
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


def test_cover_of_leave_that_was_called_off_covers_no_other_leave(watched: Watched, colleague: User) -> None:
    cover = moved(watched, colleague)
    assert not sees(colleague, watched, GOES + 3 * DAY)
    assert gap(watched, NOW + 2 * HOUR) == (GOES + 2 * DAY, BACK + 2 * DAY)
    cover.refresh_from_db()
    assert cover.called_off_at == NOW + HOUR


def test_cover_whose_leave_was_called_off_without_its_cover_covers_nothing(
    watched: Watched, colleague: User
) -> None:
    cover = moved(watched, colleague)
    # As rows stood that were written before the leave took its cover along.
    WorkerCover.objects.filter(pk=cover.pk).update(called_off_at=None)
    assert gap(watched, NOW + 2 * HOUR) == (GOES + 2 * DAY, BACK + 2 * DAY)


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
