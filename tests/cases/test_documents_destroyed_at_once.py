"""Two people at one record at one instant: a hold that is placed first stops the destruction, and one destroys, not two."""

from datetime import timedelta

from cases import destructions, legal_holds
from cases.models import Document, Event
from cases.states import IllegalMove
from tests.cases.test_documents_destroyed import Story, on_disk
from tests.cases.test_worker_leaves import NOW
from tests.cases.test_worker_leaves_at_once import before_it_stands

MINUTE = timedelta(minutes=1)


def test_a_hold_that_does_not_stand_yet_is_waited_for(committed):
    story = Story(NOW)
    refused = before_it_stands(
        # Placed by a clock that is behind, or by whoever pressed later and came first.
        lambda: legal_holds.hold(story.w.child, reason="An inquiry", by=story.w.manager, at=NOW + MINUTE),
        lambda: story.destroy(at=NOW),
    )
    assert isinstance(refused, IllegalMove)
    assert "legal hold" in str(refused)
    assert not Document.objects.destroyed().exists()
    assert len(on_disk()) == 3


def test_of_two_who_destroy_at_once_one_does(committed):
    story = Story(NOW)
    refused = before_it_stands(lambda: story.destroy(at=NOW), lambda: story.destroy(at=NOW + MINUTE))
    assert isinstance(refused, IllegalMove)
    assert Event.objects.filter(kind="documents_destroyed").count() == 1
    assert on_disk() == {story.others.token}
    assert destructions.remove_left() == 0
