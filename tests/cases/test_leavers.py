"""An account closed at once: nothing of it opens anything, and what is left without anybody is said before."""

from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from cases import administration, groups, leavers, people
from cases.models import ConfigurationChange, Membership, Role, User
from cases.states import IllegalMove
from tests import passing
from tests.factories import Watched, a_person, a_team, a_watched_child, membership_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=2))


@pytest.fixture
def admin(watched: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=watched.authority)


@pytest.mark.by_turns(8)
def test_every_role_session_and_key_ends_in_one_commit(
    client: Client, watched: Watched, admin: User, now: datetime
) -> None:
    worker = watched.worker
    people.join(
        worker,
        Role.DUTY_DESK,
        team=watched.desk.team,
        starts_at=now + timedelta(days=1),
        at=now - timedelta(days=1),
    )
    passing.has_app(worker, at=now - timedelta(days=1))
    page = reverse("child", args=[watched.child.reference])
    client.force_login(worker)
    assert client.get(page).status_code == 200

    leavers.close(worker, reason="Told the LADO", by=admin, at=now)

    assert client.get(page).status_code == 302
    assert not Membership.objects.standing(now).filter(user=worker).exists()
    assert not Authenticator.objects.filter(user=worker).exists()
    worker.refresh_from_db()
    assert not worker.is_active
    assert not worker.has_usable_password()
    row = ConfigurationChange.objects.get(kind="account_closed", subject_id=worker.pk)
    assert (row.actor, row.data["reason"]) == (admin, "Told the LADO")
    with pytest.raises(IllegalMove, match="closed already"):
        leavers.close(worker, reason="Again", by=admin, at=now)


@pytest.mark.by_turns
def test_a_role_given_anew_opens_it_again(watched: Watched, admin: User, now: datetime) -> None:
    leavers.close(watched.worker, reason="Left", by=admin, at=now)
    later = now + timedelta(days=30)
    given = {"role": Role.SOCIAL_WORKER, "name": "x", "team": watched.team, "by": admin, "at": later}
    with pytest.raises(people.AddressRefused, match="is closed"):
        people.enrol(watched.worker.email, **given, known=watched.worker)
    people.enrol(watched.worker.email, **given, reopens=True)
    watched.worker.refresh_from_db()
    assert watched.worker.is_active
    assert ConfigurationChange.objects.filter(kind="account_reopened", subject_id=watched.worker.pk).exists()


@pytest.mark.by_turns(8)
def test_an_authority_opens_again_what_it_closed_and_another_does_not(
    watched: Watched, admin: User, now: datetime
) -> None:
    leavers.close(watched.worker, reason="Told the LADO", by=admin, at=now)
    later = now + timedelta(days=1)
    elsewhere = a_team()
    other = a_person(Role.ADMINISTRATOR, authority=elsewhere.authority)
    given = {"role": Role.SOCIAL_WORKER, "name": "x", "team": elsewhere, "at": later}
    with pytest.raises(IllegalMove, match="Another council closed this account"):
        people.enrol(watched.worker.email, by=other, **given)
    watched.worker.refresh_from_db()
    assert not watched.worker.is_active
    colleague = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    # Nor one whose administrator whoever closed it is by now.
    people.leave(membership_of(admin), by=colleague, at=now + timedelta(hours=1))
    people.join(admin, Role.ADMINISTRATOR, authority=elsewhere.authority, at=now + timedelta(hours=2))
    with pytest.raises(IllegalMove, match="Another council closed this account"):
        people.enrol(watched.worker.email, by=other, **given)
    people.enrol(watched.worker.email, by=colleague, **given | {"team": watched.team, "reopens": True})
    watched.worker.refresh_from_db()
    assert watched.worker.is_active


@pytest.mark.by_turns
def test_a_role_that_has_yet_to_begin_elsewhere_is_not_ours_to_end(
    watched: Watched, admin: User, now: datetime
) -> None:
    own = [watched.authority.pk]
    assert administration.is_only_ours(watched.worker, own, at=now)
    begins = now + timedelta(days=9)
    people.join(watched.worker, Role.SOCIAL_WORKER, team=a_team(), starts_at=begins, at=now)
    assert not administration.is_only_ours(watched.worker, own, at=now)


