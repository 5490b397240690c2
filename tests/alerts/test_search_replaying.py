"""Steps and reviews of a search replayed: what the engine told under the policy in force, and would have under another."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import duty_steps, figures, policies, publications, replays, revisions, search_replaying
from alerts.duties import Duty
from alerts.models import Alert, DutyStep, PolicyVersion
from alerts.replaying import Book, in_force
from alerts.replays import Period
from cases import reviews
from cases.models import Child, MissingEpisode
from tests.alerts.replays import Line, Punctual, told
from tests.factories import AT, Watched, a_watched_child, ended, missing, seen

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GONE = AT + 2 * HOUR


@pytest.fixture(autouse=True)
def _in_force() -> None:
    PolicyVersion.objects.filter(key__in=search_replaying.KINDS).update(
        takes_effect_at=AT - DAY, published_at=AT - DAY
    )


class Lives(Punctual):
    """Two children of two authorities, of whom the same happens at the same instants; the engine is never late."""

    def __init__(self) -> None:
        self.both: tuple[Watched, Watched] = (a_watched_child(at=AT), a_watched_child(at=AT))
        super().__init__(AT)
        self.sweep()

    def episode(self, of: Watched) -> MissingEpisode:
        return MissingEpisode.objects.get(child=of.child)

    def step(self, of: Watched, duty: Duty) -> DutyStep:
        return DutyStep.objects.get(episode__child=of.child, kind=duty)

    def do(self, what: Callable[[Watched], Any], *, at: datetime) -> None:
        self.go_to(at)
        for one in self.both:
            what(one)
        self.sweep()

    def agree(self, of: Watched, key: str, **values: int) -> dict[str, Any]:
        """The authority's own version of a policy with these figures, before anything happens; returns it."""
        data = changed(key, **values)
        publications.publish_figures(
            key,
            data,
            reason="As the board decided",
            takes_effect_at=self.now + MINUTE,
            seconded_by=of.head,
            authority_id=of.authority.pk,
            by=of.manager,
            at=self.now,
        )
        self.sweep()
        return data


def changed(key: str, **values: int) -> dict[str, Any]:
    last = revisions.last_of(key)
    return figures.changed(last.data, revisions.figures_of(last), values)


def happened(child: Child, key: str, start: datetime, until: datetime) -> list[Line]:
    """What the engine has on record of the steps or reviews of this policy that were open in the period."""
    alerts = Alert.objects.filter(child=child, clock__kind=search_replaying.KINDS[key], opened_at__lt=until)
    if key != policies.REVIEW:
        steps = DutyStep.objects.filter(episode__child=child)
        kinds = [step.kind for step in steps if step.is_after == (key == policies.AFTER)]
        alerts = alerts.filter(clock__duty__in=kinds)
    found = []
    for alert in alerts.exclude(ended_at__lt=start).select_related("clock"):
        climbed = [
            (row.step, row.owed_at, row.climbed_at)
            for row in alert.climbed.order_by("climbed_at", "owed_at", "step")
            if start <= row.climbed_at < until
        ]
        over = alert.ended_at is not None and alert.ended_at < until
        ended_at = f"{alert.ended_at:%d %H:%M:%S}" if over else ""
        found.append(Line(alert.opened_at, alert.clock.duty, alert.due_at, ended_at, tuple(climbed)))
    return sorted(found)


def replayed(
    child: Child, key: str, start: datetime, until: datetime, book: Book | None = None
) -> list[Line]:
    searched = search_replaying.read([child.pk], key, start=start)[child.pk]
    raised = search_replaying.replay(searched, book or in_force(key), key, until=until)
    for one in raised:
        one.kind = one.about
    return told(raised, until)


def a_search(lives: Lives) -> None:
    """Reported, a meeting booked and held late, a briefing given late, arrested after three days; nobody does the rest."""
    lives.do(lambda one: missing(one.child, by=one.worker, at=GONE), at=GONE)
    booked, held = GONE + 23 * HOUR, GONE + 40 * HOUR

    def answer(one: Watched, duty: Duty, at: datetime, **said: Any) -> None:
        told = {"answer": "done", "note": "Ada Brook led it"} | said
        duty_steps.answer(lives.step(one, duty), **told, by=one.desk.person, at=at)

    later = {"answer": "booked", "booked_for": GONE + 30 * HOUR}
    lives.do(lambda one: answer(one, Duty.STRATEGY, booked, **later), at=booked)
    lives.do(lambda one: answer(one, Duty.BRIEFING, GONE + 26 * HOUR), at=GONE + 26 * HOUR)
    lives.do(lambda one: answer(one, Duty.STRATEGY, held), at=held)
    back = GONE + 75 * HOUR
    lives.do(lambda one: ended(lives.episode(one), outcome="arrested", by=one.desk.person, at=back), at=back)
    lives.do(lambda one: seen(one.child, by=one.carer, at=back + MINUTE), at=back + MINUTE)


