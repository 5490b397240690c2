"""The pages of a child's age, room and profile act on what was read, and two presses of one are one."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cases import ages, clock, details, find_me
from cases.deadlines import london_day
from cases.models import AgeDecision, BirthDateClaim, Child, Event, FindMeReview, RoomReview
from cases.moves import Overtaken
from tests.factories import Watched, a_watched_child

pytestmark = pytest.mark.django_db
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def watched(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(clock, "now", lambda: now)
    one = a_watched_child(at=now - 50 * HOUR)
    decided(one, "disputed", now - 3 * HOUR)
    return one


def decided(one: Watched, status: str, at: datetime, place: str = "") -> AgeDecision:
    said = ages.Decision(
        age_status=status, decided_date=london_day(at), decided_by="Kent", grounds="Looks", place=place
    )
    return ages.decide(one.child, said, seconded_by=one.manager, by=one.worker, at=at)


def stood(answer: HttpResponse) -> str:
    (key,) = re.findall(r'name="stood" value="(\d+)"', answer.content.decode())
    return str(key)


def boxes(name: str, day: date) -> dict[str, Any]:
    return {f"{name}_{part}": getattr(day, part) for part in ("day", "month", "year")}


@pytest.mark.by_turns
def test_an_old_page_turns_no_decision_of_two_people_that_was_made_since(
    watched: Watched, now: datetime, client: Client
) -> None:
    client.force_login(watched.worker)
    where = reverse("age_decision", args=[watched.child.reference])
    opened = stood(client.get(where))
    decided(watched, "treated_as_adult_elsewhere", now - HOUR, place="HMP Alder")
    press = {"age_status": "none", "decided_by": "Kent", "grounds": "A passport was seen"}
    press |= boxes("decided_date", london_day(now))
    late = client.post(where, press | {"stood": opened})
    words = late.content.decode()
    assert late.status_code == 422
    assert "Another decision about the age was recorded since you opened this page" in words
    assert "A passport was seen" in words
    watched.child.refresh_from_db()
    assert watched.child.age_status == "treated_as_adult_elsewhere"
    assert watched.child.get_age_status_display() in words, "what stands is shown"
    assert client.post(where, press | {"stood": stood(late)}).status_code == 302
    assert Child.objects.get(pk=watched.child.pk).age_status == "none"


@pytest.mark.by_turns
def test_a_decision_that_was_read_and_one_of_a_page_that_names_none_are_recorded(
    watched: Watched, now: datetime, client: Client
) -> None:
    client.force_login(watched.worker)
    where = reverse("age_decision", args=[watched.child.reference])
    press = {"decided_by": "Kent", "grounds": "Two workers"} | boxes("decided_date", london_day(now))
    said = {"age_status": "assessment_in_progress", "stood": stood(client.get(where))}
    assert client.post(where, press | said).status_code == 302
    assert client.post(where, press | {"age_status": "assessed_child"}).status_code == 302
    assert Child.objects.get(pk=watched.child.pk).age_status == "assessed_child"
    said_now = ages.Decision(
        age_status="disputed", decided_date=london_day(now), decided_by="Kent", grounds="Looks"
    )
    with pytest.raises(Overtaken):
        ages.decide(watched.child, said_now, stood=int(said["stood"]), by=watched.worker, at=now)
    assert Child.objects.get(pk=watched.child.pk).age_status == "assessed_child"


def test_a_profile_is_gone_through_as_its_page_showed_it(
    watched: Watched, now: datetime, client: Client
) -> None:
    for section in find_me.SECTIONS.values():
        if section.questions:
            asked: dict[str, Any] = {"answers": {}, "state": "asked", "version": 0}
            find_me.write(watched.child, section.key, **asked, by=watched.worker, at=now - 2 * HOUR)
    client.force_login(watched.worker)
    page = reverse("child_profile", args=[watched.child.reference])
    review = reverse("find_me_review", args=[watched.child.reference])
    opened = stood(client.get(page))
    row = find_me.standing(watched.child)["places"]
    written: dict[str, Any] = {"answers": {"school": "Another college"}, "state": "complete"}
    find_me.write(watched.child, "places", **written, version=row.pk, by=watched.manager, at=now - MINUTE)
    late = client.post(review, {"stood": opened}, follow=True)
    words = late.content.decode()
    assert "The profile has changed since you opened this page" in words
    assert "Another college" in words, "what stands is shown"
    assert not FindMeReview.objects.exists()
    client.post(review, {"stood": stood(late)})
    assert FindMeReview.objects.filter(child=watched.child).count() == 1
    # A page from before this was asked names nothing, and is believed.
    version = find_me.standing(watched.child)["places"].pk
    find_me.write(watched.child, "places", **written, version=version, by=watched.manager, at=now + MINUTE)
    client.post(review)
    assert FindMeReview.objects.filter(child=watched.child).count() == 2


@pytest.mark.by_turns
def test_a_birth_date_that_is_kept_beside_is_kept_once(
    watched: Watched, now: datetime, client: Client
) -> None:
    client.force_login(watched.worker)
    where = reverse("birth_date", args=[watched.child.reference])
    press = {"version": client.get(where).context["form"].initial["version"], "goes_by_it": "no"}
    press |= {"basis": "others", "source": "An uncle"} | boxes("birth_date", date(now.year - 15, 5, 3))
    for _number in range(2):
        assert client.post(where, press).status_code == 302
    claims = BirthDateClaim.objects.filter(child=watched.child, source="An uncle")
    assert claims.count() == 1
    assert (
        Event.objects.filter(child=watched.child, kind="birth_date_claimed", subject_id=claims[0].pk).count()
        == 1
    )
    # Somebody else's word for the same day is another, and so is the first once more after it.
    assert client.post(where, press | {"source": "A cousin"}).status_code == 302
    assert client.post(where, press).status_code == 302
    assert claims.count() == 2


@pytest.mark.by_turns(8)
def test_a_birth_date_by_which_the_age_goes_is_said_again_once_somebody_has_changed_it(
    watched: Watched, now: datetime
) -> None:
    def said(year: int, by: Any, at: datetime) -> BirthDateClaim:
        given: dict[str, Any] = {"precision": "day", "basis": "document", "reason": "A passport"}
        version = details.version_of(watched.child, "age")
        day = date(year, 5, 3)
        return ages.claim(
            watched.child,
            birth_date=day,
            **given,
            source="It",
            goes_by_it=True,
            version=version,
            by=by,
            at=at,
        )

    first = said(now.year - 15, watched.worker, now - 3 * MINUTE)
    assert said(now.year - 15, watched.worker, now - 2 * MINUTE) == first
    changed = {"birth_date": date(now.year - 14, 5, 3), "birth_date_precision": "day"}
    version = details.version_of(watched.child, "age")
    details.change(watched.child, changed, topic="age", version=version, by=watched.manager, at=now - MINUTE)
    assert said(now.year - 15, watched.worker, now) != first
    assert Child.objects.get(pk=watched.child.pk).birth_date == date(now.year - 15, 5, 3)


def test_a_room_is_looked_at_once_by_two_presses(
    watched: Watched, now: datetime, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(watched.worker)
    where = reverse("room_review", args=[watched.child.reference])
    press = {"stood": stood(client.get(where)), "own_room": "yes", "note": ""}
    press |= boxes("review_by", london_day(now) + 20 * DAY)
    for _number in range(2):
        assert client.post(where, press).status_code == 302
    rows = RoomReview.objects.filter(child=watched.child)
    assert rows.count() == 1
    assert client.post(where, press | {"own_room": "no", "note": "With his brother"}).status_code == 302
    assert rows.count() == 2
    # The next day somebody has looked again, whatever they say.
    monkeypatch.setattr(clock, "now", lambda: now + DAY)
    client.force_login(watched.worker)
    again = press | {"own_room": "no", "note": "With his brother"}
    assert client.post(where, again).status_code == 302
    assert rows.count() == 3
