"""What the messages say, to whom, and what they never say."""

import base64
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.db import transaction

from alerts import addresses, claims, clocks, emails, escalations
from alerts.emails import headers
from alerts.emails.composition import Composed
from alerts.emails.police import told
from alerts.models import Channel, Clock, Message, MessageKind, PoliceLink
from cases import episodes, find_me, placements
from cases.models import Child, ForceAgreement, Mailbox, MissingEpisode
from tests import factories
from tests.alerts import letters
from tests.alerts.letters import EVENING, Story
from tests.alerts.stored import assert_as_stored, tokens, words_of_html
from tests.alerts.test_mime import by_python
from tests.counts import a_third

pytestmark = pytest.mark.django_db

NOW = EVENING + timedelta(minutes=40, seconds=12)
DUTY = "0300 000 0000"
TOKEN = re.compile(r"/([aj])/[A-Za-z0-9]{22}/")
CODE = re.compile(r"J-[2-9A-HJ-NP-Z]{6}")


@pytest.fixture(autouse=True)
def _service(settings):
    settings.DUTY_LINE = DUTY
    settings.PUBLIC_URL = "https://rollcall.example"
    settings.ALERT_FROM_EMAIL = "alerts@rollcall.example"
    settings.SERVICE_NAME = "Rollcall"


@pytest.fixture
def story() -> Story:
    return letters.a_story(
        given_name="Yonas", family_name="Harcastle", birth_date=datetime(2011, 5, 3, tzinfo=UTC).date()
    )


def missing(story: Story, **report) -> MissingEpisode:
    """The child of the story reported missing at 9:30pm."""
    report = {
        "last_seen_at": EVENING - timedelta(hours=2),
        "wearing": "black jacket, grey joggers",
        "vehicle": "",
        "why_worried": "new to the area",
        "our_grade": "high",
    } | report
    return factories.missing(story.child, at=EVENING + timedelta(minutes=30), **report)


@pytest.fixture
def gone(story: Story) -> MissingEpisode:
    return missing(story)


def unconfirmed(story: Story) -> MissingEpisode:
    """The fail-safe has gone by itself at 9:30pm, nobody having confirmed."""
    episode = factories.silent(
        story.child, since=EVENING - timedelta(hours=13), at=EVENING + timedelta(minutes=20)
    )
    episodes.start_fail_safe(episode, owed_at=EVENING + timedelta(minutes=30))
    clocks.recompute([story.child.pk], at=EVENING + timedelta(minutes=30))
    return episode


def police(story: Story, episode: MissingEpisode, **fields):
    return letters.of_wording(
        "police_alert", story, episode, at=EVENING + timedelta(minutes=39, seconds=50), **fields
    )


def signed(story: Story) -> ForceAgreement:
    return factories.an_agreement(story.watched.force, story.watched.authority)


def same_every_time(text: str) -> str:
    return CODE.sub("J-CODE22", TOKEN.sub(r"/\1/TOKENTOKENTOKENTOKEN22/", text))


@pytest.mark.by_turns(8)
def test_every_mail_and_every_text_reads_as_it_is_stored_a_text_is_short_and_no_two_mails_are_folded_into_one(
    story, gone
):
    for wording, row in emails.WORDINGS.items():
        with transaction.atomic():
            mail_reads_as_it_is_stored(wording, story, gone)
            transaction.set_rollback(True)
        if not row.for_police:
            with transaction.atomic():
                text_reads_as_it_is_stored_and_is_short(wording, story, gone)
                transaction.set_rollback(True)


# Of all those of one wording the head and the parts are written alike.
WRITTEN_BY_PYTHON = a_third([*emails.WORDINGS], "as Python writes it")


def mail_reads_as_it_is_stored(wording: str, story: Story, gone: MissingEpisode) -> None:
    message = letters.of_wording(wording, story, gone, at=NOW - timedelta(seconds=5))
    composed = emails.compose(message, now=NOW)
    assert_as_stored(f"{wording}.txt", same_every_time(f"{composed.subject}\n\n{composed.text}"))
    assert_as_stored(f"{wording}.html", same_every_time(composed.html))
    both_parts_hold_the_same_words_and_say_of_what_and_when(message, composed)
    if wording not in WRITTEN_BY_PYTHON:
        return
    assert composed.email.as_bytes(policy=policy.SMTP) == by_python(
        composed.email, composed.text, composed.html
    )


FOLDED = a_third([*emails.WORDINGS], "not folded")


def both_parts_hold_the_same_words_and_say_of_what_and_when(message: Message, composed: Composed) -> None:
    """So that no two are folded into one."""
    first = composed.text
    assert max(len(line) for line in first.splitlines()) <= 78, message.wording
    assert words_of_html(composed.html) == tokens(first), message.wording
    if message.wording in FOLDED:
        later = emails.compose(message, now=NOW + timedelta(minutes=1)).text
        assert first.splitlines()[-3:] != later.splitlines()[-3:], message.wording
    own = message.home_alert or message.outage or message.shift or message.matter or message.change
    own = own or (message.journey and message.journey.child)
    reference = letters.REFERENCES[0] if own is None else own.reference
    assert reference in first[-100:], message.wording
    assert message.pk.hex[:8] in first.splitlines()[-1], message.wording


