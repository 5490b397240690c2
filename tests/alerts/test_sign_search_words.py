"""A plate and a number are found wherever somebody wrote them down, and by nobody who may not know of it."""

import uuid
from collections.abc import Callable
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


def a_call(w: Watched, episode: MissingEpisode) -> None:
    who = {"direction": "in", "party": "Unknown man", "number": "", "answered_by": "Duty"}
    episodes.log_call(episode, **who, said=SAID, rung_at=AFTER, by=w.desk.person, at=AFTER)


def a_reply(w: Watched, episode: MissingEpisode) -> None:
    replies.tell(episode, SAID, force=w.force, key=uuid.uuid4(), by=w.officer, at=AFTER)


def reported(**said: object) -> Callable[[Watched, MissingEpisode], None]:
    return lambda w, episode: missing(w.child, by=w.worker, **said, at=AFTER)


def profiled(section: str, question: str) -> Callable[[Watched, MissingEpisode], None]:
    said = {"answers": {question: SAID}, "state": "in_progress", "version": 0}
    return lambda w, episode: find_me.write(w.child, section, **said, by=w.worker, at=AFTER)


def interviewed(**said: str) -> Callable[[Watched, MissingEpisode], None]:
    def write(w: Watched, episode: MissingEpisode) -> None:
        how = {"outcome": "held", "interviewer": "Petra Lorne", "independence": "independent"}
        how |= {"interpreter": "not_needed", "sharing": "yes", "after": "Slept until noon"} | said
        told(ended(episode, at=AT + HOUR), how, 0, w)

    return write


def told(episode: MissingEpisode, how: dict[str, str], version: int, w: Watched) -> None:
    row = Told(offered_at=AFTER, held_at=AFTER, **how)
    return_interviews.write(episode, row, version=version, by=w.worker, at=AFTER)


def a_prevention(w: Watched, episode: MissingEpisode) -> None:
    held = Held(held_at=AFTER, officer="PC Shah", force=w.force, seen_alone="yes", harm=SAID)
    back = ended(episode, at=AT + HOUR)
    prevention_interviews.write(back, held, version=0, by=w.worker, at=AFTER)


def an_answer(w: Watched, episode: MissingEpisode) -> None:
    came = triggers.record(
        [w.child], kind="approach", happens_at=AFTER, note="A man at the gate", by=w.worker, at=AFTER
    )
    rung = {"police_told": True, "police_reference": "1"}
    triggers.answer(came[0], answer=SAID, **rung, by=w.desk.person, at=AFTER)


def a_contact(w: Watched, episode: MissingEpisode) -> None:
    seen(w.child, by=w.worker, at=AFTER, mood="some", someone_new=True, note=SAID)


def a_note(w: Watched, episode: MissingEpisode) -> None:
    notes.write(w.child, text=SAID, by=w.worker, at=AFTER)


WRITTEN = {
    "call": a_call,
    "reply": a_reply,
    "report, with whom": reported(with_whom=SAID),
    "report, how": reported(travelling=SAID),
    "report, why worried": reported(why_worried=SAID),
    "report, a note to a question": reported(answers={"exploitation": {"said": "yes", "note": SAID}}),
    "friends": profiled("people", "friends"),
    "what makes it vulnerable": profiled("habits", "vulnerable"),
    "return interview, with whom": interviewed(with_whom=SAID),
    "return interview, what drew": interviewed(what_drew=SAID),
    "return interview, crimes": interviewed(crimes=SAID),
    "prevention interview": a_prevention,
    "answer to an approach": an_answer,
    "check-in": a_contact,
    "note": a_note,
}


@pytest.mark.usefixtures("episode")
def test_neither_is_found_before_somebody_writes_it(client: Client, watched: Watched) -> None:
    for query in QUERIES:
        assert "No match" in looked(client, watched.desk.person, query)


