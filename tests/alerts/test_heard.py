"""A missing child sends a message: police and duty hear at once, and it ends nothing."""

import html
import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from alerts import standings, tellings
from alerts.emails.composition import compose, compose_text
from alerts.models import Alert, Clock, Message, MessageKind
from cases import clock, contacts, episodes, triggers
from cases.models import Child, Contact, MissingEpisode, Role, SeenReport, Trigger, User
from tests.alerts.outgoing import broken, catch, send_all, tick
from tests.counts import a_third
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_sighting,
    a_team,
    a_watched_child,
    ended,
    missing,
    seen,
    silent,
)

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEFORE, NOW = AT - timedelta(days=60), AT + 3 * HOUR
WORDS = "Somebody took my phone, I am in a lorry"


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def gone() -> Watched:
    found = a_watched_child(at=BEFORE, given_name="Yonas")
    seen(found.child, by=found.carer, at=NOW - 2 * HOUR)
    seen(found.child, by=found.worker, at=NOW - 2 * HOUR)
    missing(found.child, by=found.carer, at=NOW - HOUR)
    tick(NOW - HOUR)
    return found


def wrote(gone: Watched, *, at=NOW, **fields) -> Contact:
    said = {"means": "message", "note": WORDS, "by": gone.guardian} | fields
    return seen(gone.child, at=at, **said)


def told(at=NOW) -> set[tuple[str, str, str]]:
    mine = Message.objects.filter(wording__endswith="_heard", created_at__lte=at)
    mine = mine.exclude(kind=MessageKind.ENDING)
    return set(mine.values_list("wording", "post", "channel"))


@pytest.mark.by_turns
def test_police_duty_and_worker_hear_at_once_and_nothing_of_what_it_says(gone: Watched) -> None:
    wrote(gone)
    tick(NOW)
    assert told() == {
        ("police_heard", "force", "mail"),
        ("duty_heard", "duty", "text"),
        ("duty_heard", "duty", "mail"),
        ("told_heard", "worker", "mail"),
    }
    for message in Message.objects.filter(wording__endswith="_heard"):
        if message.channel == "text":
            words = compose_text(message, now=NOW)
            assert "ring the police with it now" in words
        else:
            written = compose(message, now=NOW)
            words = written.subject + written.text + written.html
        assert "lorry" not in words
    (police,) = Message.objects.filter(wording="police_heard", mailbox=gone.control_room)
    assert "It does not end the search" in " ".join(compose(police, now=NOW).text.split())


@pytest.mark.by_turns
def test_a_message_that_came_by_nobody_knows_whom_is_told_as_any_other(gone: Watched) -> None:
    found = wrote(gone, witness="", witness_user=None, witness_role="other")
    assert found.means == "hearsay"
    tick(NOW)
    assert {"police_heard", "duty_heard", "told_heard"} == {wording for wording, _, _ in told()}


def test_a_force_that_is_told_to_ring_duty_is_nobody_who_rings() -> None:
    step = tellings.MESSAGE["R1"]
    assert not step.is_met(["force", "worker"])
    assert step.is_met(["duty"])
    # Who stands above hears it in these words where the desk is empty.
    assert step.tellings[0].wording == "duty_heard"


@pytest.mark.by_turns
def test_it_ends_nothing_holds_nothing_and_moves_no_step(gone: Watched) -> None:
    def state() -> tuple[object, ...]:
        episode = MissingEpisode.objects.get()
        clocks = Clock.objects.filter(kind__in=("contact", "call")).order_by("pk")
        return (
            episode.status,
            episode.reported_seen_at,
            episode.police_owed_at,
            list(clocks.values_list("kind", "due_at", "next_at", "resting")),
        )

    tick(NOW)
    before = state()
    wrote(gone)
    tick(NOW)
    assert state() == before
    assert before[0] == "missing"


@pytest.mark.by_turns
def test_until_somebody_writes_what_was_done_it_reaches_manager_second_person_and_head(gone: Watched) -> None:
    contact = wrote(gone)
    tick(NOW)
    tick(NOW + 30 * MINUTE)
    assert {("duty_heard", "manager", "text"), ("duty_heard", "second", "text")} <= told(NOW + 30 * MINUTE)
    (text,) = Message.objects.filter(wording="duty_heard", post="manager", channel="text")
    assert "Nobody on duty has written yet" in compose_text(text, now=NOW + 30 * MINUTE)
    trigger = Trigger.objects.get(contact=contact)
    triggers.answer(trigger, answer="PC Penrowe has it", by=gone.desk.person, at=NOW + HOUR)
    tick(NOW + 25 * HOUR)
    assert ("duty_heard", "head", "mail") not in told(NOW + 25 * HOUR)
    assert not Alert.objects.open().filter(clock__kind="message").exists()
    assert MissingEpisode.objects.open().exists()


