"""When a missing child was last seen and by whom, and since when it is gone: by the words that stand and are believed."""

from datetime import datetime

from cases import log
from cases.episodes.openings import found_before, gone_since, open_of
from cases.models import Child, Contact, Means, MissingEpisode, MissingReport, SeenReport, User

DATED_ANEW = "last_seen_put_right"
_FIELDS = ("since", "last_seen_at", "last_seen_by")


def date_anew(child: Child, *, by: User | None, at: datetime) -> None:
    """After a withdrawal, or a mark that keeps the locked child from somebody: its search is dated by what stands still.

    What a report says of it stays, and so does what was told and done by then: no step counts from it. The caller rings
    the bell.
    """
    episode = open_of(child)
    if episode is None:
        return
    was = {name: getattr(episode, name) for name in _FIELDS}
    last = _seen_before(episode)
    report = MissingReport.objects.filter(episode=episode).last()
    # Where a report was asked and says nothing of it, it is not known.
    if report is None or (report.last_seen_at is None and episode.last_seen_at is not None):
        episode.last_seen_at = last.happened_at if last else None
    theirs = last.witness if last is not None and last.happened_at == episode.last_seen_at else ""
    episode.last_seen_by = (report.last_seen_by if report is not None else "") or theirs
    episode.since = _gone_since(episode, last)
    now = {name: getattr(episode, name) for name in _FIELDS}
    if now == was:
        return
    if was["last_seen_at"] != now["last_seen_at"]:
        episode.dated_anew_at, episode.last_seen_was = at, was["last_seen_at"]
    episode.save(update_fields=[*_FIELDS, "dated_anew_at", "last_seen_was"])
    said = {name: moment and moment.isoformat() for name, moment in _moments(was, now).items()}
    data = {"episode": episode.number, **said}
    entry = log.Entry(child_id=child.pk, kind=DATED_ANEW, subject=episode, data=data, fields=now)
    log.record_many([entry], by=by, at=at)


def date(episode: MissingEpisode) -> None:
    """Of the locked child's episode: since when it is gone, once the report of it has changed."""
    since = _gone_since(episode, _seen_before(episode))
    if since != episode.since:
        episode.since = since
        episode.save(update_fields=["since"])


def _moments(was: dict[str, datetime | None], now: dict[str, datetime | None]) -> dict[str, datetime | None]:
    return {
        "was": was["last_seen_at"],
        "is": now["last_seen_at"],
        "since_was": was["since"],
        "since": now["since"],
    }


def _gone_since(episode: MissingEpisode, last: Contact | None) -> datetime:
    report = MissingReport.objects.filter(episode=episode).last()
    told = report.last_seen_at if report is not None else None
    told = None if told is not None and told > episode.opened_at else told
    known = (told, last.happened_at if last else None)
    return gone_since(episode.child, (*known, found_before(episode.child)), at=episode.opened_at)


def _seen_before(episode: MissingEpisode) -> Contact | None:
    """The last sighting face to face before the episode was opened; not what is heard in it as word of a return."""
    heard = SeenReport.objects.filter(episode=episode, contact__isnull=False).values("contact")
    faces = Contact.objects.seen().believed([episode.child_id]).exclude(pk__in=heard)
    return faces.filter(means=Means.FACE_TO_FACE, happened_at__lte=episode.opened_at).first()