def test_steps_of_a_search_and_after_it_are_told_as_the_engine_told_them_and_would_have() -> None:
    lives = Lives()
    plain, other = lives.both
    tighter = {
        policies.DUTY: {
            "police_reference": 120,
            "police_reference_R4": 180,
            "briefing": 20 * 60,
            "ukmpu": 48 * 60,
        },
        policies.AFTER: {"appropriate_adult": 30, "appropriate_adult_R4": 180, "solicitor_R4": 120},
    }
    data = {key: lives.agree(other, key, **values) for key, values in tighter.items()}
    a_search(lives)
    until = GONE + 90 * HOUR
    lives.go_to(until)
    for key, proposed in data.items():
        for start in (AT, GONE + 25 * HOUR, GONE + 76 * HOUR):
            assert replayed(plain.child, key, start, until) == happened(plain.child, key, start, until)
            assert replayed(other.child, key, start, until) == happened(other.child, key, start, until)
        assert len(happened(plain.child, key, AT, until)) > 1
        # What the first authority would have been told by what the second went by, over the facts of its own.
        book = in_force(key).proposing(key, proposed, start=AT, authority_id=plain.authority.pk)
        would = replayed(plain.child, key, AT, until, book)
        assert would == happened(other.child, key, AT, until)
        assert would != happened(plain.child, key, AT, until)
        # A version counts for what begins after it.
        late = in_force(key).proposing(key, proposed, start=until - HOUR, authority_id=plain.authority.pk)
        assert replayed(plain.child, key, AT, until, late) == happened(plain.child, key, AT, until)


def test_reviews_of_a_search_are_told_as_the_engine_told_them_and_would_have() -> None:
    lives = Lives()
    plain, other = lives.both
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
    for start in (AT, held - HOUR, held + HOUR):
        for one in lives.both:
            assert replayed(one.child, key, start, until) == happened(one.child, key, start, until)
    assert {step for line in happened(plain.child, key, AT, until) for step, *_at in line.climbed} == {
        "R4",
        "R5",
    }
    book = in_force(key).proposing(key, proposed, start=AT, authority_id=plain.authority.pk)
    would = replayed(plain.child, key, AT, until, book)
    assert would == happened(other.child, key, AT, until)
    assert would != happened(plain.child, key, AT, until)
    # As counts, by the same way as the page and the command.
    found = replays.compare(
        replays.proposal_of(key, proposed, authority_id=plain.authority.pk),
        Period(AT, until),
        [plain.authority.pk],
    )
    assert (found.in_force.alerts, found.in_force.children, found.proposed.police_messages) == (2, 1, 0)
    assert found.in_force.climbed["R4"] == found.proposed.climbed["R4"] == 2


def test_a_strategy_meeting_is_asked_for_after_as_many_episodes_as_the_proposal_says() -> None:
    lives = Lives()
    plain, other = lives.both
    key = policies.AFTER
    proposed = lives.agree(other, key, repeated_episodes=2, repeated=1)
    for gone_at in (GONE, GONE + 5 * HOUR):
        lives.do(lambda one, at=gone_at: missing(one.child, by=one.worker, at=at), at=gone_at)
        back = gone_at + 2 * HOUR
        lives.do(
            lambda one, at=back: ended(
                MissingEpisode.objects.filter(child=one.child).latest("number"), by=one.desk.person, at=at
            ),
            at=back,
        )
    # Seen at each roll-call: what an ending opened waits while a child is looked for again.
    for hours in (9.5, 12, 21, 26, 30.5, 33.5, 36):
        at = GONE + hours * HOUR
        lives.do(lambda one, at=at: seen(one.child, by=one.carer, at=at), at=at)
    until = GONE + 38 * HOUR
    lives.go_to(until)
    for one in lives.both:
        assert replayed(one.child, key, AT, until) == happened(one.child, key, AT, until)
    asked = happened(other.child, key, AT, until)
    assert [line for line in asked if line.kind == Duty.REPEATED]
    assert not [line for line in happened(plain.child, key, AT, until) if line.kind == Duty.REPEATED]
    book = in_force(key).proposing(key, proposed, start=AT, authority_id=plain.authority.pk)
    assert replayed(plain.child, key, AT, until, book) == asked
    delivered = revisions.last_of(key).data
    book = in_force(key).proposing(key, delivered, start=AT, authority_id=other.authority.pk)
    assert replayed(other.child, key, AT, until, book) == happened(plain.child, key, AT, until)
