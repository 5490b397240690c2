"""Somebody came, or a day to watch for: the closer watch begins at once, and duty is told until somebody answers."""

import re
import uuid
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from alerts import ending_questions, sweep, watching
from alerts.emails.composition import compose, compose_text
from alerts.models import Alert, Clock, Message
from cases import clock, contacts, triggers
from cases.models import Child, Contact, Document, Trigger
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_when
from cases.triggers import Stranger
from tests.alerts.outgoing import catch, send_all, tick
from tests.factories import AT, Watched, a_child, a_picture, a_watched_child, case_closed, placed, seen

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
REFERENCE = {"police": "yes", "police_reference": "CAD 4471"}
# Long after the first thirty days, so that the ordinary row alone is on.
BEFORE = AT - timedelta(days=60)
NOW = AT + 3 * HOUR


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child(at=BEFORE, given_name="Yonas")
    seen(found.child, by=found.carer, at=NOW - HOUR)
    seen(found.child, by=found.worker, at=NOW - HOUR / 2)
    return found


def rows_at(watched: Watched, at: datetime) -> set[str]:
    applies = watching.watch([watched.child.pk], at=at)[watched.child.pk].applies
    return {a.row.key for a in applies if a.starts_at <= at and (a.ends_at is None or at < a.ends_at)}


def came(watched: Watched, *others, at: datetime = NOW, **fields) -> list[Trigger]:
    said = {
        "kind": "approach",
        "happens_at": at,
        "note": "A man waited at the gate",
        "by": watched.carer,
        "at": at,
    }
    return triggers.record([watched.child, *others], **(said | fields))


def answered(trigger: Trigger, answer: str, *, at: datetime, **police) -> Trigger:
    of_police = {"police_told": True, "police_reference": "CAD 4471"} | police
    return triggers.answer(trigger, answer=answer, **of_police, by=trigger.recorded_by, at=at)


def told() -> list[tuple[str, str]]:
    return sorted(
        set(Message.objects.filter(items__alert__clock__kind="approach").values_list("post", "channel"))
    )


@pytest.mark.by_turns
def test_for_72_hours_the_child_is_watched_as_in_the_first_30_days(watched: Watched) -> None:
    assert "first_30_days" not in rows_at(watched, NOW)
    came(watched)
    assert "first_30_days" in rows_at(watched, NOW)
    assert "first_30_days" in rows_at(watched, NOW + 71 * HOUR)
    assert "first_30_days" not in rows_at(watched, NOW + 73 * HOUR)


@pytest.mark.by_turns
def test_what_is_entered_of_the_past_makes_nothing_owed_before_it_was_known(watched: Watched) -> None:
    came(watched, happens_at=NOW - 60 * HOUR)
    assert Clock.objects.get(child=watched.child, kind="contact").due_at > NOW
    sweep.sweep_all(now=NOW)
    assert not Alert.objects.open().filter(child=watched.child, clock__kind="contact").exists()


@pytest.mark.by_turns(8)
def test_duty_and_worker_are_told_at_once_and_until_somebody_says_what_was_done(watched: Watched) -> None:
    (trigger,) = came(watched)
    sweep.sweep_all(now=NOW)
    assert told() == [("area_force", "mail"), ("duty", "mail"), ("duty", "text"), ("worker", "mail")]
    answered(trigger, "Rang the police, he has gone", at=NOW + HOUR)
    sweep.sweep_all(now=NOW + HOUR)
    assert not Alert.objects.open().filter(clock__kind="approach").exists()
    with pytest.raises(IllegalMove, match="answered this already"):
        answered(trigger, "Again", at=NOW + HOUR)


@pytest.mark.by_turns
@pytest.mark.parametrize("kind", ["approach", "concern"])
def test_what_nobody_answers_reaches_manager_and_second_person_and_then_the_head(
    watched: Watched, kind: str
) -> None:
    def posts() -> set[str]:
        ours = Message.objects.filter(items__alert__clock__kind=kind, wording=f"duty_{kind}")
        return set(ours.values_list("post", flat=True))

    if kind == "approach":
        came(watched)
    else:
        concerned(watched)
    sweep.sweep_all(now=NOW)
    sweep.sweep_all(now=NOW + HOUR / 2 - timedelta(seconds=1))
    assert posts() == {"duty"}
    sweep.sweep_all(now=NOW + HOUR / 2)
    assert posts() == {"duty", "manager", "second"}
    (text,) = Message.objects.filter(wording=f"duty_{kind}", post="manager", channel="text")
    assert "Nobody on duty has written yet what was done" in compose_text(text, now=NOW + HOUR / 2)
    sweep.sweep_all(now=NOW + 24 * HOUR)
    assert posts() == {"duty", "manager", "second", "head"}


