"""Which numbers confirm that a child is back: those held when the search began, and never that of somebody kept from it."""

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from cases import concerns, episodes, organisations, people
from cases.models import MissingEpisode, Placement, Role, User
from cases.placements import Address
from cases.states import IllegalMove
from tests.factories import (
    Watched,
    a_home,
    a_person,
    a_watched_child,
    membership_of,
    missing,
    placed,
    told_by,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
OTHER, NEITHER = "See the child, or ring another number we held.", "01632 960666"
OWN = "You entered this number during the search: somebody else must ring it"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=9))


@pytest.fixture
def search(watched: Watched, now: datetime) -> MissingEpisode:
    return missing(watched.child, by=watched.carer, at=now - 2 * HOUR)


def form_of(client: Client, person: User, search: MissingEpisode) -> tuple[dict[str, str], str]:
    """The numbers that may be chosen, each with its words, and the page."""
    client.force_login(person)
    page = html.unescape(client.get(f"/missing/{search.reference}/return/").content.decode())
    return dict(re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)<', page)), page


def spoke(client: Client, person: User, search: MissingEpisode, phone: str, adult: str = "M. Reid") -> Any:
    client.force_login(person)
    answers = {"how": "spoke", "phone": phone, "adult": adult}
    return client.post(f"/missing/{search.reference}/return/", answers)


def elsewhere(watched: Watched, *, by: User, at: datetime) -> Placement:
    where = {"authority": watched.authority, "force": watched.force, "phone": NEITHER}
    return placed(
        watched.child, Address(address="1 Nowhere", postcode="CT1 4BG", **where), by=by, starts_at=at, at=at
    )


@pytest.mark.by_turns
def test_a_placement_entered_during_the_search_takes_no_number_away_and_names_who_entered_its_own(
    client: Client, watched: Watched, search: MissingEpisode, now: datetime
) -> None:
    elsewhere(watched, by=watched.desk.person, at=now - HOUR)
    offered, _ = form_of(client, watched.desk.person, search)
    assert list(offered) == [watched.home.phone, NEITHER]
    assert "entered" not in offered[watched.home.phone]
    assert f"entered during the search by {watched.desk.person.name}" in offered[NEITHER]
    refused = spoke(client, watched.desk.person, search, NEITHER)
    assert refused.status_code == 422
    assert OWN in html.unescape(refused.content.decode())
    assert spoke(client, watched.desk.second, search, NEITHER).status_code == 302


@pytest.mark.by_turns(8)
def test_what_was_entered_late_of_before_the_search_is_told_apart_as_well(
    client: Client, watched: Watched, search: MissingEpisode, now: datetime
) -> None:
    where = Address(
        authority=watched.authority, force=watched.force, address="1 Nowhere", postcode="", phone=NEITHER
    )
    placed(watched.child, where, by=watched.worker, starts_at=now - 3 * HOUR, at=now - HOUR)
    offered, _ = form_of(client, watched.desk.person, search)
    assert list(offered) == [watched.home.phone, NEITHER]
    assert f"entered during the search by {watched.worker.name}" in offered[NEITHER]


def test_a_homes_number_that_was_changed_during_the_search_stands_beside_the_one_before(
    client: Client, watched: Watched, search: MissingEpisode, now: datetime
) -> None:
    admin, before = a_person(Role.ADMINISTRATOR, authority=watched.authority), watched.home.phone
    organisations.correct_home(watched.home, phone="01632 960667", by=admin, at=now - HOUR)
    organisations.correct_home(watched.home, phone=NEITHER, by=admin, at=now - HOUR / 2)
    offered, _ = form_of(client, watched.desk.person, search)
    assert list(offered) == [before, NEITHER]
    assert f"entered during the search by {admin.name}" in offered[NEITHER]


@pytest.mark.by_turns
def test_a_carer_who_came_during_the_search_and_a_number_given_to_one_then_are_told_apart(
    client: Client, watched: Watched, search: MissingEpisode, now: datetime
) -> None:
    admin, hour = a_person(Role.ADMINISTRATOR, authority=watched.authority), now - HOUR
    old = a_person(Role.FOSTER_CARER, home=watched.home)
    people.correct(old, name=old.name, phone="01632 960668", by=admin, at=now - 3 * HOUR)
    new = a_person(Role.FOSTER_CARER, home=watched.home, since=hour)
    people.correct(new, name=new.name, phone="01632 960669", by=admin, at=hour)
    offered, _ = form_of(client, watched.desk.person, search)
    assert [phone for phone, words in offered.items() if "entered during" in words] == ["01632 960669"]
    assert "entered during" not in offered["01632 960668"]
    people.correct(old, name=old.name, phone=NEITHER, by=admin, at=hour)
    offered, _ = form_of(client, watched.desk.person, search)
    assert f"entered during the search by {admin.name}" in offered[NEITHER]


