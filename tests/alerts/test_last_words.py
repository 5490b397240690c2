"""A force that handed a search on, or declined it: its last word is sent, nothing more of it is, and it may come back."""

from datetime import timedelta

import pytest

from alerts import added_forces, areas, force_offers
from alerts.emails.composition import compose
from alerts.models import DutyTask, Message
from alerts.states import MessageStatus
from cases import episodes
from cases.models import EpisodeForce, Event, ForceOffer, Mailbox, MissingEpisode, PoliceForce
from tests.alerts.outgoing import Out, catch, send_all, tick
from tests.alerts.test_force_offers import (
    HOUR,
    MINUTE,
    NOW,
    accepted,
    leads,
    offered,
)
from tests.cases.expectations import events, refused
from tests.factories import AT, Watched, a_force, a_force_mailbox, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    catch(monkeypatch)


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT - timedelta(days=60))


@pytest.fixture
def episode(watched: Watched) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=NOW - HOUR)
    tick(NOW - HOUR)
    return found


@pytest.fixture
def other() -> PoliceForce:
    force = a_force("Southmere Police")
    a_force_mailbox(force)
    return force


@pytest.fixture
def given(episode: MissingEpisode, watched: Watched, other: PoliceForce) -> ForceOffer:
    """The search is offered to it, and nothing was sent yet."""
    found = offered(episode, other, watched)
    tick(NOW)
    return found


@pytest.fixture
def sent(given: ForceOffer) -> None:
    """All that was owed was sent."""
    send_all(NOW)


def became(wording: str) -> set[tuple[int | None, str]]:
    return set(Message.objects.filter(wording=wording).values_list("force", "status"))


def nobody_phones() -> bool:
    refusing = Mailbox.objects.exclude(failed_at=None)
    return not refusing.exists() and not DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).exists()


def declined(given: object, w: Watched, at: object) -> None:
    said = {"officer": "DC Ward", "reason": "Not ours"}
    force_offers.decline(given, **said, by=w.desk.person, at=at)  # type: ignore[arg-type]


# --- The last word is sent


@pytest.mark.by_turns
def test_the_force_that_leaves_and_the_one_that_leads_are_both_sent_who_leads(
    episode: MissingEpisode, watched: Watched, other: PoliceForce, given: ForceOffer, sent: None
) -> None:
    accepted(given, watched, NOW + MINUTE)
    send_all(NOW + MINUTE)
    assert became("police_lead") == {(watched.force.pk, "sent"), (other.pk, "sent")}
    assert nobody_phones()


@pytest.mark.by_turns(8)
def test_where_the_force_that_accepts_has_no_mailbox_the_other_is_sent_it_and_nobody_phones_it(
    episode: MissingEpisode, watched: Watched
) -> None:
    by_phone = a_force("Westmere Police")
    given = offered(episode, by_phone, watched)
    tick(NOW)
    send_all(NOW)
    accepted(given, watched, NOW + MINUTE)
    send_all(NOW + MINUTE)
    assert became("police_lead") == {(watched.force.pk, "sent")}
    assert nobody_phones()


def test_the_force_that_declines_is_sent_who_leads(
    episode: MissingEpisode, watched: Watched, other: PoliceForce, given: ForceOffer, sent: None
) -> None:
    declined(given, watched, NOW + MINUTE)
    send_all(NOW + MINUTE)
    assert became("police_lead") == {(watched.force.pk, "sent"), (other.pk, "sent")}
    assert nobody_phones()


# --- What else was owed to it goes to nobody


@pytest.mark.by_turns
def test_what_was_queued_for_a_force_is_cancelled_when_it_leaves(
    episode: MissingEpisode, watched: Watched, other: PoliceForce, given: ForceOffer
) -> None:
    ours = Message.objects.filter(force=watched.force)
    assert set(ours.values_list("status", flat=True)) == {MessageStatus.QUEUED}
    accepted(given, watched, NOW + MINUTE)
    assert set(ours.exclude(wording="police_lead").values_list("status", flat=True)) == {
        MessageStatus.CANCELLED
    }
    assert became("police_alert") == {(watched.force.pk, "cancelled"), (other.pk, "queued")}
    send_all(NOW + MINUTE)
    assert became("police_lead") == {(watched.force.pk, "sent"), (other.pk, "sent")}
    assert nobody_phones()