@pytest.mark.by_turns
def test_a_later_visitor_puts_nothing_off_that_waits_for_the_first(watched: Watched) -> None:
    first, _ = came(watched)[0], came(watched, at=NOW + HOUR / 3, note="He was there again")
    sweep.sweep_all(now=NOW + HOUR / 2)
    posts = set(Message.objects.filter(wording="duty_approach").values_list("post", flat=True))
    assert posts == {"duty", "manager", "second"}
    answered(first, "He is the neighbour", at=NOW + HOUR, police_told=False)
    assert Alert.objects.open().filter(clock__kind="approach").exists(), "the other is unanswered"


@pytest.mark.by_turns(8)
def test_while_a_visitor_is_unanswered_a_later_one_ends_nothing_for_anybody(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch(monkeypatch)

    def goes_on(at: datetime) -> None:
        for _again in range(2):
            sweep.sweep_all(now=at)
        send_all(now=at)

    (first,) = came(watched)
    goes_on(NOW)
    goes_on(NOW + HOUR / 2)
    (second,) = came(watched, at=NOW + HOUR, note="He was there again")
    goes_on(NOW + HOUR)
    ours = Message.objects.filter(items__alert__clock__kind="approach")
    assert not ours.filter(kind="ending").exists()
    for post in ("duty", "manager"):
        assert ours.filter(channel="text", post=post).distinct().count() == 2, "each is told"
    assert not list(ending_questions._told_and_not_ended(NOW + 2 * HOUR))
    for trigger in (first, second):
        answered(trigger, "He is the neighbour", at=NOW + 2 * HOUR)
    goes_on(NOW + 2 * HOUR)
    told = set(ours.exclude(kind="ending").values_list("recipient", flat=True))
    assert told == set(ours.filter(kind="ending").values_list("recipient", flat=True))
    assert not list(ending_questions._told_and_not_ended(NOW + 4 * HOUR))


@pytest.mark.by_turns
def test_the_desk_shows_who_came_until_somebody_says_what_was_done(client: Client, watched: Watched) -> None:
    client.force_login(watched.desk.person)
    desk = reverse("duty_desk")
    assert "Somebody came, rang or waited" not in client.get(desk).content.decode()
    (trigger,) = came(watched, note="A man at the gate asked for him", stranger=Stranger(vehicle="grey Audi"))
    page = client.get(desk).content.decode()
    where = reverse("trigger_answer", args=[watched.child.reference, trigger.key])
    assert "A man at the gate asked for him" in page
    assert f'href="{where}"' in page
    assert "1 visitor or caller" in page
    assert "asked for him – grey Audi" in page
    assert "asked for him – grey Audi" in client.get(where).content.decode()
    client.post(where, {"answer": "He has gone", **REFERENCE})
    assert "Somebody came, rang or waited" not in client.get(desk).content.decode()


@pytest.mark.by_turns
def test_the_mail_about_who_came_leads_to_the_child_and_calls_nothing_owed(watched: Watched) -> None:
    came(watched)
    sweep.sweep_all(now=NOW)
    mails = Message.objects.filter(items__alert__clock__kind="approach", channel="mail")
    mails = mails.exclude(post="area_force")
    assert len(mails) == 2
    for mail in mails:
        text = compose(mail, now=NOW).text
        assert reverse("child", args=[watched.child.reference]) in text
        assert "entered at" in text
        assert "due by" not in text


@pytest.mark.by_turns
def test_a_day_to_watch_for_tells_nobody_and_begins_72_hours_before(watched: Watched) -> None:
    came(watched, kind="age", happens_at=NOW + 100 * HOUR, note="Age decision expected")
    sweep.sweep_all(now=NOW)
    assert told() == []
    assert "first_30_days" not in rows_at(watched, NOW + 27 * HOUR)
    assert "first_30_days" in rows_at(watched, NOW + 29 * HOUR)


@pytest.mark.by_turns
def test_who_came_may_be_told_weeks_later_to_duty_and_to_whoever_searches(watched: Watched) -> None:
    (late,) = came(
        watched,
        happens_at=NOW - 500 * HOUR,
        note="The child tells of a car that waited",
        stranger=Stranger(vehicle="grey van", plate="NM19 KLP"),
    )
    sweep.sweep_all(now=NOW)
    assert told()
    assert Clock.objects.get(child=watched.child, kind="approach").next_at is not None
    assert "first_30_days" not in rows_at(watched, NOW + HOUR)
    assert Trigger.objects.filter(plate_key=late.plate_key).exists()
    answered(late, "The force has the plate", at=NOW + HOUR)
    sweep.sweep_all(now=NOW + HOUR)
    assert not Alert.objects.open().filter(clock__kind="approach").exists()


def test_a_trigger_needs_words_and_a_time_that_matters(watched: Watched) -> None:
    for fields, words in (
        ({"note": " "}, "Enter what happened"),
        ({"kind": "move", "happens_at": NOW - 80 * HOUR}, "more than 72 hours ago"),
        ({"happens_at": NOW - 9000 * HOUR}, "more than a year ago"),
        ({"happens_at": NOW + HOUR}, "now or in the past"),
        ({"kind": "move", "happens_at": NOW + timedelta(days=400)}, "less than a year"),
    ):
        with pytest.raises(IllegalMove, match=words):
            came(watched, **fields)
    assert not Trigger.objects.exists()


@pytest.mark.by_turns
def test_staff_enter_it_for_the_whole_house_and_the_same_form_twice_is_once(
    client: Client, watched: Watched
) -> None:
    other = placed(a_child(watched.authority, at=BEFORE), watched.home, at=BEFORE).child
    far = a_watched_child(at=BEFORE)
    client.force_login(watched.carer)
    assert "Visitor" in client.get(reverse("roll_call", args=[watched.home.pk])).content.decode()
    where = reverse("trigger_new", args=[watched.child.reference])
    given = {"kind": "approach", "note": "A grey van at night", "vehicle": "Grey van, AB12 CDE"}
    given |= {"happens_at_when": "now", "whole_house": "on", "once": str(uuid.uuid4())}
    assert client.post(where, given | {"note": ""}).status_code == 422
    for _again in range(2):
        answer = client.post(where, given)
        assert answer.status_code == 302, answer.content.decode()
    assert set(Trigger.objects.values_list("child", flat=True)) == {watched.child.pk, other.pk}
    assert far.child.pk not in set(Trigger.objects.values_list("child", flat=True))
    client.force_login(watched.worker)
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "A grey van at night" in page
    assert "Say what was done" in page


@pytest.mark.by_turns(8)
def test_a_day_to_come_is_entered_on_the_page_and_somebody_who_came_is_not_of_tomorrow(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.carer)
    where = reverse("trigger_new", args=[watched.child.reference])
    assert "At another time, also to come" in client.get(where).content.decode()
    day = NOW + timedelta(days=9)
    given = {"note": "Interview in Liverpool", "happens_at_when": "earlier", "happens_at_time": "10am"}
    given |= {"happens_at_day": day.day, "happens_at_month": day.month, "happens_at_year": day.year}
    refused = client.post(where, given | {"kind": "approach", "once": str(uuid.uuid4())})
    assert "must be now or in the past" in refused.content.decode()
    page = client.post(where, given | {"kind": "home_office", "once": str(uuid.uuid4())}, follow=True)
    (entered,) = Trigger.objects.all()
    assert entered.happens_at.date() == day.date()
    begins = gov_when(entered.happens_at - timedelta(hours=72), NOW)
    assert f"The closer watch begins at {begins}." in page.content.decode()


@pytest.mark.by_turns
def test_who_may_enter_and_who_may_answer(client: Client, watched: Watched) -> None:
    (trigger,) = came(watched)
    new = reverse("trigger_new", args=[watched.child.reference])
    done = reverse("trigger_answer", args=[watched.child.reference, trigger.key])
    stranger = a_watched_child(at=BEFORE)
    for person, may_enter, may_answer in (
        (watched.guardian, 200, 404),
        (watched.carer, 200, 404),
        (watched.worker, 200, 200),
        (stranger.worker, 404, 404),
        (watched.officer, 404, 404),
    ):
        client.force_login(person)
        assert (client.get(new).status_code, client.get(done).status_code) == (may_enter, may_answer)
    client.force_login(watched.worker)
    assert client.post(done, {"answer": "", **REFERENCE}).status_code == 422
    assert client.post(done, {"answer": "Rang the police", **REFERENCE}).status_code == 302
    trigger.refresh_from_db()
    assert (trigger.answer, trigger.answered_by) == ("Rang the police", watched.worker)


# --- Who came, and the police


SEEN = Stranger(
    how="waited",
    person="About 40, grey cap",
    phone="07700 900123",
    vehicle="White van",
    plate="ab12 cde",
    place="The gate",
)


@pytest.mark.by_turns
def test_who_came_is_on_the_desk_on_the_answer_and_on_the_timeline(client: Client, watched: Watched) -> None:
    (trigger,) = came(watched, stranger=SEEN)
    assert (trigger.plate, trigger.plate_key, trigger.phone_key) == ("ab12 cde", "AB12CDE", "7700900123")
    client.force_login(watched.desk.person)
    answer = reverse("trigger_answer", args=[watched.child.reference, trigger.key])
    for page in (reverse("duty_desk"), answer, reverse("child", args=[watched.child.reference])):
        shown = client.get(page).content.decode()
        for words in ("About 40, grey cap", "07700 900123", "White van", "ab12 cde", "The gate"):
            assert words in shown, (page, words)
    shown = client.get(answer).content.decode()
    assert "Ring the police now" in shown
    assert "Police reference (optional)" not in " ".join(shown.split())


@pytest.mark.by_turns
def test_the_answer_leads_a_desk_to_where_else_the_plate_and_the_number_are_on_record(
    client: Client, watched: Watched
) -> None:
    elsewhere = a_watched_child(at=BEFORE)
    came(elsewhere, stranger=SEEN, by=elsewhere.carer)
    (trigger,) = came(watched, stranger=SEEN)
    answer = reverse("trigger_answer", args=[watched.child.reference, trigger.key])
    client.force_login(watched.desk.person)
    led = re.findall(rf'href="({reverse("signs")}[?]q=[^"]+)"', client.get(answer).content.decode())
    assert len(led) == 2
    for href in led:
        page = client.get(href).content.decode()
        assert watched.child.reference in page
        assert elsewhere.authority.name in page
        assert elsewhere.child.reference not in page
    client.force_login(watched.worker)
    assert reverse("signs") not in client.get(answer).content.decode(), "no desk of theirs"
    (unknown,) = came(watched, stranger=Stranger(how="waited", plate="A1"), at=NOW + HOUR)
    client.force_login(watched.desk.person)
    page = client.get(reverse("trigger_answer", args=[watched.child.reference, unknown.key]))
    assert reverse("signs") not in page.content.decode(), "too little to look for"


def test_duty_is_asked_to_ring_the_police_and_their_reference_is_the_answer(
    client: Client, watched: Watched
) -> None:
    (trigger,) = came(watched, stranger=SEEN)
    sweep.sweep_all(now=NOW)
    (text,) = Message.objects.filter(wording="duty_approach", channel="text")
    assert "ring the police" in compose_text(text, now=NOW)
    (mail,) = Message.objects.filter(wording="duty_approach", channel="mail")
    written = compose(mail, now=NOW)
    assert "ring the police (999 in danger, else 101)" in " ".join(written.text.split())
    for secret in ("ab12", "AB12", "07700 900123", "grey cap"):
        assert secret not in f"{written.subject}{written.text}{compose_text(text, now=NOW)}"
    client.force_login(watched.desk.person)
    where = reverse("trigger_answer", args=[watched.child.reference, trigger.key])
    for given, wrong in (
        ({"answer": "Told them"}, "police"),
        ({"answer": "Told them", "police": "yes", "police_reference": " "}, "police_reference"),
        ({"police": "no"}, "answer"),
    ):
        refused = client.post(where, given)
        assert refused.status_code == 422
        assert set(refused.context["form"].errors) == {wrong}
    assert client.post(where, {"answer": "Told them", **REFERENCE}).status_code == 302
    trigger.refresh_from_db()
    assert (trigger.police_told, trigger.police_reference) == (True, "CAD 4471")
    timeline = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "Police reference CAD 4471." in timeline


def test_that_the_police_were_not_rung_is_said_with_why(watched: Watched) -> None:
    (trigger,) = came(watched)
    with pytest.raises(IllegalMove, match="whether the police were rung"):
        answered(trigger, "It was the postman", at=NOW, police_told=None)
    with pytest.raises(IllegalMove, match="Enter the police reference"):
        answered(trigger, "It was the postman", at=NOW, police_reference=" ")
    done = answered(trigger, "It was the postman", at=NOW, police_told=False)
    assert (done.police_told, done.police_reference) == (False, "")


def test_who_it_was_is_said_of_somebody_alone(client: Client, watched: Watched) -> None:
    for kind in ("age", "home_office", "move"):
        with pytest.raises(IllegalMove, match="somebody who came, or of a new visitor"):
            came(watched, kind=kind, stranger=SEEN)
    with pytest.raises(IllegalMove, match="How they came"):
        came(watched, kind="new_contact", stranger=SEEN)
    with pytest.raises(IllegalMove, match="letters and digits"):
        came(watched, stranger=Stranger(plate="??"))
    client.force_login(watched.carer)
    said = {"kind": "age", "note": "A decision", "happens_at_when": "now", "once": str(uuid.uuid4())}
    where = reverse("trigger_new", args=[watched.child.reference])
    refused = client.post(where, said | {"plate": "AB12 CDE", "how": "came"})
    assert set(refused.context["form"].errors) == {"plate", "how"}
    assert client.post(where, said | {"kind": "approach", "plate": "-"}).status_code == 422
    assert not Trigger.objects.exists()
    assert (
        client.post(where, said | {"kind": "approach", "plate": "AB12 CDE", "how": "came"}).status_code == 302
    )
    assert Trigger.objects.get().plate_key == "AB12CDE"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("fields", "refused_by"),
    [
        ({"plate_key": ""}, "trigger_is_found_by_its_plate"),
        ({"plate_key": "ab12cde"}, "trigger_is_found_by_its_plate"),
        ({"phone_key": ""}, "trigger_is_found_by_its_phone"),
        ({"kind": "age"}, "trigger_says_who_came_of_somebody"),
        ({"kind": "new_contact"}, "trigger_says_who_came_of_somebody"),
        ({"police_told": True}, "trigger_police_told_by_reference"),
        ({"police_reference": "CAD 1"}, "trigger_police_told_by_reference"),
    ],
)
def test_the_database_refuses_what_would_not_be_found(watched: Watched, fields, refused_by: str) -> None:
    with pytest.raises(IntegrityError, match=refused_by), transaction.atomic():
        Trigger.objects.create(
            **{
                "child": watched.child,
                "kind": "approach",
                "happens_at": NOW,
                "note": "A man",
                "recorded_at": NOW,
                "recorded_by": watched.worker,
                **SEEN.said,
                **fields,
            }
        )


