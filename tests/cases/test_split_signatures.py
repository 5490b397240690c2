"""Who signs a split with a passkey: each with their own, over the one challenge of the page, and beside a code."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import NamedTuple

import pytest
from allauth.mfa.webauthn.internal import auth
from django.test import Client
from django.urls import reverse

from cases import clock, responsibilities, second_factor, splits
from cases.models import AccessRecord, Authority, Reach, Role, User
from cases.splits import Kind
from tests.counts import counts
from tests.factories import AT, Watched, a_person, a_watched_child, an_authority
from tests.passing import a_credential, an_assertion, code, has_app

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(days=1)
SECRET = "three random words"


class Half(NamedTuple):
    authority: Authority
    director: User

    @property
    def prefix(self) -> str:
        return f"of{self.authority.pk}-second_"


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def old() -> Watched:
    return a_watched_child()


@pytest.fixture
def halves() -> list[Half]:
    found = []
    for name in ("North Fell", "South Fell"):
        authority = an_authority(name)
        director = a_person(Role.TEAM_MANAGER, authority=authority, reach=Reach.DIRECTORATE)
        director.set_password(SECRET)
        director.save()
        second_factor.add_passkey(director, name, a_credential(name), may_add=True, at=NOW)
        found.append(Half(authority, director))
    return found


@pytest.fixture
def where(old: Watched, halves: list[Half]) -> str:
    """The page of a split of which all is said."""
    admin = a_person(Role.ADMINISTRATOR, authority=old.authority)
    split = splits.begin(old.authority, [one.authority for one in halves], by=admin, at=NOW)
    splits.keep(split, halves[0].authority, by=admin, at=NOW)
    for kind in Kind:
        rows = {one.pk: halves[0].authority for one in splits.unsaid(split, kind, at=NOW)}
        splits.say(split, kind, rows, by=admin, at=NOW)
    return reverse("split", args=[split.pk])


@pytest.fixture
def page(old: Watched, where: str) -> Client:
    # Where a browser lets a passkey be shown without a certificate.
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(memberships__role=Role.ADMINISTRATOR))
    return client


class Asks(NamedTuple):
    """What a page asks for: the passkey of each form, in their order, and what is sent beside the signatures."""

    options: list[str]
    sent: dict[str, str]


def asks(response, halves: list[Half]) -> Asks:
    options = [unescape(one) for one in re.findall(r'data-options="([^"]*)"', response.content.decode())]
    sent = {"reason": "Order 2026/9", "shown": response.context["form"]["shown"].value()}
    for half in halves:
        sent |= {f"{half.prefix}email": half.director.email, f"{half.prefix}password": SECRET}
    return Asks(options, sent)


def shows(half: Half, options: str, *, of: str = "") -> dict[str, str]:
    return {f"{half.prefix}credential": json.dumps(an_assertion(of or half.authority.name, options))}


def wrong_codes() -> int:
    return AccessRecord.objects.filter(allowed=False).count()


@pytest.mark.parametrize("first", counts([False], [True, False]))
def test_one_signs_with_a_passkey_and_the_other_with_a_code(page, old, halves, where, first):
    shown, typed = halves if first else reversed(halves)
    has_app(typed.director, at=NOW)
    asked = asks(page.get(where), halves)
    mixed = shows(shown, asked.options[0]) | {f"{typed.prefix}code": code(at=NOW)}
    assert page.post(where, asked.sent | mixed).status_code == 302
    assert responsibilities.responsible_authority(old.child, at=NOW) == halves[0].authority
    assert not wrong_codes()


def given(what: str, wrong: Half, right: Half, options: str, earlier: str) -> dict[str, str]:
    """What `right` shows, and `wrong` beside it."""
    name = {"the other's": right.authority.name, "nobody's": "West Fell", "an earlier page's": ""}[what]
    return shows(right, options) | shows(wrong, options if name else earlier, of=name)


# Who of the two errs is the other one in each walk.
@pytest.mark.by_turns
@pytest.mark.parametrize("first", counts([0], [0, 1]))
def test_each_signs_with_their_own_passkey_and_with_none_of_another_or_of_an_earlier_page(
    page, old, halves, where, first
):
    earlier = asks(page.get(where), halves).options[0]
    asked = asks(page.get(where), halves)
    assert len(asked.options) == 2
    assert len(set(asked.options)) == 1
    for number, what in enumerate(("the other's", "nobody's", "an earlier page's"), first):
        wrong, right = halves[number % 2], halves[1 - number % 2]
        known = set(AccessRecord.objects.filter(allowed=False).values_list("pk", flat=True))
        refused = page.post(where, asked.sent | given(what, wrong, right, asked.options[0], earlier))
        assert refused.status_code == 422, what
        by_form = {one.prefix: list(one.errors) for one in refused.context["signed"]}
        assert by_form == {
            f"of{right.authority.pk}": [],
            f"of{wrong.authority.pk}": ["second_code"],
        }, what
        assert responsibilities.responsible_authority(old.child, at=NOW) == old.authority
        record = AccessRecord.objects.filter(allowed=False).exclude(pk__in=known)
        assert set(record.values_list("user", flat=True)) == {wrong.director.pk}, what
        was, asked = asked, asks(refused, halves)
    # What was shown before counts no more; shown anew it does.
    assert page.post(where, was.sent | shows(right, was.options[0])).status_code == 422
    anew = asks(page.get(where), halves)
    both = shows(wrong, anew.options[0]) | shows(right, anew.options[1])
    before = wrong_codes()
    assert page.post(where, anew.sent | both).status_code == 302
    assert responsibilities.responsible_authority(old.child, at=NOW) == halves[0].authority
    assert wrong_codes() == before, "nobody was wrong"
    assert auth.STATE_SESSION_KEY not in page.session, "nothing is left to be answered again"
