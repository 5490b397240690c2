"""What an ending counts from: repeats from the beginning of the last episode, the new risk from when the child was found."""

from datetime import datetime, timedelta

import pytest

from alerts import policies, revisions, sweep
from alerts.duties import Duty
from alerts.models import Alert, DutyStep, PolicyVersion
from cases import assessments, children, episodes
from cases.models import MissingEpisode, Role
from tests.counts import counts
from tests.factories import AT, Watched, a_person, a_watched_child, ended, missing, seen, silent, told_by

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GONE = AT + 200 * DAY
APART = [(89, True), (90, False), (91, False)]


@pytest.fixture(autouse=True)
def _in_force():
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=AT)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


def away(watched: Watched, *, on: int, back: int) -> MissingEpisode:
    """Gone and back on days after the first absence."""
    episode = missing(watched.child, by=watched.worker, at=GONE + on * DAY)
    return ended(episode, at=GONE + back * DAY)


@pytest.fixture
def twice(watched: Watched) -> list[MissingEpisode]:
    """The child was away twice within three weeks."""
    return [away(watched, on=on, back=on + 1) for on in (0, 20)]


def asks_for_a_meeting(episode: MissingEpisode) -> bool:
    return DutyStep.objects.filter(episode=episode, kind=Duty.REPEATED).exists()


@pytest.mark.by_turns
def test_a_child_who_was_away_long_is_counted_as_often_as_it_went(
    watched: Watched, twice: list[MissingEpisode]
) -> None:
    assert not any(asks_for_a_meeting(one) for one in twice)
    assert asks_for_a_meeting(away(watched, on=40, back=95))


def gone(watched: Watched, kind: str, *, on: int) -> MissingEpisode:
    """An episode of a day, by its first letter: missing, away with whereabouts known, or a record that was late."""
    began, over = GONE + on * DAY, GONE + (on + 1) * DAY
    if kind == "M":
        return away(watched, on=on, back=on + 1)
    if kind == "A":
        said = {"whereabouts": "A friend in Lowmoor", "reason": "Rang", "by": watched.worker}
        return ended(episodes.report_away(watched.child, **said, at=began), at=over)
    episode = silent(watched.child, since=began, at=began + HOUR)
    return ended(episode, outcome="recording_late", at=began + 2 * HOUR)


# Of three times away the name of the step is looked at below.
@pytest.mark.by_turns
@pytest.mark.parametrize("kinds", counts(["MLAM"], ["MMA", "AAA", "AMA", "MLAM"]))
def test_away_with_whereabouts_known_counts_as_missing_does_and_a_late_record_as_neither(
    watched: Watched, kinds: str
) -> None:
    asked = [asks_for_a_meeting(gone(watched, kind, on=20 * number)) for number, kind in enumerate(kinds)]
    assert asked == [*[False] * (len(kinds) - 1), True]


@pytest.mark.by_turns
def test_the_name_of_the_step_calls_nobody_missing_who_was_away(watched: Watched) -> None:
    first, second, last = (gone(watched, "A", on=on) for on in (0, 20, 40))
    assert not asks_for_a_meeting(first)
    assert not asks_for_a_meeting(second)
    step = DutyStep.objects.get(episode=last, kind=Duty.REPEATED)
    assert step.get_kind_display() == "Hold a strategy meeting: missing or away again and again"


@pytest.mark.by_turns
@pytest.mark.parametrize(("on", "asks"), counts(APART[:2], APART))
def test_absences_more_than_ninety_days_apart_are_not_three(
    watched: Watched, twice: list[MissingEpisode], on: int, asks: bool
) -> None:
    assert asks_for_a_meeting(away(watched, on=on, back=on + 1)) is asks


