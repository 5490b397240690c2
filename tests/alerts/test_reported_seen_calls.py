"""Who is woken because no officer has spoken to us hears that the child was reported seen; no call waits for it."""

from datetime import timedelta

import pytest

from alerts import emails, sweep
from alerts.models import AlertStep, Message
from tests.factories import AT, Watched, a_watched_child, missing, not_here, seen

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
# Ten minutes after the police were told the home writes that it saw the child.
SEEN = AT + 10 * MINUTE
WORDS = "eported seen at 9:10am UK time, not confirmed: ring the home and confirm first."
CALLS = {
    "call_15": "duty_call",
    "call_30": "manager_call",
    "call_60": "head_call",
    "call_120": "director_call",
}


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child(at=AT - timedelta(days=1))
    missing(found.child, by=found.worker, at=AT)
    sweep.sweep_all(now=AT)
    return found


def told(step: str) -> list[str]:
    """What the mails, texts and calls of this step say, each with its words in one line."""
    minutes = int(step.removeprefix("call_"))
    now = AT + minutes * MINUTE
    sweep.sweep_all(now=now)
    sent = Message.objects.filter(step=step, wording=CALLS[step]).order_by("pk")
    words = [
        emails.compose_text(one, now=now) if one.channel != "mail" else emails.compose(one, now=now).text
        for one in sent
    ]
    assert {one.channel for one in sent} >= {"mail"}
    return [" ".join(one.split()) for one in words]


@pytest.mark.by_turns(8)
def test_each_who_is_called_hears_it_at_the_hour_at_which_they_are_called_anyway(watched: Watched) -> None:
    seen(watched.child, by=watched.carer, at=SEEN)
    for step in CALLS:
        words = told(step)
        assert len(words) > 1, step
        assert all(WORDS in one for one in words), (step, words)
    # No step waits for it, as R4 and R5 do: a report that is false would silence the inspector, the head and the director.
    climbed = AlertStep.objects.filter(alert__child=watched.child, step__in=CALLS)
    assert {row.step: row.climbed_at - AT for row in climbed} == {
        step: int(step.removeprefix("call_")) * MINUTE for step in CALLS
    }
    assert not AlertStep.objects.filter(alert__child=watched.child, step__in=("R4", "R5")).exists()


@pytest.mark.by_turns
def test_who_looked_since_in_vain_takes_the_words_back(watched: Watched) -> None:
    seen(watched.child, by=watched.carer, at=SEEN)
    not_here(watched.child, by=watched.carer, at=SEEN + 5 * MINUTE)
    assert not any("eported seen" in one for one in told("call_30"))
