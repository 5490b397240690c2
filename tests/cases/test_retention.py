"""Until when a record is kept at the least, by nation, and the legal hold that keeps it longer."""

from datetime import date, timedelta

import psycopg2
import pytest
from django.db import IntegrityError, transaction
from psycopg2 import errors

from cases import legal_holds
from cases.models import BirthDatePrecision, Child, Event, LegalHold, RowChange
from cases.retention import destroy_not_before
from cases.states import IllegalMove
from tests.factories import AT, a_watched_child

LATER = AT + timedelta(hours=1)
BORN = date(2010, 3, 4)


@pytest.mark.by_turns
@pytest.mark.parametrize("nation", ["England", "Wales", "Northern Ireland", "an unknown one"])
def test_a_record_is_kept_until_the_75th_birthday(nation):
    assert destroy_not_before(nation, born=BORN) == date(2085, 3, 4)
    assert destroy_not_before(nation, born=date(2008, 2, 29)) == date(2083, 3, 1)


def test_in_scotland_it_is_kept_for_a_hundred_years_whenever_the_child_died():
    assert destroy_not_before("Scotland", born=BORN) == date(2110, 3, 4)
    assert destroy_not_before("Scotland", born=BORN, died=date(2026, 1, 1)) == date(2110, 3, 4)


def test_of_a_child_who_died_it_is_kept_for_15_years_and_of_an_adult_until_75():
    assert destroy_not_before("England", born=BORN, died=date(2026, 5, 6)) == date(2041, 5, 6)
    assert destroy_not_before("England", born=BORN, died=date(2028, 3, 3)) == date(2043, 3, 3)
    assert destroy_not_before("England", born=BORN, died=date(2028, 3, 4)) == date(2085, 3, 4)
    assert destroy_not_before("England", born=None, died=date(2026, 5, 6)) == date(2041, 5, 6)


def test_without_a_birth_date_nothing_says_when():
    assert destroy_not_before("England", born=None) is None
    assert destroy_not_before("Scotland", born=None) is None


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("precision", "last"),
    [
        (BirthDatePrecision.DAY, date(2010, 3, 4)),
        (BirthDatePrecision.MONTH, date(2010, 3, 31)),
        (BirthDatePrecision.YEAR, date(2010, 12, 31)),
        (BirthDatePrecision.ESTIMATED, None),
    ],
)
def test_it_counts_from_the_last_day_on_which_the_child_can_have_been_born(precision, last):
    assert legal_holds.last_birth_date(Child(birth_date=BORN, birth_date_precision=precision)) == last


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_it_is_set_at_once_and_lifted_by_two_people():
    w = a_watched_child()
    with pytest.raises(IllegalMove):
        legal_holds.hold(w.child, reason=" ", by=w.manager, at=AT)
    row = legal_holds.hold(w.child, reason="A claim", by=w.manager, at=AT)
    assert legal_holds.kept(w.child, at=LATER).hold == row
    with pytest.raises(IllegalMove):
        legal_holds.hold(w.child, reason="Another", by=w.head, at=LATER)
    for second, reason in ((w.manager, "Over"), (w.head, " ")):
        with pytest.raises(IllegalMove):
            legal_holds.lift(row, reason=reason, seconded_by=second, by=w.manager, at=LATER)
    legal_holds.lift(row, reason="Over", seconded_by=w.head, by=w.manager, at=LATER)
    assert legal_holds.standing_of(w.child) is None
    with pytest.raises(IllegalMove):
        legal_holds.lift(row, reason="Over", seconded_by=w.head, by=w.manager, at=LATER)
    kinds = Event.objects.filter(child=w.child, kind__startswith="legal_hold").order_by("number")
    assert list(kinds.values_list("kind", flat=True)) == ["legal_hold_set", "legal_hold_lifted"]
    with pytest.raises(IntegrityError, match="legal_hold_lifted_by_two_people"), transaction.atomic():
        LegalHold.objects.filter(pk=row.pk).update(seconded_by=w.manager)


@pytest.mark.by_turns(8)
def test_the_application_changes_nothing_but_its_end_and_that_once(committed):
    w = a_watched_child()
    row = legal_holds.hold(w.child, reason="A claim", by=w.manager, at=AT)
    raw = psycopg2.connect(committed.dsn)
    for statement in ("UPDATE cases_legalhold SET reason = 'x'", "DELETE FROM cases_legalhold"):
        with raw.cursor() as cursor, pytest.raises(errors.InsufficientPrivilege):
            cursor.execute(statement)
        raw.rollback()
    raw.close()
    legal_holds.lift(row, reason="Over", seconded_by=w.head, by=w.manager, at=LATER)
    assert RowChange.objects.filter(table="cases_legalhold", row=row.pk).exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        LegalHold.objects.filter(pk=row.pk).update(ends_at=LATER + timedelta(hours=1))
