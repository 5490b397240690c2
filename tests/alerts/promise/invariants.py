"""The seven invariants, asked of the promise machine after every step."""

from datetime import datetime, timedelta

from django.db.models import Q
from hypothesis.stateful import invariant

from alerts import coming_of_age, integrity, journey_mails
from alerts.models import Alert, AlertStep, DutyStep, Message, MessageItem, MessageKind
from alerts.states import MessageStatus
from cases import absences, facts, grants, histories, incidents, relations
from cases.models import (
    ChildLink,
    Contact,
    Event,
    FoundChild,
    FoundMatch,
    HeadCount,
    IncidentEpisode,
    Journey,
    JourneyConfirmation,
    Meeting,
    MissingEpisode,
    NrmReferral,
    Outcome,
    Responsibility,
    Trigger,
)
from cases.states import NRM_OPEN, EpisodeOutcome, EpisodeStatus, NrmStatus
from guardians import covers
from guardians.models import GuardianAssignment, GuardianReferral
from tests import remembered
from tests.alerts.outgoing import tick_until_still
from tests.alerts.promise.kept import nobody_kept_away_is_told
from tests.alerts.promise.link_requests import no_question_is_forgotten
from tests.alerts.promise.world import Stage
from tests.counts import counts
from tests.factories import AT

# With no proof for so long, no policy of domain.md 2a leaves a settled child without an alert.
LOOSEST = timedelta(hours=26)
# On a journey no stop is longer than two hours after the last sight, and duty rings a quarter of an hour later.
ON_THE_WAY = timedelta(hours=2, minutes=15)
# Who looks after a found child is asked of its desk so long after it was found.
ASKED_AFTER = timedelta(hours=6)
# Held back here on purpose: the machine says when a sender runs.
UNSENT = "messages ready to go that no sender has taken"
# So it is with what a dead one had in its hands.
UNTAKEN = "messages whose sender is gone and that nobody took over"


