"""No message says what it must not: every field is filled with its own word, and none of them may come out."""

import json
import re
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from email import policy
from email.parser import BytesHeaderParser
from itertools import product

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction
from django.template import Template
from django.test.signals import template_rendered
from django.test.utils import CaptureQueriesContext

from alerts import area_lists, channels, clocks, delivery, emails, escalations, incoming, probes, replies
from alerts import letters as letters_in
from alerts.emails import Composed, Digest, Section, alike, police
from alerts.emails.together import SAYS
from alerts.escalations import one_call
from alerts.models import Alert, Channel, DutyTask, Message, Reply
from cases import episodes, find_me, journey_plans, links
from cases.models import (
    Absence,
    Child,
    Contact,
    EpisodeForce,
    FoundChild,
    GuardianService,
    Home,
    Journey,
    LiveConcern,
    MissingEpisode,
    MissingReport,
    Photo,
    Placement,
    Provider,
    ReturnInterview,
    RiskGrade,
    SeenReport,
    User,
)
from tests import factories
from tests.alerts import letters
from tests.alerts.letters import EVENING, Story
from tests.counts import FULL, one_in
from tests.database import ROOT

pytestmark = pytest.mark.django_db

TEMPLATES = ROOT / "templates"
MAILS = TEMPLATES / "alerts" / "emails"
NOW = EVENING + timedelta(minutes=40)
BORN = date(2011, 5, 3)
# Kept as they are: machine words, which the code decides by, and what no row of this story has.
MACHINE_WORDS = {
    "Child.reference",
    "User.password",
    # A key of ours.
    "FindMeSection.section",
    # What is withdrawn is on no page and in no message.
    "Contact.withdrawn_reason",
    "ReturnInterview.withdrawn_reason",
    "Photo.agreed_by",
    "Photo.withdrawn_reason",
    # Keys of ours: how many steps were done is counted.
    "MissingReport.steps",
    # Of an office that told of the child: the child of this story was spoken to.
    "MissingEpisode.child_confirmed_office_name",
    "MissingEpisode.child_confirmed_number_where",
    "MissingEpisode.child_confirmed_reference",
    "MissingEpisode.child_confirmed_unspoken",
    # Only a drill has one, and its child is nobody.
    "User.drill_mail_to",
    # Of nobody who has an account: PostgreSQL refuses it of all others.
    "User.outside_mail",
    # Whether there is one is asked, and a restricted child has the unsigned forms alone.
    "Restriction.reason",
    "Restriction.lift_reason",
    # Whether it is closed is asked of a found child who is not.
    "FoundChild.closed_reason",
    # Read with a question to another council that waits for its answer.
    "LinkRequest.note",
    "LinkRequest.withdrawn_why",
    # Whether there is one is asked, of who confirmed a child on a journey.
    "KeepFrom.reason",
    "KeepFrom.lift_reason",
    # Why a journey was broken off: read with the row of one that is open, which has none.
    "Journey.reason",
    # Read with the row of a child who went with others, which has none.
    "IncidentEpisode.withdrawn_reason",
    # Read with an open offer of one force to another, of which a message names the two forces alone.
    "ForceOffer.offered_name",
    "ForceOffer.reason",
    "ForceOffer.answered_name",
    "ForceOffer.answer_reason",
    "ForceOffer.incident_reference",
    # Why somebody cannot cover: read with those who are asked or have accepted, of whom nobody has said any.
    "ManagerCover.reason",
    "WorkerCover.reason",
}
# What messages read and may say, each with why: a row here is a field that nobody may write about a child into.
SAYABLE = {
    "Alert.end_reason": "a word of ours",
    "Alert.rows": "keys of our policies",
    "Alert.steps": "keys of our policies",
    "AlertStep.step": "a key of our policies",
    "Authority.code": "of the reference data",
    "Authority.dfe_code": "of the reference data",
    "Authority.former_codes": "of the reference data",
    "Authority.kind": "of the reference data",
    "Authority.name": "the area, in messages to those who answer there",
    "Authority.name_cy": "the same in Welsh",
    "Authority.official_name": "of the reference data",
    "Authority.region": "of the reference data",
    "ConfigurationChange.actor_label": "a colleague, and in no text",
    "ConfigurationChange.kind": "a word of ours",
    "ConfigurationChange.subject_type": "a word of ours",
    "Clock.duty": "a key of our policies",
    "Clock.fault": "a word of ours",
    "Clock.rows": "keys of our policies",
    "Clock.rung": "a key of our policies",
    "Clock.steps": "keys of our policies",
    "Clock.window": "a key of our policies",
    "EscortLink.token_hash": "the hash of a token",
    "HomeAlert.rows": "keys of our policies",
    "HomeAlert.steps": "keys of our policies",
    "Mailbox.address": "where the mail goes, and in no text",
    "CouncilConcern.promised_by": "read with the row, and in no text",
    "CouncilConcern.words": "read with the row, and in no text",
    "Matter.phone": "on which whoever reported it wants to be rung",
    "Message.last_error": "a server's answer",
    "Message.phone": "where the text goes",
    "Message.post": "a word of ours",
    "Message.recipient": "a word of ours",
    "Message.step": "a key of our policies",
    "Message.wording": "a key of ours",
    "MessageItem.recipient": "a word of ours",
    "MessageItem.step": "a key of our policies",
    "ForcePhone.phone": "the number of the force, told to whoever is to ring it",
    "PoliceForce.area_code": "of the reference data",
    "Release.field": "a key of ours",
    "Reply.key": "the hash of a mail's number",
    "PoliceForce.code": "of the reference data",
    "PoliceForce.name": "the force that is told",
    "PoliceForce.nation": "of the reference data",
    "Shift.phone": "the number of the desk on duty",
    "Shift.second_phone": "the number of the desk on duty",
    "Team.name": "the desk, in messages to its authority",
    "Team.phone": "the number of the desk",
    "Team.second_phone": "the number of the desk",
    "Verification.collar_number": "given by the force, told to duty alone",
    "Verification.incident_reference": "given by the force",
    "Verification.officer": "given by the force, told to duty alone",
}
# Filled, for it is about the children: whatever of it a message reads it must not say.
ABOUT_CHILDREN = (
    Child,
    Placement,
    Home,
    Provider,
    GuardianService,
    Contact,
    Absence,
    LiveConcern,
    RiskGrade,
    MissingEpisode,
    MissingReport,
    EpisodeForce,
    SeenReport,
    DutyTask,
)
# Only these may reach a force that has an agreement, by mail; its page shows less.
SIGNED_MAIL = {
    "Child.given_name",
    "Child.family_name",
    "MissingEpisode.wearing",
    "MissingEpisode.vehicle",
    "MissingEpisode.why_worried",
    "EpisodeForce.incident_reference",
    "Journey.vehicle",
    "Journey.plate",
}
SIGNED_PAGE = {
    "MissingEpisode.wearing",
    "MissingEpisode.vehicle",
    "MissingEpisode.why_worried",
    "EpisodeForce.incident_reference",
    "Journey.vehicle",
    "Journey.plate",
}


