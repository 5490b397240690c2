"""The numbers of a police force: an administrator records them, and whoever is to ring reads them; else 101."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import change_words, emails, phone_tasks, sweep
from alerts.emails import about
from alerts.models import Alert, Message
from cases import clock, configuration, episodes
from cases.models import ConfigurationChange, ForcePhone, Role
from cases.states import IllegalMove
from tests import factories
from tests.alerts import letters
from tests.alerts.letters import EVENING, Story

pytestmark = pytest.mark.django_db
NOW = EVENING + timedelta(minutes=40)
DAY = timedelta(days=1)
Purpose = ForcePhone.Purpose
INSPECTOR, CHIEF = "01632 960712", "01632 960713"


@pytest.fixture(autouse=True)
def _service(settings, monkeypatch):
    settings.PUBLIC_URL = "https://rollcall.example"
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def story() -> Story:
    return letters.a_story()


@pytest.fixture
def episode(story):
    return factories.missing(story.child, at=EVENING + timedelta(minutes=30))


@pytest.fixture
def admin(story):
    return factories.a_person(Role.ADMINISTRATOR, authority=story.watched.authority)


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


def held(story: Story, purpose: str = Purpose.INSPECTOR, phone: str = INSPECTOR, **said: Any) -> ForcePhone:
    said = {"verified_date": (NOW - DAY).date(), "by": None, "at": NOW - DAY} | said
    return configuration.register_force_phone(story.watched.force, purpose, phone=phone, **said)


def told(story: Story, episode, wording: str, step: str) -> tuple[str, str]:
    """The mail and the text of a step."""
    user = story.watched.desk.person
    # Each message has an id of its own.
    number = 1 if wording == "duty_call" else 3
    mail = letters.of_wording(wording, story, episode, at=NOW, step=step, number=number, to=user)
    to = {"to": user, "channel": "text", "phone": "07700 900982"}
    text = letters.of_wording(wording, story, episode, at=NOW, step=step, number=number + 1, **to)
    return " ".join(emails.compose(mail, now=NOW).text.split()), emails.compose_text(text, now=NOW)


def words(response: Any) -> str:
    return html.unescape(response.content.decode()).replace("\xa0", " ")


def seen_on(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", words(response)).split())


def answers(story: Story, **said: Any) -> dict[str, Any]:
    day = (NOW - DAY).date()
    boxes = {f"verified_date_{part}": getattr(day, part) for part in ("day", "month", "year")}
    return {"what": f"inspector:{story.watched.force.pk}", "phone": "01632960712"} | boxes | said


@pytest.mark.by_turns
def test_where_no_number_is_on_record_everybody_is_told_to_ring_101(story, episode):
    held(story, Purpose.CONTROL_ROOM, "01632 960711")
    for said in told(story, episode, "duty_call", "call_60"):
        assert "Ring the force on 101 now, and ask for the duty inspector." in said
    for said in told(story, episode, "director_call", "call_120"):
        assert "Ring 101 yourself" in said
        assert "we hold" not in said


@pytest.mark.by_turns
def test_the_number_that_is_on_record_stands_in_the_mail_and_the_text(story, episode):
    held(story)
    held(story, Purpose.CHIEF_OFFICER, CHIEF)
    for said in told(story, episode, "duty_call", "call_60"):
        assert f"Ring the force’s duty inspector now: {INSPECTOR}" in said
    mail, text = told(story, episode, "director_call", "call_120")
    assert f"chief officer yourself: {CHIEF}. No message of ours goes" in mail
    assert f"No message of ours goes to the chief officer: ring the office yourself, {CHIEF}." in text
    assert "101" not in mail + text


def test_of_two_forces_each_stands_with_its_name_and_the_one_without_a_number_with_101(story, episode):
    held(story)
    other = factories.a_force("Eastmere Police")
    episodes.add_force(episode, force=other, by=story.watched.desk.person, at=NOW)
    mail, text = told(story, episode, "duty_call", "call_60")
    for said in (mail, text):
        assert f"Northmere Police {INSPECTOR}" in said
        assert "Eastmere Police 101" in said


def test_a_number_that_has_ended_is_rung_no_more(story, episode, admin):
    row = held(story)
    configuration.end_force_phone(row, reason="It is no longer theirs", by=admin, at=NOW)
    with pytest.raises(IllegalMove, match="has ended"):
        configuration.end_force_phone(row, reason="Again", by=admin, at=NOW)
    for said in told(story, episode, "duty_call", "call_60"):
        assert "on 101" in said


@pytest.mark.by_turns
def test_a_new_number_takes_the_place_of_the_old_and_both_are_on_record(story, admin):
    first = held(story)
    with pytest.raises(IllegalMove, match="already"):
        held(story)
    second = held(story, verified_date=NOW.date(), by=admin, at=NOW)
    first.refresh_from_db()
    assert (first.ends_at, second.phone) == (NOW, first.phone), "the same number, rung again"
    kinds = ConfigurationChange.objects.filter(subject_type="forcephone").order_by("pk")
    assert [(one.kind, one.actor) for one in kinds] == [
        ("force_phone_registered", None),
        ("force_phone_replaced", admin),
        ("force_phone_registered", admin),
    ]


@pytest.mark.by_turns(8)
def test_the_database_refuses_to_rewrite_a_number_and_two_for_one_purpose(story):
    row = held(story)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        ForcePhone.objects.filter(pk=row.pk).update(phone="01632 960999")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        ForcePhone.objects.filter(pk=row.pk)._raw_delete(using="default")
    with pytest.raises(IntegrityError, match="force_phone_once_at_a_time"), transaction.atomic():
        ForcePhone.objects.create(
            force=row.force,
            purpose=row.purpose,
            phone="01632 960998",
            verified_date=NOW.date(),
            starts_at=NOW,
        )


def test_an_administrator_records_and_ends_a_number_with_each_error_at_its_field(page, story):
    new = reverse("force_phone_new")
    for wrong, error in (
        ({"phone": "12"}, "Enter a phone number"),
        ({"phone": ""}, "Enter the number"),
        ({"what": ""}, "Select whose number it is"),
        ({"verified_date_year": NOW.year + 1}, "The day of the call must be today or in the past"),
    ):
        refused = page.post(new, answers(story, **wrong))
        assert refused.status_code == 422
        assert error in words(refused)
    assert not ForcePhone.objects.exists()
    page.post(new, answers(story))
    row = ForcePhone.objects.get()
    assert (row.phone, row.purpose, row.verified_date) == (INSPECTOR, "inspector", (NOW - DAY).date())
    assert "on record with that day already" in words(page.post(new, answers(story)))
    shown = words(page.get(reverse("mailboxes")))
    assert INSPECTOR in shown
    end = reverse("force_phone_end", args=[row.pk])
    assert end in shown
    lead = seen_on(page.get(end)).replace(" ,", ",")
    assert f"{INSPECTOR}, checked on 22 November 2026. With none 101 is rung." in lead
    assert page.post(end, {"reason": ""}).status_code == 422
    page.post(end, {"reason": "The force changed it"})
    row.refresh_from_db()
    assert row.ends_at == NOW
    assert page.get(end).status_code == 404


@pytest.mark.by_turns
def test_a_number_of_another_force_is_not_there_and_only_an_administrator_opens_the_page(page, story, client):
    theirs = configuration.register_force_phone(
        factories.a_force(), Purpose.INSPECTOR, phone=CHIEF, verified_date=NOW.date(), by=None, at=NOW
    )
    assert page.get(reverse("force_phone_end", args=[theirs.pk])).status_code == 404
    refused = page.post(reverse("force_phone_new"), answers(story, what=f"inspector:{theirs.force_id}"))
    assert refused.status_code == 422
    client.force_login(story.watched.desk.person)
    assert client.get(reverse("force_phone_new")).status_code == 403


@pytest.mark.by_turns
def test_the_pages_on_which_duty_says_whom_it_rang_name_the_numbers(client, story, episode):
    client.force_login(story.watched.desk.person)
    pages = [reverse(name, args=[episode.reference]) for name in ("episode_verify", "episode_code")]
    for page in pages:
        assert "number below" not in words(client.get(page))
    held(story)
    for page in pages:
        said = words(client.get(page))
        assert "number below" in said
        assert INSPECTOR in said


@pytest.mark.by_turns
def test_the_task_on_the_desk_gives_the_number_and_the_day_on_which_it_was_rung(
    client, monkeypatch, story, episode
):
    later = EVENING + timedelta(minutes=92)
    for at in (NOW, later):
        sweep.sweep_all(now=at)
    monkeypatch.setattr(clock, "now", lambda: later)
    client.force_login(story.watched.desk.person)
    without = seen_on(client.get(reverse("duty_desk")))
    assert "Ring Northmere Police on 101 and ask for the force duty inspector." in without
    held(story)
    said = seen_on(client.get(reverse("duty_desk")))
    assert f"Ring the duty inspector of Northmere Police: {INSPECTOR} , checked on 22 November 2026." in said


@pytest.mark.by_turns
def test_the_desk_reads_no_number_that_has_ended(client, monkeypatch, story, episode, admin):
    later = EVENING + timedelta(minutes=92)
    sweep.sweep_all(now=later)
    configuration.end_force_phone(held(story), reason="Theirs no more", by=admin, at=NOW)
    monkeypatch.setattr(clock, "now", lambda: later)
    client.force_login(story.watched.desk.person)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("duty_desk")).status_code == 200
    reads = [one["sql"] for one in asked if 'FROM "cases_forcephone"' in one["sql"]]
    assert reads
    assert all('"ends_at" IS NULL' in sql for sql in reads)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("is_drill", [False, True])
def test_a_text_names_two_forces_of_three_and_cuts_no_number_reference_or_duty_line(
    story, episode, settings, monkeypatch, is_drill
):
    settings.DUTY_LINE = "01632 960900"
    monkeypatch.setattr(about, "_is_drill", lambda *_of: is_drill)
    type(story.watched.force).objects.filter(pk=story.watched.force.pk).update(name="N" * 60)
    forces = [story.watched.force, *(factories.a_force(f"{name * 60} Police") for name in "EW")]
    for number, force in enumerate(forces):
        for purpose in (Purpose.INSPECTOR, Purpose.CHIEF_OFFICER):
            said = {"phone": f"01632 96071{number}", "verified_date": NOW.date(), "by": None, "at": NOW}
            configuration.register_force_phone(force, purpose, **said)
        if number:
            episodes.add_force(episode, force=force, by=story.watched.desk.person, at=NOW)
    for wording, step in (("duty_call", "call_60"), ("director_call", "call_120")):
        mail, text = told(story, episode, wording, step)
        assert all(f"01632 96071{number}" in mail for number in range(3))
        assert re.search(r"N{10,}… 01632 960710, E{10,}… 01632 960711 and 1 more, on the desk\.", text), text
        assert "01632 960712" not in text
        assert episode.reference in text
        # The desk has no number for itself.
        assert ("Duty 01632 960900." in text) == (wording == "director_call")
        assert "…" not in text[-20:]
        assert len(text) <= 300


def of_numbers() -> set[Any]:
    return {one.user for one in Message.objects.filter(wording=change_words.PHONE_CHANGED)}


def a_sharing_council(story: Story) -> tuple[Any, Any]:
    """An administrator and a head of another council with the story's force."""
    other = factories.an_authority(force=story.watched.force)
    head = factories.a_person(Role.TEAM_MANAGER, authority=other, reach="service")
    return factories.a_person(Role.ADMINISTRATOR, authority=other), head


