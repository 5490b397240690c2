"""What a manager who is kept from a missing child counts and reads of it on pages of others: nothing."""

import pytest
from django.test import Client

from cases import clock, concerns
from cases.models import HeadCount, RowChange, User
from tests.alerts.outgoing import catch, send_all, tick
from tests.alerts.test_head_count_endings import failed
from tests.alerts.test_head_counts import MINUTE, NOW, mate, somebody_else
from tests.factories import ended, missing

pytestmark = pytest.mark.django_db


def page_of(client: Client, person: User, path: str) -> str:
    client.force_login(User.objects.get(pk=person.pk))
    return client.get(path).content.decode()


@pytest.mark.by_turns
def test_the_changes_of_a_house_mate_do_not_tell_whoever_is_kept_from_the_missing_child_that_one_is_missing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = NOW
    monkeypatch.setattr(clock, "now", lambda: now)
    gone = somebody_else(given_name="Yonas")
    child = mate(gone)
    concerns.keep_from(gone.child, gone.manager, reason="An allegation", by=gone.director, at=NOW - MINUTE)
    episode = failed(gone.child, NOW)
    tick(NOW)
    tick(NOW + 31 * MINUTE)
    ended(episode, outcome="recording_late", at=NOW + 32 * MINUTE)
    tick(NOW + 32 * MINUTE)
    (count,) = HeadCount.objects.filter(child=child)
    assert RowChange.objects.filter(table="cases_headcount", row=count.pk).exists()
    now = NOW + 40 * MINUTE
    path = f"/children/{child.reference}/changes/"
    assert "Another child is missing" not in page_of(client, gone.manager, path)
    assert "Another child is missing" in page_of(client, gone.director, path)


@pytest.mark.by_turns(8)
def test_the_load_of_alerts_counts_nothing_of_a_child_who_is_kept_from_its_reader(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = NOW
    monkeypatch.setattr(clock, "now", lambda: now)
    catch(monkeypatch)
    gone = somebody_else(given_name="Yonas")
    concerns.keep_from(gone.child, gone.manager, reason="An allegation", by=gone.director, at=NOW - MINUTE)
    path = "/overview/alert-load/"

    def load(reader: User) -> tuple[list[str], set[tuple[object, ...]]]:
        client.force_login(User.objects.get(pk=reader.pk))
        shown = client.get(path).context
        counted = {(one.name, one.week, one.texts, one.calls, one.told) for one in shown["people"]}
        return [row.address for row in shown["weeks"]], counted

    tick(NOW)
    send_all(NOW)
    now = NOW + 5 * MINUTE
    before = load(gone.manager)
    missing(gone.child, by=gone.worker, at=now)
    tick(now)
    send_all(now)
    now += MINUTE
    weeks, counted = load(gone.director)
    assert gone.control_room.address in weeks
    assert {name for name, *numbers in counted if any(numbers)} > {
        name for name, *numbers in before[1] if any(numbers)
    }
    assert load(gone.manager) == before
