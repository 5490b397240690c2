"""Three children of two councils, looked for by two forces: what comes to whom, and what an officer of each force reads."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cases import clock
from cases.models import Child, Mailbox, MissingEpisode, PoliceForce, Role, User
from tests.alerts import outgoing
from tests.browsers import Site
from tests.factories import (
    DutyDesk,
    Watched,
    a_child,
    a_duty_desk,
    a_force_mailbox,
    a_home,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    missing,
    placed,
    seen,
)
from tests.journeys.post import Post
from tests.journeys.test_search import ENDED, duty_ends, pass_on
from tests.mailbox import Caught

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NAMES = ("Samir", "Hewad", "Aron")


@dataclass(frozen=True)
class Beside:
    """The second council's desk, and the second force with its mailbox and an officer."""

    desk: DutyDesk
    force: PoliceForce
    control_room: Mailbox
    officer: User


@dataclass(frozen=True)
class Group:
    """Two who leave one house, the second of another council; and one of the first council in the area of another force."""

    own: MissingEpisode
    other: MissingEpisode
    elsewhere: MissingEpisode

    @property
    def references(self) -> set[str]:
        return {one.reference for one in (self.own, self.other, self.elsewhere)}


@pytest.fixture
def watched(site: Site) -> Watched:
    now = clock.now()
    found = a_watched_child(at=now - 5 * HOUR, given_name="Samir")
    seen(found.child, by=found.carer, at=now - HOUR)
    return found


@pytest.fixture
def beside(watched: Watched) -> Beside:
    now = clock.now()
    team = a_team(an_authority("Harrowfen County"))
    placed(a_child(team.authority, team=team, at=now - 5 * HOUR, given_name="Hewad"), watched.home)
    home = a_home(an_authority())
    aron = a_child(
        watched.authority, team=watched.team, worker=watched.worker, at=now - 5 * HOUR, given_name="Aron"
    )
    placed(aron, home)
    return Beside(
        a_duty_desk(team.authority),
        home.force,
        a_force_mailbox(home.force),
        a_person(Role.POLICE, force=home.force),
    )


@pytest.mark.by_turns(8)
def test_each_force_is_mailed_of_its_own_and_its_officer_reads_no_other_and_one_ending_is_told_to_those_who_look(
    site: Site, watched: Watched, beside: Beside, catcher: Caught, open_page: Callable[..., Page]
) -> None:
    post = Post(catcher.box.folder)
    group = they_leave(open_page(width=360), open_page(), site, watched)
    pass_on()

    assert of_which(post, watched.control_room) == {group.own.reference, group.other.reference}
    assert of_which(post, beside.control_room) == {group.elsewhere.reference}
    assert of_which(post, watched.desk.mailbox) == {group.own.reference, group.elsewhere.reference}
    assert of_which(post, beside.desk.mailbox) == {group.other.reference}
    for mail in post.mails:
        assert not [name for name in NAMES if name in mail.raw.as_string()], "no mail names a child"

    own_officer, their_officer = open_page(), open_page()
    site.sign_in(own_officer, watched.officer)
    site.sign_in(their_officer, beside.officer)
    reads(own_officer, site, group, {group.own, group.other}, names={"Samir", "Hewad"})
    reads(their_officer, site, group, {group.elsewhere}, names={"Aron"})

    told = {mail.to for mail in post.mails if group.other.reference in mail.text}
    before = len(post.mails)
    duty = open_page()
    site.sign_in(duty, beside.desk.person)
    # Somebody else has said it: one person on duty records both parts.
    seen(group.other.child, by=watched.carer, at=clock.now())
    duty_ends(duty, site, group.other)
    pass_on()
    new = post.mails[before:]
    ended = [mail for mail in new if mail.kind == ENDED]
    assert Counter(mail.to for mail in ended) == Counter(dict.fromkeys(told, 1)), (
        "whoever was told of it, once"
    )
    assert all(group.other.reference in mail.text for mail in ended)
    # Of the two who are still looked for their own desk hears that somebody who went along was found, and no force does.
    asked = [mail.text for mail in new if mail.to == watched.desk.mailbox.address]
    for one in (group.own, group.elsewhere):
        assert any(one.child.reference in text for text in asked)
    assert not [mail for mail in new if mail.to == beside.control_room.address]
    for mail in new:
        assert not [name for name in NAMES if name in mail.raw.as_string()]
    assert set(MissingEpisode.objects.open()) == {group.own, group.elsewhere}
    own_officer.goto(site.to(f"/missing/{group.other.reference}/"))
    expect(own_officer.get_by_role("main")).to_contain_text("Ended")
    own_officer.goto(site.to(f"/missing/{group.own.reference}/"))
    expect(own_officer.get_by_role("main")).not_to_contain_text("Ended")
    assert not outgoing.broken(clock.now())


def they_leave(home: Page, office: Page, site: Site, watched: Watched) -> Group:
    """The house says that two are not there; the first one's worker, that a third went along."""
    elsewhere = missing(Child.objects.get(given_name="Aron"), by=watched.worker, at=clock.now() - 20 * MINUTE)
    site.sign_in(home, watched.carer)
    home.goto(site.to(f"/children/{watched.child.reference}/not-here/"))
    home.get_by_label("Hewad").check()
    home.get_by_role("button", name="Not here: tell duty and police").click()
    expect(home.get_by_role("main")).to_contain_text("Hewad")
    own, other = (MissingEpisode.objects.get(child__given_name=name) for name in ("Samir", "Hewad"))
    site.sign_in(office, watched.worker)
    office.goto(site.to(f"/missing/{own.reference}/together/"))
    office.get_by_label("The other child’s reference").fill(elsewhere.reference)
    office.get_by_role("button", name="They went together").click()
    expect(office.locator("#others + ul")).to_contain_text("Aron")
    return Group(own, other, elsewhere)


def of_which(post: Post, mailbox: Mailbox) -> set[str]:
    """Of which searches this mailbox heard."""
    texts = [mail.text for mail in post.mails if mail.to == mailbox.address]
    every = MissingEpisode.objects.select_related("child")
    return {one.reference for one in every if any(one.reference in text for text in texts)}


def reads(page: Page, site: Site, group: Group, own: set[MissingEpisode], *, names: set[str]) -> None:
    """The list and each page of their own searches, with who went along of these alone; of the others not even that they are."""
    page.goto(site.to("/"))
    main = page.get_by_role("main")
    for one in (group.own, group.other, group.elsewhere):
        expect(page.get_by_role("link", name=one.reference)).to_have_count(1 if one in own else 0)
        answer = page.request.get(site.to(f"/missing/{one.reference}/"))
        assert answer.status == (200 if one in own else 404)
    for one in own:
        page.goto(site.to(f"/missing/{one.reference}/"))
        for name in NAMES:
            if name in names:
                expect(main).to_contain_text(name)
            else:
                expect(main).not_to_contain_text(name)
