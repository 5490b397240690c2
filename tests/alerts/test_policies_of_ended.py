"""An authority that ends: the merger says that its own policies pass to nobody, and nothing is drafted for it any more."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from alerts import revisions
from alerts.models import PolicyVersion
from alerts.policy_words import TITLES
from alerts.revisions import Draft
from cases import clock, ended, mergers
from cases.models import Authority, Role, User
from tests.factories import a_person, an_authority

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def ends() -> Authority:
    return an_authority()


@pytest.fixture
def successor() -> Authority:
    return an_authority()


@pytest.fixture
def admin(ends: Authority) -> User:
    return a_person(Role.ADMINISTRATOR, authority=ends)


@pytest.fixture
def page(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def agree(of: Authority, *, at: datetime, begins: datetime, **values: int) -> PolicyVersion:
    first, second = (a_person(Role.ADMINISTRATOR, authority=of) for _ in range(2))
    draft = Draft(
        "high",
        revisions.number_of("high", of.pk),
        values,
        begins,
        "As the board decided",
        of.pk,
        untried_why="No past days yet",
    )
    return revisions.put_in_force(draft, seconded_by=second, by=first, at=at)


@pytest.mark.by_turns(8)
def test_the_merger_says_which_policies_pass_to_nobody(
    page: Client, ends: Authority, successor: Authority, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"{reverse('authority_merge')}?authority={ends.pk}&successor={successor.pk}"
    before = page.get(address)
    assert list(before.context["plan"].agreed) == []
    assert "They do not move: from then on" not in before.content.decode()
    agree(ends, at=now, begins=now + HOUR, R4=300)
    shown = page.get(address)
    assert list(shown.context["plan"].agreed) == [str(TITLES["high"])]
    assert "They do not move: from then on" in shown.content.decode()
    call_command("merge_authority", ends.code, successor.code)
    assert str(TITLES["high"]) in capsys.readouterr().out
    assert list(mergers.plan(successor, ends, at=now).agreed) == [], "of the one that ends, and of no other"


@pytest.mark.by_turns
def test_what_it_has_ended_itself_is_not_named(ends: Authority, successor: Authority, now: datetime) -> None:
    agree(ends, at=now, begins=now + HOUR, R4=300)
    first, second = (a_person(Role.ADMINISTRATOR, authority=ends) for _ in range(2))
    number = revisions.number_of("high", ends.pk)
    back = Draft(
        "high", number, {}, now + DAY, "Back", ends.pk, follows_delivered=True, untried_why="No past days yet"
    )
    revisions.put_in_force(back, seconded_by=second, by=first, at=now)
    assert list(mergers.plan(ends, successor, at=now).agreed) == []


@pytest.mark.by_turns(8)
def test_nothing_is_agreed_for_an_authority_whose_children_are_another_s(
    page: Client, ends: Authority, successor: Authority, now: datetime
) -> None:
    agree(ends, at=now, begins=now + HOUR, R4=300)
    addresses = [reverse(name, args=[ends.code, "high"]) for name in ("policy_new", "policy_end")]
    listed = page.get(reverse("policies")).content.decode()
    assert all(address in listed for address in addresses)
    mergers.move(ends, successor, by=None, at=now)
    stored = PolicyVersion.objects.count()
    with pytest.raises(ended.EndedAlready):
        agree(ends, at=now, begins=now + DAY, R4=290)
    for address in addresses:
        refused = page.get(address)
        assert refused.status_code == 409
        assert successor.said_name in refused.content.decode()
        assert page.post(address, {}).status_code == 409
    assert PolicyVersion.objects.count() == stored
    listed = page.get(reverse("policies")).content.decode()
    assert "counts for nobody any more" in listed
    assert not any(address in listed for address in addresses)
    assert agree(successor, at=now, begins=now + DAY, R4=290).authority == successor
