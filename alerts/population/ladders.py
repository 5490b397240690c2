"""The alerts of searches that go on: every step climbed when it was owed, told to those whose post it is, and met."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts import call_ladder, clocks, default_policies, recipients, tellings
from alerts.call_ladder import CallFacts
from alerts.models import Alert, AlertStep, Clock, Message, MessageItem, MessageProof
from alerts.population.book import Book
from alerts.population.searches import Search
from alerts.recipients import Directory, Post, Recipient
from alerts.schedule import Step, step_instants
from alerts.states import MessageStatus
from cases import facts
from cases.facts import ChildFacts
from cases.models import MissingEpisode

Told = tuple[tellings.Telling, Recipient]
CLIMBED = timedelta(seconds=1)
SENT = timedelta(seconds=4)
_OF_A_REPORT = (Step.R4, Step.R5)
_OF_A_LOOK = (Step.R1, Step.R2, Step.R4, Step.R5)


@dataclass(frozen=True)
class Climbed:
    """One step of one alert, by the ladder's own table."""

    kind: str
    step: str
    owed_at: datetime


def climb(book: Book, searches: Sequence[Search], at: datetime) -> None:
    """Enter what the engine would have written since each search began; their clocks are written already."""
    ids = [search.told.child.pk for search in searches]
    loaded = facts.load(ids)
    directory = recipients.directory(list(loaded.values()), at=at)
    found = Clock.objects.filter(child__in=ids, kind__in=(Clock.Kind.CONTACT, Clock.Kind.CALL))
    keys = {(clock.child_id, clock.kind, clock.episode_id): clock.pk for clock in found}
    reminded: dict[int, list[Clock]] = defaultdict(list)
    for clock in Clock.objects.filter(child__in=ids, kind=Clock.Kind.REVIEW, due_at__lte=at):
        reminded[clock.child_id].append(clock)
    for search in searches:
        child = loaded[search.told.child.pk]
        alerts = {
            Clock.Kind.CONTACT: _contact(book, search, keys),
            Clock.Kind.CALL: _call(book, search, keys),
        }
        for one in _steps(search):
            told = _told(_plan(search, one), child, directory)
            _climb(book, search, alerts[Clock.Kind(one.kind)], one, told)
        for clock in reminded[search.told.child.pk]:
            _remind(book, search, clock, child, directory)


def _told(plan: tellings.StepPlan, child: ChildFacts, directory: Directory) -> list[Told]:
    return [
        (telling, recipient)
        for telling in plan.tellings
        for recipient in directory.resolve(Post(telling.post), child, telling.channels)
    ]


def _remind(book: Book, search: Search, clock: Clock, child: ChildFacts, directory: Directory) -> None:
    """Of a review that is coming up its people were reminded a fortnight before its day."""
    if clock.due_at is None:
        raise TypeError("this review is not owed")
    alert = book.add(
        Alert(
            clock=clock,
            child=search.told.child,
            episode=search.episode,
            due_at=clock.due_at,
            rows=clock.rows,
            steps=clock.steps,
            opened_at=clock.due_at + CLIMBED,
        )
    )
    one = Climbed(Clock.Kind.REVIEW, Step.R0, clock.due_at)
    _climb(book, search, alert, one, _told(tellings.plan(one.kind, one.step), child, directory))


def _steps(search: Search) -> Iterator[Climbed]:
    """Every step that these facts have owed, in order."""
    owed = search.episode.opened_at
    called = call_ladder.schedule(CallFacts(owed, search.verified))
    steps = [Climbed(Clock.Kind.CALL, step, moment) for step, moment in called]
    steps += [Climbed(Clock.Kind.CONTACT, step, moment) for step, moment in _rungs(search.episode).items()]
    yield from sorted(steps, key=lambda one: (one.owed_at, one.kind))


def _rungs(episode: MissingEpisode) -> dict[Step, datetime]:
    wanted = _OF_A_LOOK if episode.started_by == MissingEpisode.StartedBy.NOT_HERE else _OF_A_REPORT
    instants = step_instants(default_policies.NOT_HERE.steps, episode.opened_at)
    return {step: moment for step, moment in instants.items() if step in wanted}


def _contact(book: Book, search: Search, keys: dict[tuple[int, str, int | None], int]) -> Alert:
    steps = {step.value: moment.isoformat() for step, moment in _rungs(search.episode).items()}
    clock_id = keys[search.told.child.pk, Clock.Kind.CONTACT, None]
    return _alert(book, search, clock_id, [default_policies.NOT_HERE.key], steps)


def _call(book: Book, search: Search, keys: dict[tuple[int, str, int | None], int]) -> Alert:
    clock_id = keys[search.told.child.pk, Clock.Kind.CALL, search.episode.pk]
    return _alert(book, search, clock_id, [], {})


def _alert(book: Book, search: Search, clock_id: int, rows: list[str], steps: dict[str, str]) -> Alert:
    owed = search.episode.opened_at
    return book.add(
        Alert(
            clock_id=clock_id,
            child=search.told.child,
            episode=search.episode,
            due_at=owed,
            rows=rows,
            steps=steps,
            opened_at=owed + CLIMBED,
        )
    )


def _plan(search: Search, one: Climbed) -> tellings.StepPlan:
    looked = search.episode.started_by == MissingEpisode.StartedBy.NOT_HERE
    of_look = looked and one.kind == Clock.Kind.CONTACT and one.step in tellings.NOT_HERE
    return tellings.plan(Clock.Kind.NOT_HERE if of_look else one.kind, one.step)


def _climb(book: Book, search: Search, alert: Alert, one: Climbed, told: Sequence[Told]) -> None:
    met = AlertStep.Met.MESSAGES if told else AlertStep.Met.NOBODY
    climbed = one.owed_at + CLIMBED
    book.add(AlertStep(alert=alert, step=one.step, owed_at=one.owed_at, climbed_at=climbed, met=met))
    for telling, recipient in told:
        _message(book, alert, one, telling, recipient)
    search.told.tell(
        "climbed",
        subject=alert,
        by=None,
        at=climbed,
        data={
            "clock": one.kind,
            "step": one.step,
            "owed_at": one.owed_at.isoformat(),
            "late_seconds": int(CLIMBED.total_seconds()),
            "met": met,
        },
    )


def _message(book: Book, alert: Alert, one: Climbed, telling: tellings.Telling, recipient: Recipient) -> None:
    sent = one.owed_at + SENT
    message = book.add(
        Message(
            kind=telling.kind,
            wording=telling.wording,
            step=one.step,
            channel=recipient.channel,
            post=recipient.post,
            recipient=recipient.key,
            user_id=recipient.user_id,
            mailbox_id=recipient.mailbox_id,
            phone=recipient.phone,
            episode_id=alert.episode_id,
            force_id=recipient.force_id,
            urgency=clocks.urgency_of(one.step),
            owed_at=one.owed_at,
            created_at=one.owed_at + CLIMBED,
            next_try_at=one.owed_at + CLIMBED,
            status=MessageStatus.SENT,
            attempts=1,
            fence=1,
            sent_at=sent,
        )
    )
    book.add(
        MessageItem(message=message, alert=alert, step=one.step, kind=telling.kind, recipient=recipient.key)
    )
    # Of an old mail the hash, the recipient and the times are kept, and no text.
    book.add(
        MessageProof(message=message, at=sent, accepted=True, address=recipient.key, response="accepted")
    )


def rest(searches: Collection[Search], *, at: datetime) -> None:
    """Read the clocks of these children again, now that their alerts stand."""
    clocks.recompute([search.told.child.pk for search in searches], at=at)
