"""What a death leaves of the promise machine: nothing asks for the child any more, and what the council owes climbs by day."""

from django.db.models import Q

from alerts.models import Alert, Channel, Clock, DutyStep, DutyTask, Message, MessageItem, MessageKind
from alerts.states import MessageStatus
from cases.deadlines import LONDON
from cases.models import MissingEpisode
from cases.states import EpisodeOutcome
from tests.alerts.promise.world import Stage

# What every death leaves to do, and what may be out about the child besides (docs/adr/0144).
OWED = {"coroner", "friends_told", "panel_notified"}
LEFT = {*OWED, "taken_down"}
DAY = range(7, 22)
# What is read or asked whatever has ended.
HEARD = (DutyTask.Kind.READ_REPLY, DutyTask.Kind.AFTER_DEATH)


class Deaths(Stage):
    """Of a death that stands; one that was another child's is none."""

    def a_death_leaves_what_the_council_owes_and_nothing_else(self) -> None:
        for death in MissingEpisode.objects.filter(outcome=EpisodeOutcome.DIED):
            self.nothing_asks_for_the_dead(death)
            self.what_is_owed_of_a_death_climbs_by_day(death)

    def nothing_asks_for_the_dead(self, death: MissingEpisode) -> None:
        """No clock runs, no alert stands, no message was owed since or waits to go, and nobody is to ring about it."""
        left = Q(kind="duty", episode=death, duty__in=LEFT)
        running = Clock.objects.filter(child=death.child_id, next_at__isnull=False).exclude(left)
        assert not running.exists(), f"after a death these go on: {[*running.values_list('kind', 'duty')]}"
        left = Q(clock__kind="duty", clock__episode=death, clock__duty__in=LEFT)
        alerts = Alert.objects.filter(child=death.child_id)
        standing = alerts.open().exclude(left).values_list("clock__kind", "clock__duty")
        assert not standing.exists(), f"after a death these alerts stand: {[*standing]}"
        asking = Q(items__alert__in=alerts.exclude(left)) | Q(journey__child=death.child_id)
        told = Message.objects.filter(asking).exclude(kind=MessageKind.ENDING)
        told = told.filter(Q(created_at__gt=death.ended_at) | Q(status=MessageStatus.QUEUED))
        assert not told.exists(), f"after a death is told: {[*told.values_list('wording', 'post')]}"
        calls = DutyTask.objects.open().filter(items__alert__child=death.child_id).exclude(kind__in=HEARD)
        calls = calls.exclude(items__alert__status="open").exclude(message__kind=MessageKind.ENDING)
        assert not calls.exists(), f"after a death is to be rung: {[*calls.values_list('kind', flat=True)]}"

    def what_is_owed_of_a_death_climbs_by_day(self, death: MissingEpisode) -> None:
        """Each step by its rungs until it is answered, by mail alone, and none of them by night."""
        steps = DutyStep.objects.filter(episode=death, kind__in=OWED)
        assert {step.kind for step in steps} == OWED
        for step in steps:
            hours = {rung: moment.astimezone(LONDON).hour for rung, moment in step.rungs.items()}
            assert set(hours.values()) <= {*DAY}, f"{step} wakes somebody: {hours}"
            of_step = Q(clock__kind="duty", clock__episode=death, clock__duty=step.kind)
            standing = Alert.objects.open().filter(of_step).first()
            if step.done_at is None:
                owed = {rung for rung, moment in step.rungs.items() if moment <= self.now}
                climbed = set(standing.climbed.values_list("step", flat=True)) if standing else set()
                assert climbed == owed, f"of {step} heard {climbed}, and owed it was to {owed}"
            told = MessageItem.objects.filter(alert__in=Alert.objects.filter(of_step), step__in=hours)
            assert not told.exclude(message__channel=Channel.MAIL).exists(), f"{step} is more than a mail"
