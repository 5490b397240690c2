"""The pages of a split: filled over days by several administrators, read by no stranger, and signed once by each successor."""

from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts.models import Message
from cases import clock, responsibilities, second_factor, split_rows, splits
from cases.models import AccessRecord, Authority, ConfigurationChange, Reach, Role, Split, SplitShare, User
from cases.moves import isolated
from cases.splits import Kind
from cases.views import second_person
from tests.counts import counts
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_home,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    placed,
)
from tests.passing import SECRET as SECRET_OF_APP
from tests.passing import code, has_app

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(days=1)
SECRET = "three random words"


class Half(NamedTuple):
    authority: Authority
    director: User


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def old() -> Watched:
    return a_watched_child(given_name="Tarekiel")


@pytest.fixture
def admin(old: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=old.authority)


@pytest.fixture
def halves() -> list[Half]:
    found = []
    for name in ("North Fell", "South Fell"):
        authority = an_authority(name)
        director = a_person(Role.TEAM_MANAGER, authority=authority, reach=Reach.DIRECTORATE)
        director.set_password(SECRET)
        director.save()
        found.append(Half(authority, director))
    return found


@pytest.fixture
def page(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def split(old: Watched, halves: list[Half], admin: User) -> Split:
    row = splits.begin(old.authority, [one.authority for one in halves], by=admin, at=NOW)
    return splits.keep(row, halves[0].authority, by=admin, at=NOW)


def shares(split: Split, kind: str, query: str = "") -> str:
    return reverse("split_shares", args=[split.pk, kind]) + query


def say_all(split: Split, successor: Authority, admin: User) -> None:
    for kind in Kind:
        rows = {one.pk: successor for one in splits.unsaid(split, kind, at=NOW)}
        splits.say(split, kind, rows, by=admin, at=NOW)


def signed(halves: list[Half], shown: str, **more: str) -> dict[str, str]:
    given = {"reason": "Order 2026/9", "shown": shown}
    for half in halves:
        given |= {
            f"of{half.authority.pk}-second_email": half.director.email,
            f"of{half.authority.pk}-second_password": SECRET,
        }
    return given | more


@pytest.mark.by_turns(8)
def test_it_is_begun_filled_a_page_at_a_time_by_two_people_and_signed_by_each_successor(
    client, old, halves, admin, page
):
    north, south = halves
    team = a_team(old.authority, name="South")
    second = a_child(old.authority, team=team, worker=a_person(Role.SOCIAL_WORKER, team=team))
    sent = {f"successor_{number}": half.authority.pk for number, half in enumerate(halves, 1)}
    begun = page.post(reverse("split_begin"), {"authority": old.authority.pk, **sent})
    split = Split.objects.get()
    assert begun["Location"] == reverse("split", args=[split.pk])
    assert "You can sign here once all of it is decided" in page.get(begun["Location"]).content.decode()
    page.post(reverse("split", args=[split.pk]), {"keep": "1", "keeper": north.authority.pk})
    where = shares(split, Kind.TEAM, "?unsaid=1")
    given = {f"to_{one.pk}": north.authority.pk for one in (old.team, old.desk.team)}
    assert page.post(where, {**given, f"to_{team.pk}": south.authority.pk})["Location"] == where
    # The other one goes on from here.
    client.force_login(a_person(Role.ADMINISTRATOR, authority=old.authority))
    assert reverse("split", args=[split.pk]) in client.get(reverse("split_begin")).content.decode()
    client.post(shares(split, Kind.HOME), {f"to_{old.home.pk}": south.authority.pk})
    text = client.get(shares(split, Kind.CHILD)).content.decode()
    assert old.child.reference in text
    assert old.child.given_name not in text
    assert "Suggested: Its team goes there" in text
    form = client.get(shares(split, Kind.CHILD)).context["form"]
    suggested = {name: form[name].value() for name in form.fields if name.startswith("to_")}
    assert suggested == {f"to_{old.child.pk}": north.authority.pk, f"to_{second.pk}": south.authority.pk}
    client.post(shares(split, Kind.CHILD), suggested)
    client.force_login(admin)
    shown = page.get(reverse("split", args=[split.pk]))
    assert shown.context["plan"].is_whole
    done = page.post(
        reverse("split", args=[split.pk]), signed(halves, shown.context["form"]["shown"].value())
    )
    assert done.status_code == 302
    for child, half in ((old.child, north), (second, south)):
        assert responsibilities.responsible_authority(child, at=NOW) == half.authority
    over = page.get(reverse("split", args=[split.pk])).content.decode()
    assert "Everything moved" in over
    told = list(Message.objects.filter(wording="authority_split").values_list("user", flat=True))
    assert len(told) == len(set(told)), "one mail each"
    assert {old.director.pk, old.head.pk, *(half.director.pk for half in halves)} <= set(told)
    assert page.post(shares(split, Kind.TEAM), given).status_code == 404


FAULTS = ("shown", "one is missing", "wrong password", "the same for both", "stranger", "themselves")


def faulty(what: str, halves: list[Half], admin: User) -> dict[str, str]:
    """What is sent otherwise than it is right."""
    north, south = halves
    prefix = f"of{south.authority.pk}-second_"
    if what == "shown":
        return {"shown": "read before"}
    if what == "one is missing":
        return {f"{prefix}email": "", f"{prefix}password": ""}
    if what == "wrong password":
        return {f"{prefix}password": "guessed"}
    if what == "the same for both":
        return {f"{prefix}email": north.director.email.upper()}
    person = admin if what == "themselves" else a_person(Role.SOCIAL_WORKER, authority=south.authority)
    person.set_password(SECRET)
    person.save()
    return {f"{prefix}email": person.email}


@pytest.mark.by_turns(8)
def test_without_the_signature_of_each_successor_nothing_passes_and_no_code_is_asked_where_that_is_known(
    old, halves, split, admin, monkeypatch, page
):
    north, south = halves
    say_all(split, north.authority, admin)
    where = reverse("split", args=[split.pk])
    sent = signed(halves, page.get(where).context["form"]["shown"].value())
    asks, asked = second_person.signed_together, []
    monkeypatch.setattr(
        second_person, "signed_together", lambda *given, **more: asked.append(given) or asks(*given, **more)
    )
    plan, counted = splits.plan, []
    monkeypatch.setattr(splits, "plan", lambda *given, **more: counted.append(1) or plan(*given, **more))
    for what in FAULTS:
        asked.clear()
        counted.clear()
        given = sent | faulty(what, halves, admin)
        page.force_login(admin)
        refused = page.post(where, given)
        assert refused.status_code == 422, what
        assert len(counted) <= 2, "before anybody signs, and for the page"
        text = refused.content.decode()
        assert "There is a problem" in text, what
        assert "Nothing has passed yet." in text, what
        assert bool(asked) == (what in ("wrong password", "stranger")), what
        said = {one.successor: " ".join(map(str, one.errors.values())) for one in refused.context["signed"]}
        assert not said[north.authority], "who is right reads of no fault"
        if what == "shown":
            assert "changed since you read it" in text
        else:
            whose = f"{isolated(south.authority.name)}: "
            assert whose in said[south.authority], "whose it is, also above the page"
            assert text.count(whose) >= 2, what
        if what == "wrong password":
            assert "everybody types their password anew" in text
            assert "the newest code" in text, "a second factor is asked for anew as well"
            assert "second_code" in text
        if what in ("the same for both", "themselves"):
            assert "A different person signs for each" in text
        assert "Order 2026/9" in text, "everything typed is still there"
        assert responsibilities.responsible_authority(old.child, at=NOW) == old.authority
        assert not ConfigurationChange.objects.filter(kind="authority_split").exists()


def coded(half: Half, secret: str, **wrong: str) -> dict[str, str]:
    """What they sign with beside their password: their code, or what is wrong."""
    given = wrong or {"second_code": code(at=NOW, secret=secret)}
    return {f"of{half.authority.pk}-{name}": value for name, value in given.items()}


SECRETS = (SECRET_OF_APP, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
WRONG = (
    {"second_code": "000000"},
    {"second_password": "guessed", "second_code": "000000"},
    {"second_credential": '{"id": "x"}'},
)


# Who of the two errs is the other one in each walk.
@pytest.mark.by_turns(8)
@pytest.mark.parametrize("first", counts([0], [0, 1]))
def test_where_one_code_is_wrong_that_of_nobody_else_is_used_up(old, halves, split, admin, first, page):
    say_all(split, halves[0].authority, admin)
    where = reverse("split", args=[split.pk])
    sent = signed(halves, page.get(where).context["form"]["shown"].value())
    for half, secret in zip(halves, SECRETS, strict=True):
        has_app(half.director, at=NOW, secret=secret)
        sent |= coded(half, secret)
    for number, wrong in enumerate(WRONG, first):
        errs, right = halves[number % 2], halves[1 - number % 2]
        typed = coded(errs, "", **({"second_code": ""} | wrong))
        known = set(AccessRecord.objects.values_list("pk", flat=True))
        refused = page.post(where, sent | typed)
        assert refused.status_code == 422, wrong
        by_form = {one.prefix: list(one.errors) for one in refused.context["signed"]}
        assert by_form[f"of{right.authority.pk}"] == [], wrong
        assert by_form[f"of{errs.authority.pk}"], wrong
        assert responsibilities.responsible_authority(old.child, at=NOW) == old.authority
        record = AccessRecord.objects.filter(user=errs.director, allowed=False).exclude(pk__in=known)
        assert record.exists(), "it stands on record"
    # The same codes again, both of them right.
    assert page.post(where, sent).status_code == 302
    for half, secret in zip(halves, SECRETS, strict=True):
        with pytest.raises(second_factor.WrongCode):
            second_factor.check(half.director, code(at=NOW, secret=secret), at=NOW)


@pytest.mark.by_turns(8)
def test_no_second_factor_is_asked_for_anew_where_none_is_asked_for_at_all(
    halves, split, admin, settings, page
):
    settings.SECOND_FACTOR = False
    say_all(split, halves[0].authority, admin)
    where = reverse("split", args=[split.pk])
    sent = signed(halves, page.get(where).context["form"]["shown"].value())
    refused = page.post(where, sent | {f"of{halves[1].authority.pk}-second_password": "guessed"})
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "everybody types their password anew" in text
    assert "the newest code" not in text
    assert "second_code" not in text


@pytest.mark.by_turns
def test_a_recovery_code_that_is_looked_at_is_not_used_up(halves):
    person = has_app(halves[0].director, at=NOW)
    (recovery, *_rest) = second_factor.new_codes(person, at=NOW)
    for _ in range(2):
        assert second_factor.opens(person, recovery, at=NOW)
    assert not second_factor.opens(person, "000000", at=NOW)
    second_factor.check(person, recovery, at=NOW)
    assert not second_factor.opens(person, recovery, at=NOW)


@pytest.mark.by_turns
def test_whoever_comes_while_it_is_signed_is_said_first_and_the_next_press_does_it(
    old, halves, split, admin, page
):
    say_all(split, halves[0].authority, admin)
    where = reverse("split", args=[split.pk])
    sent = signed(halves, page.get(where).context["form"]["shown"].value())
    came = a_child(old.authority, team=old.team, worker=old.worker)
    refused = page.post(where, sent)
    assert came.reference in refused.content.decode()
    page.post(shares(split, Kind.CHILD, "?unsaid=1"), {f"to_{came.pk}": halves[0].authority.pk})
    refused = page.post(where, sent)
    assert "has changed since you read it" in refused.content.decode()
    again = refused.context["form"]["shown"].value()
    assert page.post(where, sent | {"shown": again}).status_code == 302
    assert responsibilities.responsible_authority(came, at=NOW) == halves[0].authority


@pytest.mark.by_turns(8)
def test_a_rule_suggests_by_team_home_area_and_postcode_and_says_nothing(old, halves, split, admin, page):
    north, south = halves
    first, near, far = (a_home(old.authority, postcode=code) for code in ("NF1 4QS", "NF1 9ZZ", "SF2 1AA"))
    splits.say(split, Kind.HOME, {first.pk: south.authority}, by=admin, at=NOW)
    assert split_rows.suggest(split, Kind.HOME, [near.pk, far.pk], at=NOW) == {
        near.pk: (south.authority.pk, "Other homes of this postcode district go there")
    }
    in_home, in_area, at_near = (a_child(old.authority, by=old.worker) for _ in range(3))
    placed(in_home, first, starts_at=NOW, at=NOW)
    placed(in_area, a_home(north.authority), starts_at=NOW, at=NOW)
    placed(at_near, near, starts_at=NOW, at=NOW)
    ids = [one.pk for one in (in_home, in_area, at_near, old.child)]
    found = split_rows.suggest(split, Kind.CHILD, ids, at=NOW)
    assert {pk: to for pk, (to, _why) in found.items()} == {
        in_home.pk: south.authority.pk,
        in_area.pk: north.authority.pk,
        at_near.pk: south.authority.pk,
    }
    splits.say(split, Kind.HOME, {near.pk: north.authority}, by=admin, at=NOW)
    assert split_rows.suggest(split, Kind.HOME, [far.pk], at=NOW) == {}, (
        "a district that is parted says nothing"
    )
    assert not SplitShare.objects.filter(split=split, kind=Kind.CHILD).exists()
    assert split_rows.district("") == ""


@pytest.mark.by_turns
def test_the_list_is_paged_filtered_and_asks_equally_often_whatever_there_is(old, halves, split, admin, page):
    counted = []
    for count in (3, 60):
        for _ in range(count):
            a_team(old.authority)
        with CaptureQueriesContext(connection) as asked:
            shown = page.get(shares(split, Kind.TEAM))
            page.get(reverse("split", args=[split.pk]))
        counted.append(len(asked))
    assert counted[0] == counted[1]
    assert len([name for name in shown.context["form"].fields if name.startswith("to_")]) == 50
    assert "Page 1 of 2" in shown.content.decode()
    splits.say(split, Kind.TEAM, {old.team.pk: halves[0].authority}, by=admin, at=NOW)
    left = page.get(shares(split, Kind.TEAM, "?unsaid=1"))
    assert f"to_{old.team.pk}" not in left.context["form"].fields
    assert left.context["left"] == 64


def test_what_is_not_sent_as_the_page_has_it_is_refused(old, halves, split, page):
    team = a_team()
    for sent in ({f"to_{team.pk}": halves[0].authority.pk}, {"to_x": "1"}, {"to_99999999999999999999": "1"}):
        page.post(shares(split, Kind.TEAM), sent)
    wrong = page.post(shares(split, Kind.TEAM), {f"to_{old.team.pk}": an_authority().pk})
    assert wrong.status_code == 422
    assert "Suggestions are chosen" not in wrong.content.decode(), "what was sent is"
    assert not SplitShare.objects.filter(split=split).exists()
    assert page.get(shares(split, "nothing")).status_code == 404


@pytest.mark.by_turns
def test_on_a_phone_each_count_says_whose_it_is(old, halves, split, admin, page):
    splits.say(split, Kind.TEAM, {old.team.pk: halves[1].authority}, by=admin, at=NOW)
    text = page.get(reverse("split", args=[split.pk])).content.decode()
    for half, count in zip(halves, (0, 1), strict=True):
        assert f'data-label="{half.authority.name}">{count}</td>' in text


def _as_shown(page: Client, where: str) -> dict[str, str]:
    form = page.get(where).context["form"]
    return {name: str(form[name].value() or "") for name in form.fields}


def test_a_page_that_was_read_before_changes_only_what_its_reader_changed(old, halves, split, admin, page):
    north, south = (half.authority for half in halves)
    mine, theirs, both = (a_team(old.authority) for _ in range(3))
    splits.say(split, Kind.TEAM, {one.pk: north for one in (mine, theirs)}, by=admin, at=NOW)
    where = shares(split, Kind.TEAM)
    read = _as_shown(page, where)
    splits.say(split, Kind.TEAM, {theirs.pk: south}, by=admin, at=NOW)
    assert page.post(where, read | {f"to_{mine.pk}": south.pk}).status_code == 302
    assert _said(split) == {mine.pk: south.pk, theirs.pk: south.pk}
    # What both have changed is refused where it stands, with what was chosen, and nothing is written.
    read = _as_shown(page, where)
    splits.say(split, Kind.TEAM, {both.pk: north}, by=admin, at=NOW)
    chosen = read | {f"to_{both.pk}": str(south.pk), f"to_{mine.pk}": str(north.pk)}
    refused = page.post(where, chosen)
    assert refused.status_code == 422
    assert "Now it is: North Fell." in refused.content.decode()
    form = refused.context["form"]
    assert list(form.errors) == [f"to_{both.pk}"]
    again = {name: str(form[name].value() or "") for name in form.fields}
    assert again == chosen | {f"was_{both.pk}": str(north.pk)}
    assert _said(split) == {mine.pk: south.pk, theirs.pk: south.pk, both.pk: north.pk}
    assert page.post(where, again).status_code == 302
    assert _said(split) == {mine.pk: north.pk, theirs.pk: south.pk, both.pk: south.pk}


@pytest.mark.by_turns
def test_what_was_said_is_changed_and_not_said_yet_is_offered_no_more(old, halves, split, admin, page):
    where, name = shares(split, Kind.TEAM), f"to_{old.team.pk}"
    assert "" in dict(page.get(where).context["form"].fields[name].choices)
    splits.say(split, Kind.TEAM, {old.team.pk: halves[0].authority}, by=admin, at=NOW)
    assert "" not in dict(page.get(where).context["form"].fields[name].choices)
    page.post(where, _as_shown(page, where) | {name: ""})
    assert _said(split) == {old.team.pk: halves[0].authority.pk}


def _said(split: Split) -> dict[int, int]:
    return dict(SplitShare.objects.filter(split=split).values_list("subject_id", "successor"))


@pytest.mark.by_turns(8)
def test_one_authority_alone_and_one_that_does_not_exist_are_errors(old, halves, page):
    for given in (
        {"successor_1": halves[0].authority.pk},
        {"successor_1": halves[0].authority.pk, "successor_2": halves[0].authority.pk},
        {"successor_1": halves[0].authority.pk, "successor_2": old.authority.pk},
        {"successor_1": "999999999", "successor_2": "typed:Nowhere"},
    ):
        refused = page.post(reverse("split_begin"), {"authority": old.authority.pk, **given})
        assert refused.status_code == 422
        assert "There is a problem" in refused.content.decode()
    assert not Split.objects.exists()


@pytest.mark.by_turns
def test_whom_the_reference_list_names_is_chosen_already(old, halves, page):
    old.authority.successors.set([one.authority for one in halves])
    form = page.get(reverse("split_begin")).context["form"]
    assert [form[f"successor_{number}"].value() for number in (1, 2, 3)] == [
        halves[0].authority.pk,
        halves[1].authority.pk,
        None,
    ]


def test_it_is_called_off_and_nothing_has_passed(old, split, page):
    where = reverse("split_call_off", args=[split.pk])
    assert old.authority.said_name in page.get(where).content.decode()
    assert page.post(where).status_code == 302
    assert "It was called off" in page.get(reverse("split", args=[split.pk])).content.decode()
    assert page.post(where).status_code == 404
    assert responsibilities.responsible_authority(old.child, at=NOW) == old.authority


@pytest.mark.by_turns(8)
def test_strangers_find_no_split(client, old, halves, split):
    where = [
        reverse("split", args=[split.pk]),
        shares(split, Kind.CHILD),
        reverse("split_call_off", args=[split.pk]),
    ]
    client.force_login(a_person(Role.ADMINISTRATOR, authority=halves[0].authority))
    for address in where:
        assert client.get(address).status_code == 404
        assert client.post(address, {}).status_code == 404
    for role in (Role.TEAM_MANAGER, Role.SOCIAL_WORKER, Role.DUTY_DESK, Role.GUARDIAN, Role.POLICE, Role.DPO):
        client.force_login(a_person(role))
        for address in (*where, reverse("split_begin")):
            assert client.get(address).status_code == 403
    split.refresh_from_db()
    assert split.is_open
