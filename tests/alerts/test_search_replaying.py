"""Steps and reviews of a search replayed: what the engine told under the policy in force, and would have under another."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import (
    after,
    duty_steps,
    force_offers,
    policies,
    referral_steps,
    replays,
    revisions,
    search_replaying,
)
from alerts.duties import Duty
from alerts.models import Clock, PolicyVersion
from alerts.replaying import in_force
from alerts.replays import Period
from alerts.tiers import by_day
from cases import details, episodes, homecomings, reviews
from cases.models import MissingEpisode
from tests.alerts.lives import Lives, settled
from tests.alerts.replays import KINDS_BESIDE, Line, happened_beside, replayed_beside
from tests.counts import counts
from tests.factories import AT, Watched, a_force, a_force_mailbox, ended, missing, seen, told_by

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GONE = AT + 2 * HOUR
# For whose clocks the engine is never late.
NEVER_LATE = counts(KINDS_BESIDE, {*Clock.Kind.values})


@pytest.fixture(autouse=True)
def _in_force(db: None) -> None:
    PolicyVersion.objects.filter(key__in=search_replaying.KINDS).update(
        takes_effect_at=AT - DAY, published_at=AT - DAY
    )


@pytest.fixture
def lives(db: None) -> Lives:
    """Two, before anything happens."""
    return Lives(kinds=NEVER_LATE)


def begun(*starts: datetime) -> tuple[datetime, ...]:
    """When a period begins that is replayed: in each run at the first of these and at the last."""
    return counts((starts[0], starts[-1]), starts)


def a_search(lives: Lives) -> None:
    """Reported, a meeting booked and held late, a briefing given late, arrested after three days; nobody does the rest.

    The lead is offered to another force, which declines late; an officer is named late, and leaves.
    """
    elsewhere = a_force()
    a_force_mailbox(elsewhere)
    lives.do(lambda one: missing(one.child, by=one.worker, at=GONE), at=GONE)

    def lead(one: Watched, act: Callable[..., Any], *about: Any, **said: Any) -> None:
        act(*(about or [lives.episode(one)]), **said, by=one.desk.person, at=lives.now)

    offered = {"to": elsewhere, "said_by": "DS Harrow", "reason": "Seen there"}
    lives.do(lambda one: lead(one, force_offers.offer, **offered), at=GONE + 5 * HOUR)
    lives.do(
        lambda one: lead(
            one, force_offers.decline, episodes.open_offer(lives.episode(one)), officer="DC Ward", reason="No"
        ),
        at=GONE + 12 * HOUR,
    )
    lives.do(
        lambda one: lead(one, episodes.name_officer, force=one.force, name="DC Moss"), at=GONE + 22 * HOUR
    )
    booked, held = GONE + 23 * HOUR, GONE + 40 * HOUR

    def answer(one: Watched, duty: Duty, at: datetime, **said: Any) -> None:
        told = {"answer": "done", "note": "Ada Brook led it"} | said
        duty_steps.answer(lives.step(one, duty), **told, by=one.desk.person, at=at)

    later = {"answer": "booked", "booked_for": GONE + 30 * HOUR}
    lives.do(lambda one: answer(one, Duty.STRATEGY, booked, **later), at=booked)
    lives.do(lambda one: answer(one, Duty.BRIEFING, GONE + 26 * HOUR), at=GONE + 26 * HOUR)
    lives.do(lambda one: lead(one, episodes.officer_left, force=one.force), at=GONE + 32 * HOUR)
    lives.do(lambda one: answer(one, Duty.STRATEGY, held), at=held)
    back = GONE + 75 * HOUR
    lives.do(lambda one: ended(lives.episode(one), outcome="arrested", by=one.desk.person, at=back), at=back)
    lives.do(lambda one: seen(one.child, by=one.carer, at=back + MINUTE), at=back + MINUTE)


@pytest.mark.by_turns(8)
def test_steps_of_a_search_and_after_it_are_told_as_the_engine_told_them_and_would_have(
    lives: Lives,
) -> None:
    plain, other = lives.all
    tighter = {
        policies.DUTY: {
            "police_reference": 120,
            "police_reference_R4": 180,
            "briefing": 20 * 60,
            "ukmpu": 48 * 60,
            "police_officer": 18 * 60,
            "force_answer_R2": 60,
        },
        policies.AFTER: {"appropriate_adult": 30, "appropriate_adult_R4": 180, "solicitor_R4": 120},
    }
    data = {key: lives.agree(other, key, **values) for key, values in tighter.items()}
    a_search(lives)
    until = GONE + 90 * HOUR
    lives.go_to(until)
    for key, proposed in data.items():
        for start in begun(AT, GONE + 25 * HOUR, GONE + 76 * HOUR):
            assert replayed_beside(plain.child.pk, key, start, until) == happened_beside(
                plain.child.pk, key, start, until
            )
            assert replayed_beside(other.child.pk, key, start, until) == happened_beside(
                other.child.pk, key, start, until
            )
        assert len(happened_beside(plain.child.pk, key, AT, until)) > 1
        # What the first authority would have been told by what the second went by, over the facts of its own.
        book = in_force(key).proposing(key, proposed, start=AT, authority_id=plain.authority.pk)
        would = replayed_beside(plain.child.pk, key, AT, until, book)
        assert would == happened_beside(other.child.pk, key, AT, until)
        assert would != happened_beside(plain.child.pk, key, AT, until)
        if key == policies.DUTY:
            assert {Duty.POLICE_OFFICER, Duty.FORCE_ANSWER} <= {line.kind for line in would}
        # A version counts for what begins after it.
        late = in_force(key).proposing(key, proposed, start=until - HOUR, authority_id=plain.authority.pk)
        assert replayed_beside(plain.child.pk, key, AT, until, late) == happened_beside(
            plain.child.pk, key, AT, until
        )


@pytest.mark.by_turns
def test_what_was_said_of_a_referral_before_there_were_signs_answers_it_no_more_once_they_come() -> None:
    """Answered, owed anew by signs, and answered again three days late or by nobody."""
    lives = Lives(3, kinds=NEVER_LATE)
    plain, other, silent = lives.all
    key = policies.DUTY
    proposed = lives.agree(other, key, nrm_considered=48 * 60)
    lives.do(lambda one: missing(one.child, by=one.worker, at=GONE), at=GONE)

    def answer(one: Watched) -> None:
        step = lives.step(one, Duty.NRM_CONSIDERED)
        duty_steps.answer(step, answer="done", note="Said by the police", by=one.manager, at=lives.now)

    def tick(one: Watched) -> None:
        version = details.version_of(one.child, "trafficking")
        values = {"trafficking": "yes"}
        details.change(one.child, values, topic="trafficking", version=version, by=one.manager, at=lives.now)

    signs_at = GONE + 10 * HOUR
    lives.do(answer, at=GONE + HOUR)
    lives.do(tick, at=signs_at)
    late = signs_at + 75 * HOUR
    lives.do(lambda one: answer(one) if one != silent else None, at=late)
    until = late + 10 * HOUR
    lives.go_to(until)

    def of_the_nrm(lines: list[Line]) -> list[Line]:
        return [line for line in lines if line.kind in referral_steps.KINDS]

    for one in lives.all:
        for start in begun(AT, signs_at - HOUR, signs_at + 73 * HOUR):
            real = happened_beside(one.child.pk, key, start, until)
            assert replayed_beside(one.child.pk, key, start, until) == real
            assert {line.kind for line in of_the_nrm(real)} == set(referral_steps.KINDS)
    book = in_force(key).proposing(key, proposed, start=AT, authority_id=plain.authority.pk)
    would = of_the_nrm(replayed_beside(plain.child.pk, key, AT, until, book))
    assert would == of_the_nrm(happened_beside(other.child.pk, key, AT, until))
    assert would != of_the_nrm(happened_beside(plain.child.pk, key, AT, until))


@pytest.mark.by_turns(8)
def test_what_a_death_opens_is_told_by_day_as_the_engine_told_it_and_would_have(
    lives: Lives,
) -> None:
    """Found two days before it was known; of a rung that a proposal puts into the night, of no early one, and by the word."""
    plain, other = lives.all
    key = policies.AFTER
    proposed = lives.agree(other, key, coroner=15 * 60, coroner_R4=90, panel_notified=3, friends_told=30 * 60)
    lives.do(lambda one: missing(one.child, by=one.worker, at=GONE), at=GONE)
    known = GONE + 75 * HOUR
    found_at = known - 2 * DAY

    def died(one: Watched) -> None:
        episode, given = lives.episode(one), {"by": one.desk.person, "at": known}
        word = told_by("hospital", has_died=True, at=known)
        episodes.hear_from_office(episode, word, by=one.desk.second, at=known)
        episodes.record_police_closing(episode, officer="PC Shah", closed_at=known, **given)
        homecomings.end(episode, outcome="died", ending=episodes.Ending(), found_at=found_at, **given)

    lives.do(died, at=known)
    until = known + 14 * DAY
    lives.go_to(until)
    for one in lives.all:
        for start in (AT, known + 50 * HOUR):
            told = happened_beside(one.child.pk, key, start, until)
            assert replayed_beside(one.child.pk, key, start, until) == told
    told = happened_beside(other.child.pk, key, AT, until)
    assert {line.kind for line in told} == after.OF_DEATH
    moments = [owed_at for line in told for _step, owed_at, _at in line.climbed]
    assert len(moments) == 7
    assert all(by_day(owed_at) == owed_at for owed_at in moments), "nobody hears by night"
    book = in_force(key).proposing(key, proposed, start=AT, authority_id=plain.authority.pk)
    would = replayed_beside(plain.child.pk, key, AT, until, book)
    assert would == told
    assert would != happened_beside(plain.child.pk, key, AT, until)


@pytest.mark.by_turns(8)
def test_reviews_of_a_search_are_told_as_the_engine_told_them_and_would_have(
    lives: Lives,
) -> None:
    plain, other = lives.all
    key = policies.REVIEW
    proposed = lives.agree(other, key, multi_agency_R5=1)
    lives.do(lambda one: missing(one.child, by=one.worker, at=GONE), at=GONE)
    first = reviews.not_held(lives.episode(plain), at=GONE + 6 * DAY)[0]
    held = first.due_at + 9 * HOUR

    def hold(one: Watched) -> None:
        due = reviews.not_held(lives.episode(one), at=held)[0]
        asked = reviews.Asked(police_not_asked="They are asked tomorrow")
        said = {"chair": "Ada Brook", "note": "The plan is changed", "asked": asked, "by": one.worker}
        reviews.record(lives.episode(one), due, held_at=held, **said, at=held)

    lives.do(hold, at=held)
    until = GONE + 16 * DAY
    lives.go_to(until)
    for start in begun(AT, held - HOUR, held + HOUR):
        for one in lives.all:
            assert replayed_beside(one.child.pk, key, start, until) == happened_beside(
                one.child.pk, key, start, until
            )
    assert {
        step for line in happened_beside(plain.child.pk, key, AT, until) for step, *_at in line.climbed
    } == {
        "R4",
        "R5",
    }
    book = in_force(key).proposing(key, proposed, start=AT, authority_id=plain.authority.pk)
    would = replayed_beside(plain.child.pk, key, AT, until, book)
    assert would == happened_beside(other.child.pk, key, AT, until)
    assert would != happened_beside(plain.child.pk, key, AT, until)
    # As counts, by the same way as the page and the command.
    found = replays.compare(
        replays.proposal_of(key, proposed, authority_id=plain.authority.pk),
        Period(AT, until),
        [plain.authority.pk],
    )
    assert (found.in_force.alerts, found.in_force.children, found.proposed.police_messages) == (2, 1, 0)
    assert found.in_force.climbed["R4"] == found.proposed.climbed["R4"] == 2


def sought(one: Watched) -> MissingEpisode:
    return MissingEpisode.objects.open().get(child=one.child)


@pytest.mark.by_turns(8)
def test_what_an_ending_opened_is_put_off_by_the_next_search_and_a_meeting_asked_for_after_so_many_as_proposed() -> (
    None
):
    lives = Lives(2, settled, NEVER_LATE)
    plain, other = lives.all
    key = policies.AFTER
    figures = {"return_interview": 48 * 60, "prevention_interview": 12 * 60}
    proposed = lives.agree(other, key, **figures, repeated_episodes=2, repeated=1)
    back, gone, again = GONE + 5 * HOUR, GONE + 15 * HOUR, GONE + 35 * HOUR
    for out, found in ((GONE, back), (gone, again)):
        lives.do(lambda one, at=out: missing(one.child, by=one.worker, at=at), at=out)
        lives.do(lambda one, at=found: ended(sought(one), by=one.desk.person, at=at), at=found)
        at = found + MINUTE
        lives.do(lambda one, at=at: seen(one.child, by=one.carer, at=at), at=at)
    for hours in range(6, 70, 12):
        # Or a silence would be a search of its own.
        at = again + hours * HOUR
        lives.do(lambda one, at=at: seen(one.child, by=one.carer, at=at), at=at)
    until = again + 70 * HOUR
    lives.go_to(until)
    for start in begun(AT, gone + HOUR, again + 30 * HOUR):
        for one in lives.all:
            assert replayed_beside(one.child.pk, key, start, until) == happened_beside(
                one.child.pk, key, start, until
            )
    first = [line for line in happened_beside(plain.child.pk, key, AT, until) if line.opened_at >= again]
    assert min(line.opened_at for line in first) == again + 14 * HOUR
    book = in_force(key).proposing(key, proposed, start=AT, authority_id=plain.authority.pk)
    would = replayed_beside(plain.child.pk, key, AT, until, book)
    asked = happened_beside(other.child.pk, key, AT, until)
    assert would == asked
    assert [line for line in asked if line.kind == Duty.REPEATED]
    was = happened_beside(plain.child.pk, key, AT, until)
    assert not [line for line in was if line.kind == Duty.REPEATED]
    # And the other way, in place of what the council's own version planned: no meeting is asked for by what is delivered.
    delivered = revisions.last_of(key).data
    book = in_force(key).proposing(key, delivered, start=AT, authority_id=other.authority.pk)
    assert replayed_beside(other.child.pk, key, AT, until, book) == was
