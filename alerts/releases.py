"""What a guardian, a home or a force reads of a return interview and of the police's replies: each line by itself, or nothing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.models import Release, Reply
from cases import log, return_interviews
from cases.models import Child, EpisodeForce, MissingEpisode, ReturnInterview, User
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_time

Side = Release.Side
# What may be released of an interview, in the order of its page. Who held it and when is no line.
FIELDS: dict[str, Promise] = {
    "reason": gettext_lazy("Why the child did not want to talk"),
    "carer_information": gettext_lazy("What the carers know"),
    "before": gettext_lazy("Before the child left"),
    "during": gettext_lazy("While the child was away"),
    "after": gettext_lazy("Since the child is back"),
    "why_left": gettext_lazy("Why the child left"),
    "what_drew": gettext_lazy("What drew the child"),
    "with_whom": gettext_lazy("With whom the child was"),
    "harm": gettext_lazy("Harm"),
    "crimes": gettext_lazy("Crimes against the child"),
    "would_help": gettext_lazy("What would help"),
    "intelligence": gettext_lazy("For the police"),
    "actions": gettext_lazy("What is to be done, by whom and when"),
}


@dataclass(frozen=True)
class Line:
    """One line that can be released, by what names it in a form."""

    key: str
    label: str
    text: str
    interview: ReturnInterview | None = None
    field: str = ""
    reply: Reply | None = None


def lines(episode: MissingEpisode) -> list[Line]:
    """Every line of the episode that has words: of the interview as it stands, and of the police's replies."""
    found = []
    interview = return_interviews.latest(episode)
    if interview is not None:
        for name, label in FIELDS.items():
            if text := getattr(interview, name):
                found.append(Line(f"interview-{interview.pk}-{name}", str(label), text, interview, name))
    written = Reply.objects.filter(episode=episode, automatic=False).select_related("force")
    for reply in written.exclude(text=""):
        parts = {"force": reply.force.name if reply.force else "–", "when": gov_time(reply.received_at)}
        heading = _("What %(force)s wrote, %(when)s") % parts
        found.append(Line(f"reply-{reply.pk}", heading, reply.text, reply=reply))
    return found


def standing(episode: MissingEpisode) -> set[tuple[str, str]]:
    """What is released now, as pairs of a line's key and a side."""
    rows = Release.objects.filter(episode=episode, ends_at=None)
    return {(_key(row), row.side) for row in rows}


def taken_back(episode: MissingEpisode) -> int:
    """How many lines of an earlier version of the interview were released and are read by nobody since it was corrected."""
    interview = return_interviews.latest(episode)
    if interview is None:
        return 0
    rows = Release.objects.filter(episode=episode, ends_at=None, interview__isnull=False)
    return rows.exclude(interview=interview).values("interview", "field").distinct().count()


def current() -> QuerySet[Release]:
    """What is released and read: of a return interview nothing of a version that was corrected or withdrawn."""
    versions = ReturnInterview.objects.standing().filter(episode=OuterRef("episode")).order_by("-version")
    newest = Q(interview=Subquery(versions.values("pk")[:1]))
    return Release.objects.filter(Q(interview=None) | newest, ends_at=None)


def read_by(
    episode: MissingEpisode, sides: Collection[str], *, forces: Collection[int] | None = None
) -> list[Line]:
    """The lines that are released to one of these sides.

    With `forces` as an officer of those reads them: a force that handed the search on, or declined it, reads nothing that
    was released later.
    """
    if not sides:
        return []
    rows = current().filter(episode=episode, side__in=sides)
    if forces is not None:
        rows = rows.filter(before_they_left(forces))
    released = {_key(row) for row in rows}
    return [line for line in lines(episode) if line.key in released] if released else []


def before_they_left(forces: Collection[int]) -> Exists:
    """Of a release: that one of these forces searches for the child, or did when it was released."""
    told = EpisodeForce.objects.filter(episode=OuterRef("episode"), force__in=forces)
    return Exists(told.filter(Q(left_at=None) | Q(left_at__gte=OuterRef("starts_at"))))


def of_lines(episode: MissingEpisode, shown: Iterable[Line], side: str) -> list[Release]:
    """What stands released to this side, of these lines alone."""
    keys = {line.key for line in shown}
    return [row for row in current().filter(episode=episode, side=side) if _key(row) in keys]


def mark(released: Iterable[tuple[str, str]]) -> str:
    """What names the state of the releases that somebody had before them."""
    return " ".join(sorted(f"{key}:{side}" for key, side in released))


def choose(
    episode: MissingEpisode, chosen: Iterable[tuple[str, str]], *, shown: str, by: User, at: datetime
) -> int:
    """Release these lines of the episode and no other; return how many releases began or ended.

    A correction of the interview is another version, of which nothing is released. Raises `IllegalMove` for a line
    that is not there any more, and where what is released is not what was `shown`: a page left open takes nothing back
    and gives nothing out again.
    """
    wanted = set(chosen)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=episode.child_id)
        known = {line.key: line for line in lines(episode)}
        if any(key not in known or side not in Side.values for key, side in wanted):
            raise IllegalMove("What was written has changed since. Read it again, then choose.")
        open_now = {
            (_key(row), row.side): row for row in Release.objects.filter(episode=episode, ends_at=None)
        }
        if shown != mark(open_now):
            raise IllegalMove("Somebody else has changed what is released since. Look again, then choose.")
        ended = [row for pair, row in open_now.items() if pair not in wanted]
        begun = sorted(wanted - open_now.keys())
        for row in ended:
            row.ends_at, row.ended_by = at, by
            row.save(update_fields=["ends_at", "ended_by"])
            _log(child, "line_taken_back", row, by=by, at=at)
        for key, side in begun:
            line = known[key]
            row = Release.objects.create(
                episode=episode,
                interview=line.interview,
                field=line.field,
                reply=line.reply,
                side=side,
                starts_at=at,
                released_by=by,
            )
            _log(child, "line_released", row, by=by, at=at)
    return len(ended) + len(begun)


def _key(row: Release) -> str:
    return f"interview-{row.interview_id}-{row.field}" if row.interview_id else f"reply-{row.reply_id}"


def _log(child: Child, kind: str, row: Release, *, by: User, at: datetime) -> None:
    data = {"episode": row.episode.number, "side": row.side, "field": row.field or "reply"}
    log.record(child, kind, subject=row, data=data, by=by, at=at)
