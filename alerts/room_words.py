"""Where an age is disputed: how the child sleeps and by when somebody looks again, for the home that has the child."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from cases import placement_papers
from cases.models import Child, RoomReview
from cases.templatetags.govuk import gov_date


def on_cards(children: Iterable[Child], *, at: datetime) -> dict[int, str]:
    """By child: the flag as the roll-call shows it."""
    return {pk: _flag(review) for pk, review in placement_papers.rooms_of(children, at=at).items()}


def in_mails(children: Iterable[Child], *, at: datetime) -> dict[str, str]:
    """By reference: the same for a mail to the home, which says nothing of an age."""
    children = list(children)
    found = placement_papers.rooms_of(children, at=at)
    return {child.reference: _short(found[child.pk]) for child in children if child.pk in found}


def _flag(review: RoomReview | None) -> str:
    if review is None:
        return _("Age disputed: own room, nobody has recorded yet if there is one")
    said = {"day": gov_date(review.review_by)}
    if review.own_room:
        return _("Age disputed: own room, review by %(day)s") % said
    return _("Age disputed: shared room, review by %(day)s") % said


def _short(review: RoomReview | None) -> str:
    if review is None:
        return _("a room of their own: nobody has recorded it yet")
    said = {"day": gov_date(review.review_by)}
    if review.own_room:
        return _("own room, review by %(day)s") % said
    return _("shared room, review by %(day)s") % said