@pytest.mark.by_turns
def test_one_that_nobody_answers_reaches_the_head_after_a_day(gone: Watched) -> None:
    wrote(gone)
    tick(NOW)
    tick(NOW + 24 * HOUR)
    assert ("duty_heard", "head", "mail") in told(NOW + 24 * HOUR)


@pytest.mark.by_turns
def test_another_message_is_told_again_and_the_same_form_is_one(gone: Watched) -> None:
    first = wrote(gone)
    tick(NOW)
    again = contacts.Sighting(
        key=first.key,
        means="message",
        note=WORDS,
        happened_at=first.happened_at,
        witness=first.witness,
        witness_user=first.witness_user,
        witness_role=first.witness_role,
        organisation=first.organisation,
    )
    assert contacts.record(gone.child, again, by=gone.guardian, at=NOW).pk == first.pk
    assert Trigger.objects.count() == 1
    wrote(gone, at=NOW + MINUTE, note="I am by the sea")
    # The first stands down as told anew before the second is told.
    tick(NOW + MINUTE)
    tick(NOW + MINUTE)
    assert Message.objects.filter(wording="police_heard", mailbox=gone.control_room).count() == 2


@pytest.mark.by_turns
def test_a_message_of_a_child_who_is_not_missing_or_from_before_tells_nobody(gone: Watched) -> None:
    other = a_watched_child(at=BEFORE)
    seen(other.child, by=other.carer, at=NOW - HOUR)
    seen(other.child, by=other.guardian, at=NOW, means="message", note=WORDS)
    seen(other.child, by=other.guardian, at=NOW, means="phone", note=WORDS)
    for means in ("message", "phone"):
        wrote(gone, happened_at=NOW - 3 * HOUR, means=means)
    assert not Trigger.objects.exists()


@pytest.mark.by_turns
def test_after_the_end_a_message_tells_nobody_and_one_that_waits_climbs_no_more_and_stays_on_the_desk(
    gone: Watched,
) -> None:
    wrote(gone)
    tick(NOW)
    ended(MissingEpisode.objects.get(), at=NOW + MINUTE)
    tick(NOW + MINUTE)
    wrote(gone, at=NOW + 2 * MINUTE, note="I am home")
    tick(NOW + HOUR)
    assert {post for _wording, post, _channel in told(NOW + HOUR)} == {"force", "duty", "worker"}
    assert not Alert.objects.open().filter(clock__kind="message").exists()
    (waits,) = triggers.unanswered(Child.objects.filter(pk=gone.child.pk))
    assert waits.note == WORDS