@pytest.mark.parametrize("where", WRITTEN)
def test_both_are_found_where_somebody_wrote_them_and_told_of_no_stranger(
    client: Client, watched: Watched, episode: MissingEpisode, where: str
) -> None:
    WRITTEN[where](watched, episode)
    other = a_watched_child(at=AT)
    for query in QUERIES:
        page = looked(client, watched.desk.person, query)
        assert SAID in page
        assert "On record 1 time" in page
        hidden = looked(client, other.desk.person, query)
        assert "A child whose record you may not read" in hidden
        for secret in (SAID, watched.child.reference, "Yonas", "Unknown man", "PC Shah"):
            assert secret not in hidden
    reads = AccessRecord.objects.filter(child=watched.child, page="signs", allowed=True)
    assert reads.filter(user=watched.desk.person, permission="see_record").count() == 2
    assert reads.filter(user=other.desk.person, permission="work_duty_desk").count() == 2


@pytest.mark.parametrize("where", ["call", "reply", "return interview, crimes", "check-in", "note"])
def test_from_whom_the_child_is_kept_and_to_whom_it_is_restricted_none_of_it_is_there(
    client: Client, watched: Watched, episode: MissingEpisode, where: str
) -> None:
    WRITTEN[where](watched, episode)
    off_shift = a_person(Role.DUTY_DESK, team=watched.desk.team)
    assert SAID in looked(client, off_shift, QUERIES[0])
    restrictions.restrict(watched.child, reason="A threat", named=[], by=watched.manager, at=NOW)
    assert "No match" in looked(client, off_shift, QUERIES[0])
    concerns.keep_from(watched.child, watched.desk.person, reason="His car", by=watched.manager, at=NOW)
    for query in QUERIES:
        assert "No match" in looked(client, watched.desk.person, query)


@pytest.mark.parametrize("query", ["GR33 NOV", "01632 960734", "AXLE"])
def test_another_plate_or_number_and_too_little_of_one_find_none_of_it(
    client: Client, watched: Watched, episode: MissingEpisode, query: str
) -> None:
    for write in (a_call, a_reply, a_note, a_contact, reported(with_whom=f"{SAID}. Axle broken")):
        write(watched, episode)
    assert "No match" in looked(client, watched.desk.person, query)


def test_what_no_longer_stands_is_no_match(client: Client, watched: Watched, episode: MissingEpisode) -> None:
    note = notes.write(watched.child, text=SAID, by=watched.worker, at=AFTER)
    notes.withdraw(note, reason="Of another child", by=watched.worker, at=AFTER)
    contact = seen(watched.child, by=watched.worker, at=AFTER, note=SAID)
    contacts.withdraw(contact, reason="Of another child", by=watched.worker, at=AFTER)
    interviewed(crimes=SAID)(watched, episode)
    how = {"outcome": "held", "interviewer": "Petra Lorne", "independence": "independent"}
    told(MissingEpisode.objects.get(), {**how, "interpreter": "not_needed", "crimes": "None"}, 1, watched)
    sent = {"episode": episode, "key": "k", "text": SAID, "received_at": AFTER}
    Reply.objects.create(**sent, automatic=True)
    for query in QUERIES:
        assert "No match" in looked(client, watched.desk.person, query)


def test_of_an_interview_the_answers_are_shown_in_which_it_stands(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    interviewed(crimes=SAID)(watched, episode)
    page = looked(client, watched.desk.person, QUERIES[0])
    assert SAID in page
    assert "Slept until noon" not in page


def test_the_questions_of_a_form_are_no_words_of_anybody(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    reported(answers={"exploitation": {"said": "yes", "note": SAID}})(watched, episode)
    profiled("people", "friends")(watched, episode)
    for query in ("EXPLOITATION", "FRIENDS"):
        assert "No match" in looked(client, watched.desk.person, query)


def test_why_something_is_on_the_list_of_concern_is_found_and_told_to_its_own_council(
    client: Client, watched: Watched
) -> None:
    row = listing.Told(kind="person", text="Uncle Ray", why=SAID, source="Police", for_force=True)
    listing.note(watched.authority, row, key=uuid.uuid4(), by=watched.desk.person, at=NOW)
    other = a_watched_child(at=AT)
    for query in QUERIES:
        assert f"Uncle Ray – {SAID}" in looked(client, watched.desk.person, query)
        hidden = looked(client, other.desk.person, query)
        assert "On a list of concern" in hidden
        assert "Uncle Ray" not in hidden


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
