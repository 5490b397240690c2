"""An age in words, never a bare number: who says it, and whether anybody disputes it."""

from datetime import date

from django.utils.translation import gettext as _

from cases import birthdays
from cases.deadlines import years
from cases.models import AgeDecision, AgeStatus, BirthDateBasis, BirthDatePrecision, Child
from cases.moves import isolated

_BASES = {
    BirthDateBasis.STATED: lambda: _("says"),
    BirthDateBasis.DOCUMENT: lambda: _("by a document"),
    BirthDateBasis.ASSESSED: lambda: _("assessed"),
    BirthDateBasis.OTHERS: lambda: _("told by others"),
}


def in_words(child: Child, *, today: date) -> str:
    """Return "15 (says; not disputed)", "about 14 (told by others; not disputed)" or "15 (age disputed: treat as a child)"."""
    if child.birth_date is None:
        age = _("Age not known")
    elif child.birth_date_precision in (BirthDatePrecision.DAY, BirthDatePrecision.MONTH):
        age = str(years(child.birth_date, today=today))
    else:
        age = _("about %(age)d") % {"age": years(child.birth_date, today=today)}
    if child.age_status == AgeStatus.NONE:
        if child.birth_date is None:
            return age
        basis = _BASES[BirthDateBasis(child.birth_date_basis)]()
        return _("%(age)s (%(basis)s; not disputed)") % {"age": age, "basis": basis}
    status = AgeStatus(child.age_status).label
    return _("%(age)s (%(status)s)") % {"age": age, "status": f"{status[:1].lower()}{status[1:]}"}


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
