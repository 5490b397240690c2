"""Who may do what for which child, and that a stranger learns nothing, not even that there is a child."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from cases import (
    access,
    children,
    concerns,
    episodes,
    grants,
    people,
    placements,
    references,
    relations,
    responsibilities,
)
from cases.access import Permission
from cases.models import AccessRecord, Child, ChildGroupPermission, Role, User
from cases.people import force_group
from guardians import assignments
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_force,
    a_home,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    ended,
    guarded,
    membership_of,
    missing,
    placed,
    silent,
    somebody,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 4 * HOUR

STAFF = {"see_status", "see_episode", "report_missing", "break_glass", "reopen_case"}
TEAM = STAFF | {
    "see_record",
    "see_photo",
    "record_contact",
    "record_absence",
    "place_child",
    "change_child",
    "mark_concern",
    "write_note",
    "add_update",
}
# Written by the child's team and its managers, read by the duty desk.
WRITES = {"write_return_interview"}
WORKER = TEAM | WRITES | {"see_address", "confirm_episode"}
DUTY = TEAM | {"see_address", "confirm_episode", "verify_police", "end_episode"}
MANAGER = DUTY | WRITES | {"keep_from", "allocate", "decide_home_office"}
HOME = {
    "see_status",
    "see_photo",
    "see_address",
    "see_episode",
    "record_contact",
    "record_absence",
    "report_missing",
    "add_update",
}
GUARDIAN = {
    "see_status",
    "see_photo",
    "see_episode",
    "record_contact",
    "report_missing",
    "write_own_note",
    "add_update",
}


def _fresh(user: User) -> User:
    """As the next request has them: nothing remembered of their roles."""
    return User.objects.get(pk=user.pk)


def _may(user: User, child: Child, at=NOW) -> set[str]:
    return {str(permission) for permission in access.permissions_for(_fresh(user), child, at=at)}


def _reaches(user: User, child: Child, at=NOW, permission=Permission.SEE_STATUS) -> bool:
    try:
        return access.get_child(_fresh(user), child.reference, permission, at=at) == child
    except Http404:
        return False


def _people(w: Watched) -> dict[str, User]:
    host_desk = a_person(Role.DUTY_DESK, authority=w.placement.host_authority)
    return {
        "worker": w.worker,
        "colleague": a_person(Role.SOCIAL_WORKER, team=w.team),
        "manager": w.manager,
        "head": w.head,
        "director": w.director,
        "duty": w.desk.person,
        "other team's worker": a_person(Role.SOCIAL_WORKER, authority=w.authority),
        "other team's manager": a_person(Role.TEAM_MANAGER, authority=w.authority),
        "carer": w.carer,
        "foster carer": a_person(Role.FOSTER_CARER, home=w.home),
        "guardian": w.guardian,
        "officer": w.officer,
        "host's duty": host_desk,
        "administrator": a_person(Role.ADMINISTRATOR, authority=w.authority),
        "other authority's worker": a_person(Role.SOCIAL_WORKER),
        "other authority's director": a_person(Role.TEAM_MANAGER, reach="directorate"),
        "other authority's duty": a_person(Role.DUTY_DESK),
        "other home's carer": a_person(Role.PLACEMENT_STAFF),
        "other guardian": a_person(Role.GUARDIAN),
        "other force's officer": a_person(Role.POLICE),
        "nobody": somebody(),
    }


def test_each_role_may_do_exactly_what_its_relation_to_the_child_allows():
    elsewhere = a_home()
    w = a_watched_child()
    w = replace(
        w,
        placement=placed(w.child, elsewhere, starts_at=AT + HOUR),
        home=elsewhere,
        carer=a_person(Role.PLACEMENT_STAFF, home=elsewhere),
        officer=a_person(Role.POLICE, force=elsewhere.force),
    )
    missing(w.child, at=AT + 2 * HOUR)
    allowed = {name: _may(user, w.child) for name, user in _people(w).items()}
    assert allowed == {
        "worker": WORKER,
        "colleague": TEAM | WRITES,
        "manager": MANAGER,
        "head": MANAGER,
        "director": MANAGER,
        "duty": DUTY,
        "other team's worker": STAFF,
        "other team's manager": STAFF,
        "carer": HOME,
        "foster carer": HOME,
        "guardian": GUARDIAN,
        "officer": {"see_status", "see_episode", "answer_for_police"},
        "host's duty": {"see_status"},
        "administrator": set(),
        "other authority's worker": set(),
        "other authority's director": set(),
        "other authority's duty": set(),
        "other home's carer": set(),
        "other guardian": set(),
        "other force's officer": set(),
        "nobody": set(),
    }


def test_every_permission_about_a_child_stands_in_the_matrix_and_every_function_apart():
    assert set(access.MATRIX) | set(access.FUNCTIONS) == set(Permission)
    assert not set(access.MATRIX) & set(access.FUNCTIONS)


def test_a_stranger_gets_the_404_of_a_child_that_does_not_exist():
    child = a_child()
    nobody_has = next(
        reference for serial in range(99_000, 99_999) if (reference := references.child_reference(99, serial))
    )
    stranger = a_person(Role.SOCIAL_WORKER)
    answers = []
    for reference in (child.reference, nobody_has):
        with pytest.raises(Http404) as caught:
            access.get_child(_fresh(stranger), reference, Permission.SEE_STATUS, at=NOW)
        answers.append((type(caught.value), caught.value.args))
    assert answers[0] == answers[1] == (access.NotTheirs, ())


def test_a_mistyped_reference_is_called_mistyped_before_any_look_up():
    child = a_child()
    wrong = child.reference[:-1] + str((int(child.reference[-1]) + 1) % 10)
    before = AccessRecord.objects.count()
    user = _fresh(child.registered_by)
    for get in (access.get_child, access.get_episode):
        with CaptureQueriesContext(connection) as looked_up, pytest.raises(references.Mistyped):
            get(user, wrong, Permission.SEE_STATUS, at=NOW)
        assert len(looked_up) == 0
    assert AccessRecord.objects.count() == before


def test_a_reference_is_found_in_any_spacing_and_case():
    w = a_watched_child()
    typed = w.child.reference.lower().replace("-", " ")
    assert access.get_child(_fresh(w.worker), typed, Permission.SEE_RECORD, at=NOW) == w.child


def test_a_read_and_a_refusal_are_on_record_with_path_and_address():
    w = a_watched_child()
    stranger = a_person(Role.GUARDIAN)
    request = RequestFactory().get("/children/x/", REMOTE_ADDR="192.0.2.7")
    access.get_child(_fresh(w.worker), w.child.reference, Permission.SEE_RECORD, request=request, at=NOW)
    with pytest.raises(Http404):
        access.get_child(
            _fresh(stranger), w.child.reference, Permission.SEE_RECORD, request=request, at=NOW + HOUR
        )
    rows = (
        AccessRecord.objects.filter(child=w.child)
        .order_by("at")
        .values_list("user", "permission", "allowed", "at", "path", "address")
    )
    assert list(rows) == [
        (w.worker.pk, "see_record", True, NOW, "/children/x/", "192.0.2.7"),
        (stranger.pk, "see_record", False, NOW + HOUR, "/children/x/", "192.0.2.7"),
    ]


def test_a_look_for_nobody_and_a_look_by_nobody_are_on_record():
    child = a_child()
    nobody_has = next(r for serial in range(90, 99) if (r := references.child_reference(98, serial)))
    with pytest.raises(Http404):
        access.get_child(_fresh(child.registered_by), nobody_has, Permission.SEE_STATUS, at=NOW)
    with pytest.raises(Http404):
        access.get_child(AnonymousUser(), child.reference, Permission.SEE_STATUS, at=NOW)
    rows = AccessRecord.objects.order_by("pk").values_list("user", "child", "allowed")
    assert list(rows) == [(child.registered_by.pk, None, False), (None, child.pk, False)]


def test_asking_for_buttons_leaves_no_record():
    w = a_watched_child()
    assert access.may(_fresh(w.worker), w.child, Permission.SEE_RECORD, at=NOW)
    assert not AccessRecord.objects.exists()


@pytest.mark.parametrize("who", ["worker", "manager", "carer", "guardian"])
def test_the_keep_from_mark_hides_the_child_from_that_person_alone_and_at_once(who):
    w = a_watched_child()
    user = getattr(w, who)
    mark = concerns.keep_from(w.child, user, reason="An allegation", by=w.head, at=NOW)
    assert _reaches(user, w.child, NOW - timedelta(seconds=1))
    assert not _reaches(user, w.child, NOW)
    assert _may(user, w.child) == set()
    assert _reaches(w.desk.person, w.child, NOW)
    concerns.lift_keep_from(mark, reason="Cleared", seconded_by=w.director, by=w.head, at=NOW + HOUR)
    assert _reaches(user, w.child, NOW + HOUR)


@pytest.mark.parametrize("who", ["worker", "manager", "head", "carer", "guardian", "officer"])
def test_a_leaver_reaches_nothing_from_that_instant(who):
    w = a_watched_child()
    missing(w.child, at=AT + HOUR)
    user = getattr(w, who)
    assert _reaches(user, w.child)
    people.leave(membership_of(user), at=NOW)
    assert not _reaches(user, w.child)
    assert list(access.children(_fresh(user), Permission.SEE_STATUS, at=NOW)) == []


def test_a_social_worker_who_changes_team_keeps_nothing_of_the_children_they_had():
    w = a_watched_child()
    assert _may(w.worker, w.child) >= {"see_address", "confirm_episode"}
    people.leave(membership_of(w.worker), at=NOW)
    people.join(w.worker, Role.SOCIAL_WORKER, team=a_team(w.authority), at=NOW)
    stranger_to_it = a_person(Role.SOCIAL_WORKER, team=a_team(w.authority))
    assert _may(w.worker, w.child) == _may(stranger_to_it, w.child)
    assert not {"see_record", "see_address", "confirm_episode"} & _may(w.worker, w.child)


def test_a_person_switched_off_reaches_nothing():
    w = a_watched_child()
    User.objects.filter(pk=w.worker.pk).update(is_active=False)
    assert not _reaches(w.worker, w.child)


def test_after_a_move_the_old_home_and_the_old_host_get_404():
    w = a_watched_child()
    old_host = a_person(Role.DUTY_DESK, authority=w.home.authority)
    responsibilities.start(w.child, authority=an_authority(), by=w.worker, at=AT + HOUR)
    new = a_home()
    carer, host = a_person(Role.PLACEMENT_STAFF, home=new), a_person(Role.DUTY_DESK, authority=new.authority)
    assert (_reaches(w.carer, w.child), _reaches(old_host, w.child)) == (True, True)
    assert (_reaches(carer, w.child), _reaches(host, w.child)) == (False, False)
    placed(w.child, new, starts_at=AT + 2 * HOUR)
    assert (_reaches(w.carer, w.child), _reaches(old_host, w.child)) == (False, False)
    assert (_reaches(carer, w.child), _reaches(host, w.child)) == (True, True)


def test_a_grant_left_behind_opens_nothing_when_its_fact_has_ended():
    w = a_watched_child()
    type(w.placement).objects.filter(pk=w.placement.pk).update(ends_at=NOW)
    type(w.assignment).objects.filter(pk=w.assignment.pk).update(ends_at=NOW)
    assert (_reaches(w.carer, w.child), _reaches(w.guardian, w.child)) == (False, False)


def test_without_a_placement_no_home_reads_the_child():
    w = a_watched_child()
    placements.end(w.placement, ends_at=NOW, reason="", by=w.worker, at=NOW)
    assert not _reaches(w.carer, w.child)


def test_a_guardian_whose_assignment_ended_gets_404():
    w = a_watched_child()
    assert _reaches(w.guardian, w.child)
    assignments.end(w.assignment, reason="Moved region", by=w.worker, at=NOW)
    assert not _reaches(w.guardian, w.child)


def test_after_a_transfer_the_receivers_staff_reach_the_child_and_the_senders_do_not():
    w = a_watched_child()
    receiver = an_authority()
    team = a_team(receiver)
    worker, desk = a_person(Role.SOCIAL_WORKER, team=team), a_person(Role.DUTY_DESK, authority=receiver)
    responsibilities.start(w.child, authority=receiver, by=desk, at=NOW)
    children.allocate(w.child, team=team, worker=worker, by=desk, at=NOW + HOUR)
    later = NOW + HOUR
    senders = (w.worker, w.manager, w.head, w.director)
    assert [_reaches(user, w.child, later) for user in senders] == [False] * 4
    # The desk of the authority where the child still lives sees that there is a child, and no more.
    assert _may(w.desk.person, w.child, later) == {"see_status"}
    assert _may(worker, w.child, later) == WORKER
    assert _may(desk, w.child, later) == DUTY


def test_a_force_reads_while_the_episode_is_open_and_thirty_days_after():
    w = a_watched_child()
    assert not _reaches(w.officer, w.child)
    episode = missing(w.child, at=NOW)
    assert _reaches(w.officer, w.child, NOW)
    assert _reaches(w.officer, w.child, NOW + timedelta(days=400))
    ended(episode, at=NOW + HOUR)
    until = NOW + HOUR + timedelta(days=30)
    assert _reaches(w.officer, w.child, until - timedelta(seconds=1))
    assert not _reaches(w.officer, w.child, until)


def test_the_grant_of_a_force_goes_with_its_last_search_and_that_of_a_new_one_stays():
    w, other = a_watched_child(), a_watched_child()
    for one in (w, other):
        ended(missing(one.child, at=NOW), at=NOW + HOUR)
    group = force_group(w.force.pk)
    held = ChildGroupPermission.objects.filter(permission__codename=grants.SEARCH_FOR, content_object=w.child)
    assert held.filter(group__name=group).exists()
    over = NOW + HOUR + timedelta(days=30)
    after = relations.FORCE_READS_AFTER
    assert grants.take_from_forces(at=over - timedelta(seconds=1), after=after) == 0
    missing(other.child, at=over - HOUR)
    assert grants.take_from_forces(at=over, after=after) == 1
    assert not held.exists()
    assert ChildGroupPermission.objects.filter(
        permission__codename=grants.SEARCH_FOR, content_object=other.child
    ).exists()
    missing(w.child, at=over + HOUR)
    assert held.filter(group__name=group).exists()


def test_a_force_reads_nothing_before_it_is_owed_word():
    w = a_watched_child()
    episode = silent(w.child, at=NOW)
    assert not _reaches(w.officer, w.child, NOW + HOUR)
    episodes.start_fail_safe(episode, owed_at=NOW + HOUR)
    assert _reaches(w.officer, w.child, NOW + HOUR)


def test_a_force_added_later_reads_too_and_the_first_still_does():
    w = a_watched_child()
    episode = missing(w.child, at=NOW)
    force = a_force()
    officer = a_person(Role.POLICE, force=force)
    assert not _reaches(officer, w.child)
    episodes.record_police_reference(
        episode, force=force, reference="1", officer="A", by=w.desk.person, at=NOW
    )
    assert (_reaches(officer, w.child), _reaches(w.officer, w.child)) == (True, True)


def _gets_episode(user: User, episode, at=NOW) -> bool:
    try:
        return access.get_episode(_fresh(user), episode.reference, Permission.SEE_EPISODE, at=at) == episode
    except Http404:
        return False


def test_an_officer_reads_the_episode_of_their_own_force_and_no_older_one():
    w = a_watched_child()
    first = ended(missing(w.child, at=AT + HOUR), at=AT + 2 * HOUR)
    home = a_home()
    placed(w.child, home, starts_at=AT + 3 * HOUR)
    second = missing(w.child, at=NOW)
    officer = a_person(Role.POLICE, force=home.force)
    assert (_gets_episode(officer, second), _gets_episode(officer, first)) == (True, False)
    assert (_gets_episode(w.officer, first), _gets_episode(w.officer, second)) == (True, False)
    assert (_gets_episode(w.worker, first), _gets_episode(w.worker, second)) == (True, True)
    refusals = AccessRecord.objects.filter(user=officer, allowed=False, child=w.child)
    assert refusals.count() == 1


def test_a_later_home_and_a_later_guardian_read_no_episode_that_was_over_before_they_came():
    w = a_watched_child()
    first = ended(missing(w.child, at=AT + HOUR), at=AT + 2 * HOUR)
    assert (_gets_episode(w.carer, first), _gets_episode(w.guardian, first)) == (True, True)
    home = a_home()
    carer = a_person(Role.PLACEMENT_STAFF, home=home)
    placed(w.child, home, starts_at=AT + 3 * HOUR)
    assignments.end(w.assignment, reason="Handover", by=w.worker, at=AT + 3 * HOUR)
    guardian = guarded(w.child, a_person(Role.GUARDIAN), at=AT + 3 * HOUR).guardian
    assert (_gets_episode(carer, first), _gets_episode(guardian, first)) == (False, False)
    assert (_gets_episode(w.carer, first), _gets_episode(w.guardian, first)) == (False, False)
    assert (_gets_episode(w.worker, first), _gets_episode(w.desk.person, first)) == (True, True)
    second = missing(w.child, at=NOW)
    assert (_gets_episode(carer, second), _gets_episode(guardian, second)) == (True, True)


def test_a_home_and_a_guardian_keep_the_episodes_that_ran_into_their_own_time():
    w = a_watched_child()
    running = missing(w.child, at=AT + HOUR)
    home = a_home()
    carer = a_person(Role.PLACEMENT_STAFF, home=home)
    placed(w.child, home, starts_at=AT + 2 * HOUR)
    guardian = guarded(w.child, a_person(Role.GUARDIAN), lead=False, at=AT + 2 * HOUR).guardian
    over = ended(running, at=AT + 3 * HOUR)
    assert (_gets_episode(carer, over), _gets_episode(guardian, over)) == (True, True)


def test_an_episode_that_is_none_is_404():
    w = a_watched_child()
    missing(w.child, at=NOW)
    for reference in (f"{w.child.reference}-M2", w.child.reference):
        with pytest.raises(Http404):
            access.get_episode(_fresh(w.worker), reference, Permission.SEE_EPISODE, at=NOW)


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.REGISTER_CHILD, {Role.SOCIAL_WORKER, Role.DUTY_DESK, Role.TEAM_MANAGER}),
        (Permission.WORK_DUTY_DESK, {Role.DUTY_DESK, Role.TEAM_MANAGER}),
        (Permission.CALL_ROLL, {Role.PLACEMENT_STAFF, Role.FOSTER_CARER}),
    ],
)
def test_a_function_belongs_to_its_roles_and_to_nobody_else(permission, roles):
    for role in Role:
        user = a_person(role)
        if role in roles:
            assert access.require(_fresh(user), permission, at=NOW) == [membership_of(user)]
            people.leave(membership_of(user), at=NOW)
        with pytest.raises(PermissionDenied):
            access.require(_fresh(user), permission, at=NOW)
    with pytest.raises(PermissionDenied):
        access.require(AnonymousUser(), permission, at=NOW)


def test_a_home_is_opened_by_its_own_staff_only():
    home = a_home()
    carer = a_person(Role.PLACEMENT_STAFF, home=home)
    assert access.get_home(_fresh(carer), home.pk, at=NOW) == home
    for user in (a_person(Role.PLACEMENT_STAFF), a_person(Role.DUTY_DESK, authority=home.authority)):
        with pytest.raises(Http404):
            access.get_home(_fresh(user), home.pk, at=NOW)


def test_a_duty_desk_is_that_of_its_own_authority():
    desk = a_person(Role.DUTY_DESK)
    people.join(desk, Role.DUTY_DESK, at=AT, team=a_team(kind="duty"))
    authorities = {row.team.authority_id for row in desk.memberships.all()}
    assert access.duty_authorities(_fresh(desk), at=NOW) == authorities
    assert len(authorities) == 2
    with pytest.raises(PermissionDenied):
        access.duty_authorities(_fresh(a_person(Role.SOCIAL_WORKER)), at=NOW)


def test_a_person_with_two_roles_reaches_the_children_of_both():
    w, other = a_watched_child(), a_watched_child()
    people.join(w.carer, Role.GUARDIAN, at=AT, service=membership_of(other.guardian).service)
    assignments.end(other.assignment, reason="Handover", by=other.worker, at=AT + HOUR)
    assignments.assign(
        other.child,
        w.carer,
        service=membership_of(other.guardian).service,
        by=other.worker,
        at=AT + 2 * HOUR,
    )
    assert (_reaches(w.carer, w.child), _reaches(w.carer, other.child)) == (True, True)
    assert (_may(w.carer, w.child), _may(w.carer, other.child)) == (HOME, GUARDIAN)


def test_an_anonymous_visitor_has_no_children():
    a_watched_child()
    assert list(access.children(AnonymousUser(), Permission.SEE_STATUS, at=NOW)) == []


def test_all_that_somebody_may_do_for_a_child_is_one_question(
    now: datetime,
) -> None:
    w = a_watched_child(at=now)
    access.permissions_for(_fresh(w.worker), w.child, at=now)
    worker = _fresh(w.worker)
    access.memberships(worker, now)
    assert not access.closed_to(worker, now)
    with CaptureQueriesContext(connection) as seen:
        may = access.permissions_for(worker, w.child, at=now)
    assert Permission.SEE_RECORD in may
    assert len(seen) == 1
    for permission in access.MATRIX:
        reached = list(access.children(worker, permission, at=now))
        assert (w.child in reached) == (permission in may), permission
