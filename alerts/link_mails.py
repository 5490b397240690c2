"""Word to whoever asked another council for a sibling or companion; and what a search, a closing or a mark does to it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from alerts import recipients, tiers
from alerts.models import Channel, Message, MessageKind
from alerts.recipients import Post, Recipient
from alerts.states import MessageStatus
from alerts.urgency import urgency_of
from cases import facts, link_requests, log, same_child
from cases.models import Child, Event, KeepFrom, LinkMatter, LinkRequest, MissingEpisode, Restriction
from cases.states import EpisodeOutcome

logger = structlog.get_logger(__name__)

SILENT, STILL, TOLD, LINKED, MADE = "silent", "still_silent", "told", "linked", "made"
WORDINGS = {
    SILENT: "link_unanswered",
    # Once more, where a search began after the time was over, and its own time is over too.
    STILL: "link_unanswered",
    TOLD: "link_answered",
    LINKED: "link_answered",
    MADE: "link_made",
}
# These ask nobody to act, but while one of the two children is looked for.
ANSWERS = frozenset({"link_answered", "link_made"})
Status = LinkRequest.Status


def tell(*, now: datetime) -> int:
    """Follow what became of the children, and owe word of each answer whose time has come; return what was looked at.

    A request ends with the case of its child and with a restriction of its record. A search makes it urgent until the
    child is found. Whoever works with the child hears of a link at once, of every other answer when it is due, and then
    too that nobody has answered. What waits for the morning waits no longer once one of the two is looked for. One that
    fails is reported and stops no other.
    """
    done = 0
    same_child.follow(now=now)
    for request in _over(now):
        because = link_requests.CLOSED if request.child.closed_at is not None else link_requests.RESTRICTED
        done += _try(request, partial(link_requests.stand_down, request, because, at=now))
    for request, episode in _sought(now):
        done += _try(request, partial(link_requests.hurry, request, episode, at=now))
    for clock in _calm():
        done += _try(clock.request, partial(link_requests.calm, clock, at=now))
    for request in _hurried(now):
        done += _try(request, partial(link_requests.give_time_back, request, at=now))
    for request, step in _put_off(now):
        done += _try(request, partial(_bring_forward, request, step, now))
    for step in WORDINGS:
        for request in waiting(step, now):
            done += _try(request, partial(_owe, request, step, now))
    return done


def _try(request: LinkRequest, work: Callable[[], object]) -> int:
    try:
        work()
    except Exception:
        logger.exception("link_request_not_told", request=request.pk)
    return 1


def _over(now: datetime) -> QuerySet[LinkRequest]:
    """Those whose child's case is closed, who has died, or whose record is restricted."""
    shut = Restriction.objects.current(now).filter(child=OuterRef("child"))
    dead = Child.objects.filter(pk=OuterRef("child"), episodes__outcome=EpisodeOutcome.DIED)
    rows = LinkRequest.objects.asked() | LinkRequest.objects.kept_back(now)
    over = Q(child__closed_at__isnull=False) | Exists(shut) | Exists(dead)
    return rows.filter(over).select_related("child").order_by("pk")


def _sought(now: datetime) -> Iterator[tuple[LinkRequest, MissingEpisode]]:
    """Those that are not urgent yet and whose child is looked for, by which search."""
    soon = now + timedelta(hours=settings.LINK_URGENT_HOURS)
    sought = _searches().exclude(child__link_requests=None)
    for episode in sought.order_by("pk"):
        hurried = LinkMatter.objects.filter(request=OuterRef("pk"), episode=episode, ended_at=None)
        slow = Q(status=Status.ASKED) & ~Exists(hurried)
        kept_back = Q(status__in=LinkRequest.NO_LINK, due_at__gt=soon)
        for request in episode.child.link_requests.filter(slow | kept_back):
            yield request, episode


def _calm() -> QuerySet[LinkMatter]:
    """The clocks of urgency whose child is not looked for any more."""
    rows = LinkMatter.objects.filter(episode__isnull=False, ended_at=None)
    return rows.exclude(episode__in=_searches()).select_related("request").order_by("pk")


