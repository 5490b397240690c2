"""A year of one search in shifted time: the engine's own sweep and outbox, at every instant at which anything is owed."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import Min

from alerts import call_ladder, duties, duty_steps, force_dues, review_ladder
from alerts.duties import Duty, DutyFacts
from alerts.models import Alert, AlertStep, Clock, DutyStep, Message, PolicyVersion
from alerts.review_ladder import DEFAULT_RUNGS, Rules
from alerts.states import MessageStatus
from cases import beds, details, episodes, reviews
from cases.models import MissingEpisode, Placement
from tests.alerts import outgoing
from tests.counts import FULL
from tests.factories import AT, NOT_ASKED, Watched, a_watched_child, decided, missing

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
# Both changes of the clocks, and the end of February, lie in the year that follows.
GONE = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
END = GONE + 380 * DAY
# Of a clock of the episode: its kind, what it is about, and the step.
Owed = tuple[str, str, str]


@pytest.fixture
def watched() -> Watched:
    PolicyVersion.objects.update(takes_effect_at=AT - 100 * DAY)
    # Old enough for no strategy discussion within hours: it is asked for of the young, and where nobody knows.
    return a_watched_child(birth_date=date(AT.year - 17, 1, 15))


def lived(
    episode: MissingEpisode,
    *,
    acts: Mapping[datetime, Callable[[], object]] | None = None,
    heard: Callable[[datetime], None] = lambda now: None,
    sends: bool = True,
) -> list[datetime]:
    """Sweep and send at every instant at which a clock of the child or a message is owed; return these.

    Whoever was told does then what `heard` says; at the instants of `acts` somebody does that by themselves.
    """
    moments, now, acts = [], GONE, acts or {}
    while now <= END:
        if now in acts:
            acts[now]()
        outgoing.tick(now)
        if sends:
            outgoing.send_all(now)
        heard(now)
        moments.append(now)
        clocks = Clock.objects.filter(child=episode.child_id, next_at__gt=now).aggregate(at=Min("next_at"))
        waiting = Message.objects.filter(status=MessageStatus.QUEUED, next_try_at__gt=now)
        coming = [clocks["at"], waiting.aggregate(at=Min("next_try_at"))["at"]]
        coming += [moment for moment in acts if moment > now]
        now = min((at for at in coming if at is not None), default=END + DAY)
    return moments


def expected(*, referenced_at: datetime | None = None) -> dict[Owed, datetime]:
    """Every step of the year, by the rules alone: calls from the report, duties and reviews from t0."""
    found: dict[Owed, datetime] = {}
    times = call_ladder.DEFAULT_TIMES.steps
    for step, after in zip(call_ladder.CALL_STEPS, times, strict=True):
        found["call", "", step] = GONE + after
    turns_18_at = datetime(AT.year + 1, 1, 15, tzinfo=UTC)
    facts = DutyFacts(t0=GONE, turns_18_at=turns_18_at, referenced_at=referenced_at)
    for planned in duties.planned(facts, duties.DEFAULT_RULES):
        for rung, at in planned.steps.items():
            found["duty", planned.duty, rung.value] = at
    # Nobody names an officer in the case all year.
    lead = force_dues.Lead(1, GONE)
    by_duty = {rule.duty: rule for rule in duties.DEFAULT_RULES if rule.duty in duties.OF_SEARCH}
    for duty, one in force_dues.expected(lead, by_duty):
        for rung, at in one.steps.items() if one is not None else ():
            found["duty", duty, rung.value] = at
    rules = (Rules(AT - 100 * DAY, DEFAULT_RUNGS),)
    for due in reviews.calendar(GONE, until=END + 30 * DAY):
        for rung, at in review_ladder.instants(due, rules).items():
            if at <= END:
                found["review", due.key, rung.value] = at
    return found


@pytest.mark.by_turns(8)
def test_every_step_of_a_year_comes_once_in_order_and_on_time_and_is_mailed_once(watched, monkeypatch):
    out = outgoing.catch(monkeypatch)
    episode = missing(watched.child, by=watched.worker, at=GONE)
    lived(episode)
    rows = AlertStep.objects.filter(alert__clock__episode=episode).select_related("alert__clock")
    climbed = [
        ((row.alert.clock.kind, row.alert.clock.duty, row.step), row.owed_at, row.climbed_at)
        for row in rows.order_by("pk")
    ]
    # R4 and R5 of the silence row go on by themselves; the ladder of the report is looked at in its own tests.
    of_search = [one for one in climbed if one[0][0] in ("call", "duty", "review")]
    assert Counter(key for key, _owed, _at in of_search) == Counter(list(expected()))
    assert {key: owed for key, owed, _at in of_search} == expected()
    assert all(owed == at for _key, owed, at in climbed), "none late, none early"
    assert [at for _key, _owed, at in climbed] == sorted(at for _key, _owed, at in climbed)
    reviewed = {duty for (kind, duty, _step), *_ in of_search if kind == "review"}
    assert reviewed == {due.key for due in reviews.calendar(GONE, until=GONE + 366 * DAY)}

    ids = Counter(str(mail["Message-ID"]) for mail in out.mails)
    assert max(ids.values()) == 1
    told = Counter(
        Message.objects.filter(items__alert__episode=episode).values_list(
            "items__alert", "step", "kind", "recipient"
        )
    )
    assert max(told.values()) == 1, "nobody hears a step twice by one way"
    assert not Message.objects.filter(episode=episode).exclude(status=MessageStatus.SENT).exists()
    assert MissingEpisode.objects.get(pk=episode.pk).ended_at is None, "nothing ends it by itself"


# Of each decision what ends the asking.
DECISIONS = {
    "publicity": "no",
    "rescue_alert": "no",
    "missing_people": "referred",
    "ukmpu": "told",
    "home_office": "not_told",
    "ofsted": "no",
}


def done(clock: Clock, watched: Watched, *, at: datetime) -> None:
    """Whoever heard of this does what it asks for, each by its own verb."""
    episode, by = MissingEpisode.objects.get(pk=clock.episode_id), watched.manager
    if clock.kind == Clock.Kind.REVIEW:
        due = next(one for one in reviews.not_held(episode, at=at) if one.key == clock.duty)
        reviews.record(
            episode, due, held_at=at, chair="E. Arnott", note="Said", asked=NOT_ASKED, by=by, at=at
        )
    elif clock.duty == Duty.POLICE_OFFICER:
        episodes.name_officer(episode, force=watched.force, name="DC Birch", by=by, at=at)
    elif kinds := duties.DECIDED_BY.get(clock.duty, ()):
        for kind in kinds:
            decided(episode, kind, DECISIONS[kind], by=by, at=at)
    else:
        step = DutyStep.objects.get(episode=episode, kind=clock.duty)
        duty_steps.answer(step, answer="done", note="By me, now", by=by, at=at)


@pytest.mark.by_turns(8)
def test_in_a_year_in_which_each_is_done_when_it_is_first_heard_of_nobody_above_hears_of_it(
    watched, monkeypatch
):
    out = outgoing.catch(monkeypatch)
    episode = missing(watched.child, by=watched.worker, at=GONE)

    def heard(now: datetime) -> None:
        if now == GONE:
            said = {"force": watched.force, "reference": "4417/26", "officer": "", "grade": "medium"}
            episodes.record_police_reference(episode, **said, by=watched.manager, at=now)
        alerts = Alert.objects.filter(
            status="open", clock__episode=episode, clock__kind__in=("duty", "review")
        ).select_related("clock")
        if not alerts:
            return
        for alert in alerts:
            done(alert.clock, watched, at=now)
        # The sweep comes again at once, and what was done stands down.
        outgoing.tick(now)
        if FULL:
            outgoing.send_all(now)

    lived(episode, heard=heard, sends=FULL)
    rows = AlertStep.objects.filter(alert__clock__episode=episode, alert__clock__kind__in=("duty", "review"))
    climbed: dict[tuple[str, str], dict[str, datetime]] = {}
    for row in rows.select_related("alert__clock"):
        about = (row.alert.clock.kind, row.alert.clock.duty)
        climbed.setdefault(about, {})[row.step] = row.climbed_at
    owed: dict[tuple[str, str], dict[str, datetime]] = {}
    for (kind, duty, step), at in expected(referenced_at=GONE).items():
        owed.setdefault((kind, duty), {})[step] = at
    first = {
        about: {step: at for step, at in steps.items() if at == min(steps.values())}
        for about, steps in owed.items()
        # Of the reference that was given at once nobody was asked.
        if about[0] != "call" and about[1] != Duty.POLICE_REFERENCE
    }
    assert climbed == first
    assert not Alert.objects.filter(status="open", clock__episode=episode, clock__kind__in=("duty", "review"))
    # That all of it is mailed, and once, is asked of the first year.
    if FULL:
        ids = Counter(str(mail["Message-ID"]) for mail in out.mails)
        assert max(ids.values()) == 1
        assert not outgoing.broken(END)


def utc(year: int, month: int, day: int, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


# The year of a child of 15 in a children's home who is reported missing on Monday 30 November 2026 at 9am: of whom a rescue
# alert is asked at half past nine, whose bed is kept through 31 January, who shows signs of trafficking from 3pm on, and
# of whom the police give their reference at 6pm. Nobody does anything else. By the table of an open episode as it stands on
# paper, read off a calendar and a clock: no rule of ours has counted it.
BY_HAND: Mapping[Owed, datetime] = {
    ("call", "", "call_0"): utc(2026, 11, 30),
    ("call", "", "call_15"): utc(2026, 11, 30, 9, 15),
    ("call", "", "call_30"): utc(2026, 11, 30, 9, 30),
    ("call", "", "call_60"): utc(2026, 11, 30, 10),
    ("call", "", "call_120"): utc(2026, 11, 30, 11),
    # An hour after t0; a rescue alert that was asked for is no decision yet.
    ("duty", "publicity", "R2"): utc(2026, 11, 30, 10),
    # In the same hours as publicity and the briefing: nobody said what was kept.
    ("duty", "keep_evidence", "R2"): utc(2026, 11, 30, 10),
    ("duty", "keep_evidence", "R4"): utc(2026, 12, 1),
    # What the police say of it, counted from half past nine.
    ("duty", "rescue_answer", "R1"): utc(2026, 11, 30, 10, 30),
    ("duty", "rescue_answer", "R2"): utc(2026, 11, 30, 11, 30),
    ("duty", "rescue_answer", "R4"): utc(2026, 11, 30, 14, 30),
    # After 4 hours: no reference, no discussion by telephone about a child under 16, and nobody asked the home of Ofsted.
    ("duty", "police_reference", "R2"): utc(2026, 11, 30, 13),
    ("duty", "police_reference", "R4"): utc(2026, 11, 30, 17),
    ("duty", "strategy_by_phone", "R2"): utc(2026, 11, 30, 13),
    ("duty", "ofsted_home", "R1"): utc(2026, 11, 30, 13),
    ("duty", "ofsted_home", "R2"): utc(2026, 12, 1),
    # A day after t0; of the referral a day after the signs; of the Home Office when the next working day is over.
    ("duty", "strategy", "R4"): utc(2026, 12, 1),
    ("duty", "briefing", "R4"): utc(2026, 12, 1),
    ("duty", "police_officer", "R1"): utc(2026, 12, 1),
    ("duty", "police_officer", "R2"): utc(2026, 12, 2),
    ("duty", "police_officer", "R4"): utc(2026, 12, 4),
    ("duty", "nrm_referral", "R2"): utc(2026, 12, 1, 15),
    ("duty", "home_office", "R4"): utc(2026, 12, 1, 23, 59, 59),
    ("duty", "missing_people", "R4"): utc(2026, 12, 2),
    ("duty", "ukmpu", "R5"): utc(2026, 12, 3),
    ("duty", "nrm_considered", "R5"): utc(2026, 12, 3),
    ("duty", "director_briefing", "R5"): utc(2026, 12, 3),
    # Three days and one before the midnight with which the bed is let go, and then.
    ("duty", "bed_kept", "R1"): utc(2027, 1, 29, 0),
    ("duty", "bed_kept", "R2"): utc(2027, 1, 31, 0),
    ("duty", "bed_kept", "R4"): utc(2027, 2, 1, 0),
    # 120 hours after t0, then each week to day 28: the head, and the director two days later.
    ("review", "multi_agency:261205", "R4"): utc(2026, 12, 5),
    ("review", "multi_agency:261205", "R5"): utc(2026, 12, 7),
    ("review", "multi_agency:261212", "R4"): utc(2026, 12, 12),
    ("review", "multi_agency:261212", "R5"): utc(2026, 12, 14),
    ("review", "multi_agency:261219", "R4"): utc(2026, 12, 19),
    ("review", "multi_agency:261219", "R5"): utc(2026, 12, 21),
    ("review", "multi_agency:261226", "R4"): utc(2026, 12, 26),
    ("review", "multi_agency:261226", "R5"): utc(2026, 12, 28),
    ("review", "day_28:261228", "R5"): utc(2026, 12, 28),
    # February has no 30th. At nine in London, which in summer is eight.
    ("review", "month_3:270228", "R0"): utc(2027, 2, 14),
    ("review", "month_3:270228", "R1"): utc(2027, 2, 28),
    ("review", "month_3:270228", "R2"): utc(2027, 3, 3),
    ("review", "month_3:270228", "R4"): utc(2027, 3, 7),
    ("review", "month_3:270228", "R5"): utc(2027, 3, 14),
    ("review", "month_6:270530", "R0"): utc(2027, 5, 16, 8),
    ("review", "month_6:270530", "R1"): utc(2027, 5, 30, 8),
    ("review", "month_6:270530", "R2"): utc(2027, 6, 2, 8),
    ("review", "month_6:270530", "R4"): utc(2027, 6, 6, 8),
    ("review", "month_6:270530", "R5"): utc(2027, 6, 13, 8),
    ("review", "yearly:271130", "R0"): utc(2027, 11, 16),
    ("review", "yearly:271130", "R1"): utc(2027, 11, 30),
    ("review", "yearly:271130", "R2"): utc(2027, 12, 3),
    ("review", "yearly:271130", "R4"): utc(2027, 12, 7),
    ("review", "yearly:271130", "R5"): utc(2027, 12, 14),
}


@pytest.mark.by_turns(8)
def test_of_a_child_who_is_watched_closely_every_step_of_the_year_comes_when_the_table_says(monkeypatch):
    PolicyVersion.objects.update(takes_effect_at=AT - 100 * DAY)
    watched = a_watched_child(
        birth_date=date(2011, 6, 3), placement_type=Placement.Type.CHILDRENS_HOME, arrived_at=AT - 2 * DAY
    )
    out = outgoing.catch(monkeypatch)
    episode = missing(watched.child, by=watched.worker, at=GONE)
    by = watched.manager
    asked_at, kept_at, signs_at, given_at = (
        utc(2026, 11, 30, 9, 30),
        utc(2026, 11, 30, 14),
        utc(2026, 11, 30, 15),
        utc(2026, 11, 30, 18),
    )

    def signs() -> None:
        said = {"trafficking": "yes"}
        details.change(watched.child, said, topic="trafficking", version=0, by=watched.worker, at=signs_at)

    def given() -> None:
        said = {"force": watched.force, "reference": "4417/26", "officer": "", "grade": "medium"}
        episodes.record_police_reference(episode, **said, by=by, at=given_at)

    def kept() -> None:
        beds.keep(episode, last_date=date(2027, 1, 31), said_by="M. Reid", by=by, at=kept_at)

    def asked() -> None:
        decided(episode, "rescue_alert", "asked", by=by, at=asked_at)

    acts = {asked_at: asked, kept_at: kept, signs_at: signs, given_at: given}
    lived(episode, acts=acts, sends=FULL)
    rows = AlertStep.objects.filter(
        alert__clock__episode=episode, alert__clock__kind__in=("call", "duty", "review")
    )
    # When the police are asked again after each named officer is looked at in the tests of that ladder.
    climbed = [
        ((row.alert.clock.kind, row.alert.clock.duty, row.step), row.climbed_at)
        for row in rows.select_related("alert__clock")
        if not row.step.startswith(("ask", "ring_again"))
    ]
    assert Counter(key for key, _at in climbed) == Counter(list(BY_HAND)), "each once, and nothing else"
    assert dict(climbed) == BY_HAND
    # That all of it is mailed, and once, is asked of the first year.
    if FULL:
        ids = Counter(str(mail["Message-ID"]) for mail in out.mails)
        assert max(ids.values()) == 1
        assert not Message.objects.filter(episode=episode).exclude(status=MessageStatus.SENT).exists()
