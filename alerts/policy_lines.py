"""The policies of reviews, of paper and of head counts in lines of words: what each asks for, and who hears when."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts import head_counts, paper_words
from alerts.foretold import STEPS
from alerts.next_acts import REVIEW_WORDS
from alerts.paperwork import Paper, Span, Unit
from alerts.paperwork import Rule as PaperRule
from alerts.review_ladder import Rungs
from alerts.schedule import Row
from cases.models import MissingReview
from cases.review_dates import Review
from cases.templatetags.govuk import exactly


def of_head_count(row: Row) -> list[tuple[str, str]]:
    """By when whoever is left is to be seen when a child is missing, and who hears as long as nobody has."""
    seen = _("within %(span)s of the asking, face to face") % {"span": exactly(head_counts.within(row))}
    lines = [(_("Whoever lives there, or belongs to the child, is seen"), seen)]
    if row.watched_for is not None:
        watched = _("for %(span)s, as in the first 30 days") % {"span": exactly(row.watched_for)}
        lines.append((_("Watched more closely"), watched))
    for step, at in row.steps:
        if at.after is not None:
            when = (
                _("%(span)s after that time") % {"span": exactly(at.after)} if at.after else _("at that time")
            )
            lines.append((str(STEPS[step]), when))
    lines.append((_("No rung is later"), _("than that of the first 30 days: where that is sooner it counts")))
    return lines


def of_review(review: Review, rungs: Rungs) -> tuple[str, str]:
    """Who hears of one review how long before or after its day, as long as nobody has recorded it."""
    told = [
        _("%(when)s: %(who)s") % {"when": _around(after), "who": REVIEW_WORDS[step]} for step, after in rungs
    ]
    return str(MissingReview.Kind(review).label), listed(told)


def of_paper(paper: Paper, rule: PaperRule) -> Iterable[tuple[str, str]]:
    """By when one duty of paper is due, and who hears how long after that, as long as nobody has recorded it."""
    for name, span in rule.due.items():
        yield str(paper_words.CASES[paper, name]), _within(span)
    told = [f"{paper_words.step(paper, step)}: {_within(span)}" for step, span in rule.rungs]
    yield _("If not recorded: %(paper)s") % {"paper": paper_words.TITLES[paper]}, listed(told)


def _within(span: Span) -> str:
    """So long, in words; no time at all is at once."""
    words = {
        Unit.HOURS: ngettext("%(count)d hour", "%(count)d hours", span.count),
        Unit.DAYS: ngettext("%(count)d day", "%(count)d days", span.count),
        Unit.MONTHS: ngettext("%(count)d month", "%(count)d months", span.count),
        Unit.WORKING_DAYS: ngettext("%(count)d working day", "%(count)d working days", span.count),
    }
    return words[span.unit] % {"count": span.count} if span.count else _("at once")


def _around(after: timedelta) -> str:
    if not after:
        return _("on its day")
    if after < timedelta(0):
        return _("%(span)s before") % {"span": exactly(-after)}
    return _("%(span)s after") % {"span": exactly(after)}


def listed(words: Iterable[str]) -> str:
    """The parts of one line."""
    return "; ".join(words)