@pytest.mark.by_turns
def test_nobody_hears_that_an_alert_has_ended_while_the_child_is_missing_and_everybody_does_at_the_end(
    gone: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch(monkeypatch)
    contact = wrote(gone)
    tick(NOW)
    send_all(NOW)
    trigger = Trigger.objects.get(contact=contact)
    triggers.answer(trigger, answer="PC Penrowe has it", by=gone.desk.person, at=NOW + MINUTE)
    tick(NOW + MINUTE)
    send_all(NOW + MINUTE)
    assert not Alert.objects.open().filter(clock__kind="message").exists()
    assert not Message.objects.filter(kind=MessageKind.ENDING, episode=MissingEpisode.objects.get()).exists()
    ended(MissingEpisode.objects.get(), at=NOW + 2 * MINUTE)
    tick(NOW + 2 * MINUTE)
    send_all(NOW + 2 * MINUTE)
    heard = set(Message.objects.filter(wording__endswith="_heard").values_list("recipient", flat=True))
    endings = Message.objects.filter(kind=MessageKind.ENDING, recipient__in=heard)
    assert heard
    assert sorted(endings.values_list("recipient", flat=True)) == sorted(heard)
    assert not [fault for fault in broken(NOW + 2 * HOUR) if "ending" in fault]


@pytest.mark.by_turns
def test_a_contact_that_is_withdrawn_is_asked_about_no_more(gone: Watched) -> None:
    contact = wrote(gone)
    tick(NOW)
    contacts.withdraw(contact, reason="Of the other boy", by=gone.guardian, at=NOW + MINUTE)
    tick(NOW + MINUTE)
    assert Trigger.objects.get().answer == "Of the other boy"
    assert not Alert.objects.open().filter(clock__kind="message").exists()


@pytest.mark.by_turns
def test_it_is_told_with_a_serious_mood_too_and_without_a_word(gone: Watched) -> None:
    assert Trigger.objects.get(contact=wrote(gone, mood="serious")).kind == "message"
    assert Trigger.objects.get(contact=wrote(gone, at=NOW + MINUTE, note="")).note


@pytest.mark.by_turns
def test_nobody_types_one_and_the_database_wants_its_contact(client: Client, gone: Watched) -> None:
    client.force_login(gone.worker)
    page = client.get(reverse("trigger_new", args=[gone.child.reference]))
    kinds = {value for value, _label in page.context["form"].fields["kind"].choices}
    assert not kinds & {"message", "concern"}
    assert "approach" in kinds
    with pytest.raises(IntegrityError, match="trigger_of_a_contact"), transaction.atomic():
        Trigger.objects.create(
            child=gone.child,
            kind="message",
            happens_at=NOW,
            note="By hand",
            recorded_at=NOW,
            recorded_by=gone.worker,
        )


@pytest.mark.by_turns(8)
def test_the_episode_leads_to_the_form_which_says_who_hears_and_the_desk_lists_it_until_it_is_answered(
    client: Client, gone: Watched
) -> None:
    client.force_login(gone.worker)
    episode = MissingEpisode.objects.get()
    url = f"{reverse('contact_new', args=[gone.child.reference])}?means=message"
    assert url in client.get(reverse("episode", args=[episode.reference])).content.decode()
    answer = client.get(url)
    form = answer.context["form"]
    assert not {"means", "outcome", "other_in_room", "knows_child"} & set(form.fields), (
        "what came is a message"
    )
    asked = " ".join(answer.content.decode().split())
    assert "Who received it?" in asked
    assert "When did it come?" in asked
    for other in ("Who saw or spoke to the child", "On video", "knows the face", "Seen or spoken to"):
        assert other not in asked, "nobody met the child"
    buttons = 'name="outcome" value="spoke"'
    assert buttons not in answer.content.decode(), "one press would say that somebody spoke with the child"
    assert "A message from" in answer.content.decode()
    assert buttons in client.get(url.partition("?")[0]).content.decode()
    said = {
        "outcome": "seen",
        "happened_at_when": "now",
        "who": "other",
        "witness": "T. Marlow",
        "witness_role": "teacher",
        "means": "message",
        "told_by": "T. Marlow",
        "note": WORDS,
        "once": str(form["once"].value()),
    }
    refused = client.post(url, said | {"who": "", "witness": ""})
    assert refused.status_code == 422
    assert "Select who received it" in refused.content.decode()
    refused = client.post(url, said | {"witness": ""})
    assert "Enter the name of the person who received it, or select Not known" in refused.content.decode()
    assert "On video" not in refused.content.decode()
    refused = client.post(url, said | {"note": " "})
    assert "Enter what it says" in refused.content.decode()
    page = client.post(url, said, follow=True).content.decode()
    contact = Contact.objects.get(note=WORDS)
    assert (contact.means, contact.outcome, contact.witness) == ("message", "seen", "T. Marlow")
    told = "hear now that there is word from the child, and duty rings the police with it. It ends nothing."
    assert f"Duty and the social worker {told}" in page

    client.force_login(gone.desk.person)
    desk = client.get(reverse("duty_desk"))
    assert [trigger.contact for trigger in desk.context["desk"].heard] == [Contact.objects.get(note=WORDS)]
    assert "Ring the police with it now" in desk.content.decode()
    read = client.get(reverse("child", args=[gone.child.reference])).content.decode()
    assert WORDS in read, "where the mail leads, its words stand"
    assert "1 message from a missing child" in " ".join(desk.content.decode().split())
    triggers.answer(Trigger.objects.get(), answer="The police have it", by=gone.desk.person, at=NOW)
    assert client.get(reverse("duty_desk")).context["desk"].heard == []


@pytest.mark.by_turns(8)
def test_it_stands_in_the_search_with_its_words_for_the_council_and_for_a_force_whom_to_ring(
    client: Client, gone: Watched
) -> None:
    episode = MissingEpisode.objects.get()
    contact = wrote(gone)
    label, police = "Said to be from the child", "For what it says ring the council’s duty line"

    def shown(person: User, name: str) -> str:
        client.force_login(person)
        page = client.get(reverse(name, args=[episode.reference])).content.decode()
        return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(page)).split())

    other_team = a_person(Role.SOCIAL_WORKER, team=a_team(gone.authority))
    for name in ("episode", "episode_text", "episode_briefing"):
        for person in a_third((gone.worker, gone.desk.person, gone.manager), name):
            words = shown(person, name)
            assert label in words, (person, name)
            assert WORDS in words
        words = shown(gone.officer, name)
        assert label in words
        assert police in words
        assert WORDS not in words
        for person in a_third((gone.carer, gone.guardian, other_team), name):
            assert label not in shown(person, name), (person, name)
    words = shown(gone.officer, "episode_profile")
    assert police in words
    assert WORDS not in words
    contacts.withdraw(contact, reason="Of the other boy", by=gone.guardian, at=NOW)
    assert label not in shown(gone.worker, "episode_text")
    wrote(gone, note="")
    assert label in shown(gone.worker, "episode_text")


