"""By what else a reader could learn that another child is missing, or misread by when the others are to be seen."""

import pytest
from django.test import Client
from django.urls import reverse

from alerts import timeline
from alerts.models import Message
from cases import children, clock, concerns
from cases.access import Permission
from cases.models import Child, HeadCount, Role, User
from tests.alerts.outgoing import Out, catch, send_all, tick
from tests.alerts.test_head_count_endings import failed
from tests.alerts.test_head_counts import MINUTE, NOW, linked, mate, somebody_else
from tests.counts import a_third
from tests.factories import Watched, a_person, ended, missing, seen

pytestmark = pytest.mark.django_db
EVERYTHING = frozenset(Permission)


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def gone() -> Watched:
    return somebody_else(given_name="Yonas")


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


def keep_away(child: Child, person: User, by: User) -> None:
    concerns.keep_from(child, person, reason="An allegation", by=by, at=NOW - MINUTE)


def story(child: Child, reader: User | None) -> str:
    page = timeline.of(child, permissions=EVERYTHING, reader=reader)
    folded = timeline.of(child, permissions=EVERYTHING, reader=reader, asked=timeline.Asked(group="system"))
    entries = [*page.rows, *folded.rows]
    return " | ".join(f"{getattr(one, 'title', '')}: {getattr(one, 'text', '')}" for one in entries)


@pytest.mark.by_turns(8)
def test_the_roll_call_shows_the_earliest_half_hour_and_both_who_are_missing(
    client: Client, gone: Watched
) -> None:
    child, second = mate(gone, given_name="Filmon"), mate(gone, given_name="Robel")
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    missing(second, by=gone.carer, at=NOW + 20 * MINUTE)
    tick(NOW + 20 * MINUTE)
    client.force_login(gone.carer)
    page = reverse("roll_call", args=[gone.home.pk])
    found = client.get(page).context["head_count"]
    assert found.due_at == NOW + 30 * MINUTE
    assert {one.pk for one in found.missing} == {gone.child.pk, second.pk}
    assert found.count == 1
    seen(child, by=gone.carer, at=NOW + 10 * MINUTE, knows_child=True)
    tick(NOW + 20 * MINUTE)
    found = client.get(page).context["head_count"]
    assert found.due_at == NOW + 50 * MINUTE, "the first is answered, the second is not"
    assert [one.pk for one in found.missing] == [second.pk]


@pytest.mark.by_turns
def test_whoever_comes_on_the_post_and_is_kept_from_the_missing_child_is_not_told_of_the_other(
    gone: Watched, out: Out
) -> None:
    child = mate(gone)
    barred, open_to = (a_person(Role.SOCIAL_WORKER, team=gone.team) for _ in range(2))
    keep_away(gone.child, barred, gone.manager)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    assert Message.objects.filter(wording="told_head_count", user=gone.worker).exists()
    children.allocate(child, team=gone.team, worker=barred, by=gone.manager, at=NOW)
    send_all(NOW)
    mine = Message.objects.filter(wording="told_head_count", items__alert__child=child)
    assert not mine.filter(user=barred).exists()
    assert barred.email not in {str(mail["To"]) for mail in out.mails}
    assert not mine.filter(user=gone.worker, status="sent").exists()
    assert open_to.email not in {str(mail["To"]) for mail in out.mails}


@pytest.mark.by_turns
def test_whoever_comes_on_the_post_and_may_know_is_told(gone: Watched, out: Out) -> None:
    child = mate(gone)
    heir = a_person(Role.SOCIAL_WORKER, team=gone.team)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    children.allocate(child, team=gone.team, worker=heir, by=gone.manager, at=NOW)
    send_all(NOW)
    assert Message.objects.filter(wording="told_head_count", user=heir, status="sent").exists()


@pytest.mark.by_turns
def test_a_mark_set_after_the_climb_stops_the_message_about_the_other(gone: Watched, out: Out) -> None:
    mate(gone)
    missing(gone.child, by=gone.carer, at=NOW)
    tick(NOW)
    keep_away(gone.child, gone.worker, gone.manager)
    send_all(NOW)
    assert not Message.objects.filter(wording="told_head_count", user=gone.worker, status="sent").exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("reason", a_third(["home", "link"], "kept from"))
def test_the_story_of_the_others_does_not_say_it_to_whom_the_missing_child_is_kept_from(
    gone: Watched, reason: str
) -> None:
    child = mate(gone) if reason == "home" else somebody_else().child
    if reason == "link":
        linked(child, gone.child, gone.worker)
    keep_away(gone.child, gone.worker, gone.manager)
    missing(gone.child, by=gone.manager, at=NOW)
    tick(NOW)
    assert HeadCount.objects.get().reason == reason
    for reader in (gone.worker, None):
        said = story(child, reader)
        assert "To be seen at once: to be seen by" in said
        assert "missing" not in said
    assert "is missing" in story(child, gone.manager)


@pytest.mark.by_turns(8)
def test_nor_that_it_was_not_missing(gone: Watched) -> None:
    child = mate(gone)
    keep_away(gone.child, gone.worker, gone.manager)
    episode = failed(gone.child, NOW)
    tick(NOW)
    tick(NOW + 31 * MINUTE)
    ended(episode, outcome="recording_late", at=NOW + 32 * MINUTE)
    tick(NOW + 32 * MINUTE)
    assert "missing" not in story(child, gone.worker)
    assert "No other child was missing" in story(child, gone.manager)
