"""Who reviews the care of a child: named by an account or by name, independent of it, one at a time, the council's own."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases import (
    access,
    care,
    children,
    clock,
    concerns,
    leavers,
    people,
    responsibilities,
    restrictions,
    reviewing_officers,
    worker_covers,
    worker_leaves,
)
from cases.access import Permission
from cases.models import Event, Reach, ReviewingOfficer, Role, User
from cases.moves import SentBefore
from cases.reviewing_officers import NotIndependent, Officer, WrongStart
from cases.states import IllegalMove
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    case_closed,
    membership_of,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Whatever was done by then stands.
LATER = AT + 60 * DAY
READS = {Permission.SEE_STATUS, Permission.SEE_RECORD, Permission.SEE_EPISODE}


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT)


@pytest.fixture
def officer(watched: Watched) -> User:
    return a_person(Role.REVIEWING_OFFICER, authority=watched.authority)


def named(w: Watched, user: User | None = None, **said: Any) -> ReviewingOfficer:
    """Somebody reviews the care of this child from an hour after it came."""
    at = said.pop("at", AT + HOUR)
    typed = {} if user is not None else {"name": "Ida Moss", "phone": "01632 960113"}
    given = Officer(user=user, **{"starts_at": at, **typed, **said})
    return reviewing_officers.appoint(w.child, given, by=w.worker, at=at)


def fresh(user: User) -> User:
    """Whom somebody reaches is read once per person object."""
    return User.objects.get(pk=user.pk)


def may(user: User, w: Watched, at: Any) -> frozenset[Permission]:
    return access.permissions_for(fresh(user), w.child, at=at)


@pytest.mark.by_turns
def test_one_at_a_time_with_its_history(watched: Watched, officer: User) -> None:
    first = named(watched)
    second = named(watched, officer, at=AT + 2 * HOUR)
    first.refresh_from_db()
    assert (first.ends_at, first.ended_as, first.ended_by) == (AT + 2 * HOUR, "followed", watched.worker)
    assert reviewing_officers.serving(watched.child, at=LATER) == second
    assert (first.said_name, second.said_name, second.said_email) == ("Ida Moss", officer.name, officer.email)
    reviewing_officers.withdraw(second, reason="Of another child", by=watched.worker, at=AT + 3 * HOUR)
    assert reviewing_officers.serving(watched.child, at=LATER) == first
    reviewing_officers.end(first, why="Retired", by=watched.manager, at=AT + 4 * HOUR)
    assert reviewing_officers.serving(watched.child, at=LATER) is None
    kinds = Event.objects.filter(child=watched.child, kind__startswith="reviewing").values_list(
        "kind", flat=True
    )
    assert [kind.removeprefix("reviewing_officer_") for kind in kinds.order_by("number")] == [
        "named",
        "ended",
        "named",
        "withdrawn",
        "again",
        "ended",
    ]


@pytest.mark.by_turns(8)
def test_what_is_refused(watched: Watched, officer: User) -> None:
    elsewhere = a_person(Role.REVIEWING_OFFICER)
    for said in (
        {"name": ""},
        {"phone": ""},
        {"user": officer, "name": "Ida Moss"},
        {"user": elsewhere, "name": "", "phone": ""},
        {"user": a_person(Role.SOCIAL_WORKER, authority=watched.authority), "name": "", "phone": ""},
    ):
        with pytest.raises(IllegalMove):
            named(watched, **said)
    with pytest.raises(WrongStart):
        named(watched, starts_at=AT + 2 * HOUR)
    row = named(watched)
    with pytest.raises(WrongStart):
        named(watched, officer, starts_at=AT + HOUR, at=AT + 2 * HOUR)
    for attempt in (
        lambda: reviewing_officers.end(row, why=" ", by=watched.worker, at=AT + 2 * HOUR),
        lambda: reviewing_officers.withdraw(row, reason="", by=watched.worker, at=AT + 2 * HOUR),
    ):
        with pytest.raises(IllegalMove):
            attempt()
    reviewing_officers.end(row, why="Retired", by=watched.worker, at=AT + 2 * HOUR)
    with pytest.raises(IllegalMove):
        reviewing_officers.end(row, why="Retired", by=watched.worker, at=AT + 3 * HOUR)
    reviewing_officers.withdraw(row, reason="Never was", by=watched.worker, at=AT + 3 * HOUR)
    with pytest.raises(IllegalMove):
        reviewing_officers.withdraw(row, reason="Never was", by=watched.worker, at=AT + 4 * HOUR)


@pytest.mark.by_turns(8)
def test_the_same_form_again_is_one_and_with_other_words_is_refused(watched: Watched) -> None:
    key = uuid.uuid4()
    row = named(watched, key=key)
    assert named(watched, key=key, starts_at=AT + HOUR, at=AT + 2 * HOUR) == row
    with pytest.raises(SentBefore):
        named(watched, key=key, name="Ada Vance", at=AT + 2 * HOUR)
    with pytest.raises(IllegalMove, match="another child"):
        named(a_watched_child(at=AT), key=key)


@pytest.mark.by_turns(8)
def test_whoever_has_a_part_in_the_care_does_not_review_it(watched: Watched) -> None:
    """The worker, whoever covers, the manager of the team, and whoever leads it from above: each with the role as well."""
    authority, at = watched.authority, AT + 2 * HOUR
    cover = a_person(Role.SOCIAL_WORKER, team=watched.team)
    leave = {"kind": "leave", "starts_at": at, "ends_at": at + 9 * DAY, "by": watched.worker, "at": at}
    away = worker_leaves.announce(watched.worker, **leave)
    held = list(watched.child.allocations.current(at))
    (asked,) = worker_covers.ask(away, held, cover, by=watched.manager, at=at).covers
    worker_covers.answer([asked], accepted=True, by=cover, at=at)
    of_other_team = a_person(Role.TEAM_MANAGER, team=a_team(authority))
    parts = {
        "has the child’s work": (watched.worker, cover),
        "manages": (watched.manager, watched.head, watched.director),
    }
    for words, involved in parts.items():
        for person in involved:
            people.join(person, Role.REVIEWING_OFFICER, authority=authority, at=AT)
            with pytest.raises(NotIndependent, match=words):
                named(watched, person, at=at + HOUR)
            with pytest.raises(NotIndependent, match=words):
                named(watched, name=f" {person.name.upper()} ", at=at + HOUR)
    assert not ReviewingOfficer.objects.exists()
    people.join(of_other_team, Role.REVIEWING_OFFICER, authority=authority, at=AT)
    assert named(watched, of_other_team, at=at + HOUR).user == of_other_team


@pytest.mark.by_turns(8)
def test_the_database_holds_who_it_is_and_one_at_a_time(watched: Watched, officer: User) -> None:
    named(watched)
    own = {
        "child": watched.child,
        "starts_at": AT + HOUR,
        "recorded_at": AT + HOUR,
        "recorded_by": watched.worker,
    }
    for said in ({"user": officer}, {"name": "Ada"}, {"user": officer, "name": "Ada", "starts_at": AT - DAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReviewingOfficer.objects.create(**own | said)


# --- who reads


@pytest.mark.by_turns
def test_an_officer_reads_the_children_they_review_and_nothing_else(
    watched: Watched, officer: User, client: Client
) -> None:
    at = clock.now()
    other = a_watched_child(at=AT)
    reference = watched.child.reference
    client.force_login(officer)
    assert client.get(f"/children/{reference}/").status_code == 404
    row = named(watched, officer, at=at - HOUR)
    assert may(officer, watched, at) == READS
    assert [one.pk for one in access.children(fresh(officer), Permission.SEE_STATUS, at=at)] == [
        watched.child.pk
    ]
    assert client.get(f"/children/{reference}/people/").status_code == 200
    assert client.get(f"/children/{other.child.reference}/").status_code == 404
    home = client.get("/").content.decode()
    assert reference in home
    assert other.child.reference not in home
    reviewing_officers.end(row, why="Retired", by=watched.worker, at=at)
    assert may(officer, watched, at) == frozenset()
    assert client.get(f"/children/{reference}/").status_code == 404


@pytest.mark.by_turns
def test_what_shuts_a_child_from_everybody_shuts_it_from_its_officer(watched: Watched, officer: User) -> None:
    named(watched, officer)
    concerns.keep_from(watched.child, officer, reason="An allegation", by=watched.manager, at=AT + 2 * HOUR)
    assert may(officer, watched, AT + 3 * HOUR) == frozenset()
    other = a_watched_child(at=AT)
    people.join(officer, Role.REVIEWING_OFFICER, authority=other.authority, at=AT)
    named(other, officer)
    restrictions.restrict(other.child, reason="A threat", named=[], by=other.manager, at=AT + 2 * HOUR)
    assert may(officer, other, AT + 3 * HOUR) == frozenset()
    third = a_watched_child(at=AT)
    people.join(officer, Role.REVIEWING_OFFICER, authority=third.authority, at=AT)
    named(third, officer)
    listed = restrictions.candidates(third.child, reader=third.manager, at=AT + 2 * HOUR)
    assert officer in [one.user for one in listed]
    restrictions.restrict(third.child, reason="A threat", named=[officer], by=third.manager, at=AT + 2 * HOUR)
    assert may(officer, third, AT + 3 * HOUR) == READS


@pytest.mark.by_turns
def test_whoever_has_left_reads_nothing_by_what_was_theirs(watched: Watched, officer: User) -> None:
    named(watched, officer)
    people.leave(membership_of(officer), at=AT + 2 * HOUR)
    assert may(officer, watched, AT + 3 * HOUR) == frozenset()


@pytest.mark.by_turns
@pytest.mark.parametrize("how", ["role", "account", "moved"])
def test_whoever_lost_role_or_account_is_named_nowhere_stands_as_history_and_is_followed(
    watched: Watched, officer: User, client: Client, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    row = named(watched, officer)
    reference = watched.child.reference
    monkeypatch.setattr(clock, "now", lambda: AT + 3 * HOUR)
    client.force_login(watched.manager)
    around = f"/children/{reference}/people/"
    history = "They no longer have this role here, or their account is closed"
    page = client.get(around).content.decode()
    assert officer.email in page
    assert history not in page
    if how == "account":
        admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
        leavers.close(officer, reason="Left", by=admin, at=AT + 2 * HOUR)
    else:
        people.leave(membership_of(officer), at=AT + 2 * HOUR)
    if how == "moved":
        people.join(officer, Role.REVIEWING_OFFICER, authority=an_authority(), at=AT + 2 * HOUR)
    assert reviewing_officers.serving(watched.child, at=AT + 3 * HOUR) is None
    page = client.get(around).content.decode()
    for words in ("Nobody is named.", "Name the reviewing officer", officer.name, history, str(row.key)):
        assert words in page, words
    assert f"{history}: name another." in page
    assert officer.email not in page, "whoever is rung or mailed is somebody who is it"
    naming = client.get(reverse("reviewing_officer_new", args=[reference])).content.decode()
    assert "saving this replaces them" not in naming
    second = named(watched, at=AT + 3 * HOUR)
    row.refresh_from_db()
    assert (row.ends_at, row.ended_as) == (AT + 3 * HOUR, "followed")
    assert reviewing_officers.serving(watched.child, at=AT + 3 * HOUR) == second
    assert history not in client.get(around).content.decode()


# --- whose they are


@pytest.mark.by_turns
def test_another_authority_ends_it_and_its_successor_does_not(watched: Watched, officer: User) -> None:
    row = named(watched, officer)
    receiver = an_authority()
    responsibilities.start(watched.child, authority=receiver, by=watched.worker, at=AT + 2 * HOUR)
    row.refresh_from_db()
    assert (row.ends_at, row.ended_as) == (AT + 2 * HOUR, "transfer")
    assert may(officer, watched, AT + 3 * HOUR) == frozenset()
    assert not reviewing_officers.candidates(watched.child, by=watched.worker, at=AT + 3 * HOUR).exists()
    own = a_person(Role.REVIEWING_OFFICER, authority=receiver)
    people.join(watched.worker, Role.SOCIAL_WORKER, team=a_team(receiver), at=AT)
    assert named(watched, own, at=AT + 3 * HOUR).user == own


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("has_left", [False, True])
def test_one_struck_through_after_a_transfer_brings_nobody_of_the_council_before_back(
    watched: Watched, officer: User, client: Client, monkeypatch: pytest.MonkeyPatch, has_left: bool
) -> None:
    first, second = named(watched, officer), named(watched, at=AT + 2 * HOUR)
    if has_left:
        reviewing_officers.end(second, why="Retired", by=watched.worker, at=AT + 3 * HOUR)
    receiver = an_authority()
    team = a_team(receiver)
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    given = {"authority": receiver, "work_of": (team, worker), "by": watched.worker}
    responsibilities.start(watched.child, **given, at=AT + 4 * HOUR)
    client.force_login(worker)
    monkeypatch.setattr(clock, "now", lambda: AT + 5 * HOUR)
    for row in (first, second):
        address = reverse("reviewing_officer_end", args=[watched.child.reference, row.key])
        is_history = row == first or not has_left
        assert (client.get(address).status_code == 404) is is_history
        if is_history:
            said = {"answer": "mistake", "why": "Of another child"}
            assert client.post(address, said).status_code == 404
    second = ReviewingOfficer.objects.get(pk=second.pk)
    reviewing_officers.withdraw(second, reason="Of another child", by=watched.worker, at=AT + 5 * HOUR)
    first.refresh_from_db()
    assert first.ended_as == "followed"
    assert reviewing_officers.serving(watched.child, at=LATER) is None


@pytest.mark.by_turns
def test_care_that_ends_leaves_who_reviewed_it_on_record(watched: Watched, officer: User) -> None:
    named(watched, officer)
    ending = care.Ending(code="E4A", ended_date=(AT + DAY).date(), reason="With his mother", back_at=None)
    care.end(watched.child, ending, seconded_by=watched.manager, by=watched.worker, at=AT + DAY)
    standing = reviewing_officers.serving(watched.child, at=LATER)
    assert standing is not None
    assert standing.user == officer
    assert may(officer, watched, AT + DAY - HOUR) == READS
    assert may(officer, watched, AT + DAY + HOUR) == frozenset(), "there is no care to review"
    assert not ReviewingOfficer.objects.in_post(AT + DAY + HOUR).exists(), "nor does a mail go to them"
    care.begin_again(watched.child, reason="He left again", by=watched.worker, at=AT + 2 * DAY)
    assert may(officer, watched, AT + 2 * DAY + HOUR) == READS


def test_a_closed_case_is_open_to_no_officer_and_that_one_has_left_can_be_said_of_it(
    watched: Watched, officer: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = named(watched, officer)
    assert may(officer, watched, AT + 2 * HOUR) == READS
    watched.child.refresh_from_db()
    case_closed(watched.child, reason="left_uk", by=watched.worker, at=AT + 3 * HOUR)
    assert may(officer, watched, AT + 4 * HOUR) == frozenset()
    assert not ReviewingOfficer.objects.in_post(AT + 4 * HOUR).exists()
    people.leave(membership_of(officer), at=AT + 4 * HOUR)
    monkeypatch.setattr(clock, "now", lambda: AT + 5 * HOUR)
    client.force_login(watched.manager)
    ending = reverse("reviewing_officer_end", args=[watched.child.reference, row.key])
    page = client.get(f"/children/{watched.child.reference}/people/").content.decode()
    assert ending in page
    assert "or their account is closed." in page
    assert "name another" not in page, "of a closed case nobody does"
    assert client.post(ending, {"answer": "left", "why": "Retired"}).status_code == 302
    row.refresh_from_db()
    assert (row.ended_as, row.ends_at) == ("left", AT + 5 * HOUR)


# --- the pages


@pytest.mark.by_turns(8)
def test_the_page_names_one_refuses_at_the_field_and_shows_who_it_was(
    watched: Watched, officer: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = AT + 5 * HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    reference = watched.child.reference
    naming, around = reverse("reviewing_officer_new", args=[reference]), f"/children/{reference}/people/"
    client.force_login(watched.manager)
    assert "Nobody is named." in client.get(around).content.decode()
    people.join(watched.head, Role.REVIEWING_OFFICER, authority=watched.authority, at=AT)

    def sent(**said: Any) -> Any:
        return client.post(naming, {"once": str(uuid.uuid4()), "starts_at_when": "now"} | said)

    for said, field, words in (
        ({}, "user", "Select who it is, or enter a name"),
        ({"name": "Ida Moss"}, "phone", "Enter a phone, or an email address"),
        ({"user": officer.pk, "name": "Ida Moss"}, "name", "not both"),
        ({"user": watched.worker.pk}, "user", "Select a valid choice"),
        ({"user": watched.head.pk}, "user", "Somebody independent of it reviews the care."),
        ({"name": watched.worker.name, "phone": "01632 960113"}, "name", "has the child’s work"),
    ):
        answer = sent(**said)
        assert answer.status_code == 422, said
        assert words in " ".join(answer.context["form"].errors[field]), said
    assert sent(name="Ida Moss", phone="01632 960113").status_code == 302
    page = client.get(around).content.decode()
    assert "Ida Moss" in page
    assert "no mail goes to them" in page
    now += HOUR / 6
    assert sent(user=officer.pk).status_code == 302
    page = client.get(around).content.decode()
    for words in (officer.name, officer.email, "Another reviewing officer took over"):
        assert words in page, words
    now += HOUR / 6
    row = reviewing_officers.serving(watched.child, at=LATER)
    assert row is not None
    ending = reverse("reviewing_officer_end", args=[reference, row.key])
    assert client.post(ending, {"answer": "left", "why": ""}).status_code == 422
    assert client.post(ending, {"answer": "left", "why": "Moved on"}).status_code == 302
    assert "Moved on" in client.get(around).content.decode()
    assert client.post(ending, {"answer": "mistake", "why": "Of another child"}).status_code == 302
    assert "Recorded by mistake" in client.get(around).content.decode()


@pytest.mark.by_turns
def test_whoever_cannot_change_the_record_names_nobody(
    watched: Watched, officer: User, client: Client
) -> None:
    row = named(watched, officer)
    other = a_watched_child(at=AT)
    addresses = [
        reverse("reviewing_officer_new", args=[watched.child.reference]),
        reverse("reviewing_officer_end", args=[watched.child.reference, row.key]),
    ]
    for who in (watched.carer, watched.guardian, watched.officer, other.worker, officer):
        client.force_login(who)
        for address in addresses:
            assert client.get(address).status_code == 404, who
            assert client.post(address).status_code == 404, who
    client.force_login(other.worker)
    of_other = reverse("reviewing_officer_end", args=[other.child.reference, row.key])
    assert client.get(of_other).status_code == 404


@pytest.mark.by_turns
def test_that_an_officer_has_the_work_by_now_stands_on_the_page(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    people.join(colleague, Role.REVIEWING_OFFICER, authority=watched.authority, at=AT)
    named(watched, colleague)
    client.force_login(watched.manager)
    around = f"/children/{watched.child.reference}/people/"
    monkeypatch.setattr(clock, "now", lambda: AT + 3 * HOUR)
    words = "They now have a part in this child’s care"
    assert words not in client.get(around).content.decode()
    given = {"team": watched.team, "worker": colleague, "by": watched.manager, "at": AT + 2 * HOUR}
    children.allocate(watched.child, **given)
    assert words in client.get(around).content.decode()


@pytest.mark.by_turns
def test_a_head_of_another_council_has_no_part_in_the_care(watched: Watched) -> None:
    head = a_person(Role.TEAM_MANAGER, reach=Reach.SERVICE)
    people.join(head, Role.REVIEWING_OFFICER, authority=watched.authority, at=AT)
    assert named(watched, head).user == head
