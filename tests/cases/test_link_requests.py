"""One council asks another for a sibling or companion: what is disclosed, who answers, and what nobody can tell apart."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import clock, concerns, link_desk, link_requests, links, responsibilities, restrictions
from cases.link_desk import Stands
from cases.models import (
    AccessRecord,
    Authority,
    Child,
    ChildLink,
    Event,
    LinkMatter,
    LinkRequest,
    Trafficking,
)
from cases.states import IllegalMove
from tests.cases.expectations import events, refused
from tests.factories import AT, Watched, a_child, a_watched_child, case_closed

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 30 * HOUR
SAYS = link_requests.Said(
    kind="sibling",
    name="Tesfay",
    age="about 15",
    said_by="The child",
    why="The child says that he is there",
    about="Selam, 13",
)


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Selam", family_name="Girmay")


@pytest.fixture
def other() -> Watched:
    """Of another council, which looks after the brother."""
    return a_watched_child(given_name="Tesfai", family_name="Girmay")


def asked(w: Watched, *of: Authority, said: link_requests.Said = SAYS, **given: Any) -> list[LinkRequest]:
    told = {"together": uuid.uuid4(), "by": w.worker, "at": NOW} | given
    return link_requests.ask(w.child, said, of=of, **told)


def stands(w: Watched, at: Any = NOW) -> list[Stands]:
    return [one.stands for one in link_desk.of(w.child, reader=w.worker, at=at)]


def gone_to(child: Child, to: Watched) -> None:
    """Another council is responsible from now on, with a social worker of its own."""
    responsibilities.start(child, authority=to.authority, work_of=(to.team, to.worker), by=to.manager, at=NOW)


def at_desk(w: Watched) -> str:
    return f"/asked/{LinkRequest.objects.get(child=w.child).pk}/"


@pytest.mark.by_turns(8)
def test_a_council_is_asked_and_its_desk_reads_what_was_written_for_it_and_nothing_of_the_record(
    client: Client, watched: Watched, other: Watched
) -> None:
    client.force_login(watched.worker)
    page = f"/children/{watched.child.reference}/links/ask/"
    sent: dict[str, Any] = {
        "known": "yes",
        "council": other.authority.pk,
        "why": "Zq-the-reason",
        "kind": "sibling",
        "name": "Tesfay",
        "age": "about 15",
        "said_by": "The child",
        "about": "Selam, 13",
        "danger": "no",
        "once": str(uuid.uuid4()),
    }
    assert client.get(page).status_code == 200
    assert client.post(page, sent | {"danger": ""}).status_code == 422
    assert client.post(page, sent | {"danger": "yes"}).status_code == 422
    assert client.post(page, sent | {"about": f"See {watched.child.reference}"}).status_code == 422
    assert client.post(page, sent | {"council_2": other.authority.pk}).status_code == 422
    assert not LinkRequest.objects.exists()
    for _ in range(2):
        assert client.post(page, sent).status_code == 302
    row = LinkRequest.objects.get()
    shown = client.get(f"/children/{watched.child.reference}/people/").content.decode()
    assert "was asked for <bdi>Tesfay</bdi>" in shown
    assert other.authority.name in shown
    story = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "Another council was asked for a sibling or companion" in story
    # Its own desk is not asked, and nobody else of the other council is either.
    for stranger in (watched.desk.person, other.worker, watched.manager, watched.worker):
        client.force_login(stranger)
        assert client.get(f"/asked/{row.pk}/").status_code in (403, 404)
    client.force_login(other.desk.person)
    assert "Tesfay" in client.get("/asked/").content.decode()
    read = client.get(f"/asked/{row.pk}/").content.decode()
    for words in ("Tesfay", "about 15", "Selam, 13", watched.authority.name, watched.desk.team.phone):
        assert words in read
    for secret in (
        watched.child.reference,
        "Girmay",
        watched.home.name,
        "Zq-the-reason",
        watched.worker.name,
    ):
        assert secret not in read.replace("Tesfai Girmay", "").replace("Tesfai</bdi> <bdi>Girmay", "")
    assert AccessRecord.objects.filter(child=other.child, user=other.desk.person, page="link_asked").exists()


@pytest.mark.by_turns(8)
def test_yes_links_the_two_on_both_pages_and_names_neither(
    client: Client, watched: Watched, other: Watched
) -> None:
    asked(watched, other.authority)
    client.force_login(other.desk.person)
    page = at_desk(watched)
    assert other.child.reference in client.get(page).content.decode(), "a name that sounds like it"
    assert client.post(page, {"answer": "linked"}).status_code == 422
    strange = a_watched_child().child.reference
    for wrong in (strange, watched.child.reference):
        refusal = client.post(page, {"answer": "linked", "reference": wrong})
        assert "You can open no child of your council with this reference" in refusal.content.decode()
    assert AccessRecord.objects.filter(child__reference=strange, allowed=False).exists()
    assert client.post(page, {"answer": "linked", "reference": other.child.reference}).status_code == 302
    link = ChildLink.objects.get()
    assert {link.child, link.other} == {watched.child, other.child}
    assert (link.kind, link.check_result, link.note) == ("sibling", "not_checked", "")
    assert stands(watched) == [Stands.LINKED]
    for near, far in ((watched, other), (other, watched)):
        client.force_login(near.worker)
        shown = client.get(f"/children/{near.child.reference}/people/").content.decode()
        assert far.authority.name in shown
        assert far.child.reference not in shown
        assert Event.objects.filter(child=near.child, kind="linked").count() == 1
    client.force_login(other.desk.person)
    assert "form method" not in client.get(page).content.decode().partition("</dl>")[2]


@pytest.mark.by_turns
@pytest.mark.parametrize("status", LinkRequest.NO_LINK)
def test_no_such_child_and_we_cannot_say_read_the_same_at_the_same_time(
    client: Client, watched: Watched, other: Watched, status: str
) -> None:
    (row,) = asked(watched, other.authority)
    people = f"/children/{watched.child.reference}/people/"
    client.force_login(watched.worker)
    before = client.get(people).content.decode()
    with events(watched.child):
        link_requests.refuse(row, status, note="zq-restricted", by=other.desk.person, at=NOW + HOUR)
    assert stands(watched, row.due_at - HOUR) == [Stands.WAITING]
    assert stands(watched, row.due_at) == [Stands.NO_LINK]

    def between(page: str) -> str:
        return page[page.index('id="asked-') : page.index('id="link-ask"')]

    after = client.get(people).content.decode()
    assert between(after) == between(before), "until it is due nobody reads that it was answered"
    changes = client.get(f"/children/{watched.child.reference}/changes/").content.decode()
    assert "zq-restricted" not in changes
    assert "What another council was asked" not in changes
    with pytest.raises(IllegalMove, match="answered this already"):
        link_requests.refuse(row, status, note="again", by=other.desk.person, at=NOW + HOUR)
    # Whoever did not find the child may find it later.
    link_requests.say_yes(row, other.child, by=other.desk.person, at=NOW + 2 * HOUR)
    assert stands(watched) == [Stands.LINKED]


@pytest.mark.by_turns(8)
def test_a_restricted_child_is_linked_by_nobody_and_named_to_no_desk(
    client: Client, watched: Watched, other: Watched
) -> None:
    (row,) = asked(watched, other.authority)
    brother = other.child
    restrictions.restrict(brother, reason="A threat", named=[other.worker], by=other.manager, at=NOW)
    client.force_login(other.desk.person)
    page = at_desk(watched)
    assert brother.reference not in client.get(page).content.decode()
    closed = client.post(page, {"answer": "linked", "reference": brother.reference})
    nobodys = client.post(page, {"answer": "linked", "reference": a_watched_child().child.reference})
    # Open to its own desk, which may ring at any hour; whoever asks reads of neither refusal.
    assert "The record of this child is restricted" in closed.content.decode()
    assert "You can open no child of your council with this reference" in nobodys.content.decode()
    with refused(
        brother,
        "The record of this child is restricted, and a link would tell. Answer that you cannot say, and"
        " have the manager who restricted it decide.",
    ):
        link_requests.say_yes(row, brother, by=other.manager, at=NOW)
    assert row.due_at > NOW


@pytest.mark.by_turns(8)
def test_whoever_is_kept_from_the_other_child_reads_of_no_link_and_when_every_other_answer_is_told(
    watched: Watched, other: Watched
) -> None:
    third = a_watched_child()
    row, _elsewhere = asked(watched, other.authority, third.authority)
    concerns.keep_from(other.child, watched.worker, reason="A relative", by=other.manager, at=NOW)
    link_requests.say_yes(row, other.child, by=other.desk.person, at=NOW + HOUR)
    watched.worker.refresh_from_db()
    assert set(stands(watched, row.due_at - HOUR)) == {Stands.WAITING}
    assert set(stands(watched, row.due_at)) == {Stands.NO_LINK}
    told = link_desk.of(watched.child, reader=watched.manager, at=NOW + HOUR)
    assert {one.stands for one in told} == {Stands.LINKED, Stands.WITHDRAWN}


@pytest.mark.by_turns
def test_whoever_is_kept_from_the_child_who_asks_reads_no_question_about_it(
    client: Client, watched: Watched, other: Watched
) -> None:
    asked(watched, other.authority)
    concerns.keep_from(watched.child, other.desk.person, reason="A relative", by=watched.manager, at=NOW)
    client.force_login(other.desk.person)
    assert "Tesfay" not in client.get("/asked/").content.decode()
    assert client.get(at_desk(watched)).status_code == 404
    client.force_login(other.desk.second)
    assert client.get(at_desk(watched)).status_code == 200


@pytest.mark.by_turns(8)
def test_nobody_asks_of_a_restricted_child_and_one_that_is_restricted_since_is_shown_to_no_desk(
    client: Client, watched: Watched, other: Watched
) -> None:
    asked(watched, other.authority)
    restrictions.restrict(watched.child, reason="A threat", named=[], by=watched.manager, at=NOW)
    client.force_login(other.desk.person)
    assert client.get(at_desk(watched)).status_code == 404
    with pytest.raises(IllegalMove, match="restricted"):
        asked(watched, other.authority)


@pytest.mark.by_turns(8)
def test_with_signs_of_trafficking_somebody_says_why_it_is_safe_to_ask(
    client: Client, watched: Watched, other: Watched
) -> None:
    Child.objects.filter(pk=watched.child.pk).update(trafficking=Trafficking.YES)
    watched.child.refresh_from_db()
    with refused(watched.child, "There are signs of trafficking: enter why it is safe to ask."):
        asked(watched, other.authority)
    client.force_login(watched.worker)
    page = client.get(f"/children/{watched.child.reference}/links/ask/").content.decode()
    assert "Why is it safe to ask?" in page
    safe = link_requests.Said(**vars(SAYS) | {"safe_why": "Both fled from the same man"})
    (row,) = asked(watched, other.authority, said=safe)
    client.force_login(other.desk.person)
    assert "the same man" not in client.get(f"/asked/{row.pk}/").content.decode()


@pytest.mark.by_turns(8)
def test_three_councils_at_most_are_asked_at_once_none_twice_and_never_the_own(
    watched: Watched, other: Watched
) -> None:
    more = [a_watched_child().authority for _ in range(5)]
    with refused(watched.child, "Select one council, and three at most."):
        asked(watched, *more[:4])
    with refused(watched.child, "Select one council, and three at most."):
        asked(watched)
    with pytest.raises(IllegalMove, match="other than your own"):
        asked(watched, watched.authority)
    with events(watched.child, *["link_asked"] * 3):
        rows = asked(watched, other.authority, *more[:2])
    with refused(watched.child, "This council is asked about this child already."):
        asked(watched, other.authority)
    # Answered, and not told yet: another word would tell.
    link_requests.refuse(rows[0], "no_such", note="By name", by=other.desk.person, at=NOW)
    with refused(watched.child, "This council is asked about this child already."):
        asked(watched, other.authority)
    asked(watched, *more[2:])
    with pytest.raises(IllegalMove, match="Too many"):
        asked(watched, other.authority, said=link_requests.Said(**vars(SAYS) | {"name": "Another"}))
    assert asked(watched, other.authority, at=rows[0].due_at), "once it was told it may be asked anew"


def test_the_same_form_again_is_one_question_and_with_other_words_none(
    watched: Watched, other: Watched
) -> None:
    once = uuid.uuid4()
    first = asked(watched, other.authority, together=once)
    assert asked(watched, other.authority, together=once) == first
    with pytest.raises(IllegalMove, match="other words"):
        asked(watched, other.authority, together=once, said=link_requests.Said(**vars(SAYS) | {"age": "9"}))
    with pytest.raises(IllegalMove, match="other words"):
        asked(watched, other.authority, together=once, by=watched.manager)


@pytest.mark.by_turns
def test_one_council_has_the_child_and_the_others_are_asked_no_more(watched: Watched, other: Watched) -> None:
    third = a_watched_child()
    yes, rest = asked(watched, other.authority, third.authority)
    link_requests.say_yes(yes, other.child, by=other.desk.person, at=NOW)
    rest.refresh_from_db()
    assert (rest.status, rest.withdrawn_by) == ("withdrawn", None)
    assert not LinkMatter.objects.filter(ended_at=None).exists()
    with pytest.raises(IllegalMove, match="nobody asks any more"):
        link_requests.say_yes(rest, third.child, by=third.desk.person, at=NOW)


@pytest.mark.by_turns(8)
def test_the_asker_withdraws_with_a_reason_even_what_was_answered_and_is_not_told(
    client: Client, watched: Watched, other: Watched
) -> None:
    (row,) = asked(watched, other.authority)
    client.force_login(watched.worker)
    page = f"/children/{watched.child.reference}/links/ask/{row.pk}/withdraw/"
    link_requests.refuse(row, "no_such", note="By name", by=other.desk.person, at=NOW)
    assert client.post(page, {"why": " "}).status_code == 422
    with events(watched.child, "link_ask_withdrawn"):
        assert client.post(page, {"why": "zq-his-aunt"}).status_code == 302
    assert client.get(page).status_code == 404
    client.force_login(other.desk.person)
    read = client.get(f"/asked/{row.pk}/").content.decode()
    assert "no longer needed" in read
    assert "zq-his-aunt" not in read
    client.force_login(other.worker)
    assert client.get(page).status_code == 404


@pytest.mark.by_turns
def test_the_question_goes_with_the_child_who_asks(client: Client, watched: Watched, other: Watched) -> None:
    (row,) = asked(watched, other.authority)
    third = a_watched_child()
    gone_to(watched.child, third)
    client.force_login(third.worker)
    people = f"/children/{watched.child.reference}/people/"
    assert "was asked for <bdi>Tesfay</bdi>" in client.get(people).content.decode()
    client.force_login(other.desk.person)
    read = client.get(f"/asked/{row.pk}/").content.decode()
    assert third.authority.name in read
    assert watched.authority.name not in read
    client.force_login(watched.worker)
    assert client.get(people).status_code == 404


@pytest.mark.by_turns(8)
def test_a_council_hands_the_question_on_with_the_child_and_the_asker_reads_nothing_of_it(
    client: Client, watched: Watched, other: Watched
) -> None:
    (row,) = asked(watched, other.authority)
    third = a_watched_child()
    page = at_desk(watched)
    client.force_login(other.desk.person)
    words = "There is no child with this reference whom another council took over from yours"
    for none in (other.child, third.child):
        sent = client.post(page, {"answer": "passed", "reference": none.reference})
        assert words in sent.content.decode()
    gone_to(other.child, third)
    with events(other.child, "link_ask_passed"), events(watched.child):
        sent = client.post(page, {"answer": "passed", "reference": other.child.reference})
    assert sent.status_code == 302
    assert client.get(page).status_code == 404
    row.refresh_from_db()
    assert (row.authority, row.holder) == (other.authority, third.authority)
    assert stands(watched) == [Stands.WAITING]
    client.force_login(watched.worker)
    assert (
        third.authority.name
        not in client.get(f"/children/{watched.child.reference}/people/").content.decode()
    )
    client.force_login(third.desk.person)
    assert client.post(page, {"answer": "linked", "reference": other.child.reference}).status_code == 302
    assert stands(watched) == [Stands.LINKED]


@pytest.mark.by_turns
def test_the_successor_of_a_council_answers_what_it_was_asked(
    client: Client, watched: Watched, other: Watched
) -> None:
    asked(watched, other.authority)
    third = a_watched_child()
    other.authority.successors.add(third.authority)
    Authority.objects.filter(pk=other.authority.pk).update(valid_to=NOW.date())
    client.force_login(third.desk.person)
    assert "Tesfay" in client.get("/asked/").content.decode()
    page = at_desk(watched)
    assert client.post(page, {"answer": "linked", "reference": third.child.reference}).status_code == 302
    assert ChildLink.objects.count() == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", ["sibling", "same"])
def test_no_link_is_made_of_two_of_whom_another_link_says_that_one_may_be_a_danger(
    watched: Watched, other: Watched, kind: str
) -> None:
    (row,) = asked(watched, other.authority, said=replace(SAYS, kind=kind))
    danger = links.Claim(kind="companion", said_by="The driver", may_be_danger=True)
    links.say(watched.child, other.child, danger, by=watched.worker, at=NOW)
    with pytest.raises(IllegalMove, match="more is known of it"):
        link_requests.say_yes(row, other.child, by=other.desk.person, at=NOW)
    assert ChildLink.objects.count() == 1


@pytest.mark.by_turns(8)
def test_what_was_linked_meanwhile_is_that_link_and_none_that_was_found_not_so(
    watched: Watched, other: Watched
) -> None:
    (row,) = asked(watched, other.authority)
    claim = links.Claim(kind="sibling", said_by="The driver")
    stands_so = links.say(watched.child, other.child, claim, by=watched.worker, at=NOW)
    with transaction.atomic():
        assert link_requests.say_yes(row, other.child, by=other.desk.person, at=NOW) == stands_so
        transaction.set_rollback(True)
    links.check(stands_so, result="not_so", how="A test", may_be_danger=False, by=watched.worker, at=NOW)
    with refused(
        other.child, "These two are linked already, and more is known of it: ring the council that asks."
    ):
        link_requests.say_yes(row, other.child, by=other.desk.person, at=NOW)


@pytest.mark.by_turns
def test_a_closed_case_asks_nobody_and_is_found_by_nobody(watched: Watched, other: Watched) -> None:
    case_closed(watched.child, reason="Abroad", at=NOW)
    with pytest.raises(IllegalMove, match="closed"):
        asked(watched, other.authority)


@pytest.mark.by_turns(8)
def test_the_database_keeps_a_link_that_was_made_and_no_answer_without_anybody(
    watched: Watched, other: Watched
) -> None:
    (row,) = asked(watched, other.authority)
    for wrong in (
        {"status": "no_such"},
        {"status": "linked"},
        {"status": "withdrawn"},
        {"withdrawn_why": "x"},
        {"note": "x"},
        {"due_at": row.asked_at},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            LinkRequest.objects.filter(pk=row.pk).update(**wrong)
    link_requests.say_yes(row, other.child, by=other.desk.person, at=NOW)
    for changed in ({"due_at": NOW + 99 * DAY}, {"kind": "friend"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            LinkRequest.objects.filter(pk=row.pk).update(**changed)


@pytest.mark.by_turns
def test_the_list_asks_the_database_as_often_for_twenty_as_for_one(
    client: Client, watched: Watched, other: Watched
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get("/asked/").status_code == 200
        return len(found)

    client.force_login(other.desk.person)
    asked(watched, other.authority)
    queries()
    one = queries()
    for number in range(4):
        child = a_child(watched.authority, team=watched.team, worker=watched.worker)
        said = link_requests.Said(**vars(SAYS) | {"name": f"Name {number}"})
        given = {"together": uuid.uuid4(), "by": watched.worker, "at": NOW}
        link_requests.ask(child, said, of=[other.authority], **given)
    assert queries() == one


def test_the_settings_say_how_long_a_council_has() -> None:
    assert (settings.LINK_ANSWER_WORKING_DAYS, settings.LINK_URGENT_HOURS) == (5, 4)