def _hurried(now: datetime) -> QuerySet[LinkRequest]:
    """Those that are due earlier than at first, and whose child is not looked for any more."""
    sought = _searches().filter(child=OuterRef("child"))
    clocks = LinkMatter.objects.filter(request=OuterRef("pk")).order_by("pk")
    rows = LinkRequest.objects.asked() | LinkRequest.objects.kept_back(now)
    rows = rows.filter(due_at__gt=now).alias(first_due=Subquery(clocks.values("matter__limit_at")[:1]))
    return rows.filter(~Exists(sought), due_at__lt=F("first_due")).order_by("pk")


def waiting(step: str, now: datetime) -> QuerySet[LinkRequest]:
    """The requests of which word at this step is owed, and no mail is on its way or has arrived."""
    asked = Q(status=Status.ASKED, due_at__lte=now)
    hurried = LinkMatter.objects.filter(request=OuterRef("pk"), episode__isnull=False, ended_at=None)
    later = hurried.filter(matter__limit_at__lte=now, episode__opened_at__gte=OuterRef("due_at"))
    owed = {
        SILENT: asked,
        STILL: asked & Exists(later),
        TOLD: Q(status__in=LinkRequest.NO_LINK, due_at__lte=now),
        LINKED: Q(status=Status.LINKED),
        MADE: Q(status=Status.LINKED),
    }
    said = Message.objects.filter(matter__link_matter__request=OuterRef("pk"), step=step)
    lost = (MessageStatus.FAILED, MessageStatus.CANCELLED)
    rows = LinkRequest.objects.filter(owed[step], child__closed_at=None).exclude(
        Exists(said.exclude(status__in=lost))
    )
    return rows.select_related("child", "authority", "link__child", "link__other").order_by("pk")