def text_reads_as_it_is_stored_and_is_short(wording: str, story: Story, gone: MissingEpisode) -> None:
    message = letters.of_wording(
        wording,
        story,
        gone,
        at=NOW - timedelta(minutes=42),
        channel=Channel.TEXT,
        phone="07700 900123",
    )
    text = emails.compose_text(message, now=NOW)
    assert_as_stored(f"{wording}.sms", same_every_time(f"{text}\n"))
    assert len(text) <= 300
    # Duty opens no breach and no complaint, knows nothing of the LADO, is not rung about a test, and rings no desk of its own.
    rings = message.matter is None and wording not in ("lado_mailbox", "mail_check")
    assert (DUTY in text) == (rings and message.post != "duty")


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "form",
    [
        "signed",
        "photo",
        "check_needed",
        "check_needed_seen",
        "check_needed_signed",
        "reminder",
        "verified",
        "late",
        "ending",
    ],
)
def test_every_state_of_a_police_mail_reads_as_it_is_stored(form, story):
    if form not in ("check_needed", "check_needed_seen", "late"):
        signed(story)
    if form == "check_needed_seen":
        factories.seen(story.child, by=story.watched.carer, at=EVENING - timedelta(hours=13))
    if form.startswith("check_needed"):
        letters.ring_home(story, answer="Could not reach. No answer", at=EVENING + timedelta(minutes=5))
        letters.ring_home(story, at=EVENING + timedelta(minutes=15))
    if form == "photo":
        factories.photographed(story.child, at=EVENING - timedelta(days=12))
        profiled(story, "places", often="The arcade\n\nKestrel Park", worship="The mosque in Mill Lane")
        profiled(story, "people", friends="Idris, no phone")
    episode = unconfirmed(story) if form.startswith("check_needed") else missing(story)
    message = police(story, episode, **({"owed_at": NOW - timedelta(minutes=42)} if form == "late" else {}))
    if form == "verified":
        verified(story, episode, at=NOW - timedelta(minutes=1))
    if form == "reminder":
        message = letters.of_wording(
            "police_reminder", story, episode, at=NOW + timedelta(minutes=20), number=2
        )
    if form == "ending":
        message = ending_for_police(story, episode)
    composed = emails.compose(
        message, now=NOW if form != "reminder" else NOW + timedelta(minutes=20, seconds=3)
    )
    assert_as_stored(f"police_in_state_{form}.txt", same_every_time(f"{composed.subject}\n\n{composed.text}"))
    assert words_of_html(composed.html) == tokens(composed.text)
    assert composed.email.as_bytes(policy=policy.SMTP) == by_python(
        composed.email, composed.text, composed.html
    )


def profiled(story: Story, section: str, **answers: str) -> None:
    find_me.write(
        story.child,
        section,
        answers=answers,
        state="in_progress" if answers else "asked",
        version=0,
        by=story.watched.worker,
        at=EVENING - timedelta(days=12),
    )


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("answers", "held"),
    [
        ({}, ""),
        ({"travel": "By bus"}, "find-me profile"),
        ({"heading": "Leeds"}, "find-me profile, 1 known place"),
    ],
)
def test_the_police_read_that_a_profile_is_held_and_how_many_places_and_none_of_what_is_in_it(
    answers, held, story
):
    signed(story)
    profiled(story, "places", **answers)
    composed = emails.compose(police(story, missing(story)), now=NOW)
    said = [line for line in composed.text.splitlines() if line.startswith("Held for you")]
    assert [line.split(":", 1)[1].strip() for line in said] == ([held] if held else [])
    assert not any(answer in composed.text for answer in answers.values())


@pytest.mark.by_turns(8)
def test_the_police_read_of_nothing_that_is_held_where_the_report_says_that_it_is_not_shared(story):
    signed(story)
    factories.photographed(story.child, at=EVENING - timedelta(days=12))
    profiled(story, "places", often="The arcade")
    composed = emails.compose(police(story, missing(story, shares_profile=False)), now=NOW)
    assert "Wearing:" in composed.text
    assert "Held for you" not in composed.text


