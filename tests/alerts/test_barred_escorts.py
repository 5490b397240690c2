"""A child is kept from somebody who is an escort of its journey: their word is no proof, and their link is closed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import journey_mails, sweep
from alerts.models import AlertStep, Clock
from cases import clock, concerns, escort_links, escorts, facts, journeys, people
from cases.episodes import seen
from cases.models import EpisodeForce, EscortLink, Event, JourneyConfirmation, KeepFrom, User
from tests import factories
from tests.cases.expectations import events, refused
from tests.factories import AT, Watched

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DEPARTS = AT + 29 * HOUR
DUE = DEPARTS + HOUR


@pytest.fixture
def watched() -> Watched:
    found = factories.a_watched_child()
    factories.seen(found.child, by=found.carer, at=DEPARTS - MINUTE)
    return found


@pytest.fixture
def escort(watched: Watched) -> User:
    """The first escort of the plan has an account, as a carer of another home."""
    return factories.a_person(
        "placement_staff", home=factories.a_home(watched.authority), name="Petra Lindqvist"
    )


@pytest.fixture
def journey(watched: Watched, escort: User):
    made = factories.planned(watched.child, by=watched.worker, departs_at=DEPARTS, at=DEPARTS - MINUTE)
    factories.confirmed(made, 0, by=watched.worker, at=DEPARTS)
    return made


def keep_from(watched: Watched, user: User, *, at) -> None:
    concerns.keep_from(watched.child, user, reason="An allegation", by=watched.manager, at=at)


def due_at(watched: Watched):
    return Clock.objects.get(child=watched.child, kind="contact").due_at


def test_what_they_confirmed_counts_no_more_and_is_owed_anew(watched, escort, journey) -> None:
    factories.confirmed(journey, 1, by=watched.worker, at=DUE)
    assert due_at(watched) == DUE + HOUR
    keep_from(watched, escort, at=DUE + MINUTE)
    # As if nobody had confirmed the pick-up: it is late at once.
    assert due_at(watched) == DEPARTS
    sweep.sweep(now=DUE + MINUTE)
    rows = AlertStep.objects.filter(alert__child=watched.child, alert__clock__kind="contact")
    assert set(rows.values_list("step", flat=True)) >= {"R1", "R2", "R3"}
    assert [one.contact.witness for one in journeys.confirmations(journey)] == ["Petra Lindqvist"] * 2


def test_the_word_of_the_other_escort_counts_on(watched, escort, journey) -> None:
    factories.confirmed(journey, 1, by=watched.worker, at=DUE, escort="Owen Tasker")
    keep_from(watched, escort, at=DUE + MINUTE)
    assert due_at(watched) == DUE + HOUR
    # Theirs is no hand-over: the last stop is owed until somebody else has seen the child.
    with refused(watched.child, "This word cannot end the journey. Have somebody else see the child."):
        factories.confirmed(journey, 2, by=watched.worker, at=DUE + 30 * MINUTE)
    stops = facts.load([watched.child.pk])[watched.child.pk].stops
    assert [stop.seen_at for stop in stops] == [None, DUE, None]
    assert due_at(watched) == DUE + HOUR


def test_their_link_closes_with_the_mark_and_none_is_made_anew_and_the_others_stays(
    client: Client, monkeypatch, watched, escort, journey
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DEPARTS + 2 * MINUTE)
    first, second = (escort_links.make(journey, n, by=watched.worker, at=DEPARTS) for n in (1, 2))
    with events(watched.child, "escort_link_closed", "kept_from"):
        keep_from(watched, escort, at=DEPARTS + MINUTE)
    assert client.get(reverse("escort_page", args=[first])).status_code == 410
    assert client.get(reverse("escort_page", args=[second])).status_code == 200
    closed = Event.objects.get(kind="escort_link_closed")
    assert (closed.data, escort.name in str(closed.__dict__)) == ({"escort": 1}, False)
    with refused(watched.child, "These escorts cannot take this child. Choose others, or ask your manager."):
        escort_links.make(journey, 1, by=watched.worker, at=DEPARTS + 2 * MINUTE)
    assert EscortLink.objects.live(DEPARTS + 2 * MINUTE).count() == 1


def test_a_mark_on_anybody_else_closes_nothing(watched, escort, journey) -> None:
    escort_links.make(journey, 1, by=watched.worker, at=DEPARTS)
    with events(watched.child, "kept_from"):
        keep_from(watched, watched.carer, at=DEPARTS + MINUTE)
    assert EscortLink.objects.live(DEPARTS + MINUTE).count() == 1
    assert escorts.barred_of([journey]) == {}


def test_worker_and_duty_see_that_one_of_them_is_not_to_take_the_child_and_not_which(
    client: Client, monkeypatch, watched, escort, journey
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DUE)
    pages = {"journey": watched.worker, "duty_desk": watched.desk.person}
    words = "One of these escorts cannot take this child any more"
    for marked in (False, True):
        if marked:
            keep_from(watched, escort, at=DEPARTS + MINUTE)
        for name, reader in pages.items():
            client.force_login(reader)
            args = [watched.child.reference] if name == "journey" else []
            page = client.get(reverse(name, args=args)).content.decode()
            assert (words in page) is marked, name
            assert "An allegation" not in page


@pytest.mark.parametrize(
    "said",
    [
        {"first_escort": "petra  LINDQVIST"},
        {"first_escort": "P. L.", "first_email": "Petra@homes.example"},
        {"first_escort": "P. L.", "first_phone": "+447700900123"},
    ],
)
def test_nobody_who_is_kept_from_the_child_is_planned_as_an_escort_by_name_mail_or_phone(
    watched, said
) -> None:
    person = factories.a_person(
        "placement_staff", home=factories.a_home(watched.authority), name="Petra Lindqvist"
    )
    User.objects.filter(pk=person.pk).update(email="petra@homes.example", phone="07700 900 123")
    keep_from(watched, person, at=DEPARTS - HOUR)
    with refused(watched.child, "These escorts cannot take this child. Choose others, or ask your manager."):
        factories.planned(watched.child, by=watched.worker, departs_at=DEPARTS, at=DEPARTS - MINUTE, **said)
    other = {"first_escort": "P. L.", "first_phone": "07700 900124", "first_email": "pl@homes.example"}
    assert factories.planned(
        watched.child, by=watched.worker, departs_at=DEPARTS, at=DEPARTS - MINUTE, **other
    )


def test_without_a_phone_nobody_is_taken_for_somebody_without_one(watched) -> None:
    User.objects.filter(pk=watched.carer.pk).update(phone="")
    watched.carer.refresh_from_db()
    assert not escorts.is_same(("Somebody", "-", ""), watched.carer)
    assert not escorts.is_same(("Somebody", "", ""), watched.carer)


def test_two_accounts_of_one_name_are_nobodys_word_until_one_of_them_is_kept_from_the_child(
    watched, escort
) -> None:
    other = factories.a_person("placement_staff", home=factories.a_home(watched.authority), name=escort.name)
    name = (escort.name, "07700 900111", "")
    assert escorts.account_of(watched.child, name) is None
    keep_from(watched, other, at=DEPARTS - HOUR)
    assert escorts.account_of(watched.child, name) == other


def test_the_forces_of_the_way_are_not_found_by_the_word_of_somebody_kept_from_the_child(
    watched, escort
) -> None:
    forces = [watched.force, factories.a_force(), factories.a_force()]
    made = factories.planned(
        watched.child, by=watched.worker, departs_at=DEPARTS, forces=forces, at=DEPARTS - MINUTE
    )
    factories.confirmed(made, 0, by=watched.worker, at=DEPARTS, escort="Owen Tasker")
    factories.confirmed(made, 1, by=watched.worker, at=DUE)
    keep_from(watched, escort, at=DUE + MINUTE)
    factories.silent(watched.child, since=DEPARTS, at=DUE + HOUR)
    rows = EpisodeForce.objects.filter(episode__child=watched.child).order_by("pk")
    assert [row.force for row in rows] == [forces[0], forces[2]]


def test_the_word_of_an_escort_known_by_phone_alone_counts_no_more_after_the_mark(watched) -> None:
    person = factories.a_person("placement_staff", home=factories.a_home(watched.authority), name="P. L.")
    User.objects.filter(pk=person.pk).update(phone="+44 7700 900 123")
    plan = {"first_phone": "07700 900123", "departs_at": DEPARTS, "at": DEPARTS - MINUTE}
    made = factories.planned(watched.child, by=watched.worker, **plan)
    one = factories.confirmed(made, 0, by=watched.worker, at=DEPARTS)
    assert one.contact.witness_user == person
    keep_from(watched, person, at=DEPARTS + MINUTE)
    assert not JourneyConfirmation.objects.counting().exists()


@pytest.mark.parametrize(
    "account",
    [
        {"name": "petra  LINDQVIST"},
        {"name": "P. L.", "phone": "+44 7700 900 111"},
        {"name": "P. L.", "email": "petra@homes.example"},
    ],
)
def test_the_word_of_an_escort_whose_account_was_made_or_renamed_later_counts_no_more(
    watched, account
) -> None:
    mail = {"first_email": "Petra@homes.example", "departs_at": DEPARTS, "at": DEPARTS - MINUTE}
    made = factories.planned(watched.child, by=watched.worker, **mail)
    factories.confirmed(made, 0, by=watched.worker, at=DEPARTS)
    person = factories.a_person("placement_staff", home=factories.a_home(watched.authority))
    keep_from(watched, person, at=DEPARTS + MINUTE)
    assert counted(watched) == (1, ["Petra Lindqvist"])
    User.objects.filter(pk=person.pk).update(**account)
    assert escorts.barred_of([made]) == {made.pk: [1]}
    assert counted(watched) == (0, [])


def test_a_word_under_the_name_that_an_account_had_before_counts_no_more(watched, escort) -> None:
    people.correct(escort, name="P. Renamed", phone="", by=watched.manager, at=DEPARTS - 2 * MINUTE)
    made = factories.planned(watched.child, by=watched.worker, departs_at=DEPARTS, at=DEPARTS - MINUTE)
    one = factories.confirmed(made, 0, by=watched.worker, at=DEPARTS)
    told = {"witness": "Petra  lindqvist", "witness_user": None, "witness_role": "placement_staff"}
    factories.seen(watched.child, by=watched.worker, at=DEPARTS + MINUTE, **told)
    assert one.contact.witness_user is None, "no account has this name now"
    other = factories.a_person("placement_staff", home=factories.a_home(watched.authority), name="Petra Else")
    keep_from(watched, other, at=DEPARTS + 2 * MINUTE)
    assert escorts.barred_of([made]) == {}
    assert counted(watched) == (1, ["Petra Lindqvist", "Petra  lindqvist"]), "somebody else’s mark"
    keep_from(watched, escort, at=DEPARTS + 3 * MINUTE)
    assert escorts.barred_of([made]) == {made.pk: [1]}
    assert escorts.account_of(watched.child, ("Petra Lindqvist", "", "")) == escort
    assert counted(watched) == (0, [])
    assert journey_mails.tell(now=DEPARTS + 4 * MINUTE) == 1
    assert JourneyConfirmation.objects.counting().count() == 0


def test_the_word_of_an_escort_with_two_accounts_of_a_name_counts_no_more_after_a_mark_on_one(
    watched, escort
) -> None:
    factories.a_person("placement_staff", home=factories.a_home(watched.authority), name=escort.name)
    made = factories.planned(watched.child, by=watched.worker, departs_at=DEPARTS, at=DEPARTS - MINUTE)
    factories.confirmed(made, 0, by=watched.worker, at=DEPARTS)
    factories.confirmed(made, 1, by=watched.worker, at=DUE, escort="Owen Tasker")
    assert due_at(watched) == DUE + HOUR
    keep_from(watched, escort, at=DUE + MINUTE)
    assert counted(watched) == (1, ["Owen Tasker"])
    mark = KeepFrom.objects.get(user=escort)
    second = factories.somebody()
    concerns.lift_keep_from(mark, reason="Unfounded", seconded_by=second, by=watched.manager, at=DUE + HOUR)
    assert counted(watched)[0] == 2


def counted(watched: Watched) -> tuple[int, list[str]]:
    """How many confirmations count, and whose sightings of the child are proofs since the departure."""
    proofs = facts.load([watched.child.pk])[watched.child.pk].contacts
    named = [one.witness for one in proofs if one.happened_at >= DEPARTS]
    return JourneyConfirmation.objects.counting().count(), named


def test_a_search_is_not_ended_by_the_word_of_an_escort_who_was_not_found_by_name(watched, escort) -> None:
    factories.a_person("placement_staff", home=factories.a_home(watched.authority), name=escort.name)
    made = factories.planned(watched.child, by=watched.worker, departs_at=DEPARTS, at=DEPARTS - MINUTE)
    episode = factories.missing(watched.child, at=DEPARTS + MINUTE)
    factories.confirmed(made, 0, by=watched.worker, at=DEPARTS + 2 * MINUTE)
    assert seen.standing_reports(episode).exists()
    keep_from(watched, escort, at=DEPARTS + 3 * MINUTE)
    episode.refresh_from_db()
    assert not seen.standing_reports(episode).exists()
    assert episode.reported_seen_at is None


def test_a_stop_that_was_confirmed_is_late_no_more_and_one_that_was_not_is(
    client: Client, monkeypatch, watched, journey
) -> None:
    now = DUE + HOUR / 2
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(watched.worker)
    where = reverse("journey", args=[watched.child.reference])
    picked_up, first, *_later = client.get(where).content.decode().partition("<ol")[2].split("<li>")[1:]
    assert "late" not in picked_up
    assert "late" in first
