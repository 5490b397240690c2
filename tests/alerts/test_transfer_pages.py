"""The page of a transfer: one for both authorities, each with its next act as a button, and nothing for a stranger."""

import sys
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from alerts import transfer_dues, transfer_pages
from cases import (
    assessments,
    bookings,
    checklists,
    clock,
    concerns,
    links,
    meetings,
    mistakes,
    partings,
    restrictions,
    transfers,
)
from cases.deadlines import LONDON, london_day
from cases.models import (
    AccessRecord,
    Allocation,
    Child,
    DetailsChange,
    Meeting,
    Placement,
    Responsibility,
    Role,
    Transfer,
    User,
)
from cases.templatetags.govuk import gov_time
from tests.counts import a_third, counts
from tests.factories import (
    Watched,
    a_child,
    a_person,
    a_watched_child,
    accepted,
    arrived,
    membership_of,
    missing,
    not_here,
    photographed,
    placed,
    referred,
    silent,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def sender(now) -> Watched:
    return a_watched_child(at=now - 50 * HOUR, given_name="Tarekiel", birth_date="2010-05-03")


@pytest.fixture
def receiver(now) -> Watched:
    return a_watched_child(at=now - 50 * HOUR)


@pytest.fixture
def offered(sender, receiver, now) -> Transfer:
    return referred(sender.child, receiver.authority, by=sender.worker, at=now - HOUR)


# By person, in the tests of this file.
SIGNED_IN: dict[int, Client] | None = None


@pytest.fixture(autouse=True)
def _nobody_is_signed_in(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SIGNED_IN", {})


def as_(person: User) -> Client:
    """A browser of theirs, in which they are signed in once in a test of this file."""
    client = SIGNED_IN.get(person.pk) if SIGNED_IN is not None else None
    if client is None:
        client = Client()
        client.force_login(person)
    if SIGNED_IN is not None:
        SIGNED_IN[person.pk] = client
    return client


def page(person: User, one: Watched, act: str = "") -> str:
    answer = as_(person).get(address(one, act))
    assert answer.status_code == 200
    return answer.content.decode()


def address(one: Watched, act: str = "") -> str:
    return reverse("transfer_act" if act else "transfer", args=[one.child.reference, *([act] if act else [])])


def press(person: User, one: Watched, act: str, **answers):
    return as_(person).post(address(one, act), answers)


def item_of(one: Watched, item: str) -> str:
    return reverse("transfer_item", args=[one.child.reference, item])


def read(person: User, one: Watched, item: str, **answers: str):
    """Open one item of the checklist and say that it was read, as the page shows it or as `answers` say."""
    client = as_(person)
    shown = client.get(item_of(one, item))
    return client.post(item_of(one, item), {"version": shown.context["form"].initial["version"]} | answers)


def boxes(name: str, day) -> dict[str, str]:
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


REFERRAL = {
    "kind": "nts",
    "reason": "family",
    "needs": "Near a school",
    "wishes": "Yes",
    "wishes_language": "Tigrinya",
}


@pytest.mark.by_turns
def test_a_referral_is_checked_once_more_and_what_was_wrong_is_said_with_all_that_was_typed(sender, now):
    worker, once = sender.worker, "0d3e2b9e-6a0f-4f4e-9c8e-000000000001"
    assert (
        "Transfer to another authority"
        in as_(worker).get(reverse("child", args=[sender.child.reference])).content.decode()
    )
    wrong = press(worker, sender, "refer", **REFERRAL | {"needs": "", "once": once})
    text = wrong.content.decode()
    assert wrong.status_code == 422
    assert text.count("Enter what the child needs") == 2
    assert "Enter the day that you propose" in text
    assert "Tigrinya" in text, "nothing typed is lost"
    given = REFERRAL | {"once": once} | boxes("proposed_date", now.date() + timedelta(days=3))
    check = press(worker, sender, "refer", **given)
    assert "Check before the other authority reads it" in check.content.decode()
    assert not Transfer.objects.exists(), "nobody has been told yet"
    assert press(worker, sender, "refer", **given, sure="1").status_code == 302
    assert press(worker, sender, "refer", **given, sure="1").status_code == 302
    transfer = Transfer.objects.get()
    assert (transfer.sender, transfer.receiver, transfer.needs) == (sender.authority, None, "Near a school")


@pytest.mark.by_turns(8)
def test_the_reason_of_a_transfer_is_asked_and_both_sides_read_it(sender, receiver, now):
    given = REFERRAL | boxes("proposed_date", now.date() + timedelta(days=3))
    given |= {"receiver": receiver.authority.pk, "sure": "1", "once": "0d3e2b9e-6a0f-4f4e-9c8e-000000000002"}
    for wrong, says in (
        ({"reason": ""}, "Select why the child is to go"),
        ({"reason": "other"}, "Enter the reason"),
    ):
        answer = press(sender.worker, sender, "refer", **given | wrong)
        assert answer.status_code == 422
        assert says in answer.content.decode()
    note = {"reason_note": "His aunt has a room for him"}
    check = press(sender.worker, sender, "refer", **{k: v for k, v in (given | note).items() if k != "sure"})
    assert "Family, or people close to the child" in strip_tags(check.content.decode())
    press(sender.worker, sender, "refer", **given | note)
    why = "Family, or people close to the child, live there: His aunt has a room for him"
    assert why in page(sender.worker, sender)
    assert why in page(receiver.manager, sender), "before it has said yes"
    transfers.withdraw(Transfer.objects.get(), reason="She has moved", by=sender.worker, at=now)
    referred(
        sender.child,
        receiver.authority,
        by=sender.worker,
        at=now,
        reason="other",
        reason_note="A court says so",
    )
    for person, reads in ((sender.worker, True), (receiver.manager, False)):
        shown = page(person, sender)
        assert "A court says so" in shown
        assert "Another reason" not in shown
        assert (why in shown) == reads, "what was tried before is the sender's to know"


@pytest.mark.by_turns(8)
def test_each_side_has_its_next_act_and_the_child_goes_from_page_to_page(sender, receiver, now):
    transfer = referred(sender.child, by=sender.worker, at=now - HOUR)
    sent = press(sender.worker, sender, "offer", receiver=receiver.authority.pk)
    assert sent.status_code == 302
    assert "act-accept" in page(receiver.manager, sender)
    assert "act-accept" not in page(receiver.desk.person, sender), "a manager answers"
    whose = "A team manager or the head of service of your authority accepts or declines"
    assert whose in page(receiver.desk.person, sender)
    assert whose not in page(receiver.manager, sender)
    assert whose not in page(sender.worker, sender)
    assert "act-accept" not in page(sender.worker, sender)
    role = receiver.worker.memberships.get().pk
    press(receiver.manager, sender, "accept", worker=role)
    press(receiver.worker, sender, "day", **boxes("day", now.date()))
    asked = page(sender.worker, sender, "leave")
    assert f"/children/{sender.child.reference}/journey/" in asked, "a long way is a journey with escorts"
    for hours, code in ((3, 422), (2, 302)):
        there = (now + hours * HOUR).astimezone(LONDON)
        said = {"left_at_when": "now", "expected_at_time": f"{there:%H:%M}"} | boxes(
            "expected_at", there.date()
        )
        gone = press(sender.worker, sender, "leave", **said)
        assert gone.status_code == code
        assert (
            code == 302
            or "#id_expected_at" in gone.content.decode().partition("is seen at each stop")[0][-200:]
        )
    transfer.refresh_from_db()
    waits = page(sender.worker, sender)
    assert waits.index("act-share") < waits.index("act-day"), "the next act is the receiver's"
    assert "Say that the journey was broken off, and agree another day" in waits
    assert "act-arrive" in page(receiver.desk.person, sender)
    half = press(
        receiver.desk.person,
        sender,
        "arrive",
        arrived_at_when="now",
        handed_to="Ola",
        stays="no",
        worker=role,
        read="risks",
    )
    assert "Select each of them when you have read it" in half.content.decode()
    done = press(
        receiver.desk.person,
        sender,
        "arrive",
        arrived_at_when="now",
        handed_to="Ola",
        stays="no",
        worker=role,
        read=["risks", "episodes"],
    )
    assert done.status_code == 302, done.content.decode()
    # A colleague who was slower loses nothing of what they typed.
    late = {"arrived_at_when": "now", "handed_to": "Ola of the night shift", "stays": "no", "worker": role}
    slower = press(receiver.manager, sender, "arrive", **late, read=["risks", "episodes"])
    assert (slower.status_code, "Ola of the night shift" in slower.content.decode()) == (422, True)
    assert press(receiver.desk.person, sender, "arrive", **late).headers["Location"] == address(sender)
    assert press(sender.manager, sender, "arrive", **late).headers["Location"] == address(sender)
    held = Responsibility.objects.filter(child=sender.child).order_by("-starts_at")[0]
    assert held.authority == receiver.authority
    assert Allocation.objects.get(child=sender.child, ends_at=None).worker == receiver.worker
    assert not Placement.objects.filter(child=sender.child, ends_at=None).exists()
    items = ("profile", "documents", "plan", "actions", "shortfall", "kept")
    others = counts(items[:-1], ())
    if others:
        transfers.acknowledge(transfer, [*others], by=receiver.worker, at=now)
    for item in items[len(others) :]:
        assert read(receiver.worker, sender, item).status_code == 302
    transfer.refresh_from_db()
    assert transfer.status == "completed"
    after = as_(sender.worker).get(address(sender))
    assert after.headers["Location"] == reverse("handed_over", args=[sender.child.reference])


@pytest.mark.by_turns
def test_the_receiver_reads_name_birth_date_needs_and_titles_and_no_more(sender, receiver, offered):
    text = page(receiver.desk.person, sender)
    for words in ("Tarekiel", "Tigrinya is spoken", "3 May 2010", "Risks that stand open", "Near a cousin"):
        assert words.lower() in text.lower()
    for words in (sender.home.name, sender.home.address, sender.worker.name, sender.guardian.name):
        assert words not in text
    assert f'"{reverse("child", args=[sender.child.reference])}"' not in text
    assert as_(receiver.desk.person).get(reverse("child", args=[sender.child.reference])).status_code == 404
    last = AccessRecord.objects.filter(user=receiver.desk.person).latest("pk")
    assert (last.child, last.allowed) == (sender.child, False)


@pytest.mark.by_turns
def test_a_birth_date_is_shown_to_the_receiver_only_as_exactly_as_it_is_known(sender, receiver, offered):
    Child.objects.filter(pk=sender.child.pk).update(birth_date="2010-07-15", birth_date_precision="year")
    text = page(receiver.desk.person, sender)
    assert "Born 2010 (" in text
    assert "July" not in text


@pytest.mark.by_turns(8)
def test_the_last_day_says_which_bank_holidays_it_does_not_count(monkeypatch):
    """Good Friday is one in each nation, Easter Monday none in Scotland."""
    monday = datetime(2026, 3, 30, 10, tzinfo=LONDON)
    one, other = (a_watched_child(at=monday - 50 * HOUR) for _side in "ab")
    row = referred(one.child, other.authority, by=one.worker, at=monday)
    monkeypatch.setattr(clock, "now", lambda: monday + HOUR)
    words = " ".join(strip_tags(page(other.manager, one)).split())
    assert "To be over by the end of 15 April 2026" in words
    assert "Bank holidays, which are not counted: 3 April 2026, 6 April 2026 " in words
    row.sender.nation = "Scotland"
    assert transfer_dues.over_by(row)[1] == [date(2026, 4, 3)]
    sunday = datetime(2026, 4, 5, 10, tzinfo=LONDON)
    uncounted = partial(transfer_dues.uncounted, "England")
    assert uncounted(sunday, until=sunday + 24 * HOUR) == [date(2026, 4, 6)]
    assert uncounted(sunday + 24 * HOUR, until=sunday + 96 * HOUR) == []


@pytest.mark.by_turns
def test_both_sides_read_the_handover_meeting_the_receiver_from_the_acceptance_on(
    sender, receiver, offered, now
):
    book = reverse("meeting_book", args=[sender.child.reference])
    told = {"kind": "handover", "planned_at": now + 24 * HOUR, "place": "Room 4", "invited": "R. Blyth"}
    assert book in page(sender.worker, sender)
    for at, other in (
        (now - 2 * HOUR, {"planned_at": now - 1.5 * HOUR, "place": "Before the referral"}),
        (now, {"kind": "strategy", "place": "Strategy room"}),
    ):
        bookings.book(sender.child, bookings.Booked(**{**told, **other}), by=sender.worker, at=at)
    row = bookings.book(sender.child, bookings.Booked(**told), by=sender.worker, at=now)
    assert "Room 4" in page(sender.worker, sender)
    assert "Room 4" not in page(receiver.desk.person, sender)
    accepted(offered, receiver.worker, at=now)
    text = page(receiver.desk.person, sender)
    assert "Room 4" in text
    assert gov_time(row.planned_at) in text
    for hidden in ("R. Blyth", "Before the referral", "Strategy room", book):
        assert hidden not in text
    bookings.call_off(row, ending="called_off", why="Snow", by=sender.worker, at=now + HOUR)
    assert "Room 4" not in page(receiver.desk.person, sender)


@pytest.mark.by_turns(8)
def test_the_receiver_reads_that_somebody_stays_behind_and_no_word_of_who_unless_it_may_open_them(
    sender, receiver, offered, now
):
    brother = a_child(team=sender.team, given_name="Ferhad", worker=sender.worker)
    placed(brother, sender.home)
    claim = links.Claim(kind="sibling", said_by="The child")
    links.say(sender.child, brother, claim, by=sender.worker, at=now - HOUR)
    going, that = accepted(offered, receiver.worker, at=now), "Somebody linked with the child stays behind."
    assert that not in page(receiver.desk.person, sender)
    said = "Ferhad, his brother: sad, wants to visit"
    going = transfers.agree_day(going, london_day(now), parted=said, by=sender.worker, at=now)
    assert said in page(sender.worker, sender)
    text = page(receiver.desk.person, sender)
    assert that in text
    assert "Ferhad" not in text
    risks = as_(receiver.desk.person).get(item_of(sender, "risks")).content.decode()
    assert "A move, or its announcement" in risks
    assert "Ferhad" not in risks
    assert said in as_(sender.worker).get(item_of(sender, "risks")).content.decode()
    timeline = reverse("child", args=[sender.child.reference])
    assert said in as_(sender.worker).get(timeline).content.decode()
    assert partings.may_be_told(sender.child, reader=sender.worker, at=now)
    assert not partings.may_be_told(sender.child, reader=receiver.worker, at=now)
    arrived(offered_again(going), at=now)
    read = as_(receiver.worker).get(timeline).content.decode()
    assert "A move, or its announcement" in read
    assert "Ferhad" not in read
    concerns.keep_from(brother, sender.worker, reason="x", by=sender.manager, at=now)
    assert not partings.may_be_told(sender.child, reader=sender.worker, at=now + HOUR)


@pytest.mark.by_turns(8)
def test_what_is_said_of_the_handover_meeting_is_what_stands_and_the_receiver_reads_its_own_alone(
    sender, receiver, offered, now
):
    child, worker = sender.child, sender.worker
    said = {"led_by": "R. Blyth", "attendees": "R. Blyth", "guardian": "none", "decisions": "To move"}

    def booked(place: str, *, at: datetime) -> None:
        planned = {"kind": "handover", "planned_at": now - HOUR / 4, "place": place, "invited": "R. Blyth"}
        bookings.book(child, bookings.Booked(**planned), by=worker, at=at)

    def held(kind: str, ago: float) -> Meeting:
        return meetings.record(
            child, meetings.Held(kind=kind, held_at=now - ago * HOUR, **said), by=worker, at=now
        )

    held("handover", 2)
    held("strategy", 0.25)
    assert "None booked" in page(worker, sender), "held before the referral, and of another kind"
    met = held("handover", 0.5)
    accepted(offered, receiver.worker, at=now)
    for person in (worker, receiver.desk.person):
        assert f"Held {gov_time(met.held_at)}" in page(person, sender), "nobody had booked it"
    mistakes.withdraw(met, reason="Of another child", by=worker, at=now)
    assert "None booked" in page(worker, sender)
    booked("Room of whoever declined", at=now - 2 * HOUR)
    assert "Room of whoever declined" in page(worker, sender)
    assert "Room of whoever declined" not in page(receiver.desk.person, sender)
    first = held("handover", 0.25)
    assert f"Held {gov_time(first.held_at)}" in page(worker, sender)
    mistakes.withdraw(first, reason="Of another child", by=worker, at=now)
    text = page(worker, sender)
    assert "to be recorded" in text
    assert "Held" not in text


@pytest.mark.by_turns(8)
def test_a_handover_is_offered_a_meeting_only_while_somebody_is_there_to_meet(sender, receiver, now):
    child, worker, book = sender.child, sender.worker, reverse("meeting_book", args=[sender.child.reference])
    going = referred(child, None, by=worker, at=now - HOUR)

    def read() -> str:
        return page(worker, sender)

    text = read()
    assert "Nobody yet" in text
    assert book not in text
    assert "Meeting about the handover" not in text
    transfers.offer(offered_again(going), receiver.authority, by=worker, at=now - HOUR)
    assert book in read(), "they may meet before they answer"
    transfers.decline(offered_again(going), reason="Full", by=receiver.manager, at=now)
    text = read()
    assert "Declined because" in text
    assert book not in text
    transfers.offer(offered_again(going), receiver.authority, by=worker, at=now)
    accepted(offered_again(going), receiver.worker, at=now)
    assert book in read()


def test_what_the_receiver_says_it_has_read_it_reads_from_the_acceptance_on(sender, receiver, offered, now):
    """It acknowledged titles, and rang for what they were."""
    child = sender.child
    found = assessments.Assessment(grade="high", rationale="A man waits at the gate", assessed_at=now - HOUR)
    assessments.record(child, found, by=sender.worker, at=now - HOUR)
    concerns.mark(child, reason="A white van came twice", by=sender.worker, at=now - HOUR)
    missing(child, by=sender.carer, at=now - HOUR, wearing="A yellow coat")
    told = {
        "risks": ("A man waits at the gate", "A white van came twice", "High"),
        "episodes": ("A yellow coat", f"{child.reference}-M1"),
        "profile": ("Tarekiel", "3 May 2010"),
        "kept": ("Ring the duty desk of the other authority",),
    }
    early_readers = (receiver.manager, receiver.desk.person, receiver.worker)
    for number, item in enumerate(told):
        for person in counts(early_readers[number % 3 :][:1], early_readers):
            early = as_(person).get(item_of(sender, item))
            assert early.status_code == (404 if person == receiver.worker else 302), "nobody is named yet"
    assert item_of(sender, "risks") not in page(receiver.manager, sender)
    accepted(offered, receiver.worker, at=now)
    readers = (receiver.worker, receiver.desk.person, sender.worker)
    for number, (item, words) in enumerate(told.items()):
        for person in counts(readers[number % 3 :][:1], readers):
            shown = as_(person).get(item_of(sender, item)).content.decode()
            assert [one for one in words if one not in shown] == []
            assert ("I have" in shown) == (person != sender.worker)
    last = AccessRecord.objects.filter(user=receiver.worker, child=child, page="transfer_item")
    assert {(row.permission, row.allowed) for row in last} >= {("see_record", True)}
    assert read(sender.worker, sender, "risks").status_code == 302
    assert not offered.acknowledgements.exists(), "the sender reads for nobody"
    done = read(receiver.worker, sender, "risks")
    assert done.headers["Location"].startswith(item_of(sender, "episodes")), "what is next"
    assert [(one.item, one.by) for one in offered.acknowledgements.all()] == [("risks", receiver.worker)]
    for person in (receiver.desk.person, sender.worker):
        assert f"{receiver.worker.name}" in page(person, sender)
    assert as_(receiver.worker).get(reverse("child", args=[child.reference])).status_code == 404
    transfers.withdraw(offered, reason="Stays", by=sender.worker, at=now)
    assert as_(receiver.worker).get(item_of(sender, "risks")).status_code == 404


@pytest.mark.by_turns
def test_a_colleague_who_reads_no_address_reads_no_phone_of_the_child_by_the_checklist(
    sender, receiver, offered, now
):
    Child.objects.filter(pk=sender.child.pk).update(phone="07700 900777")
    accepted(offered, receiver.worker, at=now)
    colleague = membership_of(sender.worker).team
    other = a_person(Role.SOCIAL_WORKER, team=colleague)
    for person, reads in ((sender.worker, True), (receiver.worker, True), (other, False)):
        answer = as_(person).get(item_of(sender, "profile"))
        assert answer.status_code == 200
        assert ("07700 900777" in answer.content.decode()) == reads


@pytest.mark.by_turns(8)
def test_what_changed_since_it_was_read_or_shown_is_asked_for_again(sender, receiver, offered, now):
    accepted(offered, receiver.worker, at=now)
    stale = as_(receiver.worker).get(item_of(sender, "risks")).context["form"].initial["version"]
    mark = concerns.mark(sender.child, reason="A white van", by=sender.worker, at=now)
    answer = read(receiver.worker, sender, "risks", version=stale)
    assert answer.status_code == 422
    assert "This has changed since you opened this page" in answer.content.decode()
    assert "A white van" in answer.content.decode()
    assert not offered.acknowledgements.exists()
    assert read(receiver.worker, sender, "risks").status_code == 302
    assert read(receiver.worker, sender, "risks").status_code == 302
    assert offered.acknowledgements.count() == 1, "sent twice it is read once"
    lifted = {"reason": "It was the post", "seconded_by": sender.manager, "by": sender.worker}
    concerns.lift(mark, **lifted, at=now + timedelta(minutes=5))
    line = next(one for one in checklists.of(offered, at=now + HOUR) if one.item == "risks")
    assert (line.count, line.is_read) == (0, False), "what ended is news too"
    signs = {"trafficking": "yes", "trafficking_note": "A debt"}
    transfers.acknowledge(offered, ["risks"], by=receiver.worker, at=now + HOUR)
    DetailsChange.objects.create(
        child=sender.child,
        topic="trafficking",
        before={},
        after=signs,
        changed_at=now + 2 * HOUR,
        changed_by=sender.worker,
    )
    line = next(one for one in checklists.of(offered, at=now + 3 * HOUR) if one.item == "risks")
    assert not line.is_read


@pytest.mark.by_turns(8)
def test_a_mark_and_a_restriction_close_what_the_receiver_read(sender, receiver, offered, now):
    accepted(offered, receiver.worker, at=now)
    photo = photographed(sender.child, at=now - HOUR)
    picture = reverse("photo", args=[sender.child.reference, photo.token, "portrait"])

    def readers(*, of: str) -> list[User]:
        people = (receiver.worker, receiver.manager, receiver.desk.person)
        return [one for one in people if as_(one).get(of).status_code == 200]

    assert len(readers(of=item_of(sender, "documents"))) == len(readers(of=picture)) == 3
    concerns.keep_from(sender.child, receiver.worker, reason="Known", by=sender.manager, at=now)
    assert receiver.worker not in [*readers(of=item_of(sender, "risks")), *readers(of=picture)]
    assert receiver.manager in readers(of=picture)
    restrictions.restrict(sender.child, reason="A threat", named=[], by=sender.manager, at=now)
    assert readers(of=item_of(sender, "risks")) == readers(of=picture) == []


@pytest.mark.by_turns
def test_a_stranger_is_told_of_no_such_child(sender, receiver, offered, now):
    elsewhere = a_watched_child(at=now - HOUR)
    acts = ("accept", "arrive", "withdraw", "refer")
    strange = (elsewhere.manager, elsewhere.desk.person, sender.carer, sender.guardian, receiver.worker)
    for number, person in enumerate(strange):
        assert as_(person).get(address(sender)).status_code == 404
        for act in counts(acts[number % 4 :][:1], acts):
            assert press(person, sender, act, reason="x").status_code == 404
        assert as_(person).get(item_of(sender, "risks")).status_code == 404
    offered.refresh_from_db()
    assert offered.status == "allocated"
    restrictions.restrict(sender.child, reason="A threat", named=[], by=sender.manager, at=now)
    assert as_(receiver.manager).get(address(sender)).status_code == 404
    assert sender.child.reference not in page_of_list(receiver.manager)


def page_of_list(person: User) -> str:
    return as_(person).get(reverse("transfer_list")).content.decode()


@pytest.mark.by_turns
@pytest.mark.parametrize("how", a_third(["report", "look", "silence"], "missing before"))
def test_missing_before_transfer_is_said_however_the_episode_began(sender, receiver, offered, now, how):
    accepted(offered, receiver.worker, at=now - HOUR)
    if how == "report":
        missing(sender.child, by=sender.carer, at=now)
    elif how == "look":
        not_here(sender.child, by=sender.carer, at=now)
    else:
        episode = silent(sender.child, at=now)
        type(episode).objects.filter(pk=episode.pk).update(police_owed_at=now)
    for person in (sender.worker, receiver.desk.person):
        assert "Missing before transfer" in page(person, sender)
        assert "Missing before transfer" in page_of_list(person)
    assert arrived(offered_again(offered), at=now + HOUR).has_arrived, "it goes on"


def offered_again(transfer: Transfer) -> Transfer:
    return Transfer.objects.get(pk=transfer.pk)


@pytest.mark.by_turns(8)
def test_an_act_of_an_old_page_shows_what_stands_now(sender, receiver, offered, now):
    accepted(offered, receiver.worker, at=now)
    assert as_(receiver.manager).get(address(sender, "decline")).headers["Location"] == address(sender)
    assert press(receiver.manager, sender, "accept").headers["Location"] == address(sender)
    assert as_(sender.worker).get(address(sender, "nonsense")).status_code == 404
    assert press(sender.worker, sender, "nonsense").status_code == 404


@pytest.mark.by_turns
def test_what_was_written_for_an_act_that_somebody_else_overtook_is_not_lost(sender, receiver, offered, now):
    accepted(offered, receiver.worker, at=now)
    late = press(receiver.manager, sender, "decline", reason="No bed before May")
    assert late.status_code == 422
    words = late.content.decode()
    assert "somebody has changed the transfer since you opened this page" in words
    assert "No bed before May" in words
    offered.refresh_from_db()
    assert (offered.status, offered.decline_reason) == ("accepted", "")
    assert press(sender.worker, sender, "withdraw", reason="Stays here").status_code == 302
    again = press(sender.worker, sender, "withdraw", reason="Stays here")
    assert again.headers["Location"] == address(sender), "pressed twice it is one"
    colleague = press(sender.manager, sender, "withdraw", reason="He asked to stay")
    assert (colleague.status_code, "He asked to stay" in colleague.content.decode()) == (422, True)


@pytest.mark.by_turns
def test_an_act_that_was_never_theirs_shows_nothing_of_the_other_side(sender, receiver, offered, now):
    """Nobody overtook them: no page has offered it to them, and what its form asks is not for them to read."""
    both = (sender.worker, sender.manager)
    never = [
        (both[0], "arrive"),
        (both[1], "decline"),
        *counts((), [(both[1], "arrive"), (both[0], "decline")]),
    ]
    never += [(receiver.manager, act) for act in ("arrive", "day", "leave", "share", "withdraw")]
    for person, act in never:
        answer = press(person, sender, act, reason="Full", risks="on")
        assert (answer.status_code, answer.headers.get("Location")) == (302, address(sender)), act
    accepted(offered, receiver.worker, at=now)
    for act in ("leave", "share", "withdraw"):
        assert press(receiver.manager, sender, act, reason="Full").status_code == 302, act
    for person in counts(both[1:], both):
        assert press(person, sender, "arrive", reason="Full").status_code == 302
    # Nothing at all was sent: there is nothing to keep.
    assert press(receiver.manager, sender, "decline").headers["Location"] == address(sender)


@pytest.mark.by_turns(8)
def test_what_somebody_did_before_the_child_was_offered_once_more_is_no_answer_to_that(
    sender, receiver, offered, now
):
    transfers.decline(offered, reason="No bed", by=receiver.manager, at=now - HOUR / 2)
    transfers.offer(offered, receiver.authority, by=sender.worker, at=now - HOUR / 3)
    accepted(offered, receiver.worker, at=now)
    late = press(receiver.manager, sender, "decline", reason="No bed before May")
    assert (late.status_code, "No bed before May" in late.content.decode()) == (422, True)


@pytest.mark.by_turns(8)
def test_a_sender_whose_page_is_old_when_the_child_has_arrived_is_led_to_what_is_theirs_to_read(
    sender, receiver, offered, now
):
    arrived(accepted(offered, receiver.worker, at=now), at=now)
    for answer in (
        press(sender.worker, sender, "withdraw", reason="Stays here"),
        as_(sender.worker).get(address(sender, "withdraw")),
        as_(sender.worker).get(item_of(sender, "risks")),
    ):
        assert answer.headers["Location"] == address(sender)
    theirs = as_(sender.worker).get(address(sender))
    assert theirs.headers["Location"] == reverse("handed_over", args=[sender.child.reference])
    for page_of_old in (address(sender, "withdraw"), item_of(sender, "risks")):
        assert as_(sender.carer).get(page_of_old).status_code == 404


@pytest.mark.by_turns
def test_both_desks_and_both_managers_have_it_on_their_lists_in_a_fixed_number_of_queries(
    sender, receiver, offered, now
):
    for person in (sender.desk.person, receiver.desk.person):
        assert address(sender) in as_(person).get(reverse("duty_desk")).content.decode()
    for person in (sender.manager, receiver.manager):
        assert "Transfers: 1" in as_(person).get(reverse("manager_home")).content.decode()
        assert address(sender) in page_of_list(person)
    asked = []
    for more in (1, 3):
        for _ in range(more):
            other = a_child(sender.authority, team=sender.team, worker=sender.worker)
            referred(other, receiver.authority, by=sender.worker, at=now)
        with CaptureQueriesContext(connection) as queries:
            page_of_list(receiver.desk.person)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    other = a_child(sender.authority, team=sender.team, worker=sender.worker)
    referred(other, receiver.authority, by=sender.worker, at=now)
    desk = as_(receiver.desk.person).get(reverse("duty_desk")).content.decode()
    assert "Transfers (5 of 6)" in desk, "the caption counts the rows under it"


def test_red_is_kept_for_not_here_missing_and_failed_delivery():
    assert "red" not in transfer_pages.COLOURS.values()