@pytest.mark.by_turns(8)
def test_of_a_child_met_on_a_screen_alone_the_police_hear_that_nobody_saw_them_face_to_face(story):
    factories.seen(story.child, by=story.watched.carer, means="live_video", at=EVENING - timedelta(hours=13))

    composed = emails.compose(police(story, unconfirmed(story)), now=NOW)

    words = " ".join(composed.text.split())
    assert "Nobody has recorded seeing the child face to face since 8am UK time." in words
    assert "ever" not in words


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("wording", ["head_no_record", "director_no_record"])
@pytest.mark.parametrize("seen", [True, False])
def test_who_hears_of_a_silence_late_reads_whether_the_child_was_ever_seen(wording, seen, story):
    if seen:
        factories.seen(story.child, by=story.watched.carer, at=EVENING - timedelta(hours=13))
    episode = unconfirmed(story)
    told = {"at": NOW - timedelta(seconds=5)}

    composed = emails.compose(letters.of_wording(wording, story, episode, **told), now=NOW)
    by_text = {"channel": Channel.TEXT, "phone": "07700 900123", "number": 2}
    texted = letters.of_wording(wording, story, episode, **by_text, **told)
    text = emails.compose_text(texted, now=NOW)

    never = "obody has ever recorded seeing this child"
    assert words_of_html(composed.html) == tokens(composed.text)
    assert (never in " ".join(composed.text.split()), never in text) == (not seen, not seen)
    assert ("Nobody has confirmed where this child is since" in " ".join(composed.text.split())) == seen
    assert ("registered at" in text) == (not seen)
    assert len(text) <= 300


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("seen", ["face_to_face", "live_video", ""])
def test_who_is_to_ring_the_police_reads_that_a_child_was_never_seen_and_no_time_it_might_have_been(
    seen, story
):
    if seen:
        factories.seen(story.child, by=story.watched.carer, means=seen, at=EVENING - timedelta(hours=13))
    episode = unconfirmed(story)

    composed, text = mail_and_text(story, episode, "duty_ring_police")

    words = " ".join(composed.text.split())
    assert words_of_html(composed.html) == tokens(composed.text)
    if seen:
        assert "ever" not in words.partition("Ring the home")[0]
        assert ("Nobody has recorded seeing this child since 8am UK time." in words) == (
            seen == "face_to_face"
        )
        assert "no record of this child since" in text
    else:
        assert "Nobody has ever recorded seeing this child, who was registered at 10pm" in words
        assert "nobody has ever recorded seeing this child, registered at 10pm" in text
        assert " since " not in text
    # At R3 it may be that nobody has rung yet.
    assert "Ring the home now." in words
    assert "once more" not in words + text
    assert "999 or 101" in text
    assert len(text) <= 300


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("wording", "says"), [("duty_no_record", "ring the home now"), ("told_no_record", "ring duty")]
)
def test_a_text_of_one_child_never_seen_says_by_when_it_was_to_be_seen_and_no_time_it_might_have_been_seen(
    wording, says, story
):
    by_text = {"channel": Channel.TEXT, "phone": "07700 900123", "at": NOW}
    one = letters.owed(wording, story.alerts[:1], number=2, **by_text)

    text = emails.compose_text(one, now=NOW)

    assert "nobody has recorded seeing 1 child, who was to be seen by 9pm UK time" in text
    assert says in text


@pytest.mark.parametrize("post", ["reviewing", "officer", "head"])
def test_who_reviews_the_care_of_a_child_reads_what_is_theirs_to_ask_and_not_the_head_of_service_s_order(
    post, story
):
    one = letters.of_wording("head_no_record", story, unconfirmed(story), at=NOW, post=post)

    composed = emails.compose(one, now=NOW)

    words = " ".join(composed.text.split())
    assert words_of_html(composed.html) == tokens(composed.text)
    assert ("You are told because of your post. See that somebody is looking" in words) == (post == "head")
    assert ("ask duty or the head of service what is being done" in words) == (post != "head")


# What the child’s team is told to do; that a review comes nobody tells the reviewing team.
ORDERS = {
    "duty_step": "See to them now, and answer each",
    "paper_due": "Record it on the child’s page",
    "review_coming": "Hold it by that day, with the reviewing officer",
}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("wording", ORDERS)
@pytest.mark.parametrize("post", ["reviewing", "officer", "manager", "head"])
def test_who_reviews_the_care_of_a_child_is_not_told_to_do_what_its_team_does(wording, post, story, gone):
    reviews = post == "officer" or (post == "reviewing" and wording != "review_coming")

    composed = emails.compose(letters.of_wording(wording, story, gone, at=NOW, post=post), now=NOW)

    words = " ".join(composed.text.split())
    assert words_of_html(composed.html) == tokens(composed.text)
    assert (ORDERS[wording] not in words) == reviews


@pytest.mark.by_turns
@pytest.mark.parametrize("post", ["receiver_duty", "receiver_mgr"])
def test_the_desk_of_the_receiver_reads_that_a_manager_answers_an_offer(post, story):
    message = letters.owed("transfer_offered", story.alerts[:1], at=NOW, post=post, to=story.watched.manager)

    composed = emails.compose(message, now=NOW)

    words = " ".join(composed.text.split())
    assert words_of_html(composed.html) == tokens(composed.text)
    assert ("A team manager or the head of service of your authority accepts" in words) == (
        post == "receiver_duty"
    )
    assert ("Accept with a social worker by name" in words) == (post == "receiver_mgr")


def mail_and_text(story: Story, episode: MissingEpisode, wording: str) -> tuple[Composed, str]:
    """The same told by mail and by text."""
    told = {"at": NOW - timedelta(seconds=5)}
    texted = letters.of_wording(
        wording, story, episode, channel=Channel.TEXT, phone="07700 900123", number=2, **told
    )
    composed = emails.compose(letters.of_wording(wording, story, episode, **told), now=NOW)
    return composed, emails.compose_text(texted, now=NOW)


def verified(story: Story, episode: MissingEpisode, *, at: datetime) -> None:
    desk = story.watched.desk.person
    escalations.verify(
        episode,
        force=story.watched.force,
        officer="PC 4821 Penrowe",
        incident_reference="1234",
        by=desk,
        at=at,
    )


