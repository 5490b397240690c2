"""What counts as a trial of a draft, and what goes on with it from one page to the next."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import revisions
from alerts.models import PolicyVersion
from cases import clock
from cases.models import Role, User
from tests.alerts.test_policy_new_page import a_draft, answers, council, drafting, signed, signing
from tests.alerts.test_policy_trial import DAY, MISSING, days
from tests.factories import a_child, a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def admin() -> User:
    return a_person(Role.ADMINISTRATOR)


@pytest.fixture
def second(admin: User) -> User:
    return signing(a_person(Role.ADMINISTRATOR, authority=council(admin)))


@pytest.fixture
def page(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


@pytest.mark.parametrize("children", [0, 4])
def test_a_trial_of_so_few_that_nothing_is_shown_is_no_trial(
    page: Client, admin: User, second: User, now: datetime, children: int
) -> None:
    for _ in range(children):
        a_child(council(admin), at=now - 20 * DAY)
    address, said = drafting(admin, "high"), answers("high", now, admin, R4=300)
    shown = page.post(address, said | days(now))
    assert shown.context["tried"]["found"].watched == children
    content = shown.content.decode()
    assert "Fewer than 5 children" in content
    assert "This draft was tried on past days" not in content
    assert "trial_mark" not in content
    assert 'name="untried_why"' in content
    refused = page.post(address, signed(said, second) | {"untried_why": ""})
    assert refused.context["form"].errors == {"untried_why": [MISSING]}


def test_to_go_by_what_is_delivered_again_is_tried_too(
    page: Client, admin: User, second: User, now: datetime
) -> None:
    draft = a_draft("high", of=council(admin), begins=now + timedelta(hours=1), R4=310)
    revisions.put_in_force(draft, seconded_by=second, by=admin, at=now)
    address = drafting(admin, "high", "policy_end")
    said = {name: one for name, one in answers("high", now, admin).items() if not name.startswith("R")}
    refused = page.post(address, signed(said, second) | {"untried_why": ""})
    assert refused.context["form"].errors == {"untried_why": [MISSING]}
    for _ in range(5):
        a_child(council(admin), at=now - 20 * DAY)
    shown = page.post(address, said | days(now))
    (mark,) = [answer for name, answer in shown.context["answers"] if name == "trial_mark"]
    agreed = signed(said, second) | {"untried_why": "", "trial_mark": mark}
    assert page.post(address, agreed).status_code == 302
    assert PolicyVersion.objects.filter(key="high", follows_delivered=True).get().tried_last is not None
