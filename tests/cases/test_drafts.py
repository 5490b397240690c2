"""A draft is its writer's alone, is offered back, and two windows do not overwrite each other unseen."""

import html
import uuid
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import clock, concerns, details, drafts, placements, tasks
from cases.forms.drafts import read_typed
from cases.models import AccessRecord, Draft, FirstResponder, Note, Role, User
from guardians import assignments
from tests.cases import test_journey_page
from tests.factories import AT, Watched, a_home, a_person, a_service, a_watched_child

pytestmark = pytest.mark.django_db
NOTE = Draft.Form.NOTE
DAYS = timedelta(days=settings.DRAFT_DAYS)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


def kept(w: Watched, text: str = "He said", *, version: int = 0, at: datetime = AT) -> Draft:
    return drafts.save(w.worker, NOTE, w.child, data={"text": [text]}, version=version, at=at)


def page(client: Client, w: Watched, person: object) -> str:
    client.force_login(person)
    return html.unescape(client.get(f"/children/{w.child.reference}/notes/new/").content.decode())


@pytest.mark.by_turns
def test_a_draft_is_one_row_for_each_person_form_and_child(watched: Watched) -> None:
    first = kept(watched)
    again = kept(watched, "He said more", version=first.version)
    assert (again.pk, again.version, again.data) == (first.pk, 2, {"text": ["He said more"]})
    registration = drafts.save(watched.worker, Draft.Form.REGISTRATION, data={"given_name": ["L"]}, at=AT)
    with pytest.raises(drafts.Stale):
        drafts.save(watched.worker, Draft.Form.REGISTRATION, data={}, at=AT)
    assert set(Draft.objects.all()) == {again, registration}


@pytest.mark.by_turns
def test_a_window_that_is_behind_overwrites_nothing(watched: Watched) -> None:
    kept(watched, "From one window")
    with pytest.raises(drafts.Stale):
        kept(watched, "From another")
    assert Draft.objects.get().data == {"text": ["From one window"]}


def test_too_much_is_not_kept(watched: Watched) -> None:
    with pytest.raises(drafts.IllegalMove, match="too long to keep"):
        kept(watched, "x" * (drafts.LARGEST + 1))


@pytest.mark.by_turns
@pytest.mark.parametrize(("letter", "letters"), [("ع", 29_000), ("ሰ", 19_000)])
def test_a_long_text_of_arabic_or_tigrinya_is_kept(watched: Watched, letter: str, letters: int) -> None:
    draft = kept(watched, letter * letters)
    assert Draft.objects.get(pk=draft.pk).data == {"text": [letter * letters]}
    with pytest.raises(drafts.IllegalMove, match="too long to keep"):
        drafts.save(
            watched.worker, NOTE, watched.child, data={"text": [letter * letters * 2]}, version=1, at=AT
        )


def test_a_draft_past_its_days_is_offered_to_nobody_and_then_forgotten(watched: Watched) -> None:
    kept(watched, at=clock.now() - DAYS)
    assert drafts.of(watched.worker, NOTE, watched.child, at=clock.now()) is None
    assert drafts.standing(watched.worker, supervised=User.objects.none(), at=clock.now()) == []
    tasks.forget_drafts()
    assert not Draft.objects.exists()


@pytest.mark.by_turns
def test_an_old_draft_does_not_stand_in_the_way_of_a_new_one(watched: Watched) -> None:
    kept(watched, at=AT - DAYS)
    assert kept(watched, "Anew").version == 1


def test_now_is_kept_as_the_time_it_was() -> None:
    sent = QueryDict(
        "text=A&happened_at_when=quarter&happened_at_time=&csrfmiddlewaretoken=x&draft_version=3"
    )
    assert read_typed(sent, at=datetime.fromisoformat("2026-07-01T12:00:00+00:00")) == {
        "text": ["A"],
        "happened_at_when": ["earlier"],
        "happened_at_day": ["1"],
        "happened_at_month": ["7"],
        "happened_at_year": ["2026"],
        "happened_at_time": ["12:45"],
    }


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("9:10pm", "21:10 30 6 2026"),
        ("9:10pm yesterday", "21:10 30 6 2026"),
        ("8:05am", "08:05 1 7 2026"),
        ("9:10", "9:10"),
        ("", ""),
    ],
)
def test_a_time_without_its_day_is_kept_with_it(text: str, kept: str) -> None:
    sent = QueryDict(urlencode({"police_told_at": text, "searched_at": text, "expected_at": text}))
    found = read_typed(sent, at=datetime.fromisoformat("2026-07-01T12:00:00+00:00"))
    assert found == {"police_told_at": [kept], "searched_at": [kept], "expected_at": [text]}


