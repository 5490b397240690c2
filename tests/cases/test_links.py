"""Which children belong together: a claim both ways, checked by somebody, seen by those who may open both."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cases import concerns, links, restrictions
from cases.models import AccessRecord, Child, ChildLink, Event
from cases.states import IllegalMove
from tests.cases.expectations import taken_back
from tests.factories import AT, Watched, a_child, a_watched_child, case_closed, knows, missing

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SAYS = links.Claim(kind="sibling", said_by="The child", note="Came in one lorry")


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def brother(watched: Watched) -> Child:
    return a_child(team=watched.team, given_name="Tesfay", worker=watched.worker)


def said(w: Watched, other: Child, claim: links.Claim = SAYS) -> ChildLink:
    return links.say(w.child, other, claim, by=w.worker, at=AT + HOUR)


@pytest.mark.by_turns
def test_a_link_is_the_same_from_either_child_and_is_said_once(watched: Watched, brother: Child) -> None:
    row = said(watched, brother)
    assert row.beside(watched.child) == brother
    assert row.beside(brother) == watched.child
    with pytest.raises(IllegalMove, match="linked so already"):
        links.say(brother, watched.child, SAYS, by=watched.worker, at=AT + HOUR)
    with pytest.raises(IllegalMove, match="same child"):
        links.say(brother, brother, SAYS, by=watched.worker, at=AT + HOUR)
    assert Event.objects.filter(kind="linked").count() == 2


@pytest.mark.by_turns(8)
def test_the_database_knows_one_link_of_a_kind_and_no_check_without_a_checker(
    watched: Watched, brother: Child
) -> None:
    row = said(watched, brother)
    same: dict[str, Any] = {
        "kind": "sibling",
        "said_by": "x",
        "recorded_at": AT,
        "recorded_by": row.recorded_by,
    }
    for wrong in (
        {"child": row.child, "other": row.other},
        {"child": row.other, "other": row.child},
        {"child": row.child, "other": row.other, "kind": "friend", "check_result": "confirmed"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ChildLink.objects.create(**same | wrong)


@pytest.mark.by_turns
def test_what_is_said_is_checked_and_can_be_found_not_so(watched: Watched, brother: Child) -> None:
    row = said(watched, brother)
    with pytest.raises(IllegalMove, match="what was found"):
        links.check(row, result="not_so", how=" ", may_be_danger=True, by=watched.worker, at=AT + HOUR)
    found = links.check(
        row, result="not_so", how="A test", may_be_danger=True, by=watched.worker, at=AT + HOUR
    )
    assert (found.check_result, found.may_be_danger) == ("not_so", True)


@pytest.mark.by_turns(8)
def test_that_one_may_be_a_danger_is_taken_back_by_two_who_may_open_both(
    client: Client, watched: Watched, brother: Child
) -> None:
    row = links.say(
        watched.child,
        brother,
        links.Claim(kind="companion", said_by="The driver", may_be_danger=True),
        by=watched.worker,
        at=AT + HOUR,
    )
    found: dict[str, Any] = {"result": "confirmed", "how": "Both were asked", "by": watched.worker, "at": AT}
    stranger = a_watched_child().manager
    for second in (None, watched.worker, stranger):
        with pytest.raises(IllegalMove, match="by two people"):
            links.check(row, may_be_danger=False, seconded_by=second, **found)
    assert links.check(row, may_be_danger=True, **found).may_be_danger, "to leave it takes nobody else"

    client.force_login(watched.worker)
    page = f"/children/{watched.child.reference}/links/{row.pk}/"
    sent = {"result": "confirmed", "how": "The police cleared him"}
    refused = client.post(page, sent)
    assert refused.status_code == 422
    assert "taken back by two people" in refused.content.decode()
    knows(watched.manager, "a long enough secret")
    signed = {"second_email": watched.manager.email, "second_password": "a long enough secret"}
    assert client.post(page, sent | signed).status_code == 302
    row.refresh_from_db()
    assert not row.may_be_danger
    event = Event.objects.filter(kind="link_checked").latest("pk")
    assert event.data["seconded_by"] == watched.manager.pk
    assert "second_email" not in client.get(page).content.decode(), "nothing is left to take back"


@pytest.mark.by_turns
def test_a_closed_case_is_linked_with_nobody(watched: Watched, brother: Child) -> None:
    case_closed(brother, reason="Abroad", at=AT + HOUR)
    with pytest.raises(IllegalMove, match="closed"):
        said(watched, brother)


def people(child: Child) -> str:
    return f"/children/{child.reference}/people/"


@pytest.mark.by_turns
def test_a_link_is_seen_by_those_alone_who_may_open_both(
    client: Client, watched: Watched, brother: Child
) -> None:
    stranger = a_watched_child()
    said(watched, brother)
    links.say(watched.child, stranger.child, SAYS, by=watched.worker, at=AT + HOUR)
    client.force_login(watched.worker)
    shown = client.get(people(watched.child)).content.decode()
    assert "Tesfay" in shown
    assert stranger.child.reference not in shown
    assert watched.child.reference in client.get(people(brother)).content.decode()
    story = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "Linked with another child" in story
    assert brother.reference not in story
    # A restriction of one of the two, or a mark, hides it at once.
    restrictions.restrict(
        brother, reason="A threat", named=[watched.carer], by=watched.manager, at=AT + 2 * HOUR
    )
    client.force_login(type(watched.worker).objects.get(pk=watched.worker.pk))
    assert "Tesfay" not in client.get(people(watched.child)).content.decode()


@pytest.mark.by_turns
def test_who_is_kept_from_one_of_the_two_sees_no_link_of_the_other(
    client: Client, watched: Watched, brother: Child
) -> None:
    row = said(watched, brother)
    concerns.keep_from(brother, watched.worker, reason="A relative", by=watched.manager, at=AT + 2 * HOUR)
    client.force_login(watched.worker)
    assert "Tesfay" not in client.get(people(watched.child)).content.decode()
    assert client.get(f"/children/{watched.child.reference}/links/{row.pk}/").status_code == 404


@pytest.mark.by_turns(8)
def test_the_pages_link_and_check_and_refuse_a_stranger_in_the_words_of_none(
    client: Client, watched: Watched, brother: Child
) -> None:
    client.force_login(watched.worker)
    page = f"/children/{watched.child.reference}/links/new/"
    sent = {"kind": "companion", "said_by": "The driver", "reference": brother.reference}
    strange = a_watched_child().child.reference
    for unknown in (strange, "MC26-999997"):
        refused = client.post(page, {**sent, "reference": unknown})
        assert refused.status_code == 422
        words = "You can open no child with this reference"
        assert words in refused.content.decode() or "mistyped" in refused.content.decode()
        assert "The driver" in refused.content.decode()
    refusals = AccessRecord.objects.filter(allowed=False, page="link_new")
    assert strange in refusals.values_list("child__reference", flat=True)
    assert client.post(page, sent).status_code == 302
    row = ChildLink.objects.get()
    check = f"/children/{brother.reference}/links/{row.pk}/"
    assert client.post(check, {"result": "confirmed", "how": ""}).status_code == 422
    assert client.post(check, {"result": "confirmed", "how": "The police saw both papers"}).status_code == 302
    missing(brother, at=AT + 3 * HOUR)
    shown = client.get(people(watched.child)).content.decode()
    for words in ("Travelled together", "The police saw both papers", "Missing"):
        assert words in shown
    reads = AccessRecord.objects.filter(child=brother, allowed=True).values_list("page", flat=True)
    assert set(reads) == {"link_new", "link_check", "child_people"}


@pytest.mark.by_turns
def test_siblings_of_two_councils_read_that_there_is_one_which_council_has_it_and_whom_to_ring_and_no_more(
    client: Client, watched: Watched
) -> None:
    other = a_watched_child(given_name="Tesfay")
    row = links.say(watched.child, other.child, SAYS, by=watched.worker, at=AT + HOUR)
    for near, far in ((watched, other), (other, watched)):
        client.force_login(near.worker)
        shown = client.get(people(near.child)).content.decode()
        assert "Brother or sister" in shown
        assert far.authority.name in shown
        assert far.desk.team.phone in shown
        for secret in (far.child.reference, far.child.given_name, far.home.name, "Came in one lorry"):
            assert secret not in shown.partition("Children who belong together")[2]
        assert client.get(f"/children/{near.child.reference}/links/{row.pk}/").status_code == 404


@pytest.mark.by_turns
def test_nothing_is_told_across_councils_of_a_child_who_is_shut_or_in_danger(
    client: Client, watched: Watched
) -> None:
    other = a_watched_child(given_name="Tesfay")
    row = links.say(watched.child, other.child, SAYS, by=watched.worker, at=AT + HOUR)
    client.force_login(watched.worker)
    assert other.authority.name in client.get(people(watched.child)).content.decode()
    for why in ("restricted", "kept", "danger", "not so", "closed"):
        with taken_back():
            shut(row, why, watched, other)
            client.force_login(watched.worker)
            page = client.get(people(watched.child))
            assert page.status_code == 200, why
            assert other.authority.name not in page.content.decode(), why


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", ["same", "companion"])
def test_a_danger_said_with_one_link_of_two_children_hides_every_link_of_the_two(
    client: Client, watched: Watched, kind: str
) -> None:
    other = a_watched_child(given_name="Tesfay")
    claim = links.Claim(kind=kind, said_by="The driver")
    links.say(watched.child, other.child, claim, by=watched.worker, at=AT + HOUR)
    assert links.told(watched.child, reader=watched.worker, at=AT + HOUR)
    danger = links.Claim(kind="sibling", said_by="The driver", may_be_danger=True)
    links.say(other.child, watched.child, danger, by=other.worker, at=AT + 2 * HOUR)
    client.force_login(watched.worker)
    for page in (people(watched.child), f"/children/{watched.child.reference}/"):
        read = client.get(page).content.decode()
        assert other.authority.name not in read
        assert other.desk.team.phone not in read
    assert links.told(watched.child, reader=watched.worker, at=AT + 3 * HOUR) == set()


def shut(row: ChildLink, why: str, watched: Watched, other: Watched) -> None:
    later: dict[str, Any] = {"at": AT + 2 * HOUR}
    if why == "restricted":
        restrictions.restrict(other.child, reason="A threat", named=[other.worker], by=other.manager, **later)
    elif why == "kept":
        concerns.keep_from(other.child, watched.worker, reason="A relative", by=other.manager, **later)
    elif why == "closed":
        case_closed(other.child, reason="Abroad", **later)
    else:
        result = "not_so" if why == "not so" else "confirmed"
        found = {"result": result, "how": "Asked", "may_be_danger": why == "danger"}
        links.check(row, **found, by=watched.worker, **later)
