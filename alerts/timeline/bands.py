"""How a page of the story is laid out: in bands by missing episode, under the months in which things happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from alerts.timeline.entries import Unproved
from alerts.timeline.folds import Line, Row, folded
from cases.deadlines import london_day
from cases.models import MissingEpisode
from cases.states import EpisodeStatus
from cases.templatetags.govuk import gov_date


@dataclass
class Month:
    """What happened in one month; without a heading where the same month stands above already."""

    starts_on: date
    heading: str
    rows: list[Row] = field(default_factory=list)


@dataclass
class Band:
    """A part of the story: one missing episode, or what lies between two."""

    episode: MissingEpisode | None
    months: list[Month] = field(default_factory=list)
    unfolded: bool = True

    @property
    def key(self) -> str:
        return f"band-{self.episode.number}" if self.episode else ""

    @property
    def href(self) -> str:
        return reverse("episode", args=[self.episode.reference]) if self.episode else ""

    @property
    def title(self) -> str:
        if self.episode is None:
            return ""
        parts = {
            "reference": self.episode.reference,
            "begins": gov_date(self.episode.since),
            "state": self.episode.get_status_display(),
        }
        if self.episode.ended_at is None:
            return _("Episode %(reference)s since %(begins)s: %(state)s") % parts
        parts |= {"ends": gov_date(self.episode.ended_at), "state": self.episode.get_outcome_display()}
        if parts["begins"] == parts["ends"]:
            return _("Episode %(reference)s on %(begins)s: %(state)s") % parts
        return _("Episode %(reference)s, %(begins)s to %(ends)s: %(state)s") % parts


def laid_out(lines: Iterable[Line], episodes: Sequence[MissingEpisode], *, unfolded: bool) -> list[Band]:
    """Lay these lines out; the band of an open episode stands open, the others where all are `unfolded`."""

    def place(line: Line) -> tuple[MissingEpisode | None, date]:
        return _episode_at(episodes, _moment(line)), london_day(line.at).replace(day=1)

    bands: list[Band] = []
    said: date | None = None
    for (episode, month), row in folded(lines, place):
        if not bands or bands[-1].episode != episode:
            open_now = episode is None or episode.status != EpisodeStatus.ENDED
            bands.append(Band(episode, unfolded=unfolded or open_now))
        months = bands[-1].months
        if not months or months[-1].starts_on != month:
            repeated = episode is None and said == month
            months.append(Month(month, "" if repeated else date_format(month, "F Y")))
            said = month if episode is None else said
        months[-1].rows.append(row)
    if len(bands) == 1:
        # A page that lies wholly inside one episode shows what it holds.
        bands[0].unfolded = True
    return bands


def _episode_at(episodes: Sequence[MissingEpisode], at: datetime) -> MissingEpisode | None:
    """The episode in which a moment lies, the latest of those that touch it; `episodes` newest first."""
    return next(
        (one for one in episodes if one.since <= at and (one.ended_at is None or at <= one.ended_at)), None
    )


def _moment(line: Line) -> datetime:
    """A gap that ended when an episode began lies before it."""
    return line.at - timedelta.resolution if isinstance(line, Unproved) else line.at