# --- The pages


def save(client: Client, w: Watched, **fields: str) -> int:
    return client.post(f"/drafts/note/{w.child.reference}/", fields).status_code


@pytest.mark.by_turns
def test_the_page_saves_by_itself_and_offers_the_draft_back(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    told = client.post(f"/drafts/note/{watched.child.reference}/", {"text": "Half a", "draft_version": "0"})
    assert told.json()["version"] == 1
    assert told.json()["words"].startswith("Draft saved ")
    shown = page(client, watched, watched.worker)
    assert "Half a" in shown
    assert "Delete the draft" in shown


def test_two_windows_meet_in_a_409(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    assert save(client, watched, text="One window", draft_version="0") == 200
    assert save(client, watched, text="Two", draft_version="0") == 409
    address = f"/children/{watched.child.reference}/notes/new/"
    answer = client.post(address, {"text": "The other window", "draft_version": "0", "save_draft": "1"})
    assert answer.status_code == 409
    words = answer.content.decode()
    assert words.index("One window") < words.index("The other window") < words.index(f'href="{address}"')
    assert "another window" in answer.content.decode()
    assert "Changed since you opened it" in answer.content.decode()
    assert Draft.objects.get().data == {"text": ["One window"]}


@pytest.mark.by_turns(8)
def test_without_a_script_a_button_saves_the_draft(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    address = f"/children/{watched.child.reference}/notes/new/"
    answer = client.post(address, {"text": "Half a", "draft_version": "0", "save_draft": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert not Note.objects.exists()
    assert "Half a" in page(client, watched, watched.worker)


@pytest.mark.by_turns
def test_what_was_sent_leaves_no_draft(client: Client, watched: Watched) -> None:
    kept(watched, at=clock.now())
    client.force_login(watched.worker)
    form = {"text": "He said", "happened_at_when": "now", "once": "5f0c7c52-5ac9-4c68-a3e2-1b2d4a4f0c11"}
    assert client.post(f"/children/{watched.child.reference}/notes/new/", form).status_code == 302
    assert not Draft.objects.exists()


def test_a_draft_is_deleted_by_its_writer(client: Client, watched: Watched) -> None:
    kept(watched, at=clock.now())
    for person, left in ((watched.manager, 1), (watched.worker, 0)):
        client.force_login(person)
        assert client.post(f"/drafts/note/{watched.child.reference}/delete/").status_code == 302
        assert Draft.objects.count() == left


@pytest.mark.by_turns
def test_nobody_else_reads_a_draft(client: Client, watched: Watched) -> None:
    kept(watched, "A secret thought", at=clock.now())
    assert "A secret thought" not in page(client, watched, watched.manager)


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["guardian", "officer", "stranger"])
def test_whoever_may_not_send_the_form_keeps_no_draft_of_it(
    client: Client, watched: Watched, who: str
) -> None:
    person = a_person(Role.SOCIAL_WORKER) if who == "stranger" else getattr(watched, who)
    client.force_login(person)
    assert save(client, watched, text="x", draft_version="0") == 404
    assert not Draft.objects.exists()
    assert AccessRecord.objects.filter(user=person, child=watched.child, allowed=False).exists()


@pytest.mark.by_turns
def test_who_is_kept_from_the_child_has_lost_the_draft_too(client: Client, watched: Watched) -> None:
    kept(watched, at=clock.now())
    concerns.keep_from(watched.child, watched.worker, reason="An allegation", by=watched.manager, at=AT)
    assert drafts.standing(watched.worker, supervised=User.objects.none(), at=clock.now()) == []
    client.force_login(watched.worker)
    assert save(client, watched, text="x", draft_version="1") == 404


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "address", ["/drafts/nothing/", "/drafts/note/", "/drafts/registration/delete/extra/"]
)
def test_a_form_that_keeps_no_drafts_is_a_404(client: Client, watched: Watched, address: str) -> None:
    client.force_login(watched.worker)
    assert client.post(address).status_code == 404


@pytest.mark.by_turns
def test_today_lists_drafts_in_a_fixed_number_of_queries(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    address = "/today/"
    client.get(address)
    kept(watched, at=clock.now())
    page = html.unescape(client.get(address).content.decode())
    assert "Drafts (1)" in page
    assert f"/children/{watched.child.reference}/notes/new/" in page
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for form in (Draft.Form.MISSING_REPORT, Draft.Form.MISSING_RISK):
        drafts.save(watched.worker, form, watched.child, data={"a": ["b"]}, at=clock.now())
    drafts.save(watched.worker, Draft.Form.REGISTRATION, data={"given_name": ["L"]}, at=clock.now())
    with CaptureQueriesContext(connection) as more:
        page = html.unescape(client.get(address).content.decode())
    assert "Drafts (3)" in page
    assert len(more) == len(few)


@pytest.mark.by_turns
def test_a_registration_keeps_its_draft(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    answers = {"given_name": "Linh", "draft_version": "0", "save_draft": "1"}
    assert client.post("/children/new/", answers).status_code == 302
    assert 'value="Linh"' in client.get("/children/new/").content.decode()
    assert client.post("/drafts/registration/delete/").status_code == 302
    assert 'value="Linh"' not in client.get("/children/new/").content.decode()


def day(name: str, at: datetime) -> dict[str, str]:
    return {f"{name}_{part}": str(getattr(at, part)) for part in ("day", "month", "year")}


@pytest.mark.by_turns(8)
def test_the_long_forms_of_a_child_keep_a_draft_until_they_are_sent(client: Client, now: datetime) -> None:
    """A journey, a meeting and both referrals lost what was typed with a closed window."""
    w = a_watched_child(at=now - timedelta(hours=5), trafficking="yes", trafficking_note="A debt")
    assignments.end(w.assignment, reason="Moved away", by=w.manager, at=now - timedelta(hours=1))
    service = a_service()
    asked = {
        "journey_new": (Draft.Form.JOURNEY, "words", test_journey_page.answers(w, now)),
        "meeting_new": (
            Draft.Form.MEETING,
            "decisions",
            {"kind": "strategy", "held_at_when": "now", "led_by": "Ines", "attendees": "All"}
            | {"guardian": "none", "once": str(uuid.uuid4())},
        ),
        "nrm_new": (
            Draft.Form.NRM_REFERRAL,
            "made_by",
            {"first_responder": str(FirstResponder.objects.get(code="authority").pk)}
            | {"competent_authority": "sca", "version": "0", "once": str(uuid.uuid4())}
            | day("referred_date", now),
        ),
        "guardian_referral": (
            Draft.Form.GUARDIAN_REFERRAL,
            "reason",
            {"service": str(service.pk), "once": str(uuid.uuid4())} | day("referred_date", now),
        ),
    }
    for name, (form, box, answers) in asked.items():
        page, words = reverse(name, args=[w.child.reference]), f"Half a word for {form}"
        save_at = reverse("draft_save", args=[form, w.child.reference])
        client.force_login(a_person(Role.SOCIAL_WORKER))
        assert client.post(save_at, {box: words, "draft_version": "0"}).status_code == 404
        client.force_login(w.worker)
        typed = {**answers, box: words, "draft_version": "0"}
        assert client.post(save_at, typed).status_code == 200
        kept = {**typed, "draft_version": "1", "save_draft": "1"}
        assert client.post(page, kept)["Location"] == page
        shown = html.unescape(client.get(page).content.decode())
        assert words in shown, name
        assert "Delete the draft" in shown
        assert f'href="{page}"' in client.get("/today/").content.decode()
        sent = client.post(page, {**typed, "draft_version": "2"})
        assert sent.status_code == 302, sent.context["form"].errors
        assert not Draft.objects.filter(form=form).exists(), "what was sent leaves no draft"


@pytest.mark.by_turns
def test_the_draft_of_a_journey_has_as_many_stops_as_were_typed(client: Client, now: datetime) -> None:
    w = a_watched_child(at=now - timedelta(hours=5))
    client.force_login(w.worker)
    page = reverse("journey_new", args=[w.child.reference])
    typed = test_journey_page.answers(w, now) | {"stops": "10", "stop_9_place": "Ninth services"}
    assert client.post(page, {**typed, "draft_version": "0", "save_draft": "1"}).status_code == 302
    form = client.get(page).context["form"]
    assert len(form.numbers) == 10
    assert [number for number, _fields, is_open in form.of_stops() if is_open] == [1, 9]
    assert form["stop_9_place"].value() == "Ninth services"


@pytest.mark.by_turns(8)
def test_what_the_page_filled_in_by_itself_is_filled_in_anew(client: Client, now: datetime) -> None:
    """A draft of before a move offered the old pick-up place over the one that is on record since."""
    w = a_watched_child(at=now - timedelta(hours=5))
    client.force_login(w.worker)
    page = reverse("journey_new", args=[w.child.reference])
    first = client.get(page)
    assert first.context["form"]["from_place"].value() == w.home.name
    typed = {"words": "Is glad", "from_place": w.home.name, "from_force": str(w.force.pk)}
    typed |= {"draft_prefilled": first.context["prefilled"], "draft_version": "0"}
    assert html.escape(first.context["prefilled"]) in first.content.decode()
    save_at = reverse("draft_save", args=[Draft.Form.JOURNEY, w.child.reference])
    assert client.post(save_at, typed).status_code == 200
    assert Draft.objects.get().data == {"words": ["Is glad"]}
    moved = a_home(w.authority)
    placements.start(
        w.child, where=moved, placement_type="K2", starts_at=now, by=w.worker, at=now + timedelta(seconds=1)
    )
    form = client.get(page).context["form"]
    assert (form["from_place"].value(), form["words"].value()) == (moved.name, "Is glad")
    # What somebody typed themselves is theirs, and what is no list of answers drops none.
    for sent in ("", "[", "[1]", client.get(page).context["prefilled"]):
        version = Draft.objects.get().version
        own = {"from_place": "The school gate", "draft_prefilled": sent, "draft_version": str(version)}
        assert client.post(save_at, own).status_code == 200
        assert client.get(page).context["form"]["from_place"].value() == "The school gate"


@pytest.mark.by_turns
@pytest.mark.parametrize("typed", ["", "NRM-OWN-1"])
def test_a_reference_that_came_on_record_meanwhile_is_shown_unless_another_was_typed(
    client: Client, now: datetime, typed: str
) -> None:
    w = a_watched_child(at=now - timedelta(hours=5), trafficking="yes", trafficking_note="A debt")
    client.force_login(w.worker)
    page = reverse("nrm_new", args=[w.child.reference])
    sent = {"made_by": "Ines", "reference": typed, "version": "0", "draft_version": "0"}
    sent |= {"draft_prefilled": client.get(page).context["prefilled"], "save_draft": "1"}
    assert client.post(page, sent).status_code == 302
    said = {"nrm_reference": "NRM-HERE-2"}
    details.change(w.child, said, topic="references", version=0, by=w.manager, at=now)
    form = client.get(page).context["form"]
    assert form["made_by"].value() == "Ines"
    # Whoever typed one is refused once, for they have not read what the reference is by now.
    shown = (form["reference"].value(), int(form["version"].value()))
    assert shown == ((typed, 0) if typed else ("NRM-HERE-2", details.version_of(w.child, "references")))


@pytest.mark.by_turns(8)
def test_a_draft_whose_form_is_not_offered_is_shown_to_be_read(client: Client, now: datetime) -> None:
    w = a_watched_child(at=now - timedelta(hours=5), trafficking="yes", trafficking_note="A debt")
    assignments.end(w.assignment, reason="Moved away", by=w.manager, at=now - timedelta(hours=1))
    referral = {"service": str(a_service().pk), "reason": "Alone", "once": str(uuid.uuid4())}
    asked = {
        "journey_new": (Draft.Form.JOURNEY, "words", test_journey_page.answers(w, now)),
        "guardian_referral": (Draft.Form.GUARDIAN_REFERRAL, "reason", referral | day("referred_date", now)),
    }
    for name, (form, box, answers) in asked.items():
        page = reverse(name, args=[w.child.reference])
        drafts.save(w.worker, form, w.child, data={box: ["Half a word"]}, at=clock.now())
        client.force_login(w.manager)
        answer = client.post(page, answers)
        assert answer.status_code == 302, answer.context["form"].errors
        assert "Half a word" not in client.get(page, follow=True).content.decode(), "it is its writer's alone"
        client.force_login(w.worker)
        shown = html.unescape(client.get(page, follow=True).content.decode())
        for words in ("Your draft, not sent", "Half a word", "Delete the draft"):
            assert words in shown, name
        assert client.post(reverse("draft_delete", args=[form, w.child.reference])).status_code == 302
        assert "Half a word" not in client.get(page, follow=True).content.decode()


@pytest.mark.by_turns(8)
def test_a_team_of_a_draft_that_is_not_offered_any_more_keeps_nobody_from_registering(
    client: Client, watched: Watched
) -> None:
    data = {"team": [str(watched.desk.team.pk)], "given_name": ["Lemlem"]}
    drafts.save(watched.worker, Draft.Form.REGISTRATION, data=data, at=clock.now())
    client.force_login(watched.worker)
    form = client.get(reverse("child_new")).context["form"]
    assert form.initial["given_name"] == "Lemlem"
    assert form.initial["team"] == watched.team.pk


def test_the_sign_that_no_text_of_postgresql_holds_costs_nothing_else_that_was_typed(
    watched: Watched,
) -> None:
    assert kept(watched, "Out of\0a PDF").data == {"text": ["Out of a PDF"]}