@pytest.mark.by_turns(8)
def test_each_council_of_a_force_hears_that_another_ended_or_replaced_its_number(client, story, admin):
    theirs, head = a_sharing_council(story)
    # Who has another force hears nothing.
    stranger = factories.a_person(
        Role.ADMINISTRATOR, authority=factories.an_authority(force=factories.a_force())
    )
    row, at_a = held(story), {admin, story.watched.head, story.watched.director}
    client.force_login(theirs)
    client.post(reverse("force_phone_new"), answers(story, phone="01632960799"))
    assert of_numbers() == {head, *at_a}
    client.force_login(stranger)
    second = ForcePhone.objects.get(ends_at=None)
    assert client.get(reverse("force_phone_end", args=[second.pk])).status_code == 404
    assert client.post(reverse("force_phone_end", args=[second.pk]), {"reason": "x"}).status_code == 404
    mail = emails.compose(Message.objects.filter(user=admin, change__subject_id=row.pk).get(), now=NOW)
    said = " ".join(mail.text.split())
    assert f"Duty inspector, Northmere Police, {INSPECTOR}." in said
    assert "The number that stands is now 01632 960799, on record as checked on 22 November 2026." in said
    client.force_login(theirs)
    client.post(reverse("force_phone_end", args=[second.pk]), {"reason": "Wrong"})
    ended = Message.objects.filter(change__subject_id=second.pk)
    assert {one.user for one in ended} == {head, *at_a}
    said = " ".join(emails.compose(ended.get(user=admin), now=NOW).text.split())
    assert "ended a number of the police: Duty inspector, Northmere Police, 01632 960799." in said
    assert "None is on record in its place: 101 is rung." in said


