"""The list of children and the search: one's own only, and the same sentence under every search."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import caseload, escalations, standings
from alerts.views import child_list
from cases import clock, concerns, episodes
from cases.models import AccessRecord, Role
from tests.factories import (
    Watched,
    a_child,
    a_home,
    a_person,
    a_team,
    a_watched_child,
    case_closed,
    ended,
    missing,
    not_here,
    out,
    placed,
    seen,
    somebody,
    told_by,
)

pytestmark = pytest.mark.django_db

RESTRICTED = "Some records are restricted. If you need to find a child, ring duty."


@pytest.fixture
def watched(now: Any) -> Watched:
    return a_watched_child(
        at=now - timedelta(days=5),
        given_name="Tarek",
        family_name="Maddern",
        known_as="Taz",
        script_name="طارق",
        script_language="ar",
        spellings=["Tariq", "Tarik"],
    )


def search(client: Client, query: str) -> str:
    answer = client.get("/search/", {"q": query})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.by_turns
def test_any_of_the_names_finds_the_child(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    for query in ("tarek", "MADDERN", "mad tar", "taz", "طارق", "tariq", "  Tarek   Maddern "):
        page = search(client, query)
        assert watched.child.reference in page, query
        assert RESTRICTED in page


@pytest.mark.by_turns
def test_a_reference_in_any_spacing_finds_the_child(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    reference = watched.child.reference

    for typed in (reference, reference.lower(), reference.replace("-", " "), f"{reference}-M2"):
        assert f"/children/{reference}/" in search(client, typed)


def test_a_mistyped_reference_says_so(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    reference = watched.child.reference
    wrong = reference[:-1] + str((int(reference[-1]) + 1) % 10)

    page = search(client, wrong)

    assert "is mistyped" in page
    assert "No match" not in page
    assert RESTRICTED in page


@pytest.mark.by_turns
def test_somebody_elses_child_is_found_no_more_than_one_that_does_not_exist(
    client: Client, watched: Watched, now: Any
) -> None:
    other = a_watched_child(at=now - timedelta(days=5), given_name="Quillon").child
    client.force_login(watched.worker)

    for query in ("Quillon", other.reference):
        page = search(client, query)
        assert f"/children/{other.reference}/" not in page
        assert "No match" in page
        assert RESTRICTED in page


@pytest.mark.by_turns
def test_an_empty_search_and_one_letter_find_nobody(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    for query in ("", "t"):
        page = search(client, query)
        assert watched.child.reference not in page
        assert RESTRICTED in page
    assert "Enter at least two letters" in search(client, "t")


@pytest.mark.by_turns
def test_what_was_typed_is_shown_and_never_run(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    page = search(client, '"><script>alert(1)</script>%_')

    assert "<script>alert" not in page
    assert watched.child.reference not in page, "% and _ are letters, no wildcards"


@pytest.mark.by_turns
def test_the_list_shows_open_cases_with_their_word_and_no_closed_one(
    client: Client, watched: Watched, now: Any
) -> None:
    closed = a_child(watched.authority, team=watched.team, at=now - timedelta(days=3))
    case_closed(closed, reason="Moved to family abroad", by=watched.worker, at=now - timedelta(hours=1))
    client.force_login(watched.worker)

    page = client.get("/children/").content.decode()

    assert watched.child.reference in page
    assert "govuk-tag" in page
    assert closed.reference not in page


@pytest.mark.by_turns
def test_whoever_may_not_read_addresses_reads_no_home(client: Client, watched: Watched) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, authority=watched.authority)
    client.force_login(colleague)
    assert watched.home.name not in client.get("/children/").content.decode()

    client.force_login(watched.worker)
    assert watched.home.name in client.get("/children/").content.decode()


@pytest.mark.by_turns
def test_somebody_without_a_role_sees_an_empty_list(client: Client, watched: Watched) -> None:
    client.force_login(somebody())

    assert watched.child.reference not in client.get("/children/").content.decode()
    assert watched.child.reference not in search(client, "tarek")


@pytest.mark.by_turns(8)
def test_a_long_list_costs_no_more_questions_and_has_pages(
    client: Client,
    watched: Watched,
    now: Any,
    django_assert_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child_list, "PAGE_SIZE", 9)
    client.force_login(watched.worker)
    client.get("/children/")
    with CaptureQueriesContext(connection) as one:
        client.get("/children/")
    for _ in range(11):
        placed(
            a_child(team=watched.team, worker=watched.worker, at=now - timedelta(days=2)),
            watched.home,
        )

    with django_assert_num_queries(len(one)):
        first = client.get("/children/").content.decode()
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = client.get(unescape(following.group(1))).content.decode()

    assert "12 children" in first
    assert first.count("<tr") == 10
    assert second.count("<tr") == 4
    names = [re.findall(r"MC[0-9]{2}-[0-9]{6}</span></th>", page) for page in (first, second)]
    assert len({*names[0], *names[1]}) == 12


def every_word(now: Any) -> dict[str, Any]:
    """A child of every word that an open case can have, all of one worker."""
    watched = a_watched_child(at=now - timedelta(minutes=30))
    shared = {"team": watched.team, "worker": watched.worker}

    def child(at: Any) -> Any:
        found = a_child(watched.authority, at=at, **shared)
        placed(found, watched.home)
        return found

    soon = now - timedelta(minutes=20)
    words = {"not_seen_yet": watched.child, **{word: child(soon) for word in ("missing", "not_here", "away")}}
    words |= {word: child(soon) for word in ("back_to_confirm", "told_of", "out", "seen")}
    words["return_interview_due"] = child(soon)
    words["no_record"] = child(now - timedelta(days=9))
    words["still_missing"] = child(now - timedelta(days=60))
    missing(words["missing"], at=now - timedelta(minutes=9))
    missing(words["still_missing"], at=now - timedelta(days=40))
    not_here(words["not_here"], by=watched.carer, at=now - timedelta(minutes=9))
    episodes.report_away(
        words["away"],
        whereabouts="At a friend’s",
        reason="",
        by=watched.worker,
        at=now - timedelta(minutes=9),
    )
    missing(words["back_to_confirm"], at=now - timedelta(minutes=9))
    seen(words["back_to_confirm"], by=watched.carer, at=now - timedelta(minutes=3))
    told_at = now - timedelta(minutes=3)
    sought = missing(words["told_of"], at=now - timedelta(minutes=9))
    episodes.hear_from_office(sought, told_by("hospital", at=told_at), by=watched.desk.person, at=told_at)
    out(words["out"], until=now + timedelta(hours=1), at=now - timedelta(minutes=5))
    seen(words["seen"], by=watched.carer, at=now - timedelta(minutes=3))
    back = missing(words["return_interview_due"], at=now - timedelta(minutes=15))
    seen(words["return_interview_due"], by=watched.carer, at=now - timedelta(minutes=9))
    ended(back, by=watched.desk.person, at=now - timedelta(minutes=5))
    return {"watched": watched, **words}


@pytest.mark.by_turns
def test_the_list_narrowed_by_a_word_shows_the_children_of_whom_it_is_the_word(
    client: Client, now: Any
) -> None:
    words = every_word(now)
    watched = words.pop("watched")
    client.force_login(watched.worker)
    stands = standings.of([child.pk for child in words.values()], now=now)
    everybody = client.get("/children/").content.decode()
    for child in words.values():
        word = stands[child.pk].tag
        alike = {one.child.reference for one in stands.values() if one.tag == word}
        page = client.get("/partials/children/", {"status": word}).content.decode()
        assert set(re.findall(r"MC[0-9]{2}-[0-9]{6}", page)) == alike, word
        assert child.reference in everybody


def test_whoever_narrows_to_missing_reads_that_long_missing_children_are_another_choice(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    page = client.get("/children/", {"status": "missing"}).content.decode()
    assert "Missing, less than 28 days" in page
    assert "Still missing, 28 days or more" in page


@pytest.mark.by_turns(8)
def test_the_list_is_narrowed_by_worker_home_team_and_risk(
    client: Client, watched: Watched, now: Any
) -> None:
    home = a_home(watched.authority)
    team = a_team(watched.authority)
    other = a_child(watched.authority, team=watched.team, at=now - timedelta(days=2), risk="high")
    placed(other, home)
    third = a_child(watched.authority, team=team, at=now - timedelta(days=2))
    client.force_login(watched.desk.person)
    for query, wanted in (
        ({"worker": watched.worker.pk}, {watched.child}),
        ({"home": home.pk}, {other}),
        ({"team": team.pk}, {third}),
        ({"risk": "high"}, {other}),
        ({"team": watched.team.pk, "risk": "high"}, {other}),
        ({"risk": "high", "worker": watched.worker.pk}, set()),
    ):
        # Of the last, to whom nobody fits, the whole page is asked as well.
        for path in ("/partials/children/",) if wanted else ("/partials/children/", "/children/"):
            page = client.get(path, query).content.decode()
            assert set(re.findall(r"MC[0-9]{2}-[0-9]{6}", page)) == {c.reference for c in wanted}, query
    assert "No children match" in page
    assert "Clear filters" in page


@pytest.mark.by_turns
def test_a_filter_tells_nobody_what_they_may_not_read(client: Client, watched: Watched) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, authority=watched.authority)
    client.force_login(colleague)
    page = client.get("/children/").content.decode()
    assert watched.child.reference in page
    assert watched.worker.name not in page
    for query in ({"home": watched.home.pk}, {"worker": watched.worker.pk}, {"risk": "unknown"}):
        whole = client.get("/children/", query).content.decode()
        assert watched.child.reference in whole, "what is not offered narrows nothing"
        wanted = caseload.Wanted(**query)
        assert not caseload.children(colleague, wanted, at=clock.now()).exists()


@pytest.mark.by_turns
def test_names_are_listed_as_people_look_for_them(client: Client, watched: Watched, now: Any) -> None:
    given = ["abdul", "Élise", "Elsa", "Şirin", "Zoya", "ملك"]
    for name in reversed(given):
        a_child(watched.authority, team=watched.team, given_name=name, at=now - timedelta(hours=1))
    client.force_login(watched.desk.person)
    for sort, wanted in (("name", given), ("-name", given[::-1])):
        page = client.get("/partials/children/", {"sort": sort}).content.decode()
        places = [page.index(name) for name in wanted]
        assert places == sorted(places), sort


@pytest.mark.by_turns
def test_every_order_goes_on_where_the_page_ended(
    client: Client, watched: Watched, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        a_child(watched.authority, team=watched.team, given_name="Same", at=now - timedelta(hours=number + 1))
    client.force_login(watched.desk.person)
    for sort in ("name", "-name", "reference", "-reference", "due", "-due", "nonsense"):
        whole = client.get("/partials/children/", {"sort": sort}).content.decode()
        order = re.findall(r"(MC[0-9]{2}-[0-9]{6})</span></th>", whole)
        assert len(order) == 6
        parts, address = [], f"/children/?sort={sort}"
        with monkeypatch.context() as short:
            short.setattr(child_list, "PAGE_SIZE", 3)
            while address:
                page = client.get(address.replace("/children/", "/partials/children/")).content.decode()
                parts += re.findall(r"(MC[0-9]{2}-[0-9]{6})</span></th>", page)
                following = re.search(r'href="([^"]+)" rel="next"', page)
                address = unescape(following.group(1)) if following else ""
        assert parts == order, sort


def test_a_character_that_no_name_holds_is_read_as_a_space(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    assert watched.child.reference in search(client, "Tar\0ek")


@pytest.mark.by_turns
@pytest.mark.parametrize("page", ["/children/", "/search/?q=tarek"])
def test_whoever_may_read_the_status_alone_reads_neither_witness_nor_officer_in_a_list(
    client: Client, watched: Watched, now: Any, page: str
) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, authority=watched.authority))
    seen(watched.child, by=watched.guardian, at=now - timedelta(minutes=5))
    assert watched.guardian.name not in client.get(page).content.decode()

    episode = missing(watched.child, by=watched.carer, at=now - timedelta(minutes=4))
    escalations.verify(
        episode,
        force=watched.force,
        officer="PC Shah",
        incident_reference="0417/25",
        by=watched.desk.person,
        at=now,
    )
    words = client.get(page).content.decode()

    assert watched.child.reference in words
    assert "PC Shah" not in words
    assert "0417/25" not in words


@pytest.mark.by_turns
@pytest.mark.parametrize("page", ["/children/", "/search/?q=tarek"])
def test_a_list_and_a_search_are_on_record_for_each_child_they_showed(
    client: Client, watched: Watched, page: str
) -> None:
    a_child(watched.authority, given_name="Somebody else", team=watched.team, by=watched.worker)
    client.force_login(watched.worker)
    client.get(page)

    (record,) = AccessRecord.objects.filter(child=watched.child)
    assert (record.user, record.permission, record.allowed) == (watched.worker, "see_status", True)
    assert record.path == page.partition("?")[0], "what was typed may be a name, and stands in no record"


@pytest.mark.by_turns
@pytest.mark.parametrize("by_name", [False, True], ids=["by their own press", "by name alone"])
def test_a_child_seen_by_nobody_but_whom_it_is_kept_from_is_among_those_not_seen_yet(
    client: Client, now: Any, by_name: bool
) -> None:
    one = a_watched_child(at=now - timedelta(minutes=30))
    other = a_person(Role.PLACEMENT_STAFF, home=one.home, name="Orsolya Vane")
    told = {"by": one.worker, "witness": other.name, "witness_user": None} if by_name else {"by": other}
    seen(one.child, at=now - timedelta(minutes=5), **told)
    client.force_login(one.worker)
    listed = {status: one.child.reference in _narrowed(client, status) for status in ("seen", "not_seen_yet")}
    assert listed == {"seen": True, "not_seen_yet": False}
    concerns.keep_from(one.child, other, reason="Named in a worry.", by=one.manager, at=now)
    listed = {status: one.child.reference in _narrowed(client, status) for status in listed}
    assert listed == {"seen": False, "not_seen_yet": True}
    assert not caseload.children(one.worker, caseload.Wanted(status="seen"), at=now).exists()


def _narrowed(client: Client, status: str) -> str:
    answer = client.get("/children/", {"status": status})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("role", "heading"),
    [(Role.REVIEWING_OFFICER, "Children you review"), (Role.SOCIAL_WORKER, "Children")],
)
def test_whoever_reviews_reads_whose_list_it_is(
    client: Client, watched: Watched, role: Role, heading: str
) -> None:
    client.force_login(a_person(role, authority=watched.authority))
    page = client.get("/children/").content.decode()
    assert f'<h1 class="govuk-heading-l">{heading}</h1>' in page
    assert f"<title>{heading} " in page
