"""A night of arrivals: one screen a child, one commit a child, and the rest becomes a list."""

import uuid
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from alerts.models import Clock
from cases import arrivals, children, clock, details, mergers, photo_files, photos, restrictions
from cases.deadlines import years
from cases.forms.typed import london
from cases.models import (
    AccessRecord,
    ArrivalGroup,
    Authority,
    Child,
    Event,
    Home,
    Photo,
    Placement,
    Responsibility,
    Role,
    Team,
    User,
)
from cases.moves import isolated
from cases.responsibilities import responsible_authority
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import AT, a_child, a_home, a_person, a_picture, a_team, an_authority, photographed

pytestmark = pytest.mark.django_db
NEW = "/children/arrivals/new/"
LIST = "/children/arrivals/"
DAY = timedelta(days=1)


@pytest.fixture
def team() -> Team:
    return a_team(an_authority("Ellwick"))


@pytest.fixture
def home(team: Team) -> Home:
    return a_home(team.authority)


@pytest.fixture
def worker(team: Team, client: Client) -> User:
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    client.force_login(worker)
    return worker


def answers(home: Home, **given: Any) -> dict[str, Any]:
    """The fewest answers for the next child of a group; for the first one `first` adds when and where."""
    return {
        "once": str(uuid.uuid4()),
        "given_name": "Samir",
        "age": "15",
        "sex": "M",
        "home": str(home.pk),
        "placement_type": "K2",
        "team": str(Team.objects.get(kind="social_work", authority=home.authority).pk),
    } | given


def first(home: Home, **given: Any) -> dict[str, Any]:
    return answers(home, arrived_at_when="now", place="Harrowfen docks", port="Western quay") | given


@pytest.mark.by_turns
def test_homes_of_one_name_are_told_apart_by_where_they_are(client: Client, worker: User, home: Home) -> None:
    a_home(an_authority("Farwold"), name=home.name)
    page = unescape(client.get(NEW).content.decode())
    assert (
        page.count(f">{isolated(home.name)}, Ellwick (")
        == page.count(f">{isolated(home.name)}, Farwold (")
        == 1
    )


@pytest.mark.by_turns(8)
def test_one_form_registers_places_and_watches_a_child(client: Client, worker: User, home: Home) -> None:
    before = clock.now()

    answer = client.post(NEW, first(home, languages="Arabic", room="bed 4", port_reference="W-117"))

    child = Child.objects.get()
    group = ArrivalGroup.objects.get()
    assert answer["Location"] == f"/children/arrivals/{group.pk}/next/"
    assert (group.place, group.port, group.authority) == ("Harrowfen docks", "Western quay", home.authority)
    assert (child.arrival_group, child.arrived_at, child.arrival_place) == (
        group,
        group.arrived_at,
        group.place,
    )
    assert (child.age_given, child.birth_date_precision, child.port_reference) == (15, "estimated", "W-117")
    assert Responsibility.objects.get().authority == home.authority
    placement = Placement.objects.get()
    assert (placement.home, placement.room, placement.child) == (home, "bed 4", child)
    assert placement.starts_at >= before
    assert [event.kind for event in Event.objects.filter(child=child)] == ["registered", "placement_started"]
    allocation = child.allocations.get()
    assert (allocation.team, allocation.worker) == (home.authority.teams.get(), None)
    # The contact clock runs as for any arrival: the row of the first 72 hours.
    contact = Clock.objects.get(child=child, kind=Clock.Kind.CONTACT)
    assert "first_72_hours" in contact.rows
    assert contact.due_at is not None


@pytest.mark.by_turns
def test_the_next_child_finds_home_language_and_arrival_there_already(
    client: Client, worker: User, home: Home
) -> None:
    page = client.post(NEW, first(home, languages="Tigrinya, Arabic"), follow=True).content.decode()

    assert page.index('value="Tigrinya"') < page.index('value="Arabic"')
    assert f'<option value="{home.pk}" selected' in page
    assert "1 child taken in." in page
    assert "Harrowfen docks" in page
    assert "When did they arrive?" not in page
    group = ArrivalGroup.objects.get()

    client.post(f"/children/arrivals/{group.pk}/next/", answers(home, given_name="Yonas", age="not known"))

    second = Child.objects.get(given_name="Yonas")
    assert second.arrival_group == group
    assert (second.age_given, second.birth_date, second.birth_date_precision) == (None, None, "day")
    assert second.arrived_at == group.arrived_at


