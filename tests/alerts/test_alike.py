"""Words that are rendered once for many are those that each mail would have by itself."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from alerts import emails
from alerts.channels import wire
from alerts.emails import alike, mime
from alerts.models import Message, MessageKind
from cases.models import Child, Placement
from tests.alerts import letters
from tests.alerts.letters import EVENING, Story
from tests.counts import counts, one_in

pytestmark = pytest.mark.django_db

SENT = EVENING + timedelta(minutes=41, seconds=12)
OTHERS = ("MC26-005017", "MC27-000183", "MC27-000191")
# By what else a message may differ from the first one of its kind.
FORMS = {
    "as owed": {},
    "late": {"owed_at": EVENING + timedelta(minutes=10, seconds=3)},
    "by a second": {"owed_at": SENT - timedelta(seconds=61)},
    "repeated": {"kind": MessageKind.REMINDER, "step": "R2"},
    "a later rung": {"step": "R2", "post": "manager", "attempts": 3, "may_be_out": True},
    "another post": {"post": "home", "urgency": 40},
}


@pytest.fixture(autouse=True)
def _service(settings) -> None:
    settings.DUTY_LINE = ""
    settings.PUBLIC_URL = "https://rollcall.example"
    alike._rendered.cache_clear()


@pytest.fixture
def story() -> Story:
    return letters.a_story()


def owed(story: Story, wording: str, *, children: int, number: int, **fields) -> Message:
    """A message to a recipient of its own, who was told nothing before."""
    told = {
        "recipient": f"mail/{number}",
        "to": story.watched.desk.person,
        "at": EVENING + timedelta(minutes=40),
    } | fields
    return letters.owed(wording, story.alerts[:children], number=number, **told)


def gone_out(message: Message) -> tuple[bytes, emails.Composed]:
    composed = emails.compose(Message.objects.get(pk=message.pk), now=SENT)
    return wire.written(composed.email), composed


def by_itself(message: Message, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, emails.Composed]:
    with monkeypatch.context() as alone:
        alone.setattr(alike, "words", lambda *_, **__: None)
        return gone_out(message)


def same(one: tuple[bytes, emails.Composed], other: tuple[bytes, emails.Composed]) -> bool:
    words = [(c.subject, c.text, c.html, c.link_token_hash) for _, c in (one, other)]
    return one[0] == other[0] and words[0] == words[1]


def cases() -> list[tuple[str, str]]:
    """Each wording as owed and in two of the other forms in turn, each of which some wordings have; in full in all."""
    first, *others = FORMS
    return [
        (wording, form)
        for number, wording in enumerate(sorted(alike.ALIKE))
        for form in [first, *counts([others[(2 * number + n) % len(others)] for n in range(2)], others)]
    ]


def homes(wording: str, form: str) -> list[tuple[int, bool]]:
    """How many children, and whether they live in a home: one and three as owed, one of the two in a home, in turn, and in
    another form one of these in turn; in ./run faults each with and without.
    """
    has_home = bool(one_in((wording, form), 2))
    both = [(1, has_home), (3, not has_home)]
    is_first = form == next(iter(FORMS))
    return counts(
        both if is_first else both[one_in((form, wording), 2) :][:1], [*product((1, 3), (False, True))]
    )


@pytest.mark.by_turns
def test_a_mail_has_the_words_that_it_would_have_by_itself(story, monkeypatch) -> None:
    for wording, form in cases():
        for children, home in homes(wording, form):
            said = {"children": children, "home": story.watched.home if home else None, **FORMS[form]}
            with transaction.atomic():
                has_its_own_words(story, wording, said, monkeypatch)
                transaction.set_rollback(True)


def has_its_own_words(
    story: Story, wording: str, said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (owed(story, wording, number=number, **said) for number in (1, 100))
    alike._rendered.cache_clear()
    assert same(gone_out(first), by_itself(first, monkeypatch)), (wording, said)
    renamed(story)
    assert same(gone_out(second), by_itself(second, monkeypatch)), (wording, said)
    assert alike._rendered.cache_info()[:2] == (1, 1), (wording, said)


def renamed(story: Story) -> None:
    """The same children by other references: the mails of others who are told the same."""
    for child, reference in zip(story.children, OTHERS, strict=True):
        Child.objects.filter(pk=child.pk).update(reference=reference)


@pytest.mark.by_turns
def test_a_child_without_a_placement_is_told_of_as_such(story, monkeypatch) -> None:
    placed = owed(story, "duty_no_record", children=1, number=1)
    first = gone_out(placed)[1]
    Placement.objects.update(ends_at=EVENING)
    nowhere = owed(story, "duty_no_record", children=1, number=2)
    assert "no placement on record" in gone_out(nowhere)[1].text
    assert "no placement on record" not in first.text
    assert same(gone_out(nowhere), by_itself(nowhere, monkeypatch))


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "told",
    [
        {"due_at": EVENING - timedelta(seconds=20)},
        {"due_at": EVENING - timedelta(microseconds=1)},
        {"is_drill": True},
    ],
    ids=["between minutes", "just before one", "of a drill"],
)
def test_what_hangs_on_more_is_rendered_for_the_mail_alone(told, story, monkeypatch) -> None:
    about = story.alerts[0] if "due_at" in told else story.child
    type(about).objects.filter(pk=about.pk).update(**told)
    message = owed(story, "duty_no_record", children=1, number=1)
    assert same(gone_out(message), by_itself(message, monkeypatch))
    assert alike._rendered.cache_info().misses == 0


@pytest.mark.by_turns
def test_a_mail_of_a_thread_keeps_the_subject_of_its_first(story, monkeypatch) -> None:
    owed(story, "duty_no_record", children=2, number=1, recipient="mail/one")
    again = {"step": "R2", "recipient": "mail/one", "at": EVENING + timedelta(minutes=41)}
    later = owed(story, "manager_no_record", children=1, number=2, kind=MessageKind.REMINDER, **again)
    subject, text = gone_out(later)[1].subject, gone_out(later)[1].text
    assert letters.REFERENCES[1] in subject
    assert "It repeats our message" in text
    assert same(gone_out(later), by_itself(later, monkeypatch))


PIECES = [*"aé=.\n ", "ZZ00-ZZZZZZ", "ZZ01-ZZZZZZ", "zzzzzzzz", "long words " * 7]


@given(words=st.lists(st.sampled_from(PIECES)).map("".join))
def test_a_place_that_coding_tears_apart_is_not_filled_there(words: str) -> None:
    places = ["ZZ00-ZZZZZZ", "ZZ01-ZZZZZZ", "zzzzzzzz"]
    own = [*zip(places, ["MC26-004178", "MC26-004186", "0a1b2c3d"], strict=True)]
    found = alike._filled(
        alike.Words("", words, words, alike._coded(words, places), alike._coded(words, places)), own
    )
    assert found.plain in (None, mime.coded(found.text))
    assert not any(place in found.text for place in places)