def test_a_photo_of_who_came_is_among_the_documents_of_each_child_and_in_no_mail(
    client: Client, watched: Watched
) -> None:
    other = placed(a_child(watched.authority, at=BEFORE), watched.home, at=BEFORE).child
    client.force_login(watched.carer)
    where = reverse("trigger_new", args=[watched.child.reference])
    given = {"kind": "approach", "note": "A grey van", "happens_at_when": "now", "whole_house": "on"}
    given |= {"once": str(uuid.uuid4())}
    refused = client.post(where, given | {"photo": SimpleUploadedFile("van.jpg", b"no picture")})
    assert set(refused.context["form"].errors) == {"photo"}
    refused = client.post(where, given | {"note": "", "photo": SimpleUploadedFile("van.jpg", a_picture())})
    assert "Choose the file again" in refused.content.decode()
    assert not Trigger.objects.exists()
    picture = a_picture()
    for _again in range(2):
        sent = given | {"photo": SimpleUploadedFile("van.jpg", picture)}
        assert client.post(where, sent).status_code == 302
    held = Document.objects.filter(title="Photo: somebody came near the child")
    assert sorted(held.values_list("child", flat=True)) == sorted([watched.child.pk, other.pk])
    client.force_login(watched.desk.person)
    listed = reverse("document_list", args=[watched.child.reference])
    assert "Photo: somebody came near the child" in client.get(listed).content.decode()
    trigger = Trigger.objects.get(child=watched.child)
    answer = reverse("trigger_answer", args=[watched.child.reference, trigger.key])
    (photo,) = held.filter(child=watched.child)
    assert trigger.photo == photo
    shown = reverse("document", args=[watched.child.reference, photo.token])
    assert f'href="{shown}"' in client.get(answer).content.decode()
    sweep.sweep_all(now=NOW)
    for mail in Message.objects.filter(items__alert__clock__kind="approach", channel="mail"):
        written = compose(mail, now=NOW)
        assert held[0].token not in written.text + written.html
        assert "photo" not in written.text.casefold()


