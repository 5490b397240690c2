"""The closed cases of a split are said by set: of each last team at once, by somebody, as they were shown."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import clock, split_closed, splits
from cases.models import Authority, Child, Role, Split, SplitShare, Team, User
from cases.splits import Kind
from tests.factories import AT, Watched, a_child, a_person, a_team, a_watched_child, an_authority, case_closed

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def old() -> Watched:
    return a_watched_child()


@pytest.fixture
def south_team(old: Watched) -> Team:
    return a_team(old.authority, name="South")


@pytest.fixture
def admin(old: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=old.authority)


@pytest.fixture
def halves() -> list[Authority]:
    return [an_authority("North Fell"), an_authority("South Fell")]


@pytest.fixture
def split(old: Watched, halves: list[Authority], south_team: Team, admin: User) -> Split:
    """The teams are said, and of no child anything."""
    north, south = halves
    row = splits.begin(old.authority, halves, by=admin, at=NOW)
    teams = {old.team.pk: north, south_team.pk: south}
    splits.say(row, Kind.TEAM, teams, by=admin, at=NOW)
    return row


@pytest.fixture
def page(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def closed(old: Watched, team: Team | None, count: int = 1) -> list[Child]:
    found = []
    for _ in range(count):
        work = {"team": team, "worker": a_person(Role.SOCIAL_WORKER, team=team)} if team is not None else {}
        child = a_child(old.authority, **({"by": old.worker} | work))
        found.append(case_closed(child, reason="An adult", by=old.manager, at=NOW - 2 * HOUR))
    return found


def where(split: Split) -> str:
    return reverse("split_closed_cases", args=[split.pk])


def chosen(page: Client, split: Split) -> dict[str, str]:
    form = page.get(where(split)).context["form"]
    return {name: str(form[name].value() or "") for name in form.fields}


def said(split: Split) -> dict[int, int]:
    return dict(
        SplitShare.objects.filter(split=split, kind=Kind.CHILD).values_list("subject_id", "successor")
    )


@pytest.mark.by_turns(8)
def test_one_press_says_it_of_every_closed_case_where_its_last_team_goes(
    page: Client, old: Watched, split: Split, halves: list[Authority], south_team: Team, admin: User
) -> None:
    north, south = halves
    here, there, nobodys = closed(old, old.team, 2), closed(old, south_team, 3), closed(old, None)
    splits.say(split, Kind.CHILD, {here[0].pk: south}, by=admin, at=NOW)
    lists = page.get(reverse("split_shares", args=[split.pk, "child"])).content.decode()
    assert "Decide the closed cases by their last team, all at once (5)" in lists
    assert where(split) in lists
    assert where(split) not in page.get(reverse("split_shares", args=[split.pk, "team"])).content.decode()
    sent = chosen(page, split)
    text = page.get(where(split)).content.decode()
    for words in ("3 closed cases", "1 closed case;", "1 closed case<", "No team", "Its team goes there"):
        assert words in text.replace("\n", ""), words
    assert old.child.reference not in text
    assert sent[f"to_{old.team.pk}"] == str(north.pk)
    assert sent["to_0"] == "", "no rule says where those go"
    assert said(split) == {here[0].pk: south.pk}, "a rule says nothing"
    done = page.post(where(split), sent | {"to_0": str(north.pk)}, follow=True)
    assert "5 closed cases are decided." in done.content.decode()
    goes = {here[1]: north, nobodys[0]: north, here[0]: south} | dict.fromkeys(there, south)
    assert said(split) == {child.pk: to.pk for child, to in goes.items()}, "the open one is nobody's yet"
    assert SplitShare.objects.filter(kind=Kind.CHILD, said_by=admin).count() == 6
    assert "Nothing here is left to decide." in page.get(where(split)).content.decode()


@pytest.mark.by_turns
def test_what_is_left_open_is_not_said(
    page: Client, old: Watched, split: Split, south_team: Team, halves: list[Authority]
) -> None:
    (here,), (there,) = closed(old, old.team), closed(old, south_team)
    page.post(where(split), chosen(page, split) | {f"to_{old.team.pk}": ""})
    assert said(split) == {there.pk: halves[1].pk}
    assert here in split_closed.left(split, at=NOW)


def test_where_another_was_closed_since_it_was_read_nothing_is_said_and_the_next_press_does_it(
    page: Client, old: Watched, split: Split, south_team: Team
) -> None:
    closed(old, old.team)
    sent = chosen(page, split)
    closed(old, south_team)
    refused = page.post(where(split), sent)
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "has changed since you read it" in text
    chosen_already = "Suggestions are chosen already"
    assert chosen_already not in text, "what stands there is what was chosen, and of the other team nothing"
    assert chosen_already in page.get(where(split)).content.decode()
    assert said(split) == {}
    form = refused.context["form"]
    again = {name: str(form[name].value() or form[name].initial or "") for name in form.fields}
    assert page.post(where(split), again).status_code == 302
    assert len(said(split)) == 2


@pytest.mark.by_turns(8)
def test_no_other_authority_is_chosen_and_no_stranger_finds_the_page(
    page: Client, client: Client, old: Watched, split: Split, admin: User
) -> None:
    closed(old, old.team)
    sent = chosen(page, split)
    wrong = page.post(where(split), sent | {f"to_{old.team.pk}": str(an_authority().pk)})
    assert wrong.status_code == 422
    assert said(split) == {}
    refusals = {old.worker: 403, old.manager: 403, a_person(Role.ADMINISTRATOR): 404}
    for person, status in refusals.items():
        client.force_login(person)
        assert client.get(where(split)).status_code == status, person
        assert client.post(where(split), sent).status_code == status, person
    assert said(split) == {}
    splits.call_off(split, by=admin, at=NOW)
    client.force_login(admin)
    assert client.get(where(split)).status_code == 404


@pytest.mark.by_turns
def test_it_asks_equally_often_whatever_there_is(
    page: Client, old: Watched, split: Split, south_team: Team
) -> None:
    counted = []
    for count in (1, 6):
        closed(old, old.team, count)
        closed(old, south_team, count)
        with CaptureQueriesContext(connection) as asked:
            page.get(where(split))
        counted.append(len(asked))
    assert counted[0] == counted[1]
