"""The demo's population: the figures of 2016 from invented children, and nothing that cries for a day."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from alerts import (
    after_steps,
    cohorts,
    duty_steps,
    guardian_areas,
    integrity,
    long_searches,
    oversight,
    policies,
    supervision_mails,
    sweep,
)
from alerts.asking import Broken
from alerts.duties import undecided
from alerts.models import Alert, AlertStep, Clock, DutyStep, Message, PolicyVersion, Verification
from alerts.population import endings, evenings, lives, papers, sowing, stage
from alerts.population.plan import STAYS_IN_LINE, Plan, draw, evening_before
from alerts.states import MessageStatus
from cases import clock, find_me, going_live, grants, photo_files, relations, reviews, turnings
from cases.deadlines import london_day, midday
from cases.episodes import decisions
from cases.forms import typed
from cases.models import (
    AgeStatus,
    Authority,
    Child,
    ConfigurationChange,
    Contact,
    EpisodeFinding,
    GuardianService,
    HeldPaper,
    Home,
    Mailbox,
    MissingEpisode,
    MissingReview,
    Photo,
    Placement,
    Responsibility,
    ReturnInterview,
    Team,
    User,
)
from cases.states import IllegalMove
from guardians.models import ServiceArea
from tests.copies import copied
from tests.counts import FULL, counts
from tests.factories import a_child, an_authority

# The whole of it in a database of each test's own: what others rolled back would lie there dead, and slow the next to a stop.
pytestmark = pytest.mark.usefixtures("committed") if FULL else pytest.mark.django_db

DAY = timedelta(days=1)


def test_paper_of_a_demo_that_stood_for_weeks_is_recorded_before_anybody_hears_of_it() -> None:
    now = clock.now()
    # Twelve weeks after its start, assessments and visits that are counted from its first day fall due.
    sown(now, (policies.PAPER, 90 * DAY))
    register = sowing.standing()
    assert register is not None
    due = Clock.objects.filter(kind=Clock.Kind.PAPERWORK, next_at__lt=now + DAY)
    assert due.exists()
    GuardianService.objects.update(discussed_from=now - 40 * DAY)
    assert evenings.renew(register, at=now) > 0
    assert not due.exists()
    assert supervision_mails.tell(now=now + DAY) == 0
    told = Message.objects.count()
    assert sweep.sweep_all(now=now + DAY).failed == 0
    assert Message.objects.count() == told
    assert broken(now) == []
    # What is due within the year is recorded as well where somebody looks so far.
    with transaction.atomic():
        assert papers.record_due(register, until=now + 400 * DAY, at=now) > 0
    assert {row.kind for row in HeldPaper.objects.all()} >= {"care_review", "health", "education"}


def small(at: datetime) -> Plan:
    """A few children of a few authorities; everybody where everything runs at full counts."""
    return counts(Plan(at, authorities=8).scaled(90), Plan(at))


def sown(at: datetime, *since: tuple[str, timedelta]) -> Plan:
    """The population of this instant, with these policies in force for so long and that of reviews as at a demo's start."""

    def sow() -> Plan:
        for key, ago in ((policies.REVIEW, 9 * DAY), *since):
            # And a moment more, or what is owed after so many days were owed at the very instant of a sweep.
            PolicyVersion.objects.filter(key=key).update(takes_effect_at=at - ago - timedelta(seconds=1))
        plan = small(at)
        with transaction.atomic():
            sowing.sow(plan, empty_database=True)
            # What the commit would have found.
            connection.check_constraints()
        return plan

    # The whole of it is too much to be kept as a copy.
    return sow() if FULL else copied(("population", at, since), sow)


def broken(now: datetime) -> list[Broken]:
    """What is broken, once the tick that takes the grants of forces has come by as it does every ten minutes."""
    grants.take_from_forces(at=now, after=relations.FORCE_READS_AFTER)
    return [one for one in integrity.check(now) if one.references]