def test_where_the_file_cannot_be_kept_nothing_is_lost_of_what_was_typed(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left")

    monkeypatch.setattr("cases.document_files.write", full)
    client.force_login(watched.carer)
    where = reverse("trigger_new", args=[watched.child.reference])
    given = {"kind": "approach", "note": "A grey van", "happens_at_when": "now", "once": str(uuid.uuid4())}
    refused = client.post(where, given | {"photo": SimpleUploadedFile("van.jpg", a_picture())})
    assert refused.status_code == 422
    assert "A grey van" in refused.content.decode()
    assert not Trigger.objects.exists()
    assert client.post(where, given).status_code == 302
    assert Trigger.objects.count() == 1


# --- A serious concern


def concerned(watched: Watched, *, by=None, at: datetime = NOW, **said) -> Contact:
    said = {"mood": "serious", "note": "Cried, and would not say why", "happened_at": at} | said
    word = {"witness": "T. Marlow", "witness_role": "teacher", "organisation": "other:teacher"}
    return contacts.record(watched.child, contacts.Sighting(**(word | said)), by=by or watched.carer, at=at)


def told_of_concern() -> list[tuple[str, str]]:
    rows = Message.objects.filter(items__alert__clock__kind="concern")
    return sorted(set(rows.values_list("post", "channel")))


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["carer", "guardian", "worker"])
def test_a_serious_concern_tells_duty_and_worker_at_once_and_watches_closer(
    watched: Watched, who: str
) -> None:
    concerned(watched, by=getattr(watched, who))
    assert "first_30_days" in rows_at(watched, NOW)
    sweep.sweep_all(now=NOW)
    # Nobody is mailed of what they wrote themselves.
    mailed = [] if who == "worker" else [("worker", "mail")]
    assert told_of_concern() == [("duty", "mail"), ("duty", "text"), *mailed]
    assert told() == []