@pytest.mark.by_turns(8)
def test_what_a_sender_had_in_hand_when_a_force_left_goes_to_no_other_force(
    episode: MissingEpisode, watched: Watched, other: PoliceForce, given: ForceOffer
) -> None:
    in_hand = Message.objects.filter(
        force=watched.force, wording="police_alert", mailbox=watched.control_room
    )
    assert in_hand.update(status=MessageStatus.SENDING, lease_until=NOW + 2 * MINUTE) == 1
    accepted(given, watched, NOW + MINUTE)
    send_all(NOW + 3 * MINUTE)
    message = Message.objects.get(force=watched.force, wording="police_alert", mailbox=watched.control_room)
    assert message.status == MessageStatus.CANCELLED
    of_other = Message.objects.filter(mailbox__force=other)
    assert set(of_other.values_list("force", flat=True)) == {other.pk}
    assert nobody_phones()


@pytest.mark.by_turns
def test_a_mail_to_a_force_whose_mailbox_has_ended_is_phoned_and_goes_to_no_other_force(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    Mailbox.objects.filter(force=watched.force).update(ends_at=NOW)
    a_third = a_force("Eastmere Police")
    a_force_mailbox(a_third)
    episodes.add_force(episode, force=a_third, by=watched.desk.person, at=NOW)
    send_all(NOW)
    assert became("police_alert") == {(watched.force.pk, "failed")}
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).exists()
    assert not Message.objects.filter(mailbox__force=a_third).exists()


# --- The end is told, and nothing beyond it


@pytest.mark.by_turns
def test_a_force_that_left_is_told_that_it_will_hear_the_end_and_hears_nothing_beyond_it(
    episode: MissingEpisode, watched: Watched, other: PoliceForce, given: ForceOffer, sent: None, out: Out
) -> None:
    accepted(given, watched, NOW + MINUTE)
    (mail,) = Message.objects.filter(wording="police_lead", mailbox=watched.control_room)
    words = " ".join(compose(mail, now=NOW + MINUTE).text.split())
    assert "You will hear no more of it from us until it has ended." in words
    # What we do next is with the one that leads.
    assert "If no officer has spoken to us" not in words
    assert "we will ask again" not in words
    send_all(NOW + MINUTE)
    ended(episode, at=NOW + 2 * HOUR)
    tick(NOW + 2 * HOUR)
    send_all(NOW + 2 * HOUR + MINUTE)
    assert became("ending") >= {(watched.force.pk, "sent"), (other.pk, "sent")}
    last = [one for one in out.mails if one["To"] == watched.control_room.address][-1]
    body = last.get_body(("plain",))
    assert body is not None
    told = " ".join(body.get_content().split())
    assert "This alert has ended." in told
    name = f"{watched.child.given_name} {watched.child.family_name}"
    for kept in (other.name, name, "SM/77", "DC Ward", "PC 4821", "returned"):
        assert kept not in told


# --- The closing of whoever led before