def _owe(request: LinkRequest, step: str, now: datetime) -> None:
    """Owe it to the social worker of the child, else to the team's manager; what is urgent, or late, to the desk as well."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=request.child_id)
        # It may have been answered, withdrawn or told of while another had the child.
        still = waiting(step, now).filter(pk=request.pk).first()
        if still is None:
            return
        request = still
        posts: list[tuple[Post, ...]] = [(Post.WORKER, Post.MANAGER)]
        if step in (SILENT, STILL) or _is_urgent(request):
            posts.append((Post.DUTY,))
        _tell(request, step, posts, now)
        # It is over, whoever could be told.
        over = Event.objects.filter(child=child, kind="link_ask_over", subject_id=request.pk)
        if step == TOLD and not over.exists():
            data = {"authority": request.authority.code}
            log.record(child, "link_ask_over", subject=request, data=data, by=None, at=now)


def _tell(request: LinkRequest, step: str, posts: Iterable[tuple[Post, ...]], now: datetime) -> None:
    """Owe it to whoever stands on the first of these posts that anybody holds, of each of them."""
    about = request.link.beside(request.child) if step == MADE and request.link is not None else request.child
    (known,) = facts.whereabouts([about]).values()
    directory = recipients.directory([known], at=now)
    kept = _kept(request, now)
    said = Message.objects.filter(matter__link_matter__request=request, step=step)
    # To whom it failed it is owed no more: whoever stands next hears instead.
    failed = set(said.filter(status=MessageStatus.FAILED).values_list("recipient", flat=True))

    def standing(post: Post) -> list[Recipient]:
        found = directory.resolve(post, known, (Channel.MAIL,))
        return [one for one in found if one.user_id not in kept and one.key not in failed]

    told = [one for choice in posts for one in next(filter(None, map(standing, choice)), [])]
    authority_id = directory.authority.get(about.pk)
    owed = [_message(request, step, one, authority_id=authority_id, now=now) for one in told]
    Message.objects.bulk_create(owed, ignore_conflicts=True)


def _waits(now: datetime) -> QuerySet[Message]:
    """What waits for the morning of requests of which one of the two children is looked for since."""
    sought = _searches().values("child")
    either = Q(child__in=sought) | Q(link__child__in=sought) | Q(link__other__in=sought)
    return Message.objects.filter(
        matter__link_matter__request__in=LinkRequest.objects.filter(either),
        step__in=WORDINGS,
        wording__in=set(WORDINGS.values()),
        status=MessageStatus.QUEUED,
        # What was tried and failed waits for its next try.
        attempts=0,
        next_try_at__gt=now,
    )


def _put_off(now: datetime) -> Iterator[tuple[LinkRequest, str]]:
    """Those requests, each with a step of which word waits so."""
    pairs = sorted(set(_waits(now).values_list("matter__link_matter__request", "step")))
    rows = LinkRequest.objects.select_related("child", "authority", "link__child", "link__other")
    held = rows.in_bulk([pk for pk, _step in pairs])
    yield from ((held[pk], step) for pk, step in pairs)


def _bring_forward(request: LinkRequest, step: str, now: datetime) -> None:
    """It goes at once; and to the desk as well, which is there by night."""
    with transaction.atomic():
        Child.objects.locked().get(pk=request.child_id)
        waits = _waits(now).filter(matter__link_matter__request=request, step=step)
        ids = list(waits.values_list("pk", flat=True))
        # One that a sender has taken meanwhile is not queued any more.
        rows = Message.objects.filter(pk__in=ids, status=MessageStatus.QUEUED)
        if rows.update(next_try_at=now, owed_at=now):
            _tell(request, step, [(Post.DUTY,)], now)


def _kept(request: LinkRequest, now: datetime) -> set[int]:
    """Whoever is kept from one of the two: that a link was made would tell them where to look."""
    return KeepFrom.objects.people(_both(request), now)


def _message(
    request: LinkRequest, step: str, to: Recipient, *, authority_id: int | None, now: datetime
) -> Message:
    owed_at = request.due_at
    if step in (LINKED, MADE) and request.answered_at is not None:
        owed_at = request.answered_at
    # Of its first clock, so that it is owed once; that nobody answers, of the clock of whoever is asked now.
    clocks = request.matters.filter(episode__isnull=step != STILL)
    clock = clocks.order_by("-pk" if step in (SILENT, STILL) else "pk")[0]
    goes_at = now if _is_sought(request) else tiers.by_day(now)
    return Message(
        kind=MessageKind.ALERT,
        wording=WORDINGS[step],
        step=step,
        channel=to.channel,
        post=to.post,
        recipient=to.key,
        user_id=to.user_id,
        mailbox_id=to.mailbox_id,
        authority_id=authority_id,
        matter_id=clock.matter_id,
        # With paper, behind what is owed about a child who may be gone.
        urgency=urgency_of("R2"),
        owed_at=min(owed_at, now) if goes_at == now else tiers.by_day(min(owed_at, now)),
        created_at=now,
        next_try_at=goes_at,
    )


def _searches() -> QuerySet[MissingEpisode]:
    """Those that go on: nobody has met the child."""
    return MissingEpisode.objects.sought().filter(child_confirmed_at=None)


def _is_sought(request: LinkRequest) -> bool:
    """Whether its child, or the one it was linked with, is looked for: what is known of one may say where the other is."""
    return _searches().filter(child__in=_both(request)).exists()


def _both(request: LinkRequest) -> set[int]:
    """Its child, and the one it was linked with."""
    link = request.link
    return {request.child_id} if link is None else {request.child_id, link.child_id, link.other_id}


def is_for_search(message: Message, *, now: datetime) -> bool:
    """Whether it tells of an answer or a link while one of the two is looked for, and so comes now and asks to act.

    Of the other council's child nothing is told once its record is restricted.
    """
    if message.wording not in ANSWERS or message.matter is None:
        return False
    # Nothing of what was written about them is read.
    rows = LinkRequest.objects.filter(matters__matter=message.matter_id)
    asked, *linked = rows.values_list("child", "link__child", "link__other").get()
    both = {asked, *filter(None, linked)}
    own = both - {asked} if message.step == MADE else {asked}
    shut = Restriction.objects.current(now).filter(child__in=both - own)
    return _searches().filter(child__in=both).exclude(child__in=shut.values("child")).exists()


def _is_urgent(request: LinkRequest) -> bool:
    """Whether it is, or was made so in a search that is over."""
    return _is_sought(request) or request.matters.filter(episode__isnull=False).exists()
