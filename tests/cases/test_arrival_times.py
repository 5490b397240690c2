"""The moment of an arrival, on the form that registers a child and on the one that corrects it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from cases import clock
from cases.forms import arrival_times
from cases.forms.dates import DateField, set_now
from cases.forms.typed import boxes_of
from cases.models import Child, DetailsChange
from tests.factories import AT, a_watched_child

BACK, FORTH = date(2026, 10, 25), date(2026, 3, 29)


class Arrived(forms.Form):
    """As both forms ask it."""

    arrived_date = DateField()
    arrived_time = forms.CharField(required=False)

    def __init__(
        self, day: date, typed: str, *, now: datetime, registered_at: datetime | None = None
    ) -> None:
        boxes = {f"arrived_date_{part}": text for part, text in boxes_of(day).items()}
        super().__init__({**boxes, "arrived_time": typed})
        self.now, self.registered_at = now, registered_at
        set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        arrival_times.read(self, answers, now=self.now, registered_at=self.registered_at)
        return answers


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("day", "typed", "now", "arrived_at"),
    [
        (date(2026, 7, 3), "9:10pm", utc(7, 4, 8), utc(7, 3, 20, 10)),
        (date(2026, 7, 3), "", utc(7, 4, 8), utc(7, 3, 22, 59)),
        (date(2026, 7, 4), "", utc(7, 4, 8), utc(7, 4, 8)),
        # Of the hour that comes twice the later, as soon as that has been.
        (BACK, "1:30am", utc(10, 25, 0, 45), utc(10, 25, 0, 30)),
        (BACK, "1:30am", utc(10, 25, 1, 45), utc(10, 25, 1, 30)),
        # Nobody arrived in the hour that was not.
        (FORTH, "1:30am", utc(3, 29, 12), utc(3, 29, 12)),
        (FORTH, "1:30am", utc(3, 30, 12), utc(3, 29, 22, 59)),
    ],
)
def test_an_arrival_is_read_by_its_day_and_time(
    day: date, typed: str, now: datetime, arrived_at: datetime
) -> None:
    form = Arrived(day, typed, now=now)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["arrived_at"] == arrived_at


@pytest.mark.parametrize(
    ("typed", "words"),
    [("9:01am", "Arrival time must be in the past"), ("noonish", "Enter a real time with am or pm")],
)
def test_a_time_to_come_or_that_is_none_is_said_at_its_box(typed: str, words: str) -> None:
    form = Arrived(date(2026, 7, 4), typed, now=utc(7, 4, 8))
    assert words in form.errors["arrived_time"][0]


def test_of_a_day_alone_that_was_the_registrations_the_child_had_arrived_by_then() -> None:
    """It said *now*, and a watch that begins then has nothing late."""
    registered_at = utc(7, 3, 9)
    form = Arrived(date(2026, 7, 3), "", now=utc(7, 3, 15), registered_at=registered_at)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["arrived_at"] == registered_at


@pytest.mark.django_db
def test_whoever_corrects_an_arrival_to_a_time_to_come_reads_so_and_loses_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, now = a_watched_child(at=AT), AT + timedelta(hours=3)
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(watched.worker)
    boxes = {f"arrived_date_{part}": text for part, text in boxes_of(now.date()).items()}
    sent = {**boxes, "arrived_time": "11:50pm", "arrival_place": "Harwich", "version": "0"}
    page = reverse("details_change", args=[watched.child.reference, "arrival"])
    answer = client.post(page, sent)
    assert answer.status_code == 422
    words = answer.content.decode()
    for said in ("Arrival time must be in the past", "11:50pm", "Harwich"):
        assert said in words
    assert not DetailsChange.objects.exists()
    # Nor after it was registered: whoever is asked for from then on was here by then.
    after = client.post(page, {**sent, "arrived_time": f"{now - timedelta(minutes=30):%H:%M}"})
    assert after.status_code == 422
    for said in ("The child was registered at", "it cannot have arrived after that", "Harwich"):
        assert said in after.content.decode()
    been = AT - timedelta(minutes=30)
    assert client.post(page, {**sent, "arrived_time": f"{been:%H:%M}"}).status_code == 302
    assert Child.objects.get().arrived_at == been.replace(second=0, microsecond=0)
