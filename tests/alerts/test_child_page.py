"""The page of one child: who may read what of it, and what stands on it."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import escalations, sweep, timeline
from cases import concerns, contacts, placements
from cases.access import MATRIX, Permission
from cases.models import AccessRecord, Child, Home, LiveConcern, MissingEpisode, Role, User
from tests import factories
from tests.counts import a_third
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_team,
    a_watched_child,
    knows,
    missing,
    not_here,
    out,
    seen,
)
from tests.lives import years

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


NOW = AT + 3 * HOUR
pytestmark = [pytest.mark.django_db, pytest.mark.stands_at(NOW)]


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=NOW - 3 * HOUR, given_name="Ferhat", family_name="Wren")


@pytest.fixture
def read(client: Client) -> Callable[..., str]:
    """The text of a page as somebody reads it."""

    def page(user: User, child: Child, name: str = "child", *, status: int = 200, **query: str) -> str:
        client.force_login(user)
        answer = client.get(reverse(name, args=[child.reference]), query)
        assert answer.status_code == status
        return answer.content.decode()

    return page


@pytest.mark.by_turns
def test_the_worker_reads_where_the_child_is_the_phone_and_by_when_somebody_must_see_them(
    watched: Watched, read: Callable[..., str]
) -> None:
    page = read(watched.worker, watched.child)
    assert watched.home.name in page
    assert watched.home.address in page
    assert f'href="tel:{watched.home.phone.replace(" ", "")}"' in page
    assert "Somebody must see this child by" in page
    assert "Not seen yet" in page


@pytest.mark.by_turns
def test_the_three_buttons_are_for_whoever_records_contacts(
    watched: Watched, read: Callable[..., str]
) -> None:
    readers = (watched.worker, watched.carer, watched.guardian, watched.desk.person, watched.manager)
    for reader in a_third(readers, "three buttons"):
        page = read(reader, watched.child)
        for words in ("Saw face to face", "Spoke by phone", "Not here"):
            assert words in page
        assert reverse("not_here", args=[watched.child.reference]) in page


@pytest.mark.by_turns
def test_a_stranger_a_person_kept_away_and_a_child_that_does_not_exist_are_the_same_404(
    watched: Watched, read: Callable[..., str]
) -> None:
    stranger = a_person(Role.SOCIAL_WORKER)
    kept = a_person(Role.SOCIAL_WORKER, team=watched.team)
    assert watched.child.given_name in read(kept, watched.child)
    concerns.keep_from(watched.child, kept, reason="A relative", by=watched.manager, at=NOW)
    for name in ("child", "child_now", "child_placements", "child_people"):
        for reader in (stranger, kept):
            assert watched.child.given_name not in read(reader, watched.child, name, status=404)
    nobody = Child(reference="MC26-004178")
    token = re.compile(r'value="[A-Za-z0-9]{64}"')
    pages = [token.sub("", read(stranger, child, status=404)) for child in (nobody, watched.child)]
    assert pages[0] == pages[1]


@pytest.mark.by_turns
def test_every_read_and_every_refusal_is_on_record(watched: Watched, read: Callable[..., str]) -> None:
    read(watched.worker, watched.child)
    read(a_person(Role.SOCIAL_WORKER), watched.child, status=404)
    records = AccessRecord.objects.filter(child=watched.child).order_by("pk")
    assert [record.allowed for record in records] == [True, False]


@pytest.mark.by_turns
def test_another_team_of_the_authority_reads_the_status_and_the_team_and_nothing_of_the_record(
    watched: Watched, read: Callable[..., str]
) -> None:
    seen(watched.child, by=watched.carer, at=NOW - MINUTE, note="At supper, quiet")
    other = a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority))
    page = read(other, watched.child)
    assert "Ferhat" in page
    assert watched.team.name in page
    assert ">Seen<" in page
    for hidden in (
        "At supper",
        watched.home.name,
        watched.home.address,
        watched.carer.name,
        watched.guardian.name,
        "says; not disputed",
        "Timeline",
        "Saw face to face",
    ):
        assert hidden not in page
    for part in ("child_placements", "child_people"):
        read(other, watched.child, part, status=404)


@pytest.mark.by_turns
def test_an_address_is_for_those_who_may_read_it(watched: Watched, read: Callable[..., str]) -> None:
    for reader in (watched.guardian, a_person(Role.SOCIAL_WORKER, team=watched.team)):
        page = read(reader, watched.child)
        assert watched.home.name in page
        assert watched.home.address not in page
    assert watched.home.address in read(watched.carer, watched.child)


@pytest.mark.by_turns
def test_a_home_reads_its_own_children_without_the_record(watched: Watched, read: Callable[..., str]) -> None:
    page = read(watched.carer, watched.child)
    assert "Timeline" not in page
    assert watched.guardian.name not in page


@pytest.mark.by_turns
def test_an_officer_reads_the_status_of_a_child_their_force_was_told_of_and_the_way_to_the_episode(
    watched: Watched, read: Callable[..., str]
) -> None:
    read(watched.officer, watched.child, status=404)
    episode = missing(watched.child, at=NOW)
    page = read(watched.officer, watched.child)
    assert reverse("episode", args=[episode.reference]) in page
    assert watched.home.name not in page
    assert "Saw face to face" not in page


@pytest.mark.by_turns
def test_a_missing_child_has_the_alert_first_and_the_way_to_the_episode(
    watched: Watched, read: Callable[..., str]
) -> None:
    episode = missing(watched.child, at=NOW)
    page = read(watched.worker, watched.child)
    assert "Missing for 3 hours" in page
    assert "Not verified: no officer has spoken to us." in page
    assert reverse("episode", args=[episode.reference]) in page
    assert reverse("not_here", args=[watched.child.reference]) not in page


@pytest.mark.by_turns(8)
def test_turning_18_while_missing_ends_nothing_and_the_page_says_so(
    watched: Watched, read: Callable[..., str]
) -> None:
    Child.objects.filter(pk=watched.child.pk).update(birth_date=date(NOW.year - 18, NOW.month, NOW.day))
    assert "Turned 18" not in read(watched.worker, watched.child)
    seen(watched.child, by=watched.carer, at=NOW - 2 * HOUR)
    missing(watched.child, at=NOW)
    assert "Turned 18" not in read(watched.worker, watched.child)
    MissingEpisode.objects.filter(child=watched.child).update(since=NOW - timedelta(days=1))
    page = read(watched.worker, watched.child)
    assert "Turned 18 by the birth date that was given, on 2 March 2026" in page
    assert "The episode stays open." in page


BORN = (
    (
        date(NOW.year - 18, NOW.month, 15),
        "month",
        "May have turned 18: by the birth date that was given, on 1",
    ),
    (
        date(NOW.year - 18, NOW.month - 1, 15),
        "month",
        "given, on 1 March 2026 at the latest",
    ),
    (date(NOW.year - 18, 7, 1), "year", "May have turned 18"),
    (date(NOW.year - 19, 7, 1), "year", "at the latest"),
    (date(NOW.year - 19, 7, 1), "estimated", "May have turned 18"),
    (date(NOW.year - 17, 7, 1), "year", ""),
)


@pytest.mark.by_turns(8)
def test_of_a_birth_date_known_in_part_the_page_says_what_can_be_said(
    watched: Watched, read: Callable[..., str]
) -> None:
    missing(watched.child, at=NOW)
    MissingEpisode.objects.filter(child=watched.child).update(since=NOW - timedelta(days=500))
    for born, precision, says in BORN:
        Child.objects.filter(pk=watched.child.pk).update(birth_date=born, birth_date_precision=precision)
        page = read(watched.worker, watched.child)
        assert says in page
        assert ("urned 18" in page) is bool(says)


@pytest.mark.by_turns
def test_not_here_says_that_no_officer_has_spoken_to_us_and_offers_the_report(
    watched: Watched, read: Callable[..., str]
) -> None:
    not_here(watched.child, by=watched.carer, at=NOW)
    page = read(watched.worker, watched.child)
    assert "No officer has spoken to us yet" in page
    assert f"{watched.carer.name} looked at" in page
    assert reverse("missing_report", args=[watched.child.reference]) in page


@pytest.mark.by_turns(8)
def test_a_child_without_a_placement_has_nowhere_recorded(watched: Watched, read: Callable[..., str]) -> None:
    at = NOW - 2 * HOUR
    placements.end(watched.placement, ends_at=at, reason="Home closed", by=watched.worker, at=at)
    page = read(watched.worker, watched.child)
    assert "This child has nowhere recorded" in page
    assert "duty is asked where the child is" in page
    assert "duty rings the home" not in page
    stays = read(watched.worker, watched.child, "child_placements")
    assert stays.count("Nowhere recorded") == 2, "in the Now card and as the gap of the table"


@pytest.mark.by_turns
def test_a_child_who_is_out_has_a_way_to_record_the_return(
    watched: Watched, read: Callable[..., str]
) -> None:
    out(watched.child, until=NOW + 2 * HOUR, at=NOW, with_whom="Football club")
    page = read(watched.carer, watched.child)
    assert "with Football club" in page
    assert reverse("absence_back", args=[watched.child.reference]) in page
    assert reverse("absence_new", args=[watched.child.reference]) not in page
    assert "Football" not in read(a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority)), watched.child)


@pytest.mark.by_turns
def test_the_people_of_a_child_are_named_with_their_numbers(
    watched: Watched, read: Callable[..., str]
) -> None:
    page = read(watched.worker, watched.child, "child_people")
    for name in (watched.worker.name, watched.guardian.name, watched.team.name, watched.home.name):
        assert name in page
    assert "Responsible authority" in page


@pytest.mark.by_turns
def test_the_title_holds_given_name_and_initial_only(watched: Watched, read: Callable[..., str]) -> None:
    page = read(watched.worker, watched.child)
    assert "<title>Ferhat W – Rollcall</title>" in page


@pytest.mark.by_turns
def test_a_page_of_a_child_costs_the_same_queries_whatever_has_happened(watched: Watched) -> None:
    def cost() -> int:
        reader = Client()
        reader.force_login(watched.worker)
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(reverse("child", args=[watched.child.reference])).status_code == 200
        return len(queries)

    home: Home = watched.home
    for minute in range(1, 4):
        seen(watched.child, by=watched.carer, at=NOW - minute * MINUTE)
    few = cost()
    for minute in range(1, 7):
        contact = seen(watched.child, by=watched.carer, at=NOW - minute * MINUTE)
        if minute % 2 == 0:
            contacts.withdraw(contact, reason="Wrong child", by=watched.carer, at=NOW)
    assert home.pk
    assert cost() <= few + 1, "one more query names who withdrew"


@pytest.mark.by_turns
def test_the_child_page_asks_for_a_sign_in(watched: Watched, client: Client) -> None:
    answer = client.get(reverse("child", args=[watched.child.reference]))
    assert answer.status_code == 302
    assert reverse("account_login") in answer.url


@pytest.mark.by_turns(8)
def test_a_moment_that_no_page_wrote_is_not_found(watched: Watched, read: Callable[..., str]) -> None:
    for until in ("yesterday", "2026-02-31T00:00:00+00:00", "2026-02-01T00:00:00"):
        read(watched.worker, watched.child, status=404, until=until)


@pytest.mark.by_turns
def test_older_entries_come_on_the_next_page_and_none_is_lost(
    watched: Watched, read: Callable[..., str]
) -> None:
    years(watched.child, timeline.PAGE + 2, by=watched.carer, until=NOW)
    first = read(watched.worker, watched.child)
    assert "Show older" in first
    everything = frozenset(MATRIX)
    pages, until = [], None
    while True:
        page = timeline.of(watched.child, permissions=everything, asked=timeline.Asked(until=until))
        pages += [row for row in page.rows if isinstance(row, timeline.Entry)]
        until = page.older
        if until is None:
            break
    assert sum(row.title == "Seen face to face" for row in pages) == timeline.PAGE + 2
    assert len(pages) == watched.child.events.count()


@pytest.mark.by_turns(8)
def test_a_case_is_closed_by_a_manager_and_somebody_who_signs(client: Client, watched: Watched) -> None:
    path = reverse("case_close", args=[watched.child.reference])
    client.force_login(watched.worker)
    assert client.get(path).status_code == 404
    client.force_login(watched.manager)
    answers = {"reason": "Family found in Lisbon", "second_email": watched.worker.email}
    assert client.post(path, answers).status_code == 422
    knows(watched.worker, "three random words")
    for wrong in ({"second_password": "other"}, {"second_password": "three random words", "reason": " "}):
        assert client.post(path, answers | wrong).status_code == 422
    watched.child.refresh_from_db()
    assert watched.child.closed_at is None
    assert client.post(path, answers | {"second_password": "three random words"}).status_code == 302
    watched.child.refresh_from_db()
    assert watched.child.close_reason == "Family found in Lisbon"
    assert f"Second person: {watched.worker.name}." in client.get(path.replace("close/", "")).content.decode()


@pytest.mark.by_turns
def test_the_risk_is_raised_at_once_and_lowered_only_with_a_second_person_who_signs(
    watched: Watched, client: Client
) -> None:
    second = a_person(Role.SOCIAL_WORKER, team=watched.team, password="a long pass phrase")
    path = reverse("risk", args=[watched.child.reference])
    client.force_login(watched.worker)
    assert client.post(path, {"risk": "high", "reason": "Unknown adult at the gate"}).status_code == 302
    lower = {"risk": "low", "reason": "He has settled"}
    refused = client.post(path, lower)
    assert refused.status_code == 422
    assert "Lowering the risk needs a second person." in refused.content.decode()
    wrong = {**lower, "second_email": second.email, "second_password": "a guess"}
    assert client.post(path, wrong).status_code == 422
    outsider = a_person(Role.SOCIAL_WORKER, password="a long pass phrase")
    foreign = {**lower, "second_email": outsider.email, "second_password": "a long pass phrase"}
    assert client.post(path, foreign).status_code == 422
    watched.child.refresh_from_db()
    assert watched.child.risk == "high"
    right = {**lower, "second_email": second.email.upper(), "second_password": "a long pass phrase"}
    assert client.post(path, right).status_code == 302
    watched.child.refresh_from_db()
    assert watched.child.risk == "low"


@pytest.mark.by_turns
def test_a_second_person_cannot_be_guessed_for_ever(watched: Watched, client: Client) -> None:
    second = a_person(Role.SOCIAL_WORKER, team=watched.team, password="a long pass phrase")
    concerns.mark(watched.child, reason="A threat", by=watched.worker, at=NOW)
    path = reverse("concern", args=[watched.child.reference])
    client.force_login(watched.worker)
    guess = {"reason": "Over", "how_long": "for_good", "second_email": second.email}
    for number in range(12):
        assert client.post(path, {**guess, "second_password": f"guess {number}"}).status_code == 422
    late = client.post(path, {**guess, "second_password": "a long pass phrase"})
    assert late.status_code == 422
    assert "Too many tries" in late.content.decode()


@pytest.mark.by_turns
def test_a_concern_is_marked_by_one_and_lifted_by_two(watched: Watched, client: Client) -> None:
    path = reverse("concern", args=[watched.child.reference])
    client.force_login(watched.worker)
    assert client.post(path, {"reason": ""}).status_code == 422
    assert client.post(path, {"reason": "A car waits outside"}).status_code == 302
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "A car waits outside" in page
    assert client.post(path, {"reason": "Gone"}).status_code == 422
    factories.knows(watched.worker, "my own pass phrase")
    client.force_login(watched.worker)
    alone = {
        "reason": "Gone",
        "how_long": "for_good",
        "second_email": watched.worker.email,
        "second_password": "my own pass phrase",
    }
    assert client.post(path, alone).status_code == 422
    assert LiveConcern.objects.get(child=watched.child).ends_at is None
    factories.knows(watched.manager, "another pass phrase")
    two = {
        "reason": "Gone",
        "how_long": "for_good",
        "second_email": watched.manager.email,
        "second_password": "another pass phrase",
    }
    assert client.post(path, two).status_code == 302
    assert LiveConcern.objects.get(child=watched.child).seconded_by == watched.manager


@pytest.mark.by_turns
def test_marks_are_refused_to_whoever_may_not_set_them(watched: Watched, client: Client) -> None:
    for reader in (watched.carer, watched.guardian, a_person(Role.SOCIAL_WORKER)):
        client.force_login(reader)
        for name in ("risk", "concern"):
            assert client.get(reverse(name, args=[watched.child.reference])).status_code == 404
    assert Permission.MARK_CONCERN in MATRIX


@pytest.mark.by_turns
def test_the_timeline_is_narrowed_by_links_that_count(watched: Watched, read: Callable[..., str]) -> None:
    seen(watched.child, by=watched.carer, at=NOW - HOUR)
    seen(watched.child, by=watched.carer, at=NOW - MINUTE)
    whole = read(watched.worker, watched.child)
    assert "Contacts (2)" in whole
    assert "Placements (1)" in whole
    assert "Missing (" not in whole
    contacts_only = read(watched.worker, watched.child, kind="contacts")
    assert contacts_only.count("moj-timeline__item") == 2
    assert "Registered" not in contacts_only
    assert "Registered" in read(watched.worker, watched.child, kind="nonsense")


@pytest.mark.by_turns
def test_a_search_that_an_officer_has_says_who_and_not_that_nobody_is_ringing(
    watched: Watched, read: Callable[..., str]
) -> None:
    episode = missing(watched.child, by=watched.carer, at=NOW)
    sweep.sweep_all(now=NOW + MINUTE)
    assert "Nobody is ringing yet" in read(watched.worker, watched.child)
    escalations.verify(
        episode,
        force=watched.force,
        officer="PC 4821 Penrowe",
        incident_reference="EL-77",
        by=watched.desk.person,
        at=NOW + 2 * MINUTE,
    )
    page = read(watched.worker, watched.child)
    assert "Nobody is ringing" not in page
    assert "Verified with PC 4821 Penrowe" in page
