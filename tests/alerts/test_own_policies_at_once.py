"""Something else commits in the moment in which a policy is agreed: one of the two waits, and neither is lost."""

from cases import responsibilities
from tests.alerts.test_own_policies import CLOSES, MINUTE, NOON, agreed, contact_of, steps, tick
from tests.cases.test_worker_leaves_at_once import before_it_stands
from tests.database import Clone
from tests.factories import a_watched_child


def test_a_child_who_comes_while_its_new_authority_agrees_is_looked_at_when_that_begins(
    committed: Clone,
) -> None:
    agreeing, coming = a_watched_child(), a_watched_child()
    begins = NOON + 30 * MINUTE
    assert (contact_of(coming).next_at or begins) > begins
    # The instant of the move is read after that of the agreeing, and commits before it has the children.
    before_it_stands(
        lambda: responsibilities.start(
            coming.child, authority=agreeing.authority, by=agreeing.manager, at=NOON + MINUTE
        ),
        lambda: agreed(agreeing, begins=begins, at=NOON),
    )
    assert contact_of(coming).next_at == begins
    tick(CLOSES + 21 * MINUTE)
    assert "R3" in steps(coming)
