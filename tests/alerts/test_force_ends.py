"""A police force that ends: nothing begins by its name, and what names it is its successor's before anybody is missed."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from alerts import added_forces, areas, delivery, force_offers, force_successions, integrity, sweep
from alerts.models import DutyTask, Message
from cases import clock, episodes, force_ends, log, organisations, reference_data
from cases.deadlines import london_day
from cases.models import (
    Authority,
    ConfigurationChange,
    Event,
    ForceInCharge,
    Mailbox,
    Placement,
    PoliceForce,
    Role,
)
from cases.states import IllegalMove
from tests import factories
from tests.alerts.outgoing import catch, send_all

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


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


@pytest.mark.by_turns
def test_every_force_of_the_reference_data_is_there_without_an_end(now):
    reference_data.load(at=now)
    seeded = PoliceForce.objects.exclude(code__startswith="force-")
    assert seeded.count() == 46
    assert not seeded.exclude(valid_from=None, valid_to=None, successor=None).exists()


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns
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
        assert {row.force for row in one.forces.filter(left_at=None)} == {successor}, (
            "the one that ended is told no more"
        )
    said = Event.objects.get(child=watched.child, kind="placement_area_corrected")
    assert (said.actor, said.data["reason"]) == (None, f"{gone.name} has ended.")
    assert broken(now) == []
    assert force_successions.pass_on(now=now) == 0, "nothing is done twice"
    assert Event.objects.filter(child=watched.child, kind="placement_area_corrected").count() == 1
    assert not Message.objects.filter(force=successor).exists(), "it has no mailbox"
    assert DutyTask.objects.open().filter(episode=episode).exists()


@pytest.mark.by_turns
def test_a_search_that_begins_before_anything_was_passed_on_is_told_to_the_successor(watched, now):
    successor = ended(watched.home.force)
    episode = factories.missing(watched.child, by=watched.worker, at=now)
    assert [row.force for row in episode.forces.all()] == [successor]


@pytest.mark.by_turns
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


def _sought(watched, now):
    """A search whose force leads it with a mailbox and a reference."""
    factories.a_force_mailbox(watched.home.force)
    episode = factories.missing(watched.child, by=watched.worker, at=now - timedelta(hours=1))
    sweep.sweep(now=now - timedelta(hours=1))
    episodes.record_police_reference(
        episode, force=watched.force, officer="", reference="KP/17", by=watched.worker, at=now - HOUR / 2
    )
    return episode


def _told(force: PoliceForce, since) -> int:
    return Message.objects.filter(force=force, created_at__gt=since).count()


@pytest.mark.by_turns
@pytest.mark.parametrize("has_mailbox", [True, False])
def test_an_open_search_is_the_successors_alone_and_quotes_the_same_reference(watched, now, has_mailbox):
    episode = _sought(watched, now)
    gone = watched.home.force
    successor = ended(gone)
    if has_mailbox:
        factories.a_force_mailbox(successor)
    force_successions.pass_on(now=now)
    (row,) = episode.forces.filter(left_at=None)
    assert (row.force, row.incident_reference) == (successor, "KP/17")
    assert episodes.in_charge(episode, at=now).force == successor
    assert episodes.forces_that_may_close(episode) == [successor]
    said = Event.objects.get(child=watched.child, kind="force_succeeded")
    assert said.data == {"force": gone.code, "to_force": successor.code}
    later = now + timedelta(hours=9)
    for at in (now, now + timedelta(hours=1), later):
        sweep.sweep(now=at)
    assert not _told(gone, now - timedelta(seconds=1)), "nothing goes to a mailbox of a force that is no more"
    assert bool(_told(successor, now - timedelta(seconds=1))) is has_mailbox
    asked = Message.objects.filter(episode=episode, wording="duty_phone_them", created_at__gte=now)
    assert asked.exists() is not has_mailbox, "duty is asked to phone whoever no mail reaches"
    assert DutyTask.objects.open().filter(episode=episode, kind=DutyTask.Kind.RING_POLICE).exists()


@pytest.mark.by_turns(8)
def test_a_successor_that_handed_the_search_on_is_told_no_more(watched, now):
    episode = _sought(watched, now)
    first, second = watched.home.force, ended(watched.home.force)
    force_successions.pass_on(now=now)
    third = factories.a_force("Southmere Police")
    said = {"said_by": "DS Harrow", "reason": "She was seen there", "by": watched.worker}
    later = now + timedelta(minutes=5)
    given = force_offers.offer(episode, to=third, **said, at=later)
    answer = {"officer": "DC Ward", "reference": "SM/77", "signed_in": False, "by": watched.worker}
    force_offers.accept(given, **answer, at=later)
    force_successions.pass_on(now=now + timedelta(minutes=10))
    assert [row.force for row in episode.forces.filter(left_at=None)] == [third]
    assert not broken(now + DAY)
    assert episodes.in_charge(episode, at=now + timedelta(minutes=10)).force == third
    assert {first, second}.isdisjoint({row.force for row in episode.forces.filter(left_at=None)})


@pytest.mark.by_turns
@pytest.mark.parametrize("is_theirs", [True, False])
def test_an_offer_that_waits_as_a_force_ends_leaves_the_search_with_its_successor(watched, now, is_theirs):
    """The one that ended had offered it to its successor, or to another: a no leaves it with the successor."""
    episode = _sought(watched, now)
    heir = factories.a_force("Fenland Police")
    other = heir if is_theirs else factories.a_force("Southmere Police")
    said = {"said_by": "DS Harrow", "reason": "She was seen there", "by": watched.worker}
    given = force_offers.offer(episode, to=other, **said, at=now - timedelta(minutes=5))
    PoliceForce.objects.filter(pk=watched.force.pk).update(valid_to=london_day(now), successor=heir)
    force_successions.pass_on(now=now)
    given.refresh_from_db()
    no = {"officer": "DC Ward", "reason": "Not ours", "by": watched.worker, "at": now + timedelta(minutes=1)}
    force_offers.decline(given, **no)
    assert [row.force for row in episode.forces.filter(left_at=None)] == [heir]
    assert episodes.in_charge(episode, at=now + timedelta(minutes=2)).force == heir


@pytest.mark.by_turns
def test_only_the_successor_of_a_force_that_has_ended_leads_without_an_offer(watched, now):
    episode = _sought(watched, now)
    other, moment = factories.a_force(), {"starts_at": now}
    added_forces.add(episode, other, by=watched.worker, at=now)
    with pytest.raises(IntegrityError, match="by accepting it"), transaction.atomic():
        ForceInCharge.objects.create(episode=episode, force=other, **moment)
    ended(watched.force)
    with pytest.raises(IntegrityError, match="by accepting it"), transaction.atomic():
        ForceInCharge.objects.create(episode=episode, force=other, **moment)


def test_the_area_of_one_authority_that_fails_stops_no_other(watched, now, monkeypatch):
    factories.an_authority(force=watched.authority.force)
    successor = ended(watched.authority.force)
    record, asked = log.record_configuration, []

    def fails(subject, *args, **kwargs):
        asked.append(subject)
        if len(asked) == 1:
            raise RuntimeError
        return record(subject, *args, **kwargs)

    monkeypatch.setattr(log, "record_configuration", fails)
    force_successions.pass_on(now=now)
    assert Authority.objects.filter(force=successor).count() == 1


@pytest.mark.by_turns(8)
def test_the_administrator_reads_who_took_over_of_a_force_whose_successor_ended_too(client, watched, now):
    gone = watched.authority.force
    box = factories.a_force_mailbox(gone)
    between = ended(gone, on=london_day(now) - DAY)
    ended(between, name="Eastern Police")
    force_successions.pass_on(now=now)
    client.force_login(factories.a_person(Role.ADMINISTRATOR, authority=watched.authority))
    page = client.get(reverse("admin_home")).content.decode()
    assert f"{gone.name}</bdi> ended" in page
    assert "Eastern Police</bdi> took over" in page
    assert box.address in client.get(reverse("mailboxes")).content.decode()


@pytest.mark.by_turns
def test_the_administrator_reads_of_a_successor_without_a_mailbox_until_it_has_one(client, now):
    authority = factories.an_authority()
    successor = ended(authority.force)
    force_successions.pass_on(now=now)
    client.force_login(factories.a_person(Role.ADMINISTRATOR, authority=authority))
    assert "took over. Alerts are" in client.get(reverse("admin_home")).content.decode()
    factories.a_force_mailbox(successor)
    assert "took over. Alerts are" not in client.get(reverse("admin_home")).content.decode()


@pytest.mark.by_turns(8)
def test_the_successor_of_a_force_that_had_accepted_the_search_closes_it(watched, now):
    episode = _sought(watched, now)
    other = factories.a_force("Southmere Police")
    said = {"said_by": "DS Harrow", "reason": "She was seen there", "by": watched.worker}
    given = force_offers.offer(episode, to=other, **said, at=now)
    answer = {"officer": "DC Ward", "reference": "SM/77", "signed_in": False, "by": watched.worker}
    force_offers.accept(given, **answer, at=now)
    assert episodes.forces_that_may_close(episode) == [other]
    heir = ended(other)
    force_successions.pass_on(now=now + timedelta(minutes=5))
    assert episodes.forces_that_may_close(episode) == [heir]


def test_a_mail_to_a_force_that_has_left_the_search_comes_back_and_nobody_phones_it(watched, now):
    box = factories.a_force_mailbox(watched.home.force, address="before@gone.police.example")
    episode = _sought(watched, now)
    mail = Message.objects.filter(mailbox=box, episode=episode).first()
    Message.objects.filter(pk=mail.pk).update(status="sent", sent_at=now - HOUR / 2)
    factories.a_force_mailbox(ended(watched.home.force))
    force_successions.pass_on(now=now)
    assert delivery.bounce(mail.pk, "550 no such user", at=now + HOUR / 6)
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).exists()
    assert not Message.objects.filter(wording="duty_phone_them").exists()
    box.refresh_from_db()
    assert box.failed_at == now + HOUR / 6


@pytest.mark.by_turns
def test_the_end_of_a_search_goes_to_the_successor_and_to_no_mailbox_of_the_force_that_has_ended(
    watched, now, monkeypatch
):
    out = catch(monkeypatch)
    episode = _sought(watched, now)
    send_all(now - HOUR)
    heir = ended(watched.home.force)
    factories.a_force_mailbox(heir, address="heir@fenland.police.example")
    force_successions.pass_on(now=now)
    sweep.sweep(now=now)
    send_all(now)
    gone = {box.address for box in Mailbox.objects.filter(force=watched.home.force)}
    assert gone & set(out.to)
    out.mails.clear()
    factories.ended(episode, force=heir, at=now + timedelta(minutes=5))
    for minutes in (5, 6):
        sweep.sweep(now=now + timedelta(minutes=minutes))
        send_all(now + timedelta(minutes=minutes, seconds=10))
    assert out.to["heir@fenland.police.example"] == 1
    assert not gone & set(out.to)
