"""A plate and a number are found wherever somebody wrote them down, and by nobody who may not know of it."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import replies
from alerts.models import Reply
from cases import (
    clock,
    concerns,
    contacts,
    episodes,
    find_me,
    notes,
    prevention_interviews,
    restrictions,
    return_interviews,
    triggers,
)
from cases import signs as listing
from cases.models import AccessRecord, MissingEpisode, Role
from cases.prevention_interviews import Held
from cases.return_interviews import Told
from cases.search import signs
from tests.factories import AT, Watched, a_person, a_watched_child, ended, missing, seen

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
AFTER = AT + 2 * HOUR
NOW = AT + 5 * HOUR
SAID = "A man in a grey Golf GR33 NOW; he rang on 01632 960 733"
QUERIES = ("gr33now", "+44 1632 960733")


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT - timedelta(days=60), given_name="Yonas")


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    return missing(watched.child, by=watched.worker, at=AT)


def looked(client: Client, person: object, query: str) -> str:
    client.force_login(person)
    return client.get(reverse("signs"), {"q": query}).content.decode()


@pytest.fixture
def other(watched: Watched) -> Watched:
    """A child of another council."""
    return a_watched_child(at=AT)


def a_call(w: Watched, episode: MissingEpisode, said: str = SAID) -> None:
    who = {"direction": "in", "party": "Unknown man", "number": "", "answered_by": "Duty"}
    episodes.log_call(episode, **who, said=said, rung_at=AFTER, by=w.desk.person, at=AFTER)


def a_reply(w: Watched, episode: MissingEpisode, said: str = SAID) -> None:
    replies.tell(episode, said, force=w.force, key=uuid.uuid4(), by=w.officer, at=AFTER)


def a_contact(w: Watched, episode: MissingEpisode, said: str = SAID) -> None:
    seen(w.child, by=w.worker, at=AFTER, mood="some", someone_new=True, note=said)


def a_note(w: Watched, episode: MissingEpisode, said: str = SAID) -> None:
    notes.write(w.child, text=said, by=w.worker, at=AFTER)


def interviewed(w: Watched, back: MissingEpisode, *, version: int = 0, **said: str) -> None:
    how = {"outcome": "held", "interviewer": "Petra Lorne", "independence": "independent"}
    how |= {"interpreter": "not_needed", "sharing": "yes", "after": "Slept until noon"} | said
    row = Told(offered_at=AFTER, held_at=AFTER, **how)
    return_interviews.write(back, row, version=version, by=w.worker, at=AFTER)


# Where somebody writes it; one row may be written in several of these.
WRITTEN = (
    "call",
    "reply",
    "report, with whom",
    "report, how",
    "report, why worried",
    "report, a note to a question",
    "friends",
    "what makes it vulnerable",
    "return interview, with whom",
    "return interview, what drew",
    "return interview, crimes",
    "prevention interview",
    "answer to an approach",
    "check-in",
    "note",
)
# What one report says is a row, and what one interview says.
ROWS = len(WRITTEN) - 3 - 2


def said_in(where: str) -> str:
    """The words that stand there and nowhere else; they name none of these places."""
    return f"{SAID}, as heard by witness {WRITTEN.index(where) + 1:02}."


@pytest.fixture
def written(watched: Watched, episode: MissingEpisode) -> MissingEpisode:
    """It is written everywhere."""
    w, by = watched, {"by": watched.worker, "at": AFTER}
    a_call(w, episode, said_in("call"))
    a_reply(w, episode, said_in("reply"))
    missing(
        w.child,
        with_whom=f"{said_in('report, with whom')} Axle broken",
        travelling=said_in("report, how"),
        why_worried=said_in("report, why worried"),
        answers={"exploitation": {"said": "yes", "note": said_in("report, a note to a question")}},
        **by,
    )
    for section, question, where in (
        ("people", "friends", "friends"),
        ("habits", "vulnerable", "what makes it vulnerable"),
    ):
        answers = {question: said_in(where)}
        find_me.write(w.child, section, answers=answers, state="in_progress", version=0, **by)
    (came,) = triggers.record(
        [w.child], kind="approach", happens_at=AFTER, note="A man at the gate", by=w.worker, at=AFTER
    )
    rung = {"police_told": True, "police_reference": "1"}
    triggers.answer(came, answer=said_in("answer to an approach"), **rung, by=w.desk.person, at=AFTER)
    a_contact(w, episode, said_in("check-in"))
    a_note(w, episode, said_in("note"))
    back = ended(MissingEpisode.objects.get(), at=AT + HOUR)
    fields = {"with_whom": "with whom", "what_drew": "what drew", "crimes": "crimes"}
    told = {field: said_in(f"return interview, {where}") for field, where in fields.items()}
    interviewed(w, back, **told)
    harm = said_in("prevention interview")
    held = Held(held_at=AFTER, officer="PC Shah", force=w.force, seen_alone="yes", harm=harm)
    prevention_interviews.write(back, held, version=0, **by)
    return back


@pytest.mark.by_turns
@pytest.mark.usefixtures("episode")
def test_neither_is_found_before_somebody_writes_it(client: Client, watched: Watched) -> None:
    for query in QUERIES:
        assert "No match" in looked(client, watched.desk.person, query)


@pytest.mark.by_turns
@pytest.mark.usefixtures("written")
def test_both_are_found_wherever_somebody_wrote_them_and_told_of_no_stranger(
    client: Client, watched: Watched, other: Watched
) -> None:
    for query in QUERIES:
        page = looked(client, watched.desk.person, query)
        assert [where for where in WRITTEN if page.count(said_in(where)) != 1] == [], query
        assert f"On record {ROWS} times" in page
        assert "Slept until noon" not in page, "of an interview the answers are shown in which it stands"
        hidden = looked(client, other.desk.person, query)
        assert hidden.count(">A child whose record you may not read</td>") == ROWS
        for secret in (SAID, watched.child.reference, "Yonas", "Unknown man", "PC Shah"):
            assert secret not in hidden
    reads = AccessRecord.objects.filter(child=watched.child, page="signs", allowed=True)
    assert reads.filter(user=watched.desk.person, permission="see_record").count() == 2
    assert reads.filter(user=other.desk.person, permission="work_duty_desk").count() == 2


@pytest.mark.by_turns(8)
@pytest.mark.usefixtures("written")
def test_from_whom_the_child_is_kept_and_to_whom_it_is_restricted_none_of_it_is_there(
    client: Client, watched: Watched
) -> None:
    off_shift = a_person(Role.DUTY_DESK, team=watched.desk.team)
    assert f"On record {ROWS} times" in looked(client, off_shift, QUERIES[0])
    restrictions.restrict(watched.child, reason="A threat", named=[], by=watched.manager, at=NOW)
    assert "No match" in looked(client, off_shift, QUERIES[0])
    concerns.keep_from(watched.child, watched.desk.person, reason="His car", by=watched.manager, at=NOW)
    for query in QUERIES:
        assert "No match" in looked(client, watched.desk.person, query)


@pytest.mark.by_turns
@pytest.mark.usefixtures("written")
def test_another_plate_or_number_too_little_of_one_and_the_questions_of_a_form_find_none_of_it(
    client: Client, watched: Watched
) -> None:
    for query in ("GR33 NOV", "01632 960734"):
        assert "No match" in looked(client, watched.desk.person, query), query
    for word in ("AXLE", "EXPLOITATION", "FRIENDS"):
        assert signs.find(watched.desk.person, plate=word, phone="", at=NOW).matches == (), word


@pytest.mark.by_turns(8)
def test_what_no_longer_stands_is_no_match(client: Client, watched: Watched, episode: MissingEpisode) -> None:
    note = notes.write(watched.child, text=SAID, by=watched.worker, at=AFTER)
    notes.withdraw(note, reason="Of another child", by=watched.worker, at=AFTER)
    contact = seen(watched.child, by=watched.worker, at=AFTER, note=SAID)
    contacts.withdraw(contact, reason="Of another child", by=watched.worker, at=AFTER)
    back = ended(episode, at=AT + HOUR)
    interviewed(watched, back, crimes=SAID)
    interviewed(watched, MissingEpisode.objects.get(), version=1, crimes="None")
    sent = {"episode": episode, "key": "k", "text": SAID, "received_at": AFTER}
    Reply.objects.create(**sent, automatic=True)
    for query in QUERIES:
        assert "No match" in looked(client, watched.desk.person, query)


@pytest.mark.by_turns(8)
def test_why_something_is_on_the_list_of_concern_is_found_and_told_to_its_own_council(
    client: Client, watched: Watched, other: Watched
) -> None:
    row = listing.Told(kind="person", text="Uncle Ray", why=SAID, source="Police", for_force=True)
    listing.note(watched.authority, row, key=uuid.uuid4(), by=watched.desk.person, at=NOW)
    for query in QUERIES:
        assert f"Uncle Ray – {SAID}" in looked(client, watched.desk.person, query)
        hidden = looked(client, other.desk.person, query)
        assert "On a list of concern" in hidden
        assert "Uncle Ray" not in hidden


@pytest.mark.by_turns
def test_it_asks_as_many_questions_for_three_lines_as_for_one(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert SAID in looked(client, watched.desk.person, QUERIES[0])
        return len(asked)

    for write in (a_call, a_reply, a_note, a_contact):
        write(watched, episode)
    looked(client, watched.desk.person, QUERIES[0])
    one = questions()
    for _number in range(2):
        for write in (a_call, a_reply, a_note, a_contact):
            write(watched, episode)
    assert questions() == one
