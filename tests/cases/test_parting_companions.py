"""Who came along, is a relative or a friend, and lives with a child that goes: asked once it is checked, else told nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock, concerns, links, partings, restrictions, transfers
from cases.deadlines import london_day
from cases.models import AccessRecord, Child, ChildLink, Transfer, Trigger
from cases.moves import isolated
from cases.planned_placements import Planned
from tests.cases.expectations import taken_back
from tests.counts import counts
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_home,
    a_watched_child,
    accepted,
    placed,
    planned,
    referred,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + DAY
TOLD = "Filmon, who came with her: wants to go along"
UNTOLD = "Tell nothing of the move to"
OTHERS = ("relative", "companion", "friend")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


def mate(watched: Watched, kind: str = "companion", name: str = "Filmon", *, found: str = "") -> Child:
    """Somebody of the same home who is linked with the child; `found` is what a check of it found."""
    other = housemate(watched, name)
    linked(watched, other, kind, found=found)
    return other


def housemate(watched: Watched, name: str = "Filmon") -> Child:
    other = a_child(team=watched.team, given_name=name, worker=watched.worker)
    placed(other, watched.home)
    return other


@pytest.fixture
def other(watched: Watched) -> Child:
    """Somebody of the same home whom nobody has linked with the child."""
    return housemate(watched)


def linked(
    watched: Watched,
    other: Child,
    kind: str,
    *,
    found: str = "",
    danger: bool = False,
    one: Child | None = None,
) -> None:
    said = links.Claim(kind=kind, said_by="The child", may_be_danger=danger)
    row = links.say(one or watched.child, other, said, by=watched.worker, at=AT + HOUR)
    if found:
        check(row, watched, found, danger=danger)


def check(row: ChildLink, watched: Watched, found: str, *, danger: bool = False) -> None:
    how = "Both say so, and the port has them together"
    links.check(row, result=found, how=how, may_be_danger=danger, by=watched.worker, at=AT + 2 * HOUR)


def moved(watched: Watched, **said: Any) -> None:
    facts = {"where": a_home(watched.authority), "placement_type": "K2", "starts_at": NOW, **said}
    partings.place(watched.child, **facts, by=watched.worker, at=NOW)


def asked(watched: Watched) -> tuple[list[Child], list[Child]]:
    found = links.parted_from(watched.child, reader=watched.worker, at=NOW)
    return list(found.asked), list(found.untold)


@pytest.mark.by_turns
def test_whoever_was_checked_to_belong_with_the_child_is_asked_first_and_watched(
    watched: Watched, other: Child
) -> None:
    for kind in counts(("relative",), OTHERS):
        with taken_back():
            linked(watched, other, kind, found="confirmed")
            with pytest.raises(partings.NotAsked, match="what they said"):
                moved(watched)
            assert not Trigger.objects.exists(), kind
            moved(watched, parted=TOLD)
            theirs = Trigger.objects.get()
            assert (theirs.child, theirs.kind, theirs.happens_at, theirs.note) == (
                other,
                "move",
                NOW,
                TOLD,
            ), kind


@pytest.mark.by_turns
def test_whoever_nobody_has_checked_is_told_nothing_and_watched_all_the_same(
    watched: Watched, other: Child
) -> None:
    for kind in counts(("companion",), OTHERS):
        with taken_back():
            linked(watched, other, kind)
            assert asked(watched) == ([], [other]), kind
            moved(watched)
            theirs = Trigger.objects.get()
            assert (theirs.child, theirs.note, theirs.recorded_by) == (
                other,
                "a linked child: →",
                None,
            ), kind


@pytest.mark.by_turns(8)
def test_nobody_is_told_where_one_may_be_a_danger_to_the_other_whatever_else_binds_them(
    watched: Watched, other: Child
) -> None:
    for kind in counts(("sibling", "friend"), ("sibling", *OTHERS)):
        with taken_back():
            linked(watched, other, "sibling" if kind != "sibling" else "friend", found="confirmed")
            assert asked(watched) == ([other], []), kind
            linked(watched, other, kind, found="confirmed", danger=True)
            assert asked(watched) == ([], [other]), kind
            moved(watched)
            assert Trigger.objects.get().note == "a linked child: →", kind


@pytest.mark.by_turns
def test_a_brother_is_asked_by_the_claim_alone_and_whoever_was_found_to_be_nobody_is_left_in_peace(
    watched: Watched,
) -> None:
    brother = mate(watched, "sibling")
    stranger = mate(watched, "companion", "Yonas", found="not_so")
    assert asked(watched) == ([brother], [])
    moved(watched, parted=TOLD)
    assert not Trigger.objects.filter(child=stranger).exists()


@pytest.mark.by_turns
def test_in_another_home_nobody_is_parted_by_a_move(watched: Watched) -> None:
    other = mate(watched, found="confirmed")
    placed(other, a_home(watched.authority), starts_at=NOW - HOUR, at=NOW - HOUR)
    moved(watched)
    assert not Trigger.objects.exists()


@pytest.mark.by_turns(8)
def test_of_those_told_nothing_the_words_of_the_others_are_not_in_the_record(
    watched: Watched, client: Client
) -> None:
    brother, other = mate(watched, "sibling", "Tesfay"), mate(watched)
    moved(watched, parted=TOLD)
    notes = dict(Trigger.objects.values_list("child", "note"))
    assert notes == {brother.pk: TOLD, other.pk: "a linked child: →"}
    client.force_login(watched.worker)
    stories = [
        client.get(reverse("child", args=[one.reference])).content.decode() for one in (brother, other)
    ]
    unsaid = "A child who is linked with this one moves. Say nothing of it to this child"
    assert [unsaid in story for story in stories] == [False, True]
    assert [TOLD in story for story in stories] == [True, False]
    assert "linked child: →" not in stories[1]


@pytest.fixture
def both(watched: Watched) -> tuple[Child, Child]:
    """A brother and a friend of the child, who are both told of its move."""
    return mate(watched, "sibling", "Tesfay"), mate(watched, "friend", "Semhar", found="confirmed")


def notes_of_those_who_stay(watched: Watched) -> dict[int, str]:
    rows = Trigger.objects.exclude(child=watched.child)
    return dict(rows.values_list("child", "note"))


@pytest.mark.by_turns
def test_those_who_belong_together_read_what_each_of_them_said(
    watched: Watched, both: tuple[Child, Child]
) -> None:
    brother, friend = both
    linked(watched, friend, "friend", one=brother, found="confirmed")
    moved(watched, parted=TOLD)
    assert notes_of_those_who_stay(watched) == {brother.pk: TOLD, friend.pk: TOLD}


@pytest.mark.by_turns
def test_of_two_who_are_strangers_or_a_danger_to_each_other_neither_reads_what_the_other_said(
    watched: Watched, both: tuple[Child, Child]
) -> None:
    brother, friend = both
    for found, danger in ((None, False), ("", False), ("not_so", False), ("confirmed", True)):
        with taken_back():
            if found is not None:
                linked(watched, friend, "friend", one=brother, found=found, danger=danger)
            assert asked(watched) == ([brother, friend], []), "both are told all the same"
            moved(watched, parted=TOLD)
            notes = dict.fromkeys((brother.pk, friend.pk), "a linked child: →")
            assert notes_of_those_who_stay(watched) == notes, (found, danger)
            for one in both:
                event = one.events.get(kind="trigger_entered")
                assert TOLD not in str(event.data), (found, danger)
                assert event.actor == watched.worker, (found, danger)


@pytest.mark.by_turns(8)
def test_what_a_guarded_child_said_stands_in_its_own_record_alone(
    watched: Watched, both: tuple[Child, Child]
) -> None:
    brother, friend = both
    linked(watched, friend, "friend", one=brother, found="confirmed")
    for how in ("kept", "restricted"):
        with taken_back():
            if how == "kept":
                concerns.keep_from(brother, watched.guardian, reason="x", by=watched.manager, at=NOW - HOUR)
            else:
                restrictions.restrict(
                    brother, reason="Threats", named=[watched.worker], by=watched.manager, at=NOW - HOUR
                )
            moved(watched, parted=TOLD)
            notes = {brother.pk: TOLD, friend.pk: "a linked child: →"}
            assert notes_of_those_who_stay(watched) == notes, how


@pytest.mark.by_turns(8)
def test_strangers_who_were_all_asked_to_a_plan_are_asked_no_second_time_but_for_one_who_came_since(
    watched: Watched, both: tuple[Child, Child], client: Client
) -> None:
    home = a_home(watched.authority)
    day = london_day(NOW + 10 * DAY)
    wanted = Planned(home=home, authority=home.authority, planned_date=day, reason="Nearer to school")
    mate(watched, name="Yonas")
    partings.plan(watched.child, wanted, parted=TOLD, by=watched.worker, at=NOW)
    assert set(notes_of_those_who_stay(watched).values()) == {"a linked child: →"}
    client.force_login(watched.worker)
    page = client.get(reverse("placement_new", args=[watched.child.reference]))
    assert page.context["form"].initial.get("parted") == TOLD
    assert page.context["said_ahead"] == ""
    check(ChildLink.objects.get(kind="companion"), watched, "confirmed")
    page = client.get(reverse("placement_new", args=[watched.child.reference]))
    assert page.context["form"].initial.get("parted") is None, "somebody came since"
    assert page.context["said_ahead"] == TOLD


@pytest.fixture
def friend_and_other(watched: Watched) -> tuple[Child, Child, Transfer]:
    """A friend who is asked, another child who is told nothing, and a transfer of the child that was accepted."""
    found = mate(watched, "friend", "Semhar", found="confirmed"), mate(watched)
    return *found, agreed(watched)


def agreed(watched: Watched) -> Transfer:
    receiver = a_watched_child()
    going = referred(watched.child, receiver.authority, by=watched.worker, at=NOW - 2 * HOUR)
    return accepted(going, receiver.worker, at=NOW - HOUR)


@pytest.mark.by_turns(8)
def test_each_page_of_a_move_names_whom_to_ask_and_whom_to_tell_nothing_and_both_are_read(
    watched: Watched, friend_and_other: tuple[Child, Child, Transfer], client: Client
) -> None:
    friend, other, _going = friend_and_other
    client.force_login(watched.worker)
    for page, more in (
        ("placement_new", ()),
        ("planned_placement", ()),
        ("journey_new", ()),
        ("transfer_act", ("day",)),
    ):
        html = client.get(reverse(page, args=[watched.child.reference, *more])).content.decode()
        assert "In the same home and linked with the child: Semhar." in html, page
        at_home, on_another = page in ("placement_new", "planned_placement"), page == "journey_new"
        assert ("say so here. In the home where the child lives leave it empty." in html) == at_home, page
        assert ("say so here. If it is another journey leave it empty." in html) == on_another, page
        assert html.count(UNTOLD) == html.count("Filmon") == 1, page
        assert re.search(r"when told and asked\?\s*</label>", html), (
            "it is refused without, and optional nowhere"
        )
        read = AccessRecord.objects.filter(child__in=(friend, other), user=watched.worker, page=page)
        assert set(read.values_list("child", flat=True)) == {friend.pk, other.pk}, page


@pytest.mark.by_turns
def test_where_all_are_safe_no_page_warns_and_where_none_is_no_page_asks(
    watched: Watched, other: Child, client: Client
) -> None:
    client.force_login(watched.worker)
    page = reverse("placement_new", args=[watched.child.reference])
    linked(watched, other, "companion")
    html = client.get(page).content.decode()
    assert (UNTOLD in html, 'name="parted"' in html) == (True, False)
    check(ChildLink.objects.get(), watched, "confirmed")
    html = client.get(page).content.decode()
    assert (UNTOLD in html, 'name="parted"' in html) == (False, True)
    assert other.given_name in html


@pytest.mark.by_turns
def test_a_journey_and_the_day_of_a_transfer_are_refused_without_their_words(watched: Watched) -> None:
    mate(watched, found="confirmed")
    with pytest.raises(partings.NotAsked):
        planned(watched.child, by=watched.worker, departs_at=NOW + HOUR, at=NOW)
    going = agreed(watched)
    day = london_day(NOW + 2 * DAY)
    with pytest.raises(partings.NotAsked):
        transfers.agree_day(going, day, by=watched.worker, at=NOW)
    transfers.agree_day(going, day, parted=TOLD, by=watched.worker, at=NOW)
    assert Trigger.objects.filter(note=TOLD).exclude(child=watched.child).exists()


@pytest.mark.by_turns
def test_as_the_child_leaves_whom_to_tell_nothing_is_named_still_and_nobody_is_asked_again(
    watched: Watched, friend_and_other: tuple[Child, Child, Transfer], client: Client
) -> None:
    friend, other, going = friend_and_other
    transfers.agree_day(going, london_day(NOW), parted=TOLD, by=watched.worker, at=NOW)
    client.force_login(watched.worker)
    html = client.get(reverse("transfer_act", args=[watched.child.reference, "leave"])).content.decode()
    assert f"{UNTOLD} {isolated('Filmon')}." in html
    assert ("Semhar" in html, 'name="parted"' in html) == (False, False)
    read = AccessRecord.objects.filter(child__in=(friend, other), page="transfer_act")
    assert set(read.values_list("child", flat=True)) == {other.pk}