@pytest.mark.by_turns
def test_a_council_s_own_figures_count_from_then_on_for_its_children_alone(watched: Watched) -> None:
    of = watched.authority
    last = revisions.last_of(policies.AFTER, of.pk)
    bounds = {one.name: (one.least, one.stands, one.most) for one in revisions.figures_of(last)}
    assert (bounds["repeated_episodes"], bounds["repeated_within_days"]) == ((2, 3, 6), (30, 90, 180))
    first, second = (a_person(Role.ADMINISTRATOR, authority=of) for _ in range(2))
    own = {"repeated_episodes": 2, "repeated_within_days": 30}
    number = revisions.number_of(policies.AFTER, of.pk)
    draft = revisions.Draft(policies.AFTER, number, own, GONE + 5 * DAY, "As the board decided", of.pk)
    revisions.put_in_force(draft, seconded_by=second, by=first, at=GONE - DAY)
    other = a_watched_child(at=AT)
    assert not asks_for_a_meeting(away(watched, on=0, back=1))
    assert not asks_for_a_meeting(away(watched, on=3, back=4)), "by what was in force when it ended"
    assert asks_for_a_meeting(away(watched, on=25, back=26)), "the third by either"
    for one, asked in ((watched, True), (other, False)):
        assert not asks_for_a_meeting(away(one, on=140, back=141))
        assert asks_for_a_meeting(away(one, on=165, back=170)) is asked


def written_late(watched: Watched) -> tuple[MissingEpisode, datetime]:
    """Found in the morning, confirmed and closed, the end written two days later."""
    episode = missing(watched.child, by=watched.worker, at=GONE)
    duty = watched.desk.person
    found_at = GONE + 5 * HOUR
    episodes.confirm_with_child(episode, how="saw", by=duty, at=found_at)
    episodes.record_police_closing(
        episode, officer="PC Shah", closed_at=found_at, by=watched.desk.second, at=found_at
    )
    return episode, found_at


def finish(episode: MissingEpisode, watched: Watched, found_at: datetime) -> DutyStep:
    at = found_at + 48 * HOUR
    episodes.end(
        episode,
        outcome="returned",
        found_at=found_at,
        ending=episodes.Ending(),
        by=watched.desk.person,
        at=at,
    )
    sweep.sweep_all(now=at)
    return DutyStep.objects.get(episode=episode, kind=Duty.RISK_AGAIN)


@pytest.mark.by_turns
@pytest.mark.parametrize("how", ["assessed", "graded"])
def test_the_risk_looked_at_before_the_end_was_written_is_not_asked_for_again(
    watched: Watched, how: str
) -> None:
    episode, found_at = written_late(watched)
    at = found_at + 3 * HOUR
    if how == "graded":
        children.set_risk(watched.child, risk="high", reason="Met the adult", by=watched.worker, at=at)
    else:
        found = assessments.Assessment(grade="medium", rationale="Slept, ate and talked", assessed_at=at)
        assessments.record(watched.child, found, by=watched.worker, at=at)
    assert finish(episode, watched, found_at).done_at is not None
    assert not Alert.objects.filter(clock__duty=Duty.RISK_AGAIN).exists()


@pytest.mark.by_turns(8)
def test_a_risk_looked_at_while_the_child_was_missing_is_asked_for_again(watched: Watched) -> None:
    episode, found_at = written_late(watched)
    before = MissingEpisode.objects.get(pk=episode.pk).opened_at + HOUR
    found = assessments.Assessment(grade="high", rationale="Nobody knows where", assessed_at=before)
    assessments.record(watched.child, found, by=watched.worker, at=before)
    assert finish(episode, watched, found_at).done_at is None


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("hours", "is_seen", "is_answered"), [(3, False, False), (3, True, True), (8, False, True)]
)
def test_a_risk_graded_while_nobody_had_found_the_child_is_asked_for_again(
    watched: Watched, hours: int, is_seen: bool, is_answered: bool
) -> None:
    """A hospital had the child from the first hour; it is reached in the seventh, or somebody saw the child in the second."""
    episode = missing(watched.child, by=watched.worker, at=GONE)
    if is_seen:
        seen(watched.child, by=watched.carer, at=GONE + 2 * HOUR)
    if hours < 7:
        at = GONE + hours * HOUR
        children.set_risk(watched.child, risk="high", reason="Nobody knows", by=watched.worker, at=at)
    duty, heard_at = watched.desk.person, GONE + 7 * HOUR
    episodes.hear_from_office(episode, told_by("hospital", at=heard_at), by=duty, at=heard_at)
    episodes.record_police_closing(
        episode, officer="PC Shah", closed_at=heard_at, by=watched.desk.second, at=heard_at
    )
    if hours > 7:
        at = GONE + hours * HOUR
        children.set_risk(watched.child, risk="high", reason="Was hurt", by=watched.worker, at=at)
    assert (finish(episode, watched, GONE + HOUR).done_at is not None) is is_answered
