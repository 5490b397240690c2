"""What was released to a force: a mail a day, at once in a search, new until an officer has opened it, and no silence."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import (
    added_forces,
    channels,
    delivery,
    force_offers,
    ladder_table,
    long_searches,
    release_mails,
    release_reads,
    releases,
    replies,
)
from alerts.models import DutyTask, Message, Release, ReleaseRead
from alerts.states import MessageStatus
from cases import clock, configuration, restrictions, return_interviews
from cases.models import AccessRecord, KeepFrom, Mailbox, MissingEpisode, PoliceForce, Role, User
from tests.alerts.outgoing import Out, catch, send_all, tick
from tests.factories import Watched, a_force, a_force_mailbox, a_person, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Monday 9 March 2026, 3pm in London, which has winter: what is released then is mailed on Tuesday at 8.
NOW = datetime(2026, 3, 9, 15, tzinfo=UTC)
NIGHT = NOW + 11 * HOUR
TUESDAY = datetime(2026, 3, 10, 8, tzinfo=UTC)
# Five working days after Monday end on the next Monday at midnight; nobody reads a mail about it before 7.
SILENT = datetime(2026, 3, 17, 7, tzinfo=UTC)
WHY, VAN, HARM = "Because of the quarrel", "A man with a blue van", "Her arm"
POLICE = Release.Side.POLICE


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What time it is, to be moved on."""
    found = [NOW]
    monkeypatch.setattr(clock, "now", lambda: found[0])
    return found


