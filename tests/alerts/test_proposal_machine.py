"""Deeds that nobody thought of, of two children at once, whose councils differ in nothing but a proposed policy.

What a replay tells of the one under the other's policy is what the real engine told of the other, both ways.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from alerts import escalations, policies, publications, tellings
from alerts.models import Alert, PolicyVersion
from alerts.replaying import Book, in_force
from cases import contacts, episodes
from cases.models import Contact, Means, MissingEpisode
from cases.states import IllegalMove
from tests.alerts.promise.punctual import ROWS, in_other_time
from tests.alerts.replays import Punctual, are_same, happened, replayed, told
from tests.counts import FULL, counts
from tests.factories import AT, Watched, a_watched_child, ended, missing, not_here, out, seen

BEGINS = AT + timedelta(minutes=1)
spans = st.sampled_from([16, 31, 61, 125, 9 * 60, 13 * 60, 27 * 60])
in_time = st.sampled_from([0.5, 0.75, 1.5, 2])


class Proposed(RuleBasedStateMachine):
    """The same deeds in both lives, never late; what one of them refuses is done in neither."""

    both: tuple[Watched, Watched]

    @initialize(
        rows=st.dictionaries(st.sampled_from(ROWS), in_time, min_size=1, max_size=3),
        calls=st.none() | in_time,
    )
    def begin(self, rows: dict[str, float], calls: float | None) -> None:
        """The second council lives by rows, and a call ladder, that come sooner or later than what is delivered."""
        self.held = transaction.atomic()
        self.held.__enter__()
        plain, other = self.both
        delivered = {one.key: one for one in PolicyVersion.objects.filter(key__in=[*rows, policies.CALL])}
        proposed: dict[str, dict[str, Any]] = {
            key: policies.row_data(in_other_time(policies.row_of(delivered[key]), times))
            for key, times in rows.items()
        }
        if calls is not None:
            data = delivered[policies.CALL].data
            proposed[policies.CALL] = data | {"steps": [seconds * calls for seconds in data["steps"]]}
        for key, data in proposed.items():
            publications.publish_figures(
                key,
                data,
                reason="As the board decided",
                takes_effect_at=BEGINS,
                seconded_by=other.head,
                authority_id=other.authority.pk,
                by=other.manager,
                at=AT,
            )
        self.would = self.was = in_force()
        for key, data in proposed.items():
            self.would = self.would.proposing(key, data, start=BEGINS, authority_id=plain.authority.pk)
            self.was = self.was.proposing(
                key, delivered[key].data, start=BEGINS, authority_id=other.authority.pk
            )
        self.engine = Punctual(AT)
        self.engine.sweep()
        self.now = AT + timedelta(hours=1)
        self.engine.go_to(self.now)

    def teardown(self) -> None:
        if hasattr(self, "held"):
            try:
                plain, other = self.both
                self.agrees(plain, other, self.would)
                self.agrees(other, plain, self.was)
            finally:
                transaction.set_rollback(True)
                self.held.__exit__(None, None, None)

    def agrees(self, one: Watched, lived: Watched, book: Book) -> None:
        real = happened(lived.child.pk, AT, self.now)
        are_same(real, told(replayed(one.child.pk, AT, self.now, book), self.now))

    def do(self, what: Callable[[Watched], Any]) -> None:
        try:
            with transaction.atomic():
                for one in self.both:
                    what(one)
        except IllegalMove as error:
            note(f"refused: {error}")

    def search(self, of: Watched) -> MissingEpisode | None:
        return MissingEpisode.objects.open().filter(child=of.child).first()

    def are_both_sought(self) -> bool:
        return all(self.search(one) is not None for one in self.both)

    @rule(span=spans)
    def time_passes(self, span: int) -> None:
        self.now += timedelta(minutes=span)

    @rule(hours=st.sampled_from([0, 0, 0, 1, 3]), by_carer=st.booleans())
    def see(self, hours: int, by_carer: bool) -> None:
        """Whoever is seen is not looked for any more: duty ends the search at once, as a replay supposes."""

        def act(one: Watched) -> None:
            search = self.search(one)
            by = one.carer if by_carer else one.guardian
            fields = {"happened_at": self.now - timedelta(hours=hours), "knows_child": True}
            seen(one.child, by=by, at=self.now, **fields)
            if search is not None:
                ended(MissingEpisode.objects.get(pk=search.pk), by=one.desk.person, at=self.now)

        self.do(act)

    @rule(means=st.sampled_from(Means))
    def hear(self, means: str) -> None:
        """Of a child who is looked for in neither life."""
        if not any(self.search(one) for one in self.both):
            self.do(lambda one: seen(one.child, by=one.carer, at=self.now, means=means))

    @rule(back=st.integers(0, 2))
    def withdraw(self, back: int) -> None:
        def act(one: Watched) -> None:
            standing = Contact.objects.filter(child=one.child, withdrawn_at=None)
            if wrong := standing[back : back + 1].first():
                contacts.withdraw(wrong, reason="The other boy", by=one.worker, at=self.now)

        self.do(act)

    @rule()
    def look_in_vain(self) -> None:
        self.do(lambda one: not_here(one.child, by=one.carer, at=self.now))

    @rule()
    def report(self) -> None:
        self.do(lambda one: missing(one.child, by=one.carer, at=self.now))

    @rule(hours=st.sampled_from([1, 3, 23]))
    def go_out(self, hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        self.do(lambda one: out(one.child, by=one.carer, at=self.now, until=until))

    @rule()
    def confirm(self) -> None:
        """Duty does of what stands in both lives."""
        if self.are_both_sought():
            self.do(
                lambda one: episodes.confirm(
                    MissingEpisode.objects.open().get(child=one.child), by=one.desk.person, at=self.now
                )
            )

    @rule()
    def verify(self) -> None:
        def act(one: Watched) -> None:
            search = MissingEpisode.objects.open().get(child=one.child)
            said = {"force": one.force, "officer": "PC Penrowe", "incident_reference": "NM-7"}
            escalations.verify(search, **said, by=one.desk.person, at=self.now)

        if self.are_both_sought():
            self.do(act)

    @rule()
    def on_it(self) -> None:
        """Who has nothing to hold yet holds nothing."""

        def act(one: Watched) -> None:
            alert = Alert.objects.open().filter(child=one.child, clock__kind="contact").first()
            if alert is not None:
                with suppress(IllegalMove):
                    escalations.on_it(alert, by=one.desk.person, at=self.now)

        self.do(act)

    @invariant()
    def nothing_is_late(self) -> None:
        if hasattr(self, "held"):
            self.engine.go_to(self.now + timedelta(seconds=1))
            self.engine.go_to(self.now + timedelta(seconds=2))
            self.now = self.engine.now


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_a_proposal_replayed_tells_what_the_engine_told_of_whoever_lived_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A replay supposes that somebody stands on every rung.
    monkeypatch.setattr(tellings.StepPlan, "is_met", lambda plan, posts: True)
    Proposed.both = (a_watched_child(), a_watched_child())
    run_state_machine_as_test(
        Proposed,
        settings=settings(
            max_examples=counts(2, 100),
            stateful_step_count=counts(12, 30),
            deadline=None,
            derandomize=not FULL,
            suppress_health_check=list(HealthCheck),
        ),
    )