def ending_for_police(story: Story, episode: MissingEpisode):
    factories.ended(episode, at=NOW - timedelta(seconds=30))
    fields = {"mailbox": story.watched.control_room, "force": story.watched.force, "post": "force"}
    return letters.of_wording("ending", story, episode, at=NOW - timedelta(seconds=20), number=3, **fields)


LONG = {"wearing": "a very long coat " * 12, "why_worried": "rung by a stranger at night " * 8}


@pytest.mark.by_turns
def test_a_long_report_is_no_wider_than_78_columns_where_the_force_reads_it_and_the_same_in_both_parts(story):
    signed(story)
    episode = missing(story, **LONG)
    for number, (wording, row) in enumerate(emails.WORDINGS.items()):
        if not row.for_police:
            continue
        message = letters.of_wording(
            wording, story, episode, at=NOW, number=number, recipient=f"mail/{wording}"
        )
        composed = emails.compose(message, now=NOW)
        assert max(len(line) for line in composed.text.splitlines()) <= 78, wording
        assert words_of_html(composed.html) == tokens(composed.text), wording


@pytest.mark.by_turns
def test_a_mail_can_be_read_by_every_mail_server(story):
    signed(story)
    episode = missing(story, wearing="grüne Jacke, шапка")
    composed = emails.compose(police(story, episode), now=NOW)
    raw = composed.email.as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    parsed = message_from_bytes(raw, policy=policy.default)
    assert parsed.get_body(("plain",)).get_content().replace("\r\n", "\n") == composed.text
    assert parsed.get_body(("html",)).get_content().replace("\r\n", "\n").rstrip() == composed.html.rstrip()
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.by_turns
def test_the_subject_is_the_same_for_the_whole_episode_and_says_nothing_of_the_child(story, gone):
    signed(story)
    alert = emails.compose(police(story, gone), now=NOW)
    reminder = emails.compose(letters.of_wording("police_reminder", story, gone, at=NOW, number=2), now=NOW)
    ending = emails.compose(ending_for_police(story, gone), now=NOW)
    assert {alert.subject, reminder.subject, ending.subject} == {
        "Child alert MC26-004178-M1 - Northmere Police - action needed"
    }


@pytest.mark.by_turns
def test_the_mails_of_an_episode_stand_in_one_thread_and_replies_to_each_go_to_an_address_that_nobody_can_guess(
    story, gone
):
    first = police(story, gone)
    reminder = letters.of_wording("police_reminder", story, gone, at=NOW + timedelta(minutes=20), number=2)
    root = emails.compose(first, now=NOW).email
    composed = emails.compose(reminder, now=NOW + timedelta(minutes=20))
    child = composed.email
    is_in_one_thread(first, root, child)
    is_in_one_thread_of_outlook(gone, reminder, root, child)
    assert re.fullmatch(r"alerts\+mc26-004178-m1\.[0-9a-f]{20}@rollcall\.example", root["Reply-To"])
    assert child["Reply-To"] == root["Reply-To"]
    assert "This is a reminder. It repeats our message of 9:39pm UK time." in composed.text
    # Sent again it is the same mail.
    again = emails.compose(first, now=NOW + timedelta(minutes=5)).email
    assert again["Message-ID"] == root["Message-ID"]
    assert again["Thread-Index"] == root["Thread-Index"]


def is_in_one_thread(first: Message, root: EmailMessage, child: EmailMessage) -> None:
    assert root["Message-ID"] == f"<{first.pk}@rollcall.example>"
    assert root["In-Reply-To"] is None
    assert root["References"] is None
    assert child["In-Reply-To"] == child["References"] == root["Message-ID"]
    assert child["Thread-Topic"] == root["Thread-Topic"] == root["Subject"]
    assert child["Message-ID"] != root["Message-ID"]


def is_in_one_thread_of_outlook(
    gone: MissingEpisode, reminder: Message, first: EmailMessage, later: EmailMessage
) -> None:
    """Its index is 22 bytes, and 5 more for each later mail."""
    root, child = (base64.b64decode(mail["Thread-Index"]) for mail in (first, later))
    assert len(root) == 22
    assert len(child) == 27
    assert child[:22] == root
    # The root holds the time the episode was opened, to 6.5 ms, in ticks of 100 ns since 1601.
    ticks = int.from_bytes(root[:6] + b"\0\0", "big")
    opened = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
    assert timedelta(0) <= gone.opened_at - opened < timedelta(milliseconds=7)
    # The child adds the time since, in units of 2^18 ticks.
    since = timedelta(microseconds=(int.from_bytes(child[22:26], "big") << 18) / 10)
    assert abs(reminder.created_at - gone.opened_at - since) < timedelta(milliseconds=40)


@pytest.mark.by_turns
def test_a_police_mail_says_that_a_machine_wrote_it_that_it_matters_and_by_when_we_ring_and_names_no_child_unsigned(
    story, gone
):
    composed = emails.compose(police(story, gone), now=NOW)
    is_written_by_a_machine_and_matters(story, composed.email)
    # The deadline is that of the episode's own clock.
    assert "If no officer has spoken to us by 9:45pm UK time we will ring 101 again." in composed.text
    # Without an agreement.
    assert "Yonas" not in composed.text
    assert "2011" not in composed.text
    assert "MC26-004178-M1" in composed.text
    assert DUTY in composed.text
    its_link_is_stored_as_a_hash_only(composed)


