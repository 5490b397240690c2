"""A report, or an outcome put right, that somebody has changed since: whoever sends theirs reads that one first."""

import html
import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from cases import episodes, homecomings
from cases.models import Draft, Event, MissingEpisode, MissingReport
from cases.moves import Overtaken
from tests.alerts import test_missing_report_page as screens
from tests.alerts.test_quick_report_again import address, report
from tests.factories import Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CHANGED = "The report was changed since you opened it"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 50 * MINUTE, given_name="Samir")


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    """Reported by the worker already."""
    return missing(watched.child, by=watched.worker, at=now - 30 * MINUTE, wearing="A grey coat")


def key_of(page: str) -> str:
    (key,) = re.findall(r'name="stood" value="(\d+)"', page)
    return str(key)


def quick(**answers: Any) -> dict[str, Any]:
    return report(**{"once": str(uuid.uuid4()), **answers})


def colleague(watched: Watched, now: datetime, **said: Any) -> MissingReport:
    missing(watched.child, by=watched.manager, at=now - MINUTE, **{"vehicle": "Green van", **said})
    found = MissingReport.objects.filter(episode__child=watched.child).last()
    assert found is not None
    return found


def worn() -> list[str]:
    return [one.wearing for one in MissingReport.objects.order_by("version")]


@pytest.mark.by_turns
def test_a_report_on_one_screen_that_another_overtook_comes_back_with_what_stands(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    client.force_login(watched.carer)
    opened = key_of(client.get(address(watched)).content.decode())
    last = colleague(watched, now, wearing="A red coat")
    given = quick(wearing="A blue coat", why_worried="Her uncle waits")
    answer = client.post(address(watched), {**given, "stood": opened})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert CHANGED in page
    for words in ("A red coat", "Green van", "A blue coat", "Her uncle waits"):
        assert words in page
    assert worn() == ["A grey coat", "A red coat"]
    assert key_of(page) == str(last.pk)
    assert client.post(address(watched), {**given, "stood": key_of(page)}).status_code == 302
    assert worn() == ["A grey coat", "A red coat", "A blue coat"]


@pytest.mark.by_turns
def test_what_the_one_screen_does_not_ask_is_not_said_to_differ(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    client.force_login(watched.desk.person)
    opened = key_of(client.get(address(watched)).content.decode())
    colleague(watched, now)
    page = client.post(address(watched), {**quick(), "stood": opened}).content.decode()
    assert "Green van" in page
    assert "Profile and photo for the police" not in page


@pytest.mark.by_turns
def test_two_who_report_a_child_at_once_are_one_alarm_and_the_second_reads_the_first(
    client: Client, watched: Watched, now: datetime
) -> None:
    client.force_login(watched.carer)
    opened = key_of(client.get(address(watched)).content.decode())
    assert opened == "0"
    colleague(watched, now)
    answer = client.post(address(watched), {**quick(), "stood": opened})
    assert answer.status_code == 422
    assert "Green van" in answer.content.decode()
    # The same form twice is one report, whatever stood on its page.
    other = quick(once=str(uuid.uuid4()))
    stood = {"stood": key_of(answer.content.decode())}
    assert [client.post(address(watched), {**other, **stood}).status_code for _press in range(2)] == [
        302,
        302,
    ]
    assert MissingReport.objects.count() == 2


@pytest.mark.by_turns(8)
def test_what_a_reader_is_not_shown_of_a_report_stands_on_no_page_of_theirs(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    client.force_login(watched.carer)
    opened = key_of(client.get(address(watched)).content.decode())
    kept = {"court_orders": "A recovery order", "tell_also": "Aunt Sela", "child_phone": "07700 900999"}
    colleague(watched, now, **kept, answers={"exploitation": {"said": "yes", "note": "A debt"}})
    page = html.unescape(client.post(address(watched), {**quick(), "stood": opened}).content.decode())
    assert "Green van" in page
    for words in ("A recovery order", "Aunt Sela", "07700 900999", "A debt"):
        assert words not in page


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("by_now", ["back", "seen", "over", "gone with another"])
def test_no_alarm_waits_until_somebody_has_read_another_report(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime, by_now: str
) -> None:
    client.force_login(watched.carer)
    opened = key_of(client.get(address(watched)).content.decode())
    colleague(watched, now)
    more: dict[str, Any] = {}
    if by_now == "back":
        episodes.confirm_with_child(episode, how="saw", by=watched.desk.person, at=now - MINUTE / 2)
    elif by_now == "seen":
        MissingEpisode.objects.update(reported_seen_at=now - MINUTE / 2, reported_seen_by=watched.worker)
    elif by_now == "over":
        ended(episode, at=now - MINUTE / 2)
    else:
        other = a_watched_child(at=now - HOUR, home=watched.home)
        more = {"gone_with": [other.child.reference]}
    answer = client.post(address(watched), {**quick(), **more, "stood": opened}, follow=True)
    assert answer.status_code == 200
    latest = MissingReport.objects.filter(episode__child=watched.child).order_by("recorded_at").last()
    assert latest is not None
    assert latest.reported_by == watched.carer
    said = "What you sent stands now, and both are on record" in answer.content.decode()
    assert said == (by_now != "over"), "of another search nothing was changed"


def send(client: Client, watched: Watched, once: str, page: str) -> Any:
    return client.post(screens.path(watched, "check"), {"once": once, "stood": key_of(page)})


@pytest.mark.by_turns
def test_a_draft_of_a_report_that_was_changed_since_is_checked_beside_what_stands(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    client.force_login(watched.worker)
    opened = key_of(client.get(screens.path(watched, "new")).content.decode())
    given = screens.facts(wearing="A blue coat", stood=opened)
    client.post(screens.path(watched, "new"), given)
    last = colleague(watched, now, wearing="A red coat")
    page = client.get(screens.path(watched, "risk")).content.decode()
    client.post(screens.path(watched, "risk"), screens.risk(stood=key_of(page)))
    assert key_of(client.get(screens.path(watched, "new")).content.decode()) == opened
    check = client.get(screens.path(watched, "check"))
    words = html.unescape(check.content.decode())
    assert check.status_code == 200
    for text in (CHANGED, "A red coat", "Green van", "A blue coat"):
        assert text in words
    # It changes once more before the button is pressed.
    later = colleague(watched, now + MINUTE / 2, vehicle="White van", wearing="A red coat")
    assert later.pk != last.pk
    refused = send(client, watched, given["once"], words)
    words = html.unescape(refused.content.decode())
    assert refused.status_code == 422
    assert "Nothing was sent" in words
    assert "White van" in words
    assert Draft.objects.count() == 2
    assert send(client, watched, given["once"], words).status_code == 302
    assert worn() == ["A grey coat", "A red coat", "A red coat", "A blue coat"]


@pytest.mark.by_turns
def test_a_report_that_nobody_has_changed_is_sent_as_before_and_twice_is_one(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.worker)
    pages = {name: client.get(screens.path(watched, name)).content.decode() for name in ("new", "risk")}
    given = screens.facts(stood=key_of(pages["new"]))
    client.post(screens.path(watched, "new"), given)
    client.post(screens.path(watched, "risk"), screens.risk(stood=key_of(pages["risk"])))
    page = client.get(screens.path(watched, "check")).content.decode()
    assert CHANGED not in page
    assert [send(client, watched, given["once"], page).status_code for _press in range(2)] == [302, 302]
    assert MissingReport.objects.count() == 2


# --- An outcome


@pytest.fixture
def back(episode: MissingEpisode, watched: Watched, now: datetime) -> MissingEpisode:
    return ended(episode, by=watched.desk.person, at=now - 20 * MINUTE)


HOSPITAL = {"outcome": "hospital", "with_child": "Key worker", "bed": "kept", "reason": "Ward 4 rang"}


def put_right(
    back: MissingEpisode, watched: Watched, at: datetime, outcome: str = "arrested", **more: Any
) -> None:
    said = {"reason": "It is in a cell", "bed": "kept", **more}
    homecomings.put_right(back, outcome=outcome, **said, by=watched.manager, at=at)


def times(back: MissingEpisode) -> int:
    return Event.objects.filter(child=back.child_id, kind="outcome_put_right").count()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("outcome", ["arrested", "hospital"])
def test_an_outcome_that_a_colleague_put_right_since_is_read_before_another_takes_its_place(
    client: Client, watched: Watched, back: MissingEpisode, now: datetime, outcome: str
) -> None:
    client.force_login(watched.desk.person)
    where = f"/missing/{back.reference}/outcome/"
    opened = key_of(client.get(where).content.decode())
    put_right(back, watched, now - 10 * MINUTE, outcome, who="Another" if outcome == "hospital" else "")
    answer = client.post(where, {**HOSPITAL, "stood": opened})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "Somebody has put this outcome right since you opened this page" in page
    for words in ("It is in a cell", watched.manager.name, "Ward 4 rang", "Key worker"):
        assert words in page
    assert times(back) == 1
    again = client.post(where, {**HOSPITAL, "stood": key_of(page)})
    back.refresh_from_db()
    assert back.outcome == "hospital"
    if outcome == "hospital":
        assert again.status_code == 422
        assert "That is how it ended already" in again.content.decode()
    else:
        assert again.status_code == 302
        assert times(back) == 2


def test_an_outcome_that_is_pressed_twice_is_put_right_once(
    client: Client, watched: Watched, back: MissingEpisode
) -> None:
    client.force_login(watched.desk.person)
    where = f"/missing/{back.reference}/outcome/"
    given = {**HOSPITAL, "stood": key_of(client.get(where).content.decode())}
    assert [client.post(where, given).status_code for _press in range(2)] == [302, 302]
    assert times(back) == 1


@pytest.mark.by_turns
def test_two_outcomes_that_come_at_once_are_told_apart_when_nobody_else_writes(
    client: Client, watched: Watched, back: MissingEpisode, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(watched.desk.person)
    where = f"/missing/{back.reference}/outcome/"
    opened = key_of(client.get(where).content.decode())
    write = homecomings.put_right

    def goes_second(*args: Any, **facts: Any) -> Any:
        monkeypatch.undo()
        put_right(back, watched, facts["at"])
        return write(*args, **facts)

    monkeypatch.setattr(homecomings, "put_right", goes_second)
    answer = client.post(where, {**HOSPITAL, "stood": opened})
    assert answer.status_code == 422
    assert "It is in a cell" in html.unescape(answer.content.decode())
    with pytest.raises(Overtaken):
        put_right(back, watched, now, "abroad", read=int(opened))