@pytest.fixture
def silence() -> Watched:
    """A child whom nobody has recorded seeing, with a rung of the ladder out and no word owed to the police."""
    found = a_watched_child(at=BEFORE, given_name="Selam")
    seen(found.child, by=found.carer, at=NOW - 30 * HOUR)
    silent(found.child, since=NOW - 30 * HOUR, at=NOW - HOUR)
    return found


def test_in_a_silence_that_nobody_confirmed_duty_is_told_and_no_force(
    client: Client, silence: Watched
) -> None:
    client.force_login(silence.desk.person)
    reference = MissingEpisode.objects.get().reference
    page = client.get(reverse("episode", args=[reference])).content.decode()
    assert "The child sent a message: duty hears at once" in page
    wrote(silence, by=silence.carer)
    tick(NOW)
    assert told() == {
        ("duty_heard", "duty", "text"),
        ("duty_heard", "duty", "mail"),
        ("told_heard", "worker", "mail"),
    }
    assert not Message.objects.filter(post="force").exists()
    for message in Message.objects.filter(wording__endswith="_heard"):
        words = (
            compose_text(message, now=NOW) if message.channel == "text" else compose(message, now=NOW).text
        )
        words = " ".join(words.split())
        assert "whom nobody has recorded seeing" in words
        assert "ring the police with it" not in words
        assert "the search goes on" not in words
    episode = MissingEpisode.objects.get()
    assert (episode.status, episode.police_owed_at) == ("not_confirmed", None), "a message confirms nothing"
    desk = client.get(reverse("duty_desk")).content.decode()
    assert "No force is looking for the child" in desk
    assert "Ring the police with it now" not in desk
    tick(NOW + 30 * MINUTE)
    assert ("duty_heard", "manager", "text") in told(NOW + 30 * MINUTE), "nobody has said what was done"


@pytest.mark.by_turns
def test_in_a_silence_of_which_the_police_are_owed_word_they_hear_of_it(silence: Watched) -> None:
    MissingEpisode.objects.update(police_owed_at=NOW - MINUTE, fail_safe=True)
    wrote(silence, by=silence.carer)
    tick(NOW)
    assert ("police_heard", "force", "mail") in told()


@pytest.mark.by_turns
def test_in_a_silence_the_way_ends_with_it_and_a_child_who_is_away_tells_nobody(silence: Watched) -> None:
    wrote(silence, by=silence.carer)
    tick(NOW)
    seen(silence.child, by=silence.carer, at=NOW + MINUTE)
    for _ in range(2):
        tick(NOW + MINUTE)
    assert not MissingEpisode.objects.open().exists()
    assert not Alert.objects.open().filter(clock__kind="message").exists()
    known = a_watched_child(at=BEFORE)
    seen(known.child, by=known.carer, at=NOW - 2 * HOUR)
    episodes.report_away(known.child, whereabouts="Lowmoor", reason="Rang", by=known.worker, at=NOW - HOUR)
    wrote(known, by=known.carer)
    assert not Trigger.objects.filter(child=known.child).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("witness", ["known", "unknown"])