@pytest.mark.by_turns
def test_it_keeps_every_promise_and_sends_nothing_for_a_day() -> None:
    now = clock.now()
    sown(now)
    assert not grants.left_behind(at=now, after=relations.FORCE_READS_AFTER).exists()
    assert broken(now) == []
    told, alerts = Message.objects.count(), Alert.objects.count()
    assert told
    assert not Message.objects.exclude(status=MessageStatus.SENT).exists()
    for hours in counts((0, 12, 24), (0, 5, 10, 15, 20, 24)):
        assert sweep.sweep_all(now=now + timedelta(hours=hours)).failed == 0
        assert supervision_mails.tell(now=now + timedelta(hours=hours)) == 0
        assert guardian_areas.tell(now=now + timedelta(hours=hours)) == 0
    assert (Message.objects.count(), Alert.objects.count()) == (told, alerts)
    assert broken(now + DAY) == []
    # It does cry once nobody has written anything for days: no switch holds the engine back.
    silent = now + timedelta(days=6)
    sweep.sweep_all(now=silent)
    assert Message.objects.unsent().exists()
    assert supervision_mails.tell(now=now + 40 * DAY) > 0


@pytest.mark.by_turns
def test_of_each_area_its_authority_says_who_takes_children_there_or_that_nobody_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(going_live, "is_live", lambda: True)
    now = clock.now()
    sown(now)
    assert guardian_areas.tell(now=now) == 0
    said = {area.authority_id for area in ServiceArea.objects.on(london_day(now))}
    assert said == set(Responsibility.objects.at(now).values_list("authority", flat=True))
    # That there is none is looked at within half a year, and is told of by then.
    assert ServiceArea.objects.filter(service=None).exists()
    assert guardian_areas.tell(now=now + 150 * DAY) > 0


@pytest.mark.by_turns
def test_every_search_rests_because_officers_were_named_and_every_review_was_held() -> None:
    now = clock.now()
    plan = sown(now)
    open_ones = MissingEpisode.objects.open()
    assert open_ones.count() == plan.missing
    for episode in open_ones.select_related("child"):
        assert episode.forces.get().incident_reference
        latest = Verification.objects.filter(episode=episode).latest("at")
        assert episode.forces.get().incident_reference == latest.incident_reference
        assert Verification.objects.filter(episode=episode).count() >= 8
        rows = MissingReview.objects.filter(episode=episode)
        assert all(9 <= typed.london(row.held_at).hour <= 16 for row in rows), "people meet by day"
        held = set(rows.values_list("due_at", flat=True))
        due = reviews.calendar(episode.opened_at, until=now)
        assert held >= {one.due_at for one in due}
        # Somebody is to look again why a child has no guardian, whoever is missing, and to hold the next review.
        clocks = Clock.objects.filter(child=episode.child, next_at__isnull=False).exclude(kind="guardian")
        review = clocks.filter(next_at__gt=now + DAY).earliest("next_at")
        assert {clock.kind for clock in clocks} == {"review"}, episode.reference
        assert reviews.not_held(episode, at=now)[0].key == review.duty
        reminded = AlertStep.objects.filter(alert__clock=review)
        assert set(reminded.values_list("step", flat=True)) <= {"R0"}
        assert episode.child.closed_at is None


