"""What is sent on a locked session is kept for whoever sent it, recorded by nobody, and stands in its form again."""

import html
import uuid
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cases import clock, concerns, kept_forms, tasks
from cases.models import KeptForm, Note, Role
from tests.factories import Watched, a_person, a_watched_child

pytestmark = pytest.mark.django_db
PASSWORD = "three slow herons"
HOUR = timedelta(hours=1)
TEXT = "He asked <b>about</b> his brother & the bus."


@pytest.fixture
def watched(now: datetime) -> Watched:
    found = a_watched_child(at=now - timedelta(hours=30))
    found.worker.set_password(PASSWORD)
    found.worker.save()
    return found


@pytest.fixture
def note(watched: Watched) -> str:
    return reverse("note_new", args=[watched.child.reference])


@pytest.fixture
def worker(client: Client, watched: Watched, now: datetime) -> Client:
    with mock.patch.object(clock, "now", return_value=now):
        client.force_login(watched.worker)
    return client


def locked_post(client: Client, now: datetime, address: str, data: dict, page: str = "", **headers: str):
    headers |= {"Referer": f"http://testserver{page or address}"}
    with mock.patch.object(clock, "now", return_value=now + HOUR):
        return client.post(address, data, headers=headers)


def unlocked(client: Client, now: datetime, back: str = "/", *, get: str = "") -> str:
    with mock.patch.object(clock, "now", return_value=now + HOUR):
        client.post(f"/sign-in/again/?next={back}", {"password": PASSWORD})
        return client.get(get or back).content.decode()


@pytest.mark.by_turns
def test_a_note_sent_too_late_is_no_note_and_stands_in_its_form_after_the_password(
    worker, watched, note, now
):
    answer = locked_post(
        worker, now, note, {"text": TEXT, "happened_at_when": "now", "csrfmiddlewaretoken": "x"}
    )
    assert answer.headers["Location"] == f"/sign-in/again/?next={note.replace('/', '%2F')}"
    assert not Note.objects.exists()
    kept = KeptForm.objects.get()
    assert (kept.user, kept.page, kept.action) == (watched.worker, note, note)
    assert "csrfmiddlewaretoken" not in kept.data
    assert kept.data["happened_at_when"] == ["earlier"], "“now” is the time it was"
    with mock.patch.object(clock, "now", return_value=now + HOUR):
        assert "What you had typed is kept for you" in worker.get(answer.headers["Location"]).content.decode()
    page = unlocked(worker, now, note)
    assert html.escape(TEXT) in page
    assert "This was not recorded" in page
    assert not Note.objects.exists(), "only a press records it"


def test_when_it_is_sent_again_it_is_recorded_once_and_kept_no_more(worker, watched, note, now):
    locked_post(worker, now, note, {"text": TEXT, "happened_at_when": "now"})
    unlocked(worker, now, note)
    with mock.patch.object(clock, "now", return_value=now + HOUR):
        empty = worker.post(note, {"text": ""})
        assert (empty.status_code, KeptForm.objects.count()) == (422, 1)
        sent = worker.post(note, {"text": TEXT, "happened_at_when": "now", "once": str(uuid.uuid4())})
        assert sent.status_code == 302
    assert (Note.objects.count(), KeptForm.objects.count()) == (1, 0)
    with mock.patch.object(clock, "now", return_value=now + HOUR):
        assert "not recorded" not in worker.get(note).content.decode()


@pytest.mark.by_turns
def test_every_other_page_says_that_it_waits(worker, note, now):
    locked_post(worker, now, note, {"text": TEXT})
    page = unlocked(worker, now, get="/children/")
    assert "A form of yours was not recorded" in page
    assert f'href="{note}"' in page


@pytest.mark.by_turns
def test_it_waits_for_its_writer_at_another_sign_in_on_another_machine(worker, watched, note, now):
    locked_post(worker, now, note, {"text": TEXT})
    elsewhere = Client()
    elsewhere.force_login(watched.worker)
    with mock.patch.object(clock, "now", return_value=now):
        assert "A form of yours was not recorded" in elsewhere.get("/children/").content.decode()
        assert html.escape(TEXT) in elsewhere.get(note).content.decode()


