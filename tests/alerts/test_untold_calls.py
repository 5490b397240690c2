"""A force without a mailbox is to be phoned of an end, and nobody can be told so: people see it on their pages."""

import pytest
from django.test import Client

from alerts import added_forces
from alerts.models import DutyTask, Message, PolicyVersion
from alerts.models.outbox import MessageKind
from cases import clock, people, responsibilities
from cases.models import MissingEpisode, Shift, User
from tests.alerts.outgoing import broken, catch, send_all, tick
from tests.alerts.test_unmailed_forces import DAY, HOUR, MINUTE, NOW, asked, nobody_on_the_desk
from tests.factories import (
    Watched,
    a_duty_desk,
    a_force,
    a_person,
    a_watched_child,
    an_authority,
    ended,
    membership_of,
    missing,
)

pytestmark = pytest.mark.django_db
# What the service is asked of itself.
ABOUT_NOTHING = "open tasks about nothing"


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> None:
    catch(monkeypatch)
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture(autouse=True)
def in_force(moment: None) -> None:
    PolicyVersion.objects.update(takes_effect_at=NOW - 300 * DAY)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=NOW - 200 * DAY)


@pytest.fixture
def searched(watched: Watched) -> MissingEpisode:
    """A search of which a force without a mailbox has heard, while nobody is on the desk and two posts are empty."""
    episode = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    added_forces.add(episode, a_force("Westmere Police"), by=watched.desk.person, at=NOW - HOUR)
    tick(NOW - HOUR)
    send_all(NOW - HOUR)
    nobody_on_the_desk(at=NOW - MINUTE)
    for person in (watched.manager, watched.head):
        people.leave(membership_of(person), at=NOW - MINUTE)
    return episode


@pytest.fixture
def over(watched: Watched, searched: MissingEpisode) -> MissingEpisode:
    """It has ended, and the director has left as well."""
    people.leave(membership_of(watched.director), at=NOW - MINUTE)
    ended(searched, force=watched.force, at=NOW)
    tick(NOW)
    return searched


def rung(call: DutyTask) -> list[Message]:
    """What was said of this call to whoever is rung of one that nobody takes."""
    return list(Message.objects.filter(items__step__in=call.call_steps))


def page(client: Client, person: User, where: str) -> str:
    client.force_login(person)
    return " ".join(client.get(where).content.decode().split())


@pytest.mark.by_turns(8)
def test_it_stands_on_the_desk_until_somebody_says_what_came_of_it(
    client: Client, watched: Watched, over: MissingEpisode
) -> None:
    episode = over
    assert not asked(kind=MessageKind.ENDING)
    (call,) = DutyTask.objects.untold()
    assert (call.episode, call.authority) == (episode, watched.authority)
    assert ABOUT_NOTHING not in broken(NOW)
    for minutes in (15, 120):
        tick(NOW + minutes * MINUTE)
    assert not rung(call)
    said = page(client, watched.desk.person, "/duty/")
    assert said.count("Phone them now: Westmere Police") == 1
    assert "this force has no mailbox here" in said
    assert "they have not heard so" in said
    assert "Nobody could be told of this call" in said
    done = f"/duty/tasks/{call.pk}/done/"
    client.force_login(a_duty_desk(an_authority("Harrowfen County")).person)
    assert client.get(done).status_code == 404
    assert "Westmere" not in client.get("/duty/").content.decode()
    client.force_login(watched.desk.person)
    answered = client.post(done, {"answer": "Rung: they stopped looking"}, follow=True).content.decode()
    assert "The alert itself goes on" not in answered
    assert "Phone them now" not in answered
    assert not DutyTask.objects.untold().exists()


@pytest.mark.by_turns(8)
def test_the_administrator_reads_that_nobody_could_be_told_until_the_call_is_made(
    client: Client, watched: Watched, searched: MissingEpisode
) -> None:
    episode = searched
    people.leave(membership_of(watched.director), at=NOW - MINUTE)
    admin = a_person("administrator", authority=watched.authority)
    other = a_person("administrator", authority=an_authority("Harrowfen County"))
    words = "1 call to the police stands on the duty desk, and nobody could be told of it"
    assert words not in page(client, admin, "/admin/")
    ended(episode, force=watched.force, at=NOW)
    tick(NOW)
    said = page(client, admin, "/admin/")
    assert words in said
    assert episode.reference not in said
    assert watched.child.reference not in said
    assert words not in page(client, other, "/admin/")
    DutyTask.objects.untold().update(done_at=NOW, answer="Rung", next_at=None)
    assert words not in page(client, admin, "/admin/")


def test_where_a_director_can_be_told_it_is_no_such_call(
    client: Client, watched: Watched, searched: MissingEpisode
) -> None:
    ended(searched, force=watched.force, at=NOW)
    tick(NOW)
    assert {one.post for one in asked(kind=MessageKind.ENDING)} == {"director"}
    assert not DutyTask.objects.untold().exists()
    assert "Nobody could be told of this call" not in page(client, watched.desk.person, "/duty/")


@pytest.mark.usefixtures("over")
def test_whoever_is_second_by_the_time_is_rung_that_it_has_ended(watched: Watched) -> None:
    last = watched.desk.shift
    again = {"second": last.second, "second_phone": last.second_phone}
    Shift.objects.create(
        team=last.team, person=last.person, phone=last.phone, **again, starts_at=NOW + 5 * MINUTE
    )
    for minutes in (14, 15):
        tick(NOW + minutes * MINUTE)
    (message,) = rung(DutyTask.objects.untold().get())
    assert (message.user, message.kind) == (last.second, MessageKind.ENDING)
    send_all(NOW + 15 * MINUTE)
    message.refresh_from_db()
    assert message.status == "sent", "though the alert has ended"


@pytest.mark.by_turns
@pytest.mark.usefixtures("over")
def test_it_goes_with_the_child_to_the_desk_of_another_authority(watched: Watched) -> None:
    other = a_watched_child(at=NOW - 200 * DAY)
    moved_at = NOW + HOUR
    responsibilities.start(watched.child, authority=other.authority, by=other.manager, at=moved_at)
    tick(moved_at)
    (call,) = DutyTask.objects.untold()
    assert call.authority == other.authority
    assert ABOUT_NOTHING not in broken(moved_at)