@pytest.mark.by_turns
def test_every_long_search_has_its_steps_answered_in_time_its_decisions_its_news_and_what_is_held() -> None:
    now = clock.now()
    sown(now)
    marks = long_searches.held(MissingEpisode.objects.open().values_list("child", flat=True))
    assert (
        {bool(one.dental) for one in marks.values()}
        == {bool(one.dna) for one in marks.values()}
        == {True, False}
    )
    for episode in MissingEpisode.objects.open().select_related("child"):
        steps = list(DutyStep.objects.filter(episode=episode))
        assert {"police_reference", "publicity", "strategy", "missing_people", "ukmpu"} <= {
            s.kind for s in steps
        }
        for step in steps:
            assert step.done_at is not None, step.kind
            assert episode.opened_at < step.done_at <= min((step.due_at, *step.rungs.values())), step.kind
        decided = decisions.standing(episode)
        answers = {kind: row.answer for kind, row in decided.items()}
        assert not [step.kind for step in steps if undecided(step.kind, answers)]
        assert all(episode.opened_at < row.decided_at < now for row in decided.values())
        renewed = MissingReview.objects.filter(episode=episode, note__contains="Publicity renewed")
        assert answers["publicity"] == "yes" or not renewed.exists()
        assert EpisodeFinding.objects.filter(episode=episode, heard_at__gt=episode.opened_at).exists()
        # Kept with the search is what was written before it, and nothing of what was got since.
        kept = find_me.standing(episode.child, at=episode.profile_stood_at)
        assert kept.keys() == {"places", "traces"}
        assert "dna" not in kept["traces"].answers
    # As the engine plans them and reads their answers, where its policy had been there from the beginning.
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=datetime(2000, 1, 1, tzinfo=UTC))
    before = set(DutyStep.objects.values_list("episode", "kind"))
    duty_steps.follow_facts(list(MissingEpisode.objects.open()), at=now)
    near = set(DutyStep.objects.open().values_list("kind", flat=True))
    assert near <= {"turned_18"}
    assert {kind for _, kind in set(DutyStep.objects.values_list("episode", "kind")) - before} <= {
        "turned_18"
    }


@pytest.mark.by_turns
def test_past_searches_ended_in_every_way_of_a_child_who_lives_on_with_all_that_each_opens_done_in_time() -> (
    None
):
    now = clock.now()
    sown(now)
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - endings.ASKED_FOR)
    over = MissingEpisode.objects.filter(ended_at__isnull=False).select_related("child", "ending")
    assert set(over.values_list("outcome", flat=True)) == set(endings.ROUND)
    for episode in over:
        assert (episode.ending.outcome, episode.ending.recorded_at) == (episode.outcome, episode.ended_at)
        steps = {step.kind: step for step in DutyStep.objects.filter(episode=episode)}
        # As the engine plans them, where its policy had been there for that year.
        assert steps.keys() == {step.kind for step in after_steps._planned(episode, episode.ended_at)}
        for step in steps.values():
            assert episode.ended_at < step.done_at <= min((step.due_at, *step.rungs.values())), step.kind
        # Nothing opens again: what facts answer is answered by them.
        after_steps.follow(episode, at=now)
    assert not DutyStep.objects.open().filter(episode__in=over).exists()
    asked = over.filter(ended_at__gte=now - endings.ASKED_FOR)
    assert asked.exists()
    assert ReturnInterview.objects.concluded().count() == asked.count()


@pytest.mark.by_turns
def test_some_of_the_missing_have_a_drawn_photo_from_before_they_went_and_its_files_lie_there() -> None:
    now = clock.now()
    sown(now)
    photos = Photo.objects.select_related("child")
    assert 0.2 < photos.count() / MissingEpisode.objects.open().count() < 0.6
    for photo in photos:
        since = MissingEpisode.objects.open().get(child=photo.child).since
        assert photo.child.registered_at < photo.uploaded_at < since
        assert photo_files.lost(photo.token) == []
        # Nothing stands as agreed without who and when.
        assert photo.agreed_by
        assert photo.agreed_date == photo.taken_date