def test_of_a_child_who_is_kept_from_its_writer_since_it_waits_on_no_page_until_the_mark_is_lifted(
    worker, watched, note, now
):
    locked_post(worker, now, note, {"text": TEXT})
    # From a list too, whose own address names nobody.
    locked_post(worker, now, note, {"text": TEXT}, page="/children/")
    unlocked(worker, now)
    own = [reverse("kept_form", args=[pk]) for pk in KeptForm.objects.values_list("pk", flat=True)]
    then = now + HOUR
    mark = concerns.keep_from(
        watched.child, watched.worker, reason="An allegation", by=watched.manager, at=then
    )
    with mock.patch.object(clock, "now", return_value=then):
        for address in ("/children/", "/account/"):
            page = worker.get(address).content.decode()
            assert watched.child.reference not in page
            assert "A form of yours" not in page
            assert html.escape(TEXT) not in page
        for address in own:
            assert worker.get(address).status_code == worker.post(address).status_code == 404
    then += timedelta(minutes=1)
    second = a_person(Role.TEAM_MANAGER, team=watched.team)
    concerns.lift_keep_from(mark, reason="Unfounded", seconded_by=second, by=watched.manager, at=then)
    with mock.patch.object(clock, "now", return_value=then):
        assert "A form of yours was not recorded" in worker.get("/account/").content.decode()
        assert html.escape(TEXT) in worker.get(own[0]).content.decode()


@pytest.mark.by_turns
def test_somebody_else_who_signs_in_there_gets_nothing_of_it(worker, watched, note, now):
    locked_post(worker, now, note, {"text": TEXT})
    kept = KeptForm.objects.get()
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team, password=PASSWORD)
    for signs_out_first in (False, True):
        with mock.patch.object(clock, "now", return_value=now + HOUR):
            if signs_out_first:
                worker.post("/sign-out/")
            colleague.refresh_from_db()
            worker.force_login(colleague)
            for address in (note, "/", reverse("kept_form", args=[kept.pk])):
                answer = worker.get(address)
                assert answer.wsgi_request.user == colleague
                assert "not recorded" not in answer.content.decode()
                assert "his brother" not in answer.content.decode()
            assert worker.get(reverse("kept_form", args=[kept.pk])).status_code == 404
            assert worker.post(reverse("kept_form", args=[kept.pk])).status_code == 404
    assert KeptForm.objects.get() == kept


@pytest.mark.by_turns(8)
def test_all_of_it_is_read_and_deleted_on_a_page_of_its_own(worker, note, now):
    locked_post(worker, now, note, {"text": TEXT})
    address = reverse("kept_form", args=[KeptForm.objects.get().pk])
    assert html.escape(TEXT) in unlocked(worker, now, address)
    with mock.patch.object(clock, "now", return_value=now + HOUR):
        assert worker.post(address).status_code == 302
        assert "not recorded" not in worker.get("/children/").content.decode()
    assert not KeptForm.objects.exists()


@pytest.mark.by_turns
def test_a_form_that_has_no_draft_of_its_own_comes_back_too(worker, watched, now):
    address = reverse("details_change", args=[watched.child.reference, "names"])
    locked_post(worker, now, address, {"known_as": "Zed-the-Typed", "version": "1"})
    page = unlocked(worker, now, address)
    assert 'value="Zed-the-Typed"' in page
    watched.child.refresh_from_db()
    assert watched.child.known_as != "Zed-the-Typed"


def test_a_press_in_a_list_leads_back_to_the_list_and_records_nothing(worker, watched, note, now):
    page = "/children/?status=missing"
    answer = locked_post(
        worker,
        now,
        note,
        {"text": TEXT},
        page=page,
        **{"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"},
    )
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/sign-in/again/?next=%2Fchildren%2F%3Fstatus%3Dmissing"
    assert KeptForm.objects.get().page == page


@pytest.mark.by_turns
@pytest.mark.parametrize("said", ["https://evil.example/x", "http://testserver//evil.example/", "", "x"])
def test_no_other_site_is_led_back_to(worker, note, now, said):
    with mock.patch.object(clock, "now", return_value=now + HOUR):
        answer = worker.post(note, {"text": TEXT}, headers={"Referer": said})
    assert answer.headers["Location"] == f"/sign-in/again/?next={note.replace('/', '%2F')}"
    assert KeptForm.objects.get().page == note


@pytest.mark.by_turns
def test_a_form_of_a_session_that_is_over_is_kept_too(worker, watched, note, now):
    with mock.patch.object(clock, "now", return_value=now + timedelta(days=2)):
        worker.post(note, {"text": TEXT})
        worker.force_login(watched.worker)
        assert html.escape(TEXT) in worker.get(note).content.decode()


