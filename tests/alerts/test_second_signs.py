"""Whoever signs as second person shows their second factor too: a password seen over a shoulder lowers no guard."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts import revisions
from cases import clock, concerns, episodes, legal_holds, notes, restrictions, second_factor
from cases.models import AccessRecord, KeepFrom, Role, User
from tests import factories
from tests.factories import Watched
from tests.passing import code, has_app

pytestmark = pytest.mark.django_db
PASSWORD = "three random words"
HOUR = timedelta(hours=1)
LOWER = {"risk": "low", "reason": "He has settled"}


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def second(watched: Watched, now: datetime) -> User:
    """A head of service with an app: whatever takes two, they may be the second."""
    return has_app(factories.knows(watched.head, PASSWORD), at=now)


@pytest.fixture
def signed(second: User) -> dict[str, Any]:
    return {"second_email": second.email, "second_password": PASSWORD}


@pytest.fixture
def lowering(client: Client, watched: Watched, second: User) -> str:
    """The address at which the worker lowers a risk that is high."""
    path = reverse("risk", args=[watched.child.reference])
    client.force_login(watched.worker)
    client.post(path, {"risk": "high", "reason": "Unknown adult at the gate"})
    return path


def risk_of(watched: Watched) -> str:
    watched.child.refresh_from_db()
    return watched.child.risk


@pytest.mark.by_turns
def test_the_password_alone_lowers_nothing_and_a_code_counts_once(
    client: Client, watched: Watched, lowering: str, signed: dict[str, Any]
) -> None:
    page = client.get(lowering).content.decode()
    assert 'name="second_code"' in page
    assert 'name="second_credential"' in page
    for wrong in ({}, {"second_code": "000000"}, {"second_credential": '{"id": "x"}'}):
        refused = client.post(lowering, LOWER | signed | wrong)
        assert refused.status_code == 422
        assert list(refused.context["form"].errors) == ["second_code"]
    assert risk_of(watched) == "high"
    right = signed | {"second_code": code(at=clock.now())}
    # A wrong password beside a right code uses nothing up.
    assert client.post(lowering, LOWER | right | {"second_password": "a guess"}).status_code == 422
    assert client.post(lowering, LOWER | right).status_code == 302
    assert risk_of(watched) == "low"
    client.post(lowering, {"risk": "high", "reason": "Rung at night"})
    assert client.post(lowering, LOWER | right).status_code == 422
    assert risk_of(watched) == "high"


@pytest.mark.by_turns
def test_a_recovery_code_signs_and_somebody_else_s_code_does_not(
    client: Client, watched: Watched, lowering: str, signed: dict[str, Any], second: User, now: datetime
) -> None:
    own = has_app(watched.worker, at=now, secret="KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
    theirs = code(at=clock.now(), secret="KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
    assert second_factor.has_one(own)
    assert client.post(lowering, LOWER | signed | {"second_code": theirs}).status_code == 422
    paper = second_factor.new_codes(second, at=now)[0]
    assert client.post(lowering, LOWER | signed | {"second_code": paper}).status_code == 302
    assert risk_of(watched) == "low"


@pytest.mark.by_turns(8)
def test_codes_of_a_second_person_are_not_guessed(
    client: Client, watched: Watched, lowering: str, signed: dict[str, Any]
) -> None:
    for _try in range(6):
        refused = client.post(lowering, LOWER | signed | {"second_code": "000000"})
    assert "Too many wrong codes" in refused.content.decode()
    right = client.post(lowering, LOWER | signed | {"second_code": code(at=clock.now())})
    assert right.status_code == 422
    assert risk_of(watched) == "high"


@pytest.mark.by_turns
def test_a_wrong_word_or_code_of_a_second_person_is_on_record_of_theirs_and_a_right_one_is_not(
    client: Client, watched: Watched, lowering: str, signed: dict[str, Any], second: User
) -> None:
    wrong = AccessRecord.objects.filter(allowed=False, user=second)
    right = signed | {"second_code": code(at=clock.now())}
    client.post(lowering, LOWER | right | {"second_password": "a guess"})
    client.post(lowering, LOWER | signed | {"second_code": "000000"})
    assert [row.page for row in wrong.order_by("pk")] == ["wrong_password", "wrong_code"]
    assert {row.path for row in wrong} == {lowering}
    assert client.post(lowering, LOWER | right).status_code == 302
    assert wrong.count() == 2


def test_whoever_has_no_second_factor_signs_nothing(
    client: Client, watched: Watched, lowering: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    colleague = factories.a_person(Role.SOCIAL_WORKER, team=watched.team, password=PASSWORD)
    monkeypatch.setattr(second_factor, "has_one", lambda _person: True)
    answers = LOWER | {"second_email": colleague.email, "second_password": PASSWORD, "second_code": "123456"}
    assert client.post(lowering, answers).status_code == 422
    assert risk_of(watched) == "high"


def test_every_decision_of_two_asks_for_it(
    client: Client, watched: Watched, signed: dict[str, Any], now: datetime
) -> None:
    child, manager = watched.child, watched.manager
    concerns.mark(child, reason="A threat", by=manager, at=now - HOUR)
    concerns.keep_from(child, watched.carer, reason="A threat", by=manager, at=now - HOUR)
    legal_holds.hold(child, reason="An inquest", by=manager, at=now - HOUR)
    restrictions.restrict(child, reason="A threat", named=[watched.worker, watched.head], by=manager, at=now)
    episode = factories.missing(child, at=now)
    episodes.regrade(
        episode, whose="ours", grade="high", reason="New", asked_for_high=False, by=manager, at=now
    )
    officer = has_app(factories.a_person(Role.DPO, authority=watched.authority, password=PASSWORD), at=now)
    mark = KeepFrom.objects.get(child=child)
    of_child = [child.reference]
    until = {
        "until_day": "1",
        "until_month": "1",
        "until_year": "2099",
        "until_time": "9am",
        "until": "other",
    }
    pages: list[tuple[str, dict[str, Any]]] = [
        (reverse("concern", args=of_child), {"how_long": "for_good"}),
        (reverse("keep_from_lift", args=[*of_child, mark.pk]), {"how_long": "for_good"}),
        (reverse("legal_hold", args=of_child), {}),
        (reverse("restriction_name", args=of_child), {"user": watched.guardian.pk}),
        (reverse("restriction_lift", args=of_child), {"how_long": "for_good"}),
        (reverse("case_close", args=of_child), {}),
        (
            reverse("care_end", args=of_child),
            {"code": "E4A", "how_long": "for_good"}
            | {f"ended_date_{part}": getattr(now, part) for part in ("day", "month", "year")},
        ),
        (reverse("episode_grade", args=[episode.reference]), {"whose": "ours", "grade": "low"}),
        (
            reverse("absence_new", args=of_child),
            {"kind": "away", "with_whom": "An aunt", "phone": "01632 960001", "place": "1 Lane", **until},
        ),
    ]
    client.force_login(manager)
    for address, answers in pages:
        refused = client.post(address, {"reason": "Over", **answers, **signed})
        assert refused.status_code == 422, address
        assert list(refused.context["form"].errors) == ["second_code"], (
            address,
            refused.context["form"].errors,
        )
    note = notes.write(child, text="Of another family", by=manager, at=now)
    wrong = reverse("passage_destroy", args=[child.reference, "note", note.pk])
    by_officer = signed | {"second_email": officer.email, "reason": "Wrong"}
    assert list(client.post(wrong, by_officer).context["form"].errors) == ["second_code"]


@pytest.mark.by_turns
def test_a_policy_is_agreed_with_it_too(client: Client, now: datetime) -> None:
    authority = factories.an_authority()
    first, other = (factories.a_person(Role.ADMINISTRATOR, authority=authority) for _ in range(2))
    has_app(factories.knows(other, PASSWORD), at=now)
    last = revisions.last_of("high")
    own = {one.name: one.typed for one in revisions.figures_of(last) if not one.is_fixed}
    day = now + timedelta(days=2)
    begins = {"day": day.day, "month": day.month, "year": day.year, "time": "9am"}
    when = {f"takes_effect_at_{part}": value for part, value in begins.items()}
    answers = {"replaces": last.version, "reason": "As decided", **own, **when, "R4": 300, "agree": "1"}
    answers |= {"untried_why": "No past days yet"}
    client.force_login(first)
    signed = {"second_email": other.email, "second_password": PASSWORD}
    address = reverse("policy_new", args=[authority.code, "high"])
    refused = client.post(address, answers | signed)
    assert list(refused.context["form"].errors) == ["second_code"]
    # It stands in no hidden field of the page that comes back.
    typed = {"second_code": "000000", "second_credential": ""}
    again = client.post(address, answers | signed | typed).content.decode()
    assert 'type="hidden" name="second_code"' not in again
    assert client.post(address, answers | signed | {"second_code": code(at=clock.now())}).status_code == 302


@pytest.mark.by_turns
def test_where_nobody_is_asked_for_a_second_factor_the_second_person_is_not(
    client: Client, watched: Watched, lowering: str, signed: dict[str, Any], settings: Any
) -> None:
    settings.SECOND_FACTOR = False
    assert "second_code" not in client.get(lowering).content.decode()
    assert client.post(lowering, LOWER | signed).status_code == 302
    assert risk_of(watched) == "low"