@pytest.mark.by_turns
def test_a_population_that_is_not_written_leaves_no_photo_lying(monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(list(photo_files.lying()))

    def fails(*_args: object, **_options: object) -> None:
        raise LookupError

    monkeypatch.setattr(sowing.ladders, "climb", fails)
    with pytest.raises(LookupError), transaction.atomic():
        sowing.sow(small(clock.now()), empty_database=True)
    assert len(list(photo_files.lying())) == before


@pytest.mark.by_turns
@pytest.mark.parametrize("is_demo", [False, True])
def test_outside_the_demo_no_mailbox_and_no_phone_that_was_invented_looks_proved(
    is_demo: bool, settings: Any
) -> None:
    settings.DEMO = is_demo
    sowing.sow(counts(Plan(clock.now(), authorities=2).scaled(8), Plan(clock.now())), empty_database=True)
    for rows in (
        Mailbox.objects.filter(verified_at__isnull=False),
        Team.objects.filter(verified_at__isnull=False),
        Home.objects.filter(phone_verified_at__isnull=False),
        ConfigurationChange.objects.filter(kind="mailbox_proved"),
    ):
        assert rows.exists() == is_demo
    assert Mailbox.objects.exists()


@pytest.mark.by_turns
def test_the_open_ones_are_settled_and_were_seen_by_two_organisations() -> None:
    now = clock.now()
    sown(now)
    settled = Child.objects.open(now).exclude(episodes__ended_at=None, episodes__isnull=False)
    assert settled.exists()
    for child in settled:
        placement = Placement.objects.get(child=child, ends_at=None)
        assert (child.risk, now - placement.starts_at >= 90 * DAY) == ("low", True)
        recent = Contact.objects.filter(child=child, happened_at__gte=now - 5 * DAY)
        assert len(set(recent.values_list("organisation", flat=True))) > 1


@pytest.mark.by_turns(8)
def test_the_figures_of_the_page_are_those_of_the_plan() -> None:
    now = clock.now()
    plan = sown(now)
    found = oversight.figures(now=now)
    assert (found.arrived, found.missing, found.others) == (plan.arrivals, plan.missing, 0)
    assert (found.over_five, found.four, found.three, found.less) == (
        plan.five_years,
        plan.four_years,
        plan.three_years,
        plan.less,
    )


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 1, 0, 5, tzinfo=UTC),
        datetime(2026, 11, 25, 3, 0, tzinfo=UTC),
        datetime(2027, 10, 30, 23, 0, tzinfo=UTC),
        datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
    ],
)
def test_on_any_day_of_the_year_the_seed_is_that_of_2016_and_stays_so_for_weeks(at: datetime) -> None:
    plan = Plan(at)
    lives = draw(plan, Random(plan.number))
    cohort = cohorts.five_years(at)
    assert len(lives) == plan.arrivals == 9287
    assert all(cohort.starts_at <= life.arrived_at < cohort.ends_at for life in lives)
    assert all(life.closed_at is None or life.registered_at < life.closed_at < at for life in lives)
    missing = [life.since for life in lives if life.since is not None]
    assert all(life.registered_at < life.since < at for life in lives if life.since is not None)
    for later in (timedelta(0), STAYS_IN_LINE / 2, STAYS_IN_LINE - DAY):
        years = [cohorts.years_before(at + later, n) for n in range(6)]
        lines = Counter(sum(since <= years[n] for n in (3, 4, 5)) for since in missing)
        assert lines == {3: 81, 2: 77, 1: 87, 0: 115}


