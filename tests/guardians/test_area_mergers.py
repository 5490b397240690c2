"""A merger into an authority in whose area a guardian service has stopped: asked first, and late for nobody before it came."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock, mergers, passing_on, split_moves, splits
from cases.deadlines import at_london, london_day
from cases.models import ConfigurationChange, GuardianService, Responsibility, Role, User
from cases.states import IllegalMove
from guardians import areas, coverage, facts, referrals, served
from guardians.models import ServiceArea
from guardians.referrals import Referral
from tests.factories import AT, Watched, a_child, a_person, a_service, a_watched_child, an_area, an_authority

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = AT + 60 * DAY
ENDED = london_day(AT) + 30 * DAY
MIDNIGHT = at_london(ENDED + DAY, datetime.min.time())
WHY = "Their letter of 2 March"


@pytest.fixture
def old() -> Watched:
    """A child who has a guardian of the service of which the successor has said something else."""
    return a_watched_child(trafficking="yes")


@pytest.fixture
def new() -> Watched:
    return a_watched_child(risk="low")


@pytest.fixture
def admin(new: Watched) -> User:
    return a_person(Role.ADMINISTRATOR, authority=new.authority)


@pytest.fixture
def over(old: Watched, new: Watched, admin: User) -> ServiceArea:
    """In the area of the successor that service stopped a month before the merger."""
    return an_area(new.authority, service=old.assignment.service, ends_date=ENDED, by=admin, at=AT)


def merge(old: Watched, new: Watched) -> None:
    mergers.move(old.authority, new.authority, by=None, at=NOW)


def gap_from(watched: Watched, *, at: datetime) -> datetime | None:
    one = facts.Owed(watched.child, watched.authority.nation, authority_id=_authority(watched))
    gap = coverage.gap(facts.load([one], at=at)[watched.child.pk].facts, at)
    return gap.starts_at if gap is not None else None


def _authority(watched: Watched) -> int:
    return Responsibility.objects.filter(child=watched.child).order_by("-starts_at")[0].authority_id


def test_the_successor_is_asked_first_whether_the_guardians_of_an_ended_service_go_on(old, new, admin, over):
    (carried,) = mergers.plan(old.authority, new.authority, at=NOW).carried
    assert carried.blocks
    assert carried.key.startswith("asked.")
    assert over.service.name in carried.becomes, "the page names it"
    with pytest.raises(IllegalMove, match="says first, under its guardian services"):
        merge(old, new)
    shown = mergers.plan(old.authority, new.authority, at=NOW).shown
    areas.say_of_ended(over, children_stay=True, why=WHY, by=admin, at=NOW)
    with pytest.raises(passing_on.ShownOtherwise):
        mergers.move(old.authority, new.authority, shown=shown, by=None, at=NOW)
    merge(old, new)
    assert gap_from(old, at=NOW + DAY) is None, "they keep their guardian"
    assert served.ends_of({(old.child.pk, over.service_id)}) == {}


@pytest.mark.by_turns
def test_said_to_be_over_for_them_too_it_is_over_from_when_they_came(old, new, admin, over):
    areas.say_of_ended(over, children_stay=False, why=WHY, by=admin, at=NOW)
    (carried,) = mergers.plan(old.authority, new.authority, at=NOW).carried
    assert not carried.blocks
    merge(old, new)
    assert gap_from(old, at=NOW + DAY) == NOW, "no month late at once"
    change = ConfigurationChange.objects.filter(subject_id=over.pk, kind="area_changed").get()
    assert (change.actor, change.data["reason"], change.data["holds"]) == (admin, WHY, True)


@pytest.mark.by_turns
def test_added_anew_it_is_no_question(old, new, admin, over):
    an_area(new.authority, service=over.service, starts_date=london_day(NOW), by=admin, at=NOW)
    merge(old, new)
    assert gap_from(old, at=NOW + DAY) is None
    with pytest.raises(IllegalMove, match="or begins again"):
        areas.say_of_ended(over, children_stay=True, why=WHY, by=admin, at=NOW)


@pytest.mark.by_turns
def test_nobody_is_asked_of_a_service_that_no_child_who_comes_has(old, new, admin):
    an_area(new.authority, service=a_service(), ends_date=ENDED, by=admin, at=AT)
    assert not mergers.plan(old.authority, new.authority, at=NOW).carried[0].blocks
    merge(old, new)
    assert gap_from(old, at=NOW + DAY) is None


@pytest.mark.by_turns(8)
def test_in_a_split_each_signer_is_asked_of_the_children_who_come_to_them_alone(old, new, admin, over):
    """Two successors have ended the same service: the one to which the child goes is asked, the other is not."""
    other, by = a_watched_child(risk="low"), a_person(Role.ADMINISTRATOR, authority=old.authority)
    theirs = a_person(Role.ADMINISTRATOR, authority=other.authority)
    an_area(other.authority, service=over.service, ends_date=ENDED, by=theirs, at=AT)
    split = splits.begin(old.authority, [new.authority, other.authority], by=by, at=NOW)
    for successor in (new.authority, other.authority):
        splits.say(split, splits.Kind.CHILD, {old.child.pk: successor}, by=by, at=NOW)
        blocks = {one.successor: one.carried[0].blocks for one in splits.plan(split, at=NOW).takes}
        assert blocks == {one.authority: one.authority == successor for one in (new, other)}
    splits.keep(split, new.authority, by=by, at=NOW)
    for kind in splits.Kind:
        rows = {one.pk: other.authority for one in splits.unsaid(split, kind, at=NOW)}
        splits.say(split, kind, rows, by=by, at=NOW)
    signed = {one.authority.pk: one.director for one in (new, other)}
    with pytest.raises(IllegalMove, match="says first, under its guardian services"):
        split_moves.move(split, signed=signed, by=by, at=NOW)
    to_new = (
        {old.child.pk: new.authority},
        {one.pk: new.authority for one in splits.things(split, "team", at=NOW)},
    )
    for kind, rows in zip(("child", "team"), to_new, strict=True):
        splits.say(split, kind, rows, by=by, at=NOW)
    areas.say_of_ended(over, children_stay=True, why=WHY, by=admin, at=NOW)
    split_moves.move(split, signed=signed, by=by, at=NOW)
    assert gap_from(old, at=NOW + DAY) is None, "nobody had to say anything of the other area"


@pytest.mark.by_turns
def test_who_waits_with_that_service_is_asked_for_another_from_when_it_came(old, new, admin):
    service = a_service()
    row = an_area(new.authority, service=service, ends_date=ENDED, by=admin, at=AT)
    child = a_child(old.authority, team=old.team, worker=old.worker, trafficking="yes")
    told = Referral(service=service, referred_date=london_day(AT), reason="Debt")
    referrals.refer(child, told, by=old.worker, at=AT + DAY)
    assert mergers.plan(old.authority, new.authority, at=NOW).carried[0].blocks
    areas.say_of_ended(row, children_stay=False, why=WHY, by=admin, at=NOW)
    merge(old, new)
    one = facts.Owed(child, new.authority.nation, authority_id=new.authority.pk)
    found = facts.load([one], at=NOW)[child.pk].facts
    assert (found.dropped_at, found.referral) == (NOW, None)


@pytest.mark.by_turns(8)
def test_what_had_ended_with_the_authority_before_begins_not_again(old, admin):
    by = a_person(Role.ADMINISTRATOR, authority=old.authority)
    an_area(old.authority, service=old.assignment.service, ends_date=ENDED, by=by, at=AT)
    assert gap_from(old, at=NOW) == MIDNIGHT
    begins = an_authority()
    mergers.move(old.authority, begins, by=None, at=NOW)
    assert gap_from(old, at=NOW + DAY) == MIDNIGHT, "the rows came along"
    mergers.move(begins, an_authority(), by=None, at=NOW + DAY)
    assert gap_from(old, at=NOW + 2 * DAY) == MIDNIGHT


@pytest.mark.by_turns
def test_of_both_it_is_over_since_the_one_that_counted_first(old, new, admin, over):
    by = a_person(Role.ADMINISTRATOR, authority=old.authority)
    own = ENDED + 10 * DAY
    an_area(old.authority, service=over.service, ends_date=own, by=by, at=AT)
    areas.say_of_ended(over, children_stay=False, why=WHY, by=admin, at=NOW)
    merge(old, new)
    assert gap_from(old, at=NOW + DAY) == at_london(own + DAY, datetime.min.time())


def test_a_child_who_comes_by_a_transfer_is_late_from_the_arrival_at_the_earliest(old, new, over):
    came = NOW - DAY
    Responsibility.objects.create(child=old.child, authority=new.authority, starts_at=came, arrived_at=came)
    by = a_person(Role.ADMINISTRATOR, authority=old.authority)
    an_area(old.authority, service=over.service, ends_date=ENDED, by=by, at=AT)
    assert gap_from(old, at=NOW) == came, "what ended elsewhere is not counted here"


@pytest.mark.by_turns(8)
def test_an_administrator_says_it_on_a_page_and_nobody_else_does(
    client: Client, old, new, admin, over, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    where = reverse("service_area_ended", args=[over.pk])
    client.force_login(admin)
    assert where in client.get(reverse("service_areas")).content.decode()
    refused = client.post(where, {"children_stay": "on"})
    assert (refused.status_code, "Enter what you know this by" in refused.content.decode()) == (422, True)
    assert client.post(where, {"children_stay": "on", "why": WHY}).status_code == 302
    over.refresh_from_db()
    assert over.children_stay
    for person, status in (
        (a_person(Role.ADMINISTRATOR, authority=old.authority), 404),
        (new.manager, 403),
        (new.guardian, 403),
    ):
        client.force_login(person)
        assert client.get(where).status_code == status
        assert client.post(where, {"why": WHY}).status_code == status
    assert ServiceArea.objects.get(pk=over.pk).children_stay


def test_of_what_goes_on_and_without_a_reason_nothing_is_said(old, new, admin):
    service: GuardianService = old.assignment.service
    stands = an_area(new.authority, service=service, by=admin, at=AT)
    with pytest.raises(IllegalMove, match="This goes on"):
        areas.say_of_ended(stands, children_stay=True, why=WHY, by=admin, at=NOW)
    with pytest.raises(IllegalMove, match="Enter why"):
        areas.say_of_ended(stands, children_stay=True, why=" ", by=admin, at=NOW)