class Invariants(Stage):
    """Each asks the rows themselves, by a definition of its own."""

    # After how many deeds of a walk what is promised is asked.
    asked_each = counts(6, 1)

    @invariant()
    def the_promise_holds(self) -> None:
        if not hasattr(self, "held"):
            return
        self.the_engine_looks()
        # Nobody writes until all is asked. Each is read alone: what one of a set has, most have nothing of, is read of all
        # of the set.
        ids = [child.pk for child in self.world.children]
        self.read |= {pk: facts.load([pk])[pk] for pk in ids}
        self.nobody_is_silent()
        self.no_stop_passes_in_silence()
        self.one_authority()
        self.one_force_leads()
        nobody_kept_away_is_told()
        self.the_other_is_looked_for()
        self.who_was_found_is_asked()
        self.no_found_child_is_forgotten()
        no_question_is_forgotten(self.now)
        self.what_was_answered_climbs_no_further()
        self.no_search_ended_by_itself()
        self.no_message_twice()
        self.what_was_taken_is_known_and_followed_by_its_end()
        self.what_is_waited_for_is_one_story()
        self.who_came_is_asked_about()
        self.an_interview_is_owed_until_it_is_one()
        self.the_police_are_asked_until_they_have_asked()
        self.what_stood_stays()
        self.nobody_reads_what_is_not_released()
        self.no_child_is_without_a_guardian_unheard()
        self.each_step_of_a_transfer_is_asked_for()
        self.a_message_is_told_at_once_while_the_child_is_looked_for()
        self.the_third_search_owes_a_meeting_until_it_is_held()
        self.a_death_leaves_what_the_council_owes_and_nothing_else()
        self.known.append((self.now, {pk: remembered.image(read) for pk, read in self.read.items()}))
        # Nor does anybody do anything at the instant of a sweep.
        self.now += timedelta(seconds=1)

    def it_goes_on(self) -> None:
        """After a deed of a walk: the engine looks each time, and what is promised is asked now and then, and of all in full."""
        if (self.steps + 1) % self.asked_each == 0:
            self.the_promise_holds()
        else:
            self.the_engine_looks()
            self.now += timedelta(seconds=1)

    def the_engine_looks(self) -> None:
        # No two things happen at one instant.
        self.now += timedelta(seconds=1)
        self.sweep()
        self.steps += 1
        if self.steps % counts(48, 1) == 0:
            self.nothing_is_broken(self.now)

    def nothing_is_broken(self, at: datetime) -> None:
        """All that the check of integrity asks of the rows; what it finds stays, so in short it is asked now and then."""
        broken = {answer.question: answer.references for answer in integrity.check(at)}
        broken.pop(UNSENT)
        broken.pop(UNTAKEN)
        found = {question: references for question, references in broken.items() if references}
        assert not found, found

    def history_says_what_was_known(self) -> None:
        """After each act, and until the next, as it was read then: what was written over since is taken back."""
        self.each_profile_is_as_it_stood()
        found = histories.read([child.pk for child in self.world.children])
        for at, then in self.known:
            for pk, was in then.items():
                told = remembered.image(histories.at(found[pk], at))
                assert told == was, f"the facts of {at:%d %b %H:%M:%S}"

    def sweep(self) -> None:
        """What one pass opens may owe something at once, as after hours without a sweep; three passes are enough for all."""
        coming_of_age.ask(now=self.now)
        tick_until_still(self.now, at_most=3)
        journey_mails.tell(now=self.now)
        # So are the grants of searches and of cover that are over by their date, by tasks of their own.
        grants.take_from_forces(at=self.now, after=relations.FORCE_READS_AFTER)
        covers.take_ended(at=self.now, since=timedelta(days=100))

    def one_force_leads(self) -> None:
        """Of each search of which a force was told, at every instant one; and it is one that is told still."""
        for episode in MissingEpisode.objects.filter(forces__isnull=False).distinct():
            starts = list(episode.forces_in_charge.order_by("starts_at"))
            assert [one.offer is None for one in starts] == [True, *[False] * (len(starts) - 1)]
            assert starts[0].starts_at == min(episode.forces.values_list("added_at", flat=True))
            assert episode.forces.get(force=starts[-1].force_id).left_at is None
            assert episode.force_offers.filter(answer="").count() <= 1
            assert episode.officers.filter(ends_at=None, force=starts[-1].force_id).count() <= 1

    def nobody_is_silent(self) -> None:
        """By a definition that knows no policy: long without proof, and neither alert nor search nor leave, is silence."""
        for child in self.world.children:
            known = self.read[child.pk]
            # Who is treated as an adult elsewhere is visited each week; at a stop of a journey they are asked for as any.
            if known.watched_until is not None or known.elsewhere_since is not None:
                continue
            proofs = Contact.objects.filter(child=child, withdrawn_at=None, outcome=Outcome.SEEN)
            # Duty saw the child, or spoke to it, before the search was ended.
            over = MissingEpisode.objects.filter(
                child=child, ended_at__isnull=False, child_confirmed_at__isnull=False
            )
            held = [*proofs.values_list("happened_at", flat=True)]
            last = max([AT, *held, *over.values_list("child_confirmed_at", flat=True)])
            gone = absences.Absence.objects.filter(child=child)
            # Outings one after the other, however many, are one day at the most.
            outings = gone.filter(Q(ends_at=None) | Q(ends_at__gt=last), kind=absences.Absence.Kind.OUT)
            longest = LOOSEST + timedelta(days=1) if outings.exists() else LOOSEST
            if self.now - last <= longest or Alert.objects.open().filter(child=child).exists():
                continue
            absent = gone.filter(ends_at=None, kind=absences.Absence.Kind.AWAY).exists()
            searched = MissingEpisode.objects.open().filter(child=child).exists()
            assert absent or searched, f"{child.reference} is silent since {last:%d %b %H:%M}"

    def no_stop_passes_in_silence(self) -> None:
        """A child who was picked up and whom nobody has seen for a stretch and the first rung is alarmed or looked for."""
        for journey in Journey.objects.open():
            if not JourneyConfirmation.objects.counting().filter(stop__journey=journey).exists():
                continue
            proofs = Contact.objects.filter(child=journey.child_id, withdrawn_at=None, outcome=Outcome.SEEN)
            # Of a search that somebody has ended they have seen the child; the journey goes on only where it was none.
            ended = MissingEpisode.objects.filter(child=journey.child_id, ended_by__isnull=False)
            seen = [*proofs.values_list("happened_at", flat=True), *ended.values_list("ended_at", flat=True)]
            if self.now - max(seen) <= ON_THE_WAY:
                continue
            alarmed = Alert.objects.open().filter(child=journey.child_id).exists()
            searched = MissingEpisode.objects.open().filter(child=journey.child_id).exists()
            assert alarmed or searched, f"a stop of {journey} has passed in silence"

    def one_authority(self) -> None:
        for child in self.world.children:
            assert Responsibility.objects.at(self.now).filter(child=child).count() == 1

    def the_other_is_looked_for(self) -> None:
        """Of two of one house, or of whom somebody says that they belong together, one missing is the other asked for."""
        for one, other in (self.world.children, self.world.children[::-1]):
            search = MissingEpisode.objects.open().filter(child=one, police_owed_at__lte=self.now).first()
            if self.read[other.pk].watched_until is not None:
                continue
            if search is None or search.police_owed_at <= self.now - timedelta(hours=72):
                continue
            lives = other.placements.filter(ends_at=None, starts_at__lte=search.police_owed_at).first()
            house = search.placement is not None and lives is not None and lives.home == search.placement.home
            said = ChildLink.objects.exclude(check_result=ChildLink.Check.NOT_SO).exists()
            if not house and not said:
                continue
            late = HeadCount.objects.filter(child=search.child, raised_at__lte=search.opened_at).exists()
            if late and search.started_by == "silence" and search.confirmed_at is None:
                # Nobody answered for this one, and nobody has confirmed that it is missing.
                continue
            known = self.read[other.pk]
            if known.is_sought or known.is_travelling or known.elsewhere_since is not None:
                continue
            asked = HeadCount.objects.get(child=other, episode=search)
            proofs = Contact.objects.filter(child=other, withdrawn_at=None, outcome=Outcome.SEEN)
            seen_since = proofs.filter(happened_at__gte=asked.since).exists()
            back = MissingEpisode.objects.filter(child=other, ended_at__gte=asked.since).exists()
            if seen_since or back or self.now < asked.due_at:
                continue
            alarmed = Alert.objects.open().filter(child=other).exists()
            sought = MissingEpisode.objects.open().filter(child=other).exists()
            assert alarmed or sought, "nobody looks for the other"
        for one in HeadCount.objects.filter(ended_at=None).select_related("episode"):
            assert one.episode.outcome != EpisodeOutcome.RECORDING_LATE, "nobody was missing"

    def who_was_found_is_asked(self) -> None:
        """Of two who went together one was found: whoever looks for the other has been told, and the search goes on."""
        for row in IncidentEpisode.objects.filter(withdrawn_at=None).select_related("episode__child"):
            search = row.episode
            sought = search.status == EpisodeStatus.MISSING or search.police_owed_at is not None
            is_open = search.ended_at is None and search.child_confirmed_at is None
            for mate in incidents.others(search):
                late = mate.outcome == EpisodeOutcome.RECORDING_LATE
                lately = mate.child_confirmed_at and mate.child_confirmed_at > self.now - timedelta(hours=72)
                if is_open and sought and lately and not late:
                    told = Trigger.objects.filter(child=search.child_id, kind=Trigger.Kind.MATE_FOUND)
                    of_this = Q(mate=mate, recorded_at__gte=mate.child_confirmed_at)
                    asked = told.filter(of_this | Q(answered_at=None))
                    assert asked.exists(), "nobody was told that the other was found"
        for one in Trigger.objects.filter(kind=Trigger.Kind.MATE_FOUND, answered_at=None).select_related(
            "mate"
        ):
            assert one.mate.child_confirmed_at is not None, (
                "somebody is asked on about a find that holds no more"
            )

    def no_found_child_is_forgotten(self) -> None:
        """An open one is asked about until it is somebody's; and so is each search of which nobody has said if it is meant."""
        for row in FoundChild.objects.select_related("matter__clock"):
            asking = row.matter.clock
            assert (asking.ended_at is None) == (row.closed_at is None), f"{row}: {asking.ended_at}"
            if row.closed_at is None:
                assert asking.next_at is not None, f"{row} is open and nobody is asked on"
                assert asking.next_at > self.now, f"{row} was owed at {asking.next_at:%d %b %H:%M}"
            if row.closed_at is None and self.now - row.found_at >= ASKED_AFTER:
                told = Message.objects.filter(matter=row.matter_id, wording="found_waits")
                assert told.exists(), f"nobody was asked who has {row}"
        waiting = set[int]()
        for match in FoundMatch.objects.filter(answer="", found__closed_at=None).select_related("episode"):
            child_id, episode = match.episode.child_id, match.episode
            if episode.ended_at is None and self.read[child_id].watched_until is None:
                waiting.add(episode.pk)
        alerts = Alert.objects.open().filter(clock__duty="found_answer")
        assert set(alerts.values_list("clock__episode", flat=True)) == waiting, "asked are others than owe it"

    def what_was_answered_climbs_no_further(self) -> None:
        """Of a step that is answered nobody was told since, and of a review that was held."""
        for step in DutyStep.objects.exclude(done_at=None):
            later = AlertStep.objects.filter(
                alert__clock__episode=step.episode_id,
                alert__clock__duty=step.kind,
                climbed_at__gt=step.done_at,
            )
            assert not later.exists(), f"{step.kind} was answered, and climbed"
            open_alerts = Alert.objects.open().filter(
                clock__episode=step.episode_id, clock__duty=step.kind, clock__kind="duty"
            )
            assert not open_alerts.exists(), f"{step.kind} was answered, and its alert stands"

    def no_search_ended_by_itself(self) -> None:
        reached = MissingEpisode.objects.filter(police_owed_at__lte=self.now)
        self.searched |= set(reached.open().values_list("pk", flat=True))
        still = set(MissingEpisode.objects.open().values_list("pk", flat=True))
        assert self.searched - self.called_off <= still, "a search ended and nobody ended it"

    def what_is_waited_for_is_one_story(self) -> None:
        """Each referral is where its last step left it, each step began there, and none ended by one person alone."""
        for row in NrmReferral.objects.prefetch_related("steps"):
            steps = sorted(row.steps.all(), key=lambda step: step.pk)
            assert [NrmStatus.REFERRED, *(step.status for step in steps)] == [
                *(step.before for step in steps),
                row.status,
            ]
            closing = [step for step in steps if step.status not in NRM_OPEN]
            assert all(step.seconded_by_id not in (None, step.recorded_by_id) for step in closing)
        standing = GuardianAssignment.objects.current(self.now).values("child")
        assert not GuardianReferral.objects.open().filter(child__in=standing).exists()
        for child in self.world.children:
            assert NrmReferral.objects.filter(child=child, status__in=NRM_OPEN).count() <= 1
            told = Event.objects.filter(child=child, kind="meeting_held").count()
            assert Meeting.objects.filter(child=child).count() == told

    def no_message_twice(self) -> None:
        rows = MessageItem.objects.values_list(
            "alert", "step", "kind", "message__channel", "message__recipient"
        )
        assert len(rows) == len(set(rows)), "somebody is told the same step twice"
        sending = Message.objects.filter(status=MessageStatus.SENDING)
        assert set(sending.values_list("pk", flat=True)) <= self.in_dead_hands

    def what_was_taken_is_known_and_followed_by_its_end(self) -> None:
        """What a server took is out or may be, for one reader, and again only where nobody knew; who read it hears the end."""
        for number, to in self.wire.taken.items():
            assert len(set(to)) == 1, f"{number} went to {set(to)}"
            assert len(to) <= 1 + self.wire.in_doubt[number], f"{number} went {len(to)} times"
        numbers = list(self.wire.taken)
        rows = Message.objects.filter(Q(pk__in=numbers) | Q(bundle__in=numbers))
        out = Q(status__in=(MessageStatus.SENT, MessageStatus.SENDING)) | Q(may_be_out=True)
        assert not rows.exclude(out).exists(), "somebody has read what is not known to be out"
        told = MessageItem.objects.filter(message__in=rows, alert__ended_at__isnull=False).exclude(
            Q(kind=MessageKind.ENDING) | Q(alert__end_reason__in=Alert.IN_SILENCE)
        )
        died = MissingEpisode.objects.filter(outcome=EpisodeOutcome.DIED).values("child")
        goes_on = Q(alert__clock__episode__isnull=False, alert__clock__episode__ended_at=None)
        for item in told.exclude(Q(alert__child__in=died) | goes_on).select_related("message", "alert"):
            ends = item.alert.message_items.filter(
                step__startswith="ending", recipient=item.message.recipient
            )
            assert ends.exists(), f"{item.message.recipient} was told of {item.alert} and hears no end"