@pytest.mark.by_turns(8)
def test_a_file_is_not_kept_and_said_so(worker, watched, now):
    address = reverse("photo_list", args=[watched.child.reference])
    picture = SimpleUploadedFile("a.jpg", b"picture")
    answer = locked_post(worker, now, address, {"photo": picture, "taken_date_day": "3"})
    kept = KeptForm.objects.get()
    assert kept.has_files
    assert "photo" not in kept.data
    with mock.patch.object(clock, "now", return_value=now + HOUR):
        assert "the file is not" in worker.get(answer.headers["Location"]).content.decode()
    assert "choose it again" in unlocked(worker, now, address)


@pytest.mark.by_turns(8)
def test_too_much_is_not_kept_and_said_so(worker, note, now):
    answer = locked_post(worker, now, note, {"text": "x" * 60_001})
    assert not KeptForm.objects.exists()
    with mock.patch.object(clock, "now", return_value=now + HOUR):
        assert "send it once more" in worker.get(answer.headers["Location"]).content.decode()


@pytest.mark.by_turns
def test_no_more_than_a_night_s_worth_is_kept(watched, now):
    for number in range(kept_forms.MOST + 3):
        kept_forms.keep(
            watched.worker, page="/", action="/", data={"text": [str(number)]}, at=now + number * HOUR
        )
    assert KeptForm.objects.count() == kept_forms.MOST
    assert kept_forms.standing(watched.worker, at=now)[-1].data == {"text": ["3"]}


@pytest.mark.by_turns
def test_it_is_forgotten_when_drafts_are(worker, watched, note, now):
    locked_post(worker, now - timedelta(days=settings.DRAFT_DAYS) - HOUR, note, {"text": TEXT})
    kept_forms.keep(watched.worker, page="/", action="/", data={"text": [TEXT]}, at=now - timedelta(days=8))
    assert kept_forms.standing(watched.worker, at=now) == []
    tasks.forget_drafts()
    assert not KeptForm.objects.filter(kept_at__lt=now - timedelta(days=7)).exists()


def test_what_a_page_still_holds_when_it_is_covered_is_kept_and_nothing_recorded(worker, watched, note, now):
    with mock.patch.object(clock, "now", return_value=now + HOUR):
        kept = worker.post("/session/keep/", {"text": TEXT, "kept_page": note, "kept_action": note})
        assert kept.status_code == 200
        astray = worker.post(
            "/session/keep/", {"text": TEXT, "kept_page": "//evil.example/", "kept_action": note}
        )
        assert astray.status_code == 400
    assert KeptForm.objects.get().data == {"text": [TEXT]}
    assert html.escape(TEXT) in unlocked(worker, now, note)
    assert not Note.objects.exists()
    assert Client().post("/session/keep/", {"text": TEXT}).status_code == 401


# --- Secrets


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "name", ["password", "new_password", "code", "recovery-code", "otp_token", "Password1"]
)
def test_a_secret_is_known_by_its_name_and_never_kept(watched, now, name):
    assert kept_forms.keep(watched.worker, page="/", action="/", data={name: ["abc"]}, at=now) is None
    kept = kept_forms.keep(watched.worker, page="/", action="/", data={name: ["abc"], "text": ["A"]}, at=now)
    assert kept is not None
    assert kept.data == {"text": ["A"]}


@pytest.mark.by_turns
@pytest.mark.parametrize("name", ["postcode", "decoded", "pinned", "tokens_left", "text"])
def test_other_words_are_no_secrets(name):
    assert not kept_forms.is_secret(name)


def test_every_field_for_a_password_or_a_code_has_a_name_that_is_never_kept():
    from allauth.account import forms as _sign_in  # noqa: F401 - so that its forms are among those looked at

    found = []
    for form in _subclasses(forms.BaseForm):
        for name, field in getattr(form, "base_fields", {}).items():
            wanted = str(field.widget.attrs.get("autocomplete", ""))
            if isinstance(field.widget, forms.PasswordInput) or wanted in ("one-time-code", "new-password"):
                found.append((form, name))
    assert len(found) > 3
    assert [one for one in found if not kept_forms.is_secret(one[1])] == []


def _subclasses(of: type) -> set[type]:
    return {of} | {two for one in of.__subclasses__() for two in _subclasses(one)}


@pytest.mark.by_turns
def test_the_sign_that_no_text_of_postgresql_holds_costs_nothing_else_that_was_typed(watched):
    kept = kept_forms.keep(
        watched.worker, page="/", action="/", data={"text": ["Out of\0a PDF"]}, at=clock.now()
    )
    assert kept is not None
    assert kept.data == {"text": ["Out of a PDF"]}
