"""Until when a placement keeps the bed of a missing child: asked about before the day, and never the end of anything."""

from datetime import date, timedelta

import pytest
from django.test import Client

from alerts import policies, sweep
from alerts.duties import Duty
from alerts.models import AlertStep, DutyStep, MessageItem, PolicyVersion
from cases import beds, placements
from cases.deadlines import end_of, london_day
from cases.models import Membership, MissingEpisode, Placement
from tests.cases.expectations import events, refused
from tests.factories import AT, Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GONE = AT + 50 * DAY
LAST = london_day(GONE) + 14 * DAY


@pytest.fixture(autouse=True)
def _in_force() -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - 100 * DAY)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    return found


def kept(episode: MissingEpisode, watched: Watched, day: date = LAST, *, at=GONE + HOUR) -> MissingEpisode:
    return beds.keep(episode, last_date=day, said_by="R. Adeyemi", by=watched.worker, at=at)


def step(episode: MissingEpisode) -> DutyStep | None:
    return DutyStep.objects.filter(episode=episode, kind=Duty.BED_KEPT).first()


def told(duty: str) -> set[tuple[str, str, str]]:
    """Rung, post and channel of every message about this step."""
    rows = MessageItem.objects.filter(alert__clock__duty=duty)
    return set(rows.values_list("step", "message__post", "message__channel"))


def climbed() -> list[str]:
    rows = AlertStep.objects.filter(alert__clock__duty=Duty.BED_KEPT)
    return list(rows.order_by("climbed_at", "pk").values_list("step", flat=True))


@pytest.mark.by_turns(8)
def test_duty_hears_three_days_before_the_bed_is_let_go_and_others_after_it(episode, watched) -> None:
    assert step(episode) is None
    with events(watched.child, "bed_kept"):
        kept(episode, watched)
        kept(episode, watched)
    asked = step(episode)
    assert asked is not None
    assert asked.due_at == end_of(LAST)
    sweep.sweep_all(now=end_of(LAST) - 72 * HOUR - HOUR)
    assert climbed() == []
    for moment in (-72 * HOUR, -24 * HOUR, 0 * HOUR):
        sweep.sweep_all(now=end_of(LAST) + moment)
    assert climbed() == ["R1", "R2", "R4"]
    assert Placement.objects.get(pk=watched.placement.pk).ends_at is None, "nothing ends by itself"


@pytest.mark.by_turns
def test_a_bed_that_is_let_go_at_midnight_wakes_nobody_and_what_is_owed_by_the_hour_does(
    episode, watched
) -> None:
    kept(episode, watched)
    sweep.sweep_all(now=GONE + HOUR)
    assert told("publicity") == {("R2", "manager", "mail"), ("R2", "manager", "text")}
    for moment in (-72 * HOUR, -24 * HOUR, 0 * HOUR):
        sweep.sweep_all(now=end_of(LAST) + moment)
    mailed = {("R1", "duty"), ("R1", "worker"), ("R2", "manager"), ("R4", "head")}
    assert told(Duty.BED_KEPT) == {(*one, "mail") for one in mailed}


@pytest.mark.by_turns
def test_where_nobody_stands_whoever_hears_of_a_bed_instead_is_not_woken_either(episode, watched) -> None:
    kept(episode, watched)
    Membership.objects.filter(user=watched.manager).update(ends_at=GONE + 2 * HOUR)
    sweep.sweep_all(now=end_of(LAST) - 24 * HOUR)
    assert {one for one in told(Duty.BED_KEPT) if one[0] == "R2"} == {("R2", "head", "mail")}


@pytest.mark.by_turns
def test_another_day_takes_the_place_of_the_first(episode, watched) -> None:
    kept(episode, watched)
    sweep.sweep_all(now=end_of(LAST) - 72 * HOUR)
    assert climbed() == ["R1"]
    kept(episode, watched, LAST + 30 * DAY, at=end_of(LAST) - 71 * HOUR)
    sweep.sweep_all(now=end_of(LAST) + 24 * HOUR)
    assert climbed() == ["R1"]
    sweep.sweep_all(now=end_of(LAST + 30 * DAY) - 24 * HOUR)
    assert climbed() == ["R1", "R1", "R2"]


