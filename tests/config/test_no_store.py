"""No browser and no proxy keeps a locked answer either; of all others tests/alerts/test_strangers.py asks each."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import a_watched_child

pytestmark = pytest.mark.django_db


@pytest.mark.by_turns(8)
def test_a_locked_answer_is_not_kept_either(client: Client) -> None:
    watched = a_watched_child()
    client.force_login(watched.worker)
    session = client.session
    session["pressed_at"] -= 3600
    session.save()
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.get(reverse("child_now", args=[watched.child.reference]), headers=headers)
        assert answer.status_code == 401
        assert answer.headers["Cache-Control"] == "no-store"
