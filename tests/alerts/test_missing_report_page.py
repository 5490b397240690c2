"""The report on three screens: nothing typed is lost, nothing is sent twice, and the police are owed word at its commit."""

import html
import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from alerts import sweep
from alerts.emails import police
from alerts.emails.composition import compose
from alerts.forms.missing_report import MissingFacts
from alerts.models import Message, Verification
from cases import clock, concerns, episodes
from cases.episodes import reports
from cases.forms.dates import LatelyField
from cases.forms.drafts import LATELY
from cases.forms.typed import london
from cases.models import Draft, EpisodeForce, Event, Mailbox, MissingEpisode, MissingReport, Questions, Role
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_date, gov_time, uk_time
from tests.counts import a_third, counts
from tests.factories import (
    Watched,
    a_person,
    a_watched_child,
    an_agreement,
    case_closed,
    ended,
    missing,
    not_here,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(minutes=50), given_name="Samir")


def path(watched: Watched, what: str) -> str:
    return f"/children/{watched.child.reference}/missing/{what}/"


def facts(**answers: Any) -> dict[str, Any]:
    return {
        "police_rung": "about_to",
        "last_seen_at_when": "quarter",
        "last_seen_place": "The kitchen",
        "last_seen_by": "M. Reid",
        "wearing": "Black jacket",
        "vehicle": "White van, AB12 CDE",
        "taken": ["phone", "money"],
        "steps": ["searched", "phoned_child"],
        "draft_version": "0",
        "once": str(uuid.uuid4()),
        **answers,
    }


def risk(**answers: Any) -> dict[str, Any]:
    given = {"why_worried": "Collected by a stranger", "our_grade": "high", "grade_reason": "New here"}
    unknown = dict.fromkeys(Questions.values, "not_known")
    return {
        **given,
        **unknown,
        "self_harm": "no",
        "shares_profile": "yes",
        "draft_version": "0",
        **answers,
    }


def page_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def compose_alert(episode: MissingEpisode) -> str:
    sweep.sweep(now=episode.police_owed_at)
    mail = compose(Message.objects.filter(wording="police_alert").first(), now=episode.police_owed_at)
    return str(mail.text)


def chosen(page: str, name: str) -> str:
    """Which radio of this name is set."""
    radios = [tag for tag in re.findall(r"<input[^>]*>", page) if f'name="{name}"' in tag]
    (value,) = [re.findall(r'value="(\w+)"', tag)[0] for tag in radios if " checked" in tag]
    return value


def typed(client: Client, watched: Watched, person: Any, **answers: Any) -> dict[str, Any]:
    """Both screens filled in and kept; the answers of the first."""
    client.force_login(person)
    given = facts(**answers)
    assert client.post(path(watched, "new"), given).headers["Location"] == path(watched, "risk")
    assert client.post(path(watched, "risk"), risk()).headers["Location"] == path(watched, "check")
    return given


@pytest.fixture
def begun(watched: Watched) -> dict[str, Any]:
    """The worker has filled in both screens; the answers of the first."""
    return typed(Client(), watched, watched.worker)


@pytest.mark.by_turns
def test_three_screens_report_the_child_and_the_police_are_owed_word_at_the_commit(
    client: Client, watched: Watched, begun: dict[str, Any]
) -> None:
    given = begun
    client.force_login(watched.worker)
    assert not MissingEpisode.objects.exists()
    page = page_of(client, path(watched, "check"))
    for answer in ("The kitchen", "Black jacket", "Phone, Money or a bank card", "Collected by a stranger"):
        assert answer in page
    response = client.post(path(watched, "check"), {"once": given["once"]})
    episode = MissingEpisode.objects.get(child=watched.child)
    assert response.headers["Location"] == f"/missing/{episode.reference}/sent/"
    sweep.sweep(now=episode.police_owed_at)
    queued = Message.objects.filter(wording="police_alert").earliest("created_at")
    assert queued.created_at - episode.opened_at < timedelta(seconds=5)
    report = reports.latest(episode)
    assert report is not None
    assert (report.version, report.police_rung, report.steps) == (1, "about_to", ["searched", "phoned_child"])
    assert report.answers == {"self_harm": {"said": "no", "note": ""}}
    assert (episode.wearing, episode.our_grade, episode.police_rung) == ("Black jacket", "high", False)
    assert not Draft.objects.exists()


