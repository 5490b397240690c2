"""A restricted child: a stranger to everybody not named on every page, and to the engine a child like any other."""

import html
import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import digests, emails, integrity, matter_clocks, mornings, reach, sweep, worklists
from alerts.emails import Digest
from alerts.models import Message
from cases import concerns, duplicates, log, matters, people, references, restrictions
from cases.access import Permission
from cases.models import (
    AccessRecord,
    Child,
    Event,
    Mailbox,
    Matter,
    MissingEpisode,
    NamedPerson,
    Restriction,
    Role,
    User,
)
from cases.search import matches
from cases.search.matches import Newcomer
from tests.counts import counts
from tests.factories import (
    Watched,
    a_child,
    a_person,
    a_watched_child,
    an_agreement,
    end_shift,
    knows,
    membership_of,
    missing,
    silent,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NAME = "Tarekiel"
PASSWORD = "three-random-words-here"
RESTRICTED = "Some records are restricted. If you need to find a child, ring duty."


@pytest.fixture
def watched(now: datetime) -> Watched:
    """A child with an ended silence and an open episode, so that every address has something to show."""
    found = a_watched_child(at=now - timedelta(hours=30), given_name=NAME)
    silent(found.child, at=now - timedelta(hours=2))
    sweep.sweep_all(now=now - HOUR)
    missing(found.child, by=found.worker, at=now - timedelta(minutes=40))
    sweep.sweep_all(now=now)
    return found


def restrict(w: Watched, *named: User, at: datetime) -> Restriction:
    return restrictions.restrict(w.child, reason="A threat", named=named, by=w.manager, at=at)


def test_nothing_made_for_a_reader_holds_a_child_restricted_to_others(
    client: Client, watched: Watched, now: datetime
):
    """Each address by role stands in the table of tests/alerts/test_strangers.py; here is what is about no child."""
    colleague = a_person(Role.DUTY_DESK, team=watched.desk.team)
    around = [watched.worker, watched.head, watched.carer, watched.guardian, watched.officer, colleague]
    restrict(watched, at=now)
    reference = watched.child.reference
    own = (
        "/children/",
        f"/search/?q={NAME}",
        f"/search/?q={reference}",
        "/duty/",
        "/overview/",
        "/missing/",
    )
    own += (
        "/overview/morning/",
        "/looking-out/",
        "/children/arrivals/",
        f"/homes/{watched.home.pk}/roll-call/",
    )
    found = []
    for number, person in enumerate(around):
        client.force_login(person)
        role = person.memberships.get().role
        for address in ("/", *counts(own[number % 3 :: 3], own)):
            page = client.get(address).content.decode()
            if f"{NAME} " in page.replace(f'value="{NAME}"', "") or f"/{reference}/" in page:
                found.append((role, address))
    assert not found
    client.force_login(watched.manager)
    page = client.get(f"/children/{reference}/").content.decode()
    assert NAME in page
    assert '<strong class="govuk-tag govuk-tag--red rc-tag">Restricted</strong>' in page


def masked(answer: Any, reference: str) -> tuple[int, list[tuple[str, str]], str]:
    """The answer without what is another each time: tokens, nonces, the request's id and the reference itself."""
    headers = sorted(
        (name, value)
        for name, value in answer.headers.items()
        if name not in ("Content-Security-Policy", "X-Request-ID", "Server-Timing")
    )
    page = re.sub(r'(nonce|value)="[A-Za-z0-9+/=_-]{16,}"', r'\1="-"', answer.content.decode())
    return answer.status_code, headers, re.sub(r'"[A-Za-z0-9_-]{32,64}"', '"-"', page).replace(reference, "-")


def test_the_answer_is_that_of_a_child_who_does_not_exist(client: Client, watched: Watched, now: datetime):
    restrict(watched, at=now)
    nobody = nobodys_reference()
    client.force_login(watched.worker)
    for page in ("", "now/", "details/", "break-glass/", "restriction/", "restriction/lift/", "photos/"):
        answers, queries = [], []
        for reference in (watched.child.reference, nobody):
            with CaptureQueriesContext(connection) as asked:
                answers.append(masked(client.get(f"/children/{reference}/{page}"), reference))
            queries.append(len(asked))
        assert answers[0] == answers[1], page
        assert answers[0][0] == 404
        assert queries[0] == queries[1], page
    for reference in (watched.child.reference, nobody):
        page = html.unescape(client.get(f"/search/?q={reference}").content.decode())
        assert RESTRICTED in page
        assert "No match" in page
    assert RESTRICTED in html.unescape(client.get("/search/?q=Minh").content.decode())
    refusals = AccessRecord.objects.filter(child=watched.child, user=watched.worker, allowed=False)
    assert refusals.exists()


def nobodys_reference() -> str:
    taken = set(Child.objects.values_list("reference", flat=True))
    made = (references.child_reference(2026, serial) for serial in range(90_000, 90_100))
    return next(one for one in made if one is not None and one not in taken)


def told(child: Child) -> set[tuple[str, str, str, str]]:
    """Who is owed which words, at which step and by which channel."""
    about = Message.objects.filter(items__alert__child=child) | Message.objects.filter(episode__child=child)
    rows = about.values_list("step", "post", "channel", "wording")
    # A step that comes again carries a number.
    return {(step.partition(":")[0], *rest) for step, *rest in rows}


def test_clocks_ladders_and_messages_go_on_as_if_it_were_not_restricted(now: datetime):
    begun = now - timedelta(hours=30)
    one, other = (a_watched_child(at=begun, given_name=name) for name in ("Amal", "Minh"))
    restrict(one, at=begun + HOUR)
    for hours in (2, 12, 20, 26, 30):
        sweep.sweep_all(now=begun + timedelta(hours=hours))
    missing(one.child, by=one.manager, at=now)
    missing(other.child, by=other.manager, at=now)
    sweep.sweep_all(now=now + HOUR)
    assert told(one.child) == told(other.child)
    assert {"home", "duty", "worker", "guardian", "manager", "force"} <= {
        post for _, post, _, _ in told(one.child)
    }
    questions = {found.question for found in integrity.check(now + HOUR) if found.references}
    assert not questions - {"messages ready to go that no sender has taken"}


def test_the_police_are_told_what_an_unsigned_mail_says(now: datetime):
    w = a_watched_child(at=now - HOUR, given_name=NAME, family_name="Marwa")
    an_agreement(w.force, w.authority)
    Mailbox.objects.filter(pk=w.control_room.pk).update(verified_at=now)
    episode = missing(w.child, by=w.worker, at=now)
    sweep.sweep_all(now=now)
    mail = Message.objects.filter(episode=episode, mailbox=w.control_room).order_by("created_at").first()
    assert mail is not None
    assert NAME in emails.compose(mail, now=now).text
    assert reach.shares_details(w.child, w.force, now=now)
    assert worklists.placed_in_area(w.officer, now=now) == 1
    restrict(w, at=now)
    later = now + timedelta(minutes=1)
    written = emails.compose(mail, now=later)
    assert NAME not in written.text + written.html + written.subject
    assert episode.reference in written.subject
    assert "from the duty line" in written.text
    assert not reach.shares_details(w.child, w.force, now=later)
    assert worklists.placed_in_area(w.officer, now=later) == 0


def test_whoever_answers_duty_acts_on_the_alert(client: Client, watched: Watched, now: datetime):
    restrict(watched, at=now)
    client.force_login(watched.desk.person)
    episode = watched.child.episodes.get(ended_at=None)
    assert episode.reference in client.get("/duty/").content.decode()
    assert NAME in client.get(f"/missing/{episode.reference}/").content.decode()
    client.force_login(a_person(Role.DUTY_DESK, team=watched.desk.team))
    assert episode.reference not in client.get("/duty/").content.decode()


def press(client: Client, path: str, **answers: Any) -> Any:
    return client.post(path, answers)


def test_the_pages_restrict_name_take_off_and_lift(client: Client, watched: Watched, now: datetime):
    address = f"/children/{watched.child.reference}/restriction/"
    second = knows(watched.head, PASSWORD)
    client.force_login(watched.worker)
    assert client.get(address).status_code == 404
    client.force_login(watched.manager)
    form = client.get(address).content.decode()
    assert watched.carer.name in html.unescape(form)
    assert press(client, address, reason="").status_code == 422
    assert press(client, address, reason="A threat", named=[watched.carer.pk]).status_code == 302
    assert watched.carer.name in html.unescape(client.get(address).content.decode())
    new = f"{address}people/new/"
    given = {"user": watched.worker.pk, "reason": "Holds the case", "second_email": second.email}
    assert press(client, new, **given).status_code == 422
    answer = press(client, new, **given, second_password="a wrong one entirely")
    assert answer.status_code == 422
    # A second person who is not named signs, and reads nothing.
    assert press(client, new, **given, second_password=PASSWORD).status_code == 302
    row = NamedPerson.objects.get(user=watched.worker)
    assert (row.named_by, row.seconded_by) == (watched.manager, watched.head)
    assert press(client, f"{address}people/{row.pk}/remove/").status_code == 302
    row.refresh_from_db()
    assert row.ends_at is not None
    outsider = knows(a_person(Role.TEAM_MANAGER), PASSWORD)
    lift = {"reason": "Over", "how_long": "for_good", "second_password": PASSWORD}
    assert press(client, f"{address}lift/", **lift, second_email=outsider.email).status_code == 422
    assert press(client, f"{address}lift/", **lift, second_email=second.email).status_code == 302
    assert restrictions.standing_of(watched.child, datetime.max.replace(tzinfo=now.tzinfo)) is None
    assert client.get(f"{address}lift/").status_code == 404
    assert client.get(new).status_code == 404


def test_one_senior_hears_at_once_that_one_manager_closed_a_record_and_names_or_lifts_with_a_second(
    client: Client, watched: Watched, now: datetime
):
    concerns.keep_from(watched.child, watched.head, reason="A threat", by=watched.manager, at=now - HOUR)
    restrict(watched, at=now)
    sweep.sweep_all(now=now)
    matter = Matter.objects.get(kind="restrict")
    told = Message.objects.filter(matter=matter)
    # The head is kept from the child: the director hears, by reference alone.
    assert [(one.user, one.wording) for one in told] == [(watched.director, "senior_restricted")]
    mail = emails.compose(told.get(), now=now)
    said = mail.subject + mail.text
    assert matter.reference in mail.subject
    assert not [word for word in (NAME, watched.child.reference, watched.manager.name) if word in said]
    address = f"/children/{watched.child.reference}/restriction/"
    second = knows(watched.manager, PASSWORD)
    other = a_person(Role.TEAM_MANAGER, team=watched.team, reach="directorate")
    for person in (watched.head, watched.worker, other):
        client.force_login(person)
        assert client.get(address).status_code == 404
        assert client.get(f"/data-protection/{matter.pk}/").status_code == 404
    client.force_login(watched.director)
    assert client.get(f"/children/{watched.child.reference}/").status_code == 404
    of_matter = client.get(f"/data-protection/{matter.pk}/").content.decode()
    assert address in of_matter
    assert '<input type="hidden" name="kind" value="looked_at"' in of_matter, "nothing is chosen of one"
    page = client.get(address).content.decode()
    assert watched.manager.name in html.unescape(page)
    assert f'href="/children/{watched.child.reference}/"' not in page
    signed = {"second_email": second.email, "second_password": PASSWORD}
    given = {"user": watched.worker.pk, "reason": "Holds the case"}
    assert press(client, f"{address}people/new/", **given).status_code == 422
    assert press(client, f"{address}people/new/", **given, **signed).status_code == 302
    assert NamedPerson.objects.get(user=watched.worker).named_by == watched.director
    over = {"reason": "No threat", "how_long": "for_good"}
    assert press(client, f"{address}lift/", **over).status_code == 422
    assert not matters.answered([matter.pk])
    assert press(client, f"{address}lift/", **over, **signed).status_code == 302
    assert matters.answered([matter.pk])
    assert not list(matter_clocks.untold(now + HOUR))


def test_the_senior_hears_again_until_they_have_looked_and_heads_come_first(watched: Watched, now: datetime):
    restrict(watched, at=now)
    matter = Matter.objects.get(kind="restrict")
    assert matter.senior == watched.head
    for at in (now, matter.due_at - HOUR, matter.due_at):
        matter_clocks.tell(now=at)
    told = Message.objects.filter(matter=matter, channel="mail").values_list("step", "user")
    assert set(told) == {("R1", watched.head.pk), ("R5", watched.head.pk)}
    said = {"text": "Spoke to the manager", "happened_at": now, "key": uuid.uuid4()}
    matters.write(matter, "looked_at", **said, by=watched.head, at=now)
    assert not matter_clocks.waiting(now + 9 * HOUR * 24).exists()
    other = a_watched_child(at=now - HOUR)
    restrictions.restrict(other.child, reason="A threat", named=[], by=other.head, at=now)
    assert Matter.objects.latest("pk").senior == other.director


def test_a_senior_who_comes_after_a_restriction_that_found_none_is_told_then(watched: Watched, now: datetime):
    for senior in (watched.head, watched.director):
        people.leave(membership_of(senior), at=now - timedelta(minutes=1))
    restrict(watched, at=now)
    matter = Matter.objects.get(kind="restrict")
    matter_clocks.tell(now=now)
    assert (matter.senior, Message.objects.filter(matter=matter).count()) == (None, 0)
    assert matter.reference in set(matter_clocks.untold(now))
    late = a_person(Role.TEAM_MANAGER, team=watched.team, reach="service")
    matter_clocks.tell(now=now + timedelta(minutes=30))
    for hours in (1, 2):
        matter_clocks.tell(now=now + hours * HOUR)
    told = Message.objects.filter(matter=matter)
    assert {one.user for one in told} == {late}
    assert len([one for one in told if one.channel == "mail"]) == 1, "once"
    assert matter.reference not in set(matter_clocks.untold(now + 2 * HOUR))
    assert matters.senior_of(matter, at=now + HOUR) == late


def test_whoever_registers_the_same_name_sees_nothing_and_the_named_are_told(
    client: Client, watched: Watched, now: datetime
):
    child = watched.child
    typed = Newcomer(
        given_name=NAME, family_name=child.family_name, birth_year=child.birth_date and child.birth_date.year
    )
    assert [one.child for one in matches.of(typed, user=watched.worker, at=now)] == [child]
    restrict(watched, at=now)
    # From whom a child is shut is read once per person object, as their roles are.
    worker = User.objects.get(pk=watched.worker.pk)
    assert not matches.of(typed, user=worker, at=now)
    hidden = matches.behind(typed, user=worker, at=now)
    assert [one.child for one in hidden] == [child]
    assert not matches.behind(typed, user=a_person(Role.SOCIAL_WORKER), at=now)
    Child.objects.filter(pk=child.pk).update(home_office_reference="K1203456")
    by_reference = Newcomer(given_name="Joe", references={"home_office_reference": "k 1203456"})
    assert not matches.of(by_reference, user=worker, at=now)
    assert [one.why for one in matches.behind(by_reference, user=worker, at=now)] == [
        ("home_office_reference",)
    ]
    new = a_child(watched.authority)
    before = Event.objects.filter(child=new).count()
    page = f"/children/{child.reference}/"
    client.force_login(watched.manager)
    assert "May have been registered again" not in client.get(page).content.decode()
    duplicates.tell_named(new, hidden, at=now)
    event = Event.objects.get(child=child, kind="perhaps_registered_again")
    assert event.data["reference"] == new.reference
    assert Event.objects.filter(child=new).count() == before
    shown = client.get(page).content.decode()
    assert "May have been registered again" in shown
    assert new.reference in shown


def test_the_check_of_the_database_finds_a_read_by_somebody_not_named(watched: Watched, now: datetime):
    def found() -> Iterator[str]:
        asked = [references for _, question, references in integrity.QUESTIONS if "restrict" in question]
        assert asked
        return (reference for references in asked for reference in references(now))

    restrict(watched, watched.worker, at=now - HOUR)
    for user in (watched.worker, watched.manager, watched.desk.person):
        record(user, watched.child, now)
    assert not list(found())
    access_by(watched.director, watched.child, now, page="restriction")
    assert not list(found())
    record(watched.carer, watched.child, now)
    assert [line.split()[0] for line in found()] == [watched.child.reference]
    # Those inside who had no place in it then: a head, one of the desk beside the shift, a desk elsewhere.
    colleague = a_person(Role.DUTY_DESK, team=watched.desk.team)
    for user in (watched.head, colleague, a_person(Role.DUTY_DESK)):
        record(user, watched.child, now)
    assert len(list(found())) == 4
    # With nobody on shift the desk answers, and with no manager named the heads decide.
    end_shift(watched.desk)
    people.leave(membership_of(watched.manager), at=now - HOUR / 2)
    assert len(list(found())) == 2
    standing = restrictions.standing_of(watched.child, now)
    late = {"restriction": standing, "user": watched.head, "named_by": watched.manager}
    NamedPerson.objects.create(**late, at_first=True, starts_at=now)
    assert len(list(found())) == 3


def access_by(user: User, child: Child, at: datetime, *, page: str) -> None:
    AccessRecord.objects.create(
        user=user, child=child, permission=Permission.KEEP_FROM, allowed=True, at=at, page=page
    )


def record(user: User, child: Child, at: datetime) -> None:
    log.record_access(
        user=user, child_id=child.pk, permission=Permission.SEE_STATUS, allowed=True, place=log.NOWHERE, at=at
    )


# --- What leaves the screen


def test_neither_sheet_nor_daily_list_holds_a_restricted_child_and_both_say_the_same_to_everybody(
    client: Client, watched: Watched, now: datetime
):
    other = a_watched_child(at=now - timedelta(hours=30), given_name="Othello")
    client.force_login(watched.manager)
    before = client.get("/overview/morning/").content.decode()
    assert watched.child.reference in before
    assert 'id="restricted"' not in before
    assert watched.child.reference in references_in(digests.read(watched.worker, now=now))
    restrict(watched, watched.worker, at=now)
    later = now + timedelta(seconds=1)
    (manager, worker) = (User.objects.get(pk=one.pk) for one in (watched.manager, watched.worker))
    sheet = mornings.read(manager, now=later)
    assert watched.child.pk not in sheet.child_ids
    assert (sheet.restricted, sheet.late, list(sheet.night)) == (1, 0, [])
    page = html.unescape(client.get("/overview/morning/").content.decode())
    assert watched.child.reference not in page
    assert RESTRICTED in page
    assert re.search(
        r'<p class="[^"]*display-none-print" id="restricted">1 restricted record is open to you', page
    )
    for person in (manager, worker):
        assert watched.child.reference not in references_in(digests.read(person, now=later))
    client.force_login(other.manager)
    page = html.unescape(client.get("/overview/morning/").content.decode())
    assert RESTRICTED in page, "the same sentence, hit or not"
    assert 'id="restricted"' not in page, "no number tells anybody unnamed that there is one"


def references_in(digest: Digest) -> str:
    return " ".join(reference for section in digest.sections for reference in section.references)


def test_the_text_of_a_restricted_episode_is_copied_by_duty_and_a_force_alone_and_printed_by_whoever_reads_it(
    client: Client, watched: Watched, now: datetime
):
    reference = MissingEpisode.objects.get(child=watched.child).reference
    readers = {"manager": watched.manager, "worker": watched.worker, "duty": watched.desk.person}

    def copied() -> dict[str, bool]:
        found = {}
        for part, person in readers.items():
            client.force_login(person)
            page = client.get(f"/missing/{reference}/text/").content.decode()
            button = 'id="copy"' in client.get(f"/missing/{reference}/").content.decode()
            found[part] = "copy-text" in page
            assert found[part] == button == (NAME in page.split("<textarea")[-1] and "<textarea" in page)
            assert NAME in client.get(f"/missing/{reference}/briefing/").content.decode()
        return found

    assert copied() == {"manager": True, "worker": True, "duty": True}
    restrict(watched, watched.worker, at=now)
    assert copied() == {"manager": False, "worker": False, "duty": True}
    client.force_login(watched.worker)
    assert "copy-text" not in client.get(f"/children/{watched.child.reference}/details/").content.decode()
    stranger = a_person(Role.SOCIAL_WORKER, team=membership_of(watched.worker).team)
    client.force_login(stranger)
    assert client.get(f"/missing/{reference}/text/").status_code == 404