@pytest.fixture(autouse=True)
def _unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fixture sends reaches nobody."""
    catch(monkeypatch)


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=NOW - 200 * DAY)


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    return interviewed(watched)


@pytest.fixture
def owed(watched: Watched, episode: MissingEpisode) -> None:
    """A line was released, and its mail waits for the morning."""
    release(episode, watched, VAN)
    tell(NOW)


@pytest.fixture
def mailed(owed: None) -> None:
    """It was mailed in the morning."""
    tell(TUESDAY)


@pytest.fixture
def gone_again(owed: None, watched: Watched) -> None:
    """The child is missing again before the morning."""
    gone(watched, at=NIGHT)


@pytest.fixture
def sister(watched: Watched) -> Watched:
    """Another child of the home, whose force has no more mailboxes for that."""
    found = a_watched_child(at=NOW - 200 * DAY, home=watched.home)
    Mailbox.objects.filter(pk__in=[found.control_room.pk, found.coordinator.pk]).update(
        ends_at=NOW - 100 * DAY
    )
    return found


@pytest.fixture
def other(sister: Watched) -> MissingEpisode:
    """She was talked with as well."""
    return interviewed(sister)


@pytest.fixture
def search(watched: Watched) -> MissingEpisode:
    """The police have looked for the child for three days."""
    found = missing(watched.child, by=watched.worker, at=NOW - 3 * DAY)
    tick(NOW - 3 * DAY)
    calmed()
    return found


@pytest.fixture
def second(search: MissingEpisode) -> PoliceForce:
    """Another force, which has a mailbox."""
    found = a_force("Southmere Police")
    a_force_mailbox(found)
    return found


@pytest.fixture
def alerted(watched: Watched, search: MissingEpisode, second: PoliceForce) -> PoliceForce:
    """It is alerted too."""
    added_forces.add(search, second, by=watched.desk.person, at=NOW - 3 * DAY + HOUR)
    calmed()
    return second


def interviewed(watched: Watched, *, at: datetime = NOW - HOUR) -> MissingEpisode:
    episode = missing(watched.child, by=watched.worker, at=at - 2 * DAY)
    tick(at - 2 * DAY)
    ended(episode, at=at - DAY)
    write(episode, watched, version=0, at=at)
    calmed()
    return MissingEpisode.objects.get(pk=episode.pk)


def write(episode: MissingEpisode, watched: Watched, *, version: int, at: datetime) -> None:
    told = return_interviews.Told(
        offered_at=at - HOUR,
        outcome="held",
        held_at=at - HOUR,
        interviewer="Petra Lorne",
        independence="independent",
        interpreter="not_needed",
        sharing="part",
        why_left=WHY,
        intelligence=VAN,
        harm=HARM,
    )
    return_interviews.write(episode, told, version=version, by=watched.worker, at=at)


def release(episode: MissingEpisode, w: Watched, *texts: str, at: datetime = NOW) -> None:
    """These lines, and no other, are released to the police."""
    chosen = [(line.key, POLICE) for line in releases.lines(episode) if line.text in texts]
    assert len(chosen) == len(texts)
    shown = releases.mark(releases.standing(episode))
    releases.choose(episode, chosen, shown=shown, by=w.worker, at=at)


def tell(now: datetime) -> None:
    release_mails.tell(now=now)
    send_all(now)


def gone(watched: Watched, *, at: datetime) -> None:
    """The child is reported missing, and nothing that was owed about it goes out."""
    missing(watched.child, by=watched.worker, at=at)
    tick(at)
    calmed()


def calmed() -> None:
    others = Message.objects.exclude(wording__in=release_mails.WORDINGS)
    others.update(status=MessageStatus.CANCELLED, sent_at=None)


def boxes(watched: Watched) -> list[str]:
    """Both mailboxes of the force."""
    return sorted([watched.coordinator.address, watched.control_room.address])


def refuse(mail: object) -> None:
    raise channels.Refused("550 no such mailbox")


def said(out: Out) -> list[tuple[str, str, str]]:
    """Of each mail its reader, its subject and its words."""
    texts = [str(mail.get_body(("plain",)).get_content()) for mail in out.mails]
    return [
        (str(mail["To"]), str(mail["Subject"]), " ".join(text.split()))
        for mail, text in zip(out.mails, texts, strict=True)
    ]


def to(out: Out) -> list[str]:
    return [reader for reader, _, _ in said(out)]


def page(client: Client, by: User, name: str, *args: str) -> str:
    client.force_login(by)
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def opens(client: Client, by: User, episode: MissingEpisode) -> str:
    return page(client, by, "episode", episode.reference)


def handed(episode: MissingEpisode, to: PoliceForce, w: Watched, *, at: datetime) -> None:
    """The force in charge hands the search on."""
    given = force_offers.offer(
        episode, to=to, said_by="DS Harrow", reason="Seen there", by=w.desk.person, at=at - MINUTE
    )
    told = {"officer": "DC Ward", "reference": "SM/77"}
    force_offers.accept(given, **told, signed_in=False, by=w.desk.person, at=at)


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_the_team_of_the_force_is_mailed_once_in_the_morning_that_there_is_something_and_none_of_it(
    episode, watched, out
):
    release(episode, watched, VAN, WHY, at=NOW + HOUR)
    tell(NOW + HOUR)
    tell(TUESDAY - MINUTE)
    assert out.mails == []
    tell(TUESDAY)
    ((reader, subject, text),) = said(out)
    assert reader == watched.coordinator.address
    assert subject == f"Return interviews {episode.reference} - {watched.force.name} - lines to read"
    assert f"{episode.reference}: 2 lines, the last released at 4pm yesterday UK time" in text
    assert text.startswith("FROM RETURN INTERVIEWS: LINES FOR YOUR FORCE")
    assert reverse("police_released") in text
    for word in (watched.child.given_name, watched.child.family_name, WHY, VAN, "missing now"):
        assert word not in text + subject
    assert out.mails[0]["Importance"] is None
    tell(TUESDAY + 3 * DAY)
    assert len(out.mails) == 1, "nothing is new since"


@pytest.mark.by_turns
def test_of_several_children_of_a_day_goes_one_mail_and_what_comes_later_is_told_the_next_day(
    episode, watched, other, sister, out
):
    release(episode, watched, VAN)
    release(other, sister, WHY)
    tell(NOW)
    tell(TUESDAY)
    ((_, subject, text),) = said(out)
    assert all(
        one.reference in subject and f"{one.reference}: 1 line, released" in text for one in (episode, other)
    )
    release(other, sister, WHY, HARM, at=TUESDAY + HOUR)
    tell(TUESDAY + HOUR)
    tell(TUESDAY + DAY)
    assert len(out.mails) == 2
    assert f"{other.reference}: 2 lines" in said(out)[1][2], "with what is unread still"


@pytest.mark.by_turns
@pytest.mark.usefixtures("gone_again")
def test_while_the_force_looks_for_the_child_it_is_mailed_at_once_by_night_too_and_both_its_mailboxes(
    episode, watched, out
):
    tell(NIGHT)
    # The mail that waited for the morning, and one that the control room would not have had.
    assert sorted(to(out)) == boxes(watched)
    for mail, (_, subject, text) in zip(out.mails, said(out), strict=True):
        assert subject.endswith("- action needed")
        assert text.startswith("READ NOW: LINES ABOUT A CHILD WHO IS MISSING")
        line = f"{episode.reference}: 1 line, released at 3pm yesterday UK time; missing now, read it first"
        assert line in text
        assert "late" not in text
        assert mail["Importance"] == "high"
    tell(NIGHT + MINUTE / 2)
    assert len(out.mails) == 2
    release(episode, watched, VAN, WHY, at=NIGHT + MINUTE)
    tell(NIGHT + MINUTE)
    assert sorted(to(out)[2:]) == boxes(watched)


@pytest.mark.by_turns
@pytest.mark.usefixtures("mailed")
@pytest.mark.parametrize("is_read", [False, True])
def test_what_was_mailed_in_the_morning_and_is_unread_when_the_child_goes_missing_goes_at_once_and_once(
    is_read, client, episode, watched, out
):
    if is_read:
        opens(client, watched.officer, episode)
    night = NIGHT + DAY
    gone(watched, at=night)
    for minute in range(3):
        tell(night + minute * MINUTE)
    tell(night + DAY)
    assert sorted(to(out)) == ([] if is_read else boxes(watched))
    # And once in the next search.
    ended(MissingEpisode.objects.get(ended_at=None), at=night + DAY + HOUR)
    calmed()
    tell(night + DAY + 2 * HOUR)
    gone(watched, at=night + 2 * DAY)
    tell(night + 2 * DAY)
    tell(night + 2 * DAY + MINUTE)
    assert sorted(to(out)) == ([] if is_read else sorted(2 * boxes(watched)))


@pytest.mark.by_turns
@pytest.mark.usefixtures("gone_again")
def test_once_the_child_is_found_the_mail_asks_nobody_to_act(episode, watched, out):
    release_mails.tell(now=NIGHT)
    again = MissingEpisode.objects.get(ended_at=None)
    ended(again, at=NIGHT + HOUR)
    calmed()
    send_all(NIGHT + HOUR)
    assert sorted(to(out)) == boxes(watched)
    for mail, (_, subject, text) in zip(out.mails, said(out), strict=True):
        assert subject.endswith("- lines to read")
        assert text.startswith("FROM RETURN INTERVIEWS: LINES FOR YOUR FORCE")
        assert mail["Importance"] is None


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_what_is_released_while_a_mail_is_on_its_way_is_told_by_the_next(episode, watched, out):
    second = timedelta(seconds=1)
    now = [TUESDAY + second]

    def meanwhile(mail: object) -> None:
        release(episode, watched, VAN, WHY, at=TUESDAY + 2 * second)
        now[0] = TUESDAY + 5 * second

    out.on_mail = meanwhile
    delivery.deliver(clock=lambda: now[0])
    out.on_mail = lambda mail: None
    assert Message.objects.get(wording=release_mails.RELEASED).sent_at == TUESDAY + 5 * second
    assert f"{episode.reference}: 1 line" in said(out)[0][2]
    tell(TUESDAY + HOUR)
    tell(TUESDAY + DAY)
    assert f"{episode.reference}: 2 lines" in said(out)[1][2]
    tell(TUESDAY + DAY + HOUR)
    tell(TUESDAY + 2 * DAY)
    assert len(out.mails) == 2


@pytest.mark.by_turns(8)
def test_duty_rings_a_force_whose_mailboxes_refuse_what_may_say_where_a_missing_child_is(
    client, episode, watched, out
):
    release(episode, watched, VAN, at=NOW - MINUTE)
    tell(NOW - MINUTE)
    gone(watched, at=NOW)
    out.on_mail = refuse
    for minute in range(3):
        release_mails.tell(now=NOW + minute * MINUTE)
        send_all(NOW + minute * MINUTE)
    again = MissingEpisode.objects.get(ended_at=None)
    calls = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, message__wording=release_mails.RELEASED)
    found = sorted((one.message.mailbox.address, one.authority, one.episode) for one in calls)
    assert [one[0] for one in found] == boxes(watched), "each mailbox is tried once"
    assert {one[1:] for one in found} == {(watched.authority, again)}
    texts = [one for one in out.texts if one["rung"].startswith("failed:")]
    assert {one["phone"] for one in texts} == {watched.desk.shift.phone}
    assert again.reference in texts[0]["text"]
    shown = page(client, watched.desk.person, "duty_desk")
    assert "550 no such mailbox" in shown
    assert again.reference in shown
    # What is released later is a reason to try again.
    release(episode, watched, VAN, WHY, at=NOW + HOUR)
    out.on_mail = lambda mail: None
    release_mails.tell(now=NOW + HOUR)
    send_all(NOW + HOUR)
    mails = [reader for reader, subject, _ in said(out) if subject.startswith("Return interviews")]
    assert sorted(mails) == boxes(watched)


def test_duty_rings_a_force_whose_server_holds_what_may_say_where_a_missing_child_is(episode, watched, out):
    gone(watched, at=NOW)
    release(episode, watched, VAN)
    tell(NOW)
    message = Message.objects.get(wording=release_mails.RELEASED, mailbox=watched.control_room)
    assert delivery.delay(message.pk, "greylisted", at=NOW + HOUR)
    assert [one.message for one in DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM)] == [message]
    other = Message.objects.get(wording=release_mails.RELEASED, mailbox=watched.coordinator)
    assert delivery.bounce(other.pk, "no such user", at=NOW + HOUR)
    assert DutyTask.objects.filter(message=other).count() == 1


@pytest.mark.by_turns
def test_of_what_waits_for_the_morning_nobody_rings_and_the_control_room_is_mailed_instead(
    episode, watched, out
):
    Mailbox.objects.filter(pk=watched.coordinator.pk).update(verified_at=NOW - 9 * DAY)
    release(episode, watched, VAN)
    tell(NOW)
    out.on_mail = refuse
    tell(TUESDAY)
    out.on_mail = lambda mail: None
    tell(TUESDAY + MINUTE)
    tell(TUESDAY + DAY)
    assert to(out) == [watched.control_room.address]
    assert not DutyTask.objects.filter(message__wording=release_mails.RELEASED).exists()
    tell(TUESDAY + 2 * DAY)
    assert len(out.mails) == 1


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
@pytest.mark.parametrize("is_proved", [False, True])
def test_a_mailbox_that_answers_again_is_mailed_again(is_proved, episode, watched, out):
    out.on_mail = refuse
    tell(TUESDAY)
    tell(TUESDAY + DAY)
    # Neither the coordinator's nor the control room's took it.
    tell(TUESDAY + 2 * DAY)
    if is_proved:
        Mailbox.objects.filter(pk=watched.coordinator.pk).update(verified_at=TUESDAY + 2 * DAY + HOUR)
    out.on_mail = lambda mail: None
    tell(TUESDAY + 2 * DAY + 2 * HOUR)
    tell(TUESDAY + 3 * DAY)
    assert to(out) == ([watched.coordinator.address] if is_proved else [])


@pytest.mark.by_turns
def test_a_force_that_does_not_look_for_the_child_is_told_in_the_morning(episode, watched, out, monkeypatch):
    missing(watched.child, by=watched.worker, at=NOW - MINUTE)
    tick(NOW - MINUTE)
    Message.objects.update(status=MessageStatus.CANCELLED, sent_at=None)
    again = MissingEpisode.objects.exclude(pk=episode.pk).get()
    other = a_force("Southmere Police")
    a_force_mailbox(other)
    handed(again, other, watched, at=NOW)
    release(episode, watched, VAN)
    release_mails.tell(now=NOW)
    owed = Message.objects.filter(wording=release_mails.RELEASED)
    assert [(one.force, one.next_try_at) for one in owed] == [(watched.force, TUESDAY)]


@pytest.mark.by_turns(8)
def test_it_is_new_until_an_officer_of_the_force_has_opened_it_and_who_that_was_is_kept(
    client, episode, watched, moment
):
    release(episode, watched, VAN, WHY)
    tag = 'id="released"'
    assert "1 new" in page(client, watched.officer, "police_home").split(tag)[1][:200]
    assert "2 new" in page(client, watched.officer, "police_released")
    assert not ReleaseRead.objects.exists(), "a list is not read"
    client.head(reverse("episode", args=[episode.reference]))
    client.get(reverse("episode_ladder", args=[episode.reference]))
    assert not ReleaseRead.objects.exists(), "nor is a page that reads itself anew, or that nobody sees"
    assert VAN in opens(client, watched.officer, episode)
    reads = ReleaseRead.objects.order_by("pk")
    assert {(one.force, one.read_by, one.read_at) for one in reads} == {(watched.force, watched.officer, NOW)}
    assert len(reads) == 2
    moment[0] = NOW + HOUR
    opens(client, a_person(Role.POLICE, force=watched.force), episode)
    assert len(reads.all()) == 2, "the first to open them"
    assert " new<" not in page(client, watched.officer, "police_released")
    assert " new<" not in page(client, watched.officer, "police_home").split(tag)[1][:200]
    release(episode, watched, VAN, WHY, HARM, at=NOW + HOUR)
    assert "1 new" in page(client, watched.officer, "police_released")


@pytest.mark.by_turns
def test_the_inbox_shows_what_is_new_first(episode, watched, sister, other):
    release(episode, watched, VAN)
    release(other, sister, WHY, at=NOW + MINUTE)
    later = NOW + HOUR

    def listed() -> list[tuple[MissingEpisode, int]]:
        return [(one.episode, one.new) for one in long_searches.released(watched.officer, now=later)]

    assert listed() == [(other, 1), (episode, 1)]
    lines = releases.read_by(other, [POLICE])
    release_reads.note(other, lines, forces=[watched.force.pk], by=watched.officer, at=later)
    assert listed() == [(episode, 1), (other, 0)]


@pytest.mark.by_turns
def test_another_force_reads_nothing_of_it_and_nobody_else_makes_it_read(client, episode, watched, out):
    release(episode, watched, VAN)
    stranger = a_watched_child(at=NOW - 60 * DAY)
    client.force_login(stranger.officer)
    assert client.get(reverse("episode", args=[episode.reference])).status_code == 404
    assert episode.reference not in page(client, stranger.officer, "police_released")
    assert long_searches.newly_released(stranger.officer, now=NOW) == 0
    for reader in (watched.guardian, watched.carer, watched.worker, watched.manager, watched.desk.person):
        opens(client, reader, episode)
    assert not ReleaseRead.objects.exists()
    tell(NOW)
    tell(TUESDAY)
    assert to(out) == [watched.coordinator.address]


@pytest.mark.by_turns
def test_the_council_reads_that_it_was_read_or_was_not_and_a_partner_does_not(
    client, episode, watched, moment
):
    assert "released-read" not in opens(client, watched.worker, episode)
    release(episode, watched, VAN, WHY)
    moment[0] = NOW + 2 * DAY
    silence = f"{watched.force.name} has not read 2 lines of 2."
    assert silence in opens(client, watched.worker, episode)
    assert silence in page(client, watched.worker, "episode_release", episode.reference)
    opens(client, watched.officer, episode)
    told = f"Read by {watched.force.name} at 3pm."
    assert told in opens(client, watched.worker, episode)
    release(episode, watched, VAN, WHY, HARM, at=moment[0])
    shown = opens(client, watched.manager, episode)
    assert f"{watched.force.name} has not read 1 line of 3." in shown
    assert "It read the others at 3pm." in shown
    for reader in (watched.guardian, watched.carer, watched.officer):
        assert "released-read" not in opens(client, reader, episode)


@pytest.mark.by_turns
def test_of_a_force_that_read_some_of_the_lines_the_council_reads_that_it_read_in_part(
    client, watched, search, alerted, moment
):
    episode, other = search, alerted
    ended(episode, force=watched.force, at=NOW - DAY)
    write(episode, watched, version=0, at=NOW - HOUR)
    officer = a_person(Role.POLICE, force=other)
    release(episode, watched, VAN)
    opens(client, officer, episode)
    assert "Read by Southmere Police at 3pm." in opens(client, watched.worker, episode), "all that there is"
    release(episode, watched, VAN, WHY, HARM, at=NOW + HOUR)
    moment[0] = NOW + 2 * HOUR
    for name in ("episode", "episode_release"):
        shown = page(client, watched.worker, name, episode.reference)
        assert "Read in part by Southmere Police: 1 line of 3, at 3pm." in shown
        assert "Read by Southmere Police" not in shown
        assert f"{watched.force.name} has not read 3 lines of 3." in shown
    opens(client, officer, episode)
    shown = opens(client, watched.worker, episode)
    assert "Read by Southmere Police at 5pm." in shown, "when it had read them all"
    assert "in part" not in shown
    # One line taken back leaves those that it has read.
    release(episode, watched, WHY, at=NOW + 2 * HOUR)
    assert "Read by Southmere Police at 5pm." in opens(client, watched.worker, episode)


@pytest.mark.by_turns(8)
def test_what_a_force_wrote_itself_is_none_of_the_lines_that_it_has_read(
    client, watched, search, alerted, moment
):
    episode, other = search, alerted
    officer = a_person(Role.POLICE, force=other)
    told = {"force": other, "key": uuid.uuid4(), "by": officer}
    replies.tell(episode, "Seen at the quay", **told, at=NOW - 2 * DAY)
    ended(episode, force=watched.force, at=NOW - DAY)
    write(episode, watched, version=0, at=NOW - HOUR)
    release(episode, watched, "Seen at the quay")

    def found() -> list[tuple[PoliceForce, int, int, int, datetime | None]]:
        reads = release_reads.of_episode(episode, now=moment[0])
        return [(one.force, one.read, one.unread, one.lines, one.read_at) for one in reads]

    opens(client, officer, episode)
    assert found() == [(watched.force, 0, 1, 1, None), (other, 0, 0, 0, NOW)], "it wrote all that there is"
    release(episode, watched, "Seen at the quay", VAN, WHY, at=NOW + HOUR)
    assert found() == [(watched.force, 0, 3, 3, None)], "of what it did not write it has read nothing"
    lines = [line for line in releases.read_by(episode, [POLICE]) if line.text == VAN]
    release_reads.note(episode, lines, forces=[other.pk], by=officer, at=NOW + HOUR)
    moment[0] = NOW + 2 * HOUR
    assert found()[1:] == [(other, 1, 1, 2, NOW + HOUR)]
    shown = opens(client, watched.worker, episode)
    assert "Read in part by Southmere Police: 1 line of 2, at 4pm." in shown
    assert f"{watched.force.name} has not read 3 lines of 3." in shown
    opens(client, officer, episode)
    assert found()[1:] == [(other, 2, 0, 2, NOW + 2 * HOUR)]


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
@pytest.mark.parametrize("what", ["taken back", "read", "corrected", "restricted"])
def test_of_what_is_over_by_the_morning_no_mail_goes(what, client, episode, watched, out):
    if what == "taken back":
        release(episode, watched, at=NOW + HOUR)
    elif what == "read":
        opens(client, watched.officer, episode)
    elif what == "corrected":
        write(episode, watched, version=1, at=NOW + HOUR)
    else:
        restrictions.restrict(watched.child, reason="Danger", named=[], by=watched.manager, at=NOW + HOUR)
    tell(TUESDAY)
    assert out.mails == []
    assert [one.status for one in Message.objects.filter(wording=release_mails.RELEASED)] == ["cancelled"]


@pytest.mark.by_turns
def test_a_force_that_took_the_search_over_hears_and_the_one_that_handed_it_on_reads_no_later_line(
    client, watched, search, second, out, moment
):
    episode, other, theirs = search, second, Mailbox.objects.get(force=second)
    handed(episode, other, watched, at=NOW - 2 * DAY)
    ended(episode, force=other, at=NOW - DAY)
    write(episode, watched, version=0, at=NOW - HOUR)
    Message.objects.update(status=MessageStatus.CANCELLED, sent_at=None)
    release(episode, watched, VAN)
    tell(NOW)
    tell(TUESDAY)
    assert to(out) == [theirs.address], "its control room, where nobody is its coordinator"
    officer = a_person(Role.POLICE, force=other)
    assert VAN not in opens(client, watched.officer, episode)
    assert long_searches.released(watched.officer, now=NOW) == []
    assert [one.new for one in long_searches.released(officer, now=NOW)] == [1]
    assert VAN in opens(client, officer, episode)
    assert [one.force for one in ReleaseRead.objects.all()] == [other]
    assert [one.force for one in release_reads.of_episode(episode, now=NOW)] == [other]


@pytest.mark.by_turns
def test_lines_released_before_the_search_was_handed_on_are_new_to_the_force_that_takes_it_over(
    client, watched, search, second, out
):
    episode, other, theirs = search, second, Mailbox.objects.get(force=second)
    told = {"force": watched.force, "key": uuid.uuid4(), "by": watched.officer}
    replies.tell(episode, "Seen at the quay", **told, at=NOW - 2 * DAY - HOUR)
    release(episode, watched, "Seen at the quay", at=NOW - 2 * DAY)
    opens(client, watched.officer, episode)
    Message.objects.update(status=MessageStatus.CANCELLED, sent_at=None)
    release_mails.tell(now=NOW - DAY)
    assert not Message.objects.filter(wording=release_mails.RELEASED).exists(), "the force wrote it itself"
    handed(episode, other, watched, at=NOW)
    Message.objects.update(status=MessageStatus.CANCELLED, sent_at=None)
    tell(NOW)
    assert to(out) == [theirs.address], "at once: it looks for the child"
    assert "Seen at the quay" in opens(client, watched.officer, episode), "it was released while it searched"
    first, before = release_reads.of_episode(episode, now=NOW)
    assert (first.force, first.unread, first.since) == (other, 1, NOW)
    assert (before.force, before.read_at) == (watched.force, NOW), "who had read it then"


@pytest.mark.by_turns
def test_another_force_that_is_alerted_reads_too_and_the_council_waits_for_the_one_that_leads_alone(
    client, watched, search, alerted, out
):
    episode, other = search, alerted
    ended(episode, force=watched.force, at=NOW - DAY)
    write(episode, watched, version=0, at=NOW - HOUR)
    Message.objects.update(status=MessageStatus.CANCELLED, sent_at=None)
    release(episode, watched, VAN)
    assert VAN in opens(client, a_person(Role.POLICE, force=other), episode)
    found = [(one.force, one.unread, one.read_at) for one in release_reads.of_episode(episode, now=NOW)]
    assert found == [(watched.force, 1, None), (other, 0, NOW)]
    assert long_searches.newly_released(watched.officer, now=NOW) == 1
    tell(NOW)
    tell(TUESDAY)
    assert to(out) == [watched.coordinator.address]


@pytest.mark.by_turns
@pytest.mark.usefixtures("mailed")
def test_after_five_working_days_of_silence_the_worker_is_told_once(client, episode, watched, out, moment):
    tell(SILENT - 8 * HOUR)
    assert not out.mails, "until the fifth working day is over"
    tell(SILENT - 6 * HOUR)
    assert not out.mails, "nobody is told by night"
    tell(SILENT)
    reader, subject, text = said(out)[-1]
    assert (reader, len(out.mails)) == (watched.worker.email, 1)
    assert episode.reference in subject
    assert f"{watched.force.name} has not read 1 line that was released to the police" in text
    assert reverse("episode", args=[episode.reference]) in text
    assert VAN not in text
    shown = [row for row in ladder_table.of(episode, now=SILENT) if row.at > NOW]
    assert not shown, "whether lines are read is no rung of the search"
    tell(SILENT + DAY)
    assert len(out.mails) == 1
    moment[0] = SILENT + DAY
    opens(client, watched.officer, episode)
    release(episode, watched, VAN, WHY, at=SILENT + DAY)
    tell(SILENT + DAY)
    tell(SILENT + 3 * DAY)
    tell(SILENT + 8 * DAY)
    assert to(out)[1:] == [watched.coordinator.address]
    tell(SILENT + 9 * DAY)
    tell(SILENT + 12 * DAY)
    assert to(out)[2:] == [watched.worker.email], "of what is new, once more"


@pytest.mark.by_turns
def test_of_what_is_released_after_the_word_of_silence_the_worker_is_told_too_while_the_first_is_unread(
    episode, watched, out
):
    release(episode, watched, VAN)
    tell(SILENT)
    assert to(out).count(watched.worker.email) == 1
    release(episode, watched, VAN, WHY, at=SILENT + DAY)
    tell(SILENT + 8 * DAY)
    assert to(out).count(watched.worker.email) == 1, "of what was told nothing more"
    tell(SILENT + 9 * DAY)
    tell(SILENT + 12 * DAY)
    assert to(out).count(watched.worker.email) == 2


@pytest.mark.by_turns
@pytest.mark.parametrize("what", ["taken back", "read", "out of reach"])
def test_what_was_read_or_can_be_read_no_more_is_no_silence(what, client, episode, watched, out):
    release(episode, watched, VAN)
    if what == "read":
        opens(client, watched.officer, episode)
    if what == "taken back":
        release(episode, watched, at=NOW + HOUR)
    release_mails.tell(now=SILENT if what != "out of reach" else NOW + 40 * DAY)
    assert not Message.objects.filter(wording=release_mails.UNREAD).exists()


@pytest.mark.by_turns
def test_of_a_restricted_record_which_the_force_is_mailed_nothing_of_nobody_is_told_of_silence(
    episode, watched, out
):
    release(episode, watched, VAN)
    named = [watched.worker, watched.officer]
    restrictions.restrict(watched.child, reason="Danger", named=named, by=watched.manager, at=NOW + HOUR)
    for hours in range(3):
        tell(SILENT + hours * HOUR)
    assert not Message.objects.filter(wording=release_mails.UNREAD).exists()
    assert not out.mails


@pytest.mark.by_turns
def test_a_worker_who_cannot_open_the_record_gives_way_to_the_manager(episode, watched, out):
    release(episode, watched, VAN)
    KeepFrom.objects.create(
        child=watched.child, user=watched.worker, reason="A danger", starts_at=NOW, set_by=watched.manager
    )
    for hours in range(3):
        tell(SILENT + hours * HOUR)
    told = Message.objects.filter(wording=release_mails.UNREAD)
    assert [one.user for one in told] == [watched.manager], "once, and by nobody's way round"


@pytest.mark.by_turns(8)
def test_what_is_read_while_the_word_of_it_waits_for_the_morning_is_no_silence_any_more(
    client, episode, watched, out, moment
):
    release(episode, watched, VAN)
    tell(SILENT - 6 * HOUR)
    moment[0] = SILENT - HOUR
    opens(client, watched.officer, episode)
    tell(SILENT)
    assert watched.worker.email not in to(out)
    assert Message.objects.get(wording=release_mails.UNREAD).status == MessageStatus.CANCELLED


def test_without_a_worker_the_manager_is_told(episode, watched, out):
    User.objects.filter(pk=watched.worker.pk).update(is_active=False)
    watched.child.allocations.update(worker=None)
    release(episode, watched, VAN)
    tell(SILENT)
    assert watched.manager.email in to(out)
    assert watched.worker.email not in to(out)


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_a_mailbox_that_refuses_is_not_tried_for_ever_and_the_silence_is_told_all_the_same(
    episode, watched, out
):
    out.on_mail = refuse
    tell(TUESDAY)
    for minute in range(3):
        tell(TUESDAY + minute * MINUTE)
    tell(TUESDAY + DAY)
    mails = Message.objects.filter(wording=release_mails.RELEASED, mailbox=watched.coordinator)
    assert [one.status for one in mails] == ["failed"]
    out.on_mail = lambda mail: None
    tell(SILENT)
    assert watched.worker.email in to(out)


@pytest.mark.by_turns
@pytest.mark.usefixtures("owed")
def test_a_mailbox_that_is_ended_before_the_morning_gives_way_to_the_other(episode, watched, out):
    configuration.end_mailbox(watched.coordinator, reason="Closed", by=watched.manager, at=NOW + HOUR)
    tell(TUESDAY)
    tell(TUESDAY + MINUTE)
    tell(TUESDAY + DAY)
    told = [reader for reader, subject, _ in said(out) if subject.startswith("Return interviews")]
    assert told == [watched.control_room.address]


@pytest.mark.by_turns
def test_what_was_released_before_reads_were_kept_is_neither_new_nor_silent(client, episode, watched, out):
    interview = return_interviews.latest(episode)
    said_of = {"episode": episode, "interview": interview, "field": "harm", "side": POLICE}
    Release.objects.create(**said_of, starts_at=NOW, released_by=watched.worker, is_followed=False)
    tell(NOW)
    tell(TUESDAY)
    tell(SILENT)
    assert out.mails == []
    assert [(one.lines, one.new) for one in long_searches.released(watched.officer, now=NOW)] == [(1, 0)]
    assert release_reads.of_episode(episode, now=NOW) == []


def test_who_has_read_is_never_written_anew(client, episode, watched):
    release(episode, watched, VAN)
    opens(client, watched.officer, episode)
    assert AccessRecord.objects.filter(user=watched.officer, child=watched.child, page="episode").exists()
    for statement in ("UPDATE alerts_releaseread SET read_at = now()", "DELETE FROM alerts_releaseread"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    first = ReleaseRead.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReleaseRead.objects.create(
            release=first.release, force=first.force, read_at=NOW, read_by=watched.officer
        )


@pytest.mark.by_turns
def test_the_lists_and_the_mails_cost_as_much_for_two_children_as_for_one(episode, watched, sister):
    def queries() -> int:
        message = Message(wording=release_mails.RELEASED, force=watched.force, created_at=NOW)
        with CaptureQueriesContext(connection) as counted:
            long_searches.released(watched.officer, now=NOW)
            long_searches.newly_released(watched.officer, now=NOW)
            release_mails.parts(message, now=NOW)
            release_mails.goes_on(message, now=NOW)
        return len(counted)

    release(episode, watched, VAN)
    queries()
    few = queries()
    release(interviewed(sister), sister, VAN)
    assert long_searches.newly_released(watched.officer, now=NOW) == 2
    assert queries() == few
