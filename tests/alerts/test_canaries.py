"""No message says what it must not: every field is filled with its own word, and none of them may come out."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from email import message_from_bytes, policy

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models

from alerts import clocks, emails, escalations, incoming, replies
from alerts import letters as letters_in
from alerts.emails import police
from alerts.models import Channel, DutyTask, Message, Reply
from cases import episodes
from cases.models import (
    Absence,
    Child,
    Contact,
    EpisodeForce,
    GuardianService,
    Home,
    LiveConcern,
    MissingEpisode,
    Photo,
    Placement,
    Provider,
    RiskGrade,
    SeenReport,
    User,
)
from tests import factories
from tests.alerts import letters
from tests.alerts.letters import EVENING, Story

pytestmark = pytest.mark.django_db

NOW = EVENING + timedelta(minutes=40)
BORN = date(2011, 5, 3)
# Kept as they are: references, statuses and other machine words, which the code decides by.
MACHINE_WORDS = {
    "reference",
    "status",
    "started_by",
    "outcome",
    "means",
    "witness_role",
    "kind",
    "type",
    "our_grade",
    "risk",
    "sex",
    "birth_date_precision",
    "birth_date_basis",
    "age_status",
    "trafficking",
    "police_grade",
    "child_confirmed_how",
    "password",
    # Only a withdrawn contact has one.
    "withdrawn_reason",
    "code",
}
# Only these may reach a force that has an agreement, by mail; its page shows less.
SIGNED_MAIL = {
    "Child.given_name",
    "Child.family_name",
    "MissingEpisode.wearing",
    "MissingEpisode.vehicle",
    "MissingEpisode.why_worried",
    "EpisodeForce.incident_reference",
}
SIGNED_PAGE = {"MissingEpisode.wearing", "MissingEpisode.vehicle", "EpisodeForce.incident_reference"}


def says(text: str, word: str) -> bool:
    """Whether `word` stands in `text` by itself, and not by chance within a boundary, a token or an id."""
    return re.search(rf"(?<![\w+/=-]){word}(?![\w+/=-])", text) is not None


@dataclass
class Canaries:
    """The word put into each field, by word."""

    words: dict[str, str] = field(default_factory=dict)

    def fill(self, rows: models.QuerySet) -> None:
        """Put a word of its own into every field of text, however short."""
        for row in rows:
            values = {}
            for one in row._meta.concrete_fields:
                inner = one.base_field if isinstance(one, ArrayField) else one
                is_text = isinstance(inner, models.CharField | models.TextField)
                # What is chosen from a list of ours holds nobody's words.
                if not is_text or one.name in MACHINE_WORDS or one.primary_key or one.choices:
                    continue
                word = f"zq{len(self.words):04d}x"
                self.words[word] = f"{row._meta.object_name}.{one.name}"
                said = f"{word}@x.example" if isinstance(one, models.EmailField) else word
                values[one.name] = [said] if isinstance(one, ArrayField) else said
            if isinstance(row, Contact):
                # The application may change nothing of a contact, so another one is written.
                for name, value in values.items():
                    setattr(row, name, value)
                row.pk, row.key = None, uuid.uuid4()
                row.save(force_insert=True)
            else:
                type(row).objects.filter(pk=row.pk).update(**values)

    def found_in(self, text: str) -> set[str]:
        return {name for word, name in self.words.items() if word in text}


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def story(canaries, settings) -> Story:
    settings.DUTY_LINE = "0300 000 0000"
    settings.PUBLIC_URL = "https://rollcall.example"
    story = letters.a_story(birth_date=BORN)
    watched = story.watched
    factories.seen(story.child, by=watched.guardian, at=EVENING - timedelta(hours=4), note="n", told_by="t")
    LiveConcern.objects.create(child=story.child, reason="x", starts_at=EVENING, set_by=watched.manager)
    factories.out(story.child, until=EVENING - timedelta(hours=1), at=EVENING - timedelta(hours=2))
    letters.ring_home(story, answer="Could not reach. No answer", at=EVENING + timedelta(minutes=5))
    factories.photographed(story.child, at=EVENING - timedelta(days=12))
    return story


def fill_all(canaries: Canaries, story: Story) -> None:
    """Words for all that is known of the children, of where they live and of who looks after them."""
    canaries.fill(Child.objects.all())
    for model in (Placement, Home, Provider, GuardianService, Contact, Absence, LiveConcern, RiskGrade):
        canaries.fill(model.objects.all())
    for model in (MissingEpisode, EpisodeForce, SeenReport, DutyTask):
        canaries.fill(model.objects.all())
    # The application may change nothing of a photo: what there is to leak is its address and what it looks like.
    for photo in Photo.objects.all():
        canaries.words |= {photo.token: "Photo.token", photo.digest: "Photo.digest"}
    told = (story.watched.guardian, story.watched.carer, story.watched.worker, story.watched.manager)
    canaries.fill(User.objects.filter(pk__in=[person.pk for person in told]))
    DutyTask.objects.filter(done_at__isnull=False).update(answer="Could not reach. zq-answer")


def episode_in(state: str, story: Story) -> MissingEpisode:
    at = EVENING + timedelta(minutes=30)
    if state == "not confirmed":
        episode = factories.silent(story.child, since=EVENING - timedelta(hours=13), at=at)
        episodes.start_fail_safe(episode, owed_at=at)
        clocks.recompute([story.child.pk], at=at)
        return episode
    report = {"last_seen_place": "p", "last_seen_by": "b", "wearing": "w", "vehicle": "v", "why_worried": "y"}
    episode = factories.missing(story.child, last_seen_at=EVENING - timedelta(hours=4), at=at, **report)
    if state == "verified":
        escalations.verify(
            episode,
            force=story.watched.force,
            officer="PC 4821 Penrowe",
            incident_reference="1234",
            by=story.watched.desk.person,
            at=at,
        )
    if state == "seen":
        factories.seen(story.child, by=story.watched.carer, at=at + timedelta(minutes=5))
    if state == "ended":
        factories.ended(episode, at=at + timedelta(minutes=5))
    return episode


def messages(story: Story, episode: MissingEpisode) -> Iterator[Message]:
    """Every wording by every channel, each to whom it may go."""
    for number, (wording, row) in enumerate(emails.WORDINGS.items(), start=1):
        # Each to a recipient of its own: one is never told the same step of an alert twice.
        to = {"recipient": f"mail/{wording}", "number": number}
        yield letters.of_wording(wording, story, episode, at=NOW, **to)
        if not row.for_police:
            text = {"channel": Channel.TEXT, "phone": "07700 900123", "number": number + 100}
            text["recipient"] = f"text/{wording}"
            yield letters.of_wording(wording, story, episode, at=NOW, **text)
    to_force = {"mailbox": story.watched.control_room, "force": story.watched.force, "post": "force"}
    yield letters.of_wording("ending", story, episode, at=NOW, number=200, **to_force)


def everything_said(message: Message) -> str:
    """The raw message with all its headers, and both parts as a reader sees them."""
    message = Message.objects.get(pk=message.pk)
    if message.channel != Channel.MAIL:
        return emails.compose_text(message, now=NOW)
    composed = emails.compose(message, now=NOW)
    raw = composed.email.as_bytes()
    parsed = message_from_bytes(raw, policy=policy.default)
    headers = "\n".join(f"{name}: {value}" for name, value in parsed.items())
    return "\n".join([raw.decode(), headers, composed.text, composed.html])


@pytest.mark.parametrize("state", ["missing", "not confirmed", "verified", "seen", "ended"])
@pytest.mark.parametrize("is_signed", [True, False], ids=["signed", "unsigned"])
def test_no_message_says_what_it_must_not(state, is_signed, story, canaries):
    if is_signed:
        factories.an_agreement(story.watched.force, story.watched.authority)
    episode = episode_in(state, story)
    owed = list(messages(story, episode))
    fill_all(canaries, story)
    assert len(canaries.words) > 80
    said_by_police_mails: set[str] = set()
    for message in owed:
        said = everything_said(message)
        found = canaries.found_in(said)
        for_police = emails.WORDINGS[message.wording].for_police
        assert found <= (SIGNED_MAIL if is_signed and for_police else set()), message.wording
        # That there is a photo may be known where the name may; the photo itself is in no mail.
        assert "image/" not in said
        if not (is_signed and for_police):
            assert "photo" not in said
            assert not says(said, "2011")
            assert not says(said, "May")
        said_by_police_mails |= found
    if is_signed:
        # The scan would find a word that is let through: it does find the ones that may be.
        assert {"Child.given_name", "MissingEpisode.wearing"} <= said_by_police_mails


def test_the_answer_to_a_reply_says_nothing_of_the_child_or_of_the_reply(story, canaries):
    episode = episode_in("missing", story)
    content = b"From: a@police.example\r\n\r\nwordofthereply"
    attached = letters_in.read(content).attachments or (letters_in.Attachment("wordofthename", "x/y", 1),)
    letter = replace(letters_in.read(content), attachments=attached)
    reply = replies.record(episode, letter, at=NOW)
    fill_all(canaries, story)
    reply = Reply.objects.select_related("episode__child").get(pk=reply.pk)
    mail = incoming.compose(reply, incoming.words_of(reply), at=NOW)
    said = f"{mail['Subject']}\n{mail.get_content()}"
    assert canaries.found_in(said) == set()
    assert "wordofthe" not in said
    assert episode.reference in said


@pytest.mark.parametrize("state", ["missing", "not confirmed", "verified", "ended"])
@pytest.mark.parametrize("is_signed", [True, False], ids=["signed", "unsigned"])
def test_the_police_page_says_no_more_than_its_form_allows(state, is_signed, story, canaries):
    if is_signed:
        factories.an_agreement(story.watched.force, story.watched.authority)
    episode = episode_in(state, story)
    fill_all(canaries, story)
    episode = MissingEpisode.objects.select_related("child").get(pk=episode.pk)
    told = police.told(episode, story.watched.force, story.watched.control_room, now=NOW)
    said = "\n".join([told.head, told.page_state, told.deadline, told.summary("0300"), str(told.page_rows)])
    assert canaries.found_in(said) <= (SIGNED_PAGE if is_signed else {"EpisodeForce.incident_reference"})
    assert not says(said, "2011")
