"""Photo and details for a force: only by a code that went another way than the link, or by an officer's account."""

import base64
import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import desk, police_links, police_profiles, sweep
from alerts.models import DutyTask, LinkAcknowledgement, Message, PoliceLink, ProfileCode
from cases import clock, concerns, documents, episodes, incidents, photo_files, photos, scans, triggers
from cases.models import AccessRecord, Event, Mailbox, MissingEpisode
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_time
from tests.factories import (
    Watched,
    a_child,
    a_force,
    a_person,
    a_picture,
    a_watched_child,
    an_agreement,
    decided,
    ended,
    missing,
    not_here,
    photographed,
    placed,
)

pytestmark = pytest.mark.django_db

OFFICER = {"officer": "PC Sela Penrowe", "collar_number": "4821"}


class Search:
    """A child of whom the force was told, with a live link and a photo."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.watched: Watched = a_watched_child(at=now - timedelta(days=3), given_name="Tarekiel")
        missing(
            self.watched.child, by=self.watched.worker, at=now - timedelta(minutes=40), wearing="a red coat"
        )
        sweep.sweep_all(now=now)
        self.episode = MissingEpisode.objects.get(child=self.watched.child)
        self.photo = photographed(self.watched.child, at=now - timedelta(days=1))
        self.address, self.link = self.another_link()
        self.browser = Client(enforce_csrf_checks=True)

    def another_link(self) -> tuple[str, PoliceLink]:
        message = Message.objects.filter(wording="police_alert", episode=self.episode)[0]
        token = police_links.issue(message, now=self.now).rstrip("/").rpartition("/")[2]
        link = police_links.find(token)
        assert link is not None
        return reverse("police_profile", args=[token]), link

    def code(self, *, at: datetime | None = None) -> str:
        by = self.watched.desk.person
        return police_profiles.give(self.episode, self.watched.force, **OFFICER, by=by, at=at or self.now)

    def type(self, code: str, address: str = "") -> object:
        return self.browser.post(address or self.address, {"code": code}, headers={"origin": "null"})

    def kinds(self) -> list[str]:
        events = Event.objects.filter(child=self.watched.child, kind__startswith="police_")
        return [
            kind
            for kind in events.order_by("pk").values_list("kind", flat=True)
            if "cod" in kind or "prof" in kind
        ]


@pytest.fixture
def search(now: datetime) -> Search:
    return Search(now)


@pytest.mark.by_turns
def test_without_a_code_the_link_shows_no_photo_and_no_name(search: Search) -> None:
    for page in (search.browser.get(search.address), search.type("ABCD-EFGH")):
        text = page.content.decode()
        assert "Tarekiel" not in text
        assert "data:image" not in text
        assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.status_code == 422
    assert search.address in search.browser.get(search.address.replace("profile/", "")).content.decode()


@pytest.mark.by_turns
def test_a_code_from_duty_shows_photo_and_details_and_each_view_is_on_the_timeline(search: Search) -> None:
    code = search.code()

    page = search.type(f" {code.lower().replace('-', ' ')} ")

    text = page.content.decode()
    assert page.status_code == 200
    assert "Tarekiel" in text
    assert "a red coat" in text
    (shown,) = re.findall(r"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", text)
    assert base64.b64decode(shown) == photo_files.read(search.photo.token, "portrait")
    for kept in (search.watched.home.address, search.watched.guardian.name, search.watched.home.name):
        assert kept not in text
    assert not page.cookies
    assert search.type(code).status_code == 200
    assert search.kinds() == ["police_code_given", "police_profile_seen", "police_profile_seen"]
    event = Event.objects.filter(kind="police_profile_seen")[0]
    assert event.actor_label == "PC Sela Penrowe 4821, by code"
    assert AccessRecord.objects.filter(page="police_profile", allowed=True).count() == 2


@pytest.mark.by_turns(8)
def test_a_code_shows_the_photo_of_who_came_near_the_child_unless_it_is_withdrawn_or_not_shared(
    search: Search, client: Client
) -> None:
    w, now = search.watched, search.now
    scan = scans.accept(a_picture(colour="navy"))
    given = documents.Given(scan=scan, kind="police", title="Van", received_from=w.carer.name)
    stranger = triggers.Stranger(how="waited", plate="AB12 CDE")
    said = {"kind": "approach", "note": "A van", "stranger": stranger, "photo": given}
    (entry,) = triggers.record(
        [w.child], **said, happens_at=now - timedelta(hours=1), by=w.carer, at=now - timedelta(minutes=30)
    )
    alt = "Photo of who came near the child"
    page = search.type(search.code()).content.decode()
    assert page.count("data:image") == 2
    assert alt in page
    assert entry.photo.token not in page
    # The council's readers open it where the approach stands: in the briefing, and in the search by plate.
    shown = reverse("document", args=[w.child.reference, entry.photo.token])
    briefing = reverse("episode_briefing", args=[search.episode.reference])
    client.force_login(w.desk.person)
    assert shown in client.get(briefing).content.decode()
    assert shown in client.get(reverse("signs"), {"q": "AB12"}).content.decode()
    for outsider in (w.officer, w.carer, w.guardian):
        client.force_login(outsider)
        assert shown not in client.get(briefing).content.decode()
        assert client.get(shown).status_code == 404
    missing(w.child, by=w.worker, at=now - timedelta(minutes=5), shares_profile=False)
    assert alt not in search.type(search.code()).content.decode()
    missing(w.child, by=w.worker, at=now - timedelta(minutes=4), shares_profile=True)
    assert alt in search.type(search.code()).content.decode()
    documents.withdraw(entry.photo, reason="Another van", by=w.worker, at=now)
    assert alt not in search.type(search.code()).content.decode()
    client.force_login(w.desk.person)
    assert shown not in client.get(briefing).content.decode()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("is_stored", [True, False])
def test_the_force_reads_the_profile_and_the_photo_of_when_it_was_first_told_though_the_search_began_anew(
    search: Search, is_stored: bool
) -> None:
    if not is_stored:
        # The search is older than the release that stored it.
        MissingEpisode.objects.filter(pk=search.episode.pk).update(find_me_at=None)
        search.episode.refresh_from_db()
    told_at, w, now = search.episode.police_owed_at, search.watched, search.now
    by = {"by": w.worker, "at": now - timedelta(minutes=20)}
    newer = photographed(w.child, picture=a_picture(colour="navy"), **by)
    # Found, half ended, and not there again: the police are owed word anew, and the profile stands as of the first.
    said = {"how": "spoke", "adult": "A neighbour", "phone": "01632 960123", "by": w.desk.person}
    episodes.confirm_with_child(search.episode, **said, at=now - timedelta(minutes=10))
    not_here(w.child, by=w.carer, at=now - timedelta(minutes=5))
    search.episode.refresh_from_db()
    assert search.episode.police_owed_at > told_at
    assert search.episode.profile_stood_at == told_at
    page = search.type(search.code()).content.decode()
    assert f"As it stood at {gov_time(told_at)}" in page
    assert [
        base64.b64decode(one) for one in re.findall(r"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", page)
    ] == [photo_files.read(photo.token, "portrait") for photo in (newer, search.photo)]
    photos.withdraw(search.photo, reason="Another child", by=w.worker, at=now)
    page = search.type(search.code()).content.decode()
    assert page.count("data:image") == 1
    assert "The photo of that time was withdrawn since." in page


@pytest.mark.by_turns(8)
def test_a_report_that_shares_no_profile_keeps_photo_and_profile_from_a_code_and_an_account(
    search: Search, client: Client
) -> None:
    w = search.watched
    missing(w.child, by=w.worker, at=search.now - timedelta(minutes=5), shares_profile=False)
    client.force_login(w.desk.person)
    assert (
        "are not shared with the police"
        in client.get(f"/missing/{search.episode.reference}/code/").content.decode()
    )
    by_code = search.type(search.code())
    client.force_login(w.officer)
    for page in (by_code, client.get(f"/missing/{search.episode.reference}/profile/")):
        text = page.content.decode()
        assert page.status_code == 200
        assert "data:image" not in text
        assert "Find-me profile" not in text
        assert "are not shared with the police" in text
        assert "a red coat" in text

    missing(w.child, by=w.worker, at=search.now - timedelta(minutes=4), shares_profile=True)
    assert "data:image" in search.type(search.code()).content.decode()


@pytest.mark.by_turns
def test_a_code_is_kept_by_its_keyed_hash_alone(search: Search) -> None:
    code = search.code().replace("-", "")
    stored = str(list(ProfileCode.objects.values())) + str(list(Event.objects.values("data")))
    assert code not in stored
    assert ProfileCode.objects.get().given_by == search.watched.desk.person


@pytest.mark.by_turns
def test_a_code_opens_one_link_of_its_force_and_for_half_an_hour(search: Search, monkeypatch) -> None:
    code, late = search.code(), search.code()
    assert search.type(code).status_code == 200
    other, _link = search.another_link()
    assert search.type(code, other).status_code == 422
    monkeypatch.setattr(clock, "now", lambda: search.now + timedelta(minutes=31))
    assert search.type(late).status_code == 422
    ProfileCode.objects.update(force=a_force())
    monkeypatch.setattr(clock, "now", lambda: search.now)
    assert search.type(late).status_code == 422


@pytest.mark.by_turns(8)
def test_ten_wrong_codes_close_the_profile_for_an_hour_tell_duty_and_stop_no_acknowledgement(
    search: Search, monkeypatch
) -> None:
    right = search.code()
    for _ in range(9):
        assert search.type("WRONG-234").status_code == 422
    assert search.kinds() == ["police_code_given"]
    assert search.type("WRONG-234").status_code == 429

    assert search.type(right).status_code == 429
    assert search.kinds()[1:] == ["police_codes_wrong"]
    task = DutyTask.objects.get(kind=DutyTask.Kind.WRONG_CODES)
    assert task.authority == search.watched.authority
    (alert_of_desk,) = desk.read(search.watched.desk.person, now=clock.now()).alerts
    assert task.pk in [call.task.pk for call in alert_of_desk.calls]

    alert = search.address.replace("profile/", "")
    for _ in range(40):
        search.browser.get(search.address)
    given = {"name": "PC Shah", "collar_number": "1"}
    assert search.browser.post(alert, given, headers={"origin": "null"}).status_code == 302
    assert LinkAcknowledgement.objects.count() == 1

    later = search.now + timedelta(minutes=61)
    again = search.code(at=later)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert search.type(again).status_code == 200


def test_another_link_stays_open_and_a_right_code_begins_the_count_anew(search: Search) -> None:
    other, _link = search.another_link()
    for _ in range(9):
        search.type("WRONG-234")
    assert search.type(search.code()).status_code == 200
    for _ in range(9):
        assert search.type("WRONG-234").status_code == 422
    assert search.type("WRONG-234").status_code == 429
    assert search.type(search.code(), other).status_code == 200


@pytest.mark.by_turns(8)
def test_what_has_ended_expired_or_was_revoked_opens_to_no_code(search: Search, monkeypatch) -> None:
    code = search.code()
    PoliceLink.objects.filter(pk=search.link.pk).update(revoked_at=search.now)
    assert search.type(code).status_code == 410
    PoliceLink.objects.filter(pk=search.link.pk).update(revoked_at=None)
    ended(search.episode, at=search.now)
    assert search.type(code).status_code == 410
    assert "Tarekiel" not in search.type(code).content.decode()
    with pytest.raises(IllegalMove, match="has ended"):
        search.code()
    assert search.browser.get(reverse("police_profile", args=["x"])).status_code == 404


def test_duty_makes_a_code_after_ringing_back_and_is_shown_it_once(search: Search) -> None:
    page = reverse("episode_code", args=[search.episode.reference])
    duty = Client()
    duty.force_login(search.watched.desk.person)
    sent = {"force": search.watched.force.pk, **OFFICER}
    refused = duty.post(page, sent)
    assert refused.status_code == 422
    assert "Ring the force back first" in refused.content.decode()

    made = duty.post(page, sent | {"rang_back": "on"})

    (code,) = re.findall(r">([A-Z2-9]{4}-[A-Z2-9]{4})<", made.content.decode())
    assert code not in duty.get(page).content.decode()
    assert search.type(code).status_code == 200
    strange = duty.post(page, sent | {"rang_back": "on", "force": a_force().pk})
    assert strange.status_code == 422
    for stranger in (search.watched.worker, search.watched.carer, search.watched.officer):
        duty.force_login(stranger)
        assert duty.post(page, sent | {"rang_back": "on"}).status_code == 404


@pytest.mark.by_turns(8)
def test_an_officer_of_the_force_sees_them_by_their_account_while_it_searches(search: Search) -> None:
    page = reverse("episode_profile", args=[search.episode.reference])
    officer = Client()
    officer.force_login(search.watched.officer)
    text = officer.get(page).content.decode()
    assert "Tarekiel" in text
    assert "data:image/jpeg" in text
    event = Event.objects.get(kind="police_profile_seen")
    assert (event.actor, event.data["by_code"]) == (search.watched.officer, False)
    officer.force_login(a_person("police", force=a_force()))
    assert officer.get(page).status_code == 404
    officer.force_login(search.watched.worker)
    assert officer.get(page).status_code == 404
    ended(search.episode, at=search.now)
    officer.force_login(search.watched.officer)
    assert officer.get(page).status_code == 404


@pytest.mark.by_turns
def test_those_who_went_along_stand_there_as_in_the_mail_of_the_link_and_for_an_account_as_on_its_page(
    search: Search, client: Client
) -> None:
    own = search.watched
    mate = a_child(own.authority, team=own.team, worker=own.worker, given_name="Aronel")
    placed(mate, own.home)
    theirs = missing(mate, by=own.worker, at=search.now - timedelta(minutes=40))
    incidents.join(search.episode, theirs, by=own.worker, at=search.now)
    sweep.sweep_all(now=search.now)
    client.force_login(own.officer)

    def by_code() -> str:
        return search.type(search.code()).content.decode()

    def by_account() -> str:
        return client.get(f"/missing/{search.episode.reference}/profile/").content.decode()

    assert theirs.reference not in by_code(), "without an agreement the mail names nobody either"
    an_agreement(own.force, own.authority)
    Mailbox.objects.filter(pk=search.link.message.mailbox_id).update(verified_at=search.now)
    for shown in (by_code(), by_account()):
        assert theirs.reference in shown
        assert "Aronel" not in shown
    concerns.keep_from(mate, user=own.officer, reason="x", by=own.manager, at=search.now)
    for shown in (by_code(), by_account()):
        assert theirs.reference not in shown


@pytest.mark.by_turns(8)
def test_what_was_found_out_and_decided_stands_there_and_neither_intelligence_nor_the_home_office(
    search: Search, client: Client
) -> None:
    own, at = search.watched, search.now
    said = {"source": "police", "told_by": "PC Shah", "heard_at": at, "by": own.worker, "at": at}
    episodes.find_out(search.episode, text="Seen at Southmere station", **said)
    episodes.find_out(search.episode, text="Driver is the uncle", is_intelligence=True, **said)
    decided(search.episode, "ukmpu", "told", reference="UK-77", by=own.manager, at=at)
    decided(search.episode, "home_office", "not_told", by=own.manager, at=at)
    client.force_login(own.officer)
    by_account = client.get(f"/missing/{search.episode.reference}/profile/").content.decode()
    for shown in (search.type(search.code()).content.decode(), by_account):
        assert "Seen at Southmere station" in shown
        assert "reference UK-77" in shown
        assert "Driver is the uncle" not in shown
        assert "Home Office" not in shown