@pytest.mark.by_turns
def test_a_carers_number_that_was_changed_during_the_search_stands_beside_the_one_before(
    client: Client, watched: Watched, search: MissingEpisode, now: datetime
) -> None:
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    carer = a_person(Role.FOSTER_CARER, home=watched.home)
    before = carer.phone
    people.correct(carer, name=carer.name, phone="01632 960667", by=admin, at=now - HOUR)
    people.correct(carer, name=carer.name, phone=NEITHER, by=admin, at=now - HOUR / 2)
    offered, _ = form_of(client, watched.desk.person, search)
    assert [phone for phone, words in offered.items() if "entered" not in words] == [
        watched.home.phone,
        before,
    ]
    assert f"entered during the search by {admin.name}" in offered[NEITHER]
    assert "01632 960667" not in offered


def test_a_carer_who_was_taken_off_the_list_during_the_search_may_still_be_rung(
    client: Client, watched: Watched, search: MissingEpisode, now: datetime
) -> None:
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    carer = a_person(Role.FOSTER_CARER, home=watched.home)
    people.leave(membership_of(carer), by=admin, at=now - HOUR)
    offered, _ = form_of(client, watched.desk.person, search)
    assert "entered" not in offered[carer.phone]
    # So may one of the place from which the child was moved since.
    elsewhere(watched, by=watched.desk.person, at=now - HOUR)
    assert carer.phone in form_of(client, watched.desk.person, search)[0]


@pytest.mark.by_turns(8)
def test_the_carers_of_a_home_in_which_somebody_placed_the_child_during_the_search_are_told_apart(
    client: Client, watched: Watched, search: MissingEpisode, now: datetime
) -> None:
    home = a_home(watched.authority)
    carer = a_person(Role.FOSTER_CARER, home=home)
    placed(watched.child, home, by=watched.desk.person, starts_at=now - HOUR, at=now - HOUR)
    offered, _ = form_of(client, watched.desk.person, search)
    assert f"entered during the search by {watched.desk.person.name}" in offered[carer.phone]
    refused = spoke(client, watched.desk.person, search, carer.phone)
    assert OWN in html.unescape(refused.content.decode())
    assert spoke(client, watched.desk.second, search, carer.phone).status_code == 302


@pytest.mark.by_turns
def test_the_number_of_a_place_where_everybody_is_kept_from_the_child_is_not_offered(
    client: Client, watched: Watched, search: MissingEpisode, now: datetime
) -> None:
    other = a_person(Role.PLACEMENT_STAFF, home=watched.home)
    concerns.keep_from(watched.child, watched.carer, reason="An allegation", by=watched.manager, at=now)
    assert list(form_of(client, watched.desk.person, search)[0]) == [watched.home.phone]
    concerns.keep_from(watched.child, other, reason="An allegation", by=watched.manager, at=now)
    assert not form_of(client, watched.desk.person, search)[0]
    refused = spoke(client, watched.desk.person, search, watched.home.phone)
    assert refused.status_code == 422
    search.refresh_from_db()
    assert search.child_confirmed_at is None


@pytest.mark.by_turns
def test_the_number_of_somebody_kept_from_the_child_is_not_offered(
    client: Client, watched: Watched, search: MissingEpisode, now: datetime
) -> None:
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    kept = watched.guardian
    people.correct(kept, name=kept.name, phone=watched.home.phone, by=admin, at=now - 3 * HOUR)
    concerns.keep_from(watched.child, kept, reason="An allegation", by=watched.manager, at=now)
    assert not form_of(client, watched.desk.person, search)[0]


@pytest.mark.by_turns(8)
def test_an_adult_by_the_name_of_somebody_kept_from_the_child_confirms_nothing_in_words_that_tell_of_no_mark(
    client: Client, watched: Watched, search: MissingEpisode, now: datetime
) -> None:
    a_person(Role.PLACEMENT_STAFF, home=watched.home)
    concerns.keep_from(watched.child, watched.carer, reason="An allegation", by=watched.manager, at=now)
    named = f"{watched.carer.name.upper()}, carer"
    refused = spoke(client, watched.desk.person, search, watched.home.phone, named)
    assert refused.status_code == 422
    assert OTHER in html.unescape(refused.content.decode())
    with pytest.raises(IllegalMove, match=OTHER):
        episodes.confirm_with_child(
            search, how="spoke", adult=named, phone="01632 960444", by=watched.desk.person, at=now
        )
    office = told_by("hospital", said_by=named, at=now)
    with pytest.raises(IllegalMove, match="this one confirms nothing"):
        episodes.hear_from_office(search, office, by=watched.desk.person, at=now)


@pytest.mark.by_turns
def test_a_mark_takes_back_what_was_confirmed_on_the_word_of_whoever_it_names(
    watched: Watched, search: MissingEpisode, now: datetime
) -> None:
    said = {"how": "spoke", "adult": watched.carer.name, "phone": watched.home.phone}
    episodes.confirm_with_child(search, **said, by=watched.desk.person, at=now)
    concerns.keep_from(watched.child, watched.carer, reason="An allegation", by=watched.manager, at=now)
    search.refresh_from_db()
    assert search.child_confirmed_at is None