@pytest.mark.by_turns(8)
def test_the_confirmation_has_the_reference_and_what_happens_next_by_the_clock(
    client: Client, watched: Watched
) -> None:
    given = typed(client, watched, watched.carer)
    sent = client.post(path(watched, "check"), {"once": given["once"]}).headers["Location"]
    page = page_of(client, sent)
    assert f"{watched.child.reference}-M1" in page
    assert "duty rings 101 again" in page
    assert client.post(sent, {"incident_reference": ""}).status_code == 422
    client.post(sent, {"incident_reference": "0417/25", "officer": "PC Shah"})
    row = EpisodeForce.objects.get(episode__child=watched.child)
    assert (row.incident_reference, row.officer) == ("0417/25", "PC Shah")
    assert not Verification.objects.exists()
    again = page_of(client, sent)
    assert "What the police said" in again
    assert 'value="0417/25"' in again, "what is held is not asked for a second time"


@pytest.mark.by_turns
def test_a_second_press_sends_nothing_twice_and_leads_to_the_same_page(
    client: Client, watched: Watched, begun: dict[str, Any]
) -> None:
    given = begun
    client.force_login(watched.worker)
    pressed = [client.post(path(watched, "check"), {"once": given["once"]}) for _ in range(2)]
    assert pressed[0].headers["Location"] == pressed[1].headers["Location"]
    assert MissingReport.objects.count() == 1
    assert Event.objects.filter(child=watched.child, kind="reported_missing").count() == 1


@pytest.mark.by_turns(8)
def test_a_second_press_after_the_child_was_found_does_not_say_that_the_police_are_told(
    client: Client, watched: Watched, begun: dict[str, Any]
) -> None:
    given = begun
    client.force_login(watched.worker)
    sent = client.post(path(watched, "check"), {"once": given["once"]}).headers["Location"]
    assert "are being told now" in page_of(client, sent)
    episode = MissingEpisode.objects.get()
    ended(episode, at=episode.opened_at + timedelta(seconds=1))
    again = client.post(path(watched, "check"), {"once": given["once"]}, follow=True)
    page = html.unescape(again.content.decode())
    assert again.redirect_chain[-1][0].endswith(f"/missing/{episode.reference}/")
    assert "are being told now" not in page
    assert "Nobody is told anew" in page
    assert f'href="{path(watched, "quick")}">report it again</a>' in page


@pytest.mark.by_turns(8)
def test_a_report_typed_anew_under_the_same_key_is_told_of_and_the_next_press_is_a_version_of_it(
    client: Client, watched: Watched, begun: dict[str, Any]
) -> None:
    given = begun
    client.force_login(watched.worker)
    check = path(watched, "check")
    client.post(check, {"once": given["once"]})
    window = typed(client, watched, watched.worker, once=given["once"])
    assert client.post(check, {"once": given["once"]}).headers["Location"].endswith("/sent/")
    assert MissingReport.objects.count() == 1, "the same words are the same report"
    assert not Draft.objects.exists()
    typed(client, watched, watched.worker, **{**window, "wearing": "A red coat, and no shoes"})
    refused = client.post(check, {"once": given["once"]})
    assert refused.status_code == 422
    text = html.unescape(refused.content.decode())
    assert "A red coat, and no shoes" in text
    assert "sent this form before" in text
    assert MissingReport.objects.count() == 1
    once = str(refused.context["once"])
    assert once != given["once"]
    assert once in text
    assert client.post(check, {"once": once}).status_code == 302
    assert [one.wearing for one in MissingReport.objects.all()] == [
        "Black jacket",
        "A red coat, and no shoes",
    ]


@pytest.mark.by_turns
def test_back_after_sending_leads_to_the_confirmation(
    client: Client, watched: Watched, begun: dict[str, Any]
) -> None:
    given = begun
    client.force_login(watched.worker)
    sent = client.post(path(watched, "check"), {"once": given["once"]}).headers["Location"]
    assert client.get(path(watched, "check")).headers["Location"] == sent


@pytest.mark.by_turns
def test_back_and_forth_keeps_what_was_typed(client: Client, watched: Watched) -> None:
    typed(client, watched, watched.worker, vehicle="Red estate, 51-99-TTR")
    page = page_of(client, path(watched, "new"))
    assert 'value="Red estate, 51-99-TTR"' in page
    assert 'value="The kitchen"' in page
    assert "Collected by a stranger" in page_of(client, path(watched, "risk"))