@pytest.mark.by_turns
@pytest.mark.parametrize("fact", ["given up", "back"])
def test_a_bed_that_is_given_up_and_a_child_who_is_back_are_asked_about_no_more(
    episode, watched, fact
) -> None:
    kept(episode, watched)
    if fact == "given up":
        over = {"ends_at": GONE + 2 * HOUR, "reason": "Given up", "by": watched.worker, "at": GONE + 2 * HOUR}
        placements.end(watched.placement, **over)
        asked = step(episode)
        assert asked is not None
        assert (asked.answer, asked.done_by) == ("not_needed", None)
        assert asked.note == "The placement that kept the bed has ended"
    else:
        ended(episode, by=watched.desk.person, force=watched.force, at=GONE + 2 * HOUR)
    sweep.sweep_all(now=end_of(LAST) + 72 * HOUR)
    assert climbed() == []


@pytest.mark.by_turns(8)
def test_what_was_said_in_an_earlier_search_counts_for_no_later_one(episode, watched) -> None:
    kept(episode, watched)
    ended(episode, by=watched.desk.person, force=watched.force, at=GONE + 2 * HOUR)
    again = missing(watched.child, by=watched.worker, at=GONE + 30 * DAY)
    sweep.sweep_all(now=GONE + 30 * DAY)
    assert step(again) is None
    with refused(watched.child, "This episode has ended."):
        kept(episode, watched, LAST + 60 * DAY, at=GONE + 31 * DAY)


def test_the_same_day_by_the_word_of_somebody_else_is_kept(episode, watched) -> None:
    kept(episode, watched)
    with events(watched.child, "bed_kept"):
        beds.keep(episode, last_date=LAST, said_by="P. Quill", by=watched.worker, at=GONE + 2 * HOUR)
    episode.refresh_from_db()
    assert episode.bed_kept_by == "P. Quill"


@pytest.mark.by_turns
def test_it_is_asked_in_a_search_that_began_before_the_rule_was_in_force(watched) -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=GONE + 30 * HOUR)
    episode = missing(watched.child, by=watched.worker, at=GONE)
    sweep.sweep_all(now=GONE)
    kept(episode, watched, at=GONE + HOUR)
    assert step(episode) is None, "of a day that was written before nobody is asked"
    kept(episode, watched, LAST + DAY, at=GONE + 31 * HOUR)
    assert list(DutyStep.objects.filter(episode=episode).values_list("kind", flat=True)) == [Duty.BED_KEPT]
    sweep.sweep_all(now=end_of(LAST + DAY) - 72 * HOUR)
    assert climbed() == ["R1"]


def boxes(name: str, day: date) -> dict[str, str]:
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


@pytest.mark.by_turns(8)
def test_the_page_asks_for_a_day_to_come_and_keeps_what_was_typed(client: Client, now) -> None:
    watched = a_watched_child(at=now - 60 * DAY)
    episode = missing(watched.child, by=watched.worker, at=now - HOUR)
    client.force_login(watched.worker)
    page = f"/missing/{episode.reference}/bed/"
    past = london_day(now) - DAY
    given = {"said_by": "R. Adeyemi"} | boxes("last_date", past)
    shown = client.post(page, given)
    assert shown.status_code == 422
    assert "R. Adeyemi" in shown.content.decode()
    coming = london_day(now) + 9 * DAY
    assert client.post(page, given | boxes("last_date", coming)).status_code == 302
    episode.refresh_from_db()
    assert episode.bed_kept_date == coming
    client.force_login(watched.officer)
    assert client.get(page).status_code in (403, 404)
