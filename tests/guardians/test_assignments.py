"""Guardian assignments: who watches over which child, one lead at a time."""

from datetime import timedelta

import pytest
from django.http import Http404
from django.urls import reverse

from alerts import no_stranger
from alerts.models import Clock
from cases import access, concerns, grants, log, people
from cases.access import MATRIX, Permission
from cases.groups import person_group
from cases.models import Child, ChildGroupPermission, Membership, Role, User
from cases.states import IllegalMove
from guardians import assignments, covers, reasons
from guardians.models import GuardianAssignment
from tests.cases.expectations import events, refused
from tests.factories import (
    AT,
    a_child,
    a_person,
    a_service,
    a_watched_child,
    ended,
    guarded,
    membership_of,
    missing,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _granted(child, guardian: User) -> bool:
    return ChildGroupPermission.objects.filter(
        content_object=child,
        permission__codename=grants.WATCH_OVER,
        group__name=person_group(guardian.pk),
    ).exists()


def _sees(guardian: User, child, at) -> bool:
    return access.may(User.objects.get(pk=guardian.pk), child, Permission.SEE_STATUS, at=at)


@pytest.mark.by_turns
def test_an_assignment_is_one_row_one_grant_and_one_event():
    child = a_child()
    service = a_service()
    guardian = a_person(Role.GUARDIAN, service=service)
    with events(child, "guardian_assigned") as written:
        assignment = assignments.assign(
            child, guardian, service=service, by=child.registered_by, at=AT + HOUR
        )
    assert (assignment.guardian, assignment.service, assignment.lead) == (guardian, service, True)
    assert (assignment.starts_at, assignment.ends_at, assignment.kind) == (AT + HOUR, None, "direct_worker")
    assert assignment.address_allowed is False
    assert written[0].data == {"guardian": guardian.pk, "kind": "direct_worker"}
    assert _granted(child, guardian)
    assert (_sees(guardian, child, AT), _sees(guardian, child, AT + HOUR)) == (False, True)


@pytest.mark.by_turns
def test_a_child_has_one_lead_guardian_and_may_have_a_second():
    child = a_child()
    guarded(child)
    second = a_person(Role.GUARDIAN)
    with refused(child, "This child has a lead guardian. End that assignment first."):
        guarded(child, second)
    with events(child, "guardian_assigned"):
        assignment = guarded(
            child, second, lead=False, kind=GuardianAssignment.Kind.REGIONAL_PRACTICE_COORDINATOR
        )
    assert assignment.kind == "regional_practice_coordinator"
    assert GuardianAssignment.objects.current(AT).filter(child=child).count() == 2


@pytest.mark.by_turns
def test_a_guardian_is_assigned_to_a_child_once_at_a_time():
    child = a_child()
    guardian = a_person(Role.GUARDIAN)
    guarded(child, guardian)
    with refused(child, "This guardian is assigned already."):
        guarded(child, guardian, lead=False)


@pytest.mark.by_turns
def test_somebody_who_does_not_work_for_the_service_is_not_assigned():
    child = a_child()
    service = a_service("Lodestar of Ellwick")
    leaver = a_person(Role.GUARDIAN, service=service)
    people.leave(membership_of(leaver), at=AT)
    for person in (a_person(Role.SOCIAL_WORKER), a_person(Role.GUARDIAN), leaver):
        with refused(child, "This person is no guardian of Lodestar of Ellwick."):
            assignments.assign(child, person, service=service, by=child.registered_by, at=AT)
        assert not _granted(child, person)


@pytest.mark.by_turns(8)
def test_an_ended_assignment_reads_nothing_from_that_instant_and_ends_once():
    child = a_child()
    guardian = a_person(Role.GUARDIAN)
    assignment = guarded(child, guardian)
    with events(child, "guardian_assignment_ended") as written:
        assignments.end(assignment, reason="Moved region", by=child.registered_by, at=AT + HOUR)
    assert written[0].data == {"guardian": guardian.pk, "reason": "Moved region"}
    assert not _granted(child, guardian)
    assert not _sees(guardian, child, AT + HOUR)
    with refused(child, "This assignment has ended already."):
        assignments.end(assignment, reason="Again", by=child.registered_by, at=AT + HOUR)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("earlier", [timedelta(0), timedelta(seconds=1)])
def test_two_verbs_of_one_moment_are_refused_in_words_whichever_had_the_lock_first(earlier):
    child = a_child()
    guardian, by, at = a_person(Role.GUARDIAN), child.registered_by, AT + HOUR
    assignment = guarded(child, guardian, at=at)
    with refused(child, "This assignment began at this very moment. Try again to end it."):
        assignments.end(assignment, reason="A slip", by=by, at=at - earlier)
    with refused(child, "This guardian is assigned already."):
        guarded(child, guardian, lead=False, at=at - earlier)
    with refused(child, "This child has a lead guardian. End that assignment first."):
        guarded(child, a_person(Role.GUARDIAN), at=at - earlier)
    with refused(child, "A guardian is assigned. End that assignment first."):
        reasons.record(child, kind="declined", reason="Does not want one", by=by, at=at - earlier)
    assignments.end(assignment, reason="Leave", by=by, at=at + HOUR)
    reasons.record(child, kind="declined", reason="Does not want one", by=by, at=at + HOUR)
    words = "Why there is no guardian was recorded at this very moment. Try again."
    with refused(child, words):
        reasons.record(child, kind="declined", reason="Again", by=by, at=at + HOUR)
    with refused(child, words):
        guarded(child, guardian, at=at + HOUR)


@pytest.mark.by_turns
def test_the_same_guardian_can_be_assigned_again_and_another_can_follow_at_once():
    child = a_child()
    guardian, successor = a_person(Role.GUARDIAN), a_person(Role.GUARDIAN)
    assignments.end(guarded(child, guardian), reason="Leave", by=child.registered_by, at=AT + HOUR)
    with events(child, "guardian_assigned"):
        second = guarded(child, successor, at=AT + HOUR)
    assignments.end(second, reason="Back", by=child.registered_by, at=AT + 2 * HOUR)
    with events(child, "guardian_assigned"):
        guarded(child, guardian, at=AT + 2 * HOUR)
    assert GuardianAssignment.objects.filter(child=child).count() == 3
    assert (_sees(guardian, child, AT + 2 * HOUR), _sees(successor, child, AT + 2 * HOUR)) == (True, False)


@pytest.mark.by_turns
def test_a_guardian_reads_their_own_children_and_no_others():
    guardian = a_person(Role.GUARDIAN)
    mine, other = a_child(), a_child()
    guarded(mine, guardian)
    guarded(other)
    user = User.objects.get(pk=guardian.pk)
    assert list(access.children(user, Permission.SEE_STATUS, at=AT)) == [mine]


@pytest.mark.by_turns(8)
def test_a_hand_over_is_one_instant_without_a_gap_and_without_the_address_of_the_one_before():
    one = a_watched_child(trafficking="yes")
    new = a_person(Role.GUARDIAN, service=one.assignment.service)
    given = {"service": one.assignment.service, "reason": "Moves away", "by": one.manager}
    assignments.allow_address(
        one.assignment, allowed=True, reason="She drives him", by=one.manager, at=AT + HOUR
    )
    taken = assignments.hand_over(one.assignment, new, **given, at=AT + 2 * HOUR)
    one.assignment.refresh_from_db()
    assert one.assignment.ends_at == taken.starts_at == AT + 2 * HOUR
    assert (taken.lead, taken.address_allowed) == (True, False)
    assert (_sees(one.guardian, one.child, AT + 2 * HOUR), _sees(new, one.child, AT + 2 * HOUR)) == (
        False,
        True,
    )
    assert Clock.objects.get(child=one.child, kind="guardian").due_at is None
    with pytest.raises(IllegalMove, match="assigned already"):
        assignments.hand_over(taken, new, **given, at=AT + 3 * HOUR)
    # Whoever cannot take over leaves the one who is there in place.
    with pytest.raises(IllegalMove, match="no guardian of"):
        assignments.hand_over(taken, a_person(Role.GUARDIAN), **given, at=AT + 3 * HOUR)
    assert _sees(new, one.child, AT + 3 * HOUR)


@pytest.mark.by_turns
def test_the_guardian_of_a_missing_child_stays_for_six_months_and_can_be_handed_over_meanwhile():
    one = a_watched_child()
    missing(one.child, by=one.worker, at=AT + HOUR)
    days = timedelta(days=1)
    for at in (AT + 2 * HOUR, AT + 180 * days):
        with pytest.raises(IllegalMove, match="stays open until 2 September 2026"):
            assignments.end(one.assignment, reason="The child is missing", by=one.manager, at=at)
    new = a_person(Role.GUARDIAN, service=one.assignment.service)
    given = {"service": one.assignment.service, "reason": "Leaves", "by": one.manager}
    taken = assignments.hand_over(one.assignment, new, **given, at=AT + 181 * days)
    assignments.end(taken, reason="Looked at again", by=one.manager, at=AT + 190 * days)
    assert not _sees(new, one.child, AT + 190 * days)


def _reads_address(guardian: User, child, at) -> bool:
    return access.may(User.objects.get(pk=guardian.pk), child, Permission.SEE_ADDRESS, at=at)


@pytest.mark.by_turns(8)
def test_a_guardian_reads_the_address_where_a_manager_allowed_it_and_only_while_that_stands():
    one = a_watched_child()
    given = {"reason": "She drives him to school", "by": one.manager}
    assert not _reads_address(one.guardian, one.child, AT + HOUR)
    with pytest.raises(IllegalMove, match="Enter the reason"):
        assignments.allow_address(one.assignment, allowed=True, reason=" ", by=one.manager, at=AT + HOUR)
    with events(one.child, "guardian_address_allowed"):
        assignments.allow_address(one.assignment, allowed=True, **given, at=AT + HOUR)
    assert _reads_address(one.guardian, one.child, AT + HOUR)
    with pytest.raises(IllegalMove, match="on record already"):
        assignments.allow_address(one.assignment, allowed=True, **given, at=AT + HOUR)
    # Nobody else of the service does, and a second guardian of the same child not with the first.
    second = guarded(one.child, a_person(Role.GUARDIAN), lead=False, at=AT + HOUR)
    assert not _reads_address(second.guardian, one.child, AT + 2 * HOUR)
    # Whoever is kept from the child reads nothing, whatever was allowed; nor does one who has left, or whose time is over.
    mark = concerns.keep_from(
        one.child, one.guardian, reason="An allegation", by=one.manager, at=AT + 2 * HOUR
    )
    assert not _reads_address(one.guardian, one.child, AT + 2 * HOUR)
    concerns.lift_keep_from(mark, reason="Cleared", seconded_by=one.head, by=one.manager, at=AT + 3 * HOUR)
    assert _reads_address(one.guardian, one.child, AT + 3 * HOUR)
    assignments.allow_address(one.assignment, allowed=False, **given, at=AT + 4 * HOUR)
    assert not _reads_address(one.guardian, one.child, AT + 4 * HOUR)
    assignments.allow_address(one.assignment, allowed=True, **given, at=AT + 5 * HOUR)
    assignments.end(one.assignment, reason="Moved", by=one.manager, at=AT + 6 * HOUR)
    assert not _reads_address(one.guardian, one.child, AT + 6 * HOUR)
    with pytest.raises(IllegalMove, match="ended already"):
        assignments.allow_address(one.assignment, allowed=False, **given, at=AT + 7 * HOUR)


def _moves(guardian: User, to, at) -> None:
    people.join(guardian, Role.GUARDIAN, service=to, at=at)
    people.leave(Membership.objects.get(user=guardian, ends_at=None, starts_at__lt=at), at=at)


@pytest.mark.by_turns
def test_what_one_service_gave_a_guardian_opens_nothing_once_they_work_for_another():
    one, there = a_watched_child(), a_service()
    assignments.allow_address(
        one.assignment, allowed=True, reason="She drives him", by=one.manager, at=AT + HOUR
    )
    before = ended(missing(one.child, by=one.worker, at=AT + HOUR), at=AT + 2 * HOUR)
    _moves(one.guardian, there, AT + 3 * HOUR)
    reached = [p for p in MATRIX if access.may(one.guardian, one.child, p, at=AT + 3 * HOUR)]
    assert (reached, _reads_address(one.guardian, one.child, AT + 2 * HOUR)) == ([], True)
    moved = User.objects.get(pk=one.guardian.pk)
    assert not access.permissions_for(moved, one.child, at=AT + 3 * HOUR)
    assert not Child.objects.filter(assignments.assigned(moved, AT + 3 * HOUR)).exists()
    assert all(user.pk != moved.pk for _, user in covers.watching([one.child.pk], AT + 3 * HOUR))
    # Given anew by the other service it opens the child, and no search of the time before.
    assignments.end(one.assignment, reason="Moved", by=one.manager, at=AT + 4 * HOUR)
    assignments.assign(one.child, moved, service=there, by=one.manager, at=AT + 5 * HOUR)
    assert _sees(moved, one.child, AT + 5 * HOUR)
    asked = {"permission": Permission.SEE_STATUS, "at": AT + 5 * HOUR}
    with pytest.raises(Http404):
        access.get_episode(User.objects.get(pk=moved.pk), before.reference, **asked)
    # Back in the first service, the grant of the time before opens nothing either: it ended with its assignment.
    _moves(moved, one.assignment.service, AT + 6 * HOUR)
    assert not _sees(moved, one.child, AT + 6 * HOUR)
    assert not list(no_stranger.grants_adrift(AT + 6 * HOUR))


@pytest.mark.by_turns
def test_a_read_without_a_role_in_the_service_is_found_in_the_record_of_reads_alone():
    one, at = a_watched_child(), AT + 3 * HOUR
    colleague = a_person(Role.GUARDIAN, service=one.assignment.service)
    then = {"starts_at": AT + HOUR, "ends_at": AT + 9 * HOUR}
    covers.ask([one.assignment], colleague, **then, by=one.guardian, at=AT + HOUR)
    covers.answer(list(colleague.covers.all()), accepted=True, by=colleague, at=AT + HOUR)
    for person in (one.guardian, colleague):
        user = User.objects.get(pk=person.pk)
        access.get_child(user, one.child.reference, Permission.SEE_STATUS, at=AT + 2 * HOUR)
        _moves(person, a_service(), at)
        moved = User.objects.get(pk=person.pk)
        with pytest.raises(Http404):
            access.get_child(moved, one.child.reference, Permission.SEE_STATUS, at=at)
    assert list(no_stranger.read_after_the_role(at + HOUR)) == []
    for n, person in enumerate((one.guardian, colleague, one.worker)):
        read = {"child_id": one.child.pk, "permission": Permission.SEE_STATUS, "place": log.NOWHERE}
        log.record_access(user=person, allowed=True, at=at + n * timedelta(minutes=1), **read)
    found = list(no_stranger.read_after_the_role(at + HOUR))
    assert [name.split(" read ")[0] for name in found] == [one.child.reference] * 2


@pytest.mark.by_turns
def test_what_somebody_covers_for_one_service_opens_nothing_once_they_work_for_another():
    one = a_watched_child()
    colleague = a_person(Role.GUARDIAN, service=one.assignment.service)
    then = {"starts_at": AT + HOUR, "ends_at": AT + 9 * HOUR}
    covers.ask([one.assignment], colleague, **then, by=one.guardian, at=AT + HOUR)
    covers.answer(list(colleague.covers.all()), accepted=True, by=colleague, at=AT + HOUR)
    assert _sees(colleague, one.child, AT + 2 * HOUR)
    _moves(colleague, a_service(), AT + 3 * HOUR)
    assert not _sees(colleague, one.child, AT + 3 * HOUR)
    assert [user for _, user in covers.watching([one.child.pk], AT + 3 * HOUR)] == [one.guardian]


@pytest.mark.by_turns
def test_a_role_in_two_services_opens_what_each_of_them_gave_until_its_own_end():
    one, other = a_watched_child(), a_watched_child()
    people.join(one.guardian, Role.GUARDIAN, service=other.assignment.service, at=AT + HOUR)
    given = {"service": other.assignment.service, "lead": False, "by": other.manager}
    assignments.assign(other.child, one.guardian, **given, at=AT + HOUR)
    assert (_sees(one.guardian, one.child, AT + HOUR), _sees(one.guardian, other.child, AT + HOUR)) == (
        True,
        True,
    )
    people.leave(Membership.objects.get(user=one.guardian, service=one.assignment.service), at=AT + 2 * HOUR)
    assert (
        _sees(one.guardian, one.child, AT + 2 * HOUR),
        _sees(one.guardian, other.child, AT + 2 * HOUR),
    ) == (False, True)


@pytest.mark.by_turns(8)
def test_a_worker_hands_over_and_adds_a_second_guardian_and_a_manager_alone_allows_the_address(client, now):
    one = a_watched_child(at=now - 3 * HOUR)
    new, other = (a_person(Role.GUARDIAN, service=one.assignment.service) for _ in range(2))
    child, home = one.child.reference, one.home.address
    client.force_login(one.guardian)
    assert home not in client.get(reverse("child", args=[child])).content.decode()
    client.force_login(one.worker)
    assert client.get(reverse("guardian_address", args=[child])).status_code == 404
    where = reverse("guardian_hand_over", args=[child])
    assert client.post(where, {"guardian": str(membership_of(new).pk)}).status_code == 422
    chosen = {"guardian": str(membership_of(new).pk), "kind": "direct_worker", "reason": "Moves away"}
    # Whose assignment is handed over is asked as well: nobody is chosen for whoever sent it.
    assert client.post(where, chosen).status_code == 422
    chosen["assignment_key"] = one.assignment.pk
    assert client.post(where, chosen).status_code == 302
    where = reverse("guardian_assign", args=[child])
    lead_key = client.get(where).context["form"].initial["lead_key"]
    chosen = {"guardian": str(membership_of(other).pk), "kind": "direct_worker", "lead_key": lead_key}
    assert client.post(where, chosen).status_code == 302
    lead, second = GuardianAssignment.objects.filter(child=one.child, ends_at=None).order_by("-lead")
    assert (lead.guardian, second.guardian, second.lead) == (new, other, False)
    client.force_login(one.manager)
    where = reverse("guardian_address", args=[child])
    assert client.post(where, {"answer": "yes"}).status_code == 422
    given = {"assignment_key": lead.pk, "answer": "yes", "reason": "She drives him to school"}
    assert client.post(where, given).status_code == 302
    client.force_login(new)
    assert home in client.get(reverse("child", args=[child])).content.decode()
    client.force_login(other)
    assert home not in client.get(reverse("child", args=[child])).content.decode()
