"""Who may refer to the National Referral Mechanism: an administrator keeps the list, and names who does it for the council."""

import csv
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from cases import clock, first_responders, people, reference_data
from cases.deadlines import london_day
from cases.models import ConfigurationChange, FirstResponder, NrmReferrer, Role, User
from cases.states import IllegalMove
from tests.cases.test_nrm import referred
from tests.factories import AT, Watched, a_person, a_team, a_watched_child, an_authority, membership_of

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 2 * HOUR
LIST = reverse("first_responder_list")


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT)


@pytest.fixture
def admin(watched: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=watched.authority)


@pytest.fixture
def page(admin: User, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(admin)
    return client


def named(one: Watched, by: User) -> NrmReferrer:
    return first_responders.name(membership_of(one.worker), by=by, at=NOW)


def names(one: Watched) -> list[str]:
    return [row.person.name for row in first_responders.of(one.authority, at=NOW)]


@pytest.mark.by_turns(8)
def test_an_organisation_is_added_once_and_refers_until_its_last_day(watched: Watched, admin: User) -> None:
    by = {"by": admin, "at": NOW}
    row = first_responders.add(" Lantern Trust ", **by)
    for again, words in (("lantern trust", "on the list already"), (" ", "Enter the name")):
        with pytest.raises(IllegalMove, match=words):
            first_responders.add(again, **by)
    with pytest.raises(DatabaseError, match="first_responder_name_once"), transaction.atomic():
        FirstResponder.objects.create(code="other", name="LANTERN trust")
    assert FirstResponder.objects.on(AT.date()).filter(pk=row.pk).exists()
    with pytest.raises(IllegalMove, match="why"):
        first_responders.end(row, last_day=AT.date(), reason=" ", **by)
    far = london_day(NOW) + first_responders.AHEAD + DAY
    with pytest.raises(first_responders.WrongDay):
        first_responders.end(row, last_day=far, reason="x", **by)
    with pytest.raises(first_responders.WrongDay, match="today or later"):
        first_responders.end(row, last_day=AT.date() - DAY, reason="Closed", **by)
    first_responders.end(row, last_day=AT.date(), reason="Closed", **by)
    with pytest.raises(IllegalMove, match="until a day already"):
        first_responders.end(row, last_day=AT.date(), reason="Closed", **by)
    with pytest.raises(IllegalMove, match="could not refer on that day"):
        referred(watched, first_responder=row, referred_date=AT.date() + DAY, at=NOW + DAY)
    late = referred(watched, first_responder=row, referred_date=AT.date(), at=NOW + DAY)
    assert late.first_responder == row
    kinds = ConfigurationChange.objects.filter(subject_type="firstresponder", subject_id=row.pk)
    assert list(kinds.order_by("pk").values_list("kind", flat=True)) == [
        "first_responder_added",
        "first_responder_ended",
    ]


@pytest.mark.by_turns(8)
def test_a_last_day_is_taken_back_where_an_administrator_gave_it_and_not_where_the_law_did(
    admin: User,
) -> None:
    by = {"reason": "It was another", "by": admin, "at": NOW}
    row = FirstResponder.objects.get(code="unseen")
    first_responders.end(row, last_day=AT.date(), reason="Closed", by=admin, at=NOW)
    reference_data.load(at=NOW)
    row.refresh_from_db()
    assert row.last_day == AT.date(), "reading the reference data anew changes nothing of it"
    first_responders.again(row, **by)
    row.refresh_from_db()
    assert row.last_day is None
    by_law = FirstResponder.objects.get(code="glaa")
    assert by_law.last_day == date(2026, 3, 31)
    for change in (first_responders.again, first_responders.end):
        more = {"last_day": AT.date()} if change is first_responders.end else {}
        with pytest.raises(IllegalMove):
            change(by_law, **by, **more)


@pytest.mark.by_turns
def test_the_same_again_is_refused_at_its_field(page: Client, admin: User) -> None:
    first_responders.add("Lantern Trust", by=admin, at=NOW)
    answer = page.post(LIST, {"form": "organisation", "name": "LANTERN TRUST"})
    assert answer.status_code == 422
    assert answer.context["organisation"].errors["name"] == ["This organisation is on the list already."]
    assert FirstResponder.objects.filter(name__iexact="Lantern Trust").count() == 1


@pytest.mark.by_turns(8)
def test_what_the_reference_data_bring_later_is_the_row_that_an_administrator_added(
    watched: Watched, admin: User, tmp_path: Path
) -> None:
    row = first_responders.add("lantern trust", by=admin, at=NOW)
    made = referred(watched, first_responder=row, at=NOW)
    brought(tmp_path, {"code": "lantern", "name": "Lantern Trust"})
    reference_data.load(tmp_path, at=NOW)
    made.refresh_from_db()
    assert (made.first_responder.code, made.first_responder.name) == ("lantern", "Lantern Trust")
    assert FirstResponder.objects.filter(name__iexact="Lantern Trust").count() == 1


@pytest.mark.by_turns(8)
def test_a_known_row_takes_the_name_that_an_administrator_added_and_theirs_is_told_apart(
    watched: Watched, admin: User, tmp_path: Path
) -> None:
    FirstResponder.objects.create(code="lantern", name="The Lantern")
    row = first_responders.add("lantern trust", by=admin, at=NOW)
    made = referred(watched, first_responder=row, at=NOW)
    brought(tmp_path, {"code": "lantern", "name": "Lantern Trust"})
    for _ in range(2):
        reference_data.load(tmp_path, at=NOW)
    assert FirstResponder.objects.get(code="lantern").name == "Lantern Trust"
    made.refresh_from_db()
    assert (made.first_responder.code, made.first_responder.name) == (
        row.code,
        f"lantern trust ({row.code})",
    )
    changes = ConfigurationChange.objects.filter(kind="reference_changed", subject_id=row.pk)
    said = {"changed": {"name": ["lantern trust", made.first_responder.name]}}
    assert [one.data for one in changes] == [said], "and it stands on record, once"


def brought(folder: Path, row: dict[str, str]) -> None:
    """The delivered files, and one organisation more."""
    for file in reference_data.FOLDER.glob("*.csv"):
        shutil.copy(file, folder)
    columns = (folder / "first_responders.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    with (folder / "first_responders.csv").open("a", encoding="utf-8") as lines:
        csv.DictWriter(lines, columns).writerow(row)


@pytest.mark.by_turns(8)
def test_somebody_is_named_once_and_nobody_whose_role_is_over_or_of_no_team(
    watched: Watched, admin: User
) -> None:
    row = named(watched, admin)
    assert names(watched) == [watched.worker.name]
    with pytest.raises(IllegalMove, match="on the list already"):
        named(watched, admin)
    for other in (watched.carer, watched.guardian, admin):
        with pytest.raises(IllegalMove, match="no role in a team"):
            first_responders.name(membership_of(other), by=admin, at=NOW)
    first_responders.unname(row, by=admin, at=NOW)
    assert names(watched) == []
    with pytest.raises(IllegalMove, match="any more"):
        first_responders.unname(row, by=admin, at=NOW)
    named(watched, admin)
    people.leave(membership_of(watched.worker), by=admin, at=NOW)
    assert names(watched) == [], "whoever has left is offered to nobody"
    with pytest.raises(DatabaseError), transaction.atomic():
        NrmReferrer.objects.filter(pk=row.pk).update(ends_at=None, ended_by=None)


@pytest.mark.by_turns
def test_the_forms_of_a_referral_and_its_draft_name_them(
    watched: Watched, admin: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(watched.manager)
    new, draft = (reverse(one, args=[watched.child.reference]) for one in ("nrm_new", "nrm_draft"))
    assert "these make referrals" not in client.get(new).content.decode()
    assert "Nobody is named" in client.get(draft).content.decode()
    named(watched, admin)
    text = client.get(new).content.decode()
    assert "For your council these make referrals" in text
    assert f'<option value="{watched.worker.name}">' in text
    assert watched.worker.name in client.get(draft).content.decode()
    # Of another council nobody is named there.
    other = a_watched_child(at=AT)
    client.force_login(other.manager)
    theirs = reverse("nrm_new", args=[other.child.reference])
    assert watched.worker.name not in client.get(theirs).content.decode()


def test_the_page_adds_ends_and_names(watched: Watched, page: Client) -> None:
    assert "Enter the name of the organisation" in page.post(LIST, {"form": "organisation"}).content.decode()
    assert page.post(LIST, {"form": "organisation", "name": "Lantern Trust"}).status_code == 302
    row = FirstResponder.objects.get(name="Lantern Trust")
    change = reverse("first_responder_change", args=[row.pk])
    assert change in page.get(LIST).content.decode()
    assert page.post(change, {"reason": ""}).status_code == 422
    day = london_day(NOW)
    past = day - DAY
    passed = page.post(
        change,
        {
            "last_day_day": past.day,
            "last_day_month": past.month,
            "last_day_year": past.year,
            "reason": "Closed",
        },
    )
    assert passed.status_code == 422
    assert passed.context["form"].errors["last_day"] == ["The last day must be today or later."]
    said = {
        "last_day_day": day.day,
        "last_day_month": day.month,
        "last_day_year": day.year,
        "reason": "Closed",
    }
    assert page.post(change, said).status_code == 302
    assert "may refer again" in page.get(change).content.decode()
    assert page.post(change, {"reason": "It did not"}).status_code == 302
    member = membership_of(watched.worker)
    assert page.post(LIST, {"form": "person", "member": ""}).status_code == 422
    assert page.post(LIST, {"form": "person", "member": member.pk}).status_code == 302
    again = page.post(LIST, {"form": "person", "member": member.pk})
    assert "on the list already" in again.content.decode()
    people.leave(member, by=NrmReferrer.objects.get().recorded_by, at=NOW)
    assert "the name is shown to nobody" in page.get(LIST).content.decode()
    end = reverse("nrm_referrer_end", args=[NrmReferrer.objects.get().pk])
    assert page.post(end).status_code == 302
    assert "nobody reads the name" not in page.get(LIST).content.decode()
    assert "not on the list any more" in page.post(end, follow=True).content.decode()


@pytest.mark.by_turns(8)
def test_only_an_administrator_has_the_pages_and_of_another_council_nobody_is_taken_off(
    watched: Watched, admin: User, client: Client
) -> None:
    row = named(watched, admin)
    end = reverse("nrm_referrer_end", args=[row.pk])
    change = reverse("first_responder_change", args=[FirstResponder.objects.get(code="unseen").pk])
    client.force_login(a_person(Role.TEAM_MANAGER))
    assert [client.get(address).status_code for address in (LIST, change)] == [403, 403]
    assert client.post(end).status_code == 403
    client.force_login(a_person(Role.ADMINISTRATOR, authority=an_authority()))
    assert client.post(end).status_code == 404
    theirs = membership_of(a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority)))
    assert client.post(LIST, {"form": "person", "member": theirs.pk}).status_code == 422
    assert NrmReferrer.objects.current().get() == row


@pytest.mark.by_turns
def test_whoever_is_named_goes_along_when_the_council_passes_to_another(
    watched: Watched, admin: User
) -> None:
    named(watched, admin)
    successor = an_authority()
    watched.authority.successors.set([successor])
    watched.team.authority = successor
    watched.team.save(update_fields=["authority"])
    assert [row.person for row in first_responders.of(successor, at=NOW)] == [watched.worker]
    assert first_responders.of(an_authority(), at=NOW) == []


@pytest.mark.by_turns
def test_the_page_asks_no_more_however_many_stand_there(
    watched: Watched, admin: User, page: Client, django_assert_max_num_queries: object
) -> None:
    named(watched, admin)
    page.get(LIST)
    with django_assert_max_num_queries(40) as one:  # type: ignore[operator]
        page.get(LIST)
    for _ in range(4):
        person = a_person(Role.SOCIAL_WORKER, team=watched.team)
        first_responders.name(membership_of(person), by=admin, at=NOW)
    with django_assert_max_num_queries(len(one)):  # type: ignore[operator]
        assert page.get(LIST).content.decode().count("Take off") >= 5