@pytest.mark.by_turns
def test_an_officers_word_that_duty_writes_down_is_told_to_the_worker(watched: Watched) -> None:
    concerned(watched, by=watched.desk.person, witness="PC Shah", witness_role="police")
    sweep.sweep_all(now=NOW)
    assert ("worker", "mail") in told_of_concern()
    assert ("duty", "text") in told_of_concern()


@pytest.mark.by_turns
def test_nobody_is_told_of_no_concern_or_of_some(watched: Watched) -> None:
    for mood in ("", "none", "some"):
        concerned(watched, mood=mood)
    sweep.sweep_all(now=NOW)
    assert not Trigger.objects.exists()
    assert told_of_concern() == []


@pytest.mark.by_turns(8)
def test_a_serious_concern_is_never_without_words(client: Client, watched: Watched) -> None:
    with pytest.raises(IllegalMove, match="Enter what worries you"):
        concerned(watched, note=" ")
    client.force_login(watched.carer)
    said = {"outcome": "seen", "happened_at_when": "now", "who": "me", "means": "face_to_face"}
    said |= {"mood": "serious", "note": "", "once": str(uuid.uuid4())}
    where = reverse("contact_new", args=[watched.child.reference])
    refused = client.post(where, said)
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"note"}
    assert not Contact.objects.filter(mood="serious").exists()
    page = client.post(where, said | {"note": "Cried all day"}, follow=True).content.decode()
    assert "Duty and the social worker are being told of the serious concern" in page
    assert Trigger.objects.get().note == "Cried all day"


