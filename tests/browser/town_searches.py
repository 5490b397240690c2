"""The town's long searches, a child who goes again and again, and what the force was released: lists with rows on them."""

from datetime import datetime, timedelta

from alerts import releases, sweep
from alerts.models import Clock, Release
from cases import episodes, find_me
from cases.models import Child, MissingEpisode
from tests import factories
from tests.factories import Watched

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def fill(watched: Watched, *, ended: MissingEpisode, now: datetime) -> None:
    """Fill the long list, the list of repeats and the inbox of `watched`'s force and manager; nothing falls due by it.

    Lines of the interview of the `ended` episode are released to the force.
    """
    _long(watched, "Yonatan-Gebremedhin", at=now - 400 * DAY, is_known=True)
    _long(watched, "Thu", at=now - 40 * DAY, is_known=False)
    _repeated(watched, at=now - 45 * DAY)
    lines = [(line.key, Release.Side.POLICE) for line in releases.lines(ended)]
    releases.choose(ended, lines, shown="", by=watched.worker, at=now)


def _gone(child: Child, watched: Watched, *, at: datetime) -> MissingEpisode:
    """Missing from then on, and the police told."""
    factories.seen(child, by=watched.carer, at=at - HOUR)
    episode = factories.missing(child, by=watched.worker, at=at)
    Clock.objects.exclude(child=child).exclude(next_at=None).update(next_at=None)
    sweep.sweep_all(now=at)
    return episode


def _here(watched: Watched, name: str, *, at: datetime) -> Child:
    child = factories.a_child(team=watched.team, worker=watched.worker, given_name=name, at=at)
    factories.placed(child, watched.home)
    return child


def _long(watched: Watched, name: str, *, at: datetime, is_known: bool) -> None:
    """A search that is longer than 28 days: one with all that may stand in its row, and one with nothing of it."""
    child = _here(watched, name, at=at - DAY)
    if is_known:
        factories.photographed(child, at=at - HOUR)
        held = {
            "dental": "Kestrel Dental, High Street, Harrowfen: X-rays of March",
            "dna": "Held by the police",
        }
        find_me.write(
            child, "traces", answers=held, state="complete", version=0, by=watched.worker, at=at - HOUR
        )
    episode = _gone(child, watched, at=at)
    if not is_known:
        return
    officer = {"officer": "PC 4821 Penrowe", "by": watched.desk.person, "at": at + HOUR}
    episodes.record_police_reference(episode, force=watched.force, reference="HRW/2025/0004417-A", **officer)
    episodes.record_compact(
        episode, force=watched.force, number="MP-26-0044171", by=watched.desk.person, at=at + HOUR
    )
    episodes.find_out(
        episode,
        source="police",
        told_by="PC 4821 Penrowe",
        heard_at=at + DAY,
        text="Seen at a coach station.",
        by=watched.desk.person,
        at=at + DAY,
    )
    # What the data protection officer reads too.
    factories.decided(episode, "ukmpu", "told", by=watched.desk.person, at=at + 2 * DAY)
    nothing = {"spoken_to": "", "consent": "", "risk": ""}
    factories.decided(episode, "home_office", "not_told", by=watched.manager, at=at + 2 * DAY, **nothing)


def _repeated(watched: Watched, *, at: datetime) -> None:
    """Three times within 90 days, and gone now."""
    child = _here(watched, "Mohammad-Reza", at=at - DAY)
    for days in (0, 10, 20):
        episode = _gone(child, watched, at=at + days * DAY)
        if days < 20:
            factories.ended(episode, by=watched.desk.person, at=at + days * DAY + 5 * HOUR)
    number = {"number": "MP-26-0051883", "by": watched.desk.person}
    episodes.record_compact(episode, force=watched.force, **number, at=at + 20 * DAY + HOUR)
