"""A child whose age is disputed: how it sleeps stands where the home looks, on its roll-call and in its mails."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import emails
from alerts.models import Message
from cases import ages, clock, placement_papers
from tests.alerts import letters
from tests.alerts.letters import EVENING

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.by_turns(8)
def test_the_flag_stands_on_the_card_and_in_mails_to_the_home_and_to_nobody_else(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: EVENING)
    story = letters.a_story()
    one, child = story.watched, story.child
    client.force_login(one.carer)
    page = reverse("roll_call", args=[one.home.pk])

    def mail(wording: str, number: int) -> str:
        told = {"to": one.desk.person, "recipient": f"mail/{number}", "at": EVENING}
        row = letters.owed(wording, story.alerts, number=number, **told)
        text = emails.compose(Message.objects.get(pk=row.pk), now=EVENING).text
        return " ".join(text.split())

    assert "Age disputed" not in client.get(page).content.decode()
    assert "own room" not in mail("home_no_record", 1)
    said = ages.Decision(
        age_status="disputed", decided_date=EVENING.date() - DAY, decided_by="Kent", grounds="Looks"
    )
    ages.decide(child, said, by=one.worker, at=EVENING - 3 * HOUR)
    assert "Age disputed: own room, nobody has recorded yet" in client.get(page).content.decode()
    review = {"own_room": True, "review_by": EVENING.date() + 9 * DAY}
    placement_papers.review_room(child, **review, by=one.worker, at=EVENING - 2 * HOUR)
    words = client.get(page).content.decode()
    assert words.count("Age disputed: own room, review by 2 December 2026") == 1
    told = mail("home_no_record", 2)
    assert told.count("own room, review by 2 December 2026") == 1
    assert "disputed" not in told
    assert "own room, review by 2 December 2026" in mail("home_head_count", 3)
    assert "own room" not in mail("duty_no_record", 4)
    shared = review | {"own_room": False, "note": "With a brother"}
    placement_papers.review_room(child, **shared, by=one.worker, at=EVENING - HOUR)
    words = client.get(page).content.decode()
    assert "Age disputed: shared room, review by 2 December 2026" in words
    assert "With a brother" not in words
    decided = ages.Decision(
        age_status="assessed_child", decided_date=EVENING.date(), decided_by="Kent", grounds="Merton"
    )
    ages.decide(child, decided, by=one.worker, at=EVENING)
    assert "Age disputed" not in client.get(page).content.decode()
    assert "own room" not in mail("home_no_record", 5)