def its_link_is_stored_as_a_hash_only(composed: Composed) -> None:
    (token,) = set(re.findall(r"/a/([A-Za-z0-9]+)/", composed.text))
    link = PoliceLink.objects.get()
    assert link.token_hash == composed.link_token_hash
    assert token not in str(vars(link))
    assert f"https://rollcall.example/a/{token}/" in composed.html


def is_written_by_a_machine_and_matters(story: Story, email: EmailMessage) -> None:
    assert email["Auto-Submitted"] == "auto-generated"
    assert email["Importance"] == "high"
    assert email["X-Priority"] == "1"
    assert email["From"] == '"Child alerts (Rollcall)" <alerts@rollcall.example>'
    assert email["To"] == story.watched.control_room.address
    assert email["List-Unsubscribe"] is None
    assert email["X-Entity-Ref-ID"] is None


def test_word_for_information_is_not_marked_important(story, gone):
    email = emails.compose(letters.of_wording("told_no_record", story, gone, at=NOW), now=NOW).email
    assert email["Importance"] is None
    assert email["X-Priority"] is None


@pytest.mark.by_turns
def test_a_mail_in_summer_names_uk_time(story):
    registered = datetime(2027, 6, 1, 20, 30, tzinfo=UTC)
    episode = factories.missing(story.child, at=registered)
    message = letters.of_wording("police_alert", story, episode, at=registered)
    composed = emails.compose(message, now=registered)
    assert "by 9:45pm UK time we will ring 101 again" in composed.text
    assert "Sent 1 June 2027 at 9:30pm, UK time." in composed.text


@pytest.mark.by_turns
def test_a_late_mail_says_how_late_it_is(story, gone):
    message = police(story, gone, owed_at=NOW - timedelta(minutes=42))
    assert (
        "This message is 42 minutes late: it was to go at 8:58pm UK time."
        in emails.compose(message, now=NOW).text
    )


@pytest.mark.by_turns
def test_a_minute_is_not_called_late(story, gone):
    message = police(story, gone)
    for seconds in (0, 59, 60):
        message.owed_at = NOW - timedelta(seconds=seconds)
        assert "late" not in emails.compose(message, now=NOW).text, seconds


@pytest.mark.by_turns
def test_a_fail_safe_mail_asks_for_a_check_and_says_how_often_the_home_was_rung(story):
    letters.ring_home(story, answer="Could not reach. No answer", at=EVENING + timedelta(minutes=5))
    letters.ring_home(story, at=EVENING + timedelta(minutes=15))
    text = " ".join(emails.compose(police(story, unconfirmed(story)), now=NOW).text.split())
    assert text.startswith("CHECK NEEDED")
    assert "cannot confirm where this child is" in text
    assert "The home was rung 1 time; nobody was reached." in text
    assert "Nobody has phoned you about it yet" in text


@pytest.mark.by_turns
def test_once_confirmed_the_fail_safe_mail_is_an_alert_like_any_other(story):
    episode = unconfirmed(story)
    episode = episodes.confirm(episode, by=story.watched.desk.person, at=NOW - timedelta(seconds=30))
    assert emails.compose(police(story, episode), now=NOW).text.startswith(
        "MISSING CHILD - NO OFFICER HAS SPOKEN TO US YET"
    )


@pytest.mark.by_turns
def test_a_force_that_has_spoken_is_not_told_that_nobody_has(story, gone):
    verified(story, gone, at=NOW - timedelta(minutes=1))
    text = emails.compose(police(story, gone), now=NOW).text
    assert text.startswith("MISSING CHILD - AN OFFICER HAS SPOKEN TO US")


@pytest.mark.by_turns
def test_with_an_agreement_and_a_proved_mailbox_the_police_mail_describes_the_child(story, gone):
    signed(story)
    text = emails.compose(police(story, gone), now=NOW).text
    assert re.search(r"Child: +Yonas Harcastle, born 3 May 2011 \(says; not disputed\)", text)
    assert re.search(r"Wearing: +black jacket, grey joggers", text)
    assert re.search(r"Last seen: +23 November 2026 at 7pm \(UK time\)", text)
    assert re.search(r"Our view: +high risk - why: new to the area", text)


@pytest.mark.by_turns
def test_a_name_in_arabic_letters_moves_nothing_beside_it_in_the_police_mail(story):
    signed(story)
    Child.objects.filter(pk=story.watched.child.pk).update(given_name="يوسف", family_name="الخطيب")
    mail = emails.compose(police(story, missing(story)), now=NOW)
    assert re.search(r"Child: +\u2068يوسف الخطيب\u2069, born 3 May 2011 \(says; not disputed\)", mail.text)
    assert "\u2068يوسف الخطيب\u2069, born 3 May 2011" in mail.html


