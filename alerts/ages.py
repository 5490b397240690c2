"""An age in words, never a bare number: who says it, and whether anybody disputes it."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from cases import birthdays
from cases.deadlines import years
from cases.models import AgeDecision, AgeStatus, BirthDateBasis, BirthDatePrecision, Child
from cases.moves import isolated
from cases.templatetags.govuk import gov_date

# Whoever assessed, and when, is said with these.
ASSESSED = frozenset({AgeStatus.ASSESSED_CHILD, AgeStatus.ASSESSED_ADULT})

_BASES = {
    BirthDateBasis.STATED: lambda: _("says"),
    BirthDateBasis.DOCUMENT: lambda: _("by a document"),
    BirthDateBasis.ASSESSED: lambda: _("assessed"),
    BirthDateBasis.OTHERS: lambda: _("told by others"),
}


def decisions(children: Iterable[Child]) -> dict[int, AgeDecision]:
    """The decision that holds of each of these whose age was assessed: one question, and none where no age was."""
    ids = [child.pk for child in children if child.age_status in ASSESSED]
    if not ids:
        return {}
    latest = AgeDecision.objects.filter(child__in=ids).order_by("child", "-recorded_at", "-pk")
    return {row.child_id: row for row in latest.distinct("child")}


def in_words(child: Child, decision: AgeDecision | None = None, *, today: date) -> str:
    """Return "15 (says; not disputed)", "15 (age disputed: treat as a child)" or "about 14 (told by others; not disputed)".

    With the `decision` that holds, for who may read it: "16 (assessed 3 May 2026, Kent)". Where the day and month of
    the birth date stand for those that nobody knows, the words end with that.
    """
    if child.birth_date is None:
        age = _("Age not known")
    elif child.birth_date_precision in (BirthDatePrecision.DAY, BirthDatePrecision.MONTH):
        age = str(years(child.birth_date, today=today))
    else:
        age = _("about %(age)d") % {"age": years(child.birth_date, today=today)}
    said = "; ".join(words for words in (_standing(child, decision), _unknown(child)) if words)
    return _("%(age)s (%(status)s)") % {"age": age, "status": said} if said else age


def _standing(child: Child, decision: AgeDecision | None) -> str:
    """Whose word the age is, or what was decided about it."""
    if child.age_status == AgeStatus.NONE:
        if child.birth_date is None:
            return ""
        return _("%(basis)s; not disputed") % {"basis": _BASES[BirthDateBasis(child.birth_date_basis)]()}
    if child.age_status in ASSESSED and decision is not None and decision.age_status == child.age_status:
        words = (
            _("assessed %(day)s, %(by)s")
            if child.age_status == AgeStatus.ASSESSED_CHILD
            else _("assessed as an adult %(day)s, %(by)s")
        )
        return words % {"day": gov_date(decision.decided_date), "by": isolated(decision.decided_by)}
    status = AgeStatus(child.age_status).label
    return f"{status[:1].lower()}{status[1:]}"


def _unknown(child: Child) -> str:
    """That day and month are not known; of a 1 January that no document says, that they may not be."""
    if child.birth_date is None or child.birth_date_precision == BirthDatePrecision.MONTH:
        return ""
    if child.birth_date_precision != BirthDatePrecision.DAY:
        return _("day and month not known")
    is_first = (child.birth_date.month, child.birth_date.day) == (1, 1)
    if is_first and child.birth_date_basis != BirthDateBasis.DOCUMENT:
        return _("1 January: day and month may not be known")
    return ""


def elsewhere(child: Child, *, with_place: bool) -> str:
    """Return what is owed to a child whom somebody else treats as an adult, and to some readers where they are."""
    text = _("Visit in one working day, and each week until the age is decided.")
    decision = AgeDecision.objects.filter(child=child).order_by("recorded_at").last() if with_place else None
    if decision is None or not decision.place:
        return text
    place = _("Held or housed at %(place)s.") % {"place": isolated(decision.place)}
    return f"{place} {text}"


def eighteenth(child: Child) -> tuple[date, date] | None:
    """The first and the last day that the 18th birthday can be on, by the birth date that was given; None without one."""
    born = child.birth_date
    return None if born is None else birthdays.eighteenth(born, child.birth_date_precision)
