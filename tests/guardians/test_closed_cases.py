"""Of a closed case nobody is asked to cover or covers, no address is opened, and one record that fails stops no other."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import approvals, clock
from cases.groups import person_group
from cases.models import ChildGroupPermission, PlacementApproval, Role
from cases.states import IllegalMove
from guardians import assignments, covers
from guardians.models import GuardianCover
from tests.factories import (
    AT,
    a_child,
    a_home,
    a_person,
    a_watched_child,
    an_authority,
    case_closed,
    guarded,
    placed,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
SPAN = {"starts_at": NOW + 10 * DAY, "ends_at": NOW + 17 * DAY}


@pytest.mark.by_turns
def test_nobody_is_asked_to_cover_in_a_closed_case_and_what_was_asked_before_is_not_answered(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = a_watched_child()
    colleague = a_person(Role.GUARDIAN, service=one.assignment.service)
    asked = covers.ask([one.assignment], colleague, **SPAN, by=one.guardian, at=NOW)
    case_closed(one.child, reason="Moved abroad", by=one.worker, at=NOW + HOUR)
    later = NOW + 2 * HOUR
    for accepted in (True, False):
        with pytest.raises(IllegalMove, match="case is closed"):
            covers.answer(asked.covers, accepted=accepted, reason="No", by=colleague, at=later)
    other = {"starts_at": NOW + 20 * DAY, "ends_at": NOW + 21 * DAY}
    with pytest.raises(IllegalMove, match="case is closed"):
        covers.ask([one.assignment], colleague, **other, by=one.guardian, at=later)
    assert list(GuardianCover.objects.values_list("accepted", flat=True)) == [None]
    assert not ChildGroupPermission.objects.filter(group__name=person_group(colleague.pk)).exists()
    monkeypatch.setattr(clock, "now", lambda: later)
    client.force_login(colleague)
    assert one.child.reference not in client.get(reverse("cover_answer")).content.decode()
    assert "asked to cover" not in client.get(reverse("guardian_home")).content.decode()


@pytest.mark.by_turns
def test_the_address_of_a_closed_case_is_opened_to_no_guardian_and_what_was_opened_can_be_taken_back() -> (
    None
):
    one = a_watched_child()
    second = guarded(one.child, lead=False, at=NOW)
    given = {"reason": "She drives him", "by": one.manager}
    assignments.allow_address(one.assignment, allowed=True, **given, at=NOW)
    case_closed(one.child, reason="Moved abroad", by=one.worker, at=NOW + HOUR)
    with pytest.raises(IllegalMove, match="case is closed"):
        assignments.allow_address(second, allowed=True, **given, at=NOW + 2 * HOUR)
    second.refresh_from_db()
    assert not second.address_allowed
    taken = assignments.allow_address(one.assignment, allowed=False, **given, at=NOW + 2 * HOUR)
    assert not taken.address_allowed


@pytest.mark.by_turns
def test_a_placement_of_a_closed_case_is_approved_by_nobody() -> None:
    one = a_watched_child()
    far = placed(one.child, a_home(an_authority()), by=one.worker, starts_at=NOW, at=NOW)
    case_closed(one.child, reason="Moved abroad", by=one.worker, at=NOW + HOUR)
    named = {"said_by": "Dominic Vale, director", "reason": "The river is the border"}
    with pytest.raises(IllegalMove, match="case is closed"):
        approvals.say_adjoining(far, **named, by=one.worker, at=NOW + 2 * HOUR)
    assert not PlacementApproval.objects.exists()


@pytest.mark.by_turns(8)
def test_a_grant_that_cannot_be_taken_keeps_no_other_from_being_taken(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one = a_watched_child()
    colleague = a_person(Role.GUARDIAN, service=one.assignment.service)
    rows = [one.assignment, guarded(a_child(), one.guardian)]
    asked = covers.ask(rows, colleague, **SPAN, by=one.guardian, at=NOW)
    covers.answer(asked.covers, accepted=True, by=colleague, at=NOW)
    settling = covers.settle

    def settle(child, person_id, *, at) -> None:
        if child.pk == min(row.child_id for row in rows):
            raise RuntimeError("a fault of one row")
        settling(child, person_id, at=at)

    monkeypatch.setattr(covers, "settle", settle)
    over = SPAN["ends_at"] + HOUR
    held = ChildGroupPermission.objects.filter(group__name=person_group(colleague.pk))
    assert covers.take_ended(at=over, since=7 * DAY) == 1
    assert held.count() == 1
    assert "cover_not_taken" in caplog.text
    monkeypatch.setattr(covers, "settle", settling)
    covers.take_ended(at=over, since=7 * DAY)
    assert not held.exists(), "it is tried again"
