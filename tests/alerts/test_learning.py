"""The figures that a home, a council and a force learn from: what each counts, for whom, and in how many queries."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import duty_tasks, escalations, learning, policies, sweep
from alerts.learning import Figures, Whose
from alerts.models import Alert, Clock, DutyTask, DutyTaskAlert, Message, MessageItem, PolicyVersion
from cases import concerns, episodes, mergers, restrictions, return_interviews
from cases.models import AccessRecord, Child, MissingEpisode, Role, User
from tests.counts import counts
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_home,
    a_person,
    a_watched_child,
    ended,
    missing,
    placed,
    seen,
)

pytestmark = pytest.mark.django_db

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 200 * DAY)


def gone(watched: Watched, *, at: datetime) -> MissingEpisode:
    return missing(watched.child, by=watched.worker, at=at)


def of(watched: Watched, by: Whose, *, reader: User | None = None, now: datetime) -> Figures:
    owner = {Whose.COUNCIL: watched.authority, Whose.HOME: watched.home, Whose.FORCE: watched.force}[by]
    (one,) = learning.figures(by, [owner.pk], reader=reader or watched.manager, now=now)
    assert one.name == owner.name
    return one


@pytest.mark.by_turns
def test_each_owner_reads_how_long_it_took_to_find_the_children_and_who_is_missing_still(watched, now):
    # Of each what counts is from when the child was last seen, not from the report.
    since = []
    for days in (30, 20, 10):
        episode = gone(watched, at=now - days * DAY)
        MissingEpisode.objects.filter(pk=episode.pk).update(since=now - days * DAY - HOUR)
        since.append(now - days * DAY - HOUR)
        if days != 10:
            ended(episode, at=now - days * DAY + (5 if days == 30 else 9) * HOUR)
    found = sorted(MissingEpisode.objects.exclude(found_at=None).values_list("found_at", flat=True))
    for by in Whose:
        one = of(watched, by, now=now)
        assert (one.episodes, one.still_missing, one.repeated) == (3, 1, 1), by
        assert sorted(one.located) == sorted(at - start for at, start in zip(found, since, strict=False))
        assert one.time_to_locate == sum(one.located, timedelta()) / 2


def away(watched: Watched, *, at: datetime) -> MissingEpisode:
    return episodes.report_away(
        watched.child, whereabouts="A friend in Lowmoor", reason="Rang", by=watched.worker, at=at
    )


@pytest.mark.by_turns
def test_away_with_whereabouts_known_is_no_missing_episode_unless_it_becomes_one(watched, now):
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - 150 * DAY)
    for days in (30, 20):
        ended(away(watched, at=now - days * DAY), at=now - days * DAY + HOUR)
    ended(gone(watched, at=now - 10 * DAY), at=now - 9 * DAY)
    stands = away(watched, at=now - 2 * DAY)
    both = (Whose.COUNCIL, Whose.HOME)
    for one in (of(watched, by, now=now) for by in both):
        assert (one.episodes, len(one.located), one.still_missing, one.repeated) == (1, 1, 0, 0)
        assert one.interviews_owed == 3, "a return from away asks for an interview as well"
    episodes.become_missing(stands, reason="Left the friend", by=watched.worker, at=now - DAY)
    for one in (of(watched, by, now=now) for by in both):
        assert (one.episodes, len(one.located), one.still_missing, one.repeated) == (2, 1, 1, 0)
    back = ended(MissingEpisode.objects.get(pk=stands.pk), at=now - HOUR)
    for one in (of(watched, by, now=now) for by in both):
        assert (one.episodes, one.still_missing) == (2, 0)
        assert back.found_at - back.since in one.located


@pytest.mark.by_turns
def test_a_child_who_was_missing_and_away_by_turns_is_repeatedly_missing_from_the_third_time_on(watched, now):
    for days in (40, 30):
        ended(gone(watched, at=now - days * DAY), at=now - days * DAY + HOUR)
        ended(away(watched, at=now - (days - 2) * DAY), at=now - (days - 2) * DAY + HOUR)
    assert of(watched, Whose.HOME, now=now).repeated == 0
    gone(watched, at=now - DAY)
    assert of(watched, Whose.HOME, now=now).repeated == 1


@pytest.mark.by_turns
def test_what_is_older_than_90_days_is_not_counted_and_late_recording_never(watched, now):
    ended(gone(watched, at=now - 100 * DAY), at=now - 99 * DAY)
    assert of(watched, Whose.HOME, now=now).episodes == 0


@pytest.mark.by_turns(8)
def test_an_officer_by_name_is_what_ends_the_time_to_verified(watched, now):
    first = gone(watched, at=now - 5 * DAY)
    sweep.sweep_all(now=now - 5 * DAY)
    escalations.verify(
        MissingEpisode.objects.get(pk=first.pk),
        force=watched.force,
        officer="PC Shah",
        collar_number="1",
        incident_reference="4417/26",
        method="spoken",
        by=watched.desk.person,
        at=now - 5 * DAY + 25 * MINUTE,
    )
    ended(first, at=now - 4 * DAY)
    second = gone(watched, at=now - 3 * DAY)
    sweep.sweep_all(now=now - 3 * DAY)
    assert second.pk != first.pk
    one = of(watched, Whose.FORCE, now=now)
    assert (one.verified, one.never_verified) == ([25 * MINUTE], 1)


@pytest.mark.by_turns(8)
def test_an_interview_is_late_after_72_hours_and_not_before(watched, now):
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - 150 * DAY)
    late = ended(gone(watched, at=now - 10 * DAY), at=now - 9 * DAY)
    assert of(watched, Whose.HOME, now=now - 7 * DAY).interviews_owed == 0, "its time is not over"
    told = {"outcome": "waiting", "interviewer": "", "offered_at": late.found_at + 73 * HOUR}
    at = now - 5 * DAY
    return_interviews.write(late, return_interviews.Told(**told), version=0, by=watched.worker, at=at)
    in_time = ended(gone(watched, at=now - 4 * DAY), at=now - 3 * DAY)
    told["offered_at"] = in_time.found_at + HOUR
    at = now - 2 * DAY
    return_interviews.write(in_time, return_interviews.Told(**told), version=0, by=watched.worker, at=at)
    one = of(watched, Whose.HOME, now=now)
    assert (one.interviews_in_time, one.interviews_owed) == (1, 2)
    # For whom nobody independent could be had was offered an interview, and no independent one.
    told |= {"independence": "nobody_else", "not_independent_why": "The service is full"}
    by = {"version": 1, "by": watched.worker, "at": now - DAY}
    return_interviews.write(in_time, return_interviews.Told(**told), **by)
    assert of(watched, Whose.HOME, now=now).interviews_in_time == 0


def alert(
    watched: Watched,
    *,
    at: datetime,
    reason: str,
    episode: MissingEpisode | None = None,
    child: Child | None = None,
) -> None:
    child = child or watched.child
    clock, _ = Clock.objects.get_or_create(
        child=child, kind=Clock.Kind.CONTACT, defaults={"due_at": at, "next_at": at + 99 * DAY}
    )
    Alert.objects.create(
        clock=clock,
        child=child,
        episode=episode,
        due_at=at,
        opened_at=at,
        status="ended",
        ended_at=at + HOUR,
        end_reason=reason,
    )


@pytest.mark.by_turns
def test_a_no_record_alert_is_false_where_the_child_had_been_seen(watched, now):
    for days, reason in ((5, "accounted_for"), (4, "accounted_for"), (3, "other")):
        alert(watched, at=now - days * DAY, reason=reason)
    one = of(watched, Whose.HOME, now=now)
    assert (one.false_alerts, one.alerts) == (2, 3)


LATE = [(outcome, owed) for outcome in ("recording_late", "returned") for owed in (False, True)]


@pytest.mark.by_turns
@pytest.mark.parametrize(("outcome", "police_owed"), counts(LATE[1:3], LATE))
def test_a_no_record_alert_is_false_where_people_end_its_search_as_a_late_record(
    outcome: str, police_owed: bool
) -> None:
    # The police are told of a child who was never seen within hours, and of another after a day and more.
    one = a_watched_child(at=AT if police_owed else AT - 60 * DAY)
    if not police_owed:
        seen(one.child, by=one.carer, at=AT - DAY)
        seen(one.child, by=one.worker, at=AT - 23 * HOUR)
    at = AT
    while (search := MissingEpisode.objects.filter(child=one.child).first()) is None or (
        police_owed and search.police_owed_at is None
    ):
        at += HOUR
        assert at < AT + 2 * DAY
        sweep.sweep_all(now=at)
    assert (search.police_owed_at is not None) == police_owed
    ended(search, outcome=outcome, at=at + MINUTE)
    sweep.sweep_all(now=at + 2 * MINUTE)
    told = of(one, Whose.HOME, now=at + HOUR)
    assert told.alerts == Alert.objects.filter(child=one.child, clock__kind="contact").count() == 1
    assert told.false_alerts == (outcome == "recording_late")


def test_tasks_say_how_soon_a_home_was_rung_and_how_many_were_finished(watched, now):
    task = {"kind": "ring_home", "authority": watched.authority, "home": watched.home}
    for number, taken in enumerate((10, 20, None)):
        at = now - (number + 1) * DAY
        done = {"done_at": at + HOUR, "done_by": watched.desk.person, "answer": "Seen"} if taken == 10 else {}
        if not done:
            done = {"done_at": at + HOUR, "answer": "No longer owed"}
        taken_at = at + taken * MINUTE if taken else None
        DutyTask.objects.create(**task, opened_at=at, taken_at=taken_at, **done)
    one = of(watched, Whose.HOME, now=now)
    assert sorted(one.rung) == [10 * MINUTE, 20 * MINUTE]
    assert one.time_to_ring == 15 * MINUTE
    assert (one.never_rung, one.acted_on, one.tasks) == (1, 1, 3)


@pytest.mark.by_turns
@pytest.mark.parametrize("moves", ["to another home", "to another council"])
def test_a_call_that_moved_before_anybody_took_it_is_one_call_of_whoever_has_it_now(moves):
    watched = a_watched_child()
    rung = AT.replace(hour=18, minute=30)
    seen(watched.child, by=watched.carer, at=rung - 5 * HOUR)
    sweep.sweep_all(now=rung)
    there, council = watched.home, watched.authority
    if moves == "to another home":
        there = placed(watched.child, a_home(council), starts_at=rung + 2 * MINUTE, at=rung + 2 * MINUTE).home
    else:
        council = a_watched_child(risk="low").authority
        mergers.move(watched.authority, council, by=None, at=rung + 2 * MINUTE)
    call = DutyTask.objects.get(home=there, authority=council, done_at=None)
    duty_tasks.take(call, by=watched.desk.person, at=rung + 5 * MINUTE)
    duty_tasks.finish(call, answer="Seen", by=watched.desk.person, at=rung + 6 * MINUTE)
    owners = {watched.authority.pk, council.pk}
    found = learning.figures(Whose.COUNCIL, owners, reader=watched.manager, now=rung + HOUR)
    assert sum(one.tasks for one in found) == sum(one.acted_on for one in found) == 1
    assert sum(one.never_rung for one in found) == 0
    # At one desk the call waits since it was first to be made.
    waited = 5 if council == watched.authority else 3
    assert [one.rung for one in found if one.tasks] == [[waited * MINUTE]]
    homes = learning.figures(Whose.HOME, {watched.home.pk, there.pk}, reader=watched.manager, now=rung + HOUR)
    assert [one.never_rung for one in homes] == [0] * len(homes)


@pytest.mark.by_turns
def test_what_nobody_took_makes_no_desk_quicker_and_is_counted_beside(
    client: Client, watched: Watched, now: datetime
) -> None:
    task = {"kind": "ring_home", "authority": watched.authority, "home": watched.home}
    at = now - DAY
    client.force_login(watched.carer)
    assert "taken by nobody" not in client.get("/learning/").content.decode()
    # Closed by the engine at once, and one that waits still.
    DutyTask.objects.create(**task, opened_at=at, done_at=at + MINUTE, answer="No longer owed")
    DutyTask.objects.create(**task, opened_at=at)
    one = of(watched, Whose.HOME, now=now)
    assert (one.time_to_ring, one.never_rung) == (None, 2)
    assert "2 taken by nobody" in client.get("/learning/").content.decode()
    # Finished without a press on “I take this”: somebody has acted all the same.
    done = {"done_at": at + HOUR, "done_by": watched.desk.person, "answer": "Seen"}
    DutyTask.objects.filter(done_at=None).update(**done)
    one = of(watched, Whose.HOME, now=now)
    assert (one.time_to_ring, one.never_rung) == (HOUR, 1)


@pytest.mark.by_turns
def test_what_duty_was_asked_to_do_is_of_the_force_told_first_or_of_the_one_in_whose_area_the_home_is(
    watched, now
):
    other = a_watched_child(at=now - 200 * DAY)
    episode = gone(watched, at=now - 3 * DAY)
    assert of(watched, Whose.FORCE, now=now).tasks == 0
    task = {"authority": watched.authority, "opened_at": now - DAY, "answer": "x"}
    for more in ({"kind": "ring_police", "episode": episode}, {"kind": "ring_home", "home": other.home}):
        DutyTask.objects.create(**task, **more, done_at=now - DAY + HOUR, done_by=watched.desk.person)
    DutyTask.objects.create(**task, kind="phone_them", home=None)
    told, elsewhere = of(watched, Whose.FORCE, now=now), of(other, Whose.FORCE, now=now)
    assert (told.tasks, told.acted_on, told.time_to_ring) == (1, 1, None)
    assert (elsewhere.tasks, elsewhere.acted_on, elsewhere.time_to_ring) == (1, 1, HOUR)


@pytest.mark.by_turns
def test_a_council_reads_of_a_home_what_concerns_its_own_children_alone(watched, now):
    other = a_watched_child(at=now - 200 * DAY)
    MissingEpisode.objects.filter(pk=gone(other, at=now - DAY).pk).update(placement=watched.placement)
    gone(watched, at=now - DAY)
    own = {"within": Whose.COUNCIL, "reader": watched.manager}
    (one,) = learning.figures(Whose.HOME, [watched.authority.pk], **own, now=now)
    assert (one.name, one.episodes) == (watched.home.name, 1)
    assert of(watched, Whose.HOME, now=now).episodes == 2
    assert one.people == [], "whose mails are the home’s own"


@pytest.mark.by_turns
def test_a_restricted_record_is_counted_nowhere(watched, now):
    gone(watched, at=now - DAY)
    restrictions.restrict(watched.child, reason="Danger", named=[], by=watched.manager, at=now - HOUR)
    assert of(watched, Whose.COUNCIL, now=now).episodes == 0


def mail_of(one: Alert, to: User, *, at: datetime) -> None:
    told = {"wording": "told_no_record", "step": "R1", "post": "worker", "kind": "alert", "channel": "mail"}
    moments = dict.fromkeys(("owed_at", "created_at", "next_try_at", "sent_at"), at)
    name = f"x:{to.pk}:{one.pk}"
    mail = Message.objects.create(recipient=name, user=to, status="sent", **told, **moments)
    MessageItem.objects.create(message=mail, alert=one, step="R1", kind="alert", recipient=name)


@pytest.mark.by_turns
@pytest.mark.parametrize("by", list(Whose))
def test_to_whoever_a_child_is_kept_from_no_figure_tells_that_there_is_one(
    client: Client, by: Whose, watched: Watched, now: datetime
) -> None:
    reader = {
        Whose.COUNCIL: watched.manager,
        Whose.HOME: watched.carer,
        Whose.FORCE: watched.officer,
    }[by]
    before = of(watched, by, reader=reader, now=now)
    episode = gone(watched, at=now - 2 * DAY)
    alert(watched, at=now - 5 * DAY, reason="accounted_for")
    told = Alert.objects.get(child=watched.child)
    mail_of(told, reader, at=now - DAY)
    task = {"kind": "ring_home", "authority": watched.authority, "opened_at": now - DAY}
    about = ({"child": watched.child}, {"episode": episode}, {})
    for more in about:
        done = DutyTask.objects.create(**task, home=watched.home, done_at=now, answer="x", **more)
    DutyTaskAlert.objects.create(task=done, alert=told)
    assert of(watched, by, reader=watched.head, now=now) != before
    concerns.keep_from(watched.child, user=reader, reason="x", by=watched.head, at=now)
    # Read as in a request of its own: what stands is known once to each person object.
    reader = User.objects.get(pk=reader.pk)
    assert of(watched, by, reader=reader, now=now) == before
    other = of(watched, by, reader=watched.head, now=now)
    assert (other.episodes, other.still_missing, other.alerts) == (1, 1, 1)
    assert other.tasks == 3
    assert sum(person.week for person in other.people) == 1
    # Its alert ended before it went out: nothing came of it.
    assert (other.told, other.answered, other.load) == (1, 0, (1 / len(other.people), 0, 0))
    client.force_login(reader)
    assert "1 still missing" not in client.get("/learning/").content.decode()


@pytest.mark.by_turns
def test_what_is_about_others_as_well_is_counted_to_whoever_one_is_kept_from(
    watched: Watched, now: datetime
) -> None:
    mate = a_child(watched.authority, team=watched.team, worker=watched.worker, at=now - 200 * DAY)
    placed(mate, watched.home)
    missing(mate, by=watched.worker, at=now - DAY)
    house = {"kind": "ring_home", "authority": watched.authority, "home": watched.home}
    task = DutyTask.objects.create(**house, opened_at=now - DAY)
    for child in (watched.child, mate):
        alert(watched, at=now - 5 * DAY, reason="other", child=child)
        DutyTaskAlert.objects.create(task=task, alert=Alert.objects.get(child=child))
    unnamed = house | {"kind": "ring_about_check", "opened_at": now - DAY}
    DutyTask.objects.create(**unnamed)
    concerns.keep_from(watched.child, user=watched.carer, reason="x", by=watched.head, at=now)
    one = of(watched, Whose.HOME, reader=watched.carer, now=now)
    assert (one.episodes, one.alerts, one.tasks) == (1, 1, 2)


@pytest.mark.by_turns
def test_a_thousand_episodes_cost_as_many_queries_as_one(watched, now):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            learning.figures(Whose.COUNCIL, [watched.authority.pk], reader=watched.manager, now=now)
        return len(counted)

    few = queries()
    MissingEpisode.objects.bulk_create(
        MissingEpisode(
            child=watched.child,
            number=number,
            status="ended",
            started_by="report",
            outcome="returned",
            since=now - 80 * DAY + number * 10 * MINUTE,
            opened_at=now - 80 * DAY + number * 10 * MINUTE,
            ended_at=now - 80 * DAY + (number * 10 + 5) * MINUTE,
            found_at=now - 80 * DAY + (number * 10 + 5) * MINUTE,
            placement=watched.placement,
        )
        for number in range(1, 1_001)
    )
    assert queries() == few
    assert of(watched, Whose.COUNCIL, now=now).time_to_locate == 5 * MINUTE


@pytest.mark.by_turns(8)
def test_each_reads_their_own_and_nobody_else_any(client: Client, watched: Watched, now: datetime) -> None:
    gone(watched, at=now - DAY)
    titles = {
        watched.manager: ("Your council", "Homes, by your council", "Forces, by your council"),
        watched.carer: ("Your home",),
        watched.officer: ("Your force",),
    }
    every = {title for shown in titles.values() for title in shown}
    for person, own in titles.items():
        client.force_login(person)
        page = client.get("/learning/").content.decode()
        for title in every:
            assert (title in page) == (title in own), (person, title)
        assert watched.child.given_name not in page
        assert watched.child.reference not in page
        assert AccessRecord.objects.filter(user=person, page="learning").exists()
    for person in (watched.worker, watched.desk.person, watched.guardian):
        client.force_login(person)
        assert client.get("/learning/").status_code == 403


@pytest.mark.by_turns
def test_what_has_no_base_is_a_dash_and_each_figure_says_what_it_is(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    page = client.get("/learning/").content.decode()
    assert "0 of 0" not in page
    assert "half were quicker" in page


@pytest.mark.by_turns
@pytest.mark.parametrize("children", [learning.FEWEST_CHILDREN - 1, learning.FEWEST_CHILDREN])
def test_a_foster_carer_reads_of_the_house_and_of_children_where_they_were_too_many_to_be_one(
    client: Client, children: int, watched: Watched, now: datetime
) -> None:
    carer = a_person(Role.FOSTER_CARER, home=watched.home)
    for _number in range(children - 1):
        placed(a_child(watched.authority, worker=watched.worker, at=now - 200 * DAY), watched.home)
    gone(watched, at=now - DAY)
    alert(watched, at=now - 5 * DAY, reason="accounted_for")
    client.force_login(carer)
    page = client.get("/learning/").content.decode()
    assert "Your foster home" in page
    assert "False no-record alerts" in page
    is_of_few = children < learning.FEWEST_CHILDREN
    assert ("a number would be about one of them" in page) == is_of_few
    assert ("Time to locate" in page) == (not is_of_few)
    assert AccessRecord.objects.filter(user=carer, page="learning").exists()


@pytest.mark.by_turns
def test_who_has_left_the_foster_home_is_no_figure_of_those_who_live_there_now(watched, now):
    carer = a_person(Role.FOSTER_CARER, home=watched.home)
    for number in range(learning.FEWEST_CHILDREN):
        child = a_child(watched.authority, worker=watched.worker, at=now - 200 * DAY)
        row = placed(child, watched.home)
        ends_at = now - (91 + number) * DAY
        type(row).objects.filter(pk=row.pk).update(starts_at=now - 150 * DAY, ends_at=ends_at)
    (one,) = learning.of_foster_homes([watched.home.pk], reader=carer, now=now)
    assert one.is_of_few


@pytest.mark.parametrize("role", [Role.PLACEMENT_STAFF, Role.FOSTER_CARER])
def test_the_first_page_of_a_home_leads_to_its_own_figures(
    role: Role, client: Client, watched: Watched
) -> None:
    client.force_login(a_person(role, home=watched.home))
    assert 'href="/learning/"' in client.get("/").content.decode()
    assert client.get("/learning/").status_code == 200


@pytest.mark.by_turns(8)
def test_a_council_reads_on_what_happened_in_one_whose_place_it_has_taken_until_the_span_is_over(
    client: Client, watched: Watched, now: datetime
) -> None:
    heir, other = a_watched_child(at=now - 200 * DAY), a_watched_child(at=now - 200 * DAY)
    ended(gone(watched, at=now - 20 * DAY), at=now - 20 * DAY + HOUR)
    mergers.move(watched.authority, heir.authority, by=heir.director, at=now - 10 * DAY)
    client.force_login(heir.manager)
    page = client.get("/learning/").content.decode()
    assert watched.authority.name in page
    assert watched.home.name in page
    client.force_login(other.manager)
    page = client.get("/learning/").content.decode()
    assert watched.authority.name not in page
    assert watched.home.name not in page
    own = [heir.authority.pk]
    assert set(learning.answered_by(own, now=now)) == {*own, watched.authority.pk}
    assert learning.answered_by(own, now=now + 90 * DAY) == own