def says(text: str, word: str) -> bool:
    """Whether `word` stands in `text` by itself, and not by chance within a boundary, a token or an id."""
    return re.search(rf"(?<![\w+/=-]){word}(?![\w+/=-])", text) is not None


def texts_of(model: type[models.Model]) -> list[models.Field]:
    """The fields that hold somebody's words; what is chosen from a list of ours holds nobody's."""
    found = []
    for one in model._meta.concrete_fields:
        inner = one.base_field if isinstance(one, ArrayField) else one
        is_text = isinstance(inner, models.CharField | models.TextField | models.JSONField)
        if is_text and not one.choices and not inner.choices and not one.primary_key:
            found.append(one)
    return found


@dataclass
class Canaries:
    """The word put into each field, by word."""

    words: dict[str, str] = field(default_factory=dict)

    def fill(self, rows: models.QuerySet) -> None:
        """Put a word of its own into every field of text, however short, but for the machine words."""
        fields = texts_of(rows.model)
        for row in rows:
            values = {}
            for one in fields:
                name = f"{row._meta.object_name}.{one.name}"
                if name in MACHINE_WORDS or one.primary_key:
                    continue
                # The database takes digits alone for an NHS number.
                word = (
                    f"94{len(self.words):08d}" if name == "Child.nhs_number" else f"zq{len(self.words):04d}x"
                )
                self.words[word] = name
                said = f"{word}@x.example" if isinstance(one, models.EmailField) else word
                values[one.name] = [said] if isinstance(one, ArrayField | models.JSONField) else said
            if isinstance(row, Contact | MissingReport):
                # The application may change nothing of these, so another one is written.
                for name, value in values.items():
                    setattr(row, name, value)
                if isinstance(row, MissingReport):
                    row.version += 1
                row.pk, row.key = None, uuid.uuid4()
                row.save(force_insert=True)
            else:
                type(row).objects.filter(pk=row.pk).update(**values)

    def found_in(self, text: str) -> set[str]:
        return {name for word, name in self.words.items() if word in text}


