"""What nobody can tell by trying: a link that they are not told of; and what a desk reads and hands on."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from cases import clock, concerns, link_requests, responsibilities
from cases.models import Authority, LinkRequest, Team
from cases.states import IllegalMove
from tests.factories import AT, Watched, a_watched_child

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 30 * HOUR
SAYS = link_requests.Said(kind="sibling", name="Tesfay", said_by="The child", why="It says so")


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def other() -> Watched:
    return a_watched_child()


def asked(w: Watched, *of: Watched, at: datetime = NOW) -> list[LinkRequest]:
    councils = [one.authority for one in of]
    return link_requests.ask(w.child, SAYS, of=councils, together=uuid.uuid4(), by=w.worker, at=at)


@pytest.mark.by_turns
@pytest.mark.parametrize("answer", ["linked", "no_such"])
def test_whoever_is_not_told_of_a_link_cannot_tell_it_by_asking_again_or_by_asking_no_more(
    client: Client, watched: Watched, other: Watched, answer: str
) -> None:
    (row,) = asked(watched, other)
    concerns.keep_from(other.child, watched.worker, reason="A relative", by=other.manager, at=NOW)
    if answer == "linked":
        link_requests.say_yes(row, other.child, by=other.desk.person, at=NOW)
    else:
        link_requests.refuse(row, answer, note="By name", by=other.desk.person, at=NOW)
    client.force_login(watched.worker)
    reference = watched.child.reference
    again: dict[str, Any] = {
        "known": "yes",
        "council": other.authority.pk,
        "why": "It says so",
        "kind": "sibling",
        "name": "Tesfay",
        "said_by": "The child",
        "danger": "no",
        "once": str(uuid.uuid4()),
    }
    refusal = client.post(f"/children/{reference}/links/ask/", again)
    assert refusal.status_code == 422
    assert "This council is asked about this child already." in refusal.content.decode()
    page = f"/children/{reference}/links/ask/{row.pk}/withdraw/"
    sent = client.post(page, {"why": "An aunt knows"}, follow=True)
    assert sent.redirect_chain
    assert "Withdrawn. The desk that was asked hears that it is over." in sent.content.decode()
    assert client.get(page).status_code == 404
    again["once"] = str(uuid.uuid4())
    assert client.post(f"/children/{reference}/links/ask/", again).status_code == 302


def test_a_question_is_handed_on_by_nobody_who_is_kept_from_the_child_and_to_no_council_without_a_desk(
    client: Client, watched: Watched, other: Watched
) -> None:
    (row,) = asked(watched, other)
    third = a_watched_child()
    work = (third.team, third.worker)
    responsibilities.start(other.child, authority=third.authority, work_of=work, by=third.manager, at=NOW)
    concerns.keep_from(other.child, other.desk.person, reason="A relative", by=third.manager, at=NOW)
    client.force_login(other.desk.person)
    sent = client.post(f"/asked/{row.pk}/", {"answer": "passed", "reference": other.child.reference})
    words = "There is no child with this reference whom another council took over from yours"
    assert words in sent.content.decode()
    Team.objects.filter(authority=third.authority).update(kind=Team.Kind.SOCIAL_WORK)
    with pytest.raises(IllegalMove, match="took over from yours"):
        link_requests.pass_on(row, other.child, by=other.desk.second, at=NOW)
    row.refresh_from_db()
    assert row.holder == other.authority


@pytest.mark.by_turns
@pytest.mark.parametrize("answers", [True, False])
def test_a_question_is_handed_to_one_that_has_ended_where_the_desk_of_whoever_answers_for_it_stands(
    client: Client, watched: Watched, other: Watched, answers: bool
) -> None:
    """The reference list has ended it, its child has not passed on yet, and its desk works for another by now."""
    (row,) = asked(watched, other)
    third, fourth = a_watched_child(), a_watched_child()
    work = (third.team, third.worker)
    responsibilities.start(other.child, authority=third.authority, work_of=work, by=third.manager, at=NOW)
    Team.objects.filter(pk=third.desk.team.pk).update(authority=fourth.authority)
    if not answers:
        with pytest.raises(IllegalMove, match="took over from yours"):
            link_requests.pass_on(row, other.child, by=other.desk.person, at=NOW)
        return
    Authority.objects.filter(pk=third.authority.pk).update(valid_to=NOW.date())
    third.authority.successors.add(fourth.authority)
    link_requests.pass_on(row, other.child, by=other.desk.person, at=NOW)
    row.refresh_from_db()
    assert row.holder == third.authority
    client.force_login(fourth.desk.person)
    assert client.get(f"/asked/{row.pk}/").status_code == 200
    client.force_login(other.desk.person)
    assert client.get(f"/asked/{row.pk}/").status_code == 404


@pytest.mark.by_turns
def test_a_desk_reads_by_when_it_is_to_answer_and_not_when_the_asker_is_told(
    client: Client, watched: Watched, other: Watched
) -> None:
    (row,) = asked(watched, other)
    (first,) = asked(a_watched_child(), other, at=AT + HOUR)
    limit = row.due_at
    assert first.due_at < limit
    # As it was with the council that handed it on.
    LinkRequest.objects.filter(pk=row.pk).update(due_at=NOW + HOUR)
    client.force_login(other.desk.person)
    page = client.get("/asked/")
    assert [line[0] for line in page.context["lines"]] == [first, row]
    assert page.context["lines"][1][3] == limit
    assert client.get(f"/asked/{row.pk}/").context["limit"] == limit
