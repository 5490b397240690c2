"""What somebody reported seen of a missing child: it ends nothing."""

from datetime import datetime

from django.db.models import QuerySet

from cases import log
from cases.episodes.openings import open_of
from cases.models import Child, Contact, KeepFrom, Means, MissingEpisode, SeenReport, User

# Of these nobody had the child before them.
NO_RETURN = (Means.PHONE, Means.MESSAGE, Means.HEARSAY)


def hear_of(
    episode: MissingEpisode | None, contact: Contact, *, by: User | None, at: datetime
) -> SeenReport | None:
    """Somebody saw a child whom the police are looking for: reported seen, not confirmed; ends nothing.

    Who rang or wrote may be anywhere: that is told as a message, and is no return. `episode` is the locked child's open one.
    """
    if episode is None or episode.police_owed_at is None:
        return None
    if contact.happened_at < episode.since or contact.means in NO_RETURN:
        return None
    if episode.anew_at is not None and contact.happened_at <= episode.anew_at:
        # Written late: the child has left since, and is looked for anew.
        return None
    word_of = (contact.witness_user_id, contact.recorded_by_id)
    if KeepFrom.objects.current(at).filter(child=episode.child, user__in=word_of).exists():
        return None
    if Contact.objects.disbelieved(episode.child).filter(pk=contact.pk).exists():
        return None
    own = by is not None and not contact.told_by and contact.witness == by.name
    said_by = contact.witness_user or (by if own else None)
    report = SeenReport.objects.create(
        episode=episode,
        contact=contact,
        reported_by=said_by,
        witness=contact.witness,
        witness_role=contact.witness_role,
        seen_at=contact.happened_at,
        recorded_at=at,
    )
    if episode.reported_seen_at is None or episode.seen_contradicted:
        _heard_first(episode, report)
    log.record(
        episode.child,
        "reported_seen",
        subject=episode,
        data={"episode": episode.number, "witness_role": contact.witness_role},
        happened_at=contact.happened_at,
        by=by,
        at=at,
    )
    return report


def hear_again(child: Child) -> None:
    """What was reported seen of the locked child counts from the first report that stands.

    A report stands while its contact is not withdrawn and the child is kept from nobody whose word it is. One from
    before the child was missing anew is no word of a return.
    """
    episode = open_of(child)
    if episode is None or episode.police_owed_at is None:
        return
    # Of a search that began anew the police were owed word again; nobody reports a return before they are.
    standing = list(standing_reports(episode).filter(recorded_at__gte=episode.police_owed_at))
    if episode.anew_at is not None:
        standing = [report for report in standing if report.seen_at > episode.anew_at]
    looked_at = episode.not_here_at
    since = [report for report in standing if looked_at is None or report.recorded_at > looked_at]
    _heard_first(episode, next(iter([*since, *standing]), None))


def standing_reports(episode: MissingEpisode) -> QuerySet[SeenReport]:
    """What was reported seen and is neither withdrawn nor the word of somebody the child is kept from, in order."""
    kept = KeepFrom.objects.filter(child=episode.child_id, ends_at=None).values("user")
    reports = SeenReport.objects.filter(episode=episode).exclude(contact__withdrawn_at__isnull=False)
    for word_of in ("reported_by", "contact__witness_user", "contact__recorded_by"):
        reports = reports.exclude(**{f"{word_of}__in": kept})
    reports = reports.exclude(contact__in=Contact.objects.disbelieved(episode.child))
    return reports.order_by("recorded_at", "pk")


def _heard_first(episode: MissingEpisode, report: SeenReport | None) -> None:
    episode.reported_seen_at = report.recorded_at if report else None
    said_by = report.reported_by if report else None
    # Who had recorded a part of the ending before saying "seen" is refused the other part, on the reports themselves.
    parts = (episode.child_confirmed_by_id, episode.police_closed_by_id)
    episode.reported_seen_by = None if said_by and said_by.pk in parts else said_by
    episode.save(update_fields=["reported_seen_at", "reported_seen_by"])