@pytest.fixture(autouse=True)
def _service(settings) -> None:
    settings.DUTY_LINE = "0300 000 0000"
    settings.PUBLIC_URL = "https://rollcall.example"
    settings.CANARY_SECONDS = 300


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def story(db: None, canaries: Canaries) -> Story:
    story = letters.a_story(birth_date=BORN)
    watched = story.watched
    factories.seen(story.child, by=watched.guardian, at=EVENING - timedelta(hours=4), note="n", told_by="t")
    LiveConcern.objects.create(child=story.child, reason="x", starts_at=EVENING, set_by=watched.manager)
    factories.out(story.child, until=EVENING - timedelta(hours=1), at=EVENING - timedelta(hours=2))
    letters.ring_home(story, answer="Could not reach. No answer", at=EVENING + timedelta(minutes=5))
    factories.photographed(story.child, at=EVENING - timedelta(days=12))
    go_on_a_journey(story, canaries)
    return story


def go_on_a_journey(story: Story, canaries: Canaries) -> None:
    """Nobody changes the plan of a journey or its stops: they have their words from the start."""
    said = {
        one.name: f"zqway{number}x" for number, one in enumerate(texts_of(Journey)) if one.name != "reason"
    }
    places = ("zqplace0x", "zqplace1x")
    canaries.words |= {word: f"Journey.{name}" for name, word in said.items()}
    canaries.words |= dict.fromkeys(places, "JourneyStop.place")
    stops = tuple(
        journey_plans.Place(place=word, due_at=EVENING - timedelta(hours=2 - 2 * number))
        for number, word in enumerate(places)
    )
    letters.on_a_journey(story, places=stops, **said)


def find_a_child(story: Story, canaries: Canaries) -> None:
    """Nobody changes what was written down of a found child: it has its words from the start."""
    texts = [one for one in texts_of(FoundChild) if one.name != "closed_reason"]
    said = {one.name: f"zqfound{number}x" for number, one in enumerate(texts)}
    canaries.words |= {word: f"FoundChild.{name}" for name, word in said.items()}
    lists = {one.name: [said[one.name]] for one in texts if isinstance(one, ArrayField)}
    match = letters.a_found_match(story, note="zqfoundnotex", **said | lists)
    canaries.words |= {match.note: "FoundMatch.note"}