@pytest.mark.by_turns
def test_its_shape_is_that_of_the_children_who_arrive_alone() -> None:
    now = clock.now()
    plan = Plan(now)
    rng = Random(plan.number)
    lives = draw(plan, rng)
    authorities = list(Authority.objects.order_by("code"))
    stage.share_out(lives, authorities, rng)
    of_each = Counter(authorities[life.place].name for life in lives)
    assert len(of_each) == len(authorities) == 212
    assert of_each.most_common(1)[0][0] == "Kent"
    boys = sum(life.sex == "M" for life in lives) / len(lives)
    assert 0.95 < boys < 0.97
    ages = Counter((life.arrived_at.date() - life.birth_date).days // 366 for life in lives)
    assert ages[17] > ages[16] > ages[15] > ages[14]
    open_ones = sum(life.settled for life in lives) / len(lives)
    assert 0.08 < open_ones < 0.25


@pytest.mark.by_turns
def test_the_same_number_draws_the_same_children_and_another_draws_others() -> None:
    now = clock.now()

    def plan_of(number: int) -> Plan:
        return Plan(now, number, authorities=4).scaled(20)

    def written(number: int) -> list[tuple[object, ...]]:
        with transaction.atomic():
            sowing.sow(
                counts(Plan(now, number, authorities=2).scaled(8), plan_of(number)), empty_database=True
            )
            rows = Child.objects.order_by("reference").values_list(
                "reference",
                "given_name",
                "script_name",
                "arrived_at",
                "episodes__since",
                "placements__home__name",
            )
            found = sorted(rows, key=str)
            transaction.set_rollback(True)
        return found

    first = written(7)
    assert written(7) == first
    assert written(8) != first


def test_it_is_never_put_beside_other_children(settings: Any) -> None:
    plan = small(clock.now())
    with pytest.raises(IllegalMove, match="for the demo"):
        sowing.sow(plan)
    a_child(an_authority())
    with pytest.raises(IllegalMove, match="never put beside"):
        sowing.sow(plan, empty_database=True)
    settings.DEMO = True
    with pytest.raises(CommandError, match="never put beside"):
        call_command("seed_demo")
    call_command("seed_demo", "--at-start")
    assert Child.objects.count() == 1


@pytest.mark.by_turns(8)
def test_a_demo_left_alone_for_days_is_quiet_again_once_its_homes_have_called_their_roll() -> None:
    now = clock.now()
    sown(now - timedelta(days=4))
    register = sowing.standing()
    assert isinstance(register, User)
    with transaction.atomic():
        mine = a_child(an_authority(), at=now - DAY)
        assert evenings.renew(register, at=now) > 0
        assert not Contact.objects.filter(child=mine).exists()
        transaction.set_rollback(True)
    told = Message.objects.count()
    searched = Contact.objects.filter(child__episodes__ended_at=None, child__episodes__isnull=False)
    before = searched.count()
    assert evenings.renew(register, at=now) > 0
    assert evenings.renew(register, at=now) == 0
    for hours in (0, 12, 24):
        sweep.sweep_all(now=now + timedelta(hours=hours))
    assert Message.objects.count() == told
    assert searched.count() == before
    assert broken(now) == []


@pytest.mark.by_turns
def test_only_the_homes_of_whom_somebody_would_hear_call_their_roll_again() -> None:
    now = clock.now()
    sown(now)
    register = sowing.standing()
    assert isinstance(register, User)
    assert evenings.renew(register, at=now) == 0
    one = Clock.objects.filter(kind=Clock.Kind.CONTACT, next_at__gt=now + DAY, child__episodes=None).first()
    assert one is not None
    Clock.objects.filter(pk=one.pk).update(next_at=now + DAY / 2)
    seen = Contact.objects.filter(child=one.child).count()
    assert evenings.renew(register, at=now) == 1
    assert Contact.objects.filter(child=one.child).count() > seen


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("precision", ["day", "month", "year", "estimated"])
@pytest.mark.parametrize("days", [-6, 0, 6])
def test_nobody_of_it_turns_17_years_and_9_months_old_about_the_sowing(precision: str, days: int) -> None:
    at = midday(date(2026, 4, 15)) + days * DAY
    one = Child(birth_date=date(2008, 7, 15), birth_date_precision=precision)
    moment = turnings.moment_of(one)
    assert moment is not None
    assert abs(moment - at) <= 6 * DAY
    lives._keep_from_turning(one, at=at)
    moment = turnings.moment_of(one)
    assert moment is not None
    assert at - 30 * DAY < moment < at - 7 * DAY


def test_the_evening_that_every_home_has_behind_it_is_the_last_one() -> None:
    assert evening_before(datetime(2026, 11, 25, 3, 0, tzinfo=UTC)) == datetime(2026, 11, 24, 21, tzinfo=UTC)
    assert evening_before(datetime(2026, 11, 25, 21, 30, tzinfo=UTC)) == datetime(
        2026, 11, 24, 21, tzinfo=UTC
    )
    assert evening_before(datetime(2026, 7, 1, 21, 30, tzinfo=UTC)) == datetime(2026, 7, 1, 20, tzinfo=UTC)


@pytest.mark.by_turns
def test_nobody_can_sign_in_as_anybody_of_it() -> None:
    sown(clock.now())
    assert not any(
        user.has_usable_password() for user in User.objects.filter(email__endswith="@seed.example")
    )
    assert not Child.objects.filter(age_status=AgeStatus.ASSESSED_ADULT, closed_at=None).exists()