def test_a_window_that_is_behind_is_told_so_and_changes_nothing(
    client: Client, watched: Watched, begun: dict[str, Any]
) -> None:
    client.force_login(watched.worker)
    behind = client.post(path(watched, "new"), facts(wearing="Blue coat"))
    assert behind.status_code == 409
    assert f'href="{path(watched, "new")}"' in behind.content.decode()
    assert Draft.objects.get(form="missing-report").data["wearing"] == ["Black jacket"]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("police_rung", "Select if you have phoned the police"),
        ("last_seen_at_when", "Enter when the child was last seen"),
        ("last_seen_place", "Enter where the child was last seen"),
        ("last_seen_by", "Enter the name of the person who saw the child, or select Not known"),
        ("steps", "Select what has been done, or Nothing yet"),
    ],
)
def test_what_police_ask_first_must_be_answered(
    client: Client, watched: Watched, left_out: str, words: str
) -> None:
    client.force_login(watched.carer)
    response = client.post(path(watched, "new"), facts() | {left_out: [] if left_out == "steps" else ""})
    page = html.unescape(response.content.decode())
    assert response.status_code == 422
    assert page.count(words) >= 2
    assert "White van, AB12 CDE" in page


@pytest.mark.by_turns
def test_when_where_and_by_whom_may_each_be_not_known(client: Client, watched: Watched) -> None:
    empty = {"last_seen_at_when": "", "last_seen_place": "", "last_seen_by": ""}
    unknown = {"not_known": ["when", "where", "by_whom"], "steps": ["nothing_yet"]}
    given = typed(client, watched, watched.guardian, **empty, **unknown)
    assert client.post(path(watched, "check"), {"once": given["once"]}).status_code == 302
    report = MissingReport.objects.get()
    assert (report.last_seen_at, report.last_seen_place, report.last_seen_by, report.steps) == (
        None,
        "",
        "",
        [],
    )


@pytest.mark.by_turns(8)
def test_why_somebody_is_worried_is_typed(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    client.post(path(watched, "new"), facts())
    response = client.post(path(watched, "risk"), risk(why_worried=""))
    assert response.status_code == 422
    assert "Enter why you are worried" in html.unescape(response.content.decode())
    assert client.get(path(watched, "check")).headers["Location"] == path(watched, "risk")


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"our_grade": ""}, "Select our view of the risk, or Not yet assessed"),
        ({"our_grade": "dire"}, "not on the list any more"),
        ({"grade_reason": ""}, "Enter the reason for our view of the risk"),
        ({"shares_profile": ""}, "Select whether the profile and the photo are shared"),
        ({"shares_profile": "perhaps"}, "not on the list any more"),
        ({"tell_also": "x" * 2001}, "2,000 characters or fewer (1 too many)"),
    ],
)
def test_our_view_its_reason_and_whether_the_profile_is_shared_are_asked_for(
    client: Client, watched: Watched, wrong: dict[str, str], words: str
) -> None:
    client.force_login(watched.worker)
    client.post(path(watched, "new"), facts())
    response = client.post(path(watched, "risk"), risk(**wrong))
    assert response.status_code == 422
    page = html.unescape(response.content.decode())
    assert words in page
    assert "Collected by a stranger" in page
    assert client.get(path(watched, "check")).headers["Location"] == path(watched, "risk")