def test_a_call_from_the_child_is_told_as_a_message_and_is_no_return(gone: Watched, witness: str) -> None:
    def rungs() -> list[tuple[object, ...]]:
        clocks = Clock.objects.filter(kind__in=("contact", "call")).order_by("pk")
        return list(clocks.values_list("kind", "due_at", "next_at", "resting"))

    tick(NOW)
    before = rungs()
    nobody = {"witness": "", "witness_user": None, "witness_role": "other"} if witness == "unknown" else {}
    wrote(gone, means="phone", **nobody)
    tick(NOW)
    assert told() == {
        ("police_heard", "force", "mail"),
        ("duty_heard", "duty", "text"),
        ("duty_heard", "duty", "mail"),
        ("told_heard", "worker", "mail"),
    }
    episode = MissingEpisode.objects.get()
    assert (episode.status, episode.reported_seen_at, episode.back_since) == ("missing", None, None)
    assert not SeenReport.objects.exists()
    assert rungs() == before, "it holds no rung, and puts none off"
    assert standings.of([gone.child.pk], now=NOW)[gone.child.pk].tag == "missing"


@pytest.mark.by_turns
def test_whoever_had_the_child_on_a_screen_has_seen_it_and_duty_is_asked_to_confirm(gone: Watched) -> None:
    wrote(gone, means="live_video")
    tick(NOW)
    assert MissingEpisode.objects.get().back_since == NOW
    assert Message.objects.filter(wording="duty_reported_seen", post="duty").exists()
    assert told() == set(), "who is seen is no message"


@pytest.mark.by_turns(8)
def test_a_call_in_a_silence_or_to_a_child_whom_duty_has_met_is_a_contact_as_any_other(
    gone: Watched, silence: Watched
) -> None:
    wrote(silence, by=silence.carer, means="phone")
    episode = MissingEpisode.objects.get(child=gone.child)
    episodes.confirm_with_child(
        episode, how="spoke", adult="M. Reid", phone="01632 960444", by=gone.desk.person, at=NOW
    )
    wrote(gone, at=NOW + MINUTE, means="phone")
    assert not Trigger.objects.exists()


@pytest.mark.by_turns
def test_a_call_to_a_child_who_is_said_to_be_back_tells_nobody_until_it_is_not_there_again(
    gone: Watched,
) -> None:
    seen(gone.child, by=gone.carer, at=NOW - 20 * MINUTE)
    tick(NOW - 20 * MINUTE)
    assert standings.of([gone.child.pk], now=NOW)[gone.child.pk].tag == "back_to_confirm"
    wrote(gone, means="phone", by=gone.worker, note="I rang her at home")
    tick(NOW)
    assert not Trigger.objects.exists()
    assert told() == set()
    assert Message.objects.filter(wording="duty_reported_seen", post="duty").exists(), (
        "duty confirms the child"
    )
    wrote(gone, at=NOW + MINUTE)
    assert Trigger.objects.count() == 1, "a message may be from anywhere"
    looked = a_sighting(gone.carer, at=NOW + 2 * MINUTE)
    contacts.look_failed(gone.child, looked, by=gone.carer, at=NOW + 2 * MINUTE)
    wrote(gone, at=NOW + 3 * MINUTE, means="phone")
    assert Trigger.objects.count() == 2
    # The first stands down as told anew before the second is told.
    for _ in range(2):
        tick(NOW + 3 * MINUTE)
    assert ("police_heard", "force", "mail") in told(NOW + 3 * MINUTE)


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["carer, hours ago", "somebody in the street"])
def test_a_call_long_after_a_sighting_or_after_one_by_a_stranger_is_a_message(
    gone: Watched, who: str
) -> None:
    if who == "carer, hours ago":
        seen(gone.child, by=gone.carer, at=NOW - 121 * MINUTE)
    else:
        said = {"witness_user": None, "witness": "A bus driver in Leeds", "witness_role": "other"}
        seen(
            gone.child, by=gone.desk.person, at=NOW - 20 * MINUTE, organisation="", told_by="rang in", **said
        )
    tick(NOW - MINUTE)
    wrote(gone, means="phone", by=gone.worker, note="A man has locked the door")
    for _ in range(2):
        tick(NOW)
    assert Trigger.objects.count() == 1
    assert ("police_heard", "force", "mail") in told()


def test_a_call_that_is_withdrawn_is_asked_about_no_more_and_stands_in_the_search_until_then(
    client: Client, gone: Watched
) -> None:
    contact = wrote(gone, means="phone")
    tick(NOW)
    client.force_login(gone.worker)
    page = reverse("episode_text", args=[MissingEpisode.objects.get().reference])
    said = html.unescape(client.get(page).content.decode())
    assert f"Spoke by phone: {WORDS}" in said
    contacts.withdraw(contact, reason="Of the other boy", by=gone.guardian, at=NOW + MINUTE)
    tick(NOW + MINUTE)
    assert not Alert.objects.open().filter(clock__kind="message").exists()
    assert "Said to be from the child" not in client.get(page).content.decode()
