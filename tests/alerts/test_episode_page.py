"""The page of one episode: who reads what, who may do what, and both parts of an ending."""

import html
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import duty_tasks, escalations, police_links, sweep
from alerts.models import DutyTask, Message, Verification
from cases import clock, concerns, episodes, people
from cases.forms import typed
from cases.models import AccessRecord, Contact, EpisodeForce, Event, MissingEpisode, Role, SeenReport
from cases.templatetags.govuk import gov_time
from tests.counts import a_third
from tests.factories import (
    Watched,
    a_duty_desk,
    a_force,
    a_home,
    a_person,
    a_watched_child,
    ended,
    missing,
    seen,
    silent,
    told_by,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
SAVE = ">Save</button>"
SAID_SEEN = "You said that the child was seen. Somebody else on duty must confirm it."


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5), given_name="Samir", languages=["Arabic"])


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    """Reported a quarter of an hour ago, and the ladder has climbed to now."""
    found = missing(
        watched.child,
        by=watched.worker,
        at=now - 20 * MINUTE,
        last_seen_at=now - 80 * MINUTE,
        last_seen_place="Bus stop by the library",
        last_seen_by="M. Reid",
        why_worried="Collected by an unknown adult last week",
    )
    for ago in (20, 5, 0):
        sweep.sweep_all(now=now - ago * MINUTE)
    return found


@pytest.fixture
def unconfirmed(watched: Watched, now: datetime) -> MissingEpisode:
    return silent(watched.child, at=now - 20 * MINUTE)


def path(episode: MissingEpisode, what: str = "") -> str:
    return f"/missing/{episode.reference}/{what}"


def page_of(client: Client, person: Any, address: str) -> str:
    client.force_login(person)
    response = client.get(address)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def post(client: Client, person: Any, address: str, **answers: Any) -> Any:
    client.force_login(person)
    return client.post(address, answers)