def test_a_form_sent_twice_is_one_child_in_one_group(client: Client, worker: User, home: Home) -> None:
    form = first(home)
    locations = {client.post(NEW, form)["Location"] for _ in range(2)}

    assert (Child.objects.count(), Placement.objects.count(), ArrivalGroup.objects.count()) == (1, 1, 1)
    assert len(locations) == 1


@pytest.mark.by_turns
def test_a_photo_comes_with_the_child(client: Client, worker: User, home: Home) -> None:
    client.post(NEW, first(home, photo=SimpleUploadedFile("x", a_picture())))

    photo = Photo.objects.get()
    assert (photo.child, photo.taken_date) == (Child.objects.get(), london(clock.now()).date())
    assert photo_files.read(photo.token, "face")


@pytest.mark.by_turns
def test_a_bad_photo_is_called_so_and_everything_typed_stays(
    client: Client, worker: User, home: Home
) -> None:
    answer = client.post(
        NEW, first(home, given_name="Hawa", room="bed 9", photo=SimpleUploadedFile("x.jpg", b"no picture"))
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#id_photo">Photo must be JPG or PNG and smaller than 10MB</a>' in page
    assert all(f'value="{word}"' in page for word in ("Hawa", "bed 9", "Harrowfen docks", "15"))
    assert not Child.objects.exists()
    assert not ArrivalGroup.objects.exists()


@pytest.mark.by_turns
def test_what_is_missing_of_the_group_and_of_the_child_stands_in_one_summary(
    client: Client, worker: User, home: Home
) -> None:
    of_both = client.post(NEW, first(home, place="", age="")).content.decode()
    assert of_both.index('<a href="#id_place">') < of_both.index('<a href="#id_age">')
    of_the_group = client.post(NEW, first(home, place="")).content.decode()
    assert '<a href="#id_place">' in of_the_group
    assert "<title>Error: " in of_the_group


@pytest.mark.by_turns
def test_nothing_stays_when_one_part_of_the_commit_fails(
    client: Client, worker: User, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise IllegalMove("The photo cannot be kept.")

    monkeypatch.setattr(photos, "add", fail)
    answer = client.post(NEW, first(home, photo=SimpleUploadedFile("x", a_picture())))

    assert answer.status_code == 422
    assert "The photo cannot be kept." in answer.content.decode()
    assert not Child.objects.exists()
    assert not ArrivalGroup.objects.exists()
    assert not Placement.objects.exists()


@pytest.mark.by_turns
def test_a_wristband_that_is_known_is_told_before_saving_and_never_blocks(
    client: Client, worker: User, home: Home, team: Team
) -> None:
    known = a_child(team=team, worker=worker, given_name="Tarek", port_reference="w-117", at=clock.now())
    form = first(home, port_reference="W-117")

    told = client.post(NEW, form)

    page = told.content.decode()
    assert "The same wristband or port reference" in page
    assert known.reference in page
    assert f'name="told" value="{known.reference}"' in page
    assert Child.objects.count() == 1

    client.post(NEW, form | {"told": known.reference})
    assert Child.objects.count() == 2


@pytest.mark.by_turns(8)
def test_who_may_be_known_by_name_and_age_is_led_to_or_told_apart(
    client: Client, worker: User, home: Home, team: Team
) -> None:
    client.post(NEW, first(home, given_name="Tarek"))
    known = Child.objects.get()
    details.change(known, {"family_name": "Rahimi"}, topic="names", version=0, by=worker, at=clock.now())
    strange = a_child(given_name="Tarek", birth_date=known.birth_date, at=clock.now())
    address = f"/children/arrivals/{known.arrival_group_id}/next/"
    form = answers(home, given_name="Tareq", room="bed 9")
    told = client.post(address, form).content.decode()
    for words in (known.reference, "The name sounds alike", "The age may be the same", 'value="bed 9"'):
        assert words in told
    assert strange.reference not in told
    assert AccessRecord.objects.filter(child=known, user=worker, page="arrival_next").exists()
    assert "keeps nothing of what is typed below" in told
    for _press in range(2):
        led = client.post(address, {"same": known.reference}, follow=True)
    assert led.redirect_chain[0][0] == reverse("child", args=[known.reference])
    assert address in led.content.decode(), "the next child is one press away"
    assert Event.objects.filter(child=known, kind="found_again").count() == 1
    assert client.post(address, {"same": strange.reference}).status_code == 404
    assert set(Child.objects.all()) == {known, strange}
    for _ in range(2):
        client.post(address, form | {"told": known.reference, "different": known.reference})
    new = Child.objects.exclude(pk__in=(known.pk, strange.pk)).get()
    (apart,) = Event.objects.filter(child=new, kind="told_apart")
    assert apart.data["others"] == [{"child": known.pk, "why": ["name", "age"], "said": True}]
    assert client.post(address, answers(home, given_name="Tarek", age="17")).status_code == 302, (
        "by the name alone nobody is"
    )


@pytest.mark.by_turns
def test_the_same_age_on_another_day_of_arrival_is_known_in_whatever_year_it_stands_for(
    team: Team, worker: User
) -> None:
    """Who is 15 on 1 July stands as born in December of one year, and on 3 July as born in January of the next."""
    first, third = (datetime(2026, 7, day, 12, tzinfo=UTC) for day in (1, 3))
    born = arrivals.born_about(15, on=first.date())
    assert born.year != arrivals.born_about(15, on=third.date()).year
    estimated = {"birth_date": born, "birth_date_precision": "estimated", "age_given": 15}
    guessed = a_child(team=team, worker=worker, given_name="Tarek", at=first, **estimated)
    oldest, youngest, _older, _younger = (
        a_child(team=team, worker=worker, given_name="Tarek", birth_date=day, at=first)
        for day in (date(2010, 7, 4), date(2011, 7, 3), date(2010, 7, 3), date(2011, 7, 4))
    )
    typed = children.Details(given_name="Tareq", age_given=15, arrived_at=third)
    found = arrivals.known(typed, key=uuid.uuid4(), by=worker, at=third)
    assert {one.child for one in found} == {guessed, oldest, youngest}
    assert {one.why for one in found} == {("name", "age")}


@pytest.mark.parametrize("on", [date(2026, 7, 3), date(2028, 2, 29)])
def test_the_birth_dates_of_an_age_are_those_at_which_somebody_has_it(on: date) -> None:
    first, last = arrivals.born_between(15, on=on)
    assert [years(day, today=on) for day in (first - DAY, first, last, last + DAY)] == [16, 15, 15, 14]


def test_a_reference_that_six_children_have_is_told_once_and_blocks_nobody(
    client: Client, worker: User, home: Home, team: Team
) -> None:
    for given_name in ("Tarek", "Idris", "Yusuf", "Karim", "Bilal", "Nadim"):
        a_child(team=team, worker=worker, given_name=given_name, port_reference="BOAT-4", at=clock.now())
    form = first(home, port_reference="BOAT-4")

    page = client.post(NEW, form).content.decode()
    told = page.split('name="told" value="')[1].split('"')[0]

    assert len(told.split()) == 5
    assert client.post(NEW, form | {"told": told}).status_code == 302
    assert Child.objects.count() == 7


@pytest.mark.by_turns
def test_a_wristband_of_a_strange_child_is_told_to_nobody(client: Client, worker: User, home: Home) -> None:
    strange = a_child(given_name="Tarek", port_reference="W-117", at=clock.now())

    client.post(NEW, first(home, port_reference="W-117"))

    assert Child.objects.exclude(pk=strange.pk).count() == 1


@pytest.mark.by_turns
def test_a_restricted_child_who_comes_again_is_told_to_its_named_and_counted_for_nobody_else(
    client: Client, worker: User, home: Home, team: Team
) -> None:
    manager = a_person(Role.TEAM_MANAGER, team=team)
    client.post(NEW, first(home, port_reference="W-117", languages="Tigrinya, Arabic"))
    hidden = Child.objects.get()
    restrictions.restrict(hidden, reason="A threat", named=[], by=manager, at=clock.now())
    address = f"/children/arrivals/{hidden.arrival_group_id}/next/"
    assert "0 children taken in." in client.get(address).content.decode()
    for given_name, band, languages, why in (
        ("Samir", "", "Arabic", ["name", "age", "language"]),
        # Another kind of it may be meant.
        ("Samir", "", "Arabic (Sudanese and Chadian)", ["name", "age", "language"]),
        ("Hawa", "w-117", "", ["port_reference"]),
        ("Yonas", "", "Arabic", None),
        # A given name and an age are many children's.
        ("Samir", "", "", None),
        ("Samir", "", "Pashto", None),
    ):
        form = answers(home, given_name=given_name, port_reference=band, languages=languages)
        answer = client.post(address, form, follow=True)
        assert hidden.reference not in answer.content.decode()
        new = Child.objects.latest("pk")
        told = Event.objects.filter(child=hidden, kind="perhaps_registered_again").last()
        assert told is not None
        assert (told.data["reference"] == new.reference) is (why is not None)
        if why is not None:
            assert told.data["why"] == why
        assert not Event.objects.filter(child=new, kind="perhaps_registered_again").exists()


@pytest.mark.by_turns
def test_who_came_at_night_without_a_language_is_told_to_the_named_when_it_is_written_and_once(
    client: Client, worker: User, home: Home, team: Team
) -> None:
    manager = a_person(Role.TEAM_MANAGER, team=team)
    client.post(NEW, first(home, languages=""))
    earlier = Child.objects.get()
    address = f"/children/arrivals/{earlier.arrival_group_id}/next/"
    client.post(address, answers(home, languages="Tigrinya, Arabic", told=earlier.reference))
    hidden = Child.objects.exclude(pk=earlier.pk).get()
    Child.objects.filter(pk=hidden.pk).update(nationality="Eritrea")
    restrictions.restrict(hidden, reason="A threat", named=[], by=manager, at=clock.now())
    told = Event.objects.filter(child=hidden, kind="perhaps_registered_again")

    def comes(given_name: str) -> Child:
        seen = Child.objects.exclude(pk=hidden.pk).values_list("reference", flat=True)
        form = answers(home, given_name=given_name, languages="", told=" ".join(seen))
        assert client.post(address, form).status_code == 302
        return Child.objects.latest("pk")

    def says(child: Child, **said: str) -> None:
        page = reverse("details_change", args=[child.reference, "languages"])
        form = client.get(page).context["form"]
        held = {name: form[name].value() for name in form.fields}
        standing = {name: value for name, value in held.items() if value is not None}
        answer = client.post(page, standing | said)
        assert answer.status_code == 302, answer.context["form"].errors

    samir, other = comes("Samir"), comes("Yonas")
    assert not told.exists()
    for one in (samir, other):
        filled = {"languages": "Arabic", "trafficking": "not_asked"}
        answer = client.post(reverse("arrival_fill_in", args=[one.reference]), filled)
        assert answer.status_code == 302
    assert [(one.data["reference"], one.data["why"]) for one in told.all()] == [
        (samir.reference, ["name", "age", "language"])
    ]
    says(samir, languages="Arabic", nationality="Eritrea")
    assert told.count() == 1
    another = comes("Samir")
    says(another, nationality="Eritrea")
    assert told.last().data == {"reference": another.reference, "why": ["name", "age", "nationality"]}
    # Neither is written anew by another answer of the page, nor was whoever came before registered again.
    third = comes("Samir")
    Child.objects.filter(pk=third.pk).update(languages=["Arabic"], nationality="Eritrea")
    says(third, literacy="reads")
    # A language beside one that was in common before is no sign of it.
    says(third, languages="Arabic, Pashto")
    assert told.count() == 2
    says(earlier, nationality="Eritrea")
    assert told.count() == 2
    assert not Event.objects.filter(child=another, kind="perhaps_registered_again").exists()


@pytest.mark.by_turns(8)
def test_a_language_written_on_the_restricted_record_itself_tells_its_people_of_whoever_came_since(
    client: Client, worker: User, home: Home, team: Team
) -> None:
    """The same question from the other side: whoever came before has nothing to do with it, and nobody is told twice."""
    manager = a_person(Role.TEAM_MANAGER, team=team)
    client.post(NEW, first(home, languages="Arabic"))
    group = Child.objects.get().arrival_group_id

    def comes(**said: str) -> Child:
        known = " ".join(Child.objects.values_list("reference", flat=True))
        form = answers(home, told=known) | {"languages": ""} | said
        assert client.post(f"/children/arrivals/{group}/next/", form).status_code == 302
        return Child.objects.latest("pk")

    hidden = comes()
    comes(languages="Arabic", different=hidden.reference)
    restrictions.restrict(hidden, reason="A threat", named=[], by=manager, at=clock.now())
    samir = comes(languages="Arabic (Sudanese and Chadian)")
    for given_name, languages in (("Yonas", "Arabic"), ("Samir", "Pashto")):
        comes(given_name=given_name, languages=languages)
    secret, drill, eritrean = comes(languages="Arabic"), comes(languages="Arabic"), comes()
    restrictions.restrict(secret, reason="A threat", named=[], by=manager, at=clock.now())
    Child.objects.filter(pk=drill.pk).update(is_drill=True)
    Child.objects.filter(pk=eritrean.pk).update(nationality="Eritrea")
    told = Event.objects.filter(child=hidden, kind="perhaps_registered_again")
    assert not told.exists()

    def writes(**said: str) -> None:
        client.force_login(manager)
        page = reverse("details_change", args=[hidden.reference, "languages"])
        form = client.get(page).context["form"]
        held = {name: form[name].value() for name in form.fields}
        standing = {name: value for name, value in held.items() if value is not None}
        assert client.post(page, standing | said).status_code == 302

    writes(languages="Arabic")
    assert [(one.data["reference"], one.data["why"]) for one in told.all()] == [
        (samir.reference, ["name", "age", "language"])
    ]
    writes(nationality="Eritrea")
    assert {one.data["reference"] for one in told.all()} == {samir.reference, eritrean.reference}
    writes(literacy="reads")
    later = comes()
    Child.objects.filter(pk=later.pk).update(languages=["Arabic"])
    writes(languages="Arabic, Tigrinya")
    assert told.count() == 2
    assert samir.reference in client.get(f"/children/{hidden.reference}/").content.decode()
    assert not Event.objects.exclude(child=hidden).filter(kind="perhaps_registered_again").exists()


@pytest.mark.by_turns
def test_a_record_that_is_not_restricted_tells_nobody_of_whoever_came_since(
    client: Client, worker: User, home: Home
) -> None:
    client.post(NEW, first(home, languages=""))
    open_to_all = Child.objects.get()
    address = f"/children/arrivals/{open_to_all.arrival_group_id}/next/"
    client.post(address, answers(home, languages="Arabic", told=open_to_all.reference))
    filled = {"languages": "Arabic", "trafficking": "not_asked"}
    answer = client.post(reverse("arrival_fill_in", args=[open_to_all.reference]), filled)

    assert answer.status_code == 302
    assert Child.objects.get(pk=open_to_all.pk).languages == ["Arabic"]
    assert not Event.objects.filter(kind="perhaps_registered_again").exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("age", ["old", "26", "-1", ""])
def test_an_age_is_a_number_of_years_or_not_known(client: Client, worker: User, home: Home, age: str) -> None:
    answer = client.post(NEW, first(home, age=age))

    assert answer.status_code == 422
    assert escape("Enter the age") in answer.content.decode()
    assert not Child.objects.exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("on", [date(2026, 3, 2), date(2026, 1, 31), date(2028, 2, 29)])
@pytest.mark.parametrize("age", [0, 1, 12, 15, 17])
def test_an_age_in_years_stands_for_a_birth_date_at_which_the_child_has_that_age(age: int, on: date) -> None:
    born = arrivals.born_about(age, on=on)

    assert born.day == 15
    had_birthday = (on.month, on.day) >= (born.month, born.day)
    assert on.year - born.year - (0 if had_birthday else 1) == age


def test_an_arrival_of_tomorrow_is_refused(team: Team) -> None:
    with pytest.raises(IllegalMove, match="now or in the past"):
        arrivals.start_group(
            team.authority,
            arrived_at=AT + timedelta(minutes=1),
            place="x",
            by=a_person(Role.DUTY_DESK),
            at=AT,
        )


@pytest.mark.by_turns
def test_duty_takes_children_in_for_a_team_of_its_own_authority(
    client: Client, home: Home, team: Team
) -> None:
    client.force_login(a_person(Role.DUTY_DESK, authority=team.authority))

    client.post(NEW, first(home))

    assert Child.objects.get().allocations.get().team == team


@pytest.mark.by_turns
def test_duty_is_asked_for_one_of_several_teams_once_and_no_child_is_given_to_the_desk_itself(
    client: Client, home: Home, team: Team
) -> None:
    desk = a_team(team.authority, kind=Team.Kind.DUTY)
    client.force_login(a_person(Role.DUTY_DESK, team=desk))
    assert client.get(NEW).context["form"]["team"].value() == team.pk, "with one there is nothing to ask"
    form, other = first(home), a_team(team.authority)
    asked = client.get(NEW).context["form"]
    assert asked["team"].value() is None
    assert set(asked.fields["team"].queryset) == {team, other}
    for wrong in ("", str(desk.pk)):
        refused = client.post(NEW, form | {"team": wrong})
        assert list(refused.context["form"].errors) == ["team"]
    taken = client.post(NEW, form | {"team": str(other.pk)}, follow=True)
    assert taken.context["form"]["team"].value() == other.pk
    manager = a_person(Role.TEAM_MANAGER, team=other)
    client.force_login(manager)
    assert Child.objects.get().reference in client.get(reverse("manager_unallocated")).content.decode()


@pytest.mark.by_turns
def test_a_group_of_another_authority_is_found_by_nobody_else(
    client: Client, worker: User, home: Home
) -> None:
    client.post(NEW, first(home))
    group = ArrivalGroup.objects.get()
    client.force_login(a_person(Role.SOCIAL_WORKER))

    assert client.get(f"/children/arrivals/{group.pk}/next/").status_code == 404
    assert client.post(f"/children/arrivals/{group.pk}/next/", answers(home)).status_code == 404
    assert Child.objects.get().reference not in client.get(LIST).content.decode()
    assert not client.get(LIST).context["rows"]


@pytest.mark.by_turns
def test_the_next_child_of_a_group_is_taken_in_when_the_authority_was_merged_meanwhile(
    client: Client, worker: User, home: Home, team: Team
) -> None:
    client.post(NEW, first(home))
    group = Child.objects.get().arrival_group_id
    successor, form = an_authority(), answers(home, given_name="Tarek")
    mergers.move(team.authority, successor, by=None, at=clock.now())
    client.force_login(User.objects.get(pk=worker.pk))
    done = client.post(f"/children/arrivals/{group}/next/", form)
    assert done.status_code == 302
    second = Child.objects.get(given_name="Tarek")
    assert second.arrival_group_id == group
    assert responsible_authority(second, at=clock.now()) == successor


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("role", [Role.PLACEMENT_STAFF, Role.GUARDIAN, Role.POLICE, Role.ADMINISTRATOR])
def test_homes_guardians_police_and_administrators_take_nobody_in(
    client: Client, home: Home, team: Team, role: str
) -> None:
    client.force_login(a_person(role))
    for answer in (client.get(NEW), client.post(NEW, first(home)), client.get(LIST)):
        assert answer.status_code == 403
    assert not Child.objects.exists()


# --- What is still missing


def taken_in(home: Home, worker: User, at: datetime, **details: Any) -> Child:
    group = arrivals.start_group(home.authority, arrived_at=at, place="Harrowfen docks", by=worker, at=at)
    facts = children.Details(**{"given_name": "Samir", "arrived_at": at, "arrival_group": group} | details)
    team = home.authority.teams.get(kind="social_work")
    arrival = arrivals.Arrival(details=facts, team=team, home=home, placement_type="K2", key=uuid.uuid4())
    return arrivals.take_in(arrival, by=worker, at=at)


def test_the_rest_becomes_a_list_each_line_of_which_leads_to_its_form(
    client: Client, worker: User, home: Home
) -> None:
    child = taken_in(home, worker, clock.now(), languages=["Arabic"])

    page = client.get(LIST).content.decode()

    fill_in = f'href="/children/{child.reference}/fill-in/"'
    assert page.count(fill_in) == 4
    assert f'href="/children/{child.reference}/photos/"' in page
    assert "social worker (the team’s manager gives one)" in page
    assert f'href="/children/{child.reference}/people/"' not in page
    assert ">languages<" not in page
    today = client.get("/").content.decode()
    assert "1 new arrival has something to fill in" in today


@pytest.mark.by_turns
def test_whoever_lacks_a_social_worker_alone_comes_last_and_a_manager_is_led_to_where_one_is_given(
    client: Client, worker: User, home: Home, team: Team
) -> None:
    full = {
        "languages": ["Arabic"],
        "birth_date": date(2010, 9, 15),
        "birth_date_precision": "day",
        "interpreter_needed": False,
        "needs": ["none"],
        "trafficking": "no",
    }
    now = clock.now()
    first, second = (taken_in(home, worker, now, **details) for details in (full, {}))
    photographed(first, by=worker, at=now)
    assert [child for child, _missing in client.get(LIST).context["rows"]] == [second, first]
    client.force_login(a_person(Role.TEAM_MANAGER, team=team))
    (_, links) = client.get(LIST).context["rows"][1]
    assert links == [("social worker", reverse("manager_unallocated"))]


@pytest.mark.by_turns
def test_a_photo_for_which_nobody_asked_the_child_is_still_on_the_list_in_its_own_words(
    client: Client, worker: User, home: Home
) -> None:
    child = taken_in(home, worker, clock.now())
    photo = photographed(child, by=worker, at=clock.now(), ground=photos.Ground(basis="find"))
    words = dict(client.get(LIST).context["rows"][0][1])
    assert words["ask about the photo"] == reverse("photo_list", args=[child.reference])
    assert "photo" not in words
    photos.say_ground(photo, photos.Ground(basis="safety"), by=worker, at=clock.now())
    assert not {"photo", "ask about the photo"} & {
        text for text, _href in client.get(LIST).context["rows"][0][1]
    }


@pytest.mark.by_turns(8)
def test_what_is_filled_in_leaves_the_list_and_the_timeline_says_what_it_was(
    client: Client, worker: User, home: Home
) -> None:
    child = taken_in(
        home,
        worker,
        clock.now(),
        age_given=15,
        birth_date=date(2010, 9, 15),
        birth_date_precision="estimated",
    )
    page = f"/children/{child.reference}/fill-in/"
    assert "Age given on arrival: 15." in client.get(page).content.decode()

    client.post(
        page,
        {
            "languages": "Arabic",
            "interpreter_needed": "yes",
            "needs": ["none"],
            "trafficking": "yes",
            "birth_date_month": "May",
            "birth_date_year": "2011",
        },
    )

    child.refresh_from_db()
    assert (child.languages, child.interpreter_needed, child.needs) == (["Arabic"], True, ["none"])
    assert (child.trafficking, child.birth_date, child.birth_date_precision) == (
        "yes",
        date(2011, 5, 15),
        "month",
    )
    assert list(Child.objects.with_signs_of_trafficking()) == [child]
    assert child.age_given == 15
    shown = client.get(f"/children/{child.reference}/").content.decode()
    assert "Details filled in" in shown
    photographed(child, by=worker, at=clock.now())
    children.allocate(child, team=child.allocations.get().team, worker=worker, by=worker, at=clock.now())
    assert "Everything is filled in" in client.get(LIST).content.decode()


@pytest.mark.by_turns(8)
def test_what_somebody_else_filled_in_is_not_written_over(home: Home, worker: User) -> None:
    child = taken_in(home, worker, AT)
    children.fill_in(child, {"languages": ["Arabic"]}, by=worker, at=AT)

    with pytest.raises(IllegalMove, match="meanwhile"):
        children.fill_in(child, {"languages": ["Pashto"], "needs": ["none"]}, by=worker, at=AT)
    with pytest.raises(IllegalMove, match="meanwhile"):
        children.fill_in(child, {"given_name": "Somebody"}, by=worker, at=AT)
    child.refresh_from_db()
    assert (child.languages, child.needs, child.given_name) == (["Arabic"], [], "Samir")


@pytest.mark.by_turns
def test_the_list_takes_the_same_number_of_queries_for_one_child_and_for_many(
    client: Client, worker: User, home: Home, django_assert_max_num_queries: Any
) -> None:
    taken_in(home, worker, clock.now())
    client.get(LIST)
    with django_assert_max_num_queries(100) as one:
        client.get(LIST)
    for _ in range(5):
        photographed(taken_in(home, worker, clock.now(), needs=["none"]), by=worker, at=clock.now())

    with django_assert_max_num_queries(100) as many:
        client.get(LIST)

    assert len(many) == len(one)


@pytest.mark.by_turns(8)
def test_a_child_under_16_is_taken_into_supported_accommodation_only_with_a_word_and_why(
    client: Client, worker: User, home: Home
) -> None:
    papers.asked_for()
    Authority.objects.filter(pk=home.authority_id).update(nation="England")
    assert "under_16" not in client.get(NEW).content.decode()
    given = first(home, placement_type="K3", age="15")
    asked = client.post(NEW, given)
    assert asked.status_code == 422
    assert set(asked.context["form"].errors) == {"under_16", "reason"}
    assert 'name="under_16"' in asked.content.decode()
    assert set(client.post(NEW, given | {"reason": "No bed elsewhere"}).context["form"].errors) == {
        "under_16"
    }
    assert set(client.post(NEW, given | {"under_16": "on"}).context["form"].errors) == {"reason"}
    assert not Child.objects.exists()
    said = given | {"under_16": "on", "reason": "No bed elsewhere"}
    # The form sent twice is one child.
    assert [client.post(NEW, said).status_code for _ in range(2)] == [302, 302]
    placement = Placement.objects.get()
    assert (placement.type, placement.reason) == ("K3", "No bed elsewhere")
    owed = Clock.objects.get(child=placement.child, duty="too_young")
    assert owed.due_at == placement.starts_at


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("given", "nation"),
    [
        ({"age": "16"}, "England"),
        ({"age": "not known"}, "England"),
        ({"age": "15", "placement_type": "K2"}, "England"),
        ({"age": "15"}, "Scotland"),
    ],
)
def test_nothing_of_it_is_asked_from_16_on_of_an_age_nobody_knows_elsewhere_and_in_another_nation(
    client: Client, worker: User, home: Home, given: dict[str, str], nation: str
) -> None:
    Authority.objects.filter(pk=home.authority_id).update(nation=nation)
    answer = client.post(NEW, first(home, placement_type="K3", reason="of another child") | given)
    assert answer.status_code == 302
    assert Placement.objects.get().reason == ""


@pytest.mark.by_turns
def test_the_age_is_that_of_the_day_on_which_they_arrived(client: Client, worker: User, home: Home) -> None:
    Authority.objects.filter(pk=home.authority_id).update(nation="England")
    came = london(clock.now() - timedelta(days=300))
    when = {"arrived_at_when": "other", "arrived_at_time": "12:00"}
    when |= {f"arrived_at_{part}": str(getattr(came, part)) for part in ("day", "month", "year")}
    answer = client.post(NEW, first(home, placement_type="K3", age="15") | when)
    assert answer.status_code == 302, answer.context["form"].errors


@pytest.mark.by_turns
def test_who_provides_the_beds_is_asked_and_offered_for_the_next_child(
    client: Client, worker: User, home: Home
) -> None:
    refused = client.post(NEW, first(home, provided_by="PR0"))
    assert refused.status_code == 422
    assert "Select who may provide this type of placement, or Not said yet" in refused.content.decode()
    assert not Placement.objects.filter(home=home).exists()
    answer = client.post(NEW, first(home, provided_by="PR4"))
    assert answer.status_code == 302
    assert Placement.objects.get(home=home).provided_by == "PR4"
    page = client.get(answer["Location"]).content.decode()
    assert '<option value="PR4" selected>' in page
