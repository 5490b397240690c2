"""No browser and no proxy keeps anything that shows a child: every address, as every role reads it."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from cases.models import Role
from tests.alerts import test_strangers
from tests.alerts.test_strangers import OWN, everybody
from tests.factories import Watched, a_person

pytestmark = pytest.mark.django_db
watched = test_strangers.watched


def own_addresses() -> list[str]:
    """The lists, parts and files that are about whoever reads them, where their address needs nothing more."""
    found = []
    for name in sorted(OWN):
        try:
            found.append(reverse(name))
        except NoReverseMatch:
            continue
    return found


def test_nothing_that_is_answered_is_kept_by_anybody(watched: Watched, now: datetime) -> None:
    """Each address is asked for by one role after the other until it is shown to one."""
    readers = {**everybody(watched), "statistician": a_person(Role.STATISTICIAN)}
    for role in (Role.AUDITOR, Role.DPO):
        readers[role] = a_person(role, authority=watched.authority)
    clients = {"nobody": Client()}
    for role, person in readers.items():
        clients[role] = Client()
        clients[role].force_login(person)
    about = [address for _, address in test_strangers.addresses(watched, now)] + own_addresses()
    kept, shown = [], []
    for address in about:
        for role, client in clients.items():
            answer = client.get(address, {"q": watched.child.reference} if "search" in address else None)
            if "no-store" not in answer.headers.get("Cache-Control", ""):
                kept.append((role, address, answer.status_code, answer.headers.get("Cache-Control")))
            if answer.status_code == 200:
                shown.append(answer.headers["Content-Type"].partition(";")[0])
                break
    assert kept == []
    assert len(shown) > 80
    assert {"text/html", "image/jpeg", "text/csv", "application/json"} <= set(shown)


def test_a_locked_answer_is_not_kept_either(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    session = client.session
    session["pressed_at"] -= 3600
    session.save()
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.get(reverse("child_now", args=[watched.child.reference]), headers=headers)
        assert answer.status_code == 401
        assert answer.headers["Cache-Control"] == "no-store"