def test_nobody_hears_of_a_number_that_was_rung_again(story, admin):
    held(story)
    held(story, verified_date=NOW.date(), by=admin, at=NOW)
    assert of_numbers() == set()


def test_a_number_that_was_rung_before_the_one_that_stands_is_refused_at_the_day(page, story):
    row = held(story, verified_date=NOW.date())
    refused = page.post(reverse("force_phone_new"), answers(story, phone="01632960799"))
    assert refused.status_code == 422
    assert "verified_date" in refused.context["form"].errors
    assert "The number that stands was rung later" in words(refused)
    assert ForcePhone.objects.get() == row


@pytest.mark.by_turns
def test_the_call_of_a_mail_that_no_mailbox_of_a_force_took_gives_the_number_of_its_control_room(
    client, monkeypatch, story, episode
):
    later = EVENING + timedelta(minutes=92)
    sweep.sweep_all(now=later)
    mail = Message.objects.filter(force=story.watched.force).first()
    alert = Alert.objects.filter(episode=episode).first()
    phone_tasks.phone_about(mail, [alert], story.watched.authority.pk, episode_id=episode.pk, at=later)
    monkeypatch.setattr(clock, "now", lambda: later)
    client.force_login(story.watched.desk.person)
    assert "ring the control room" not in seen_on(client.get(reverse("duty_desk")))
    held(story, Purpose.CONTROL_ROOM, "01632 960711")
    said = seen_on(client.get(reverse("duty_desk")))
    assert "Or ring the control room of Northmere Police: 01632 960711 , checked on 22 November 2026." in said


