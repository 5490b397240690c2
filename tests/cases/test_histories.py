"""What was known of a child at any instant: made from the history, and compared with what was read then."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import roll_call_times, sweep
from cases import (
    absences,
    ages,
    break_glass,
    children,
    concerns,
    contacts,
    facts,
    histories,
    nrm,
    plans,
    responsibilities,
    risk_ends,
    transfers,
)
from cases.deadlines import london_day
from cases.models import Contact, FirstResponder, KeepFrom, LiveConcern, MissingEpisode, NrmReferral, Role
from tests.counts import counts
from tests.factories import (
    AT,
    a_home,
    a_person,
    a_watched_child,
    an_authority,
    away,
    confirmed,
    ended,
    missing,
    not_here,
    out,
    placed,
    planned,
    referred,
    seen,
)
from tests.remembered import image

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Deed = Callable[[datetime], Any]


class Story:
    """One child, and each deed an hour after the one before; what was on record after each is put down."""

    def __init__(self) -> None:
        self.w = a_watched_child()
        self.now = AT + HOUR
        self.then: dict[datetime, dict[str, Any]] = {}

    def tell(self, *deeds: Deed) -> None:
        for deed in deeds:
            deed(self.now)
            child_id = self.w.child.pk
            self.then[self.now] = image(facts.load([child_id])[child_id])
            self.now += HOUR

    def agrees(self) -> None:
        """At each instant, and until the next, the history says what was read then."""
        known = histories.read([self.w.child.pk])[self.w.child.pk]
        for at, was in self.then.items():
            for instant in (at, at + HOUR - timedelta(seconds=1)):
                told = image(histories.at(known, instant))
                assert {name: told[name] for name in was} == was, f"{(at - AT) / HOUR} hours"
        assert set(self.then) & set(known.instants)

    @property
    def episode(self) -> MissingEpisode:
        return MissingEpisode.objects.filter(child=self.w.child).latest("number")


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.mark.by_turns
def test_sightings_and_whose_word_they_are(story: Story) -> None:
    w = story.w
    first = []
    story.tell(
        lambda at: seen(w.child, by=w.guardian, at=at),
        lambda at: first.append(seen(w.child, by=w.carer, at=at)),
        lambda at: seen(w.child, by=w.worker, at=at, means="phone"),
        lambda at: contacts.withdraw(first[0], reason="The other boy", by=w.carer, at=at),
        lambda at: seen(w.child, by=w.carer, at=at, happened_at=at - HOUR / 2),
        lambda at: concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=at),
        lambda at: seen(w.child, by=w.worker, at=at, witness=w.carer.name.upper(), witness_user=None),
        lambda at: concerns.lift_keep_from(
            KeepFrom.objects.get(), reason="Cleared", seconded_by=w.manager, by=w.worker, at=at
        ),
    )
    story.agrees()


@pytest.mark.by_turns
def test_absences_that_ended_and_went_on_and_searches_that_begin_anew(story: Story) -> None:
    w = story.w
    story.tell(
        lambda at: out(w.child, by=w.carer, at=at, until=at + 2 * HOUR),
        lambda at: seen(w.child, by=w.carer, at=at),
        lambda at: contacts.withdraw(w.child.contacts.get(), reason="The other boy", by=w.carer, at=at),
        lambda at: absences.come_back(w.child, back_at=at - HOUR / 2, by=w.carer, at=at),
        lambda at: away(w.child, by=w.carer, at=at, until=at + 2 * DAY),
        lambda at: seen(w.child, by=w.carer, at=at),
        lambda at: not_here(w.child, by=w.carer, at=at),
        lambda at: ended(story.episode, at=at),
        lambda at: missing(w.child, by=w.carer, at=at),
        lambda at: concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=at),
        lambda at: ended(story.episode, outcome="hospital", at=at),
    )
    story.agrees()


@pytest.mark.by_turns
def test_what_the_engine_opens_and_ends(story: Story) -> None:
    w, wrong = story.w, []
    story.tell(
        lambda at: seen(w.child, by=w.carer, at=at),
        *[lambda at: sweep.sweep_all(now=at)] * 8,
        lambda at: wrong.append(seen(w.child, by=w.carer, at=at, happened_at=at - 3 * HOUR)),
        *[lambda at: sweep.sweep_all(now=at)] * 2,
        lambda at: contacts.withdraw(wrong[0], reason="The other boy", by=w.carer, at=at),
        *[lambda at: sweep.sweep_all(now=at)] * 3,
    )
    assert MissingEpisode.objects.filter(child=w.child, fail_safe=True).exists()
    story.agrees()


@pytest.mark.by_turns(8)
def test_what_the_child_lives_under(story: Story) -> None:
    w = story.w
    two = {"by": w.worker, "seconded_by": w.manager}
    responder = FirstResponder.objects.get(code="authority")
    to_nrm = nrm.Referral(
        first_responder=responder, made_by="Sefu Alder, worker", referred_date=london_day(AT)
    )
    answer = {"happened_date": london_day(AT), "note": "By letter"} | two
    said = plans.Plan(
        goals="Safe at college", if_missing="Ring his brother", contacts="Duty", agreed_with="The carer",
        child_agrees="agrees", review_date=london_day(AT + 5 * DAY), contact_row=plans.ROWS[0], why_less="",
    )  # fmt: skip
    adult = ages.Decision(
        age_status="assessed_adult",
        decided_date=london_day(AT),
        decided_by="Council",
        grounds="Two interviews",
    )
    story.tell(
        lambda at: placed(w.child, a_home(w.authority), starts_at=at - HOUR / 2, by=w.worker, at=at),
        lambda at: children.set_risk(w.child, "high", reason="A van", at=at, **two),
        lambda at: children.set_risk(w.child, "low", reason="Settled", until=at + 3 * HOUR, at=at, **two),
        lambda at: concerns.mark(w.child, reason="A car waits", by=w.worker, at=at),
        lambda at: concerns.lift(
            LiveConcern.objects.get(), reason="Gone", until=at + HOUR * 1.5, at=at, **two
        ),
        lambda at: risk_ends.restore(w.child.pk, at=at),
        lambda at: concerns.mark_again(LiveConcern.objects.get().pk, at=at),
        lambda at: nrm.refer(w.child, to_nrm, by=w.worker, at=at),
        lambda at: nrm.move(NrmReferral.objects.get(), "no_reasonable_grounds", **answer, at=at),
        lambda at: nrm.move(NrmReferral.objects.get(), "grounds_reconsidered", **answer, at=at),
        lambda at: plans.write(w.child, said, by=w.worker, seconded_by=w.manager, at=at),
        lambda at: children.allocate(
            w.child, team=w.team, worker=a_person("social_worker", team=w.team), by=w.manager, at=at
        ),
        lambda at: break_glass.break_glass(
            w.child, reason="The child stands before me now", by=a_person(Role.SOCIAL_WORKER), at=at
        ),
        lambda at: ages.decide(w.child, replace(adult, age_status="disputed"), at=at, **two),
        lambda at: ages.decide(w.child, adult, at=at, **two),
    )
    story.agrees()


@pytest.mark.by_turns(8)
def test_transfers_and_journeys(story: Story) -> None:
    w, there = story.w, an_authority()
    story.tell(
        lambda at: planned(w.child, by=w.worker, departs_at=at + HOUR, at=at),
        lambda at: confirmed(w.child.journeys.get(), 0, by=w.worker, at=at),
        lambda at: concerns.keep_from(
            w.child,
            a_person(Role.SOCIAL_WORKER, name=w.child.journeys.get().first_escort),
            reason="An allegation",
            by=w.manager,
            at=at,
        ),
        lambda at: contacts.withdraw(w.child.contacts.latest("pk"), reason="Another boy", by=w.worker, at=at),
        lambda at: referred(w.child, there, by=w.worker, at=at),
        lambda at: transfers.withdraw(w.child.transfers.get(), reason="Stays", by=w.worker, at=at),
        lambda at: responsibilities.start(w.child, authority=there, by=w.worker, at=at),
    )
    story.agrees()


@pytest.mark.by_turns
def test_many_children_are_read_in_as_many_questions_as_one() -> None:
    watched = [a_watched_child() for _ in range(3)]
    for w in watched:
        seen(w.child, by=w.carer, at=AT + HOUR)
    with CaptureQueriesContext(connection) as of_one:
        histories.read([watched[0].child.pk])
    with CaptureQueriesContext(connection) as of_all:
        assert len(histories.read([w.child.pk for w in watched])) == 3
    assert len(of_all) == len(of_one)


@pytest.mark.by_turns(8)
def test_the_stays_are_those_of_what_was_written_by_then() -> None:
    w = a_watched_child()
    day = london_day(AT) + DAY
    roll_call_times.move(w.home, "evening", minutes=30, from_date=day, by=w.carer, at=AT)
    first = facts.load([w.child.pk])[w.child.pk].stays
    other = a_home(w.authority)
    placed(w.child, other, by=w.worker, starts_at=AT + 3 * HOUR, at=AT + 4 * HOUR)
    known = histories.read([w.child.pk])[w.child.pk]
    assert histories.at(known, AT + 2 * HOUR).stays == first
    assert histories.at(known, AT + 4 * HOUR).stays == facts.load([w.child.pk])[w.child.pk].stays
    assert [stay.home_id for stay in histories.at(known, AT + 5 * HOUR).stays] == [w.home.pk, other.pk]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("seed", range(counts(2, 6)))
def test_what_is_forgotten_of_a_long_life_changes_no_facts_since(seed: int) -> None:
    """Of two organisations, face to face or by phone, some written late and some withdrawn."""
    story, chance = Story(), Random(seed)
    people = [story.w.carer, story.w.guardian, story.w.worker]
    for _ in range(40):
        story.now += 12 * HOUR
        ago = timedelta(hours=chance.choice([0, 0, 0, 18, 80]))
        means = chance.choice(["face_to_face", "face_to_face", "phone"])
        happened_at = max(AT, story.now - ago)
        facts_of_it = {"happened_at": happened_at, "means": means, "knows_child": chance.random() > 0.2}
        last = seen(story.w.child, by=chance.choice(people), at=story.now, **facts_of_it)
        if chance.random() < 0.2:
            contacts.withdraw(last, reason="The other boy", by=story.w.worker, at=story.now + HOUR / 2)
    start = AT + 36 * 12 * HOUR
    whole, left = (histories.read([story.w.child.pk])[story.w.child.pk] for _ in range(2))
    histories.forget(left, start)
    assert len(left.rows[Contact]) < len(whole.rows[Contact])
    for instant in [start, *(at for at in whole.instants if at > start)]:
        assert image(histories.at(left, instant)) == image(histories.at(whole, instant))