@pytest.mark.by_turns
@pytest.mark.parametrize("form", ["signed", "unsigned"])
def test_nobody_who_types_a_reference_writes_a_line_of_the_police_mail_or_page(story, form, gone):
    if form == "signed":
        signed(story)
    forged = "0417/25\n\nTHIS ALERT HAS ENDED\u202e\nDo not attend."
    given = {"reference": forged, "officer": "PC Shah", "by": story.watched.carer, "at": NOW}
    episodes.record_police_reference(gone, force=story.watched.force, **given)
    message = police(story, gone)
    page = told(gone, story.watched.force, message.mailbox, now=NOW).summary(DUTY)
    for text in (emails.compose(message, now=NOW).text, page):
        assert "\u202e" not in text
        assert not re.search(r"^\s*(THIS ALERT HAS ENDED|Do not attend)", text, re.MULTILINE)


@pytest.mark.by_turns
def test_no_name_that_somebody_gave_puts_a_line_of_its_own_into_a_mails_head(story, gone):
    forged = "Kent\r\nBcc: thief@example.net\r\n\r\nThe alert has ended"
    for row in (story.watched.force, story.watched.authority):
        type(row).objects.filter(pk=row.pk).update(name=forged)
    message = Message.objects.get(pk=police(story, gone).pk)
    raw = emails.compose(message, now=NOW).email.as_bytes()
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    assert not re.search(rb"^Bcc:", head, re.MULTILINE | re.IGNORECASE)
    assert message_from_bytes(raw)["Bcc"] is None


@pytest.mark.by_turns
def test_the_signed_form_needs_an_agreement_with_the_responsible_authority_itself_that_is_in_force_today(
    story, gone
):
    factories.an_agreement(story.watched.force, factories.an_authority())
    factories.an_agreement(factories.a_force(), story.watched.authority)
    message = police(story, gone)
    assert "Yonas" not in emails.compose(message, now=NOW).text
    force, authority = story.watched.force, story.watched.authority
    ForceAgreement.objects.create(
        force=force, authority=authority, signed_date=datetime(2025, 1, 1).date(), expires_date=EVENING.date()
    )
    assert "Yonas" not in emails.compose(message, now=NOW).text


@pytest.mark.by_turns
def test_a_mailbox_that_is_not_proved_gets_the_unsigned_form(story, gone):
    signed(story)
    room = story.watched.control_room
    proved = {"verified_at": room.verified_at, "failed_at": room.failed_at}
    message = police(story, gone)
    for what, state in {
        "never proved": {"verified_at": None},
        "failed since": {"failed_at": EVENING},
        "proved too long ago": {"verified_at": NOW - timedelta(days=30)},
    }.items():
        Mailbox.objects.filter(pk=room.pk).update(**proved | state)
        text = emails.compose(Message.objects.get(pk=message.pk), now=NOW).text
        assert "Yonas" not in text, what
        assert "MC26-004178-M1" in text, what
    Mailbox.objects.filter(pk=room.pk).update(**proved)
    assert "Yonas" in emails.compose(Message.objects.get(pk=message.pk), now=NOW).text


@pytest.mark.by_turns
def test_an_ending_says_nothing_but_that_it_has_ended(story, gone):
    signed(story)
    police(story, gone)
    staff = letters.of_wording("duty_call", story, gone, at=NOW - timedelta(minutes=5), number=8)
    for_police = emails.compose(ending_for_police(story, gone), now=NOW)
    for_staff = emails.compose(letters.of_wording("ending", story, gone, at=NOW, number=9), now=NOW)
    for composed in (for_police, for_staff):
        assert composed.text.startswith("THIS ALERT HAS ENDED")
        assert "This alert has ended. Sign in or ring duty." in composed.text
        assert "Yonas" not in composed.text
        assert "eturned" not in composed.text
        assert "MISSING" not in composed.text
    assert for_staff.email["In-Reply-To"] == f"<{staff.pk}@rollcall.example>"


@pytest.mark.by_turns
def test_the_ending_of_a_silent_house_answers_the_mail_that_told_of_it(story, gone):
    told = letters.of_wording("duty_no_record", story, gone, at=NOW - timedelta(minutes=9))
    ending = letters.owed(
        "ending",
        story.alerts[1:2],
        at=NOW,
        step="ending",
        to=story.watched.desk.person,
        kind=MessageKind.ENDING,
        number=2,
        home=story.watched.home,
    )
    composed = emails.compose(ending, now=NOW)
    assert composed.email["References"] == f"<{told.pk}@rollcall.example>"
    assert composed.subject == emails.compose(told, now=NOW).subject
    assert "MC26-004186" in composed.text


@pytest.mark.by_turns
def test_a_silent_house_is_one_mail_that_lists_every_reference(story, gone):
    composed = emails.compose(letters.of_wording("duty_no_record", story, gone, at=NOW), now=NOW)
    for reference in letters.REFERENCES:
        assert reference in composed.text
    assert composed.subject == "Child alert MC26-004178, MC26-004186 and 1 more - action needed"
    assert "these 3 children" in composed.text