@pytest.mark.by_turns
def test_the_mail_of_a_reply_names_no_number_that_may_not_be_the_one_to_ring(story, episode):
    mail = letters.of_wording("reply_received", story, episode, at=NOW, to=story.watched.desk.person)
    said = " ".join(emails.compose(mail, now=NOW).text.split())
    assert "counts when you have rung their force yourself and spoken to one" in said
    assert "999 or 101;" not in said


@pytest.mark.by_turns
def test_whoever_opens_a_search_finds_there_on_which_numbers_the_police_are_rung(client, story, episode):
    held(story, Purpose.CONTROL_ROOM, "01632 960714")
    for reader, is_told in ((story.watched.desk.person, True), (story.watched.carer, False)):
        client.force_login(reader)
        for name in ("episode", "episode_ladder"):
            page = client.get(reverse(name, args=[episode.reference]))
            assert 'href="tel:101"' in words(page), (reader, name)
            assert 'href="tel:999"' in words(page), (reader, name)
            assert f"Ring {story.watched.force.name}: 101" in seen_on(page)
            assert ("01632 960714" in words(page)) is is_told


@pytest.mark.by_turns
def test_a_search_that_was_found_or_that_the_police_read_says_nothing_of_ringing_them(client, story, episode):
    officer = factories.a_person(Role.POLICE, force=story.watched.force)
    client.force_login(officer)
    assert "tel:101" not in words(client.get(reverse("episode", args=[episode.reference])))
    factories.ended(episode, at=NOW)
    client.force_login(story.watched.desk.person)
    assert "tel:101" not in words(client.get(reverse("episode", args=[episode.reference])))


@pytest.mark.by_turns
def test_whoever_finds_a_child_not_here_rings_999_by_a_press(client, story):
    client.force_login(story.watched.carer)
    page = words(client.get(reverse("not_here", args=[story.child.reference])))
    assert 'href="tel:999"' in page
    assert 'href="tel:101"' in page
