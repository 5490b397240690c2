"""Pages on which an assignment ends or is handed over: what was sent is done to the assignment that was shown, or to none."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Role, User
from cases.states import IllegalMove
from guardians import assignments
from guardians.models import GuardianAssignment
from tests.factories import Watched, a_person, a_watched_child, guarded, membership_of, missing

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 5 * HOUR)


@pytest.fixture
def second(watched: Watched, now: datetime) -> GuardianAssignment:
    return guarded(watched.child, a_colleague(watched), lead=False, at=now - 4 * HOUR)


def a_colleague(watched: Watched) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service)


def standing(watched: Watched) -> set[int]:
    rows = GuardianAssignment.objects.filter(child=watched.child, ends_at=None)
    return set(rows.values_list("guardian", flat=True))


def page(name: str, watched: Watched) -> str:
    return reverse(name, args=[watched.child.reference])


def key_in(answer) -> str:
    return str(answer.context["form"].initial["assignment_key"])


@pytest.mark.by_turns
def test_an_assignment_that_took_the_place_of_the_one_shown_is_not_ended_in_its_stead(
    client: Client, watched: Watched, now: datetime
) -> None:
    client.force_login(watched.worker)
    where = page("guardian_end", watched)
    shown = key_in(client.get(where))
    new, service = a_colleague(watched), watched.assignment.service
    given = {"service": service, "reason": "Leaves", "by": watched.manager, "at": now - HOUR}
    taken = assignments.hand_over(watched.assignment, new, **given)
    answer = client.post(where, {"reason": "Leaves", "assignment_key": shown})
    assert answer.status_code == 409
    assert "has ended since. Read who the guardian is now" in answer.content.decode()
    assert f'href="{where}"' in answer.content.decode()
    assert standing(watched) == {new.pk}
    # The page as it is now names the new one.
    assert new.name in client.get(where).content.decode()
    assignments.end(taken, reason="Leaves", by=watched.manager, at=now - timedelta(minutes=1))
    # Where nobody is left it is said as well, and not passed over.
    assert client.post(where, {"reason": "Leaves", "assignment_key": shown}).status_code == 409
    assert client.get(where).status_code == 302


@pytest.mark.by_turns
def test_a_child_is_handed_over_by_the_guardian_who_was_shown_or_by_none(
    client: Client, watched: Watched, now: datetime
) -> None:
    client.force_login(watched.worker)
    where = page("guardian_hand_over", watched)
    shown = key_in(client.get(where))
    between, last = a_colleague(watched), a_colleague(watched)
    given = {"service": watched.assignment.service, "reason": "Leaves", "by": watched.manager}
    taken = assignments.hand_over(watched.assignment, between, **given, at=now - HOUR)
    sent = {
        "guardian": membership_of(last).pk,
        "kind": "direct_worker",
        "reason": "Leaves",
        "assignment_key": shown,
    }
    answer = client.post(where, sent)
    assert (answer.status_code, standing(watched)) == (409, {between.pk})
    assert client.post(where, {**sent, "assignment_key": "abc"}).status_code == 409
    assert client.post(where, {**sent, "assignment_key": taken.pk}).status_code == 302
    assert standing(watched) == {last.pk}


@pytest.mark.by_turns(8)
def test_neither_page_takes_the_assignment_of_another_child(
    client: Client, watched: Watched, now: datetime
) -> None:
    other = a_watched_child(at=now - 5 * HOUR)
    client.force_login(watched.worker)
    sent = {"reason": "Leaves", "assignment_key": other.assignment.pk}
    assert client.post(page("guardian_end", watched), sent).status_code == 409
    sent["guardian"] = membership_of(a_colleague(watched)).pk
    assert client.post(page("guardian_hand_over", watched), sent).status_code == 409
    asked = client.get(page("guardian_end", watched), {"assignment": other.assignment.pk})
    assert key_in(asked) == str(watched.assignment.pk)
    assert (standing(watched), standing(other)) == ({watched.guardian.pk}, {other.guardian.pk})


@pytest.mark.by_turns
def test_each_of_two_guardians_is_ended_or_handed_over_by_name(
    client: Client, watched: Watched, second: GuardianAssignment
) -> None:
    client.force_login(watched.worker)
    end, hand_over = page("guardian_end", watched), page("guardian_hand_over", watched)
    assert (key_in(client.get(end)), key_in(client.get(hand_over))) == (
        str(second.pk),
        str(watched.assignment.pk),
    )
    assert f"?assignment={watched.assignment.pk}" in client.get(end).content.decode()
    asked = client.get(hand_over, {"assignment": second.pk})
    assert key_in(asked) == str(second.pk)
    assert f"{second.guardian.name}</bdi> reads nothing" in " ".join(asked.content.decode().split())
    new = a_colleague(watched)
    sent = {"guardian": membership_of(new).pk, "kind": "direct_worker", "reason": "Leaves"}
    sent["assignment_key"] = second.pk
    assert client.post(hand_over, sent).status_code == 302
    assert standing(watched) == {watched.guardian.pk, new.pk}
    assert client.post(end, {"reason": "x", "assignment_key": watched.assignment.pk}).status_code == 302
    assert standing(watched) == {new.pk}


def test_each_guardian_of_a_missing_child_stays_for_six_months_and_each_can_be_handed_over(
    client: Client, watched: Watched, second: GuardianAssignment, now: datetime
) -> None:
    missing(watched.child, by=watched.worker, at=now - 2 * HOUR)
    client.force_login(watched.worker)
    end, hand_over = page("guardian_end", watched), page("guardian_hand_over", watched)
    for one in (watched.assignment, second):
        asked = client.get(end, {"assignment": one.pk}).content.decode()
        assert ("stays open until" in asked, f"{hand_over}?assignment={one.pk}" in asked) == (True, True)
        answer = client.post(end, {"reason": "Leaves", "assignment_key": one.pk})
        assert (answer.status_code, "stays open until" in answer.content.decode()) == (422, True)
    assert standing(watched) == {watched.guardian.pk, second.guardian.pk}
    # The second is handed over, the first stays; and not to the first, who would be alone.
    sent = {"guardian": membership_of(watched.guardian).pk, "reason": "Leaves", "assignment_key": second.pk}
    assert client.post(hand_over, sent).status_code == 422
    new = a_colleague(watched)
    assert (
        client.post(
            hand_over, {**sent, "guardian": membership_of(new).pk, "kind": "direct_worker"}
        ).status_code
        == 302
    )
    assert standing(watched) == {watched.guardian.pk, new.pk}


def test_two_who_assign_a_second_and_hand_over_at_once_are_asked_again_and_each_gets_what_they_read(
    client: Client, watched: Watched, now: datetime
) -> None:
    client.force_login(watched.worker)
    where, new, other = page("guardian_assign", watched), a_colleague(watched), a_colleague(watched)
    shown = client.get(where)
    assert watched.guardian.name in shown.content.decode()
    lead_key = shown.context["form"].initial["lead_key"]
    form = {"guardian": str(membership_of(new).pk), "kind": "direct_worker", "lead_key": lead_key}
    # Meanwhile the one whom the page named goes, and nobody leads: what was to be a second would lead.
    assignments.end(watched.assignment, reason="Moves", by=watched.manager, at=now - HOUR)
    refused = client.post(where, form)
    assert refused.status_code == 422
    assert "Who leads has changed since you opened this page" in refused.content.decode()
    assert "this is a second one" not in refused.content.decode()
    assert standing(watched) == set()
    once_more = {**form, "lead_key": str(refused.context["form"]["lead_key"].value())}
    assert once_more["lead_key"] == ""
    assert client.post(where, once_more).status_code == 302
    # A page that stood open since before says that nobody leads: it makes no second in silence.
    assert client.post(where, {**once_more, "guardian": str(membership_of(other).pk)}).status_code == 422
    lead = GuardianAssignment.objects.get(child=watched.child, ends_at=None)
    assert (lead.guardian, lead.lead) == (new, True)


@pytest.mark.by_turns(8)
def test_a_second_guardian_comes_beside_the_one_who_was_read_and_beside_nobody_else(
    watched: Watched, now: datetime
) -> None:
    gone, new, other = watched.assignment, a_colleague(watched), a_colleague(watched)
    given = {"service": gone.service, "by": watched.manager}
    assignments.hand_over(gone, new, reason="Leaves", **given, at=now - HOUR)
    with pytest.raises(IllegalMove, match="gone since"):
        assignments.assign(watched.child, other, lead=False, beside=gone, **given, at=now)
    assert standing(watched) == {new.pk}


@pytest.mark.by_turns(8)
def test_the_second_guardian_takes_over_from_the_first_and_keeps_what_they_were_allowed(
    client: Client, watched: Watched, second: GuardianAssignment, now: datetime
) -> None:
    missing(watched.child, by=watched.worker, at=now - 2 * HOUR)
    said = {"allowed": True, "reason": "Takes the child to school", "by": watched.manager}
    assignments.allow_address(second, **said, at=now - 2 * HOUR)
    client.force_login(watched.worker)
    where = page("guardian_hand_over", watched)
    sent = {"guardian": membership_of(second.guardian).pk, "reason": "Moves", "kind": "direct_worker"}
    assert client.post(where, {**sent, "assignment_key": watched.assignment.pk}).status_code == 302
    left = GuardianAssignment.objects.get(child=watched.child, ends_at=None)
    assert (left.guardian, left.lead, left.address_allowed) == (second.guardian, True, True)
    # At one instant, and the way back is a hand-over as any other: nobody beside is left.
    ends = GuardianAssignment.objects.filter(child=watched.child).exclude(pk=left.pk)
    assert set(ends.values_list("ends_at", flat=True)) == {left.starts_at}
    assert client.get(page("child", watched)).status_code == 200
    client.force_login(second.guardian)
    assert client.get(page("child", watched)).status_code == 200


@pytest.mark.by_turns
def test_what_a_guardian_does_is_asked_kept_at_a_hand_over_and_shown(
    client: Client, watched: Watched, now: datetime
) -> None:
    assignments.end(watched.assignment, reason="Moves", by=watched.manager, at=now - HOUR)
    client.force_login(watched.worker)
    where, new = page("guardian_assign", watched), a_colleague(watched)
    sent = {"guardian": membership_of(new).pk, "kind": ""}
    refused = client.post(where, sent)
    assert (refused.status_code, "Select what they do" in refused.content.decode()) == (422, True)
    assert client.post(where, {**sent, "kind": "regional_practice_coordinator"}).status_code == 302
    shown = client.get(page("child", watched) + "?tab=people").content.decode()
    assert "Regional practice co-ordinator" in shown
    form = client.get(page("guardian_hand_over", watched)).context["form"]
    assert form["kind"].value() == "regional_practice_coordinator"