def test_nobody_closes_their_own_and_nobody_without_a_reason(
    watched: Watched, admin: User, now: datetime
) -> None:
    with pytest.raises(IllegalMove, match="Another administrator"):
        leavers.close(admin, reason="x", by=admin, at=now)
    with pytest.raises(IllegalMove, match="why"):
        leavers.close(watched.worker, reason=" ", by=admin, at=now)
    assert watched.worker.is_active


@pytest.mark.by_turns(8)
def test_the_page_says_who_would_be_without_anybody_and_closes_all_the_same(
    client: Client, watched: Watched, admin: User
) -> None:
    client.force_login(admin)
    page = reverse("person_close", args=[watched.carer.pk])
    said = client.get(page).content.decode()
    assert "Nobody else is there" in said
    assert watched.home.name in said
    a_person(Role.FOSTER_CARER, home=watched.home)
    assert "Nobody else is there" not in client.get(page).content.decode()
    assert client.post(page, {"reason": ""}).status_code == 422
    assert client.post(page, {"reason": "Left today"}).status_code == 302
    said = client.get(reverse("person", args=[watched.carer.pk])).content.decode()
    assert "The account is closed: nothing of theirs opens anything any more." in said


@pytest.mark.by_turns
def test_who_has_a_role_elsewhere_is_closed_by_their_own_administrators(
    client: Client, watched: Watched, admin: User, now: datetime
) -> None:
    people.join(watched.worker, Role.SOCIAL_WORKER, team=a_team(), at=now - timedelta(hours=1))
    client.force_login(admin)
    refused = client.post(reverse("person_close", args=[watched.worker.pk]), {"reason": "Left"})
    assert refused.status_code == 422
    assert "has a role elsewhere too" in refused.content.decode()
    watched.worker.refresh_from_db()
    assert watched.worker.is_active


@pytest.mark.by_turns
def test_a_role_that_ends_by_its_date_signs_out_whoever_held_it_once(
    client: Client, watched: Watched, now: datetime
) -> None:
    """Somebody with another role beside it signs in again; the last of somebody's roles leaves nothing to sign in for."""
    ends_at = now + timedelta(hours=2)
    people.join(watched.carer, Role.POLICE, force=watched.force, ends_at=ends_at, at=now - timedelta(days=1))
    client.force_login(watched.carer)
    account = reverse("account")
    assert leavers.end_by_date(at=ends_at - timedelta(seconds=1)) == 0
    assert client.get(account).status_code == 200
    assert watched.carer.groups.filter(name=groups.force_group(watched.force.pk)).exists()
    assert leavers.end_by_date(at=ends_at) == 1
    assert client.get(account).status_code == 302
    assert not watched.carer.groups.filter(name=groups.force_group(watched.force.pk)).exists()
    row = ConfigurationChange.objects.get(kind="role_ended")
    assert (row.actor, row.data["role"], row.at) == (None, "police", ends_at)
    client.force_login(User.objects.get(pk=watched.carer.pk))
    assert leavers.end_by_date(at=ends_at + timedelta(minutes=1)) == 0
    assert client.get(account).status_code == 200


@pytest.mark.by_turns
def test_a_role_ended_by_hand_or_called_off_is_ended_by_no_date(
    client: Client, watched: Watched, admin: User, now: datetime
) -> None:
    coming = people.join(
        watched.worker, Role.DUTY_DESK, team=watched.desk.team, starts_at=now + timedelta(days=1), at=now
    )
    people.call_off(coming, by=admin, at=now)
    people.leave(Membership.objects.get(user=watched.manager), by=admin, at=now)
    assert leavers.end_by_date(at=now + timedelta(days=2)) == 0


@pytest.mark.by_turns
def test_a_role_that_cannot_be_ended_keeps_no_other_from_its_end(
    watched: Watched, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ends_at = now + timedelta(hours=2)
    for one in (watched.carer, watched.worker):
        people.join(one, Role.POLICE, force=watched.force, ends_at=ends_at, at=now - timedelta(days=1))
    ending = people.end_by_date

    def ended(membership: Membership, *, at: datetime) -> bool:
        if membership.user_id == watched.carer.pk:
            raise RuntimeError("a fault of one row")
        return ending(membership, at=at)

    monkeypatch.setattr(people, "end_by_date", ended)
    assert leavers.end_by_date(at=ends_at) == 1
    assert "role_not_ended" in caplog.text
    monkeypatch.setattr(people, "end_by_date", ending)
    assert leavers.end_by_date(at=ends_at) == 1, "it is tried again"
