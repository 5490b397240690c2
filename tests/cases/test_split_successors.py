"""A successor that ends while a split is open: nothing passes to it, and what was said for it is said anew."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock, mergers, responsibilities, split_moves, split_rows, split_successors, splits
from cases.forms.mergers import KeeperForm
from cases.models import Authority, ConfigurationChange, Role, Split, SplitShare, User
from cases.splits import Kind, NotSaid
from cases.states import IllegalMove
from tests.factories import AT, Watched, a_person, a_watched_child, an_authority

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + DAY


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def old() -> Watched:
    return a_watched_child()


@pytest.fixture
def admin(old: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=old.authority)


@pytest.fixture
def north() -> Authority:
    return an_authority("North Fell")


@pytest.fixture
def south() -> Authority:
    return an_authority("South Fell")


@pytest.fixture
def split(old: Watched, north: Authority, south: Authority, admin: User) -> Split:
    """Of the two the one takes all, and keeps the rest."""
    row = splits.begin(old.authority, [north, south], by=admin, at=NOW - 2 * HOUR)
    splits.keep(row, north, by=admin, at=NOW - 2 * HOUR)
    for kind in Kind:
        rows = {one.pk: north for one in splits.unsaid(row, kind, at=NOW)}
        splits.say(row, kind, rows, by=admin, at=NOW - 2 * HOUR)
    return Split.objects.get(pk=row.pk)


def say_rest(split: Split, to: Authority, admin: User) -> None:
    splits.keep(split, to, by=admin, at=NOW)
    for kind in Kind:
        rows = {one.pk: to for one in splits.unsaid(split, kind, at=NOW)}
        splits.say(split, kind, rows, by=admin, at=NOW)


def done(split: Split, admin: User, *successors: Authority) -> splits.Plan:
    return signed_by(directors(*successors), split, admin)


def directors(*successors: Authority) -> dict[int, User]:
    return {one.pk: a_person(Role.TEAM_MANAGER, authority=one, reach="directorate") for one in successors}


def signed_by(people: dict[int, User], split: Split, admin: User) -> splits.Plan:
    return split_moves.move(Split.objects.get(pk=split.pk), signed=people, by=admin, at=NOW)


def whose(watched: Watched) -> Authority:
    return responsibilities.responsible_authority(watched.child, at=NOW)


@pytest.mark.by_turns
def test_what_was_said_for_one_that_was_merged_is_said_anew_and_its_successor_takes_its_place(
    old, north, south, split, admin
):
    whole = splits.plan(split, at=NOW)
    assert whole.is_whole
    heir = an_authority("Greater Fell")
    mergers.move(north, heir, by=None, at=NOW - HOUR)
    plan = splits.plan(split, at=NOW)
    assert [one.successor for one in plan.takes] == [heir, south]
    assert (plan.ended, plan.keeper, plan.is_whole) == ([north], None, False)
    assert plan.shown != whole.shown
    assert plan.unsaid[Kind.CHILD] == 1
    assert [sum(one.counts.values()) for one in plan.takes] == [0, 0]
    with pytest.raises(NotSaid, match="stays in the old authority"):
        done(split, admin, heir, south)
    splits.keep(split, south, by=admin, at=NOW)
    with pytest.raises(NotSaid, match=old.child.reference):
        done(split, admin, heir, south)
    assert whose(old) == old.authority
    say_rest(split, heir, admin)
    done(split, admin, heir, south)
    assert whose(old) == heir
    gone = Authority.objects.get(pk=old.authority.pk)
    assert (set(gone.successors.all()), gone.keeper) == ({heir, south}, heir)
    told = ConfigurationChange.objects.get(kind="split_followed").data
    assert told == {"successors": [heir.code], "ended": [north.code]}


@pytest.mark.by_turns
def test_of_one_that_was_itself_split_each_half_takes_part_and_signs(old, north, south, split, admin):
    west, east = an_authority("West Fell"), an_authority("East Fell")
    inner = splits.begin(north, [west, east], by=admin, at=NOW - HOUR)
    splits.keep(inner, west, by=admin, at=NOW - HOUR)
    done(inner, admin, west, east)
    assert [one.successor for one in splits.plan(split, at=NOW).takes] == [east, south, west]
    say_rest(split, east, admin)
    with pytest.raises(IllegalMove, match="A different person signs for each"):
        done(split, admin, east, south)
    done(split, admin, east, south, west)
    assert whose(old) == east


@pytest.mark.by_turns
def test_one_of_which_nothing_was_said_ends_and_what_was_said_for_the_others_stands(
    old, north, south, split, admin
):
    heir, people = an_authority(), directors(north, south)
    mergers.move(south, heir, by=None, at=NOW - HOUR)
    plan = splits.plan(split, at=NOW)
    assert plan.is_whole
    assert not any(plan.unsaid.values())
    with pytest.raises(IllegalMove, match="A different person signs for each"):
        signed_by(people, split, admin)
    done(split, admin, north, heir)
    assert whose(old) == north


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("how", ["abolished", "merged into the other", "merged into what is split"])
def test_where_fewer_than_two_are_left_nothing_passes(client, old, north, south, split, admin, how):
    if how == "abolished":
        Authority.objects.filter(pk=south.pk).update(valid_to=NOW.date())
    else:
        mergers.move(south, north if "other" in how else old.authority, by=None, at=NOW - HOUR)
    plan = splits.plan(split, at=NOW)
    assert ([one.successor for one in plan.takes], plan.is_whole) == ([north], False)
    with pytest.raises(IllegalMove, match="Fewer than two authorities are left"):
        done(split, admin, north)
    Authority.objects.filter(pk=north.pk).update(valid_to=NOW.date())
    client.force_login(admin)
    page = client.get(reverse("split", args=[split.pk]))
    assert "Fewer than two authorities are left to take its place" in page.content.decode()
    assert "second_email" not in page.content.decode()
    assert whose(old) == old.authority


def test_nothing_is_said_for_one_that_has_ended_nor_for_one_that_takes_nothing(
    old, north, south, split, admin
):
    Authority.objects.filter(pk=south.pk).update(valid_to=NOW.date())
    with pytest.raises(IllegalMove, match="South Fell does not exist any more"):
        splits.say(split, Kind.TEAM, {old.team.pk: south}, by=admin, at=NOW)
    with pytest.raises(IllegalMove, match="South Fell does not exist any more"):
        splits.keep(split, south, by=admin, at=NOW)
    with pytest.raises(IllegalMove, match="one of the authorities that take its place"):
        splits.say(split, Kind.TEAM, {old.team.pk: an_authority()}, by=admin, at=NOW)
    assert not KeeperForm({"keeper": south.pk}, split=split, now=NOW).is_valid()
    assert KeeperForm({"keeper": north.pk}, split=split, now=NOW).is_valid()


@pytest.mark.by_turns
def test_one_that_ends_while_it_is_signed_takes_nothing(old, north, south, split, admin, monkeypatch):
    read = list(split_successors.taking(split, at=NOW).values_list("pk", flat=True))
    Authority.objects.filter(pk=south.pk).update(valid_to=NOW.date())
    # As it was read before the row was locked.
    monkeypatch.setattr(
        split_successors,
        "taking",
        lambda split, *, at: Authority.objects.filter(pk__in=read).order_by("name", "pk"),
    )
    with pytest.raises(IllegalMove, match="South Fell does not exist any more"):
        done(split, admin, north, south)
    assert whose(old) == old.authority


@pytest.mark.by_turns
def test_one_that_is_to_end_on_a_later_day_takes_part_until_then(old, north, south, split, admin):
    Authority.objects.filter(pk=north.pk).update(valid_to=(NOW + DAY).date())
    assert splits.plan(split, at=NOW).is_whole
    assert not splits.plan(split, at=NOW + DAY).is_whole


@pytest.mark.by_turns(8)
def test_the_page_says_at_the_row_for_whom_it_was_said_and_the_form_says_it_anew(
    client: Client, old, north, south, split, admin
):
    client.force_login(admin)
    where = reverse("split_shares", args=[split.pk, Kind.CHILD])
    name, was = f"to_{old.child.pk}", f"was_{old.child.pk}"
    before = client.get(where)
    assert "which has ended" not in before.content.decode()
    heir = an_authority("Greater Fell")
    mergers.move(north, heir, by=None, at=NOW - HOUR)
    text = client.get(reverse("split", args=[split.pk])).content.decode()
    assert "North Fell has ended since this was begun. Nothing passes to it" in text
    assert "You can sign here once all of it is decided" in text
    text = client.get(f"{where}?unsaid=1").content.decode()
    assert "It was said for North Fell, which has ended. Say anew which authority takes it" in text
    form = client.get(where).context["form"]
    names = ["Not decided yet", heir.said_name, "South Fell"]
    assert [str(label) for _pk, label in form.fields[name].choices] == names
    assert (form[name].value(), form[was].value()) == (None, "")
    # From a page that was read before: what names the ended one is refused, another choice counts.
    refused = client.post(where, {name: north.pk, was: ""})
    assert "Select one of the authorities that take its place" in refused.content.decode()
    assert client.post(where, {name: heir.pk, was: north.pk}).status_code == 302
    (row,) = split_rows.rows(split, Kind.CHILD, [old.child], at=NOW)
    assert (row.successor, row.ended) == (heir.pk, "")
    assert SplitShare.objects.get(split=split, kind=Kind.CHILD).successor == heir


def test_no_rule_suggests_one_that_has_ended(old, north, south, split, admin):
    assert split_rows.suggest(split, Kind.CHILD, [old.child.pk], at=NOW)[old.child.pk][0] == north.pk
    Authority.objects.filter(pk=north.pk).update(valid_to=NOW.date())
    assert split_rows.suggest(split, Kind.CHILD, [old.child.pk], at=NOW) == {}
