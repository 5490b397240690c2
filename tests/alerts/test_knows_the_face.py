"""Whoever knows the face or holds the photo is believed in the closer watch, whatever their part: it is said with a tick."""

import html
import re
import uuid
from datetime import timedelta

import pytest

from alerts import sweep
from alerts.models import Clock, DutyTask
from cases import clock, concerns
from cases.models import Contact
from tests.alerts.test_duty_desk import silent_until
from tests.factories import a_watched_child

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NONE = "It does not count as seen, and the clock goes on"


@pytest.fixture
def midday(now, monkeypatch):
    """Within the roll-call at midday, which a sighting meets."""
    midday = now.replace(hour=13)
    monkeypatch.setattr(clock, "now", lambda: midday)
    return midday


@pytest.fixture
def watched(midday):
    """In its first 72 hours."""
    return a_watched_child(at=midday - 3 * HOUR)


def due(watched):
    return Clock.objects.get(child=watched.child, kind="contact").due_at


def written(**given):
    """The teacher saw the child, as duty writes it down."""
    return {
        "outcome": "seen",
        "happened_at_when": "now",
        "who": "other",
        "witness": "M. Reid",
        "witness_role": "teacher",
        "means": "face_to_face",
        "once": str(uuid.uuid4()),
    } | given


def sent(client, person, address, answers):
    client.force_login(person)
    page = client.post(address, answers, follow=True)
    return page, " ".join(re.sub(r"<[^>]+>", "", html.unescape(page.content.decode())).split())


def check_in(client, watched, **given):
    return sent(
        client, watched.desk.person, f"/children/{watched.child.reference}/check-in/", written(**given)
    )


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "who", [{}, {"witness_role": "police"}, {"who": "me", "witness": "", "witness_role": ""}]
)
def test_ticked_on_a_check_in_the_word_of_anybody_moves_the_clock(client, watched, who):
    before = due(watched)
    _, words = check_in(client, watched, **who)
    assert NONE in words
    assert "knows the face or holds the photo" in words, "and it says why"
    assert due(watched) == before
    _, words = check_in(client, watched, knows_child="on", **who)
    assert NONE not in words
    assert due(watched) > before
    assert [one.knows_child for one in Contact.objects.order_by("pk")] == [False, True]
    client.force_login(watched.worker)
    story = client.get(f"/children/{watched.child.reference}/timeline/").content.decode()
    assert story.count("Said to know the face, or to hold the photo") == 1


@pytest.mark.by_turns
def test_a_button_of_whoever_is_not_taken_to_know_the_face_says_why_it_moved_no_clock(client, watched):
    address = f"/children/{watched.child.reference}/check-in/"
    _, words = sent(client, watched.desk.person, address, {"outcome": "saw", "once": uuid.uuid4()})
    assert NONE in words
    _, words = sent(client, watched.carer, address, {"outcome": "saw", "once": uuid.uuid4()})
    assert NONE not in words


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"outcome": "no_answer"}, "nobody was reached"),
        ({"who": "unknown"}, "nobody is named who saw the child"),
        ({"means": "live_video", "other_in_room": "on"}, "somebody else may have been in the room"),
        ({"means": "phone", "knows_child": "on"}, "in a stronger way than that"),
    ],
)
def test_what_moves_no_clock_says_why(client, watched, said, why):
    _, words = check_in(client, watched, **said)
    assert f"{NONE}: " in words
    assert why in words


@pytest.mark.by_turns(8)
def test_of_nobody_it_cannot_be_said_and_all_that_was_typed_is_kept(client, watched):
    page, words = check_in(client, watched, who="unknown", knows_child="on", note="At the gate")
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"knows_child"}
    assert "At the gate" in words
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_the_same_form_again_with_the_tick_is_other_words(client, watched):
    once = str(uuid.uuid4())
    check_in(client, watched, once=once)
    assert check_in(client, watched, once=once)[0].status_code == 200
    assert check_in(client, watched, once=once, knows_child="on")[0].status_code == 422
    assert Contact.objects.get().knows_child is False


@pytest.mark.by_turns
def test_ticked_after_a_call_to_the_home_it_answers_the_task(client, now):
    rung = silent_until("R1", now=now)
    task = DutyTask.objects.filter(kind=DutyTask.Kind.RING_HOME).latest("pk")
    said = {"children": rung.child.reference, "witness": "M. Reid", "witness_role": "teacher"}
    said |= {"seen_at_when": "now", "means": "face_to_face"}
    address = f"/duty/tasks/{task.pk}/seen/"
    _, words = sent(client, rung.desk.person, address, said | {"once": str(uuid.uuid4())})
    assert NONE in words
    assert "1 child of this call is still without a record" in words
    _, words = sent(
        client, rung.desk.person, address, said | {"once": str(uuid.uuid4()), "knows_child": "on"}
    )
    assert NONE not in words
    task.refresh_from_db()
    assert task.answer == "Seen by M. Reid"


@pytest.mark.by_turns(8)
def test_ticked_on_the_page_of_a_silence_it_ends_the_search_that_nobody_confirmed(client, now):
    rung = silent_until("R3", now=now)
    episode = rung.child.episodes.get()
    said = {"who": "other", "witness": "M. Reid", "witness_role": "teacher"}
    said |= {"means": "face_to_face", "seen_at_when": "now"}
    address = f"/missing/{episode.reference}/seen/"
    _, words = sent(client, rung.desk.person, address, said | {"once": str(uuid.uuid4())})
    assert NONE in words
    sent(client, rung.desk.person, address, said | {"once": str(uuid.uuid4()), "knows_child": "on"})
    sweep.sweep_all(now=now + MINUTE)
    episode.refresh_from_db()
    assert episode.outcome == "recording_late"


@pytest.mark.by_turns
def test_why_says_nothing_of_whom_a_child_is_kept_from(client, watched, midday):
    concerns.keep_from(
        watched.child, watched.guardian, reason="Named", by=watched.manager, at=midday - MINUTE
    )
    _, words = check_in(client, watched, witness=watched.guardian.name, witness_role="guardian")
    assert NONE not in words