def fill_all(canaries: Canaries, story: Story) -> None:
    """Words for all that is known of the children, of where they live and of who looks after them."""
    # What comes next is said with when, of a placement that is to end.
    next_day = {"comes_next_at": EVENING, "expected_end_date": EVENING.date() + timedelta(days=30)}
    Placement.objects.update(comes_next="A foster home", **next_day)
    find_a_child(story, canaries)
    for model in ABOUT_CHILDREN:
        canaries.fill(model.objects.all())
    # The application may change nothing of a photo: what there is to leak is its address and what it looks like.
    for photo in Photo.objects.all():
        canaries.words |= {photo.token: "Photo.token", photo.digest: "Photo.digest"}
    # Nobody changes what was reported: it has its word from the start.
    canaries.words |= {
        letters.a_matter(story).text: "Matter.text",
        letters.a_worry(story).text: "Matter.text",
        letters.a_change(story).data["reason"]: "ConfigurationChange.data",
    }
    # Nor what was asked of another council.
    asked = letters.a_link_request(story, "link_waits").link_matter.request
    written = ("name", "age", "said_by", "about", "why", "safe_why")
    canaries.words |= {getattr(asked, name): f"LinkRequest.{name}" for name in written}
    # A link is read for whether one of the two is looked for, and what was written of it by nobody.
    child, worker = story.watched.child, story.watched.worker
    other = factories.a_child(story.watched.authority, team=story.watched.team, worker=worker)
    claim = links.Claim(kind="sibling", said_by="zqlinksaid", note="zqlinknote")
    link = links.say(child, other, claim, by=worker, at=EVENING)
    links.check(link, result="so", how="zqlinkhow", may_be_danger=False, by=worker, at=EVENING)
    canaries.words |= {
        "zqlinksaid": "ChildLink.said_by",
        "zqlinknote": "ChildLink.note",
        "zqlinkhow": "ChildLink.checked_how",
    }
    # Nor what a child said when it was back, or somebody wrote in the search, though lines of it were released.
    for model in (ReturnInterview, Reply):
        for row in model.objects.all():
            said = {one.name: getattr(row, one.name) for one in texts_of(model)}
            words = {
                name: word[0][0] if name == "attachments" else word for name, word in said.items() if word
            }
            canaries.words |= {
                word: f"{model.__name__}.{name}" for name, word in words.items() if name != "key"
            }
    # Nor whom somebody rang: it is read for whether that was the police.
    call = {name: f"zqcall{name}x" for name in ("party", "number", "answered_by", "said")}
    rung = call | {"direction": "out", "party": f"Police {call['party']}"}
    for episode in MissingEpisode.objects.open():
        episodes.log_call(episode, **rung, rung_at=NOW, by=worker, at=NOW)
    canaries.words |= {word: f"EpisodeCall.{name}" for name, word in call.items()}
    # Nor what was booked.
    meeting = letters.a_meeting(story)
    said = {name: getattr(meeting, name) for name in ("place", "invited", "why_not", "ended_why")}
    canaries.words |= {word: f"MeetingBooking.{name}" for name, word in said.items()}
    # Nor why somebody cannot cover for a guardian.
    canaries.words |= {letters.a_guardians_cover(story).reason: "GuardianCover.reason"}
    # Nobody changes a section either: a mail may count its places, and name none.
    often = "zqoftenx"
    find_me.write(
        story.watched.child,
        "places",
        answers={"often": often},
        state="complete",
        version=0,
        by=story.watched.worker,
        at=EVENING - timedelta(hours=1),
    )
    canaries.words |= {often: "FindMeSection.answers"}
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


def messages(
    story: Story, episode: MissingEpisode, wordings: Collection[str] = emails.WORDINGS.keys()
) -> Iterator[Message]:
    """Each of these wordings by every channel, each to whom it may go."""
    for number, (wording, row) in enumerate(emails.WORDINGS.items(), start=1):
        if wording not in wordings:
            continue
        # Each to a recipient of its own: one is never told the same step of an alert twice.
        to = {"recipient": f"mail/{wording}", "number": number}
        yield letters.of_wording(wording, story, episode, at=NOW, **to)
        if not row.for_police:
            text = {"channel": Channel.TEXT, "phone": "07700 900123", "number": number + 300}
            text["recipient"] = f"text/{wording}"
            yield letters.of_wording(wording, story, episode, at=NOW, **text)
    to_force = {"mailbox": story.watched.control_room, "force": story.watched.force, "post": "force"}
    yield letters.of_wording("ending", story, episode, at=NOW, number=200, **to_force)


@dataclass
class Scan:
    """Everything as it goes out, and which templates said it."""

    posted: list[dict[str, object]] = field(default_factory=list)
    rendered: set[str] = field(default_factory=set)

    def mail(self, messages: list[Message], digest: Digest | None = None) -> str:
        """The raw mail with all its headers, and both parts as a reader sees them."""
        return self.whole(emails.compose_together(messages, digest, now=NOW))

    def whole(self, composed: Composed) -> str:
        raw = composed.email.as_bytes()
        parsed = BytesHeaderParser(policy=policy.default).parsebytes(raw)
        headers = "\n".join(f"{name}: {value}" for name, value in parsed.items())
        return "\n".join([raw.decode(), headers, composed.text, composed.html])

    def text(self, messages: list[Message]) -> str:
        """What the gateway of texts and calls is posted."""
        delivery._posted(messages, NOW)
        return json.dumps(self.posted.pop(), ensure_ascii=False)

    def of(self, message: Message) -> str:
        message = Message.objects.get(pk=message.pk)
        return self.mail([message]) if message.channel == Channel.MAIL else self.text([message])


