"""An area whose weekly list goes to nobody: who can mend it hears once, and anew only after it went out again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts import delivery, list_mails, tasks
from alerts.models import Message
from alerts.states import MessageStatus
from cases import clock, going_live, restrictions
from cases.models import ConfigurationChange, Mailbox, Role, User
from config.celery import app
from tests import factories
from tests.alerts.outgoing import catch
from tests.factories import Watched

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _live(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.AREA_LISTS = True
    monkeypatch.setattr(going_live, "is_live", lambda: True)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def box() -> Mailbox:
    """The duty of another authority's area, whose force's coordinator has a mailbox too."""
    host = factories.an_authority("Marram")
    factories.a_force_mailbox(host.force, purpose="coordinator")
    return factories.an_authority_mailbox(host)


@pytest.fixture
def admin(box: Mailbox) -> User:
    return factories.a_person(Role.ADMINISTRATOR, authority=box.authority)


def hosted(watched: Watched, box: Mailbox) -> Any:
    child = factories.a_child(watched.authority, team=watched.team, worker=watched.worker, at=factories.AT)
    factories.placed(child, factories.a_home(box.authority, force=box.authority.force))
    return child


def unproved(box: Mailbox) -> None:
    Mailbox.objects.filter(pk=box.pk).update(verified_at=None)


def told() -> list[User | None]:
    return [one.user for one in Message.objects.filter(wording="area_unlisted").order_by("owed_at", "user")]


def test_its_administrators_hear_once_and_anew_after_the_list_went_out_again(
    watched: Watched, box: Mailbox, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = catch(monkeypatch)
    factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)
    hosted(watched, box)
    assert list_mails.tell(now=MONDAY) == 0
    unproved(box)
    assert list_mails.tell(now=MONDAY) == 1
    assert list_mails.tell(now=MONDAY + 30 * DAY) == 0
    assert told() == [admin]
    delivery.deliver(clock=lambda: MONDAY + 30 * DAY)
    (mail,) = [one for one in out.mails if one["To"] == admin.email]
    text = " ".join(mail.get_body(("plain",)).get_content().split())
    assert "lived in the area of Marram" in text
    Mailbox.objects.filter(pk=box.pk).update(verified_at=MONDAY + 31 * DAY)
    assert list_mails.tell(now=MONDAY + 31 * DAY) == 0
    kinds = ConfigurationChange.objects.filter(kind__startswith="area_").values_list("kind", flat=True)
    assert list(kinds) == ["area_unlisted", "area_listed"]
    unproved(box)
    assert list_mails.tell(now=MONDAY + 32 * DAY) == 1
    assert told() == [admin, admin]


@pytest.mark.by_turns
def test_what_waits_is_not_sent_once_the_list_goes_out(watched: Watched, box: Mailbox, admin: User) -> None:
    hosted(watched, box)
    unproved(box)
    list_mails.tell(now=MONDAY)
    Mailbox.objects.filter(pk=box.pk).update(verified_at=MONDAY)
    list_mails.tell(now=MONDAY + HOUR)
    assert Message.objects.get(wording="area_unlisted").status == MessageStatus.CANCELLED


def test_where_the_area_has_no_administrator_those_hear_whose_children_live_there(
    watched: Watched, box: Mailbox
) -> None:
    own = factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)
    factories.a_person(Role.ADMINISTRATOR, authority=factories.an_authority())
    hosted(watched, box)
    unproved(box)
    Mailbox.objects.filter(force=box.authority.force, purpose="coordinator").update(verified_at=None)
    assert list_mails.tell(now=MONDAY) == 2
    assert told() == [own, own]


@pytest.mark.by_turns(8)
def test_nobody_hears_before_the_service_is_live_nor_of_a_restricted_child(
    watched: Watched, box: Mailbox, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    unproved(box)
    secret = hosted(watched, box)
    restrictions.restrict(secret, reason="A threat", named=[], by=watched.manager, at=MONDAY)
    assert list_mails.tell(now=MONDAY) == 0
    hosted(watched, box)
    monkeypatch.setattr(going_live, "is_live", lambda: False)
    assert list_mails.tell(now=MONDAY) == 0
    monkeypatch.setattr(going_live, "is_live", lambda: True)
    assert list_mails.tell(now=MONDAY) == 1


@pytest.mark.by_turns
def test_the_scheduler_tells(
    watched: Watched, box: Mailbox, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted(watched, box)
    unproved(box)
    monkeypatch.setattr(clock, "now", lambda: MONDAY)
    assert app.conf.beat_schedule["tell-of-lists"]["task"] == tasks.tell_of_lists.name
    tasks.tell_of_lists()
    assert told() == [admin]