@pytest.mark.by_turns
def test_each_answer_that_is_checked_leads_to_its_own_field(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    client.post(path(watched, "new"), facts())
    client.post(path(watched, "risk"), risk())
    ways = re.findall(
        r'class="govuk-link" href="([^"#]+)#([^"]+)">Change', page_of(client, path(watched, "check"))
    )
    assert len(ways) > 20
    pages = {page: page_of(client, page) for page, _field in ways}
    assert pages.keys() == {path(watched, "new"), path(watched, "risk")}
    for page, field in ways:
        control = re.search(rf'<(\w+)[^>]* id="{field}"', pages[page])
        assert control is not None, field
        assert control[1] in {"input", "select", "textarea"}, "the cursor lands in it"


@pytest.mark.by_turns
def test_what_is_not_assessed_needs_no_reason(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    client.post(path(watched, "new"), facts())
    response = client.post(path(watched, "risk"), risk(our_grade="unknown", grade_reason=""))
    assert response.headers["Location"] == path(watched, "check")


@pytest.mark.by_turns
def test_how_the_child_travels_and_who_else_is_told_are_kept_checked_and_stand_with_the_episode(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    given = facts(travelling="By coach to <Fellmouth>")
    client.post(path(watched, "new"), given)
    client.post(path(watched, "risk"), risk(tell_also="Aunt Sela, 01632 960777", shares_profile="no"))
    check = page_of(client, path(watched, "check"))
    sent = client.post(path(watched, "check"), {"once": given["once"]}).headers["Location"]
    report = MissingReport.objects.get()
    assert (report.travelling, report.tell_also, report.shares_profile) == (
        "By coach to <Fellmouth>",
        "Aunt Sela, 01632 960777",
        False,
    )
    episode = sent.removesuffix("sent/")
    shown = page_of(client, episode)
    assert "Aunt Sela, 01632 960777" in strip_tags(shown)
    assert "Not shared" in shown
    for page in (check, *(page_of(client, episode + more) for more in ("briefing/", "text/"))):
        for words in ("By coach to <Fellmouth>", "Aunt Sela", "Not shared", "New here"):
            assert words in page
    again = page_of(client, path(watched, "risk"))
    assert chosen(again, "shares_profile") == "no"
    assert "Aunt Sela" in again


@pytest.mark.by_turns(8)
def test_a_home_does_not_read_whom_the_council_tells_and_adds_to_it(client: Client, watched: Watched) -> None:
    def send(person: Any, also: str) -> None:
        client.force_login(person)
        given = facts()
        client.post(path(watched, "new"), given)
        client.post(path(watched, "risk"), risk(tell_also=also))
        assert client.post(path(watched, "check"), {"once": given["once"]}).status_code == 302

    send(watched.worker, "Aunt Sela")
    client.force_login(watched.carer)
    assert "Aunt Sela" not in page_of(client, path(watched, "risk"))
    send(watched.carer, "The college")
    assert "Aunt Sela" not in page_of(client, f"/missing/{MissingEpisode.objects.get().reference}/")
    send(watched.carer, "")
    assert [one.tell_also for one in MissingReport.objects.all()] == [
        "Aunt Sela",
        "Aunt Sela\nThe college",
        "Aunt Sela\nThe college",
    ]


def test_nothing_is_sent_of_a_report_that_was_never_begun(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    for once in ("", "no-key", str(uuid.uuid4())):
        answer = client.post(path(watched, "check"), {"once": once})
        assert answer.headers["Location"] == path(watched, "new")
    assert not MissingEpisode.objects.exists()


# --- What is held is not asked again


@pytest.mark.by_turns(8)
def test_the_questions_stand_at_what_is_held(client: Client, now: datetime) -> None:
    w = a_watched_child(
        at=now - timedelta(minutes=50), needs=["medicine"], trafficking="yes", trafficking_note="A debt"
    )
    ended(missing(w.child, at=now - 40 * MINUTE), at=now - 30 * MINUTE)
    client.force_login(w.worker)
    page = page_of(client, path(w, "risk"))
    for name in ("before", "medical", "exploitation"):
        assert chosen(page, name) == "yes", name
    assert "1 time, last on" in page
    assert 'value="A debt"' in page
    assert chosen(page, "danger") == "not_known"


@pytest.mark.by_turns
def test_only_times_missing_are_counted_and_an_absence_whose_place_was_known_to_its_end_is_none(
    client: Client, now: datetime
) -> None:
    w = a_watched_child(at=now - timedelta(days=9))

    def away(days: int) -> MissingEpisode:
        known = {"whereabouts": "Lowmoor", "reason": "A cousin"}
        return episodes.report_away(w.child, **known, by=w.worker, at=now - timedelta(days=days))

    def asked() -> str:
        client.force_login(w.worker)
        return page_of(client, path(w, "risk"))

    ended(away(8), at=now - timedelta(days=7))
    assert chosen(asked(), "before") == "not_known"
    ended(missing(w.child, at=now - timedelta(days=6)), at=now - timedelta(days=5))
    ended(away(4), at=now - timedelta(days=3))
    page = asked()
    assert chosen(page, "before") == "yes"
    assert f"1 time, last on {gov_date(now - timedelta(days=6))}" in page
    lost = away(2)
    lost = episodes.become_missing(lost, reason="Not there any more", by=w.worker, at=now - timedelta(days=1))
    ended(lost, at=now - timedelta(hours=5))
    assert f"2 times, last on {gov_date(now - timedelta(days=2))}" in asked()


@pytest.mark.by_turns
def test_a_home_is_not_shown_the_councils_record_and_does_not_erase_it(client: Client, now: datetime) -> None:
    w = a_watched_child(at=now - timedelta(minutes=50), trafficking="yes", trafficking_note="A debt")
    client.force_login(w.carer)
    assert "A debt" not in page_of(client, path(w, "risk"))
    given = typed(client, w, w.carer)
    assert "A debt" not in page_of(client, path(w, "check"))
    client.post(path(w, "check"), {"once": given["once"]})
    assert MissingReport.objects.get().answers["exploitation"] == {"said": "yes", "note": "A debt"}


@pytest.mark.by_turns(8)
def test_what_not_here_began_is_completed_and_a_later_report_is_the_next_version(
    client: Client, watched: Watched, now: datetime
) -> None:
    began = not_here(watched.child, by=watched.carer, at=now - MINUTE)
    client.force_login(watched.carer)
    assert "Complete the report" in page_of(client, path(watched, "new"))
    for wearing in ("Black jacket", ""):
        given = typed(client, watched, watched.carer, wearing=wearing)
        client.post(path(watched, "check"), {"once": given["once"]})
    versions = list(MissingReport.objects.filter(episode=began).values_list("version", "wearing"))
    assert versions == [(1, "Black jacket"), (2, "")]
    began.refresh_from_db()
    assert began.wearing == ""


@pytest.mark.by_turns
def test_a_guardian_is_named_to_no_home_and_the_name_is_kept(
    client: Client, watched: Watched, now: datetime
) -> None:
    missing(watched.child, last_seen_by=watched.guardian.name, by=watched.worker, at=now - MINUTE)
    client.force_login(watched.carer)
    page = page_of(client, path(watched, "new"))
    assert watched.guardian.name not in page
    assert 'value="Guardian"' in page
    given = typed(client, watched, watched.carer, last_seen_by="Guardian")
    client.post(path(watched, "check"), {"once": given["once"]})
    assert reports.latest(MissingEpisode.objects.get()).last_seen_by == watched.guardian.name


def test_every_box_of_a_time_without_its_day_is_one_of_which_a_draft_keeps_the_day(now: datetime) -> None:
    boxes = [name for name, field in MissingFacts(now=now).fields.items() if isinstance(field, LatelyField)]
    assert set(boxes) == set(LATELY)


# --- Who is told, and what


@pytest.mark.by_turns
def test_the_mail_says_how_much_has_been_done(client: Client, watched: Watched) -> None:
    an_agreement(watched.force, watched.authority)
    Mailbox.objects.filter(force=watched.force).update(verified_at=clock.now())
    given = typed(client, watched, watched.worker, steps=["searched", "friends"])
    client.post(path(watched, "check"), {"once": given["once"]})
    watched.control_room.refresh_from_db()
    told = police.told(MissingEpisode.objects.get(), watched.force, watched.control_room, now=clock.now())
    rows = {row.label: row.value for row in told.rows}
    assert rows["Already done"].endswith("; steps taken 2 of 6")
    assert (rows["Wearing"], rows["Car seen"]) == ("Black jacket", "White van, AB12 CDE")


@pytest.mark.by_turns
def test_what_is_shared_follows_the_agreement_with_the_force(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    assert "There is no sharing agreement with this force" in page_of(client, path(watched, "risk"))
    an_agreement(watched.force, watched.authority)
    Mailbox.objects.filter(force=watched.force).update(verified_at=clock.now())
    assert "The police mail holds name" in page_of(client, path(watched, "risk"))


@pytest.mark.by_turns
def test_whoever_is_kept_from_the_child_is_refused_and_no_page_says_so(
    client: Client, watched: Watched
) -> None:
    at = watched.child.registered_at
    concerns.keep_from(watched.child, watched.guardian, reason="An allegation", by=watched.manager, at=at)
    client.force_login(watched.worker)
    assert "Guardian: mail" in page_of(client, path(watched, "risk"))
    client.force_login(watched.guardian)
    assert client.get(path(watched, "new")).status_code == 404


@pytest.mark.by_turns
@pytest.mark.parametrize("what", ["new", "risk", "check", "quick"])
def test_strangers_and_officers_are_refused(client: Client, watched: Watched, what: str) -> None:
    strange = (a_person(Role.GUARDIAN), a_person(Role.SOCIAL_WORKER), watched.officer)
    for person in a_third(strange, what):
        client.force_login(person)
        assert client.get(path(watched, what)).status_code == 404
        assert client.post(path(watched, what), facts()).status_code == 404
    assert not Draft.objects.exists()


def test_a_closed_case_is_not_reported_and_says_so(
    client: Client, watched: Watched, begun: dict[str, Any], now: datetime
) -> None:
    given = begun
    client.force_login(watched.worker)
    case_closed(watched.child, reason="Moved abroad", by=watched.manager, at=now)
    answer = client.post(path(watched, "check"), {"once": given["once"]})
    assert answer.status_code == 422
    assert "Nothing was sent" in answer.content.decode()
    assert Draft.objects.count() == 2


PART_TWO = {
    "child_phone": "07700 900456",
    "phone_state": "off",
    "phone_used": "A message at 8pm",
    "state_of_mind": "Frightened after a call",
    "weather": "Rain, and no coat",
    "court_orders": "Interim care order",
    "collected_by": "Dara Minch, the home’s back door",
}


@pytest.mark.by_turns
def test_the_hours_of_the_search_are_on_the_report_its_briefing_and_what_an_officer_reads_and_in_no_mail(
    client: Client, watched: Watched
) -> None:
    given = typed(client, watched, watched.worker, **PART_TWO)
    check = page_of(client, path(watched, "check"))
    said = [words for name, words in PART_TWO.items() if name != "phone_state"]
    assert not [words for words in said if words not in check]
    client.post(path(watched, "check"), {"once": given["once"]})
    episode = MissingEpisode.objects.get(child=watched.child)
    sweep.sweep(now=episode.police_owed_at)
    mail = compose(Message.objects.filter(wording="police_alert").first(), now=episode.police_owed_at)
    assert not [words for words in said if words in mail.text]
    for reader in (watched.desk.person, watched.officer):
        client.force_login(reader)
        page = page_of(client, f"/missing/{episode.reference}/briefing/")
        assert not [words for words in said if words not in page]
        assert "Off, or it goes to voicemail at once" in page


@pytest.mark.by_turns(8)
def test_when_each_check_was_done_and_when_the_police_were_told_is_on_the_report_and_wherever_it_is_read(
    client: Client, watched: Watched, now: datetime
) -> None:
    """Typed with the time alone; what stands is offered again as the same instants, and a second press is the same report."""
    an_agreement(watched.force, watched.authority)
    Mailbox.objects.filter(force=watched.force).update(verified_at=now)
    told, searched = (now - timedelta(minutes=ago) for ago in (12, 40))
    minute = {"second": 0, "microsecond": 0}
    times = {
        "police_rung": "yes",
        "police_told_by": "101",
        "police_told_at": f"{london(told):%H:%M}",
        "reporter_role": "placement_staff",
        "steps": ["phoned_child"],
        "searched_at": f"{london(searched):%H:%M}",
    }
    given = typed(client, watched, watched.worker, **times)
    said = (gov_time(told), f"Searched the building and the grounds, {gov_time(searched)}", "Placement staff")
    check = page_of(client, path(watched, "check"))
    assert not [words for words in (*said, "101, ") if words not in check]
    for _press in (1, 2):
        assert client.post(path(watched, "check"), {"once": given["once"]}).status_code == 302
    report = MissingReport.objects.get()
    assert (report.police_told_by, report.police_told_at, report.police_rung) == (
        "101",
        told.replace(**minute),
        "yes",
    )
    assert report.steps == ["searched", "phoned_child"], "a time says that it was done"
    assert report.steps_at == {"searched": searched.replace(**minute).isoformat()}
    episode = MissingEpisode.objects.get(child=watched.child)
    mail = compose_alert(episode)
    assert f"whoever reported it rang 101 at {uk_time(told, episode.police_owed_at)}" in " ".join(
        mail.split()
    )
    assert "Searched" not in mail
    each = [
        (who, page) for who in (watched.desk.person, watched.officer) for page in ("", "briefing/", "text/")
    ]
    for reader, page in counts(each[::2], each):
        client.force_login(reader)
        read = page_of(client, f"/missing/{episode.reference}/{page}")
        assert not [words for words in said if words not in read], (reader, page)
    client.force_login(watched.desk.person)
    again = page_of(client, path(watched, "new"))
    assert f'name="searched_at" value="{london(searched):%H:%M}' in again
    assert f'name="police_told_at" value="{london(told):%H:%M}' in again
    assert chosen(again, "reporter_role") == "placement_staff"


def test_what_was_done_has_no_time_to_come_and_when_the_police_were_told_needs_how(
    client: Client, watched: Watched, now: datetime
) -> None:
    client.force_login(watched.worker)
    to_come = f"{london(now + timedelta(hours=1)):%H:%M}"
    wrong = {"police_told_at": f"{london(now - timedelta(hours=1)):%H:%M}", "friends_at": to_come}
    response = client.post(path(watched, "new"), facts(**wrong, guardian_at="half past"))
    page = html.unescape(response.content.decode())
    assert response.status_code == 422
    for words in (
        "Select how the police were told, or leave out the time",
        "Enter a time that has passed, or add its day, like 9:10pm yesterday",
        "Enter a real time, like 9:10pm or 21:10",
    ):
        assert page.count(words) == 2, words
    assert 'value="half past"' in page
    late = {"steps": ["friends"], "steps_at": {"friends": (now + timedelta(minutes=1)).isoformat()}}
    with pytest.raises(IllegalMove):
        missing(watched.child, by=watched.worker, at=now, **late)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"police_rung": "about_to", "police_told_by": "101"}, "police_told_by", "are not phoned yet"),
        ({"police_rung": "no", "police_told_by": "999"}, "police_told_by", "are not phoned yet"),
        ({"child_phone": "zero"}, "child_phone", "Enter a phone number"),
    ],
)
def test_an_answer_that_contradicts_another_or_is_no_number_is_refused_at_its_field(
    client: Client, watched: Watched, wrong: dict[str, str], field: str, words: str
) -> None:
    client.force_login(watched.worker)
    refused = client.post(path(watched, "new"), facts(**wrong))
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == [field]
    assert words in str(refused.context["form"].errors[field])
    assert "White van, AB12 CDE" in refused.content.decode()
    by_form = facts(police_told_by="online", child_phone="07700900456")
    assert client.post(path(watched, "new"), by_form).status_code == 302


@pytest.mark.by_turns
def test_a_report_of_one_screen_says_in_what_part_somebody_reports_and_duty_says_whose_word_it_is(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.carer)
    quick = {name: facts()[name] for name in ("last_seen_at_when", "last_seen_place", "last_seen_by", "once")}
    client.post(path(watched, "quick"), quick | {"police_rung": "no", "why_worried": "Gone with a stranger"})
    assert MissingReport.objects.get().reporter_role == "placement_staff"
    parts = (
        (watched.desk.person, "placement_staff"),
        (watched.worker, "social_worker"),
        (watched.carer, "placement_staff"),
    )
    for reader, part in counts(parts[:2], parts):
        client.force_login(reader)
        assert chosen(page_of(client, path(watched, "new")), "reporter_role") == part


@pytest.mark.by_turns(8)
def test_the_childs_number_and_court_orders_stand_though_whoever_adds_to_the_report_is_not_shown_them(
    client: Client, watched: Watched
) -> None:
    given = typed(client, watched, watched.worker, **PART_TWO)
    client.post(path(watched, "check"), {"once": given["once"]})
    client.force_login(watched.guardian)
    shown = page_of(client, path(watched, "new"))
    assert "Frightened after a call" in shown
    assert "07700 900456" not in shown
    assert "Interim care order" not in shown
    again = typed(client, watched, watched.guardian, **{**PART_TWO, "child_phone": "", "court_orders": ""})
    client.post(path(watched, "check"), {"once": again["once"]})
    first, second = MissingReport.objects.order_by("version")
    for report in (first, second):
        assert (report.child_phone, report.court_orders) == ("07700 900456", "Interim care order")
