"""Each outcome of a search by the real forms: what its end opens, and every mail of it, read from a real mail server.

The pages answer a client without a browser: what of them a browser adds is in tests/browser/test_endings.py.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import delivery, policies, sweep, watchdog
from alerts.models import PolicyVersion
from cases import clock, contacts
from cases.models import MissingEpisode, Reach, Role, Trigger
from tests.alerts import outgoing
from tests.alerts.test_told_page import CUSTODY, FAMILY, end, page_of, path, post, told
from tests.counts import FULL, counts, one_in
from tests.factories import (
    Watched,
    a_person,
    a_sighting,
    a_watched_child,
    an_authority,
    knows,
    missing,
    referred,
)
from tests.journeys.post import Mail, Post
from tests.mailbox import Caught

# A Monday at eleven in the morning.
NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
pytestmark = [pytest.mark.django_db, pytest.mark.stands_at(NOW)]

ENDED, STEP = "THIS ALERT HAS ENDED", "A STEP OF AN EPISODE IS NOT ANSWERED"
# What no mail of an end may say: how it ended, where the child is, or of whom it is.
UNSAID = re.compile(
    r"hospital|arrest|police station|solicitor|adult|family|abroad|risk|died|death|Brackenby|Samir"
)
COUNTED = re.compile(r"(\w+) steps? that follows? from it (?:is|are) not recorded")


@dataclass(frozen=True)
class Outcome:
    """How an outcome is written down, the steps that it alone opens by their kinds, and who hears of them at which hour.

    `told` is what whoever has the child said; without it duty has seen the child. Of `climbs` the hours count from when
    the child was found, and each names who hears and of how many steps.
    """

    named: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] | None = None
    opens: Mapping[str, str] = field(default_factory=dict)
    climbs: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    # Whether the police hold their own interview, at whose hour the manager hears of it with what else is late then.
    is_back: bool = True

    def heard(self, hour: int) -> dict[str, int]:
        """Who hears of how many steps at this hour: of its own, and of those of nearly every end."""
        heard = Counter(self.climbs.get(hour, {}))
        if hour == 24 and self.is_back:
            heard["manager"] += 1
        if hour == 48:
            heard.update({"duty": 1, "worker": 1})
        return dict(heard)


HOURS = (1, 4, 5, 24, 37, 48, 61)
OUTCOMES: dict[str, Outcome] = {
    "returned": Outcome(),
    "safe_elsewhere": Outcome(),
    "still_at_risk": Outcome(
        opens={"watched_still": "Agree who watches over the child tonight, and mark the live concern"},
        climbs={1: {"manager": 1}, 5: {"head": 1}},
    ),
    "hospital": Outcome(
        named={"with_child": "Key worker"},
        told={},
        opens={"with_child": "Have somebody the child knows at the hospital, and give the ward our number"},
        climbs={4: {"manager": 1}},
    ),
    "arrested": Outcome(
        told=CUSTODY,
        opens={
            "appropriate_adult": "Have an appropriate adult at the police station",
            "solicitor": "Have a solicitor for the child before any interview",
            "trafficking_defence": "Ask the solicitor about the defence for victims of trafficking (section 45)",
        },
        climbs={1: {"manager": 2}, 5: {"head": 2}, 24: {"manager": 1}},
    ),
    # By the end of the next working day, which is a Tuesday's.
    "treated_as_adult": Outcome(
        named={"decided_by": "Port of Dover"},
        told={"office": "detained", "name": "A hotel for adults"},
        opens={"visit_as_child": "Visit the child, and contest that they are treated as an adult"},
        climbs={37: {"manager": 1}, 61: {"head": 1}},
        is_back=False,
    ),
    "with_family": Outcome(
        named={"checked_by": "Dina Sorrel"},
        told=FAMILY,
        opens={"family_checked": "See the child at the family’s home, and check who they are"},
        climbs={24: {"manager": 1}, 48: {"head": 1}},
    ),
    "abroad": Outcome(
        told={"office": "abroad", "phone": "+33 1 23 45 67 89"},
        opens={
            "abroad_seen": "Ask the children’s services of that country to see the child, never its embassy"
        },
        climbs={37: {"head": 1}},
        is_back=False,
    ),
}
OF_ALL = ("Offer the return interview and write it down", "Assess the risk again")
OF_DEATH = {
    "coroner": "Tell the coroner",
    "friends_told": "Tell friends, carers and the guardian in person",
    "panel_notified": "Notify the Child Safeguarding Practice Review Panel",
}
EVERY = {words for one in OUTCOMES.values() for words in one.opens.values()} | set(OF_DEATH.values())


class Story:
    """One search, its mails as they came, and the hour that it is; what passes is swept and sent at once."""

    def __init__(self, watched: Watched, client: Client, caught: Caught) -> None:
        self.watched, self.client = watched, client
        self.post, self.texts, self.now = Post(caught.box.folder), lambda: caught.texts, NOW
        self.read = 0

    def new(self) -> list[Mail]:
        """The mails that came since this was asked last, once everything that is owed by now is sent."""
        sweep.sweep_all(now=self.now)
        while delivery.deliver(clock=lambda: self.now):
            pass
        new = self.post.mails_from(self.read)
        self.read += len(new)
        return new

    def at(self, hour: float) -> list[Mail]:
        """The mails until this hour after the find. Somebody has seen the child meanwhile, each time another."""
        self.now = NOW + hour * HOUR
        by, at = self.watched.carer if hour % 2 else self.watched.worker, self.now - MINUTE
        contacts.record(self.watched.child, a_sighting(by, at=at), by=by, at=at)
        return self.new()

    def who(self, mail: Mail) -> str:
        w = self.watched
        known = {w.manager.email: "manager", w.head.email: "head", w.director.email: "director"}
        known |= {w.worker.email: "worker", w.desk.mailbox.address: "duty", w.guardian.email: "guardian"}
        return known.get(mail.to, mail.to)

    def ends(self, episode: MissingEpisode, outcome: str, *, by: Any = None, **said: Any) -> None:
        """Duty ends it by the form."""
        by = by or self.watched.desk.person
        answers = end(outcome=outcome, where_now="Ward 4, Brackenby", **said)
        assert post(self.client, by, path(episode, "end/"), **answers).status_code == 302
        episode.refresh_from_db()
        assert (episode.status, episode.outcome) == ("ended", outcome)

    def page(self, episode: MissingEpisode, who: Any) -> str:
        return page_of(self.client, who, path(episode))


@pytest.fixture
def watched(db: None) -> Watched:
    """A child with everybody around."""
    return a_watched_child(at=NOW - timedelta(days=3), given_name="Samir")


@pytest.fixture
def story(
    watched: Watched,
    client: Client,
    catcher: Caught,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Story]:
    found = Story(watched, client, catcher)
    PolicyVersion.objects.filter(key__in=[policies.DUTY, policies.AFTER]).update(
        takes_effect_at=NOW - timedelta(days=100)
    )
    monkeypatch.setattr(clock, "now", lambda: found.now)
    yield found
    # What the messages of one end owe one another hangs on nothing that the next has otherwise.
    if FULL or one_in(request.node.name, 5) == 0:
        assert not outgoing.broken(found.now)


@pytest.fixture
def reported(story: Story) -> MissingEpisode:
    """Reported ten minutes ago, and the police are to be mailed of it."""
    watched = story.watched
    contacts.record(
        watched.child,
        a_sighting(watched.carer, at=NOW - 2 * HOUR),
        by=watched.carer,
        at=NOW - 2 * HOUR,
    )
    story.now = NOW - 10 * MINUTE
    return missing(watched.child, by=watched.worker, at=story.now)


def closed(
    story: Story, episode: MissingEpisode, told_of: Mapping[str, str] | None, *, by: Any = None
) -> None:
    """Both parts of the end by their forms: who has seen the child or has it, and that the police closed their report."""
    duty, client = story.watched.desk.person, story.client
    if told_of is None:
        assert post(client, duty, path(episode, "return/"), how="saw").status_code == 302
    else:
        assert post(client, duty, path(episode, "told/"), **told(**told_of)).status_code == 302
    closing = {"officer": "PC Shah", "closed_at_when": "now"}
    assert (
        post(client, by or story.watched.desk.second, path(episode, "police-closing/"), **closing).status_code
        == 302
    )


def whole(mail: Mail) -> str:
    """Its subject and both its parts, as they are read."""
    page = mail.raw.get_body(("html",))
    assert page is not None
    return f"{mail.raw['Subject']} {mail.text} {page.get_content().partition('<body')[2].partition('>')[2]}"


def steps_told(story: Story, mails: list[Mail]) -> dict[str, int]:
    """Who is told of how many steps that follow from the end; nothing that is said of an end says how it ended."""
    heard: Counter[str] = Counter()
    for mail in mails:
        if mail.kind not in (STEP, ENDED):
            continue
        assert not UNSAID.search(whole(mail)), mail.text
        if mail.kind == STEP:
            (number,) = COUNTED.findall(" ".join(mail.text.split()))
            heard[story.who(mail)] += 1 if number == "a" else int(number)
    return dict(heard)


# Of an end that opens nothing alone, of one that opens three, and of one that counts by the next working day.
LIVED = ("returned", "arrested", "treated_as_adult")
# Of these an outsider opens the page in each run: of one the police, of the other the guardian.
OF_OUTSIDERS = ("arrested", "hospital")


def hours_of(outcome: str) -> Sequence[int]:
    """Each in ./run faults; in each run when somebody is to hear of it, and of most the first for a step of its own.

    What was mailed too early, or to too many, is read with the next of them.
    """
    wanted = OUTCOMES[outcome]
    if FULL or outcome in LIVED:
        return [hour for hour in HOURS if FULL or wanted.heard(hour)]
    return [*wanted.climbs][:1]


@pytest.mark.by_turns
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_opens_what_it_must_and_its_mails_climb_to_those_named_until_it_is_answered(
    story: Story, reported: MissingEpisode, outcome: str
) -> None:
    watched, wanted = story.watched, OUTCOMES[outcome]
    first: dict[str, Mail] = {}
    for mail in story.new():
        first.setdefault(mail.to, mail)
    assert {watched.control_room.address, watched.guardian.email, watched.desk.mailbox.address} <= set(first)
    story.now = NOW
    closed(story, reported, wanted.told)
    story.new()
    story.ends(reported, outcome, **wanted.named)
    mails = story.new()
    # Whoever was told hears of the end in the same thread, and who reported it, each once: and no step is late yet.
    ended = [mail for mail in mails if mail.kind == ENDED]
    assert Counter(mail.to for mail in ended) == Counter(dict.fromkeys({*first, watched.worker.email}, 1))
    for mail in ended:
        assert "This alert has ended" in mail.text
        if mail.to in first:
            assert str(first[mail.to].raw["Message-ID"]) in str(mail.raw["References"])
    assert steps_told(story, mails) == {}
    watch = Trigger.objects.filter(child=watched.child, kind=Trigger.Kind.STILL_AT_RISK, answered_at=None)
    assert watch.exists() == (outcome == "still_at_risk")

    page = story.page(reported, watched.desk.person)
    for words in (*wanted.opens.values(), *OF_ALL):
        assert words in page
    assert not [words for words in EVERY - set(wanted.opens.values()) if words in page]
    outsiders = (watched.officer, watched.guardian)
    in_turn = outsiders[one_in(outcome, 2) :][:1] if outcome in OF_OUTSIDERS else ()
    for outsider in counts(in_turn, outsiders):
        page = story.page(reported, outsider)
        assert "Ended" in page
        assert not [words for words in (*EVERY, *OF_ALL) if words in page]

    hours = hours_of(outcome)
    heard = {hour: steps_told(story, story.at(hour)) for hour in hours}
    assert heard == {hour: wanted.heard(hour) for hour in hours}

    # Its own are answered by the form: who heard of them hears that they are over, and nobody hears of them again.
    for kind in wanted.opens:
        said = {"answer": "done", "note": "Done by D. Sorrel"}
        where = path(reported, f"steps/{kind}/")
        assert post(story.client, watched.manager, where, **said).status_code == 302
    over = Counter(story.who(mail) for mail in story.new() if mail.kind == ENDED)
    assert set(over) == {who for hour in hours for who in wanted.climbs.get(hour, {})}
    if FULL or outcome in LIVED:
        assert steps_told(story, story.at(71.5)) == {}


@pytest.mark.by_turns
def test_what_an_arrest_opens_is_told_to_nobody_where_it_is_answered_in_time(
    story: Story, reported: MissingEpisode
) -> None:
    story.now = NOW
    closed(story, reported, CUSTODY)
    story.ends(reported, "arrested")
    story.new()
    for kind in (*OUTCOMES["arrested"].opens, "prevention_interview"):
        said = {"answer": "done", "note": "Done by D. Sorrel"}
        where = path(reported, f"steps/{kind}/")
        assert post(story.client, story.watched.manager, where, **said).status_code == 302
    for hour in counts((5, 47), (1, 5, 24, 47)):
        assert steps_told(story, story.at(hour)) == {}


@pytest.mark.by_turns
def test_a_record_that_was_late_opens_nothing_and_its_mails_say_that_it_is_over(story: Story) -> None:
    """Nobody wrote anything down and the police were mailed; somebody had seen the child all the time."""
    watched = story.watched
    told_of_it = set()
    for minutes in (90, 60, 30, 10):
        story.now = NOW - minutes * MINUTE
        told_of_it |= {mail.to for mail in story.new()}
    episode = MissingEpisode.objects.get(child=watched.child)
    assert watched.control_room.address in told_of_it
    story.now = NOW
    closed(story, episode, None)
    story.ends(episode, "recording_late", found_by="Maren Reid, night carer", condition="", interview="")
    mails = story.new()
    assert {mail.to for mail in mails if mail.kind == ENDED} >= told_of_it
    for reader in (watched.desk.person, watched.manager):
        page = story.page(episode, reader)
        assert "Was not missing, recording was late" in page
        assert not [words for words in (*EVERY, *OF_ALL) if words in page]
    hours = counts((5, 24, 61), HOURS)
    assert {hour: steps_told(story, story.at(hour)) for hour in hours} == {hour: {} for hour in hours}


def died(story: Story, episode: MissingEpisode) -> None:
    """A hospital told duty, the police closed their report to another, and the director is rung: nobody is mailed."""
    watched = story.watched
    assert story.new()
    story.now = NOW
    closed(story, episode, {"what": "died"}, by=watched.desk.second)
    story.new()
    before = len(story.texts())
    story.ends(episode, "died")
    assert story.new() == [], "nobody learns of it from a mail"
    the_director_is_rung(story, before, "you must hear from a person. Ring the duty line now")


def the_director_is_rung(story: Story, before: int, words: str) -> None:
    calls = [call for call in story.texts()[before:] if words in call["text"]]
    phone = story.watched.director.phone
    assert {(call["phone"], call["channel"]) for call in calls} == {(phone, "text"), (phone, "voice")}
    assert not [call for call in calls if UNSAID.search(call["text"])]


# Who is mailed of how many late steps this many days after a death.
BEFORE_PANEL = {1: {"manager": 1}, 2: {"manager": 1, "head": 1}}
OF_DEATH_TOLD = BEFORE_PANEL | {8: {"manager": 1, "head": 2}, 26: {"director": 1}}


@pytest.mark.by_turns
def test_a_death_stops_every_mail_that_asks_for_the_child_and_leaves_people_what_they_must_do(
    story: Story, reported: MissingEpisode
) -> None:
    watched = story.watched
    referred(watched.child, an_authority(), by=watched.worker, at=story.now)
    died(story, reported)
    rung = len(story.texts())

    page = story.page(reported, watched.manager)
    assert "Every mail and timer that asks for the child has stopped, and the director is rung." in page
    # Known on a Monday: five working days are over with the Monday after.
    assert "notify the Panel by 30 November 2026" in page
    assert not [words for words in OF_DEATH.values() if words not in page]
    assert not [words for words in (*(EVERY - set(OF_DEATH.values())), *OF_ALL) if words in page]
    for outsider in (watched.officer, watched.guardian):
        assert not [words for words in OF_DEATH.values() if words in story.page(reported, outsider)]

    # The transfer would be late, and who leads the guardian’s service hear that the child is to be discussed.
    a_person(Role.GUARDIAN, service=watched.assignment.service, reach=Reach.SERVICE)
    for days, heard in OF_DEATH_TOLD.items():
        story.now = NOW + days * DAY
        watchdog._owe_what_is_no_clock_s(story.now)
        of_it = [mail for mail in story.new() if watched.child.reference in mail.text]
        assert {mail.kind for mail in of_it} == {STEP}, "nothing asks for the child"
        assert steps_told(story, of_it) == heard
    assert len(story.texts()) == rung, "by mail alone"
    for kind in OF_DEATH:
        said = {"answer": "done", "note": f"{kind}: the head of service, in person"}
        assert (
            post(story.client, watched.manager, path(reported, f"steps/{kind}/"), **said).status_code == 302
        )
        assert f"{kind}: the head of service, in person" in story.page(reported, watched.manager)
    assert story.new() == []


@pytest.mark.by_turns(8)
def test_a_death_of_another_child_is_taken_back_by_two_and_the_police_and_the_director_hear_at_once(
    story: Story, reported: MissingEpisode
) -> None:
    watched = story.watched
    died(story, reported)
    story.now = NOW + 6 * HOUR
    before = len(story.texts())
    knows(watched.manager, "three random words")
    signed = {"second_email": watched.manager.email, "second_password": "three random words"}
    said = {"told_by": "Sgt Vale, Brackenby", "reason": "The prints are those of another"}
    where = path(reported, "another/")
    assert post(story.client, watched.desk.person, where, **said).status_code == 422, "it takes two"
    assert story.new() == []
    assert post(story.client, watched.desk.person, where, **said, **signed).status_code == 302
    anew = MissingEpisode.objects.open().get(child=watched.child)
    assert anew.reference != reported.reference
    mails = story.new()
    assert anew.reference in next(mail for mail in mails if mail.to == watched.control_room.address).text
    assert not [mail for mail in mails if UNSAID.search(whole(mail))]
    the_director_is_rung(story, before, "what you heard of how an episode ended was not so")

    page = story.page(reported, watched.manager)
    assert "Tell all who heard of the death that it was another child" in page
    assert "Every mail and timer that asks for the child has stopped" not in page
    heard = {}
    for hours in (4, 24):
        story.now = NOW + (6 + hours) * HOUR
        of_it = [mail for mail in story.new() if reported.reference in mail.text]
        heard[hours] = steps_told(story, of_it)
    assert heard == {4: {"manager": 1}, 24: {"head": 1}}, "though the child is looked for"