@pytest.fixture
def scan(monkeypatch) -> Iterator[Scan]:
    scan = Scan()

    def post(payload: dict[str, object], *, at: object) -> str:
        scan.posted.append(payload)
        return "200"

    def heard(template: Template, **_: object) -> None:
        scan.rendered.add(str(template.name))

    monkeypatch.setattr(channels, "post_webhook", post)
    # What an earlier mail rendered is rendered anew.
    alike._rendered.cache_clear()
    template_rendered.connect(heard)
    yield scan
    template_rendered.disconnect(heard)


def read_by(asked: CaptureQueriesContext) -> set[str]:
    """The tables of what was asked of the database."""
    return {
        table for one in asked.captured_queries for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', one["sql"])
    }


STATES = ["missing", "not confirmed", "verified", "seen", "ended"]
# What is always scanned: several of them are told as one.
TOGETHER = list(SAYS)[:3]


def scanned(state: str) -> set[str]:
    """The wordings that are scanned: those that the force is sent in each state.

    Each of the others has its turn in one of the states; in ./run faults in all of them.
    """
    return {
        wording
        for wording, row in emails.WORDINGS.items()
        if FULL
        or row.for_police
        or wording in TOGETHER
        or STATES[one_in(turn_of(wording), len(STATES))] == state
    }


def turn_of(wording: str) -> str:
    """These say what one alert of the story is about, which the last of them decides: they have their turn together."""
    return "of a duty" if wording in ("duty_step", *letters.OF_PAPER) else wording


def test_no_message_says_what_it_must_not(story, canaries, scan):
    for state in STATES:
        with undone(canaries):
            none_says_what_it_must_not(state, story, canaries, scan)
    assert {path.relative_to(TEMPLATES).as_posix() for path in MAILS.iterdir()} <= scan.rendered


@contextmanager
def undone(canaries: Canaries) -> Iterator[None]:
    """Take back what the block writes, and its words."""
    words = dict(canaries.words)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    canaries.words = words


def none_says_what_it_must_not(state: str, story: Story, canaries: Canaries, scan: Scan) -> None:
    """Before the force has signed, and once it has: of that what it is sent alone, in full all."""
    episode = episode_in(state, story)
    owed = list(messages(story, episode, scanned(state)))
    fill_all(canaries, story)
    filled = {name.partition(".")[0] for name in canaries.words.values()}
    assert state != "seen" or {model._meta.object_name for model in ABOUT_CHILDREN} <= filled
    if FULL or state == STATES[0]:
        the_others_say_nothing(story, canaries, scan)
    with CaptureQueriesContext(connection) as asked:
        said_to_police(state, owed, canaries, scan, is_signed=False)
        the_police_page_says_no_more_than_its_form_allows(episode, story, canaries, is_signed=False)
        factories.an_agreement(story.watched.force, story.watched.authority)
        to_force = [message for message in owed if FULL or emails.WORDINGS[message.wording].for_police]
        said = said_to_police(state, to_force, canaries, scan, is_signed=True)
    # The scan would find a word that is let through: it does find the ones that may be.
    assert {"Child.given_name", "MissingEpisode.wearing", "Journey.plate"} <= said, state
    assert unspoken_for(read_by(asked), canaries) == set(), state
    if FULL or state == STATES[1]:
        the_others_say_nothing(story, canaries, scan)
    the_police_page_says_no_more_than_its_form_allows(episode, story, canaries, is_signed=True)


def the_others_say_nothing(story: Story, canaries: Canaries, scan: Scan) -> None:
    with undone(canaries):
        for said in others(story, scan):
            assert canaries.found_in(said) == set()


def said_to_police(
    state: str, owed: Collection[Message], canaries: Canaries, scan: Scan, *, is_signed: bool
) -> set[str]:
    """Scan each; return the fields whose words stand in a mail to a force, where they may."""
    found_in_all: set[str] = set()
    for message in owed:
        said = scan.of(message)
        found = canaries.found_in(said)
        for_police = emails.WORDINGS[message.wording].for_police
        where = (state, message.wording, "signed" if is_signed else "unsigned")
        assert found <= (SIGNED_MAIL if is_signed and for_police else set()), where
        # That there is a photo may be known where the name may; the photo itself is in no mail.
        assert "image/" not in said, where
        if not (is_signed and for_police):
            assert "photo" not in said, where
            assert not says(said, "2011"), where
            assert not says(said, "May"), where
        found_in_all |= found
    return found_in_all


