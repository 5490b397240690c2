"""Whoever looks after a child reads what to do and what it needs while it is placed there, and nobody elsewhere does."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import concerns, find_me, plans
from cases.deadlines import london_day
from cases.models import AccessRecord, Child, FindMeSection, Role
from tests.factories import Watched, a_home, a_person, a_watched_child, missing, placed

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SAID = {
    "if_missing": "Ring the brother at once",
    "contacts": "Duty, 0300 555 0199",
    "visitors": "The aunt alone",
    "safe_words": "Blue kettle",
    "phone_plan": "Off at ten",
}
HIDDEN = {"goals": "Out of the gang", "child_words": "I fear Besnik", "why_less": "Names the ring"}


@pytest.fixture
def watched(now: datetime) -> Watched:
    one = a_watched_child(at=now - 2 * DAY, trafficking="yes", trafficking_note="Names a boat")
    Child.objects.filter(pk=one.child.pk).update(description="A scar")
    given = {"by": one.worker, "at": now - DAY}
    said = {"agreed_with": "The carer", "child_agrees": "agrees", "contact_row": "high"}
    plan = plans.Plan(**SAID, **HIDDEN, **said, review_date=london_day(now + 30 * DAY))
    plans.write(one.child, plan, **given)
    for section, answers in {
        "habits": {
            "day": "College till three",
            "vulnerable": "Owes the boat",
            "approach": "Slowly, in Kurdish",
        },
        "health": {"medicine": "Insulin, six hours"},
        "places": {"often": "The skate park", "heading": "Calais Road 4"},
        "people": {"family": "Aunt, 0300 555 0111", "friends": "Zorab, Flat 9", "trusted": "The coach"},
        "accounts": {"online": "tarek_k", "cards": "Card ending 7731"},
        "dangers": {"exploiters": "Besnik, NM26 KDR", "debt": "Four thousand"},
        "traces": {"dna": "Held by Kent Police"},
    }.items():
        find_me.write(one.child, section, answers=answers, state="complete", version=0, **given)
    return one


def get(client: Client, person, watched: Watched):
    client.force_login(person)
    return client.get(reverse("looking_after", args=[watched.child.reference]))


@pytest.mark.by_turns
def test_the_home_and_a_foster_carer_read_what_to_do_and_how_the_child_lives_and_nothing_found_out_about_it(
    client: Client, watched: Watched
) -> None:
    for person in (watched.carer, a_person(Role.FOSTER_CARER, home=watched.home)):
        page = get(client, person, watched)
        assert page.status_code == 200
        words = page.content.decode()
        for said in (*SAID.values(), "College till three", "Slowly, in Kurdish", "Insulin, six hours"):
            assert said in words
        for said in ("The skate park", "The coach", "tarek_k", "A scar", "At least twice a day"):
            assert said in words
        for secret in ("Calais Road", "0300 555 0111", "Zorab", "7731"):
            assert secret not in words
        for secret in (*HIDDEN.values(), "Besnik", "Four thousand", "Owes the boat", "Kent Police", "boat"):
            assert secret not in words


@pytest.mark.by_turns
def test_it_is_read_where_the_child_is_placed_and_neither_before_nor_after_and_by_nobody_kept_away(
    client: Client, watched: Watched, now: datetime
) -> None:
    there = a_home(watched.authority)
    next_carer = a_person(Role.PLACEMENT_STAFF, home=there)
    others = (next_carer, a_person(Role.PLACEMENT_STAFF), watched.guardian, watched.officer)
    assert {get(client, one, watched).status_code for one in others} == {404}
    placed(watched.child, there, starts_at=now - HOUR)
    assert get(client, next_carer, watched).status_code == 200
    assert get(client, watched.carer, watched).status_code == 404
    concerns.keep_from(watched.child, next_carer, reason="An allegation", by=watched.manager, at=now - HOUR)
    assert get(client, next_carer, watched).status_code == 404


@pytest.mark.by_turns
def test_each_reading_is_on_record_with_its_page(client: Client, watched: Watched) -> None:
    get(client, watched.carer, watched)
    rows = AccessRecord.objects.filter(user=watched.carer, child=watched.child)
    assert [(row.page, row.allowed) for row in rows] == [("looking_after", True)]


@pytest.mark.by_turns
def test_the_roll_call_leads_there_and_without_a_plan_the_page_says_so(client: Client, now: datetime) -> None:
    one = a_watched_child(at=now - DAY)
    client.force_login(one.carer)
    address = reverse("looking_after", args=[one.child.reference])
    assert address in client.get(reverse("roll_call", args=[one.home.pk])).content.decode()
    words = client.get(address).content.decode()
    assert "Nobody has written a safeguarding plan" in words
    assert "Not started" in words


@pytest.mark.by_turns(8)
def test_the_card_of_a_missing_child_leads_there_too(client: Client, watched: Watched, now: datetime) -> None:
    missing(watched.child, by=watched.worker, at=now - HOUR)
    client.force_login(watched.carer)
    card = client.get(reverse("roll_call", args=[watched.home.pk])).content.decode()
    assert reverse("not_here", args=[watched.child.reference]) not in card, (
        "the card of one who is looked for"
    )
    assert reverse("looking_after", args=[watched.child.reference]) in card


@pytest.mark.by_turns
def test_what_was_written_before_the_form_said_that_the_home_reads_it_is_read_once_it_is_written_again(
    client: Client, watched: Watched, now: datetime
) -> None:
    older = FindMeSection(
        child=watched.child, section="habits", state="complete", answers={"day": "Feeds the bookie"}
    )
    older.written_at, older.written_by = now - HOUR, watched.worker
    older.save()
    words = get(client, watched.carer, watched).content.decode()
    assert "Feeds the bookie" not in words
    assert "Nothing is written for carers yet" in words
    client.force_login(watched.worker)
    address = reverse("find_me_section", args=[watched.child.reference, "habits"])
    page = client.get(address).content.decode()
    assert "The home and the foster carer of the child read this." in page
    assert "The home and the foster carer do not read this." in page
    form = {"version": older.pk, "state": "complete", "day": "Feeds the birds", "vulnerable": "Owes"}
    assert client.post(address, form).status_code == 302
    assert "Feeds the birds" in get(client, watched.carer, watched).content.decode()


@pytest.mark.by_turns
def test_a_writer_who_does_not_read_the_phones_opens_nothing_that_was_written_for_others(
    client: Client, watched: Watched, now: datetime
) -> None:
    older = FindMeSection(
        child=watched.child, section="accounts", state="complete", answers={"numbers": "07700 900 461"}
    )
    older.written_at, older.written_by = now - HOUR, watched.worker
    older.save()
    said = {"answers": {"online": "tarek_new"}, "state": "complete", "version": older.pk}
    find_me.write(watched.child, "accounts", **said, left=find_me.PHONES, by=watched.worker, at=now)
    words = get(client, watched.carer, watched).content.decode()
    assert "900 461" not in words
    assert "tarek_new" not in words


@pytest.mark.by_turns
def test_a_section_of_which_carers_read_no_answer_is_not_called_complete_over_nothing(
    client: Client, watched: Watched, now: datetime
) -> None:
    version = find_me.standing(watched.child)["habits"].pk
    said = {"answers": {"vulnerable": "Owes the boat"}, "state": "complete", "version": version}
    find_me.write(watched.child, "habits", **said, by=watched.worker, at=now)
    words = get(client, watched.carer, watched).content.decode()
    assert "Nothing is written for carers yet" in words