@pytest.mark.by_turns
def test_sent_twice_it_is_one_concern(watched: Watched) -> None:
    key = uuid.uuid4()
    for _again in range(2):
        concerned(watched, key=key)
    assert Trigger.objects.count() == 1


@pytest.mark.by_turns(8)
def test_the_desk_has_the_concern_until_somebody_says_what_was_done(client: Client, watched: Watched) -> None:
    client.force_login(watched.desk.person)
    desk = reverse("duty_desk")
    assert "Serious concerns" not in client.get(desk).content.decode()
    contact = concerned(watched)
    sweep.sweep_all(now=NOW)
    page = client.get(desk).content.decode()
    assert "1 serious concern" in page
    assert "Cried, and would not say why" in page
    assert "visitor or caller" not in page
    where = reverse("trigger_answer", args=[watched.child.reference, contact.trigger.key])
    assert f'href="{where}"' in page
    client.post(where, {"answer": "Rang the home, the GP comes today"})
    assert "Serious concerns" not in client.get(desk).content.decode()
    sweep.sweep_all(now=NOW + HOUR)
    assert not Alert.objects.open().filter(clock__kind="concern").exists()


@pytest.mark.by_turns(8)
def test_a_withdrawn_contact_ends_what_was_told_and_lowers_no_guard(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = catch(monkeypatch)
    contact = concerned(watched)
    tick(NOW)
    send_all(NOW)
    assert watched.worker.email in out.to
    assert Alert.objects.open().filter(clock__kind="concern").exists()
    client.force_login(watched.carer)
    where = reverse("contact_undo", args=[watched.child.reference, contact.key])
    page = client.post(where, follow=True).content.decode()
    assert "the closer watch goes on for 72 hours" in page
    tick(NOW)
    assert not Alert.objects.open().filter(clock__kind="concern").exists()
    endings = Message.objects.filter(items__alert__clock__kind="concern", kind="ending")
    assert set(endings.values_list("post", flat=True)) == {"duty", "worker"}
    assert Trigger.objects.get().answer == "Undone by the person who recorded it"
    assert "first_30_days" in rows_at(watched, NOW)


@pytest.mark.by_turns
def test_an_answered_concern_is_not_answered_again_by_a_withdrawal(watched: Watched) -> None:
    contact = concerned(watched)
    triggers.answer(contact.trigger, answer="Saw her", by=watched.worker, at=NOW)
    contacts.withdraw(contact, reason="Another child", by=watched.worker, at=NOW)
    assert Trigger.objects.get().answer == "Saw her"


@pytest.mark.by_turns(8)
def test_of_a_closed_case_nobody_is_told(watched: Watched) -> None:
    case_closed(watched.child, reason="Family found in Lisbon", by=watched.worker, at=NOW)
    concerned(watched, at=NOW + HOUR, happened_at=NOW - HOUR)
    assert Contact.objects.filter(mood="serious").exists()
    assert not Trigger.objects.exists()


@pytest.mark.by_turns
def test_the_mail_of_a_concern_leads_to_the_child_and_says_nothing_of_it(watched: Watched) -> None:
    concerned(watched)
    sweep.sweep_all(now=NOW)
    mails = Message.objects.filter(items__alert__clock__kind="concern", channel="mail")
    assert len(mails) == 2
    for mail in mails:
        text = compose(mail, now=NOW).text
        assert "A SERIOUS CONCERN ABOUT A CHILD" in text
        assert reverse("child", args=[watched.child.reference]) in text
        assert "Cried" not in text


def test_a_concern_without_its_contact_is_refused_by_the_database(watched: Watched) -> None:
    with pytest.raises(IntegrityError, match="trigger_of_a_contact_is_its_concern"), transaction.atomic():
        came(watched, kind="concern")


# --- somebody new around the child, said with a contact


def met(client: Client, watched: Watched, **more: object) -> str:
    """A check-in of now that says that somebody is new; where its answer leads."""
    client.force_login(watched.carer)
    said = {"outcome": "seen", "happened_at_when": "now", "who": "me", "means": "face_to_face"}
    said |= {"someone_new": "yes", "note": "A cousin who rang twice", "once": str(uuid.uuid4())} | more
    answer = client.post(f"/children/{watched.child.reference}/check-in/", said)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def who(client: Client, url: str, **more: object) -> dict[str, object]:
    """The next page as it comes, with an answer to it."""
    form = client.get(url).context["form"]
    said = {"kind": form["kind"].value(), "note": "Calls himself Tekle", "phone": "07700 900321"}
    said |= {"happens_at_when": "now", "once": str(form["once"].value())} | more
    return {name: value for name, value in said.items() if value}


@pytest.mark.by_turns
def test_the_watch_begins_though_the_next_page_is_never_sent(client: Client, watched: Watched) -> None:
    assert "first_30_days" not in rows_at(watched, NOW)
    met(client, watched)
    trigger = Trigger.objects.get()
    assert (trigger.kind, trigger.contact, trigger.note) == (
        "new_contact",
        Contact.objects.get(someone_new=True),
        "A cousin who rang twice",
    )
    assert "first_30_days" in rows_at(watched, NOW)
    assert "first_30_days" in rows_at(watched, NOW + 71 * HOUR)
    assert "first_30_days" not in rows_at(watched, NOW + 73 * HOUR)
    tick(NOW)
    assert not Message.objects.filter(items__alert__clock__kind__in=("approach", "concern")).exists()
    assert triggers.unanswered(Child.objects.all()).count() == 0, "nobody is asked what was done"


@pytest.mark.by_turns(8)
def test_the_next_page_completes_it_once_and_is_no_second_one(client: Client, watched: Watched) -> None:
    url = met(client, watched)
    said = who(client, url)
    for _ in range(2):
        assert client.post(url, said).status_code == 302
    trigger = Trigger.objects.get()
    assert (trigger.note, trigger.phone, trigger.phone_key) == (
        "Calls himself Tekle",
        "07700 900321",
        "7700900321",
    )
    assert trigger.contact is not None
    kinds = watched.child.events.filter(kind__startswith="trigger_").order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["trigger_entered", "trigger_completed"]
    assert client.post(url, said | {"note": "Somebody else"}).status_code == 422
    client.force_login(watched.worker)
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert page.count("Calls himself Tekle") == 1
    assert "Who is new around the child" in page


@pytest.mark.by_turns
def test_completed_a_moment_later_and_pressed_twice_it_is_one_and_its_watch_ends_no_sooner(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = met(client, watched)
    said = who(client, url)
    for seconds in (40, 42):
        monkeypatch.setattr(clock, "now", lambda seconds=seconds: NOW + timedelta(seconds=seconds))
        assert client.post(url, said).status_code == 302
    trigger = Trigger.objects.get()
    assert trigger.happens_at == NOW + timedelta(seconds=40)
    # "I first saw him three days ago" is in the words: by one person no guard is lowered.
    other = a_watched_child(at=BEFORE)
    seen(other.child, by=other.carer, at=NOW, someone_new=True, note="A man")
    begun = Trigger.objects.get(child=other.child)
    came(
        other,
        kind="new_contact",
        happens_at=NOW - 71 * HOUR,
        key=begun.key,
        note="A man in a grey car",
        stranger=triggers.NOBODY_SEEN,
    )
    begun.refresh_from_db()
    assert (begun.note, begun.happens_at) == ("A man in a grey car", NOW)
    assert "first_30_days" in rows_at(other, NOW + 3 * HOUR)


@pytest.mark.by_turns(8)
def test_what_is_said_of_an_undone_contact_is_of_somebody_new_and_of_no_concern(
    client: Client, watched: Watched
) -> None:
    met(client, watched)
    contact = Contact.objects.get(someone_new=True)
    undo = reverse("contact_undo", args=[watched.child.reference, contact.key])
    assert "The closer watch goes on for 72 hours" in client.get(undo).content.decode()
    words = client.post(undo, follow=True).content.decode()
    assert "Undone. The closer watch goes on for 72 hours." in words
    assert "concern any more" not in words


def test_for_the_whole_house_the_others_get_their_own_and_this_child_none_more(
    client: Client, watched: Watched
) -> None:
    other = a_child(watched.authority, team=watched.team, worker=watched.worker, at=BEFORE)
    placed(other, watched.home)
    url = met(client, watched)
    said = who(client, url, whole_house="on")
    for _ in range(2):
        assert client.post(url, said).status_code == 302
    found = {one.child_id: one.contact_id is not None for one in Trigger.objects.all()}
    assert Trigger.objects.count() == 2
    assert found == {watched.child.pk: True, other.pk: False}


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "more", [{"kind": "approach", "how": "waited"}, {"happens_at_when": "date"}], ids=["came", "to come"]
)
def test_something_else_or_to_come_is_an_entry_of_its_own_and_the_watch_goes_on(
    client: Client, watched: Watched, more: dict[str, str]
) -> None:
    met(client, watched)
    begun = Trigger.objects.get()
    kind = more.get("kind", "new_contact")
    at = NOW if "kind" in more else NOW + 10 * 24 * HOUR
    for _ in range(2):
        came(
            watched, kind=kind, happens_at=at, key=begun.key, note="Comes back", stranger=triggers.NOBODY_SEEN
        )
    assert Trigger.objects.count() == 2
    begun.refresh_from_db()
    assert (begun.kind, begun.note, begun.happens_at) == ("new_contact", "A cousin who rang twice", NOW)
    assert "first_30_days" in rows_at(watched, NOW + 71 * HOUR)


@pytest.mark.by_turns(8)
def test_undone_it_is_asked_about_by_nobody_and_the_page_that_stood_open_enters_anew(
    client: Client, watched: Watched
) -> None:
    url = met(client, watched)
    said = who(client, url)
    contact = Contact.objects.get(someone_new=True)
    contacts.undo(contact, by=watched.carer, at=NOW)
    begun = Trigger.objects.get()
    assert begun.answered_at == NOW
    assert "first_30_days" in rows_at(watched, NOW), "lowering a guard takes two people"
    # What the page that stood open says now is an entry of its own, and once.
    for _ in range(2):
        assert client.post(url, said).status_code == 302
    begun.refresh_from_db()
    assert (Trigger.objects.count(), begun.note) == (2, "A cousin who rang twice")
    assert str(client.get(url).context["form"]["once"].value()) != str(begun.key)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "said",
    [
        {"someone_new": False},
        {"someone_new": None},
        {"someone_new": True, "happened_at": NOW - 73 * HOUR},
    ],
)
def test_nobody_new_or_long_ago_begins_no_watch(watched: Watched, said: dict[str, object]) -> None:
    seen(watched.child, by=watched.carer, at=NOW, **said)
    assert not Trigger.objects.exists()


def test_a_serious_concern_is_the_trigger_and_who_is_new_is_said_on_the_next_page(
    client: Client, watched: Watched
) -> None:
    url = met(client, watched, mood="serious")
    assert [one.kind for one in Trigger.objects.all()] == ["concern"]
    assert client.post(url, who(client, url)).status_code == 302
    assert sorted(one.kind for one in Trigger.objects.all()) == ["concern", "new_contact"]
