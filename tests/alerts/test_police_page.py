"""The page that a force opens from its mail, without an account and without a script."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from alerts import (
    added_forces,
    clocks,
    desk_phones,
    duty_tasks,
    emails,
    escalations,
    police_links,
    police_mails,
    police_rung,
    sweep,
)
from alerts.emails import police
from alerts.models import DutyTask, LinkAcknowledgement, LinkUse, Message, PoliceLink
from cases import clock, concerns, episodes
from cases.models import AccessRecord, Event, Team
from tests import factories
from tests.alerts import letters
from tests.alerts.letters import EVENING, Story

pytestmark = pytest.mark.django_db

NOW = EVENING + timedelta(minutes=40)
DUTY = "0300 000 0000"
GIVEN = {"name": "PC Shah", "collar_number": "1234", "incident_reference": "NM-77"}


class Page:
    """The alert page of one story, fetched as an officer's browser would."""

    def __init__(self, story: Story, episode, client: Client) -> None:
        self.story, self.episode, self.client = story, episode, client
        message = letters.of_wording("police_alert", story, episode, at=NOW)
        self.url = police_links.issue(message, now=NOW).removeprefix("https://rollcall.example")
        self.link = PoliceLink.objects.get()

    def get(self, status: int = 200) -> str:
        response = self.client.get(self.url)
        assert response.status_code == status
        return text_of(response)

    def post(self, **given: str):
        return self.client.post(self.url, given)