@pytest.mark.by_turns(8)
def test_the_closing_of_the_force_before_ends_nothing_for_the_one_that_leads(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    desk = watched.desk.person
    given = offered(episode, other, watched)
    at = NOW + MINUTE
    episodes.record_police_closing(
        episode, force=watched.force, officer="PC Ash", closed_at=at, by=desk, at=at
    )
    accepted(given, watched, NOW + 2 * MINUTE)
    episode.refresh_from_db()
    assert (episode.police_closed_at, episode.police_closed_force, episode.police_closed_officer) == (
        None,
        None,
        "",
    )
    said = Event.objects.filter(child=watched.child)
    assert said.filter(kind="police_closing_recorded").count() == 1
    assert said.get(kind="ending_voided").data["parts"] == ["police_closed"]
    episodes.confirm_with_child(episode, how="saw", by=desk, at=NOW + HOUR)
    with refused(watched.child, "First record that the police have closed their report."):
        episodes.end(episode, outcome="returned", by=desk, at=NOW + HOUR)
    with refused(watched.child, "Southmere Police leads this search. Record the closing of that force."):
        episodes.record_police_closing(
            episode, force=watched.force, officer="PC Ash", closed_at=NOW + HOUR, by=desk, at=NOW + HOUR
        )
    assert ended(episode, at=NOW + 2 * HOUR).police_closed_force == other


def test_once_handed_on_no_force_beside_the_one_that_leads_closes_the_search(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    beside = a_force("Eastmere Police")
    episodes.record_police_reference(
        episode, force=beside, reference="E/9", officer="PC Elm", by=watched.desk.person, at=NOW
    )
    assert beside in episodes.forces_that_may_close(episode)
    accepted(offered(episode, other, watched), watched, NOW + MINUTE)
    assert episodes.forces_that_may_close(episode) == [other]


# --- Asked again, and declined again


@pytest.mark.by_turns
def test_a_force_that_declines_a_second_time_hears_no_more(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    row = EpisodeForce.objects.filter(episode=episode, force=other)
    for after in (1, 3):
        given = offered(episode, other, watched, NOW + after * HOUR)
        assert row.get().left_at is None
        at = NOW + (after + 1) * HOUR
        declined(given, watched, at)
        assert row.get().left_at == at


@pytest.mark.by_turns(8)
def test_a_force_that_led_once_and_declines_to_lead_again_hears_no_more(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    desk = watched.desk.person
    episodes.record_police_reference(
        episode, force=watched.force, reference="A/1", officer="PC Ash", by=desk, at=NOW
    )
    accepted(offered(episode, other, watched), watched, NOW + MINUTE)
    declined(offered(episode, watched.force, watched, NOW + HOUR), watched, NOW + 2 * HOUR)
    assert EpisodeForce.objects.get(episode=episode, force=watched.force).left_at == NOW + 2 * HOUR
    assert leads(episode, NOW + 2 * HOUR) == other


@pytest.mark.by_turns
@pytest.mark.parametrize("first", ["alerted", "reference"])
def test_a_force_that_is_told_for_its_own_sake_stays_told_when_it_declines_to_lead(
    episode: MissingEpisode, watched: Watched, other: PoliceForce, first: str
) -> None:
    desk = watched.desk.person
    # It left once before.
    declined(offered(episode, other, watched), watched, NOW + MINUTE)
    if first == "alerted":
        added_forces.add(episode, other, by=desk, at=NOW + HOUR)
    given = offered(episode, other, watched, NOW + 2 * HOUR)
    if first == "reference":
        episodes.record_police_reference(
            episode, force=other, reference="SM/1", officer="PC Oak", by=desk, at=NOW + 2 * HOUR + MINUTE
        )
    declined(given, watched, NOW + 3 * HOUR)
    assert EpisodeForce.objects.get(episode=episode, force=other).left_at is None


# --- It was the right one after all


@pytest.mark.by_turns
def test_a_force_that_left_is_alerted_again_when_the_area_turns_out_to_be_its_own(
    episode: MissingEpisode, watched: Watched, other: PoliceForce
) -> None:
    declined(offered(episode, other, watched), watched, NOW + MINUTE)
    send_all(NOW + MINUTE)
    assert EpisodeForce.objects.get(episode=episode, force=other).left_at is not None
    placement = watched.placement
    at = NOW + HOUR
    with events(watched.child, "placement_area_corrected", "force_added"):
        areas.correct(
            placement,
            authority=watched.authority,
            force=other,
            reason="Other side",
            by=watched.worker,
            at=at,
        )
    assert EpisodeForce.objects.get(episode=episode, force=other).left_at is None
    send_all(at)
    again = Message.objects.filter(force=other, wording="police_alert", step=f"force:{other.pk}.2")
    assert set(again.values_list("status", flat=True)) == {"sent"}
