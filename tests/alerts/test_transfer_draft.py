"""A referral for transfer that is half written outlasts a closed window, until it is sent."""

import html
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock, drafts
from cases.models import Draft, Role, Transfer
from tests.factories import Watched, a_person, a_watched_child, an_authority, referred

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FORM = Draft.Form.TRANSFER_REFERRAL


@pytest.fixture
def w(client: Client, now: datetime) -> Watched:
    one = a_watched_child(at=now - 5 * HOUR)
    client.force_login(one.worker)
    return one


def act(one: Watched) -> str:
    return reverse("transfer_act", args=[one.child.reference, "refer"])


def save_at(one: Watched) -> str:
    return reverse("draft_save", args=[FORM, one.child.reference])


def answers(now: datetime, **more: Any) -> dict[str, Any]:
    day = now.date() + timedelta(days=3)
    return {
        "kind": "nts",
        "reason": "family",
        "needs": "Near a school & his aunt",
        "wishes": "Yes",
        "wishes_language": "Tigrinya",
        **{f"proposed_date_{part}": getattr(day, part) for part in ("day", "month", "year")},
        "once": str(uuid.uuid4()),
        **more,
    }


def read(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


def test_it_is_offered_back_goes_through_the_check_and_is_gone_once_sent(
    client: Client, w: Watched, now: datetime
) -> None:
    typed = answers(now, draft_version="0")
    assert client.post(save_at(w), typed).status_code == 200
    kept = client.post(act(w), {**typed, "draft_version": "1", "save_draft": "1"})
    assert (kept.status_code, kept["Location"]) == (302, act(w))
    shown = read(client, act(w))
    for words in ("Near a school & his aunt", "Delete the draft", f'data-draft="{save_at(w)}"'):
        assert words in shown
    today = read(client, "/today/")
    assert f'href="{act(w)}"' in today
    assert "Referral for transfer" in today
    check = client.post(act(w), {**typed, "draft_version": "2"})
    assert "Check before the other authority reads it" in check.content.decode()
    assert "draft_version" not in check.content.decode()
    assert Draft.objects.filter(form=FORM).exists(), "nothing is sent yet"
    again = html.unescape(client.post(act(w), {**typed, "again": "1"}).content.decode())
    assert "Near a school & his aunt" in again
    assert not Transfer.objects.exists()
    assert client.post(act(w), {**typed, "sure": "1"}).status_code == 302
    assert Transfer.objects.get().needs == "Near a school & his aunt"
    assert not Draft.objects.exists()


def test_where_a_colleague_referred_the_child_meanwhile_it_is_shown_to_be_read(
    client: Client, w: Watched, now: datetime
) -> None:
    typed = answers(now)
    drafts.save(w.worker, FORM, w.child, data={"needs": ["A room with a lock"]}, at=clock.now())
    referred(w.child, an_authority(), by=w.manager, at=now - HOUR)
    page = reverse("transfer", args=[w.child.reference])
    shown = read(client, page)
    for words in ("Your draft, not sent", "A room with a lock", "Delete the draft"):
        assert words in shown
    # What is sent all the same is given back, and nothing of it is recorded.
    for press in ({}, {"sure": "1"}):
        late = client.post(act(w), {**typed, **press})
        words = html.unescape(late.content.decode())
        assert late.status_code == 422
        assert "somebody has changed the transfer" in words
        assert "Near a school & his aunt" in words
    assert Transfer.objects.count() == 1
    client.force_login(w.manager)
    assert "A room with a lock" not in read(client, page), "it is its writer's alone"


@pytest.mark.by_turns
def test_whoever_may_not_refer_keeps_no_draft_and_has_lost_the_one_they_had(
    client: Client, w: Watched, now: datetime
) -> None:
    stranger = a_person(Role.SOCIAL_WORKER)
    for person in (stranger, w.carer, w.guardian, w.officer):
        client.force_login(person)
        assert client.post(save_at(w), {"needs": "x", "draft_version": "0"}).status_code == 404
        assert client.post(act(w), {"needs": "x", "draft_version": "0", "save_draft": "1"}).status_code == 404
    assert not Draft.objects.exists()
    reader = a_person(Role.TEAM_MANAGER, team=w.team)
    client.force_login(reader)
    assert client.post(save_at(w), {"needs": "x", "draft_version": "0"}).status_code == 200


@pytest.mark.by_turns
def test_other_acts_keep_none(client: Client, w: Watched, now: datetime) -> None:
    transfer = referred(w.child, by=w.worker, at=now - HOUR)
    assert transfer.is_open
    page = read(client, reverse("transfer_act", args=[w.child.reference, "withdraw"]))
    assert "data-draft" not in page