def test_a_child_without_a_placement_is_asked_for(story):
    ended_at = NOW - timedelta(minutes=1)
    placements.end(
        story.watched.placement, ends_at=ended_at, reason="moved", by=story.watched.worker, at=ended_at
    )
    message = letters.owed("duty_no_record", story.alerts[:1], at=NOW, to=story.watched.desk.person)
    assert "WHERE IS THIS CHILD?" in emails.compose(message, now=NOW).text
    text = letters.owed(
        "duty_no_record", story.alerts[:1], at=NOW, channel=Channel.TEXT, phone="07700 900123", number=2
    )
    assert "no placement" in emails.compose_text(text, now=NOW)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("seen", ["face_to_face", "live_video", ""])
def test_of_a_child_placed_nowhere_duty_reads_that_nobody_ever_saw_it_and_no_time_it_might_have_been_seen(
    seen, story
):
    if seen:
        factories.seen(story.child, by=story.watched.carer, means=seen, at=EVENING - timedelta(hours=13))
    ended_at = NOW - timedelta(minutes=1)
    placements.end(
        story.watched.placement, ends_at=ended_at, reason="moved", by=story.watched.worker, at=ended_at
    )
    told = {"at": NOW, "channel": Channel.TEXT, "phone": "07700 900123", "number": 2}
    mailed = letters.owed("duty_no_record", story.alerts[:1], at=NOW, to=story.watched.desk.person)
    composed = emails.compose(mailed, now=NOW)
    text = emails.compose_text(letters.owed("duty_no_record", story.alerts[:1], **told), now=NOW)

    words = " ".join(composed.text.split())
    assert words_of_html(composed.html) == tokens(composed.text)
    if seen:
        assert " ever " not in f"{words} {text}"
        assert "no record since 9pm UK time and no placement" in text
    else:
        assert "nobody has ever recorded seeing this child, registered at 10pm" in text
        assert "no placement" in text
        assert " since " not in f"{words} {text}"
        assert "Nobody has ever recorded seeing this child, who was registered at 10pm" in words
    assert len(text) <= 300


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "wording", ["home_no_record", "duty_no_record", "manager_no_record", "told_no_record"]
)
def test_a_mail_of_a_silence_says_by_when_each_child_was_to_be_seen(wording, story):
    message = letters.owed(wording, story.alerts, at=NOW, to=story.watched.desk.person)

    composed = emails.compose(message, now=NOW)

    words = " ".join(composed.text.split())
    assert words_of_html(composed.html) == tokens(composed.text)
    for reference in letters.REFERENCES:
        assert f"{reference}: was to be seen by 9pm UK time (40 minutes ago)" in words
    assert "owed" not in words.lower()


@pytest.mark.by_turns
def test_a_child_placed_in_no_home_but_at_an_address_is_not_called_without_a_placement(story):
    message = letters.owed("duty_no_record", story.alerts[:1], at=NOW, to=story.watched.desk.person)
    assert message.home is None
    assert "RING THE HOME NOW" in emails.compose(message, now=NOW).text


@pytest.mark.by_turns
def test_duty_is_told_when_the_police_will_hear_automatically(story):
    early = story.alerts[0].due_at + timedelta(hours=1)
    factories.silent(story.child, since=EVENING - timedelta(hours=13), at=early)
    episode = story.child.episodes.get()
    Clock.objects.filter(child=story.child, kind="contact").update(
        steps={"fail_safe": (early + timedelta(minutes=30)).isoformat()}
    )
    message = letters.of_wording("duty_ring_police", story, episode, at=early)
    text = " ".join(emails.compose(message, now=early).text.split())
    assert "the police are sent word automatically at 10:30pm UK time" in text
    episodes.start_fail_safe(episode, owed_at=early)
    message.episode.refresh_from_db()
    Clock.objects.filter(child=story.child, kind="contact").update(steps={})
    text = " ".join(emails.compose(message, now=early).text.split())
    assert "Where the police have a mailbox with us they have been sent word already" in text


@pytest.mark.by_turns
def test_the_last_sighting_names_a_role_and_never_a_person(story):
    signed(story)
    carer = story.watched.carer
    factories.seen(story.child, by=carer, at=EVENING - timedelta(hours=3))
    episode = factories.missing(story.child, at=EVENING + timedelta(minutes=30))
    text = emails.compose(police(story, episode), now=NOW).text
    assert re.search(r"Last seen: +23 November 2026 at 6pm \(UK time\), by placement staff", text)
    assert carer.name not in text


@pytest.mark.by_turns(8)
def test_duty_is_told_whom_to_ring_at_each_call_step(story, gone):
    for number, (step, words) in enumerate(
        [
            ("call_0", "Ring 999 or 101 now"),
            ("call_15", "Ring 101 again"),
            ("call_60", "duty inspector"),
            ("ask:1", "time to ask again"),
            ("ring_again:2", "Ring 101 again"),
        ],
        start=1,
    ):
        message = letters.of_wording("duty_call", story, gone, at=NOW, step=step, number=number)
        assert words in " ".join(emails.compose(message, now=NOW).text.split()), step
        # A text goes on after the name of the service and a colon, like every other.
        text = emails.compose_text(message, now=NOW)
        assert words.lower() in text.lower(), step
        assert re.match(r"[^:]+: [a-z]", text), step


