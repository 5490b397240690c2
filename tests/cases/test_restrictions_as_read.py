"""What lowers the guard of a restricted record is about the restriction that was read, and of none that was set since."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock, restrictions
from cases.models import NamedPerson, Restriction, Role, User
from tests.counts import counts
from tests.factories import AT, Watched, a_person, a_watched_child, knows

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 6 * HOUR
LIFTED_BY_NOW = "The restriction that stood on this page is lifted by now"


@pytest.fixture
def known() -> Watched:
    one = a_watched_child(at=AT)
    knows(one.head, "rowan-heath-lantern")
    return one


@pytest.fixture
def w(known: Watched, monkeypatch: pytest.MonkeyPatch, client: Client) -> Watched:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(known.manager)
    return known


def restrict(w: Watched, reason: str, at: Any) -> Restriction:
    return restrictions.restrict(w.child, reason=reason, named=[w.worker], by=w.manager, at=at)


def lift(w: Watched, row: Restriction, at: Any) -> Restriction:
    return restrictions.lift(row, reason="Over", seconded_by=w.head, by=w.manager, at=at)


def key_of(page: str) -> int:
    (key,) = re.findall(r'name="stood" value="(\d+)"', page)
    return int(key)


def typed(w: Watched, page: str) -> dict[str, Any]:
    signed = {"second_email": w.head.email, "second_password": "rowan-heath-lantern"}
    more = {"how_long": "for_good"} if page == "restriction_lift" else {"user": w.carer.pk}
    return {"reason": "Her uncle is in Leeds & known", **more, **signed}


def is_done(page: str, row: Restriction) -> bool:
    row.refresh_from_db()
    return (
        row.ends_at is not None if page == "restriction_lift" else row.named.filter(at_first=False).exists()
    )


PAGES = ("restriction_lift", "restriction_name")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_left_open_lowers_the_guard_of_no_restriction_that_was_set_since(
    page: str, w: Watched, client: Client
) -> None:
    first = restrict(w, "A threat", AT + HOUR)
    address = reverse(page, args=[w.child.reference])
    opened = client.get(address).content.decode()
    assert key_of(opened) == first.pk
    assert "A threat" in opened
    lift(w, first, AT + 2 * HOUR)
    second = restrict(w, "Somebody in the office knows him", AT + 3 * HOUR)
    answer = client.post(address, {**typed(w, page), "stood": first.pk})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert LIFTED_BY_NOW in words
    assert "Somebody in the office knows him" in words, "what stands now"
    assert "Her uncle is in Leeds &amp; known" in words, "nothing typed is lost"
    assert not is_done(page, second)
    assert key_of(words) == second.pk
    assert client.post(address, {**typed(w, page), "stood": key_of(words)}).status_code == 302
    assert is_done(page, second)


@pytest.mark.parametrize("page", PAGES)
def test_what_comes_when_the_restriction_is_lifted_already_keeps_its_words_however_often_it_is_pressed(
    page: str, w: Watched, client: Client
) -> None:
    row = restrict(w, "A threat", AT + HOUR)
    address = reverse(page, args=[w.child.reference])
    lift(w, row, AT + 2 * HOUR)
    before = (Restriction.objects.count(), NamedPerson.objects.count())
    for stood in ({"stood": row.pk}, {"stood": 0}, {}):
        answer = client.post(address, {**typed(w, page), **stood})
        words = answer.content.decode()
        assert answer.status_code == 422
        assert LIFTED_BY_NOW in words
        assert "No restriction stands now" in words
        assert "Her uncle is in Leeds &amp; known" in words
        assert key_of(words) == 0
    assert (Restriction.objects.count(), NamedPerson.objects.count()) == before
    assert client.get(address).status_code == 404, "there is nothing to open"


BY_NOW = [(by_now, page) for by_now in ("another", "nothing", "not theirs") for page in PAGES]


# In each run what stands by now on one of the two pages, in turn.
@pytest.mark.parametrize(("by_now", "page"), counts([BY_NOW[0], BY_NOW[3], BY_NOW[4]], BY_NOW))
def test_one_that_is_lifted_while_the_form_is_sent_is_asked_about_under_the_lock(
    page: str, by_now: str, w: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = restrict(w, "A threat", AT + HOUR)
    verb = {"restriction_lift": "lift", "restriction_name": "name"}[page]
    write = getattr(restrictions, verb)

    def goes_first(*args: Any, **facts: Any) -> Any:
        monkeypatch.undo()
        # A colleague's clock was read later than ours, and they hold the child first.
        monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)
        lift(w, first, NOW + HOUR / 60)
        if by_now != "nothing":
            by = w.manager if by_now == "another" else w.head
            restrictions.restrict(w.child, reason="The manager's cousin", named=[], by=by, at=NOW + HOUR / 30)
        return write(*args, **facts)

    monkeypatch.setattr(restrictions, verb, goes_first)
    address = reverse(page, args=[w.child.reference])
    answer = client.post(address, {**typed(w, page), "stood": first.pk})
    words = answer.content.decode()
    standing = Restriction.objects.filter(ends_at=None).first()
    assert standing is None or standing.named.filter(at_first=False).count() == 0
    if by_now == "not theirs":
        assert answer.status_code == 404
        assert "cousin" not in words
        return
    assert answer.status_code == 422
    assert LIFTED_BY_NOW in words
    assert key_of(words) == (standing.pk if standing is not None else 0)


def test_a_record_that_a_colleague_restricted_meanwhile_keeps_what_the_second_typed(
    w: Watched, client: Client
) -> None:
    restrictions.restrict(w.child, reason="A threat", named=[w.manager], by=w.head, at=AT + HOUR)
    address = reverse("restriction", args=[w.child.reference])
    answer = client.post(address, {"reason": "A grey van at the gate", "named": [w.worker.pk]})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "This record is restricted already" in words
    assert "A threat" in words
    assert "A grey van at the gate" in words
    assert Restriction.objects.count() == 1


def test_a_restriction_pressed_twice_is_one_and_says_nothing_of_a_fault(w: Watched, client: Client) -> None:
    address = reverse("restriction", args=[w.child.reference])
    said = {"reason": "A threat", "named": [w.worker.pk]}
    for _press in range(2):
        assert client.post(address, said).status_code == 302
    row = Restriction.objects.get()
    assert set(row.named.values_list("user", flat=True)) == {w.manager.pk, w.worker.pk}
    # With another name it is not the same, and the name is not lost.
    answer = client.post(address, {**said, "named": [w.worker.pk, w.carer.pk]})
    assert answer.status_code == 422
    boxes = re.findall(r'<input[^>]*name="named"[^>]*>', answer.content.decode())
    assert [one for one in boxes if f'value="{w.carer.pk}"' in one and "checked" in one]


@pytest.mark.parametrize("page", PAGES)
def test_to_strangers_there_is_no_such_page_however_late_they_send(
    page: str, w: Watched, client: Client
) -> None:
    row = restrict(w, "A threat", AT + HOUR)
    lift(w, row, AT + 2 * HOUR)
    stranger: User = a_person(Role.TEAM_MANAGER)
    for person in (stranger, w.carer, w.guardian):
        client.force_login(person)
        answer = client.post(reverse(page, args=[w.child.reference]), {**typed(w, page), "stood": row.pk})
        assert answer.status_code == 404
