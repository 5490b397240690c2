"""A mistaken arrival is taken back by one person of either side, from now on, and both sides hear of it."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from alerts import emails, sweep
from alerts.models import Alert, Clock, Message
from cases import absences, episodes, mergers, placements, split_moves, splits, transfers
from cases.models import (
    Allocation,
    Contact,
    Matter,
    MissingEpisode,
    Placement,
    Responsibility,
    Role,
    SplitShare,
    Team,
    Transfer,
)
from cases.responsibilities import responsible_authority
from cases.states import IllegalMove
from tests.alerts.outgoing import broken, tick_until_still
from tests.factories import (
    Watched,
    a_person,
    a_watched_child,
    accepted,
    agreed,
    an_authority,
    arrived,
    case_closed,
    confirmed,
    missing,
    placed,
    planned,
    referred,
    seen,
)

pytestmark = pytest.mark.django_db
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def sender(now: datetime) -> Watched:
    found = a_watched_child(at=now - 100 * DAY)
    seen(found.child, by=found.carer, at=now - HOUR)
    return found


@pytest.fixture
def receiver(now: datetime) -> Watched:
    return a_watched_child(at=now - 50 * HOUR)


@pytest.fixture
def there(sender: Watched, receiver: Watched, now: datetime) -> Transfer:
    """Recorded as arrived a day early, and ended where it lived."""
    going = agreed(sender, receiver, moves_at=now + DAY, at=now - HOUR)
    return arrived(going, stays_placed=False, at=now - HOUR / 2)


def taken_back(transfer: Transfer, *, by: Any, at: datetime, **more: Any) -> Transfer:
    said = {"reason": "It was its brother", "key": uuid.uuid4()} | more
    return transfers.take_back(transfer, **said, by=by, at=at)


def contact_clock(watched: Watched) -> Clock:
    return Clock.objects.get(child=watched.child, kind=Clock.Kind.CONTACT)


def told(watched: Watched) -> set[int | None]:
    rows = Message.objects.filter(wording="arrival_back", authority=watched.authority)
    return {one.user_id or one.mailbox_id for one in rows}


@pytest.mark.by_turns(8)
def test_responsibility_work_and_home_are_the_senders_again_from_now_on_and_nothing_before_is_rewritten(
    sender: Watched, receiver: Watched, there: Transfer, client: Client, now: datetime
) -> None:
    back, began = taken_back(there, by=receiver.worker, at=now), there.confirmed_at
    assert (back.status, back.arrived_at, back.confirmed_at, back.moves_date) == (
        "accepted",
        None,
        None,
        None,
    )
    assert began is not None
    rows = Responsibility.objects.filter(child=sender.child).values_list("authority", "starts_at")
    assert list(rows)[:2] == [(sender.authority.pk, now), (receiver.authority.pk, began)]
    old, new = Placement.objects.filter(child=sender.child).order_by("starts_at")
    assert (old.ends_at, new.starts_at, new.ends_at) == (began, now, None)
    names = sender.authority.name, receiver.authority.name
    ended = sender.child.events.filter(kind="placement_ended").latest("pk")
    assert ended.data["reason"] == " → ".join(names), "the timeline names the councils, not their codes"
    assert (new.home, new.type, new.provided_by) == (old.home, old.type, old.provided_by)
    work = Allocation.objects.current(now).get(child=sender.child)
    assert (work.team, work.worker) == (sender.team, sender.worker)
    written = sender.child.events.get(kind="transfer_not_arrived")
    assert (written.data["reason"], written.data["confirmed_at"]) == ("It was its brother", began.isoformat())
    assert sender.child.events.filter(kind="transfer_arrived").exists()
    for reader in (sender.carer, sender.worker, sender.guardian):
        client.force_login(reader)
        assert client.get(reverse("child", args=[sender.child.reference])).status_code == 200
    client.force_login(receiver.worker)
    for gone in ("child", "child_timeline", "handed_over"):
        assert client.get(reverse(gone, args=[sender.child.reference])).status_code == 404, gone
    assert client.get(reverse("transfer", args=[sender.child.reference])).status_code == 200
    # The transfer goes on: another day, and the arrival of that.
    transfers.agree_day(back, (now + DAY).date(), by=sender.worker, at=now)
    assert arrived(back, at=now + DAY).has_arrived


@pytest.mark.by_turns
def test_both_sides_hear_whoever_took_it_back_and_nothing_is_asked_any_more(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    taken_back(there, by=sender.desk.person, at=now + MINUTE)
    assert told(sender) >= {sender.desk.mailbox.pk, sender.worker.pk}
    assert told(receiver) >= {receiver.desk.mailbox.pk, receiver.worker.pk}
    assert set(Matter.objects.get().entries.values_list("kind", flat=True)) == {"not_arrived"}
    texts = Message.objects.filter(wording="arrival_back", channel="text")
    assert {one.phone for one in texts} >= {sender.desk.shift.phone, receiver.desk.shift.phone}


@pytest.mark.by_turns
def test_the_clock_goes_on_from_what_was_seen_before_the_arrival_and_asks_nobody_in_the_same_minute(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    due_before = contact_clock(sender).due_at
    home = placed(sender.child, receiver.home, by=receiver.worker, at=now + MINUTE)
    seen(sender.child, by=receiver.carer, at=now + 2 * MINUTE)
    taken_back(there, by=receiver.worker, at=now + 30 * MINUTE)
    home.refresh_from_db()
    assert home.ends_at == now + 30 * MINUTE
    theirs = Contact.objects.get(child=sender.child, organisation=f"home:{receiver.home.pk}")
    assert theirs.withdrawn_at == now + 30 * MINUTE
    clock = contact_clock(sender)
    assert clock.due_at is not None
    assert due_before is not None
    assert now + 30 * MINUTE < clock.due_at <= due_before
    sweep.sweep_all(now=now + 31 * MINUTE)
    assert not Alert.objects.open().filter(child=sender.child, clock=clock).exists()


@pytest.mark.by_turns
def test_what_was_late_meanwhile_is_as_late_until_somebody_of_the_home_has_seen_the_child(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    """The evening roll-call went by with nobody who could answer: a new placement is no new time."""
    evening = now + 12 * HOUR
    sweep.sweep_all(now=evening)
    late = Alert.objects.open().get(child=sender.child, clock__kind=Clock.Kind.CONTACT)
    taken_back(there, by=receiver.worker, at=evening + MINUTE)
    sweep.sweep_all(now=evening + 2 * MINUTE)
    late.refresh_from_db()
    assert (late.status, late.due_at < evening) == ("open", True)


def test_whoever_of_the_sender_has_the_child_in_sight_says_so_with_it(
    sender: Watched, receiver: Watched, there: Transfer, client: Client, now: datetime
) -> None:
    client.force_login(sender.worker)
    where = reverse("not_arrived", args=[sender.child.reference])
    assert where in client.get(reverse("handed_over", args=[sender.child.reference])).content.decode()
    page = client.get(where).content.decode()
    once = page.partition('name="once" value="')[2].partition('"')[0]
    assert receiver.desk.team.name in page
    given = {"answer": "here", "text": "It lies in its bed", "once": once, "seen_at_when": "now"}
    refused = client.post(where, given)
    assert refused.status_code == 422
    for field in ("witness", "role"):
        assert f"#id_{field}" in refused.content.decode(), field
    assert "It lies in its bed" in refused.content.decode()
    given |= {"witness": sender.carer.name, "role": "foster_carer"}
    done = client.post(where, given)
    assert done.status_code == 302
    assert done["Location"] == reverse("child", args=[sender.child.reference])
    contact = Contact.objects.filter(child=sender.child, withdrawn_at=None).latest("pk")
    assert (contact.witness, contact.organisation) == (sender.carer.name, f"home:{sender.home.pk}")
    # The same form once more finds the child theirs.
    assert client.post(where, given).status_code == 302
    assert Responsibility.objects.filter(child=sender.child).count() == 3


@pytest.mark.by_turns(8)
def test_the_receiver_takes_it_back_on_the_page_and_keeps_the_transfer(
    sender: Watched, receiver: Watched, there: Transfer, client: Client, now: datetime
) -> None:
    client.force_login(receiver.worker)
    where = reverse("not_arrived", args=[sender.child.reference])
    shown = client.get(reverse("transfer", args=[sender.child.reference])).content.decode()
    assert where in shown
    assert f"Of the other authority: <bdi>{sender.desk.team.name}</bdi>" in shown
    assert f"Of the other authority: <bdi>{receiver.desk.team.name}</bdi>" not in shown, "that is their own"
    assert sender.desk.team.name in client.get(where).content.decode()
    assert client.post(where, {"text": " ", "once": str(uuid.uuid4())}).status_code == 422
    done = client.post(where, {"text": "It was its brother", "once": str(uuid.uuid4())}, follow=True)
    assert done.status_code == 200, "nobody is led to a desk that is not theirs"
    assert "has been told" in done.content.decode()
    assert "Say that the child has not arrived" not in done.content.decode()
    client.force_login(receiver.carer)
    assert client.get(where).status_code == 404


@pytest.mark.by_turns(8)
def test_both_sides_at_the_same_moment_make_one_return(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    """Whoever comes second has waited for the child, with what it read before."""
    key = uuid.uuid4()
    taken_back(there, by=sender.worker, key=key, at=now + MINUTE)
    with pytest.raises(IllegalMove, match="taken back already"):
        taken_back(there, by=receiver.worker, at=now + MINUTE)
    taken_back(there, by=sender.worker, key=key, at=now + 2 * MINUTE)
    assert Responsibility.objects.filter(child=sender.child).count() == 3
    assert sender.child.events.filter(kind="transfer_not_arrived").count() == 1


@pytest.mark.by_turns(8)
def test_what_cannot_be_taken_back_is_refused_in_words(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    for words, more, at in (
        ("Enter how you know", {"reason": " "}, now + HOUR),
        ("within 72 hours", {}, now + 73 * HOUR),
    ):
        with pytest.raises(IllegalMove, match=words):
            taken_back(there, by=receiver.worker, at=at, **more)
    with pytest.raises(IllegalMove):
        transfers.agree_day(there, (now + DAY).date(), by=receiver.worker, at=now + HOUR)
    with pytest.raises(IllegalMove):
        transfers.accept(
            there, team=receiver.team, worker=receiver.worker, by=receiver.manager, at=now + HOUR
        )
    third = a_watched_child(at=now - 50 * HOUR)
    onward = referred(sender.child, third.authority, by=receiver.worker, at=now + HOUR)
    onward = accepted(onward, third.worker, at=now + HOUR)
    arrived(onward, at=now + 2 * HOUR)
    with pytest.raises(IllegalMove, match="is responsible by now"):
        taken_back(there, by=sender.worker, at=now + 3 * HOUR)


@pytest.mark.by_turns
def test_a_case_that_was_closed_meanwhile_is_opened_first(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    case_closed(sender.child, reason="Taken for another", at=now + HOUR)
    with pytest.raises(IllegalMove, match="closed"):
        taken_back(there, by=receiver.worker, at=now + 2 * HOUR)


@pytest.mark.by_turns(8)
def test_a_transfer_that_the_receiver_began_since_is_withdrawn_with_it(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    onward = referred(sender.child, sender.authority, by=receiver.worker, at=now + HOUR)
    back = taken_back(there, by=sender.worker, at=now + 2 * HOUR)
    onward.refresh_from_db()
    assert (back.status, onward.status) == ("withdrawn", "withdrawn")
    again = referred(sender.child, receiver.authority, by=sender.worker, at=now + 3 * HOUR)
    assert again.is_open


@pytest.mark.by_turns
def test_a_search_that_is_open_goes_with_the_child(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    episode = missing(sender.child, by=receiver.worker, at=now + HOUR)
    taken_back(there, by=sender.worker, at=now + 2 * HOUR)
    episode.refresh_from_db()
    assert episode.ended_at is None
    assert Placement.objects.current(now + 2 * HOUR).get(child=sender.child).home == sender.home


@pytest.mark.by_turns
def test_a_home_that_has_closed_since_gets_nobody_and_the_desk_is_asked(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    sender.home.closed_at = now + HOUR
    sender.home.save(update_fields=["closed_at"])
    taken_back(there, by=sender.worker, at=now + 2 * HOUR)
    assert not Placement.objects.current(now + 2 * HOUR).filter(child=sender.child).exists()


@pytest.mark.by_turns(8)
def test_a_child_who_had_left_is_on_the_way_until_it_was_expected(
    sender: Watched, receiver: Watched, now: datetime
) -> None:
    going = agreed(sender, receiver, moves_at=now, at=now - HOUR)
    going = transfers.set_out(
        going, left_at=now - HOUR / 2, expected_at=now + HOUR, by=sender.worker, at=now - HOUR / 2
    )
    there = arrived(going, stays_placed=False, at=now)
    back = taken_back(there, by=receiver.worker, at=now + MINUTE)
    assert (back.status, back.left_at) == ("accepted", None)
    assert contact_clock(sender).due_at == now + HOUR
    assert told(sender)


@pytest.mark.by_turns(8)
def test_what_was_seen_at_the_hand_over_of_a_journey_is_withdrawn_and_what_its_escorts_saw_stands(
    sender: Watched, receiver: Watched, now: datetime
) -> None:
    """Who was handed over was another: the child was last seen on the way, and its home is asked for it."""
    going = agreed(sender, receiver, moves_at=now, at=now - 5 * HOUR)
    departs_at = now - 3 * HOUR
    journey = planned(
        sender.child, by=sender.worker, departs_at=departs_at, at=now - 5 * HOUR, kind="transfer"
    )
    confirmed(journey, 0, by=sender.worker, at=departs_at)
    expected_at = departs_at + 2 * HOUR
    going = transfers.set_out(
        going, left_at=departs_at, expected_at=expected_at, by=sender.worker, at=departs_at
    )
    there = arrived(going, stays_placed=False, at=now - HOUR)
    taken_back(there, by=receiver.worker, at=now)
    last, first = Contact.objects.filter(child=sender.child, confirmation__isnull=False)[:2]
    if last.happened_at < first.happened_at:
        last, first = first, last
    assert (last.withdrawn_at, first.withdrawn_at) == (now, None)
    assert Placement.objects.current(now).get(child=sender.child).home == sender.home
    clock = contact_clock(sender)
    assert clock.due_at is not None
    assert clock.due_at > now


@pytest.mark.by_turns
def test_whoever_stayed_placed_is_believed_by_their_own_home(
    sender: Watched, receiver: Watched, now: datetime
) -> None:
    """The home is the same all the while: what it saw was this child."""
    there = arrived(agreed(sender, receiver, moves_at=now, at=now - HOUR), at=now - HOUR / 2)
    sight = seen(sender.child, by=sender.carer, at=now - HOUR / 4)
    taken_back(there, by=receiver.worker, at=now)
    sight.refresh_from_db()
    assert sight.withdrawn_at is None
    assert Placement.objects.get(child=sender.child).ends_at is None


@pytest.mark.by_turns(8)
def test_the_record_holds_what_is_promised_of_it_afterwards(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    taken_back(there, by=receiver.worker, at=now)
    tick_until_still(now, at_most=5)
    assert not broken(now)


@pytest.mark.by_turns(8)
def test_postgresql_takes_no_arrival_back_without_the_responsibility(
    sender: Watched, receiver: Watched, there: Transfer
) -> None:
    attack = """
        UPDATE cases_transfer
           SET status = 'accepted', arrived_at = NULL, confirmed_at = NULL, completed_at = NULL WHERE id = %s;
        SET CONSTRAINTS ALL IMMEDIATE
    """
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="responsibilities say"):
        cursor.execute(attack, [there.pk])


@pytest.mark.by_turns
def test_a_child_whom_neither_side_has_is_not_here_in_the_same_commit(
    sender: Watched, receiver: Watched, there: Transfer, client: Client, now: datetime
) -> None:
    client.force_login(sender.desk.person)
    where = reverse("not_arrived", args=[sender.child.reference])
    said = {"answer": "nowhere", "text": "Her bed is empty", "once": str(uuid.uuid4())}
    done = client.post(where, said)
    assert (done.status_code, done["Location"]) == (
        302,
        reverse("missing_report", args=[sender.child.reference]),
    )
    assert "Duty and the police are being told now" in client.get(done["Location"]).content.decode()
    episode = MissingEpisode.objects.get(child=sender.child)
    assert episode.status == "missing"
    assert episode.not_here_at is not None
    look = Contact.objects.get(child=sender.child, outcome="not_here")
    assert (look.note, look.organisation) == ("Her bed is empty", f"team:{sender.desk.team.pk}")
    mail = emails.compose(
        Message.objects.filter(wording="arrival_back", channel="mail")[0], now=episode.not_here_at
    )
    words = " ".join(mail.text.split())
    assert "The child is looked for." in words
    assert "asked for it" not in words, "somebody looked there, and it has no child"
    client.post(where, said)
    assert MissingEpisode.objects.filter(child=sender.child).count() == 1


def test_no_home_is_said_to_be_asked_for_a_child_who_lives_nowhere(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    taken_back(there, by=receiver.worker, at=now)
    asked = Message.objects.filter(wording="arrival_back", channel="mail")[0]
    assert "From now on the home in which the child lived is asked for it" in said_in(asked, now)
    placements.end(
        Placement.objects.get(child=sender.child, ends_at=None),
        ends_at=now + MINUTE,
        reason="It closed",
        by=sender.worker,
        at=now + MINUTE,
    )
    words = said_in(asked, now + MINUTE)
    assert "the home in which" not in words
    assert "The child has nowhere recorded: no home is asked for it." in words


def said_in(message: Message, now: datetime) -> str:
    return " ".join(emails.compose(message, now=now).text.split())


def told_force(watched: Watched) -> int:
    """How often its control room was told of the child that was handed over."""
    told = Message.objects.filter(wording="police_alert", mailbox=watched.control_room)
    return told.filter(episode__child=Transfer.objects.get().child).distinct().count()


def searched_there(sender: Watched, receiver: Watched, now: datetime) -> MissingEpisode:
    """The receiver has placed whom it takes for the child, and searches since."""
    placed(sender.child, receiver.home, by=receiver.worker, at=now - 25 * MINUTE)
    episode = missing(sender.child, by=receiver.worker, at=now - 20 * MINUTE)
    tick_until_still(now - 19 * MINUTE, at_most=4)
    assert (told_force(sender), told_force(receiver)) == (0, 1)
    return episode


@pytest.mark.by_turns
@pytest.mark.parametrize("answer", ["", "nowhere", "here"])
def test_the_force_of_where_the_child_lives_again_hears_of_a_search_that_is_open(
    sender: Watched, receiver: Watched, there: Transfer, client: Client, now: datetime, answer: str
) -> None:
    """It was looked for in the area of the receiver alone; whoever has it in sight wakes nobody."""
    episode = searched_there(sender, receiver, now)
    client.force_login(sender.desk.person if answer else receiver.desk.person)
    where = reverse("not_arrived", args=[sender.child.reference])
    said = {"answer": answer, "text": "Her bed is empty", "once": str(uuid.uuid4())}
    if answer == "here":
        said |= {"witness": sender.carer.name, "role": "foster_carer", "seen_at_when": "now"}
    for _ in range(2):
        assert client.post(where, said).status_code == 302
    assert told_force(sender) == (answer != "here")
    assert episode.forces.filter(left_at=None).count() == 1 + (answer != "here")
    tick_until_still(now + MINUTE, at_most=4)
    assert told_force(sender) == (answer != "here")


@pytest.mark.by_turns(8)
def test_the_force_hears_of_whom_the_receiver_gave_back_a_moment_before_the_sender_says_nowhere(
    sender: Watched, receiver: Watched, there: Transfer, client: Client, now: datetime
) -> None:
    searched_there(sender, receiver, now)
    transfers.take_back(there, reason="It was its brother", key=uuid.uuid4(), by=receiver.worker, at=now)
    client.force_login(sender.desk.person)
    where = reverse("not_arrived", args=[sender.child.reference])
    said = {"answer": "nowhere", "text": "Her bed is empty", "once": str(uuid.uuid4())}
    assert client.post(where, said).status_code == 302
    assert told_force(sender) == 1


def test_a_search_that_begins_anew_as_the_arrival_is_taken_back_alerts_each_force_once(
    sender: Watched, receiver: Watched, there: Transfer, client: Client, now: datetime
) -> None:
    """The police had closed it; that the child is not here either voids that, and the calls begin with the first."""
    episode = searched_there(sender, receiver, now)
    closing = {"officer": "PC Penrowe", "closed_at": now - 5 * MINUTE, "at": now - 5 * MINUTE}
    episodes.record_police_closing(episode, **closing, by=receiver.desk.person)
    client.force_login(sender.desk.person)
    where = reverse("not_arrived", args=[sender.child.reference])
    said = {"answer": "nowhere", "text": "Her bed is empty", "once": str(uuid.uuid4())}
    assert client.post(where, said).status_code == 302
    episode.refresh_from_db()
    assert episode.police_owed_at is not None
    assert episode.police_owed_at >= now, "the police are owed word again"
    tick_until_still(now + MINUTE, at_most=4)
    assert told_force(sender) == 1


@pytest.mark.by_turns(8)
def test_who_lived_at_an_address_of_an_authority_that_was_merged_is_taken_back_into_the_area_of_now(
    sender: Watched, receiver: Watched, now: datetime
) -> None:
    area, successor = an_authority(), an_authority()
    where = placements.Address(
        address="14 Calder Lane",
        postcode="CT1 4BG",
        restricted=False,
        provider="",
        phone="01632 960111",
        authority=area,
        force=area.force,
    )
    placed(sender.child, where, starts_at=now - 40 * DAY, at=now - 40 * DAY, by=sender.worker)
    mergers.move(area, successor, by=None, at=now - 30 * DAY)
    going = agreed(sender, receiver, moves_at=now + DAY, at=now - HOUR)
    taken_back(arrived(going, stays_placed=False, at=now - HOUR / 2), by=receiver.worker, at=now)
    lives = Placement.objects.current(now).get(child=sender.child)
    assert (lives.address, lives.host_authority) == ("14 Calder Lane", successor)


@pytest.mark.by_turns
def test_who_set_out_and_has_not_arrived_is_owed_since_it_was_expected(
    sender: Watched, receiver: Watched, now: datetime
) -> None:
    """Pressed for another child, and taken back: the car is as late as if nobody had pressed."""
    going, expected_at = agreed(sender, receiver, moves_at=now, at=now - HOUR), now - 20 * MINUTE
    left_at = now - 40 * MINUTE
    going = transfers.set_out(going, left_at=left_at, expected_at=expected_at, by=sender.worker, at=left_at)
    there = arrived(going, stays_placed=False, at=expected_at - MINUTE)
    taken_back(there, by=receiver.worker, at=now)
    assert contact_clock(sender).due_at == expected_at
    sweep.sweep_all(now=now + MINUTE)
    late = Alert.objects.open().get(child=sender.child, clock__kind=Clock.Kind.CONTACT)
    assert late.due_at == expected_at


@pytest.mark.by_turns
def test_who_set_out_and_is_seen_where_it_lived_is_late_for_nothing(
    sender: Watched, receiver: Watched, now: datetime
) -> None:
    going = agreed(sender, receiver, moves_at=now, at=now - 3 * HOUR)
    going = transfers.set_out(
        going, left_at=now - 2 * HOUR, expected_at=now - HOUR, by=sender.worker, at=now - 2 * HOUR
    )
    there = arrived(going, stays_placed=False, at=now - HOUR - MINUTE)
    here = transfers.SeenHere(witness=sender.carer.name, role="foster_carer", at=now)
    taken_back(there, seen=here, by=sender.worker, at=now)
    due_at = contact_clock(sender).due_at
    assert due_at is not None
    assert due_at > now
    assert not absences.is_gone(sender.child, at=now)


# --- An authority that ends within the hours


@pytest.mark.by_turns
@pytest.mark.parametrize("into", ["another", "the sender"])
def test_of_a_receiver_that_was_merged_since_the_arrival_is_taken_back_as_before(
    sender: Watched, receiver: Watched, there: Transfer, client: Client, now: datetime, into: str
) -> None:
    """A merger passes no child on: what it wrote is looked through, and whoever took the place is the other side."""
    successor = sender if into == "the sender" else a_watched_child(at=now - 60 * HOUR)
    mistaken = seen(sender.child, by=receiver.worker, at=now - HOUR / 3)
    mergers.move(receiver.authority, successor.authority, by=None, at=now - HOUR / 4)
    client.force_login(sender.desk.person)
    where = reverse("not_arrived", args=[sender.child.reference])
    assert receiver.desk.team.name in client.get(where).content.decode()
    said = {"answer": "here", "witness": "M Reid", "role": "placement_staff", "seen_at_when": "now"}
    done = client.post(where, said | {"text": "It is in bed here", "once": str(uuid.uuid4())})
    assert done.status_code == 302
    assert responsible_authority(sender.child, at=now + HOUR) == sender.authority
    assert Allocation.objects.get(child=sender.child, ends_at=None).worker == sender.worker
    assert Placement.objects.get(child=sender.child, ends_at=None).home == sender.home
    mistaken.refresh_from_db()
    assert mistaken.withdrawn_at is not None
    tick_until_still(now + MINUTE, at_most=4)
    heard = set(Message.objects.filter(wording="arrival_back").values_list("mailbox", "user"))
    for one in (sender, successor):
        assert (one.desk.mailbox.pk, None) in heard


@pytest.mark.by_turns
def test_whoever_took_the_place_of_the_receiver_says_that_nobody_has_arrived(
    sender: Watched, receiver: Watched, there: Transfer, client: Client, now: datetime
) -> None:
    successor = a_watched_child(at=now - 60 * HOUR)
    mergers.move(receiver.authority, successor.authority, by=None, at=now - HOUR / 4)
    client.force_login(successor.desk.person)
    where = reverse("not_arrived", args=[sender.child.reference])
    assert client.post(where, {"text": "Nobody came", "once": str(uuid.uuid4())}).status_code == 302
    assert responsible_authority(sender.child, at=now + HOUR) == sender.authority


@pytest.mark.by_turns
def test_of_a_receiver_that_was_split_the_half_that_has_the_child_hears_and_gives_it_back(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    half, keeper = a_watched_child(at=now - 60 * HOUR), a_watched_child(at=now - 60 * HOUR)
    split_into(receiver.authority, half, keeper, at=now - HOUR / 4)
    taken_back(there, by=half.desk.person, at=now)
    assert responsible_authority(sender.child, at=now) == sender.authority
    tick_until_still(now + MINUTE, at_most=4)
    assert half.desk.mailbox.pk in told(half)


@pytest.mark.by_turns
def test_of_a_receiver_that_was_split_what_either_half_wrote_is_looked_through(
    sender: Watched, receiver: Watched, there: Transfer, now: datetime
) -> None:
    """The child went to one half, and whoever wrote that they had seen it to the other."""
    half, keeper = a_watched_child(at=now - 60 * HOUR), a_watched_child(at=now - 60 * HOUR)
    mistaken = seen(sender.child, by=receiver.desk.person, at=now - HOUR / 3)
    split_into(receiver.authority, half, keeper, desk=receiver.desk.team, at=now - HOUR / 4)
    taken_back(there, by=half.desk.person, at=now)
    mistaken.refresh_from_db()
    assert mistaken.withdrawn_at is not None


def split_into(ends: Any, half: Watched, keeper: Watched, *, desk: Team | None = None, at: datetime) -> None:
    """All of it goes to `half`, and what names it for ever, and that desk, to `keeper`."""
    admin = a_person(Role.ADMINISTRATOR, authority=ends)
    split = splits.begin(ends, [half.authority, keeper.authority], by=admin, at=at)
    splits.keep(split, keeper.authority, by=admin, at=at)
    for kind in SplitShare.Kind:
        rows = {one.pk: half.authority for one in splits.unsaid(split, kind, at=at)}
        if desk is not None and kind == SplitShare.Kind.TEAM:
            rows[desk.pk] = keeper.authority
        splits.say(split, kind, rows, by=admin, at=at)
    split_moves.move(
        split,
        signed={one.authority.pk: one.director for one in (half, keeper)},
        by=admin,
        at=at,
    )


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("into", ["another", "the receiver"])
def test_of_a_sender_that_was_merged_since_whoever_had_the_child_answers_and_has_it_again(
    sender: Watched, receiver: Watched, there: Transfer, client: Client, now: datetime, into: str
) -> None:
    successor = receiver if into == "the receiver" else a_watched_child(at=now - 60 * HOUR)
    mergers.move(sender.authority, successor.authority, by=None, at=now - HOUR / 4)
    client.force_login(sender.desk.person if into == "the receiver" else sender.worker)
    where = reverse("not_arrived", args=[sender.child.reference])
    said = {"answer": "here", "witness": "M Reid", "role": "placement_staff", "seen_at_when": "now"}
    done = client.post(where, said | {"text": "It is in bed here", "once": str(uuid.uuid4())})
    assert (done.status_code, done["Location"]) == (302, reverse("child", args=[sender.child.reference]))
    assert responsible_authority(sender.child, at=now + HOUR) == successor.authority
    assert Allocation.objects.get(child=sender.child, ends_at=None).worker == sender.worker
    assert Placement.objects.get(child=sender.child, ends_at=None).home == sender.home
    there.refresh_from_db()
    assert there.status == "withdrawn"
