"""A police force that ends: nothing begins by its name, and what names it is its successor's before anybody is missed."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from alerts import added_forces, areas, force_successions, integrity, sweep
from alerts.models import DutyTask, Message
from cases import clock, force_ends, organisations, reference_data
from cases.deadlines import london_day
from cases.models import ConfigurationChange, Event, Placement, PoliceForce, Role
from cases.states import IllegalMove
from tests import factories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def watched(now):
    return factories.a_watched_child(at=now - 3 * DAY)


def ended(force: PoliceForce, *, name: str = "Fenland Police", on=None) -> PoliceForce:
    successor = factories.a_force(name)
    PoliceForce.objects.filter(pk=force.pk).update(
        valid_to=on or london_day(clock.now()), successor=successor
    )
    force.refresh_from_db()
    return successor


def broken(now) -> list[str]:
    return [name for one in integrity.check(now) if "police force" in one.question for name in one.references]


def test_every_force_of_the_reference_data_is_there_without_an_end(now):
    reference_data.load(at=now)
    seeded = PoliceForce.objects.exclude(code__startswith="force-")
    assert seeded.count() == 46
    assert not seeded.exclude(valid_from=None, valid_to=None, successor=None).exists()


def test_a_file_ends_a_force_and_names_its_successor(tmp_path, now):
    reference_data.load(at=now)
    for name in ("authorities.csv", "first_responders.csv", "police_forces.csv"):
        (tmp_path / name).write_text((reference_data.FOLDER / name).read_text(encoding="utf-8"))
    path = tmp_path / "police_forces.csv"
    day = london_day(now)
    path.write_text(path.read_text().replace("E23000002,,,", f"E23000002,,{day},metropolitan"))
    reference_data.load(tmp_path, at=now)
    cumbria = PoliceForce.objects.get(code="cumbria")
    assert (cumbria.valid_to, cumbria.successor.code) == (day, "metropolitan")
    assert not cumbria.authorities.exists(), "its area is the successor's"
    change = ConfigurationChange.objects.get(kind="reference_changed", subject_type="policeforce")
    assert change.data["changed"]["valid_to"] == ["None", str(day)]


def _follow_each_other(one: PoliceForce, other: PoliceForce, day) -> None:
    PoliceForce.objects.filter(pk=one.pk).update(valid_to=day, successor=other)
    PoliceForce.objects.filter(pk=other.pk).update(valid_to=day, successor=one)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_force_ends_with_a_successor_that_is_there_for_longer_and_postgresql_holds_it(now):
    one, other = factories.a_force(), factories.a_force()
    day = london_day(now)
    for wrong in ({"valid_to": day}, {"successor": other}, {"valid_to": day, "successor": one}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PoliceForce.objects.filter(pk=one.pk).update(**wrong)
    with pytest.raises(DatabaseError, match="ends before it"), transaction.atomic():
        _follow_each_other(one, other, day)
    PoliceForce.objects.filter(pk=one.pk).update(valid_to=day - DAY, successor=other)
    last = ended(other)
    assert force_ends.standing(PoliceForce.objects.get(pk=one.pk), day=day) == last


def test_nothing_begins_by_the_name_of_a_force_that_has_ended(client, watched, now):
    gone = watched.home.force
    ended(gone)
    admin = factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)
    refusal = "has ended, and .*Fenland Police.* took over"
    about = {
        "provider": "",
        "ofsted_urn": "",
        "address": "1 Way",
        "postcode": "CT1 4BG",
        "phone": "01632960444",
    }
    with pytest.raises(IllegalMove, match=refusal):
        organisations.open_home(watched.authority, name="New House", force=gone, **about, by=admin, at=now)
    client.force_login(admin)
    page = client.get(reverse("home_new")).content.decode()
    assert "Fenland Police" in page
    assert f'<option value="{gone.pk}"' not in page
    answers = about | {"name": "New House", "authority": watched.authority.pk, "force": gone.pk}
    said = client.post(reverse("home_new"), answers)
    assert said.status_code == 422
    assert "took over: choose that one" in said.content.decode()
    assert "New House" in said.content.decode()
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        factories.a_home(watched.authority, force=gone)
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        Placement.objects.filter(pk=watched.placement.pk).update(force=gone, starts_at=now)
    later = factories.placed(factories.a_child(watched.authority, at=now - DAY), watched.home, starts_at=now)
    assert later.force.name == "Fenland Police", "a child who comes to a home of it is the successor's"


def test_whoever_lives_there_and_each_search_has_the_successor_from_its_last_day_on(watched, now):
    factories.a_force_mailbox(watched.home.force)
    sought = factories.a_child(watched.authority, team=watched.team, worker=watched.worker)
    factories.placed(sought, watched.home)
    episode = factories.missing(sought, by=watched.worker, at=now - timedelta(hours=1))
    elsewhere = factories.a_child(watched.authority, team=watched.team, worker=watched.worker)
    other = factories.missing(elsewhere, by=watched.worker, at=now - timedelta(hours=1))
    gone = watched.home.force
    if not other.forces.filter(force=gone).exists():
        added_forces.add(other, gone, by=watched.worker, at=now)
    sweep.sweep(now=now)
    successor = ended(gone, on=london_day(now) - DAY)
    named = {watched.child.reference, sought.reference, episode.reference, other.reference}
    assert named | {f"home {watched.home.pk}"} <= set(broken(now))
    assert force_successions.pass_on(now=now) > 0
    watched.home.refresh_from_db()
    watched.placement.refresh_from_db()
    assert (watched.home.force, watched.placement.force) == (successor, successor)
    for one in (episode, other):
        assert {row.force for row in one.forces.filter(left_at=None)} == {gone, successor}
    said = Event.objects.get(child=watched.child, kind="placement_area_corrected")
    assert (said.actor, said.data["reason"]) == (None, f"{gone.name} has ended.")
    assert broken(now) == []
    assert force_successions.pass_on(now=now) == 0, "nothing is done twice"
    assert Event.objects.filter(child=watched.child, kind="placement_area_corrected").count() == 1
    assert not Message.objects.filter(force=successor).exists(), "it has no mailbox"
    assert DutyTask.objects.open().filter(episode=episode).exists()


def test_a_search_that_begins_before_anything_was_passed_on_is_told_to_the_successor(watched, now):
    successor = ended(watched.home.force)
    episode = factories.missing(watched.child, by=watched.worker, at=now)
    assert [row.force for row in episode.forces.all()] == [successor]


def test_the_administrator_is_told_whose_mailboxes_to_register(client, watched, now):
    gone = watched.authority.force
    factories.a_force_mailbox(gone)
    ended(gone)
    force_successions.pass_on(now=now)
    client.force_login(factories.a_person(Role.ADMINISTRATOR, authority=watched.authority))
    page = client.get(reverse("admin_home")).content.decode()
    assert "took over. Alerts are for that force from then on" in page
    boxes = client.get(reverse("mailboxes")).content.decode()
    assert "until" in boxes
    assert "Fenland Police" in boxes
    client.force_login(factories.a_person(Role.ADMINISTRATOR, authority=factories.an_authority()))
    assert "took over. Alerts" not in client.get(reverse("admin_home")).content.decode()


def test_an_area_that_was_corrected_while_others_were_passed_on_stays_as_it_was_corrected(watched, now):
    """The run had read it before, and would have written the old council back with the successor."""
    successor = ended(watched.force)
    read = Placement.objects.select_related("host_authority", "force").get(pk=watched.placement.pk)
    elsewhere, right = factories.an_authority(), factories.a_force()
    reason = {"reason": "The next street", "by": watched.worker, "at": now}
    areas.correct(watched.placement, authority=elsewhere, force=right, **reason)
    force_successions._move(read, {watched.force.pk: successor}, now)
    watched.placement.refresh_from_db()
    assert (watched.placement.host_authority, watched.placement.force) == (elsewhere, right)
