"""What counts as a trial of a draft, and what goes on with it from one page to the next."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils.html import escape

from alerts import revisions
from alerts.models import PolicyVersion
from cases import clock
from cases.models import Child, Risk, Role, User
from tests.alerts.test_policy_new_page import a_draft, answers, council, drafting, signed, signing
from tests.alerts.test_policy_trial import DAY, MISSING, days, marked
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


@pytest.mark.by_turns
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


@pytest.mark.by_turns
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


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("name", ["policy_new", "policy_end"])
def test_what_was_tried_and_what_was_typed_go_on_through_the_page_of_the_figures(
    page: Client, admin: User, second: User, now: datetime, name: str
) -> None:
    draft = a_draft("high", of=council(admin), begins=now + timedelta(hours=1), R4=310)
    revisions.put_in_force(draft, seconded_by=second, by=admin, at=now)
    address, said = drafting(admin, "high", name), answers("high", now, admin, R4=300)
    why = 'We cannot: "nobody" was ours'
    figures = page.post(address, said | {"again": "1", "untried_why": why}).content.decode()
    assert f'<input type="hidden" name="untried_why" value="{escape(why)}">' in figures
    assert "trial_mark" not in figures
    check = page.post(address, said | {"untried_why": why})
    assert check.context["form"]["untried_why"].value() == why
    assert 'name="untried_why"' not in page.get(address).content.decode()


@pytest.mark.by_turns
def test_a_typed_reason_goes_on_with_a_trial_and_with_the_question_who_would_be_told(
    page: Client, admin: User, now: datetime
) -> None:
    address, said = drafting(admin, "high"), answers("high", now, admin, R4=300)
    why = "The service began last week"
    hidden = f'<input type="hidden" name="untried_why" value="{why}">'
    # Of so few that nothing is shown it is asked for still, and stands there.
    few = page.post(address, said | days(now) | {"untried_why": why})
    assert few.context["form"]["untried_why"].value() == why
    asked = page.post(address, said | {"preview": "1", "untried_why": why})
    assert asked.context["form"]["untried_why"].value() == why
    assert asked.content.decode().count('data-takes="id_untried_why"') == 2
    # A trial makes it needless, until another figure makes it no trial of the draft.
    for _ in range(5):
        a_child(council(admin), at=now - 20 * DAY)
    tried = page.post(address, said | days(now) | {"untried_why": why})
    assert "untried_why" not in tried.context["form"].fields
    assert tried.content.decode().count(hidden) == 3, "in each of the forms of the page"
    assert hidden not in page.post(address, said | days(now)).content.decode()


@pytest.mark.by_turns
def test_a_trial_goes_on_through_the_page_of_the_figures_if_they_stay(
    page: Client, admin: User, now: datetime
) -> None:
    address, said = drafting(admin, "high"), answers("high", now, admin, R4=300)
    mark = {"trial_mark": marked(page, said, now, admin)}
    figures = page.post(address, said | mark | {"again": "1"}).content.decode()
    assert f'<input type="hidden" name="trial_mark" value="{mark["trial_mark"]}">' in figures
    wrong = page.post(address, said | mark | {"reason": ""})
    assert wrong.status_code == 422
    assert mark["trial_mark"] in wrong.content.decode()
    same = page.post(address, said | mark | {"reason": "As the panel said"}).content.decode()
    assert "This draft was tried on past days" in same
    other = page.post(address, said | mark | {"R4": 290}).content.decode()
    assert "This draft was tried on past days" not in other
    assert "trial_mark" not in other
    assert 'name="untried_why"' in other


def test_of_a_part_of_the_children_the_page_says_so(page: Client, admin: User, now: datetime) -> None:
    for _ in range(6):
        a_child(council(admin), at=now - 20 * DAY)
    Child.objects.update(risk=Risk.LOW)
    said = answers("high", now, admin, R4=300)
    part = page.post(drafting(admin, "high"), said | days(now, children=f"risk:{Risk.LOW}")).content.decode()
    assert "This draft was tried on past days, of a part of the children, from" in part
    everybody = page.post(drafting(admin, "high"), said | days(now)).content.decode()
    assert "This draft was tried on past days, from" in everybody