def the_police_page_says_no_more_than_its_form_allows(
    episode: MissingEpisode, story: Story, canaries: Canaries, *, is_signed: bool
) -> None:
    episode = MissingEpisode.objects.select_related("child").get(pk=episode.pk)
    told = police.told(episode, story.watched.force, story.watched.control_room, now=NOW)
    said = "\n".join([told.head, told.page_state, told.deadline, told.summary("0300"), str(told.page_rows)])
    assert canaries.found_in(said) <= (SIGNED_PAGE if is_signed else {"EpisodeForce.incident_reference"})
    assert not says(said, "2011")


def unspoken_for(tables: set[str], canaries: Canaries) -> set[str]:
    """The fields that a message reads, and that neither hold a canary nor have a row above."""
    rows = set(canaries.words.values()) | MACHINE_WORDS | set(SAYABLE)
    # Whether there is one depends on the state: where there is, it is filled.
    rows |= {f"{model._meta.object_name}.{one.name}" for model in ABOUT_CHILDREN for one in texts_of(model)}
    by_table = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    return {
        name
        for table in tables
        for one in texts_of(by_table[table])
        if (name := f"{by_table[table]._meta.object_name}.{one.name}") not in rows
    }


def others(story: Story, scan: Scan) -> Iterator[str]:
    """What is no wording of one message: several as one, the day's list, and the probes, which are about no child."""
    told = Message.objects.filter(wording__in=SAYS)
    yield scan.mail(list(told.filter(channel=Channel.MAIL)))
    yield scan.text(list(told.filter(channel=Channel.TEXT)))
    digest = Digest(
        day=NOW.date(), sections=[Section("Due", [child.reference for child in story.children], 3)]
    )
    yield scan.mail(list(told.filter(channel=Channel.MAIL)[:1]), digest)
    yield area_list(story, scan)
    probes.test_mailbox(story.watched.control_room, by=story.watched.manager, at=NOW)
    probes.send_canary(now=NOW)
    for message in Message.objects.filter(probe__isnull=False):
        yield scan.of(message)
    for message in calls_for_a_house(story):
        yield scan.of(message)


def calls_for_a_house(story: Story) -> Iterator[Message]:
    """One call about the searches of two children of one home, one of whom somebody has said to be seen."""
    factories.silent(story.children[1], since=EVENING - timedelta(hours=13), at=EVENING)
    MissingEpisode.objects.filter(child=story.children[1]).update(reported_seen_at=EVENING)
    for alert in story.alerts[:2]:
        open_one = MissingEpisode.objects.open().get(child=alert.child_id)
        Alert.objects.filter(pk=alert.pk).update(episode=open_one)
    each = product(sorted(one_call.WORDINGS), (Channel.MAIL, Channel.VOICE))
    for number, (wording, channel) in enumerate(each, start=900):
        to = {"to": story.watched.desk.person} if channel == Channel.MAIL else {"phone": "07700 900123"}
        to |= {"recipient": f"{channel}/{wording} of a house", "step": letters.STEPS[wording]}
        to |= {"channel": channel, "home": story.watched.home}
        yield letters.owed(wording, story.alerts[:2], at=NOW, number=number, **to)


def area_list(story: Story, scan: Scan) -> str:
    """The list of the area of a force in which a child of another authority lives, at home or missing."""
    host = factories.an_authority(force=story.watched.force)
    Placement.objects.filter(child=story.child).update(host_authority=host)
    area_lists.owe(now=NOW)
    message = Message.objects.get(mailbox=story.watched.coordinator, wording="area_list")
    listed = area_lists.read(message, now=NOW)
    said = scan.whole(emails.compose_area_list(message, listed, now=NOW))
    assert story.child.reference in said
    return said


def test_a_field_that_has_a_row_here_is_one_that_exists():
    known = {
        f"{model._meta.object_name}.{one.name}" for model in apps.get_models() for one in texts_of(model)
    }
    assert {*MACHINE_WORDS, *SAYABLE, *SIGNED_MAIL, *SIGNED_PAGE} <= known


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
