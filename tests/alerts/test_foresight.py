"""Who would be told at 3 am on Sunday: the answer is what the engine then does, and a rung with nobody is red."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import foresight, sweep
from alerts.models import AlertStep, Message
from alerts.views.foresight import sunday_at_three
from cases import clock, people
from cases.forms.typed import london
from cases.models import AccessRecord, KeepFrom, Placement, Role
from tests.factories import (
    AT,
    a_force,
    a_force_mailbox,
    a_person,
    a_watched_child,
    an_authority,
    confirmed,
    ended,
    membership_of,
    missing,
    planned,
    seen,
)

pytestmark = pytest.mark.django_db
# AT is a Monday at 9 am in winter; the night roll-call of Saturday 7 March ends at 11:30pm.
SUNDAY = datetime(2026, 3, 8, 3, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 7, 23, 30, tzinfo=UTC)


@pytest.mark.by_turns
def test_the_night_roll_call_before_three_on_sunday_is_the_one_supposed_to_be_missed():
    watched = a_watched_child(at=AT)
    found = foresight.of(watched.child, about=SUNDAY, now=AT)
    assert (found.due_at, found.window, found.by_itself) == (NIGHT, "night", True)
    minutes = {rung.step: (rung.at - NIGHT) / timedelta(minutes=1) for rung in found.silence}
    assert minutes == {"R0": 30, "R1": 30, "R2": 60, "R3": 60, "fail_safe": 90, "R4": 180, "R5": 720}
    assert [(rung.step, (rung.at - NIGHT) / timedelta(minutes=1)) for rung in found.calls] == [
        ("call_0", 90),
        ("call_15", 105),
        ("call_30", 120),
        ("call_60", 150),
        ("call_120", 210),
    ]


@pytest.mark.by_turns
def test_what_is_foretold_is_what_the_engine_does():
    watched = a_watched_child(at=AT)
    foretold = foresight.of(watched.child, about=SUNDAY, now=AT)
    seen(watched.child, by=watched.carer, at=NIGHT - timedelta(hours=2))
    for rung in sorted([*foretold.silence, *foretold.calls], key=lambda rung: rung.at):
        sweep.sweep_all(now=rung.at)
    climbed = {
        (row.step, row.owed_at)
        for row in AlertStep.objects.filter(
            alert__child=watched.child, alert__clock__kind__in=("contact", "call")
        )
    }
    assert {(rung.step, rung.at) for rung in (*foretold.silence, *foretold.calls)} == climbed
    messages = Message.objects.exclude(step__startswith="failed").exclude(step__startswith="second")
    # Word of a habit is no rung, and depends on what was late before.
    messages = messages.exclude(step="late_windows")
    told = {(m.step, m.get_channel_display()) for m in messages}
    named = {(rung.step, one.channel) for rung in (*foretold.silence, *foretold.calls) for one in rung.told}
    assert told <= named
    # R4 and R5 are met by the call step that told the same post already.
    assert {step for step, _channel in named - told} <= {"R4", "R5"}


def on_the_way(watched, **said):
    """A journey of the night: picked up at midnight, a stop at 2 am, handed over at 4 am of that Sunday."""
    forces = [watched.home.force, a_force("Middlemere Police"), a_force("Southmere Police")]
    for force in forces[1:]:
        a_force_mailbox(force)
    departs_at = SUNDAY - timedelta(hours=3)
    said = {"apart": timedelta(hours=2), "forces": forces} | said
    return planned(watched.child, by=watched.worker, departs_at=departs_at, at=AT, **said)


@pytest.mark.by_turns
def test_of_a_child_on_a_journey_the_stop_before_that_hour_is_the_one_that_nobody_confirms():
    watched = a_watched_child(at=AT)
    on_the_way(watched)
    found = foresight.of(watched.child, about=SUNDAY, now=AT)
    owed_at = SUNDAY - timedelta(hours=1)
    assert (found.due_at, found.window, found.stop, found.by_itself) == (owed_at, "journey", "Stop 1", True)
    minutes = {rung.step: (rung.at - owed_at) / timedelta(minutes=1) for rung in found.silence}
    assert minutes == {"R1": 15, "R2": 30, "R3": 60, "fail_safe": 90, "R4": 120, "R5": 360}
    assert found.silence[0].title == "R1: duty rings the escorts"
    posts = {told.post for rung in found.silence for told in rung.told}
    assert "Home" not in posts
    forces = {told.who.partition(",")[0] for told in found.calls[0].told if told.post == "Police"}
    # Confirmed last at the departure.
    assert forces == {watched.home.force.name, "Southmere Police"}


@pytest.mark.by_turns(8)
def test_before_the_departure_it_is_the_home_and_after_the_hand_over_it_is_the_home_again():
    watched = a_watched_child(at=AT)
    on_the_way(watched)
    before = foresight.of(watched.child, about=NIGHT + timedelta(minutes=20), now=AT)
    assert (before.due_at, before.window, before.stop) == (NIGHT, "night", "")
    after = foresight.of(watched.child, about=SUNDAY + timedelta(days=1), now=AT)
    assert (after.window, after.stop) == ("night", "")
    assert after.due_at == NIGHT + timedelta(days=1)
    assert foresight.of(watched.child, about=SUNDAY + timedelta(hours=2), now=AT).stop == "Hand-over"


@pytest.mark.by_turns
def test_what_is_foretold_of_a_journey_is_what_the_engine_does():
    watched = a_watched_child(at=AT)
    journey = on_the_way(watched)
    foretold = foresight.of(watched.child, about=SUNDAY, now=AT)
    seen(watched.child, by=watched.carer, at=NIGHT - timedelta(hours=2))
    seen(watched.child, by=watched.carer, at=NIGHT - timedelta(minutes=10))
    confirmed(journey, 0, by=watched.worker, at=SUNDAY - timedelta(hours=3))
    rungs = [*foretold.silence, *foretold.calls]
    for rung in sorted(rungs, key=lambda rung: rung.at):
        sweep.sweep_all(now=rung.at)
    climbed = AlertStep.objects.filter(alert__child=watched.child, alert__clock__kind__in=("contact", "call"))
    assert {(row.step, row.owed_at) for row in climbed} == {(rung.step, rung.at) for rung in rungs}
    messages = Message.objects.exclude(step__startswith="failed").exclude(step__startswith="second")
    told = {(m.step, m.get_channel_display()) for m in messages.exclude(step="late_windows")}
    assert told <= {(rung.step, one.channel) for rung in rungs for one in rung.told}
    mailed = Message.objects.filter(step="call_0", wording="police_alert").values_list(
        "force__name", flat=True
    )
    named = {told.who.partition(",")[0] for told in foretold.calls[0].told if told.post == "Police"}
    assert set(mailed) == named


@pytest.mark.by_turns(8)
def test_the_page_says_that_the_child_is_to_be_on_a_journey_and_names_no_place(client):
    now = clock.now()
    watched = a_watched_child(at=now - timedelta(hours=30))
    planned(watched.child, by=watched.worker, departs_at=now + timedelta(minutes=5), at=now)
    client.force_login(a_person(Role.ADMINISTRATOR, authority=watched.authority))
    found = foresight.of(watched.child, about=now + timedelta(minutes=70), now=now)
    assert found.stop == "Stop 1"
    asked = question(watched.child.reference)
    asked |= {f"at_{part}": str(getattr(london(now), part)) for part in ("day", "month", "year")}
    asked |= {"at_time": f"{london(now + timedelta(minutes=10)):%H:%M}"}
    page = client.get(reverse("foresight"), asked).content.decode()
    assert "no escort confirms this one: Pick-up" in page
    assert "Place 0" not in page


@pytest.mark.by_turns
def test_the_mailboxes_of_the_force_that_would_be_alerted_are_named_before_there_is_an_episode():
    watched = a_watched_child(at=AT)
    found = foresight.of(watched.child, about=SUNDAY, now=AT)
    rungs = {rung.step: rung for rung in found.calls}
    for step in ("call_0", "call_30"):
        assert "Police" not in rungs[step].empty
        assert "Police" in [told.post for told in rungs[step].told]
    (force,) = {told.who.partition(",")[0] for told in rungs["call_0"].told if told.post == "Police"}
    assert force == watched.home.force.name
    # After an episode with another force it is the placement's again.
    episode = missing(watched.child, by=watched.worker, at=AT)
    assert foresight.of(watched.child, about=SUNDAY, now=AT).calls[0].told
    ended(episode, by=watched.desk.person, at=AT + timedelta(hours=1))
    after = foresight.of(watched.child, about=SUNDAY, now=AT + timedelta(hours=2))
    assert "Police" not in after.calls[0].empty


@pytest.mark.by_turns
def test_the_duty_of_a_host_authority_is_looked_for_only_where_there_is_one():
    watched = a_watched_child(at=AT)
    Placement.objects.filter(child=watched.child).update(host_authority=watched.authority)
    rungs = {rung.step: rung for rung in foresight.of(watched.child, about=SUNDAY, now=AT).silence}
    assert "Duty of the host authority" not in rungs["R4"].empty
    Placement.objects.filter(child=watched.child).update(host_authority=an_authority())
    rungs = {rung.step: rung for rung in foresight.of(watched.child, about=SUNDAY, now=AT).silence}
    assert "Duty of the host authority" in rungs["R4"].empty


@pytest.mark.by_turns
def test_a_rung_on_which_nobody_stands_at_that_hour_is_red():
    watched = a_watched_child(at=AT)
    people.leave(membership_of(watched.head), at=AT)
    found = foresight.of(watched.child, about=SUNDAY, now=AT)
    rungs = {rung.step: rung for rung in found.silence}
    assert not rungs["R2"].nobody
    assert "Head of service" in rungs["R4"].empty


@pytest.mark.by_turns
def test_no_rung_tells_an_administrator_from_whom_a_child_is_kept_and_the_engine_leaves_them_out_all_the_same():
    watched = a_watched_child(at=AT)
    before = foresight.of(watched.child, about=SUNDAY, now=AT)
    for user in (watched.guardian, watched.manager, watched.worker, watched.head, watched.carer):
        KeepFrom.objects.create(
            child=watched.child, user=user, reason="own", starts_at=AT, set_by=watched.director
        )
    assert foresight.of(watched.child, about=SUNDAY, now=AT) == before
    for rung in (*before.silence, *before.calls):
        sweep.sweep_all(now=rung.at)
    kept = (watched.guardian, watched.manager, watched.worker, watched.head)
    assert Message.objects.exclude(user=None).exists()
    assert not Message.objects.filter(user__in=kept).exists()


@pytest.mark.by_turns
def test_an_administrator_from_whom_the_child_is_kept_finds_what_a_stranger_does(client):
    watched = a_watched_child(at=clock.now() - timedelta(hours=30))
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    KeepFrom.objects.create(
        child=watched.child,
        user=admin,
        reason="own",
        starts_at=clock.now() - timedelta(hours=1),
        set_by=watched.manager,
    )
    client.force_login(admin)
    answer = client.get(reverse("foresight"), question(watched.child.reference))
    assert answer.status_code == 422
    assert answer.context["form"].errors["reference"] == ["No child of your authority has this reference"]
    assert not AccessRecord.objects.get(user=admin).allowed


@pytest.mark.by_turns
def test_numbers_and_addresses_are_masked_and_the_home_is_not_named():
    watched = a_watched_child(at=AT)
    found = foresight.of(watched.child, about=SUNDAY, now=AT)
    every = [told for rung in (*found.silence, *found.calls) for told in rung.told]
    assert all("…" in told.to for told in every)
    words = " ".join(f"{told.post} {told.who} {told.to}" for told in every)
    assert watched.home.name not in words
    assert watched.home.phone not in words
    assert watched.manager.email not in words


@pytest.mark.by_turns
def test_the_page_answers_an_administrator_of_the_authority_and_the_read_is_on_record(client):
    watched = a_watched_child(at=clock.now() - timedelta(hours=30))
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    client.force_login(admin)
    asked = question(watched.child.reference)
    answer = client.get(reverse("foresight"), asked)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert watched.worker.name in page
    assert watched.child.given_name not in page
    read = AccessRecord.objects.get(user=admin)
    assert (read.child_id, read.permission, read.allowed) == (watched.child.pk, "see_ladder", True)


@pytest.mark.by_turns(8)
def test_a_strange_child_reads_as_one_that_does_not_exist_and_the_refusal_is_on_record(client):
    watched = a_watched_child(at=clock.now() - timedelta(hours=30))
    admin = a_person(Role.ADMINISTRATOR, authority=an_authority())
    client.force_login(admin)
    strange = client.get(reverse("foresight"), question(watched.child.reference))
    nobody = client.get(reverse("foresight"), question("MC99-000019"))
    assert {strange.status_code, nobody.status_code} == {422}
    for page in (strange, nobody):
        assert page.context["found"] is None
    assert strange.context["form"].errors["reference"] == ["No child of your authority has this reference"]
    assert not AccessRecord.objects.get(child=watched.child).allowed


def question(reference: str) -> dict[str, object]:
    at = sunday_at_three(clock.now())
    return {
        "reference": reference,
        "at_time": "3am",
        "at_day": at.day,
        "at_month": at.month,
        "at_year": at.year,
    }


@pytest.mark.by_turns
@pytest.mark.parametrize("name", ["foresight", "policies"])
def test_only_administrators_open_it(client, name):
    for role in (Role.SOCIAL_WORKER, Role.DUTY_DESK, Role.TEAM_MANAGER, Role.GUARDIAN, Role.POLICE):
        client.force_login(a_person(role))
        assert client.get(reverse(name)).status_code == 403, role


@pytest.mark.by_turns
def test_every_policy_is_said_in_words_with_its_versions(client):
    client.force_login(a_person(Role.ADMINISTRATOR))
    page = client.get(reverse("policies"))
    words = {policy.key: dict(policy.lines) for policy in page.context["policies"]}
    assert list(words) == [
        "first_72_hours",
        "first_30_days",
        "high",
        "ordinary",
        "settled",
        "in_transit",
        "not_here",
        "head_count",
        "call",
        "guardian",
        "transfer",
    ]
    assert "night, 10:30pm to 11:30pm" in words["first_30_days"]["Proof is due"]
    # Nobody may read an hour where the police hear after an hour and a half.
    fail_safe = {
        key: words[key]["Fail-safe: the police mail goes by itself"].split(" after")[0]
        for key in ("first_72_hours", "high")
    }
    assert fail_safe == {"first_72_hours": "1 hour 30 minutes", "high": "3 hours"}
    assert words["high"]["R3: duty is asked to ring the police"].startswith("2 hours 30 minutes after")
    assert words["settled"]["Proof is due"] == "within 3 days of the last proof"
    assert words["ordinary"]["R0: the home is asked"] == "at the next 8am"
    assert words["ordinary"]["Fail-safe"].startswith("none")
    # Where no home is silent there is none to ring.
    assert words["not_here"]["R1: duty is told"] == words["guardian"]["R1: duty is told"] == "at once"
    assert "seen face to face, by somebody who knows" in words["high"]["Counts as proof"]
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("policies"))
    assert len(queries) <= 12
