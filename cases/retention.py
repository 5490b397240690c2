"""How long a child's record is kept at the least: a date before which nothing of it may be destroyed."""

from datetime import date

from cases.birthdays import attained

SCOTLAND = "Scotland"
# Of a child in care in England, until the 75th birthday [Care Planning Regulations 2010 reg 50]; Wales and Northern
# Ireland the same by what is known.
YEARS = 75
# In Scotland, from the birth date.
YEARS_IN_SCOTLAND = 100
# Of somebody who died before 18, from the death [the same regulation].
YEARS_AFTER_DEATH = 15
OF_AGE = 18


def destroy_not_before(nation: str, *, born: date | None, died: date | None = None) -> date | None:
    """The first day on which the record may be destroyed; None while no birth date says when: then it is kept.

    `born` is the last day on which the child can have been born; `died` the day of a death that is on record.
    """
    if nation == SCOTLAND:
        return attained(born, YEARS_IN_SCOTLAND) if born is not None else None
    if died is not None and (born is None or died < attained(born, OF_AGE)):
        return attained(died, YEARS_AFTER_DEATH)
    return attained(born, YEARS) if born is not None else None
