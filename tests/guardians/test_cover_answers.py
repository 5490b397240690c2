"""An answer is to what its page asked, whoever asks may not accept, and a clash for one child is not one for the others."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from cases import clock
from cases.models import Role, User
from cases.states import IllegalMove
from guardians import covers
from guardians.models import GuardianAssignment, GuardianCover
from tests.factories import AT, Watched, a_child, a_person, a_watched_child, case_closed, guarded
from tests.guardians.spans import boxes

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 3 * HOUR
GOES, BACK = NOW + 10 * DAY, NOW + 17 * DAY
SPAN = boxes(first_day=GOES, last_day=BACK)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def colleague(watched: Watched) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service, name="Amara Quillfeather")


@pytest.fixture
def supervisor(watched: Watched) -> User:
    return a_person(Role.GUARDIAN, service=watched.assignment.service, reach="service")


def asks(row: GuardianAssignment, colleague: User, *, at: datetime = NOW, **given) -> GuardianCover:
    told = {"starts_at": GOES, "ends_at": BACK, "by": row.guardian, **given}
    return covers.ask([row], colleague, **told, at=at).covers[0]


def asking_on(client: Client) -> str:
    """The key of the asking that the page shows, as its form would send it back."""
    return str(client.get(reverse("cover_answer")).context["form"]["asking"].value())


def says(client: Client, asking: str, answer: str = "yes", **more: str):
    return client.post(reverse("cover_answer"), {"asking": asking, "answer": answer, **more}, follow=True)


# --- The asking that is answered


@pytest.mark.by_turns
def test_an_answer_is_to_the_asking_that_was_on_its_page_and_not_to_one_that_came_in_between(
    client: Client, watched: Watched, colleague: User
) -> None:
    first = asks(watched.assignment, colleague)
    client.force_login(colleague)
    read = asking_on(client)
    # One for sooner days comes in between: it would stand first on the page.
    other = guarded(a_child(), watched.guardian)
    second = asks(other, colleague, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)
    assert "You cover in that time" in says(client, read).content.decode()
    for cover, accepted in ((first, True), (second, None)):
        cover.refresh_from_db()
        assert cover.accepted is accepted
    assert other.child.reference in client.get(reverse("cover_answer")).content.decode()


@pytest.mark.by_turns
def test_an_answer_to_what_was_answered_or_taken_back_meanwhile_is_refused_with_words_and_takes_no_other(
    client: Client, watched: Watched, colleague: User
) -> None:
    gone = asks(watched.assignment, colleague)
    other = asks(guarded(a_child(), watched.guardian), colleague, starts_at=GOES + DAY)
    client.force_login(colleague)
    read = asking_on(client)
    covers.end(gone, reason="Found somebody", by=watched.guardian, at=NOW)
    for key in (read, "", "nonsense", f"{other.pk}-{gone.pk}"):
        page = says(client, key)
        assert "answered or taken back in the meantime" in page.content.decode()
        assert other.child.reference in page.content.decode()
    assert (
        "answered or taken back"
        in client.post(reverse("cover_answer"), {"answer": "yes"}, follow=True).content.decode()
    )
    assert not GuardianCover.objects.exclude(accepted=None).exists()
    # Twice the same, as a button pressed twice sends it.
    read = asking_on(client)
    assert "You cover in that time" in says(client, read).content.decode()
    assert "answered or taken back" in says(client, read, "no", reason="Away").content.decode()
    other.refresh_from_db()
    assert other.accepted


@pytest.mark.by_turns
def test_an_asking_of_somebody_else_is_answered_by_nobody_who_sends_its_key(
    client: Client, watched: Watched, colleague: User, supervisor: User
) -> None:
    cover = asks(watched.assignment, colleague)
    client.force_login(supervisor)
    assert "answered or taken back" in says(client, str(cover.pk)).content.decode()
    cover.refresh_from_db()
    assert cover.accepted is None


@pytest.mark.by_turns(8)
def test_an_answer_that_lacks_its_reason_keeps_to_the_asking_that_was_read(
    client: Client, watched: Watched, colleague: User
) -> None:
    asks(watched.assignment, colleague)
    client.force_login(colleague)
    read = asking_on(client)
    sooner = asks(guarded(a_child(), watched.guardian), colleague, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)
    page = client.post(reverse("cover_answer"), {"asking": read, "answer": "no"})
    assert page.status_code == 422
    assert (watched.child.reference in page.content.decode(), page.context["more"]) == (True, 1)
    assert sooner.child.reference not in page.content.decode()


# --- Another person


@pytest.mark.by_turns(8)
def test_a_supervisor_neither_asks_nor_accepts_for_themself(
    client: Client, watched: Watched, supervisor: User
) -> None:
    with pytest.raises(IllegalMove, match="cannot ask yourself"):
        asks(watched.assignment, supervisor, by=supervisor)
    client.force_login(supervisor)
    chosen = {"colleague": supervisor.pk, "children": watched.assignment.pk, **SPAN}
    where = reverse("guardian_cover", args=[watched.guardian.pk])
    assert client.post(where, chosen).status_code == 422
    assert not GuardianCover.objects.exists()
    # Asked by the guardian, the supervisor covers as any colleague does.
    cover = asks(watched.assignment, supervisor)
    covers.answer([cover], accepted=True, by=supervisor, at=NOW)
    cover.refresh_from_db()
    assert cover.accepted


@pytest.mark.by_turns(8)
def test_what_somebody_asked_of_themself_before_is_declined_and_ended_and_never_accepted(
    watched: Watched, supervisor: User
) -> None:
    told = {"child": watched.child, "assignment": watched.assignment, "covered_by": supervisor}
    own = GuardianCover.objects.create(
        **told, asked_by=supervisor, asked_at=NOW, starts_at=GOES, ends_at=BACK
    )
    with pytest.raises(IllegalMove, match="another person has to accept"):
        covers.answer([own], accepted=True, by=supervisor, at=NOW)
    for statement in (
        f"UPDATE guardians_guardiancover SET accepted = true, answered_at = now() WHERE id = {own.pk}",
        (
            "INSERT INTO guardians_guardiancover (child_id, assignment_id, covered_by_id, asked_by_id, starts_at, ends_at,"
            " asked_at, accepted, answered_at, reason) SELECT child_id, assignment_id, covered_by_id, asked_by_id,"
            " starts_at + '9 days', ends_at + '9 days', asked_at, true, now(), '' FROM guardians_guardiancover"
        ),
    ):
        with (
            pytest.raises(DatabaseError, match="asked for it"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    covers.answer([own], accepted=False, reason="Not I", by=supervisor, at=NOW)
    own.refresh_from_db()
    assert own.accepted is False


# --- Child by child


@pytest.mark.by_turns
def test_the_same_is_not_asked_twice_while_it_waits_nor_a_part_of_it(
    watched: Watched, colleague: User, supervisor: User
) -> None:
    asks(watched.assignment, colleague)
    for again in ({}, {"by": supervisor}, {"starts_at": GOES + DAY}, {"ends_at": BACK - DAY}):
        with pytest.raises(IllegalMove, match="is asked to cover for this child in that time already"):
            asks(watched.assignment, colleague, **again)
    assert GuardianCover.objects.count() == 1
    # Somebody else may be asked beside, for longer too; and the same one again once they have declined.
    asks(watched.assignment, supervisor)
    longer = asks(watched.assignment, colleague, ends_at=BACK + DAY)
    for cover in GuardianCover.objects.waiting(NOW).filter(covered_by=colleague):
        covers.answer([cover], accepted=False, reason="Away", by=colleague, at=NOW)
    assert asks(watched.assignment, colleague).pk > longer.pk


def test_from_today_the_same_is_asked_once_whatever_the_hour(watched: Watched, colleague: User) -> None:
    asks(watched.assignment, colleague, starts_at=NOW - HOUR)
    with pytest.raises(IllegalMove, match="in that time already"):
        asks(watched.assignment, colleague, starts_at=NOW - HOUR, at=NOW + HOUR)


@pytest.mark.by_turns(8)
def test_who_clashes_for_one_child_is_asked_for_the_others_and_the_page_names_the_child_and_why(
    client: Client, watched: Watched, colleague: User
) -> None:
    rows = [watched.assignment, *(guarded(a_child(), watched.guardian) for _ in range(3))]
    covers.answer([asks(rows[0], colleague)], accepted=True, by=colleague, at=NOW)
    asks(rows[1], colleague, ends_at=BACK + 2 * DAY, starts_at=NOW)
    client.force_login(watched.guardian)
    where = reverse("guardian_cover", args=[watched.guardian.pk])
    chosen = {"colleague": colleague.pk, "children": [row.pk for row in rows], **SPAN}
    page = client.post(where, chosen, follow=True).content.decode()
    fresh = GuardianCover.objects.waiting(NOW).filter(assignment__in=[row.pk for row in rows[2:]])
    assert fresh.count() == 2
    assert GuardianCover.objects.count() == 4
    assert "It counts when your colleague has accepted" in page
    for row, words in (
        (rows[0], "covers for this child already"),
        (rows[1], "is asked to cover for this child"),
    ):
        assert f"{row.child.reference}: Amara Quillfeather {words}" in page
    # Where it is so of every child nothing was asked, and the form says why.
    again = client.post(where, chosen)
    assert again.status_code == 422
    assert f"{rows[0].child.reference}: " in again.content.decode()
    assert GuardianCover.objects.count() == 4


@pytest.mark.by_turns(8)
def test_a_case_that_closed_and_an_assignment_that_ended_hold_up_no_other_child(
    watched: Watched, colleague: User
) -> None:
    shut, over = (guarded(a_child(), watched.guardian) for _ in range(2))
    case_closed(shut.child, reason="Moved abroad", at=NOW)
    GuardianAssignment.objects.filter(pk=over.pk).update(ends_at=NOW)
    told = {"starts_at": GOES, "ends_at": BACK, "by": watched.guardian, "at": NOW}
    asked = covers.ask([shut, over, watched.assignment], colleague, **told)
    assert [one.child_id for one in asked.covers] == [watched.child.pk]
    said = {one.child.pk: str(one.why) for one in asked.refused}
    assert set(said) == {shut.child_id, over.child_id}
    assert "case is closed" in said[shut.child_id]
    assert "ended already" in said[over.child_id]
