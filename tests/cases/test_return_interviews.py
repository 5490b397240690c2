"""The return interview: versions that stay, what is needed of one that was held or not wanted, and the drafts of it."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from cases import episodes, return_interviews
from cases.models import ReturnInterview
from cases.return_interviews import Told
from tests.cases.expectations import events, refused
from tests.factories import AT, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NOW = AT + 4 * HOUR
BACK = NOW + HOUR
HELD = Told(
    offered_at=BACK + HOUR,
    outcome="held",
    interviewer="Dina Sorrel",
    independence="independent",
    interpreter="present",
    interpreter_name="Amal, Tigrinya",
    held_at=BACK + 2 * HOUR,
    with_whom="A man with a grey van",
    intelligence="Grey van, plate begins NM",
    sharing="yes",
)


@pytest.fixture
def w():
    return a_watched_child()


@pytest.fixture
def episode(w):
    return ended(missing(w.child, by=w.worker, at=NOW), at=BACK)


@pytest.mark.by_turns
def test_an_interview_is_written_once_and_sent_twice_is_still_one(w, episode):
    with events(w.child, "return_interview_written") as written:
        row = return_interviews.write(episode, HELD, version=0, by=w.worker, at=BACK + 3 * HOUR)
    again = return_interviews.write(episode, HELD, version=0, by=w.worker, at=BACK + 3 * HOUR)
    assert again == row
    assert "van" not in str(written[0].data)


@pytest.mark.by_turns
def test_a_correction_keeps_what_stood(w, episode):
    return_interviews.write(episode, HELD, version=0, by=w.worker, at=BACK + 3 * HOUR)
    better = replace(HELD, with_whom="A man with a white van", key=Told(offered_at=BACK, outcome="held").key)
    with events(w.child, "return_interview_corrected"):
        return_interviews.write(episode, better, version=1, by=w.manager, at=BACK + 4 * HOUR)
    rows = ReturnInterview.objects.filter(episode=episode)
    assert [row.with_whom for row in rows] == ["A man with a grey van", "A man with a white van"]
    assert return_interviews.latest(episode).version == 2
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        rows.update(with_whom="Nobody")


@pytest.mark.by_turns
def test_two_writers_do_not_overwrite_each_other(w, episode):
    return_interviews.write(episode, HELD, version=0, by=w.worker, at=BACK + 3 * HOUR)
    other = replace(HELD, key=Told(offered_at=BACK, outcome="held").key)
    with refused(w.child, "Somebody has written this interview since you opened it. Open it again."):
        return_interviews.write(episode, other, version=0, by=w.manager, at=BACK + 4 * HOUR)


@pytest.mark.by_turns(8)
def test_what_is_concluded_does_not_become_an_open_offer_again(w, episode):
    return_interviews.write(episode, HELD, version=0, by=w.worker, at=BACK + 3 * HOUR)
    words = "It is written already that the interview was held, or that the child did not want it."
    with refused(w.child, words):
        waiting = Told(offered_at=BACK + HOUR, outcome="waiting")
        return_interviews.write(episode, waiting, version=1, by=w.worker, at=BACK + 4 * HOUR)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"outcome": ""}, "Select what came of the offer."),
        ({"held_at": None}, "Enter when the interview was held."),
        ({"interviewer": " "}, "Enter who held the interview."),
        ({"independence": ""}, "Select whether the interviewer is independent."),
        ({"independence": "nobody_else"}, "Enter why nobody independent could be had."),
        (
            {"not_independent_why": "The service is full"},
            "Why nobody independent could be had is said of an interviewer who is not.",
        ),
        ({"interpreter": ""}, "Select whether an interpreter was there."),
        (
            {"outcome": "did_not_want", "held_at": None},
            "Enter in words why the child did not want to talk.",
        ),
        ({"outcome": "waiting"}, "Only an interview that took place has a time."),
        ({"held_at": BACK + 30 * HOUR}, "The times of offer and interview must be now or in the past."),
        ({"offered_at": AT - HOUR}, "The interview was offered after the episode began."),
        ({"held_at": BACK}, "The interview was held after it was offered, or with the offer."),
    ],
)
def test_what_an_interview_cannot_go_without(w, episode, change, words):
    with refused(w.child, words):
        return_interviews.write(episode, replace(HELD, **change), version=0, by=w.worker, at=BACK + 3 * HOUR)


@pytest.mark.by_turns(8)
def test_there_is_no_interview_while_the_child_is_missing_or_after_a_death(w):
    running = missing(w.child, by=w.worker, at=NOW)
    with refused(w.child, "The interview is about an episode that has ended."):
        return_interviews.write(running, HELD, version=0, by=w.worker, at=BACK + 3 * HOUR)
    died = ended(running, outcome="died", at=BACK)
    with refused(w.child, "This child has died."):
        return_interviews.write(died, HELD, version=0, by=w.worker, at=BACK + 3 * HOUR)
    said = {"told_by": "Sgt Vale", "reason": "The prints are those of another"}
    episodes.was_another(died, **said, seconded_by=w.manager, by=w.desk.person, at=BACK + 3 * HOUR)
    with refused(w.child, "The death of another child ended this search: nobody is back to be asked."):
        return_interviews.write(died, HELD, version=0, by=w.worker, at=BACK + 4 * HOUR)


@pytest.mark.by_turns(8)
def test_the_database_keeps_an_interview_that_nobody_held_out(w, episode):
    row = {"episode": episode, "version": 1, "offered_at": BACK, "recorded_at": BACK, "recorded_by": w.worker}
    held = {"outcome": "held", "held_at": BACK, "interviewer": "Dina Sorrel", "interpreter": "present"}
    last_resort = held | {"independence": "nobody_else"}
    for wrong in ({"outcome": "held"}, {"outcome": "did_not_want"}, last_resort):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReturnInterview.objects.create(**row, **wrong)


@pytest.mark.by_turns(8)
def test_what_was_marked_by_mistake_is_withdrawn_with_who_and_why_and_the_offer_stands_again(w, episode):
    with refused(w.child, "Nothing says that this interview was held or not wanted."):
        return_interviews.withdraw(episode, version=0, reason="A slip", by=w.worker, at=BACK + HOUR)
    offer = Told(offered_at=BACK + HOUR, outcome="waiting", interviewer="Dina Sorrel")
    return_interviews.write(episode, offer, version=0, by=w.worker, at=BACK + HOUR)
    return_interviews.write(episode, HELD, version=1, by=w.worker, at=BACK + 3 * HOUR)
    with refused(w.child, "Enter why this interview is withdrawn."):
        return_interviews.withdraw(episode, version=2, reason=" ", by=w.worker, at=BACK + 4 * HOUR)
    with refused(w.child, "Somebody has written this interview since you opened it. Read it first."):
        return_interviews.withdraw(episode, version=1, reason="A slip", by=w.worker, at=BACK + 4 * HOUR)
    with events(w.child, "return_interview_withdrawn"):
        row = return_interviews.withdraw(
            episode, version=2, reason="Of another child", by=w.manager, at=BACK + 4 * HOUR
        )
    assert (row.version, row.withdrawn_by, row.withdrawn_reason) == (2, w.manager, "Of another child")
    assert return_interviews.latest(episode).version == 1
    with refused(w.child, "What you write has been withdrawn since. Open the interview again to write it."):
        return_interviews.write(episode, HELD, version=1, by=w.worker, at=BACK + 5 * HOUR)
    with refused(w.child, "Somebody has written this interview since you opened it. Open it again."):
        again = replace(HELD, key=uuid4())
        return_interviews.write(episode, again, version=2, by=w.worker, at=BACK + 5 * HOUR)
    assert return_interviews.write(episode, again, version=1, by=w.worker, at=BACK + 5 * HOUR).version == 3
    for attack in ({"withdrawn_reason": "Another"}, {"outcome": "waiting"}):
        with pytest.raises(Exception, match=r"append-only|permission denied"), transaction.atomic():
            ReturnInterview.objects.filter(pk=row.pk).update(**attack)
