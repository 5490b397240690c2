"""The find-me profile as pages show it: a list of tasks, all that it says, and how it stood when a search began."""

from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.models import Clock
from alerts.paperwork import Paper
from cases import changes, details, find_me
from cases.access import Permission
from cases.details import LABELS
from cases.find_me import PHOTO, QUESTIONS, SECTIONS, Section, State
from cases.models import Child, FindMeReview, FindMeSection, Photo
from cases.moves import isolated
from cases.templatetags.details import fact
from cases.templatetags.govuk import gov_date, gov_when

STATUS: dict[str, Promise | str] = {
    find_me.NOT_STARTED: gettext_lazy("Not started"),
    **{state.value: state.label for state in State},
}
COLOURS = {find_me.NOT_STARTED: "grey", State.IN_PROGRESS: "blue", State.ASKED: "teal"}
_HELD = sorted({name for section in SECTIONS.values() for name in section.held})
Row = tuple[str, str]
# What a force reads that is to search.
WHOLE = frozenset({Permission.SEE_ADDRESS})


@dataclass(frozen=True)
class Line:
    """One section: how far it is, where it is written, and what it says."""

    section: Section
    status: str
    href: str
    rows: Sequence[Row]
    by: str = ""
    # Where a section without questions of its own can be said to be asked in vain.
    asked_href: str = ""

    @property
    def words(self) -> str:
        return str(STATUS[self.status])

    @property
    def colour(self) -> str:
        return COLOURS.get(self.status, "")


@dataclass(frozen=True)
class Profile:
    """All sections of one child as they stand, or stood at an instant, and the last review."""

    lines: Sequence[Line]
    review: FindMeReview | None
    photo: Photo | None
    may_review: bool
    # The key of what whoever reviews it has read.
    stands: int

    @property
    def complete(self) -> str:
        """How complete it is, in words."""
        found = [line.status for line in self.lines]
        return _(
            "%(complete)d of %(all)d sections complete, %(asked)d asked and not known, %(begun)d in progress,"
            " %(waiting)d not started"
        ) % {
            "complete": found.count(State.COMPLETE),
            "all": len(found),
            "asked": found.count(State.ASKED),
            "begun": found.count(State.IN_PROGRESS),
            "waiting": found.count(find_me.NOT_STARTED),
        }

    def reviewed(self, now: datetime) -> str:
        """When somebody went through it last, and who."""
        if self.review is None:
            return _("Not reviewed yet")
        parts = {"day": gov_when(self.review.at, now), "name": isolated(self.review.by.name)}
        return _("Last reviewed %(day)s by %(name)s") % parts

    @property
    def known(self) -> list[tuple[str, Sequence[Row]]]:
        """The sections that say something."""
        return [(str(line.section.title), line.rows) for line in self.lines if line.rows]

    @property
    def told(self) -> Iterator[tuple[str, Sequence[Row]]]:
        """What it says, by section; a section that says nothing gives how far it is."""
        for line in self.lines:
            yield str(line.section.title), line.rows or [(_("Status"), line.words)]


def of(
    child: Child, *, permissions: Collection[Permission], at: datetime | None = None, now: datetime
) -> Profile:
    """Read the profile as a reader with these permissions does, `WHOLE` for who is to search.

    With `at`, as it stood at that instant: from what was written by then, not from a copy.
    """
    if at is not None:
        child = _as_it_stood(child, at)
    rows = find_me.standing(child, at=at)
    photo = _photo(child, at)
    lines = [
        _line(section, rows.get(section.key), child, photo, permissions=permissions, now=now)
        for section in SECTIONS.values()
    ]
    may_review = child.closed_at is None and not find_me.unasked(rows)
    return Profile(lines, find_me.last_review(child, at=at), photo, may_review, find_me.read_of(rows))


def due_at(child: Child) -> datetime | None:
    """By when the profile is to be gone through."""
    papers = Clock.objects.filter(child=child, kind=Clock.Kind.PAPERWORK, due_at__isnull=False)
    found = papers.filter(duty__in=(Paper.FIRST_PROFILE.value, Paper.PROFILE.value))
    return found.values_list("due_at", flat=True).first()


def _line(
    section: Section,
    row: FindMeSection | None,
    child: Child,
    photo: Photo | None,
    *,
    permissions: Collection[Permission],
    now: datetime,
) -> Line:
    status = find_me.status(section, row, child, photo)
    own = reverse("find_me_section", args=[child.reference, section.key])
    href = own
    if not section.questions and section.home:
        href = reverse(section.home[0], args=[child.reference, *section.home[1:]])
    by = ""
    if row is not None:
        by = _("%(name)s, %(day)s") % {
            "name": isolated(row.written_by.name),
            "day": gov_when(row.written_at, now),
        }
    asked = own if href != own and status == find_me.NOT_STARTED else ""
    return Line(section, status, href, list(_rows(section, row, child, photo, permissions)), by, asked)


def _rows(
    section: Section,
    row: FindMeSection | None,
    child: Child,
    photo: Photo | None,
    permissions: Collection[Permission],
) -> Iterator[Row]:
    if section.key == PHOTO and photo is not None:
        yield _("Taken on"), gov_date(photo.taken_date)
        yield _("Why it may be held"), str(photo.get_basis_display())
    held = [name for name in section.held if find_me.is_held(child, name)]
    closed = find_me.closed(section, permissions)
    if find_me.is_open(section, permissions):
        yield from ((str(LABELS[name]), isolated(fact(child, name))) for name in held)
    elif held or find_me.is_answered(row, closed):
        yield _("On record"), str(details.FOR_FEW)
    for name in section.questions:
        if row is not None and row.answers.get(name) and name not in closed:
            yield str(QUESTIONS[name]), isolated(row.answers[name])


def _as_it_stood(child: Child, at: datetime) -> Child:
    """The child's facts at that instant, in memory alone."""
    then = copy(child)
    changes.take_back([(then, at)], _HELD)
    for name in _HELD:
        value = getattr(then, name)
        if name == "birth_date" and isinstance(value, str):
            then.birth_date = details.read_back(name, value)
    return then


def _photo(child: Child, at: datetime | None) -> Photo | None:
    if at is None:
        return Photo.objects.newest_of([child.pk]).first()
    stood = Photo.objects.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=at), uploaded_at__lte=at)
    return stood.filter(child=child).order_by("-taken_date", "-uploaded_at").first()