def text_of(response) -> str:
    """The words of the page itself, as a reader sees them, less its frame."""
    page = re.search(r"<main\b.*</main>", response.content.decode(), re.DOTALL)[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture(autouse=True)
def _service(settings, monkeypatch):
    settings.DUTY_LINE, settings.PUBLIC_URL = DUTY, "https://rollcall.example"
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def story() -> Story:
    return letters.a_story(given_name="Yonas", family_name="Harcastle")


@pytest.fixture
def shown(story) -> Page:
    episode = factories.missing(story.child, at=EVENING + timedelta(minutes=30), wearing="black jacket")
    # Django's own check of forms is on, as it is for a browser.
    return Page(story, episode, Client(enforce_csrf_checks=True))


def at(monkeypatch, moment) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_the_page_shows_state_deadline_and_duty_line_without_an_account(shown):
    text = shown.get()
    assert "MC26-004178-M1" in text
    assert "no officer has spoken to us yet" in text
    assert "If no officer has spoken to us by 9:45pm UK time we will ring 101 again." in text
    assert DUTY in text
    assert "Northmere Police" in text


def test_opening_the_page_changes_nothing_but_the_access_log(shown):
    events = Event.objects.count()
    shown.get()
    shown.get()
    assert Event.objects.count() == events
    assert not LinkAcknowledgement.objects.exists()
    records = AccessRecord.objects.filter(child=shown.story.child, actor_label="police link")
    assert [record.allowed for record in records] == [True, True]
    shown.link.refresh_from_db()
    assert shown.link.opened_at == NOW


def test_the_first_opening_is_the_one_that_is_kept(shown, monkeypatch):
    shown.get()
    at(monkeypatch, NOW + timedelta(minutes=9))
    shown.get()
    shown.link.refresh_from_db()
    assert shown.link.opened_at == NOW


def test_the_token_stands_in_no_record(shown):
    token = shown.url.strip("/").rpartition("/")[2]
    shown.get()
    assert token not in str(list(AccessRecord.objects.values()) + list(LinkUse.objects.values()))


def test_the_address_is_sent_on_to_nobody_and_kept_by_no_cache(shown):
    for response in (shown.client.get(shown.url), shown.post(), shown.client.get("/a/unknown/")):
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        assert not response.cookies


def test_i_have_this_alert_is_recorded_as_given_and_not_verified(shown):
    response = shown.post(**GIVEN)
    assert response.status_code == 302
    assert response.headers["Location"] == shown.url
    given = LinkAcknowledgement.objects.get()
    assert (given.name, given.collar_number, given.incident_reference, given.at) == (
        "PC Shah",
        "1234",
        "NM-77",
        NOW,
    )
    text = shown.get()
    assert "Recorded as given" in text
    assert "It is not verified until duty has spoken to you or you sign in" in text
    assert "PC Shah , collar number 1234 , as given, 23 November 2026 at 9:40pm" in text
    # It slows nothing: the page goes on saying what comes next.
    assert "we will ring 101 again" in text


def test_what_was_given_can_be_copied_as_text(shown):
    shown.post(**GIVEN)
    body = shown.client.get(shown.url).content.decode()
    copy = html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", body, re.DOTALL)[1])
    assert copy.splitlines()[0] == "Child alert MC26-004178-M1"
    assert DUTY in copy


def test_a_browser_that_says_no_origin_can_send_the_form(shown):
    # With no-referrer a browser sends "Origin: null".
    response = shown.client.post(shown.url, GIVEN, headers={"origin": "null"})
    assert response.status_code == 302


def test_errors_stand_at_their_fields_and_keep_what_was_typed(shown):
    response = shown.post(name="", collar_number="", incident_reference="NM-77")
    assert response.status_code == 422
    body = response.content.decode()
    assert body.count("Enter your name") == 2
    assert body.count("Enter your collar number") == 2
    assert 'value="NM-77"' in body
    assert "<title>Error: Child alert MC26-004178-M1" in body
    assert not LinkAcknowledgement.objects.exists()


def test_a_scanner_that_presses_the_button_gives_no_name_and_acknowledges_nothing(shown):
    assert shown.post().status_code == 422
    assert not LinkAcknowledgement.objects.exists()


def test_a_name_that_is_too_long_is_an_error_and_no_crash(shown):
    assert shown.post(name="a" * 121, collar_number="1").status_code == 422
    assert shown.post(name="a\x00b", collar_number="1").status_code == 422


def test_what_somebody_gave_is_shown_as_text_and_never_run(shown):
    shown.post(name="<script>alert(1)</script>", collar_number="1")
    assert b"<script>alert(1)" not in shown.client.get(shown.url).content


def test_a_second_officer_sees_who_has_it_and_may_say_so_too(shown, monkeypatch):
    shown.post(**GIVEN)
    at(monkeypatch, NOW + timedelta(minutes=3))
    assert "Another officer has this?" in shown.get()
    shown.post(name="Sgt Vale", collar_number="77")
    text = shown.get()
    assert text.index("Sgt Vale") < text.index("PC Shah")


def test_the_unsigned_page_tells_nothing_about_the_child(shown):
    text = shown.get()
    assert "Yonas" not in text
    assert "black jacket" not in text


def test_the_signed_page_shows_the_facts_of_the_mail_in_its_order_and_no_name(shown, story):
    factories.an_agreement(story.watched.force, story.watched.authority)
    factories.photographed(story.child, at=EVENING - timedelta(days=12))
    told = police.told(shown.episode, story.watched.force, shown.link.message.mailbox, now=NOW)
    rows = ["Last seen", "Wearing", "Car seen", "Our view", "Already done", "Held for you"]
    assert [row.label for row in told.page_rows] == ["Reference", "Force", *rows]
    assert [row.label for row in told.rows] == ["Child", *rows]
    text = shown.get()
    assert "Wearing black jacket" in text
    assert "Held for you photo (12 days old)" in text
    assert "Yonas" not in text
    assert "Harcastle" not in text


def test_a_verified_alert_says_so(shown, story):
    escalations.verify(
        shown.episode,
        force=story.watched.force,
        officer="PC 4821 Penrowe",
        incident_reference="1234",
        by=story.watched.desk.person,
        at=NOW - timedelta(minutes=2),
    )
    text = shown.get()
    assert "An officer of Northmere Police spoke to our duty desk: 9:38pm UK time." in text
    assert "no officer has spoken to us yet" not in text
    assert "we will ring 101 again" not in text
    assert "we will ask again who has this" in text


def test_of_an_officer_who_signed_in_nobody_says_that_they_spoke_to_duty_or_were_phoned(shown, story):
    shown.post(**GIVEN)
    escalations.verify(
        shown.episode,
        force=story.watched.force,
        officer="PC 4821 Penrowe",
        incident_reference="NM-77",
        method="signed_in",
        by=story.watched.officer,
        at=NOW - timedelta(minutes=2),
    )
    text = shown.get()
    assert "An officer of Northmere Police has signed in and has this alert: 9:38pm UK time." in text
    assert "Verified: PC 4821 Penrowe signed in, 9:38pm UK time" in text
    assert "Already done an officer of yours signed in, your reference NM-77" in text
    assert "spoke to our duty desk" not in text
    assert "until duty has spoken to you or you sign in. Until then" not in text
    mail = emails.compose(shown.link.message, now=NOW).text
    assert mail.startswith("MISSING CHILD - AN OFFICER HAS SIGNED IN ")


def test_whoever_gave_a_name_is_not_asked_to_ring_once_an_officer_is_verified_or_it_has_ended(shown, story):
    shown.post(**GIVEN)
    assert "Ring the duty line now, so that it counts" in shown.get()
    escalations.verify(
        shown.episode,
        force=story.watched.force,
        officer="PC 4821 Penrowe",
        incident_reference="1234",
        by=story.watched.desk.person,
        at=NOW,
    )
    for text in (shown.get(), _ended(shown)):
        assert "Ring the duty line now, so that it counts" not in text
        assert "It is not verified until duty has spoken to you" not in text.split("Another officer", 1)[0]
        assert "PC Shah , collar number 1234" in text


def _ended(shown):
    factories.ended(shown.episode, at=NOW)
    return shown.get()


def test_a_fail_safe_alert_asks_for_a_check(story):
    since = EVENING - timedelta(hours=13)
    episode = factories.silent(story.child, since=since, at=EVENING + timedelta(minutes=30))
    episodes.start_fail_safe(episode, owed_at=EVENING + timedelta(minutes=30))
    text = Page(story, episode, Client()).get()
    assert "The council cannot confirm where this child is." in text
    assert "Nobody has ever recorded seeing the child, who was registered at" in text
    assert "Nobody has phoned you about it yet" in text


def failed_safe(story):
    """The police were owed word by itself at 9:30pm; duty was asked to ring them before."""
    since = EVENING - timedelta(hours=13)
    episode = factories.silent(story.child, since=since, at=EVENING + timedelta(minutes=20))
    episodes.start_fail_safe(episode, owed_at=EVENING + timedelta(minutes=30))
    clocks.recompute([story.child.pk], at=EVENING + timedelta(minutes=30))
    sweep.sweep_all(now=NOW - timedelta(minutes=5))
    episode.refresh_from_db()
    return episode


def said_of(story, episode) -> tuple[str, str]:
    """The page that is reloaded, and the mail that repeats the first."""
    page = text_of(Client().get(Page(story, episode, Client()).url))
    reminder = letters.of_wording("police_reminder", story, episode, at=NOW, number=7)
    return page, " ".join(emails.compose(reminder, now=NOW).text.split())


def test_once_duty_has_phoned_neither_page_nor_mail_nor_desk_says_that_nobody_has(story):
    episode = failed_safe(story)
    task = DutyTask.objects.get(episode=episode, kind=DutyTask.Kind.RING_POLICE)
    desk = Client()
    desk.force_login(story.watched.desk.person)
    answer = {"answer": "Rang 101, call taker Sam, no reference yet", "reached": "yes"}
    assert desk.post(f"/duty/tasks/{task.pk}/done/", answer).status_code == 302
    page, mail = said_of(story, episode)
    assert mail.startswith("CHECK NEEDED - PHONED, NO POLICE REFERENCE YET ")
    for said in (page, mail):
        assert "Phoned at 9:40pm UK time, no police reference yet. This message was" in said
        assert "we will ring 101 again." in said
        assert "obody has phoned" not in said
    assert "Already done phoned at 9:40pm UK time, no police reference yet" in page
    assert "Phoned at 9:40pm, no police reference yet." in text_of(desk.get("/duty/"))
    assert "Nobody has" not in police_mails.of([episode], now=NOW)[episode.pk]


def test_a_call_that_reached_nobody_is_no_call_to_the_police(story):
    episode = failed_safe(story)
    task = DutyTask.objects.get(episode=episode, kind=DutyTask.Kind.RING_POLICE)
    desk = Client()
    desk.force_login(story.watched.desk.person)
    address = f"/duty/tasks/{task.pk}/done/"
    unsaid = desk.post(address, {"answer": "No answer, try later"})
    assert unsaid.status_code == 422
    assert "Select whether you spoke to the police" in text_of(unsaid)
    assert 'value="No answer, try later"' in unsaid.content.decode()
    long = {"answer": "Held " * 60, "reached": "no"}
    assert "(16 too many)" in text_of(desk.post(address, long))
    assert desk.post(address, {"answer": "Held for 20 minutes", "reached": "no"}).status_code == 302
    task.refresh_from_db()
    assert task.answer == "Could not reach. Held for 20 minutes"
    page, mail = said_of(story, episode)
    assert mail.startswith("CHECK NEEDED - NOBODY HAS PHONED YOU YET ")
    assert "Nobody has phoned you about it yet" in page


def test_of_two_forces_a_call_of_which_nobody_said_to_whom_it_was_is_a_call_to_none(story):
    episode = failed_safe(story)
    task = DutyTask.objects.get(episode=episode, kind=DutyTask.Kind.RING_POLICE)
    duty_tasks.finish(task, answer="Rang 101", by=story.watched.desk.person, at=NOW)
    assert police_rung.last(episode, story.watched.force, now=NOW) == NOW
    beside = factories.a_force("Westmere Police")
    first = episode.forces.get().added_at
    episode.forces.create(force=beside, added_at=first)
    assert police_rung.last(episode, beside, now=NOW) is None
    assert police_rung.last(episode, story.watched.force, now=NOW) is None


def test_the_page_of_a_force_that_has_signed_names_the_child_in_nothing_that_was_typed(story):
    episode = factories.missing(story.child, at=EVENING + timedelta(minutes=30))
    given = story.child.given_name
    episode.why_worried, episode.wearing = (
        f"{given.upper()} was collected by a stranger",
        f"{given}'s red coat",
    )
    told = replace(police.told(episode, story.watched.force, None, now=NOW), signed=True)
    shown = {row.label: row.value for row in told.page_rows}
    assert shown["Our view"].endswith("… was collected by a stranger")
    assert shown["Wearing"] == "…'s red coat"
    assert given.upper() in next(row.value for row in told.rows if row.label == "Our view")


CALL = {"party": "Northmere Police", "number": "01632 960900", "answered_by": "Sam", "direction": "out"}


@pytest.mark.parametrize(
    ("call", "is_phoned"),
    [
        (CALL, True),
        (CALL | {"party": "Control room", "number": "101"}, True),
        (CALL | {"party": "Northmere Police, 101", "answered_by": ""}, False),
        (CALL | {"direction": "in"}, False),
        (CALL | {"party": "The cousin"}, False),
        (CALL | {"party": "Westmere Police, 101"}, False),
    ],
)
def test_a_call_that_was_written_down_counts_where_somebody_of_this_force_answered(call, is_phoned, story):
    factories.a_force("Westmere Police")
    episode = failed_safe(story)
    at = NOW - timedelta(minutes=4)
    written_down(episode, call, by=story.watched.worker, at=at)
    rung_at = police.told(episode, story.watched.force, None, now=NOW).rung_at
    assert rung_at == (at if is_phoned else None)


def written_down(episode, call, *, by, at) -> None:
    episodes.log_call(episode, **call, rung_at=at, by=by, at=at)


def test_the_word_of_somebody_the_child_is_kept_from_is_no_call_to_the_police(story):
    episode = failed_safe(story)
    who = {"by": story.watched.manager, "at": NOW}
    concerns.keep_from(story.child, story.watched.worker, reason="An allegation", **who)
    written_down(episode, CALL, by=story.watched.worker, at=NOW)
    assert police.told(episode, story.watched.force, None, now=NOW).rung_at is None


def test_a_force_is_phoned_by_the_call_in_place_of_its_mail_and_by_none_from_before_it_was_added(story):
    episode = failed_safe(story)
    force, desk = story.watched.force, story.watched.desk.person
    task = DutyTask.objects.get(episode=episode, kind=DutyTask.Kind.RING_POLICE)
    duty_tasks.finish(task, answer="Rang 101", by=desk, at=NOW - timedelta(minutes=3))
    other = factories.a_force("Westmere Police")
    factories.a_force_mailbox(other)
    added_forces.add(episode, other, by=desk, at=NOW - timedelta(minutes=2))
    at = {one: police.told(episode, one, None, now=NOW).rung_at for one in (force, other)}
    assert at == {force: NOW - timedelta(minutes=3), other: None}
    mail = Message.objects.filter(episode=episode, force=other).first()
    DutyTask.objects.filter(pk=task.pk).update(kind=DutyTask.Kind.PHONE_THEM, message=mail, done_at=NOW)
    at = {one: police.told(episode, one, None, now=NOW).rung_at for one in (force, other)}
    assert at == {force: None, other: NOW}


def test_once_the_child_is_reported_seen_neither_page_nor_mail_says_that_nobody_has(story):
    episode = failed_safe(story)
    factories.seen(story.child, by=story.watched.carer, at=NOW - timedelta(minutes=3))
    episode.refresh_from_db()
    for said in said_of(story, episode):
        assert "Reported seen at 9:37pm UK time, not confirmed; the search goes on." in said
        assert "recorded seeing" not in said
        assert story.watched.carer.name not in said


def test_of_a_confirmed_search_a_sighting_is_told_to_a_force_that_has_signed_alone(shown, story):
    factories.seen(story.child, by=story.watched.carer, at=NOW - timedelta(minutes=3))
    words = "Reported seen at 9:37pm UK time, not confirmed; the search goes on."
    assert words not in shown.get()
    factories.an_agreement(story.watched.force, story.watched.authority)
    assert f"no officer has spoken to us yet. {words}" in shown.get()


def test_once_duty_was_with_the_child_the_page_does_not_say_that_nobody_can_confirm_it(story):
    episode = failed_safe(story)
    episodes.confirm_with_child(episode, how="saw", by=story.watched.desk.person, at=NOW)
    episode.refresh_from_db()
    page, _ = said_of(story, episode)
    assert "Confirmed with the child at 9:40pm UK time; the search goes on until you have closed" in page
    assert "cannot confirm" not in page


def test_an_ended_alert_says_only_that(shown):
    factories.ended(shown.episode, at=NOW - timedelta(minutes=1))
    text = shown.get()
    assert "This alert has ended" in text
    assert "I have this alert" not in text
    assert "eturned" not in text


def test_an_expired_link_gives_a_page_with_the_duty_line_and_the_reference_of_its_mail(shown, monkeypatch):
    at(monkeypatch, NOW + timedelta(hours=24))
    text = shown.get(410)
    assert "This link has expired" in text
    assert DUTY in text
    assert "Child alert MC26-004178-M1" in text
    assert "Northmere" not in text
    assert shown.post(**GIVEN).status_code == 410
    assert not LinkAcknowledgement.objects.exists()
    assert set(AccessRecord.objects.filter(child=shown.story.child).values_list("allowed", flat=True)) == {
        False
    }


def renewals():
    return Message.objects.filter(step__startswith="renew:")


def test_an_expired_link_mails_a_new_one_to_its_own_mailbox_once(shown, monkeypatch):
    sweep.sweep_all(now=NOW)
    later = NOW + timedelta(hours=25)
    at(monkeypatch, later)
    assert "Email me a new link" in shown.get(410)
    for _ in range(2):
        text = text_of(shown.post(renew="1"))
        assert "on its way to the mailbox that had this one" in text
    (mail,) = renewals()
    assert (mail.wording, mail.mailbox, mail.force) == (
        "police_reminder",
        shown.link.message.mailbox,
        shown.link.force,
    )
    assert Event.objects.filter(child=shown.story.child, kind="police_link_renewed").count() == 1
    assert "/a/" in emails.compose(mail, now=later).text


def test_no_new_link_goes_out_for_a_live_a_closed_or_an_ended_one_and_the_page_says_no_more(
    shown, monkeypatch
):
    sweep.sweep_all(now=NOW)
    shown.post(renew="1")
    assert not renewals().exists()
    police_links.revoke(shown.link.message, by=shown.story.watched.desk.person, at=NOW)
    text = text_of(shown.post(renew="1"))
    assert "on its way to the mailbox that had this one" in text
    assert not renewals().exists()
    PoliceLink.objects.update(revoked_at=None)
    factories.ended(shown.episode, at=NOW + timedelta(hours=1))
    at(monkeypatch, NOW + timedelta(hours=25))
    assert text_of(shown.post(renew="1")).replace(" Child alert MC26-004178-M1", "") == text
    assert not renewals().exists()


def test_a_revoked_link_tells_nothing_and_not_the_reference_either(shown, monkeypatch):
    link = PoliceLink.objects.get(episode=shown.episode)
    police_links.revoke(link.message, by=shown.story.watched.desk.person, at=NOW)
    assert "MC26" not in shown.get(410)
    at(monkeypatch, NOW + timedelta(hours=25))
    text = shown.get(410)
    assert "This link has expired" in text
    assert "MC26" not in text


def test_an_unknown_link_gives_a_page_with_the_duty_line(client):
    response = client.get("/a/AAAAAAAAAAAAAAAAAAAAAA/")
    assert response.status_code == 404
    assert DUTY in text_of(response)


def test_a_link_that_is_opened_too_often_rests_by_itself(shown):
    for _ in range(30):
        assert shown.client.get(shown.url).status_code == 200
    response = shown.client.get(shown.url)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "600"
    assert DUTY in text_of(response)
    # What a scanner opens stops no officer, whose slip is said at its field.
    assert shown.post(name="PC Shah").status_code == 422
    assert shown.post(**GIVEN).status_code == 302
    assert LinkAcknowledgement.objects.count() == 1


def test_an_empty_form_however_often_it_is_pressed_stops_no_i_have_this_alert_and_what_was_typed_is_given_back(
    shown,
):
    for _ in range(20):
        assert shown.post().status_code == 422
    for typed in ({"name": "PC Shah"}, {"wrong": "1", "wrong-name": "PC Shah"}):
        response = shown.post(**typed)
        assert response.status_code == 429
        page = response.content.decode()
        assert 'value="PC Shah"' in page
        assert ('name="wrong" value="1"' in page) == ("wrong" in typed)
        assert "is not recorded, and stands below" in text_of(response)
        # What is never taken any more is not asked for again.
        assert ("Send it again" in page) == ("wrong" not in typed)
        assert ("takes no more answers" in page) == ("wrong" in typed)
    assert shown.post(**GIVEN).status_code == 302
    assert "PC Shah , collar number 1234" in text_of(shown.client.get(shown.url))


def test_the_twenty_first_name_on_one_link_is_not_recorded_and_is_given_back(shown):
    for number in range(20):
        assert shown.post(name=f"PC {number}", collar_number="1").status_code == 302
    response = shown.post(**GIVEN)
    assert response.status_code == 429
    assert 'value="NM-77"' in response.content.decode()
    assert LinkAcknowledgement.objects.count() == 20


def test_a_check_of_the_address_alone_answers_without_words(shown):
    response = shown.client.head(shown.url)
    assert response.status_code == 200
    assert response.content == b""


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_ways_of_asking_are_refused(method, shown):
    assert getattr(shown.client, method)(shown.url).status_code == 405


def test_the_page_reads_the_same_number_of_rows_however_often_it_was_acknowledged(
    shown, django_assert_max_num_queries
):
    for number in range(6):
        shown.post(name=f"PC {number}", collar_number="1")
    with django_assert_max_num_queries(20):
        shown.get()


@pytest.fixture
def of_desk(settings, shown) -> str:
    """The number of the desk of whoever is responsible, where the service has no line of its own for all of them."""
    settings.DUTY_LINE = ""
    Team.objects.filter(pk=shown.story.watched.desk.team.pk).update(phone="01632 960321")
    return "01632 960321"


def test_without_a_line_of_the_service_the_page_says_the_number_of_the_mail(shown, of_desk):
    mail = emails.compose(shown.link.message, now=NOW)
    assert f"phone the duty line (24 h): {of_desk}" in " ".join(mail.text.split())
    assert f"For details ring the duty line, day and night, on {of_desk}" in shown.get()
    shown.post(**GIVEN)
    page = shown.client.get(shown.url).content.decode()
    assert f"Ring the duty line now, so that it counts: {of_desk}" in shown.get()
    assert f"Council duty line (24 h): {of_desk}" in shown.get()
    assert f'href="tel:{of_desk.replace(" ", "")}"' in page.partition("<footer")[2], "the frame says it too"


def test_each_page_of_a_link_says_the_number_of_its_own_authority(shown, of_desk, monkeypatch):
    other = factories.a_duty_desk(factories.an_authority()).team.phone
    profile = f"{shown.url}profile/"
    pages = [shown.client.get(shown.url), shown.client.get(profile)]
    pages += [shown.client.get(shown.url) for _ in range(30)][-1:]
    at(monkeypatch, NOW + timedelta(hours=24))
    pages += [shown.client.get(shown.url), shown.client.get(profile)]
    assert [page.status_code for page in pages] == [200, 200, 429, 410, 410]
    for page in pages:
        assert of_desk in text_of(page)
        assert other not in page.content.decode()


def test_a_page_without_any_number_says_none(shown, settings):
    settings.DUTY_LINE = ""
    for team in shown.story.watched.authority.teams.all():
        team.phone = ""
        team.save()
    shown.post(**GIVEN)
    for response in (shown.client.get(shown.url), shown.client.get("/a/AAAAAAAAAAAAAAAAAAAAAA/")):
        assert 'href="tel:' not in response.content.decode()
        assert "ring the duty line" not in text_of(response).lower()


def test_pages_without_a_mail_say_the_number_that_a_mail_would(shown, of_desk, client):
    child = shown.story.child
    assert desk_phones.of_child(child.pk, at=NOW) == of_desk
    client.force_login(shown.story.watched.desk.person)
    page = client.get(f"/missing/{shown.episode.reference}/briefing/")
    assert of_desk in text_of(page)
    assert desk_phones.of_child(child.pk, at=child.registered_at - timedelta(days=999)) == ""
