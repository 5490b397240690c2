"""A placement that cannot keep the roll-calls says so, to the manager and on its pages, until somebody else looks."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts import sweep
from alerts.default_policies import FIRST_30_DAYS, FIRST_72_HOURS, ORDINARY
from alerts.models import Clock, Message
from alerts.schedule import Applies
from alerts.unkept import Presence, Run, Way, lacks, run
from cases import clock, placements, staffing
from cases.models import Event
from cases.staffing import Staffed
from cases.states import IllegalMove
from tests.alerts import papers
from tests.factories import AT, Watched, a_home, a_watched_child, case_closed, seen

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 2 * HOUR
SOON = datetime(2026, 3, 2, 9, tzinfo=UTC)


def there(**said: Any) -> Presence:
    return Presence(SOON, **said)


def test_what_nobody_there_can_keep_is_told_by_the_hours_and_by_the_visits() -> None:
    assert lacks([FIRST_72_HOURS], there(always=True)) == ()
    by_day = there(hours=(time(9), time(17, 30)))
    assert lacks([FIRST_72_HOURS], by_day) == ("morning", "evening", "night")
    assert lacks([ORDINARY], by_day) == (), "somebody is there when the day's window opens"
    by_night = there(hours=(time(22), time(8)))
    assert lacks([FIRST_30_DAYS], by_night) == ("evening",), "a night goes past midnight"
    assert lacks([ORDINARY], there(visits_a_week=6)) == ("day",)
    assert lacks([ORDINARY], there(visits_a_week=7)) == ()
    assert lacks([FIRST_30_DAYS, ORDINARY], there(visits_a_week=21)) == ("morning", "day", "evening", "night")
    assert lacks([FIRST_30_DAYS], there()) == ("morning", "evening", "night")
    assert lacks([], there()) == ()


def test_a_lack_lasts_until_the_policy_asks_less_or_somebody_else_looks_and_is_known_before_it_comes() -> (
    None
):
    closer = Applies(FIRST_30_DAYS, SOON - DAY, SOON + 10 * DAY)
    always = Applies(ORDINARY, SOON - 90 * DAY)
    visits = there(visits_a_week=7)

    def found(applies: Sequence[Applies], *ways: Way, at: datetime = SOON) -> Run | None:
        return run(applies, [visits], ways, at=at)

    assert found([always]) is None
    assert found([closer, always]) == Run(SOON, SOON + 10 * DAY)
    assert found([closer, always], at=SOON + 11 * DAY) is None
    names = frozenset({"morning", "evening", "night", "day"})
    assert found([closer, always], Way(names, SOON + DAY, SOON + 12 * DAY), at=SOON + 2 * DAY) is None
    assert found([closer, always], Way(names, SOON, SOON + 4 * DAY)) == Run(SOON + 4 * DAY, SOON + 10 * DAY)
    some = Way(names - {"night"}, SOON, SOON + 12 * DAY)
    assert found([closer, always], some) == Run(SOON, SOON + 10 * DAY), "one roll-call is nobody's still"
    coming = Applies(FIRST_30_DAYS, SOON + 5 * DAY, None)
    assert found([coming, always]) == Run(SOON + 5 * DAY, None)


def test_what_lacked_before_it_was_said_anew_and_lacks_still_is_one_stretch() -> None:
    always = Applies(FIRST_30_DAYS, SOON - 90 * DAY)
    first, same, full = (
        Presence(SOON + number * DAY, **said)
        for number, said in enumerate(({"visits_a_week": 3}, {"visits_a_week": 4}, {"always": True}))
    )
    later = Presence(SOON + 3 * DAY, visits_a_week=3)
    at = SOON + 4 * DAY
    assert run([always], [first, same], (), at=at) == Run(SOON, None)
    assert run([always], [first, same, full, later], (), at=at) == Run(SOON + 3 * DAY, None)
    names = frozenset({"morning", "evening", "night"})
    kept = Way(names, SOON, SOON + DAY)
    assert run([always], [first, same], [kept], at=at) == Run(SOON + DAY, None), "till then somebody looked"


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


def due(one: Watched) -> datetime | None:
    row = Clock.objects.filter(child=one.child, duty="unkept_roll_calls").first()
    return row.due_at if row is not None else None


def said(one: Watched, at: datetime = NOW, **how: Any) -> None:
    staffing.say(
        one.placement, Staffed(**({"presence": "visits", "visits_a_week": 3} | how)), by=one.worker, at=at
    )


def arranged(one: Watched, at: datetime, *windows: str, days: int = 20, **more: Any) -> None:
    given = {
        "who": "Waking night support",
        "how": "They come at 10pm",
        "until_date": (at + days * DAY).date(),
    }
    names = windows or ("morning", "midday", "teatime", "evening", "night", "day")
    staffing.arrange(one.placement, windows=names, **(given | more), by=one.worker, at=at)


def swept(one: Watched, at: datetime) -> None:
    seen(one.child, by=one.carer, at=at)
    sweep.sweep_all(now=at)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_the_manager_hears_at_once_until_somebody_else_looks_and_again_when_that_is_over(
    watched: Watched,
) -> None:
    assert due(watched) is None, "nothing is guessed"
    contact = Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)
    before = (contact.due_at, contact.steps)
    said(watched)
    assert due(watched) == NOW
    contact.refresh_from_db()
    assert (contact.due_at, contact.steps) == before, "no roll-call is asked for less"
    swept(watched, NOW + HOUR)
    assert papers.steps(watched.child, "unkept_roll_calls") == ["R1"]
    told = Message.objects.filter(items__alert__clock__duty="unkept_roll_calls")
    assert {message.user for message in told} == {watched.manager}
    arranged(watched, NOW + 2 * HOUR, "morning", "night")
    assert due(watched) == NOW, "of the others nobody looks"
    arranged(watched, NOW + 3 * HOUR)
    swept(watched, NOW + 4 * HOUR)
    assert not papers.is_open(watched.child, "unkept_roll_calls")
    over = due(watched)
    assert over is not None
    assert over.date() == (NOW + 3 * HOUR + 20 * DAY).date() + DAY, "owed again when the day is over"
    said(watched, presence="always", visits_a_week=None, at=NOW + 5 * HOUR)
    assert due(watched) is None
    said(watched, at=NOW + 6 * HOUR)
    assert due(watched) == NOW + 6 * HOUR, "what was arranged before counts no more"
    moved_at = NOW + 7 * HOUR
    placements.start(
        watched.child,
        where=a_home(watched.authority),
        placement_type="K2",
        starts_at=moved_at,
        by=watched.worker,
        at=moved_at,
    )
    assert due(watched) is None


@pytest.mark.by_turns
@pytest.mark.django_db
def test_said_anew_it_takes_back_who_looks_and_begins_no_ladder_anew(watched: Watched) -> None:
    said(watched)
    said(watched, at=NOW + HOUR)
    assert watched.placement.staffings.count() == 1, "the same once more is one"
    said(watched, at=NOW + 2 * HOUR, visits_a_week=4)
    assert due(watched) == NOW, "nearly the same is as late as it was"
    arranged(watched, NOW + 3 * HOUR)
    said(watched, at=NOW + 4 * HOUR, visits_a_week=4)
    assert staffing.standing_ways(watched.placement) == [], "who looks is taken back"
    assert due(watched) == NOW + 4 * HOUR
    said(watched, at=NOW + 5 * HOUR, visits_a_week=4)
    assert watched.placement.staffings.count() == 3


@pytest.mark.by_turns
@pytest.mark.django_db
def test_who_was_named_before_stays_for_the_roll_calls_that_the_page_names(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 3 * HOUR)
    said(watched)
    client.force_login(watched.worker)
    page = reverse("placement_staffing", args=[watched.child.reference])
    stays = "stays for the roll-calls that stand there, also where fewer are selected here"
    assert stays not in client.get(page).content.decode(), "nobody is named yet"
    arranged(watched, NOW + HOUR, "night", "morning", "day")
    arranged(watched, NOW + 2 * HOUR, "morning", who="Bo Quill")
    late, early = client.get(page).context["ways"]
    assert (late[0].who, [word.split(" (")[0] for word in late[1]]) == ("Bo Quill", ["morning"])
    assert [word.split(" (")[0] for word in early[1]] == ["morning", "night", "once a day"]
    words = client.get(page).content.decode()
    assert stays in words
    assert ", ".join(early[1]) in words


@pytest.mark.django_db
def test_what_is_left_open_is_refused(watched: Watched) -> None:
    for how, words in (
        ({"presence": "hours", "visits_a_week": None}, "from when until when"),
        ({"visits_a_week": 0}, "how many times"),
    ):
        with pytest.raises(IllegalMove, match=words):
            said(watched, **how)
    with pytest.raises(IllegalMove, match="first when somebody is there"):
        arranged(watched, NOW)
    said(watched)
    for more, words in (({"who": " "}, "who looks"), ({"days": 29}, "within 28 days")):
        with pytest.raises(IllegalMove, match=words):
            arranged(watched, NOW, **more)
    case_closed(watched.child, reason="Reunited", by=watched.manager, at=NOW + HOUR)
    assert due(watched) is None
    with pytest.raises(IllegalMove, match="closed"):
        said(watched, at=NOW + 2 * HOUR, presence="nobody", visits_a_week=None)


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_it_is_said_when_the_placement_is_recorded_and_on_each_page_until_it_is_arranged(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    reference = watched.child.reference
    pages = {
        name: reverse(name, args=[reference]) for name in ("child", "placement_staffing", "child_placements")
    }
    roll = reverse("roll_call", args=[watched.home.pk])
    client.force_login(watched.worker)
    move = {"where": watched.home.pk, "placement_type": "K3", "starts_at_when": "now"}
    assert client.post(reverse("placement_new", args=[reference]), move).url == pages["placement_staffing"]
    assert "Nobody has said when somebody is there" in client.get(pages["child_placements"]).content.decode()
    page = pages["placement_staffing"]
    wrong = client.post(
        page, {"form": "staffing", "presence": "hours", "from_time": "nine", "until_time": "17:30"}
    )
    assert wrong.status_code == 422
    assert "Enter a real time" in wrong.content.decode()
    hours = {"form": "staffing", "presence": "hours", "from_time": "09:00", "until_time": "17:30"}
    assert client.post(page, hours).status_code == 302
    words = client.get(page).content.decode()
    assert "This placement cannot keep the roll-calls" in words
    assert "night (10:30pm to 11:30pm)" in words
    assert "midday" not in words
    assert "Cannot be kept here, and nobody else looks: " in client.get(pages["child"]).content.decode()
    calendar = client.get(reverse("calendar") + "?whose=team").content.decode()
    assert "Placement that cannot keep the roll-calls" in calendar
    client.force_login(watched.carer)
    assert "Cannot be kept here" in client.get(roll).content.decode()
    client.force_login(watched.worker)
    until = (NOW + 20 * DAY).date()
    way = {
        "form": "way",
        "windows": ["morning", "evening", "night"],
        "who": "Ada Quill",
        "how": "Each time by car",
    }
    assert client.post(page, way).status_code == 422
    day = {"until_date_day": until.day, "until_date_month": until.month, "until_date_year": until.year}
    assert client.post(page, way | day).status_code == 302
    words = client.get(page).content.decode()
    assert "Every roll-call of the child can be kept" in words
    assert "Ada Quill" in words
    assert 'value="way"' in words, "it is arranged again before that day"
    assert "Cannot be kept here" not in client.get(pages["child"]).content.decode()
    kinds = set(Event.objects.filter(child=watched.child).values_list("kind", flat=True))
    assert {"placement_staffed", "placement_way_arranged"} <= kinds
    for stranger in (watched.carer, watched.guardian, watched.officer, a_watched_child().worker):
        client.force_login(stranger)
        assert client.get(page).status_code == 404


@pytest.mark.django_db
def test_what_somebody_typed_meanwhile_comes_back_with_its_words(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
    page = reverse("placement_staffing", args=[watched.child.reference])
    said(watched)
    until = (NOW + 20 * DAY).date()
    way = {
        "form": "way",
        "placement": watched.placement.pk,
        "windows": ["night"],
        "who": "Ada Quill",
        "how": "Each time by car",
        "until_date_day": until.day,
        "until_date_month": until.month,
        "until_date_year": until.year,
    }
    said(watched, presence="always", visits_a_week=None, at=NOW + HOUR)
    client.force_login(watched.worker)
    kept = client.post(page, way)
    assert kept.status_code == 422
    for words in ("Somebody has said meanwhile", "Ada Quill", "Each time by car"):
        assert words in kept.content.decode()
    assert not watched.placement.ways.exists()
    move = {"placement_type": "K2", "starts_at": NOW + HOUR, "by": watched.worker, "at": NOW + HOUR}
    placements.start(watched.child, where=a_home(watched.authority), **move)
    hours = {
        "form": "staffing",
        "placement": watched.placement.pk,
        "presence": "hours",
        "from_time": "09:10",
        "until_time": "17:30",
    }
    kept = client.post(page, hours)
    assert kept.status_code == 422
    assert "The child lives elsewhere by now" in kept.content.decode()
    assert "09:10" in kept.content.decode()
    assert not watched.child.staffings.filter(presence="hours").exists()


@pytest.mark.django_db
def test_an_old_page_replaces_neither_what_was_said_nor_who_was_arranged_since(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 3 * HOUR)
    page = reverse("placement_staffing", args=[watched.child.reference])
    client.force_login(watched.worker)

    def stand() -> str:
        return client.get(page).content.decode().split('name="stand" value="')[1].split('"')[0]

    hours = {"form": "staffing", "presence": "hours", "from_time": "09:10", "until_time": "17:30"}
    old = stand()
    said(watched, presence="nobody", visits_a_week=None)
    between = stand()
    arranged(watched, NOW + HOUR, "night")
    (row,), (way,) = watched.placement.staffings.all(), watched.placement.ways.all()
    for read in (old, between):
        kept = client.post(page, hours | {"placement": watched.placement.pk, "stand": read})
        assert kept.status_code == 422
        words = kept.content.decode()
        assert "Somebody has changed what stands here meanwhile" in words
        for shown in ("Nobody is there, and nobody visits</strong>", "Waking night support", 'value="09:10"'):
            assert shown in words
    until = (NOW + 20 * DAY).date()
    day = {"until_date_day": until.day, "until_date_month": until.month, "until_date_year": until.year}
    other = {"form": "way", "stand": between, "windows": ["night"], "who": "Ada Quill", "how": "By car"} | day
    kept = client.post(page, other)
    assert (kept.status_code, "Ada Quill" in kept.content.decode()) == (422, True)
    assert (watched.placement.staffings.get(), watched.placement.ways.get()) == (row, way)
    # What is sent from the page that says so is kept, and twice it is one.
    again = kept.content.decode().split('name="stand" value="')[1].split('"')[0]
    assert again == stand()
    for _turn in range(2):
        assert client.post(page, other | {"stand": again}).status_code == 302
    assert watched.placement.ways.count() == 2
    monkeypatch.setattr(clock, "now", lambda: NOW + 3 * HOUR + timedelta(minutes=5))
    again = stand()
    for _turn in range(2):
        assert client.post(page, hours | {"stand": again}).status_code == 302
    assert watched.placement.staffings.count() == 2