@pytest.mark.by_turns
def test_a_staff_mail_leads_to_the_page_where_the_reader_can_act_once_signed_in(story, gone):
    call = letters.of_wording("duty_call", story, gone, at=NOW, number=1)
    house = letters.of_wording("duty_no_record", story, gone, at=NOW, number=2)
    assert "\nhttps://rollcall.example/missing/MC26-004178-M1/\n" in emails.compose(call, now=NOW).text
    assert "\nhttps://rollcall.example/duty/\n" in emails.compose(house, now=NOW).text
    assert emails.compose(call, now=NOW).link_token_hash == ""
    assert not PoliceLink.objects.exists(), "none that opens without a sign-in"


@pytest.mark.by_turns(8)
def test_a_police_message_is_never_a_text(story, gone):
    message = police(story, gone)
    with pytest.raises(ValueError, match="mail only"):
        emails.compose_text(message, now=NOW)


@pytest.mark.by_turns(8)
def test_a_message_without_a_reference_still_goes_out(story):
    message = letters.owed("second_person", (), at=NOW, to=story.watched.desk.second)
    assert emails.compose(message, now=NOW).subject == "Child alert - action needed"


@pytest.mark.by_turns
def test_the_duty_desks_own_number_stands_in_where_the_service_has_none(story, settings, gone):
    settings.DUTY_LINE = ""
    text = emails.compose(police(story, gone), now=NOW).text
    assert story.watched.desk.team.phone in text


@pytest.mark.by_turns
def test_a_mail_to_the_police_asks_for_replies_where_they_are_taken_and_says_how_to_confirm(story):
    episode = factories.missing(story.child, at=EVENING)
    message = letters.of_wording("police_alert", story, episode, at=NOW)
    mail = emails.compose(message, now=NOW)
    assert mail.email["Reply-To"] == addresses.of_episode(episode.reference)
    said = " ".join(mail.text.split())
    assert "Reply to add information. A reply is recorded but confirms nothing" in said
    assert "To confirm, say on the page that you have this alert, and speak to our duty line." in said
    message.mailbox = None
    assert not headers.takes_replies(message)


@pytest.mark.by_turns
def test_an_officer_who_has_spoken_to_duty_is_not_asked_to_confirm(story):
    episode = factories.missing(story.child, at=EVENING)
    verified(story, episode, at=NOW)
    said = emails.compose(letters.of_wording("police_reminder", story, episode, at=NOW), now=NOW).text
    assert "Reply to add information." in said
    assert "To confirm" not in said


@pytest.mark.by_turns
@pytest.mark.parametrize("told", [{"status": "failed"}, {"status": "queued", "attempts": 1}])
def test_what_follows_a_first_mail_that_never_went_is_itself_the_first(story, gone, told):
    first = police(story, gone)
    Message.objects.filter(pk=first.pk).update(lease_until=None, **told)
    later = letters.of_wording("police_reminder", story, gone, at=NOW, number=7)
    composed = emails.compose(later, now=NOW)
    text = " ".join(composed.text.split())
    assert "repeats our message" not in text
    assert "This is the first alert for this episode." in text
    assert composed.email["References"] is None
    assert composed.email["In-Reply-To"] is None
    assert len(base64.b64decode(composed.email["Thread-Index"])) == 22
    # A server may have had it, all the same.
    Message.objects.filter(pk=first.pk).update(may_be_out=True)
    assert emails.compose(later, now=NOW).email["References"] == f"<{first.pk}@rollcall.example>"


@pytest.mark.by_turns
def test_a_mail_of_the_same_batch_that_was_refused_is_followed_by_none(story, gone):
    first = police(story, gone)
    later = letters.of_wording("police_reminder", story, gone, at=NOW, number=7)
    first.fence = later.fence
    emails.preload([first, later], now=NOW)
    assert emails.compose(later, now=NOW).email["References"] == f"<{first.pk}@rollcall.example>"
    assert claims.mark(first, "failed")
    assert emails.compose(later, now=NOW).email["References"] is None


def test_a_duty_desk_is_not_offered_its_own_number_to_ring(story, gone):
    to_duty = letters.of_wording("duty_call", story, gone, at=NOW, number=1, post="duty")
    to_manager = letters.of_wording("manager_call", story, gone, at=NOW, number=2, post="manager")
    for written, offered in ((to_duty, False), (to_manager, True)):
        assert ("0300 000 0000" in emails.compose(written, now=NOW).text) == offered
        assert ("0300 000 0000" in emails.compose_text(written, now=NOW)) == offered


def test_whoever_comes_to_a_child_days_into_a_search_reads_since_when_it_is_looked_for(story, gone):
    first = letters.of_wording("told_missing", story, gone, at=NOW, number=1)
    later = NOW + timedelta(days=3)
    newcomer = letters.of_wording("told_missing", story, gone, at=later, number=2, to=story.watched.guardian)
    begun, days_on = (emails.compose(one, now=at).text for one, at in ((first, NOW), (newcomer, later)))
    assert "the police are being told" in begun
    assert "being told" not in days_on.lower()
    assert "A CHILD IS MISSING: THE SEARCH GOES ON" in days_on
    assert "You are told because you look out for this child now." in " ".join(days_on.split())
    said = emails.compose_text(newcomer, now=later)
    assert "being told" not in said
    assert "looked for since" in said