def plain(page: str) -> str:
    """The words of a page on one line, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def saw(**answers: Any) -> dict[str, Any]:
    return {"who": "me", "means": "face_to_face", "seen_at_when": "now", "once": str(uuid.uuid4()), **answers}


VERIFIED = {"officer": "PC Shah", "collar_number": "1234", "incident_reference": "0417/25"}


# --- Reading


@pytest.mark.by_turns
def test_the_page_says_where_it_stands_and_what_comes_next_and_the_ladder_names_no_number(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    page = plain(page_of(client, watched.desk.person, path(episode)))
    assert "Missing since" in page
    assert episode.reference in page
    assert "Not verified: no officer has spoken to us." in page
    assert "Next: the team manager is rung, and the police are reminded where they have a mailbox" in page
    assert "Bus stop by the library" in page
    # Posts and organisations alone.
    page = page_of(client, watched.desk.person, f"/partials{path(episode)}")
    words = plain(page)
    assert "<html" not in page
    assert f"{watched.force.name}, force control room" in words
    assert "Duty desk" in words
    assert "Queued" in words
    assert ">Held<" not in words
    assert "Duty desk: ring 101 again" in words
    for number in (watched.desk.shift.phone, watched.manager.phone, watched.worker.phone):
        assert number not in page
    assert "@" not in words


@pytest.mark.by_turns
def test_when_everybody_has_been_told_the_page_says_that_it_is_for_a_person_to_go_on(
    client: Client, now: datetime
) -> None:
    watched = a_watched_child(at=now - timedelta(hours=40))
    episode = missing(watched.child, by=watched.worker, at=now - timedelta(hours=30))
    for ago in (30, 26, 0):
        sweep.sweep_all(now=now - timedelta(hours=ago))
    page = page_of(client, watched.desk.person, path(episode))
    assert "Next: " not in page
    assert "no officer has spoken to us: duty rings 101 until one has." in page
    post(client, watched.desk.person, path(episode, "police/"), force=watched.force.code, **VERIFIED)
    assert "duty rings 101 until one has" not in page_of(client, watched.desk.person, path(episode))


@pytest.mark.by_turns
def test_what_is_known_is_one_press_from_the_top_however_long_the_ladder_and_an_officer_reads_the_own_force_alone(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    pages = [page_of(client, person, path(episode)) for person in (watched.officer, watched.carer)]
    for page in pages:
        assert episode.reference in page
        for target in ("facts", "updates"):
            assert (
                page.index(f'href="#{target}"')
                < page.index("Who has been told")
                < page.index(f'id="{target}"')
            )
    words = plain(pages[0])
    assert "I have this alert" in words
    assert "Collected by an unknown adult last week" in words
    assert f"{watched.force.name}, force control room" in words
    # Nothing of the council's ladder.
    assert "Social worker" not in words
    assert "Guardian" not in words
    assert watched.worker.name not in words
    assert watched.home.name not in words


@pytest.mark.by_turns(8)
def test_what_waits_for_a_person_is_held_and_not_queued(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime, settings: Any
) -> None:
    own = Message.objects.filter(episode=episode)
    own.filter(pk=own.first().pk).update(held_at=now)
    words = plain(page_of(client, watched.desk.person, path(episode)))
    assert words.count("Held an administrator decides whether it still goes") == 1
    assert "Queued" in words
    timeline = plain(page_of(client, watched.worker, f"/children/{watched.child.reference}/"))
    assert "Held: an administrator decides" in timeline
    settings.SENDING = False
    words = plain(page_of(client, watched.desk.person, path(episode)))
    assert "Held nothing is sent until an administrator switches sending on" in words
    assert "Queued" not in words


@pytest.mark.by_turns(8)
def test_states_of_a_police_mail_are_told_apart(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    first, second = Message.objects.filter(wording="police_alert", episode=episode).order_by("pk")
    Message.objects.filter(pk=first.pk).update(status="sent", sent_at=now)
    Message.objects.filter(pk=second.pk).update(status="failed")
    words = plain(page_of(client, watched.desk.person, path(episode)))
    assert "Accepted by mail server" in words
    assert "Failed" in words
    token = police_links.issue(first, now=now).rstrip("/").split("/")[-1]
    link = police_links.find(token)
    assert link is not None
    police_links.mark_opened(link, now=now)
    assert "Link opened" in plain(page_of(client, watched.desk.person, path(episode)))


@pytest.mark.by_turns
def test_what_is_given_by_link_is_shown_as_given_and_not_verified(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    message = Message.objects.filter(wording="police_alert", episode=episode).first()
    assert message is not None
    link = police_links.find(police_links.issue(message, now=now).rstrip("/").split("/")[-1])
    assert link is not None
    police_links.acknowledge(link, name="Shah", collar_number="PC 1234", at=now)
    words = plain(page_of(client, watched.desk.person, path(episode)))
    assert "Opened by someone giving Shah , PC 1234 , not verified." in words
    assert "opened by someone giving Shah, PC 1234, not verified" in words


@pytest.mark.by_turns
def test_strangers_get_the_same_404_as_for_no_episode(client: Client, episode: MissingEpisode) -> None:
    for person in (
        a_duty_desk().person,
        a_person("guardian"),
        a_person("police"),
        a_person("placement_staff"),
    ):
        client.force_login(person)
        for address in (path(episode), f"/partials{path(episode)}", path(episode, "police/")):
            assert client.get(address).status_code == 404
        assert client.post(path(episode, "confirm/")).status_code == 404
    client.logout()
    assert client.get(path(episode)).headers["Location"].startswith("/sign-in/")


@pytest.mark.by_turns
def test_somebody_kept_from_the_child_gets_404(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    concerns.keep_from(watched.child, watched.guardian, reason="An allegation", by=watched.manager, at=now)
    client.force_login(watched.guardian)
    assert client.get(path(episode)).status_code == 404


@pytest.mark.by_turns
def test_everybody_involved_reads_it_a_home_and_a_guardian_neither_what_forces_answered_nor_who_rang_whom(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    message = Message.objects.filter(wording="police_alert", episode=episode).first()
    assert message is not None
    link = police_links.find(police_links.issue(message, now=now).rstrip("/").split("/")[-1])
    assert link is not None
    police_links.acknowledge(link, name="Shah-Given", collar_number="PC 1234", at=now)
    task = DutyTask.objects.filter(episode=episode, done_at=None).latest("opened_at")
    duty_tasks.finish(task, answer="The sergeant will call the aunt", by=watched.desk.person, at=now)
    for who in ("desk", "worker", "manager", "carer", "guardian"):
        page = page_of(client, watched.desk.person if who == "desk" else getattr(watched, who), path(episode))
        assert episode.reference in page, who
        for name in ("Shah-Given", "PC 1234", "The sergeant", watched.desk.person.name):
            # What the team of the child reads of it other tests know.
            assert (name in page) is (who == "desk") or who in ("worker", "manager"), (who, name)


@pytest.mark.by_turns(8)
def test_nobody_outside_the_council_reads_who_the_guardian_is(
    client: Client, watched: Watched, now: datetime
) -> None:
    seen(watched.child, by=watched.guardian, at=now - 60 * MINUTE)
    episode = missing(watched.child, by=watched.guardian, at=now - 20 * MINUTE)
    assert post(client, watched.guardian, path(episode, "seen/"), **saw()).status_code == 302
    child = f"/children/{watched.child.reference}/"
    pages = [path(episode), f"/partials{path(episode)}", child, "/children/", "/"]
    of_home = [f"{child}missing/new/", f"{child}not-here/", f"{child}check-in/"]
    for person, theirs in ((watched.officer, pages), (watched.carer, pages + of_home)):
        for address in theirs:
            assert watched.guardian.name not in page_of(client, person, address), (person, address)
    assert watched.guardian.name in page_of(client, watched.desk.person, path(episode))


@pytest.mark.by_turns
def test_an_officer_with_another_role_elsewhere_reads_no_more_than_an_officer(
    client: Client, now: datetime
) -> None:
    watched = a_watched_child(at=now - timedelta(days=60))
    old = missing(watched.child, by=watched.worker, at=now - timedelta(days=50))
    ended(old, by=watched.desk.person, at=now - timedelta(days=40))
    current = missing(watched.child, by=watched.worker, at=now - 5 * MINUTE)
    people.join(watched.officer, "placement_staff", home=a_home(), at=now - timedelta(days=90))

    words = plain(page_of(client, watched.officer, path(current)))

    assert watched.worker.name not in words
    assert client.get(path(old)).status_code == 404


@pytest.mark.by_turns
def test_copy_as_text_is_in_the_order_of_the_call(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    page = page_of(client, watched.desk.person, path(episode, "text/"))
    text = re.search(r"<textarea[^>]*readonly>(.*?)</textarea>", page, re.DOTALL)
    assert text is not None
    labels = [line.split(":")[0] for line in text[1].splitlines()]
    order = [
        "Name",
        "Birth date",
        "Languages",
        "Last seen",
        "Where",
        "By whom",
        "Wearing",
        "Why we are worried",
    ]
    assert [label for label in labels if label in order] == order
    assert text[1].splitlines()[0] == f"Missing child, reference {episode.reference}"


# --- Confirming and verifying


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("who", a_third(["worker", "manager"], "confirming"))
def test_confirming_starts_the_call_ladder(
    client: Client, watched: Watched, unconfirmed: MissingEpisode, who: str
) -> None:
    page = page_of(client, getattr(watched, who), path(unconfirmed))
    assert "Not confirmed: nobody has recorded seeing this child." in page
    assert "Confirm: tell the police now" in page
    assert post(client, getattr(watched, who), path(unconfirmed, "confirm/")).status_code == 302
    unconfirmed.refresh_from_db()
    assert unconfirmed.status == "missing"
    assert unconfirmed.police_owed_at is not None
    assert post(client, getattr(watched, who), path(unconfirmed, "confirm/")).status_code == 409


@pytest.mark.by_turns
def test_others_neither_confirm_nor_verify_nor_end_and_a_force_reads_nothing_before_it_is_owed_word(
    client: Client, watched: Watched, unconfirmed: MissingEpisode
) -> None:
    for person in (watched.carer, watched.guardian):
        assert "Confirm: tell the police now" not in page_of(client, person, path(unconfirmed))
        for what in ("confirm/", "police/", "return/", "police-closing/", "end/"):
            assert post(client, person, path(unconfirmed, what)).status_code == 404, (person, what)
    client.force_login(watched.officer)
    assert client.get(path(unconfirmed)).status_code == 404
    unconfirmed.refresh_from_db()
    assert unconfirmed.status == "not_confirmed"


@pytest.mark.by_turns(8)
def test_duty_verifies_by_officer_and_reference(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    answers = {"force": watched.force.code, "grade": "high", **VERIFIED}
    assert post(client, watched.desk.person, path(episode, "police/"), **answers).status_code == 302
    verification = Verification.objects.get(episode=episode)
    assert (verification.method, verification.officer, verification.incident_reference) == (
        "spoken",
        "PC Shah",
        "0417/25",
    )
    episode.refresh_from_db()
    assert episode.police_grade == "high"
    assert not DutyTask.objects.open().filter(episode=episode, kind__startswith="ring").exists()
    words = plain(page_of(client, watched.desk.person, path(episode)))
    assert "Verified with PC Shah, reference 0417/25" in words


@pytest.mark.by_turns
def test_recording_a_reference_confirms_too(
    client: Client, watched: Watched, unconfirmed: MissingEpisode
) -> None:
    post(client, watched.desk.person, path(unconfirmed, "police/"), force=watched.force.code, **VERIFIED)
    unconfirmed.refresh_from_db()
    assert unconfirmed.status == "missing"


@pytest.mark.by_turns
def test_the_wrong_force_is_added_to_and_stays(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    other = a_force("Withyford Police")
    answers = {"force": "another", "other_force": other.pk, **VERIFIED}
    post(client, watched.desk.person, path(episode, "police/"), **answers)
    assert set(EpisodeForce.objects.filter(episode=episode).values_list("force", flat=True)) == {
        watched.force.pk,
        other.pk,
    }
    assert Verification.objects.get(episode=episode).force == other


OTHER_FORCES = [
    ("own", "typed:Withyfrod", "We do not know “Withyfrod”. Choose one from the list or leave it empty"),
    ("another", "typed:Withyfrod", "We do not know “Withyfrod”. Choose one from the list"),
    ("another", "", "Select the other force"),
    ("own", "listed", "Select “Another force” above for this one, or leave it empty"),
]
LEFT_OUT = [
    ("officer", "Enter the officer’s name"),
    ("incident_reference", "Enter the police reference"),
    ("force", "Select the force you spoke to"),
]


@pytest.mark.by_turns(8)
def test_what_a_verification_lacks_is_said_at_its_box_and_nothing_is_recorded(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    listed = str(a_force("Withyford Police").pk)
    for radio, typed_in, words in OTHER_FORCES:
        answers = {
            "force": watched.force.code if radio == "own" else "another",
            "other_force": listed if typed_in == "listed" else typed_in,
            **VERIFIED,
        }
        response = post(client, watched.desk.person, path(episode, "police/"), **answers)
        assert response.status_code == 422
        assert response.context["form"].errors == {"other_force": [words]}
        page = response.content.decode()
        if typed_in:
            assert f'value="{answers["other_force"]}" selected' in page
    for left_out, words in LEFT_OUT:
        answers = {"force": watched.force.code, **VERIFIED} | {left_out: ""}
        response = post(client, watched.desk.person, path(episode, "police/"), **answers)
        assert response.status_code == 422
        assert words in response.content.decode()
    assert not Verification.objects.exists()


@pytest.mark.by_turns
def test_a_signed_in_officer_verifies_for_the_own_force(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    answers = {"force": watched.force.code, **VERIFIED}
    assert post(client, watched.officer, path(episode, "police/"), **answers).status_code == 302
    verification = Verification.objects.get(episode=episode)
    assert (verification.method, verification.recorded_by) == ("signed_in", watched.officer)


@pytest.mark.by_turns
def test_an_officer_is_asked_in_their_own_words_and_for_nothing_that_is_held(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    EpisodeForce.objects.filter(episode=episode).update(incident_reference="NM-991")
    for person in (watched.officer, watched.desk.person):
        assert 'value="NM-991"' in page_of(client, person, path(episode, "police/"))
    words = plain(page_of(client, watched.officer, path(episode, "police/")))
    assert "I have this alert" in words
    assert "Your force’s grade" in words
    assert "the police gave" not in words


@pytest.mark.by_turns
def test_an_officer_cannot_answer_for_another_force(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    other = a_force("Withyford Police")
    answers = {"force": "another", "other_force": other.pk, **VERIFIED}
    assert post(client, watched.officer, path(episode, "police/"), **answers).status_code == 422
    answers = {"force": other.code, **VERIFIED}
    assert post(client, watched.officer, path(episode, "police/"), **answers).status_code == 422
    assert not Verification.objects.exists()


# --- Seen, and the ending


# A carer's word is looked at with each moment and with the ending as well.
@pytest.mark.by_turns
@pytest.mark.parametrize("who", a_third(["carer", "guardian", "worker", "officer"], "seen is reported"))
def test_seen_is_reported_and_ends_nothing(
    client: Client, watched: Watched, episode: MissingEpisode, who: str
) -> None:
    person = getattr(watched, who)
    assert post(client, person, path(episode, "seen/"), **saw()).status_code == 302
    episode.refresh_from_db()
    assert episode.status == "missing"
    report = SeenReport.objects.get(episode=episode)
    assert report.reported_by == person
    words = plain(page_of(client, watched.desk.person, path(episode)))
    assert f"Reported seen by {person.name} at" in words
    assert "not confirmed" in words


@pytest.mark.by_turns
def test_the_same_word_of_the_same_minute_stands_once_on_the_page(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    half_past = now.replace(second=30, microsecond=0) - MINUTE
    for ago in (90, 1, 0):
        at = half_past - timedelta(seconds=ago)
        seen(watched.child, by=watched.carer, at=at)
    assert SeenReport.objects.filter(episode=episode).count() == 3
    words = plain(page_of(client, watched.desk.person, path(episode)))
    assert words.count(f"Reported seen by {watched.carer.name} at") == 2


@pytest.mark.by_turns(8)
def test_seen_by_somebody_else_needs_their_name(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    response = post(client, watched.desk.person, path(episode, "seen/"), **saw(who="other"))
    assert response.status_code == 422
    assert "Enter the name of the person who saw the child" in response.content.decode()
    answers = saw(who="other", witness="M. Reid", witness_role="placement_staff")
    post(client, watched.desk.person, path(episode, "seen/"), **answers)
    contact = Contact.objects.get(child=watched.child)
    assert (contact.witness, contact.told_by, contact.recorded_by) == (
        "M. Reid",
        "M. Reid",
        watched.desk.person,
    )
    assert SeenReport.objects.get(episode=episode).reported_by is None


def test_duty_who_wrote_down_anothers_word_may_confirm(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    answers = saw(who="other", witness="M. Reid", witness_role="placement_staff")
    post(client, watched.desk.person, path(episode, "seen/"), **answers)
    response = post(
        client,
        watched.desk.person,
        path(episode, "return/"),
        how="spoke",
        phone=watched.placement.phone,
        adult="M. Reid",
    )
    assert response.status_code == 302
    episode.refresh_from_db()
    assert (episode.child_confirmed_by, episode.child_confirmed_adult) == (watched.desk.person, "M. Reid")


@pytest.mark.by_turns(8)
def test_who_said_seen_reads_why_they_cannot_confirm_and_is_refused(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    post(client, watched.desk.person, path(episode, "seen/"), **saw())
    page = page_of(client, watched.desk.person, path(episode))
    assert SAID_SEEN in page
    assert "Record police closing" not in page
    for what, answers in (
        ("return/", {"how": "saw"}),
        ("police-closing/", {"officer": "PC Shah", "closed_at_when": "now"}),
    ):
        response = post(client, watched.desk.person, path(episode, what), **answers)
        assert response.status_code == 422
        assert SAID_SEEN in response.content.decode()
    episode.refresh_from_db()
    assert episode.child_confirmed_at is None


@pytest.mark.by_turns(8)
def test_only_numbers_that_were_held_confirm_a_return(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    answers = {"how": "spoke", "phone": "07700 900999", "adult": "Somebody"}
    assert post(client, watched.desk.person, path(episode, "return/"), **answers).status_code == 422
    response = post(client, watched.desk.person, path(episode, "return/"), how="spoke")
    assert "Select the number you rang" in response.content.decode()
    assert "Enter the name of the adult you spoke to" in response.content.decode()


@pytest.mark.by_turns
def test_one_other_duty_worker_records_both_parts_and_ends_it(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    post(client, watched.carer, path(episode, "seen/"), **saw())
    duty = watched.desk.person
    assert "End the episode" not in page_of(client, duty, path(episode))
    post(client, duty, path(episode, "return/"), how="saw")
    assert post(client, duty, path(episode, "end/"), **_returned()).status_code == 422
    post(client, duty, path(episode, "police-closing/"), officer="PC Shah", closed_at_when="now")
    assert "End the episode" in page_of(client, duty, path(episode))
    assert post(client, duty, path(episode, "end/"), **_returned()).status_code == 302
    episode.refresh_from_db()
    assert (episode.status, episode.outcome) == ("ended", "returned")
    assert episode.ending.where_now == "At the home"
    page = page_of(client, duty, path(episode))
    words = plain(page)
    assert "Returned" in words
    assert "Reported seen by" not in words
    for button in ("Record police reference", "Reported seen", "To end it", "Complete or change the report"):
        assert button not in page
    assert post(client, duty, path(episode, "confirm/")).status_code == 409


@pytest.mark.by_turns
def test_a_signed_in_officer_closes_the_report_and_nothing_else(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    answers = {"officer": watched.officer.name, "closed_at_when": "now"}
    assert post(client, watched.officer, path(episode, "police-closing/"), **answers).status_code == 302
    episode.refresh_from_db()
    assert episode.police_closed_by == watched.officer
    for what in ("return/", "end/", "confirm/", "missing/"):
        assert post(client, watched.officer, path(episode, what)).status_code == 404


@pytest.mark.by_turns
def test_an_officer_closes_for_their_own_force_and_only_if_it_has_accepted(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    looking = a_force()
    episodes.record_police_reference(
        episode, force=looking, reference="4417", officer="PC 9", by=watched.desk.person, at=now
    )
    answers = {"officer": "PC Shah", "closed_at_when": "now", "force": looking.code}
    told = post(client, watched.officer, path(episode, "police-closing/"), **answers)
    assert told.status_code == 422
    assert "has not accepted this episode" in told.content.decode()
    officer = a_person(Role.POLICE, force=looking)
    assert post(client, officer, path(episode, "police-closing/"), **answers).status_code == 302
    episode.refresh_from_db()
    assert (episode.police_closed_force, episode.police_closed_by) == (looking, officer)
    assert looking.name in page_of(client, watched.desk.person, path(episode))


@pytest.mark.by_turns
def test_duty_says_which_of_several_forces_has_closed(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    other = a_force()
    episodes.add_force(episode, force=other, by=watched.desk.person, at=now)
    answers = {"officer": "PC Shah", "closed_at_when": "now"}
    unsaid = post(client, watched.desk.person, path(episode, "police-closing/"), **answers)
    assert unsaid.status_code == 422
    assert "Select the force that closed its report" in unsaid.content.decode()
    never = post(
        client, watched.desk.person, path(episode, "police-closing/"), **answers, force=a_force().code
    )
    assert never.status_code == 422
    post(client, watched.desk.person, path(episode, "police-closing/"), **answers, force=other.code)
    episode.refresh_from_db()
    assert episode.police_closed_force == other


@pytest.fixture
def mailed(episode: MissingEpisode, now: datetime) -> Message:
    """A police mail whose link opens its page."""
    message = Message.objects.filter(episode=episode, force__isnull=False)[0]
    police_links.issue(message, now=now)
    return message


@pytest.mark.by_turns(8)
def test_duty_revokes_the_link_of_a_mail_that_went_to_a_wrong_mailbox(
    client: Client, watched: Watched, episode: MissingEpisode, mailed: Message
) -> None:
    revoke = path(episode, f"links/{mailed.pk}/revoke/")
    duty = watched.desk.person
    assert revoke in page_of(client, duty, path(episode))
    assert post(client, duty, revoke).status_code == 302
    page = page_of(client, duty, path(episode))
    assert revoke not in page
    assert "link closed at" in plain(page)
    event = Event.objects.filter(child=watched.child).latest("number")
    assert (event.kind, event.actor) == ("police_link_revoked", duty)
    assert post(client, duty, revoke).status_code == 409


@pytest.mark.by_turns
def test_nobody_else_revokes_a_link_and_it_is_one_of_this_episode(
    client: Client, watched: Watched, episode: MissingEpisode, mailed: Message, now: datetime
) -> None:
    revoke = path(episode, f"links/{mailed.pk}/revoke/")
    others = (watched.worker, watched.carer, watched.guardian, watched.officer)
    for person in others:
        assert post(client, person, revoke).status_code == 404, person
    for person in a_third(others, "revoke"):
        assert revoke not in page_of(client, person, path(episode))
    other = a_watched_child(at=now - timedelta(hours=30))
    strange = missing(other.child, by=other.worker, at=now)
    assert post(client, other.desk.person, path(strange, f"links/{mailed.pk}/revoke/")).status_code == 404
    assert police_links.is_live(mailed.links.get(), now=now)


@pytest.mark.by_turns
def test_every_outcome_but_recorded_late_can_be_chosen(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    escalations.confirm_with_child(episode, how="saw", by=watched.desk.person, at=now)
    episodes.record_police_closing(episode, officer="PC Shah", closed_at=now, by=watched.desk.second, at=now)
    page = page_of(client, watched.desk.person, path(episode, "end/"))
    offered = re.findall(r'<option value="(\w+)"', page)
    assert offered == [
        "returned",
        "safe_elsewhere",
        "still_at_risk",
        "hospital",
        "arrested",
        "treated_as_adult",
        "with_family",
        "abroad",
        "died",
    ]


@pytest.mark.by_turns(8)
def test_before_both_parts_stand_the_end_says_what_is_needed_and_asks_for_nothing(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    duty = watched.desk.person
    first, second = (f'href="{path(episode, what)}"' for what in ("return/", "police-closing/"))
    page = page_of(client, duty, path(episode, "end/"))
    assert "Still needed" in page
    assert first in page
    assert second in page
    assert 'name="outcome"' not in page
    # Who has it open from before loses nothing of what was typed.
    refused = post(client, duty, path(episode, "end/"), **{**_returned(), "found_place": "Lowmoor station"})
    assert refused.status_code == 422
    assert "Lowmoor station" in refused.content.decode()
    post(client, duty, path(episode, "return/"), how="saw")
    page = page_of(client, duty, path(episode, "end/"))
    assert first not in page
    assert second in page
    assert 'name="outcome"' not in page
    closing = {"officer": "PC Shah", "closed_at_when": "now"}
    alone = post(client, duty, path(episode, "police-closing/"), **closing)
    assert alone.status_code == 422
    assert "You recorded the other part" in alone.content.decode()
    for person in (duty, watched.desk.second):
        shown = page_of(client, person, path(episode, "police-closing/"))
        assert ("If you are alone" in shown) == (person == duty)
        assert (SAVE in shown) == ('name="officer"' in shown) == (person != duty), "it would be refused"
    assert "PC Shah" in alone.content.decode(), "what was typed before is not lost"
    assert SAVE in page_of(client, duty, path(episode, "return/")), "their own part may be said otherwise"
    post(client, watched.desk.second, path(episode, "police-closing/"), **closing)
    assert 'name="outcome"' in page_of(client, duty, path(episode, "end/"))
    assert post(client, duty, path(episode, "end/"), **_returned()).status_code == 302
    page = page_of(client, duty, path(episode, "end/"))
    assert "This episode has ended" in page
    assert 'name="outcome"' not in page


@pytest.mark.by_turns(8)
def test_who_cannot_record_a_part_of_the_ending_reads_why_and_finds_no_save(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    duty, second = watched.desk.person, watched.desk.second
    pages = {name: path(episode, f"{name}/") for name in ("return", "told", "police-closing")}
    post(client, duty, pages["police-closing"], officer="PC Shah", closed_at_when="now")
    assert SAVE in page_of(client, duty, pages["police-closing"]), "their own part may be said otherwise"
    shut = page_of(client, duty, pages["return"])
    assert "If you are alone" in shut
    assert SAVE not in shut
    assert SAVE in page_of(client, second, pages["return"])
    # Somebody else's word opens it: then nobody is alone.
    seen(watched.child, by=second, at=now)
    assert SAVE in page_of(client, duty, pages["return"])
    for name, page in pages.items():
        shown = page_of(client, second, page)
        assert "You said that the child was seen." in shown, name
        assert SAVE not in shown, name


@pytest.mark.by_turns(8)
def test_whoever_alone_heard_the_police_reads_that_the_other_part_is_for_somebody_else(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    duty = watched.desk.person
    seen(watched.child, by=watched.carer, at=now)
    word = told_by("police", at=now, unspoken="In custody, with a solicitor")
    escalations.hear_from_office(episode, word, by=duty, at=now)
    shut = page_of(client, duty, path(episode, "police-closing/"))
    assert "to one person, and nobody has spoken to the child" in shut
    assert SAVE not in shut
    assert SAVE in page_of(client, watched.desk.second, path(episode, "police-closing/"))


@pytest.mark.by_turns(8)
def test_an_ending_asks_for_what_its_outcome_needs_and_keeps_what_was_typed(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    duty = watched.desk.person
    post(client, duty, path(episode, "return/"), how="saw")
    closing = {"officer": "PC Shah", "closed_at_when": "now"}
    post(client, watched.desk.second, path(episode, "police-closing/"), **closing)
    short = {"outcome": "with_family", "found_at_when": "now", "found_place": "Lowmoor station"}
    shown = post(client, duty, path(episode, "end/"), **short)
    assert shown.status_code == 422
    words = shown.content.decode()
    for asked in (
        "Enter where the child is now",
        "Enter who checked the family and their home",
        "Select how the child is",
        "Select whether a return interview has been offered",
    ):
        assert words.count(asked) == 2
    assert "Lowmoor station" in words
    whole = {
        **short,
        "where_now": "An aunt in Lowmoor",
        "checked_by": "Dina Sorrel",
        "condition": "well",
        "interview": "not_yet",
        "bed": "kept",
    }
    before = {"found_at_when": "earlier", "found_at_time": "9am", "found_at_day": "1", "found_at_month": "2"}
    early = post(client, duty, path(episode, "end/"), **{**whole, **before, "found_at_year": "2026"})
    assert html.unescape(early.content.decode()).count(f"must be after {gov_time(episode.since)}, when") == 2
    assert post(client, duty, path(episode, "end/"), **whole).status_code == 302
    for person, reads in ((watched.manager, True), (watched.carer, False), (watched.guardian, False)):
        assert ("An aunt in Lowmoor" in page_of(client, person, path(episode))) == reads, person
    assert "An aunt in Lowmoor" not in page_of(client, watched.officer, path(episode))


@pytest.mark.by_turns(8)
def test_the_end_begins_with_when_it_was_confirmed_and_takes_no_later_time(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    duty, confirmed_at = watched.desk.person, now - 15 * MINUTE
    escalations.confirm_with_child(episode, how="saw", by=duty, at=confirmed_at)
    episodes.record_police_closing(
        episode, officer="PC Shah", closed_at=confirmed_at, by=watched.desk.second, at=confirmed_at
    )
    page = page_of(client, duty, path(episode, "end/"))
    shown = re.findall(r'name="found_at_time"[^>]*value="([^"]*)"', page)
    assert shown == [typed.london(confirmed_at).strftime("%H:%M")]
    late = post(client, duty, path(episode, "end/"), **_returned())
    assert late.status_code == 422
    words = f"The time must be {gov_time(confirmed_at)} or before that: it was confirmed then"
    assert html.unescape(late.content.decode()).count(words) == 2
    as_shown = {
        name: re.findall(rf'name="{name}"[^>]*value="([^"]*)"', page)[0]
        for name in ("found_at_time", "found_at_day", "found_at_month", "found_at_year")
    }
    end = {**_returned(), "found_at_when": "earlier", **as_shown}
    assert post(client, duty, path(episode, "end/"), **end).status_code == 302
    episode.refresh_from_db()
    assert episode.found_at == confirmed_at.replace(second=0, microsecond=0)


@pytest.mark.by_turns
def test_the_text_to_copy_is_a_page_of_its_own_and_on_record(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    for person in a_third((watched.desk.person, watched.officer, watched.carer), "the text"):
        page = page_of(client, person, path(episode, "text/"))
        assert episode.reference in page.split("<textarea", 1)[1]
        assert AccessRecord.objects.filter(user=person, page="episode_text").exists()
    stranger = a_person(Role.SOCIAL_WORKER)
    client.force_login(stranger)
    assert client.get(path(episode, "text/")).status_code == 404


@pytest.mark.by_turns
def test_what_call_handlers_ask_is_copied_by_council_and_force_and_not_by_home_or_guardian(
    client: Client, watched: Watched, now: datetime
) -> None:
    given = {
        "medical": {"said": "yes", "note": "Insulin each evening"},
        "harm": {"said": "not_known", "note": ""},
    }
    found = missing(
        watched.child, by=watched.worker, at=now - MINUTE, answers=given, steps=["searched"], taken=["phone"]
    )
    for person, reads in (
        (watched.worker, True),
        (watched.desk.person, True),
        (watched.officer, True),
        (watched.carer, False),
        (watched.guardian, False),
    ):
        text = page_of(client, person, path(found, "text/")).split("<textarea", 1)[1]
        assert ("cannot wait? Yes. Insulin each evening" in text) == reads, person
        assert ("Done so far: Searched the building" in text) == reads, person
        assert "Likely to be abused" not in text


@pytest.mark.by_turns
def test_each_word_stands_with_its_own_moment(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    duty = watched.desk.person
    post(client, watched.carer, path(episode, "seen/"), **saw())
    page = page_of(client, duty, path(episode))
    words = plain(page)
    assert "Back, to be confirmed since" in words
    assert "rc-now--blue" in page
    assert "(less than a minute)" in words.split("Back, to be confirmed since", 1)[1][:40]


@pytest.mark.by_turns
def test_confirming_promises_no_first_word_to_police_who_were_told(
    client: Client, watched: Watched, unconfirmed: MissingEpisode, now: datetime
) -> None:
    duty = watched.desk.person
    assert "Confirm: tell the police now" in page_of(client, duty, path(unconfirmed))
    episodes.start_fail_safe(unconfirmed, owed_at=now)
    words = page_of(client, duty, path(unconfirmed))
    assert "Confirm: tell the police now" not in words
    assert "Confirm that the child is missing" in words


@pytest.mark.by_turns
def test_an_ended_episode_says_who_confirmed_it_and_which_officer_closed(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    by = a_person(Role.DUTY_DESK)
    ended(episode, by=by, at=clock.now())
    words = plain(page_of(client, watched.desk.person, path(episode)))
    assert f"Confirmed with the child {by.name}," in words
    assert f"The police closed their report PC 4821 Penrowe, {watched.force.name}," in words


@pytest.mark.by_turns
def test_what_people_have_to_do_after_a_death_stands_on_the_page_for_the_council_alone(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    ended(episode, outcome="died", at=clock.now())
    # Over New Year: five working days from a Thursday, two of them no working day.
    thursday = datetime(2026, 12, 31, 15, tzinfo=UTC)
    MissingEpisode.objects.filter(pk=episode.pk).update(ended_at=thursday)
    for reader in a_third((watched.worker, watched.desk.person, watched.manager), "a death"):
        words = plain(page_of(client, reader, path(episode)))
        assert "Tell the coroner, notify the Panel by 8 January 2027" in words
        assert "tell friends, carers and the guardian in person" in words
    for reader in (watched.guardian, watched.officer):
        assert "coroner" not in page_of(client, reader, path(episode))


# --- Away


@pytest.mark.by_turns(8)
def test_an_away_episode_becomes_missing_with_a_reason(
    client: Client, watched: Watched, now: datetime
) -> None:
    away = episodes.report_away(
        watched.child, whereabouts="A friend in Lowmoor", reason="Rang", by=watched.carer, at=now - MINUTE
    )
    page = plain(page_of(client, watched.carer, path(away)))
    assert "Away, whereabouts known" in page
    assert "A friend in Lowmoor" in page
    assert "Record police reference" not in page
    assert post(client, watched.carer, path(away, "missing/"), reason="").status_code == 422
    assert post(client, watched.carer, path(away, "missing/"), reason="Left the friend").status_code == 302
    away.refresh_from_db()
    assert (away.status, away.police_owed_at is not None) == ("missing", True)


@pytest.mark.by_turns
def test_an_away_episode_ends_on_the_first_part_alone(
    client: Client, watched: Watched, now: datetime
) -> None:
    away = episodes.report_away(
        watched.child, whereabouts="Lowmoor", reason="", by=watched.carer, at=now - MINUTE
    )
    post(client, watched.desk.person, path(away, "return/"), how="saw")
    assert post(client, watched.desk.person, path(away, "end/"), **_returned()).status_code == 302
    away.refresh_from_db()
    assert away.status == "ended"


@pytest.mark.by_turns(8)
def test_a_verification_that_is_sent_twice_is_one_and_what_was_undone_meanwhile_is_done_anew(
    watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    given = {"force": watched.force, "officer": "PC Shah", "incident_reference": "0417/25"}
    said = given | {"by": watched.desk.person}
    first = escalations.verify(episode, **said, at=now)
    assert escalations.verify(episode, **said, at=now + timedelta(seconds=2)) == first
    assert Event.objects.filter(child=watched.child, kind="police_verified").count() == 1
    graded = escalations.verify(episode, **said, grade="high", at=now + timedelta(minutes=1))
    other = escalations.verify(episode, **given, by=watched.manager, at=now + timedelta(minutes=1))
    later = escalations.verify(episode, **said, at=now + timedelta(hours=8))
    assert len({first.pk, graded.pk, other.pk, later.pk}) == 4
    another = {**said, "incident_reference": "0418/25"}
    escalations.verify(episode, **another, at=now + timedelta(hours=8, minutes=1))
    anew = escalations.verify(episode, **said, at=now + timedelta(hours=8, minutes=2))
    assert anew != later, "another reference stood since"
    assert episode.forces.get(force=watched.force).incident_reference == "0417/25"


@pytest.mark.by_turns
def test_a_stale_verification_says_so(client: Client, now: datetime) -> None:
    watched = a_watched_child(at=now - timedelta(hours=12))
    old = missing(watched.child, by=watched.worker, at=now - timedelta(hours=10))
    given = {"force": watched.force, "officer": "PC Shah", "incident_reference": "0417/25"}
    escalations.verify(old, **given, by=watched.desk.person, at=now - timedelta(hours=9))
    address = path(old)
    assert "not since: ask the police again" in plain(page_of(client, watched.desk.person, address))
    escalations.verify(old, **given, by=watched.desk.person, at=now - timedelta(hours=1))
    assert "not since" not in plain(page_of(client, watched.desk.person, address))


def _returned() -> dict[str, Any]:
    return {
        "outcome": "returned",
        "found_at_when": "now",
        "where_now": "At the home",
        "condition": "well",
        "interview": "not_yet",
    }
