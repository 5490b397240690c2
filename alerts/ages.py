"""An age in words, never a bare number: who says it, and whether anybody disputes it."""

from datetime import date

from django.utils.translation import gettext as _

from cases.models import AgeStatus, BirthDateBasis, BirthDatePrecision, Child

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


def eighteenth(child: Child) -> date | None:
    """The 18th birthday by the birth date that was given; None where the day is not known."""
    if child.birth_date is None or child.birth_date_precision != BirthDatePrecision.DAY:
        return None
    born = child.birth_date
    try:
        return born.replace(year=born.year + 18)
    except ValueError:
        return date(born.year + 18, 3, 1)


def years(born: date, *, today: date) -> int:
    """Whole years at `today`; who was born on 29 February has their birthday on 1 March in other years."""
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (0 if had_birthday else 1)
